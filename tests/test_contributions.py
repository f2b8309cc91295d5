"""Who helped: on decisions and lines, in a split between partners, and as a condition; by hand, and at random."""

from __future__ import annotations

import datetime as dt
import random
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pbr
from pbr.cases.reach import USED, reached_by
from pbr.instalments import by_weights
from pbr.uses import use_rows
from tests import small

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.api import Run

TEXT: Final = """\
pbr: 1
contract:
  id: helped
  version: 1
  providers:
    north: {name: North}
    south: {name: South}
    network: {name: The Network}
    friends: {name: Friends and Family}
  currency: GBP
  from: 2025-04-01
  to: 2026-03-31
  statements: quarterly
tables:
  people:
    row_is: person
    fields: {person: id, provider: provider, began: date}
  events:
    row_is: event
    of: person
    fields:
      kind: {type: text, one_of: [done, back]}
      what: {type: text, one_of: [a, b]}
      on: date
  helps:
    row_is: help
    is: contribution
    of: person
    fields:
      who: {type: text, one_of: [provider, peers, family, partner]}
      on: date
      hours: {type: decimal, places: 2, from: 0}
      seen: recorded
cohort:
  of: person
  start: began
  exclude: [{id: early, when: "began < DATE '2025-04-01'"}]
outcomes:
  done: {kind: event, table: events, when: "kind = 'done'", date: on, window: {after: start, for: 3 months}}
  words: {kind: event, table: events, when: "kind = 'back'", date: on, once_per: what}
payments:
  give: {kind: tariff, pays_for: done, price: 10.01}
  take: {kind: tariff, pays_for: words, price: 0.03, takes: yes}
"""
BY_ROWS: Final = "{id: partners, kind: split, by: helps, between: {network: peers, friends: family}}"
BY_HOURS: Final = BY_ROWS.replace("by: helps,", "by: helps.hours,")
LAST: Final = "2026-03-31"


def evaluated(
    helps: list[str],
    *,
    adjustments: str = "",
    events: tuple[str, ...] = ("A done a 2025-05-10",),
    as_at: str = LAST,
    text: str = TEXT,
    people: str = "A north 2025-04-01,B south 2025-04-01,C north 2025-03-31",
) -> Run:
    """Evaluate on helps such as "A peers 2025-05-01 2.5 2025-05-02": of whom, by whom, when, how long, when known.

    A dash is empty; the day on which it was known is that of the help if it is not said.
    """
    rows = []
    for each in helps:
        person, who, day, *more = [None if part == "-" else part for part in each.split()]
        hours, seen = [*more, None, None][:2]
        rows.append({"person": person, "who": who, "on": day, "hours": hours, "seen": seen or day or "2025-04-02"})
    said = dict.fromkeys(["person", "who", "on", "hours", "seen"], pl.String)
    theirs = [dict(zip(["person", "kind", "what", "on"], each.split(), strict=True)) for each in events]
    frames = {
        "people": pl.DataFrame(
            [dict(zip(["person", "provider", "began"], each.split(), strict=True)) for each in people.split(",")]
        ),
        "events": pl.DataFrame(theirs, schema=dict.fromkeys(["person", "kind", "what", "on"], pl.String)),
        "helps": pl.DataFrame(rows, schema=said),
    }
    return pbr.run(small.contract_of(text + written(adjustments)), frames, as_at)


def written(adjustments: str) -> str:
    """Give a list of adjustments in the manner of the file."""
    return "adjustments:\n" + "".join(f"  - {each}\n" for each in adjustments.splitlines()) if adjustments else ""


def helped(done: Run, outcome: str = "done") -> dict[str, str | None]:
    """Say who helped each person with an outcome."""
    rows = done.decisions.rows().filter(pl.col("outcome") == outcome)
    return dict(rows.select("subject", "helped_by").rows())


def paid(done: Run, payment: str = "give") -> dict[str, int]:
    """Sum what each payee has of a payment, without those who have nothing."""
    lines = done.statement.lines().filter(pl.col("payment") == payment)
    sums = dict(lines.group_by("payee").agg(pl.col("amount_minor").sum()).rows())
    return {payee: pence for payee, pence in sums.items() if pence}


def uses(done: Run) -> list[tuple[int, str]]:
    """List the row and the use of each help for who helped."""
    rows = use_rows(done.decisions, done.statement.uses).filter(pl.col("table") == "helps")
    return sorted(rows.filter(pl.col("outcome").is_null()).select("row", "use").rows())


# ---------------------------------------------------------------- decisions and lines


def test_who_helped_stands_in_the_order_of_the_contract_once_each() -> None:
    """Words are those of the contract in its order, whatever the order and number of rows."""
    done = evaluated(["A family 2025-05-01", "A provider 2025-05-09", "A peers 2025-05-02", "A peers 2025-04-02"])
    assert helped(done) == {"A": "provider;peers;family", "B": None, "C": None}
    assert "helped_by" in done.decisions.rows().columns
    line = done.statement.lines().filter(pl.col("payment") == "give")
    assert line.select("subject", "helped_by").rows() == [("A", "provider;peers;family")]
    assert done.statement.lines().columns[-1] == "helped_by"


