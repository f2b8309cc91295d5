"""A formula on one subject: what it comes to, when, for want of what it comes to nothing, and how it is paid."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from pbr.condition import FieldRef, formula_to_python
from tests import small
from tests.small import EVENTS, PEOPLE, changed, contract_of, problems_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden

FIELDS: Final = """\
      prior: whole
      rate: {type: decimal, places: 2}
      part: share
      cost: money
      noted: recorded
"""
VALUES: Final = """\
  weight:
    by: grade
    dated:
      2025-04-01: {high: 1.5, low: 2}
      2026-04-01: {high: 3, low: 0.25}
  one: 0.5
  half: 50%
"""
PERSON: Final = PEOPLE[0] | {"prior": "", "rate": "", "part": "", "cost": "", "noted": "2025-01-01"}
SPELLS: Final = "spells: {in_work: {table: events, on: on, opens: \"kind = 'job'\", closes: \"kind = 'lost'\"}}\n"


def text(formula: str, *, more: str = "", values: str = VALUES, pays: str = "", price: str = "12.00") -> str:
    """Give the small contract with a formula on one person, `gain`, paid by a tariff and by nothing else."""
    found = changed(
        ("      level: {type", f"{FIELDS}      level: {{type"),
        ("values:\n", f"values:\n{values}"),
        ("payments:\n", f"  gain: {{kind: formula, {formula}}}\n{more}payments:\n"),
    )
    head, _, _ = found.partition("payments:\n")
    gains = f"  gains: {{kind: tariff, pays_for: gain, price: {price}}}\n"
    return f"{head}payments:\n{pays or gains}"


def job(person: str, on: str, kind: str = "job") -> dict[str, str]:
    """Give an event of somebody, seen on its day."""
    return {"person": person, "kind": kind, "on": on, "seen": on}


def run(
    contract: str,
    *people: dict[str, str],
    events: tuple[dict[str, str], ...] | small.Rows = (),
    as_at: str = small.LATE,
) -> pbr.Run:
    """Evaluate it on P0, P1 and so on, who began on 1 April 2025 with the level high where nothing else is said."""
    rows = [PERSON | {"person": f"P{place}"} | person for place, person in enumerate(people)]
    frames = {
        "people": pl.DataFrame(rows, schema=dict.fromkeys(PERSON, pl.String)),
        "events": pl.DataFrame(list(events), schema=dict.fromkeys(EVENTS[0], pl.String)),
    }
    return pbr.run(contract_of(contract), frames, as_at)


def decided(done: pbr.Run, outcome: str = "gain") -> list[tuple[str, str | None, str, str | None]]:
    """Give state, value, reason and missing field of each person."""
    rows = done.decisions.rows().filter(pl.col("outcome") == outcome)
    return rows.select("state", "value", "reason", "missing").rows()


def values(done: pbr.Run, outcome: str = "gain") -> list[str | None]:
    """Give the value of each person."""
    return [value for _, value, _, _ in decided(done, outcome)]


def days(done: pbr.Run, outcome: str = "gain") -> list[str | None]:
    """Give the day of each person."""
    rows = done.decisions.rows().filter(pl.col("outcome") == outcome)
    return rows["date"].cast(pl.String).to_list()


def said(contract: str) -> list[str]:
    """Give the problems of a contract: code, and what is wrong without the advice."""
    return [f"{problem.code} {problem.message.partition(';')[0]}" for problem in problems_of(contract)]


MIXED: Final = "value: \"greatest(0, 100 - prior) * CASE WHEN level = 'high' THEN 1.5 ELSE 1 END\""


# ---- what it comes to


def test_a_figure_is_reckoned_of_each_person_by_himself() -> None:
    """100 less what was before, half as much again for the high, and never below nothing."""
    people = [{"prior": "3"}, {"prior": "3", "level": "low"}, {"prior": "100"}, {"prior": "101"}]
    done = run(text(MIXED), *people)
    assert values(done) == ["145.5", "97", "0", "0"]
    assert {state for state, _, _, _ in decided(done)} == {"met"}
    mixed = run(text(MIXED), *({"person": f"P{place}"} | people[place] for place in (2, 0, 3, 1)))
    assert mixed.decisions.rows().equals(done.decisions.rows())
    assert mixed.statement.lines().equals(done.statement.lines())


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("rate * 2.5", "6.35"),
        ("rate * rate", "6.4516"),
        ("prior / 4", "1.75"),
        ("prior / -0.4", "-17.5"),
        ("-prior", "-7"),
        ("floor(rate) + abs(-rate) - round(rate, 1)", "2.04"),
        ("least(rate, prior, 2.5)", "2.5"),
        ("age_on(began, noted + INTERVAL '3 years')", "2"),
        ("days_between(began, DATE '2025-05-01')", "30"),
        ("weight + prior", "8.5"),
        ("weight * prior + one", "11"),
        ("weight.low * prior", "14"),
        ("CASE WHEN grown THEN prior ELSE 0 END", "7"),
        ("count(events, kind = 'job') * 2", "4"),
        ("CASE WHEN any(events, kind = 'lost') THEN 1 ELSE 3 END", "3"),
    ],
)
def test_the_language_of_formulas(formula: str, expected: str) -> None:
    """Fields, values by the person's labels and by a label, definitions and questions to child tables."""
    contract = changed(("outcomes:\n", 'define: {grown: "prior >= 7"}\noutcomes:\n'), text=text(f'value: "{formula}"'))
    events = [job("P0", "2025-05-01"), job("P0", "2025-06-01")]
    assert values(run(contract, {"prior": "7", "rate": "2.54"}, events=events)) == [expected]


