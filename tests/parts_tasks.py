"""Runs in parts whose workers end in the middle, and what must hold of them; workers can import what is here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from attrs import define, frozen

import pbr
from pbr.runners import Runner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import NoReturn

T = TypeVar("T")
R = TypeVar("R")
ROOT: Final = Path(__file__).parent.parent
DRUGS: Final = ROOT / "contracts" / "drug-recovery"
RETURN: Final = ROOT / "examples" / "drug-recovery" / "return"
AS_AT: Final = "2027-12-31"
LOSSES: Final = (
    {"deciding": "half", "paying": "after", "stating": "half"},
    {"deciding": "after", "paying": "half", "stating": "before"},
)
"""In which stages of a run a worker ends, and when: before it begins, with half of its first file written, or after
all is done and before anybody is told."""
PARTS: Final = 3
LOST: Final = 1
"""The part whose workers end."""
ENDED: Final = 3


@frozen
class Ends(Generic[R]):
    """A question to a part that ends its own process once in each stage.

    Attributes:
        task: The question.
        folder: Where it is noted that a process has ended.
        stage: Of the run.
        moment: When it ends in this stage; None if it does not.
    """

    task: Callable[[int], R]
    folder: Path
    stage: str
    moment: str | None

    def __call__(self, number: int) -> R:
        """Answer, or end."""
        mark = self.folder / self.stage
        if number != LOST or self.moment is None or mark.exists():
            return self.task(number)
        if self.moment == "before":
            end(mark)
        whole = Path.replace

        def halved(made: Path, path: Path) -> NoReturn:
            """Leave half of what was written, and never give it its name."""
            assert made.parent == path.parent, "it is written beside where it belongs"
            os.truncate(made, made.stat().st_size // 2)
            end(mark)

        Path.replace = halved if self.moment == "half" else whole  # type: ignore[assignment, method-assign]
        try:
            answer = self.task(number)
        finally:
            Path.replace = whole  # type: ignore[method-assign]
        if self.moment == "after":
            end(mark)
        return answer


def end(mark: Path) -> NoReturn:
    """End the process at once, and leave a note of it."""
    mark.touch()
    os._exit(ENDED)


@define
class Loses(Runner):
    """A runner that loses a worker in each stage; it is told of the stages as a run's progress is.

    Attributes:
        runner: Who works.
        folder: Where lost workers are noted.
        moments: One of ``LOSSES``.
        at: The stage.
    """

    runner: Runner
    folder: Path
    moments: Mapping[str, str]
    at: str = ""

    def map(self, task: Callable[[T], R], items: Sequence[T]) -> Iterator[tuple[int, R]]:
        """Run the task on every item."""
        ends: Any = Ends(task, self.folder, self.at, self.moments.get(self.at))  # type: ignore[arg-type]
        return self.runner.map(ends, items)

    def close(self) -> None:
        """Leave the runner to whoever made it."""

    def stage(self, name: str, parts: int = 1) -> None:
        """Note the stage."""
        del parts
        self.at = name

    def step(self, rows: int = 0) -> None:
        """Note nothing."""


def written(folder: Path) -> dict[str, bytes]:
    """Give the bytes of every file of a run."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def whole_run(folder: Path) -> dict[str, bytes]:
    """Give the files of the run that is held whole, in this process."""
    return written(pbr.run(DRUGS, RETURN, AS_AT).write(folder))


def the_same_bytes(runner: Runner, right: dict[str, bytes], folder: Path) -> None:
    """Every file of a run in parts is that of the run that is held whole."""
    done = pbr.run_in_parts(DRUGS, RETURN, AS_AT, work=folder / "work", partitions=PARTS, runner=runner)
    assert written(done.write(folder / "out")) == right


def lost_workers_change_no_byte(
    runner: Runner, right: dict[str, bytes], folder: Path, moments: Mapping[str, str]
) -> None:
    """A worker lost in each stage leaves every file as it was, and half a file of its own that nobody reads."""
    (folder / "lost").mkdir()
    loses, work = Loses(runner, folder / "lost", moments), folder / "work"
    done = pbr.run_in_parts(DRUGS, RETURN, AS_AT, work=work, partitions=PARTS, runner=loses, progress=loses)
    assert written(done.write(folder / "out")) == right
    assert {path.name for path in (folder / "lost").iterdir()} == set(moments)
    halves = list((work / "parts").glob(".*.part"))
    assert len(halves) == list(moments.values()).count("half")
