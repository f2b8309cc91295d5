"""Bad input: every code, with the file that earns it and the words that a person then reads.

Each folder of tests/errors is one case: `contract.yaml` or `return/`, or `input.json`, from which files too long or too
odd to keep are made; `cases/`, if it is about them; `command.txt`, if it is not `check contract.yaml`; and
`expected.txt`, all that is printed. A folder without a contract is given base.yaml. A command `runner NAME SCHEDULER`
asks for a runner, and gives it a task that stops with what only a cluster can show.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr.contract
from pbr.cli import run
from pbr.problem import RULES, PbrError
from pbr.runners import make_runner
from pbr.runners.model import given_up
from pbr.runners.same import Same

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Golden

ERRORS: Final = Path(__file__).parent / "errors"
CASES: Final = tuple(sorted(path.name for path in ERRORS.iterdir() if path.is_dir()))
CODES: Final = tuple(name for name in CASES if name.startswith("PBR"))
MOST_SECONDS: Final = 30
BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"


def fails(path: object, _kinds: object) -> None:
    """Fail as a mistake of ours would, with data in its message."""
    raise KeyError(f"P1 heroin {path}")


def loses_its_worker(setting: str) -> None:
    """Fail as a part does whose worker is lost each time."""
    raise given_up(setting)


TASKS: Final[dict[str, Callable[[str], object]]] = {
    "given-up": loses_its_worker,
    "of-another-pbr": Same(str, ("Python 3.11", "pbr 0.0", "polars 2.1.0")),
}


def text_of(part: str | dict[str, Any]) -> str:
    """Make one piece of a file: text as it is, text repeated, or the whole of base.yaml."""
    if isinstance(part, str):
        return part
    if "repeat" in part:
        text, times = part["repeat"]
        return str(text) * int(times)
    return (ERRORS / "base.yaml").read_text(encoding="utf-8")


def make_file(path: Path, recipe: dict[str, Any]) -> None:
    """Make one file as `input.json` describes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if "pipe" in recipe:
        os.mkfifo(path)
    elif "parquet" in recipe:
        frame = pl.DataFrame(recipe["parquet"])
        frame.with_columns(pl.col(name).str.to_date() for name in recipe.get("dates", [])).write_parquet(path)
    else:
        data = "".join(map(text_of, recipe["text"])).encode(recipe.get("encoding", "utf-8"))
        path.write_bytes(gzip.compress(data, mtime=0) if "gzip" in recipe else data)


def set_up(case: str, folder: Path) -> None:
    """Put the files of a case into a folder of their own."""
    shutil.copytree(ERRORS / case, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("expected.txt"))
    recipes = folder / "input.json"
    if recipes.exists():
        for name, recipe in json.loads(recipes.read_text(encoding="utf-8")).items():
            make_file(folder / name, recipe)
    if not os.path.lexists(folder / "contract.yaml"):
        shutil.copy(ERRORS / "base.yaml", folder / "contract.yaml")


