"""What the words of a split by contributions count up to the day of each line: rows, or a number added up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pbr.adjustments import Split
from pbr.adjustments.split import GIVEN
from pbr.helped import known_helps
from pbr.lines import running_before

if TYPE_CHECKING:
    from pbr.adjustments import Adjustment
    from pbr.decisions import Decisions
    from pbr.plan import Plan

_ASKED = ["subject", "day"]


def with_given(plan: Plan, decisions: Decisions, lines: pl.DataFrame, term: Adjustment) -> pl.DataFrame:
    """Lines with what the words of each payee count for their subject up to their day, and those paid to nobody.

    One scan of the table, one sort of its rows with the days that are asked for, and running sums; whatever was
    recorded later, or dated later, is not among them. Columns ``given.N`` (Int128), N the place of the payee in the
    file; the last is of words that name no payee. All are 0 for a line of no subject. For another adjustment the lines
    stay as they are.
    """
    found = plan.terms.contributions
    if not isinstance(term, Split) or not term.by or found is None:
        return lines
    many = pl.lit(1, dtype=pl.Int128)
    if term.by != found.table:
        many = pl.col(str(found.number)).fill_null(0).cast(pl.Int128)
    paid = [[found.words.index(word) for word in words] for words in term.words.values()]
    others = [place for place in range(len(found.words)) if not any(place in places for places in paid)]
    names = [f"{GIVEN}{place}" for place in range(len(paid) + 1)]
    nothing = pl.lit(0, dtype=pl.Int128)
    counts = [
        pl.when(pl.col("_word").is_in(places)).then(many).otherwise(nothing).alias(name)
        for name, places in zip(names, [*paid, others], strict=True)
    ]
    subject = pl.col(plan.terms.subject_key).alias("subject")
    rows = known_helps(plan, found, decisions.evidence.tables[found.table])
    rows = rows.filter(pl.col(plan.terms.subject_key).is_not_null())
    given = rows.select(subject, pl.col("_day").alias("day"), *counts, pl.lit(value=False).alias("_asks")).collect()
    asked = lines.select(_ASKED).drop_nulls("subject").unique()
    asked = asked.with_columns(*(nothing.alias(name) for name in names), pl.lit(value=True).alias("_asks"))
    both = pl.concat([given, asked]).sort("subject", "day", "_asks")
    sums = both.with_columns(running_before(both, ["subject"], name).alias(name) for name in names)
    sums = sums.filter("_asks").select(*_ASKED, *names)
    done = lines.join(sums, on=_ASKED, how="left", maintain_order="left")
    return done.with_columns(pl.col(name).fill_null(nothing) for name in names)
