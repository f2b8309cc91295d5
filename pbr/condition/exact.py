"""Exact figures of whole numbers alone, once for every engine: what is worked out, and whether it can be.

A figure is a fraction ``top / (scale * below)``: the scale is a whole number known when the contract is read, and
``below`` is there only after a division by something that is not written out. What each step does with whole numbers is
said by an ``Algebra``: polars expressions, SQL text, or bounds. The bounds are worked out when the contract is read, so
that nothing is ever evaluated that might not fit ``MOST_DIGITS`` digits: the engines have no overflow to look for.

A field that is reckoned with is empty if it holds more digits than ``digits_of`` allows, which is far more than any
figure of a scheme; so what is worked out from it is unknown, and never wrong.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from attrs import frozen

from pbr.condition.tree import (
    Absolute,
    Case,
    Constant,
    Extreme,
    Floor,
    IfNone,
    Negative,
    Product,
    Quotient,
    Round,
    Sum,
    type_of,
)
from pbr.condition.types import Kind
from pbr.money import Rounding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pbr.condition.tree import Node
    from pbr.condition.types import ValueType

MOST_DIGITS = 38
MOST_HELD = 10**MOST_DIGITS - 1
_DIGITS_OF_MONEY = 15
_DIGITS_BEFORE_THE_POINT = {Kind.NUMBER: 12, Kind.SHARE: 3, Kind.POINTS: 5}

T = TypeVar("T")


class Algebra(Protocol[T]):
    """What can be done with whole numbers; whatever is made of something empty is empty, unless said otherwise."""

    def literal(self, number: int) -> T:
        """A whole number written out."""

    def leaf(self, node: Node) -> T:
        """The whole number that holds a field, an age or the like; empty if it has too many digits."""

    def add(self, terms: Sequence[T]) -> T:
        """All of them added up."""

    def multiply(self, factors: Sequence[T]) -> T:
        """All of them multiplied."""

    def sign(self, number: T) -> T:
        """-1, 0 or 1."""

    def absolute(self, number: T) -> T:
        """Without its sign."""

    def floor(self, above: T, below: T) -> T:
        """The whole number at or below ``above / below``; ``below`` is positive."""

    def extreme(self, which: str, numbers: Sequence[T]) -> T:
        """The least or the greatest; empty if any is."""

    def not_zero(self, number: T) -> T:
        """The number, or empty if it is zero."""

    def half_even(self, above: T, below: T) -> T:
        """The whole number nearest to ``above / below``, both positive, a half to the even neighbour."""

    def otherwise(self, number: T, instead: T, test: T) -> T:
        """The number, or the other where the one to test is empty."""

    def choose(self, conditions: Sequence[Node], numbers: Sequence[T], otherwise: T | None) -> T:
        """The number of the first condition that is true, else the other, or empty."""


@frozen
class Figure(Generic[T]):
    """A fraction of whole numbers: ``top / (scale * below)``.

    Attributes:
        top: Above the line.
        scale: Below the line, known when the contract is read; at least 1.
        below: Below the line too, always positive where the top is not empty; None stands for 1.
    """

    top: T
    scale: int
    below: T | None = None


def digits_of(kind: ValueType) -> int:
    """How many digits, places and all, a field may hold to be reckoned with.

    Example:
        >>> from pbr.condition.types import ValueType
        >>> digits_of(ValueType(kind=Kind.MONEY, places=2)), digits_of(ValueType(kind=Kind.NUMBER, places=1))
        (15, 13)
    """
    if kind.kind is Kind.MONEY:
        return _DIGITS_OF_MONEY
    return _DIGITS_BEFORE_THE_POINT[kind.kind] + kind.places


def figure(node: Node, algebra: Algebra[T]) -> Figure[T]:
    """What a node that gives a number, money or a share comes to."""
    readers: dict[type, Callable[..., Figure[T]]] = {
        Sum: _sum,
        Product: _product,
        Negative: _negative,
        Case: _case,
        Quotient: _quotient,
        Extreme: _extreme,
        Round: _round,
        Floor: _floor,
        Absolute: _absolute,
        IfNone: _if_none,
    }
    reader = readers.get(type(node))
    if reader is not None:
        return reader(node, algebra)
    if isinstance(node, Constant):
        assert isinstance(node.value, Fraction)  # the formula was typed
        return Figure(algebra.literal(node.value.numerator), node.value.denominator)
    return Figure(algebra.leaf(node), 10 ** type_of(node).places)


def sides(left: Node, right: Node, algebra: Algebra[T]) -> tuple[T, T]:
    """Two figures as whole numbers that compare as they do."""
    first, second = _alike([figure(left, algebra), figure(right, algebra)], algebra)
    return first.top, second.top


def _alike(figures: Sequence[Figure[T]], algebra: Algebra[T]) -> list[Figure[T]]:
    """Figures brought to one line: the same scale, and each top multiplied by what stands below the others."""
    scale = lcm(*(one.scale for one in figures))
    belows = [one.below for one in figures]
    shared = _multiplied([below for below in belows if below is not None], algebra)
    found = []
    for place, one in enumerate(figures):
        others = [below for other, below in enumerate(belows) if other != place and below is not None]
        found.append(Figure(_times([one.top, *others], scale // one.scale, algebra), scale, shared))
    return found


def _times(numbers: Sequence[T], factor: int, algebra: Algebra[T]) -> T:
    """Numbers multiplied, and by one that is known."""
    return algebra.multiply([*numbers, algebra.literal(factor)] if factor != 1 else numbers)


def _multiplied(numbers: Sequence[T], algebra: Algebra[T]) -> T | None:
    """Numbers multiplied; None stands for 1."""
    return algebra.multiply(numbers) if numbers else None


def _sum(node: Sum, algebra: Algebra[T]) -> Figure[T]:
    parts = _alike([figure(part, algebra) for part in node.parts], algebra)
    return Figure(algebra.add([part.top for part in parts]), parts[0].scale, parts[0].below)


def _product(node: Product, algebra: Algebra[T]) -> Figure[T]:
    parts = [figure(part, algebra) for part in node.parts]
    scale = 1
    for part in parts:
        scale *= part.scale
    belows = [part.below for part in parts if part.below is not None]
    return Figure(algebra.multiply([part.top for part in parts]), scale, _multiplied(belows, algebra))


def _negative(node: Negative, algebra: Algebra[T]) -> Figure[T]:
    part = figure(node.part, algebra)
    return Figure(_times([part.top], -1, algebra), part.scale, part.below)


def _quotient(node: Quotient, algebra: Algebra[T]) -> Figure[T]:
    """Multiplied by the other turned over; a divisor that is written out is part of the scale."""
    above = figure(node.above, algebra)
    if isinstance(node.below, Constant):
        assert isinstance(node.below.value, Fraction)  # the formula was typed
        by = node.below.value
        scale, factor = above.scale * abs(by.numerator), by.denominator * (1 if by > 0 else -1)
        common = gcd(scale, factor)
        return Figure(_times([above.top], factor // common, algebra), scale // common, above.below)
    below = figure(node.below, algebra)
    divisor = algebra.not_zero(below.top)
    common = gcd(above.scale, below.scale)
    tops = [above.top, algebra.sign(divisor), *([] if below.below is None else [below.below])]
    belows = [algebra.absolute(divisor), *([] if above.below is None else [above.below])]
    return Figure(_times(tops, below.scale // common, algebra), above.scale // common, _multiplied(belows, algebra))


def _case(node: Case, algebra: Algebra[T]) -> Figure[T]:
    """The branch's own top and below, at one scale."""
    values = [figure(value, algebra) for value in node.values]
    conditions = [condition for condition, _ in node.branches]
    count, scale = len(conditions), lcm(*(value.scale for value in values))
    tops = [_times([value.top], scale // value.scale, algebra) for value in values]
    top = algebra.choose(conditions, tops[:count], tops[count] if len(tops) > count else None)
    if all(value.below is None for value in values):
        return Figure(top, scale)
    belows = [algebra.literal(1) if value.below is None else value.below for value in values]
    return Figure(
        top, scale, algebra.choose(conditions, belows[:count], belows[count] if len(belows) > count else None)
    )


def _extreme(node: Extreme, algebra: Algebra[T]) -> Figure[T]:
    parts = _alike([figure(part, algebra) for part in node.parts], algebra)
    return Figure(algebra.extreme(node.which, [part.top for part in parts]), parts[0].scale, parts[0].below)


def _absolute(node: Absolute, algebra: Algebra[T]) -> Figure[T]:
    part = figure(node.part, algebra)
    return Figure(algebra.absolute(part.top), part.scale, part.below)


def _if_none(node: IfNone, algebra: Algebra[T]) -> Figure[T]:
    part, instead = figure(node.part, algebra), figure(node.instead, algebra)
    scale = lcm(part.scale, instead.scale)
    tops = [_times([one.top], scale // one.scale, algebra) for one in (part, instead)]
    top = algebra.otherwise(tops[0], tops[1], part.top)
    if part.below is None and instead.below is None:
        return Figure(top, scale)
    belows = [algebra.literal(1) if one.below is None else one.below for one in (part, instead)]
    return Figure(top, scale, algebra.otherwise(belows[0], belows[1], part.top))


def _floor(node: Floor, algebra: Algebra[T]) -> Figure[T]:
    part = figure(node.part, algebra)
    return Figure(algebra.floor(part.top, _line(part, part.scale, algebra)), 1)


def _round(node: Round, algebra: Algebra[T]) -> Figure[T]:
    """The nearest whole number at the places wanted, worked out without the sign, since halves are symmetrical."""
    part, scale = figure(node.part, algebra), 10**node.places
    common = gcd(scale, part.scale)
    above = _times([algebra.absolute(part.top)], scale // common, algebra)
    below = _line(part, part.scale // common, algebra)
    if node.rounding is Rounding.HALF_UP:
        doubled = _times([below], 2, algebra)
        whole = algebra.floor(algebra.add([_times([above], 2, algebra), below]), doubled)
    else:
        whole = algebra.half_even(above, below)
    return Figure(algebra.multiply([algebra.sign(part.top), whole]), scale)


def _line(part: Figure[T], scale: int, algebra: Algebra[T]) -> T:
    """All that stands below the line."""
    return algebra.literal(scale) if part.below is None else _times([part.below], scale, algebra)
