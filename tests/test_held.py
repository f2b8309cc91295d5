"""Outcome kind held: which days count, when they are enough, block after block, and how many there are."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from pbr.calendar import Duration, date_from_number, number_of
from pbr.spells import run_until
from tests import small
from tests.small import PEOPLE, changed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden

Stay = tuple[str, str]
TABLE: Final = (
    "cohort:\n",
    (
        "  stays:\n    row_is: stay\n    of: person\n    fields:\n      came: date\n      went: date\n"
        "      where: {type: text, one_of: [home, jail]}\ncohort:\n"
    ),
)
SPELLS: Final = (
    "outcomes:\n",
    (
        "spells:\n"
        "  housed: {table: stays, from: came, to: went, when: \"where = 'home'\"}\n"
        "  jailed: {table: stays, from: came, to: went, when: \"where = 'jail'\"}\n"
        "  busy: {table: events, on: on, opens: \"kind = 'job'\", closes: \"kind = 'lost'\"}\n"
        "outcomes:\n"
    ),
)
PAYS: Final = ("  first: {", "  third: {kind: tariff, pays_for: settled, price: 7.00}\n  first: {")


def held(terms: str, *changes: tuple[str, str]) -> str:
    """Give the small contract with an outcome of these terms, which is paid."""
    return changed(TABLE, SPELLS, ("payments:\n", f"  settled: {{kind: held, {terms}}}\npayments:\n"), PAYS, *changes)


def decided(
    terms: str,
    stays: list[Stay] = (),  # type: ignore[assignment]
    *,
    jail: list[Stay] = (),  # type: ignore[assignment]
    events: small.Rows = (),  # type: ignore[assignment]
    rows: list[dict[str, str]] = (),  # type: ignore[assignment]
    as_at: str = small.LATE,
    changes: tuple[tuple[str, str], ...] = (),
) -> dict[str, Any]:
    """Give the decision on the first participant, who lived at home and in jail on these days."""
    places = {"home": stays, "jail": jail}
    made = [{"person": "A", "came": a, "went": b, "where": where} for where, each in places.items() for a, b in each]
    schema = dict.fromkeys(("person", "came", "went", "where"), pl.String)
    frames = small.frames_of(PEOPLE[:1], list(events)) | {"stays": pl.DataFrame([*made, *rows], schema=schema)}
    done = pbr.run(small.contract_of(held(terms, *changes)), frames, as_at)
    row = done.decisions.rows().row(by_predicate=pl.col("outcome") == "settled", named=True)
    found = done.decisions.frame["settled.parts"][0] if "settled.parts" in done.decisions.frame.columns else None
    parts = found.to_list() if found is not None else []  # by date, as they are
    return row | {"parts": [(each["occurrence"], str(date_from_number(each["date"])), each["value"]) for each in parts]}


def said(row: dict[str, Any]) -> tuple[str, str, str]:
    """Give state, reason and date of a decision."""
    return row["state"], row["reason"], str(row["date"] or "")


YEAR: Final = "window: {from: start, for: 1 year}"  # from 1 April 2025
SAME: Final = YEAR.replace("{", "{{").replace("}", "}}")


@pytest.mark.parametrize(
    ("terms", "stays", "found"),
    [
        # both ends of a length count
        ("run: unbroken, for: 14 days", [("2025-05-01", "2025-05-14")], ("met", "met", "2025-05-14")),
        ("run: unbroken, for: 14 days", [("2025-05-01", "2025-05-13")], ("not_met", "too_short", "")),
        ("run: unbroken, for: 1 month", [("2025-05-15", "2025-06-14")], ("met", "met", "2025-06-14")),
        ("run: unbroken, for: 1 month", [("2025-05-15", "2025-06-13")], ("not_met", "too_short", "")),
        ("run: added_up, for: 2 weeks", [("2025-05-01", "2025-05-07"), ("2025-07-01", "2025-07-07")],
         ("met", "met", "2025-07-07")),
        ("run: unbroken, for: 2 weeks", [("2025-05-01", "2025-05-07"), ("2025-07-01", "2025-07-07")],
         ("not_met", "too_short", "")),
        # overlaps and neighbours are one run; a day apart they are two
        ("run: unbroken, for: 10 days", [("2025-05-01", "2025-05-06"), ("2025-05-04", "2025-05-10")],
         ("met", "met", "2025-05-10")),
        ("run: unbroken, for: 10 days", [("2025-05-01", "2025-05-05"), ("2025-05-06", "2025-05-10")],
         ("met", "met", "2025-05-10")),
        ("run: unbroken, for: 10 days", [("2025-05-01", "2025-05-05"), ("2025-05-07", "2025-05-11")],
         ("not_met", "too_short", "")),
        # a break that is permitted counts as held
        ("run: unbroken, for: 11 days, gap: 1 day", [("2025-05-01", "2025-05-05"), ("2025-05-07", "2025-05-11")],
         ("met", "met", "2025-05-11")),
        ("run: unbroken, for: 12 days, gap: 1 day", [("2025-05-01", "2025-05-05"), ("2025-05-08", "2025-05-12")],
         ("not_met", "too_short", "")),
        ("run: unbroken, for: 12 days, gap: 1 week", [("2025-05-01", "2025-05-05"), ("2025-05-08", "2025-05-12")],
         ("met", "met", "2025-05-12")),
        # days before the window or the term count for nothing
        ("run: unbroken, for: 3 days", [("2025-03-20", "2025-04-03")], ("met", "met", "2025-04-03")),
        ("run: unbroken, for: 4 days", [("2025-03-20", "2025-04-03")], ("not_met", "too_short", "")),
        ("run: unbroken, for: 4 days", [("2025-03-20", "2025-03-31")], ("not_met", "before_window", "")),
        ("run: unbroken, for: 3 days", [("2026-03-30", "2026-05-01")], ("met", "met", "2026-04-01")),
        ("run: unbroken, for: 4 days", [("2026-03-30", "2026-05-01")], ("not_met", "too_short", "")),
        ("run: unbroken, for: 4 days", [("2026-04-02", "2026-05-01")], ("not_met", "after_window", "")),
        ("run: unbroken, for: 4 days", [], ("not_met", "no_evidence", "")),
        # an empty end is open until the as-at day, an empty beginning never was
        ("run: unbroken, for: 30 days", [("2025-05-01", "")], ("met", "met", "2025-05-30")),
        ("run: unbroken, for: 30 days", [("", "2025-05-30")], ("not_met", "no_evidence", "")),
    ],
)  # fmt: skip
def test_both_sides_of_a_length(terms: str, stays: list[Stay], found: tuple[str, str, str]) -> None:
    """A state that holds a day too short is not met, and one day more meets it on that day."""
    assert said(decided(f"in: [housed], {terms}, {YEAR}", stays)) == found


def test_states_that_must_not_hold_take_days_away() -> None:
    """Days in jail are not days at home, and without a state that must hold every other day of the window counts."""
    stays, jail = [("2025-05-01", "2025-05-20")], [("2025-05-08", "2025-05-10")]
    terms = "in: [housed], not_in: [jailed], run: {}, for: {} days, " + SAME
    assert said(decided(terms.format("added_up", 17), stays, jail=jail)) == ("met", "met", "2025-05-20")
    assert said(decided(terms.format("added_up", 18), stays, jail=jail)) == ("not_met", "too_short", "")
    assert said(decided(terms.format("unbroken", 10), stays, jail=jail)) == ("met", "met", "2025-05-20")
    free = "not_in: [jailed], run: {}, for: {} days, " + SAME
    assert said(decided(free.format("added_up", 363), jail=jail)) == ("met", "met", "2026-04-01")  # of 366 days
    assert said(decided(free.format("added_up", 364), jail=jail)) == ("not_met", "too_short", "")
    whole = decided("not_in: [jailed], count: days, window: {from: start, until: 2025-05-31}", jail=jail)
    assert (whole["value"], str(whole["date"])) == ("58", "2025-05-31")  # 61 days less 3
    assert said(decided(free.format("unbroken", 37), jail=jail)) == ("met", "met", "2025-05-07")
    assert said(decided(free.format("unbroken", 38), jail=jail)) == ("met", "met", "2025-06-17")


def test_two_states_hold_together() -> None:
    """Only days on which both hold count."""
    events = [{"kind": "job", "on": "2025-05-05"}, {"kind": "lost", "on": "2025-05-09"}]
    events = [{"person": "A", "seen": each["on"]} | each for each in events]
    stays = [("2025-05-01", "2025-05-07"), ("2025-05-09", "2025-05-20")]
    terms = "in: [housed, busy], run: added_up, for: {} days, " + SAME
    assert said(decided(terms.format(4), stays, events=events)) == ("met", "met", "2025-05-09")  # 5, 6, 7 and 9 May
    assert said(decided(terms.format(5), stays, events=events)) == ("not_met", "too_short", "")


WITHIN: Final = ("", "in: [housed]", "in: [busy]", "in: [housed, busy]", "in: [idle]")
FREE_OF: Final = ("", "not_in: [jailed]", "not_in: [busy]", "not_in: [jailed, busy]")
STATES: Final = [
    ", ".join(filter(None, (within, free_of)))
    for within, free_of in itertools.product(WITHIN, FREE_OF)
    if (within or free_of) and not ("busy" in within and "busy" in free_of)
]


@pytest.mark.parametrize("states", STATES)
def test_days_of_one_are_nothing_to_another(states: str) -> None:
    """Whatever state of others is still open on their last day, everybody is decided as if alone."""
    idle = "  idle: {table: events, on: on, opens: \"kind = 'lost'\", closes: \"kind = 'job'\"}\noutcomes:\n"
    text = held(f"{states}, count: days, per: [month], {YEAR}", ("outcomes:\n", idle))
    draw = random.Random(states)  # noqa: S311  # seeded by the states
    names = [f"P{number}" for number in range(20)]
    people = [PEOPLE[0] | {"person": name} for name in names]
    days = [str(dt.date(2025, 3, 1) + dt.timedelta(days=7 * week)) for week in range(40)]
    events = [
        {"person": name, "kind": draw.choice(["job", "lost"]), "on": day, "seen": day}
        for name in names
        for day in draw.sample(days, draw.randint(0, 3))
    ]
    stays = [
        {"person": name, "came": day, "went": draw.choice(["", str(dt.date(2026, 4, 1))]), "where": where}
        for name in names
        for where in ("home", "jail")
        for day in draw.sample(days, draw.randint(0, 1))
    ]

    def found(of: list[str]) -> dict[str, list[object]]:
        rows = [[row for row in table if row["person"] in of] for table in (people, events, stays)]
        schema = dict.fromkeys(("person", "came", "went", "where"), pl.String)
        frames = small.frames_of(*rows[:2]) | {"stays": pl.DataFrame(rows[2], schema=schema)}
        done = pbr.run(small.contract_of(text), frames, small.LATE)
        decided = done.decisions.frame.sort("subject").select("subject", pl.col("^settled.*$"))
        return {str(row[0]): list(row[1:]) for row in decided.iter_rows()}

    together = found(names)
    assert len({str(row) for row in together.values()}) > 1
    for name in names[:4]:
        assert found([name])[name] == together[name]


@pytest.mark.parametrize(
    ("days", "count"),
    [
        ([("job", "2025-05-01"), ("lost", "2025-05-10")], 10),  # the day on which it is lost counts
        ([("job", "2025-05-01"), ("job", "2025-05-03"), ("lost", "2025-05-10")], 30 + 1),  # two opened, one closed
        ([("job", "2025-05-01"), ("job", "2025-05-03"), ("lost", "2025-05-10"), ("lost", "2025-05-12")], 12),
        ([("lost", "2025-05-01"), ("job", "2025-05-10")], 0),  # closed before it was opened: still none more
        ([("job", "2025-03-01"), ("lost", "2025-05-04")], 4),  # opened before the window
        ([("job", "2025-03-01"), ("lost", "2025-04-30")], 0),
    ],
)
def test_rows_that_open_and_close_a_state(days: list[tuple[str, str]], count: int) -> None:
    """It holds on the days on or before which more rows opened it than closed it before."""
    events = [{"person": "A", "kind": kind, "on": on, "seen": on} for kind, on in days]
    window = "window: {from: start, until: 2025-05-31}"
    row = decided(f"in: [busy], count: days, per: [month], {window}", events=events)
    assert sum(value for name, _, value in row["parts"] if name == "Y1-M02") == count


BLOCKS: Final = "in: [housed], run: {}, every: 10 days{}, " + SAME
TWO: Final = [("2025-05-01", "2025-05-25"), ("2025-06-01", "2025-06-15")]  # 25 days and 15


@pytest.mark.parametrize(
    ("terms", "ends"),
    [
        (("unbroken", ""), ["2025-05-10", "2025-05-20", "2025-06-10"]),
        (("unbroken", ", after_gap: restart"), ["2025-05-10", "2025-05-20", "2025-06-10"]),
        (("unbroken", ", after_gap: resume"), ["2025-05-10", "2025-05-20", "2025-06-05", "2025-06-15"]),
        (("added_up", ""), ["2025-05-10", "2025-05-20", "2025-06-05", "2025-06-15"]),
        (("unbroken", ", gap: 6 days"), ["2025-05-10", "2025-05-20", "2025-05-30", "2025-06-09"]),
        (("unbroken", ", at_most: 2"), ["2025-05-10", "2025-05-20"]),
        (("added_up", ", at_most: 3"), ["2025-05-10", "2025-05-20", "2025-06-05"]),
    ],
)
def test_blocks_end_where_they_are_whole(terms: tuple[str, str], ends: list[str]) -> None:
    """After a break a block begins again or goes on; there are no more of them than may be."""
    row = decided(BLOCKS.format(*terms), TWO)
    assert [(name, day) for name, day, _ in row["parts"]] == [(str(place), day) for place, day in enumerate(ends, 1)]
    assert (row["value"], str(row["date"])) == (str(len(ends)), ends[0])


def test_blocks_of_months_are_counted_from_the_beginning_of_their_run() -> None:
    """Each ends a day before so many months after it, in one step: from 31 January on 27 February and 30 March."""
    terms = "in: [housed], run: unbroken, every: 1 month, window: {from: start}"
    row = decided(terms, [("2026-01-31", "2026-04-29")])
    assert [day for _, day, _ in row["parts"]] == ["2026-02-27", "2026-03-30", "2026-04-29"]
    assert [day for _, day, _ in decided(terms, [("2026-01-31", "2026-04-28")])["parts"]] == [
        "2026-02-27",
        "2026-03-30",
    ]


def test_days_are_counted_for_each_period_that_is_over() -> None:
    """A number for each quarter, on its last day or that of the window; one that still runs has none yet."""
    terms = "in: [housed], count: days, per: [person, quarter], window: {from: start, until: 2025-11-15}"
    stays = [("2025-06-21", "2025-07-10"), ("2025-07-05", "2025-07-12"), ("2025-11-01", "2025-12-31")]
    row = decided(terms, stays)
    assert row["parts"] == [("Y1-Q1", "2025-06-30", 10), ("Y1-Q2", "2025-09-30", 12), ("Y1-Q3", "2025-11-15", 15)]
    assert row["value"] == "37"
    early = decided(terms, stays, as_at="2025-09-29")
    assert early["parts"] == [("Y1-Q1", "2025-06-30", 10)]
    assert said(decided(terms, stays, as_at="2025-06-29")) == ("pending", "window_open", "")
    assert said(decided(terms, [("2025-12-01", "")])) == ("not_met", "after_window", "")


def test_a_run_that_began_in_the_window_may_finish() -> None:
    """With ``last_run: may_finish`` it is followed past the window; while it goes on it is pending."""
    terms = "in: [housed], run: unbroken, for: 30 days, window: {from: start, until: 2025-05-31}"
    stays = [("2025-05-20", "2025-06-30")]
    assert said(decided(terms, stays)) == ("not_met", "too_short", "")
    finish = f"{terms}, last_run: may_finish"
    assert said(decided(finish, stays)) == ("met", "met", "2025-06-18")
    assert said(decided(finish, stays, as_at="2025-06-17")) == ("pending", "window_open", "")
    assert said(decided(finish, [("2025-05-20", "2025-06-05")], as_at="2025-06-05")) == ("pending", "window_open", "")
    assert said(decided(finish, [("2025-05-20", "2025-06-05")], as_at="2025-06-06")) == ("not_met", "too_short", "")
    assert said(decided(finish, [("2025-06-01", "2025-08-30")])) == ("not_met", "after_window", "")
    pieces = [("2025-05-20", "2025-06-05"), ("2025-06-06", "2025-06-30")]
    assert said(decided(finish, pieces)) == ("met", "met", "2025-06-18")


def test_it_is_pending_until_the_window_is_over() -> None:
    """What is not held long enough yet may still be."""
    terms = f"in: [housed], run: unbroken, for: 30 days, {YEAR}"
    stays = [("2025-05-01", "")]
    assert said(decided(terms, stays, as_at="2025-05-29")) == ("pending", "window_open", "")
    assert said(decided(terms, stays, as_at="2025-05-30")) == ("met", "met", "2025-05-30")
    assert said(decided(terms, [], as_at="2026-03-31")) == ("pending", "window_open", "")
    assert said(decided(terms, [], as_at="2026-04-01")) == ("not_met", "no_evidence", "")


def test_a_row_that_is_undecided_leaves_it_unknown_unless_other_rows_are_enough() -> None:
    """Where the filter cannot be decided, days may count or not; a number of days is then never known."""
    row = {"person": "A", "came": "2025-05-01", "went": "2025-05-20", "where": ""}
    once = f"in: [housed], run: unbroken, for: 10 days, {YEAR}"
    unknown = decided(once, rows=[row])
    assert (*said(unknown), unknown["missing"]) == ("unknown", "missing_field", "", "stays.where")
    assert said(decided(once, [("2025-08-01", "2025-08-10")], rows=[row])) == ("met", "met", "2025-08-10")
    number = decided(f"in: [housed], count: days, per: [contract], {YEAR}", [("2025-08-01", "2025-08-10")], rows=[row])
    assert said(number) == ("unknown", "missing_field", "")
    jail = f"not_in: [jailed], run: unbroken, for: 345 days, {YEAR}"
    assert said(decided(jail, rows=[row])) == ("unknown", "missing_field", "")
    assert said(decided(jail.replace("345", "300"), rows=[row])) == ("met", "met", "2026-03-16")


def test_a_length_and_a_number_of_blocks_may_be_those_of_a_group() -> None:
    """The figure is that of the subject's labels on the anchor's day."""
    values = (
        "values:\n",
        ("values:\n  long: {by: grade, high: 10 days, low: 20 days}\n  most: {by: grade, high: 2, low: 9}\n"),
    )
    stays = [("2025-05-01", "2025-06-30")]
    row = decided(f"in: [housed], run: unbroken, every: long, at_most: most, {YEAR}", stays, changes=(values,))
    assert [day for _, day, _ in row["parts"]] == ["2025-05-10", "2025-05-20"]
    low = ("high: \"level = 'high'\"", "high: \"level = 'low'\"")
    other = decided(f"in: [housed], run: unbroken, every: long, at_most: most, {YEAR}", stays, changes=(values, low))
    assert [day for _, day, _ in other["parts"]] == ["2025-05-20", "2025-06-09", "2025-06-29"]


def test_splitting_a_spell_and_spells_inside_it_change_nothing() -> None:
    """Adjacent pieces of a spell, and spells contained in it, are the same days."""
    terms = f"in: [housed], not_in: [jailed], run: unbroken, every: 1 week, gap: 2 days, {YEAR}"
    whole, jail = [("2025-05-01", "2025-06-30"), ("2025-07-03", "2025-08-20")], [("2025-05-18", "2025-05-29")]
    expected = decided(terms, whole, jail=jail)
    pieces = [("2025-05-01", "2025-05-10"), ("2025-05-11", "2025-06-30"), ("2025-07-03", "2025-08-20")]
    inside = [*whole, ("2025-05-03", "2025-05-04"), ("2025-07-03", "2025-08-20")]
    for stays in (pieces, inside, list(reversed(pieces))):
        found = decided(terms, stays, jail=[("2025-05-18", "2025-05-20"), ("2025-05-21", "2025-05-29")])
        assert found["parts"] == expected["parts"]
    assert len(expected["parts"]) == 13


def test_a_run_of_months_is_the_same_to_a_frame_and_to_the_calendar() -> None:
    """The day on which a run has been as long as a duration is the day before its end, counted in one step."""
    days = [dt.date(2024, 1, 31), dt.date(2024, 2, 29), dt.date(2025, 3, 15), dt.date(2025, 10, 31)]
    frame = pl.DataFrame({"day": pl.Series([number_of(day) for day in days], dtype=pl.Int32)})
    for length in (Duration(1, "months"), Duration(2, "years"), Duration(5, "weeks"), Duration(1, "days")):
        found = frame.select(run_until(pl.col("day"), length)).to_series()
        assert [date_from_number(day) for day in found] == [length.after(day) - dt.timedelta(days=1) for day in days]


FAULTS: Final = [
    ("run: unbroken, for: 10 days", "PBR102 name at least one state under `in` or `not_in`, such as in: [working]"),
    ("in: [hosed], run: unbroken, for: 10 days", "PBR111 no state under `spells` is named 'hosed'"),
    ("in: [housed, housed], run: unbroken, for: 10 days", "PBR110 'housed' stands here twice"),
    ("in: [housed], not_in: [housed], run: unbroken, for: 10 days", "PBR110 'housed' stands here twice"),
    (
        "in: [housed], run: unbroken",
        "PBR136 it says one of `for` (held once), `every` (met again for each block) and `count` (how many days)",
    ),
    (
        "in: [housed], run: unbroken, for: 1 day, every: 1 day",
        "PBR136 it says one of `for` (held once), `every` (met again for each block) and `count` (how many days)",
    ),
    (
        "in: [housed], for: 10 days",
        "PBR102 'run' is missing here: write `added_up` if all days count together, `unbroken` if a break ends it",
    ),
    ("in: [housed], run: unbroken, for: ten days", "PBR124 'ten days' is not a duration"),
    ("in: [housed], run: unbroken, for: 0 days", "PBR109 `for: 0 days` is no time at all"),
    ("in: [housed], run: unbroken, for: 101 years", "PBR109 101 years is longer than 100 years"),
    (
        "in: [housed], run: added_up, for: 6 months",
        "PBR109 6 months cannot be added up, since a month is not always as long",
    ),
    (
        "in: [housed], run: unbroken, every: 1 month, after_gap: resume",
        "PBR109 1 month cannot be added up, since a month is not always as long",
    ),
    ("in: [housed], run: unbroken, for: 1 day, gap: 1 month", "PBR109 a break of 1 month has no number of days from 1"),
    ("in: [housed], run: unbroken, for: 1 day, gap: 0 days", "PBR109 a break of 0 days has no number of days from 1"),
    (
        "in: [housed], run: unbroken, for: 1 day, at_most: 3",
        "PBR136 `at_most` is a number of blocks, so it needs `every`",
    ),
    ("in: [housed], run: unbroken, every: 1 day, at_most: 1.5", "PBR109 a number of blocks is whole, from 1 to 10,000"),
    ("in: [housed], run: unbroken, every: 1 day, at_most: 0", "PBR109 a number of blocks is whole, from 1 to 10,000"),
    (
        "in: [housed], run: unbroken, for: 1 day, after_gap: resume",
        "PBR136 `after_gap` is about blocks, so it needs `every`",
    ),
    (
        "in: [housed], run: unbroken, for: 1 day, per: [month]",
        "PBR136 `per` is about days counted, so it needs `count: days`",
    ),
    ("in: [housed], run: unbroken, count: days", "PBR136 days are counted whether or not a break lies between them"),
    ("in: [housed], count: days, per: [moon]", "PBR111 days cannot be counted per 'moon'"),
    ("in: [housed], count: days, per: [month, quarter]", "PBR110 'quarter' is one too many here"),
    (
        "in: [housed], run: unbroken, for: 1 day, last_run: may_finish",
        "PBR136 without a window nothing cuts a run",
    ),
    (
        "in: [housed], count: days, last_run: may_finish, window: {from: start}",
        "PBR136 days are counted in the window only",
    ),
]


@pytest.mark.parametrize(("terms", "problem"), FAULTS)
def test_what_is_wrong_with_it_is_said(terms: str, problem: str) -> None:
    """Each term that means nothing has a fault of its own, with the fix."""
    found = [f"{each.code} {each.message.partition(';')[0]}" for each in small.problems_of(held(terms))]
    assert problem in found


@pytest.mark.parametrize(
    ("spell", "problem"),
    [
        ("{table: stays, from: came}", "PBR102 'to' is missing here: a state has `from` and `to`"),
        ("{table: stays}", "PBR102 'from' is missing here: a state has `from` and `to`"),
        ("{table: events, on: on, opens: \"kind = 'job'\"}",
         "PBR102 'closes' is missing here: a state has `on` and `opens` and `closes`"),
        ("{table: stays, from: came, to: went, on: came}",
         "PBR136 'housed' is a state either `from` a day `to` another, or one that a row `opens`"),
        ("{table: stay, from: came, to: went}", "PBR111 no table is named 'stay'"),
        ("{table: stays, from: came, to: where}", "PBR134 'where' is not a date field of stays"),
        ("{table: stays, from: came, to: came}", "PBR110 'came' is both the first day and the last"),
        ('{table: stays, from: came, to: went, when: "were = 1"}', "PBR021 name 'were' is not known in this row"),
        ("{table: people, from: began, to: began}", "PBR110 'began' is both the first day and the last"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_state_is_said(spell: str, problem: str) -> None:
    """A state has a table, its days, and the rows that make it."""
    text = held("in: [housed], run: unbroken, for: 10 days")
    old = "{table: stays, from: came, to: went, when: \"where = 'home'\"}"
    found = [f"{each.code} {each.message}" for each in small.problems_of(changed((old, spell), text=text))]
    assert any(each.startswith(problem[:60]) for each in found), found


def test_days_held_are_explained(tmp_path: Path, golden: Golden) -> None:
    """The explanation gives the days held, what was needed, each block and period, and every row with its use."""
    more = (
        "  nights: {kind: held, in: [housed], not_in: [jailed], count: days, per: [quarter]}\n"
        "  steady: {kind: held, in: [housed], run: unbroken, for: 60 days, gap: 3 days}\n"
    )
    text = held("in: [housed], run: unbroken, every: 2 weeks, at_most: 3", ("payments:\n", f"{more}payments:\n"))
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    rows = [("2025-05-01", "2025-06-10", "home"), ("2025-06-13", "2025-06-30", "home"), ("2025-07-01", "", "jail")]
    stays = [{"person": "A", "came": came, "went": went, "where": where} for came, went, where in rows]
    pl.DataFrame(stays).write_csv(tmp_path / "stays.csv")
    pl.DataFrame(PEOPLE[:1]).write_csv(tmp_path / "people.csv")
    pl.DataFrame(small.EVENTS[:1]).write_csv(tmp_path / "events.csv")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, "2026-01-31").write(tmp_path / "out")
    golden("tests/golden/explain/days-held.txt", str(pbr.explain(out, "A")))


def test_two_outcomes_over_one_state_are_one_scan(tmp_path: Path) -> None:
    """The runs of the same states in the same window are made once, on the streaming engine."""
    from pbr.decisions import make_query
    from pbr.plan import make_plan
    from tests.test_gather import physical

    more = f"  longer: {{kind: held, in: [housed], run: unbroken, for: 60 days, {YEAR}}}\n"
    text = held(f"in: [housed], run: added_up, for: 30 days, {YEAR}", ("payments:\n", f"{more}payments:\n"))
    blocks = held(f"in: [busy], not_in: [jailed], run: unbroken, every: 30 days, gap: 2 days, {YEAR}")
    stays = pl.DataFrame({"person": ["A"], "came": ["2025-05-01"], "went": ["2025-07-01"], "where": ["home"]})
    frames = small.frames_of(PEOPLE, small.EVENTS) | {"stays": stays}
    for contract, scans in ((text, 3), (blocks, 4)):  # of which two are those of the small contract
        plan = make_plan(small.contract_of(contract), small.LATE)
        tables = {}
        for name, rows in pbr.read_evidence(plan, frames).tables.items():
            rows.collect().write_parquet(tmp_path / f"{name}.parquet")
            tables[name] = pl.scan_parquet(tmp_path / f"{name}.parquet")
        columns, query = make_query(plan, tables)
        assert columns.scans == scans
        labels = [label.split("\n")[0] for label in physical(query).labels]
        assert [label for label in labels if "in-memory" in label] == []
