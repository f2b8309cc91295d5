"""The start of a contract: what is written, from what, and that it is checked, passes and overwrites nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Final

import pytest

import pbr
from pbr.problem import PbrError
from pbr.starter import SCHEMAS, library, list_titles, start_contract
from tests import small
from tests.conftest import ROOT
from tests.panels import panel
from tests.panels import written as cited

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.problem import Problem

LIBRARY: Final = sorted(path.parent.name for path in ROOT.glob("contracts/*/contract.yaml"))
FILES: Final = ["contract.yaml", "cases/first.yaml", "README.md", "contract.schema.json", "case.schema.json"]


def names(folder: Path, written: tuple[Path, ...]) -> list[str]:
    """Name what was written, from the folder."""
    return [path.relative_to(folder).as_posix() for path in written]


def problem_of(folder: Path, source: str | Path | None = None) -> Problem:
    """Give the one problem that a start ends with."""
    with pytest.raises(PbrError) as caught:
        start_contract(folder, source)
    (found,) = caught.value.problems
    return found


def ballots(home: Path) -> set[str]:
    """The files of ballots that the agreements in a folder name."""
    found = set()
    for path in home.rglob("*.result.yaml"):
        for name in re.findall(r"^ballots: (\S+)$", path.read_text(encoding="utf-8"), re.MULTILINE):
            found.add((path.parent / name).relative_to(home).as_posix())
    return found


def test_the_library_is_the_folder_of_contracts() -> None:
    """Every contract of the repository can be begun from, by the name of its folder."""
    assert sorted(library()) == LIBRARY
    assert "drug-recovery" in LIBRARY


def test_each_title_of_the_library_is_that_of_the_contract() -> None:
    """The list says the name to begin from and the title in the contract, in order of the names."""
    titles = list_titles()
    assert list(titles) == LIBRARY
    assert titles["drug-recovery"] == "Riverside drug and alcohol recovery service"
    assert len(set(titles.values())) == len(titles)


@pytest.mark.parametrize("source", LIBRARY)
def test_what_is_started_from_the_library_is_the_whole_of_it(tmp_path: Path, source: str) -> None:
    """The contract, every file of its cases and its README are the source's, byte for byte but for the schema's line.

    It has no faults, and the fingerprint of the source, so that its cases come out as they do there.
    """
    written = start_contract(tmp_path / "new", source)
    assert pbr.check_contract(written[0]) == ()
    assert pbr.read_contract(written[0]).fingerprint == pbr.read_contract(library()[source]).fingerprint
    home = ROOT / "contracts" / source
    made = {name: (tmp_path / "new" / name).read_bytes() for name in names(tmp_path / "new", written)}
    ours = {"README.md", *(name for name in made if name.endswith(".schema.json"))}
    for name, data in made.items():
        if name not in ours:
            first, _, rest = data.partition(b"\n")
            schema = first.startswith(b"# yaml-language-server: ")
            of = "README.md" if name == "SOURCE.md" else name
            assert (rest if schema else data) == (home / of).read_bytes(), name
    beside = {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}
    beside = {name for name in beside if "__pycache__" not in name}
    kept = {name for name in beside if name.endswith(".py") or name in ballots(home)}  # those stay with the panel
    assert beside - kept == {"README.md" if name == "SOURCE.md" else name for name in made if name not in ours}


@pytest.mark.parametrize("source", [None, "innovation-fund", "facility-pbf"])
def test_what_is_started_passes_and_reaches_as_its_source(tmp_path: Path, source: str | None) -> None:
    """All cases are there, each passes, and of a contract of the library they reach all of it."""
    results = pbr.run_cases(start_contract(tmp_path / "new", source)[0])
    assert results.passed
    if source is not None:
        assert len(results.cases) == len(list((ROOT / "contracts" / source / "cases").glob("*.yaml")))
        assert results.share_reached == 1


def test_all_that_stands_with_the_cases_comes_with_them(tmp_path: Path) -> None:
    """Tables that a case names and folders come as they are; what is hidden, or brought by a link, does not."""
    home = tmp_path / "source"
    (home / "cases" / "tables").mkdir(parents=True)
    (home / "contract.yaml").write_text(small.TEXT)
    for name in ("b.yaml", "a.yml"):
        (home / "cases" / name).write_text("case: Nobody\nas_at: 2026-05-01\ntables: {}\nexpect: {lines: []}\n")
    for name in ("cases/tables/people.csv", "cases/.people.csv.swp", "secret.csv"):
        (home / name).write_bytes(b"person\r\n")
    (home / "cases" / "linked.csv").symlink_to(home / "secret.csv")
    written = start_contract(tmp_path / "new", home)
    assert names(tmp_path / "new", written)[1:4] == ["cases/a.yml", "cases/b.yaml", "cases/tables/people.csv"]
    assert written[3].read_bytes() == b"person\r\n"
    assert not [path for path in (tmp_path / "new" / "cases").iterdir() if path.suffix in {".swp", ".csv"}]
    assert len(pbr.run_cases(written[0]).cases) == 2


def test_rows_that_a_case_names_come_with_it_however_they_are_kept(tmp_path: Path) -> None:
    """A table in a hidden file, or in a folder that is a link, is the case's own, and the copy passes as its source."""
    home = tmp_path / "source"
    (home / "cases" / "kept").mkdir(parents=True)
    (home / "contract.yaml").write_text(small.TEXT)
    (home / "cases" / "rows").symlink_to("kept")
    (home / "cases" / "kept" / "people.csv").write_text("person,provider,began\n")
    (home / "cases" / ".events.csv").write_text("person,kind,on,seen\n")
    (home / "cases" / "a.yaml").write_text(
        "case: Nobody\nas_at: 2026-05-01\ntables: {people: rows/people.csv, events: .events.csv}\nexpect: {lines: []}\n"
    )
    assert pbr.run_cases(start_contract(tmp_path / "new", home)[0]).passed


