"""Runs in parts under attack: odd returns, odd folders, files that are gone or damaged."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any, Final, TypeVar

import polars as pl
import pytest
from attrs import frozen

import pbr
from pbr.cli import run as command
from pbr.runners import LocalRunner
from tests.test_parts import AS_AT, DRUGS, RETURN, Shuffled, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

T = TypeVar("T")
R = TypeVar("R")

VISITS: Final = """
pbr: 1
contract:
  id: visits
  title: Rows that belong to rows of groups
  version: 1
  commissioners: {c: {name: C}}
  providers: {north: {name: North}, south: {name: South}}
  currency: GBP
  from: 2025-04-01
  to: 2028-03-31
  year_starts: 04-01
tables:
  people: {row_is: person, key: [person], fields: {person: id, provider: provider, start: date}}
  practices:
    {row_is: practice, is: provider, key: [practice], fields: {practice: id, at: provider, on: date, good: yes_no}}
  visits: {row_is: visit, of: practice, fields: {on: date, note: text}}
cohort: {of: person, start: start}
outcomes:
  came: {kind: fact, when: "start >= DATE '2025-04-01'", date: start}
  well: {kind: measure, of: practices.good, take: share, per: [provider, quarter], period_of: practices.on}
payments:
  pay: {kind: tariff, pays_for: came, price: "100.00"}
adjustments:
  - {id: most, kind: cap, at_most: "450.00", per: [provider]}
"""
SENT: Final = {
    "people": "person,provider,start\n"
    + "".join(f"P{number},north,2025-05-0{number % 3 + 1}\n" for number in range(9)),
    "practices": "practice,at,on,good\nA,north,2025-05-01,yes\nB,south,2025-05-02,no\n",
    "visits": "practice,on,note\nA,2025-05-01,x\nA,2025-05-02,y\nA,2025-05-02,y\nB,2025-05-01,z\n",
}


@frozen
class Hurting(LocalRunner):
    """A runner under whom something happens to files of the parts as soon as there are any of a name."""

    hurt: Callable[[Path, str], None]
    folder: Path
    pattern: str
    done: list[int]

    def map(self, task: Callable[[T], R], items: Sequence[T]) -> Iterator[tuple[int, R]]:
        """Run the task on every item."""
        found = list(self.folder.rglob(self.pattern))
        if found and not self.done:
            self.hurt(self.folder, self.pattern)
            self.done.append(len(found))
        return super().map(task, items)


def halved(folder: Path, pattern: str) -> None:
    """Cut files short, as another inode: whoever has them open still reads what was there."""
    for path in folder.rglob(pattern):
        content, new = path.read_bytes(), path.with_suffix(".new")
        new.write_bytes(content[: len(content) // 2])
        new.replace(path)


def removed(folder: Path, pattern: str) -> None:
    """Take files away."""
    for path in folder.rglob(pattern):
        path.unlink()


def visits(folder: Path) -> tuple[Path, Path, str]:
    """Write that contract and its return, and give what a run is asked with."""
    (folder / "contract.yaml").write_text(VISITS)
    (folder / "sent").mkdir()
    for name, text in SENT.items():
        (folder / "sent" / f"{name}.csv").write_text(text)
    return folder / "contract.yaml", folder / "sent", "2026-03-31"


def test_rows_that_belong_to_rows_of_groups_are_told_of_once(tmp_path: Path) -> None:
    """They are in no part of the subjects, so that no part but that of groups says what became of them."""
    given = visits(tmp_path)
    whole = pbr.run(*given)
    parts = pbr.run_in_parts(*given, work=tmp_path / "work", partitions=3, runner=Shuffled(3))
    assert parts.use_counts().equals(whole.use_counts())
    assert written(parts.write(tmp_path / "b")) == written(whole.write(tmp_path / "a"))


@pytest.mark.parametrize("name", ["w *[1]{x}?%20 é='#;\n=1", "key=1", "**", "[a]", "~"])
def test_the_folder_of_the_parts_has_any_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the engine would take for a pattern, a column or a home is a name like any other."""
    monkeypatch.chdir(tmp_path)
    run = pbr.run_in_parts(DRUGS, RETURN, AS_AT, work=name, partitions=2)
    assert written(run.write("parts")) == written(pbr.run(DRUGS, RETURN, AS_AT).write("whole"))
    assert (tmp_path / name / "parts").is_dir()


@pytest.mark.skipif(os.name == "nt", reason="names of files are text there")
def test_a_folder_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    """The engine takes text, so that it is said before anything is written."""
    with pytest.raises(pbr.PbrError, match=r"PBR411 .* its name is not UTF-8"):
        pbr.run_in_parts(DRUGS, RETURN, AS_AT, work=tmp_path / os.fsdecode(b"w\xff"), partitions=2)
    assert not list(tmp_path.iterdir())


def test_the_folder_of_another_run_is_left_as_it_is(tmp_path: Path) -> None:
    """Its rows are those of that run, which may not have been written yet."""
    first = pbr.run_in_parts(DRUGS, RETURN, AS_AT, work=tmp_path / "work", partitions=3)
    before = {path: path.read_bytes() for path in sorted((tmp_path / "work").rglob("*")) if path.is_file()}
    with pytest.raises(pbr.PbrError, match=r"PBR411 .* File exists"):
        pbr.run_in_parts(DRUGS, RETURN, "2026-12-31", work=tmp_path / "work", partitions=2)
    assert {path: path.read_bytes() for path in sorted((tmp_path / "work").rglob("*")) if path.is_file()} == before
    assert written(first.write(tmp_path / "b")) == written(pbr.run(DRUGS, RETURN, AS_AT).write(tmp_path / "a"))


