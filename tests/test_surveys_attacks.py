"""Surveys attacked: what would have paid wrongly, said what is not so, or meant nothing and was accepted."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import pytest

from pbr.confidence import By, Counted
from pbr.explanation.explain import explain_group, explain_subject
from pbr.explanation.money import cut
from tests import small
from tests.surveys import TEXT, asked, evaluated, everybody, person, refused, result, said, seen, without

if TYPE_CHECKING:
    from pbr.api import Run

LAST: Final = "    response: 40%, fewest: 5}"
WHOLE: Final = (
    ("per: [provider, quarter], period_of: survey.on,\n", "per: [provider],\n"),
    ("drawn: period_start, over: 3 months", "drawn: period_start + 91 days, over: 3 months"),
)
CONTACTS: Final = "contacts: {row_is: contact, of: person, fields: {on: date, seen: recorded}}"
DRAWN: Final = "drawn: period_start,"
FRAMELESS: Final = (
    "    frame: {table: contacts, date: on, drawn: period_start, over: 3 months, chosen_by: everybody},\n",
    "",
)
COPY: Final = (
    "{kind: measure, of: content, per: [provider, quarter], period_of: survey.on, asked: asked.asked_on,\n"
    "    frame: {table: contacts, date: on, drawn: period_start, over: 3 months, chosen_by: everybody}}\n"
)


def paid(run: Run) -> int:
    """What is paid in all, in pence."""
    return int(run.statement.lines()["amount_minor"].sum())


def said_of(*changes: tuple[str, str]) -> list[tuple[str, str, str]]:
    """Code, the text at its place, and what is wrong without the advice, of the contract after changes."""
    text = small.changed(*changes, text=TEXT)
    lines = text.splitlines()
    return [
        (each.code, lines[(each.line or 1) - 1][(each.column or 1) - 1 :][:12], each.message.partition(";")[0])
        for each in small.problems_of(text)
    ]


# ---- wrong money


def test_answers_from_outside_of_the_term_are_in_no_figure() -> None:
    """Without a period an answer from before the first day of the term, or after its last, counts no more than else."""
    tables = everybody(8, 5, 7)
    tables["survey"] += [said("p007", 4, 4, "2025-03-31"), said("p006", 4, 4, "2026-04-01", "2026-03-30")]
    done = result(evaluated(tables, *WHOLE, as_at="2027-03-31"), "north")
    assert dict(done.members) == {"met": 5, "not_met": 2, "left out: no_answer": 1}
    tables["survey"][-2:] = [said("p007", 4, 4, "2026-03-31")]
    assert result(evaluated(tables, *WHOLE, as_at="2027-03-31"), "north").members["met"] == 6
    listed = (
        "    asked: asked.asked_on,\n    response: 40%,",
        "    asked: asked.asked_on,\n    response: 40% of asked,",
    )
    frame = ("    frame: {table: contacts, date: on, drawn: period_start, over: 3 months, chosen_by: everybody},\n", "")
    tables["asked"] += [asked("p000", "2026-04-01"), asked("x", "2026-04-01")]
    tables["people"].append(person("x"))
    assert result(evaluated(tables, WHOLE[0], frame, listed, as_at="2027-03-31"), "north").asked == 8


def test_a_second_answer_that_is_recorded_too_late_takes_no_answer_away() -> None:
    """5 of 6 were pleased on 30 September; a second answer, recorded on 1 October, leaves that as it was."""
    tables = everybody(6, 5, 6)
    before = result(evaluated(tables, as_at="2025-09-30"))
    assert before.value == Fraction(5, 6)
    tables["survey"].append(said("p005", 1, 1, "2025-08-01", "2025-10-01"))
    run = evaluated(tables)
    assert (refused(run), result(run)) == ([], before)
    assert run.uses().filter(table="survey", outcome="satisfied", use="not_picked")["row"].to_list() == [8]
    for late in ("reopens: yes", "settles: period_end + 1 day"):
        run = evaluated(tables, (LAST, f"    response: 40%, fewest: 5, {late}}}"))
        assert refused(run) == [("survey", 7, "PBR228"), ("survey", 8, "PBR228")]
    tables["survey"][-1]["seen"] = "2025-09-30"
    assert refused(evaluated(tables)) == [("survey", 7, "PBR228"), ("survey", 8, "PBR228")]


def test_surveys_over_the_same_answers_ask_the_same_people_in_the_same_periods() -> None:
    """What one refuses counts in no other, so that a figure of a year would have taken every quarter's answers away."""
    year = "{kind: measure, of: content, per: [provider, contract_year], period_of: survey.on}"
    said_now = said_of(("  enough:", f"  yearly: {year}\n  enough:"))
    message = "'yearly' and 'satisfied' both judge rows of 'survey', and not by the same periods"
    assert said_now == [("PBR185", "yearly: {kin", message)]
    other = COPY.replace("3 months", "2 months")
    message = "'yearly' and 'satisfied' both judge rows of 'survey', and not by the same `frame`"
    assert said_of(("  enough:", f"  yearly: {other}  enough:")) == [("PBR185", "yearly: {kin", message)]
    other = COPY.replace(" asked: asked.asked_on,", "")
    message = "'yearly' and 'satisfied' both judge rows of 'survey', and not by the same `asked`"
    assert said_of(("  enough:", f"  yearly: {other}  enough:")) == [("PBR185", "yearly: {kin", message)]
    assert said_of(("  enough:", f"  again: {COPY}  enough:")) == []


