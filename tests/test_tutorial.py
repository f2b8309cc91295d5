"""The tutorial: every block is run, in order, from a blank folder, and every answer on the page is the program's."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
import subprocess
import sys
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import pytest

from pbr.cli import run
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Golden

PAGE: Final = "docs/tutorial/README.md"
AGREES: Final = "docs/tutorial/a-community-agrees.md"
HOW_TO_PAGES: Final = "docs/how-to"
HOW_TO: Final = sorted(path.name for path in (ROOT / HOW_TO_PAGES).glob("*.md"))
BLOCK: Final = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def followed(page: str, folder: Path, asked: Callable[[str, Path], str] | None = None) -> str:
    """Do what the page says in a folder, and give the page with what the program answered.

    A block that names a file is added to it, a text block shows one, and a diff block changes a line of one; a console
    block holds commands after `$`, each with its answer.
    """

    def done(block: re.Match[str]) -> str:
        kind, file, text = block.groups()
        if kind == "text":
            return f"```text {file}\n{(folder / file).read_text(encoding='utf-8')}```"
        if kind == "diff":
            change(folder / file, text)
            return block[0]
        if file is not None:
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as added:
                added.write(text)
            return block[0]
        assert kind == "console", f"a block that is not tried: {block[0]}"
        commands = [line for line in text.split("\n") if line.startswith("$ ")]
        return (
            "```console\n"
            + "".join(f"{command}\n{(asked or answer)(command[2:], folder)}" for command in commands)
            + "```"
        )

    return BLOCK.sub(done, page)


def change(file: Path, text: str) -> None:
    """Change the one line that a block begins with `-` into the one that it begins with `+`."""
    old, new = text.splitlines()
    assert (old[0], new[0]) == ("-", "+"), text
    lines = file.read_text(encoding="utf-8").split("\n")
    assert lines.count(old[1:]) == 1, f"{file.name} does not have this line once: {old}"
    file.write_text("\n".join(new[1:] if line == old[1:] else line for line in lines), encoding="utf-8")


def answer(command: str, folder: Path) -> str:
    """Run a command as somebody in that folder would."""
    name, *arguments = command.split()
    assert name in {"pbr", "python"}, command
    told = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, *(["-m", "pbr"] if name == "pbr" else []), *arguments],
        cwd=folder,
        env=told,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return "".join(f"{line.rstrip()}\n" for line in ran.stdout.rstrip().split("\n"))


def quick_answer(command: str, folder: Path) -> str:
    """Run a command in this process, for a page of many of them."""
    name, *arguments = command.split()
    assert name == "pbr", command
    said = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        run(arguments)
    return "".join(f"{line.rstrip()}\n" for line in said.getvalue().rstrip().split("\n"))


def test_the_tutorial_can_be_followed(tmp_path: Path, golden: Golden) -> None:
    """From a blank file to a statement: each answer stands on the page as the program gives it."""
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    golden(PAGE, followed(page, tmp_path))
    assert (tmp_path / "out" / "statement.csv").read_text(encoding="utf-8-sig").count("\n") >= 5


def test_a_community_can_agree(tmp_path: Path, golden: Golden) -> None:
    """From paper to a count, a contract, an explanation, and what goes wrong: each answer is the program's."""
    page = (ROOT / AGREES).read_text(encoding="utf-8")
    assert page.count("```") == 2 * len(BLOCK.findall(page))
    assert {kind for kind, _, _ in BLOCK.findall(page)} == {"yaml", "csv", "console", "text", "diff"}
    golden(AGREES, followed(page, tmp_path, quick_answer))
    with (tmp_path / "out" / "statement.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    paid = {row["subject"]: Fraction(0) for row in rows}
    for row in rows:
        paid[row["subject"]] += Fraction(row["amount"])
    assert [str(paid[person]) for person in ("M1", "M2", "M10", "M12")] == ["500", "250", "250", "250"]
    pot = {row["occurrence"]: Fraction(row["amount"]) for row in rows if row["payment"] == "pot"}
    assert pot == {
        "Y1-Q1 homes": 3600,
        "Y1-Q1 content": 4000,
        "Y1-Q2 homes": 3000,
        "Y1-Q2 content": 0,
        "Y2-Q1 homes": 5000,
        "Y2-Q1 content": 5000,
        "Y3-Q1 homes": 5000,
    }


@pytest.mark.parametrize("name", HOW_TO)
def test_a_how_to_can_be_followed(tmp_path: Path, golden: Golden, name: str) -> None:
    """Each block of the page is run in order, and each answer on it is the program's."""
    page = (ROOT / HOW_TO_PAGES / name).read_text(encoding="utf-8")
    assert page.count("```") == 2 * len(BLOCK.findall(page))
    golden(f"{HOW_TO_PAGES}/{name}", followed(page, tmp_path))


def test_every_block_of_the_tutorial_is_tried() -> None:
    """No fence of the page stands outside a block that is run."""
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    assert page.count("```") == 2 * len(BLOCK.findall(page))
    kinds = {kind for kind, _, _ in BLOCK.findall(page)}
    assert kinds == {"yaml", "csv", "console"}


def test_the_rate_card_shows_what_is_cut(tmp_path: Path) -> None:
    """The cut is a line of the statement: 75.00 of 275.00 was left, and the column adds up to the total."""
    page = (ROOT / HOW_TO_PAGES / "write-a-rate-card.md").read_text(encoding="utf-8")
    followed(re.sub(r"^\$ pbr (check|test|explain).*\n", "", page, flags=re.MULTILINE), tmp_path)
    with (tmp_path / "out" / "statement.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    shown = ["subject", "occurrence", "clause", "adjustment", "amount", "limit", "left"]
    fourth = [[row[key] for key in shown] for row in rows if (row["subject"], row["occurrence"]) == ("R2", "4")]
    assert fourth == [
        ["R2", "4", "4.2", "-", "275.00", "", ""],
        ["R2", "4", "5.1", "person_most", "-200.00", "2000.00", "75.00"],
    ]
    assert sum(Fraction(row["amount"]) for row in rows) == 4925
