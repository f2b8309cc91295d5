"""Checks of surveys between tables: who was asked lies in the frame, who answered was asked before, and once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from pbr.calendar import number_of
from pbr.contract.grain import make_grain
from pbr.contract.model import FieldKind
from pbr.contract.surveys import surveys_of
from pbr.evidence.model import ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pbr.calendar import Period
    from pbr.contract.model import Terms
    from pbr.contract.surveys import Survey

_PERIOD, _DAY, _KNOWN = "_period", "_day", "_known"
_BAD = pl.Schema({ROW: pl.UInt32(), "code": pl.String(), "message": pl.String()})


@frozen(kw_only=True, eq=False)
class Unasked:
    """Rows of a table that a survey cannot count.

    Attributes:
        table: The table.
        column: The field that the refusals are about.
        rows: ``_row``, ``code`` and ``message`` of each, in order.
    """

    table: str
    column: str
    rows: pl.DataFrame


def survey_checks(terms: Terms, as_at: int) -> Iterator[Callable[[Mapping[str, pl.LazyFrame]], Unasked]]:
    """The checks of each survey, one after another: what one finds is taken out of the tables before the next.

    Each gives the rows that are of nobody who could be asked, or was, or of somebody who answered twice, of the
    accepted rows of each table.

    Args:
        terms: The contract.
        as_at: The day, as a number, at whose end answers are known: one recorded later makes no other wrong.
    """
    for survey in surveys_of(terms):
        periods = make_grain(terms, survey.measure.per).periods
        finds = [_Look.answers, _Look.twice]
        if survey.measure.asked_field is not None and survey.measure.frame is not None:
            finds.insert(0, _Look.asked)
        yield from (partial(_found, terms, survey, periods, as_at, find) for find in finds)


def _found(  # what a check needs
    terms: Terms,
    survey: Survey,
    periods: tuple[Period, ...],
    as_at: int,
    find: Callable[[_Look], Unasked],
    tables: Mapping[str, pl.LazyFrame],
) -> Unasked:
    return find(_Look(terms=terms, tables=tables, survey=survey, periods=periods, as_at=as_at))


@frozen(kw_only=True)
class _Look:
    """Looks through the rows of one survey."""

    terms: Terms
    tables: Mapping[str, pl.LazyFrame]
    survey: Survey
    periods: tuple[Period, ...]
    as_at: int

    @property
    def key(self) -> str:
        """The field that names a subject."""
        return self.terms.subject_key

    def asked(self) -> Unasked:
        """Those asked who are not in the frame, or before it was drawn."""
        assert self.survey.measure.asked_field is not None, "a list says who was asked"
        table, date = self.survey.measure.asked_field
        return Unasked(table=table, column=date, rows=self._of_frame(self._dated(table, date)))

    def answers(self) -> Unasked:
        """Answers of those who were not asked, or not yet."""
        score, measure = self.survey.score, self.survey.measure
        rows = self._dated(score.table, score.date)
        found = _BAD.to_frame()
        if measure.asked_field is not None:
            found = self._of_list(rows, *measure.asked_field)
        elif measure.frame is not None:
            found = self._of_frame(rows)
        return Unasked(table=score.table, column=score.date, rows=found)

    def twice(self) -> Unasked:
        """Every answer of whoever answered more than once in a period, before its figure was fixed."""
        score = self.survey.score
        rows = self._dated(score.table, score.date)
        rows = rows.filter(pl.col(_KNOWN) <= self.as_at)
        if not self.survey.measure.stays_open:
            fixed = pl.Series([self.survey.fixed(period) for period in self.periods], dtype=pl.Int32)
            rows = rows.filter(pl.col(_KNOWN) <= pl.lit(fixed).gather(pl.col(_PERIOD)))
        counts = rows.group_by(self.key, _PERIOD).agg(pl.len()).filter(pl.col("len") > 1)
        found = rows.join(counts, on=[self.key, _PERIOD], how="semi")
        message = f"this {self.terms.cohort.of} has answered more than once in {{}}; send one answer"
        return Unasked(table=score.table, column=score.date, rows=self._bad(found, "PBR228", message))

    def _dated(self, table: str, date: str) -> pl.DataFrame:
        """The rows of a table that lie in a period, with its place, their day, and that on which they were known."""
        day, recorded = pl.col(date).cast(pl.Int32), self.terms.tables[table].role(FieldKind.RECORDED)
        known = day if recorded is None else pl.col(recorded).cast(pl.Int32)
        rows = self.tables[table].select(ROW, self.key, day.alias(_DAY), known.alias(_KNOWN))
        rows = rows.filter(pl.col(_DAY).is_not_null())
        frame = rows.collect(engine="streaming")
        starts = pl.Series([number_of(period.first) for period in self.periods], dtype=pl.Int32)
        place = starts.search_sorted(frame[_DAY], side="right").cast(pl.Int64) - 1
        last = number_of(self.periods[-1].last)
        return frame.with_columns(place.alias(_PERIOD)).filter(pl.col(_PERIOD) >= 0, pl.col(_DAY) <= last)

    def _frame(self) -> pl.DataFrame:
        """Who is in the frame of which period."""
        frame = self.survey.measure.frame
        assert frame is not None, "there is a frame"
        recorded = self.terms.tables[frame.table].role(FieldKind.RECORDED)
        names = [self.key, frame.date, *([recorded] if recorded is not None else [])]
        rows = self.tables[frame.table].select(names).collect(engine="streaming")
        found = []
        for place, period in enumerate(self.periods):
            days = self.survey.frame_days(period)
            assert days is not None, "a frame has days"
            mine = rows.filter(pl.col(frame.date).cast(pl.Int32).is_between(*days))
            if recorded is not None:
                mine = mine.filter(pl.col(recorded).cast(pl.Int32) <= days[1])
            found.append(mine.select(self.key, pl.lit(place, dtype=pl.Int64).alias(_PERIOD)).unique())
        return pl.concat(found)

    def _of_frame(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows of those who are not in the frame of their period, and those from before it was drawn."""
        frame = self.survey.measure.frame
        assert frame is not None, "there is a frame"
        outside = rows.join(self._frame(), on=[self.key, _PERIOD], how="anti")
        message = f"this {self.terms.cohort.of} is not in the frame of {{}}, drawn from '{frame.table}'"
        one = self._bad(outside, "PBR229", f"{message}; remove the row, or mend that table")
        drawn = pl.Series([self.survey.drawn(period) for period in self.periods], dtype=pl.Int32)
        early = rows.join(outside, on=ROW, how="anti").filter(pl.col(_DAY) < pl.lit(drawn).gather(pl.col(_PERIOD)))
        message = "the frame of {} was drawn only after this day; correct the day, or remove the row"
        return pl.concat([one, self._bad(early, "PBR227", message)]).sort(ROW)

    def _of_list(self, rows: pl.DataFrame, table: str, date: str) -> pl.DataFrame:
        """The answers of those who are not on the list of their period, and those from before they were asked."""
        day = pl.max_horizontal(_DAY, _KNOWN)  # a list that is written after the answers is none
        first = self._dated(table, date).group_by(self.key, _PERIOD).agg(day.min().alias("_asked"))
        found = rows.join(first, on=[self.key, _PERIOD], how="left")
        message = f"this {self.terms.cohort.of} was not asked in {{}} by '{table}'; remove the row, or mend that table"
        one = self._bad(found.filter(pl.col("_asked").is_null()), "PBR226", message)
        late = found.filter(pl.col("_asked") > pl.col(_DAY))
        message = (
            f"this {self.terms.cohort.of} was asked in {{}} only after this day; correct the day, or remove the row"
        )
        return pl.concat([one, self._bad(late, "PBR227", message)]).sort(ROW)

    def _bad(self, rows: pl.DataFrame, code: str, message: str) -> pl.DataFrame:
        """Rows with what is wrong with them; ``{}`` in a message stands for the period."""
        names = pl.Series([period.name for period in self.periods], dtype=pl.String)
        when = pl.lit(names).gather(pl.col(_PERIOD))
        found = rows.select(ROW, pl.lit(code).alias("code"), pl.format(message, when).alias("message"))
        return found.sort(ROW).cast(_BAD)