def test_what_is_refused_as_an_invitation_stays_in_the_frame() -> None:
    """Who is asked too early would have left the frame with the row, and the response would have risen."""
    both = [
        (CONTACTS, CONTACTS.replace("on: date,", "on: date, asked_on: date,")),
        ("asked: asked.asked_on", "asked: contacts.asked_on"),
    ]
    message = "rows of 'contacts' are refused as answers or invitations, and whoever they are of would leave the frame"
    assert said_of(*both) == [("PBR186", "table: conta", message)]
    message = message.replace("contacts", "survey")
    assert said_of(("table: contacts, date: on", "table: survey, date: on")) == [("PBR186", "table: surve", message)]


def test_an_answer_from_before_the_frame_is_refused_whoever_says_who_was_asked() -> None:
    """Where an outcome says who was asked an answer of the day before the frame is drawn does not count either."""
    by_fact = [
        ("    asked: asked.asked_on,\n", "    asked: adult,\n"),
        ("outcomes:\n", "outcomes:\n  adult: {kind: fact, when: \"band = 'low'\"}\n"),
        (DRAWN, "drawn: period_start + 20 days,"),
    ]
    tables = everybody(7, 7, 7)
    for row in tables["people"]:
        row["came_on"] = "2025-04-02"
    tables["survey"][0]["on"] = "2025-07-20"
    tables["contacts"] = without(tables["contacts"], "p006")
    run = evaluated(tables, *by_fact)
    assert refused(run) == [("survey", 2, "PBR227"), ("survey", 8, "PBR229")]
    assert (result(run).members["met"], result(run).frame) == (5, 6)


def test_another_date_of_a_row_does_not_take_it_out_of_the_frame() -> None:
    """Without a recorded field the day of the contact says when it was known, not the day on which the stay ended."""
    ended = [
        (CONTACTS, CONTACTS.replace("seen: recorded", "ended_on: date")),
        ("q2: {type: whole, from: 1, to: 4}, seen: recorded", "q2: {type: whole, from: 1, to: 4}, next_on: date"),
        ("{asked_on: date}", "{asked_on: date, until: date}"),
    ]
    tables = everybody(6, 6, 6)
    for table, field in (("contacts", "ended_on"), ("survey", "next_on"), ("asked", "until")):
        for row in tables[table]:
            row[field] = "2026-03-01"
    run = evaluated(tables, *ended)
    done = result(run)
    assert (refused(run), done.frame, done.asked, dict(done.members)) == ([], 6, 6, {"met": 6})
    uses = run.uses().filter(outcome="satisfied")
    assert uses["use"].unique().to_list() == ["used"]
    assert uses.height == 18


