"""The reference contract of the speed comparison says what the same contract written by hand says, line by line."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl
import pytest
from reference import AS_AT, CONTRACT, contract_text, in_all, lines, returned, totals, write_return

import pbr

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from pbr.entitlement import Entitlement

PEOPLE: Final = 5_000
QUERIES: Final = Path(os.environ.get("PBR_SHARED", "../shared")).resolve() / "bench" / "reference"
NEEDS_QUERIES: Final = pytest.mark.skipif(
    not QUERIES.is_dir(), reason="the queries by hand are not in the folder that PBR_SHARED names"
)
LINE: Final = ["person_id", "outcome", "date", "price", "capped", "paid"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the data of 5,000 people."""
    data = tmp_path_factory.mktemp("reference")
    setting = os.environ | {"PBR_BENCH_DATA": str(data)}
    command = [sys.executable, "gen.py", str(PEOPLE)]
    subprocess.run(command, cwd=QUERIES, env=setting, check=True, capture_output=True)
    write_return(data / str(PEOPLE))
    (data / str(PEOPLE) / "contract.yaml").write_text(contract_text(PEOPLE), encoding="utf-8")
    return data / str(PEOPLE)


@pytest.fixture(scope="module")
def by_hand(folder: Path) -> Iterator[ModuleType]:
    """Load the queries, which read where their data is when they are loaded, and leave nothing of them behind."""
    before, kept = set(sys.modules), os.environ.get("PBR_BENCH_DATA")
    os.environ["PBR_BENCH_DATA"] = str(folder.parent)
    sys.path.insert(0, str(QUERIES))
    try:
        yield import_module("impl_polars")
    finally:
        sys.path.remove(str(QUERIES))
        os.environ.pop("PBR_BENCH_DATA")
        os.environ |= {} if kept is None else {"PBR_BENCH_DATA": kept}
        for name in {"impl_polars", "spec"} - before:
            del sys.modules[name]


@pytest.fixture(scope="module")
def ours(folder: Path) -> Entitlement:
    """Evaluate the contract on the same data."""
    plan = pbr.make_plan(pbr.read_contract(folder / "contract.yaml"), AS_AT)
    evidence = pbr.read_evidence(plan, returned(folder))
    assert evidence.refused.is_empty()
    return pbr.entitle(plan, pbr.evaluate(plan, evidence))


def every_line(query: ModuleType, folder: Path, out: Path) -> pl.DataFrame:
    """Every line written by hand, with nothing paid where a cap left nothing: the statement has only what is paid."""
    query.run(PEOPLE, str(out), engine="streaming", facts="pertype")
    paid = pl.read_parquet(out / "statement.parquet").select("person_id", "outcome", "date", "paid")
    people, events = (pl.scan_parquet(folder / name / "*.parquet") for name in ("participants", "events"))
    wide = query.person_stage(people, events, "pertype").collect()
    groups: pl.DataFrame = query.cohort_lines(query.cohort_partial(wide.lazy()).collect())
    found: pl.DataFrame = pl.concat([query.long_lines(wide.lazy()).collect(), groups])
    found = found.join(paid, on=["person_id", "outcome", "date"], how="left", validate="1:1")
    return found.with_columns(pl.col("paid").fill_null(0)).select(LINE).sort(LINE)


@NEEDS_QUERIES
def test_every_line_is_that_of_the_queries_by_hand(
    ours: Entitlement, by_hand: ModuleType, folder: Path, tmp_path: Path
) -> None:
    """Of every person and group: day, price, what the most for one person leaves, and what is paid, to the penny."""
    found = lines(ours.plan, ours.frame)
    nothing = found.filter(pl.col("price") == 0)  # a group whose figure is below 1: no line by hand
    assert set(nothing["outcome"]) <= {6}
    expected = every_line(by_hand, folder, tmp_path)
    assert set(expected["outcome"]) == {1, 2, 3, 4, 5, 6}
    assert found.filter(pl.col("price") != 0).sort(LINE).rows() == expected.rows()


@NEEDS_QUERIES
def test_every_cap_cuts_in_the_comparison(ours: Entitlement) -> None:
    """Some lines are cut by each of the three caps, so that the comparison reaches all of them."""
    assert all(ours.frame[f"adj.{place}"].min() < 0 for place in range(3))  # type: ignore[operator]
    assert in_all([totals(lines(ours.plan, ours.frame))])["paid_pence"] == PEOPLE * 75_000


def test_the_figures_that_hang_on_people_are_put_in(tmp_path: Path) -> None:
    """For a million people the text is the file as it stands; for 20,000 the two caps are a fiftieth."""
    assert contract_text(1_000_000) == CONTRACT.read_text(encoding="utf-8")
    (tmp_path / "contract.yaml").write_text(contract_text(20_001), encoding="utf-8")
    terms = pbr.read_contract(tmp_path / "contract.yaml").terms
    most = {each.id: str(getattr(each, "at_most", "")) for each in terms.adjustments}
    assert most == {"person_most": "2200.00", "month_most": "17000.85", "contract_most": "15000750.00"}
