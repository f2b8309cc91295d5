"""What a process that is timed says of itself: seconds of each stage, and the peak of its memory."""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path
from typing import Any


class Marks:
    """Seconds of each stage since the one before: on the clock, and of all processors together."""

    def __init__(self) -> None:
        """Begin the first stage."""
        self.found: dict[str, float] = {}
        self._last = time.perf_counter(), time.process_time()

    def mark(self, stage: str) -> None:
        """End a stage: ``STAGE_s`` and ``STAGE_cpu_s``."""
        now = time.perf_counter(), time.process_time()
        self.found[f"{stage}_s"], self.found[f"{stage}_cpu_s"] = now[0] - self._last[0], now[1] - self._last[1]
        self._last = now

    def sum_of(self, *stages: str) -> dict[str, float]:
        """The seconds of stages that are compared with what the other engines do: ``eval_s`` and ``eval_cpu_s``."""
        return {f"eval_{unit}": sum(self.found[f"{stage}_{unit}"] for stage in stages) for unit in ("s", "cpu_s")}


def whole() -> dict[str, float]:
    """What the process took up to here: CPU seconds, peak memory, and the moment, which is that of all processes."""
    return {"cpu_s": time.process_time(), "peak_mb": peak_mb(), "done_at": time.perf_counter()}


def peak_mb() -> float:
    """Largest resident memory of this process, in MB; from the kernel's own count where there is one.

    What ``getrusage`` gives would begin with the size of the parent from before the program was started.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def say(result: dict[str, Any]) -> None:
    """Print the one line that the process which timed this one reads."""
    print("RESULT " + json.dumps(result))