def test_an_empty_label_does_not_take_an_answer_out_of_the_figure() -> None:
    """Whose threshold is not known, since its label is empty, stays in the denominator, and counts as not met."""
    by_band = [
        ("at_least: 6}", "at_least: line}"),
        ("outcomes:\n", "values: {line: {by: band, low: 6, high: 8}}\noutcomes:\n"),
    ]
    tables = everybody(6, 5, 6)
    tables["people"][5]["band"] = None
    tables["survey"][4] |= {"q1": None}
    run = evaluated(tables, *by_band)
    done = result(run)
    assert dict(done.members) == {"met": 4, "unknown": 1, "left out: no_score": 1}
    assert (done.value, done.frame) == (Fraction(4, 5), 6)
    assert done.extremes == (Fraction(4, 6), Fraction(5, 6))
    text = explain_group(run.decisions, run.statement.lines(), "satisfied", "north Y1-Q2")
    assert "unknown    1 counted as not met" in text
    assert "response   5 of 6 in the frame" in text
    bad = result(evaluated(tables, *by_band, (LAST, f"{LAST[:-1]}, adverse: yes}}")))
    assert bad.value == 1
    word = ("contacts: {row_is", "x: {row_is: x, of: person, fields: {at: date}}\n  contacts: {row_is")
    weigh = (LAST, f"{LAST[:-1]}, weigh_by: side}}")
    side = ("cohort:", 'groups: {side: {in: "in_area", out: otherwise}}\ncohort:')
    weighed = result(evaluated(tables, *by_band, word, weigh, side))
    assert weighed.value == Fraction(4, 5)


def test_shares_that_are_weighed_differ_by_the_answers_that_they_are_worth() -> None:
    """A difference takes a weighed share with its own number of answers, not that of the raw answers."""
    by = By.parse("two_proportions 95% two-sided")
    assert by is not None
    other = Counted(met=50, counted=100)
    plain = Counted(met=64, counted=100)
    assert by.differ(plain, other, "above")
    assert not by.differ(Counted(met=64, counted=100, weighted=Fraction(64, 100), worth=Fraction(64)), other, "above")
    assert by.differ(Counted(met=10, counted=100, weighted=Fraction(64, 100), worth=Fraction(100)), other, "above")
    assert not by.differ(Counted(met=90, counted=100, weighted=Fraction(63, 100), worth=Fraction(100)), other, "above")


def test_the_worst_case_of_what_is_bad_is_that_all_who_are_silent_have_met_it() -> None:
    """With 3 of 5 answers bad, of 6 in the frame, the worst is 4 of 6; were it good it would be 3 of 6."""
    tables = everybody(6, 3, 5)
    for word, worst in (("yes", "2/3"), ("no", "0.5")):
        rows = evaluated(tables, (LAST, f"{LAST[:-1]}, adverse: {word}}}")).decisions.rows()
        assert rows.filter(outcome="satisfied", group="north Y1-Q2")["worst"].to_list() == [worst]


def test_a_list_of_those_asked_is_no_evidence_of_anything_else() -> None:
    """A row that is refused as an invitation would be lost for an outcome, a state or a condition that reads it too."""
    message = "reads 'asked' too, and rows that this refuses would be missing there"
    for change, who in (
        (("outcomes:\n", "outcomes:\n  came: {kind: event, table: asked, date: asked_on}\n"), "'came'"),
        (("outcomes:\n", "spells: {s: {table: asked, from: asked_on, to: asked_on}}\noutcomes:\n"), "'s'"),
        (("outcomes:\n", 'outcomes:\n  x: {kind: fact, when: "count(asked) > 0"}\n'), "`when`"),
    ):
        found = [each for each in said_of(change) if each[0] == "PBR185"]
        assert [(code, text) for code, _, text in found] == [("PBR185", f"{who} {message}")]
        assert [each for each in said_of(change, FRAMELESS) if each[0] == "PBR185"] == []


def test_whoever_is_in_the_frame_and_in_no_group_is_seen() -> None:
    """20 of 40 in the frame have no band and say nothing: they are in the frame of no band, and this is said."""
    tables = everybody(40, 20, 20)
    for row in tables["people"][20:]:
        row["band"] = None
    run = evaluated(tables, ("per: [provider, quarter]", "per: [provider, band, quarter]"))
    done = result(run, "north", "low", "Y1-Q2")
    assert (done.frame, done.nowhere) == (20, 20)
    text = explain_group(run.decisions, run.statement.lines(), "satisfied", "north low Y1-Q2")
    assert "no group   20 of this period are in none of the groups, for want of a label" in text


