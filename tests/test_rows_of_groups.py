"""Schemes without participants: declared rows are measured, missing is not nothing, an evaluator gives figures."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from pbr.calendar import date_from_number
from pbr.explanation.groups import GroupWords
from pbr.problem import USES
from tests import small

if TYPE_CHECKING:
    from pbr.api import Run
    from tests.small import Rows

CENTRES: Final = """\
pbr: 1
contract:
  id: centres
  title: Two health centres
  version: 1
  providers: {butare: {name: Butare}, gisenyi: {name: Gisenyi}}
  currency: USD
  from: 2007-01-01
  to: 2007-12-31
  statements: quarterly
tables:
  reports:
    row_is: report
    is: provider
    key: [centre, on, act]
    fields:
      centre: provider
      on: date
      act: {type: text, one_of: [delivery, visit]}
      quantity: {type: whole, from: 0, to: 100000}
      fee: money
      complete: yes_no
      sent_on: recorded
values:
  price: {by: act, delivery: 4.59, visit: 0.18}
outcomes:
  quantity:
    kind: measure
    of: reports.quantity
    take: sum
    per: [provider, act, quarter]
    period_of: reports.on
    settles: period_end + 30 days
MORE
payments:
  acts: {kind: tariff, pays_for: quantity, price: price}
