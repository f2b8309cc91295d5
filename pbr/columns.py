"""What a kind decides from: expressions over the columns that ``pbr.gather`` has made, and no frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from attrs import define, evolve, field

from pbr.calendar import date_from_number, number_of
from pbr.condition import ChildRef, Condition, FieldRef, to_missing, to_polars
from pbr.facts import (
    START,
    Context,
    Days,
    Decision,
    Each,
    Fact,
    Held,
    Named,
    Reading,
    Running,
    Runs,
    Sums,
    Take,
    Undecided,
    Window,
    reason_code,
    state_code,
    state_of,
)
from pbr.results import NOT_MET, doubt_about, doubt_of, reason_of, result
from pbr.running import RUNNING_FLAGS
from pbr.scoring import Scored, Scores

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    import polars as pl

    from pbr.asked import Source
    from pbr.calendar import Term
    from pbr.engine import Engine
    from pbr.table import Table


NO_GROUP, TWO_GROUPS = -1, -2
"""Places of a subject in a grouping that are none of its labels."""
Doubt: TypeAlias = "tuple[pl.Expr, str, pl.Expr]"
"""A test, the reason it gives, and the field that is empty."""


class Kind(Protocol):
    """An outcome kind on one subject."""

    def reads(self) -> tuple[str, ...]:
        """Outcomes that must be decided first."""

    def readings(self, ctx: Context) -> tuple[Reading, ...]:
        """How it reads the rows of tables, the one that decides first; none if it reads no rows."""

    def facts(self, ctx: Context) -> tuple[Fact | Each | Running | Held | Scored, ...]:
        """The facts it needs."""

    def decide(self, columns: Columns, ctx: Context) -> Decision:
        """State, date, reason and missing field as expressions over the facts."""


def as_written(query: pl.LazyFrame, engine: Engine | Literal["auto"] = "auto") -> pl.DataFrame:
    """Collect a query over conditions without looking for what could be simplified in it.

    Conditions are made with nothing to simplify, and where outcomes read outcomes, whose expressions then hold each
    other, looking for it takes longer than everything else.
    """
    import polars as pl

    return query.collect(engine=engine, optimizations=pl.QueryOptFlags(simplify_expression=False))


@define
class Columns:
    """The columns a kind may decide from, and the frame that grows as facts are gathered.

    Attributes:
        frame: One row per subject: its key, its fields, and what has been gathered and decided so far.
        key: Name of the subject's key.
        sources: Tables by name.
        term: The contract's term.
        as_at: The day up to which evidence counts, as a number.
        start: The cohort's start field.
        own_table: Name of the cohort's table.
        groupings: Groupings whose labels are columns ``_by.NAME`` (Int16).
        lengths: Durations of windows, by the name of their value.
        places: Decimal places of the whole numbers that hold the fields of the subject's own row.
        parts: How many parts make one of the value of an outcome, by the name of each that has one.
        names: Names of fields that can be missing; MISSING facts hold an index into them.
        facts_at: The column of each fact gathered so far.
        sums_at: What the columns of each running sum begin with.
        each_at: What the columns of what is met once for each word begin with.
        runs_at: What the columns of rows that make each set of runs begin with.
        held_at: What the columns of what is made of runs begin with.
        scores_at: What the columns of each score begin with.
        windows_at: What the columns of each window begin with.
        children_at: The column of each answer of a child table.
        answers: How many answers of child tables have been gathered.
        scans: How often a table is scanned.
        links: How often what was gathered has been made one thing.
        reckonings: How many formulas have been reckoned.
    """

    frame: pl.LazyFrame
    key: str
    sources: Mapping[str, Source]
    term: Term
    as_at: int
    start: str
    own_table: str
    groupings: frozenset[str] = frozenset()
    lengths: Mapping[str, Table] = field(factory=dict)
    places: Mapping[str, int] = field(factory=dict)
    parts: Mapping[str, int] = field(factory=dict)
    names: list[str] = field(factory=list)
    facts_at: dict[Fact, str] = field(factory=dict)
    sums_at: dict[Running, str] = field(factory=dict)
    each_at: dict[Each, str] = field(factory=dict)
    runs_at: dict[Runs, str] = field(factory=dict)
    held_at: dict[Held, str] = field(factory=dict)
    scores_at: dict[Scored, str] = field(factory=dict)
    windows_at: dict[Window, str] = field(factory=dict)
    children_at: dict[ChildRef, str] = field(factory=dict)
    answers: int = 0
    scans: int = 0
    links: int = 0
    reckonings: int = 0

    def fact(self, fact: Fact) -> pl.Expr:
        """The column of a fact."""
        import polars as pl

        return pl.col(self.facts_at[fact])

    def sums(self, running: Running) -> Sums:
        """What a running sum came to."""
        import polars as pl

        name = self.sums_at[running]
        flag = {each: pl.col(f"{name}.{each}").fill_null(value=False) for each in ("seen", *RUNNING_FLAGS)}
        missing = pl.col(f"{name}.missing")
        if running.reading.when is not None and running.reading.when.results:
            undecided = self.doubted(pl.col(f"{name}.doubt"), missing)
        else:
            reason = reason_code("missing_field")
            undecided = Undecided(test=missing.is_not_null(), reason=reason, missing=missing)
        enough = pl.col(f"{name}.total") >= pl.col(f"{name}.least")
        reached = pl.col(f"{name}.reached")
        return Sums(enough=enough.fill_null(value=False), reached=reached, undecided=undecided, **flag)

    def each(self, fact: Each) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
        """Of what is met once for each word: the first day, how many words, and the list of parts."""
        import polars as pl

        name = self.each_at[fact]
        return pl.col(f"{name}.first"), pl.col(f"{name}.number"), pl.col(f"{name}.parts")

    def held(self, fact: Held) -> Days:
        """What was made of runs of days."""
        import polars as pl

        name, rows = self.held_at[fact], self.runs_at[fact.runs]
        flag = {each: pl.col(f"{rows}.{each}").fill_null(value=False) for each in RUNNING_FLAGS}
        missing = pl.col(f"{rows}.missing")
        undecided = Undecided(test=missing.is_not_null(), reason=reason_code("missing_field"), missing=missing)
        made = {each: pl.col(f"{name}.{each}") for each in ("reached", "number", "parts", "days", "latest")}
        if fact.is_once:
            part = pl.Struct({"occurrence": pl.String, "date": pl.Int32, "value": pl.Int64})
            made |= {"number": pl.lit(None, pl.Int64), "parts": pl.lit(None, pl.List(part))}
        return Days(**made, **flag, undecided=undecided)

    def scores(self, fact: Scored) -> Scores:
        """The score of the row that is picked, and of its baseline."""
        import polars as pl

        name = self.scores_at[fact]
        flags = {each: pl.col(f"{name}.{each}").fill_null(value=False) for each in RUNNING_FLAGS}
        base = None if fact.base is None else self._picked(fact.base, f"{name}.base")
        return evolve(self._picked(fact.follow, f"{name}.follow"), base=base, flags=flags)

    def _picked(self, reading: Reading, name: str) -> Scores:
        import polars as pl

        missing = pl.col(f"{name}.missing")
        if reading.when is not None and reading.when.results:
            undecided = self.doubted(pl.col(f"{name}.doubt"), missing)
        else:
            reason = reason_code("missing_field")
            undecided = Undecided(test=missing.is_not_null(), reason=reason, missing=missing)
        day, value, empty = (pl.col(f"{name}.{each}") for each in ("day", "value", "empty"))
        return Scores(day=day, value=value, empty=empty, undecided=undecided)

    def first(self, window: Window | None) -> pl.Expr:
        """First day of a window (Int32); the term's first day without one."""
        import polars as pl

        if window is None:
            return self.day(self.term.first)
        return pl.col(f"{self.windows_at[window]}.first")

    def last(self, window: Window | None) -> pl.Expr:
        """Last day of a window (Int32), not clipped; the term's last day without one."""
        import polars as pl

        if window is None:
            return self.day(self.term.last)
        return pl.col(f"{self.windows_at[window]}.last")

    def anchor(self, window: Window | None) -> pl.Expr:
        """The day (Int32) that a window is counted from; the start without one."""
        import polars as pl

        return pl.col("_start" if window is None or window.anchor == START else f"{window.anchor}.date")

    def empty(self, window: Window | None) -> pl.Expr | None:
        """Whether a window closes before it opens; None for one that cannot."""
        return None if window is None or window.until is None else self.first(window) > self.last(window)

    def clipped(self, window: Window | None) -> pl.Expr:
        """Last day of a window on which anything can be earned."""
        import polars as pl

        last = self.last(window)
        if window is None or self.ends_with_term(window):
            return last
        return pl.when(last < self.day(self.term.last)).then(last).otherwise(self.day(self.term.last))

    def ends_with_term(self, window: Window) -> bool:
        """Whether the window surely ends on or before the term's last day."""
        if window.for_ is not None:
            return False
        return window.until is None or window.until <= self.term.last

    def day(self, day: dt.date) -> pl.Expr:
        """A day as an Int32 literal."""
        import polars as pl

        return pl.lit(number_of(day), dtype=pl.Int32)

    def now(self) -> pl.Expr:
        """The as-at date as an Int32 literal."""
        import polars as pl

        return pl.lit(self.as_at, dtype=pl.Int32)

    def today(self) -> pl.Expr:
        """The as-at date as a Date literal."""
        import polars as pl

        return pl.lit(date_from_number(self.as_at), dtype=pl.Date)

    def in_term(self, day: pl.Expr) -> pl.Expr:
        """Whether a day lies in the term."""
        return (day >= self.day(self.term.first)) & (day <= self.day(self.term.last))

    def own_field(self, name: str) -> pl.Expr:
        """A field of the subject's own row, or a result of an outcome; ``start`` is the cohort's start.

        Nothing has been achieved, nor failed, by a subject that is not surely of the cohort.
        """
        import polars as pl

        if "." not in name:
            return pl.col(self.start if name == START else name)
        outside = pl.coalesce("_step", "_unsure").is_not_null()
        return pl.when(~outside).then(result(name))

    def own_day(self, name: str) -> pl.Expr:
        """A date field of the subject's own row, as an Int32 day."""
        import polars as pl

        return pl.col("_start") if name in {START, self.start} else pl.col(name).cast(pl.Int32)

    def true(self, condition: Condition) -> pl.Expr:
        """A condition over the subject's own row, of which ``ask`` has been told; null is unknown."""
        return to_polars(condition, lambda ref: self.own_field(ref.name), self.asked)

    def undecided_own(self, condition: Condition) -> Undecided:
        """Where a condition over the subject's own row is undecided."""
        missing = self.missing(condition)
        if not condition.results:
            return Undecided(test=self.true(condition).is_null(), reason=reason_code("missing_field"), missing=missing)
        return self.doubted(self.doubt_in(condition, lambda ref: self.own_field(ref.name)), missing)

    def undecided(self, reading: Reading) -> tuple[Undecided, ...]:
        """Where a row read is undecided; nothing if none can be."""
        if reading.when is None and not reading.once:
            return ()
        missing = self.fact(reading.fact(Take.MISSING))
        if reading.when is None or not reading.when.results:
            return (Undecided(test=missing.is_not_null(), reason=reason_code("missing_field"), missing=missing),)
        return (self.doubted(self.fact(reading.fact(Take.DOUBT)), missing),)

    def doubted(self, doubt: pl.Expr, missing: pl.Expr) -> Undecided:
        """Where a condition that reads results is undecided, by the strongest doubt."""
        return Undecided(test=doubt > NOT_MET, reason=reason_of(doubt), missing=missing, never=doubt == NOT_MET)

    def doubt_in(self, condition: Condition, column: Callable[[FieldRef], pl.Expr]) -> pl.Expr:
        """The strongest doubt that leaves a condition undecided (UInt8); null where it is decided."""
        import polars as pl

        def about(ref: FieldRef) -> pl.Expr:
            return pl.col(f"_parent.{ref.outcome}.doubt") if ref.parent else doubt_about(ref.outcome)

        return doubt_of(condition, column, about, self.asked, lambda ref: self.own_field(ref.name))

    def missing(self, condition: Condition) -> pl.Expr:
        """The field of the subject's own row whose emptiness leaves the condition undecided, as an Int16 index."""
        return self.missing_in(condition, self.own_table, lambda ref: self.own_field(ref.name))

    def asked(self, ref: ChildRef) -> pl.Expr:
        """What is asked of the subject's rows in a child table."""
        import polars as pl

        return pl.col(self.children_at[ref])

    def forget(self, outcome: str) -> None:
        """Let answers that read the result of an outcome be asked for again, since it has changed."""
        self.children_at = {
            ref: column
            for ref, column in self.children_at.items()
            if outcome not in {one.outcome for one in ref.outside}
        }

    def missing_name(self, name: str) -> pl.Expr:
        """The Int16 index of a field's full name."""
        import polars as pl

        if name not in self.names:
            self.names.append(name)
        return pl.lit(self.names.index(name), dtype=pl.Int16)

    def doubts(self, key: str) -> list[Doubt]:
        """What would keep the label of a grouping or text field from being known, the first that is true."""
        import polars as pl

        place, nothing = pl.col(f"_by.{key}"), pl.lit(None, dtype=pl.Int16)
        if key not in self.groupings:
            return [(pl.col(key).is_null(), "missing_field", self.missing_name(f"{self.own_table}.{key}"))]
        return [
            (place.is_null(), "missing_field", pl.col(f"_missing.{key}")),
            (place == NO_GROUP, "no_group", nothing),
            (place == TWO_GROUPS, "two_groups", nothing),
        ]

    def _lengthened(self, window: Window, decision: Decision) -> Decision:
        """A decision, or why the window has no length for the subject."""
        if not isinstance(window.for_, Named):
            return decision
        return self._figured(self.lengths[window.for_.name], self.last(window).is_null(), decision)

    def summed(self, running: Running, decision: Decision) -> Decision:
        """A decision, or why there is no sum for the subject to reach."""
        import polars as pl

        unknown = pl.col(f"{self.sums_at[running]}.least").is_null()
        return self.figured(running.least, unknown, running.reading.window, decision)

    def known(self, fact: Held, decision: Decision) -> Decision:
        """A decision, or why a length or number of blocks is not known of the subject."""
        window = fact.runs.window
        anchor = self.anchor(window)
        for table in (fact.length, fact.most):
            if table is not None:
                decision = self.figured(table, table.cell(anchor).is_null(), window, decision)
        return decision

    def figured(self, table: Table, unknown: pl.Expr, window: Window | None, decision: Decision) -> Decision:
        """A decision, or why a figure that is looked up on the anchor's day is not known of the subject."""
        import polars as pl

        decision = self._figured(table, unknown, decision)
        if window is not None or not table.starts:
            return decision
        start = self.missing_name(f"{self.own_table}.{self.start}")
        return decision.unless(pl.col("_start").is_null(), reason_code("missing_field"), missing=start)

    def _figured(self, table: Table, unknown: pl.Expr, decision: Decision) -> Decision:
        """A decision, or why a figure that it needs is not known of the subject."""
        import polars as pl

        keys = [key.removeprefix("_by.") for key in table.by]
        doubts = [doubt for key in keys if key != "provider" for doubt in self.doubts(key)]
        nothing = pl.lit(None, dtype=pl.Int16)
        for test, why, empty in reversed([*doubts, (unknown, "no_price", nothing)]):
            decision = decision.unless(test, reason_code(why), missing=empty)
        return decision

    def excused(self, excuse: Condition, decision: Decision) -> Decision:
        """A decision, or that what is missed is excused; unknown or pending where it is not known whether it is."""
        state = state_of(decision.reason) if decision.state is None else decision.state
        missed = (state == state_code("not_met")) | (state == state_code("pending"))
        undecided = self.undecided_own(excuse)
        decision = decision.unless(missed & undecided.test, undecided.reason, missing=undecided.missing)
        return decision.unless(missed & self.true(excuse), reason_code("excused"))

    def anchored(self, window: Window | None, decision: Decision) -> Decision:
        """A decision, or the anchor's own state where the anchor is not met."""
        import polars as pl

        if window is None:
            return decision
        decision = self._lengthened(window, decision)
        if window.anchor == START:
            missing = self.missing_name(f"{self.own_table}.{self.start}")
            return decision.unless(pl.col("_start").is_null(), reason_code("missing_field"), missing=missing)
        state = pl.col(f"{window.anchor}.state")
        theirs = pl.col(f"{window.anchor}.missing")
        return decision.unless(state != state_code("met"), reason_code("anchor"), state=state, missing=theirs)

    def missing_in(self, condition: Condition, table: str, column: Callable[[FieldRef], pl.Expr]) -> pl.Expr:
        """The empty field that leaves a condition undecided, as an Int16 index into the names."""

        def number(ref: FieldRef) -> pl.Expr:
            return self.missing_number(ref, table)

        return to_missing(condition, column, number, self.asked, self.missing_of)

    def missing_number(self, ref: FieldRef, table: str) -> pl.Expr:
        """The Int16 index of the full name of what a condition on a row of a table reads."""
        import polars as pl

        if ref.outcome:
            theirs = pl.col(f"{'_parent.' if ref.parent else ''}{ref.outcome}.missing")
            return pl.coalesce(theirs, self.missing_name(ref.name))
        own = ref.parent or table == self.own_table
        name = self.start if own and ref.name == START else ref.name
        return self.missing_name(f"{self.own_table if own else table}.{name}")

    def missing_of(self, ref: ChildRef) -> pl.Expr:
        """The Int16 index of the full name of the first field that a question to a child table reads."""
        fields = [] if ref.condition is None else [each.name for each in ref.condition.fields if not each.parent]
        return self.missing_name(f"{ref.table}.{fields[0]}" if fields else ref.table)
