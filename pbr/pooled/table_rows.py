"""The rows of a table as members of groups, and the newest estimate of each group."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl
from attrs import evolve, frozen

from pbr.calendar import PERIODS, number_of
from pbr.contract.grain import provider_field
from pbr.contract.model import FieldKind
from pbr.contract.surveys import surveys_of
from pbr.outcomes.estimate import Interval
from pbr.pooled.members import Members
from pbr.problem import STATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.contract import Terms
    from pbr.contract.grain import Grain, Key
    from pbr.contract.model import Field
    from pbr.outcomes import Estimate, Measure
    from pbr.plan import Plan

NOT_INCLUDED = "not_included"
"""Why a row is left out whose participant does not belong to the cohort."""


@frozen(kw_only=True)
class Figured:
    """The newest estimate of a group.

    Attributes:
        value: Its figure; None if the field is empty.
        interval: The ends of its interval.
        day: The day of its row, as a number; None if that is empty.
        known: The day on which it was known, as a number.
        version: Its version; None where rows have none, or it is empty.
        rows: The ``_row`` of each row of the version that counts.
        outside: Whether its day lies outside the term, since that of every row does.
    """

    value: Fraction | None
    interval: Interval
    day: int | None
    known: int
    version: int | None
    rows: tuple[int, ...]
    outside: bool = False


def row_members(
    plan: Plan,
    rows: pl.LazyFrame,
    decided: pl.DataFrame,
    measure: Measure,
    grain: Grain,
    days: tuple[int, int] | None,
) -> dict[Key, Members]:
    """Count the rows of each group of labels, without its period; terms as for ``grouped_rows``."""
    terms = plan.terms
    assert measure.row_field is not None, "it is a measure of rows"
    table, name = measure.row_field
    found = grouped_rows(plan, rows, decided, measure, grain, days)
    field = terms.all_fields(table)[name]
    value = pl.col(name)
    if field.type is FieldKind.YES_NO:
        state = pl.when(value).then(_state("met")).when(~value).then(_state("not_met")).otherwise(_state("unknown"))
        held = pl.lit(None, dtype=pl.Int64)
    else:
        state = pl.when(value.is_null()).then(_state("unknown")).otherwise(_state("met"))
        held = value.cast(pl.Int64) if measure.take.of_values else pl.lit(None, dtype=pl.Int64)
    words = [word for word in grain.words if word not in PERIODS]
    columns = [pl.col(f"_{place}") for place in range(len(words))]
    counted = found.select(*columns, "_out", state.alias("_state"), held.alias("_value")).group_by(pl.all()).len()
    labels = [names for word, names in zip(grain.words, grain.labels, strict=True) if word in words]
    members: dict[Key, Members] = {}
    parts = parts_of_field(terms, field)
    for *places, out, code, amount, count in counted.collect().iter_rows():
        group = tuple(
            "" if place is None or place < 0 else names[place] for names, place in zip(labels, places, strict=True)
        )
        mine = members.setdefault(group, Members())
        if out:
            mine.out[NOT_INCLUDED] += count
        else:
            exact = None if amount is None else Fraction(amount, parts)
            mine.add(STATES[code], "", count, exact)
    return members


def grouped_rows(
    plan: Plan,
    rows: pl.LazyFrame,
    decided: pl.DataFrame,
    measure: Measure,
    grain: Grain,
    days: tuple[int, int] | None,
) -> pl.LazyFrame:
    """The rows of some days with the place of their label in each word, null for none, and whether they are left out.

    Args:
        plan: The contract as at a day.
        rows: Accepted rows of the table, known in time; see ``known_rows``.
        decided: Decisions, one row per subject, which say of whom a child's row is.
        measure: What is counted.
        grain: Its groups.
        days: First and last day that put a row into the period; None for all.
    """
    assert measure.row_field is not None, "it is a measure of rows"
    table, key = measure.row_field[0], plan.terms.subject_key
    found = rows
    if days is not None:
        found = found.filter(pl.col(str(measure.row_date)).cast(pl.Int32).is_between(*days))
    if table in plan.terms.tables_of_groups:
        return found.with_columns(*_labels(plan, grain, table), _out=pl.lit(value=False))
    whose = decided.lazy().select(pl.col("subject").alias(key), *_labels(plan, grain, None), _out=_left_out())
    return found.join(whose, on=key, how="inner")


def known_rows(terms: Terms, table: str, rows: pl.LazyFrame, until: int) -> pl.LazyFrame:
    """The rows that are known at the end of a day: recorded by then, or where that is not said none dated later."""
    recorded = terms.tables[table].role(FieldKind.RECORDED)
    if recorded is not None:
        return rows.filter(pl.col(recorded).cast(pl.Int32) <= until)
    dates = [(pl.col(name).cast(pl.Int32) <= until).fill_null(value=True) for name in terms.dates(table)]
    return rows.filter(pl.all_horizontal([pl.lit(value=True), *dates]))


def undated_rows(rows: pl.LazyFrame, date: str) -> int:
    """How many rows have no day in a field."""
    return int(rows.select(pl.col(date).is_null().sum()).collect().item())


def parts_of_field(terms: Terms, field: Field) -> int:
    """How many parts make one of a field: money is in whole units, such as pounds."""
    return int(10 ** field.scale(terms.contract.currency))


def newest(plan: Plan, rows: pl.LazyFrame, estimate: Estimate, grain: Grain, of_all: str | None) -> dict[Key, Figured]:
    """The estimate of each group that has one, in the newest version known on the plan's day, of those in the term.

    Args:
        plan: The contract as at a day.
        rows: Accepted rows of its table.
        estimate: What is read.
        grain: Its groups.
        of_all: The field of which a word stands for all groups together, if it is that row that is read.
    """
    terms, table, until = plan.terms, estimate.table, number_of(plan.as_at)
    recorded = terms.tables[table].role(FieldKind.RECORDED)
    date = date_of_estimate(terms, estimate)
    found = dated_rows(plan, rows, estimate)
    fields = terms.tables[table].fields
    if of_all is not None:
        found = found.filter(pl.col(of_all) == estimate.pooled)
    named = [estimate.value, *([estimate.low] if estimate.low else []), *([estimate.high] if estimate.high else [])]
    version = pl.lit(0) if estimate.version is None else pl.col(estimate.version)
    day = pl.lit(None, dtype=pl.Int32) if date is None else pl.col(date).cast(pl.Int32)
    known = day if recorded is None else pl.col(recorded).cast(pl.Int32)
    columns = [pl.col(name).cast(pl.Int64).alias(f"f{place}") for place, name in enumerate(named)]
    shown = found.select(
        "_row",
        *_labels(plan, grain, table),
        version.alias("_version"),
        day.alias("_day"),
        known.alias("_known"),
        *columns,
    )
    words = [each for each in grain.words if each not in PERIODS]
    labels = [names for each, names in zip(grain.words, grain.labels, strict=True) if each in words]
    best: dict[Key, tuple[tuple[bool, int], Figured]] = {}
    term = plan.contract.term
    keys = [f"_{place}" for place in range(len(words))]
    for row in shown.sort(pl.all()).collect().iter_rows(named=True):
        places = [row[key] for key in keys]
        if any(place is None or place < 0 for place in places):
            continue
        key = _with_period(grain, [names[place] for names, place in zip(labels, places, strict=True)], row["_day"])
        if key is None:
            continue
        outside = row["_day"] is not None and not number_of(term.first) <= row["_day"] <= number_of(term.last)
        rank = not outside, -1 if row["_version"] is None else row["_version"]
        exact = {
            name: None if row[f"f{place}"] is None else Fraction(row[f"f{place}"], parts_of_field(terms, fields[name]))
            for place, name in enumerate(named)
        }
        interval = Interval(low=exact.get(estimate.low or ""), high=exact.get(estimate.high or ""))
        last = number_of(grain.period(key).last)
        fixed = until if row["_known"] is None else row["_known"]
        mine = Figured(
            value=exact[estimate.value],
            interval=interval,
            day=row["_day"] if date else min(fixed, last),
            known=fixed,
            version=None if estimate.version is None else row["_version"],
            rows=(row["_row"],),
            outside=outside,
        )
        before = best.get(key)
        if before is None or rank > before[0]:
            best[key] = rank, mine
        elif rank == before[0]:
            both = max(before[1].known, fixed)
            best[key] = rank, evolve(before[1], known=both, rows=(*before[1].rows, row["_row"]))
    return {key: figured for key, (_, figured) in best.items()}


def dated_rows(plan: Plan, rows: pl.LazyFrame, estimate: Estimate) -> pl.LazyFrame:
    """The rows of an estimate that are known, and not dated after the plan's day."""
    until, date = number_of(plan.as_at), date_of_estimate(plan.terms, estimate)
    found = known_rows(plan.terms, estimate.table, rows, until)
    return found if date is None else found.filter((pl.col(date).cast(pl.Int32) <= until).fill_null(value=True))


