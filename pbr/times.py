"""Which rows decided which time that an outcome was met, where not all rows that it used need have done so.

What is met once for each word of a field is decided by the rows of that word; a run, a block, the days of a period or a
sum by the rows that began by its day. So a later row changes neither what an earlier time cites nor when it was known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pbr.facts import Take
from pbr.plan import context_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.facts import Reading
    from pbr.plan import Plan

OUTCOME = "_outcome"
WORD = "_word"
BEGINS = "_begins"


def times_of(plan: Plan, table: str) -> list[pl.Expr]:
    """For rows of a table with the ``_outcome`` each decided: ``_word`` (String) and ``_begins`` (Int32).

    Both are null where the row belongs to all times that the outcome was met.
    """
    words = [(name, pl.col(word).cast(pl.String)) for name, word in _words(plan, table)]
    days = [(name, pl.min_horizontal(fields).cast(pl.Int32)) for name, fields in _begins(plan, table)]
    return [_by_outcome(words, pl.String()).alias(WORD), _by_outcome(days, pl.Int32()).alias(BEGINS)]


def _by_outcome(found: list[tuple[str, pl.Expr]], kind: pl.DataType) -> pl.Expr:
    mine = [pl.when(pl.col(OUTCOME) == name).then(what) for name, what in found]
    return pl.coalesce(mine) if mine else pl.lit(None, dtype=kind)


def _words(plan: Plan, table: str) -> Iterator[tuple[str, str]]:
    """The outcomes that are met once for each word of a field of the table."""
    for name, readings in _readings(plan, table):
        yield from [(name, each.once) for each in readings if each.once][:1]


def _begins(plan: Plan, table: str) -> Iterator[tuple[str, list[str]]]:
    """The outcomes that are decided by every row they read of a table, with the fields of the first day of the rows."""
    for name, readings in _readings(plan, table):
        days = [each.date for each in readings if each.pick is Take.EVERY]
        if days:
            yield name, list(dict.fromkeys(days))


def _readings(plan: Plan, table: str) -> Iterator[tuple[str, list[Reading]]]:
    """How each outcome reads a table."""
    for name in plan.own:
        yield name, [each for each in plan.outcome(name).readings(context_of(plan, name)) if each.table == table]
