"""Outcome kind ``total``: the sum of a field reaches a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from attrs import frozen

from pbr.facts import Decision, Reading, Running, Take, Window, first_true
from pbr.outcomes.event import anchors

if TYPE_CHECKING:
    from pbr.columns import Columns
    from pbr.facts import Context


@frozen(kw_only=True)
class Total:
    """A field of the rows of a table, added up, reaches a figure or exceeds it.

    Meaning:
        The outcome is met on the first day on which the sum of the days so far is as much as is stated, if the sum of
        all the rows that count still is; a row below zero takes away from it.

    Terms:
        table: text. A child of the cohort's table.
        when: condition on the row, which may read results of other outcomes; default every row.
        add: number or money field of the row. An empty one leaves the outcome unknown.
        date: date field of the row. An empty date means not happened.
        reaches: number or money, or the name of a value: the sum is this much or more; default none, and then there is
            ``exceeds``.
        exceeds: number or money, or the name of a value: the sum is more than this; default none, and then there is
            ``reaches``.
        window: ``{from or after: start or an outcome, for: duration or until: date}``; default the whole term.
        undone_by: date field of the row: from that day on it adds nothing; default none.
        excused_by: condition on the cohort's row under which what is missed is left out, not failed; default none.
        paid: ``no`` of a signpost, which is measured and reported, and on which no money depends; ``yes`` if some does;
            default what is so.

    Worked example:
        >>> Total(table="pay", add="amount", date="on", reaches="3415.36").least
        '3415.36'

    Edge of the rule:
        Six payments of 600.00 and ``reaches: 3600.00``: met on the day of the sixth; ``exceeds: 3600.00``: not met.

    Source:
        docs/explanation/rules.md, rules 4, 5 and 8. The figure is that of the subject's labels on the anchor's day.
    """

    kind: str = "total"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    paid: str | None = None
    table: str
    when: str | None = None
    add: str
    date: str
    reaches: str | None = None
    exceeds: str | None = None
    window: Window | None = None
    undone_by: str | None = None
    excused_by: str | None = None
    parts: ClassVar[None] = None
    value_type: ClassVar[None] = None

    @property
    def least(self) -> str:
        """The figure that is to be reached or exceeded, as written."""
        return str(self.exceeds if self.reaches is None else self.reaches)

    def reads(self) -> tuple[str, ...]:
        """The outcome its window starts from, if any."""
        return anchors(self.window)

    def readings(self, ctx: Context) -> tuple[Reading, ...]:
        """The rows of its table."""
        return (self.reading(ctx),)

    def reading(self, ctx: Context) -> Reading:
        """Rows by the date named, inside the window and the term; every one of them counts."""
        return Reading(
            table=self.table,
            when=ctx.when,
            date=self.date,
            window=self.window,
            pick=Take.EVERY,
            undone=self.undone_by or "",
        )

    def facts(self, ctx: Context) -> tuple[Running, ...]:
        """The running sum."""
        return (self._running(ctx),)

    def _running(self, ctx: Context) -> Running:
        least = ctx.figures["exceeds" if self.reaches is None else "reaches"]
        return Running(reading=self.reading(ctx), add=self.add, least=least)

    def decide(self, columns: Columns, ctx: Context) -> Decision:
        """Unknown, else met if the sum is enough, else pending, else not met with the nearest reason."""
        running, window = self._running(ctx), self.window
        sums, last = columns.sums(running), columns.clipped(window)
        undecided = sums.undecided
        is_open = columns.now() < last
        never = undecided.never
        reason = first_true(
            [
                (undecided.test, undecided.reason),
                (None if never is None else never & is_open, "window_open"),
                (never, "part_not_met"),
                (sums.enough & sums.seen, "met"),
                (columns.empty(window), "window_empty"),
                (None if window is None else columns.first(window) > last, "outside_term"),
                (is_open, "window_open"),
                (sums.seen, "too_little"),
                (sums.outside, "outside_term"),
                (None if window is None else sums.after, "after_window"),
                (None if window is None else sums.before, "before_window"),
            ],
            otherwise="no_evidence",
        )
        decision = Decision(reason=reason, date=sums.reached, missing=undecided.missing)
        return columns.anchored(window, columns.summed(running, decision))
