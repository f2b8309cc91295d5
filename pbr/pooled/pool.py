"""From decisions on subjects to results of groups, outcome after outcome, each in exact numbers.

A measure is fixed as it was known on the day on which it settles: the members are decided again as at that day, so
that what becomes known later changes no figure that has been stated, unless the measure reopens.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from pbr.contract.grain import grain_of
from pbr.contract.of_groups import pooled_name
from pbr.money import round_minor
from pbr.outcomes import Combine, Estimate, Index, Judged, Measure, OfFigures, Scale, Test
from pbr.pooled.estimated import estimated
from pbr.pooled.judged import judged
from pbr.pooled.made import combined, indexed, reckoned, scaled, tested
from pbr.pooled.measuring import measured
from pbr.pooled.result import Pooled, Result

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.contract.grain import Grain, Key
    from pbr.outcomes import PooledOutcome
    from pbr.plan import Plan
    from pbr.pooled.earlier import Everybody


@define
class Pooling:
    """Works out the results of groups.

    Attributes:
        plan: The contract as at a day.
        everybody: The subjects, with decisions as at that day, and as at those before.
        found: What has been worked out.
    """

    plan: Plan
    everybody: Everybody
    found: dict[str, Pooled] = field(factory=dict)

    def outcome(self, name: str) -> Pooled:
        """The results of one outcome, whose parts have been worked out."""
        outcome, grain = self.plan.terms.pooled[name], grain_of(self.plan.terms, name)
        if isinstance(outcome, Measure):
            results = measured(self, name, outcome, grain)
        elif isinstance(outcome, Estimate):
            results = estimated(self, name, outcome, grain)
        elif isinstance(outcome, Judged):
            results = judged(self.plan, outcome, grain)
        else:
            reads = () if isinstance(outcome, Index) else tuple(part for part in outcome.reads() if part in self.found)
            results = {key: self._made(name, outcome, grain, key, reads) for key in grain.groups()}
        return Pooled(grain=grain, results={key: self._rounded(outcome, each) for key, each in results.items()})

    def _made(self, name: str, outcome: PooledOutcome, grain: Grain, key: Key, reads: tuple[str, ...]) -> Result:
        """The result for one group of what is made of other outcomes of groups, those that it reads."""
        if isinstance(outcome, Index):
            return indexed(self.plan, name, outcome, grain, key, self.found)
        parts = {part: self.found[part].around(key, grain) for part in reads}
        if isinstance(outcome, OfFigures):
            return reckoned(self.plan, name, outcome, grain, key, parts)
        if isinstance(outcome, Test):
            return tested(self.plan, name, outcome, grain, key, parts)
        if isinstance(outcome, Scale):
            return scaled(outcome, parts[str(outcome.of)])
        assert isinstance(outcome, Combine), "no other kind is made of outcomes of groups"
        return combined(outcome, list(parts.values()))

    def _rounded(self, outcome: PooledOutcome, result: Result) -> Result:
        """A result whose value is rounded where its terms say so."""
        places = getattr(outcome, "round", None)
        if places is None or result.value is None:
            return result
        parts = 10 ** int(places)
        whole = round_minor(result.value * parts, self.plan.terms.conventions.rounding)
        return evolve(result, value=Fraction(whole, parts), exact=result.value)


def pool(plan: Plan, everybody: Everybody) -> Mapping[str, Pooled]:
    """The results of every outcome of groups.

    Args:
        plan: The contract as at a day.
        everybody: The subjects, with decisions as at that day, and as at those before.
    """
    pooling = Pooling(plan, everybody)
    for outcome in plan.contract.order:
        for name in (outcome, pooled_name(outcome)):
            if name in plan.terms.pooled:
                pooling.found[name] = pooling.outcome(name)
    return pooling.found
