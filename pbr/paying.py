"""What payments need to know to write their lines, and what must be known of a subject before it can be paid."""

from __future__ import annotations

import datetime as dt
import enum
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import evolve

from pbr.adjustments import Split
from pbr.calendar import PERIODS, Due, PeriodKind, number_of
from pbr.contract.contract import late, word_of
from pbr.contract.model import FieldKind, Statements
from pbr.contract.worked_out import figures_of_values, parts_of_one
from pbr.lines import Filling, Paying
from pbr.money import CURRENCY_DIGITS, round_minor
from pbr.outcomes import OfFigures
from pbr.outcomes.event import once_per
from pbr.payments import Amount, Bands, Divide, Fee, Tariff
from pbr.payments.bands import BAND
from pbr.table import NO_FIGURE, Table, stacked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.calendar import Date
    from pbr.contract import Contract, Terms
    from pbr.lines import Adjusting
    from pbr.payments import Achieving, Payment


STATEMENT_PERIODS = {
    Statements.CONTRACT_YEAR: PeriodKind.CONTRACT_YEAR,
    Statements.YEARLY: PeriodKind.CONTRACT_YEAR,
    Statements.QUARTERLY: PeriodKind.QUARTER,
    Statements.MONTHLY: PeriodKind.MONTH,
}
_ROOM = 60
"""Days beyond those counted among which a working day is surely found."""


class Need(enum.Enum):
    """What must be known of a subject before an outcome can be paid."""

    GROUPING = "it is in one label of a grouping"
    TEXT = "a text field is not empty"
    WHERE = "the condition of an adjustment is decided"
    PRICE = "its figures exist on its start date"


Needs: TypeAlias = "tuple[tuple[Need, str | int], ...]"
"""In the order of the file: each with the name of a grouping, field or payment, or the place of an adjustment."""


def providers_of(terms: Terms) -> tuple[str, ...]:
    """Ids of the providers in order; an empty one where the cohort's table names none, before any others."""
    named = tuple(sorted(terms.contract.providers))
    if terms.names_provider:
        return named
    fees = any(isinstance(payment, Fee) for payment in terms.payments.values())
    others = any(terms.tables[table].role(FieldKind.PROVIDER) for table in terms.tables_of_groups)
    splits = any(isinstance(term, Split) for term in terms.adjustments)
    return ("", *named) if fees or others or splits else ("",)


def paying_of(contract: Contract, carry: tuple[str, ...], as_at: Date) -> tuple[Paying, ...]:
    """What each payment needs, in the order of the file."""
    found = []
    for index, (name, payment) in enumerate(contract.terms.payments.items()):
        common = _common(contract, index, payment, carry, as_at)
        if isinstance(payment, Fee):
            found.append(evolve(common, **_of_fee(contract, name, payment)))
        elif isinstance(payment, Divide):
            found.append(evolve(common, table=contract.tables["payments", name, "amount"], pooled=True))
        elif isinstance(payment, Amount):
            found.append(evolve(common, **_of_amount(contract, name, payment)))
        else:
            found.append(evolve(common, **_of_outcome(contract, name, payment)))
    return tuple(found)


def _common(contract: Contract, index: int, payment: Payment, carry: tuple[str, ...], as_at: Date) -> Paying:
    """What every payment needs."""
    due = None if payment.due is None else Due.parse(payment.due)
    return Paying(
        payment=index,
        outcome=None,
        name="",
        table=NO_FIGURE,
        carry=carry,
        due=due,
        working=_working(contract, due, as_at),
        periods=_periods(contract),
        as_at=number_of(as_at),
        rounding=contract.terms.conventions.rounding,
    )


