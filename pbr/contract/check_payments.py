"""Payments: what they pay for, their figures, the day whose price holds, when they are due, and their instalments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.calendar import DUE_FORMS, Due
from pbr.contract.check_bands import check_bands
from pbr.contract.check_fees import check_fee
from pbr.contract.check_outcomes import MOST_YEARS, PER_YEAR
from pbr.contract.check_pots import check_pot
from pbr.contract.check_sums import check_chain, check_lines, check_sum
from pbr.contract.check_weights import check_come_to_one
from pbr.contract.contract import word_of
from pbr.contract.figures import OUTCOME, Unit
from pbr.contract.grain import labels_of
from pbr.contract.units import kind_of
from pbr.instalments import times_of
from pbr.outcomes import Combine
from pbr.payments import PRICED_ON, Amount, Bands, Divide, Fee
from pbr.problem import did_you_mean, short

if TYPE_CHECKING:
    from pbr.contract.figures import Figures
    from pbr.contract.model import Terms
    from pbr.contract.view import View
    from pbr.document import PathTo
    from pbr.payments import Achieving, Payment
    from pbr.table import Table


def check_payments(view: View, figures: Figures) -> None:
    """Check every payment by itself."""
    for name, payment in view.terms.payments.items():
        path = ("payments", name)
        if isinstance(payment, Fee):
            check_fee(view, figures, payment, path)
        elif isinstance(payment, Divide):
            check_pot(view, figures, payment, path)
        elif isinstance(payment, Amount):
            check_sum(view, figures, payment, path)
        else:
            _of_outcome(view, figures, payment, path)
        _due(view, payment, path)


def _of_outcome(view: View, figures: Figures, tariff: Achieving, path: PathTo) -> None:
    known = view.known(tariff.pays_for, view.terms.outcomes, "outcome", *path, "pays_for")
    if isinstance(tariff, Bands):
        check_bands(view, figures, tariff, path)
    else:
        price = figures.table(tariff.price, Unit.MONEY, (*path, "price"))
        view.keep(_of_its_outcome(view, price, tariff, (*path, "price")), *path, "price")
    for place, text in enumerate(tariff.times):
        if text in view.terms.outcomes:
            _of_groups(view, tariff, text, (*path, "times", place))
            continue
        here = (*path, "times", place)
        view.keep(_of_its_outcome(view, figures.table(text, Unit.RATIO, here), tariff, here), *here)
    if tariff.share is not None:
        _shares(view, figures, tariff, tariff.share, (*path, "share"))
    check_chain(view, tariff, path)
    check_lines(view, tariff, path)
    _parts(view, tariff, path)
    if tariff.to is not None:
        _payee(view, tariff.to, path)
    other = tariff.priced_by
    if other is None or not known:
        return
    words = [*PRICED_ON, *view.terms.outcomes]
    if not view.known(other, words, "day or outcome", *path, "price_on"):
        return
    paid = view.terms.outcomes[tariff.pays_for]
    needed = isinstance(paid, Combine) and paid.need == "all" and other in paid.of
    if other != tariff.pays_for and not needed:
        message = f"'{tariff.pays_for}' can be met without '{other}', and then there is no price"
        view.fail("PBR136", f"{message}; pay for a combination of all that names it", *path, "price_on")


def _of_its_outcome(view: View, table: Table | None, tariff: Achieving, path: PathTo) -> Table | None:
    """Of figures by outcome the one of what is paid for; others as they are."""
    if table is None or table.by != (f"_by.{OUTCOME}",) or word_of(view.terms, tariff.pays_for) is not None:
        return table
    if tariff.pays_for in table.labels[0]:
        return table.only(tariff.pays_for)
    view.fail("PBR120", f"'{table.value}' has no figure for outcome '{tariff.pays_for}'; add a row", *path)
    return None


def _shares(view: View, figures: Figures, tariff: Achieving, name: str, path: PathTo) -> None:
    """Each word of what is paid bears a share of the price, and together they bear all of it."""
    table = figures.table(name, Unit.RATIO, path)
    if table is None:
        return
    view.keep(table, *path)
    word = word_of(view.terms, tariff.pays_for)
    keys = [key.removeprefix("_by.") for key in table.by]
    if word is None or word[0] not in keys:
        message = f"the shares are of what '{short(tariff.pays_for)}' is met once for, and it has no `once_per`"
        if word is not None:
            message = f"'{short(name)}' has no rows by '{word[0]}', of whose words each bears a share"
        view.fail("PBR125", f"{message}; mend it, or write `times: [{short(name)}]`", *path)
        return
    check_come_to_one(view, name, table, word[0], ("PBR170", "shares", "mend one of them"), path)


def _of_groups(view: View, tariff: Achieving, name: str, path: PathTo) -> None:
    """A factor that is an outcome is one of groups that has a number, and so is what is paid for."""
    if name not in view.terms.pooled or tariff.pays_for not in view.terms.pooled:
        message = "only a payment for groups is multiplied by an outcome, and only by one of groups"
        view.fail("PBR160", f"{message}; write a value, or a measure of '{short(name)}'", *path)
    elif kind_of(view.terms, name) is None:
        view.fail("PBR136", f"'{name}' is met or not, and no number; write a gate that needs it", *path)


def _payee(view: View, name: str, path: PathTo) -> None:
    """Who is paid is the label of a grouping: a provider of the contract."""
    terms = view.terms
    if not view.known(name, terms.groups, "grouping", *path, "to"):
        return
    if not terms.names_provider:
        message = f"'{terms.cohort_table}' has no field of the type provider, so nobody is known to be paid otherwise"
        view.fail("PBR132", message, *path, "to")
    for label in terms.groups[name]:
        if label not in terms.contract.providers and f"contract.providers.{label}" not in view.lost:
            message = f"'{name}' says who is paid, and its label '{short(label)}' is no provider"
            view.fail("PBR111", f"{message}{did_you_mean(label, terms.contract.providers)}", "groups", name, label)


def _parts(view: View, tariff: Achieving, path: PathTo) -> None:
    """Instalments, and the days on which they fall."""
    if tariff.every is not None and len(tariff.instalments.shares or ()) == 1:
        view.fail("PBR136", "`every` is the time between instalments, of which there is one; remove it", *path, "every")
    if tariff.every is not None and tariff.every.count == 0:
        message = "there is no time between the instalments; remove `every`, or write 1 day or more"
        view.fail("PBR109", message, *path, "every")
    if tariff.every is not None:
        longest = times_of(tariff.every, len(tariff.instalments.shares or ()))
        if longest.count > MOST_YEARS * PER_YEAR[longest.unit]:
            view.fail("PBR109", f"the last instalment would be more than {MOST_YEARS} years later", *path, "every")


def _due(view: View, payment: Payment, path: PathTo) -> None:
    """A day to pay can be read, and working days are said."""
    if payment.due is None:
        return
    due = Due.parse(payment.due)
    if due is None:
        forms = ", ".join(f"`{form}`" for form in DUE_FORMS)
        view.fail("PBR109", f"'{short(payment.due)}' is no day to pay; write it like {forms}", *path, "due")
    elif due.count > MOST_YEARS * PER_YEAR.get(due.unit, 260):
        view.fail("PBR109", f"'{short(payment.due)}' is more than {MOST_YEARS} years; shorten it", *path, "due")
    elif due.length is None and view.terms.conventions.working_days is None and "working_days" not in view.lost:
        message = (
            "the contract does not say which days are working days: under conventions write `working_days: weekdays`"
        )
        view.fail("PBR102", f"{message}, or {{country: england}}", *path, "due")


def check_readers(view: View) -> None:
    """A figure by the words of an event is looked up only by a payment for that event."""
    own = view.terms.all_fields(view.terms.cohort_table)
    known = {"provider", *view.terms.groups, *own}
    for path, table in view.tables.items():
        for key in table.by:
            by = key.removeprefix("_by.")
            named = path[0] == "outcomes" and path[2:3] == ("value",) and "." in str(path[-1])  # the row of a label
            if named or by in known or by == _word(view.terms, path) or _of_a_group(view, path, by):
                continue
            message = f"rows by '{by}' are for a payment of an outcome that is met `once_per: {by}`, and for no other"
            if by == OUTCOME and not any(word_of(view.terms, name) for name in view.terms.outcomes):
                message = (
                    "rows by outcome are weights of an index or a pot, prices and factors of outcomes, and else nothing"
                )
            view.fail("PBR125", message, *path)


def _of_a_group(view: View, path: PathTo, by: str) -> bool:
    """Whether a figure is looked up for groups, which may have the labels of tables of their own."""
    name = str(path[1])
    payment = view.terms.payments.get(name) if path[0] == "payments" else None
    if payment is not None and not isinstance(payment, Fee):
        weighs = by == OUTCOME and isinstance(payment, Divide) and path[-1] == "by"
        of_groups = isinstance(payment, Amount | Divide) or payment.pays_for in view.terms.pooled
        return weighs or (of_groups and bool(labels_of(view.terms, by)))
    weighs = by == OUTCOME and path[-1] == "weights"
    return path[0] == "outcomes" and name in view.terms.pooled and (weighs or bool(labels_of(view.terms, by)))


def _word(terms: Terms, path: PathTo) -> str | None:
    """The field by whose words the price of a payment may be."""
    payment = terms.payments.get(str(path[1])) if path[0] == "payments" else None
    found = None if payment is None else word_of(terms, payment.pays_for)
    return None if found is None else found[0]