@pytest.mark.parametrize(
    ("terms", "field", "expected"),
    [
        ('value: "part * half", unit: share', "12.5%", "0.0625"),
        ('value: "part - half", unit: points', "62.5%", "12.5"),
        ('value: "cost * half", unit: money', "10.01", "5.005"),
        ('value: "cost / 3", unit: money, round: 2', "10.01", "3.34"),
        ('value: "prior * 1", unit: share', "2", "2"),
    ],
)
def test_units(terms: str, field: str, expected: str) -> None:
    """A share is a ratio, points are a hundred times that, and money is in whole units."""
    assert values(run(text(terms, pays=FIRST), {"part": field, "cost": field, "prior": field} | plain_only(field))) == [
        expected
    ]


FIRST: Final = "  first: {kind: tariff, pays_for: job, price: 1.00}\n"


def plain_only(field: str) -> dict[str, str]:
    """Give what fields of other types hold where a text is none of theirs."""
    share, number = field.endswith("%"), "." not in field and not field.endswith("%")
    return {"part": field if share else "", "cost": "" if share or number else field, "prior": field if number else ""}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("half_up", ["12.3", "-12.3", "12.2", "-12.2", "12.4", "0", "0.1"]),
        ("half_even", ["12.2", "-12.2", "12.2", "-12.2", "12.4", "0", "0"]),
    ],
)
def test_a_half_is_rounded_by_the_mode_of_the_contract(mode: str, expected: list[str]) -> None:
    """12.25 and -12.25 go away from nothing, or to the even neighbour; 12.24 goes down and 12.35 up in both."""
    contract = changed(
        ("values:\n", f"conventions: {{rounding: {mode}}}\nvalues:\n"), text=text('value: "rate", round: 1')
    )
    people = [{"rate": rate} for rate in ("12.25", "-12.25", "12.24", "-12.24", "12.35", "0.04", "0.05")]
    assert values(run(contract, *people)) == expected


# ---- decimals, and figures that are too large


@pytest.mark.parametrize(
    ("terms", "problems"),
    [
        ('value: "prior / 3"', ["PBR180 the decimals of this figure may not end, or be more than 9"]),
        ('value: "prior / prior"', ["PBR180 the decimals of this figure may not end, or be more than 9"]),
        ('value: "prior / 3", round: 9', []),
        ('value: "prior / 3", round: 10', ["PBR109 '10' is not a whole number of decimals from 0 to 9"]),
        ('value: "rate * rate * 0.00001"', []),
        (
            'value: "rate * rate * 0.000001"',
            ["PBR180 the decimals of this figure may not end, or be more than 9"],
        ),
        ('value: "part * part", unit: share', ["PBR180 the decimals of this figure may not end, or be more than 9"]),
        ('value: "prior * prior * prior", round: 1', []),
        (
            'value: "prior * prior * prior", round: 2',
            ["PBR026 rounded, this could need more than 38 digits"],
        ),
        ('value: "part"', ["PBR124 this gives a share, and not a number"]),
        ('value: "job"', ["PBR022 a formula gives a number, money or a share, not 'job.met' (yes or no)"]),
        ('value: "nobody * prior"', ["PBR021 name 'nobody' is not known in this row"]),
        ('value: "weight.middle * prior"', ["PBR021 name 'weight.middle' is not known in this row"]),
        ('value: "gain + prior"', ["PBR112 outcomes wait for each other in a circle: gain -> gain"]),
        ('value: "job.value + 1"', ["PBR021 'job.value' is no result of an outcome"]),
        (
            'value: "CASE WHEN weight.high IS NULL THEN prior ELSE 1 END"',
            ["PBR022 a result of 'weight' that is not known yet is not empty"],
        ),
    ],
)
def test_what_is_refused(terms: str, problems: list[str]) -> None:
    """Decimals end and are at most nine, units fit, names are known, and nothing reads itself."""
    assert said(text(terms)) == problems


