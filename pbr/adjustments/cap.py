"""Adjustment kind ``cap``: no more than a sum for each group of lines, in a stated order."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from attrs import frozen

from pbr.lines import MOST, ORDER, running_before

if TYPE_CHECKING:
    import polars as pl

    from pbr.lines import Adjusting


class Order(enum.Enum):
    """The order in which lines use up a cap."""

    ACHIEVED = "achieved"


class Part(enum.Enum):
    """What happens to the line that crosses a cap."""

    PAY = "pay"


class Excess(enum.Enum):
    """What happens to what a cap cuts."""

    LOST = "lost"


@frozen(kw_only=True)
class Cap:
    """At most a sum for each participant, provider, group or period; the line that crosses it is paid in part.

    Meaning:
        Lines are taken in the order of their achievement until the sum is used up; the rest is cut, and shown.

    Terms:
        at_most: money, or the name of a value; a dated value is looked up on the first day of the period.
        per: list of nouns, ``provider``, groupings, text fields and at most one period; each makes groups of lines.
        order: ``achieved``: then by participant, provider, outcome and payment as in the contract.
        part: ``pay``: the line that crosses the cap is paid in part.
        excess: ``lost``: what is cut is not carried forward.
        on: list of payments; default all.
        where: condition on the cohort's row, which may read results of outcomes; default everybody.

    Worked example:
        >>> Cap(id="person_most", at_most="4000.00", per=("participant",)).part
        <Part.PAY: 'pay'>

    Edge of the rule:
        At 1,000.00, lines of 600.00 and 400.00 are both paid whole; of 600.00 and 400.01 the second loses 0.01.

    Source:
        docs/explanation/rules.md, rules 22 and 23.
    """

    id: str
    kind: str = "cap"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    why: str = ""
    at_most: str
    per: tuple[str, ...]
    order: Order = Order.ACHIEVED
    part: Part = Part.PAY
    excess: Excess = Excess.LOST
    on: tuple[str, ...] = ()
    where: str | None = None

    @property
    def figure(self) -> str:
        """The number or name that is looked up."""
        return self.at_most

    def apply(self, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """Add ``adj.N`` (what is cut, 0 or below), ``limit.N`` and ``left.N`` (headroom), and change ``net``.

        Only lines of groups over their cap are looked at; of these only the lines of the one day on which the cap is
        crossed are put in order. Days before it are whole, days after it are nothing.
        """
        import polars as pl

        day = pl.col("day" if at.period is None else at.period)
        chosen = (
            lines.lazy()
            .with_row_index("_row")
            .filter(at.chosen(), pl.col("net") > 0)
            .select(
                "_row", *dict.fromkeys([*at.keys, *ORDER]), "net", at.table.minor(at.table.cell(day)).alias("_limit")
            )
            .with_columns(_all=pl.lit(0, dtype=pl.Int8))
        )
        largest = int(lines["net"].max() or 0)  # type: ignore[arg-type]
        sums = pl.Int64() if largest * lines.height <= MOST else pl.Int128()
        cuts = _cut(chosen, list(at.keys) or ["_all"], sums)
        assert cuts.is_empty() or cuts["_paid"].min() >= 0, "a cap takes no more than the line"  # type: ignore[operator]
        rows, height = cuts["_row"], lines.height
        cut = pl.zeros(height, pl.Int64, eager=True).scatter(rows, cuts["_paid"] - cuts["net"])
        limit, left = (
            pl.repeat(None, height, dtype=pl.Int64, eager=True).scatter(rows, cuts[name])
            for name in ("_limit", "_left")
        )
        return lines.with_columns(
            cut.alias(f"adj.{at.index}"),
            limit.alias(f"limit.{at.index}"),
            left.alias(f"left.{at.index}"),
            net=pl.col("net") + cut,
        )


def _cut(chosen: pl.LazyFrame, keys: list[str], sums: pl.DataType) -> pl.DataFrame:
    """Lines that are cut: ``_paid`` of them is paid (Int64), with ``_left`` of the cap before them.

    ``sums`` is a type that holds the sum of all lines; 64 bits add up in half the time of 128.
    """
    import polars as pl

    nothing = pl.lit(0, dtype=pl.Int64)
    totals = chosen.group_by(keys).agg(_total=pl.col("net").cast(sums).sum(), _limit=pl.col("_limit").first())
    above = pl.col("_total") > pl.col("_limit")
    over = totals.filter(above.fill_null(value=True)).select(keys).collect(engine="streaming")
    if over.is_empty():
        return chosen.head(0).with_columns(_paid=nothing, _left=nothing).collect()
    crowded = chosen.join(over.lazy(), on=keys, how="semi", nulls_equal=True).collect(engine="streaming")
    assert not crowded["_limit"].null_count(), "every line under a cap has a limit"
    by_day = list(dict.fromkeys([*keys, "day"]))
    each_day = crowded.lazy().group_by(by_day)
    found = each_day.agg(_sum=pl.col("net").cast(sums).sum(), _limit=pl.col("_limit").first())
    days = found.sort(by_day).collect(engine="streaming")
    days = days.with_columns(_before=running_before(days, keys, "_sum"))
    late = pl.col("_before") >= pl.col("_limit")
    crossing = ~late & (pl.col("_before") + pl.col("_sum") > pl.col("_limit"))
    lost = crowded.join(days.filter(late), on=by_day, how="semi", nulls_equal=True)
    lost = lost.with_columns(_paid=nothing, _left=nothing)
    crossed = days.filter(crossing).select(*by_day, "_before")
    edge = crowded.join(crossed, on=by_day, how="inner", nulls_equal=True).sort([*keys, *ORDER])
    left = pl.col("_limit") - pl.col("_before") - pl.col("_earlier")
    edge = (
        edge.with_columns(_earlier=running_before(edge, by_day, "net"))
        .with_columns(_left=pl.when(left > 0).then(left).otherwise(0).cast(pl.Int64))
        .with_columns(_paid=pl.min_horizontal("_left", "net"))
        .filter(pl.col("_paid") < pl.col("net"))
    )
    return pl.concat([lost, edge.select(lost.columns)])
