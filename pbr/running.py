"""Running sums over the days of each subject: one sort and one running sum over the whole frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

RUNNING_FLAGS = ("before", "after", "outside")
"""Whether a row lies before or after its window, or in the window but outside the term."""


def running_sums(rows: pl.LazyFrame, key: str, name: str) -> pl.LazyFrame:
    """What the rows of each subject add up to, and the first day on which the sum so far is enough.

    All rows of one day count at once. Sums are taken in 128 bits over the whole frame, less what it was where the
    subject's rows begin.

    Args:
        rows: The subject under ``key``, ``_day`` (Int32), ``_amount`` (Int128), ``_least`` (Int64, the same in all rows
            of a subject), ``missing`` (Int16), ``doubt`` (UInt8) and the flags ``seen before after outside`` (Boolean).
        key: Name of the subject's column.
        name: What the columns of the answer begin with.

    Returns:
        One row per subject with ``NAME.total`` (Int128), ``NAME.reached`` (Int32, null if it never is),
        ``NAME.missing`` (the least), ``NAME.doubt`` (the greatest) and the flags.
    """
    import polars as pl

    flags = ["seen", *RUNNING_FLAGS]
    days = rows.group_by(key, "_day").agg(
        pl.col("_amount").sum(),
        pl.col("_least").max(),
        pl.col("missing").min(),
        pl.col("doubt").max(),
        *[pl.col(flag).max() for flag in flags],
    )
    days = days.sort(key, "_day").with_columns(_sum=pl.col("_amount").cum_sum())
    days = days.with_columns(_begins=(pl.col(key) != pl.col(key).shift(1)).fill_null(value=True))
    base = pl.when(pl.col("_begins")).then(pl.col("_sum") - pl.col("_amount")).forward_fill()
    days = days.with_columns(_so_far=pl.col("_sum") - base)
    enough = pl.col("seen") & (pl.col("_so_far") >= pl.col("_least"))
    return days.group_by(key).agg(
        pl.col("_amount").sum().alias(f"{name}.total"),
        pl.when(enough).then(pl.col("_day")).min().alias(f"{name}.reached"),
        pl.col("missing").min().alias(f"{name}.missing"),
        pl.col("doubt").max().alias(f"{name}.doubt"),
        *[pl.col(flag).max().alias(f"{name}.{flag}") for flag in flags],
    )
