"""Figures that are reckoned, weighed or given, in words: formulas, indexes, estimates, and measures of rows."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pbr.condition import FieldRef, Kind
from pbr.contract.units import kind_of
from pbr.explanation.money import item
from pbr.money import plain

if TYPE_CHECKING:
    from pbr.condition import Formula
    from pbr.contract import Terms
    from pbr.outcomes import Estimate, Index, Measure, OfFigures
    from pbr.pooled import Result

SHOWN_PLACES = 4
"""Decimals of a percentage that is shown beside its fraction."""


def show_figure(terms: Terms, name: str, value: Fraction) -> str:
    """A figure as it is read: a share as a percentage, percentage points and money with their sign."""
    kind = kind_of(terms, name)
    if kind is Kind.SHARE:
        return percent(value)
    if kind is Kind.POINTS:
        return f"{plain(value)}pp"
    return f"{terms.contract.currency} {plain(value)}" if kind is Kind.MONEY else plain(value)


def formula_words(terms: Terms, outcome: OfFigures, formula: Formula, result: Result) -> list[str]:
    """The formula as it is written, and the figure of each of its names."""
    found = [item("formula", outcome.value)]
    for name, (figure, _) in result.parts.items():
        if figure is not None:
            share = formula.field_types[FieldRef(name)].kind is Kind.SHARE
            shown = percent(figure) if share else plain(figure)
            shown = show_figure(terms, name, figure) if name in terms.pooled else shown
            found.append(item("with", f"{name} = {shown}"))
    return found


def index_words(terms: Terms, index: Index, result: Result) -> list[str]:
    """Each part with its figure and its weight, and what became of the weight of one that is missing."""
    found = []
    for name, (figure, weight) in result.parts.items():
        part = index.of.names[0] if index.of.one else name
        shown = "no figure" if figure is None else show_figure(terms, part, figure)
        found.append(item("part", f"{name}: {shown}, weight {percent(Fraction(weight or 0))}"))
    missing = [name for name, (figure, _) in result.parts.items() if figure is None]
    if missing:
        means = {"share_out": "its weight is shared out", "nil": "it counts nothing", "none": "so there is none"}
        found.append(item("missing", f"{', '.join(missing)}: {means[index.when_missing.value]}"))
    return found


def estimate_words(terms: Terms, estimate: Estimate, name: str, result: Result) -> list[str]:
    """The table and the field, and the ends of the interval."""
    found = [item("given", f"by {estimate.table}, {estimate.value}")]
    ends = result.interval
    if ends is not None and (ends.low is not None or ends.high is not None):
        low, high = (None if end is None else show_figure(terms, name, end) for end in (ends.low, ends.high))
        found.append(item("interval", f"{low or 'not given'} to {high or 'not given'}"))
    return found


def rows_words(measure: Measure) -> str:
    """What is counted, where it is rows."""
    table, name = measure.row_field or ("", "")
    return f"rows of {table} by {name}"


def percent(value: Fraction) -> str:
    """A share as a percentage, with its exact fraction where the percentage has more places than are shown.

    Example:
        >>> percent(Fraction(17, 100)), percent(Fraction(2, 3))
        ('17%', '66.6666% (2/3, cut after 4 places)')
    """
    scaled = value * 100 * 10**SHOWN_PLACES
    if scaled.denominator == 1:
        return f"{plain(value * 100)}%"
    whole = scaled.numerator // scaled.denominator
    return f"{plain(Fraction(whole, 10**SHOWN_PLACES))}% ({value}, cut after {SHOWN_PLACES} places)"
