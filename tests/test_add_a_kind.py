"""A kind of one's own does what a kind of the language does, and a reckoning by hand says what it should."""

from __future__ import annotations

import datetime as dt
import doctest
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pbr
from pbr.contract.schema import contract_schema
from pbr.explanation import explain_subject
from pbr.kinds import DEFAULT_KINDS
from tests import own_kinds
from tests.own_kinds import (
    ALL,
    ATTENDED,
    TEXT,
    Echoed,
    Varied,
    contract_of,
    decided,
    evaluated,
    family,
    loaded,
    session,
    with_outcomes,
)

if TYPE_CHECKING:
    import random

    from tests.small import Rows

FIRST, LAST = dt.date(2025, 4, 1), dt.date(2026, 3, 31)
NEEDED = {"north": 2, "south": 3}


def reckoned(row: dict[str, str], sessions: Rows, as_at: dt.date) -> tuple[str, dt.date | None]:
    """Say what becomes of a family, day by day and without the engine."""
    if not row["referred_on"]:
        return "unknown", None
    start = dt.date.fromisoformat(row["referred_on"])
    last = min(start + dt.timedelta(weeks=4), LAST)
    attended, doubtful, day = 0, False, start
    mine = {(each["on"], each["whole"], each["theme"], each["recorded_on"]) for each in sessions
            if each["family"] == row["family"]}  # fmt: skip  # equal rows are one
    while day <= min(last, as_at):
        for on, whole, _, known in mine:
            if on == str(day) and day >= FIRST and dt.date.fromisoformat(known) <= as_at:
                attended += whole == "yes"
                doubtful = doubtful or whole == ""
        if attended >= NEEDED[row["provider"]]:
            return "met", day
        day += dt.timedelta(days=1)
    if doubtful:
        return "unknown", None
    if row["moved_on"]:
        return "excluded", None
    return ("pending" if as_at < last else "not_met"), None


@st.composite
def returns(draw: st.DrawFn) -> tuple[Rows, Rows, dt.date]:
    """Draw families around the term and sessions around their windows, some late, some without an answer."""
    days = st.dates(dt.date(2025, 4, 20), dt.date(2025, 6, 20))
    families = [
        {
            "family": f"F{number}",
            "provider": draw(st.sampled_from(["north", "south"])),
            "referred_on": draw(st.sampled_from(["2025-05-01", "2025-05-10", "2026-03-20", ""])),
            "moved_on": draw(st.sampled_from(["", "", "2025-05-12"])),
        }
        for number in range(draw(st.integers(1, 4)))
    ]
    near = st.sampled_from(["2025-05-01", "2025-05-29", "2025-05-30", "2025-04-30", "2026-03-31", "2026-04-01"])
    sessions = [
        {
            "family": draw(st.sampled_from([row["family"] for row in families])),
            "on": draw(near | st.builds(str, days)),
            "whole": draw(st.sampled_from(["yes", "yes", "yes", "no", ""])),
            "theme": draw(st.sampled_from(["play", "sleep"])),
            "recorded_on": draw(st.sampled_from(["2025-05-02", "2025-06-01", "2026-03-31"])),
        }
        for _ in range(draw(st.integers(0, 14)))
    ]
    as_at = draw(st.sampled_from([dt.date(2025, 5, 28), dt.date(2025, 5, 29), dt.date(2025, 6, 30), LAST]))
    return families, sessions, as_at


@given(returns(), st.randoms(use_true_random=False))
def test_attendance_is_as_reckoned_by_hand(drawn: tuple[Rows, Rows, dt.date], luck: random.Random) -> None:
    """State and day of random families are those of a loop over days, whatever the order of the rows."""
    families, sessions, as_at = drawn
    run = evaluated(TEXT, families, sessions, str(as_at))
    rows = run.decisions.rows()
    found = {who: (state, day) for who, state, day in rows.select("subject", "state", "date").iter_rows()}
    there = [row for row in families if not row["referred_on"] or dt.date.fromisoformat(row["referred_on"]) <= as_at]
    assert found == {row["family"]: reckoned(row, sessions, as_at) for row in there}
    assert run.statement.total_minor == 400_00 * sum(state == "met" for state, _ in found.values())
    luck.shuffle(families)
    luck.shuffle(sessions)
    again = evaluated(TEXT, families, sessions, str(as_at))
    assert again.decisions.rows().equals(rows)
    assert again.statement.lines().drop("evidence").equals(run.statement.lines().drop("evidence"))


