"""Rows of a case in a CSV file beside it: read as a return's, with places in the file, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pbr.cases import check_case, read_case
from pbr.cases.run import case_frames, run_case
from pbr.problem import ContractError
from tests import small
from tests.test_cases import TEXT

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.cases import Case

WRITTEN = TEXT[TEXT.index("  people:") : TEXT.index("  events:")]
PEOPLE = "person,provider,began,level\nA,north,2025-04-01,high\n\nB,south,2026-03-02,low\n"


def home_of(tmp_path: Path, rows: str | bytes | None = PEOPLE, named: str = "people.csv", at: str = "") -> Path:
    """Write the case of tests/test_cases with its people in a file, as it is named or somewhere else."""
    folder = tmp_path / "contract" / "cases"
    folder.mkdir(parents=True)
    if rows is not None:
        path = folder / (at or named)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(rows if isinstance(rows, bytes) else rows.encode())
    case = folder / "one.yaml"
    case.write_text(TEXT.replace(WRITTEN, f"  people: {named}\n"))
    return case


def case_with(tmp_path: Path, rows: str | bytes = PEOPLE) -> Case:
    """Read the case with these people."""
    return read_case(home_of(tmp_path, rows))


def faults_of(case: Path) -> list[str]:
    """What is wrong with the file of a case, each in one line without the folder."""
    with pytest.raises(ContractError) as caught:
        read_case(case)
    return [str(problem).replace(f"{case.parent}/", "") for problem in caught.value.problems]


@pytest.mark.parametrize(
    "rows",
    [
        PEOPLE,
        "\ufeff" + PEOPLE.replace("\n", "\r\n"),
        'level,began,"person",provider\nhigh,2025-04-01,A,"north"\nlow,2026-03-02,B,south\n',
    ],
    ids=["as it is", "mark and line ends", "order and quotes"],
)
def test_rows_in_a_file_are_the_rows_written_out(tmp_path: Path, rows: str) -> None:
    """A file of the same rows in any order of columns gives the same case, which passes."""
    case = case_with(tmp_path, rows)
    by_hand = tmp_path / "by_hand.yaml"
    by_hand.write_text(TEXT)
    assert case.terms == read_case(by_hand).terms
    assert check_case(small.contract_of(), case) == ()
    assert run_case(small.contract_of(), case).passed


def test_a_file_may_stand_in_a_folder_of_its_own(tmp_path: Path) -> None:
    """A path may lead into a folder beside the case."""
    case = read_case(home_of(tmp_path, named="rows/people.csv"))
    assert run_case(small.contract_of(), case).passed


def test_headings_may_be_those_of_a_return(tmp_path: Path) -> None:
    """A column goes by its field or by the heading that the contract maps to it; both at once are a fault."""
    mapped = small.changed(
        ("    fields:\n      person: id", "    columns: {Level of need: level}\n    fields:\n      person: id")
    )
    contract = small.contract_of(mapped)
    assert run_case(contract, case_with(tmp_path / "a", PEOPLE.replace("level", "Level of need"))).passed
    twice = case_with(tmp_path / "b", PEOPLE.replace("provider", "Level of need"))
    (found,) = check_case(contract, twice)
    assert (found.code, found.row, found.field) == ("PBR205", 1, "level")


def test_a_field_without_a_column_is_empty(tmp_path: Path) -> None:
    """What is not written is empty, in a file as in rows written out."""
    case = case_with(tmp_path, "person,began\nA,2025-04-01\n")
    frames = case_frames(small.contract_of().terms, case)
    assert frames["people"].to_dicts() == [{"person": "A", "began": "2025-04-01", "provider": "", "level": ""}]


def test_a_heading_that_the_contract_does_not_have_is_a_fault(tmp_path: Path) -> None:
    """It is said once, at the row of headings, and not for each row; without rows too."""
    for number, rows in enumerate((PEOPLE, PEOPLE.partition("\n")[0] + "\n")):
        case = case_with(tmp_path / str(number), rows.replace("level", "levl"))
        (found,) = check_case(small.contract_of(), case)
        assert (found.code, found.row, found.field) == ("PBR140", 1, "levl")
        assert found.file == str(tmp_path / str(number) / "contract" / "cases" / "people.csv")
        assert found.message == "the contract has no field of people 'levl'; did you mean 'level'?"


def test_a_table_that_the_contract_does_not_have_is_a_fault_of_the_case(tmp_path: Path) -> None:
    """Its place is the line of the case that names the table and the file."""
    path = home_of(tmp_path)
    path.write_text(path.read_text().replace("people: people.csv", "peple: people.csv"))
    (found,) = check_case(small.contract_of(), read_case(path))
    assert (found.code, found.line, found.row) == ("PBR140", 4, None)


@pytest.mark.parametrize(
    "named", ["../people.csv", "../../people.csv", "/people.csv", "'..\\people.csv'", "''", '"people\\t.csv"']
)
def test_a_path_outside_the_folder_of_the_case_is_a_fault(tmp_path: Path, named: str) -> None:
    """Only a file in the folder of the case goes where the case goes, as with `init`; the rest is refused unread."""
    (tmp_path / "people.csv").write_text(PEOPLE)
    (fault,) = faults_of(home_of(tmp_path, None, named))
    assert fault.startswith("one.yaml:4:3 PBR144 '")


def test_a_link_out_of_the_contract_is_a_fault(tmp_path: Path) -> None:
    """A link in the folder that leads elsewhere is outside."""
    (tmp_path / "people.csv").write_text(PEOPLE)
    case = home_of(tmp_path, None)
    (case.parent / "people.csv").symlink_to(tmp_path / "people.csv")
    assert faults_of(case)[0].startswith("one.yaml:4:3 PBR144 '")


def test_a_link_to_itself_is_a_fault(tmp_path: Path) -> None:
    """It cannot be read, and is no fault of pbr."""
    case = home_of(tmp_path, None)
    (case.parent / "people.csv").symlink_to("people.csv")
    assert faults_of(case)[0].startswith("one.yaml:4:3 PBR001 'people.csv': cannot be read: ")


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (None, "one.yaml:4:3 PBR001 'people.csv': cannot be read: "),
        (b"x" * (1 << 20) + b"x", "one.yaml:4:3 PBR002 'people.csv': the file has 1,048,577 bytes"),
        (b"\xff\xfe", "people.csv PBR203 this is UTF-16 text, not CSV"),
        (b"", "people.csv PBR203 the file has no bytes at all"),
        (b"person,level\nA,hi\xe9h\n", "people.csv:2 PBR203 a letter is not in UTF-8"),
        ('person,level\nA,"high\n', "people.csv:2 PBR203 quotation marks do not balance"),
        ("person,person\nA,B\n", "people.csv row 1 column person PBR205 columns 1 and 2 have the same heading"),
        ("person,\nA,B\n", "people.csv row 1 PBR144 column 2 has no heading"),
        ("person,level\nA,high\n\nB\n", "people.csv row 4 PBR206 the row has 1 value, the heading 2; quote"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path, rows: str | bytes | None, fault: str) -> None:
    """A file that is not there is a fault at the line of the case; one that is odd, at its own line or row."""
    (found,) = faults_of(home_of(tmp_path, rows))
    assert found.startswith(fault)


def test_faults_of_the_case_and_of_its_file_come_together(tmp_path: Path) -> None:
    """A fault in a file does not hide what else is wrong."""
    case = home_of(tmp_path, "person,level\nA\n")
    case.write_text(case.read_text().replace("2026-05-01", "soon"))
    assert [fault.partition("PBR")[2][:3] for fault in faults_of(case)] == ["206", "107"]


def test_tables_that_are_no_map_are_a_fault(tmp_path: Path) -> None:
    """One file does not stand for all tables."""
    path = tmp_path / "one.yaml"
    path.write_text("case: x\nas_at: 2026-05-01\ntables: people.csv\nexpect: {total: 0}\n")
    assert [fault.partition("PBR")[2][:3] for fault in faults_of(path)] == ["103"]


def test_a_failing_case_names_file_and_row(tmp_path: Path) -> None:
    """A refused row, and each row behind a decision, has its place in the file, blank lines counted."""
    result = run_case(small.contract_of(), case_with(tmp_path, PEOPLE.replace("2026-03-02", "soon")))
    assert str(result.differences[0]).startswith("people.csv row 4 row of people: expected accepted, found refused: ")
    wrong = run_case(small.contract_of(), case_with(tmp_path / "b", PEOPLE.replace("B,south,2026-03-02", "B,south,")))
    assert not wrong.passed
    assert "people.csv row 4" in wrong.explanation
    assert "one.yaml:" in str(wrong.differences[0])
