"""How large a figure can become, and how long a condition is once written out in full: both known when it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from pbr.calendar import PeriodKind
from pbr.condition.exact import MOST_HELD, digits_of, figure, sides
from pbr.condition.tree import (
    Age,
    Case,
    Child,
    Compare,
    Constant,
    ContractYear,
    Field,
    In,
    Shift,
    Span,
    is_reckoned,
    parts_of,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbr.condition.tree import Node

MOST_WEIGHT = 10_000
"""Parts that the reading of a condition may have; what some functions are made of names their arguments many times."""

_DATES_IN_AN_AGE = 5
_DIGITS_OF = {Age: 4, Span: 7, ContractYear: 3, Child: 12}


class TooLarge(Exception):  # noqa: N818  # no fault by itself: the reader of the text makes one of it
    """A figure might not fit the digits that there are."""


@frozen
class Bound:
    """A whole number that is not known yet.

    Attributes:
        most: The most it can be, without its sign.
        weight: Parts that its reading has.
        known: The number, if it is written out.
    """

    most: int
    weight: int
    known: int | None = None


@frozen
class Bounds:
    """The algebra of bounds. Every method raises ``TooLarge`` where what it gives might not fit."""

    def literal(self, number: int) -> Bound:
        """A whole number written out."""
        return _held(abs(number), 1, number)

    def leaf(self, node: Node) -> Bound:
        """A field, an age or the like."""
        digits = _DIGITS_OF.get(type(node)) or digits_of(type_of(node))
        return _held(10**digits - 1, weight_of(node))

    def add(self, terms: Sequence[Bound]) -> Bound:
        """All of them added up."""
        return _held(sum(term.most for term in terms), _weights(terms))

    def multiply(self, factors: Sequence[Bound]) -> Bound:
        """All of them multiplied."""
        most, known = 1, 1
        for factor in factors:
            most *= factor.most
            known *= factor.known or 0
        return _held(most, _weights(factors), None if any(factor.known is None for factor in factors) else known)

    def sign(self, number: Bound) -> Bound:
        """-1, 0 or 1."""
        return _held(1, 1 + number.weight)

    def absolute(self, number: Bound) -> Bound:
        """Without its sign."""
        return _held(number.most, 1 + number.weight)

    def floor(self, above: Bound, below: Bound) -> Bound:
        """The whole number at or below a fraction."""
        return _held(above.most // (below.known or 1) + 1, 2 + 2 * above.weight + 2 * below.weight)

    def extreme(self, which: str, numbers: Sequence[Bound]) -> Bound:
        """The least or the greatest."""
        assert which in {"least", "greatest"}
        return _held(max(number.most for number in numbers), 2 * _weights(numbers))

    def not_zero(self, number: Bound) -> Bound:
        """The number, or empty."""
        return _held(number.most, 1 + 2 * number.weight)

    def half_even(self, above: Bound, below: Bound) -> Bound:
        """The nearest whole number; what it is worked out with must fit too."""
        _held(2 * above.most + below.most, 0)
        return _held(above.most // (below.known or 1) + 1, 6 + 4 * above.weight + 6 * below.weight)

    def otherwise(self, number: Bound, instead: Bound, test: Bound) -> Bound:
        """One number or another."""
        return _held(max(number.most, instead.most), 1 + number.weight + instead.weight + test.weight)

    def choose(self, conditions: Sequence[Node], numbers: Sequence[Bound], otherwise: Bound | None) -> Bound:
        """One number of several."""
        given = [*numbers, *([] if otherwise is None else [otherwise])]
        return _held(max(number.most for number in given), _weights(given) + choice_weight(conditions))


def weight_of(node: Node) -> int:  # noqa: PLR0911  # one return for each shape of node
    """Parts that the reading of a node has, in the engine in which it has most.

    Raises:
        TooLarge: It compares figures that might not fit.
    """
    match node:
        case Compare(left=left, right=right) if is_reckoned(left) or is_reckoned(right):
            return 1 + _weights(sides(left, right, Bounds()))
        case In(operand=operand, items=items) if is_reckoned(operand):
            return 1 + sum(_weights(sides(operand, item, Bounds())) for item in items)
        case Case(branches=branches) if not is_reckoned(node):
            return choice_weight([condition for condition, _ in branches]) + sum(map(weight_of, node.values))
        case Age() | Span():
            return 1 + _DATES_IN_AN_AGE * sum(map(weight_of, parts_of(node)))
        case Shift(date=date):
            return 1 + len(node.steps) + 2 * weight_of(date)
        case ContractYear(date=date, term=term):
            return (2 + len(term.periods(PeriodKind.CONTRACT_YEAR))) * (1 + weight_of(date))
        case Child(ref=ref):
            return 4 * (1 if ref.condition is None else 1 + weight_of(ref.condition.node))
        case Field() | Constant():
            return 1
        case _ if is_reckoned(node):
            found = figure(node, Bounds())
            return found.top.weight + (0 if found.below is None else found.below.weight)
        case _:
            return 1 + sum(map(weight_of, parts_of(node)))


def choice_weight(conditions: Sequence[Node]) -> int:
    """Parts of the conditions of a choice, which is read by halves so that it is nowhere deep."""
    return (1 + (len(conditions) - 1).bit_length()) * sum(map(weight_of, conditions))


def _held(most: int, weight: int, known: int | None = None) -> Bound:
    """A bound that fits."""
    if most > MOST_HELD:
        raise TooLarge
    return Bound(most, weight, known)


def _weights(numbers: Sequence[Bound]) -> int:
    """The weights of all of them together."""
    return 1 + sum(number.weight for number in numbers)
