"""Outcome kind score: which rows are picked, what their scores are, both sides of every test, and what is left open."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from typing import TYPE_CHECKING, Final

import polars as pl
import pytest

import pbr
from pbr.confidence import Z_OF_LEVEL
from pbr.scoring import Fill, Items, chance_squared, least_beyond
from tests import small
from tests.small import PEOPLE, changed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden

REVIEWS: Final = (
    "cohort:\n",
    """  reviews:
    row_is: review
    of: person
    fields:
      day: date
      form: {type: text, one_of: [full, brief]}
      used: {type: whole, from: 0, to: 28}
      grade: {type: decimal, places: 1}
      q1: {type: whole, from: 1, to: 4}
      q2: {type: whole, from: 1, to: 4}
      q3: {type: whole, from: 1, to: 4}
      void: date
      seen: recorded
cohort:
""",
)
PAYS: Final = ("  first: {", "  third: {kind: tariff, pays_for: less, price: 7.00}\n  first: {")
FALL: Final = "value: used, change: down, at_least: 13"
ITEMS: Final = "value: {sum: [q1, q2, q3], each: 1 to 4, reverse: [q3], most_missing: 1, fill: mean}"
COLUMNS: Final = ("person", "day", "form", "used", "grade", "q1", "q2", "q3", "void", "seen")


def score(terms: str = FALL, *changes: tuple[str, str]) -> str:
    """Give the small contract with a score of these terms, which is paid."""
    outcome = f"  less: {{kind: score, table: reviews, date: day, {terms}}}\n"
    return changed(REVIEWS, ("payments:\n", f"{outcome}payments:\n"), PAYS, *changes)


def review(day: str, used: str = "", **more: str) -> dict[str, str]:
    """Make a review of the first participant, recorded on its day."""
    return {**dict.fromkeys(COLUMNS, ""), "person": "A", "day": day, "used": used, "form": "full", "seen": day} | more


def frames(rows: small.Rows) -> dict[str, pl.DataFrame]:
    """Make a return of the first participant with these reviews."""
    reviews = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String))
    return small.frames_of(PEOPLE[:1], []) | {"reviews": reviews}


def decided(text: str, rows: small.Rows, as_at: str = small.LATE) -> tuple[str, str, str, str]:
    """Give state, reason, date and missing field of the first participant, of whom these are the reviews."""
    done = pbr.run(small.contract_of(text), frames(rows), as_at)
    row = done.decisions.rows().row(by_predicate=pl.col("outcome") == "less", named=True)
    lines = done.statement.lines().filter(pl.col("payment") == "third", pl.col("adjustment") == "-")
    assert lines["amount_minor"].to_list() == ([700] if row["state"] == "met" else [])
    return row["state"], row["reason"], str(row["date"] or ""), row["missing"] or ""


def uses(text: str, rows: small.Rows, as_at: str = small.LATE) -> list[str]:
    """Give what the outcome made of each review."""
    found = pbr.run(small.contract_of(text), frames(rows), as_at).uses()
    return found.filter(pl.col("outcome") == "less").sort("row")["use"].to_list()


BEFORE, AFTER = review("2025-03-20", "25"), review("2025-06-20", "12")
MET = ("met", "met", "2025-06-20", "")
SHORT = ("not_met", "score_short", "", "")


# ---- tests


@pytest.mark.parametrize(
    ("test", "used", "met"),
    [
        ("at_least: 52%", "12", True),
        ("at_least: 52%", "13", False),
        ("above: 52%", "12", False),
        ("above: 52%", "11", True),
        ("at_most: 52%", "12", True),
        ("at_most: 52%", "11", False),
        ("below: 52%", "12", False),
        ("below: 52%", "13", True),
        ("at_least: 1/3", "16", True),
        ("at_least: 1/3", "17", False),
    ],
)
def test_a_percentage_of_the_baseline(test: str, used: str, met: bool) -> None:
    """13 of 25 is 52%, exactly; a third of 25 is more than 8 and less than 9."""
    rows = [review("2025-03-20", "25"), review("2025-06-20", used)]
    found = decided(score(f"value: used, change: down, of: baseline, {test}"), rows)
    assert found == (MET if met else SHORT)


def test_of_a_baseline_of_nothing_there_is_no_percentage() -> None:
    """It is not met with a reason of its own, and pending while another baseline may come."""
    rows = [review("2025-03-20", "0"), review("2025-06-20", "0")]
    terms = "value: used, change: down, of: baseline, at_least: 0%"
    assert decided(score(terms), rows)[:2] == ("not_met", "zero_baseline")
    later = f"{terms}, baseline: {{from: start, for: 12 weeks}}"
    rows = [review("2025-04-02", "0"), review("2025-09-01", "0")]
    assert decided(score(later), rows, "2025-06-23")[:2] == ("pending", "window_open")
    assert decided(score(later), rows, "2025-06-24")[:2] == ("not_met", "zero_baseline")
    assert decided(score(later), [*rows, review("2025-06-24", "1")])[:3] == ("met", "met", "2025-09-01")


@pytest.mark.parametrize(
    ("terms", "grades", "met"),
    [
        ("reliable: {sd: 7.5, reliability: 0.80, z: 1.96}", ("32.5", "47.5"), True),
        ("reliable: {sd: 7.5, reliability: 0.80, level: 95%}", ("32.5", "47.5"), True),
        ("reliable: {sd: 7.5, reliability: 0.80, level: 95%}", ("32.5", "41.7"), False),
        ("reliable: {sd: 7.5, reliability: 0.80, level: 95%}", ("32.5", "41.8"), True),
        ("reliable: {sd: 7.5, reliability: 0.80, level: 95%}", ("41.8", "32.5"), True),
        ("change: up, reliable: {sd: 7.5, reliability: 0.80, level: 95%}", ("41.8", "32.5"), False),
        ("change: down, reliable: {sd: 7.5, reliability: 0.80, level: 95%}", ("41.8", "32.5"), True),
        ("change: down, reliable: {sd: 7.5, reliability: 0.80, level: 95%}", ("32.5", "41.8"), False),
        ("reliable: {sd: 3, reliability: 1/2, z: 1}", ("0.0", "3.0"), False),
        ("reliable: {sd: 3, reliability: 1/2, z: 1}", ("0.0", "3.1"), True),
        ("reliable: {sd: 3, reliability: 1/2, z: 1}", ("3.0", "0.0"), False),
    ],
)
def test_a_reliable_change_is_strictly_more_than_chance(terms: str, grades: tuple[str, str], met: bool) -> None:
    """A tenth either side of the bound, either way and each way; exactly the bound is not beyond it."""
    rows = [review("2025-03-20", grade=grades[0]), review("2025-06-20", grade=grades[1])]
    assert decided(score(f"value: grade, {terms}"), rows) == (MET if met else SHORT)


def test_the_bound_of_a_reliable_change_is_the_squared_comparison() -> None:
    """The least whole number beyond the root is the first whose square is beyond, for every level and many parts."""
    for z in Z_OF_LEVEL.values():
        for sd in (Fraction(1, 2), Fraction(3), Fraction("7.53")):
            for parts in (1, 10, 7, 56):
                square = chance_squared(sd, Fraction("0.83"), z)
                bound = least_beyond(square, parts)
                assert Fraction(bound, parts) ** 2 > square >= Fraction(bound - 1, parts) ** 2


def test_a_level_has_the_published_number_of_standard_errors() -> None:
    """The constants of rule 16, two-sided, against the quantiles of the normal distribution to their last decimal."""
    stats = pytest.importorskip("scipy.stats")
    for level, z in Z_OF_LEVEL.items():
        tail = Fraction(level.removesuffix("%")) / 100
        assert round(stats.norm.ppf((1 + float(tail)) / 2), 4) == float(z)


# ---- which rows are picked


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([BEFORE, AFTER], MET),
        ([review("2025-04-01", "25"), AFTER], MET),
        ([review("2025-04-02", "25"), AFTER], ("not_met", "no_baseline", "", "")),
        ([review("2025-03-01", "12"), BEFORE, AFTER], MET),
        ([BEFORE, review("2025-04-01", "12"), AFTER], SHORT),
        ([BEFORE, AFTER, review("2025-07-01", "13")], SHORT),
        ([BEFORE, review("2025-05-01", "28"), AFTER], MET),
        ([BEFORE, review("2027-03-31", "12")], ("met", "met", "2027-03-31", "")),
        ([BEFORE, review("2027-04-01", "12", seen="2027-03-01")], ("not_met", "no_evidence", "", "")),
        ([review("2025-03-01", "28"), BEFORE], ("not_met", "no_evidence", "", "")),
        ([BEFORE], ("not_met", "no_evidence", "", "")),
        ([AFTER], ("not_met", "no_baseline", "", "")),
        ([], ("not_met", "no_baseline", "", "")),
        ([BEFORE, AFTER | {"seen": "2027-04-01"}], ("not_met", "no_evidence", "", "")),
        ([BEFORE | {"used": ""}, AFTER], ("unknown", "missing_field", "", "reviews.used")),
        ([BEFORE, AFTER | {"used": ""}], ("unknown", "missing_field", "", "reviews.used")),
        ([BEFORE, review("", "1"), AFTER], MET),
    ],
)
def test_the_last_by_the_start_and_the_last_after_it(rows: small.Rows, found: tuple[str, str, str, str]) -> None:
    """Both sides of the start and of the term; what is empty on a row that is picked leaves it unknown."""
    assert decided(score(), [row | {"seen": row["seen"] or "2025-04-01"} for row in rows]) == found


def test_the_first_follow_up_counts_if_it_is_asked_for() -> None:
    """A first follow-up that falls short is not made good by a later one; it is later than the baseline itself."""
    rows = [BEFORE, review("2025-05-01", "20"), AFTER]
    terms = f"{FALL}, follow_up: {{pick: first}}"
    assert decided(score(terms), rows) == SHORT
    assert decided(score(terms), [BEFORE, review("2025-04-01", "25"), AFTER]) == MET
    assert uses(score(terms), rows) == ["used", "used", "not_picked"]


def test_a_follow_up_is_strictly_later_than_the_baseline() -> None:
    """A row of the baseline's own day is no follow-up, though it is in the window; the next day it is."""
    terms = f"{FALL}, baseline: {{pick: first, from: start, for: 4 weeks}}, window: {{from: start, for: 1 year}}"
    one = review("2025-04-10", "25", form="brief")
    same, after = review("2025-04-10", "12"), review("2025-04-11", "12")
    assert decided(score(terms), [one, same])[:2] == ("not_met", "no_evidence")
    assert decided(score(terms), [one, after])[:3] == ("met", "met", "2025-04-11")


