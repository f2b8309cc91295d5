"""Outcomes of groups that adjustments read: each line lies in one of their groups, and what multiplies is a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.adjustments import Gate, Multiply
from pbr.calendar import PERIODS, PeriodKind
from pbr.contract.grain import grain_of, grain_paid, words_of_groups
from pbr.contract.units import kind_of
from pbr.outcomes import Scale
from pbr.payments import Amount, Divide, Fee
from pbr.problem import short

if TYPE_CHECKING:
    from pbr.adjustments import Adjustment
    from pbr.contract.grain import Grain
    from pbr.contract.view import View
    from pbr.document import PathTo


def check_factor(view: View, term: Multiply, path: PathTo) -> None:
    """An outcome that lines are multiplied by is of groups, and a number that is not below 0."""
    name = term.by
    if name not in view.terms.pooled:
        noun = view.terms.cohort.of
        message = f"'{short(name)}' is on one {noun}, and lines are multiplied by an outcome of groups"
        view.fail("PBR160", f"{message}; write a measure of it, and name that here", *path)
    elif kind_of(view.terms, name) is None:
        view.fail("PBR136", f"'{name}' is met or not, and no number; write a gate that needs it", *path)
    else:
        outcome = view.terms.pooled[name]
        texts = outcome.points.items() if isinstance(outcome, Scale) else ()
        for (figure, text), points in zip(texts, getattr(outcome, "values", ()), strict=True):
            if points is not None and points < 0:
                message = f"lines are multiplied by '{name}', and '{text}' is below 0"
                view.fail(
                    "PBR109",
                    f"{message}; write what is left of the line, such as 95%",
                    "outcomes",
                    name,
                    "points",
                    figure,
                )


def check_factors(view: View) -> None:
    """The groups of an outcome that an adjustment reads fit those of the lines it acts on."""
    if view.problems:
        return
    for index, term in enumerate(view.terms.adjustments):
        for name in term.reads():
            if name in view.terms.pooled:
                _fits(view, term, name, ("adjustments", index))


def _fits(view: View, term: Adjustment, name: str, path: PathTo) -> None:
    """Whether the lines of each group that an adjustment makes, or each line, lie in one group of an outcome."""
    grain, per = grain_of(view.terms, name), getattr(term, "per", ())
    if per:
        _of_groups(view, name, grain, per, (*path, "per"))
        _not_on_account(view, term, name, grain, path)
        return
    words = words_of_groups(view.terms, name)
    for payment in term.on or tuple(view.terms.payments):
        paid = view.terms.payments[payment]
        if isinstance(paid, Fee):
            labels = [word for word in words if word != "provider"]
            if labels:
                message = f"'{name}' is per {', '.join(grain.words)}, and the fee '{payment}' is of no {labels[0]}"
                view.fail("PBR125", f"{message}; name the other payments under `on`", *path)
        elif isinstance(paid, Amount | Divide) or paid.pays_for in view.terms.pooled:
            theirs, whose = grain_paid(view.terms, paid), paid.pays_for or payment
            lies = set(words) <= set(theirs.words) if isinstance(term, Gate) else grain.holds(theirs)
            if not lies:
                both = ((name, grain), (whose, theirs))
                said = " and ".join(f"'{each}' per {', '.join(of.words) or 'contract'}" for each, of in both)
                message = f"an outcome is read of the group that '{payment}' is for, or of one around it, and these"
                view.fail("PBR164", f"{message} are not: {said}; measure both alike", *path)


def _not_on_account(view: View, term: Adjustment, name: str, grain: Grain, path: PathTo) -> None:
    """What is taken back falls in the period in which it was settled, where the figure is another than it was."""
    if not set(PERIODS) & set(grain.words):
        return
    for payment in term.on or tuple(view.terms.payments):
        paid = view.terms.payments[payment]
        if isinstance(paid, Fee) and paid.until_settled is not None:
            message = f"'{payment}' is paid in one period and taken back in another, and '{name}' has a figure for each"
            view.fail("PBR125", f"{message}; name others in `on`", *path)


def _of_groups(view: View, name: str, grain: Grain, per: tuple[str, ...], path: PathTo) -> None:
    """Whether groups of lines lie in those of an outcome: each of its words is in `per`, or a shorter period."""
    order = list(PeriodKind)  # from the shortest to the longest
    for word in grain.words:
        if word in PERIODS:
            shorter = {kind.value for kind in order[: order.index(PeriodKind(word)) + 1]}
            if not shorter & set(per):
                message = f"'{name}' has a figure for each {word}, so `per` names {word} or a shorter period"
                view.fail("PBR125", message, *path)
        elif word not in per:
            view.fail("PBR125", f"'{name}' has a figure for each {word}, so `per` names {word} too", *path)
