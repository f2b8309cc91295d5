"""How many decimals write every figure of a formula, and a formula that is rounded to some."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import evolve

from pbr.condition.bounds import MOST_WEIGHT, Bounds, TooLarge, weight_of
from pbr.condition.exact import MOST_HELD, figure
from pbr.condition.tree import Case, Child, Constant, Product, Round, leaves_of, parts_of, type_of
from pbr.condition.types import Kind, ValueType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.condition.condition import Formula
    from pbr.condition.tree import Field, Node

MOST_DECIMALS = 9
"""Decimals that a figure of one subject may have, so that a whole number of 64 bits holds it."""


def decimals_of(formula: Formula) -> int | None:
    """The decimals that write every figure of a formula; None if they may not end, or are too many to be held.

    A figure that is divided by something that is not written out has none that are known, nor has a third.
    """
    found = figure(formula.node, Bounds())
    if found.below is not None:
        return None
    for places in range(MOST_DECIMALS + 1):
        if 10**places % found.scale == 0:
            return places if found.top.most * (10**places // found.scale) <= MOST_HELD else None
    return None


def rounded(formula: Formula, places: int) -> Formula | None:
    """The formula rounded to some decimals by its own mode; None if that might not fit the digits that there are."""
    node = formula.node
    whole = Round(node.column, node, places, formula.rounding, ValueType(kind=type_of(node).kind))
    return _fitting(evolve(formula, node=whole))


def in_points(formula: Formula) -> Formula | None:
    """A share as percentage points: times 100; None if that might not fit the digits that there are."""
    node = formula.node
    by = Constant(node.column, Kind.NUMBER, Fraction(100))
    points = Product(node.column, (node, by), ValueType(kind=Kind.POINTS))
    return _fitting(evolve(formula, node=points, unit=Kind.POINTS))


def _fitting(formula: Formula) -> Formula | None:
    """A formula, if the digits that there are will hold its figures and it is not too much written out."""
    try:
        return formula if weight_of(formula.node) <= MOST_WEIGHT else None
    except TooLarge:
        return None


def reckoned_from(node: Node) -> Iterator[Field | Child]:
    """What the figure of a node is reckoned from: what it reads, but for what only chooses between figures."""
    if isinstance(node, Case):
        for value in node.values:
            yield from reckoned_from(value)
        return
    parts = list(parts_of(node))
    if not parts:
        yield from leaves_of(node)
    for part in parts:
        yield from reckoned_from(part)
