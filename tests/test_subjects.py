"""Subjects that belong to somebody: episodes of a participant, problems of a family."""

from __future__ import annotations

import copy
import random
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

import pbr
from tests import small
from tests.laws.anything import evaluate, folded
from tests.strategies import Scenario, scenarios

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden
    from tests.oracle_rows import Contract, Tables

# ---------------------------------------------------------------- against the same contract without owners


def wrapped(
    terms: Contract, tables: Tables, moved: str, luck: random.Random
) -> tuple[Contract, Tables, Contract, Tables]:
    """Give a contract whose participants belong to clients who hold a field of theirs, and the same without clients.

    Participants of one client have the same in that field. Without clients each row says whose it is as a text, and in
    both no more than a sum is paid for each client.
    """
    flat, deep = copy.deepcopy(terms), copy.deepcopy(terms)
    cap = {"id": "of_client", "kind": "cap", "at_most": "3", "per": ["client"]}
    returned = {name: heading for heading, name in terms["tables"]["people"].get("columns", {}).items()}
    heading = returned.get(moved, moved)
    flat["tables"]["people"]["fields"]["client"] = {"type": "text"}
    fields = deep["tables"]["people"]["fields"]
    held = fields.pop(moved)
    deep["tables"]["people"] |= {"of": "client", "key": ["participant"]}
    columns = deep["tables"]["people"].get("columns", {})
    deep["tables"]["people"]["columns"] = {head: name for head, name in columns.items() if name != moved}
    deep["tables"]["clients"] = {"row_is": "client", "key": ["client"], "fields": {"client": "id", moved: held}}
    for made in (flat, deep):
        made["adjustments"] = [*made.get("adjustments", []), cap]
    names: dict[tuple[str, int], str] = {}
    sent: list[dict[str, str | None]] = []
    people: list[dict[str, str | None]] = []
    whose: list[dict[str, str | None]] = []
    for row in tables["people"]:
        value = row[heading] or ""
        part = (value, sum(map(ord, folded(row["participant"]))) % 3)
        if part not in names:
            names[part] = f"c{len(names)}"
            sent.append({"client": names[part], moved: value})
        people.append({head: cell for head, cell in row.items() if head != heading} | {"client": names[part]})
        whose.append(row | {"client": names[part]})
    luck.shuffle(sent)
    return deep, tables | {"people": people, "clients": sent}, flat, tables | {"people": whose}


@given(scenario=scenarios(), seed=st.integers(0, 2**32 - 1))
def test_subjects_of_owners_come_out_as_they_do_alone(scenario: Scenario, seed: int) -> None:
    """Decisions, lines, refusals and uses are the same whether a field is the subject's or that of its owner."""
    luck = random.Random(seed)  # noqa: S311  # a seeded choice
    terms, tables, as_at = scenario
    able = [name for name in terms["tables"]["people"]["fields"] if name in {"level", "score", "consents", "born_on"}]
    if not able:
        return
    deep, theirs, flat, alone = wrapped(terms, tables, luck.choice(able), luck)
    first, second = evaluate(flat, alone, as_at), evaluate(deep, theirs, as_at)
    event(
        "a cap for each owner cuts" if "of_client" in set(first.statement.lines()["adjustment"]) else "it cuts nothing"
    )
    assert second.decisions.rows().drop("place").equals(first.decisions.rows().drop("place"))
    places = ["place", "price_place"]
    assert second.statement.lines().drop(places).equals(first.statement.lines().drop(places))
    for frame in ("uses", "refused"):
        then, now = (
            (done.uses() if frame == "uses" else done.evidence.refused).filter(pl.col("table") != "clients")
            for done in (first, second)
        )
        columns = ["table", "row", "outcome", "use"] if frame == "uses" else ["table", "row"]
        assert sorted(now.select(columns).rows(), key=str) == sorted(then.select(columns).rows(), key=str)
    assert second.cohort().drop("provider").rows() == first.cohort().drop("provider").rows()


