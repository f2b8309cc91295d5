"""From decisions to entitlement: lines of payment, then adjustments in order, each making lines."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias

import polars as pl
from attrs import field, frozen

from pbr.achieved import (
    achieved_by_groups,
    found_by,
    in_groups,
    kind_of_column,
    places_below,
    refuse_figures,
    settled_days,
    with_gates,
)
from pbr.calendar import PeriodKind, number_of
from pbr.contract.contract import payments_in_order
from pbr.facts import state_code
from pbr.given import with_given
from pbr.known import known_days, tables_recorded
from pbr.lines import MOST, PLACE, AmountTooLargeError
from pbr.money import show_money
from pbr.payments import Amount, Bands, Divide, FallsIn, Fee, Tariff
from pbr.payments.bands import BAND, STOOD, UNDONE, PlaceOfUndone, PlaceOrder
from pbr.payments.fee import SETTLED
from pbr.pots import pots
from pbr.problem import EvaluationError, Problem
from pbr.sums import added_up, sums

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pbr.decisions import Decisions
    from pbr.known import Known
    from pbr.lines import Adjusting, Paying
    from pbr.payments import Achieving
    from pbr.plan import Plan
    from pbr.sums import Unit

    Placed: TypeAlias = Mapping[str, pl.DataFrame]


@frozen(kw_only=True)
class Entitlement:
    """What each payment gives, and what each adjustment adds or cuts.

    Attributes:
        decisions: What it pays for.
        frame: One row per payment line, per part of one and per line of a group, in no stated order; the columns of
            ``pbr.lines``, then ``adj.N`` (Int64) for each adjustment, ``limit.N`` and ``left.N`` (Int64) for each cap,
            and ``group.N`` (Int32, the place of its group) for each that reads an outcome of groups.
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
        One row per payment line and per line that an adjustment made for a group; ``amount`` and ``net`` are Int64
        minor units, before and after the adjustments.

    Raises:
        EvaluationError: PBR401, an amount or a sum that 64 bits cannot hold; PBR403, a factor below 0.
    """
    lines = payment_lines(plan, decisions)
    for at in plan.adjusting if plan.paying else ():
        found = found_by(plan, decisions, at)
        lines = in_groups(plan, decisions, lines, found)
        refuse_figures(decisions, found, places_below(plan, lines, found))
        lines = adjusted(plan, decisions, lines, found)
    check_total(plan, [total(lines["amount"]), total(lines["net"])])
    return Entitlement(decisions=decisions, frame=lines)


def adjusted(plan: Plan, decisions: Decisions, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
    """The lines after an adjustment.

    Args:
        plan: The contract as at a day.
        decisions: What was decided of those whose lines they are.
        lines: The lines so far; all of each group that it acts on.
        at: What it needs to know, and what was found of the outcome that it reads.

    Raises:
        EvaluationError: PBR401, an amount that 64 bits cannot hold.
    """
    term = plan.terms.adjustments[at.index]
    with said_of(plan, at):
        lines = with_given(plan, decisions, in_groups(plan, decisions, lines, at), term)
        done = checked(of_groups(plan, decisions, term.apply(lines, at)))
    later = [other for other in plan.adjusting[at.index + 1 :] if other.of_one]
    return done if later else done.drop(PLACE, strict=False)


@contextmanager
def said_of(plan: Plan, at: Adjusting) -> Iterator[None]:
    """Say of which adjustment an amount is that 64 bits cannot hold."""
    try:
        yield
    except AmountTooLargeError:
        raise too_large(plan, f"an amount of '{plan.terms.adjustments[at.index].id}'") from None


def checked(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines, after each has been seen to have an amount, and not to be cut by more than there was."""
    assert not lines["net"].null_count(), "every line has an amount"
    own = pl.col("origin").is_null()
    kept = lines.select((~own | (pl.col("net") >= 0) | (pl.col("amount") < 0)).all()).item()
    assert kept, "an adjustment takes no more than there is"
    return lines


def check_total(plan: Plan, totals: Iterable[int]) -> None:
    """Refuse sums of all amounts that 64 bits cannot hold.

    Raises:
        EvaluationError: PBR401.
    """
    if max(map(abs, totals), default=0) > MOST:
        raise too_large(plan, "the sum of all amounts")


def too_large(plan: Plan, what: str) -> EvaluationError:
    """PBR401, in the money of the contract."""
    currency = plan.terms.contract.currency
    most = show_money(MOST, currency)
    message = f"{what} is above {most}, the most that can be held; check prices and multipliers"
    return EvaluationError([Problem(code="PBR401", message=message)])


