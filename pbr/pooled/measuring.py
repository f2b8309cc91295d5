"""Measures: when the figure of a period is fixed, who is counted for it, and what that comes to."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import define, evolve

from pbr.calendar import Duration, number_of
from pbr.confidence import Counted
from pbr.facts import START
from pbr.money import parse_ratio
from pbr.outcomes.measure import Took
from pbr.plan import decided_from
from pbr.pooled.members import Members, members_of, still_open, undated
from pbr.pooled.result import Result
from pbr.pooled.table_rows import known_rows, row_members, undated_rows
from pbr.settles import Settles, first_of

if TYPE_CHECKING:
    import polars as pl

    from pbr.calendar import Period
    from pbr.contract.grain import Grain, Key
    from pbr.outcomes import Measure
    from pbr.pooled.pool import Pooling


def measured(pooling: Pooling, measure: Measure, grain: Grain) -> dict[Key, Result]:
    """The result of each group of a measure."""
    return _Measuring(pooling, measure, grain).results()


def days_of(measure: Measure, grain: Grain, period: Period) -> tuple[int, int] | None:
    """The first and last day that put a subject or a row into a period; None for all.

    What a row declares of a day before the term is no more earned than what is achieved then.
    """
    if measure.period_of is None:
        return None
    first, last = number_of(period.first), number_of(period.last)
    over = Duration.parse(measure.over)
    if measure.over == "to_date":
        first = number_of(grain.periods[0].first)
    elif over is not None:
        first = number_of(first_of(over, period.last))
    if measure.row_field is not None:
        first = max(first, number_of(grain.periods[0].first))
    return first, last


@define
class _Measuring:
    """Works out one measure."""

    pooling: Pooling
    measure: Measure
    grain: Grain

    def results(self) -> dict[Key, Result]:
        """The result of each group."""
        found: dict[Key, Result] = {}
        for period in self.grain.periods:
            day, frame = self._settled(period)
            counted = self._members(frame, self._days(period), day)
            nowhere = sum(members.count() for key, members in counted.items() if "" in key)
            lost = self._undated_rows(day) if self.measure.row_field is not None else undated(frame, self.measure)
            for key in self.grain.groups():
                if self.grain.period(key) is period:
                    others = tuple(label for place, label in enumerate(key) if place != self.grain.period_at)
                    mine = self._result(counted.get(others, Members()), period, day)
                    mine = evolve(mine, nowhere=nowhere, undated=lost)
                    found[key] = mine
        return {key: found[key] for key in self.grain.groups()}

    def _members(self, frame: pl.DataFrame, days: tuple[int, int] | None, day: int | None) -> dict[Key, Members]:
        """Who is counted in each group of labels, or which rows are."""
        pooling, measure = self.pooling, self.measure
        if measure.row_field is None:
            return members_of(frame, measure, self.grain, pooling.plan.parts.get(measure.of), days)
        return row_members(pooling.plan, self._known_rows(day), frame, measure, self.grain, days)

    def _known_rows(self, day: int | None) -> pl.LazyFrame:
        """The rows that a figure counts that is fixed on a day, or so far."""
        pooling, measure = self.pooling, self.measure
        assert measure.row_field is not None, "it is a measure of rows"
        table, now = measure.row_field[0], number_of(pooling.plan.as_at)
        until = now if day is None or measure.reopens in {"yes", "true"} else day
        return known_rows(pooling.plan.terms, table, pooling.earlier.tables[table], until)

    def _undated_rows(self, day: int | None) -> int:
        """How many rows are in no period, since their day is empty."""
        name = self.measure.row_date
        return 0 if name is None else undated_rows(self._known_rows(day), name)

    def _days(self, period: Period) -> tuple[int, int] | None:
        return days_of(self.measure, self.grain, period)

    def _settled(self, period: Period) -> tuple[int | None, pl.DataFrame]:
        """When the figure of a period is fixed, None if not yet; and the decisions that are counted."""
        now, ends = number_of(self.pooling.plan.as_at), number_of(period.last)
        last = number_of(self.pooling.plan.contract.term.last)
        settles = Settles.parse(self.measure.settles or "")
        if settles is not None:
            day = max(ends, number_of(settles.day(period.last)))
            return (None, self.pooling.earlier.frame) if day > now else (day, self._known(day, period))
        day = ends
        if self.measure.row_field is not None:  # a row has no window that could be open
            return (None, self.pooling.earlier.frame) if day > now else (day, self._known(day, period))
        while day <= now:
            frame = self._as_at(day, period)
            waits = still_open(frame, self.measure, self.grain, self._days(period), (day, last), self._behind())
            if waits is None:
                return day, self._known(day, period)
            day = waits
        return None, self.pooling.earlier.frame

    def _behind(self) -> dict[str, tuple[str, ...]]:
        """For each outcome that is counted those from which it is decided."""
        names = [name for name in (self.measure.of, self.measure.among, self.measure.asked) if name is not None]
        return {name: decided_from(self.pooling.plan, [name]) for name in names}

    def _known(self, day: int, period: Period) -> pl.DataFrame:
        """What a figure counts that is fixed on a day."""
        if self.measure.reopens in {"yes", "true"} or self._of_groups_alone():
            return self.pooling.earlier.frame
        return self._as_at(day, period)

    def _of_groups_alone(self) -> bool:
        """Whether it is of rows that are of no subject, so that decisions say nothing of them."""
        table = None if self.measure.row_field is None else self.measure.row_field[0]
        return table in self.pooling.plan.terms.tables_of_groups

    def _as_at(self, day: int, period: Period) -> pl.DataFrame:
        """The decisions as at a day, of those who may be counted in a period."""
        return self.pooling.earlier.as_at(day, self._days(period) if self.measure.period_of == START else None)

    def _result(self, members: Members, period: Period, day: int | None) -> Result:
        """The figure of one group."""
        measure = self.measure
        bad = measure.adverse in {"yes", "true"}
        met = members.met + (members.unknown if bad else 0)
        counted = members.met + members.missed + members.unknown + (0 if day is None else members.pending)
        nothing = measure.row_field is not None and measure.take.of_values and not counted  # which is not a sum of 0
        value = None if nothing else measure.taken(met, counted, members.every_value())
        share = self._counted(members, met, counted)
        found = Result(
            state="pending",
            reason="group_open",
            known=day,
            value=value,
            counted=share,
            members=members.counts(),
            asked=members.asked if measure.asked is not None else None,
        )
        if day is None:
            over = number_of(period.last) <= number_of(self.pooling.plan.as_at)
            return evolve(found, reason="not_settled" if over else "group_open")
        if measure.row_field is not None and measure.take.of_values and members.unknown:
            return evolve(found, state="unknown", reason="missing_field", value=None)
        why = self._not_assessed(members, counted, value)
        if why is not None:
            return evolve(found, state="not_assessable", reason=why)
        if measure.take.is_test and value == 0:
            return evolve(found, state="not_met", reason="part_not_met")
        return evolve(found, state="met", reason="met", date=number_of(period.last))

    def _counted(self, members: Members, met: int, counted: int) -> Counted | None:
        """Of how many a share is taken, or a rate of whole numbers."""
        asked = members.asked if self.measure.asked is not None else None
        if not counted or (self.measure.take.of_values and self.measure.take is not Took.MEAN):
            return None
        if self.measure.take is not Took.MEAN:
            return Counted(met=met, counted=counted, asked=asked)
        whole = sum(members.every_value(), Fraction(0))
        if whole.denominator != 1 or whole < 0 or not members.met:
            return None
        return Counted(met=int(whole), counted=members.met, asked=asked)

    def _not_assessed(self, members: Members, counted: int, value: Fraction | None) -> str | None:
        """Why there is no figure, or one that says too little."""
        if value is None:
            return "nobody" if self.measure.row_field is None else "no_rows"
        if counted < int(self.measure.fewest or 0):
            return "too_few"
        least = parse_ratio(self.measure.response or "0")
        low = self.measure.asked is not None and least is not None and counted < least * members.asked
        return "low_response" if low else None
