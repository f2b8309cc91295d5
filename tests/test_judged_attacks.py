"""Judged outcomes under attack: scores without a limit, results that were altered, and scores that are written over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import pbr
from pbr.agreement.form import form_text, read_stakes
from pbr.agreement.read import check_agreement, read_agreement
from tests.judging import amounts, contracted, counted, evaluated, paper, papers, replaced, states

if TYPE_CHECKING:
    from pathlib import Path

NORTH = "northbank Y1-Q1"
THREE = ("50%", "70%", "80%")


@pytest.mark.parametrize("unit", ["number", "money"])
def test_a_score_that_is_no_share_has_bounds(tmp_path: Path, unit: str) -> None:
    """Three papers of 999999999 paid a billion times the sum, and of -7 took 7 sums back; bounds are signed."""
    with pytest.raises(pbr.AgreementError) as caught:
        counted(tmp_path, [], ("unit: share", f"unit: {unit}"))
    (problem,) = caught.value.problems
    assert (problem.code, problem.line) == ("PBR321", 17)
    assert "a score may be any number here" in problem.message
    bounded = replaced(
        (tmp_path / "panel.yaml").read_text("utf-8"), (f"unit: {unit}", f"unit: {unit}\n    bounds: 0 to 10")
    )
    (tmp_path / "panel.yaml").write_text(bounded, encoding="utf-8")
    assert check_agreement(tmp_path / "panel.yaml") == ()


@pytest.mark.parametrize(
    ("says", "state"),
    [("0", "counted"), ("10", "counted"), ("-0.0001", "out_of_bounds"), ("10.0001", "out_of_bounds")],
)
def test_a_paper_is_within_the_bounds_of_a_score(tmp_path: Path, says: str, state: str) -> None:
    """On both sides of both of them."""
    count = counted(tmp_path, papers(NORTH, says, "5", "5", "5"), ("unit: share", "bounds: 0 to 10"))
    assert count.states[0] == state


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("value: 70%", "value: 100.0001%", f"'attainment' of {NORTH} is 100.0001%"),
        ("value: 70%", "value: -0.0001%", f"'attainment' of {NORTH} is -0.0001%"),
        (f"{NORTH}:", "northbank Y1-Q3:", "'attainment' scores 'northbank Y1-Q3'"),
        ("  attainment:", "  attain:", "`questions`"),
        ("asks: number", "asks: yes_no", "`asks`"),
        ("version: 1", "version: 2", "`version`"),
        ("to: 2025-09-30", "to: 2026-09-30", "`valid`"),
    ],
)
def test_a_result_without_its_ballots_is_one_of_its_agreement(tmp_path: Path, old: str, new: str, why: str) -> None:
    """Where the panel keeps its ballots an altered result paid what no paper could have said."""
    counted(tmp_path, papers(NORTH, *THREE))
    (tmp_path / "ballots.csv").unlink()
    path = tmp_path / "panel.result.yaml"
    good = path.read_text("utf-8")
    assert amounts(evaluated(tmp_path, "2025-07-28")) == {("northbank", "Y1-Q1"): 700_01}
    for within in ("value: 100%", "value: 0%"):
        path.write_text(replaced(good, ("value: 70%", within)), encoding="utf-8")
        assert pbr.check_contract(contracted(tmp_path)) == ()
    path.write_text(good.replace(old, new, 1), encoding="utf-8")
    (problem,) = pbr.check_contract(contracted(tmp_path))
    assert problem.code == "PBR312"
    assert why in problem.message


def test_a_question_that_only_the_result_asks_is_named(tmp_path: Path) -> None:
    """It stopped the program, whether a judged outcome or a value cited it."""
    counted(tmp_path, papers(NORTH, *THREE))
    (tmp_path / "ballots.csv").unlink()
    path = tmp_path / "panel.result.yaml"
    path.write_text(replaced(path.read_text("utf-8"), ("  attainment:", "  attain:")), encoding="utf-8")
    value = ("tables:\n", "values:\n  v: {agreed: panel.attain, bounds: 0% to 100%, if_none: 50%}\ntables:\n")
    for pairs in ([("panel.attainment", "panel.attain")], [("panel.attainment", "panel.attain"), value]):
        assert [problem.code for problem in pbr.check_contract(contracted(tmp_path, *pairs))] == ["PBR312"]


def test_a_later_version_does_not_write_over_scores(tmp_path: Path) -> None:
    """A new number in the same file let other papers change the score of a period that was paid."""
    counted(tmp_path, papers(NORTH, *THREE))
    before = (tmp_path / "panel.result.yaml").read_bytes()
    with pytest.raises(pbr.AgreementError) as caught:
        counted(tmp_path, papers(NORTH, "90%", "90%", "90%"), ("version: 1", "version: 2"))
    (problem,) = caught.value.problems
    assert (problem.code, problem.line) == ("PBR324", 4)
    assert "give version 2 a file of its own" in problem.message
    assert (tmp_path / "panel.result.yaml").read_bytes() == before


def test_a_later_version_takes_the_place_of_one_without_scores(tmp_path: Path) -> None:
    """As long as nobody has scored the agreement may be opened again in its own file."""
    counted(tmp_path, [])
    counted(tmp_path, papers(NORTH, *THREE), ("version: 1", "version: 2"))
    assert states(evaluated(tmp_path, "2025-07-28"))[NORTH] == ("met", "met", "0.7")


@pytest.mark.parametrize(
    ("rows", "bars"),
    [
        ([("u1", "staff", "attainment", "northbank Y1-Q2", "5%", "2025-10-02", "m7")], []),
        ([], [("u1", "", "northbank")]),
    ],
)
def test_what_changes_a_score_that_was_counted_says_what_to_do(
    tmp_path: Path, rows: list[tuple[str, ...]], bars: list[tuple[str, ...]]
) -> None:
    """A voter who moves to another group, and an interest that begins later: of later periods alone it bars."""
    first = papers(NORTH, *THREE)
    counted(tmp_path, first)
    with pytest.raises(pbr.AgreementError) as caught:
        counted(tmp_path, [*first, *rows], interests=bars)
    (problem,) = caught.value.problems
    assert problem.code == "PBR324"
    assert "papers, groups and bars of what was counted stay as they were" in problem.message
    later = [paper("u1", "60%", "northbank Y1-Q2", "2025-10-02")]
    count = counted(tmp_path, [*first, *later], interests=[("u1", "", "northbank Y1-Q2")])
    assert count.states[-1] == "barred"


def test_a_question_that_one_version_does_not_score_is_not_proposed(tmp_path: Path) -> None:
    """The message proposed the very name that was written."""
    counted(tmp_path, papers(NORTH, *THREE))
    scored = (
        "    scored:\n      of: [northbank, southbank]\n      periods: {Y1-Q1: 2025-06-30, Y1-Q2: 2025-09-30}\n"
        "      closes: period_end + 28 days\n"
    )
    counted(
        tmp_path,
        [],
        ("version: 1", "version: 2\ncloses: 2025-06-01"),
        ("from: 2025-04-01", "from: 2025-07-01"),
        ("ballots.csv", "ballots-2.csv"),
        (scored, ""),
        name="panel-2",
    )
    contract = contracted(tmp_path, ("panel: panel.yaml", "panel: [panel.yaml, panel-2.yaml]"))
    (problem,) = [each for each in pbr.check_contract(contract) if each.code == "PBR187"]
    assert "did you mean" not in problem.message
    assert "in version 2" in problem.message


def test_the_same_evidence_in_another_order_is_the_same(tmp_path: Path) -> None:
    """A paper handed in twice counts once, however its references stand; with other evidence neither counts."""
    rows = [*papers(NORTH, *THREE), paper("s0", "60%", cites="m7; m8"), paper("s0", "60%", cites="m8;m7")]
    assert counted(tmp_path, rows).states[-2:] == ("counted", "second_ballot")
    (tmp_path / "panel.result.yaml").unlink()
    count = counted(tmp_path, [*rows[:-1], paper("s0", "60%", cites="m8")])
    assert count.states[-2:] == ("spoilt", "spoilt")


def test_the_paper_of_scores_speaks_of_no_bounds_of_the_contract(tmp_path: Path) -> None:
    """There are none of scores there: with the contract and without it the paper said that there might be."""
    counted(tmp_path, [])
    agreement = read_agreement(tmp_path / "panel.yaml")
    alone = " ".join(form_text(agreement.terms).split())
    assert "The contract says what depends on these scores." in alone
    beside = " ".join(form_text(agreement.terms, read_stakes(contracted(tmp_path), agreement)).split())
    assert "If nothing is agreed: nothing is paid that needs it." in beside
    assert "bounds" not in alone + beside


def test_scores_that_are_too_many_for_one_result_go_on_in_a_new_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty providers and thirty months fill a result; to ask less was no advice where half of it is scored."""
    monkeypatch.setattr("pbr.agreement.recount.MOST_BYTES", 700)
    with pytest.raises(pbr.AgreementError) as caught:
        counted(tmp_path, papers(NORTH, *THREE))
    (problem,) = caught.value.problems
    assert problem.code == "PBR320"
    assert problem.message.endswith("begin a new version with the periods that follow, in a file of its own")
