"""Whether a contract's terms fit together: one small function for each part, each giving problems."""

from __future__ import annotations

import re
import zoneinfo
from typing import TYPE_CHECKING

from pbr.adjustments import Cap
from pbr.calendar import Duration, number_of
from pbr.condition import Kind, check_syntax
from pbr.contract.check_tables import check_tables
from pbr.contract.contract import Contract
from pbr.contract.figures import Figures, Unit
from pbr.contract.model import FieldKind
from pbr.contract.view import NAME, PERIODS, View
from pbr.facts import START, Named
from pbr.money import CURRENCY_DIGITS
from pbr.outcomes import Absence, Combine, Event, OwnFact
from pbr.problem import Problem, did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.contract.model import Terms
    from pbr.document import Document, PathTo
    from pbr.facts import Window
    from pbr.lines import Table
    from pbr.problem import Place

LANGUAGE = "1"
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_ .+-]{0,62}")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,62}")
MOST_YEARS = 100
_TABLES_UNSOUND = {"PBR111", "PBR130"}
"""Faults of tables after which no row can be read."""


def check_terms(document: Document, terms: Terms, lost: frozenset[str]) -> tuple[Contract | None, list[Problem]]:
    """Check a whole contract.

    Args:
        document: The file as read.
        terms: The file as models, without the items set aside.
        lost: Names of the items set aside.

    Returns:
        The contract, or None with everything that is wrong; tables and cohort are checked first, since every other
        part reads them.
    """
    view = View(document, terms, lost)
    _header(view)
    check_tables(view)
    if any(problem.code in _TABLES_UNSOUND for problem in view.problems) or not _cohort(view):
        return None, view.problems
    _names(view)
    _groups(view)
    _clauses(view)
    _defines(view)
    order = _outcomes(view)
    figures = Figures(terms, document.place, lost, view.problems)
    _lengths(view, figures)
    _payments(view, figures)
    _adjustments(view, figures)
    _values(view, figures)
    if view.problems:
        return None, view.problems
    done = Contract(document=document, terms=terms, conditions=view.conditions, tables=view.tables, order=order)
    return done, []


def _header(view: View) -> None:
    terms, header = view.terms, view.terms.contract
    if terms.pbr != LANGUAGE:
        view.fail("PBR101", f"language version '{short(terms.pbr)}' is not known; write `pbr: {LANGUAGE}`", "pbr")
    if header.currency not in CURRENCY_DIGITS and header.currency not in view.lost:
        view.fail("PBR114", f"'{short(header.currency)}' is not a currency code such as GBP", "contract", "currency")
    if header.to < header.from_:
        view.fail("PBR113", f"the term ends on {header.to}, before it starts on {header.from_}", "contract", "to")
    for part in ("commissioners", "providers"):
        for name in getattr(header, part):
            if not _IDENTIFIER.fullmatch(name):
                message = f"'{short(name)}' cannot be an id: letters, digits and _ . : / - only"
                view.fail("PBR110", message, "contract", part, name)
    if header.time_zone and header.time_zone not in zoneinfo.available_timezones():
        message = f"'{short(header.time_zone)}' is not a time zone such as Europe/London"
        view.fail("PBR106", message, "contract", "time_zone")


def _cohort(view: View) -> bool:
    """Whether the cohort's table can be read by everything else."""
    terms, cohort = view.terms, view.terms.cohort
    nouns = {table.row_is: name for name, table in terms.tables.items()}
    if not view.known(cohort.of, nouns, "noun", "cohort", "of"):
        return False
    name = nouns[cohort.of]
    table = terms.tables[name]
    if table.of or len(table.keys) != 1:
        message = f"table '{name}' cannot be the cohort: that has no `of`, and one field under `key`"
        view.fail("PBR130", message, "cohort", "of")
        return False
    fields = terms.all_fields(name)
    kind = fields[table.keys[0]].type
    if kind is not FieldKind.ID:
        view.fail("PBR130", f"the key of the cohort's table is an id, not {kind.value}", "tables", name)
    _date_field(view, name, cohort.start, "cohort", "start")
    if START in fields and cohort.start != START:
        view.fail("PBR110", "a field named 'start' must be the cohort's start", "tables", name, "fields", START)
    provider = fields.get("provider")
    if provider is not None and provider.type is not FieldKind.PROVIDER:
        message = "a field named 'provider' has the type provider"
        view.fail("PBR110", message, "tables", name, "fields", "provider")
    return True


