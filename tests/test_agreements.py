"""Agreements from file to result: which papers stand, quorum, rounds, what is published, recounts and ballot papers."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pbr.agreement import Answer, check_agreement, count_ballots, read_agreement, read_ballots, read_result
from pbr.agreement.form import form_csv, form_text, read_stakes
from pbr.agreement.papers import STATES
from pbr.agreement.publish import merge_groups
from pbr.agreement.recount import check_result, read_agreed, write_result
from pbr.agreement.report import report_text, whole_percents
from pbr.agreement.result import result_text, typed_value, write_value
from pbr.agreement.tokens import fold_token
from pbr.agreement.words import Moment
from pbr.cli import run
from pbr.problem import AgreementError
from tests.agreements import HEADER, counted

if TYPE_CHECKING:
    from pbr.agreement import Count
    from tests.conftest import Golden

ROOT: Final = Path(__file__).parent.parent
PANEL: Final = ROOT / "examples" / "panel"
SURE: Final = "questions:\n  sure: {asks: yes_no, rule: simple_majority}\n"
PLAIN: Final = "voter,group,question,answer"
TIMED: Final = "voter,group,question,answer,time"
OPTIONS: Final = "voter,group,question,option,answer,time"


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


WEIGHTS: Final = "questions:\n  asked: {asks: map, rule: independent_markets, options: [a, b]}\n"


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


ROUNDS: Final = "questions:\n  sleep: {asks: set, rule: delphi, options: [a, b], rounds: {most: 3, stable: 5%}}\n"
IN_ROUNDS: Final = "voter,group,question,option,answer,round"


def rated(number: int, option: str, high: int, of: int = 20) -> list[tuple[str, ...]]:
    """Give ratings of one option in one round, alike in both groups."""
    return [
        (f"{group}{n}", group, "sleep", option, "8" if n < high else "5", str(number))
        for group in ("users", "staff")
        for n in range(of)
    ]


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


def test_the_hash_of_an_agreement_is_of_what_it_says(tmp_path: Path) -> None:
    """Comments, spacing and the hash of the ballots do not change it; a term does."""
    first = counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN).result
    same = HEADER.replace("version: 1", "version:   1  # the first")
    sealed = same.replace("{file: ballots.csv}", f"{{file: ballots.csv, sha256: {first.ballots_sha256}}}")
    assert counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN, sealed).result == first
    other = HEADER.replace("version: 1", "version: 2")
    changed = counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN, other).result
    assert changed.agreement_sha256 != first.agreement_sha256
    assert first.ballots_sha256 == hashlib.sha256((tmp_path / "ballots.csv").read_bytes()).hexdigest()


def test_a_new_version_is_counted_anew(tmp_path: Path) -> None:
    """The result of a version is written once; the next version replaces it."""
    counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN)
    path = tmp_path / "panel.yaml"

    def write() -> str:
        """Count and write."""
        agreement = read_agreement(path)
        return write_result(agreement, count_ballots(agreement, read_ballots(agreement))).read_text(encoding="utf-8")

    first = write()
    assert write() == first
    (tmp_path / "ballots.csv").write_text(f"{PLAIN}\nu1,users,sure,no\n", encoding="utf-8")
    with pytest.raises(AgreementError) as caught:
        write()
    assert {problem.code for problem in caught.value.problems} == {"PBR307", "PBR312"}
    assert (tmp_path / "panel.result.yaml").read_text(encoding="utf-8") == first
    path.write_text(path.read_text(encoding="utf-8").replace("version: 1", "version: 2"), encoding="utf-8")
    assert "agreed: no" in write()


def test_a_result_is_taken_only_if_it_is_of_this_agreement_and_these_ballots(tmp_path: Path) -> None:
    """Without the ballots the agreement is compared alone; a changed file of either is refused, as is no result."""
    counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN)
    path, ballots = tmp_path / "panel.yaml", tmp_path / "ballots.csv"
    agreement = read_agreement(path)
    with pytest.raises(AgreementError, match="PBR311 the agreement has no result"):
        read_agreed(agreement)
    result = count_ballots(agreement, read_ballots(agreement)).result
    write_result(agreement, count_ballots(agreement, read_ballots(agreement)))
    assert result_text(read_agreed(agreement)) == result_text(result)
    ballots.write_text(f"{PLAIN}\nu1,users,sure,no\n", encoding="utf-8")
    with pytest.raises(AgreementError, match=r"panel.result.yaml:7:1 PBR307 the ballots have changed"):
        read_agreed(agreement)
    ballots.unlink()
    assert read_agreed(agreement).agreed
    path.write_text(
        path.read_text(encoding="utf-8").replace("eligible: 200, prot", "eligible: 201, prot"), encoding="utf-8"
    )
    with pytest.raises(AgreementError, match=r"panel.result.yaml:5:1 PBR312 the agreement has changed"):
        read_agreed(read_agreement(path))


def test_what_stands_in_the_file_cannot_change_the_screen(tmp_path: Path) -> None:
    """Signs that a terminal would obey are not printed: neither from a heading nor from a channel."""
    rows = [("u1", "users", "sure", "yes", way) for way in ("web", "\x1b[2J", "", "=cmd()")]
    found = counted(tmp_path, SURE, rows, f"{PLAIN},channel")
    assert found.channels == {"not said": 1, "other": 2, "web": 1}
    with pytest.raises(AgreementError) as caught:
        counted(tmp_path, SURE, [], f"{PLAIN},\x1b[2J")
    assert "\x1b" not in str(caught.value)


def test_a_result_cannot_be_written_into_nothing(tmp_path: Path) -> None:
    """A folder that refuses the file is PBR502, and nothing is left behind."""
    counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN)
    agreement = read_agreement(tmp_path / "panel.yaml")
    found = count_ballots(agreement, read_ballots(agreement))
    (tmp_path / ".panel.result.yaml.part").mkdir()
    with pytest.raises(AgreementError, match="cannot be written"):
        write_result(agreement, found)


def test_what_is_read_of_a_result_is_what_was_written(tmp_path: Path) -> None:
    """A result is read back as it was, and its hash is of its bytes."""
    found = counted(
        tmp_path,
        WEIGHTS + SURE.partition("\n")[2],
        [("u1", "users", "sure", "yes", "", "")],
        "voter,group,question,answer,option,time",
    )
    path = tmp_path / "panel.result.yaml"
    path.write_text(result_text(found.result), encoding="utf-8")
    again = read_result(path)
    assert result_text(again) == result_text(found.result)
    assert again.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert again.agreed is False
    assert again.questions["sure"].agreed_value is True
    assert again.questions["asked"].agreed_value is None


@pytest.mark.parametrize(
    ("asks", "plain", "expected"),
    [
        ("number", "75%", Fraction(3, 4)),
        ("number", "three", None),
        ("number", ["75%"], None),
        ("yes_no", "yes", True),
        ("yes_no", "no", False),
        ("yes_no", ["yes"], None),
        ("set", ["a", "b"], ("a", "b")),
        ("set", "a", None),
        ("set", [["a"]], None),
        ("map", {"a": "3/5", "b": "40%"}, {"a": Fraction(3, 5), "b": Fraction(2, 5)}),
        ("map", {"a": "x"}, None),
        ("map", {}, None),
        ("map", "a", None),
    ],
)
def test_values_of_a_result_are_typed(asks: str, plain: object, expected: object) -> None:
    """A value is what its question asks for, or it is none."""
    assert typed_value(asks, plain) == expected  # type: ignore[arg-type]


def test_values_are_written_exactly() -> None:
    """Shares are per cents where these end, else fractions; nothing is rounded."""
    assert write_value(Fraction(1, 3), "share").plain == "1/3"
    assert write_value(Fraction(25, 2), "money").plain == "12.5"
    assert write_value(value=True).plain == "yes"
    assert Answer(asks="number", rule="median", agreed=False).agreed_value is None
    assert whole_percents([Fraction(2, 3), Fraction(1, 6), Fraction(1, 6)]) == (67, 17, 16)


@pytest.mark.parametrize("text", ["2025-02-30", "2025-02-03T24:00", "2025-02-03T10:60", "2025-02-03T10:00:60", "10:00"])
def test_what_is_no_moment(text: str) -> None:
    """A day or time that does not exist is none."""
    assert Moment.parse(text) is None


def play(
    folder: Path, *words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[int, str, str]:
    """Run a command in a folder."""
    monkeypatch.chdir(folder)
    code = run(list(words))
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_riverside_panel(
    tmp_path: Path, golden: Golden, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The panel's ballots give the result, the report and the papers kept beside them, and a recount agrees."""
    for name in ("panel-2025.yaml", "ballots-2025.csv"):
        shutil.copy(PANEL / name, tmp_path / name)
    code, out, err = play(
        tmp_path, "agree", "panel-2025.yaml", "--papers", "papers.csv", capsys=capsys, monkeypatch=monkeypatch
    )
    assert code == 0
    golden("examples/panel/panel-2025.result.yaml", (tmp_path / "panel-2025.result.yaml").read_bytes())
    golden("examples/panel/golden/report.txt", out)
    golden("examples/panel/golden/papers-not-counted.txt", err)
    with (tmp_path / "papers.csv").open(encoding="utf-8", newline="") as file:
        papers = list(csv.DictReader(file))
    kept = read_result(tmp_path / "panel-2025.result.yaml")
    assert len(papers) == kept.papers["read"] == 2320
    assert sum(paper["state"] == "counted" for paper in papers) == kept.papers["counted"]
    code, out, err = play(tmp_path, "agree", "panel-2025.yaml", "--check", capsys=capsys, monkeypatch=monkeypatch)
    assert (code, out, err) == (0, "panel-2025.yaml: a recount gives the same result\n", "")
    assert kept.questions["target_groups"].agreed_value == ("women",)
    assert kept.questions["outcomes"].agreed_value == ("recovered", "satisfied")


