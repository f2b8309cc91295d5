"""What is kept back of groups of lines and given back later, to the penny: worked out by hand, day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbr.cases.reach import KEPT, RELEASED, reached_by, terms_of
from tests import small
from tests.test_money_of_groups import LAST, TEXT, WORDS, changes, evaluated, written

if TYPE_CHECKING:
    import random

QUARTER: Final = "{id: kept, kind: retain, share: 10%, until: period_end + 3 months, per: [provider, quarter]}"
MORE: Final = """\
  rate: {kind: measure, of: back, per: [provider, quarter], period_of: start, take: count, settles: SETTLES}
  none_back: {kind: test, of: rate, at_most: 0}
payments:
"""


def by_outcome(settles: str = "2025-11-15") -> str:
    """Give the contract with a test of who came back in the quarter."""
    return small.changed(("payments:\n", MORE), ("SETTLES", settles), text=TEXT)


@pytest.mark.parametrize(
    ("as_at", "expected"),
    [
        ("2025-06-30", [("kept Y1-Q1", "retain", -100)]),
        ("2025-09-29", [("kept Y1-Q1", "retain", -100)]),
        ("2025-09-30", [("kept Y1-Q1", "retain", -100), ("kept Y1-Q1 given back", "released", 100)]),
        (LAST, [("kept Y1-Q1", "retain", -100), ("kept Y1-Q1 given back", "released", 100)]),
    ],
)
def test_a_share_is_kept_until_a_time_after_the_end_of_the_period(as_at: str, expected: list[Any]) -> None:
    """A tenth of 10.00 is kept in the first quarter, until 30 September and not the day before."""
    done = evaluated(QUARTER, ["A a 2025-04-10", "C b 2025-06-20"], as_at=as_at).statement.lines()
    found = done.filter(pl.col("adjustment") == "kept").select("occurrence", "reason", "amount_minor")
    assert found.rows() == expected


def test_what_is_kept_is_of_the_quarter_earned_and_what_is_given_back_of_its_own_day() -> None:
    """The line that keeps is of the last day of its lines; the other of the day of release, in its period."""
    done = evaluated(QUARTER, ["A a 2025-04-10", "C b 2025-06-20"]).statement.lines()
    found = done.filter(pl.col("adjustment") == "kept")
    shown = ("period", "earned_on", "priced_on", "payee", "group", "price_place", "payment")
    place = TEXT.count("\n") + 1
    assert [[str(row[name]) for name in shown] for row in found.iter_rows(named=True)] == [
        ["Y1-Q1", "2025-06-20", "2025-04-01", "north", "", f"contract.yaml:{place}", "None"],
        ["Y1-Q2", "2025-09-30", "2025-04-01", "north", "", f"contract.yaml:{place}", "None"],
    ]


@pytest.mark.parametrize(
    ("events", "kept"),
    [
        (["A a 2025-04-10"], -60),
        (["A c 2025-04-10"], -40),  # 0.401
        (["A c 2025-04-10", "C b 2025-04-11", "C c 2025-04-11"], -120),  # 1.202; line by line 0.40 three times
        (["A c 2025-04-10", "C c 2025-04-11"], -80),  # 0.802
        (["A c 2025-04-10", "A -c 2025-04-11"], 0),
        (["A -c 2025-04-10"], 0),
        (["A d 2025-04-10", "A -b 2025-04-11"], -60),
    ],
)
def test_the_share_is_of_the_sum_and_rounded_once(events: list[str], kept: int) -> None:
    """Of what comes to nothing or less nothing is kept; the two lines cancel to the penny."""
    found = changes(QUARTER, events)
    assert [row[3] for row in found] == ([] if kept == 0 else [kept, -kept])


def test_a_half_of_a_penny_goes_where_the_contract_says_and_comes_back_whole() -> None:
    """A half of 4.01 is 2.005, which is 2.01 by half_up and 2.00 by half_even, there and back."""
    half = QUARTER.replace("10%", "50%")
    assert [row[3] for row in changes(half, ["A c 2025-04-10"])] == [-201, 201]
    even = TEXT.replace("cohort: {of", "conventions: {rounding: half_even}\ncohort: {of")
    assert [row[3] for row in changes(half, ["A c 2025-04-10"], text=even)] == [-200, 200]


def test_all_may_be_kept_and_that_of_two_quarters_may_be_given_back_in_one() -> None:
    """Whole quarters are kept until a date; both come back on it, as lines of their own, in its period."""
    terms = QUARTER.replace("10%", "100%").replace("period_end + 3 months", "2026-02-01")
    events = ["A a 2025-04-10", "A d 2025-07-10", "B b 2025-08-10"]
    done = evaluated(terms, events, as_at="2026-01-31")
    assert done.statement.total_minor == 0
    assert sorted(row for row in changes(terms, events) if row[3] > 0) == [
        ("NORTH", "kept Y1-Q1 given back", "kept", 600),
        ("NORTH", "kept Y1-Q2 given back", "kept", 1000),
        ("SOUTH", "kept Y1-Q2 given back", "kept", 400),
    ]
    periods = evaluated(terms, events).statement.lines().group_by("period").agg(pl.col("amount_minor").sum())
    assert sorted(periods.rows()) == [("Y1-Q1", 0), ("Y1-Q2", 0), ("Y1-Q4", 2000)]


def test_a_day_before_the_lines_gives_back_on_the_day_of_the_last_line() -> None:
    """What is kept until 1 May of lines of June is given back on the day of the last of them."""
    terms = QUARTER.replace("period_end + 3 months", "2025-05-01")
    done = evaluated(terms, ["A a 2025-06-10"], as_at="2025-06-10").statement.lines()
    found = done.filter(pl.col("adjustment") == "kept").select(pl.col("earned_on").cast(pl.String), "amount_minor")
    assert found.rows() == [("2025-06-10", -60), ("2025-06-10", 60)]


def test_without_a_period_the_end_is_that_of_the_contract() -> None:
    """Six months after the term it is given back, and falls into the last period."""
    terms = "{id: kept, kind: retain, share: 10%, until: period_end + 6 months, per: [provider]}"
    assert changes(terms, ["A a 2025-04-10"], as_at="2026-09-29") == [("NORTH", "kept all", "kept", -60)]
    done = evaluated(terms, ["A a 2025-04-10"], as_at="2026-09-30").statement.lines()
    found = done.filter(pl.col("adjustment") == "kept").select("occurrence", "period", "amount_minor")
    assert found.rows() == [("kept all", "Y1-Q1", -60), ("kept all given back", "Y1-Q4", 60)]


def test_a_dated_share_by_provider_is_that_of_the_first_day_of_the_period() -> None:
    """North's share falls to 5% on 1 July; the line that gives back names the share that was kept."""
    days = "{2025-04-01: {north: 10%, south: 20%}, 2025-07-01: {north: 5%, south: 20%}}"
    dated = f"  kept_share: {{by: provider, dated: {days}}}\n"
    text = small.changed(("values:\n", "values:\n" + dated), text=TEXT)
    terms = QUARTER.replace("10%", "kept_share").replace("3 months", "4 months")
    done = evaluated(terms, ["A d 2025-04-10", "A a 2025-09-01", "B d 2025-04-10"], text=text)
    found = done.statement.lines().filter(pl.col("adjustment") == "kept")
    line = text[: text.index("  kept_share")].count("\n") + 1
    assert found.sort("occurrence", "payee").select("payee", "occurrence", "group", "amount_minor").rows() == [
        ("north", "kept Y1-Q1", "north", -100),
        ("south", "kept Y1-Q1", "south", -200),
        ("north", "kept Y1-Q1 given back", "north", 100),
        ("south", "kept Y1-Q1 given back", "south", 200),
        ("north", "kept Y1-Q2", "north", -30),
        ("north", "kept Y1-Q2 given back", "north", 30),
    ]
    assert set(found["price_place"]) == {f"contract.yaml:{line}"}


