"""The oracle's reading of a return: which rows are accepted, which are refused."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

from attrs import frozen

if TYPE_CHECKING:
    from tests.oracle_words import Cell

Contract: TypeAlias = dict[str, Any]
Tables: TypeAlias = dict[str, list[dict[str, str | None]]]

DIGITS = {"GBP": 2, "EUR": 2, "JPY": 0, "KWD": 3}


@frozen
class Row:
    """One accepted row of a table; ``copy`` says that an equal row stood before it."""

    table: str
    index: int
    cells: dict[str, Any]
    parent: Row | None
    copy: bool


class CellError(ValueError):
    """A cell that does not hold what its field declares."""


def declared(spec: str | dict[str, Any]) -> dict[str, Any]:
    """Write a field's type in its long form."""
    return {"type": spec} if isinstance(spec, str) else spec


def fields_of(contract: Contract, table: str) -> dict[str, dict[str, Any]]:
    """List a table's fields, with the key of its parent."""
    spec = contract["tables"][table]
    found = {name: declared(kind) for name, kind in spec["fields"].items()}
    if "of" in spec:
        above = parent_table(contract, table)
        assert above is not None
        for name in key_of(contract, above):
            found[name] = declared(contract["tables"][above]["fields"][name])
    return found


def parent_table(contract: Contract, table: str) -> str | None:
    """Name the table whose rows this table belongs to."""
    noun = contract["tables"][table].get("of")
    return next((name for name, spec in contract["tables"].items() if spec["row_is"] == noun), None)


def key_of(contract: Contract, table: str) -> list[str]:
    """Name the key fields; the noun unless said, none for a child."""
    spec = contract["tables"][table]
    return list(spec.get("key", [] if "of" in spec else [spec["row_is"]]))


def cohort_table(contract: Contract) -> str:
    """Name the table of the subjects."""
    noun = contract["cohort"]["of"]
    return next(str(name) for name, spec in contract["tables"].items() if spec["row_is"] == noun)


def read_cell(contract: Contract, spec: dict[str, Any], text: str) -> Cell:
    """Turn one cell into what its field declares."""
    kind = spec["type"]
    text = spec.get("codes", {}).get(text, text)
    if kind in {"date", "recorded"} and spec.get("of") is None:
        return read_day(text)
    if kind in {"id", "provider", "text"}:
        return read_name(contract, spec, text)
    if kind == "yes_no":
        return match("yes|no", text) == "yes"
    if kind == "whole":
        value = int(match(r"-?\d+", text))
        if value < int(spec.get("from", value)) or value > int(spec.get("to", value)):
            raise CellError
        return value
    if kind in {"decimal", "money"}:
        places = int(spec.get("places", DIGITS[contract["contract"]["currency"]]))
        return Fraction(match(rf"-?\d+(\.\d{{1,{places}}})?" if places else r"-?\d+", text))
    return read_share(text) if kind == "share" else read_instant(contract, text)


def read_name(contract: Contract, spec: dict[str, Any], text: str) -> str | int:
    """Read an id, a provider or a text."""
    if spec.get("of") == "whole":
        return int(match(r"-?\d+", text))
    if spec["type"] == "text":
        folded, allowed = text, spec.get("one_of", [text])
    else:
        folded = unicodedata.normalize("NFC", text.strip())
        allowed = contract["contract"]["providers"] if spec["type"] == "provider" else [folded]
    if folded not in allowed:
        raise CellError
    return folded


def match(pattern: str, text: str) -> str:
    """Give the text back if it has this form."""
    if re.fullmatch(pattern, text, flags=re.ASCII) is None:
        raise CellError
    return text


def read_day(text: str) -> date:
    """Read an ISO day that the calendar has."""
    try:
        return date.fromisoformat(match(r"\d{4}-\d{2}-\d{2}", text))
    except ValueError as error:
        raise CellError from error


def read_share(text: str) -> Fraction:
    """Read a percentage, or the ratio it means, to a millionth."""
    if text.endswith("%"):
        return Fraction(match(r"-?\d+(\.\d{1,4})?", text.removesuffix("%"))) / 100
    return Fraction(match(r"-?\d+(\.\d{1,6})?", text))


def read_instant(contract: Contract, text: str) -> date:
    """Read a moment and give the day it falls on where the contract is.

    One without an offset from UTC is of that place, and refused in an hour that it has twice or not at all.
    """
    match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?", text)
    zone = ZoneInfo(contract["contract"]["time_zone"])
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CellError from error
    if moment.tzinfo is not None:
        return moment.astimezone(zone).date()
    once, again = (moment.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if once != again:
        raise CellError
    return moment.date()


def read_row(contract: Contract, table: str, raw: dict[str, str | None]) -> dict[str, Any]:
    """Read one row; a key, a provider and a recorded day may not be empty."""
    headings = {name: heading for heading, name in contract["tables"][table].get("columns", {}).items()}
    parent = parent_table(contract, table)
    needed = {*key_of(contract, table), *(key_of(contract, parent) if parent else [])}
    cells: dict[str, Any] = {}
    for name, spec in fields_of(contract, table).items():
        text = raw.get(headings.get(name, name))
        if text is None or text == "" or (spec["type"] == "id" and not text.strip()):
            if name in needed or spec["type"] in {"provider", "recorded"}:
                raise CellError
            cells[name] = None
        else:
            cells[name] = read_cell(contract, spec, text)
    for spell in contract.get("spells", {}).values():
        if spell["table"] == table and "from" in spell:
            first, last = cells[spell["from"]], cells[spell["to"]]
            if first is not None and last is not None and last < first:
                raise CellError
    return cells


def accept(contract: Contract, tables: Tables) -> tuple[dict[str, list[Row]], set[tuple[str, int]]]:
    """Check the rows, then their keys, then their parents; give the accepted rows and the refused places."""
    accepted: dict[str, list[Row]] = {}
    refused: set[tuple[str, int]] = set()
    for table in sorted(contract["tables"], key=lambda name: "of" in contract["tables"][name]):
        sound: list[tuple[int, dict[str, Any]]] = []
        for index, raw in enumerate(tables[table]):
            try:
                sound.append((index, read_row(contract, table, raw)))
            except CellError:
                refused.add((table, index))
        accepted[table] = []
        key, above = key_of(contract, table), parent_table(contract, table)
        for place, (index, cells) in enumerate(sound):
            rivals = [other for _, other in sound if key and all(other[k] == cells[k] for k in key)]
            parent = None
            if above is not None:
                wanted = key_of(contract, above)
                parents = [row for row in accepted[above] if all(row.cells[k] == cells[k] for k in wanted)]
                parent = parents[0] if parents else None
            if any(other != cells for other in rivals) or (above is not None and parent is None):
                refused.add((table, index))
            else:
                copy = any(other == cells for _, other in sound[:place])
                accepted[table].append(Row(table, index, cells, parent, copy))
    return accepted, refused
