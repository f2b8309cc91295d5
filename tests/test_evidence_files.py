"""The return's files: where they are found, how CSV is split, and what is refused as a whole."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import os
import random
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pbr.contract.model import Field, FieldKind
from pbr.evidence.csv_file import split_csv
from pbr.problem import EvidenceError
from tests.evidence_terms import DATE, FAMILY, TEXT, accepted, faults, one_table, read, write

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.contract.model import Terms
    from pbr.evidence.files import Source

NOTES: Final = one_table(note=TEXT)
HEAD: Final = "participant,note\n"


def stopped(contract: Terms, source: Source) -> list[str]:
    """Read a return that cannot be read, and give the problems without folders."""
    with pytest.raises(EvidenceError) as caught:
        read(contract, source)
    assert caught.value.exit_code == 2
    return [str(problem)[len(problem.file.rpartition("/")[0]) :].lstrip("/") for problem in caught.value.problems]


def notes_of(folder: Path, data: str | bytes) -> list[tuple[str, str]]:
    """Read the accepted rows of one CSV file."""
    return accepted(read(NOTES, write(folder, people=data)), "people").rows()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "people.csv PBR203 the file has no bytes at all; a table without rows still needs its headings"),
        (HEAD.encode("utf-16"), "people.csv PBR203 this is UTF-16 text, not CSV; save it as CSV in UTF-8"),
        (HEAD.encode("utf-32"), "people.csv PBR203 this is UTF-16 text, not CSV; save it as CSV in UTF-8"),
        (codecs.BOM_UTF32_BE + b"a", "people.csv PBR203 this is UTF-32 text, not CSV; save it as CSV in UTF-8"),
        (
            gzip.compress(HEAD.encode(), mtime=0),
            "people.csv PBR203 this is a gzip archive, not CSV; save it as CSV in UTF-8",
        ),
        (b"PK\x03\x04", "people.csv PBR203 this is a zip archive or a workbook, not CSV; save it as CSV in UTF-8"),
        (b"PAR1PAR1", "people.csv PBR203 this is Parquet, not CSV; save it as CSV in UTF-8"),
        (HEAD.encode() + b"a,caf\xe9\n", "people.csv:2 PBR203 a letter is not in UTF-8; save the file as CSV in UTF-8"),
        (
            HEAD.encode() + b"a,b\n\xed\xa0\x80,\n",
            "people.csv:3 PBR203 a letter is not in UTF-8; save the file as CSV in UTF-8",
        ),
        (HEAD.encode() + b"a,\x00\n", "people.csv:2 PBR203 there is a NUL byte; save the file as CSV in UTF-8"),
        (
            b"participant,note\ra,b\r",
            "people.csv:1 PBR203 the lines end in CR alone; save the file with LF or CRLF line ends",
        ),
        (
            HEAD.encode() + b"a,b\nc,d\re,f\n",
            "people.csv:3 PBR203 a line ends in CR alone; save the file with LF or CRLF line ends",
        ),
        (
            HEAD.encode() + b"a,b\nc,d\r",
            "people.csv:3 PBR203 a line ends in CR alone; save the file with LF or CRLF line ends",
        ),
        (
            HEAD.encode() + b'a,b\n"c,d\n',
            "people.csv:3 PBR203 quotation marks do not balance in the record that starts here",
        ),
        (
            HEAD.encode() + b'a,"b"c\n',
            "people.csv:2 PBR203 quotation marks do not balance in the record that starts here",
        ),
        (
            b'"participant,note\na,b\n',
            "people.csv:1 PBR203 quotation marks do not balance in the record that starts here",
        ),
        (
            HEAD.encode() + b'a\rb,"c"\n',
            "people.csv:2 PBR203 a line ends in CR alone; save the file with LF or CRLF line ends",
        ),
        (b"\nparticipant,note\na,b\n", "people.csv:1 PBR203 there is no heading in the first line"),
        (b" , \na,b\n", "people.csv:1 PBR203 there is no heading in the first line"),
        (codecs.BOM_UTF8, "people.csv:1 PBR203 there is no heading in the first line"),
        (
            codecs.BOM_UTF8 * 2 + HEAD.encode(),
            "people.csv:1 PBR203 the file begins with two byte order marks; save it again as CSV in UTF-8",
        ),
        (
            b"participant, participant \n",
            "people.csv PBR205 columns 1 and 2 both stand for 'participant'; remove or rename one",
        ),
        (b"participant,note,z,z\n", "people.csv PBR205 columns 3 and 4 have the same heading; remove or rename one"),
    ],
)
def test_files_that_cannot_be_read_stop_the_run(tmp_path: Path, data: bytes, message: str) -> None:
    """A file that could only be read by guessing is named with its line, and nothing is read."""
    assert stopped(NOTES, write(tmp_path, people=data)) == [message]


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (HEAD, []),
        ("participant,note", []),
        (HEAD + "a,b", [("a", "b")]),
        (HEAD + "a,b\n\n", [("a", "b")]),
        ("\ufeff" + HEAD + "a,b\n", [("a", "b")]),
        (' participant ,"no""te",note,,\na,x,b,,\n', [("a", "b")]),
        ('"participant",note,"and\nmore"\r\na,"b",\r\n', [("a", "b")]),
        (HEAD + 'a,"x\r\ny"\nb,"1,5"\nc,"say ""no"""\n"","d"\n', [("a", "x\r\ny"), ("b", "1,5"), ("c", 'say "no"')]),
        (HEAD + 'a,5" pipe\nb,x"y"\n', [("a", '5" pipe'), ("b", 'x"y"')]),
        (HEAD + "a,\nb,\n", [("a", None), ("b", None)]),
        ("note,participant\nb,a\n", [("a", "b")]),
        (HEAD + "007,=1+1\n1e3,n/a\nNULL,#N/A\n", [("007", "=1+1"), ("1e3", "n/a"), ("NULL", "#N/A")]),
        (HEAD + "a," + "x" * 200_000 + "\n\n", [("a", "x" * 200_000)]),
    ],
)
def test_csv_is_read_as_it_is_written(tmp_path: Path, data: str, rows: list[tuple[str, str]]) -> None:
    """Everything is text; marks of order, quotes and line ends are read as RFC 4180 says."""
    assert notes_of(tmp_path, data) == rows


