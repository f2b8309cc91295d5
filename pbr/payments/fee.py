"""Payment kind ``fee``: a sum paid to a provider in instalments, whatever is achieved."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, ClassVar

from attrs import frozen

from pbr.calendar import Date, Duration
from pbr.instalments import ONE_PART, Instalments, OddPence, times_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from pbr.lines import Paying


SETTLED = "_settled."
"""What the column begins with of the day on which an instalment was settled."""
TAKEN_BACK = "settled"
"""The occurrence of a line that takes an instalment back."""


class Every(enum.Enum):
    """The time between two instalments."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def length(self) -> Duration:
        """As a length of time."""
        lengths = {"week": Duration(1, "weeks"), "month": Duration(1, "months"), "quarter": Duration(3, "months")}
        return lengths.get(self.value, Duration(1, "years"))


@frozen(kw_only=True)
class Fee:
    """A sum that a provider is paid in instalments on stated days.

    Meaning:
        The whole sum is paid in instalments that add up to it to the penny, each on its day.

    Terms:
        amount: money; the name of a value, which may be by provider; or of a formula of values alone with
            ``unit: money``, which may be per provider, and may be below nothing: then the fee takes what it comes to.
        to: id of a provider; default none, and then every provider is paid the amount.
        instalments: whole number of equal parts, or list of shares that add up to 1; default ``1``.
        every: ``week``, ``month``, ``quarter`` or ``year`` between instalments; default ``month``.
        from: day of the first instalment; default the first day of the term.
        odd_pence: ``first`` or ``last``: the instalment that bears what rounding leaves; default ``last``.
        due: text such as ``30 days after achieved``: when it is to be paid; default none.
        until_settled: name of a payment for groups: the instalments are on account of it, and taken back on the day on
            which what it pays for is fixed for the provider and the period of the instalment; default none.

    Worked example:
        >>> len(Fee(amount="796000.00", instalments=Instalments(("29",)), odd_pence=OddPence.FIRST).instalments.shares)
        29

    Edge of the rule:
        An instalment of 30 November 2021 is owed as at that day and not as at the day before. What a formula comes to
        is rounded once, as the whole, by the figures of the first day of the term: -0.025 in two is -0.02 and -0.01.

    Source:
        docs/explanation/rules.md, rules 3, 11 and 20. Days are counted from the first in one step, and clamp.
    """

    kind: str = "fee"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    amount: str
    to: str | None = None
    instalments: Instalments = ONE_PART
    every: Every = Every.MONTH
    from_: Date | None = None
    odd_pence: OddPence = OddPence.LAST
    due: str | None = None
    until_settled: str | None = None
    pays_for: ClassVar[str] = ""
    times: ClassVar[tuple[str, ...]] = ()

    def reads(self) -> tuple[str, ...]:
        """It is paid whatever is achieved; of outcomes it may name a formula of values alone."""
        return (self.amount,)

    @property
    def price(self) -> str:
        """The figure that is looked up."""
        return self.amount

    def days(self, first: Date) -> Iterator[Date]:
        """The day of each instalment, for a term that begins on a day."""
        begins = self.from_ or first
        for place in range(len(self.instalments.shares or ())):
            yield times_of(self.every.length, place).after(begins)

    def lines(self, providers: pl.LazyFrame, at: Paying) -> pl.LazyFrame:
        """A line for each provider and instalment whose day has come.

        Args:
            providers: ``provider`` and ``_by.provider`` (Int16) of those paid, ``subject`` and what is carried, empty;
                for each instalment on account the Int32 day on which it was settled, or null.
            at: What it needs to know; ``days`` are those of the instalments.

        Returns:
            The columns of ``pbr.lines``.
        """
        import polars as pl

        parts = []
        for place, day in enumerate(at.days):
            if day > at.as_at:
                continue
            on, mine = pl.lit(day, dtype=pl.Int32), providers
            if at.until is not None:  # an instalment of the day of settling, or a later one, is no longer owed
                settled = pl.col(f"{SETTLED}{place}")
                mine = providers.filter(settled.is_null() | (settled > day))
                back = mine.filter(settled.is_not_null())
                parts.append(self._part(back, at, place, settled, back=True))
            parts.append(self._part(mine, at, place, on))
        nothing = providers.head(0)
        return (pl.concat(parts) if parts else self._none(nothing, at)).with_columns(net=pl.col("amount"))

    def _part(
        self, providers: pl.LazyFrame, at: Paying, place: int, on: pl.Expr, *, back: bool = False
    ) -> pl.LazyFrame:
        """The lines of one instalment on a day, or of taking it back."""
        import polars as pl

        from pbr.instalments import part_of

        shares = self.instalments.shares
        assert shares is not None, "a contract that is checked has instalments that can be read"
        cell, sign = at.table.cell(pl.col("_first")), -1 if back else 1
        whole = at.table.minor(cell)
        return providers.with_columns(_first=pl.lit(at.days[0], dtype=pl.Int32)).select(
            pl.lit(at.payment, dtype=pl.UInt16).alias("payment"),
            pl.lit(None, dtype=pl.UInt16).alias("outcome"),
            "subject",
            "provider",
            pl.lit(TAKEN_BACK if back else "1").alias("occurrence"),
            pl.lit(place + 1, dtype=pl.Int64).alias("instalment"),
            on.alias("day"),
            pl.lit(at.days[place], dtype=pl.Int32).alias("owed"),
            on.alias("known"),
            on.alias("falls"),
            at.due_day({"achieved": on, "known": on, "falls": on}).alias("due"),
            pl.lit(at.days[0] if at.priced is None else at.priced, dtype=pl.Int32).alias("priced"),
            cell.alias("cell"),
            pl.lit(1, dtype=pl.Int64).alias("quantity"),
            pl.lit(1, dtype=pl.Int64).alias("parts"),
            (whole * sign).alias("unit"),
            (part_of(whole, shares, place, self.odd_pence, at.rounding) * sign).alias("amount"),
            *at.carry,
        )

    def _none(self, nothing: pl.LazyFrame, at: Paying) -> pl.LazyFrame:
        """No line, of the same columns."""
        import polars as pl

        days = dict.fromkeys(("day", "owed", "known", "falls", "due", "priced"), pl.Int32)
        numbers = dict.fromkeys(("instalment", "quantity", "parts", "unit", "amount"), pl.Int64)
        kinds = {"payment": pl.UInt16, "outcome": pl.UInt16, "occurrence": pl.String, "cell": pl.UInt32}
        added = [pl.lit(None, dtype=kind).alias(name) for name, kind in {**kinds, **days, **numbers}.items()]
        order = [
            "payment",
            "outcome",
            "subject",
            "provider",
            "occurrence",
            "instalment",
            "day",
            "owed",
            "known",
            "falls",
            "due",
        ]
        order += ["priced", "cell", "quantity", "parts", "unit", "amount", *at.carry]
        return nothing.with_columns(added).select(order)
