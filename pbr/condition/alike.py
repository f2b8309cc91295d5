"""Which values may be compared with which, and how a message says that they may not."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pbr.condition.tree import Age, Constant, Field, type_of
from pbr.condition.types import Kind
from pbr.problem import short

if TYPE_CHECKING:
    from lark import Token, Tree

    from pbr.condition.tree import Node

_SAME_FAMILY = {Kind.ID: Kind.TEXT}
_NUMBER_COUNTS_AS = frozenset({Kind.NUMBER, Kind.MONEY, Kind.SHARE})
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
    kind = type_of(left).kind
    if isinstance(right, Constant) and right.kind is Kind.NUMBER:
        whole = isinstance(right.value, Fraction) and right.value.denominator == 1
        return kind in _NUMBER_COUNTS_AS or (kind is Kind.WHOLE_ID and whole)
    return _family(kind) is _family(type_of(right).kind)


def ordered(left: Node, right: Node) -> bool:
    """Whether less and more mean something: not for yes and no, nor for words out of a declared list."""
    types = type_of(left), type_of(right)
    return not any(side.kind is Kind.YES_NO or side.one_of for side in types)


def describe(node: Node) -> str:
    """A side of a comparison as messages name it."""
    if isinstance(node, Field):
        return f"'{node.ref.name}' ({node.type.kind.value})"
    if isinstance(node, Constant):
        return {Kind.YES_NO: "TRUE or FALSE", Kind.SHARE: "a percentage", Kind.DATE: "a date"}.get(
            node.kind, f"a {node.kind.value}"
        )
    return "an age (number)" if isinstance(node, Age) else "a condition (yes or no)"


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