def payment_lines(plan: Plan, decisions: Decisions) -> pl.DataFrame:
    """The lines of every payment before adjustments, with the periods that caps ask for.

    Raises:
        EvaluationError: PBR401, an amount that 64 bits cannot hold.
    """
    parts = lines_of_subjects(plan, decisions)

    def come_to(payment: str, share: Amount) -> dict[tuple[int, int], Unit]:
        parts[payment] = written(plan, parts[payment]).lazy()
        return added_up(plan, share, parts[payment])

    for name, lines in lines_of_groups(plan, decisions, come_to):
        parts[name] = lines
    return in_one(plan, decisions, parts)


def lines_of_subjects(plan: Plan, decisions: Decisions, placed: Placed | None = None) -> dict[str, pl.LazyFrame]:
    """The lines of each payment that pays for what single subjects achieve.

    Args:
        plan: The contract as at a day.
        decisions: What was decided of some subjects, or of all.
        placed: For each payment that fills places, the place that each achievement takes; None where all are here.
    """
    known = known_days(decisions) if asks_known(plan) else None
    found: dict[str, pl.LazyFrame] = {}
    for name in paid_to_subjects(plan):
        payment, at = plan.terms.payments[name], plan.paying[plan.payments.index(name)]
        assert isinstance(payment, Tariff | Bands), "only such pay for what one subject achieves"
        rows = achieved(plan, decisions, payment, at, known)
        if isinstance(payment, Bands):
            found[name] = payment.lines(rows, at, None if placed is None else placed[name])
        else:
            found[name] = payment.lines(rows, at)
    return found


def paid_to_subjects(plan: Plan) -> tuple[str, ...]:
    """The payments that pay for what single subjects achieve."""
    names = zip(plan.payments, plan.paying, strict=True)
    return tuple(name for name, at in names if isinstance(plan.terms.payments[name], Tariff | Bands) and not at.pooled)


def lines_of_groups(
    plan: Plan, decisions: Decisions, come_to: Callable[[str, Amount], Mapping[tuple[int, int], Unit]]
) -> Iterator[tuple[str, pl.LazyFrame]]:
    """The lines of each payment that is for groups, or for nobody; one that is a share of another after that.

    Args:
        plan: The contract as at a day.
        decisions: What was decided.
        come_to: What the lines of a payment come to for the groups of another that is a share of it.
    """
    paying = dict(zip(plan.payments, plan.paying, strict=True))
    of_subjects = paid_to_subjects(plan)
    for name in payments_in_order(plan.terms):
        payment, at = plan.terms.payments[name], paying[name]
        if isinstance(payment, Fee):
            yield name, payment.lines(_payees(plan, decisions, at), at)
        elif isinstance(payment, Amount):
            sizes = come_to(payment.amount, payment) if payment.amount in plan.payments else None
            yield name, payment.lines(sums(plan, decisions, payment, at, sizes), at)
        elif isinstance(payment, Divide):
            yield name, payment.lines(pots(plan, decisions, payment, at), at)
        elif name not in of_subjects:
            assert isinstance(payment, Tariff), "places are filled by single achievements"
            yield name, payment.lines(achieved_by_groups(plan, decisions, payment, at), at)