def _of_fee(contract: Contract, name: str, fee: Fee) -> dict[str, Any]:
    """What a fee needs beside."""
    places = {provider: place for place, provider in enumerate(providers_of(contract.terms))}
    named = tuple(place for provider, place in places.items() if provider)
    outcome = contract.terms.pooled.get(fee.amount)
    formula = outcome if isinstance(outcome, OfFigures) else None
    return {
        "table": contract.tables["payments", name, "amount"]
        if formula is None
        else _worked_out(contract, fee, formula),
        "priced": None if formula is None else number_of(contract.term.first),
        "days": tuple(number_of(day) for day in fee.days(contract.term.first)),
        "until": None if fee.until_settled is None else list(contract.terms.payments).index(fee.until_settled),
        "providers": (places[fee.to],) if fee.to else named or (0,),
    }


def _worked_out(contract: Contract, fee: Fee, formula: OfFigures) -> Table:
    """What a formula of values alone comes to, for each provider or for all, rounded once."""
    terms = contract.terms
    found = figures_of_values(terms, contract.formulas, contract.tables, fee.amount, formula)
    one, rounding = 10 ** CURRENCY_DIGITS[terms.contract.currency], terms.conventions.rounding
    cells = tuple(round_minor(value * one, rounding) for value in found.values() if value is not None)
    assert len(cells) == len(found), "a contract that is checked has a sum for every provider"
    return Table(
        by=tuple(f"_by.{word}" for word in formula.per),
        cells=cells,
        places=(contract.place("outcomes", fee.amount, "value"),) * len(cells),
        labels=(tuple(key[0] for key in found),) if formula.per else (),
    )


def _of_outcome(contract: Contract, name: str, tariff: Achieving) -> dict[str, Any]:
    """What a payment for an outcome needs beside."""
    terms, tables = contract.terms, contract.tables
    pooled = tariff.pays_for in terms.pooled
    fill: tuple[Filling, ...] = ()
    if isinstance(tariff, Bands):
        table = stacked(BAND, {step: tables["payments", name, "bands", step] for step in tariff.bands})
        fill = tuple(_filled(contract, tariff))
    else:
        table = tables["payments", name, "price"]
    return {
        "outcome": list(terms.outcomes).index(tariff.pays_for),
        "name": tariff.pays_for,
        "table": table,
        "fill": fill,
        "parts": None if pooled else parts_of_one(contract, tariff.pays_for),
        "pooled": pooled,
        "payee": None if tariff.to is None else payee_of(tariff.to),
        "word": word_of(terms, tariff.pays_for),
        "times": tuple(_times(contract, name, tariff)),
        "factors": tuple(factor for factor in tariff.times if factor in terms.pooled),
    }


def _filled(contract: Contract, bands: Bands) -> Iterator[Filling]:
    """Who have places of their own."""
    terms = contract.terms
    for word in bands.fill:
        key = fill_key(terms, bands, word)
        if word in PERIODS:
            periods = contract.term.periods(PeriodKind(word))
            starts = tuple(number_of(period.first) for period in periods)
            yield Filling(word=word, labels=tuple(period.name for period in periods), starts=starts)
        elif key == "provider":
            yield Filling(word=word, key=key, labels=providers_of(terms))
        else:
            yield Filling(word=word, key=key, labels=tuple(terms.groups[word]) if key == f"_by.{word}" else None)


def fill_key(terms: Terms, bands: Bands, word: str) -> str:
    """The column of what an achievement has of a word under ``fill``; "" of a period."""
    event = terms.outcomes.get(bands.pays_for)
    if word in PERIODS:
        return ""
    if word == "provider":
        return word
    if once_per(event) == word:
        return "occurrence"
    return f"_by.{word}" if word in terms.groups else f"_field.{word}"


def _of_amount(contract: Contract, name: str, amount: Amount) -> dict[str, Any]:
    """What a sum for each group needs beside; one that is of another payment or an outcome has no figure."""
    terms = contract.terms
    return {
        "outcome": list(terms.outcomes).index(amount.pays_for) if amount.pays_for else None,
        "name": amount.pays_for,
        "table": contract.tables.get(("payments", name, "amount"), NO_FIGURE),
        "pooled": True,
        "factors": tuple(factor for factor in amount.times if factor in terms.pooled),
    }


