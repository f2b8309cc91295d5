"""Outcomes: the rows, days, windows, parts and steps they name, and an order in which each can be decided."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import evolve

from pbr.calendar import Duration
from pbr.condition import Kind
from pbr.contract.check_scales import check_scale
from pbr.contract.contract import late, reads, reads_of, results_of_grouping
from pbr.contract.figures import Unit
from pbr.contract.model import FieldKind
from pbr.facts import START, Named
from pbr.lines import MOST
from pbr.outcomes import Absence, Combine, Event, OwnFact, Scale, Score, Total
from pbr.outcomes.event import once_per, outcome_of
from pbr.problem import did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.contract.figures import Figures
    from pbr.contract.view import View
    from pbr.document import PathTo
    from pbr.facts import Window
    from pbr.problem import Place
    from pbr.table import Table

MOST_YEARS = 100
PER_YEAR = {"days": 365, "weeks": 52, "months": 12, "years": 1}


def check_outcomes(view: View) -> None:
    """Check every outcome by itself."""
    outcomes = view.terms.outcomes
    if not view.document.root.get("outcomes"):
        view.fail("PBR102", "a contract has at least one outcome", "outcomes")
    for name, outcome in outcomes.items():
        path = ("outcomes", name)
        if isinstance(outcome, Event | Absence | Score):
            reads_rows(view, outcome, path)
        elif isinstance(outcome, Total):
            _total(view, outcome, path)
        elif isinstance(outcome, OwnFact):
            _fact(view, outcome, path)
        elif isinstance(outcome, Combine):
            _combines(view, outcome, path)
        elif isinstance(outcome, Scale):
            check_scale(view, outcome, path)
        window = getattr(outcome, "window", None)
        if window is not None:
            _window(view, window, (*path, "window"))
        own = view.terms.own_outcomes.get(name)
        if own is not None and own.excused_by is not None:
            scope = view.scope(view.terms.cohort_table, results=True)
            view.condition(own.excused_by, scope, *path, "excused_by")


def _fact(view: View, outcome: OwnFact, path: PathTo) -> None:
    """A fact is of the cohort's own row."""
    table = view.terms.cohort_table
    view.condition(outcome.when, view.scope(table, results=True), *path, "when")
    if outcome.date != START:
        date_field(view, table, outcome.date, *path, "date")


def _total(view: View, outcome: Total, path: PathTo) -> None:
    """A total adds up an amount of a child table until one figure."""
    reads_rows(view, outcome, path)
    if outcome.table in view.terms.tables:
        fields = view.terms.all_fields(outcome.table)
        amounts = [name for name, term in fields.items() if term.value_type("GBP").kind in {Kind.NUMBER, Kind.MONEY}]
        if outcome.table == view.terms.cohort_table:
            message = "a total adds up rows of a child table; of the cohort's own row write a fact"
            view.fail("PBR134", message, *path, "table")
        elif outcome.add not in amounts and outcome.add not in view.lost:
            message = f"'{short(outcome.add)}' is not a number or money of {outcome.table}"
            view.fail("PBR134", f"{message}{did_you_mean(outcome.add, amounts)}", *path, "add")
    if (outcome.reaches is None) == (outcome.exceeds is None):
        view.fail("PBR136", "a total has either `reaches` or `exceeds`, with the sum it is about", *path)


def reads_rows(view: View, outcome: Event | Absence | Total | Score, path: PathTo) -> None:
    """The rows of a table that an outcome reads: the table, its day, the condition, and what undoes a row."""
    terms = view.terms
    if not view.known(outcome.table, terms.tables, "table", *path, "table"):
        return
    if outcome.table not in terms.row_tables:
        message = f"table '{outcome.table}' is neither the cohort's nor a child of it"
        view.fail("PBR134", message, *path, "table")
        return
    date_field(view, outcome.table, outcome.date, *path, "date")
    when = getattr(outcome, "when", None)
    if when is not None:
        view.condition(when, view.scope(outcome.table, results=True), *path, "when")
    _row_terms(view, outcome, path)


