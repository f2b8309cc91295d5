"""The results of groups as rows of decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pbr.calendar import date_from_number
from pbr.money import plain
from pbr.outcomes import Measure
from pbr.outcomes.measure import Took

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.plan import Plan
    from pbr.pooled.result import Pooled


def group_rows(plan: Plan, pooled: Mapping[str, Pooled], kinds: pl.Schema) -> pl.DataFrame:
    """The rows of groups: by outcome as in the contract, then as its labels stand there.

    Args:
        plan: The contract as at a day.
        pooled: The results of its outcomes of groups.
        kinds: The columns of decisions.
    """
    paid = plan.paid
    rows: dict[str, list[object]] = {name: [] for name in kinds}
    for name, outcome in plan.terms.pooled.items():
        grain, place = pooled[name].grain, str(plan.contract.place("outcomes", name.partition(".")[0]))
        for key, result in pooled[name].results.items():
            own, period = dict(zip(grain.words, key, strict=True)), grain.period(key)
            row = {"outcome": name, "state": result.state, "reason": result.reason, "provider": own.get("provider")}
            row |= {"group": grain.name(key), "clause": outcome.clause, "paid": paid[name.partition(".")[0]]}
            row |= {"place": place}
            days: dict[str, object] = {"window_first": period.first, "window_last": period.last}
            days |= {"date": None if result.date is None else date_from_number(result.date)}
            figure = None if result.value is None or not result.met else plain(result.value)
            share = result.counted
            counts = {"numerator": share and share.met, "denominator": share and share.counted}
            counts |= {"asked": result.asked, "frame": result.frame}
            worst = None
            if isinstance(outcome, Measure) and outcome.take is Took.SHARE and result.extremes is not None:
                worst = plain(result.extremes[outcome.is_bad])
            whole = {**row, **days, **counts, "value": figure, "worst": worst}
            for column, values in rows.items():
                values.append(whole.get(column))
    return pl.DataFrame(rows, schema=kinds)
