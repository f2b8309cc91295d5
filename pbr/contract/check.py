"""Whether a contract's terms fit together: one small function for each part, each giving problems."""

from __future__ import annotations

import re
import zoneinfo
from typing import TYPE_CHECKING, TypeVar

from attrs import define, evolve, field

from pbr.adjustments import Cap
from pbr.calendar import PeriodKind
from pbr.condition import RESERVED_WORDS, Condition, Kind, Scope, ValueType, check_syntax, parse
from pbr.contract.contract import Contract
from pbr.contract.figures import Figures, Unit
from pbr.contract.model import FieldKind, LeapBirthday
from pbr.facts import START
from pbr.money import CURRENCY_DIGITS
from pbr.outcomes import Absence, Combine, Event, OwnFact
from pbr.problem import ContractError, Problem, did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pbr.contract.model import Field, TableTerm, Terms
    from pbr.document import Document, PathTo
    from pbr.facts import Window
    from pbr.lines import Table

T = TypeVar("T")
LANGUAGE = "1"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_ .+-]{0,62}")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,62}")
_PERIODS = tuple(kind.value for kind in PeriodKind)
_TAKEN = {START, "provider", "otherwise", *_PERIODS}
MOST_PLACES = 9
_TABLES_UNSOUND = {"PBR111", "PBR130"}
"""Faults of tables after which no row can be read."""


@define
class View:
    """The contract under check, and what is found.

    Attributes:
        document: The file as read.
        terms: The file as models.
        lost: Names set aside with faults of their own; nothing is said about who uses them.
        problems: What is found.
        conditions: Conditions typed so far, by path.
        tables: Figures found so far, by path.
    """

    document: Document
    terms: Terms
    lost: frozenset[str]
    problems: list[Problem] = field(factory=list)
    conditions: dict[PathTo, Condition] = field(factory=dict)
    tables: dict[PathTo, Table] = field(factory=dict)

    def fail(self, code: str, message: str, *path: str | int) -> None:
        """Keep a problem at the place of a path."""
        self.problems.append(self.document.place(path).problem(code, message))

    def known(self, name: str, names: Iterable[str], what: str, *path: str | int) -> bool:
        """Whether a name is declared; a problem if it is not."""
        names = list(names)
        if name in names:
            return True
        if name not in self.lost:
            self.fail("PBR111", f"no {what} is named '{short(name)}'{did_you_mean(name, names)}", *path)
        return False

    def name(self, name: str, *path: str | int) -> None:
        """Whether a name may be given."""
        if not _NAME.fullmatch(name) or name in RESERVED_WORDS | _TAKEN:
            why = "is a word of the language" if _NAME.fullmatch(name) else "is not lower-case letters, digits and _"
            self.fail("PBR110", f"'{short(name)}' cannot be a name: it {why}", *path)

    def condition(self, text: str, scope: Scope, *path: str | int) -> None:
        """Type a condition and keep it under its path."""
        place = self.document.texts.get(path, self.document.place(path))
        try:
            self.conditions[path] = parse(text, scope, place)
        except ContractError as error:
            lost = tuple(f"'{name}'" for name in self.lost)
            found = [p for p in error.problems if p.code != "PBR021" or not any(n in p.message for n in lost)]
            self.problems += self.placed(found, path)

    def placed(self, problems: Iterable[Problem], path: PathTo) -> list[Problem]:
        """Problems of a condition at their columns; where it runs over several lines, at its key."""
        if path in self.document.texts:
            return list(problems)
        return [evolve(problem, column=self.document.place(path).column) for problem in problems]

    @property
    def cohort_scope(self) -> Scope:
        """The names a condition on the cohort's row may use."""
        return self.scope(self.terms.cohort_table)

    def scope(self, table: str) -> Scope:
        """The names a condition on a row of a table may use: its fields, the cohort's, and definitions."""
        terms = self.terms
        leap = (2, 28) if terms.conventions.leap_birthday is LeapBirthday.FEBRUARY else (3, 1)
        own = self._types(terms.cohort_table) | {START: ValueType(kind=Kind.DATE)}
        if table == terms.cohort_table:
            return Scope(row=own, defines=terms.define, leap_birthday=leap)
        return Scope(row=self._types(table), parent=own, defines=terms.define, leap_birthday=leap)

    def _types(self, table: str) -> dict[str, ValueType]:
        currency = self.terms.contract.currency
        return {name: term.value_type(currency) for name, term in self.terms.all_fields(table).items()}


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
    _tables(view)
    if any(problem.code in _TABLES_UNSOUND for problem in view.problems) or not _cohort(view):
        return None, view.problems
    _names(view)
    _groups(view)
    _clauses(view)
    _defines(view)
    order = _outcomes(view)
    figures = Figures(terms, document.place, lost, view.problems)
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