def test_ragged_rows_are_refused_one_by_one(tmp_path: Path) -> None:
    """A row too short or too long is refused by itself; a blank line counts as a record but is not read."""
    data = HEAD + 'a,1\nb\n\nc,2,3\r\n\r\n d,"4"\n"e\nf"\ng,\n'
    evidence = read(NOTES, write(tmp_path, people=data))
    assert accepted(evidence, "people").rows() == [("a", "1"), ("d", "4"), ("g", None)]
    assert faults(evidence) == [(3, "", "PBR206"), (5, "", "PBR206"), (8, "", "PBR206")]
    assert evidence.refused["message"].to_list() == [
        "the row has 1 value, the heading 2; quote values that hold commas",
        "the row has 3 values, the heading 2; quote values that hold commas",
        "the row has 1 value, the heading 2; quote values that hold commas",
    ]
    assert [evidence.place("people", row)[1] for row in evidence.tables["people"].collect()["_row"]] == [2, 7, 9]
    assert evidence.counts["people"].read == 6


def test_blank_lines_of_a_file_with_one_column(tmp_path: Path) -> None:
    """With one column a blank line is still no row, and an empty value in quotation marks is one."""
    evidence = read(one_table(), write(tmp_path, people='participant\na\n\n""\n"b"\nc,d\n'))
    assert accepted(evidence, "people").rows() == [("a",), ("b",)]
    assert faults(evidence) == [(4, "participant", "PBR210"), (6, "", "PBR206")]


