"""The guard of the benchmark: what it says of a figure beside the one of the baseline; nothing is timed here."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import pytest
from cases import CASES
from guard import BASELINE, COUNT_MAY_GROW, RATIO_MAY_GROW, Figures, compare, counted, judge, load, printed, save

if TYPE_CHECKING:
    from pathlib import Path

MADE_WITH: Final = {"python": "3.11", "polars": "2.1.0"}
OLD: Final = Figures(made_with=MADE_WITH, ratios={"wide": 4.0, "ledger": 2.0}, counts={"help": 1_000})


def figures(ratios: dict[str, float], counts: dict[str, int] | None = None, polars: str = "2.1.0") -> Figures:
    """Give what was measured."""
    return Figures(made_with=MADE_WITH | {"polars": polars}, ratios=ratios, counts=counts)


@pytest.mark.parametrize(
    ("new", "verdict", "fails"),
    [
        (4.0, "", False),
        (5.0, "", False),
        (5.01, "GROWN", True),
        (3.0, "", False),
        (2.99, "lower: keep it with --update", False),
    ],
)
def test_a_ratio_may_grow_by_a_quarter(new: float, verdict: str, *, fails: bool) -> None:
    """Of 4.00, 5.00 is within what runs differ by and 5.01 has grown; what is much lower is said and does not fail."""
    (row,) = compare({"wide": 4.0}, {"wide": new}, RATIO_MAY_GROW)
    assert (row.verdict, row.fails) == (verdict, fails)


@pytest.mark.parametrize(("new", "fails"), [(1_050, False), (1_051, True), (949, False)])
def test_a_count_may_grow_by_a_twentieth(new: int, *, fails: bool) -> None:
    """Of 1,000 instructions, 1,050 are within and 1,051 have grown."""
    (row,) = compare({"help": 1_000}, {"help": new}, COUNT_MAY_GROW)
    assert row.fails is fails


def test_a_case_that_is_missing_on_either_side_fails() -> None:
    """A case of the baseline that is not measured is not guarded any more, and one that is not in it is not yet."""
    rows, notes = judge(OLD, figures({"wide": 4.0, "reference": 5.0}, {"help": 1_000}))
    assert [(row.name, row.verdict, row.fails) for row in rows] == [
        ("wide", "", False),
        ("ledger", "NOT MEASURED", True),
        ("reference", "NOT IN THE BASELINE", True),
        ("help", "", False),
    ]
    assert notes == []


def test_counts_that_grew_fail_beside_ratios_that_did_not() -> None:
    """Both halves are judged, each by its own measure."""
    rows, _ = judge(OLD, figures({"wide": 4.0, "ledger": 2.0}, {"help": 1_100}))
    assert [row.name for row in rows if row.fails] == ["help"]


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        (OLD, figures(OLD.ratios), "no instructions counted: perf, or a counter that it can read, is missing here"),
        (
            figures(OLD.ratios),
            figures(OLD.ratios, {"help": 9_999}),
            "no instructions compared: the baseline was written where there is no counter",
        ),
        (
            OLD,
            figures(OLD.ratios, {"help": 9_999}, "2.2.0"),
            (
                "no instructions compared: the baseline is of python 3.11 and polars 2.1.0, "
                "this is python 3.11 and polars 2.2.0"
            ),
        ),
    ],
)
def test_counts_that_cannot_be_compared_are_left_out_and_said(old: Figures, new: Figures, note: str) -> None:
    """Without a counter here or then, or under another version, the ratios alone are judged."""
    rows, notes = judge(old, new)
    assert notes == [note]
    assert [row.name for row in rows] == ["wide", "ledger"]
    assert not any(row.fails for row in rows)


def test_the_table_has_a_line_for_each_case_and_its_change() -> None:
    """Old, new, the change in per cent and what is to be said."""
    rows, notes = judge(OLD, figures({"wide": 5.4, "ledger": 2.0}))
    lines = list(printed(rows, notes))
    assert [line.split() for line in lines[:-1]] == [
        ["baseline", "now", "change"],
        ["wide", "4.00", "5.40", "+35%", "GROWN"],
        ["ledger", "2.00", "2.00", "+0%"],
    ]
    assert lines[-1].startswith("no instructions counted")


def test_a_baseline_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Ratios are kept to two decimals; without a file there is nothing to compare with, and every case fails."""
    file = tmp_path / "baseline.json"
    save(figures({"wide": 4.004, "ledger": 2.0}, {"help": 1_000}), file)
    assert load(file) == OLD
    rows, _ = judge(load(tmp_path / "none.json"), OLD)
    assert all(row.fails for row in rows)


def test_the_baseline_of_the_repository_has_each_case() -> None:
    """Every case of the benchmark is guarded, by two ratios."""
    names = {name.partition(":")[0] for name in load(BASELINE).ratios}
    assert names == set(CASES)
    assert len(load(BASELINE).ratios) == 2 * len(CASES)


@pytest.mark.parametrize(("written", "count"), [("123456789", 123_456_789), ("<not supported>", None)])
def test_instructions_are_read_from_perf(
    written: str, count: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number where there is a counter; nothing where there is none, or no perf at all."""
    perf = tmp_path / "perf"
    perf.write_text(f'#!/bin/sh\necho "{written},,instructions:u,1,100.00,," >"$7"\n', encoding="utf-8")
    perf.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert counted([sys.executable, "-c", ""]) == count
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    assert counted([sys.executable, "-c", ""]) is None
