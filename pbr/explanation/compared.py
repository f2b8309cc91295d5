"""What a figure is compared with, in words: a threshold, the squares of a bound or a difference, the ends of a line."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pbr.confidence import share_of_both
from pbr.explanation.money import cut, item
from pbr.explanation.reckoned import percent, show_figure
from pbr.money import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pbr.confidence import By, Counted
    from pbr.contract import Terms
    from pbr.outcomes import Scale, Test
    from pbr.pooled import Result


def compared_words(terms: Terms, test: Test, result: Result) -> list[str]:
    """The figure beside its threshold; of a bound or a difference the inequality that says on which side it is."""
    if result.threshold is None or result.value is None or result.state == "not_assessable":
        return []
    side = test.sign.replace("_", " ")
    threshold = show_figure(terms, test.of, result.threshold)
    by, share = test.bound, result.counted
    if by is not None and by.is_given:
        ends = result.interval
        end = None if ends is None else ends.low if by.side == "lower" else ends.high
        shown = "not given" if end is None else show_figure(terms, test.of, end)
        return [item("compared", f"the {by.side} end of the interval, {shown}, to be {side} {threshold}")]
    if by is None or by.side is None or share is None:
        return [item("compared", f"{show_figure(terms, test.of, result.value)}, to be {side} {threshold}")]
    if by.is_difference:
        return [] if result.other is None else _difference(terms, test, by, share, result.other)
    shown = f"{plain(by.bound(share) * 100)}%, cut after 6 places"
    found = [item("compared", f"the {by.side} bound of the interval, about {shown}, to be {side} {threshold}")]
    if by.all_there_are(share) == share.counted:
        return [*found, item("answered", f"all {share.counted}, so that nothing is left to chance")]
    return [*found, item("squares", _bound(by, share, result.threshold))]


def _bound(by: By, share: Counted, threshold: Fraction) -> str:
    """Both sides of the inequality of a Wilson bound."""
    p, t, z = cut(share.share), cut(threshold), Fraction(by.z or 0)
    many, weight, number = cut(share.size), share.size, by.all_there_are(share)
    if number is not None:
        many = f"{many} x ({number} - 1) / ({number} - {many})"
        weight *= Fraction(number - 1) / (number - share.size)
    left = cut(weight * (share.share - threshold) ** 2)
    right = cut(z**2 * threshold * (1 - threshold))
    return f"{many} x ({p} - {t})^2 = {left}, beside {plain(z)}^2 x {t} x (1 - {t}) = {right}"


def _difference(terms: Terms, test: Test, by: By, one: Counted, other: Counted) -> list[str]:
    """Both sides of the inequality of a difference: as far apart as they are, and as chance alone would put them."""
    figures = [show_figure(terms, test.of, each.share) for each in (one, other)]
    found = [item("compared", f"{figures[0]}, to be {test.sign} {figures[1]} by more than chance")]
    both = share_of_both(one, other)
    mets, sizes = [cut(each.share * each.size) for each in (one, other)], [cut(each.size) for each in (one, other)]
    shares = by.side == "two_proportions"
    shown = percent(both) if shares else cut(both)
    found.append(item("both", f"({mets[0]} + {mets[1]}) / ({sizes[0]} + {sizes[1]}) = {shown}"))
    z, r = Fraction(by.z or 0), cut(both)
    left = cut((one.share - other.share) ** 2)
    spread = both * (1 - both) if shares else both
    right = cut(z**2 * spread * (Fraction(1) / one.size + Fraction(1) / other.size))
    inside = f"{r} x (1 - {r})" if shares else r
    chance = f"{plain(z)}^2 x {inside} x (1/{sizes[0]} + 1/{sizes[1]}) = {right}"
    found.append(item("squares", f"({cut(one.share)} - {cut(other.share)})^2 = {left}, to be above {chance}"))
    return found


def line_words(scale: Scale, value: Fraction, show: Callable[[Fraction], str]) -> list[str]:
    """The two points of a straight scale between which a figure lies, and where; nothing beyond its ends.

    Args:
        scale: The scale.
        value: The figure.
        show: Shows a figure.
    """
    ends = [end for end in scale.ends if end is not None]
    points = [each for each in scale.values if each is not None]
    if not ends[0] <= value <= ends[-1]:
        return []
    right = next(place for place, end in enumerate(ends) if value <= end and place)
    low, high, first, last = ends[right - 1], ends[right], points[right - 1], points[right]
    part = f"({show(value)} - {show(low)}) / ({show(high)} - {show(low)})"
    if "(" in show(value):
        part = f"({cut(value)} - {cut(low)}) / ({cut(high)} - {cut(low)})"
    exact = plain(first + (value - low) * (last - first) / (high - low))
    return [item("reckoned", f"{plain(first)} + {plain(last - first)} x {part} = {exact}")]