@pytest.mark.parametrize(
    ("row", "as_at", "who"),
    [
        ("A peers 2025-05-10", LAST, "peers"),  # on the day
        ("A peers 2025-05-11", LAST, None),  # the day after
        ("A peers 2025-05-01 1 2025-09-30", "2025-09-30", "peers"),  # recorded on the as-at date
        ("A peers 2025-05-01 1 2025-10-01", "2025-09-30", None),  # and the day after
        ("A peers 2024-12-31", LAST, "peers"),  # before the contract and the start
        ("A - 2025-05-01", LAST, None),  # nobody is said
        ("A peers - 1", LAST, None),  # no day is said
    ],
)
def test_help_counts_up_to_the_day_as_known(row: str, as_at: str, who: str | None) -> None:
    """Both sides of each boundary of an outcome that is met, on its decision and on its line."""
    done = evaluated([row], as_at=as_at)
    assert helped(done)["A"] == who
    assert done.statement.lines()["helped_by"].to_list() == [who]


@pytest.mark.parametrize(
    ("row", "as_at", "who"),
    [
        ("B peers 2025-07-01", LAST, "peers"),  # the last day of the window
        ("B peers 2025-07-02", LAST, None),
        ("B peers 2025-06-10", "2025-06-10", "peers"),  # while it is pending, up to the as-at date
        ("B peers 2025-06-11 1 2025-06-10", "2025-06-10", None),  # a day that is still to come
    ],
)
def test_of_what_is_not_met_help_counts_up_to_the_end_of_the_window(row: str, as_at: str, who: str | None) -> None:
    """Or up to the as-at date, if that is earlier."""
    assert helped(evaluated([row], as_at=as_at))["B"] == who


def test_without_a_window_help_counts_up_to_the_as_at_date() -> None:
    """An outcome without a window is looked at on the day of the question."""
    for day, who in (("2025-10-01", "family"), ("2025-10-02", None)):
        assert helped(evaluated([f"B family {day} 1 2025-04-02"], as_at="2025-10-01"), "words")["B"] == who


def test_each_line_says_who_had_helped_by_its_own_day() -> None:
    """Two words of one outcome, earned before and after the peers came."""
    events = ("A back a 2025-05-10", "A back b 2025-06-10")
    done = evaluated(["A provider 2025-05-10", "A peers 2025-05-11"], events=events)
    lines = done.statement.lines().select("occurrence", "helped_by").rows()
    assert lines == [("a", "provider"), ("b", "provider;peers")]
    assert helped(done, "words")["A"] == "provider"  # on the day of the first
    assert uses(done) == [(2, "used"), (3, "used")]


def test_who_is_left_out_was_helped_by_nobody() -> None:
    """C began too early; what was done for C is not included."""
    done = evaluated(["C peers 2025-05-01"])
    assert helped(done)["C"] is None
    assert uses(done) == [(2, "not_included")]


def test_without_a_table_of_contributions_the_column_is_empty() -> None:
    """The columns are always there."""
    done = small.run()
    assert done.decisions.rows()["helped_by"].null_count() == done.decisions.rows().height
    assert done.statement.lines()["helped_by"].null_count() == done.statement.lines().height


def test_a_fee_and_a_measure_are_of_nobody() -> None:
    """A line and a decision of no subject say nothing of help."""
    text = TEXT.replace("payments:\n", "  rate: {kind: measure, of: done, per: [provider]}\npayments:\n")
    text += "  service: {kind: fee, amount: 12.00}\n"
    done = evaluated(["A peers 2025-05-01"], text=text)
    assert helped(done, "rate") == {None: None}
    fees = done.statement.lines().filter(pl.col("payment") == "service")
    assert fees.height == 4
    assert fees["helped_by"].null_count() == 4


def test_every_row_that_says_who_helped_has_a_use() -> None:
    """Read is refused, used and unused together; a copy is the same row, and what says nobody is not asked for."""
    rows = [
        "A peers 2025-05-10",
        "A peers 2025-05-10",
        "A peers 2026-03-31",  # A has done it, and the second outcome has no window
        "B peers 2026-04-01 1 2026-03-31",
        "B peers 2025-05-10 1 2026-04-01",
        "C peers 2025-05-10",
        "A - 2025-05-10",
        "A peers -",
        "D peers 2025-05-10",
        "A peers 2025-05-10 -1",
        "A pers 2025-05-10",
    ]
    done = evaluated(rows)
    assert uses(done) == [
        (2, "used"),
        (3, "same_row"),
        (4, "used"),
        (5, "not_yet_recorded"),
        (6, "not_yet_recorded"),
        (7, "not_included"),
        (8, "unasked"),
        (9, "unasked"),
    ]
    assert done.evidence.counts["helps"].read == 11 == done.evidence.counts["helps"].refused + 8
    assert set(done.evidence.refused["code"]) == {"PBR222", "PBR214", "PBR216"}


