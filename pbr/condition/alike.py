"""Which values go with which in comparisons and arithmetic, and how a message says that they do not."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pbr.condition.tree import (
    Age,
    Case,
    Child,
    Constant,
    ContractYear,
    Field,
    Logic,
    Product,
    Reckoned,
    Shift,
    Span,
    Sum,
    parts_of,
    type_of,
)
from pbr.condition.types import FIGURES, Kind
from pbr.problem import short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lark import Token, Tree

    from pbr.condition.tree import Node

_SAME_FAMILY = {Kind.ID: Kind.TEXT}
_HINTS = {
    (Kind.TEXT, Kind.NUMBER): "; put the value in single quotes",
    (Kind.YES_NO, Kind.TEXT): "; write TRUE or FALSE",
    (Kind.NUMBER, Kind.TEXT): "; write the number without quotes",
    (Kind.WHOLE_ID, Kind.TEXT): "; write the id without quotes",
    (Kind.WHOLE_ID, Kind.NUMBER): "; such an id is a whole number",
    (Kind.NUMBER, Kind.SHARE): "; a percentage compares with a share only",
}


def _family(kind: Kind) -> Kind:
    """Text and ids that are text are alike."""
    return _SAME_FAMILY.get(kind, kind)


def comparable(left: Node, right: Node) -> bool:
    """Whether two sides are alike; a number written out is alike to any amount, share or number."""
    kind, other = type_of(left).kind, type_of(right).kind
    if isinstance(right, Constant) and right.kind is Kind.NUMBER:
        whole = isinstance(right.value, Fraction) and right.value.denominator == 1
        return kind in FIGURES or (kind is Kind.WHOLE_ID and whole)
    if is_bare(left) or is_bare(right):
        return kind in FIGURES and other in FIGURES
    return _family(kind) is _family(other)


def ordered(left: Node, right: Node) -> bool:
    """Whether less and more mean something: not for yes and no, nor for words out of a declared list."""
    types = type_of(left), type_of(right)
    return not any(side.kind is Kind.YES_NO or side.one_of for side in types)


def is_bare(node: Node) -> bool:
    """Whether a figure is made of plain numbers written out alone, so that it takes any unit."""
    if isinstance(node, Constant):
        return node.kind is Kind.NUMBER
    parts = node.values if isinstance(node, Case) else tuple(parts_of(node))
    return isinstance(node, Reckoned | Case) and all(map(is_bare, parts))


def agreed(nodes: Sequence[Node]) -> Kind | tuple[Node, Node]:
    """The one kind that values have, or the first two that differ; plain numbers take the unit of the others."""
    first = next((node for node in nodes if not is_bare(node)), nodes[0])
    kind = type_of(first).kind
    for node in nodes:
        takes_any = is_bare(node) and kind in FIGURES
        if not takes_any and _family(type_of(node).kind) is not _family(kind):
            return (first, node) if nodes.index(first) < nodes.index(node) else (node, first)
    return _family(kind)


def product_kind(left: Node, right: Node) -> Kind | None:
    """What two figures multiplied are: money times money is nothing, and money times another is money.

    A share of a number is a number, such as 40% of the places; a plain number written out leaves a share a share.
    """
    kinds = [type_of(left).kind, type_of(right).kind]
    if kinds == [Kind.MONEY, Kind.MONEY]:
        return None
    if set(kinds) == {Kind.SHARE, Kind.NUMBER} and not is_bare(left) and not is_bare(right):
        return Kind.NUMBER
    return next((kind for kind in (Kind.MONEY, Kind.POINTS, Kind.SHARE) if kind in kinds), Kind.NUMBER)


def quotient_kind(above: Node, below: Node) -> Kind | None:
    """What one figure divided by another is: like by like is a number; only money is divided into money by others."""
    first, second = type_of(above).kind, type_of(below).kind
    if first is second:
        return Kind.NUMBER
    return None if second is Kind.MONEY else first


def describe(node: Node) -> str:
    """A part as messages name it."""
    kind = type_of(node).kind.value
    if isinstance(node, Field):
        return f"'{node.ref.name}' ({kind})"
    if isinstance(node, Constant):
        return {Kind.YES_NO: "TRUE or FALSE", Kind.SHARE: "a percentage", Kind.DATE: "a date"}.get(
            node.kind, f"a {node.kind.value}"
        )
    if isinstance(node, Child):
        return f"{node.ref.what} of '{node.ref.table}' ({kind})"
    if isinstance(node, Span):
        return f"{node.unit}_between ({kind})"
    return f"{_WORDS.get(type(node), 'a condition' if isinstance(node, Logic) else 'a figure')} ({kind})"


_WORDS: dict[type, str] = {
    Age: "an age",
    Case: "a CASE",
    ContractYear: "contract_year",
    Product: "a product",
    Shift: "a moved day",
    Sum: "a sum",
}


def unlike(left: Node, right: Node) -> str:
    """Why two sides cannot be compared, and what was probably meant."""
    hint = ""
    if isinstance(right, Constant):
        kind = _family(type_of(left).kind)
        hint = _HINTS.get((kind, right.kind), "")
        if kind is Kind.DATE and isinstance(right.value, str):
            hint = f"; write DATE '{short(right.value)}'"
    elif isinstance(right, Field) and right.ref.name in type_of(left).one_of:
        hint = f"; did you mean the text '{right.ref.name}'?"
    return f"{describe(left)} cannot be compared with {describe(right)}{hint}"


def no_null(sign: str, other: Tree[Token]) -> str:
    """Why nothing is compared with NULL, and what to write."""
    name = str(other.children[0]) if other.data == "name" else "..."
    fix = f"{name} IS NOT NULL" if sign == "<>" else f"{name} IS NULL"
    return f"a comparison with NULL is always unknown; write {fix}"
