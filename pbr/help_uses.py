"""The use of rows that say who helped, which stands in decisions and lines whatever outcomes read the rows beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pbr.helped import helps, known_helps, read_until
from pbr.problem import USES

if TYPE_CHECKING:
    from pbr.decisions import Decisions


def help_uses(decisions: Decisions, table: str) -> pl.DataFrame:
    """The uses of the rows of a table for who helped: ``_row``, ``outcome`` (null) and ``use``; no row of others.

    A row counts for all outcomes of its subject and is read for none of them, so that its outcome is empty. One that
    does not say who, or when, is not read.
    """
    plan, found = decisions.plan, decisions.plan.terms.contributions
    empty = pl.DataFrame(schema={"_row": pl.UInt32, "outcome": pl.UInt32, "use": pl.UInt8})
    if found is None or table != found.table:
        return empty
    rows, key = decisions.evidence.tables[table], plan.terms.subject_key
    known = known_helps(plan, found, rows).select("_row", _is_known=pl.lit(value=True))
    frame = decisions.frame
    until = read_until(plan, frame.columns).alias("_until")
    theirs = frame.lazy().select(pl.col("subject").alias(key), "_step", until, _is_here=pl.lit(value=True))
    read = helps(found, rows).join(known, on="_row", how="left").join(theirs, on=key, how="left")
    nobody = pl.col(key).is_null()
    late = (pl.col("_is_known").is_null() | pl.col("_is_here").is_null()) & ~nobody
    use = (
        pl.when(late)
        .then(_use("not_yet_recorded"))
        .when(pl.col("_step").is_not_null() | nobody)
        .then(_use("not_included"))
        .when(pl.col("_day") > pl.col("_until"))
        .then(_use("after_window"))
        .otherwise(_use("used"))
    )
    return read.select("_row", pl.lit(None, dtype=pl.UInt32).alias("outcome"), use.alias("use")).collect()


def _use(name: str) -> pl.Expr:
    return pl.lit(list(USES).index(name), dtype=pl.UInt8)
