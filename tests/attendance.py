"""Attendance: an outcome that is met with enough sessions attended."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from pbr.kinds import Columns, Context, Decision, Reading, Running, Take, Window, anchors, figure, first_true


@frozen(kw_only=True)
class Attended:
    """Enough sessions attended.

    Meaning:
        The outcome is met on the day of the session that makes up the number required, counted inside the window.

    Terms:
        table: text. A child of the cohort's table, with a row for each session.
        when: condition on the row; default every row.
        date: date field of the row. An empty date means not happened.
        at_least: whole number from 1, or the name of a value: so many sessions.
        window: ``{from or after: start or an outcome, for: duration or until: date}``; default the whole term.
        excused_by: condition on the cohort's row under which what is missed is left out, not failed; default none.
        paid: ``no`` of a signpost; default what is so.

    Worked example:
        >>> Attended(table="sessions", date="on", at_least="6").reads()
        ()

    Edge of the rule:
        With ``at_least: 6``, six sessions are met on the day of the sixth, and five are not met.

    Source:
        Clause 4 of the service specification.
    """

    version: ClassVar[str] = "1"
    parts: ClassVar[None] = None
    value_type: ClassVar[None] = None

    kind: str = "attended"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    paid: str | None = None
    table: str
    when: str | None = None
    date: str
    at_least: str = figure("count")
    window: Window | None = None
    excused_by: str | None = None

    def reads(self) -> tuple[str, ...]:
        """The outcome its window starts from, if any."""
        return anchors(self.window)

    def readings(self, ctx: Context) -> tuple[Reading, ...]:
        """Every session inside the window and the term."""
        return (Reading(table=self.table, when=ctx.when, date=self.date, window=self.window, pick=Take.EVERY),)

    def facts(self, ctx: Context) -> tuple[Running, ...]:
        """The sessions, counted day by day until there are enough."""
        (reading,) = self.readings(ctx)
        return (Running(reading=reading, least=ctx.figures["at_least"]),)

    def decide(self, columns: Columns, ctx: Context) -> Decision:
        """Met once enough are sure, else unknown, else pending while the window is open, else not met."""
        (running,) = self.facts(ctx)
        window, sums = self.window, columns.sums(running)
        last, undecided = columns.clipped(window), sums.undecided
        reason = first_true(
            [
                (sums.enough & sums.seen, "met"),
                (undecided.test, undecided.reason),
                (columns.empty(window), "window_empty"),
                (None if window is None else columns.first(window) > last, "outside_term"),
                (columns.now() < last, "window_open"),
                (undecided.never, "part_not_met"),
                (sums.seen, "too_little"),
                (sums.outside, "outside_term"),
                (None if window is None else sums.after, "after_window"),
                (None if window is None else sums.before, "before_window"),
            ],
            otherwise="no_evidence",
        )
        decision = Decision(reason=reason, date=sums.reached, missing=undecided.missing)
        return columns.anchored(window, columns.summed(running, decision))


KINDS = (Attended,)
