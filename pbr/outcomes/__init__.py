"""The outcome kinds: one file each, one word in this union."""

from typing import TypeAlias

from pbr.outcomes.absence import Absence
from pbr.outcomes.combine import Combine
from pbr.outcomes.event import Event
from pbr.outcomes.fact import OwnFact
from pbr.outcomes.held import Held
from pbr.outcomes.measure import Measure
from pbr.outcomes.scale import Scale
from pbr.outcomes.score import Score
from pbr.outcomes.test import Test
from pbr.outcomes.total import Total

OwnOutcome: TypeAlias = Event | Absence | Held | Total | Score | OwnFact | Combine | Scale
"""Kinds on one subject; a scale or combination of what is of groups is of groups itself."""

PooledOutcome: TypeAlias = Measure | Test | Scale | Combine
"""Kinds on groups of subjects."""

Outcome: TypeAlias = OwnOutcome | Measure | Test

__all__ = [
    "Absence",
    "Combine",
    "Event",
    "Held",
    "Measure",
    "Outcome",
    "OwnFact",
    "OwnOutcome",
    "PooledOutcome",
    "Scale",
    "Score",
    "Test",
    "Total",
]
