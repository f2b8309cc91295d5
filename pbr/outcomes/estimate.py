"""Outcome kind ``estimate``: a figure that an evaluator gives for each group, in the newest version known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from fractions import Fraction


@frozen(kw_only=True)
class Estimate:
    """A figure that somebody outside of the scheme has worked out for each group, such as an effect against a control.

    Meaning:
        The figure of each group is the one in its row; a later version takes the place of an earlier one.

    Terms:
        table: a table whose rows are neither subjects nor theirs.
        value: a number, share or amount of that table.
        low: the lower end of its interval, a field of the same kind; default none.
        high: the upper end; default none.
        per: list of ``provider``, text fields with declared words of that table, and at most one period; default one
            group for the whole contract.
        pooled: a word of a text field under ``per`` that stands for all of its groups together: its figure is that of
            ``NAME.pooled``, and is of no group of its own; default none.
        date: the date field by which a row is of a period, and on which the figure is achieved; default the only one.
        version: a whole number of the table: of several rows for a group the one with the greatest counts; default
            none, and then two rows for a group leave it unknown.
        round: whole number of decimals to which the figure is rounded, by the contract's mode; default none.
        paid: ``no`` of a signpost, which is measured and reported, and on which no money depends; ``yes`` if some does;
            default what is so.

    Worked example:
        >>> Estimate(table="assessor", value="fall", per=("group",), pooled="all").pooled
        'all'

    Edge of the rule:
        A version recorded on the as-at date counts, one recorded or dated on the next day does not yet. While no row
        is known the figure is pending; one of a day outside the term is not met.

    Source:
        docs/explanation/rules.md, rules 4, 5, 7 and 11.
    """

    kind: str = "estimate"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    paid: str | None = None
    table: str
    value: str
    low: str | None = None
    high: str | None = None
    per: tuple[str, ...] = ()
    pooled: str | None = None
    date: str | None = None
    version: str | None = None
    round: str | None = None

    def reads(self) -> tuple[str, ...]:
        """No outcome."""
        return ()


@frozen(kw_only=True)
class Interval:
    """The ends of the interval around an estimate.

    Attributes:
        low: Its lower end, or None.
        high: Its upper end, or None.
    """

    low: Fraction | None
    high: Fraction | None
