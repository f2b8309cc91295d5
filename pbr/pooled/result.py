"""The result of a group: its state, its exact value, and the counts behind it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.confidence import Counted
    from pbr.contract.grain import Grain, Key
    from pbr.outcomes.estimate import Interval
    from pbr.pooled.members import Stratum


@frozen(kw_only=True)
class Result:
    """What came out for one group.

    Attributes:
        state: One of ``STATES``.
        reason: One of ``REASONS``.
        date: Day of the achievement as a number; None unless met.
        known: Day on which it was fixed, or could be told, as a number; None while it is pending.
        value: Its exact value, also while it is provisional; None where there is none.
        exact: Its value before it was rounded, where it is.
        counted: Of how many it is a share, where it is one.
        members: How many members came to each state, and under ``left out: REASON`` who is not counted.
        nowhere: How many of its period are in none of the groups, for want of a label.
        undated: How many are in no period, since the day that puts them into one is not known.
        threshold: What it was tested against, if it is a test.
        other: Of how many that is a share, if it is one.
        interval: The ends of the interval around an estimate.
        version: The version of an estimate that counts, where its rows have one.
        asked: How many were asked, if somebody was.
        frame: How many could be asked, where that is said.
        strata: Of each label by which answers are weighed how many could be asked, answered, and are met, by its place.
        parts: The figure of each part that an index weighs with its weight, or that a formula reads, by name.
    """

    state: str
    reason: str
    date: int | None = None
    known: int | None = None
    value: Fraction | None = None
    exact: Fraction | None = None
    counted: Counted | None = None
    members: Mapping[str, int] = field(factory=dict)
    nowhere: int = 0
    undated: int = 0
    threshold: Fraction | None = None
    other: Counted | None = None
    interval: Interval | None = None
    version: int | None = None
    asked: int | None = None
    frame: int | None = None
    strata: Mapping[int, Stratum] = field(factory=dict)
    parts: Mapping[str, tuple[Fraction | None, Fraction | None]] = field(factory=dict)

    @property
    def silent(self) -> int | None:
        """How many of those who could be asked, or were, have not answered; None where nobody says who these are."""
        whole = self.asked if self.frame is None else self.frame
        return None if whole is None or self.counted is None else whole - self.counted.counted

    @property
    def extremes(self) -> tuple[Fraction, Fraction] | None:
        """The share if of those who did not answer nobody were met, and if all were; None where these are not known."""
        if self.silent is None or self.counted is None:
            return None
        whole = self.counted.counted + self.silent
        return Fraction(self.counted.met, whole), Fraction(self.counted.met + self.silent, whole)

    @property
    def met(self) -> bool:
        """Whether it is met, and so can be paid."""
        return self.state == "met"


@frozen(kw_only=True)
class Pooled:
    """The results of an outcome of groups.

    Attributes:
        grain: The groups.
        results: The result of each.
    """

    grain: Grain
    results: Mapping[Key, Result] = field(repr=False)

    def around(self, key: Key, grain: Grain) -> Result:
        """The result for a group of another grain: its own, or that of the larger group around it."""
        return self.results[self.grain.around(key, grain)]
