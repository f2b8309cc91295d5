"""Days, durations and periods: whole days, both ends stated, counted in one step."""

from __future__ import annotations

import calendar
import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbr.calendar import (
    Duration,
    Period,
    PeriodKind,
    Term,
    Unit,
    date_from_number,
    date_of,
    number_of,
    parse_date,
    show_date,
)
from tests.profiles import integer_law

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31))


def day(text: str) -> dt.date:
    """Make a plain date out of text."""
    return dt.date.fromisoformat(text)


def term(first: str, last: str, starts: str) -> Term:
    """Make a term whose years start on a day of the year."""
    month, number = starts.split("-")
    return Term(first=date_of(day(first)), last=date_of(day(last)), year_month=int(month), year_day=int(number))


def shown(periods: tuple[Period, ...]) -> list[tuple[str, str, str]]:
    """Give names, first and last days as text."""
    return [(period.name, str(period.first), str(period.last)) for period in periods]


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("2025-04-01", True),
        ("2024-02-29", True),
        ("1900-01-01", True),
        ("2199-12-31", True),
        ("2025-02-29", False),
        ("1899-12-31", False),
        ("2200-01-01", False),
        ("2025-4-1", False),
        ("2025-13-01", False),
        ("2025-00-10", False),
        ("01/04/2026", False),
        ("20250401", False),
        ("2025-04-01T00:00", False),
        (" 2025-04-01", False),
        ("", False),
    ],
)
def test_only_real_days_are_read(text: str, known: bool) -> None:
    """A date is year-month-day, really exists, and lies between 1900 and 2199."""
    assert parse_date(text) == (day(text) if known else None)


@integer_law
@given(DAYS)
def test_numbers_and_days_agree(date: dt.date) -> None:
    """A day and its number since 1 January 1970 are two ways to say the same."""
    number = number_of(date)
    assert number == (date - dt.date(1970, 1, 1)).days
    assert date_from_number(number) == date
    assert date_of(date) == date
    assert parse_date(date.isoformat()) == date


def test_a_day_is_shown_as_people_read_it() -> None:
    """Months are words, and days have no leading nought."""
    assert [show_date(dt.date(2025, month, 1)) for month in (1, 4, 12)] == [
        "1 January 2025",
        "1 April 2025",
        "1 December 2025",
    ]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("28 days", Duration(28, "days")),
        ("1 day", Duration(1, "days")),
        ("12 weeks", Duration(12, "weeks")),
        ("6 months", Duration(6, "months")),
        ("1 year", Duration(1, "years")),
        ("0 days", Duration(0, "days")),
        ("99999 days", Duration(99999, "days")),
        ("100000 days", None),
        ("-1 days", None),
        ("1.5 months", None),
        ("12wks", None),
        ("12  weeks", None),
        ("weeks", None),
        ("12", None),
    ],
)
def test_durations_are_a_number_and_a_unit(text: str, length: Duration | None) -> None:
    """A duration is a whole number of days, weeks, months or years, written in words."""
    assert Duration.parse(text) == length


@pytest.mark.parametrize(
    ("count", "unit", "text", "days", "start", "after"),
    [
        (1, "days", "1 day", 1, "2025-04-01", "2025-04-02"),
        (28, "days", "28 days", 28, "2025-02-01", "2025-03-01"),
        (12, "weeks", "12 weeks", 84, "2025-04-01", "2025-06-24"),
        (1, "months", "1 month", None, "2025-01-31", "2025-02-28"),
        (1, "months", "1 month", None, "2024-01-31", "2024-02-29"),
        (2, "months", "2 months", None, "2024-01-31", "2024-03-31"),
        (6, "months", "6 months", None, "2025-08-31", "2026-02-28"),
        (12, "months", "12 months", None, "2024-02-29", "2025-02-28"),
        (1, "years", "1 year", None, "2024-02-29", "2025-02-28"),
        (4, "years", "4 years", None, "2024-02-29", "2028-02-29"),
    ],
)
def test_a_deadline_is_counted_in_one_step(
    count: int, unit: Unit, text: str, days: int | None, start: str, after: str
) -> None:
    """Days and weeks are counted, months and years clamp to the month's end, and two months are not one month twice."""
    length = Duration(count, unit)
    assert str(length) == text
    assert length.days == days
    assert length.after(day(start)) == day(after)


