"""Riverside on its synthetic return: what it reaches, and facts that hold of any return."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final, TypeAlias

import polars as pl
import pytest
from attrs import frozen

import pbr

ROOT: Final = Path(__file__).parent.parent
CONTRACT: Final = ROOT / "contracts" / "drug-recovery" / "contract.yaml"
MAKE: Final = ROOT / "examples" / "drug-recovery" / "make.py"
RETURN: Final = ROOT / "examples" / "drug-recovery" / "return"
AS_AT: Final = "2027-12-31"
LINE_OF_ROW: Final = 0
"""What to add to the row named in `refused` to have the line of the file, as in `dirt.json`."""

CLAUSES: Final = {
    ("adult", "2.1"),
    ("resident", "2.2"),
    ("custody", "2.3"),
    ("not_using", "2.4"),
    ("earlier_service", "2.5"),
}
PRICES_PENCE: Final = {
    "attachment": (25000, 18000, 12000, 25625, 18450, 12300, 26266, 18911, 12608),
    "completion": (90000, 60000, 35000, 92250, 61500, 35875, 94556, 63038, 36772),
    "recovery": (240000, 150000, 75000, 246000, 153750, 76875, 252150, 157594, 78797),
    "reduction": (30000,),
    "work": (50000,),
    "housing": (35000,),
    "offending": (25000,),
}
YEARLY_LIMIT_PENCE: Final = {"northbank": 26_000_000, "southbank": 23_000_000, "eastgate": 750_000}
TABLES: Final = ("participants", "events", "assessments", "reviews", "jobs", "homes")
PERSON_LIMIT_PENCE: Final = 300_000

STATES: Final = {"met", "not_met", "pending", "excluded", "unknown"}

Table: TypeAlias = list[dict[str, str]]


@frozen
class Seen:
    """What one run says, as far as these tests look."""

    decisions: pl.DataFrame
    lines: pl.DataFrame
    cohort: pl.DataFrame
    refused: pl.DataFrame
    total_minor: int

    @property
    def decided(self) -> set[tuple[object, ...]]:
        """Every decision: subject, outcome, state, date, reason."""
        return set(self.decisions.select("subject", "outcome", "state", "date", "reason").rows())

    @property
    def paid(self) -> list[tuple[object, ...]]:
        """Every line with its money, in order."""
        columns = ("line_id", "period", "payment", "subject", "provider", "earned_on")
        lines = self.lines.with_columns(adjustment=pl.col("adjustment").fill_null("-"))
        return sorted(lines.select(*columns, "adjustment", "amount_minor").rows(), key=str)

    def lines_of(self, adjustment: str) -> pl.DataFrame:
        """Give the lines that an adjustment made; `-` for those of the payments themselves."""
        return self.lines.filter(pl.col("adjustment").fill_null("-") == adjustment)


def see(folder: Path, as_at: str = AS_AT) -> Seen:
    """Evaluate Riverside on a folder."""
    result = pbr.run(CONTRACT, folder, as_at)
    return Seen(
        decisions=result.decisions.rows(),
        lines=result.statement.lines(),
        cohort=result.cohort(),
        refused=result.evidence.refused,
        total_minor=result.statement.total_minor,
    )


def read(table: str) -> Table:
    """Read one table of the committed return as text."""
    with (RETURN / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def whole() -> dict[str, Table]:
    """Read every table of the committed return."""
    return {table: read(table) for table in TABLES}


def write(folder: Path, tables: dict[str, Table]) -> Path:
    """Write tables as a return and give the folder."""
    folder.mkdir()
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def labels() -> list[dict[str, str | int | bool]]:
    """Read what is wrong with which row of the committed return."""
    rows: list[dict[str, str | int | bool]] = json.loads((RETURN / "dirt.json").read_text(encoding="utf-8"))["rows"]
    return rows


def make(folder: Path, seed: int, people: int = 2000) -> dict[str, bytes]:
    """Run make.py as a user does and give what it wrote."""
    command = [sys.executable, str(MAKE), "--seed", str(seed), "--people", str(people)]
    subprocess.run([*command, "--out", str(folder)], check=True)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def seen() -> Seen:
    """Evaluate the committed return once for all tests here."""
    return see(RETURN)


# ---------------------------------------------------------------- the return


def test_make_writes_the_committed_return_again(tmp_path: Path) -> None:
    """The same seed gives the committed files byte for byte."""
    committed = {path.name: path.read_bytes() for path in RETURN.iterdir()}
    assert make(tmp_path / "again", seed=1) == committed


def test_make_listens_to_its_seed_and_number(tmp_path: Path) -> None:
    """Another seed gives another return, and a small return is dirty too."""
    small, other = (make(tmp_path / str(seed), seed=seed, people=100) for seed in (1, 2))
    assert small["events.csv"] != other["events.csv"]
    assert len(small["participants.csv"]) < 10_000
    assert {"bad_date", "empty_id", "unknown_provider", "yes_no_word"} <= {
        row["dirt"] for row in json.loads(small["dirt.json"])["rows"]
    }


def test_return_is_dirty_in_every_way_promised_and_small() -> None:
    """Each kind of dirt is there more than once, and the files stay fit to commit."""
    kinds = Counter(row["dirt"] for row in labels())
    assert set(kinds) == {
        "bad_date",
        "conflicting_duplicate",
        "date_not_iso",
        "empty_id",
        "ends_before_it_begins",
        "exact_duplicate",
        "not_one_of",
        "orphan",
        "parent_refused",
        "recorded_on_missing",
        "spaced_id",
        "unknown_provider",
        "whole_out_of_range",
        "whole_with_text",
        "yes_no_word",
    }
    assert min(kinds.values()) >= 4
    assert sum(path.stat().st_size for path in RETURN.iterdir()) < 700_000


def test_return_is_quiet_at_weekends_and_at_christmas() -> None:
    """Days at weekends and from 24 December to 1 January have few events."""
    bad = {int(row["line"]) for row in labels() if row["table"] == "events"}
    clean = [row["on"] for line, row in enumerate(read("events"), start=2) if line not in bad]
    days = pl.Series(clean).str.to_date()
    weekend = (days.dt.weekday() > 5).sum()
    christmas = sum(day[5:] >= "12-24" or day[5:] == "01-01" for day in clean)
    assert weekend * 7 * 4 < len(clean) * 2
    assert christmas * 365 * 2 < len(clean) * 9


# ---------------------------------------------------------------- what it reaches


def test_each_state_is_seen_twenty_times(seen: Seen) -> None:
    """Met, not met, pending, excluded and unknown each stand on at least 20 decisions."""
    counts = Counter(seen.decisions["state"].to_list())
    assert set(counts) == {"met", "not_met", "pending", "excluded", "unknown"}
    assert min(counts.values()) >= 20


def test_each_clause_leaves_out_five(seen: Seen) -> None:
    """Each include and exclude leaves out at least 5 people, under its own clause."""
    left_out = Counter[tuple[str, str]]()
    rows = seen.cohort.filter(pl.col("clause").is_in([clause for _, clause in CLAUSES]))
    for step, clause, people in rows.select("step", "clause", "left_out").rows():
        left_out[step, clause] += people
    assert set(left_out) == CLAUSES
    assert min(left_out.values()) >= 5


def test_cohort_adds_up(seen: Seen) -> None:
    """As many people are left out by the clauses as are decided as excluded."""
    attached = seen.decisions.filter(pl.col("outcome") == "attached")
    assert set(attached.filter(pl.col("state") == "excluded")["reason"]) == {"include_failed", "exclude_hit"}
    clauses = [clause for _, clause in CLAUSES]
    left_out = seen.cohort.filter(pl.col("clause").is_in(clauses))["left_out"].sum()
    assert left_out == (attached["state"] == "excluded").sum()


def test_each_price_row_pays_five_times(seen: Seen) -> None:
    """Each price of each group and year is paid on at least 5 lines, and no other price is."""
    rows = seen.lines_of("-").select("payment", "unit_price_minor").rows()
    counts = Counter(rows)
    assert set(counts) == {(name, price) for name, row in PRICES_PENCE.items() for price in row}
    assert min(counts.values()) >= 5


def test_person_limit_binds_ten_times(seen: Seen) -> None:
    """The limit for one person cuts at least 10 payments, each time down to the limit exactly."""
    cut = seen.lines_of("person_most")
    assert cut.height >= 10
    assert (cut["amount_minor"] < 0).all()
    before = seen.lines.filter(pl.col("adjustment").fill_null("-") != "yearly_most")
    sums = before.group_by("subject").agg(pl.col("amount_minor").sum())
    assert sums["amount_minor"].max() == PERSON_LIMIT_PENCE
    bound = sums.filter(pl.col("subject").is_in(cut["subject"].to_list()))
    assert set(bound["amount_minor"].to_list()) == {PERSON_LIMIT_PENCE}


def test_yearly_limit_binds(seen: Seen) -> None:
    """Two providers reach their yearly limit, exactly; lines are cut there and nowhere else."""
    year = pl.col("period").str.slice(0, 2)
    lines = seen.lines.with_columns(year=year, adjustment=pl.col("adjustment").fill_null("-"))
    earned = Counter[tuple[str, str]]()
    cut = set()
    columns = ("provider", "year", "adjustment", "amount_minor")
    for provider, in_year, adjustment, amount in lines.select(*columns).rows():
        earned[provider, in_year] += amount
        if adjustment == "yearly_most":
            cut.add((provider, in_year))
    assert {provider for provider, _ in cut} == {"northbank", "eastgate"}
    for (provider, in_year), amount in earned.items():
        limit = YEARLY_LIMIT_PENCE[provider]
        assert (amount == limit) if (provider, in_year) in cut else (amount <= limit)


def test_deadweight_leaves_five_sixths_of_each_recovery(seen: Seen) -> None:
    """Each recovery is left five sixths, rounded half up, with half pennies among them."""
    price = dict(seen.lines_of("-").filter(pl.col("payment") == "recovery").select("subject", "amount_minor").rows())
    taken = dict(seen.lines_of("deadweight").select("subject", "amount_minor").rows())
    assert {who: pence + taken[who] for who, pence in price.items()} == {
        who: (pence * 10 + 6) // 12 for who, pence in price.items()
    }
    assert set(price) == set(taken)
    assert any(pence * 10 % 12 == 6 for pence in price.values())


def test_total_is_the_sum_of_the_lines(seen: Seen) -> None:
    """The statement's total is its lines added up, in whole pence."""
    assert seen.total_minor == seen.lines["amount_minor"].sum()
    assert seen.lines["line_id"].n_unique() == seen.lines.height