@pytest.mark.parametrize(
    ("baseline", "found"),
    [
        ("{pick: first}", "2025-02-01"),
        ("{pick: last}", "2025-03-20"),
        ("{until: 2025-03-19}", "2025-02-01"),
        ("{until: 2025-05-01}", "2025-05-01"),
        ("{until: job}", "2025-06-24"),
        ("{from: start, for: 4 weeks}", ""),
        ("{from: start, for: 30 days}", "2025-05-01"),
        ("{after: start, until: 2025-06-01}", "2025-06-01"),
        ("{pick: first, from: job}", "2025-06-24"),
    ],
)
def test_where_a_baseline_may_lie(baseline: str, found: str) -> None:
    """Before or on a day or an outcome, or within a time after one; the first or the last."""
    days = ["2025-02-01", "2025-03-20", "2025-05-01", "2025-06-01", "2025-06-24", "2025-09-01"]
    rows = [review(day, str(place)) for place, day in enumerate(days)]
    text = score(f"value: used, change: up, at_least: 0, baseline: {baseline}")
    sent = frames(rows) | {"events": pl.DataFrame(small.EVENTS[:1])}
    done = pbr.run(small.contract_of(text), sent, small.LATE)
    day = done.decisions.frame["less.baseline_picked"].cast(pl.Date).cast(pl.String).to_list()
    assert day == [found or None]


