"""Outcome kind ``judged``: what a panel scores each group in each period, counted by the rules of an agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from pbr.calendar import PERIODS, number_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from pbr.calendar import Date


@frozen(kw_only=True)
class Scoring:
    """Days, both included, on which one version of an agreement is in force, and what was scored under it.

    Attributes:
        first: First day, or None for every day before the last.
        last: Last day, or None for every day after the first.
        version: The version, or 0 where none is in force.
        file: Its result file as it was named, or empty.
        sha256: Of the bytes of that file, or empty.
        of: Whose scores it asks for; none where each period has one.
        periods: The last day of each period that it asks for.
        closes: The last day of papers by label, such as ``northbank Y1-Q1``.
        scores: The scores by label; a label without one was not agreed, or not scored.
    """

    first: Date | None
    last: Date | None
    version: int = 0
    file: str = ""
    sha256: str = ""
    of: tuple[str, ...] = ()
    periods: Mapping[str, Date] = field(factory=dict, repr=False)
    closes: Mapping[str, Date] = field(factory=dict, repr=False)
    scores: Mapping[str, Fraction] = field(factory=dict, repr=False)


@frozen(kw_only=True)
class Panel:
    """Who scores: a question of an agreement, and what has been scored, as read from the results.

    Attributes:
        agreement: Name of the agreement under ``agreements``.
        question: Question of that agreement.
        unit: What a score is: ``share``, ``number`` or ``money``.
        in_force: Which version decides on which days, in their order without a gap.
        counted: The labels that papers were counted on, by the version that counted them.
    """

    agreement: str
    question: str
    unit: str = "share"
    in_force: tuple[Scoring, ...] = ()
    counted: dict[int, tuple[str, ...]] = field(factory=dict, repr=False)

    def on(self, day: int) -> Scoring:
        """Which version is in force on a day, an Int32 number."""
        return next(held for held in self.in_force if held.last is None or number_of(held.last) >= day)


@frozen(kw_only=True)
class Judged:
    """What a panel scores each group in each period, under the rules of an agreement.

    Meaning:
        The score of each group is what the papers on it come to, by the version of the agreement that is in force at
        the start of the period; whoever has an interest in a group does not score it.

    Terms:
        agreed: AGREEMENT.QUESTION, a question with ``scored``.
        per: list of the period that is scored, and ``provider``, a grouping or a text field with declared words if the
            question says ``of``.
        round: whole number of decimals to which the score is rounded, by the contract's mode; default none.
        paid: ``no`` of a signpost, which is measured and reported, and on which no money depends; ``yes`` if some does;
            default what is so.

    Worked example:
        >>> Judged(agreed=Panel(agreement="panel", question="attainment"), per=("provider", "quarter")).label(
        ...     ("northbank", "Y1-Q1")
        ... )
        'northbank Y1-Q1'

    Edge of the rule:
        A score is of the last day of its period, and known on the day by which papers on it are in: as at that day it
        counts, and as at the day before it is pending. Without a quorum, without a paper, and for a period that starts
        on the day after the last of the agreement there is nothing to assess; it is never failed.

    Source:
        docs/explanation/rules.md, rules 4, 7 and 27.
    """

    kind: str = "judged"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    paid: str | None = None
    agreed: Panel
    per: tuple[str, ...]
    round: str | None = None

    def reads(self) -> tuple[str, ...]:
        """No outcome."""
        return ()

    @property
    def whose(self) -> str | None:
        """The word under ``per`` that says whose scores they are, or None."""
        return next((word for word in self.per if word not in PERIODS), None)

    def label(self, key: tuple[str, ...]) -> str:
        """What a group is called in the agreement: whose score it is, then the period."""
        named = dict(zip(self.per, key, strict=True))
        period = next(named[word] for word in self.per if word in PERIODS)
        return period if self.whose is None else f"{named[self.whose]} {period}"
