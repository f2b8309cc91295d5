"""One timed run of a benchmark contract on one return: ``python bench/wide.py CONTRACT TABLE FILE AS_AT``.

Prints one line ``RESULT {json}`` with seconds for each stage, the peak of the whole process and the sums in minor
units.
Reading and checking have rows of their own, so that evaluating can be set beside a query that assumes clean rows.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import polars as pl

import pbr
from pbr.entitlement import total


def main(contract_path: str, table: str, file: str, as_at: str) -> None:
    """Run every stage once and print what each took."""
    marks = [time.perf_counter()]

    def mark() -> float:
        marks.append(time.perf_counter())
        return marks[-1] - marks[-2]

    contract = pbr.read_contract(contract_path)
    plan = pbr.make_plan(contract, as_at)
    stages = {"contract_s": mark()}
    evidence = pbr.read_evidence(plan, {table: file})
    stages["evidence_s"] = mark()
    decisions = pbr.evaluate(plan, evidence)
    stages["evaluate_s"] = mark()
    entitlement = pbr.entitle(plan, decisions)
    stages["entitle_s"] = mark()
    lines = entitlement.frame
    after_person = lines["amount"] + lines["adj.0"]
    result = {
        "engine": "pbr",
        **stages,
        "eval_s": stages["evaluate_s"] + stages["entitle_s"],
        "peak_mb": peak_mb(),
        "gross_pence": total(after_person),
        "paid_pence": entitlement.total_minor,
        "n_paid": lines.filter(after_person > 0)["subject"].n_unique(),
        "polars": pl.__version__,
    }
    print("RESULT " + json.dumps(result))


def peak_mb() -> float:
    """Largest resident memory of this process, in MB; from the kernel's own count where there is one."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(*sys.argv[1:5])