def _date_field(view: View, table: str, name: str, *path: str | int) -> None:
    fields = view.terms.all_fields(table)
    dates = [field_name for field_name, term in fields.items() if term.value_type("GBP").kind is Kind.DATE]
    if name not in dates and name not in view.lost:
        message = f"'{short(name)}' is not a date field of {table}{did_you_mean(name, dates)}"
        view.fail("PBR134", message, *path)
    elif name in fields and fields[name].is_sensitive:
        message = f"the day of '{short(name)}' is stated in the outputs, so the field cannot be sensitive"
        view.fail("PBR106", message, *path)


def _names(view: View) -> None:
    """One name means one thing among groups, definitions, values, outcomes and payments."""
    seen: dict[str, str] = {}
    for part in ("groups", "define", "values", "outcomes", "payments"):
        for name in getattr(view.terms, part):
            view.name(name, part, name)
            if name in seen:
                view.fail("PBR110", f"'{name}' is a name under {seen[name]} already; choose another", part, name)
            seen.setdefault(name, part)
    nouns = [table.row_is for table in view.terms.tables.values()]
    for name, part in seen.items():
        if name in nouns:
            view.fail("PBR110", f"'{name}' is the noun of a table already", part, name)
    fields = view.terms.all_fields(view.terms.cohort_table)
    for name in view.terms.define:
        if name in fields:
            view.fail("PBR110", f"'{name}' is a field of the cohort's table already", "define", name)


def _groups(view: View) -> None:
    for name, labels in view.terms.groups.items():
        rest = [label for label, text in labels.items() if text == "otherwise"]
        for label in rest[1:]:
            view.fail("PBR110", f"`otherwise` stands at '{rest[0]}' already; keep one", "groups", name, label)
        if len(rest) == len(labels) <= 1:
            view.fail("PBR102", f"'{name}' needs a condition for at least one label", "groups", name)
        for label, text in labels.items():
            if not _LABEL.fullmatch(label):
                view.fail("PBR110", f"'{short(label)}' cannot be a label", "groups", name, label)
            if text != "otherwise":
                view.condition(text, view.cohort_scope, "groups", name, label)


def _clauses(view: View) -> None:
    seen: set[str] = set()
    for part in ("include", "exclude"):
        for index, clause in enumerate(getattr(view.terms.cohort, part)):
            if clause.id in seen:
                view.fail("PBR110", f"'{short(clause.id)}' is the id of a clause already", "cohort", part, index, "id")
            seen.add(clause.id)
            if not _IDENTIFIER.fullmatch(clause.id):
                view.fail("PBR110", f"'{short(clause.id)}' cannot be an id", "cohort", part, index, "id")
            view.condition(clause.when, view.cohort_scope, "cohort", part, index, "when")


def _defines(view: View) -> None:
    for name, text in view.terms.define.items():
        place = view.document.texts.get(("define", name), view.document.place(("define", name)))
        view.problems += view.placed(check_syntax(text, place), ("define", name))


def _outcomes(view: View) -> tuple[str, ...]:
    """Check every outcome, and find an order in which each can be decided."""
    outcomes = view.terms.outcomes
    if not view.document.root.get("outcomes"):
        view.fail("PBR102", "a contract has at least one outcome", "outcomes")
    for name, outcome in outcomes.items():
        path = ("outcomes", name)
        if isinstance(outcome, Event | Absence):
            _reads_rows(view, outcome, path)
        elif isinstance(outcome, OwnFact):
            view.condition(outcome.when, view.cohort_scope, *path, "when")
            if outcome.date != START:
                _date_field(view, view.terms.cohort_table, outcome.date, *path, "date")
        if isinstance(outcome, Combine):
            _combines(view, outcome, path)
        elif outcome.window is not None:
            _window(view, outcome.window, (*path, "window"))
    return _in_order(view)


