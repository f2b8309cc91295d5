"""The kernel: one frame that gathers the facts of every outcome.

Equal facts are gathered once; those of one table, filter and anchor share one scan and one group-by of flat aggregates,
whose result is joined to the subjects. Windows are worked out once for each anchor. Days are whole numbers since 1970.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.asked import asked_rows, child_column, outside, with_answers
from pbr.calendar import Duration
from pbr.days import after
from pbr.facts import START, Each, Fact, Held, Named, Reading, Running, Take
from pbr.gather_runs import gather_held
from pbr.gather_scores import gather_scores
from pbr.results import EMPTY
from pbr.rows import Read, filters_of, missing_at, rows_read, truth_at
from pbr.running import running_sums
from pbr.scoring import Scored

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from pbr.asked import Source
    from pbr.columns import Columns
    from pbr.condition import ChildRef, Condition, Formula
    from pbr.facts import Window

MOST_LINKS = 6
"""Anchors that follow each other in one plan."""


def ask(columns: Columns, conditions: Iterable[Condition | Formula | None]) -> None:
    """Gather what conditions and formulas on the own row ask of child tables: one scan and one group-by a table."""
    import polars as pl

    wanted = [ref for condition in conditions if condition is not None for ref in condition.children]
    tables: dict[str, list[ChildRef]] = {}
    for ref in dict.fromkeys(wanted):
        if ref not in columns.children_at:
            columns.children_at[ref] = f"_child{columns.answers}"
            columns.answers += 1
            tables.setdefault(ref.table, []).append(ref)
    for table, refs in tables.items():
        source, names = columns.sources[table], outside(refs)
        if any("." in name for name in names):
            _share(columns)
        theirs = [columns.own_field(name).alias(f"_parent.{name}") for name in names]
        own = columns.frame.select(pl.col(columns.key).alias(source.key), *theirs) if names else None
        rows = asked_rows(source, columns.as_at, own)
        columns.frame = with_answers(
            columns.frame, columns.key, source, rows, {ref: columns.children_at[ref] for ref in refs}
        )
        columns.scans += 1


def gather(
    columns: Columns, facts: Iterable[Fact | Each | Running | Held | Scored], windows: Iterable[Window | None] = ()
) -> None:
    """Add the columns of facts and windows that are not there yet."""
    asked = list(dict.fromkeys(facts))
    wanted = [fact for fact in asked if isinstance(fact, Fact) and fact not in columns.facts_at]
    sums = [fact for fact in asked if isinstance(fact, Running) and fact not in columns.sums_at]
    held = [fact for fact in asked if isinstance(fact, Held) and fact not in columns.held_at]
    parts_of = [fact for fact in asked if isinstance(fact, Each) and fact not in columns.each_at]
    scores = [fact for fact in asked if isinstance(fact, Scored) and fact not in columns.scores_at]
    readings = [*(each.reading for each in sums), *(each.reading for each in parts_of)]
    readings += [reading for each in scores for reading in (each.follow, each.base) if reading is not None]
    read = [one.window for one in readings] + [each.runs.window for each in held]
    _add_windows(columns, [fact.window for fact in wanted] + read + list(windows))
    _add_least(columns, sums)
    groups: dict[tuple[str, Condition | None, str | None], list[Fact]] = {}
    for fact in wanted:
        columns.facts_at[fact] = f"_fact{len(columns.facts_at)}"
        groups.setdefault(fact.group, []).append(fact)
    parts = [*groups, *(one.group for one in readings)]
    late = any(anchor not in {START, None} or (when and when.results) for _, when, anchor in parts)
    late = late or any(each.runs.window and each.runs.window.anchor != START for each in held)
    if late:
        _share(columns)
    subjects = columns.frame  # as it was before the joins below, which no other group waits for
    if not late and len(set(parts)) + len(held) > 1:
        subjects = subjects.cache()  # of which the groups need little: it is read once for all of them
    for members in groups.values():
        source = columns.sources[members[0].table]
        if source.own:
            _gather_own(columns, members)
        else:
            _gather_child(columns, source, members, subjects)
    for each in sums:
        _gather_sums(columns, each, subjects)
    for one in parts_of:
        _gather_each(columns, one, subjects)
    gather_held(columns, held, subjects)
    gather_scores(columns, scores, subjects)


def _share(columns: Columns) -> None:
    """Make what was gathered so far one thing, since an anchor and what follows it both build on it.

    Without that it would be scanned and grouped again. The optimiser reads each use of a shared plan, so that a
    long chain of anchors would take it twice as long with every link: after some links what there is is worked out.
    """
    columns.links += 1
    if columns.links % MOST_LINKS == 0:
        columns.frame = columns.frame.collect(engine="streaming").lazy()
    else:
        columns.frame = columns.frame.cache()


def _add_windows(columns: Columns, windows: Iterable[Window | None]) -> None:
    import polars as pl

    added: list[pl.Expr] = []
    for window in windows:
        if window is None or window in columns.windows_at:
            continue
        name = columns.windows_at[window] = f"_window{len(columns.windows_at)}"
        anchor = pl.col("_start" if window.anchor == START else f"{window.anchor}.date")
        first, last = anchor + window.offset, _last_day(columns, window, anchor)
        if isinstance(window.for_, Named):
            first = pl.when(last.is_not_null()).then(first)
        added += [first.alias(f"{name}.first"), last.alias(f"{name}.last")]
    if added:
        columns.frame = columns.frame.with_columns(added)


def _last_day(columns: Columns, window: Window, anchor: pl.Expr) -> pl.Expr:
    import polars as pl

    if window.for_ is None:
        return pl.when(anchor.is_not_null()).then(columns.day(window.until or columns.term.last))
    if isinstance(window.for_, Duration):
        return after(anchor, window.for_)
    table = columns.lengths[window.for_.name]
    cell, lengths = table.cell(anchor), dict.fromkeys(table.cells)
    found = []
    for length in lengths:
        if isinstance(length, Duration):
            mine = [place for place, other in enumerate(table.cells) if other == length]
            found.append(pl.when(cell.is_in(mine)).then(after(anchor, length)))
    return pl.coalesce(found)


def _gather_own(columns: Columns, members: list[Fact]) -> None:
    """Facts over the subject's own row need no group-by."""
    import polars as pl

    added = []
    for fact in members:
        day = columns.own_day(fact.date)
        day = pl.when(day <= columns.now()).then(day)
        truth = why_not = None
        if fact.when is not None:
            truth, why_not = columns.true(fact.when), columns.missing(fact.when)
            if fact.take is Take.DOUBT:
                why_not = columns.doubt_in(fact.when, lambda ref: columns.own_field(ref.name))
        added.append(_one(columns, fact, day, truth, why_not).alias(columns.facts_at[fact]))
    columns.frame = columns.frame.with_columns(added)


