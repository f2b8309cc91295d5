"""The values a field can take, in the order of whole numbers where they have one."""

from __future__ import annotations

import datetime as dt
import math
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen

from pbr.calendar import FIRST_YEAR, LAST_YEAR
from pbr.condition import Kind
from pbr.money import plain_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pbr.condition import ValueType

Value: TypeAlias = "str | bool | Fraction | dt.date | None"
"""A value as conditions read it: numbers exact and unscaled, None if empty."""

NUMBERS = frozenset({Kind.NUMBER, Kind.MONEY, Kind.SHARE, Kind.WHOLE_ID})
ORDERED = NUMBERS | {Kind.DATE}
_MOST = 10**18 - 1
_BOUNDS = {
    Kind.WHOLE_ID: (-(2**63), 2**63 - 1),
    Kind.DATE: (dt.date(FIRST_YEAR, 1, 1).toordinal(), dt.date(LAST_YEAR, 12, 31).toordinal()),
}
_USUAL_DAY = dt.date(2025, 4, 1).toordinal()


@frozen(kw_only=True)
class Values:
    """The values a field can take.

    A number is counted in its last decimal place: 79.5% with six places is 795,000. A date is counted in days.

    Attributes:
        type: What it is, as conditions see it.
        least: Least number, so counted, or None for the least that is read.
        most: Greatest number, so counted, or None for the greatest that is read.
        words: The only words a text or an id can be, or empty for any.
        may_be_empty: Whether it can be empty.
        exact: Whether it is any exact ratio and not only one of the places of its type, as an outcome's value is.
    """

    type: ValueType
    least: int | None = None
    most: int | None = None
    words: tuple[str, ...] = ()
    may_be_empty: bool = True
    exact: bool = False

    @property
    def bounds(self) -> tuple[int, int]:
        """Least and greatest number, counted."""
        least, most = _BOUNDS.get(self.type.kind, (-_MOST, _MOST))
        return least if self.least is None else self.least, most if self.most is None else self.most

    @property
    def listed(self) -> tuple[str, ...]:
        """The only words it can be, or none."""
        return self.words or self.type.one_of

    def counted(self, value: Fraction | dt.date) -> Fraction:
        """A number or a date as it is counted; whole if the field can be it."""
        if isinstance(value, Fraction):
            return value * Fraction(10**self.type.places)
        return Fraction(value.toordinal())

    def value(self, number: int) -> Fraction | dt.date:
        """The number or date so counted."""
        if self.type.kind is Kind.DATE:
            return dt.date.fromordinal(number)
        return Fraction(number, 10**self.type.places)

    def between(self, starts: Iterable[int]) -> list[tuple[int, int]]:
        """The stretches, first and last included, that new stretches beginning at ``starts`` part the values into."""
        least, most = self.bounds
        firsts = sorted({least, *(start for start in starts if least < start <= most)})
        return list(zip(firsts, [*(first - 1 for first in firsts[1:]), most], strict=True))

    def plainest(self, first: int, last: int) -> int:
        """The number of a stretch that reads best: fewest decimals, and next to the end that matters.

        Example:
            >>> from pbr.condition import ValueType
            >>> share = Values(type=ValueType(kind=Kind.SHARE, places=6))
            >>> shown(share.value(share.plainest(790001, 799999)), Kind.SHARE)
            '79.5%'
        """
        least, most = self.bounds
        if self.type.kind is Kind.DATE:
            if (first, last) == (least, most):
                return _USUAL_DAY
            return last if first == least else first
        unit = 10 ** max(self.type.places - (2 if self.type.kind is Kind.SHARE else 0), 0)
        while unit > 1 and -(-first // unit) > last // unit:
            unit //= 10
        low, high = -(-first // unit) * unit, last // unit * unit
        return _plainest(low, high, unit, below=first == least, above=last == most)


def _plainest(low: int, high: int, unit: int, *, below: bool, above: bool) -> int:
    """A multiple of a unit from low to high: near nought, next to the one end that is bounded, or in the middle."""
    if below and above:
        return min(max(0, low), high)
    if below or above:
        return high if below else low
    return max((low + high) // 2 // unit * unit, low)


def starts_at(value: Fraction) -> tuple[int, int]:
    """Where new stretches begin for a number compared with: at it, and after it."""
    return math.ceil(value), math.floor(value) + 1


def shown(value: Value, kind: Kind) -> str:
    """A value as it is written in a condition.

    Example:
        >>> shown(Fraction(4, 5), Kind.SHARE), shown("won't", Kind.TEXT), shown(None, Kind.DATE)
        ('80%', "'won''t'", 'NULL')
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, Fraction):
        return f"{plain_number(value * 100)}%" if kind is Kind.SHARE else plain_number(value)
    return f"DATE '{value.isoformat()}'"
