"""A small contract with a table of who helped, and returns for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

import pbr
from pbr.uses import use_rows
from tests import small

if TYPE_CHECKING:
    from pbr.api import Run


TEXT: Final = """\
pbr: 1
contract:
  id: helped
  version: 1
  providers:
    north: {name: North}
    south: {name: South}
    network: {name: The Network}
    friends: {name: Friends and Family}
  currency: GBP
  from: 2025-04-01
  to: 2026-03-31
  statements: quarterly
tables:
  people:
    row_is: person
    fields: {person: id, provider: provider, began: date}
  events:
    row_is: event
    of: person
    fields:
      kind: {type: text, one_of: [done, back]}
      what: {type: text, one_of: [a, b]}
      on: date
  helps:
    row_is: help
    is: contribution
    of: person
    fields:
      who: {type: text, one_of: [provider, peers, family, partner]}
      on: date
      hours: {type: decimal, places: 2, from: 0}
      seen: recorded
cohort:
  of: person
  start: began
  exclude: [{id: early, when: "began < DATE '2025-04-01'"}]
outcomes:
  done: {kind: event, table: events, when: "kind = 'done'", date: on, window: {after: start, for: 3 months}}
  words: {kind: event, table: events, when: "kind = 'back'", date: on, once_per: what}
payments:
  give: {kind: tariff, pays_for: done, price: 10.01}
  take: {kind: tariff, pays_for: words, price: 0.03, takes: yes}
"""


BY_ROWS: Final = "{id: partners, kind: split, by: helps, between: {network: peers, friends: family}}"


BY_HOURS: Final = BY_ROWS.replace("by: helps,", "by: helps.hours,")


LAST: Final = "2026-03-31"


def evaluated(
    helps: list[str],
    *,
    adjustments: str = "",
    events: tuple[str, ...] = ("A done a 2025-05-10",),
    as_at: str = LAST,
    text: str = TEXT,
    people: str = "A north 2025-04-01,B south 2025-04-01,C north 2025-03-31",
) -> Run:
    """Evaluate on helps such as "A peers 2025-05-01 2.5 2025-05-02": of whom, by whom, when, how long, when known.

    A dash is empty; the day on which it was known is that of the help if it is not said.
    """
    rows = []
    for each in helps:
        person, who, day, *more = [None if part == "-" else part for part in each.split()]
        hours, seen = [*more, None, None][:2]
        rows.append({"person": person, "who": who, "on": day, "hours": hours, "seen": seen or day or "2025-04-02"})
    said = dict.fromkeys(["person", "who", "on", "hours", "seen"], pl.String)
    theirs = [dict(zip(["person", "kind", "what", "on"], each.split(), strict=True)) for each in events]
    frames = {
        "people": pl.DataFrame(
            [dict(zip(["person", "provider", "began"], each.split(), strict=True)) for each in people.split(",")]
        ),
        "events": pl.DataFrame(theirs, schema=dict.fromkeys(["person", "kind", "what", "on"], pl.String)),
        "helps": pl.DataFrame(rows, schema=said),
    }
    return pbr.run(small.contract_of(text + written(adjustments)), frames, as_at)


def written(adjustments: str) -> str:
    """Give a list of adjustments in the manner of the file."""
    return "adjustments:\n" + "".join(f"  - {each}\n" for each in adjustments.splitlines()) if adjustments else ""


def helped(done: Run, outcome: str = "done") -> dict[str, str | None]:
    """Say who helped each person with an outcome."""
    rows = done.decisions.rows().filter(pl.col("outcome") == outcome)
    return dict(rows.select("subject", "helped_by").rows())


def paid(done: Run, payment: str = "give") -> dict[str, int]:
    """Sum what each payee has of a payment, without those who have nothing."""
    lines = done.statement.lines().filter(pl.col("payment") == payment)
    sums = dict(lines.group_by("payee").agg(pl.col("amount_minor").sum()).rows())
    return {payee: pence for payee, pence in sums.items() if pence}


def uses(done: Run) -> list[tuple[int, str]]:
    """List the row and the use of each help for who helped."""
    rows = use_rows(done.decisions, done.statement.uses).filter(pl.col("table") == "helps")
    return sorted(rows.filter(pl.col("outcome").is_null()).select("row", "use").rows())


TOGETHER: Final = TEXT.replace(
    "payments:\n",
    """\
  joined: {kind: fact, when: "any(helps, who <> 'provider' AND on <= done.date)", window: {from: start, for: 5 months}}
  together: {kind: combine, need: all, of: [done, joined]}
payments:
  jointly: {kind: tariff, pays_for: together, price: 5.00}
""",
)
