"""Files written from frames that follow one another: the same bytes however the rows are cut into frames."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import polars as pl
from polars.io.plugins import register_io_source

from pbr.as_json import json_object, json_text
from pbr.output.merge import in_frames

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path

GROUP_ROWS = 100_000
"""Rows of a group in a Parquet file, and the most that are written to any file at once."""
# a cell that begins so is read as a formula by a spreadsheet, half-width or full-width
# (apostrophes before it get one more, so that no two texts become the same cell)
_FORMULA = "^'*[=+\\-@\t\r\x00\uff1d\uff0b\uff0d\uff20]"


def write_parquet(path: Path, frames: Iterable[pl.DataFrame], metadata: Mapping[str, str]) -> None:
    """Write rows as one Parquet file.

    Args:
        path: The file.
        frames: The rows: at least one frame, all of the same columns; one is asked for after the other.
        metadata: Words that go with the schema.

    Raises:
        OSError, ComputeError: It cannot be written.
        Exception: Whatever the frames raise.
    """
    rest = in_frames(frames, GROUP_ROWS)
    first = next(rest)

    def given(*_: object) -> Iterator[pl.DataFrame]:
        yield first
        yield from rest

    rows = register_io_source(given, schema=first.schema)
    rows.sink_parquet(path, row_group_size=GROUP_ROWS, metadata=dict(metadata))


def write_csv(path: Path, frames: Iterable[pl.DataFrame], schema: int, numbers: Collection[str] = ()) -> None:
    """Write rows as a CSV file; see ``csv_file``."""
    with csv_file(path, schema, numbers) as take:
        for frame in in_frames(frames, GROUP_ROWS):
            take(frame)


@contextmanager
def csv_file(path: Path, schema: int, numbers: Collection[str] = ()) -> Iterator[Callable[[pl.DataFrame], None]]:
    """Open a CSV file that is safe to open in a spreadsheet, and give what takes its rows.

    Args:
        path: The file.
        schema: Its number, the first column of every row.
        numbers: Columns of text that begin with a sign and are no formulas.

    Yields:
        What is called with each frame of rows, of which there is at least one.
    """
    with path.open("wb", buffering=0) as file:

        def take(frame: pl.DataFrame) -> None:
            new = file.tell() == 0
            rows = _safe(frame, numbers).select(pl.lit(schema).alias("schema"), pl.all())
            rows.write_csv(file, include_bom=new, include_header=new, date_format="%Y-%m-%d")

        yield take


@contextmanager
def json_file(path: Path, top: Mapping[str, Any], name: str) -> Iterator[Callable[[pl.DataFrame], None]]:
    """Open a JSON file of one object, and give what takes the rows of a list in it, a line of the file for each.

    Args:
        path: The file.
        top: What stands before the list.
        name: Its key.

    Yields:
        What is called with each frame of rows: text, whole numbers and days.
    """
    head = json.dumps({**top, name: []}, ensure_ascii=False, separators=(",", ":")).removesuffix("]}") + "\n"
    with path.open("wb", buffering=0) as file:
        file.write(head.encode())
        empty = file.tell()

        def take(frame: pl.DataFrame) -> None:
            lines = frame.select(json_object({name: json_text(name, kind) for name, kind in frame.schema.items()}))
            lines.write_csv(file, include_header=False, quote_style="never", line_terminator=",\n")

        yield take
        if file.tell() > empty:
            file.seek(-len(",\n"), os.SEEK_END)
        file.write(b"\n]}\n")


def _safe(frame: pl.DataFrame, numbers: Collection[str]) -> pl.DataFrame:
    """Text that a spreadsheet would take for a formula gets an apostrophe; numbers stay as they are."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String and name not in numbers]
    guarded = [
        pl.when(pl.col(name).str.contains(_FORMULA))
        .then(pl.lit("'") + pl.col(name))
        .otherwise(pl.col(name))
        .alias(name)
        for name in texts
    ]
    return frame.with_columns(guarded)
