"""Typing functions: of dates, of child tables and, in formulas, of figures."""

from __future__ import annotations

from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, cast

from attrs import evolve

from pbr.condition.alike import agreed, describe
from pbr.condition.branches import children_of, start_of, word_of
from pbr.condition.canonical import canonical
from pbr.condition.condition import ChildRef, Condition
from pbr.condition.syntax import NO_CLOCK, OTHER_CLOCKS, Language
from pbr.condition.tree import (
    Absolute,
    Age,
    And,
    Child,
    Constant,
    ContractYear,
    Extreme,
    Field,
    FieldRef,
    Floor,
    IfNone,
    IsNull,
    Not,
    Round,
    Span,
    reads_term,
    type_of,
)
from pbr.condition.types import FIGURES, Kind, ValueType
from pbr.problem import did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Callable

    from lark import Token, Tree

    from pbr.condition.check import Checker
    from pbr.condition.condition import Asked
    from pbr.condition.tree import Node

OF_DATES = ("age_on", "days_between", "months_between", "contract_year")
OF_CHILDREN = ("count", "first", "last", "any", "all")
OF_FIGURES = ("least", "greatest", "round", "floor", "abs", "ifnone")
FUNCTIONS = OF_DATES + OF_CHILDREN

_MOST_PLACES = 18


def call(checker: Checker, tree: Tree[Token]) -> Node | None:
    """A function and what it is given."""
    name, column = word_of(tree).lower(), start_of(tree)
    if name in OF_CHILDREN:
        with checker.deeper(column):
            return _of_child(checker, cast("Asked", name), tree)
    formula = checker.language is Language.FORMULA
    if name in OF_DATES or (formula and name in OF_FIGURES):
        with checker.deeper(column):
            nodes = [checker.operand(argument) for argument in children_of(tree)]
        given = [node for node in nodes if node is not None]
        reader = _OF_DATES.get(name) or _OF_FIGURES[name]
        return None if len(given) < len(nodes) else reader(checker, tree, given)
    _unknown(checker, word_of(tree), column)
    return None


def _unknown(checker: Checker, name: str, column: int) -> None:
    """A function that there is not, or not here."""
    formula = checker.language is Language.FORMULA
    if name.lower() in OTHER_CLOCKS:
        why = NO_CLOCK
    elif name.lower() in OF_FIGURES:
        why = "is a function of formulas, not of conditions"
    else:
        why = f"is not a function{did_you_mean(name.lower(), FUNCTIONS + (OF_FIGURES if formula else ()))}"
    checker.report("PBR020", f"'{short(name)}' {why}", column)


def _wrong(checker: Checker, tree: Tree[Token], wanted: str, given: list[Node]) -> Node | None:
    """A function given the wrong things."""
    what = ", ".join(map(describe, given)) or "nothing"
    checker.report("PBR022", f"{word_of(tree).lower()} takes {wanted}, and was given {what}", start_of(tree))
    return None


# ---------------------------------------------------------------- dates


def _dates(given: list[Node], count: int) -> bool:
    """Whether what is given is so many dates."""
    return len(given) == count and all(type_of(node).kind is Kind.DATE for node in given)


def _age(checker: Checker, tree: Tree[Token], given: list[Node]) -> Node | None:
    if not _dates(given, 2):
        return _wrong(checker, tree, "two dates, born and on", given)
    return Age(checker.column(start_of(tree)), given[0], given[1], checker.scope.leap_birthday)


def _days(checker: Checker, tree: Tree[Token], given: list[Node]) -> Node | None:
    if not _dates(given, 2):
        return _wrong(checker, tree, "two dates, the earlier first", given)
    return Span(checker.column(start_of(tree)), "days", given[0], given[1])


def _months(checker: Checker, tree: Tree[Token], given: list[Node]) -> Node | None:
    if not _dates(given, 2):
        return _wrong(checker, tree, "two dates, the earlier first", given)
    return Span(checker.column(start_of(tree)), "months", given[0], given[1])


def _year(checker: Checker, tree: Tree[Token], given: list[Node]) -> Node | None:
    if not _dates(given, 1):
        return _wrong(checker, tree, "one date", given)
    if checker.scope.term is None:
        checker.report("PBR022", "contract_year needs the contract's term, which is not known here", start_of(tree))
        return None
    return ContractYear(checker.column(start_of(tree)), given[0], checker.scope.term)


