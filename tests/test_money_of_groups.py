"""Caps in every order, what they carry, factors and floors of groups, and gates: worked out by hand, line by line."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, TypeAlias

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pbr
from tests import small

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.api import Run
    from tests.conftest import Golden

Line: TypeAlias = "tuple[str, str, str, int]"

TEXT: Final = """\
pbr: 1
contract:
  id: groups
  title: Money of groups
  version: 1
  providers: {north: {name: North}, south: {name: South}}
  currency: GBP
  from: 2025-04-01
  to: 2026-03-31
  statements: quarterly
tables:
  people:
    row_is: person
    fields:
      person: id
      provider: provider
      began: date
      level: {type: text, one_of: [high, low]}
  events:
    row_is: event
    of: person
    fields:
      kind: {type: text, one_of: [done, back, harm]}
      what: {type: text, one_of: [a, b, c, d]}
      on: date
      seen: recorded
cohort: {of: person, start: began}
values:
  prices: {by: what, a: 6.00, b: 4.00, c: 4.01, d: 10.00}
outcomes:
  done: {kind: event, table: events, when: "kind = 'done'", date: on, once_per: what}
  back: {kind: event, table: events, when: "kind = 'back'", date: on, once_per: what}
  harmed: {kind: event, table: events, when: "kind = 'harm'", date: on, window: {from: start, for: 3 months}}
payments:
  give: {kind: tariff, clause: "4.1", pays_for: done, price: prices}
  take: {kind: tariff, clause: "4.2", pays_for: back, price: prices, takes: yes}
