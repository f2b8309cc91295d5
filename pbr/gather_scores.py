"""Scores beside each subject: the rows that are picked by day and content, and flat aggregates of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.asked import child_column
from pbr.facts import Take
from pbr.filters import words_of
from pbr.packed import packing_of
from pbr.rows import Read, filters_of, missing_at, rows_read, truth_at
from pbr.scoring import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import polars as pl

    from pbr.columns import Columns
    from pbr.facts import Reading
    from pbr.packed import Packing
    from pbr.scoring import Scored


def gather_scores(columns: Columns, wanted: Iterable[Scored], subjects: pl.LazyFrame) -> None:
    """Add the score of the row that is picked, and of its baseline, for each outcome that asks."""
    for each in wanted:
        name = columns.scores_at[each] = f"_score{len(columns.scores_at)}"
        if columns.sources[each.follow.table].own:
            _gather_own(columns, each, name)
        elif (packing := _packing(columns, each)) is not None:
            _gather_packed(columns, each, packing, name, subjects)
        else:
            _gather_sorted(columns, each, name, subjects)


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


def _packing(columns: Columns, scored: Scored) -> Packing | None:
    """How the rows that may be picked are packed into whole numbers; None if they have to be sorted.

    A field of which the filter leaves but one word is the same in all of them. The first follow-up later than the
    baseline depends on which that is, and is not the least of anything.
    """
    if not isinstance(scored.value, Number) or (scored.base is not None and scored.follow.pick is not Take.LAST):
        return None
    reading = scored.follow
    source, words = columns.sources[reading.table], words_of(reading.when)
    types = source.rows.collect_schema()
    alike = {source.key, reading.date, *(name for name, every in words.items() if len(every) == 1)}
    fields = [name for name in sorted(types.names()) if not name.startswith("_") and name not in alike]
    number = scored.value.name
    return packing_of(fields, number, types, source.spans) if number in fields else None


def _gather_packed(columns: Columns, scored: Scored, packing: Packing, name: str, subjects: pl.LazyFrame) -> None:
    """One scan, one group-by of flat aggregates; and of the few rows that are undecided another."""
    import polars as pl

    key, base, follow, day = columns.sources[scored.follow.table].key, scored.base, scored.follow, pl.col("_day")
    rows = _rows(columns, scored, subjects, [each.name for each in packing.fields])
    if follow.when is not None:
        rows = rows.cache()
    picks = []
    for part, reading in (("base", base), ("follow", follow)):
        if reading is not None:
            last = reading.pick is Take.LAST
            packed = pl.when(pl.col(f"_in_{part}") & pl.col("_truth")).then(packing.pack(day, last=last))
            picks.append((packed.max() if last else packed.min()).alias(f"_{part}"))
    flags = [pl.when(pl.col(f"_{each}")).then(day).max().alias(f"_{each}") for each in ("after", "outside")]
    found = rows.group_by(key).agg(*picks, *flags, pl.col("_before").max().alias(f"{name}.before"))
    added: dict[str, pl.Expr] = {}
    for part, reading in (("base", base), ("follow", follow)):
        nothing = (pl.lit(None, pl.Int32), pl.lit(None, pl.Int64))
        last = reading is not None and reading.pick is Take.LAST
        of_day, value = nothing if reading is None else packing.unpack(pl.col(f"_{part}"), last=last)
        added |= {f"_{part}_day": of_day, f"_{part}_value": value}
    found = found.with_columns(**added)
    later = pl.lit(value=True) if base is None else pl.col("_follow_day") > pl.col("_base_day")
    ends = ("_follow_day", "_follow_value")
    found = found.with_columns(pl.when(later).then(pl.col(each)).alias(each) for each in ends)
    if follow.when is not None:
        found = found.cache()
    empty = columns.missing_name(f"{follow.table}.{packing.fields[-1].name}")
    told = []
    for part in ("base", "follow"):
        of_day, value = pl.col(f"_{part}_day"), pl.col(f"_{part}_value")
        told += [of_day.alias(f"{name}.{part}.day"), value.alias(f"{name}.{part}.value")]
        told.append(pl.when(of_day.is_not_null() & value.is_null()).then(empty).alias(f"{name}.{part}.empty"))
    for each in ("after", "outside"):
        seen = pl.col(f"_{each}").is_not_null() if base is None else pl.col(f"_{each}") > pl.col("_base_day")
        told.append(seen.alias(f"{name}.{each}"))
    picked = found.select(key, f"{name}.before", *told)
    columns.frame = columns.frame.join(picked, left_on=columns.key, right_on=key, how="left")
    if follow.when is None:  # then nothing is undecided
        unsaid = {"missing": pl.lit(None, pl.Int16), "doubt": pl.lit(None, pl.UInt8)}
        columns.frame = columns.frame.with_columns(
            none.alias(f"{name}.{part}.{what}") for part in ("base", "follow") for what, none in unsaid.items()
        )
        return
    doubts = _doubted(rows, found.select(key, "_base_day", "_follow_day"), scored, key, name)
    columns.frame = columns.frame.join(doubts, left_on=columns.key, right_on=key, how="left")


def _doubted(rows: pl.LazyFrame, picks: pl.LazyFrame, scored: Scored, key: str, name: str) -> pl.LazyFrame:
    """What leaves rows undecided that might be picked in place of others, or if none are."""
    import polars as pl

    open_still = rows.filter(pl.col("_truth").is_null() & (pl.col("_in_base") | pl.col("_in_follow")))
    days = open_still.group_by(key, "_day").agg(
        pl.col("_missing").min(), pl.col("_doubt").max(), pl.col("_in_base").max(), pl.col("_in_follow").max()
    )
    days = days.join(picks, on=key, how="left").with_columns(_may_be_picked(scored))
    parts = ("base", "follow")
    return days.group_by(key).agg(
        *[pl.when(f"_may_{part}").then(pl.col("_missing")).min().alias(f"{name}.{part}.missing") for part in parts],
        *[pl.when(f"_may_{part}").then(pl.col("_doubt")).max().alias(f"{name}.{part}.doubt") for part in parts],
    )


def _may_be_picked(scored: Scored) -> list[pl.Expr]:
    """Whether undecided rows of a day might be picked as the baseline, and as the follow-up."""
    import polars as pl

    base_day, follow_day = pl.col("_base_day"), pl.col("_follow_day")
    later = pl.lit(value=True)
    if scored.base is not None:
        later = (pl.col("_day") > base_day).fill_null(value=False)
    return [
        (pl.col("_in_base") & _contests(scored.base, base_day)).alias("_may_base"),
        (pl.col("_in_follow") & later & _contests(scored.follow, follow_day)).alias("_may_follow"),
    ]


def _gather_sorted(columns: Columns, scored: Scored, name: str, subjects: pl.LazyFrame) -> None:
    """One scan; the days that are picked; then the first row by content of each of these days, by one small sort."""
    import polars as pl

    source = columns.sources[scored.follow.table]
    content = [each for each in sorted(source.rows.collect_schema().names()) if not each.startswith("_")]
    content = content[: max(map(content.index, scored.value.fields)) + 1]  # what comes after cannot change the score
    rows = _rows(columns, scored, subjects, content).cache()
    rows = _with_picks(columns, scored, rows).cache()
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


def _rows(columns: Columns, scored: Scored, subjects: pl.LazyFrame, content: Sequence[str]) -> pl.LazyFrame:
    """The rows read: what they are in, whether they count, their score, and what leaves them undecided."""
    import polars as pl

    reading, base = scored.follow, scored.base
    when, others = reading.when, [*content, *scored.value.fields, *([reading.undone] if reading.undone else [])]
    windows = [each.window for each in (reading, base) if each is not None]
    read = Read(
        table=reading.table,
        filters=filters_of(when),
        dates=[reading.date],
        windows=windows,
        others=others,
        may_repeat=True,
    )
    rows = rows_read(columns, read, subjects)
    if reading.undone:
        rows = rows.filter((pl.col(reading.undone).cast(pl.Int32) > columns.now()).fill_null(value=True))
    day = pl.col(reading.date).cast(pl.Int32)
    truth: pl.Expr = pl.lit(value=True) if when is None else pl.col(truth_at(0))
    missing = pl.lit(None, dtype=pl.Int16) if when is None else pl.col(missing_at(0))
    doubt: pl.Expr = pl.lit(None, dtype=pl.UInt8)
    if when is not None and when.results:
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
