"""The count: quorum first, then the rule of each question, then what may be published."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from pbr.agreement.model import Agreement, AgreementTerms, options_of, rounds_of, scored_of, unit_of
from pbr.agreement.papers import STATES
from pbr.agreement.publish import fewest_voters, merge_groups, publish_dissent, publish_figures, publish_tests
from pbr.agreement.result import (
    EVERYBODY,
    NOTHING,
    RESULT,
    Answer,
    GroupOfVoters,
    Result,
    Score,
    Threshold,
    write_value,
)
from pbr.agreement.rules import Delphi
from pbr.agreement.standing import States, stand
from pbr.agreement.votes import Found
from pbr.problem import AgreementError, Problem

if TYPE_CHECKING:
    from pbr.agreement.ballots import Ballots
    from pbr.agreement.votes import Votes
    from pbr.agreement.words import Quota


@frozen(kw_only=True)
class Count:
    """Papers, counted.

    Attributes:
        result: What was agreed, with every test, as it is published.
        states: For each row of the file below its headings the state in which the paper ended; None for an empty line.
        why: What is wrong with a paper that is spoilt, by the place of its row.
        channels: How many papers came which way.
    """

    result: Result
    states: tuple[str | None, ...] = field(repr=False)
    why: dict[int, str] = field(repr=False)
    channels: dict[str, int]


def count_ballots(agreement: Agreement, ballots: Ballots) -> Count:
    """Count the ballots of an agreement.

    Raises:
        AgreementError: PBR310, more voters than are eligible.
    """
    terms = agreement.terms
    _not_too_many(agreement, ballots)
    states = States(list(ballots.states))
    questions = {
        name: _Question(terms, ballots, name, states).answer()
        if scored_of(terms.questions[name]) is None
        else _answer_of_scores(terms, ballots, name, states)
        for name in terms.questions
    }
    ends = tuple("counted" if state == "" else state for state in states.states)
    ended = Counter(state for state in ends if state is not None)
    papers = {"read": ended.total(), **{state: ended[state] for state in STATES if ended[state]}}
    result = Result(
        pbr_result=RESULT,
        agreement=terms.id,
        version=terms.version,
        title=terms.title,
        agreement_sha256=agreement.sha256,
        ballots=terms.ballots.file,
        ballots_sha256=ballots.sha256,
        interests_sha256=ballots.interests.sha256,
        valid=terms.valid,
        counted_on=terms.electorate.counted_on,
        closes="" if terms.closes is None else str(terms.closes),
        groups={
            name: GroupOfVoters(title=group.title, eligible=group.eligible, protected=group.protected)
            for name, group in terms.electorate.groups.items()
        },
        papers=papers,
        folded=ballots.folded,
        questions=questions,
    )
    return Count(result=result, states=ends, why=states.why, channels=ballots.channels)


def _not_too_many(agreement: Agreement, ballots: Ballots) -> None:
    voters = Counter(group for voter, group in ballots.group_of.items() if voter not in ballots.in_two_groups)
    problems: list[Problem] = []
    for name, group in agreement.terms.electorate.groups.items():
        if voters[name] > group.eligible:
            message = f"{voters[name]} voters of group '{name}' handed in papers, and {group.eligible} are eligible"
            place = agreement.document.place(("electorate", "groups", name, "eligible"))
            problems.append(place.problem("PBR310", message))
    if problems:
        raise AgreementError(problems)


def _answer_of_scores(terms: AgreementTerms, ballots: Ballots, name: str, states: States) -> Answer:
    """What was scored, each thing counted by itself as a question is; what nobody handed in a paper on is left out."""
    question, scores = terms.questions[name], dict[str, Score]()
    scored = scored_of(question)
    assert scored is not None, "this is asked only where something is scored"
    for place, label in enumerate(scored.labels):
        if ballots.slots[name, place + 1]:
            counting = _Question(terms, ballots, name, states, place + 1)
            answer = counting.answer()
            scores[label] = Score(
                closes=scored.closing_day(place),
                agreed=answer.agreed,
                why=answer.why,
                value=answer.value,
                voters=counting.voters if counting.voters >= terms.electorate.smallest_group else 0,
                barred=counting.barred,
                evidence=counting.evidence if answer.agreed else (),
                tests=answer.tests,
                dissent=answer.dissent,
                by_group=answer.by_group,
            )
    without = [label for label, score in scores.items() if not score.agreed]
    why = f"no score of {', '.join(without)}" if scores else "nothing has been scored yet"
    return Answer(
        title=question.title,
        asks=question.asks,
        rule=question.rule,
        unit=unit_of(question),
        agreed=bool(scores) and not without,
        why=why if without or not scores else "",
        scores=scores,
    )


class _Question:
    """Counts one question, or one thing that it scores."""

    def __init__(self, terms: AgreementTerms, ballots: Ballots, name: str, states: States, first: int = 1) -> None:
        self.terms, self.ballots, self.name, self.states = terms, ballots, name, states
        self.question = terms.questions[name]
        self.fewest: dict[str, int] = {}
        self.first, self.voters, self.barred, self.evidence = first, 0, 0, tuple[str, ...]()

    def answer(self) -> Answer:
        """What was said to it."""
        votes = self.stand(self.first, options_of(self.question))
        self.voters, self.barred, self.evidence = votes.voters(), votes.barred, votes.evidence
        quorum = self.quorum(votes, 1)
        if not all(test.passed for test in quorum):
            self.end(self.first, "not_counted")
            self.close(2)
            found, number = Found(value=None, why="no quorum", tests=quorum), 1
        else:
            found = self.question.decide(votes)
            found, number = self.rounds(evolve(found, tests=(*quorum, *found.tests)))
        return self.published(found, number)

    def stand(self, number: int, options: tuple[str, ...]) -> Votes:
        votes = stand(self.terms, self.ballots, self.name, number, options, self.states)
        for group, voters in fewest_voters(votes).items():  # a group may be small in one round only
            self.fewest[group] = min(voters, self.fewest.get(group, voters))
        return votes

    def close(self, number: int) -> None:
        """Nothing is counted of this round and of those after it."""
        for later in range(number, rounds_of(self.question) + 1):
            self.end(later, "wrong_round")

    def end(self, number: int, state: str) -> None:
        """End the papers of a round in a state that are not in one yet."""
        rows, states = self.ballots.rows, self.states.states
        for found in self.ballots.slots[self.name, number].values():
            papers = found if isinstance(found, list) else [found]
            self.states.end([rows[paper] for paper in papers if states[rows[paper]] == ""], state)

    def rounds(self, first: Found) -> tuple[Found, int]:
        """What comes of further rounds, which ask only about what is not settled."""
        question = self.question
        if not isinstance(question, Delphi):
            return first, 1
        whole, before, number = first, first, 1
        while number < question.rounds.most:
            options = tuple(option for option in options_of(question) if option not in whole.settled)
            if not options or not self.ballots.slots[self.name, number + 1]:
                break
            votes = self.stand(number + 1, options)
            quorum = self.quorum(votes, number + 1)
            if not all(test.passed for test in quorum):
                self.end(number + 1, "not_counted")
                whole = evolve(whole, tests=(*whole.tests, *quorum))
                number += 1
                break
            number += 1
            now = question.decide(votes)
            now = evolve(now, tests=tuple(evolve(test, round=number) for test in now.tests))
            whole = _joined(whole, evolve(now, tests=(*quorum, *now.tests)), question)
            if question.is_stable(before, now):
                break
            before = now
        self.close(number + 1)
        return whole, number

    def quorum(self, votes: Votes, number: int) -> tuple[Threshold, ...]:
        """Whether enough took part."""
        quorum = self.terms.quorum
        if quorum.counts == "cast":
            took_part = dict(votes.cast)
        else:
            took_part = {group: votes.voters(group) for group in votes.eligible}
        tests = []
        if quorum.overall is not None:
            voters, eligible = sum(took_part.values()), sum(votes.eligible.values())
            tests.append(_quorum(quorum.overall, EVERYBODY, voters, eligible, number))
        if quorum.each_group is not None:
            for group, eligible in votes.eligible.items():
                tests.append(_quorum(quorum.each_group, group, took_part.get(group, 0), eligible, number))
        return tuple(tests)

    def published(self, found: Found, number: int) -> Answer:
        """The answer, as it is published."""
        question = self.question
        names = merge_groups(self.fewest, self.terms.electorate.smallest_group)
        unit = unit_of(question)
        figures = publish_figures(found.by_group, names)
        chosen = found.value if isinstance(found.value, tuple) else ()
        return Answer(
            title=question.title,
            asks=question.asks,
            rule=question.rule,
            unit=unit if question.asks == "number" else "number",
            agreed=found.value is not None,
            why=found.why,
            value=NOTHING if found.value is None else write_value(found.value, unit),
            out=tuple(each for each in options_of(question) if each in found.settled and each not in chosen),
            round=number,
            tests=publish_tests(found.tests, names),
            dissent=publish_dissent(found.dissent, names),
            by_group={group: str(write_value(figure, unit).plain) for group, figure in figures.items()},
        )


def _quorum(quota: Quota, group: str, voters: int, eligible: int, number: int) -> Threshold:
    return Threshold(
        what="quorum",
        group=group,
        numerator=Fraction(voters),
        denominator=Fraction(eligible),
        needed=str(quota),
        passed=voters >= quota.needed(eligible),
        round=number,
    )


def _joined(before: Found, now: Found, question: Delphi) -> Found:
    """What was found in earlier rounds, and now of the options that were asked again."""
    asked = {test.option for test in now.tests}
    chosen = {option for each in (before, now) if isinstance(each.value, tuple) for option in each.value}
    value = tuple(option for option in options_of(question) if option in chosen)
    return evolve(
        now,
        value=value or None,
        why="" if value else now.why,
        tests=(*before.tests, *now.tests),
        dissent=(*(each for each in before.dissent if each.option not in asked), *now.dissent),
        settled=before.settled | now.settled,
    )
