"""Laws 19, 20, 23 and 27 to 31: monotone, thresholds on both sides, empty fields, prices and windows by date."""

from __future__ import annotations

import calendar
import copy
import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws.worlds import AS_AT, FROM, TO, capped, contract, due, event, person, returns, run

SEEDS = st.integers(0, 2**32 - 1)
DAY = dt.timedelta(days=1)


@given(seed=SEEDS)
def test_law_19_one_more_outcome_never_pays_less(seed: int) -> None:
    """Starts added one by one, under a cap, never lower what is due, and raise it for one who counts."""
    world = returns(seed, people=8)
    terms = contract(adjustments=capped(year_most="", whole_most=""))
    world["events"] = [row for row in world["events"] if row["kind"] != "start"]
    paid = [due(terms, world)]
    for row in (world["people"][seed % 8], person("Q", FROM)):
        world["people"] += [row] if row["person"] == "Q" else []
        world["events"].append(event(row["person"], "start", dt.date.fromisoformat(row["referred_on"])))
        paid.append(due(terms, world))
    assert paid[0] <= paid[1] < paid[2]


@given(seed=SEEDS, price=st.integers(0, 1_600), more=st.integers(1, 100), score=st.integers(4, 9))
def test_law_20_higher_prices_pay_no_less_and_higher_thresholds_no_more(
    seed: int, price: int, more: int, score: int
) -> None:
    """A price raised never lowers what is due, under a cap; a threshold raised never raises it."""
    world = returns(seed)
    terms = contract(adjustments=capped(year_most="", whole_most=""))
    paid = []
    for pounds in (price, price + more):
        terms["values"]["start_price"] = f"{pounds}.99"
        paid.append(due(terms, world))
    assert paid == sorted(paid)
    strict = contract(adjustments=[])
    found = []
    for least in (score, score + 1, 10):
        strict["cohort"]["include"][0]["when"] = f"score >= {least}"
        found.append(due(strict, world))
    assert found == sorted(found, reverse=True)
    assert found[-1] == 0


SIGNS = {
    "score >= 5": (False, True, True),
    "score > 5": (False, False, True),
    "score <= 5": (True, True, False),
    "score < 5": (True, False, False),
    "score = 5": (False, True, False),
    "score <> 5": (True, False, True),
    "NOT score >= 5": (True, False, False),
    "score IN (5)": (False, True, False),
    "referred_on >= DATE '2025-04-02'": (False, True, True),
    "referred_on > DATE '2025-04-02'": (False, False, True),
    "referred_on <= DATE '2025-04-02'": (True, True, False),
    "referred_on < DATE '2025-04-02'": (True, False, False),
    "age_on(DATE '2007-04-02', referred_on) >= 18": (False, True, True),
}


@pytest.mark.parametrize("condition", SIGNS)
def test_law_23_both_sides_of_every_threshold(condition: str) -> None:
    """One unit below, at, and one unit above the threshold, for each sign, in conditions and clauses."""
    world = {
        "people": [person(f"P{step}", FROM + step * DAY, score=str(4 + step)) for step in range(3)],
        "events": [],
    }
    outcomes = {"true": {"kind": "fact", "when": condition}}
    outcomes = {"is_so": outcomes["true"]}
    terms = contract(outcomes=outcomes, payments={}, adjustments=[], cohort={"of": "person", "start": "referred_on"})
    rows = run(terms, world).decisions.rows()
    assert tuple(state == "met" for state in rows["state"]) == SIGNS[condition]
    terms["cohort"]["include"] = [{"id": "so", "when": condition}]
    terms["outcomes"] = {"is_so": {"kind": "fact", "when": "TRUE"}}
    rows = run(terms, world).decisions.rows()
    assert tuple(state == "met" for state in rows["state"]) == SIGNS[condition]


@pytest.mark.parametrize(
    "condition",
    [
        "score >= 5",
        "NOT score >= 5",
        "score = 5",
        "NOT score = 5",
        "score IN (5)",
        "score NOT IN (5)",
        "score > 5 OR score <= 5",
    ],
)
def test_law_27_an_empty_field_satisfies_nothing(condition: str) -> None:
    """Neither a condition on an empty field nor its opposite is met or paid."""
    world = {"people": [person("P1", score="")], "events": [event("P1", "start", FROM)]}
    terms = contract(
        outcomes={"is_so": {"kind": "fact", "when": condition}},
        payments={"fee": {"kind": "tariff", "pays_for": "is_so", "price": "10.00"}},
        adjustments=[],
        cohort={"of": "person", "start": "referred_on"},
    )
    done = run(terms, world)
    assert done.decisions.rows().select("state", "missing").rows() == [("unknown", "people.score")]
    assert done.statement.total_minor == 0
    terms["cohort"]["include"] = [{"id": "so", "when": condition}]
    terms["outcomes"]["is_so"]["when"] = "TRUE"
    done = run(terms, world)
    assert done.decisions.rows()["state"].to_list() == ["unknown"]
    assert done.statement.total_minor == 0


