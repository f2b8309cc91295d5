"""Explanations of figures: a golden file for each kind that makes them, and the arithmetic behind each in words."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import polars as pl
import pytest

import pbr
from pbr.cases import case_files, read_case
from pbr.condition import FieldRef, Formula, Kind, Scope, ValueType, parse_formula
from pbr.explanation.groups import GroupWords
from pbr.explanation.roundings import roundings
from pbr.problem import Place
from tests.conftest import ROOT
from tests.test_made_of_figures import ASKED, NORTH, SOUTH, run, surveyed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden


# ---- schemes of the library


def of_a_case(scheme: str, name: str, folder: Path) -> Path:
    """Write the return of a case of the library, evaluate it, and give the folder of the run."""
    contract = ROOT / "contracts" / scheme / "contract.yaml"
    case = read_case(next(path for path in case_files(contract) if path.stem == name))
    for table, fields in ((table, terms.fields) for table, terms in pbr.read_contract(contract).terms.tables.items()):
        rows = [{field: row.get(field, "") for field in fields} for row in case.terms.tables.get(table, ())]
        pl.DataFrame(rows, schema=dict.fromkeys(fields, pl.String)).write_csv(folder / f"{table}.csv")
    return pbr.run(contract, folder, case.terms.as_at).write(folder / "out")


@pytest.mark.parametrize(
    ("scheme", "case", "which", "name"),
    [
        ("peterborough-sib", "corrected", ("avoided", 0), "estimate-in-its-second-version"),
        ("hospital-vbp", "missing", ("total", 1), "index-with-a-weight-shared-out"),
        ("facility-pbf", "missing", ("quantity", 1), "held-back-for-want-of-quality"),
        ("london-rough-sleeping", "quarters", ("fewer", 2), "fewer-than-a-baseline"),
        ("qof-indicator", "ends", ("points", 0), "points-by-size-and-prevalence"),
    ],
)
def test_a_scheme_of_the_library_is_explained(
    tmp_path: Path, golden: Golden, scheme: str, case: str, which: tuple[str, int], name: str
) -> None:
    """Parts stand before what is made of them, each with its figure, its day and its rounding; then what is paid."""
    out = of_a_case(scheme, case, tmp_path)
    lines = pl.read_parquet(out / "statement.parquet").filter(outcome=which[0], adjustment="-")
    golden(f"tests/golden/explain/{name}.txt", pbr.explain(out, line=lines["line_id"][which[1]]).text)


def test_a_group_without_a_row_that_is_paid_is_explained(tmp_path: Path) -> None:
    """Nobody was seen in the first quarter, 200 fewer than the baseline: it is paid, and not said to be of nobody."""
    said = pbr.explain(of_a_case("london-rough-sleeping", "quarters", tmp_path), outcome="fewer").text
    assert "fewer, st_mungos Y1-Q1: met, 200 " in said
    assert "Nobody" not in said
    assert "No row yet" not in said


def test_what_was_explained_above_is_not_explained_again(tmp_path: Path) -> None:
    """The quality of a centre is that of each of its acts; its parts stand once."""
    said = pbr.explain(of_a_case("facility-pbf", "missing", tmp_path), outcome="quantity").text
    assert said.count("quality, butare Y1-Q1: met, 78.76% (") == 1
    assert said.count("quality, butare Y1-Q1: met, 78.76%, as above\n") == 1
    assert said.count("service_score, butare curative Y1-Q1: met") == 1
    assert "No row yet, or none at all, in: " in said


# ---- figures of rows, and what is made of them

CONTRACT: Final = """\
pbr: 1
contract:
  {id: figures, version: 1, providers: {north: {}, south: {}}, currency: GBP, from: 2025-04-01, to: 2026-03-31}
conventions: {rounding: half_even}
tables:
  visits:
    row_is: visit
    is: provider
    key: [visit]
    fields: {visit: id, provider: provider, on: date, minutes: whole, kept: yes_no}
values: {weight: {by: outcome, mean: 25%, middle: 50%, long: 25%}, hour: 60, price: 12.00, usual: 30}
outcomes:
  visits_made: {kind: measure, of: visits.visit, take: count, per: [provider]}
  mean: {kind: measure, of: visits.minutes, take: mean, per: [provider]}
  middle: {kind: measure, of: visits.minutes, take: median, per: [provider]}
  all_minutes: {kind: measure, of: visits.minutes, take: sum, per: [provider]}
  kept: {kind: measure, of: visits.kept, take: share, per: [provider]}
  long: {kind: test, of: mean, above: usual}
  worth: {kind: formula, value: "round(price * floor(all_minutes / hour), 1)", unit: money, round: 0}
  bonus: {kind: formula, value: "CASE WHEN long THEN round(mean / 7, 1) ELSE ifnone(floor(middle / 10), 0) END"}
  overall: {kind: index, of: [mean, middle, long], weights: weight, when_missing: nil}
payments:
  pay: {kind: tariff, pays_for: worth, price: 1.00}
  more: {kind: tariff, pays_for: bonus, price: 1.00}
  whole: {kind: tariff, pays_for: overall, price: 1.00}
