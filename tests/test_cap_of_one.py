"""The cap of one subject where what payments give is laid side by side, and where sums by subject must tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbr.adjustments import cap
from pbr.adjustments.cap import Cap, Part
from pbr.lines import PLACE
from tests.test_adjustments import at, frame, limit

if TYPE_CHECKING:
    from pbr.lines import Adjusting

PEOPLE: Final = {"b": 0, "a": 1, "c": 2}
PART: Final = Cap(id="most", at_most="10.00", per=("person",))
NONE: Final = Cap(id="most", at_most="10.00", per=("person",), part=Part.REFUSE)


def lines_of(*lines: tuple[str, int, int, int]) -> pl.DataFrame:
    """Make lines of a subject, payment, day and amount, each with the place of its subject."""
    found = frame([(day, subject, 0, 0, net) for subject, _, day, net in lines])
    places = pl.Series(PLACE, [PEOPLE[subject] for subject, *_ in lines], dtype=pl.UInt32)
    return found.with_columns(pl.Series("payment", [payment for _, payment, *_ in lines], dtype=pl.UInt16), places)


def cut(lines: pl.DataFrame, how: Adjusting, term: Cap = PART) -> list[int]:
    """What is left of each line."""
    return term.apply(lines, how)["net"].to_list()


def how(*cells: int, on: tuple[int, ...] = (0, 1), **more: int) -> Adjusting:
    """Say that it is of each subject."""
    return at(limit(*cells), "subject", on=on, **more)


@pytest.fixture
def no_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    """See to it that nobody adds up by subject."""
    monkeypatch.setattr(cap, "_crowded", None)


@pytest.mark.usefixtures("no_sums")
@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ([("a", 0, 1, 600), ("b", 0, 1, 600), ("a", 1, 2, 400), ("b", 1, 2, 401)], [600, 600, 400, 400]),
        ([("a", 1, 2, 700), ("c", 0, 1, 1001), ("a", 0, 3, 700)], [700, 1000, 300]),
        ([("b", 0, 1, -500), ("b", 1, 2, 1001)], [-500, 1000]),
        ([("b", 2, 1, 5000), ("b", 1, 2, 1000)], [5000, 1000]),
        ([], []),
    ],
    ids=["crossed by a penny", "in order of days", "what takes is not counted", "other payments", "no lines"],
)
def test_what_payments_give_is_laid_side_by_side(lines: list[tuple[str, int, int, int]], left: list[int]) -> None:
    """Of a few subjects with a line of each payment, worked by hand."""
    assert cut(lines_of(*lines), how(1000)) == left


@pytest.mark.usefixtures("no_sums")
def test_a_line_that_crosses_it_may_be_refused_whole() -> None:
    """As where sums by subject tell."""
    lines = lines_of(("a", 0, 1, 600), ("a", 1, 2, 401), ("b", 0, 1, 1000))
    assert cut(lines, how(1000), NONE) == [600, 0, 1000]


def test_two_lines_of_one_payment_are_added_up() -> None:
    """One would hide the other in a column of a payment, which is seen by what is missing from it."""
    lines = lines_of(("a", 0, 1, 600), ("a", 0, 2, 600), ("b", 0, 1, 600))
    assert cap.rows_above(lines, how(1000)) is None
    assert cut(lines, how(1000)) == [600, 400, 600]


def test_a_line_without_a_place_has_sums_by_subject_tell() -> None:
    """What an adjustment made for one subject stands beside no payment."""
    lines = lines_of(("a", 0, 1, 600), ("a", 1, 2, 600)).with_columns(
        pl.when(pl.col("payment") == 0).then(PLACE).alias(PLACE)
    )
    assert cap.rows_above(lines, how(1000)) is None
    assert cut(lines, how(1000)) == [600, 400]
    assert cut(lines.drop(PLACE), how(1000)) == [600, 400]


def test_sums_beyond_64_bits_are_added_up_by_subject() -> None:
    """Side by side they are held in 64 bits."""
    lines = lines_of(("a", 0, 1, 2**62), ("a", 1, 2, 2**62), ("b", 0, 1, 5))
    assert cap.rows_above(lines, how(2**62)) is None
    assert cut(lines, how(2**62)) == [2**62, 0, 5]


def test_a_group_of_more_than_a_subject_is_added_up() -> None:
    """The place is that of a subject alone."""
    by_two = at(limit(1000), "subject", "outcome", on=(0, 1))
    assert cap.rows_above(lines_of(("a", 0, 1, 600)), by_two) is None


def test_limits_that_differ_between_lines_of_one_subject_are_looked_up_line_by_line() -> None:
    """Which one holds is for the sums by subject to say; no contract that is checked has such."""
    lines = lines_of(("a", 0, 1, 600), ("a", 1, 2, 300))
    dated = at(limit(1000, 500, starts=(0, 2)), "subject", on=(0, 1))
    assert cap.rows_above(lines, dated) is None


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2), st.integers(0, 3), st.integers(-3, 9)), max_size=9),
    st.integers(0, 12),
    st.sampled_from([PART, NONE]),
)
def test_both_ways_cut_the_same(lines: list[tuple[str, int, int, int]], most: int, term: Cap) -> None:
    """Whatever the lines, in whatever order."""
    known = lines_of(*lines)
    assert cut(known, how(most), term) == cut(known.drop(PLACE), how(most), term)
