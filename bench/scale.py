"""What a run in parts costs: seconds of each part, and bytes to and from the driver, question by question.

``python bench/scale.py [--people 1000000] [--partitions 8] [--folder FOLDER]`` evaluates the reference contract in
parts, one after another in this process, and weighs each question and each answer as they would travel to another
machine. The data is that of ``bench/run.py``.
"""

from __future__ import annotations

import argparse
import pickle
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import reference
from attrs import define, field
from marks import Marks, whole

import pbr
from pbr.runners import LocalRunner
from pbr.spread.run import evaluate_in_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")
R = TypeVar("R")


@define
class Weighed(LocalRunner):
    """A runner that notes what each question costs, and is told which stage it belongs to.

    Attributes:
        name: The stage.
        notes: Of each question the stage, how many bytes it has, the bytes of the largest answer and of all, the most
            CPU seconds that a part took, and those of all parts.
    """

    name: str = ""
    notes: list[tuple[str, int, int, int, float, float]] = field(factory=list)

    def stage(self, name: str, parts: int = 1) -> None:
        """A stage begins."""
        del parts
        self.name = name

    def step(self, rows: int = 0) -> None:
        """A part of it is done."""

    def map(self, task: Callable[[T], R], items: Sequence[T]) -> Iterator[tuple[int, R]]:
        """Run the task on every item, and weigh it and its answers."""
        asked = len(pickle.dumps(task))
        sizes, seconds = [], []
        for place, item in enumerate(items):
            before = time.process_time()
            answer = task(item)
            seconds.append(time.process_time() - before)
            sizes.append(len(pickle.dumps(answer)))
            yield place, answer
        self.notes.append((self.name, asked, max(sizes), sum(sizes), max(seconds), sum(seconds)))


def main() -> None:
    """Evaluate once, write the files, and print a row for each question."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--people", type=int, default=1_000_000)
    options.add_argument("--partitions", type=int, default=8)
    options.add_argument("--folder", type=Path, default=Path(__file__).parent / "data" / "reference")
    chosen = options.parse_args()
    data, marks, runner = chosen.folder / str(chosen.people), Marks(), Weighed()
    plan = pbr.make_plan(pbr.read_contract(data / "contract.yaml"), reference.AS_AT)
    evidence = pbr.read_evidence(plan, reference.returned(data))
    marks.mark("reading")
    with tempfile.TemporaryDirectory(dir=chosen.folder) as work:
        done = evaluate_in_parts(plan, evidence, Path(work), chosen.partitions, runner, {}, runner)
        marks.mark("parts")
        paid = f"{chosen.people:,} people in {chosen.partitions} partitions: {done.total_minor:,} pence"
        print(f"{paid}; peak {whole()['peak_mb']:.0f} MB in all\n")
        _print(runner, marks)
        size = sum(path.stat().st_size for path in Path(work).rglob("*") if path.is_file())
        print(f"files of the parts: {size / 1e6:.0f} MB")
        done.write(Path(work) / "out")
        marks.mark("writing")
        size = sum(path.stat().st_size for path in (Path(work) / "out").iterdir())
        print(
            f"writing: {marks.found['writing_cpu_s']:.2f} CPU s, {size / 1e6:.0f} MB; peak {whole()['peak_mb']:.0f} MB"
        )


def _print(runner: Weighed, marks: Marks) -> None:
    heads = ("question, kB", "largest answer, kB", "all answers, kB", "most CPU s", "all CPU s")
    print(f"{'':10}{heads[0]:>14}{heads[1]:>20}{heads[2]:>17}{heads[3]:>12}{heads[4]:>11}")
    for stage, asked, largest, every, most, total in runner.notes:
        print(f"{stage:10}{asked / 1e3:>14.1f}{largest / 1e3:>20.1f}{every / 1e3:>17.1f}{most:>12.2f}{total:>11.2f}")
    driver = marks.found["parts_cpu_s"] - sum(note[-1] for note in runner.notes)
    print(
        f"\nreading and checks: {marks.found['reading_cpu_s']:.2f} CPU s; the split and the driver: {driver:.2f} CPU s"
    )


if __name__ == "__main__":
    main()