def _priced(dated: dict[str, str]) -> dict[str, Any]:
    terms = contract(adjustments=[], values={"start_price": {"dated": dated}})
    terms["payments"] = {"starting": {"kind": "tariff", "pays_for": "started", "price": "start_price"}}
    return terms


@given(seed=SEEDS, days=st.integers(1, 1094))
def test_law_28_a_new_price_holds_from_its_day(seed: int, days: int) -> None:
    """Achievements before the day are paid the old price, from it the new one; the same price twice is no split."""
    split = FROM + days * DAY
    world = returns(seed)
    world["people"] += [person("EVE", split - DAY), person("DAY", split)]
    world["events"] += [event("EVE", "start", split - DAY), event("DAY", "start", split)]
    begin, then = FROM.isoformat(), split.isoformat()
    lines = run(_priced({begin: "100.00", then: "7.00"}), world).statement.lines()
    for day, amount in lines.select("earned_on", "amount_minor").iter_rows():
        assert amount == (10_000 if day < split else 700)
    assert {"EVE", "DAY"} <= set(lines["subject"])
    assert due(_priced({begin: "100.00", then: "100.00"}), world) == due(_priced({begin: "100.00"}), world)


def test_law_29_every_day_of_the_term_has_one_price() -> None:
    """A split on the first or last day of the term changes nothing but that day, and both ends are covered."""
    last = TO.isoformat()
    world = {
        "people": [person("A", FROM), person("B", FROM + DAY), person("Y", TO - DAY), person("Z", TO)],
        "events": [event(n, "start", d) for n, d in (("A", FROM), ("B", FROM + DAY), ("Y", TO - DAY), ("Z", TO))],
    }
    columns = ["subject", "amount_minor"]
    begin = FROM.isoformat()
    plain = run(_priced({begin: "9.00"}), world).statement.lines().select(columns)
    assert plain.rows() == [("A", 900), ("B", 900), ("Y", 900), ("Z", 900)]
    same = run(_priced({begin: "9.00", last: "9.00"}), world).statement.lines().select(columns)
    assert same.equals(plain)
    spans = {f"{begin} to {begin}": "1.00", (FROM + DAY).isoformat(): "2.00", f"{last} to {last}": "3.00"}
    found = run(_priced(spans), world).statement.lines().select(columns)
    assert found.rows() == [("A", 100), ("B", 200), ("Y", 200), ("Z", 300)]


def _months_after(day: dt.date, months: int) -> dt.date:
    """Count months from the anchor in one step, clamped to the month's end."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@given(start=st.dates(FROM, FROM + 500 * DAY), months=st.integers(1, 18))
def test_law_30_months_are_counted_from_the_anchor(start: dt.date, months: int) -> None:
    """The last day of a window of months is the anchor's day that many months on, clamped, never month by month."""
    start = start if start.day < 28 else _months_after(start.replace(day=1), 1) - DAY  # month ends are met often
    last = _months_after(start, months)
    terms = contract(adjustments=[])
    terms["outcomes"] = {"started": copy.deepcopy(terms["outcomes"]["started"])}
    terms["outcomes"]["started"]["window"] = {"after": "start", "for": f"{months} months"}
    terms["payments"] = {}
    names = {"IN": last, "OUT": last + DAY}
    world = {
        "people": [person(name, start) for name in names],
        "events": [event(n, "start", d) for n, d in names.items()],
    }
    rows = run(terms, world).decisions.rows()
    assert rows["window_last"].to_list() == [last, last]
    assert rows["state"].to_list() == ["met", "not_met"]


@pytest.mark.parametrize("unit", ["days", "weeks"])
@given(start=st.dates(FROM, FROM + 300 * DAY), count=st.integers(1, 30))
def test_law_31_within_n_days_is_tried_at_both_edges(unit: str, start: dt.date, count: int) -> None:
    """Within n days: n - 1 and n are in, n + 1 is out; `from` takes the anchor's day and `after` does not."""
    length = count * (7 if unit == "weeks" else 1)
    terms = contract(adjustments=[], payments={})
    outcome = copy.deepcopy(terms["outcomes"]["started"])
    terms["outcomes"] = {"after": outcome | {"window": {"after": "start", "for": f"{count} {unit}"}}}
    terms["outcomes"]["since"] = outcome | {"window": {"from": "start", "for": f"{count} {unit}"}}
    days = {"A": 0, "B": 1, "C": length - 1, "D": length, "E": length + 1}
    world = {
        "people": [person(name, start) for name in days],
        "events": [event(name, "start", start + shift * DAY) for name, shift in days.items()],
    }
    rows = run(terms, world, AS_AT).decisions.rows()
    met = {(name, word): state == "met" for name, word, state in rows.select("subject", "outcome", "state").iter_rows()}
    for name, shift in days.items():
        assert met[name, "since"] == (0 <= shift <= length)
        assert met[name, "after"] == (1 <= shift <= length)
    assert rows.filter(pl.col("subject") == "A")["window_first"].to_list() == [start + DAY, start]
