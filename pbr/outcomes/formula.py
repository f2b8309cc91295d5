"""Outcome kind ``formula``: a figure of a group reckoned from other figures of groups and from values."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING

from attrs import frozen

from pbr.condition import Kind
from pbr.condition.syntax import RESERVED_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from pbr.condition import FieldRef, Formula

_NAMES = re.compile(r"'[^']*'|[a-z][a-z0-9_]*(?:\.[A-Za-z0-9_]+)?")


class FigureUnit(enum.Enum):
    """What the figure of a formula is."""

    NUMBER = "number"
    SHARE = "share"
    POINTS = "points"
    MONEY = "money"

    @property
    def kind(self) -> Kind:
        """As conditions know it."""
        kinds = {"share": Kind.SHARE, "points": Kind.POINTS, "money": Kind.MONEY}
        return kinds.get(self.value, Kind.NUMBER)


@frozen(kw_only=True)
class OfFigures:
    """A figure for each group, reckoned exactly from outcomes of groups, values and numbers.

    Meaning:
        The figure of each group is reckoned exactly as the formula says, and rounded only where ``round`` says so.

    Terms:
        value: text with ``+ - * /``, brackets, CASE and the functions ``least greatest round floor abs ifnone`` over
            names of outcomes of groups, of values (by date, that of the first day of the period), and ``value.label``
            for one figure of a value by labels.
        per: list of ``provider``, groupings, text fields with declared words, and at most one period; default the
            finest of the outcomes that it names.
        unit: ``number``, ``share``, ``points`` (percentage points: a share less another, times 100) or ``money``
            (in whole units, such as pounds); default ``number``.
        round: whole number of decimals to which the figure is rounded, by the contract's mode; default none.

    Worked example:
        >>> OfFigures(value="greatest(0, jobs - 1.3 * rate.g1 * referred)").names
        ('jobs', 'rate.g1', 'referred')

    Edge of the rule:
        A division by 0, or a part that has no figure, gives no figure, and nothing is paid; ``ifnone(part, 0)`` says
        what is meant if it should. A part that is pending makes the whole pending.

    Source:
        docs/explanation/rules.md, rules 19 and 20.
    """

    kind: str = "formula"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    value: str
    per: tuple[str, ...] = ()
    unit: FigureUnit = FigureUnit.NUMBER
    round: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What could be names of outcomes and values in it, each once, in order."""
        words = [found for found in _NAMES.findall(self.value) if found[:1] != "'"]
        called = re.findall(r"([a-z][a-z0-9_]*)\s*\(", self.value)
        return tuple(word for word in dict.fromkeys(words) if word not in {*RESERVED_WORDS, *called})

    def reads(self) -> tuple[str, ...]:
        """The outcomes of groups that it is reckoned from, among names of other things."""
        return self.names

    def figure(self, formula: Formula, row: Mapping[FieldRef, object]) -> Fraction | None:
        """The figure, in percentage points or whole units of money if it is so; None where there is none.

        Args:
            formula: Its text, read and typed.
            row: What each of its names is.
        """
        from pbr.condition import formula_to_python

        found = formula_to_python(formula)(row)
        shares = self.unit is FigureUnit.POINTS and formula.unit is Kind.SHARE
        return found * 100 if found is not None and shares else found
