"""Checks between rows: copies, keys with different content, rows of nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pbr.evidence.model import OF, ROW

if TYPE_CHECKING:
    from pbr.contract.model import Terms

Line = tuple[int, str, str, str]
"""Row, column, code, message."""


def check_rows(
    terms: Terms, table: str, rows: pl.LazyFrame, parent: pl.LazyFrame | None
) -> tuple[pl.LazyFrame, pl.DataFrame, list[Line]]:
    """Check the typed rows of one table against each other and against their parents.

    Args:
        terms: The contract.
        table: Name of the table.
        rows: Its typed rows with ``_row``.
        parent: Accepted rows of its parent's table, if it has one.

    Returns:
        Distinct accepted rows; exact copies (``_row`` and the first such row ``_of``); exceptions.
    """
    lines: list[Line] = []
    gone: list[pl.Series] = []
    keys = list(terms.tables[table].keys)
    twins = _alike(rows, terms, table)
    if keys:
        rivals = _rivals(twins, keys)
        gone.append(rivals[ROW])
        message = "the same key stands in other rows with different content, so none of them counts; send one row"
        lines += [(row, keys[0], "PBR221", message) for row in rivals[ROW]]
        twins = twins.join(rivals.select(ROW), on=ROW, how="anti")
    if parent is not None:
        carried = list(terms.tables[terms.parent(table) or ""].keys)
        orphans = rows.join(parent.select(carried), on=carried, how="anti").select(ROW).collect(engine="streaming")
        known = set(gone[0]) if gone else set()
        noun = terms.tables[table].of
        message = f"no accepted row of {terms.parent(table)} has this {noun}; correct it, or mend that row"
        lines += [(row, carried[0], "PBR222", message) for row in orphans[ROW].sort() if row not in known]
        gone.append(orphans[ROW])
        twins = twins.join(orphans, on=ROW, how="anti")
    copies = _copies(twins, list(terms.all_fields(table)))
    gone.append(copies[ROW])
    left_out = pl.concat(gone).unique()
    if left_out.len():
        rows = rows.join(left_out.to_frame(ROW).lazy(), on=ROW, how="anti")
    return rows, copies, lines


def _alike(rows: pl.LazyFrame, terms: Terms, table: str) -> pl.DataFrame:
    """Rows that share their key, or their whole content where there is no key, with another row."""
    keys = list(terms.tables[table].keys)
    if keys:
        shared = rows.group_by(keys).agg(pl.len().alias("_n")).filter(pl.col("_n") > 1).select(keys)
        shared = shared.collect(engine="streaming").lazy()
        return rows.join(shared, on=keys, how="semi").collect().sort(ROW)
    hashed = rows.with_columns(pl.struct(list(terms.all_fields(table))).hash(seed=1).alias("_hash"))
    shared = hashed.group_by("_hash").agg(pl.len().alias("_n")).filter(pl.col("_n") > 1).select("_hash")
    shared = shared.collect(engine="streaming").lazy()
    return hashed.join(shared, on="_hash", how="semi").drop("_hash").collect().sort(ROW)


def _rivals(twins: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Rows whose key stands in rows of different content."""
    fields = [name for name in twins.columns if name != ROW]
    kinds = twins.select(fields).unique().group_by(keys).agg(pl.len().alias("_n")).filter(pl.col("_n") > 1)
    return twins.join(kinds.select(keys), on=keys, how="semi").sort(ROW)


def _copies(twins: pl.DataFrame, fields: list[str]) -> pl.DataFrame:
    """Exact copies, each with the first row it copies."""
    firsts = twins.group_by(fields).agg(pl.col(ROW).min().alias(OF))
    joined = twins.join(firsts, on=fields, how="left", nulls_equal=True)
    return joined.filter(pl.col(ROW) != pl.col(OF)).select(ROW, OF).sort(ROW)
