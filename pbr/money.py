"""Money in whole minor units, exact ratios, and the one place where anything is rounded.

Money is an ``int`` of minor units (pence); everything between is ``Fraction``. There is no float and no
``decimal`` context anywhere.
"""

from __future__ import annotations

import enum
import re
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# ISO 4217, the number of digits after the point of the currencies in use; published by SIX as list one.
_DIGITS_OTHER_THAN_2 = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DIGITS_2 = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP "
    "CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES "
    "KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK "
    "NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB "
    "TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG"
)
CURRENCY_DIGITS: dict[str, int] = dict.fromkeys(_DIGITS_2.split(), 2) | {
    code: digits for digits, codes in _DIGITS_OTHER_THAN_2.items() for code in codes.split()
}

MOST_MINOR = 10**15
"""The largest single amount a contract may write, in minor units; sums are taken in 128 bits."""

_SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}
_AMOUNT = re.compile(r"(-?)([0-9]{1,18})(?:\.([0-9]+))?")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")


class Rounding(enum.Enum):
    """How a half is rounded; both are symmetrical about zero.

    Example:
        >>> [round_minor(Fraction(n, 2), Rounding.HALF_UP) for n in (-3, -1, 1, 3)]
        [-2, -1, 1, 2]
        >>> [round_minor(Fraction(n, 2), Rounding.HALF_EVEN) for n in (-3, -1, 1, 3)]
        [-2, 0, 0, 2]
    """

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"


def round_minor(exact: Fraction, rounding: Rounding) -> int:
    """The whole number nearest to ``exact``; halves away from zero, or to the even neighbour."""
    sign = -1 if exact < 0 else 1
    whole, rest = divmod(abs(exact).numerator, exact.denominator)
    twice = 2 * rest - exact.denominator
    up = twice > 0 or (twice == 0 and (rounding is Rounding.HALF_UP or whole % 2 == 1))
    return sign * (whole + up)


def divide_minor(whole: int, weights: Sequence[Fraction]) -> tuple[int, ...]:
    """Whole minor units in proportion to weights, which add up to the whole: by largest remainder, ties in order.

    Each part is cut to whole units; those whose rest is largest have one more, until nothing is left.

    Args:
        whole: From 0.
        weights: From 0, and not all of them 0.

    Example:
        >>> divide_minor(100, [Fraction(1), Fraction(1), Fraction(1)])
        (34, 33, 33)
        >>> divide_minor(1600000, [Fraction(33), Fraction(80), Fraction(32)])
        (364138, 882759, 353103)
    """
    total = sum(weights, Fraction(0))
    exact = [whole * weight / total for weight in weights]
    parts = [share.numerator // share.denominator for share in exact]
    by_rest = sorted(range(len(parts)), key=lambda place: parts[place] - exact[place])  # the largest rest first
    for place in by_rest[: whole - sum(parts)]:
        parts[place] += 1
    return tuple(parts)


def parse_minor(text: str, digits: int) -> int | None:
    """Minor units of an amount written plainly, or None if it is not one.

    Args:
        text: An amount such as ``1250.00`` or ``-3.5``; no signs of currency, no thousands separators.
        digits: Digits after the point of the currency; more than these are refused, never rounded.

    Example:
        >>> parse_minor("12.5", 2), parse_minor("12.345", 2), parse_minor("1e3", 2)
        (1250, None, None)
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return None
    sign, whole, part = match[1], match[2], match[3] or ""
    if len(part) > digits:
        return None
    minor: int = int(whole) * 10**digits + int(part.ljust(digits, "0") or "0")
    return -minor if sign else minor


def parse_ratio(text: str) -> Fraction | None:
    """An exact ratio written as ``5/6``, ``94%`` or ``1.2``, or None.

    Example:
        >>> parse_ratio("5/6"), parse_ratio("94%"), parse_ratio("1.20")
        (Fraction(5, 6), Fraction(47, 50), Fraction(6, 5))
    """
    if "/" in text:
        above, _, below = text.partition("/")
        if re.fullmatch(r"-?[0-9]{1,18}", above) and re.fullmatch(r"[0-9]{1,18}", below) and int(below):
            return Fraction(int(above), int(below))
        return None
    number = text.removesuffix("%")
    if not _DECIMAL.fullmatch(number):
        return None
    return Fraction(number) / (100 if text.endswith("%") else 1)


def format_minor(minor: int, digits: int) -> str:
    """Plain exact decimal text of minor units, as written into files.

    Example:
        >>> format_minor(-5, 2), format_minor(123456, 2), format_minor(7, 0)
        ('-0.05', '1234.56', '7')
    """
    sign = "-" if minor < 0 else ""
    if digits == 0:
        return f"{sign}{abs(minor)}"
    whole, part = divmod(abs(minor), 10**digits)
    return f"{sign}{whole}.{part:0{digits}d}"


def show_money(minor: int, currency: str) -> str:
    """An amount as people read it, with thousands separators.

    Example:
        >>> show_money(123456789, "GBP"), show_money(-500, "JPY")
        ('£1,234,567.89', '-JPY 500')
    """
    digits = CURRENCY_DIGITS[currency]
    whole, part = divmod(abs(minor), 10**digits)
    name = _SIGNS.get(currency) or f"{currency} "
    return f"{'-' if minor < 0 else ''}{name}{whole:,}" + (f".{part:0{digits}d}" if digits else "")


def plain_number(value: Fraction) -> str:
    """Exact decimal text of a number that has one, with no more places than it needs.

    Example:
        >>> plain_number(Fraction(-5, 4)), plain_number(Fraction(12))
        ('-1.25', '12')
    """
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    digits = f"{abs(int(value * 10**places)):0{places + 1}d}"
    whole, part = digits[: len(digits) - places], digits[len(digits) - places :]
    return ("-" if value < 0 else "") + whole + (f".{part}" if part else "")


def plain(value: Fraction | int) -> str:
    """Exact text of a number: as a decimal, or as a fraction where it has none.

    Example:
        >>> plain(Fraction(5, 2)), plain(Fraction(64, 3))
        ('2.5', '64/3')
    """
    rest = Fraction(value).denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return plain_number(Fraction(value)) if rest == 1 else str(value)