@pytest.mark.parametrize("form", ["json", "csv"])
def test_reports_for_machines(
    tmp_path: Path, form: str, golden: Golden, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--format` gives the whole result as JSON, or every test as CSV."""
    for name in ("panel-2025.yaml", "ballots-2025.csv"):
        shutil.copy(PANEL / name, tmp_path / name)
    code, out, err = play(
        tmp_path, "agree", "panel-2025.yaml", "--format", form, capsys=capsys, monkeypatch=monkeypatch
    )
    assert (code, bool(err)) == (0, True)
    if form == "json":
        assert json.loads(out)["questions"]["satisfaction"]["value"] == "80%"
    else:
        golden("examples/panel/golden/tests.csv", out)
    assert play(tmp_path, "agree", "panel-2025.yaml", "--quiet", capsys=capsys, monkeypatch=monkeypatch) == (0, "", "")


CONTRACT: Final = """\
agreements: {panel: [panel-2024.yaml, panel-2025.yaml], other: other.yaml}
values:
  enough: {agreed: panel.satisfaction, bounds: 60% to 95%, if_none: unpaid}
  weights: {agreed: panel.weights, if_none: {recovered: 60%, satisfied: 40%}}
  reached: {agreed: panel.target_groups, by: reach, if_none: {women: no, no_home: no, veterans: no}}
  elsewhere: {agreed: other.weights, if_none: unpaid}
  price: 12.00
"""


def test_ballot_papers_show_what_is_at_stake(
    tmp_path: Path, golden: Golden, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Options, the commissioner's bounds and what happens without agreement stand on the paper, from the contract."""
    shutil.copy(PANEL / "panel-2025.yaml", tmp_path / "panel-2025.yaml")
    (tmp_path / "contract.yaml").write_text(CONTRACT, encoding="utf-8")
    words = ("agree", "panel-2025.yaml", "--form", "--contract", "contract.yaml")
    code, out, err = play(tmp_path, *words, capsys=capsys, monkeypatch=monkeypatch)
    assert (code, out, err) == (0, "panel-2025.form.csv\npanel-2025.form.txt\n", "")
    paper = (tmp_path / "panel-2025.form.txt").read_text(encoding="utf-8")
    golden("examples/panel/golden/panel-2025.form.txt", paper)
    golden("examples/panel/golden/panel-2025.form.csv", (tmp_path / "panel-2025.form.csv").read_bytes())
    words_of_paper = " ".join(paper.split())
    assert "The commissioner allows 60% to 95%. If nothing is agreed: nothing is paid that needs it." in words_of_paper
    assert (
        "(costs 15000) If nothing is agreed: women no, no_home no, veterans no." in words_of_paper
    )  # no bounds of a set
    assert max(map(len, paper.splitlines())) <= 78
    assert (
        play(tmp_path, "agree", "panel-2025.yaml", "--form", "--quiet", capsys=capsys, monkeypatch=monkeypatch)[1] == ""
    )


def test_ballot_papers_of_every_rule(tmp_path: Path) -> None:
    """Every rule says what may be written; rounds and values have a column; a contract without values has no stakes."""
    terms = """\
opens: 2025-02-03
second_ballots: none
questions:
  sure: {asks: yes_no, rule: dual_key, title: Shall we go on?}
  price: {asks: number, rule: median, unit: money, bounds: 1 to 20}
  count: {asks: number, rule: median}
  sleep: {asks: set, rule: delphi, options: {a: A good night}, rounds: {most: 2}}
"""
    (tmp_path / "panel.yaml").write_text(HEADER + terms, encoding="utf-8")
    agreement = read_agreement(tmp_path / "panel.yaml")
    assert form_csv(agreement.terms) == (
        "voter,group,question,option,answer,round,time,channel,value\n"
        ",,sure,,,,,,\n,,price,,,,,,\n,,count,,,,,,\n,,sleep,a,,1,,,\n"
    )
    paper = " ".join(form_text(agreement.terms).split())
    assert "none of them counts" in paper
    assert "an amount such as 12.50 from 1 to 20" in paper
    assert "a whole number from 1 (does not matter) to 9 (matters most)" in paper
    assert "The value that you vote for" in paper
    (tmp_path / "contract.yaml").write_text("pbr: 1\n", encoding="utf-8")
    assert read_stakes(tmp_path / "contract.yaml", agreement) == {}
    assert "No figure of the contract depends on this." in form_text(agreement.terms, {})
    with pytest.raises(AgreementError, match="PBR001"):
        read_stakes(tmp_path / "none.yaml", agreement)


@pytest.mark.parametrize(
    "words", [("--check", "--form"), ("--contract", "contract.yaml"), ("--check", "--contract", "contract.yaml")]
)
def test_options_that_do_not_go_together(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake of usage ends with 2."""
    assert run(["agree", "panel.yaml", *words]) == 2
    assert "give" in capsys.readouterr().err


def test_papers_that_do_not_count_are_listed_in_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than 20 are not all printed, and none is lost from the file; nothing says whose they are."""
    counted(tmp_path, SURE, [(f"secret{n}", "users", "sure", "perhaps") for n in range(30)], PLAIN)
    words = ("agree", "panel.yaml", "--papers", "papers.csv")
    code, out, err = play(tmp_path, *words, capsys=capsys, monkeypatch=monkeypatch)
    assert code == 1
    assert "and 10 papers more that do not count; --papers FILE lists them" in err
    assert "secret" not in out + err + (tmp_path / "papers.csv").read_text(encoding="utf-8")
    assert len((tmp_path / "papers.csv").read_text(encoding="utf-8").splitlines()) == 31


def test_report_says_rounds_and_ways(tmp_path: Path) -> None:
    """The report names the rounds counted, and how the papers came in."""
    rows = [(*row, "web") for row in rated(1, "a", 16) + rated(1, "b", 12)]
    found = counted(tmp_path, ROUNDS, rows, f"{IN_ROUNDS},channel")
    text = report_text(read_agreement(tmp_path / "panel.yaml"), found)
    assert "1 of 3 rounds counted; it stops after 3 rounds, or once no group moved by more than 5%" in text
    assert "  by web 80\n" in text


def test_a_report_without_tests(tmp_path: Path) -> None:
    """A number without a quorum has no test to print, and its figure by group all the same."""
    terms = "questions:\n  asked: {asks: number, rule: median}\n"
    found = counted(tmp_path, terms, [("u1", "users", "asked", "7"), ("s1", "staff", "asked", "9")], PLAIN)
    text = report_text(read_agreement(tmp_path / "panel.yaml"), found)
    assert "asked [median]\n  AGREED: 7\n  users: 7\n  staff: 9\n  All together: 7\n" in text


def test_the_example_is_what_its_script_makes(tmp_path: Path) -> None:
    """The ballots of the example come out of their seed again, byte for byte."""
    shutil.copy(PANEL / "make_ballots.py", tmp_path / "make_ballots.py")
    subprocess.run([sys.executable, tmp_path / "make_ballots.py"], check=True, capture_output=True)
    assert (tmp_path / "ballots-2025.csv").read_bytes() == (PANEL / "ballots-2025.csv").read_bytes()


def test_a_recount_finds_a_changed_figure(tmp_path: Path) -> None:
    """A figure changed by hand is found with its line, and a longer file with its last."""
    counted(tmp_path, f"closes: 2025-02-28\n{SURE}", [("u1", "users", "sure", "yes", "2025-02-01")], TIMED)
    agreement = read_agreement(tmp_path / "panel.yaml")
    assert "Papers are taken until 28 February 2025." in form_text(agreement.terms)
    found = count_ballots(agreement, read_ballots(agreement))
    path = write_result(agreement, found)
    assert check_result(agreement, found) == ()
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("read: 1,", "read: 2,"), encoding="utf-8")
    (problem,) = check_result(agreement, found)
    assert (problem.code, problem.line) == ("PBR312", text[: text.index("papers:")].count("\n") + 1)
    path.write_text(text + "# one\n" * 30, encoding="utf-8")
    assert len(check_result(agreement, found)) == 21


def test_an_agreement_is_checked_without_being_raised(tmp_path: Path) -> None:
    """`check_agreement` gives every problem of the file, and none of a good one."""
    counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN)
    path = tmp_path / "panel.yaml"
    assert check_agreement(path) == ()
    path.write_text(path.read_text(encoding="utf-8").replace("to: 2028", "to: 2024"), encoding="utf-8")
    assert [problem.code for problem in check_agreement(path)] == ["PBR304"]
    assert [problem.code for problem in check_agreement(tmp_path / "none.yaml")] == ["PBR001"]


def test_ballots_that_cannot_be_read(tmp_path: Path) -> None:
    """A folder, another encoding and a path with a sign of none are refused before anything is counted."""
    counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN)
    agreement = read_agreement(tmp_path / "panel.yaml")
    ballots = tmp_path / "ballots.csv"
    ballots.write_bytes(f"{PLAIN}\nu1,users,sure,\xe9\n".encode("latin-1"))
    with pytest.raises(AgreementError, match="PBR003 not UTF-8 text here"):
        read_ballots(agreement)
    ballots.unlink()
    ballots.mkdir()
    with pytest.raises(AgreementError, match="PBR001 not a plain file"):
        read_ballots(agreement)


def test_a_file_of_ballots_may_be_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over its limit a file is not read at all."""
    counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN)
    monkeypatch.setattr("pbr.agreement.ballots.MOST_BYTES", 20)
    with pytest.raises(AgreementError, match="PBR002"):
        read_ballots(read_agreement(tmp_path / "panel.yaml"))