def test_a_baseline_counted_from_what_is_not_met_takes_its_state() -> None:
    """Until the job that ends its days is there, the score is as the job is."""
    text = score(f"{FALL}, baseline: {{until: job}}")
    assert decided(text, [BEFORE, AFTER], "2025-06-01")[:2] == ("pending", "anchor")
    assert decided(text, [BEFORE, AFTER])[:2] == ("not_met", "anchor")


def test_ties_of_a_day_are_decided_by_content() -> None:
    """Of rows of one day the first by content counts, in the decision and in the uses, in whatever order they stand."""
    rows = [
        BEFORE,
        review("2025-06-20", "20", form="full", grade="1.0"),
        review("2025-06-20", "12", form="brief", grade="2.0"),
        review("2025-06-20", "12", form="full", grade="2.0"),
    ]
    for order in permutations(rows):
        assert decided(score(), list(order)) == MET
        found = dict(zip([row["form"] + row["grade"] for row in order], uses(score(), list(order)), strict=True))
        assert found == {"full": "used", "brief2.0": "used", "full1.0": "not_picked", "full2.0": "not_picked"}


# ---- what is open, missing or in doubt


def test_it_is_pending_until_the_window_is_over() -> None:
    """Failed or not there, it may still be met; what is met may fall; on the last day it is settled."""
    text = score(f"{FALL}, window: {{after: start, for: 1 year}}")
    short = [BEFORE, review("2025-06-20", "13")]
    assert decided(text, short, "2026-03-31")[:2] == ("pending", "window_open")
    assert decided(text, short, "2026-04-01") == SHORT
    assert decided(text, [BEFORE], "2026-03-31")[:2] == ("pending", "window_open")
    assert decided(text, [BEFORE], "2026-04-01")[:2] == ("not_met", "no_evidence")
    falls = [BEFORE, AFTER, review("2025-09-01", "20")]
    assert decided(text, falls, "2025-08-31") == MET
    assert decided(text, falls, "2025-09-01")[:2] == ("pending", "window_open")
    assert decided(text, [BEFORE, review("2026-04-01", "12")])[:2] == ("met", "met")
    assert decided(text, [BEFORE, review("2026-04-02", "12")])[:2] == ("not_met", "after_window")


