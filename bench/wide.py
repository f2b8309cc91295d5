"""One timed run of a benchmark contract on one return: ``python bench/wide.py CONTRACT TABLE FILE AS_AT``.

Prints one line ``RESULT {json}`` with seconds for each stage, the peak of the whole process and the sums in minor
units.
Reading and checking have rows of their own, so that evaluating can be set beside a query that assumes clean rows.
"""

from __future__ import annotations

import sys

import polars as pl
from marks import Marks, peak_mb, say

import pbr
from pbr.entitlement import total


def main(contract_path: str, table: str, file: str, as_at: str) -> None:
    """Run every stage once and print what each took."""
    marks = Marks()
    contract = pbr.read_contract(contract_path)
    plan = pbr.make_plan(contract, as_at)
    marks.mark("contract")
    evidence = pbr.read_evidence(plan, {table: file})
    marks.mark("evidence")
    decisions = pbr.evaluate(plan, evidence)
    marks.mark("evaluate")
    entitlement = pbr.entitle(plan, decisions)
    marks.mark("entitle")
    lines = entitlement.frame
    after_person = lines["amount"] + lines["adj.0"]
    result = {
        "engine": "pbr",
        **marks.found,
        **marks.sum_of("evaluate", "entitle"),
        "peak_mb": peak_mb(),
        "gross_pence": total(after_person),
        "paid_pence": entitlement.total_minor,
        "n_paid": lines.filter(after_person > 0)["subject"].n_unique(),
        "polars": pl.__version__,
    }
    say(result)


if __name__ == "__main__":
    main(*sys.argv[1:5])
