"""Adjustment kind ``multiply``: a factor on each line, or on the lines of a group together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from pbr.lines import AmountTooLargeError, Only, new_rows, round_ratio, with_groups

if TYPE_CHECKING:
    import polars as pl

    from pbr.lines import Adjusting


@frozen(kw_only=True)
class Multiply:
    """A factor on what each line has come to so far, such as a deadweight of 5/6, a discount, or an index by year.

    Meaning:
        Each line is multiplied by the factor and rounded once; the difference is a line of its own.

    Terms:
        by: ratio such as ``5/6``, ``94%`` or ``1.2``, or the name of a value; a dated one is looked up on the day of
            the achievement, or of a group on the first day of its period. Or the name of an outcome of groups that has
            a number, such as the share of a sample that passed: that of the group and the period in which a line lies.
        per: list of nouns, ``provider``, ``outcome``, ``payment``, groupings, text fields and at most one period: the
            lines of a group are multiplied together and rounded once; default none, and then each by itself.
        on: list of payments; default all.
        only: ``gains`` or ``takes``: the lines above or below nothing; default none, and then both.
        where: condition on the cohort's row, which may read results of outcomes; default everybody.

    Worked example:
        >>> Multiply(id="deadweight", by="5/6").by
        '5/6'

    Edge of the rule:
        At 50%, 0.01 becomes 0.01 by half_up and 0.00 by half_even; 0.03 becomes 0.02 by both. Three lines of 0.01
        become 0.03 one by one, and 0.02 together. While an outcome that it is by is not met, such as a share that is
        not fixed yet, its lines are held back whole; they are never paid without the factor.

    Source:
        docs/explanation/rules.md, rules 20 and 22.
    """

    id: str
    kind: str = "multiply"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    why: str = ""
    by: str
    per: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    only: Only | None = None
    where: str | None = None

    @property
    def figure(self) -> str:
        """The number or name that is looked up."""
        return self.by

    def reads(self) -> tuple[str, ...]:
        """The outcome of groups that it is by, or else the number or value."""
        return (self.by,)

    def apply(self, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """Add ``adj.N`` (Int64, what the factor adds or takes) and change ``net`` by it; a row for each group if so.

        Raises:
            AmountTooLargeError: A line that 64 bits cannot hold.
        """
        import polars as pl

        if self.per:
            return with_groups(lines, self, at)
        above, below = at.ratio(pl.col("day"))
        after = round_ratio(pl.col("net"), above, below, at.rounding)
        changed = lines.with_columns(_after=pl.when(at.chosen()).then(after).otherwise(pl.col("net")))
        if changed["_after"].null_count():
            raise AmountTooLargeError
        change = (pl.col("_after") - pl.col("net")).alias(f"adj.{at.index}")
        return changed.with_columns(change, net=pl.col("_after")).drop("_after")

    def made(self, sums: pl.DataFrame, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """What the factor changes of the sum of each group, as a row of its own.

        Raises:
            AmountTooLargeError: An amount that 64 bits cannot hold.
        """
        import polars as pl

        above, below = at.ratio(pl.col("day" if at.period is None else at.period))
        rows = sums.with_columns(_after=round_ratio(pl.col("_sum"), above, below, at.rounding))
        if rows["_after"].null_count():
            raise AmountTooLargeError
        change = pl.col("_after").cast(pl.Int128) - pl.col("_sum")
        rows = rows.with_columns(amount=change.cast(pl.Int64, strict=False))
        if rows["amount"].null_count():
            raise AmountTooLargeError
        return new_rows(lines, at, rows.filter(pl.col("amount") != 0).drop("_sum", "_after"))