def test_a_score_without_a_change_says_where_its_rows_lie() -> None:
    """Before the window, after it, in it but outside the term, in a window that cannot be, or nowhere."""
    level = "value: used, at_most: 12, window: {after: start, for: 1 year}"
    assert decided(score(level), [review("2025-04-01", "1")])[:2] == ("not_met", "before_window")
    assert decided(score(level), [review("2026-04-02", "1")])[:2] == ("not_met", "after_window")
    assert decided(score("value: used, at_most: 12"), [review("2025-03-31", "1")])[:2] == ("not_met", "outside_term")
    assert decided(score(level), [])[:2] == ("not_met", "no_evidence")
    until = "value: used, at_most: 12, window: {after: start, until: 2025-06-01}"
    sent = frames([review("2025-06-20", "1")]) | {"people": pl.DataFrame([PEOPLE[0] | {"began": "2025-06-01"}])}
    rows = pbr.run(small.contract_of(score(until)), sent, small.LATE).decisions.rows()
    assert rows.filter(pl.col("outcome") == "less")["reason"].to_list() == ["window_empty"]
    beyond = "value: used, at_most: 12, window: {after: job, for: 1 year}"
    jobs = pl.DataFrame([small.EVENTS[0] | {"on": "2027-03-31", "seen": "2027-03-31"}])
    late = frames([]) | {"people": pl.DataFrame([PEOPLE[0] | {"began": "2027-03-01"}]), "events": jobs}
    rows = pbr.run(small.contract_of(score(beyond)), late, small.LATE).decisions.rows()
    assert rows.filter(pl.col("outcome") == "less")["reason"].to_list() == ["outside_term"]


