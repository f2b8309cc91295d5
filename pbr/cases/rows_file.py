"""Rows of a case in a CSV file beside it, read as a file of a return is."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from pbr.document import read_bytes
from pbr.problem import ContractError, EvidenceError, Problem, short

if TYPE_CHECKING:
    from pbr.document import Document, Plain

HEADING_RECORD = 1
"""Number of the record that holds the headings; the first row after it is 2."""


@frozen(kw_only=True)
class RowsFile:
    """A file that the rows of a table were read from.

    Attributes:
        file: Its path, as the case's is.
        named: Its path as the case has it.
        headings: As written, outer spaces removed.
        records: Number of each row's record in the file, where the heading is 1; blank lines are counted.
    """

    file: str
    named: str
    headings: tuple[str, ...]
    records: tuple[int, ...]


def read_row_files(document: Document) -> tuple[dict[str, Plain], dict[str, RowsFile], list[Problem]]:
    """Read the rows of every table for which a case names a file.

    Args:
        document: The case as read.

    Returns:
        What the case says with these rows in place of the names of their files, the files by table, and what is wrong
        with them: PBR001 to PBR002, PBR144, PBR203, PBR205, PBR206. A table whose file has a fault has no rows.
    """
    tables = document.root.get("tables")
    if not isinstance(tables, dict):
        return document.root, {}, []
    whole: dict[str, Plain] = dict(tables)
    files: dict[str, RowsFile] = {}
    problems: list[Problem] = []
    for table, named in tables.items():
        if not isinstance(named, str):
            continue
        whole[table] = []
        try:
            whole[table], files[table] = _read(document, table, named)
        except (ContractError, EvidenceError) as error:
            problems += error.problems
    return {**document.root, "tables": whole}, files, problems


def _read(document: Document, table: str, named: str) -> tuple[list[Plain], RowsFile]:
    """The rows of one file, each a map from heading to text.

    Raises:
        ContractError: PBR001 and PBR002 at the name of the file, PBR144 at the name or in the file.
        EvidenceError: PBR203, PBR205 or PBR206 in the file.
    """
    from pbr.evidence.csv_file import split_csv

    place = document.place(("tables", table))
    path = Path(document.file).parent / named
    if not _beside(Path(document.file), named):
        message = f"'{short(named)}' is not the path of a file in the folder of the case; write rows, or such a path"
        raise ContractError([place.problem("PBR144", message)])
    try:
        data = read_bytes(path, str(path))
    except ContractError as error:
        faults = [place.problem(fault.code, f"'{short(named)}': {fault.message}") for fault in error.problems]
        raise ContractError(faults) from None
    text = split_csv(data, str(path))
    faults = [evolve(fault, file=str(path)) for fault in _headings(text.headings)]
    for ragged in text.ragged:
        has = "1 value" if ragged.width == 1 else f"{ragged.width} values"
        message = f"the row has {has}, the heading {len(text.headings)}; quote values that hold commas"
        row = ragged.index + HEADING_RECORD + 1
        faults.append(Problem(code="PBR206", message=message, file=str(path), row=row))
    if faults:
        raise ContractError(faults)
    rows: list[Plain] = [dict(zip(text.headings, cells[1:], strict=True)) for cells in text.frame.iter_rows()]
    records = tuple(index + HEADING_RECORD + 1 for index in text.frame["index"])
    return rows, RowsFile(file=str(path), named=named, headings=text.headings, records=records)


def _beside(case: Path, named: str) -> bool:
    """Whether a file is in the folder of the case, or in one inside it."""
    if not named or PurePosixPath(named).is_absolute() or "\\" in named or not named.isprintable():
        return False
    home = case.parent.resolve()
    try:
        return (case.parent / named).resolve().is_relative_to(home)
    except RuntimeError:  # a link to itself, before Python 3.13: said where it is read
        return True


def _headings(headings: tuple[str, ...]) -> list[Problem]:
    """What is wrong with the headings by themselves: a column without one, or two with the same."""
    found = []
    for place, heading in enumerate(headings):
        first = headings.index(heading)
        if not heading:
            message = f"column {place + 1} has no heading; write one, or remove the column"
            found.append(Problem(code="PBR144", message=message, row=HEADING_RECORD))
        elif first != place:
            message = f"columns {first + 1} and {place + 1} have the same heading; remove or rename one"
            found.append(Problem(code="PBR205", message=message, row=HEADING_RECORD, field=heading))
    return found
