"""What the tests give to runners: tasks that workers can import, and what must hold whoever does the work."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl
import pytest
from attrs import frozen

from pbr.lines import AmountTooLargeError
from pbr.problem import EvaluationError, Problem
from pbr.runners.same import Same

if TYPE_CHECKING:
    from collections.abc import Callable

    from pbr.runners import Runner

ITEMS: Final = (7, 2, 9, 4, 0, 5)
ODD: Final = 9
"""The item at which the tasks below do what they are named for."""
MOST_SECONDS: Final = 120


def doubled(item: int) -> int:
    """Give twice the item."""
    return 2 * item


def counted(item: int) -> pl.DataFrame:
    """Give a frame of as many rows as the item says."""
    return pl.DataFrame({"row": range(item)}, schema={"row": pl.Int64})


def asked(item: int) -> tuple[int, str | None, int]:
    """Give the process, its threads of polars as it was told, and as they are."""
    time.sleep(0.05 * (item + 1))
    return os.getpid(), os.environ.get("POLARS_MAX_THREADS"), pl.thread_pool_size()


def too_large(item: int) -> int:
    """Raise an error of ours that is no problem of a file."""
    raise AmountTooLargeError(item)


def panics(item: int) -> int:
    """End as polars does where it has a fault of its own, with data in what is said."""
    raise pl.exceptions.PanicException(f"P{item} heroin")


@frozen
class Refuses:
    """Raises two problems at the odd item, and notes in a folder how often it was asked."""

    folder: Path

    def __call__(self, item: int) -> int:
        """Give the item."""
        if item == ODD:
            note(self.folder, "asked")
            problems = [Problem(code="PBR401", message=f"amount {item}"), Problem(code="PBR403", message="factor")]
            raise EvaluationError(problems)
        return item


@frozen
class Dies:
    """Ends its own process the first times that it comes to the odd item."""

    folder: Path
    times: int = 1

    def __call__(self, item: int) -> int:
        """Give twice the item."""
        if item == ODD and len(notes(self.folder, "died")) < self.times:
            note(self.folder, "died")
            os._exit(3)
        return 2 * item


@frozen
class EndsAnother:
    """Ends a process, such as the one that gave it work, and waits for what becomes of that."""

    process: int

    def __call__(self, item: int) -> int:
        """Give the item, at last."""
        os.kill(self.process, signal.SIGKILL)
        time.sleep(MOST_SECONDS)
        return item


@frozen
class Waits:
    """Notes its process and waits, longer than any test may."""

    folder: Path

    def __call__(self, item: int) -> int:
        """Give the item, at last."""
        note(self.folder, "waits")
        time.sleep(MOST_SECONDS)
        return item


def note(folder: Path, what: str) -> None:
    """Write the process and the moment into a file of its own."""
    (folder / f"{what}-{os.getpid()}-{time.monotonic_ns()}").touch()


def notes(folder: Path, what: str) -> list[int]:
    """List the processes of the notes of a kind."""
    return [int(path.name.split("-")[1]) for path in folder.glob(f"{what}-*")]


def parents(processes: set[int]) -> set[int]:
    """Give the processes that these stand under, up to this one and without it."""
    found: set[int] = set()
    for process in processes:
        parent = process
        while (parent := int(stat(parent)[1])) not in (os.getpid(), 0):
            found.add(parent)
    return found


def stat(process: int) -> list[str]:
    """Give what the system says of a process: its state, its parent and more."""
    return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()


def alive(processes: set[int]) -> set[int]:
    """Give those of the processes that still run; one that has ended and is not yet fetched does not."""
    found = set()
    for process in processes:
        try:
            state = stat(process)[0]
        except FileNotFoundError:
            continue
        if state not in "ZX":
            found.add(process)
    return found


def everything_is_answered(runner: Runner) -> None:
    """Every item has one answer, whatever the order; none is asked for of no items."""
    answers = list(runner.map(doubled, ITEMS))
    assert sorted(answers) == [(place, 2 * item) for place, item in enumerate(ITEMS)]
    frames = dict(runner.map(counted, ITEMS))
    assert {place: frame.height for place, frame in frames.items()} == dict(enumerate(ITEMS))
    assert list(runner.map(doubled, ())) == []


def what_is_raised_comes_out(runner: Runner, folder: Path) -> None:
    """An error arrives as itself with its problems, after one try; and the runner can be used again."""
    with pytest.raises(EvaluationError, match=r"^PBR401 amount 9\nPBR403 factor$") as caught:
        list(runner.map(Refuses(folder), ITEMS))
    assert [problem.code for problem in caught.value.problems] == ["PBR401", "PBR403"]
    assert caught.value.exit_code == 1
    assert len(notes(folder, "asked")) == 1
    with pytest.raises(AmountTooLargeError, match="7"):
        list(runner.map(too_large, ITEMS[:1]))
    assert dict(runner.map(doubled, [3])) == {0: 6}


def a_panic_is_named(runner: Runner) -> None:
    """What is no ordinary error neither hangs nor ends a worker, and comes out by its name and without its words."""
    with pytest.raises(RuntimeError, match=r"^PanicException in a worker(\n|$)"):
        list(runner.map(panics, ITEMS[:2]))
    assert dict(runner.map(doubled, [3])) == {0: 6}


def a_lost_worker_changes_nothing(runner: Runner, folder: Path) -> None:
    """The item whose worker ended, and all the others, have their one answer."""
    answers = list(runner.map(Dies(folder), ITEMS))
    assert sorted(answers) == [(place, 2 * item) for place, item in enumerate(ITEMS)]
    assert len(notes(folder, "died")) == 1


def other_versions_are_refused(runner: Runner) -> None:
    """A worker whose pbr is another does nothing, and says which it has."""
    task: Callable[[int], int] = Same(doubled, ("Python 3.11", "pbr 0.0", "polars 2.1"))
    with pytest.raises(EvaluationError, match=r"^PBR410 a worker has .*, and this process Python 3\.11, pbr 0\.0"):
        list(runner.map(task, ITEMS))


def an_interruption_stops_at_once(runner: Runner, folder: Path) -> set[int]:
    """Ctrl-C comes out while tasks wait, and what was not begun is not begun; gives the processes that waited."""

    def interrupt() -> None:
        until = time.monotonic() + MOST_SECONDS
        while not notes(folder, "waits") and time.monotonic() < until:
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a worker of pytest may ignore it
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            list(runner.map(Waits(folder), range(50)))
    finally:
        thread.join()
        signal.signal(signal.SIGINT, before)
    return set(notes(folder, "waits"))
