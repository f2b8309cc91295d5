"""Adjustment kind ``floor``: no less than a sum for each group of lines."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from attrs import frozen

from pbr.lines import BROUGHT, DAYS, AmountTooLargeError, Only, new_rows, with_groups

if TYPE_CHECKING:
    import polars as pl

    from pbr.lines import Adjusting


class IfOwed(enum.Enum):
    """What becomes of what a floor adds."""

    FORGIVEN = "forgiven"
    CARRY_FORWARD = "carry_forward"


@frozen(kw_only=True)
class Floor:
    """The lines of a group come to no less than a sum; without it what is taken may be more than what is given.

    Meaning:
        Where the lines of a group come to less than the sum, the difference is added, and shown.

    Terms:
        at_least: money, or the name of a value; default ``0``.
        per: list of nouns, ``provider``, ``outcome``, ``payment``, groupings, text fields and at most one period; each
            makes groups of lines. A group without lines has no floor.
        if_owed: ``forgiven``: what is added is not taken back, or ``carry_forward``: it is taken in the next period
            once that has begun, and what is left in the last period of the term is owed; default ``forgiven``.
        on: list of payments; default all.
        only: ``gains`` or ``takes``: the lines above or below nothing; default none, and then both.
        where: condition on the cohort's row, which may read results of outcomes; default everybody.

    Worked example:
        >>> Floor(id="never_below", per=("provider", "quarter")).at_least
        '0'

    Edge of the rule:
        At 0, lines of 600.00 and -600.00 are left as they are; of 600.00 and -600.01 a line of 0.01 is added.

    Source:
        docs/explanation/rules.md, rules 22 and 26.
    """

    id: str
    kind: str = "floor"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    why: str = ""
    at_least: str = "0"
    per: tuple[str, ...]
    if_owed: IfOwed = IfOwed.FORGIVEN
    on: tuple[str, ...] = ()
    only: Only | None = None
    where: str | None = None

    @property
    def figure(self) -> str:
        """The number or name that is looked up."""
        return self.at_least

    def reads(self) -> tuple[str, ...]:
        """It reads no outcome."""
        return ()

    def apply(self, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """Add a row for each group that comes to less, and for what is taken for it in a later period."""
        return with_groups(lines, self, at)

    def made(self, sums: pl.DataFrame, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """The rows of what is added, and of what is taken for it.

        Raises:
            AmountTooLargeError: An amount that 64 bits cannot hold.
        """
        import polars as pl

        carries = self.if_owed is IfOwed.CARRY_FORWARD
        rows = self._by_period(sums, at) if carries else self._once(sums, at)
        rows = rows.with_columns(pl.col("amount").cast(pl.Int64, strict=False)).drop("_all", strict=False)
        if rows["amount"].null_count():
            raise AmountTooLargeError
        return new_rows(lines, at, rows)

    def _once(self, sums: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        import polars as pl

        day = pl.col("day" if at.period is None else at.period)
        least = at.table.minor(at.table.cell(day)).cast(pl.Int128)
        short = sums.with_columns(amount=least - pl.col("_sum")).filter(pl.col("amount") > 0)
        return short.drop("_sum")

    def _by_period(self, sums: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """What is added in one period is taken in the next, once that has begun; in the last nothing is added."""
        import polars as pl

        assert at.period is not None, "what is carried is carried to a period"
        others = [key for key in at.keys if key != at.period] or ["_all"]
        sums = sums.with_columns(_all=pl.lit(0, dtype=pl.Int8))
        labels = [key for key in at.table.by if key not in at.keys]
        others = [*others, *labels]
        owed = sums.select(others).unique().with_columns(_owed=pl.lit(0, dtype=pl.Int128))
        columns = [*others, at.period, *DAYS, "amount", "occurrence"]
        nothing = sums.head(0).with_columns(amount=pl.lit(0, dtype=pl.Int128), occurrence=pl.lit(""))
        found = [nothing.select(columns)]
        for start in at.starts:
            first = pl.lit(start, dtype=pl.Int32)
            if start > at.as_at:  # nothing is taken in a period that has not begun
                owed = owed.with_columns(_owed=pl.lit(0, dtype=pl.Int128))
            here = sums.filter(pl.col(at.period) == start).drop(at.period)
            state = owed.join(here, on=others, how="left", nulls_equal=True)
            state = state.with_columns(pl.col("_sum").fill_null(0), *[pl.col(day).fill_null(start) for day in DAYS])
            taken = state.filter(pl.col("_owed") > 0).select(
                *others,
                first.alias(at.period),
                *[first.alias(day) for day in DAYS],
                amount=0 - pl.col("_owed"),
                occurrence=pl.lit(BROUGHT),
            )
            state = state.with_columns(_first=first)
            least = at.table.minor(at.table.cell(pl.col("_first"))).cast(pl.Int128)
            short = least - (pl.col("_sum") - pl.col("_owed"))
            touched = (pl.col("_sum") != 0) | (pl.col("_owed") != 0)
            is_last = start == at.starts[-1]
            added = pl.when(touched & (short > 0) & (not is_last)).then(short).otherwise(0)
            state = state.with_columns(amount=added)
            kept = state.filter(pl.col("amount") > 0)
            found += [taken, kept.select(*others, first.alias(at.period), *DAYS, "amount", occurrence=pl.lit(""))]
            owed = state.select(*others, _owed=pl.col("amount"))
        return pl.concat([each.select(columns) for each in found], how="vertical_relaxed")
