"""Working days: which days are, and the day so many of them after another."""

from __future__ import annotations

import datetime as dt  # noqa: TC003  # the worked examples use it
from bisect import bisect_right
from typing import TYPE_CHECKING

from attrs import frozen

from pbr.calendar import Date, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable

COUNTRIES = {"england": "ENG", "wales": "WLS", "scotland": "SCT", "northern_ireland": "NIR"}
"""Parts of the United Kingdom whose bank holidays are known, with their names in the `holidays` library."""
_SATURDAY = 5


@frozen(kw_only=True)
class WorkingDays:
    """Which days are working days: Monday to Friday, but for bank holidays and days that the contract names.

    Attributes:
        country: A part of the United Kingdom whose bank holidays are none; "" for none of them.
        extra: More days that are none.
    """

    country: str = ""
    extra: tuple[Date, ...] = ()

    def between(self, first: dt.date, last: dt.date) -> tuple[int, ...]:
        """The working days between two days, both included, as numbers since 1970.

        Example:
            >>> days = WorkingDays(country="england").between(dt.date(2025, 12, 24), dt.date(2026, 1, 2))
            >>> [(dt.date(1970, 1, 1) + dt.timedelta(day)).day for day in days]
            [24, 29, 30, 31, 2]
        """
        off = {number_of(day) for day in self.extra} | set(self._bank_holidays(first.year, last.year))
        days = range(number_of(first), number_of(last) + 1)
        return tuple(day for day in days if (day + 3) % 7 < _SATURDAY and day not in off)  # 1970 began on a Thursday

    def _bank_holidays(self, first: int, last: int) -> Iterable[int]:
        if not self.country:
            return ()
        import holidays

        found = holidays.country_holidays("GB", subdiv=COUNTRIES[self.country], years=range(first, last + 1))
        return (number_of(day) for day in found)


def nth_after(day: int, count: int, working: tuple[int, ...]) -> int:
    """The day that is so many working days after another; with none, the day itself or the next working day.

    Example:
        >>> days = WorkingDays().between(dt.date(2012, 4, 27), dt.date(2012, 6, 1))
        >>> nth_after(number_of(dt.date(2012, 4, 29)), 15, days) == number_of(dt.date(2012, 5, 18))
        True
    """
    if count == 0:
        return working[bisect_right(working, day - 1)]
    return working[bisect_right(working, day) + count - 1]
