"""The rows of a value in a CSV file beside the contract: one heading for each key, ``figure``, ``from`` and ``to``."""

from __future__ import annotations

import csv
import io
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from attrs import define, evolve, field, frozen

from pbr.calendar import parse_date
from pbr.contract.value_terms import Cell
from pbr.document import read_text
from pbr.problem import ContractError, Place, Problem, did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pbr.calendar import Date
    from pbr.contract.model import Terms
    from pbr.document import Document

FIGURE, FROM, TO = "figure", "from", "to"


@frozen
class ValueFile:
    """A file that was read.

    Attributes:
        file: Its path, as the contract's is.
        sha256: Of its bytes.
        rows: What it says, whatever its order and spacing: labels, first and last day, figure.
    """

    file: str
    sha256: str
    rows: tuple[tuple[str, ...], ...]


def read_value_files(document: Document, terms: Terms) -> tuple[Terms, dict[str, ValueFile], list[Problem]]:
    """Read the rows of every value that names a file.

    Returns:
        The terms with these rows, what was read by the name of the value, and what is wrong with it. A value whose file
        has a fault has no rows.
    """
    values, files, problems = dict(terms.values), {}, []
    for name, value in terms.values.items():
        if not value.csv:
            continue
        place = document.place(("values", name, "csv"))
        parts = PurePosixPath(value.csv)
        if parts.is_absolute() or ".." in parts.parts or "\\" in value.csv or not value.csv.isprintable():
            problems.append(place.problem("PBR126", f"'{short(value.csv)}' is not a path beside the contract"))
            continue
        if taken := {FIGURE, FROM, TO} & set(value.by):
            message = f"a file has a heading '{min(taken)}' of its own; rename the grouping or field of that name"
            problems.append(place.problem("PBR126", message))
            continue
        path = Path(document.file).parent / value.csv
        try:
            text, sha256 = read_text(path)
        except ContractError as error:
            problems += [place.problem(fault.code, f"'{value.csv}': {fault.message}") for fault in error.problems]
            continue
        reader = _Reader(str(path), value.by)
        cells = tuple(reader.cells(text))
        problems += reader.problems
        if not reader.problems:
            values[name] = evolve(value, cells=cells)
            files[name] = ValueFile(str(path), sha256, tuple(sorted(map(_row, cells))))
    return evolve(terms, values=values), files, problems


def _row(cell: Cell) -> tuple[str, ...]:
    return (*cell.labels, *("" if day is None else day.isoformat() for day in (cell.first, cell.last)), cell.text)


@define
class _Reader:
    """Reads one file and keeps what is wrong with it."""

    file: str
    by: tuple[str, ...]
    problems: list[Problem] = field(factory=list)
    columns: dict[str, int] = field(factory=dict)

    def cells(self, text: str) -> Iterator[Cell]:
        """Its figures, row by row."""
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        line, filled = 1, False
        try:
            for row in reader:
                if line == 1:
                    self._headings([cell.strip() for cell in row])
                elif any(cell.strip() for cell in row) and self.columns:
                    filled = True
                    yield from self._cell([cell.strip() for cell in row], line)
                line = reader.line_num + 1
        except csv.Error:
            self._fail(line, "the quotation marks of this row do not balance")
        if not self.columns and not self.problems:
            self._fail(1, "the file is empty; it needs a line of headings")
        elif not self.problems and not filled:
            self._fail(1, "the file has headings and no rows; add a row for each figure")

    def _fail(self, line: int, message: str, code: str = "PBR126") -> None:
        self.problems.append(Place(self.file, line).problem(code, message))

    def _headings(self, row: list[str]) -> None:
        known = [*self.by, FROM, TO, FIGURE]
        for heading in row:
            if heading not in known:
                self._fail(1, f"unknown heading '{short(heading)}'{did_you_mean(heading, known)}")
            elif row.count(heading) > 1:
                self._fail(1, f"heading '{heading}' stands twice; remove one column")
                return
        for heading in self._missing(row):
            self._fail(1, f"there is no heading '{heading}'")
        if not self.problems:
            self.columns = {heading: place for place, heading in enumerate(row)}

    def _missing(self, row: list[str]) -> Iterable[str]:
        needed = [*self.by, FIGURE, *([FROM] if TO in row else [])]
        return [heading for heading in needed if heading not in row]

    def _cell(self, row: list[str], line: int) -> Iterator[Cell]:
        if len(row) != len(self.columns):
            self._fail(line, f"the row has {len(row)} cells, and the headings are {len(self.columns)}")
            return
        text = {heading: row[place] for heading, place in self.columns.items()}
        needed = [*self.by, FIGURE, *([FROM] if text.get(TO) else [])]
        empty = [heading for heading in needed if not text[heading]]
        for heading in empty:
            self._fail(line, f"'{heading}' is empty; write {'* for any' if heading in self.by else 'it out'}")
        first, last = self._day(text.get(FROM, ""), line), self._day(text.get(TO, ""), line)
        if first is not None and last is not None and last < first:
            self._fail(line, f"the row ends on {last}, before it starts on {first}", "PBR113")
        labels, place = tuple(text[key] for key in self.by), Place(self.file, line)
        yield Cell(labels=labels, first=first, last=last, text=text[FIGURE], place=place)

    def _day(self, text: str, line: int) -> Date | None:
        day = parse_date(text)
        if text and day is None:
            self._fail(line, f"'{short(text)}' is not a real day written like 2025-04-01", "PBR107")
        return day