def test_values_that_a_formula_cannot_hold_are_refused() -> None:
    """A ratio whose decimals do not end, and a number of more digits than fields are reckoned with."""
    for figure, problem in (
        ("5/6", ["PBR109 the decimals of 5/6 do not end, or are more than 9, and a formula reads it of one person"]),
        ("0.1234567891", ["PBR109 the decimals of 1234567891/10000000000 do not end, or are more than 9, and a"]),
        ("1000000000000", ["PBR109 this has more digits than a formula reckons with"]),
        ("999999999999", []),
        ("0.123456789", []),
    ):
        found = said(text('value: "prior * odd", round: 0', values=f"  odd: {figure}\n"))
        assert [each[: len(want)] for each, want in zip(found, problem, strict=True)] == problem


def test_a_figure_that_64_bits_cannot_hold_is_no_figure() -> None:
    """The square of 3,037,000,499 is the last there is; a field of thirteen digits is not reckoned with."""
    people = [{"prior": number} for number in ("3037000499", "3037000500", "-3037000499", "-3037000500")]
    done = run(text('value: "prior * prior"', pays=FIRST), *people)
    assert values(done) == ["9223372030926249001", None, "9223372030926249001", None]
    assert decided(done)[1] == ("not_met", None, "no_figure", None)
    people = [{"prior": number} for number in ("999999999999", "1000000000000", "-1000000000000")]
    done = run(text('value: "prior + 1"', pays=FIRST), *people)
    assert values(done) == ["1000000000000", None, None]
    assert decided(done)[2] == ("not_met", None, "no_figure", None)
    done = run(
        text('value: "rate * prior", round: 9', pays=FIRST),
        {"prior": "9223372036", "rate": "1"},
        {"prior": "9223372037", "rate": "1"},
    )
    assert values(done) == ["9223372036", None]


# ---- states


def test_a_field_that_is_empty_leaves_it_unknown() -> None:
    """The first field that is empty is named, of the branch that counts; `ifnone` says what is meant instead."""
    people = [{"prior": "", "rate": ""}, {"prior": "5", "rate": ""}, {"level": "", "prior": "1", "rate": "1"}]
    assert decided(run(text('value: "prior + rate"'), *people))[:2] == [
        ("unknown", None, "missing_field", "people.prior"),
        ("unknown", None, "missing_field", "people.rate"),
    ]
    chosen = text("value: \"CASE WHEN level = 'high' THEN prior ELSE rate END\"")
    assert decided(run(chosen, *people)) == [
        ("unknown", None, "missing_field", "people.prior"),
        ("met", "5", "met", None),
        ("met", "1", "met", None),
    ]
    meant = text('value: "ifnone(prior, 2) + rate"')
    assert decided(run(meant, {"rate": "1"}, {})) == [
        ("met", "3", "met", None),
        ("unknown", None, "missing_field", "people.rate"),
    ]
    either = text('value: "ifnone(prior, rate) + 1"')
    assert decided(run(either, {"rate": "1"}, {"prior": "4"}, {})) == [
        ("met", "2", "met", None),
        ("met", "5", "met", None),
        ("unknown", None, "missing_field", "people.rate"),
    ]


def test_a_choice_that_comes_to_nothing_and_a_division_by_nothing_are_no_figure() -> None:
    """Both are not met, and nothing is paid; one more above nothing has a figure."""
    done = run(text('value: "100 / prior", round: 2'), {"prior": "0"}, {"prior": "1"}, {"prior": "-3"})
    assert decided(done) == [
        ("not_met", None, "no_figure", None),
        ("met", "100", "met", None),
        ("met", "-33.33", "met", None),
    ]
    assert done.statement.lines()["subject"].to_list() == ["P1", "P2"]
    done = run(text('value: "CASE WHEN prior > 3 THEN 1 END"'), {"prior": "3"}, {"prior": "4"})
    assert decided(done) == [("not_met", None, "no_figure", None), ("met", "1", "met", None)]


