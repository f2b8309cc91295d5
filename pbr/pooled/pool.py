"""From decisions on subjects to results of groups, outcome after outcome, each in exact numbers.

A measure is fixed as it was known on the day on which it settles: the members are decided again as at that day, so
that what becomes known later changes no figure that has been stated, unless the measure reopens.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from pbr.calendar import Duration, number_of
from pbr.confidence import Counted
from pbr.contract.grain import Key, grain_of
from pbr.money import round_minor
from pbr.outcomes import Combine, Measure, Scale, Test
from pbr.plan import decided_from
from pbr.pooled.members import Members, members_of, still_open, undated
from pbr.pooled.result import Pooled, Result
from pbr.settles import Settles, first_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import polars as pl

    from pbr.calendar import Period
    from pbr.contract.grain import Grain
    from pbr.plan import Plan

_WAITS = {"pending": "part_pending", "unknown": "part_unknown", "not_assessable": "part_not_assessable"}
"""The reason that the state of a part gives to what is made of it."""


@define
class Pooling:
    """Works out the results of groups.

    Attributes:
        plan: The contract as at a day.
        frame: Decisions as at that day.
        as_at: Decisions as at an earlier day, by its number.
        found: What has been worked out.
    """

    plan: Plan
    frame: pl.DataFrame
    as_at: Callable[[int], pl.DataFrame]
    found: dict[str, Pooled] = field(factory=dict)

    def outcome(self, name: str) -> Pooled:
        """The results of one outcome, whose parts have been worked out."""
        outcome, grain = self.plan.terms.pooled[name], grain_of(self.plan.terms, name)
        if isinstance(outcome, Measure):
            return Pooled(grain=grain, results=_Measuring(self, outcome, grain).results())
        results: dict[Key, Result] = {}
        for key in grain.groups():
            parts = [self.found[part].around(key, grain) for part in outcome.reads() if part in self.found]
            if isinstance(outcome, Test):
                results[key] = self._tested(name, outcome, grain, key)
            elif isinstance(outcome, Scale):
                results[key] = self.rounded(outcome, _scaled(outcome, parts[0]))
            else:
                results[key] = _combined(outcome, parts)
        return Pooled(grain=grain, results=results)

    def rounded(self, outcome: Scale | Measure, result: Result) -> Result:
        """A result whose value is rounded where its terms say so."""
        if outcome.round is None or result.value is None:
            return result
        parts = 10 ** int(outcome.round)
        whole = round_minor(result.value * parts, self.plan.terms.conventions.rounding)
        return evolve(result, value=Fraction(whole, parts), exact=result.value)

    def _tested(self, name: str, test: Test, grain: Grain, key: Key) -> Result:
        part = self.found[test.of].around(key, grain)
        others = [part]
        if test.figure in self.found:
            other = self.found[test.figure].around(key, grain)
            others.append(other)
            threshold = other.value
        else:
            threshold = self._figure(name, test, grain, key)
        waits = _waiting(others)
        if waits is not None:
            return evolve(waits, value=part.value, counted=part.counted, threshold=threshold)
        if not all(each.met for each in others):
            return Result(state="not_met", reason="part_not_met", known=max(each.known or 0 for each in others))
        assert part.value is not None, "what is met has a value"
        assert threshold is not None, "a contract that is checked has a figure for every group and day"
        passed = test.passes(part.value, threshold, part.counted)
        return Result(
            state="met" if passed else "not_met",
            reason="met" if passed else "beside_threshold",
            date=max(each.date or 0 for each in others) if passed else None,
            known=max(each.known or 0 for each in others),
            value=part.value,
            counted=part.counted,
            threshold=threshold,
        )

    def _figure(self, name: str, test: Test, grain: Grain, key: Key) -> Fraction | None:
        """The figure in force on the first day of a group's period."""
        table = self.plan.contract.tables["outcomes", name, test.sign]
        labels = dict(zip(grain.words, key, strict=True))
        found = table.figure(labels, number_of(grain.period(key).first))
        assert found is None or isinstance(found, int | Fraction), "a threshold is a number"
        return None if found is None else Fraction(found)


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
            days = self._days(period)
            parts = self.pooling.plan.parts.get(self.measure.of)
            counted = members_of(frame, self.measure, self.grain, parts, days)
            nowhere = sum(members.count() for key, members in counted.items() if "" in key)
            lost = undated(frame, self.measure)
            for key in self.grain.groups():
                if self.grain.period(key) is period:
                    others = tuple(label for place, label in enumerate(key) if place != self.grain.period_at)
                    mine = self._result(counted.get(others, Members()), period, day)
                    mine = evolve(mine, nowhere=nowhere, undated=lost)
                    found[key] = self.pooling.rounded(self.measure, mine)
        return {key: found[key] for key in self.grain.groups()}

    def _days(self, period: Period) -> tuple[int, int] | None:
        """The first and last day that put a subject into a period."""
        if self.measure.period_of is None:
            return None
        first, last = number_of(period.first), number_of(period.last)
        over = Duration.parse(self.measure.over)
        if self.measure.over == "to_date":
            first = number_of(self.grain.periods[0].first)
        elif over is not None:
            first = number_of(first_of(over, period.last))
        return first, last

    def _settled(self, period: Period) -> tuple[int | None, pl.DataFrame]:
        """When the figure of a period is fixed, None if not yet; and the decisions that are counted."""
        now, ends = number_of(self.pooling.plan.as_at), number_of(period.last)
        last = number_of(self.pooling.plan.contract.term.last)
        settles = Settles.parse(self.measure.settles or "")
        if settles is not None:
            day = max(ends, number_of(settles.day(period.last)))
            return (None, self.pooling.frame) if day > now else (day, self._known(day))
        day = ends
        while day <= now:
            frame = self.pooling.as_at(day)
            waits = still_open(frame, self.measure, self.grain, self._days(period), (day, last), self._behind())
            if waits is None:
                return day, self._known(day)
            day = waits
        return None, self.pooling.frame

    def _behind(self) -> dict[str, tuple[str, ...]]:
        """For each outcome that is counted those from which it is decided."""
        names = (self.measure.of, *([self.measure.among] if self.measure.among else []))
        return {name: decided_from(self.pooling.plan, [name]) for name in names}

    def _known(self, day: int) -> pl.DataFrame:
        return self.pooling.frame if self.measure.reopens in {"yes", "true"} else self.pooling.as_at(day)

    def _result(self, members: Members, period: Period, day: int | None) -> Result:
        """The figure of one group."""
        measure = self.measure
        bad = measure.adverse in {"yes", "true"}
        met = members.met + (members.unknown if bad else 0)
        counted = members.met + members.missed + members.unknown + (0 if day is None else members.pending)
        value = measure.taken(met, counted, members.every_value())
        share = Counted(met=met, counted=counted) if counted and not measure.take.of_values else None
        found = Result(
            state="pending", reason="group_open", known=day, value=value, counted=share, members=members.counts()
        )
        if day is None:
            over = number_of(period.last) <= number_of(self.pooling.plan.as_at)
            return evolve(found, reason="not_settled" if over else "group_open")
        fewest = int(measure.fewest or 0)
        if value is None:
            return evolve(found, state="not_assessable", reason="nobody")
        if counted < fewest:
            return evolve(found, state="not_assessable", reason="too_few")
        if measure.take.is_test and value == 0:
            return evolve(found, state="not_met", reason="part_not_met")
        return evolve(found, state="met", reason="met", date=number_of(period.last))


