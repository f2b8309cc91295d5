"""For each kind a piece of a contract and two returns, one on each side of its boundary, which the pages show."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, TypeAlias

import polars as pl
from attrs import field, frozen

import pbr
from pbr.agreement import count_ballots, read_agreement, read_ballots, write_result
from tests import small

if TYPE_CHECKING:
    from pbr.contract import Contract

Rows: TypeAlias = "dict[str, small.Rows]"

AROUND: Final = """\
pbr: 1
contract:
  id: example
  version: 1
  providers: {north: {name: North}}
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
      referred_on: date
      born_on: date
      hours: {type: whole, from: 0, to: 60}
  events:
    row_is: event
    of: person
    fields:
      kind: {type: text, one_of: [start, job, return]}
      on: date
  pay:
    row_is: payment
    of: person
    fields: {amount: money, on: date}
  reviews:
    row_is: review
    of: person
    fields: {distress: {type: whole, from: 0, to: 40}, on: date}
  jobs:
    row_is: job
    of: person
    fields: {began: date, ended: date}
  assessor:
    row_is: finding
    key: [finding]
    fields: {finding: id, fall: share, low: share, given_on: date}
cohort: {of: person, start: referred_on}
"""
STARTED: Final = """\
outcomes:
  started: {kind: event, table: events, when: "kind = 'start'", date: on}
"""
WORKED: Final = """\
  worked: {kind: event, table: events, when: "kind = 'job'", date: on}
"""
REFERRED: Final = "2025-04-01"


@frozen
class Example:
    """A piece of a contract, and the rows of its two sides.

    Attributes:
        piece: Top-level keys of a contract, as they are shown.
        sides: What each side is called, and its rows; as at which day, if not the last of the contract.
        outcome: The outcome that is shown; none for payments and adjustments, which show lines.
        partner: Id of a second provider of the contract, or none.
        agreement: What an agreement beside the contract asks, as it is shown; none if there is none.
        papers: What stands on its papers, with the day of each.
    """

    piece: str
    sides: dict[str, tuple[Rows, str]] = field(factory=dict)
    outcome: str = ""
    partner: str = ""
    agreement: str = ""
    papers: tuple[tuple[str, str], ...] = ()


def rows(born_on: str = "1985-02-03", hours: str = "20", **tables: list[tuple[str, ...]]) -> Rows:
    """Give one person and rows of the other tables, each in the order of its fields."""
    person = {"person": "P", "provider": "north", "referred_on": REFERRED, "born_on": born_on, "hours": hours}
    fields = {
        "events": ("kind", "on"),
        "pay": ("amount", "on"),
        "reviews": ("distress", "on"),
        "jobs": ("began", "ended"),
    }
    found = {
        table: [{"person": "P"} | dict(zip(fields[table], row, strict=True)) for row in given]
        for table, given in tables.items()
    }
    return {"people": [person], **found}


LAST: Final = "2027-03-31"


def both(first: tuple[str, Rows], second: tuple[str, Rows]) -> dict[str, tuple[Rows, str]]:
    """Give two sides as at the last day of the contract."""
    return {name: (given, LAST) for name, given in (first, second)}


def started(*days: str) -> list[tuple[str, ...]]:
    """Give starts on these days."""
    return [("start", day) for day in days]


def many(worked: int, others: int) -> Rows:
    """Give a start of each of several people, and a job of the first of them."""
    names = [f"P{number}" for number in range(worked + others)]
    people = [{"person": name, "provider": "north", "referred_on": REFERRED} for name in names]
    events = [{"person": name, "kind": "start", "on": "2025-05-01"} for name in names]
    events += [{"person": name, "kind": "job", "on": "2025-06-01"} for name in names[:worked]]
    return {"people": people, "events": events}


EXAMPLES: Final[dict[str, Example]] = {
    "measure": Example(
        piece=STARTED
        + WORKED
        + """\
  placed: {kind: measure, of: worked, among: started, take: share, fewest: 2}
