"""The call-off contract of the library: refused as it was published, and corrected to both sides of every rating."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import pytest

from pbr.contract.read import load
from pbr.document import parse_document
from tests.conftest import ROOT
from tests.vectors.filed import LIBRARY, evaluated, paid

if TYPE_CHECKING:
    from pbr.api import Run
    from tests.vectors.filed import Rows

CORRECTED: Final = LIBRARY / "call-off-satisfaction" / "contract.yaml"
PUBLISHED: Final = ROOT / "tests" / "errors" / "PBR157-satisfaction"
HOLES: Final = {"75% to under 80%": "75% to 79%", "70% to under 75%": "70% to 74%"}
LEAD: Final = ("lead_a", "Y1")


def answers(satisfied: int, answered: int, asked: int) -> Rows:
    """Give as many participants of one provider as were asked; who has not answered comes last."""
    said = ["4"] * satisfied + ["1"] * (answered - satisfied) + [""] * (asked - answered)
    row = {"provider": "lead_a", "started_on": "2021-10-01", "asked_on": "2022-06-20", "recorded_on": "2022-07-31"}
    return [row | {"participant": f"P{place:04}", "satisfaction": each} for place, each in enumerate(said)]


def rated(rows: Rows, as_at: str = "2022-08-31") -> Run:
    """Evaluate the contract of the library."""
    return evaluated("call-off-satisfaction", {"participants": rows}, as_at)


def test_the_published_scale_is_refused_with_a_share_that_has_no_rating() -> None:
    """The library's contract with the published steps in the place of the corrected ones has two faults."""
    text = CORRECTED.read_text(encoding="utf-8")
    for corrected, published in HOLES.items():
        assert text.count(f"{corrected}:") == 1
        text = text.replace(f"{corrected}:", f"{published}:")
    _, problems = load(parse_document(text.encode(), "contract.yaml"))
    assert [(each.code, each.message) for each in problems] == [
        ("PBR157", "79.5% is in no step beside '75% to 79%' and '80% or more'; every value needs one"),
        ("PBR157", "74.5% is in no step beside '70% to 74%' and '75% to 79%'; every value needs one"),
    ]


def test_the_readme_shows_what_the_checker_prints() -> None:
    """The line in the README is the one that the published wording earns among the errors."""
    shown = CORRECTED.with_name("README.md").read_text(encoding="utf-8").split("```")[1].strip()
    assert shown in (PUBLISHED / "expected.txt").read_text(encoding="utf-8").splitlines()
    for published in HOLES.values():
        assert f"{published}:" in (PUBLISHED / "contract.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("satisfied", "answered", "rating", "credit"),
    [
        (800, 1000, 4, "0.00"),
        (799, 1000, 3, "-1200.00"),
        (159, 200, 3, "-1200.00"),  # 79.5%, which the published scale leaves out
        (750, 1000, 3, "-1200.00"),
        (749, 1000, 2, "-2400.00"),
        (149, 200, 2, "-2400.00"),  # 74.5%, likewise
        (700, 1000, 2, "-2400.00"),
        (699, 1000, 1, "-4800.00"),
        (0, 1000, 1, "-4800.00"),
        (1000, 1000, 4, "0.00"),
    ],
)
def test_both_sides_of_every_rating(satisfied: int, answered: int, rating: int, credit: str) -> None:
    """One answer more or less of a thousand, and its part of a year's 120,000.00."""
    done = rated(answers(satisfied, answered, answered))
    pooled = done.decisions.pooled
    assert pooled["satisfaction"].results[LEAD].value == Fraction(satisfied, answered)
    assert pooled["rating"].results[LEAD].value == rating
    found = {row["payment"]: row["amount_minor"] for row in done.statement.lines().iter_rows(named=True)}
    assert found["service_credit"] == int(Fraction(credit) * 100)
    assert found["charges"] == 30_000_00


@pytest.mark.parametrize(
    ("answered", "asked", "state"),
    [
        (400, 1000, ("met", "met")),
        (399, 1000, ("not_assessable", "low_response")),
        (3999, 10000, ("not_assessable", "low_response")),
        (2, 5, ("met", "met")),
        (0, 5, ("not_assessable", "low_response")),
    ],
)
def test_both_sides_of_the_least_response(answered: int, asked: int, state: tuple[str, str]) -> None:
    """40% is enough; 39.9% and 39.99% are not, and then there is no rating and no line, though nobody is satisfied."""
    done = rated(answers(0, answered, asked))
    result = done.decisions.pooled["satisfaction"].results[LEAD]
    assert (result.state, result.reason) == state
    assert (done.decisions.pooled["credit"].results[LEAD].state == "met") is (state[0] == "met")
    taken = paid(done, "payment").get("service_credit")
    assert (taken is None) is (state[0] != "met")


def test_an_answer_of_somebody_not_asked_counts_in_neither() -> None:
    """Ten such answers lift neither the response above 40% nor the share."""
    rows = answers(0, 39, 100)
    more = [
        row | {"participant": f"X{place}", "asked_on": "", "satisfaction": "4"} for place, row in enumerate(rows[:10])
    ]
    assert rated([*rows, *more]).decisions.pooled["satisfaction"].results[LEAD].reason == "low_response"
    enough = rated([*answers(0, 40, 100), *more]).decisions.pooled["satisfaction"].results[LEAD]
    assert (enough.value, enough.asked) == (Fraction(0), 100)


def test_the_order_of_rows_changes_nothing() -> None:
    """The same rows the other way round give the same lines."""
    rows = answers(159, 200, 300)
    assert rated(rows).statement.lines().equals(rated(rows[::-1]).statement.lines())
