"""The same bytes whoever works: ``python bench/same_bytes.py [--people 1000000] [--folder FOLDER]``.

Evaluates the reference contract with ``pbr evaluate`` in one pass and in parts, by this process and by the processes of
Dask and Spark, one run after another, and exits 1 unless every file of every run is the same to the byte. Prints what
each run took. A runner that is not installed is left out, and named. The data is that of ``bench/run.py``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import define, field, frozen
from cases import CASES, HERE
from reference import AS_AT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RUNS: Final = {
    "one pass": ("--memory-limit", "64GB"),
    "local, 8 parts": ("--partitions", "8"),
    "local, 64 parts": ("--partitions", "64"),
    "dask, 8 parts": ("--runner", "dask", "--partitions", "8"),
    "spark, 8 parts": ("--runner", "spark", "--partitions", "8"),
}
SAMPLE_SECONDS: Final = 0.2
NOT_INSTALLED: Final = "PBR406"
MB_A_PAGE: Final = os.sysconf("SC_PAGE_SIZE") / 2**20
TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")


@frozen(kw_only=True)
class Found:
    """What a run came to.

    Attributes:
        digests: SHA-256 of each file that it wrote, by name.
        wall: Seconds on the clock.
        cpu: Seconds of all processors, of all its processes.
        largest: Most MB that one of its processes held.
        together: Most MB that all of them held at once; what they share is counted for each.
    """

    digests: Mapping[str, str]
    wall: float
    cpu: float
    largest: float
    together: float


@define
class Watch:
    """All processes of a session, looked at again and again until it is told to stop.

    What a process had used when it was last seen is counted: not every parent waits for its children and sums them up.

    Attributes:
        session: The process that began it.
        stop: Set when there is nothing to look at any more.
        largest: Most pages that one held.
        together: Most pages that all held at once.
        ticks: Of each process the time it used.
    """

    session: int
    stop: threading.Event
    largest: int = 0
    together: int = 0
    ticks: dict[str, int] = field(factory=dict)

    def __call__(self) -> None:
        """Look until it is told to stop."""
        while not self.stop.wait(SAMPLE_SECONDS):
            pages = []
            for cells in map(_cells, Path("/proc").glob("[0-9]*/stat")):
                if cells and int(cells[_SESSION]) == self.session:
                    pages.append(int(cells[_PAGES]))
                    self.ticks[cells[0]] = int(cells[_USER]) + int(cells[_SYSTEM])
            self.largest, self.together = max(self.largest, *pages, 0), max(self.together, sum(pages))


_SESSION, _USER, _SYSTEM, _PAGES = 6 - 2, 14 - 2, 15 - 2, 24 - 2
"""Places among the cells of a process, which leave out its name: as numbered from 1 in the manual of proc, less 2."""


def _cells(stat: Path) -> list[str]:
    """What the kernel says of a process, its number first; nothing of one that has ended."""
    try:
        text = stat.read_text(encoding="utf-8")
    except OSError:
        return []
    return [stat.parent.name, *text.rpartition(")")[2].split()]


def run_once(data: Path, out: Path, options: Sequence[str]) -> Found | None:
    """Run the command once, and remove what it wrote; None if its runner is not installed."""
    asked = ("evaluate", data / "contract.yaml", "--data", data / "whole", "--as-at", AS_AT, "--out", out, "--quiet")
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "pbr", *map(str, asked), *options],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        watch = Watch(process.pid, threading.Event())
        thread = threading.Thread(target=watch)
        thread.start()
        try:
            _, said = process.communicate()
        except BaseException:
            process.terminate()  # it is of another session, which an interruption does not reach
            raise
        finally:
            watch.stop.set()
            thread.join()
    wall = time.perf_counter() - start
    if NOT_INSTALLED in said:
        return None
    if process.returncode:
        raise SystemExit(said)
    found = digests(out)
    shutil.rmtree(out)
    return Found(
        digests=found,
        wall=wall,
        cpu=sum(watch.ticks.values()) / TICKS_A_SECOND,
        largest=watch.largest * MB_A_PAGE,
        together=watch.together * MB_A_PAGE,
    )


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of a folder, by name."""
    found = {}
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def differing(runs: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Files that are not the same in all runs, or not there in all."""
    names = sorted({name for found in runs.values() for name in found})
    return [name for name in names if len({found.get(name) for found in runs.values()}) > 1]


def whole_return(data: Path) -> None:
    """The return as a folder for the command: a folder for each table, with all of its files."""
    for table, source in (("participants", "returned"), ("events", "events")):
        shutil.copytree(data / source, data / "whole" / table, dirs_exist_ok=True)


def main() -> int:
    """Run them one after another, print the table and say which files differ."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--people", type=int, default=1_000_000)
    options.add_argument("--folder", type=Path, default=HERE / "data" / "reference")
    options.add_argument("--run", choices=RUNS, action="append")
    chosen = options.parse_args()
    data = chosen.folder / str(chosen.people)
    if not data.exists():
        CASES["reference"](chosen.people)
    whole_return(data)
    runs: dict[str, Found] = {}
    print(f"{chosen.people:,} people\n")
    print("| run | wall s | CPU s | largest process MB | all together MB |\n|---|---|---|---|---|")
    for name in chosen.run or RUNS:
        with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
            found = run_once(data, Path(folder) / "out", RUNS[name])
        if found is None:
            print(f"| {name} | not installed | | | |", flush=True)
            continue
        runs[name] = found
        cells = f"{found.wall:.0f} | {found.cpu:.0f} | {found.largest:,.0f} | {found.together:,.0f}"
        print(f"| {name} | {cells} |", flush=True)
    wrong = differing({name: found.digests for name, found in runs.items()})
    print(f"\n{len(runs)} runs, {len(next(iter(runs.values())).digests)} files each")
    for name, digest in next(iter(runs.values())).digests.items():
        print(f"{name}  {'DIFFERS' if name in wrong else digest[:16] + ' in all'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
