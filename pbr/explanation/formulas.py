"""A formula on one subject in words: each of its names with its figure, each rounding, and what it comes to."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import define

from pbr.calendar import show_date
from pbr.condition import Kind
from pbr.explanation.reckoned import exactly, rounded_words, show_kind
from pbr.explanation.roundings import roundings
from pbr.facts import STATE_CODE
from pbr.money import plain
from pbr.plan import context_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.condition import FieldRef, Formula
    from pbr.explanation.rows import SubjectRows
    from pbr.outcomes import OfFigures
    from pbr.plan import Plan
    from pbr.table import Table


@define
class FormulaWords:
    """Puts a formula on one subject into words.

    Attributes:
        plan: The contract as at a day.
        frame: The decisions on the subject, one row.
        rows: Its rows.
        name: The outcome.
        outcome: Its terms.
    """

    plan: Plan
    frame: pl.DataFrame
    rows: SubjectRows
    name: str
    outcome: OfFigures

    def items(self) -> Iterator[tuple[str, str]]:
        """The formula, its names, its roundings and its figure, each with the word it stands under."""
        yield "formula", " ".join(self.outcome.value.split())
        formula = self.plan.contract.formulas["outcomes", self.name, "value"]
        row = self._row(formula)
        for ref in formula.fields:
            yield "with", self._name(ref, formula, row[ref])
        yield from [("asks", asked) for asked in self.rows.asked(formula)]
        if STATE_CODE["met"] != self.frame[f"{self.name}.state"][0]:
            return
        for text, before, after in roundings(formula, row):
            yield "step", f"{text} is {plain(after)}, from {exactly(before)}"
        exact = self.outcome.figure(formula, row)
        assert exact is not None, "what is met has a figure"
        places = context_of(self.plan, self.name).places
        found = Fraction(self.frame[f"{self.name}.value"][0], 10**places)
        how = rounded_words(exact, places, formula.rounding)
        yield "figure", self._figure(found) + ("" if exact == found else f", {how}")

    def _figure(self, value: Fraction) -> str:
        """What it comes to, in its unit."""
        return show_kind(self.outcome.unit.kind, value, self.plan.terms.contract.currency)

    def _row(self, formula: Formula) -> dict[Any, object]:
        """What each of its names is, and what is answered of child tables."""
        figures = context_of(self.plan, self.name).figures
        table, found = self.plan.terms.cohort_table, self.rows.answers(formula)
        for ref in formula.fields:
            value = figures.get(ref.name)
            found[ref] = self.rows.value(table, ref.name, self.rows.own) if value is None else self._looked_up(value)
        return found

    def _looked_up(self, table: Table) -> Fraction | None:
        """The figure of a value for the subject on the day of the start."""
        place = self.frame.select(table.cell(pl.col("_start"))).item()
        figure = None if place is None else table.cells[place]
        return Fraction(figure) if isinstance(figure, int | Fraction) else None

    def _name(self, ref: FieldRef, formula: Formula, value: object) -> str:
        """A name with what it is; that of a sensitive field is never shown."""
        table, figures = self.plan.terms.cohort_table, context_of(self.plan, self.name).figures
        if ref.name in figures:
            place = self.plan.contract.place("values", ref.name.partition(".")[0])
            return f"{ref.name} = {self._value(ref, formula, value)} ({place})"
        if not ref.outcome and value is not None and self.rows.is_sensitive(table, ref.name):
            return f"{ref.name} = (not shown)"
        return f"{ref.name} = {self._value(ref, formula, value)}"

    def _value(self, ref: FieldRef, formula: Formula, value: object) -> str:
        """What a name is, in words."""
        if value is None:
            state = f"{ref.outcome}.state"
            if state not in self.frame.columns:
                return "empty"
            never = {STATE_CODE["not_met"], STATE_CODE["excluded"]}
            return "no figure" if self.frame[state][0] in never else "not known"
        kind = formula.field_types[ref].kind
        if isinstance(value, bool):
            return ("met" if value else "not met") if ref.outcome else ("yes" if value else "no")
        if isinstance(value, dt.date):
            return show_date(value)
        if isinstance(value, int | Fraction) and kind is not Kind.WHOLE_ID:
            return show_kind(kind, Fraction(value), self.plan.terms.contract.currency)
        return str(value)
