"""Money: parsing, exact ratios, the one rounding, and how amounts are written."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbr.money import (
    CURRENCY_DIGITS,
    Rounding,
    format_minor,
    parse_minor,
    parse_ratio,
    round_minor,
    show_money,
)
from tests.profiles import integer_law

WHOLES = st.integers(-(10**20), 10**20)
FRACTIONS = st.fractions()


@pytest.mark.parametrize(
    ("exact", "up", "even"),
    [
        ("0", 0, 0),
        ("1/2", 1, 0),
        ("-1/2", -1, 0),
        ("3/2", 2, 2),
        ("-3/2", -2, -2),
        ("5/2", 3, 2),
        ("-5/2", -3, -2),
        ("49/100", 0, 0),
        ("51/100", 1, 1),
        ("-51/100", -1, -1),
        ("249999999999999999999999/100000000000000000000000", 2, 2),
        ("250000000000000000000001/100000000000000000000000", 3, 3),
    ],
)
def test_halves_go_where_the_mode_says(exact: str, up: int, even: int) -> None:
    """A half goes away from nought or to the even neighbour, alike on both sides; all else to the nearest."""
    assert round_minor(Fraction(exact), Rounding.HALF_UP) == up
    assert round_minor(Fraction(exact), Rounding.HALF_EVEN) == even


@integer_law
@given(FRACTIONS)
def test_rounding_is_nearest_and_symmetrical(exact: Fraction) -> None:
    """No whole number is nearer, the modes differ only at a half, and the sign changes nothing else."""
    for mode in Rounding:
        found = round_minor(exact, mode)
        assert abs(found - exact) <= Fraction(1, 2)
        assert round_minor(-exact, mode) == -found
        assert round_minor(Fraction(found), mode) == found
    assert round_minor(exact, Rounding.HALF_EVEN) == round(exact)
    at_half = exact.denominator == 2
    differ = round_minor(exact, Rounding.HALF_UP) != round_minor(exact, Rounding.HALF_EVEN)
    assert differ == (at_half and abs(exact.numerator) // 2 % 2 == 0)


@pytest.mark.parametrize(
    ("text", "digits", "minor"),
    [
        ("1250.00", 2, 125000),
        ("1250", 2, 125000),
        ("0.5", 2, 50),
        ("-3.5", 2, -350),
        ("007", 2, 700),
        ("12", 0, 12),
        ("1.234", 3, 1234),
        ("1.234", 2, None),
        ("12.0", 0, None),
        ("1.000", 2, None),
        ("", 2, None),
        (".5", 2, None),
        ("5.", 2, None),
        ("1e3", 2, None),
        ("1,000", 2, None),
        ("£5", 2, None),
        ("+5", 2, None),
        ("5 ", 2, None),
        ("--5", 2, None),
        ("999999999999999999", 2, 99999999999999999900),
        ("1000000000000000000", 2, None),
    ],
)
def test_amounts_are_exact_or_refused(text: str, digits: int, minor: int | None) -> None:
    """An amount is plain digits with no more decimals than the currency has; nothing is rounded or guessed."""
    assert parse_minor(text, digits) == minor


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("5/6", Fraction(5, 6)),
        ("-5/6", Fraction(-5, 6)),
        ("10/4", Fraction(5, 2)),
        ("94%", Fraction(47, 50)),
        ("0.5%", Fraction(1, 200)),
        ("1.2", Fraction(6, 5)),
        ("-1.2", Fraction(-6, 5)),
        ("3", Fraction(3)),
        ("5/0", None),
        ("5/-6", None),
        ("/6", None),
        ("5/", None),
        ("1.5/2", None),
        ("1/2/3", None),
        ("%", None),
        ("94%%", None),
        ("50 %", None),
        (".5", None),
        ("5/6%", None),
        ("", None),
        ("nan", None),
    ],
)
def test_ratios_are_exact_or_refused(text: str, ratio: Fraction | None) -> None:
    """A ratio is a fraction, a percentage or a decimal, and stays exact."""
    assert parse_ratio(text) == ratio


@pytest.mark.parametrize(
    ("minor", "digits", "text"),
    [
        (0, 2, "0.00"),
        (5, 2, "0.05"),
        (-5, 2, "-0.05"),
        (123456, 2, "1234.56"),
        (-100, 2, "-1.00"),
        (7, 0, "7"),
        (-7, 0, "-7"),
        (1, 3, "0.001"),
        (10**20, 2, "1000000000000000000.00"),
    ],
)
def test_minor_units_are_written_exactly(minor: int, digits: int, text: str) -> None:
    """Files hold plain decimal text with all the digits of the currency."""
    assert format_minor(minor, digits) == text


@integer_law
@given(WHOLES, st.sampled_from(sorted(set(CURRENCY_DIGITS.values()))))
def test_writing_and_reading_an_amount_agree(minor: int, digits: int) -> None:
    """What is written is read back as the same minor units, as long as it may be written at all."""
    text = format_minor(minor, digits)
    if len(text.lstrip("-").partition(".")[0]) <= 18:
        assert parse_minor(text, digits) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (123456789, "GBP", "£1,234,567.89"),
        (-1, "GBP", "-£0.01"),
        (100, "EUR", "€1.00"),
        (99999, "USD", "$999.99"),
        (-500, "JPY", "-JPY 500"),
        (1000001, "KWD", "KWD 1,000.001"),
    ],
)
def test_amounts_are_shown_as_people_read_them(minor: int, currency: str, text: str) -> None:
    """Shown amounts have a sign of currency, thousands separators and the currency's own digits."""
    assert show_money(minor, currency) == text


def test_currencies_have_the_digits_of_iso_4217() -> None:
    """Pounds have two digits, yen none, Kuwaiti dinars three, and every code is three capitals."""
    assert [CURRENCY_DIGITS[code] for code in ("GBP", "JPY", "KWD", "CLF")] == [2, 0, 3, 4]
    assert all(len(code) == 3 and code.isupper() for code in CURRENCY_DIGITS)
    assert set(CURRENCY_DIGITS.values()) == {0, 2, 3, 4}