def shared(terms: Contract, tables: Tables, luck: random.Random) -> tuple[Contract, Tables, Contract, Tables]:
    """Give a contract whose events belong to clients with several participants, and one where each has a copy."""
    able = [name for name in terms["tables"]["people"]["fields"] if name in {"level", "score", "consents"}]
    deep, theirs, flat, alone = wrapped(terms, tables, luck.choice(able), luck)
    members: dict[str, dict[str, str]] = {}
    of: dict[str, str] = {}
    for row in theirs["people"]:
        name, client = str(row["participant"]), str(row["client"])
        members.setdefault(client, {}).setdefault(folded(name), name)
        of.setdefault(folded(name), client)
    deep["tables"]["events"]["of"] = "client"
    sent = [row for row in tables["events"] if row["participant"] and folded(row["participant"]) in of]
    clients = [of[folded(str(row["participant"]))] for row in sent]
    theirs["events"] = [
        {**{head: cell for head, cell in row.items() if head != "participant"}, "client": client}
        for row, client in zip(sent, clients, strict=True)
    ]
    alone["events"] = [
        row | {"participant": name}
        for row, client in zip(sent, clients, strict=True)
        for name in members[client].values()
    ]
    return deep, theirs, flat, alone


@given(scenario=scenarios(), seed=st.integers(0, 2**32 - 1))
def test_rows_of_owners_are_read_for_each_of_their_subjects(scenario: Scenario, seed: int) -> None:
    """Decisions and money are as if each participant of a client had a copy of every event of the client."""
    terms, tables, as_at = scenario
    if any(spec.get("once_per") == "participant" for spec in terms["outcomes"].values()):
        return
    deep, theirs, flat, alone = shared(terms, tables, random.Random(seed))  # noqa: S311  # a seeded choice
    first, second = evaluate(flat, alone, as_at), evaluate(deep, theirs, as_at)
    assert second.decisions.rows().drop("place").equals(first.decisions.rows().drop("place"))
    hidden = ["place", "price_place", "evidence"]  # a row that is sent once is not called as its copies are
    now, then = (done.statement.lines().drop(hidden) for done in (second, first))
    assert now.equals(then)
    uses, counts = second.uses(), second.evidence.counts["events"]
    mine = uses.filter(pl.col("table") == "events").select("file", "row").unique()
    assert mine.height == counts.read - counts.refused
    cited = second.statement.lines().select("line_id", pl.col("evidence").str.count_matches(";"))
    copied = first.statement.lines().select("line_id", pl.col("evidence").str.count_matches(";"))
    assert cited.equals(copied)


# ---------------------------------------------------------------- worked out by hand

TEXT: Final = """\
pbr: 1
contract:
  id: problems
  title: Problems of families
  version: 1
  providers: {north: {name: North}, south: {name: South}}
  currency: GBP
  from: 2025-04-01
  to: 2027-03-31
tables:
  families:
    row_is: family
    key: [family]
    fields:
      family: id
      need: {type: text, one_of: [high, low]}
      born_on: {type: date, sensitive: true}
  problems:
    row_is: problem
    of: family
    key: [problem]
    fields: {problem: id, provider: provider, found_on: date}
  visits:
    row_is: visit
    of: problem
    fields:
      kind: {type: text, one_of: [solved, back]}
      on: date
      recorded_on: recorded
cohort:
  of: problem
  start: found_on
  include: [{id: adult, clause: "2.1", when: "age_on(born_on, found_on) >= 18"}]
groups:
  need: {high: "need = 'high'", low: "need = 'low'"}
values:
  price: {by: need, high: 100.00, low: 50.00}
outcomes:
  solved: {kind: event, table: visits, when: "kind = 'solved'", date: on, window: {from: start, for: 6 months}}
  quiet:
    kind: absence
    table: visits
    when: "kind = 'back' AND need = 'high'"
    date: on
    window: {after: solved, for: 1 month}
payments:
  pay: {kind: tariff, clause: "4.1", pays_for: solved, price: price}
adjustments:
  - {id: most, clause: "5.1", kind: cap, at_most: 150.00, per: [family]}
"""
FAMILIES: Final = [("F", "high", "1980-01-01"), ("G", "low", "1980-01-01"), ("Y", "low", "2010-01-01")]
PROBLEMS: Final = [
    ("F1", "F", "north"),
    ("F2", "F", "south"),
    ("G1", "G", "north"),
    ("Y1", "Y", "north"),
    ("Z1", "Z", "north"),
]


def run(*changes: tuple[str, str], families: list[tuple[str, str, str]] = FAMILIES) -> Any:  # noqa: ANN401  # a run
    """Evaluate each problem as solved on 1 June 2025, the second of F on 1 July, when it came back."""
    frames = {
        "families": pl.DataFrame(families, schema=["family", "need", "born_on"], orient="row"),
        "problems": pl.DataFrame(
            [(*problem, "2025-05-01") for problem in PROBLEMS],
            schema=["problem", "family", "provider", "found_on"],
            orient="row",
        ),
        "visits": pl.DataFrame(
            [
                (problem, "solved", "2025-07-01" if problem == "F2" else "2025-06-01", "2025-07-02")
                for problem, *_ in PROBLEMS
            ]
            + [("F2", "back", "2025-07-20", "2025-07-21"), ("G1", "back", "2025-06-20", "2025-06-21")],
            schema=["problem", "kind", "on", "recorded_on"],
            orient="row",
        ),
    }
    return pbr.run(small.contract_of(small.changed(*changes, text=TEXT)), frames, "2026-03-31")


