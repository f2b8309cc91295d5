"""Laws 10, 11, 15, 18 and 51 of runs in parts: how people are cut, and who answers first, changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

import pbr
from tests import oracle
from tests.laws.anything import as_sent
from tests.laws.test_invariance import STATED, split_by_provider
from tests.laws.worlds import (
    AS_AT,
    FROM,
    Tables,
    capped,
    checked,
    contract,
    event,
    frames,
    person,
    read_text,
    returns,
    shuffled,
)
from tests.strategies import Scenario, scenarios
from tests.test_parts import Shuffled, written

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import pytest

    from pbr.spread.run import RunInParts

FEWER = settings(max_examples=-(-settings().max_examples // 3))
"""Each part takes as long as a small world held whole."""
SEEDS = st.integers(0, 2**32 - 1)
PARTS = st.integers(1, 6)
IN_A_DAY = 6
"""People whose achievements are all of one day, so that a cap is crossed among them."""


def _run(terms: dict[str, Any], sent: Any, as_at: dt.date, work: Path, parts: int) -> RunInParts:  # noqa: ANN401  # as pbr.run
    """Evaluate in parts that are worked on in any order, some of them twice."""
    runner = Shuffled(parts)
    return pbr.run_in_parts(checked(terms), sent, as_at, work=work, partitions=parts, runner=runner)


def _due(terms: dict[str, Any], world: Tables, folder: Path, parts: int) -> int:
    """Give what a world comes to in parts, in minor units."""
    return _run(terms, frames(world), AS_AT, folder, parts).total_minor


def _crowded(seed: int) -> Tables:
    """Give a world in which many start on one day, so that lines of several parts meet at the edge of a cap."""
    world = returns(seed)
    for number in range(IN_A_DAY):
        name = f"Q{number}"
        world["people"].append(person(name, level="high" if number % 2 else "low"))
        world["events"].append(event(name, "start", FROM))
    return world


@FEWER
@given(seed=SEEDS, parts=PARTS)
def test_law_10_order_changes_no_byte_in_parts(tmp_path_factory: pytest.TempPathFactory, seed: int, parts: int) -> None:
    """Shuffled rows and columns in parts give the files of the rows as they came, held whole."""
    world = _crowded(seed)
    world["events"] += [event("Q1", "start", FROM, later=day) for day in (9, 2, 5)]
    other = shuffled(world, seed)
    folder = tmp_path_factory.mktemp("law")
    whole = written(pbr.run(checked(contract()), frames(world), AS_AT).write(folder / "a"))
    found = written(_run(contract(), other, AS_AT, folder / "work", parts).write(folder / "b"))
    assert {name: found[name] for name in STATED} == {name: whole[name] for name in STATED}


@FEWER
@given(seed=SEEDS, parts=st.tuples(PARTS, PARTS, PARTS), shares=st.booleans())
def test_law_11_worlds_that_share_no_cap_add_up_in_parts(
    tmp_path_factory: pytest.TempPathFactory, seed: int, parts: tuple[int, int, int], *, shares: bool
) -> None:
    """By provider worlds add up without a cap they share, and with one earn no more than apart, each in its parts."""
    terms = contract() if shares else contract(adjustments=capped(whole_most=""))
    world, folder = returns(seed, people=12), tmp_path_factory.mktemp("law")
    worlds = enumerate((world, *split_by_provider(world)))
    whole, one, two = (_due(terms, each, folder / str(place), parts[place]) for place, each in worlds)
    assert whole <= one + two if shares else whole == one + two


@FEWER
@given(seed=SEEDS, parts=st.tuples(PARTS, PARTS))
def test_law_15_two_runs_in_parts_give_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, seed: int, parts: tuple[int, int]
) -> None:
    """The same files give the same bytes in every file, in whichever folder and however many parts."""
    folder, world = tmp_path_factory.mktemp("law"), returns(seed, people=5)
    for name, frame in frames(world).items():
        frame.write_csv(folder / f"{name}.csv")
    sent, found = {name: folder / f"{name}.csv" for name in world}, []
    for name, number in zip(("one", "two"), parts, strict=True):
        read_text.cache_clear()  # the contract too is read twice
        done = _run(contract(), sent, AS_AT, folder / f"{name}-work", number)
        found.append(written(done.write(folder / name)))
    assert found[0] == found[1]
    assert len(found[0]) == 9


@FEWER
@given(scenario=scenarios(), parts=PARTS)
def test_law_18_parts_and_plain_python_agree(
    tmp_path_factory: pytest.TempPathFactory, scenario: Scenario, parts: int
) -> None:
    """Any contract in parts comes to the decisions and the sum of the oracle, which knows of no parts."""
    terms, tables, as_at = scenario
    done = _run(terms, as_sent(terms, tables), as_at, tmp_path_factory.mktemp("law"), parts)
    expected = oracle.run(terms, tables, as_at)
    found = {
        (str(row["subject"]), row["outcome"]): (row["state"], row["date"], row["reason"])
        for frame in done.decision_rows()
        for row in frame.iter_rows(named=True)
    }
    assert found == expected.decisions
    assert done.total_minor == expected.total


@FEWER
@given(seed=SEEDS, parts=st.integers(2, 6), refuses=st.booleans())
def test_law_51_a_cap_crossed_in_several_parts_is_one_cap(
    tmp_path_factory: pytest.TempPathFactory, seed: int, parts: int, *, refuses: bool
) -> None:
    """A cap that is crossed on a day with lines in several parts cuts those that it cuts of all lines together."""
    caps = [term | ({"part": "refuse"} if refuses else {}) for term in capped(year_most="1000.00") if "at_most" in term]
    terms, world, folder = contract(adjustments=caps), _crowded(seed), tmp_path_factory.mktemp("law")
    whole = pbr.run(checked(terms), frames(world), AS_AT)
    done = _run(terms, frames(world), AS_AT, folder / "work", parts)
    assert written(done.write(folder / "b")) == written(whole.write(folder / "a"))
