"""Decisions as at an earlier day of those who are counted are those of an evaluation of everybody as at that day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pytest

import pbr
from pbr.calendar import date_from_number
from pbr.decisions import decide, earlier
from pbr.plan import make_plan
from pbr.pooled import Earlier, InOnePart, pool
from tests import small
from tests.test_measure import SHARE, job, person, text

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.api import Run
    from tests.small import Rows

PEOPLE: Final[Rows] = [
    person(f"P{number}", began, ("north", "south")[number % 2], ("high", "low", "")[number % 3])
    for number, began in enumerate(
        [
            "2025-04-01",
            "2025-05-31",
            "2025-06-30",
            "2025-07-01",
            "2025-08-15",
            "",
            "2026-03-31",
            "2026-04-01",
            "2026-12-31",
        ]
    )
]
EVENTS: Final[Rows] = [
    job("P0", "2025-05-01"),
    job("P1", "2025-08-01", "2025-12-31"),
    job("P2", "2025-09-22", "2025-09-23"),
    job("P3", "2025-09-23"),
    job("P3", "2025-10-30", kind="lost"),
    job("P4", "2025-08-16", "2026-05-01"),
    job("P6", "2026-06-23"),
    job("P7", "2026-06-30"),
]
MEASURES: Final = (
    "  months: {kind: measure, of: kept, take: count, per: [grade, month], period_of: start}\n"
    "  rolling: {kind: measure, of: job, per: [quarter], period_of: start, over: 12 months, adverse: yes}\n"
    "  so_far: {kind: measure, of: both, take: any, per: [level, quarter], period_of: start, over: to_date}\n"
    "  of_jobs: {kind: measure, of: kept, among: job, per: [provider, quarter], period_of: job}\n"
    "  again: {kind: measure, of: job, per: [provider, contract_year], period_of: start, reopens: yes}\n"
    "  whole: {kind: measure, of: either, among: job, per: [provider], settles: 2026-06-30}\n"
    "  both: {kind: combine, need: all, of: [job, kept]}\n"
    "  either: {kind: combine, need: any, of: [kept, still]}\n"
    "  still: {kind: absence, table: events, when: \"kind = 'lost'\", date: on, "
    "window: {after: start, for: 9 months}}\n"
)
CONTRACT: Final = text(
    SHARE,
    MEASURES,
    "",
    ("adjustments:\n", 'adjustments:\n  - {id: w, kind: multiply, by: 1/2, on: [first], where: "still.met"}\n'),
)


def done_as_at(as_at: str) -> Run:
    """Evaluate the contract as at a day."""
    return small.run(CONTRACT, people=PEOPLE, events=EVENTS, as_at=as_at)


class Everybody:
    """Decides everybody as at an earlier day, with every outcome."""

    def __init__(self, run: Run) -> None:
        """Keep what was evaluated."""
        self.run, self.frame, self.tables = run, run.decisions.frame, run.evidence.tables
        self.frames: dict[int, pl.DataFrame] = {}

    def as_at(self, day: int, _started: tuple[int, int] | None = None) -> pl.DataFrame:
        """Give all decisions as at the end of a day."""
        if day not in self.frames:
            plan = make_plan(self.run.plan.contract, date_from_number(day))
            self.frames[day] = decide(plan, self.run.evidence).frame
        return self.frames[day]


@pytest.mark.parametrize("as_at", ["2025-09-22", "2026-06-30"])
def test_figures_are_those_of_an_evaluation_of_everybody(as_at: str) -> None:
    """Every result: state, figure, counts, days, who is left out and who is in no group or period."""
    done = done_as_at(as_at)
    whole = pool(done.plan, InOnePart(Everybody(done)))  # type: ignore[arg-type]
    assert done.decisions.pooled.keys() == whole.keys()
    for name, pooled in whole.items():
        assert dict(done.decisions.pooled[name].results) == dict(pooled.results), name


def test_only_who_is_asked_about_is_decided_again() -> None:
    """Of the nine, two started in June or nobody knows when; nobody did in the last month, but for the latter."""
    done = done_as_at("2027-03-31")
    again = earlier(done.decisions)
    june = (20240, 20269)
    assert [str(date_from_number(day)) for day in june] == ["2025-06-01", "2025-06-30"]
    frame = again.as_at(20300, june)
    assert sorted(frame["subject"]) == ["P2", "P5"]
    assert "first.state" not in frame.columns
    assert again.as_at(20300, (20250, 20260)) is frame  # whose members are among these
    assert sorted(again.as_at(20300)["subject"]) == ["P0", "P1", "P2", "P3", "P5"]
    assert again.as_at(20300, (20241, 20300)) is again.as_at(20300)
    known = [each for each in PEOPLE if each["began"]]
    nobody = earlier(small.run(CONTRACT, people=known, events=EVENTS).decisions).as_at(20300, (20250, 20260))
    assert nobody.is_empty()
    assert nobody.columns == frame.columns


def test_one_participant_is_explained_without_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No earlier day is looked at, and the words are those of the run."""
    (tmp_path / "contract.yaml").write_text(CONTRACT, encoding="utf-8")
    pl.DataFrame(PEOPLE).write_csv(tmp_path / "people.csv")
    pl.DataFrame(EVENTS).write_csv(tmp_path / "events.csv")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, "2026-06-30").write(tmp_path / "out")

    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Earlier, "as_at", never)
    assert "job: met on 1 May 2025" in pbr.explain(out, "P0").text
    with pytest.raises(AssertionError):
        pbr.explain(out, outcome="placed")
