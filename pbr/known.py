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


def known_days(decisions: Decisions) -> Known:
    """The rows behind each outcome of each subject, with the day on which each was recorded."""
    terms = decisions.plan.terms
    kind = decisions.frame.schema["subject"]
    found = [pl.DataFrame(schema={"subject": kind, **_SCHEMA})]
    own = found[0].select("subject", "known")
    fields = {table: terms.tables[table].role(FieldKind.RECORDED) for table in terms.row_tables}
    recorded = {table: field for table, field in fields.items() if field is not None}
    if not recorded:  # then the rows that were used, which are dear to find, would not be looked at
        return Known(Behind(decisions, found[0], "known"), own)
    used = row_uses(decisions).filter(pl.col("use") == USE_CODE["used"], pl.col("outcome").is_not_null())
    for table, rows in decisions.evidence.tables.items():
        if table not in recorded:
            continue
        whose = pl.col(terms.subject_key).alias("subject")
        seen = pl.col(recorded[table]).cast(pl.Int32).alias("known")
        if table == terms.cohort_table:
            own = rows.select(whose, seen).collect()
        wanted = used.filter(pl.col("table") == table).select("_row", pl.col("outcome").alias(OUTCOME))
        mine = rows.join(wanted.lazy(), on="_row", how="inner")
        found.append(mine.select(whose, OUTCOME, seen, *times_of(decisions.plan, table)).collect())
    return Known(Behind(decisions, pl.concat(found), "known"), own)
