"""A condition or a formula that has been read and typed: frozen nodes, each of which knows its column.

The nodes are what the readings (``to_polars``, ``to_sql``, ``to_python``) walk. A column counts from 0 in the text as
written; what came out of a definition stands at the column of the definition's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import field, frozen

from pbr.condition.types import FIGURES, Kind, ValueType

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from fractions import Fraction

    from pbr.calendar import Duration, Term
    from pbr.condition.condition import ChildRef
    from pbr.money import Rounding

YES_NO = ValueType(kind=Kind.YES_NO)
WHOLE = ValueType(kind=Kind.NUMBER)
DAY = ValueType(kind=Kind.DATE)


@frozen
class FieldRef:
    """A field as a condition names it.

    Attributes:
        name: Its name in the contract.
        parent: Whether it stands in the parent's row and not in the row itself.
    """

    name: str
    parent: bool = False

    @property
    def outcome(self) -> str:
        """The outcome whose result it is, such as ``job`` for ``job.met``; empty for a field of a row."""
        outcome, dot, _ = self.name.partition(".")
        return outcome if dot else ""


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
class Shift:
    """A date moved by intervals, each counted in one step; empty if that leaves the years 1900 to 2199.

    A negative count goes back. The intervals are taken one after the other, and only the last day is looked at.
    """

    column: int = field(eq=False)
    date: Node
    steps: tuple[Duration, ...]

    @property
    def type(self) -> ValueType:
        """A date."""
        return DAY


@frozen
class Span:
    """Days from one date to another, or whole months completed: a whole number, negative if the second is earlier."""

    column: int = field(eq=False)
    unit: Literal["days", "months"]
    first: Node
    last: Node

    @property
    def type(self) -> ValueType:
        """A whole number."""
        return WHOLE


@frozen
class ContractYear:
    """The contract year of a date, from 1: a whole number, empty outside the term."""

    column: int = field(eq=False)
    date: Node
    term: Term

    @property
    def type(self) -> ValueType:
        """A whole number."""
        return WHOLE


@frozen
class Case:
    """The value of the first branch whose condition is true, else the other value, which is empty if not written."""

    column: int = field(eq=False)
    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node | None
    type: ValueType

    @property
    def values(self) -> tuple[Node, ...]:
        """All the values it may give."""
        given = tuple(value for _, value in self.branches)
        return given if self.otherwise is None else (*given, self.otherwise)


@frozen
class Child:
    """What is asked of the rows of a child table."""

    column: int = field(eq=False)
    ref: ChildRef

    @property
    def type(self) -> ValueType:
        """A whole number, a date, or yes or no."""
        return {"count": WHOLE, "first": DAY, "last": DAY}.get(self.ref.what, YES_NO)


@frozen
class Negative:
    """A figure with its sign turned. Its part is never a ``Negative`` or a number written out."""

    column: int = field(eq=False)
    part: Node

    @property
    def type(self) -> ValueType:
        """What its part is."""
        return ValueType(kind=type_of(self.part).kind)


@frozen
class Sum:
    """Figures added up; what is taken away is a ``Negative`` or a number below zero. No part is itself a ``Sum``."""

    column: int = field(eq=False)
    parts: tuple[Node, ...]
    type: ValueType


@frozen
class Product:
    """Figures multiplied. No part is itself a ``Product``."""

    column: int = field(eq=False)
    parts: tuple[Node, ...]
    type: ValueType


@frozen
class Quotient:
    """One figure divided by another, exactly; empty if the other is zero. Formulas only, as are those that follow."""

    column: int = field(eq=False)
    above: Node
    below: Node
    type: ValueType


@frozen
class Extreme:
    """The least or the greatest of some figures; empty if any of them is."""

    column: int = field(eq=False)
    which: Literal["least", "greatest"]
    parts: tuple[Node, ...]
    type: ValueType


@frozen
class Round:
    """A figure rounded to some decimal places."""

    column: int = field(eq=False)
    part: Node
    places: int
    rounding: Rounding
    type: ValueType


@frozen
class Floor:
    """The whole number at or below a figure."""

    column: int = field(eq=False)
    part: Node
    type: ValueType


@frozen
class Absolute:
    """A figure without its sign."""

    column: int = field(eq=False)
    part: Node
    type: ValueType


@frozen
class IfNone:
    """A figure, or another where it is empty."""

    column: int = field(eq=False)
    part: Node
    instead: Node
    type: ValueType


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


Logic = Compare | In | IsNull | Not | And | Or
Reckoned = Sum | Product | Negative | Quotient | Extreme | Round | Floor | Absolute | IfNone
Value = Field | Constant | Age | Shift | Span | ContractYear | Case | Child
Node = Value | Logic | Reckoned


def type_of(node: Node) -> ValueType:
    """The type of what a node gives."""
    return YES_NO if isinstance(node, Compare | In | IsNull | Not | And | Or) else node.type


def is_reckoned(node: Node) -> bool:
    """Whether a node is a figure that is worked out, and so exact within 38 digits; a plain field or number is not."""
    return isinstance(node, Reckoned) or (isinstance(node, Case) and node.type.kind in FIGURES)


def parts_of(node: Node) -> Iterator[Node]:  # noqa: PLR0911  # one return for each shape of node
    """The nodes that a node is made of, in the order in which they are written."""
    match node:
        case Field() | Constant() | Child():
            return iter(())
        case Case(branches=branches, values=values):
            return iter((*(condition for condition, _ in branches), *values))
        case Compare(left=left, right=right):
            return iter((left, right))
        case In(operand=operand) | IsNull(operand=operand):
            return iter((operand,))
        case Age(born=first, on=last) | Span(first=first, last=last):
            return iter((first, last))
        case Shift(date=date) | ContractYear(date=date):
            return iter((date,))
        case And() | Or() | Sum() | Product() | Extreme():
            return iter(node.parts)
        case Quotient(above=above, below=below):
            return iter((above, below))
        case IfNone(part=part, instead=instead):
            return iter((part, instead))
        case _:
            return iter((node.part,))


def leaves_of(node: Node) -> Iterator[Field | Child]:
    """The fields and the questions to child tables that a node reads, in the order in which they are written."""
    if isinstance(node, Field | Child):
        yield node
    for part in parts_of(node):
        yield from leaves_of(part)


def questions_of(node: Node) -> tuple[ChildRef, ...]:
    """What a node asks of child tables, each question once, in the order in which it is first asked."""
    return tuple(dict.fromkeys(leaf.ref for leaf in leaves_of(node) if isinstance(leaf, Child)))


def results_of(node: Node) -> tuple[str, ...]:
    """The outcomes whose results a node reads, also of the rows of child tables, in the order in which it does."""
    found: list[str] = []
    for leaf in leaves_of(node):
        refs = (leaf.ref,) if isinstance(leaf, Field) else leaf.ref.outside
        found += [ref.outcome for ref in refs if ref.outcome]
    return tuple(dict.fromkeys(found))


def reads_term(node: Node) -> bool:
    """Whether a node asks for the contract year of a date, other than of the rows of a child table."""
    return isinstance(node, ContractYear) or any(map(reads_term, parts_of(node)))
