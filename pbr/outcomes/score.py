"""Outcome kind ``score``: a score, or how it changed from a baseline, is what is required."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, ClassVar

from attrs import frozen

from pbr.calendar import Duration, parse_date
from pbr.facts import START, Decision, Reading, Take, Window, first_true
from pbr.outcomes.event import Pick, anchors
from pbr.scoring import Items, Number, Scored

if TYPE_CHECKING:
    from fractions import Fraction

    import polars as pl

    from pbr.columns import Columns
    from pbr.facts import Context, Undecided
    from pbr.scoring import Scores
    from pbr.table import Table


class Change(enum.Enum):
    """Which way a score has to move."""

    UP = "up"
    DOWN = "down"


class Of(enum.Enum):
    """What a change is a percentage of."""

    BASELINE = "baseline"


@frozen(kw_only=True)
class Baseline:
    """The row that a change is measured from.

    Attributes:
        pick: `first` or `last` of the rows that qualify; `last` by default.
        from_: Anchor whose own day is included: `start` or an outcome.
        after: Anchor from whose next day rows qualify.
        for_: Length, counted from `from` or `after`.
        until: Last day: a date, or without `from` or `after` also `start` or an outcome, whose day is included; `start`
            by default.
    """

    pick: Pick = Pick.LAST
    from_: str | None = None
    after: str | None = None
    for_: Duration | None = None
    until: str | None = None

    @property
    def begins(self) -> bool:
        """Whether its rows have a first day."""
        return self.from_ is not None or self.after is not None

    @property
    def window(self) -> Window:
        """The window with the last day of its rows; the first day counts only if they have one."""
        until = parse_date(self.until or "")
        if self.begins:
            return Window(from_=self.from_, after=self.after, for_=self.for_, until=until)
        if until is not None:
            return Window(from_=START, until=until)
        return Window(from_=self.until or START, for_=Duration(0, "days"))


@frozen(kw_only=True)
class FollowUp:
    """The row that gives the score.

    Attributes:
        pick: `first` or `last` of the rows that qualify; `last` by default.
    """

    pick: Pick = Pick.LAST


@frozen(kw_only=True)
class Reliable:
    """A change that chance alone would hardly bring about: more than z x sd x sqrt(2) x sqrt(1 - reliability).

    Attributes:
        sd: Standard deviation of the score.
        reliability: Of the questionnaire, from 0 to below 1.
        level: Confidence, two-sided: 80%, 90%, 95%, 98%, 99% or 99.8%.
        z: Instead of a level, its number of standard errors, such as 1.96.
    """

    sd: str
    reliability: str
    level: str | None = None
    z: str | None = None


TESTS = ("at_least", "at_most", "above", "below", "reliable")
"""Keys of the tests of a score, of which one is given."""


@frozen(kw_only=True)
class Score:
    """The score of a row, or its change from the score of an earlier one, passes a test.

    Meaning:
        The outcome is met on the day of the follow-up if its score, or the change from the baseline to it, is what is
        required.

    Terms:
        table: text. A child of the cohort's table; for a score without a change also the cohort's own.
        when: condition on the row, which may read results of other outcomes; default every row.
        date: date field of the row. An empty date means not happened.
        value: number field of the row, or ``{sum: [fields], each: 1 to 4}`` with ``reverse``, ``most_missing`` and
            ``fill``. A row that is picked and has no score leaves the outcome unknown.
        baseline: ``{pick: first or last, until: start, an outcome or a date}``, or ``from`` or ``after`` a day with
            ``for: duration`` or ``until: date``; default ``{pick: last, until: start}`` if there is a change.
        follow_up: ``{pick: first or last}`` of the rows in the window that are later than the baseline; default last.
        change: ``up`` or ``down``: how much the score rose or fell since the baseline is tested; default none, and then
            the score itself is.
        of: ``baseline``: the change is a percentage of the baseline's score; default none.
        at_least: number, percentage, or the name of a value: this much or more; default none.
        at_most: number, percentage, or the name of a value: this much or less; default none.
        above: number, percentage, or the name of a value: more than this; default none.
        below: number, percentage, or the name of a value: less than this; default none.
        reliable: ``{sd: number, reliability: ratio, level: 95%}``, or ``z`` for ``level``: the change is more than
            chance would bring, either way or the way of ``change``; default none. One of these five is given.
        per: list of the noun of its table, such as ``answer``: each row has a score of its own, which a measure counts;
            of a participant it says what the last answer came to; default none.
        window: ``{from or after: start or an outcome, for: duration or until: date}`` of the follow-up; default the
            whole term.
        undone_by: date field of the row: from that day on the row does not count; default none.
        excused_by: condition on the cohort's row under which what is missed is left out, not failed; default none.
        paid: ``no`` of a signpost, which is measured and reported, and on which no money depends; ``yes`` if some does;
            default what is so.

    Worked example:
        >>> Score(table="reviews", date="on", value="days_used", change=Change.DOWN, at_least="13").figures
        ('13',)

    Edge of the rule:
        From 25 days to 12 with ``change: down`` and ``at_least: 13`` is met, from 25 to 13 is not. With an sd of 7.5, a
        reliability of 0.80 and 95%, a change of 9.2971 is reliable and one of 9.2970 is not.

    Source:
        docs/explanation/rules.md, rules 4, 5, 8, 14 and 16. Figures are those of the subject's labels on the anchor's
        day.
    """

    kind: str = "score"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    paid: str | None = None
    table: str
    when: str | None = None
    date: str
    value: str | Items
    baseline: Baseline | None = None
    follow_up: FollowUp | None = None
    change: Change | None = None
    of: Of | None = None
    at_least: str | None = None
    at_most: str | None = None
    above: str | None = None
    below: str | None = None
    reliable: Reliable | None = None
    per: tuple[str, ...] = ()
    window: Window | None = None
    undone_by: str | None = None
    excused_by: str | None = None
    parts: ClassVar[None] = None
    value_type: ClassVar[None] = None

    @property
    def changes(self) -> bool:
        """Whether a change is tested, and not the score itself."""
        return self.change is not None or self.reliable is not None

    @property
    def test(self) -> str:
        """The key of its test."""
        return next(key for key in TESTS if getattr(self, key) is not None)

    @property
    def span(self) -> Baseline:
        """Where its baseline may lie."""
        return self.baseline or Baseline()

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that its score is made of."""
        return self.value.fields if isinstance(self.value, Items) else (self.value,)

    @property
    def figures(self) -> tuple[str, ...]:
        """The numbers that its test is made of, as written."""
        tests = [getattr(self, key) for key in TESTS if key != "reliable"]
        chance = (self.reliable.sd, self.reliable.reliability, self.reliable.z) if self.reliable else ()
        return tuple(text for text in (*tests, *chance) if text is not None)

    def reads(self) -> tuple[str, ...]:
        """The outcomes its window and its baseline are counted from, if any."""
        base = anchors(self.span.window) if self.changes else ()
        return tuple(dict.fromkeys((*anchors(self.window), *base)))

    def readings(self, ctx: Context) -> tuple[Reading, ...]:
        """The rows of its table: as the follow-up, and as the baseline."""
        return (self.reading(ctx), *([self.base(ctx)] if self.changes else []))

    def reading(self, ctx: Context) -> Reading:
        """Rows by the date named, inside the window and the term."""
        pick = (self.follow_up or FollowUp()).pick
        return Reading(
            table=self.table,
            when=ctx.when,
            date=self.date,
            window=self.window,
            pick=Take.FIRST if pick is Pick.FIRST else Take.LAST,
            undone=self.undone_by or "",
            contested=True,
        )

    def base(self, ctx: Context) -> Reading:
        """Rows that may be the baseline, whatever the term."""
        return Reading(
            table=self.table,
            when=ctx.when,
            date=self.date,
            window=self.span.window,
            in_term=False,
            pick=Take.FIRST if self.span.pick is Pick.FIRST else Take.LAST,
            lasting=not self.span.begins,
            undone=self.undone_by or "",
            role="baseline_",
            contested=True,
        )

    def facts(self, ctx: Context) -> tuple[Scored, ...]:
        """The rows that are picked, and their scores."""
        return (self.fact(ctx),)

    def fact(self, ctx: Context) -> Scored:
        """The rows that are picked, and their scores."""
        value = self.value if isinstance(self.value, Items) else Number(name=self.value, parts=ctx.scale)
        return Scored(follow=self.reading(ctx), base=self.base(ctx) if self.changes else None, value=value)

    def decide(self, columns: Columns, ctx: Context) -> Decision:
        """What the baseline leaves open, then what the follow-up does, then met if the test is passed."""
        fact, window = self.fact(ctx), self.window
        found, last = columns.scores(fact), columns.clipped(window)
        is_open = columns.now() < last
        has_day, table = found.day.is_not_null(), ctx.figures[self.test]
        anchor = found.day if self.per else columns.anchor(window)
        reason = first_true(
            [
                *(self._of_baseline(columns, found.base) if found.base else []),
                *_open(found.undecided, is_open),
                (columns.empty(window), "window_empty"),
                (None if window is None else columns.first(window) > last, "outside_term"),
                (~has_day & is_open, "window_open"),
                (~has_day & found.flags["outside"], "outside_term"),
                (None if window is None else ~has_day & found.flags["after"], "after_window"),
                (None if window is None or self.changes else ~has_day & found.flags["before"], "before_window"),
                (~has_day, "no_answer" if self.per else "no_evidence"),
                (found.value.is_null(), "missing_field"),
                (self._passes(found, table, anchor), "met"),
                (is_open, "window_open"),
            ],
            otherwise="score_short",
        )
        missing = _missing([each for each in (found.base, found) if each is not None])
        others = {"score": found.value}
        if found.base is not None:
            ends = {"first": columns.first(self.span.window), "last": columns.last(self.span.window)}
            others |= {"baseline_score": found.base.value, "baseline_picked": found.base.day}
            others |= {f"baseline_{end}": day for end, day in ends.items()}
        decision = Decision(reason=reason, date=found.day, missing=missing, picked=found.day, others=others)
        decision = columns.figured(table, self._no_figure(table, anchor), window, decision)
        if self.changes:
            decision = columns.anchored(self.span.window, decision)
        return columns.anchored(window, decision)

    def _of_baseline(self, columns: Columns, base: Scores) -> list[tuple[pl.Expr | None, str | pl.Expr]]:
        """What is said where the baseline is not known, not there, or no sum to take a percentage of."""
        is_open = columns.now() < columns.last(self.span.window)
        none, nothing = base.day.is_null(), base.value <= 0
        return [
            *_open(base.undecided, is_open),
            (none & is_open, "window_open"),
            (none, "no_baseline"),
            (base.value.is_null(), "missing_field"),
            (None if self.of is None else nothing & is_open, "window_open"),
            (None if self.of is None else nothing, "zero_baseline"),
        ]

    def _no_figure(self, table: Table, anchor: pl.Expr) -> pl.Expr:
        """Whether there is no figure for the subject on the anchor's day, or that of the answer."""
        cell = table.cell(anchor)
        return (table.ratio(cell)[0] if self.of is not None else table.minor(cell)).is_null()

    def _passes(self, found: Scores, table: Table, anchor: pl.Expr) -> pl.Expr:
        """Whether the score or its change is what is required, in whole numbers of 128 bits."""
        import polars as pl

        tested, wide = found.value.cast(pl.Int128), pl.Int128
        if found.base is not None:
            base = found.base.value.cast(wide)
            tested = base - tested if self.change is Change.DOWN else tested - base
            tested = tested.abs() if self.change is None else tested
        cell = table.cell(anchor)
        if self.of is None:
            bound = table.minor(cell).cast(wide)
            return tested <= bound if self.test in {"at_most", "below"} else tested >= bound
        assert found.base is not None, "a percentage of the baseline is of a change"
        above, below = (each.cast(wide) for each in table.ratio(cell))
        tested, bound = tested * below, above * found.base.value.cast(wide)
        return {
            "at_least": tested >= bound,
            "at_most": tested <= bound,
            "above": tested > bound,
            "below": tested < bound,
        }[self.test]

    def holds(self, value: Fraction, base: Fraction | None, figure: Fraction) -> bool:
        """Whether scores pass a test by one figure, in plain numbers; of a reliable change the square of its bound.

        Example:
            >>> from fractions import Fraction
            >>> score = Score(table="t", date="on", value="used", change=Change.DOWN, of=Of.BASELINE, at_least="50%")
            >>> score.holds(Fraction(10), Fraction(20), Fraction(1, 2)), score.holds(
            ...     Fraction(11), Fraction(20), Fraction(1, 2)
            ... )
            (True, False)
        """
        tested = value if base is None else self.changed(value, base)
        if self.reliable is not None:
            return tested**2 > figure and (self.change is None or tested > 0)
        if self.of is not None:
            assert base is not None, "a percentage of the baseline is of a change"
            figure *= base
        return {
            "at_least": tested >= figure,
            "at_most": tested <= figure,
            "above": tested > figure,
            "below": tested < figure,
        }[self.test]

    def changed(self, value: Fraction, base: Fraction) -> Fraction:
        """How much a score changed, the way that is asked for."""
        return base - value if self.change is Change.DOWN else value - base


def _open(undecided: Undecided, is_open: pl.Expr) -> list[tuple[pl.Expr | None, str | pl.Expr]]:
    """What is said where a row may be the one that is picked, or not."""
    never = undecided.never
    return [
        (undecided.test, undecided.reason),
        (None if never is None else never & is_open, "window_open"),
        (never, "part_not_met"),
    ]


def _missing(parts: list[Scores]) -> pl.Expr:
    """The field that is empty, of the first part that one leaves unknown."""
    import polars as pl

    fields = [
        field for part in parts for field in (pl.when(part.undecided.test).then(part.undecided.missing), part.empty)
    ]
    return pl.coalesce(fields)
