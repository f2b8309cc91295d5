"""Random schemes without participants, in the engine and in plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import pbr
from pbr.calendar import date_from_number
from pbr.contract.read import load
from pbr.document import parse_document
from pbr.problem import USES
from tests.luck import random_of
from tests.oracle_figures import Scheme
from tests.strategies import to_yaml
from tests.strategies_figures import Drawn, draw

if TYPE_CHECKING:
    from pbr.api import Run


def engine(drawn: Drawn) -> Run:
    """Run the engine on frames of text."""
    contract, problems = load(parse_document(to_yaml(drawn.contract).encode(), "contract.yaml"))
    assume(not problems or {problem.code for problem in problems} != {"PBR026"})  # a formula of too many digits
    assert contract is not None, "\n".join(map(str, problems))
    frames = {
        name: pl.DataFrame(rows, schema=dict.fromkeys(drawn.contract["tables"][name]["fields"], pl.String))
        for name, rows in drawn.tables.items()
    }
    return pbr.run(contract, frames, drawn.as_at)


def agree(drawn: Drawn) -> None:
    """Compare state, reason, exact figure and day of every group, and every line."""
    scheme = Scheme(drawn.contract, drawn.trees, drawn.tables, drawn.as_at)
    expected = scheme.all()
    done = engine(drawn)
    assert set(done.decisions.pooled) == set(expected)
    for name, results in expected.items():
        found = done.decisions.pooled[name].results
        assert set(found) == set(results), name
        for key, mine in results.items():
            result = found[key]
            known = None if result.known is None else date_from_number(result.known)
            assert (result.state, result.reason, known) == (mine.state, mine.reason, mine.known), (name, key)
            if mine.state == "met" and not scheme.is_test(name):
                assert result.value == mine.value, (name, key)
    rows = done.statement.uses.filter(pl.col("outcome").is_not_null()).iter_rows(named=True)
    uses = {(row["table"], row["_row"], row["outcome"]): list(USES)[row["use"]] for row in rows}
    assert uses == scheme.uses()
    lines = done.statement.lines().filter(adjustment="-").filter(pl.col("payment") != "fee").iter_rows(named=True)
    paid = {(line["payment"], line["provider"], line["occurrence"]): line["amount_minor"] for line in lines}
    assert paid == ({} if "fee" in drawn.contract["payments"] else scheme.paid())


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_figures_come_out_as_the_second_evaluator_says(seed: int) -> None:
    """Measures of rows, estimates, formulas, indexes, points, tests and combinations of them, and what is paid."""
    agree(draw(random_of(seed)))
