"""Bad input: every code, with the file that earns it and the words that a person then reads.

Each folder of tests/errors is one case: `contract.yaml` or `return/`, or `input.json`, from which files too long or too
odd to keep are made; `command.txt`, if it is not `check contract.yaml`; and `expected.txt`, all that is printed. A
folder without a contract is given base.yaml.
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
from pbr.problem import RULES

if TYPE_CHECKING:
    from tests.conftest import Golden

ERRORS: Final = Path(__file__).parent / "errors"
CASES: Final = tuple(sorted(path.name for path in ERRORS.iterdir() if path.is_dir()))
CODES: Final = tuple(name for name in CASES if name.startswith("PBR"))
MOST_SECONDS: Final = 5
BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"


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
        began = time.monotonic()
        said += say([word, *rest], monkeypatch)
        assert time.monotonic() - began < MOST_SECONDS
    refused = folder / "out" / "exceptions.csv"
    if refused.exists() and len(rows := refused.read_text(encoding="utf-8").removeprefix(BOM).splitlines()) > 1:
        said += "exceptions.csv\n" + "\n".join(rows) + "\n"
    return said.replace(f"{folder}/", "")


@pytest.mark.parametrize("case", CASES)
def test_case_prints_what_is_expected(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, golden: Golden
) -> None:
    """Bad input gives its code, place and fix, without a traceback, in good time."""
    if case == "PBR901":
        monkeypatch.setattr(pbr.contract, "read_contract", fails)
    said = play(case, tmp_path, monkeypatch)
    golden(f"tests/errors/{case}/expected.txt", said)
    assert "Traceback" not in said
