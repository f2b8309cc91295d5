"""Bands: which place each achievement takes, at what price, what becomes of places, and what is wrong with bands."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from pbr.cases.reach import reached_by, terms_of
from pbr.explanation.explain import explain_subject
from pbr.statement import make_statement
from tests import small
from tests.small import changed

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.api import Run

    Row = tuple[str, str, str]

CONTRACT: Final = """\
pbr: 1
contract:
  {id: places, version: 1, providers: {north: {name: North}, south: {name: South}}, currency: GBP,
   from: 2025-04-01, to: 2027-03-31, statements: quarterly}
tables:
  people:
    row_is: person
    fields:
      {person: id, provider: provider, came_on: date, need: {type: text, one_of: [high, low]}, area: text,
       pays: {type: text, one_of: [north, south]}}
  steps:
    row_is: step
    of: person
    fields: {milestone: {type: text, one_of: [started, kept, done]}, on: date, void: date, seen: recorded}
cohort: {of: person, start: came_on}
groups:
  grade: {hard: "need = 'high'", easy: "need = 'low'"}
  payee: {north: "pays = 'north'", south: "pays = 'south'"}
values:
  dear: {by: grade, hard: 100.00, easy: 60.00}
  later: {dated: {2025-04-01: 50.00, 2026-04-01: 55.00}}
  share: {by: milestone, started: 20%, kept: 1/3, done: 40%}
outcomes:
  started: {kind: event, table: steps, when: "milestone = 'started'", date: on, undone_by: void}
  milestone: {kind: event, table: steps, date: on, once_per: milestone, undone_by: void}
payments:
  paid: {kind: bands, pays_for: started, bands: {1 to 2: 400.00, 3 to 4: 300.00}}
