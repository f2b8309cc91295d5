"""Days on which states hold together: from spells to runs of days, by a sweep with running sums over the whole frame.

Each spell adds one on its first day and takes one away on the day after its last. Sorted by subject and day, the
running sums of all states say where all that must hold do, and none that must not: there runs of days begin and end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from pbr.calendar import Duration


@frozen(kw_only=True)
class State:
    """A state in a sweep.

    Attributes:
        step: Column (Int64) of what each edge adds to it.
        holds: Whether it must hold, or must not.
        settled: Whether what its edges add comes to nothing for each subject.
    """

    step: str
    holds: bool
    settled: bool


def runs_of(edges: pl.LazyFrame, key: str, states: Sequence[State], gap: int) -> pl.LazyFrame:
    """The runs of days on which every state that must hold does, and none that must not.

    One sort, and running sums over the whole frame; only the last edge of each day says what holds on it.

    Args:
        edges: The subject under ``key``, ``_day`` (Int32), the column of each state (null adds nothing), and ``_stop``
            (Int32, the same in all edges of a subject and after each of them), the day from which nothing holds.
            Without that column a state that must hold comes to nothing by the subject's last edge.
        key: Name of the subject's column.
        states: At least one of which holds.
        gap: A break of at most this many days does not end a run, and counts as held.

    Returns:
        ``key``, ``_first`` and ``_last`` (Int32, both included), sorted.
    """
    import polars as pl

    schema = edges.collect_schema()
    stops = "_stop" in schema
    if schema[key] == pl.Int64:  # one number is sorted in a third of the time that two columns take
        days = edges.sort(pl.col(key).cast(pl.Int128) * pl.lit(2**32, pl.Int128) + pl.col("_day"))
    else:
        days = edges.sort(key, "_day")
    days = days.with_columns(
        (pl.col(key) == pl.col(key).shift(1)).fill_null(value=False).alias("_goes_on"),
        (pl.col(key) == pl.col(key).shift(-1)).fill_null(value=False).alias("_has_next"),
        pl.col("_day").shift(-1).alias("_next"),
        *[pl.col(state.step).cast(pl.Int64).fill_null(0).cum_sum().alias(f"{state.step}.so_far") for state in states],
    )
    tests = []
    for state in states:
        so_far = pl.col(f"{state.step}.so_far")
        if not state.settled:
            before = so_far - pl.col(state.step).fill_null(0)
            so_far = so_far - pl.when(~pl.col("_goes_on")).then(before).forward_fill()
        tests.append(so_far > 0 if state.holds else so_far <= 0)
    days = days.with_columns(tests[0].alias("_holds") if len(tests) == 1 else pl.all_horizontal(tests).alias("_holds"))
    days = days.filter(~(pl.col("_has_next") & (pl.col("_next") == pl.col("_day"))))
    held_before = (pl.col("_holds").shift(1) & (pl.col(key) == pl.col(key).shift(1))).fill_null(value=False)
    held_after = (pl.col("_holds").shift(-1) & pl.col("_has_next")).fill_null(value=False)
    stop = pl.when("_has_next").then(pl.col("_next")).otherwise(pl.col("_stop")) if stops else pl.col("_next")
    ends = days.select(
        key,
        pl.col("_day").alias("_first"),
        (stop - 1).alias("_last"),
        (pl.col("_holds") & ~held_before).alias("_begins"),
        (pl.col("_holds") & ~held_after).alias("_ends"),
    )
    ends = ends.filter(pl.col("_begins") | pl.col("_ends"))
    last = pl.when("_ends").then(pl.col("_last")).otherwise(pl.col("_last").shift(-1))
    runs = ends.with_columns(last.alias("_last")).filter("_begins").select(key, "_first", "_last")
    return _bridged(runs, key, gap) if gap else runs


def _bridged(runs: pl.LazyFrame, key: str, gap: int) -> pl.LazyFrame:
    """Runs of one subject with at most a gap between them made one."""
    import polars as pl

    near = pl.col("_first") - pl.col("_last").shift(1) - 1 <= gap
    same = (pl.col(key) == pl.col(key).shift(1)) & near
    runs = runs.with_columns(_new=~same.fill_null(value=False))
    first = pl.when(pl.col("_new")).then(pl.col("_first")).forward_fill()
    ends = pl.col("_new").shift(-1, fill_value=True)
    return runs.with_columns(first.alias("_first"), ends.alias("_ends")).filter("_ends").select(key, "_first", "_last")


def with_days(runs: pl.LazyFrame, key: str) -> pl.LazyFrame:
    """Sorted runs with ``_days`` (Int64, how many) and ``_before`` (Int64, those of earlier runs of the subject)."""
    import polars as pl

    runs = runs.with_columns(_days=(pl.col("_last") - pl.col("_first") + 1).cast(pl.Int64))
    return runs.with_columns(earlier(key, "_days").alias("_before"))


def earlier(key: str, name: str) -> pl.Expr:
    """What a column comes to over the earlier rows of the subject, of a frame sorted by subject."""
    import polars as pl

    begins = (pl.col(key) != pl.col(key).shift(1)).fill_null(value=True)
    before = pl.col(name).cum_sum() - pl.col(name)
    return before - pl.when(begins).then(before).forward_fill()


def run_until(first: pl.Expr, length: Duration) -> pl.Expr:
    """The Int32 day on which a run from a day has been as long as a duration: both ends count."""
    import polars as pl

    if length.days is not None:
        return first + (length.days - 1)
    return first.cast(pl.Date).dt.offset_by(f"{length.months}mo").cast(pl.Int32) - 1


def blocks_of(runs: pl.LazyFrame, length: Duration, *, resume: bool) -> pl.LazyFrame:
    """One row for each whole block of days.

    Args:
        runs: As ``with_days`` gives them.
        length: Of a block; days or weeks if blocks resume.
        resume: Whether a block goes on after a break, or one begins with each run.

    Returns:
        The columns of the runs, and ``_end`` (Int32), the last day of the block.
    """
    import polars as pl

    first, last = pl.col("_first"), pl.col("_last")
    if resume:
        assert length.days is not None, "blocks that resume are of so many days"
        done = pl.col("_before") // length.days
        upto = (pl.col("_before") + pl.col("_days")) // length.days
        found = runs.with_columns(pl.int_ranges(done + 1, upto + 1).alias("_block")).explode("_block")
        held = pl.col("_block") * length.days - pl.col("_before")
        return found.with_columns((first + held.cast(pl.Int32) - 1).alias("_end"))
    least = length.days or 28 * length.months
    most = pl.col("_days") // least
    found = runs.with_columns(pl.int_ranges(1, most + 1).alias("_block")).explode("_block")
    if length.days is not None:
        return found.with_columns((first + pl.col("_block").cast(pl.Int32) * length.days - 1).alias("_end"))
    months = pl.format("{}mo", pl.col("_block") * length.months)
    ends = found.with_columns((first.cast(pl.Date).dt.offset_by(months).cast(pl.Int32) - 1).alias("_end"))
    return ends.filter(pl.col("_end") <= last)
