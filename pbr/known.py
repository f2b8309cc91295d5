"""The day by which each achievement could be known: that on which the last of the rows that decided it was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from pbr.behind import Behind
from pbr.contract.model import FieldKind
from pbr.times import BEGINS, OUTCOME, WORD, times_of
from pbr.uses import USE_CODE, row_uses

if TYPE_CHECKING:
    from pbr.contract import Terms
    from pbr.decisions import Decisions

_SCHEMA = {OUTCOME: pl.String, "known": pl.Int32, WORD: pl.String, BEGINS: pl.Int32}


@frozen
class Known:
    """By when what was achieved could be known.

    Attributes:
        behind: The rows behind each outcome, with ``known`` (Int32), the day on which each was recorded.
        own: ``subject`` and ``known`` of the subjects' own rows, which are part of whatever is decided of them.
    """

    behind: Behind
    own: pl.DataFrame

    def of(self, name: str, times: pl.LazyFrame) -> pl.LazyFrame:
        """Each time an outcome was met with ``known`` (Int32): the last day of the rows behind it, or its own day.

        A table without a recorded field adds nothing.

        Args:
            name: The outcome.
            times: ``subject``, ``occurrence`` and ``day`` of each.
        """
        each = times.select("subject", "occurrence", "day").collect()
        rows = self.behind.own(name, each).group_by("subject", "occurrence").agg(pl.col("known").max().alias("_rows"))
        found = times.join(rows.lazy(), on=["subject", "occurrence"], how="left")
        found = found.join(self.own.lazy().select("subject", pl.col("known").alias("_own")), on="subject", how="left")
        return found.with_columns(known=pl.max_horizontal("day", "_rows", "_own")).drop("_rows", "_own")


def tables_recorded(terms: Terms) -> tuple[str, ...]:
    """The tables of subjects whose rows say when they were recorded; whatever else decides adds no later day."""
    return tuple(name for name in terms.row_tables if terms.tables[name].role(FieldKind.RECORDED) is not None)


def known_days(decisions: Decisions) -> Known:
    """The rows behind each outcome of each subject, with the day on which each was recorded."""
    terms = decisions.plan.terms
    tables = tables_recorded(terms)
    used = row_uses(decisions, tables).filter(pl.col("use") == USE_CODE["used"], pl.col("outcome").is_not_null())
    kind = decisions.frame.schema["subject"]
    found = [pl.DataFrame(schema={"subject": kind, **_SCHEMA})]
    own = found[0].select("subject", "known")
    for table in tables:
        rows, recorded = decisions.evidence.tables[table], str(terms.tables[table].role(FieldKind.RECORDED))
        whose = pl.col(terms.subject_key).alias("subject")
        seen = pl.col(recorded).cast(pl.Int32).alias("known")
        if table == terms.cohort_table:
            own = rows.select(whose, seen).collect()
        wanted = used.filter(pl.col("table") == table).select("_row", pl.col("outcome").alias(OUTCOME))
        mine = rows.join(wanted.lazy(), on="_row", how="inner")
        found.append(mine.select(whose, OUTCOME, seen, *times_of(decisions.plan, table)).collect())
    return Known(Behind(decisions, pl.concat(found), "known"), own)
