"""The rows of a child table that an outcome reads, with the windows of their subject beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from pbr.asked import child_column
from pbr.condition import to_polars
from pbr.facts import START
from pbr.results import doubt_about

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from pbr.asked import Source
    from pbr.columns import Columns
    from pbr.condition import Condition
    from pbr.facts import Window


@frozen(kw_only=True)
class Read:
    """Which rows of a table are read: by which filter and dates, in which windows, and what other fields of them."""

    source: Source
    when: Condition | None
    dates: Sequence[str]
    windows: Sequence[Window | None]
    others: Sequence[str] = ()


def rows_read(columns: Columns, read: Read, subjects: pl.LazyFrame) -> pl.LazyFrame:
    """The rows of a child table that a filter does not rule out, with the windows of their subject beside them.

    Of the dates named one at least has come. ``_truth`` is the filter's answer, if there is a filter.
    """
    import polars as pl

    columns.scans += 1
    source, when = read.source, read.when
    rows = source.rows
    if source.recorded is not None:
        rows = rows.filter(pl.col(source.recorded).cast(pl.Int32) <= columns.now())
    rows = rows.filter(pl.any_horizontal([pl.col(name).cast(pl.Int32) <= columns.now() for name in read.dates]))
    parents = [ref for ref in when.fields if ref.parent] if when else []
    if when is not None and not parents:
        truth = to_polars(when, lambda ref: pl.col(columns.start if source.own and ref.name == START else ref.name))
        rows = rows.filter(truth.fill_null(value=True)).with_columns(truth.alias("_truth"))
    fields = rows.collect_schema().names()
    needed = [
        source.key,
        *read.dates,
        *read.others,
        *([ref.name for ref in when.fields if not ref.parent and ref.name in fields] if when else []),
    ]
    rows = rows.select(*dict.fromkeys(needed), *(["_truth"] if when and not parents else []))
    names = sorted({columns.windows_at[window] for window in read.windows if window is not None})
    if names or parents:
        added = [pl.col(columns.key)]
        added += [pl.col(f"{name}.{end}") for name in names for end in ("first", "last")]
        added += [columns.own_field(ref.name).alias(f"_parent.{ref.name}") for ref in parents]
        for outcome in when.results if when else ():
            added += [pl.col(f"{outcome}.missing").alias(f"_parent.{outcome}.missing")]
            added += [doubt_about(outcome).alias(f"_parent.{outcome}.doubt")]
        rows = rows.join(subjects.select(added), left_on=source.key, right_on=columns.key, how="inner")
    return rows.with_columns(to_polars(when, child_column).alias("_truth")) if when and parents else rows
