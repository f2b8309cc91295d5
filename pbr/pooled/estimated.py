"""Estimates: the newest figure that is known of each group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.pooled.result import Result
from pbr.pooled.table_rows import newest

if TYPE_CHECKING:
    from pbr.contract import Terms
    from pbr.contract.grain import Grain, Key
    from pbr.outcomes import Estimate
    from pbr.pooled.pool import Pooling


def estimated(pooling: Pooling, name: str, estimate: Estimate, grain: Grain) -> dict[Key, Result]:
    """The result of each group: pending while no row is known, unknown where its figure is empty or there are two.

    Where every row that is known is of a day outside the term it is not met.
    """
    terms = pooling.plan.terms
    of_all = field_of_all(terms, name, estimate)
    figures = newest(pooling.plan, pooling.everybody.groups.tables[estimate.table], estimate, grain, of_all)
    found = {}
    for key in grain.groups():
        figured = figures.get(key)
        if figured is None:
            found[key] = Result(state="pending", reason="not_estimated")
        elif len(figured.rows) > 1:
            found[key] = Result(state="unknown", reason="several_rows", known=figured.known)
        elif figured.outside:
            found[key] = Result(state="not_met", reason="outside_term", known=figured.known)
        elif figured.value is None or figured.day is None:
            found[key] = Result(state="unknown", reason="missing_field", known=figured.known)
        else:
            found[key] = Result(
                state="met",
                reason="met",
                date=figured.day,
                known=max(figured.known, figured.day),
                value=figured.value,
                interval=figured.interval,
                version=figured.version,
            )
    return found


def field_of_all(terms: Terms, name: str, estimate: Estimate) -> str | None:
    """The field of which a word stands for all groups together, if this is their figure; else None."""
    if name in terms.outcomes:
        return None
    fields = terms.tables[estimate.table].fields
    written = terms.outcomes[name.partition(".")[0]]
    words: tuple[str, ...] = getattr(written, "per", ())
    return next(word for word in words if word in fields and word not in estimate.per)