def test_each_problem_of_a_family_is_paid_and_one_limit_holds_for_the_family() -> None:
    """The price is by the family's need, each line is of a problem and its provider, and the second one is cut."""
    found = run().statement.lines().select("subject", "provider", "adjustment", "amount_minor", "evidence")
    assert found.drop("evidence").rows() == [
        ("F1", "north", "-", 10000),
        ("F2", "south", "-", 10000),
        ("F2", "south", "most", -5000),
        ("G1", "north", "-", 5000),
    ]
    assert all(
        "visits:" in cited and f"problems:{name}" in cited for name, cited in found.select("subject", "evidence").rows()
    )


def test_conditions_on_rows_read_the_fields_of_whom_a_subject_belongs_to() -> None:
    """A row of a problem is judged by its family's need; the family's age leaves its problems out."""
    rows = run().decisions.rows().select("subject", "outcome", "state", "reason").rows()
    assert [row[1:] for row in rows if row[0] == "F2"] == [("solved", "met", "met"), ("quiet", "not_met", "defeated")]
    assert [row[1:] for row in rows if row[0] == "G1"] == [("solved", "met", "met"), ("quiet", "met", "met")]
    assert {row[2:] for row in rows if row[0] == "Y1"} == {("excluded", "include_failed")}


def test_every_row_has_a_use_and_what_belongs_to_nobody_is_refused() -> None:
    """A family is used with its problems, left out with them, and unasked without any; rows of nobody are refused."""
    done = run(families=[*FAMILIES, ("N", "low", "1980-01-01")])
    uses = done.uses().filter(pl.col("table") == "families").sort("row")
    assert uses["use"].to_list() == ["used", "used", "not_included", "unasked"]
    refused = done.evidence.refused.select("table", "row", "code").rows()
    assert sorted(refused) == [("problems", 6, "PBR222"), ("visits", 6, "PBR222")]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "      need: {type",
            "      since: recorded\n      need: {type",
            "PBR132 'since' is read of each problem, so it is",
        ),
        (
            "      need: {type",
            "      who: provider\n      need: {type",
            "PBR132 'who' is read of each problem, so it is",
        ),
        ("    key: [problem]\n", "", "PBR130 table 'problems' cannot be the cohort: that has one field under `key`"),
        ("    key: [problem]\n", "    key: [family, problem]\n", "PBR130 table 'problems' cannot be the cohort"),
        (
            "    key: [problem]\n",
            "    key: [family]\n",
            "PBR130 table 'problems' cannot be the cohort: it and 'families'",
        ),
        (
            "    row_is: visit\n    of: problem\n    fields:\n",
            "    row_is: visit\n    of: family\n    fields:\n      problem: id\n",
            "PBR130 'problem' names a problem, to which these rows then belong; write `of: problem`",
        ),
        (
            "    row_is: visit\n    of: problem\n    fields:\n",
            "    row_is: visit\n    fields:\n      visit: id\n",
            "PBR134 table 'visits' is neither the cohort's nor a child of it",
        ),
        ("  of: problem\n  start", "  of: family\n  start", "PBR130 a child of a child is read only if"),
        ("per: [family]", "per: [famly]", "PBR125 'famly' cannot make groups of lines"),
    ],
)
def test_what_cannot_be_read_of_owners_is_said(old: str, new: str, problem: str) -> None:
    """Provider and recorded day are the subject's own, its key is one field, and only its own children are read."""
    found = [f"{each.code} {each.message}" for each in small.problems_of(small.changed((old, new), text=TEXT))]
    assert any(each.startswith(problem) for each in found), found


def test_a_subject_of_somebody_is_explained(tmp_path: Path, golden: Golden) -> None:
    """The row shows the fields of both, but for those that are sensitive."""
    (tmp_path / "contract.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "families.csv").write_text("family,need,born_on\nF,high,1980-01-01\n", encoding="utf-8")
    (tmp_path / "problems.csv").write_text(
        "family,problem,provider,found_on\nF,F1,north,2025-05-01\nF,F2,south,2025-05-01\n", encoding="utf-8"
    )
    visits = "problem,kind,on,recorded_on\nF1,solved,2025-06-01,2025-06-02\nF2,solved,2025-07-01,2025-07-02\n"
    (tmp_path / "visits.csv").write_text(visits, encoding="utf-8")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, "2026-03-31").write(tmp_path / "out")
    golden("tests/golden/explain/of-somebody.txt", str(pbr.explain(out, "F2")))


