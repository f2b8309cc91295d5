"""Fees on account: instalments until what they are on account of is fixed, and then taken back."""

from __future__ import annotations

from typing import Any, Final

import polars as pl
import pytest

from tests import small
from tests.test_measure import THREE, TWO_JOBS, job, person, text

SETTLES: Final = ', settles: "period_end + 3 months"'
YEARLY: Final = f"kind: measure, of: job, per: [provider, contract_year], period_of: start{SETTLES}"
TEXT: Final = text(
    YEARLY,
    "",
    "  share: {kind: tariff, pays_for: placed, price: 1000.00, price_on: start}\n"
    "  account: {kind: fee, amount: 240.00, instalments: 24, until_settled: share}\n",
)


def lines(as_at: str, contract: str = TEXT, *more: str) -> list[tuple[Any, ...]]:
    """Give payment, provider, which of them, instalment and amount of each line of a fee or group."""
    people = [*THREE, person("S", "2025-04-01", "south"), person("T", "2025-04-01", "south")]
    found = small.run(
        contract, people=people, events=[*TWO_JOBS, job("S", "2025-05-01")], as_at=as_at
    ).statement.lines()
    found = found.filter(pl.col("subject").is_null())
    columns = ["payment", "provider", "occurrence", "instalment", "amount_minor", *more]
    return found.sort("payment", "provider", "instalment", "earned_on").select(columns).rows()


def sums(as_at: str, contract: str = TEXT) -> dict[tuple[str, str], int]:
    """Give what each provider is due of each payment."""
    found: dict[tuple[str, str], int] = {}
    for payment, provider, _, _, amount in lines(as_at, contract):
        found[payment, provider] = found.get((payment, provider), 0) + amount
    return found


def test_instalments_are_paid_until_the_share_is_fixed_and_then_taken_back() -> None:
    """10.00 on the first of a month; of the first year, fixed on 30 June 2026, nothing is left but the share itself."""
    assert sums("2025-06-30") == {("account", "north"): 3000, ("account", "south"): 3000}
    assert sums("2026-06-29") == {("account", "north"): 15000, ("account", "south"): 15000}
    assert sums("2026-06-30") == {
        ("account", "north"): 3000,
        ("account", "south"): 3000,
        ("share", "north"): 66667,
        ("share", "south"): 50000,
    }


def test_what_is_taken_back_is_not_multiplied_by_the_figure_of_another_period() -> None:
    """Paid by the figure of one year and taken back by that of the next it would not come to nothing: it is refused."""
    cut = "  - {id: cut, kind: multiply, by: placed, per: [provider, contract_year]}\n"
    assert "adjustments:\n" in TEXT
    found = small.problems_of(TEXT.replace("adjustments:\n", f"adjustments:\n{cut}"))
    said = "'account' is paid in one period and taken back in another, and 'placed' has a figure for each"
    assert [(problem.code, problem.message) for problem in found] == [("PBR125", f"{said}; name others in `on`")]
    alone = cut.replace("]}", "], on: [share]}")
    assert small.problems_of(TEXT.replace("adjustments:\n", f"adjustments:\n{alone}")) == ()


def test_what_is_taken_back_is_a_line_for_each_instalment() -> None:
    """The line that was stated stays, and beside it stands one of the day on which it was settled, with its reason."""
    mine = [line for line in lines("2026-06-30", TEXT, "earned_on", "reason") if line[:2] == ("account", "north")]
    first = [(line[2], line[4], str(line[5]), line[6]) for line in mine if line[3] == 1]
    assert first == [("1", 1000, "2025-04-01", "fee"), ("settled", -1000, "2026-06-30", "settled")]
    assert [line[2] for line in mine if line[3] == 13] == ["1"]