def test_refused_rows_are_the_dirty_ones(seen: Seen) -> None:
    """Every row labelled as refused is refused, no other row is, and at least 5 codes say why."""
    expected = {(row["table"], row["line"]) for row in labels() if row["refused"]}
    rows = seen.refused.select("table", pl.col("row") + LINE_OF_ROW).rows()
    assert set(rows) == expected
    assert seen.refused["code"].n_unique() >= 5


def test_each_outcome_is_seen_in_every_state_it_can_have(seen: Seen) -> None:
    """Each outcome is met, not met, pending, left out and unknown of somebody; each but two is excused of somebody."""
    found: dict[str, set[str]] = {}
    excused = set()
    for outcome, state, reason in seen.decisions.select("outcome", "state", "reason").unique().rows():
        found.setdefault(outcome, set()).add(state)
        excused |= {outcome} if reason == "excused" else set()
    assert {outcome: states for outcome, states in found.items() if states != STATES} == {}
    assert excused == {"completed", "no_return", "uses_less", "in_work", "housed", "no_conviction"}


def test_people_who_died_or_moved_fail_nothing_after_it(seen: Seen) -> None:
    """Whoever died or was transferred, and is in the cohort, has no outcome that is not met but those of the start."""
    gone = {row["participant"].strip() for row in read("events") if row["kind"] in {"died", "transferred"}}
    known = {row["participant"].strip() for row in read("events") if row["kind"] in {"died", "transferred"}
             and row["recorded_on"] <= AS_AT and row["on"] <= AS_AT}  # fmt: skip
    missed = seen.decisions.filter(pl.col("state") == "not_met", pl.col("subject").is_in(list(known)))
    later = missed.filter(pl.col("reason") != "anchor")
    assert len(gone) >= 10
    assert set(later["outcome"]) <= {"attached", "offended_before", "stopped_offending"}


