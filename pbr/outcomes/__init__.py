"""The outcome kinds: one file each, one word in this union."""

from typing import TypeAlias

from pbr.outcomes.absence import Absence
from pbr.outcomes.combine import Combine
from pbr.outcomes.estimate import Estimate
from pbr.outcomes.event import Event
from pbr.outcomes.fact import OwnFact
from pbr.outcomes.formula import OfFigures
from pbr.outcomes.held import Held
from pbr.outcomes.index import Index
from pbr.outcomes.judged import Judged
from pbr.outcomes.measure import Measure
from pbr.outcomes.scale import Scale
from pbr.outcomes.score import Score
from pbr.outcomes.test import Test
from pbr.outcomes.total import Total

OwnOutcome: TypeAlias = Event | Absence | Held | Total | Score | OwnFact | Combine | Scale | OfFigures
"""Kinds on one subject; a scale, combination or formula of what is of groups is of groups itself."""

OfGroups: TypeAlias = Measure | Test | Index | Estimate | Judged
"""Kinds that are of groups whatever they are made of."""

PooledOutcome: TypeAlias = OfGroups | Scale | Combine | OfFigures
"""Kinds on groups of subjects."""

Outcome: TypeAlias = OwnOutcome | Measure | Test | Index | Estimate | Judged

OF_GROUPS = Measure | Test | Index | Estimate | Judged

__all__ = [
    "OF_GROUPS",
    "Absence",
    "Combine",
    "Estimate",
    "Event",
    "Held",
    "Index",
    "Judged",
    "Measure",
    "OfFigures",
    "OfGroups",
    "Outcome",
    "OwnFact",
    "OwnOutcome",
    "PooledOutcome",
    "Scale",
    "Score",
    "Test",
    "Total",
]
