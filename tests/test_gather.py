"""The kernel: how often each table is read, what is grouped, and that nothing falls off the streaming engine.

The plans looked at are physical ones, over Parquet files, as they are run.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl
import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

import pbr
from pbr.calendar import Duration, number_of
from pbr.contract.read import load
from pbr.days import month_table
from pbr.decisions import make_query
from pbr.document import parse_document
from pbr.facts import Fact
from pbr.plan import context_of, make_plan
from tests import small
from tests.profiles import integer_law
from tests.small import changed

if TYPE_CHECKING:
    from pbr.contract import Contract

ROOT: Final = Path(__file__).parent.parent
RIVERSIDE: Final = ROOT / "tests" / "plans" / "contract.yaml"
RETURN: Final = ROOT / "examples" / "drug-recovery" / "return"
AS_AT: Final = "2027-12-31"

MORE: Final = """\
  lost: {kind: event, table: events, when: "kind = 'lost' AND level = 'low'", date: on, pick: last}
  adult: {kind: fact, when: "level IN ('high', 'low')", window: {from: start, for: 1 year}}
  some: {kind: combine, need: 2, of: [job, kept, adult]}
  one: {kind: combine, need: any, of: [job, lost]}
  never: {kind: absence, table: events, date: on, window: {after: some, until: 2026-12-31}}
payments:
"""
"""An outcome of each kind, with filters on the row, on its parent's row, and none, after several anchors."""


@frozen
class Physical:
    """What is counted in the physical plan of a query."""

    labels: tuple[str, ...]

    def nodes(self, kind: str) -> int:
        """How many nodes of a kind there are."""
        return sum(label.startswith(kind) for label in self.labels)

    @property
    def reads(self) -> list[int]:
        """Columns that each scan of a file reads, fewest first."""
        found = [re.search(r"project: (\d+) total", label) for label in self.labels if "scan" in label.split("\n")[0]]
        return sorted(int(match[1]) for match in found if match)


def physical(query: pl.LazyFrame) -> Physical:
    """Take the physical plan of a query apart into the labels of its nodes."""
    graph = query.show_graph(plan_stage="physical", raw_output=True, show=False, engine="streaming")
    assert graph is not None
    labels = re.findall(r'\[label="((?:[^"\\]|\\.)*)"', graph, re.DOTALL)
    return Physical(tuple(label.replace("\\n", "\n") for label in labels))


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make of the Riverside example a return in two tables, with the complexity on the person's own row."""
    folder = tmp_path_factory.mktemp("sent")
    people, events, found = (
        pl.read_csv(RETURN / f"{name}.csv", infer_schema=False) for name in ("participants", "events", "assessments")
    )
    levels = found.select("participant", "complexity").unique("participant", keep="first", maintain_order=True)
    people.join(levels, on="participant", how="left", maintain_order="left").write_csv(folder / "participants.csv")
    events.filter(~pl.col("kind").is_in(["conviction", "transferred"])).write_csv(folder / "events.csv")
    return folder


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, sent: Path) -> dict[str, Path]:
    """Write the accepted rows of that return as Parquet, a file for each table."""
    folder = tmp_path_factory.mktemp("riverside")
    plan = make_plan(pbr.read_contract(RIVERSIDE), AS_AT)
    evidence = pbr.read_evidence(plan, sent)
    for name, rows in evidence.tables.items():
        rows.collect().write_parquet(folder / f"{name}.parquet")
    return {name: folder / f"{name}.parquet" for name in evidence.tables}


def riverside(*changes: tuple[str, str]) -> Contract:
    """Read Riverside after changes of its text."""
    text = changed(*changes, text=RIVERSIDE.read_text(encoding="utf-8"))
    contract, problems = load(parse_document(text.encode(), "contract.yaml"))
    assert problems == ()
    assert contract is not None
    return contract


def query_of(contract: Contract, files: dict[str, Path], only: str = "") -> pl.LazyFrame:
    """Make the query of a contract over files; with `only`, the other tables are frames in memory."""
    tables = {}
    for name, path in files.items():
        scan = pl.scan_parquet(path)
        tables[name] = scan if only in {"", name} else scan.collect().lazy()
    return make_query(make_plan(contract, AS_AT), tables)[1]