def named_outcome(view: View, name: str, *path: str | int, more: tuple[str, ...] = (), pooled: bool = False) -> None:
    """An outcome by its name, or one word of an outcome that is met once for each."""
    of, dot, word = name.partition(".")
    if of in view.terms.pooled and not pooled:
        message = f"'{of}' is of groups, and this is on one {view.terms.cohort.of}; name an outcome on one"
        view.fail("PBR160", message, *path)
        return
    if not view.known(of, [*more, *view.terms.outcomes], "outcome", *path) or not dot:
        return
    event = view.terms.outcomes.get(of)
    once, table = once_per(event), str(getattr(event, "table", ""))
    if once is None:
        view.fail("PBR111", f"'{of}' is not met once for each word of a field; write `{of}` alone", *path)
        return
    fields = view.terms.all_fields(table) if table in view.terms.tables else {}
    words = fields[once].one_of if once in fields else ()
    if word not in words:
        why = did_you_mean(word, words) if words else f"; say with `one_of` which words '{once}' can be"
        view.fail("PBR111", f"'{short(word)}' is no word of {table}.{once}{why}", *path)


def _row_terms(view: View, outcome: Event | Absence | Total | Score, path: PathTo) -> None:
    """The fields that say when a row is undone, and what an event is met once for."""
    fields = view.terms.all_fields(outcome.table)
    undone = getattr(outcome, "undone_by", None)
    if undone is not None:
        date_field(view, outcome.table, undone, *path, "undone_by")
        if undone == outcome.date:
            view.fail("PBR110", f"'{outcome.date}' is the day of the row; name another field", *path, "undone_by")
    name = once_per(outcome)
    if name is None or name in view.lost:
        return
    kinds = {FieldKind.TEXT, FieldKind.ID, FieldKind.WHOLE, FieldKind.PROVIDER}
    known = [each for each, term in fields.items() if term.type in kinds]
    if name not in known:
        message = f"'{short(name)}' is no text, id, provider or whole number of {outcome.table}"
        view.fail("PBR134", f"{message}{did_you_mean(name, known)}", *path, "once_per")
    elif fields[name].is_sensitive:
        view.fail("PBR106", f"'{name}' is stated on each line, so the field cannot be sensitive", *path, "once_per")
    elif (
        name in view.terms.sent_fields(outcome.table)
        and outcome.table in view.terms.shared_tables
        and (view.terms.parent_key is not None and name == view.terms.parent_key[1])
    ):
        owner, noun = view.terms.parent_key[0], view.terms.cohort.of
        message = (
            f"a row is of one {owner}, whose every {noun} it is read for; to pay once write a cap `per: [{owner}]`"
        )
        view.fail("PBR134", message, *path, "once_per")
    elif outcome.table == view.terms.cohort_table:
        message = "there is one row of the cohort's own table for each; remove `once_per`"
        view.fail("PBR134", message, *path, "once_per")


def _combines(view: View, outcome: Combine, path: PathTo) -> None:
    for index, name in enumerate(outcome.of):
        named_outcome(view, name, *path, "of", index, pooled=True)
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
        check_length(view, window, window.for_, view.document.place((*path, "for")))
    begins = view.terms.contract.from_
    if window.until is not None and window.until < begins:
        message = (
            f"the window ends on {window.until}, before the term starts on {begins}, so nothing can be earned in it"
        )
        view.fail("PBR113", message, *path, "until")
    if window.anchor != START:
        key = "after" if window.from_ is None else "from"
        named_outcome(view, window.anchor, *path, key, more=(START,))


def check_length(view: View, window: Window, length: Duration, place: Place) -> None:
    """A window has a day, and ends in a year that can be written."""
    if length.count == 0 and window.after is not None:
        message = "a window `after` a day, for nothing, has no day; write `from`, or a longer time"
        view.problems.append(place.problem("PBR135", message))
    if length.count > MOST_YEARS * PER_YEAR[length.unit]:
        view.problems.append(place.problem("PBR109", f"{length} is longer than {MOST_YEARS} years; shorten it"))


def check_lengths(view: View, figures: Figures) -> None:
    """Windows whose length stands under the name of a value."""
    for name, outcome in view.terms.outcomes.items():
        window = getattr(outcome, "window", None)
        if window is None or not isinstance(window.for_, Named):
            continue
        path = ("outcomes", name, "window", "for")
        table = figures.table(window.for_.name, Unit.DURATION, path)
        view.keep(table, *path)
        cells = {} if table is None else dict(zip(table.places, table.cells, strict=True))
        for place, length in cells.items():
            if isinstance(length, Duration):
                check_length(view, window, length, place)


