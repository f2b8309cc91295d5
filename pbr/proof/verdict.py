"""What a proof ends with: proved, a fault with its witness, or why it cannot be proved."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.condition import FieldRef
    from pbr.proof.values import Value


class Found(enum.Enum):
    """The four ways in which a proof can end."""

    PROVED = "proved"
    GAP = "gap"
    OVERLAP = "overlap"
    UNPROVED = "cannot be proved; checked for each person"


@frozen(kw_only=True)
class Verdict:
    """What was found out about groups or steps.

    Attributes:
        found: Which of the four it is.
        labels: The two labels that overlap; the steps on both sides of a gap; the label that cannot be proved.
        witness: A value for every field that shows the fault, made up and so never anybody's; empty for steps.
        shown: The witness in words, written so that it could stand in a condition; a step's value alone.
        reason: Why it cannot be proved, or empty.
        column: Column of the part that cannot be proved in the text of its label, from 0, or None.
    """

    found: Found
    labels: tuple[str, ...] = ()
    witness: Mapping[FieldRef, Value] = field(factory=dict)
    shown: str = ""
    reason: str = ""
    column: int | None = None