SHARED: Final = small.changed(
    ("    row_is: visit\n    of: problem\n", "    row_is: visit\n    of: family\n"),
    ("window: {from: start, for: 6 months}", "window: {from: start, for: 3 months}"),
    ("  pay: {kind: tariff,", "  pay: {kind: tariff, due: 1 day after known,"),
    text=TEXT,
)


def test_a_row_of_a_family_counts_for_each_of_its_problems_in_its_own_window() -> None:
    """Rows of F are read for F1 and F2, each with its own start; a row is used if it is by either."""
    problems = [("F1", "F", "north", "2025-05-01"), ("F2", "F", "south", "2025-09-01"), ("G1", "G", "north", "")]
    visits = [
        ("F", "solved", "2025-06-01", "2025-06-02"),
        ("F", "solved", "2025-10-01", "2025-10-05"),
        ("F", "back", "2025-10-20", "2025-10-21"),
        ("F", "solved", "2026-05-01", "2026-05-01"),
        ("H", "solved", "2025-06-01", "2025-06-02"),
        ("F", "solved", "2025-06-01", "2025-06-02"),
    ]
    families = [("F", "high", "1980-01-01"), ("G", "low", "1980-01-01"), ("H", "low", "1980-01-01")]
    frames = {
        "families": pl.DataFrame(families, schema=["family", "need", "born_on"], orient="row"),
        "problems": pl.DataFrame(problems, schema=["problem", "family", "provider", "found_on"], orient="row"),
        "visits": pl.DataFrame(visits, schema=["family", "kind", "on", "recorded_on"], orient="row"),
    }
    done = pbr.run(small.contract_of(SHARED), frames, "2026-03-31")
    rows = done.decisions.rows().select("subject", "outcome", "state", "date").rows()
    states = {(subject, outcome): (state, str(day)) for subject, outcome, state, day in rows}
    assert states["F1", "solved"] == ("met", "2025-06-01")
    assert states["F2", "solved"] == ("met", "2025-10-01")
    assert (states["F1", "quiet"][0], states["F2", "quiet"][0]) == ("met", "not_met")
    assert states["G1", "solved"][0] == "unknown"
    lines = done.statement.lines().filter(pl.col("adjustment") == "-")
    assert lines.select("subject", pl.col("due_on").cast(pl.String), "amount_minor").rows() == [
        ("F1", "2025-06-03", 10000),
        ("F2", "2025-10-06", 10000),
    ]
    assert lines["evidence"].str.count_matches("visits:").to_list() == [1, 1]
    uses = done.uses().filter(pl.col("table") == "visits", pl.col("outcome") == "solved").sort("row")
    assert uses.select("row", "use").rows() == [
        (2, "used"),
        (3, "used"),
        (5, "not_yet_recorded"),
        (6, "not_included"),
        (7, "same_row"),
    ]


def test_once_for_whom_subjects_belong_to_is_a_cap() -> None:
    """`once_per: family` would mean once in each problem, which a row of the family cannot say."""
    text = small.changed(("kind: event, table: visits,", "kind: event, table: visits, once_per: family,"), text=SHARED)
    assert [problem.code for problem in small.problems_of(text)][:1] == ["PBR134"]


def test_a_shared_row_is_explained_under_its_own_place(tmp_path: Path) -> None:
    """The explanation of the second problem names the file and row that were sent."""
    (tmp_path / "contract.yaml").write_text(SHARED, encoding="utf-8")
    (tmp_path / "families.csv").write_text("family,need,born_on\nF,high,1980-01-01\n", encoding="utf-8")
    problems = "family,problem,provider,found_on\nF,F1,north,2025-05-01\nF,F2,south,2025-05-01\n"
    (tmp_path / "problems.csv").write_text(problems, encoding="utf-8")
    visits = "family,kind,on,recorded_on\nF,back,2025-05-02,2025-05-02\nF,solved,2025-06-01,2025-06-02\n"
    (tmp_path / "visits.csv").write_text(visits, encoding="utf-8")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, "2026-03-31").write(tmp_path / "out")
    for name in ("F1", "F2"):
        assert "visits.csv row 3" in str(pbr.explain(out, name))
