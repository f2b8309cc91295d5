"""Adjustments: whom they act on, their figures, the groups of lines they make, and their order."""

from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING

from pbr.adjustments import Cap, Floor, Gate, Multiply, Retain, Split, Tax
from pbr.adjustments.cap import Excess, Part
from pbr.adjustments.floor import IfOwed
from pbr.calendar import PERIODS, number_of
from pbr.contract.check_factors import check_factor
from pbr.contract.check_helped import check_split_by
from pbr.contract.check_order import check_order
from pbr.contract.check_retain import check_retain
from pbr.contract.figures import PERIOD_KEYS, Unit
from pbr.contract.model import FieldKind
from pbr.contract.view import NAME
from pbr.lines import MOST, Only
from pbr.money import plain
from pbr.payments import Fee
from pbr.problem import did_you_mean, short

if TYPE_CHECKING:
    from typing import TypeAlias

    from pbr.adjustments import Adjustment
    from pbr.contract.figures import Figures
    from pbr.contract.model import Terms
    from pbr.contract.view import View
    from pbr.document import PathTo
    from pbr.table import Table

    Grouping: TypeAlias = Multiply | Cap | Floor | Retain | Split | Tax

FIGURES = {
    "cap": ("at_most", Unit.MONEY),
    "floor": ("at_least", Unit.MONEY),
    "multiply": ("by", Unit.RATIO),
    "retain": ("share", Unit.RATIO),
    "tax": ("rate", Unit.RATIO),
}
"""The term of each kind that names a figure, and its unit."""


def check_adjustments(view: View, figures: Figures) -> None:
    """Check every adjustment, in order."""
    seen: set[str] = set()
    for index, term in enumerate(view.terms.adjustments):
        path = ("adjustments", index)
        if term.id in seen or not NAME.fullmatch(term.id):
            why = "is an adjustment already" if term.id in seen else "cannot be a name"
            view.fail("PBR110", f"'{short(term.id)}' {why}", *path, "id")
        seen.add(term.id)
        for place, name in enumerate(term.on):
            view.known(name, view.terms.payments, "payment", *path, "on", place)
        if term.where is not None:
            view.condition(term.where, view.scope(view.terms.cohort_table, results=True), *path, "where")
        table = None
        if isinstance(term, Multiply) and term.by in view.terms.outcomes:
            check_factor(view, term, (*path, "by"))
        elif term.kind in FIGURES:
            key, unit = FIGURES[term.kind]
            table = figures.table(term.figure, unit, (*path, key))
            view.keep(table, *path, key)
        _of_kind(view, term, table, path)
        _not_on_fees(view, index)
    check_order(view)


def _of_kind(view: View, term: Adjustment, table: Table | None, path: PathTo) -> None:
    """What one kind alone asks for."""
    if isinstance(term, Gate):
        _gate(view, term, path)
        return
    by = isinstance(term, Split) and term.by  # which refuses `per` by itself
    if (term.per or not isinstance(term, Multiply | Split)) and not by:
        _groups(view, term, table, path)
    if isinstance(term, Cap):
        _cap(view, term, path)
    if isinstance(term, Retain):
        check_retain(view, term, table, path)
    if isinstance(term, Split):
        check_split_by(view, term, path) if term.by else _split(view, term, path)
    rows = isinstance(term, Floor | Retain | Tax) or (isinstance(term, Multiply | Split) and term.per and not by)
    if rows or (isinstance(term, Cap) and term.excess is Excess.CARRIED):
        _payee(view, term, path)
    carries = isinstance(term, Floor) and term.if_owed is IfOwed.CARRY_FORWARD
    if carries and not set(term.per) & set(PERIODS):
        message = "what is carried forward is taken in the next period, so `per` names one, such as quarter"
        view.fail("PBR125", message, *path, "per")


def _gate(view: View, gate: Gate, path: PathTo) -> None:
    if (gate.needs is None) == (gate.stops is None):
        view.fail(
            "PBR136", "a gate has either `needs`, an outcome that opens it, or `stops`, one that closes it", *path
        )
        return
    view.known(gate.outcome, view.terms.outcomes, "outcome", *path, "stops" if gate.needs is None else "needs")


def _cap(view: View, term: Cap, path: PathTo) -> None:
    """The order of a cap, and what becomes of what it cuts."""
    for place, name in enumerate(term.order.payments):
        known = ["achieved", "known", *view.terms.payments]
        view.known(name, known, "order or payment", *path, "order", *([place] if len(term.order.texts) > 1 else []))
        if name in term.order.payments[:place]:
            view.fail("PBR110", f"'{short(name)}' stands here twice", *path, "order", place)
        elif name in {"achieved", "known"}:
            view.fail("PBR136", f"`{name}` is an order by itself; a list is of payments", *path, "order", place)
    if term.only is Only.TAKES:
        view.fail("PBR136", "a cap is of what is given; for what is taken write a floor", *path, "only")
    if term.excess is Excess.CARRIED and term.part is Part.REFUSE:
        message = "what is refused is not paid later, so it cannot be carried; write `part: pay` or `excess: lost`"
        view.fail("PBR136", message, *path, "excess")
    if term.excess is Excess.CARRIED and not set(term.per) & set(PERIODS):
        message = "what is carried is paid in the next period, so `per` names one, such as contract_year"
        view.fail("PBR125", message, *path, "per")


