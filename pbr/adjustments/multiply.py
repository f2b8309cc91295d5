"""Adjustment kind ``multiply``: a factor on each line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from pbr.lines import AmountTooLargeError, round_ratio

if TYPE_CHECKING:
    import polars as pl

    from pbr.lines import Adjusting


@frozen(kw_only=True)
class Multiply:
    """A factor on what each line has come to so far, such as a deadweight of 5/6 or a discount.

    Meaning:
        Each line is multiplied by the factor and rounded once; the difference is a line of its own.

    Terms:
        by: ratio such as ``5/6``, ``94%`` or ``1.2``, or the name of a value.
        on: list of payments; default all.
        where: condition on the cohort's row, which may read results of outcomes; default everybody.

    Worked example:
        >>> Multiply(id="deadweight", by="5/6").by
        '5/6'

    Edge of the rule:
        At 50%, 0.01 becomes 0.01 by half_up and 0.00 by half_even; 0.03 becomes 0.02 by both.

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
    on: tuple[str, ...] = ()
    where: str | None = None

    @property
    def figure(self) -> str:
        """The number or name that is looked up."""
        return self.by

    def apply(self, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """Add ``adj.N`` (Int64, what the factor adds or takes) and change ``net`` by it.

        Raises:
            AmountTooLargeError: A line that 64 bits cannot hold.
        """
        import polars as pl

        above, below = at.table.ratio(at.table.cell(pl.col("day")))
        after = round_ratio(pl.col("net"), above, below, at.rounding)
        changed = lines.with_columns(_after=pl.when(at.chosen()).then(after).otherwise(pl.col("net")))
        if changed["_after"].null_count():
            raise AmountTooLargeError
        change = (pl.col("_after") - pl.col("net")).alias(f"adj.{at.index}")
        return changed.with_columns(change, net=pl.col("_after")).drop("_after")
