"""Fees, instalments, days to pay, the day that decides a period, what is multiplied, and payments that take."""

from __future__ import annotations

import calendar
import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pbr
from pbr.calendar import Due, date_from_number, number_of
from pbr.days import due_days
from pbr.instalments import Instalments, OddPence, part_of
from pbr.money import Rounding
from pbr.working_days import WorkingDays, nth_after
from tests import small
from tests.small import EVENTS, PEOPLE, changed
from tests.vectors.filed import evaluated

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden

FIRST: Final = '  first: {clause: "4.1", kind: tariff, pays_for: job, price: job_price}\n'
SECOND: Final = "  second: {kind: tariff, pays_for: kept, price: 250.00, price_on: start}\n"
NO_ADJUSTMENTS: Final = (small.TEXT[small.TEXT.index("adjustments:") :], "")


def with_payment(terms: str, *changes: tuple[str, str]) -> str:
    """Give the small contract with these terms in its first payment, no second one and no adjustments."""
    return changed((FIRST, f"  first: {{kind: tariff, pays_for: job, price: job_price{terms}}}\n"), (SECOND, ""),
                   NO_ADJUSTMENTS, *changes)  # fmt: skip


def lines(text: str, *, people: int = 1, as_at: str = small.LATE) -> list[dict[str, Any]]:
    """List the payment lines for the first participants, whose job is of 24 June 2025."""
    done = small.run(text, people=PEOPLE[:people], events=EVENTS[:people], as_at=as_at)
    return list(done.statement.lines().iter_rows(named=True))


def amounts(text: str, **more: Any) -> list[int]:  # noqa: ANN401
    """List what they come to, in pence."""
    return [line["amount_minor"] for line in lines(text, **more)]


# ---------------------------------------------------------------- instalments


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (", instalments: 3", [33333, 33333, 33334]),
        (", instalments: 3, odd_pence: first", [33334, 33333, 33333]),
        (", instalments: 7", [14286, 14286, 14286, 14286, 14286, 14286, 14284]),
        (", instalments: [20%, 80%]", [20000, 80000]),
        (", instalments: [1/3, 1/6, 50%], odd_pence: last", [33333, 16667, 50000]),
    ],
)
def test_instalments_add_up_to_the_whole(terms: str, expected: list[int]) -> None:
    """Each is its share rounded by the contract's mode, and the odd one bears what that leaves."""
    found = lines(with_payment(terms))
    assert [line["amount_minor"] for line in found] == expected
    assert [line["instalment"] for line in found] == list(range(1, len(expected) + 1))
    assert sum(expected) == 100000
    assert len({line["line_id"] for line in found}) == len(expected)


def test_law_06_twenty_nine_instalments_of_the_fee_of_a_contract_sum_to_it() -> None:
    """796,000 in 29 parts is 27,448.28 each, and the first bears what is left; 29 times 27,448 would be 8 short."""
    fee = "  fee: {kind: fee, amount: 796000.00, instalments: 29, every: week, odd_pence: first, to: north}\n"
    text = changed((FIRST, fee), (SECOND, ""), NO_ADJUSTMENTS)
    found = small.run(text, people=PEOPLE[:1], events=[]).statement.lines()["amount_minor"].to_list()
    assert found == [2744816, *[2744828] * 28]
    assert sum(found) == 79600000
    assert sum(found) - 29 * 2744800 == 800


@given(
    whole=st.integers(-(10**15), 10**15),
    shares=st.lists(st.integers(1, 60), min_size=1, max_size=12),
    odd=st.sampled_from(OddPence),
    rounding=st.sampled_from(Rounding),
)
def test_law_06_any_instalments_sum_to_the_whole(
    whole: int, shares: list[int], odd: OddPence, rounding: Rounding
) -> None:
    """For any sum, shares and mode the parts add up, and all but the odd one are within half a penny of their share."""
    exact = tuple(Fraction(share, sum(shares)) for share in shares)
    frame = pl.DataFrame({"whole": [whole]})
    parts = frame.select(
        [part_of(pl.col("whole"), exact, place, odd, rounding).alias(str(place)) for place in range(len(exact))]
    ).row(0)
    assert sum(parts) == whole
    at = 0 if odd is OddPence.FIRST else len(exact) - 1
    for place, part in enumerate(parts):
        if place != at:
            assert abs(part - whole * exact[place]) <= Fraction(1, 2)