def test_a_baseline_that_may_still_come_is_waited_for() -> None:
    """Within four weeks of the start it is pending, on their last day it is settled."""
    text = score(f"{FALL}, baseline: {{from: start, for: 4 weeks}}")
    assert decided(text, [], "2025-04-28")[:2] == ("pending", "window_open")
    assert decided(text, [], "2025-04-29")[:2] == ("not_met", "no_baseline")


FULL: Final = f"{FALL}, when: \"form = 'full'\""
IN_DOUBT: Final = ("unknown", "missing_field", "", "reviews.form")


@pytest.mark.parametrize(
    ("rows", "found", "used"),
    [
        ([BEFORE | {"form": ""}, AFTER], IN_DOUBT, ["used", "not_picked"]),
        ([BEFORE, AFTER | {"form": ""}], IN_DOUBT, ["used", "used"]),
        ([BEFORE, review("2025-03-21", "1", form=""), AFTER], IN_DOUBT, ["used", "used", "used"]),
        ([BEFORE, review("2025-03-20", "1", form=""), AFTER], IN_DOUBT, ["used", "used", "used"]),
        ([BEFORE, review("2025-03-19", "1", form=""), AFTER], MET, ["used", "not_picked", "used"]),
        ([BEFORE, AFTER, review("2025-06-21", "1", form="")], IN_DOUBT, ["used", "used", "used"]),
        ([BEFORE, AFTER, review("2025-06-19", "1", form="")], MET, ["used", "used", "not_picked"]),
        ([BEFORE, AFTER, review("2025-06-21", "28", form="brief")], MET, ["used", "used"]),
    ],
)
def test_a_row_in_doubt_matters_if_it_would_be_picked(
    rows: small.Rows, found: tuple[str, str, str, str], used: list[str]
) -> None:
    """One beyond the row that is picked, or of its day, leaves the score unknown; one before it changes nothing."""
    assert decided(score(FULL), rows) == found
    assert uses(score(FULL), rows) == used


def test_rows_told_apart_by_a_result() -> None:
    """Without a job no row can be told apart: pending while it may come, and then not met."""
    text = score('value: used, at_most: 12, when: "day >= job.date"')
    job = {"events": pl.DataFrame(small.EVENTS[:1])}
    rows = [review("2025-06-23", "28"), review("2025-06-24", "12")]
    done = pbr.run(small.contract_of(text), frames(rows) | job, small.LATE)
    assert done.decisions.frame["less.date"].cast(pl.Date).cast(pl.String).to_list() == ["2025-06-24"]
    assert decided(text, rows, "2025-06-23")[:2] == ("pending", "part_pending")
    assert decided(text, rows)[:2] == ("not_met", "part_not_met")
    change = score(f'{FALL}, baseline: {{until: 2025-06-23}}, when: "day >= job.date"')
    assert decided(change, rows)[:2] == ("not_met", "part_not_met")


def test_an_undone_row_does_not_count() -> None:
    """From the day on which a review was struck out the one before it is the last."""
    rows = [BEFORE, review("2025-05-01", "12"), review("2025-06-20", "20", void="2025-07-01")]
    text = score(f"{FALL}, undone_by: void")
    assert decided(text, rows, "2025-06-30")[:2] == ("pending", "window_open")
    assert decided(text, rows, "2025-07-01")[:3] == ("met", "met", "2025-05-01")
    assert uses(text, rows) == ["used", "used", "not_picked"]


def test_the_figure_is_that_of_the_group_and_the_day() -> None:
    """What is required may be by a label, and is that of the start; without a label it is unknown."""
    values = ("values:\n", "values:\n  enough: {by: grade, dated: {2025-04-01: {high: 13, low: 1}}}\n")
    text = score("value: used, change: down, at_least: enough", values)
    assert decided(text, [BEFORE, AFTER]) == MET
    assert decided(text, [BEFORE, review("2025-06-20", "13")]) == SHORT
    sent = frames([BEFORE, AFTER]) | {"people": pl.DataFrame([PEOPLE[0] | {"level": ""}])}
    rows = pbr.run(small.contract_of(text), sent, small.LATE).decisions.rows()
    assert rows.filter(pl.col("outcome") == "less").select("state", "missing").rows() == [("unknown", "people.level")]
    share = text.replace("at_least: enough", "of: baseline, at_least: enough").replace(
        "high: 13, low: 1", "high: 52%, low: 1%"
    )
    assert decided(share, [BEFORE, AFTER]) == MET
    assert decided(share, [BEFORE, review("2025-06-20", "13")]) == SHORT


