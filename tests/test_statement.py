"""Statements: what names a line, what a line says, and the difference between two entitlements."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbr.problem import EvaluationError
from pbr.statement import KEY, LINE_COLUMNS, make_statement
from tests import small
from tests.row_by_row import line_id
from tests.small import EVENTS, PEOPLE, changed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbr.api import Run

AMOUNTS = {
    ("first", "A", "-"): 100000,
    ("first", "B", "-"): 66000,
    ("second", "A", "-"): 25000,
    ("second", "A", "share"): -4167,
    ("second", "A", "most"): -833,
    ("second", "B", "-"): 25000,
    ("second", "B", "share"): -4167,
}
"""The small contract on its return: 5/6 of 250.00 is 208.33, of which A has room for 200.00."""


def amounts(lines: pl.DataFrame) -> dict[tuple[Any, ...], int]:
    """Give the amount of each line by payment, subject and adjustment."""
    rows = lines.select("payment", "subject", "adjustment", "amount_minor").rows()
    assert len({row[:3] for row in rows}) == len(rows)
    return {row[:3]: row[3] for row in rows}


def summed(frames: Sequence[pl.DataFrame]) -> dict[str, int]:
    """Add lines up by their ids, without those that come to nothing."""
    lines = pl.concat(frames).group_by("line_id").agg(pl.col("amount_minor").sum())
    return dict(lines.filter(pl.col("amount_minor") != 0).rows())


def stated(now: Run, *before: pl.DataFrame) -> pl.DataFrame:
    """Give the lines of a statement after others."""
    return make_statement(now.entitlement, pl.concat(before)).lines()


@cache
def seen_on(as_at: str, *kept: int) -> Run:
    """Evaluate with some of the events, once for each choice of them."""
    return small.run(events=[EVENTS[place] for place in kept], as_at=as_at)


# ---- lines


def test_every_payment_and_adjustment_makes_its_lines() -> None:
    """Lines are those of the payments and what each adjustment added or cut, in the order of the contract."""
    result = small.run()
    assert amounts(result.statement.lines()) == AMOUNTS
    assert list(amounts(result.statement.lines())) == list(AMOUNTS)
    assert result.statement.total_minor == sum(AMOUNTS.values()) == 206833
    assert result.entitlement.total_minor == 206833


def test_a_line_is_named_by_the_hash_of_its_key() -> None:
    """The id is the first 16 hex of the SHA-256 of the key as JSON, worked out here by hand."""
    lines = small.run().statement.lines()
    text = '["second","A","kept",1,1,"most","north"]'
    assert lines.filter(pl.col("adjustment") == "most")["line_id"].to_list() == [
        hashlib.sha256(text.encode()).hexdigest()[:16]
    ]
    assert line_id(("é", 7, None)) == hashlib.sha256('["é",7,null]'.encode()).hexdigest()[:16]
    assert [line_id(key) for key in lines.select(KEY).iter_rows()] == lines["line_id"].to_list()


def test_a_payment_line_says_what_where_and_why() -> None:
    """Period, days, price, group, clause, places and evidence of one line."""
    (line,) = (
        small.run().statement.lines().filter(pl.col("payment") == "first", pl.col("subject") == "B").rows(named=True)
    )
    days = {name: str(line[name]) for name in ("period_from", "period_to", "earned_on", "priced_on")}
    assert days == {
        "period_from": "2026-04-01",
        "period_to": "2026-06-30",
        "earned_on": "2026-04-01",
        "priced_on": "2026-04-01",
    }
    names = ("period", "provider", "payee", "group", "clause", "reason", "place", "price_place")
    assert [line[name] for name in names] == [
        "Y2-Q1",
        "south",
        "south",
        "low",
        "4.1",
        "price",
        "contract.yaml:57",
        "contract.yaml:40",
    ]
    assert [line[name] for name in ("quantity", "unit_price_minor", "amount_minor", "limit_minor", "left_minor")] == [
        "1",
        66000,
        66000,
        None,
        None,
    ]
    event = "kind=job\x1fon=2026-04-01\x1fperson=B\x1fseen=2026-04-02"
    assert line["evidence"] == f"events:{hashlib.sha256(event.encode()).hexdigest()[:16]};people:B"


def test_a_cut_says_its_limit_and_what_was_left_of_it() -> None:
    """The line of a cap has the most of its group, the headroom before it, and the place of the figure."""
    (line,) = small.run().statement.lines().filter(pl.col("adjustment") == "most").rows(named=True)
    names = (
        "amount_minor",
        "limit_minor",
        "left_minor",
        "quantity",
        "clause",
        "reason",
        "place",
        "price_place",
        "group",
    )
    assert [line[name] for name in names] == [
        -833,
        120000,
        20000,
        None,
        "5.2",
        "cap",
        "contract.yaml:61",
        "contract.yaml:61",
        "",
    ]


def test_a_line_has_the_clause_of_its_outcome_where_the_payment_has_none() -> None:
    """The second payment has no clause of its own, so its outcome's stands there."""
    lines = small.run().statement.lines().filter(pl.col("payment") == "second", pl.col("adjustment") == "-")
    assert lines["clause"].to_list() == ["3.2", "3.2"]


