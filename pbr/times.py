"""Which rows decided which time that an outcome was met, where not all rows that it used need have done so.

What is met once for each word of a field is decided by the rows of that word; a run, a block, the days of a period or a
sum by the rows that began by its day. So a later row changes neither what an earlier time cites nor when it was known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pbr.outcomes import Event, Held, Total

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.contract import Terms

OUTCOME = "_outcome"
WORD = "_word"
BEGINS = "_begins"


def times_of(terms: Terms, table: str) -> list[pl.Expr]:
    """For rows of a table with the ``_outcome`` each decided: ``_word`` (String) and ``_begins`` (Int32).

    Both are null where the row belongs to all times that the outcome was met.
    """
    words = [(name, pl.col(word).cast(pl.String)) for name, word in _words(terms, table)]
    days = [(name, pl.min_horizontal(fields).cast(pl.Int32)) for name, fields in _begins(terms, table)]
    return [_by_outcome(words, pl.String()).alias(WORD), _by_outcome(days, pl.Int32()).alias(BEGINS)]


def _by_outcome(found: list[tuple[str, pl.Expr]], kind: pl.DataType) -> pl.Expr:
    mine = [pl.when(pl.col(OUTCOME) == name).then(what) for name, what in found]
    return pl.coalesce(mine) if mine else pl.lit(None, dtype=kind)


def _words(terms: Terms, table: str) -> Iterator[tuple[str, str]]:
    """The events that are met once for each word of a field of the table."""
    for name, term in terms.outcomes.items():
        if isinstance(term, Event) and term.table == table and term.once_per is not None:
            yield name, term.once_per


def _begins(terms: Terms, table: str) -> Iterator[tuple[str, list[str]]]:
    """The outcomes of runs and sums that are read from a table, with the fields of the first day of their rows."""
    for name, term in terms.outcomes.items():
        if isinstance(term, Total) and term.table == table:
            yield name, [term.date]
        elif isinstance(term, Held):
            spells = [terms.spells[state] for state in (*term.in_, *term.not_in)]
            days = [str(spell.from_ or spell.on) for spell in spells if spell.table == table]
            if days:
                yield name, list(dict.fromkeys(days))
