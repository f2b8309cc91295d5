"""Formulas, indexes, differences, those who were asked, and percentage points: figures made of other figures."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from pbr.calendar import date_from_number
from pbr.confidence import By, Counted
from pbr.explanation.groups import GroupWords
from pbr.outcomes.index import Index, Parts, WhenMissing
from tests import small
from tests.test_measure import job, person, text

if TYPE_CHECKING:
    from pbr.api import Run
    from tests.small import Rows

PEOPLE: Final[Rows] = [person(name, "2025-04-01", "north") for name in "ABCD"] + [
    person(name, "2025-05-01", "south") for name in "EFGHIJ"
]
JOBS: Final[Rows] = [job(name, "2025-05-02") for name in ("A", "B", "C", "E", "F")]
MEASURES: Final = """\
  started: {kind: measure, of: job, take: n, per: [provider, quarter], period_of: start}
  jobs: {kind: measure, of: job, take: count, per: [provider, quarter], period_of: start}
  whole: {kind: measure, of: job, per: [quarter], period_of: start}
"""


def run(more: str, values: str = "", as_at: str = "2025-09-30", pays: str = "") -> Run:
    """Evaluate ten people, three of four placed in the north and two of six in the south."""
    contract = text("kind: measure, of: job, per: [provider, quarter], period_of: start", MEASURES + more, pays)
    contract = contract.replace("values:\n", f"values:\n{values}") if values else contract
    return small.run(contract, people=PEOPLE, events=JOBS, as_at=as_at)


def said(done: Run, name: str, *key: str) -> tuple[Any, ...]:
    """Give state, reason and figure of one group."""
    result = done.decisions.pooled[name].results[key]
    return result.state, result.reason, result.value


NORTH, SOUTH = ("north", "Y1-Q1"), ("south", "Y1-Q1")


@pytest.mark.parametrize(
    ("terms", "north", "south"),
    [
        ('value: "jobs - 0.5 * started"', Fraction(1), Fraction(-1)),
        ('value: "greatest(0, jobs - 0.5 * started)"', Fraction(1), Fraction(0)),
        ('value: "jobs / started"', Fraction(3, 4), Fraction(1, 3)),
        ('value: "jobs / started", round: 2', Fraction(3, 4), Fraction(33, 100)),
        ('value: "placed - expected", unit: share', Fraction(1, 4), Fraction(-1, 6)),
        ('value: "placed - expected", unit: points', Fraction(25), Fraction(-50, 3)),
        ('value: "jobs * each", unit: money', Fraction(600), Fraction(500)),
        ('value: "jobs * each.north", unit: money', Fraction(600), Fraction(400)),
        ('value: "CASE WHEN ahead THEN jobs ELSE 0 END"', Fraction(3), Fraction(0)),
        ('value: "placed - whole", unit: share', Fraction(1, 4), Fraction(-1, 6)),
    ],
)
def test_a_formula_reckons_exactly(terms: str, north: Fraction, south: Fraction) -> None:
    """Of 3 placed of 4 in the north and 2 of 6 in the south, with 50% expected: a third is a third."""
    more = f"  ahead: {{kind: test, of: placed, at_least: expected}}\n  it: {{kind: formula, {terms}}}\n"
    done = run(more, "  expected: 50%\n  each: {by: provider, north: 200.00, south: 250.00}\n")
    assert (said(done, "it", *NORTH), said(done, "it", *SOUTH)) == (("met", "met", north), ("met", "met", south))


def test_a_part_without_a_figure_gives_none_unless_the_formula_says_what_is_meant() -> None:
    """Nobody started in the second quarter, and 0 is divided by 0 there."""
    more = (
        '  it: {kind: formula, value: "jobs / started"}\n'
        '  meant: {kind: formula, value: "ifnone(placed, 0)", unit: share}\n'
    )
    done = run(more, as_at="2025-12-31")
    assert said(done, "it", "north", "Y1-Q2") == ("not_assessable", "no_figure", None)
    assert said(done, "meant", "north", "Y1-Q2") == ("met", "met", Fraction(0))
    assert said(run(more), "meant", "north", "Y1-Q3") == ("pending", "part_pending", None)


def test_a_formula_of_values_alone_is_achieved_when_the_period_is_over() -> None:
    """A price that changes on 1 October holds from the third quarter; before its end the figure is pending."""
    values = "  places:\n    dated: {2025-04-01: 10, 2025-10-01: 12}\n"
    more = '  it: {kind: formula, value: "places * 2", per: [quarter]}\n'
    done = run(more, values, as_at="2025-12-30")
    assert said(done, "it", "Y1-Q1") == ("met", "met", Fraction(20))
    assert said(done, "it", "Y1-Q3") == ("pending", "group_open", None)
    assert said(run(more, values, as_at="2025-12-31"), "it", "Y1-Q3") == ("met", "met", Fraction(24))


def test_a_formula_is_paid_as_a_quantity_and_rounded_once() -> None:
    """A third of 100.00 is 33.33; the quantity stands there exactly."""
    done = run(
        '  it: {kind: formula, value: "jobs / started"}\n', pays="  pay: {kind: tariff, pays_for: it, price: 100.00}\n"
    )
    lines = {row["payee"]: row for row in done.statement.lines().filter(payment="pay").iter_rows(named=True)}
    assert (lines["south"]["quantity"], lines["south"]["amount_minor"]) == ("1/3", 3333)
    assert (lines["north"]["quantity"], lines["north"]["amount_minor"]) == ("0.75", 7500)


def test_the_words_of_a_formula_name_each_figure() -> None:
    """What is reckoned with, and what it comes to."""
    done = run(
        '  it: {kind: formula, value: "jobs / started * expected", unit: share, round: 2}\n', "  expected: 50%\n"
    )
    words = GroupWords(done.decisions, done.statement.lines()).text("it", [SOUTH])
    assert "formula    jobs / started * expected\n  with       jobs = 2\n  with       started = 6\n" in words
    assert "  with       expected = 50% (contract.yaml:" in words
    assert "  rounded    from 0.166666… (1/6) to 2 decimals, half up\n" in words
    assert "it, south Y1-Q1: met, 17%" in words


# ---- percentage points


@pytest.mark.parametrize(("least", "state"), [("25pp", "met"), ("25.0001pp", "not_met")])
def test_percentage_points_are_compared_with_percentage_points(least: str, state: str) -> None:
    """75% is 25 points above 50%, exactly."""
    more = (
        '  gap: {kind: formula, value: "placed - expected", unit: points}\n'
        f"  enough: {{kind: test, of: gap, at_least: {least}}}\n"
    )
    assert said(run(more, "  expected: 50%\n"), "enough", *NORTH)[0] == state


def test_points_are_reckoned_with_as_points() -> None:
    """Twice 25 points are 50 points, and not 5,000."""
    more = (
        '  gap: {kind: formula, value: "placed - expected", unit: points}\n'
        '  twice: {kind: formula, value: "gap * 2", unit: points}\n'
    )
    assert said(run(more, "  expected: 50%\n"), "twice", *NORTH)[2] == Fraction(50)


@pytest.mark.parametrize(("of", "least"), [("gap", "5%"), ("gap", "5"), ("placed", "5pp"), ("jobs", "5pp")])
def test_points_are_no_share_and_no_number(of: str, least: str) -> None:
    """5% of a rate and 5 points of it are different things."""
    more = (
        MEASURES + '  gap: {kind: formula, value: "placed - 50%", unit: points}\n'
        f"  enough: {{kind: test, of: {of}, at_least: {least}}}\n"
    )
    problems = small.problems_of(text("kind: measure, of: job, per: [provider, quarter], period_of: start", more))
    assert [problem.code for problem in problems] == ["PBR124"]


# ---- indexes


@pytest.mark.parametrize(
    ("missing", "fewest", "north", "south"),
    [
        ("share_out", "1", ("met", "met", Fraction(3, 4)), ("met", "met", Fraction(1, 3))),
        ("nil", "1", ("met", "met", Fraction(3, 16)), ("met", "met", Fraction(1, 12))),
        ("none", "1", ("not_assessable", "too_few_parts", None), ("not_assessable", "too_few_parts", None)),
        ("share_out", "2", ("not_assessable", "too_few_parts", None), ("not_assessable", "too_few_parts", None)),
    ],
)
def test_the_weight_of_a_missing_part(
    missing: str, fewest: str, north: tuple[Any, ...], south: tuple[Any, ...]
) -> None:
    """`stayed` has too few in each group: its 75% are shared out, count nothing, or leave no figure."""
    more = (
        "  stayed: {kind: measure, of: job, per: [provider, quarter], period_of: start, fewest: 7}\n"
        f"  it: {{kind: index, of: [placed, stayed], weights: weight, when_missing: {missing}, fewest: {fewest}}}\n"
    )
    done = run(more, "  weight: {by: outcome, placed: 25%, stayed: 75%}\n")
    assert (said(done, "it", *NORTH), said(done, "it", *SOUTH)) == (north, south)


def test_a_test_in_an_index_counts_all_or_nothing() -> None:
    """Met is 1 and not met is 0; neither is missing."""
    more = (
        "  ahead: {kind: test, of: placed, at_least: 50%}\n  it: {kind: index, of: [placed, ahead], weights: weight}\n"
    )
    done = run(more, "  weight: {by: outcome, placed: 40%, ahead: 60%}\n")
    assert said(done, "it", *NORTH) == ("met", "met", Fraction(3, 4) * Fraction(2, 5) + Fraction(3, 5))
    assert said(done, "it", *SOUTH) == ("met", "met", Fraction(1, 3) * Fraction(2, 5))
    words = GroupWords(done.decisions, done.statement.lines()).text("it", [SOUTH])
    assert "  part       placed: 33.3333% (1/3, cut after 4 places), weight 40%, adds 2/15\n" in words
    assert "  part       ahead: 0, weight 60%, adds 0\n" in words


def test_weights_are_those_of_the_period() -> None:
    """Weights that change on 1 July are those of the first day of each quarter."""
    values = (
        "  weight:\n    by: outcome\n    dated:\n"
        "      2025-04-01: {placed: 100%, none_left: 0%}\n      2025-07-01: {placed: 50%, none_left: 50%}\n"
    )
    more = (
        "  none_left: {kind: measure, of: job, take: share, per: [provider, quarter], period_of: start, adverse: yes}\n"
        "  it: {kind: index, of: [placed, none_left], weights: weight}\n"
    )
    assert said(run(more, values), "it", *NORTH) == ("met", "met", Fraction(3, 4))


def test_no_part_at_all_is_no_index() -> None:
    """Every figure is missing, and so is their sum."""
    index = Index(of=Parts(("a", "b")), weights="w", when_missing=WhenMissing.SHARE_OUT)
    assert index.weighed([Fraction(1, 2), Fraction(1, 2)], [None, None]) is None
    assert index.weighed([Fraction(1), Fraction(0)], [None, Fraction(9)]) is None


# ---- differences that are more than chance


@pytest.mark.parametrize(
    ("how", "one", "other", "above"),
    [
        # p = (60 + 40) / 200 = 1/2: 0.2^2 = 0.04 against 1.96^2 x 0.25 x 0.02 = 0.019208
        ("two_proportions 95% two-sided", (60, 100), (40, 100), True),
        ("two_proportions 95% two-sided", (53, 100), (40, 100), False),
        ("two_proportions 95% two-sided", (54, 100), (40, 100), True),
        ("two_proportions 95% two-sided", (40, 100), (60, 100), False),
        ("two_proportions 95% two-sided", (5, 5), (3, 3), False),
        # z = 2 at 100 and 100 of rates 0.5 and 0.3: 0.04 against 4 x 0.4 x 0.02 = 0.032; of 0.48: 0.0324 and 0.0312
        ("two_rates z 2", (50, 100), (30, 100), True),
        ("two_rates z 2", (48, 100), (30, 100), True),
        ("two_rates z 2", (47, 100), (30, 100), False),
        # a rate may be above 1, and exactly so many standard errors are no difference: 1^2 = 4 x 2.5 x 0.1
        ("two_rates z 2", (60, 20), (40, 20), False),
        ("two_rates z 2", (61, 20), (40, 20), True),
    ],
)
def test_a_difference_is_more_than_so_many_standard_errors(
    how: str, one: tuple[int, int], other: tuple[int, int], above: bool
) -> None:
    """Worked by hand in the comments; turned round it is `below`."""
    by = By.parse(how)
    assert by is not None
    first, second = (Counted(met=met, counted=counted) for met, counted in (one, other))
    assert by.differ(first, second, "above") is above
    assert by.differ(second, first, "below") is above
    assert not by.differ(first, first, "above")


def test_the_difference_between_two_measures() -> None:
    """3 of 4 against 2 of 6 is not more than chance; the same rates of twenty times as many are."""
    more = "  ahead: {kind: test, of: placed, above: whole, by: two_proportions 95% two-sided}\n"
    assert said(run(more), "ahead", *NORTH)[:2] == ("not_met", "beside_threshold")
    people = [
        person(f"{name}{place}", "2025-04-01", where)
        for where, name in (("north", "n"), ("south", "s"))
        for place in range(60)
    ]
    jobs = [job(f"n{place}", "2025-05-02") for place in range(45)] + [
        job(f"s{place}", "2025-05-02") for place in range(15)
    ]
    contract = text("kind: measure, of: job, per: [provider, quarter], period_of: start", MEASURES + more)
    done = small.run(contract, people=people, events=jobs, as_at="2025-09-30")
    assert said(done, "ahead", *NORTH)[:2] == ("met", "met")
    assert said(done, "ahead", *SOUTH)[:2] == ("not_met", "beside_threshold")


# ---- who was asked


ASKED: Final = """\
  heard: {kind: event, table: events, when: "kind = 'lost'", date: on}
  answered: {kind: event, table: events, when: "kind = 'job'", date: on}
  content:
    {kind: measure, of: answered, per: [quarter], period_of: start, asked: heard, settles: period_end, response: 40%}
  sure: {kind: test, of: content, at_least: 60%, by: lower 80% two-sided of asked}