""",
        sides=both(
            ("one of two worked", many(1, 1)),
            ("one of one worked", many(1, 0)),
        ),
        outcome="placed",
    ),
    "test": Example(
        piece=STARTED
        + WORKED
        + """\
  placed: {kind: measure, of: worked, among: started}
  enough: {kind: test, of: placed, at_least: 50%}
""",
        sides=both(
            ("two of four worked", many(2, 2)),
            ("two of five worked", many(2, 3)),
        ),
        outcome="enough",
    ),
    "event": Example(
        piece="""\
outcomes:
  started:
    kind: event
    table: events
    when: "kind = 'start'"
    date: on
    window: {from: start, for: 12 weeks}
""",
        sides=both(
            ("a start on 24 June 2025", rows(events=started("2025-06-24"))),
            ("a start on 25 June 2025", rows(events=started("2025-06-25"))),
        ),
        outcome="started",
    ),
    "absence": Example(
        piece="""\
outcomes:
  no_return:
    kind: absence
    table: events
    when: "kind = 'return'"
    date: on
    window: {after: start, for: 6 months}
""",
        sides=both(
            ("a return on 2 October 2025", rows(events=[("return", "2025-10-02")])),
            ("a return on 1 October 2025", rows(events=[("return", "2025-10-01")])),
        ),
        outcome="no_return",
    ),
    "held": Example(
        piece="""\
spells:
  working: {table: jobs, from: began, to: ended}
outcomes:
  in_work:
    kind: held
    in: [working]
    run: added_up
    for: 26 weeks
    window: {from: start, for: 12 months}
""",
        sides=both(
            ("a job from 1 April to 29 September 2025", rows(jobs=[("2025-04-01", "2025-09-29")])),
            ("a job from 1 April to 28 September 2025", rows(jobs=[("2025-04-01", "2025-09-28")])),
        ),
        outcome="in_work",
    ),
    "total": Example(
        piece="""\
outcomes:
  earned:
    kind: total
    table: pay
    add: amount
    date: on
    reaches: 3415.36
    window: {after: start, for: 638 days}
""",
        sides=both(
            ("3,000.00 and 415.36", rows(pay=[("3000.00", "2025-06-30"), ("415.36", "2025-07-31")])),
            ("3,000.00 and 415.35", rows(pay=[("3000.00", "2025-06-30"), ("415.35", "2025-07-31")])),
        ),
        outcome="earned",
    ),
    "score": Example(
        piece="""\
outcomes:
  improved:
    kind: score
    table: reviews
    date: on
    value: distress
    baseline: {pick: last, until: start}
    follow_up: {pick: last}
    change: down
    of: baseline
    at_least: 50%
    window: {after: start, for: 6 months}
""",
        sides=both(
            ("20 at referral, 10 later", rows(reviews=[("20", "2025-04-01"), ("10", "2025-09-01")])),
            ("20 at referral, 11 later", rows(reviews=[("20", "2025-04-01"), ("11", "2025-09-01")])),
        ),
        outcome="improved",
    ),
    "fact": Example(
        piece="""\
outcomes:
  adult:
    kind: fact
    when: "age_on(born_on, start) >= 18"
    window: {from: start, for: 0 days}
""",
        sides=both(
            ("born on 1 April 2007", rows(born_on="2007-04-01")), ("born on 2 April 2007", rows(born_on="2007-04-02"))
        ),
        outcome="adult",
    ),
    "combine": Example(
        piece=STARTED
        + WORKED
        + """\
  earned: {kind: total, table: pay, add: amount, date: on, reaches: 100.00}
  settled:
    kind: combine
    need: 2
    of: [started, worked, earned]
""",
        sides=both(
            (
                "a start and a job",
                rows(events=[("start", "2025-05-01"), ("job", "2025-06-01")], pay=[("99.99", "2025-07-01")]),
            ),
            ("a start alone", rows(events=[("start", "2025-05-01")], pay=[("99.99", "2025-07-01")])),
        ),
        outcome="settled",
    ),
    "scale": Example(
        piece="""\
outcomes:
  hours_of_work:
    kind: scale
    value: hours
    points: {16 or more: 3, 1 to 15: 1, 0: 0}
payments:
  points: {kind: tariff, pays_for: hours_of_work, price: 100.00}
