"""How sure a figure is: levels as published constants, and bounds compared exactly, by squaring.

No quantile function is called and no root is taken. The bounds of a Wilson interval around a share p of n are the two
thresholds t at which n(p - t)^2 = z^2 t(1 - t), so that a bound is compared with t by that inequality.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from attrs import field, frozen

Z_OF_LEVEL: Final = {
    "80%": Fraction("1.2816"),
    "90%": Fraction("1.6449"),
    "95%": Fraction("1.9600"),
    "98%": Fraction("2.3263"),
    "99%": Fraction("2.5758"),
    "99.8%": Fraction("3.0902"),
}
"""Two-sided, to the four decimals in which tables of the normal distribution print them."""

ONE_SIDED: Final = {"90%": "80%", "95%": "90%", "97.5%": "95%", "99%": "98%", "99.5%": "99%", "99.9%": "99.8%"}
"""The two-sided level that has the same z as a one-sided one."""

BY_FORMS = (
    "value",
    "lower 95% two-sided",
    "upper 99% one-sided",
    "lower z 1.96",
    "two_proportions 95% two-sided",
)
"""How what is compared is written."""
DIFFERENCES = ("two_proportions", "two_rates")
"""What says that a figure differs from another by more than chance."""
_BY = re.compile(
    r"(lower|upper|two_proportions|two_rates) (?:([0-9.]{1,5}%) (two|one)-sided|z ([0-9]{1,2}(?:\.[0-9]{1,28})?))"
    r"(?: of (asked|frame))?"
)


@frozen(kw_only=True)
class Counted:
    """Of how many a share is taken.

    Attributes:
        met: How many are met, from 0.
        counted: How many are counted, from 1.
        asked: How many were asked, those counted among them; None where nobody was.
        frame: How many could be asked, those who were among them; None where that is not said.
        weighted: The share in which groups weigh as in the frame; None where each answer weighs the same.
        worth: Of how many answers that weigh the same it is worth; None where each does.
    """

    met: int
    counted: int
    asked: int | None = None
    frame: int | None = None
    weighted: Fraction | None = None
    worth: Fraction | None = None

    @property
    def share(self) -> Fraction:
        """The share itself."""
        return Fraction(self.met, self.counted) if self.weighted is None else self.weighted

    @property
    def size(self) -> Fraction:
        """How many answers that weigh the same it rests on."""
        return Fraction(self.counted) if self.worth is None else self.worth


@frozen
class By:
    """What of a figure is compared: itself, a bound of an interval around it, or its difference from another.

    Attributes:
        side: ``lower`` or ``upper``, or one of ``DIFFERENCES``; None for the figure itself.
        z: How many standard errors a bound is away, or a difference must be; None for the ends an evaluator gives.
        of: ``asked`` or ``frame`` where these are all there are, so that the more of them are counted the less is left
            to chance; empty where there are any number.
    """

    side: str | None = field(default=None)
    z: Fraction | None = field(default=Fraction(0))
    of: str = field(default="")

    def all_there_are(self, share: Counted) -> int | None:
        """How many there are in all; None where there are any number."""
        return {"asked": share.asked, "frame": share.frame}.get(self.of)

    @property
    def is_difference(self) -> bool:
        """Whether it is about the difference between two figures."""
        return self.side in DIFFERENCES

    @property
    def is_given(self) -> bool:
        """Whether it is an end of an interval that an evaluator gives."""
        return self.z is None

    @property
    def is_bound(self) -> bool:
        """Whether it is a bound of an interval around a share."""
        return self.side is not None and not self.is_difference and not self.is_given

    @classmethod
    def parse(cls, text: str) -> By | None:
        """What is compared, written like one of ``BY_FORMS``, or None.

        Example:
            >>> By.parse("lower 95% two-sided").z, By.parse("lower 97.5% one-sided") == By.parse("lower 95% two-sided")
            (Fraction(49, 25), True)
        """
        words = " ".join(text.split())
        if words == "value":
            return cls()
        if words in {"lower", "upper"}:
            return cls(words, None)
        found = _BY.fullmatch(words)
        if found is None or (found[5] and found[1] in DIFFERENCES):
            return None
        if found[4]:
            z = Fraction(found[4])
            return cls(found[1], z, found[5] or "") if z else None
        level = found[2] if found[3] == "two" else ONE_SIDED.get(found[2], "")
        return cls(found[1], Z_OF_LEVEL[level], found[5] or "") if level in Z_OF_LEVEL else None

    def differ(self, one: Counted, other: Counted, sign: str) -> bool:
        """Whether one share, or rate, is above or below another by more than so many standard errors.

        The standard error is that of the difference as if both were the same: of shares p(1 - p)(1/n + 1/m), of rates
        r(1/n + 1/m), where p or r is that of both together; squared, so that no root is taken.

        Args:
            one: The one.
            other: The other.
            sign: ``above`` or ``below``.

        Example:
            >>> by = By.parse("two_proportions 95% two-sided")
            >>> [by.differ(Counted(met=met, counted=100), Counted(met=40, counted=100), "above") for met in (53, 54)]
            [False, True]
        """
        apart = one.share - other.share
        if apart == 0 or (apart > 0) is not (sign == "above"):
            return False
        both = share_of_both(one, other)
        spread = both * (1 - both) if self.side == "two_proportions" else both
        parts = Fraction(1) / one.size + Fraction(1) / other.size
        assert self.z is not None, "a difference has a level"
        return apart**2 > self.z**2 * spread * parts

    def beyond(self, share: Counted, threshold: Fraction, sign: str) -> bool:
        """Whether the bound is on one side of a threshold.

        Args:
            share: The share the interval is around.
            threshold: What its bound is compared with.
            sign: ``at_least``, ``above``, ``at_most`` or ``below``.
        """
        if self.all_there_are(share) == share.counted:  # everybody has answered, so nothing is left to chance
            return is_beyond(share.share, threshold, sign)
        if sign == "at_least":
            return self._reaches(share, threshold)
        if sign == "below":
            return not self._reaches(share, threshold)
        return self._exceeds(share, threshold) if sign == "above" else not self._exceeds(share, threshold)

    def _reaches(self, share: Counted, threshold: Fraction) -> bool:
        """Whether the bound is the threshold or more."""
        if self.side == "lower":  # which is below 1 whatever the share
            return threshold <= 0 or (threshold < 1 and share.share >= threshold and self._apart(share, threshold) >= 0)
        return threshold <= 1 and (threshold <= share.share or threshold <= 0 or self._apart(share, threshold) <= 0)

    def _exceeds(self, share: Counted, threshold: Fraction) -> bool:
        """Whether the bound is more than the threshold."""
        if self.side == "lower":
            return threshold < 0 or (threshold < 1 and share.share > threshold and self._apart(share, threshold) > 0)
        return threshold < 1 and (threshold <= 0 or threshold < share.share or self._apart(share, threshold) < 0)

    def _apart(self, share: Counted, threshold: Fraction) -> Fraction:
        """Above 0 if the threshold lies outside of the interval, 0 on a bound of it, and below 0 inside."""
        assert self.z is not None, "a bound that is worked out has a level"
        above, below, number = share.size, Fraction(1), self.all_there_are(share)
        if number is not None:  # n(N - 1)/(N - n) in the place of n, both sides times N - n
            above, below = share.size * (number - 1), number - share.size
        return above * (share.share - threshold) ** 2 - self.z**2 * threshold * (1 - threshold) * below

    def bound(self, share: Counted, places: int = 6) -> Fraction:
        """The bound to so many decimals, the last of which is cut: what is shown, and never compared.

        Example:
            >>> str(By.parse("lower 95% two-sided").bound(Counted(met=109, counted=116)))
            '440329/500000'
        """
        low, high = -1, 10**places + 1  # the bound reaches the one and not the other
        while high - low > 1:
            middle = (low + high) // 2
            reached = self.beyond(share, Fraction(middle, 10**places), "at_least")
            low, high = (middle, high) if reached else (low, middle)
        return Fraction(low, 10**places)


def share_of_both(one: Counted, other: Counted) -> Fraction:
    """The share, or rate, of two figures together, each with as many answers as it is worth.

    Example:
        >>> str(share_of_both(Counted(met=3, counted=4), Counted(met=1, counted=4)))
        '1/2'
    """
    return Fraction(one.share * one.size + other.share * other.size) / (one.size + other.size)


def is_beyond(value: Fraction, threshold: Fraction, sign: str) -> bool:
    """Whether a figure is on one side of a threshold.

    Args:
        value: The figure.
        threshold: What it is compared with.
        sign: ``at_least``, ``above``, ``at_most`` or ``below``.
    """
    if sign in {"at_least", "below"}:
        return (value >= threshold) is (sign == "at_least")
    return (value > threshold) is (sign == "above")