# ---------------------------------------------------------------- until an outcome is met


@pytest.mark.parametrize(
    ("as_at", "events", "expected"),
    [
        ("2025-11-14", [], [-60]),
        ("2025-11-15", [], [-60, 60]),
        (LAST, ["C -b 2025-06-01"], [-60]),  # somebody came back, so it is not met, and never given back
        (LAST, ["C -b 2025-06-01 2025-12-01"], [-60, 60]),  # known after it was settled
    ],
)
def test_what_is_kept_until_an_outcome_is_met(as_at: str, events: list[str], expected: list[int]) -> None:
    """It is given back on the day on which that is known, and never if it is not met."""
    terms = QUARTER.replace("period_end + 3 months", "none_back").replace("per:", "on: [give], per:")
    done = evaluated(terms, ["A a 2025-04-10", *events], as_at=as_at, text=by_outcome()).statement.lines()
    found = done.filter(pl.col("adjustment") == "kept")
    assert found["amount_minor"].to_list() == expected
    if len(expected) == 2:
        assert found.select(pl.col("earned_on").cast(pl.String), "period").row(1) == ("2025-11-15", "Y1-Q3")


def test_each_group_has_the_outcome_of_its_own_provider_and_quarter() -> None:
    """South's quarter is met, north's is not; the second quarter of north is settled and met."""
    terms = QUARTER.replace("period_end + 3 months", "none_back").replace("per:", "on: [give], per:")
    events = ["A a 2025-04-10", "C -b 2025-06-01", "B d 2025-04-10", "A d 2025-09-10"]
    found = changes(terms, events, text=by_outcome("period_end"))
    assert sorted((row[1], row[0], row[3]) for row in found) == [
        ("kept Y1-Q1", "NORTH", -60),
        ("kept Y1-Q1", "SOUTH", -100),
        ("kept Y1-Q1 given back", "SOUTH", 100),
        ("kept Y1-Q2", "NORTH", -100),
        ("kept Y1-Q2 given back", "NORTH", 100),
    ]


# ---------------------------------------------------------------- beside others