def _periods(contract: Contract) -> tuple[int, ...]:
    """First days of the statement periods, and the day after the term."""
    kind = STATEMENT_PERIODS[contract.terms.contract.statements]
    firsts = [number_of(period.first) for period in contract.term.periods(kind)]
    return (*firsts, number_of(contract.term.last) + 1)


def _working(contract: Contract, due: Due | None, as_at: Date) -> tuple[int, ...]:
    """Working days from the first day that a line can be counted from, if working days are counted."""
    rule = contract.terms.conventions.working_days
    if due is None or due.length is not None or rule is None:
        return ()
    last = max(contract.term.last, as_at)
    begin = contract.term.first - dt.timedelta(days=_ROOM)
    return rule.between(begin, last + dt.timedelta(days=2 * due.count + _ROOM))


def needs_of(contract: Contract, adjusting: tuple[Adjusting, ...], outcome: str) -> Needs:
    """What must be known of a subject before an outcome can be paid."""
    found: list[tuple[Need, str | int]] = []
    terms = contract.terms
    waits = late(terms, contract.conditions, outcome)
    word = word_of(terms, outcome)
    for place, (name, payment) in enumerate(terms.payments.items()):
        if not isinstance(payment, Tariff | Bands) or payment.pays_for != outcome:
            continue
        if payment.to is not None:
            found.append((Need.GROUPING, payment.to))
        if isinstance(payment, Bands):
            found += of_columns(terms, tuple(fill_key(terms, payment, each) for each in payment.fill))
        for table in _figures(contract, name, payment):
            found += of_columns(terms, tuple(by for by in table.by if word is None or by != f"_by.{word[0]}"))
            if payment.price_on == "start" and table.starts:
                found.append((Need.PRICE, name))
        for at in adjusting:
            if place in at.on:
                found += of_columns(terms, (*at.table.by, *at.keys, *at.labels))
                found += [(Need.WHERE, at.index)] if at.where and at.index not in waits else []
    return tuple(dict.fromkeys(found))


def payee_of(grouping: str) -> str:
    """The column of the provider (Int16, its place) whose id is the label of a grouping."""
    return f"_payee.{grouping}"


def figures_at_start(contract: Contract, name: str) -> Iterator[Table]:
    """The dated figures of a payment at the start, by the provider that it is paid to, for whatever word is met."""
    payment = contract.terms.payments[name]
    assert isinstance(payment, Tariff | Bands), "only what is achieved by one subject is priced at its start"
    word = word_of(contract.terms, payment.pays_for)
    for each in _figures(contract, name, payment):
        to, own = payment.to, word is not None and f"_by.{word[0]}" in each.by
        table = each.without(f"_by.{word[0]}") if word is not None and own else each
        by = table.by if to is None else tuple(payee_of(to) if key == "_by.provider" else key for key in table.by)
        if table.starts:
            yield evolve(table, by=by)


def _figures(contract: Contract, name: str, payment: Achieving) -> Iterator[Table]:
    """The figures of a payment for outcomes: its prices and what they are multiplied by."""
    if isinstance(payment, Bands):
        yield from [contract.tables["payments", name, "bands", step] for step in payment.bands]
    else:
        yield contract.tables["payments", name, "price"]
    yield from _times(contract, name, payment)


def _times(contract: Contract, name: str, tariff: Achieving) -> Iterator[Table]:
    """The figures that a price is multiplied by; outcomes of groups are no figures."""
    for place in range(len(tariff.times)):
        if ("payments", name, "times", place) in contract.tables:
            yield contract.tables["payments", name, "times", place]
    if tariff.share is not None:
        yield contract.tables["payments", name, "share"]


def of_columns(terms: Terms, columns: tuple[str, ...]) -> Iterator[tuple[Need, str | int]]:
    """What must be known for columns that lines are priced or grouped by."""
    for column in columns:
        kind, _, word = column.partition(".")
        if word in terms.groups and kind == "_by":
            yield Need.GROUPING, word
        elif kind in {"_by", "_field"} and word != "provider":
            yield Need.TEXT, word