adjustments:
"""

PEOPLE: Final = {"A": ("north", "high"), "B": ("south", "low"), "C": ("north", "low")}
LAST: Final = "2026-03-31"


def evaluated(adjustments: str, events: list[str], *, as_at: str = LAST, text: str = TEXT) -> Run:
    """Evaluate with adjustments, each a line of the list, on events such as "A a 2025-04-10" and when it was known.

    A word with a minus is taken back, and the word "harm" is harm.
    """
    rows = []
    for event in events:
        person, what, day, *seen = event.split()
        kind = "harm" if what == "harm" else "back" if what.startswith("-") else "done"
        what = "a" if what == "harm" else what.removeprefix("-")
        rows.append({"person": person, "kind": kind, "what": what, "on": day, "seen": seen[0] if seen else day})
    people = [
        {"person": name, "provider": provider, "began": "2025-04-01", "level": level}
        for name, (provider, level) in PEOPLE.items()
    ]
    frames = {
        "people": pl.DataFrame(people),
        "events": pl.DataFrame(rows, schema=dict.fromkeys(["person", "kind", "what", "on", "seen"], pl.String)),
    }
    return pbr.run(small.contract_of(text + written(adjustments)), frames, as_at)


def written(adjustments: str) -> str:
    """Give the items of the list in the manner of the file."""
    return "".join(f"  - {each}\n" for each in adjustments.splitlines())


def lines(adjustments: str, events: list[str], *, as_at: str = LAST, text: str = TEXT) -> list[Line]:
    """List person (or payee, in capitals), occurrence, adjustment and pence, in the order of the statement."""
    found = evaluated(adjustments, events, as_at=as_at, text=text).statement.lines()
    return [
        (row["subject"] or (row["payee"] or "").upper(), row["occurrence"], row["adjustment"], row["amount_minor"])
        for row in found.iter_rows(named=True)
    ]


def changes(adjustments: str, events: list[str], *, as_at: str = LAST, text: str = TEXT) -> list[Line]:
    """List only what adjustments made."""
    return [line for line in lines(adjustments, events, as_at=as_at, text=text) if line[2] != "-"]


# ---------------------------------------------------------------- caps: scopes and orders


def test_a_cap_may_be_for_each_outcome_or_payment() -> None:
    """Per payment or outcome a provider has one sum for each; what takes fills none."""
    most = "{id: most, kind: cap, at_most: 10.00, per: [provider, payment]}"
    events = ["A a 2025-04-10", "A c 2025-04-11", "C -d 2025-04-12", "B d 2025-04-13"]
    assert changes(most, events) == [("A", "c", "most", -1)]
    assert changes(most.replace("payment]", "outcome]"), events) == [("A", "c", "most", -1)]


def test_a_cap_in_the_order_in_which_lines_were_known() -> None:
    """What was known first is paid first, whenever it was achieved; of one day the order is that of achievement."""
    most = "{id: most, kind: cap, at_most: 10.00, per: [provider]}"
    events = ["A a 2025-04-10 2025-06-01", "A b 2025-04-20 2025-05-01", "C c 2025-04-15 2025-06-01"]
    assert sorted(changes(most, events)) == [("A", "b", "most", -400), ("C", "c", "most", -1)]
    known = most.replace("per:", "order: known, per:")
    assert changes(known, events) == [("C", "c", "most", -401)]
    together = [event.replace("2025-06-01", "2025-05-01") for event in events]
    assert sorted(changes(known, together)) == sorted(changes(most, together))


def test_a_cap_in_the_order_of_a_list_of_payments() -> None:
    """The payments named come before the others, in their order, whatever their days."""
    second = "  later: {kind: tariff, pays_for: done, price: 1.00}\nadjustments:\n"
    text = TEXT.replace("adjustments:\n", second)
    most = "{id: most, kind: cap, at_most: 7.00, per: [provider]}"
    events = ["A a 2025-04-10", "A b 2025-05-10"]

    def cut(terms: str) -> list[tuple[str, str, int]]:
        found = evaluated(terms, events, text=text).statement.lines().filter(pl.col("adjustment") == "most")
        return sorted(found.select("payment", "occurrence", "amount_minor").rows())

    assert cut(most) == [("give", "b", -400), ("later", "b", -100)]
    assert cut(most.replace("per:", "order: [later], per:")) == [("give", "a", -100), ("give", "b", -400)]
    assert cut(most.replace("per:", "order: [later, give], per:")) == [("give", "a", -100), ("give", "b", -400)]
    assert cut(most.replace("per:", "order: [give], per:")) == [
        ("give", "b", -300),
        ("later", "a", -100),
        ("later", "b", -100),
    ]


@pytest.mark.parametrize(
    ("events", "cuts"),
    [
        (["A a 2025-04-10", "A b 2025-04-11"], []),
        (["A a 2025-04-10", "A c 2025-04-11"], [("A", "c", "most", -401)]),
        (["A c 2025-04-10", "A a 2025-04-11", "A b 2025-04-12"], [("A", "a", "most", -600), ("A", "b", "most", -400)]),
        (["A a 2025-04-10", "C c 2025-04-10", "C b 2025-04-10"], [("C", "c", "most", -401)]),
    ],
)
def test_a_line_that_crosses_a_cap_may_be_refused_whole(events: list[str], cuts: list[Line]) -> None:
    """It is not paid at all, and neither is what comes after it, though that alone would fit."""
    found = changes("{id: most, kind: cap, at_most: 10.00, per: [provider], part: refuse}", events)
    assert sorted(found) == sorted(cuts)


def test_what_is_refused_shows_what_was_left() -> None:
    """The line that crosses had 5.99 left, which is not enough; for those after it nothing is left."""
    terms = "{id: most, kind: cap, at_most: 10.00, per: [provider], part: refuse}"
    found = evaluated(terms, ["A c 2025-04-10", "A a 2025-04-11", "A b 2025-04-12"]).statement.lines()
    cut = found.filter(pl.col("adjustment") == "most").sort("earned_on")
    assert cut.select("limit_minor", "left_minor").rows() == [(1000, 599), (1000, 0)]


def test_what_a_cap_cuts_may_be_carried_from_period_to_period() -> None:
    """Sixteen in the first quarter, six in the second, eleven in the third: ten, ten, ten and three are paid."""
    events = ["A a 2025-04-10", "A d 2025-05-10", "C a 2025-07-10", "C d 2025-10-10", "A b 2025-10-09"]
    carried = "{id: most, kind: cap, at_most: 10.00, per: [provider, quarter], excess: carried}"
    assert sorted(changes(carried, events)) == [
        ("A", "d", "most", -600),
        ("C", "a", "most", -200),
        ("C", "d", "most", -600),
        ("NORTH", "most Y1-Q2 brought forward", "most", 600),
        ("NORTH", "most Y1-Q3 brought forward", "most", 200),
        ("NORTH", "most Y1-Q4 brought forward", "most", 600),
    ]
    paid = (
        evaluated(carried, events).statement.lines().group_by("period").agg(pl.col("amount_minor").sum()).sort("period")
    )
    assert paid.rows() == [("Y1-Q1", 1000), ("Y1-Q2", 1000), ("Y1-Q3", 1000), ("Y1-Q4", 600)]
    lost = carried.replace("carried", "lost")
    assert sorted(changes(lost, events)) == [("A", "d", "most", -600), ("C", "d", "most", -400)]


def test_what_one_person_is_not_paid_is_carried_to_their_own_next_period() -> None:
    """Sixteen of A in the first quarter: six wait, and leave 4.00 of the next for 4.01. C has ten, and loses none."""
    events = ["A a 2025-04-10", "A d 2025-05-10", "C d 2025-05-11", "A c 2025-07-09"]
    carried = "{id: most, kind: cap, at_most: 10.00, per: [person, quarter], excess: carried}"
    assert sorted(changes(carried, events)) == [
        ("A", "c", "most", -1),
        ("A", "d", "most", -600),
        ("A", "most Y1-Q2 brought forward", "most", 600),
        ("A", "most Y1-Q3 brought forward", "most", 1),
    ]


def test_what_is_carried_out_of_the_last_period_is_lost() -> None:
    """There is no later period of the contract in which to pay it."""
    carried = "{id: most, kind: cap, at_most: 10.00, per: [provider, quarter], excess: carried}"
    assert changes(carried, ["A a 2026-03-30", "A d 2026-03-31"]) == [("A", "d", "most", -600)]


def test_what_is_carried_is_paid_only_once_its_period_has_begun() -> None:
    """As at the last day of the quarter it is owed to nobody yet."""
    carried = "{id: most, kind: cap, at_most: 10.00, per: [provider, quarter], excess: carried}"
    events = ["A a 2025-04-10", "A d 2025-04-11"]
    assert changes(carried, events, as_at="2025-06-30") == [("A", "d", "most", -600)]
    assert changes(carried, events, as_at="2025-07-01")[-1] == ("NORTH", "most Y1-Q2 brought forward", "most", 600)


# ---------------------------------------------------------------- factors of groups


def test_a_factor_on_a_group_is_rounded_once() -> None:
    """Five sixths of 6.00, 4.00 and 4.01 is 11.675, so 2.335 is taken, rounded once; one by one 2.34 would be."""
    terms = "{id: dead, kind: multiply, by: 5/6, per: [provider]}"
    events = ["A a 2025-04-10", "A b 2025-04-11", "C c 2025-04-11", "B b 2025-05-01"]
    assert changes(terms, events) == [
        ("NORTH", "dead all", "dead", 1168 - 1401),
        ("SOUTH", "dead all", "dead", 333 - 400),
    ]
    each = changes(terms.replace(", per: [provider]", ""), events)
    assert sorted(amount for *_, amount in each) == [-100, -67, -67, -67]


@pytest.mark.parametrize("per", ["", ", per: [provider]"])
def test_a_factor_that_makes_an_amount_too_large_is_an_error(per: str) -> None:
    """What 64 bits cannot hold is said, of a line or of a group, and not wrapped."""
    large = TEXT.replace("d: 10.00", "d: 9000000000000.00")
    terms = f"{{id: much, kind: multiply, by: 999999999{per}}}"
    with pytest.raises(pbr.EvaluationError) as caught:
        evaluated(terms, ["A d 2025-04-10"], text=large)
    assert [problem.code for problem in caught.value.problems] == ["PBR401"]


def test_a_dated_factor_of_a_group_is_that_of_the_first_day_of_its_period() -> None:
    """An index by year or day is looked up where the period begins, for all of it."""
    dated = TEXT.replace("values:\n", "values:\n  index: {dated: {2025-04-01: 1, 2025-05-01: 150%, 2025-10-01: 2}}\n")
    terms = "{id: index, kind: multiply, by: index, per: [provider, quarter]}"
    events = ["A a 2025-06-10", "A b 2025-07-11", "A d 2025-12-31"]
    assert changes(terms, events, text=dated) == [
        ("NORTH", "index Y1-Q2", "index", 200),
        ("NORTH", "index Y1-Q3", "index", 1000),
    ]


def test_a_factor_may_be_on_gains_or_on_what_is_taken_only() -> None:
    """`only` limits it to lines above or below nothing."""
    events = ["A a 2025-04-10", "A -b 2025-04-11"]
    half = "{id: half, kind: multiply, by: 50%, only: gains}"
    assert changes(half, events) == [("A", "a", "half", -300)]
    assert changes(half.replace("gains", "takes"), events) == [("A", "b", "half", 200)]
    assert changes(half.replace("gains}", "takes, per: [person]}"), events) == [("A", "half all", "half", 200)]


# ---------------------------------------------------------------- floors


@pytest.mark.parametrize(
    ("least", "events", "expected"),
    [
        ("0", ["A a 2025-04-10", "A -a 2025-04-11"], []),
        ("0", ["A b 2025-04-10", "A -c 2025-04-11"], [("NORTH", "never Y1-Q1", "never", 1)]),
        ("4.00", ["A b 2025-04-10"], []),
        ("4.01", ["A b 2025-04-10"], [("NORTH", "never Y1-Q1", "never", 1)]),
        ("4.01", ["A b 2025-04-10", "B c 2025-04-10"], [("NORTH", "never Y1-Q1", "never", 1)]),
        ("4.01", [], []),
    ],
)
def test_the_two_sides_of_a_floor(least: str, events: list[str], expected: list[Line]) -> None:
    """At the sum nothing is added, a penny below it a penny is; a group without lines has no floor."""
    assert changes(f"{{id: never, kind: floor, at_least: {least}, per: [provider, quarter]}}", events) == expected


def test_what_a_floor_adds_may_be_taken_in_the_next_period() -> None:
    """Ten are owed after the first quarter, four after the second, and none after the third."""
    terms = "{id: never, kind: floor, per: [provider, quarter], if_owed: carry_forward}"
    events = ["A -d 2025-04-10", "A a 2025-07-10", "C d 2025-10-10"]
    assert changes(terms, events) == [
        ("NORTH", "never Y1-Q1", "never", 1000),
        ("NORTH", "never Y1-Q2 brought forward", "never", -1000),
        ("NORTH", "never Y1-Q2", "never", 400),
        ("NORTH", "never Y1-Q3 brought forward", "never", -400),
    ]
    paid = (
        evaluated(terms, events).statement.lines().group_by("period").agg(pl.col("amount_minor").sum()).sort("period")
    )
    assert paid.rows() == [("Y1-Q1", 0), ("Y1-Q2", 0), ("Y1-Q3", 600)]
    forgiven = changes(terms.replace("carry_forward", "forgiven"), events)
    assert forgiven == [("NORTH", "never Y1-Q1", "never", 1000)]


def test_what_is_owed_at_the_end_of_the_contract_stays_owed() -> None:
    """In the last period nothing is added, so that the statement says what is to be repaid."""
    terms = "{id: never, kind: floor, per: [provider, quarter], if_owed: carry_forward}"
    assert lines(terms, ["A -d 2026-03-31"]) == [("A", "d", "-", -1000)]
    done = evaluated(terms, ["A -d 2025-12-31", "A b 2026-01-01"])
    assert done.statement.total_minor == 400 - 1000


def test_a_floor_after_a_cap_sees_what_the_cap_left() -> None:
    """Adjustments act in the order written: 16.00 less the cut of 6.00, less 12.00 taken, is 2.00 short of nothing."""
    cap = "{id: most, kind: cap, at_most: 10.00, per: [provider]}"
    floor = "{id: never, kind: floor, per: [provider]}"
    events = ["A a 2025-04-10", "A d 2025-04-11", "A -d 2025-05-11", "C -b 2025-05-12"]
    assert changes(f"{cap}\n{floor}", events) == [("A", "d", "most", -600), ("NORTH", "never all", "never", 400)]
    assert changes(f"{floor}\n{cap}", events) == [("A", "d", "most", -600)]


# ---------------------------------------------------------------- gates


@pytest.mark.parametrize(
    ("as_at", "events", "gate", "paid"),
    [
        ("2025-06-30", [], "stops: harmed", 0),  # pending: it may still come
        ("2025-07-01", [], "stops: harmed", 600),  # the window is over
        ("2025-07-01", ["A harm 2025-07-01"], "stops: harmed", 0),
        ("2025-07-02", ["A harm 2025-07-02"], "stops: harmed", 600),
        ("2025-06-30", [], "needs: harmed", 0),
        ("2025-06-30", ["A harm 2025-06-30"], "needs: harmed", 600),
        ("2025-07-01", [], "needs: harmed", 0),
        ("2025-07-01", ["B harm 2025-05-01"], "needs: harmed", 0),
    ],
)
def test_the_two_sides_of_a_gate(as_at: str, events: list[str], gate: str, paid: int) -> None:
    """A line is paid once the outcome is met, or surely is not; not while that is open."""
    done = evaluated(f"{{id: safe, kind: gate, {gate}}}", ["A a 2025-04-10", *events], as_at=as_at)
    assert done.statement.total_minor == paid
    cut = done.statement.lines().filter(pl.col("adjustment") == "safe")
    assert cut["amount_minor"].to_list() == ([] if paid else [-600])


def test_a_gate_may_be_on_some_payments_and_some_people() -> None:
    """`on`, `only` and `where` limit it; the rest is left whole."""
    events = ["A a 2025-04-10", "B b 2025-04-10", "A -c 2025-04-11"]
    assert changes("{id: safe, kind: gate, needs: harmed, on: [give]}", events) == [
        ("A", "a", "safe", -600),
        ("B", "b", "safe", -400),
    ]
    assert changes("{id: safe, kind: gate, needs: harmed, only: takes}", events) == [("A", "c", "safe", 401)]
    low = "{id: safe, kind: gate, needs: harmed, where: \"level = 'low'\"}"
    assert changes(low, events) == [("B", "b", "safe", -400)]


# ---------------------------------------------------------------- laws


def test_law_26_nothing_is_floored_in_silence() -> None:
    """Without a floor what is taken may exceed what is given; with one each penny added is a line of its own."""
    events = ["A -d 2025-04-10", "A b 2025-05-10", "C -c 2025-11-10"]
    assert evaluated("{id: one, kind: multiply, by: 1}", events).statement.total_minor == 400 - 1000 - 401
    floor = "{id: never, kind: floor, per: [provider, quarter]}"
    assert changes(floor, events) == [("NORTH", "never Y1-Q1", "never", 600), ("NORTH", "never Y1-Q3", "never", 401)]
    forward = floor.replace("quarter]", "quarter], if_owed: carry_forward")
    assert sorted(changes(forward, events)) == [
        ("NORTH", "never Y1-Q1", "never", 600),
        ("NORTH", "never Y1-Q2", "never", 600),
        ("NORTH", "never Y1-Q2 brought forward", "never", -600),
        ("NORTH", "never Y1-Q3", "never", 1001),
        ("NORTH", "never Y1-Q3 brought forward", "never", -600),
        ("NORTH", "never Y1-Q4 brought forward", "never", -1001),
    ]
    assert evaluated(forward, events).statement.total_minor == 400 - 1000 - 401


WORDS = ["a", "b", "c", "d", "-a", "-b", "-c", "-d"]
OF_QUARTERS = [
    "{id: most, kind: cap, at_most: 10.00, per: [provider, quarter], excess: carried}",
    "{id: never, kind: floor, per: [provider, quarter], if_owed: carry_forward}",
    "{id: least, kind: floor, at_least: 2.00, per: [person, quarter]}",
    "{id: dead, kind: multiply, by: 5/6, per: [provider, month]}",
]


@given(
    events=st.lists(
        st.tuples(st.sampled_from("ABC"), st.sampled_from(WORDS), st.integers(0, 364)),
        unique_by=lambda event: (event[0], event[1]),
        max_size=12,
    ),
    terms=st.lists(st.sampled_from(OF_QUARTERS), unique=True, min_size=1),
    over=st.integers(1, 3),
)
def test_what_was_stated_of_a_quarter_stands(events: list[tuple[str, str, int]], terms: list[str], over: int) -> None:
    """With nothing recorded late, all that adjustments made of the quarters that are over is the same ever after."""
    first = dt.date(2025, 4, 1)
    said = [f"{person} {what} {first + dt.timedelta(day)}" for person, what, day in events]
    quarters = [f"Y1-Q{number}" for number in range(1, over + 1)]
    then, now = (
        evaluated("\n".join(terms), said, as_at=as_at).statement.lines().filter(pl.col("period").is_in(quarters))
        for as_at in (["2025-06-30", "2025-09-30", "2025-12-31"][over - 1], LAST)
    )
    assert now.equals(then)


# ---------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ("kind: gate", "PBR136 a gate has either `needs`, an outcome that opens it, or `stops`"),
        ("kind: gate, needs: done, stops: back", "PBR136 a gate has either `needs`"),
        ("kind: gate, needs: dome", "PBR111 no outcome is named 'dome'"),
        ("kind: gate, stops: harm", "PBR111 no outcome is named 'harm'"),
        ("kind: floor, per: []", "PBR125 name at least one of"),
        ("kind: floor, per: [quarter]", "PBR125 its lines are of a group, so `per` names provider"),
        ("kind: floor, per: [provider], if_owed: carry_forward", "PBR125 what is carried forward is taken in the next"),
        ("kind: floor, per: [provider], if_owed: repaid", "PBR106 'repaid' cannot stand here"),
        ("kind: floor, per: [provider], at_least: much", "PBR111 no value is named 'much'"),
        ("kind: cap, at_most: 1.00, per: [person], order: soon", "PBR111 no order or payment is named 'soon'"),
        ("kind: cap, at_most: 1.00, per: [person], order: [give, give]", "PBR110 'give' stands here twice"),
        ("kind: cap, at_most: 1.00, per: [person], order: [give, known]", "PBR136 `known` is an order by itself"),
        ("kind: cap, at_most: 1.00, per: [person], only: takes", "PBR136 a cap is of what is given"),
        ("kind: cap, at_most: 1.00, per: [person], only: both", "PBR106 'both' cannot stand here"),
        ("kind: cap, at_most: 1.00, per: [quarter], part: refuse, excess: carried", "PBR136 what is refused is not"),
        ("kind: cap, at_most: 1.00, per: [person], excess: carried", "PBR125 what is carried is paid in the next"),
        ("kind: multiply, by: 50%, per: [level]", "PBR125 its lines are of a group, so `per` names provider"),
        ("kind: multiply, by: 50%, per: [quarter, month]", "PBR125 'quarter' and 'month' are both periods"),
    ],
)
def test_what_is_wrong_with_an_adjustment_is_said(terms: str, problem: str) -> None:
    """Each term that cannot be read, or means nothing beside the others, has a fault with a fix."""
    found = [f"{each.code} {each.message}" for each in small.problems_of(TEXT + written(f"{{id: x, {terms}}}"))]
    assert any(each.startswith(problem) for each in found), found


# ---------------------------------------------------------------- shown


def test_lines_of_groups_are_explained_and_written(tmp_path: Path, golden: Golden) -> None:
    """A person's own lines are in their explanation; those of groups are in the statement, with clause and place."""
    terms = (
        '{id: most, clause: "5.1", kind: cap, at_most: 10.00, per: [provider, quarter], excess: carried}\n'
        '{id: safe, clause: "5.2", kind: gate, stops: harmed, on: [give]}\n'
        '{id: never, clause: "5.3", kind: floor, per: [provider, quarter], if_owed: carry_forward}'
    )
    (tmp_path / "contract.yaml").write_text(TEXT + written(terms), encoding="utf-8")
    events = ["A a 2025-04-10", "A d 2025-05-10", "A -c 2025-07-10", "B b 2025-06-01", "B harm 2025-06-02"]
    source = evaluated(terms, events)
    people = "person,provider,began,level\n" + "".join(
        f"{name},{provider},2025-04-01,{level}\n" for name, (provider, level) in PEOPLE.items()
    )
    (tmp_path / "people.csv").write_text(people, encoding="utf-8")
    rows = [
        "A,done,a,2025-04-10,2025-04-10",
        "A,done,d,2025-05-10,2025-05-10",
        "A,back,c,2025-07-10,2025-07-10",
        "B,done,b,2025-06-01,2025-06-01",
        "B,harm,a,2025-06-02,2025-06-02",
    ]
    (tmp_path / "events.csv").write_text("person,kind,what,on,seen\n" + "\n".join(rows) + "\n", encoding="utf-8")
    done = pbr.run(tmp_path / "contract.yaml", tmp_path, LAST)
    out = done.write(tmp_path / "out")
    golden("tests/golden/explain/groups.txt", f"{pbr.explain(out, 'A')}\n{pbr.explain(out, 'B')}")
    found = done.statement.lines().filter(pl.col("subject").is_null())
    assert found.select("payee", "occurrence", "clause", "amount_minor").rows() == [
        ("north", "most Y1-Q2 brought forward", "5.1", 600),
    ]
    assert done.statement.lines().equals(source.statement.lines())


