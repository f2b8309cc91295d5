"""Figures of groups with many digits: worked out exactly as long as they can be held, and refused otherwise."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import pytest

import pbr
from tests import small
from tests.test_measure import SHARE, THREE, TWO_JOBS, paid, text

POINTS: Final = "{0%: 0, 33.33%: 1.01, 100%: 99999.99}"
VALUE: Final = Fraction(100010999999, 2000100)
SIX: Final = Fraction("0.666666666667")


def contract(price: str, times: str) -> str:
    """Give a payment for points of many digits, multiplied by a share of twelve decimals and other figures."""
    return text(
        SHARE,
        f"  line: {{kind: scale, of: placed, shape: straight, points: {POINTS}, below: 0, above: 1}}\n"
        "  share: {kind: measure, of: job, per: [provider, quarter], period_of: start, round: 12}\n",
        f"  pay: {{kind: tariff, pays_for: line, price: {price}, times: {times}}}\n",
    )


def test_a_figure_is_held_exactly_though_its_numerator_is_long() -> None:
    """2 of 3 are 100010999999/2000100 points; at 90,000,000.00 the numerator is above 64 bits, and the sum is not."""
    assert (
        Fraction(101, 100) + (Fraction(2, 3) - Fraction("0.3333")) * Fraction("99998.98") / Fraction("0.6667") == VALUE
    )
    exact = VALUE * 9_000_000_000 * SIX
    assert [line[4:6] for line in paid(contract("90000000.00", "[share]"))] == [
        ("100010999999/2000100", round(exact)),
    ]
    assert round(exact) == 300_017_999_097_195


@pytest.mark.parametrize("times", ["[share, 1.12345679, 1.12345679]", "[share, 1.000001, share]"])
def test_a_chain_that_cannot_be_held_is_refused(times: str) -> None:
    """Two factors of nine digits more make a product above 128 bits, which would come out as 32.69."""
    with pytest.raises(
        pbr.EvaluationError, match="PBR401 a figure of 'line' has more digits than can be held; say with"
    ):
        small.run(contract("9000.00", times), people=THREE, events=TWO_JOBS, as_at="2025-12-31")
