"""A condition that has been read and typed: frozen nodes, each of which knows its column.

The nodes are what the readings (``to_polars``, ``to_python``) walk. A column counts from 0 in the text of the
condition; what came out of a definition stands at the column of the definition's name.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import field, frozen

from pbr.condition.types import Kind, ValueType

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from types import UnionType

YES_NO = ValueType(kind=Kind.YES_NO)
WHOLE = ValueType(kind=Kind.NUMBER)


@frozen
class FieldRef:
    """A field as a condition names it.

    Attributes:
        name: Its name in the contract.
        parent: Whether it stands in the parent's row and not in the row itself.
    """

    name: str
    parent: bool = False


@frozen
class Field:
    """A field, with its type."""

    column: int = field(eq=False)
    ref: FieldRef
    type: ValueType


@frozen
class Constant:
    """A value written out; a number is exact and unscaled, a percentage is the ratio it means."""

    column: int = field(eq=False)
    kind: Kind
    value: str | bool | Fraction | dt.date

    @property
    def type(self) -> ValueType:
        """Its type."""
        return ValueType(kind=self.kind)


@frozen
class Age:
    """Full years of somebody born on one date, on another: a whole number."""

    column: int = field(eq=False)
    born: Node
    on: Node
    leap_birthday: tuple[int, int]

    @property
    def type(self) -> ValueType:
        """A whole number."""
        return WHOLE


@frozen
class Compare:
    """Two values compared; a constant, if there is one, stands on the right."""

    column: int = field(eq=False)
    operator: str
    left: Node
    right: Node


@frozen
class In:
    """Whether a value is one of a list of constants; unknown if the value is empty."""

    column: int = field(eq=False)
    operand: Node
    items: tuple[Constant, ...]


@frozen
class IsNull:
    """Whether a value is empty, or a condition unknown; never unknown itself."""

    column: int = field(eq=False)
    operand: Node


@frozen
class Not:
    """The opposite; unknown stays unknown."""

    column: int = field(eq=False)
    part: Node


@frozen
class And:
    """False if any part is false, else unknown if any is unknown, else true. No part is itself an ``And``."""

    column: int = field(eq=False)
    parts: tuple[Node, ...]


@frozen
class Or:
    """True if any part is true, else unknown if any is unknown, else false. No part is itself an ``Or``."""

    column: int = field(eq=False)
    parts: tuple[Node, ...]


Node = Field | Constant | Age | Compare | In | IsNull | Not | And | Or


@frozen(kw_only=True)
class Condition:
    """A condition, read and typed against the fields it may name.

    Two conditions are equal if they mean the same words over the same fields of the same types, whatever their
    spacing, brackets and letter case.

    Attributes:
        text: As written.
        node: What it says, definitions put in.
        fields: The fields it reads, in the order in which they first appear, definitions put in.
        field_types: The type of each of them, in the same order.
        canonical: The condition in one fixed spelling, definitions put in; it can be read again.
        leap_birthday: Month and day on which somebody born on 29 February is a year older in a common year.
    """

    text: str = field(eq=False)
    node: Node = field(eq=False, repr=False)
    fields: tuple[FieldRef, ...]
    field_types: Mapping[FieldRef, ValueType] = field(eq=lambda types: tuple(types.items()), repr=False)
    canonical: str
    leap_birthday: tuple[int, int]


def type_of(node: Node) -> ValueType:
    """The type of what a node gives; everything but a field, a constant and an age is yes or no."""
    return node.type if isinstance(node, Field | Constant | Age) else YES_NO


def canonical(node: Node) -> str:  # noqa: PLR0911  # one return for each kind of node
    """The node in one fixed spelling, with no more brackets than it needs.

    Example:
        >>> canonical(Not(0, Field(4, FieldRef("housed"), YES_NO)))
        'NOT housed'
    """
    match node:
        case Field(ref=ref):
            return ref.name
        case Constant():
            return _constant(node)
        case Age(born=born, on=on):
            return f"age_on({canonical(born)}, {canonical(on)})"
        case Compare(operator=operator, left=left, right=right):
            return f"{_operand(left)} {operator} {_operand(right)}"
        case In(operand=operand, items=items):
            return f"{_operand(operand)} IN ({', '.join(map(canonical, items))})"
        case IsNull(operand=operand):
            return f"{_operand(operand)} IS NULL"
        case Not(part=part):
            return f"NOT {_bracketed(part, And | Or)}"
        case And(parts=parts):
            return " AND ".join(_bracketed(part, Or) for part in parts)
        case _:
            return " OR ".join(map(canonical, node.parts))


def _operand(node: Node) -> str:
    """One side of a comparison: a condition stands there in brackets."""
    return _bracketed(node, Compare | In | IsNull | Not | And | Or)


def _bracketed(node: Node, kinds: type | UnionType) -> str:
    """The node, in brackets if it is one of the kinds."""
    return f"({canonical(node)})" if isinstance(node, kinds) else canonical(node)


def _constant(node: Constant) -> str:
    """A value as it is written in a condition."""
    value = node.value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, Fraction):
        return plain_number(value)
    return f"DATE '{value.isoformat()}'"


def plain_number(value: Fraction) -> str:
    """Exact decimal text of a number that has one, with no more places than it needs.

    Example:
        >>> plain_number(Fraction(-5, 4)), plain_number(Fraction(12))
        ('-1.25', '12')
    """
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    digits = f"{abs(int(value * 10**places)):0{places + 1}d}"
    whole, part = digits[: len(digits) - places], digits[len(digits) - places :]
    return ("-" if value < 0 else "") + whole + (f".{part}" if part else "")
