"""Judged outcomes: what a panel scores, who is barred, what is in time, and what is paid by it."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import polars as pl
import pytest

import pbr
from pbr.agreement import report
from pbr.agreement.form import form_csv, form_text, read_stakes
from pbr.agreement.read import read_agreement
from pbr.agreement.result import read_result
from pbr.agreement.scored import Closes
from pbr.cli import run as command
from pbr.explanation import explain
from tests.judging import HEADINGS, amounts, contracted, counted, evaluated, paper, papers, replaced, states

if TYPE_CHECKING:
    from pathlib import Path

NORTH, SOUTH = "northbank Y1-Q1", "southbank Y1-Q1"
THREE = ("50%", "70%", "80%")


def test_a_score_is_pending_until_papers_are_in_and_then_paid_to_the_penny(tmp_path: Path) -> None:
    """On 28 July the middle of three, 70%, counts: 1,000.01 x 70% is 700.01; on 27 July nothing is known."""
    counted(tmp_path, papers(NORTH, *THREE))
    before, after = (evaluated(tmp_path, f"2025-07-{day}") for day in (27, 28))
    assert states(before)[NORTH] == ("pending", "scores_open", None)
    assert states(after)[NORTH] == ("met", "met", "0.7")
    assert amounts(before) == {}
    assert amounts(after) == {("northbank", "Y1-Q1"): 700_01}
    row = after.decisions.rows().filter(pl.col("group") == NORTH, pl.col("outcome") == "attainment").row(0, named=True)
    assert str(row["date"]) == "2025-06-30"


def test_the_period_is_open_on_its_last_day_and_scored_from_the_next(tmp_path: Path) -> None:
    """As at 29 June the period is not over; as at 30 June it is, and papers on it are taken."""
    counted(tmp_path, papers(NORTH, *THREE))
    assert states(evaluated(tmp_path, "2025-06-29"))[NORTH] == ("pending", "group_open", None)
    assert states(evaluated(tmp_path, "2025-06-30"))[NORTH] == ("pending", "scores_open", None)


@pytest.mark.parametrize(
    ("said", "state"),
    [(("60%",) * 3, "met"), (("59.9999%",) * 3, "not_met"), (("0%",) * 3, "not_met"), (("60%",) * 2, "not_assessable")],
)
def test_a_threshold_on_both_sides_and_no_score_is_never_failed(
    tmp_path: Path, said: tuple[str, ...], state: str
) -> None:
    """60% of 60% is enough and 59.9999% is not; a score of 0% is one; two papers of three are no score."""
    counted(tmp_path, papers(NORTH, *said))
    assert states(evaluated(tmp_path, "2025-07-28"), "enough")[NORTH][0] == state


def test_one_of_two_providers_is_not_scored(tmp_path: Path) -> None:
    """After the closing day a label without a paper cannot be assessed, and the other is paid all the same."""
    counted(tmp_path, papers(NORTH, *THREE))
    run = evaluated(tmp_path, "2025-07-28")
    assert states(run)[SOUTH] == ("not_assessable", "not_agreed", None)
    assert states(run, "enough")[SOUTH] == ("not_assessable", "part_not_assessable", None)
    assert amounts(run) == {("northbank", "Y1-Q1"): 700_01}


def test_no_version_is_in_force_when_a_later_period_begins(tmp_path: Path) -> None:
    """The agreement ends on 30 September: what starts on the next day is open till its end, and has no score."""
    counted(tmp_path, papers(NORTH, *THREE))
    third = "northbank Y1-Q3"
    assert states(evaluated(tmp_path, "2025-12-30"))[third] == ("pending", "group_open", None)
    run = evaluated(tmp_path, "2025-12-31")
    assert states(run)[third] == ("not_assessable", "not_agreed", None)


@pytest.mark.parametrize(
    ("time", "state"),
    [
        ("2025-06-30T23:59:59", "early"),
        ("2025-07-01", "counted"),
        ("2025-07-28", "counted"),
        ("2025-07-28T23:59:59", "counted"),
        ("2025-07-29T00:00", "late"),
        ("", "undated"),
    ],
)
def test_papers_are_taken_from_the_day_after_the_period_to_the_closing_day(
    tmp_path: Path, time: str, state: str
) -> None:
    """A paper before or after is not counted and is kept with its reason."""
    count = counted(tmp_path, [*papers(NORTH, *THREE), paper("s0", "100%", time=time)])
    assert count.states[-1] == state
    assert count.result.questions["attainment"].scores[NORTH].voters == 3 + (state == "counted")


def test_each_period_has_its_own_days_and_each_voter_a_paper_in_each(tmp_path: Path) -> None:
    """A paper on the second quarter takes the place of none on the first, and has days of its own."""
    rows = [*papers(NORTH, *THREE), *papers("northbank Y1-Q2", "10%", "20%", "30%", time="2025-10-28")]
    count = counted(tmp_path, [*rows, paper("s1", "99%", "northbank Y1-Q2", "2025-07-10")])
    scores = count.result.questions["attainment"].scores
    assert {label: str(score.value.plain) for label, score in scores.items()} == {
        NORTH: "70%",
        "northbank Y1-Q2": "20%",
    }
    assert count.states[-1] == "early"
    run = evaluated(tmp_path, "2025-10-28")
    assert amounts(run) == {("northbank", "Y1-Q1"): 700_01, ("northbank", "Y1-Q2"): 200_00}


@pytest.mark.parametrize(
    ("interest", "states_of"),
    [
        ("northbank", ["barred", "counted"]),
        (NORTH, ["barred", "counted"]),
        ("Y1-Q1", ["barred", "barred"]),
        ("", ["barred", "barred"]),
        ("southbank", ["counted", "barred"]),
    ],
)
def test_an_interest_bars_a_scorer_from_what_it_is_in(tmp_path: Path, interest: str, states_of: list[str]) -> None:
    """A provider, a label, a period or the whole question; the token may be typed in other letters."""
    rows = [*papers(NORTH, *THREE), *papers(SOUTH, *THREE), paper("s1", "100%"), paper("s1", "100%", SOUTH)]
    count = counted(tmp_path, rows, interests=[("\u2009s1 ", "attainment", interest), ("s9", "", "northbank")])
    assert list(count.states[-2:]) == states_of
    scores = count.result.questions["attainment"].scores
    assert [scores[label].barred for label in (NORTH, SOUTH)] == [int(each == "barred") for each in states_of]
    assert [scores[label].voters for label in (NORTH, SOUTH)] == [3 + (each == "counted") for each in states_of]


def test_a_barred_scorer_moves_no_figure_and_makes_no_quorum(tmp_path: Path) -> None:
    """With two scorers left of three there is no quorum, whoever else is barred, and nobody is named."""
    count = counted(tmp_path, papers(NORTH, *THREE), interests=[("u2", "attainment", "northbank")])
    score = count.result.questions["attainment"].scores[NORTH]
    assert (score.agreed, score.why, score.barred, score.voters) == (False, "no quorum", 1, 0)
    assert count.states == ("not_counted", "not_counted", "barred")
    assert states(evaluated(tmp_path, "2025-07-28"))[NORTH] == ("not_assessable", "not_agreed", None)
    assert "u2" not in (tmp_path / "panel.result.yaml").read_text(encoding="utf-8")


def test_an_interest_in_a_whole_question_bars_from_one_that_is_not_scored(tmp_path: Path) -> None:
    """A register serves other questions too."""
    more = ("questions:\n", "questions:\n  fair: {asks: yes_no, rule: simple_majority}\n")
    rows = [(f"u{at}", "users", "fair", "", "yes" if at else "no", "2025-07-01", "") for at in range(4)]
    count = counted(tmp_path, rows, more, interests=[("u0", "fair", "")])
    assert count.states == ("barred", "counted", "counted", "counted")


@pytest.mark.parametrize(
    ("cites", "state", "why"),
    [
        ("", "spoilt", "it cites no evidence"),
        (" ; ", "spoilt", "it cites no evidence"),
        ("<script>", "spoilt", "it cites evidence by what is no reference"),
        ("minutes 7; audit/3", "counted", ""),
    ],
)
def test_a_paper_without_evidence_is_spoilt_with_its_reason(tmp_path: Path, cites: str, state: str, why: str) -> None:
    """And what was cited on papers that count is published, each reference once in the order of letters."""
    count = counted(tmp_path, [*papers(NORTH, *THREE), paper("s1", "100%", cites=cites)])
    assert count.states[-1] == state
    assert count.why.get(3, "").startswith(why)
    evidence = count.result.questions["attainment"].scores[NORTH].evidence
    assert evidence == (("audit/3", "m7", "minutes 7") if state == "counted" else ("m7",))


@pytest.mark.parametrize(("cites", "state"), [("", "counted"), ("<b>", "spoilt")])
def test_evidence_may_be_optional(tmp_path: Path, cites: str, state: str) -> None:
    """Then a paper without any counts; one whose reference cannot be read is spoilt all the same."""
    optional = ("28 days", "28 days\n      evidence: optional")
    count = counted(tmp_path, [*papers(NORTH, *THREE), paper("s1", "100%", cites=cites)], optional)
    assert count.states[-1] == state
    bare = [row[:-1] for row in papers(NORTH, *THREE)]
    assert counted_anew(tmp_path, bare, optional) == ("70%", ())


def counted_anew(folder: Path, rows: list[tuple[str, ...]], *pairs: tuple[str, str]) -> tuple[str, tuple[str, ...]]:
    """Count papers without a column for evidence, and give the score and what is cited."""
    (folder / "panel.result.yaml").unlink()
    score = counted(folder, rows, *pairs, headings=HEADINGS[:-1]).result.questions["attainment"].scores[NORTH]
    return str(score.value.plain), score.evidence


def test_a_later_paper_takes_the_place_of_an_earlier_one_even_if_it_is_spoilt(tmp_path: Path) -> None:
    """Of several papers of a voter on one label the last stands; a late one and a barred one take no place."""
    rows = [*papers(NORTH, *THREE), paper("u0", "90%", time="2025-07-11"), paper("u1", "90%", time="2025-07-29")]
    count = counted(tmp_path, rows)
    assert count.states == ("second_ballot", "counted", "counted", "counted", "late")
    assert str(count.result.questions["attainment"].scores[NORTH].value.plain) == "80%"


def test_two_papers_of_one_time_that_differ_spoil_each_other(tmp_path: Path) -> None:
    """Another score, or other evidence; the same paper twice counts once."""
    rows = papers(NORTH, *THREE)
    count = counted(tmp_path, [*rows, rows[0], paper("u1", "70%", cites="other"), paper("s1", "60%")])
    assert count.states == ("counted", "spoilt", "counted", "second_ballot", "spoilt", "counted")


@pytest.mark.parametrize(
    ("label", "number", "state"),
    [
        ("northbank", "", "unknown_option"),
        ("", "", "unknown_option"),
        ("northbank Y1-Q3", "", "unknown_option"),
        (NORTH, "1", "counted"),
        (NORTH, "2", "wrong_round"),
    ],
)
def test_a_paper_names_what_it_scores_and_no_round(tmp_path: Path, label: str, number: str, state: str) -> None:
    """A label that the agreement does not have is kept as that."""
    rows = [(*row, "") for row in papers(NORTH, *THREE)]
    count = counted(tmp_path, [*rows, (*paper("s1", "60%", label), number)], headings=(*HEADINGS, "round"))
    assert count.states[-1] == state


def test_the_order_of_papers_and_of_the_register_changes_nothing(tmp_path: Path) -> None:
    """Every order gives the same result but for the hash of the file, and the same states by paper."""
    rows = [*papers(NORTH, *THREE), paper("s1", "100%"), paper("s2", "10%", time="2025-07-29")]
    interests = [("s1", "attainment", "northbank"), ("u2", "", "southbank")]
    seen = set()
    for order in list(permutations(rows))[::17]:
        (tmp_path / "panel.result.yaml").unlink(missing_ok=True)
        count = counted(tmp_path, order, interests=interests[::-1] if order[0] is rows[0] else interests)
        seen.add((str(count.result.questions), tuple(sorted(zip(order, count.states, strict=True)))))
    assert len(seen) == 1


def test_a_middle_of_group_medians(tmp_path: Path) -> None:
    """Three users say 90% and one of the staff 50%: the lower of 90 and 50 is 50%."""
    rows = [*papers(NORTH, "90%", "90%", "90%"), paper("s1", "50%")]
    count = counted(tmp_path, rows, ("unit: share", "unit: share\n    of: group_medians"))
    assert str(count.result.questions["attainment"].scores[NORTH].value.plain) == "50%"


def test_small_groups_are_merged_score_by_score(tmp_path: Path) -> None:
    """Three users and one of the staff are published together; three and three each by itself."""
    count = counted(
        tmp_path,
        [
            *papers(NORTH, *THREE),
            paper("s1", "50%"),
            *papers(SOUTH, *THREE),
            *[paper(f"s{at}", "50%", SOUTH) for at in range(3)],
        ],
    )
    scores = count.result.questions["attainment"].scores
    assert set(scores[NORTH].by_group) == {"all"}
    assert set(scores[SOUTH].by_group) == {"users", "staff", "all"}


def test_periods_alone_are_scored_and_paid_by_scale_formula_index_and_pot(tmp_path: Path) -> None:
    """A score of 70 points of each quarter: 7 on a scale, 35 by a formula, 70 in an index, and 7/10 of a pot."""
    counted(
        tmp_path,
        [paper(f"u{at}", says, "Y1-Q1") for at, says in enumerate(("50", "70", "80"))],
        ("      of: [northbank, southbank]\n", ""),
        ("unit: share", "bounds: 0 to 100"),
    )
    run = evaluated(
        tmp_path,
        "2025-07-28",
        ("per: [provider, quarter]}", "per: [quarter]}"),
        ("  enough: {kind: test, of: attainment, at_least: 60%}\n", MADE),
        ("  sum: {kind: amount, amount: 1000.01, times: [attainment]}\n", PAID),
        ("outcomes:\n", "values:\n  weights: {by: outcome, attainment: 100%}\noutcomes:\n"),
        (", southbank: {name: South}", ""),
        ("provider: provider, ", ""),
    )
    assert {name: states(run, name)["Y1-Q1"][2] for name in ("steps", "half", "whole")} == {
        "steps": "7",
        "half": "35",
        "whole": "70",
    }
    assert sum(amounts(run, "points").values()) == 70_00
    assert sum(amounts(run, "pot").values()) == 35_00


MADE = """\
  steps: {kind: scale, of: attainment, shape: straight, points: {0: 0, 100: 10}, below: none, above: none}
  half: {kind: formula, value: "attainment / 2"}
  whole: {kind: index, of: [attainment], weights: weights}
  share: {kind: scale, of: attainment, shape: straight, points: {0: 0%, 100: 50%}, below: none, above: none}