def test_the_explanation_of_a_weighed_difference_says_of_how_many_answers() -> None:
    """Labels, those without one, and a difference of shares by the answers that they are worth, to be worked again."""
    tables = everybody(40, 20, 30)
    for at, row in enumerate(tables["people"]):
        row["band"] = None if at == 39 else "high" if at % 2 else "low"
    tables["survey"].append(said("p039", 4, 4))
    run = evaluated(
        tables,
        (LAST, f"{LAST[:-1]}, weigh_by: band}}\n  plain: {COPY}"),
        ("at_least: 70%, by: lower 80% two-sided", "below: plain, by: two_proportions 95% two-sided"),
    )
    text = explain_group(run.decisions, run.statement.lines(), "enough", "north Y1-Q2")
    assert "weighs     low: 20 of 40 in the frame, and 10 of 15 answers met" in text
    assert "weighs     high: 19 of 40 in the frame, and 10 of 15 answers met" in text
    assert "weighs     no label of band: 1 of 40 in the frame, and 1 of 1 answers met" in text
    share = Fraction(39, 40) * Fraction(2, 3) + Fraction(1, 40)
    worth = 1 / (Fraction(20, 40) ** 2 / 15 + Fraction(19, 40) ** 2 / 15 + Fraction(1, 40) ** 2)
    done = result(run)
    assert done.counted is not None
    assert (done.value, done.counted.size) == (share, worth)
    assert f"({cut(share * worth)} + 21) / ({cut(worth)} + 31)" in text
    assert f"(1/{cut(worth)} + 1/31)" in text


def test_an_answer_whose_threshold_is_not_known_is_said_to_be_unknown() -> None:
    """Of one participant the answer is neither met nor not met; of another it is."""
    by_band = [
        ("at_least: 6}", "at_least: line}"),
        ("outcomes:\n", "values: {line: {by: band, low: 6, high: 8}}\noutcomes:\n"),
    ]
    tables = everybody(2, 2, 2)
    tables["people"][1]["band"] = None
    run = evaluated(tables, *by_band)
    for name, words in (("p000", "8 on 21 July 2025: met"), ("p001", "8 on 21 July 2025: unknown")):
        assert f"answer     {words}" in explain_subject(run.decisions, run.statement.lines(), name, ["content"])


@pytest.mark.parametrize("response", ["abc", "40 %", "40% of everybody", "-1%", "140%"])
@pytest.mark.parametrize("asked_by", [", asked: adult", ""])
def test_a_floor_that_is_no_share_is_no_floor_that_is_passed(response: str, asked_by: str) -> None:
    """Of a measure that counts no answers it was left unread, so that a figure of one answer was paid."""
    adult = "outcomes:\n  adult: {kind: fact, when: in_area}\n"
    measure = f"  m: {{kind: measure, of: adult{asked_by}, response: {response}, paid: no}}\n"
    found = said_of(("outcomes:\n", adult + measure))
    assert found == [("PBR109", f"response: {response}"[:12], f"'{response}' is not a share such as 40%")]


# ---- said, and not so


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (("of: content, per", "of: contnt, per"), "PBR111", "no outcome is named 'contnt'"),
        (("table: survey, date: on", "table: surveys, date: on"), "PBR111", "no table is named 'surveys'"),
        (("over: 3 months", "over: to_date"), "PBR186", "'to_date' is neither `period` nor a length such as 3 months"),
        (("over: 3 months", "over: 0 days"), "PBR186", "'0 days' is neither `period` nor a length such as 3 months"),
        (("over: 3 months, ", ""), "PBR186", "the frame of Y1-Q1 has no days before this"),
    ],
)
def test_one_fault_is_said_once(change: tuple[str, str], code: str, message: str) -> None:
    """A name that is spelt wrong, or a length that is none, is no reason to say more of what stands beside it."""
    assert [(each, words) for each, _, words in said_of(change)] == [(code, message)]


# ---- accepted, and meant nothing


def test_the_answers_are_no_list_of_those_asked() -> None:
    """If whoever answers was asked, everybody who was asked has answered."""
    message = "the day of an answer does not say who was asked"
    assert said_of(("asked: asked.asked_on", "asked: survey.on")) == [("PBR186", "asked: surve", message)]


@pytest.mark.parametrize(("over", "frame"), [("1 day", 5), ("2 days", 6)])
def test_a_frame_of_one_day(over: str, frame: int) -> None:
    """Rows of the day itself on which the frame is drawn are a frame, and are not said to be none."""
    tables = everybody(6, 6, 6)
    tables["contacts"] = [seen(f"p00{place}", "2025-07-01" if place else "2025-06-30") for place in range(6)]
    assert result(evaluated(tables, ("over: 3 months", f"over: {over}"))).frame == frame
