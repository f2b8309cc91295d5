"""Published limits of proportions by Wilson's score, which no scheme names, to as many decimals as are published."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import polars as pl

import pbr
from pbr.money import plain
from tests import small
from tests.vectors.registry import vectors_in

if TYPE_CHECKING:
    from pathlib import Path

WILSON: Final = """\
pbr: 1
contract:
  {id: wilson, version: 1, providers: {north: {name: North}}, currency: GBP, from: 2025-04-01, to: 2026-03-31}
tables:
  people:
    {row_is: person, fields: {person: id, came_on: date, well: yes_no}}
cohort: {of: person, start: came_on}
outcomes:
  well: {kind: fact, when: well, date: start}
  share: {kind: measure, of: well}
TESTS
"""
QUANTILES: Final = {"0.95": "1.959963984540054", "0.998": "3.090232306167814"}
"""To as many decimals as the published bounds need; the table of the language has four."""


def test_wilson_interval(shared: Path) -> None:
    """Each published bound to eight decimals: it is at least the number cut there, and not the next one."""
    given = vectors_in(shared)["wilson_interval"]["wilson_interval"]
    step = Fraction(1, 10**8)
    for counts, expected in zip(given["inputs"], given["expected"], strict=True):
        tests = []
        for side in ("lower", "upper"):
            cut = int(Fraction(expected[side]) / step) * step
            by = f"by: {side} z {QUANTILES[counts['confidence']]}"
            for name, threshold in (("reached", cut), ("next", cut + step)):
                tests.append(f"  {side}_{name}: {{kind: test, of: share, at_least: {plain(threshold)}, {by}}}")
        contract = small.contract_of(WILSON.replace("TESTS", "\n".join(tests)))
        well = ["yes"] * counts["x"] + ["no"] * (counts["n"] - counts["x"])
        rows = {"person": [str(place) for place in range(counts["n"])], "well": well}
        done = pbr.run(
            contract, {"people": pl.DataFrame(rows).with_columns(came_on=pl.lit("2025-04-01"))}, "2026-03-31"
        )
        states = {name: pooled.results[()].state for name, pooled in done.decisions.pooled.items() if name != "share"}
        assert states == {
            "lower_reached": "met",
            "lower_next": "not_met",
            "upper_reached": "met",
            "upper_next": "not_met",
        }