"""
PAID = """\
  points: {kind: tariff, pays_for: steps, price: 10.00}
  pot: {kind: divide, amount: 100.00, among: outcomes, by: weights, per: [quarter], pays: {attainment: share}}
"""


def test_each_period_is_scored_by_the_version_in_force_at_its_start(tmp_path: Path) -> None:
    """Version 2 began on 1 July and scores the second quarter; papers on it that version 1 counted are refused."""
    counted(tmp_path, papers(NORTH, *THREE))
    counted(
        tmp_path,
        papers("northbank Y1-Q2", "40%", "40%", "40%", time="2025-10-10"),
        ("version: 1", "version: 2"),
        ("from: 2025-04-01, to: 2025-09-30", "from: 2025-07-01, to: 2025-09-30"),
        ("ballots.csv", "ballots-2.csv"),
        name="panel-2",
    )
    run = evaluated(tmp_path, "2025-10-28", ("panel: panel.yaml", "panel: [panel.yaml, panel-2.yaml]"))
    assert amounts(run) == {("northbank", "Y1-Q1"): 700_01, ("northbank", "Y1-Q2"): 400_00}
    cited = dict(run.statement.lines().select("occurrence", "agreement").rows())
    assert cited["Y1-Q1"].startswith("panel.attainment version 1 ")
    assert cited["Y1-Q2"].startswith("panel.attainment version 2 ")
    counted(tmp_path, [*papers(NORTH, *THREE), *papers("northbank Y1-Q2", "1%", time="2025-10-10")])
    (problem,) = pbr.check_contract(tmp_path)
    assert problem.code == "PBR317"
    assert "version 1 has counted papers on northbank Y1-Q2, and version 2 is in force when it begins" in str(problem)


def test_scores_of_later_periods_come_to_a_result_and_change_no_signature(tmp_path: Path) -> None:
    """The same version is counted each quarter; what was scored before is the same, and so is the fingerprint."""
    first = papers(NORTH, *THREE)
    counted(tmp_path, [])
    empty = pbr.read_contract(contracted(tmp_path)).fingerprint
    counted(tmp_path, first)
    before = pbr.read_contract(contracted(tmp_path)).fingerprint
    later = [paper("s1", "1%", time="2025-08-01"), *papers("northbank Y1-Q2", *THREE, time="2025-10-10")]
    counted(tmp_path, [*first, *later], interests=[("s3", "attainment", "southbank")])
    assert set(read_result(tmp_path / "panel.result.yaml").questions["attainment"].scores) == {NORTH, "northbank Y1-Q2"}
    assert pbr.read_contract(contracted(tmp_path)).fingerprint == before == empty


@pytest.mark.parametrize("rows", [papers(NORTH, "50%", "71%", "80%"), papers(NORTH, "50%", "70%"), []])
def test_what_was_scored_is_never_scored_again(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    """A score that comes out otherwise, or not at all, is refused, and the result stays as it was."""
    counted(tmp_path, papers(NORTH, *THREE))
    before = (tmp_path / "panel.result.yaml").read_bytes()
    with pytest.raises(pbr.AgreementError) as caught:
        counted(tmp_path, rows, interests=[("u9", "", "southbank")])
    assert [problem.code for problem in caught.value.problems] == ["PBR324"]
    assert (tmp_path / "panel.result.yaml").read_bytes() == before


def test_another_agreement_or_question_is_no_later_score(tmp_path: Path) -> None:
    """A changed agreement of the same version is refused as ever, and so is another answer beside the scores."""
    counted(tmp_path, papers(NORTH, *THREE))
    with pytest.raises(pbr.AgreementError) as caught:
        counted(tmp_path, papers(NORTH, *THREE), ("28 days", "27 days"))
    assert caught.value.problems[0].code == "PBR312"
    folder = tmp_path / "two"
    folder.mkdir()
    more = ("questions:\n", "questions:\n  fair: {asks: yes_no, rule: simple_majority}\n")
    fair = [(f"u{at}", "users", "fair", "", "yes", "2025-07-01", "") for at in range(3)]
    counted(folder, [*papers(NORTH, *THREE), *fair], more)
    with pytest.raises(pbr.AgreementError) as caught:
        counted(folder, [*papers(NORTH, *THREE), *fair[:2]], more, interests=[("u9", "", "")])
    assert {problem.code for problem in caught.value.problems} == {"PBR307", "PBR312", "PBR325"}


def test_a_register_that_was_changed_is_found_out(tmp_path: Path) -> None:
    """By its hash in the result, and by one that was sealed; without the register nothing is recounted."""
    counted(tmp_path, papers(NORTH, *THREE))
    register = tmp_path / "interests.csv"
    register.write_text("voter,question,interest\nu1,,northbank\n", encoding="utf-8")
    codes = [problem.code for problem in pbr.check_contract(contracted(tmp_path))]
    assert codes == ["PBR325"]
    register.unlink()
    assert [note.code for note in pbr.read_contract(contracted(tmp_path)).notes] == ["PBR319", "PBR155"]


def test_the_report_the_tests_and_the_papers_say_what_is_scored(tmp_path: Path) -> None:
    """The report says how many were barred and what was cited; a paper says until when it is taken."""
    rows = [*papers(NORTH, *THREE), paper("s1", "1%"), *papers(SOUTH, "1%")]
    count = counted(tmp_path, rows, interests=[("s1", "", "northbank")])
    agreement = read_agreement(tmp_path / "panel.yaml")
    text = report.report_text(agreement, count)
    assert "AGREED: 1 of 2 scores; no score of southbank Y1-Q1" in text
    assert "northbank Y1-Q1, papers taken until 28 July 2025: 70%\n    scored by 3; 1 barred by an interest\n" in text
    assert "southbank Y1-Q1, papers taken until 28 July 2025: NO SCORE: no quorum" in text
    assert "attainment,1,quorum,northbank Y1-Q1,all,3,11,3 voters,yes" in report.tests_csv(count.result)
    form = form_csv(agreement.terms).splitlines()
    assert form[0] == "voter,group,question,option,answer,round,time,channel,evidence"
    assert form[1] == ",,attainment,northbank Y1-Q1,,,,,"
    stakes = read_stakes(contracted(tmp_path), agreement)
    said = form_text(agreement.terms, stakes)
    assert "________ northbank Y1-Q1 (from 1 July 2025 until 28 July 2025)" in said
    assert "Evidence: ____" in said
    assert "nothing is paid that needs it. (Called `attainment` in the contract.)" in " ".join(said.split())
    optional = replaced((tmp_path / "panel.yaml").read_text("utf-8"), ("28 days", "28 days\n      evidence: optional"))
    (tmp_path / "panel.yaml").write_text(optional, encoding="utf-8")
    assert "Evidence, if any: ____" in form_text(read_agreement(tmp_path / "panel.yaml").terms)


def test_explain_says_who_scored_who_was_barred_and_what_was_cited(tmp_path: Path) -> None:
    """Of a score, of one without a quorum, of one that nobody gave, of one not in yet and of one under no version."""
    counted(
        tmp_path,
        [*papers(NORTH, *THREE), paper("s1", "1%"), *papers(SOUTH, "1%")],
        interests=[("s1", "", "northbank")],
    )
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    (data / "people.csv").write_text("person,provider,began\na,northbank,2025-04-10\n", encoding="utf-8")
    contract = str(contracted(tmp_path))
    assert command(["evaluate", contract, "--data", str(data), "--as-at", "2025-12-31", "--out", str(out)]) == 0
    text = explain(out, outcome="attainment").text
    assert "by panel.attainment, version 1, papers taken until 28 July 2025" in text
    assert "scored by 3; 1 barred by an interest" in text
    assert "evidence   m7" in text
    assert "nobody barred by an interest; no quorum" in text
    assert "none has been counted" in text
    assert "no version of panel.attainment is in force when the period begins" in text
    assert "attainment: scored by panel.attainment" in text
    assert "u0" not in text


def test_a_closing_day_is_written_as_it_is_read() -> None:
    """Weeks and days, and at least one of them."""
    assert str(Closes.parse("period_end + 4 weeks")) == "period_end + 4 weeks"
    assert Closes.parse("period_end + 0 days") is None
