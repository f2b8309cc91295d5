"""Outcome kind ``absence``: something stayed away until a day had passed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from attrs import frozen

from pbr.facts import Decision, Fact, Reading, Window, first_true
from pbr.outcomes.event import anchors

if TYPE_CHECKING:
    from pbr.columns import Columns
    from pbr.facts import Context


@frozen(kw_only=True)
class Absence:
    """No row of a table shows something inside a window, and the window is over.

    Meaning:
        The outcome is met on the last day of the window if no row that passes the filter is dated inside it.

    Terms:
        table: text. The cohort's table or a child of it.
        when: condition on the row, which may read results of other outcomes; default every row.
        date: date field of the row. An empty date means not happened.
        window: ``{from or after: start or an outcome, for: duration or until: date}``; default the whole term.
        undone_by: date field of the row: from that day on it defeats nothing; default none.
        excused_by: condition on the cohort's row under which what is missed is left out, not failed; default none.
        paid: ``no`` of a signpost, which is measured and reported, and on which no money depends; ``yes`` if some does;
            default what is so.

    Worked example:
        >>> Absence(table="events", when="kind = 'return'", date="on", window=Window(after="completed")).reads()
        ('completed',)

    Edge of the rule:
        For 6 months after 30 September 2025: a return on 30 March 2026 defeats it, one on 31 March 2026 does not.

    Source:
        docs/explanation/rules.md, rules 2, 4, 5 and 8. A row in its window defeats it whatever the term.
    """

    kind: str = "absence"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    paid: str | None = None
    table: str
    when: str | None = None
    date: str
    window: Window | None = None
    undone_by: str | None = None
    excused_by: str | None = None
    parts: ClassVar[None] = None
    value_type: ClassVar[None] = None

    def reads(self) -> tuple[str, ...]:
        """The outcome its window starts from, if any."""
        return anchors(self.window)

    def readings(self, ctx: Context) -> tuple[Reading, ...]:
        """The rows of its table."""
        return (self.reading(ctx),)

    def reading(self, ctx: Context) -> Reading:
        """Rows by the date named, inside the window, whatever the term."""
        return Reading(
            table=self.table,
            when=ctx.when,
            date=self.date,
            window=self.window,
            in_term=False,
            undone=self.undone_by or "",
        )

    def facts(self, ctx: Context) -> tuple[Fact, ...]:
        """The first day that defeats it, and an undecided row."""
        reading = self.reading(ctx)
        return (reading.hit, *reading.undecided)

    def decide(self, columns: Columns, ctx: Context) -> Decision:
        """Defeated, else outside the term, else unknown, else pending, else met on the last day."""
        reading, window = self.reading(ctx), self.window
        hit, last = columns.fact(reading.hit), columns.last(window)
        open_still = columns.undecided(reading)
        reason = first_true(
            [
                (hit.is_not_null(), "defeated"),
                (columns.empty(window), "window_empty"),
                (None if window is None else ~columns.in_term(last) | (columns.first(window) > last), "outside_term"),
                *((each.test, each.reason) for each in open_still),
                (columns.now() < last, "window_open"),
                *((each.never, "part_not_met") for each in open_still),
            ],
            otherwise="met",
        )
        missing = next((each.missing for each in open_still), None)
        return columns.anchored(window, Decision(reason=reason, date=last, missing=missing, picked=hit))
