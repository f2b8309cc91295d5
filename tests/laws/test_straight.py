"""Law 24: straight scales are exact at their ends, straight between them, and do not jump."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pbr.outcomes.scale import Scale, Shape
from tests.laws.worlds import FROM, Tables, contract, event, person, run

MEMBERS = 10
NEAR = Fraction(1, 10**12)


def shares_paid(scale: dict[str, Any], price: str) -> list[int]:
    """Pay eleven providers whose shares are 0 to 10 of 10 by the points of a scale; what each is due in minor units."""
    names = [f"p{met:02d}" for met in range(MEMBERS + 1)]
    terms = contract(adjustments=[])
    terms["contract"]["providers"] = {name: {"name": name} for name in names}
    terms["outcomes"]["rate"] = {"kind": "measure", "of": "started", "per": ["provider"]}
    terms["outcomes"]["points"] = {"kind": "scale", "of": "rate", "shape": "straight"} | scale
    terms["payments"] = {"pay": {"kind": "tariff", "pays_for": "points", "price": price}}
    terms["values"] = {}
    world: Tables = {"people": [], "events": []}
    for met, name in enumerate(names):
        for place in range(MEMBERS):
            who = f"{name}-{place}"
            world["people"].append(person(who, FROM) | {"provider": name})
            world["events"] += [event(who, "start", FROM)] if place < met else []
    lines = run(terms, world).statement.lines().sort("provider")
    assert lines["provider"].to_list() == names
    return [int(amount) for amount in lines["amount_minor"]]


@given(
    ends=st.lists(st.integers(0, MEMBERS), min_size=2, max_size=2, unique=True).map(sorted),
    points=st.tuples(st.integers(-40, 40), st.integers(-40, 40)),
    pence=st.integers(1, 9_999),
)
def test_law_24_straight_scales_are_exact_at_their_ends_and_straight_between(
    ends: list[int], points: tuple[int, int], pence: int
) -> None:
    """What is paid is exact at both ends and beyond, and between them on the line through them to a half penny."""
    (low, high), (first, last) = ends, points
    knots = {f"{low * 10}%": str(first), f"{high * 10}%": str(last)}
    scale = {"points": knots, "below": str(first), "above": str(last)}
    paid = shares_paid(scale, f"{pence // 100}.{pence % 100:02d}")
    assert paid[: low + 1] == [first * pence] * (low + 1)
    assert paid[high:] == [last * pence] * (MEMBERS + 1 - high)
    for met in range(low, high + 1):
        crossed = (high - low) * paid[met] - pence * (first * (high - met) + last * (met - low))
        assert 2 * abs(crossed) <= high - low


@given(
    ends=st.lists(st.integers(-100, 200), min_size=2, max_size=5, unique=True).map(sorted),
    points=st.lists(st.integers(-50, 50), min_size=5, max_size=5),
    goes_on=st.booleans(),
)
def test_law_24_straight_scales_do_not_jump(ends: list[int], points: list[int], goes_on: bool) -> None:
    """From either side of every end the points come to those of the end, whether the line goes on there or is level."""
    knots = {f"{end}%": str(each) for end, each in zip(ends, points, strict=False)}
    beyond = [str(points[0]), str(points[len(ends) - 1])]
    below, above = ["extend", "extend"] if goes_on else beyond
    scale = Scale(of="x", shape=Shape.STRAIGHT, points=knots, below=below, above=above)
    for end, each in zip(ends, points, strict=False):
        at = Fraction(end, 100)
        assert scale.points_of(at) == each
        for near in (at - NEAR, at + NEAR):
            found = scale.points_of(near)
            assert found is not None
            assert abs(found - each) <= 10_000 * NEAR