def test_an_agreement_that_is_linked_comes_with_the_contract(tmp_path: Path) -> None:
    """The agreement and its result are part of what was checked, wherever a link brings them from."""
    home = tmp_path / "source"
    shutil.copytree(ROOT / "contracts" / "riverside-agreed", home)
    for name in ("panel-1.yaml", "panel-1.result.yaml"):
        (home / name).rename(tmp_path / name)
        (home / name).symlink_to(tmp_path / name)
    written = start_contract(tmp_path / "new", home)
    assert pbr.read_contract(written[0]).fingerprint == pbr.read_contract(home).fingerprint


def test_the_blank_contract_comes_with_a_case_that_reaches_most_of_it(tmp_path: Path) -> None:
    """Its case shows both ends of a window, who is left out and a cut, so that a reader sees how cases are written."""
    written = start_contract(tmp_path, None)
    assert names(tmp_path, written) == FILES
    left = [(each.term.what, each.term.how) for each in pbr.run_cases(written[0]).reach if not each.cases]
    assert left == [
        *([("outcome", "pending"), ("outcome", "unknown")] * 2),
        ("price", "from 1 April 2025"),
        ("price", "from 1 April 2027"),
    ]


def test_the_first_line_names_a_schema_that_is_there(tmp_path: Path) -> None:
    """An editor finds the schema of the contract and of the case by the comment on their first lines, once only."""
    written = start_contract(tmp_path / "one", "drug-recovery")
    again = start_contract(tmp_path / "two", written[0])
    for path in (*written[:2], *again[:2]):
        first, *rest = path.read_text(encoding="utf-8").splitlines()
        start, _, schema = first.partition("=")
        assert start == "# yaml-language-server: $schema"
        assert (path.parent / schema).resolve().is_file()
        assert not any("yaml-language-server" in line for line in rest)
    assert again[0].read_bytes() == written[0].read_bytes()


def test_a_contract_without_cases_is_given_one(tmp_path: Path) -> None:
    """Where nobody is returned nothing is due: the case to begin with, in the currency's own digits."""
    source = tmp_path / "contract.yaml"
    money = [("GBP", "JPY"), ("1000.00", "1000"), ("600.00", "600"), ("1100.01", "1100"), ("660.00", "660")]
    source.write_text(small.changed(*money, ("250.00", "250"), ("1200.00", "1200")))
    written = start_contract(tmp_path / "new", tmp_path)
    assert names(tmp_path / "new", written) == FILES
    assert "  total: 0\n" in written[1].read_text()
    assert pbr.run_cases(written[0]).passed


