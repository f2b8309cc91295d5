"""Runs of days beside each subject: edges of spells out of rows, one sweep, and flat aggregates of the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.asked import child_column
from pbr.calendar import Duration, number_of
from pbr.facts import START, Counted, Held, Runs, Stays
from pbr.rows import Read, rows_read
from pbr.running import RUNNING_FLAGS
from pbr.spells import State, blocks_of, earlier, run_until, runs_of, with_days

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import polars as pl

    from pbr.columns import Columns
    from pbr.condition import Condition, FieldRef
    from pbr.facts import Spell
    from pbr.table import Table

_NO = {"missing": "Int16", **dict.fromkeys(RUNNING_FLAGS, "Boolean")}


def gather_held(columns: Columns, wanted: Iterable[Held], subjects: pl.LazyFrame) -> None:
    """Add what is made of runs of days: one sweep for each distinct set of runs."""
    every = list(wanted)
    runs: dict[Runs, pl.LazyFrame] = {}
    for number, each in enumerate(dict.fromkeys(held.runs for held in every)):
        edges = _edges(columns, each, subjects).cache()
        name = columns.runs_at[each] = f"_runs{len(columns.runs_at) + number}"
        _add_flags(columns, edges, name)
        runs[each] = runs_of(edges, columns.key, _states(each), each.gap)
        if sum(held.runs == each for held in every) > 1:
            runs[each] = runs[each].cache()
    for held in every:
        name = columns.held_at[held] = f"_held{len(columns.held_at)}"
        found = _made(columns, held, runs[held.runs], subjects, name)
        columns.frame = columns.frame.join(found, on=columns.key, how="left")


def _spells(runs: Runs) -> list[tuple[Spell, bool]]:
    return [*((spell, True) for spell in runs.within), *((spell, False) for spell in runs.without)]


def _bounded(runs: Runs) -> bool:
    """Whether the rows of a state that must hold, cut to the window, keep all days in it."""
    return any(isinstance(spell, Stays) for spell in runs.within)


def _states(runs: Runs) -> list[State]:
    """The states of a sweep; the days looked at are one of their own where rows do not keep within them."""
    found = [
        State(step=f"_step{place}", holds=holds, settled=isinstance(spell, Stays))
        for place, (spell, holds) in enumerate(_spells(runs))
    ]
    return found if _bounded(runs) else [*found, State(step=f"_step{len(found)}", holds=True, settled=True)]


def _edges(columns: Columns, runs: Runs, subjects: pl.LazyFrame) -> pl.LazyFrame:
    """Every first day and every day after the last, with what each adds to its state, and flags."""
    import polars as pl

    parts = []
    states = _states(runs)
    for state, (spell, holds) in zip(states, _spells(runs), strict=False):
        if isinstance(spell, Stays):
            parts.append(_stay_edges(columns, runs, spell, subjects, state))
        else:
            parts += [
                _turn_edges(columns, runs, (spell.table, spell.on, spell.opens, 1 if holds else 2), subjects, state),
                _turn_edges(columns, runs, (spell.table, spell.on, spell.closes, -1 if holds else -2), subjects, state),
            ]
    if not _bounded(runs):
        first, last = _bounds(columns, runs)
        days = subjects.select(columns.key, first.alias("_from"), last.alias("_to"))
        days = days.filter(pl.col("_from") <= pl.col("_to"))
        parts.append(_both_ends(days, columns.key, states[-1].step))
    whole = [
        part.select(
            pl.col(columns.key),
            "_day",
            *[_or_nothing(part, state.step, "Int64") for state in states],
            *[_or_nothing(part, name, kind) for name, kind in _NO.items()],
        )
        for part in parts
    ]
    return pl.concat(whole)


def _or_nothing(part: pl.LazyFrame, name: str, kind: str) -> pl.Expr:
    import polars as pl

    if name in part.collect_schema().names():
        return pl.col(name)
    nothing = pl.lit(0) if kind == "Int64" else pl.lit(None)
    return nothing.cast(getattr(pl, kind)).alias(name)


def _bounds(columns: Columns, runs: Runs) -> tuple[pl.Expr, pl.Expr]:
    """The first and the last day looked at: in the window, the term, and what has come."""
    import polars as pl

    first, last = columns.first(runs.window), columns.last(runs.window)
    term_first, term_last = columns.day(columns.term.first), columns.day(columns.term.last)
    if runs.may_finish:
        last = pl.when(last.is_not_null()).then(term_last)
    first = pl.when(first < term_first).then(term_first).otherwise(first)
    latest = pl.min_horizontal(term_last, columns.now())
    return first, pl.when(last > latest).then(latest).otherwise(last)


def _both_ends(stays: pl.LazyFrame, key: str, step: str) -> pl.LazyFrame:
    """Two rows for each stay: one is added on its first day, and taken away after its last."""
    import polars as pl

    ends = pl.concat_list(pl.col("_from"), pl.col("_to") + 1).alias("_day")
    found = stays.with_columns(ends, pl.concat_list(pl.lit(1, pl.Int64), pl.lit(-1, pl.Int64)).alias(step))
    if "_counts" in stays.collect_schema().names():
        found = found.explode("_day", step).with_columns(pl.when("_counts").then(pl.col(step)).otherwise(0).alias(step))
    else:
        found = found.explode("_day", step)
    kept = [name for name in found.collect_schema().names() if name not in {"_from", "_to", "_counts"}]
    return found.select(key, *[name for name in kept if name != key])


def _stay_edges(columns: Columns, runs: Runs, spell: Stays, subjects: pl.LazyFrame, state: State) -> pl.LazyFrame:
    """The edges of stays, cut to the days looked at; of one that is undecided as it is worse for the subject."""
    import polars as pl

    source, window = columns.sources[spell.table], runs.window
    read = Read(source=source, when=spell.when, dates=[spell.from_], windows=[window], others=[spell.to])
    rows = rows_read(columns, read, subjects).rename({source.key: columns.key})
    begins, ends = pl.col(spell.from_).cast(pl.Int32), pl.col(spell.to).cast(pl.Int32)
    ends = pl.when(ends <= columns.now()).then(ends).otherwise(columns.now())
    first, last = _bounds(columns, runs)
    rows = rows.with_columns(_begins=begins, _ends=ends, _first=first, _last=last)
    begins, ends, first, last = (pl.col(name) for name in ("_begins", "_ends", "_first", "_last"))
    inside = (begins <= last) & (ends >= first) & (begins <= ends) & (first <= last)
    truth = pl.lit(value=True) if spell.when is None else pl.col("_truth")
    counts = inside & truth.fill_null(value=not state.holds)
    flags: list[pl.Expr] = []
    if spell.when is not None:
        missing = columns.missing_in(spell.when, spell.table, _column_of(columns, spell))
        flags.append(pl.when(truth.is_null() & inside).then(missing).alias("missing"))
    if state.holds and window is not None:
        inner = (begins <= columns.last(window)) & (ends >= columns.first(window))
        flags += [
            (truth & (ends < columns.first(window))).alias("before"),
            (truth & (begins > columns.last(window))).alias("after"),
            (truth & inner & ~inside).alias("outside"),
        ]
    elif state.holds:
        flags.append((truth & ~inside).alias("outside"))
    cut = rows.select(
        columns.key,
        pl.when(begins < first).then(first).otherwise(begins).alias("_from"),
        pl.when(ends > last).then(last).otherwise(ends).alias("_to"),
        counts.fill_null(value=False).alias("_counts"),
        *flags,
    )
    return _both_ends(cut, columns.key, state.step)


def _column_of(columns: Columns, spell: Stays) -> Callable[[FieldRef], pl.Expr]:
    import polars as pl

    own = columns.sources[spell.table].own
    return lambda ref: pl.col(columns.start) if own and ref.name == START else child_column(ref)


def _turn_edges(
    columns: Columns, runs: Runs, turn: tuple[str, str, Condition, int], subjects: pl.LazyFrame, state: State
) -> pl.LazyFrame:
    """The edges of rows that open or close a state; one before the days looked at counts from the first of them.

    Args:
        columns: What has been gathered.
        runs: The runs.
        turn: Table, date field, filter, and what a row does: 1 and -1 open and close a state that must hold, 2 and -2
            one that must not.
        subjects: The subjects with their windows.
        state: The state.
    """
    import polars as pl

    table, on, when, does = turn
    source = columns.sources[table]
    read = Read(source=source, when=when, dates=[on], windows=[runs.window])
    rows = rows_read(columns, read, subjects).rename({source.key: columns.key})
    opens = does > 0
    first, last = _bounds(columns, runs)
    day = pl.col(on).cast(pl.Int32) + (0 if opens else 1)
    rows = rows.with_columns(_from=day, _first=first, _last=last)
    rows = rows.filter(pl.col("_from") <= pl.col("_last"), pl.col("_first") <= pl.col("_last"))
    truth = pl.col("_truth").fill_null(value=does in {-1, 2})  # as it is worse for the subject
    missing = columns.missing_in(when, table, child_column)
    return rows.select(
        columns.key,
        pl.max_horizontal("_from", "_first").alias("_day"),
        pl.when(truth).then(pl.lit(1 if opens else -1, pl.Int64)).otherwise(0).alias(state.step),
        pl.when(pl.col("_truth").is_null()).then(missing).alias("missing"),
    )


def _add_flags(columns: Columns, edges: pl.LazyFrame, name: str) -> None:
    """Whether rows lie elsewhere, and what is empty in one that may count, beside each subject."""
    import polars as pl

    found = edges.group_by(columns.key).agg(
        pl.col("missing").min().alias(f"{name}.missing"),
        *[pl.col(flag).max().alias(f"{name}.{flag}") for flag in RUNNING_FLAGS],
    )
    columns.frame = columns.frame.join(found, on=columns.key, how="left")


def _made(columns: Columns, held: Held, runs: pl.LazyFrame, subjects: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """What is made of runs, one row for each subject that has any."""
    import polars as pl

    key, window = columns.key, held.runs.window
    anchor = pl.col("_start" if window is None or window.anchor == START else f"{window.anchor}.date")
    until = columns.clipped(window)
    figures = [pl.col(key), until.alias("_until")]
    figures += [table.cell(anchor).alias(f"_{what}") for what, table in _tables(held).items()]
    runs = runs.join(subjects.select(figures), on=key, how="inner")
    if held.runs.may_finish:
        runs = runs.filter(pl.col("_first") <= pl.col("_until"))
    runs = with_days(runs, key)
    whole = runs.group_by(key).agg(
        pl.col("_days").sum().alias(f"{name}.days"), pl.col("_last").max().alias(f"{name}.latest")
    )
    made = {
        Counted.ADDED_UP: _added_up,
        Counted.UNBROKEN: _unbroken,
        Counted.BLOCKS: _blocks,
        Counted.RESUMED: _blocks,
        Counted.DAYS: _by_period,
    }[held.counted](columns, held, runs)
    made = made.select(key, *[pl.col(each).alias(f"{name}.{each[1:]}") for each in ("_reached", "_number", "_parts")])
    return whole.join(made, on=key, how="left")


def _tables(held: Held) -> dict[str, Table]:
    found = {"length": held.length, "most": held.most}
    return {name: table for name, table in found.items() if table is not None}


def _of_length(table: Table) -> Iterable[tuple[Duration, pl.Expr]]:
    """Each duration a figure has, and whether it is that of a row."""
    import polars as pl

    for length in dict.fromkeys(table.cells):
        if isinstance(length, Duration):
            mine = [place for place, other in enumerate(table.cells) if other == length]
            yield length, pl.col("_length").is_in(mine)


def _once(key: str, runs: pl.LazyFrame, reached: pl.Expr) -> pl.LazyFrame:
    import polars as pl

    found = runs.group_by(key).agg(reached.min().alias("_reached"))
    return found.with_columns(_number=pl.lit(None, pl.Int64), _parts=pl.lit(None, _PARTS()))


def _PARTS() -> pl.DataType:  # noqa: N802  # a constant that loads polars
    import polars as pl

    return pl.List(pl.Struct({"occurrence": pl.String, "date": pl.Int32, "value": pl.Int64}))


def _added_up(columns: Columns, held: Held, runs: pl.LazyFrame) -> pl.LazyFrame:
    import polars as pl

    assert held.length is not None, "days are added up to a length"
    days = [length.days if isinstance(length, Duration) else None for length in held.length.cells]
    need = pl.lit(pl.Series(days, dtype=pl.Int64)).gather(pl.col("_length"))
    before, after = pl.col("_before"), pl.col("_before") + pl.col("_days")
    day = pl.col("_first") + (need - before).cast(pl.Int32) - 1
    return _once(columns.key, runs, pl.when((before < need) & (after >= need)).then(day))


def _unbroken(columns: Columns, held: Held, runs: pl.LazyFrame) -> pl.LazyFrame:
    import polars as pl

    assert held.length is not None, "a run is as long as a length"
    found = []
    for length, mine in _of_length(held.length):
        day = run_until(pl.col("_first"), length)
        found.append(pl.when(mine & (day <= pl.col("_last"))).then(day))
    return _once(columns.key, runs, pl.coalesce(found))


def _blocks(columns: Columns, held: Held, runs: pl.LazyFrame) -> pl.LazyFrame:
    """Whole blocks in the order of their ends, at most as many as may be."""
    import polars as pl

    assert held.length is not None, "a block has a length"
    key = columns.key
    resume = held.counted is Counted.RESUMED
    every = [blocks_of(runs.filter(mine), length, resume=resume) for length, mine in _of_length(held.length)]
    blocks = pl.concat(every).sort(key, "_end").with_columns(_one=pl.lit(1, pl.Int64))
    blocks = blocks.with_columns(_place=earlier(key, "_one") + 1)
    if held.most is not None:
        blocks = blocks.filter(pl.col("_place") <= held.most.minor(pl.col("_most")))
    part = pl.struct(
        pl.col("_place").cast(pl.String).alias("occurrence"),
        pl.col("_end").alias("date"),
        pl.lit(None, pl.Int64).alias("value"),
    )
    return blocks.group_by(key).agg(
        pl.col("_end").min().alias("_reached"),
        pl.len().cast(pl.Int64).alias("_number"),
        part.sort_by("_end", "_place").alias("_parts"),
    )


def _by_period(columns: Columns, held: Held, runs: pl.LazyFrame) -> pl.LazyFrame:
    """Days held in each period that is over, or in all of them once the window is."""
    import polars as pl

    key, first, last = columns.key, pl.col("_first"), pl.col("_last")
    if held.period is None:
        days = runs.with_columns(_name=pl.lit("1"), _held=pl.col("_days"), _end=pl.col("_until"))
    else:
        periods = columns.term.periods(held.period)
        starts = pl.lit(pl.Series([number_of(period.first) for period in periods], dtype=pl.Int32))
        stops = pl.lit(pl.Series([number_of(period.last) for period in periods], dtype=pl.Int32))
        names = pl.lit(pl.Series([period.name for period in periods]))
        spread = [place for place, period in enumerate(periods) for _ in range((period.last - period.first).days + 1)]
        place_of = pl.lit(pl.Series(spread, dtype=pl.Int64))
        begin = number_of(columns.term.first)
        ranges = pl.int_ranges(place_of.gather(first - begin), place_of.gather(last - begin) + 1)
        days = runs.with_columns(ranges.alias("_period")).explode("_period")
        place = pl.col("_period")
        within = pl.min_horizontal(last, stops.gather(place)) - pl.max_horizontal(first, starts.gather(place)) + 1
        end = pl.min_horizontal(stops.gather(place), pl.col("_until"))
        days = days.with_columns(_name=names.gather(place), _held=within.cast(pl.Int64), _end=end)
    days = days.filter(pl.col("_end") <= columns.now())
    each = days.group_by(key, "_name").agg(pl.col("_held").sum(), pl.col("_end").max())
    part = pl.struct(pl.col("_name").alias("occurrence"), pl.col("_end").alias("date"), pl.col("_held").alias("value"))
    return each.group_by(key).agg(
        pl.col("_end").min().alias("_reached"),
        pl.col("_held").sum().alias("_number"),
        part.sort_by("_end", "_name").alias("_parts"),
    )
