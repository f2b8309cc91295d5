"""The second evaluator on figures worked by hand."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from tests.oracle import run
from tests.oracle_people import combined
from tests.oracle_words import (
    Doubt,
    Reader,
    add_duration,
    add_months,
    age_on,
    in_force,
    number,
    period_start,
    round_half,
)

if TYPE_CHECKING:
    from tests.oracle import Answer
    from tests.oracle_people import Verdict
    from tests.oracle_rows import Contract, Tables
    from tests.strategies_contracts import Node


# ---------------------------------------------------------------- a contract to work by hand

LATE = date(2027, 12, 31)


def made(**parts: Node) -> Contract:
    """Give a contract of 2025-04-01 to 2026-03-31 with these parts."""
    contract: Contract = {
        "contract": {
            "providers": {"north": {"name": "North"}, "south": {"name": "South"}},
            "currency": "GBP",
            "from": "2025-04-01",
            "to": "2026-03-31",
        },
        "tables": {
            "people": {
                "row_is": "participant",
                "fields": {
                    "participant": "id",
                    "provider": "provider",
                    "began": "date",
                    "level": {"type": "text", "one_of": ["low", "high"]},
                },
            },
            "events": {"row_is": "event", "of": "participant", "fields": {"kind": "text", "on": "date"}},
        },
        "cohort": {"of": "participant", "start": "began"},
        "outcomes": {"done": {"kind": "event", "table": "events", "date": "on"}},
    }
    return contract | parts


def person(name: str, began: str = "2025-04-01", level: str = "low", provider: str = "north") -> dict[str, str | None]:
    """Give one participant's row."""
    return {"participant": name, "provider": provider, "began": began, "level": level}


def event(name: str, on: str, kind: str = "x") -> dict[str, str | None]:
    """Give one event's row."""
    return {"participant": name, "kind": kind, "on": on}


def one(outcome: dict[str, Any], *days: str, as_at: date = LATE, kind: str = "x") -> Verdict:
    """Decide one outcome for one participant who began on 1 April 2025, from events on these days."""
    tables: Tables = {"people": [person("a")], "events": [event("a", day, kind) for day in days]}
    return run(made(outcomes={"o": outcome}), tables, as_at).decisions["a", "o"]


def windowed(kind: str = "event", **window: str) -> dict[str, Any]:
    """Give an outcome over the events with a window."""
    return {"kind": kind, "table": "events", "date": "on", "window": window}


# ---------------------------------------------------------------- days


LAST_DAYS = [("2025-06-24", "met"), ("2025-06-25", "after_window")]
AFTER = [("2025-04-01", "before_window"), ("2025-04-02", "met"), *LAST_DAYS]
FROM = [("2025-03-31", "before_window"), ("2025-04-01", "met"), *LAST_DAYS]


@pytest.mark.parametrize(("day", "expected"), AFTER)
def test_twelve_weeks_after_1_april_end_on_24_june(day: str, expected: str) -> None:
    """`after` starts on the next day and both bounds count."""
    assert one(windowed(after="start", **{"for": "12 weeks"}), day)[2] == expected


@pytest.mark.parametrize(("day", "expected"), FROM)
def test_twelve_weeks_from_1_april_end_on_the_same_day(day: str, expected: str) -> None:
    """`from` takes in the anchor's day and ends where `after` ends."""
    assert one(windowed(**{"from": "start", "for": "12 weeks"}), day)[2] == expected


def test_an_event_is_pending_until_its_last_day_begins() -> None:
    """On 23 June the window is open, on 24 June it is over."""
    window = windowed(after="start", **{"for": "12 weeks"})
    assert one(window, as_at=date(2025, 6, 23)) == ("pending", None, "window_open")
    assert one(window, as_at=date(2025, 6, 24)) == ("not_met", None, "no_evidence")


def test_an_absence_of_six_months_is_met_on_its_last_day() -> None:
    """Six months after 1 April 2025 end on 1 October: pending the day before, met with that date then."""
    absence = windowed("absence", after="start", **{"for": "6 months"})
    assert one(absence, as_at=date(2025, 9, 30)) == ("pending", None, "window_open")
    assert one(absence, as_at=date(2025, 10, 1)) == ("met", date(2025, 10, 1), "met")
    assert one(absence, "2025-10-01") == ("not_met", None, "defeated")
    assert one(absence, "2025-10-02", "2025-04-01") == ("met", date(2025, 10, 1), "met")


