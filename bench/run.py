"""The benchmark: our contract files beside the same contracts by hand, alternating in one process tree.

``python bench/run.py [--case wide|ledger] [--people 1000000] [--rounds 7]`` makes the data once (seeded), runs each
engine in a process of its own, in turn, and prints medians and the median of the ratios pair by pair; both cases unless
one is named. The hand-written queries and the generator are read from the folder that PBR_SHARED names (default
``../shared``); without it there is nothing to compare with.
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
from typing import Any

HERE = Path(__file__).parent
MILLION = 1_000_000
RIGHT: dict[str, dict[str, Any]] = {
    "wide": {"gross_pence": 94_498_793_317, "paid_pence": 90_000_000_000, "n_paid": 673_053},
    "ledger": {
        "paid_pence": 71_868_886_309,
        "status": {
            "before_start": 136_185,
            "duplicate": 73_894,
            "late": 571_505,
            "outside_term": 166_663,
            "paid": 740_666,
            "person_cap": 24_651,
            "under_age": 148_015,
            "year_cap": 237_506,
        },
    },
}
"""The right answers for a million people, from the README of the hand-written engines."""
STAGES = {"wide": "evaluate and entitle, s", "ledger": "evaluate, entitle, uses, s"}


def main() -> int:
    """Run the rounds, compare the sums, print the tables."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--case", choices=sorted(RIGHT), action="append")
    options.add_argument("--people", type=int, default=MILLION)
    options.add_argument("--rounds", type=int, default=7)
    chosen = options.parse_args()
    by_hand = Path(os.environ.get("PBR_SHARED", "../shared")).resolve() / "bench" / "rules_as_code"
    if not by_hand.is_dir():
        print(f"nothing to compare with: {by_hand.name} is not in the folder that PBR_SHARED names", file=sys.stderr)
        return 2
    data = (HERE / "data" / str(chosen.people)).resolve()
    if not (data / "persons_wide.parquet").exists():
        data.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "gen.py", str(chosen.people), str(data)], cwd=by_hand, check=True)
    for case in chosen.case or ("wide", "ledger"):
        rows = _rounds(case, data, by_hand, chosen.rounds)
        print(f"\n{case}\n")
        _compare(case, rows, chosen.people)
        _print(case, rows)
    return 0


def _rounds(case: str, data: Path, by_hand: Path, rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Run both engines in turn; the first round warms the disk and is not counted."""
    if case == "wide":
        arguments = ["persons", str(data / "persons_wide.parquet"), "2028-06-30"]
        theirs = ["bench_polars.py", str(data), "int", "file"]
    else:
        arguments = [str(data), "2029-12-31"]
        theirs = ["ledger_polars.py", str(data), "file"]
    ours = [str(HERE / f"{case}.py"), str(HERE / f"{case}.yaml"), *arguments]
    rows: dict[str, list[dict[str, Any]]] = {"pbr": [], "by hand": []}
    for number in range(rounds + 1):
        for name, command, folder in (("pbr", ours, None), ("by hand", theirs, by_hand)):
            found = _timed([sys.executable, *command], folder)
            if number:
                rows[name].append(found)
    return rows


def _timed(command: list[str], folder: Path | None) -> dict[str, Any]:
    """One run in a process of its own: its own figures, and wall and CPU seconds of the whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    found: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return found | {"wall_s": wall, "cpu_s": cpu}


def _compare(case: str, rows: dict[str, list[dict[str, Any]]], people: int) -> None:
    """Both engines give the same sums and counts in every run, and the right ones for a million people."""
    for name, right in RIGHT[case].items():
        values = [row[name] for found in rows.values() for row in found]
        if any(value != values[0] for value in values) or (people == MILLION and values[0] != right):
            message = f"{name} differs: {values}"
            raise SystemExit(message)
        shown = (
            f"{values[0]:,}" if isinstance(values[0], int) else ", ".join(f"{k} {v:,}" for k, v in values[0].items())
        )
        print(f"{name} {shown}, the same in every run of both")


def _print(case: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    """Print the medians, and those of the ratios."""
    print(f"\n{'':28}{'pbr':>10}{'by hand':>10}{'ratio':>8}   (median; least to most)")
    for name, label in (
        ("wall_s", "whole process, wall s"),
        ("cpu_s", "whole process, CPU s"),
        ("eval_s", STAGES[case]),
        ("peak_mb", "peak memory, MB"),
    ):
        ours, theirs = ([row[name] for row in rows[engine]] for engine in ("pbr", "by hand"))
        ratios = sorted(a / b for a, b in zip(ours, theirs, strict=True))
        middle = statistics.median(ratios)
        spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
        print(f"{label:28}{statistics.median(ours):>10.2f}{statistics.median(theirs):>10.2f}{middle:>8.2f}   {spread}")
    print()
    for name in ("contract_s", "evidence_s", "evaluate_s", "entitle_s", "uses_s"):
        if name in rows["pbr"][0]:
            print(f"  pbr {name:24}{statistics.median([row[name] for row in rows['pbr']]):>10.3f}")


if __name__ == "__main__":
    sys.exit(main())
