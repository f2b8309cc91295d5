"""The benchmark: our contract file beside the same contract by hand, alternating in one process tree.

``python bench/run.py [--people 1000000] [--rounds 7]`` makes the data once (seeded), runs each engine in a process of
its own, in turn, and prints medians and the median of the ratios pair by pair. The hand-written query and the generator
are read from the folder that PBR_SHARED names (default ``../shared``); without it there is nothing to compare with.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
RIGHT = {"gross_pence": 94_498_793_317, "paid_pence": 90_000_000_000, "n_paid": 673_053}
"""The right answers for a million people, from the README of the hand-written engines."""


def main() -> int:
    """Run the rounds, compare the sums, print the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--people", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=7)
    chosen = options.parse_args()
    by_hand = Path(os.environ.get("PBR_SHARED", "../shared")).resolve() / "bench" / "rules_as_code"
    if not by_hand.is_dir():
        print(f"nothing to compare with: {by_hand.name} is not in the folder that PBR_SHARED names", file=sys.stderr)
        return 2
    data = HERE / "data" / str(chosen.people)
    if not (data / "persons_wide.parquet").exists():
        data.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "gen.py", str(chosen.people), str(data.resolve())], cwd=by_hand, check=True)
    persons = str((data / "persons_wide.parquet").resolve())
    ours = [sys.executable, str(HERE / "wide.py"), str(HERE / "wide.yaml"), "persons", persons, "2028-06-30"]
    theirs = [sys.executable, "bench_polars.py", str(data.resolve()), "int", "file"]
    rows: dict[str, list[dict[str, float]]] = {"pbr": [], "by hand": []}
    for number in range(chosen.rounds + 1):
        for name, command, folder in (("pbr", ours, None), ("by hand", theirs, by_hand)):
            found = _timed(command, folder)
            if number:  # the first round warms the disk and is not counted
                rows[name].append(found)
    _compare(rows, chosen.people)
    _print(rows)
    return 0


def _timed(command: list[str], folder: Path | None) -> dict[str, float]:
    """One run in a process of its own: its own figures, and wall and CPU seconds of the whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    found: dict[str, float] = json.loads(line.removeprefix("RESULT "))
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return found | {"wall_s": wall, "cpu_s": cpu}


def _compare(rows: dict[str, list[dict[str, float]]], people: int) -> None:
    """Both engines give the same sums in every run, and the right ones for a million people."""
    for name in ("gross_pence", "paid_pence", "n_paid"):
        values = {int(row[name]) for found in rows.values() for row in found}
        if len(values) != 1 or (people == 1_000_000 and values != {RIGHT[name]}):  # noqa: PLR2004
            message = f"{name} differs: {sorted(values)}"
            raise SystemExit(message)
        print(f"{name} {values.pop():,}, the same in every run of both")


def _print(rows: dict[str, list[dict[str, float]]]) -> None:
    print(f"\n{'':28}{'pbr':>10}{'by hand':>10}{'ratio':>8}   (median; least to most)")
    for name, label in (
        ("wall_s", "whole process, wall s"),
        ("cpu_s", "whole process, CPU s"),
        ("eval_s", "evaluate and entitle, s"),
        ("peak_mb", "peak memory, MB"),
    ):
        ours, theirs = ([row[name] for row in rows[engine]] for engine in ("pbr", "by hand"))
        ratios = sorted(a / b for a, b in zip(ours, theirs, strict=True))
        middle = statistics.median(ratios)
        spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
        print(f"{label:28}{statistics.median(ours):>10.2f}{statistics.median(theirs):>10.2f}{middle:>8.2f}   {spread}")
    print()
    for name in ("contract_s", "evidence_s", "evaluate_s", "entitle_s"):
        print(f"  pbr {name:24}{statistics.median([row[name] for row in rows['pbr']]):>10.3f}")


if __name__ == "__main__":
    sys.exit(main())
