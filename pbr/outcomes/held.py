"""Outcome kind ``held``: a state that holds for long enough, block after block, or for so many days."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from attrs import frozen

from pbr.calendar import Duration, PeriodKind
from pbr.facts import Counted, Decision, Reading, Runs, Stays, Take, Window, first_true
from pbr.facts import Held as HeldFact
from pbr.outcomes.event import anchors

if TYPE_CHECKING:
    import polars as pl

    from pbr.columns import Columns
    from pbr.condition import ValueType
    from pbr.facts import Context, Days, Spell


class Run(enum.Enum):
    """Which days make up a length."""

    ADDED_UP = "added_up"
    UNBROKEN = "unbroken"


class AfterGap(enum.Enum):
    """What becomes of a block that a break ends."""

    RESTART = "restart"
    RESUME = "resume"


class LastRun(enum.Enum):
    """What becomes of a run that the end of the window cuts."""

    CUT = "cut"
    MAY_FINISH = "may_finish"


class Count(enum.Enum):
    """What is counted."""

    DAYS = "days"


@frozen(kw_only=True)
class Held:
    """States of the contract that hold together for long enough, block after block, or for so many days.

    Meaning:
        The outcome is met on the last day needed for the states named under ``in`` to have held together, and none
        named under ``not_in``, for as long as is stated.

    Terms:
        in: list of states under ``spells``; all must hold; default none, and then there is ``not_in``.
        not_in: list of states none of which may hold; default none.
        gap: duration in days or weeks: a break of at most this long ends nothing and counts as held; default none.
        run: ``added_up``: all days count together, or ``unbroken``: those of one run; default none, and then days are
            counted.
        for: duration, or the name of a value: held once for this long; both ends count; default none.
        every: duration, or the name of a value: met again for each whole block of this length; default none.
        at_most: number, or the name of a value: no more blocks than this; default none.
        after_gap: ``restart``: a block begins with each run, or ``resume``: it goes on after the break; default
            ``restart``.
        count: ``days``: the outcome is the number of days held; default none. One of ``for``, ``every`` and ``count``
            is given.
        per: list of the noun of the cohort and at most one period, for ``count``: a number for each period, once it is
            over; default none.
        window: ``{from or after: start or an outcome, for: duration or until: date}``; default the whole term.
        last_run: ``cut``: the window ends every run, or ``may_finish``: one that began in it is followed to the end of
            the term; default ``cut``.
        excused_by: condition on the cohort's row under which what is missed is left out, not failed; default none.
        paid: ``no`` of a signpost, which is measured and reported, and on which no money depends; ``yes`` if some does;
            default what is so.

    Worked example:
        >>> Held(in_=("working",), run=Run.ADDED_UP, for_="26 weeks").counted
        <Counted.ADDED_UP: 'the day on which the days of all runs come to a length'>

    Edge of the rule:
        182 days from 5 September 2011 have been held on 4 March 2012; a job that ends on 3 March falls a day short.

    Source:
        docs/explanation/rules.md, rules 2, 4, 5 and 8. Days before or after the window, the term or today do not count.
    """

    kind: str = "held"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    paid: str | None = None
    in_: tuple[str, ...] = ()
    not_in: tuple[str, ...] = ()
    gap: Duration | None = None
    run: Run | None = None
    for_: str | None = None
    every: str | None = None
    at_most: str | None = None
    after_gap: AfterGap = AfterGap.RESTART
    count: Count | None = None
    per: tuple[str, ...] = ()
    window: Window | None = None
    last_run: LastRun = LastRun.CUT
    excused_by: str | None = None

    @property
    def parts(self) -> int | None:
        """Blocks and days are whole; a length held has no number."""
        return None if self.for_ is not None else 1

    @property
    def value_type(self) -> ValueType | None:
        """What the number of blocks or days is in conditions."""
        from pbr.condition import Kind, ValueType

        return None if self.parts is None else ValueType(kind=Kind.NUMBER)

    @property
    def counted(self) -> Counted:
        """What is made of the runs of days."""
        if self.count is not None:
            return Counted.DAYS
        if self.every is None:
            return Counted.ADDED_UP if self.run is Run.ADDED_UP else Counted.UNBROKEN
        resumed = self.run is Run.ADDED_UP or self.after_gap is AfterGap.RESUME
        return Counted.RESUMED if resumed else Counted.BLOCKS

    @property
    def period(self) -> PeriodKind | None:
        """The period in each of which days are counted."""
        return next((kind for kind in PeriodKind if kind.value in self.per), None)

    def reads(self) -> tuple[str, ...]:
        """The outcome its window starts from, if any."""
        return anchors(self.window)

    def readings(self, ctx: Context) -> tuple[Reading, ...]:
        """The rows of each state, by their first day."""
        found: list[Reading] = []
        for name in (*self.in_, *self.not_in):
            found += _readings(ctx.spells[name], self.window)
        return tuple(found)

    def facts(self, ctx: Context) -> tuple[HeldFact, ...]:
        """What is made of the runs of days."""
        return (self._fact(ctx),)

    def _fact(self, ctx: Context) -> HeldFact:
        runs = Runs(
            within=tuple(ctx.spells[name] for name in self.in_),
            without=tuple(ctx.spells[name] for name in self.not_in),
            gap=(self.gap.days or 0) if self.gap else 0,
            window=self.window,
            may_finish=self.last_run is LastRun.MAY_FINISH,
        )
        length = ctx.figures.get("for" if self.every is None else "every")
        most = ctx.figures.get("at_most")
        return HeldFact(runs=runs, counted=self.counted, length=length, most=most, period=self.period)

    def decide(self, columns: Columns, ctx: Context) -> Decision:
        """Met if held, else unknown, else pending, else not met with the nearest reason; a number is known first."""
        fact, window = self._fact(ctx), self.window
        days, last = columns.held(fact), columns.clipped(window)
        met = days.reached.is_not_null()
        counts = self.counted is Counted.DAYS
        reason = first_true(
            [
                (None if counts else met, "met"),
                (days.undecided.test, days.undecided.reason),
                (met, "met"),
                (columns.empty(window), "window_empty"),
                (None if window is None else columns.first(window) > last, "outside_term"),
                (self._open(columns, days, last), "window_open"),
                ((days.days > 0).fill_null(value=False), "too_short"),
                (days.outside, "outside_term"),
                (None if window is None else days.after, "after_window"),
                (None if window is None else days.before, "before_window"),
            ],
            otherwise="no_evidence",
        )
        value = days.number if self.parts else None
        parts = days.parts if self.parts else None
        decision = Decision(
            reason=reason,
            date=days.reached,
            missing=days.undecided.missing,
            value=value,
            parts=parts,
            days=days.days.fill_null(0),
            latest=days.latest,
        )
        return columns.anchored(window, columns.known(fact, decision))

    def _open(self, columns: Columns, days: Days, last: pl.Expr) -> pl.Expr:
        """Whether there are days to come that may count."""
        is_open = columns.now() < last
        if self.last_run is LastRun.CUT:
            return is_open
        gap = (self.gap.days or 0) if self.gap else 0
        goes_on = (days.latest >= columns.now() - gap).fill_null(value=False)
        return is_open | (goes_on & (columns.now() < columns.day(columns.term.last)))


def _readings(spell: Spell, window: Window | None) -> tuple[Reading, ...]:
    """The rows of a state: those of stays from their first day to their last, those of turns for good."""
    if isinstance(spell, Stays):
        reading = Reading(
            table=spell.table, when=spell.when, date=spell.from_, window=window, pick=Take.EVERY, to=spell.to
        )
        return (reading,)
    return tuple(
        Reading(table=spell.table, when=when, date=spell.on, window=window, pick=Take.EVERY, lasting=True)
        for when in (spell.opens, spell.closes)
    )
