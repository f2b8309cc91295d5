"""The benchmark: our contract files beside the same contracts by hand, alternating in one process tree.

``python bench/run.py [--case NAME] [--people 1000000] [--rounds 7]`` makes the data once (seeded),
runs each engine in a process of its own, in turn, and prints medians and the ratios pair by pair; all cases unless some
are named. The hand-written queries and the generators are read from the folder that PBR_SHARED names (default
``../shared``); without it there is nothing to compare with.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from typing import TYPE_CHECKING

from cases import CASES, OURS, SHARED
from timing import take_turns

if TYPE_CHECKING:
    from cases import Case
    from timing import Runs

MILLION = 1_000_000
STAGES = ("contract", "evidence", "split", "evaluate", "entitle", "uses")


def main() -> int:
    """Run the rounds, compare the sums, print the tables."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--case", choices=sorted(CASES), action="append")
    options.add_argument("--people", type=int, default=MILLION)
    options.add_argument("--rounds", type=int, default=7)
    chosen = options.parse_args()
    if not SHARED.is_dir():
        print("nothing to compare with: there is no bench in the folder that PBR_SHARED names", file=sys.stderr)
        return 2
    for name in chosen.case or CASES:
        case = CASES[name](chosen.people)
        runs = take_turns(case, chosen.rounds)
        print(f"\n{name}, {chosen.people:,} people, medians of {chosen.rounds}\n")
        _compare(case, runs, chosen.people)
        _print(case, runs)
    return 0


def _compare(case: Case, runs: Runs, people: int) -> None:
    """All engines give the same sums and counts in every run, and the right ones for a million people."""
    for name, right in case.right.items():
        values = [run[name] for found in runs.values() for run in found]
        if any(value != values[0] for value in values) or (people == MILLION and values[0] != right):
            raise SystemExit(f"{name} differs: {values}")
        print(f"{name} {_shown(values[0])}, the same in every run of all")


def _shown(value: int | dict[str, int]) -> str:
    return f"{value:,}" if isinstance(value, int) else ", ".join(f"{word} {number:,}" for word, number in value.items())


def _print(case: Case, runs: Runs) -> None:
    """Print the medians, then ours to each by hand pair by pair, and what each of our stages took."""
    others = [engine for engine in runs if engine != OURS]
    print(f"\n{'':32}{OURS:>9}" + "".join(f"{engine:>10}" for engine in others))
    measures = {
        "whole process, wall s": "wall_s",
        "whole process, CPU s": "cpu_s",
        f"{case.stages}, wall s": "eval_s",
        f"{case.stages}, CPU s": "eval_cpu_s",
        "peak memory, MB": "peak_mb",
    }
    measures = {label: name for label, name in measures.items() if all(name in found[0] for found in runs.values())}
    for label, name in measures.items():
        medians = [statistics.median(run[name] for run in found) for found in runs.values()]
        print(f"{label:32}{medians[0]:>9.2f}" + "".join(f"{median:>10.2f}" for median in medians[1:]))
    print("\npbr to the others, pair by pair: median (least to most)")
    for label, name in measures.items():
        print(f"{label:32}" + "".join(f"{ratios(runs, name, engine):>23}" for engine in others))
    print(f"\n{'stages of pbr':32}{'wall s':>9}{'CPU s':>10}")
    for stage in STAGES:
        if f"{stage}_s" in runs[OURS][0]:
            wall, cpu = (statistics.median(run[f"{stage}_{unit}"] for run in runs[OURS]) for unit in ("s", "cpu_s"))
            print(f"{stage:32}{wall:>9.3f}{cpu:>10.3f}")


def ratios(runs: Runs, name: str, engine: str) -> str:
    """Ours to another in each round: the median, and from which to which."""
    found = sorted(ours[name] / other[name] for ours, other in zip(runs[OURS], runs[engine], strict=True))
    return f"{statistics.median(found):.2f} ({found[0]:.2f} to {found[-1]:.2f})"


if __name__ == "__main__":
    sys.exit(main())