def test_help_after_every_day_that_is_looked_at_is_after_the_window() -> None:
    """Where nothing is open any more, a row changes nothing that is written."""
    text = TEXT.replace("  words:", "  other:").replace("once_per: what}", "window: {after: start, for: 1 month}}")
    text = text.replace("  take: {kind: tariff, pays_for: words, price: 0.03, takes: yes}\n", "")
    done = evaluated(
        ["A peers 2025-05-10", "A peers 2025-05-11", "B peers 2025-07-01", "B peers 2025-07-02"], text=text
    )
    assert uses(done) == [(2, "used"), (3, "after_window"), (4, "used"), (5, "after_window")]


# ---------------------------------------------------------------- split


@pytest.mark.parametrize(
    ("helps", "expected"),
    [
        # 10.01 by rows: 2 of the provider, 1 of peers: 3.33666 to the network, and the penny to the larger remainder
        (["A provider 2025-05-01", "A provider 2025-05-02", "A peers 2025-05-03"], {"north": 667, "network": 334}),
        (["A peers 2025-05-10"], {"network": 1001}),  # on the day
        (["A peers 2025-05-11"], {"north": 1001}),  # the day after: nobody helped by the day
        (["A peers 2025-05-10 1 2026-03-31"], {"network": 1001}),  # recorded on the as-at date
        (["A peers 2025-05-10 1 2026-04-01"], {"north": 1001}),  # and after it
        (["B peers 2025-05-10"], {"north": 1001}),  # somebody else
        (["A partner 2025-05-10", "A provider 2025-05-10"], {"north": 1001}),  # words that name no payee
        # equal remainders of 500.5 each: the first in the file has the penny, and the payee of the line is last
        (["A peers 2025-05-01", "A family 2025-05-01"], {"network": 501, "friends": 500}),
        (["A provider 2025-05-01", "A family 2025-05-01"], {"friends": 501, "north": 500}),
        (["A - 2025-05-01", "A peers 2025-05-01"], {"network": 1001}),
        ([], {"north": 1001}),
    ],
)
def test_a_line_is_shared_by_the_rows_of_who_helped(helps: list[str], expected: dict[str, int]) -> None:
    """In proportion, to the penny; where nobody helped, all stays where it was."""
    assert paid(evaluated(helps, adjustments=BY_ROWS)) == expected


@pytest.mark.parametrize(
    ("helps", "expected"),
    [
        (
            ["A provider 2025-05-01 7.5", "A peers 2025-05-02 1.5", "A peers 2025-05-03 1"],
            {"north": 751, "network": 250},
        ),
        (["A provider 2025-05-01 0", "A peers 2025-05-01 0"], {"north": 1001}),  # for no hour
        (["A provider 2025-05-01 0", "A peers 2025-05-01 0.01"], {"network": 1001}),
        (["A provider 2025-05-01 1", "A peers 2025-05-01 -"], {"north": 1001}),  # how long is not said
        (["A peers 2025-05-01 -"], {"north": 1001}),
        (["A peers 2025-05-10 1", "A family 2025-05-11 3"], {"network": 1001}),
    ],
)
def test_a_line_is_shared_by_the_hours_of_who_helped(helps: list[str], expected: dict[str, int]) -> None:
    """A number is added up; a row without one is refused, since it would be counted as nothing."""
    done = evaluated(helps, adjustments=BY_HOURS)
    assert paid(done) == expected
    codes = done.decisions.evidence.refused.select("column", "code").rows()
    assert codes == [("hours", "PBR211")] * sum(each.endswith("-") for each in helps)


def test_a_payee_has_several_words_and_may_be_the_payee_of_the_line() -> None:
    """North is paid for its own words and for what nobody else is paid for."""
    terms = "{id: partners, kind: split, by: helps, between: {network: [peers, partner], north: provider}}"
    helps = ["A peers 2025-05-01", "A partner 2025-05-01", "A provider 2025-05-01", "A family 2025-05-01"]
    assert paid(evaluated(helps, adjustments=terms)) == {"network": 501, "north": 500}
    theirs = [each.replace("A ", "B ") for each in helps]
    done = evaluated(theirs, adjustments=terms, events=("B done a 2025-05-10",))
    assert paid(done) == {"network": 501, "north": 250, "south": 250}  # the penny of the remainders 0.5, 0.25, 0.25


def test_what_is_taken_is_shared_alike() -> None:
    """A charge of 0.03 is borne in the same proportions, and the penny by the first in the file."""
    helps = ["A provider 2025-05-01", "A peers 2025-05-01"]
    done = evaluated(helps, adjustments=BY_ROWS, events=("A back a 2025-05-10",))
    assert paid(done, "take") == {"network": -2, "north": -1}
    only = BY_ROWS.replace("}}", "}, only: gains}")
    assert paid(evaluated(helps, adjustments=only, events=("A back a 2025-05-10",)), "take") == {"north": -3}


