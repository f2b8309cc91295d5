"""Law 23 on every test, scale and band of every contract: at each end, one unit below it and one unit above it.

The ends are found in the contract. Of a share one unit is one member more of a group, of a count one member, and of a
declared or reckoned figure one in the last place that is declared. What should come out is worked out in whole numbers
from the words of the file, beside the engine.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

from pbr.confidence import Counted
from pbr.contract.value_terms import UNPAID
from pbr.outcomes import Estimate, Measure, OfFigures, Scale
from pbr.outcomes.scale import Shape
from pbr.outcomes.test import Test as Tested  # pytest would take it for one of its own
from pbr.payments import Bands
from tests.laws.test_of_contracts import FILES, contracts, rows_said
from tests.oracle_pooled import bound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.contract import Contract

MOST_MEMBERS: Final = 60
"""Every group of this many members or fewer is tried."""


def number(text: str) -> Fraction:
    """Read a figure as the file writes it; percentage points are a number of points."""
    plain = text.removesuffix("%").removesuffix("pp")
    return Fraction(plain) / (100 if text.endswith("%") else 1)


def outcomes_of(kind: type) -> list[tuple[Contract, str, Any]]:
    """List the outcomes of groups of one kind in every contract."""
    return [
        (contract, name, outcome)
        for contract in contracts()
        for name, outcome in contract.terms.pooled.items()
        if isinstance(outcome, kind) and name in contract.terms.outcomes
    ]


def places_of(contract: Contract, name: str) -> int:
    """Give how many decimals are declared of what a figure is reckoned from: the most of any field."""
    outcome = contract.terms.pooled[name]
    if isinstance(outcome, Measure | Estimate):
        if isinstance(outcome, Estimate):
            table, field = outcome.table, outcome.value
        elif outcome.row_field is not None and outcome.take.of_values:
            table, field = outcome.row_field
        else:
            return 0
        return contract.terms.all_fields(table)[field].scale(contract.terms.contract.currency)
    return max((places_of(contract, each) for each in outcome.reads() if each in contract.terms.pooled), default=2)


def is_share_of_members(contract: Contract, name: str) -> bool:
    """Say whether a figure is so many members of so many."""
    outcome = contract.terms.pooled[name]
    return isinstance(outcome, Measure) and outcome.take.value == "share"


def near(contract: Contract, name: str, ends: list[Fraction]) -> Iterator[tuple[Fraction, int]]:
    """Give figures on both sides of each end, a unit away and at it where there is one; and of how many each is."""
    for end in ends:
        if is_share_of_members(contract, name):
            for many in range(1, MOST_MEMBERS + 1):
                members = end.numerator * many // end.denominator
                yield from ((Fraction(met, many), many) for met in range(members - 1, members + 3) if 0 <= met <= many)
        else:
            unit = Fraction(1, 10 ** places_of(contract, name))
            yield from ((end + unit * step, 0) for step in (-1, 0, 1))


def thresholds(contract: Contract, test: Tested) -> list[Fraction]:
    """Give every figure that a threshold can be: what is written, each row of a value, or each point of a scale."""
    value = contract.terms.values.get(test.figure)
    if value is not None and value.agreed is not None:  # the rows stand in results of ballots, and not in the file
        return [number(cell.text) for cell in value.cells if cell.text != UNPAID]
    if value is not None:
        return [number(figure) for _, _, _, figure in rows_said(contract, test.figure)]
    if test.figure in contract.terms.pooled:
        other = contract.terms.pooled[test.figure]
        return [number(points) for points in other.points.values()] if isinstance(other, Scale) else [Fraction(1, 2)]
    return [number(test.figure)]


def is_right(sign: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Compare two quotients of whole numbers crosswise."""
    left, right = one[0] * other[1], other[0] * one[1]
    return {"at_least": left >= right, "above": left > right, "at_most": left <= right, "below": left < right}[sign]


def test_law_23_each_test_of_a_contract_parts_one_unit_from_the_next() -> None:
    """A figure at a threshold is on the side that the words say, and a unit away on the side it lies."""
    tried, answers = 0, set()
    for contract, name, test in outcomes_of(Tested):
        if test.bound is not None and test.bound.of:
            continue  # with a population: tests/test_surveys.py and the vectors hold both ends of it
        for end in thresholds(contract, test):
            for value, many in near(contract, test.of, [end]):
                by, wanted = test.bound, is_right(test.sign, value.as_integer_ratio(), end.as_integer_ratio())
                if by is not None and by.is_bound:
                    solved, at = bound(test.by, int(value * many), many), Decimal(end.numerator) / end.denominator
                    wanted = {
                        "at_least": solved >= at,
                        "above": solved > at,
                        "at_most": solved <= at,
                        "below": solved < at,
                    }[test.sign]
                counted = Counted(met=int(value * many), counted=many) if many else None
                assert test.passes(value, end, counted) is wanted, (name, value)
                answers.add(wanted)
                tried += 1
    assert answers == {True, False}
    assert tried >= 12


