"""Refused rows as one frame, each with its place and reason, in an order that never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pbr.evidence.model import FIRST_RECORD, REFUSED_SCHEMA, ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pbr.evidence.model import InputFile

REFUSAL_SCHEMA = pl.Schema(
    {
        ROW: pl.UInt32(),
        "part": pl.UInt32(),
        "position": pl.UInt32(),
        "column": pl.String(),
        "code": pl.String(),
        "message": pl.String(),
        "rows": pl.UInt32(),
    }
)
"""A refusal before its place is written out: ``_row`` is null if a whole file is meant, and then ``part`` is the number
of the file in its table; ``position`` orders the columns."""


def refusals(
    frame: pl.DataFrame, column: pl.Expr | str, code: str, message: pl.Expr | str, *, position: int = 0
) -> pl.DataFrame:
    """Refusals of single rows for one reason.

    Args:
        frame: Their ``_row``, and whatever the expressions use.
        column: Heading of the column.
        code: Of the problem.
        message: What is wrong, and the fix.
        position: Place of the column among the fields.
    """
    return frame.select(
        ROW,
        pl.lit(None, pl.UInt32).alias("part"),
        pl.lit(position, pl.UInt32).alias("position"),
        (pl.lit(column) if isinstance(column, str) else column).alias("column"),
        pl.lit(code).alias("code"),
        (pl.lit(message) if isinstance(message, str) else message).alias("message"),
        pl.lit(1, pl.UInt32).alias("rows"),
    )


def refusal_of_file(file: InputFile, part: int, column: str, code: str, message: str) -> pl.DataFrame:
    """The refusal of every row of a file.

    Args:
        file: The file.
        part: Its number in the table.
        column: Heading of the column, or the names of several.
        code: Of the problem.
        message: What is wrong, and the fix.
    """
    row = (None, part, 0, column, code, message, file.rows)
    return pl.DataFrame([row], schema=REFUSAL_SCHEMA, orient="row")


def places(files: Sequence[InputFile], rows: pl.Series) -> pl.DataFrame:
    """The file of each row and its record number there.

    Args:
        files: The files of one table, in order.
        rows: ``_row`` of rows of that table.

    Returns:
        Columns part UInt32, file String, row UInt32, in the order of ``rows``.
    """
    first = pl.Series([file.first for file in files], dtype=pl.UInt32)
    names = pl.Series([file.file for file in files], dtype=pl.String)
    part = first.search_sorted(rows, side="right").cast(pl.UInt32) - 1
    return pl.DataFrame(
        {"part": part, "file": names.gather(part), "row": (rows - first.gather(part) + FIRST_RECORD).cast(pl.UInt32)}
    )


def written_out(tables: Iterable[tuple[str, Sequence[InputFile], pl.DataFrame]]) -> pl.DataFrame:
    """All refusals of a return, in order of table, file, row, column and code.

    Args:
        tables: For each table in the contract's order its name, its files and its refusals.
    """
    frames = [REFUSED_SCHEMA.to_frame()]
    for table, files, found in tables:
        whole, single = found.filter(pl.col(ROW).is_null()), found.filter(pl.col(ROW).is_not_null())
        names = pl.Series([file.file for file in files], dtype=pl.String)
        placed = pl.concat(
            [
                whole.with_columns(file=names.gather(whole["part"]), row=pl.lit(None, pl.UInt32)),
                single.drop("part").hstack(places(files, single[ROW])).select(*whole.columns, "file", "row"),
            ]
        )
        order = placed.sort("part", "row", "position", "code", "message", nulls_last=False)
        frames.append(order.select(pl.lit(table).alias("table"), *REFUSED_SCHEMA.names()[1:]))
    return pl.concat(frames)
