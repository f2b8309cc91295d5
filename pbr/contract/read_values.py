"""Values as they may be written: a figure, with a title or not; figures by date, by keys, or both; a file; agreed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from attrs import define, field

from pbr.calendar import Date, parse_date
from pbr.contract.value_terms import AgreedTerm, Cell, ValueTerm
from pbr.document import Fault, fault_group
from pbr.problem import did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.document import PathTo

MOST_KEYS = 2
FIGURE = "figure"
"""The key of a single figure that has a title or a source; where there are rows it is a label like others."""
_NOT_ROWS = {"by", "dated", "csv", "agreed", "bounds", "if_none", "title", "source"}
_OF_AGREED = {"bounds", "if_none"}
_SPAN = re.compile(r"(\S+) to (\S+)")
QUESTION = re.compile(r"([a-z][a-z0-9_-]*)\.([a-z][a-z0-9_]*)")
"""How a question of an agreement is cited."""
_BOUNDS = re.compile(r"(\S+) to (\S+)(?: each)?")


def read_value(value: object) -> ValueTerm:
    """Read a value; the rows of a file are read later.

    Raises:
        BaseExceptionGroup: Every fault of it, with its path under the value.
    """
    if isinstance(value, str):
        return ValueTerm(cells=(Cell(text=value),))
    if not isinstance(value, dict):
        raise Fault("PBR103", "a figure, or a map with `by`, `dated`, `csv` or `agreed`, is expected here")
    reader = _Reader(value)
    term = reader.read()
    if reader.faults:
        raise fault_group(reader.faults)
    return term


def days(key: str, path: PathTo) -> tuple[Date, Date | None] | Fault:
    """The days a key of ``dated`` means: from a day, or from one to another."""
    span = _SPAN.fullmatch(key)
    first = parse_date(span[1] if span else key)
    last = parse_date(span[2]) if span else None
    if first is None or (span and last is None):
        message = f"'{short(key)}' is not a real day written like 2025-04-01, nor two joined by 'to'"
        return Fault("PBR107", message, path)
    if last is not None and last < first:
        return Fault("PBR113", f"'{short(key)}' ends before it starts", path)
    return first, last


@define
class _Reader:
    """Reads one value and keeps what is wrong with it."""

    value: dict[str, Any]
    faults: list[Fault] = field(factory=list)

    def read(self) -> ValueTerm:
        by = self._keys()
        agreed = self._agreed(by) if "agreed" in self.value else None
        for key in sorted(_OF_AGREED & self.value.keys()) if "agreed" not in self.value else ():
            self._fail("PBR104", f"unknown key '{key}'; it stands beside `agreed`, what a panel decides", key)
        cells = tuple(self._cells(by)) if agreed is None else ()
        csv = self._text("csv")
        if not cells and not csv and agreed is None and not self.faults:
            self._fail("PBR102", "a value needs a figure, rows under `by`, `dated`, `csv` or `agreed`")
        title, source = self._text("title"), self._text("source")
        return ValueTerm(by=by, csv=csv, agreed=agreed, cells=cells, title=title, source=source)

    def _agreed(self, by: tuple[str, ...]) -> AgreedTerm:
        """Who decides it, within which bounds, and what holds while nothing is agreed."""
        text, written = self._text("agreed"), self._text("bounds")
        question, bounds = QUESTION.fullmatch(text), _BOUNDS.fullmatch(written)
        if question is None and isinstance(self.value["agreed"], str):
            self._fail("PBR316", f"'{short(text)}' is no question; write AGREEMENT.QUESTION", "agreed")
        if isinstance(self.value.get("bounds"), str) and bounds is None:
            self._fail("PBR305", f"'{short(written)}' are no bounds; write them like `60% to 95%`", "bounds")
        for key in self.value.keys() - _NOT_ROWS | {"dated", "csv"} & self.value.keys():
            known = ("agreed", "by", "bounds", "if_none", "title", "source")  # figures are agreed, or of `if_none`
            self._fail("PBR104", f"unknown key '{short(key)}'{did_you_mean(key, known)}", key)
        cells: tuple[Cell, ...] = ()
        if "if_none" in self.value:
            cells = tuple(self._rows(self.value["if_none"], by, (), None, None, ("if_none",)))
        else:
            self._fail("PBR102", "'if_none' is missing here: say what holds if there is no agreement", "if_none")
        return AgreedTerm(
            agreement=question[1] if question else "",
            question=question[2] if question else "",
            bounds=(bounds[1], bounds[2]) if bounds else None,
            if_none=cells,
        )

    def _fail(self, code: str, message: str, *path: str | int) -> None:
        self.faults.append(Fault(code, message, path))

    def _text(self, key: str) -> str:
        found = self.value.get(key, "")
        if isinstance(found, str):
            return found
        self._fail("PBR103", "a single value is expected here", key)
        return ""

    def _keys(self) -> tuple[str, ...]:
        by = self.value.get("by", [])
        keys = [by] if isinstance(by, str) else by
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys) or len(keys) > MOST_KEYS:
            self._fail("PBR103", "one key is expected under `by`, or two in a list", "by")
            return ()
        if "by" in self.value and not keys:
            self._fail("PBR103", "one key is expected under `by`, or two in a list", "by")
        if len(set(keys)) < len(keys):
            self._fail("PBR110", f"'{short(keys[0])}' stands here twice; remove one", "by", 1)
        return tuple(keys)

    def _cells(self, by: tuple[str, ...]) -> Iterator[Cell]:
        rows = {key: row for key, row in self.value.items() if key not in _NOT_ROWS}
        if "csv" in self.value:
            why = "the rows stand in the file"
            unknown = [*rows, *(["dated"] if "dated" in self.value else [])]
        elif "dated" in self.value:
            why, unknown = "rows stand under their dates", list(rows)
        elif "by" not in self.value:
            why, unknown = "rows need `by`", [key for key in rows if key != FIGURE]
        else:
            why, unknown = "", []
        for key in unknown:
            self._fail("PBR104", f"unknown key '{short(key)}'; {why}", key)
        if "csv" in self.value or unknown:
            return
        if "dated" in self.value:
            yield from self._dated(by)
        elif by:
            yield from self._rows(rows, by, (), None, None, ())
        elif FIGURE in rows:
            yield from self._rows(rows[FIGURE], (), (), None, None, (FIGURE,))

    def _dated(self, by: tuple[str, ...]) -> Iterator[Cell]:
        dated = self.value["dated"]
        if not isinstance(dated, dict):
            self._fail("PBR103", "a map of dates is expected under `dated`", "dated")
            return
        for key, row in dated.items():
            path = ("dated", key)
            found = days(key, path)
            if isinstance(found, Fault):
                self.faults.append(found)
            else:
                yield from self._rows(row, by, (), *found, path)

    def _rows(  # what a row is made of
        self,
        row: object,
        by: tuple[str, ...],
        labels: tuple[str, ...],
        first: Date | None,
        last: Date | None,
        path: PathTo,
    ) -> Iterator[Cell]:
        """The figures of a row, key by key."""
        if len(labels) < len(by):
            if row == {} and path:
                self._fail(
                    "PBR102", f"rows for each {by[len(labels)]} are missing here; write them or remove the key", *path
                )
            elif isinstance(row, dict):
                for label, inner in row.items():
                    yield from self._rows(inner, by, (*labels, label), first, last, (*path, label))
            else:
                self._fail("PBR103", f"rows for each {by[len(labels)]} are expected here", *path)
        elif isinstance(row, str):
            yield Cell(labels=labels, first=first, last=last, text=row, path=path)
        else:
            self._fail("PBR103", "a single figure is expected here", *path)
