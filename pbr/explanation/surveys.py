"""A survey in words: who could be asked, who chose, who answered, what silence could hide, and how labels weigh."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pbr.calendar import date_from_number, show_date
from pbr.contract.grain import labels_of
from pbr.explanation.money import cut, item
from pbr.explanation.reckoned import percent
from pbr.outcomes.measure import ChosenBy

if TYPE_CHECKING:
    from pbr.calendar import Period
    from pbr.contract.model import Terms
    from pbr.contract.surveys import Survey
    from pbr.pooled.result import Result

CHOSEN_BY = {
    ChosenBy.EVERYBODY: "everybody in it is to be asked",
    ChosenBy.RANDOM: "chance chose who of it was asked",
    ChosenBy.COMMISSIONER: "the commissioner chose who of it was asked",
    ChosenBy.PROVIDER: "the provider chose who of it was asked",
}


def survey_words(terms: Terms, survey: Survey, result: Result, period: Period) -> list[str]:
    """What stands beside a figure of answers: its frame, its response and its limits.

    Args:
        terms: The contract.
        survey: What was counted.
        result: What came of it in a group.
        period: The period of that group.
    """
    measure, found = survey.measure, list[str]()
    answered = sum(result.members.get(state, 0) for state in ("met", "not_met", "unknown"))
    days = survey.frame_days(period)
    if measure.frame is not None and days is not None:
        first, last = (show_date(date_from_number(day)) for day in days)
        who = f"{result.frame} with a row in {measure.frame.table} from {first} to {last}"
        chosen = CHOSEN_BY[measure.frame.chosen_by]
        found.append(item("frame", f"{who}, drawn on {last} as known then; {chosen}"))
    if measure.asked is not None:
        missed = "" if result.frame is None else f", and {result.frame - (result.asked or 0)} in the frame were not"
        found.append(item("asked", f"{result.asked} by {measure.asked}{missed}"))
    least = measure.least_response
    whole = result.frame if result.frame is not None and (least is None or least[1]) else result.asked
    if whole:
        what = "in the frame" if whole == result.frame and (least is None or least[1]) else "asked"
        floor = "" if least is None else f", of which at least {percent(least[0])} must answer"
        found.append(item("response", f"{answered} of {whole} {what}, {percent(Fraction(answered, whole))}{floor}"))
    if result.extremes is not None and result.silent:
        low, high = map(percent, result.extremes)
        text = f"{result.silent} gave no answer that counts: {low} if none of them were met, {high} if all"
        found.append(item("silence", text))
    return found + _weighed(terms, survey, result)


def _weighed(terms: Terms, survey: Survey, result: Result) -> list[str]:
    """How each label weighs."""
    word, share = survey.measure.weigh_by, result.counted
    if word is None or not result.strata:
        return []
    labels, found = labels_of(terms, word), list[str]()
    for place in sorted(result.strata, key=lambda place: (place < 0, place)):
        each, label = result.strata[place], f"no label of {word}" if place < 0 else labels[place]
        weight = f"{each.frame} of {result.frame} in the frame"
        found.append(item("weighs", f"{label}: {weight}, and {each.met} of {each.counted} answers met"))
    if share is not None and share.weighted is not None and share.worth is not None:
        found.append(
            item("weighed", f"{percent(share.weighted)}, worth {cut(share.worth)} answers that weigh the same")
        )
    return found
