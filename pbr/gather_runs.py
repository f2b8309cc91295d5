"""Runs of days beside each subject: edges of spells out of rows, one sweep, and flat aggregates of the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.calendar import Duration, number_of
from pbr.facts import Counted, Held, Runs, Stays
from pbr.filters import are_apart
from pbr.rows import Read, filters_of, missing_at, rows_read, truth_at
from pbr.running import RUNNING_FLAGS
from pbr.spells import State, blocks_of, earlier, run_until, runs_of, with_days

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

    from pbr.columns import Columns
    from pbr.facts import Spell, Turns
    from pbr.table import Table


def gather_held(columns: Columns, wanted: Iterable[Held], subjects: pl.LazyFrame) -> None:
    """Add what is made of runs of days: one sweep for each distinct set of runs."""
    every = list(wanted)
    runs: dict[Runs, pl.LazyFrame] = {}
    for number, each in enumerate(dict.fromkeys(held.runs for held in every)):
        name = columns.runs_at[each] = f"_runs{len(columns.runs_at) + number}"
        edges, notes = _edges(columns, each, subjects)
        _add_notes(columns, notes, name)
        runs[each] = runs_of(edges, columns.key, _states(each), each.gap)
        if sum(held.runs == each for held in every) > 1:
            runs[each] = runs[each].cache()
    for held in every:
        name = columns.held_at[held] = f"_held{len(columns.held_at)}"
        found = _made(columns, held, runs[held.runs], subjects, name)
        columns.frame = columns.frame.join(found, on=columns.key, how="left")


def _spells(runs: Runs) -> list[tuple[Spell, bool]]:
    return [*((spell, True) for spell in runs.within), *((spell, False) for spell in runs.without)]


def _stops(runs: Runs) -> bool:
    """Whether it must be said where the days looked at end, since no row that must hold is cut to them."""
    return bool(runs.within) and not any(isinstance(spell, Stays) for spell in runs.within)


def _states(runs: Runs) -> list[State]:
    """The states of a sweep; where none must hold, the days looked at are one.

    A stay takes away what it adds, unless its last edge is cut off with the days looked at.
    """
    found = [
        State(step=f"_step{place}", holds=holds, settled=isinstance(spell, Stays) and not _stops(runs))
        for place, (spell, holds) in enumerate(_spells(runs))
    ]
    return found if runs.within else [*found, State(step=f"_step{len(found)}", holds=True, settled=True)]


def _edges(columns: Columns, runs: Runs, subjects: pl.LazyFrame) -> tuple[pl.LazyFrame, list[pl.LazyFrame]]:
    """Every first day and every day after the last, with what each adds to its state; and what is noted of rows."""
    import polars as pl

    parts: list[pl.LazyFrame] = []
    notes: list[pl.LazyFrame] = []
    states = _states(runs)
    for state, (spell, _) in zip(states, _spells(runs), strict=False):
        if isinstance(spell, Stays):
            found, noted = _stay_edges(columns, runs, spell, subjects, state)
        else:
            found, noted = _turn_edges(columns, runs, spell, subjects, state)
        parts += found
        notes += noted
    if not runs.within:
        first, last = _bounds(columns, runs)
        days = subjects.select(columns.key, first.alias("_from"), last.alias("_to"), (last + 1).alias("_stop"))
        days = days.filter(pl.col("_from") <= pl.col("_to"))
        parts += [edge.drop("_stop") for edge in _both_ends(days, columns.key, states[-1].step)]
    if len(parts) == 1:
        return parts[0], notes
    return pl.concat(parts, how="diagonal"), notes


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


def _both_ends(stays: pl.LazyFrame, key: str, step: str) -> list[pl.LazyFrame]:
    """Two edges for each stay: one is added on its first day, and taken away after its last."""
    import polars as pl

    return [
        stays.select(key, pl.col("_from").alias("_day"), pl.lit(1, pl.Int8).alias(step), "_stop"),
        stays.select(key, (pl.col("_to") + 1).alias("_day"), pl.lit(-1, pl.Int8).alias(step), "_stop"),
    ]


def _stay_edges(
    columns: Columns, runs: Runs, spell: Stays, subjects: pl.LazyFrame, state: State
) -> tuple[list[pl.LazyFrame], list[pl.LazyFrame]]:
    """The edges of stays, cut to the days looked at; of one that is undecided as it is worse for the subject.

    And notes of stays that lie elsewhere or are undecided.
    """
    import polars as pl

    window = runs.window
    read = Read(
        table=spell.table, filters=filters_of(spell.when), dates=[spell.from_], windows=[window], others=[spell.to]
    )
    rows = rows_read(columns, read, subjects)
    begins, ends = pl.col(spell.from_).cast(pl.Int32), pl.col(spell.to).cast(pl.Int32)
    ends = pl.when(ends <= columns.now()).then(ends).otherwise(columns.now())
    first, last = _bounds(columns, runs)
    rows = rows.with_columns(_begins=begins, _ends=ends, _first=first, _last=last).cache()
    begins, ends, first, last = (pl.col(name) for name in ("_begins", "_ends", "_first", "_last"))
    inside = (begins <= last) & (ends >= first) & (begins <= ends) & (first <= last)
    truth = pl.lit(value=True) if spell.when is None else pl.col(truth_at(0))
    flags: dict[str, pl.Expr] = {}
    if spell.when is not None:
        flags["missing"] = pl.when(truth.is_null() & inside).then(pl.col(missing_at(0)))
    if state.holds and window is not None:
        inner = (begins <= columns.last(window)) & (ends >= columns.first(window))
        flags["before"] = truth & (ends < columns.first(window))
        flags["after"] = truth & (begins > columns.last(window))
        flags["outside"] = truth & inner & ~inside
    elif state.holds:
        flags["outside"] = truth & ~inside
    counts = inside & truth.fill_null(value=not state.holds)
    stays = rows.filter(counts).select(
        columns.key,
        pl.when(begins < first).then(first).otherwise(begins).alias("_from"),
        pl.when(ends > last).then(last).otherwise(ends).alias("_to"),
        (last + 1).alias("_stop"),
    )
    edges = _both_ends(stays, columns.key, state.step)
    if _stops(runs):
        edges = [edge.filter(pl.col("_day") < pl.col("_stop")) for edge in edges]
    else:
        edges = [edge.drop("_stop") for edge in edges]
    return edges, [_noted(rows, columns.key, flags)] if flags else []


def _turn_edges(
    columns: Columns, runs: Runs, spell: Turns, subjects: pl.LazyFrame, state: State
) -> tuple[list[pl.LazyFrame], list[pl.LazyFrame]]:
    """The edges of rows that open or close a state; one before the days looked at counts from the first of them.

    A row that is undecided does what is worse for the subject, and is noted. One row opens or closes, unless its
    filters may both be true: then it has an edge for each.
    """
    import polars as pl

    filters = (spell.opens, spell.closes)
    read = Read(table=spell.table, filters=filters, dates=[spell.on], windows=[runs.window])
    rows = rows_read(columns, read, subjects)
    first, last = _bounds(columns, runs)
    rows = rows.with_columns(pl.col(spell.on).cast(pl.Int32), _first=first, _last=last)
    rows = rows.filter(pl.col("_first") <= pl.col("_last"), pl.col(spell.on) <= pl.col("_last")).cache()
    on, first, last = pl.col(spell.on), pl.col("_first"), pl.col("_last")
    opens = pl.col(truth_at(0)).fill_null(value=not state.holds)
    closes = pl.col(truth_at(1)).fill_null(value=state.holds)
    one = [pl.when(opens).then(on).otherwise(on + 1), opens.cast(pl.Int8) - closes.cast(pl.Int8)]
    both = [[on, opens.cast(pl.Int8)], [on + 1, -closes.cast(pl.Int8)]]
    edges = []
    for day, step in [one] if are_apart(*filters) else both:
        found = rows.select(
            columns.key, pl.max_horizontal(day, first).alias("_day"), step.alias(state.step), (last + 1).alias("_stop")
        )
        found = found.filter(pl.col("_day") < pl.col("_stop"), pl.col(state.step) != 0)
        edges.append(found if _stops(runs) else found.drop("_stop"))
    undecided = [
        pl.when(pl.col(truth_at(0)).is_null()).then(pl.col(missing_at(0))),
        pl.when(pl.col(truth_at(1)).is_null() & (on < last)).then(pl.col(missing_at(1))),
    ]
    return edges, [_noted(rows, columns.key, {"missing": pl.min_horizontal(undecided)})]


def _noted(rows: pl.LazyFrame, key: str, flags: Mapping[str, pl.Expr]) -> pl.LazyFrame:
    """The rows of which there is something to say; nearly all have nothing, and are not grouped."""
    import polars as pl

    nothing = _nothing()
    rows = rows.select(key, **{name: flags.get(name, nothing[name]) for name in nothing})
    said = [pl.col(name).is_not_null() if name == "missing" else pl.col(name) for name in flags]
    return rows.filter(pl.any_horizontal(said))


def _nothing() -> dict[str, pl.Expr]:
    """What there is to say of rows, where there is nothing."""
    import polars as pl

    return {"missing": pl.lit(None, pl.Int16), **dict.fromkeys(RUNNING_FLAGS, pl.lit(None, pl.Boolean))}


def _add_notes(columns: Columns, notes: list[pl.LazyFrame], name: str) -> None:
    """Whether rows lie elsewhere, and what is empty in one that may count, beside each subject."""
    import polars as pl

    if not notes:
        columns.frame = columns.frame.with_columns(each.alias(f"{name}.{what}") for what, each in _nothing().items())
        return
    found = (
        pl.concat(notes)
        .group_by(columns.key)
        .agg(
            pl.col("missing").min().alias(f"{name}.missing"),
            *[pl.col(flag).max().alias(f"{name}.{flag}") for flag in RUNNING_FLAGS],
        )
    )
    columns.frame = columns.frame.join(found, on=columns.key, how="left")


def _made(columns: Columns, held: Held, runs: pl.LazyFrame, subjects: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """What is made of runs, one row for each subject that has any."""
    import polars as pl

    key, window = columns.key, held.runs.window
    if held.runs.may_finish or held.counted is Counted.DAYS or any(map(_varies, _tables(held).values())):
        figures = [pl.col(key), columns.clipped(window).alias("_until")]
        anchor = columns.anchor(window)
        figures += [table.cell(anchor).alias(f"_{what}") for what, table in _tables(held).items()]
        runs = runs.join(subjects.select(figures), on=key, how="inner").sort(key, "_first")
    else:
        runs = runs.with_columns(pl.lit(0, pl.UInt32).alias(f"_{what}") for what in _tables(held))
    if held.runs.may_finish:
        runs = runs.filter(pl.col("_first") <= pl.col("_until"))
    runs = with_days(runs, key)
    whole = [pl.col("_days").sum(), pl.col("_last").max().alias("_latest")]
    if held.is_once:
        reached = _added_up(held) if held.counted is Counted.ADDED_UP else _unbroken(held)
        # a figure is looked up beside each run, not in the aggregate, which would hold all runs of a subject at once
        made = runs.with_columns(_reached=reached).group_by(key).agg(*whole, pl.col("_reached").min())
    else:
        parts = _by_period(columns, held, runs) if held.counted is Counted.DAYS else _blocks(columns, held, runs)
        made = runs.group_by(key).agg(whole).join(parts, on=key, how="left")
    ends = [each for each in made.collect_schema().names() if each != key]
    return made.select(key, *[pl.col(each).alias(f"{name}.{each[1:]}") for each in ends])


def _varies(table: Table) -> bool:
    """Whether a figure is not the same for every subject on every day."""
    return bool(table.by or table.starts)


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


def _added_up(held: Held) -> pl.Expr:
    """The day of a run on which the days so far come to a length."""
    import polars as pl

    assert held.length is not None, "days are added up to a length"
    days = [length.days if isinstance(length, Duration) else None for length in held.length.cells]
    need = pl.lit(pl.Series(days, dtype=pl.Int64)).gather(pl.col("_length"))
    before, after = pl.col("_before"), pl.col("_before") + pl.col("_days")
    day = pl.col("_first") + (need - before).cast(pl.Int32) - 1
    return pl.when((before < need) & (after >= need)).then(day)


def _unbroken(held: Held) -> pl.Expr:
    """The day on which a run is as long as a length."""
    import polars as pl

    assert held.length is not None, "a run is as long as a length"
    found = []
    for length, mine in _of_length(held.length):
        day = run_until(pl.col("_first"), length)
        found.append(pl.when(mine & (day <= pl.col("_last"))).then(day))
    return pl.coalesce(found)


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
