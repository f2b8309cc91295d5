"""Fees: their sums, which no achievement changes, their days, and what they are on account of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.condition import Kind
from pbr.contract.figures import Unit
from pbr.contract.grain import grain_of, outcomes_paid, parts_of
from pbr.contract.units import kind_of
from pbr.contract.worked_out import figures_of_values
from pbr.money import CURRENCY_DIGITS, MOST_MINOR, show_money
from pbr.outcomes import OfFigures
from pbr.payments import Amount, Divide, Fee

if TYPE_CHECKING:
    from pbr.contract.figures import Figures
    from pbr.contract.view import View
    from pbr.document import PathTo

_ONE_SUM = "a fee is of no participant, so its amount is one sum or by provider"


def check_fee(view: View, figures: Figures, fee: Fee, path: PathTo) -> None:
    """Check a fee by itself."""
    terms = view.terms
    _amount(view, figures, fee, (*path, "amount"))
    if fee.to is not None:
        view.known(fee.to, terms.contract.providers, "provider", *path, "to")
    _on_account(view, path, fee)
    if {"contract.from", "contract.to"} & view.lost:
        return
    days = list(fee.days(terms.contract.from_))
    key = "every" if fee.from_ is None or fee.from_ >= terms.contract.from_ else "from"
    if days and not terms.contract.from_ <= days[0] <= days[-1] <= terms.contract.to:
        message = f"its instalments run from {days[0]} to {days[-1]}, and the term from {terms.contract.from_}"
        view.fail("PBR113", f"{message} to {terms.contract.to}; change one of them", *path, key)


def _amount(view: View, figures: Figures, fee: Fee, path: PathTo) -> None:
    """The sum: a figure, or a formula of values alone that is money."""
    terms, name = view.terms, fee.amount
    if name in terms.payments:
        message = f"'{name}' is a payment, and a fee is no share of another"
        view.fail("PBR136", f"{message}; write `kind: amount` for what is one", *path)
    elif name in terms.outcomes:
        outcome = terms.outcomes[name]
        if not isinstance(outcome, OfFigures) or parts_of(terms, name):
            message = f"'{name}' rests on evidence, and a fee is owed whatever is achieved"
            fix = "write a sum, a value, or a formula of values alone; what rests on evidence is a payment `amount`"
            view.fail("PBR136", f"{message}; {fix}", *path)
        elif kind_of(terms, name) is not Kind.MONEY:
            view.fail("PBR124", f"'{name}' is no money; write `unit: money` there if that is what it gives", *path)
        elif set(outcome.per) - {"provider"}:
            view.fail("PBR125", f"{_ONE_SUM}; '{name}' is per {', '.join(outcome.per)}", *path)
    else:
        table = figures.table(name, Unit.MONEY, path)
        view.keep(table, *path)
        if table is not None and any(key != "_by.provider" for key in table.by):
            view.fail("PBR125", _ONE_SUM, *path)


def _on_account(view: View, payment: PathTo, fee: Fee) -> None:
    """A fee on account is settled by a payment for groups, since what is paid for one participant is never whole."""
    if fee.until_settled is None:
        return
    path = (*payment, "until_settled")
    others = {other: each for other, each in view.terms.payments.items() if not isinstance(each, Fee)}
    if view.known(fee.until_settled, others, "payment", *path) and not outcomes_paid(
        view.terms, others[fee.until_settled]
    ):
        one = not isinstance(others[fee.until_settled], Amount | Divide)
        why = f"is for one {view.terms.cohort.of} at a time, and" if one else "reads no outcome of groups, so it is"
        message = f"'{fee.until_settled}' {why} never settled as a whole"
        view.fail("PBR160", f"{message}; name a payment for groups", *path)


def check_fee_sums(view: View) -> None:
    """What the formula of a fee comes to is a sum that can be held; a contract with problems is passed over."""
    for payment, fee in view.terms.payments.items():
        outcome = view.terms.pooled.get(fee.amount) if isinstance(fee, Fee) else None
        if not isinstance(fee, Fee) or not isinstance(outcome, OfFigures) or view.problems or view.lost:
            continue
        path, grain = ("payments", payment, "amount"), grain_of(view.terms, fee.amount)
        currency = view.terms.contract.currency
        found = figures_of_values(view.terms, view.formulas, view.tables, fee.amount, outcome)
        for key, value in found.items():
            whom = f" for {grain.name(key)}" if key else ""
            if value is None:
                message = f"'{fee.amount}' divides by 0{whom}, so that there is no sum; mend the formula or its values"
                view.fail("PBR109", message, *path)
            elif abs(value) * 10 ** CURRENCY_DIGITS[currency] > MOST_MINOR:
                message = (
                    f"'{fee.amount}'{whom} comes to more than {show_money(MOST_MINOR, currency)}; check its values"
                )
                view.fail("PBR108", message, *path)
