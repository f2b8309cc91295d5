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
from typing import TYPE_CHECKING, Any, TypeVar

import reference
from attrs import define, field
from marks import whole

import pbr
from pbr.evidence.split import split_evidence
from pbr.runners import LocalRunner
from pbr.spread.entitle import entitle_in_parts
from pbr.spread.spread import Spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")
R = TypeVar("R")


@define
class Weighed(LocalRunner):
    """A runner that notes what each question costs.

    Attributes:
        stage: What is being done.
        notes: Of each question the stage, how many bytes it has, the bytes of the largest answer and of all, the most
            CPU seconds that a part took, and those of all parts.
    """

    stage: str = ""
    notes: list[tuple[str, int, int, int, float, float]] = field(factory=list)

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
        self.notes.append((self.stage, asked, max(sizes), sum(sizes), max(seconds), sum(seconds)))


def main() -> None:
    """Evaluate once and print a row for each question."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--people", type=int, default=1_000_000)
    options.add_argument("--partitions", type=int, default=8)
    options.add_argument("--folder", type=Path, default=Path(__file__).parent / "data" / "reference")
    chosen = options.parse_args()
    data = chosen.folder / str(chosen.people)
    plan = pbr.make_plan(pbr.read_contract(data / "contract.yaml"), reference.AS_AT)
    evidence = pbr.read_evidence(plan, reference.returned(data))
    with tempfile.TemporaryDirectory(dir=chosen.folder) as work:
        runner = Weighed()
        driver = -time.process_time()
        done = _run(plan, evidence, Path(work), chosen.partitions, runner)
        driver += time.process_time() - sum(note[-1] for note in runner.notes)
    _print(runner, driver, done, chosen.people, chosen.partitions)


def _run(plan: Any, evidence: Any, work: Path, partitions: int, runner: Weighed) -> int:  # noqa: ANN401  # of pbr
    """Split, decide and pay; give what is due in minor units."""
    runner.notes.clear()
    split = split_evidence(plan.terms, evidence, work / "rows", partitions)
    (work / "parts").mkdir()
    spread = Spread(plan=plan, split=split.for_tasks(), folder=work / "parts", runner=runner)
    runner.stage = "decide"
    spread.ask(_decide)
    runner.stage = "groups"
    spread.pool()
    runner.stage = "pay"
    lines = entitle_in_parts(spread)
    return sum(lines.ask_all(_net))


def _decide(part: Any) -> None:  # noqa: ANN401  # of pbr
    part.decisions()


def _net(part: Any, lines: Any) -> int:  # noqa: ANN401  # of pbr
    del part
    return int(lines["net"].sum())


def _print(runner: Weighed, driver: float, due: int, people: int, partitions: int) -> None:
    print(f"{people:,} people in {partitions} partitions: {due:,} pence; peak {whole()['peak_mb']:.0f} MB in all\n")
    heads = ("question, kB", "largest answer, kB", "all answers, kB", "most CPU s", "all CPU s")
    print(f"{'':8}{heads[0]:>14}{heads[1]:>20}{heads[2]:>17}{heads[3]:>12}{heads[4]:>11}")
    for stage, asked, largest, every, most, total in runner.notes:
        print(f"{stage:8}{asked / 1e3:>14.1f}{largest / 1e3:>20.1f}{every / 1e3:>17.1f}{most:>12.2f}{total:>11.2f}")
    print(f"\nthe split and the driver: {driver:.2f} CPU s")


if __name__ == "__main__":
    main()
