"""Facts about a subject, the windows they lie in, and what a kind decides from them.

A kind on one subject never sees a frame. It asks for facts, each a table, a row filter, a window from an anchor and
a flat aggregate, and decides from their columns. ``pbr.gather`` makes the columns, and ``pbr.columns`` shows them.
Days are whole numbers since 1970.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, TypeAlias

from attrs import define, evolve, field, frozen

from pbr.calendar import Date, Duration, PeriodKind  # noqa: TC001  # cattrs reads the annotations of Window
from pbr.problem import REASONS, STATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

    from pbr.condition import Condition, Formula
    from pbr.table import Table

START = "start"
STATE_CODE = {state: code for code, state in enumerate(STATES)}
REASON_CODE = {reason: code for code, reason in enumerate(REASONS)}

_STATE_OF_REASON = {
    "met": "met",
    "window_open": "pending",
    "part_pending": "pending",
    "part_unknown": "unknown",
    "missing_field": "unknown",
    "unknown_clause": "unknown",
    "no_group": "unknown",
    "two_groups": "unknown",
    "no_price": "unknown",
    "part_not_assessable": "not_assessable",
    "group_open": "pending",
    "not_settled": "pending",
    "nobody": "not_assessable",
    "too_few": "not_assessable",
    "low_response": "not_assessable",
    "no_answer": "not_assessable",
    "group_silent": "not_assessable",
    "part_excluded": "excluded",
    "excused": "excluded",
    "include_failed": "excluded",
    "exclude_hit": "excluded",
}


@frozen
class Named:
    """A length that stands under the name of a value.

    Attributes:
        name: Name of the value.
    """

    name: str

    def __str__(self) -> str:
        """As written in a contract."""
        return self.name


@frozen(kw_only=True)
class Window:
    """The days in which something must happen, counted from an anchor.

    Attributes:
        from_: Anchor whose own day is included: ``start`` or an outcome.
        after: Anchor from whose next day the window runs; exactly one of the two is given.
        for_: Length, or the value that gives it for the subject on the anchor's day; the last day is the anchor plus
            this.
        until: Last day itself; without either the window ends with the term.
    """

    from_: str | None = None
    after: str | None = None
    for_: Duration | Named | None = None
    until: Date | None = None

    @property
    def anchor(self) -> str:
        """What the window is counted from: ``start`` or the name of an outcome."""
        return self.from_ or self.after or START

    @property
    def offset(self) -> int:
        """Days from the anchor to the first day: 0 or 1."""
        return 0 if self.after is None else 1


@frozen(kw_only=True)
class Stays:
    """A state that holds from a day of a row to another, both included.

    Attributes:
        table: Name of the table.
        when: Row filter, or None for every row.
        from_: Field of the first day; an empty one means that it never began.
        to: Field of the last day; an empty one means that it goes on.
    """

    table: str
    when: Condition | None
    from_: str
    to: str


@frozen(kw_only=True)
class Turns:
    """A state that holds on the days on or before which more rows opened it than closed it before.

    Attributes:
        table: Name of the table.
        on: Field of the day of a row.
        opens: Which rows open it.
        closes: Which rows close it, on their own day as the last.
    """

    table: str
    on: str
    opens: Condition
    closes: Condition


Spell: TypeAlias = "Stays | Turns"
"""How the rows of a table give the days of a state."""


@frozen(kw_only=True)
class Context:
    """What the terms of one outcome came to when its contract was read.

    Attributes:
        when: Its condition, or None.
        figures: Its figures, by the key of the term that names them.
        spells: The states of the contract, by name.
        words: Words of an outcome that is met once for each, of which others ask.
        scale: How many parts make one of the number that it reads.
        keeps: Whether it is asked on which day it would be met if nothing had been undone.
        formula: Its formula in its unit, rounded if it is, or None.
        places: The decimals that write the figures of its formula.
        outcomes: The outcomes whose results its formula reads.
    """

    when: Condition | None = None
    figures: Mapping[str, Table] = field(factory=dict)
    spells: Mapping[str, Spell] = field(factory=dict)
    words: tuple[str, ...] = ()
    scale: int = 1
    keeps: bool = False
    formula: Formula | None = None
    places: int = 0
    outcomes: tuple[str, ...] = ()


class Take(enum.Enum):
    """The flat aggregate a fact takes over the rows of a subject."""

    FIRST = "first day in the window"
    LAST = "last day in the window"
    EVERY = "all the days in the window"
    MISSING = "a field whose emptiness leaves the filter undecided in the window"
    DOUBT = "the strongest doubt that leaves a filter undecided in the window that reads results"
    BEFORE = "whether a true row lies before the window"
    AFTER = "whether a true row lies after the window"
    OUTSIDE = "whether a true row lies in the window but outside the term"
    UNDONE = "whether a true row in the window and the term has been undone"


@frozen(kw_only=True)
class Reading:
    """How an outcome reads a table: which rows, by which date, in which window.

    Attributes:
        table: Name of the table.
        when: Row filter, or None for every row.
        date: Date field.
        window: Window, or None for the whole term.
        in_term: Whether a row outside the term counts for nothing (false for what defeats an absence).
        pick: The row that decides among those that qualify: FIRST or LAST, or EVERY one.
        to: Field of the last day of what a row is about, which an empty one leaves open; "" where it is one day.
        lasting: Whether what a row did lasts, so that one before the window counts too.
        undone: Field of the day on which what a row shows was undone; "" where nothing is.
        once: Field whose words tell apart what each counts once; "" where all rows are of one thing.
        only: The one of these words that is read; None for all.
        role: What the columns of its window and of the row picked begin with, where an outcome reads rows twice.
        contested: Whether an undecided row that would be picked in place of another leaves the outcome open.
    """

    table: str
    when: Condition | None
    date: str
    window: Window | None
    in_term: bool = True
    pick: Take = Take.FIRST
    to: str = ""
    lasting: bool = False
    undone: str = ""
    once: str = ""
    only: str | None = None
    role: str = ""
    contested: bool = False

    def fact(self, take: Take) -> Fact:
        """The fact with this aggregate over the rows read."""
        return Fact(
            table=self.table,
            when=self.when,
            date=self.date,
            window=self.window,
            in_term=self.in_term,
            take=take,
            undone=self.undone,
            once=self.once,
            only=self.only,
        )

    @property
    def group(self) -> tuple[str, Condition | None, str | None]:
        """Facts of one table, filter and anchor share a scan."""
        return self.table, self.when, self.window.anchor if self.window else None

    @property
    def hit(self) -> Fact:
        """The day that decides."""
        return self.fact(self.pick)

    @property
    def undecided(self) -> tuple[Fact, ...]:
        """What leaves a row undecided, if its filter or what it is of can be."""
        if self.when is None:
            return (self.fact(Take.MISSING),) if self.once else ()
        doubts = (self.fact(Take.DOUBT),) if self.when.results else ()
        return (self.fact(Take.MISSING), *doubts)


@frozen(kw_only=True)
class Fact:
    """One column about a subject: a table, a row filter, an anchor, a window and a flat aggregate.

    Facts that are equal are gathered once. The dtype is Int32 (days) for FIRST and LAST, Int16 (index of a name) for
    MISSING, UInt8 for DOUBT, Boolean otherwise; null means that no row qualifies.
    """

    table: str
    when: Condition | None
    date: str
    window: Window | None
    in_term: bool
    take: Take
    undone: str = ""
    once: str = ""
    only: str | None = None

    @property
    def group(self) -> tuple[str, Condition | None, str | None]:
        """Facts of one table, filter and anchor share a scan and a group-by."""
        return self.table, self.when, self.window.anchor if self.window else None


@frozen(kw_only=True)
class Each:
    """The day that decides for each word of a field, as parts of an outcome that can be met more than once.

    Attributes:
        reading: The rows; ``once`` names the field.
    """

    reading: Reading


@frozen(kw_only=True)
class Running:
    """A field added up over the days of rows read, or these counted, and the day on which that first reaches a figure.

    Attributes:
        reading: The rows.
        add: The field, a whole number in a frame; "" where each row counts one.
        least: The sum to be reached, whole numbers at the scale of the field; looked up on the anchor's day.
    """

    reading: Reading
    add: str = ""
    least: Table


@frozen(kw_only=True)
class Runs:
    """The runs of days in a window on which some states hold together and others do not.

    Attributes:
        within: States that must all hold.
        without: States none of which may hold.
        gap: A break of at most this many days does not end a run, and counts as held.
        window: The days looked at; None for the whole term.
        may_finish: Whether a run that began in the window is followed until the term ends.
    """

    within: tuple[Spell, ...]
    without: tuple[Spell, ...]
    gap: int
    window: Window | None
    may_finish: bool


class Counted(enum.Enum):
    """What is made of the runs of days."""

    ADDED_UP = "the day on which the days of all runs come to a length"
    UNBROKEN = "the day on which one run is as long as a length"
    BLOCKS = "blocks of a length, one begun with each run"
    RESUMED = "blocks of a length, gone on with after a break"
    DAYS = "days, in all or in each period"


@frozen(kw_only=True)
class Held:
    """What is made of runs of days.

    Attributes:
        runs: The runs.
        counted: What is made of them.
        length: How long, as durations by the labels on the anchor's day; None where days are counted.
        most: At most this many blocks; None for any number.
        period: The period in each of which days are counted; None for in all.
    """

    runs: Runs
    counted: Counted
    length: Table | None = None
    most: Table | None = None
    period: PeriodKind | None = None

    @property
    def is_once(self) -> bool:
        """Whether it is a day and has no parts."""
        return self.counted in {Counted.ADDED_UP, Counted.UNBROKEN}


@define
class Days:
    """What was made of runs of days, as expressions.

    Attributes:
        reached: Int32 day on which what is required was first there.
        number: Int64, how many blocks or days.
        days: Int64, how many days were held in all.
        latest: Int32 last day held so far.
        parts: List of ``occurrence`` (String), ``date`` (Int32) and ``value`` (Int64, null where it is one), by date.
        before: Whether a row lies before the window.
        after: Whether one lies after it.
        outside: Whether one lies in the window but outside the term.
        undecided: Where a row may count or not.
    """

    reached: pl.Expr
    number: pl.Expr
    days: pl.Expr
    latest: pl.Expr
    parts: pl.Expr
    before: pl.Expr
    after: pl.Expr
    outside: pl.Expr
    undecided: Undecided


@define
class Sums:
    """What a running sum came to, as expressions.

    Attributes:
        enough: Whether the sum of all its rows is as much as is to be reached.
        reached: Int32 day on which the sum of the days so far first was.
        seen: Whether any row counts.
        before: Whether a row lies before the window.
        after: Whether one lies after it.
        outside: Whether one lies in the window but outside the term.
        undecided: Where a row may count or not, or has nothing to add.
    """

    enough: pl.Expr
    reached: pl.Expr
    seen: pl.Expr
    before: pl.Expr
    after: pl.Expr
    outside: pl.Expr
    undecided: Undecided


@frozen(kw_only=True)
class Undecided:
    """Where a condition is undecided, as expressions.

    Attributes:
        test: Whether it is, for what may still be known of the subject.
        reason: UInt8 code of a reason, where it is.
        missing: Int16 index of the name of the field whose emptiness it is.
        never: Whether it is only for want of a date or value of what was not achieved; None if it reads no results.
    """

    test: pl.Expr
    reason: pl.Expr
    missing: pl.Expr
    never: pl.Expr | None = None


@define
class Decision:
    """What a kind decides about every subject, as expressions.

    Attributes:
        reason: UInt8 code of a reason.
        date: Int32 day, where met.
        state: UInt8 code of a state, where it does not follow from the reason alone.
        missing: Int16 index of the name of the field whose emptiness leaves it unknown.
        picked: Int32 day of the row that decided.
        value: Int64, how many parts of one it comes to; how many make one is what its kind says.
        parts: List of ``occurrence``, ``date`` and ``value`` for an outcome that can be met more than once.
        picks: The same list, of the rows that decided.
        days: Int64, how many days were held.
        latest: Int32 last day on which it was held.
        others: Columns of its kind alone, by what their names end with.
    """

    reason: pl.Expr
    date: pl.Expr
    state: pl.Expr | None = None
    missing: pl.Expr | None = None
    picked: pl.Expr | None = None
    value: pl.Expr | None = None
    parts: pl.Expr | None = None
    picks: pl.Expr | None = None
    days: pl.Expr | None = None
    latest: pl.Expr | None = None
    others: Mapping[str, pl.Expr] = field(factory=dict)

    def unless(
        self, test: pl.Expr, reason: pl.Expr, *, state: pl.Expr | None = None, missing: pl.Expr | None = None
    ) -> Decision:
        """The same decision, but where a test is true another reason, its state or the one given, and what is missing.

        A test that is null is not true. The date stays: it is kept only where the outcome is met in the end.
        """
        import polars as pl

        empty = pl.lit(None, dtype=pl.Int16)
        found = self.state
        if self.state is not None or state is not None:
            own = state_of(self.reason) if self.state is None else self.state
            found = pl.when(test).then(state_of(reason) if state is None else state).otherwise(own)
        return evolve(
            self,
            reason=pl.when(test).then(reason).otherwise(self.reason),
            state=found,
            missing=pl.when(test)
            .then(empty if missing is None else missing)
            .otherwise(empty if self.missing is None else self.missing),
        )


def reason_code(name: str) -> pl.Expr:
    """A reason as the UInt8 code held in frames."""
    import polars as pl

    return pl.lit(REASON_CODE[name], dtype=pl.UInt8)


def state_code(name: str) -> pl.Expr:
    """A state as the UInt8 code held in frames."""
    import polars as pl

    return pl.lit(STATE_CODE[name], dtype=pl.UInt8)


def first_true(rules: Iterable[tuple[pl.Expr | None, str | pl.Expr]], otherwise: str) -> pl.Expr:
    """The reason of the first rule whose condition is true, as a UInt8 code."""
    import polars as pl

    found = reason_code(otherwise)
    for condition, reason in reversed(list(rules)):
        if condition is not None:
            code = reason_code(reason) if isinstance(reason, str) else reason
            found = pl.when(condition).then(code).otherwise(found)
    return found


def state_of(reason: pl.Expr) -> pl.Expr:
    """The state that follows from a reason, as a UInt8 code."""
    import polars as pl

    states = [STATE_CODE[_STATE_OF_REASON.get(name, "not_met")] for name in REASONS]
    found = pl.lit(pl.Series(states, dtype=pl.UInt8)).gather(reason)
    return found if reason.meta.root_names() else found.first()  # of a reason without a column one, for everybody
