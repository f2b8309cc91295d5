"""Contracts of the library that a ballot decides: the papers, their counts, and what is paid because of them."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from pbr.agreement import check_agreement
from pbr.outcomes import Measure
from tests import small
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LIBRARY: Final = ROOT / "contracts"
DISTRICTS, TENANTS, CORE, USERS = (
    LIBRARY / name for name in ("improvement-district", "tenant-management", "core-outcomes", "satisfied-users")
)
AGREEMENTS: Final = sorted(set(LIBRARY.glob("*/agreements/*.yaml")) - set(LIBRARY.glob("*/agreements/*.result.yaml")))


def vector(shared: Path, name: str) -> dict[str, Any]:
    """Read a vector."""
    found: dict[str, Any] = json.loads((shared / "vectors" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def counts(result: pbr.Result, question: str) -> dict[tuple[str, str, str], tuple[int, int, bool]]:
    """Give each test of a question by what it is of: numerator, denominator and whether it passed."""
    return {
        (test.what, test.option, test.group): (int(test.numerator or 0), int(test.denominator or 0), test.passed)
        for test in result.questions[question].tests
    }


def four_places(numerator: int, denominator: int) -> str:
    """Give a share to four places, as the vectors have it."""
    return f"0.{round(Fraction(numerator * 10_000, denominator)):04d}"


@pytest.mark.parametrize("script", sorted(LIBRARY.glob("*/agreements/*.py")), ids=lambda path: path.stem)
def test_the_scripts_write_the_committed_papers_again(script: Path, tmp_path: Path) -> None:
    """The same seed gives the committed papers byte for byte."""
    shutil.copy(script, tmp_path)
    subprocess.run([sys.executable, str(tmp_path / script.name)], check=True, capture_output=True)
    made = {path.name: path.read_bytes() for path in tmp_path.glob("*.csv")}
    assert made == {path.name: path.read_bytes() for path in script.parent.glob("*.csv")}
    assert made


@pytest.mark.parametrize("path", AGREEMENTS, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_the_results_are_what_a_recount_gives(path: Path) -> None:
    """No line of a committed result differs from a recount of the papers beside it."""
    assert check_agreement(path) == ()


def test_ballots_of_two_keys_through_the_contract(shared: Path) -> None:
    """Three published ballots: their shares, whether they pass, and that nothing is paid where one failed."""
    given = vector(shared, "dual_key_ballots")
    inputs = {each["ballot"]: each for each in given["inputs"] if "ballot" in each}
    files = {"wellingborough_2019": "wellingborough-2019-03"}
    paid = _paid_districts()
    for expected in given["expected"]:
        name = expected["ballot"]
        result = pbr.read_result(DISTRICTS / "agreements" / f"{files.get(name, name.replace('_', '-'))}.result.yaml")
        found, ballot = counts(result, "levy"), inputs[name]
        votes, value = found["yes", "", "all"], found["value of yes", "", "all"]
        assert votes[:2] == (ballot["yes_votes"], ballot["valid_votes"])
        assert value[:2] == (int(ballot["yes_value"]), int(ballot["value_voted"]))
        assert (four_places(*votes[:2]), four_places(*value[:2])) == (
            expected["yes_share_votes"],
            expected["yes_share_value"],
        )
        assert result.agreed is expected["passes"]
        assert paid[name.rpartition("_")[0]] is expected["passes"]
        if "turnout_pct" in expected:
            valid, eligible, _ = found["quorum", "", "all"]
            assert round(Fraction(valid * 1000, eligible)) == Fraction(expected["turnout_pct"]) * 10
            assert result.papers["read"] == 116


def _paid_districts() -> dict[str, bool]:
    """Evaluate the same action in each district, begun in November 2019, and give whether it is paid."""
    districts = ("leamington", "bishops_stortford", "wellingborough")
    rows = pl.DataFrame(
        {
            "action": list(districts),
            "provider": list(districts),
            "size": ["small"] * 3,
            "begun_on": ["2019-11-04"] * 3,
            "finished_on": ["2019-12-02"] * 3,
            "recorded_on": ["2019-12-09"] * 3,
        }
    )
    lines = pbr.run(DISTRICTS / "contract.yaml", {"actions": rows}, "2019-12-31").statement.lines()
    return {district: district in lines["subject"].to_list() for district in districts}


def test_the_second_ballot_of_wellingborough_turned_one_key() -> None:
    """75 of 127 votes were for it, and 1,296,850 of 4,365,100 of the value: not approved, as was declared."""
    result = pbr.read_result(DISTRICTS / "agreements" / "wellingborough-2019-09.result.yaml")
    found = counts(result, "levy")
    assert found["yes", "", "all"] == (75, 127, True)
    assert found["value of yes", "", "all"] == (1_296_850, 4_365_100, False)
    assert not result.agreed


def test_a_protected_group_through_the_contract(shared: Path) -> None:
    """Three estates: their papers, which of them passes, and that only its repairs are paid."""
    given = vector(shared, "overall_and_protected_group_majority")
    estates = ("ash_court", "birch_court", "cedar_court")
    rows = pl.DataFrame(
        {
            "repair": list(estates),
            "provider": list(estates),
            "urgency": ["urgent"] * 3,
            "asked_on": ["2024-05-01"] * 3,
            "done_on": ["2024-05-02"] * 3,
            "recorded_on": ["2024-05-03"] * 3,
        }
    )
    lines = pbr.run(TENANTS / "contract.yaml", {"repairs": rows}, "2024-06-30").statement.lines()
    for estate, ballot, expected in zip(estates, given["inputs"], given["expected"], strict=True):
        path = TENANTS / "agreements" / f"{estate.replace('_', '-')}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            said = [(row["group"], row["answer"]) for row in csv.DictReader(file)]
        assert {group: {word: said.count((group, word)) for word in ("yes", "no")} for group in ballot} == ballot
        result = pbr.read_result(path.with_suffix(".result.yaml"))
        assert result.agreed is expected["passes"]
        assert (estate in lines["subject"].to_list()) is expected["passes"]


def test_ratings_by_group_through_the_contract(shared: Path) -> None:
    """In, out and no consensus as the rule says by group, beside what it would say of everybody pooled."""
    given = vector(shared, "delphi_consensus_by_group")
    result = pbr.read_result(CORE / "agreements" / "panel.result.yaml")
    answer, found = result.questions["outcomes"], counts(result, "outcomes")
    options = ("recovered", "housed", "clean_tests", "kept_appointments")
    paid = _paid_goals()
    for option, groups, expected in zip(options, given["inputs"], given["expected"], strict=True):
        high, low = Fraction(0), Fraction(0)
        for group, numbers in zip(("users", "staff"), groups.values(), strict=True):
            assert found["rated 7 to 9", option, group][:2] == (numbers["7-9"], numbers["n"])
            assert found["rated 1 to 3", option, group][:2] == (numbers["1-3"], numbers["n"])
        everybody = sum(numbers["n"] for numbers in groups.values())
        high = Fraction(sum(numbers["7-9"] for numbers in groups.values()), everybody)
        low = Fraction(sum(numbers["1-3"] for numbers in groups.values()), everybody)
        chosen = answer.agreed_value
        assert isinstance(chosen, tuple)
        said = "in" if option in chosen else "out" if option in answer.out else "no consensus"
        assert said == expected["by_group"]
        pooled = "in" if high >= Fraction(70, 100) and low < Fraction(15, 100) else "not in"
        assert pooled == expected["pooled_rule_would_say"]
        assert (option in paid) is (said == "in")


def _paid_goals() -> set[str]:
    """Evaluate a review of every outcome, each attained, and give the outcomes for which something is paid."""
    goals = ("recovered", "well", "housed", "clean_tests", "kept_appointments")
    rows = pl.DataFrame(
        {
            "review": list(goals),
            "provider": ["northbank"] * 5,
            "goal": list(goals),
            "asked_on": ["2025-05-01"] * 5,
            "attained": ["yes"] * 5,
            "recorded_on": ["2025-05-02"] * 5,
        }
    )
    lines = pbr.run(CORE / "contract.yaml", {"reviews": rows}, "2025-06-30").statement.lines()
    paid = lines.filter(pl.col("amount_minor") > 0)["occurrence"].to_list()
    return {goal for goal in goals if any(goal in occurrence.split() for occurrence in paid)}


def _survey(inputs: dict[str, int]) -> dict[str, pl.DataFrame]:
    """Make the rows of a survey: 24 of 32 for who is satisfied, 23 for who is not, and nothing for who is silent."""
    asked, answers, satisfied = inputs["eligible"], inputs["answers"], inputs["satisfied"]
    people = pl.DataFrame({"person": [f"P{at:03}" for at in range(asked)]}).with_columns(
        provider=pl.lit("northbank"),
        came_on=pl.lit("2025-05-12"),
        asked_on=pl.lit("2025-06-02"),
        recorded_on=pl.lit("2025-07-14"),
    )
    said = [["3"] * 8] * satisfied + [["3"] * 7 + ["2"]] * (answers - satisfied) + [[""] * 8] * (asked - answers)
    return {"people": people.with_columns(pl.Series(f"c{at + 1}", [each[at] for each in said]) for at in range(8))}


def _judged(tmp_path: Path, tables: dict[str, pl.DataFrame], *changes: tuple[str, str]) -> pbr.Run:
    """Evaluate the contract of satisfied users after changes."""
    home = tmp_path / "users"
    shutil.copytree(USERS, home, dirs_exist_ok=True)
    text = small.changed(*changes, text=(USERS / "contract.yaml").read_text(encoding="utf-8"))
    (home / "contract.yaml").write_text(text, encoding="utf-8")
    return pbr.run(home / "contract.yaml", tables, "2026-03-31")


def test_satisfaction_threshold_rule_through_the_contract(shared: Path, tmp_path: Path) -> None:
    """109 of 116 of 464 pass both bounds at 85%; a least response of 25% is reached, and 26% or 30% is not."""
    given = vector(shared, "satisfaction_threshold_rule")
    expected, terms = given["expected"], given["parameters"]
    share = pbr.read_contract(USERS / "contract.yaml").terms.outcomes["share"]
    assert isinstance(share, Measure)
    assert share.fewest == str(terms["minimum_answers"])
    assert share.least_response == (Fraction(terms["response_floor"]), False)
    found = _judged(tmp_path, _survey(given["inputs"]))
    pooled = {name: each.results["northbank", "Y1"] for name, each in found.decisions.pooled.items()}
    assert pooled["satisfied"].threshold == Fraction(terms["threshold"])
    assert four_places(*(pooled["share"].value or Fraction(0)).as_integer_ratio()) == expected["rate"]
    assert four_places(*(pooled["worst_case"].value or Fraction(0)).as_integer_ratio()) == expected["worst_case_rate"]
    assert (pooled["satisfied"].met, pooled["satisfied_of_asked"].met) == (expected["pays"], expected["pays_fpc"])
    assert found.statement.total_minor == 50_000_00
    for floor, paid in (("25%", True), ("26%", False), ("30%", expected["pays_if_response_floor_0.30"])):
        higher = _judged(tmp_path, _survey(given["inputs"]), ("    response: 20%\n", f"    response: {floor}\n"))
        results = {name: each.results["northbank", "Y1"] for name, each in higher.decisions.pooled.items()}
        assert results["satisfied"].met is paid
        assert (results["share"].reason == "low_response") is not paid
        assert (higher.statement.total_minor > 0) is paid


@pytest.mark.parametrize("bound", ["wilson_lower", "wilson_lower_fpc"])
def test_bounds_turn_within_a_hundred_thousandth(shared: Path, tmp_path: Path, bound: str) -> None:
    """At a threshold of the published bound less a hundred-thousandth the test is met, and not at so much more."""
    given = vector(shared, "satisfaction_threshold_rule")
    name = {"wilson_lower": "satisfied", "wilson_lower_fpc": "satisfied_of_asked"}[bound]
    states = []
    for way in (-1, 1):
        text = (USERS / "contract.yaml").read_text(encoding="utf-8")
        at = Fraction(given["expected"][bound]) + way * Fraction(1, 10**5)
        begins = text.index(f"  {name}:\n")
        old = text[begins : text.index("at_least: satisfied_enough", begins) + len("at_least: satisfied_enough")]
        new = old.replace("satisfied_enough", f"{at.numerator}/{at.denominator}")
        found = _judged(tmp_path, _survey(given["inputs"]), (old, new))
        states.append(found.decisions.pooled[name].results["northbank", "Y1"].met)
    assert states == [True, False]


def test_csq8_scores_through_the_contract(shared: Path, tmp_path: Path) -> None:
    """Each score is reached and not exceeded by a point; with an item missing there is none."""
    given = vector(shared, "csq8_score")
    rows = []
    for place, one in enumerate(given["inputs"]):
        row = {"person": f"P{place}", "provider": "northbank", "came_on": "2025-05-12", "asked_on": "2025-06-02"}
        rows.append(
            row | {"recorded_on": "2025-07-14"} | {f"c{at}": str(item or "") for at, item in enumerate(one["items"], 1)}
        )
    tables = {"people": pl.DataFrame(rows)}
    for place, expected in enumerate(given["expected"]):
        score = expected["score"]
        for least, state in ((24, "unknown"),) if score is None else ((score, "met"), (score + 1, "not_met")):
            found = _judged(tmp_path, tables, ("  satisfied_score: 24 ", f"  satisfied_score: {least} "))
            decided = found.decisions.rows().filter(outcome="content", subject=f"P{place}")
            assert decided["state"].to_list() == [state]
