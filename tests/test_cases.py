"""Worked cases: every case file beside a contract is a test, and a wrong expectation is reported with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import pbr
from pbr.cases import read_case, run_case
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CASES = sorted((ROOT / "contracts").glob("*/cases/*.yaml"))


def test_there_are_cases() -> None:
    """A moved folder would otherwise leave nothing to run."""
    assert len(CASES) >= 15


@pytest.mark.parametrize("path", CASES, ids=[f"{path.parent.parent.name}/{path.stem}" for path in CASES])
def test_case(path: Path) -> None:
    """What comes of the case is what it expects."""
    contract = pbr.read_contract(path.parent.parent / "contract.yaml")
    assert run_case(contract, read_case(path)) == ()


def test_a_wrong_expectation_is_reported_with_its_place(tmp_path: Path) -> None:
    """A decision, a line and a total that differ are each named, with the line of the case file."""
    source = (ROOT / "contracts/drug-recovery/cases/recovery.yaml").read_text(encoding="utf-8")
    changed = source.replace("state: met", "state: pending", 1)
    changed = changed.replace("amount: ", "amount: 9", 1)
    head, _, _ = changed.partition("  total:")
    path = tmp_path / "case.yaml"
    path.write_text(head + "  total: 1.00\n", encoding="utf-8")
    found = run_case(pbr.read_contract(ROOT / "contracts/drug-recovery/contract.yaml"), read_case(path))
    assert len(found) == 4
    assert "expected pending" in found[0]
    assert "not found" in found[1]
    assert "unexpected line" in found[2]
    assert "expected total 1.00" in found[3]
    assert all(text.startswith(str(path)) for text in found)


def test_a_case_with_faults_is_refused_with_codes(tmp_path: Path) -> None:
    """A case file has positions and codes like a contract."""
    path = tmp_path / "case.yaml"
    path.write_text("case: x\nas_at: 2025-02-29\ntables: {}\nexpect: {totl: 1}\n", encoding="utf-8")
    with pytest.raises(pbr.ContractError) as caught:
        read_case(path)
    assert [(problem.code, problem.line) for problem in caught.value.problems] == [("PBR107", 2), ("PBR104", 4)]
