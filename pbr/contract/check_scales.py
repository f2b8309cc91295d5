"""Scales: the steps of a number or the lines between figures, and what their points come to when they are paid."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from pbr.condition import FieldRef, Kind
from pbr.contract.check_groups import cohort_values
from pbr.contract.units import values_of
from pbr.kinds import is_added
from pbr.lines import MOST
from pbr.money import parse_ratio, plain
from pbr.outcomes import OfFigures, Scale
from pbr.outcomes.formula import FigureUnit
from pbr.outcomes.scale import Shape
from pbr.problem import did_you_mean, short
from pbr.proof import STEP_FORMS, Found, Values, steps_verdicts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.contract.view import View
    from pbr.document import PathTo
    from pbr.proof import Step

MOST_POINTS = 10**9
TWO = 2


def check_scale(view: View, scale: Scale, path: PathTo) -> None:
    """A scale is of one number, and its steps hold each value of that number once."""
    if (scale.value is None) == (scale.of is None):
        view.fail("PBR136", "a scale has either `value`, a field of the cohort's row, or `of`, an outcome", *path)
        return
    _points(view, scale, path)
    if scale.round is not None and str(path[1]) not in view.terms.pooled:
        message = "points of steps on one subject are written out, and not rounded; remove it"
        view.fail("PBR136", message, *path, "round")
    if scale.shape is Shape.STRAIGHT:
        _straight(view, scale, path)
        return
    steps = _steps(view, scale, path)
    if len(steps) < len(scale.points):
        return
    if max([Fraction(1), *(abs(value) for value in scale.values if value is not None)]) * scale.parts > MOST:
        message = "these points have no part in common that can be held; write them as decimals"
        view.fail("PBR109", message, *path, "points")
    if scale.value is not None:
        _steps_of_field(view, scale.value, steps, path)
    elif str(scale.of) in view.terms.pooled:
        _steps_of_groups(view, str(scale.of), steps, path)
    elif view.known(str(scale.of), view.terms.outcomes, "outcome", *path, "of"):
        _steps_of_outcome(view, scale, str(scale.of), path)


def _points(view: View, scale: Scale, path: PathTo) -> None:
    """Points are numbers."""
    if not scale.points:
        view.fail("PBR102", "a scale needs points for at least one step", *path, "points")
    for where, points in zip(scale.points, scale.values, strict=True):
        if points is None or max(abs(points.numerator), points.denominator) > MOST_POINTS:
            message = f"'{short(scale.points[where])}' is not a number of points such as 2, 1.5 or 5%"
            view.fail("PBR109", message, *path, "points", where)


def _straight(view: View, scale: Scale, path: PathTo) -> None:
    """A straight scale is of a measure, has two figures or more in rising order, and says what lies outside of them."""
    name = str(scale.of)
    values = values_of(view.terms, name) if name in view.terms.pooled else None
    if values is None:
        view.fail("PBR136", "a straight scale is of a measure with a number; name one under `of`", *path, "shape")
    if len(scale.points) < TWO:
        view.fail("PBR137", "a straight scale needs points for two figures or more", *path, "points")
    _ends(view, scale, values, path)
    for key in ("below", "above"):
        text = getattr(scale, key)
        if text is None:
            message = f"a straight scale says what is {key} its figures: points, `extend` or `none`"
            view.fail("PBR137", message, *path, key)
        elif text not in {"extend", "none"} and parse_ratio(text) is None:
            view.fail("PBR109", f"'{short(text)}' is neither points, `extend` nor `none`", *path, key)


def _ends(view: View, scale: Scale, values: Values | None, path: PathTo) -> None:
    """The figures that a straight scale has points for."""
    shares = values is not None and values.type.kind is Kind.SHARE
    ends = [end for end in scale.ends if end is not None]
    for text, end in zip(scale.points, scale.ends, strict=True):
        here = (*path, "points", text)
        if end is None:
            view.fail("PBR137", f"'{short(text)}' is no figure such as 40% or 12", *here)
        elif values is not None and text.endswith("%") and not shares:
            view.fail("PBR124", f"'{short(text)}' is a share, and '{scale.of}' is none", *here)
        elif values is not None and shares and values.most == 1 and end > 1:
            view.fail("PBR124", _above_all(text, end), *here)
        elif any(other >= end for other in ends[: ends.index(end)]) or ends.count(end) > 1:
            view.fail("PBR137", f"'{short(text)}' does not follow the figure before it", *here)


def _steps(view: View, scale: Scale, path: PathTo) -> list[Step]:
    """The steps that can be read; the others are problems."""
    for key in ("below", "above"):
        if getattr(scale, key) is not None:
            view.fail("PBR136", f"`{key}` is of a straight scale; steps say in words where they end", *path, key)
    return steps_read(view, dict(zip(scale.points, scale.steps, strict=True)), (*path, "points"))


def steps_read(view: View, steps: Mapping[str, Step | None], path: PathTo) -> list[Step]:
    """The steps that can be read, by their text; the others are problems."""
    found = []
    for text, step in steps.items():
        if step is None:
            forms = ", ".join(f"`{form}`" for form in STEP_FORMS)
            view.fail("PBR137", f"'{short(text)}' is not a step; write it like {forms}", *path, text)
        elif step.backwards:
            view.fail("PBR113", f"the step '{short(text)}' ends below its start", *path, text)
        else:
            found.append(step)
    return found


def _steps_of_field(view: View, name: str, steps: list[Step], path: PathTo) -> None:
    """Whether the steps hold each value the field can take once."""
    values = cohort_values(view.terms)
    numbers = [ref.name for ref, held in values.items() if held.type.kind in {Kind.NUMBER, Kind.MONEY, Kind.SHARE}]
    if name not in numbers:
        if name not in view.lost:
            message = f"'{short(name)}' is not a number of the cohort's row{did_you_mean(name, numbers)}"
            view.fail("PBR134", message, *path, "value")
        return
    in_one_step(view, steps, values[FieldRef(name)], path)


def in_one_step(view: View, steps: list[Step], values: Values, path: PathTo, key: str = "points") -> None:
    """Whether every value is in exactly one step of those under a key."""
    for verdict in steps_verdicts(steps, values):
        if verdict.found is Found.GAP:
            beside = " and ".join(f"'{label}'" for label in verdict.labels)
            message = f"{verdict.shown} is in no step{f' beside {beside}' if beside else ''}; every value needs one"
            view.fail("PBR157", message, *path, key, *verdict.labels[:1])
        elif verdict.found is Found.OVERLAP:
            one, other = verdict.labels
            message = f"{verdict.shown} is in '{one}' and in '{other}'; it needs one of them only"
            view.fail("PBR158", message, *path, key, other)
        elif verdict.found is Found.UNPROVED:
            view.fail("PBR137", f"the steps cannot be tried: {verdict.reason}", *path, key, *verdict.labels[:1])


def _steps_of_groups(view: View, name: str, steps: list[Step], path: PathTo) -> None:
    """Whether the steps hold each figure that a measure can have once."""
    values = values_of(view.terms, name)
    if values is None:
        view.fail("PBR136", f"'{name}' is no measure with a number to be turned into points", *path, "of")
        return
    most = max((end for step in steps for end in (step.low, step.high) if end is not None), default=Fraction(0))
    if values.type.kind is Kind.SHARE and values.most == 1 and most > 1:
        text = next(step.text for step in steps if most in {step.low, step.high})
        view.fail("PBR124", _above_all(text, most), *path, "points", text)
    else:
        in_one_step(view, steps, values, path)


def _above_all(text: str, end: Fraction) -> str:
    """What is wrong with a figure that no share reaches."""
    return f"a share is at most 100%, and '{short(text)}' says {plain(end * 100)}%; write it like 85%"


def _steps_of_outcome(view: View, scale: Scale, name: str, path: PathTo) -> None:
    """Whether the steps hold each value the other outcome can have once."""
    other, kind = view.terms.outcomes[name], view.value_type(name)
    if (isinstance(other, OfFigures) or is_added(other)) and kind is not None:
        in_one_step(view, [step for step in scale.steps if step is not None], Values(type=kind), path)
        return
    if not isinstance(other, Scale):
        own = view.terms.own_outcomes.items()
        with_value = [each for each, outcome in own if isinstance(outcome, Scale | OfFigures) or is_added(outcome)]
        message = f"'{name}' has no number to be turned into points{did_you_mean(name, with_value)}"
        view.fail("PBR136", message, *path, "of")
        return
    for text, value in zip(other.points.values(), other.values, strict=True):
        holding = [step.text for step in scale.steps if step and value is not None and step.holds(value)]
        if value is not None and not holding:
            view.fail("PBR157", f"{short(text)}, a value of '{name}', is in no step", *path, "points")
        elif len(holding) > 1:
            message = f"{short(text)}, a value of '{name}', is in '{holding[0]}' and in '{holding[1]}'"
            view.fail("PBR158", message, *path, "points", holding[1])


def check_paid(view: View) -> None:
    """Payments for points: these are whole, not below nothing, and what they come to can be held."""
    for name, payment in view.terms.payments.items():
        scale, table = view.terms.own_outcomes.get(payment.pays_for), view.tables.get(("payments", name, "price"))
        if isinstance(scale, OfFigures) and scale.unit is FigureUnit.MONEY:
            message = f"'{payment.pays_for}' is money, and a tariff is a price times a number"
            fix = "add it up in a measure with `take: sum`, and pay that with `kind: amount`"
            view.fail("PBR124", f"{message}; {fix}", "payments", name, "pays_for")
        if not isinstance(scale, Scale) or table is None or None in scale.values:
            continue
        values = {step: value for step, value in zip(scale.points, scale.values, strict=True) if value is not None}
        path = ("outcomes", payment.pays_for, "points")
        for step, value in values.items():
            if value < 0 or value.denominator != 1:
                message = f"'{name}' pays for each point, so that points are whole numbers from 0"
                view.fail("PBR124", f"'{short(scale.points[step])}' cannot be paid: {message}", *path, step)
        prices = [cell for cell in table.cells if isinstance(cell, int)]
        if max(values.values(), default=0) * max(prices, default=0) > MOST:
            message = (
                f"the points of '{payment.pays_for}' at this price come to more than can be held; lower one of them"
            )
            view.fail("PBR109", message, "payments", name, "price")


def check_round(view: View, outcome: object, path: PathTo) -> None:
    """How many decimals a figure is rounded to."""
    text = getattr(outcome, "round", None)
    if text is not None and re.fullmatch("[0-9]|1[0-2]", text) is None:
        view.fail("PBR109", f"'{short(text)}' is not a whole number of decimals from 0 to 12", *path, "round")
