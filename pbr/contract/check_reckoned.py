"""Formulas on one subject: what they read, their units, their decimals, and the figures of their values."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from pbr.condition import MOST_DECIMALS, parse_formula, reckoned_from
from pbr.condition.exact import MOST_DIGITS, digits_of
from pbr.condition.tree import Field
from pbr.contract.check_made import check_unit, table_of_value
from pbr.outcomes import OfFigures
from pbr.problem import ContractError, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.condition import ChildRef, FieldRef, Formula, ValueType
    from pbr.condition.tree import Child
    from pbr.contract.figures import Figures
    from pbr.contract.view import View
    from pbr.document import PathTo
    from pbr.table import Table


def check_reckoned(view: View) -> None:
    """Read every formula on one subject."""
    for name, outcome in _formulas(view):
        path: PathTo = ("outcomes", name, "value")
        text = view.document.texts.get(path, view.document.place(path))
        try:
            formula = parse_formula(outcome.value, view.formula_scope, text)
        except ContractError as error:
            view.problems += view.placed(error.problems, path)
            continue
        view.formulas[path] = formula
        _sensitive(view, formula, path)
        if check_unit(view, formula, outcome, path[:2]):
            _decimals(view, formula, outcome, path)


def _formulas(view: View) -> Iterator[tuple[str, OfFigures]]:
    """The formulas on one subject, by name."""
    for name, outcome in view.terms.own_outcomes.items():
        if isinstance(outcome, OfFigures):
            yield name, outcome


def _decimals(view: View, formula: Formula, outcome: OfFigures, path: PathTo) -> None:
    """Whether the figures have decimals that end, and are not too many."""
    if outcome.round is not None and re.fullmatch("[0-9]", outcome.round) is None:
        message = f"'{short(outcome.round)}' is not a whole number of decimals from 0 to {MOST_DECIMALS}"
        view.fail("PBR109", message, *path[:2], "round")
    elif outcome.whole(formula) is None and outcome.round is None:
        message = f"the decimals of this figure may not end, or be more than {MOST_DECIMALS}"
        view.fail("PBR180", f"{message}; write `round:` with how many it is rounded to", *path)
    elif outcome.whole(formula) is None:
        message = f"rounded, this could need more than {MOST_DIGITS} digits; work with fewer figures at once"
        view.fail("PBR026", message, *path)


def _sensitive(view: View, formula: Formula, path: PathTo) -> None:
    """The figure is stated in the outputs, and with it what it is reckoned from."""
    hidden = [name for leaf in reckoned_from(formula.node) for name in _hidden(view, leaf)]
    for name in dict.fromkeys(hidden):
        message = f"the figure is stated in the outputs, and '{name}' is sensitive; ask about it in the test of a CASE"
        view.fail("PBR106", message, *path)


def _hidden(view: View, leaf: Field | Child) -> Iterator[str]:
    """The sensitive fields that a figure is reckoned from."""
    if isinstance(leaf, Field):
        yield from [leaf.ref.name] if leaf.type.sensitive else []
        return
    for table, name in _asked(view, leaf.ref):
        fields = view.terms.all_fields(table)
        if name in fields and fields[name].is_sensitive:
            yield f"{table}.{name}"


def _asked(view: View, ref: ChildRef) -> Iterator[tuple[str, str]]:
    """The fields that a question to a child table reads, with their tables."""
    if ref.field is not None:
        yield ref.table, ref.field
    read: tuple[FieldRef, ...] = () if ref.condition is None else ref.condition.fields
    for each in read:
        yield (view.terms.cohort_table if each.parent else ref.table), each.name


def check_reckoned_figures(view: View, figures: Figures) -> None:
    """Find the figures of values that formulas on one subject read, each whole at the decimals that write it."""
    for name, _ in _formulas(view):
        path: PathTo = ("outcomes", name, "value")
        formula = view.formulas.get(path)
        own = view.scope(view.terms.cohort_table, results=True).row
        for ref, kind in () if formula is None else formula.field_types.items():
            if ref.name in own:
                continue
            _, dot, label = ref.name.partition(".")
            whole = table_of_value(view, figures, ref.name, path)
            if whole is not None:
                table = whole.only(label) if dot else whole
                _held(view, table, kind)
                view.keep(table, *path, ref.name)


def _held(view: View, table: Table, kind: ValueType) -> None:
    """Whether each figure is held by a whole number at its decimals, as fields are that are reckoned with."""
    for cell, place in zip(table.cells, table.places, strict=True):
        scaled = Fraction(cell) * 10**kind.places if isinstance(cell, int | Fraction) else Fraction(0)
        if scaled.denominator != 1:
            message = (
                f"the decimals of {cell} do not end, or are more than {MOST_DECIMALS}, and a formula reads it of one"
            )
            fix = "write it as a decimal, or the division in the formula with `round:`"
            view.problems.append(place.problem("PBR109", f"{message} {view.terms.cohort.of}; {fix}"))
        elif abs(scaled) >= 10 ** digits_of(kind):
            message = "this has more digits than a formula reckons with; write it with fewer"
            view.problems.append(place.problem("PBR109", message))
