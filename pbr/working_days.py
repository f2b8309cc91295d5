"""Working days: which days are, and the day so many of them after another."""

from __future__ import annotations

import datetime as dt  # noqa: TC003  # the worked examples use it
import functools
import importlib
import sys
import threading
from bisect import bisect_right
from pathlib import Path
from types import ModuleType
from typing import Any

from attrs import frozen

from pbr.calendar import Date, number_of

COUNTRIES = {"england": "ENG", "wales": "WLS", "scotland": "SCT", "northern_ireland": "NIR"}
"""Parts of the United Kingdom whose bank holidays are known, with their names in the `holidays` library."""
_SATURDAY = 5
_ALL = "holidays.countries"
_LOADING = threading.Lock()


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
        off = {number_of(day) for day in self.extra}
        if self.country:
            off |= bank_holidays(COUNTRIES[self.country], first.year, last.year)
        days = range(number_of(first), number_of(last) + 1)
        return tuple(day for day in days if (day + 3) % 7 < _SATURDAY and day not in off)  # 1970 began on a Thursday


@functools.lru_cache(maxsize=32)
def bank_holidays(part: str, first: int, last: int) -> frozenset[int]:
    """The bank holidays of a part of the United Kingdom in some years, as numbers since 1970."""
    found = united_kingdom()(subdiv=part, years=range(first, last + 1))
    return frozenset(number_of(day) for day in found)


@functools.cache
def united_kingdom() -> Any:  # noqa: ANN401  # a class of the library
    """The holidays of the United Kingdom.

    To name one country loads all 250, which takes longer than the decisions on a thousand people: a package in the
    place of theirs, for as long as this one is loaded, finds the one module.
    """
    import holidays

    with _LOADING:
        if _ALL in sys.modules:
            return importlib.import_module(f"{_ALL}.united_kingdom").UnitedKingdom
        only = ModuleType(_ALL)
        only.__path__ = [str(Path(folder) / "countries") for folder in holidays.__path__]
        sys.modules[_ALL] = only
        try:
            return importlib.import_module(f"{_ALL}.united_kingdom").UnitedKingdom
        finally:
            del sys.modules[_ALL]


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