def test_a_duration_beyond_the_calendar_is_an_error() -> None:
    """A day after the year 9999 does not exist."""
    with pytest.raises((OverflowError, ValueError)):
        Duration(99999, "years").after(day("2025-04-01"))


@integer_law
@given(DAYS, st.integers(0, 240))
def test_months_clamp_to_the_end_of_the_month(date: dt.date, months: int) -> None:
    """So many months later is the same day of the month, or the month's last day where it is shorter."""
    number = date.year * 12 + date.month - 1 + months
    year, month = divmod(number, 12)
    last = calendar.monthrange(year, month + 1)[1]
    assert Duration(months, "months").after(date) == dt.date(year, month + 1, min(date.day, last))


def test_periods_of_a_plain_term() -> None:
    """A year from 1 April has four quarters and twelve months, whole ones all."""
    plain = term("2025-04-01", "2026-03-31", "04-01")
    assert shown(plain.periods(PeriodKind.CONTRACT)) == [("all", "2025-04-01", "2026-03-31")]
    assert shown(plain.periods(PeriodKind.CONTRACT_YEAR)) == [("Y1", "2025-04-01", "2026-03-31")]
    assert shown(plain.periods(PeriodKind.QUARTER)) == [
        ("Y1-Q1", "2025-04-01", "2025-06-30"),
        ("Y1-Q2", "2025-07-01", "2025-09-30"),
        ("Y1-Q3", "2025-10-01", "2025-12-31"),
        ("Y1-Q4", "2026-01-01", "2026-03-31"),
    ]
    months = shown(plain.periods(PeriodKind.MONTH))
    assert months[0] == ("Y1-M01", "2025-04-01", "2025-04-30")
    assert months[-1] == ("Y1-M12", "2026-03-01", "2026-03-31")
    assert len(months) == 12


def test_the_first_and_last_periods_may_be_short() -> None:
    """A term that begins in a year's ninth month has its first period numbered as it stands in that year."""
    late = term("2025-12-15", "2026-05-10", "04-01")
    assert shown(late.periods(PeriodKind.CONTRACT_YEAR)) == [
        ("Y1", "2025-12-15", "2026-03-31"),
        ("Y2", "2026-04-01", "2026-05-10"),
    ]
    assert shown(late.periods(PeriodKind.QUARTER)) == [
        ("Y1-Q3", "2025-12-15", "2025-12-31"),
        ("Y1-Q4", "2026-01-01", "2026-03-31"),
        ("Y2-Q1", "2026-04-01", "2026-05-10"),
    ]


def test_a_year_that_starts_late_in_the_calendar_began_the_year_before() -> None:
    """A term from February in years from October lies in the contract year that began the October before."""
    assert shown(term("2026-02-01", "2026-12-31", "10-01").periods(PeriodKind.CONTRACT_YEAR)) == [
        ("Y1", "2026-02-01", "2026-09-30"),
        ("Y2", "2026-10-01", "2026-12-31"),
    ]


def test_periods_from_the_31st_clamp_without_drifting() -> None:
    """Months from the 31st begin on the last day of shorter months, each counted from the year's start."""
    months = shown(term("2025-01-31", "2025-05-30", "01-31").periods(PeriodKind.MONTH))
    assert months == [
        ("Y1-M01", "2025-01-31", "2025-02-27"),
        ("Y1-M02", "2025-02-28", "2025-03-30"),
        ("Y1-M03", "2025-03-31", "2025-04-29"),
        ("Y1-M04", "2025-04-30", "2025-05-30"),
    ]


@integer_law
@given(DAYS.filter(lambda date: date.year < 2190), st.integers(0, 1200), st.dates(), st.sampled_from(PeriodKind))
def test_periods_cut_the_term_without_gap_or_overlap(
    first: dt.date, length: int, starts: dt.date, kind: PeriodKind
) -> None:
    """Every day of the term lies in exactly one period, and names are never given twice."""
    last = first + dt.timedelta(days=length)
    periods = term(str(first), str(last), f"{starts.month}-{starts.day}").periods(kind)
    assert periods[0].first == first
    assert periods[-1].last == last
    assert all(period.first <= period.last for period in periods)
    assert all(later.first.toordinal() == earlier.last.toordinal() + 1 for earlier, later in pairwise(periods))
    assert len({period.name for period in periods}) == len(periods)
    if kind is PeriodKind.CONTRACT_YEAR:
        assert [period.name for period in periods] == [f"Y{number + 1}" for number in range(len(periods))]