def test_an_absence_that_ends_after_the_term_is_not_met() -> None:
    """Two years after 1 April 2025 lie outside the term; a row there still defeats it."""
    absence = windowed("absence", after="start", **{"for": "2 years"})
    assert one(absence) == ("not_met", None, "outside_term")
    assert one(absence, "2026-12-01") == ("not_met", None, "defeated")


def test_an_unknown_filter_spoils_an_absence_unless_a_true_row_defeats_it() -> None:
    """An empty kind leaves it open whether the row counts."""
    absence = windowed("absence", after="start", **{"for": "6 months"}) | {"when": "kind = 'x'"}
    assert one(absence, "2025-05-01", kind="") == ("unknown", None, "missing_field")
    rows: Tables = {"people": [person("a")], "events": [event("a", "2025-05-01", ""), event("a", "2025-05-02")]}
    assert run(made(outcomes={"o": absence}), rows, LATE).decisions["a", "o"] == ("not_met", None, "defeated")


def test_the_term_cuts_an_event() -> None:
    """In the window but after `to` is outside_term, also where there is no window."""
    window = windowed(after="start", **{"for": "2 years"})
    assert one(window, "2026-03-31")[0] == "met"
    assert one(window, "2026-04-01") == ("not_met", None, "outside_term")
    assert one({"kind": "event", "table": "events", "date": "on"}, "2026-04-01") == ("not_met", None, "outside_term")


def test_pick_takes_the_first_or_the_last_day() -> None:
    """The window and the term filter before the pick."""
    bare = {"kind": "event", "table": "events", "date": "on"}
    days = ("2025-08-01", "2025-05-01", "2026-05-01")
    assert one(bare, *days)[1] == date(2025, 5, 1)
    assert one(bare | {"pick": "last"}, *days)[1] == date(2025, 8, 1)


def test_a_fact_waits_while_its_window_is_open() -> None:
    """False is pending until the last day, then not_true."""
    fact = {"kind": "fact", "when": "level = 'high'", "window": {"from": "start", "for": "28 days"}}
    assert one(fact, as_at=date(2025, 4, 28)) == ("pending", None, "window_open")
    assert one(fact, as_at=date(2025, 4, 29)) == ("not_met", None, "not_true")
    assert one(fact | {"when": "level = 'low'"}) == ("met", date(2025, 4, 1), "met")


def test_months_clamp_and_are_counted_in_one_step() -> None:
    """31 January + 1 month is the end of February; + 2 months is 31 March."""
    assert add_duration(date(2025, 1, 31), "1 month") == date(2025, 2, 28)
    assert add_duration(date(2024, 1, 31), "1 month") == date(2024, 2, 29)
    assert add_duration(date(2025, 1, 31), "2 months") == date(2025, 3, 31)
    assert add_duration(date(2024, 2, 29), "1 year") == date(2025, 2, 28)
    assert add_months(date(2025, 3, 31), -12) == date(2024, 3, 31)


def test_one_born_on_29_february() -> None:
    """Comes of age on 1 March of a common year unless the contract says 28 February."""
    born = date(2008, 2, 29)
    assert [age_on(born, date(2026, 2, 28), day) for day in ("1 March", "28 February")] == [17, 18]
    assert age_on(born, date(2026, 3, 1), "1 March") == 18
    assert [age_on(born, date(2024, 2, day), "1 March") for day in (28, 29)] == [15, 16]


def test_periods_run_from_year_starts() -> None:
    """Months and quarters are counted from the contract year's first day."""
    assert period_start(date(2025, 4, 14), "month", "04-15") == date(2025, 3, 15)
    assert period_start(date(2025, 4, 14), "quarter", "04-15") == date(2025, 1, 15)
    assert period_start(date(2025, 4, 14), "contract_year", "04-15") == date(2024, 4, 15)
    assert period_start(date(2025, 4, 15), "contract_year", "04-15") == date(2025, 4, 15)
    assert period_start(date(2025, 2, 28), "month", "01-31") == date(2025, 2, 28)
    assert period_start(date(2025, 3, 30), "month", "01-31") == date(2025, 2, 28)


# ---------------------------------------------------------------- numbers and conditions


def test_halves_round_by_the_mode_on_both_sides_of_nought() -> None:
    """half_up goes away from nought, half_even to the even neighbour."""
    halves = [Fraction(n, 2) for n in (-5, -3, -1, 1, 3, 5)]
    assert [round_half(half, "half_up") for half in halves] == [-3, -2, -1, 1, 2, 3]
    assert [round_half(half, "half_even") for half in halves] == [-2, -2, 0, 0, 2, 2]
    near = [Fraction(249, 100), Fraction(251, 100), Fraction(-251, 100), Fraction(7)]
    for mode in ("half_up", "half_even"):
        assert [round_half(value, mode) for value in near] == [2, 3, -3, 7]