def groups_of(contract: Contract) -> Counter[str]:
    """Count the distinct (table, filter, anchor) of the facts of a contract, by table."""
    plan = make_plan(contract, AS_AT)
    facts = [fact for name in plan.outcomes for fact in plan.outcome(name).facts(context_of(plan, name))]
    return Counter(table for table, _, _ in {fact.group for fact in facts if isinstance(fact, Fact)})


NEXT: Final = "  recovered:\n    title: Recovered\n"
WINDOW: Final = "    window:\n      from: start\n      for: 12 weeks\n"
AGAIN: Final = """\
  again:
    kind: event
    table: events
    when: "kind = 'start'"
    pick: {pick}
    date: on
    window:
      {window}
"""


def test_the_count_of_scans_counts_scans(files: dict[str, Path]) -> None:
    """A query that reads one file three times for three filters is seen to do so."""
    scan = pl.scan_parquet(files["events"])
    parts = [scan.filter(pl.col("kind") == kind).group_by("participant").agg(pl.len()) for kind in ("a", "b", "c")]
    found = physical(pl.concat(parts))
    assert (found.nodes("multi-scan"), found.nodes("group-by")) == (3, 3)
    assert found.reads == [2, 2, 2]


def test_riverside_scans_no_table_more_often_than_it_has_groups(files: dict[str, Path]) -> None:
    """Events are read once for each distinct filter and anchor, and grouped once for each."""
    contract = riverside()
    assert groups_of(contract) == {"events": 3}
    found = physical(query_of(contract, files, only="events"))
    assert found.nodes("multi-scan") == 3
    assert found.nodes("group-by") == 3
    assert found.nodes("equi-join") == 6


def test_the_cohort_is_read_once_and_once_more_for_its_start(files: dict[str, Path]) -> None:
    """The cohort's table is read for the subjects, and its key and start again for windows counted from the start."""
    found = physical(query_of(riverside(), files, only="participants"))
    assert found.nodes("multi-scan") == 2
    assert found.reads == [2, 8]


def test_no_node_of_riverside_is_in_memory(files: dict[str, Path]) -> None:
    """Every node of the plan runs on the streaming engine."""
    found = physical(query_of(riverside(), files))
    assert found.nodes("multi-scan") == 5
    assert [label.split("\n")[0] for label in found.labels if "in-memory" in label.split("\n")[0]] == []


def test_no_kind_of_outcome_is_in_memory(tmp_path: Path) -> None:
    """A contract with every kind, several anchors and a filter on the parent's row streams throughout."""
    contract = small.contract_of(changed(("payments:\n", MORE)))
    plan = make_plan(contract, small.LATE)
    evidence = pbr.read_evidence(plan, small.frames_of(small.PEOPLE, small.EVENTS))
    tables = {}
    for name, rows in evidence.tables.items():
        rows.collect().write_parquet(tmp_path / f"{name}.parquet")
        tables[name] = pl.scan_parquet(tmp_path / f"{name}.parquet")
    columns, query = make_query(plan, tables)
    found = physical(query)
    assert [label.split("\n")[0] for label in found.labels if "in-memory" in label.split("\n")[0]] == []
    assert groups_of(contract) == {"events": 4}
    assert columns.scans == 4
    assert found.nodes("group-by") == 4
    result = query.collect(engine="streaming")
    assert dict(result.select("subject", "some.state").rows()) == {"A": 0, "B": 0, "C": 3}


@pytest.mark.parametrize(
    ("pick", "window"),
    [
        ("first", "from: start\n      for: 12 weeks"),
        ("last", "from: start\n      for: 12 weeks"),
        ("first", "from: start\n      for: 6 months"),
        ("last", "after: start\n      until: 2026-03-31"),
    ],
)
def test_an_outcome_over_facts_there_are_adds_nothing(files: dict[str, Path], pick: str, window: str) -> None:
    """Another outcome of the same table, filter and anchor adds no scan, no group-by and no join."""
    before = physical(query_of(riverside(), files))
    more = riverside((NEXT, AGAIN.format(pick=pick, window=window) + NEXT))
    assert groups_of(more) == {"events": 3}
    after = physical(query_of(more, files))
    for kind in ("multi-scan", "group-by", "equi-join"):
        assert after.nodes(kind) == before.nodes(kind), kind


