"""Adjustment kind ``split``: what is paid goes to several payees, by shares that add up to it to the penny."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from pbr.instalments import by_weights, largest_remainder
from pbr.lines import Only, narrow, new_rows, together, with_groups
from pbr.money import parse_ratio

if TYPE_CHECKING:
    from fractions import Fraction

    import polars as pl

    from pbr.lines import Adjusting


@frozen(kw_only=True)
class Split:
    """What lines come to is shared between payees, such as partners who work together.

    Meaning:
        Each line is divided by the shares, or by who helped its subject: what goes to others is taken from its payee,
        and each of them has a line of their own.

    Terms:
        between: for each payee, an id of ``contract.providers``, a share above 0; together they are 1. With ``by`` a
            word or a list of words of who helped, each for one payee; what others did stays with the payee of the line.
        by: the table that is marked ``is: contribution``, and its rows are counted, or ``TABLE.NUMBER``, and that is
            added up; default none, and then shares.
        per: list of nouns, ``provider``, ``outcome``, ``payment``, groupings, text fields and at most one period: the
            lines of a group are divided together; default none, and then each by itself, as always with ``by``.
        on: list of payments; default all.
        only: ``gains`` or ``takes``: the lines above or below nothing; default none, and then both.
        where: condition on the cohort's row, which may read results of outcomes; default everybody.

    Worked example:
        >>> [str(share) for share in Split(id="partners", between={"north": "60%", "south": "2/5"}).shares]
        ['3/5', '2/5']

    Edge of the rule:
        By halves 0.03 is 0.02 for the first named and 0.01 for the second: each has its share cut to whole pence, and
        what is left goes by the largest remainder, of equal ones to the first in the file. Who helped counts up to the
        day on which the line was earned, as known on the day of the statement; where nobody did, or for no hour, all
        stays with the payee of the line.

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
    between: dict[str, str | tuple[str, ...]] = field(factory=dict)
    by: str = ""
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
        return tuple(parse_ratio(text) if isinstance(text, str) else None for text in self.between.values())

    @property
    def words(self) -> dict[str, tuple[str, ...]]:
        """The words of who helped that each payee is paid for, in the order of the file; with ``by``."""
        return {name: (words,) if isinstance(words, str) else words for name, words in self.between.items()}

    def reads(self) -> tuple[str, ...]:
        """It reads no outcome."""
        return ()

    def apply(self, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """Add ``adj.N`` (what goes to others), change ``net`` by it, and add a row for each part; or rows of groups."""
        import polars as pl

        adjusted = f"adj.{at.index}"
        if self.per:
            return with_groups(lines, self, at)
        if self.by:
            lines = self._by_contributions(lines, at)
        chosen = lines.filter(at.chosen())
        _, parts = self._divided(chosen, pl.col("net"), at)
        kept, _ = self._divided(lines, pl.col("net"), at)
        change = pl.when(at.chosen()).then(kept - pl.col("net")).otherwise(0).alias(adjusted)
        done = lines.with_columns(change).with_columns(net=pl.col("net") + pl.col(adjusted))
        made = pl.lit(at.index, dtype=pl.Int16).alias("split")
        zero = pl.lit(0, dtype=pl.Int64)
        others = [zero.alias(f"adj.{index}") for index in range(at.index + 1)]
        bounds = [pl.lit(None, dtype=pl.Int64).alias(name) for name in lines.columns if name.startswith(_OF_CAPS)]
        every = [done, *(part.with_columns(made, *others, *bounds) for part in parts)]
        return pl.concat(every, how="diagonal_relaxed").select(pl.exclude(f"^{GIVEN}.*$"))

    def made(self, sums: pl.DataFrame, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """The rows of what each group gives to others, and of the parts of these.

        Raises:
            AmountTooLargeError: A sum that 64 bits cannot hold.
        """
        import polars as pl

        groups = new_rows(lines, at, narrow(sums).rename({"_sum": "amount"}))
        kept, parts = self._divided(groups, pl.col("amount"), at)
        own = groups.with_columns(amount=kept - pl.col("amount")).with_columns(net=pl.col("amount"))
        return together(own.filter(pl.col("amount") != 0), *parts)

    def _divided(self, rows: pl.DataFrame, whole: pl.Expr, at: Adjusting) -> tuple[pl.Expr, list[pl.DataFrame]]:
        """What the payee of each row keeps of it, and the rows of the other payees."""
        import polars as pl

        kept: pl.Expr = pl.lit(0, dtype=pl.Int64)
        if self.by:
            parts, kept = (
                [pl.col(f"{PART}{place}") for place in range(len(at.payees))],
                pl.col(f"{PART}{len(at.payees)}"),
            )
        else:
            parts = largest_remainder(whole, [share for share in self.shares if share is not None])
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

    def _by_contributions(self, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """The lines with the part of each payee, and of the payee of the line where that is none of them.

        What words count that are paid to nobody else is the line's own payee's, as is all where nothing counts.
        """
        import polars as pl

        last, places = len(at.payees), [place for place, _ in at.payees]
        own, rest = pl.col("provider"), pl.col(f"{GIVEN}{len(places)}")
        nothing = pl.lit(0, dtype=pl.Int128)
        none = pl.sum_horizontal([pl.col(f"{GIVEN}{index}") for index in range(last + 1)]) == 0
        rest = pl.when(none).then(pl.lit(1, dtype=pl.Int128)).otherwise(rest)
        named = own.is_in(places).fill_null(value=False)
        given = [
            (pl.col(f"{GIVEN}{index}") + pl.when(own == place).then(rest).otherwise(nothing)).alias(f"{GIVEN}{index}")
            for index, place in enumerate(places)
        ]
        lines = lines.with_columns(*given, pl.when(named).then(nothing).otherwise(rest).alias(f"{GIVEN}{last}"))
        return by_weights(lines, "net", [f"{GIVEN}{index}" for index in range(last + 1)], PART)


GIVEN = "given."
"""What begins the names of columns that hold, for each payee of a split and then for nobody, what its words count."""
PART = f"{GIVEN}part."
"""What begins those of the part of each."""
_OF_CAPS = ("limit.", "left.")
