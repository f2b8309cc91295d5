"""The JSON text of whole columns is what the standard library writes of each cell, and names every line alike."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from pbr.as_json import json_list, json_object, json_text
from pbr.statement import KEY, line_ids
from tests.row_by_row import dump, line_id

if TYPE_CHECKING:
    from collections.abc import Sequence

NASTY = st.text(st.sampled_from("\"'\\/\b\f\n\r\t\x00\x1f\x7f\u2028\ud7ff\U0001f600é=0129 ,[]{}nul"), max_size=9)
TEXTS = st.none() | NASTY | st.text(max_size=9)
NUMBERS = st.sampled_from(["1", "10", "0", "01", "-1", "1\n", " 1", "1.0", "\u0661", "9" * 18, "1" + "0" * 18, ""])
WHOLE = st.none() | st.integers(-(2**63), 2**63 - 1)


@given(st.lists(st.tuples(TEXTS, WHOLE, st.none() | st.dates()), max_size=9))
@example([("".join(map(chr, range(160))), 0, dt.date(1, 1, 1)), (None, None, None)])
def test_cells_are_written_as_the_standard_library_does(rows: list[tuple[Any, ...]]) -> None:
    """Text with every character that JSON escapes, whole numbers, days and empty cells, in a list and an object."""
    kinds = {"text": pl.String(), 'a "number"': pl.Int64(), "day": pl.Date()}
    frame = pl.DataFrame(rows, schema=kinds, orient="row")
    texts = {name: json_text(name, kind) for name, kind in kinds.items()}
    cells = [
        [None if cell is None else cell if isinstance(cell, int | str) else str(cell) for cell in row] for row in rows
    ]
    assert frame.select(json_list(list(texts.values()))).to_series().to_list() == [dump(row) for row in cells]
    objects = frame.select(json_object(texts)).to_series().to_list()
    assert objects == [dump(dict(zip(kinds, row, strict=True))) for row in cells]
    assert [list(json.loads(text).values()) for text in objects] == cells


def keys(subject: st.SearchStrategy[Any]) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    """Draw the keys of lines whose subjects are of one kind."""
    return st.lists(st.tuples(TEXTS, subject, TEXTS, NUMBERS | TEXTS, WHOLE, TEXTS, TEXTS), min_size=1, max_size=9)


@given(keys(TEXTS))
@example([("p", "s", "o", number, 1, "-", "p") for number in ("1", "01", "1\n", "9" * 18, "1" + "0" * 18, "0")])
def test_lines_of_persons_with_text_ids_are_named_by_their_keys(rows: list[tuple[Any, ...]]) -> None:
    """Ids are the hashes of keys worked out one by one, for any text in any place."""
    assert named(rows, pl.String()) == [line_id(row) for row in rows]


@given(keys(WHOLE))
def test_lines_of_persons_with_whole_ids_are_named_by_their_keys(rows: list[tuple[Any, ...]]) -> None:
    """A whole id stands in the key as a number."""
    assert named(rows, pl.Int64()) == [line_id(row) for row in rows]


def named(rows: Sequence[tuple[Any, ...]], subject: pl.DataType) -> list[str]:
    """Give the ids of lines with these keys."""
    kinds = dict.fromkeys(KEY, pl.String()) | {"subject": subject, "instalment": pl.Int64()}
    return line_ids(pl.DataFrame(rows, schema=kinds, orient="row")).to_list()
