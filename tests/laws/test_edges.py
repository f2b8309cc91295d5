"""Laws 5, 9, 10, 15, 23, 27 and 29 to 31 at their edges: threads and files, units, empty fields, days and months."""

from __future__ import annotations

import calendar
import copy
import csv
import datetime as dt
import operator
import os
import random
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pbr
from tests.laws.worlds import AS_AT, FROM, TO, Row, capped, checked, contract, event, person, returns, run
from tests.strategies import to_yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from pbr.api import Run

ROOT: Final = Path(__file__).parent.parent.parent
SENT: Final = ROOT / "examples" / "drug-recovery" / "return"
STATED: Final = (
    "statement.csv",
    "statement.json",
    "statement.parquet",
    "decisions.csv",
    "decisions.parquet",
    "cohort.csv",
)
SEEDS = st.integers(0, 2**32 - 1)
DAY = dt.timedelta(days=1)

# ---------------------------------------------------------------- caps and overflow


@given(seed=SEEDS)
def test_law_05_a_cap_is_used_up_in_the_stated_order_whatever_the_file(seed: int) -> None:
    """Lines use up a cap by day, then id, then outcome: the cuts are those of a plain count in that order."""
    world = returns(seed, people=10)
    for sent in world.values():
        random.Random(seed).shuffle(sent)  # noqa: S311  # a seeded shuffle
    done = run(contract(adjustments=capped(person_most="", year_most="", whole_most="3000.00")), world)
    order = ["started", "ended", "stayed", "recovered"]
    net: dict[tuple[dt.date, str, int], int] = {}
    cuts: dict[tuple[dt.date, str, int], int] = {}
    for row in done.statement.lines().iter_rows(named=True):
        line = (row["earned_on"], row["subject"], order.index(row["outcome"]))
        place = cuts if row["adjustment"] == "whole_most" else net
        place[line] = place.get(line, 0) + row["amount_minor"]
    left = 300_000
    for key in sorted(net):
        paid = min(net[key], left)
        assert cuts.get(key, 0) == paid - net[key]
        left -= paid


def test_law_09_a_sum_that_64_bits_cannot_hold_is_an_error() -> None:
    """Lines that fit one by one, but not together, are refused before a sum is taken."""
    names = [f"P{place:02}" for place in range(30)]
    world = {"people": [person(name) for name in names], "events": [event(name, "start", FROM) for name in names]}
    terms = contract(adjustments=[{"id": "more", "kind": "multiply", "by": "500/1"}])
    terms["values"]["start_price"] = "9000000000000.00"
    with pytest.raises(pbr.EvaluationError) as caught:
        run(terms, world)
    assert [problem.code for problem in caught.value.problems] == ["PBR401"]
    few = {"people": world["people"][:20], "events": world["events"]}
    done = run(terms, few)
    assert done.statement.total_minor == 20 * 900_000_000_000_000 * 500
    assert done.summary()["paid_minor"].to_list() == [done.statement.total_minor, 0]


# ---------------------------------------------------------------- threads, files, folders