def _tables(view: View) -> None:
    nouns: dict[str, str] = {}
    for name, table in view.terms.tables.items():
        view.name(name, "tables", name)
        if table.row_is in nouns:
            message = f"a row is a {table.row_is} in table '{nouns[table.row_is]}' already"
            view.fail("PBR130", message, "tables", name, "row_is")
        nouns.setdefault(table.row_is, name)
        view.name(table.row_is, "tables", name, "row_is")
    for name, table in view.terms.tables.items():
        parent = None
        if table.of and view.known(table.of, nouns, "noun", "tables", name, "of"):
            parent = view.terms.tables[nouns[table.of]]
            if parent.of or parent is table:
                view.fail("PBR130", "a child of a child, or of itself, is not read", "tables", name, "of")
                continue
        _table(view, name, table, parent)


def _table(view: View, name: str, table: TableTerm, parent: TableTerm | None) -> None:
    carried = () if parent is None else parent.keys
    for field_name, term in table.fields.items():
        view.name(field_name, "tables", name, "fields", field_name) if field_name not in {"provider", START} else None
        if field_name in carried:
            message = f"'{field_name}' is the key of the parent, and is carried by itself; remove it"
            view.fail("PBR110", message, "tables", name, "fields", field_name)
        _field(view, term, "tables", name, "fields", field_name)
    for key in table.keys:
        if key not in table.fields and key not in carried:
            message = f"the key '{short(key)}' is not a field of the table{did_you_mean(key, table.fields)}"
            view.fail("PBR130", message, "tables", name, *(["key"] if table.key else []))
    for heading, target in table.columns.items():
        view.known(target, [*table.fields, *carried], "field", "tables", name, "columns", heading)
    for kind in (FieldKind.PROVIDER, FieldKind.RECORDED):
        found = [field_name for field_name, term in table.fields.items() if term.type is kind]
        if len(found) > 1:
            message = f"'{found[0]}' and '{found[1]}' are both of type {kind.value}; keep one"
            view.fail("PBR132", message, "tables", name, "fields", found[1])


def _instant(view: View, term: Field, *path: str | int) -> None:
    is_instant = term.type is FieldKind.INSTANT or term.of == "instant"
    if is_instant and not view.terms.contract.time_zone:
        view.fail("PBR133", "an instant needs contract.time_zone, such as Europe/London", *path)


def _field(view: View, term: Field, *path: str | int) -> None:
    """The details of a field fit its type."""
    kind = term.type
    allowed = {FieldKind.ID: ("", "whole"), FieldKind.RECORDED: ("", "instant")}.get(kind, ("",))
    if term.of not in allowed:
        view.fail("PBR106", f"`of: {short(term.of)}` does not go with {kind.value}", *path, "of")
    _instant(view, term, *path)
    if kind is FieldKind.DECIMAL and not (term.places.isdecimal() and int(term.places) <= MOST_PLACES):
        message = f"a decimal says its places from 0 to {MOST_PLACES}, such as {{type: decimal, places: 2}}"
        view.fail("PBR109", message, *path)
    for detail, kinds in (
        ("places", {FieldKind.DECIMAL}),
        ("from_", {FieldKind.WHOLE}),
        ("to", {FieldKind.WHOLE}),
        ("one_of", {FieldKind.TEXT}),
        ("codes", {FieldKind.TEXT, FieldKind.YES_NO}),
    ):
        if getattr(term, detail) and kind not in kinds:
            key = detail.removesuffix("_")
            view.fail("PBR104", f"`{key}` does not go with type {kind.value}; remove it", *path, key)
    _field_words(view, term, *path)