"""
PAID: Final = "  paid: {kind: bands, pays_for: started, bands: {1 to 2: 400.00, 3 to 4: 300.00}}\n"
LATE: Final = "2027-03-31"


def terms(text: str) -> str:
    """Give the contract with a payment of other terms."""
    return changed((PAID, f"  paid: {{kind: bands, {text}}}\n"), text=CONTRACT)


def rows_of(steps: list[Row], **more: str) -> list[dict[str, str]]:
    """Give rows of milestones that are recorded on their day: person, day, and the day on which it was undone."""
    row = {"milestone": "started", **more}
    return [{"person": who, "on": on, "void": void, "seen": on} | row for who, on, void in steps]


def evaluated(
    text: str, steps: list[dict[str, str]], people: dict[str, dict[str, str]] | None = None, as_at: str = LATE
) -> Run:
    """Evaluate a contract on milestones of people, who are all of north, easy and of no area if not said."""
    contract = small.contract_of(text)
    names = people or {str(row["person"]): {} for row in steps}
    own = {"provider": "north", "came_on": "2025-04-01", "need": "low", "area": "", "pays": "south"}
    rows = [{"person": name} | own | names[name] for name in names]
    columns = ("person", "milestone", "on", "void", "seen")
    frames = {
        "people": pl.DataFrame(rows, schema=dict.fromkeys(("person", *own), pl.String)),
        "steps": pl.DataFrame(steps, schema=dict.fromkeys(columns, pl.String)),
    }
    return pbr.run(contract, frames, as_at)


def taken(done: Run) -> list[tuple[Any, ...]]:
    """List each line: subject, occurrence, place, whose it is, amount."""
    lines = done.statement.lines().sort("nth_of", "nth", "subject", "occurrence")
    return lines.select("subject", "occurrence", "nth", "nth_of", "amount_minor").rows()


def places(done: Run) -> dict[str, int]:
    """Give the place of each subject."""
    return dict(done.statement.lines().select("subject", "nth").iter_rows())


FIVE: Final[list[Row]] = [(who, f"2025-05-0{day}", "") for day, who in enumerate("ABCDE", 1)]


def test_each_achievement_takes_the_next_place_and_beyond_the_last_it_is_listed() -> None:
    """Two at 400, two at 300; the fifth is a line of nothing that says why, and its place is shown."""
    done = evaluated(CONTRACT, rows_of(FIVE))
    assert taken(done) == [
        ("A", "1", 1, "all", 40000),
        ("B", "1", 2, "all", 40000),
        ("C", "1", 3, "all", 30000),
        ("D", "1", 4, "all", 30000),
        ("E", "1", 5, "all", 0),
    ]
    lines = done.statement.lines().sort("subject")
    assert lines["reason"].to_list() == ["price"] * 4 + ["no_place"]
    assert lines["group"].to_list() == ["1 to 2", "1 to 2", "3 to 4", "3 to 4", None]
    assert lines["quantity"].to_list() == ["1"] * 5
    assert lines["unit_price_minor"].to_list() == [40000, 40000, 30000, 30000, 0]
    assert lines["price_place"].to_list() == ["contract.yaml:27"] * 4 + [None]
    assert done.statement.total_minor == 140000


@pytest.mark.parametrize("many", range(7))
@pytest.mark.parametrize(
    "bands", ["1 to 2: 4.00, 3 to 4: 3.00, 5 or more: 2.00", "over 4: 2.00, under 3: 4.00, 3-4: 3.00"]
)
def test_one_place_either_side_of_every_boundary(many: int, bands: str) -> None:
    """Of none to six, each is paid at the band of its place, in whatever words and order the bands are written."""
    steps = rows_of([(f"P{place}", "2025-05-01", "") for place in range(many)])
    done = evaluated(terms(f"pays_for: started, bands: {{{bands}}}"), steps, {f"P{place}": {} for place in range(many)})
    assert [row[4] for row in taken(done)] == [400, 400, 300, 300, 200, 200][:many]


def test_of_one_day_the_order_is_that_of_the_ids() -> None:
    """Text ids come by code point, whatever the order of the rows."""
    steps = rows_of(
        [("b", "2025-05-01", ""), ("a10", "2025-05-01", ""), ("Z", "2025-05-01", ""), ("a9", "2025-05-01", "")]
    )
    assert places(evaluated(CONTRACT, steps)) == {"Z": 1, "a10": 2, "a9": 3, "b": 4}
    whole = changed(("person: id", "person: {type: id, of: whole}"), text=CONTRACT)
    assert list(
        evaluated(whole, rows_of([("10", "2025-05-01", ""), ("9", "2025-05-01", "")]))
        .statement.lines()
        .select("subject", "nth")
        .iter_rows()
    ) == [(9, 1), (10, 2)]


def test_places_may_be_filled_in_the_order_in_which_they_were_known() -> None:
    """Who was achieved first and recorded last is last."""
    steps = [
        row | {"seen": seen}
        for row, seen in zip(rows_of(FIVE[:3]), ("2025-06-01", "2025-05-02", "2025-05-03"), strict=True)
    ]
    assert places(evaluated(CONTRACT, steps)) == {"A": 1, "B": 2, "C": 3}
    by_known = terms("pays_for: started, order: known, bands: {1 to 2: 400.00, 3 to 4: 300.00}")
    assert places(evaluated(by_known, steps)) == {"B": 1, "C": 2, "A": 3}


def test_providers_words_groups_fields_and_periods_have_places_of_their_own() -> None:
    """Each of these begins to count at 1."""
    people = {
        "A": {"area": "up"},
        "B": {"area": "down", "need": "high"},
        "C": {"provider": "south", "area": "up"},
        "D": {"area": "up"},
    }
    steps = rows_of([*FIVE[:3], ("D", "2025-08-01", "")])
    steps += rows_of([("A", "2025-05-20", ""), ("D", "2025-05-10", "")], milestone="kept")
    text = "pays_for: started, bands: {{1 to 2: 400.00, 3 to 4: 300.00}}, fill: [{0}]"
    by = {
        word: places(evaluated(terms(text.format(word)), steps, people))
        for word in ("provider", "grade", "area", "quarter", "contract")
    }
    assert by == {
        "provider": {"A": 1, "B": 2, "C": 1, "D": 3},
        "grade": {"A": 1, "B": 1, "C": 2, "D": 3},
        "area": {"A": 1, "B": 1, "C": 2, "D": 3},
        "quarter": {"A": 1, "B": 2, "C": 3, "D": 1},
        "contract": {"A": 1, "B": 2, "C": 3, "D": 4},
    }
    words = "pays_for: milestone, bands: {1 to 2: 400.00, 3 to 4: 300.00}, fill: [provider, milestone, quarter, grade]"
    found = taken(evaluated(terms(words), steps, people))
    assert [(who, what, place, whose) for who, what, place, whose, _ in found] == [
        ("D", "kept", 1, "provider north, milestone kept, quarter Y1-Q1, grade easy"),
        ("A", "kept", 2, "provider north, milestone kept, quarter Y1-Q1, grade easy"),
        ("A", "started", 1, "provider north, milestone started, quarter Y1-Q1, grade easy"),
        ("B", "started", 1, "provider north, milestone started, quarter Y1-Q1, grade hard"),
        ("D", "started", 1, "provider north, milestone started, quarter Y1-Q2, grade easy"),
        ("C", "started", 1, "provider south, milestone started, quarter Y1-Q1, grade easy"),
    ]


def test_who_has_no_label_to_fill_places_by_is_unknown_until_it_is_known() -> None:
    """An empty area or need leaves the outcome unknown, so that it takes no place."""
    people: dict[str, dict[str, str]] = {"A": {"area": ""}, "B": {"area": "up", "need": ""}, "C": {"area": "up"}}
    for word, found in (("area", {"B": 1, "C": 2}), ("grade", {"A": 1, "C": 2})):
        done = evaluated(
            terms(f"pays_for: started, bands: {{1 or more: 1.00}}, fill: [{word}]"), rows_of(FIVE[:3]), people
        )
        assert places(done) == found
        states = done.decisions.rows().filter(outcome="started").select("subject", "state", "reason").rows()
        assert [row for row in states if row[1] != "met"] == [
            (({"A", "B", "C"} - set(found)).pop(), "unknown", "missing_field")
        ]


def test_all_may_be_paid_at_the_band_reached() -> None:
    """With three all have the second price, with two the first; who has no place has none, and each its own group's."""
    reached = "pays_for: started, each_at: the band reached, fill: [provider], bands: {1 to 2: 400.00, 3 to 4: 300.00}"
    assert [row[4] for row in taken(evaluated(terms(reached), rows_of(FIVE[:2])))] == [40000, 40000]
    assert [row[4] for row in taken(evaluated(terms(reached), rows_of(FIVE[:3])))] == [30000] * 3
    assert [row[4] for row in taken(evaluated(terms(reached), rows_of(FIVE)))] == [30000] * 4 + [0]
    people = {who: {"provider": "south" if who == "C" else "north"} for who in "ABC"}
    assert [row[4] for row in taken(evaluated(terms(reached), rows_of(FIVE[:3]), people))] == [40000] * 3


