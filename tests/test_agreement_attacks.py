"""Agreements against what goes wrong: odd ballots, too many options, small groups, and files that are kept."""

from __future__ import annotations

import time
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbr.agreement import count_ballots, read_agreement, read_ballots, read_result
from pbr.agreement.publish import merge_groups
from pbr.agreement.recount import write_result
from pbr.agreement.result import result_text
from pbr.agreement.rules import EqualShares, Unanimity
from pbr.agreement.votes import Votes
from pbr.problem import AgreementError
from tests.agreements import HEADER, IN_ROUNDS, PLAIN, ROUNDS, SURE, counted, rated, votes
from tests.profiles import integer_law
from tests.test_agreement_files import play

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pbr.agreement.votes import Said


def test_nobody_voted(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of headings alone is read: no paper, nothing agreed, and a report that says so."""
    counted(tmp_path, SURE, [], PLAIN)
    code, out, err = play(tmp_path, "agree", "panel.yaml", capsys=capsys, monkeypatch=monkeypatch)
    assert code == 1
    assert "0 papers, each in one state:\n\nsure [simple_majority]\n  NOT AGREED: too few said yes\n" in out
    assert err == "panel.yaml:13:3 PBR313 'sure' was not agreed: too few said yes\n"


@pytest.mark.parametrize("rule", ["approval", "independent_markets", "equal_shares"])
def test_two_hundred_options_are_counted_and_read_back(tmp_path: Path, rule: str) -> None:
    """With 200 options of long names the result is soon there, and is read back as it was written."""
    names = [f"option_with_a_rather_long_name_{n}" for n in range(200)]
    listed = ",\n    ".join(names)
    costs = ",\n    ".join(f"{one}: {20 + n * 37 % 381}" for n, one in enumerate(names))
    words = {
        "approval": f"asks: set, options: [{listed}]",
        "independent_markets": f"asks: map, options: [{listed}]",
        "equal_shares": f"asks: set, budget: 10000, costs: {{{costs}}}",
    }
    rows, random = [], Random(7)  # noqa: S311  # made-up voters need no secrets
    for option in names:
        for voter in range(60):
            wanted = random.random() < (0.8 if rule == "approval" else 0.25)
            answer = "0.5%" if rule == "independent_markets" else "yes" if wanted else "no"
            rows.append((f"u{voter}", "users", "asked", option, answer))
    began = time.process_time()
    terms = f"questions:\n  asked: {{rule: {rule}, {words[rule]}}}\n"
    found = counted(tmp_path, terms, rows, "voter,group,question,option,answer")
    path = write_result(read_agreement(tmp_path / "panel.yaml"), found)
    assert time.process_time() - began < 10
    assert result_text(read_result(path)) == result_text(found.result)
    value = found.result.questions["asked"].agreed_value
    assert isinstance(value, dict | tuple)
    assert len(value) > 30
    assert max(map(len, path.read_text(encoding="utf-8").splitlines())) < 1200


def test_a_group_that_is_small_in_a_later_round_cannot_be_told_either(tmp_path: Path) -> None:
    """Of 20 staff in the first round and 4 in the second nothing by itself is published, and all together is."""
    header = HEADER.replace("smallest_group: 1", "smallest_group: 5")
    rows = [
        (f"{group}{n}", group, "sleep", "b", "8" if n < 12 else "5", "1")
        for group in ("users", "staff")
        for n in range(20)
    ]
    rows += [(f"u{n}", "users", "sleep", "b", "8", "2") for n in range(20)]
    rows += [(f"s{n}", "staff", "sleep", "b", "5", "2") for n in range(4)]
    terms = f"quorum: {{each_group: 1 voter, overall: 1 voter}}\n{ROUNDS}".replace("[a, b]", "[b]")
    answer = counted(tmp_path, terms, rows, IN_ROUNDS, header).result.questions["sleep"]
    assert answer.round == 2
    assert {test.group for test in answer.tests if test.numerator is not None} == {"all"}
    assert {(each.group, each.of) for each in answer.dissent} == {("users + staff", 24)}


def test_nothing_that_somebody_wrote_is_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the ballots, by a slip of `--papers`, nor a form that has been filled in; lists and blank forms are."""
    counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN)
    before = (tmp_path / "ballots.csv").read_bytes()
    for file in ("ballots.csv", "panel.yaml", "."):
        code, _, err = play(tmp_path, "agree", "panel.yaml", "--papers", file, capsys=capsys, monkeypatch=monkeypatch)
        assert (code, err.split()[1]) == (2, "PBR506")
    assert (tmp_path / "ballots.csv").read_bytes() == before
    assert not (tmp_path / "panel.result.yaml").exists()
    again = [
        play(tmp_path, "agree", "panel.yaml", *words, capsys=capsys, monkeypatch=monkeypatch)[0]
        for words in (("--papers", "papers.csv"), ("--form",))
        for _ in range(2)
    ]
    assert again == [0, 0, 0, 0]
    with (tmp_path / "panel.form.csv").open("a", encoding="utf-8") as file_of_forms:
        file_of_forms.write("u1,users,sure,,yes,,,\n")
    code, _, err = play(tmp_path, "agree", "panel.yaml", "--form", capsys=capsys, monkeypatch=monkeypatch)
    assert code == 2
    assert err.startswith("panel.form.csv PBR506 the file is there already, and it has been filled in; move it")