def test_it_takes_after_the_outcomes_that_it_reads() -> None:
    """Pending while one is, unknown if one is, not met if its value is wanting, and 0 only where that is written."""
    held = '  there: {kind: fact, when: "prior > 3", excused_by: "rate = 1"}\n'
    for formula, expected in (
        ("CASE WHEN there.met THEN 2 ELSE 1 END", ["2", "1", None, "1"]),
        ("days_between(start, there.date) + 1", ["1", None, None, None]),
        ("ifnone(days_between(start, there.date), -1)", ["0", "-1", None, "-1"]),
    ):
        contract = text(f'value: "{formula}"', more=held)
        done = run(
            contract,
            {"prior": "4", "rate": "0"},
            {"prior": "3", "rate": "0"},
            {"rate": "0"},
            {"prior": "3", "rate": "1"},
        )
        assert values(done) == expected
        assert decided(done)[2] == ("unknown", None, "part_unknown", "people.prior")
    contract = text('value: "days_between(start, there.date)"', more=held)
    done = run(contract, {"prior": "3", "rate": "0"}, {"prior": "3", "rate": "1"})
    assert decided(done) == [("not_met", None, "part_not_met", None), ("excluded", None, "part_excluded", None)]


def test_a_part_that_is_pending_makes_the_whole_pending() -> None:
    """Nothing is taken for granted of a job that may still come, not even where it would not be asked."""
    formula = "CASE WHEN level = 'low' THEN 5 WHEN job.met THEN 2 ELSE ifnone(days_between(start, job.date), 1) END"
    contract = text(f'value: "{formula}"')
    people: list[dict[str, str]] = [{}, {}, {"level": "low"}]
    events = [job("P0", "2025-05-01")]
    assert values(run(contract, *people, events=events, as_at="2025-06-23")) == ["2", None, None]
    waits = ("pending", None, "part_pending", None)
    assert decided(run(contract, *people, events=events, as_at="2025-06-23"))[1:] == [waits, waits]
    assert values(run(contract, *people, events=events, as_at="2025-06-24")) == ["2", "1", "5"]


def test_what_is_missed_can_be_excused() -> None:
    """A formula without a figure is left out where the contract excuses that, and unknown where it is not known."""
    contract = text('value: "100 / prior", round: 2, excused_by: "rate = 1"')
    people = [{"prior": "0", "rate": "1"}, {"prior": "0", "rate": "2"}, {"prior": "0"}, {"prior": "1"}]
    assert decided(run(contract, *people)) == [
        ("excluded", None, "excused", None),
        ("not_met", None, "no_figure", None),
        ("unknown", None, "missing_field", "people.rate"),
        ("met", "100", "met", None),
    ]


def test_who_is_not_of_the_cohort_has_no_figure() -> None:
    """Somebody left out is excluded by the clause, and has neither value nor line."""
    done = run(text('value: "prior"'), {"prior": "3", "began": "2025-03-31"}, {"prior": "3", "began": "2025-04-01"})
    assert decided(done) == [("excluded", None, "exclude_hit", None), ("met", "3", "met", None)]
    assert done.statement.lines()["subject"].to_list() == ["P1"]


# ---- the day


def test_it_is_of_the_latest_day_of_what_it_reads() -> None:
    """The start where it reads no outcome, or none is met; else the latest of those that are."""
    more = '  later: {kind: fact, when: "prior > 0", date: noted}\n'
    contract = text('value: "CASE WHEN job.met AND later.met THEN 2 ELSE 1 END"', more=more)
    people = [
        {"prior": "1", "noted": "2025-06-01"},
        {"prior": "1", "noted": "2025-04-20"},
        {"prior": "0", "noted": "2025-06-01"},
    ]
    done = run(contract, *people, {"prior": "0"}, events=[job("P0", "2025-05-01"), job("P1", "2025-05-01")])
    assert (values(done), days(done)) == (
        ["2", "2", "1", "1"],
        ["2025-06-01", "2025-05-01", "2025-04-01", "2025-04-01"],
    )
    done = run(text('value: "prior"'), {"prior": "1", "began": "2026-04-02"})
    assert days(done) == ["2026-04-02"]