def _gather_child(columns: Columns, source: Source, members: list[Fact], subjects: pl.LazyFrame) -> None:
    """One scan, one join to the anchor's windows, one group-by of flat aggregates."""
    import polars as pl

    when = members[0].when
    dates = list(dict.fromkeys(fact.date for fact in members))
    others = [name for fact in members for name in (fact.undone, fact.once) if name]
    windows = [fact.window for fact in members]
    read = Read(
        table=members[0].table, filters=filters_of(when), dates=dates, windows=windows, others=others, may_repeat=True
    )
    rows = rows_read(columns, read, subjects)
    values, aggregates = [], []
    for fact in members:
        day = pl.col(fact.date).cast(pl.Int32)
        if len(dates) > 1:
            day = pl.when(day <= columns.now()).then(day)
        known, why_not = (None, None) if when is None else (pl.col(truth_at(0)), pl.col(missing_at(0)))
        if when is not None and fact.take is Take.DOUBT:
            why_not = columns.doubt_in(when, child_column)
        known, why_not = _of_word(columns, fact, known, why_not)
        value = _one(columns, fact, day, known, why_not)
        name = columns.facts_at[fact]
        values.append(value.alias(name))
        aggregates.append(pl.col(name).max() if fact.take in {Take.LAST, Take.DOUBT, *_FLAGS} else pl.col(name).min())
    found = rows.select(source.key, *values).group_by(source.key).agg(aggregates)
    columns.frame = columns.frame.join(found, left_on=columns.key, right_on=source.key, how="left")