def test_payments_for_work_come_in_halves(seen: Seen) -> None:
    """Each person in work is paid twice 250.00, the second three months after the first, if these are over."""
    work = seen.lines_of("-").filter(pl.col("payment") == "work")
    assert set(work["amount_minor"]) == {25000}
    counts = work.group_by("subject").agg(pl.col("instalment").sort()).select("instalment").to_series().to_list()
    assert {tuple(parts) for parts in counts} == {(1,), (1, 2)}
    assert sum(parts == [1] for parts in counts) >= 5


# ---------------------------------------------------------------- facts that hold of any return


def test_order_of_rows_and_columns_does_not_matter(seen: Seen, tmp_path: Path) -> None:
    """The return backwards, with its columns backwards, gives the same decisions and lines."""
    backwards = {table: [dict(reversed(row.items())) for row in reversed(rows)] for table, rows in whole().items()}
    again = see(write(tmp_path / "backwards", backwards))
    assert again.decided == seen.decided
    assert again.paid == seen.paid


def test_refused_rows_and_copies_change_nothing(seen: Seen, tmp_path: Path) -> None:
    """Without its refused rows and copies the return gives the same, and no refusals."""
    gone = {(row["table"], row["line"]) for row in labels() if row["dirt"] != "spaced_id"}
    clean = {
        table: [row for line, row in enumerate(rows, start=2) if (table, line) not in gone]
        for table, rows in whole().items()
    }
    again = see(write(tmp_path / "clean", clean))
    assert again.refused.height == 0
    assert again.decided == seen.decided
    assert again.paid == seen.paid


