"""Rules of the calendar over columns of days: worked out once for each day there is, and looked up."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cache
from typing import TYPE_CHECKING

from pbr.calendar import FIRST_YEAR, LAST_YEAR, number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from pbr.calendar import Due, Duration


def after(day: pl.Expr, length: Duration) -> pl.Expr:
    """The Int32 day that is a duration after another."""
    import polars as pl

    if length.days is not None:
        return day + length.days
    table, first = month_table(length.months)
    return pl.lit(table).gather(day - first)


def due_days(day: pl.Expr, due: Due, working: Sequence[int]) -> pl.Expr:
    """The Int32 day on which a line is to be paid, so long after a day.

    Args:
        day: The Int32 day counted from.
        due: How long after it.
        working: Every working day from the first day there can be, if working days are counted.
    """
    import polars as pl

    if due.length is not None:
        return after(day, due.length)
    days = pl.Series(working, dtype=pl.Int32)
    first = working[0]
    counts = pl.Series([bisect_right(working, each) for each in range(first, working[-1] + 1)], dtype=pl.Int64)
    if due.count == 0:
        counts = pl.Series([bisect_left(working, each) for each in range(first, working[-1] + 1)], dtype=pl.Int64)
    place = pl.lit(counts).gather(day - first) + max(due.count - 1, 0)
    return pl.lit(days).gather(place)


@cache
def month_table(months: int) -> tuple[pl.Series, int]:
    """For every day from 1900 to 2199 the day (Int32) that many months later, and the number of the first day.

    A rule of the calendar is worked out once per day and then looked up, whatever the number of rows. Each table has
    about 440 kB, and is kept: a contract names few numbers of months.
    """
    import datetime as dt

    import polars as pl

    first = dt.date(FIRST_YEAR, 1, 1)
    days = pl.date_range(first, dt.date(LAST_YEAR, 12, 31), eager=True)
    return days.dt.offset_by(f"{months}mo").cast(pl.Int32), number_of(first)
