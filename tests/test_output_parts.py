"""What is counted of a run is the sum of what is counted of its parts, however its subjects are dealt out."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

import pbr
from pbr.output.by_outcome import outcome_rows, outcomes_merged, outcomes_part
from pbr.output.merge import write_part
from pbr.output.parts import decisions_merged, lines_merged, uses_merged
from pbr.output.summary import summary_merged, summary_part, summary_rows
from pbr.output.targets import target_rows, targets_merged, targets_part
from pbr.output.write import Product, write_product
from pbr.own_rows import own_rows
from pbr.statement import LINE_COLUMNS, NULLS_LAST, ORDER, placed_lines
from pbr.uses import (
    USE_ORDER,
    placed_uses,
    row_uses,
    use_counts,
    use_counts_merged,
    use_rows,
    waterfall,
    waterfall_merged,
    waterfall_part,
)
from tests import small
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pbr.decisions import Decisions

RUNS: Final = {
    "drug-recovery": ("contracts/drug-recovery/contract.yaml", "examples/drug-recovery/return", "2027-12-31"),
    "riverside-agreed": ("contracts/riverside-agreed/contract.yaml", "examples/riverside/return", "2026-03-31"),
    "panel": ("examples/panel/contract.yaml", "examples/panel/return", "2027-03-31"),
    "facility-pbf": ("examples/facility-pbf/contract.yaml", "examples/facility-pbf/return", "2007-08-31"),
    "small": None,
    "nobody": None,
}
DEALS = st.tuples(st.integers(1, 9), st.integers(0, 2**32))
FEW = settings(max_examples=5)
named = pytest.mark.parametrize("name", RUNS)


@cache
def done(name: str) -> pbr.Run:
    """Evaluate an example once."""
    where = RUNS[name]
    if where is None:
        return small.run() if name == "small" else small.run(people=[], events=[])
    contract, data, as_at = where
    return pbr.run(ROOT / contract, ROOT / data, as_at)


@cache
def outcomes_of(name: str) -> pl.DataFrame:
    """Count the outcomes of an example once; to see which of a thousand groups have members takes a second."""
    return outcome_rows(done(name).decisions)


def dealt(frame: pl.DataFrame, by: Sequence[str], deal: tuple[int, int]) -> list[pl.DataFrame]:
    """Deal rows out to parts by what they have in common, in no order; some parts may be empty."""
    parts, seed = deal
    found = frame.sample(fraction=1, shuffle=True, seed=seed).with_columns(
        (pl.concat_str(pl.col(by).cast(pl.String), separator="/", ignore_nulls=True).hash(seed) % parts).alias("_part")
    )
    split = [found.filter(pl.col("_part") == part).drop("_part") for part in range(parts)]
    return [*split[seed % parts :], *split[: seed % parts]]


def decisions_in_parts(of: Decisions, deal: tuple[int, int]) -> list[Decisions]:
    """Deal out the subjects with their own rows, also those that are not known yet."""
    table, key = of.plan.terms.cohort_table, of.plan.terms.subject_key
    rows = of.evidence.tables[table].collect()
    parts = []
    for mine in dealt(rows, [key], deal):
        tables = of.evidence.tables | {table: mine.lazy()}
        frame = of.frame.join(mine.select(pl.col(key).alias("subject")), on="subject", how="semi")
        parts.append(evolve(of, frame=frame, evidence=evolve(of.evidence, tables=tables)))
    return parts


def without_subjects(of: Decisions) -> Decisions:
    """Give what is known where parts are merged: of outcomes only those of groups."""
    return evolve(of, frame=of.frame.clear())


@named
@FEW
@given(DEALS)
def test_the_summary_is_the_sum_of_its_parts(name: str, deal: tuple[int, int]) -> None:
    """Subjects are dealt out in one way and lines in another: what is merged is the summary, row for row."""
    of, plan = done(name), done(name).plan
    subjects, lines = dealt(of.decisions.frame, ["subject"], deal), dealt(of.statement.frame, ["subject"], deal)
    parts = [summary_part(plan, *pair) for pair in zip(subjects, lines, strict=True)]
    whole = summary_rows(of.decisions, of.statement)
    assert summary_merged(without_subjects(of.decisions), parts).equals(whole)
    apart = [summary_part(plan, each, lines[0].clear()) for each in subjects]
    apart += [summary_part(plan, subjects[0].clear(), each) for each in lines]
    assert summary_merged(without_subjects(of.decisions), apart).equals(whole)
    assert whole.is_empty() == (name == "nobody")


@named
@FEW
@given(DEALS)
def test_outcomes_and_targets_are_the_sums_of_their_parts(name: str, deal: tuple[int, int]) -> None:
    """Subjects by state, and by whether a panel chose them, add up; groups are counted where parts are merged."""
    of, plan = done(name).decisions, done(name).plan
    subjects = dealt(of.frame, ["subject"], deal)
    found = outcomes_merged(without_subjects(of), [outcomes_part(plan, each) for each in subjects])
    assert found.equals(outcomes_of(name))
    assert targets_merged(plan, [targets_part(plan, each) for each in subjects]).equals(target_rows(of))
    assert target_rows(of).is_empty() == (name not in {"panel", "riverside-agreed"})


@named
@FEW
@given(DEALS)
def test_the_waterfall_is_the_sum_of_its_parts(name: str, deal: tuple[int, int]) -> None:
    """Read, repeated, not known yet and left out by each clause add up; refused rows are counted once."""
    of = done(name).decisions
    if not of.plan.terms.has_cohort:
        assert waterfall_merged(of.plan, of.evidence, [waterfall_part(of)] * 2).equals(waterfall(of))
        return
    parts = [waterfall_part(each) for each in decisions_in_parts(of, deal)]
    assert waterfall_merged(of.plan, of.evidence, parts).equals(waterfall(of))


@named
@FEW
@given(DEALS)
def test_uses_are_the_sums_of_their_parts(name: str, deal: tuple[int, int]) -> None:
    """The summary uses of rows add up, and uses put into words in parts are in the order of the whole."""
    of, uses = done(name).decisions, done(name).statement.uses
    parts = dealt(uses, ["table", "_row"], deal)
    assert use_counts_merged([use_counts(each) for each in parts]).equals(use_counts(uses))
    words = pl.concat([placed_uses(of.evidence, each) for each in parts]).sort(USE_ORDER)
    assert words.drop("_file").equals(use_rows(of, uses))


@named
def test_the_place_of_a_line_is_said_by_its_columns(name: str) -> None:
    """The columns of the order put shuffled lines back, one place for each; without lines they have the same dtypes."""
    of = done(name)
    lines = placed_lines(of.entitlement, row_uses(of.decisions))
    again = lines.sample(fraction=1, shuffle=True, seed=7).sort(ORDER, nulls_last=NULLS_LAST)
    assert again.equals(lines)
    assert lines.select(ORDER).is_unique().all()
    assert lines.select(list(LINE_COLUMNS)).equals(of.statement.frame)
    unpaid = small.run(small.changed((small.TEXT[small.TEXT.index("payments:\n") :], "")))
    nothing = placed_lines(unpaid.entitlement, unpaid.statement.uses)
    if lines.schema["subject"] == pl.String:
        assert nothing.schema == lines.schema


@named
def test_a_run_in_parts_has_the_files_of_the_whole(name: str, tmp_path: Path) -> None:
    """Lines, decisions and uses that were written part by part are merged into the files of a run at once."""
    of, plan, deal = done(name), done(name).plan, (5, 3)
    lines = placed_lines(of.entitlement, row_uses(of.decisions))
    parts = {
        "lines": [each.sort(ORDER, nulls_last=NULLS_LAST) for each in dealt(lines, ["subject"], deal)],
        "decisions": [
            own_rows(plan, each, of.decisions.names) for each in dealt(of.decisions.frame, ["subject"], deal)
        ],
        "uses": [
            placed_uses(of.evidence, each.sort("table", "_row", "outcome"))
            for each in dealt(of.statement.uses, ["table", "_row"], deal)
        ],
    }
    paths = {what: [tmp_path / f"{what}-{place}" for place in range(5)] for what in parts}
    for what, frames in parts.items():
        for path, frame in zip(paths[what], frames, strict=True):
            write_part(path, frame)
    product = Product(
        plan=plan,
        evidence=of.evidence,
        lines=lines_merged(paths["lines"]),
        total_minor=of.statement.total_minor,
        decisions=decisions_merged(without_subjects(of.decisions), paths["decisions"]),
        uses=uses_merged(paths["uses"]),
        counts=use_counts(of.statement.uses),
        cohort=waterfall(of.decisions),
    )
    found, whole = write_product(tmp_path / "parts", product, of.arguments), of.write(tmp_path / "whole")
    for path in whole.iterdir():
        assert (found / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_part_may_add_more_than_the_whole_can_be() -> None:
    """Sums of a part are wider than money: what two parts add may be beyond 64 bits where their sum is not."""
    of = done("small")
    line = of.statement.frame.head(1)
    parts = []
    for amount in (2**62, -(2**62)):
        lines = pl.concat([line] * 3).with_columns(pl.lit(amount, dtype=pl.Int64).alias("amount_minor"))
        parts.append(summary_part(of.plan, of.decisions.frame.clear(), lines))
    assert parts[0]["paid_minor"].to_list() == [3 * 2**62]
    assert summary_merged(of.decisions, parts)["paid_minor"].to_list() == [0]