def test_files_that_the_contract_names_come_with_it(tmp_path: Path) -> None:
    """A file beside the contract whose name stands in it is copied with its folder; one outside the folder is not."""
    home = tmp_path / "source"
    (home / "values").mkdir(parents=True)
    (home / "values" / "prices.csv").write_text("a\n")
    (tmp_path / "secret.csv").write_text("b\n")
    text = small.changed(
        ("title: A small contract", "title: values/prices.csv"),
        ("name: North", "name: ../secret.csv"),
        ("name: South", "name: " + "x" * 300),
        ("version: 3", "version: 3\n  commissioners: {loop: {name: loop}, also: {name: also.csv}}"),
    )
    (home / "loop").symlink_to("loop")
    (home / "also.csv").symlink_to("values/prices.csv")
    (home / "contract.yaml").write_text(text)
    (home / "README.md").write_text("Where the figures come from.\n")
    written = start_contract(tmp_path / "new", home / "contract.yaml")
    assert names(tmp_path / "new", written)[:5] == [
        "contract.yaml",
        "values/prices.csv",
        "also.csv",
        "cases/first.yaml",
        "SOURCE.md",
    ]
    assert (tmp_path / "new" / "values" / "prices.csv").read_text() == "a\n"
    assert "| `SOURCE.md` | the README" in (tmp_path / "new" / "README.md").read_text()
    assert not list((tmp_path / "new").rglob("secret.csv"))


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """One file of the same name stops it before anything is written; other files may be there."""
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "README.md").write_text("mine")
    found = problem_of(tmp_path)
    assert (found.code, found.rule.exit) == ("PBR506", 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "notes.txt"]
    (tmp_path / "README.md").unlink()
    assert names(tmp_path, start_contract(tmp_path)) == FILES
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """A file in the way of a folder is a problem, and what was written before it is taken away again."""
    (tmp_path / "cases").write_text("a file")
    assert problem_of(tmp_path).code == "PBR502"
    assert [path.name for path in tmp_path.iterdir()] == ["cases"]


def test_a_source_that_is_none_is_a_problem(tmp_path: Path) -> None:
    """A misspelt name of the library gives the nearest; a contract or case with faults is not begun from."""
    message = problem_of(tmp_path / "new", "drug-recovry").message
    assert "did you mean 'drug-recovery'?" in message
    assert "`pbr init --list` shows them" in message
    assert problem_of(tmp_path / "new", "x" * 300).code == "PBR001"
    assert problem_of(tmp_path / ("x" * 300)).code == "PBR502"
    (tmp_path / "contract.yaml").write_text(small.changed(("by: 5/6", "by: 5/0")))
    assert problem_of(tmp_path / "new", tmp_path).code == "PBR109"
    (tmp_path / "contract.yaml").write_text(small.TEXT)
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "a.yaml").write_text("case: x\nas_at: 2026-05-01\ntables: {}\nexpect: {lines: []}\n")
    (tmp_path / "cases" / "b.yaml").write_text(
        "case: x\nas_at: 2026-05-01\ntables: {}\nexpect: {lines: [{payment: third, subject: A, amount: 1}]}\n"
    )
    assert problem_of(tmp_path / "new", tmp_path).code == "PBR140"
    assert not (tmp_path / "new").exists()


def test_every_schema_is_written(tmp_path: Path) -> None:
    """Each file that has a schema has it beside it; that of agreements only where the contract cites one."""
    written = names(tmp_path / "a", start_contract(tmp_path / "a"))
    assert {name for name in written if name.endswith("schema.json")} == {"contract.schema.json", "case.schema.json"}
    panel(tmp_path)
    agreed = names(tmp_path / "b", start_contract(tmp_path / "b", cited(tmp_path)))
    assert {f"{name}.schema.json" for name in SCHEMAS} <= set(agreed)
    assert {"panel-1.yaml", "panel-1.result.yaml"} <= set(agreed)
    assert "ballots-1.csv" not in agreed  # it is the panel's


@pytest.mark.slow
def test_a_built_wheel_holds_templates_and_library(tmp_path: Path) -> None:
    """What is installed from a wheel begins contracts as the repository does, and ships the library once."""
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pbr", "contracts"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*build, "--wheel-dir", str(tmp_path), str(source)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    script = (
        "import pbr, sys\n"
        "from pbr.starter import library, start_contract\n"
        "assert pbr.__file__.startswith(sys.argv[1]), pbr.__file__\n"
        "print(*library())\n"
        "for source in (None, *library()):\n"
        "    path = start_contract(f'{sys.argv[1]}/{source}', source)[0]\n"
        "    assert pbr.check_contract(path) == ()\n"
        "    if source in (None, 'innovation-fund'):\n"
        "        assert pbr.run_cases(path).passed\n"
    )
    command = [sys.executable, "-c", script, str(installed)]
    done = subprocess.run(
        command, env={"PYTHONPATH": str(installed)}, cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert (done.stdout.split(), done.stderr) == (LIBRARY, "")
