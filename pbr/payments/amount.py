"""Payment kind ``amount``: a sum for each group, or a share of another payment."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, ClassVar

from attrs import frozen

from pbr.grouped import group_lines
from pbr.instalments import ONE_PART, Instalments
from pbr.priced import FallsIn

if TYPE_CHECKING:
    import polars as pl

    from pbr.lines import Paying


class BelowZero(enum.Enum):
    """What becomes of a product below nothing."""

    TAKES = "takes"
    NOTHING = "nothing"


@frozen(kw_only=True)
class Amount:
    """A sum for each group, as it is or multiplied, such as a bonus, a repayment, or a credit of a share of a payment.

    Meaning:
        Each group is paid the sum times every factor, exactly, and rounded once; with ``takes`` that is taken from it.

    Terms:
        amount: money, the name of a value, of an outcome of groups that is money, or of another payment: then the sum
            of its lines before any adjustment, of the same provider and period; where it has none there is no line.
        pays_for: an outcome of groups that must be met; default none, and then it is for every group.
        times: list of ratios, names of values, or outcomes of groups: the figure of one that is a number, and of one
            that is met or not 1 or 0; default none.
        per: list of ``provider``, groupings, text fields with declared words, and at most one period; default the
            finest groups of the outcomes named; it says the groups where none is.
        takes: ``yes`` if the payment takes money instead of giving it; default ``no``.
        below_zero: ``takes``: a product below nothing has the sign that it has, or ``nothing``: it counts as nothing,
            and the line says so; default ``takes``.
        price_on: ``achieved`` (the last day of the period of the group), ``start`` (its first), ``known`` or
            ``contract_to``: the day whose figures hold; default ``achieved``.
        falls_in: ``achieved``, ``known`` or ``due``: the day that decides the period and the cap; default ``achieved``.
        due: text such as ``15 working days after achieved``: when it is to be paid; default none.

    Worked example:
        >>> Amount(amount="charges", times=("2%",), per=("provider", "quarter"), takes="yes").reads()
        ('', '2%', 'charges')

    Edge of the rule:
        Of a product of exactly 0 there is a line of 0.00. At -0.004 it is rounded to 0.00, at -0.005 to -0.01, and with
        ``below_zero: nothing`` both are 0.00. A group of which a factor is pending, or has no figure, has no line.

    Source:
        docs/explanation/rules.md, rules 19 to 21, 25 and 26.
    """

    kind: str = "amount"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    amount: str
    pays_for: str = ""
    times: tuple[str, ...] = ()
    per: tuple[str, ...] = ()
    takes: str = "no"
    below_zero: BelowZero = BelowZero.TAKES
    price_on: str = "achieved"
    falls_in: FallsIn = FallsIn.ACHIEVED
    due: str | None = None
    to: ClassVar[None] = None
    instalments: ClassVar[Instalments] = ONE_PART

    @property
    def price(self) -> str:
        """The figure that is looked up, or the name of what is multiplied."""
        return self.amount

    def reads(self) -> tuple[str, ...]:
        """The names of outcomes, figures and payments that may say whether and how much is paid."""
        return (self.pays_for, *self.times, self.amount)

    def lines(self, groups: pl.LazyFrame, at: Paying) -> pl.LazyFrame:
        """A line for each group.

        Args:
            groups: See ``pbr.grouped.group_lines``.
            at: What it needs to know.

        Returns:
            The columns of ``pbr.lines``.
        """
        least = 0 if self.below_zero is BelowZero.NOTHING else None
        return group_lines(groups, at, self.falls_in.value, takes=self.takes in {"yes", "true"}, least=least)
