"""Outcomes of groups of random contracts, in the engine and in plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbr.calendar import date_from_number
from pbr.money import CURRENCY_DIGITS
from tests.luck import random_of
from tests.oracle_pooled import Groups
from tests.strategies import Scenario, scenarios
from tests.strategies_pooled import with_groups
from tests.test_oracle_engine import engine

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def contract_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a place for a contract; each example writes it anew."""
    return tmp_path_factory.mktemp("oracle") / "contract.yaml"


@given(scenario=scenarios(), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow], deadline=None)  # each is many evaluations
def test_groups_come_out_as_the_second_evaluator_says(contract_file: Path, scenario: Scenario, seed: int) -> None:
    """The state, the exact figure, the counts and the day on which it was fixed of every group, and what is paid."""
    contract, tables, as_at = scenario
    contract = with_groups(contract, random_of(seed))
    groups = Groups(contract, tables, as_at)
    expected = groups.all()
    done = engine(contract_file, (contract, tables, as_at))
    for name, results in expected.items():
        found = done.decisions.pooled[name].results
        assert set(found) == set(results)
        for key, mine in results.items():
            result = found[key]
            assert (result.state, mine.known) == (
                mine.state,
                None if result.known is None else date_from_number(result.known),
            ), (name, key)
            if mine.state == "met" and contract["outcomes"][name]["kind"] in {"measure", "scale"}:
                assert result.value == mine.value, (name, key)
            if mine.counted is not None and result.counted is not None:
                assert (result.counted.met, result.counted.counted) == mine.counted, (name, key)
    digits = CURRENCY_DIGITS[contract["contract"]["currency"]]
    lines = done.statement.lines().filter(adjustment="-").iter_rows(named=True)
    paid = {(line["payment"], line["provider"], line["occurrence"]): line["amount_minor"] for line in lines}
    wanted = {}
    for payment, spec in contract["payments"].items():
        if spec.get("pays_for") not in expected:
            continue
        kind = contract["outcomes"][spec["pays_for"]]
        words = groups.words(kind)
        for key, mine in expected[spec["pays_for"]].items():
            if mine.state == "met":
                counts = kind["kind"] in {"measure", "scale"} and kind.get("take") not in {"all", "any"}
                exact = (mine.value if counts and mine.value is not None else 1) * 125 * 10**digits
                own = dict(zip(words, key, strict=True))
                others = " ".join(label for word, label in own.items() if word != "provider") or "1"
                wanted[payment, own["provider"], others] = int(groups.rounded(exact * 1, 0))
    assert {key: amount for key, amount in paid.items() if key[0] in {each[0] for each in wanted}} == wanted