KEPT: Final = "pays_for: started, place_of_undone: kept, bands: {1 to 2: 400.00, 3 to 4: 300.00}"


def test_the_place_of_what_is_undone_is_refilled_or_kept() -> None:
    """B is undone on 1 July: C moves up to 400, or keeps 300; before that day there is no difference."""
    steps = rows_of([FIVE[0], ("B", "2025-05-02", "2025-07-01"), *FIVE[2:4]])
    refilled, kept = evaluated(CONTRACT, steps), evaluated(terms(KEPT), steps)
    assert [row[::2] for row in taken(refilled)] == [("A", 1, 40000), ("C", 2, 40000), ("D", 3, 30000)]
    assert [row[::2] for row in taken(kept)] == [("A", 1, 40000), ("C", 3, 30000), ("D", 4, 30000)]
    before = [evaluated(text, steps, as_at="2025-06-30") for text in (CONTRACT, terms(KEPT))]
    assert taken(before[0]) == taken(before[1])
    for text, back in ((CONTRACT, [("B", -40000), ("C", 10000)]), (terms(KEPT), [("B", -40000)])):
        stated = evaluated(text, steps, as_at="2025-06-30").statement.lines()
        now = make_statement(evaluated(text, steps).entitlement, stated)
        assert now.lines().select("subject", "amount_minor").rows() == back


def test_a_kept_place_counts_towards_the_band_reached_and_the_last() -> None:
    """The third place is taken though it is not paid, so that all are paid at its band, and the fifth finds none."""
    steps = rows_of([*FIVE[:2], ("C", "2025-05-03", "2025-07-01"), *FIVE[3:]])
    reached = terms(f"{KEPT}, each_at: the band reached")
    assert [row[::2] for row in taken(evaluated(reached, steps[:3]))] == [("A", 1, 30000), ("B", 2, 30000)]
    assert [row[::2] for row in taken(evaluated(terms(KEPT), steps))][2:] == [("D", 4, 30000), ("E", 5, 0)]


