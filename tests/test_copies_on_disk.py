"""Exact copies in files on disk: left among the rows for what they cannot change, and counted nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

import pbr
from pbr import decisions
from tests import small

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TEXT = """
pbr: 1
contract: {id: copies, title: Copies, version: 1, currency: GBP, from: 2025-04-01, to: 2026-03-31, statements: yearly}
tables:
  people: {row_is: person, key: [person], fields: {person: id, start: date}}
  events:
    row_is: event
    of: person
    fields: {kind: text, on: date, value: {type: whole, from: 0, to: 100}}
cohort: {of: person, start: start}
spells:
  working: {table: events, on: on, opens: "kind = 'job'", closes: "kind = 'left'"}
outcomes:
  begun: {kind: event, table: events, when: "kind = 'job'", date: on}
  clean: {kind: absence, table: events, when: "kind = 'arrest'", date: on, window: {from: start, for: 30 days}}
  better:
    kind: score
    table: events
    when: "kind = 'score'"
    date: on
    value: value
    baseline: {pick: first, from: start}
    change: up
    at_least: 5
    window: {from: start}
  in_work: {kind: held, in: [working], run: added_up, for: 40 days, window: {from: start}}
  earned: {kind: total, table: events, when: "kind = 'pay'", add: value, date: on, reaches: 10}
  often: {kind: fact, when: "count(events, kind = 'call') >= 2"}
payments:
  fee: {kind: tariff, pays_for: begun, price: 10.00}
"""
ROWS = [
    ("job", "2025-05-01", None),
    ("left", "2025-05-20", None),
    ("score", "2025-05-02", 10),
    ("score", "2025-06-02", 14),
    ("pay", "2025-06-30", 9),
    ("call", "2025-06-30", None),
]
"""Each comes just short of what is asked, and would reach it if one row of its kind counted twice."""
NOT_MET = {"better", "in_work", "earned", "often"}


def evaluated(folder: Path, rows: list[tuple[str, str, int | None]]) -> pbr.Run:
    """Evaluate one person with events from files of Parquet."""
    folder.mkdir()
    pl.DataFrame({"person": ["a"], "start": ["2025-04-01"]}).write_parquet(folder / "people.parquet")
    events = pl.DataFrame(rows, schema={"kind": pl.String, "on": pl.String, "value": pl.Int64}, orient="row")
    events.with_columns(person=pl.lit("a")).write_parquet(folder / "events.parquet")
    return pbr.run(small.contract_of(TEXT), folder, "2026-06-30")


def states(run: pbr.Run) -> dict[str, str]:
    """What each outcome came to."""
    rows = run.decisions.rows()
    return dict(zip(rows["outcome"].to_list(), rows["state"].to_list(), strict=True))


def test_a_copy_counts_nowhere(tmp_path: Path) -> None:
    """With every row three times on disk what is met, paid and used is what it is with every row once."""
    once, thrice = evaluated(tmp_path / "once", ROWS), evaluated(tmp_path / "thrice", ROWS * 3)
    assert {name for name, state in states(once).items() if state != "met"} == NOT_MET
    assert states(thrice) == states(once)
    assert thrice.decisions.rows().equals(once.decisions.rows())
    assert thrice.statement.frame.equals(once.statement.frame)
    assert thrice.evidence.counts["events"].copies == 2 * len(ROWS)


def test_a_copy_of_what_opens_a_state_leaves_it_closed(tmp_path: Path) -> None:
    """Two rows that open and one that closes would hold it until the end."""
    once, again = evaluated(tmp_path / "once", ROWS), evaluated(tmp_path / "again", [*ROWS, ROWS[0]])
    assert states(again)["in_work"] == states(once)["in_work"] == "not_met"
    assert again.decisions.rows().equals(once.decisions.rows())


def test_decisions_are_asked_of_rows_with_their_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what spares the scans, and would be missed by nobody but a clock."""
    given: list[Any] = []
    make = decisions.make_query

    def seen(*args: Any) -> Any:  # noqa: ANN401  # whatever the query is made of
        given.append(args[3])
        return make(*args)

    monkeypatch.setattr(decisions, "make_query", seen)
    evaluated(tmp_path / "again", [*ROWS, ROWS[0]])
    assert [list(each) for each in given] == [["events"]]
    assert given[0]["events"].collect().height == len(ROWS) + 1
