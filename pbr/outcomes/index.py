"""Outcome kind ``index``: figures weighed into one, and what becomes of the weight of one that is missing."""

from __future__ import annotations

import enum
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence


class WhenMissing(enum.Enum):
    """What becomes of the weight of a part that has no figure."""

    SHARE_OUT = "share_out"
    NIL = "nil"
    NONE = "none"


@frozen
class Parts:
    """What an index weighs: one outcome for each label of the key of its weights, or a list of outcomes.

    Attributes:
        names: The outcomes.
        one: Whether it is one for each label.
    """

    names: tuple[str, ...]
    one: bool = False


@frozen(kw_only=True)
class Index:
    """Several figures of a group weighed into one, such as the quality scores of a clinic.

    Meaning:
        Each part counts by its weight; the weight of a part without a figure is shared out, counts nothing, or leaves
        no figure at all, as ``when_missing`` says.

    Terms:
        of: an outcome of groups, one part for each label of the key of its weights, or a list of outcomes of groups.
        weights: name of a value of shares that add up to 1: by a key of the groups of ``of``, or for a list
            ``by: outcome``.
        when_missing: ``share_out``: the weights of the others are raised in proportion; ``nil``: it counts as 0; or
            ``none``: the index has no figure; default ``none``.
        fewest: whole number: with fewer parts that have a figure there is none; default ``1``.
        round: whole number of decimals to which the figure is rounded, by the contract's mode; default none.
        paid: ``no`` of a signpost, which is measured and reported, and on which no money depends; ``yes`` if some does;
            default what is so.

    Worked example:
        >>> Index(of=Parts(("a", "b")), weights="w", when_missing=WhenMissing.SHARE_OUT).weighed(
        ...     [Fraction(1, 4), Fraction(3, 4)], [Fraction(80), None]
        ... )
        Fraction(80, 1)

    Edge of the rule:
        Of weights 25%, 25% and 50% with the last part missing, the others count 50% each if it is shared out, and 25%
        each if it is nil. A test counts 1 if it is met and 0 if not; neither is missing. A figure
        off its scale has no points, and is missing.

    Source:
        docs/explanation/rules.md, rules 8 and 11.
    """

    kind: str = "index"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    paid: str | None = None
    of: Parts
    weights: str
    when_missing: WhenMissing = WhenMissing.NONE
    fewest: str = "1"
    round: str | None = None

    def reads(self) -> tuple[str, ...]:
        """Its parts."""
        return self.of.names

    def weighed(self, weights: Sequence[Fraction], figures: Sequence[Fraction | None]) -> Fraction | None:
        """The exact figure; None where there is none.

        Args:
            weights: The weight of each part.
            figures: The figure of each, None for one that is missing.
        """
        there = [(weight, figure) for weight, figure in zip(weights, figures, strict=True) if figure is not None]
        missing = len(there) < len(figures)
        if len(there) < int(self.fewest) or (missing and self.when_missing is WhenMissing.NONE):
            return None
        whole = sum((weight * figure for weight, figure in there), Fraction(0))
        if self.when_missing is WhenMissing.NIL:
            return whole
        left = sum((weight for weight, _ in there), Fraction(0))
        return whole / left if left else None
