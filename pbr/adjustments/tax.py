"""Adjustment kind ``tax``: a share of what the lines of a group come to, added to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from pbr.lines import AmountTooLargeError, Only, narrow, new_rows, round_ratio, with_groups

if TYPE_CHECKING:
    import polars as pl

    from pbr.lines import Adjusting


@frozen(kw_only=True)
class Tax:
    """A tax on what is paid, such as VAT at 20%, of the lines of a group together.

    Meaning:
        The rate is taken of what the lines of a group come to, rounded once, and added as a line of its own.

    Terms:
        rate: ratio such as ``20%``, or the name of a value, which may be by provider, with ``0%`` for who is not
            registered; a dated one is looked up on the first day of the period.
        per: list of nouns, ``provider``, ``outcome``, ``payment``, groupings, text fields and at most one period; each
            makes groups of lines.
        on: list of payments; default all.
        only: ``gains`` or ``takes``: the lines above or below nothing; default none, and then both.
        where: condition on the cohort's row, which may read results of outcomes; default everybody.

    Worked example:
        >>> Tax(id="vat", rate="20%", per=("provider", "month")).rate
        '20%'

    Edge of the rule:
        At 20%, lines of 0.07 and 0.06 have together a tax of 0.03; each by itself would have one of 0.01. Lines that
        come to less than nothing have a tax below nothing, which is taken back.

    Source:
        docs/explanation/rules.md, rules 20 and 22. Only another tax may stand after it, and none is taken of another.
    """

    id: str
    kind: str = "tax"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    why: str = ""
    rate: str
    per: tuple[str, ...]
    on: tuple[str, ...] = ()
    only: Only | None = None
    where: str | None = None

    @property
    def figure(self) -> str:
        """The number or name that is looked up."""
        return self.rate

    def reads(self) -> tuple[str, ...]:
        """It reads no outcome."""
        return ()

    def apply(self, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """Add a row for each group.

        Raises:
            AmountTooLargeError: A tax that 64 bits cannot hold.
        """
        return with_groups(lines, self, at)

    def made(self, sums: pl.DataFrame, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """The rows of the tax.

        Raises:
            AmountTooLargeError: A sum or a tax that 64 bits cannot hold.
        """
        import polars as pl

        sums = narrow(sums)
        above, below = at.ratio(pl.col("day" if at.period is None else at.period))
        rows = sums.with_columns(amount=round_ratio(pl.col("_sum"), above, below, at.rounding))
        if rows["amount"].null_count():
            raise AmountTooLargeError
        return new_rows(lines, at, rows.filter(pl.col("amount") != 0).drop("_sum"))