def test_a_score_of_the_subjects_own_row() -> None:
    """Of the cohort's own row the score itself is tested, on a day of it; by a result too."""
    own = ("      level: {type: text", "      mark: {type: whole, from: 0, to: 9}\n      level: {type: text")
    outcome = "{kind: score, table: people, date: began, value: mark, at_least: 5"
    text = changed(own, ("payments:\n", f"  less: {outcome}}}\npayments:\n"))
    people = [PEOPLE[0] | {"mark": mark, "person": name} for name, mark in (("A", "5"), ("B", "4"), ("C", ""))]
    sent = small.frames_of([], small.EVENTS[:1]) | {"people": pl.DataFrame(people)}
    rows = pbr.run(small.contract_of(text), sent, small.LATE).decisions.rows()
    found = rows.filter(pl.col("outcome") == "less").select("state", "reason", "missing").rows()
    assert found == [
        ("met", "met", None),
        ("not_met", "score_short", None),
        ("unknown", "missing_field", "people.mark"),
    ]
    late = changed(own, ("payments:\n", f'  less: {outcome}, when: "job.date >= began"}}\npayments:\n'))
    rows = pbr.run(small.contract_of(late), sent, small.LATE).decisions.rows()
    found = rows.filter(pl.col("outcome") == "less").select("state", "reason", "missing").rows()
    assert found == [
        ("met", "met", None),
        ("not_met", "part_not_met", None),
        ("not_met", "part_not_met", None),
    ]


# ---- sums of items


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        (("4", "3", "1"), Fraction(11)),
        (("4", "", "2"), Fraction(21, 2)),
        (("", "1", "4"), Fraction(3)),
        (("4", "4", ""), Fraction(12)),
        (("4", "", ""), None),
    ],
)
def test_items_are_turned_added_up_and_scaled(answers: tuple[str, str, str], found: Fraction | None) -> None:
    """In plain numbers and in the engine: the third item the other way round, one missing filled in by the mean."""
    items = Items(sum=("q1", "q2", "q3"), each="1 to 4", reverse=("q3",), most_missing="1", fill=Fill.MEAN)
    held = [int(answer) if answer else None for answer in answers]
    assert items.score(held) == found
    frame = pl.DataFrame([held], schema=dict.fromkeys(items.sum, pl.Int64), orient="row")
    whole = None if found is None else int(found * items.parts)
    assert frame.select(items.in_parts(pl.col)).to_series().to_list() == [whole]


@pytest.mark.parametrize(
    ("test", "met"),
    [("at_least: 10.5", True), ("above: 10.5", False), ("at_least: 10.6", False), ("at_most: 10.5", True)],
)
def test_a_scaled_sum_is_compared_without_rounding(test: str, met: bool) -> None:
    """Two answers of 4 and 3 make ten and a half of three items, which is neither ten nor eleven."""
    row = review("2025-06-20", q1="4", q3="2")
    assert decided(score(f"{ITEMS}, {test}"), [row]) == (MET if met else SHORT)


def test_too_many_missing_items_leave_it_unknown() -> None:
    """The first item that is empty is named, in the order in which they are added up."""
    row = review("2025-06-20", q3="2")
    assert decided(score(f"{ITEMS}, at_least: 1"), [row]) == ("unknown", "missing_field", "", "reviews.q1")
    none = "value: {sum: [q3, q2, q1], each: 1 to 4}, at_least: 1"
    row = review("2025-06-20", q1="2", q3="2")
    assert decided(score(none), [row]) == ("unknown", "missing_field", "", "reviews.q2")


