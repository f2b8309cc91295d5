"""The rows behind an achievement: what a line cites and when it could be known change by no other row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from tests import small

if TYPE_CHECKING:
    from tests.small import Rows

MILES: Final = small.changed(
    ("      on: date\n", "      what: {type: text, one_of: [early, started, late]}\n      on: date\n"),
    (
        "outcomes:\n",
        "outcomes:\n  mile: {kind: event, table: events, when: what IS NOT NULL, date: on, once_per: what}\n",
    ),
    ("when: what IS NOT NULL", 'when: "what IS NOT NULL"'),
    ("    window: {after: job, for: 3 months}\n", "    window: {after: mile.started, for: 3 months}\n"),
    ("payments:\n", "  either: {kind: combine, need: any, of: [mile.started, job]}\npayments:\n"),
    ("price: 250.00, price_on: start}", "price: 250.00, due: 1 day after known}"),
    (
        "adjustments:\n",
        "  third: {kind: tariff, pays_for: either, price: 100.00, due: 1 day after known}\nadjustments:\n",
    ),
)
WORKED: Final = small.changed(
    (
        "tables:\n",
        "spells:\n  working: {table: events, from: on, to: till, when: \"kind = 'job'\"}\ntables:\n",
    ),
    ("      on: date\n", "      on: date\n      till: date\n      paid: {type: decimal, places: 2}\n"),
    (
        small.TEXT[small.TEXT.index("    kind: event") : small.TEXT.index("  kept:")],
        "    KIND\n",
    ),
    ("price: job_price}", "price: job_price, price_on: known, due: 1 day after known}"),
)
HELD: Final = small.changed(
    ("    KIND", "    kind: held\n    in: [working]\n    run: added_up\n    for: 10 days"), text=WORKED
)
TOTAL: Final = small.changed(
    ("    KIND", "    kind: total\n    table: events\n    date: on\n    add: paid\n    reaches: 100"), text=WORKED
)


def mile(what: str, on: str, seen: str, kind: str = "") -> dict[str, str]:
    """Give one event of a word."""
    return {"person": "A", "kind": kind, "what": what, "on": on, "seen": seen}


def job(on: str, seen: str, till: str = "", paid: str = "") -> dict[str, str]:
    """Give one job."""
    return {"person": "A", "kind": "job", "on": on, "till": till, "paid": paid, "seen": seen}


def lines(text: str, events: Rows, payment: str) -> list[tuple[Any, ...]]:
    """Give when each line of a payment of A was earned and priced and is due, and how many events it cites."""
    frames = {"people": pl.DataFrame(small.PEOPLE[:1]), "events": pl.DataFrame(events)}
    found = pbr.run(small.contract_of(text), frames, small.LATE).statement.lines()
    found = found.filter(pl.col("payment") == payment, pl.col("adjustment") == "-")
    cited = pl.col("evidence").str.count_matches("events:")
    return found.select(*(pl.col(f"{day}_on").cast(pl.String) for day in ("earned", "priced", "due")), cited).rows()


STARTED: Final = mile("started", "2025-05-01", "2025-05-02")


def test_an_anchor_that_is_a_word_rests_on_the_rows_of_the_word() -> None:
    """A milestone of another word, a year later, is no part of what follows this one."""
    alone = lines(MILES, [STARTED], "second")
    assert alone == [("2025-08-01", "2025-08-01", "2025-08-02", 1)]
    assert lines(MILES, [STARTED, mile("late", "2026-05-01", "2026-05-02")], "second") == alone
    assert lines(MILES, [STARTED, mile("early", "2025-04-10", "2026-05-02")], "second") == alone


def test_any_rests_on_the_part_that_met_it() -> None:
    """What another part, met later, was known by moves nothing; and a word that met it is cited by its own day."""
    alone = lines(MILES, [STARTED], "third")
    assert alone == [("2025-05-01", "2025-05-01", "2025-05-03", 1)]
    later = mile("", "2025-06-05", "2026-05-06", "job")
    assert lines(MILES, [STARTED, later], "third") == alone
    by_job = [mile("early", "2025-04-10", "2025-04-11"), mile("started", "2025-06-10", "2025-06-11")]
    by_job.append(mile("", "2025-05-05", "2025-05-06", "job"))
    assert lines(MILES, by_job, "third") == [("2025-05-05", "2025-05-05", "2025-05-07", 1)]


@pytest.mark.parametrize(
    ("text", "first", "later"),
    [
        (HELD, job("2025-05-01", "2025-05-21", "2025-05-20"), job("2026-05-01", "2026-05-21", "2026-05-20")),
        (TOTAL, job("2025-05-10", "2025-05-21", paid="100"), job("2026-05-01", "2026-05-21", paid="40")),
    ],
)
def test_a_row_after_the_day_reached_changes_no_price(text: str, first: dict[str, str], later: dict[str, str]) -> None:
    """What was priced on the day it was known keeps that price when more is held, or added, a year later."""
    alone = lines(text, [first], "first")
    assert alone == [("2025-05-10", "2025-05-21", "2025-05-22", 1)]
    assert lines(text, [first, later], "first") == alone


def test_a_correction_that_undoes_a_sum_still_counts() -> None:
    """Rule 5: it is reached only if the total at the end still reaches it."""
    rows = [job("2025-05-10", "2025-05-21", paid="100"), job("2026-05-01", "2026-05-21", paid="-1")]
    assert lines(TOTAL, rows, "first") == []


@pytest.mark.parametrize("name", ["what", "outcome", "ref", "subject", "known", "use", "table"])
def test_a_field_may_have_any_name(name: str) -> None:
    """What a line cites, and when it is due, do not depend on what a field is called."""
    text = small.changed(
        ("      on: date\n", f"      on: date\n      {name}: {{type: text, one_of: [p, q]}}\n"),
        (
            "    date: on\n    window: {after: start, for: 12 weeks}",
            f"    date: on\n    once_per: {name}\n    window: {{after: start, for: 12 weeks}}",
        ),
        ("price: job_price}", "price: job_price, due: 1 day after known}"),
    )
    events = [small.EVENTS[0] | {name: "p"}, small.EVENTS[0] | {name: "q", "seen": "2025-07-05"}]
    found = lines(text, events, "first")
    assert [row[2:] for row in found] == [("2025-07-02", 1), ("2025-07-06", 1)]


TWO: Final = small.changed(
    ("one_of: [job, lost]", "one_of: [job, lost, p, q, r]"),
    (
        "payments:\n",
        "".join(f"  {each}: {{kind: event, table: events, when: \"kind = '{each}'\", date: on}}\n" for each in "pqr")
        + "  two: {kind: combine, need: 2, of: [p, q, r]}\npayments:\n"
        "  paid: {kind: tariff, pays_for: two, price: 10.00, due: 1 day after known}\n",
    ),
)


def test_two_of_three_rest_on_two() -> None:
    """What was met on the same day, but was not needed, moves nothing when it is recorded months later."""
    days = {"p": ("2025-05-01", "2025-05-02"), "q": ("2025-05-05", "2025-05-06"), "r": ("2025-05-05", "2025-12-06")}
    events = [{"person": "A", "kind": kind, "on": on, "seen": seen} for kind, (on, seen) in days.items()]
    assert lines(TWO, events, "paid") == lines(TWO, events[:2], "paid")
    assert lines(TWO, [events[0], events[2]], "paid") != lines(TWO, events[:2], "paid")