def test_an_instalment_is_owed_once_its_day_has_come() -> None:
    """With `every` the first is of the day itself, the others so much later each, counted in one step."""
    text = with_payment(", instalments: 3, every: 1 month, falls_in: achieved")
    assert [amounts(text, as_at=day) for day in ("2025-07-23", "2025-07-24", "2025-08-23", "2025-08-24")] == [
        [33333],
        [33333, 33333],
        [33333, 33333],
        [33333, 33333, 33334],
    ]
    periods = [line["period"] for line in lines(text)]
    assert periods == ["Y1-Q1", "Y1-Q2", "Y1-Q2"]


# ---------------------------------------------------------------- days to pay


@pytest.mark.parametrize(
    ("due", "day"),
    [
        ("30 days after achieved", "2025-07-24"),
        ("1 month after achieved", "2025-07-24"),
        ("0 days after known", "2025-07-01"),  # recorded on 1 July
        ("10 working days after known", "2025-07-15"),
        ("0 days after period_end", "2025-06-30"),
        ("2 weeks after period_end", "2025-07-14"),
    ],
)
def test_when_a_line_is_to_be_paid(due: str, day: str) -> None:
    """So long after the achievement, the day it was known, or the end of the period of its statement."""
    text = with_payment(f", due: {due}", ("tables:\n", "conventions: {working_days: weekdays}\ntables:\n"))
    assert str(lines(text)[0]["due_on"]) == day


def test_without_due_a_line_has_no_day_to_pay() -> None:
    """The column is empty."""
    assert lines(with_payment(""))[0]["due_on"] is None


def test_the_day_that_decides_the_period_may_be_that_on_which_it_was_known_or_due() -> None:
    """The job of 24 June was recorded on 1 July, and is due on 24 September or 24 October."""
    found = {
        terms: lines(with_payment(terms))[0]["period"]
        for terms in (
            "",
            ", falls_in: known",
            ", due: 3 months after achieved, falls_in: due",
            ", due: 4 months after achieved, falls_in: due",
            ", due: 90 months after achieved, falls_in: due",
        )
    }
    assert list(found.values()) == ["Y1-Q1", "Y1-Q2", "Y1-Q2", "Y1-Q3", "Y2-Q4"]


def test_prices_of_the_day_known_the_end_of_the_contract_and_another_outcome() -> None:
    """The price of 1 April 2026 holds for what was known then, at the end, or where the other outcome was met then."""
    late = [EVENTS[0] | {"seen": "2026-04-01"}]
    text = with_payment(", price_on: known")
    done = small.run(text, people=PEOPLE[:1], events=late)
    assert done.statement.lines().select("priced_on", "amount_minor").rows() == [(dt.date(2026, 4, 1), 110001)]
    after = small.run(text, people=PEOPLE[:1], events=[EVENTS[0] | {"seen": "2027-06-01"}], as_at="2027-12-31")
    assert after.statement.lines().select("priced_on", "amount_minor").rows() == [(dt.date(2027, 3, 31), 110001)]
    assert lines(with_payment(", price_on: contract_to"))[0]["amount_minor"] == 110001
    claim = "  claimed: {kind: event, table: events, when: \"kind = 'lost'\", date: on}\n"
    both = f"{claim}  both: {{kind: combine, need: all, of: [job, claimed]}}\n"
    text = with_payment(
        "",
        ("payments:\n", f"{both}payments:\n"),
        ("pays_for: job, price: job_price", "pays_for: both, price: job_price, price_on: claimed"),
    )
    claims = [EVENTS[0], {"person": "A", "kind": "lost", "on": "2026-05-01", "seen": "2026-05-01"}]
    found = small.run(text, people=PEOPLE[:1], events=claims).statement.lines()
    assert found.select("earned_on", "priced_on", "amount_minor").rows() == [
        (dt.date(2026, 5, 1), dt.date(2026, 5, 1), 110001)
    ]


ENGLAND: Final = {  # https://www.gov.uk/bank-holidays and its earlier years: 2022 has the Jubilee and the State Funeral
    2020: "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28",
    2022: "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
    2023: "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26",
    2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
}