def test_parts_number_their_own_rows_after_blank_lines(tmp_path: Path) -> None:
    """The index of a row runs over all files of its table, and a place names the file's own record."""
    parts = tmp_path / "people"
    parts.mkdir()
    (parts / "1.csv").write_text(HEAD + "a,1\n\nb,2\n")
    (parts / "2.csv").write_text(HEAD)
    (parts / "3.csv").write_text("note,participant\n3,c\n4,b\n5,a,\n")
    (parts / ".DS_Store").write_text("?")
    (parts / "_SUCCESS").write_text("")
    evidence = read(NOTES, tmp_path)
    assert [(file.file.rpartition("/")[2], file.rows, file.first) for file in evidence.files] == [
        ("1.csv", 2, 0),
        ("2.csv", 0, 3),
        ("3.csv", 3, 3),
    ]
    assert faults(evidence) == [
        (4, "participant", "PBR221"),
        (3, "participant", "PBR221"),
        (4, "", "PBR206"),
    ]
    row = evidence.tables["people"].filter(pl.col("participant") == "a").collect()["_row"][0]
    assert evidence.place("people", row) == (str(parts / "1.csv"), 2)
    assert evidence.refused["message"][0].startswith("row 3 of 3.csv has the same key")


CELL = st.text(st.sampled_from('a"\n\r, é'), max_size=4)


@given(st.lists(st.lists(CELL, min_size=1, max_size=3), max_size=6), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_what_is_written_as_csv_is_read_back(rows: list[list[str]], end: str, quote: bool) -> None:
    """Fields written by Python's own writer come back, at their record's number; others are counted as ragged."""
    out = io.StringIO()
    # Python's writer leaves a CR unquoted where lines end in LF alone
    if quote or any("\r" in cell for row in rows for cell in row):
        writer = csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL)
    else:
        writer = csv.writer(out, lineterminator=end)
    writer.writerows([["h1", "h2"], *rows])
    text = split_csv(out.getvalue().encode(), "x.csv")
    assert text.frame.rows() == [(index, *row) for index, row in enumerate(rows) if len(row) == 2]
    assert [(each.index, each.width) for each in text.ragged] == [
        (index, len(row)) for index, row in enumerate(rows) if len(row) != 2
    ]
    assert text.records == len(rows)


@given(st.text(st.sampled_from('a"\n\r,'), max_size=12))
def test_any_text_is_split_as_the_library_does_or_refused(text: str) -> None:
    """What is accepted is what Python's strict reader makes of it; where that stops, so do we."""
    data = f"h1,h2\n{text}"
    try:
        ours = split_csv(data.encode(), "x.csv")
    except EvidenceError:
        lone = text.replace("\r\n", "")
        try:
            list(csv.reader(io.StringIO(data, newline=""), strict=True))
        except csv.Error:
            return
        assert "\r" in lone
        return
    theirs = list(csv.reader(io.StringIO(data, newline=""), strict=True))[1:]
    assert ours.frame.drop("index").rows() == [tuple(row) for row in theirs if len(row) == 2]
    assert [each.width for each in ours.ragged] == [len(row) for row in theirs if len(row) not in {0, 2}]
    assert ours.records == len(theirs)


def test_a_long_quoted_file_is_split_alike_in_all_threads() -> None:
    """A file of many chunks with line breaks in its fields is split as Python's reader splits it."""
    chance = random.Random(7)  # noqa: S311  # made-up rows need no secrets
    words = ["plain", "two\nlines", 'say "no"', "a,b", "", "é"]
    rows = [[str(number), *chance.choices(words, k=3)] for number in range(60_000)]
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c", "d"], *rows])
    text = split_csv(out.getvalue().encode(), "x.csv")
    assert text.frame.drop("index").rows() == [tuple(row) for row in rows]
    assert text.ragged == ()


def test_a_missing_column_refuses_its_file_in_one_line(tmp_path: Path) -> None:
    """Every row of the file is refused in one exception with their number, and the rest is evaluated."""
    contract = one_table(columns={"Start date": "start"}, start=DATE, note=TEXT)
    parts = tmp_path / "people"
    parts.mkdir()
    (parts / "1.csv").write_text("participant,notes,Start dat\na,x,2025-04-01\nb\n\n")
    (parts / "2.csv").write_text("participant,note,Start date,more\nc,x,2025-04-01,?\n")
    evidence = read(contract, tmp_path)
    assert accepted(evidence, "people")["participant"].to_list() == ["c"]
    assert faults(evidence) == [(None, "start, note", "PBR204")]
    assert evidence.refused["rows"].to_list() == [2]
    assert evidence.refused["message"].to_list() == [
        "no heading for 'start' (did you mean 'Start dat'?), 'note' (did you mean 'notes'?); every row is refused"
    ]
    assert evidence.counts["people"].refused == 2


