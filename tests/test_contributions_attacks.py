"""Who helped, attacked: what must not be divided by help that came after it, and what a case says of payees."""

from __future__ import annotations

import polars as pl
import pytest

from tests import small
from tests.test_contributions import BY_ROWS, TEXT, evaluated, written

GIVES = BY_ROWS.replace("}}", "}, on: [give]}")
LATER = (
    "{id: first, kind: retain, share: 10%, until: period_end + 1 month, per: [PER], on: [give]}",
    "{id: first, kind: cap, at_most: 4.00, excess: carried, per: [PER], on: [give]}",
    "{id: first, kind: floor, at_least: 4.00, if_owed: carry_forward, per: [PER], on: [give]}",
)


@pytest.mark.parametrize("first", LATER)
def test_what_is_paid_later_of_what_was_earned_is_not_divided_by_help_that_came_between(first: str) -> None:
    """Its lines have later days than the achievement, so the split stands before it, and what it pays is per payee."""
    own = first.replace("PER", "person, quarter")
    (problem,) = small.problems_of(TEXT + written(f"{own}\n{GIVES}"))
    assert (problem.code, problem.line) == ("PBR193", 46)
    assert problem.message == (
        "'first' pays or takes later what was earned before, and help that came between would be paid for; "
        "write it after 'partners', with provider under its `per`"
    )
    apart = GIVES.replace("[give]", "[take]")
    groups = first.replace("PER", "provider, quarter")  # whose lines are of nobody, and are not divided
    after = first.replace("PER", "person, provider, quarter")
    for terms in (f"{own}\n{apart}", f"{groups}\n{GIVES}", f"{GIVES}\n{after}"):
        assert small.problems_of(TEXT + written(terms)) == ()


def test_what_is_kept_back_goes_back_to_whom_it_was_kept_from() -> None:
    """The peers came after the day of the achievement, and no penny of it goes to them, then or later."""
    helps = ["A provider 2025-05-01", "A family 2025-05-10", "A peers 2025-05-11"]
    after = LATER[0].replace("PER", "person, provider, quarter")
    done = evaluated(helps, adjustments=f"{GIVES}\n{after}")
    lines = done.statement.lines().group_by("payee").agg(pl.col("amount_minor").sum())
    assert dict(lines.rows()) == {"friends": 501, "north": 500}
