"""Edges of figures and groups, each by hand: labels, days and places on both sides of where another one holds.

Sampled mutants of the engine asked for these (docs/explanation/assurance.md).
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl
import pytest

import pbr
from tests import small
from tests import test_bands as bands
from tests import test_formula_of_one as one
from tests.small import EVENTS, PEOPLE
from tests.test_divide import COUNT, QUARTERS, ZONES, pots
from tests.test_groups_edges import BY_GRADE, CHANGES, taken_back
from tests.test_measure import THREE, TWO_JOBS, job, person, text
from tests.test_money_of_groups import changes
from tests.test_parts_and_days import FIRST, NO_ADJUSTMENTS, SECOND, lines

# ---------------------------------------------------------------- figures by labels and days


def test_a_fee_has_the_figure_of_the_day_of_its_first_instalment() -> None:
    """Of 10.00 until April and 20.00 from May a fee of two instalments that begins in April is 5.00 and 5.00."""
    value = ("values:\n", "values:\n  sum: {dated: {2025-04-01: 10.00, 2025-05-01: 20.00}}\n")
    for begins, expected in (("2025-04-30", [500, 500]), ("2025-05-01", [1000, 1000])):
        fee = f"  fee: {{kind: fee, amount: sum, instalments: 2, to: north, from: {begins}}}\n"
        found = lines(small.changed(value, (FIRST, fee), (SECOND, ""), NO_ADJUSTMENTS))
        assert [line["amount_minor"] for line in found] == expected


def test_a_fee_by_provider_is_that_of_each_where_rows_name_none() -> None:
    """North is owed 10.00 and south 20.00; only reports on providers, which nobody measures, name any."""
    reports = "  reports: {row_is: report, key: [centre, sent], fields: {centre: provider, sent: date}}\n"
    contract = small.changed(
        ("tables:\n", f"tables:\n{reports}"),
        ("values:\n", "values:\n  sum: {by: provider, north: 10.00, south: 20.00}\n"),
        ("      provider: provider\n", ""),
        (FIRST, "  fee: {kind: fee, amount: sum}\n"),
        (SECOND, ""),
        NO_ADJUSTMENTS,
    )
    people = [{key: row[key] for key in row if key != "provider"} for row in PEOPLE]
    sent = {"people": people, "events": EVENTS, "reports": [{"centre": "north", "sent": "2025-05-01"}]}
    frames = {name: pl.DataFrame(rows) for name, rows in sent.items()}
    found = pbr.run(small.contract_of(contract), frames, small.LATE).statement.lines()
    assert found.select("provider", "amount_minor").sort("provider").rows() == [("north", 1000), ("south", 2000)]


@pytest.mark.parametrize(
    ("provider", "need", "pence"),
    [("north", "high", 100), ("south", "high", 200), ("north", "low", 300), ("south", "low", 400)],
)
def test_the_price_of_a_band_may_be_by_two_labels(provider: str, need: str, pence: int) -> None:
    """Each of four prices is that of its own grade and provider."""
    dear = "  dear: {by: [grade, provider], hard: {north: 1.00, south: 2.00}, easy: {north: 3.00, south: 4.00}}\n"
    contract = small.changed(
        ("  dear: {by: grade, hard: 100.00, easy: 60.00}\n", dear),
        (bands.PAID, "  paid: {kind: bands, pays_for: started, bands: {1: dear, 2 or more: 9.00}}\n"),
        text=bands.CONTRACT,
    )
    people = {"A": {"provider": provider, "need": need}}
    done = bands.evaluated(contract, bands.rows_of([("A", "2025-05-01", "")]), people)
    assert [line[4] for line in bands.taken(done)] == [pence]


@pytest.mark.parametrize(("level", "pence"), [("high", 2250), ("low", 1125)])
def test_a_factor_of_a_value_may_have_rows_that_begin_on_several_days(level: str, pence: int) -> None:
    """That of high stands for years before the term, when low had none; 3.75 times 12.00 times a half, or a quarter."""
    half = "  worth: {by: grade, dated: {2024-04-01: {high: 50%}, 2025-04-01: {low: 25%}}}\n"
    pays = "  gains: {kind: tariff, pays_for: gain, price: 12.00, times: [worth]}\n"
    contract = small.changed(("values:\n", f"values:\n{half}"), text=one.text("value: rate", pays=pays))
    assert one.run(contract, {"rate": "3.75", "level": level}).statement.total_minor == pence


# ---------------------------------------------------------------- days


@pytest.mark.parametrize(
    ("day", "places"), [("2025-06-30", [(1, 40000), (2, 30000)]), ("2025-07-01", [(1, 40000), (1, 40000)])]
)
def test_places_of_a_quarter_begin_anew_on_its_first_day(day: str, places: list[tuple[int, int]]) -> None:
    """Of two who started, the second takes the second place on 30 June and the first of its quarter on 1 July."""
    contract = bands.terms("pays_for: started, fill: [quarter], bands: {1: 400.00, 2 to 4: 300.00}")
    done = bands.evaluated(contract, bands.rows_of([("A", "2025-05-01", ""), ("B", day, "")]))
    assert [(line[2], line[4]) for line in sorted(bands.taken(done))] == places


def test_a_part_of_a_pot_falls_in_its_own_period_unless_said() -> None:
    """What was seen in the first quarter is settled on 30 July: the part is of that quarter, or of the day known."""
    late = COUNT.replace("settles: period_end", 'settles: "period_end + 1 months"')
    for terms, period in (("", "Y1-Q1"), (", falls_in: achieved", "Y1-Q1"), (", falls_in: known", "Y1-Q2")):
        contract = pots(ZONES.replace("per: [quarter]", f"per: [quarter]{terms}"), late)
        found = small.run(contract, people=THREE, events=TWO_JOBS, as_at="2025-07-30").statement.lines()
        assert found.filter(payment="zones", provider="north").select("period", "amount_minor").rows() == [
            (period, 10000)
        ]


# ---------------------------------------------------------------- accounts

ACCOUNT: Final = (
    "  share: {kind: tariff, pays_for: placed, price: 100.00, times: [TIMES]}\n"
    "  account: {kind: fee, amount: 240.00, instalments: 24, until_settled: share}\n"
)


def test_an_account_waits_for_each_outcome_that_its_payment_is_of() -> None:
    """The share is fixed with its quarter and what it is multiplied by a month later: then is it taken back."""
    other = QUARTERS.replace("settles: period_end", 'settles: "period_end + 1 months"')
    contract = text(QUARTERS, f"  other: {{{other}}}\n", ACCOUNT.replace("TIMES", "other"))
    north = [day for provider, day in taken_back(contract, "2025-07-29") if provider == "north"]
    assert dt.date(2025, 6, 30) not in north
    done = small.run(contract, people=THREE, events=TWO_JOBS, as_at="2025-07-30").statement.lines()
    back = done.filter(payment="account", provider="north", reason="settled")
    assert back.select("instalment", "earned_on").sort("instalment").rows() == [
        (place, dt.date(2025, 7, 30)) for place in (1, 2, 3)
    ]


def test_an_account_of_several_groups_is_taken_back_when_they_are_fixed() -> None:
    """North's low and high are on one account: the quarter of both is fixed on 22 September, with its last high."""
    contract = text(BY_GRADE, "", ACCOUNT.replace(", times: [TIMES]", ""))
    people = [*THREE, person("D", "2025-04-02", level="low")]
    events = [*TWO_JOBS, job("D", "2025-05-01")]
    for as_at, days in (("2025-09-21", []), ("2025-09-22", [dt.date(2025, 9, 22)] * 3)):
        done = small.run(contract, people=people, events=events, as_at=as_at).statement.lines()
        back = done.filter(pl.col("instalment") <= 3, payment="account", provider="north", reason="settled")
        assert back["earned_on"].to_list() == days


