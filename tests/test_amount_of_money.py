"""Sums that are money of groups: a formula, a measure or an estimate, exact until the line is rounded."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from tests import small
from tests.test_rows_of_groups import CENTRES, report, run

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.api import Run
    from tests.small import Rows

FEES: Final = "  fees: {kind: measure, of: reports.fee, take: sum, per: [provider, quarter], period_of: reports.on}\n"
ACTS: Final = "payments:\n  acts: {kind: tariff, pays_for: quantity, price: price}\n"
OVER: Final = "2007-03-31"
ROWS: Final[Rows] = [
    report("butare", "2007-01-10", "delivery", "1", fee="10.01"),
    report("butare", "2007-02-10", "visit", "1", fee="20.00"),
    report("gisenyi", "2007-03-31", "visit", "1", fee="4.00"),
]


def paid(payments: str, more: str = "", rows: Rows = ROWS, as_at: str = OVER, *changes: tuple[str, str]) -> Run:
    """Evaluate payments, one a line, of 30.01 in fees in Butare and 4.00 in Gisenyi."""
    pays = "payments:\n" + "".join(f"  {each}\n" for each in payments.splitlines())
    return run(rows, as_at, FEES + more, (ACTS, pays), *changes)


def lines(done: Run, *more: str) -> list[tuple[Any, ...]]:
    """Give provider, group, exact quantity and pence of each line."""
    columns = ["provider", "occurrence", "quantity", "amount_minor", *more]
    return done.statement.lines().select(columns).rows()


def test_a_measure_of_money_is_multiplied_exactly_and_rounded_once() -> None:
    """2% of 30.01 is 0.6002, and of 4.00 0.08: the line has the exact product of 1.00."""
    found = lines(paid("credit: {kind: amount, amount: fees, times: [2%]}"), "unit_price_minor", "reason", "evidence")
    assert found == [
        ("butare", "Y1-Q1", "0.6002", 60, 100, "amount", "fees/butare/Y1-Q1"),
        ("gisenyi", "Y1-Q1", "0.08", 8, 100, "amount", "fees/gisenyi/Y1-Q1"),
    ]


@pytest.mark.parametrize(
    ("formula", "quantity", "minor"),
    [
        ("fees / 3", "3001/300", 1000),
        ("fees / 2", "15.005", 1501),
        ("fees * 2 / 7", "3001/350", 857),
        ("fees - 30.01", "0", 0),
        ("fees - 30.014", "-0.004", 0),
        ("fees - 30.015", "-0.005", -1),
        ("(fees - 35.01) / 3", "-5/3", -167),
    ],
)
def test_a_formula_of_money_is_rounded_once_by_the_contracts_mode(formula: str, quantity: str, minor: int) -> None:
    """Thirds and sevenths of 30.01 are exact until then; a product of 0 has a line, and what is below 0 its sign."""
    more = f'  it: {{kind: formula, value: "{formula}", unit: money}}\n'
    done = paid("share: {kind: amount, amount: it}", more, ROWS[:2])
    assert lines(done)[0] == ("butare", "Y1-Q1", quantity, minor)


@pytest.mark.parametrize(
    ("terms", "minor"),
    [
        ("", -167),
        (", below_zero: takes", -167),
        (", below_zero: nothing", 0),
        (", takes: yes", 167),
        (", takes: yes, below_zero: nothing", 0),
    ],
)
def test_what_is_below_nothing_takes_unless_it_is_nothing(terms: str, minor: int) -> None:
    """The fees fall short of 35.01 by 5.00, of which a third is 1.666... in the other direction."""
    more = '  short: {kind: formula, value: "(fees - 35.01) / 3", unit: money}\n'
    done = paid(f"share: {{kind: amount, amount: short{terms}}}", more, ROWS[:2])
    assert lines(done)[0] == ("butare", "Y1-Q1", "-5/3", minor)
    assert done.statement.total_minor == minor


def test_money_is_multiplied_by_figures_and_tests_of_the_group() -> None:
    """A third of 30.01 where a test is met, in Butare; missed in Gisenyi, where the line is of nothing."""
    more = "  enough: {kind: test, of: fees, at_least: 30.01}\n"
    done = paid("share: {kind: amount, amount: fees, times: [1/3, enough]}", more)
    assert lines(done) == [("butare", "Y1-Q1", "3001/300", 1000), ("gisenyi", "Y1-Q1", "0", 0)]
    missed = paid("share: {kind: amount, amount: fees, pays_for: enough}", more.replace("30.01", "30.02"))
    assert lines(missed) == []


def test_money_that_is_pending_or_has_no_figure_has_no_line() -> None:
    """The quarter is over on 31 March, and nobody sent a fee in the next; a formula waits for its parts."""
    more = '  it: {kind: formula, value: "fees * 2", unit: money}\n'
    pays = "share: {kind: amount, amount: it}"
    assert lines(paid(pays, more, as_at="2007-03-30")) == []
    assert [line[1] for line in lines(paid(pays, more, as_at="2007-12-31"))] == ["Y1-Q1", "Y1-Q1"]


def test_money_of_a_quarter_is_read_by_finer_groups() -> None:
    """Each month has a third of the quarter's fees: 10.00 three times, since each line is rounded by itself."""
    done = paid("share: {kind: amount, amount: fees, times: [1/3], per: [provider, month]}", "", ROWS[:2])
    assert [(line[1], line[3]) for line in lines(done)] == [("Y1-M01", 1000), ("Y1-M02", 1000), ("Y1-M03", 1000)]


