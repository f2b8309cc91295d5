"""Days, durations, windows and periods: whole local calendar days, both ends stated.

A deadline leaves the anchor day out of the count: within 12 weeks of 1 April 2025 ends on 24 June 2025. Months and
years are counted from the anchor in one step and clamp to the month's end (docs/explanation/rules.md, rules 1 to 6).
"""

from __future__ import annotations

import enum
import functools
import re
from typing import TYPE_CHECKING, Literal

import pendulum
from attrs import frozen

if TYPE_CHECKING:
    import datetime as dt

Date = pendulum.Date
Unit = Literal["days", "weeks", "months", "years"]
EPOCH = pendulum.date(1970, 1, 1)
FIRST_YEAR, LAST_YEAR = 1900, 2199

_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DURATION = re.compile(r"([0-9]{1,5}) (day|week|month|year)s?")


def parse_date(text: str) -> pendulum.Date | None:
    """A real day written year-month-day, between 1900 and 2199, or None.

    Example:
        >>> parse_date("2024-02-29"), parse_date("2025-02-29"), parse_date("01/04/2026")
        (Date(2024, 2, 29), None, None)
    """
    match = _ISO.fullmatch(text)
    if match is None or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        return None
    try:
        return pendulum.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def date_of(day: dt.date) -> pendulum.Date:
    """The same day as a pendulum date."""
    return pendulum.date(day.year, day.month, day.day)


def number_of(day: dt.date) -> int:
    """Days since 1 January 1970, as held in frames."""
    return day.toordinal() - EPOCH.toordinal()


def date_from_number(number: int) -> pendulum.Date:
    """The day a frame holds as a number of days since 1 January 1970."""
    return date_of(pendulum.Date.fromordinal(number + EPOCH.toordinal()))