def test_a_limit_by_provider_says_whose_it_is() -> None:
    """The line of a cap whose figure has rows by provider names the provider and the place of its row."""
    text = changed(
        ("outcomes:\n", "  limits: {by: provider, north: 900.00, south: 5000.00}\noutcomes:\n"),
        ("at_most: 1200.00, per: [person]", "at_most: limits, per: [provider, contract_year]"),
    )
    lines = small.run(text).statement.lines().filter(pl.col("adjustment") == "most")
    assert lines.select(
        "subject", "payment", "amount_minor", "limit_minor", "left_minor", "group", "price_place"
    ).rows() == [
        ("A", "first", -10000, 90000, 90000, "north", "contract.yaml:41"),
        ("A", "second", -20833, 90000, 0, "north", "contract.yaml:41"),
    ]


@pytest.mark.parametrize(
    ("statements", "names"),
    [
        ("monthly", ["Y1-M03", "Y2-M01", "Y1-M06", "Y1-M06", "Y1-M06", "Y2-M04", "Y2-M04"]),
        ("yearly", ["Y1", "Y2", "Y1", "Y1", "Y1", "Y2", "Y2"]),
    ],
)
def test_a_line_stands_in_the_period_of_its_achievement(statements: str, names: list[str]) -> None:
    """Months and years cut the same lines into periods of their own."""
    lines = small.run(changed(("statements: quarterly", f"statements: {statements}"))).statement.lines()
    assert lines["period"].to_list() == names


def test_lines_have_the_columns_that_are_documented() -> None:
    """Columns in order, and their dtypes: days, whole numbers, money in minor units, text."""
    lines = small.run().statement.lines()
    assert lines.columns == list(LINE_COLUMNS)
    days = {"period_from", "period_to", "earned_on", "due_on", "priced_on"}
    numbers = {"instalment", "nth"} | {name for name in LINE_COLUMNS if name.endswith("_minor")}
    kinds = {name: pl.Date if name in days else pl.Int64 if name in numbers else pl.String for name in LINE_COLUMNS}
    assert dict(lines.schema) == kinds


@pytest.mark.parametrize("kind", ["id", "{type: id, of: whole}"])
def test_nothing_due_is_a_statement_too(kind: str) -> None:
    """No participants, nobody met and a contract without payments each give no lines, in the same columns."""
    text = changed(("person: id", f"person: {kind}"))
    nothing = changed(
        (text[text.index("payments:\n") : text.index("adjustments:\n")], ""),
        (text[text.index("adjustments:\n") :], ""),
        text=text,
    )
    people = [{"person": "7", "provider": "north", "began": "2025-04-01", "level": "high"}]
    for contract, rows in ((text, []), (text, people), (nothing, people), (nothing, [])):
        result = small.run(contract, people=rows, events=[])
        lines = result.statement.lines()
        assert lines.rows() == []
        assert lines.columns == list(LINE_COLUMNS)
        assert lines.schema["subject"] == (pl.String if kind == "id" else pl.Int64)
        assert result.statement.total_minor == 0
        assert result.entitlement.total_minor == 0


def test_whole_ids_name_lines_by_number() -> None:
    """With ids of whole numbers lines are ordered by value, and their keys hold numbers."""
    people = [PEOPLE[0] | {"person": name} for name in ("10", "9")]
    events = [EVENTS[0] | {"person": name} for name in ("10", "9")]
    text = changed(("person: id", "person: {type: id, of: whole}"))
    lines = small.run(text, people=people, events=events, as_at="2025-07-01").statement.lines()
    assert lines["subject"].to_list() == [9, 10]
    assert lines["line_id"][0] == hashlib.sha256(b'["first",9,"job",1,1,"-","north"]').hexdigest()[:16]
    assert lines["evidence"][1].endswith(";people:10")


