"""What leaves a condition undecided, as a polars expression: the first empty field, or the strongest doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from pbr.condition.to_polars import Reader
from pbr.condition.tree import And, Case, Child, Field, IfNone, IsNull, Not, Or, leaves_of, parts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import polars as pl

    from pbr.condition.condition import ChildRef, Condition, Formula
    from pbr.condition.to_polars import ChildColumn, Column
    from pbr.condition.tree import FieldRef, Node


def to_missing(
    condition: Condition,
    column: Column,
    number: Callable[[FieldRef], pl.Expr],
    child: ChildColumn | None = None,
    child_number: Callable[[ChildRef], pl.Expr] | None = None,
) -> pl.Expr:
    """The first empty field of the first part that is undecided.

    Where no field is empty and a part is still undecided (a day outside the calendar, a CASE without ELSE), it is the
    first field that the part reads.

    Args:
        condition: The condition.
        column: The expression of a field, as for ``to_polars``.
        number: What stands for a field in the answer; one dtype throughout.
        child: The expression of what is asked of a child table, as for ``to_polars``.
        child_number: What stands for that in the answer.

    Returns:
        An expression of that dtype; meant for rows in which the condition is unknown, and null in others only by luck.
    """
    import polars as pl

    return _Missing(Reader(column, child), number, child_number, pl.coalesce).of(condition.node)


def to_doubt(
    condition: Condition,
    column: Column,
    number: Callable[[FieldRef], pl.Expr],
    child: ChildColumn | None = None,
    child_number: Callable[[ChildRef], pl.Expr] | None = None,
) -> pl.Expr:
    """The greatest of what stands for the empty fields of all parts that are undecided; null where all is decided.

    Args:
        condition: The condition.
        column: The expression of a field, as for ``to_polars``.
        number: What stands for a field: a number, the greater the stronger.
        child: The expression of what is asked of a child table, as for ``to_polars``.
        child_number: What stands for that.

    Returns:
        An expression of the dtype of these numbers.
    """
    import polars as pl

    reader = Reader(column, child)
    found = _Missing(reader, number, child_number, pl.max_horizontal).of(condition.node)
    return pl.when(reader.read(condition.node).is_null()).then(found)


def formula_to_empty(
    formula: Formula,
    column: Column,
    number: Callable[[FieldRef], pl.Expr],
    child: ChildColumn | None = None,
    child_number: Callable[[ChildRef], pl.Expr] | None = None,
    *,
    greatest: bool = False,
) -> pl.Expr:
    """The first empty thing for want of which a formula has no figure; null where it is for want of none.

    That is where it would be divided by 0, comes to no branch of a choice, or to more digits than are reckoned with.

    Args:
        formula: The formula.
        column: The expression of a field, as for ``to_polars``.
        number: What stands for a field in the answer; one dtype throughout.
        child: The expression of what is asked of a child table, as for ``to_polars``.
        child_number: What stands for that in the answer.
        greatest: Whether the greatest is given of what stands for each, and not the first.

    Returns:
        An expression of that dtype; meant for rows in which there is no figure.
    """
    import polars as pl

    chosen = pl.max_horizontal if greatest else pl.coalesce
    return _Missing(Reader(column, child), number, child_number, chosen).within(formula.node)


@frozen
class _Missing:
    """Finds what is missing.

    Attributes:
        reader: Reads the condition itself.
        number: What stands for a field.
        child_number: What stands for what is asked of a child table.
        chosen: Which of several, nulls left aside: the first or the greatest.
    """

    reader: Reader
    number: Callable[[FieldRef], pl.Expr]
    child_number: Callable[[ChildRef], pl.Expr] | None
    chosen: Callable[[list[pl.Expr]], pl.Expr]

    def within(self, node: Node) -> pl.Expr:
        """What is missing of a figure, if anything is."""
        return self._joined(list(self._empty(node)))

    def of(self, node: Node) -> pl.Expr:
        """What is missing where a part is unknown."""
        import polars as pl

        if isinstance(node, Not):
            return self.of(node.part)
        if isinstance(node, And | Or):
            parts = [(self.reader.read(part), self.of(part)) for part in node.parts]
            return self.chosen([pl.when(truth.is_null()).then(found) for truth, found in parts])
        first = [self._numbered(leaf) for leaf in leaves_of(node)][:1]
        return pl.coalesce(self._joined(list(self._empty(node))), *first)

    def _joined(self, found: list[pl.Expr]) -> pl.Expr:
        """The one chosen of those that there are."""
        import polars as pl

        return self.chosen(found) if found else pl.lit(None)

    def _empty(self, node: Node) -> Iterator[pl.Expr]:
        """What is empty among the things whose emptiness makes a part unknown; IS NULL and constants have none."""
        import polars as pl

        if isinstance(node, Field | Child):
            yield pl.when(self.reader.read(node).is_null()).then(self._numbered(node))
        elif isinstance(node, Case):
            yield self._of_case(node)
        elif isinstance(node, IfNone):
            yield pl.when(self.reader.empty(node.part)).then(self._joined(list(self._empty(node.instead))))
        elif not isinstance(node, IsNull):
            for part in parts_of(node):
                yield from self._empty(part)

    def _of_case(self, node: Case) -> pl.Expr:
        """What is missing of the value chosen; where none was, of the first test that is undecided."""
        branches = [(test, self._joined(list(self._empty(value)))) for test, value in node.branches]
        if node.otherwise is not None:
            return self.reader.choose(branches, self._joined(list(self._empty(node.otherwise))))
        return self.reader.choose(branches, self.of(Or(node.column, tuple(test for test, _ in node.branches))))

    def _numbered(self, node: Field | Child) -> pl.Expr:
        """What stands for a field, or for what is asked of a child table."""
        if isinstance(node, Field):
            return self.number(node.ref)
        assert self.child_number is not None, "the condition asks a child table, and no number was given for that"
        return self.child_number(node.ref)