def test_missing_columns_never_show_the_first_row(tmp_path: Path) -> None:
    """A file without headings has its first row where they should be: none of it is quoted."""
    evidence = read(NOTES, write(tmp_path, people="P1,heroin\nP2,alcohol\n"))
    assert evidence.refused["message"].to_list() == ["no heading for 'participant', 'note'; every row is refused"]
    assert stopped(NOTES, write(tmp_path, people="heroin,heroin\n")) == [
        "people.csv PBR205 columns 1 and 2 have the same heading; remove or rename one"
    ]


def test_headings_are_named_as_returned(tmp_path: Path) -> None:
    """An exception names the heading of its own file, and two headings for one field stop the run."""
    contract = one_table(columns={"Ref *": "participant", "^Day$": "day"}, day=DATE)
    evidence = read(contract, write(tmp_path, people=" Ref *,^Day$\na,?\nb,2025-04-01\nb,\n"))
    assert faults(evidence) == [(2, "^Day$", "PBR212"), (3, "Ref *", "PBR221"), (4, "Ref *", "PBR221")]
    frame = pl.DataFrame({"^Day$": ["2025-04-01"], " Ref *": ["a"], "*": [1]})
    assert faults(read(contract, {"people": frame})) == []
    both = pl.DataFrame({"day": ["2025-04-01"], "^Day$": ["2025-04-01"], "participant": ["a"]})
    assert stopped(contract, {"people": both}) == [
        "frame PBR205 columns 1 and 2 both stand for 'day'; remove or rename one"
    ]


def test_sensitive_ids_are_not_quoted_for_rows_of_nobody(tmp_path: Path) -> None:
    """The id of a row of nobody is not quoted if it is sensitive."""
    people = FAMILY.tables["people"]
    hidden = {"participant": Field(type=FieldKind.ID, sensitive="true"), "start": DATE}
    contract = one_table()
    tables = {**FAMILY.tables, "people": type(people)(row_is="participant", fields=hidden)}
    contract = type(contract)(
        pbr="1", contract=contract.contract, tables=tables, cohort=contract.cohort, outcomes=contract.outcomes
    )
    files = {
        "people": "participant,start\n",
        "visits": "participant,visit,day\n",
        "notes": "participant,kind,day\nP1,,\n",
    }
    evidence = read(contract, write(tmp_path, **files))
    message = "the value is not the participant of an accepted row of 'people'; correct it, or mend that row"
    assert evidence.refused["message"].to_list() == [message]


def test_all_problems_of_files_are_raised_together(tmp_path: Path) -> None:
    """A missing table, two files for one and a file that cannot be read are reported at once."""
    write(tmp_path, peopel="x", visits="participant,visit,day\n", notes=b"")
    (tmp_path / "visits").mkdir()
    folder = tmp_path.name
    assert stopped(FAMILY, tmp_path) == [
        f"{folder} PBR202 table 'visits' is there twice: visits.csv and visits",
        f"{folder} PBR201 no people.csv or people.parquet for table 'people'; did you mean 'peopel.csv'?",
        "notes.csv PBR203 the file has no bytes at all; a table without rows still needs its headings",
    ]


def test_a_folder_must_be_there(tmp_path: Path) -> None:
    """Without the folder of the return nothing can be read."""
    assert stopped(NOTES, tmp_path / "none") == ["none PBR201 no such folder"]
    (tmp_path / "file").write_text("")
    assert stopped(NOTES, str(tmp_path / "file")) == ["file PBR201 not a folder"]
    (tmp_path / "people").mkdir()
    assert stopped(NOTES, tmp_path) == ["people PBR201 the folder of table 'people' holds no file"]


