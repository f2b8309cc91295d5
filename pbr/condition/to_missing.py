"""Which empty field leaves a condition undecided, as a polars expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.condition.to_polars import read_node
from pbr.condition.tree import Age, And, Compare, Field, FieldRef, In, Node, Not, Or

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import polars as pl

    from pbr.condition.tree import Condition


def to_missing(
    condition: Condition, column: Callable[[FieldRef], pl.Expr], number: Callable[[FieldRef], pl.Expr]
) -> pl.Expr:
    """The first empty field of the first part that is undecided.

    Args:
        condition: The condition.
        column: The expression of a field, as for ``to_polars``.
        number: What stands for a field in the answer; one dtype throughout.

    Returns:
        An expression of that dtype; meant for rows in which the condition is unknown, and null in others only by luck.
    """
    return _missing(condition.node, column, number)


def _missing(node: Node, column: Callable[[FieldRef], pl.Expr], number: Callable[[FieldRef], pl.Expr]) -> pl.Expr:
    import polars as pl

    if isinstance(node, Not):
        return _missing(node.part, column, number)
    if isinstance(node, And | Or):
        parts = [(read_node(part, column), _missing(part, column, number)) for part in node.parts]
        return pl.coalesce([pl.when(truth.is_null()).then(found) for truth, found in parts])
    empty = [pl.when(column(ref).is_null()).then(number(ref)) for ref in dict.fromkeys(_fields(node))]
    return pl.coalesce(empty) if empty else pl.lit(None, dtype=pl.Int16)


def _fields(node: Node) -> Iterator[FieldRef]:
    """Fields whose emptiness makes a part unknown; IS NULL and constants have none."""
    if isinstance(node, Field):
        yield node.ref
    elif isinstance(node, Compare):
        yield from _fields(node.left)
        yield from _fields(node.right)
    elif isinstance(node, Age):
        yield from _fields(node.born)
        yield from _fields(node.on)
    elif isinstance(node, In):
        yield from _fields(node.operand)
