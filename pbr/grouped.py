"""Lines of payments for whole groups: of each a sum, how many of it, and its days."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from pbr.lines import Paying


def group_lines(
    groups: pl.LazyFrame, at: Paying, falls_in: str, *, takes: bool = False, least: int | None = None
) -> pl.LazyFrame:
    """A line for each row: a sum times a quantity, rounded once.

    Args:
        groups: ``outcome subject provider occurrence day known priced cell unit quantity parts`` and what is carried;
            ``unit`` in Int64 minor units, of which there are ``quantity`` over ``parts``.
        at: What it needs to know.
        falls_in: The day that decides the period of a line: ``achieved``, ``known`` or ``due``.
        takes: Whether it takes money instead of giving it.
        least: What a line comes to at least, before its sign is turned; None for a product below nothing as it is.

    Returns:
        The columns of ``pbr.lines``.
    """
    import polars as pl

    from pbr.lines import round_ratio

    sign, day = -1 if takes else 1, pl.col("day")
    falls, due = at.falls_and_due(falls_in, {"achieved": day, "known": pl.col("known")})
    amount = round_ratio(pl.col("unit"), pl.col("quantity"), pl.col("parts"), at.rounding)
    lines = groups.select(
        pl.lit(at.payment, dtype=pl.UInt16).alias("payment"),
        "outcome",
        "subject",
        "provider",
        "occurrence",
        pl.lit(1, dtype=pl.Int64).alias("instalment"),
        day,
        day.alias("owed"),
        "known",
        falls.alias("falls"),
        due.alias("due"),
        "priced",
        "cell",
        "quantity",
        "parts",
        pl.col("unit") * sign,
        ((amount if least is None else amount.clip(lower_bound=least)) * sign).alias("amount"),
        *at.carry,
    )
    return lines.with_columns(net=pl.col("amount"))
