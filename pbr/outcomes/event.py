"""Outcome kind ``event``: something happened in time."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from pbr.facts import Decision, Each, Fact, Reading, Take, Window, first_true

if TYPE_CHECKING:
    from pbr.columns import Columns
    from pbr.condition import ValueType
    from pbr.facts import Context


class Pick(enum.Enum):
    """Which of several qualifying rows gives the date."""

    FIRST = "first"
    LAST = "last"


@frozen(kw_only=True)
class Event:
    """A row of a table that shows something happened, dated inside a window.

    Meaning:
        The outcome is met when a row that passes the filter is dated inside the window and the term.

    Terms:
        table: text. The cohort's table or a child of it.
        when: condition on the row, which may read results of other outcomes; default every row.
        date: date field of the row. An empty date means not happened.
        pick: ``first`` or ``last`` of the rows that qualify; default ``first``.
        window: ``{from or after: start or an outcome, for: duration or until: date}``; default the whole term.
        once_per: text, whole number, id or provider field of the row: the outcome is met once for each word of it, and
            ``NAME.WORD`` is one of them; default none, and then it is met once.
        undone_by: date field of the row: from that day on what the row shows has not happened; default none.
        excused_by: condition on the cohort's row under which what is missed is left out, not failed; default none.
        paid: ``no`` of a signpost, which is measured and reported, and on which no money depends; ``yes`` if some does;
            default what is so.

    Worked example:
        >>> Event(table="events", when="kind = 'start'", date="on", window=Window(after="start")).reads()
        ()

    Edge of the rule:
        Within 12 weeks after 1 April 2025, a row of 24 June 2025 is met and one of 25 June 2025 is not.

    Source:
        docs/explanation/rules.md, rules 2, 4, 5 and 8.
    """

    kind: str = "event"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    paid: str | None = None
    table: str
    when: str | None = None
    date: str
    pick: Pick = Pick.FIRST
    window: Window | None = None
    once_per: str | None = None
    undone_by: str | None = None
    excused_by: str | None = None

    @property
    def parts(self) -> int | None:
        """How often it was met is whole; what is met once has no number."""
        return None if self.once_per is None else 1

    @property
    def value_type(self) -> ValueType | None:
        """What the number of times it was met is in conditions."""
        from pbr.condition import Kind, ValueType

        return None if self.parts is None else ValueType(kind=Kind.NUMBER)

    def reads(self) -> tuple[str, ...]:
        """The outcome its window starts from, if any."""
        return anchors(self.window)

    def readings(self, ctx: Context) -> tuple[Reading, ...]:
        """The rows of its table."""
        return (self.reading(ctx),)

    def reading(self, ctx: Context, word: str | None = None) -> Reading:
        """Rows by the date named, inside the window and the term; of all words, or of one."""
        return Reading(
            table=self.table,
            when=ctx.when,
            date=self.date,
            window=self.window,
            pick=Take.FIRST if self.pick is Pick.FIRST else Take.LAST,
            undone=self.undone_by or "",
            once=self.once_per or "",
            only=word,
        )

    def facts(self, ctx: Context) -> tuple[Fact | Each, ...]:
        """The day that decides, an undecided row, and why other rows do not count; for each word asked about too."""
        reading = self.reading(ctx)
        each = (Each(reading=reading),) if self.once_per else ()
        words = [self._facts(self.reading(ctx, word)) for word in ctx.words]
        stood = (self._stood(ctx),) if ctx.keeps else ()
        return (*each, *stood, *self._facts(reading), *(fact for facts in words for fact in facts))

    def _stood(self, ctx: Context) -> Fact | Each:
        """The day that would decide, or that of each word, if nothing had been undone."""
        reading = evolve(self.reading(ctx), undone="")
        return Each(reading=reading) if self.once_per else reading.hit

    def _facts(self, reading: Reading) -> tuple[Fact, ...]:
        takes = [Take.OUTSIDE] if self.window is None else [Take.OUTSIDE, Take.BEFORE, Take.AFTER]
        takes += [Take.UNDONE] if self.undone_by else []
        return (reading.hit, *reading.undecided, *(reading.fact(take) for take in takes))

    def decide(self, columns: Columns, ctx: Context) -> Decision:
        """Met, else unknown, else pending, else not met with the nearest reason."""
        decision = self._decide(columns, self.reading(ctx))
        if ctx.keeps:
            fact = self._stood(ctx)
            stood = columns.each(fact)[2] if isinstance(fact, Each) else columns.fact(fact)
            decision = evolve(decision, others={"stood": stood})
        if self.once_per is None:
            return decision
        first, number, parts = columns.each(Each(reading=self.reading(ctx)))
        return evolve(decision, date=first, picked=first, value=number, parts=parts, picks=parts)

    def decide_words(self, columns: Columns, ctx: Context) -> dict[str, Decision]:
        """The same for each word asked about."""
        return {word: self._decide(columns, self.reading(ctx, word)) for word in ctx.words}

    def _decide(self, columns: Columns, reading: Reading) -> Decision:
        window = self.window
        hit, last = columns.fact(reading.hit), columns.clipped(window)
        open_still = columns.undecided(reading)
        reason = first_true(
            [
                (hit.is_not_null(), "met"),
                *((each.test, each.reason) for each in open_still),
                (columns.empty(window), "window_empty"),
                (None if window is None else columns.first(window) > last, "outside_term"),
                (columns.now() < last, "window_open"),
                *((each.never, "part_not_met") for each in open_still),
                (columns.fact(reading.fact(Take.UNDONE)) if self.undone_by else None, "undone"),
                (columns.fact(reading.fact(Take.OUTSIDE)), "outside_term"),
                (None if window is None else columns.fact(reading.fact(Take.AFTER)), "after_window"),
                (None if window is None else columns.fact(reading.fact(Take.BEFORE)), "before_window"),
            ],
            otherwise="no_evidence",
        )
        missing = next((each.missing for each in open_still), None)
        return columns.anchored(window, Decision(reason=reason, date=hit, missing=missing, picked=hit))


def anchors(window: Window | None) -> tuple[str, ...]:
    """The outcome a window starts from, if it is not the cohort's start."""
    return () if window is None or window.anchor == "start" else (window.anchor,)


def once_per(outcome: object) -> str | None:
    """The field for each word of which an outcome is met once, if it is of a kind that can be and says so."""
    found: str | None = getattr(outcome, "once_per", None)
    return found


def outcome_of(name: str) -> str:
    """The outcome that a name is of: of ``milestone.started``, which is one of its words, ``milestone``."""
    return name.partition(".")[0]