def evaluated(data: Path, out: Path, **settings: str) -> dict[str, bytes]:
    """Evaluate Riverside in a process of its own and give the bytes of every file."""
    command = ["-m", "pbr", "evaluate", "contracts/drug-recovery/contract.yaml", "--quiet", "--as-at", "2028-12-31"]
    subprocess.run(
        [sys.executable, *command, "--data", str(data), "--out", str(out)],
        cwd=ROOT,
        env=os.environ | settings,
        check=True,
        capture_output=True,
    )
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def in_parts(table: str, folder: Path, luck: random.Random) -> None:
    """Write a table of the example as three files, its rows and columns in another order."""
    with (SENT / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        heading, *rows = list(csv.reader(file))
    columns = luck.sample(range(len(heading)), len(heading))
    luck.shuffle(rows)
    (folder / table).mkdir(parents=True)
    for part in range(3):
        with (folder / table / f"{'cab'[part]}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerows([each[column] for column in columns] for each in [heading, *rows[part::3]])


def test_law_10_threads_files_and_hash_seeds_change_no_byte(tmp_path: Path) -> None:
    """The worked return gives the same bytes with one thread and two, and in parts and in another order."""
    for table in sorted(path.stem for path in SENT.glob("*.csv")):
        in_parts(table, tmp_path / "parts", random.Random(7))  # noqa: S311  # a seeded shuffle
    one = evaluated(SENT, tmp_path / "one", POLARS_MAX_THREADS="1", PYTHONHASHSEED="1", TZ="UTC")
    two = evaluated(SENT, tmp_path / "two", POLARS_MAX_THREADS="2", PYTHONHASHSEED="2", TZ="Asia/Tokyo")
    assert len(one) == 9
    assert two == one
    parts = evaluated(tmp_path / "parts", tmp_path / "three", POLARS_MAX_THREADS="2")
    assert {name: parts[name] for name in STATED} == {name: one[name] for name in STATED}


# ---------------------------------------------------------------- thresholds

SIGNS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
UNITS: Final[dict[str, Any]] = {
    "whole": Decimal(1),
    "decimal": Decimal("0.001"),
    "money": Decimal("0.01"),
    "share": Decimal("0.000001"),
    "date": DAY,
}


def with_field(kind: str) -> dict[str, Any]:
    """Give a contract whose people have one field more, of a type."""
    terms = contract(payments={}, adjustments=[], cohort={"of": "person", "start": "referred_on"})
    terms["tables"]["people"]["fields"]["measure"] = {"type": kind} | ({"places": "3"} if kind == "decimal" else {})
    return terms


def measured(name: str, measure: str) -> Row:
    """Give a person with this measure."""
    return person(name) | {"measure": measure}


@pytest.mark.parametrize("kind", UNITS)
@given(units=st.integers(-3_000, 3_000), sign=st.sampled_from(list(SIGNS)), flipped=st.booleans())
def test_law_23_a_threshold_of_any_type_parts_one_unit_from_the_next(
    kind: str, units: int, sign: str, *, flipped: bool
) -> None:
    """A unit below a random threshold, at it and a unit above it, each falls on its side, for each sign and type."""
    unit = UNITS[kind]
    threshold = FROM + units * DAY if kind == "date" else abs(units) * unit if kind == "share" else units * unit
    values = [threshold - unit, threshold, threshold + unit]
    if kind == "share":
        values = [value for value in values if 0 <= value <= 1]
    literal = f"DATE '{threshold}'" if kind == "date" else f"{threshold:f}"
    condition = f"{literal} {sign} measure" if flipped else f"measure {sign} {literal}"
    terms = with_field(kind)
    terms["outcomes"] = {
        "so": {"kind": "fact", "when": condition},
        "not_so": {"kind": "fact", "when": f"NOT {condition}"},
    }
    world = {"people": [measured(f"P{place}", f"{value}") for place, value in enumerate(values)], "events": []}
    done = run(terms, world)
    expected = [SIGNS[sign](threshold, value) if flipped else SIGNS[sign](value, threshold) for value in values]
    assert met(done, "so") == expected
    assert met(done, "not_so") == [not truth for truth in expected]


def met(done: Run, outcome: str) -> list[bool]:
    """List, by subject, whether an outcome is met."""
    rows = done.decisions.rows().filter(pl.col("outcome") == outcome)
    return [state == "met" for state in rows["state"]]


def test_law_23_the_as_at_day_and_the_recorded_day_are_thresholds() -> None:
    """A row recorded on the as-at day counts and one recorded on the next does not; the same of its own day."""
    on = FROM + 9 * DAY
    cases = {"A": (on, 0), "B": (on, 1), "C": (on + DAY, -1), "D": (on - DAY, 1), "E": (on - DAY, 2)}
    world = {
        "people": [person(name) for name in cases],
        "events": [event(name, "start", day, later=later) for name, (day, later) in cases.items()],
    }
    assert met(run(contract(), world, on), "started") == [True, False, False, True, False]
    assert met(run(contract(), world, on + DAY), "started") == [True, True, True, True, True]


# ---------------------------------------------------------------- empty fields

ATOMS: Final = (
    "score >= 5",
    "score = 0",
    "score NOT IN (1, 2)",
    "level = 'high'",
    "level <> 'high'",
    "measure < DATE '2030-01-01'",
    "measure >= start",
    "age_on(measure, start) >= 18",
    "agreed",
)


def conditions() -> st.SearchStrategy[str]:
    """Give random conditions, every part of which reads an empty field."""
    return st.recursive(
        st.sampled_from(ATOMS),
        lambda inner: st.one_of(
            inner.map("NOT ({})".format),
            st.tuples(inner, inner).map(lambda two: f"({two[0]}) AND ({two[1]})"),
            st.tuples(inner, inner).map(lambda two: f"({two[0]}) OR ({two[1]})"),
        ),
        max_leaves=6,
    )


@given(condition=conditions())
def test_law_27_nothing_made_of_empty_fields_is_so_or_is_not_so(condition: str) -> None:
    """Of one whose fields are empty, neither a condition nor its opposite is met, lets in, leaves out or pays."""
    terms = with_field("date")
    terms["tables"]["people"]["fields"]["agreed"] = "yes_no"
    terms["outcomes"] = {
        "so": {"kind": "fact", "when": condition},
        "not_so": {"kind": "fact", "when": f"NOT ({condition})"},
    }
    terms["payments"] = {f"{n}_fee": {"kind": "tariff", "pays_for": n, "price": "10.00"} for n in terms["outcomes"]}
    empty = person("P1", level="", score="") | {"measure": "", "agreed": ""}
    world: dict[str, list[Row]] = {"people": [empty], "events": []}
    done = run(terms, world)
    assert done.decisions.rows()["state"].to_list() == ["unknown", "unknown"]
    terms["outcomes"] = {"so": {"kind": "fact", "when": "TRUE"}}
    terms["payments"] = {"so_fee": {"kind": "tariff", "pays_for": "so", "price": "10.00"}}
    terms["cohort"]["exclude"] = [{"id": "out", "when": condition}]
    shut = run(terms, world)
    assert shut.decisions.rows().select("state", "reason").rows() == [("unknown", "unknown_clause")]
    assert (done.statement.total_minor, shut.statement.total_minor) == (0, 0)


@pytest.mark.parametrize("text", ["NaN", "nan", "inf", "-Infinity", "1e9", "null", "N/A"])
def test_law_27_what_is_no_number_is_refused(text: str) -> None:
    """A cell that holds no number, or no finite one, is refused at the door and satisfies nothing."""
    terms = with_field("decimal")
    terms["outcomes"] = {"so": {"kind": "fact", "when": "measure > 0 OR measure <= 0"}}
    done = run(terms, {"people": [measured("P1", text), measured("P2", "0.5")], "events": []})
    assert done.decisions.rows()["subject"].to_list() == ["P2"]
    assert done.evidence.refused["row"].to_list() == [2]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1.5])
