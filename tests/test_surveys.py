"""Surveys: who could be asked, was, answered, and what that comes to, worked by hand."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import pytest

from pbr.confidence import By, Counted
from pbr.explanation.explain import explain_group
from pbr.pooled.measuring import weighed
from pbr.pooled.members import Stratum
from pbr.settles import DRAWN_FORMS, Drawn
from tests.surveys import asked, evaluated, everybody, person, refused, result, said, seen, without

if TYPE_CHECKING:
    from pathlib import Path


TESTED: Final = (
    "  enough: {kind: test, of: satisfied, at_least: 70%, by: lower 80% two-sided}\n"
    "payments:\n  bonus: {kind: tariff, pays_for: enough, price: 1000.00}\n"
)
FRAMED: Final = (
    "    frame: {table: contacts, date: on, drawn: period_start, over: 3 months, chosen_by: everybody},\n"
    "    asked: asked.asked_on,\n    response: 40%, fewest: 5}"
)


def paid(run: object) -> int:
    """What is paid in all, in pence."""
    return int(run.statement.lines()["amount_minor"].sum())  # type: ignore[attr-defined]


# ---- answers, response and the bound


def test_of_forty_in_the_frame_thirty_answer_and_the_bound_decides() -> None:
    """Of 30 answers 26 are enough: at 80% the Wilson bound of 26/30 is above 70%, and that of 25/30 is too; 24 not."""
    for pleased, met in ((26, True), (25, True), (24, False)):
        run = evaluated(everybody(40, pleased, 30))
        share = result(run)
        assert (share.value, share.asked, share.frame) == (Fraction(pleased, 30), 40, 40)
        assert result(run, of="enough").met is met
        assert paid(run) == (100000 if met else 0)
        by = By.parse("lower 80% two-sided")
        assert by is not None
        assert by.beyond(Counted(met=pleased, counted=30), Fraction(7, 10), "at_least") is met


def test_a_raw_rate_above_the_threshold_is_not_enough() -> None:
    """24 of 30 are 80%, which is more than 70%, and their bound is less: not met, and not for want of answers."""
    run = evaluated(everybody(40, 24, 30))
    done = result(run, of="enough")
    assert (done.value, done.state, done.reason) == (Fraction(4, 5), "not_met", "beside_threshold")


@pytest.mark.parametrize(("answers", "reason"), [(16, "met"), (15, "low_response")])
def test_below_the_response_floor_nothing_can_be_said(answers: int, reason: str) -> None:
    """16 of 40 in the frame are 40%; one answer fewer is not failed but not assessable."""
    run = evaluated(everybody(40, answers, answers))
    assert result(run).reason == reason
    assert result(run, of="enough").state == ("met" if reason == "met" else "not_assessable")
    assert paid(run) == (100000 if reason == "met" else 0)


@pytest.mark.parametrize(("answers", "reason"), [(5, "met"), (4, "too_few")])
def test_fewer_answers_than_the_contract_asks_for_say_nothing(answers: int, reason: str) -> None:
    """With 5 in the frame 5 answers are enough, and 4 of 5 too few."""
    assert result(evaluated(everybody(5, answers, answers))).reason == reason


def test_law_26_a_frame_without_an_answer_has_no_share() -> None:
    """0 of 0 is neither 0% nor 100%: with people in the frame the response is too low, else there is nobody."""
    silent = evaluated(everybody(40, 0, 0))
    assert (result(silent).state, result(silent).reason, result(silent).value) == (
        "not_assessable",
        "low_response",
        None,
    )
    empty = evaluated({"people": [person("a")]})
    assert (result(empty).state, result(empty).reason) == ("not_assessable", "nobody")
    floorless = evaluated(everybody(40, 0, 0), ("    response: 40%, fewest: 5}", "    fewest: 5}"))
    assert (result(floorless).reason, result(floorless).value) == ("nobody", None)
    assert paid(silent) == paid(empty) == paid(floorless) == 0


def test_silence_could_hide_anybody() -> None:
    """26 of 30 who answered are 26 of 40 if the ten who did not were displeased, and 36 of 40 if not."""
    assert result(evaluated(everybody(40, 26, 30))).extremes == (Fraction(26, 40), Fraction(36, 40))
    assert result(evaluated(everybody(40, 40, 40))).extremes == (Fraction(1), Fraction(1))


def test_the_bound_of_a_frame_is_that_of_a_known_number_of_people() -> None:
    """24 of 30 of 40: n(N - 1)/(N - n) = 117, and the bound is above 70%; all 40 leave nothing to chance."""
    of_frame = ("by: lower 80% two-sided}", "by: lower 80% two-sided of frame}")
    assert result(evaluated(everybody(40, 24, 30), of_frame), of="enough").met
    assert not result(evaluated(everybody(40, 22, 30), of_frame), of="enough").met
    assert result(evaluated(everybody(40, 28, 40), of_frame), of="enough").met
    assert not result(evaluated(everybody(40, 27, 40), of_frame), of="enough").met


def test_satisfaction_threshold_rule_through_a_survey(shared: Path) -> None:
    """464 in the frame, 116 answers, 109 satisfied: both bounds pass 85%, and a floor of 30% is not reached."""
    given = json.loads((shared / "vectors" / "satisfaction_threshold_rule.json").read_text())
    inputs, expected, terms = given["inputs"], given["expected"], given["parameters"]
    tables = everybody(inputs["eligible"], inputs["satisfied"], inputs["answers"])
    rule = [
        (
            "    response: 40%, fewest: 5}",
            f"    response: {terms['response_floor']}, fewest: {terms['minimum_answers']}}}",
        ),
        ("at_least: 70%, by: lower 80% two-sided}", f"at_least: {terms['threshold']}, by: lower 95% two-sided}}"),
    ]
    run = evaluated(tables, *rule)
    share = result(run)
    assert share.value == Fraction(inputs["satisfied"], inputs["answers"])
    assert round(float(share.value), 4) == float(expected["rate"])
    assert share.extremes is not None
    assert round(float(share.extremes[0]), 4) == float(expected["worst_case_rate"])
    assert result(run, of="enough").met is expected["pays"]
    finite = evaluated(tables, *rule[:1], (rule[1][0], rule[1][1].replace("sided}", "sided of frame}")))
    assert result(finite, of="enough").met is expected["pays_fpc"]
    higher = evaluated(tables, (rule[0][0], "    response: 30%, fewest: 20}"), rule[1])
    assert result(higher, of="enough").met is expected["pays_if_response_floor_0.30"]
    assert result(higher).reason == "low_response"


def test_csq8_items_through_a_survey(shared: Path) -> None:
    """Eight items of 1 to 4: 28 and 8 as published; with one missing there is no score."""
    given = json.loads((shared / "vectors" / "csq8_score.json").read_text())
    items = [f"c{place}" for place in range(1, 9)]
    fields = ", ".join(f"{item}: {{type: whole, from: 1, to: 4}}" for item in items)
    changes = [
        ("q1: {type: whole, from: 1, to: 4}, q2: {type: whole, from: 1, to: 4}", fields),
        (
            "value: {sum: [q1, q2], each: 1 to 4}, at_least: 6",
            f"value: {{sum: [{', '.join(items)}], each: 1 to 4}}, at_least: 28",
        ),
        ("fewest: 5", "fewest: 1"),
        ("response: 40%", "response: 1%"),
    ]
    states = []
    for each in given["inputs"]:
        tables = everybody(1, 0, 0)
        answer = {"person": "p000", "on": "2025-07-21", "seen": "2025-07-21"} | dict(
            zip(items, each["items"], strict=True)
        )
        members = result(evaluated(tables | {"survey": [answer]}, *changes)).members
        states.append(next(iter(members)))
    assert [each["score"] for each in given["expected"]] == [28, 8, None]
    assert states == ["met", "not_met", "left out: no_score"]


# ---- who is in the frame, and when


@pytest.mark.parametrize(
    ("on", "recorded", "frame"),
    [
        ("2025-04-02", "2025-04-02", 6),
        ("2025-04-01", "2025-04-01", 5),
        ("2025-07-01", "2025-07-01", 6),
        ("2025-07-02", "2025-07-02", 5),
        ("2025-06-30", "2025-07-01", 6),
        ("2025-06-30", "2025-07-02", 5),
    ],
)
def test_the_frame_is_fixed_on_the_day_on_which_it_is_drawn(on: str, recorded: str, frame: int) -> None:
    """Three months to 1 July begin on 2 April; what is recorded on the day after puts nobody into the frame."""
    tables = everybody(5, 5, 5)
    tables["people"].append(person("late"))
    tables["contacts"].append(seen("late", on, recorded))
    assert result(evaluated(tables)).frame == frame


def test_a_frame_of_the_days_of_the_period_up_to_a_day_before_its_end() -> None:
    """With `over: period` the frame is of 1 July to 2 September, 28 days before the end; answers come after that."""
    drawn = ("drawn: period_start, over: 3 months", "drawn: period_end - 28 days")
    tables = everybody(5, 5, 5)
    tables["contacts"] = [seen(f"p00{place}", "2025-07-01" if place else "2025-09-02") for place in range(5)]
    tables["contacts"].append(seen("p004", "2025-06-30"))
    tables["asked"] = [asked(row["person"], "2025-09-02") for row in tables["asked"]]
    tables["survey"] = [row | {"on": "2025-09-03", "seen": "2025-09-03"} for row in tables["survey"]]
    assert result(evaluated(tables, drawn)).frame == 5
    tables["contacts"][0]["on"] = tables["contacts"][0]["seen"] = "2025-09-03"
    assert refused(evaluated(tables, drawn)) == [("asked", 2, "PBR229"), ("survey", 2, "PBR226")]


def test_days_on_which_a_frame_is_drawn() -> None:
    """The forms of the documents, and what is none."""
    assert all(Drawn.parse(text) is not None for text in DRAWN_FORMS)
    assert [Drawn.parse(text) for text in ("period", "period_end + x", "2025-04-01")] == [None] * 3


def test_a_subject_outside_the_cohort_is_neither_in_the_frame_nor_heard() -> None:
    """Somebody whom a clause leaves out is counted as left out, with contact, question and answer."""
    tables = everybody(6, 6, 6)
    tables["people"][0] = person("p000", in_area="no")
    done = result(evaluated(tables))
    assert (done.frame, done.asked, dict(done.members)) == (5, 5, {"met": 5, "left out: not_included": 1})


def test_those_who_are_not_asked_are_seen_in_the_frame() -> None:
    """A provider that asks only the five who are pleased has asked 5 of 40, and the response of the frame says so."""
    tables = everybody(40, 5, 5)
    tables["asked"] = tables["asked"][:5]
    done = result(evaluated(tables))
    assert (done.frame, done.asked, done.members["left out: not_asked"]) == (40, 5, 35)
    assert done.reason == "low_response"
    of_asked = ("response: 40%", "response: 40% of asked")
    assert result(evaluated(tables, of_asked)).met


def test_without_a_list_the_whole_frame_is_asked() -> None:
    """Who is in the frame may answer, from the day on which it is drawn."""
    no_list = ("    asked: asked.asked_on,\n", "")
    tables = everybody(5, 5, 5)
    tables["survey"][0] |= {"on": "2025-07-01"}
    assert result(evaluated(tables, no_list)).asked == 5
    tables["people"].append(person("x"))
    tables["survey"].append(said("x", 4, 4))
    assert refused(evaluated(tables, no_list)) == [("survey", 7, "PBR229")]


def test_an_outcome_may_say_who_was_asked() -> None:
    """Who is met, or unknown, was asked; an answer of somebody who was not is left out and seen."""
    by_fact = [
        ("    asked: asked.asked_on,\n", "    asked: adult,\n"),
        ("outcomes:\n", "outcomes:\n  adult: {kind: fact, when: \"band = 'low'\"}\n"),
    ]
    tables = everybody(6, 6, 6)
    tables["people"][0]["band"] = "high"
    tables["people"][1]["band"] = None
    for row in tables["people"]:
        row["came_on"] = "2025-04-02"
    done = result(evaluated(tables, *by_fact))
    assert (done.asked, dict(done.members)) == (5, {"met": 5, "left out: not_asked": 1})


def test_a_survey_without_frame_and_list_counts_whoever_answers() -> None:
    """Then nobody knows who could have, so that there is no worst case."""
    frameless = (
        FRAMED,
        "    fewest: 5}",
    )
    done = result(evaluated(everybody(40, 6, 8), frameless))
    assert (done.value, done.asked, done.frame, done.extremes) == (Fraction(6, 8), None, None, None)


# ---- when it is known


def test_a_figure_is_fixed_at_the_end_of_the_period() -> None:
    """Pending until 30 September; an answer recorded on 1 October changes nothing, unless the measure reopens."""
    tables = everybody(6, 6, 6)
    tables["survey"][0]["seen"] = "2025-10-01"
    assert result(evaluated(tables, as_at="2025-09-29")).state == "pending"
    assert result(evaluated(tables, as_at="2025-09-30")).members["met"] == 5
    done = result(evaluated(tables, as_at="2025-12-31"))
    assert (done.members["met"], done.members["left out: no_answer"]) == (5, 1)
    opened = ("    response: 40%, fewest: 5}", "    response: 40%, fewest: 5, reopens: yes}")
    assert result(evaluated(tables, opened)).members["met"] == 6
    later = ("    response: 40%, fewest: 5}", "    response: 40%, fewest: 5, settles: period_end + 1 day}")
    assert result(evaluated(tables, later)).members["met"] == 6
    assert result(evaluated(tables, later, as_at="2025-09-30")).reason == "not_settled"


def test_each_period_has_its_own_answers() -> None:
    """The same people may answer again in the next quarter, and each quarter counts its own."""
    tables = everybody(5, 5, 5)
    again = [row["person"] for row in tables["people"]]
    tables["contacts"] += [seen(name, "2025-09-01") for name in again]
    tables["asked"] += [asked(name, "2025-10-02") for name in again]
    tables["survey"] += [said(name, 1, 1, "2025-10-20") for name in again]
    run = evaluated(tables)
    assert refused(run) == []
    assert [result(run, "north", f"Y1-Q{quarter}").value for quarter in (2, 3)] == [1, 0]
    uses = run.decisions.evidence
    assert uses.counts["survey"].refused == 0


def test_a_survey_of_the_whole_contract_hears_everybody_once() -> None:
    """Without a period one answer of a person counts over the term, and a second one makes both wrong."""
    whole = [
        ("per: [provider, quarter], period_of: survey.on,\n", "per: [provider],\n"),
        ("drawn: period_start, over: 3 months", "drawn: period_start + 91 days, over: 3 months"),
    ]
    tables = everybody(6, 6, 6)
    run = evaluated(tables, *whole, as_at="2026-03-31")
    assert result(run, "north").value == 1
    tables["survey"].append(said("p000", 4, 4, "2025-12-01"))
    again = evaluated(tables, *whole, as_at="2026-03-31")
    assert [code for _, _, code in refused(again)] == ["PBR228", "PBR228"]
    assert result(again, "north").members["met"] == 5


def test_the_threshold_of_an_answer_is_that_of_its_day() -> None:
    """A dated figure holds for the answers given from its day on."""
    dated = [
        ("at_least: 6}", "at_least: line}"),
        ("outcomes:\n", "values: {line: {dated: {2025-04-01: 6, 2025-07-22: 8}}}\noutcomes:\n"),
    ]
    tables = everybody(6, 0, 0)
    tables["survey"] = [said(f"p00{at}", 3, 4, f"2025-07-{21 + at % 2}") for at in range(6)]
    assert dict(result(evaluated(tables, *dated)).members) == {"met": 3, "not_met": 3}


# ---- weights


def test_labels_weigh_as_in_the_frame() -> None:
    """60 low and 20 high in the frame; 9 of 10 and 5 of 10 answers: 3/4 x 9/10 + 1/4 x 1/2 = 4/5, worth 16 answers."""
    low = everybody(60, 9, 10)
    high = {
        table: [row | {"person": f"h{row['person']}"} | ({"band": "high"} if table == "people" else {}) for row in rows]
        for table, rows in everybody(20, 5, 10).items()
    }
    tables = {table: low[table] + high[table] for table in low}
    weigh = ("    response: 40%, fewest: 5}", "    response: 20%, fewest: 5, weigh_by: band}")
    done = result(evaluated(tables, weigh))
    assert done.value == Fraction(4, 5)
    assert done.counted is not None
    assert (done.counted.share, done.counted.size) == (Fraction(4, 5), Fraction(16))
    assert done.counted.counted == 20
    plain = result(evaluated(tables, (weigh[0], "    response: 20%, fewest: 5}")))
    assert plain.value == Fraction(14, 20)


def test_a_label_that_nobody_speaks_for_leaves_no_figure() -> None:
    """With one of the high in the frame and silent there is nothing to weigh with; without any, low is all there is."""
    tables = everybody(6, 5, 6)
    weigh = ("    response: 40%, fewest: 5}", "    response: 40%, fewest: 5, weigh_by: band}")
    assert result(evaluated(tables, weigh)).value == Fraction(5, 6)
    tables["people"][5]["band"] = "high"
    tables["survey"] = tables["survey"][:5]
    done = result(evaluated(tables, weigh))
    assert (done.state, done.reason, done.value) == ("not_assessable", "group_silent", None)


def test_those_without_a_label_weigh_as_a_label_of_their_own() -> None:
    """Somebody whose band is empty is in the frame, and is not lost from its weights."""
    tables = everybody(6, 5, 6)
    tables["people"][5]["band"] = None
    weigh = ("    response: 40%, fewest: 5}", "    response: 40%, fewest: 5, weigh_by: band}")
    done = result(evaluated(tables, weigh))
    assert {place: each.frame for place, each in done.strata.items()} == {0: 5, -1: 1}
    assert done.value == Fraction(5, 6)


def test_weights_of_labels_come_to_one() -> None:
    """If every answer is met the share is 1, however the labels are shared out."""
    for sizes in ([7], [7, 3], [1, 2, 3], [999, 1, 333]):
        assert weighed([Stratum(size, 1 + size // 2, 1 + size // 2) for size in sizes])[0] == 1


# ---- what is refused


def test_rows_that_no_survey_can_count_are_refused_one_by_one() -> None:
    """Two answers, an answer out of range, of somebody not asked, before the question; and a question out of frame."""
    tables = everybody(8, 8, 8)
    tables["people"] += [person("x"), person("y")]
    tables["contacts"].append(seen("y"))
    tables["asked"].append(asked("x"))  # row 10: not in the frame
    tables["asked"][7]["asked_on"] = "2025-07-22"  # row 9: after p007's answer
    tables["survey"].append(said("p000", 4, 3, "2025-08-01"))  # row 10: a second answer
    tables["survey"].append(said("y", 4, 4))  # row 11: in the frame, and not asked
    tables["survey"].append(said("x", 4, 4))  # row 12: asked in vain
    tables["survey"].append(said("p001", 4, 5, "2025-08-02"))  # row 13: 5 is no answer
    run = evaluated(tables)
    assert refused(run) == [
        ("asked", 10, "PBR229"),
        ("survey", 2, "PBR228"),
        ("survey", 9, "PBR227"),
        ("survey", 10, "PBR228"),
        ("survey", 11, "PBR226"),
        ("survey", 12, "PBR226"),
        ("survey", 13, "PBR214"),
    ]
    assert result(run).members["met"] == 6
    messages = run.decisions.evidence.refused.filter(code="PBR227")["message"].to_list()
    assert messages == ["this person was asked in Y1-Q2 only after this day; correct the day, or remove the row"]


def test_an_exact_copy_of_an_answer_is_no_second_answer() -> None:
    """Equal rows count once; a copy of a refused row is refused with it."""
    tables = everybody(6, 6, 6)
    tables["survey"].append(dict(tables["survey"][0]))
    run = evaluated(tables)
    assert (refused(run), result(run).members["met"]) == ([], 6)
    tables["asked"] = without(tables["asked"], "p000")
    run = evaluated(tables)
    assert refused(run) == [("survey", 2, "PBR226"), ("survey", 8, "PBR226")]
    counts = run.decisions.evidence.counts["survey"]
    assert (counts.read, counts.refused, counts.copies) == (7, 2, 0)


def test_copies_of_answers_that_are_refused_are_not_read_from_disk(tmp_path: Path) -> None:
    """Where an answer is refused none is read with its copies, though another that is accepted has a copy too."""
    tables = everybody(6, 6, 6)
    tables["survey"] += [dict(row) for row in tables["survey"][:2]]
    run = evaluated(tables, folder=tmp_path)
    assert (refused(run), result(run).members["met"]) == ([], 6)
    assert run.evidence.repeated["survey"].collect().height == 8
    tables["asked"] = without(tables["asked"], "p000")
    run = evaluated(tables, folder=tmp_path)
    assert refused(run) == [("survey", 2, "PBR226"), ("survey", 8, "PBR226")]
    assert run.evidence.counts["survey"].copies == 1
    assert run.evidence.repeated == {}
    assert run.evidence.tables["survey"].collect()["person"].sort().to_list() == [
        f"p{place:03}" for place in range(1, 6)
    ]


def test_nobody_is_asked_before_the_frame_is_drawn() -> None:
    """The frame is drawn on 15 July here: a question of 14 July comes too early, one of that day does not."""
    drawn = ("drawn: period_start, over: 3 months", "drawn: period_start + 14 days, over: 3 months")
    tables = everybody(6, 6, 6)
    for place, row in enumerate(tables["asked"]):
        row["asked_on"] = "2025-07-15" if place else "2025-07-14"
    assert refused(evaluated(tables, drawn)) == [("asked", 2, "PBR227"), ("survey", 2, "PBR226")]


def test_a_list_that_is_written_after_the_answers_is_none() -> None:
    """With a recorded field the list must be known by the day of the answer, not only dated before it."""
    listed = ("{asked_on: date}", "{asked_on: date, seen: recorded}")
    tables = everybody(6, 6, 6)
    for row in tables["asked"]:
        row["seen"] = "2025-07-21"
    tables["asked"][0]["seen"] = "2025-07-22"
    assert refused(evaluated(tables, listed)) == [("survey", 2, "PBR227")]


def test_what_lies_in_no_period_is_not_judged() -> None:
    """Rows outside of the term, and answers without a day, are in no survey; they are kept and counted nowhere."""
    tables = everybody(6, 6, 6)
    tables["asked"].append(asked("p000", "2027-01-01"))
    tables["survey"] += [said("p000", 1, 1, "2025-03-31"), said("p001", 1, 1, "2026-04-01", "2025-08-01")]
    tables["survey"].append({"person": "p002", "on": None, "q1": 1, "q2": 1, "seen": "2025-08-01"})
    run = evaluated(tables)
    assert refused(run) == []
    assert dict(result(run).members) == {"met": 6}
    assert result(run).undated == 1


# ---- what is said


def test_the_explanation_of_a_survey_says_what_stands_beside_the_figure() -> None:
    """Frame, who chose, who was asked, response, silence; and no id of anybody who answered."""
    tables = everybody(40, 26, 30)
    tables["asked"] = without(tables["asked"], "p039")
    run = evaluated(tables)
    text = explain_group(run.decisions, run.statement.lines(), "enough", "north Y1-Q2")
    assert "frame      40 with a row in contacts from 2 April 2025 to 1 July 2025, drawn on 1 July 2025" in text
    assert "everybody in it is to be asked" in text
    assert "asked      39 by asked.asked_on, and 1 in the frame were not" in text
    assert "response   30 of 40 in the frame, 75%, of which at least 40% must answer" in text
    assert "silence    10 gave no answer that counts: 65% if none of them were met, 90% if all" in text
    assert "left out   9: was asked, and has not answered" in text
    assert "left out   1: was not asked" in text
    assert "p00" not in text


def test_decisions_say_who_was_asked_and_the_worst_case() -> None:
    """Of 40 in the frame 39 were asked and 30 answered, 26 of them pleased: at worst 26 of 40."""
    tables = everybody(40, 26, 30)
    tables["asked"] = without(tables["asked"], "p039")
    rows = evaluated(tables).decisions.rows().filter(outcome="satisfied", group="north Y1-Q2")
    columns = ("numerator", "denominator", "asked", "frame", "worst")
    assert rows.select(columns).rows() == [(26, 30, 39, 40, "0.65")]


def test_evidence_of_a_survey_has_a_use() -> None:
    """Contacts, questions and answers are used for the measure; one of before the term is outside of it."""
    tables = everybody(6, 6, 6)
    tables["contacts"].append(seen("p000", "2024-12-05"))
    uses = evaluated(tables).uses()
    mine = uses.filter(outcome="satisfied").group_by("table", "use").len().sort("table", "use").rows()
    early = ("contacts", "outside_term", 1)
    assert mine == [("asked", "used", 6), early, ("contacts", "used", 6), ("survey", "used", 6)]


def test_rows_in_any_order_say_the_same() -> None:
    """Order-free: the same rows backwards give the same lines and decisions."""
    tables = everybody(40, 26, 30)
    backwards = {table: rows[::-1] for table, rows in tables.items()}
    one, other = evaluated(tables), evaluated(backwards)
    assert one.statement.lines().equals(other.statement.lines())
    assert one.decisions.rows().equals(other.decisions.rows())


# ---- what was known


def test_an_answer_that_is_recorded_later_changes_no_earlier_day() -> None:
    """As at 30 September the second answers of twelve, recorded in February, are not there, whatever stays open."""
    opened = ("    response: 40%, fewest: 5}", "    response: 40%, fewest: 5, reopens: yes}")
    tables = everybody(40, 26, 30)
    before = evaluated(tables, opened, as_at="2025-09-30")
    tables["survey"] += [said(f"p{at:03}", 1, 1, "2025-08-10", "2026-02-01") for at in range(12)]
    after = evaluated(tables, opened, as_at="2025-09-30")
    assert paid(before) == paid(after) == 100000
    assert (refused(after), result(after)) == ([], result(before))
    later = evaluated(tables, opened, as_at="2026-02-01")
    assert len(refused(later)) == 24
    assert (result(later).counted, paid(later)) == (Counted(met=14, counted=18, asked=40, frame=40), 0)


def test_an_answer_that_cannot_be_counted_is_not_used() -> None:
    """An item is missing, and nothing fills it in: the row is there, is no answer, and has not decided anything."""
    tables = everybody(7, 7, 7)
    tables["survey"][0]["q2"] = None
    run = evaluated(tables)
    assert dict(result(run).members) == {"met": 6, "left out: no_score": 1}
    uses = run.uses().filter(table="survey", outcome="satisfied").group_by("use").len().sort("use").rows()
    assert uses == [("not_picked", 1), ("used", 6)]


def test_the_worst_case_is_of_shares_alone_and_looks_the_other_way_where_met_is_bad() -> None:
    """Of 10 in the frame 6 answered, 2 of them content: at worst 2 of 10; if to be met is bad, 6 of 10."""
    tables = everybody(10, 2, 6)
    worst = []
    for more in ("", ", adverse: yes", ", take: count"):
        changes = [("    response: 40%, fewest: 5}", f"    response: 40%, fewest: 5{more}}}")]
        changes += [(TESTED, "")] if "take" in more else []
        rows = evaluated(tables, *changes).decisions.rows()
        worst += rows.filter(outcome="satisfied", group="north Y1-Q2")["worst"].to_list()
    assert worst == ["0.2", "0.6", None]


def test_a_label_weighs_the_unknown_as_bad_where_to_be_met_is_bad() -> None:
    """Without a figure on its day an answer is unknown, and counts against the provider, weighed or not."""
    bad = [
        ("at_least: 6}", "at_least: line}"),
        ("outcomes:\n", "values: {line: {dated: {2025-04-01: 6}}}\noutcomes:\n"),
    ]
    tables = everybody(6, 2, 6)
    for more in ("adverse: yes", "adverse: yes, weigh_by: band"):
        measure = ("    response: 40%, fewest: 5}", f"    response: 40%, fewest: 5, {more}}}")
        assert result(evaluated(tables, *bad, measure)).value == Fraction(1, 3)


def test_the_heading_of_what_cannot_be_assessed_shows_no_figure() -> None:
    """Below the floor the share stands among the counts, not beside the state, and no bound is compared."""
    run = evaluated(everybody(40, 10, 15))
    text = explain_group(run.decisions, run.statement.lines(), "enough", "north Y1-Q2")
    assert "satisfied, north Y1-Q2: not assessable (" in text
    assert "compared" not in text
