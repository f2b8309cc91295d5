"""Adjustment kind ``gate``: lines are paid only if another outcome is met, or only if it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from pbr.facts import STATE_CODE
from pbr.lines import Only  # noqa: TC001  # cattrs reads the annotations

if TYPE_CHECKING:
    import polars as pl

    from pbr.lines import Adjusting


@frozen(kw_only=True)
class Gate:
    """Lines of a participant are paid only if an outcome of theirs is met, or only if it surely is not.

    Meaning:
        A line is taken back whole unless the outcome named under ``needs`` is met, or the one under ``stops`` is not.

    Terms:
        needs: an outcome that must be met; default none, and then there is ``stops``.
        stops: an outcome that must not be met; default none, and then there is ``needs``.
        on: list of payments; default all.
        only: ``gains`` or ``takes``: the lines above or below nothing; default none, and then both.
        where: condition on the cohort's row, which may read results of outcomes; default everybody.

    Worked example:
        >>> Gate(id="safe", stops="harmed").reads()
        ('harmed',)

    Edge of the rule:
        While the outcome is pending or unknown nothing is paid: it is not met yet, nor is it sure that it will not be.

    Source:
        docs/explanation/rules.md, rule 22. A fee is of nobody, and is stopped only by an outcome of groups.
    """

    id: str
    kind: str = "gate"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    why: str = ""
    needs: str | None = None
    stops: str | None = None
    on: tuple[str, ...] = ()
    only: Only | None = None
    where: str | None = None

    @property
    def figure(self) -> str:
        """No number is looked up."""
        return ""

    @property
    def outcome(self) -> str:
        """The outcome that opens or closes it."""
        return str(self.stops if self.needs is None else self.needs)

    def reads(self) -> tuple[str, ...]:
        """The outcome that opens or closes it."""
        return (self.outcome,)

    def apply(self, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """Add ``adj.N`` (Int64, what is taken back) and change ``net`` by it."""
        import polars as pl

        state = pl.col(f"{self.outcome}.state")
        opens = [STATE_CODE["met"]] if self.stops is None else [STATE_CODE["not_met"], STATE_CODE["excluded"]]
        closed = at.chosen() & state.is_not_null() & ~state.is_in(opens)
        change = pl.when(closed).then(0 - pl.col("net")).otherwise(0)
        return lines.with_columns(change.alias(f"adj.{at.index}"), net=pl.col("net") + change)
