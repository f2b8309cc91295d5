"""A small contract and its return, for tests of one room at a time.

Two payments for two outcomes, prices by level that change on 1 April 2026, a factor and a cap. Text of the contract may
be replaced piece by piece, so that a test shows the term it is about.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

import polars as pl

import pbr
from pbr.contract.read import load
from pbr.document import parse_document

if TYPE_CHECKING:
    from pbr.api import Run
    from pbr.contract import Contract
    from pbr.problem import Problem

Rows: TypeAlias = "list[dict[str, str]]"

TEXT: Final = """\
pbr: 1
contract:
  id: small
  title: A small contract
  version: 3
  providers: {north: {name: North}, south: {name: South}}
  currency: GBP
  from: 2025-04-01
  to: 2027-03-31
  statements: quarterly
tables:
  people:
    row_is: person
    fields:
      person: id
      provider: provider
      began: date
      level: {type: text, one_of: [high, low]}
  events:
    row_is: event
    of: person
    fields:
      kind: {type: text, one_of: [job, lost]}
      on: date
      seen: recorded
cohort:
  of: person
  start: began
  exclude:
    - {id: early, clause: "2.1", when: "began < DATE '2025-04-01'"}
groups:
  grade:
    high: "level = 'high'"
    low: otherwise
values:
  job_price:
    by: grade
    dated:
      2025-04-01: {high: 1000.00, low: 600.00}
      2026-04-01: {high: 1100.01, low: 660.00}
outcomes:
  job:
    clause: "3.1"
    kind: event
    table: events
    when: "kind = 'job'"
    date: on
    window: {after: start, for: 12 weeks}
  kept:
    clause: "3.2"
    kind: absence
    table: events
    when: "kind = 'lost'"
    date: on
    window: {after: job, for: 3 months}
payments:
  first: {clause: "4.1", kind: tariff, pays_for: job, price: job_price}
  second: {kind: tariff, pays_for: kept, price: 250.00, price_on: start}
adjustments:
  - {id: share, clause: "5.1", kind: multiply, by: 5/6, on: [second]}
  - {id: most, clause: "5.2", kind: cap, at_most: 1200.00, per: [person]}
"""

PEOPLE: Final[Rows] = [
    {"person": "A", "provider": "north", "began": "2025-04-01", "level": "high"},
    {"person": "B", "provider": "south", "began": "2026-03-02", "level": "low"},
    {"person": "C", "provider": "south", "began": "2025-03-31", "level": "low"},
]
EVENTS: Final[Rows] = [
    {"person": "A", "kind": "job", "on": "2025-06-24", "seen": "2025-07-01"},
    {"person": "B", "kind": "job", "on": "2026-04-01", "seen": "2026-04-02"},
    {"person": "C", "kind": "job", "on": "2025-04-10", "seen": "2025-04-10"},
]
LATE: Final = "2027-03-31"


def changed(*changes: tuple[str, str], text: str = TEXT) -> str:
    """Give the text with each first member of a pair replaced by the second; each must stand in it."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def problems_of(text: str) -> tuple[Problem, ...]:
    """List what is wrong with a contract."""
    return load(parse_document(text.encode(), "contract.yaml"))[1]


def said(*changes: tuple[str, str]) -> list[str]:
    """Give the problems of the small contract after changes: code, and what is wrong without the advice."""
    return [f"{problem.code} {problem.message.partition(';')[0]}" for problem in problems_of(changed(*changes))]


@lru_cache(64)
def contract_of(text: str = TEXT) -> Contract:
    """Read a contract that is clean; it cannot be changed, and so may be given again."""
    contract, problems = load(parse_document(text.encode(), "contract.yaml"))
    assert problems == ()
    assert contract is not None
    return contract


def frames_of(people: Rows, events: Rows) -> dict[str, pl.DataFrame]:
    """Make a return of text out of rows."""
    return {
        "people": pl.DataFrame(people, schema=dict.fromkeys(PEOPLE[0], pl.String)),
        "events": pl.DataFrame(events, schema=dict.fromkeys(EVENTS[0], pl.String)),
    }


def run(text: str = TEXT, *, people: Rows = PEOPLE, events: Rows = EVENTS, as_at: str = LATE) -> Run:
    """Evaluate a contract on rows."""
    return pbr.run(contract_of(text), frames_of(people, events), as_at)