def check_sums(view: View, figures: Figures) -> None:
    """What sums are to come to, in whole numbers at the scale of the field that is added up."""
    for name, outcome in view.terms.outcomes.items():
        if not isinstance(outcome, Total) or outcome.table not in view.terms.tables:
            continue
        key = "exceeds" if outcome.reaches is None else "reaches"
        field = view.terms.all_fields(outcome.table).get(outcome.add)
        if field is None or (outcome.reaches is None) == (outcome.exceeds is None):
            continue
        kind = field.value_type(view.terms.contract.currency)
        path = ("outcomes", name, key)
        table = figures.table(outcome.least, Unit.MONEY if kind.kind is Kind.MONEY else Unit.NUMBER, path)
        if table is not None:
            scale = 1 if kind.kind is Kind.MONEY else 10**kind.places
            view.keep(_whole(view, table, scale, path), *path)


def _whole(view: View, table: Table, scale: int, path: PathTo) -> Table:
    """The least whole numbers that reach, or exceed, each of some figures."""
    found: list[int | None] = []
    for cell, place in zip(table.cells, table.places, strict=True):
        if not isinstance(cell, int | Fraction):
            found.append(None)
            continue
        scaled = Fraction(cell) * scale
        least = math.floor(scaled) + 1 if path[-1] == "exceeds" else math.ceil(scaled)
        if least <= 0 or least > MOST:
            view.problems.append(place.problem("PBR109", "this sum is reached by nothing at all, or never; change it"))
        found.append(least)
    return evolve(table, cells=tuple(found))


def in_reading_order(view: View) -> tuple[str, ...]:
    """Outcomes, each after those it reads; a circle is a problem that names its members."""
    outcomes = view.terms.outcomes
    waiting = {
        name: {other for other in reads(view.terms, view.readers, view.tables, name) if other in outcomes}
        for name in outcomes
    }
    order: list[str] = []
    while ready := [name for name, others in waiting.items() if others <= set(order)]:
        order += ready
        for name in ready:
            del waiting[name]
    if waiting:
        circle = _circle(waiting)
        pairs = list(zip(circle, [*circle[1:], circle[0]], strict=True))
        through = [f"'{one}' for '{other}' through {why}" for one, other in pairs for why in _through(view, one, other)]
        how = f" ({', '.join(through)})" if through else ""
        message = f"outcomes wait for each other in a circle: {' -> '.join([*circle, circle[0]])}{how}; break it"
        view.fail("PBR112", message, "outcomes", circle[0])
    return tuple(order)


def _through(view: View, outcome: str, other: str) -> list[str]:
    """The adjustment or grouping through which an outcome waits for another, if there is no other way."""
    kind, when = view.terms.outcomes[outcome], view.conditions.get(("outcomes", outcome, "when"))
    if other in map(outcome_of, reads_of(outcome, kind)) or (when is not None and other in when.results):
        return []
    wheres = {
        index: view.conditions["adjustments", index, "where"] for index in late(view.terms, view.conditions, outcome)
    }
    found = [
        f"`where` of '{view.terms.adjustments[index].id}'" for index, where in wheres.items() if other in where.results
    ]
    asking = [name for name in view.terms.groups if other in results_of_grouping(view.conditions, name)]
    return [*found, *(f"the grouping '{name}'" for name in asking)][:1]


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


def date_field(view: View, table: str, name: str, *path: str | int) -> None:
    """Whether a name is that of a date field whose days may be stated."""
    fields = view.terms.all_fields(table)
    dates = [field_name for field_name, term in fields.items() if term.value_type("GBP").kind is Kind.DATE]
    if name not in dates and name not in view.lost:
        message = f"'{short(name)}' is not a date field of {table}{did_you_mean(name, dates)}"
        view.fail("PBR134", message, *path)
    elif name in fields and fields[name].is_sensitive:
        message = f"the day of '{short(name)}' is stated in the outputs, so the field cannot be sensitive"
        view.fail("PBR106", message, *path)
