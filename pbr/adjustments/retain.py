"""Adjustment kind ``retain``: a share of what the lines of a group come to is kept back, and given back later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from pbr.lines import DAYS, Only, narrow, new_rows, round_ratio, together, with_groups

if TYPE_CHECKING:
    import polars as pl

    from pbr.lines import Adjusting

GIVEN_BACK = "given back"
"""What tells the row that gives back from the one that keeps."""


@frozen(kw_only=True)
class Retain:
    """A share that is kept back of what a group of lines comes to, until a day or until an outcome is met.

    Meaning:
        The share is taken as a line of the period in which it was earned, and the same is given back as a line of its
        own day.

    Terms:
        share: ratio above 0 and up to 1, such as ``10%``, or the name of a value; a dated one is looked up on the first
            day of the period.
        until: a date, or a time after ``period_end`` such as ``period_end + 6 months``, or the name of an outcome of
            groups: given back on the day on which that is known to be met, and never if it is not.
        per: list of nouns, ``provider``, ``outcome``, ``payment``, groupings, text fields and at most one period; each
            makes groups of lines. Without a period the end is that of the contract.
        on: list of payments; default all.
        only: ``gains``: the lines above nothing; default none, and then both.
        where: condition on the cohort's row, which may read results of outcomes; default everybody.

    Worked example:
        >>> Retain(id="kept", share="10%", until="period_end + 6 months", per=("provider", "quarter")).share
        '10%'

    Edge of the rule:
        What is kept until ``period_end + 6 months`` of a period that ends on 31 March is given back as at 30 September,
        and not as at the day before. Of lines that come to nothing or less nothing is kept.

    Source:
        docs/explanation/rules.md, rules 20 and 22. What is given back falls into the period of its day, or the last.
    """

    id: str
    kind: str = "retain"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    why: str = ""
    share: str
    until: str
    per: tuple[str, ...]
    on: tuple[str, ...] = ()
    only: Only | None = None
    where: str | None = None

    @property
    def figure(self) -> str:
        """The number or name that is looked up."""
        return self.share

    def reads(self) -> tuple[str, ...]:
        """The outcome of groups that must be met, or else a day in words."""
        return (self.until,)

    def apply(self, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """Add a row for what is kept of each group, and one for what is given back once its day has come.

        Raises:
            AmountTooLargeError: A sum that 64 bits cannot hold.
        """
        return with_groups(lines, self, at)

    def made(self, sums: pl.DataFrame, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """The rows of what is kept, and of what is given back.

        Raises:
            AmountTooLargeError: A sum that 64 bits cannot hold.
        """
        import polars as pl

        sums = narrow(sums).filter(pl.col("_sum") > 0)
        first = pl.col("day" if at.period is None else at.period)
        above, below = at.table.ratio(at.table.cell(first))
        names = dict(zip(at.starts, at.names, strict=True))
        name = pl.lit("") if at.period is None else pl.col(at.period).replace_strict(names, return_dtype=pl.String)
        rows = sums.with_columns(
            priced=first,
            occurrence=name,
            amount=0 - round_ratio(pl.col("_sum"), above, below, at.rounding),
            _back=pl.max_horizontal(self._until(at), "day", "falls"),
            _never=self._until(at).is_null(),
        ).filter(pl.col("amount") != 0)
        back = rows.filter(~pl.col("_never"), pl.col("_back") <= at.as_at).with_columns(
            *[pl.col("_back").alias(day) for day in DAYS],
            amount=0 - pl.col("amount"),
            occurrence=pl.concat_str("occurrence", pl.lit(GIVEN_BACK), separator=" ").str.strip_chars(),
        )
        return together(*(new_rows(lines, at, each.drop("_sum", "_back", "_never")) for each in (rows, back)))

    def _until(self, at: Adjusting) -> pl.Expr:
        """The Int32 day from which each group may have it back; null while there is none."""
        import polars as pl

        if at.found is not None:
            return pl.lit(pl.Series(at.found.known, dtype=pl.Int32)).gather(pl.col(at.group))
        if at.period is None:
            return pl.lit(at.releases[0], dtype=pl.Int32)
        return pl.col(at.period).replace_strict(dict(zip(at.starts, at.releases, strict=True)), return_dtype=pl.Int32)
