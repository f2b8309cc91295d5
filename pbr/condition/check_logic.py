"""Typing what is true, false or unknown by itself: AND, OR, NOT, comparisons, BETWEEN, IN and IS NULL."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pbr.condition.alike import comparable, describe, no_null, ordered, unlike
from pbr.condition.branches import child_of, children_of, signs_of, start_of, word_of
from pbr.condition.check_calls import found_any
from pbr.condition.check_values import constant
from pbr.condition.tree import (
    YES_NO,
    And,
    Child,
    Compare,
    Constant,
    Field,
    FieldRef,
    In,
    IsNull,
    Not,
    Or,
    is_reckoned,
    questions_of,
    results_of,
    type_of,
)
from pbr.condition.types import Kind
from pbr.problem import did_you_mean, short

if TYPE_CHECKING:
    from lark import Token, Tree

    from pbr.condition.check import Checker
    from pbr.condition.tree import Node

_FLIPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def disjunction(checker: Checker, tree: Tree[Token]) -> Node:
    """Parts joined by OR; an OR inside an OR is one list of parts."""
    parts: list[Node] = []
    for part in _parts(checker, tree):
        parts.extend(part.parts if isinstance(part, Or) else [part])
    return Or(checker.column(start_of(tree)), tuple(parts))


def conjunction(checker: Checker, tree: Tree[Token]) -> Node:
    """Parts joined by AND; an AND inside an AND is one list of parts."""
    parts: list[Node] = []
    for part in _parts(checker, tree):
        parts.extend(part.parts if isinstance(part, And) else [part])
    return And(checker.column(start_of(tree)), tuple(parts))


def _parts(checker: Checker, tree: Tree[Token]) -> list[Node]:
    """The parts that could be read; where one could not, a problem has been kept."""
    parts = [checker.yes_no(part) for part in children_of(tree)]
    return [part for part in parts if part is not None]


def negation(checker: Checker, tree: Tree[Token]) -> Node | None:
    """The opposite of a part."""
    with checker.deeper(start_of(tree)):
        return _negated(checker, tree, checker.yes_no(child_of(tree)))


def _negated(checker: Checker, tree: Tree[Token], node: Node | None) -> Node | None:
    """The opposite of what was read."""
    return None if node is None else Not(checker.column(start_of(tree)), node)


def comparison(checker: Checker, tree: Tree[Token]) -> Node | None:
    """Two things compared."""
    checker.count_terms(start_of(tree))
    left_tree, right_tree = children_of(tree)
    (sign,) = signs_of(tree)
    for side, other in ((left_tree, right_tree), (right_tree, left_tree)):
        if side.data == "null":
            checker.report("PBR022", no_null(sign, other), start_of(side))
            return None
    left, right = _side(checker, left_tree, right_tree), _side(checker, right_tree, left_tree)
    if left is None or right is None:
        return None
    place = getattr(tree.children[1], "start_pos", start_of(tree))
    return _compared(checker, checker.column(start_of(tree)), (left, sign, right), place)


def _side(checker: Checker, tree: Tree[Token], other: Tree[Token]) -> Node | None:
    """One side of a comparison; an unknown name may be a word of the other side without its quotes."""
    if tree.data == other.data == "name" and not checker.is_known(word_of(tree)):
        word, kind = word_of(tree), checker.type(word_of(other))
        if kind is not None and word in kind.one_of:
            checker.report(
                "PBR021", f"name '{word}' is not known here; did you mean the text '{word}'?", start_of(tree)
            )
            return None
    return checker.node(tree)


def _compared(checker: Checker, column: int, said: tuple[Node, str, Node], place: int) -> Node | None:
    """Two values compared; one written out stands on the right."""
    left, sign, right = said
    if isinstance(left, Constant):
        left, right, sign = right, left, _FLIPPED[sign]
    if not _fits(checker, (left, sign, right), place):
        return None
    found = Compare(column, sign, left, right)
    return checker.fitting(found) if is_reckoned(left) or is_reckoned(right) else found


def _fits(checker: Checker, said: tuple[Node, str, Node], place: int) -> bool:
    """Whether two sides may be compared by this sign."""
    left, sign, right = said
    if isinstance(left, Constant):
        checker.report("PBR022", "two values written out are compared; name a field on one side", place)
    elif not comparable(left, right):
        checker.report("PBR022", unlike(left, right), place)
    elif sign not in {"=", "<>"} and not ordered(left, right):
        checker.report("PBR022", f"{describe(left)} has no order; use = or <>", place)
    elif isinstance(right, Constant):
        return _declared(checker, left, right)
    else:
        return True
    return False


def _declared(checker: Checker, left: Node, word: Constant) -> bool:
    """Whether a word is one that the field may hold."""
    words = type_of(left).one_of
    if not words or word.value in words:
        return True
    known = did_you_mean(str(word.value), words)
    checker.report("PBR024", f"{describe(left)} is never '{short(str(word.value))}'{known}", word.column)
    return False


def between(checker: Checker, tree: Tree[Token]) -> Node | None:
    """From one value to another, both included: the same as two comparisons joined by AND."""
    checker.count_terms(start_of(tree), 2)
    trees = children_of(tree)
    for bound in trees:
        if bound.data == "null":
            checker.report("PBR022", "a comparison with NULL is always unknown; name both ends", start_of(bound))
            return None
    operand, low, high = [checker.node(part) for part in trees]
    if operand is None or low is None or high is None:
        return None
    column = checker.column(start_of(tree))
    parts = [
        _compared(checker, column, (operand, sign, end), start_of(place))
        for sign, end, place in ((">=", low, trees[1]), ("<=", high, trees[2]))
    ]
    if parts[0] is None or parts[1] is None:
        return None
    if isinstance(low, Constant) and isinstance(high, Constant) and _above(low, high):
        checker.report("PBR022", "nothing lies between these two, for the first is the greater", start_of(trees[1]))
        return None
    return And(column, (parts[0], parts[1]))


def _above(low: Constant, high: Constant) -> bool:
    """Whether the first of two ends lies above the second."""
    if isinstance(low.value, Fraction) and isinstance(high.value, Fraction):
        return low.value > high.value
    return str(low.value) > str(high.value)  # text by code point, and dates as year-month-day


def not_between(checker: Checker, tree: Tree[Token]) -> Node | None:
    """Outside two values."""
    return _negated(checker, tree, between(checker, tree))


def in_list(checker: Checker, tree: Tree[Token]) -> Node | None:
    """A value looked up in a list of constants."""
    checker.count_terms(start_of(tree))
    operand_tree, list_tree = children_of(tree)
    operand = checker.node(operand_tree)
    items = [_item(checker, operand, item) for item in children_of(list_tree)]
    if operand is None:
        return None
    if isinstance(operand, Constant):
        checker.report("PBR022", "a value written out is looked up in a list; name a field before IN", start_of(tree))
    elif type_of(operand).kind is Kind.YES_NO:
        checker.report("PBR022", f"{describe(operand)} needs no list; write it bare, or with NOT", start_of(tree))
    column = checker.column(start_of(tree))
    found = tuple(item for item in items if item is not None)
    if not is_reckoned(operand) or len(found) < len(items):
        return In(column, operand, found)
    # a figure is compared with each item, so that each is known to fit
    equal = [checker.fitting(Compare(column, "=", operand, item)) for item in found]
    return None if None in equal else In(column, operand, found)


def not_in_list(checker: Checker, tree: Tree[Token]) -> Node | None:
    """A value that is not in a list of constants."""
    return _negated(checker, tree, in_list(checker, tree))


def _item(checker: Checker, operand: Node | None, tree: Tree[Token]) -> Constant | None:
    """One constant of a list."""
    if tree.data == "null":
        checker.report("PBR022", "NULL in a list is never found; add OR ... IS NULL instead", start_of(tree))
        return None
    if tree.data == "name":
        word = word_of(tree)
        checker.report("PBR022", f"a list holds no names; did you mean the text '{word}'?", start_of(tree))
        return None
    item = _written_out(checker, tree)
    if item is None or operand is None or isinstance(operand, Constant) or type_of(operand).kind is Kind.YES_NO:
        return None
    if not comparable(operand, item):
        checker.report("PBR022", unlike(operand, item), start_of(tree))
        return None
    return item if _declared(checker, operand, item) else None


def _written_out(checker: Checker, tree: Tree[Token]) -> Constant | None:
    """A value of a list."""
    if tree.data in {"text", "date", "number", "percent", "true", "false"}:
        return constant(checker, tree)
    if tree.data == "minus" and child_of(tree).data in {"number", "percent"}:
        node = checker.node(tree)
        assert isinstance(node, Constant)  # a number with a sign is a number
        return node
    checker.report("PBR022", "a list holds values written out", start_of(tree))
    return None


def is_null(checker: Checker, tree: Tree[Token]) -> Node | None:
    """Whether something is empty."""
    checker.count_terms(start_of(tree))
    operand, column = checker.node(child_of(tree)), start_of(tree)
    if operand is None:
        return None
    if isinstance(operand, Constant):
        checker.report("PBR022", "a value written out is never empty; name a field before IS", column)
    asked, results = questions_of(operand), results_of(operand)
    if isinstance(operand, Child) and operand.ref.field is not None:
        return Not(checker.column(column), Child(checker.column(column), found_any(checker, operand.ref)))
    result = isinstance(operand, Field) and operand.ref.outcome and checker.type(f"{operand.ref.outcome}.met")
    if result and isinstance(operand, Field) and type_of(operand).kind is not Kind.YES_NO:
        return Not(checker.column(column), _met(checker, operand))
    if results:
        what = f"a result of '{results[0]}' that is not known yet is not empty"
        checker.report("PBR022", f"{what}; IS asks about fields, and about .date and .value by themselves", column)
    elif asked:
        what = f"an answer of {asked[0].what} that is not known yet is not empty"
        checker.report("PBR022", f"{what}; IS asks about fields, and about first and last by themselves", column)
    return IsNull(checker.column(column), operand)


def _met(checker: Checker, result: Field) -> Field:
    """Whether an outcome is met, which is when it has a date and a value.

    That a date is not known yet is not that there is none, so emptiness is asked for by itself.
    """
    ref = FieldRef(f"{result.ref.outcome}.met", result.ref.parent)
    checker.fields.setdefault(ref, YES_NO)
    return Field(result.column, ref, YES_NO)


def is_not_null(checker: Checker, tree: Tree[Token]) -> Node | None:
    """Whether something is there."""
    return _negated(checker, tree, is_null(checker, tree))