@pytest.mark.parametrize(
    ("currency", "fee", "minor"), [("JPY", "31", 16), ("KWD", "31.001", 15501), ("USD", "31.01", 1551)]
)
def test_whole_units_have_as_many_minor_units_as_the_currency(currency: str, fee: str, minor: int) -> None:
    """Half of 31 yen is 15.5, which is 16; of 31.001 dinars 15.5005, which is 15.501; of 31.01 dollars 15.505."""
    rows = [report("butare", "2007-01-10", "visit", "1", fee=fee)]
    small_price = ("delivery: 4.59, visit: 0.18", "delivery: 4, visit: 1")
    done = paid("half: {kind: amount, amount: fees, times: [50%]}", "", rows, OVER, ("USD", currency), small_price)
    assert lines(done)[0][3] == minor


def test_the_rows_may_come_in_any_order() -> None:
    """The lines are the same, byte for byte."""
    each = [
        lines(paid("share: {kind: amount, amount: fees, times: [1/3]}", "", list(rows))) for rows in permutations(ROWS)
    ]
    assert all(found == each[0] for found in each)


ASSESSED: Final = """\
pbr: 1
contract:
  {id: saved, version: 1, providers: {service: {name: One Service}}, currency: GBP, from: 2025-04-01, to: 2026-03-31}
tables:
  assessor:
    row_is: finding
    key: [on]
    fields: {saved: money, on: date, signed_on: recorded}
outcomes:
  saved: {kind: estimate, table: assessor, value: saved, per: [quarter]}
payments:
  part: {kind: amount, amount: saved, times: [1/3]}
"""


def test_an_estimate_of_money_is_paid_by_the_share_agreed() -> None:
    """A third of 1,000.00 that an assessor found for the first quarter; before it is signed there is no line."""
    contract = small.contract_of(ASSESSED)
    frame = pl.DataFrame([{"saved": "1000.00", "on": "2025-06-30", "signed_on": "2025-09-01"}])
    assert lines(pbr.run(contract, {"assessor": frame}, "2025-08-31")) == []
    done = pbr.run(contract, {"assessor": frame}, "2025-09-01")
    assert lines(done) == [("service", "Y1-Q1", "1000/3", 33333)]


def test_the_words_name_the_outcome_and_the_exact_product(tmp_path: Path) -> None:
    """How a third of 30.01 less 35.01 came about, and that it counts as nothing where that is written."""
    more = '  short: {kind: formula, value: "fees - 35.01", unit: money}\n'
    terms = (
        "share: {kind: amount, amount: short, times: [1/3]}\nnone: {kind: amount, amount: short, below_zero: nothing}"
    )
    done = paid(terms, more, ROWS[:2])
    frame = pl.DataFrame(ROWS[:2]).select("centre", "on", "act", "quantity", "fee", "sent_on")
    text = CENTRES.replace("MORE\n", FEES + more)
    pays = "payments:\n" + "".join(f"  {each}\n" for each in terms.splitlines())
    (tmp_path / "contract.yaml").write_text(text.replace(ACTS, pays), encoding="utf-8")
    (tmp_path / "data").mkdir()
    frame.with_columns(complete=pl.lit("")).write_csv(tmp_path / "data" / "reports.csv")
    whole = pbr.run(tmp_path / "contract.yaml", tmp_path / "data", OVER)
    assert lines(whole) == lines(done)
    whole.write(tmp_path / "out")
    share, none = (pbr.explain(tmp_path / "out", line=line).text for line in whole.statement.lines()["line_id"][:2])
    assert "short, butare Y1-Q1: met, USD -5" in share
    assert "gross -$1.67, $1.00 x -5/3 (short x 1/3), rounded from -1.666666…" in share
    assert "gross $0.00, $1.00 x -5 (short), which is below nothing and so counts as nothing" in none


@pytest.mark.parametrize(
    ("payments", "said"),
    [
        ("it: {kind: amount, amount: quantity}", "PBR124 'quantity' is no money; write a sum under `amount`, and"),
        ("it: {kind: amount, amount: rich}", "PBR124 'rich' is no money"),
        (
            "it: {kind: amount, amount: 1.00, times: [fees]}",
            "PBR124 'fees' is money, and a sum is multiplied by shares and numbers; name it under `amount`",
        ),
        ("it: {kind: amount, amount: fees, times: [other]}", "PBR124 'other' is money"),
        ("it: {kind: amount, amount: fees, per: [quarter]}", "PBR164 a sum is of groups that lie in those of all it"),
        ("it: {kind: amount, amount: other, per: [provider]}", "PBR164 a sum is of groups that lie in those of all it"),
    ],
)
def test_what_is_no_money_is_no_sum(payments: str, said: str) -> None:
    """Nor is money a factor; its groups are its own or finer ones."""
    more = FEES + "  rich: {kind: test, of: fees, at_least: 5}\n"
    more += '  other: {kind: formula, value: "fees * 2", unit: money}\n'
    text = CENTRES.replace("MORE\n", more).replace(ACTS, f"payments:\n  {payments}\n")
    problems = [str(problem).partition(" ")[2] for problem in small.problems_of(text) if problem.code != "PBR156"]
    assert [problem[: len(said)] for problem in problems] == [said]