def test_only_plain_files_are_opened(tmp_path: Path) -> None:
    """Pipes, folders, other files and links to nowhere are refused without being opened; other links are followed."""
    parts = tmp_path / "people"
    parts.mkdir()
    os.mkfifo(parts / "a.csv")
    (parts / "b.csv").mkdir()
    (parts / "c.txt").write_text(HEAD)
    (parts / "d.csv").symlink_to(parts / "nowhere")
    (tmp_path / "real.csv").write_text(HEAD + "a,b\n")
    (parts / "e.csv").symlink_to(tmp_path / "real.csv")
    assert stopped(NOTES, tmp_path) == [
        "a.csv PBR203 not a plain file",
        "b.csv PBR203 not a plain file",
        "c.txt PBR203 the name ends neither in .csv nor in .parquet",
        "d.csv PBR203 the link leads nowhere",
    ]
    assert accepted(read(NOTES, {"people": parts / "e.csv"}), "people").rows() == [("a", "b")]


def test_names_of_files_are_not_patterns(tmp_path: Path) -> None:
    """A star or bracket in a path is that letter, for CSV and Parquet alike."""
    folder = tmp_path / "a[1]*=b"
    folder.mkdir()
    write(folder, people=HEAD + "a,b\n")
    assert accepted(read(NOTES, folder), "people").rows() == [("a", "b")]
    (folder / "people.csv").unlink()
    pl.DataFrame({"participant": ["a"], "note": ["b"], "_row": [7], "_row_": [8]}).write_parquet(
        folder / "people.parquet"
    )
    evidence = read(NOTES, folder)
    assert evidence.tables["people"].collect().rows() == [(0, "a", "b")]


def test_a_mapping_names_every_table(tmp_path: Path) -> None:
    """A map of tables has exactly those of the contract; its paths are files or folders of parts."""
    frame = pl.DataFrame({"participant": ["a"], "note": ["b"]})
    assert stopped(NOTES, {"peopel": frame}) == [
        "PBR201 no table 'peopel' in the contract; did you mean 'people'?",
        "PBR201 nothing is given for table 'people'",
    ]
    assert stopped(NOTES, {"people": tmp_path / "no.csv"}) == ["no.csv PBR201 no such file for table 'people'"]
    assert stopped(NOTES, {"people": frame.lazy().select(pl.col("none"))}) == [
        "frame PBR203 the frame of table 'people' cannot be worked out"
    ]
    frame.write_parquet(tmp_path / "x.parquet")
    evidence = read(NOTES, {"people": str(tmp_path / "x.parquet")})
    assert evidence.files[0].sha256 == hashlib.sha256((tmp_path / "x.parquet").read_bytes()).hexdigest()
    assert read(NOTES, {"people": frame}).files[0].file == "frame"


def test_files_are_fingerprinted(tmp_path: Path) -> None:
    """The hash of a CSV file is that of its bytes as they stand."""
    data = HEAD + "a,b\n\n"
    evidence = read(NOTES, write(tmp_path, people=data))
    assert evidence.files[0].sha256 == hashlib.sha256(data.encode()).hexdigest()


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "middle"])
def test_damaged_parquet_stops_the_run(tmp_path: Path, damage: str) -> None:
    """A Parquet file that is damaged is refused as a whole, in our words."""
    path = tmp_path / "people.parquet"
    pl.DataFrame({"participant": ["a"], "note": ["b"]}).write_parquet(path)
    data = path.read_bytes()
    made = {
        "empty": b"",
        "text": HEAD.encode(),
        "cut": data[:-9],
        "middle": data[:30] + b"\xff" * (len(data) - 40) + data[-10:],
    }
    path.write_bytes(made[damage])
    [problem] = stopped(NOTES, tmp_path)
    assert problem.startswith("people.parquet PBR203 ")
    assert problem.endswith("write it again")