def test_lines_are_told_apart_and_keep_their_total() -> None:
    """What goes to others is taken from the payee of the line, in lines of their own that cite who helped."""
    helps = ["A provider 2025-05-01", "A peers 2025-05-02", "A family 2025-05-11"]
    done = evaluated(helps, adjustments=BY_ROWS)
    lines = done.statement.lines()
    shown = lines.select("adjustment", "reason", "provider", "payee", "quantity", "amount_minor", "helped_by")
    assert shown.rows() == [
        ("-", "price", "north", "north", "1", 1001, "provider;peers"),
        ("partners", "split", "north", "network", None, 501, "provider;peers"),
        ("partners", "split", "north", "north", None, -501, "provider;peers"),
    ]
    assert not [name for name in done.entitlement.frame.columns if name.startswith("given.")]
    first, *others = [each.split(";") for each in lines["evidence"]]
    assert [name.partition(":")[0] for name in first] == ["events", "people"]
    for each in others:
        assert [name.partition(":")[0] for name in each] == ["events", "helps", "helps", "people"]
        assert set(first) < set(each)


def test_lines_of_a_person_that_were_made_before_are_shared_and_those_of_a_group_are_not() -> None:
    """A floor for each person belongs to a subject; one for each provider belongs to nobody that was helped."""
    for per, expected in (("person", {"network": 2000}), ("provider", {"network": 1001, "north": 999, "south": 2000})):
        floor = f"{{id: least, kind: floor, at_least: 20.00, per: [{per}], on: [give]}}"
        split = BY_ROWS.replace("}}", "}, on: [give]}")
        done = evaluated(["A peers 2025-05-01"], adjustments=f"{floor}\n{split}")
        lines = done.statement.lines()
        found = dict(lines.group_by("payee").agg(pl.col("amount_minor").sum()).rows())
        assert {name: pence for name, pence in found.items() if pence} == {
            name: pence for name, pence in expected.items() if name != "south"
        }
        assert lines["line_id"].n_unique() == lines.height


def test_a_split_of_some_people_and_payments() -> None:
    """`where` and `on` limit it as they limit one by shares; a cap after it is of each payee."""
    where = BY_ROWS.replace("}}", "}, where: \"provider = 'south'\"}")
    assert paid(evaluated(["A peers 2025-05-01"], adjustments=where)) == {"north": 1001}
    on = BY_ROWS.replace("}}", "}, on: [take]}")
    assert paid(evaluated(["A peers 2025-05-01"], adjustments=on)) == {"north": 1001}
    cap = f"{BY_ROWS}\n{{id: most, kind: cap, at_most: 4.00, per: [provider], on: [give, take]}}"
    done = evaluated(["A peers 2025-05-01", "A provider 2025-05-01"], adjustments=cap)
    assert paid(done) == {"network": 400, "north": 400}


def test_a_cohort_without_providers_keeps_what_goes_to_nobody() -> None:
    """Lines of no payee are shared too; what stays, stays nobody's."""
    text = TEXT.replace("person: id, provider: provider, began: date", "person: id, began: date")
    done = evaluated(["A provider 2025-05-01", "A peers 2025-05-01"], adjustments=BY_ROWS, text=text)
    assert paid(done) == {"": 500, "network": 501}


def test_cases_reach_a_split_only_where_somebody_else_helped() -> None:
    """A line that stays whole is not shared."""
    for helps, used in ((["A provider 2025-05-01"], set()), (["A peers 2025-05-01"], {USED})):
        done = evaluated(helps, adjustments=BY_ROWS)
        assert {term.how for term in reached_by(done.entitlement) if term.name == "partners"} == used


def test_a_later_record_of_help_moves_what_was_stated() -> None:
    """The next statement has the difference of each payee, and the sum of both is as if it had been known."""
    helps = ["A provider 2025-05-01", "A peers 2025-05-02 1 2025-09-01"]
    before = evaluated(helps, adjustments=BY_ROWS, as_at="2025-06-30").statement.lines()
    after = evaluated(helps, adjustments=BY_ROWS)
    change = pbr.statement.make_statement(after.entitlement, before).lines()
    assert sorted(change.select("payee", "amount_minor").rows()) == [("network", 501), ("north", -501)]


