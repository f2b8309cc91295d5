"""What the generator of contracts and returns reaches."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from ruamel.yaml import YAML

from tests.oracle import run
from tests.oracle_words import in_force
from tests.strategies import SLOTS, Scenario, days_to_ask, reach, return_of, to_yaml
from tests.strategies_contracts import MOST_SEED, contract_of

if TYPE_CHECKING:
    from tests.strategies_contracts import Node


@cache
def sample() -> tuple[Scenario, ...]:
    """Draw the same scenarios every time.

    By numbers of its own: hypothesis draws other ones with every module that is loaded beside it.
    """
    luck = Random(14)  # noqa: S311  # a seeded draw
    found: list[Scenario] = []
    for _ in range(1500):
        contract = contract_of(luck.randint(0, MOST_SEED))
        rows = return_of(contract, [luck.randint(0, MOST_SEED) for _ in range(1 + sum(SLOTS.values()))])
        found.append((contract, rows, luck.choice(days_to_ask(contract))))
    return tuple(found)


@cache
def reached() -> Counter[tuple[str, ...]]:
    """Count what that sample reaches."""
    return reach(sample())


PLAIN_REASONS = ["met", "window_open", "no_evidence", "before_window", "after_window", "window_empty"]
PLAIN_REASONS += ["outside_term", "defeated"]
LINKED_REASONS = ["not_true", "too_little", "anchor", "part_not_met", "part_unknown", "part_pending", "missing_field"]
LINKED_REASONS += ["excused", "part_excluded", "too_short", "undone", "no_baseline", "zero_baseline", "score_short"]
CLAUSE_REASONS = ["unknown_clause", "no_group", "two_groups", "no_price", "include_failed", "exclude_hit"]
REASONS = [*PLAIN_REASONS, *LINKED_REASONS, *CLAUSE_REASONS]
MISSED_USES = ["not_yet_recorded", "same_row", "not_included", "before_window", "after_window", "outside_term"]
USES = [*MISSED_USES, "not_picked", "used", "unasked"]


def test_the_generator_reaches_every_state() -> None:
    """Each state at least 100 times, and each kind in each state at least 10 times."""
    for state in ("met", "not_met", "pending", "excluded", "unknown"):
        assert reached()["state", state] >= 100, state
        for kind in ("event", "absence", "fact", "combine", "score", "held", "total"):
            assert reached()["kind", kind, state] >= 10, (kind, state)


def test_the_generator_reaches_every_reason_and_use() -> None:
    """Each reason at least 10 times, each use at least 100 times, and nothing else."""
    assert {key[1] for key in reached() if key[0] == "reason"} == set(REASONS)
    assert {key[1] for key in reached() if key[0] == "use"} == set(USES)
    assert {reason: reached()["reason", reason] for reason in REASONS if reached()["reason", reason] < 10} == {}
    assert {use: reached()["use", use] for use in USES if reached()["use", use] < 100} == {}


def test_the_generator_reaches_every_adjustment() -> None:
    """Each kind of adjustment and each `per` binds and does not bind."""
    found: Counter[tuple[str, ...]] = Counter()
    for key, count in reached().items():
        if key[0] in {"cap", "multiply"}:
            found[key[0], key[2]] += count
            for word in key[1].split("+"):
                found[key[0], word, key[2]] += count
    for state in ("binding", "not binding"):
        assert found["cap", state] >= 50
        assert found["multiply", state] >= 10
        words = ["participant", "provider", "contract", "contract_year", "quarter", "month", "need", "level"]
        assert {word: found["cap", word, state] for word in words if found["cap", word, state] < 3} == {}
    for word in ("all", "where"):
        assert found["multiply", word, "binding"] >= 10


def test_the_generator_reaches_every_term_of_money() -> None:
    """Each term of a payment is paid by, and each of an adjustment binds, at least three times."""
    paid = {key[1:3] for key, count in reached().items() if key[0] == "payment" and key[3] == "paid" and count >= 3}
    terms = [
        "instalments",
        "every",
        "due",
        "falls_in achieved",
        "falls_in known",
        "falls_in due",
        "price_on",
        "times",
        "share",
    ]
    assert {("tariff", term) for term in [*terms, "takes yes"]} <= paid
    assert {("fee", term) for term in ("instalments", "every", "to")} <= paid
    bind = {
        key[1:3] for key, count in reached().items() if key[0] == "adjustment" and key[3] == "binding" and count >= 3
    }
    terms = ["part refuse", "excess carried", "order", "only gains"]
    assert {("cap", term) for term in terms} <= bind
    assert {("floor", term) for term in ("", "if_owed carry_forward", "if_owed forgiven")} <= bind
    assert {("gate", term) for term in ("needs", "stops")} <= bind
    assert {("multiply", term) for term in ("only gains", "only takes")} <= bind


def test_the_generator_reaches_who_is_paid_by_a_result() -> None:
    """Payments to whom a grouping says, and prices by one that reads a result, pay at least twenty lines each."""
    paid: Counter[str] = Counter()
    for contract, tables, as_at in sample():
        if not {"holder", "stage"} & contract.get("groups", {}).keys():
            continue
        values, payments = contract.get("values", {}), contract["payments"]
        by_stage = {name for name, value in values.items() if isinstance(value, dict) and value.get("by") == "stage"}
        for payment, _, _, adjustment, *_ in run(contract, tables, as_at).lines:
            spec = payments.get(payment, {})
            paid["to"] += adjustment == "-" and "to" in spec and spec["kind"] == "tariff"
            paid["by"] += adjustment == "-" and spec.get("price") in by_stage
    assert min(paid["to"], paid["by"]) >= 20, paid


def test_the_generator_reaches_refusals_and_currencies() -> None:
    """Rows of every table are refused, and lines come in two, three and no decimal places."""
    assert all(reached()["refused", table] >= 20 for table in ("people", "events", "reviews"))
    assert all(reached()["currency", code] >= 50 for code in ("GBP", "JPY", "KWD"))
    assert reached()["lines",] >= 900


def test_a_contract_is_the_same_after_it_is_written_and_read() -> None:
    """The YAML holds the structure it was written from, every scalar as its text."""

    def text_of(node: Node) -> Node:
        """Read a node as plain text, lists and maps."""
        if node.id == "scalar":
            return node.value
        if node.id == "sequence":
            return [text_of(item) for item in node.value]
        return {key.value: text_of(value) for key, value in node.value}

    for contract, _, _ in sample()[:100]:
        assert text_of(YAML(typ="safe", pure=True).compose(to_yaml(contract))) == contract


def test_order_of_rows_changes_no_decision_and_no_line() -> None:
    """The oracle itself obeys the law it is used to check."""
    for contract, tables, as_at in sample()[:100]:
        answer = run(contract, tables, as_at)
        turned = run(contract, {name: rows[::-1] for name, rows in tables.items()}, as_at)
        assert (turned.decisions, turned.lines, turned.total) == (answer.decisions, answer.lines, answer.total)
        assert Counter(turned.use.values()) == Counter(answer.use.values())


def test_terms_of_the_sample_hold_their_prices() -> None:
    """Every dated value has a figure for every day of the term, as a contract must."""
    for contract, _, _ in sample()[:100]:
        first, last = (date.fromisoformat(contract["contract"][end]) for end in ("from", "to"))
        days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
        for value in contract.get("values", {}).values():
            if isinstance(value, dict) and "dated" in value:
                assert all(in_force(value["dated"], day) is not None for day in days)
