"""Laws 20, 23 and 27 for scores: thresholds on both sides, stricter ones, and rows without a score."""

from __future__ import annotations

import pytest

import pbr
from tests import small
from tests.test_score import FALL, MET, SHORT, decided, frames, review, score


@pytest.mark.parametrize(
    ("terms", "used", "found"),
    [
        ("change: down, at_least: 13", ("25", "12"), MET),
        ("change: down, at_least: 13", ("25", "13"), SHORT),
        ("change: down, above: 13", ("25", "12"), SHORT),
        ("change: down, above: 13", ("25", "11"), MET),
        ("change: down, at_least: 12.5", ("25", "12"), MET),
        ("change: down, above: 12.5", ("25", "13"), SHORT),
        ("change: up, at_most: 0", ("12", "12"), MET),
        ("change: up, at_most: 0", ("12", "13"), SHORT),
        ("change: up, below: 0", ("12", "12"), SHORT),
        ("change: up, below: 0", ("12", "11"), MET),
        ("change: up, at_least: 1", ("12", "13"), MET),
        ("change: up, at_least: 1", ("13", "12"), SHORT),
        ("at_most: 12", ("", "12"), MET),
        ("at_most: 12", ("", "13"), SHORT),
        ("below: 12", ("", "12"), SHORT),
        ("below: 12", ("", "11"), MET),
        ("at_least: 12.5", ("", "13"), MET),
        ("at_least: 12.5", ("", "12"), SHORT),
        ("above: 11.5", ("", "12"), MET),
        ("below: 12.5", ("", "12"), MET),
    ],
)
def test_law_23_both_sides_of_what_a_score_has_to_be(
    terms: str, used: tuple[str, str], found: tuple[str, str, str, str]
) -> None:
    """At the figure and one unit either side of it, for each word, of a level and of a change either way."""
    rows = [review("2025-03-20", used[0]), review("2025-06-20", used[1])]
    assert decided(score(f"value: used, {terms}"), rows) == found


@pytest.mark.parametrize("test", ["at_least", "above"])
def test_law_20_a_higher_score_required_never_pays_more(test: str) -> None:
    """Each threshold from nothing to more than anybody reached pays no more than the one before."""
    rows = [review("2025-03-20", "25"), review("2025-06-20", "12")]
    paid = []
    for least in range(16):
        done = pbr.run(
            small.contract_of(score(f"value: used, change: down, {test}: {least}")), frames(rows), small.LATE
        )
        paid.append(done.statement.total_minor)
    assert paid == sorted(paid, reverse=True)
    assert (paid[0], paid[-1]) == (700, 0)


@pytest.mark.parametrize("terms", ["value: used, at_most: 28", f"{FALL}", "value: used, change: up, at_most: 28"])
def test_law_27_an_empty_score_satisfies_nothing(terms: str) -> None:
    """Whatever is asked of it, a row without a score is neither met nor failed, and unpaid."""
    rows = [review("2025-03-20", "25"), review("2025-06-20", "")]
    assert decided(score(terms), rows) == ("unknown", "missing_field", "", "reviews.used")