def test_a_later_instalment_takes_nothing_from_what_was_stated() -> None:
    """The second half of A's job is owed in December, after B's: under a cap it comes after it, and is what is cut."""
    text = small.changed(
        ('  first: {clause: "4.1", kind: tariff, pays_for: job, price: job_price}', "  first: {PAYS}"),
        ("PAYS", "kind: tariff, pays_for: job, price: 10.00, instalments: 2, every: 6 months"),
        (
            small.TEXT[small.TEXT.index("  - {id: share") :],
            "  - {id: most, kind: cap, at_most: 10.00, per: [provider]}\n",
        ),
        ("  second: {kind: tariff, pays_for: kept, price: 250.00, price_on: start}\n", ""),
    )
    people = [small.PEOPLE[0], small.PEOPLE[0] | {"person": "B"}]
    events = [small.EVENTS[0] | {"on": "2025-06-01"}, small.EVENTS[0] | {"person": "B", "on": "2025-06-02"}]
    frames = {"people": pl.DataFrame(people), "events": pl.DataFrame(events)}
    kept = {}
    for as_at in ("2025-07-31", "2025-12-01", "2026-01-31"):
        lines = pbr.run(small.contract_of(text), frames, as_at).statement.lines()
        net = lines.group_by("subject", "instalment").agg(pl.col("amount_minor").sum()).sort("subject", "instalment")
        kept[as_at] = net.rows()
    assert kept == {
        "2025-07-31": [("A", 1, 500), ("B", 1, 500)],
        "2025-12-01": [("A", 1, 500), ("A", 2, 0), ("B", 1, 500)],
        "2026-01-31": [("A", 1, 500), ("A", 2, 0), ("B", 1, 500), ("B", 2, 0)],
    }