"""


def report(centre: str, on: str, act: str, quantity: str, sent_on: str = "", **more: str) -> dict[str, str]:
    """Give a declared row, sent on its day unless said."""
    return {"centre": centre, "on": on, "act": act, "quantity": quantity, "sent_on": sent_on or on, **more}


def run(reports: Rows, as_at: str, more: str = "", *changes: tuple[str, str]) -> Run:
    """Evaluate declared rows."""
    text = CENTRES.replace("MORE\n", more)
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    fields = ["centre", "on", "act", "quantity", "fee", "complete", "sent_on"]
    frame = pl.DataFrame(
        [{name: row.get(name, "") for name in fields} for row in reports], schema=dict.fromkeys(fields, pl.String)
    )
    return pbr.run(small.contract_of(text), {"reports": frame}, as_at)


def said(done: Run, name: str, *key: str) -> tuple[Any, ...]:
    """Give state, reason, figure and the day on which it was fixed of one group."""
    result = done.decisions.pooled[name].results[key]
    known = None if result.known is None else str(date_from_number(result.known))
    return result.state, result.reason, result.value, known


FIRST: Final[Rows] = [
    report("butare", "2007-01-31", "delivery", "10"),
    report("butare", "2007-02-28", "delivery", "11"),
    report("butare", "2007-03-31", "visit", "985", "2007-04-05"),
]


def test_declared_quantities_are_added_up_and_paid_at_the_price_of_each_act() -> None:
    """21 deliveries at 4.59 are 96.39, 985 visits at 0.18 are 177.30; nothing is paid before the day it settles."""
    before = run(FIRST, "2007-04-29")
    assert before.statement.total_minor == 0
    assert said(before, "quantity", "butare", "delivery", "Y1-Q1") == ("pending", "not_settled", Fraction(21), None)
    done = run(FIRST, "2007-04-30")
    lines = done.statement.lines().sort("occurrence")
    assert lines.select("payee", "occurrence", "quantity", "amount_minor").rows() == [
        ("butare", "delivery Y1-Q1", "21", 9639),
        ("butare", "visit Y1-Q1", "985", 17730),
    ]
    assert lines["earned_on"].cast(pl.String).to_list() == ["2007-03-31", "2007-03-31"]
    assert lines["group"].to_list() == ["delivery", "visit"]


def test_missing_is_not_nothing() -> None:
    """An empty quantity leaves its group unknown, no row at all is no result, and nought is a figure."""
    rows = [
        *FIRST,
        report("butare", "2007-01-31", "visit", ""),
        report("gisenyi", "2007-01-31", "delivery", "0"),
    ]
    done = run(rows, "2007-04-30")
    assert said(done, "quantity", "butare", "visit", "Y1-Q1") == ("unknown", "missing_field", None, "2007-04-30")
    assert said(done, "quantity", "gisenyi", "visit", "Y1-Q1") == ("not_assessable", "no_rows", None, "2007-04-30")
    assert said(done, "quantity", "gisenyi", "delivery", "Y1-Q1") == ("met", "met", Fraction(0), "2007-04-30")
    assert sorted(done.statement.lines()["amount_minor"].to_list()) == [0, 9639]
    mended = run([*rows[:3], report("butare", "2007-01-31", "visit", "15"), rows[4]], "2007-04-30")
    assert said(mended, "quantity", "butare", "visit", "Y1-Q1")[:3] == ("met", "met", Fraction(1000))


def test_a_report_that_comes_after_the_figure_is_fixed_changes_it_only_if_it_reopens() -> None:
    """Sent on 30 April it counts, on 1 May it does not; its row says that it was not picked."""
    late = [*FIRST, report("butare", "2007-03-31", "delivery", "5", "2007-05-01")]
    done = run(late, "2007-06-30")
    assert said(done, "quantity", "butare", "delivery", "Y1-Q1")[2] == Fraction(21)
    uses = done.statement.uses
    assert uses.sort("_row")["use"].to_list() == [0, 0, 0, 1]
    again = run(late, "2007-06-30", "", ("    settles: period_end + 30 days\n", "    reopens: yes\n"))
    assert said(again, "quantity", "butare", "delivery", "Y1-Q1") == ("met", "met", Fraction(26), "2007-03-31")
    on_time = [*FIRST, report("butare", "2007-03-31", "delivery", "5", "2007-04-30")]
    assert said(run(on_time, "2007-06-30"), "quantity", "butare", "delivery", "Y1-Q1")[2] == Fraction(26)


@pytest.mark.parametrize(
    ("take", "field", "expected"),
    [
        ("mean", "quantity", Fraction(21, 2)),
        ("median", "quantity", Fraction(21, 2)),
        ("sum", "fee", Fraction(25, 2)),
        ("n", "quantity", Fraction(2)),
        ("count", "complete", Fraction(1)),
        ("share", "complete", Fraction(1, 2)),
    ],
)
def test_each_way_to_take_rows(take: str, field: str, expected: Fraction) -> None:
    """Of two rows with 10 and 11, 12.00 and 0.50, yes and no."""
    rows = [
        report("butare", "2007-01-31", "delivery", "10", fee="12.00", complete="yes"),
        report("butare", "2007-03-31", "delivery", "11", fee="0.50", complete="no"),
    ]
    more = (
        f"  it: {{kind: measure, of: reports.{field}, take: {take}, per: [provider, quarter], period_of: reports.on}}\n"
    )
    done = run(rows, "2007-03-31", more)
    assert said(done, "it", "butare", "Y1-Q1")[2] == expected


@pytest.mark.parametrize(("empty", "adverse", "expected"), [("", "no", Fraction(1, 3)), ("", "yes", Fraction(2, 3))])
def test_a_yes_or_no_that_is_empty_counts_against_the_provider(empty: str, adverse: str, expected: Fraction) -> None:
    """Of yes, no and nothing the share is a third, or two thirds where yes is bad (rule 9)."""
    rows = [
        report("butare", f"2007-0{month}-28", "delivery", "1", complete=word)
        for month, word in ((1, "yes"), (2, "no"), (3, empty))
    ]
    more = (
        "  it: {kind: measure, of: reports.complete, per: [provider, quarter], period_of: reports.on, "
        f"adverse: {adverse}}}\n"
    )
    assert said(run(rows, "2007-03-31", more), "it", "butare", "Y1-Q1")[2] == expected


def test_permuted_rows_and_split_files_give_the_same_lines() -> None:
    """The order of what is declared changes nothing."""
    one, other = run(FIRST, "2007-12-31"), run(FIRST[::-1], "2007-12-31")
    assert one.statement.lines().equals(other.statement.lines())


def test_a_row_outside_the_term_is_of_no_period() -> None:
    """It is said so of the row, and it is in no figure."""
    done = run([*FIRST, report("butare", "2006-12-31", "delivery", "99")], "2007-12-31")
    assert said(done, "quantity", "butare", "delivery", "Y1-Q1")[2] == Fraction(21)
    assert done.statement.uses.sort("_row")["use"].to_list()[-1] == 2


def test_a_contract_without_a_cohort_has_no_waterfall_and_no_decision_on_anybody() -> None:
    """Every row of the decisions is of a group; explanations and the summary know nobody."""
    done = run(FIRST, "2007-04-30")
    assert done.decisions.own_rows().is_empty()
    assert done.decisions.rows()["subject"].null_count() == 16
    assert set(done.evidence.counts) == {"reports"}
    text = GroupWords(done.decisions, done.statement.lines()).text("quantity", [("butare", "delivery", "Y1-Q1")])
    assert "counted    rows of reports by quantity: 2 with a figure" in text


# ---- estimates

PRISON: Final = """\
pbr: 1
contract:
  {id: prison, version: 1, providers: {service: {name: One Service}}, currency: GBP, from: 2010-09-09, to: 2016-06-30}
