"""Adjustment kind ``split``: what is paid goes to several payees, by shares that add up to it to the penny."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from pbr.instalments import largest_remainder
from pbr.lines import Only, new_rows, sums_of
from pbr.money import parse_ratio

if TYPE_CHECKING:
    from fractions import Fraction

    import polars as pl

    from pbr.lines import Adjusting


@frozen(kw_only=True)
class Split:
    """What lines come to is shared between payees, such as partners who work together.

    Meaning:
        Each line is divided by the shares: what goes to others is taken from its payee, and each of them has a line of
        their own.

    Terms:
        between: for each payee, an id of ``contract.providers``, a share above 0; together they are 1.
        per: list of nouns, ``provider``, ``outcome``, ``payment``, groupings, text fields and at most one period: the
            lines of a group are divided together; default none, and then each by itself.
        on: list of payments; default all.
        only: ``gains`` or ``takes``: the lines above or below nothing; default none, and then both.
        where: condition on the cohort's row, which may read results of outcomes; default everybody.

    Worked example:
        >>> [str(share) for share in Split(id="partners", between={"north": "60%", "south": "2/5"}).shares]
        ['3/5', '2/5']

    Edge of the rule:
        By halves 0.03 is 0.02 for the first named and 0.01 for the second: each has its share cut to whole pence, and
        what is left goes by the largest remainder, of equal ones to the first in the file.

    Source:
        docs/explanation/rules.md, rules 20 and 22. After it the same payments are adjusted only per payee.
    """

    id: str
    kind: str = "split"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    why: str = ""
    between: dict[str, str] = field(factory=dict)
    per: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    only: Only | None = None
    where: str | None = None

    @property
    def figure(self) -> str:
        """No number is looked up."""
        return ""

    @property
    def shares(self) -> tuple[Fraction | None, ...]:
        """The share of each payee in the order of the file; None for one that is no ratio."""
        return tuple(map(parse_ratio, self.between.values()))

    def reads(self) -> tuple[str, ...]:
        """It reads no outcome."""
        return ()

    def apply(self, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """Add ``adj.N`` (what goes to others), change ``net`` by it, and add a row for each part; or rows of groups."""
        import polars as pl

        adjusted = f"adj.{at.index}"
        if self.per:
            rows = sums_of(lines, at).rename({"_sum": "amount"})
            groups = new_rows(lines, at, rows)
            kept, parts = self._divided(groups, pl.col("amount"), at)
            own = groups.with_columns(amount=kept - pl.col("amount")).with_columns(net=pl.col("amount"))
            done = lines.with_columns(pl.lit(0, dtype=pl.Int64).alias(adjusted))
            return pl.concat([done, own.filter(pl.col("amount") != 0), *parts], how="diagonal_relaxed")
        chosen = lines.filter(at.chosen())
        _, parts = self._divided(chosen, pl.col("net"), at)
        kept, _ = self._divided(lines, pl.col("net"), at)
        change = pl.when(at.chosen()).then(kept - pl.col("net")).otherwise(0).alias(adjusted)
        done = lines.with_columns(change).with_columns(net=pl.col("net") + pl.col(adjusted))
        made = pl.lit(at.index, dtype=pl.Int16).alias("split")
        zero = pl.lit(0, dtype=pl.Int64)
        others = [zero.alias(f"adj.{index}") for index in range(at.index + 1)]
        bounds = [pl.lit(None, dtype=pl.Int64).alias(name) for name in lines.columns if name.startswith(_OF_CAPS)]
        return pl.concat([done, *(part.with_columns(made, *others, *bounds) for part in parts)], how="diagonal_relaxed")

    def _divided(self, rows: pl.DataFrame, whole: pl.Expr, at: Adjusting) -> tuple[pl.Expr, list[pl.DataFrame]]:
        """What the payee of each row keeps of it, and the rows of the other payees."""
        import polars as pl

        shares = [share for share in self.shares if share is not None]
        parts = largest_remainder(whole, shares)
        kept: pl.Expr = pl.lit(0, dtype=pl.Int64)
        made = []
        for (place, label), part in zip(at.payees, parts, strict=True):
            mine = pl.col("provider").eq_missing(pl.lit(place, dtype=pl.Int16))
            kept = pl.when(mine).then(part).otherwise(kept)
            theirs = rows.filter(~mine, part != 0).with_columns(part.alias("amount"), of=pl.col("provider"))
            theirs = theirs.with_columns(pl.lit(place, dtype=pl.Int16).alias("provider"), net=pl.col("amount"))
            if "_by.provider" in rows.columns:
                theirs = theirs.with_columns(pl.lit(label, dtype=pl.Int16).alias("_by.provider"))
            made.append(theirs)
        return kept, made


_OF_CAPS = ("limit.", "left.")