def _field_words(view: View, term: Field, *path: str | int) -> None:
    """The numbers and words of a field are of their kind."""
    for detail in ("from_", "to"):
        text = getattr(term, detail)
        if text and not re.fullmatch(r"-?\d{1,18}", text):
            view.fail("PBR109", f"'{short(text)}' is not a whole number", *path, detail.removesuffix("_"))
    if all(re.fullmatch(r"-?\d{1,18}", text) for text in (term.from_, term.to)) and int(term.to) < int(term.from_):
        view.fail("PBR113", f"the range ends at {term.to}, below its start at {term.from_}", *path, "to")
    if term.sensitive and term.sensitive not in {"true", "false", "yes", "no"}:
        view.fail("PBR106", f"'{short(term.sensitive)}' cannot stand here; one of: true, false", *path, "sensitive")
    words = term.one_of if term.type is FieldKind.TEXT else ("yes", "no")
    for returned, declared in term.codes.items():
        if words and declared not in words:
            message = f"'{short(declared)}' is not a declared word{did_you_mean(declared, words)}"
            view.fail("PBR106", message, *path, "codes", returned)


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
    counted = outcome.need.isdecimal() and 1 <= int(outcome.need) <= len(outcome.of)
    if outcome.need not in {"all", "any"} and not counted:
        message = f"'{short(outcome.need)}' is neither all, any, nor a number from 1 to {len(outcome.of)}"
        view.fail("PBR106", message, *path, "need")


def _window(view: View, window: Window, path: PathTo) -> None:
    if (window.from_ is None) == (window.after is None):
        view.fail("PBR135", "a window has either `from` or `after`, such as {from: start, for: 12 weeks}", *path)
        return
    if window.for_ is not None and window.until is not None:
        view.fail("PBR135", "a window has `for` or `until`, not both; remove one", *path, "until")
    begins = view.terms.contract.from_
    if window.until is not None and window.until < begins:
        message = (
            f"the window ends on {window.until}, before the term starts on {begins}, so nothing can be earned in it"
        )
        view.fail("PBR113", message, *path, "until")
    if window.anchor != START:
        key = "after" if window.from_ is None else "from"
        view.known(window.anchor, [START, *view.terms.outcomes], "outcome", *path, key)


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
        if term.id in seen or not _NAME.fullmatch(term.id):
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
    periods = [word for word in term.per if word in _PERIODS]
    if len(periods) > 1:
        view.fail("PBR125", f"'{periods[0]}' and '{periods[1]}' are both periods; keep one", *path, "per")
    if not term.per:
        view.fail("PBR125", "name at least one of: " + ", ".join(known), *path, "per")
    if table is None:
        return
    by = "" if table.by is None else table.by.removeprefix("_by.")
    if by and by not in term.per:
        view.fail("PBR125", f"'{term.at_most}' has rows by {by}, so `per` names it too", *path, "per")
    if len(table.starts) > 1 and not periods:
        view.fail("PBR125", f"'{term.at_most}' is dated, so `per` names a period, such as contract_year", *path, "per")


def per_words(terms: Terms) -> list[str]:
    """What may stand under ``per``: the cohort's noun, provider, groupings, text fields, periods."""
    own = terms.all_fields(terms.cohort_table)
    texts = [name for name, term in own.items() if term.type is FieldKind.TEXT]
    return [terms.cohort.of, "provider", *terms.groups, *texts, *_PERIODS]


def _values(view: View, figures: Figures) -> None:
    """Figures no term reads are checked for their shape all the same."""
    read = {payment.price for payment in view.terms.payments.values()} | {
        term.figure for term in view.terms.adjustments
    }
    for name, value in view.terms.values.items():
        if name not in read and value.by is not None:
            figures.labels(value.by, ("values", name, "by"))
