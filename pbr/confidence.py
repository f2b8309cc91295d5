"""How many standard errors make a level of confidence: published constants, never a quantile function."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

Z_OF_LEVEL: Final = {
    "80%": Fraction("1.2816"),
    "90%": Fraction("1.6449"),
    "95%": Fraction("1.9600"),
    "98%": Fraction("2.3263"),
    "99%": Fraction("2.5758"),
    "99.8%": Fraction("3.0902"),
}
"""Two-sided, to the four decimals in which tables of the normal distribution print them."""
