"""Payment kind ``divide``: a whole pot, divided among outcomes by weights or among labels by a figure of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from attrs import field, frozen

from pbr.grouped import group_lines
from pbr.instalments import ONE_PART, Instalments
from pbr.priced import FallsIn

if TYPE_CHECKING:
    import polars as pl

    from pbr.lines import Paying

OUTCOMES: Final = "outcomes"
"""The word for a pot that is divided by weights and not by figures."""
POT_PRICED_ON: Final = ("achieved", "start", "contract_to")
"""The words for a day whose pot and weights hold."""


@frozen(kw_only=True)
class Divide:
    """A whole pot for each group, divided into parts that add up to it to the penny.

    Meaning:
        The pot is divided into parts that add up to it to the penny: by weights into one for each outcome, which is
        paid as far as that is achieved, or among providers or other labels in proportion to a figure of each.

    Terms:
        amount: money, or the name of a value, which may be by words of ``per``: the pot of each group.
        among: ``outcomes``; or ``provider``, a grouping or a text field: the labels it is divided among.
        by: among outcomes the name of a value ``by: outcome`` with a weight for each key of ``pays``, together
            exactly 1; else an outcome of groups that is a number of each label, from 0.
        per: list of ``provider``, groupings, text fields with declared words, and at most one period: each of these
            groups has a pot; default one pot for the whole contract.
        pays: among outcomes for each key an outcome of groups: a share pays that share of the part, and one that is
            met or not all of it or nothing; default none, and then it is not among outcomes.
        price_on: ``achieved`` (the last day of the period of the group), ``start`` (its first) or ``contract_to``: the
            day whose pot and weights hold; default ``achieved``.
        falls_in: ``achieved``, ``known`` or ``due``: the day that decides the period and the cap; default ``achieved``.
        due: text such as ``15 working days after achieved``: when it is to be paid; default none.

    Worked example:
        >>> Divide(amount="16000.00", among="provider", by="population", per=("quarter",)).words
        ('quarter', 'provider')

    Edge of the rule:
        What rounding leaves goes to the largest remainders, of equal ones to the first as the keys or labels stand in
        the contract, and of providers by id: 100.00 among three alike are 33.34, 33.33 and 33.33. While the figure of
        a label is pending the whole pot waits; a label without one has no part, and of figures that are all 0 nothing
        is paid.

    Source:
        docs/explanation/rules.md, rules 20, 21 and 25.
    """

    kind: str = "divide"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    amount: str
    among: str
    by: str
    per: tuple[str, ...] = ()
    pays: dict[str, str] = field(factory=dict)
    price_on: str = "achieved"
    falls_in: FallsIn = FallsIn.ACHIEVED
    due: str | None = None
    pays_for: ClassVar[str] = ""
    times: ClassVar[tuple[str, ...]] = ()
    to: ClassVar[None] = None
    instalments: ClassVar[Instalments] = ONE_PART

    @property
    def price(self) -> str:
        """The figure that is looked up."""
        return self.amount

    @property
    def by_weights(self) -> bool:
        """Whether it is divided among outcomes, by weights."""
        return self.among == OUTCOMES

    @property
    def words(self) -> tuple[str, ...]:
        """The words that make the groups of its lines: those of each pot, then what that is divided among."""
        return self.per if self.by_weights else (*self.per, self.among)

    def reads(self) -> tuple[str, ...]:
        """The names of outcomes that may say how much is paid."""
        return tuple(self.pays.values()) if self.by_weights else (self.by,)

    def lines(self, groups: pl.LazyFrame, at: Paying) -> pl.LazyFrame:
        """A line for each part.

        Args:
            groups: See ``pbr.grouped.group_lines``.
            at: What it needs to know.

        Returns:
            The columns of ``pbr.lines``.
        """
        return group_lines(groups, at, self.falls_in.value)
