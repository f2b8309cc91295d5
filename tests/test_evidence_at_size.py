"""What makes a long return quick and small to read changes nothing of what is found in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbr.contract.model import Field, FieldKind
from pbr.evidence import checks, parts, plain, read_tables
from pbr.evidence import read as reading
from pbr.evidence.checks import find_orphans, find_twins
from tests.evidence_terms import ID, TEXT, faults, one_table, read
from tests.test_evidence_split import NESTED, nested

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.evidence import Evidence

PROVIDER: Final = Field(type=FieldKind.PROVIDER)
WORDS: Final = Field(type=FieldKind.TEXT, one_of=("job", "café", " odd", "cafe\N{COMBINING ACUTE ACCENT}"))
CODED: Final = Field(type=FieldKind.TEXT, one_of=("job", "café"), codes={"J": "job", "café": "job"})
FILLED: Final = Field(type=FieldKind.TEXT, one_of=("job",), codes={" ": "job", "": "job"})
FREE_CODES: Final = Field(type=FieldKind.TEXT, codes={"J": "job"})
OF_TEXT: Final = (ID, TEXT, PROVIDER, WORDS, CODED, FILLED, FREE_CODES, Field(type=FieldKind.ID, of="whole"))
CELL: Final = st.one_of(
    st.none(),
    st.sampled_from(["job", "J", "café", "cafe\N{COMBINING ACUTE ACCENT}", " odd", "north", " north", "7", ""]),
    st.text(st.sampled_from("aJ ~!\t\n\N{NO-BREAK SPACE}\N{ZERO WIDTH SPACE}é\x7f"), max_size=3),
)


def found(evidence: Evidence) -> list[list[tuple[Any, ...]]]:
    """List the accepted rows, the copies and what is refused."""
    rows = evidence.tables["people"].collect().sort("_row").rows()
    return [rows, evidence.copies["people"].rows(), evidence.refused.rows()]


@given(st.sampled_from(OF_TEXT), st.lists(CELL, min_size=1, max_size=4))
def test_columns_read_as_they_are_are_typed_alike(
    tmp_path_factory: pytest.TempPathFactory, field: Field, cells: list[str | None]
) -> None:
    """Whether a column is looked at first or typed cell by cell, the same is accepted and refused."""
    frame = pl.DataFrame({"participant": [f"P{place}" for place in range(len(cells))], "x": cells})
    folder = tmp_path_factory.mktemp("plain")
    frame.cast(pl.String).write_parquet(folder / "people.parquet")
    looked = found(read(one_table(x=field), folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "plain_columns", lambda *_: frozenset())
        assert found(read(one_table(x=field), folder)) == looked


def test_a_look_that_misses_something_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the look took every cell for plain, an outer space would be kept: the comparison above can fail."""
    pl.DataFrame({"participant": ["a"], "x": [" b "]}).write_parquet(tmp_path / "people.parquet")
    right = found(read(one_table(x=TEXT), tmp_path))
    assert right[0] == [(0, "a", "b")]
    monkeypatch.setattr(plain, "_PLAIN", ".")
    assert found(read(one_table(x=TEXT), tmp_path)) != right


def test_plain_columns_are_scanned_and_no_more(tmp_path: Path) -> None:
    """The plan of a file whose text is plain only scans it, so that filters reach the file."""
    frame = pl.DataFrame({"participant": ["a", "b"], "x": ["job", None], "y": ["two words", "b"]})
    frame.write_parquet(tmp_path / "people.parquet")
    contract = one_table(x=WORDS, y=TEXT)
    plan = read(contract, tmp_path).tables["people"].filter(pl.col("x") == "job").explain()
    assert "SELECTION" in plan
    assert "strip" not in plan
    frame.with_columns(x=pl.Series(["job", "J"])).write_parquet(tmp_path / "people.parquet")
    evidence = read(contract, tmp_path)
    assert "strip" in evidence.tables["people"].explain()
    assert faults(evidence) == [(3, "x", "PBR216")]


ROWS: Final = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([1, 2, None])), max_size=12)


@given(ROWS, st.booleans(), st.integers(1, 13), st.sampled_from([0, checks.MOST_IN_SET]))
def test_twins_are_the_same_however_few_rows_are_held(
    rows: list[tuple[str, int | None]], has_key: bool, at_once: int, in_set: int
) -> None:
    """Copies and clashes are those that a look at each pair of rows finds, for any number of rows held at once."""
    frame = pl.DataFrame(rows, schema={"key": pl.String, "value": pl.Int64}, orient="row")
    numbered = frame.with_row_index("_row").cast({"_row": pl.UInt32}).lazy()
    key = ("key",) if has_key else ()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "MOST_IN_SET", in_set)
        twins = find_twins(numbered, ("key", "value"), key, count=len(rows), at_once=at_once)
    first = {row: place for place, row in reversed(list(enumerate(rows)))}
    clashing = {
        place for place, row in enumerate(rows) if has_key and any(row[0] == one[0] and row != one for one in rows)
    }
    copies = [(place, first[row]) for place, row in enumerate(rows) if first[row] != place and place not in clashing]
    assert twins.copies.rows() == copies
    assert twins.clashes["_row"].to_list() == sorted(clashing)
    for place, other, fields in twins.clashes.rows():
        mine = rows[place][0]
        assert other == min(at for at, row in enumerate(rows) if row[0] == mine and row != rows[place])
        assert fields == "'value'"


