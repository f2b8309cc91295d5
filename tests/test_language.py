"""Contracts of language version 1 that mean the same for ever: files in tests/language/1 are never rewritten.

Each folder is a contract, its return and `meaning.txt`: fingerprint, decisions and lines, in columns that no later
version takes away. A change that turns one of these tests red changes what a signed contract pays.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

import pbr

HOME: Final = Path(__file__).parent / "language" / "1"
FOLDERS: Final = sorted(path.name for path in HOME.iterdir())
AS_AT: Final = "2027-02-15"


def meaning(folder: Path) -> str:
    """Write what a contract means for its return, one fact in each line."""
    contract = pbr.read_contract(folder / "contract.yaml")
    done = pbr.run(contract, folder, AS_AT)
    decisions = done.decisions.rows().select("subject", "outcome", "state", "date", "reason", "value").rows()
    lines = done.statement.lines()
    money = [
        "payment",
        "subject",
        "outcome",
        "adjustment",
        "period",
        "earned_on",
        "quantity",
        "amount_minor",
        "line_id",
    ]
    rows = [("fingerprint", contract.fingerprint), *decisions, *lines.select(money).rows()]
    return "".join(" ".join("-" if cell is None else str(cell) for cell in row) + "\n" for row in rows)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_frozen_contract_means_what_it_always_did(name: str) -> None:
    """Fingerprint, decisions and lines are those of the day on which the folder was frozen."""
    assert meaning(HOME / name) == (HOME / name / "meaning.txt").read_text(encoding="utf-8")


def test_the_frozen_contracts_hold_every_kind_of_the_version() -> None:
    """Together they have each kind of outcome, payment and adjustment there was when they were frozen."""
    text = "".join((HOME / name / "contract.yaml").read_text(encoding="utf-8") for name in FOLDERS)
    for kind in ("event", "absence", "fact", "combine", "scale", "tariff", "cap", "multiply"):
        assert f"kind: {kind}" in text, kind
    said = "".join((HOME / name / "meaning.txt").read_text(encoding="utf-8") for name in FOLDERS)
    for state in ("met", "not_met", "pending", "excluded", "unknown"):
        assert f" {state} " in said, state
