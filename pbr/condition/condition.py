"""Conditions and formulas as the rest of the program holds them, and the questions that they ask of child tables."""

from __future__ import annotations

import copyreg
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from attrs import field, frozen

from pbr.condition.tree import results_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.calendar import Term
    from pbr.condition.tree import FieldRef, Node
    from pbr.condition.types import Kind, ValueType
    from pbr.money import Rounding

Asked = Literal["count", "first", "last", "any", "all"]
"""What may be asked of the rows of a child table."""


@frozen(kw_only=True)
class ChildRef:
    """One thing asked of the rows of a child table that belong to a row; equal if it is the same question.

    Attributes:
        table: The child table.
        what: ``count``, ``first``, ``last``, ``any`` or ``all``.
        field: For ``first`` and ``last`` the date whose earliest or latest value is asked for; else None.
        condition: What a row must fulfil, or None for every row. Its fields are those of the child's row, and with
            ``parent`` those of the row that the question is asked of.
        outside: Where the fields with ``parent`` stand for the row that the question is asked of, in the same order.
    """

    table: str
    what: Asked
    field: str | None
    condition: Condition | None
    outside: tuple[FieldRef, ...]

    def outer(self, ref: FieldRef) -> FieldRef:
        """A field with ``parent`` as the row that the question is asked of names it."""
        return next(one for one in self.outside if one.name == ref.name)


@frozen(kw_only=True)
class Condition:
    """A condition, read and typed against the fields it may name.

    Two conditions are equal if they mean the same words over the same fields of the same types, whatever their
    spacing, brackets and letter case.

    Attributes:
        text: As written.
        node: What it says, definitions put in.
        fields: The fields it reads, in the order in which they first appear, definitions put in; not those that it
            reads only within the rows of a child table.
        field_types: The type of each of them, in the same order.
        children: What it asks of child tables, in the order in which it first appears.
        canonical: The condition in one fixed spelling, definitions put in; it can be read again.
        leap_birthday: Month and day on which somebody born on 29 February is a year older in a common year.
        term: The term, if it asks for the contract year of a date; else None.
    """

    text: str = field(eq=False)
    node: Node = field(eq=False, repr=False)
    fields: tuple[FieldRef, ...]
    field_types: Mapping[FieldRef, ValueType] = field(eq=lambda types: tuple(types.items()), repr=False)
    children: tuple[ChildRef, ...] = ()
    canonical: str
    leap_birthday: tuple[int, int]
    term: Term | None = None

    @property
    def results(self) -> tuple[str, ...]:
        """The outcomes whose results it reads, also of the rows of child tables, in the order in which it does."""
        return results_of(self.node)


@frozen(kw_only=True)
class Formula:
    """A formula, read, typed and known to fit 38 digits; equal to another if it means the same over the same fields.

    Attributes:
        text: As written.
        node: What it says, definitions put in.
        unit: What it gives: a number, money or a share.
        fields: The fields it reads, in the order in which they first appear.
        field_types: The type of each of them, in the same order.
        children: What it asks of child tables.
        canonical: The formula in one fixed spelling; it can be read again.
        leap_birthday: As in a condition.
        term: As in a condition.
        rounding: How ``round`` treats a half.
    """

    text: str = field(eq=False)
    node: Node = field(eq=False, repr=False)
    unit: Kind
    fields: tuple[FieldRef, ...]
    field_types: Mapping[FieldRef, ValueType] = field(eq=lambda types: tuple(types.items()), repr=False)
    children: tuple[ChildRef, ...]
    canonical: str
    leap_birthday: tuple[int, int]
    term: Term | None
    rounding: Rounding

    @property
    def results(self) -> tuple[str, ...]:
        """The outcomes whose results it reads; a figure of a value by its label looks like one of these."""
        return results_of(self.node)


def _read_only(types: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    """The types of fields, as another process has them."""
    return MappingProxyType(types)


# pickle does not know by itself how a read-only map travels to another process
copyreg.pickle(MappingProxyType, lambda types: (_read_only, (dict(types),)))
