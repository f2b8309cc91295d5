"""What is made of other results of the same group: tests, points, combinations, formulas and indexes."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import evolve

from pbr.calendar import number_of
from pbr.condition import too_long
from pbr.contract.grain import is_test
from pbr.contract.worked_out import figure_of, named_figure
from pbr.pooled.result import Result
from pbr.problem import EvaluationError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pbr.condition import FieldRef
    from pbr.contract.grain import Grain, Key
    from pbr.outcomes import Combine, Index, OfFigures, Scale, Test
    from pbr.plan import Plan
    from pbr.pooled.result import Pooled

_WAITS = {"pending": "part_pending", "unknown": "part_unknown", "not_assessable": "part_not_assessable"}
"""The reason that the state of a part gives to what is made of it."""


def waiting(parts: Sequence[Result]) -> Result | None:
    """What is pending, unknown or not to be assessed because a part is; None if every part has a figure."""
    states = [part.state for part in parts]
    state = next((state for state in _WAITS if state in states), None)
    if state is None:
        return None
    known = None if state == "pending" else max(part.known or 0 for part in parts)
    return Result(state=state, reason=_WAITS[state], known=known)


def _waiting_for_figures(parts: Sequence[Result]) -> Result | None:
    """The same of what can do without a part that has no figure: it is told on the day of the last of all of them."""
    waits = waiting([part for part in parts if part.state != "not_assessable"])
    if waits is None or waits.known is None:
        return waits
    return evolve(waits, known=max(part.known or 0 for part in parts))


def tested(plan: Plan, name: str, test: Test, grain: Grain, key: Key, parts: Mapping[str, Result]) -> Result:
    """A figure beside its threshold."""
    part = parts[test.of]
    others = [part]
    if test.figure in parts:
        others.append(parts[test.figure])
        threshold = parts[test.figure].value
    else:
        threshold = figure_of(plan.contract.tables["outcomes", name, test.sign], grain, key)
    waits = waiting(others)
    if waits is not None:
        return evolve(waits, value=part.value, counted=part.counted, threshold=threshold)
    known = max(each.known or 0 for each in others)
    if not all(each.met for each in others):
        return Result(state="not_met", reason="part_not_met", known=known)
    assert part.value is not None, "what is met has a value"
    if threshold is None:  # only of an agreed one, which the contract says is unpaid without an agreement
        return Result(state="not_assessable", reason="not_agreed", known=known, value=part.value, counted=part.counted)
    value = _compared(test, part)
    if value is None:
        return Result(state="unknown", reason="missing_field", known=known, value=part.value, threshold=threshold)
    passed = test.passes(value, threshold, part.counted, others[-1].counted)
    return Result(
        state="met" if passed else "not_met",
        reason="met" if passed else "beside_threshold",
        date=max(each.date or 0 for each in others) if passed else None,
        known=known,
        value=part.value,
        counted=part.counted,
        threshold=threshold,
        other=others[-1].counted if len(others) > 1 else None,
        interval=part.interval,
    )


def _compared(test: Test, part: Result) -> Fraction | None:
    """What is compared: the figure, or an end of its interval, which may be missing."""
    by = test.bound
    if by is None or not by.is_given:
        return part.value
    ends = part.interval
    return None if ends is None else ends.low if by.side == "lower" else ends.high


def scaled(scale: Scale, part: Result) -> Result:
    """The points of a figure."""
    waits = waiting([part])
    if waits is not None:
        provisional = None if part.value is None else scale.points_of(part.value)
        return evolve(waits, value=provisional, counted=part.counted)
    if part.state == "not_met":
        return Result(state="not_met", reason="part_not_met", known=part.known)
    assert part.value is not None, "what is met has a value"
    points = scale.points_of(part.value)
    if points is None:
        return Result(state="not_met", reason="off_scale", known=part.known, counted=part.counted)
    return Result(state="met", reason="met", date=part.date, known=part.known, value=points, counted=part.counted)


def combined(combine: Combine, parts: list[Result]) -> Result:
    """All, any or some of the results of a group, by the table of rule 8.

    It is of the day on which it could be told: a part that is fixed later changes neither that nor its date.
    """
    need = {"all": len(parts), "any": 1}.get(combine.need) or int(combine.need)
    met = sorted((part for part in parts if part.met), key=lambda part: part.known or 0)
    if len(met) >= need:
        known = met[need - 1].known
        days = sorted(part.date or 0 for part in met if (part.known or 0) <= (known or 0))
        return Result(state="met", reason="met", date=days[need - 1], known=known, value=Fraction(1))
    lost = sorted(part.known or 0 for part in parts if not part.met and part.state != "pending")
    missed = sum(part.state == "not_met" for part in parts)
    known = lost[len(parts) - need] if len(lost) > len(parts) - need else None
    if len(parts) - missed < need:
        return Result(state="not_met", reason="part_not_met", known=known)
    if known is None:
        return Result(state="pending", reason="part_pending")
    return Result(state="unknown", reason="part_unknown", known=known)


def reckoned(plan: Plan, name: str, outcome: OfFigures, grain: Grain, key: Key, parts: Mapping[str, Result]) -> Result:
    """The figure of a formula; of values alone it is achieved when the period is over.

    Raises:
        EvaluationError: PBR401, a figure with more digits than can be reckoned with.
    """
    over = number_of(grain.period(key).last)
    waits = _waiting_for_figures(list(parts.values()))
    if waits is not None:
        return waits
    if not parts and over > number_of(plan.as_at):
        return Result(state="pending", reason="group_open")
    row: dict[FieldRef, object] = {}
    for ref in plan.contract.formulas["outcomes", name, "value"].fields:
        part = parts.get(ref.name)
        if part is None:
            row[ref] = named_figure(plan.contract.tables["outcomes", name, "value", ref.name], ref.name, grain, key)
        elif is_test(plan.terms.pooled[ref.name]):
            row[ref] = part.met if part.state in {"met", "not_met"} else None
        else:
            row[ref] = part.value if part.met else None
    long = too_long(plan.contract.formulas["outcomes", name, "value"], row)
    if long is not None:
        why = f"'{long.name}' for {grain.name(key)} has more digits than '{name}' can be reckoned with"
        raise EvaluationError([Problem(code="PBR401", message=f"{why}; count in larger units")])
    value = outcome.figure(plan.contract.formulas["outcomes", name, "value"], row)
    known = max([part.known or 0 for part in parts.values()], default=over)
    shown = {ref.name: (Fraction(held), None) for ref, held in row.items() if isinstance(held, int | Fraction)}
    if value is None:
        return Result(state="not_assessable", reason="no_figure", known=known, parts=shown)
    date = max([part.date or 0 for part in parts.values()], default=over)
    return Result(state="met", reason="met", date=date or over, known=known, value=value, parts=shown)


def indexed(plan: Plan, name: str, index: Index, grain: Grain, key: Key, found: Mapping[str, Pooled]) -> Result:
    """Figures weighed into one."""
    weights = plan.contract.tables["outcomes", name, "weights"]
    first = number_of(grain.period(key).first)
    own = dict(zip(grain.words, key, strict=True))
    (by,) = (word.removeprefix("_by.") for word in weights.by if word.removeprefix("_by.") not in own)
    labels = weights.labels[[word.removeprefix("_by.") for word in weights.by].index(by)]
    results: dict[str, Result] = {}
    for label in labels:
        if not index.of.one:
            results[label] = found[label].around(key, grain)
            continue
        part = found[index.of.names[0]]
        whole = {**own, by: label}
        results[label] = part.results[tuple(whole[word] for word in part.grain.words)]
    waits = _waiting_for_figures(list(results.values()))
    if waits is not None:
        return waits
    shares: list[Fraction] = []
    for label in labels:
        weight = weights.figure({**own, by: label}, first)
        assert isinstance(weight, int | Fraction), "a contract that is checked has a weight for every part"
        shares.append(Fraction(weight))
    tests = {label: is_test(plan.terms.pooled[index.of.names[0] if index.of.one else label]) for label in labels}
    figures = [_part_figure(each, test=tests[label]) for label, each in results.items()]
    value = index.weighed(shares, figures)
    known = max(each.known or 0 for each in results.values())
    shown = dict(zip(labels, zip(figures, shares, strict=True), strict=True))
    if value is None:
        reason = "nobody" if not any(figure is not None for figure in figures) else "too_few_parts"
        return Result(state="not_assessable", reason=reason, known=known, parts=shown)
    date = max(each.date or 0 for each in results.values()) or number_of(grain.period(key).last)
    return Result(state="met", reason="met", date=date, known=known, value=value, parts=shown)


def _part_figure(result: Result, *, test: bool) -> Fraction | None:
    """The figure of a part: of a test 1 or 0; what could not be assessed, or has no points, is missing."""
    if test:
        return Fraction(result.met) if result.state in {"met", "not_met"} else None
    return result.value if result.met else None
