"""Edges of what is paid for groups, each by hand: their labels, who is paid, when it was settled, and what is too long.

Sampled mutants of the engine asked for these (docs/explanation/assurance.md).
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl
import pytest

import pbr
from tests import small
from tests.test_measure import THREE, TWO_JOBS, job, person, text

BY_GRADE: Final = "kind: measure, of: job, per: [provider, grade, quarter], period_of: start"
TARIFF: Final = "  share: {kind: tariff, pays_for: placed, price: rate}\n"
RATE: Final = ("values:\n", "values:\n  rate: {by: grade, high: 100.00, low: 50.00}\n")
PEOPLE: Final = [*THREE, person("D", "2025-04-02", level="low"), person("E", "2025-04-02", "south", "low")]
EVENTS: Final = [*TWO_JOBS, job("D", "2025-05-01"), job("E", "2025-05-01")]
CHANGES: Final = small.TEXT[small.TEXT.index("  - {id: share") :]


def paid(contract: str, as_at: str = small.LATE) -> list[tuple[str, str, str, int]]:
    """Give provider, group, adjustment and amount of each line of a group."""
    found = small.run(contract, people=PEOPLE, events=EVENTS, as_at=as_at).statement.lines()
    rows = found.filter(pl.col("subject").is_null()).select("provider", "occurrence", "adjustment", "amount_minor")
    return sorted(rows.rows())


def test_a_price_for_groups_may_be_by_a_grouping_that_they_are_of() -> None:
    """Two of three of the high at 100.00, and each of the low at 50.00."""
    assert paid(text(BY_GRADE, "", TARIFF, RATE)) == [
        ("north", "high Y1-Q1", "-", 6667),
        ("north", "low Y1-Q1", "-", 5000),
        ("south", "low Y1-Q1", "-", 5000),
    ]


def test_a_limit_of_a_grouping_is_for_the_groups_of_its_label() -> None:
    """The low have 70.00 together, so that of their second 50.00 there are 20.00; the high have 70.00 alone."""
    most = "  - {id: most, kind: cap, at_most: 70.00, per: [grade], on: [share]}\n"
    assert paid(text(BY_GRADE, "", TARIFF, RATE, (CHANGES, most))) == [
        ("north", "high Y1-Q1", "-", 6667),
        ("north", "low Y1-Q1", "-", 5000),
        ("south", "low Y1-Q1", "-", 5000),
        ("south", "low Y1-Q1", "most", -3000),
    ]


def test_a_group_of_everybody_is_paid_to_nobody_in_particular() -> None:
    """Where the cohort's table names no provider, and a fee is of one, the share of all is not that one's."""
    contract = text(
        "kind: measure, of: job, per: [quarter], period_of: start",
        "",
        "  share: {kind: tariff, pays_for: placed, price: 100.00}\n  fee: {kind: fee, amount: 1.00, to: south}\n",
        ("      provider: provider\n", ""),
    )
    people = [{key: row[key] for key in row if key != "provider"} for row in THREE]
    frames = {"people": pl.DataFrame(people), "events": pl.DataFrame(TWO_JOBS)}
    found = pbr.run(small.contract_of(contract), frames, small.LATE).statement.lines()
    rows = found.filter(pl.col("subject").is_null()).select("payment", "provider", "amount_minor").sort("payment")
    assert rows.rows() == [("fee", "south", 100), ("share", "", 6667)]


ACCOUNT: Final = (
    "  share: {kind: tariff, pays_for: both, price: 100.00}\n"
    "  account: {kind: fee, amount: 240.00, instalments: 24, until_settled: share}\n"
)
BOTH: Final = (
    "  size: {kind: measure, of: job, take: n, per: [provider, quarter], period_of: start}\n"
    "  both: {kind: combine, need: all, of: [placed, size]}\n"
)


def taken_back(contract: str, as_at: str) -> list[tuple[str, dt.date]]:
    """Give provider and day of each instalment of the first quarter that was taken back."""
    found = small.run(contract, people=THREE, events=TWO_JOBS, as_at=as_at).statement.lines()
    rows = found.filter(payment="account", reason="settled").select("provider", "earned_on")
    return sorted(set(rows.filter(pl.col("earned_on") < dt.date(2025, 9, 30)).rows()))


def test_an_account_is_settled_with_the_last_of_the_groups_of_its_provider() -> None:
    """North's high are fixed on 22 September, its low are nobody: what is on account of both is taken back then."""
    grades = BOTH.replace("[provider, quarter]", "[provider, grade, quarter]")
    contract = text(BY_GRADE, grades, ACCOUNT)
    assert ("north", dt.date(2025, 9, 22)) in taken_back(contract, "2025-09-22")
    assert ("north", dt.date(2025, 6, 30)) not in taken_back(contract, "2025-09-22")


def test_a_figure_whose_parts_are_too_long_is_refused() -> None:
    """Two steps of nine digits by nine, times two more such: the denominator is what cannot be held."""
    line = "kind: scale, of: {}, shape: straight, points: {{0: 0, 999999937: 1/999999929}}, below: 0, above: 1"
    scales = "".join(f"  s{place}: {{{line.format(of)}}}\n" for place, of in enumerate(["placed", "placed", "placed"]))
    tariff = "  share: {kind: tariff, pays_for: s0, price: 100.00, times: [s1, s2]}\n"
    contract = text("kind: measure, of: job, take: count, per: [provider, quarter], period_of: start", scales, tariff)
    with pytest.raises(pbr.EvaluationError, match="a figure of 's0' has more digits than can be held"):
        small.run(contract, people=THREE, events=TWO_JOBS)


def test_factors_of_a_group_whose_parts_are_beyond_64_bits_are_exact() -> None:
    """Two thirds of two thirds of 9,000,000.00, each a trifle less: 4,000,000.00 less 9.6 pence."""
    line = "kind: scale, of: placed, shape: straight, points: {0: 0, 1: 999999929/999999937}, below: 0, above: 1"
    scales = "".join(f"  s{place}: {{{line}}}\n" for place in range(2))
    tariff = "  share: {kind: tariff, pays_for: s0, price: 9000000.00, times: [s1, 999999929/999999937]}\n"
    contract = text("kind: measure, of: job, per: [provider, quarter], period_of: start", scales, tariff)
    found = small.run(contract, people=THREE, events=TWO_JOBS).statement.lines().filter(payment="share")
    assert found["amount_minor"].to_list() == [399999990]