def _gather_each(columns: Columns, each: Each, subjects: pl.LazyFrame) -> None:
    """The day that decides for each word, and all of them as a list beside the subject."""
    import polars as pl

    reading, name = each.reading, f"_each{len(columns.each_at)}"
    columns.each_at[each] = name
    source, window = columns.sources[reading.table], reading.window
    others = [reading.once, *([reading.undone] if reading.undone else [])]
    read = Read(
        table=reading.table,
        filters=filters_of(reading.when),
        dates=[reading.date],
        windows=[window],
        others=others,
        says_why=False,
        may_repeat=True,
    )
    rows = rows_read(columns, read, subjects)
    known = None if reading.when is None else pl.col(truth_at(0))
    truth, _ = _of_word(columns, reading, known, None if known is None else pl.lit(None, dtype=pl.Int16))
    day = _one(columns, reading.fact(reading.pick), pl.col(reading.date).cast(pl.Int32), truth, None)
    word = pl.col(reading.once).cast(pl.String)
    rows = rows.select(source.key, word.alias("occurrence"), day.alias("date")).filter(pl.col("date").is_not_null())
    decides = pl.col("date").min() if reading.pick is Take.FIRST else pl.col("date").max()
    words = rows.group_by(source.key, "occurrence").agg(decides)
    part = pl.struct("occurrence", "date", pl.lit(None, dtype=pl.Int64).alias("value"))
    found = words.group_by(source.key).agg(
        part.sort_by("date", "occurrence").alias(f"{name}.parts"),
        pl.len().cast(pl.Int64).alias(f"{name}.number"),
        pl.col("date").min().alias(f"{name}.first"),
    )
    columns.frame = columns.frame.join(found, left_on=columns.key, right_on=source.key, how="left")


def _add_least(columns: Columns, sums: Iterable[Running]) -> None:
    """The figure each running sum is to reach, beside each subject."""
    import polars as pl

    added = []
    for each in sums:
        name = columns.sums_at[each] = f"_sums{len(columns.sums_at)}"
        window = each.reading.window
        anchor = pl.col("_start" if window is None or window.anchor == START else f"{window.anchor}.date")
        added.append(each.least.minor(each.least.cell(anchor)).alias(f"{name}.least"))
    if added:
        columns.frame = columns.frame.with_columns(added)


