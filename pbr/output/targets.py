"""Whom a panel chose, counted: who of the cohort is among them, and who is outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pbr.own_rows import provider_name

if TYPE_CHECKING:
    from pbr.decisions import Decisions

COLUMNS = {
    "value": "name of the value of the contract that says whom a panel chose",
    "agreed": "agreement and question",
    "provider": "provider; empty where the contract has none",
    "inside": "how many of the cohort are among those chosen, by the version in force on their start",
    "outside": "how many are not",
    "unknown": "of how many it is not known, because a field is empty",
}


def target_rows(decisions: Decisions) -> pl.DataFrame:
    """One row per choice of a panel and provider, in the order of the contract; see ``COLUMNS``.

    Names are String, counts Int64. Those whom a clause leaves out of the cohort are not counted.
    """
    plan = decisions.plan
    kinds = dict.fromkeys(COLUMNS, pl.String()) | dict.fromkeys(("inside", "outside", "unknown"), pl.Int64())
    parts = [pl.DataFrame(schema=kinds)]
    frame = decisions.frame.filter(pl.col("_step").is_null())
    for name in plan.chosen:
        term, chosen = plan.terms.values[name].agreed, pl.col(f"_chosen.{name}")
        assert term is not None, "only what is agreed is chosen"
        counts = {"inside": chosen, "outside": ~chosen, "unknown": chosen.is_null()}
        found = frame.group_by(provider_name(plan)).agg(
            each.sum().cast(pl.Int64).alias(word) for word, each in counts.items()
        )
        what = {"value": name, "agreed": f"{term.agreement}.{term.question}"}
        named = found.with_columns(pl.lit(text).alias(word) for word, text in what.items())
        parts.append(named.sort("provider").select(list(COLUMNS)))
    return pl.concat(parts)