def test_hours_of_any_size_are_shared_exactly() -> None:
    """The most that a price may be, and sums of hours that 64 bits cannot hold."""
    text = TEXT.replace("price: 10.01", "price: 999999999999.99").replace("decimal, places: 2,", "whole,")
    most = 10**18 - 1
    helps = [f"A provider 2025-04-{day:02} {most - day}" for day in range(2, 30)]
    helps += [f"A peers 2025-04-{day:02} {most}" for day in range(2, 9)] + ["A family 2025-04-02 1"]
    found = paid(evaluated(helps, adjustments=BY_HOURS, text=text))
    hours = {"network": 7 * most, "friends": 1, "north": sum(most - day for day in range(2, 30))}
    whole, total = 99_999_999_999_999, sum(hours.values())
    assert sum(found.values()) == whole
    assert all(abs(found.get(name, 0) - Fraction(whole * part, total)) < 1 for name, part in hours.items())


# ---------------------------------------------------------------- help from outside as a condition

TOGETHER: Final = TEXT.replace(
    "payments:\n",
    """\
  joined: {kind: fact, when: "any(helps, who <> 'provider' AND on <= done.date)", window: {from: start, for: 5 months}}
  together: {kind: combine, need: all, of: [done, joined]}
payments:
  jointly: {kind: tariff, pays_for: together, price: 5.00}
""",
)


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ("A peers 2025-05-10", "met"),
        ("A peers 2025-05-11", "not_met"),
        ("A provider 2025-05-10", "not_met"),
        ("A peers 2025-05-10 1 2026-04-01", "not_met"),
    ],
)
def test_an_outcome_may_need_help_from_outside(row: str, state: str) -> None:
    """By a condition on the rows of who helped, up to the day of another outcome; a use for each that reads them."""
    done = evaluated([row], text=TOGETHER)
    rows = done.decisions.rows().filter(pl.col("subject") == "A")
    assert dict(rows.select("outcome", "state").rows())["together"] == state
    assert paid(done, "jointly") == ({"north": 500} if state == "met" else {})
    read = use_rows(done.decisions, done.statement.uses).filter(pl.col("table") == "helps")
    assert (None, "used") in read.select("outcome", "use").rows() or "2026" in row
    if state == "met":
        assert ("joined", "used") in read.select("outcome", "use").rows()
        evidence = done.statement.lines().filter(pl.col("payment") == "jointly")["evidence"][0]
        assert "helps:" in evidence


def test_a_split_of_what_needed_help_cites_each_row_once() -> None:
    """The row that the condition read and the split counted stands there once."""
    done = evaluated(["A peers 2025-05-10"], text=TOGETHER, adjustments=BY_ROWS)
    for evidence in done.statement.lines().filter(pl.col("payment") == "jointly")["evidence"]:
        names = evidence.split(";")
        assert len(names) == len(set(names))
        assert names == sorted(names)


def test_the_order_of_payees_is_a_term() -> None:
    """The first of equal remainders has the penny, so that another order is another contract."""

    def signed(split: str) -> str:
        return small.contract_of(TEXT + written(split)).fingerprint

    turned = BY_ROWS.replace("network: peers, friends: family", "friends: family, network: peers")
    helps = ["A peers 2025-05-01", "A family 2025-05-01"]
    assert paid(evaluated(helps, adjustments=turned)) == {"friends": 501, "network": 500}
    assert signed(turned) != signed(BY_ROWS)
    shares = "{id: partners, kind: split, between: {network: 50%, friends: 50%}, on: [give]}"
    assert signed(shares) != signed(shares.replace("network: 50%, friends: 50%", "friends: 50%, network: 50%"))
    assert signed(BY_ROWS) == signed(BY_ROWS.replace("kind: split, by: helps,", "by: helps,  kind: split,"))


# ---------------------------------------------------------------- whose rows

OWNED: Final = TEXT.replace(
    "    row_is: person\n    fields: {person: id, provider: provider, began: date}\n",
    "    row_is: episode\n    of: person\n    key: [episode]\n"
    "    fields: {episode: id, provider: provider, began: date}\n"
    "  persons: {row_is: person, fields: {person: id}}\n",
).replace("of: person\n  start", "of: episode\n  start")


def test_help_for_somebody_counts_for_each_of_their_episodes() -> None:
    """Rows that belong to a person stand for every episode, each up to its own day; sent once, they have one use."""
    frames = {
        "persons": pl.DataFrame({"person": ["A", "B"]}),
        "people": pl.DataFrame(
            {
                "episode": ["A1", "A2"],
                "person": ["A", "A"],
                "provider": ["north", "south"],
                "began": ["2025-04-01", "2025-04-20"],
            }
        ),
        "events": pl.DataFrame({"person": ["A"], "kind": ["done"], "what": ["a"], "on": ["2025-05-10"]}),
        "helps": pl.DataFrame(
            {
                "person": ["A", "A", "B"],
                "who": ["peers", "family", "peers"],
                "on": ["2025-05-10", "2025-05-11", "2025-05-10"],
                "hours": ["1", "1", "1"],
                "seen": ["2025-05-12"] * 3,
            }
        ),
    }
    done = pbr.run(small.contract_of(OWNED + written(BY_ROWS)), frames, LAST)
    assert helped(done) == {"A1": "peers", "A2": "peers"}
    assert paid(done) == {"network": 2002}
    assert uses(done) == [(2, "used"), (3, "used"), (4, "not_included")]
    table = [row for row in use_rows(done.decisions, done.statement.uses).rows() if row[0] == "helps"]
    assert len(table) == 3


