"""Who helped each subject: the rows of contributions that are known, and from which day on each word counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pbr.calendar import number_of
from pbr.facts import state_code

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pbr.contract.model import Contributions
    from pbr.plan import Plan

HELPED = "_helped."
"""What begins the names of columns of the first day (Int32) on which each word helped; its place follows."""


def known_helps(plan: Plan, found: Contributions, rows: pl.LazyFrame) -> pl.LazyFrame:
    """The rows of contributions that are recorded and dated by the as-at date and say who helped.

    Beside its own columns each has ``_word`` (Int16, the place of who helped) and ``_day`` (Int32).
    """
    now = number_of(plan.as_at)
    rows = helps(found, rows).filter(pl.col("_day") <= now)
    return rows if found.recorded is None else rows.filter(pl.col(found.recorded).cast(pl.Int32) <= now)


def helps(found: Contributions, rows: pl.LazyFrame) -> pl.LazyFrame:
    """The rows of contributions that say who helped and when, known or not, with ``_word`` and ``_day``."""
    word = pl.col(found.who).cast(pl.Enum(found.words)).to_physical().cast(pl.Int16)
    rows = rows.with_columns(word.alias("_word"), pl.col(found.date).cast(pl.Int32).alias("_day"))
    return rows.filter(pl.col("_word").is_not_null(), pl.col("_day").is_not_null())


def with_helped(plan: Plan, frame: pl.LazyFrame, key: str, found: Contributions, rows: pl.LazyFrame) -> pl.LazyFrame:
    """A frame of subjects with the first day on which each word helped them: one scan, one group-by, one join.

    Args:
        plan: The contract as at a day.
        frame: The subjects.
        key: Their key.
        found: The table of contributions.
        rows: Its rows.
    """
    first = [
        pl.when(pl.col("_word") == place).then(pl.col("_day")).min().alias(f"{HELPED}{place}")
        for place in range(len(found.words))
    ]
    return frame.join(known_helps(plan, found, rows).group_by(key).agg(first), on=key, how="left")


def helped_by(plan: Plan, columns: Iterable[str], day: pl.Expr) -> pl.Expr:
    """Who had helped by a day (Int32): words in the order of the file, joined by ``;``, null where nobody had.

    Args:
        plan: The contract as at a day.
        columns: Of the frame; without those of ``with_helped`` nobody has.
        day: Up to which, itself counted.
    """
    found, there = plan.terms.contributions, set(columns)
    nobody = pl.lit(None, dtype=pl.String)
    if found is None or f"{HELPED}0" not in there:
        return nobody.alias("helped_by")
    words = [
        pl.when(pl.col(f"{HELPED}{place}") <= day).then(pl.lit(word, dtype=pl.String))
        for place, word in enumerate(found.words)
    ]
    text = pl.concat_str(words, separator=";", ignore_nulls=True)
    return pl.when(text != "").then(text).otherwise(nobody).alias("helped_by")


def counted_until(plan: Plan, columns: Iterable[str], name: str) -> pl.Expr:
    """The day (Int32) up to which it counts for an outcome who helped.

    That of the achievement; where it is not met the last of its window, or the as-at date if that is earlier or there
    is no window.
    """
    met = pl.col(f"{name}.state") == state_code("met")
    return pl.when(met).then(pl.col(f"{name}.date")).otherwise(_at_most(plan, columns, name))


def read_until(plan: Plan, columns: Iterable[str]) -> pl.Expr:
    """The last day (Int32) up to which it counts for any outcome of a subject who helped, or for one of its lines."""
    there = set(columns)
    found = [counted_until(plan, there, name) for name in plan.own]
    several = [_at_most(plan, there, name) for name in plan.own if f"{name}.parts" in there]
    return pl.max_horizontal([*found, *several, pl.lit(None, dtype=pl.Int32)])


def _at_most(plan: Plan, columns: Iterable[str], name: str) -> pl.Expr:
    """The last day of the window of an outcome, or the as-at date if that is earlier or there is none."""
    now = pl.lit(number_of(plan.as_at), dtype=pl.Int32)
    last = f"{name}.last"
    return pl.min_horizontal(pl.col(last), now) if last in set(columns) else now
