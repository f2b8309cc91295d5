"""What the engine writes for whole columns at once, worked out one row at a time and with the standard library."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl


def line_id(key: tuple[object, ...]) -> str:
    """Give the first 16 hex of the SHA-256 of a line's key as JSON; an occurrence that is a number stands as one."""
    numbers = [int(part) if isinstance(part, str) and _NUMBER.fullmatch(part) else part for part in key[3:5]]
    return hashlib.sha256(dump([*key[:3], *numbers, *key[5:]]).encode()).hexdigest()[:16]


_NUMBER = re.compile("[1-9][0-9]{0,17}")


def json_lines(top: dict[str, Any], frame: pl.DataFrame) -> str:
    """Give a statement as JSON: what stands above the lines, and a line of the file for each row."""
    rows = [{name: plain(cell) for name, cell in row.items()} for row in frame.to_dicts()]
    return dump(top)[:-1] + ',"lines":[\n' + ",\n".join(dump(row) for row in rows) + "\n]}\n"


def plain(cell: object) -> object:
    """Give what JSON has a word for: days are text."""
    return cell if cell is None or isinstance(cell, int | str) else str(cell)


def dump(value: object) -> str:
    """Give JSON without spaces, with letters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