KEPT: Final = "voter,group,question,answer\nsecretA,users,sure,yes\nsecretB,users,sure,no\nsecretC,staff,sure,yes\n"
LISTED: Final = "voter, group, question, option, answer, round, time, channel, value, evidence"


@pytest.mark.parametrize(
    ("ballots", "said"),
    [
        ("", "1:1 PBR309 the file is empty, or its first line is; it needs a line of headings"),
        ("\n" + KEPT, "1:1 PBR309 the file is empty, or its first line is; it needs a line of headings"),
        (KEPT.partition("\n")[2], f"1:1 PBR309 the heading of column 1 is not one of: {LISTED}"),
        (KEPT.replace(",", ";"), "1:1 PBR309 the headings are divided by semicolons; save the file with commas"),
        (KEPT.replace(",", "\t"), "1:1 PBR309 the headings are divided by tabs; save the file with commas"),
        (KEPT.replace("\n", ",\n"), "1:1 PBR309 column 5 has no heading; write one, or remove the column"),
        (KEPT.replace("voter", "Voter"), "1:1 PBR309 unknown heading 'Voter'; did you mean 'voter'?"),
        (KEPT.replace("voter", "voter\0"), f"1:1 PBR309 the heading of column 1 is not one of: {LISTED}"),
        (
            KEPT.replace("answer", "answer,secret Jane Doe"),
            "1:1 PBR309 the heading of column 5 is not one of: " + LISTED,
        ),
        ("PK\3\4\x14", "1:1 PBR309 this is a workbook; save it as CSV in UTF-8"),
        (
            KEPT.replace("secretB", '"secretB') + "d,users,sure,yes\n" * 99,
            "3:1 PBR309 the quotation marks of this row do not balance, or a cell is too long",
        ),
        (
            KEPT + "x" * 10**6 + ",users,sure,yes\n" * 2,
            "5:1 PBR309 the quotation marks of this row do not balance, or a cell is too long",
        ),
    ],
)
def test_damaged_ballots_are_refused_at_their_place_and_not_repeated(tmp_path: Path, ballots: str, said: str) -> None:
    """A file that is none of ballots is refused with the fix; a paper in the place of the headings is not shown."""
    counted(tmp_path, SURE, [], PLAIN)
    agreement = read_agreement(tmp_path / "panel.yaml")
    (tmp_path / "ballots.csv").write_bytes(ballots.encode())
    with pytest.raises(AgreementError) as caught:
        read_ballots(agreement)
    assert str(caught.value) == f"{tmp_path / 'ballots.csv'}:{said}"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("secretB", "secret\0B"),
        lambda text: text.replace("users", '"users"'),
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("yes", " Yes "),
    ],
    ids=["mark", "windows", "old mac", "null", "quotes", "no end", "spaces"],
)
def test_harmless_damage_changes_no_count(tmp_path: Path, damage: Callable[[str], str]) -> None:
    """Marks of byte order, line ends of other systems, quotation marks and spaces are read as what they are."""
    counted(tmp_path, SURE, [], PLAIN)
    agreement = read_agreement(tmp_path / "panel.yaml")
    (tmp_path / "ballots.csv").write_bytes(damage(KEPT).encode())
    found = count_ballots(agreement, read_ballots(agreement))
    assert found.result.papers == {"read": 3, "counted": 3}
    assert [(test.numerator, test.denominator) for test in found.result.questions["sure"].tests] == [
        (Fraction(2), Fraction(3))
    ]