def test_numbers_are_exact() -> None:
    """A price, a ratio and a percentage."""
    assert [number(text) for text in ("12.50", "5/6", "94%")] == [Fraction(25, 2), Fraction(5, 6), Fraction(47, 50)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a OR b AND c", True),
        ("(a OR b) AND c", False),
        ("NOT a AND b", False),
        ("NOT (c AND empty)", True),
        ("empty AND a", Doubt.EMPTY),
        ("empty OR a", True),
        ("NOT empty", Doubt.EMPTY),
        ("empty IS NULL", True),
        ("n >= 2 AND n < 2.5", True),
        ("word IN ('no', 'can''t')", True),
        ("word NOT IN ('no')", True),
        ("nil NOT IN ('no')", Doubt.EMPTY),
        ("nil <> 'no'", Doubt.EMPTY),
        ("day >= DATE '2025-04-01'", True),
        ("age_on(born, day) >= 18", True),
        ("age_on(born, nil) >= 18", Doubt.EMPTY),
        ("FALSE OR TRUE", True),
    ],
)
def test_conditions_have_three_values(text: str, expected: bool | Doubt) -> None:
    """AND binds before OR, NOT before AND, and what is empty is neither true nor false."""
    names: dict[str, Any] = {"a": True, "b": True, "c": False, "empty": None, "nil": None, "n": 2, "word": "can't"}
    names |= {"day": date(2025, 4, 1), "born": date(2007, 4, 1)}
    assert Reader(text, names.__getitem__, "1 March").truth() is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("never OR unknown", Doubt.UNKNOWN),
        ("unknown OR empty", Doubt.EMPTY),
        ("empty AND pending AND unknown", Doubt.PENDING),
        ("no AND pending", False),
        ("yes OR pending", True),
        ("never = DATE '2025-04-01'", Doubt.NEVER),
        ("days_between(empty, pending) > 3", Doubt.PENDING),
        ("never IS NULL", True),
        ("empty IS NULL", True),
        ("pending IS NULL", Doubt.PENDING),
        ("unknown IS NOT NULL", Doubt.UNKNOWN),
        ("never IN (DATE '2025-04-01')", Doubt.NEVER),
    ],
)
def test_the_strongest_doubt_is_carried(text: str, expected: bool | Doubt) -> None:
    """What may still come, then an empty field, then an unknown result, then one that there is not."""
    names = {"never": Doubt.NEVER, "unknown": Doubt.UNKNOWN, "pending": Doubt.PENDING, "empty": None}
    assert Reader(text, (names | {"yes": True, "no": False}).__getitem__, "1 March").truth() is expected


# ---------------------------------------------------------------- combine

STATES: dict[str, Verdict] = {
    "met": ("met", date(2025, 5, 1), "met"),
    "not_met": ("not_met", None, "no_evidence"),
    "pending": ("pending", None, "window_open"),
    "unknown": ("unknown", None, "missing_field"),
    "excluded": ("excluded", None, "excused"),
}
ORDER = {
    "all": ["not_met", "unknown", "pending", "excluded", "met"],
    "any": ["met", "pending", "unknown", "excluded", "not_met"],
}


@pytest.mark.parametrize("need", ["all", "any"])
@pytest.mark.parametrize("pair", list(product(STATES, repeat=2)))
def test_combine_takes_the_state_that_comes_first(need: str, pair: tuple[str, str]) -> None:
    """Every pair of states, by the written order; two of two is all, one of two is any."""
    parts = [STATES[state] for state in pair]
    expected = min(pair, key=ORDER[need].index)
    found = combined(need, parts)
    assert found[0] == expected
    assert found[2] == ("met" if expected == "met" else f"part_{expected}")
    counted = combined("2" if need == "all" else "1", parts)
    settled = {"met", "not_met"} >= set(pair) or len(set(pair)) == 1 or need == "any"
    assert counted == found or not settled


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ("met met not_met", "met"),
        ("met pending not_met", "pending"),
        ("met unknown not_met", "unknown"),
        ("met unknown pending", "pending"),
        ("pending unknown not_met", "unknown"),
        ("met not_met not_met", "not_met"),
    ],
)
def test_two_of_three_asks_whether_the_count_can_be_reached(states: str, expected: str) -> None:
    """Pending if what may yet be met is enough, unknown if only with what is unknown."""
    assert combined("2", [STATES[state] for state in states.split()])[0] == expected


