"""Whom a panel chose, counted: who of the cohort is among them, and who is outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pbr.own_rows import provider_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbr.decisions import Decisions
    from pbr.plan import Plan

COLUMNS = {
    "value": "name of the value of the contract that says whom a panel chose",
    "agreed": "agreement and question",
    "provider": "provider; empty where the contract has none",
    "inside": "how many of the cohort are among those chosen, by the version in force on their start",
    "outside": "how many are not",
    "unknown": "of how many it is not known, because a field is empty",
}

_ADDS = dict.fromkeys(("value", "provider"), pl.String()) | dict.fromkeys(("inside", "outside", "unknown"), pl.Int64())


def target_rows(decisions: Decisions) -> pl.DataFrame:
    """One row per choice of a panel and provider, in the order of the contract; see ``COLUMNS``.

    Names are String, counts Int64. Those whom a clause leaves out of the cohort are not counted.
    """
    return targets_merged(decisions.plan, [targets_part(decisions.plan, decisions.frame)])


def targets_part(plan: Plan, subjects: pl.DataFrame) -> pl.DataFrame:
    """Those counts of a part of a run, to be added up by ``targets_merged``.

    Args:
        plan: The plan they follow.
        subjects: Decisions on the subjects of the part; see ``Decisions.frame``.

    Returns:
        Columns value and provider (String), inside, outside and unknown (Int64).
    """
    parts = [pl.DataFrame(schema=_ADDS)]
    frame = subjects.filter(pl.col("_step").is_null())
    for name in plan.chosen:
        chosen = pl.col(f"_chosen.{name}")
        counts = {"inside": chosen, "outside": ~chosen, "unknown": chosen.is_null()}
        found = frame.group_by(provider_name(plan)).agg(
            each.sum().cast(pl.Int64).alias(word) for word, each in counts.items()
        )
        parts.append(found.select(pl.lit(name).alias("value"), "provider", *counts))
    return pl.concat(parts)


def targets_merged(plan: Plan, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The ``target_rows`` of a run, from the counts of each part."""
    counts = pl.concat(parts).group_by("value", "provider").agg(pl.col("inside", "outside", "unknown").sum())
    found = [pl.DataFrame(schema=_ADDS | {"agreed": pl.String()}).select(list(COLUMNS))]
    for name in plan.chosen:
        term = plan.terms.values[name].agreed
        assert term is not None, "only what is agreed is chosen"
        agreed = pl.lit(f"{term.agreement}.{term.question}").alias("agreed")
        mine = counts.filter(pl.col("value") == name).with_columns(agreed)
        found.append(mine.sort("provider").select(list(COLUMNS)))
    return pl.concat(found)