def test_the_reckoning_reaches_every_state() -> None:
    """What is drawn is not all of one kind: each state is one that the loop can come to."""
    early, done = dt.date(2025, 5, 28), dt.date(2025, 6, 30)
    one, open_still = [session("2025-05-02")], [session("2025-05-02"), session("2025-05-03", whole="")]
    assert reckoned(family(), one, early) == ("pending", None)
    assert reckoned(family(), one, done) == ("not_met", None)
    assert reckoned(family(), open_still, done) == ("unknown", None)
    assert reckoned(family(moved="2025-05-03"), one, done) == ("excluded", None)
    assert reckoned(family(), [*one, session("2025-05-29")], done) == ("met", dt.date(2025, 5, 29))


@pytest.mark.parametrize("as_at", ["2025-05-01", "2025-05-09", "2025-05-28", "2025-05-29", "2025-05-30", "2026-03-31"])
@pytest.mark.parametrize(
    "rows",
    [
        [],
        [session("2025-05-02"), session("2025-05-29")],
        [session("2025-05-02"), session("2025-05-30")],
        [session("2025-05-01"), session("2025-05-03", whole=""), session("2025-05-09")],
        [session("2025-05-01"), session("2025-05-03", whole="")],
        [session("2025-04-30"), session("2025-05-01")],
        [session("2025-05-01"), session("2025-05-09", known="2025-05-30")],
    ],
)
def test_both_sides_of_each_boundary_are_as_reckoned(rows: Rows, as_at: str) -> None:
    """The last day of the window and the next, as at the days around it, with rows that are late or leave it open."""
    state, _, day = decided(evaluated(TEXT, [family()], rows, as_at), "course")
    wanted, on = reckoned(family(), rows, dt.date.fromisoformat(as_at))
    assert (state, day) == (wanted, None if on is None else str(on))


def test_the_worked_example_of_the_kind_runs() -> None:
    """Its docstring is a test like those of the language's kinds."""
    tests = doctest.DocTestFinder().find(ATTENDED, "Attended", globs=dict(vars(own_kinds.module_of(own_kinds.MODULE))))
    results = [doctest.DocTestRunner().run(test) for test in tests]
    assert sum(result.attempted for result in results) == 1
    assert not any(result.failed for result in results)


# ---- in every place in which a kind of the language may stand


TWO = [session("2025-05-02"), session("2025-05-09")]


def test_windows_start_from_it_and_it_from_others() -> None:
    """An event is counted from its day, it from that of an event, and both wait for what they are counted from."""
    text = with_outcomes(
        "next: {kind: event, table: sessions, when: \"theme = 'food'\", date: on, "
        "window: {after: course, for: 7 days}}",
        "again: {kind: attended, table: sessions, date: on, at_least: 1, window: {after: next, for: 7 days}}",
    )
    rows = [*TWO, session("2025-05-16", theme="food"), session("2025-05-23")]
    run = evaluated(text, [family(), family("F2")], rows)
    assert decided(run, "next") == ("met", "met", "2025-05-16")
    assert decided(run, "again") == ("met", "met", "2025-05-23")
    assert decided(run, "again", "F2") == ("not_met", "anchor", None)
    late = evaluated(text, [family()], [*TWO, session("2025-05-17", theme="food"), session("2025-05-25")])
    assert decided(late, "next")[:2] == ("not_met", "after_window")
    missed = evaluated(text, [family()], [*rows[:3], session("2025-05-24")])
    assert decided(missed, "again")[:2] == ("not_met", "after_window")


def test_conditions_read_its_state_date_and_value() -> None:
    """``met``, ``date`` and ``value`` are names in conditions on the cohort's row and on rows, and are typed."""
    text = with_outcomes(
        "points: {kind: varied, table: sessions, date: on, theme: theme, at_least: 2, worth: 5}",
        "early: {kind: fact, when: \"course.met AND course.date < DATE '2025-05-10' AND points.value >= 10\"}",
        'after_it: {kind: event, table: sessions, when: "on > course.date", date: on}',
    )
    rows = [*TWO, session("2025-05-20", theme="food")]
    run = evaluated(text, [family()], rows)
    assert decided(run, "early")[0] == "met"
    assert decided(run, "after_it") == ("met", "met", "2025-05-20")
    assert run.decisions.rows().filter(outcome="points")["value"].to_list() == ["10"]
    problems = loaded(text.replace("points.value >= 10", "points.value >= 10%"))[1]
    assert [problem.code for problem in problems] == ["PBR022"]
    problems = loaded(text.replace("points.value >= 10", "course.value >= 1"))[1]
    assert [problem.code for problem in problems] == ["PBR021"]


