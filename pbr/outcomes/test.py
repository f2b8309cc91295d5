"""Outcome kind ``test``: whether a figure of a group, or the bound of an interval around it, reaches a threshold."""

from __future__ import annotations

from fractions import Fraction  # noqa: TC003  # the worked example uses it
from typing import TYPE_CHECKING

from attrs import frozen

from pbr.confidence import By, is_beyond

if TYPE_CHECKING:
    from pbr.confidence import Counted


SIGNS = ("at_least", "above", "at_most", "below")


@frozen(kw_only=True)
class Test:
    """A figure of a group against a threshold, as it is or by the bound of its confidence interval.

    Meaning:
        It is met for each group whose figure, or the bound of whose interval, is on the right side of the threshold.

    Terms:
        of: an outcome of groups that is a number, such as a share.
        at_least: number, share, percentage points such as ``5pp``, or the name of a value or of an outcome of groups:
            met at this or more; default none, and then there is another.
        above: the same: met only beyond it; default none.
        at_most: the same: met at this or less; default none.
        below: the same: met only short of it; default none.
        by: ``value``; a bound of a Wilson interval of a share in words such as ``lower 95% two-sided`` or
            ``upper 99% one-sided``, and ``of asked`` behind it where those asked are all there are; ``lower`` or
            ``upper``, the ends that an estimate gives; or ``two_proportions 95% two-sided`` and ``two_rates 95%
            two-sided``: ``above`` or ``below`` another measure by more than chance; default ``value``.
        paid: ``no`` of a signpost, which is measured and reported, and on which no money depends; ``yes`` if some does;
            default what is so.

    Worked example:
        >>> Test(of="satisfied", at_least="85%").passes(Fraction(109, 116), Fraction(85, 100))
        True

    Edge of the rule:
        ``at_least`` and ``at_most`` are met where the figure or bound equals the threshold; ``above`` and ``below`` are
        not, nor is a difference of exactly so many standard errors.

    Source:
        docs/explanation/rules.md, rules 16 and 17.
    """

    __test__ = False  # no test of the software

    kind: str = "test"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    paid: str | None = None
    of: str
    at_least: str | None = None
    above: str | None = None
    at_most: str | None = None
    below: str | None = None
    by: str = "value"

    @property
    def signs(self) -> tuple[str, ...]:
        """The terms that say which side is right; there must be one."""
        return tuple(sign for sign in SIGNS if getattr(self, sign) is not None)

    @property
    def sign(self) -> str:
        """Which side is right."""
        return self.signs[0]

    @property
    def figure(self) -> str:
        """The threshold as it is written."""
        return str(getattr(self, self.sign))

    @property
    def figures(self) -> tuple[str, ...]:
        """Every threshold, as it is written."""
        return tuple(str(getattr(self, sign)) for sign in self.signs)

    @property
    def bound(self) -> By | None:
        """What is compared; None if the words cannot be read."""
        return By.parse(self.by)

    def reads(self) -> tuple[str, ...]:
        """The outcome that is tested, and what it is compared with if that is a name."""
        return (self.of, *(figure for figure in self.figures if figure[:1].islower()))

    def passes(
        self, value: Fraction, threshold: Fraction, counted: Counted | None = None, other: Counted | None = None
    ) -> bool:
        """Whether a figure is on the right side.

        Args:
            value: The figure, or the end of its interval that is compared.
            threshold: What it is compared with.
            counted: Of how many it is a share; needed for a bound.
            other: Of how many the other figure is a share; needed for a difference.
        """
        by = self.bound
        if by is None or by.side is None or by.is_given or counted is None:
            return is_beyond(value, threshold, self.sign)
        if by.is_difference:
            assert other is not None, "a difference is between two figures that are counted"
            return by.differ(counted, other, self.sign)
        return by.beyond(counted, threshold, self.sign)