def date_of_estimate(terms: Terms, estimate: Estimate) -> str | None:
    """The date field by which a row of an estimate is of a period: the one it names, or the only one."""
    dates = terms.dates(estimate.table) if estimate.table in terms.tables else []
    return estimate.date or (dates[0] if len(dates) == 1 else None)


def _with_period(grain: Grain, labels: list[str], day: int | None) -> Key | None:
    """The key of the group with these labels and the period that a day lies in; None if it lies in none."""
    if grain.period_at is None:
        return tuple(labels)
    at = next(
        (
            period.name
            for period in grain.periods
            if day is not None and number_of(period.first) <= day <= number_of(period.last)
        ),
        None,
    )
    if at is None:
        return None
    return (*labels[: grain.period_at], at, *labels[grain.period_at :])


def _labels(plan: Plan, grain: Grain, table: str | None) -> list[pl.Expr]:
    """The place of the label of each row in each word of a grain, by columns ``_0``, ``_1`` and so on.

    Args:
        plan: The contract as at a day.
        grain: The groups.
        table: The table of groups that the rows are of; None if they are decisions on subjects.
    """
    words = [word for word in grain.words if word not in PERIODS]
    found = []
    for place, word in enumerate(words):
        if table is None:
            expr = pl.col("provider") if word == "provider" else pl.col(f"_by.{word}")
            if word == "provider":
                expr = _place_of(pl.lit(pl.Series(plan.providers, dtype=pl.String)).gather(expr), grain, word)
        else:
            field = provider_field(plan.terms, table) if word == "provider" else word
            expr = _place_of(pl.col(str(field)), grain, word)
        found.append(expr.cast(pl.Int32).alias(f"_{place}"))
    return found


def _place_of(expr: pl.Expr, grain: Grain, word: str) -> pl.Expr:
    names = grain.labels[grain.words.index(word)]
    places = {name: place for place, name in enumerate(names)}
    return expr.cast(pl.String).replace_strict(places, default=None, return_dtype=pl.Int32)


def _left_out() -> pl.Expr:
    """Whether a subject does not belong to the cohort, or may not."""
    return pl.col("_step").is_not_null()


def _state(name: str) -> pl.Expr:
    return pl.lit(STATES.index(name), dtype=pl.UInt8)


def tables_read(terms: Terms) -> Mapping[str, tuple[str, ...]]:
    """The outcomes of groups that read the rows of each table."""
    found: dict[str, tuple[str, ...]] = {}
    for name, outcome in terms.pooled.items():
        own = getattr(outcome, "row_field", None)
        table = own[0] if own is not None else getattr(outcome, "table", None)
        if table is not None and name in terms.outcomes:
            found[table] = (*found.get(table, ()), name)
    for survey in surveys_of(terms):
        for table in survey.dates:
            found[table] = (*found.get(table, ()), survey.name)
    return found
