"""Scores of a panel: those of the version in force at the start of each period, once papers on it are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.calendar import number_of
from pbr.pooled.result import Result

if TYPE_CHECKING:
    from pbr.contract.grain import Grain, Key
    from pbr.outcomes import Judged
    from pbr.plan import Plan


def judged(plan: Plan, outcome: Judged, grain: Grain) -> dict[Key, Result]:
    """The result of each group: pending until its papers are in, and not to be assessed where there is no score."""
    found = {}
    for key in grain.groups():
        period, label = grain.period(key), outcome.label(key)
        held = outcome.agreed.on(number_of(period.first))
        last, now = number_of(period.last), number_of(plan.as_at)
        known = number_of(held.closes[label]) if held.version else last
        score = held.scores.get(label)
        if known > now:
            found[key] = Result(state="pending", reason="group_open" if last > now else "scores_open")
        elif score is None:
            found[key] = Result(state="not_assessable", reason="not_agreed", known=known)
        else:
            found[key] = Result(state="met", reason="met", date=last, known=known, value=score)
    return found