@pytest.mark.parametrize(
    ("began", "as_at", "found"),
    [
        ("2027-03-31", "2027-03-31", ("met", "1", "met", None)),
        ("2027-04-01", "2027-04-30", ("not_met", None, "outside_term", None)),
        ("2025-05-01", "2025-05-01", ("met", "1", "met", None)),
        ("2025-05-01", "2025-04-30", ("pending", None, "window_open", None)),
    ],
)
def test_it_is_of_the_term_and_not_before_its_day(began: str, as_at: str, found: tuple[Any, ...]) -> None:
    """The last day of the term counts and the day after it does not; a start to come is waited for."""
    assert decided(run(text('value: "prior"'), {"prior": "1", "began": began}, as_at=as_at)) == [found]


def test_an_empty_start_leaves_it_unknown() -> None:
    """What reads no outcome is of the start, and what looks up dated values needs it."""
    contract = changed(("began < DATE '2025-04-01'", "person = 'Z'"), text=text('value: "prior"'))
    assert decided(run(contract, {"prior": "1", "began": ""})) == [("unknown", None, "missing_field", "people.began")]
    contract = changed(("began < DATE '2025-04-01'", "person = 'Z'"), text=text('value: "ifnone(prior, 1) * weight"'))
    assert decided(run(contract, {"prior": "1", "began": ""})) == [("unknown", None, "missing_field", "people.began")]


# ---- values


def test_values_are_those_of_the_labels_on_the_day_of_the_start() -> None:
    """The last day of the old figure and the first of the new; a label that is not known leaves it unknown."""
    people = [
        {"began": "2026-03-31"},
        {"began": "2026-04-01"},
        {"began": "2026-04-01", "level": "low"},
        {"level": ""},
    ]
    done = run(text('value: "ifnone(prior, 0) + weight"'), *people)
    assert values(done) == ["1.5", "3", "0.25", None]
    assert decided(done)[3] == ("unknown", None, "missing_field", "people.level")
    done = run(text('value: "weight.low + prior"'), *(person | {"prior": "1"} for person in people))
    assert values(done) == ["3", "1.25", "1.25", "3"]


def test_a_label_may_wait_for_the_result_of_an_outcome() -> None:
    """A grouping that reads a job puts somebody into a group when that is decided."""
    late = changed(
        ("    high: \"level = 'high'\"\n", '    high: "job.met"\n'),
        text=text('value: "prior * weight"'),
    )
    people = [{"prior": "2"}, {"prior": "2"}]
    events = [job("P0", "2025-05-01")]
    assert decided(run(late, *people, events=events, as_at="2025-06-23")) == [
        ("met", "3", "met", None),
        ("pending", None, "part_pending", None),
    ]
    assert values(run(late, *people, events=events, as_at="2025-06-24")) == ["3", "4"]


def test_values_by_provider_and_by_a_text_field() -> None:
    """A value may be by provider or by a field of the row; a period of the contract is one of days."""
    more = "  rent: {by: provider, north: 2, south: 3}\n  size: {by: level, high: 10, low: 20}\n"
    more += "  yearly: {by: contract_year, 1: 100, 2: 200}\n"
    contract = text('value: "rent + size + yearly + rent.south + ifnone(prior, 0)"', values=more)
    people = [{}, {"provider": "south", "level": "low"}, {"began": "2026-04-01"}]
    assert values(run(contract, *people)) == ["115", "126", "215"]


# ---- what is paid


def lines(done: pbr.Run) -> list[tuple[Any, ...]]:
    """Give quantity, price and amount of each line."""
    return done.statement.lines().select("subject", "quantity", "unit_price_minor", "amount_minor").rows()


def test_a_figure_is_paid_as_a_quantity_and_rounded_once() -> None:
    """A third of 12.25 times 1.01 is 4.12416..., which is rounded at the line alone; below nothing takes money."""
    contract = text('value: "rate / 3", round: 4', price="1.01")
    done = run(contract, {"rate": "12.25"}, {"rate": "0"}, {"rate": "-0.03"})
    assert lines(done) == [("P0", "4.0833", 101, 412), ("P1", "0", 101, 0), ("P2", "-0.01", 101, -1)]
    assert done.statement.total_minor == 411


@pytest.mark.parametrize(("rate", "amount"), [("0.50", 1), ("0.49", 0), ("1.50", 2), ("-0.50", -1), ("-0.49", 0)])
def test_half_a_penny_is_rounded_by_the_mode(rate: str, amount: int) -> None:
    """Half a penny goes up, and half a penny to be taken back is a penny."""
    assert lines(run(text('value: "rate"', price="0.01"), {"rate": rate}))[0][-1] == amount


