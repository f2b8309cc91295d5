"""Outcome kind ``fact``: something is true of the subject's own row."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from attrs import frozen

from pbr.facts import START, Decision, Fact, Reading, Window, first_true
from pbr.outcomes.event import anchors

if TYPE_CHECKING:
    from pbr.columns import Columns
    from pbr.facts import Context


@frozen(kw_only=True)
class OwnFact:
    """A condition on the subject's own row.

    Meaning:
        The outcome is met on its date when the condition is true of the participant's own row.

    Terms:
        when: condition on the cohort's row, which may read results of other outcomes.
        date: date field of that row, or ``start``; default ``start``. An empty date means not happened.
        window: ``{from or after: start or an outcome, for: duration or until: date}``; default the whole term.
        excused_by: condition on the cohort's row under which what is missed is left out, not failed; default none.
        paid: ``no`` of a signpost, which is measured and reported, and on which no money depends; ``yes`` if some does;
            default what is so.

    Worked example:
        >>> OwnFact(when="age_on(born_on, start) >= 18").date
        'start'

    Edge of the rule:
        ``age_on(born_on, start) >= 18``: true on the eighteenth birthday, not on the day before.

    Source:
        docs/explanation/rules.md, rules 4, 5 and 8.
    """

    kind: str = "fact"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    paid: str | None = None
    when: str
    date: str = START
    window: Window | None = None
    excused_by: str | None = None
    parts: ClassVar[None] = None
    value_type: ClassVar[None] = None

    def reads(self) -> tuple[str, ...]:
        """The outcome its window starts from, if any."""
        return anchors(self.window)

    def readings(self, ctx: Context) -> tuple[Reading, ...]:  # noqa: ARG002  # the same for every kind
        """It reads no table but the subject's own row."""
        return ()

    def facts(self, ctx: Context) -> tuple[Fact, ...]:  # noqa: ARG002  # the same for every kind
        """No facts of other rows."""
        return ()

    def decide(self, columns: Columns, ctx: Context) -> Decision:
        """Met in window and term; unknown where a field is empty; pending while the window is open."""
        import polars as pl

        when = ctx.when
        assert when is not None, "a fact has a condition"
        window = self.window
        day = columns.own_day(self.date)
        dated = (day <= columns.now()).fill_null(value=False)
        truth, last, open_still = columns.true(when), columns.clipped(window), columns.undecided_own(when)
        happened = truth & dated
        reason = first_true(
            [
                (open_still.test, open_still.reason),
                (columns.empty(window), "window_empty"),
                (None if window is None else happened & (day > columns.last(window)), "after_window"),
                (None if window is None else happened & (day < columns.first(window)), "before_window"),
                (happened & ~columns.in_term(day), "outside_term"),
                (happened, "met"),
                (None if window is None else columns.first(window) > last, "outside_term"),
                (columns.now() < last, "window_open"),
                (open_still.never, "part_not_met"),
            ],
            otherwise="not_true",
        )
        missing = pl.when(truth.is_null()).then(open_still.missing)
        return columns.anchored(window, Decision(reason=reason, date=day, missing=missing))