@pytest.mark.parametrize("work", ["out", "out/work", "link/work"])
def test_the_folder_of_the_parts_is_not_in_that_of_the_run(
    work: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said before any row is read, and an earlier run in it stays whole."""
    monkeypatch.chdir(tmp_path)
    asked = ["evaluate", str(DRUGS), "--data", str(RETURN), "--as-at", AS_AT, "--out", "out", "--quiet"]
    assert command(asked) == 0
    before = written(tmp_path / "out")
    (tmp_path / "link").symlink_to("out")
    assert command([*asked, "--partitions", "2", "--work", work]) == 2
    assert f"--work {work} lies in --out out" in capsys.readouterr().err
    assert written(tmp_path / "out") == before


@pytest.mark.parametrize("pattern", ["decisions-*.arrow", "lines0-*.arrow", "cut*.arrow"])
@pytest.mark.parametrize("hurt", [halved, removed])
def test_a_file_of_a_part_that_is_gone_or_damaged_is_said(
    pattern: str, hurt: Callable[[Path, str], None], tmp_path: Path
) -> None:
    """No line is written without it: a cut that is not there is not taken for none. Decisions are made again."""
    given, done = visits(tmp_path), list[int]()
    runner = Hurting(hurt=hurt, folder=tmp_path / "work", pattern=pattern, done=done)
    try:
        run = pbr.run_in_parts(*given, work=tmp_path / "work", partitions=2, runner=runner)
    except pbr.PbrError as error:
        assert [problem.code for problem in error.problems] == ["PBR411"]  # noqa: PT017  # of some none is raised
    else:
        assert (pattern, hurt) == ("decisions-*.arrow", removed)
        assert run.total_minor == pbr.run(*given).total_minor
    assert done


@pytest.mark.parametrize("hurt", [halved, removed])
def test_files_that_are_gone_before_the_run_is_written_are_said(
    hurt: Callable[[Path, str], None], tmp_path: Path
) -> None:
    """Nothing is written then."""
    run = pbr.run_in_parts(DRUGS, RETURN, AS_AT, work=tmp_path / "work", partitions=2)
    hurt(tmp_path / "work", "statement-*.parquet")
    with pytest.raises(pbr.PbrError, match=r"PBR411 .* a file is gone or damaged"):
        run.write(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["work"]


def test_a_disk_that_refuses_a_part_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine makes an error of its own of a full disk; nothing half written is left under any name."""

    def refused(path: Path, frame: pl.DataFrame) -> None:
        del frame
        path.write_bytes(b"half")
        message = "no space left"
        raise pl.exceptions.ComputeError(message)

    monkeypatch.setattr("pbr.spread.part.write_part", refused)
    with pytest.raises(pbr.PbrError, match=r"PBR411 .* the disk refused it"):
        pbr.run_in_parts(*visits(tmp_path), work=tmp_path / "work", partitions=2)
    assert not list((tmp_path / "work").rglob("*.part"))
    assert not list((tmp_path / "work").rglob("statement*"))


def test_an_interruption_while_the_folder_is_cleared_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was begun to be removed is removed, and the run, which was written before, is whole."""
    contract, sent, as_at = map(str, visits(tmp_path))
    stopped: list[Path] = []
    real = shutil.rmtree

    def rmtree(path: Path, **how: Any) -> None:  # noqa: ANN401  # as it is called
        if "pbr-parts-" in str(path) and not stopped:
            stopped.append(path)
            raise KeyboardInterrupt
        real(path, **how)

    monkeypatch.setattr(shutil, "rmtree", rmtree)
    asked = [
        "evaluate",
        contract,
        "--data",
        sent,
        "--as-at",
        as_at,
        "--out",
        str(tmp_path / "out"),
        "--partitions",
        "2",
    ]
    assert command([*asked, "--work", str(tmp_path / "here")]) == 130
    assert stopped
    assert not list((tmp_path / "here").iterdir())
    assert (tmp_path / "out" / "run.json").is_file()


@pytest.mark.parametrize("on", ["fee", "pay"])
def test_of_two_amounts_that_are_too_large_the_first_is_said(on: str, tmp_path: Path) -> None:
    """That of the adjustment that is written first, whichever part it is in, or none."""
    given = visits(tmp_path)
    first = """{id: first, kind: multiply, by: "9999", where: "start > DATE '2025-05-02'", on: [pay]}"""
    then = f'{{id: then, kind: multiply, by: "9999", on: [{on}]}}'
    fee = '"10000000000000.00"}\n  fee: {kind: fee, amount: "10000000000000.00"}'
    text = VISITS.replace('"100.00"}', fee).split("adjustments:")[0]
    given[0].write_text(f"{text}adjustments: [{first}, {then}]\n")
    for partitions in (1, 2, 3, 5):
        with pytest.raises(pbr.PbrError, match="PBR401 an amount of 'first'"):
            pbr.run_in_parts(*given, work=tmp_path / str(partitions), partitions=partitions)
