"""Reading case files: with the reader of contracts, so with positions, limits, and every fault at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pbr.cases.check import check_case
from pbr.cases.model import Case, CaseTerms
from pbr.cases.rows_file import read_row_files
from pbr.document import read_document, structure
from pbr.problem import ContractError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pbr.contract import Contract

FOLDER = "cases"


def case_files(contract: str | Path) -> tuple[Path, ...]:
    """The case files beside a contract: ``cases/*.yaml``, in the order of their names.

    Raises:
        ContractError: PBR143, there is none.
    """
    folder = Path(contract).parent / FOLDER
    found = tuple(sorted(path for path in folder.glob("*.y*ml") if path.suffix in {".yaml", ".yml"}))
    if not found:
        message = f"no case stands beside the contract; write one as {folder.name}/NAME.yaml"
        raise ContractError([Problem(code="PBR143", message=message, file=str(contract))])
    return found


def read_case(path: str | Path) -> Case:
    """Read one case file by itself; ``check_case`` compares its names with a contract's.

    Raises:
        ContractError: Every fault of the file, with the codes of contracts, and of the files of rows that it names.
    """
    document = read_document(path, begins="case: TITLE")
    root, files, wrong = read_row_files(document)
    terms, faults = structure(document, root, CaseTerms, ())
    spoiled = {where for where, _ in document.faults}
    problems = [problem for _, problem in document.faults]
    problems += [*(problem for where, problem in faults if where not in spoiled), *wrong]
    if problems:
        raise ContractError(_sorted(problems))
    return Case(terms=terms, document=document, files=files)


def read_cases(contract: Contract, paths: Iterable[str | Path]) -> tuple[Case, ...]:
    """Read case files and check them against their contract.

    Raises:
        ContractError: Every fault of every file, file by file.
    """
    cases: list[Case] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            case = read_case(path)
        except ContractError as error:
            problems += error.problems
            continue
        problems += _sorted(check_case(contract, case))
        cases.append(case)
    if problems:
        raise ContractError(problems)
    return tuple(cases)


def _sorted(problems: Iterable[Problem]) -> list[Problem]:
    def place(found: Problem) -> tuple[int, int, int, str, str]:
        return found.line or 0, found.column or 0, found.row or 0, found.code, found.message

    return sorted(set(problems), key=place)
