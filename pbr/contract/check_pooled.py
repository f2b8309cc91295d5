"""Outcomes of groups: who is counted, in which groups and periods, and what their figures are compared with."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from pbr.calendar import PERIODS, Duration
from pbr.condition import Kind
from pbr.confidence import BY_FORMS, DIFFERENCES
from pbr.contract.check_judged import check_judged
from pbr.contract.check_made import check_formula, check_index
from pbr.contract.check_outcomes import MOST_YEARS, PER_YEAR
from pbr.contract.check_rows import check_estimate, check_row_measure
from pbr.contract.check_scales import check_round
from pbr.contract.check_words import check_per, check_same_words, group_words, labelled, own_words, row_words
from pbr.contract.figures import Unit
from pbr.contract.grain import grain_of, make_grain, parts_of, weighed_by
from pbr.contract.units import kind_of, unit_words
from pbr.facts import START
from pbr.money import plain
from pbr.outcomes import Combine, Estimate, Index, Judged, Measure, OfFigures, Scale, Score, Test
from pbr.outcomes.measure import Took
from pbr.outcomes.test import SIGNS
from pbr.payments import PRICED_ON, Tariff
from pbr.problem import did_you_mean, short
from pbr.settles import SETTLES_FORMS, Settles

if TYPE_CHECKING:
    from pbr.confidence import By
    from pbr.contract.figures import Figures
    from pbr.contract.grain import Grain
    from pbr.contract.view import View
    from pbr.document import PathTo
    from pbr.outcomes import OwnOutcome, PooledOutcome


def check_pooled(view: View) -> None:
    """Check every outcome of groups by itself, then what it is made of."""
    for name, outcome in view.terms.pooled.items():
        path = ("outcomes", name)
        check_round(view, outcome, path)
        if isinstance(outcome, Measure):
            _measure(view, outcome, path)
        elif isinstance(outcome, Test):
            _test(view, outcome, path)
        elif isinstance(outcome, Estimate) and name in view.terms.outcomes:
            check_estimate(view, outcome, path)
        elif isinstance(outcome, Judged):
            check_judged(view, outcome, path)
        elif isinstance(outcome, Scale | Combine | OfFigures):
            _made(view, outcome, path)
    check_same_words(view)


def _measure(view: View, measure: Measure, path: PathTo) -> None:
    own = view.terms.own_outcomes
    if measure.row_field is not None:
        check_row_measure(view, measure, path)
    elif _on_one(view, measure.of, *path, "of") and measure.take.of_values and _has_no_value(own[measure.of]):
        valued = [name for name, outcome in own.items() if outcome.parts is not None]
        message = f"'{measure.of}' has no value to take the {measure.take.value} of"
        fix = did_you_mean(measure.of, valued) or "; take its share or count, or name an outcome that is a number"
        view.fail("PBR134", message + fix, *path, "of")
    for key in ("among", "asked"):
        name = getattr(measure, key)
        if name is not None and measure.row_field is None and (key == "among" or measure.asked_field is None):
            _on_one(view, name, *path, key)
    _per(view, measure, path)
    _period_of(view, measure, path)
    for key in ("reopens", "adverse"):
        text = getattr(measure, key)
        if text not in {"yes", "no", "true", "false"}:
            view.fail("PBR106", f"'{short(text)}' is neither yes nor no", *path, key)
    if measure.fewest is not None and re.fullmatch("[1-9][0-9]{0,8}", measure.fewest) is None:
        view.fail("PBR109", f"'{short(measure.fewest)}' is not a whole number from 1", *path, "fewest")
    if measure.settles is not None:
        _settles(view, measure.settles, (*path, "settles"))


def _has_no_value(outcome: OwnOutcome) -> bool:
    """Whether an outcome is met or not, and no number; of answers something else is said."""
    return outcome.parts is None and not (isinstance(outcome, Score) and outcome.per)


def _on_one(view: View, name: str, *path: str | int) -> bool:
    """Whether a name is that of an outcome on one participant."""
    if name in view.terms.pooled:
        noun = view.terms.cohort.of
        message = (
            f"'{name}' is of groups; rates are counted afresh and never averaged, so name an outcome on one {noun}"
        )
        view.fail("PBR160", message, *path)
        return False
    return view.known(name, view.terms.own_outcomes, "outcome", *path)


def _per(view: View, measure: Measure, path: PathTo) -> None:
    """The words that make groups."""
    table = None if measure.row_field is None else measure.row_field[0]
    of_rows = table in view.terms.tables_of_groups
    known = row_words(view, str(table)) if of_rows else own_words(view)
    what = f"rows of '{table}'" if table else f"{view.terms.cohort.of}s"
    check_per(view, measure.per, known, what, path)


def _period_of(view: View, measure: Measure, path: PathTo) -> None:
    """The day that puts somebody into a period, and the days that a figure is over."""
    periods = [word for word in measure.per if word in PERIODS]
    day = measure.period_of
    if day is None and periods:
        of_rows = measure.row_field is not None
        who = "a row is in one: TABLE.FIELD, its date" if of_rows else "somebody is in one: start, or an outcome"
        message = f"`per` names {periods[0]}, so `period_of` says by which day {who}"
        view.fail("PBR161", message, *path, "per")
    elif day is not None and not periods:
        view.fail(
            "PBR161", "`period_of` is the day that puts somebody into a period, so `per` names one", *path, "period_of"
        )
    elif measure.row_field is not None or measure.row_date is not None:
        pass  # a row has a day of its own, which is looked at with what else is said of rows and of answers
    elif day is not None and day != START and _on_one(view, day, *path, "period_of"):
        _same_day(view, measure, day, path)
    over = Duration.parse(measure.over)
    if measure.over not in {"period", "to_date"} and (over is None or over.count == 0):
        message = f"'{short(measure.over)}' is none of: period, to_date, or a length such as 12 months"
        view.fail("PBR106", message, *path, "over")
    elif measure.over != "period" and not periods:
        view.fail("PBR161", "`over` is about the days before the end of a period, so `per` names one", *path, "over")
    elif over is not None and over.count > MOST_YEARS * PER_YEAR[over.unit]:
        view.fail("PBR109", f"{over} is longer than {MOST_YEARS} years; shorten it", *path, "over")


def _same_day(view: View, measure: Measure, day: str, path: PathTo) -> None:
    """A numerator lies in its denominator: only who has met the outcome has its day."""
    counts = measure.take in {Took.COUNT, Took.SUM, Took.MEAN, Took.MEDIAN}
    if counts and day == measure.of and measure.among is None:
        return
    if measure.among != day:
        noun = view.terms.cohort.of
        message = f"only a {noun} who has met '{day}' has its day, so write `among: {day}`, or `period_of: start`"
        view.fail("PBR162", message, *path, "period_of")
    elif day == measure.of and not counts:
        message = f"everybody among '{day}' has met '{measure.of}', so the {measure.take.value} says nothing"
        view.fail("PBR162", f"{message}; name another outcome under `of` or `among`", *path, "of")


def _settles(view: View, text: str, path: PathTo) -> None:
    found = Settles.parse(text)
    if found is None:
        forms = ", ".join(f"`{form}`" for form in SETTLES_FORMS)
        view.fail("PBR109", f"'{short(text)}' is no day to settle; write it like {forms}", *path)
    elif found.later.count > MOST_YEARS * PER_YEAR[found.later.unit]:
        view.fail("PBR109", f"{found.later} is longer than {MOST_YEARS} years; shorten it", *path)


def _test(view: View, test: Test, path: PathTo) -> None:
    if len(test.signs) != 1:
        zone = "; a zone is two tests" if test.signs else ""
        view.fail("PBR136", f"a test has one, and only one, of: {', '.join(SIGNS)}{zone}", *path)
    if test.bound is None:
        forms = ", ".join(f"`{form}`" for form in BY_FORMS)
        view.fail("PBR163", f"'{short(test.by)}' is not what can be compared; write it like {forms}", *path, "by")
    if not of_groups(view, test.of, *path, "of"):
        return
    if kind_of(view.terms, test.of) is None:
        message = f"'{test.of}' is met or not, and no number; name it in a combination, or test what it is made of"
        view.fail("PBR136", message, *path, "of")
    elif test.bound is not None and test.bound.side is not None and len(test.signs) == 1:
        _bound(view, test, test.bound, path)


def _bound(view: View, test: Test, by: By, path: PathTo) -> None:
    """What is compared of a figure is something that it has."""
    outcome, message = view.terms.pooled[test.of], ""
    if by.is_given:
        given = getattr(outcome, "low" if by.side == "lower" else "high", None)
        if given is None:
            end = "low" if by.side == "lower" else "high"
            message = f"'{test.of}' is no estimate with `{end}`; write a level such as `{by.side} 95% two-sided`"
    elif by.is_difference:
        wrong = [name for name in (test.of, test.figure) if not _is_counted(view, name, str(by.side))]
        what = "shares" if by.side == DIFFERENCES[0] else "means of rows or of an outcome's values"
        if wrong:
            message = f"'{by.side}' compares two measures, of {what}, and '{short(wrong[0])}' is none"
        elif test.sign not in {"above", "below"}:
            message = "a difference that is more than chance is `above` or `below` another; equality is no difference"
    elif not _is_share(view, test.of):
        message = f"an interval is around a share of those counted, and '{test.of}' is none; write `by: value`"
    elif by.of and getattr(outcome, by.of, None) is None:
        who = "who was `asked`" if by.of == "asked" else "who is in the `frame`"
        message = f"'{test.of}' does not say {who}, so that these are not known to be all there are"
    elif by.of == "asked" and getattr(outcome, "frame", None) is not None:
        message = f"not only those asked could be: '{test.of}' has a frame, so write `of frame`"
    if message:
        view.fail("PBR163", message, *path, "by")


def _is_counted(view: View, name: str, how: str) -> bool:
    """Whether a name is that of a measure whose figures can differ by more than chance."""
    outcome = view.terms.pooled.get(name)
    return isinstance(outcome, Measure) and outcome.take is (Took.SHARE if how == DIFFERENCES[0] else Took.MEAN)


def of_groups(view: View, name: str, *path: str | int) -> bool:
    """Whether a name is that of an outcome of groups."""
    if name in view.terms.own_outcomes:
        noun = view.terms.cohort.of
        message = f"'{name}' is on one {noun} and this is of groups; write a measure of it, and name that here"
        view.fail("PBR160", message, *path)
        return False
    return view.known(name, view.terms.pooled, "outcome", *path)


def _is_share(view: View, name: str) -> bool:
    outcome = view.terms.pooled.get(name)
    return isinstance(outcome, Measure) and outcome.take is Took.SHARE


def _made(view: View, outcome: Scale | Combine | OfFigures, path: PathTo) -> None:
    """A scale, a combination or a formula of outcomes of groups."""
    if isinstance(outcome, Combine):
        for index, name in enumerate(outcome.of):
            of_groups(view, name, *path, "of", index)
    if outcome.excused_by is not None:
        noun = view.terms.cohort.of
        message = f"this is of groups, and a group is not excused; excuse the outcome on one {noun}"
        view.fail("PBR160", message, *path, "excused_by")


def check_grains(view: View, figures: Figures) -> dict[str, Grain]:
    """The groups of what an outcome is made of fit together, and its figures and tariffs fit them.

    Returns:
        The groups of each outcome whose parts fit; none while anything else is wrong.
    """
    _figures(view, figures)
    if view.problems:
        return {}
    grains: dict[str, Grain] = {}
    for name in _in_order(view):
        outcome = view.terms.pooled[name]
        if not set(parts_of(view.terms, name)) <= grains.keys():
            continue  # a part of it has a fault of its own
        if not isinstance(outcome, Measure | Estimate | Judged) and not _fit(view, name, grains):
            continue
        grains[name] = grain_of(view.terms, name)
        for path, table in view.tables.items():
            if path[:2] == ("outcomes", name):
                labelled(view, table, grains[name], f"'{name}'", path, _not_labels(view, outcome, path))
    for payment, term in view.terms.payments.items():
        if isinstance(term, Tariff) and term.pays_for in grains:
            _paid(view, payment, term, grains)
    return grains


def _figures(view: View, figures: Figures) -> None:
    """What tests, formulas and indexes look up."""
    known = group_words(view)
    for name, outcome in view.terms.pooled.items():
        if isinstance(outcome, Test) and len(outcome.signs) == 1:
            _threshold(view, figures, name, outcome)
        elif isinstance(outcome, OfFigures):
            check_formula(view, figures, name, outcome, known)
        elif isinstance(outcome, Index):
            check_index(view, figures, name, outcome)


def _in_order(view: View) -> list[str]:
    """Outcomes of groups, each after those it is made of; those in a circle are left out."""
    waiting, found = dict(view.terms.pooled), []
    while ready := [name for name in waiting if not set(parts_of(view.terms, name)) & set(waiting)]:
        found += ready
        for name in ready:
            del waiting[name]
    return found


def _not_labels(view: View, outcome: PooledOutcome, path: PathTo) -> set[str]:
    """Keys of a figure that are no labels of the group: those that an index weighs, and of which one is named."""
    if isinstance(outcome, Index):
        own = {"outcome"} if not outcome.of.one else set(weighed_by(view.terms, outcome))
        return own - set(grain_of(view.terms, str(path[1])).words)
    named = str(path[-1])
    if isinstance(outcome, OfFigures) and "." in named:
        return set(view.terms.values[named.partition(".")[0]].by)
    return set()


def _fit(view: View, name: str, grains: dict[str, Grain]) -> bool:
    """Whether one of the parts of an outcome has groups that lie in those of every other."""
    outcome = view.terms.pooled[name]
    parts = [part for part in grains if part in parts_of(view.terms, name)]
    found = [grains[part] for part in parts]
    if isinstance(outcome, OfFigures):
        return _formula_fits(view, name, outcome, {part: grains[part] for part in parts})
    finest = [grain for grain in found if all(other.holds(grain) for other in found)]
    tested = grains.get(outcome.of) if isinstance(outcome, Test) else None  # None too where that has a fault of its own
    if tested is not None and not all(grains[part].holds(tested) for part in parts):
        finest = []
    if not finest:
        words = " and ".join(f"'{part}' per {', '.join(grains[part].words) or 'contract'}" for part in parts)
        message = f"its parts are of groups that do not lie in each other: {words}; write measures that do"
        view.fail("PBR164", message, "outcomes", name)
    return bool(finest)


def _formula_fits(view: View, name: str, outcome: OfFigures, parts: dict[str, Grain]) -> bool:
    """Whether the groups of a formula, or the finest of its parts, lie in those of each part."""
    own = make_grain(view.terms, outcome.per)
    found = [own, *parts.values()]
    if outcome.per:
        finer = [part for part, grain in parts.items() if not grain.holds(own)]
        if finer:
            words = ", ".join(parts[finer[0]].words)
            message = (
                f"this is per {', '.join(outcome.per)}, and '{finer[0]}' is per {words}; pool it in a measure first"
            )
            view.fail("PBR164", message, "outcomes", name, "per")
        return not finer
    if any(all(other.holds(grain) for other in found) for grain in found):
        return True
    words = " and ".join(f"'{part}' per {', '.join(grain.words) or 'contract'}" for part, grain in parts.items())
    message = f"its parts are of groups that do not lie in each other: {words}; write measures that do"
    view.fail("PBR164", message, "outcomes", name)
    return False


def _threshold(view: View, figures: Figures, name: str, test: Test) -> None:
    """What a test compares with: a number of the unit of its figure, a value, or another outcome of groups."""
    path = ("outcomes", name, test.sign)
    kind = kind_of(view.terms, test.of)
    if test.figure in view.terms.outcomes or test.figure in view.terms.pooled:
        if of_groups(view, test.figure, *path) and kind is not None and kind_of(view.terms, test.figure) is not kind:
            view.fail("PBR124", f"'{test.figure}' and '{test.of}' are not both {unit_words(kind)}", *path)
        return
    unit = {Kind.SHARE: Unit.RATIO, Kind.POINTS: Unit.POINTS}.get(kind or Kind.NUMBER, Unit.NUMBER)
    table = figures.table(test.figure, unit, path, may_lack=True)
    view.keep(table, *path)
    over = [] if table is None or not _is_share(view, test.of) else zip(table.cells, table.places, strict=True)
    for cell, place in over:
        if isinstance(cell, int | Fraction) and cell > 1:
            message = f"a share is at most 100%, and this is {plain(cell * 100)}%; write it like 85%"
            view.problems.append(place.problem("PBR124", message))


def _paid(view: View, name: str, payment: Tariff, grains: dict[str, Grain]) -> None:
    """A tariff for groups says who is paid, by figures that each group has."""
    path, grain = ("payments", name), grains[payment.pays_for]
    for at, table in view.tables.items():
        if at[:2] == path:
            labelled(view, table, grain, f"'{payment.pays_for}'", at)
    if "provider" not in grain.words and view.terms.names_provider and len(view.terms.contract.providers) > 1:
        message = f"'{payment.pays_for}' has one figure for several providers, so it is not known who is paid"
        view.fail("PBR165", f"{message}; name provider under `per` of what it measures", *path, "pays_for")
    for place, factor in enumerate(payment.times):
        if factor in grains and not grains[factor].holds(grain):
            both = ((factor, grains[factor]), (payment.pays_for, grain))
            words = " and ".join(f"'{each}' per {', '.join(of.words) or 'contract'}" for each, of in both)
            message = f"a factor is of the group that is paid, or of one around it, and these are not: {words}"
            view.fail("PBR164", f"{message}; measure both alike", *path, "times", place)
    if payment.to is not None:
        message = "who is paid is the provider of the group"
        view.fail("PBR165", f"{message}; remove `to`", *path, "to")
    if payment.price_on not in PRICED_ON:
        message = f"a group has no day of '{short(payment.price_on)}'; one of: {', '.join(PRICED_ON)}"
        view.fail("PBR136", message, *path, "price_on")
