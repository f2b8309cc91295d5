"""What became of each outcome: how many subjects, or which groups, are in which state, and whether it is paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pbr.facts import STATE_CODE
from pbr.own_rows import provider_name
from pbr.pooled import group_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbr.decisions import Decisions
    from pbr.plan import Plan

COUNTS = ("met", "pending", "unknown", "not_met", "excluded")
COLUMNS = {"outcome": pl.String, "paid": pl.String, "group": pl.String, "figure": pl.String} | dict.fromkeys(
    COUNTS, pl.Int64
)

_ADDS = {name: COLUMNS[name] for name in ("outcome", "group", *COUNTS)}


def outcome_rows(decisions: Decisions) -> pl.DataFrame:
    """One row per outcome and provider, or group: those that money depends on and signposts beside each other.

    Columns: outcome (String, in the order of the contract), paid (String, ``yes`` if money depends on it, else ``no``),
    group (String, the provider of subjects, empty where none is named; of an outcome of groups the group), figure
    (String, of a group, where there is one), met, pending, unknown, not_met, excluded (Int64: subjects; of an outcome
    of groups 1 in its state, unknown if it cannot be assessed). Groups without a member are none.
    """
    return outcomes_merged(decisions, [outcomes_part(decisions.plan, decisions.frame)])


def outcomes_part(plan: Plan, subjects: pl.DataFrame) -> pl.DataFrame:
    """How many subjects of each provider are in which state of each outcome, to be added up by ``outcomes_merged``.

    Args:
        plan: The plan they follow.
        subjects: Decisions on the subjects of a part of a run; see ``Decisions.frame``.

    Returns:
        Columns outcome and group (String, the provider, empty where none is named), met, pending, unknown, not_met and
        excluded (Int64).
    """
    of = provider_name(plan).fill_null("").alias("group")
    found = [pl.DataFrame(schema=_ADDS)]
    for name in plan.outcomes:
        if name in plan.terms.own_outcomes:
            state = pl.col(f"{name}.state")
            counts = [(state == STATE_CODE[each]).sum().cast(pl.Int64).alias(each) for each in COUNTS]
            rows = subjects.group_by(of).agg(counts)
            found.append(rows.select(pl.lit(name).alias("outcome"), "group", *COUNTS))
    return pl.concat(found)


def outcomes_merged(decisions: Decisions, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The ``outcome_rows`` of a run, from the counts of each part; of the decisions only those on groups count."""
    plan, found = decisions.plan, [pl.DataFrame(schema=COLUMNS)]
    paid, groups = plan.paid, _of_groups(decisions)
    subjects = pl.concat(parts).group_by("outcome", "group").agg(pl.col(COUNTS).sum()).sort("group")
    nothing = pl.lit(None, dtype=pl.String).alias("figure")
    for name in plan.outcomes:
        if name in plan.terms.own_outcomes:
            mine = subjects.filter(pl.col("outcome") == name)
            found.append(mine.with_columns(pl.lit(paid[name]).alias("paid"), nothing))
        else:
            found.append(groups.filter(pl.col("outcome").str.split(".").list.first() == name))
    return pl.concat([frame.select(*COLUMNS) for frame in found])


def _of_groups(decisions: Decisions) -> pl.DataFrame:
    """The groups that have members, each with its figure and its state."""
    pooled = decisions.pooled
    if not pooled:
        return pl.DataFrame(schema=COLUMNS)
    kinds = dict.fromkeys(("outcome", "paid", "group", "value", "state"), pl.String())
    rows = group_rows(decisions.plan, pooled, pl.Schema(kinds))
    has = [decisions.members_of(name, key) > 0 for name in decisions.plan.terms.pooled for key in pooled[name].results]
    assert len(has) == rows.height, "a group has one row"
    state = pl.col("state").replace("not_assessable", "unknown")
    counts = [(state == each).cast(pl.Int64).alias(each) for each in COUNTS]
    return rows.filter(pl.Series(has, dtype=pl.Boolean)).with_columns(pl.col("value").alias("figure"), *counts)
