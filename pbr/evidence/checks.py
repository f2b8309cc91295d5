"""Checks between rows: exact copies, one key for two contents, and rows whose parent is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from pbr.engine import engine_for
from pbr.evidence.model import OF, ROW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pbr.engine import Engine

AT_ONCE = 1 << 24
"""Of how many rows hashes are held in memory, each of eight bytes, and as many again while they are put in order."""

MOST_IN_SET = 1 << 20
"""Of how many values a set is made for each piece of a table, which holds far less in memory than a join."""

_HASH = "hash"
_COPIES = pl.Schema({ROW: pl.UInt32(), OF: pl.UInt32()})
_CLASHES = pl.Schema({ROW: pl.UInt32(), OF: pl.UInt32(), "_fields": pl.String()})


@frozen(kw_only=True, eq=False)
class Twins:
    """Rows of one table that are alike.

    Attributes:
        clashes: ``_row`` of every row whose key another row has with other content, ``_of`` the first such row, and
            ``fields``, the names of the fields that differ under the key.
        copies: ``_row`` of every exact copy of a row before it, and ``_of``, the first of them.
    """

    clashes: pl.DataFrame
    copies: pl.DataFrame


def without(rows: pl.LazyFrame, dropped: pl.Series) -> pl.LazyFrame:
    """The rows whose index is not among those dropped."""
    if dropped.is_empty():
        return rows
    if dropped.len() <= MOST_IN_SET:
        return rows.filter(~pl.col(ROW).is_in(dropped.implode()))
    return rows.join(pl.LazyFrame({ROW: dropped}), on=ROW, how="anti")


def find_backwards(rows: pl.LazyFrame, stay: tuple[str, str], engine: Engine) -> pl.Series:
    """The ``_row`` of each row whose last day is before its first, in order."""
    first, last = stay
    backwards = rows.filter(pl.col(last) < pl.col(first)).select(ROW)
    return backwards.collect(engine=engine)[ROW].sort()


def find_twins(
    rows: pl.LazyFrame, fields: Sequence[str], key: Sequence[str], *, count: int, at_once: int = AT_ONCE
) -> Twins:
    """Find exact copies and clashing keys.

    Only hashes of keys are held, those of so many rows at once; rows are read whole where two hashes are equal.

    Args:
        rows: ``_row`` and the fields, typed.
        fields: All fields of the table.
        key: Those that name a row; none if nothing does, and then only copies are found.
        count: How many rows there are at most.
        at_once: Of how many rows the hashes may be held.
    """
    found = [_twins_among(frame, fields, key) for frame in _alike(rows, fields, key or fields, count, at_once)]
    clashes = pl.concat([_CLASHES.to_frame(), *(each.clashes for each in found)]).sort(ROW)
    copies = pl.concat([_COPIES.to_frame(), *(each.copies for each in found)]).sort(ROW)
    return Twins(clashes=clashes, copies=copies)


def _alike(
    rows: pl.LazyFrame, fields: Sequence[str], names: Sequence[str], count: int, at_once: int
) -> Iterator[pl.DataFrame]:
    """The rows that may be alike in these fields, those that are in the same frame; few others among them."""
    sums = [pl.col(name).hash(seed) for seed, name in enumerate(names)]
    mark = sums[0] if len(sums) == 1 else pl.sum_horizontal(sums)
    parts = _parts(count, at_once)
    every = pl.concat(
        [_seen_twice(rows.select(mark.alias(_HASH)), part, parts, engine_for(count)) for part in range(parts)]
    )
    chosen = [mark.is_in(every.implode())]
    if every.len() > MOST_IN_SET:  # more rows are then read than are alike, but each once
        parts = _parts(count, at_once // 2)
        chosen = [mark % parts == part for part in range(parts)]
    for choice in chosen if every.len() else ():
        some = rows.filter(choice).select(ROW, *fields).collect(engine=engine_for(count))
        yield some.filter(mark.is_in(every.implode())).sort(ROW)


def _parts(count: int, at_once: int) -> int:
    """In how many parts so many things are looked at."""
    return max(1, -(-count // max(1, at_once)))


def _seen_twice(marks: pl.LazyFrame, part: int, parts: int, engine: Engine) -> pl.Series:
    """The hashes of one of so many parts that more than one row has."""
    found = marks.filter(pl.col(_HASH) % parts == part).collect(engine=engine)
    ordered = found[_HASH].sort()  # which is far quicker than to count each of them
    return ordered[1:].filter(ordered[1:] == ordered[:-1]).unique()


def _twins_among(frame: pl.DataFrame, fields: Sequence[str], key: Sequence[str]) -> Twins:
    """Twins among a few rows."""
    frame = frame.with_columns(pl.col(ROW).min().over(list(fields)).alias(OF))
    clashes = _clashes(frame, fields, key) if key else _CLASHES.to_frame()
    copies = frame.filter(pl.col(ROW) != pl.col(OF)).join(clashes, on=ROW, how="anti").select(ROW, OF)
    return Twins(clashes=clashes, copies=copies)


def _clashes(frame: pl.DataFrame, fields: Sequence[str], key: Sequence[str]) -> pl.DataFrame:
    """Rows whose key has two contents, each with the first row of another content."""
    keys = list(key)
    others = [name for name in fields if name not in key]
    frame = frame.with_columns(pl.col(OF).min().over(keys).alias("_first"))
    second = pl.when(pl.col(OF) != pl.col("_first")).then(pl.col(OF)).min().over(keys)
    frame = frame.with_columns(second.alias("_second")).filter(pl.col("_second").is_not_null())
    differing = [
        pl.when(pl.col(name).n_unique().over(keys) > 1).then(pl.lit(f"'{name}'")).otherwise(pl.lit(None, pl.String))
        for name in others
    ]
    return frame.select(
        ROW,
        pl.when(pl.col(OF) == pl.col("_first")).then(pl.col("_second")).otherwise(pl.col("_first")).alias(OF),
        pl.concat_str(differing, separator=", ", ignore_nulls=True).alias("_fields")
        if differing
        else pl.lit("").alias("_fields"),
    )


def find_orphans(
    rows: pl.LazyFrame,
    parents: pl.LazyFrame,
    key: Sequence[str],
    engine: Engine,
    *,
    count: int,
    at_once: int = AT_ONCE // 8,
) -> pl.DataFrame:
    """Rows whose parent is not among the accepted ones.

    Args:
        rows: Rows of the child table, typed.
        parents: Accepted rows of the parent table.
        key: Key fields of the parent, which both have.
        engine: Who reads the rows.
        count: How many parents there are at most.
        at_once: The keys of how many may be held.

    Returns:
        ``_row`` and the key fields.
    """
    names, parts = list(key), _parts(count, at_once)
    found = []
    for part in range(parts):
        mine = pl.lit(value=True) if parts == 1 else pl.col(names[0]).hash() % parts == part
        theirs = parents.select(names).filter(mine)
        orphans = rows.select(ROW, *names).filter(mine).join(theirs, on=names, how="anti")
        found.append(orphans.collect(engine=engine))
    return pl.concat(found).sort(ROW)
