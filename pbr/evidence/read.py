"""Read a return: every file, every row, in the order row, key, across tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from pbr.evidence.checks import find_orphans, find_twins, without
from pbr.evidence.files import find
from pbr.evidence.model import OF, ROW, Counts, Evidence
from pbr.evidence.parts import Shape, read_csv_part, read_frame_part, read_parquet_part
from pbr.evidence.refusals import REFUSAL_SCHEMA, places, refusals, written_out
from pbr.evidence.typed import Setting, frame_type, shown
from pbr.problem import EvidenceError

if TYPE_CHECKING:
    from pbr.contract.model import Terms
    from pbr.evidence.files import Found, Source
    from pbr.evidence.model import InputFile
    from pbr.evidence.parts import Part


@frozen(kw_only=True, eq=False)
class _Table:
    """One table after its checks."""

    shape: Shape
    files: tuple[InputFile, ...]
    rows: pl.LazyFrame
    copies: pl.DataFrame
    refused: pl.DataFrame
    counts: Counts


def read_tables(terms: Terms, source: Source) -> Evidence:
    """Read, type and check a return.

    Args:
        terms: The contract.
        source: A folder with ``TABLE.csv``, ``TABLE.parquet`` or a folder ``TABLE`` for every table; or a map of each
            table to a polars frame or to the path of a file or folder.

    Raises:
        EvidenceError: A file is missing or as a whole cannot be read; every such problem is in it. Rows that are
            wrong do not raise: they are refused and listed.
    """
    found = find(terms.tables, source)
    problems = list(found.problems)
    shapes = {table: _shape(terms, table) for table in terms.tables}
    parts: dict[str, list[Part]] = {}
    for table, shape in shapes.items():
        parts[table] = []
        if not any(problem.code == "PBR203" for problem in problems if table in found.paths):
            _read_parts(shape, found, parts[table], problems)
    if problems:
        raise EvidenceError(problems)
    done: dict[str, _Table] = {}
    for table in terms.tables:
        _check(terms, table, shapes, parts, done)
    in_order = [done[table] for table in terms.tables]
    return Evidence(
        tables={each.shape.table: each.rows for each in in_order},
        copies={each.shape.table: each.copies for each in in_order},
        refused=written_out((each.shape.table, each.files, each.refused) for each in in_order),
        counts={each.shape.table: each.counts for each in in_order},
        files=tuple(file for each in in_order for file in each.files),
    )
