"""The day by which each achievement could be known: that on which the last of the rows that decided it was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pbr.contract.model import FieldKind
from pbr.plan import read_by
from pbr.uses import USE_CODE, row_uses

if TYPE_CHECKING:
    from pbr.decisions import Decisions

_SCHEMA = {"outcome": pl.String, "known": pl.Int32}


def known_days(decisions: Decisions) -> pl.DataFrame:
    """For each subject and outcome the last day on which a row was recorded that decided it.

    An outcome decided from others is known when they are. A table without a recorded field adds nothing.

    Returns:
        ``subject``, ``outcome`` (String) and ``known`` (Int32); no row where no row of a table with a recorded field
        was used.
    """
    plan, terms = decisions.plan, decisions.plan.terms
    used = row_uses(decisions).filter(pl.col("use") == USE_CODE["used"])
    kind = decisions.frame.schema["subject"]
    found = [pl.DataFrame(schema={"subject": kind, **_SCHEMA})]
    for table, rows in decisions.evidence.tables.items():
        recorded = terms.tables[table].role(FieldKind.RECORDED)
        if recorded is None:
            continue
        wanted = used.filter(pl.col("table") == table).select("_row", "outcome")
        days = rows.select(
            "_row", pl.col(terms.subject_key).alias("subject"), pl.col(recorded).cast(pl.Int32).alias("known")
        )
        mine = days.join(wanted.lazy(), on="_row", how="inner").collect()
        if table == terms.cohort_table:  # a subject's own row is part of whatever is decided of it
            own = mine.filter(pl.col("outcome").is_null()).select("subject", "known")
            found += [own.select("subject", pl.lit(name).alias("outcome"), "known") for name in plan.outcomes]
        found.append(mine.filter(pl.col("outcome").is_not_null()).select("subject", "outcome", "known"))
    direct = pl.concat(found).group_by("subject", "outcome").agg(pl.col("known").max())
    every = [direct]
    for name in plan.outcomes:
        others = [other for other in _closure(decisions, name) if other != name]
        theirs = direct.filter(pl.col("outcome").is_in(others))
        every.append(theirs.select("subject", pl.lit(name).alias("outcome"), "known"))
    return pl.concat(every).group_by("subject", "outcome").agg(pl.col("known").max())


def _closure(decisions: Decisions, name: str) -> list[str]:
    """The outcomes that an outcome is decided from, and those that these are."""
    found, waiting = [name], [name]
    while waiting:
        for other in read_by(decisions.plan, waiting.pop()):
            if other not in found:
                found.append(other)
                waiting.append(other)
    return found
