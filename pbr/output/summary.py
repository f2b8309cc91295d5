"""The summary of a run: for each payment, provider and period what was met, paid, cut, and what is not paid yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pbr.contract.grain import grain_paid, outcomes_paid
from pbr.facts import STATE_CODE
from pbr.own_rows import provider_name
from pbr.payments import Tariff
from pbr.sums import lacks, payee_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbr.decisions import Decisions
    from pbr.plan import Plan
    from pbr.statement import Statement

NOT_PAID = ("pending", "unknown", "not_met", "excluded")
_SUMS = ("met", "gross_minor", "adjusted_minor", "paid_minor")
_KEYS = ("payment", "provider", "period", "period_from")


def summary_rows(decisions: Decisions, statement: Statement) -> pl.DataFrame:
    """One row per payment, provider and period; people not paid stand in the row whose period is empty.

    Columns: payment, provider, period (names), met (Int64, lines of the payment), gross_minor, adjusted_minor,
    paid_minor (Int64), pending, unknown, not_met, excluded (Int64, subjects; of a payment for groups, groups that
    have members, those that cannot be assessed under unknown).
    """
    return summary_merged(decisions, [summary_part(decisions.plan, decisions.frame, statement.frame)])


def summary_part(plan: Plan, subjects: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """What a part of a run adds to the summary, to be added up by ``summary_merged``.

    Args:
        plan: The plan they follow.
        subjects: Decisions on the subjects of the part; see ``Decisions.frame``.
        lines: The lines of the part; see ``Statement.frame``.

    Returns:
        Columns payment, provider, period (String) and period_from (Date), ``_waits`` (Boolean, whether it is of those
        who are not paid, without a period), and met, gross_minor, adjusted_minor, paid_minor, pending, unknown, not_met
        and excluded (Int128, empty for none).
    """
    own = pl.col("adjustment") == "-"
    amount = pl.col("amount_minor").cast(pl.Int128)
    paid = lines.group_by(_KEYS).agg(
        pl.lit(value=False).alias("_waits"),
        met=own.sum().cast(pl.Int128),
        gross_minor=pl.when(own).then(amount).sum(),
        adjusted_minor=pl.when(~own).then(amount).sum(),
        paid_minor=amount.sum(),
    )
    named = subjects.select(provider_name(plan), pl.exclude("provider"))
    waiting = [
        _not_paid(named, name, at.name)
        for name, at in zip(plan.payments, plan.paying, strict=True)
        if at.name and not at.pooled
    ]
    return pl.concat([_none(), paid, *waiting], how="diagonal")


def summary_merged(decisions: Decisions, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The ``summary_rows`` of a run, from what each part adds; of the decisions only those on groups are counted."""
    plan = decisions.plan
    pooled = [name for name, at in zip(plan.payments, plan.paying, strict=True) if at.pooled]
    waiting = [_groups_not_paid(decisions, name) for name in pooled]
    counts = [*_SUMS, *NOT_PAID]
    summed = [pl.col(name).fill_null(0).sum().cast(pl.Int64) for name in counts]
    rows = pl.concat([*parts, *waiting], how="diagonal").group_by(*_KEYS, "_waits").agg(summed)
    order = pl.DataFrame(
        {"payment": plan.payments, "_order": range(len(plan.payments))}, schema_overrides={"payment": pl.String}
    )
    rows = rows.join(order, on="payment", how="left").sort(
        "_order", "provider", "period_from", "_waits", nulls_last=True
    )
    return rows.select("payment", "provider", pl.col("period").fill_null(""), *counts)


def _none() -> pl.DataFrame:
    kinds = {"payment": pl.String(), "provider": pl.String(), "period": pl.String(), "period_from": pl.Date()}
    return pl.DataFrame(schema=kinds | {"_waits": pl.Boolean()} | dict.fromkeys((*_SUMS, *NOT_PAID), pl.Int128()))


def _not_paid(subjects: pl.DataFrame, payment: str, outcome: str) -> pl.DataFrame:
    """How many subjects of each provider a payment does not reach, by state."""
    state = pl.col(f"{outcome}.state")
    counts = [(state == STATE_CODE[name]).sum().cast(pl.Int128).alias(name) for name in NOT_PAID]
    frame = subjects.group_by("provider").agg(counts).filter(pl.any_horizontal(pl.col(NOT_PAID) > 0))
    return frame.with_columns(pl.lit(payment).alias("payment"), pl.lit(value=True).alias("_waits"))


def _groups_not_paid(decisions: Decisions, payment: str) -> pl.DataFrame:
    """How many groups of each provider a payment does not reach, by state; those without a member are none."""
    plan = decisions.plan
    term = plan.terms.payments[payment]
    grain, names = grain_paid(plan.terms, term), outcomes_paid(plan.terms, term)
    names = names[:1] if isinstance(term, Tariff) else names
    counts: dict[str, dict[str, int]] = {}
    for key in grain.groups():
        around = [(name, decisions.pooled[name].grain.around(key, grain)) for name in names]
        states = [
            decisions.pooled[name].results[whom].state for name, whom in around if lacks(decisions, term, name, whom)
        ]
        if not states or not any(decisions.members_of(name, whom) for name, whom in around):
            continue
        provider = plan.providers[payee_of(plan, grain, key)]
        mine = counts.setdefault(provider, dict.fromkeys(NOT_PAID, 0))
        mine["unknown" if states[0] == "not_assessable" else states[0]] += 1
    rows = [(provider, *mine.values(), payment, True) for provider, mine in counts.items()]
    kinds = {"provider": pl.String} | dict.fromkeys(NOT_PAID, pl.Int128) | {"payment": pl.String, "_waits": pl.Boolean}
    return pl.DataFrame(rows, schema=kinds, orient="row")
