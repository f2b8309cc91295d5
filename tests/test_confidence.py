"""Bounds of Wilson intervals: exact comparisons beside those of another library, and their ends."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pbr.confidence import By, Counted
from tests.luck import random_of


def test_bounds_are_those_of_another_library() -> None:
    """10,000 shares and thresholds away from ties: the exact comparison says what a root says, with the same z."""
    stats = pytest.importorskip("scipy.stats")
    luck = random_of(20250401)
    seen = 0
    while seen < 10_000:
        counted = luck.choice((1, 2, 5, 20, 100, 1000, luck.randint(1, 5000)))
        met, threshold = luck.randint(0, counted), Fraction(luck.randint(0, 1000), 1000)
        level, z = luck.choice((("95%", "1.959963984540054"), ("99%", "2.5758293035489"), ("80%", "1.2815515655446")))
        interval = stats.binomtest(met, counted).proportion_ci(float(level[:-1]) / 100, method="wilson")
        for side, bound in (("lower", interval.low), ("upper", interval.high)):
            if abs(bound - float(threshold)) < 1e-9:
                continue
            by = By.parse(f"{side} z {z}")
            assert by is not None
            share = Counted(met=met, counted=counted)
            assert by.beyond(share, threshold, "at_least") is bool(bound >= threshold), (met, counted, threshold, side)
            assert by.beyond(share, threshold, "below") is bool(bound < threshold)
            assert by.beyond(share, threshold, "above") is bool(bound > threshold)
            assert by.beyond(share, threshold, "at_most") is bool(bound <= threshold)
            seen += 1


def test_the_ends_of_an_interval_at_nothing_and_all() -> None:
    """Of 0 of 5 the lower bound is 0 and the upper above it; of 5 of 5 the upper is 1 and the lower below it."""
    low, high = By("lower", Fraction("1.96")), By("upper", Fraction("1.96"))
    none, every = Counted(met=0, counted=5), Counted(met=5, counted=5)
    zero, one = Fraction(0), Fraction(1)
    assert (low.beyond(none, zero, "at_least"), low.beyond(none, zero, "above")) == (True, False)
    assert (high.beyond(none, zero, "at_most"), high.beyond(none, zero, "above")) == (False, True)
    assert (high.beyond(every, one, "at_least"), high.beyond(every, one, "below")) == (True, False)
    assert (low.beyond(every, one, "at_least"), low.beyond(every, one, "below")) == (False, True)
    assert (low.beyond(every, Fraction(-1), "above"), high.beyond(none, Fraction(2), "below")) == (True, True)