_OF_DATES: dict[str, Callable[[Checker, Tree[Token], list[Node]], Node | None]] = {
    "age_on": _age,
    "days_between": _days,
    "months_between": _months,
    "contract_year": _year,
}


# ---------------------------------------------------------------- figures


def _figures(given: list[Node], least: int, most: int) -> bool:
    """Whether what is given is so many figures."""
    return least <= len(given) <= most and all(type_of(node).kind in FIGURES for node in given)


def _alike(checker: Checker, tree: Tree[Token], given: list[Node]) -> Kind | None:
    """The unit that figures share, or None after reporting that they share none."""
    kind = agreed(given)
    if isinstance(kind, Kind):
        return kind
    one, other = kind
    why = f"{word_of(tree).lower()} takes figures of one unit, and here are {describe(one)} and {describe(other)}"
    checker.report("PBR022", why, start_of(tree))
    return None


def _extreme(checker: Checker, tree: Tree[Token], given: list[Node]) -> Node | None:
    if not _figures(given, 2, len(given)):
        return _wrong(checker, tree, "two or more figures", given)
    kind, column = _alike(checker, tree, given), checker.column(start_of(tree))
    checker.count_terms(start_of(tree), len(given))
    if kind is None:
        return None
    which: Literal["least", "greatest"] = "least" if word_of(tree).lower() == "least" else "greatest"
    return checker.fitting(Extreme(column, which, tuple(given), ValueType(kind=kind)))


def _round(checker: Checker, tree: Tree[Token], given: list[Node]) -> Node | None:
    places = given[1] if len(given) > 1 else Constant(0, Kind.NUMBER, Fraction(0))
    whole = isinstance(places, Constant) and places.kind is Kind.NUMBER and places.value in range(_MOST_PLACES + 1)
    if not _figures(given, 1, 2) or not whole:
        return _wrong(checker, tree, f"a figure and how many places, 0 to {_MOST_PLACES}", given)
    assert isinstance(places, Constant)  # it is whole
    assert isinstance(places.value, Fraction)  # it is a number
    column, kind = checker.column(start_of(tree)), ValueType(kind=type_of(given[0]).kind)
    return checker.fitting(Round(column, given[0], int(places.value), checker.scope.rounding, kind))


def _floor(checker: Checker, tree: Tree[Token], given: list[Node]) -> Node | None:
    if not _figures(given, 1, 1):
        return _wrong(checker, tree, "one figure", given)
    column, kind = checker.column(start_of(tree)), ValueType(kind=type_of(given[0]).kind)
    return checker.fitting(Floor(column, given[0], kind))


def _absolute(checker: Checker, tree: Tree[Token], given: list[Node]) -> Node | None:
    if not _figures(given, 1, 1):
        return _wrong(checker, tree, "one figure", given)
    column, kind = checker.column(start_of(tree)), ValueType(kind=type_of(given[0]).kind)
    return checker.fitting(Absolute(column, given[0], kind))


def _if_none(checker: Checker, tree: Tree[Token], given: list[Node]) -> Node | None:
    if not _figures(given, 2, 2):
        return _wrong(checker, tree, "a figure and another for where it is empty", given)
    kind, column = _alike(checker, tree, given), checker.column(start_of(tree))
    if kind is None:
        return None
    return checker.fitting(IfNone(column, given[0], given[1], ValueType(kind=kind)))


_OF_FIGURES: dict[str, Callable[[Checker, Tree[Token], list[Node]], Node | None]] = {
    "least": _extreme,
    "greatest": _extreme,
    "round": _round,
    "floor": _floor,
    "abs": _absolute,
    "ifnone": _if_none,
}


# ---------------------------------------------------------------- child tables

_WANTED = {
    "count": "a table and, if wanted, a condition",
    "first": "a table, one of its dates and, if wanted, a condition",
    "last": "a table, one of its dates and, if wanted, a condition",
    "any": "a table and a condition",
    "all": "a table and a condition",
}
_GIVEN = {"count": (1, 2), "first": (2, 3), "last": (2, 3), "any": (2, 2), "all": (2, 2)}