def test_combine_dates() -> None:
    """All takes the latest date, any the earliest, two the second."""
    parts: list[Verdict] = [("met", date(2025, month, 1), "met") for month in (7, 5, 6)]
    found = [combined(need, parts)[1] for need in ("all", "any", "2")]
    assert found == [date(2025, 7, 1), date(2025, 5, 1), date(2025, 6, 1)]


def test_an_outcome_takes_its_anchor_state() -> None:
    """What is counted from something not met is not met, with the reason anchor."""
    outcomes = {"second": windowed(after="first"), "first": windowed(after="start", **{"for": "28 days"})}
    rows: Tables = {"people": [person("a"), person("b", "")], "events": [event("a", "2025-06-01")]}
    found = run(made(outcomes=outcomes), rows, LATE).decisions
    assert found["a", "second"] == ("not_met", None, "anchor")
    assert found["b", "first"] == ("unknown", None, "missing_field")
    assert found["b", "second"] == ("unknown", None, "anchor")


# ---------------------------------------------------------------- who counts, and rows


def test_clauses_exclude_in_order_and_unknown_ones_leave_unknown() -> None:
    """A failed include comes before a hit exclude; an empty field leaves every outcome unknown."""
    clause = {"id": "low", "when": "level = 'low'"}
    cohort = {"of": "participant", "start": "began", "include": [clause]}
    people = [person("a"), person("b", level="high"), person("c", level="")]
    answer = run(made(cohort=cohort), {"people": people, "events": [event("b", "2025-05-01")]}, LATE)
    states = [answer.decisions[name, "done"][2] for name in "abc"]
    assert states == ["no_evidence", "include_failed", "unknown_clause"]
    assert answer.use == {
        ("people", 0, "-"): "used",
        ("people", 1, "-"): "not_included",
        ("people", 2, "-"): "used",
        ("events", 0, "done"): "not_included",
    }


def test_rows_are_refused_copied_or_left_without_a_parent() -> None:
    """Equal rows count once, rivals for one key are all refused, and their events with them."""
    people = [person("a"), person("a"), person("b"), person("b", level="high"), person("c", provider="east")]
    people += [person("d", "2025-02-30"), person(""), person("e\u0301"), person(" \u00e9 ")]
    events = [event(name, "2025-05-01") for name in ("a", "b", "zz", "\u00e9")]
    answer = run(made(), {"people": people, "events": events}, LATE)
    assert answer.refused == {("people", place) for place in (2, 3, 4, 5, 6)} | {("events", 1), ("events", 2)}
    assert {name for name, _ in answer.decisions} == {"a", "\u00e9"}
    assert answer.use["people", 1, "-"] == answer.use["people", 8, "-"] == "same_row"


def test_uses_take_the_first_that_fits() -> None:
    """One row for each use of an event's window."""
    days = ["2025-04-01", "2025-05-01", "2025-05-02", "2025-12-01", "2028-01-01", "2025-05-01", "", "2025-05-03"]
    contract = made(outcomes={"o": windowed(after="start", **{"for": "12 weeks"}) | {"when": "kind = 'x'"}})
    events = [event("a", day) for day in days]
    events[7]["kind"] = "y"
    answer = run(contract, {"people": [person("a")], "events": events}, LATE)
    found = ["before_window", "used", "not_picked", "after_window", "not_yet_recorded", "same_row"]
    assert [answer.use["events", place, "o"] for place in range(6)] == found
    assert [answer.use["events", place, "-"] for place in (6, 7)] == ["unasked", "unasked"]


def test_what_is_recorded_later_is_not_known_yet() -> None:
    """A recorded day after the as-at day hides the row; without that field the row's own day does."""
    contract = made()
    contract["tables"]["events"]["fields"]["seen"] = "recorded"
    rows: Tables = {"people": [person("a")], "events": [event("a", "2025-05-01") | {"seen": "2025-06-01"}]}
    assert run(contract, rows, date(2025, 5, 31)).decisions["a", "done"][0] == "pending"
    assert run(contract, rows, date(2025, 6, 1)).decisions["a", "done"][0] == "met"
    assert run(contract, rows, date(2025, 3, 31)).decisions == {}


# ---------------------------------------------------------------- money


def paid(people: list[dict[str, str | None]], events: list[dict[str, str | None]], **parts: Node) -> Answer:
    """Pay 100.00 for each one done, with these parts."""
    payments = {"t": {"kind": "tariff", "pays_for": "done", "price": "100.00"}}
    return run(made(**({"payments": payments} | parts)), {"people": people, "events": events}, LATE)


