"""Who was counted in a group, by their ids: asked for by name, and never shown otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.contract.surveys import survey_of
from pbr.decisions import earlier
from pbr.explanation.money import item
from pbr.facts import START
from pbr.outcomes import Measure
from pbr.pooled.measuring import days_of
from pbr.pooled.members import OUT, ids_of

if TYPE_CHECKING:
    from pbr.contract.grain import Key
    from pbr.decisions import Decisions


def ids_words(decisions: Decisions, name: str, key: Key) -> list[str]:
    """The ids of the members of a measure of subjects, a line for each state and each reason to be left out."""
    measure = decisions.plan.terms.pooled[name]
    if not isinstance(measure, Measure) or measure.row_field is not None:
        return []
    if survey_of(decisions.plan.terms, name) is not None:  # it is not told to those who are judged by it
        return [item("ids", "not shown here, of what people say")]
    pooled = decisions.pooled[name]
    grain, result = pooled.grain, pooled.results[key]
    days = days_of(measure, grain, grain.period(key))
    frame = decisions.frame
    if result.known is not None and not measure.stays_open:
        frame = earlier(decisions).as_at(result.known, days if measure.period_of == START else None)
    labels = tuple(label for place, label in enumerate(key) if place != grain.period_at)
    found = ids_of(frame, measure, grain, days, labels)
    order = [word for word in result.members if word in found]
    return [item("ids", f"{word.removeprefix(OUT).replace('_', ' ')}: {', '.join(found[word])}") for word in order]
