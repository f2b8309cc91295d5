"""Odd contracts and returns of groups that once were read wrongly: each is read rightly, or refused in clear words."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from pbr.explanation import explain
from pbr.explanation.groups import GroupWords
from tests import small
from tests.test_rows_of_groups import CENTRES

if TYPE_CHECKING:
    from pbr.api import Run

LIBRARY: Final = Path(__file__).parents[1] / "contracts"


def frame(heading: str, *rows: str) -> pl.DataFrame:
    """A return as text: the names of its columns, and a row of words for each line."""
    names = heading.split(",")
    return pl.DataFrame([row.split(",") for row in rows], schema=dict.fromkeys(names, pl.String), orient="row")


def money(done: Run) -> list[tuple[Any, ...]]:
    """Whose line it is, what it is called, and what it comes to, with a total that is their sum."""
    lines = done.statement.lines()
    assert lines["amount_minor"].sum() == done.statement.total_minor
    return lines.select("provider", "occurrence", "amount_minor").rows()


# ---- weights by more than the parts


VISITS: Final = small.changed(
    (CENTRES[CENTRES.index("tables:") :], ""),
    text=CENTRES,
) + (
    "tables:\n"
    "  visits:\n"
    "    row_is: visit\n"
    "    is: provider\n"
    "    key: [centre, on, service]\n"
    "    fields:\n"
    "      centre: provider\n"
    "      on: date\n"
    "      service: {type: text, one_of: [clean, lab]}\n"
    "      score: share\n"
    "      sent_on: recorded\n"
    "values:\n"
    "  weight: {by: [KEY, service], ROWS}\n"
    "outcomes:\n"
    "  score: {kind: measure, of: visits.score, take: mean, per: [provider, service, quarter], period_of: visits.on}\n"
    "  quality: {kind: index, of: score, weights: weight, when_missing: share_out}\n"
    "payments:\n"
    "  bonus: {kind: amount, amount: 1000.00, times: [quality], per: [provider, quarter]}\n"
)
SCORES: Final = frame(
    "centre,on,service,score,sent_on",
    "butare,2007-01-31,clean,0.5,2007-01-31",
    "butare,2007-01-31,lab,0.9,2007-01-31",
    "gisenyi,2007-01-31,clean,0.5,2007-01-31",
    "gisenyi,2007-01-31,lab,0.9,2007-01-31",
    "gisenyi,2007-04-30,clean,0.5,2007-04-30",
    "gisenyi,2007-04-30,lab,0.9,2007-04-30",
)
HALVES: Final = "{clean: 50%, lab: 50%}"


@pytest.mark.parametrize(
    ("key", "rows", "found"),
    [
        ("provider", f"butare: {{clean: 30%, lab: 70%}}, gisenyi: {HALVES}", [78000, 70000, 70000]),
        ("quarter", f"'1': {{clean: 30%, lab: 70%}}, '*': {HALVES}", [78000, 78000, 70000]),
        ("month", f"'1': {{clean: 30%, lab: 70%}}, '*': {HALVES}", [78000, 78000, 70000]),
    ],
)
def test_weights_of_an_index_may_differ_by_provider_or_period(key: str, rows: str, found: list[int]) -> None:
    """30% of 0.5 and 70% of 0.9 are 0.78, and by halves 0.7; the weights of the first day of a period hold for it."""
    text = VISITS.replace("KEY", key).replace("ROWS", rows)
    done = pbr.run(small.contract_of(text), {"visits": SCORES}, "2007-06-30")
    names = [("butare", "Y1-Q1"), ("gisenyi", "Y1-Q1"), ("gisenyi", "Y1-Q2")]
    assert money(done) == [(*name, amount) for name, amount in zip(names, found, strict=True)]
    quality = done.decisions.pooled["quality"].results
    assert [quality[name].value for name in names] == [Fraction(amount, 100000) for amount in found]


# ---- declared rows beside participants


def test_a_participant_is_explained_beside_a_practice_that_declares(tmp_path: Path) -> None:
    """What a practice declares is no row of the participant, so the explanation of one needs no figure of groups."""
    tables = {
        "register": frame("patient,practice,registered_on,treated,adjusted", "A,mean_practice,2022-04-01,yes,no"),
        "practices": frame("practice,counted_on,list_size,on_register", "mean_practice,2022-04-01,9374,2.1"),
    }
    (tmp_path / "return").mkdir()
    for name, rows in tables.items():
        rows.write_csv(tmp_path / "return" / f"{name}.csv")
    done = pbr.run(LIBRARY / "qof-indicator" / "contract.yaml", tmp_path / "return", "2023-03-31")
    text = explain(done.write(tmp_path / "out"), participant="A").text
    assert "on_treatment: met on 1 April 2022" in text
    assert "list_size" not in text


def test_a_list_counted_before_the_year_changes_no_index() -> None:
    """The list of 9,374 of the year before is not added to that of the year: 10 points at 207.56 are 2,075.60."""
    read = pbr.read_contract(LIBRARY / "qof-indicator" / "contract.yaml")
    register = frame("patient,practice,registered_on,treated,adjusted", "A,mean_practice,2022-04-01,yes,no")
    rows = ("mean_practice,2022-04-01,9374,2.1", "mean_practice,2021-04-01,9374,2.1")
    practices = frame("practice,counted_on,list_size,on_register", *rows)
    done = pbr.run(read, {"register": register, "practices": practices}, "2023-03-31")
    assert money(done) == [("mean_practice", "1", 207560)]


# ---- rows of days that are not of the term


@pytest.mark.parametrize(("over", "found"), [("12 months", 10), ("2 months", 10), ("1 month", 0)])
def test_a_row_of_a_day_before_the_term_is_in_no_figure_of_a_longer_time(over: str, found: int) -> None:
    """Over 12 months a first quarter counts what is declared of days in the term, as the use of each row says."""
    text = CENTRES.replace("MORE\n", "").replace("settles: period_end + 30 days", f"over: {over}")
    rows = ("butare,2007-02-01,delivery,10,2007-02-01", "butare,2006-12-31,delivery,1000,2006-12-31")
    reports = frame("centre,on,act,quantity,sent_on", *rows).with_columns(fee=pl.lit(""), complete=pl.lit(""))
    done = pbr.run(small.contract_of(text), {"reports": reports}, "2007-03-31")
    assert money(done) == [("butare", "delivery Y1-Q1", 459 * found)] * (found > 0)
    uses = dict(done.uses().select("row", "use").rows())
    assert uses == {2: "used" if found else "not_picked", 3: "outside_term"}


def test_a_row_without_a_day_is_said_to_be_in_no_period() -> None:
    """A report of 1,000 without a day is in no quarter; the explanation of each says that there is one."""
    text = CENTRES.replace("MORE\n", "").replace("key: [centre, on, act]", "key: [centre, act]")
    rows = ("butare,2007-02-01,delivery,10,2007-02-01", "butare,,visit,1000,2007-02-01")
    reports = frame("centre,on,act,quantity,sent_on", *rows).with_columns(fee=pl.lit(""), complete=pl.lit(""))
    done = pbr.run(small.contract_of(text), {"reports": reports}, "2007-04-30")
    assert money(done) == [("butare", "delivery Y1-Q1", 4590)]
    words = GroupWords(done.decisions, done.statement.lines()).text("quantity", [("butare", "delivery", "Y1-Q1")])
    assert "no day     1 are in no period, for want of a day\n" in words


# ---- lines of nobody


def test_a_line_of_a_fee_is_explained(tmp_path: Path) -> None:
    """A fee on account is of no outcome; its line shows the instalment, and what is taken back of it."""
    fee = "payments:\n  base: {kind: fee, amount: 100.00, instalments: 3, every: quarter, until_settled: acts}\n"
    (tmp_path / "contract.yaml").write_text(CENTRES.replace("MORE\n", "").replace("payments:\n", fee), "utf-8")
    reports = frame("centre,on,act,quantity,sent_on", "butare,2007-02-01,delivery,10,2007-02-01")
    (tmp_path / "return").mkdir()
    reports.with_columns(fee=pl.lit(""), complete=pl.lit("")).write_csv(tmp_path / "return" / "reports.csv")
    done = pbr.run(tmp_path / "contract.yaml", tmp_path / "return", "2007-04-30")
    out = done.write(tmp_path / "out")
    lines = done.statement.lines().filter(pl.col("payment") == "base", pl.col("provider") == "butare")
    found = lines.select("instalment", "occurrence", "amount_minor").sort("instalment", "occurrence").rows()
    assert found == [(1, "1", 3333), (1, "settled", -3333), (2, "1", 3333)]
    for name in lines.filter(pl.col("instalment") == 1)["line_id"]:
        told = explain(out, line=name)
        assert told.lines["amount_minor"].to_list() == [3333, -3333]
        assert "base: a fee, earned on 1 January 2007, instalment 1 of 3, period Y1-Q1\n" in told.text
        assert "base: a fee (settled), earned on 30 April 2007, instalment 1 of 3, period Y1-Q2\n" in told.text
        assert "gross -$33.33, an instalment on account, taken back since" in told.text
        assert f"line {name})" in told.text


# ---- figures of many digits


PAID: Final = (
    "  paid: {kind: measure, of: reports.fee, take: sum, per: [provider, quarter], period_of: reports.on}\n"
    "  half: {kind: formula, value: 'ifnone(paid / 2, 0.00)', unit: money}\n"
)
ACTS: Final = CENTRES[CENTRES.index("  acts:") :]


def halved(currency: str, fee: str, more: str = PAID) -> Run:
    """Pay half of what was declared in the first quarter."""
    text = small.changed(("MORE\n", more), ("USD", currency), ("4.59", "4"), ("0.18", "1"), text=CENTRES)
    text = text.replace(ACTS, "  grant: {kind: amount, amount: half}\n")
    reports = frame("centre,on,act,quantity,fee,complete,sent_on", f"butare,2007-02-01,visit,1,{fee},,2007-02-01")
    return pbr.run(small.contract_of(text), {"reports": reports}, "2007-03-31")


@pytest.mark.parametrize(
    ("currency", "fee", "minor"),
    [
        ("UGX", "150000000000", 75_000_000_000),
        ("UGX", "999999999999998", 499_999_999_999_999),
        ("USD", "9999999999999.98", 499_999_999_999_999),
    ],
)
def test_a_formula_reckons_with_all_the_money_that_a_contract_can_hold(currency: str, fee: str, minor: int) -> None:
    """Half of 150,000,000,000 shillings is paid; four decimals more than money has once left no figure, and nothing."""
    assert money(halved(currency, fee)) == [("butare", "Y1-Q1", minor), ("gisenyi", "Y1-Q1", 0)]


def test_a_figure_that_is_too_long_for_a_formula_stops_the_run() -> None:
    """It would else be as if there were none, and ``ifnone`` would put another in its place in silence."""
    with pytest.raises(pbr.EvaluationError, match="PBR401 'paid' for butare Y1-Q1 has more digits than 'half' can"):
        halved("UGX", "1000000000000000")
    compared = PAID.replace("ifnone(paid / 2, 0.00)", "CASE WHEN paid > 2 THEN 2 ELSE 1 END")
    done = halved("UGX", "1000000000000000", compared)
    assert money(done) == [("butare", "Y1-Q1", 2), ("gisenyi", "Y1-Q1", 1)]
