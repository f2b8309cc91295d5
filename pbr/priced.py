"""From what was achieved, at the price of its cell, to lines: times its factors, rounded once, in instalments."""

from __future__ import annotations

import enum
from math import prod
from typing import TYPE_CHECKING, Protocol

from pbr.instalments import Instalments, OddPence, part_of, times_of
from pbr.lines import MOST_EXACT, round_ratio

if TYPE_CHECKING:
    import polars as pl

    from pbr.calendar import Duration
    from pbr.lines import Paying

PRICED_ON = ("achieved", "start", "known", "contract_to")
"""The words for a day whose price is paid; any other is the name of an outcome."""


class FallsIn(enum.Enum):
    """The day that decides the period and the cap of a line."""

    ACHIEVED = "achieved"
    KNOWN = "known"
    DUE = "due"


class Terms(Protocol):
    """What a payment for outcomes says of its lines."""

    @property
    def falls_in(self) -> FallsIn:
        """The day that decides period and cap."""

    @property
    def instalments(self) -> Instalments:
        """The parts."""

    @property
    def every(self) -> Duration | None:
        """The time between them."""

    @property
    def odd_pence(self) -> OddPence:
        """The one that bears what rounding leaves."""

    @property
    def takes(self) -> str:
        """Whether it takes money."""


def lines_of(achieved: pl.LazyFrame, terms: Terms, at: Paying) -> pl.LazyFrame:
    """Lines for each time an outcome was met, one for each instalment whose day has come.

    Args:
        achieved: ``subject provider occurrence day known priced quantity parts cell unit`` and what is carried; with
            factors that are outcomes ``_above _below``, their product.
        terms: What the payment says of its lines.
        at: What it needs to know.

    Returns:
        The columns of ``pbr.lines``.
    """
    import polars as pl

    from pbr.days import after

    sign = -1 if terms.takes in {"yes", "true"} else 1
    many = pl.col("unit").cast(pl.Int128) * pl.col("quantity").cast(pl.Int128)
    whole = many.cast(pl.Int64, strict=False)  # what does not fit is empty, and refused
    broken = at.pooled or (at.parts or 1) > 1
    if at.times or broken:
        above, below = pl.lit(1, dtype=pl.Int128), pl.col("parts").cast(pl.Int128)
        if at.factors:
            above, below = above * pl.col("_above").cast(pl.Int128), below * pl.col("_below").cast(pl.Int128)
        for table in at.times:
            more, less = table.ratio(table.cell(pl.col("priced")))
            above, below = above * more.cast(pl.Int128), below * less.cast(pl.Int128)
        if broken and not at.pooled:  # of groups each figure has been looked at
            room = MOST_EXACT // prod(max((abs(ratio) for ratio in table.numerators), default=1) for table in at.times)
            many = pl.when(many.abs() <= room).then(many)
        whole = round_ratio(many if broken else whole, above, below, at.rounding)
    frame = achieved.with_columns(_whole=whole * sign)
    shares = terms.instalments.shares
    assert shares is not None, "a contract that is checked has instalments that can be read"
    parts = []
    for place in range(len(shares)):
        day = pl.col("day")
        later = day if terms.every is None or place == 0 else after(day, times_of(terms.every, place))
        owed = frame.with_columns(_later=later).filter(pl.col("_later") <= at.as_at)
        later = pl.col("_later")
        moved = {"achieved": later, "known": pl.max_horizontal("known", later)}
        falls, due = at.falls_and_due(terms.falls_in.value, moved)
        part = owed.select(
            pl.lit(at.payment, dtype=pl.UInt16).alias("payment"),
            pl.lit(at.outcome, dtype=pl.UInt16).alias("outcome"),
            "subject",
            "provider",
            "occurrence",
            pl.lit(place + 1, dtype=pl.Int64).alias("instalment"),
            day.alias("day"),
            later.alias("owed"),
            moved["known"].alias("known"),
            falls.alias("falls"),
            due.alias("due"),
            pl.col("priced"),
            "cell",
            pl.col("quantity"),
            pl.col("parts"),
            pl.col("unit") * sign,
            part_of(pl.col("_whole"), shares, place, terms.odd_pence, at.rounding).alias("amount"),
            *at.carry,
        )
        parts.append(part)
    return pl.concat(parts).with_columns(net=pl.col("amount"))
