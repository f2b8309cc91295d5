"""The use of rows that outcomes of groups read themselves: measures of rows, and estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pbr.calendar import number_of
from pbr.outcomes import Estimate, Measure
from pbr.pooled.estimated import field_of_all
from pbr.pooled.table_rows import known_rows, newest, tables_read
from pbr.problem import USES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.decisions import Decisions


def group_uses(decisions: Decisions, table: str) -> Iterator[tuple[str, pl.DataFrame]]:
    """The uses of the rows of a table for each outcome of groups that reads it: ``_row`` and ``use`` (UInt8)."""
    for name in tables_read(decisions.plan.terms).get(table, ()):
        outcome = decisions.plan.terms.pooled[name]
        if isinstance(outcome, Measure):
            yield name, _of_measure(decisions, name, outcome, table)
        elif isinstance(outcome, Estimate):
            yield name, _of_estimate(decisions, name, outcome)


def _of_measure(decisions: Decisions, name: str, measure: Measure, table: str) -> pl.DataFrame:
    """Rows known in time are used; one that was recorded when the figure of its period was fixed changes nothing."""
    terms, term, now = decisions.plan.terms, decisions.plan.contract.term, number_of(decisions.plan.as_at)
    rows = decisions.evidence.tables[table]
    known = known_rows(terms, table, rows, now).select("_row", _is_known=pl.lit(value=True))
    found = rows.join(known, on="_row", how="left")
    day = pl.lit(None, dtype=pl.Int32) if measure.row_date is None else pl.col(measure.row_date).cast(pl.Int32)
    outside = (day < number_of(term.first)) | (day > number_of(term.last))
    late = pl.lit(value=False)
    if measure.reopens not in {"yes", "true"}:
        pooled = decisions.pooled[name]
        for period in pooled.grain.periods:
            keys = [key for key in pooled.results if pooled.grain.period(key) is period]
            fixed = next((pooled.results[key].known for key in keys), None)
            if fixed is None:
                continue
            mine = known_rows(terms, table, rows, fixed).select("_row").collect()["_row"]
            in_period = pl.lit(value=True)
            if measure.row_date is not None:
                in_period = day.is_between(number_of(period.first), number_of(period.last)).fill_null(value=False)
            late = late | (in_period & ~pl.col("_row").is_in(mine.implode()))
    left_out = pl.lit(value=False)
    if table not in terms.tables_of_groups:
        whose = decisions.frame.lazy().select(pl.col("subject").alias(terms.subject_key), pl.col("_step"))
        found = found.join(whose, on=terms.subject_key, how="left")
        left_out = pl.col("_step").is_not_null()
    use = (
        pl.when(pl.col("_is_known").is_null())
        .then(_use("not_yet_recorded"))
        .when(left_out)
        .then(_use("not_included"))
        .when(outside.fill_null(value=False))
        .then(_use("outside_term"))
        .when(late)
        .then(_use("not_picked"))
        .otherwise(_use("used"))
    )
    return found.select("_row", use.alias("use")).collect()


def _of_estimate(decisions: Decisions, name: str, estimate: Estimate) -> pl.DataFrame:
    """The newest version of each group is used, and that of all of them together."""
    plan, rows = decisions.plan, decisions.evidence.tables[estimate.table]
    used: list[int] = []
    for each in (name, f"{name}.pooled"):
        if each in plan.terms.pooled:
            whole = plan.terms.pooled[each]
            assert isinstance(whole, Estimate), "an estimate for all groups is one"
            found = newest(plan, rows, whole, decisions.pooled[each].grain, field_of_all(plan.terms, each, whole))
            used += [row for figured in found.values() for row in figured.rows]
    known = known_rows(plan.terms, estimate.table, rows, number_of(plan.as_at)).select("_row", _is_known=pl.lit(1))
    picked = pl.col("_row").is_in(pl.Series(used, dtype=pl.UInt32).implode())
    use = (
        pl.when(pl.col("_is_known").is_null())
        .then(_use("not_yet_recorded"))
        .when(picked)
        .then(_use("used"))
        .otherwise(_use("not_picked"))
    )
    return rows.join(known, on="_row", how="left").select("_row", use.alias("use")).collect()


def _use(name: str) -> pl.Expr:
    return pl.lit(list(USES).index(name), dtype=pl.UInt8)