def test_a_hundred_items_of_which_many_are_missing_are_exact() -> None:
    """Parts of a sum are the least number that every count of answers divides."""
    items = Items(sum=tuple(f"q{n}" for n in range(20)), each="0 to 10", most_missing="9", fill=Fill.MEAN)
    for answered in range(11, 21):
        held = [7] * answered + [None] * (20 - answered)
        assert items.score(held) == Fraction(140)
        assert (items.parts * 20) % answered == 0


# ---- what is said and cited


def test_both_rows_are_used_and_cited(tmp_path: Path, golden: Golden) -> None:
    """The line cites baseline and follow-up, and the explanation shows the bound with its arithmetic."""
    text = score(
        "value: grade, change: up, window: {after: start, for: 1 year}, "
        "reliable: {sd: 7.5, reliability: 0.80, level: 95%}"
    )
    rows = [
        review("2025-03-01", "25", grade="30.0"),
        review("2025-03-20", "25", grade="32.5"),
        review("2025-05-20", "20", grade="40.0"),
        review("2025-06-20", "12", grade="47.5"),
        review("2026-05-20", "12", grade="1.0"),
    ]
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    pl.DataFrame(PEOPLE[:1]).write_csv(tmp_path / "people.csv")
    small.frames_of([], [])["events"].write_csv(tmp_path / "events.csv")
    pl.DataFrame(rows).write_csv(tmp_path / "reviews.csv")
    done = pbr.run(tmp_path / "contract.yaml", tmp_path, small.LATE)
    found = done.uses().filter(pl.col("outcome") == "less").select("row", "use").rows()
    assert found == [(2, "not_picked"), (3, "used"), (4, "not_picked"), (5, "used"), (6, "after_window")]
    line = done.statement.lines().row(by_predicate=pl.col("payment") == "third", named=True)
    assert len(line["evidence"].split(";")) == 3
    golden(
        "tests/golden/explain/reliable-change.txt", str(pbr.explain(done.write(tmp_path / "out"), "A", outcome="less"))
    )


def explained(text: str, rows: small.Rows, as_at: str = small.LATE) -> list[str]:
    """Give what is said of the score: from the baseline or the score on, without its rows."""
    from pbr.explanation import explain_subject

    done = pbr.run(small.contract_of(text), frames(rows), as_at)
    lines = explain_subject(done.decisions, done.statement.lines(), "A", ["less"]).split("\n")
    words = ("baseline", "follow-up", "score", "change", "required", "share", "squares")
    return [" ".join(line.split()) for line in lines if line.strip().startswith(words)]


def test_a_percentage_a_scaled_sum_and_a_named_figure_are_explained() -> None:
    """What the percentage comes to, how many items were answered, and where the figure stands."""
    assert explained(score("value: used, change: down, of: baseline, at_least: 50%"), [BEFORE, AFTER]) == [
        "baseline 25 on 20 March 2025, the last up to 1 April 2025, the day of start",
        "follow-up 12 on 20 June 2025, the last later than the baseline",
        "change down by 13, from 25 to 12",
        "required down by at least 50% of the baseline",
        "share 50% of 25 is 12.5",
    ]
    row = review("2025-06-20", q1="4", q3="2")
    values = ("values:\n", "values:\n  enough: {dated: {2025-04-01: 10.5}}\n")
    assert explained(score(f"{ITEMS}, above: enough", values), [row]) == [
        "score 10.5 on 20 June 2025 (2 of 3 items answered, scaled by 3/2), the last",
        "required more than enough, at contract.yaml:49",
    ]
    assert explained(score(f"{ITEMS}, at_least: 1"), [review("2025-06-20", q1="4")]) == [
        "score has none on 20 June 2025, the last",
        "required at least 1",
    ]
    span = f"{FALL}, baseline: {{pick: first, from: start, for: 4 weeks}}"
    assert explained(score(span), []) == [
        "baseline none from 1 April 2025 to 29 April 2025",
        "follow-up none later than the baseline",
        "required down by at least 13",
    ]
    same = [review("2025-03-20", "25"), review("2025-06-20", "25")]
    fixed = f"{FALL}, baseline: {{until: 2025-03-31}}"
    assert explained(score(fixed), same)[0] == "baseline 25 on 20 March 2025, the last up to 31 March 2025"
    assert explained(score(fixed), same)[2] == "change none, from 25 to 25"


