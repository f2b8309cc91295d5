"""The states in which a paper may end, and what may stand on one."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from attrs import define, field

from pbr.agreement.rules import Delphi, DualKey, IndependentMarkets, Median
from pbr.agreement.scored import REQUIRED
from pbr.money import parse_ratio

if TYPE_CHECKING:
    from pbr.agreement.rules import Question
    from pbr.agreement.votes import Said

STATES: Final[dict[str, str]] = {
    "counted": "stands and counts",
    "not_counted": "valid, and not counted since the question has no quorum",
    "abstained": "says `abstain`",
    "blank": "says nothing",
    "spoilt": "says what the question does not ask",
    "out_of_bounds": "says less or more than a paper may",
    "second_ballot": "another ballot of the same voter stands",
    "late": "came after the ballot closed",
    "early": "came before the ballot opened",
    "undated": "has no time that can be read, so that it may be late; write it like 2025-02-03T12:00",
    "conflict": "is of a group that may not vote on the question",
    "barred": "is of a voter with an interest in what it is about, by the register of interests",
    "two_groups": "is of a voter who has papers in two groups",
    "unknown_voter": "has no token of a voter",
    "unknown_group": "is of a group that the agreement does not have; spell it as the agreement does",
    "unknown_question": "answers a question that is not asked",
    "unknown_option": "names an option that the question does not have, or none where it needs one",
    "wrong_round": "is of a round that is not held, or asks again what was settled",
    "unreadable": "has more or fewer cells than there are headings",
}
"""Every state, with what is so of a paper in it, in the order in which they are listed."""

ABSTAINED, BLANK, SPOILT, OUT_OF_BOUNDS = -1, -2, -3, -4
STATE_OF: Final = {ABSTAINED: "abstained", BLANK: "blank", SPOILT: "spoilt", OUT_OF_BOUNDS: "out_of_bounds"}

_NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,4})?%?")
_RATINGS = range(1, 10)


@define
class Answers:
    """What stood on the papers of one question, each thing once, under a number of its own.

    Attributes:
        question: What was asked.
        said: What was said, by its number.
        codes: What a paper is about and says, by a number of its own: the place of the option (-1 for none), and the
            number of what is said of it, or the negative number of a state.
    """

    question: Question
    said: list[Said] = field(factory=list)
    codes: list[tuple[int, int]] = field(factory=list)
    _known: dict[Said, int] = field(factory=dict)
    _numbers: dict[tuple[int, int], int] = field(factory=dict)

    def code(self, place: int, text: str) -> int:
        """The code of a paper."""
        paper = place, self._read(text.strip().casefold())
        if paper not in self._numbers:
            self._numbers[paper] = len(self.codes)
            self.codes.append(paper)
        return self._numbers[paper]

    def _read(self, text: str) -> int:
        if not text:
            return BLANK
        if text == "abstain":
            return ABSTAINED
        said = self._value(text)
        if isinstance(said, int) and not isinstance(said, bool):
            return said
        if said not in self._known:
            self._known[said] = len(self.said)
            self.said.append(said)
        return self._known[said]

    def _value(self, text: str) -> Said | int:
        """What a text says, or the number of a state."""
        question = self.question
        if isinstance(question, Median | IndependentMarkets | Delphi):
            number = parse_ratio(text) if _NUMBER.fullmatch(text) else None
            is_share = isinstance(question, IndependentMarkets) or (
                isinstance(question, Median) and question.unit == "share"
            )
            if number is None or (text.endswith("%") and not is_share):
                return SPOILT
            if isinstance(question, Delphi):
                if number.denominator != 1:
                    return SPOILT
                return number if number in _RATINGS else OUT_OF_BOUNDS
            limits = question.limits if isinstance(question, Median) else (Fraction(0), Fraction(1))
            return number if limits is None or limits[0] <= number <= limits[1] else OUT_OF_BOUNDS
        return {"yes": True, "no": False}.get(text, SPOILT)


def needs_value(question: Question) -> bool:
    """Whether a paper says the value of its voter too."""
    return isinstance(question, DualKey)


def cites_evidence(question: Question) -> bool:
    """Whether a paper may cite evidence."""
    return isinstance(question, Median) and question.scored is not None


def needs_evidence(question: Question) -> bool:
    """Whether a paper has to cite evidence."""
    return isinstance(question, Median) and question.scored is not None and question.scored.evidence == REQUIRED


def is_whole(question: Question) -> bool:
    """Whether a ballot counts only with all its options: the shares of one voter come to 1."""
    return isinstance(question, IndependentMarkets)


def wanted_of(question: Question) -> str:
    """What a paper may say, in words."""
    if isinstance(question, Median):
        limits = f" from {question.bounds.low} to {question.bounds.high}" if question.bounds is not None else ""
        kind = {"share": "a share such as 75%", "money": "an amount such as 12.50"}.get(question.unit, "a number")
        return f"{kind}{limits}, with at most 4 decimals"
    if isinstance(question, IndependentMarkets):
        return "a share such as 40% for each option, 100% together"
    if isinstance(question, Delphi):
        return "a whole number from 1 (does not matter) to 9 (matters most)"
    return "yes or no"


def parse_value(text: str) -> Fraction | None:
    """The value of a voter under dual key, over 0, or None."""
    found = parse_ratio(text.strip()) if _NUMBER.fullmatch(text.strip()) and "%" not in text else None
    return found if found is not None and found > 0 else None
