"""Which of the two engines of polars runs a query: whole columns at once, or rows in batches."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Engine: TypeAlias = Literal["in-memory", "streaming"]

MOST_AT_ONCE: Final = 2_000_000
"""Rows up to which a query is run over whole columns, which is the faster way for a few; more are streamed."""


def engine_for(rows: int) -> Engine:
    """The engine for a query over so many rows. Both give the same, and only streaming keeps memory within bounds."""
    return "in-memory" if rows <= MOST_AT_ONCE else "streaming"
