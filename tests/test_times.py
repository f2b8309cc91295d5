"""What can be met more than once: each time rests on rows of its own, in what it cites and in when it was known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

import pbr
from tests import small
from tests.test_held import held
from tests.test_money_of_groups import TEXT, evaluated

if TYPE_CHECKING:
    import pytest

ONE = "{id: one, kind: multiply, by: 1}"


def rows_cited(events: list[str]) -> dict[str, int]:
    """Count the events that the line of each word cites."""
    found = evaluated(ONE, events).statement.lines()
    return {row["occurrence"]: row["evidence"].count("events:") for row in found.iter_rows(named=True)}


def test_the_line_of_a_word_cites_the_row_of_that_word() -> None:
    """Of three words each line cites one event, and what comes later changes none of them."""
    events = ["A a 2025-04-10", "A b 2025-05-10", "A c 2025-06-10"]
    assert rows_cited(events) == {"a": 1, "b": 1, "c": 1}
    assert rows_cited([*events, "A a 2025-07-10"]) == {"a": 1, "b": 1, "c": 1}
    then, now = (evaluated(ONE, some).statement.lines() for some in (events[:2], events))
    assert now.filter(pl.col("occurrence") != "c").equals(then)


def test_each_word_was_known_when_its_own_row_was_recorded() -> None:
    """A word that is recorded late does not move another into a later period."""
    text = TEXT.replace("price: prices}", "price: prices, falls_in: known}")
    late = ["A a 2025-04-10 2025-04-12", "A b 2025-04-20 2025-10-01"]
    found = evaluated(ONE, late, text=text).statement.lines().sort("occurrence")
    assert found.select("occurrence", "period").rows() == [("a", "Y1-Q1"), ("b", "Y1-Q3")]


def test_a_block_rests_on_the_rows_that_began_by_its_day() -> None:
    """The second block cites both stays, the first only that of its days, and each was known with these."""
    text = held("in: [housed], run: unbroken, every: 2 weeks").replace(
        "  third: {kind: tariff, pays_for: settled, price: 7.00}",
        "  third: {kind: tariff, pays_for: settled, price: 7.00, falls_in: known}",
    )
    text = text.replace("      went: date\n", "      went: date\n      noted: recorded\n")
    stays = [
        {"person": "A", "came": "2025-05-01", "went": "2025-05-14", "where": "home", "noted": "2025-05-20"},
        {"person": "A", "came": "2025-07-01", "went": "2025-07-14", "where": "home", "noted": "2025-11-20"},
    ]
    frames = small.frames_of(small.PEOPLE[:1], []) | {"stays": pl.DataFrame(stays)}
    found = pbr.run(small.contract_of(text), frames, small.LATE).statement.lines()
    found = found.filter(pl.col("outcome") == "settled").sort("occurrence")
    cited = [row.count("stays:") for row in found["evidence"]]
    assert found.select("occurrence", "period").rows() == [("1", "Y1-Q1"), ("2", "Y1-Q3")]
    assert cited == [1, 2]


def test_where_nothing_is_recorded_each_was_known_on_its_own_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows behind what was achieved, which are dear to find, are then not looked for."""

    def never(*_: object) -> pl.DataFrame:
        raise AssertionError

    monkeypatch.setattr("pbr.known.row_uses", never)
    text = small.changed(
        ("      seen: recorded\n", ""),
        ("price: job_price}", "price: job_price, falls_in: known}"),
        ("per: [person]}", "per: [provider], order: known}"),
    )
    frames = small.frames_of(small.PEOPLE, small.EVENTS)
    frames["events"] = frames["events"].drop("seen")
    plan = pbr.make_plan(small.contract_of(text), small.LATE)
    found = pbr.entitle(plan, pbr.evaluate(plan, pbr.read_evidence(plan, frames))).frame
    assert found.height == 4
    assert found.select("known").rows() == found.select("day").rows()