def test_an_outcome_made_of_others_adds_nothing(files: dict[str, Path]) -> None:
    """A combination reads no rows of its own."""
    more = "  either:\n    kind: combine\n    need: any\n    of: [attached, recovered]\n"
    before, after = (physical(query_of(riverside((NEXT, text + NEXT)), files)) for text in ("", more))
    for kind in ("multi-scan", "group-by", "equi-join"):
        assert after.nodes(kind) == before.nodes(kind), kind


def test_an_outcome_with_a_filter_of_its_own_adds_one_of_each(files: dict[str, Path]) -> None:
    """Another filter is another scan of its table, another group-by, and its joins."""
    window = "from: start\n      for: 12 weeks"
    text = AGAIN.format(pick="first", window=window).replace("'start'", "'review'")
    before = physical(query_of(riverside(), files, only="events"))
    after = physical(query_of(riverside((NEXT, text + NEXT)), files, only="events"))
    assert after.nodes("multi-scan") == before.nodes("multi-scan") + 1
    assert after.nodes("group-by") == before.nodes("group-by") + 1


JOB2: Final = """\
  job2: {kind: event, table: events, when: "kind  =  'job'", date: on, window: {after: start, for: 12 weeks}}
payments:
"""


def test_equal_facts_are_gathered_once() -> None:
    """The same outcome under two names asks for the same facts, and they have one column."""
    text = changed(("payments:\n", JOB2))
    plans = [make_plan(small.contract_of(each), small.LATE) for each in (small.TEXT, text)]
    counts = []
    for plan in plans:
        evidence = pbr.read_evidence(plan, small.frames_of(small.PEOPLE, small.EVENTS))
        columns, query = make_query(plan, evidence.tables)
        counts.append((columns.scans, len(columns.facts_at), len(columns.windows_at)))
    assert counts == [(2, 7, 2), (2, 7, 2)]
    frame = query.collect()
    assert frame["job.state"].equals(frame["job2.state"])
    assert frame["job.date"].equals(frame["job2.date"])


def test_only_columns_that_are_needed_are_read(files: dict[str, Path], tmp_path: Path) -> None:
    """Each scan reads the key, the date, the day recorded and the fields of its filter, however wide the file."""
    wide = {}
    for name, path in files.items():
        wide[name] = tmp_path / f"{name}.parquet"
        more = [pl.lit("x").alias(f"more{number}") for number in range(20)]
        pl.read_parquet(path).with_columns(more).write_parquet(wide[name])
    assert physical(query_of(riverside(), wide, only="events")).reads == [4, 4, 5]
    assert physical(query_of(riverside(), wide, only="participants")).reads == [2, 8]
    assert len(pl.read_parquet_schema(files["events"])) == 6
    assert len(pl.read_parquet_schema(files["participants"])) == 9


def test_the_streamed_result_is_that_of_the_run(files: dict[str, Path], sent: Path) -> None:
    """The plan over Parquet files gives the decisions of a run over the return as it came."""
    streamed = query_of(riverside(), files).collect(engine="streaming").sort("subject")
    result = pbr.run(RIVERSIDE, sent, AS_AT)
    assert streamed.equals(result.decisions.frame.sort("subject"))
    assert query_of(riverside(), files).collect(engine="in-memory").sort("subject").equals(streamed)


# ---- windows by table


@integer_law
@given(st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31)), st.integers(0, 120))
def test_days_some_months_later_are_those_of_the_calendar(date: dt.date, months: int) -> None:
    """The table by which windows of months are looked up says what the calendar says of each day."""
    table, first = table_of(months % 4 * 3 + 1)
    assert table[number_of(date) - first] == number_of(Duration(months % 4 * 3 + 1, "months").after(date))


_TABLES: dict[int, tuple[list[int], int]] = {}


def table_of(months: int) -> tuple[list[int], int]:
    """Make the table of a number of months once."""
    if months not in _TABLES:
        table, first = month_table(months)
        _TABLES[months] = table.to_list(), first
    return _TABLES[months]