def test_what_is_done_again_has_the_place_that_it_had() -> None:
    """A is voided and entered again a week later: its place is kept for it, where B would have moved up."""
    steps = rows_of([("A", "2025-05-01", "2025-05-20"), ("A", "2025-05-08", ""), *FIVE[1:3]])
    assert places(evaluated(CONTRACT, steps)) == {"B": 1, "C": 2, "A": 3}
    done = evaluated(terms(KEPT), steps)
    assert places(done) == {"A": 1, "B": 2, "C": 3}
    assert str(done.statement.lines().filter(subject="A")["earned_on"][0]) == "2025-05-08"


def test_places_of_words_are_kept_word_by_word() -> None:
    """A's start is undone and keeps its place among starts; what A kept has its own, and is paid."""
    steps = rows_of([("A", "2025-05-01", "2025-06-01"), FIVE[1]]) + rows_of([("A", "2025-05-03", "")], milestone="kept")
    words = "pays_for: milestone, place_of_undone: kept, fill: [milestone], bands: {1: 400.00, 2 to 4: 300.00}"
    assert [row[:3] for row in taken(evaluated(terms(words), steps))] == [("A", "kept", 1), ("B", "started", 2)]
    refilled = terms(words.replace("kept, fill", "refilled, fill"))
    assert [row[:3] for row in taken(evaluated(refilled, steps))] == [("A", "kept", 1), ("B", "started", 1)]


def test_what_could_not_have_been_paid_keeps_no_place() -> None:
    """Without a label that sets the price there was nothing to undo; nor is there of whom the cohort leaves out."""
    steps = rows_of([("A", "2025-05-01", "2025-06-01"), FIVE[1]])
    by_grade = terms("pays_for: started, place_of_undone: kept, bands: {1 or more: dear}")
    assert places(evaluated(by_grade, steps, {"A": {}, "B": {}})) == {"B": 2}
    assert places(evaluated(by_grade, steps, {"A": {"need": ""}, "B": {}})) == {"B": 1}
    by_area = terms(f"{KEPT}, fill: [area]")
    assert places(evaluated(by_area, steps, {"A": {"area": ""}, "B": {"area": "up"}})) == {"B": 1}
    left_out = "cohort: {of: person, start: came_on, exclude: [{id: up, when: \"area = 'up'\"}]}"
    without = changed(("cohort: {of: person, start: came_on}", left_out), text=terms(KEPT))
    assert places(evaluated(without, steps, {"A": {"area": "up"}, "B": {"area": "down"}})) == {"B": 1}


def test_an_earlier_achievement_that_is_recorded_later_moves_others() -> None:
    """What is owed follows from the evidence; the statement is the difference, and says once who found no place."""
    late = {"person": "0", "milestone": "started", "on": "2025-04-30", "void": "", "seen": "2025-07-01"}
    steps = [*rows_of(FIVE), late]
    before = evaluated(CONTRACT, steps, as_at="2025-06-30")
    assert places(before) == {"A": 1, "B": 2, "C": 3, "D": 4, "E": 5}
    now = evaluated(CONTRACT, steps, as_at="2025-07-01")
    moved = make_statement(now.entitlement, before.statement.lines()).lines()
    assert moved.select("subject", "amount_minor", "reason").rows() == [
        ("0", 40000, "price"),
        ("B", -10000, "price"),
        ("D", -30000, "no_place"),
    ]
    nobody = make_statement(before.entitlement, before.statement.lines().filter(pl.col("subject") != "E")).lines()
    assert nobody.select("subject", "amount_minor", "reason").rows() == [("E", 0, "no_place")]
    assert make_statement(before.entitlement, before.statement.lines()).lines().is_empty()


