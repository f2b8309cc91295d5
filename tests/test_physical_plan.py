"""The physical plan of every contract: no node holds a whole table, and no more is read than the terms ask for.

Plans are made over empty Parquet files of the contract's tables, since a plan needs no rows.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl
import pytest

import pbr
from pbr.contract.read import load
from pbr.decisions import make_query
from pbr.document import parse_document
from pbr.evidence.model import ROW
from pbr.evidence.typed import frame_type
from pbr.facts import Each, Fact, Held, Running, Turns
from pbr.plan import context_of, make_plan
from tests.small import changed
from tests.test_gather import physical

if TYPE_CHECKING:
    from pbr.plan import Plan

ROOT: Final = Path(__file__).parent.parent
SIX: Final = ROOT / "tests" / "plans" / "six_outcomes.yaml"
CONTRACTS: Final = {path.parent.name: path for path in sorted(ROOT.glob("contracts/*/contract.yaml"))} | {"six": SIX}
LATE: Final = "2030-01-01"
SPARE: Final = "zz_spare"
"""A column of every file that no term names."""

LISTS: Final = "a list of words, each with its day, beside the subject: polars has no streaming aggregate of lists"
IN_MEMORY: Final = {
    "early-career-training": [LISTS],
    "innovation-fund": [LISTS],
    "teacher-development": [LISTS],
    "teacher-qualifications": [LISTS],
}
"""Why nodes of the plan of a contract are in memory. It may shrink and must not grow."""

EACH: Final = "outcomes that ask for different things of the same rows, such as two baselines, read them one by one"
MORE_SCANS: Final = {
    ("drug-recovery", "events"): (1, "who helped is looked up among the same rows"),
    ("fair-chance-fund", "homes"): (1, EACH),
    ("riverside-agreed", "survey"): (1, EACH),
    ("riverside-agreed", "contributions"): (1, "who helped is looked up among the same rows"),
}
"""How many scans of a table there are beyond its groups, and why. It may shrink and must not grow."""


def plan_of(path: Path, *changes: tuple[str, str]) -> Plan:
    """Make the plan of a contract after changes of its text."""
    if not changes:
        return make_plan(pbr.read_contract(path), LATE)
    text = changed(*changes, text=path.read_text(encoding="utf-8"))
    contract, problems = load(parse_document(text.encode(), "contract.yaml"))
    assert problems == ()
    assert contract is not None
    return make_plan(contract, LATE)


def files_of(plan: Plan, folder: Path, *more: str) -> dict[str, Path]:
    """Write an empty Parquet file for every table as it is once it is accepted, with some more columns."""
    terms, files = plan.terms, {}
    for name in terms.tables:
        fields = terms.all_fields(name) if name == terms.cohort_table else terms.sent_fields(name)
        types = {ROW: pl.UInt32(), **{field: frame_type(term) for field, term in fields.items()}}
        if name in terms.shared_tables:
            types[terms.subject_key] = pl.String()
        files[name] = folder / f"{name}.parquet"
        pl.DataFrame(schema=types | dict.fromkeys(more, pl.Int64())).write_parquet(files[name])
    return files


def query_of(plan: Plan, files: dict[str, Path], only: str = "") -> pl.LazyFrame:
    """Make the query of a plan over files; with `only`, the other tables are frames in memory."""
    scans = {name: pl.scan_parquet(path) for name, path in files.items()}
    return make_query(
        plan, {name: each if only in {"", name} else each.collect().lazy() for name, each in scans.items()}
    )[1]


def in_memory(query: pl.LazyFrame) -> list[str]:
    """Give the nodes of a query that hold all of what they are given."""
    kinds = [label.split("\n")[0] for label in physical(query).labels]
    return [kind for kind in kinds if "in-memory" in kind and kind != "in-memory-source"]


def groups_of(plan: Plan, table: str) -> int:
    """Count the distinct (filter, anchor) of the readings of a table, and the questions asked of it.

    What opens and what closes a state is one group.
    """
    groups: set[object] = set()
    for name in plan.own:
        for reading in plan.outcome(name).readings(context_of(plan, name)):
            if reading.table == table:
                turns = [each for each in plan.spells.values() if isinstance(each, Turns)]
                pairs = [each for each in turns if reading.when in {each.opens, each.closes} and reading.lasting]
                groups.add((*pairs, reading.group[2]) if pairs else reading.group)
    asked = {ref for condition in plan.contract.conditions.values() for ref in condition.children if ref.table == table}
    return len(groups) + len(asked)


def scans_beyond(plan: Plan, query: pl.LazyFrame, table: str) -> int:
    """Count the scans of a table beyond its groups, in a query of which it alone is a file."""
    return physical(query).nodes("multi-scan") - groups_of(plan, table)


@pytest.mark.parametrize("name", CONTRACTS)
def test_no_node_is_in_memory_but_those_that_are_listed(tmp_path: Path, name: str) -> None:
    """Every contract streams throughout, but for what is listed with a reason."""
    plan = plan_of(CONTRACTS[name])
    assert len(in_memory(query_of(plan, files_of(plan, tmp_path)))) == len(IN_MEMORY.get(name, []))


@pytest.mark.parametrize("name", CONTRACTS)
def test_no_child_table_is_scanned_more_often_than_it_has_groups(tmp_path: Path, name: str) -> None:
    """A table is read once at most for each filter and anchor of its readings, but for what is listed with a reason."""
    plan = plan_of(CONTRACTS[name])
    files = files_of(plan, tmp_path)
    children = [table for table in files if plan.own and table != plan.terms.cohort_table]
    beyond = {table: scans_beyond(plan, query_of(plan, files, table), table) for table in children}
    listed = {table: more for (contract, table), (more, _) in MORE_SCANS.items() if contract == name}
    assert {table: more for table, more in beyond.items() if more > 0} == listed


@pytest.mark.parametrize("name", CONTRACTS)
def test_no_column_is_read_that_no_term_names(tmp_path: Path, name: str) -> None:
    """A column more in every file is a column more in no scan."""
    plan = plan_of(CONTRACTS[name])
    for folder in ("plain", "spare"):
        (tmp_path / folder).mkdir()
    plain = query_of(plan, files_of(plan, tmp_path / "plain"))
    spare = query_of(plan, files_of(plan, tmp_path / "spare", SPARE))
    assert physical(spare).reads == physical(plain).reads


def test_six_outcomes_read_what_their_clauses_name(tmp_path: Path) -> None:
    """A filter, a day and whose row it is, and the value for the score alone; the cohort once, and once for windows."""
    plan = plan_of(SIX)
    files = files_of(plan, tmp_path)
    events = physical(query_of(plan, files, "events"))
    assert events.reads == [3, 3, 3, 3, 3, 4]
    assert physical(query_of(plan, files, "participants")).reads == [3, 4]


def test_six_outcomes_are_joined_and_grouped_no_more_than_their_facts_need(tmp_path: Path) -> None:
    """One group-by for each group of facts, and one for what is undecided of a sweep or a score."""
    plan = plan_of(SIX)
    found = physical(query_of(plan, files_of(plan, tmp_path)))
    kinds = Counter(
        type(fact)
        for name in plan.own
        for fact in plan.outcome(name).facts(context_of(plan, name))
        if isinstance(fact, Held | Running | Each)
    )
    assert kinds == {Held: 1}
    groups = {
        fact.group
        for name in plan.own
        for fact in plan.outcome(name).facts(context_of(plan, name))
        if isinstance(fact, Fact)
    }
    assert len(groups) == 4
    assert found.nodes("group-by") + found.nodes("sorted-group-by") == 4 + 2 + 3
    assert found.nodes("sort") - found.nodes("sorted-group-by") == 1


def test_only_what_is_counted_asks_which_rows_are_copies(tmp_path: Path) -> None:
    """The first, the last and whether there is one are taken of all rows; what opens and closes a state is not."""
    plan = plan_of(SIX)
    scans = {name: pl.scan_parquet(path) for name, path in files_of(plan, tmp_path).items()}
    tables = scans | {"events": scans["events"].filter(~pl.col(ROW).is_in([7]))}

    def asking(repeated: dict[str, pl.LazyFrame]) -> list[str]:
        plans = make_query(plan, tables, repeated=repeated)[1].explain(engine="streaming")
        return [line for line in plans.splitlines() if "SELECTION" in line and f'col("{ROW}").is_in' in line]

    assert len(asking({})) == physical(query_of(plan, files_of(plan, tmp_path), "events")).nodes("multi-scan")
    (line,) = asking({"events": scans["events"]})
    assert "job_start" in line
    assert "job_end" in line


@pytest.mark.parametrize("window", ["from: start, for: 120 days", "after: start, for: 6 months", "from: start"])
def test_one_more_outcome_over_the_same_rows_adds_nothing(tmp_path: Path, window: str) -> None:
    """It adds no scan, no group-by and no join."""
    rows = """table: events, when: "type = 'treatment_start'", date: date"""
    more = f"  soon: {{kind: event, {rows}, window: {{{window}}}}}\n"
    plans = [plan_of(SIX), plan_of(SIX, ("payments:\n", f"{more}payments:\n"))]
    before, after = (physical(query_of(plan, files_of(plan, tmp_path))) for plan in plans)
    for kind in ("multi-scan", "group-by", "sorted-group-by", "equi-join", "sort"):
        assert after.nodes(kind) == before.nodes(kind)


def test_another_filter_is_seen_to_add_a_scan_and_a_group(tmp_path: Path) -> None:
    """What adds nothing is told from what does."""
    more = """  hurt: {kind: event, table: events, when: "type = 'job_end'", date: date, window: {from: start}}\n"""
    plans = [plan_of(SIX), plan_of(SIX, ("payments:\n", f"{more}payments:\n"))]
    before, after = (physical(query_of(plan, files_of(plan, tmp_path))) for plan in plans)
    assert after.nodes("multi-scan") == before.nodes("multi-scan") + 1
    assert after.nodes("group-by") == before.nodes("group-by") + 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda query: query.map_batches(lambda frame: frame),
        lambda query: query.group_by("subject").agg(pl.col("provider").sort()),
        lambda query: query.with_columns(pl.col("_start").median().over("provider")),
    ],
    ids=["python", "lists", "median"],
)
def test_a_node_in_memory_is_seen(tmp_path: Path, damage: object) -> None:
    """A step in Python, an aggregate of lists and a median each hold all of what they are given."""
    plan = plan_of(SIX)
    query = query_of(plan, files_of(plan, tmp_path))
    assert callable(damage)
    assert in_memory(query) == []
    assert in_memory(damage(query)) != []


def test_a_scan_and_a_column_too_many_are_seen(tmp_path: Path) -> None:
    """A query that reads the events once more, or a field that no term names, is told from the one that does not."""
    plan = plan_of(SIX)
    files = files_of(plan, tmp_path, SPARE)
    query = query_of(plan, files, "events")
    assert scans_beyond(plan, query, "events") <= 0
    events = pl.scan_parquet(files["events"])
    once_more = events.filter(type="job_end").select(pl.col("person").alias("subject"), SPARE)
    damaged = query
    for number in range(1 - scans_beyond(plan, query, "events")):
        theirs = once_more.filter(pl.col(SPARE) > number).rename({SPARE: f"{SPARE}{number}"})
        damaged = damaged.join(theirs, on="subject", how="left")
    assert scans_beyond(plan, damaged, "events") > 0
    assert physical(damaged).reads != physical(query).reads
