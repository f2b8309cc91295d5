"""One timed run of the ledger contract: ``python bench/ledger.py CONTRACT FOLDER AS_AT``.

Prints one line ``RESULT {json}`` with seconds for each stage, the peak of the whole process, the sum in minor units,
and how many events came to each status of the hand-written query. That is worked out afterwards, and not timed: a use
is a status but for ``used``, which is told apart by the last cap that cut the line, and an exact copy, which has the
status of the row it copies, or is a duplicate of one that could count.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from marks import Marks, peak_mb, say

import pbr
from pbr.uses import row_uses, use_rows

if TYPE_CHECKING:
    from pbr.decisions import Decisions
    from pbr.entitlement import Entitlement

STATUS = {
    "not_included": "under_age",
    "before_window": "before_start",
    "after_window": "late",
    "outside_term": "outside_term",
    "not_picked": "duplicate",
}


def main(contract_path: str, folder: str, as_at: str) -> None:
    """Run every stage once and print what each took."""
    marks = Marks()
    contract = pbr.read_contract(contract_path)
    plan = pbr.make_plan(contract, as_at)
    marks.mark("contract")
    files = {table: str(Path(folder) / f"{table}.parquet") for table in ("persons", "events")}
    evidence = pbr.read_evidence(plan, files)
    marks.mark("evidence")
    decisions = pbr.evaluate(plan, evidence)
    marks.mark("evaluate")
    entitlement = pbr.entitle(plan, decisions)
    marks.mark("entitle")
    uses = row_uses(decisions)
    marks.mark("uses")
    result = {
        "engine": "pbr",
        **marks.found,
        **marks.sum_of("evaluate", "entitle", "uses"),
        "peak_mb": peak_mb(),
        "paid_pence": entitlement.total_minor,
        "status": statuses(decisions, entitlement, uses),
        "polars": pl.__version__,
    }
    say(result)


def statuses(decisions: Decisions, entitlement: Entitlement, uses: pl.DataFrame) -> dict[str, int]:
    """Count the events of each status of the hand-written query."""
    counts: dict[str, int] = {}
    events = uses.filter(pl.col("table") == "events")
    words = use_rows(decisions, events).filter(pl.col("use") != "same_row")["use"]
    for use, number in words.value_counts().iter_rows():
        if use != "used":
            counts[STATUS[use]] = counts.get(STATUS[use], 0) + number
    lines = entitlement.frame
    cut = pl.when(pl.col("adj.1") < 0).then(pl.lit("year_cap")).when(pl.col("adj.0") < 0).then(pl.lit("person_cap"))
    counts |= dict(lines.select(cut.otherwise(pl.lit("paid")))["literal"].value_counts().iter_rows())
    copies = decisions.evidence.copies["events"].select(pl.col("_of").alias("_row"))
    copied = use_rows(decisions, copies.join(events, on="_row").select(events.columns))["use"]
    for use, number in copied.value_counts().iter_rows():
        status = STATUS.get(use, "duplicate")
        counts[status] = counts.get(status, 0) + number
    return dict(sorted(counts.items()))


if __name__ == "__main__":
    main(*sys.argv[1:4])