def show_date(day: dt.date) -> str:
    """A day as people read it.

    Example:
        >>> show_date(pendulum.date(2025, 4, 1))
        '1 April 2025'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@frozen
class Duration:
    """A length of time, such as 12 weeks.

    Attributes:
        count: How many.
        unit: Of what: days, weeks, months or years.
    """

    count: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Duration | None:
        """A duration written like ``12 weeks`` or ``1 month``, or None.

        Example:
            >>> Duration.parse("12 weeks"), Duration.parse("12wks")
            (Duration(count=12, unit='weeks'), None)
        """
        match = _DURATION.fullmatch(text)
        if match is None:
            return None
        units: dict[str, Unit] = {"day": "days", "week": "weeks", "month": "months", "year": "years"}
        return cls(int(match[1]), units[match[2]])

    def after(self, day: dt.date) -> pendulum.Date:
        """The day this long after ``day``, counted in one step; months and years clamp to the month's end.

        Raises:
            OverflowError: The day would lie after the year 9999.

        Example:
            >>> Duration(1, "months").after(pendulum.date(2024, 1, 31))
            Date(2024, 2, 29)
            >>> Duration(12, "weeks").after(pendulum.date(2025, 4, 1))
            Date(2025, 6, 24)
        """
        start = date_of(day)
        if self.unit == "days":
            return start.add(days=self.count)
        if self.unit == "weeks":
            return start.add(weeks=self.count)
        return start.add(months=self.months)

    @property
    def months(self) -> int:
        """Length in months; only of months and years."""
        return self.count * (12 if self.unit == "years" else 1)

    @property
    def days(self) -> int | None:
        """Length in days, or None where it depends on the month."""
        return {"days": self.count, "weeks": 7 * self.count}.get(self.unit)

    def __str__(self) -> str:
        """As written in a contract."""
        return f"{self.count} {self.unit if self.count != 1 else self.unit[:-1]}"


_DUE = re.compile(r"([0-9]{1,4}) (working days?|days?|weeks?|months?|years?) after (achieved|known|period_end)")
DUE_FORMS = ("30 days after achieved", "15 working days after known", "1 month after period_end")


@frozen
class Due:
    """When a line is to be paid, such as 15 working days after it was achieved.

    Attributes:
        count: How many.
        unit: Of what: days, weeks, months, years or working days.
        after: The day counted from: ``achieved``, ``known``, or ``period_end`` of the statement.
    """

    count: int
    unit: str
    after: str

    @classmethod
    def parse(cls, text: str) -> Due | None:
        """A day to pay written like one of ``DUE_FORMS``, or None.

        Example:
            >>> Due.parse("15 working days after achieved"), Due.parse("soon")
            (Due(count=15, unit='working days', after='achieved'), None)
        """
        match = _DUE.fullmatch(text)
        return None if match is None else cls(int(match[1]), f"{match[2].removesuffix('s')}s", match[3])

    @property
    def length(self) -> Duration | None:
        """The length of time, unless it is in working days."""
        units: dict[str, Unit] = {"days": "days", "weeks": "weeks", "months": "months", "years": "years"}
        return Duration(self.count, units[self.unit]) if self.unit in units else None


class PeriodKind(enum.Enum):
    """How the term is cut into periods."""

    MONTH = "month"
    QUARTER = "quarter"
    CONTRACT_YEAR = "contract_year"
    CONTRACT = "contract"


PERIODS = tuple(kind.value for kind in PeriodKind)
"""The words for periods, from the shortest to the longest."""


@frozen
class Period:
    """One period of the term, both days included.

    Attributes:
        name: Such as ``Y2-Q3``: the third quarter of the second contract year.
        first: First day.
        last: Last day.
    """

    name: str
    first: pendulum.Date
    last: pendulum.Date


@frozen(kw_only=True)
class Term:
    """The days on which anything can be earned, and where its years start.

    Attributes:
        first: First day, included.
        last: Last day, included.
        year_month: Month on which contract years start.
        year_day: Day of that month; clamped in shorter months.
    """

    first: pendulum.Date
    last: pendulum.Date
    year_month: int
    year_day: int

    def periods(self, kind: PeriodKind) -> tuple[Period, ...]:
        """The periods of the term in order; the first and the last may be short.

        Example:
            >>> term = Term(first=pendulum.date(2025, 6, 1), last=pendulum.date(2026, 5, 31), year_month=4, year_day=1)
            >>> [(p.name, str(p.first), str(p.last)) for p in term.periods(PeriodKind.CONTRACT_YEAR)]
            [('Y1', '2025-06-01', '2026-03-31'), ('Y2', '2026-04-01', '2026-05-31')]
        """
        return _periods_of(self, kind)


@functools.lru_cache(maxsize=32)
def _periods_of(term: Term, kind: PeriodKind) -> tuple[Period, ...]:
    """The periods of a term, worked out once for all who ask."""
    if kind is PeriodKind.CONTRACT:
        return (Period("all", term.first, term.last),)
    step = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.CONTRACT_YEAR: 12}[kind]
    year = term.first.year
    while _boundary(term, year, 0) > term.first:
        year -= 1
    found: list[Period] = []
    while _boundary(term, year, 0) <= term.last:
        number = year - _first_year(term) + 1
        for index in range(12 // step):
            first, after = _boundary(term, year, index * step), _boundary(term, year, (index + 1) * step)
            first, last = max(first, term.first), min(after.subtract(days=1), term.last)
            if first <= last:
                found.append(Period(_period_name(kind, number, index + 1), first, last))
        year += 1
    return tuple(found)


def _first_year(term: Term) -> int:
    year = term.first.year
    return year if _boundary(term, year, 0) <= term.first else year - 1


def _boundary(term: Term, year: int, months: int) -> pendulum.Date:
    """First day of the contract year that starts in ``year``, plus months, counted in one step."""
    first = pendulum.date(year, term.year_month, 1).add(months=months)
    return first.add(days=min(term.year_day, first.days_in_month) - 1)


def _period_name(kind: PeriodKind, year: int, index: int) -> str:
    if kind is PeriodKind.CONTRACT_YEAR:
        return f"Y{year}"
    return f"Y{year}-Q{index}" if kind is PeriodKind.QUARTER else f"Y{year}-M{index:02d}"
