"""What reading a return gives: accepted rows, copies, refused rows, and the files they came from."""

from __future__ import annotations

from bisect import bisect_right

import polars as pl
from attrs import field, frozen

ROW = "_row"
"""Column of a row's index over all files of its table, from 0 in file order."""

OF = "_of"
"""Column of the row that a copy repeats."""

FIRST_RECORD = 2
"""Record number of a file's first row: the heading is 1."""

REFUSED_SCHEMA = pl.Schema(
    {
        "table": pl.String(),
        "file": pl.String(),
        "row": pl.UInt32(),
        "column": pl.String(),
        "code": pl.String(),
        "message": pl.String(),
        "rows": pl.UInt32(),
    }
)


@frozen(kw_only=True)
class InputFile:
    """One file, or frame, of one table.

    Attributes:
        table: Name of the table.
        file: Its path as given, or ``frame``.
        sha256: Of its bytes; empty for a frame.
        rows: Records read; the heading and blank lines are none.
        first: Index of its first record over all files of the table.
    """

    table: str
    file: str
    sha256: str
    rows: int
    first: int


@frozen(kw_only=True)
class Counts:
    """How many rows of a table were read, and what became of them.

    Attributes:
        read: Rows in its files.
        refused: Rows with at least one exception.
        copies: Exact copies of accepted rows.
    """

    read: int
    refused: int
    copies: int

    @property
    def accepted(self) -> int:
        """Rows that count: neither refused nor copies."""
        return self.read - self.refused - self.copies


@frozen(kw_only=True, eq=False)
class Evidence:
    """A return as it may be evaluated.

    Attributes:
        tables: Accepted, distinct rows by table: every declared field in its type, and ``_row`` UInt32. The order of
            rows is not promised.
            Rows of whom several subjects belong to stand there once for each, the first under their own ``_row``.
        shared: By table of such rows, the ``_row`` of each further one and ``_of``, its own; both UInt32.
        with_copies: By table that stays on disk and has copies, its accepted rows, the very frame in ``tables``, and
            these with their exact copies; ``repeated`` gives what may be used of it.
        copies: By table, ``_row`` of each exact copy of an accepted row and ``_of``, the first such row; both UInt32.
        refused: One row for each exception: table, file, row (record number, the heading is 1; null when the whole
            file is meant), column (heading), code, message, rows (how many rows it stands for).
        counts: By table.
        files: Every file in order of table and file.
    """

    tables: dict[str, pl.LazyFrame]
    copies: dict[str, pl.DataFrame]
    refused: pl.DataFrame
    counts: dict[str, Counts]
    files: tuple[InputFile, ...]
    shared: dict[str, pl.DataFrame] = field(factory=dict)
    _with_copies: dict[str, tuple[pl.LazyFrame, pl.LazyFrame]] = field(factory=dict)
    _by_table: dict[str, tuple[InputFile, ...]] = field(init=False, repr=False)

    @_by_table.default
    def _files_by_table(self) -> dict[str, tuple[InputFile, ...]]:
        return {table: tuple(file for file in self.files if file.table == table) for table in self.tables}

    @property
    def repeated(self) -> dict[str, pl.LazyFrame]:
        """Rows with their exact copies, for what these do not change, such as the first of some days.

        Only of tables that still have the rows that were accepted, not others put in their place.
        """
        return {table: rows for table, (of, rows) in self._with_copies.items() if self.tables.get(table) is of}

    def place(self, table: str, row: int) -> tuple[str, int]:
        """The file of a row, and its record number there; the heading is record 1.

        Args:
            table: Name of the table.
            row: Its ``_row``.
        """
        files = self._by_table[table]
        file = files[bisect_right(files, row, key=lambda each: each.first) - 1]
        return file.file, row - file.first + FIRST_RECORD
