"""The scale: a number turned into points by steps, and paid by the point."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import polars as pl
import pytest

import pbr
from pbr.contract.model import Field, FieldKind
from pbr.outcomes import Scale
from pbr.outcomes.scale import Shape
from tests import small
from tests.small import EVENTS, PEOPLE, changed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden

SCORE: Final = "      score: {type: whole, from: 0, to: 20}\n"
SHARE: Final = "      score: share\n"
WHOLE: Final = "under 10: 0, 10 to 14: 1, 15 or more: 3"


def text(points: str = WHOLE, *, field: str = SCORE, price: str = "10.00") -> str:
    """Give the small contract with a scale of a score, paid by the point."""
    return changed(
        ("      level: {type", f"{field}      level: {{type"),
        ("payments:\n", f"  rated: {{kind: scale, title: Rated, value: score, points: {{{points}}}}}\npayments:\n"),
        ("  first: {", f"  rating: {{kind: tariff, pays_for: rated, price: {price}}}\n  first: {{"),
    )


def run(contract: str, *scores: str, as_at: str = small.LATE) -> pbr.Run:
    """Evaluate it on as many participants of the north as there are scores, who began on 1 April 2025."""
    people = [PEOPLE[0] | {"person": f"P{place}", "score": score} for place, score in enumerate(scores)]
    frames = {"people": pl.DataFrame(people), "events": pl.DataFrame(EVENTS).clear()}
    return pbr.run(small.contract_of(contract), frames, as_at)


def decided(done: pbr.Run, outcome: str = "rated") -> list[tuple[str, str | None, str, str | None]]:
    """Give state, value, reason and missing field of each participant."""
    rows = done.decisions.rows().filter(pl.col("outcome") == outcome)
    return rows.select("state", "value", "reason", "missing").rows()


def test_each_number_has_the_points_of_its_step() -> None:
    """Both ends of each step are as written, one unit to each side of them too."""
    found = decided(run(text(), "0", "9", "10", "14", "15", "20"))
    assert [value for _, value, _, _ in found] == ["0", "0", "1", "1", "3", "3"]
    assert {state for state, _, _, _ in found} == {"met"}


@pytest.mark.parametrize(
    ("written", "value"), [("79.9999%", "0"), ("80%", "2"), ("0.8", "2"), ("94.9999%", "2"), ("95%", "5"), ("", None)]
)
def test_steps_of_a_share_are_exact(written: str, value: str | None) -> None:
    """A ten-thousandth of a percent below a step is below it."""
    contract = text('"under 80%": 0, "80% to 94.9999%": 2, "95% or more": 5', field=SHARE)
    assert [found for _, found, _, _ in decided(run(contract, written))] == [value]


def test_a_number_that_is_not_known_has_no_points() -> None:
    """An empty score, or an empty start, leaves the scale unknown, with the field that is empty."""
    contract = changed(("began < DATE '2025-04-01'", "person = 'Z'"), text=text())
    assert decided(run(contract, "")) == [("unknown", None, "missing_field", "people.score")]
    people = [PEOPLE[0] | {"began": "", "score": "12"}]
    frames = {"people": pl.DataFrame(people), "events": pl.DataFrame(EVENTS).clear()}
    done = pbr.run(small.contract_of(contract), frames, small.LATE)
    assert decided(done) == [("unknown", None, "missing_field", "people.began")]


def test_points_are_paid_one_by_one() -> None:
    """Three points are three times the price; none is a line of nothing."""
    lines = run(text(), "20", "12", "3").statement.lines()
    columns = ["subject", "quantity", "unit_price_minor", "amount_minor"]
    assert lines.select(columns).rows() == [("P0", "3", 1000, 3000), ("P1", "1", 1000, 1000), ("P2", "0", 1000, 0)]


def test_a_scale_of_a_scale_goes_by_its_points() -> None:
    """The points of one scale are the number of another, which is met on the same day or has its state."""
    contract = changed(
        ("payments:\n", "  graded: {kind: scale, of: rated, points: {under 2: 1, 2 or more: 5}}\npayments:\n"),
        text=text(),
    )
    done = run(contract, "20", "12", "")
    assert decided(done, "graded") == [
        ("met", "5", "met", None),
        ("met", "1", "met", None),
        ("unknown", None, "part_unknown", "people.score"),
    ]
    early = run(contract, "20", as_at="2025-03-31")
    assert decided(early, "graded") == []


@pytest.mark.parametrize(
    ("as_at", "began", "state"), [("2027-03-31", "2027-04-01", "not_met"), ("2025-04-01", "2025-04-01", "met")]
)
def test_a_scale_is_met_on_the_start(as_at: str, began: str, state: str) -> None:
    """A start outside the term earns nothing; on its own day it counts."""
    people = [PEOPLE[0] | {"began": began, "score": "12", "noted": "2025-01-01"}]
    contract = changed(("      began: date\n", "      began: date\n      noted: recorded\n"), text=text())
    frames = {"people": pl.DataFrame(people), "events": pl.DataFrame(EVENTS).clear()}
    (found,) = decided(pbr.run(small.contract_of(contract), frames, as_at))
    assert found[0] == state


def test_a_step_and_its_points_are_explained(tmp_path: Path, golden: Golden) -> None:
    """The explanation names the number, its step, its points, and how many were paid at which price."""
    (tmp_path / "contract.yaml").write_text(text(), encoding="utf-8")
    pl.DataFrame([PEOPLE[0] | {"score": "17"}]).write_csv(tmp_path / "people.csv")
    pl.DataFrame(EVENTS[:1]).write_csv(tmp_path / "events.csv")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, small.LATE).write(tmp_path / "out")
    golden("tests/golden/explain/points-of-a-scale.txt", str(pbr.explain(out, "A", outcome="rated")))


@pytest.mark.parametrize("step", ["under 5", "5", "5 to 9", "5-9", "5 or less", "over 5", "5.5 or more", "-3 to -1"])
def test_a_step_means_the_same_to_a_frame_and_to_plain_python(step: str) -> None:
    """Each way to write a step holds the same whole and half numbers, read by polars and read one at a time."""
    scale = Scale(value="score", points={step: "1"})
    halves = range(-10, 25)
    plain = [scale.points_of(Fraction(half, 2)) for half in halves]
    held = Field(type=FieldKind.DECIMAL, places="1").scale("GBP")
    frame = pl.DataFrame({"score": [half * 5 for half in halves]}).select(scale.in_parts(pl.col("score"), 10**held))
    assert frame.to_series().to_list() == plain
    assert None in plain
    assert Fraction(1) in plain


@pytest.mark.parametrize(("value", "passed"), [("3", True), ("1", False), ("", True)])
def test_a_case_may_expect_points(value: str, passed: bool, tmp_path: Path) -> None:
    """The points a case expects are compared with those that came out; without any they are not."""
    (tmp_path / "cases").mkdir()
    (tmp_path / "contract.yaml").write_text(text(), encoding="utf-8")
    expected = f", value: {value}" if value else ""
    (tmp_path / "cases" / "points.yaml").write_text(
        f"""\
