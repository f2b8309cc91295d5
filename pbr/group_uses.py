"""The use of rows that outcomes of groups read themselves: measures of rows, and estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pbr.calendar import number_of
from pbr.contract.surveys import survey_of
from pbr.outcomes import Estimate, Measure
from pbr.pooled.answers import Polled
from pbr.pooled.estimated import field_of_all
from pbr.pooled.measuring import days_of
from pbr.pooled.table_rows import date_of_estimate, dated_rows, grouped_rows, known_rows, newest, tables_read
from pbr.problem import USES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.contract.surveys import Survey
    from pbr.decisions import Decisions


def group_uses(decisions: Decisions, table: str) -> Iterator[tuple[str, pl.DataFrame]]:
    """The uses of the rows of a table for each outcome of groups that reads it: ``_row`` and ``use`` (UInt8).

    None where outcomes of groups have not been worked out, as for the explanation of one participant.
    """
    for name in tables_read(decisions.plan.terms).get(table, ()):
        if name not in decisions.pooled:
            continue
        outcome = decisions.plan.terms.pooled[name]
        if isinstance(outcome, Measure):
            survey = survey_of(decisions.plan.terms, name)
            dates = (outcome.row_date,) if survey is None else survey.dates[table]
            counted = _counted(decisions, name, outcome, table) if survey is None else _polled(decisions, survey, table)
            yield name, _of_measure(decisions, table, dates, counted)
        elif isinstance(outcome, Estimate):
            yield name, _of_estimate(decisions, name, outcome)


def _of_measure(decisions: Decisions, table: str, dates: tuple[str | None, ...], used: pl.Series) -> pl.DataFrame:
    """Rows of a figure are used; one recorded when all figures that it would be in were fixed changes nothing.

    Args:
        decisions: What was decided.
        table: The table.
        dates: The fields of the day that puts a row into a period; None where each row counts whatever its day.
        used: The ``_row`` of each that is in the figure of a group.
    """
    terms, term, now = decisions.plan.terms, decisions.plan.contract.term, number_of(decisions.plan.as_at)
    rows = decisions.evidence.tables[table]
    known = known_rows(terms, table, rows, now).select("_row", _is_known=pl.lit(value=True))
    found = rows.join(known, on="_row", how="left")
    days = [pl.col(date).cast(pl.Int32) for date in dates if date is not None]
    day = pl.coalesce(days) if days else pl.lit(None, dtype=pl.Int32)
    outside = (day < number_of(term.first)) | (day > number_of(term.last))
    counted = pl.col("_row").is_in(used.implode())
    if days:
        found = found.filter(day.is_not_null())
    left_out = pl.lit(value=False)
    if table not in terms.tables_of_groups:
        whose = decisions.frame.lazy().select(pl.col("subject").alias(terms.subject_key), pl.col("_step"))
        found = found.join(whose, on=terms.subject_key, how="left")
        left_out = pl.col("_step").is_not_null()
    use = (
        pl.when(pl.col("_is_known").is_null() & ~counted)
        .then(_use("not_yet_recorded"))
        .when(left_out)
        .then(_use("not_included"))
        .when(counted)
        .then(_use("used"))
        .when(outside.fill_null(value=False))
        .then(_use("outside_term"))
        .otherwise(_use("not_picked"))
    )
    return found.select("_row", use.alias("use")).collect()


def _counted(decisions: Decisions, name: str, measure: Measure, table: str) -> pl.Series:
    """The ``_row`` of each row that is in the figure of a group, as it was fixed or is so far."""
    plan, pooled = decisions.plan, decisions.pooled[name]
    grain, rows = pooled.grain, decisions.evidence.tables[table]
    in_group = pl.all_horizontal(
        pl.lit(value=True),
        *[pl.col(f"_{place}").is_not_null() for place in range(len(grain.words) - (grain.period_at is not None))],
    )
    found = [pl.Series(dtype=pl.UInt32)]
    for period in grain.periods:
        fixed = next((result.known for key, result in pooled.results.items() if grain.period(key) is period), None)
        until = number_of(plan.as_at) if fixed is None or measure.stays_open else fixed
        known = known_rows(plan.terms, table, rows, until)
        mine = grouped_rows(plan, known, decisions.frame, measure, grain, days_of(measure, grain, period))
        found.append(mine.filter(in_group).select(pl.col("_row").cast(pl.UInt32)).collect()["_row"])
    return pl.concat(found).unique()


def _polled(decisions: Decisions, survey: Survey, table: str) -> pl.Series:
    """The ``_row`` of each row of a table that says who could be asked in a period, was, or answered."""
    plan, pooled, measure = decisions.plan, decisions.pooled[survey.name], survey.measure
    found = [pl.Series(dtype=pl.UInt32)]
    for period in pooled.grain.periods:
        fixed = next(result.known for key, result in pooled.results.items() if pooled.grain.period(key) is period)
        now = fixed is None or measure.stays_open
        polled = Polled(
            plan=plan,
            tables=decisions.evidence.tables,
            survey=survey,
            grain=pooled.grain,
            period=period,
            days=days_of(measure, pooled.grain, period),
            until=number_of(plan.as_at) if now else fixed or 0,
        )
        found += [
            rows.select(pl.col("_row").cast(pl.UInt32)).collect()["_row"]
            for rows in polled.rows_of(table, decisions.frame)
        ]
    return pl.concat(found).unique()


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
    known = dated_rows(plan, rows, estimate).select("_row", _is_known=pl.lit(1))
    picked = pl.col("_row").is_in(pl.Series(used, dtype=pl.UInt32).implode())
    date, term = date_of_estimate(plan.terms, estimate), plan.contract.term
    day = pl.lit(None, dtype=pl.Int32) if date is None else pl.col(date).cast(pl.Int32)
    in_term = day.is_between(number_of(term.first), number_of(term.last)).fill_null(value=True)
    use = (
        pl.when(pl.col("_is_known").is_null())
        .then(_use("not_yet_recorded"))
        .when(~in_term)
        .then(_use("outside_term"))
        .when(picked)
        .then(_use("used"))
        .otherwise(_use("not_picked"))
    )
    read = rows.join(known, on="_row", how="left")
    if decisions.pooled[name].grain.period_at is not None:
        read = read.filter(day.is_not_null())
    return read.select("_row", use.alias("use")).collect()


def _use(name: str) -> pl.Expr:
    return pl.lit(list(USES).index(name), dtype=pl.UInt8)
