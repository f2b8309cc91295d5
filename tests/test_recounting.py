"""What is pooled is counted afresh: on groups of unequal size it is never the average of their rates."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any, Final

import polars as pl
from hypothesis import assume, given
from hypothesis import strategies as st

import pbr
from tests.laws.worlds import FROM, Tables, checked, contract, event, person, run

QUARTERS: Final = (FROM, dt.date(2025, 7, 1))
NAMES: Final = ("north", "south")

counts: Final[Any] = st.tuples(st.integers(0, 5), st.integers(1, 5)).map(lambda pair: (min(pair), pair[1]))
"""How many are met, of how many."""


@given(cells=st.tuples(counts, counts, counts, counts))
def test_the_share_of_all_is_that_of_all_members_and_not_the_mean_of_shares(cells: tuple[tuple[int, int], ...]) -> None:
    """Of two providers in two quarters: by provider, by quarter, of all, and to date, always so many of so many."""
    terms = contract(adjustments=[], values={}, payments={})
    terms["payments"] = {"fee": {"kind": "fee", "amount": "1.00", "instalments": "1"}}
    share = {"kind": "measure", "of": "started", "settles": "period_end + 6 months"}
    terms["outcomes"] |= {
        "each": share | {"per": ["provider", "quarter"], "period_of": "start"},
        "by_provider": share | {"per": ["provider"]},
        "by_quarter": share | {"per": ["quarter"], "period_of": "start"},
        "to_date": share | {"per": ["provider", "quarter"], "period_of": "start", "over": "to_date"},
        "whole": dict(share),
    }
    world: Tables = {"people": [], "events": []}
    places = [(name, day) for name in NAMES for day in QUARTERS]
    for (name, day), (met, many) in zip(places, cells, strict=True):
        for place in range(many):
            who = f"{name}-{day}-{place}"
            world["people"].append(person(who, day) | {"provider": name})
            world["events"] += [event(who, "start", day)] if place < met else []
    done = run(terms, world, dt.date(2028, 12, 31))
    found = {
        name: {key: each.value for key, each in done.decisions.pooled[name].results.items()}
        for name in terms["outcomes"]
        if name in done.decisions.pooled
    }

    def together(*picked: int) -> Fraction:
        return Fraction(sum(cells[place][0] for place in picked), sum(cells[place][1] for place in picked))

    assert [found["each"][name, quarter] for name in NAMES for quarter in ("Y1-Q1", "Y1-Q2")] == [
        Fraction(*cell) for cell in cells
    ]
    assert found["by_provider"] == {("north",): together(0, 1), ("south",): together(2, 3)}
    assert (found["by_quarter"]["Y1-Q1",], found["by_quarter"]["Y1-Q2",]) == (together(0, 2), together(1, 3))
    assert found["to_date"]["north", "Y1-Q2"] == together(0, 1)
    assert found["whole"][()] == together(0, 1, 2, 3)


@given(first=counts, second=counts)
def test_an_average_of_rates_would_be_caught(first: tuple[int, int], second: tuple[int, int]) -> None:
    """On groups of unequal size with unequal rates the two are never equal, so that the test above tells them apart."""
    assume(first[1] != second[1])
    one, other = Fraction(*first), Fraction(*second)
    assume(one != other)
    assert Fraction(first[0] + second[0], first[1] + second[1]) != (one + other) / 2


values: Final[Any] = st.lists(st.integers(0, 9), min_size=1, max_size=5)


@given(north=values, south=values)
def test_the_mean_of_all_rows_is_over_all_rows_and_not_the_mean_of_means(north: list[int], south: list[int]) -> None:
    """Of the declared rows of two centres: sum over number, and the middle of all."""
    terms = contract()
    for part in ("cohort", "values", "adjustments"):
        terms.pop(part)
    fields = {"report": "id", "centre": "provider", "quantity": "whole", "seen": "recorded"}
    terms["tables"] = {"reports": {"row_is": "row_of_them", "is": "provider", "key": ["report"], "fields": fields}}
    mean = {"kind": "measure", "of": "reports.quantity", "take": "mean"}
    terms["outcomes"] = {"each": mean | {"per": ["provider"]}, "whole": mean, "middle": mean | {"take": "median"}}
    terms["payments"] = {"pay": {"kind": "tariff", "pays_for": "each", "price": "1.00"}}
    rows = [
        {"report": f"{name}{place}", "centre": name, "quantity": str(value), "seen": str(FROM)}
        for name, held in (("north", north), ("south", south))
        for place, value in enumerate(held)
    ]
    done = pbr.run(checked(terms), {"reports": pl.DataFrame(rows)}, dt.date(2028, 3, 31))
    pooled = done.decisions.pooled
    every = sorted([*north, *south])
    assert pooled["each"].results["north",].value == Fraction(sum(north), len(north))
    assert pooled["whole"].results[()].value == Fraction(sum(every), len(every))
    half = len(every) // 2
    assert pooled["middle"].results[()].value == Fraction(every[half] + every[-half - 1], 2)
    if len(north) != len(south) and Fraction(sum(north), len(north)) != Fraction(sum(south), len(south)):
        averaged = (Fraction(sum(north), len(north)) + Fraction(sum(south), len(south))) / 2
        assert pooled["whole"].results[()].value != averaged
