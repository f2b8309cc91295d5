"""Vectors of programmes that bring people into work: spells and blocks, groups, earnings, delivery fees."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import polars as pl

from tests.vectors.filed import decided, paid, pounds, total
from tests.vectors.registry import reproduces

if TYPE_CHECKING:
    from tests.vectors.filed import Filed, Rows
    from tests.vectors.given import Given

GROUPS: Final = {
    "1 JSA 18-24": "jsa_18_24",
    "2 JSA 25+": "jsa_25_over",
    "3 JSA early access": "jsa_early",
    "4 JSA ex-IB": "jsa_ex_ib",
    "5 ESA volunteers": "esa_volunteers",
}


def attached(names: list[str], on: str, group: str = "") -> Rows:
    """Give people of the Work Programme; each is of the group with their name unless one is named."""
    person = {"provider": "prime", "attached_on": on, "recorded_on": on}
    return [{"participant": name, "payment_group": group or name} | person for name in names]


@reproduces("wp_group_maxima", contract="work-programme")
def all_that_each_group_can_earn(given: Given, filed: Filed) -> None:
    """Somebody of each group who works without a break earns all that the group can."""
    persons = given["inputs"]["persons"]
    assert all(person[word] for person in persons for word in ("attached", "job_outcome", "all_sustainments"))
    groups = [GROUPS[person["group"]] for person in persons]
    jobs = [{"participant": group, "began": "2011-09-05", "ended": "", "recorded_on": "2011-09-05"} for group in groups]
    done = filed.run({"participants": attached(groups, "2011-07-04"), "jobs": jobs}, "2017-03-31")
    expected = given["expected"]
    assert paid(done, "subject") == {GROUPS[name]: amount for name, amount in expected["per_person"].items()}
    assert total(done) == expected["sum"]
    by = paid(done, "subject", "payment")
    for name, terms in given["parameters"].items():
        for payment, word in (("attachment", "attachment"), ("job_outcome",) * 2, ("sustainment", "sustainment_total")):
            assert by[GROUPS[name], payment] == f"{terms[word]}.00"


@reproduces("wp_person_timeline_pg2", contract="work-programme")
def three_jobs_of_one_person(given: Given, filed: Filed) -> None:
    """When the outcome was, which blocks followed, and when each may be claimed, by weekdays alone."""
    inputs, expected, terms = given["inputs"], given["expected"], given["parameters"]
    assert inputs["bank_holidays_ignored"] is ("  working_days: weekdays\n" in filed.text())
    group = GROUPS[terms["group"]]
    for line in (
        f"{group}: {terms['outcome_days']} days",
        f"{group}: {terms['sustainment_max']}",
        f"every: {terms['block_days']} days",
        f"due: {terms['claim_lag_working_days']} working days after achieved",
    ):
        assert f"    {line}\n" in filed.text()
    jobs = [
        {"participant": "P", "began": began, "ended": ended, "recorded_on": ended}
        for began, ended in inputs["employment_spells_inclusive"]
    ]
    done = filed.run({"participants": attached(["P"], inputs["attached"], group), "jobs": jobs}, "2017-03-31")
    assert decided(done, "in_work") == {"P": ("met", expected["job_outcome_date"])}
    blocks = done.statement.lines().filter(pl.col("payment") == "sustainment").sort("earned_on")
    assert [str(day) for day in blocks["earned_on"]] == expected["sustainment_block_ends"]
    assert [str(day) for day in blocks["due_on"]] == expected["earliest_claim_dates"]
    assert paid(done, "payment") == expected["payments"]
    assert total(done) == expected["total"]
    prices = dict(done.statement.lines().select("payment", "unit_price_minor").unique().rows())
    names = {"attachment": "attachment", "job_outcome": "job_outcome", "sustainment": "sustainment_each"}
    assert {name: pounds(minor) for name, minor in prices.items()} == {
        name: f"{terms[word]}.00" for name, word in names.items()
    }


def worked(pay: dict[str, list[tuple[str, str]]], starts: dict[str, str]) -> dict[str, Rows]:
    """Give people of the Work and Health Programme with their starts, and what each was paid on which day."""
    people = [{"participant": name, "provider": "prime", "started_on": start} for name, start in starts.items()]
    rows = [
        {"participant": name, "amount": amount, "paid_on": day, "recorded_on": day}
        for name, payments in pay.items()
        for day, amount in payments
    ]
    return {"participants": people, "pay": rows}


@reproduces(
    "whp_earnings_threshold", contract="work-and-health", changed="the vector's wage in place of those of two years"
)
def earnings_come_to_a_sum(given: Given, filed: Filed) -> None:
    """Pay adds up to the sum that follows from the wage; the last day of the window is that of the vector.

    The start lies in a year with a lower wage than the vector asks for, which is put in its place.
    """
    inputs, expected, terms = given["inputs"], given["expected"], given["parameters"]
    least = Fraction(terms["wage"]) * terms["hours"] * terms["weeks"]
    assert least == Fraction(expected["threshold"])
    threshold = expected["threshold"]
    later = ("      2018-04-01: 3257.28\n      2019-04-01: 3415.36\n", f"      2018-04-01: {threshold}\n")
    assert f"      for: {terms['window_days']} days\n" in filed.text()
    tables = worked({"P": [(one["date"], one["amount"]) for one in inputs["pay"]]}, {"P": inputs["start"]})
    for as_at in (expected["outcome_date"], "2020-12-31"):
        done = filed.run(tables, as_at, later)
        assert decided(done, "earned") == {"P": ("met", expected["outcome_date"])}
    lasts = done.decisions.rows().filter(pl.col("outcome") == "earned")["window_last"]
    assert [str(day) for day in lasts] == [expected["window_last_day_if_start_is_day_0"]]
    assert done.statement.lines().filter(payment="outcome").height == expected["outcomes"]


@reproduces("whp_earnings_threshold", contract="work-and-health")
def the_sum_follows_from_the_wage_of_the_start(given: Given, filed: Filed) -> None:
    """Under each wage the sum is reached by pay of it, and not by a penny less."""
    terms, expected = given["parameters"], given["expected"]
    starts: dict[str, str] = {}
    pay: dict[str, list[tuple[str, str]]] = {}
    for wage, least in expected["thresholds_by_wage"].items():
        assert Fraction(wage) * terms["hours"] * terms["weeks"] == Fraction(least)
        (start,) = [line.partition(":")[0].strip() for line in filed.text().splitlines() if line.endswith(f": {least}")]
        day = str(dt.date.fromisoformat(start) + dt.timedelta(days=30))
        for word, amount in (("at", least), ("less", pounds(int(Fraction(least) * 100) - 1))):
            starts[f"{word} {wage}"] = start
            pay[f"{word} {wage}"] = [(day, amount)]
    done = filed.run(worked(pay, starts), "2030-12-31")
    rows = done.decisions.rows().filter(pl.col("outcome") == "earned")
    reasons = dict(rows.select("subject", "reason").rows())
    assert reasons == {name: "met" if name.startswith("at") else "too_little" for name in starts}


@reproduces("whp_delivery_fee", contract="work-and-health")
def sixty_equal_months(given: Given, filed: Filed) -> None:
    """Sixty equal months of thirty per cent of the contract's value."""
    inputs, expected, terms = given["inputs"], given["expected"], given["parameters"]
    done = filed.run({}, "2024-10-31")
    fees = done.statement.lines()
    assert set(map(pounds, fees["amount_minor"])) == {expected["monthly_fee"]}
    assert fees.height == inputs["months"] == terms["max_months"]
    assert total(done) == expected["total"]
    value = Fraction(inputs["estimated_total_contract_value"]) * Fraction(terms["share"])
    assert Fraction(total(done)) == value
