"""Questions about all the rows of a child table: in clauses, groups, facts and adjustments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pytest

import pbr
from tests import small
from tests.small import PEOPLE, changed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden

JOBS: Final = [
    {"person": "A", "kind": "job", "on": "2025-06-24", "seen": "2025-07-01"},
    {"person": "A", "kind": "job", "on": "2025-08-01", "seen": "2025-08-02"},
    {"person": "A", "kind": "lost", "on": "2025-07-15", "seen": "2025-07-16"},
    {"person": "B", "kind": "job", "on": "2026-04-01", "seen": "2026-04-02"},
    {"person": "B", "kind": "", "on": "2026-05-01", "seen": "2026-05-02"},
]


def fact(when: str) -> str:
    """Give the small contract with a fact of this condition, which is paid."""
    return changed(
        ("payments:\n", f'  busy: {{kind: fact, when: "{when}"}}\npayments:\n'),
        ("  first: {", "  third: {kind: tariff, pays_for: busy, price: 7.00}\n  first: {"),
    )


def decided(
    text: str, *, outcome: str = "busy", as_at: str = small.LATE, events: small.Rows = JOBS
) -> dict[str, tuple[str, str, str]]:
    """Give state, reason and missing field by participant."""
    rows = small.run(text, events=events, as_at=as_at).decisions.rows().filter(pl.col("outcome") == outcome)
    return {
        row[0]: row[1:] for row in rows.select("subject", "state", "reason", pl.col("missing").fill_null("")).rows()
    }


@pytest.mark.parametrize(
    ("when", "a", "b"),
    [
        ("count(events) = 3", "met", "not_met"),
        ("count(events, kind = 'job') = 2", "met", "unknown"),
        ("any(events, kind = 'lost')", "met", "unknown"),
        ("any(events, kind = 'job')", "met", "met"),
        ("all(events, kind = 'job')", "not_met", "unknown"),
        ("first(events, on) = DATE '2025-06-24'", "met", "not_met"),
        ("last(events, on, kind = 'job') = DATE '2025-08-01'", "met", "unknown"),
        ("days_between(began, first(events, on)) > 80", "met", "not_met"),
        ("count(events, on > began) BETWEEN 2 AND 3", "met", "met"),
        ("count(events, on > DATE '2030-01-01') = 0", "met", "met"),
        ("first(events, on, kind = 'job' AND on > DATE '2030-01-01') IS NULL", "met", "met"),
        ("contract_year(began) = 1", "met", "met"),
        ("began + INTERVAL '1 year' <= DATE '2026-04-01'", "met", "not_met"),
        ("CASE WHEN level = 'high' THEN TRUE ELSE FALSE END", "met", "not_met"),
    ],
)
def test_a_fact_may_ask_about_all_the_rows_of_a_participant(when: str, a: str, b: str) -> None:
    """Each question has the answer of the rows; one that an undecided row could change is unknown."""
    found = decided(fact(when))
    assert (found["A"][0], found["B"][0]) == (a, b)
    assert found["C"][:2] == ("excluded", "exclude_hit")


def test_what_was_empty_is_named() -> None:
    """The reason names the field of the child table that leaves the question open."""
    assert decided(fact("count(events, kind = 'job') = 2"))["B"] == ("unknown", "missing_field", "events.kind")


def test_a_participant_without_rows_has_none() -> None:
    """Nothing is counted, nothing is found, and whatever is said of all of nothing holds."""
    for when, state in (
        ("count(events) = 0", "met"),
        ("any(events, kind = 'job')", "not_met"),
        ("all(events, kind = 'job')", "met"),
    ):
        assert decided(fact(when), events=[])["A"][0] == state
    assert decided(fact("first(events, on) IS NULL"), events=[])["A"][0] == "met"


def test_only_what_is_recorded_counts() -> None:
    """A row recorded the day after does not count yet."""
    text = fact("count(events, kind = 'job') = 1")
    assert decided(text, as_at="2025-06-30")["A"][0] == "pending"
    assert decided(text, as_at="2025-07-01")["A"][0] == "met"
    assert decided(text, as_at="2025-08-02")["A"][0] == "pending"


def test_clauses_groups_and_adjustments_may_ask_too() -> None:
    """Whoever had no job is left out; whoever lost one is in another group; the factor is for those with two rows."""
    text = changed(
        ("  exclude:\n", "  include:\n    - {id: worked, when: \"any(events, kind = 'job')\"}\n  exclude:\n"),
        ("    high: \"level = 'high'\"", "    high: \"any(events, kind = 'lost')\""),
        ("by: 5/6, on: [second]", 'by: 1/2, on: [first], where: "count(events) >= 3"'),
    )
    people = [*PEOPLE[:2], PEOPLE[0] | {"person": "D"}]
    events = [*JOBS[:4], JOBS[0] | {"person": "B", "kind": "lost"}]
    done = small.run(text, people=people, events=events)
    rows = done.decisions.rows().filter(pl.col("outcome") == "job")
    assert rows.select("subject", "state", "reason").rows()[-1] == ("D", "excluded", "include_failed")
    lines = (
        done.statement.lines()
        .filter(pl.col("payment") == "first")
        .select("subject", "adjustment", "group", "amount_minor")
    )
    assert lines.rows() == [("A", "-", "high", 100000), ("A", "share", "", -50000), ("B", "-", "high", 110001)]


def test_rows_that_are_counted_are_used_and_cited() -> None:
    """Each row that answers the question of a fact is used by it and cited; a row it passes over is not."""
    done = small.run(fact("count(events, kind = 'job') = 2"), events=JOBS)
    uses = done.uses().filter(pl.col("outcome") == "busy", pl.col("table") == "events")
    assert uses.select("row", "use").rows() == [(2, "used"), (3, "used"), (5, "used"), (6, "used")]
    line = done.statement.lines().row(by_predicate=pl.col("payment") == "third", named=True)
    assert line["subject"] == "A"
    assert len(line["evidence"].split(";")) == 3


def test_questions_of_one_table_are_one_scan(tmp_path: Path) -> None:
    """Equal questions are asked once, all of one table in one scan and one group-by, on the streaming engine."""
    from pbr.decisions import make_query
    from pbr.plan import make_plan
    from tests.test_gather import physical

    whens = ["count(events) = 3", "any(events, kind = 'job')", "count(events) = 2", "first(events, on) > began"]
    facts = "".join(f'  f{place}: {{kind: fact, when: "{when}"}}\n' for place, when in enumerate(whens))
    plan = make_plan(small.contract_of(changed(("payments:\n", facts + "payments:\n"))), small.LATE)
    evidence = pbr.read_evidence(plan, small.frames_of(PEOPLE, JOBS))
    tables = {}
    for name, rows in evidence.tables.items():
        rows.collect().write_parquet(tmp_path / f"{name}.parquet")
        tables[name] = pl.scan_parquet(tmp_path / f"{name}.parquet")
    plain, _ = make_query(make_plan(small.contract_of(), small.LATE), tables)
    columns, query = make_query(plan, tables)
    assert columns.scans == plain.scans + 1
    labels = physical(query).labels
    assert [label.split("\n")[0] for label in labels if "in-memory" in label.split("\n")[0]] == []


def test_questions_are_explained(tmp_path: Path, golden: Golden) -> None:
    """The explanation names the question, its answer, and the rows that answer it."""
    text = changed(
        ("  exclude:\n", "  include:\n    - {id: worked, when: \"any(events, kind = 'job')\"}\n  exclude:\n"),
        text=fact("count(events, kind = 'job') = 2 AND last(events, on) > began"),
    )
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    pl.DataFrame(PEOPLE).write_csv(tmp_path / "people.csv")
    pl.DataFrame(JOBS).write_csv(tmp_path / "events.csv")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, small.LATE).write(tmp_path / "out")
    golden("tests/golden/explain/questions-of-a-table.txt", str(pbr.explain(out, "A", outcome="busy")))
    for name in ("A", "B"):
        states = pbr.explain(out, name).decisions
        assert states.filter(pl.col("outcome") == "busy")["state"].to_list() == [{"A": "met", "B": "unknown"}[name]]


def test_a_sensitive_day_that_is_asked_for_is_not_shown(tmp_path: Path) -> None:
    """The earliest of some sensitive days decides, and no explanation names it."""
    text = changed(
        ("      seen: recorded\n", "      seen: recorded\n      told: {type: date, sensitive: true}\n"),
        text=fact("first(events, told) > began"),
    )
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    pl.DataFrame(PEOPLE).write_csv(tmp_path / "people.csv")
    pl.DataFrame([row | {"told": "2025-09-09"} for row in JOBS]).write_csv(tmp_path / "events.csv")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, small.LATE).write(tmp_path / "out")
    said = pbr.explain(out, "A").text
    assert "first(events, told) (not shown)" in said
    assert "2025-09-09" not in said


def test_an_answer_over_a_sensitive_field_is_not_shown(tmp_path: Path) -> None:
    """How many rows have a sensitive number would tell it, so that the explanation keeps the count to itself."""
    text = changed(
        ("      seen: recorded\n", "      seen: recorded\n      score: {type: whole, sensitive: true}\n"),
        text=fact("count(events, score = 7743) = 1 AND count(events, kind = 'job') = 2"),
    )
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    pl.DataFrame(PEOPLE).write_csv(tmp_path / "people.csv")
    scored = [row | {"score": str(score)} for row, score in zip(JOBS, (7743, 1, 2, 3, 4), strict=True)]
    pl.DataFrame(scored).write_csv(tmp_path / "events.csv")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, small.LATE).write(tmp_path / "out")
    (line,) = [line for line in pbr.explain(out, "A").text.splitlines() if line.startswith("  fact")]
    assert line.split("fact", 1)[1].strip() == "count(events, score = 7743) (not shown), count(events, kind = 'job') 2"


@pytest.mark.parametrize(
    ("when", "empty", "lost", "job"),
    [
        ("first(events, on, kind = 'lost') IS NULL", "unknown", "not_met", "met"),
        ("last(events, on, kind = 'lost') IS NULL", "unknown", "not_met", "met"),
        ("first(events, on, kind = 'lost') IS NOT NULL", "unknown", "met", "not_met"),
        ("first(events, on) IS NULL", "not_met", "not_met", "not_met"),
    ],
)
def test_a_day_that_is_not_known_is_not_no_day(when: str, empty: str, lost: str, job: str) -> None:
    """Where a row whose kind is empty may be the one, whether there is a day is unknown, and nothing is paid."""
    for kind, state in (("", empty), ("lost", lost), ("job", job)):
        done = small.run(fact(when), events=[JOBS[0] | {"kind": kind}])
        rows = done.decisions.rows().row(
            by_predicate=(pl.col("subject") == "A") & (pl.col("outcome") == "busy"), named=True
        )
        assert (rows["state"], rows["missing"]) == (state, "events.kind" if state == "unknown" else None)
        paid = done.statement.lines().filter(pl.col("payment") == "third", pl.col("subject") == "A")
        assert paid["amount_minor"].to_list() == ([700] if state == "met" else [])


@pytest.mark.parametrize(
    "when",
    [
        "count(events, kind = 'lost') IS NULL",
        "any(events, kind = 'lost') IS NULL",
        "all(events, kind = 'lost') IS NOT NULL",
        "(count(events) > 1) IS NULL",
        "first(events, on) + INTERVAL '1 day' IS NULL",
        "days_between(began, last(events, on)) IS NOT NULL",
    ],
)
def test_whether_an_answer_is_known_cannot_be_asked(when: str) -> None:
    """An answer that is not known is not empty; only a day that is asked for can be, by itself."""
    (problem,) = small.problems_of(fact(when))
    assert problem.code == "PBR022"
    assert "not known yet is not empty" in problem.message


@pytest.mark.parametrize(("kind", "a", "b"), [("event", "met", "not_met"), ("absence", "not_met", "met")])
def test_an_outcome_of_the_own_row_may_ask_too(kind: str, a: str, b: str) -> None:
    """An event or absence of the cohort's table asks as a fact does; its own row and those it asks about are used."""
    text = changed(
        (
            "payments:\n",
            f'  busy: {{kind: {kind}, table: people, date: began, when: "count(events) >= 3"}}\npayments:\n',
        ),
        ("  first: {", "  third: {kind: tariff, pays_for: busy, price: 7.00}\n  first: {"),
    )
    assert [decided(text)[who][0] for who in "AB"] == [a, b]
    done = small.run(text, events=JOBS)
    uses = done.uses().filter(pl.col("outcome") == "busy").select("table", "row", "use").rows()
    assert sorted(uses) == [*(("events", row, "used") for row in range(2, 7)), ("people", 2, "used")]


def test_a_row_that_is_not_known_yet_and_says_something_else_is_not_read() -> None:
    """Rows recorded later are listed if the question could be about them; a day that is asked for must be there."""
    text = fact("last(events, on, kind = 'lost') < began")
    later = [row | {"seen": "2027-12-31"} for row in JOBS[:3]] + [JOBS[2] | {"on": "", "seen": "2027-12-31"}]
    uses = small.run(text, events=later).uses().filter(pl.col("table") == "events")
    assert uses.select("row", "outcome", "use").rows() == [
        (2, "job", "not_yet_recorded"),
        (3, "job", "not_yet_recorded"),
        (4, "busy", "not_yet_recorded"),
        (4, "kept", "not_yet_recorded"),
        (5, None, "unasked"),
    ]


def test_a_table_with_a_fault_is_not_missed_by_who_asks_it() -> None:
    """Nothing is said about questions to a table that could not be read."""
    text = changed(
        ("cohort:\n", "  visits: {row_is: visit, of: person, feilds: {on: date}}\ncohort:\n"),
        text=fact("count(visits) > 1"),
    )
    assert {problem.line for problem in small.problems_of(text)} == {26}
