"""A small contract with a survey, and returns for it: 40 people in the frame unless said, two questions of 1 to 4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

import pbr
from tests import small

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pbr.api import Run
    from pbr.pooled.result import Result

TEXT: Final = """\
pbr: 1
contract: {id: survey, version: 1, providers: {north: {name: North}, south: {name: South}}, currency: GBP,
  from: 2025-04-01, to: 2026-03-31, year_starts: 04-01, statements: quarterly}
tables:
  people: {row_is: person, key: [person], fields: {person: id, provider: provider, came_on: date, in_area: yes_no,
    band: {type: text, one_of: [low, high]}}}
  contacts: {row_is: contact, of: person, fields: {on: date, seen: recorded}}
  asked: {row_is: invitation, of: person, fields: {asked_on: date}}
  survey: {row_is: answer, of: person, fields: {on: date,
    q1: {type: whole, from: 1, to: 4}, q2: {type: whole, from: 1, to: 4}, seen: recorded}}
cohort: {of: person, start: came_on, include: [{id: area, when: in_area, clause: "2.1"}]}
outcomes:
  content: {kind: score, table: survey, date: on, per: [answer],
    value: {sum: [q1, q2], each: 1 to 4}, at_least: 6}
  satisfied: {kind: measure, of: content, per: [provider, quarter], period_of: survey.on,
    frame: {table: contacts, date: on, drawn: period_start, over: 3 months, chosen_by: everybody},
    asked: asked.asked_on,
    response: 40%, fewest: 5}
  enough: {kind: test, of: satisfied, at_least: 70%, by: lower 80% two-sided}
payments:
  bonus: {kind: tariff, pays_for: enough, price: 1000.00}
"""
Rows = list[dict[str, Any]]


def person(name: str, *, provider: str = "north", band: str = "low", in_area: str = "yes") -> dict[str, Any]:
    """Somebody who came before the term."""
    return {"person": name, "provider": provider, "came_on": "2025-03-01", "in_area": in_area, "band": band}


def seen(name: str, on: str = "2025-06-10", recorded: str | None = None) -> dict[str, Any]:
    """A contact, recorded on its day unless said."""
    return {"person": name, "on": on, "seen": recorded or on}


def asked(name: str, on: str = "2025-07-07") -> dict[str, Any]:
    """Somebody who is asked."""
    return {"person": name, "asked_on": on}


def said(
    name: str, q1: int | None, q2: int | None, on: str = "2025-07-21", recorded: str | None = None
) -> dict[str, Any]:
    """An answer, recorded on its day unless said."""
    return {"person": name, "on": on, "q1": q1, "q2": q2, "seen": recorded or on}


def everybody(count: int, pleased: int, answers: int, **more: str) -> dict[str, Rows]:
    """People who were all seen and asked, of whom the first answered, and the first of these were pleased."""
    names = [f"p{place:03}" for place in range(count)]
    return {
        "people": [person(name, **more) for name in names],
        "contacts": [seen(name) for name in names],
        "asked": [asked(name) for name in names],
        "survey": [said(name, 4, 4) if at < pleased else said(name, 1, 2) for at, name in enumerate(names[:answers])],
    }


def evaluated(
    tables: dict[str, Rows],
    *changes: tuple[str, str],
    as_at: str = "2025-12-31",
    text: str = TEXT,
    folder: Path | None = None,
) -> Run:
    """Evaluate the contract with some text changed; with a folder, from files of Parquet in it."""
    contract = small.contract_of(small.changed(*changes, text=text) if changes else text)
    columns = {name: list(contract.terms.sent_fields(name)) for name in contract.terms.tables}
    frames = {
        name: pl.DataFrame(tables.get(name, []), schema=dict.fromkeys(columns[name], pl.String), strict=False)
        if not tables.get(name)
        else pl.DataFrame(
            [{key: _text(row.get(key)) for key in columns[name]} for row in tables[name]],
            schema=dict.fromkeys(columns[name], pl.String),
        )
        for name in columns
    }
    if folder is not None:
        for name, frame in frames.items():
            frame.write_parquet(folder / f"{name}.parquet")
    return pbr.run(contract, frames if folder is None else folder, as_at)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def result(run: Run, *key: str, of: str = "satisfied") -> Result:
    """The result of a group; of the north in the second quarter unless said."""
    return run.decisions.pooled[of].results[key or ("north", "Y1-Q2")]


def refused(run: Run) -> list[tuple[str, int, str]]:
    """Table, row and code of each row that was refused."""
    return run.decisions.evidence.refused.select("table", "row", "code").rows()


def without(rows: Iterable[dict[str, Any]], *names: str) -> Rows:
    """The rows of everybody else."""
    return [row for row in rows if row["person"] not in names]
