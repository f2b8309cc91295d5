"""A condition or a formula in one fixed spelling, with no more brackets than it needs."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pbr.calendar import Duration
from pbr.condition.tree import (
    Absolute,
    Age,
    And,
    Case,
    Child,
    Compare,
    Constant,
    ContractYear,
    Extreme,
    Field,
    Floor,
    IfNone,
    In,
    IsNull,
    Logic,
    Negative,
    Not,
    Or,
    Product,
    Quotient,
    Round,
    Shift,
    Span,
    Sum,
)
from pbr.condition.types import Kind
from pbr.money import plain_number

if TYPE_CHECKING:
    from types import UnionType

    from pbr.condition.condition import ChildRef
    from pbr.condition.tree import Node

_SUMS = Logic | Sum
_PRODUCTS = _SUMS | Shift | Product | Quotient


def canonical(node: Node) -> str:
    """The node in one fixed spelling, with no more brackets than it needs.

    Example:
        >>> from pbr.condition.tree import YES_NO, FieldRef
        >>> canonical(Not(0, Field(4, FieldRef("housed"), YES_NO)))
        'NOT housed'
    """
    return _logic(node) if isinstance(node, Logic) else _value(node)


def _logic(node: Logic) -> str:
    """A node that is a condition by itself."""
    match node:
        case Compare(operator=operator, left=left, right=right):
            return f"{_side(left)} {operator} {_side(right)}"
        case In(operand=operand, items=items):
            return f"{_side(operand)} IN ({', '.join(map(_side, items))})"
        case IsNull(operand=operand):
            return f"{_bracketed(operand, Logic)} IS NULL"
        case Not(part=part):
            return f"NOT {_bracketed(part, And | Or)}"
        case And(parts=parts):
            return " AND ".join(_bracketed(part, Or) for part in parts)
        case _:
            return " OR ".join(map(canonical, node.parts))


def _value(node: Node) -> str:  # noqa: PLR0911  # one return for each kind of node
    """A node that gives a value."""
    match node:
        case Field(ref=ref):
            return ref.name
        case Constant():
            return _constant(node)
        case Case():
            return _case(node)
        case Child(ref=ref):
            return _child(ref)
        case Shift(date=date, steps=steps):
            return _bracketed(date, _SUMS | Shift) + "".join(map(_step, steps))
        case Negative(part=part):
            return f"-{_bracketed(part, _PRODUCTS)}"
        case Sum(parts=parts):
            return _bracketed(parts[0], _SUMS) + "".join(map(_added, parts[1:]))
        case Product(parts=parts):
            return " * ".join(
                _bracketed(part, _SUMS | Shift if place == 0 else _PRODUCTS) for place, part in enumerate(parts)
            )
        case Quotient(above=above, below=below):
            return f"{_bracketed(above, _SUMS | Shift)} / {_bracketed(below, _PRODUCTS)}"
        case _:
            return _called(node)


def _called(node: Node) -> str:
    """A node that is written as a function."""
    match node:
        case Age(born=first, on=last):
            name, given = "age_on", [first, last]
        case Span(unit=unit, first=first, last=last):
            name, given = f"{unit}_between", [first, last]
        case ContractYear(date=date):
            name, given = "contract_year", [date]
        case Extreme(which=which, parts=parts):
            name, given = which, list(parts)
        case Round(part=part, places=places):
            name, given = "round", [part, Constant(0, Kind.NUMBER, Fraction(places))] if places else [part]
        case Floor(part=part):
            name, given = "floor", [part]
        case IfNone(part=part, instead=instead):
            name, given = "ifnone", [part, instead]
        case _:
            assert isinstance(node, Absolute)  # the last kind there is
            name, given = "abs", [node.part]
    return f"{name}({', '.join(map(canonical, given))})"


def _child(ref: ChildRef) -> str:
    """A question asked of a child table."""
    given = [ref.table, ref.field, ref.condition and ref.condition.canonical]
    return f"{ref.what}({', '.join(part for part in given if part)})"


def _case(node: Case) -> str:
    """A choice between values."""
    branches = [f"WHEN {canonical(condition)} THEN {canonical(value)}" for condition, value in node.branches]
    other = [] if node.otherwise is None else [f"ELSE {canonical(node.otherwise)}"]
    return " ".join(["CASE", *branches, *other, "END"])


def _step(step: Duration) -> str:
    """An interval added or taken away."""
    return f" {'-' if step.count < 0 else '+'} INTERVAL '{Duration(abs(step.count), step.unit)}'"


def _added(part: Node) -> str:
    """A part of a sum that is not the first."""
    if isinstance(part, Negative):
        return f" - {_bracketed(part.part, _SUMS)}"
    text = _bracketed(part, _SUMS)
    return f" - {text[1:]}" if isinstance(part, Constant) and text.startswith("-") else f" + {text}"


def _side(node: Node) -> str:
    """One side of a comparison: there a percentage is as good as the ratio it means."""
    if isinstance(node, Constant) and isinstance(node.value, Fraction):
        return plain_number(node.value)
    return _bracketed(node, Logic)


def _bracketed(node: Node, kinds: type | UnionType) -> str:
    """The node, in brackets if it is one of the kinds."""
    return f"({canonical(node)})" if isinstance(node, kinds) else canonical(node)


def _constant(node: Constant) -> str:
    """A value as it is written; a percentage stays one, since in arithmetic it is a share and not a number."""
    value = node.value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, Fraction):
        return f"{plain_number(value * 100)}%" if node.kind is Kind.SHARE else plain_number(value)
    return f"DATE '{value.isoformat()}'"
