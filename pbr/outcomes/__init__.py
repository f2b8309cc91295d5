"""The outcome kinds: one file each, one word in this union."""

from typing import TypeAlias

from pbr.outcomes.absence import Absence
from pbr.outcomes.combine import Combine
from pbr.outcomes.event import Event
from pbr.outcomes.fact import OwnFact
from pbr.outcomes.held import Held
from pbr.outcomes.scale import Scale
from pbr.outcomes.score import Score
from pbr.outcomes.total import Total

Outcome: TypeAlias = Event | Absence | Held | Total | Score | OwnFact | Combine | Scale

__all__ = ["Absence", "Combine", "Event", "Held", "Outcome", "OwnFact", "Scale", "Score", "Total"]
