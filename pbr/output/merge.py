"""Parts that are each in order, as one run of rows in that order, of which only a little is held at a time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl
from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Key: TypeAlias = "tuple[tuple[bool, Any], ...]"

LEAST = 1024
"""Rows read of a part at once are no fewer: to open a file takes as long as to read so many of its rows."""
PART_ROWS = 4_096
"""Rows of a group in a file of a part: few, since it is read a little at a time."""


def write_part(path: Path, frame: pl.DataFrame) -> None:
    """Write rows to be merged later."""
    frame.write_parquet(path, compression="lz4", row_group_size=PART_ROWS)


def merged(
    parts: Sequence[Path | pl.LazyFrame], by: Sequence[str], nulls_last: Sequence[bool], rows: int
) -> Iterator[pl.DataFrame]:
    """The rows of parts in order.

    Args:
        parts: Parquet files, or lazy frames that are quick to slice (scans and frames at hand), at least one and all of
            the same columns. Each is in order of ``by``; a part that is not gives rows in no order.
        by: Names of the columns the order is of: text by code point, whole numbers and days by value.
        nulls_last: For each of them, whether an empty cell stands after all others, else before them.
        rows: How many rows a frame has.

    Yields:
        Frames of ``rows`` rows, the last of fewer; one without rows if there are none. Rows that are equal in ``by``
        stand in the order of the parts, and within a part as they stood. About three times ``rows`` are held, or of
        very many parts twice ``LEAST`` of each.
    """
    scans = [
        pl.scan_parquet(part, glob=False, hive_partitioning=False) if isinstance(part, Path) else part for part in parts
    ]
    heads = [_Head(scan=scan, by=tuple(by), nulls_last=tuple(nulls_last)) for scan in scans]
    size = max(rows // (2 * len(heads)), LEAST)
    return in_frames(_runs(heads, size), rows)


def in_frames(found: Iterable[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """The same rows in frames of ``rows`` rows, the last of fewer: at least one frame, if there is one at all."""
    held: list[pl.DataFrame] = []
    size, given = 0, False
    for frame in found:
        held.append(frame)
        size += frame.height
        if size >= rows:
            whole = pl.concat(held)
            for start in range(0, size - size % rows, rows):
                yield whole.slice(start, rows)
            held, size, given = [whole.slice(size - size % rows)], size % rows, True
    if held and (size or not given):
        yield pl.concat(held)


def _runs(heads: list[_Head], size: int) -> Iterator[pl.DataFrame]:
    """The rows in order, in frames of any size."""
    while True:
        for head in heads:
            head.fill(size)
        edges = [(head.last(), place) for place, head in enumerate(heads) if head.more]
        edge = min(edges, default=None)
        yield _sorted([head.take(place, edge) for place, head in enumerate(heads)], heads[0])
        if edge is None:
            return


def _sorted(runs: list[pl.DataFrame], like: _Head) -> pl.DataFrame:
    found = [run for run in runs if run.height] or runs[:1]
    if len(found) == 1:
        return found[0]
    return pl.concat(found).sort(like.by, nulls_last=list(like.nulls_last), maintain_order=True)


@define(kw_only=True)
class _Head:
    """The first rows of what is left of a part.

    Attributes:
        scan: The part.
        by: Columns of the order.
        nulls_last: Where empty cells stand in each.
        rows: Rows that were read and not taken yet.
        at: How many rows were read.
        more: Whether there may be rows to read.
    """

    scan: pl.LazyFrame
    by: tuple[str, ...]
    nulls_last: tuple[bool, ...]
    rows: pl.DataFrame = field(init=False)
    at: int = 0
    more: bool = True

    def __attrs_post_init__(self) -> None:
        self.rows = pl.DataFrame(schema=self.scan.collect_schema())

    def fill(self, size: int) -> None:
        """Have at least so many rows at hand, if there are."""
        if self.more and self.rows.height < size:
            found = self.scan.slice(self.at, size).collect()
            self.at += found.height
            self.more = found.height == size
            self.rows = pl.concat([self.rows, found])

    def take(self, place: int, edge: tuple[Key, int] | None) -> pl.DataFrame:
        """The rows at hand that no row still to be read of any part can come before; they are at hand no more."""
        count = self.rows.height
        if edge is not None and place != edge[1]:
            find, keys = bisect_right if place < edge[1] else bisect_left, self.rows.select(self.by)
            count = find(range(count), edge[0], key=lambda row: self._key(keys, row))
        taken, self.rows = self.rows.head(count), self.rows.slice(count)
        return taken

    def last(self) -> Key:
        """What the last row at hand is compared by."""
        return self._key(self.rows.tail(1).select(self.by), 0)

    def _key(self, keys: pl.DataFrame, row: int) -> Key:
        return tuple(((cell is None) == last, cell) for cell, last in zip(keys.row(row), self.nulls_last, strict=True))
