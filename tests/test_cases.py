"""Every worked case beside every contract, and how a case says what came out otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from pbr.cases import Case, case_frames, read_case, run_case
from pbr.contract import Contract, read_contract
from pbr.problem import ContractError
from tests import small

ROOT: Final = Path(__file__).parent.parent
CASES: Final = sorted(ROOT.glob("contracts/*/cases/*.yaml"))
CONTRACTS: Final = sorted(ROOT.glob("contracts/*/contract.yaml"))

TEXT: Final = """\
case: One of each
as_at: 2026-05-01
tables:
  people:
    - {person: A, provider: north, began: 2025-04-01, level: high}
    - {person: B, provider: south, began: 2026-03-02, level: low}
  events:
    - {person: A, kind: job, on: 2025-06-24, seen: 2025-07-01}
    - {person: B, kind: job, on: 2026-04-01, seen: 2026-04-02}
expect:
  decisions:
    - {subject: A, outcome: job, state: met, date: 2025-06-24, reason: met}
    - {subject: B, outcome: kept, state: pending}
  lines:
    - {payment: first, subject: A, amount: 1000.00}
    - {payment: first, subject: B, amount: 660}
    - {payment: second, subject: A, amount: 250.00}
    - {payment: second, subject: A, adjustment: share, amount: -41.67}
    - {payment: second, subject: A, adjustment: most, amount: -8.33}
  total: 1860.00
"""


def named(path: Path) -> str:
    """Name a case by its contract and file."""
    return f"{path.parts[-3]}/{path.stem}"


def case_of(tmp_path: Path, *changes: tuple[str, str]) -> Case:
    """Write a case after changes, and read it."""
    path = tmp_path / "case.yaml"
    path.write_text(small.changed(*changes, text=TEXT))
    return read_case(path)


def said(tmp_path: Path, *changes: tuple[str, str]) -> list[str]:
    """Run a case after changes, and give what it says without the folder."""
    found = run_case(small.contract_of(), case_of(tmp_path, *changes))
    return [line.removeprefix(f"{tmp_path}/") for line in found]


@pytest.fixture(scope="session")
def contracts() -> dict[Path, Contract]:
    """Read every contract once, by its folder."""
    return {path.parent: read_contract(path) for path in CONTRACTS}


@pytest.mark.parametrize("path", CASES, ids=named)
def test_case_comes_out_as_it_says(path: Path, contracts: dict[Path, Contract]) -> None:
    """What the contract makes of the case's return is what the case expects."""
    assert run_case(contracts[path.parent.parent], read_case(path)) == ()


def test_every_contract_has_cases() -> None:
    """Each contract has at least ten cases, and each case a title of its own."""
    for path in CONTRACTS:
        titles = [read_case(case).terms.case for case in (path.parent / "cases").glob("*.yaml")]
        assert len(titles) >= 10
        assert len(set(titles)) == len(titles)


def test_a_case_that_is_right_says_nothing(tmp_path: Path) -> None:
    """Decisions, lines and total that come out as expected are no lines of text."""
    assert said(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("state: pending", "state: met", ["case.yaml:13 B kept: expected met, found pending window_open"]),
        (
            "date: 2025-06-24, reason",
            "date: 2025-06-25, reason",
            ["case.yaml:12 A job: expected met 2025-06-25 met, found met 2025-06-24 met"],
        ),
        (
            "reason: met",
            "reason: defeated",
            ["case.yaml:12 A job: expected met 2025-06-24 defeated, found met 2025-06-24 met"],
        ),
        ("subject: B, outcome", "subject: Z, outcome", ["case.yaml:13 Z kept: expected pending, found no decision"]),
        ("outcome: kept", "outcome: keep", ["case.yaml:13 B keep: expected pending, found no decision"]),
        (
            "amount: 660}",
            "amount: 659.99}",
            [
                "case.yaml:16 expected line first B - 659.99, not found",
                "case.yaml unexpected line first B - 660.00",
            ],
        ),
        (
            "amount: 660}",
            "amount: lots}",
            ["case.yaml:16 expected line first B - lots, not found", "case.yaml unexpected line first B - 660.00"],
        ),
        (
            "    - {payment: first, subject: B, amount: 660}\n",
            "",
            ["case.yaml unexpected line first B - 660.00"],
        ),
        (
            "    - {payment: first, subject: B, amount: 660}\n",
            "    - {payment: first, subject: B, amount: 660}\n" * 2,
            ["case.yaml:17 expected line first B - 660.00, not found"],
        ),
        ("total: 1860.00", "total: 1860.01", ["case.yaml:20 expected total 1860.01, found 1860.00"]),
        ("total: 1860.00", "total: much", ["case.yaml:20 expected total much, found 1860.00"]),
    ],
)
def test_what_came_out_otherwise_is_said_with_its_place(tmp_path: Path, old: str, new: str, lines: list[str]) -> None:
    """A wrong expectation is named with file, line, what was expected and what was found."""
    assert said(tmp_path, (old, new)) == lines


def test_rows_that_are_refused_are_said(tmp_path: Path) -> None:
    """A case with a row that the contract refuses says so before anything else."""
    found = said(tmp_path, ("kind: job, on: 2026-04-01", "kind: nap, on: 2026-04-01"))
    assert found[0].startswith("case.yaml: row 3 of events is refused: PBR216 ")
    assert found[1:] == [
        "case.yaml:16 expected line first B - 660.00, not found",
        "case.yaml:20 expected total 1860.00, found 1200.00",
    ]


def test_what_is_not_expected_is_not_compared(tmp_path: Path) -> None:
    """A case may leave out lines and total, and a decision its date and reason."""
    text = TEXT[: TEXT.index("  lines:")].replace(", date: 2025-06-24, reason: met", "")
    path = tmp_path / "case.yaml"
    path.write_text(text)
    assert run_case(small.contract_of(), read_case(path)) == ()


def test_no_lines_expected_is_not_the_same_as_lines_left_out(tmp_path: Path) -> None:
    """An empty list says that nothing is paid."""
    text = TEXT[: TEXT.index("  lines:")] + "  lines: []\n"
    path = tmp_path / "case.yaml"
    path.write_text(text)
    found = run_case(small.contract_of(), read_case(path))
    assert len(found) == 5
    assert all(" unexpected line " in line for line in found)


def test_tables_and_fields_left_out_are_empty(tmp_path: Path) -> None:
    """Every table and field of the contract is there as text, and an unknown one stays to be refused."""
    text = "case: x\nas_at: 2026-05-01\ntables:\n  people:\n    - {person: A, odd: z}\nexpect: {}\n"
    path = tmp_path / "case.yaml"
    path.write_text(text)
    frames = case_frames(small.contract_of().terms, read_case(path))
    assert frames["people"].to_dicts() == [{"person": "A", "provider": "", "began": "", "level": "", "odd": "z"}]
    assert frames["events"].columns == ["person", "kind", "on", "seen"]
    assert frames["events"].height == 0


def test_a_case_file_that_is_wrong_is_refused_whole(tmp_path: Path) -> None:
    """Faults of a case file have the codes of contracts, all at once."""
    with pytest.raises(ContractError) as caught:
        case_of(tmp_path, ("as_at: 2026-05-01", "as_at: soon"), ("case: One of each", "csae: x"), ("state: met, ", ""))
    assert sorted(problem.code for problem in caught.value.problems) == ["PBR102", "PBR102", "PBR104", "PBR107"]
