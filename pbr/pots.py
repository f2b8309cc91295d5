"""How a pot is divided: the part of each outcome or label, and the lines that pay them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import frozen

from pbr.calendar import number_of
from pbr.contract.grain import grain_paid, make_grain
from pbr.money import divide_minor, plain
from pbr.problem import EvaluationError, Problem
from pbr.sums import Sum, Unit, as_frame, figure_of, occurrence_of_part, priced_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from pbr.contract.grain import Grain, Key
    from pbr.decisions import Decisions
    from pbr.lines import Paying
    from pbr.payments import Divide
    from pbr.plan import Plan


@frozen(kw_only=True)
class Part:
    """One part of a pot.

    Attributes:
        key: The group it is paid to.
        name: The key under ``pays``, or the label.
        weight: Its weight, or the figure of its label.
        unit: The part, and the place of the figure of the pot.
        known: Day by which the parts could be known, as a number.
        priced: Day whose pot and weights hold.
    """

    key: Key
    name: str
    weight: Fraction
    unit: Unit
    known: int
    priced: int


@frozen(kw_only=True)
class Pot:
    """A pot of one group, and its parts.

    Attributes:
        minor: The whole in minor units.
        parts: Its parts, which add up to it; none while a figure is pending, and where there is none above 0.
    """

    minor: int
    parts: tuple[Part, ...]


def pots(plan: Plan, decisions: Decisions, divide: Divide, at: Paying) -> pl.LazyFrame:
    """What is paid of each pot whose period is over; see ``pbr.grouped.group_lines`` for the columns.

    Raises:
        EvaluationError: PBR401, a figure with more digits than can be held; PBR404, a figure below 0.
    """
    grain = grain_paid(plan.terms, divide)
    return as_frame(plan, decisions, at, grain, _lines(plan, decisions, divide, at, grain))


def _lines(plan: Plan, decisions: Decisions, divide: Divide, at: Paying, grain: Grain) -> Iterator[Sum]:
    """A line for each part that has a figure."""
    whole, now = make_grain(plan.terms, divide.per), number_of(plan.as_at)
    places = {name: place for place, name in enumerate(plan.outcomes)}
    for key in whole.groups():
        day = number_of(whole.period(key).last)
        for part in pot_of(plan, decisions, divide, at, key).parts if day <= now else ():
            count, known, outcome = Fraction(1), part.known, None
            if divide.by_weights:
                name = divide.pays[part.name]
                figure = figure_of(decisions, name, part.key, grain)
                if figure is None:
                    continue
                fixed = decisions.pooled[name].around(part.key, grain).known or 0
                count, known, outcome = figure, max(known, fixed), places[name]
            yield Sum(
                key=part.key,
                unit=part.unit,
                count=count,
                day=day,
                known=known,
                priced=part.priced,
                outcome=outcome,
                occurrence=occurrence_of_part(divide, grain, part.key, part.name),
            )


def pot_of(plan: Plan, decisions: Decisions, divide: Divide, at: Paying, key: Key) -> Pot:
    """The pot of a group, and how it is divided.

    Raises:
        EvaluationError: PBR404, a figure below 0.
    """
    whole = make_grain(plan.terms, divide.per)
    labels, day = dict(zip(whole.words, key, strict=True)), number_of(whole.period(key).last)
    priced = priced_on(plan, divide.price_on, whole, key, day)
    cell = at.table.place(labels, priced)
    minor = None if cell is None else at.table.cells[cell]
    assert isinstance(minor, int), "a contract that is checked has a pot for every group and day"
    if divide.by_weights:
        table = plan.contract.tables["payments", plan.payments[at.payment], "by"]
        found = [(key, name, table.figure({**labels, "outcome": name}, priced)) for name in divide.pays]
        weights = [(who, name, Fraction(weight)) for who, name, weight in found if isinstance(weight, int | Fraction)]
        assert len(weights) == len(found), "a contract that is checked has a weight for every part and day"
    else:
        known, weights = _figures(decisions, divide, key)
        day = max(day, known)
    if not any(weight for _, _, weight in weights):
        return Pot(minor=minor, parts=())
    sizes = divide_minor(minor, [weight for _, _, weight in weights])
    assert sum(sizes) == minor, "the parts of a pot add up to it"
    parts = [
        Part(key=who, name=name, weight=weight, unit=Unit(minor=size, cell=cell), known=day, priced=priced)
        for (who, name, weight), size in zip(weights, sizes, strict=True)
    ]
    return Pot(minor=minor, parts=tuple(parts))


def _figures(decisions: Decisions, divide: Divide, key: Key) -> tuple[int, list[tuple[Key, str, Fraction]]]:
    """The figure of each label that has one, and when all could be known; none while one of them is pending."""
    grain, pooled = grain_paid(decisions.plan.terms, divide), decisions.pooled[divide.by]
    groups = [(*key, label) for label in grain.labels[-1]]
    results = [pooled.around(group, grain) for group in groups]
    if any(result.state == "pending" for result in results):
        return 0, []
    found = []
    for group in groups:
        figure = figure_of(decisions, divide.by, group, grain)
        if figure is not None and figure < 0:
            message = f"a pot is divided by '{divide.by}', which of {grain.name(group)} is {plain(figure)}, below 0"
            raise EvaluationError([Problem(code="PBR404", message=f"{message}; divide by a figure from 0")])
        if figure is not None:
            found.append((group, group[-1], figure))
    return max(result.known or 0 for result in results), found
