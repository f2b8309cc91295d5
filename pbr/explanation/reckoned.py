"""Figures that are reckoned, weighed or given, in words: formulas, indexes, estimates, and measures of rows."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pbr.calendar import date_from_number, show_date
from pbr.condition import Kind
from pbr.contract.model import FieldKind
from pbr.contract.units import kind_of
from pbr.explanation.money import cut, item
from pbr.explanation.roundings import roundings
from pbr.money import plain
from pbr.outcomes.index import WhenMissing
from pbr.outcomes.measure import Took

if TYPE_CHECKING:
    from pbr.condition import FieldRef
    from pbr.contract import Contract, Terms
    from pbr.money import Rounding
    from pbr.outcomes import Estimate, Index, Measure, OfFigures
    from pbr.pooled import Result

SHOWN_PLACES = 4
"""Decimals of a percentage that is shown beside its fraction."""


def show_figure(terms: Terms, name: str, value: Fraction) -> str:
    """A figure as it is read: a share as a percentage, percentage points and money with their sign."""
    return show_kind(kind_of(terms, name), value, terms.contract.currency)


def show_kind(kind: Kind | None, value: Fraction, currency: str) -> str:
    """A figure of a kind as it is read."""
    if kind is Kind.SHARE:
        return percent(value)
    if kind is Kind.POINTS:
        return f"{plain(value)}pp"
    return f"{currency} {plain(value)}" if kind is Kind.MONEY else plain(value)


def formula_words(contract: Contract, name: str, outcome: OfFigures, result: Result) -> list[str]:
    """The formula as it is written, the figure of each of its names, and each rounding inside it."""
    formula, terms = contract.formulas["outcomes", name, "value"], contract.terms
    found = [item("formula", " ".join(outcome.value.split()))]
    if result.state not in {"met", "not_assessable"}:  # a part is waited for
        return found
    row: dict[FieldRef, object] = {}
    for ref, kind in formula.field_types.items():
        figure = result.parts.get(ref.name, (None, None))[0]
        row[ref] = figure
        if kind.kind is Kind.YES_NO:
            row[ref] = None if figure is None else bool(figure)
            shown = "no answer" if figure is None else "met" if figure else "not met"
        elif figure is None:
            shown = "no figure"
        elif ref.name in terms.pooled:
            shown = show_figure(terms, ref.name, figure)
        else:
            shown = percent(figure) if kind.kind is Kind.SHARE else plain(figure)
        place = "" if ref.name in terms.pooled else f" ({contract.place('values', ref.name.partition('.')[0])})"
        found.append(item("with", f"{ref.name} = {shown}{place}"))
    for text, before, after in roundings(formula, row):
        found.append(item("step", f"{text} is {plain(after)}, from {exactly(before)}"))
    return found


def index_words(contract: Contract, index: Index, result: Result) -> list[str]:
    """Each part with its figure and its weight, and what became of the weight of one that is missing."""
    terms = contract.terms
    found = [item("weights", f"{index.weights} ({contract.place('values', index.weights)})")] if result.parts else []
    there = sum((weight or Fraction(0) for figure, weight in result.parts.values() if figure is not None), Fraction(0))
    shared = index.when_missing is WhenMissing.SHARE_OUT and result.value is not None and there != 1
    for name, (figure, weight) in result.parts.items():
        part, own = index.of.names[0] if index.of.one else name, weight or Fraction(0)
        if figure is None:
            found.append(item("part", f"{name}: no figure, weight {percent(own)}"))
            continue
        shown = f"{name}: {show_figure(terms, part, figure)}, weight {percent(own)}"
        if shared:
            own = Fraction(own) / there
            shown += f", {percent(own)} with what is shared out"
        found.append(item("part", shown if result.value is None else f"{shown}, adds {plain(figure * own)}"))
    missing = [name for name, (figure, _) in result.parts.items() if figure is None]
    if missing:
        means = {"share_out": "its weight is shared out", "nil": "it counts nothing", "none": "so there is no figure"}
        found.append(item("missing", f"{', '.join(missing)}: {means[index.when_missing.value]}"))
    return found


def estimate_words(terms: Terms, estimate: Estimate, name: str, result: Result) -> list[str]:
    """The table, the field, the version and the day, and the ends of the interval."""
    version = "" if result.version is None else f", version {result.version}"
    day = "" if result.date is None else f", of {show_date(date_from_number(result.date))}"
    found = [item("given", f"by {estimate.table}, {estimate.value}{version}{day}")]
    ends = result.interval
    if ends is not None and (ends.low is not None or ends.high is not None):
        low, high = (None if end is None else show_figure(terms, name, end) for end in (ends.low, ends.high))
        found.append(item("interval", f"{low or 'not given'} to {high or 'not given'}"))
    return found


def state_words(terms: Terms, measure: Measure) -> dict[str, str]:
    """What to call the states of rows, which are said by one field of them; nothing where it is not rows."""
    if measure.row_field is None:
        return {}
    table, name = measure.row_field
    if terms.all_fields(table)[name].type is FieldKind.YES_NO:
        return {"met": "yes", "not_met": "no", "unknown": "empty"}
    return {"met": "with a figure" if measure.take.of_values else "filled in", "unknown": "empty"}


def taken_words(terms: Terms, measure: Measure, name: str, result: Result) -> list[str]:
    """What a sum, a mean or a median is of."""
    many = result.members.get("met", 0)
    value = result.value if result.exact is None else result.exact
    if value is None or many == 1 or not measure.take.of_values:
        return []
    if measure.take is Took.MEAN:
        whole = value * many
        return [item("mean", f"{show_figure(terms, name, whole)} / {many} = {show_figure(terms, name, value)}")]
    if measure.take is Took.SUM:
        return [item("sum", f"of {many}: {show_figure(terms, name, value)}")]
    middle = "the middle one" if many % 2 else "the mean of the middle two"
    return [item("median", f"{middle} of {many}: {show_figure(terms, name, value)}")]


def rounded_words(exact: Fraction, places: int, rounding: Rounding) -> str:
    """What was rounded, to how many decimals, and how."""
    decimals = "decimal" if places == 1 else "decimals"
    return f"from {exactly(exact)} to {places} {decimals}, {rounding.value.replace('_', ' ')}"


def exactly(value: Fraction) -> str:
    """A number as a decimal, with its fraction where places are cut off."""
    return cut(value) if cut(value) == plain(value) else f"{cut(value)} ({value})"


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
