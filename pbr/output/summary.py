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
    from pbr.decisions import Decisions
    from pbr.statement import Statement

NOT_PAID = ("pending", "unknown", "not_met", "excluded")


def summary_rows(decisions: Decisions, statement: Statement) -> pl.DataFrame:
    """One row per payment, provider and period; people not paid stand in the row whose period is empty.

    Columns: payment, provider, period (names), met (Int64, lines of the payment), gross_minor, adjusted_minor,
    paid_minor (Int64), pending, unknown, not_met, excluded (Int64, subjects; of a payment for groups, groups that
    have members, those that cannot be assessed under unknown).
    """
    plan = decisions.plan
    own = pl.col("adjustment") == "-"
    amount = pl.col("amount_minor").cast(pl.Int128)
    paid = statement.frame.group_by("payment", "provider", "period", "period_from").agg(
        met=own.sum().cast(pl.Int64),
        gross_minor=pl.when(own).then(amount).sum().cast(pl.Int64),
        adjusted_minor=pl.when(~own).then(amount).sum().cast(pl.Int64),
        paid_minor=amount.sum().cast(pl.Int64),
    )
    waiting = []
    for name, at in zip(plan.payments, plan.paying, strict=True):
        if at.pooled:
            waiting.append(_groups_not_paid(decisions, name))
        elif at.name:
            waiting.append(_not_paid(decisions, name, at.name))
    rows = pl.concat([paid, *waiting], how="diagonal")
    order = pl.DataFrame(
        {"payment": plan.payments, "_order": range(len(plan.payments))}, schema_overrides={"payment": pl.String}
    )
    rows = rows.join(order, on="payment", how="left").sort("_order", "provider", "period_from", nulls_last=True)
    counts = ["met", "gross_minor", "adjusted_minor", "paid_minor", *NOT_PAID]
    filled = [
        pl.col(name).fill_null(0) if name in rows.columns else pl.lit(0, dtype=pl.Int64).alias(name) for name in counts
    ]
    return rows.select("payment", "provider", pl.col("period").fill_null(""), *filled)


def _not_paid(decisions: Decisions, payment: str, outcome: str) -> pl.DataFrame:
    """How many subjects of each provider a payment does not reach, by state."""
    state = pl.col(f"{outcome}.state")
    counts = [(state == STATE_CODE[name]).sum().cast(pl.Int64).alias(name) for name in NOT_PAID]
    frame = decisions.frame.with_columns(provider_name(decisions.plan)).group_by("provider").agg(counts)
    return frame.filter(pl.any_horizontal(pl.col(NOT_PAID) > 0)).with_columns(pl.lit(payment).alias("payment"))


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
    rows = [(provider, *mine.values(), payment) for provider, mine in counts.items()]
    kinds = {"provider": pl.String} | dict.fromkeys(NOT_PAID, pl.Int64) | {"payment": pl.String}
    return pl.DataFrame(rows, schema=kinds, orient="row")