def _split(view: View, term: Split, path: PathTo) -> None:
    """The payees of a split are known, and their shares add up to the whole."""
    shares = term.shares
    for name, text, share in zip(term.between, term.between.values(), shares, strict=True):
        view.known(name, view.terms.contract.providers, "provider", *path, "between", name)
        if share is None or share <= 0:
            said = text if isinstance(text, str) else ", ".join(text)
            message = f"'{short(said)}' is not a share above 0, such as 60% or 3/5"
            view.fail("PBR109", message, *path, "between", name)
    found = [share for share in shares if share is not None and share > 0]
    if len(found) < len(shares):
        return
    if sum(found) != 1:
        message = f"these shares add up to {plain(sum(found) * 100)}%, and what is shared is 100%"
        view.fail("PBR177", f"{message}; change them so that they do", *path, "between")
    elif lcm(*(share.denominator for share in found)) > MOST:
        view.fail("PBR109", "these shares have more digits than can be held together", *path, "between")


def _payee(view: View, term: Grouping, path: PathTo) -> None:
    """A line of a group is paid to somebody."""
    names = view.terms.contract.providers if view.terms.names_provider else {}
    paid = [view.terms.payments[name] for name in term.on or view.terms.payments if name in view.terms.payments]
    moved = [payment for payment in paid if not isinstance(payment, Fee) and payment.to is not None]
    if moved and "provider" not in term.per:
        message = f"its lines are of a group, and '{moved[0].pays_for}' may be paid to several providers for one"
        view.fail("PBR125", f"{message} {view.terms.cohort.of}; `per` names provider, to say who is paid", *path, "per")
    elif len(names) > 1 and not {"provider", view.terms.cohort.of} & set(term.per):
        message = f"its lines are of a group, so `per` names provider, or {view.terms.cohort.of}, to say who is paid"
        view.fail("PBR125", message, *path, "per")


def _groups(view: View, term: Grouping, table: Table | None, path: PathTo) -> None:
    """The groups of lines that an adjustment makes, and whether its figure is one for each."""
    known = per_words(view.terms)
    for place, word in enumerate(term.per):
        if word not in known and word not in view.lost:
            message = f"'{short(word)}' cannot make groups of lines{did_you_mean(word, known)}"
            view.fail("PBR125", message, *path, "per", place)
        if word in {"outcome", "payment"} & view.terms.all_fields(view.terms.cohort_table).keys():
            message = f"'{word}' is a word of adjustments and a field too, so it is not clear which is meant"
            view.fail("PBR125", f"{message}; rename the field", *path, "per", place)
        if word in term.per[:place]:
            view.fail("PBR125", f"'{short(word)}' stands here twice", *path, "per", place)
    periods = [word for word in term.per if word in PERIODS]
    if len(periods) > 1:
        view.fail("PBR125", f"'{periods[0]}' and '{periods[1]}' are both periods; keep one", *path, "per")
    if not term.per:
        view.fail("PBR125", "name at least one of: " + ", ".join(known), *path, "per")
    if table is None:
        return
    for key in table.by:
        by = key.removeprefix("_by.")
        if by not in term.per:
            view.fail("PBR125", f"'{term.figure}' has rows by {by}, so `per` names it too", *path, "per")
    _periods_of(view, term, table, (*path, "per"))


def _periods_of(view: View, term: Grouping, table: Table, path: PathTo) -> None:
    """A figure that changes with time is for a period; that of its first day holds for all of it.

    One by the number of a period is for no longer period, since that would have several.
    """
    header, value = view.terms.contract, view.terms.values.get(term.figure)
    periods = {word for word in term.per if word in PERIODS}
    by = next((key for key in (value.by if value else ()) if key in PERIOD_KEYS), None)
    if by is not None and not periods & set(PERIOD_KEYS[PERIOD_KEYS.index(by) :]):
        message = f"'{term.figure}' has a figure for each {by}, so `per` names {by} or a shorter period"
        view.fail("PBR125", message, *path)
    elif any(number_of(header.from_) < day <= number_of(header.to) for day in table.starts[1:]) and not periods:
        view.fail("PBR125", f"'{term.figure}' is dated, so `per` names a period, such as contract_year", *path)


def per_words(terms: Terms) -> list[str]:
    """What may stand under ``per``: the cohort's noun, provider, groupings, text fields, periods."""
    own = terms.all_fields(terms.cohort_table)
    texts = [name for name, term in own.items() if term.type is FieldKind.TEXT]
    split = any(isinstance(term, Split) for term in terms.adjustments)  # which pays providers that no row names
    provider = ["provider"] if terms.names_provider or split else []
    owner = [] if terms.parent_key is None else [terms.parent_key[0]]
    return [terms.cohort.of, *owner, *provider, "outcome", "payment", *terms.groups, *texts, *PERIODS]


def _not_on_fees(view: View, index: int) -> None:
    """A figure by the labels of a participant says nothing of a fee."""
    term = view.terms.adjustments[index]
    if term.kind not in FIGURES:
        return
    key, _ = FIGURES[term.kind]
    table = view.tables.get(("adjustments", index, key))
    labels = [] if table is None else [by.removeprefix("_by.") for by in table.by if by != "_by.provider"]
    fees = [name for name, payment in view.terms.payments.items() if isinstance(payment, Fee)]
    acted = [name for name in fees if name in (term.on or fees)]
    if labels and acted:
        message = f"'{term.figure}' has rows by {labels[0]}, and the fee '{acted[0]}' is of no participant"
        view.fail("PBR125", f"{message}; name the other payments under `on`", "adjustments", index, key)
