"""Lines multiplied by what groups came to: a sample's pass rate, a quality score, and what is held back without one."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from pbr.cases.reach import HELD, USED, reached_by, terms_of
from pbr.money import parse_minor
from tests import small
from tests.vectors.registry import vectors_in

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.api import Run
    from tests.small import Rows

TEXT: Final = """\
pbr: 1
contract:
  id: claims
  version: 1
  providers: {north: {name: North}, south: {name: South}}
  currency: GBP
  from: 2025-04-01
  to: 2026-03-31
  statements: quarterly
tables:
  claims:
    row_is: claim
    fields:
      claim: id
      provider: provider
      paid_on: date
      size: {type: text, one_of: [usual, large, less]}
      sampled: yes_no
      failed: yes_no
      mark: {type: whole, from: 0, to: 100}
      worth: {type: whole, from: 0, to: 1800}
cohort: {of: claim, start: paid_on}
values:
  claim_price: {by: size, usual: 1200.00, large: 1800.00, less: 1175.00}
outcomes:
  claimed: {kind: fact, when: "sampled IS NOT NULL", date: start, window: {from: start, for: 0 days}}
  sampled: {kind: fact, when: sampled, date: start, window: {from: start, for: 0 days}}
  passed: {kind: fact, when: "NOT failed", date: start, window: {from: start, for: 0 days}}
  failed: {kind: fact, when: "sampled AND failed", date: start, window: {from: start, for: 0 days}}
  marks: {kind: scale, value: mark, points: {90 or more: 1, 50 to 89: 0.5, under 50: -1}}
  pass_rate:
    kind: measure
    of: passed
    among: sampled
    take: share
    per: [provider, quarter]
    period_of: start
    settles: period_end
MORE
payments:
  paid: {kind: tariff, pays_for: claimed, price: claim_price}
adjustments:
"""
BY_COUNT: Final = "{id: extrapolated, kind: multiply, by: pass_rate, per: [provider, quarter]}"

VALUE: Final = """\
  pounds: {kind: scale, value: worth, points: {1201 to 1800: 1800, 1176 to 1200: 1200, 1 to 1175: 1175, 0: 0}}
  right: {kind: combine, need: all, of: [sampled, passed]}
  pounds_passed:
    kind: measure
    of: pounds
    among: right
    take: sum
    per: [provider, quarter]
    period_of: start
    settles: period_end
  value_rate: {kind: scale, of: pounds_passed, shape: straight, points: {0: 0, SAMPLE: 1}, below: 0, above: 1}
"""
BY_SIZE: Final = """\
  by_size: {kind: measure, of: passed, per: [provider, size]}
  good: {kind: test, of: by_size, at_least: 50%}
"""
MORE_PAID: Final = (
    "adjustments:\n",
    """\
  of_groups: {kind: tariff, pays_for: pass_rate, price: 1.00}
  service: {kind: fee, amount: 1.00}