def _gather_sums(columns: Columns, running: Running, subjects: pl.LazyFrame) -> None:
    """One scan; a sum for each day, one sort, one running sum over all, and flat aggregates of it."""
    import polars as pl

    reading, name = running.reading, columns.sums_at[running]
    source, when, window = columns.sources[reading.table], reading.when, reading.window
    others = [name for name in (running.add, reading.undone) if name]
    empty = columns.missing_name(f"{reading.table}.{running.add}")
    read = Read(table=reading.table, filters=filters_of(when), dates=[reading.date], windows=[window], others=others)
    rows = rows_read(columns, read, subjects)
    if reading.undone:
        rows = rows.filter((pl.col(reading.undone).cast(pl.Int32) > columns.now()).fill_null(value=True))
    least = subjects.select(columns.key, pl.col(f"{name}.least").alias("_least"))
    rows = rows.join(least, left_on=source.key, right_on=columns.key, how="inner")
    day = pl.col(reading.date).cast(pl.Int32)
    amount = pl.col(running.add) if running.add else pl.lit(1, dtype=pl.Int64)
    truth = pl.lit(value=True) if when is None else pl.col(truth_at(0))
    inside = (day >= columns.first(window)) & (day <= columns.last(window)) if window else day.is_not_null()
    counts = inside & columns.in_term(day)
    nothing = truth & amount.is_null()
    missing: pl.Expr = pl.when(nothing).then(empty)
    doubt: pl.Expr = pl.when(nothing).then(pl.lit(EMPTY, dtype=pl.UInt8))
    if when is not None:
        missing = pl.when(truth.is_null()).then(pl.col(missing_at(0))).otherwise(missing)
    if when is not None and when.results:
        doubt = pl.when(truth.is_null()).then(columns.doubt_in(when, child_column)).otherwise(doubt)
    flags = {
        "seen": counts & truth,
        "before": truth & (day < columns.first(window)) if window else None,
        "after": truth & (day > columns.last(window)) if window else None,
        "outside": truth & inside & ~columns.in_term(day),
    }
    days = rows.select(
        source.key,
        day.alias("_day"),
        pl.col("_least"),
        pl.when(counts & truth).then(amount.cast(pl.Int128)).otherwise(0).alias("_amount"),
        pl.when(counts).then(missing).alias("missing"),
        pl.when(counts).then(doubt).alias("doubt"),
        *[(pl.lit(value=False) if flag is None else flag).alias(each) for each, flag in flags.items()],
    )
    columns.frame = columns.frame.join(
        running_sums(days, source.key, name), left_on=columns.key, right_on=source.key, how="left"
    )


def _of_word(
    columns: Columns, fact: Fact | Reading, truth: pl.Expr | None, why_not: pl.Expr | None
) -> tuple[pl.Expr | None, pl.Expr | None]:
    """A filter's answer, and why there is none, for rows of one word of a field or of any that is not empty."""
    import polars as pl

    if not fact.once:
        return truth, why_not
    word = pl.col(fact.once)
    of = pl.when(word.is_not_null()).then(pl.lit(value=True)) if fact.only is None else word == fact.only
    empty = columns.missing_name(f"{fact.table}.{fact.once}")
    if isinstance(fact, Fact) and fact.take is Take.DOUBT:
        empty = pl.lit(EMPTY, dtype=pl.UInt8)
    if truth is None:
        return of, empty
    return truth & of, pl.when(truth.is_null()).then(why_not).otherwise(empty)


def _one(columns: Columns, fact: Fact, day: pl.Expr, truth: pl.Expr | None, why_not: pl.Expr | None) -> pl.Expr:
    """What one row gives to a fact, or null."""
    import polars as pl

    first, last = columns.first(fact.window), columns.last(fact.window)
    bounded = fact.window is not None or not fact.in_term
    inside = (day >= first) & (day <= last) if bounded else day.is_not_null()
    in_term = columns.in_term(day) if fact.in_term else None
    counted = inside if in_term is None else inside & in_term
    undone = (pl.col(fact.undone).cast(pl.Int32) <= columns.now()).fill_null(value=False) if fact.undone else None
    if fact.take in {Take.MISSING, Take.DOUBT}:
        if truth is None or why_not is None:
            return pl.lit(None, dtype=pl.Int16)
        open_still = truth.is_null() & counted
        return pl.when(open_still if undone is None else open_still & ~undone).then(why_not)
    if fact.take is Take.UNDONE:
        assert undone is not None, "only what can be undone is asked whether it is"
        counted = counted & undone
        undone = None
    where = {Take.BEFORE: day < first, Take.AFTER: day > last, Take.OUTSIDE: inside & ~columns.in_term(day)}.get(
        fact.take, counted
    )
    qualifies = where if truth is None else where & truth
    qualifies = qualifies if undone is None else qualifies & ~undone
    return pl.when(qualifies).then(pl.lit(value=True) if fact.take in _FLAGS else day)


_FLAGS = {Take.BEFORE, Take.AFTER, Take.OUTSIDE, Take.UNDONE}
