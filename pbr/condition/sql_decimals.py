"""Numbers as SQL writes them, and the DECIMAL that a figure is in DuckDB."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pbr.condition.exact import MOST_DIGITS, digits_of
from pbr.condition.to_polars import whole_bound
from pbr.condition.tree import Case, Constant, Field, Negative, Product, Sum, is_reckoned, type_of
from pbr.money import plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbr.condition.tree import Node

MOST_WRITTEN = 18  # digits of a number that is written as it stands
_COUNT_DIGITS = 12


def _digits(value: Fraction) -> tuple[int, int]:
    """Digits and places of a number that is written out."""
    text = plain_number(abs(value))
    places = len(text.partition(".")[2])
    return max(len(text.replace(".", "").lstrip("0")), places, 1), places


def literal(node: Constant) -> str:
    """A number as a DECIMAL of just its digits; a plain one would be a machine's whole number."""
    assert isinstance(node.value, Fraction)  # a figure
    (width, places), text = _digits(node.value), plain_number(node.value)
    return f"CAST({text if width <= MOST_WRITTEN else repr(text)} AS DECIMAL({width}, {places}))"


def bound(sign: str, number: Fraction, places: int) -> tuple[str, str]:
    """A sign and a number with no more places than the field; a number beyond 64 bits is never written."""
    width, own = _digits(number)
    if own <= places and width <= MOST_WRITTEN:
        return sign, plain_number(number)
    sign, whole = whole_bound(sign, number * 10**places)
    return sign, plain_number(Fraction(whole, 10**places))


def width_of_leaf(node: Node) -> tuple[int, int]:
    """Digits and places of a field, an age or the like."""
    kind = type_of(node)
    return (min(digits_of(kind), 19), kind.places) if isinstance(node, Field) else (_COUNT_DIGITS, 0)


def width_of(node: Node) -> tuple[int, int] | None:  # noqa: PLR0911  # one return for each kind of node
    """Digits and places of the DECIMAL that a figure is in DuckDB, or None if it has not enough."""
    if isinstance(node, Constant):
        assert isinstance(node.value, Fraction)  # a figure
        return _held(*_digits(node.value))
    if isinstance(node, Sum | Product):
        widths = [width_of(part) for part in node.parts]
        known = [width for width in widths if width is not None]
        if len(known) < len(widths):
            return None
        known = widened(known)
        if isinstance(node, Product):
            return _held(sum(width for width, _ in known), sum(places for _, places in known))
        return _common(known, len(known) - 1)
    if isinstance(node, Case):
        widths = [width_of(value) for value in node.values]
        known = [width for width in widths if width is not None]
        return None if len(known) < len(widths) else _common(known, 0)
    if isinstance(node, Negative):
        return width_of(node.part)
    return None if is_reckoned(node) else width_of_leaf(node)


def widened(widths: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Figures to be put together: DuckDB keeps to 18 digits, and stops at more, unless one of them has more."""
    spare = sum(width for width, _ in widths) > MOST_WRITTEN >= max(width for width, _ in widths)
    return [(MOST_WRITTEN + 1, widths[0][1]) if spare else widths[0], *widths[1:]]


def _common(widths: Sequence[tuple[int, int]], more: int) -> tuple[int, int] | None:
    """The DECIMAL that holds several."""
    places = max(places for _, places in widths)
    return _held(max(width - own for width, own in widths) + places + more, places)


def _held(width: int, places: int) -> tuple[int, int] | None:
    return (width, places) if width <= MOST_DIGITS else None


def fit(nodes: Sequence[Node]) -> bool:
    """Whether figures can be compared as DECIMAL."""
    widths = [width_of(node) for node in nodes]
    known = [width for width in widths if width is not None]
    return len(known) == len(widths) and _common(known, 0) is not None