"""
VISITS: Final = """\
visit,provider,on,minutes,kept
1,north,2025-05-01,20,yes
2,north,2025-05-02,30,yes
3,north,2025-05-03,45,no
4,north,2025-05-04,55,
5,south,2025-05-01,20,no
6,south,2025-05-02,35,yes
7,south,2025-05-03,24,yes
"""


def test_figures_of_rows_are_explained(tmp_path: Path, golden: Golden) -> None:
    """A sum, a mean and both medians say what they are of, and a formula each rounding that it came to."""
    (tmp_path / "contract.yaml").write_text(CONTRACT, encoding="utf-8")
    (tmp_path / "visits.csv").write_text(VISITS, encoding="utf-8")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, "2026-03-31").write(tmp_path / "out")
    said = [pbr.explain(out, outcome=name).text for name in ("visits_made", "worth", "bonus", "overall")]
    golden("tests/golden/explain/figures-of-rows.txt", "\n".join(said))


def test_an_adjustment_of_a_group_of_lines_is_named_at_each_of_them(tmp_path: Path) -> None:
    """Fees of 45.90 are held back as a line of the whole quarter; an explanation of the act says so."""
    out = of_a_case("facility-pbf", "missing", tmp_path)
    stated = pl.read_parquet(out / "statement.parquet").filter(provider="gisenyi")
    act, held = (stated.filter(adjustment=name)["line_id"][0] for name in ("-", "by_quality"))
    said = pbr.explain(out, line=act).text
    assert said.endswith(f"of these and other lines (gisenyi; line {held})\n")
    assert said.count("  together   by_quality -$45.90, ") == 1
    assert "-$3.82" not in said


SCOPE: Final = Scope(row={name: ValueType(kind=Kind.NUMBER, places=1) for name in ("a", "b")})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b", []),
        ("round(a)", [("round(a)", Fraction(5, 2), Fraction(3))]),
        ("round(a) + round(a)", [("round(a)", Fraction(5, 2), Fraction(3))]),
        ("-floor(a) * 2", [("floor(a)", Fraction(5, 2), Fraction(2))]),
        ("abs(floor(-a))", [("floor(-a)", Fraction(-5, 2), Fraction(-3))]),
        ("floor(a) / round(a)", [("floor(a)", Fraction(5, 2), Fraction(2)), ("round(a)", Fraction(5, 2), Fraction(3))]),
        (
            "round(floor(a) / 3, 1)",
            [("floor(a)", Fraction(5, 2), Fraction(2)), ("round(floor(a) / 3, 1)", Fraction(2, 3), Fraction(7, 10))],
        ),
        (
            "CASE WHEN a > 3 THEN round(a) WHEN a > 2 THEN floor(a) ELSE 0 END",
            [("floor(a)", Fraction(5, 2), Fraction(2))],
        ),
        ("CASE WHEN a > 3 THEN floor(a) ELSE round(a) END", [("round(a)", Fraction(5, 2), Fraction(3))]),
        ("CASE WHEN a > 3 THEN floor(a) END", []),
        ("ifnone(round(a), floor(a))", [("round(a)", Fraction(5, 2), Fraction(3))]),
        ("ifnone(round(b), floor(a))", [("floor(a)", Fraction(5, 2), Fraction(2))]),
        ("round(b)", []),
        ("greatest(floor(a), 1)", [("floor(a)", Fraction(5, 2), Fraction(2))]),
    ],
)
def test_the_roundings_that_a_formula_comes_to(text: str, expected: list[tuple[str, Fraction, Fraction]]) -> None:
    """Each once, from the inside out, of 2.5 and of nothing; not those of a branch that was not taken."""
    formula = parse_formula(text, SCOPE, Place())
    assert isinstance(formula, Formula)
    assert roundings(formula, {FieldRef("a"): Fraction(5, 2), FieldRef("b"): None}) == expected


# ---- what is compared


def test_a_difference_is_explained_by_its_squares() -> None:
    """3 of 4 against 5 of 10 of everybody: both sides of the inequality, and not a bound."""
    done = run("  ahead: {kind: test, of: placed, above: whole, by: two_proportions 95% two-sided}\n")
    said = GroupWords(done.decisions, done.statement.lines()).text("ahead", [NORTH])
    assert "  compared   75%, to be above 50% by more than chance\n" in said
    assert "  both       (3 + 5) / (4 + 10) = 57.1428% (4/7, cut after 4 places)\n" in said
    squares = "(0.75 - 0.5)^2 = 0.0625, to be above 1.96^2 x 0.571428… x (1 - 0.571428…) x (1/4 + 1/10) = 0.32928"
    assert f"  squares    {squares}\n" in said
    assert "bound" not in said


def test_a_combination_of_groups_names_its_parts() -> None:
    """What it needs, and what became of each."""
    more = (
        "  half: {kind: test, of: placed, at_least: 50%}\n  most: {kind: test, of: placed, at_least: 80%}\n"
        "  both: {kind: combine, need: all, of: [half, most]}\n  one: {kind: combine, need: 1, of: [half, most]}\n"
    )
    done = run(more)
    words = GroupWords(done.decisions, done.statement.lines())
    assert "  need       all\n  part       half: met\n  part       most: not met\n" in words.text("both", [NORTH])
    assert "  need       1 of them\n  part       half: not met\n" in words.text("one", [SOUTH])


@pytest.mark.parametrize(
    ("answers", "shown"),
    [
        (5, "  squares    5 x (10 - 1) / (10 - 5) x ("),
        (10, "  answered   all 10, so that nothing is left to chance\n"),
    ],
)
def test_a_bound_among_those_asked_is_explained(answers: int, shown: str) -> None:
    """The fewer there are who have not answered, the less is left to chance, and the words say by how much."""
    assert "of asked" in ASKED
    done = surveyed(answers)
    assert shown in GroupWords(done.decisions, done.statement.lines()).text("sure", [("Y1-Q1",)])
