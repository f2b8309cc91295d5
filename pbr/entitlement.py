"""From decisions to entitlement: lines of payment, then adjustments in order, each making lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import field, frozen

from pbr.adjustments import Cap
from pbr.calendar import PeriodKind, number_of
from pbr.lines import MOST, AmountTooLargeError
from pbr.money import show_money
from pbr.problem import EvaluationError, Problem

if TYPE_CHECKING:
    from pbr.decisions import Decisions
    from pbr.plan import Plan


@frozen(kw_only=True)
class Entitlement:
    """What each payment gives, and what each adjustment adds or cuts.

    Attributes:
        decisions: What it pays for.
        frame: One row per payment line, in no stated order; the columns of ``pbr.lines``, then ``adj.N``
            (Int64) for each adjustment and ``limit.N`` and ``left.N`` (Int64) for each cap.
    """

    decisions: Decisions
    frame: pl.DataFrame = field(repr=False)

    @property
    def plan(self) -> Plan:
        """The plan it follows."""
        return self.decisions.plan

    @property
    def total_minor(self) -> int:
        """The whole entitlement in minor units, summed in 128 bits."""
        return total(self.frame["net"])


def total(amounts: pl.Series) -> int:
    """The exact sum of Int64 minor units."""
    return int(amounts.cast(pl.Int128).sum() or 0)


def entitle(plan: Plan, decisions: Decisions) -> Entitlement:
    """Write the lines of every payment and apply the adjustments in order.

    Args:
        plan: The contract as at a day.
        decisions: What was decided under that plan.

    Returns:
        One row per payment line; ``amount`` and ``net`` are Int64 minor units, before and after the adjustments.

    Raises:
        EvaluationError: PBR401, an amount or a sum that 64 bits cannot hold.
    """
    lines = payment_lines(plan, decisions)
    assert not lines["amount"].null_count(), "every line has a price"
    for at in plan.adjusting if plan.paying else ():
        term = plan.terms.adjustments[at.index]
        try:
            lines = term.apply(lines, at)
        except AmountTooLargeError:
            raise too_large(plan, f"an amount of '{term.id}'") from None
        assert not lines["net"].null_count(), "every line has an amount"
        assert lines.select((pl.col("net") >= 0).all()).item(), "an adjustment takes no more than there is"
    if max(total(lines["amount"]), total(lines["net"])) > MOST:
        raise too_large(plan, "the sum of all amounts")
    return Entitlement(decisions=decisions, frame=lines)


def too_large(plan: Plan, what: str) -> EvaluationError:
    """PBR401, in the money of the contract."""
    currency = plan.terms.contract.currency
    most = show_money(MOST, currency)
    message = f"{what} is above {most}, the most that can be held; check prices and multipliers"
    return EvaluationError([Problem(code="PBR401", message=message)])


def payment_lines(plan: Plan, decisions: Decisions) -> pl.DataFrame:
    """The lines of every payment before adjustments, with the periods that caps ask for."""
    if not plan.paying:
        return pl.DataFrame(schema=_EMPTY)
    source = decisions.frame.lazy()
    parts = [plan.terms.payments[name].lines(source, at) for name, at in zip(plan.payments, plan.paying, strict=True)]
    lines = pl.concat(parts).with_columns(
        [_period_first(plan, kind).alias(f"period.{kind.value}") for kind in _periods(plan)]
    )
    return lines.collect()


_EMPTY = {
    "payment": pl.UInt16,
    "outcome": pl.UInt16,
    "subject": pl.String,
    "provider": pl.Int16,
    "day": pl.Int32,
    "priced": pl.Int32,
    "cell": pl.UInt32,
    "quantity": pl.Int64,
    "unit": pl.Int64,
    "amount": pl.Int64,
    "net": pl.Int64,
}


def _periods(plan: Plan) -> list[PeriodKind]:
    """Periods that a cap groups by."""
    words = {word for term in plan.terms.adjustments if isinstance(term, Cap) for word in term.per}
    return [kind for kind in PeriodKind if kind.value in words]


def _period_first(plan: Plan, kind: PeriodKind) -> pl.Expr:
    """First day of the period in which each line was achieved, from a table of every day of the term."""
    index = period_index(plan, kind, pl.col("day"))
    firsts = [number_of(period.first) for period in plan.contract.term.periods(kind)]
    return pl.lit(pl.Series(firsts, dtype=pl.Int32)).gather(index)


def period_index(plan: Plan, kind: PeriodKind, day: pl.Expr) -> pl.Expr:
    """UInt32 place of the period each day of the term lies in."""
    table: list[int] = []
    for place, period in enumerate(plan.contract.term.periods(kind)):
        table += [place] * (number_of(period.last) - number_of(period.first) + 1)
    return pl.lit(pl.Series(table, dtype=pl.UInt32)).gather(day - number_of(plan.contract.term.first))