def test_it_is_combined_measured_weighed_and_paid_by_its_value() -> None:
    """A combination, a share, a sum of values, and a tariff that pays for each point."""
    text = with_outcomes(
        "points: {kind: varied, table: sessions, date: on, theme: theme, at_least: 2, worth: 5}",
        "both: {kind: combine, need: all, of: [course, points]}",
        "share: {kind: measure, of: course, take: share, per: [provider]}",
        "sum: {kind: measure, of: points, take: sum, per: [provider]}",
        payments=(
            "  by_point: {kind: tariff, pays_for: points, price: 1.50}\n"
            "  whole: {kind: tariff, pays_for: both, price: 7.00}\n"
            "  rate: {kind: tariff, pays_for: share, price: 100.00}\n"
            "  per_sum: {kind: tariff, pays_for: sum, price: 0.10}\n"
        ),
    )
    families = [family(), family("F2"), family("F3", "south")]
    rows = [
        *TWO,
        session("2025-05-10", theme="sleep"),
        session("2025-05-11", theme="food"),
        session("2025-05-12", "F2"),
    ]
    run = evaluated(text, families, rows)
    assert decided(run, "both") == ("met", "met", "2025-05-10")
    paid = {row["payment"]: row["paid_minor"] for row in run.summary().iter_rows(named=True) if row["paid_minor"]}
    assert paid == {"course_fee": 400_00, "by_point": 15 * 150, "whole": 7_00, "rate": 50_00, "per_sum": 15 * 10}
    rates = run.decisions.rows().filter(outcome="share").select("group", "numerator", "denominator").rows()
    assert sorted(rates) == [("north", 1, 2), ("south", 0, 1)]


def test_a_kind_reads_another_outcome() -> None:
    """Decided after what it reads, in whatever order the file has them; a circle is found."""
    text = TEXT.replace("outcomes:\n", "outcomes:\n  echo: {kind: echoed, of: course, paid: no}\n")
    run = evaluated(
        text, [family(), family("F2", moved="2025-05-05"), family("F3")], [*TWO, session("2025-05-02", "F3", "")]
    )
    assert decided(run, "echo") == ("met", "met", "2025-05-09")
    assert decided(run, "echo", "F2")[0] == "excluded"
    assert decided(run, "echo", "F3")[0] == "unknown"
    circle = text.replace("window: {from: start, for: 4 weeks}", "window: {from: echo, for: 4 weeks}")
    assert [problem.code for problem in loaded(circle)[1]] == ["PBR112"]
    strange = text.replace("of: course", "of: curse")
    assert [problem.code for problem in loaded(strange)[1]] == ["PBR111"]


def test_a_signpost_of_such_a_kind_is_held_to_it() -> None:
    """``paid: no`` is refused where money depends on it, as of any outcome."""
    problems = loaded(TEXT.replace('clause: "3.1"', "paid: no"))[1]
    assert [problem.code for problem in problems] == ["PBR181"]


def test_a_measure_is_fixed_as_it_was_known() -> None:
    """Decided again as at an earlier day: what became known after a period settled does not change it."""
    text = with_outcomes("share: {kind: measure, of: course, take: count, per: [quarter], period_of: start}")
    known = [session("2025-05-02"), session("2025-05-09", known="2025-12-01")]
    rows = evaluated(text, [family()], known).decisions.rows()
    assert rows.filter(outcome="course")["state"].to_list() == ["met"]
    assert rows.filter(outcome="share", group="Y1-Q1")["numerator"].to_list() == [0]


def test_uses_tell_what_became_of_each_row() -> None:
    """Used, after the window, not recorded yet, outside the term: each row it reads has a use for it."""
    rows = [*TWO, session("2025-05-30"), session("2025-05-20", known="2026-03-31"), session("2025-04-30")]
    run = evaluated(TEXT, [family()], rows, "2025-12-31")
    uses = dict(run.uses().filter(outcome="course").select("row", "use").iter_rows())
    assert uses == {2: "used", 3: "used", 4: "after_window", 5: "not_yet_recorded", 6: "before_window"}


def test_a_line_cites_the_rows_it_rests_on() -> None:
    """A later session changes neither what the line cites nor when it was known."""
    one = evaluated(TEXT, [family()], TWO).statement.lines()
    more = evaluated(TEXT, [family()], [*TWO, session("2025-05-12")]).statement.lines()
    assert one["evidence"].to_list() == more["evidence"].to_list()
    assert len(one["evidence"].to_list()) == 1