def holds(step: str, value: Fraction) -> bool:
    """Read a step in words: `under 10%`, `10% to under 15%`, `over 3 to 5`, `20% or more`, `6`."""
    if step.endswith("or more"):
        return value >= number(step.removesuffix(" or more"))
    if step.endswith("or less"):
        return value <= number(step.removesuffix(" or less"))
    low, _, high = step.rpartition(" to ")
    low = low or (step if step.startswith("over ") else "" if step.startswith("under ") else step)
    high = "" if step.startswith("over ") and " to " not in step else high
    above = not low or value > number(low.removeprefix("over ")) or (low[0] != "o" and value == number(low))
    within = not high or value < number(high.removeprefix("under ")) or (high[0] != "u" and value == number(high))
    return above and within


def test_law_23_each_step_of_a_figure_of_groups_parts_one_unit_from_the_next() -> None:
    """On both sides of each end the step that the words say holds the figure, and no other, and gives its points."""
    tried = 0
    for contract, name, scale in outcomes_of(Scale):
        if scale.shape is not Shape.STEPS:
            continue
        ends = sorted({number(text) for step in scale.points for text in re.findall(r"[0-9.]+%?", step)})
        for value, _ in near(contract, scale.of, ends):
            (step,) = [step for step in scale.points if holds(step, value)]
            assert scale.points_of(value) == number(scale.points[step]), (name, value)
            tried += 1
    assert tried >= 3 * MOST_MEMBERS


def test_law_23_each_end_of_a_line_of_a_contract_is_exact_and_a_unit_away_on_the_line() -> None:
    """At each end there are its points; a unit to either side those of the line there, or what lies outside says."""
    tried = 0
    for contract, name, scale in outcomes_of(Scale):
        if scale.shape is not Shape.STRAIGHT:
            continue
        knots = [(number(at), number(points)) for at, points in scale.points.items()]
        for end, points in knots:
            assert scale.points_of(end) == points, (name, end)
        for value, _ in near(contract, scale.of, [end for end, _ in knots]):
            inside = [pair for pair in pairwise(knots) if pair[0][0] <= value <= pair[1][0]]
            found = scale.points_of(value)
            if not inside:
                off = scale.below if value < knots[0][0] else scale.above
                assert off != "extend", "no contract of the library has a line that goes on"
                assert found == (None if off == "none" else number(str(off))), (name, value)
            else:
                (left, low), (right, high) = inside[0]
                assert found is not None
                assert (found - low) * (right - left) == (high - low) * (value - left), (name, value)
            tried += 1
    assert tried >= 2 * MOST_MEMBERS


def test_law_23_each_end_of_a_band_of_a_contract_parts_one_place_from_the_next() -> None:
    """The place before each end, at it and after it is in the band that the words say; beyond the last in none."""
    tried = 0
    for contract in contracts():
        for payment in contract.terms.payments.values():
            if not isinstance(payment, Bands):
                continue
            ends = {int(text) for step in payment.bands for text in re.findall(r"[0-9]+", step)}
            places = sorted({place for end in ends for place in (end - 1, end, end + 1) if place >= 1})
            found = payment._band(pl.Series(places, dtype=pl.Int64)).to_list()  # noqa: SLF001  # what it looks up by
            for place, band in zip(places, found, strict=True):
                held: list[int | None] = [at for at, step in enumerate(payment.bands) if holds(step, Fraction(place))]
                assert [band] == (held or [None]), place
                tried += 1
    assert tried >= 7


@pytest.mark.parametrize(
    ("word", "kind"), [("test", Tested), ("scale", Scale), ("bands", Bands)], ids=["test", "scale", "bands"]
)
def test_no_threshold_of_the_library_is_left_out(word: str, kind: type) -> None:
    """As many are tried, here or beside conditions, as the files name."""
    named = sum(len(re.findall(rf"kind: {word}\b", path.read_text(encoding="utf-8"))) for path in FILES)
    terms = [contract.terms for contract in contracts()[: len(FILES)]]
    found = sum(isinstance(each, kind) for term in terms for each in (*term.outcomes.values(), *term.payments.values()))
    assert found == named > 0


def test_reckoned_figures_are_among_them() -> None:
    """Tests of formulas, shares of members and other figures are all there."""
    kinds = {type(contract.terms.pooled[test.of]) for contract, _, test in outcomes_of(Tested)}
    assert OfFigures in kinds
    scaled = {is_share_of_members(contract, scale.of) for contract, _, scale in outcomes_of(Scale)}
    assert scaled == {True, False}
