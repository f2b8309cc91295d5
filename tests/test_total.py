"""Outcome kind total: what counts, when it is enough, what takes it back, and what leaves it open."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import polars as pl
import pytest

import pbr
from tests import small
from tests.small import PEOPLE, changed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden

FIELDS: Final = (
    "      seen: recorded\n",
    "      seen: recorded\n      pay: money\n      hours: {type: decimal, places: 1}\n",
)
PAYS: Final = ("  first: {", "  third: {kind: tariff, pays_for: earned, price: 7.00}\n  first: {")
PAID: Final = [("2025-05-10", "100.00"), ("2025-06-10", "150.00"), ("2025-07-10", "50.00"), ("2025-08-10", "0.01")]


def total(
    terms: str = "add: pay, reaches: 300.00, window: {after: start, for: 1 year}", *changes: tuple[str, str]
) -> str:
    """Give the small contract with a total of these terms, which is paid."""
    outcome = f"  earned: {{kind: total, table: events, date: on, {terms}}}\n"
    return changed(FIELDS, ("payments:\n", f"{outcome}payments:\n"), PAYS, *changes)


def pay(rows: list[tuple[str, str]], *, person: str = "A", **more: str) -> small.Rows:
    """Make rows of pay, each recorded on its day."""
    return [
        {"person": person, "kind": "job", "on": day, "seen": day, "pay": amount, "hours": "1.5"} | more
        for day, amount in rows
    ]


def decided(text: str, rows: small.Rows, as_at: str = small.LATE) -> tuple[str, str, str, str]:
    """Give state, reason, date and missing field of the first participant, of whom these are the rows."""
    frames = small.frames_of(PEOPLE[:1], []) | {"events": pl.DataFrame(rows or pay([("", "")]))}
    done = pbr.run(small.contract_of(text), frames, as_at)
    row = done.decisions.rows().row(by_predicate=pl.col("outcome") == "earned", named=True)
    lines = done.statement.lines().filter(pl.col("payment") == "third", pl.col("adjustment") == "-")
    assert lines.height == (row["state"] == "met")
    return row["state"], row["reason"], str(row["date"] or ""), row["missing"] or ""


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        ("reaches: 300.00", ("met", "met", "2025-07-10", "")),
        ("exceeds: 300.00", ("met", "met", "2025-08-10", "")),
        ("reaches: 300.01", ("met", "met", "2025-08-10", "")),
        ("exceeds: 300.01", ("not_met", "too_little", "", "")),
        ("reaches: 100.00", ("met", "met", "2025-05-10", "")),
        ("exceeds: 0.00", ("met", "met", "2025-05-10", "")),
    ],
)
def test_both_sides_of_the_sum(terms: str, found: tuple[str, str, str, str]) -> None:
    """Exactly as much reaches it, and does not exceed it; the day is the first on which it is enough."""
    assert decided(total(f"add: pay, {terms}"), pay(PAID)) == found


def test_it_is_pending_until_it_is_enough() -> None:
    """The day before, the day itself, and the last day of a window in which it was never enough."""
    assert decided(total(), pay(PAID), "2025-07-09")[:2] == ("pending", "window_open")
    assert decided(total(), pay(PAID), "2025-07-10")[:2] == ("met", "met")
    short = total("add: pay, reaches: 999.00, window: {after: start, for: 1 year}")
    assert decided(short, pay(PAID), "2026-03-31")[:2] == ("pending", "window_open")
    assert decided(short, pay(PAID), "2026-04-01")[:2] == ("not_met", "too_little")


def test_a_correction_takes_back_what_was_enough() -> None:
    """What was met is pending again when a later row takes away; enough again, it is of the first day all the same."""
    rows = pay([*PAID, ("2025-09-01", "-200.00"), ("2025-10-01", "200.00")])
    assert decided(total(), rows, "2025-08-31")[2] == "2025-07-10"
    assert decided(total(), rows, "2025-09-01")[:2] == ("pending", "window_open")
    assert decided(total(), rows, "2025-10-01")[2] == "2025-07-10"


def test_all_rows_of_a_day_count_at_once() -> None:
    """Two rows of one day are one sum, in whatever order they stand."""
    rows = pay([("2025-05-10", "-10.00"), ("2025-05-10", "309.99"), ("2025-05-11", "0.01")])
    for order in (rows, rows[::-1]):
        assert decided(total(), order)[2] == "2025-05-11"


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([], ("not_met", "no_evidence", "", "")),
        ([("2025-04-01", "400.00")], ("not_met", "before_window", "", "")),
        ([("2026-04-02", "400.00")], ("not_met", "after_window", "", "")),
        ([("2025-04-02", "400.00")], ("met", "met", "2025-04-02", "")),
        ([("2026-04-01", "400.00")], ("met", "met", "2026-04-01", "")),
        ([("2025-05-10", "")], ("unknown", "missing_field", "", "events.pay")),
        ([("2025-05-10", "400.00"), ("2025-05-11", "")], ("unknown", "missing_field", "", "events.pay")),
        ([("2025-05-10", "400.00"), ("2027-01-01", "")], ("met", "met", "2025-05-10", "")),
        ([("", "400.00")], ("not_met", "no_evidence", "", "")),
    ],
)
def test_only_rows_in_the_window_count(rows: list[tuple[str, str]], found: tuple[str, str, str, str]) -> None:
    """Both ends of the window; a row with nothing to add leaves it unknown, if it counts."""
    made = [row | {"seen": row["seen"] or "2025-04-01"} for row in pay(rows)]
    assert decided(total(), made) == found


def test_a_row_whose_filter_is_undecided_leaves_it_unknown() -> None:
    """The row might take away as much as it adds."""
    text = total("add: pay, when: \"kind = 'job'\", reaches: 300.00")
    assert decided(text, pay(PAID) + pay([("2025-05-01", "1.00")], kind=""))[1:] == ("missing_field", "", "events.kind")
    assert decided(text, pay(PAID) + pay([("2025-05-01", "-999.00")], kind="lost"))[0] == "met"


def test_rows_told_apart_by_a_result() -> None:
    """Pay after the job counts; without a job none can be told apart, and nothing is met."""
    text = total('add: hours, when: "on >= job.date", reaches: 3')
    rows = pay([("2025-06-01", "1.00"), ("2025-06-02", "1.00")])
    assert decided(text, rows)[:3] == ("met", "met", "2025-06-02")
    lost = pay([("2025-06-01", "1.00"), ("2025-06-02", "1.00")], kind="lost")
    assert decided(text, lost)[:2] == ("not_met", "part_not_met")
    assert decided(text, lost, "2025-06-03")[:2] == ("pending", "part_pending")


def test_the_figure_is_that_of_the_group_and_the_day() -> None:
    """What is to be reached may be by a label, and is that of the start; without a label it is unknown."""
    values = ("values:\n", "values:\n  enough: {by: grade, dated: {2025-04-01: {high: 300.00, low: 1.00}}}\n")
    text = total("add: pay, reaches: enough", values)
    assert decided(text, pay(PAID))[2] == "2025-07-10"
    frames = small.frames_of([PEOPLE[0] | {"level": ""}], []) | {"events": pl.DataFrame(pay(PAID))}
    rows = pbr.run(small.contract_of(text), frames, small.LATE).decisions.rows()
    assert rows.filter(pl.col("outcome") == "earned").select("state", "missing").rows() == [("unknown", "people.level")]


def test_sums_are_exact_and_do_not_overflow() -> None:
    """Ten thousand of the largest amounts are added up in 128 bits, to the penny."""
    day = dt.date(2025, 4, 2)
    rows = pay([(str(day + dt.timedelta(days=place % 300)), "999999999999999.99") for place in range(200)])
    rows += pay([(str(day), "-999999999999999.99")]) * 1
    assert (
        decided(total("add: pay, reaches: 1000.00"), [row | {"hours": str(n)} for n, row in enumerate(rows)])[0]
        == "met"
    )


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ("add: pay", "PBR136 a total has either `reaches` or `exceeds`, with the sum it is about"),
        (
            "add: pay, reaches: 1.00, exceeds: 1.00",
            "PBR136 a total has either `reaches` or `exceeds`, with the sum it is about",
        ),
        ("add: pya, reaches: 1.00", "PBR134 'pya' is not a number or money of events"),
        ("add: kind, reaches: 1.00", "PBR134 'kind' is not a number or money of events"),
        ("add: pay, reaches: 0.00", "PBR109 this sum is reached by nothing at all, or never"),
        ("add: pay, reaches: 1.005", "PBR108 '1.005' has more than the 2 decimals of GBP"),
        ("add: hours, reaches: 5%", "PBR124 '5%' is not a number"),
        ("add: pay, reaches: nothing", "PBR111 no value is named 'nothing'"),
    ],
)
def test_what_is_wrong_with_a_total_is_said(terms: str, problem: str) -> None:
    """One message for each fault."""
    found = [f"{one.code} {one.message.partition(';')[0]}" for one in small.problems_of(total(terms))]
    assert found == [problem]


def test_every_row_that_counts_is_used_and_those_by_the_day_it_was_reached_are_cited(
    tmp_path: Path, golden: Golden
) -> None:
    """The line cites what was added up by its day, and the explanation shows the whole sum."""
    (tmp_path / "contract.yaml").write_text(total(), encoding="utf-8")
    pl.DataFrame(PEOPLE[:1]).write_csv(tmp_path / "people.csv")
    pl.DataFrame(pay([*PAID, ("2026-12-01", "9.00")])).write_csv(tmp_path / "events.csv")
    done = pbr.run(tmp_path / "contract.yaml", tmp_path, small.LATE)
    uses = done.uses().filter(pl.col("outcome") == "earned").select("row", "use").rows()
    assert uses == [(2, "used"), (3, "used"), (4, "used"), (5, "used"), (6, "after_window")]
    line = done.statement.lines().row(by_predicate=pl.col("payment") == "third", named=True)
    assert len(line["evidence"].split(";")) == 4
    golden("tests/golden/explain/total.txt", str(pbr.explain(done.write(tmp_path / "out"), "A", outcome="earned")))


def test_a_sum_is_one_scan_on_the_streaming_engine(tmp_path: Path) -> None:
    """One scan of its table, and nothing of the plan in memory."""
    from pbr.decisions import make_query
    from pbr.plan import make_plan
    from tests.test_gather import physical

    plan = make_plan(small.contract_of(total()), small.LATE)
    frames = small.frames_of(PEOPLE, []) | {"events": pl.DataFrame(pay(PAID))}
    tables = {}
    for name, rows in pbr.read_evidence(plan, frames).tables.items():
        rows.collect().write_parquet(tmp_path / f"{name}.parquet")
        tables[name] = pl.scan_parquet(tmp_path / f"{name}.parquet")
    plain, _ = make_query(make_plan(small.contract_of(), small.LATE), tables)
    columns, query = make_query(plan, tables)
    assert columns.scans == plain.scans + 1
    labels = [label.split("\n")[0] for label in physical(query).labels]
    assert [label for label in labels if "in-memory" in label] == []
