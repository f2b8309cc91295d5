"""Laws 1 to 5, 9, 22 and 45: sums, formats, caps, overflow, and rows that add up."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pbr
from tests.laws.worlds import FROM, capped, contract, due, event, person, returns, run

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = st.integers(0, 2**32 - 1)


@given(seed=SEEDS)
def test_law_01_lines_sum_to_every_total(seed: int) -> None:
    """Person lines sum to outcome, provider, summary and contract totals, to the penny."""
    done = run(contract(), returns(seed))
    lines = done.statement.lines()
    whole = done.entitlement.total_minor
    assert done.statement.total_minor == whole
    for key in ("subject", "outcome", "provider", "period"):
        assert sum(lines.group_by(key).agg(pl.col("amount_minor").sum())["amount_minor"]) == whole
    assert int(done.summary()["paid_minor"].sum()) == whole


@given(seed=SEEDS)
def test_law_02_every_format_holds_the_same_figures(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """CSV, Parquet and JSON parse back to the same whole pence."""
    done = run(contract(), returns(seed))
    out = done.write(tmp_path_factory.mktemp("law") / "out")
    expected = done.statement.lines()["amount_minor"].to_list()
    with (out / "statement.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [_pence(row["amount"]) for row in csv.DictReader(file)] == expected
    assert pl.read_parquet(out / "statement.parquet")["amount_minor"].to_list() == expected
    whole = json.loads((out / "statement.json").read_text(encoding="utf-8"))
    assert [_pence(line["amount"]) for line in whole["lines"]] == expected
    assert _pence(whole["total"]) == sum(expected)


def _pence(text: str) -> int:
    """Read decimal text exactly: pounds, a point, two digits."""
    pounds, point, pence = text.partition(".")
    assert point, text
    assert len(pence) == 2, text
    size = int(pounds.lstrip("-")) * 100 + int(pence)
    return -size if text.startswith("-") else size


CAPS = {"person_most": ["subject"], "year_most": ["provider", "year"], "whole_most": []}
LIMITS = {"person_most": 150_000, "year_most": 250_000, "whole_most": 700_000}


@given(seed=SEEDS)
def test_law_03_no_cap_is_exceeded_and_each_cut_is_shown(seed: int) -> None:
    """After each cap no group is above it, and what came before is what is paid and what is cut."""
    done = run(contract(), returns(seed, people=14))
    lines = done.statement.lines().with_columns(year=pl.col("period").str.slice(0, 2), all=pl.lit(0))
    seen = ["-", "deadweight"]
    for name, keys in CAPS.items():
        by = keys or ["all"]
        before = _sums(lines.filter(pl.col("adjustment").is_in(seen)), by)
        seen.append(name)
        after = _sums(lines.filter(pl.col("adjustment").is_in(seen)), by)
        cut = _sums(lines.filter(pl.col("adjustment") == name), by)
        for group, amount in before.items():
            assert after[group] == min(amount, LIMITS[name])
            assert amount == after[group] - cut.get(group, 0)
        shown = lines.filter(pl.col("adjustment") == name)
        assert (shown["limit_minor"] == LIMITS[name]).all()
        assert (shown["left_minor"] >= 0).all()


def _sums(lines: pl.DataFrame, keys: list[str]) -> dict[tuple[object, ...], int]:
    """Sum amounts by group, in Python whole numbers."""
    found: dict[tuple[object, ...], int] = {}
    for *group, amount in lines.select(*keys, "amount_minor").iter_rows():
        found[tuple(group)] = found.get(tuple(group), 0) + amount
    return found


@given(seed=SEEDS, cap=st.sampled_from(["person_most", "year_most", "whole_most"]))
def test_law_04_a_higher_cap_never_pays_less(seed: int, cap: str) -> None:
    """For one cap alone: 0 pays nothing, more pays no less, and a very high one is none."""
    world = returns(seed)
    others = dict.fromkeys([name for name in CAPS if name != cap], "")
    paid = [
        due(contract(adjustments=capped(**others, **{cap: most})), world)
        for most in ("0.00", "700.00", "700.01", "1000000.00", "")
    ]
    assert paid[0] == 0
    assert paid == sorted(paid)
    assert paid[-1] == paid[-2]


def test_law_05_a_cut_falls_by_date_then_id() -> None:
    """Of lines achieved on one day the later ids bear the cut, in whatever order the file has them."""
    names = ["P3", "P1", "P4", "P2", "P5"]
    for order in (names, names[::-1], sorted(names)):
        world = {"people": [person(name) for name in order], "events": [event(name, "start", FROM) for name in order]}
        world["events"].append(event("P5", "start", FROM))
        terms = contract(adjustments=capped(person_most="", year_most="", whole_most="1200.00"))
        lines = run(terms, world).statement.lines().filter(pl.col("adjustment") == "whole_most")
        cuts = {row["subject"]: (row["amount_minor"], row["left_minor"]) for row in lines.iter_rows(named=True)}
        price = 50_005
        left = 120_000 - 2 * price
        assert cuts == {"P3": (left - price, left), "P4": (-price, 0), "P5": (-price, 0)}


def test_law_05_an_earlier_day_comes_before_a_smaller_id() -> None:
    """A line of an earlier day is paid whole although its id comes last."""
    later = FROM.replace(day=9)
    world = {
        "people": [person("P1"), person("P9")],
        "events": [event("P1", "start", later), event("P9", "start", FROM)],
    }
    terms = contract(adjustments=capped(person_most="", year_most="", whole_most="600.00"))
    lines = run(terms, world).statement.lines().filter(pl.col("adjustment") == "whole_most")
    assert lines["subject"].to_list() == ["P1"]


def test_law_09_overflow_is_an_error_and_nothing_is_a_float(tmp_path: Path) -> None:
    """An amount that 64 bits cannot hold is refused, and no column of any output is a float."""
    world = returns(3)
    done = run(contract(), world)
    out = done.write(tmp_path / "out")
    for name in ("statement", "decisions", "evidence_use"):
        kinds = pl.read_parquet(out / f"{name}.parquet").schema.values()
        assert not any(kind.is_float() for kind in kinds)
    huge = contract(adjustments=[{"id": "huge", "kind": "multiply", "by": "1000000000/1"}])
    huge["values"]["start_price"] = "9000000000000.00"
    with pytest.raises(pbr.EvaluationError) as caught:
        run(huge, world)
    assert [problem.code for problem in caught.value.problems] == ["PBR401"]


@given(seed=SEEDS)
def test_law_45_refused_used_and_unused_are_what_was_read(seed: int) -> None:
    """For each table: rows read are rows refused and rows with a use, each row once."""
    world = returns(seed)
    world["people"].append({**world["people"][0]})
    world["people"].append(person("BAD", provider="west"))
    world["events"] += [event("NOBODY", "start", FROM), *(dict(row) for row in world["events"][:2])]
    done = run(contract(), world)
    uses = done.uses()
    for table, rows in world.items():
        count = done.evidence.counts[table]
        assert count.read == len(rows)
        used = uses.filter(pl.col("table") == table).select("file", "row").n_unique()
        assert count.refused + used == count.read
        assert count.refused >= 1
    assert {"used", "same_row"} <= set(uses["use"])


@given(seed=SEEDS, least=st.integers(0, 1_000_000))
def test_law_22_a_floor_lifts_what_is_below_it_and_nothing_else(seed: int, least: int) -> None:
    """What a provider with lines comes to is the floor or what it was, whichever is more, to the penny."""
    world, floor = returns(seed), f"{least // 100}.{least % 100:02}"
    term = {"id": "least", "kind": "floor", "at_least": floor, "per": ["provider"]}
    sums = [
        dict(done.statement.lines().group_by("provider").agg(pl.col("amount_minor").sum()).iter_rows())
        for done in (run(contract(), world), run(contract(adjustments=[*capped(), term]), world))
    ]
    assert sums[1] == {provider: max(minor, least) for provider, minor in sums[0].items()}
