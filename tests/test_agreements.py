"""Papers and their count: which stand, quorum, rounds, groups of few voters, and who is too many."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from pbr.agreement.papers import STATES
from pbr.agreement.publish import merge_groups
from pbr.agreement.tokens import fold_token
from pbr.problem import AgreementError
from tests.agreements import HEADER, IN_ROUNDS, OPTIONS, PLAIN, ROUNDS, SURE, TIMED, WEIGHTS, counted, rated

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.agreement import Count


def states(count: Count) -> list[str | None]:
    """Give the state of each paper."""
    return list(count.states)


@pytest.mark.parametrize(
    ("second", "expected", "agreed"),
    [
        ("last", ["second_ballot", "counted"], False),
        ("first", ["counted", "second_ballot"], True),
        ("none", ["second_ballot", "second_ballot"], False),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_one_ballot_of_a_voter_stands(
    tmp_path: Path, second: str, expected: list[str], agreed: bool, turned: bool
) -> None:
    """Of two ballots the last, the first or none stands, by their times and whatever the order of the rows."""
    rows = [("u1", "users", "sure", "yes", "2025-02-01T10:00"), ("u1", "users", "sure", "no", "2025-02-01T10:01")]
    found = counted(tmp_path, f"second_ballots: {second}\n{SURE}", rows[::-1] if turned else rows, TIMED)
    assert states(found) == (expected[::-1] if turned else expected)
    assert found.result.questions["sure"].agreed is agreed


def test_papers_of_one_time_are_one_ballot(tmp_path: Path) -> None:
    """The same paper twice counts once; two that differ spoil each other."""
    rows = [("u1", "users", "sure", "yes"), ("u1", "users", "sure", "yes")]
    found = counted(tmp_path, SURE, rows, PLAIN)
    assert states(found) == ["counted", "second_ballot"]
    rows = [("u1", "users", "sure", "yes"), ("u1", "users", "sure", "no"), ("u2", "users", "sure", "yes")]
    found = counted(tmp_path, SURE, rows, PLAIN)
    assert states(found) == ["spoilt", "spoilt", "counted"]
    assert found.why == dict.fromkeys((0, 1), "two papers of one ballot say different things")


@pytest.mark.parametrize(
    ("time", "state"),
    [
        ("2025-02-02", "early"),
        ("2025-02-02T23:59:59", "early"),
        ("2025-02-03", "counted"),
        ("2025-02-03T00:00", "counted"),
        ("2025-02-28T17:00", "counted"),
        ("2025-02-28 17:00:00", "counted"),
        ("2025-02-28T17:00:01", "late"),
        ("2025-02-28", "late"),
        ("", "undated"),
        ("28/02/2025", "undated"),
        ("2025-02-10T24:00", "undated"),
    ],
)
def test_papers_are_taken_from_the_first_moment_to_the_last(tmp_path: Path, time: str, state: str) -> None:
    """The second before it opens is early and the one after it closes late; a day without a time of day may be."""
    terms = f"opens: 2025-02-03\ncloses: 2025-02-28 17:00\n{SURE}"
    found = counted(tmp_path, terms, [("u1", "users", "sure", "yes", time)], TIMED)
    assert states(found) == [state]


def test_a_day_on_which_it_closes_is_whole(tmp_path: Path) -> None:
    """Without a time of day the ballot closes when the day ends."""
    rows = [("u1", "users", "sure", "yes", "2025-02-28T23:59:59"), ("u2", "users", "sure", "yes", "2025-03-01")]
    assert states(counted(tmp_path, f"closes: 2025-02-28\n{SURE}", rows, TIMED)) == ["counted", "late"]


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("V-001", "V-001"),
        ("  V-001\t", "V-001"),
        ("V  001", "V 001"),
        ("V\t001", "V 001"),
        ("\N{CYRILLIC CAPITAL LETTER A} \N{NO-BREAK SPACE}1", "A 1"),
        ("V\N{INTERLINEAR ANNOTATION ANCHOR}-001", "V-001"),
        ("V\N{ZERO WIDTH SPACE}-001", "V-001"),
        ("V\N{EN DASH}001", "V-001"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER V}-001", "V-001"),
        ("\N{CYRILLIC CAPITAL LETTER A}1", "A1"),
        ("\N{GREEK CAPITAL LETTER ALPHA}1", "A1"),
        ("e\N{COMBINING ACUTE ACCENT}", "\N{LATIN SMALL LETTER E WITH ACUTE}"),
        ("v-001", "v-001"),
        ("V-OO1", "V-OO1"),
        ("\N{ZERO WIDTH SPACE}", ""),
    ],
)
def test_tokens_are_folded(typed: str, folded: str) -> None:
    """What cannot be seen is removed and what looks alike is one; capitals and digits that can be told apart stay."""
    assert fold_token(typed) == folded
    assert fold_token(folded) == folded


def test_a_folded_token_has_one_vote(tmp_path: Path) -> None:
    """A token typed with a Cyrillic letter is the same voter, and the result says how many were typed otherwise."""
    rows = [("A1", "users", "sure", "yes"), ("\N{CYRILLIC CAPITAL LETTER A}1", "users", "sure", "yes")]
    found = counted(tmp_path, SURE, rows, PLAIN)
    assert states(found) == ["counted", "second_ballot"]
    assert found.result.folded == 1


def test_a_token_in_two_groups_has_no_vote(tmp_path: Path) -> None:
    """All its papers are refused, also those in the group that it is of; others are not touched."""
    rows = [("u1", "users", "sure", "yes"), ("u1", "staff", "sure", "yes"), ("u2", "users", "sure", "yes")]
    found = counted(tmp_path, SURE, rows, PLAIN)
    assert states(found) == ["two_groups", "two_groups", "counted"]


def test_every_paper_ends_in_one_state(tmp_path: Path) -> None:
    """The papers of all states come to those read, an empty line is none, and the states are a closed list."""
    rows = [("u1", "users", "sure", "yes"), (), ("", "", "", ""), ("u2", "users", "sure"), ("u3", "users", "sure", "x")]
    found = counted(tmp_path, SURE, rows, PLAIN)
    assert states(found) == ["counted", None, None, "unreadable", "spoilt"]
    papers = dict(found.result.papers)
    assert papers.pop("read") == sum(papers.values()) == 3
    assert set(papers) <= set(STATES)


@pytest.mark.parametrize(
    ("terms", "answer", "state"),
    [
        ("{asks: number, rule: median, unit: share, bounds: 60% to 95%}", "59.9999%", "out_of_bounds"),
        ("{asks: number, rule: median, unit: share, bounds: 60% to 95%}", "60%", "counted"),
        ("{asks: number, rule: median, unit: share, bounds: 60% to 95%}", "0.95", "counted"),
        ("{asks: number, rule: median, unit: share, bounds: 60% to 95%}", "95.0001%", "out_of_bounds"),
        ("{asks: number, rule: median, unit: share}", "101%", "out_of_bounds"),
        ("{asks: number, rule: median, unit: share}", "-1%", "out_of_bounds"),
        ("{asks: number, rule: median}", "50%", "spoilt"),
        ("{asks: number, rule: median}", "1e3", "spoilt"),
        ("{asks: number, rule: median}", "1.00001", "spoilt"),
        ("{asks: number, rule: median, unit: money}", "-12.50", "counted"),
        ("{asks: number, rule: median}", " 7 ", "counted"),
        ("{asks: yes_no, rule: unanimity}", "YES", "counted"),
        ("{asks: yes_no, rule: unanimity}", "y", "spoilt"),
        ("{asks: yes_no, rule: unanimity}", "Abstain", "abstained"),
        ("{asks: yes_no, rule: unanimity}", "  ", "blank"),
    ],
)
def test_what_may_stand_on_a_paper(tmp_path: Path, terms: str, answer: str, state: str) -> None:
    """Figures are exact and within their bounds, words are the few that are asked for; the rest is spoilt."""
    found = counted(tmp_path, f"questions:\n  asked: {terms}\n", [("u1", "users", "asked", answer)], PLAIN)
    assert states(found) == [state]


@pytest.mark.parametrize(
    ("rating", "state"),
    [
        ("0", "out_of_bounds"),
        ("1", "counted"),
        ("9", "counted"),
        ("10", "out_of_bounds"),
        ("5.5", "spoilt"),
        ("50%", "spoilt"),
    ],
)
def test_a_rating_is_whole_from_one_to_nine(tmp_path: Path, rating: str, state: str) -> None:
    """0 and 10 are out of bounds, and half a point is spoilt."""
    terms = "questions:\n  asked: {asks: set, rule: delphi, options: [a]}\n"
    found = counted(tmp_path, terms, [("u1", "users", "asked", "a", rating, "")], OPTIONS)
    assert states(found) == [state]


@pytest.mark.parametrize(
    ("said", "expected", "why"),
    [
        ([("a", "60%"), ("b", "40%")], ["counted", "counted"], ""),
        ([("a", "60%"), ("b", "30%")], ["spoilt", "spoilt"], "the shares of the ballot come to 90%, not 100%"),
        ([("a", "100%")], ["spoilt"], "the ballot leaves an option out; write 0% for one of no weight"),
        ([("a", "60%"), ("b", "x")], ["spoilt", "spoilt"], "a paper of the same ballot does not count"),
        ([("a", "60%"), ("b", "140%")], ["spoilt", "out_of_bounds"], "a paper of the same ballot does not count"),
        ([("a", ""), ("b", "")], ["blank", "blank"], ""),
        ([("", "abstain")], ["abstained"], ""),
        ([("", "60%")], ["unknown_option"], ""),
        ([("c", "60%")], ["unknown_option"], ""),
        ([("a", "60%"), ("b", "40%"), ("b", "40%")], ["counted", "counted", "second_ballot"], ""),
    ],
)
def test_weights_count_together_or_not_at_all(
    tmp_path: Path, said: list[tuple[str, str]], expected: list[str], why: str
) -> None:
    """A ballot of weights comes to exactly 100%, or none of its papers counts."""
    found = counted(tmp_path, WEIGHTS, [("u1", "users", "asked", *one, "") for one in said], OPTIONS)
    assert states(found) == expected
    assert found.why.get(0, "") == why


def test_weights_of_the_panel_come_to_one(tmp_path: Path) -> None:
    """Two who want all of one and one who wants all of the other get 2/3 and 1/3."""
    rows = [
        (f"u{n}", "users", "asked", option, "100%" if (option == "a") == (n < 2) else "0%", "")
        for n in range(3)
        for option in "ab"
    ]
    answer = counted(tmp_path, WEIGHTS, rows, OPTIONS).result.questions["asked"]
    assert answer.agreed_value == {"a": Fraction(2, 3), "b": Fraction(1, 3)}
    assert answer.value.plain == {"a": "2/3", "b": "1/3"}


def test_dual_key_of_papers_with_values(tmp_path: Path) -> None:
    """Leamington as papers: 151 yes of 9,356,250 against 40 no of 1,703,500; a paper without a value is spoilt."""
    rows = []
    for answer, voters, value in (("yes", 151, 9_356_250), ("no", 40, 1_703_500)):
        held = [value // voters] * (voters - 1)
        held.append(value - sum(held))
        rows += [(f"{answer}{n}", "firms", "renew", answer, str(one)) for n, one in enumerate(held)]
    rows += [("x", "firms", "renew", "no", ""), ("y", "firms", "renew", "no", "0"), ("z", "firms", "renew", "no", "5%")]
    header = HEADER.replace("users: {eligible: 200, protected: yes}", "firms: {eligible: 320}")
    terms = "questions:\n  renew: {asks: yes_no, rule: dual_key}\n"
    found = counted(tmp_path, terms, rows, "voter,group,question,answer,value", header)
    answer_of = found.result.questions["renew"]
    assert answer_of.agreed_value is True
    assert [(test.numerator, test.denominator) for test in answer_of.tests] == [
        (Fraction(151), Fraction(191)),
        (Fraction(9_356_250), Fraction(11_059_750)),
    ]
    assert found.result.papers == {"read": 194, "counted": 191, "spoilt": 3}


@pytest.mark.parametrize(("quorum", "counted_papers"), [(4, 0), (3, 3)])
def test_quorum_comes_before_the_count(tmp_path: Path, quorum: int, counted_papers: int) -> None:
    """With 3 valid papers a quorum of 4 leaves the question uncounted; an abstention does not help it."""
    rows = [(f"u{n}", "users", "sure", "yes") for n in range(3)] + [("u3", "users", "sure", "abstain")]
    found = counted(tmp_path, f"quorum: {{overall: {quorum} voters}}\n{SURE}", rows, PLAIN)
    assert found.result.papers.get("counted", 0) == counted_papers
    assert found.result.questions["sure"].agreed is (counted_papers == 3)
    cast = counted(tmp_path, f"quorum: {{overall: {quorum} voters, counts: cast}}\n{SURE}", rows, PLAIN)
    assert cast.result.questions["sure"].agreed is True


@pytest.mark.parametrize(("staff", "why"), [(20, ""), (19, "no quorum")])
def test_quorum_of_each_group(tmp_path: Path, staff: int, why: str) -> None:
    """10% of 200 staff are 20; with 19 the question is not counted, however many users voted."""
    rows = [(f"u{n}", "users", "sure", "yes") for n in range(100)] + [
        (f"s{n}", "staff", "sure", "yes") for n in range(staff)
    ]
    found = counted(tmp_path, f"quorum: {{each_group: 10% of eligible}}\n{SURE}", rows, PLAIN)
    assert found.result.questions["sure"].why == why


def test_a_group_with_an_interest_is_asked_for_no_quorum(tmp_path: Path) -> None:
    """Staff may not vote on the question: their papers are a conflict, and the quorum is of the users alone."""
    header = HEADER.replace("staff: {eligible: 200}", "staff: {eligible: 200, may_not_vote_on: [sure]}")
    rows = [("u1", "users", "sure", "yes"), ("s1", "staff", "sure", "no")]
    found = counted(tmp_path, f"quorum: {{each_group: 1 voter, overall: 1 voter}}\n{SURE}", rows, PLAIN, header)
    assert states(found) == ["counted", "conflict"]
    tests = [(test.group, test.denominator) for test in found.result.questions["sure"].tests]
    assert tests == [("all", Fraction(200)), ("users", Fraction(200)), ("all", Fraction(1))]


def test_further_rounds_ask_what_is_not_settled(tmp_path: Path) -> None:
    """A is in after the first round and not asked again; b is in after the second, so the third is not counted."""
    rows = (
        rated(1, "a", 16)
        + rated(1, "b", 12)
        + rated(2, "b", 14)
        + rated(2, "a", 1)
        + rated(3, "b", 1)
        + rated(4, "b", 1)
    )
    found = counted(tmp_path, ROUNDS, rows, IN_ROUNDS)
    answer = found.result.questions["sleep"]
    assert (answer.agreed_value, answer.round) == (("a", "b"), 2)
    assert found.result.papers == {"read": 240, "counted": 120, "wrong_round": 120}
    assert {test.round for test in answer.tests if test.option == "b"} == {1, 2}


def test_rounds_stop_once_nothing_moves(tmp_path: Path) -> None:
    """From 12 to 13 of 20 are 5 points: it is stable, and a third round that would bring it in is not counted."""
    rows = rated(1, "b", 12) + rated(2, "b", 13) + rated(3, "b", 20)
    answer = counted(tmp_path, ROUNDS, rows, IN_ROUNDS).result.questions["sleep"]
    assert (answer.agreed, answer.round) == (False, 2)
    moving = counted(tmp_path, ROUNDS.replace("5%", "4%"), rows, IN_ROUNDS).result.questions["sleep"]
    assert (moving.agreed_value, moving.round) == (("b",), 3)


def test_a_round_without_quorum_ends_it(tmp_path: Path) -> None:
    """What an earlier round settled stands; the papers of the round without quorum are not counted."""
    rows = rated(1, "a", 16) + rated(1, "b", 12) + rated(2, "b", 20)[:5]
    found = counted(tmp_path, f"quorum: {{overall: 6 voters}}\n{ROUNDS}", rows, IN_ROUNDS)
    assert found.result.questions["sleep"].agreed_value == ("a",)
    assert found.result.papers == {"read": 85, "counted": 80, "not_counted": 5}


def test_one_round_without_further_papers(tmp_path: Path) -> None:
    """Where nobody is asked again the first round decides."""
    answer = counted(tmp_path, ROUNDS, rated(1, "a", 16) + rated(1, "b", 12), IN_ROUNDS).result.questions["sleep"]
    assert (answer.agreed_value, answer.round) == (("a",), 1)


@pytest.mark.parametrize(
    ("voters", "expected"),
    [
        ({"users": 5, "staff": 5}, {"users": "users", "staff": "staff"}),
        ({"users": 9, "staff": 4}, {"users": "users + staff", "staff": "users + staff"}),
        (
            {"users": 9, "carers": 3, "staff": 2},
            {"users": "users", "carers": "carers + staff", "staff": "carers + staff"},
        ),
        ({"users": 9, "carers": 1, "staff": 1}, dict.fromkeys(("users", "carers", "staff"), "users + carers + staff")),
        ({"users": 2, "staff": 2}, {"users": "", "staff": ""}),
    ],
)
def test_groups_of_few_voters_are_merged(voters: dict[str, int], expected: dict[str, str]) -> None:
    """A group of fewer than 5 is merged with the next smallest until nothing is smaller; else nothing is published."""
    assert merge_groups(voters, 5) == expected


def test_a_small_group_cannot_be_told_from_the_result(tmp_path: Path) -> None:
    """Of 20 users and 4 staff only all together is published, so that no difference gives the staff away."""
    header = HEADER.replace("smallest_group: 1", "smallest_group: 5")
    rows = [(f"u{n}", "users", "sure", "yes") for n in range(20)] + [(f"s{n}", "staff", "sure", "no") for n in range(4)]
    terms = f"quorum: {{each_group: 1 voter}}\n{SURE}"
    answer = counted(tmp_path, terms, rows, PLAIN, header).result.questions["sure"]
    shown = {test.group: test.numerator for test in answer.tests if test.numerator is not None}
    assert shown == {"all": Fraction(20)}
    assert [(each.group, each.voters, each.of) for each in answer.dissent] == [("users + staff", 4, 24)]
    assert all(test.passed for test in answer.tests)


def test_too_many_voters_are_refused(tmp_path: Path) -> None:
    """With 201 tokens of 200 who may vote nothing is counted."""
    rows = [(f"u{n}", "users", "sure", "yes") for n in range(201)]
    assert counted(tmp_path, SURE, rows[:200], PLAIN).result.agreed
    with pytest.raises(AgreementError, match="201 voters of group 'users' handed in papers, and 200 are eligible"):
        counted(tmp_path, SURE, rows, PLAIN)
