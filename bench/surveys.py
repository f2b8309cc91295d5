"""Time a survey of 200,000 people, asked each quarter, with a weighted share beside it.

Run as `python bench/surveys.py`; the figures belong into docs/explanation/performance.md.
"""

import datetime as dt
import resource
import time
from random import Random

import polars as pl

from pbr.contract.read import load
from pbr.decisions import evaluate
from pbr.document import parse_document
from pbr.entitlement import entitle
from pbr.evidence import read_evidence
from pbr.plan import make_plan

PEOPLE = 200_000
SHARE_ANSWERING = 0.6
FRAME = (
    "frame: {table: contacts, date: on, drawn: period_start, over: 3 months, chosen_by: everybody}, "
    "asked: asked.asked_on"
)
TEXT = f"""\
pbr: 1
contract: {{id: survey, version: 1, providers: {{north: {{name: North}}, south: {{name: South}}}}, currency: GBP,
  from: 2025-04-01, to: 2026-03-31, year_starts: 04-01, statements: quarterly}}
tables:
  people: {{row_is: person, fields: {{person: {{type: id, of: whole}}, provider: provider, came_on: date,
    band: {{type: text, one_of: [low, high]}}}}}}
  contacts: {{row_is: contact, of: person, fields: {{on: date}}}}
  asked: {{row_is: invitation, of: person, fields: {{asked_on: date}}}}
  survey: {{row_is: answer, of: person, fields: {{on: date,
    q1: {{type: whole, from: 1, to: 4}}, q2: {{type: whole, from: 1, to: 4}}}}}}
cohort: {{of: person, start: came_on}}
outcomes:
  content: {{kind: score, table: survey, date: on, per: [answer], value: {{sum: [q1, q2], each: 1 to 4}}, at_least: 6}}
  satisfied: {{kind: measure, of: content, per: [provider, quarter], period_of: survey.on, {FRAME}, response: 20%}}
  weighed: {{kind: measure, of: content, per: [provider, quarter], period_of: survey.on, {FRAME}, weigh_by: band}}
  enough: {{kind: test, of: satisfied, at_least: 50%, by: lower 95% two-sided of frame}}
payments:
  bonus: {{kind: tariff, pays_for: enough, price: 1000.00}}
"""


def tables() -> dict[str, pl.DataFrame]:
    """Everybody seen six times a year, asked once a quarter if seen in the last, and answering three times of five."""
    random, first = Random(1), dt.date(2025, 1, 1)
    people: dict[str, list[object]] = {"person": [], "provider": [], "came_on": [], "band": []}
    contacts: dict[str, list[object]] = {"person": [], "on": []}
    asked: dict[str, list[object]] = {"person": [], "asked_on": []}
    survey: dict[str, list[object]] = {"person": [], "on": [], "q1": [], "q2": []}
    starts = [dt.date(2025, 4, 1), dt.date(2025, 7, 1), dt.date(2025, 10, 1), dt.date(2026, 1, 1)]
    for number in range(PEOPLE):
        row = (number, "north" if number % 2 else "south", dt.date(2025, 4, 1), "high" if number % 3 else "low")
        for name, value in zip(people, row, strict=True):
            people[name].append(value)
        seen = [first + dt.timedelta(random.randrange(365)) for _ in range(6)]
        for day in seen:
            contacts["person"].append(number)
            contacts["on"].append(day)
        for start in starts:
            if any(start - dt.timedelta(80) < day <= start for day in seen):
                asked["person"].append(number)
                asked["asked_on"].append(start)
                if random.random() < SHARE_ANSWERING:
                    for name, value in zip(
                        survey, (number, start + dt.timedelta(9), 4, random.randint(1, 4)), strict=True
                    ):
                        survey[name].append(value)
    return {
        name: pl.DataFrame(rows)
        for name, rows in zip(("people", "contacts", "asked", "survey"), (people, contacts, asked, survey), strict=True)
    }


def main() -> None:
    """Print the seconds of each step, the best of three, and the most memory held."""
    contract, _ = load(parse_document(TEXT.encode(), "survey.yaml"))
    assert contract is not None
    frames = tables()
    rows = sum(frame.height for frame in frames.values())
    plan = make_plan(contract, "2026-03-31")
    taken: dict[str, list[float]] = {"read": [], "evaluate": [], "entitle": []}
    for _ in range(3):
        began = time.perf_counter()
        evidence = read_evidence(plan, frames)
        taken["read"].append(time.perf_counter() - began)
        began = time.perf_counter()
        decisions = evaluate(plan, evidence)
        taken["evaluate"].append(time.perf_counter() - began)
        began = time.perf_counter()
        assert entitle(plan, decisions).total_minor > 0
        taken["entitle"].append(time.perf_counter() - began)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    steps = ", ".join(f"{step} {min(times):.2f} s" for step, times in taken.items())
    print(f"{PEOPLE:,} people, {rows:,} rows: {steps} (best of 3), {memory:,.0f} MiB")


if __name__ == "__main__":
    main()