tables:
  assessor:
    row_is: finding
    key: [cohort, version]
    fields:
      cohort: {type: text, one_of: [one, two, all]}
      fall: share
      low: share
      high: share
      avoided: {type: decimal, places: 1}
      settled_on: date
      version: whole
      signed_on: recorded
outcomes:
  fall:
    {kind: estimate, table: assessor, value: fall, low: low, high: high, per: [cohort], pooled: all, version: version}
  avoided: {kind: estimate, table: assessor, value: avoided, per: [cohort], pooled: all, version: version}
  alone: {kind: test, of: fall, at_least: 10%}
  surely: {kind: test, of: fall, above: 0%, by: lower}
  together: {kind: test, of: fall.pooled, at_least: 7.5%}
  success: {kind: combine, need: any, of: [alone, together]}
payments:
  reward: {kind: tariff, pays_for: avoided, price: 1700.00}
adjustments:
  - {id: success, kind: gate, needs: success}
"""


def finding(cohort: str, fall: str, signed_on: str, version: str = "1", avoided: str = "10.5") -> dict[str, str]:
    """Give a finding of the assessor."""
    ends = {"low": "1%", "high": "15%"} if cohort == "one" else {"low": "", "high": "9%"}
    return {
        "cohort": cohort,
        "fall": fall,
        **ends,
        "avoided": avoided,
        "settled_on": signed_on,
        "version": version,
        "signed_on": signed_on,
    }


def assessed(rows: Rows, as_at: str) -> Run:
    """Evaluate findings."""
    return pbr.run(small.contract_of(PRISON), {"assessor": pl.DataFrame(rows)}, as_at)


def test_an_estimate_is_pending_until_it_is_signed_and_then_achieved_on_its_day() -> None:
    """The first cohort fell by 8.4%, short of 10%: nothing is paid until all together are known."""
    rows = [finding("one", "8.4%", "2014-08-07"), finding("all", "9%", "2016-05-01", avoided="0")]
    before = assessed(rows, "2014-08-06")
    assert said(before, "fall", "one") == ("pending", "not_estimated", None, None)
    first = assessed(rows, "2014-08-07")
    assert said(first, "fall", "one") == ("met", "met", Fraction(84, 1000), "2014-08-07")
    assert said(first, "alone", "one")[:2] == ("not_met", "beside_threshold")
    assert said(first, "success", "one")[:2] == ("pending", "part_pending")
    assert first.statement.total_minor == 0
    done = assessed(rows, "2016-05-01")
    assert said(done, "together")[0] == "met"
    assert said(done, "success", "two")[:2] == ("met", "met")  # the answer for all holds for each
    lines = done.statement.lines().sort("occurrence")
    assert lines.select("adjustment", "occurrence", "quantity", "amount_minor").rows() == [
        ("-", "one", "10.5", 1785000)
    ]


def test_a_later_version_takes_the_place_of_an_earlier_one() -> None:
    """It counts from the day on which it is signed; of the two rows one is used."""
    rows = [finding("one", "8.4%", "2014-08-07"), finding("one", "10%", "2014-09-01", "2")]
    assert said(assessed(rows, "2014-08-31"), "alone", "one")[0] == "not_met"
    done = assessed(rows, "2014-09-01")
    assert said(done, "alone", "one")[0] == "met"
    uses = done.statement.uses.filter(pl.col("outcome") == "fall").sort("_row")
    assert uses["use"].to_list() == [1, 0]


def test_the_end_of_an_interval_is_compared_and_an_empty_one_is_unknown() -> None:
    """1% is above nothing; the second cohort has no lower end."""
    rows = [finding("one", "8.4%", "2014-08-07"), finding("two", "8.4%", "2014-08-07")]
    done = assessed(rows, "2014-08-07")
    assert said(done, "surely", "one")[:2] == ("met", "met")
    assert said(done, "surely", "two")[:2] == ("unknown", "missing_field")


def test_two_figures_for_one_group_leave_it_unknown() -> None:
    """Without a version nothing says which of two findings counts."""
    text = PRISON.replace(", version: version", "").replace(
        "    key: [cohort, version]\n", "    key: [cohort, signed_on]\n"
    )
    rows = [finding("one", "8.4%", "2014-08-07"), finding("one", "12%", "2014-09-01")]
    done = pbr.run(small.contract_of(text), {"assessor": pl.DataFrame(rows)}, "2014-12-31")
    assert said(done, "fall", "one")[:2] == ("unknown", "several_rows")
    empty = pbr.run(
        small.contract_of(text), {"assessor": pl.DataFrame([finding("one", "", "2014-08-07")])}, "2014-12-31"
    )
    assert said(empty, "fall", "one")[:2] == ("unknown", "missing_field")


def test_decisions_hold_the_figure_of_all_together() -> None:
    """It has rows of its own under its own name."""
    done = assessed([finding("all", "9%", "2016-05-01")], "2016-06-30")
    rows = done.decisions.rows().filter(pl.col("outcome") == "fall.pooled")
    assert rows.select("group", "state", "value").rows() == [("all", "met", "0.09")]


def test_two_figures_leave_it_unknown_from_the_day_of_the_second_in_whatever_order_they_are_sent() -> None:
    """The first is signed in August, the second in September: until then there was one."""
    rows = [finding("one", "8.4%", "2014-08-07"), finding("one", "12%", "2014-09-01")]
    text = PRISON.replace(", version: version", "").replace("key: [cohort, version]", "key: [cohort, signed_on]")
    for sent in (rows, rows[::-1]):
        done = pbr.run(small.contract_of(text), {"assessor": pl.DataFrame(sent)}, "2014-12-31")
        assert said(done, "fall", "one") == ("unknown", "several_rows", None, "2014-09-01")
        assert said(done, "alone", "one") == ("unknown", "part_unknown", None, "2014-09-01")
    before = pbr.run(small.contract_of(text), {"assessor": pl.DataFrame(rows)}, "2014-08-31")
    assert said(before, "fall", "one") == ("met", "met", Fraction(84, 1000), "2014-08-07")


def test_a_finding_dated_after_the_as_at_date_is_not_evidence_yet() -> None:
    """Signed in August for the end of September, it counts from that day on (rule 7)."""
    rows = [finding("one", "12%", "2014-08-07") | {"settled_on": "2014-09-30"}]
    before = assessed(rows, "2014-09-29")
    assert said(before, "fall", "one") == ("pending", "not_estimated", None, None)
    assert before.statement.uses.filter(outcome="fall")["use"].to_list() == [7]
    assert before.statement.total_minor == 0
    assert said(assessed(rows, "2014-09-30"), "fall", "one") == ("met", "met", Fraction(12, 100), "2014-09-30")


@pytest.mark.parametrize(("day", "state"), [("2016-06-30", "met"), ("2016-07-01", "not_met")])
def test_a_finding_of_a_day_outside_the_term_is_not_met(day: str, state: str) -> None:
    """The last day of the term is the last on which anything can be earned (rule 4)."""
    done = assessed([finding("one", "12%", day)], "2017-01-01")
    assert said(done, "fall", "one")[0] == state
    assert said(done, "alone", "one")[0] == state
    assert (said(done, "avoided", "one")[0], said(done, "avoided", "one")[3]) == (state, day)
    if state == "not_met":
        assert said(done, "fall", "one")[1:3] == ("outside_term", None)
        assert said(done, "alone", "one")[1] == "part_not_met"
        assert done.statement.lines().is_empty()
        assert done.statement.uses.filter(outcome="fall")["use"].to_list() == [2]


def test_of_versions_the_newest_of_a_day_in_the_term_counts() -> None:
    """Rows outside the term are not taken, and only then is one picked (rule 4)."""
    rows = [finding("one", "12%", "2016-06-01"), finding("one", "1%", "2016-07-01", "2")]
    assert said(assessed(rows, "2017-01-01"), "fall", "one") == ("met", "met", Fraction(12, 100), "2016-06-01")
    earlier = [finding("one", "12%", "2010-09-08") | {"signed_on": "2011-01-01"}]
    assert said(assessed(earlier, "2011-01-01"), "fall", "one")[:2] == ("not_met", "outside_term")


# ---- what became of rows


def uses_of(reports: Rows, as_at: str, *changes: tuple[str, str]) -> list[str]:
    """Name the use of each row for the quantity; nothing for one that has none."""
    uses = run(reports, as_at, "", *changes).statement.uses.filter(outcome="quantity").sort("_row")
    found = dict(uses.select("_row", "use").iter_rows())
    return [list(USES)[found[place]] if place in found else "" for place in range(len(reports))]


def test_a_row_that_is_in_no_figure_is_not_said_to_be_used() -> None:
    """One without a day is read by nothing, one without an act is in no group (rule 30)."""
    rows = [
        report("butare", "2007-01-31", "delivery", "10"),
        report("butare", "", "delivery", "10", "2007-02-01"),
        report("butare", "2007-01-31", "", "10"),
    ]
    text: tuple[str, str] = ("    key: [centre, on, act]\n", "    key: [number]\n")
    numbered = [row | {"number": f"{place}"} for place, row in enumerate(rows)]
    fields = ["number", "centre", "on", "act", "quantity", "fee", "complete", "sent_on"]
    contract = (
        CENTRES.replace("MORE\n", "")
        .replace(*text)
        .replace("      centre: provider\n", "      number: id\n      centre: provider\n")
    )
    frame = pl.DataFrame([{name: row.get(name, "") for name in fields} for row in numbered])
    done = pbr.run(small.contract_of(contract), {"reports": frame}, "2007-04-30")
    uses = done.statement.uses.filter(outcome="quantity").sort("_row")
    assert [list(USES)[use] for use in uses["use"]] == ["used", "not_picked"]
    assert said(done, "quantity", "butare", "delivery", "Y1-Q1")[2] == Fraction(10)


def test_a_row_too_late_for_its_own_period_is_used_where_a_later_figure_has_it() -> None:
    """March's report is sent in May, after the first quarter settled: the figure to date of the second has it."""
    late = [*FIRST, report("butare", "2007-03-31", "delivery", "5", "2007-05-01")]
    assert uses_of(late, "2007-06-30")[-1] == "not_picked"
    to_date = ("    settles: period_end + 30 days\n", "    settles: period_end + 30 days\n    over: to_date\n")
    assert uses_of(late, "2007-06-30", to_date)[-1] == "used"
    done = run(late, "2007-07-30", "", to_date)
    assert said(done, "quantity", "butare", "delivery", "Y1-Q1")[2] == Fraction(21)
    assert said(done, "quantity", "butare", "delivery", "Y1-Q2")[2] == Fraction(26)


