"""One timed run of the reference contract as it is written by hand: ``python bench/by_hand.py ENGINE PEOPLE DATA``.

Prints one line ``RESULT {json}`` as ``reference.py`` does. The queries are read from the folder that PBR_SHARED names.
"""

from __future__ import annotations

import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from marks import Marks, say, whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

QUERIES: Final = Path(os.environ.get("PBR_SHARED", "../shared")).resolve() / "bench" / "reference"


def polars_streaming(query: ModuleType, people: int, out: Path) -> Path:
    """Everything in one plan for each stage, by the streaming engine."""
    query.run(people, str(out), engine="streaming", facts="pertype")
    return out / "statement.parquet"


def polars_two_phase(query: ModuleType, people: int, out: Path) -> Path:
    """Part by part, with the lines of each on disk and small sums between."""
    vars(query)["WORK"] = str(out / "work")
    query.local(people)
    return out / "work" / "statement" / "*.parquet"


def duckdb(query: ModuleType, people: int, out: Path) -> Path:
    """SQL, with the caps by sums of days."""
    query.run(people, str(out), caps="partials")
    return out / "statement.parquet"


ENGINES: Final[dict[str, tuple[str, Callable[[ModuleType, int, Path], Path]]]] = {
    "polars": ("impl_polars", polars_streaming),
    "two-phase": ("scale_out", polars_two_phase),
    "duckdb": ("impl_duckdb", duckdb),
}
"""The module of each, and what runs it: that writes its statement, and says where."""


def main(engine: str, people: str, data: str) -> None:
    """Run one engine, and print what it took and what it paid."""
    with tempfile.TemporaryDirectory() as out:
        os.environ |= {"PBR_BENCH_DATA": data, "PBR_BENCH_OUT": out}
        sys.path.insert(0, str(QUERIES))
        module, run = ENGINES[engine]
        query, marks = import_module(module), Marks()
        statement = run(query, int(people), Path(out))
        marks.mark("query")
        found = marks.sum_of("query") | whole()

        import polars as pl
        from reference import in_all, totals

        say({"engine": engine, **found, **in_all([totals(pl.read_parquet(statement))])})


if __name__ == "__main__":
    main(*sys.argv[1:4])
