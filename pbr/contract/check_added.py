"""Outcomes of kinds that a caller adds: the terms that the language can check, and what both sides must know."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import attrs
from attrs import evolve

from pbr.condition import ValueType
from pbr.contract.check_outcomes import date_field, named_outcome, reads_rows
from pbr.contract.contract import named_by
from pbr.contract.figures import Unit
from pbr.document import kind_word
from pbr.kinds import FIELD, FIGURE, OUTCOME, STATE, added_kinds, blamed_on, failed, is_added, named_in, version_of
from pbr.lines import MOST
from pbr.outcomes.event import anchors
from pbr.problem import did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.contract.figures import Figures
    from pbr.contract.view import View
    from pbr.document import PathTo
    from pbr.table import Table


def check_added_code(view: View) -> None:
    """Ask the code of added kinds what conditions on their results need, so that it is blamed if it fails.

    Raises:
        EvaluationError: PBR405, it failed, or gave something else.
    """
    for name, outcome in _added(view):
        named_by(view.terms, name)
        with blamed_on(name, outcome):
            parts, kind = outcome.parts, outcome.value_type
        if parts is not None and (not isinstance(parts, int) or parts < 1):
            raise failed(name, outcome, "has `parts` that are no whole number from 1")
        if kind is not None and not isinstance(kind, ValueType):
            raise failed(name, outcome, "has a `value_type` that is no ValueType")
        if (parts is None) != (kind is None):
            raise failed(name, outcome, "has one of `parts` and `value_type`, and a number needs both")


def check_added(view: View) -> None:
    """Check the terms of each outcome of an added kind, and note the kind."""
    for name, outcome in _added(view):
        _terms(view, outcome, ("outcomes", name))
        covered = {*anchors(getattr(outcome, "window", None)), *(each for _, each in named_in(outcome, OUTCOME))}
        for other in named_by(view.terms, name):
            if other not in covered:
                named_outcome(view, other, "outcomes", name)
    kinds = dict.fromkeys(added_kinds(view.terms.outcomes.values()))
    for kind in kinds:
        first = next(name for name, outcome in _added(view) if type(outcome) is kind)
        message = (
            f"'{kind_word(kind)}' is no kind of the language: both sides need the module {kind.__module__} "
            f"with version {short(version_of(kind))} of it"
        )
        view.note("PBR195", message, "outcomes", first, "kind")


def check_added_figures(view: View, figures: Figures) -> None:
    """The figures of added kinds, each in the unit that its term has."""
    for name, outcome in _added(view):
        for term in attrs.fields(type(outcome)):
            unit, text = term.metadata.get(FIGURE), getattr(outcome, term.name)
            if unit is None or text is None:
                continue
            path: PathTo = ("outcomes", name, term.name.removesuffix("_"))
            table = figures.table(str(text), Unit.NUMBER if unit == "count" else Unit[unit.upper()], path)
            if table is not None and unit == "count":
                table = _counts(view, table)
            view.keep(table, *path)


def _added(view: View) -> Iterator[tuple[str, Any]]:
    """The outcomes of added kinds, by name."""
    yield from ((name, outcome) for name, outcome in view.terms.outcomes.items() if is_added(outcome))


def _terms(view: View, outcome: Any, path: PathTo) -> None:  # noqa: ANN401  # a kind with any terms
    """The rows, days, conditions, fields and outcomes that terms name."""
    table = getattr(outcome, "table", None)
    if table is not None and hasattr(outcome, "date"):
        reads_rows(view, outcome, path)
    else:
        when, date = getattr(outcome, "when", None), getattr(outcome, "date", None)
        own = view.terms.cohort_table
        if when is not None:
            view.condition(when, view.scope(own, results=True), *path, "when")
        if date not in {None, "start"}:
            date_field(view, own, str(date), *path, "date")
    for at, name in named_in(outcome, OUTCOME):
        named_outcome(view, name, *path, *at)
    for at, name in named_in(outcome, STATE):
        view.known(name, view.terms.spells, "state under `spells`", *path, *at)
    home = view.terms.cohort_table if table is None else table
    for term in attrs.fields(type(outcome)):
        held = getattr(outcome, term.name)
        if FIELD in term.metadata and held is not None and home in view.terms.tables:
            _row_field(view, home, str(held), term.metadata[FIELD], (*path, term.name.removesuffix("_")))


def _row_field(view: View, table: str, name: str, types: tuple[str, ...], path: PathTo) -> None:
    """A field of a table of one of some types."""
    fields = view.terms.all_fields(table)
    known = [each for each, field in fields.items() if not types or field.type.value in types]
    if name not in known and name not in view.lost:
        what = f"field of the type {' or '.join(types)}" if types else "field"
        view.fail("PBR134", f"'{short(name)}' is no {what} of {table}{did_you_mean(name, known)}", *path)


def _counts(view: View, table: Table) -> Table:
    """Whole numbers from 1."""
    for cell, place in zip(table.cells, table.places, strict=True):
        if isinstance(cell, int | Fraction) and (Fraction(cell).denominator != 1 or not 1 <= cell <= MOST):
            view.problems.append(place.problem("PBR109", "this counts something, so write a whole number from 1"))
    return evolve(table, cells=tuple(int(cell) if isinstance(cell, int | Fraction) else None for cell in table.cells))