def test_whole_ids_and_files_in_parquet_are_helped_alike(tmp_path: Path) -> None:
    """Persons named by whole numbers, and rows that stay on disk, are shared and explained like any other."""
    text = small.changed(("person: id,", "person: {type: id, of: whole},"), text=TEXT)
    (tmp_path / "contract.yaml").write_text(text + written(BY_ROWS), encoding="utf-8")
    frames = {
        "people": {"person": ["7", "12"], "provider": ["north"] * 2, "began": ["2025-04-01"] * 2},
        "events": {"person": ["7", "12"], "kind": ["done"] * 2, "what": ["a"] * 2, "on": ["2025-05-10"] * 2},
        "helps": {
            "person": ["12", "12", "7"],
            "who": ["peers", "family", "provider"],
            "on": ["2025-05-10"] * 3,
            "hours": ["1"] * 3,
            "seen": ["2025-05-10"] * 3,
        },
    }
    for name, columns in frames.items():
        pl.DataFrame(columns).write_parquet(tmp_path / f"{name}.parquet")
    done = pbr.run(tmp_path / "contract.yaml", tmp_path, LAST)
    assert paid(done) == {"north": 1001, "network": 501, "friends": 500}
    assert list(helped(done).values()) == ["provider", "peers;family"]
    said = str(pbr.explain(done.write(tmp_path / "out"), "12"))
    assert "whose part is 1 of 2 contributions (" in said


# ---------------------------------------------------------------- laws


@given(
    wholes=st.lists(st.integers(-(2**63) + 1, 2**63 - 1), min_size=1, max_size=4),
    weights=st.lists(st.integers(0, 2**95), min_size=1, max_size=5).filter(any),
)
def test_parts_by_weights_add_up_to_the_whole(wholes: list[int], weights: list[int]) -> None:
    """On any amounts and weights, as a second reckoning in whole numbers says."""
    kinds = {"whole": pl.Int64, **{f"w{place}": pl.Int128 for place in range(len(weights))}}
    frame = pl.DataFrame([(whole, *weights) for whole in wholes], schema=kinds, orient="row")
    parts = by_weights(frame, "whole", [f"w{place}" for place in range(len(weights))], "part")
    assert parts.columns == [*kinds, *(f"part{place}" for place in range(len(weights)))]
    for whole, *got in parts.select("whole", *parts.columns[len(kinds) :]).iter_rows():
        assert got == shared(whole, weights)


def shared(whole: int, weights: list[int]) -> list[int]:
    """Share a whole by weights: whole pennies first, then one each by the largest remainder, then by place."""
    exact = [Fraction(abs(whole) * weight, sum(weights)) for weight in weights]
    parts = [int(each) for each in exact]
    order = sorted(range(len(weights)), key=lambda place: (parts[place] - exact[place], place))
    for place in order[: abs(whole) - sum(parts)]:
        parts[place] += 1
    return [part if whole >= 0 else -part for part in parts]


ROWS: Final = st.lists(
    st.tuples(
        st.sampled_from("AB"),
        st.sampled_from(["provider", "peers", "family", "partner", "-"]),
        st.dates(dt.date(2025, 4, 25), dt.date(2025, 5, 25)),
        st.sampled_from(["0", "0.01", "1", "2.5", "999999999999999.99", "-"]),
        st.sampled_from(["2025-05-25", "2026-03-31", "2026-04-01"]),
    ),
    max_size=8,
    unique=True,
)


