"""The plan of the kernel: how often a table is scanned, what is shared, and that it streams."""

from __future__ import annotations

import re

import polars as pl
import pytest

import pbr
from pbr.contract.read import load
from pbr.decisions import make_query
from pbr.document import parse_document
from tests.conftest import ROOT

CONTRACT = ROOT / "contracts/drug-recovery/contract.yaml"
RETURN = ROOT / "examples/drug-recovery/return"


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.LazyFrame]:
    """Give the accepted rows of the worked example, scanned from Parquet files."""
    folder = tmp_path_factory.mktemp("parquet")
    plan = pbr.make_plan(pbr.read_contract(CONTRACT), "2027-12-31")
    found = {}
    for name, rows in pbr.read_evidence(plan, RETURN).tables.items():
        rows.collect().write_parquet(folder / f"{name}.parquet")
        found[name] = pl.scan_parquet(folder / f"{name}.parquet")
    return found


def _graph(text: str, tables: dict[str, pl.LazyFrame]) -> tuple[str, int]:
    """Give the physical plan of a contract, and the group-bys the kernel asked for."""
    contract, problems = load(parse_document(text.encode(), "contract.yaml"))
    assert contract is not None, problems
    columns, query = make_query(pbr.make_plan(contract, "2027-12-31"), tables)
    graph = query.show_graph(plan_stage="physical", raw_output=True, show=False, engine="streaming")
    assert graph is not None
    return graph, columns.scans


def _labels(graph: str) -> list[str]:
    return re.findall(r'label="((?:[^"\\]|\\.)*)"', graph)


def _scans(text: str, tables: dict[str, pl.LazyFrame], table: str) -> int:
    """Count the nodes that read a table's file, the other tables being frames in memory."""
    sources = {name: rows if name == table else rows.collect().lazy() for name, rows in tables.items()}
    graph, _ = _graph(text, sources)
    return sum(label.startswith("multi-scan") for label in _labels(graph))


def _group_bys(graph: str) -> int:
    return sum(label.startswith("group-by") for label in _labels(graph))


def test_each_table_is_scanned_once_per_filter_and_anchor(tables: dict[str, pl.LazyFrame]) -> None:
    """Riverside reads events under three filters and anchors, so three times at most."""
    text = CONTRACT.read_text(encoding="utf-8")
    graph, groups = _graph(text, tables)
    assert groups == 3
    assert 1 <= _scans(text, tables, "events") <= groups
    assert 1 <= _scans(text, tables, "participants") <= 1 + groups
    assert _group_bys(graph) == groups


def test_nothing_falls_back_to_the_engine_in_memory(tables: dict[str, pl.LazyFrame]) -> None:
    """No node of the physical plan is run in memory."""
    graph, _ = _graph(CONTRACT.read_text(encoding="utf-8"), tables)
    assert not [label for label in _labels(graph) if label.startswith("in-memory")]


def test_an_outcome_over_a_fact_that_is_there_adds_no_scan(tables: dict[str, pl.LazyFrame]) -> None:
    """The same rows asked for again, and in a second window from the same anchor, add neither scan nor group-by."""
    text = CONTRACT.read_text(encoding="utf-8")
    again = """outcomes:
  again: {kind: event, table: events, when: "kind='start'", date: on, window: {from: start, for: 12 weeks}}
  sooner: {kind: event, table: events, when: "kind = 'start'", date: on, window: {from: start, for: 2 weeks}}
"""
    longer = text.replace("outcomes:\n", again, 1)
    plain, before = _graph(text, tables)
    more, after = _graph(longer, tables)
    assert after == before
    assert _scans(longer, tables, "events") == _scans(text, tables, "events")
    assert _group_bys(more) == _group_bys(plain)


def test_only_columns_that_are_needed_are_read(tables: dict[str, pl.LazyFrame]) -> None:
    """A column that no term reads is not read from the file."""
    text = CONTRACT.read_text(encoding="utf-8")
    contract, _ = load(parse_document(text.encode(), "contract.yaml"))
    assert contract is not None
    _, query = make_query(pbr.make_plan(contract, "2027-12-31"), tables)
    read = re.findall(r"PROJECT (\d+)/(\d+) COLUMNS", query.explain(engine="streaming"))
    assert read
    assert any(int(some) < int(every) for some, every in read)


def test_streaming_gives_what_memory_gives(tables: dict[str, pl.LazyFrame]) -> None:
    """Both engines decide alike on the worked example."""
    contract = pbr.read_contract(CONTRACT)
    _, query = make_query(pbr.make_plan(contract, "2027-12-31"), tables)
    streamed = query.collect(engine="streaming").sort("subject")
    assert query.collect(engine="in-memory").sort("subject").equals(streamed)
