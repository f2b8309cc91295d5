"""A kind of a user's own does what one of the language does: contracts of the library with their kinds renamed.

Event, absence, held, fact and combination stand under other words, as classes that share nothing with ours but their
methods. Whatever asks for a class by name, instead of what the kind says of itself, comes out otherwise here.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

import polars as pl
import pytest

import pbr
from pbr.cases.read import case_files, read_cases
from pbr.cases.run import case_frames, run_cases
from tests.added_kinds import OWN, RENAMED

CONTRACTS: Final = Path(__file__).parent.parent / "contracts"
SAME: Final = (
    "drug-recovery",
    "early-career-training",
    "fair-chance-fund",
    "innovation-fund",
    "riverside-agreed",
    "teacher-development",
    "troubled-families-2",
    "wigan-recovery",
    "work-programme",
)
"""Contracts with outcomes on one subject of these kinds."""
MOST_CASES: Final = 6


def with_fewer_cases(name: str, folder: Path) -> Path:
    """Copy a contract with at most so many of its cases, spread over all of them."""
    home = folder / name
    shutil.copytree(CONTRACTS / name, home)
    cases = case_files(home / "contract.yaml")
    kept = cases[:: -(-len(cases) // MOST_CASES)]
    for path in set(cases) - set(kept):
        path.unlink()
    return home


def with_own_kinds(name: str, folder: Path) -> Path:
    """Copy a contract with each outcome on one subject that has one of these kinds under the other word."""
    home = with_fewer_cases(name, folder)
    contract = pbr.read_contract(home)
    lines = (home / "contract.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    places = []
    for outcome, term in contract.terms.own_outcomes.items():
        if term.kind in RENAMED:
            place = contract.document.place(("outcomes", outcome, "kind"))
            places.append((place.line, place.column, term.kind))
    for line, column, word in sorted(places, reverse=True):
        text = lines[line - 1]
        changed = re.sub(rf"kind:(\s+){word}\b", rf"kind:\1own_{word}", text[column - 1 :], count=1)
        assert changed != text[column - 1 :]
        lines[line - 1] = text[: column - 1] + changed
    (home / "contract.yaml").write_text("".join(lines), encoding="utf-8")
    return home


@pytest.mark.parametrize("name", SAME)
def test_a_contract_of_renamed_kinds_pays_the_same(name: str, tmp_path: Path) -> None:
    """Its cases pass and reach as much, and decisions, lines and uses are the same, row for row."""
    home = with_own_kinds(name, tmp_path / "theirs")
    theirs, ours = pbr.read_contract(home, OWN), pbr.read_contract(with_fewer_cases(name, tmp_path / "ours"))
    assert any(type(term) in OWN.added for term in theirs.terms.outcomes.values())
    assert theirs.order == ours.order
    assert {each.code for each in theirs.notes} - {each.code for each in ours.notes} == {"PBR195"}
    done, before = run_cases(theirs), run_cases(ours)
    assert done.passed
    assert [(each.term.what, each.term.name, each.term.how, each.cases) for each in done.reach] == [
        (each.term.what, each.term.name, each.term.how, each.cases) for each in before.reach
    ]
    for case in read_cases(ours, case_files(ours.file)):
        frames = case_frames(ours.terms, case)
        one, other = (pbr.run(each, frames, case.terms.as_at) for each in (theirs, ours))
        for mine, well in ((one.decisions.rows(), other.decisions.rows()), (one.uses(), other.uses())):
            assert mine.equals(well)
        same = pl.exclude("place", "price_place")
        assert one.statement.frame.select(same).equals(other.statement.frame.select(same))