def in_one(plan: Plan, decisions: Decisions, parts: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """The lines of payments in one frame, in the order of the file, with what adjustments ask of them.

    Raises:
        EvaluationError: PBR401, an amount that 64 bits cannot hold.
    """
    if not plan.paying:
        return pl.DataFrame(schema=_EMPTY)
    fills = any(isinstance(payment, Bands) for payment in plan.terms.payments.values())
    how: Literal["diagonal", "vertical"] = "diagonal" if fills else "vertical"
    whole = pl.concat([parts[name] for name in plan.payments if name in parts], how=how)
    lines = whole.with_columns(
        *[_period_first(plan, kind).alias(f"period.{kind.value}") for kind in _periods(plan)],
        *[pl.lit(None, dtype=pl.Int16).alias(name) for name in ("origin", "split", "of")],
    )
    return written(plan, with_gates(plan, decisions, lines))


def written(plan: Plan, lines: pl.LazyFrame) -> pl.DataFrame:
    """Lines of payments, worked out.

    Raises:
        EvaluationError: PBR401, an amount that 64 bits cannot hold.
    """
    frame = lines.collect()
    if frame["amount"].null_count():
        raise too_large(plan, "an amount of a payment")
    return frame


_EMPTY = {
    "payment": pl.UInt16,
    "outcome": pl.UInt16,
    "subject": pl.String,
    "provider": pl.Int16,
    "occurrence": pl.String,
    "instalment": pl.Int64,
    "day": pl.Int32,
    "owed": pl.Int32,
    "known": pl.Int32,
    "falls": pl.Int32,
    "due": pl.Int32,
    "priced": pl.Int32,
    "cell": pl.UInt32,
    "quantity": pl.Int64,
    "parts": pl.Int64,
    "unit": pl.Int64,
    "amount": pl.Int64,
    "net": pl.Int64,
    "origin": pl.Int16,
    "split": pl.Int16,
    "of": pl.Int16,
}


def asks_known(plan: Plan) -> bool:
    """Whether a payment or adjustment asks on which day an achievement was known, and rows say when they were."""
    if not tables_recorded(plan.terms):
        return False
    priced = [payment for payment in plan.terms.payments.values() if not isinstance(payment, Fee)]
    due = any(at.due is not None and at.due.after == "known" for at in plan.paying)
    due = due or any(at.by_known for at in plan.adjusting)
    due = due or any(isinstance(each, Bands) and each.order is PlaceOrder.KNOWN for each in priced)
    return due or any(each.price_on == "known" or each.falls_in is FallsIn.KNOWN for each in priced)


def achieved(plan: Plan, decisions: Decisions, tariff: Achieving, at: Paying, known: Known | None) -> pl.LazyFrame:
    """What a payment pays for, one row for each time an outcome was met; see ``lines`` of its kind for the columns."""
    name, source = at.name, decisions.frame.lazy().with_row_index(PLACE)
    met = source.filter(pl.col(f"{name}.state") == state_code("met"))
    kept = [key for key in dict.fromkeys((*at.carry, *_keys_of(at))) if at.word is None or key != f"_by.{at.word[0]}"]
    extra = [] if tariff.priced_by is None else [pl.col(f"{tariff.priced_by}.date").alias("_other")]
    names = [*decisions.frame.columns, PLACE]
    nothing = [pl.lit(None, dtype=pl.Boolean).alias(key) for key in kept if key not in names]  # a `where` of fees alone
    payee = {} if at.payee is None else dict.fromkeys(("provider", "_by.provider"), at.payee)
    there = [
        pl.col(payee.get(each, each)).alias(each) for each in ("subject", "provider", "_start", *kept) if each in names
    ]
    base = [*there, *nothing, *extra]
    several = f"{name}.parts" in names
    quantity = pl.lit(1, dtype=pl.Int64) if several or at.parts is None else pl.col(f"{name}.value")
    found = _each_time(met, base, f"{name}.parts" if several else f"{name}.date", quantity, at)
    found = found.with_columns(known=pl.col("day")) if known is None else known.of(name, found)
    if isinstance(tariff, Bands) and tariff.place_of_undone is PlaceOfUndone.KEPT:
        picked = _each_time(source, base, f"{name}.picks" if several else f"{name}.picked", quantity, at)
        found = _with_undone(found, picked, _each_time(source.filter(_within), base, f"{name}.stood", quantity, at), at)
    last = pl.lit(number_of(plan.contract.term.last), dtype=pl.Int32)
    seen = pl.min_horizontal("known", last)  # what is known after the term has the price of its last day
    words_of = {"achieved": pl.col("day"), "start": pl.col("_start"), "known": seen, "contract_to": last}
    priced = words_of.get(tariff.price_on, pl.col("_other") if extra else pl.col("day"))
    return found.with_columns(priced=priced, parts=pl.lit(1 if several else at.parts or 1, dtype=pl.Int64))


def _each_time(source: pl.LazyFrame, base: list[pl.Expr], column: str, quantity: pl.Expr, at: Paying) -> pl.LazyFrame:
    """A row for each part of a column of days or of lists of parts: ``occurrence``, ``day`` and ``quantity`` beside."""
    rows = source.select(*base, pl.col(column).alias("_part"), quantity.alias("quantity"))
    if not isinstance(source.collect_schema()[column], pl.List):
        found = rows.rename({"_part": "day"}).with_columns(occurrence=pl.lit("1"))
        return found.filter(pl.col("day").is_not_null())
    part = pl.col("_part").struct
    found = rows.explode("_part").filter(pl.col("_part").is_not_null())
    found = found.with_columns(
        occurrence=part.field("occurrence"), day=part.field("date"), quantity=part.field("value").fill_null(1)
    ).drop("_part")
    if at.word is None:
        return found
    words = {word: place for place, word in enumerate(at.word[1])}
    place = pl.col("occurrence").replace_strict(words, default=None, return_dtype=pl.Int16)
    return found.with_columns(place.alias(f"_by.{at.word[0]}"))


_within = pl.col("_step").is_null() & pl.col("_unsure").is_null()
"""Whether a subject is surely of the cohort."""


def _with_undone(found: pl.LazyFrame, picked: pl.LazyFrame, stood: pl.LazyFrame, at: Paying) -> pl.LazyFrame:
    """What was achieved with the day by which it has its place, and what has been undone and keeps its own.

    Args:
        found: What was achieved.
        picked: What is decided by a row that has not been undone.
        stood: What would have been achieved if nothing had been undone.
        at: What the payment needs; what could not have been paid, for want of a label, keeps no place.
    """
    on = ["subject", "occurrence"]
    days = stood.select(*on, pl.col("day").alias(STOOD))
    found = found.join(days, on=on, how="left").with_columns(pl.lit(value=False).alias(UNDONE))
    gone = stood.join(picked.select(on), on=on, how="anti")
    for key in dict.fromkeys(("provider", *_keys_of(at))):
        gone = gone.filter(pl.col(key) >= 0 if key.startswith("_by.") else pl.col(key).is_not_null())
    day = pl.col("day")
    gone = gone.with_columns(day.alias("known"), day.alias(STOOD), pl.lit(value=True).alias(UNDONE))
    return pl.concat([found, gone], how="diagonal")


def _keys_of(at: Paying) -> list[str]:
    """Columns by which the figures of a payment are looked up, and by which places are told apart."""
    keys = [key for table in (at.table, *at.times) for key in table.by if key != BAND]
    return [*keys, *(each.key for each in at.fill if each.key.startswith(("_by.", "_field.")))]


def _payees(plan: Plan, decisions: Decisions, at: Paying) -> pl.LazyFrame:
    """The providers that a fee is for, with nothing of what belongs to a subject."""
    schema = decisions.frame.schema
    named = [place for place, provider in enumerate(plan.providers) if provider]
    labels = {place: label for label, place in enumerate(named)}
    rows = pl.LazyFrame({"provider": pl.Series(at.providers, dtype=pl.Int16)})
    label = pl.col("provider").replace_strict(labels, default=None, return_dtype=pl.Int16).alias("_by.provider")
    others = [key for key in at.carry if key != "_by.provider"]
    empty = [pl.lit(None, dtype=schema.get(key, kind_of_column(key))).alias(key) for key in others]
    if at.until is not None:
        until = plan.terms.payments[plan.payments[at.until]]
        days = [settled_days(plan, decisions, until, provider, at.days) for provider in at.providers]
        settled = zip(*days, strict=True)
        columns = [pl.Series(f"{SETTLED}{place}", each, dtype=pl.Int32) for place, each in enumerate(settled)]
        rows = rows.with_columns(columns)
    return rows.with_columns(label, pl.lit(None, dtype=schema["subject"]).alias("subject"), *empty)


def _periods(plan: Plan) -> list[PeriodKind]:
    """Periods that adjustments group by."""
    words = {word for term in plan.terms.adjustments for word in getattr(term, "per", ())}
    return [kind for kind in PeriodKind if kind.value in words]


def of_groups(plan: Plan, decisions: Decisions, lines: pl.DataFrame) -> pl.DataFrame:
    """The lines, where those that an adjustment made for a group have each period too in which they fall, and gates."""
    found = [_period_first(plan, kind).alias(f"period.{kind.value}") for kind in _periods(plan)]
    if not lines["origin"].count():
        return lines
    return with_gates(plan, decisions, lines.with_columns(found).lazy()).collect()


def _period_first(plan: Plan, kind: PeriodKind) -> pl.Expr:
    """First day of the period in which each line falls, from a table of every day of the term."""
    index = period_index(plan, kind, pl.col("falls"))
    firsts = [number_of(period.first) for period in plan.contract.term.periods(kind)]
    return pl.lit(pl.Series(firsts, dtype=pl.Int32)).gather(index)


def period_index(plan: Plan, kind: PeriodKind, day: pl.Expr) -> pl.Expr:
    """UInt32 place of the period each day lies in; what is known or due after the term is of the last."""
    table: list[int] = []
    for number, period in enumerate(plan.contract.term.periods(kind)):
        table += [number] * (number_of(period.last) - number_of(period.first) + 1)
    place = (day - number_of(plan.contract.term.first)).clip(upper_bound=len(table) - 1)
    return pl.lit(pl.Series(table, dtype=pl.UInt32)).gather(place)
