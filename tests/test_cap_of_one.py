"""The cap of one subject where what payments give is laid side by side, and where sums by subject must tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pbr.adjustments import cap
from pbr.adjustments.cap import Cap, Part
from pbr.beside import beside, cut_in_order
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


def how(*cells: int) -> Adjusting:
    """Say that it is of each subject, and of two payments."""
    return at(limit(*cells), "subject", on=(0, 1))


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


IN_ORDER: Final = [
    ([("a", 0, 9, 600), ("a", 1, 2, 600)], [600, 400]),
    ([("a", 1, 2, 600), ("a", 0, 9, 600), ("b", 1, 1, 1000)], [400, 600, 1000]),
    ([("a", 2, 1, 600), ("a", 1, 2, 600), ("a", 0, 3, 600)], [0, 400, 600]),
    ([("a", 2, 1, 600), ("c", 0, 3, 1000), ("c", 1, 2, 5)], [600, 1000, 0]),
    ([("a", 0, 1, 1000), ("b", 1, 1, 900)], [1000, 900]),
    ([("a", 0, 9, 999), ("a", 1, 2, 600)], [999, 1]),
    ([], []),
]


@pytest.mark.usefixtures("no_sums")
@pytest.mark.parametrize(("lines", "left"), IN_ORDER)
def test_payments_that_are_named_take_what_there_is_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch, lines: list[tuple[str, int, int, int]], left: list[int]
) -> None:
    """Whatever the days: the one that is not named comes last. Nothing is put in order."""
    monkeypatch.setattr(cap, "rows_above", None)
    named = at(limit(1000), "subject", on=(0, 1, 2), ranks=(0, 1))
    assert cut(lines_of(*lines), named) == left


def test_of_two_that_are_not_named_days_decide() -> None:
    """They have the same rank."""
    lines = lines_of(("a", 2, 1, 600), ("a", 1, 2, 600), ("a", 0, 3, 300))
    named = at(limit(1000), "subject", on=(0, 1, 2), ranks=(0,))
    found = beside(lines, named)
    assert found is not None
    assert cut_in_order(found, named, refuse=False) is None
    assert cut(lines, named) == [600, 100, 300]


def test_what_is_refused_whole_still_takes_what_there_is() -> None:
    """As where lines are put in order: of 600, 500 and 300 the second is refused, and the third finds nothing left."""
    lines = lines_of(("a", 0, 1, 600), ("a", 1, 2, 500), ("a", 2, 3, 300), ("b", 1, 1, 1000))
    named = at(limit(1000), "subject", on=(0, 1, 2), ranks=(0, 1, 2))
    assert cut(lines, named, NONE) == cut(lines.drop(PLACE), named, NONE) == [600, 0, 0, 1000]


def test_limits_of_subjects_may_differ() -> None:
    """By a label of theirs; what is left before each line stands beside it."""
    lines = lines_of(("a", 0, 1, 600), ("a", 1, 2, 600), ("b", 0, 1, 600), ("b", 1, 2, 600))
    lines = lines.with_columns(pl.Series("_by.area", [0, 0, 1, 1], dtype=pl.Int16))
    table = evolve(limit(1000, 700, by=("_by.area",)), labels=(("x", "y"),))
    named = at(table, "subject", on=(0, 1), ranks=(0, 1))
    found = PART.apply(lines, named)
    assert found["net"].to_list() == [600, 400, 600, 100]
    assert found["limit.0"].to_list() == [None, 1000, None, 700]
    assert found["left.0"].to_list() == [None, 400, None, 100]
    assert found.drop(PLACE).equals(PART.apply(lines.drop(PLACE), named))


@pytest.mark.usefixtures("no_sums")
def test_a_line_that_crosses_it_may_be_refused_whole() -> None:
    """As where sums by subject tell."""
    lines = lines_of(("a", 0, 1, 600), ("a", 1, 2, 401), ("b", 0, 1, 1000))
    assert cut(lines, how(1000), NONE) == [600, 0, 1000]


def test_two_lines_of_one_payment_are_added_up() -> None:
    """One would hide the other in a column of a payment, which is seen by what is missing from it."""
    lines = lines_of(("a", 0, 1, 600), ("a", 0, 2, 600), ("b", 0, 1, 600))
    assert beside(lines, how(1000)) is None
    assert cut(lines, how(1000)) == [600, 400, 600]


def test_a_line_without_a_place_has_sums_by_subject_tell() -> None:
    """What an adjustment made for one subject stands beside no payment."""
    lines = lines_of(("a", 0, 1, 600), ("a", 1, 2, 600)).with_columns(
        pl.when(pl.col("payment") == 0).then(PLACE).alias(PLACE)
    )
    assert beside(lines, how(1000)) is None
    assert cut(lines, how(1000)) == [600, 400]
    assert cut(lines.drop(PLACE), how(1000)) == [600, 400]


def test_sums_beyond_64_bits_are_added_up_by_subject() -> None:
    """Side by side they are held in 64 bits."""
    lines = lines_of(("a", 0, 1, 2**62), ("a", 1, 2, 2**62), ("b", 0, 1, 5))
    assert beside(lines, how(2**62)) is None
    assert cut(lines, how(2**62)) == [2**62, 0, 5]


def test_a_group_of_more_than_a_subject_is_added_up() -> None:
    """The place is that of a subject alone."""
    by_two = at(limit(1000), "subject", "outcome", on=(0, 1))
    assert beside(lines_of(("a", 0, 1, 600)), by_two) is None


def test_limits_that_differ_between_lines_of_one_subject_are_looked_up_line_by_line() -> None:
    """Which one holds is for the sums by subject to say; no contract that is checked has such."""
    lines = lines_of(("a", 0, 1, 600), ("a", 1, 2, 300))
    dated = at(limit(1000, 500, starts=(0, 2)), "subject", on=(0, 1))
    assert beside(lines, dated) is None


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2), st.integers(0, 3), st.integers(-3, 9)), max_size=9),
    st.integers(0, 12),
    st.sampled_from([PART, NONE]),
    st.permutations([0, 1, 2]),
    st.integers(0, 3),
)
def test_all_ways_cut_the_same(
    lines: list[tuple[str, int, int, int]], most: int, term: Cap, order: list[int], named: int
) -> None:
    """Whatever the lines, in whatever order, and however many payments are named: to the penny, limit and headroom."""
    known, by = lines_of(*lines), at(limit(most), "subject", on=(0, 1, 2), ranks=tuple(order[:named]))
    assert term.apply(known, by).drop(PLACE).equals(term.apply(known.drop(PLACE), by))