# ---------------------------------------------------------------- lines of groups and of persons


def test_a_limit_of_a_label_is_not_for_lines_of_groups_that_have_none() -> None:
    """The high have 100.00 together, of which A's job takes all; the share of the quarter is of no grade, and whole."""
    most = "adjustments:\n  - {id: most, kind: cap, at_most: 100.00, per: [grade]}\n"
    tariff = "  share: {kind: tariff, pays_for: placed, price: 300.00}\n"
    contract = text("kind: measure, of: job, per: [provider, quarter], period_of: start", "", tariff)
    contract = small.changed((f"adjustments:\n{CHANGES}", most), text=contract)
    found = small.run(contract, people=THREE[:1], events=TWO_JOBS[:1]).statement.lines()
    rows = found.filter(pl.col("payment").is_in(["share", "first"])).select("payment", "adjustment", "amount_minor")
    assert sorted(rows.rows()) == [("first", "-", 100000), ("first", "most", -90000), ("share", "-", 30000)]


def test_what_is_added_for_a_person_is_under_the_limit_of_what_the_person_is() -> None:
    """Twice 6.00 is 12.00 for A, who is high: 2.00 are cut by the limit of the high, and nothing of B, who has 8.00."""
    twice = "{id: twice, kind: multiply, by: 2, per: [person]}"
    most = "{id: most, kind: cap, at_most: 10.00, per: [level]}"
    found = changes(f"{twice}\n{most}", ["A a 2025-04-10", "B b 2025-04-10"])
    assert sorted(line for line in found if line[2] == "most") == [("A", "a", "most", -200)]
    assert sum(line[3] for line in found if line[2] == "twice") == 1000
