"""Sums that cannot be held are refused, in words; none wraps round, and none is rounded on the way."""

from __future__ import annotations

from typing import Final

import polars as pl
import pytest

import pbr
from tests import small

DAYS: Final = small.changed(
    ("tables:\n", "spells:\n  working: {table: events, from: on, to: till}\ntables:\n"),
    ("      on: date\n", "      on: date\n      till: date\n"),
    (
        small.TEXT[small.TEXT.index("    kind: event") : small.TEXT.index("  kept:")],
        "    kind: held\n    in: [working]\n    count: days\n",
    ),
    ("  to: 2027-03-31", "  to: 2190-03-31"),
    ("price: job_price", "price: 10000000000000.00"),
)
FACTOR: Final = "999999999/999999998"


def refused(text: str, people: list[dict[str, str]], events: list[dict[str, str]], as_at: str) -> str:
    """Give what is said of a contract that cannot be paid."""
    frames = {"people": pl.DataFrame(people), "events": pl.DataFrame(events)}
    with pytest.raises(pbr.PbrError) as caught:
        pbr.run(small.contract_of(text), frames, as_at)
    return str(caught.value)


def test_a_price_times_many_days_that_cannot_be_held_is_refused() -> None:
    """60,181 days at a price of fourteen digits are more than 64 bits hold."""
    said = refused(DAYS, small.PEOPLE[:1], [small.EVENTS[0] | {"till": ""}], "2190-03-31")
    assert said.startswith("PBR401 an amount of a payment is above")


@pytest.mark.parametrize(
    "change", ["{id: least, kind: floor, per: [provider]}", "{id: half, kind: multiply, by: 1/100, per: [provider]}"]
)
def test_a_sum_of_a_group_that_cannot_be_held_is_refused(change: str) -> None:
    """What two people's takings come to is refused in words, without a figure of anybody."""
    start = DAYS.index("  - {id: share")
    text = small.changed(("price: 10000000000000.00", "price: 10000000000000.00, takes: yes"), text=DAYS[:start])
    text = small.changed(("  to: 2190-03-31", "  to: 2050-03-31"), text=text) + f"  - {change}\n"
    people = [small.PEOPLE[0], small.PEOPLE[0] | {"person": "Z"}]
    events = [small.EVENTS[0] | {"till": "", "person": person} for person in ("A", "Z")]
    assert refused(text, people, events, "2050-03-31").startswith("PBR401 ")


def test_a_chain_of_factors_with_too_many_digits_is_refused_when_it_is_read() -> None:
    """Two such factors are exact; with a third their product cannot be held."""
    for count, codes in ((2, []), (3, ["PBR109"]), (5, ["PBR109"])):
        factors = ", ".join([FACTOR] * count)
        found = small.said(("price: 250.00, price_on: start", f"price: 250.00, price_on: start, times: [{factors}]"))
        assert [text[:6] for text in found] == codes


def test_factors_are_missed_by_one_person_only() -> None:
    """A factor that has no figure on the start of one leaves that one unknown, and the others paid."""
    text = small.changed(
        ("values:\n", "values:\n  index: {dated: {2025-04-01: 1.1}}\n"),
        ("price: 250.00, price_on: start", "price: 250.00, price_on: start, times: [index]"),
        ('  exclude:\n    - {id: early, clause: "2.1", when: "began < DATE \'2025-04-01\'"}\n', ""),
        ("after: start, for: 12 weeks", "after: start, for: 30 weeks"),
    )
    people = [small.PEOPLE[0] | {"began": "2025-03-01"}, small.PEOPLE[1]]
    frames = {"people": pl.DataFrame(people), "events": pl.DataFrame(small.EVENTS[:2])}
    found = pbr.run(small.contract_of(text), frames, small.LATE)
    rows = found.decisions.rows().filter(pl.col("outcome") == "kept").select("subject", "state", "reason").rows()
    assert rows == [("A", "unknown", "no_price"), ("B", "met", "met")]


@pytest.mark.parametrize(
    "due", ["9999 years after achieved", "999999 working days after known", "101 years after known"]
)
def test_a_day_to_pay_is_within_a_hundred_years(due: str) -> None:
    """A longer time is a slip, and its day could not be written."""
    found = small.problems_of(
        small.changed(
            ("price_on: start}", f"price_on: start, due: {due}}}"),
            ("tables:\n", "conventions: {working_days: weekdays}\ntables:\n"),
        )
    )
    assert [problem.code for problem in found] == ["PBR109"]
