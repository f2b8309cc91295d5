"""Time commands in processes of their own, in turn, so that what slows the machine slows them alike."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cases import Case, Command

Runs = dict[str, list[dict[str, Any]]]


def take_turns(case: Case, rounds: int) -> Runs:
    """Run every engine in turn, round by round; the first round warms the disk and is not counted."""
    runs: Runs = {engine: [] for engine in case.engines}
    for number in range(rounds + 1):
        for engine, command in case.engines.items():
            found = timed(command)
            if number:
                runs[engine].append(found)
    return runs


def timed(command: Command) -> dict[str, Any]:
    """One run: what it says of itself, and wall and CPU seconds of the whole process if it does not say these."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, *command.arguments], cwd=command.folder, capture_output=True, text=True, check=False
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{command.arguments[0]} failed:\n{done.stderr}")
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    found: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
    if "done_at" in found:  # what comes after is not part of the work
        wall = found.pop("done_at") - start
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_s": wall, "cpu_s": cpu} | found