@pytest.mark.parametrize("year", ENGLAND)
def test_bank_holidays_of_england_are_no_working_days(year: int) -> None:
    """Substitute days, Easter, and the days of one year only, as they were published."""
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    every = set(WorkingDays().between(first, last))
    off = every - set(WorkingDays(country="england").between(first, last))
    assert {f"{date_from_number(day):%m-%d}" for day in off} == set(ENGLAND[year].split())


def test_days_that_a_contract_names_are_no_working_days() -> None:
    """Extra days are left out beside the bank holidays; other countries have days of their own."""
    days = WorkingDays(country="england", extra=(date_from_number(number_of(dt.date(2025, 12, 24))),))
    found = days.between(dt.date(2025, 12, 22), dt.date(2025, 12, 30))
    assert [date_from_number(day).day for day in found] == [22, 23, 29, 30]
    scots = WorkingDays(country="scotland").between(dt.date(2026, 1, 1), dt.date(2026, 1, 5))
    assert [date_from_number(day).day for day in scots] == [5]


@given(day=st.integers(20000, 20400), count=st.integers(0, 40))
def test_a_working_day_counted_in_a_frame_is_the_one_counted_by_hand(day: int, count: int) -> None:
    """The frame, the bisection and a walk from day to day agree."""
    days = WorkingDays(country="england").between(date_from_number(19990), date_from_number(20600))
    due = Due(count, "working days", "achieved")
    (found,) = pl.DataFrame({"day": pl.Series([day], dtype=pl.Int32)}).select(due_days(pl.col("day"), due, days)).row(0)
    left, walked = count, day
    while left or walked not in days:
        walked += 1
        left -= 1 if left and walked in days else 0
    assert found == nth_after(day, count, days) == walked


# ---------------------------------------------------------------- factors and signs


def test_what_a_price_is_multiplied_by_is_exact_and_rounded_once() -> None:
    """29 x 207.56 x 1.71 x 1.45 is 14,924.71 with rounded factors; a chain without rounding is rounded at the line."""
    points = "  rated: {kind: scale, value: score, points: {0 or more: 29}}\n"
    text = with_payment(
        "",
        ("      level: {type", "      score: {type: whole, from: 0}\n      level: {type"),
        ("payments:\n", f"{points}payments:\n"),
        ("pays_for: job, price: job_price", "pays_for: rated, price: 207.56, times: [1.71, 1.45]"),
    )
    frames = small.frames_of(PEOPLE[:1], EVENTS[:1])
    frames["people"] = frames["people"].with_columns(score=pl.lit("3"))
    (line,) = pbr.run(small.contract_of(text), frames, small.LATE).statement.lines().iter_rows(named=True)
    assert line["amount_minor"] == round(Fraction(29 * 20756) * Fraction("1.71") * Fraction("1.45"))
    assert (line["quantity"], line["unit_price_minor"], line["amount_minor"]) == ("29", 20756, 1492471)


def test_a_factor_may_be_that_of_a_group_on_the_day_of_the_price() -> None:
    """A value by group and day is looked up like the price."""
    rate = "values:\n", "values:\n  rate: {by: grade, high: 5/6, low: 1}\n"
    assert amounts(with_payment(", times: [rate]", rate)) == [83333]


def test_a_payment_that_takes_is_below_nothing_and_fills_no_cap() -> None:
    """A credit is a negative line; caps are of what is given, and a factor acts on both."""
    taken = "  third: {kind: tariff, pays_for: kept, price: 200.00, takes: yes}\n"
    text = changed((SECOND, taken), ("on: [second]", "on: [third]"), ("at_most: 1200.00", "at_most: 900.00"))
    rows = lines(text)
    assert [(row["payment"], row["adjustment"], row["amount_minor"]) for row in rows] == [
        ("first", "-", 100000),
        ("first", "most", -10000),
        ("third", "-", -20000),
        ("third", "share", 3333),
    ]


# ---------------------------------------------------------------- fees


FEE: Final = "  fee: {kind: fee, amount: 1000.00, instalments: 3, from: 2025-05-31}\n"


def fee(text: str = FEE, *changes: tuple[str, str], as_at: str = small.LATE) -> list[tuple[str, int, str, int]]:
    """List provider, instalment, day and amount of a fee."""
    done = small.run(changed((FIRST, text), (SECOND, ""), NO_ADJUSTMENTS, *changes), events=[], as_at=as_at)
    found = done.statement.lines().select("payee", "instalment", "earned_on", "amount_minor").rows()
    return [(payee, part, str(day), amount) for payee, part, day, amount in found]