adjustments:
""",
)


def text_of(adjustments: str, more: str = "", *changes: tuple[str, str]) -> str:
    """Give the contract with adjustments, each a line, and more outcomes."""
    text = small.changed(("MORE\n", more), *changes, text=TEXT)
    return text + "".join(f"  - {each}\n" for each in adjustments.splitlines())


def claims(count: int, sampled: str = "no", failed: str = "no", **more: str) -> Rows:
    """Give claims of north, paid in the first quarter."""
    row = {"provider": "north", "paid_on": "2025-05-01", "size": "usual", "sampled": sampled, "failed": failed}
    return [row | {"mark": "", "worth": ""} | more for _ in range(count)]


def run(rows: Rows, text: str, as_at: str = "2026-03-31") -> Run:
    """Evaluate a contract on claims."""
    named = [{"claim": row.get("claim", f"C{place:03}")} | row for place, row in enumerate(rows)]
    return pbr.run(small.contract_of(text), {"claims": pl.DataFrame(named)}, as_at)


def changes(done: Run, *columns: str) -> list[tuple[Any, ...]]:
    """List what adjustments made: columns, then pence."""
    frame = done.statement.lines().filter(pl.col("adjustment") != "-")
    return sorted(frame.select(*columns, "amount_minor").rows(), key=repr)


def population(failed: str, others: str) -> Rows:
    """Give 400 claims of which 50 were looked at and 2 failed."""
    sample = claims(2, "yes", "yes", size=failed) + claims(48, "yes", size=others)
    return sample + claims(350)


# ---------------------------------------------------------------- the published numbers


@pytest.mark.parametrize(
    ("failed", "others", "by_value"), [("usual", "usual", "19200.00"), ("large", "less", "28800.00")]
)
def test_validation_sample_extrapolation(shared: Path, failed: str, others: str, by_value: str) -> None:
    """2 of 50 failed, so 4% of all that was paid is recovered; by value it is the share of the sample's pounds.

    In the second variant the two that failed were of 1,800.00 each, and the others of the sample of 1,175.00.
    """
    given = vectors_in(shared)["validation_sample_extrapolation"]["validation_sample_extrapolation"]
    inputs, expected = given["inputs"], given["expected"]
    rows = population(failed, others)
    prices = {"usual": 1200, "large": 1800, "less": 1175}
    assert len(rows) == inputs["population"]["claims"]
    assert sum(row["sampled"] == "yes" for row in rows) == inputs["sample"]["claims"]
    assert sum(prices[row["size"]] for row in rows) == parse_minor(inputs["population"]["value"], 2) // 100  # type: ignore[operator]
    sample = sum(prices[row["size"]] for row in rows if row["sampled"] == "yes")
    assert sample * 100 == parse_minor(inputs["sample"]["value"], 2)
    done = run(rows, text_of(BY_COUNT))
    assert changes(done, "adjustment") == [("extrapolated", -parse_minor(expected["count_basis"]["recovery"], 2))]  # type: ignore[operator]
    value = VALUE.replace("SAMPLE", str(sample))
    worth = [row | {"worth": str(prices[row["size"]])} for row in rows]
    done = run(worth, text_of(BY_COUNT.replace("pass_rate", "value_rate"), value))
    assert changes(done, "adjustment") == [("extrapolated", -(parse_minor(by_value, 2) or 0))]
    if by_value == expected["value_basis"]["recovery"]:
        direct = run(rows, text_of("{id: direct, kind: gate, stops: failed}"))
        taken = sum(amount for *_, amount in changes(direct))
        assert taken == -parse_minor(expected["direct_only"]["recovery"], 2)  # type: ignore[operator]
    assert by_value in {expected["value_basis"]["recovery"], "28800.00"}


# ---------------------------------------------------------------- quantity times quality


def test_quantity_times_quality_is_rounded_once_for_each_group() -> None:
    """Three lines of 12.01 by 2/3 are 24.02 together; one by one each is 8.01, and 24.03 together."""
    rows = claims(2, "yes") + claims(1, "yes", "yes") + claims(1, "yes", provider="south", paid_on="2025-08-01")
    price = ("usual: 1200.00", "usual: 12.01")
    done = run(rows, text_of(BY_COUNT, "", price))
    assert changes(done, "occurrence", "payee", "quantity", "group", "reason") == [
        ("extrapolated Y1-Q1", "north", "2/3", "north Y1-Q1", "multiply", 2402 - 3603)
    ]
    each = run(rows, text_of(BY_COUNT.replace(", per: [provider, quarter]", ""), "", price))
    assert changes(each, "subject", "quantity", "reason") == [
        (f"C{place:03}", "2/3", "multiply", 801 - 1201) for place in range(3)
    ]


def test_lines_of_a_month_are_multiplied_by_the_figure_of_their_quarter() -> None:
    """Two months of one quarter have its figure, each rounded by itself; the next quarter has its own."""
    rows = claims(1, "yes", "yes", paid_on="2025-04-30") + claims(1, "yes", paid_on="2025-05-01")
    rows += claims(1, "yes", paid_on="2025-07-01")
    done = run(rows, text_of(BY_COUNT.replace("quarter", "month"), "", ("usual: 1200.00", "usual: 0.03")))
    assert changes(done, "occurrence", "quantity") == [
        ("extrapolated Y1-M01", "0.5", -1),
        ("extrapolated Y1-M02", "0.5", -1),
    ]


def test_each_line_by_its_own_labels_and_the_quarter_it_falls_in() -> None:
    """A rate by size multiplies each line by that of its size; who has none is in no group and is not paid."""
    rate = "  by_size: {kind: measure, of: passed, per: [size, provider]}\n"
    rows = claims(1) + claims(1, failed="yes") + claims(1, size="large") + claims(1, size="")
    done = run(rows, text_of("{id: rated, kind: multiply, by: by_size}", rate))
    assert changes(done, "subject", "group", "quantity") == [
        ("C000", "usual north", "0.5", -60000),
        ("C001", "usual north", "0.5", -60000),
    ]
    assert done.statement.total_minor == 120000 + 180000


def test_what_an_earlier_adjustment_made_for_a_group_is_multiplied_too() -> None:
    """A floor adds 800.00 for a provider, and half of all of it is paid."""
    rows = claims(1, "yes", "yes") + claims(1, "yes", size="less")
    text = text_of(
        "{id: least, kind: floor, at_least: 3175.00, per: [provider, quarter]}\n"
        "{id: rated, kind: multiply, by: pass_rate}"
    )
    done = run(rows, text)
    assert changes(done, "adjustment", "occurrence") == [
        ("least", "least Y1-Q1", 80000),
        ("rated", "1", -58750),
        ("rated", "1", -60000),
        ("rated", "least Y1-Q1", -40000),
    ]
    assert done.statement.total_minor == (120000 + 117500 + 80000) // 2


# ---------------------------------------------------------------- held back


@pytest.mark.parametrize(
    ("as_at", "more", "rows", "reason", "paid"),
    [
        ("2025-06-29", "", claims(2, "yes"), "held_pending", 0),
        ("2025-06-30", "", claims(2, "yes"), None, 240000),
        ("2025-06-30", "", claims(2), "held_not_assessable", 0),
        ("2025-06-30", "    fewest: 3\n", claims(2, "yes"), "held_not_assessable", 0),
        ("2025-06-30", "    fewest: 2\n", claims(2, "yes"), None, 240000),
    ],
)
@pytest.mark.parametrize("per", ["", ", per: [provider, quarter]"])
def test_without_a_figure_the_lines_are_held_back_whole(
    as_at: str, more: str, rows: Rows, reason: str | None, paid: int, per: str
) -> None:
    """The day before it settles nothing is paid, on the day all; a figure that is none holds them for good."""
    text = text_of(BY_COUNT.replace(", per: [provider, quarter]", per), "", ("take: share\n", f"take: share\n{more}"))
    done = run(rows, text, as_at)
    assert done.statement.total_minor == paid
    found = {row[:-1] for row in changes(done, "reason", "quantity", "group")}
    assert found == (set() if reason is None else {(reason, None, "north Y1-Q1")})


def test_a_figure_off_its_scale_holds_the_lines_back() -> None:
    """Below 50% the scale has no factor; at 50% it is 0.5."""
    scale = (
        "  quality: {kind: scale, of: pass_rate, shape: straight, points: {50%: 0.5, 100%: 1}, below: none, above: 1}\n"
    )
    text = text_of(BY_COUNT.replace("pass_rate", "quality"), scale)
    at = run(claims(1, "yes", "yes") + claims(1, "yes"), text)
    assert changes(at, "reason", "quantity") == [("multiply", "0.5", -120000)]
    below = run(claims(2, "yes", "yes") + claims(1, "yes"), text)
    assert changes(below, "reason", "quantity") == [("held_not_met", None, -360000)]


def test_cases_reach_both_what_is_multiplied_and_what_is_held_back() -> None:
    """A rate of a quarter that is over, and one of a quarter that is not."""
    rows = claims(1, "yes") + claims(1, "yes", paid_on="2025-07-01")
    done = run(rows, text_of(BY_COUNT.replace(", per: [provider, quarter]", "")), "2025-07-02")
    ways = {USED, HELD}
    assert {term.how for term in terms_of(done.decisions.plan) if term.name == "extrapolated"} == ways
    assert {term.how for term in reached_by(done.entitlement) if term.name == "extrapolated"} == ways
    early = run(rows, text_of(BY_COUNT.replace(", per: [provider, quarter]", "")), "2025-06-30")
    assert {term.how for term in reached_by(early.entitlement) if term.name == "extrapolated"} == {USED}


# ---------------------------------------------------------------- laws


@pytest.mark.parametrize("per", ["", ", per: [provider, quarter]"])
def test_the_order_of_rows_changes_nothing(per: str) -> None:
    """However the claims are sent, the lines are the same bytes."""
    rows = claims(3, "yes") + claims(2, "yes", "yes") + claims(4, provider="south") + claims(1, "yes", size="large")
    named = [row | {"claim": f"C{place}"} for place, row in enumerate(rows)]
    text = text_of(BY_COUNT.replace(", per: [provider, quarter]", per))
    first = run(named, text).statement.lines()
    for seed in range(4):
        random.Random(seed).shuffle(named)  # noqa: S311  # made-up claims need no secrets
        assert run(named, text).statement.lines().equals(first)


# ---------------------------------------------------------------- what is wrong


MARKS: Final = (
    "  marked: {kind: measure, of: marks, take: sum, per: [provider, quarter], period_of: start, settles: period_end}\n"
)


def test_a_factor_below_nothing_is_an_error_of_the_group_that_has_it() -> None:
    """Nothing multiplied by nothing is nothing; one mark less is refused, and names the group."""
    text = text_of("{id: marked, kind: multiply, by: marked}", MARKS)
    nothing = run(claims(1, mark="95") + claims(1, mark="49"), text)
    assert nothing.statement.total_minor == 0
    with pytest.raises(pbr.EvaluationError) as caught:
        run(claims(1, mark="85") + claims(1, mark="49"), text)
    (problem,) = caught.value.problems
    assert (problem.code, problem.message.partition(",")[0]) == ("PBR403", "'marked' for north Y1-Q1 is -0.5")
    unused = run(claims(1, mark="49", sampled=""), text)
    assert unused.statement.lines().is_empty()


def test_a_factor_of_too_many_digits_is_an_error() -> None:
    """Two thirds on a line between 1/999999937 and 1/999999893 can be held as a ratio of 64 bits; 12/13 cannot."""
    line = "  much: {kind: scale, of: pass_rate, shape: straight, "
    line += "points: {0: 1/999999937, 1: 1/999999893}, below: 0, above: 1}\n"
    text = text_of(BY_COUNT.replace("pass_rate", "much"), line)
    assert run(claims(2, "yes") + claims(1, "yes", "yes"), text).statement.total_minor == 0
    with pytest.raises(pbr.EvaluationError) as caught:
        run(claims(12, "yes") + claims(1, "yes", "yes"), text)
    assert [problem.code for problem in caught.value.problems] == ["PBR401"]


@pytest.mark.parametrize("per", ["", ", per: [provider]"])
def test_a_line_that_is_multiplied_too_far_is_an_error(per: str) -> None:
    """What 64 bits cannot hold is said, and not wrapped."""
    much = "  much: {kind: scale, of: enough, shape: straight, "
    much += "points: {0: 1, 1: 999999999}, below: 1, above: extend}\n"
    enough = "  enough: {kind: measure, of: claimed, take: count, per: [provider]}\n"
    text = text_of(f"{{id: x, kind: multiply, by: much{per}}}", enough + much, ("1200.00", "9000000000000.00"))
    with pytest.raises(pbr.EvaluationError) as caught:
        run(claims(9), text)
    assert [problem.code for problem in caught.value.problems] == ["PBR401"]


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ("by: passed", "PBR160 'passed' is on one claim, and lines are multiplied by an outcome of groups"),
        ("by: good", "PBR136 'good' is met or not, and no number"),
        ("by: nothing", "PBR111 no value is named 'nothing'"),
        ("by: less", "PBR109 lines are multiplied by 'less', and '-5%' is below 0"),
        (
            "by: pass_rate, per: [claim, quarter]",
            "PBR125 'pass_rate' has a figure for each provider, so `per` names provider",
        ),
        ("by: pass_rate, per: [provider]", "PBR125 'pass_rate' has a figure for each quarter, so `per` names quarter"),
        ("by: pass_rate, per: [provider, contract_year]", "PBR125 'pass_rate' has a figure for each quarter"),
        ("by: by_size", "PBR125 'by_size' is per provider, size, and the fee 'service' is of no size"),
        ("by: by_size, on: [of_groups]", "PBR164 an outcome is read of the group that 'of_groups' is for"),
        ("by: by_month, on: [of_groups]", "PBR164 an outcome is read of the group that 'of_groups' is for"),
    ],
)
def test_what_is_wrong_with_an_outcome_that_multiplies_is_said(terms: str, problem: str) -> None:
    """A name that is no number of groups, or groups in which lines do not lie, has a fault with a fix."""
    more = (
        "  good: {kind: test, of: pass_rate, at_least: 90%}\n"
        "  less: {kind: scale, of: pass_rate, points: {under 90%: -5%, 90% or more: 100%}}\n"
        "  by_size: {kind: measure, of: passed, per: [provider, size]}\n"
        "  by_month: {kind: measure, of: passed, per: [provider, month], period_of: start}\n"
    )
    text = text_of(f"{{id: x, kind: multiply, {terms}}}", more)
    text = small.changed(MORE_PAID, text=text)
    found = [f"{each.code} {each.message}" for each in small.problems_of(text)]
    assert any(each.startswith(problem) for each in found), found


@pytest.mark.parametrize(
    "terms", ["by: by_month, on: [paid]", "by: pass_rate", "by: pass_rate, per: [provider, month]"]
)
def test_what_fits_is_not_refused(terms: str) -> None:
    """Lines of persons lie in groups of any grain; a fee and a payment for the same groups in theirs."""
    more = "  by_month: {kind: measure, of: passed, per: [provider, month], period_of: start}\n"
    text = text_of(f"{{id: x, kind: multiply, {terms}}}", more)
    text = small.changed(MORE_PAID, text=text)
    assert small.problems_of(text) == ()


# ---------------------------------------------------------------- gates by labels


@pytest.mark.parametrize(("failed", "paid"), [("no", 120000 + 180000), ("yes", 180000)])
def test_a_gate_asks_the_group_of_the_labels_of_a_line(failed: str, paid: int) -> None:
    """The gate of usual claims does not close that of large ones."""
    rows = claims(1, failed=failed) + claims(1, size="large")
    assert run(rows, text_of("{id: safe, kind: gate, needs: good}", BY_SIZE)).statement.total_minor == paid


def test_a_gate_by_labels_that_a_payment_has_not_is_refused() -> None:
    """A payment per provider lies in no group per size, so the gate would never ask."""
    text = text_of(
        "{id: safe, kind: gate, needs: good}",
        BY_SIZE,
        ("pays_for: claimed, price: claim_price", "pays_for: pass_rate, price: 1.00"),
    )
    assert [problem.code for problem in small.problems_of(text)] == ["PBR164"]


# ---------------------------------------------------------------- shown


def test_what_multiplies_a_line_is_explained(tmp_path: Path) -> None:
    """The factor stands with its outcome, group and place; what is held back says why."""
    rows = claims(1, "yes", claim="A") + claims(1, "yes", "yes", claim="B") + claims(1, claim="C", paid_on="2025-07-01")
    (tmp_path / "contract.yaml").write_text(text_of("{id: rated, kind: multiply, by: pass_rate}"), encoding="utf-8")
    pl.DataFrame(rows).write_csv(tmp_path / "claims.csv")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, "2025-07-31").write(tmp_path / "out")
    place = TEXT.replace("MORE\n", "")[: TEXT.index("  pass_rate:")].count("\n") + 1
    factor = "rated -£600.00, a factor applied to the amount before it, 0.5 (pass_rate) for north Y1-Q1"
    assert f"{factor} at contract.yaml:{place}" in str(pbr.explain(out, "A"))
    held = "held       rated -£1,200.00, held back whole: the figure that it is multiplied by is not fixed yet"
    assert f"{held} for north Y1-Q2" in str(pbr.explain(out, "C"))


def test_the_factor_of_what_is_paid_for_a_group_is_explained_with_it(tmp_path: Path) -> None:
    """A payment for groups is explained with the outcome that multiplies its lines, if they are in groups of it."""
    more = "  sold: {kind: measure, of: claimed, take: count, per: [provider, quarter], period_of: start, "
    more += "settles: period_end}\n"
    more += "  by_month: {kind: measure, of: passed, per: [provider, month], period_of: start}\n"
    text = text_of(
        "{id: rated, kind: multiply, by: pass_rate}\n{id: other, kind: multiply, by: by_month, per: [provider, month]}",
        more,
    )
    text = small.changed(("pays_for: claimed, price: claim_price", "pays_for: sold, price: 10.00"), text=text)
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    rows = claims(1, "yes", claim="A") + claims(1, "yes", "yes", claim="B")
    pl.DataFrame(rows).write_csv(tmp_path / "claims.csv")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, "2025-06-30").write(tmp_path / "out")
    said = str(pbr.explain(out, outcome="sold"))
    assert "pass_rate, north Y1-Q1: met, 50%" in said
    assert "by_month" not in said
    assert "rated -£10.00, a factor applied to the amount before it, 0.5 (pass_rate)" in said
