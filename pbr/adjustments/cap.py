"""Adjustment kind ``cap``: no more than a sum for each group of lines, in a stated order."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from attrs import frozen

from pbr.beside import CUT, beside, cut_in_order, rows_above
from pbr.engine import engine_for
from pbr.lines import BROUGHT, MOST, Only, Order, new_rows, order_of, running_before, together

if TYPE_CHECKING:
    import polars as pl

    from pbr.lines import Adjusting


class Part(enum.Enum):
    """What happens to the line that crosses a cap."""

    PAY = "pay"
    REFUSE = "refuse"


class Excess(enum.Enum):
    """What happens to what a cap cuts."""

    LOST = "lost"
    CARRIED = "carried"


@frozen(kw_only=True)
class Cap:
    """At most a sum for each participant, provider, group or period; what is above it is cut, and shown.

    Meaning:
        Lines are taken in order until the sum is used up; the rest is cut, and shown.

    Terms:
        at_most: money, or the name of a value; a dated value is looked up on the first day of the period.
        per: list of nouns, ``provider``, ``outcome``, ``payment``, groupings, text fields and at most one period; each
            makes groups of lines.
        order: ``achieved``: then by participant, provider, outcome and payment as in the contract; ``known``: by the
            day on which it was known, then the same; or a list of payments, the first before the others, and those not
            named last; default ``achieved``.
        part: ``pay``: the line that crosses the cap is paid in part, or ``refuse``: it is not paid, nor is any after
            it; default ``pay``.
        excess: ``lost``: what is cut is not paid later, or ``carried``: it is paid in the next period once that has
            begun, before the lines of that; default ``lost``.
        on: list of payments; default all.
        only: ``gains`` or ``takes``: the lines above or below nothing; default none, which for a cap is ``gains``.
        where: condition on the cohort's row, which may read results of outcomes; default everybody.

    Worked example:
        >>> Cap(id="person_most", at_most="4000.00", per=("participant",)).part
        <Part.PAY: 'pay'>

    Edge of the rule:
        At 1,000.00, lines of 600.00 and 400.00 are both paid whole; of 600.00 and 400.01 the second loses 0.01, or all
        of it if it is refused.

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
    order: Order = Order()  # noqa: RUF009  # frozen
    part: Part = Part.PAY
    excess: Excess = Excess.LOST
    on: tuple[str, ...] = ()
    only: Only | None = None
    where: str | None = None

    @property
    def figure(self) -> str:
        """The number or name that is looked up."""
        return self.at_most

    def reads(self) -> tuple[str, ...]:
        """It reads no outcome."""
        return ()

    def apply(self, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """Add ``adj.N`` (what is cut, 0 or below), ``limit.N`` and ``left.N`` (headroom), and change ``net``.

        Of a group that comes to more than its cap only the lines of the one day on which it is crossed are put in
        order: days before it are whole, days after it are nothing. One subject has few lines, which are put in order
        sooner than its days are added up. What is carried to a later period is a row of its own, of the group.
        """
        import polars as pl

        if "subject" not in at.keys:
            if _is_out_of_reach(lines, at):
                nothing = pl.DataFrame(schema={name: pl.UInt32 if name == "_row" else pl.Int64 for name in CUT})
                return self.cut(lines, at, nothing, lines.head(0))
            decided = self.decided(self.days(lines, at), lines, at)
            reached = _reached(lines, at, decided.days)
            edge = self.ordered(_with_order(lines, reached), at)
            return self.cut(lines, at, pl.concat([_behind(reached), edge.select(CUT)]), decided.carried)
        chosen, carried = _under(lines, at), lines.head(0)
        found = cuts = None
        if self.excess is Excess.CARRIED:
            chosen, carried = _carried(chosen, lines, at)
        elif (found := beside(lines, at)) is not None:
            cuts = cut_in_order(found, at, refuse=self.refuses)
        if cuts is None:
            if found is None:
                crowded = _crowded(chosen, keys_of(at), lines)
            else:
                crowded = _under(lines, at, rows_above(found)).collect()
            cuts = _cut(crowded, keys_of(at), refuse=self.refuses)
        return self.cut(lines, at, cuts, carried)

    @property
    def refuses(self) -> bool:
        """Whether the line that crosses it is not paid at all."""
        return self.part is Part.REFUSE

    def cut(self, lines: pl.DataFrame, at: Adjusting, cuts: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
        """The lines with what is cut of some of them, and the rows of what is carried.

        Args:
            lines: The lines so far.
            at: What it needs to know.
            cuts: Of each line that is cut ``_row``, its place, ``net``, what is ``_paid`` of it, and its ``_limit``
                and what was ``_left`` of that before it.
            carried: Rows of groups.
        """
        import polars as pl

        assert cuts.is_empty() or cuts["_paid"].min() >= 0, "a cap takes no more than the line"  # type: ignore[operator]
        rows, height = cuts["_row"], lines.height
        cut = pl.zeros(height, pl.Int64, eager=True).scatter(rows, cuts["_paid"] - cuts["net"])
        limit, left = (
            pl.repeat(None, height, dtype=pl.Int64, eager=True).scatter(rows, cuts[name])
            for name in ("_limit", "_left")
        )
        done = lines.with_columns(
            cut.alias(f"adj.{at.index}"),
            limit.alias(f"limit.{at.index}"),
            left.alias(f"left.{at.index}"),
            net=pl.col("net") + cut,
        )
        return done if carried.is_empty() else together(done, carried)

    # ---- lines in several places: what each tells of its days, what is decided of these, and what that cuts

    def days(self, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """What the lines of each group come to on each day: ``by_day``, ``_sum`` (Int64 or Int128) and ``_limit``."""
        import polars as pl

        labels = [key for key in at.table.by if key not in at.keys]
        sums = pl.col("net").cast(_wide_enough(lines)).sum()
        days = _under(lines, at).group_by([*by_day(at), *labels]).agg(_sum=sums, _limit=pl.col("_limit").first())
        return days.collect(engine=engine_for(lines.height))

    def decided(self, days: pl.DataFrame, lines: pl.DataFrame, at: Adjusting) -> Decided:
        """Which days lie behind the cap, and on which it is crossed.

        Args:
            days: What the lines of each place come to on each day, in any order.
            lines: Lines, of which only the columns matter.
            at: What it needs to know.
        """
        import polars as pl

        labels = [key for key in at.table.by if key not in at.keys]
        wide = days.lazy().with_columns(pl.col("_sum").cast(pl.Int128))
        whole = _added(wide, [*by_day(at), *labels]).collect()
        assert not whole["_limit"].null_count(), "every line under a cap has a limit"
        carried = lines.head(0)
        if self.excess is Excess.CARRIED:
            sums = whole.lazy().rename({"_sum": "net"}).with_columns(_all=pl.lit(0, dtype=pl.Int8))
            every, carried = _carried(sums, lines, at)
            whole = every.rename({"net": "_sum"}).collect()
        late, crossed = _crossed(_added(whole.lazy(), by_day(at)).sort(by_day(at)).collect(), keys_of(at))
        on = by_day(at)
        found = pl.concat(
            [
                late.select(*on, "_limit", pl.lit(None, pl.Int128).alias("_before")),
                crossed.select(*on, "_limit", "_before"),
            ]
        )
        return Decided(days=found, carried=carried)

    def edge(self, lines: pl.DataFrame, at: Adjusting, decided: Decided) -> pl.DataFrame:
        """The lines of the days on which the cap is crossed, with all that puts them in order."""
        import polars as pl

        return _with_order(lines, _reached(lines, at, decided.days.filter(pl.col("_before").is_not_null())))

    def ordered(self, edge: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """Of the lines of these days, from wherever they are, those that are cut."""
        return _at_the_edge(edge, by_day(at), refuse=self.refuses)

    def lost(self, lines: pl.DataFrame, at: Adjusting, decided: Decided) -> pl.DataFrame:
        """The lines of days behind the cap, of which nothing is paid: the columns of ``CUT``."""
        import polars as pl

        return _behind(_reached(lines, at, decided.days.filter(pl.col("_before").is_null())))


@frozen(kw_only=True)
class Decided:
    """What a cap does to each day of its groups, where it does anything.

    Attributes:
        days: The keys of ``by_day``, ``_limit`` (Int64), and ``_before`` (Int128), what the lines before a day on which
            the cap is crossed come to; null for a day behind it.
        carried: Rows of what is carried into later periods.
    """

    days: pl.DataFrame
    carried: pl.DataFrame


def keys_of(at: Adjusting) -> list[str]:
    """The columns that make the groups of a cap."""
    return list(at.keys) or ["_all"]


def by_day(at: Adjusting) -> list[str]:
    """The columns that make its days: of a group, a rank and a day in the order of the cap."""
    return [*keys_of(at), "_rank", "_when"]


def _under(lines: pl.DataFrame, at: Adjusting, rows: pl.Series | None = None) -> pl.LazyFrame:
    """The lines under a cap with their place ``_row``, all that puts them in order, ``net`` and ``_limit``.

    Args:
        lines: The lines so far.
        at: What it needs to know.
        rows: The places of those that are looked at; None for all.
    """
    import polars as pl

    day = pl.col("day" if at.period is None else at.period)
    some = lines.lazy().with_row_index("_row") if rows is None else lines[rows].lazy().with_columns(rows.alias("_row"))
    return (
        some.filter(at.chosen(), pl.col("net") > 0)
        .with_columns(_rank=at.rank().cast(pl.UInt16), _when=pl.col("known") if at.by_known else pl.col("owed"))
        .select(
            "_row",
            *dict.fromkeys([*at.keys, *at.table.by, *order_of(lines)]),
            "net",
            "_rank",
            "_when",
            at.table.minor(at.table.cell(day)).alias("_limit"),
        )
        .with_columns(_all=pl.lit(0, dtype=pl.Int8))
    )


def _is_out_of_reach(lines: pl.DataFrame, at: Adjusting) -> bool:
    """Whether all lines under a cap together come to no more than the least of its limits, so that no group can."""
    import polars as pl

    limit = pl.col("_limit")
    found = _under(lines, at).select(pl.col("net").cast(pl.Int128).sum(), limit.min(), limit.null_count().alias("no"))
    most, least, without = found.collect().row(0)
    return not without and (least is None or most <= least)


def _reached(lines: pl.DataFrame, at: Adjusting, days: pl.DataFrame) -> pl.DataFrame:
    """The lines of some days of ``Decided``: ``by_day``, ``_row``, ``net``, ``_limit`` and ``_before``."""
    mine = _under(lines, at).select(*by_day(at), "_row", "net")
    found = mine.join(days.lazy(), on=by_day(at), how="inner", nulls_equal=True)
    return found.collect(engine=engine_for(lines.height))


def _behind(reached: pl.DataFrame) -> pl.DataFrame:
    """Those of them that lie behind the cap, of which nothing is paid: the columns of ``CUT``."""
    import polars as pl

    nothing = pl.lit(0, dtype=pl.Int64)
    return reached.filter(pl.col("_before").is_null()).select(
        "_row", "net", nothing.alias("_paid"), "_limit", nothing.alias("_left")
    )


def _with_order(lines: pl.DataFrame, reached: pl.DataFrame) -> pl.DataFrame:
    """Those of them on days on which the cap is crossed, with all that puts them in order."""
    import polars as pl

    crossed = reached.filter(pl.col("_before").is_not_null())
    more = [name for name in order_of(lines) if name not in crossed.columns]
    return crossed.hstack(lines.select(more)[crossed["_row"]])


def _wide_enough(lines: pl.DataFrame) -> pl.DataType:
    """A type that holds the sum of all lines; 64 bits add up in half the time of 128."""
    import polars as pl

    largest = int(lines["net"].max() or 0)  # type: ignore[arg-type]
    return pl.Int64() if largest * lines.height <= MOST else pl.Int128()


def _carried(chosen: pl.LazyFrame, lines: pl.DataFrame, at: Adjusting) -> tuple[pl.LazyFrame, pl.DataFrame]:
    """The lines with what is left of each limit after what is carried into its period, and rows of what that is.

    What is above the cap of a period is paid in the next once that has begun, as far as its cap goes, and before the
    lines of that.
    """
    import polars as pl

    assert at.period is not None, "what is carried is carried to a period"
    labels = [key for key in at.table.by if key not in at.keys]
    others = [*([key for key in at.keys if key != at.period] or ["_all"]), *labels]
    sums = chosen.group_by([*others, at.period]).agg(_sum=pl.col("net").cast(pl.Int128).sum()).collect()
    groups = sums.select(others).unique()
    balance = groups.with_columns(_over=pl.lit(0, dtype=pl.Int128))
    found = []
    for start in (start for start in at.starts if start <= at.as_at):
        limit = at.table.minor(at.table.cell(pl.col("_day")))
        here = sums.filter(pl.col(at.period) == start).select(*others, "_sum")
        state = balance.join(here, on=others, how="left", nulls_equal=True)
        state = state.with_columns(pl.col("_sum").fill_null(0), _day=pl.lit(start, dtype=pl.Int32))
        state = state.with_columns(_limit=limit.cast(pl.Int128))
        state = state.with_columns(_in=pl.min_horizontal("_over", "_limit"))
        above = pl.col("_sum") - (pl.col("_limit") - pl.col("_in"))
        kept = pl.when(above > 0).then(above).otherwise(0)
        found.append(state.select(*others, pl.lit(start, dtype=pl.Int32).alias(at.period), "_in"))
        balance = state.select(*others, _over=pl.col("_over") - pl.col("_in") + kept)
    nothing = sums.head(0).select(*others, at.period, pl.lit(0, dtype=pl.Int128).alias("_in"))
    carried = pl.concat([nothing, *found]).with_columns(pl.col("_in").cast(pl.Int64))  # no more than the limit
    on = [*others, at.period]
    left = pl.col("_limit") - pl.col("_in").fill_null(0)
    chosen = chosen.join(carried.lazy(), on=on, how="left", nulls_equal=True).with_columns(_limit=left).drop("_in")
    paid = carried.filter(pl.col("_in") != 0)
    day = pl.col(at.period)
    rows = paid.with_columns(day=day, owed=day, falls=day, known=day, amount=pl.col("_in"), occurrence=pl.lit(BROUGHT))
    return chosen, new_rows(lines, at, rows)


def _cut(crowded: pl.DataFrame, keys: list[str], *, refuse: bool) -> pl.DataFrame:
    """Lines of single subjects that are cut, of those who come to more than their cap: the columns of ``CUT``."""
    import polars as pl

    nothing = pl.lit(0, dtype=pl.Int64)
    if crowded.is_empty():
        return crowded.with_columns(_paid=nothing, _left=nothing).select(CUT)
    assert not crowded["_limit"].null_count(), "every line under a cap has a limit"
    return _at_the_edge(crowded.with_columns(_before=nothing), keys, refuse=refuse).select(CUT)


def _crowded(chosen: pl.LazyFrame, keys: list[str], lines: pl.DataFrame) -> pl.DataFrame:
    """The lines of groups that come to more than their cap."""
    import polars as pl

    engine, sums = engine_for(lines.height), pl.col("net").cast(_wide_enough(lines)).sum()
    totals = chosen.group_by(keys).agg(_total=sums, _limit=pl.col("_limit").first())
    above = pl.col("_total") > pl.col("_limit")
    over = totals.filter(above.fill_null(value=True)).select(keys).collect(engine=engine)
    if over.is_empty():
        return chosen.head(0).collect()
    return chosen.join(over.lazy(), on=keys, how="semi", nulls_equal=True).collect(engine=engine)


def _added(days: pl.LazyFrame, keys: list[str]) -> pl.LazyFrame:
    """Days of groups, whose lines lie in several places, added up."""
    import polars as pl

    return days.group_by(keys).agg(pl.col("_sum").sum(), pl.col("_limit").first())


def _varies(column: pl.Series) -> bool:
    """Whether a column has more than one value; one that has not puts nothing in order."""
    return column.null_count() not in {0, column.len()} or column.min() != column.max()


def _crossed(days: pl.DataFrame, keys: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The days that lie behind the cap of their group, and those on which it is crossed, of days in order."""
    import polars as pl

    days = days.with_columns(_before=running_before(days, keys, "_sum"))
    late = pl.col("_before") >= pl.col("_limit")
    crossing = ~late & (pl.col("_before") + pl.col("_sum") > pl.col("_limit"))
    return days.filter(late), days.filter(crossing)


def _at_the_edge(edge: pl.DataFrame, days: list[str], *, refuse: bool) -> pl.DataFrame:
    """The lines that are cut of days on which a cap is crossed, each taken in the full order of lines.

    Args:
        edge: The lines of the days, or of whole groups, with what those before these come to (``_before``).
        days: What makes a day, or a group.
        refuse: Whether the line that crosses the cap is not paid at all.
    """
    import polars as pl

    nothing = pl.lit(0, dtype=pl.Int64)
    order = dict.fromkeys([*days, "_rank", "_when", *order_of(edge)])
    edge = edge.sort([name for name in order if name in days or _varies(edge[name])])
    left = pl.col("_limit") - pl.col("_before") - pl.col("_earlier")
    paid = pl.min_horizontal("_left", "net")
    if refuse:
        paid = pl.when(pl.col("net") <= pl.col("_left")).then(pl.col("net")).otherwise(nothing)
    return (
        edge.with_columns(_earlier=running_before(edge, days, "net"))
        .with_columns(_left=pl.when(left > 0).then(left).otherwise(0).cast(pl.Int64))
        .with_columns(_paid=paid)
        .filter(pl.col("_paid") < pl.col("net"))
    )