def test_a_window_that_opens_after_the_term_can_never_be_met() -> None:
    """What is proved of windows of the language's kinds is proved of its too."""
    text = with_outcomes(
        "late: {kind: absence, table: sessions, date: on, window: {after: start, for: 11 months}}",
        "never: {kind: attended, table: sessions, date: on, at_least: 1, window: {after: late, for: 4 weeks}}",
    )
    within = "start: referred_on, include: [{id: may, when: \"referred_on >= DATE '2025-05-01'\"}]"
    (problem,) = loaded(text.replace("start: referred_on", within))[1]
    assert problem.code == "PBR153"
    assert "'never'" in problem.message or "'late'" in problem.message


# ---- what both sides sign


def test_the_fingerprint_has_the_version_of_the_kind() -> None:
    """Another version of a kind is another contract; a contract without such kinds has the fingerprint it had."""
    other = own_kinds.module_of(own_kinds.MODULE.replace('= "1"', '= "2"')).Attended
    mine, theirs = contract_of(), contract_of(kinds=DEFAULT_KINDS.adding(other))
    assert mine.fingerprint != theirs.fingerprint
    text = TEXT.replace("kind: attended", "kind: event").replace("    at_least: enough\n", "")
    plain = text.replace("  enough: {by: provider, north: 2, south: 3}\n", "  enough: 1\n")
    assert contract_of(plain).fingerprint == contract_of(plain, DEFAULT_KINDS).fingerprint
    (note,) = [note for note in mine.notes if note.code == "PBR195"]
    assert "'attended'" in note.message
    assert "attendance" in note.message
    assert "1" in note.message


def test_the_words_of_the_contract_name_the_kind() -> None:
    """What is signed in words has what the kind means, its terms, and that it is not of the language."""
    words = " ".join(pbr.render_contract(contract_of()).split())
    assert "day of the session that brings the number attended" in words
    assert "both sides need the module attendance" in words


def test_the_schema_has_the_kind_where_it_is_given() -> None:
    """One of the outcomes of the schema is of the kind, from its docstring; without it the schema is as it was."""
    with_it, without = contract_schema(ALL), contract_schema()
    own = with_it["$defs"]["Attended"]
    assert own["properties"]["kind"]["const"] == "attended"
    assert own["required"] == ["kind", "table", "date", "at_least"]
    assert own["properties"]["at_least"]["description"].startswith("whole number, or the name of a value")
    assert "Attended" not in without["$defs"]
    assert contract_schema(DEFAULT_KINDS) == without


def test_without_the_kind_the_word_is_unknown() -> None:
    """The same file without the kind: PBR105, with how a kind of one's own is passed."""
    (problem,) = [each for each in loaded(TEXT, DEFAULT_KINDS)[1] if each.code == "PBR105"]
    assert "unknown kind 'attended'" in problem.message
    assert "--kinds" in problem.message


def test_two_threads_do_not_see_each_others_kinds() -> None:
    """Reads with and without a kind, and with two kinds of one word, many at once."""
    other = own_kinds.module_of(own_kinds.MODULE.replace('= "1"', '= "3"')).Attended
    some = [ALL, DEFAULT_KINDS, DEFAULT_KINDS.adding(other)]

    def read(place: int) -> str:
        contract, _ = loaded(TEXT, some[place % 3])
        return "" if contract is None else contract.fingerprint

    alone = [read(place) for place in range(3)]
    assert len(set(alone)) == 3
    assert alone[1] == ""
    with ThreadPoolExecutor(max_workers=4) as pool:
        assert list(pool.map(read, range(60))) == alone * 20


@pytest.mark.parametrize("kind", [Varied, Echoed])
def test_adding_changes_nothing_else(kind: type) -> None:
    """Kinds are a value: adding gives another, in order, and none of the language's goes."""
    more = DEFAULT_KINDS.adding(kind)
    assert DEFAULT_KINDS.added == ()
    assert more.added == (kind,)
    assert more.adding(ATTENDED).added == (kind, ATTENDED)
    assert more == DEFAULT_KINDS.adding(kind)


def test_explained_with_its_value_and_both_days_of_the_window() -> None:
    """An explanation has the meaning, the terms, the value, the window's days and the rows."""
    text = with_outcomes(
        "points: {kind: varied, table: sessions, date: on, theme: theme, at_least: 2, worth: 5, paid: no, "
        "window: {after: start, for: 4 weeks}}"
    )
    run = evaluated(text, [family()], [*TWO, session("2025-05-10", theme="sleep")])
    said = explain_subject(run.decisions, run.statement.frame, "F1", ["points"])
    assert "points: met on 10 May 2025" in said
    assert "2 May 2025 to 29 May 2025" in said
    assert "so many different themes have been attended" in said
    assert "worth: 5" in said
    assert "10" in said
    assert said.count("  used ") == 2