""",
        sides=both(("16 hours", rows(hours="16")), ("15 hours", rows(hours="15"))),
    ),
    "tariff": Example(
        piece="values:\n  start_price:\n    dated: {2025-04-01: 600.00, 2026-04-01: 660.00}\n"
        + STARTED
        + "payments:\n  pay_start: {kind: tariff, pays_for: started, price: start_price}\n",
        sides=both(
            ("a start on 31 March 2026", rows(events=started("2026-03-31"))),
            ("a start on 1 April 2026", rows(events=started("2026-04-01"))),
        ),
    ),
    "formula": Example(
        piece=STARTED
        + WORKED
        + """\
  starts: {kind: measure, of: started, take: count}
  jobs: {kind: measure, of: worked, take: count}
  per_start: {kind: formula, value: "jobs / starts", round: 2}
""",
        sides=both(
            ("a start and a job", rows(events=[("start", "2025-05-01"), ("job", "2025-06-01")])),
            ("a job without a start", rows(events=[("job", "2025-06-01")])),
        ),
        outcome="per_start",
    ),
    "index": Example(
        piece="values:\n  weight: {by: outcome, placed: 25%, stayed: 75%}\n"
        + STARTED
        + WORKED
        + """\
  placed: {kind: measure, of: worked}
  stayed: {kind: measure, of: started, among: worked}
  quality: {kind: index, of: [placed, stayed], weights: weight, when_missing: share_out, fewest: 2}
""",
        sides=both(
            ("one who started and worked", rows(events=[("start", "2025-05-01"), ("job", "2025-06-01")])),
            ("nobody worked, so nobody is among them", rows(events=started("2025-05-01"))),
        ),
        outcome="quality",
    ),
    "estimate": Example(
        piece=STARTED
        + """\
  effect: {kind: estimate, table: assessor, value: fall, low: low}
""",
        sides={
            "given on 31 March 2026, as at that day": (
                {**rows(), "assessor": [{"finding": "1", "fall": "8.4%", "low": "2%", "given_on": "2026-03-31"}]},
                "2026-03-31",
            ),
            "as at the day before": (
                {**rows(), "assessor": [{"finding": "1", "fall": "8.4%", "low": "2%", "given_on": "2026-03-31"}]},
                "2026-03-30",
            ),
        },
        outcome="effect",
    ),
    "judged": Example(
        piece="""\
agreements:
  panel: panel.yaml
outcomes:
  attainment: {kind: judged, agreed: panel.attainment, per: [provider, quarter]}
""",
        agreement="""\
questions:
  attainment:
    asks: number
    rule: median
    unit: share
    scored:
      of: [north]
      periods: {Y1-Q1: 2025-06-30}
      closes: period_end + 28 days
""",
        papers=(("60%", "2025-07-01"), ("75%", "2025-07-28"), ("80%", "2025-07-28"), ("100%", "2025-07-29")),
        sides={
            "papers of 60%, 75% and 80% by 28 July 2025 and of 100% on 29 July, as at 28 July": (rows(), "2025-07-28"),
            "as at the day before": (rows(), "2025-07-27"),
        },
        outcome="attainment",
    ),
    "bands": Example(
        piece=STARTED
        + """\
payments:
  pay_start:
    kind: bands
    pays_for: started
    bands: {1 to 2: 600.00, 3 to 4: 500.00}
""",
        sides=both(("four starts", many(4, 0)), ("five starts", many(5, 0))),
    ),
    "amount": Example(
        piece=STARTED
        + WORKED
        + """\
  placed: {kind: measure, of: worked, among: started}
  missed: {kind: test, of: placed, below: 50%}
payments:
  repaid: {kind: amount, amount: 10000.00, pays_for: missed, times: [10%], takes: yes}
""",
        sides=both(
            ("two of five worked", many(2, 3)),
            ("two of four worked", many(2, 2)),
        ),
    ),
    "divide": Example(
        piece=STARTED
        + WORKED
        + """\
  placed: {kind: measure, of: worked, among: started}
  enough: {kind: test, of: placed, at_least: 50%}
values:
  weights: {by: outcome, a_third: 1/3, another: 1/3, if_enough: 1/3}
