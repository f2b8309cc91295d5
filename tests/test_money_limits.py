"""The most that can be held, and the least that is paid: what is exact up to the limit is refused beyond it, in words.

Sampled mutants of the engine asked for these (docs/explanation/assurance.md).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import pytest

import pbr
from pbr.lines import MOST
from pbr.money import Rounding, format_minor, round_minor, show_money
from tests import small
from tests import test_bands as bands
from tests import test_formula_of_one as one
from tests.small import EVENTS, PEOPLE
from tests.test_amount import amounts
from tests.test_measure import THREE, TWO_JOBS, job, person, text
from tests.test_money_edges import LARGEST
from tests.test_money_of_groups import evaluated
from tests.test_parts_and_days import FIRST, NO_ADJUSTMENTS, SECOND, with_payment
from tests.test_split import PARTNERS, SPLIT, paid

if TYPE_CHECKING:
    from pbr.api import Run

COUNT: Final = "kind: measure, of: job, take: count, per: [provider, quarter], period_of: start"
NO_PAYMENTS: Final = ((FIRST, ""), (SECOND, ""))


def share(scales: str, tariff: str) -> int:
    """Give the pence of the only line of a payment for a figure of north, where two of three found a job."""
    contract = text(COUNT, scales, f"  share: {{kind: tariff, {tariff}}}\n", NO_ADJUSTMENTS)
    lines = small.run(contract, people=THREE, events=TWO_JOBS).statement.lines()
    return int(lines.filter(payment="share", provider="north", occurrence="Y1-Q1")["amount_minor"].item())


def line_of(of: str, point: str, figure: str, above: str = "1") -> str:
    """Give the terms of a straight line from nothing through one point."""
    return f"{{kind: scale, of: {of}, shape: straight, points: {{0: 0, {point}: {figure}}}, below: 0, above: {above}}}"


# ---------------------------------------------------------------- a penny


def test_a_penny_that_is_taken_is_written_with_its_sign() -> None:
    """One minor unit below nothing, in files and as people read it."""
    assert [format_minor(each, 2) for each in (-1, 1)] == ["-0.01", "0.01"]
    assert [format_minor(-1, 0), show_money(-1, "GBP")] == ["-1", "-£0.01"]


@pytest.mark.parametrize(("event", "expected"), [("A a 2025-04-10", 1), ("A -a 2025-04-10", -1)])
def test_a_penny_goes_to_the_first_of_two_equal_shares(event: str, expected: int) -> None:
    """Paid or taken, a penny that two share is the first one's as they stand in the file."""
    for between in ("{helper: 1/2, north: 1/2}", "{north: 1/2, helper: 1/2}"):
        terms = SPLIT.replace("{north: 60%, helper: 40%}", between)
        found = paid(evaluated(terms, [event], text=PARTNERS.replace("a: 6.00", "a: 0.01")))
        first = "helper" if between.startswith("{helper") else "north"
        assert {name: pence for name, pence in found.items() if pence} == {first: expected}


# ---------------------------------------------------------------- sums


def test_a_figure_of_exactly_the_most_that_can_be_held_is_paid() -> None:
    """A penny times 92737 x 649657 x 153092023 is 2^63 - 1 pence."""
    terms = "bonus: {kind: amount, amount: 0.01, pays_for: enough, times: [92737, 649657, 153092023]}"
    contract = amounts(terms, "  enough: {kind: test, of: placed, at_least: 60%}\n", *NO_PAYMENTS, NO_ADJUSTMENTS)
    done = small.run(contract, people=THREE, events=TWO_JOBS, as_at="2025-06-30")
    assert done.statement.lines()["amount_minor"].to_list() == [MOST]


def test_what_is_kept_of_a_sum_that_cannot_be_held_is_refused() -> None:
    """Of one who is paid 2^63 - 1 pence a tenth is kept; of two together it cannot be said what a tenth is."""
    kept = "adjustments:\n  - {id: kept, kind: retain, share: 10%, until: 2027-01-31, per: [provider]}\n"
    contract = with_payment("", ("price: job_price", LARGEST)) + kept
    found = small.run(contract, people=PEOPLE[:1], events=EVENTS[:1], as_at="2027-01-30").statement
    assert sorted(found.lines()["amount_minor"]) == [-round(Fraction(MOST, 10)), MOST]
    both = {"people": [PEOPLE[0], PEOPLE[0] | {"person": "Z"}], "events": [EVENTS[0], EVENTS[0] | {"person": "Z"}]}
    with pytest.raises(pbr.EvaluationError, match="PBR401 an amount of 'kept' is above"):
        small.run(contract, people=both["people"], events=both["events"], as_at="2027-01-30")


# ---------------------------------------------------------------- figures of groups

STEP: Final = Fraction(2, 999999937 * 999999929)
STEEP: Final = f"  s0: {line_of('placed', '999999937', '1/999999929')}\n"


@pytest.mark.parametrize(("last", "fits"), [("1/10", True), ("1/1000", False)])
def test_denominators_of_figures_and_of_what_they_are_multiplied_by_are_counted_together(last: str, fits: bool) -> None:
    """Two figures with denominators of eighteen digits can be held with a tenth, and with a thousandth no more."""
    scales = STEEP + STEEP.replace("s0", "s1")
    terms = f"pays_for: s0, price: 100.00, times: [s1, {last}]"
    if fits:
        assert share(scales, terms) == 0
        return
    with pytest.raises(pbr.EvaluationError, match="PBR401 a figure of 's0' has more digits than can be held"):
        share(scales, terms)


