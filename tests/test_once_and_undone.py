"""Events that are met once for each word of a field, and rows that have been undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from pbr.calendar import date_from_number
from tests import small
from tests.small import PEOPLE, changed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden

FIELDS: Final = (
    "      seen: recorded\n",
    (
        "      seen: recorded\n      step: {type: text, one_of: [started, kept on, done]}\n      void: date\n"
        "      boss: {type: id, of: whole}\n      hours: {type: decimal, places: 1}\n"
        "      private: {type: text, sensitive: true}\n"
    ),
)
PAYS: Final = ("  first: {", "  third: {kind: tariff, pays_for: stepped, price: 7.00}\n  first: {")
EVERY: Final = "kind: event, table: events, date: on, once_per: step, undone_by: void"
Row = tuple[str, str, str]


def text(terms: str = EVERY, more: str = "", *changes: tuple[str, str]) -> str:
    """Give the small contract with an outcome of these terms, which is paid, and more outcomes."""
    return changed(FIELDS, ("payments:\n", f"  stepped: {{{terms}}}\n{more}payments:\n"), PAYS, *changes)


def run(contract: str, rows: list[Row], as_at: str = small.LATE, **more: str) -> pbr.Run:
    """Evaluate a contract on a participant with rows: word, day, and the day on which it was undone."""
    events = [
        {"person": "A", "kind": "job", "on": on, "seen": on or "2025-04-01", "step": step, "void": void}
        | {"boss": "7", "hours": "1.5", "private": "x"}
        | more
        for step, on, void in rows
    ]
    frames = small.frames_of(PEOPLE[:1], []) | {"events": pl.DataFrame(events)}
    return pbr.run(small.contract_of(contract), frames, as_at)


def decided(done: pbr.Run, outcome: str = "stepped") -> tuple[str, str, str]:
    """Give state, reason and date of an outcome."""
    row = done.decisions.rows().row(by_predicate=pl.col("outcome") == outcome, named=True)
    return row["state"], row["reason"], str(row["date"] or "")


def parts(done: pbr.Run) -> list[tuple[str, str]]:
    """List each word that was met, with its day."""
    found = done.decisions.frame["stepped.parts"][0]
    each: list[dict[str, Any]] = [] if found is None else found.to_list()
    return sorted((part["occurrence"], str(date_from_number(part["date"]))) for part in each)


STEPS: Final[list[Row]] = [
    ("started", "2025-05-10", ""),
    ("started", "2025-05-02", "2025-06-01"),
    ("kept on", "2025-07-01", ""),
    ("kept on", "2025-06-20", ""),
    ("done", "2025-09-01", "2025-09-30"),
]


def test_each_word_is_met_once() -> None:
    """Of several rows of a word the first that is not undone counts, or the last if the event says so."""
    done = run(text(), STEPS)
    assert parts(done) == [("kept on", "2025-06-20"), ("started", "2025-05-10")]
    assert decided(done) == ("met", "met", "2025-05-10")
    assert done.decisions.rows().row(by_predicate=pl.col("outcome") == "stepped", named=True)["value"] == "2"
    last = run(text(f"{EVERY}, pick: last"), STEPS)
    assert parts(last) == [("kept on", "2025-07-01"), ("started", "2025-05-10")]


def test_words_are_listed_by_day_in_every_run() -> None:
    """In whichever order threads end, the days of the words come one after another, so that two runs are the same."""
    rows: list[Row] = [("done", "2025-05-01", ""), ("started", "2025-05-02", ""), ("kept on", "2025-05-02", "")]
    for _ in range(10):
        listed = run(text(), rows).decisions.frame["stepped.parts"][0].to_list()
        assert [part["occurrence"] for part in listed] == ["done", "kept on", "started"]


def test_a_row_counts_until_the_day_on_which_it_is_undone() -> None:
    """At the end of the day before it still counts; from that day on it has not happened."""
    assert parts(run(text(), STEPS, "2025-05-31")) == [("started", "2025-05-02")]
    assert parts(run(text(), STEPS, "2025-06-01")) == [("started", "2025-05-10")]
    assert ("done", "2025-09-01") in parts(run(text(), STEPS, "2025-09-29"))
    assert ("done", "2025-09-01") not in parts(run(text(), STEPS, "2025-09-30"))


def test_what_was_undone_and_not_done_again_says_so() -> None:
    """The reason is that the row was undone; an absence is defeated by no such row, and a total adds none."""
    gone: list[Row] = [("started", "2025-05-02", "2025-06-01")]
    assert decided(run(text(), gone)) == ("not_met", "undone", "")
    assert decided(run(text(), gone, "2026-01-01")) == ("pending", "window_open", "")
    absence = "kind: absence, table: events, date: on, window: {from: start, for: 1 year}"
    assert decided(run(text(absence), gone)) == ("not_met", "defeated", "")
    assert decided(run(text(f"{absence}, undone_by: void"), gone)) == ("met", "met", "2026-04-01")
    total = "kind: total, table: events, date: on, add: hours, reaches: 3"
    rows: list[Row] = [*gone, ("started", "2025-05-03", "")]
    assert decided(run(text(total), rows)) == ("met", "met", "2025-05-03")
    assert decided(run(text(f"{total}, undone_by: void"), rows)) == ("not_met", "too_little", "")


def test_one_word_may_be_part_of_another_outcome_or_start_its_window() -> None:
    """`stepped.started` is one of the words, with a state and day of its own."""
    more = (
        "  both: {kind: combine, need: all, of: [stepped.started, stepped.done]}\n"
        "  soon: {kind: event, table: events, when: \"step = 'kept on'\", date: on, "
        "window: {after: stepped.started, for: 41 days}}\n"
    )
    done = run(text(more=more), STEPS)
    assert decided(done, "both") == ("not_met", "part_not_met", "")
    assert decided(done, "soon") == ("met", "met", "2025-06-20")  # the 41st day after 10 May
    late = run(text(more=more.replace("41", "40")), STEPS)
    assert decided(late, "soon") == ("not_met", "after_window", "")
    early = run(text(more=more), STEPS, "2025-09-29")
    assert decided(early, "both") == ("met", "met", "2025-09-01")


def test_a_row_without_a_word_is_undecided() -> None:
    """It is not known what it counts for: unknown, unless another row is of the word."""
    rows: list[Row] = [("", "2025-05-10", "")]
    done = run(text(), rows)
    row = done.decisions.rows().row(by_predicate=pl.col("outcome") == "stepped", named=True)
    assert (row["state"], row["reason"], row["missing"]) == ("unknown", "missing_field", "events.step")
    assert done.uses().filter(pl.col("outcome") == "stepped")["use"].to_list() == ["used"]
    assert decided(run(text(), [*rows, ("done", "2025-06-01", "")])) == ("met", "met", "2025-06-01")


def test_a_word_may_be_an_id() -> None:
    """Once for each employer: whole numbers are written as they are."""
    terms = EVERY.replace("once_per: step", "once_per: boss")
    assert parts(run(text(terms), STEPS)) == [("7", "2025-05-10")]


def test_the_row_that_decides_for_each_word_is_used() -> None:
    """One row of each word is used, the first by content of those of one day; what is undone is not picked."""
    rows: list[Row] = [*STEPS, ("kept on", "2025-06-20", "2030-01-01")]
    done = run(text(), rows)
    uses = done.uses().filter(pl.col("table") == "events", pl.col("outcome") == "stepped").sort("row")["use"].to_list()
    assert uses == ["used", "not_picked", "not_picked", "used", "not_picked", "not_picked"]


@pytest.mark.parametrize(
    ("terms", "more", "problem"),
    [
        (EVERY.replace("once_per: step", "once_per: setp"), "",
         "PBR134 'setp' is no text, id, provider or whole number of events; did you mean 'step'?"),
        (EVERY.replace("once_per: step", "once_per: on"), "",
         "PBR134 'on' is no text, id, provider or whole number of events"),
        (EVERY.replace("once_per: step", "once_per: private"), "",
         "PBR106 'private' is stated on each line, so the field cannot be sensitive"),
        (EVERY.replace("undone_by: void", "undone_by: on"), "",
         "PBR110 'on' is the day of the row; name another field"),
        (EVERY.replace("undone_by: void", "undone_by: step"), "", "PBR134 'step' is not a date field of events"),
        ("kind: event, table: people, date: began, once_per: level", "",
         "PBR134 there is one row of the cohort's own table for each; remove `once_per`"),
        (EVERY, "  both: {kind: combine, need: all, of: [stepped.startd, job]}\n",
         "PBR111 'startd' is no word of events.step; did you mean 'started'?"),
        (EVERY, "  both: {kind: combine, need: all, of: [job.started, kept]}\n",
         "PBR111 'job' is not met once for each word of a field; write `job` alone"),
        (EVERY.replace("once_per: step", "once_per: boss"),
         "  both: {kind: combine, need: all, of: [stepped.7, kept]}\n",
         "PBR111 '7' is no word of events.boss; say with `one_of` which words 'boss' can be"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_words_is_said(terms: str, more: str, problem: str) -> None:
    """A word is one of a field of the row that may be stated, and an event that has any."""
    found = [f"{each.code} {each.message}" for each in small.problems_of(text(terms, more))]
    assert any(each.startswith(problem) for each in found), found


def test_words_are_explained(tmp_path: Path, golden: Golden) -> None:
    """Each word with its day, and the part that a combination reads."""
    more = "  both: {kind: combine, need: all, of: [stepped.started, stepped.kept on]}\n"
    (tmp_path / "contract.yaml").write_text(text(more=more), encoding="utf-8")
    events = [
        {"person": "A", "kind": "job", "on": on, "seen": on, "step": step, "void": void, "boss": 7, "hours": "1.5"}
        for step, on, void in STEPS
    ]
    pl.DataFrame(events).with_columns(private=pl.lit("x")).write_csv(tmp_path / "events.csv")
    pl.DataFrame(PEOPLE[:1]).write_csv(tmp_path / "people.csv")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, small.LATE).write(tmp_path / "out")
    golden("tests/golden/explain/once-for-each-word.txt", str(pbr.explain(out, "A")))