payments:
  pot:
    kind: divide
    amount: 100.00
    among: outcomes
    by: weights
    pays: {a_third: placed, another: placed, if_enough: enough}
""",
        sides=both(
            ("two of four worked", many(2, 2)),
            ("two of five worked", many(2, 3)),
        ),
    ),
    "fee": Example(
        piece=STARTED
        + """\
payments:
  service:
    kind: fee
    amount: 100.00
    instalments: 3
    every: month
    from: 2025-05-31
    odd_pence: last
""",
        sides={"as at 29 June 2025": (rows(), "2025-06-29"), "as at 30 June 2025": (rows(), "2025-06-30")},
    ),
    "gate": Example(
        piece=STARTED
        + """\
  came_back: {kind: event, table: events, when: "kind = 'return'", date: on, window: {after: started, for: 6 months}}
payments:
  pay_start: {kind: tariff, pays_for: started, price: 600.00}
adjustments:
  - {id: stays_away, kind: gate, stops: came_back}
""",
        sides=both(
            ("a return on 2 November 2025", rows(events=[("start", "2025-05-01"), ("return", "2025-11-02")])),
            ("a return on 1 November 2025", rows(events=[("start", "2025-05-01"), ("return", "2025-11-01")])),
        ),
    ),
    "multiply": Example(
        piece="values:\n  start_price:\n    dated: {2025-04-01: 0.01, 2026-04-01: 0.03}\n"
        + STARTED
        + """\
payments:
  pay_start: {kind: tariff, pays_for: started, price: start_price}
adjustments:
  - {id: half, kind: multiply, by: 50%}
""",
        sides=both(
            ("half of 0.01", rows(events=started("2026-03-31"))), ("half of 0.03", rows(events=started("2026-04-01")))
        ),
    ),
    "cap": Example(
        piece=STARTED
        + WORKED
        + """\
payments:
  pay_start: {kind: tariff, pays_for: started, price: 600.00}
  pay_job: {kind: tariff, pays_for: worked, price: job_price}
values:
  job_price:
    dated: {2025-04-01: 400.00, 2026-04-01: 400.01}
adjustments:
  - {id: person_most, kind: cap, at_most: 1000.00, per: [person]}
""",
        sides=both(
            ("600.00 and 400.00", rows(events=[("start", "2025-05-01"), ("job", "2026-03-31")])),
            ("600.00 and 400.01", rows(events=[("start", "2025-05-01"), ("job", "2026-04-01")])),
        ),
    ),
    "retain": Example(
        piece=STARTED
        + """\
payments:
  pay_start: {kind: tariff, pays_for: started, price: 600.00}
adjustments:
  - {id: kept, kind: retain, share: 10%, until: period_end + 6 months, per: [provider, quarter]}
""",
        sides={
            "as at 29 December 2025": (rows(events=started("2025-06-12")), "2025-12-29"),
            "as at 30 December 2025": (rows(events=started("2025-06-12")), "2025-12-30"),
        },
    ),
    "split": Example(
        piece="values:\n  start_price:\n    dated: {2025-04-01: 0.02, 2026-04-01: 0.03}\n"
        + STARTED
        + """\
payments:
  pay_start: {kind: tariff, pays_for: started, price: start_price}
adjustments:
  - {id: partners, kind: split, between: {north: 50%, south: 50%}}
""",
        sides=both(
            ("halves of 0.02", rows(events=started("2026-03-31"))),
            ("halves of 0.03", rows(events=started("2026-04-01"))),
        ),
        partner="south",
    ),
    "tax": Example(
        piece="values:\n  start_price:\n    dated: {2025-04-01: 0.12, 2026-04-01: 0.13}\n"
        + STARTED
        + """\
payments:
  pay_start: {kind: tariff, pays_for: started, price: start_price}
adjustments:
  - {id: vat, kind: tax, rate: 20%, per: [provider, month]}
""",
        sides=both(
            ("20% of 0.12", rows(events=started("2026-03-31"))), ("20% of 0.13", rows(events=started("2026-04-01")))
        ),
    ),
    "floor": Example(
        piece=STARTED
        + WORKED
        + """\