def test_the_word_for_all_together_is_a_label_like_any_other_in_another_field() -> None:
    """An estimate's `visit` stands for all of its own kinds, and not for an act of the centres."""
    tables = (
        "  findings:\n    row_is: finding\n    key: [kind]\n"
        "    fields: {kind: {type: text, one_of: [home, visit]}, fall: share, on: date}\nvalues:\n"
    )
    more = "  fall: {kind: estimate, table: findings, value: fall, per: [kind], pooled: visit}\n"
    text = CENTRES.replace("MORE\n", more).replace("values:\n", tables)
    frame = pl.DataFrame([{"fee": "", "complete": ""} | row for row in FIRST])
    found = pl.DataFrame([{"kind": "visit", "fall": "5%", "on": "2007-02-01"}])
    done = pbr.run(small.contract_of(text), {"reports": frame, "findings": found}, "2007-04-30")
    assert said(done, "quantity", "butare", "visit", "Y1-Q1")[2] == Fraction(985)
    assert set(done.decisions.pooled["fall"].results) == {("home",)}
    assert said(done, "fall.pooled")[2] == Fraction(5, 100)


def test_a_formula_is_of_the_groups_of_what_it_names_of_the_whole_contract_too() -> None:
    """Its only group is named like that of its part."""
    more = (
        "  whole: {kind: measure, of: reports.quantity, take: sum, per: [contract], period_of: reports.on}\n"
        '  twice: {kind: formula, value: "whole * 2"}\n'
    )
    done = run(FIRST, "2007-12-31", more)
    assert list(done.decisions.pooled["twice"].results) == list(done.decisions.pooled["whole"].results) == [("all",)]
