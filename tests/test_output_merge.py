"""Parts that are each in order are merged into the one order, however the rows are shared out among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pbr.output import merge
from pbr.output.merge import in_frames, merged, write_part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BY = ("payment", "subject", "day")
TEXT_IDS = st.none() | st.sampled_from(["", "a", "A", "B", "\u00e9", "\uffff", "\U0001f600", "10", "9"])
WHOLE_IDS = st.none() | st.sampled_from([-(2**63), -1, 0, 9, 10, 2**63 - 1])


@pytest.fixture(autouse=True, scope="module")
def _few_rows_at_once() -> Iterator[None]:
    """Read a row of a part at a time, so that a few rows are many reads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merge, "LEAST", 1)
        yield


def rows_of(ids: st.SearchStrategy[Any]) -> st.SearchStrategy[list[tuple[int, tuple[Any, ...]]]]:
    """Draw rows, each with the part it is in: some parts have many, some one and some none."""
    places = st.sampled_from([0, 0, 0, 0, 2, 3, 3, 5])
    return st.lists(st.tuples(places, st.tuples(st.none() | st.integers(0, 2), ids, st.integers(0, 2))), max_size=40)


def in_order(rows: Sequence[tuple[Any, ...]], nulls_last: Sequence[bool]) -> list[tuple[Any, ...]]:
    """Sort rows by all but their last cell as Python sorts, those that are equal as they stood."""

    def key(row: tuple[Any, ...]) -> list[tuple[bool, Any]]:
        """Put empty cells first or last."""
        return [((cell is None) == last, cell) for cell, last in zip(row, nulls_last, strict=False)]

    return sorted(rows, key=key)


def parts_of(rows: list[tuple[int, tuple[Any, ...]]], kind: pl.DataType, nulls_last: list[bool]) -> list[pl.DataFrame]:
    """Share rows out among six parts, each in order, and number them so that equal ones are told apart."""
    schema = {"payment": pl.Int8(), "subject": kind, "day": pl.Int32(), "number": pl.Int64()}
    numbered = [(place, (*row, number)) for number, (place, row) in enumerate(rows)]
    found = [in_order([row for place, row in numbered if place == part], nulls_last) for part in range(6)]
    return [pl.DataFrame(part, schema=schema, orient="row") for part in found]


NULLS = st.lists(st.booleans(), min_size=3, max_size=3)
TIED = [(place, (1, 9, 1)) for place in (3, 0, 3, 2, 0, 5)]


@given(rows_of(WHOLE_IDS), NULLS, st.integers(1, 9))
@example(TIED, [True, False, False], 2)
@example([], [True, False, False], 2)
@example([(3, (1, 9, 1))], [True, False, False], 1)
def test_parts_with_whole_ids_are_merged(rows: list[Any], nulls_last: list[bool], size: int) -> None:
    """The rows are those of all parts in the one order: ties by part, ids by value, frames of the size asked for."""
    check(parts_of(rows, pl.Int64(), nulls_last), nulls_last, size)


@given(rows_of(TEXT_IDS), NULLS, st.integers(1, 9))
def test_parts_with_text_ids_are_merged(rows: list[Any], nulls_last: list[bool], size: int) -> None:
    """Text ids are in order of their code points, an empty one beside none at all."""
    check(parts_of(rows, pl.String(), nulls_last), nulls_last, size)


def check(parts: list[pl.DataFrame], nulls_last: list[bool], size: int) -> None:
    """Merge parts, and compare with all their rows sorted one by one."""
    found = list(merged([part.lazy() for part in parts], BY, nulls_last, size))
    assert all(frame.schema == parts[0].schema for frame in found)
    assert [frame.height for frame in found[:-1]] == [size] * (len(found) - 1)
    assert 0 < found[-1].height <= size or (len(found) == 1 and not any(part.height for part in parts))
    rows = [row for part in parts for row in part.rows()]
    assert pl.concat(found).rows() == in_order(rows, nulls_last)


def test_files_are_merged(tmp_path: Path) -> None:
    """Parts may be files, with names that are taken as they are; one part alone is as good as many."""
    parts = [pl.DataFrame({"a": list(range(start, 40, 3)), "b": "x"}) for start in range(3)]
    paths = [tmp_path / f"part-[{place}]*.parquet" for place in range(3)]
    for path, part in zip(paths, parts, strict=True):
        write_part(path, part)
    assert pl.concat(merged(paths, ["a"], [False], 7))["a"].to_list() == list(range(40))
    assert pl.concat(merged(paths[:1], ["a"], [False], 7)).equals(parts[0])


def test_many_rows_that_are_equal_stay_as_they_stood() -> None:
    """Ties of thousands of rows are in the order of the parts, and within each as they stood."""
    words = {"a": [0] * 9000 + [1] * 9000, "c": [None] * 9000 + ["x"] * 9000}
    parts = [pl.DataFrame(words | {"b": range(start, start + 18_000)}) for start in (0, 18_000)]
    found = pl.concat(merged([part.lazy() for part in parts], ["a", "c"], [False, False], 40_000))
    assert found.rows() == sorted(pl.concat(parts).rows(), key=lambda row: row[0])


def test_little_more_is_held_than_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many rows there are, no more of a part is read than is needed to go on."""
    read: list[int] = []
    take = pl.LazyFrame.slice

    def counted(self: pl.LazyFrame, start: int, rows: int) -> pl.LazyFrame:
        """Note how many rows are read at once."""
        read.append(rows)
        return take(self, start, rows)

    monkeypatch.setattr(pl.LazyFrame, "slice", counted)
    parts = [pl.LazyFrame({"a": range(start, 3000, 3)}) for start in range(3)]
    seen = 0
    for frame in merged(parts, ["a"], [False], 60):
        seen += frame.height
        assert sum(read) - seen <= 2 * 60 + 3
    assert seen == 3000
    assert max(read) == 10


def test_frames_of_any_sizes_are_cut_alike() -> None:
    """Rows that come in frames of odd sizes, some of none, leave in frames of one size; of nothing comes nothing."""
    whole = pl.DataFrame({"a": range(23)})
    for sizes in ([23], [0, 23], [1] * 23, [20, 0, 3], [5, 5, 13, 0]):
        starts = [sum(sizes[:place]) for place in range(len(sizes))]
        found = list(in_frames((whole.slice(at, size) for at, size in zip(starts, sizes, strict=True)), 5))
        assert [frame.height for frame in found] == [5, 5, 5, 5, 3]
        assert pl.concat(found).equals(whole)
    assert [frame.height for frame in in_frames([whole.clear(), whole.clear()], 5)] == [0]
    assert [frame.height for frame in in_frames([whole.head(10)], 5)] == [5, 5]
    assert list(in_frames([], 5)) == []