def test_a_cap_pays_in_order_and_in_part() -> None:
    """By day, then id by code point: 100.00 each within 250.00 leaves the third one half."""
    people = [person(name) for name in ("P2", "P10", "p1", "A")]
    events = [
        event("p1", "2025-05-01"),
        event("P2", "2025-05-01"),
        event("P10", "2025-05-01"),
        event("A", "2025-06-01"),
    ]
    cap = {"id": "cap", "kind": "cap", "at_most": "250.00", "per": ["contract"]}
    answer = paid(people, events, adjustments=[cap])
    cuts = {key[1]: amount for key, amount in answer.lines.items() if key[3] == "cap"}
    assert cuts == {"p1": -5000, "A": -10000}
    assert answer.total == 25000


def test_a_cap_per_year_starts_anew() -> None:
    """A day before and a day on the year's first day are in two years."""
    people = [person("a"), person("b")]
    events = [event("a", "2025-06-30"), event("b", "2025-07-01")]
    cap = {"id": "cap", "kind": "cap", "at_most": "100.00", "per": ["contract_year"]}
    assert paid(people, events, adjustments=[cap]).total == 10000
    contract = made()["contract"] | {"year_starts": "07-01"}
    assert paid(people, events, adjustments=[cap], contract=contract).total == 20000


def test_adjustments_see_the_lines_before_them() -> None:
    """5/6 of 100.00 is 83.33; a cap of 83.00 then cuts 0.33; the other order cuts 17.00 and then takes 13.83."""
    people, events = [person("a")], [event("a", "2025-05-01")]
    share = {"id": "share", "kind": "multiply", "by": "5/6"}
    cap = {"id": "cap", "kind": "cap", "at_most": "83.00", "per": ["participant"]}
    found = paid(people, events, adjustments=[share, cap]).lines
    assert {key[3]: amount for key, amount in found.items()} == {"-": 10000, "share": -1667, "cap": -33}
    found = paid(people, events, adjustments=[cap, share]).lines
    assert {key[3]: amount for key, amount in found.items()} == {"-": 10000, "cap": -1700, "share": -1383}


def test_where_and_on_choose_what_is_adjusted() -> None:
    """Only rows of which the condition is true; an empty field is not."""
    people = [person("a"), person("b", level="high"), person("c", level="")]
    events = [event(name, "2025-05-01") for name in "abc"]
    half = {"id": "half", "kind": "multiply", "by": "50%", "where": "level = 'high'"}
    found = paid(people, events, adjustments=[half]).lines
    assert [key for key in found if key[3] == "half"] == [("t", "b", "done", "half", "1", 1, "north")]


def test_prices_by_group_and_day() -> None:
    """A price holds until the next; without a group, in two, or before the first price it is unknown."""
    values = {
        "p": {
            "by": "need",
            "dated": {"2025-04-01": {"x": "1.00", "y": "2.00"}, "2025-06-01": {"x": "3.00", "y": "4.00"}},
        }
    }
    payments = {"t": {"kind": "tariff", "pays_for": "done", "price": "p"}}
    people = [person("a"), person("b", level="high"), person("c", level="")]
    events = [event("a", "2025-05-31"), event("b", "2025-06-01"), event("c", "2025-06-01")]
    groups = {"need": {"x": "level = 'low'", "y": "otherwise"}}
    answer = paid(people, events, payments=payments, values=values, groups=groups)
    assert answer.lines == {
        ("t", "a", "done", "-", "1", 1, "north"): 100,
        ("t", "b", "done", "-", "1", 1, "north"): 400,
    }
    assert answer.decisions["c", "done"] == ("unknown", None, "missing_field")
    both = {"need": {"x": "level = 'low'", "y": "level IN ('low', 'high')"}}
    answer = paid(people, events, payments=payments, values=values, groups=both)
    assert answer.decisions["a", "done"] == ("unknown", None, "two_groups")
    people = [person("a", "2025-03-31"), person("b", "2025-04-01", "high")]
    payments["t"]["price_on"] = "start"
    answer = paid(people, events, payments=payments, values=values, groups=groups)
    assert answer.decisions["a", "done"] == ("unknown", None, "no_price")
    assert answer.lines == {("t", "b", "done", "-", "1", 1, "north"): 200}


def test_what_is_in_force() -> None:
    """A day alone holds until the next, a span only for its days."""
    dated = {"2025-04-01 to 2025-04-30": "1", "2025-05-01": "2"}
    days = [date(2025, 3, 31), date(2025, 4, 30), date(2025, 5, 1), date(2030, 1, 1)]
    assert [in_force(dated, day) for day in days] == [None, "1", "2", "2"]
    assert in_force({"2025-04-01 to 2025-04-30": "1"}, date(2025, 5, 1)) is None
