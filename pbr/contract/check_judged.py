"""Outcomes that a panel judges: the groups and periods of the contract are those that the agreement scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.calendar import PERIODS, number_of
from pbr.contract.check_words import check_per, group_words
from pbr.contract.contract import term_of
from pbr.contract.grain import labels_of, make_grain
from pbr.problem import did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pbr.contract.grain import Grain
    from pbr.contract.view import View
    from pbr.document import PathTo
    from pbr.outcomes import Judged
    from pbr.outcomes.judged import Scoring


def check_judged(view: View, judged: Judged, path: PathTo) -> None:
    """Check the words of the groups, then the labels of each version of the agreement against them."""
    before = len(view.problems)
    check_per(view, judged.per, group_words(view), "what a panel scores", path)
    if len(view.problems) > before or set(judged.per) & view.lost:
        return
    if not set(judged.per) & set(PERIODS):
        view.fail("PBR188", "a panel scores period by period, so `per` names one, such as quarter", *path, "per")
    elif len(judged.per) > len(_PERIOD_AND_WORD):
        message = f"a panel scores one thing in each period, and these are {len(judged.per) - 1}"
        view.fail("PBR188", f"{message}; keep one word beside the period", *path, "per")
    elif view.terms.contract.from_ <= view.terms.contract.to and not {"contract.from", "contract.to"} & view.lost:
        grain = make_grain(view.terms, judged.per)
        versions = {held.version: held for held in judged.agreed.in_force if held.version}
        for held in versions.values():
            _labels(view, judged, held, path)
            _periods(view, judged, held, grain, path)
        _scored_once(view, judged, grain, path)


_PERIOD_AND_WORD = ("period", "word")


def _labels(view: View, judged: Judged, held: Scoring, path: PathTo) -> None:
    """Whose scores a version asks for are the labels of the word under ``per``, each of them."""
    word = judged.whose
    if bool(held.of) != (word is not None):
        what = f"scores {_listed(held.of)} in each period" if held.of else "has one score for each period"
        fix = "name beside the period what these are, such as provider" if held.of else "name the period alone"
        view.fail("PBR188", f"version {held.version} of '{judged.agreed.agreement}' {what}; {fix}", *path, "per")
    if not held.of or word is None:
        return
    labels = labels_of(view.terms, word)
    for each in held.of:
        if each not in labels:
            message = f"version {held.version} scores '{short(each)}', which is no {word} of this contract"
            view.fail("PBR189", f"{message}{did_you_mean(each, labels)}", *path, "agreed")
    missing = [label for label in labels if label not in held.of]
    if missing:
        message = f"version {held.version} does not score every {word} of this contract: {_listed(missing)}"
        view.fail("PBR189", f"{message}; add what is missing to it under `of`", *path, "agreed")


def _periods(view: View, judged: Judged, held: Scoring, grain: Grain, path: PathTo) -> None:
    """The periods that a version scores are those of the contract, and all that start while it is in force."""
    last_days = {period.name: period.last for period in term_of(view.terms).periods(grain.kind)}
    version = f"version {held.version}"
    if not set(held.periods) & set(last_days):
        names, here = _listed(held.periods), _listed(last_days)
        message = f"{version} scores {names}, and each {grain.kind.value} of this contract is one of: {here}"
        view.fail("PBR188", message, *path, "per")
        return
    for name, last in held.periods.items():
        if name not in last_days:
            message = f"{version} scores '{short(name)}', which is no {grain.kind.value} of this contract"
            view.fail("PBR189", f"{message}{did_you_mean(name, last_days)}", *path, "agreed")
        elif last != last_days[name]:
            message = f"{name} ends on {last_days[name]} here, and on {last} in {version} of the agreement"
            view.fail("PBR189", f"{message}; correct one of them", *path, "agreed")
    mine = [each for each in judged.agreed.in_force if each.version == held.version]
    starting = [period.name for period in grain.periods if any(_holds(each, period.first) for each in mine)]
    missing = [name for name in starting if name not in held.periods]
    if missing:
        message = f"{version} is in force when {_listed(missing)} begins, and has no such period; add it to `periods`"
        view.fail("PBR189", message, *path, "agreed")


def _scored_once(view: View, judged: Judged, grain: Grain, path: PathTo) -> None:
    """What was scored under a version is not scored under another, nor by one that was not in force."""
    starts = {period.name: number_of(period.first) for period in grain.periods}
    for version, labels in judged.agreed.counted.items():
        for label in labels:
            first = starts.get(label.rpartition(" ")[2])
            held = version if first is None else judged.agreed.on(first).version
            if held != version:
                now = f"version {held} is in force when it begins" if held else "no version is in force when it begins"
                message = f"version {version} has counted papers on {label}, and {now}"
                view.fail("PBR317", f"{message}; what is scored is never scored again", *path, "agreed")


def _holds(held: Scoring, day: object) -> bool:
    """Whether a version is in force on a day."""
    return (held.first is None or held.first <= day) and (held.last is None or day <= held.last)  # type: ignore[operator]


def _listed(names: Iterable[str]) -> str:
    """Names as a message gives several, the first few of many."""
    found = list(names)
    return ", ".join(map(short, found[:_FEW])) + (f" and {len(found) - _FEW} more" if len(found) > _FEW else "")


_FEW = 4
