"""Law 25: one more achievement adds the price of its band, and no more; bands leave no gap and do not overlap."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pbr
from pbr.contract.read import load
from pbr.document import parse_document
from tests.laws.worlds import FROM, Tables, contract, event, person, run
from tests.strategies import to_yaml

MOST: Final = 13
"""More places than any bands drawn here have before their last one."""
TEACHERS: Final = Path(__file__).parent.parent.parent / "contracts" / "teacher-development" / "contract.yaml"

TEACHERS_SHARES: Final = {
    "started": 20,
    "retained_1": 15,
    "retained_2": 15,
    "retained_3": 15,
    "retained_4": 15,
    "completed": 20,
}
TEACHERS_BANDS: Final = (99500, 99500, 97900, 97900, 96600, 96600, 0)
"""The pence of places 1 to 7, from the published call-off form."""

Drawn = tuple[list[int], list[int], bool, list[bool], int]
"""How many places each band has, the pence of each, whether the last has an end, the words of each, and a turn."""

drawn: Final[Any] = st.tuples(
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
    st.lists(st.integers(0, 99_999), min_size=3, max_size=3, unique=True),
    st.booleans(),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.integers(0, 2),
)


def listed(bands: Drawn) -> tuple[dict[str, str], list[int | None]]:
    """Write bands in words, in any order; and give the pence of each place from 1, none where no band has it."""
    widths, pence, ends, others, turn = bands
    words: list[tuple[str, str]] = []
    prices: list[int | None] = []
    for place, (width, price, other) in enumerate(zip(widths, pence, others, strict=False)):
        first, last = len(prices) + 1, len(prices) + width
        text = f"over {first - 1} to {last}" if other and place else f"{first} to {last}"
        if place == len(widths) - 1 and not ends:
            text, last = f"over {first - 1}" if other else f"{first} or more", MOST
        elif place == 0 and other:
            text = f"{last} or less"
        words.append((text, f"{price // 100}.{price % 100:02d}"))
        prices += [price] * (last - first + 1)
    turned = words[turn:] + words[:turn]
    return dict(turned), [*prices, *[None] * MOST][:MOST]


def terms_of(bands: dict[str, str], each_at: str) -> tuple[dict[str, Any], list[str]]:
    """Give a contract with bands that are filled by each provider, and a provider for each number of places taken."""
    names = [f"p{taken:02d}" for taken in range(MOST + 1)]
    terms = contract(adjustments=[], values={})
    terms["contract"]["providers"] = {name: {"name": name} for name in names}
    paid = {"kind": "bands", "pays_for": "started", "bands": bands, "fill": ["provider"], "each_at": each_at}
    terms["payments"] = {"pay": paid}
    return terms, names


def paid_by_count(bands: dict[str, str], each_at: str) -> list[int]:
    """Give what 0, 1, 2 and so on achievements come to, each number at a provider of its own."""
    terms, names = terms_of(bands, each_at)
    world: Tables = {"people": [], "events": []}
    for taken, name in enumerate(names):
        for place in range(taken):
            who = f"{name}-{place:02d}"
            world["people"].append(person(who, FROM) | {"provider": name})
            world["events"].append(event(who, "start", FROM))
    lines = run(terms, world).statement.lines()
    return [int(lines.filter(provider=name)["amount_minor"].sum()) for name in names]


@given(bands=drawn)
def test_law_25_each_at_its_band_one_more_adds_the_price_of_its_band(bands: Drawn) -> None:
    """At every place, on both sides of every boundary, the sum grows by the price of the band of that place alone."""
    words, prices = listed(bands)
    sums = paid_by_count(words, "its band")
    assert sums[0] == 0
    assert [after - before for before, after in pairwise(sums)] == [price or 0 for price in prices]


@given(bands=drawn)
def test_law_25_at_the_band_reached_the_sum_jumps_by_the_change_of_all_before(bands: Drawn) -> None:
    """One more adds its price, and what the places before it gain or lose by the new one; beyond the last nothing."""
    words, prices = listed(bands)
    sums = paid_by_count(words, "the band reached")
    for before in range(MOST):
        old, new = prices[before - 1] if before else 0, prices[before]
        jump = 0 if new is None else (new - (old or 0)) * before + new
        assert sums[before + 1] - sums[before] == jump


@given(bands=drawn.filter(lambda bands: len(bands[0]) > 1), which=st.integers(0, 2), wide=st.booleans())
def test_law_25_bands_with_a_gap_or_an_overlap_are_refused(bands: Drawn, which: int, wide: bool) -> None:
    """The boundary of a band moved by one place is named: a place that two bands hold, or that none does."""
    widths, pence, _, _, _ = bands
    which %= len(widths) - 1
    ends = [sum(widths[: place + 1]) for place in range(len(widths))]
    starts = [1, *[end + 1 for end in ends[:-1]]]
    boundary = ends[which]
    ends[which] += 1 if wide else -1
    if ends[which] < starts[which]:
        starts.pop(which)
        ends.pop(which)
    spans = list(zip(starts, ends, strict=True))
    words = {f"{first} to {last}": f"{pence[place]}.00" for place, (first, last) in enumerate(spans)}
    terms, _ = terms_of(words, "its band")
    _, problems = load(parse_document(to_yaml(terms).encode(), "contract.yaml"))
    (problem,) = problems
    assert problem.code == ("PBR158" if wide else "PBR157")
    (witness,) = map(int, re.findall(r"^([0-9]+) is in", problem.message))
    holding = [span for span in spans if span[0] <= witness <= span[1]]
    assert (witness, len(holding)) == ((boundary + 1, 2) if wide else (boundary, 0))


@cache
def teachers() -> pbr.Contract:
    """Read the contract of the library that has bands."""
    return pbr.read_contract(TEACHERS)


def teachers_paid(taken: int) -> dict[str, int]:
    """Give what so many people who reach every milestone come to, by milestone."""
    names = [f"T{place:02d}" for place in range(taken)]
    own = {"provider": "lead_provider", "joined_on": "2021-09-01", "pupil_premium": "no", "sparsity": "no"}
    people = [{"participant": name, **own, "recorded_on": "2021-09-01"} for name in names]
    day = {"declared_on": "2022-01-10", "voided_on": "", "recorded_on": "2022-01-10"}
    rows = [{"participant": name, "milestone": milestone, **day} for name in names for milestone in TEACHERS_SHARES]
    headings = ["participant", *own, "recorded_on"], ["participant", "milestone", *day]
    frames = {
        table: pl.DataFrame(held, schema=dict.fromkeys(columns, pl.String))
        for table, held, columns in zip(("participants", "declarations"), (people, rows), headings, strict=True)
    }
    lines = pbr.run(teachers(), frames, "2022-01-31").statement.lines().filter(payment="output", adjustment="-")
    return {name: int(lines.filter(occurrence=name)["amount_minor"].sum()) for name in TEACHERS_SHARES}


@pytest.mark.parametrize("taken", range(len(TEACHERS_BANDS)))
def test_law_25_in_the_contract_of_teachers_one_more_adds_the_price_of_its_band(taken: int) -> None:
    """On both sides of each boundary one more adds 60% of the milestone's share of the price of its band."""
    before, after = teachers_paid(taken), teachers_paid(taken + 1)
    for milestone, share in TEACHERS_SHARES.items():
        exact = Fraction(TEACHERS_BANDS[taken] * 60 * share, 10_000)
        whole, rest = divmod(exact, 1)
        assert after[milestone] - before[milestone] == whole + (rest >= Fraction(1, 2))
