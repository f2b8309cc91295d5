"""The kernel: one frame that gathers the facts of every outcome.

Equal facts are gathered once; those of one table, filter and anchor share one scan and one group-by of flat aggregates,
whose result is joined to the subjects. Windows are worked out once for each anchor. Days are whole numbers since 1970.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

from attrs import define, evolve, field

from pbr.asked import asked_rows, child_column, outside, with_answers
from pbr.calendar import Duration, number_of
from pbr.condition import ChildRef, Condition, FieldRef, to_missing, to_polars
from pbr.days import after
from pbr.facts import (
    START,
    Decision,
    Fact,
    Named,
    Reading,
    Take,
    Undecided,
    Window,
    reason_code,
    state_code,
    state_of,
)
from pbr.results import NOT_MET, doubt_about, doubt_of, reason_of, result

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping
    from fractions import Fraction

    import polars as pl

    from pbr.asked import Source
    from pbr.calendar import Term
    from pbr.lines import Table


NO_GROUP, TWO_GROUPS = -1, -2
"""Places of a subject in a grouping that are none of its labels."""
Doubt: TypeAlias = "tuple[pl.Expr, str, pl.Expr]"
"""A test, the reason it gives, and the field that is empty."""
MOST_LINKS = 6
"""Anchors that follow each other in one plan."""


class Kind(Protocol):
    """An outcome kind on one subject."""

    def reads(self) -> tuple[str, ...]:
        """Outcomes that must be decided first."""

    def reading(self, when: Condition | None) -> Reading | None:
        """How it reads the rows of a table, or None if it reads none."""

    def facts(self, when: Condition | None) -> tuple[Fact, ...]:
        """The facts it needs."""

    def decide(self, columns: Columns, when: Condition | None) -> Decision:
        """State, date, reason and missing field as expressions over the facts."""


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
        points: Values that outcomes can have, by the outcome's name.
        names: Names of fields that can be missing; MISSING facts hold an index into them.
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
    points: Mapping[str, tuple[Fraction | None, ...]] = field(factory=dict)
    names: list[str] = field(factory=list)
    _facts: dict[Fact, str] = field(factory=dict)
    _windows: dict[Window, str] = field(factory=dict)
    _children: dict[ChildRef, str] = field(factory=dict)
    scans: int = 0
    links: int = 0

    # ---- what a kind may use

    def fact(self, fact: Fact) -> pl.Expr:
        """The column of a fact."""
        import polars as pl

        return pl.col(self._facts[fact])

    def first(self, window: Window | None) -> pl.Expr:
        """First day of a window (Int32); the term's first day without one."""
        import polars as pl

        if window is None:
            return self.day(self.term.first)
        return pl.col(f"{self._windows[window]}.first")

    def last(self, window: Window | None) -> pl.Expr:
        """Last day of a window (Int32), not clipped; the term's last day without one."""
        import polars as pl

        if window is None:
            return self.day(self.term.last)
        return pl.col(f"{self._windows[window]}.last")

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
        return pl.when(~outside).then(result(name, self.points))

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
        return self._doubted(self._doubt(condition, lambda ref: self.own_field(ref.name)), missing)

    def undecided(self, reading: Reading) -> tuple[Undecided, ...]:
        """Where a row read is undecided; nothing if none can be."""
        if reading.when is None:
            return ()
        missing = self.fact(reading.fact(Take.MISSING))
        if not reading.when.results:
            return (Undecided(test=missing.is_not_null(), reason=reason_code("missing_field"), missing=missing),)
        return (self._doubted(self.fact(reading.fact(Take.DOUBT)), missing),)

    def _doubted(self, doubt: pl.Expr, missing: pl.Expr) -> Undecided:
        """Where a condition that reads results is undecided, by the strongest doubt."""
        return Undecided(test=doubt > NOT_MET, reason=reason_of(doubt), missing=missing, never=doubt == NOT_MET)

    def _doubt(self, condition: Condition, column: Callable[[FieldRef], pl.Expr]) -> pl.Expr:
        """The strongest doubt that leaves a condition undecided (UInt8); null where it is decided."""
        import polars as pl

        def about(ref: FieldRef) -> pl.Expr:
            return pl.col(f"_parent.{ref.outcome}.doubt") if ref.parent else doubt_about(ref.outcome)

        return doubt_of(condition, column, about, self.asked, lambda ref: self.own_field(ref.name))

    def missing(self, condition: Condition) -> pl.Expr:
        """The field of the subject's own row whose emptiness leaves the condition undecided, as an Int16 index."""
        return self._missing(condition, self.own_table, lambda ref: self.own_field(ref.name))

    def asked(self, ref: ChildRef) -> pl.Expr:
        """What is asked of the subject's rows in a child table."""
        import polars as pl

        return pl.col(self._children[ref])

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
        import polars as pl

        if not isinstance(window.for_, Named):
            return decision
        keys = [key.removeprefix("_by.") for key in self.lengths[window.for_.name].by]
        doubts = [doubt for key in keys if key != "provider" for doubt in self.doubts(key)]
        unknown, nothing = self.last(window).is_null(), pl.lit(None, dtype=pl.Int16)
        for test, why, empty in reversed([*doubts, (unknown, "no_price", nothing)]):
            decision = evolve(
                decision,
                reason=pl.when(test).then(reason_code(why)).otherwise(decision.reason),
                missing=pl.when(test).then(empty).otherwise(decision.missing),
                date=pl.when(~test.fill_null(value=False)).then(decision.date),
            )
        return decision

    def anchored(self, window: Window | None, decision: Decision) -> Decision:
        """A decision, or the anchor's own state where the anchor is not met."""
        import polars as pl

        if window is None:
            return decision
        decision = self._lengthened(window, decision)
        if window.anchor == START:
            empty = pl.col("_start").is_null()
            missing = self.missing_name(f"{self.own_table}.{self.start}")
            found = missing if decision.missing is None else pl.when(empty).then(missing).otherwise(decision.missing)
            return evolve(
                decision,
                reason=pl.when(empty).then(reason_code("missing_field")).otherwise(decision.reason),
                missing=pl.when(empty).then(missing) if decision.missing is None else found,
                date=pl.when(~empty).then(decision.date),
            )
        state = pl.col(f"{window.anchor}.state")
        unmet = state != state_code("met")
        own = state_of(decision.reason) if decision.state is None else decision.state
        theirs = pl.col(f"{window.anchor}.missing")
        return Decision(
            reason=pl.when(unmet).then(reason_code("anchor")).otherwise(decision.reason),
            state=pl.when(unmet).then(state).otherwise(own),
            date=pl.when(~unmet).then(decision.date),
            missing=pl.when(unmet).then(theirs).otherwise(decision.missing),
            picked=decision.picked,
        )

    # ---- gathering

    def ask(self, conditions: Iterable[Condition | None]) -> None:
        """Gather what conditions on the subject's own row ask of child tables: one scan and one group-by a table."""
        import polars as pl

        wanted = [ref for condition in conditions if condition is not None for ref in condition.children]
        tables: dict[str, list[ChildRef]] = {}
        for ref in dict.fromkeys(wanted):
            if ref not in self._children:
                self._children[ref] = f"_child{len(self._children)}"
                tables.setdefault(ref.table, []).append(ref)
        for table, refs in tables.items():
            source, names = self.sources[table], outside(refs)
            if any("." in name for name in names):
                self._share()
            theirs = [self.own_field(name).alias(f"_parent.{name}") for name in names]
            own = self.frame.select(pl.col(self.key).alias(source.key), *theirs) if names else None
            rows = asked_rows(source, self.as_at, own)
            self.frame = with_answers(self.frame, self.key, source, rows, {ref: self._children[ref] for ref in refs})
            self.scans += 1

    def gather(self, facts: Iterable[Fact], windows: Iterable[Window | None] = ()) -> None:
        """Add the columns of facts and windows that are not there yet."""
        wanted = [fact for fact in dict.fromkeys(facts) if fact not in self._facts]
        self._add_windows([fact.window for fact in wanted] + list(windows))
        groups: dict[tuple[str, Condition | None, str | None], list[Fact]] = {}
        for fact in wanted:
            self._facts[fact] = f"_fact{len(self._facts)}"
            groups.setdefault(fact.group, []).append(fact)
        if any(anchor not in {START, None} or (when and when.results) for _, when, anchor in groups):
            self._share()
        subjects = self.frame  # as it was before the joins below, which no other group waits for
        for members in groups.values():
            source = self.sources[members[0].table]
            if source.own:
                self._gather_own(members)
            else:
                self._gather_child(source, members, subjects)

    def _share(self) -> None:
        """Make what was gathered so far one thing, since an anchor and what follows it both build on it.

        Without that it would be scanned and grouped again. The optimiser reads each use of a shared plan, so that a
        long chain of anchors would take it twice as long with every link: after some links what there is is worked out.
        """
        self.links += 1
        if self.links % MOST_LINKS == 0:
            self.frame = self.frame.collect(engine="streaming").lazy()
        else:
            self.frame = self.frame.cache()

    def _add_windows(self, windows: Iterable[Window | None]) -> None:
        import polars as pl

        columns: list[pl.Expr] = []
        for window in windows:
            if window is None or window in self._windows:
                continue
            name = self._windows[window] = f"_window{len(self._windows)}"
            anchor = pl.col("_start" if window.anchor == START else f"{window.anchor}.date")
            first, last = anchor + window.offset, self._last_day(window, anchor)
            if isinstance(window.for_, Named):
                first = pl.when(last.is_not_null()).then(first)
            columns += [first.alias(f"{name}.first"), last.alias(f"{name}.last")]
        if columns:
            self.frame = self.frame.with_columns(columns)

    def _last_day(self, window: Window, anchor: pl.Expr) -> pl.Expr:
        import polars as pl

        if window.for_ is None:
            return pl.when(anchor.is_not_null()).then(self.day(window.until or self.term.last))
        if isinstance(window.for_, Duration):
            return after(anchor, window.for_)
        table = self.lengths[window.for_.name]
        cell, lengths = table.cell(anchor), dict.fromkeys(table.cells)
        found = []
        for length in lengths:
            if isinstance(length, Duration):
                mine = [place for place, other in enumerate(table.cells) if other == length]
                found.append(pl.when(cell.is_in(mine)).then(after(anchor, length)))
        return pl.coalesce(found)

    def _gather_own(self, members: list[Fact]) -> None:
        """Facts over the subject's own row need no group-by."""
        import polars as pl

        columns = []
        for fact in members:
            day = self.own_day(fact.date)
            day = pl.when(day <= self.now()).then(day)
            truth = why_not = None
            if fact.when is not None:
                truth, why_not = self.true(fact.when), self.missing(fact.when)
                if fact.take is Take.DOUBT:
                    why_not = self._doubt(fact.when, lambda ref: self.own_field(ref.name))
            columns.append(self._one(fact, day, truth, why_not).alias(self._facts[fact]))
        self.frame = self.frame.with_columns(columns)

    def _gather_child(self, source: Source, members: list[Fact], subjects: pl.LazyFrame) -> None:
        """One scan, one join to the anchor's windows, one group-by of flat aggregates."""
        import polars as pl

        self.scans += 1
        when, window = members[0].when, members[0].window
        dates = list(dict.fromkeys(fact.date for fact in members))
        rows = source.rows
        if source.recorded is not None:
            rows = rows.filter(pl.col(source.recorded).cast(pl.Int32) <= self.now())
        rows = rows.filter(pl.any_horizontal([pl.col(name).cast(pl.Int32) <= self.now() for name in dates]))
        parents = [ref for ref in when.fields if ref.parent] if when else []
        if when is not None and not parents:
            truth = to_polars(when, lambda ref: pl.col(ref.name))
            rows = rows.filter(truth.fill_null(value=True)).with_columns(truth.alias("_truth"))
        needed = [source.key, *dates, *([ref.name for ref in when.fields if not ref.parent] if when else [])]
        rows = rows.select(*dict.fromkeys(needed), *(["_truth"] if when and not parents else []))
        if window is not None or parents:
            names = {self._windows[fact.window] for fact in members if fact.window}
            columns = [pl.col(self.key)]
            columns += [pl.col(f"{name}.{end}") for name in sorted(names) for end in ("first", "last")]
            columns += [self.own_field(ref.name).alias(f"_parent.{ref.name}") for ref in parents]
            for outcome in when.results if when else ():
                columns += [pl.col(f"{outcome}.missing").alias(f"_parent.{outcome}.missing")]
                columns += [doubt_about(outcome).alias(f"_parent.{outcome}.doubt")]
            anchors = subjects.select(columns)
            rows = rows.join(anchors, left_on=source.key, right_on=self.key, how="inner")
        if when is not None and parents:
            rows = rows.with_columns(to_polars(when, child_column).alias("_truth"))
        aggregates = []
        for fact in members:
            day = pl.col(fact.date).cast(pl.Int32)
            if len(dates) > 1:
                day = pl.when(day <= self.now()).then(day)
            known = None if when is None else pl.col("_truth")
            if when is None:
                why_not = None
            elif fact.take is Take.DOUBT:
                why_not = self._doubt(when, child_column)
            else:
                why_not = self._missing(when, fact.table, child_column)
            value = self._one(fact, day, known, why_not)
            flat = value.max() if fact.take in {Take.LAST, Take.DOUBT, *_FLAGS} else value.min()
            aggregates.append(flat.alias(self._facts[fact]))
        found = rows.group_by(source.key).agg(aggregates)
        self.frame = self.frame.join(found, left_on=self.key, right_on=source.key, how="left")

    def _one(self, fact: Fact, day: pl.Expr, truth: pl.Expr | None, why_not: pl.Expr | None) -> pl.Expr:
        """What one row gives to a fact, or null."""
        import polars as pl

        first, last = self.first(fact.window), self.last(fact.window)
        bounded = fact.window is not None or not fact.in_term
        inside = (day >= first) & (day <= last) if bounded else day.is_not_null()
        in_term = self.in_term(day) if fact.in_term else None
        counted = inside if in_term is None else inside & in_term
        if fact.take in {Take.MISSING, Take.DOUBT}:
            if truth is None or why_not is None:
                return pl.lit(None, dtype=pl.Int16)
            return pl.when(truth.is_null() & counted).then(why_not)
        where = {Take.BEFORE: day < first, Take.AFTER: day > last, Take.OUTSIDE: inside & ~self.in_term(day)}.get(
            fact.take, counted
        )
        qualifies = where if truth is None else where & truth
        return pl.when(qualifies).then(pl.lit(value=True) if fact.take in _FLAGS else day)

    def _missing(self, condition: Condition, table: str, column: Callable[[FieldRef], pl.Expr]) -> pl.Expr:
        """The empty field that leaves a condition undecided, as an Int16 index into the names."""
        import polars as pl

        def number(ref: FieldRef) -> pl.Expr:
            if ref.outcome:
                theirs = pl.col(f"{'_parent.' if ref.parent else ''}{ref.outcome}.missing")
                return pl.coalesce(theirs, self.missing_name(ref.name))
            own = ref.parent or table == self.own_table
            name = self.start if own and ref.name == START else ref.name
            return self.missing_name(f"{self.own_table if own else table}.{name}")

        def asked(ref: ChildRef) -> pl.Expr:
            fields = [] if ref.condition is None else [each.name for each in ref.condition.fields if not each.parent]
            return self.missing_name(f"{ref.table}.{fields[0]}" if fields else ref.table)

        return to_missing(condition, column, number, self.asked, asked)


_FLAGS = {Take.BEFORE, Take.AFTER, Take.OUTSIDE}
