"""Scores beside each subject: the rows that are picked by day and content, and flat aggregates of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.asked import child_column
from pbr.facts import Take
from pbr.rows import Read, rows_read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import polars as pl

    from pbr.columns import Columns
    from pbr.facts import Reading
    from pbr.scoring import Scored


def gather_scores(columns: Columns, wanted: Iterable[Scored], subjects: pl.LazyFrame) -> None:
    """Add the score of the row that is picked, and of its baseline, for each outcome that asks."""
    for each in wanted:
        name = columns.scores_at[each] = f"_score{len(columns.scores_at)}"
        if columns.sources[each.follow.table].own:
            _gather_own(columns, each, name)
        else:
            _gather_child(columns, each, name, subjects)


def _inside(columns: Columns, reading: Reading, day: pl.Expr) -> pl.Expr:
    """Whether a day lies in the window of a reading, and in the term if that is asked."""
    found = day.is_not_null()
    if reading.window is not None:
        found = day <= columns.last(reading.window)
        if not reading.lasting:
            found = found & (day >= columns.first(reading.window))
    return found & columns.in_term(day) if reading.in_term else found


def _flags(columns: Columns, reading: Reading, day: pl.Expr, truth: pl.Expr) -> dict[str, pl.Expr]:
    """Whether a row that counts lies before the window, after it, or in it but outside the term."""
    import polars as pl

    window, no = reading.window, pl.lit(value=False)
    if window is None:
        return {"before": no, "after": no, "outside": truth & ~columns.in_term(day)}
    first, last = columns.first(window), columns.last(window)
    outside = truth & (day >= first) & (day <= last) & ~columns.in_term(day)
    return {"before": truth & (day < first), "after": truth & (day > last), "outside": outside}


def _gather_own(columns: Columns, scored: Scored, name: str) -> None:
    """The score of the subject's own row needs no group-by."""
    import polars as pl

    reading, table = scored.follow, columns.own_table
    day = columns.own_day(reading.date)
    known = day <= columns.now()
    if reading.undone:
        known = known & (columns.own_day(reading.undone) > columns.now()).fill_null(value=True)
    day = pl.when(known).then(day)
    truth: pl.Expr = pl.lit(value=True)
    missing: pl.Expr = pl.lit(None, dtype=pl.Int16)
    doubt: pl.Expr = pl.lit(None, dtype=pl.UInt8)
    inside = _inside(columns, reading, day)
    if reading.when is not None:
        truth = columns.true(reading.when)
        open_still = truth.is_null() & inside
        missing = pl.when(open_still).then(columns.missing(reading.when))
        if reading.when.results:
            doubt = columns.doubt_in(reading.when, lambda ref: columns.own_field(ref.name))
            doubt = pl.when(open_still).then(doubt)
    counts = truth & inside
    value, empty = scored.value.in_parts(pl.col), scored.value.empty(pl.col, _namer(columns, table))
    columns.frame = columns.frame.with_columns(
        pl.when(counts).then(day).alias(f"{name}.follow.day"),
        pl.when(counts).then(value).alias(f"{name}.follow.value"),
        pl.when(counts).then(empty).alias(f"{name}.follow.empty"),
        missing.alias(f"{name}.follow.missing"),
        doubt.alias(f"{name}.follow.doubt"),
        *[flag.alias(f"{name}.{each}") for each, flag in _flags(columns, reading, day, truth).items()],
    )


def _namer(columns: Columns, table: str) -> Callable[[str], pl.Expr]:
    return lambda field: columns.missing_name(f"{table}.{field}")


def _gather_child(columns: Columns, scored: Scored, name: str, subjects: pl.LazyFrame) -> None:
    """One scan; the days that are picked; then the first row by content of each of these days, by one small sort."""
    import polars as pl

    source = columns.sources[scored.follow.table]
    rows = _rows(columns, scored, subjects).cache()
    rows = _with_picks(columns, scored, rows).cache()
    content = [each for each in sorted(source.rows.collect_schema().names()) if not each.startswith("_")]
    chosen = rows.filter(pl.col("_is_base") | pl.col("_is_follow")).sort(source.key, "_day", *content)
    again = (pl.col(source.key) == pl.col(source.key).shift(1)) & (pl.col("_day") == pl.col("_day").shift(1))
    chosen = chosen.filter(~again.fill_null(value=False))
    picked = chosen.group_by(source.key).agg(
        *[
            pl.when(pl.col(f"_is_{part}")).then(pl.col(f"_{each}")).min().alias(f"{name}.{part}.{each}")
            for part in ("base", "follow")
            for each in ("day", "value", "empty")
        ]
    )
    doubts = rows.group_by(source.key).agg(
        *[
            pl.when(pl.col(f"_may_{part}")).then(pl.col("_missing")).min().alias(f"{name}.{part}.missing")
            for part in ("base", "follow")
        ],
        *[
            pl.when(pl.col(f"_may_{part}")).then(pl.col("_doubt")).max().alias(f"{name}.{part}.doubt")
            for part in ("base", "follow")
        ],
        pl.col("_before").max().alias(f"{name}.before"),
        *[(pl.col(f"_{each}") & pl.col("_later")).max().alias(f"{name}.{each}") for each in ("after", "outside")],
    )
    found = doubts.join(picked, on=source.key, how="left")
    columns.frame = columns.frame.join(found, left_on=columns.key, right_on=source.key, how="left")