def test_times_and_instalments_of_a_figure() -> None:
    """2.5 at 10.00, times 5/6, is 20.83; in two halves 10.42 and 10.41, which are the whole."""
    pays = "  gains: {kind: tariff, pays_for: gain, price: 10.00, times: [5/6], instalments: 2}\n"
    found = [amount for *_, amount in lines(run(text('value: "rate"', pays=pays), {"rate": "2.50"}))]
    assert (found, sum(found)) == ([1042, 1041], 2083)


def test_a_product_that_cannot_be_held_is_refused_and_never_wrapped() -> None:
    """9,223,372,036.854775807 pounds are the most; what is above is PBR401, also where factors come after it."""
    most = text('value: "prior * 1", round: 1', price="1000000.00")
    assert lines(run(most, {"prior": "92233720368"}))[0][-1] == 92233720368 * 10**8
    with pytest.raises(pbr.EvaluationError, match="PBR401"):
        run(most, {"prior": "92233720369"}).statement  # noqa: B018  # what it is made of is worked out when it is asked for
    pays = "  gains: {kind: tariff, pays_for: gain, price: 999999999999.99, times: [999999999/1000000000]}\n"
    with pytest.raises(pbr.EvaluationError, match="PBR401"):
        run(text('value: "prior * 1", round: 6', pays=pays), {"prior": "999999999999"}).statement  # noqa: B018


def test_who_may_not_pay_for_a_figure() -> None:
    """Places are filled by single achievements, and money is not multiplied by a price."""
    bands = "  gains: {kind: bands, pays_for: gain, fill: [provider], bands: {1 or more: 5.00}}\n"
    assert said(text('value: "prior"', pays=bands)) == [
        "PBR166 'gain' comes to a figure, and each place is filled by one achievement"
    ]
    assert said(text('value: "cost", unit: money')) == [
        "PBR124 'gain' is money, and a tariff is a price times a number"
    ]


def test_money_of_single_persons_is_paid_as_the_sum_of_a_measure() -> None:
    """Half of each one's cost, added up for each provider, is what is paid."""
    more = "  costs: {kind: measure, of: gain, take: sum, per: [provider]}\n"
    pays = "  pay: {kind: amount, amount: costs}\n"
    people = [{"cost": "10.01"}, {"cost": "3.00"}, {"cost": "7.00", "provider": "south"}]
    done = run(text('value: "cost / 2", unit: money', more=more, pays=pays), *people, as_at="2027-03-31")
    assert done.statement.lines().select("provider", "amount_minor").rows() == [("north", 651), ("south", 350)]


# ---- who reads it


def test_conditions_scales_measures_and_formulas_read_its_value() -> None:
    """A bare name stands for its value; a scale holds it in steps; a measure takes its mean; a formula goes on."""
    more = (
        '  enough: {kind: fact, when: "gain >= 2.5"}\n'
        '  exact: {kind: fact, when: "gain.value = 2.4"}\n'
        "  rated: {kind: scale, of: gain, points: {under 2.5: 1, 2.5 or more: 3}}\n"
        '  twice: {kind: formula, value: "gain * 2 + rated"}\n'
        "  mean: {kind: measure, of: gain, take: mean, per: [provider]}\n"
        "  known: {kind: measure, of: gain, per: [provider]}\n"
    )
    done = run(text('value: "rate", round: 1', more=more), {"rate": "2.44"}, {"rate": "2.45"}, {})
    assert [state for state, *_ in decided(done, "enough")] == ["not_met", "met", "unknown"]
    assert [state for state, *_ in decided(done, "exact")] == ["met", "not_met", "unknown"]
    assert values(done, "rated") == ["1", "3", None]
    assert values(done, "twice") == ["5.8", "8", None]
    rows = done.decisions.rows().filter(pl.col("outcome").is_in(["mean", "known"]), pl.col("group") == "north")
    assert rows.select("outcome", "state", "value").rows() == [("mean", "met", "2.45"), ("known", "met", "2/3")]


def test_the_steps_of_a_scale_hold_every_figure_it_can_have() -> None:
    """A gap between tenths is none where the figure has whole numbers only."""
    more = "  rated: {kind: scale, of: gain, points: {4 or less: 1, 5 or more: 3}}\n"
    assert said(text('value: "prior"', more=more)) == []
    assert said(text('value: "rate", round: 0', more=more)) == []
    assert [each[:6] for each in said(text('value: "rate"', more=more))] == ["PBR157"]


