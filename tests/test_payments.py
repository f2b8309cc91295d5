"""The tariff: one line for each outcome met, at the price of its group and day."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from pbr.lines import Paying
from pbr.payments import Tariff
from pbr.problem import Place
from pbr.table import Table
from tests import small
from tests.small import changed

PRICES = Table(
    by=("_by.grade",),
    starts=(0, 100),
    cells=(1000, 1100, 600, 660),
    places=(Place(),) * 4,
    labels=(("high", "low"),),
)


def achieved(priced: list[int]) -> pl.LazyFrame:
    """Give two subjects who are met, on either side of the day on which prices change."""
    return pl.LazyFrame(
        {
            "subject": ["A", "B"],
            "provider": pl.Series([0, 1], dtype=pl.Int16),
            "occurrence": ["1", "1"],
            "day": pl.Series([99, 100], dtype=pl.Int32),
            "known": pl.Series([99, 130], dtype=pl.Int32),
            "priced": pl.Series(priced, dtype=pl.Int32),
            "quantity": pl.Series([1, 1], dtype=pl.Int64),
            "parts": pl.Series([1, 1], dtype=pl.Int64),
            "_by.grade": pl.Series([0, 1], dtype=pl.Int16),
        }
    )


def lines(priced: list[int], tariff: Tariff | None = None, **more: Any) -> pl.DataFrame:  # noqa: ANN401
    """Write the lines of a tariff on the second outcome of a contract, as its fourth payment."""
    tariff = tariff or Tariff(pays_for="job", price="job_price")
    at = Paying(payment=3, outcome=1, name="job", table=PRICES, carry=("_by.grade",), **more)
    return tariff.lines(achieved(priced), at).collect().sort("subject", "instalment")


def test_each_outcome_met_is_one_line_at_the_price_of_its_day() -> None:
    """The day before the change has the old price and the day of the change the new one; only met is paid."""
    found = lines([99, 100])
    assert found.drop("_by.grade").rows() == [
        (3, 1, "A", 0, "1", 1, 99, 99, 99, 99, None, 99, 0, 1, 1, 1000, 1000, 1000),
        (3, 1, "B", 1, "1", 1, 100, 100, 130, 100, None, 100, 3, 1, 1, 660, 660, 660),
    ]


def test_the_price_may_be_that_of_the_start() -> None:
    """By start the second line has the old price, since it began before the change."""
    found = lines([10, 90])
    assert found.select("subject", "day", "priced", "cell", "amount", "net").rows() == [
        ("A", 99, 10, 0, 1000, 1000),
        ("B", 100, 90, 2, 600, 600),
    ]


def test_lines_have_the_columns_and_types_of_a_frame_of_lines() -> None:
    """Places are small unsigned numbers, days Int32, money Int64; what adjustments ask for is carried."""
    assert lines([99, 100]).schema == {
        "payment": pl.UInt16,
        "outcome": pl.UInt16,
        "subject": pl.String,
        "provider": pl.Int16,
        "occurrence": pl.String,
        "instalment": pl.Int64,
        "day": pl.Int32,
        "owed": pl.Int32,
        "known": pl.Int32,
        "falls": pl.Int32,
        "due": pl.Int32,
        "priced": pl.Int32,
        "cell": pl.UInt32,
        "quantity": pl.Int64,
        "parts": pl.Int64,
        "unit": pl.Int64,
        "amount": pl.Int64,
        "_by.grade": pl.Int16,
        "net": pl.Int64,
    }


@pytest.mark.parametrize(
    ("on", "began", "amount"),
    [
        ("2026-03-31", "2026-03-02", 60000),
        ("2026-04-01", "2026-03-02", 66000),
    ],
)
def test_a_whole_run_pays_the_old_price_to_the_last_day(on: str, began: str, amount: int) -> None:
    """Prices from 1 April: an outcome of 31 March has the old price and one of 1 April the new."""
    result = small.run(
        people=[{"person": "B", "provider": "south", "began": began, "level": "low"}],
        events=[{"person": "B", "kind": "job", "on": on, "seen": on}],
        as_at="2026-04-30",
    )
    lines = result.statement.lines()
    assert lines.select("payment", "amount_minor", "unit_price_minor", "group").rows() == [
        ("first", amount, amount, "low")
    ]


def test_two_payments_may_pay_for_one_outcome() -> None:
    """Each payment of the same outcome makes a line of its own."""
    text = changed(("pays_for: kept, price: 250.00, price_on: start", "pays_for: job, price: 1.00"))
    found = small.run(text, as_at="2025-07-01").statement.lines()
    assert found.select("payment", "adjustment", "outcome", "amount_minor").rows() == [
        ("first", "-", "job", 100000),
        ("second", "-", "job", 100),
        ("second", "share", "job", -17),
    ]


def test_a_start_without_a_price_is_unknown_and_unpaid() -> None:
    """Paid by a start before the first price, an outcome is unknown for want of a price."""
    text = changed(
        ("began < DATE '2025-04-01'", "FALSE"),
        ("price: job_price}", "price: job_price, price_on: start}"),
    )
    result = small.run(text, as_at="2025-07-01")
    rows = result.decisions.rows().filter(pl.col("outcome") == "job").select("subject", "state", "reason").rows()
    assert rows == [("A", "met", "met"), ("C", "unknown", "no_price")]
