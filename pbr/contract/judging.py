"""The scores of a panel, as figures of the contract: read from the results of the versions that ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from pbr.outcomes.judged import Scoring

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pbr.calendar import Date
    from pbr.contract.agreed import Cited, Stretch
    from pbr.outcomes.judged import Panel


def asks_for_scores(one: Cited, question: str) -> bool:
    """Whether a version asks a question that is scored period by period."""
    from pbr.agreement.model import scored_of

    asked = one.agreement.terms.questions.get(question)
    return asked is not None and scored_of(asked) is not None


def unit_of_scores(one: Cited, question: str) -> str:
    """What its scores are."""
    from pbr.agreement.model import unit_of

    return unit_of(one.agreement.terms.questions[question])


def scores_of(panel: Panel, versions: Iterable[Cited], stretches: Iterable[Stretch], unit: str) -> Panel:
    """A panel with what was scored under each version while it is in force."""
    found = tuple(_scoring(panel.question, first, last, one) for first, last, one in stretches)
    counted = {one.result.version: tuple(one.result.questions[panel.question].scores) for one in versions}
    return evolve(panel, unit=unit, in_force=found, counted=counted)


def _scoring(question: str, first: Date | None, last: Date | None, one: Cited | None) -> Scoring:
    """What one version asks for, and what was scored under it."""
    if one is None:
        return Scoring(first=first, last=last)
    from pbr.agreement.model import scored_of

    scored = scored_of(one.agreement.terms.questions[question])
    assert scored is not None, "every version that asks the question asks for scores"
    scores = {label: score.agreed_value for label, score in one.result.questions[question].scores.items()}
    return Scoring(
        first=first,
        last=last,
        version=one.result.version,
        file=one.file,
        sha256=one.result.sha256,
        of=scored.of,
        periods=scored.periods,
        closes={label: scored.closing_day(place) for place, label in enumerate(scored.labels)},
        scores={label: score for label, score in scores.items() if score is not None},
    )