def _rows(columns: Columns, scored: Scored, subjects: pl.LazyFrame) -> pl.LazyFrame:
    """The rows read: what they are in, whether they count, their score, and what leaves them undecided."""
    import polars as pl

    reading, base = scored.follow, scored.base
    source, when = columns.sources[reading.table], reading.when
    others = [each for each in source.rows.collect_schema().names() if not each.startswith("_")]
    windows = [each.window for each in (reading, base) if each is not None]
    read = Read(source=source, when=when, dates=[reading.date], windows=windows, others=others)
    rows = rows_read(columns, read, subjects)
    if reading.undone:
        rows = rows.filter((pl.col(reading.undone).cast(pl.Int32) > columns.now()).fill_null(value=True))
    day = pl.col(reading.date).cast(pl.Int32)
    truth: pl.Expr = pl.lit(value=True) if when is None else pl.col("_truth")
    missing: pl.Expr = pl.lit(None, dtype=pl.Int16)
    doubt: pl.Expr = pl.lit(None, dtype=pl.UInt8)
    if when is not None:
        missing = columns.missing_in(when, reading.table, child_column)
        if when.results:
            doubt = columns.doubt_in(when, child_column)
    return rows.with_columns(
        day.alias("_day"),
        truth.alias("_truth"),
        _inside(columns, reading, day).alias("_in_follow"),
        (pl.lit(value=False) if base is None else _inside(columns, base, day)).alias("_in_base"),
        scored.value.in_parts(pl.col).alias("_value"),
        scored.value.empty(pl.col, _namer(columns, reading.table)).alias("_empty"),
        missing.alias("_missing"),
        doubt.alias("_doubt"),
        *[flag.alias(f"_{each}") for each, flag in _flags(columns, reading, day, truth).items()],
    )


def _with_picks(columns: Columns, scored: Scored, rows: pl.LazyFrame) -> pl.LazyFrame:
    """Which rows lie on the days that are picked, and which undecided ones might be picked in their place."""
    import polars as pl

    key, base, follow, day = columns.sources[scored.follow.table].key, scored.base, scored.follow, pl.col("_day")
    counts = {part: pl.col(f"_in_{part}") & pl.col("_truth") for part in ("base", "follow")}
    follows = pl.when(counts["follow"]).then(day)
    if base is None:
        picks = rows.group_by(key).agg(_picked(follow, follows).alias("_follow_day"))
        rows = rows.join(picks.with_columns(pl.lit(None, dtype=pl.Int32).alias("_base_day")), on=key, how="left")
        later: pl.Expr = pl.lit(value=True)
    else:
        first = _picked(base, pl.when(counts["base"]).then(day)).alias("_base_day")
        picks = rows.group_by(key).agg(first, _picked(follow, follows).alias("_follow_day"))
        later = (day > pl.col("_base_day")).fill_null(value=False)
        if follow.pick is Take.LAST:  # if the last of all days is not later than the baseline, none is
            after = pl.col("_follow_day") > pl.col("_base_day")
            picks = picks.with_columns(pl.when(after).then(pl.col("_follow_day")).alias("_follow_day"))
            rows = rows.join(picks, on=key, how="left")
        else:
            rows = rows.join(picks.drop("_follow_day"), on=key, how="left")
            picks = rows.group_by(key).agg(_picked(follow, pl.when(later).then(follows)).alias("_follow_day"))
            rows = rows.join(picks, on=key, how="left")
    undecided = pl.col("_truth").is_null()
    return rows.with_columns(
        (counts["base"] & (day == pl.col("_base_day"))).fill_null(value=False).alias("_is_base"),
        (counts["follow"] & (day == pl.col("_follow_day"))).fill_null(value=False).alias("_is_follow"),
        later.alias("_later"),
        (undecided & pl.col("_in_base") & _contests(base, pl.col("_base_day"))).alias("_may_base"),
        (undecided & pl.col("_in_follow") & later & _contests(scored.follow, pl.col("_follow_day"))).alias(
            "_may_follow"
        ),
    )


def _picked(reading: Reading, day: pl.Expr) -> pl.Expr:
    """The day that is picked out of those of a subject."""
    return day.max() if reading.pick is Take.LAST else day.min()


def _contests(reading: Reading | None, picked: pl.Expr) -> pl.Expr:
    """Whether a row would be picked, if it counted: nothing is picked, or nothing beyond its day."""
    import polars as pl

    if reading is None:
        return pl.lit(value=False)
    day = pl.col("_day")
    return picked.is_null() | (day >= picked if reading.pick is Take.LAST else day <= picked)
