"""Sums for groups: what is multiplied and by what, for which groups, and who is paid."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pbr.calendar import PERIODS
from pbr.condition import Kind
from pbr.contract.check_pooled import of_groups
from pbr.contract.check_words import check_per, group_words, labelled
from pbr.contract.contract import payments_in_order, read_of
from pbr.contract.figures import Unit
from pbr.contract.grain import grain_paid, is_test, outcomes_paid
from pbr.contract.units import kind_of
from pbr.lines import MOST
from pbr.payments import PRICED_ON, Amount, FallsIn
from pbr.problem import short

if TYPE_CHECKING:
    from pbr.contract.figures import Figures
    from pbr.contract.grain import Grain
    from pbr.contract.view import View
    from pbr.document import PathTo
    from pbr.payments import Achieving, Divide


def check_sum(view: View, figures: Figures, amount: Amount, path: PathTo) -> None:
    """Check a sum for each group by itself."""
    before = len(view.problems)
    _multiplied(view, figures, amount.amount, (*path, "amount"))
    if amount.pays_for and of_groups(view, amount.pays_for, *path, "pays_for"):
        pooled = view.terms.pooled[amount.pays_for]
        if not is_test(pooled):
            message = f"'{amount.pays_for}' is a number, and not met or missed; write it under `times`, or test it"
            view.fail("PBR136", message, *path, "pays_for")
    for place, text in enumerate(amount.times):
        here = (*path, "times", place)
        if text in view.terms.outcomes or text in view.terms.pooled:
            if of_groups(view, text, *here) and kind_of(view.terms, text) is Kind.MONEY:
                message = f"'{text}' is money, and a sum is multiplied by shares and numbers"
                view.fail("PBR124", f"{message}; name it under `amount`", *here)
        else:
            view.keep(figures.table(text, Unit.RATIO, here), *here)
    check_chain(view, amount, path)
    check_lines(view, amount, path)
    check_day(view, amount.price_on, path)
    check_per(view, amount.per, group_words(view), "lines", path)
    said = amount.per or outcomes_paid(view.terms, amount) or view.lost & set(amount.reads())
    if not said and len(view.problems) == before:
        message = "no outcome says for which groups there is a sum; write `per`, such as [provider, contract_year]"
        view.fail("PBR165", message, *path)


def _multiplied(view: View, figures: Figures, text: str, path: PathTo) -> None:
    """What is multiplied: a figure, another payment, or an outcome of groups that is money."""
    if text in view.terms.payments:
        return
    if text not in view.terms.outcomes and text not in view.terms.pooled:
        view.keep(figures.table(text, Unit.MONEY, path), *path)
    elif of_groups(view, text, *path) and kind_of(view.terms, text) is not Kind.MONEY:
        message = f"'{text}' is no money; write a sum under `amount`, and '{text}' under `times`"
        view.fail("PBR124", message, *path)


def check_chain(view: View, payment: Achieving | Amount, path: PathTo) -> None:
    """What is multiplied step by step is rounded once, so that the whole chain has to be held exactly."""
    above = below = 1
    places: list[PathTo] = [("times", place) for place in range(len(payment.times))]
    for at in [*places, ("share",)]:
        table = view.tables.get((*path, *at))
        ratios = [] if table is None else [Fraction(cell) for cell in table.cells if isinstance(cell, int | Fraction)]
        above *= max((abs(ratio.numerator) for ratio in ratios), default=1)
        below *= max((ratio.denominator for ratio in ratios), default=1)
        if max(above, below) > MOST:
            message = "together these factors have more digits than can be held; write them with fewer, or as one value"
            view.fail("PBR109", message, *path, *at)
            return


def check_lines(view: View, payment: Achieving | Amount, path: PathTo) -> None:
    """The day that decides the period of its lines is said, and whether it takes."""
    check_falls(view, payment, path)
    if payment.takes not in {"yes", "no", "true", "false"}:
        view.fail("PBR106", f"'{short(payment.takes)}' is neither yes nor no", *path, "takes")


def check_falls(view: View, payment: Achieving | Amount | Divide, path: PathTo) -> None:
    """The day that decides the period of its lines is said."""
    if payment.falls_in is FallsIn.DUE and payment.due is None:
        view.fail("PBR136", "`falls_in: due` needs `due`, the day on which it is to be paid", *path, "falls_in")


def check_day(view: View, word: str, path: PathTo) -> None:
    """The day whose figures hold is one that a group has."""
    if word not in PRICED_ON:
        message = f"a group has no day of '{short(word)}'; one of: {', '.join(PRICED_ON)}"
        view.fail("PBR136", message, *path, "price_on")


def check_circles(view: View) -> None:
    """No payment is a share of itself, through others or directly."""
    payments = view.terms.payments
    waiting = [name for name in payments if name not in payments_in_order(view.terms)]
    if waiting:
        circle = [waiting[0]]
        while (other := str(read_of(payments[circle[-1]]))) not in circle:
            circle.append(other)
        circle = circle[circle.index(other) :]
        first = min(range(len(circle)), key=lambda place: waiting.index(circle[place]))
        circle = [*circle[first:], *circle[:first]]
        message = f"payments are shares of each other in a circle: {' -> '.join([*circle, circle[0]])}; break it"
        view.fail("PBR112", message, "payments", circle[0], "amount")


def check_sum_grains(view: View, grains: dict[str, Grain]) -> None:
    """The groups of what a sum is made of fit together, and say who is paid.

    Args:
        view: The contract; what has problems is passed over.
        grains: The groups of each outcome of groups.
    """
    for name, payment in view.terms.payments.items():
        if not isinstance(payment, Amount) or view.problems:
            continue
        path = ("payments", name)
        grain = _groups(view, payment, grains, path)
        if grain is None:
            continue
        for at, table in view.tables.items():
            if at[:2] == path:
                labelled(view, table, grain, f"'{name}'", at)
        others = [word for word in grain.words if word != "provider" and word not in PERIODS]
        if payment.amount in view.terms.payments and others:
            message = f"lines are added up by provider and period, and not by {others[0]}"
            view.fail("PBR164", f"{message}; measure without it, or name a sum", *path, "amount")
        check_payee(view, name, grain, path)


def _groups(view: View, amount: Amount, grains: dict[str, Grain], path: PathTo) -> Grain | None:
    """The groups of a sum, if what it is made of is of these or of groups around them."""
    found = {name: grains[name] for name in outcomes_paid(view.terms, amount)}
    fit = amount.per or any(all(other.holds(each) for other in found.values()) for each in found.values())
    grain = grain_paid(view.terms, amount) if fit else None
    if grain is not None and all(each.holds(grain) for each in found.values()):
        return grain
    words = " and ".join(f"'{name}' per {', '.join(each.words) or 'contract'}" for name, each in found.items())
    if amount.per:
        words = f"{', '.join(amount.per)} under `per`, and {words}"
    message = f"a sum is of groups that lie in those of all it is made of, and these do not: {words}"
    view.fail("PBR164", f"{message}; measure alike, or change `per`", *path)
    return None


def check_payee(view: View, name: str, grain: Grain, path: PathTo) -> None:
    """Who is paid is the provider of the group, or the only one there is."""
    if "provider" not in grain.words and len(view.terms.contract.providers) > 1:
        message = f"'{name}' has one sum for several providers, so it is not known who is paid"
        view.fail("PBR165", f"{message}; name provider under `per`", *path)
