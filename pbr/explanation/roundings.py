"""Where a formula rounds inside itself: what stood before each rounding it came to, and after."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from attrs import evolve

from pbr.condition import Kind, formula_to_python
from pbr.condition.canonical import canonical
from pbr.condition.tree import (
    Absolute,
    Case,
    Constant,
    Extreme,
    Floor,
    IfNone,
    Negative,
    Product,
    Quotient,
    Round,
    Sum,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.condition import FieldRef, Formula
    from pbr.condition.tree import Node

Rounded: TypeAlias = "tuple[str, Fraction, Fraction]"
"""A rounding as it is written, what stood before it and what came of it."""


def roundings(formula: Formula, row: Mapping[FieldRef, object]) -> list[Rounded]:
    """Each ``round`` and ``floor`` that a formula comes to for a row, from the inside out, each once.

    Args:
        formula: The formula.
        row: What each of its names is.
    """
    return list(dict.fromkeys(_within(formula, formula.node, row)))


def _within(formula: Formula, node: Node, row: Mapping[FieldRef, object]) -> list[Rounded]:
    """Those of a part of a formula."""
    found = [each for part in _taken(formula, node, row) for each in _within(formula, part, row)]
    if isinstance(node, Round | Floor):
        before, after = _figure(formula, node.part, row), _figure(formula, node, row)
        if before is not None and after is not None:
            found.append((canonical(node), before, after))
    return found


def _taken(formula: Formula, node: Node, row: Mapping[FieldRef, object]) -> tuple[Node, ...]:
    """The parts from which a node is reckoned; of a choice the one that was made."""
    match node:
        case Case():
            chosen = _chosen(formula, node, row)
            return () if chosen is None else (chosen,)
        case IfNone(part=part, instead=instead):
            return (instead if _figure(formula, part, row) is None else part,)
        case Sum(parts=parts) | Product(parts=parts) | Extreme(parts=parts):
            return parts
        case Quotient(above=above, below=below):
            return above, below
        case Negative() | Absolute() | Round() | Floor():
            return (node.part,)
        case _:
            return ()


def _chosen(formula: Formula, node: Case, row: Mapping[FieldRef, object]) -> Node | None:
    """What a choice comes to: the same choice between the numbers of its branches says which."""
    numbers = [Constant(0, Kind.NUMBER, Fraction(place)) for place in range(len(node.branches) + 1)]
    tests = tuple((test, number) for (test, _), number in zip(node.branches, numbers, strict=False))
    place = _figure(formula, evolve(node, branches=tests, otherwise=numbers[-1]), row)
    return [*(value for _, value in node.branches), node.otherwise][int(place or 0)]


def _figure(formula: Formula, node: Node, row: Mapping[FieldRef, object]) -> Fraction | None:
    """What a part of a formula is for a row."""
    return formula_to_python(evolve(formula, node=node))(row)
