"""What the figures of outcomes of groups are: numbers, shares, percentage points or money; or none at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pbr.condition import Kind, ValueType
from pbr.condition.types import FIGURES
from pbr.contract.figures import Unit
from pbr.money import parse_ratio
from pbr.outcomes import Estimate, Index, Judged, Measure, OfFigures, Scale
from pbr.outcomes.measure import Took
from pbr.proof import Values
from pbr.results import MOST_PLACES, places_of

if TYPE_CHECKING:
    from pbr.contract.model import Terms

SHARE_VALUES = Values(type=ValueType(kind=Kind.SHARE, places=0), least=0, most=1, exact=True)
COUNT_VALUES = Values(type=ValueType(kind=Kind.NUMBER, places=0), least=0)


def kind_of(terms: Terms, name: str) -> Kind | None:
    """What the figures of an outcome of groups are; None for one that is met or not, and for what is none."""
    outcome = terms.pooled.get(name)
    if isinstance(outcome, Measure):
        return _of_measure(terms, outcome)
    if isinstance(outcome, Scale):
        shares = all(text.endswith("%") for text in outcome.points.values())
        return Kind.SHARE if shares else Kind.NUMBER
    if isinstance(outcome, OfFigures):
        return outcome.unit.kind
    if isinstance(outcome, Index):
        kinds = {_of_part(terms, part) for part in outcome.of.names} - {None}
        return next(iter(kinds)) if len(kinds) == 1 else Kind.NUMBER
    if isinstance(outcome, Judged):
        return {"share": Kind.SHARE, "money": Kind.MONEY}.get(outcome.agreed.unit, Kind.NUMBER)
    return field_kind(terms, outcome.table, outcome.value) if isinstance(outcome, Estimate) else None


def _of_part(terms: Terms, name: str, depth: int = 0) -> Kind | None:
    """What a part of an index is; an index of indexes is what these are of, as far as they are not of themselves."""
    outcome = terms.pooled.get(name)
    if not isinstance(outcome, Index):
        return kind_of(terms, name)
    if depth > len(terms.outcomes):
        return None
    return next((kind for part in outcome.of.names if (kind := _of_part(terms, part, depth + 1))), None)


def _of_measure(terms: Terms, measure: Measure) -> Kind | None:
    """A share, or a number of members; of values what these are."""
    if measure.take.is_test:
        return None
    if measure.take is Took.SHARE:
        return Kind.SHARE
    if measure.take.of_values and measure.row_field is not None:
        return field_kind(terms, *measure.row_field)
    of = terms.own_outcomes.get(measure.of)
    if measure.take.of_values and isinstance(of, OfFigures):
        return of.unit.kind
    return Kind.NUMBER


def field_kind(terms: Terms, table: str, name: str) -> Kind | None:
    """What a field is that can be reckoned with; None for another."""
    field = terms.all_fields(table).get(name) if table in terms.tables else None
    kind = None if field is None else field.value_type(terms.contract.currency).kind
    return kind if kind in FIGURES else None


def values_of(terms: Terms, name: str) -> Values | None:
    """The values that the figures of an outcome of groups can take; None for what is no number."""
    outcome, kind = terms.pooled[name], kind_of(terms, name)
    if kind is None:
        return None
    if isinstance(outcome, Measure) and outcome.take is Took.SHARE:
        return SHARE_VALUES
    if isinstance(outcome, Measure) and outcome.take in {Took.COUNT, Took.N}:
        return COUNT_VALUES
    return Values(type=ValueType(kind=Kind.SHARE if kind is Kind.SHARE else Kind.NUMBER, places=0), exact=True)


def value_types(terms: Terms) -> dict[str, ValueType]:
    """What the figures of values are in a formula on one subject, with the decimals that write all of one."""
    found = {}
    for name, term in terms.values.items():
        kind = Kind.SHARE if is_percent(terms, name) else Kind.NUMBER
        places = places_of(parse_ratio(cell.text) for cell in term.cells)
        found[name] = ValueType(kind=kind, places=MOST_PLACES if places is None else places)
        if len(term.by) == 1:
            found |= {f"{name}.{cell.labels[0]}": found[name] for cell in term.cells if cell.labels}
    return found


def unit_of_value(terms: Terms, name: str) -> Unit:
    """How the figures of a value are read by a formula: as ratios if one is written with % or /, else as numbers."""
    value = terms.values.get(name)
    ratios = value is not None and any(re.search("[%/]", cell.text) for cell in value.cells)
    return Unit.RATIO if ratios else Unit.NUMBER


def is_percent(terms: Terms, name: str) -> bool:
    """Whether every figure of a value is a percentage."""
    return all(cell.text.endswith("%") for cell in terms.values[name].cells)


def unit_words(kind: Kind) -> str:
    """Figures of a kind, as a message names several."""
    return {Kind.SHARE: "shares", Kind.POINTS: "percentage points", Kind.MONEY: "money"}.get(kind, "numbers")
