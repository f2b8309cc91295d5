"""Which papers stand: one ballot of each voter, what it says, and the state in which each paper ends."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from attrs import define, field, frozen

from pbr.agreement.ballots import NO_REFERENCE
from pbr.agreement.interests import WHOLE
from pbr.agreement.model import options_of
from pbr.agreement.papers import SPOILT, STATE_OF, cites_evidence, is_whole, needs_evidence, needs_value, wanted_of
from pbr.agreement.votes import Votes
from pbr.money import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pbr.agreement.ballots import Ballots
    from pbr.agreement.model import AgreementTerms
    from pbr.agreement.votes import Said

Paper: TypeAlias = "tuple[int, int, int]"
"""What a paper is about (the place of an option), what it says of it, and the value of its voter or its evidence."""
_End: TypeAlias = "tuple[str, str]"
_TWICE: _End = ("second_ballot", "")


@define
class States:
    """The state in which each paper ends, as it becomes known; what is still ``""`` at the end is counted.

    Attributes:
        states: By the place of the row.
        why: What is wrong with a spoilt one, by the place of the row.
    """

    states: list[str | None]
    why: dict[int, str] = field(factory=dict)

    def end(self, rows: Iterable[int], state: str, why: str = "") -> None:
        """End the papers of these rows in a state."""
        for row in rows:
            self.states[row] = state
            if why:
                self.why[row] = why


@frozen
class Verdict:
    """What a ballot comes to.

    Attributes:
        numbers: What it says, or None if nothing that counts.
        ends: How each of its papers ends; an empty state is one that counts. Empty if all count.
        cast: Whether somebody took part with it.
    """

    numbers: tuple[int, ...] | None
    ends: tuple[_End, ...] = ()
    cast: bool = True


def stand(  # noqa: C901, PLR0912  # one loop, since a call for each voter would take most of the time
    terms: AgreementTerms, ballots: Ballots, name: str, number: int, options: Sequence[str], states: States
) -> Votes:
    """What the papers of one question and round say, of which one ballot of each voter stands.

    Args:
        terms: The agreement.
        ballots: The papers.
        name: The question.
        number: The round, or the place from 1 of what is scored.
        options: The options that are asked in this round.
        states: The states of papers, which are filled in.
    """
    question = terms.questions[name]
    places = {place: at for at, place in enumerate(map(options_of(question).index, options))}
    judge = _Judge(ballots, name, places)
    known: dict[object, Verdict] = {}
    may_vote = terms.may_vote(name)
    idle: Counter[str] = Counter()
    said: dict[str, dict[tuple[int, ...], int]] = {group: {} for group in may_vote}
    group_of, times, codes, rows = ballots.group_of, ballots.times, ballots.codes, ballots.rows
    may_not, barred = ballots.interests.of(name, number if judge.scores else WHOLE), 0
    for voter, found in ballots.slots[name, number].items():  # a million of them: what was judged before is looked up
        if voter in ballots.in_two_groups:
            states.end((rows[paper] for paper in _listed(found)), "two_groups")
            continue
        if voter in may_not:
            states.end((rows[paper] for paper in _listed(found)), "barred")
            barred += 1
            continue
        if isinstance(found, list):
            first = times[found[0]]
            for paper in found:
                if times[paper] != first:
                    found = _one_ballot(ballots, found, terms.second_ballots, states)  # noqa: PLW2901  # what is left
                    break
        content: object
        if judge.beside:
            content = tuple([(codes[paper], judge.beside[paper]) for paper in _listed(found)])
        else:
            content = codes[found] if isinstance(found, int) else tuple([codes[paper] for paper in found])
        verdict = known.get(content)
        if verdict is None:
            verdict = known[content] = judge.ballot(_listed(found))
        if verdict.ends:
            for paper, (state, why) in zip(_listed(found), verdict.ends, strict=True):
                states.end([rows[paper]] if state else [], state, why)
        numbers, group = verdict.numbers, group_of[voter]
        if numbers is not None:
            same = said[group]
            same[numbers] = same.get(numbers, 0) + 1
        else:
            idle[group] += verdict.cast
    words: Counter[tuple[str, tuple[Said, ...]]] = Counter()
    for group, same in said.items():
        for numbers, voters in same.items():
            words[group, judge.words(numbers)] += voters
    return Votes(
        options=tuple(options),
        said=dict(words),
        cast={group: sum(said[group].values()) + idle[group] for group in may_vote},
        eligible={group: each.eligible for group, each in may_vote.items()},
        protected=tuple(group for group, each in may_vote.items() if each.protected),
        barred=barred,
        evidence=judge.evidence(each for same in said.values() for each in same),
    )


def _listed(papers: int | list[int]) -> list[int]:
    return papers if isinstance(papers, list) else [papers]


def _one_ballot(ballots: Ballots, papers: list[int], second_ballots: str, states: States) -> list[int]:
    """The papers of the ballot that stands: those of one time."""
    times = {ballots.times[paper] for paper in papers}
    stands = {"last": max(times), "first": min(times)}.get(second_ballots)
    states.end((ballots.rows[paper] for paper in papers if ballots.times[paper] != stands), "second_ballot")
    return [paper for paper in papers if ballots.times[paper] == stands]


class _Judge:
    """Judges the ballots of one question and round: each content once."""

    def __init__(self, ballots: Ballots, name: str, places: dict[int, int]) -> None:
        question = ballots.answers[name].question
        self.ballots = ballots
        self.answers = ballots.answers[name]
        self.places = places
        self.has_options = bool(options_of(question))
        self.whole = is_whole(question)
        self.valued = needs_value(question)
        self.scores = cites_evidence(question)
        self.cites = needs_evidence(question)
        self.beside: list[int] = ballots.worths if self.valued else ballots.cites if self.scores else []
        self.wanted = f"it does not say {wanted_of(question)}"

    def words(self, numbers: tuple[int, ...]) -> tuple[Said, ...]:
        """What numbers stand for."""
        said = self.answers.said
        if self.valued:
            return said[numbers[0]], self.ballots.values[numbers[1]]
        if self.scores:
            return (said[numbers[0]],)
        return tuple(said[number] if number >= 0 else None for number in numbers)

    def evidence(self, said: Iterable[tuple[int, ...]]) -> tuple[str, ...]:
        """What was cited by papers that count, by what was said on them."""
        if not self.scores:
            return ()
        places = {place for _, place in said if place >= 0}
        return tuple(sorted({reference for place in places for reference in self.ballots.evidence[place]}))

    def ballot(self, numbers: list[int]) -> Verdict:
        """What a ballot comes to."""
        papers = [
            (*self.answers.codes[self.ballots.codes[each]], self.beside[each] if self.beside else -1)
            for each in numbers
        ]
        ends: list[_End | None] = [None] * len(papers)
        of_place: dict[int, list[int]] = {}
        for at, (place, _, _) in enumerate(papers):
            if place >= 0 and place not in self.places:
                ends[at] = ("wrong_round", "")
            else:
                of_place.setdefault(place, []).append(at)
        single: dict[int, int] = {}
        for place, same in of_place.items():
            if len({papers[at] for at in same}) > 1:
                for at in same:
                    ends[at] = ("spoilt", "two papers of one ballot say different things")
            else:
                single[place] = same[0]
                for at in same[1:]:
                    ends[at] = _TWICE
        for at in single.values():
            if papers[at][1] < 0:
                state = papers[at][1]
                ends[at] = (STATE_OF[state], self.wanted if state == SPOILT else "")
        said = self._said(papers, single, ends, spoilt=len(single) < len(of_place))
        counts = tuple(("", "") if end is None else end for end in ends)
        return Verdict(said, counts if any(state for state, _ in counts) else (), cast=bool(of_place))

    def _said(
        self, papers: list[Paper], single: dict[int, int], ends: list[_End | None], *, spoilt: bool
    ) -> tuple[int, ...] | None:
        """What the papers of a ballot say that are valid by themselves."""
        valid = {place: at for place, at in single.items() if ends[at] is None}
        if self.whole:
            return self._shares(papers, single, ends, spoilt=spoilt)
        if self.has_options:
            numbers = [-1] * len(self.places)
            for place, at in valid.items():
                numbers[self.places[place]] = papers[at][1]
            return tuple(numbers) if valid else None
        if not valid:
            return None
        ((_, said, beside),) = (papers[at] for at in valid.values())
        why = self._lacks(beside)
        if why:
            ends[valid[-1]] = ("spoilt", why)
            return None
        return (said, beside) if self.valued or self.scores else (said,)

    def _lacks(self, beside: int) -> str:
        """What a paper lacks that says something valid: the value of its voter, or evidence; empty if nothing."""
        if self.valued and beside < 0:
            return "it says no value of its voter, over 0 with at most 4 decimals"
        if self.scores and beside == NO_REFERENCE:
            return "it cites evidence by what is no reference; write letters, digits and spaces, with ; between several"
        return "it cites no evidence" if self.cites and beside < 0 else ""

    def _shares(
        self, papers: list[Paper], single: dict[int, int], ends: list[_End | None], *, spoilt: bool
    ) -> tuple[int, ...] | None:
        """What a ballot says whose options count together or not at all."""
        if spoilt or any(ends[at] is not None for at in single.values()):
            why = "a paper of the same ballot does not count"
        elif set(single) != set(self.places):
            why = "the ballot leaves an option out; write 0% for one of no weight"
        else:
            total = sum((Fraction(self.answers.said[papers[at][1]] or 0) for at in single.values()), Fraction(0))
            if total == 1:
                return tuple(papers[single[place]][1] for place in self.places)
            why = f"the shares of the ballot come to {plain(total * 100)}%, not 100%"
        for at in single.values():
            if ends[at] is None:
                ends[at] = ("spoilt", why)
        return None
