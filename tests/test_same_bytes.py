"""The script that compares the bytes of runs: what it holds for the same, and what it says of runs that are not."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
import same_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def found(**digests: str) -> same_bytes.Found:
    """Give a run of so many files."""
    return same_bytes.Found(digests=digests, wall=1.4, cpu=2.6, largest=1_000, together=2_000)


def test_digests_are_of_every_file(tmp_path: Path) -> None:
    """Each file has the SHA-256 of its bytes, by name."""
    (tmp_path / "b.csv").write_bytes(b"abc")
    (tmp_path / "a.csv").write_bytes(b"")
    assert {name: digest[:8] for name, digest in same_bytes.digests(tmp_path).items()} == {
        "a.csv": "e3b0c442",
        "b.csv": "ba7816bf",
    }


@pytest.mark.parametrize(
    ("runs", "wrong"),
    [
        ([{"a": "1", "b": "2"}], []),
        ([{"a": "1", "b": "2"}, {"a": "1", "b": "2"}], []),
        ([{"a": "1", "b": "2"}, {"a": "1", "b": "3"}], ["b"]),
        ([{"a": "1", "b": "2"}, {"a": "1"}], ["b"]),
        ([{"a": "1"}, {"a": "1", "b": "2"}], ["b"]),
    ],
)
def test_files_differ_where_one_run_has_another(runs: list[dict[str, str]], wrong: list[str]) -> None:
    """A file of other bytes and a file that only some runs have are told; what all have alike is not."""
    assert same_bytes.differing({str(place): each for place, each in enumerate(runs)}) == wrong


def test_what_a_child_of_a_child_takes_is_counted() -> None:
    """Memory and time of all processes of a session are seen, the largest of them and all together."""
    work = "import time; held = bytearray(50 << 20)\nwhile time.process_time() < 1: pass\n"
    script = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {work!r}])\n{work}"
    with subprocess.Popen([sys.executable, "-c", script], start_new_session=True) as process:
        watch = same_bytes.Watch(process.pid, threading.Event())
        thread = threading.Thread(target=watch)
        thread.start()
        process.wait()
        watch.stop.set()
        thread.join()
    assert len(watch.ticks) == 2
    assert 1 < sum(watch.ticks.values()) / same_bytes.TICKS_A_SECOND < 3
    assert 50 < watch.largest * same_bytes.MB_A_PAGE < watch.together * same_bytes.MB_A_PAGE < 150


@pytest.mark.parametrize(("other", "code"), [("1", 0), ("2", 1)])
def test_a_run_that_differs_fails(
    other: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All runs are listed, one whose runner is not installed without figures; the exit code says whether all agree."""
    answers = {"one pass": found(a="1"), "dask, 8 parts": found(a=other)}

    def run_once(data: Path, out: Path, options: Sequence[str]) -> same_bytes.Found | None:
        """Give what the run of these options came to."""
        assert (data / "whole" / "events").is_dir()
        assert not out.exists()
        return answers.get(next(name for name, each in same_bytes.RUNS.items() if each == options))

    for source in ("returned", "events"):
        (tmp_path / "5" / source).mkdir(parents=True)
    monkeypatch.setattr(same_bytes, "run_once", run_once)
    monkeypatch.setattr(sys, "argv", ["same_bytes", "--people", "5", "--folder", str(tmp_path)])
    assert same_bytes.main() == code
    said = capsys.readouterr().out
    assert "| one pass | 1 | 3 | 1,000 | 2,000 |\n| local, 8 parts | not installed | | | |\n" in said
    assert said.endswith("a  1 in all\n" if not code else "a  DIFFERS\n")
