"""What follows from the filter of a row before it is answered: what rules a row out, and which words a field must have.

A filter is false as soon as one of the parts that it joins by AND is. So a part that reads the row alone rules it out
whatever the subject's row says, and a part that names the words of a field rules out all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.condition.to_polars import Reader
from pbr.condition.tree import And, Compare, Constant, Field, In, leaves_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from pbr.condition import Condition, FieldRef
    from pbr.condition.tree import Node

    Words = frozenset[object]


def may_hold(when: Condition, column: Callable[[FieldRef], pl.Expr]) -> pl.Expr | None:
    """Whether the row's own fields do not rule it out; never null. None if they never do.

    Args:
        when: The filter.
        column: The expression of a field of the row.
    """
    import polars as pl

    reader = Reader(column, None)
    tests = [reader.read(part).fill_null(value=True) for part in _parts(when.node) if _of_the_row(part)]
    return pl.all_horizontal(tests) if len(tests) > 1 else next(iter(tests), None)


def words_of(when: Condition | None) -> dict[str, Words]:
    """The values that fields of the row must have one of for its filter to be true.

    Wherever such a field is not empty and has another value, the filter is false.
    """
    found: dict[str, Words] = {}
    for part in _parts(when.node) if when else ():
        match part:
            case Compare(operator="=", left=Field(ref=ref), right=Constant(value=value)):
                words: Words = frozenset({value})
            case In(operand=Field(ref=ref), items=items):
                words = frozenset(item.value for item in items)
            case _:
                continue
        if not ref.parent:
            found[ref.name] = found.get(ref.name, words) & words
    return found


def are_apart(one: Condition, other: Condition) -> bool:
    """Whether a row for which one filter is true is one for which the other is false, and the other way round."""
    mine, theirs = words_of(one), words_of(other)
    return any(mine[name].isdisjoint(theirs[name]) for name in mine.keys() & theirs.keys())


def _parts(node: Node) -> tuple[Node, ...]:
    """What a condition joins by AND."""
    return node.parts if isinstance(node, And) else (node,)


def _of_the_row(node: Node) -> bool:
    """Whether a condition reads fields of the row itself and nothing else."""
    return all(isinstance(leaf, Field) and not leaf.ref.parent for leaf in leaves_of(node))
