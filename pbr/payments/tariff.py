"""Payment kind ``tariff``: a price for each outcome met."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from pbr.calendar import Duration  # noqa: TC001  # cattrs reads the annotations
from pbr.instalments import ONE_PART, Instalments, OddPence
from pbr.priced import PRICED_ON, FallsIn, lines_of

if TYPE_CHECKING:
    import polars as pl

    from pbr.lines import Paying


@frozen(kw_only=True)
class Tariff:
    """Quantity times price: each outcome met is paid at the price of its group and day.

    Meaning:
        For every participant whose outcome is met, the price in force is paid once, or once for each point of a scale,
        each block, day or word of an outcome that is met more than once.

    Terms:
        pays_for: text. An outcome.
        price: money, or the name of a value; of an outcome with ``once_per`` it may be by that field.
        to: name of a grouping whose labels are ids of providers: who is paid; default the provider at the start.
        price_on: ``achieved``, ``start``, ``known``, ``contract_to``, or the name of an outcome: the day whose price
            holds; default ``achieved``.
        falls_in: ``achieved``, ``known`` or ``due``: the day that decides the period and the cap; default ``achieved``.
        due: text such as ``15 working days after achieved``: when it is to be paid; default none.
        times: list of numbers, ratios or names of values that the price is multiplied by, and of a payment for groups
            names of outcomes of groups that have a number; default none.
        share: name of a value by the field under ``once_per``: what share of the price each of its words bears, to 100%
            together; default none.
        instalments: whole number of equal parts, or list of shares that add up to 1; default ``1``.
        every: duration between instalments, the first on the day itself; default none, and then all on one day.
        odd_pence: ``first`` or ``last``: the instalment that bears what rounding leaves; default ``last``.
        takes: ``yes`` if the payment takes money instead of giving it; default ``no``.

    Worked example:
        >>> Tariff(pays_for="recovered", price="2900.00", instalments=Instalments(("50%", "50%"))).instalments.shares
        (Fraction(1, 2), Fraction(1, 2))

    Edge of the rule:
        With prices from 1 April 2026, an outcome of 31 March 2026 is paid at the old price, one of 1 April at the new.

    Source:
        docs/explanation/rules.md, rules 20, 21 and 25.
    """

    kind: str = "tariff"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    pays_for: str
    price: str
    to: str | None = None
    price_on: str = "achieved"
    falls_in: FallsIn = FallsIn.ACHIEVED
    due: str | None = None
    times: tuple[str, ...] = ()
    share: str | None = None
    instalments: Instalments = ONE_PART
    every: Duration | None = None
    odd_pence: OddPence = OddPence.LAST
    takes: str = "no"

    def reads(self) -> tuple[str, ...]:
        """The names of outcomes and figures that may say whether and how often it is paid."""
        return (self.pays_for, *self.factors)

    @property
    def factors(self) -> tuple[str, ...]:
        """What the price is multiplied by, as written."""
        return self.times if self.share is None else (*self.times, self.share)

    @property
    def priced_by(self) -> str | None:
        """The outcome on whose day the price is looked up, if it is another."""
        return None if self.price_on in PRICED_ON else self.price_on

    def lines(self, achieved: pl.LazyFrame, at: Paying) -> pl.LazyFrame:
        """Lines for each subject whose outcome is met, one for each occurrence and instalment.

        Args:
            achieved: ``subject provider occurrence day known priced quantity parts`` and what is carried; with
                factors that are outcomes ``_above _below``, their product.
            at: What it needs to know.

        Returns:
            The columns of ``pbr.lines``.
        """
        import polars as pl

        cell = at.table.cell(pl.col("priced"))
        return lines_of(achieved.with_columns(cell=cell).with_columns(unit=at.table.minor(pl.col("cell"))), self, at)