def test_law_27_a_column_of_floats_is_refused(number: float) -> None:
    """A column of floats is no column of exact numbers: the whole table is refused."""
    terms = with_field("decimal")
    terms["outcomes"] = {"so": {"kind": "fact", "when": "measure > 0"}}
    people = pl.DataFrame([measured("P1", "1.5")]).with_columns(measure=pl.lit(number))
    events = pl.DataFrame(schema=dict.fromkeys(event("x", "start", FROM), pl.String))
    done = pbr.run(checked(terms), {"people": people, "events": events}, AS_AT)
    assert done.evidence.counts["people"].refused == 1
    assert done.decisions.rows().is_empty()


# ---------------------------------------------------------------- every day has one price


@given(cuts=st.sets(st.integers(1, (TO - FROM).days), max_size=5), edge=st.sampled_from([0, 1, (TO - FROM).days]))
def test_law_29_each_day_of_the_term_is_paid_once_at_its_own_price(cuts: set[int], edge: int) -> None:
    """One start on every day of the term makes one line each, at the price of the last change on or before it."""
    changes = sorted({0, edge, *cuts})
    dated = {(FROM + step * DAY).isoformat(): f"{place + 1}.00" for place, step in enumerate(changes)}
    terms = contract(adjustments=[], values={"fee": {"dated": dated}})
    terms["outcomes"] = {"started": {"kind": "event", "table": "events", "date": "on"}}
    terms["payments"] = {"starting": {"kind": "tariff", "pays_for": "started", "price": "fee"}}
    days = range((TO - FROM).days + 1)
    world = {
        "people": [person(f"P{step:04}") for step in days],
        "events": [event(f"P{step:04}", "start", FROM + step * DAY) for step in days],
    }
    found = run(terms, world).statement.lines().select("earned_on", "amount_minor").rows()
    expected = [(FROM + step * DAY, 100 * sum(change <= step for change in changes)) for step in days]
    assert found == expected


# ---------------------------------------------------------------- days and months


