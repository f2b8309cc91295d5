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

BY_FORMS = ("value", "lower 95% two-sided", "upper 99% one-sided", "lower z 1.96")
"""How what is compared is written."""
_BY = re.compile(r"(lower|upper) (?:([0-9.]{1,5}%) (two|one)-sided|z ([0-9]{1,2}(?:\.[0-9]{1,28})?))")


@frozen(kw_only=True)
class Counted:
    """Of how many a share is taken.

    Attributes:
        met: How many are met, from 0.
        counted: How many are counted, from 1.
    """

    met: int
    counted: int

    @property
    def share(self) -> Fraction:
        """The share itself."""
        return Fraction(self.met, self.counted)


@frozen
class By:
    """What of a figure is compared: the figure itself, or a bound of a Wilson interval around a share.

    Attributes:
        side: ``lower`` or ``upper``; None for the figure itself.
        z: How many standard errors the bound is away.
    """

    side: str | None = field(default=None)
    z: Fraction = field(default=Fraction(0))

    @classmethod
    def parse(cls, text: str) -> By | None:
        """What is compared, written like one of ``BY_FORMS``, or None.

        Example:
            >>> By.parse("lower 95% two-sided"), By.parse("lower 97.5% one-sided") == By.parse("lower 95% two-sided")
            (By(side='lower', z=Fraction(49, 25)), True)
        """
        words = " ".join(text.split())
        if words == "value":
            return cls()
        found = _BY.fullmatch(words)
        if found is None:
            return None
        if found[4]:
            z = Fraction(found[4])
            return cls(found[1], z) if z else None
        level = found[2] if found[3] == "two" else ONE_SIDED.get(found[2], "")
        return cls(found[1], Z_OF_LEVEL[level]) if level in Z_OF_LEVEL else None

    def beyond(self, share: Counted, threshold: Fraction, sign: str) -> bool:
        """Whether the bound is on one side of a threshold.

        Args:
            share: The share the interval is around.
            threshold: What its bound is compared with.
            sign: ``at_least``, ``above``, ``at_most`` or ``below``.
        """
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
        return share.counted * (share.share - threshold) ** 2 - self.z**2 * threshold * (1 - threshold)

    def bound(self, share: Counted, places: int = 6) -> Fraction:
        """The bound to so many decimals, the last of which is cut: what is shown, and never compared.

        Example:
            >>> str(By.parse("lower 95% two-sided").bound(Counted(met=109, counted=116)))
            '440329/500000'
        """
        low, high = -1, 10**places + 1  # the bound reaches the one and not the other
        while high - low > 1:
            middle = (low + high) // 2
            reached = self._reaches(share, Fraction(middle, 10**places))
            low, high = (middle, high) if reached else (low, middle)
        return Fraction(low, 10**places)
