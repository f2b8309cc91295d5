"""Which papers stand: one ballot of each voter, what it says, and the state in which each paper ends."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from pbr.agreement.model import options_of
from pbr.agreement.papers import SPOILT, STATE_OF, is_whole, needs_value, wanted_of
from pbr.agreement.votes import Votes
from pbr.money import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pbr.agreement.ballots import Ballots, Paper
    from pbr.agreement.model import AgreementTerms
    from pbr.agreement.votes import Said


@define
class States:
    """The state in which each paper ends, as it becomes known.

    Attributes:
        states: By the place of the paper.
        why: What is wrong with a spoilt one, by its place.
    """

    states: list[str | None]
    why: dict[int, str] = field(factory=dict)

    def end(self, papers: Iterable[Paper], state: str, why: str = "") -> None:
        """End these papers in a state."""
        for paper in papers:
            self.states[paper[0]] = state
            if why:
                self.why[paper[0]] = why


@frozen
class Standing:
    """What one question and round comes to.

    Attributes:
        votes: What was said.
        counted: The papers that say it.
    """

    votes: Votes
    counted: list[Paper]


def stand(
    terms: AgreementTerms, ballots: Ballots, name: str, number: int, options: Sequence[str], states: States
) -> Standing:
    """Which papers of one question and round stand.

    Args:
        terms: The agreement.
        ballots: The papers.
        name: The question.
        number: The round.
        options: The options that are asked in this round.
        states: The states of papers, which are filled in.
    """
    question = terms.questions[name]
    places = {place: at for at, place in enumerate(map(options_of(question).index, options))}
    judge = _Judge(terms, ballots, name, places, states)
    cast: Counter[str] = Counter()
    said: Counter[tuple[str, tuple[int, ...]]] = Counter()
    group_of = ballots.group_of
    for voter, papers in ballots.slots[name, number].items():
        if voter in ballots.in_two_groups:
            states.end(papers if isinstance(papers, list) else (papers,), "two_groups")
            continue
        group = group_of[voter]
        if isinstance(papers, list) or places:
            all_papers = papers if isinstance(papers, list) else [papers]
            ballot = judge.one_ballot(all_papers)
            if not ballot:
                continue
            cast[group] += 1
            numbers = judge.options(ballot) if places else judge.answer(ballot)
        else:
            cast[group] += 1
            numbers = judge.answer([papers])
        if numbers is not None:
            said[group, numbers] += 1
    may_vote = terms.may_vote(name)
    return Standing(
        Votes(
            options=tuple(options),
            said={(group, judge.words(numbers)): voters for (group, numbers), voters in said.items()},
            cast=dict(cast),
            eligible={group: each.eligible for group, each in may_vote.items()},
            protected=tuple(group for group, each in may_vote.items() if each.protected),
        ),
        judge.counted,
    )


class _Judge:
    """Judges the papers of one question and round."""

    def __init__(
        self, terms: AgreementTerms, ballots: Ballots, name: str, places: dict[int, int], states: States
    ) -> None:
        question = terms.questions[name]
        self.second_ballots = terms.second_ballots
        self.said = ballots.answers[name].said
        self.values = ballots.values
        self.places = places
        self.states = states
        self.counted: list[Paper] = []
        self.whole = is_whole(question)
        self.valued = needs_value(question)
        self.wanted = f"it does not say {wanted_of(question)}"

    def words(self, numbers: tuple[int, ...]) -> tuple[Said, ...]:
        """What numbers stand for."""
        if self.valued:
            return self.said[numbers[0]], self.values[numbers[1]]
        return tuple(self.said[number] if number >= 0 else None for number in numbers)

    def end(self, paper: Paper, state: int) -> None:
        """End a paper that says nothing that counts."""
        self.states.end([paper], STATE_OF[state], self.wanted if state == SPOILT else "")

    def one_ballot(self, papers: list[Paper]) -> list[Paper]:
        """The papers of the ballot that stands: those of one time."""
        if self.places:
            closed = [paper for paper in papers if paper[2] >= 0 and paper[2] not in self.places]
            self.states.end(closed, "wrong_round")
            papers = [paper for paper in papers if paper not in closed] if closed else papers
        times = {paper[1] for paper in papers}
        if len(times) > 1:
            stands = {"last": max(times), "first": min(times)}.get(self.second_ballots)
            self.states.end([paper for paper in papers if paper[1] != stands], "second_ballot")
            papers = [paper for paper in papers if paper[1] == stands]
        return papers

    def answer(self, ballot: list[Paper]) -> tuple[int, ...] | None:
        """What a ballot says that has no options."""
        paper = self.once(ballot)
        if paper is None:
            return None
        if paper[3] < 0:
            self.end(paper, paper[3])
            return None
        if not self.valued:
            self.count(paper)
            return (paper[3],)
        if paper[4] < 0:
            self.states.end([paper], "spoilt", "it says no value of its voter, over 0 with at most 4 decimals")
            return None
        self.count(paper)
        return (paper[3], paper[4])

    def once(self, ballot: list[Paper]) -> Paper | None:
        """The one paper of several on the same thing; two that differ spoil each other."""
        first = min(ballot)
        if len(ballot) > 1:
            if len({paper[3:] for paper in ballot}) > 1:
                self.states.end(ballot, "spoilt", "two papers of one ballot say different things")
                return None
            self.states.end([paper for paper in ballot if paper != first], "second_ballot")
        return first

    def options(self, ballot: list[Paper]) -> tuple[int, ...] | None:
        """What a ballot says of each option."""
        of_option: dict[int, list[Paper]] = {}
        for paper in ballot:
            of_option.setdefault(paper[2], []).append(paper)
        once = {place: self.once(papers) for place, papers in of_option.items()}
        single = {place: paper for place, paper in once.items() if paper is not None}
        if self.whole:
            return self.shares(single, spoilt=len(single) < len(of_option))
        numbers = [-1] * len(self.places)
        for place, paper in single.items():
            if paper[3] < 0:
                self.end(paper, paper[3])
            else:
                numbers[self.places[place]] = paper[3]
                self.count(paper)
        return tuple(numbers) if max(numbers) >= 0 else None

    def shares(self, papers: dict[int, Paper], *, spoilt: bool) -> tuple[int, ...] | None:
        """What a ballot says whose options count together or not at all."""
        states = {paper[3] for paper in papers.values() if paper[3] < 0}
        if not spoilt and len(states) == 1 and all(paper[3] < 0 for paper in papers.values()):
            for paper in papers.values():
                self.end(paper, paper[3])
            return None
        why = ""
        if spoilt or states:
            why = "a paper of the same ballot does not count"
        elif set(papers) != set(self.places):
            why = "the ballot leaves an option out; write 0% for one of no weight"
        else:
            total = sum((Fraction(self.said[paper[3]] or 0) for paper in papers.values()), Fraction(0))
            why = "" if total == 1 else f"the shares of the ballot come to {plain(total * 100)}%, not 100%"
        if why:
            for paper in papers.values():
                if paper[3] in STATE_OF:
                    self.end(paper, paper[3])
                else:
                    self.states.end([paper], "spoilt", why)
            return None
        for paper in papers.values():
            self.count(paper)
        return tuple(papers[place][3] for place in self.places)

    def count(self, paper: Paper) -> None:
        """Count a paper."""
        self.states.states[paper[0]] = "counted"
        self.counted.append(paper)