@given(st.lists(st.sampled_from("abcde"), max_size=8), st.sets(st.sampled_from("abcd")), st.integers(1, 5))
def test_rows_of_nobody_are_the_same_however_few_keys_are_held(
    owners: list[str], parents: set[str], at_once: int
) -> None:
    """Rows without a parent are found for any number of keys held at once."""
    rows = pl.LazyFrame({"key": owners}, schema={"key": pl.String}).with_row_index("_row")
    theirs = pl.LazyFrame({"key": sorted(parents)}, schema={"key": pl.String})
    found = find_orphans(rows, theirs, ("key",), "streaming", count=len(parents), at_once=at_once)
    assert found.rows() == [(place, owner) for place, owner in enumerate(owners) if owner not in parents]


def test_long_tables_are_read_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table too long to be held, and a list of refused rows too long for a set, give the same rows and numbers."""
    contract = nested(ID)
    few = read_tables(contract, NESTED)
    monkeypatch.setattr(reading, "MOST_HELD", 0)
    monkeypatch.setattr(checks, "MOST_IN_SET", 0)
    many = read_tables(contract, NESTED)
    assert "JOIN" in many.tables["notes"].explain()
    assert "JOIN" not in few.tables["notes"].explain()
    assert few.shared["notes"].height > 10
    for table, rows in few.tables.items():
        assert many.tables[table].collect().sort("_row").equals(rows.collect().sort("_row"))
    assert {table: pairs.rows() for table, pairs in many.shared.items()} == {"notes": few.shared["notes"].rows()}
    assert many.counts == few.counts
    assert many.refused.equals(few.refused)


def test_neighbouring_files_are_one_plan_and_keep_their_numbers(tmp_path: Path) -> None:
    """Files that are read alike are scanned together; every row keeps its number, its file and its record there."""
    folder = tmp_path / "people"
    folder.mkdir()
    for number in range(12):
        names = [f"P{number}a", f"P{number}b", f"P{number}c"]
        frame = pl.DataFrame({"participant": names, "x": ["job", None, "café"]})
        if number == 5:
            frame = frame.with_columns(x=pl.Series(["job", "J", " job"]))
        elif number == 7:
            frame = frame.rename({"x": "y"})
        elif number == 9:
            frame = pl.concat([frame, frame[:1], pl.DataFrame({"participant": ["P2b"], "x": ["job"]})])
        elif number == 10:
            frame = frame.clear()
        frame.write_csv(folder / "11.csv") if number == 11 else frame.write_parquet(folder / f"{number:02}.parquet")
    evidence = read(one_table(x=WORDS), tmp_path)
    assert [(file.file.rpartition("/")[2], file.rows, file.first) for file in evidence.files[4:]] == [
        ("04.parquet", 3, 12),
        ("05.parquet", 3, 15),
        ("06.parquet", 3, 18),
        ("07.parquet", 3, 21),
        ("08.parquet", 3, 24),
        ("09.parquet", 5, 27),
        ("10.parquet", 0, 32),
        ("11.csv", 3, 32),
    ]
    # 00 to 04, 05 that is typed, 06, and 08 to 10
    assert evidence.tables["people"].explain().count("Parquet SCAN") == 4
    for row, name in evidence.tables["people"].select("_row", "participant").collect().iter_rows():
        number, record = int(name[1:-1]), "abc".index(name[-1]) + 2
        assert evidence.place("people", row) == (
            str(folder / f"{number:02}.{'csv' if number == 11 else 'parquet'}"),
            record,
        )
    refused = evidence.refused.with_columns(pl.col("file").str.slice(-10)).select("file", "row", "code", "message")
    assert [row[:3] for row in refused.rows()] == [
        ("02.parquet", 3, "PBR221"),
        ("05.parquet", 3, "PBR216"),
        ("07.parquet", None, "PBR204"),
        ("09.parquet", 6, "PBR221"),
    ]
    assert refused["message"][0] == "row 6 of 09.parquet has the same key, but other content in 'x'; send one row"
    assert refused["message"][3] == "row 3 of 02.parquet has the same key, but other content in 'x'; send one row"
    assert evidence.copies["people"].rows() == [(30, 27)]
    assert evidence.tables["people"].filter(pl.col("participant") == "P5c").collect().rows() == [(17, "P5c", "job")]