def test_no_score_of_a_sensitive_field_is_shown() -> None:
    """Neither the scores nor their change, nor what a percentage comes to; the test itself is the contract's."""
    secret = ("used: {type: whole, from: 0, to: 28}", "used: {type: whole, from: 0, to: 28, sensitive: true}")
    assert explained(score("value: used, change: down, of: baseline, at_least: 50%", secret), [BEFORE, AFTER]) == [
        "baseline (not shown) on 20 March 2025, the last up to 1 April 2025, the day of start",
        "follow-up (not shown) on 20 June 2025, the last later than the baseline",
        "change (not shown)",
        "required down by at least 50% of the baseline",
    ]
    reliable = "value: used, reliable: {sd: spread, reliability: 0.80, z: 1.96}"
    values = ("values:\n", "values:\n  spread: 7.5\n")
    assert explained(score(reliable, secret, values), [BEFORE, AFTER])[-2:] == [
        "required more than chance would bring, which is 9.2971, either way",
        "squares (not shown), to be above 1.96 x 1.96 x 7.5 x 7.5 x 2 x (1 - 0.8) = 86.436",
    ]


def test_nothing_is_said_of_a_score_of_somebody_left_out() -> None:
    """Who is excluded by a clause has rows that are not included, and no score."""
    sent = frames([BEFORE, AFTER]) | {"people": pl.DataFrame([PEOPLE[0] | {"began": "2025-03-31"}])}
    done = pbr.run(small.contract_of(score()), sent, small.LATE)
    from pbr.explanation import explain_subject

    text = explain_subject(done.decisions, done.statement.lines(), "A", ["less"])
    assert "baseline" not in text
    assert "its participant is excluded" in text


# ---- the plan


def test_a_score_is_one_scan_on_the_streaming_engine(tmp_path: Path) -> None:
    """One scan of its table, and nothing of the plan in memory."""
    from pbr.decisions import make_query
    from pbr.plan import make_plan
    from tests.test_gather import physical

    plan = make_plan(small.contract_of(score()), small.LATE)
    tables = {}
    for name, rows in pbr.read_evidence(plan, frames([BEFORE, AFTER])).tables.items():
        rows.collect().write_parquet(tmp_path / f"{name}.parquet")
        tables[name] = pl.scan_parquet(tmp_path / f"{name}.parquet")
    plain, _ = make_query(make_plan(small.contract_of(changed(REVIEWS)), small.LATE), tables)
    columns, query = make_query(plan, tables)
    assert columns.scans == plain.scans + 1
    labels = [label.split("\n")[0] for label in physical(query).labels]
    assert [label for label in labels if "in-memory" in label] == []


# ---- days


def test_law_16_all_dates_a_year_of_weeks_later_change_nothing() -> None:
    """Every day 364 days later, and so is the follow-up's; the state is the same."""
    import datetime as dt

    def later(text: str) -> str:
        return str(dt.date.fromisoformat(text) + dt.timedelta(days=364)) if text else text

    rows = [review("2025-03-20", "25"), review("2025-05-20", "20"), review("2025-06-20", "12")]
    moved = [row | {key: later(row[key]) for key in ("day", "seen")} for row in rows]
    window = f"{FALL}, window: {{after: start, for: 12 weeks}}"
    sent = frames(moved) | {"people": pl.DataFrame([PEOPLE[0] | {"began": later(PEOPLE[0]["began"])}])}
    done = pbr.run(small.contract_of(score(window)), sent, small.LATE)
    found = done.decisions.rows().row(by_predicate=pl.col("outcome") == "less", named=True)
    assert (found["state"], str(found["date"])) == ("met", later("2025-06-20"))
    assert decided(score(window), rows) == MET