def test_prices_factors_instalments_and_days_are_those_of_a_tariff() -> None:
    """A price by grade and one by day, each times the share of its milestone, in two parts that add up."""
    text = (
        "pays_for: milestone, bands: {1: dear, 2 or more: later}, times: [share], instalments: 2, every: 1 month, "
        "due: 5 days after achieved"
    )
    steps = rows_of([("A", "2025-05-01", "")]) + rows_of([("B", "2026-03-31", "")], milestone="kept")
    steps += rows_of([("C", "2026-04-01", "")], milestone="kept")
    done = evaluated(terms(text), steps, {"A": {"need": "high"}, "B": {}, "C": {}})
    found = done.statement.lines().select(
        "subject", "instalment", "group", "unit_price_minor", "amount_minor", pl.col("due_on").cast(str)
    )
    assert found.sort("subject", "instalment").rows() == [
        ("A", 1, "1, hard", 10000, 1000, "2025-05-06"),
        ("A", 2, "1, hard", 10000, 1000, "2025-06-06"),
        ("B", 1, "2 or more, easy", 5000, 834, "2026-04-05"),
        ("B", 2, "2 or more, easy", 5000, 833, "2026-05-05"),
        ("C", 1, "2 or more, easy", 5500, 917, "2026-04-06"),
        ("C", 2, "2 or more, easy", 5500, 916, "2026-05-06"),
    ]
    assert done.statement.lines()["line_id"].n_unique() == 6
    takes = evaluated(
        terms("pays_for: started, takes: yes, to: payee, fill: [provider], bands: {1 or more: 2.00}"), rows_of(FIVE[:1])
    )
    assert takes.statement.lines().select("payee", "nth_of", "amount_minor").rows() == [
        ("south", "provider south", -200)
    ]


def test_the_price_may_be_that_of_the_start_and_a_start_without_one_is_unknown() -> None:
    """Each band is looked up by the day of the start; before the first price of one of them nothing can be paid."""
    on_start = terms("pays_for: started, price_on: start, bands: {1: 7.00, 2 or more: later}")
    people = {"A": {}, "B": {"came_on": "2026-05-01"}, "C": {"came_on": "2025-03-31"}}
    steps = rows_of([("A", "2026-06-01", ""), ("B", "2026-06-02", ""), ("C", "2026-06-03", "")])
    done = evaluated(on_start, steps, people)
    assert [row[::2] for row in taken(done)] == [("A", 1, 700), ("B", 2, 5500)]
    reasons = done.decisions.rows().filter(outcome="started")["reason"].to_list()
    assert reasons == ["met", "met", "no_price"]


def test_other_payments_stand_beside_bands_and_adjustments_act_on_them() -> None:
    """A fee and a tariff have no places; a factor for each line and a cap for a group take from bands too."""
    more = (
        f"{PAID}  fee: {{kind: fee, amount: 5.00}}\n  flat: {{kind: tariff, pays_for: started, price: 1.00}}\n"
        "adjustments:\n  - {id: half, kind: multiply, by: 50%, on: [paid]}\n"
        "  - {id: most, kind: cap, at_most: 500.00, per: [provider], on: [paid]}\n"
    )
    done = evaluated(changed((PAID, more), text=CONTRACT), rows_of(FIVE))
    sums = (
        done.statement.lines().group_by("payment", "adjustment").agg(pl.col("amount_minor").sum(), pl.col("nth").max())
    )
    assert sorted(sums.rows(), key=str) == [
        ("fee", "-", 1000, None),
        ("flat", "-", 500, None),
        ("paid", "-", 140000, 5),
        ("paid", "half", -70000, 4),
        ("paid", "most", -20000, 4),
    ]


def test_blocks_take_a_place_each() -> None:
    """Two blocks of work fill two places, of which the first is at 400."""
    spells = (
        "spells:\n  away: {table: steps, from: on, to: void}\n"
        "outcomes:\n  block: {kind: held, in: [away], run: unbroken, every: 10 days}\n"
    )
    text = changed(("outcomes:\n", spells), text=terms("pays_for: block, bands: {1: 400.00, 2 or more: 300.00}"))
    done = evaluated(text, rows_of([("A", "2025-05-01", "2025-05-20")]))
    assert [row[1:] for row in taken(done)] == [("1", 1, "all", 40000), ("2", 2, "all", 30000)]


def test_no_achievement_fills_no_place() -> None:
    """Without a row there is no line, whatever the terms."""
    for each in (
        PAID.partition("kind: bands, ")[2].rstrip()[:-1],
        KEPT,
        f"{KEPT}, each_at: the band reached, fill: [provider, month]",
    ):
        assert evaluated(terms(each), [], {"A": {}}).statement.lines().is_empty()