def months_after(day: dt.date, months: int) -> dt.date:
    """Count months from a day in one step; a day that the month has not is its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def within(window: dict[str, str], kind: str = "event") -> dict[str, Any]:
    """Give a contract from 2023 to 2028 of a first start, a window after it, and one after the referral."""
    terms = contract(adjustments=[], payments={}, values={}, cohort={"of": "person", "start": "referred_on"})
    terms["contract"] |= {"from": "2023-01-01", "to": "2028-12-31"}
    terms["outcomes"] = {
        "started": {"kind": "event", "table": "events", "when": "kind = 'start'", "date": "on"},
        "later": {
            "kind": kind,
            "table": "events",
            "when": "kind = 'exit'",
            "date": "on",
            "window": {"after": "started"} | window,
        },
        "since": {
            "kind": kind,
            "table": "events",
            "when": "kind = 'exit'",
            "date": "on",
            "window": {"from": "start"} | window,
        },
    }
    return terms


MONTH_ENDS: Final = {
    ("2024-01-31", "1 month"): "2024-02-29",
    ("2023-01-31", "1 month"): "2023-02-28",
    ("2024-01-31", "2 months"): "2024-03-31",
    ("2024-02-29", "12 months"): "2025-02-28",
    ("2024-02-29", "1 year"): "2025-02-28",
    ("2024-02-29", "4 years"): "2028-02-29",
    ("2024-02-28", "1 year"): "2025-02-28",
    ("2023-02-28", "1 year"): "2024-02-28",
    ("2024-08-31", "6 months"): "2025-02-28",
    ("2024-12-31", "2 months"): "2025-02-28",
    ("2024-03-30", "1 month"): "2024-04-30",
}


@pytest.mark.parametrize(("anchor", "length"), MONTH_ENDS)
def test_law_30_month_ends_clamp_and_are_counted_in_one_step(anchor: str, length: str) -> None:
    """31 January and a month is the end of February, and two months are 31 March; the same after an outcome."""
    start, last = dt.date.fromisoformat(anchor), dt.date.fromisoformat(MONTH_ENDS[anchor, length])
    edges = {"A": last - DAY, "B": last, "C": last + DAY}
    world = {
        "people": [person(name, start) for name in edges],
        "events": [row for n, day in edges.items() for row in (event(n, "start", start), event(n, "exit", day))],
    }
    done = run(within({"for": length}), world, dt.date(2029, 6, 1))
    assert met(done, "later") == [True, True, False]
    assert met(done, "since") == [True, True, False]
    windows = done.decisions.rows().filter(pl.col("outcome") != "started")["window_last"]
    assert set(windows) == {last}


@given(start=st.dates(dt.date(2023, 1, 1), dt.date(2025, 12, 31)), months=st.integers(1, 30))
def test_law_30_months_after_an_outcome_are_counted_from_it(start: dt.date, months: int) -> None:
    """However many months, the window of an absence ends on the anchor's day of the month, or on the month's last."""
    last = months_after(start, months)
    world = {"people": [person("P1", start - DAY)], "events": [event("P1", "start", start)]}
    rows = run(within({"for": f"{months} months"}, kind="absence"), world, dt.date(2029, 6, 1)).decisions.rows()
    later = rows.filter(pl.col("outcome") == "later").select("state", "date", "window_first", "window_last")
    assert later.rows() == [("met", last, start + DAY, last)]


@pytest.mark.parametrize("kind", ["event", "absence"])
@given(start=st.dates(dt.date(2023, 2, 1), dt.date(2026, 12, 31)), count=st.integers(2, 400))
def test_law_31_n_days_after_an_outcome_at_both_edges(kind: str, start: dt.date, count: int) -> None:
    """Days 0 and n + 1 after the anchor lie outside, 1, n - 1 and n inside: an event is met, an absence defeated."""
    steps = [0, 1, count - 1, count, count + 1]
    names = [f"P{place}" for place in range(len(steps))]
    world = {
        "people": [person(name, start) for name in names],
        "events": [
            row
            for name, step in zip(names, steps, strict=True)
            for row in (event(name, "start", start), event(name, "exit", start + step * DAY))
        ],
    }
    done = run(within({"for": f"{count} days"}, kind=kind), world, dt.date(2029, 6, 1))
    inside = {"later": [1 <= step <= count for step in steps], "since": [0 <= step <= count for step in steps]}
    for outcome, expected in inside.items():
        assert met(done, outcome) == (expected if kind == "event" else [not each for each in expected])


@given(count=st.integers(1, 200))
def test_law_31_a_window_is_open_until_its_last_day(count: int) -> None:
    """On day n - 1 the window is open and the outcome pending; at the end of day n it is over."""
    terms = within({"for": f"{count} days"})
    del terms["outcomes"]["started"], terms["outcomes"]["later"]
    world: dict[str, list[Row]] = {"people": [person("P1")], "events": []}
    states = [run(terms, world, FROM + (count + step) * DAY).decisions.rows()["reason"][0] for step in (-1, 0)]
    assert states == ["window_open", "no_evidence"]


def test_law_15_nothing_of_the_machine_stands_in_a_file(tmp_path: Path) -> None:
    """No file of a run names the folder it was written to or read from, or the day of today."""
    world = copy.deepcopy(returns(5))
    for name, rows in world.items():
        pl.DataFrame(rows).write_csv(tmp_path / f"{name}.csv")
    file = tmp_path / "contract.yaml"
    file.write_text(to_yaml(contract()), encoding="utf-8")
    out = pbr.run(file, {name: tmp_path / f"{name}.csv" for name in world}, AS_AT).write(tmp_path / "out")
    said = [str(tmp_path), str(Path.cwd()), dt.datetime.now(tz=dt.UTC).date().isoformat()]
    for path in sorted(out.iterdir()):
        data = path.read_bytes()
        assert [word for word in said if word.encode() in data] == [], path.name