def test_what_figures_are_multiplied_by_is_counted_with_their_numerators() -> None:
    """With a figure of nineteen digits and two factors of nine a penny is exact; a pound is refused, though it fits."""
    scales = f"  up: {line_of('placed', '1', '999999937', 'extend')}\n"
    scales += f"  far: {line_of('up', '1', '999999937/999999929', 'extend')}\n" + STEEP
    factors = (999999999, 999999998)
    terms = f"pays_for: far, times: [s0, {', '.join(map(str, factors))}], price: "
    exact = 2 * 999999937 * Fraction(999999937, 999999929) * STEP * factors[0] * factors[1]
    assert share(scales, terms + "0.01") == round_minor(exact, Rounding.HALF_UP) == 4000000304
    with pytest.raises(pbr.EvaluationError, match="PBR401 a figure of 'far' has more digits than can be held"):
        share(scales, terms + "1.00")


def test_nothing_of_what_is_very_much_is_nothing() -> None:
    """Two less two are no reason to refuse the same pound: it is paid as 0.00, as long as its figures can be held."""
    scales = f"  up: {line_of('placed', '1', '999999937', 'extend')}\n"
    scales += f"  far: {line_of('up', '1', '999999937/999999929', 'extend')}\n"
    nothing = '  none: {kind: formula, value: "placed - 2", unit: number}\n'
    terms = "pays_for: far, times: [none, 999999999, 999999998], price: 1.00"
    assert share(scales + nothing, terms) == 0
    with pytest.raises(pbr.EvaluationError, match="PBR401 a figure of 'far' has more digits than can be held"):
        share(scales + nothing.replace("placed - 2", "placed - 1"), terms)


def factor(formula: str, level: str) -> Run:
    """Multiply what is paid for those of low needs by a formula of a count of three, C being of a level."""
    more = f'  net: {{kind: formula, value: "{formula}", unit: number}}\n'
    change = "adjustments:\n  - {id: cut, kind: multiply, by: net, where: \"level = 'low'\"}\n"
    contract = text(COUNT, more, "", (NO_ADJUSTMENTS[0], change))
    people = [*THREE[:2], person("C", "2025-06-01", level=level)]
    return small.run(contract, people=people, events=[*TWO_JOBS, job("C", "2025-06-15")])


def test_a_figure_below_nothing_is_refused_only_where_a_line_is_multiplied_by_it() -> None:
    """3 less 4 is -1, which stops nothing while all are of high needs; once one of low needs is paid for it does."""
    assert factor("placed - 4", "high").statement.lines().filter(adjustment="cut").is_empty()
    with pytest.raises(pbr.EvaluationError, match="PBR403 'net' for north Y1-Q1 is -1"):
        factor("placed - 4", "low")


def test_a_figure_too_far_below_nothing_cannot_be_held_either() -> None:
    """Of the groups of nobody: -9 x 10^18 can be held where no line is multiplied by it, -10 x 10^18 cannot."""
    formula = "(placed - {}) * 1000000000 * 1000000000"
    assert factor(formula.format(9), "high").statement.lines().filter(adjustment="cut").is_empty()
    with pytest.raises(pbr.EvaluationError, match="PBR401 a figure of 'net' has more digits than can be held"):
        factor(formula.format(10), "high")


# ---------------------------------------------------------------- chains of factors

NEARLY: Final = Fraction(999999999, 999999998)
FACTORS: Final = ("values:\n", "values:\n  much: {by: grade, high: 999999999/999999998, low: 1}\n")


def gains(rate: str, level: str) -> Run:
    """Pay 10,000,000,000,000.00 for each of a rate of two decimals, twice times a little more than one or times one."""
    pays = "  gains: {kind: tariff, pays_for: gain, price: 10000000000000.00, times: [much, much]}\n"
    contract = small.changed(FACTORS, text=one.text("value: rate, round: 4", pays=pays))
    return one.run(contract, {"rate": rate, "level": level})


def test_the_largest_factor_of_a_value_says_what_can_be_multiplied_by_it() -> None:
    """What 8 give at the larger factor is exact; of 20 the steps between are beyond 128 bits, so they are refused."""
    exact = 8 * 10**15 * NEARLY**2
    assert gains("8.00", "high").statement.total_minor == round_minor(exact, Rounding.HALF_UP) == 8000000016000000
    with pytest.raises(pbr.EvaluationError, match="PBR401 an amount of a payment is above"):
        gains("20.00", "high")


def test_the_shares_of_a_payment_are_counted_with_its_factors() -> None:
    """A share of nine digits can be held with one factor of as many, and with two no more: the product would wrap."""
    terms = "paid: {{kind: tariff, pays_for: milestone, price: 1000000000000.00, share: share, times: [{}]}}"
    shares = "started: 499999999/999999999, kept: 499999998/999999999, done: 2/999999999"

    def contract(*factors: str) -> str:
        return small.changed(
            (bands.PAID, f"  {terms.format(', '.join(factors))}\n"),
            ("started: 20%, kept: 1/3, done: 40%", shares),
            text=bands.CONTRACT,
        )

    done = bands.evaluated(contract("999999999/999999998"), bands.rows_of([("A", "2025-05-01", "")]))
    exact = 10**14 * NEARLY * Fraction(499999999, 999999999)
    assert done.statement.total_minor == round_minor(exact, Rounding.HALF_UP) == 50000000000000
    (problem,) = small.problems_of(contract(*["999999999/999999998"] * 2))
    assert (problem.code, problem.message.partition(";")[0]) == (
        "PBR109",
        "together these factors have more digits than can be held",
    )
