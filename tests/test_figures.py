"""Figures as tables: rows by label, spans of days, and every day of the term with exactly one figure."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from pbr.calendar import Date, number_of
from pbr.contract.value_terms import Cell, ValueTerm
from pbr.money import MOST_MINOR
from tests.small import TEXT, changed, contract_of, said


def day(text: str) -> int:
    """Give the number of a day."""
    return number_of(Date.fromisoformat(text))


def prices(text: str, *, by: str = "") -> Any:  # noqa: ANN401  # a table of the contract
    """Read a value in place of the price of jobs."""
    old = TEXT[TEXT.index("  job_price:") : TEXT.index("outcomes:\n")]
    return contract_of(changed((old, text), *([] if not by else [(old, by)]))).tables["payments", "first", "price"]


def test_a_literal_is_one_cell() -> None:
    """A figure written where it is read has one cell, no label and no date."""
    table = contract_of().tables["payments", "second", "price"]
    assert (table.by, table.starts, table.cells, table.labels, table.spans) == ((), (), (25000,), (), 1)
    ratio = contract_of().tables["adjustments", 0, "by"]
    assert ratio.cells == (Fraction(5, 6),)


def test_a_named_figure_is_the_same_as_a_written_one() -> None:
    """A value without rows is one cell at the place of the value."""
    table = prices("  job_price: 12.5\n")
    assert (table.by, table.starts, table.cells) == ((), (), (1250,))
    assert [place.line for place in table.places] == [36]


def test_rows_by_label_are_in_the_order_of_the_grouping() -> None:
    """Cells follow the labels as the grouping has them, whatever the order of the rows."""
    table = prices("  job_price: {by: grade, low: 6.00, high: 10.00}\n")
    assert (table.by, table.labels, table.cells, table.starts) == (("_by.grade",), (("high", "low"),), (1000, 600), ())


def test_rows_by_provider_are_in_the_order_of_the_ids() -> None:
    """Providers are ordered by their ids."""
    table = prices("  job_price: {by: provider, south: 6.00, north: 10.00}\n")
    assert (table.by, table.labels, table.cells) == (("_by.provider",), (("north", "south"),), (1000, 600))


def test_rows_by_a_text_field_are_in_the_order_of_its_words() -> None:
    """A text field with one_of makes labels of its words."""
    table = prices("  job_price: {by: level, low: 6.00, high: 10.00}\n")
    assert (table.by, table.labels, table.cells) == (("_by.level",), (("high", "low"),), (1000, 600))


def test_dated_rows_hold_until_the_next() -> None:
    """Cells run label by label, and within a label by date; the last holds for ever."""
    table = contract_of().tables["payments", "first", "price"]
    assert table.starts == (day("2025-04-01"), day("2026-04-01"))
    assert table.cells == (100000, 110001, 60000, 66000)
    assert table.spans == 2
    assert [place.line for place in table.places] == [39, 40, 39, 40]


def test_a_label_keeps_its_figure_where_only_another_changes() -> None:
    """A date that has a row for one label alone leaves the others as they were."""
    table = prices(
        "  job_price:\n    by: grade\n    dated:\n      2025-01-01: {high: 1.00, low: 2.00}\n"
        "      2026-04-01: {low: 3.00}\n      2025-10-01: {high: 4.00}\n"
    )
    assert table.starts == (day("2025-01-01"), day("2025-10-01"), day("2026-04-01"))
    assert table.cells == (100, 400, 400, 200, 200, 300)


def test_each_label_starts_with_its_own_first_figure() -> None:
    """Before the first row of one label it has no figure, whatever the others have."""
    table = prices(
        "  job_price:\n    by: grade\n    dated:\n      2020-01-01: {high: 1.00}\n      2021-01-01: {low: 2.00}\n"
    )
    assert table.starts == (day("2020-01-01"), day("2021-01-01"))
    assert table.cells == (100, 100, None, 200)


def test_spans_end_where_they_say() -> None:
    """A key may be two days joined by `to`, both included, and the table ends with the last of them."""
    table = prices(
        "  job_price:\n    dated:\n      2025-04-01 to 2026-03-31: 1.00\n      2026-04-01 to 2027-03-31: 2.00\n"
    )
    assert table.starts == (day("2025-04-01"), day("2026-04-01"), day("2027-04-01"))
    assert table.cells == (100, 200, None)


def test_a_span_of_one_label_that_ends_leaves_the_others() -> None:
    """After the end of its span one label has no figure; the others keep theirs."""
    table = prices(
        "  job_price:\n    by: grade\n    dated:\n      2025-04-01: {high: 1.00}\n"
        "      2025-04-01 to 2028-03-31: {low: 2.00}\n"
    )
    assert table.starts == (day("2025-04-01"), day("2028-04-01"))
    assert table.cells == (100, 100, 200, None)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("2025-04-02: 1.00", "PBR121 'job_price' has no figure on 2025-04-01"),
        (
            "2025-04-01 to 2026-03-30: 1.00\n      2026-04-01: 2.00",
            "PBR121 'job_price' has no figure on 2026-03-31",
        ),
        (
            "2025-04-01 to 2027-03-30: 1.00",
            "PBR121 'job_price' has no figure on 2027-03-31",
        ),
        (
            "2025-04-01 to 2026-04-01: 1.00\n      2026-04-01: 2.00",
            "PBR122 'job_price' has two figures on 2026-04-01",
        ),
        (
            "2025-04-01: 1.00\n      2025-04-01 to 2027-03-31: 2.00",
            "PBR122 'job_price' has two figures on 2025-04-01",
        ),
        ("2026-03-31 to 2025-04-01: 1.00", "PBR113 '2026-03-31 to 2025-04-01' ends before it starts"),
        ("2025-04-01: {high: 1.00}", "PBR103 a single figure is expected here"),
    ],
)
def test_every_day_of_the_term_has_exactly_one_figure(rows: str, problem: str) -> None:
    """A gap, an overlap or an early end is named with its first day."""
    old = TEXT[TEXT.index("  job_price:") : TEXT.index("outcomes:\n")]
    assert said((old, f"  job_price:\n    dated:\n      {rows}\n")) == [problem]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("{by: grade, high: 1.00}", "PBR120 'job_price' has no figure for grade 'low'"),
        ("{by: grade}", "PBR102 a value needs a figure, rows under `by`, `dated`, `csv` or `agreed`"),
        ("{by: [grade, level, provider], high: 1.00}", "PBR103 one key is expected under `by`, or two in a list"),
        ("{by: {grade: high}, high: 1.00}", "PBR103 one key is expected under `by`, or two in a list"),
        ("{by: [grade, grade], high: {high: 1.00}}", "PBR110 'grade' stands here twice"),
        ("{by: [grade, level], high: 1.00}", "PBR103 rows for each level are expected here"),
        ("{high: 1.00}", "PBR104 unknown key 'high'"),
        ("{dated: {2025-04-01: 1.00}, high: 1.00}", "PBR104 unknown key 'high'"),
        ("{dated: 1.00}", "PBR103 a map of dates is expected under `dated`"),
        ("{by: grade, dated: {2025-04-01: 1.00}}", "PBR103 rows for each grade are expected here"),
        ("{by: grade, csv: x, high: 1.00, low: 2.00}", "PBR104 unknown key 'high'"),
        ("{by: grade, title: [x], high: 1.00, low: 2.00}", "PBR103 a single value is expected here"),
        ("[1.00]", "PBR103 a figure, or a map with `by`, `dated`, `csv` or `agreed`, is expected here"),
    ],
)
def test_a_value_has_one_of_four_shapes(value: str, problem: str) -> None:
    """A figure, rows by a key, dated figures or both; everything else is named."""
    old = TEXT[TEXT.index("  job_price:") : TEXT.index("outcomes:\n")]
    assert any(found.startswith(problem) for found in said((old, f"  job_price: {value}\n")))


def test_the_largest_amount_is_read_and_one_more_is_not() -> None:
    """An amount of exactly the limit is a price."""
    assert prices("  job_price: 10000000000000.00\n").cells == (MOST_MINOR,)


def test_a_value_keeps_its_title_and_source() -> None:
    """What is printed beside a figure is not taken for a row."""
    contract = contract_of(changed(("    by: grade\n", "    by: grade\n    title: Price\n    source: Annex\n")))
    value = contract.terms.values["job_price"]
    assert (value.by, value.title, value.source, len(value.cells)) == (("grade",), "Price", "Annex", 4)
    assert isinstance(value, ValueTerm)
    assert value.cells[1] == Cell(
        labels=("low",), first=Date(2025, 4, 1), last=None, text="600.00", path=("dated", "2025-04-01", "low")
    )