def test_a_fee_is_paid_to_each_provider_month_by_month() -> None:
    """Days are counted from the first in one step, so that a month after 31 May is 30 June, and then 31 July."""
    assert fee() == [
        ("north", 1, "2025-05-31", 33333),
        ("south", 1, "2025-05-31", 33333),
        ("north", 2, "2025-06-30", 33333),
        ("south", 2, "2025-06-30", 33333),
        ("north", 3, "2025-07-31", 33334),
        ("south", 3, "2025-07-31", 33334),
    ]
    assert [day for _, _, day, _ in fee(as_at="2025-06-29")] == ["2025-05-31"] * 2
    assert [day for _, _, day, _ in fee(as_at="2025-06-30")] == ["2025-05-31"] * 2 + ["2025-06-30"] * 2
    assert fee(as_at="2025-05-30") == []


def test_a_fee_may_be_for_one_provider_or_a_sum_for_each() -> None:
    """`to` names one; an amount by provider is looked up."""
    assert {payee for payee, *_ in fee(FEE.replace("instalments", "to: south, instalments"))} == {"south"}
    sums = ("values:\n", "values:\n  sums: {by: provider, north: 300.00, south: 90.00}\n")
    found = fee(FEE.replace("1000.00", "sums"), sums)
    assert [(payee, amount) for payee, _, _, amount in found] == [("north", 10000), ("south", 3000)] * 3


def test_fees_fill_caps_of_providers_and_not_of_participants() -> None:
    """A fee is of nobody, so a cap for each participant leaves it whole, and one for each provider does not."""
    both = changed((SECOND, FEE), ("on: [second]", "on: [first]"), ("at_most: 1200.00", "at_most: 400.00"))
    done = small.run(both, people=PEOPLE[:1], events=EVENTS[:1])
    cut = done.statement.lines().filter(pl.col("adjustment") == "most")
    assert cut.select("payment", "amount_minor").rows() == [("first", 40000 - 83333)]
    of_provider = changed(("per: [person]", "per: [provider]"), text=both)
    cut = small.run(of_provider, people=PEOPLE[:1], events=EVENTS[:1]).statement.lines()
    cut = cut.filter(pl.col("adjustment") == "most").sort("payee", "payment", "instalment")
    assert cut.select("payee", "payment", "instalment", "amount_minor").rows() == [
        ("north", "fee", 2, -33333),  # the job of 24 June comes before the fee of 30 June
        ("north", "fee", 3, -33334),
        ("north", "first", 1, 40000 - 33333 - 83333),
        ("south", "fee", 2, 40000 - 33333 - 33333),
        ("south", "fee", 3, -33334),
    ]


def test_the_first_instalment_is_of_its_day_and_the_last_lies_in_the_term() -> None:
    """On the day before nothing is owed; 29 months from 30 November 2021 end on 30 March 2024."""

    def fees(as_at: str) -> pl.DataFrame:
        """Give the instalments of the service fee of teacher development."""
        return evaluated("teacher-development", {}, as_at).statement.lines().filter(payment="service")

    assert fees("2021-11-29").is_empty()
    assert fees("2021-11-30")["amount_minor"].to_list() == [2744816]
    months = [dt.date(2021 + (10 + n) // 12, (10 + n) % 12 + 1, 1) for n in range(29)]
    last = [calendar.monthrange(month.year, month.month)[1] for month in months]
    days = [month.replace(day=min(30, end)) for month, end in zip(months, last, strict=True)]
    assert fees("2024-08-31")["earned_on"].sort().to_list() == days


# ---------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        (", instalments: 0", "PBR109 these are no instalments"),
        (", instalments: [50%, 40%]", "PBR109 these are no instalments"),
        (", instalments: [half]", "PBR109 these are no instalments"),
        (", every: 1 month", "PBR136 `every` is the time between instalments, of which there is one"),
        (", instalments: 2, every: 0 days", "PBR109 there is no time between the instalments"),
        (", instalments: 900, every: 1 year", "PBR109 the last instalment would be more than 100 years later"),
        (", falls_in: due", "PBR136 `falls_in: due` needs `due`, the day on which it is to be paid"),
        (", due: soon", "PBR109 'soon' is no day to pay"),
        (", due: 3 working days after achieved", "PBR102 the contract does not say which days are working days"),
        (", takes: perhaps", "PBR106 'perhaps' is neither yes nor no"),
        (", price_on: strat", "PBR111 no day or outcome is named 'strat'"),
        (", price_on: kept", "PBR136 'job' can be met without 'kept', and then there is no price"),
        (", times: [rate]", "PBR111 no value is named 'rate'"),
    ],
)
def test_what_is_wrong_with_a_tariff_is_said(terms: str, problem: str) -> None:
    """Each term that cannot be read, or means nothing beside the others, has a fault with a fix."""
    found = [f"{each.code} {each.message.partition(';')[0]}" for each in small.problems_of(with_payment(terms))]
    assert any(each.startswith(problem) for each in found), found