def test_too_many_figures_are_refused() -> None:
    """Bands by three long lists of words would have a hundred thousand figures, which is said when it is read."""
    words = ", ".join(f"w{number}" for number in range(300))
    rows = ", ".join(f"w{number}: 1.00" for number in range(300))
    fields = ("person: id,", f"person: id, a: {{type: text, one_of: [{words}]}}, b: {{type: text, one_of: [{words}]}},")
    values = ("values:\n", f"values:\n  of_a: {{by: a, {rows}}}\n  of_b: {{by: b, {rows}}}\n")
    both = terms("pays_for: started, bands: {1: of_a, 2 or more: of_b}")
    (problem,) = small.problems_of(changed(fields, values, text=both))
    message = "together the prices of these bands would have more than 100,000 figures"
    assert (problem.code, problem.message.partition(";")[0]) == ("PBR126", message)


def test_an_explanation_says_which_place_of_whose_it_is() -> None:
    """The place, the band that it lies in, and the band that all are paid at; beyond the last that there is none."""
    people = {who: {"provider": "south" if who == "E" else "north"} for who in "ABCDEF"}
    steps = rows_of([*FIVE, ("F", "2025-05-06", "")])
    fill = "pays_for: milestone, fill: [provider, milestone], times: [share], bands: {1 to 2: 400.00, 3 to 4: 300.00}"

    def said(text: str, who: str) -> list[str]:
        done = evaluated(text, steps, people)
        words = explain_subject(done.decisions, done.statement.lines(), who, ["milestone"])
        money = words.split("\n\n")[-1].splitlines()[1:-2]
        return [line.partition(" (")[0].strip() for line in money]

    assert said(terms(fill), "C") == [
        "price      gross £60.00, 1 x £300.00 x share, the price for 3 to 4 on 3 May 2025 at contract.yaml:27",
        "place      place 3 of 'provider north, milestone started', band 3 to 4",
    ]
    assert said(terms(f"{fill}, each_at: the band reached"), "A")[1] == (
        "place      place 1 of 'provider north, milestone started', band 1 to 2; "
        "all are paid at 3 to 4, the last band reached"
    )
    assert said(terms(f"{fill}, each_at: the band reached"), "F") == [
        "no_place   gross £0.00, achieved when every place of every band was filled, so that nothing is paid",
        "place      place 5 of 'provider north, milestone started', beyond the last, 4",
    ]
    to = terms("pays_for: started, to: payee, bands: {1 or more: 2.00}")
    done = evaluated(to, steps, people)
    assert "paid: pays to South for started" in explain_subject(
        done.decisions, done.statement.lines(), "A", ["started"]
    )


def test_cases_are_asked_for_each_band_and_for_nobody_s_place() -> None:
    """A band is a term that a case reaches by a line with a place in it, and so is that there is no place left."""
    same = changed((PAID, PAID.replace("400.00", "later").replace("300.00", "later")), text=CONTRACT)
    for text in (CONTRACT, same, terms("pays_for: started, bands: {1 to 2: 4.00, 3 or more: later}")):
        done = evaluated(text, rows_of(FIVE))
        wanted = [term.how for term in terms_of(done.plan) if term.what == "band"]
        assert wanted in ([["1 to 2", "3 to 4", "has no place left"], ["1 to 2", "3 or more"]])
        for many, reached in ((0, []), (2, wanted[:1]), (3, wanted[:2]), (4, wanted[:2]), (5, wanted)):
            found = reached_by(evaluated(text, rows_of(FIVE[:many]), {who: {} for who in "ABCDE"}).entitlement)
            assert [term.how for term in found if term.what == "band"] == reached
    prices = [term.how for term in terms_of(evaluated(CONTRACT, rows_of(FIVE)).plan) if term.what == "price"]
    assert prices == ["1 to 2", "3 to 4"]


def test_the_place_is_in_every_file_of_a_run(tmp_path: Path) -> None:
    """The statement as CSV has it as a number, and is empty for what is no place."""
    done = evaluated(changed((PAID, f"{PAID}  fee: {{kind: fee, amount: 5.00}}\n"), text=CONTRACT), rows_of(FIVE[:1]))
    done.write(tmp_path / "out")
    text = (tmp_path / "out" / "statement.csv").read_text(encoding="utf-8-sig")
    rows = pl.read_csv(StringIO(text), infer_schema=False).sort("payment", "provider")
    assert rows.select("payment", "provider", "nth", "nth_of", "reason").rows() == [
        ("fee", "north", None, None, "fee"),
        ("fee", "south", None, None, "fee"),
        ("paid", "north", "1", "all", "price"),
    ]
