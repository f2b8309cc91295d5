"""Decisions as they were at the end of an earlier day, of those whom a figure may count and no more.

A figure is fixed as it was known, so its members are decided again with nothing that was recorded later. Only the
outcomes that measures read are, and what these are decided from; and where a measure is of those who started in a
period, only these, and who has no start, since each subject is decided by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

import polars as pl
from attrs import field, frozen

from pbr.calendar import date_from_number, number_of
from pbr.outcomes import Measure
from pbr.plan import decided_from, keys_of_score, make_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pbr.plan import Plan

T = TypeVar("T")
Days: TypeAlias = "tuple[int, int]"
"""The first and the last day, as numbers."""
_READ = ("state", "reason", "date", "value", "last")
"""What a measure reads of an outcome."""


@frozen(kw_only=True)
class Earlier:
    """Decides again as at earlier days, each once.

    Attributes:
        plan: The contract as at now.
        tables: Accepted rows.
        frame: Decisions as at now.
        decide: Decides some outcomes under a plan, from tables, and gives some columns of that.
    """

    plan: Plan
    tables: Mapping[str, pl.LazyFrame] = field(repr=False)
    frame: pl.DataFrame = field(repr=False)
    decide: Callable[[Plan, Mapping[str, pl.LazyFrame], tuple[str, ...], list[str]], pl.DataFrame]
    _frames: dict[tuple[int, Days | None], pl.DataFrame] = field(factory=dict, init=False, repr=False)
    _rows: dict[Days | None, Mapping[str, pl.LazyFrame]] = field(factory=dict, init=False, repr=False)

    def as_at(self, day: int, started: Days | None = None) -> pl.DataFrame:
        """The decisions as at the end of a day.

        Args:
            day: As a number; not after now.
            started: Between which days those started who are asked about, beside who has no start; None for everybody.

        Returns:
            The columns of ``Decisions.frame`` that are of groups, or of outcomes that measures read.
        """
        if day == number_of(self.plan.as_at):
            return self.frame
        of_more = ((known, frame) for (then, known), frame in self._frames.items() if then == day)
        found = next((frame for known, frame in of_more if _holds(known, started)), None)
        if found is None:
            found = self._frames[day, started] = self._decided(day, started)
        return found

    def _decided(self, day: int, started: Days | None) -> pl.DataFrame:
        measures = [outcome for outcome in self.plan.terms.pooled.values() if isinstance(outcome, Measure)]
        names = decided_from(self.plan, [name for measure in measures for name in measure.reads()])
        labels = {f"_by.{word}" for measure in measures for word in (*measure.per, measure.weigh_by)}
        labels |= {key for name in names for key in keys_of_score(self.plan, name)}
        wanted = {
            "subject",
            "provider",
            "_start",
            "_step",
            *labels,
            *(f"{name}.{ending}" for name in names for ending in _READ),
        }
        kept = [name for name in self.frame.columns if name in wanted]
        mine = self.frame if started is None else self.frame.filter(_asked(started))
        if mine.is_empty():  # who is not known now was not known then
            return mine.select(kept)
        plan = make_plan(self.plan.contract, date_from_number(day))
        return self.decide(plan, self._rows_of(started), names, kept)

    def _rows_of(self, started: Days | None) -> Mapping[str, pl.LazyFrame]:
        """The rows of those who are asked about, read once."""
        if started is None:
            return self.tables
        if started not in self._rows:
            self._rows.clear()  # one period is asked about after another
            terms = self.plan.terms
            own, key = terms.cohort_table, terms.subject_key
            day = pl.col(terms.cohort.start).cast(pl.Int32).alias("_start")
            asked = (
                self.tables[own].with_columns(day).filter(_asked(started)).drop("_start").collect(engine="streaming")
            )
            found = {own: asked.lazy()}
            for name in terms.row_tables:
                if name != own:
                    rows = self.tables[name].join(asked.lazy().select(key).unique(), on=key, how="semi")
                    found[name] = rows.collect(engine="streaming").lazy()
            self._rows[started] = {**self.tables, **found}
        return self._rows[started]


class Everybody(Protocol):
    """All subjects, in one part or several.

    Attributes:
        groups: The rows of tables that are of no subject; what was decided of nobody, or of everybody.
    """

    @property
    def groups(self) -> Earlier:
        """The rows of tables that are of no subject."""

    def over(self, ask: Callable[[Earlier], T]) -> list[T]:
        """What is asked of each part of the subjects, in any order.

        Args:
            ask: A function that can be sent to another process, as can what it gives.
        """


@frozen
class InOnePart:
    """All subjects in one frame.

    Attributes:
        groups: What was decided of them, with all rows.
    """

    groups: Earlier

    def over(self, ask: Callable[[Earlier], T]) -> list[T]:
        """What is asked of all of them."""
        return [ask(self.groups)]


def _asked(started: Days) -> pl.Expr:
    """Whether somebody started between two days, or nobody knows when."""
    return pl.col("_start").is_between(*started) | pl.col("_start").is_null()


def _holds(known: Days | None, started: Days | None) -> bool:
    """Whether everybody who is asked about has been decided."""
    return known is None or (started is not None and known[0] <= started[0] and started[1] <= known[1])