@given(
    rows=ROWS,
    days=st.lists(st.dates(dt.date(2025, 5, 1), dt.date(2025, 5, 20)), min_size=1, max_size=2),
    by=st.sampled_from(["helps", "helps.hours"]),
    between=st.sampled_from(
        [
            {"network": ["peers"], "friends": ["family"]},
            {"north": ["provider"], "network": ["family", "peers", "partner"]},
        ]
    ),
    seed=st.integers(0, 100),
)
def test_a_split_by_who_helped_is_as_reckoned_by_hand(
    rows: list[tuple[str, str, dt.date, str, str]],
    days: list[dt.date],
    by: str,
    between: dict[str, list[str]],
    seed: int,
) -> None:
    """Parts of each line add up to it and are those of a second reckoning; no order of rows changes a byte."""
    said = [" ".join(map(str, row)) for row in rows]
    events = [f"{person} done a {day}" for person, day in zip("AB", days, strict=False)]
    payees = ", ".join(f"{name}: [{', '.join(words)}]" for name, words in between.items())
    terms = f"{{id: partners, kind: split, by: {by}, between: {{{payees}}}}}"
    done = evaluated(said, adjustments=terms, events=tuple(events)).statement.lines()
    for person, day in zip("AB", days, strict=False):
        mine = done.filter(pl.col("subject") == person)
        assert mine["amount_minor"].sum() == 1001
        taken = [row for row in rows if by == "helps" or row[3] != "-"]  # a row without hours is refused
        known = [row for row in taken if row[0] == person and row[1] != "-" and row[2] <= day and row[4] <= LAST]
        order = {"provider": 0, "peers": 1, "family": 2, "partner": 3}
        words = ";".join(sorted({row[1] for row in known}, key=order.__getitem__)) or None
        assert set(mine["helped_by"]) == {words}
        own = "north" if person == "A" else "south"
        whose = {word: name for name, theirs in between.items() for word in theirs}
        weights = dict.fromkeys([*between, own], Fraction(0))
        for row in known:
            weights[whose.get(row[1], own)] += 1 if by == "helps" else Fraction(row[3].replace("-", "0"))
        if not sum(weights.values()):
            weights[own] = Fraction(1)
        expected = dict(zip(weights, shared(1001, [int(each * 100) for each in weights.values()]), strict=True))
        sums = dict(mine.group_by("payee").agg(pl.col("amount_minor").sum()).rows())
        assert {name: part for name, part in sums.items() if part} == {k: v for k, v in expected.items() if v}
    random.Random(seed).shuffle(said)  # noqa: S311  # a seeded choice
    again = evaluated(said, adjustments=terms, events=tuple(events[::-1])).statement.lines()
    assert again.equals(done)


# ---------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("is: contribution\n    of: person\n", "is: contribution\n    of: event\n", ["PBR130"]),
        ("is: contribution\n", "is: contributions\n", ["PBR106"]),
        ("    is: contribution\n    of: person\n", "    is: contribution\n    of: persn\n", ["PBR111"]),
        ("cohort:\n  of: person\n", "cohort:\n  of: persn\n", ["PBR111"]),
        ("hours: {type: decimal, places: 2, from: 0}", "hours: {type: decimal, places: 2, from: -1}", ["PBR191"]),
        ("hours: {type: decimal, places: 2, from: 0}", "hours: {type: whole, from: 0, to: 24}", []),
        ("      hours: {type: decimal, places: 2, from: 0}\n", "", []),
        ("who: {type: text, one_of: [provider, peers, family, partner]}", "who: text", ["PBR191"]),
        ("who: {type: text, one_of", "who: {type: txt, one_of", ["PBR131"]),
        ("on: date\n      hours", "on: {type: dat}\n      hours", ["PBR131"]),
        ("      on: date\n      hours", "      on: date\n      until: date\n      hours", ["PBR191"]),
        ("from: 0}", "from: 0, to: -1}", ["PBR113"]),
    ],
)
def test_what_is_wrong_with_a_table_of_contributions_is_said(old: str, new: str, codes: list[str]) -> None:
    """Its fields say who, when and perhaps how much, and nothing is said twice of a field that could not be read."""
    assert [each.code for each in small.problems_of(small.changed((old, new), text=TEXT))] == codes


@pytest.mark.parametrize(("of", "codes"), [("person", []), ("centre", ["PBR190"]), ("help", ["PBR130"])])
def test_contributions_are_about_subjects_or_whom_these_belong_to(of: str, codes: list[str]) -> None:
    """A table of others, or one without a cohort at all, says of nobody who helped."""
    text = small.changed(("of: person\n    fields:\n      who", f"of: {of}\n    fields:\n      who"), text=TEXT)
    text = text.replace("  helps:\n", "  centres: {row_is: centre, fields: {centre: id}}\n  helps:\n")
    assert [each.code for each in small.problems_of(text)] == codes
    nobody = text[: text.index("cohort:")] + "outcomes:\n  n: {kind: measure, of: centres, take: n}\n"
    assert "PBR190" in [each.code for each in small.problems_of(nobody)] or of == "help"


@pytest.mark.parametrize(
    ("terms", "codes"),
    [
        ("by: helps, between: {network: peers}", []),
        ("by: helps.hours, between: {network: peers}", []),
        ("by: helps.hours, between: {}", ["PBR192"]),
        ("by: helps.on, between: {network: peers}", ["PBR192"]),
        ("by: events, between: {network: peers}", ["PBR192"]),
        ("by: helps, between: {network: []}", ["PBR192"]),
        ("by: helps, between: {nobody: peers}", ["PBR111"]),
        ("by: helps, between: {network: 50%}", ["PBR111"]),
        ("by: helps, between: {network: [peers, peers]}", ["PBR110"]),
        ("by: helps, between: {network: peers}, per: [person]", ["PBR193"]),
        ("between: {network: [peers, family]}", ["PBR109"]),
        ("between: {network: peers}", ["PBR109"]),
    ],
)
def test_what_is_wrong_with_a_split_by_contributions_is_said(terms: str, codes: list[str]) -> None:
    """Each payee has words of the table, each word one payee, and what is counted is there."""
    text = TEXT + written(f"{{id: x, kind: split, {terms}}}")
    assert [each.code for each in small.problems_of(text)] == codes


