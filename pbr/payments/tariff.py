"""Payment kind ``tariff``: a price for each outcome met."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from attrs import frozen

from pbr.facts import state_code

if TYPE_CHECKING:
    import polars as pl

    from pbr.lines import Paying


class PriceOn(enum.Enum):
    """The day whose price is paid."""

    ACHIEVED = "achieved"
    START = "start"


@frozen(kw_only=True)
class Tariff:
    """Quantity times price: each outcome met is paid at the price of its group and day.

    Meaning:
        For every participant whose outcome is met, the price in force is paid once, or once for each point of a scale.

    Terms:
        pays_for: text. An outcome.
        price: money, or the name of a value.
        price_on: ``achieved`` or ``start``: the day whose price holds; default ``achieved``.

    Worked example:
        >>> Tariff(pays_for="recovered", price="2900.00").price_on
        <PriceOn.ACHIEVED: 'achieved'>

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
    price_on: PriceOn = PriceOn.ACHIEVED

    def lines(self, decisions: pl.LazyFrame, at: Paying) -> pl.LazyFrame:
        """One line for each subject whose outcome is met; see ``pbr.lines`` for the columns."""
        import polars as pl

        day = pl.col(f"{at.name}.date")
        priced = pl.col("_start") if self.price_on is PriceOn.START else day
        cell = at.table.cell(priced)
        price, quantity = at.table.minor(cell), pl.lit(1, dtype=pl.Int64)
        if at.parts is not None:
            quantity = pl.col(f"{at.name}.value") // at.parts  # which leaves nothing: only whole ones are paid
        return (
            decisions.filter(pl.col(f"{at.name}.state") == state_code("met"))
            .select(
                pl.lit(at.payment, dtype=pl.UInt16).alias("payment"),
                pl.lit(at.outcome, dtype=pl.UInt16).alias("outcome"),
                "subject",
                "provider",
                day.alias("day"),
                priced.alias("priced"),
                cell.alias("cell"),
                quantity.alias("quantity"),
                price.alias("unit"),
                (price * quantity).alias("amount"),  # which fits: the contract was checked for it
                *at.carry,
            )
            .with_columns(net=pl.col("amount"))
        )
