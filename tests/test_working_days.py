"""Working days: bank holidays are those of the library, of which only one country is loaded."""

from __future__ import annotations

import datetime as dt
import sys
import threading
from typing import Final

import holidays
import pytest

from pbr import working_days
from pbr.calendar import number_of
from pbr.working_days import COUNTRIES, WorkingDays

ALL: Final = "holidays.countries"


def working(country: str, year: int) -> set[int]:
    """The working days of a year."""
    return set(WorkingDays(country=country).between(dt.date(year, 1, 1), dt.date(year, 12, 31)))


@pytest.mark.parametrize("country", COUNTRIES)
def test_bank_holidays_are_those_of_the_library(country: str) -> None:
    """Year by year no bank holiday is a working day, and every other day from Monday to Friday is one."""
    for year in (1974, 1999, 2012, 2022, 2023, 2025, 2026, 2027, 2100):
        off = holidays.country_holidays("GB", subdiv=COUNTRIES[country], years=year)
        days = [dt.date(year, 1, 1) + dt.timedelta(step) for step in range(365)]
        expected = {number_of(day) for day in days if day.isoweekday() < 6 and day not in off}
        assert {number for number in working(country, year) if number <= number_of(days[-1])} == expected


def test_the_library_is_whole_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stood in the place of the package of all countries is gone, and every country can be loaded as before."""
    for name in [name for name in sys.modules if name.startswith(ALL)]:
        monkeypatch.delitem(sys.modules, name)
    working_days.united_kingdom.cache_clear()
    working_days.bank_holidays.cache_clear()
    found: list[set[int]] = []
    threads = [threading.Thread(target=lambda: found.append(working("england", 2026))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name for name in sys.modules if name.startswith(ALL)} == {f"{ALL}.united_kingdom"}
    assert len(found[0]) == 253
    assert all(each == found[0] for each in found)
    assert dt.date(2026, 7, 14) in holidays.country_holidays("FR", years=2026)
    assert working_days.united_kingdom()(years=2026)
