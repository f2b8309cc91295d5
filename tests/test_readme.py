"""The README: what it shows is what the commands print."""

from __future__ import annotations

import pytest

import pbr
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["one-outcome-that-is-capped", "one-outcome-that-is-pending", "one-outcome-that-is-excluded"]
)
def test_the_explanations_are_those_of_the_goldens(name: str) -> None:
    """Each explanation in the README is one of the golden files, word for word."""
    assert (ROOT / f"tests/golden/explain/{name}.txt").read_text(encoding="utf-8").rstrip() in README


def test_the_quarter_that_is_not_paid_is_that_of_the_golden() -> None:
    """The survey and the test of a quarter of Riverside stand in the README as they are explained."""
    parts = (ROOT / "examples/riverside/golden/explain-Y1-Q3.txt").read_text(encoding="utf-8").split("\n\n")
    assert "\n\n".join(parts[1:3]) in README


@pytest.mark.parametrize(
    "name",
    [
        "paid-and-cut-by-the-person-limit",
        "pending-return",
        "excused-for-a-death-or-a-move",
        "excluded-by-an-exclude",
    ],
)
def test_the_persons_explained_are_those_of_the_goldens(name: str) -> None:
    """Each person in the documents is one of the golden files, word for word."""
    page = (ROOT / "docs/explanation/explained.md").read_text(encoding="utf-8")
    assert (ROOT / f"tests/golden/explain/{name}.txt").read_text(encoding="utf-8").rstrip() in page


def test_the_figures_are_those_of_the_example() -> None:
    """The total and the counts of rows in the README are those of the worked example."""
    done = pbr.run(ROOT / "contracts/drug-recovery/contract.yaml", ROOT / "examples/drug-recovery/return", "2027-12-31")
    total = done.statement.total_minor
    assert f"Due in all: £{total // 100:,}.{total % 100:02}" in README
    for table, count in done.evidence.counts.items():
        assert f"{table}: {count.read:,} rows read, {count.refused:,} refused" in README


def test_every_link_leads_somewhere() -> None:
    """Each file the README links to is there."""
    links = [part.partition(")")[0] for part in README.split("](")[1:]]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
