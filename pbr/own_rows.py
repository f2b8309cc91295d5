"""Decisions on subjects as rows with words: one for each subject and outcome."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from pbr.helped import counted_until, helped_by
from pbr.money import plain
from pbr.outcomes import Scale
from pbr.problem import REASONS, STATES

if TYPE_CHECKING:
    from pbr.plan import Plan


def own_rows(plan: Plan, frame: pl.DataFrame, names: tuple[str, ...]) -> pl.DataFrame:
    """The rows of subjects: by subject, then outcome as in the contract; see ``Decisions.rows``.

    Args:
        plan: The plan they follow.
        frame: One row per subject; see ``Decisions.frame``.
        names: Full names of fields that were found empty.
    """
    if not plan.own:
        return _none(frame)
    paid = plan.paid
    every = [
        _of(plan, frame, names, name, order, paid[name])
        for order, name in enumerate(plan.own[: None if frame.height else 1])
    ]
    return pl.concat(every).sort("subject", "_order").drop("_order")


def _none(frame: pl.DataFrame) -> pl.DataFrame:
    """No row, of the same columns, for a contract without outcomes on one subject."""
    texts = (
        "provider",
        "outcome",
        "state",
        "value",
        "reason",
        "clause",
        "missing",
        "place",
        "group",
        "paid",
        "outside",
        "helped_by",
        "worst",
    )
    kinds = dict.fromkeys(texts, pl.String()) | {"subject": frame.schema["subject"]}
    kinds |= dict.fromkeys(("date", "window_first", "window_last"), pl.Date())
    kinds |= dict.fromkeys(("numerator", "denominator", "asked", "frame"), pl.Int64())
    order = ["subject", "provider", "outcome", "state", "date", "value", "reason", "clause", "missing"]
    order += [
        "window_first",
        "window_last",
        "place",
        "group",
        "numerator",
        "denominator",
        "paid",
        "outside",
        "helped_by",
        "asked",
        "frame",
        "worst",
    ]
    return pl.DataFrame(schema={name: kinds[name] for name in order})


def _of(  # all that a row is made of
    plan: Plan, frame: pl.DataFrame, names: tuple[str, ...], name: str, order: int, paid: str
) -> pl.DataFrame:
    contract, columns = plan.contract, frame.columns
    outcome = plan.outcome(name)
    clauses = [clause.clause or clause.id for clause in plan.clauses]
    places = [str(contract.place(*plan.clause_path(index))) for index in range(len(clauses))]
    day = pl.lit(None, dtype=pl.Date)
    left = pl.coalesce("_step", "_unsure").cast(pl.UInt32)
    clause, place = pl.lit(outcome.clause), pl.lit(str(contract.place("outcomes", name)))
    if clauses:
        clause = pl.when(left.is_not_null()).then(pl.lit(pl.Series(clauses)).gather(left)).otherwise(clause)
        place = pl.when(left.is_not_null()).then(pl.lit(pl.Series(places)).gather(left)).otherwise(place)
    missing = pl.lit(None, dtype=pl.String)
    if names:
        missing = pl.lit(pl.Series(names)).gather(pl.col(f"{name}.missing").cast(pl.UInt32))
    return frame.select(
        "subject",
        provider_name(plan),
        pl.lit(name).alias("outcome"),
        pl.lit(pl.Series(STATES)).gather(pl.col(f"{name}.state")).alias("state"),
        pl.col(f"{name}.date").cast(pl.Date).alias("date"),
        _value(plan, frame, name).alias("value"),
        pl.lit(pl.Series(list(REASONS))).gather(pl.col(f"{name}.reason")).alias("reason"),
        clause.alias("clause"),
        missing.alias("missing"),
        (pl.col(f"{name}.first").cast(pl.Date) if f"{name}.first" in columns else day).alias("window_first"),
        (pl.col(f"{name}.last").cast(pl.Date) if f"{name}.last" in columns else day).alias("window_last"),
        place.alias("place"),
        pl.lit(None, dtype=pl.String).alias("group"),
        pl.lit(None, dtype=pl.Int64).alias("numerator"),
        pl.lit(None, dtype=pl.Int64).alias("denominator"),
        pl.lit(paid).alias("paid"),
        _outside(plan).alias("outside"),
        pl.when(pl.col("_step").is_null()).then(helped_by(plan, columns, counted_until(plan, columns, name))),
        pl.lit(None, dtype=pl.Int64).alias("asked"),
        pl.lit(None, dtype=pl.Int64).alias("frame"),
        pl.lit(None, dtype=pl.String).alias("worst"),
        pl.lit(order, dtype=pl.UInt16).alias("_order"),
    )


def _outside(plan: Plan) -> pl.Expr:
    """The choices of panels that a subject is outside of, by the names of their values."""
    found = [pl.when(~pl.col(f"_chosen.{name}")).then(pl.lit(name)) for name in plan.chosen]
    return pl.concat_list(found).list.drop_nulls().list.join(";") if found else pl.lit("", dtype=pl.String)


def _value(plan: Plan, frame: pl.DataFrame, name: str) -> pl.Expr:
    """The value of an outcome that has one: points as they are written, else a number in decimals that end."""
    outcome, parts = plan.outcome(name), plan.parts.get(name)
    if parts is None:
        return pl.lit(None, dtype=pl.String)
    if isinstance(outcome, Scale):
        return pl.col(f"{name}.value").replace_strict(outcome.written, return_dtype=pl.String)
    value = pl.col(f"{name}.value")
    if parts == 1:
        return value.cast(pl.String)
    texts = {part: plain(Fraction(part, parts)) for part in frame[f"{name}.value"].drop_nulls().unique()}
    return value.replace_strict(texts, default=None, return_dtype=pl.String)


def provider_name(plan: Plan) -> pl.Expr:
    """The id of each row's provider."""
    return pl.lit(pl.Series("provider", plan.providers, dtype=pl.String)).gather(pl.col("provider")).alias("provider")
