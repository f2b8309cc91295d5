"""Outcomes of groups: who is counted, in which groups and periods, and what their figures are compared with."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from pbr.calendar import PERIODS, Duration
from pbr.condition import Kind
from pbr.confidence import BY_FORMS
from pbr.contract.check_outcomes import MOST_YEARS, PER_YEAR
from pbr.contract.check_scales import check_round, kind_of
from pbr.contract.contract import results_of_grouping
from pbr.contract.figures import MOST_ROWS, Unit
from pbr.contract.grain import grain_of, make_grain
from pbr.contract.model import FieldKind
from pbr.facts import START
from pbr.money import plain
from pbr.outcomes import Combine, Measure, Scale, Test
from pbr.outcomes.measure import Took
from pbr.outcomes.test import SIGNS
from pbr.payments import PRICED_ON, Tariff
from pbr.problem import did_you_mean, short
from pbr.settles import SETTLES_FORMS, Settles

if TYPE_CHECKING:
    from pbr.contract.figures import Figures
    from pbr.contract.grain import Grain
    from pbr.contract.view import View
    from pbr.document import PathTo
    from pbr.table import Table


def check_pooled(view: View) -> None:
    """Check every outcome of groups by itself, then what it is made of."""
    for name, outcome in view.terms.pooled.items():
        path = ("outcomes", name)
        check_round(view, outcome, path)
        if isinstance(outcome, Measure):
            _measure(view, outcome, path)
        elif isinstance(outcome, Test):
            _test(view, outcome, path)
        else:
            _made(view, outcome, path)


def _measure(view: View, measure: Measure, path: PathTo) -> None:
    own = view.terms.own_outcomes
    if _on_one(view, measure.of, *path, "of") and measure.take.of_values and own[measure.of].parts is None:
        valued = [name for name, outcome in own.items() if outcome.parts is not None]
        message = f"'{measure.of}' has no value to take the {measure.take.value} of{did_you_mean(measure.of, valued)}"
        view.fail("PBR134", message, *path, "of")
    if measure.among is not None:
        _on_one(view, measure.among, *path, "among")
    check_per(view, measure.per, path)
    _period_of(view, measure, path)
    for key in ("reopens", "adverse"):
        text = getattr(measure, key)
        if text not in {"yes", "no", "true", "false"}:
            view.fail("PBR106", f"'{short(text)}' is neither yes nor no", *path, key)
    if measure.fewest is not None and re.fullmatch("[1-9][0-9]{0,8}", measure.fewest) is None:
        view.fail("PBR109", f"'{short(measure.fewest)}' is not a whole number from 1", *path, "fewest")
    if measure.settles is not None:
        _settles(view, measure.settles, (*path, "settles"))


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


def check_per(view: View, per: tuple[str, ...], path: PathTo) -> None:
    """Words that make groups: each is known and stands once, and no two are periods."""
    known = grain_words(view)
    for place, word in enumerate(per):
        here = (*path, "per", place)
        if word in per[:place]:
            view.fail("PBR125", f"'{short(word)}' stands here twice", *here)
        elif word not in known and word not in view.lost:
            view.fail(
                "PBR125", f"'{short(word)}' cannot make groups of {view.terms.cohort.of}s{_why(view, word)}", *here
            )
        elif word in view.terms.groups and results_of_grouping(view.conditions, word):
            message = f"'{word}' reads results of outcomes, so nobody is in one of its labels from the start"
            view.fail("PBR125", f"{message}; use a grouping that reads only the cohort's row", *here)
    periods = [word for word in per if word in PERIODS]
    if len(periods) > 1:
        view.fail("PBR125", f"'{periods[0]}' and '{periods[1]}' are both periods; keep one", *path, "per")
    elif set(per) <= set(known) and not {"contract.from", "contract.to"} & view.lost:
        size = make_grain(view.terms, per).size
        if size > MOST_ROWS:
            view.fail("PBR125", f"these words make {size:,} groups, more than {MOST_ROWS:,}; name fewer", *path, "per")


def grain_words(view: View) -> list[str]:
    """What may make groups of an outcome: provider, groupings, text fields with declared words, periods."""
    terms = view.terms
    own = terms.all_fields(terms.cohort_table)
    texts = [
        name for name, term in own.items() if term.type is FieldKind.TEXT and term.one_of and not term.is_sensitive
    ]
    return [*(["provider"] if terms.names_provider else []), *terms.groups, *texts, *PERIODS]


def _why(view: View, word: str) -> str:
    """Why a word makes no groups of subjects."""
    own = view.terms.all_fields(view.terms.cohort_table)
    if word in own and own[word].type is FieldKind.TEXT:
        return ": its words are sensitive" if own[word].is_sensitive else ": say with `one_of` which words it can be"
    return did_you_mean(word, grain_words(view))


def _period_of(view: View, measure: Measure, path: PathTo) -> None:
    """The day that puts somebody into a period, and the days that a figure is over."""
    periods = [word for word in measure.per if word in PERIODS]
    day = measure.period_of
    if day is None and periods:
        message = f"`per` names {periods[0]}, so `period_of` says by which day somebody is in one: start, or an outcome"
        view.fail("PBR161", message, *path, "per")
    elif day is not None and not periods:
        view.fail(
            "PBR161", "`period_of` is the day that puts somebody into a period, so `per` names one", *path, "period_of"
        )
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
        view.fail("PBR136", f"a test has one of: {', '.join(SIGNS)}", *path)
    if test.bound is None:
        forms = ", ".join(f"`{form}`" for form in BY_FORMS)
        view.fail("PBR163", f"'{short(test.by)}' is not what can be compared; write it like {forms}", *path, "by")
    if not of_groups(view, test.of, *path, "of"):
        return
    if kind_of(view.terms.pooled, test.of) is None:
        message = f"'{test.of}' is met or not, and no number; name it in a combination, or test what it is made of"
        view.fail("PBR136", message, *path, "of")
    elif test.bound is not None and test.bound.side is not None and not _is_share(view, test.of):
        message = f"an interval is around a share of those counted, and '{test.of}' is none; write `by: value`"
        view.fail("PBR163", message, *path, "by")


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


def _made(view: View, outcome: Scale | Combine, path: PathTo) -> None:
    """A scale or a combination of outcomes of groups."""
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
    sound = not view.problems
    for name, outcome in view.terms.pooled.items():
        if isinstance(outcome, Test) and len(outcome.signs) == 1:
            _threshold(view, figures, name, outcome)
    if not sound:
        return {}
    grains: dict[str, Grain] = {}
    for name in _in_order(view):
        outcome = view.terms.pooled[name]
        if not isinstance(outcome, Measure) and not _fit(view, name, grains):
            continue
        grains[name] = grain_of(view.terms, name)
        for path, table in view.tables.items():
            if path[:2] == ("outcomes", name):
                labelled(view, table, grains[name], f"'{name}'", path)
    for payment, term in view.terms.payments.items():
        if isinstance(term, Tariff) and term.pays_for in grains:
            _paid(view, payment, term, grains)
    return grains


def _in_order(view: View) -> list[str]:
    """Outcomes of groups, each after those it is made of; those in a circle are left out."""
    waiting, found = dict(view.terms.pooled), []
    while ready := [name for name, each in waiting.items() if not _parts(each) & set(waiting)]:
        found += ready
        for name in ready:
            del waiting[name]
    return found


def _parts(outcome: object) -> set[str]:
    """The names that an outcome of groups is made of."""
    if isinstance(outcome, Measure):
        return set()
    if isinstance(outcome, Test):
        return {outcome.of, outcome.figure}
    return set(outcome.reads()) if isinstance(outcome, Scale | Combine) else set()


def _fit(view: View, name: str, grains: dict[str, Grain]) -> bool:
    """Whether one of the parts of an outcome has groups that lie in those of every other."""
    outcome = view.terms.pooled[name]
    parts = [part for part in grains if part in _parts(outcome)]
    found = [grains[part] for part in parts]
    finest = [grain for grain in found if all(other.holds(grain) for other in found)]
    if isinstance(outcome, Test) and parts and not all(grains[part].holds(grains[outcome.of]) for part in parts):
        finest = []
    if not finest:
        words = " and ".join(f"'{part}' per {', '.join(grains[part].words) or 'contract'}" for part in parts)
        message = f"its parts are of groups that do not lie in each other: {words}; write measures that do"
        view.fail("PBR164", message, "outcomes", name)
    return bool(finest)


def _threshold(view: View, figures: Figures, name: str, test: Test) -> None:
    """What a test compares with: a number of the unit of its figure, a value, or another outcome of groups."""
    path = ("outcomes", name, test.sign)
    kind = kind_of(view.terms.pooled, test.of)
    if test.figure in view.terms.outcomes:
        if (
            of_groups(view, test.figure, *path)
            and kind is not None
            and kind_of(view.terms.pooled, test.figure) is not kind
        ):
            view.fail("PBR124", f"'{test.figure}' and '{test.of}' are not both {_unit(kind)}", *path)
        return
    table = figures.table(test.figure, Unit.RATIO if kind is Kind.SHARE else Unit.NUMBER, path)
    view.keep(table, *path)
    over = [] if table is None or not _is_share(view, test.of) else zip(table.cells, table.places, strict=True)
    for cell, place in over:
        if isinstance(cell, int | Fraction) and cell > 1:
            message = f"a share is at most 100%, and this is {plain(cell * 100)}%; write it like 85%"
            view.problems.append(place.problem("PBR124", message))


def _unit(kind: Kind) -> str:
    return "shares" if kind is Kind.SHARE else "numbers"


def labelled(view: View, table: Table, grain: Grain, who: str, path: PathTo, besides: tuple[str, ...] = ()) -> None:
    """A figure is by words that each group has one label of."""
    for key in table.by:
        word = key.removeprefix("_by.")
        if word not in grain.words and word not in besides:
            message = f"{who} is per {', '.join(grain.words) or 'contract'}, so a figure by {word} is not one for each"
            view.fail("PBR125", f"{message}; add {word} to `per`, or use another value", *path)


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