def say(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Run one command and give all it prints, and how it ends."""
    printed = io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", printed)
        patch.setattr(sys, "stderr", printed)
        code = run(arguments)
    return f"{printed.getvalue()}exit {code}\n"


def say_runner(name: str, scheduler: str = "-", task: str = "") -> str:
    """Give what is printed of a runner that cannot be had, or of a task that stops on it."""
    try:
        with make_runner(name, None if scheduler == "-" else scheduler) as runner:
            list(runner.map(TASKS[task], ["distributed.scheduler.allowed-failures"]))
    except PbrError as error:
        return "".join(f"{problem}\n" for problem in error.problems) + f"exit {error.exit_code}\n"
    raise AssertionError(task)


def play(case: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the commands of a case in its folder, and give what they print and the rows they refuse."""
    set_up(case, folder)
    monkeypatch.chdir(folder)
    commands = folder / "command.txt"
    lines = commands.read_text(encoding="utf-8").splitlines() if commands.exists() else ["check contract.yaml"]
    said = ""
    for line in lines:
        word, *rest = line.split()
        if word == "copy":
            shutil.copy(*rest)
            continue
        if word == "runner":
            said += say_runner(*rest)
            continue
        began = time.process_time()
        said += say([word, *rest], monkeypatch)
        assert time.process_time() - began < MOST_SECONDS
    refused = folder / "out" / "exceptions.csv"
    if refused.exists() and len(rows := refused.read_text(encoding="utf-8").removeprefix(BOM).splitlines()) > 1:
        said += "exceptions.csv\n" + "\n".join(rows) + "\n"
    return said.replace(f"{folder}/", "")


def expected(case: str) -> str:
    """Read what a case must print."""
    return (ERRORS / case / "expected.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_case_prints_what_is_expected(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, golden: Golden
) -> None:
    """Bad input gives its code, place and fix, without a traceback, in good time."""
    if case == "PBR901":
        monkeypatch.setattr(pbr.contract, "read_contract", fails)
    if case == "PBR406":
        monkeypatch.setitem(sys.modules, "distributed", None)
    if case == "PBR410":
        monkeypatch.setattr("pbr.runners.same.versions", lambda: ("Python 3.11", "pbr 0.1.0", "polars 2.1.0"))
    said = re.sub(r"( in pbr[.\w]*):\d+;", r"\1:LINE;", play(case, tmp_path, monkeypatch))
    golden(f"tests/errors/{case}/expected.txt", said)
    assert "Traceback" not in said


def test_every_code_has_a_case_and_every_case_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    """The folders and the codes that `pbr rule --all` shows are the same set."""
    assert run(["rule", "--all"]) == 0
    shown = re.findall(r"^(PBR\d{3}) ", capsys.readouterr().out, re.MULTILINE)
    assert sorted(shown) == sorted(RULES)
    assert {name for name in CODES if "-" not in name} == set(shown)
    assert {name.partition("-")[0] for name in CODES} == set(shown)


@pytest.mark.parametrize("case", CODES)
def test_case_holds_its_own_code(case: str) -> None:
    """What a case prints names the code in the name of its folder."""
    assert f" {case[:6]} " in f" {expected(case)}".replace("\n", " ").replace(",", " ")


@pytest.mark.parametrize("case", [name for name in CODES if name < "PBR2"])
def test_faulty_contract_stops_the_command(case: str) -> None:
    """A contract that is wrong ends with exit code 1, and one that cannot be read with 2."""
    assert expected(case).splitlines()[-1] == f"exit {RULES[case[:6]].exit}"


@pytest.mark.parametrize("case", [name for name in CODES if name < "PBR2"])
def test_fault_of_a_contract_has_its_place(case: str) -> None:
    """Every problem in the text of a contract, or a file beside it, begins with its file, line or row, and column."""
    problems = [line for line in expected(case).splitlines() if re.search(r" PBR\d{3} ", line)]
    of_files = ("PBR001", "PBR002", "PBR003", "PBR027", "PBR028", "PBR143")
    files = r"(contract\.yaml|cases/one\.yaml|prices\.csv)"
    place = rf"({files}:\d+:\d+|cases/people\.csv row \d+ column \w+)"
    placed = [line for line in problems if re.match(rf"{place} PBR\d{{3}} \S", line)]
    assert problems
    assert placed == problems or case.startswith(of_files)


def test_ten_faults_are_ten_problems() -> None:
    """A file with ten different faults, of layout, structure and meaning, prints all ten."""
    codes = re.findall(r"^contract\.yaml:\d+:\d+ (PBR\d{3}) ", expected("ten-faults"), re.MULTILINE)
    assert len(codes) == len(set(codes)) == 10
    assert "contract.yaml: 10 problems\nexit 1\n" in expected("ten-faults")


def test_refused_rows_stop_nothing_unless_strict() -> None:
    """A return with rows of five faults is evaluated without them, and ends with 1 under --strict."""
    said = expected("return-with-five-faults")
    assert re.findall(r"^exit \d+$", said, re.MULTILINE) == ["exit 0", "exit 1"]
    assert {"PBR204", "PBR213", "PBR223", "PBR221", "PBR210"} <= set(re.findall(r"PBR\d{3}", said))
    assert "Due in all: £1,500.00\n" in said


@pytest.mark.parametrize(
    ("case", "due"),
    [
        ("return-empty", "£0.00"),
        ("return-one-row", "£900.00"),
        ("return-nobody-eligible", "£0.00"),
        ("return-everyone-capped", "£400.00"),
    ],
)
def test_return_with_little_in_it_gives_a_statement(case: str, due: str) -> None:
    """No rows, one row, nobody who belongs and everyone at a limit each give a statement."""
    assert f"\nDue in all: {due}\nexit 0\n" in expected(case)


def test_fault_of_our_own_quotes_no_data() -> None:
    """A mistake of ours is one line that names the place in our code, and never what was being read."""
    said = expected("PBR901").splitlines()
    assert said == ["PBR901 fault of pbr itself: KeyError in pbr.cli.check:LINE; report it with this line", "exit 70"]