@pytest.mark.parametrize(("begins", "height"), [("2025-04-01", 6), ("2025-04-30", 4)])
def test_an_instalment_of_the_day_of_settling_is_not_owed(begins: str, height: int) -> None:
    """The first quarter is fixed on its last day: what was paid before is taken back, that of the day not paid."""
    quarterly = YEARLY.replace("contract_year", "quarter").replace(SETTLES, ", settles: period_end")
    contract = TEXT.replace(YEARLY, quarterly).replace("instalments: 24,", f"instalments: 23, from: {begins},")
    done = small.run(contract, people=THREE, events=TWO_JOBS, as_at="2025-06-30").statement.lines()
    account = done.filter(payment="account", provider="north")
    assert (account["amount_minor"].sum(), account.height) == (0, height)


def test_nothing_is_taken_back_until_the_last_window_closes() -> None:
    """Until the window of the last member of the quarter closes nothing is fixed; then both accounts are."""
    each = TEXT.replace(SETTLES, "").replace("contract_year", "quarter")
    people = [person("A", "2025-04-01"), person("S", "2025-06-30", "south")]
    before, after = (
        small.run(each, people=people, events=[job("A", "2025-05-01")], as_at=day).statement.lines()
        for day in ("2025-09-21", "2025-09-22")
    )
    assert before.filter(payment="account", reason="settled").is_empty()
    back = after.filter(payment="account", reason="settled").group_by("provider").len().sort("provider")
    assert back.rows() == [("north", 3), ("south", 3)]


def test_what_is_taken_back_is_under_the_gate_it_was_paid_under() -> None:
    """The first quarter passes the gate and its share is fixed in the third, of which nothing can be said yet."""
    contract = TEXT.replace("contract_year", "quarter").replace(
        "payments:\n",
        "  many: {kind: measure, of: job, take: any, per: [provider, quarter], period_of: start}\npayments:\n",
    )
    gated = contract.replace("adjustments:\n", "adjustments:\n  - {id: g, kind: gate, needs: many, on: [account]}\n")
    done = small.run(gated, people=THREE, events=TWO_JOBS, as_at="2025-09-30").statement.lines()
    account = done.filter(payment="account", provider="north").sort("earned_on", "instalment")
    of_first = account.filter(pl.col("instalment") <= 3)
    assert of_first.select("occurrence", "adjustment", "amount_minor").rows() == [
        *[("1", "-", 1000)] * 3,
        *[("settled", "-", -1000)] * 3,
    ]
    missed = small.run(gated, people=THREE, events=[], as_at="2025-09-30").statement.lines()
    mine = missed.filter(payment="account", provider="north").filter(pl.col("instalment") <= 3)
    assert mine.group_by("adjustment").agg(pl.col("amount_minor").sum()).sort("adjustment").rows() == [
        ("-", 0),
        ("g", 0),
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "first",
            "PBR160 'first' is for one person at a time, and never settled as a whole; name a payment for groups",
        ),
        ("shares", "PBR111 no payment is named 'shares'; did you mean 'share'?"),
        ("account", "PBR111 no payment is named 'account'"),
    ],
)
def test_what_cannot_settle_an_account_is_said(name: str, said: str) -> None:
    """A payment for each participant is never whole, nor is another fee."""
    problems = small.problems_of(TEXT.replace("until_settled: share", f"until_settled: {name}"))
    assert [str(problem).partition(" ")[2][: len(said)] for problem in problems] == [said]


@pytest.mark.parametrize(("least", "paid"), [("60%", 3), ("70%", 0)])
def test_a_gate_on_a_group_stops_fees_of_it(least: str, paid: int) -> None:
    """A fee is of a provider and a period: of those of a quarter nothing is left where 2 of 3 are too few."""
    contract = text(
        "kind: measure, of: job, per: [provider, quarter], period_of: start",
        f"  enough: {{kind: test, of: placed, at_least: {least}}}\n",
        "  account: {kind: fee, amount: 240.00, instalments: 24, to: north}\n",
        ("adjustments:\n", "adjustments:\n  - {id: only_good, kind: gate, needs: enough, on: [account]}\n"),
    )
    done = small.run(contract, people=THREE, events=TWO_JOBS, as_at="2025-12-31").statement.lines()
    first = done.filter(payment="account", period="Y1-Q1")
    assert first["amount_minor"].sum() == paid * 1000
    assert first.filter(pl.col("adjustment") == "only_good").height == 3 - paid
