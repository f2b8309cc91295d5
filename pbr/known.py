"""The day by which each achievement could be known: that on which the last of the rows that decided it was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from pbr.contract.model import FieldKind
from pbr.plan import read_by
from pbr.times import BEGINS, WORD, times_of
from pbr.uses import USE_CODE, row_uses

if TYPE_CHECKING:
    from pbr.decisions import Decisions

_SCHEMA = {"outcome": pl.String, "known": pl.Int32, WORD: pl.String, BEGINS: pl.Int32}


@frozen
class Known:
    """By when what was achieved could be known.

    Attributes:
        decisions: What was decided.
        rows: The rows that decided it: ``subject``, ``outcome`` (String), ``known`` (Int32), and, where it can be met
            more than once, which time each is of; see ``pbr.times``.
    """

    decisions: Decisions
    rows: pl.DataFrame

    def of(self, name: str, times: pl.LazyFrame) -> pl.LazyFrame:
        """Each time an outcome was met with ``known`` (Int32): the last day of its own rows, and of all it rests on.

        An outcome decided from others is known when they are. What is met once for each word is known by the rows of
        that word, and a block or the days of a period by the rows that began by its day, so that a row of a later time
        does not move an earlier one. A table without a recorded field adds nothing.

        Args:
            name: The outcome.
            times: ``subject``, ``occurrence`` and ``day`` of each.
        """
        mine = self.rows.lazy().filter(pl.col("outcome").is_in(_closure(self.decisions, name)))
        of_one = (pl.col("outcome") == name) & (pl.col(WORD).is_not_null() | pl.col(BEGINS).is_not_null())
        base = mine.filter(~of_one).group_by("subject").agg(pl.col("known").max().alias("_base"))
        words = mine.filter(of_one, pl.col(WORD).is_not_null())
        words = words.group_by("subject", pl.col(WORD).alias("occurrence")).agg(pl.col("known").max().alias("_of_word"))
        begun = mine.filter(of_one, pl.col(BEGINS).is_not_null()).select("subject", "known", BEGINS)
        begun = times.select("subject", "occurrence", "day").join(begun, on="subject", how="inner")
        begun = begun.filter(pl.col(BEGINS) <= pl.col("day"))
        of_days = begun.group_by("subject", "occurrence").agg(pl.col("known").max().alias("_of_days"))
        found = times.join(base, on="subject", how="left")
        found = found.join(words, on=["subject", "occurrence"], how="left")
        found = found.join(of_days, on=["subject", "occurrence"], how="left")
        last = pl.max_horizontal("day", "_base", "_of_word", "_of_days")
        return found.with_columns(known=last).drop("_base", "_of_word", "_of_days")


def known_days(decisions: Decisions) -> Known:
    """The rows that decided each outcome of each subject, with the day on which each was recorded."""
    plan, terms = decisions.plan, decisions.plan.terms
    used = row_uses(decisions).filter(pl.col("use") == USE_CODE["used"])
    kind = decisions.frame.schema["subject"]
    found = [pl.DataFrame(schema={"subject": kind, **_SCHEMA})]
    for table, rows in decisions.evidence.tables.items():
        recorded = terms.tables[table].role(FieldKind.RECORDED)
        if recorded is None or terms.subject_key not in terms.all_fields(table):
            continue
        wanted = used.filter(pl.col("table") == table).select("_row", "outcome")
        mine = rows.join(wanted.lazy(), on="_row", how="inner")
        days = mine.select(
            pl.col(terms.subject_key).alias("subject"),
            "outcome",
            pl.col(recorded).cast(pl.Int32).alias("known"),
            *times_of(terms, table),
        ).collect()
        if table == terms.cohort_table:  # a subject's own row is part of whatever is decided of it
            of_all = days.filter(pl.col("outcome").is_null()).drop("outcome")
            found += [of_all.with_columns(outcome=pl.lit(name)).select(found[0].columns) for name in plan.outcomes]
        found.append(days.filter(pl.col("outcome").is_not_null()))
    return Known(decisions, pl.concat(found))


def _closure(decisions: Decisions, name: str) -> list[str]:
    """The outcomes that an outcome is decided from, and those that these are."""
    found, waiting = [name], [name]
    while waiting:
        for other in read_by(decisions.plan, waiting.pop()):
            if other not in found:
                found.append(other)
                waiting.append(other)
    return found
