"""The members of a group by their ids: only where they are asked for, and as they were when the figure was fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pytest

import pbr
from tests.test_measure import job, person, text

if TYPE_CHECKING:
    from pathlib import Path

MEASURES: Final = (
    "  again: {kind: measure, of: job, per: [provider, quarter], period_of: start, reopens: yes}\n"
    "  kept_of: {kind: measure, of: kept, among: job, per: [provider], settles: 2026-03-31}\n"
)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Give the folder of a run: A and B have jobs, that of C is recorded late, D is excluded, E is in the south."""
    people = [person(name, "2025-04-01") for name in "ABC"] + [
        person("D", "2025-03-31"),
        person("E", "2025-04-01", "south"),
    ]
    events = [job("A", "2025-05-01"), job("B", "2025-05-02"), job("C", "2025-05-03", "2025-12-01")]
    (tmp_path / "contract.yaml").write_text(
        text("kind: measure, of: job, per: [provider, quarter], period_of: start", MEASURES), encoding="utf-8"
    )
    pl.DataFrame(people).write_csv(tmp_path / "people.csv")
    pl.DataFrame(events).write_csv(tmp_path / "events.csv")
    return pbr.run(tmp_path / "contract.yaml", tmp_path, "2026-03-31").write(tmp_path / "out")


def test_ids_are_those_who_were_counted_when_the_figure_was_fixed(out: Path) -> None:
    """C's job was not known then; where the measure reopens it is."""
    fixed = pbr.explain(out, outcome="placed", ids=True).text
    assert "  ids        met: A, B\n  ids        not met: C\n" in fixed
    again = pbr.explain(out, outcome="again", ids=True).text
    assert "  ids        met: A, B, C\n" in again
    assert "  ids        not met: E\n" in again


def test_without_asking_nobody_is_named(out: Path) -> None:
    """Members are counted, and no id stands in the words."""
    words = pbr.explain(out, outcome="placed").text
    assert "counted    persons by job: 2 met, 1 not met" in words
    assert "ids" not in words


def test_who_is_left_out_is_named_under_the_reason(out: Path) -> None:
    """D does not belong to the cohort; who has no job is not among those who have."""
    words = pbr.explain(out, outcome="kept_of", ids=True).text
    assert "  ids        exclude hit: D\n" in words
    assert "  ids        not among: E\n" in words
