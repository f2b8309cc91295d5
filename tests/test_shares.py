"""Shares of a price that the words of an outcome bear: worked out by hand, and all of it together."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from tests import small

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.api import Run

TEXT: Final = """\
pbr: 1
contract:
  {id: steps, version: 1, providers: {north: {name: North}}, currency: GBP, from: 2025-04-01, to: 2027-03-31}
tables:
  people: {row_is: person, fields: {person: id, provider: provider, began: date}}
  steps: {row_is: step, of: person, fields: {what: {type: text, one_of: [started, stayed, finished]}, on: date}}
cohort: {of: person, start: began}
values:
  borne:
    by: what
    dated:
      2025-04-01: {started: 50%, "*": 25%}
      2026-04-01: {started: 1/4, stayed: 1/4, finished: 1/2}
outcomes:
  reached: {kind: event, table: steps, date: on, once_per: what}
payments:
  PAY
"""
TARIFF: Final = "course: {kind: tariff, pays_for: reached, price: 999.99, share: borne}"
BANDS: Final = "course: {kind: bands, pays_for: reached, fill: [what], bands: {1 or more: 999.99}, share: borne}"
STEPS: Final = {"started": "2025-05-01", "stayed": "2025-06-01", "finished": "2026-05-01"}


def ran(pay: str, steps: dict[str, str] = STEPS) -> Run:
    """Evaluate one person's steps."""
    frames = {
        "people": pl.DataFrame([{"person": "A", "provider": "north", "began": "2025-04-10"}]),
        "steps": pl.DataFrame([{"person": "A", "what": what, "on": on} for what, on in steps.items()]),
    }
    return pbr.run(small.contract_of(TEXT.replace("PAY", pay)), frames, dt.date(2027, 3, 31))


def sums(done: Run) -> dict[str, int]:
    """Give the pence of each word."""
    return dict(done.statement.lines().select("occurrence", "amount_minor").rows())


@pytest.mark.parametrize("pay", [TARIFF, BANDS])
def test_each_word_is_paid_its_share_of_the_price_on_its_day(pay: str) -> None:
    """Half of 999.99 is 500.00 and a quarter 250.00, each rounded by itself; from April 2026 the last is half."""
    assert sums(ran(pay)) == {"started": 50000, "stayed": 25000, "finished": 50000}
    day_before = STEPS | {"finished": "2026-03-31"}
    assert sums(ran(pay, day_before)) == {"started": 50000, "stayed": 25000, "finished": 25000}
    at_start = pay.replace("share:", "price_on: start, share:")
    assert sums(ran(at_start)) == {"started": 50000, "stayed": 25000, "finished": 25000}


def test_a_share_is_one_factor_more() -> None:
    """60% of a share of 999.99, in two instalments that add up to it."""
    both = TARIFF.replace("share:", "times: [60%], share:")
    assert sums(ran(both)) == {"started": 30000, "stayed": 15000, "finished": 30000}
    parts = ran(both.replace("999.99", "1.01").replace("share:", "instalments: 2, share:")).statement.lines()
    found: Any = parts.filter(occurrence="started").sort("instalment")["amount_minor"].to_list()
    whole = Fraction(101) * Fraction(3, 5) / 2
    assert whole == Fraction("30.3")
    assert found == [15, 15]


def test_the_explanation_names_the_share(tmp_path: Path) -> None:
    """The line says which value it is multiplied by, and where it stands."""
    (tmp_path / "contract.yaml").write_text(TEXT.replace("PAY", TARIFF), encoding="utf-8")
    home = tmp_path / "return"
    home.mkdir()
    (home / "people.csv").write_text("person,provider,began\nA,north,2025-04-10\n", encoding="utf-8")
    rows = "".join(f"A,{what},{on}\n" for what, on in STEPS.items())
    (home / "steps.csv").write_text(f"person,what,on\n{rows}", encoding="utf-8")
    out = pbr.run(tmp_path / "contract.yaml", home, "2027-03-31").write(tmp_path / "out")
    assert "1 x £999.99 x borne, the price" in pbr.explain(out, "A").text
