"""Outcome kind ``measure``: what the members of a group come to together, counted over all of them."""

from __future__ import annotations

import enum
import re
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import frozen

from pbr.money import parse_ratio

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


class ChosenBy(enum.Enum):
    """Who chose whom of a frame to ask."""

    EVERYBODY = "everybody"
    RANDOM = "random"
    COMMISSIONER = "commissioner"
    PROVIDER = "provider"


@frozen(kw_only=True)
class Frame:
    """Who could be asked, fixed before anybody answers.

    Attributes:
        table: A child of the cohort's table: whoever has a row in it is in the frame.
        date: The date field of its rows.
        drawn: The day on which it is fixed, as known on that day: `period_start` or `period_end`, with ` + 14 days` or
            ` - 28 days` behind it. Nobody is asked, and no answer is given, before it.
        over: The days of the rows, up to the day on which it is drawn: those of the period, or a length of time.
        chosen_by: Who chose whom of it to ask: `everybody` is asked, those drawn at `random`, or whom the
            `commissioner` or the `provider` names.
    """

    table: str
    date: str
    drawn: str
    over: str = "period"
    chosen_by: ChosenBy


RESPONSE_FORMS = ("40%", "40% of frame", "40% of asked")
"""How the share is written that must have answered."""
_RESPONSE = re.compile(r"(\S+)(?: of (frame|asked))?")


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
            their date, and that of answers where ``of`` is a score of each answer; default none.
        over: ``period``, ``to_date`` (from the beginning of the term), or a length of time that ends with the period,
            such as ``12 months``; default ``period``.
        adverse: ``yes`` if to be met is bad, so that of whom it is unknown counts as met; default ``no``.
        asked: an outcome on one participant: who was asked; of answers also ``TABLE.FIELD``, a list of those asked
            and its date. Who was asked and is neither met nor not met has not answered and is left out; who was not
            asked is left out too; default none, and of answers then the whole frame.
        frame: of answers who could be asked: ``{table, date, drawn, over, chosen_by}``, fixed on the day ``drawn``
            (``period_start`` or ``period_end``, with ``+ 14 days`` or ``- 28 days``) from the rows of a table that are
            dated up to it, of the period or ``over`` a length of time, and known then; ``chosen_by`` is ``everybody``,
            ``random``, ``commissioner`` or ``provider``; default none.
        response: share of those asked, or with a frame of the frame, who must have answered, or there is no result;
            ``40% of asked`` and ``40% of frame`` say which; default none.
        weigh_by: of answers a grouping or text field: each of its labels weighs as in the frame; default none.
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
    frame: Frame | None = None
    response: str | None = None
    weigh_by: str | None = None
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

    @property
    def asked_field(self) -> tuple[str, str] | None:
        """The table of those who were asked and its date; None where an outcome says who was, or nothing does."""
        table, dot, name = (self.asked or "").partition(".")
        return (table, name) if dot else None

    @property
    def least_response(self) -> tuple[Fraction, bool] | None:
        """The share that must have answered, and whether of the frame, not of those asked; None if there is none."""
        found = None if self.response is None else _RESPONSE.fullmatch(" ".join(self.response.split()))
        share = None if found is None else parse_ratio(found[1])
        if found is None or share is None:
            return None
        return share, (found[2] or ("asked" if self.frame is None else "frame")) == "frame"

    @property
    def is_bad(self) -> bool:
        """Whether to be met is bad, so that of whom it is unknown counts as met."""
        return self.adverse in {"yes", "true"}

    @property
    def stays_open(self) -> bool:
        """Whether what becomes known later changes a figure that was fixed."""
        return self.reopens in {"yes", "true"}

    def reads(self) -> tuple[str, ...]:
        """The outcomes of its members; none of rows."""
        if self.row_field is not None:
            return ()
        days = [] if self.period_of in {None, "start"} or self.row_date else [str(self.period_of)]
        others = [name for name in (self.among, self.asked) if name is not None and "." not in name]
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
