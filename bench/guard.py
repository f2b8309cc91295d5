"""The guard: what the engine costs beside what it cost when the baseline was written, so that a slow-down is seen.

``python bench/guard.py [--update] [--rounds 5]`` (``make bench-check``) prints a table and exits 1 if a ratio grew by
more than ``RATIO_MAY_GROW``, a count by more than ``COUNT_MAY_GROW``, or a case is missing; ``--update`` writes the
baseline.

A ratio is of CPU seconds, ours to the same contract by hand, each the least of rounds in which they take turns, since
what else runs only adds to them; machines differ in speed and less in ratios. A count is of instructions of a small
command, where the processor has a counter that ``perf`` can read: in most containers there is none, and that half is
left out. Counts are compared under the same Python and polars only.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import asdict, evolve, field, frozen
from cases import CASES, HERE, OURS, SHARED, small_return
from reference import AS_AT
from timing import take_turns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

BASELINE: Final = HERE / "baseline.json"
PEOPLE: Final = 100_000
FEW: Final = 1_000
RATIO_MAY_GROW: Final = 0.25
COUNT_MAY_GROW: Final = 0.05
PBR: Final = (sys.executable, "-m", "pbr")
SAME_COUNT: Final = {"PYTHONHASHSEED": "0", "POLARS_MAX_THREADS": "1"}
"""What would otherwise change the number of instructions from run to run."""
WITHIN, LOWER, GROWN, MISSING, ADDED = (
    "",
    "lower: keep it with --update",
    "GROWN",
    "NOT MEASURED",
    "NOT IN THE BASELINE",
)


@frozen(kw_only=True)
class Figures:
    """What was measured.

    Attributes:
        made_with: Versions under which it was.
        ratios: CPU seconds, ours to those by hand, by case.
        counts: Instructions by case; None where there is no counter.
    """

    made_with: dict[str, str] = field(factory=dict)
    ratios: dict[str, float] = field(factory=dict)
    counts: dict[str, int] | None = None


@frozen(kw_only=True)
class Row:
    """A figure of the baseline beside the one of today, and what is to be said of it."""

    name: str
    old: float | None
    new: float | None
    verdict: str

    @property
    def fails(self) -> bool:
        """Whether it may not stay like this."""
        return self.verdict in {GROWN, MISSING, ADDED}


def compare(old: Mapping[str, float], new: Mapping[str, float], may_grow: float) -> list[Row]:
    """Every case of either, in the order of the baseline and then of today's."""
    return [
        Row(name=name, old=old.get(name), new=new.get(name), verdict=_verdict(old.get(name), new.get(name), may_grow))
        for name in dict.fromkeys([*old, *new])
    ]


def _verdict(old: float | None, new: float | None, may_grow: float) -> str:
    if old is None:
        return ADDED
    if new is None:
        return MISSING
    if new > old * (1 + may_grow):
        return GROWN
    return LOWER if new < old * (1 - may_grow) else WITHIN


def judge(old: Figures, new: Figures) -> tuple[list[Row], list[str]]:
    """All rows, and why counts are not among them if they are not."""
    rows = compare(old.ratios, new.ratios, RATIO_MAY_GROW)
    if new.counts is None:
        return rows, ["no instructions counted: perf, or a counter that it can read, is missing here"]
    if old.counts is None:
        return rows, ["no instructions compared: the baseline was written where there is no counter"]
    if old.made_with != new.made_with:
        return rows, [f"no instructions compared: the baseline is of {_versions(old)}, this is {_versions(new)}"]
    return rows + compare(old.counts, new.counts, COUNT_MAY_GROW), []


def _versions(figures: Figures) -> str:
    return " and ".join(f"{name} {number}" for name, number in figures.made_with.items())


def printed(rows: Sequence[Row], notes: Sequence[str]) -> Iterator[str]:
    """The table, line by line."""
    yield f"{'':46}{'baseline':>16}{'now':>16}{'change':>9}"
    for row in rows:
        change = f"{row.new / row.old - 1:+.0%}" if row.old and row.new is not None else ""
        yield f"{row.name:46}{_figure(row.old):>16}{_figure(row.new):>16}{change:>9}  {row.verdict}".rstrip()
    yield from notes


def _figure(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.2f}"


def load(path: Path) -> Figures:
    """The figures of a file; none if there is no file."""
    return Figures(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else Figures()


def save(figures: Figures, path: Path) -> None:
    """Write the figures, ratios to two decimals."""
    kept: dict[str, Any] = asdict(figures) | {"ratios": {name: round(each, 2) for name, each in figures.ratios.items()}}
    path.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def cpu_ratios(people: int, rounds: int) -> dict[str, float]:
    """CPU seconds of ours to the whole process of the first by hand: of our whole process, and of what is compared."""
    found: dict[str, float] = {}
    for name, make in CASES.items():
        case = make(people)
        other = next(engine for engine in case.engines if engine != OURS)
        runs = take_turns(evolve(case, engines={engine: case.engines[engine] for engine in (OURS, other)}), rounds)
        theirs = min(run["cpu_s"] for run in runs[other])
        for what, measure in (("whole process", "cpu_s"), (case.stages, "eval_cpu_s")):
            found[f"{name}: {what}"] = min(run[measure] for run in runs[OURS]) / theirs
    return found


def instruction_counts() -> dict[str, int] | None:
    """Instructions of small commands, the median of three; None where they cannot be counted."""
    if counted([sys.executable, "-c", ""]) is None:
        return None
    folder = small_return(FEW)
    with tempfile.TemporaryDirectory() as out:
        evaluate = ["evaluate", f"{folder}/contract.yaml", "--data", f"{folder}/return", "--as-at", AS_AT, "--quiet"]
        commands = {
            "pbr --help": ["--help"],
            "check of the reference contract": ["check", str(HERE / "reference.yaml")],
            f"reference: {FEW:,} people evaluated": [*evaluate, "--out", f"{out}/run"],
        }
        runs = {name: [counted([*PBR, *each]) for _ in range(3)] for name, each in commands.items()}
    return {name: int(statistics.median(each or 0 for each in found)) for name, found in runs.items()}


def counted(command: Sequence[str]) -> int | None:
    """Instructions of a command in user space; None without perf, or without a counter."""
    perf = shutil.which("perf")
    if perf is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "counts"
        told = [perf, "stat", "-x", ",", "-e", "instructions:u", "-o", str(file), "--", *command]
        done = subprocess.run(told, env=os.environ | SAME_COUNT, capture_output=True, text=True, check=False)
        text = file.read_text() if file.exists() else ""
    count = next((line.partition(",")[0] for line in text.splitlines() if ",instructions" in line), "")
    if not count.isdecimal():
        return None
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return int(count)


def main() -> int:
    """Measure, compare with the baseline or write it, and print the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--update", action="store_true", help="write the baseline")
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    if not SHARED.is_dir():
        print("nothing to compare with: there is no bench in the folder that PBR_SHARED names", file=sys.stderr)
        return 2
    made_with = {"python": ".".join(platform.python_version_tuple()[:2]), "polars": version("polars")}
    found = Figures(made_with=made_with, ratios=cpu_ratios(PEOPLE, chosen.rounds), counts=instruction_counts())
    rows, notes = judge(load(BASELINE), found)
    print("\n".join(printed(rows, notes)))
    if chosen.update:
        save(found, BASELINE)
        return 0
    return int(any(row.fails for row in rows))


if __name__ == "__main__":
    sys.exit(main())
