"""The agreement file as attrs models: who may vote, on what, by which rule, and for how long it holds."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

from pbr.agreement.options import Options, read_options
from pbr.agreement.result import Valid
from pbr.agreement.rules import Delphi, EqualShares, IndependentMarkets, Median, Question
from pbr.agreement.scored import Closes, Scored, read_closes
from pbr.agreement.words import (
    Bounds,
    Moment,
    Most,
    Need,
    Quota,
    read_bounds,
    read_moment,
    read_most,
    read_need,
    read_number,
    read_quota,
    read_whole,
    read_yes_no,
)
from pbr.calendar import Date
from pbr.document import WORDS, Document, Hooks

if TYPE_CHECKING:
    from pbr.document import Plain

SMALLEST = 5
"""Groups of fewer voters are merged before anything is published, unless the file says another number."""


@frozen(kw_only=True)
class Group:
    """A part of the electorate.

    Attributes:
        title: What the voters are, in words.
        eligible: How many may vote, on the day on which they were counted.
        protected: Whether it has to agree by itself where a rule asks protected groups.
        may_not_vote_on: Questions in which it has an interest of its own.
    """

    title: str = ""
    eligible: int
    protected: bool = False
    may_not_vote_on: tuple[str, ...] = ()


@frozen(kw_only=True)
class Electorate:
    """Who may vote.

    Attributes:
        counted_on: The day on which those eligible were counted.
        groups: The groups; everybody is in one of them.
        smallest_group: Groups of which fewer voted are merged with others before anything is published.
    """

    counted_on: Date
    groups: dict[str, Group]
    smallest_group: int = SMALLEST


@frozen(kw_only=True)
class BallotsFile:
    """Where the papers are, or the register of interests.

    Attributes:
        file: A CSV file beside the agreement.
        sha256: Of its bytes, once it is sealed; the result states it in any case.
    """

    file: str
    sha256: str = ""


@frozen(kw_only=True)
class Quorum:
    """How many must take part for a question to be counted at all.

    Attributes:
        each_group: In each group that may vote on it.
        overall: Of all together.
        counts: Who has taken part: whose paper on the question is ``valid``, or whoever ``cast`` one.
    """

    each_group: Quota | None = None
    overall: Quota | None = None
    counts: str = field(default="valid", metadata={WORDS: ("valid", "cast")})


NO_QUORUM = Quorum()


@frozen(kw_only=True)
class AgreementTerms:
    """The whole of an agreement file.

    Attributes:
        pbr_agreement: Version of the language of agreements.
        id: Its name, by which a contract cites it.
        version: Which version it is.
        title: What it is about.
        valid: The days for which it holds.
        electorate: Who may vote.
        ballots: Where the papers are.
        interests: Where the register of interests is, which bars voters from what they have an interest in.
        opens: The first moment at which a paper is taken.
        closes: The last.
        second_ballots: Which ballot of a voter stands who hands in several: the ``last`` unless said, the ``first``, or
            ``none``.
        quorum: How many must take part.
        questions: What is asked.
    """

    pbr_agreement: str
    id: str
    version: int
    title: str = ""
    valid: Valid
    electorate: Electorate
    ballots: BallotsFile
    interests: BallotsFile | None = None
    opens: Moment | None = None
    closes: Moment | None = None
    second_ballots: str = field(default="last", metadata={WORDS: ("last", "first", "none")})
    quorum: Quorum = NO_QUORUM
    questions: dict[str, Question]

    def may_vote(self, question: str) -> dict[str, Group]:
        """The groups that may vote on a question."""
        groups = self.electorate.groups
        return {name: group for name, group in groups.items() if question not in group.may_not_vote_on}


HOOKS: Hooks = (
    (Fraction, read_number),
    (int, read_whole),
    (bool, read_yes_no),
    (Need, read_need),
    (Most, read_most),
    (Quota, read_quota),
    (Bounds, read_bounds),
    (Moment, read_moment),
    (Closes, read_closes),
    (Options, read_options),
)

_PROSE = {"title", "means"}


@frozen(kw_only=True)
class Agreement:
    """An agreement that has been read and checked.

    Attributes:
        document: The file as read, with the place of every term.
        terms: What it says.
    """

    document: Document = field(repr=False)
    terms: AgreementTerms

    @property
    def file(self) -> str:
        """The file as it was named."""
        return self.document.file

    @property
    def ballots_path(self) -> Path:
        """Where the papers are."""
        return Path(self.document.file).parent / self.terms.ballots.file

    @property
    def interests_path(self) -> Path | None:
        """Where the register of interests is, if there is one."""
        register = self.terms.interests
        return None if register is None else Path(self.document.file).parent / register.file

    @property
    def papers_are_here(self) -> bool:
        """Whether everything is here that a count needs: the papers, and the register of interests if there is one."""
        register = self.interests_path
        return self.ballots_path.exists() and (register is None or register.exists())

    @property
    def sha256(self) -> str:
        """SHA-256 of its canonical text, whatever the spacing and comments.

        The hashes of the ballots and of the register are left out, so that they may be written down once these are
        sealed.
        """
        whole = _folded(dict(self.document.root))
        assert isinstance(whole, dict)
        for file in ("ballots", "interests"):
            named = whole.get(file)
            if isinstance(named, dict):
                whole[file] = {key: value for key, value in named.items() if key != "sha256"}
        text = json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _folded(value: Plain, key: str = "") -> Plain:
    if isinstance(value, list):
        return [_folded(each, key) for each in value]
    if isinstance(value, dict):
        return {name: _folded(each, name) for name, each in value.items()}
    return " ".join(value.split()) if key in _PROSE else value


def options_of(question: Question) -> tuple[str, ...]:
    """What a question offers, in the order of the file; empty if it asks for a number, or yes or no."""
    if isinstance(question, EqualShares):
        return tuple(question.costs)
    return getattr(question, "options", Options()).names


def title_of(question: Question, option: str) -> str:
    """The title of an option, or its name."""
    options = getattr(question, "options", Options())
    return str(options.titles.get(option) or option)


def rounds_of(question: Question) -> int:
    """How many rounds of papers a question may have."""
    return question.rounds.most if isinstance(question, Delphi) else 1


def scored_of(question: Question) -> Scored | None:
    """What is scored period by period, if that is asked."""
    return question.scored if isinstance(question, Median) else None


def labels_of(question: Question) -> tuple[str, ...]:
    """What is scored, such as ``northbank Y1-Q1``; nothing where no scores are asked for."""
    scored = scored_of(question)
    return () if scored is None else scored.labels


def unit_of(question: Question) -> str:
    """The unit of a number that is asked for."""
    if isinstance(question, Median):
        return question.unit
    return "share" if isinstance(question, IndependentMarkets) else "number"
