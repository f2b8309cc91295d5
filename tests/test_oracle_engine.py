"""The engine against the second evaluator: on random contracts, and cell by cell where these hold none."""

from __future__ import annotations

import unicodedata
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings

from tests.oracle import run
from tests.oracle_rows import CellError, cohort_table, read_cell
from tests.strategies import Scenario, scenarios, to_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from tests.oracle_rows import Contract

Result: TypeAlias = Any  # what `pbr.run` gives


@pytest.fixture(scope="module")
def contract_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a place for a contract; each example writes it anew."""
    return tmp_path_factory.mktemp("oracle") / "contract.yaml"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(
            ("share", text)
            for text in ("45%", "0.45", "33.3333%", "0.333333", "-5%", "120%", "33.33333%", "0.3333333", "x")
        ),
        *(("instant", text) for text in ("2025-03-31T23:30Z", "2025-06-30T22:59:59Z", "2025-06-30T23:00:00Z")),
        *(("instant", text) for text in ("2025-03-31T23:30:59.123+01:00", "2025-12-31 20:00-0500", "2025-03-31T23:30")),
        *(("instant", text) for text in ("2025-03-30T01:30", "2025-10-26T01:30", "2025-10-26T00:59:59")),
        *(("instant", text) for text in ("2025-02-29T10:00Z", "2025-03-31T24:30Z", "2025-03-31")),
        *(("recorded", text) for text in ("2025-03-31T23:30Z", "2025-10-26T00:30+01:00")),
    ],
)
def test_shares_and_instants_are_read_as_the_engine_reads_them(kind: str, text: str) -> None:
    """What random returns do not hold is read alike too: the same number or day, or refused by both."""
    import polars as pl

    from pbr.contract.model import Field, FieldKind
    from tests.evidence_terms import accepted, one_table, read

    of = "instant" if kind == "recorded" else ""
    found = read(
        one_table(x=Field(type=FieldKind(kind), of=of)), {"people": pl.DataFrame({"participant": ["a"], "x": [text]})}
    )
    rows = accepted(found, "people")["x"].to_list()
    try:
        value = read_cell(
            {"contract": {"time_zone": "Europe/London"}}, {"type": kind, **({"of": of} if of else {})}, text
        )
    except CellError:
        assert rows == []
    else:
        assert rows == [value * 10**6 if isinstance(value, Fraction) else value]


def headings(contract: Contract, table: str) -> list[str]:
    """List a table's returned headings."""
    spec = contract["tables"][table]
    returned = {name: heading for heading, name in spec.get("columns", {}).items()}
    parent = ["participant"] if "of" in spec else []
    return [*parent, *(returned.get(name, name) for name in spec["fields"])]


def engine(path: Path, scenario: Scenario) -> Result:
    """Run the engine on frames of text; the contract's accents are written apart, as some systems do."""
    import polars as pl

    import pbr

    contract, tables, as_at = scenario
    path.write_text(unicodedata.normalize("NFD", to_yaml(contract)), encoding="utf-8")
    frames = {
        name: pl.DataFrame(
            [[row[heading] for heading in headings(contract, name)] for row in rows],
            schema=dict.fromkeys(headings(contract, name), pl.String),
            orient="row",
        )
        for name, rows in tables.items()
    }
    return pbr.run(path, frames, as_at)


def line_key(row: dict[str, Any]) -> tuple[str, str, str, str, str, int, str]:
    """Give the key by which the second evaluator knows a line."""
    subject = "" if row["subject"] is None else str(row["subject"])
    part = row["occurrence"], row["instalment"], row["payee"] or ""
    return row["payment"] or "", subject, row["outcome"] or "", row["adjustment"], *part


def used_rows(contract: Contract, found: dict[tuple[str, int, str], str]) -> dict[tuple[str, int, str], str]:
    """Name what the cohort or a fact made of a participant's own row by `-`, whatever the engine calls it."""
    own = cohort_table(contract)
    dated = {
        name for name, spec in contract["outcomes"].items() if spec["kind"] in {"event", "absence", "total", "score"}
    }
    return {
        (table, row, name if table != own or name in dated else "-"): use for (table, row, name), use in found.items()
    }


@given(scenario=scenarios())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_engine_agrees_with_oracle(contract_file: Path, scenario: Scenario) -> None:
    """Every decision, line, refusal, use and the total are the same."""
    contract, tables, as_at = scenario
    expected = run(contract, tables, as_at)
    result = engine(contract_file, scenario)
    rows = result.decisions.rows().iter_rows(named=True)
    decisions = {(str(row["subject"]), row["outcome"]): (row["state"], row["date"], row["reason"]) for row in rows}
    assert decisions == expected.decisions
    lines: Counter[tuple[str, str, str, str, str, int, str]] = Counter()
    for row in result.statement.lines().iter_rows(named=True):
        key = line_key(row)
        assert key not in lines
        lines[key] += row["amount_minor"]
    assert lines == expected.lines
    assert result.statement.total_minor == expected.total == sum(lines.values())
    refused = {(row["table"], row["row"] - 2) for row in result.evidence.refused.iter_rows(named=True)}
    assert refused == expected.refused
    uses = {
        (row["table"], row["row"] - 2, row["outcome"] or "-"): row["use"] for row in result.uses().iter_rows(named=True)
    }
    assert used_rows(contract, uses) == expected.use