def _of_child(checker: Checker, what: Asked, tree: Tree[Token]) -> Node | None:
    """A question asked of the rows of a child table."""
    given, column = children_of(tree), start_of(tree)
    least, most = _GIVEN[what]
    if not least <= len(given) <= most:
        checker.report("PBR022", f"{what} takes {_WANTED[what]}", column)
        return None
    table = _table(checker, what, given[0])
    if table is None:
        return None
    dated = what in {"first", "last"}
    date = _date(checker, table, what, given[1]) if dated else None
    place = 2 if dated else 1
    text = given[place] if len(given) > place else None
    condition, outside = (None, ()) if text is None else _within(checker, table, text)
    if (dated and date is None) or (text is not None and condition is None):
        return None
    ref = ChildRef(table=table, what=what, field=date, condition=condition, outside=outside)
    checker.count_terms(column)
    return Child(checker.column(column), ref)


def found_any(checker: Checker, ref: ChildRef) -> ChildRef:
    """Whether ``first`` or ``last`` has anything to find: any row that fulfils its condition and has that date.

    That an undecided row leaves a date unknown is not that there is none, so emptiness is asked for by itself.
    """
    assert ref.field is not None
    column, kind = checker.column(0), checker.scope.children[ref.table][ref.field]
    dated = Not(column, IsNull(column, Field(column, FieldRef(ref.field), kind)))
    types = {FieldRef(ref.field): kind}
    if ref.condition is None:
        return evolve(ref, what="any", field=None, condition=_condition(checker, dated, types))
    given = ref.condition.node
    parts = given.parts if isinstance(given, And) else (given,)
    types = {**ref.condition.field_types, **types}
    return evolve(ref, what="any", field=None, condition=_condition(checker, And(column, (*parts, dated)), types))


def _table(checker: Checker, what: Asked, tree: Tree[Token]) -> str | None:
    """The name of a child table."""
    known = checker.scope.children
    if checker.table:
        checker.report("PBR022", f"{what} cannot stand inside what is asked of '{checker.table}'", start_of(tree))
    elif tree.data != "name":
        checker.report("PBR022", f"{what} takes {_WANTED[what]}; name the table first", start_of(tree))
    elif word_of(tree) in known:
        return word_of(tree)
    elif word_of(tree) in checker.scope.lost:
        checker.unread = True
    else:
        table = short(word_of(tree))
        nearest = did_you_mean(table, known)
        checker.report("PBR021", f"no table '{table}' has rows that belong to this row{nearest}", start_of(tree))
    return None


def _date(checker: Checker, table: str, what: Asked, tree: Tree[Token]) -> str | None:
    """The date of a child's row that is asked for."""
    fields = checker.scope.children[table]
    name = word_of(tree) if tree.data == "name" else ""
    if name in fields and fields[name].kind is Kind.DATE:
        return name
    dates = [field for field, kind in fields.items() if kind.kind is Kind.DATE]
    nearest = did_you_mean(name or what, dates)
    checker.report("PBR022", f"{what} asks for a date of '{table}'{nearest}", start_of(tree))
    return None


def _within(checker: Checker, table: str, tree: Tree[Token]) -> tuple[Condition | None, tuple[FieldRef, ...]]:
    """What a row of the child must fulfil, and the fields of the row itself that it reads."""
    language, checker.language = checker.language, Language.CONDITION
    with checker.rows_of(table) as fields:
        node = checker.yes_no(tree)
    checker.language = language
    if node is None:
        return None, ()
    outside = tuple(FieldRef(ref.name, parent=ref.name not in checker.scope.row) for ref in fields if ref.parent)
    return _condition(checker, node, fields), outside


def _condition(checker: Checker, node: Node, types: dict[FieldRef, ValueType]) -> Condition:
    """A condition on the rows of a child table."""
    words = canonical(node)
    return Condition(
        text=words,
        node=node,
        fields=tuple(types),
        field_types=MappingProxyType(types),
        canonical=words,
        leap_birthday=checker.scope.leap_birthday,
        term=checker.scope.term if reads_term(node) else None,
    )
