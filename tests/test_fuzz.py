"""A few hundred damaged contracts; `make assure` reads 100,000."""

from __future__ import annotations

from tests.fuzz import fuzz


def test_damaged_contracts_give_problems_and_nothing_else() -> None:
    """Whatever is read gives a contract or problems with code and place, in good time; most codes are reached."""
    found = fuzz(400, seed=1)
    assert found.codes["clean"] > 5
    assert len(found.codes) > 25