# ---- differences


def test_the_first_statement_is_the_whole_entitlement() -> None:
    """No earlier lines, and an empty frame of them, are the same."""
    result = small.run()
    empty = result.statement.lines().clear()
    assert make_statement(result.entitlement, empty).lines().equals(result.statement.lines())


def test_stating_again_gives_nothing() -> None:
    """With no new data every line comes to nothing and none is written."""
    result = small.run()
    again = make_statement(result.entitlement, result.statement.lines())
    assert again.lines().rows() == []
    assert again.total_minor == 0


def test_only_what_changed_is_stated() -> None:
    """Between two days only the lines that are new, or whose amount is another, are written."""
    before, now = small.run(as_at="2025-07-01"), small.run(as_at="2026-04-02")
    assert amounts(before.statement.lines()) == {("first", "A", "-"): 100000}
    assert amounts(stated(now, before.statement.lines())) == {
        ("first", "B", "-"): 66000,
        ("second", "A", "-"): 25000,
        ("second", "A", "share"): -4167,
        ("second", "A", "most"): -833,
    }


def test_a_line_no_longer_due_is_taken_back() -> None:
    """An event withdrawn after it was stated gives the same line with the opposite amount, and all it carried."""
    before = small.run()
    now = small.run(events=EVENTS[1:])
    taken = stated(now, before.statement.lines())
    assert amounts(taken) == {key: -amount for key, amount in AMOUNTS.items() if key[1] == "A"}
    back = before.statement.lines().filter(pl.col("subject") == "A")
    columns = ["line_id", "period", "earned_on", "clause", "reason", "evidence", "price_place"]
    assert taken.sort("line_id").select(columns).equals(back.sort("line_id").select(columns))


def test_an_amount_that_grew_is_stated_by_the_difference() -> None:
    """A price put right afterwards gives a line of the difference, with the words of now."""
    before = small.run()
    now = small.run(changed(("low: 660.00", "low: 659.99"), ("at_most: 1200.00", "at_most: 1200.50")))
    found = stated(now, before.statement.lines())
    assert amounts(found) == {("first", "B", "-"): -1, ("second", "A", "most"): 50}
    assert found.select("unit_price_minor", "limit_minor").rows() == [(65999, None), (None, 120050)]


def test_lines_of_a_difference_are_in_the_order_of_a_statement() -> None:
    """Lines taken back stand where they stood: by payment, subject, outcome and adjustment as in the contract."""
    before = small.run()
    found = stated(small.run(events=[]), before.statement.lines())
    keys = found.select(KEY).rows()
    assert keys == before.statement.lines().select(KEY).rows()
    assert len(keys) == len(AMOUNTS)


def test_a_difference_too_large_is_refused() -> None:
    """Lines said to have been stated at absurd amounts give a clear error, and no amount that wrapped around."""
    result = small.run()
    absurd = result.statement.lines().with_columns(amount_minor=pl.lit(-(2**63), dtype=pl.Int64))
    with pytest.raises(EvaluationError) as caught:
        make_statement(result.entitlement, absurd)
    (problem,) = caught.value.problems
    assert problem.code == "PBR401"
    assert problem.message.startswith("the difference to what was stated is above \u00a392,233,720,368,547,758.07")


@given(
    st.lists(
        st.tuples(
            st.sets(st.integers(0, 2)), st.sampled_from(["2025-07-01", "2026-01-31", "2026-05-31", "2027-03-31"])
        ),
        min_size=2,
        max_size=4,
    )
)
def test_differences_telescope(steps: list[tuple[set[int], str]]) -> None:
    """After any run of statements, whatever came and went, all the lines stated add up to what is due now."""
    lines: list[pl.DataFrame] = []
    for kept, as_at in steps:
        now = seen_on(as_at, *sorted(kept))
        found = make_statement(now.entitlement, pl.concat(lines) if lines else None)
        change = now.entitlement.total_minor - sum(frame["amount_minor"].sum() for frame in lines)
        assert found.total_minor == change
        lines.append(found.lines())
        assert summed(lines) == summed([now.statement.lines()])
