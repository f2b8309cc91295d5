"""Lines of money as frames: price tables, exact rounding, running sums in a full order."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbr.lines import Adjusting, round_ratio, running_before
from pbr.money import Rounding, round_minor
from pbr.problem import Place
from pbr.table import Table
from tests.profiles import integer_law

MOST = 2**63 - 1
PLAIN = Table(cells=(700,), places=(Place("c", 1),))
DATED = Table(
    by=("_by.grade",),
    starts=(100, 200, 300),
    cells=(1, 2, None, 3, 4, None),
    places=(Place("c", 1),) * 6,
    labels=(("high", "low"),),
)


def column(expression: pl.Expr, **columns: Any) -> list[Any]:  # noqa: ANN401  # cells of any kind
    """Work out one expression over columns of numbers."""
    frame = pl.DataFrame({name.replace("__", "."): values for name, values in columns.items()})
    return frame.select(expression.alias("found"))["found"].to_list()


def test_a_plain_table_has_one_cell_for_every_row() -> None:
    """A figure without label or date is found for each row, whatever its day."""
    days = {"day": [100, -5, None]}
    assert PLAIN.spans == 1
    assert column(PLAIN.cell(pl.col("day")), **days) == [0, 0, 0]
    assert column(PLAIN.minor(PLAIN.cell(pl.col("day"))), **days) == [700, 700, 700]


def test_a_table_by_label_needs_a_label() -> None:
    """The place of the label chooses the cell; no group and an empty place find none."""
    table = Table(by=("_by.grade",), cells=(10, 20), places=(Place(),) * 2, labels=(("high", "low"),))
    found = column(table.cell(pl.col("day")), day=[0] * 5, _by__grade=[0, 1, -1, -2, None])
    assert found == [0, 1, None, None, None]


def test_a_dated_table_needs_a_day_it_covers() -> None:
    """Each span begins on its first day; before the first there is no cell, and after the end one without a figure."""
    days = [99, 100, 199, 200, 299, 300, None]
    found = column(DATED.cell(pl.col("day")), day=days, _by__grade=[0] * 7)
    assert found == [None, 0, 0, 1, 1, 2, None]
    assert column(DATED.cell(pl.col("day")), day=days, _by__grade=[1] * 7) == [None, 3, 3, 4, 4, 5, None]
    assert column(DATED.minor(DATED.cell(pl.col("day"))), day=days, _by__grade=[0] * 7) == [
        None,
        1,
        1,
        2,
        2,
        None,
        None,
    ]
    assert column(DATED.minor(DATED.cell(pl.col("day"))), day=[100, 200, 300], _by__grade=[1, 1, 1]) == [3, 4, None]


def test_a_table_of_one_span_is_bounded_too() -> None:
    """One dated figure has a first and a last day like any other."""
    table = Table(starts=(100, 200), cells=(5, None), places=(Place(),) * 2)
    assert column(table.minor(table.cell(pl.col("day"))), day=[99, 100, 199, 200]) == [None, 5, 5, None]


def test_cells_are_unsigned_and_money_is_signed() -> None:
    """A cell is UInt32, money is Int64."""
    frame = pl.DataFrame({"day": [100], "_by.grade": [0]})
    cell = DATED.cell(pl.col("day"))
    found = frame.select(cell.alias("cell"), DATED.minor(cell).alias("minor"))
    assert found.schema == {"cell": pl.UInt32, "minor": pl.Int64}


def test_ratios_are_two_whole_numbers() -> None:
    """Numerator and denominator are found apart, so that nothing is rounded."""
    table = Table(
        by=("_by.grade",), cells=(Fraction(5, 6), Fraction(47, 50)), places=(Place(),) * 2, labels=(("a", "b"),)
    )
    above, below = table.ratio(table.cell(pl.col("day")))
    frame = pl.DataFrame({"day": [0, 0], "_by.grade": [1, 0]})
    assert frame.select(above.alias("above"), below.alias("below")).rows() == [(47, 50), (5, 6)]


@pytest.mark.parametrize(
    ("where", "expected"),
    [(None, [True, False, True, True]), ("_where.0", [True, False, False, False])],
)
def test_an_adjustment_acts_on_its_payments_and_where_it_says(where: str | None, expected: list[bool]) -> None:
    """A line is acted on if its payment is named and the condition is true; an unknown condition is not."""
    at = Adjusting(index=0, on=(0, 2), where=where, keys=(), table=PLAIN, period=None, rounding=Rounding.HALF_UP)
    found = column(at.chosen(), payment=[0, 1, 2, 2], _where__0=[True, True, False, None])
    assert found == expected


# ---- rounding


@integer_law
@given(
    st.lists(st.tuples(st.integers(-(10**15), 10**15), st.integers(0, 10**9), st.integers(1, 10**9)), min_size=1),
    st.sampled_from(Rounding),
)
def test_products_are_rounded_as_exact_fractions_are(rows: list[tuple[int, int, int]], rounding: Rounding) -> None:
    """A column of amounts times ratios, of both signs, equals the exact fraction rounded once."""
    small = [(value % 1000 - 500, above % 12, below % 12 + 1) for value, above, below in rows]
    wanted = [round_minor(Fraction(value * above, below), rounding) for value, above, below in small]
    assert rounded(small, rounding) == wanted
    fits = [row for row in rows if abs(row[0] * row[1]) // row[2] < MOST]
    wanted = [round_minor(Fraction(value * above, below), rounding) for value, above, below in fits]
    assert rounded(fits, rounding) == wanted


def rounded(rows: list[tuple[int, int, int]], rounding: Rounding) -> list[int]:
    """Round value * above / below of each row in a frame."""
    frame = pl.DataFrame(rows, schema=dict.fromkeys(("value", "above", "below"), pl.Int64), orient="row")
    found = frame.select(round_ratio(pl.col("value"), pl.col("above"), pl.col("below"), rounding).alias("found"))
    assert found.schema == {"found": pl.Int64}
    return found["found"].to_list()


def test_halves_of_both_signs_follow_the_mode() -> None:
    """At 1/2, amounts of 1, 3, -1 and -3 show both modes on both sides of nought."""
    rows = [(value, 1, 2) for value in (1, 3, -1, -3, 5, -5)]
    assert rounded(rows, Rounding.HALF_UP) == [1, 2, -1, -2, 3, -3]
    assert rounded(rows, Rounding.HALF_EVEN) == [0, 2, 0, -2, 2, -2]


def test_a_product_that_does_not_fit_is_null() -> None:
    """What 64 bits cannot hold is null, and never wraps round."""
    assert rounded([(MOST, 1, 1), (-MOST, 1, 1), (MOST, 10**9, 10**9)], Rounding.HALF_UP) == [MOST, -MOST, MOST]
    assert rounded([(MOST, 2, 1), (-MOST, 3, 1)], Rounding.HALF_UP) == [None, None]


# ---- running sums


@integer_law
@given(
    st.lists(
        st.tuples(st.none() | st.integers(0, 2), st.none() | st.sampled_from("ab"), st.integers(-MOST, MOST)),
        max_size=30,
    )
)
def test_running_sums_begin_anew_with_every_group(rows: list[tuple[int | None, str | None, int]]) -> None:
    """Each row has the sum of the rows before it in its group, exact even where 64 bits would overflow."""
    rows = sorted(rows, key=lambda row: (row[0] is not None, row[0] or 0, row[1] is not None, row[1] or ""))
    frame = pl.DataFrame(rows, schema={"one": pl.Int64, "two": pl.String, "value": pl.Int64}, orient="row")
    sums: dict[tuple[int | None, str | None], int] = {}
    wanted = []
    for one, two, value in rows:
        wanted.append(sums.get((one, two), 0))
        sums[one, two] = wanted[-1] + value
    found = running_before(frame, ["one", "two"], "value")
    assert found.dtype == pl.Int128
    assert found.to_list() == wanted
