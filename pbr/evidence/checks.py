"""Checks between rows: exact copies, one key for two contents, and rows whose parent is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from pbr.evidence.model import OF, ROW

if TYPE_CHECKING:
    from collections.abc import Sequence

_HASH = "hash"


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
    return rows.join(pl.LazyFrame({ROW: dropped}), on=ROW, how="anti")


def find_backwards(rows: pl.LazyFrame, stay: tuple[str, str]) -> pl.Series:
    """The ``_row`` of each row whose last day is before its first, in order."""
    first, last = stay
    backwards = rows.filter(pl.col(last) < pl.col(first)).select(ROW)
    return backwards.collect(engine="streaming")[ROW].sort()


def find_twins(rows: pl.LazyFrame, fields: Sequence[str], key: Sequence[str]) -> Twins:
    """Find exact copies and clashing keys.

    Only the hash of each key is held for all rows; rows are read whole where two hashes are equal.

    Args:
        rows: ``_row`` and the fields, typed.
        fields: All fields of the table.
        key: Those that name a row; none if nothing does, and then only copies are found.
    """
    names = list(key or fields)
    hashes = rows.select(ROW, pl.struct(names).hash().alias(_HASH)).collect(engine="streaming")
    ordered = hashes[_HASH].sort()  # which is far quicker than to count each of them
    twice = ordered.filter(ordered == ordered.shift(1)).unique()
    alike = hashes.filter(pl.col(_HASH).is_in(twice.implode()))[ROW]
    whole = rows.join(pl.LazyFrame({ROW: alike}), on=ROW, how="semi") if alike.len() else rows.clear()
    frame = whole.select(ROW, *fields).collect(engine="streaming").sort(ROW)
    frame = frame.with_columns(pl.col(ROW).min().over(list(fields)).alias(OF))
    clashes = _clashes(frame, fields, key) if key else frame.clear().select(ROW, OF, _fields=pl.lit(""))
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


def find_orphans(rows: pl.LazyFrame, parents: pl.LazyFrame, key: Sequence[str]) -> pl.DataFrame:
    """Rows whose parent is not among the accepted ones.

    Args:
        rows: Rows of the child table, typed.
        parents: Accepted rows of the parent table.
        key: Key fields of the parent, which both have.

    Returns:
        ``_row`` and the key fields.
    """
    names = list(key)
    orphans = rows.select(ROW, *names).join(parents.select(names), on=names, how="anti")
    return orphans.collect(engine="streaming").sort(ROW)