def test_the_first_state_that_fits_is_that_of_the_page(tmp_path: Path) -> None:
    """A late paper that names no option is of an unknown one, since that stands above late in the list."""
    rows = [("u1", "users", "asked", "", "60%", "2025-03-01"), ("u1", "users", "asked", "", "abstain", "2025-03-01")]
    terms = "closes: 2025-02-28\nquestions:\n  asked: {asks: map, rule: independent_markets, options: [a, b]}\n"
    found = counted(tmp_path, terms, rows, "voter,group,question,option,answer,time")
    assert found.states == ("unknown_option", "late")


def test_a_result_of_too_many_bytes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A result of more bytes than are read is refused before it is written."""
    found = counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN)
    monkeypatch.setattr("pbr.agreement.recount.MOST_BYTES", 100)
    with pytest.raises(
        AgreementError, match=r"12:1 PBR320 the result would be too large to be read back: [0-9,]+ bytes;"
    ):
        write_result(read_agreement(tmp_path / "panel.yaml"), found)
    assert not (tmp_path / "panel.result.yaml").exists()


@integer_law
@given(st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 9), min_size=1), st.integers(1, 12))
def test_no_difference_of_what_is_published_is_a_small_group(voters: dict[str, int], smallest: int) -> None:
    """Whatever is published of all together less the groups by themselves leaves nobody, or enough."""
    names = merge_groups(voters, smallest)
    shown = {group for group, name in names.items() if name == group}
    rest = sum(voters.values()) - sum(voters[group] for group in shown)
    assert all(voters[group] >= smallest for group in shown)
    assert rest == 0 or rest >= smallest or not any(names.values())
    assert not any(names.values()) or sum(voters.values()) >= smallest
    cells = {name: sum(voters[group] for group in names if names[group] == name) for name in names.values() if name}
    assert all(size >= smallest for size in cells.values())


def test_one_of_a_million_stops_unanimity() -> None:
    """Everybody is everybody: one no among a million is one too many."""
    said: dict[tuple[str, tuple[Said, ...]], int] = {("users", (True,)): 999_999, ("users", (False,)): 1}
    papers = Votes(said=said, cast={"users": 10**6}, eligible={"users": 10**6})
    assert Unanimity().decide(papers).value is None


def test_a_round_is_stable_against_the_one_before_it(tmp_path: Path) -> None:
    """From 11 to 13 of 20 it moves and then not: a fourth round is not counted, though it moved since the first."""
    terms = "questions:\n  sleep: {asks: set, rule: delphi, options: [b], rounds: {most: 4, stable: 5%}}\n"
    rows = [row for number, high in ((1, 11), (2, 13), (3, 13), (4, 20)) for row in rated(number, "b", high)]
    answer = counted(tmp_path, terms, rows, IN_ROUNDS).result.questions["sleep"]
    assert (answer.agreed, answer.round) == (False, 3)


def test_ties_of_the_completion_that_can_be_paid_go_without_an_order() -> None:
    """What is left pays for both of two that tie: each is tested for both, also where an order is declared."""
    costs = {"a": Fraction(9), "b": Fraction(9)}
    said = [("users", (True, False)), ("users", (False, True)), ("users", (False, False))]
    rule = EqualShares(budget=Fraction(18), costs=costs, leftover="most_approved", ties=("b", "a"))
    found = rule.decide(votes(said, ("a", "b")))
    assert found.value == ("a", "b")
    assert [(test.what, test.numerator) for test in found.tests[-2:]] == [("left over for a tie", Fraction(18))] * 2