def _waiting(parts: Sequence[Result]) -> Result | None:
    """What is pending, unknown or not to be assessed because a part is; None if every part has a figure."""
    states = [part.state for part in parts]
    state = next((state for state in _WAITS if state in states), None)
    if state is None:
        return None
    known = None if state == "pending" else max(part.known or 0 for part in parts)
    return Result(state=state, reason=_WAITS[state], known=known)


def _scaled(scale: Scale, part: Result) -> Result:
    """The points of a figure."""
    waits = _waiting([part])
    if waits is not None:
        provisional = None if part.value is None else scale.points_of(part.value)
        return evolve(waits, value=provisional, counted=part.counted)
    if part.state == "not_met":
        return Result(state="not_met", reason="part_not_met", known=part.known)
    assert part.value is not None, "what is met has a value"
    points = scale.points_of(part.value)
    if points is None:
        return Result(state="not_met", reason="off_scale", known=part.known, counted=part.counted)
    return Result(state="met", reason="met", date=part.date, known=part.known, value=points, counted=part.counted)


def _combined(combine: Combine, parts: list[Result]) -> Result:
    """All, any or some of the results of a group, by the table of rule 8.

    It is of the day on which it could be told: a part that is fixed later changes neither that nor its date.
    """
    need = {"all": len(parts), "any": 1}.get(combine.need) or int(combine.need)
    met = sorted((part for part in parts if part.met), key=lambda part: part.known or 0)
    if len(met) >= need:
        known = met[need - 1].known
        days = sorted(part.date or 0 for part in met if (part.known or 0) <= (known or 0))
        return Result(state="met", reason="met", date=days[need - 1], known=known, value=Fraction(1))
    lost = sorted(part.known or 0 for part in parts if not part.met and part.state != "pending")
    missed = sum(part.state == "not_met" for part in parts)
    known = lost[len(parts) - need] if len(lost) > len(parts) - need else None
    if len(parts) - missed < need:
        return Result(state="not_met", reason="part_not_met", known=known)
    if known is None:
        return Result(state="pending", reason="part_pending")
    return Result(state="unknown", reason="part_unknown", known=known)


def pool(plan: Plan, frame: pl.DataFrame, as_at: Callable[[int], pl.DataFrame]) -> Mapping[str, Pooled]:
    """The results of every outcome of groups.

    Args:
        plan: The contract as at a day.
        frame: Decisions as at that day, one row per subject.
        as_at: Gives the decisions as at an earlier day, from its number.
    """
    pooling = Pooling(plan, frame, as_at)
    for name in plan.contract.order:
        if name in plan.terms.pooled:
            pooling.found[name] = pooling.outcome(name)
    return pooling.found
