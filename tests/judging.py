"""A panel that scores two providers in each quarter, and a contract that pays by its scores, for tests."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

import polars as pl

import pbr
from pbr.agreement import count_ballots, read_agreement, read_ballots, write_result

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pbr.agreement import Count
    from pbr.api import Run

AGREEMENT: Final = """\
pbr_agreement: 1
id: panel
version: 1
valid: {from: 2025-04-01, to: 2025-09-30}
electorate:
  counted_on: 2025-01-01
  smallest_group: 3
  groups: {users: {eligible: 6}, staff: {eligible: 5}}
ballots: {file: ballots.csv}
interests: {file: interests.csv}
quorum: {overall: 3 voters}
questions:
  attainment:
    asks: number
    rule: median
    unit: share
    scored:
      of: [northbank, southbank]
      periods: {Y1-Q1: 2025-06-30, Y1-Q2: 2025-09-30}
      closes: period_end + 28 days
"""
HEADINGS: Final = ("voter", "group", "question", "option", "answer", "time", "evidence")
CONTRACT: Final = """\
pbr: 1
contract:
  id: judged
  version: 1
  providers: {northbank: {name: North}, southbank: {name: South}}
  currency: GBP
  from: 2025-04-01
  to: 2025-12-31
  statements: quarterly
agreements:
  panel: panel.yaml
tables:
  people: {row_is: person, fields: {person: id, provider: provider, began: date}}
cohort: {of: person, start: began}
outcomes:
  attainment: {kind: judged, agreed: panel.attainment, per: [provider, quarter]}
  enough: {kind: test, of: attainment, at_least: 60%}
payments:
  sum: {kind: amount, amount: 1000.01, times: [attainment]}
"""

Row = tuple[str, ...]


def paper(voter: str, says: str, label: str = "northbank Y1-Q1", time: str = "2025-07-10", cites: str = "m7") -> Row:
    """Give one paper; the group of a voter is the first letter of the token, u or s."""
    return (voter, {"u": "users", "s": "staff"}[voter[0]], "attainment", label, says, time, cites)


def papers(label: str = "northbank Y1-Q1", *said: str, time: str = "2025-07-10") -> list[Row]:
    """Give a paper of a voter for each thing said of one label."""
    return [paper(f"u{at}", says, label, time) for at, says in enumerate(said)]


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    """Put pieces of a text in the place of others."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def counted(
    folder: Path,
    rows: Iterable[Row],
    *pairs: tuple[str, str],
    interests: Iterable[Row] = (),
    headings: Row = HEADINGS,
    name: str = "panel",
) -> Count:
    """Write an agreement, its papers and its register, and count them; the result is written too."""
    (folder / f"{name}.yaml").write_text(replaced(AGREEMENT, *pairs), encoding="utf-8")
    agreement = read_agreement(folder / f"{name}.yaml")
    for file, first, each in (
        (agreement.terms.ballots.file, headings, rows),
        ("interests.csv", ("voter", "question", "interest"), interests),
    ):
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows([first, *each])
        (folder / file).write_text(text.getvalue(), encoding="utf-8")
    count = count_ballots(agreement, read_ballots(agreement))
    write_result(agreement, count)
    return count


def contracted(folder: Path, *pairs: tuple[str, str]) -> Path:
    """Write the contract beside the agreement."""
    path = folder / "contract.yaml"
    path.write_text(replaced(CONTRACT, *pairs), encoding="utf-8")
    return path


def evaluated(folder: Path, as_at: str, *pairs: tuple[str, str]) -> Run:
    """Run the contract for one person of each provider."""
    people = pl.DataFrame(
        {"person": ["a", "b"], "provider": ["northbank", "southbank"], "began": ["2025-04-10", "2025-04-11"]}
    )
    return pbr.run(pbr.read_contract(contracted(folder, *pairs)), {"people": people}, as_at)


def states(run: Run, outcome: str = "attainment") -> dict[str, tuple[str, str, str | None]]:
    """Give state, reason and value of each group of an outcome."""
    rows = run.decisions.rows().filter(pl.col("outcome") == outcome)
    return {
        group: (state, reason, value)
        for group, state, reason, value in rows.select("group", "state", "reason", "value").rows()
    }


def amounts(run: Run, payment: str = "sum") -> dict[tuple[str, str], int]:
    """Give minor units by provider and period, in all."""
    lines = run.statement.lines().filter(pl.col("payment") == payment)
    found: dict[tuple[str, str], int] = {}
    for provider, occurrence, minor in lines.select("provider", "occurrence", "amount_minor").rows():
        found[provider, occurrence] = found.get((provider, occurrence), 0) + minor
    return found