def _reads_rows(view: View, outcome: Event | Absence, path: PathTo) -> None:
    terms = view.terms
    if not view.known(outcome.table, terms.tables, "table", *path, "table"):
        return
    if outcome.table != terms.cohort_table and terms.tables[outcome.table].of != terms.cohort.of:
        message = f"table '{outcome.table}' is neither the cohort's nor a child of it"
        view.fail("PBR134", message, *path, "table")
        return
    _date_field(view, outcome.table, outcome.date, *path, "date")
    if outcome.when is not None:
        view.condition(outcome.when, view.scope(outcome.table), *path, "when")


def _combines(view: View, outcome: Combine, path: PathTo) -> None:
    for index, name in enumerate(outcome.of):
        view.known(name, view.terms.outcomes, "outcome", *path, "of", index)
        if name in outcome.of[:index]:
            view.fail("PBR110", f"'{name}' stands here twice", *path, "of", index)
    if not outcome.of:
        view.fail("PBR102", "name at least one outcome", *path, "of")
    counted = re.fullmatch("[0-9]{1,4}", outcome.need) is not None and 1 <= int(outcome.need) <= len(outcome.of)
    if outcome.need not in {"all", "any"} and not counted:
        message = f"'{short(outcome.need)}' is neither all, any, nor a number from 1 to {len(outcome.of)}"
        view.fail("PBR106", message, *path, "need")


def _window(view: View, window: Window, path: PathTo) -> None:
    if (window.from_ is None) == (window.after is None):
        view.fail("PBR135", "a window has either `from` or `after`, such as {from: start, for: 12 weeks}", *path)
        return
    if window.for_ is not None and window.until is not None:
        view.fail("PBR135", "a window has `for` or `until`, not both; remove one", *path, "until")
    if isinstance(window.for_, Duration):
        _length(view, window, window.for_, view.document.place((*path, "for")))
    begins = view.terms.contract.from_
    if window.until is not None and window.until < begins:
        message = (
            f"the window ends on {window.until}, before the term starts on {begins}, so nothing can be earned in it"
        )
        view.fail("PBR113", message, *path, "until")
    if window.anchor != START:
        key = "after" if window.from_ is None else "from"
        view.known(window.anchor, [START, *view.terms.outcomes], "outcome", *path, key)


def _length(view: View, window: Window, length: Duration, place: Place) -> None:
    """A window has a day, and ends in a year that can be written."""
    if length.count == 0 and window.after is not None:
        message = "a window `after` a day, for nothing, has no day; write `from`, or a longer time"
        view.problems.append(place.problem("PBR135", message))
    years = {"days": 365, "weeks": 52, "months": 12, "years": 1}[length.unit]
    if length.count > MOST_YEARS * years:
        view.problems.append(place.problem("PBR109", f"{length} is longer than {MOST_YEARS} years; shorten it"))


def _lengths(view: View, figures: Figures) -> None:
    """Windows whose length stands under the name of a value."""
    for name, outcome in view.terms.outcomes.items():
        window = getattr(outcome, "window", None)
        if window is None or not isinstance(window.for_, Named):
            continue
        path = ("outcomes", name, "window", "for")
        table = figures.table(window.for_.name, Unit.DURATION, path)
        _keep(view, table, *path)
        cells = {} if table is None else dict(zip(table.places, table.cells, strict=True))
        for place, length in cells.items():
            if isinstance(length, Duration):
                _length(view, window, length, place)