def test_a_formula_may_read_one_that_stands_behind_it() -> None:
    """Its decimals are those of what it reads, in whatever order they are written; a circle is said."""
    more = '  after: {kind: formula, value: "rate * 0.1"}\n'
    assert values(run(text('value: "after * 2"', more=more), {"rate": "1.23"})) == ["0.246"]
    found = said(text('value: "after * 2"', more='  after: {kind: formula, value: "gain + 1"}\n'))
    assert found == ["PBR112 outcomes wait for each other in a circle: gain -> after -> gain"]


# ---- which of the two it is


def test_a_formula_is_of_groups_if_it_names_what_is_of_groups() -> None:
    """What is on one cannot stand beside it; nor where `per` says that it is of groups; of values alone it is too."""
    more = "  share: {kind: measure, of: job}\n"
    assert said(text('value: "share * prior", unit: share', more=more, pays=FIRST)) == [
        "PBR021 name 'prior' is not known in this formula"
    ]
    assert said(text('value: "share * job", unit: share', more=more, pays=FIRST)) == [
        "PBR021 'job' is on one subject and this is of groups"
    ]
    assert said(text('value: "job * 2", per: [provider]', pays=FIRST)) == [
        "PBR021 'job' is on one subject and this is of groups"
    ]
    assert "gain" in contract_of(text('value: "one * 2"', pays=FIRST)).terms.pooled
    assert "gain" in contract_of(text('value: "one * prior"', pays=FIRST)).terms.own_outcomes
    assert said(text('value: "share * 2", unit: share, excused_by: "prior = 1"', more=more, pays=FIRST)) == [
        "PBR160 this is of groups, and a group is not excused"
    ]


# ---- evidence, explanation, coverage


def test_the_rows_that_it_asks_about_are_used_and_cited() -> None:
    """Rows that are counted are used by it, and the line cites these and those of the outcome that it reads."""
    contract = text("value: \"count(events, kind = 'lost') + CASE WHEN job.met THEN 1 ELSE 0 END\"")
    events = [job("P0", "2025-05-01"), job("P0", "2025-06-01", "lost")]
    done = run(contract, {}, events=events)
    uses = done.uses().filter(pl.col("outcome") == "gain", pl.col("table") == "events")
    assert uses["use"].to_list() == ["used"]
    (evidence,) = done.statement.lines()["evidence"].to_list()
    assert [part.partition(":")[0] for part in str(evidence).split(";")] == ["events", "events", "people"]


def test_a_sensitive_field_may_choose_and_not_be_reckoned_with(tmp_path: Path) -> None:
    """It is refused as a number, also where a child table is asked about it; as a test it is not shown."""
    secret = ("prior: whole", "prior: {type: whole, sensitive: true}")
    stated = "PBR106 the figure is stated in the outputs, and 'prior' is sensitive"
    assert said(changed(secret, text=text('value: "prior + 1"'))) == [stated]
    assert said(changed(secret, text=text('value: "CASE WHEN rate > 1 THEN prior ELSE 1 END"'))) == [stated]
    hidden = ("kind: {type: text, one_of", "kind: {type: text, sensitive: true, one_of")
    assert said(changed(hidden, text=text("value: \"count(events, kind = 'job')\""))) == [
        "PBR106 the figure is stated in the outputs, and 'events.kind' is sensitive"
    ]
    contract = changed(secret, text=text('value: "CASE WHEN prior > 41 THEN 2 ELSE 1 END"'))
    (tmp_path / "contract.yaml").write_text(contract, encoding="utf-8")
    pl.DataFrame([PERSON | {"person": "A", "prior": "4242"}]).write_csv(tmp_path / "people.csv")
    pl.DataFrame(EVENTS[:1]).write_csv(tmp_path / "events.csv")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, small.LATE).write(tmp_path / "out")
    words = str(pbr.explain(out, "A", outcome="gain"))
    assert "with       prior = (not shown)" in words
    assert "4242" not in words
    assert "figure     2\n" in words


