"""What a sum for each group comes to: what is multiplied and how often, who is paid, and on which days."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from pbr.achieved import kind_of_column, label_of, occurrence_of, period_place, provider_of
from pbr.calendar import number_of
from pbr.contract.grain import grain_paid, is_test, outcomes_paid, quoted
from pbr.lines import MOST
from pbr.money import CURRENCY_DIGITS
from pbr.payments import Amount, Divide
from pbr.problem import EvaluationError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pbr.contract.grain import Grain, Key
    from pbr.decisions import Decisions
    from pbr.lines import Paying
    from pbr.payments import Payment
    from pbr.plan import Plan


SUMS = (Amount, Divide)
"""The kinds of payments whose lines are sums of groups, or parts of such."""


@frozen(kw_only=True)
class Unit:
    """What is multiplied: a sum, and where it comes from.

    Attributes:
        minor: Whole minor units.
        count: How many of these; 1 but for money of an outcome, which need not be whole.
        known: Day by which it could be known, as a number.
        cell: Place of the figure in the table of the payment, if it is one.
    """

    minor: int
    count: Fraction = Fraction(1)
    known: int = 0
    cell: int | None = None


@frozen(kw_only=True)
class Sum:
    """A line of a payment for groups before it is rounded.

    Attributes:
        key: The group.
        unit: What is multiplied.
        count: By how much.
        day: The last day of its period as a number.
        known: Day by which it could be known.
        priced: Day whose figures hold.
        outcome: Place of the outcome that it is for, or None.
        occurrence: What it is called among the lines of its provider.
    """

    key: Key
    unit: Unit
    count: Fraction
    day: int
    known: int
    priced: int
    outcome: int | None
    occurrence: str


def sums(
    plan: Plan,
    decisions: Decisions,
    amount: Amount,
    at: Paying,
    sizes: Mapping[tuple[int, int], Unit] | None = None,
) -> pl.LazyFrame:
    """What is paid by a sum for each group; see ``pbr.grouped.group_lines`` for the columns.

    Args:
        plan: The contract as at a day.
        decisions: What was decided under it.
        amount: The payment.
        at: What it needs to know.
        sizes: What the payment comes to that it is a share of, if it is one; see ``added_up``.

    Raises:
        EvaluationError: PBR401, a figure with more digits than can be held.
    """
    grain = grain_paid(plan.terms, amount)
    return as_frame(plan, decisions, at, grain, _sums(plan, decisions, amount, at, sizes))


def _sums(
    plan: Plan, decisions: Decisions, amount: Amount, at: Paying, sizes: Mapping[tuple[int, int], Unit] | None
) -> Iterator[Sum]:
    """The sum of each group whose period is over, and whose factors all have a figure."""
    grain, now = grain_paid(plan.terms, amount), number_of(plan.as_at)
    for key in grain.groups():
        day = number_of(grain.period(key).last)
        paid = not amount.pays_for or decisions.pooled[amount.pays_for].around(key, grain).met
        if day > now or not paid:
            continue
        names = [name for name in (amount.pays_for, *at.factors) if name]
        known = max([day, *(decisions.pooled[name].around(key, grain).known or 0 for name in names)])
        priced = priced_on(plan, amount.price_on, grain, key, known)
        unit = _unit(plan, decisions, amount, at, (grain, key, priced), sizes)
        factors = [_factor(plan, decisions, at, place, (grain, key, priced)) for place in range(len(amount.times))]
        found = [factor for factor in factors if factor is not None]
        if unit is None or len(found) < len(factors):
            continue
        yield Sum(
            key=key,
            unit=unit,
            count=prod(found, start=unit.count),
            day=day,
            known=max(known, unit.known),
            priced=priced,
            outcome=at.outcome,
            occurrence=occurrence_of(grain, key),
        )


def figure_of(decisions: Decisions, name: str, key: Key, grain: Grain) -> Fraction | None:
    """The figure of an outcome for a group, of one that is met or not 1 or 0; None where there is none, or not yet."""
    result = decisions.pooled[name].around(key, grain)
    if is_test(decisions.plan.terms.pooled[name]):
        return {"met": Fraction(1), "not_met": Fraction(0)}.get(result.state)
    return result.value if result.met else None


def lacks(decisions: Decisions, payment: Payment, name: str, key: Key) -> bool:
    """Whether a payment does not pay a group of an outcome, because that is not met or has no figure."""
    pooled = decisions.pooled[name]
    if name == payment.pays_for:
        return not pooled.results[key].met
    return figure_of(decisions, name, key, pooled.grain) is None


def sums_of(plan: Plan, outcome: str) -> list[str]:
    """The payments of sums or parts that an outcome says anything about."""
    terms = plan.terms
    return [name for name, each in terms.payments.items() if isinstance(each, SUMS) and outcome in each.reads()]


def occurrence_of_part(divide: Divide, grain: Grain, key: Key, name: str) -> str:
    """What a part is called among the lines of its provider: its labels and period, and among outcomes its key."""
    group = occurrence_of(grain, key)
    if not divide.by_weights:
        return group
    return quoted(name) if group == "1" else f"{group} {quoted(name)}"


@frozen
class Place:
    """Where a line of a sum or a part of a pot stands.

    Attributes:
        key: Its group.
        provider: Id of who is paid, or None.
        occurrence: What it is called among the lines of its provider.
        outcomes: The outcomes of groups that say what it comes to.
    """

    key: Key
    provider: str | None
    occurrence: str
    outcomes: tuple[str, ...]


def places(plan: Plan, payment: Payment) -> Iterator[Place]:
    """Where each line stands that a payment of sums or parts may have."""
    grain, outcomes = grain_paid(plan.terms, payment), outcomes_paid(plan.terms, payment)
    pays = payment.pays if isinstance(payment, Divide) and payment.by_weights else {}
    for key in grain.groups():
        provider = plan.providers[payee_of(plan, grain, key)] or None
        if not pays:
            yield Place(key, provider, occurrence_of(grain, key), outcomes)
        for name, outcome in pays.items():
            assert isinstance(payment, Divide), "only a pot pays parts"
            yield Place(key, provider, occurrence_of_part(payment, grain, key, name), (outcome,))


def place_of(plan: Plan, payment: str, provider: str | None, occurrence: str) -> Place:
    """Where a line of a payment of sums or parts stands."""
    every = places(plan, plan.terms.payments[payment])
    return next(each for each in every if (each.provider, each.occurrence) == (provider, occurrence))


def cited(decisions: Decisions) -> pl.DataFrame:
    """The groups of the outcomes that say what a line comes to: payment, provider, occurrence and these as text."""
    terms = decisions.plan.terms
    names = [name for name, payment in terms.payments.items() if isinstance(payment, SUMS)]
    rows = [row for name in names for row in _cited(decisions, name)]
    kinds = dict.fromkeys(("payment", "provider", "occurrence", "groups"), pl.String)
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _cited(decisions: Decisions, name: str) -> Iterator[tuple[str, str | None, str, str]]:
    """What each line of a payment would cite."""
    plan = decisions.plan
    grain = grain_paid(plan.terms, plan.terms.payments[name])
    for place in places(plan, plan.terms.payments[name]):
        texts = []
        for outcome in place.outcomes:
            own = decisions.pooled[outcome].grain
            around = own.around(place.key, grain)
            provider = [label for word, label in zip(own.words, around, strict=True) if word == "provider"]
            texts.append("/".join([outcome, *provider, occurrence_of(own, around)]))
        yield name, place.provider, place.occurrence, ";".join(texts)


def priced_on(plan: Plan, word: str, grain: Grain, key: Key, known: int) -> int:
    """The day whose figures hold for a group."""
    last, period = number_of(plan.contract.term.last), grain.period(key)
    days = {"start": number_of(period.first), "known": min(known, last), "contract_to": last}
    return days.get(word, number_of(period.last))


def _unit(
    plan: Plan,
    decisions: Decisions,
    amount: Amount,
    at: Paying,
    where: tuple[Grain, Key, int],
    sizes: Mapping[tuple[int, int], Unit] | None,
) -> Unit | None:
    """What is multiplied for a group; None where another payment has no line, or an outcome no figure."""
    grain, key, priced = where
    if sizes is not None:
        provider = payee_of(plan, grain, key) if "provider" in grain.words else 0
        return sizes.get((provider, grain.periods.index(grain.period(key))))
    if amount.amount in decisions.pooled:
        result = decisions.pooled[amount.amount].around(key, grain)
        return of_money(result.value, plan.terms.contract.currency, result.known or 0) if result.met else None
    cell = at.table.place(dict(zip(grain.words, key, strict=True)), priced)
    minor = None if cell is None else at.table.cells[cell]
    assert isinstance(minor, int), "a contract that is checked has a figure for every group and day"
    return Unit(minor=minor, cell=cell)


def of_money(value: Fraction | None, currency: str, known: int) -> Unit | None:
    """Money that an outcome came to, in whole units of the currency, such as pounds."""
    return None if value is None else Unit(minor=10 ** CURRENCY_DIGITS[currency], count=value, known=known)


def payee_of(plan: Plan, grain: Grain, key: Key) -> int:
    """The place of the provider that a group is paid to: its own, or the only one there is."""
    return provider_of(plan, grain, key) if "provider" in grain.words else len(plan.providers) - 1


def _factor(plan: Plan, decisions: Decisions, at: Paying, place: int, where: tuple[Grain, Key, int]) -> Fraction | None:
    """One of the factors of a group: the figure of an outcome or of a value."""
    grain, key, priced = where
    payment = plan.payments[at.payment]
    name = plan.terms.payments[payment].times[place]
    if name in decisions.pooled:
        return figure_of(decisions, name, key, grain)
    table = plan.contract.tables["payments", payment, "times", place]
    ratio = table.figure(dict(zip(grain.words, key, strict=True)), priced)
    assert isinstance(ratio, int | Fraction), "a contract that is checked has a factor for every group and day"
    return Fraction(ratio)


def added_up(plan: Plan, amount: Amount, lines: pl.LazyFrame) -> dict[tuple[int, int], Unit]:
    """What the lines of a payment come to, and when it was known, by provider (0 for all) and place of the period.

    Args:
        plan: The contract as at a day.
        amount: The payment that is a share of it.
        lines: The lines of the payment.
    """
    grain = grain_paid(plan.terms, amount)
    provider = pl.col("provider") if "provider" in grain.words else pl.lit(0, dtype=pl.Int16)
    rows = lines.select(
        provider.alias("_who"), period_place(plan, grain, pl.col("falls")).alias("_place"), "amount", "known"
    )
    groups = rows.group_by("_who", "_place").agg(pl.col("amount").cast(pl.Int128).sum(), pl.col("known").max())
    return {(who, place): Unit(minor=minor, known=known) for who, place, minor, known in groups.collect().iter_rows()}


def as_frame(plan: Plan, decisions: Decisions, at: Paying, grain: Grain, found: Iterable[Sum]) -> pl.LazyFrame:
    """Sums as rows, with what adjustments ask of lines; see ``pbr.grouped.group_lines`` for the columns.

    Raises:
        EvaluationError: PBR401, a figure with more digits than can be held.
    """
    schema = decisions.frame.schema
    kinds: dict[str, pl.DataType | type[pl.DataType]] = {"outcome": pl.UInt16, "subject": schema["subject"]}
    kinds |= {"provider": pl.Int16, "occurrence": pl.String, "cell": pl.UInt32}
    kinds |= dict.fromkeys(("day", "known", "priced"), pl.Int32)
    kinds |= dict.fromkeys(("unit", "quantity", "parts"), pl.Int64)
    kinds |= {name: schema.get(name, kind_of_column(name)) for name in at.carry}
    rows = []
    for each in found:
        if max(abs(each.unit.minor), abs(each.count.numerator), each.count.denominator) > MOST:
            name = plan.payments[at.payment]
            message = f"a figure of '{name}' has more digits than can be held; say with `round` where it is rounded"
            raise EvaluationError([Problem(code="PBR401", message=message)])
        row: dict[str, object] = {name: label_of(grain, each.key, name) for name in at.carry}
        row |= {"outcome": each.outcome, "subject": None, "provider": payee_of(plan, grain, each.key)}
        row |= {"occurrence": each.occurrence, "cell": each.unit.cell}
        row |= {"day": each.day, "known": each.known, "priced": each.priced}
        row |= {"unit": each.unit.minor, "quantity": each.count.numerator, "parts": each.count.denominator}
        rows.append(tuple(row[name] for name in kinds))
    return pl.LazyFrame(rows, schema=kinds, orient="row")
