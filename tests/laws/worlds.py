"""Small worlds for the laws: one contract in which every cap and clause can bind, and random returns for it."""

from __future__ import annotations

import copy
import datetime as dt
import random
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

import pbr
from pbr.contract.read import load
from pbr.decisions import evaluate
from pbr.document import parse_document
from pbr.entitlement import entitle
from pbr.evidence import read_evidence
from pbr.plan import make_plan
from tests.strategies import to_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.api import Run

Row = dict[str, str]
Tables = dict[str, list[Row]]
FROM, TO = dt.date(2025, 4, 1), dt.date(2028, 3, 31)
AS_AT = dt.date(2028, 12, 31)

BASE: dict[str, Any] = {
    "pbr": "1",
    "contract": {
        "id": "world",
        "version": "1",
        "providers": {"north": {"name": "North"}, "south": {"name": "South"}},
        "currency": "GBP",
        "from": FROM.isoformat(),
        "to": TO.isoformat(),
        "statements": "quarterly",
    },
    "tables": {
        "people": {
            "row_is": "person",
            "fields": {
                "person": "id",
                "provider": "provider",
                "referred_on": "date",
                "level": {"type": "text", "one_of": ["high", "low"]},
                "score": "whole",
            },
        },
        "events": {
            "row_is": "event",
            "of": "person",
            "fields": {
                "kind": {"type": "text", "one_of": ["start", "exit", "back"]},
                "on": "date",
                "recorded_on": "recorded",
            },
        },
    },
    "cohort": {
        "of": "person",
        "start": "referred_on",
        "include": [{"id": "able", "clause": "1.1", "when": "score >= 5"}],
    },
    "values": {
        "start_price": {
            "by": "level",
            "dated": {
                "2025-04-01": {"high": "500.05", "low": "300.01"},
                "2026-04-01": {"high": "510.07", "low": "305.03"},
            },
        },
        "end_price": {"by": "level", "high": "2000.05", "low": "1000.07"},
    },
    "outcomes": {
        "started": {
            "kind": "event",
            "table": "events",
            "when": "kind = 'start'",
            "date": "on",
            "window": {"from": "start", "for": "12 weeks"},
        },
        "ended": {
            "kind": "event",
            "table": "events",
            "when": "kind = 'exit'",
            "date": "on",
            "window": {"after": "started", "for": "12 months"},
        },
        "stayed": {
            "kind": "absence",
            "table": "events",
            "when": "kind = 'back'",
            "date": "on",
            "window": {"after": "ended", "for": "6 months"},
        },
        "recovered": {"kind": "combine", "need": "all", "of": ["ended", "stayed"]},
    },
    "payments": {
        "starting": {"kind": "tariff", "pays_for": "started", "price": "start_price"},
        "recovering": {"kind": "tariff", "pays_for": "recovered", "price": "end_price"},
    },
    "adjustments": [
        {"id": "deadweight", "kind": "multiply", "by": "5/6", "on": ["recovering"]},
        {"id": "person_most", "kind": "cap", "at_most": "1500.00", "per": ["person"]},
        {"id": "year_most", "kind": "cap", "at_most": "2500.00", "per": ["provider", "contract_year"]},
        {"id": "whole_most", "kind": "cap", "at_most": "7000.00", "per": ["contract"]},
    ],
}


def contract(**changes: Any) -> dict[str, Any]:  # noqa: ANN401  # any part of a contract
    """Give the base contract with whole parts replaced."""
    return copy.deepcopy(BASE) | copy.deepcopy(changes)


