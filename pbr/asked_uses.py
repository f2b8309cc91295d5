"""The use of rows that conditions ask about: those that count, all together, for what is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pbr.asked import asked_rows, child_column, outside
from pbr.calendar import number_of
from pbr.columns import as_written
from pbr.condition import to_polars
from pbr.contract.contract import readers_of
from pbr.facts import REASON_CODE, START, STATE_CODE
from pbr.paying import Need
from pbr.plan import source_of
from pbr.problem import USES
from pbr.results import result

if TYPE_CHECKING:
    from pbr.asked import Source
    from pbr.condition import ChildRef
    from pbr.decisions import Decisions
    from pbr.document import PathTo
    from pbr.plan import Plan


def questions(decisions: Decisions, table: str) -> list[tuple[str, ChildRef, bool]]:
    """What is asked of all the rows of a child table for an outcome, and whether it is asked to excuse it.

    Its own conditions ask, the clauses of the cohort, and what sets what it is paid: the groupings of its figures, and
    the conditions of adjustments of its payments.
    """
    plan = decisions.plan
    found: list[tuple[str, ChildRef, bool]] = []
    for name in plan.own:
        own: list[PathTo] = [("outcomes", name, key) for key in ("when", "value", "excused_by")]
        for path in [*own, *_clauses(plan), *_pricing(plan, name)]:
            asks = readers_of(plan.contract).get(path)
            children = asks.children if asks else ()
            found += [(name, ref, path[-1] == "excused_by") for ref in children if ref.table == table]
    return list(dict.fromkeys(found))


def _clauses(plan: Plan) -> list[PathTo]:
    """Where the conditions of the cohort's clauses stand."""
    return [path for path in plan.contract.conditions if path[0] == "cohort"]


def _pricing(plan: Plan, name: str) -> list[PathTo]:
    """Where the conditions stand that set what an outcome is paid, or how long its windows are."""
    tables = [table for path, table in plan.contract.tables.items() if path[:2] == ("outcomes", name)]
    groupings = {by.removeprefix("_by.") for table in tables for by in table.by}
    groupings |= {str(word) for need, word in plan.needs.get(name, ()) if need is Need.GROUPING}
    paid = {at.payment for at in plan.paying if at.name == name}
    acting = {at.index for at in plan.adjusting if paid & set(at.on)}
    return [
        path
        for path in plan.contract.conditions
        if (path[0] == "groups" and path[1] in groupings) or (path[0] == "adjustments" and path[1] in acting)
    ]


def asked_uses(decisions: Decisions, name: str, ref: ChildRef, to_excuse: bool) -> pl.DataFrame:  # noqa: FBT001
    """Uses of the rows one outcome asks about: those that are counted, and where it is unknown those undecided.

    Those that could excuse it are used if it is excused.

    A row that is not known yet is judged as it stands, with days that are still to come.
    """
    terms = decisions.plan.terms
    source, known = asked(decisions, ref)
    truth = pl.lit(value=True) if ref.condition is None else to_polars(ref.condition, child_column)
    rows = source.rows if ref.field is None else source.rows.filter(pl.col(ref.field).is_not_null())
    if names := outside([ref]):
        rows = rows.join(parents_of(decisions, names), on=terms.subject_key, how="left")
    rows = rows.select("_row", pl.col(terms.subject_key).alias("_subject"), truth.alias("_late_truth"))
    rows = rows.join(known.select("_row", truth.alias("_truth"), _is_known=pl.lit(value=True)), on="_row", how="left")
    said = [pl.col(f"{name}.{each}").alias(f"_{each}") for each in ("state", "reason")]
    states = decisions.frame.lazy().select("subject", "_step", *said)
    rows = rows.join(states, left_on="_subject", right_on="subject", how="left")
    nobody = pl.col("_subject").is_null()
    late = (pl.col("_is_known").is_null() | pl.col("_state").is_null()) & ~nobody
    undecided = pl.col("_truth").is_null() & (pl.col("_state") != STATE_CODE["unknown"])
    if to_excuse:
        undecided = undecided | (pl.col("_truth") & (pl.col("_reason") != REASON_CODE["excused"]))
    use = (
        pl.when(late)
        .then(_use("not_yet_recorded"))
        .when(pl.col("_step").is_not_null() | nobody)
        .then(_use("not_included"))
        .when(undecided)
        .then(_use("not_picked"))
        .otherwise(_use("used"))
    )
    counted = pl.when(late).then(pl.col("_late_truth")).otherwise(pl.col("_truth")).fill_null(value=True)
    return as_written(rows.filter(counted).select("_row", use.alias("use")))


def asked(decisions: Decisions, ref: ChildRef) -> tuple[Source, pl.LazyFrame]:
    """A child table, and the rows of it that a question sees."""
    source = source_of(decisions.plan.terms, ref.table, decisions.evidence.tables[ref.table])
    names = outside([ref])
    parents = parents_of(decisions, names) if names else None
    return source, asked_rows(source, number_of(decisions.plan.as_at), parents)


def parents_of(decisions: Decisions, names: list[str]) -> pl.LazyFrame:
    """Fields of the subjects' own rows and results of outcomes, as ``_parent.NAME`` under the subject's key."""
    terms = decisions.plan.terms
    fields = [name for name in names if "." not in name]
    start = terms.cohort.start
    own = [pl.col(start if name == START else name).alias(f"_parent.{name}") for name in fields]
    found = decisions.evidence.tables[terms.cohort_table].select(terms.subject_key, *own)
    surely = pl.coalesce("_step", "_unsure").is_null()  # nobody else has results
    results = [pl.when(surely).then(result(name)).alias(f"_parent.{name}") for name in names if "." in name]
    if not results:
        return found
    decided = decisions.frame.lazy().select(pl.col("subject").alias(terms.subject_key), *results)
    return found.join(decided, on=terms.subject_key, how="left")


def _use(name: str) -> pl.Expr:
    return pl.lit(list(USES).index(name), dtype=pl.UInt8)