case: Points
as_at: 2025-06-30
tables:
  people:
    - {{person: A, provider: north, began: 2025-04-01, level: high, score: 17}}
  events: []
expect:
  decisions:
    - {{subject: A, outcome: rated, state: met{expected}}}
""",
        encoding="utf-8",
    )
    (result,) = pbr.run_cases(tmp_path / "contract.yaml").cases
    assert result.passed is passed


def test_a_range_that_cannot_be_read_is_one_fault() -> None:
    """A scale of a field whose range is no number adds nothing to the fault of the range."""
    field = "      score: {type: whole, from: 0, to: many}\n"
    assert {problem.code for problem in small.problems_of(text(field=field))} == {"PBR109"}


@pytest.mark.parametrize("outcome", ["rated", "graded"])
def test_a_step_of_a_sensitive_number_is_not_shown(outcome: str, tmp_path: Path) -> None:
    """A step can be as narrow as one value, so that only the points of a sensitive field are named."""
    contract = changed(
        ("payments:\n", "  graded: {kind: scale, of: rated, points: {under 2: 1, 2 or more: 5}}\npayments:\n"),
        text=text("under 7743: 1, 7743: 2, over 7743: 3", field="      score: {type: whole, sensitive: true}\n"),
    )
    (tmp_path / "contract.yaml").write_text(contract, encoding="utf-8")
    pl.DataFrame([PEOPLE[0] | {"score": "7743"}]).write_csv(tmp_path / "people.csv")
    pl.DataFrame(EVENTS[:1]).write_csv(tmp_path / "events.csv")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, small.LATE).write(tmp_path / "out")
    said = pbr.explain(out, "A", outcome=outcome).text
    assert "7743" not in said
    assert "  points     " in said
    assert "step" not in said


def test_points_without_a_part_in_common_are_refused() -> None:
    """Ratios whose common part 64 bits cannot hold are a fault of the contract, not of a run."""
    refused = text("0: 1/999999937, 1: 1/999999929, 2 or more: 1/999999893", price="0.01")
    assert "have no part in common" in " ".join(str(problem) for problem in small.problems_of(refused))
    assert Scale(value="score", points={"0": "1/3", "1": "1/4"}).parts == 12
    assert Scale(value="score", points={"0": "0.25", "1": "3"}).parts == 100


def test_straight_scales_are_exact_at_their_ends_and_unbroken_between() -> None:
    """The points of 66% between 40% and 80% are 6.5; next to a knot the points are next to its own."""
    points = {"-5%": "-10", "-1%": "0", "1%": "0", "5%": "10"}
    scale = Scale(of="x", shape=Shape.STRAIGHT, points=points, below="extend", above="none")
    step = Fraction(1, 10**6)
    for text_of, said in points.items():
        at = Fraction(text_of.removesuffix("%")) / 100
        assert scale.points_of(at) == Fraction(said)
        for near in (at - step, at + step):
            found_near = scale.points_of(near)
            if near <= Fraction(5, 100):
                assert found_near is not None
                assert abs(found_near - Fraction(said)) <= 250 * step
    assert scale.points_of(Fraction(0)) == 0
    assert scale.points_of(Fraction(-6, 100)) == Fraction(-25, 2)
    assert scale.points_of(Fraction(51, 1000)) is None