def test_a_split_by_contributions_leaves_out_what_is_paid_for_groups() -> None:
    """A rate of a provider was helped by nobody; named payments of persons are divided."""
    text = TEXT.replace("payments:\n", "  rate: {kind: measure, of: done, per: [provider]}\npayments:\n")
    text += "  rated: {kind: tariff, pays_for: rate, price: 5.00}\n"
    for more, codes in ((", on: [give]", []), (", on: [give, rated]", ["PBR193"]), ("", ["PBR193"])):
        terms = BY_ROWS.replace("}}", f"}}{more}}}")
        assert [each.code for each in small.problems_of(text + written(terms))] == codes


def test_a_table_without_a_number_is_counted_by_rows_only() -> None:
    """There are no hours to be added up."""
    text = TEXT.replace("      hours: {type: decimal, places: 2, from: 0}\n", "")
    assert small.problems_of(text + written(BY_ROWS)) == ()
    (problem,) = small.problems_of(text + written(BY_HOURS))
    assert (problem.code, "write helps;" in problem.message + ";") == ("PBR192", True)


def test_a_decimal_field_may_have_a_range() -> None:
    """Both ends are counted in; what lies beyond is refused, in text and in typed columns."""
    text = TEXT.replace("places: 2, from: 0}", "places: 2, from: 0, to: 24}")
    hours = ["-0.01", "0", "24", "24.01"]
    done = evaluated([f"A peers 2025-05-0{place} {each}" for place, each in enumerate(hours, 1)], text=text)
    found = done.evidence.refused.select("row", "code", "message").rows()
    assert found == [(2, "PBR214", "'-0.01' is below 0"), (5, "PBR214", "'24.01' is above 24")]
    wide = TEXT.replace("places: 2, from: 0}", f"places: 9, from: 0, to: {10**17}}}")
    done = evaluated(["A peers 2025-05-01 999999999.999999999"], text=wide)
    assert done.evidence.refused.is_empty()


# ---------------------------------------------------------------- explained


def test_who_helped_is_explained(tmp_path: Path) -> None:
    """Once each row with its place, and of each outcome and line who helped, and whose part is which."""
    (tmp_path / "contract.yaml").write_text(TEXT + written(BY_HOURS), encoding="utf-8")
    (tmp_path / "people.csv").write_text("person,provider,began\nA,north,2025-04-01\nB,south,2025-04-01\n", "utf-8")
    (tmp_path / "events.csv").write_text("person,kind,what,on\nA,done,a,2025-05-10\n", encoding="utf-8")
    helps = "person,who,on,hours,seen\nA,peers,2025-05-10,2.5,2025-05-10\nA,provider,2025-05-01,1,2025-05-01\n"
    helps += "A,family,2025-05-02,8,2026-04-01\nA,,2025-05-02,8,2025-05-02\n"
    (tmp_path / "helps.csv").write_text(helps, encoding="utf-8")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, LAST).write(tmp_path / "out")
    said = str(pbr.explain(out, "A"))
    rows = [line for line in said.splitlines() if line.startswith("help ")]
    assert [line.partition(",")[0] for line in rows] == [
        f"help         helps.csv row {row}: person A" for row in (2, 3, 4)
    ]
    assert rows[2].endswith(" - it was not recorded, or not yet dated, by the as-at date")
    assert said.count("\n  helped by  provider, peers\n") == 3  # two outcomes, and the line
    assert "on the account of The Network, whose part is 2.5 of 3.5 hours (" in said
    assert "on the account of North, whose part is 1 of 3.5 hours (" in said
    assert "helped by" not in str(pbr.explain(out, "B"))
    (tmp_path / "contract.yaml").write_text(TEXT + written(BY_ROWS), encoding="utf-8")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, LAST).write(tmp_path / "out")
    assert "whose part is 1 of 2 contributions (" in str(pbr.explain(out, "A"))


def test_hours_that_are_sensitive_are_not_told(tmp_path: Path) -> None:
    """The split is shown and its figures are not."""
    text = TEXT.replace("places: 2, from: 0}", "places: 2, from: 0, sensitive: true}")
    (tmp_path / "contract.yaml").write_text(text + written(BY_HOURS), encoding="utf-8")
    (tmp_path / "people.csv").write_text("person,provider,began\nA,north,2025-04-01\n", encoding="utf-8")
    (tmp_path / "events.csv").write_text("person,kind,what,on\nA,done,a,2025-05-10\n", encoding="utf-8")
    (tmp_path / "helps.csv").write_text("person,who,on,hours,seen\nA,peers,2025-05-10,77,2025-05-10\n", "utf-8")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, LAST).write(tmp_path / "out")
    said = str(pbr.explain(out, "A"))
    assert "on the account of The Network (" in said
    assert "77" not in said.partition("row ")[2]