"""


def surveyed(answers: int, asked: int = 10) -> Run:
    """Evaluate twelve people of whom some were asked; a job stands for an answer."""
    people = [person(f"p{place:02}", "2025-04-01") for place in range(12)]
    events = [job(f"p{place:02}", "2025-04-02", kind="lost") for place in range(asked)]
    events += [job(f"p{place:02}", "2025-05-02") for place in range(answers)]
    contract = text("kind: measure, of: job, per: [provider, quarter], period_of: start", ASKED)
    return small.run(contract, people=people, events=events, as_at="2025-06-30")


def test_who_was_asked_and_has_not_answered_is_left_out() -> None:
    """Of ten asked six have a job and the rest are pending: 6 of 6, and six tenths answered."""
    done = surveyed(6)
    result = done.decisions.pooled["content"].results["Y1-Q1",]
    assert (result.value, result.asked, dict(result.members)) == (
        Fraction(1),
        10,
        {"met": 6, "left out: no_answer": 4, "left out: not_asked": 2},
    )
    words = GroupWords(done.decisions, done.statement.lines()).text("content", [("Y1-Q1",)])
    assert "asked      10 by heard, of whom 6 answered" in words
    assert "left out   4: was asked, and has not answered" in words
    assert "left out   2: was not asked" in words


@pytest.mark.parametrize(("answers", "reason"), [(4, "met"), (3, "low_response")])
def test_too_few_answers_are_no_figure(answers: int, reason: str) -> None:
    """Four of ten are 40%, three are less: never failed, but not to be assessed."""
    assert said(surveyed(answers), "content", "Y1-Q1")[1] == reason


def test_the_bound_among_those_asked_is_narrower() -> None:
    """With everybody asked having answered nothing is left to chance; n(N - 1)/(N - n) in the place of n else."""
    finite, plain = By.parse("lower 95% two-sided of asked"), By.parse("lower 95% two-sided")
    assert finite is not None
    assert plain is not None
    few, all_of = Counted(met=109, counted=116, asked=464), Counted(met=109, counted=116, asked=116)
    assert finite.bound(few) == Fraction("0.890361")  # 0.890363 with more decimals of z
    assert plain.bound(few) == Fraction("0.880658")
    assert finite.bound(all_of) == Fraction(109 * 10**6 // 116, 10**6)
    assert finite.beyond(all_of, Fraction(109, 116), "at_least")
    assert not finite.beyond(all_of, Fraction(109, 116), "above")
    assert finite.beyond(all_of, Fraction(110, 116), "below")
    assert finite.beyond(all_of, Fraction(109, 116), "at_most")
    assert said(surveyed(6), "sure", "Y1-Q1")[0] == "met"


@pytest.mark.parametrize(
    ("missing", "north"),
    [
        ("share_out", ("met", "met", Fraction(3, 4))),
        ("nil", ("met", "met", Fraction(3, 16))),
        ("none", ("not_assessable", "too_few_parts", None)),
    ],
)
def test_points_off_a_scale_are_missing_in_an_index_and_not_nothing(missing: str, north: tuple[Any, ...]) -> None:
    """75% lies above the last figure of the scale, and `above: none`: no points, never 0 (rule 18)."""
    more = (
        "  ahead: {kind: scale, of: placed, shape: straight, points: {0%: 0%, 50%: 50%}, below: none, above: none}\n"
        f"  it: {{kind: index, of: [placed, ahead], weights: weight, when_missing: {missing}}}\n"
    )
    done = run(more, "  weight: {by: outcome, placed: 25%, ahead: 75%}\n")
    assert said(done, "ahead", *NORTH)[:2] == ("not_met", "off_scale")
    assert said(done, "it", *NORTH) == north
    assert said(done, "it", *SOUTH) == ("met", "met", Fraction(1, 3))


@pytest.mark.parametrize(
    "terms", ['kind: formula, value: "early + few"', "kind: index, of: [early, few], weights: weight"]
)
def test_what_is_unknown_is_told_when_the_last_of_its_parts_is(terms: str) -> None:
    """`early` is unknown from 30 June; `few`, of fewer than 9, is fixed on 31 August, and until then all waits."""
    settles = "take: mean, per: [provider, quarter], period_of: events.on"
    more = (
        f"  early: {{kind: measure, of: events.score, {settles}, settles: period_end}}\n"
        f"  few: {{kind: measure, of: events.score, {settles}, settles: period_end + 62 days, fewest: 9}}\n"
        f"  it: {{{terms}}}\n"
    )
    contract = text("kind: measure, of: job, per: [provider, quarter], period_of: start", more)
    contract = contract.replace("      on: date\n", "      on: date\n      score: whole\n")
    contract = contract.replace("values:\n", "values:\n  weight: {by: outcome, early: 25%, few: 75%}\n")
    people = pl.DataFrame([person("A", "2025-04-01"), person("B", "2025-04-01")])
    jobs = [job("A", "2025-05-02") | {"score": ""}, job("B", "2025-07-02") | {"score": "1"}]
    frames = {"people": people, "events": pl.DataFrame(jobs)}
    for as_at, state, known in (("2025-08-30", "pending", None), ("2025-08-31", "unknown", "2025-08-31")):
        result = pbr.run(small.contract_of(contract), frames, as_at).decisions.pooled["it"].results[NORTH]
        day = None if result.known is None else str(date_from_number(result.known))
        assert (result.state, day) == (state, known)