def test_rows_recorded_later_change_nothing(seen: Seen, tmp_path: Path) -> None:
    """Without the rows recorded after the day of the statement all is the same."""
    tables = whole()
    for table in TABLES[1:]:
        known = [row for row in tables[table] if row["recorded_on"] <= AS_AT]
        assert len(known) < len(tables[table])
        tables[table] = known
    again = see(write(tmp_path / "earlier", tables))
    assert again.decided == seen.decided
    assert again.paid == seen.paid


def test_people_decided_in_two_parts_are_decided_alike(seen: Seen, tmp_path: Path) -> None:
    """Odd and even participants evaluated apart are decided as they are together."""
    parts: set[tuple[object, ...]] = set()
    for digits in ("02468", "13579"):
        halves = {
            table: [row for row in rows if row["participant"].strip()[-1:] in tuple(digits)]
            for table, rows in whole().items()
        }
        parts |= see(write(tmp_path / digits, halves)).decided
    assert parts == seen.decided


def test_no_return_to_treatment_never_pays_less(seen: Seen, tmp_path: Path) -> None:
    """With no returns to treatment more people recover, and the total is no lower."""
    events = [row for row in read("events") if row["kind"] != "return"]
    again = see(write(tmp_path / "none", whole() | {"events": events}))
    recovered, before = (
        set(each.decisions.filter(pl.col("outcome") == "recovered", pl.col("state") == "met")["subject"].to_list())
        for each in (again, seen)
    )
    assert before < recovered
    assert again.total_minor >= seen.total_minor


def test_excluded_people_earn_nothing_and_cost_nobody(seen: Seen, tmp_path: Path) -> None:
    """Without the people who are excluded, everyone else's lines are the same."""
    left_out = pl.col("reason").is_in(["include_failed", "exclude_hit"])
    excluded = set(seen.decisions.filter(left_out)["subject"].to_list())
    kept = {
        table: [row for row in rows if row["participant"].strip() not in excluded] for table, rows in whole().items()
    }
    again = see(write(tmp_path / "included", kept))
    assert excluded.isdisjoint(seen.lines["subject"].to_list())
    assert again.paid == seen.paid
