"""What is missed and excused: on which states it acts, what it waits for, and what it does to what is made of it."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

import polars as pl
import pytest

import pbr
from tests import small
from tests.small import EVENTS, PEOPLE, changed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden

FIELD: Final = ("      level:", "      gone: yes_no\n      level:")


def excused(by: str, *changes: tuple[str, str], outcome: str = "job") -> str:
    """Give the small contract in which missing the job is excused by a condition."""
    line = "window: {after: start, for: 12 weeks}" if outcome == "job" else "window: {after: job, for: 3 months}"
    return changed(FIELD, (line, f'{line}\n    excused_by: "{by}"'), *changes)


def found(
    text: str, *, gone: str = "yes", events: small.Rows = EVENTS[:1], as_at: str = small.LATE
) -> dict[str, tuple[str, str, str]]:
    """Give state, reason and missing field of the first participant by outcome."""
    people = pl.DataFrame([PEOPLE[0] | {"gone": gone}])
    done = pbr.run(small.contract_of(text), small.frames_of([], events) | {"people": people}, as_at)
    rows = done.decisions.rows().select("outcome", "state", "reason", pl.col("missing").fill_null("")).rows()
    paid = set(done.statement.lines()["outcome"])
    assert paid <= {row[0] for row in rows if row[1] == "met"}
    return {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize(
    ("gone", "events", "as_at", "job"),
    [
        ("yes", [], small.LATE, ("excluded", "excused", "")),
        ("yes", [], "2025-05-01", ("excluded", "excused", "")),
        ("yes", EVENTS[:1], small.LATE, ("met", "met", "")),
        ("yes", [EVENTS[0] | {"kind": ""}], small.LATE, ("unknown", "missing_field", "events.kind")),
        ("no", [], small.LATE, ("not_met", "no_evidence", "")),
        ("no", [], "2025-05-01", ("pending", "window_open", "")),
        ("", [], small.LATE, ("unknown", "missing_field", "people.gone")),
        ("", [], "2025-05-01", ("unknown", "missing_field", "people.gone")),
        ("", EVENTS[:1], small.LATE, ("met", "met", "")),
    ],
)
def test_only_what_is_missed_is_excused(gone: str, events: small.Rows, as_at: str, job: tuple[str, str, str]) -> None:
    """Not met and pending are left out; what is met stays met, and what is unknown, or may be excused, is unknown."""
    decided = found(excused("gone"), gone=gone, events=events, as_at=as_at)
    assert decided["job"] == job
    if job[0] == "excluded":
        assert decided["kept"] == ("excluded", "anchor", "")


@pytest.mark.parametrize(
    ("events", "as_at", "kept"),
    [
        ([*EVENTS[:1], EVENTS[0] | {"kind": "lost", "on": "2025-07-01"}], small.LATE, ("excluded", "excused", "")),
        ([*EVENTS[:1], EVENTS[0] | {"kind": "lost", "on": "2025-09-01"}], small.LATE, ("not_met", "defeated", "")),
        (EVENTS[:1], small.LATE, ("met", "met", "")),
    ],
)
def test_results_and_questions_may_excuse(events: small.Rows, as_at: str, kept: tuple[str, str, str]) -> None:
    """Losing the job within a month is excused, and was not later on; the day is that of another outcome."""
    text = excused("days_between(job.date, first(events, on, kind = 'lost')) <= 31", outcome="kept")
    assert found(text, events=events, as_at=as_at)["kept"] == kept


def test_an_excuse_that_waits_leaves_what_it_excuses_pending() -> None:
    """While it is not known whether the person works, it is not known whether moving is excused."""
    moved = 'kind: fact, when: "level = \'low\'", excused_by: "NOT job", window: {from: start, for: 1 day}'
    text = changed(("payments:\n", f"  moved: {{{moved}}}\npayments:\n"))
    people = PEOPLE[:1]
    for as_at, state in (("2025-05-01", "pending"), ("2025-06-24", "excluded")):
        done = small.run(text, people=people, events=[], as_at=as_at)
        row = done.decisions.rows().row(by_predicate=pl.col("outcome") == "moved", named=True)
        assert row["state"] == state


SHORT: Final = "window: {from: start, for: 1 day}"
PART: Final = {
    "met": "when: \"level = 'high'\"",
    "not_met": f"when: \"level = 'low'\", {SHORT}",
    "pending": "when: \"level = 'low'\", window: {from: start, for: 2 years}",
    "unknown": 'when: "gone"',
    "excluded": f"when: \"level = 'low'\", excused_by: \"level = 'high'\", {SHORT}",
}
ALL: Final = ["not_met", "unknown", "pending", "excluded", "met"]
ANY: Final = ["met", "pending", "unknown", "excluded", "not_met"]


@pytest.mark.parametrize(("one", "other"), list(product(PART, repeat=2)))
def test_every_pair_of_states_is_combined_by_the_table(one: str, other: str) -> None:
    """All, any, and a number of two outcomes: the state is that which comes first in the order of the rules."""
    needs = {"nall": "all", "nany": "any", "n1": "1", "n2": "2"}
    combined = [f"  {name}: {{kind: combine, need: {need}, of: [one, other]}}\n" for name, need in needs.items()]
    parts = f"  one: {{kind: fact, {PART[one]}}}\n  other: {{kind: fact, {PART[other]}}}\n"
    text = changed(FIELD, ("payments:\n", f"{parts}{''.join(combined)}payments:\n"))
    states = {name: state for name, (state, _, _) in found(text, gone="", as_at="2026-04-01").items()}
    assert (states["one"], states["other"]) == (one, other)
    assert states["nall"] == min((one, other), key=ALL.index)
    assert states["nany"] == states["n1"] == min((one, other), key=ANY.index)
    mixed = {one, other} == {"unknown", "pending"}  # both could still come, so that two of two may be reached
    assert states["n2"] == ("unknown" if mixed else min((one, other), key=ALL.index))


def test_the_rows_that_excuse_are_used() -> None:
    """A row that excuses what was missed is used by it; where nothing was missed it is not, and no line cites it."""
    text = excused("any(events, kind = 'lost')")
    lost = EVENTS[0] | {"kind": "lost", "on": "2025-05-05", "seen": "2025-05-05"}
    for events, uses in (([lost], [(2, "used")]), ([EVENTS[0], lost], [(2, "used"), (3, "not_picked")])):
        people = pl.DataFrame([PEOPLE[0] | {"gone": ""}])
        done = pbr.run(small.contract_of(text), small.frames_of([], events) | {"people": people}, small.LATE)
        assert done.uses().filter(pl.col("outcome") == "job").select("row", "use").rows() == uses
        cited = [line for line in done.statement.lines()["evidence"] if line.count(";") > 1]
        assert cited == []


def test_a_result_that_is_excused_is_not_met() -> None:
    """Whether it is met is known: it is not; and it has no day."""
    text = excused(
        "gone", ("payments:\n", '  after: {kind: fact, when: "NOT job.met AND job.date IS NULL"}\npayments:\n')
    )
    assert found(text, events=[])["after"] == ("met", "met", "")


def test_what_may_excuse_is_checked_like_any_condition() -> None:
    """Unknown names and circles are faults at their places."""
    assert small.problems_of(excused("gnoe"))[0].code == "PBR021"
    (circle,) = small.problems_of(excused("kept"))
    assert circle.message.startswith("outcomes wait for each other in a circle: job -> kept -> job")


def test_an_excuse_is_explained(tmp_path: Path, golden: Golden) -> None:
    """The explanation says that it was missed, what excuses it, and what became of what hangs on it."""
    (tmp_path / "contract.yaml").write_text(excused("gone"), encoding="utf-8")
    pl.DataFrame([PEOPLE[0] | {"gone": "yes"}]).write_csv(tmp_path / "people.csv")
    pl.DataFrame(EVENTS[1:]).write_csv(tmp_path / "events.csv")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, small.LATE).write(tmp_path / "out")
    golden("tests/golden/explain/excused.txt", str(pbr.explain(out, "A")))