@pytest.mark.parametrize(
    ("fee_terms", "problem"),
    [
        ("amount: 10.00, to: west", "PBR111 no provider is named 'west'"),
        ("amount: ten", "PBR111 no value is named 'ten'"),
        ("amount: job_price", "PBR125 a fee is of no participant, so its amount is one sum or by provider"),
        ("amount: 10.00, instalments: 25", "PBR113 its instalments run from 2025-04-01 to 2027-04-01"),
        ("amount: 10.00, from: 2025-03-31", "PBR113 its instalments run from 2025-03-31 to 2025-03-31"),
        ("amount: 10.00, every: fortnight", "PBR106 'fortnight' cannot stand here"),
    ],
)
def test_what_is_wrong_with_a_fee_is_said(fee_terms: str, problem: str) -> None:
    """Its sum is of no participant, and its days lie in the term."""
    text = changed((FIRST, f"  first: {{kind: fee, {fee_terms}}}\n"), (SECOND, ""), NO_ADJUSTMENTS)
    found = [f"{each.code} {each.message.partition(';')[0]}" for each in small.problems_of(text)]
    assert any(each.startswith(problem) for each in found), found


@pytest.mark.parametrize(
    ("days", "problem"),
    [
        ("weekends", "PBR106 'weekends' does not say which days are working days"),
        ("{country: france}", "PBR106 'france' is no country whose bank holidays are known"),
        ("{extra: [2025-02-30]}", "PBR107 '2025-02-30' is not a real day"),
    ],
)
def test_what_is_wrong_with_working_days_is_said(days: str, problem: str) -> None:
    """They are weekdays, or those of a country, less days of the contract's own."""
    text = with_payment("", ("tables:\n", f"conventions: {{working_days: {days}}}\ntables:\n"))
    found = [f"{each.code} {each.message}" for each in small.problems_of(text)]
    assert any(each.startswith(problem) for each in found), found


def test_a_figure_of_participants_does_not_act_on_a_fee() -> None:
    """A cap or factor by a label of the participant says nothing of a fee, so it names the payments it is for."""
    rate = ("values:\n", "values:\n  rate: {by: grade, high: 5/6, low: 1}\n")
    text = changed((SECOND, FEE), ("by: 5/6, on: [second]", "by: rate"), rate)
    assert [problem.code for problem in small.problems_of(text)] == ["PBR125"]
    assert small.problems_of(changed(("by: rate", "by: rate, on: [first]"), text=text)) == ()


def test_parts_and_days_are_explained(tmp_path: Path, golden: Golden) -> None:
    """Each instalment with its number, its day and when it is due."""
    terms = ", instalments: [40%, 60%], every: 3 months, due: 10 working days after known, times: [1.5]"
    text = with_payment(terms, ("tables:\n", "conventions: {working_days: {country: england}}\ntables:\n"))
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    for name, frame in small.frames_of(PEOPLE[:1], EVENTS[:1]).items():
        frame.write_csv(tmp_path / f"{name}.csv")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, small.LATE).write(tmp_path / "out")
    golden("tests/golden/explain/instalments.txt", str(pbr.explain(out, "A", outcome="job")))


def test_equal_parts_and_shares_are_read() -> None:
    """A whole number is so many equal parts; shares are of any form a ratio has."""
    assert Instalments(("4",)).shares == (Fraction(1, 4),) * 4
    assert Instalments(("1/3", "2/3")).shares == (Fraction(1, 3), Fraction(2, 3))
    assert Instalments(("-50%", "150%")).shares is None
    assert Instalments(("1001",)).shares is None