def _in_order(view: View) -> tuple[str, ...]:
    """Outcomes, each after those it reads; a circle is a problem that names its members."""
    outcomes = view.terms.outcomes
    waiting = {name: {other for other in outcome.reads() if other in outcomes} for name, outcome in outcomes.items()}
    order: list[str] = []
    while ready := [name for name, others in waiting.items() if others <= set(order)]:
        order += ready
        for name in ready:
            del waiting[name]
    if waiting:
        circle = _circle(waiting)
        message = f"outcomes wait for each other in a circle: {' -> '.join([*circle, circle[0]])}; break it"
        view.fail("PBR112", message, "outcomes", circle[0])
    return tuple(order)


def _circle(waiting: Mapping[str, set[str]]) -> list[str]:
    """One circle among outcomes that wait for each other, beginning with the first in the file."""
    seen: list[str] = []
    name = next(iter(waiting))
    while name not in seen:
        seen.append(name)
        name = next(other for other in waiting if other in waiting[name])
    found = seen[seen.index(name) :]
    first = min(range(len(found)), key=lambda index: list(waiting).index(found[index]))
    return found[first:] + found[:first]


def _keep(view: View, table: Table | None, *path: str | int) -> None:
    if table is not None:
        view.tables[path] = table


def _payments(view: View, figures: Figures) -> None:
    for name, payment in view.terms.payments.items():
        path = ("payments", name)
        view.known(payment.pays_for, view.terms.outcomes, "outcome", *path, "pays_for")
        _keep(view, figures.table(payment.price, Unit.MONEY, (*path, "price")), *path, "price")


def _adjustments(view: View, figures: Figures) -> None:
    seen: set[str] = set()
    for index, term in enumerate(view.terms.adjustments):
        path = ("adjustments", index)
        if term.id in seen or not NAME.fullmatch(term.id):
            message = (
                f"'{short(term.id)}' is an adjustment already"
                if term.id in seen
                else f"'{short(term.id)}' cannot be a name"
            )
            view.fail("PBR110", message, *path, "id")
        seen.add(term.id)
        for place, name in enumerate(term.on):
            view.known(name, view.terms.payments, "payment", *path, "on", place)
        if term.where is not None:
            view.condition(term.where, view.cohort_scope, *path, "where")
        if isinstance(term, Cap):
            _cap(view, term, figures, path)
        else:
            _keep(view, figures.table(term.by, Unit.RATIO, (*path, "by")), *path, "by")


def _cap(view: View, term: Cap, figures: Figures, path: PathTo) -> None:
    table = figures.table(term.at_most, Unit.MONEY, (*path, "at_most"))
    _keep(view, table, *path, "at_most")
    known = per_words(view.terms)
    for place, word in enumerate(term.per):
        if word not in known and word not in view.lost:
            message = f"'{short(word)}' cannot make groups of lines{did_you_mean(word, known)}"
            view.fail("PBR125", message, *path, "per", place)
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
            view.fail("PBR125", f"'{term.at_most}' has rows by {by}, so `per` names it too", *path, "per")
    header = view.terms.contract
    if any(number_of(header.from_) < day <= number_of(header.to) for day in table.starts[1:]) and not periods:
        view.fail("PBR125", f"'{term.at_most}' is dated, so `per` names a period, such as contract_year", *path, "per")


def per_words(terms: Terms) -> list[str]:
    """What may stand under ``per``: the cohort's noun, provider, groupings, text fields, periods."""
    own = terms.all_fields(terms.cohort_table)
    texts = [name for name, term in own.items() if term.type is FieldKind.TEXT]
    provider = ["provider"] if terms.names_provider else []
    return [terms.cohort.of, *provider, *terms.groups, *texts, *PERIODS]


def _values(view: View, figures: Figures) -> None:
    """Figures no term reads are checked for their shape all the same."""
    read = {payment.price for payment in view.terms.payments.values()} | {
        term.figure for term in view.terms.adjustments
    }
    for name in view.terms.values:
        if name not in read:
            figures.unread(name)
