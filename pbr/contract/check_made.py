"""Formulas and indexes of groups: the names they read, their units, and whether weights add up."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

from pbr.calendar import PERIODS
from pbr.condition import Kind, Scope, ValueType, parse_formula
from pbr.condition.tree import Field, Quotient
from pbr.condition.tree import parts_of as nodes_in
from pbr.contract.check_weights import check_come_to_one
from pbr.contract.check_words import check_words
from pbr.contract.figures import Unit
from pbr.contract.grain import is_test, parts_of, weighed_by
from pbr.contract.units import is_percent, kind_of, unit_of_value
from pbr.money import CURRENCY_DIGITS
from pbr.outcomes import Index, Measure
from pbr.problem import ContractError, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.condition import Formula
    from pbr.condition.tree import Node
    from pbr.contract.figures import Figures
    from pbr.contract.model import Terms
    from pbr.contract.view import View
    from pbr.document import PathTo
    from pbr.outcomes import OfFigures
    from pbr.table import Table


def check_formula(view: View, figures: Figures, name: str, outcome: OfFigures, known: list[str]) -> None:
    """A formula reads outcomes of groups and values, and gives what it says."""
    path = ("outcomes", name)
    check_words(view, outcome.per, known, "a formula", path)
    text = view.document.texts.get((*path, "value"), view.document.place((*path, "value")))
    try:
        formula = parse_formula(outcome.value, _scope(view, name), text)
    except ContractError as error:
        view.problems += view.placed(error.problems, (*path, "value"))
        return
    view.formulas[*path, "value"] = formula
    check_unit(view, formula, outcome, path)
    _not_one_cohort(view, formula, (*path, "value"))
    for ref in formula.fields:
        if ref.name in view.terms.pooled:
            continue
        whole = table_of_value(view, figures, ref.name, (*path, "value"))
        if whole is not None:
            view.keep(whole, *path, "value", ref.name)


def table_of_value(view: View, figures: Figures, name: str, path: PathTo) -> Table | None:
    """The figures of a value that a formula names, of all of its labels; None where there is a fault.

    Args:
        view: Where faults are kept.
        figures: The figures of the contract.
        name: The value, or ``value.label``.
        path: The formula.
    """
    value, dot, label = name.partition(".")
    whole = figures.table(value, unit_of_value(view.terms, value), path)
    if whole is not None and dot and label not in (whole.labels[0] if len(whole.labels) == 1 else ()):
        view.fail("PBR123", f"'{short(label)}' is no label of '{value}'", *path)
        return None
    return whole


def check_unit(view: View, formula: Formula, outcome: OfFigures, path: PathTo) -> bool:
    """Whether a formula gives what it says; of one that reads a value with a fault that is not known."""
    if any(ref.name.partition(".")[0] in view.lost for ref in formula.fields):
        return False
    unit = outcome.unit.kind
    fits = {Kind.NUMBER: {Kind.NUMBER, Kind.MONEY, Kind.SHARE}, Kind.SHARE: {Kind.SHARE, Kind.POINTS}}
    if unit in fits.get(formula.unit, {formula.unit}):
        return True
    gives = formula.unit.value
    hint = "points" if formula.unit is Kind.POINTS else gives
    view.fail("PBR124", f"this gives {_a(gives)}, and not {_a(unit.value)}; write `unit: {hint}`", *path, "value")
    return False


def _not_one_cohort(view: View, formula: Formula, path: PathTo) -> None:
    """Note a rate whose members are not among those it is a rate of, since other days put them into a period."""
    for above, below in _quotients(formula.node):
        for one, other in product(_measures(view, above), _measures(view, below)):
            days = view.terms.pooled[one].period_of, view.terms.pooled[other].period_of  # type: ignore[union-attr]
            if None not in days and days[0] != days[1]:
                message = (
                    f"'{one}' is by the day of {days[0]} and '{other}' by the day of {days[1]}, so this is no rate of "
                    f"one cohort: it rises when '{other}' falls; show a share `period_of: {days[1]}` beside it"
                )
                view.note("PBR173", message, *path)


def _quotients(node: Node) -> Iterator[tuple[Node, Node]]:
    """What is divided by what, anywhere in a formula."""
    if isinstance(node, Quotient):
        yield node.above, node.below
    for part in nodes_in(node):
        yield from _quotients(part)


def _measures(view: View, node: Node) -> set[str]:
    """The measures of subjects that a part of a formula names."""
    found = set().union(*(_measures(view, part) for part in nodes_in(node)))
    if isinstance(node, Field):
        outcome = view.terms.pooled.get(node.ref.name)
        if isinstance(outcome, Measure) and outcome.row_field is None:
            found.add(node.ref.name)
    return found


def _a(noun: str) -> str:
    return noun if noun in {"money", "percentage points"} else f"a {noun}"


def _scope(view: View, name: str) -> Scope:
    """The names a formula of groups may use: other outcomes of groups, values, and figures of values by label."""
    terms, row = view.terms, {}
    for value, term in terms.values.items():
        kind = Kind.SHARE if is_percent(terms, value) else Kind.NUMBER
        row[value] = ValueType(kind=kind, places=4)
        if len(term.by) == 1:
            row |= {f"{value}.{cell.labels[0]}": row[value] for cell in term.cells if cell.labels}
    for other in terms.pooled:
        if other == name:
            continue
        kind_found = kind_of(terms, other)
        if is_test(terms.pooled[other]):
            row[other] = ValueType(kind=Kind.YES_NO)
        elif kind_found is not None:
            digits = CURRENCY_DIGITS.get(terms.contract.currency, 0)
            row[other] = ValueType(kind=kind_found, places=digits if kind_found is Kind.MONEY else 4)
    own = frozenset(terms.own_outcomes)
    return Scope(row=row, rounding=terms.conventions.rounding, lost=view.lost, of_one=own, what="this formula")


def check_index(view: View, figures: Figures, name: str, index: Index) -> None:
    """An index weighs figures of one kind by weights that add up to 1."""
    path, terms = ("outcomes", name), view.terms
    parts_sound = True
    for place, part in enumerate(index.of.names):
        here: PathTo = (*path, "of") if index.of.one else (*path, "of", place)
        if not view.known(part, terms.pooled, "outcome of groups", *here):
            parts_sound = False
        elif part in index.of.names[:place]:
            view.fail("PBR110", f"'{part}' stands here twice", *here)
        elif is_test(terms.pooled[part]) is False and kind_of(terms, part) is None:
            view.fail("PBR136", f"'{part}' is no number to be weighed", *here)
    if not index.of.names:
        view.fail("PBR136", "name at least one outcome of groups", *path, "of")
        return
    if re.fullmatch("[1-9][0-9]{0,3}", index.fewest) is None:
        view.fail("PBR109", f"'{short(index.fewest)}' is not a whole number from 1", *path, "fewest")
    kinds = {kind_of(terms, part) for part in index.of.names if part in terms.pooled} - {None}
    if len(kinds) > 1:
        view.fail("PBR124", "its parts are of different kinds, such as shares and numbers; weigh one kind", *path, "of")
    table = figures.table(index.weights, Unit.RATIO, (*path, "weights"))
    if table is None or not parts_sound:
        return
    view.keep(table, *path, "weights")
    over = _summed_over(view, index, table, path)
    if over is not None:
        check_come_to_one(
            view, index.weights, table, over, ("PBR170", "weights", "mend one of them"), (*path, "weights")
        )


def _summed_over(view: View, index: Index, table: Table, path: PathTo) -> str | None:
    """The key whose labels are the parts; None after saying why there is none."""
    keys = [key.removeprefix("_by.") for key in table.by]
    if index.of.one:
        words = _words_of(view.terms, index.of.names[0])
        found = [key for key in keys if key in words and key not in {"provider", *PERIODS}]
        if len(found) == 1:
            return found[0]
        message = f"'{index.weights}' has rows by one text field that '{index.of.names[0]}' names under `per`"
        view.fail("PBR125", f"{message}; each of its labels is a part", *path, "weights")
        return None
    if "outcome" not in keys:
        message = f"'{index.weights}' weighs several outcomes, so its rows are `by: outcome`"
        view.fail("PBR125", message, *path, "weights")
        return None
    labels = table.labels[keys.index("outcome")]
    for label in labels:
        if label not in index.of.names:
            view.fail("PBR123", f"'{index.weights}' has a weight for '{short(label)}', which is no part", *path, "of")
            return None
    for part in index.of.names:
        if part not in labels:
            view.fail("PBR122", f"'{index.weights}' has no weight for '{part}'", *path, "weights")
            return None
    return "outcome"


def _words_of(terms: Terms, name: str, seen: frozenset[str] = frozenset()) -> set[str]:
    """The words that name the groups of an outcome: its own, and those of what it is made of."""
    if name in seen:
        return set()  # they wait for each other, which is said elsewhere
    outcome = terms.pooled[name]
    parts = [_words_of(terms, part, seen | {name}) for part in parts_of(terms, name)]
    words = {*getattr(outcome, "per", ()), *(word for each in parts for word in each)}
    gone = weighed_by(terms, outcome) if isinstance(outcome, Index) and outcome.of.one else ()
    return words - set(gone)
