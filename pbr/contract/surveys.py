"""Surveys: which measures count answers, of which score, and who could be asked and was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from pbr.calendar import Duration, number_of
from pbr.outcomes import Measure, Score
from pbr.settles import Drawn, Settles, first_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.calendar import Period
    from pbr.contract.model import Terms


@frozen(kw_only=True)
class Survey:
    """A measure that counts answers, each with a score of its own.

    Attributes:
        name: Name of the measure.
        measure: What it counts.
        of: Name of the score.
        score: What the score of an answer is.
    """

    name: str
    measure: Measure
    of: str
    score: Score

    @property
    def dates(self) -> dict[str, tuple[str, ...]]:
        """The date fields by which it reads the rows of each table."""
        named = [(self.score.table, self.score.date)]
        named += [] if self.measure.asked_field is None else [self.measure.asked_field]
        named += [] if self.measure.frame is None else [(self.measure.frame.table, self.measure.frame.date)]
        tables = dict.fromkeys(table for table, _ in named)
        return {each: tuple(dict.fromkeys(date for table, date in named if table == each)) for each in tables}

    @property
    def judged(self) -> tuple[str, ...]:
        """The tables of which it refuses rows: that of the answers, and with a frame the list of those asked."""
        asked = self.measure.asked_field if self.measure.frame is not None else None
        return tuple(dict.fromkeys([self.score.table, *([] if asked is None else asked[:1])]))

    def fixed(self, period: Period) -> int:
        """The day, as a number, at whose end the figure of a period is fixed, unless it reopens."""
        ends, settles = number_of(period.last), Settles.parse(self.measure.settles or "")
        return ends if settles is None else max(ends, number_of(settles.day(period.last)))

    def drawn(self, period: Period) -> int | None:
        """The day, as a number, on which the frame of a period is drawn; None without a frame."""
        frame = self.measure.frame
        drawn = None if frame is None else Drawn.parse(frame.drawn)
        return None if drawn is None else number_of(drawn.day(period.first, period.last))

    def frame_days(self, period: Period) -> tuple[int, int] | None:
        """The first and the last day of rows that put somebody into the frame of a period; None without a frame."""
        frame, last = self.measure.frame, self.drawn(period)
        drawn = None if frame is None else Drawn.parse(frame.drawn)
        if frame is None or drawn is None or last is None:
            return None
        over = Duration.parse(frame.over)
        if over is None:
            return number_of(period.first), last
        return number_of(first_of(over, drawn.day(period.first, period.last))), last


def survey_of(terms: Terms, name: str) -> Survey | None:
    """The survey that an outcome is; None for one that counts no answers."""
    measure = terms.outcomes.get(name)
    score = terms.outcomes.get(measure.of) if isinstance(measure, Measure) else None
    if not isinstance(measure, Measure) or not isinstance(score, Score) or not score.per:
        return None
    return Survey(name=name, measure=measure, of=measure.of, score=score)


def surveys_of(terms: Terms) -> Iterator[Survey]:
    """The surveys of a contract, in the order of the file."""
    for name in terms.outcomes:
        survey = survey_of(terms, name)
        if survey is not None:
            yield survey
