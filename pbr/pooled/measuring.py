"""Measures: when the figure of a period is fixed, who is counted for it, and what that comes to."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from pbr.calendar import Duration, number_of
from pbr.confidence import Counted
from pbr.contract.surveys import survey_of
from pbr.facts import START
from pbr.outcomes.measure import Took
from pbr.plan import decided_from
from pbr.pooled.answers import Polled
from pbr.pooled.members import Members, members_of, merged, still_open, undated
from pbr.pooled.result import Result
from pbr.pooled.table_rows import known_rows, row_members, undated_rows
from pbr.settles import Settles, first_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import polars as pl

    from pbr.calendar import Period
    from pbr.contract.grain import Grain, Key
    from pbr.contract.surveys import Survey
    from pbr.outcomes import Measure
    from pbr.plan import Plan
    from pbr.pooled.earlier import Earlier, Everybody
    from pbr.pooled.members import Stratum
    from pbr.pooled.pool import Pooling


def measured(pooling: Pooling, name: str, measure: Measure, grain: Grain) -> dict[Key, Result]:
    """The result of each group of a measure."""
    survey = survey_of(pooling.plan.terms, name)
    return Measuring(plan=pooling.plan, measure=measure, grain=grain, survey=survey).results(pooling.everybody)


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
    if measure.row_date is not None:
        first = max(first, number_of(grain.periods[0].first))
    return first, last


@frozen(kw_only=True)
class Count:
    """Who of some subjects is counted in one period.

    Attributes:
        members: The members of each group of labels, without its period.
        undated: How many are in no period.
    """

    members: dict[Key, Members]
    undated: int


@frozen(kw_only=True)
class Measuring:
    """Works out one measure, of subjects who may lie in several parts.

    Attributes:
        plan: The contract as at a day.
        measure: What is counted.
        grain: Its groups.
        survey: The survey whose answers it counts, if it does.
    """

    plan: Plan
    measure: Measure
    grain: Grain
    survey: Survey | None

    def results(self, everybody: Everybody) -> dict[Key, Result]:
        """The result of each group."""
        days = self._settled(everybody)
        asked = partial(self.counts, days=days)
        counts = [asked(everybody.groups)] if self._of_groups_alone() else everybody.over(asked)
        found: dict[Key, Result] = {}
        groups: dict[Period, list[Key]] = {}
        for key in self.grain.groups():
            groups.setdefault(self.grain.period(key), []).append(key)
        for place, period in enumerate(self.grain.periods):
            day = days[place]
            counted = merged([each[place].members for each in counts])
            lost = sum(each[place].undated for each in counts)
            nowhere = sum(max(members.count(), members.frame) for key, members in counted.items() if "" in key)
            for key in groups.get(period, ()):
                others = tuple(label for at, label in enumerate(key) if at != self.grain.period_at)
                mine = self._result(counted.get(others, Members()), period, day)
                found[key] = evolve(mine, nowhere=nowhere, undated=lost)
        return {key: found[key] for key in self.grain.groups()}

    # ---- what is asked of each part of the subjects

    def counts(self, earlier: Earlier, days: Sequence[int | None]) -> list[Count]:
        """Who of a part of the subjects is counted in each period, or which of their rows are.

        Args:
            earlier: What was decided of them.
            days: For each period the day on which its figure is fixed; None if it is not yet.
        """
        found = []
        for period, day in zip(self.grain.periods, days, strict=True):
            frame = earlier.frame if day is None else self._known(earlier, day, period)
            members = self._members(earlier, frame, period, day)
            lost = self._undated_rows(earlier, day) if self._table is not None else undated(frame, self.measure)
            found.append(Count(members=members, undated=lost))
        return found

    def waits(self, earlier: Earlier, days: Mapping[int, int]) -> dict[int, int | None]:
        """For each of some periods the last day for which its members of a part wait; None if they wait no more.

        Args:
            earlier: What was decided of them.
            days: The day as at whose end is asked, by the place of the period.
        """
        last, found = number_of(self.plan.contract.term.last), {}
        for place, day in days.items():
            period = self.grain.periods[place]
            frame = self._as_at(earlier, day, period)
            found[place] = still_open(frame, self.measure, self.grain, self._days(period), (day, last), self._behind())
        return found

    def _settled(self, everybody: Everybody) -> list[int | None]:
        """When the figure of each period is fixed, None if not yet."""
        now, found = number_of(self.plan.as_at), {}
        asks: dict[int, int] = {}
        for place, period in enumerate(self.grain.periods):
            day = self._fixed(period)
            if day is not None:
                found[place] = day
            elif number_of(period.last) <= now:
                asks[place] = number_of(period.last)
        while asks:
            answers = everybody.over(partial(self.waits, days=asks))
            later = {}
            for place, day in asks.items():
                waits = [answer for each in answers if (answer := each[place]) is not None]
                if not waits:
                    found[place] = day
                elif max(waits) <= now:
                    later[place] = max(waits)
            asks = later
        days = (found.get(place) for place in range(len(self.grain.periods)))
        return [None if day is None or day > now else day for day in days]

    def _fixed(self, period: Period) -> int | None:
        """The day on which the figure of a period is fixed by its terms; None where it waits for its members."""
        ends, settles = number_of(period.last), Settles.parse(self.measure.settles or "")
        if self.survey is not None:
            return self.survey.fixed(period)
        if settles is not None:
            return max(ends, number_of(settles.day(period.last)))
        return ends if self._table is not None else None  # a row has no window that could be open

    def _members(self, earlier: Earlier, frame: pl.DataFrame, period: Period, day: int | None) -> dict[Key, Members]:
        """Who is counted in each group of labels, or which rows are."""
        measure, days = self.measure, self._days(period)
        if self.survey is not None:
            polled = Polled(
                plan=self.plan,
                tables=earlier.tables,
                survey=self.survey,
                grain=self.grain,
                period=period,
                days=days,
                until=self._until(day),
            )
            return polled.members(frame)
        if measure.row_field is None:
            return members_of(frame, measure, self.grain, self.plan.parts.get(measure.of), days)
        return row_members(self.plan, self._known_rows(earlier, day), frame, measure, self.grain, days)

    def _known_rows(self, earlier: Earlier, day: int | None) -> pl.LazyFrame:
        """The rows that a figure counts that is fixed on a day, or so far."""
        assert self._table is not None, "it is a measure of rows"
        return known_rows(self.plan.terms, self._table, earlier.tables[self._table], self._until(day))

    def _until(self, day: int | None) -> int:
        """The day at whose end rows are known that a figure counts that is fixed on a day, or so far."""
        now = number_of(self.plan.as_at)
        return now if day is None or self.measure.stays_open else day

    @property
    def _table(self) -> str | None:
        """The table whose rows are counted, or are answers; None where it is an outcome on subjects."""
        if self.survey is not None:
            return self.survey.score.table
        return None if self.measure.row_field is None else self.measure.row_field[0]

    def _undated_rows(self, earlier: Earlier, day: int | None) -> int:
        """How many rows are in no period, since their day is empty."""
        name = self.measure.row_date
        return 0 if name is None else undated_rows(self._known_rows(earlier, day), name)

    def _days(self, period: Period) -> tuple[int, int] | None:
        return days_of(self.measure, self.grain, period)

    def _behind(self) -> dict[str, tuple[str, ...]]:
        """For each outcome that is counted those from which it is decided."""
        names = [name for name in (self.measure.of, self.measure.among, self.measure.asked) if name is not None]
        return {name: decided_from(self.plan, [name]) for name in names}

    def _known(self, earlier: Earlier, day: int, period: Period) -> pl.DataFrame:
        """What a figure counts that is fixed on a day."""
        if self.measure.stays_open or self._of_groups_alone():
            return earlier.frame
        return self._as_at(earlier, day, period)

    def _of_groups_alone(self) -> bool:
        """Whether it is of rows that are of no subject, so that decisions say nothing of them."""
        return self._table in self.plan.terms.tables_of_groups

    def _as_at(self, earlier: Earlier, day: int, period: Period) -> pl.DataFrame:
        """The decisions as at a day, of those who may be counted in a period."""
        return earlier.as_at(day, self._days(period) if self.measure.period_of == START else None)

    # ---- what is made of that

    def _result(self, members: Members, period: Period, day: int | None) -> Result:
        """The figure of one group."""
        measure = self.measure
        bad = measure.is_bad
        met = members.met + (members.unknown if bad else 0)
        counted = members.met + members.missed + members.unknown + (0 if day is None else members.pending)
        nothing = measure.row_field is not None and measure.take.of_values and not counted  # which is not a sum of 0
        value = None if nothing else measure.taken(met, counted, members.every_value())
        share = self._counted(members, met, counted)
        if measure.weigh_by is not None and value is not None:
            value = None if share is None else share.weighted
        found = Result(
            state="pending",
            reason="group_open",
            known=day,
            value=value,
            counted=share,
            members=members.counts(),
            asked=members.asked if self._asks else None,
            frame=members.frame if measure.frame is not None else None,
            strata=members.strata,
        )
        if day is None:
            over = number_of(period.last) <= number_of(self.plan.as_at)
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
        asked = members.asked if self._asks else None
        frame = members.frame if self.measure.frame is not None else None
        if not counted or (self.measure.take.of_values and self.measure.take is not Took.MEAN):
            return None
        if self.measure.take is not Took.MEAN:
            weighted, worth = weighed(members.strata.values()) if self.measure.weigh_by is not None else (None, None)
            return Counted(met=met, counted=counted, asked=asked, frame=frame, weighted=weighted, worth=worth)
        whole = sum(members.every_value(), Fraction(0))
        if whole.denominator != 1 or whole < 0 or not members.met:
            return None
        return Counted(met=int(whole), counted=members.met, asked=asked)

    def _not_assessed(self, members: Members, counted: int, value: Fraction | None) -> str | None:
        """Why there is no figure, or one that says too little."""
        least = self.measure.least_response
        whole = members.frame if least is not None and least[1] else members.asked
        low = least is not None and self._asks and counted < least[0] * whole
        if value is None and low and not counted:
            return "low_response"
        if counted < int(self.measure.fewest or 0) and (value is not None or counted):
            return "too_few"
        if low and (value is not None or counted):
            return "low_response"
        if value is not None:
            return None
        return "group_silent" if counted else "nobody" if self.measure.row_field is None else "no_rows"

    @property
    def _asks(self) -> bool:
        """Whether it is said who was asked."""
        return self.measure.asked is not None or self.measure.frame is not None


def weighed(strata: Iterable[Stratum]) -> tuple[Fraction | None, Fraction | None]:
    """The share in which each label weighs as in the frame, and of how many equal answers it is worth.

    The weights of labels, N(g)/N, come to 1. It is worth as many answers as have the same variance by Kish: 1 over the
    sum of the squares of the weights of all answers. Without an answer of a label that is in the frame there is none.

    Example:
        >>> from pbr.pooled.members import Stratum
        >>> [str(each) for each in weighed([Stratum(60, 10, 9), Stratum(20, 10, 5)])]
        ['4/5', '16']
    """
    found = [stratum for stratum in strata if stratum.frame]
    whole = sum(stratum.frame for stratum in found)
    if not found or not all(stratum.counted for stratum in found):
        return None, None
    weights = [Fraction(stratum.frame, whole) for stratum in found]
    share = sum(weight * Fraction(each.met, each.counted) for weight, each in zip(weights, found, strict=True))
    squares = sum(weight**2 * Fraction(1, each.counted) for weight, each in zip(weights, found, strict=True))
    return Fraction(share), 1 / Fraction(squares)
