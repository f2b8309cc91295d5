"""Outcome kind ``measure``: what the members of a group come to together, counted over all of them."""

from __future__ import annotations

import enum
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence


class Took(enum.Enum):
    """What is taken of the members of a group."""

    COUNT = "count"
    SHARE = "share"
    SUM = "sum"
    MEAN = "mean"
    MEDIAN = "median"
    ALL = "all"
    ANY = "any"
    N = "n"

    @property
    def of_values(self) -> bool:
        """Whether it is taken of values, and not of who is met."""
        return self in {Took.SUM, Took.MEAN, Took.MEDIAN}

    @property
    def is_test(self) -> bool:
        """Whether it is met or not, and no number."""
        return self in {Took.ALL, Took.ANY}


@frozen(kw_only=True)
class Measure:
    """A share, number, sum or average over the members of each group, such as those of a provider in a quarter.

    Meaning:
        The members of each group are counted afresh: how many are met, out of how many; rates are never averaged.

    Terms:
        of: an outcome on one participant, which must have a value for ``sum``, ``mean`` and ``median``; or
            ``TABLE.FIELD``: a field of the rows of a table, a number or amount, or a yes or no.
        take: ``count``, ``share``, ``sum``, ``mean``, ``median``, ``all``, ``any`` or ``n``; default ``share``.
        among: an outcome that a participant must have met to be counted; default everybody in the cohort.
        per: list of ``provider``, groupings, text fields with declared words, and at most one period; default one
            group for the whole contract.
        period_of: ``start``, or an outcome: the day that puts a participant into a period; of rows ``TABLE.FIELD``,
            their date; default none.
        over: ``period``, ``to_date`` (from the beginning of the term), or a length of time that ends with the period,
            such as ``12 months``; default ``period``.
        adverse: ``yes`` if to be met is bad, so that of whom it is unknown counts as met; default ``no``.
        asked: an outcome on one participant: who was asked. Who was asked and is neither met nor not met has not
            answered and is left out; who was not asked is left out too; default none.
        response: share of those asked who must have answered, or there is no result; default none.
        fewest: whole number: with fewer counted there is no result; default none.
        settles: a date, or a time after ``period_end`` such as ``period_end + 18 months``: the figure is fixed as it
            is known then; default the first day, not before the period's last, on which no window of a member is open.
        reopens: ``yes`` if what becomes known later changes the figure; default ``no``.
        round: whole number of decimals to which the figure is rounded, by the contract's mode; default none.
        paid: ``no`` of a signpost, which is measured and reported, and on which no money depends; ``yes`` if some does;
            default what is so.

    Worked example:
        >>> Measure(of="job").taken(met=34, counted=200)
        Fraction(17, 100)

    Edge of the rule:
        Two groups of 1 out of 2 and 1 out of 8 have together 2 out of 10, which is 20%, not the mean of 50% and 12.5%.
        Of rows an empty field leaves a sum, mean or median unknown, and no row at all is no result: what is missing is
        not nothing.

    Source:
        docs/explanation/rules.md, rules 9 to 12 and 15.
    """

    kind: str = "measure"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    paid: str | None = None
    of: str
    take: Took = Took.SHARE
    among: str | None = None
    per: tuple[str, ...] = ()
    period_of: str | None = None
    over: str = "period"
    adverse: str = "no"
    asked: str | None = None
    response: str | None = None
    fewest: str | None = None
    settles: str | None = None
    reopens: str = "no"
    round: str | None = None

    @property
    def row_field(self) -> tuple[str, str] | None:
        """The table and the field whose rows are measured; None where it measures an outcome."""
        table, dot, name = self.of.partition(".")
        return (table, name) if dot else None

    @property
    def row_date(self) -> str | None:
        """The date field that puts a row into a period, or None."""
        return None if self.period_of is None else self.period_of.partition(".")[2] or None

    def reads(self) -> tuple[str, ...]:
        """The outcomes of its members; none of rows."""
        if self.row_field is not None:
            return ()
        days = [] if self.period_of in {None, "start"} else [str(self.period_of)]
        others = [name for name in (self.among, self.asked) if name is not None]
        return tuple(dict.fromkeys([self.of, *others, *days]))

    def taken(self, met: int, counted: int, values: Sequence[Fraction] = ()) -> Fraction | None:
        """The exact figure of one group, 1 or 0 for ``all`` and ``any``; None where there is none, such as 0 of 0.

        Args:
            met: How many members are met.
            counted: How many are counted.
            values: The value of each that is met.
        """
        whole = {Took.COUNT: Fraction(met), Took.N: Fraction(counted), Took.SUM: sum(values, Fraction(0))}
        if self.take in whole:
            return whole[self.take]
        if counted == 0 or (self.take.of_values and not values):
            return None
        if self.take.of_values:
            return median(values) if self.take is Took.MEDIAN else sum(values, Fraction(0)) / len(values)
        if self.take is Took.SHARE:
            return Fraction(met, counted)
        return Fraction(met == counted if self.take is Took.ALL else met > 0)


def median(values: Sequence[Fraction]) -> Fraction:
    """The middle value, or the mean of the middle two."""
    found: list[Fraction] = sorted(values)
    middle = len(found) // 2
    return found[middle] if len(found) % 2 else (found[middle - 1] + found[middle]) / 2
