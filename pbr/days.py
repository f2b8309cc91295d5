"""Rules of the calendar over columns of days: worked out once for each day there is, and looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.calendar import FIRST_YEAR, LAST_YEAR, number_of

if TYPE_CHECKING:
    import polars as pl

    from pbr.calendar import Duration


def after(day: pl.Expr, length: Duration) -> pl.Expr:
    """The Int32 day that is a duration after another."""
    import polars as pl

    if length.days is not None:
        return day + length.days
    table, first = month_table(length.months)
    return pl.lit(table).gather(day - first)


def month_table(months: int) -> tuple[pl.Series, int]:
    """For every day from 1900 to 2199 the day (Int32) that many months later, and the number of the first day.

    A rule of the calendar is worked out once per day and then looked up, whatever the number of rows.
    """
    import datetime as dt

    import polars as pl

    first = dt.date(FIRST_YEAR, 1, 1)
    days = pl.date_range(first, dt.date(LAST_YEAR, 12, 31), eager=True)
    return days.dt.offset_by(f"{months}mo").cast(pl.Int32), number_of(first)
