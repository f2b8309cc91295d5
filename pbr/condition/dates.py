"""What is made of dates, as polars expressions."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from typing import TYPE_CHECKING

from pbr.calendar import FIRST_YEAR, LAST_YEAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from pbr.calendar import Duration, Term

_FEBRUARY_29 = 229


def age(born: pl.Expr, on: pl.Expr, leap_birthday: tuple[int, int]) -> pl.Expr:
    """Full years, by month and day as one number; null if either date is."""
    import polars as pl

    month, day = leap_birthday
    common = pl.lit(month * 100 + day, dtype=pl.Int32)
    birthday = (
        pl.when((_month_day(born) == _FEBRUARY_29) & ~on.dt.is_leap_year()).then(common).otherwise(_month_day(born))
    )
    years = on.dt.year().cast(pl.Int64) - born.dt.year().cast(pl.Int64)
    return years - (_month_day(on) < birthday).cast(pl.Int64)


def _month_day(date: pl.Expr) -> pl.Expr:
    """Month and day as one number: 229 for 29 February."""
    import polars as pl

    return date.dt.month().cast(pl.Int32) * 100 + date.dt.day().cast(pl.Int32)


def day(date: pl.Expr) -> pl.Expr:
    """A date as a count of days."""
    import polars as pl

    return date.cast(pl.Int32).cast(pl.Int64)


def months(first: pl.Expr, last: pl.Expr) -> pl.Expr:
    """Whole months completed: one fewer if the day has not come, where the month's end stands for a day it has not."""
    import polars as pl

    def month(date: pl.Expr) -> pl.Expr:
        return date.dt.year().cast(pl.Int64) * 12 + date.dt.month().cast(pl.Int64)

    day = last.dt.day()
    before = (day < first.dt.day()) & (day < last.dt.days_in_month())
    return month(last) - month(first) - before.cast(pl.Int64)


def moved(date: pl.Expr, steps: Sequence[Duration]) -> pl.Expr:
    """A date moved by intervals; null outside the years of the calendar."""
    import polars as pl

    units = {"days": "d", "weeks": "w", "months": "mo", "years": "y"}
    for step in steps:
        date = date.dt.offset_by(f"{step.count}{units[step.unit]}")
    return pl.when(date.is_between(dt.date(FIRST_YEAR, 1, 1), dt.date(LAST_YEAR, 12, 31))).then(date)


def contract_year(date: pl.Expr, term: Term) -> pl.Expr:
    """The calendar year in which the contract year began, less that of the first one; null outside the term."""
    import polars as pl

    common, leap = (_starts(term, leap=leap) for leap in (False, True))
    first_starts = leap if term.first.is_leap_year() else common
    first = term.first.year - (term.first.month * 100 + term.first.day < first_starts)
    starts = pl.when(date.dt.is_leap_year()).then(pl.lit(leap)).otherwise(pl.lit(common))
    year = date.dt.year().cast(pl.Int64) - (_month_day(date) < starts).cast(pl.Int64) - (first - 1)
    ends = [dt.date(end.year, end.month, end.day) for end in (term.first, term.last)]
    return pl.when(date.is_between(ends[0], ends[1])).then(year)


def _starts(term: Term, *, leap: bool) -> int:
    """Month and day on which contract years start, as one number; a day the month has not is its last."""
    return term.year_month * 100 + min(term.year_day, monthrange(2024 if leap else 2023, term.year_month)[1])