payments:
  pay_start: {kind: tariff, pays_for: started, price: 600.00}
  credit: {kind: tariff, pays_for: worked, price: credit_price, takes: yes}
values:
  credit_price:
    dated: {2025-04-01: 600.00, 2026-04-01: 600.01}
adjustments:
  - {id: never_below, kind: floor, per: [provider]}
""",
        sides=both(
            ("600.00 less 600.00", rows(events=[("start", "2025-05-01"), ("job", "2026-03-31")])),
            ("600.00 less 600.01", rows(events=[("start", "2025-05-01"), ("job", "2026-04-01")])),
        ),
    ),
}


def shown(example: Example, given: Rows, as_at: str) -> list[str]:
    """Say what comes of one side: the decision, or the lines of money."""
    second = f", {example.partner}: {{name: {example.partner.title()}}}}}" if example.partner else "}"
    around = small.changed(("{name: North}}", f"{{name: North}}{second}"), text=AROUND)
    contract = _beside(example, around) if example.agreement else small.contract_of(around + example.piece)
    frames = {}
    for name, table in contract.terms.tables.items():
        names = [*table.fields, *(["person"] if table.of else [])]
        frames[name] = pl.DataFrame(given.get(name, []), schema=dict.fromkeys(names, pl.String))
    done = pbr.run(contract, frames, as_at)
    if example.outcome:
        row = done.decisions.rows().filter(pl.col("outcome") == example.outcome).row(0, named=True)
        day = f" on {row['date']}" if row["date"] else f" ({row['reason']})"
        figure = f", {row['value']}" if row["group"] and row["value"] else ""
        return [f"{row['state'].replace('_', ' ')}{day}{figure}"]
    said = []
    for row in done.statement.lines().iter_rows(named=True):
        words = [row["payment"], row["adjustment"] if row["adjustment"] != "-" else None]
        sign = "-" if row["amount_minor"] < 0 else ""
        whole, pence = divmod(abs(row["amount_minor"]), 100)
        said.append(f"{', '.join(word for word in words if word)} {sign}{whole}.{pence:02}")
    return said or ["nothing"]


PANEL: Final = """\
pbr_agreement: 1
id: panel
version: 1
valid: {from: 2025-04-01, to: 2025-06-30}
electorate: {counted_on: 2025-03-01, groups: {users: {eligible: 9}}}
ballots: {file: ballots.csv}
"""


def _beside(example: Example, around: str) -> Contract:
    """Read the contract of an example beside its agreement, whose papers are counted."""
    with TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "panel.yaml").write_text(PANEL + example.agreement, encoding="utf-8")
        text = "voter,group,question,option,answer,time,evidence\n"
        for at, (says, day) in enumerate(example.papers):
            text += f"u{at},users,attainment,north Y1-Q1,{says},{day},minutes 7\n"
        (path / "ballots.csv").write_text(text, encoding="utf-8")
        agreement = read_agreement(path / "panel.yaml")
        write_result(agreement, count_ballots(agreement, read_ballots(agreement)))
        (path / "contract.yaml").write_text(around + example.piece, encoding="utf-8")
        return pbr.read_contract(path)


def page_of(kind: str, described: str, example: Example) -> str:
    """Write the page of a kind: what its docstring says, and its two sides as the program decides them."""
    second = example.partner
    lines = [described.replace(f"### `{kind}`", f"# `{kind}`"), "", "## Both sides of it", ""]
    lines += [
        "```yaml",
        example.piece.rstrip(),
        "```",
        "",
        *(
            ["In `panel.yaml`, beside it:", "", "```yaml", example.agreement.rstrip(), "```", ""]
            if example.agreement
            else []
        ),
        f"Referred on {REFERRED}, in [this contract](README.md){f' with the provider {second}' if second else ''}:",
        "",
    ]
    lines += ["| what was returned | what comes of it |", "|---|---|"]
    for name, (given, as_at) in example.sides.items():
        lines.append(f"| {name} | {'<br>'.join(shown(example, given, as_at))} |")
    return "\n".join(lines).replace("../explanation", "../../explanation") + "\n"