def test_a_figure_is_explained_name_by_name(tmp_path: Path, golden: Golden) -> None:
    """The explanation has the formula, each name with its figure, each rounding, and the figure before its own."""
    formula = (
        'value: "greatest(0, days.value - prior) * CASE WHEN job.met THEN weight ELSE 1 END / 7 + round(rate)'
        " + weight.low * count(events, kind = 'job')\", round: 1"
    )
    contract = changed(
        ("outcomes:\n", f"{SPELLS}outcomes:\n  days: {{kind: held, in: [in_work], count: days}}\n"),
        text=text(formula),
    )
    (tmp_path / "contract.yaml").write_text(contract, encoding="utf-8")
    row = PERSON | {"person": "A", "prior": "10", "rate": "2.50"}
    pl.DataFrame([row]).write_csv(tmp_path / "people.csv")
    events = [job("A", "2025-05-01"), job("A", "2025-06-01", "lost")]
    pl.DataFrame(events).write_csv(tmp_path / "events.csv")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, small.LATE).write(tmp_path / "out")
    golden("tests/golden/explain/formula-of-one.txt", str(pbr.explain(out, "A", outcome="gain")))
    early = pbr.run(tmp_path / "contract.yaml", tmp_path, "2025-06-30").write(tmp_path / "early")
    golden("tests/golden/explain/formula-of-one-pending.txt", str(pbr.explain(early, "A", outcome="gain")))


# ---- against plain Python


def formula_of(luck: random.Random, depth: int = 3) -> str:
    """Write a random formula over two numbers, a share and two outcomes."""
    if depth == 0 or luck.random() < 0.2:
        return luck.choice(["prior", "rate", "3", "0.25", "-1.5", "weight", "one", "days_between(start, job.date)"])
    one, other = formula_of(luck, depth - 1), formula_of(luck, depth - 1)
    shape = luck.choice(
        [
            *("({0} + {1})", "({0} - {1})", "({0} * {1})", "({0} / {1})", "least({0}, {1})", "greatest({0}, {1})"),
            *("round({0}, 1)", "floor({0})", "abs({0})", "ifnone({0}, {1})"),
            *("CASE WHEN prior > 2 THEN {0} ELSE {1} END", "CASE WHEN job.met THEN {0} ELSE {1} END"),
        ]
    )
    return shape.format(one, other)


@pytest.mark.parametrize("seed", range(25))
def test_random_formulas_are_as_plain_python_reckons_them(seed: int) -> None:
    """Each value is the exact one rounded once, and where there is none, there is none."""
    luck = random.Random(seed)  # noqa: S311  # a seeded test, not a secret
    formula, places = formula_of(luck), luck.randrange(5)
    contract = text(f'value: "{formula}", round: {places}', pays=FIRST)
    if "days_between" not in formula and "prior" not in formula and "rate" not in formula and "job" not in formula:
        formula = f"{formula} + 0 * prior"
        contract = text(f'value: "{formula}", round: {places}', pays=FIRST)
    people = [
        {
            "person": f"P{place:02}",
            "prior": luck.choice(["", "0", "2", "3", "-7", "11"]),
            "rate": luck.choice(["", "0.00", "2.50", "-0.05", "19.99"]),
            "level": luck.choice(["high", "low"]),
            "began": luck.choice(["2025-04-01", "2026-04-01"]),
        }
        for place in range(12)
    ]
    events = [job(f"P{place:02}", "2026-04-20") for place in range(12) if luck.random() < 0.7]
    read = contract_of(contract)
    plain, done = formula_to_python(read.formulas["outcomes", "gain", "value"]), run(contract, *people, events=events)
    states = {row["subject"]: row for row in done.decisions.rows().filter(pl.col("outcome") == "job").to_dicts()}
    figures = {"2025-04-01": {"high": "1.5", "low": "2"}, "2026-04-01": {"high": "3", "low": "0.25"}}
    for person, (state, value, _, _) in zip(people, decided(done), strict=True):
        mine = states[person["person"]]
        row: dict[Any, object] = {
            FieldRef(name): None if person[name] == "" else Fraction(person[name]) for name in ("prior", "rate")
        }
        row |= {FieldRef("job.met"): mine["state"] == "met", FieldRef("job.date"): mine["date"]}
        row |= {FieldRef("start"): pl.Series([person["began"]]).str.to_date()[0], FieldRef("one"): Fraction("0.5")}
        row |= {FieldRef("weight"): Fraction(figures[person["began"]][person["level"]])}
        exact = plain(row)
        if exact is None:
            assert (state, value) in {("unknown", None), ("not_met", None)}
            continue
        scaled = abs(exact) * 10**places
        whole = (2 * scaled + 1) // 2
        assert Fraction(str(value)) == (whole if exact >= 0 else -whole) / Fraction(10) ** places
