"""Figures of values: those in force for a group, and what a formula of values alone comes to."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pbr.calendar import number_of
from pbr.contract.grain import grain_of
from pbr.outcomes import OfFigures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.condition import Formula
    from pbr.contract.contract import Contract
    from pbr.contract.grain import Grain, Key
    from pbr.contract.model import Terms
    from pbr.document import PathTo
    from pbr.table import Table


def figure_of(table: Table, grain: Grain, key: Key) -> Fraction | None:
    """The figure of a table in force for a group on the first day of its period."""
    labels = dict(zip(grain.words, key, strict=True))
    found = table.figure(labels, number_of(grain.period(key).first))
    assert found is None or isinstance(found, int | Fraction), "it is a table of numbers"
    return None if found is None else Fraction(found)


def named_figure(table: Table, value: str, grain: Grain, key: Key) -> Fraction | None:
    """The figure of a value that a formula names, for a group, or of the label that is named behind it."""
    named, dot, label = value.partition(".")
    if not dot:
        return figure_of(table, grain, key)
    (by,) = table.by
    found = table.figure({by.removeprefix("_by."): label}, number_of(grain.period(key).first))
    assert found is None or isinstance(found, int | Fraction), f"the values of {named} are numbers"
    return None if found is None else Fraction(found)


def figure_of_one(formula: Formula, outcome: OfFigures) -> tuple[Formula, int]:
    """A formula on one subject in its unit, rounded if it is, and the decimals that write its figures."""
    found = outcome.whole(formula)
    assert found is not None, "a contract that is checked has figures of so many decimals"
    return found


def parts_of_one(contract: Contract, name: str) -> int | None:
    """How many parts make one of the value of an outcome on one subject; None if it has none."""
    outcome = contract.terms.own_outcomes[name]
    if not isinstance(outcome, OfFigures):
        return outcome.parts
    _, places = figure_of_one(contract.formulas["outcomes", name, "value"], outcome)
    return int(10**places)


def figures_of_values(
    terms: Terms, formulas: Mapping[PathTo, Formula], tables: Mapping[PathTo, Table], name: str, outcome: OfFigures
) -> dict[Key, Fraction | None]:
    """What a formula of values alone comes to for each of its groups; None where it has no figure.

    Args:
        terms: The contract.
        formulas: Its formulas that have been read.
        tables: The figures of its values.
        name: The name of the formula.
        outcome: The formula, which names no outcome.
    """
    grain, path = grain_of(terms, name), ("outcomes", name, "value")
    found = {}
    for key in grain.groups():
        row: dict[object, object] = {}
        for ref in formulas[path].fields:
            row[ref] = named_figure(tables[*path, ref.name], ref.name, grain, key)
        found[key] = outcome.figure(formulas[path], row)  # type: ignore[arg-type]
    return found