def test_a_tax_is_of_what_is_paid_in_each_period() -> None:
    """What is kept lowers the VAT of its quarter, and what is given back raises that of its own."""
    terms = f"{QUARTER}\n{{id: vat, kind: tax, rate: 20%, per: [provider, quarter]}}"
    found = [row for row in changes(terms, ["A d 2025-04-10"]) if row[2] == "vat"]
    assert found == [("NORTH", "vat Y1-Q1", "vat", 180), ("NORTH", "vat Y1-Q2", "vat", 20)]


def test_some_payments_and_some_people_may_be_kept_back() -> None:
    """`on`, `where` and `only` limit it."""
    events = ["A d 2025-04-10", "C d 2025-04-11", "A -b 2025-04-12"]
    assert changes(QUARTER, events)[0][3] == -160
    assert changes(QUARTER.replace("per:", "on: [give], per:"), events)[0][3] == -200
    assert changes(QUARTER.replace("per:", "only: gains, per:"), events)[0][3] == -200
    assert changes(QUARTER.replace("per:", "where: \"level = 'high'\", per:"), events)[0][3] == -60


def test_cases_reach_both_what_is_kept_and_what_is_given_back() -> None:
    """A case before the day of release reaches only the first."""
    early, late = (evaluated(QUARTER, ["A d 2025-04-10"], as_at=day) for day in ("2025-09-29", "2025-09-30"))
    ways = [{term.how for term in reached_by(done.entitlement) if term.name == "kept"} for done in (early, late)]
    assert ways == [{KEPT}, {KEPT, RELEASED}]
    assert [term.how for term in terms_of(early.decisions.plan) if term.name == "kept"] == [KEPT, RELEASED]


# ---------------------------------------------------------------- laws


@given(
    events=st.lists(
        st.tuples(st.sampled_from("ABC"), st.sampled_from(WORDS), st.integers(0, 364)),
        unique_by=lambda event: (event[0], event[1]),
        max_size=12,
    ),
    share=st.sampled_from(["1%", "1/3", "10%", "2/3", "100%"]),
    seed=st.randoms(use_true_random=False),
)
def test_what_is_kept_and_what_is_given_back_cancel(
    events: list[tuple[str, str, int]], share: str, seed: random.Random
) -> None:
    """After all days of release the total is that of the payments alone, whatever the order of the rows."""
    first = pl.date(2025, 4, 1)
    days = pl.select(pl.date_range(first, pl.date(2026, 3, 31))).to_series().to_list()
    said = [f"{person} {what} {days[day]}" for person, what, day in events]
    terms = QUARTER.replace("10%", share)
    done = evaluated(terms, said, as_at="2026-06-30")
    alone = done.statement.lines().filter(pl.col("adjustment") == "-")["amount_minor"].sum()
    assert done.statement.total_minor == alone
    seed.shuffle(said)
    assert evaluated(terms, said, as_at="2026-06-30").statement.lines().equals(done.statement.lines())


# ---------------------------------------------------------------- what is wrong


WHOLE: Final = {"share": "10%", "until": "2025-12-31", "per": "[provider, quarter]"}


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ("share: 0%", "PBR109 a share that is kept back is above 0% and at most 100%, and this is 0%"),
        ("share: 100.01%", "PBR109 a share that is kept back is above 0% and at most 100%, and this is 100.01%"),
        ("share: much", "PBR111 no value is named 'much'"),
        ("share: 10%, only: takes", "PBR136 what is kept back is of what is given"),
        ("until: soon", "PBR109 'soon' is no outcome of groups, and no day"),
        ("until: nonee_back", "PBR109 'nonee_back' is no outcome of groups, and no day until which something is kept"),
        ("until: period_end + 3 moons", "PBR109 'period_end + 3 moons' is no outcome of groups"),
        ("until: period_end + 999 years", "PBR109 999 years is longer than"),
        ("until: 2025-03-31", "PBR113 nothing is kept until 2025-03-31, before the term begins on 2025-04-01"),
        ("until: done", "PBR160 'done' is on one person"),
        ("until: none_back, per: [provider]", "PBR125 'none_back' has a figure for each quarter"),
        ("per: [quarter]", "PBR125 its lines are of a group, so `per` names provider"),
        ("per: []", "PBR125 name at least one of"),
    ],
)
def test_what_is_wrong_with_what_is_kept_is_said(terms: str, problem: str) -> None:
    """Each term that cannot be read, or keeps nothing, has a fault with a fix."""
    own = {key: each for key, each in WHOLE.items() if f"{key}:" not in terms}
    whole = ", ".join([*(f"{key}: {each}" for key, each in own.items()), terms])
    text = by_outcome() + written(f"{{id: x, kind: retain, {whole}}}")
    found = [f"{each.code} {each.message}" for each in small.problems_of(text)]
    assert any(each.startswith(problem) for each in found), found


def test_the_ends_of_a_share_and_of_a_day_are_not_refused() -> None:
    """All, a hundredth, the first day of the term, and a test of the same groups can be read."""
    for terms in (
        ("10%", "100%"),
        ("10%", "0.01%"),
        ("period_end + 3 months", "2025-04-01"),
        ("period_end + 3 months", "none_back"),
    ):
        assert small.problems_of(by_outcome() + written(QUARTER.replace(*terms))) == ()