def test_a_file_that_may_not_be_opened_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without permission is a problem of the return, not a fault of ours."""
    write(tmp_path, people=HEAD)
    pl.DataFrame({"participant": ["a"], "note": ["b"]}).write_parquet(tmp_path / "x.parquet")

    def refuse(*_: Any) -> None:  # noqa: ANN401
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    monkeypatch.setattr("hashlib.file_digest", refuse)
    assert stopped(NOTES, tmp_path) == ["people.csv PBR203 the file cannot be opened: Permission denied"]
    assert stopped(NOTES, {"people": tmp_path / "x.parquet"}) == [
        "x.parquet PBR203 the file cannot be opened: Permission denied"
    ]


def test_parquet_stays_on_disk(tmp_path: Path) -> None:
    """The accepted rows of a Parquet file are a plan that scans it, with the row index of the file."""
    frame = pl.DataFrame({"participant": ["a", "b", "b", "c"], "note": ["x", "y", "y", "\x01"]})
    frame.write_parquet(tmp_path / "people.parquet")
    evidence = read(NOTES, tmp_path)
    assert "Parquet SCAN" in evidence.tables["people"].explain()
    assert evidence.tables["people"].collect().sort("_row").rows() == [(0, "a", "x"), (1, "b", "y")]
    assert evidence.copies["people"].rows() == [(2, 1)]
    assert faults(evidence) == [(5, "note", "PBR224")]
    frame[:1].write_parquet(tmp_path / "people.parquet")
    assert "JOIN" not in read(NOTES, tmp_path).tables["people"].explain()


def test_copies_stay_among_the_rows_on_disk_for_what_they_do_not_change(tmp_path: Path) -> None:
    """They are left in beside the accepted rows, and nothing that is refused; of people, and in memory, never."""
    tables = {
        "people": pl.DataFrame({"participant": ["a", "b", "b"], "start": ["2025-04-01"] * 3}),
        "visits": pl.DataFrame({"participant": ["a"], "visit": [1], "day": ["2025-04-02"]}),
        "notes": pl.DataFrame(
            {"participant": ["a", "b", "a", "z", "z", "b"], "kind": ["k"] * 6, "day": ["2025-04-02"] * 5 + ["?"]}
        ),
    }
    for name, frame in tables.items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
    evidence = read(FAMILY, tmp_path)
    rows = {name: each.collect()["_row"].sort().to_list() for name, each in evidence.repeated.items()}
    assert rows == {"notes": [0, 1, 2]}
    assert accepted(evidence, "notes")["participant"].to_list() == ["a", "b"]
    assert faults(evidence) == [(5, "participant", "PBR222"), (6, "participant", "PBR222"), (7, "day", "PBR212")]
    assert evidence.copies["people"].height == 1
    some = evidence.tables["notes"].filter(pl.col("participant") == "a")
    assert evolve(evidence, tables=evidence.tables | {"notes": some}).repeated == {}
    assert read(FAMILY, tables).repeated == {}
    for name, frame in tables.items():
        frame.unique(maintain_order=True).write_parquet(tmp_path / f"{name}.parquet")
    assert read(FAMILY, tmp_path).repeated == {}


def test_schemas_are_those_declared(tmp_path: Path) -> None:
    """Whatever is read, the columns and their types are the same."""
    evidence = read(FAMILY, write(tmp_path, people="participant,start\n", visits="x\n", notes="participant,kind,day\n"))
    wanted = {"_row": pl.UInt32, "participant": pl.String}
    assert evidence.tables["people"].collect_schema() == {**wanted, "start": pl.Date}
    assert evidence.tables["visits"].collect_schema() == {**wanted, "visit": pl.Int64, "day": pl.Date}
    assert evidence.tables["notes"].collect_schema() == {**wanted, "kind": pl.String, "day": pl.Date}
    assert evidence.copies["notes"].schema == {"_row": pl.UInt32, "_of": pl.UInt32}
    assert evidence.refused.schema == {
        "table": pl.String,
        "file": pl.String,
        "row": pl.UInt32,
        "column": pl.String,
        "code": pl.String,
        "message": pl.String,
        "rows": pl.UInt32,
    }
    assert evidence.refused.select("column", "code", "rows").rows() == [("participant, visit, day", "PBR204", 0)]