def returns(seed: int, people: int = 9) -> Tables:
    """Give a random return: people of both providers, most of them with events, many of these on the same days."""
    draw = random.Random(seed)  # noqa: S311  # a seeded world, not a secret
    tables: Tables = {"people": [], "events": []}
    for number in range(people):
        name = f"P{number:02}"
        referred = FROM + dt.timedelta(days=draw.choice([0, 1, 5, 360, 364, 365, 366, 700]))
        tables["people"].append(
            {
                "person": name,
                "provider": draw.choice(["north", "south"]),
                "referred_on": referred.isoformat(),
                "level": draw.choice(["high", "low"]),
                "score": draw.choice(["4", "5", "6", "9", "9", "9", ""]),
            }
        )
        start = referred + dt.timedelta(days=draw.choice([0, 1, 83, 84, 85]))
        out = start + dt.timedelta(days=draw.choice([1, 30, 365, 366]))
        back = out + dt.timedelta(days=draw.choice([150, 184, 185, 500]))
        for kind, day, chance in (("start", start, 0.9), ("exit", out, 0.8), ("back", back, 0.4)):
            if draw.random() < chance:
                tables["events"].append(event(name, kind, day))
                if draw.random() < 0.2:
                    tables["events"].append(event(name, kind, day, later=3))
    return tables


def event(name: str, kind: str, day: dt.date, later: int = 1) -> Row:
    """Give one row of the events table, recorded some days later."""
    recorded = (day + dt.timedelta(days=later)).isoformat()
    return {"person": name, "kind": kind, "on": day.isoformat(), "recorded_on": recorded}


def person(
    name: str, referred: dt.date = FROM, *, provider: str = "north", level: str = "high", score: str = "9"
) -> Row:
    """Give one row of the people table."""
    return {
        "person": name,
        "provider": provider,
        "referred_on": referred.isoformat(),
        "level": level,
        "score": score,
    }


def shuffled(world: Tables, seed: int) -> dict[str, pl.DataFrame]:
    """Give the frames of a world with rows and columns in another order."""
    draw = random.Random(seed)  # noqa: S311  # a seeded shuffle
    other = {}
    for name, frame in frames(world).items():
        columns = frame.columns
        draw.shuffle(columns)
        other[name] = frame.sample(fraction=1, shuffle=True, seed=seed % 1000).select(columns)
    return other


def frames(tables: Tables) -> dict[str, pl.DataFrame]:
    """Give rows of text as frames, with the columns of the base contract where there are no rows."""
    headings = {"people": list(person("x")), "events": list(event("x", "start", FROM))}
    return {
        name: pl.DataFrame(rows, schema=dict.fromkeys(rows[0] if rows else headings[name], pl.String))
        for name, rows in tables.items()
    }


def checked(terms: dict[str, Any]) -> pbr.Contract:
    """Give a contract as read from text, without a file; one that was read a moment ago is not read again."""
    return read_text(to_yaml(terms))


@lru_cache(8)
def read_text(text: str) -> pbr.Contract:
    """Read a contract, which cannot be changed and so may be given again."""
    found, problems = load(parse_document(text.encode(), "contract.yaml"))
    assert found is not None, "\n".join(map(str, problems))
    return found


def run(terms: dict[str, Any], tables: Tables, as_at: dt.date = AS_AT) -> Run:
    """Evaluate a world."""
    return pbr.run(checked(terms), frames(tables), as_at)


def due(terms: dict[str, Any], tables: Tables, as_at: dt.date = AS_AT) -> int:
    """Give the entitlement of a world in minor units; that a statement comes to the same is law 1."""
    return owed(checked(terms), frames(tables), as_at)


def owed(whole: pbr.Contract, tables: Mapping[str, pl.DataFrame], as_at: dt.date) -> int:
    """Give the entitlement in minor units, without making a statement of it."""
    plan = make_plan(whole, as_at)
    return entitle(plan, evaluate(plan, read_evidence(plan, tables))).total_minor


def capped(**most: str) -> list[dict[str, Any]]:
    """Give the base adjustments with other figures for some caps; an empty figure takes the cap out."""
    kept = []
    for term in copy.deepcopy(BASE["adjustments"]):
        figure = most.get(term["id"], term.get("at_most"))
        if figure == "":
            continue
        kept.append(term | {"at_most": figure} if figure is not None else term)
    return kept
