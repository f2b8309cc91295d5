"""Typing values: those written out, sums and products by their units, dates moved by intervals, and CASE."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING

from pbr.calendar import Duration, parse_date
from pbr.condition.alike import agreed, describe, product_kind, quotient_kind
from pbr.condition.branches import child_of, children_of, signs_of, start_of, unquoted
from pbr.condition.syntax import Language
from pbr.condition.tree import (
    Case,
    Constant,
    Negative,
    Not,
    Product,
    Quotient,
    Shift,
    Sum,
    results_of,
    type_of,
)
from pbr.condition.types import FIGURES, Kind, ValueType
from pbr.problem import short

if TYPE_CHECKING:
    from lark import Token, Tree

    from pbr.condition.check import Checker
    from pbr.condition.tree import Node

_MOST_YEARS = 300
_DAYS = {"days": 1, "weeks": 7, "months": 31, "years": 366}


def null(checker: Checker, tree: Tree[Token]) -> None:
    """NULL where it has no meaning."""
    checker.report("PBR022", "NULL stands only in IS NULL and IS NOT NULL", start_of(tree))


def constant(checker: Checker, tree: Tree[Token]) -> Constant | None:
    """A value written out."""
    column, text = start_of(tree), "".join(map(str, tree.children))
    if tree.data in {"true", "false"}:
        return Constant(column, Kind.YES_NO, tree.data == "true")
    if tree.data == "text":
        return Constant(column, Kind.TEXT, unquoted(text))
    if tree.data == "number":
        return Constant(column, Kind.NUMBER, Fraction(text))
    if tree.data == "percent":
        return Constant(column, Kind.SHARE, Fraction(text.removesuffix("%")) / 100)
    written = unquoted(text)
    day = parse_date(written)
    if day is None:
        checker.report("PBR020", f"'{short(written)}' is not a date; write a real day like DATE '2025-04-01'", column)
        return None
    return Constant(column, Kind.DATE, dt.date(day.year, day.month, day.day))


# ---------------------------------------------------------------- sums and products


def minus(checker: Checker, tree: Tree[Token]) -> Node | None:
    """A sign before something; before a number written out it belongs to the number."""
    with checker.deeper(start_of(tree)):
        node = checker.node(child_of(tree))
    if node is None or not _is_figure(checker, node, start_of(tree), "have a sign"):
        return None
    return _negative(checker.column(start_of(tree)), node)


def _negative(column: int, node: Node) -> Node:
    """The same with its sign turned."""
    if isinstance(node, Constant):
        assert isinstance(node.value, Fraction)  # a figure
        return Constant(column, node.kind, -node.value)
    return node.part if isinstance(node, Negative) else Negative(column, node)


def _is_figure(checker: Checker, node: Node, column: int, what: str) -> bool:
    """Whether something can be reckoned with."""
    if type_of(node).kind in FIGURES:
        return True
    checker.report("PBR022", f"{describe(node)} cannot {what}; only numbers, money and shares can", column)
    return False


def add(checker: Checker, tree: Tree[Token]) -> Node | None:
    """Figures added up and taken away, or a date moved by intervals."""
    trees, signs = children_of(tree), ["+", *signs_of(tree)]
    if trees[0].data == "interval":
        checker.report("PBR022", "an INTERVAL stands after a date and + or -", start_of(trees[0]))
        return None
    first = checker.node(trees[0])
    if first is not None and type_of(first).kind is Kind.DATE:
        return _moved(checker, first, tree)
    nodes = [first]
    for part in trees[1:]:
        if part.data == "interval" and first is not None:
            checker.report("PBR022", f"an INTERVAL is added to a date, not to {describe(first)}", start_of(part))
        nodes.append(None if part.data == "interval" else checker.node(part))
    checker.count_terms(start_of(tree), len(trees))
    parts: list[Node] = []
    for node, sign, part in zip(nodes, signs, trees, strict=True):
        if node is not None and _is_figure(checker, node, start_of(part), "be added"):
            signed = _negative(node.column, node) if sign == "-" else node
            parts.extend(signed.parts if isinstance(signed, Sum) else [signed])
    if len(parts) < len(nodes):
        return None
    return _summed(checker, checker.column(start_of(tree)), parts, start_of(tree))


def _summed(checker: Checker, column: int, parts: list[Node], place: int) -> Node | None:
    """Figures of one unit added up; a plain number takes the unit of the others."""
    kind = agreed(parts)
    if isinstance(kind, Kind):
        return checker.fitting(Sum(column, tuple(parts), ValueType(kind=kind)))
    one, other = kind
    checker.report("PBR022", f"{describe(one)} and {describe(other)} cannot be added; they are different things", place)
    return None


def _moved(checker: Checker, date: Node, tree: Tree[Token]) -> Node | None:
    """A date and intervals."""
    steps: list[Duration] = []
    trees = children_of(tree)[1:]
    for part, sign in zip(trees, signs_of(tree), strict=True):
        checker.count_terms(start_of(part))
        step = _interval(checker, part, sign)
        if step is not None:
            steps.append(step)
    if len(steps) < len(trees):
        return None
    if sum(abs(step.count) * _DAYS[step.unit] for step in steps) > _MOST_YEARS * _DAYS["years"]:
        checker.report("PBR022", f"a date moves by at most {_MOST_YEARS} years", start_of(trees[0]))
        return None
    if isinstance(date, Shift):
        return Shift(checker.column(start_of(tree)), date.date, (*date.steps, *steps))
    return Shift(checker.column(start_of(tree)), date, tuple(steps))


def _interval(checker: Checker, tree: Tree[Token], sign: str) -> Duration | None:
    """One interval, or a fault: dates are moved by nothing else."""
    if tree.data != "interval":
        node = checker.node(tree)
        if node is None:
            return None
        hint = "write days_between" if type_of(node).kind is Kind.DATE else "write it like INTERVAL '5 days'"
        checker.report("PBR022", f"a date is moved by an INTERVAL, not by {describe(node)}; {hint}", start_of(tree))
        return None
    written = unquoted(str(tree.children[0]))
    found = Duration.parse(written)
    if found is None:
        how = "write a count of days, weeks, months or years like INTERVAL '3 months'"
        checker.report("PBR020", f"'{short(written)}' is not a length of time; {how}", start_of(tree))
        return None
    return Duration(-found.count, found.unit) if sign == "-" else found


def interval(checker: Checker, tree: Tree[Token]) -> None:
    """An interval that stands alone."""
    how = "write it like on + INTERVAL '3 months'"
    checker.report("PBR022", f"an INTERVAL is added to a date or taken from one; {how}", start_of(tree))


def multiply(checker: Checker, tree: Tree[Token]) -> Node | None:
    """Figures multiplied and, in formulas, divided."""
    trees, signs = children_of(tree), signs_of(tree)
    checker.count_terms(start_of(tree), len(trees))
    if "/" in signs and checker.language is Language.CONDITION:
        place = next(child for child in tree.children if str(child) == "/")
        why = "a condition does not divide; multiply the other side, or use a formula"
        checker.report("PBR020", why, getattr(place, "start_pos", start_of(tree)))
        return None
    nodes = [checker.node(part) for part in trees]
    given = [
        node
        for node, part in zip(nodes, trees, strict=True)
        if node is not None and _is_figure(checker, node, start_of(part), "be multiplied")
    ]
    if len(given) < len(nodes):
        return None
    found: Node | None = given[0]
    for sign, node in zip(signs, given[1:], strict=True):
        if found is None:
            return None
        found = (_times if sign == "*" else _divided)(checker, checker.column(start_of(tree)), found, node)
    return found


def _times(checker: Checker, column: int, left: Node, right: Node) -> Node | None:
    """Two figures multiplied; a product of a product is one list of factors."""
    kind = product_kind(left, right)
    if kind is None:
        checker.report("PBR022", "money cannot be multiplied by money", right.column)
        return None
    factors = [
        *(left.parts if isinstance(left, Product) else [left]),
        *(right.parts if isinstance(right, Product) else [right]),
    ]
    return checker.fitting(Product(column, tuple(factors), ValueType(kind=kind)))


def _divided(checker: Checker, column: int, above: Node, below: Node) -> Node | None:
    """One figure divided by another."""
    kind = quotient_kind(above, below)
    if kind is None:
        checker.report("PBR022", f"{describe(above)} cannot be divided by {describe(below)}", below.column)
        return None
    if isinstance(below, Constant) and below.value == 0:
        checker.report("PBR022", "nothing can be divided by 0", below.column)
        return None
    return checker.fitting(Quotient(column, above, below, ValueType(kind=kind)))


# ---------------------------------------------------------------- CASE


MOST_WAITING = 10
"""Branches of a CASE that read results: each is a choice inside the one before it."""


def case(checker: Checker, tree: Tree[Token]) -> Node | None:
    """A choice between values of one type."""
    column = start_of(tree)
    trees = children_of(tree)
    branches = [children_of(branch) for branch in trees if branch.data == "branch"]
    values = [value for _, value in branches] + [part for part in trees if part.data != "branch"]
    checker.count_terms(column, len(branches))
    with checker.deeper(column):
        conditions = [checker.yes_no(condition) for condition, _ in branches]
        given = [checker.node(value) for value in values]
    tests = [condition for condition in conditions if condition is not None]
    nodes = [node for node in given if node is not None]
    if len(tests) < len(conditions) or len(nodes) < len(values):
        return None
    kind = agreed(nodes)
    if not isinstance(kind, Kind):
        one, other = kind
        why = f"a CASE gives values of one type, and here are {describe(one)} and {describe(other)}"
        checker.report("PBR022", why, other.column)
        return None
    pairs = tuple(zip(tests, nodes, strict=False))
    otherwise = nodes[len(tests)] if len(nodes) > len(tests) else None
    waiting = sum(bool(results_of(test)) for test in tests)
    if waiting > MOST_WAITING:
        checker.report("PBR023", f"at most {MOST_WAITING} branches of a CASE read results of outcomes", column)
        return None
    found = _chosen(checker.column(column), pairs, otherwise, _type_of_case(kind, nodes))
    return checker.fitting(found) if kind in FIGURES else found


def _chosen(column: int, pairs: tuple[tuple[Node, Node], ...], otherwise: Node | None, kind: ValueType) -> Case:
    """A choice in which no branch that hangs on a result is passed over while that result is not known.

    ``CASE WHEN job.met THEN a ELSE b END`` is read as ``CASE WHEN job.met THEN a WHEN NOT job.met THEN b END``, so that
    nothing is given on the guess that a job still to come does not come.
    """
    at = next((place for place, (test, _) in enumerate(pairs) if results_of(test)), None)
    if at is None:
        return Case(column, pairs, otherwise, kind)
    (test, value), rest = pairs[at], pairs[at + 1 :]
    no = Not(column, test)
    if otherwise is None and [other for other, _ in rest] in ([], [no]):
        return Case(column, pairs, None, kind)
    other = _chosen(column, rest, otherwise, kind) if rest else otherwise
    assert other is not None, "something is given where the branch is false"
    return Case(column, (*pairs[:at], (test, value), (no, other)), None, kind)


def _type_of_case(kind: Kind, nodes: list[Node]) -> ValueType:
    """The type of a choice: its words are known if those of each value are."""
    words: dict[str, None] = {}
    known = kind is Kind.TEXT
    for node in nodes:
        own = (node.value,) if isinstance(node, Constant) else type_of(node).one_of
        known = known and bool(own)
        words |= {word: None for word in own if isinstance(word, str)}
    sensitive = any(type_of(node).sensitive for node in nodes)
    return ValueType(kind=kind, one_of=tuple(words) if known else (), sensitive=sensitive)
