"""A panel that speaks with one voice, and a contract that pays by what it agreed, for tests of agreed figures."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

import polars as pl

import pbr
from pbr.agreement import count_ballots, read_agreement, read_ballots, write_result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pbr.api import Run

SAID: Final[dict[str, dict[str, str]]] = {
    "threshold": {"": "80%"},
    "price": {"": "120.00"},
    "weights": {"done": "60%", "share": "40%"},
    "whom": {"women": "yes", "men": "no", "others": "no"},
    "evenings": {"": "yes"},
}
"""What every voter says, by question and option."""

QUESTIONS: Final[dict[str, str]] = {
    "threshold": "{asks: number, rule: median, unit: share, bounds: 0% to 100%}",
    "price": "{asks: number, rule: median, unit: money, bounds: 0.00 to 500.00}",
    "weights": "{asks: map, rule: independent_markets, options: [done, share]}",
    "whom": "{asks: set, rule: approval, options: [women, men, others]}",
    "evenings": "{asks: yes_no, rule: simple_majority}",
    "sites": "{asks: set, rule: approval, options: [north, south]}",
    "counting": "{asks: set, rule: approval, options: [done, late_done]}",
}

CONTRACT: Final = """\
pbr: 1
contract:
  id: agreed
  version: 1
  providers: {north: {name: North}, south: {name: South}}
  currency: GBP
  from: 2025-04-01
  to: 2027-03-31
  statements: quarterly
agreements:
  panel: panel-1.yaml
tables:
  people:
    row_is: person
    fields:
      person: id
      provider: provider
      began: date
      sex: {type: text, one_of: [F, M, X]}
  events:
    row_is: event
    of: person
    fields: {on: date}
cohort: {of: person, start: began}
groups:
  who: {women: "sex = 'F'", men: "sex = 'M'", others: otherwise}
values:
  threshold: {agreed: panel.threshold, bounds: 50% to 95%, if_none: unpaid}
  price: {agreed: panel.price, bounds: 50.00 to 200.00, if_none: 100.00}
  weights: {agreed: panel.weights, by: outcome, bounds: 10% to 90% each, if_none: {done: 50%, share: 50%}}
  whom: {agreed: panel.whom, by: who, if_none: {women: no, men: no, others: no}}
  evenings: {agreed: panel.evenings, if_none: no}
outcomes:
  done: {kind: event, table: events, date: on, pick: first, window: {from: start, for: 12 months}}
  share: {kind: measure, of: done, take: share, per: [provider, quarter], period_of: start}
  enough: {kind: test, of: share, at_least: threshold}
payments:
  each: {kind: tariff, pays_for: done, price: price, price_on: start}
  group: {kind: tariff, pays_for: enough, price: 1000.00}
  pot:
    kind: divide
    amount: 900.00
    among: outcomes
    by: weights
    price_on: start
    per: [provider, quarter]
    pays: {done: share, share: enough}
adjustments:
  - {id: chosen, kind: multiply, by: 150%, on: [each], where: "whom"}
  - {id: late, kind: multiply, by: 110%, on: [each], where: "evenings AND NOT whom"}
"""


def panel(  # what may differ between versions
    folder: Path,
    version: int = 1,
    first: str = "2025-04-01",
    last: str = "2027-03-31",
    said: Mapping[str, Mapping[str, str]] = SAID,
    *,
    closes: str = "2025-02-28",
    voters: int = 9,
) -> Path:
    """Write one version of an agreement with its ballots and its result, and give its file."""
    text = [
        "pbr_agreement: 1",
        "id: panel",
        f"version: {version}",
        f"valid: {{from: {first}, to: {last}}}",
        "electorate:",
        "  counted_on: 2025-01-01",
        "  smallest_group: 1",
        "  groups: {users: {eligible: 6, protected: yes}, staff: {eligible: 5}}",
        f"ballots: {{file: ballots-{version}.csv}}",
        f"closes: {closes}",
        "quorum: {overall: 5 voters}",
        "questions:",
        *[f"  {name}: {QUESTIONS[name]}" for name in said],
    ]
    path = folder / f"panel-{version}.yaml"
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    rows = io.StringIO(newline="")
    writer = csv.writer(rows, lineterminator="\n")
    writer.writerow(["voter", "group", "question", "option", "answer", "time"])
    for at in range(voters):
        who = [f"V{at}", "users" if at % 2 == 0 else "staff"]
        writer.writerows(
            [*who, name, option, answer, "2025-02-03"] for name, each in said.items() for option, answer in each.items()
        )
    (folder / f"ballots-{version}.csv").write_text(rows.getvalue(), encoding="utf-8")
    agreement = read_agreement(path)
    write_result(agreement, count_ballots(agreement, read_ballots(agreement)))
    return path


def written(folder: Path, *replaced: tuple[str, str]) -> Path:
    """Write the contract, with pieces of its text replaced by others."""
    text = CONTRACT
    for old, new in replaced:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "contract.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def returned(people: Sequence[tuple[str, str, str, str | None, str | None]]) -> dict[str, pl.DataFrame]:
    """Frames of a return: id, provider, start, sex or None, and day on which it was done or None."""
    return {
        "people": pl.DataFrame(
            [each[:4] for each in people], schema=["person", "provider", "began", "sex"], orient="row"
        ).cast(pl.String),
        "events": pl.DataFrame(
            [(each[0], each[4]) for each in people if each[4]], schema=["person", "on"], orient="row"
        ).cast(pl.String),
    }


def evaluated(
    path: Path, people: Sequence[tuple[str, str, str, str | None, str | None]], as_at: str = "2027-06-30"
) -> Run:
    """Run the contract on a return."""
    return pbr.run(pbr.read_contract(path), returned(people), as_at)
