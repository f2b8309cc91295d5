"""The reference says what the docstrings of the kinds say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.reference import FAMILIES, with_kinds

if TYPE_CHECKING:
    from tests.conftest import Golden

PAGE: Final = "docs/reference/language.md"


def test_the_page_on_the_language_is_made_from_the_kinds(golden: Golden) -> None:
    """Every kind stands there as its docstring has it; `make golden` writes it again."""
    golden(PAGE, with_kinds(Path(__file__).parent.parent.joinpath(PAGE).read_text(encoding="utf-8")))


def test_making_the_page_again_changes_nothing() -> None:
    """What is written once is found again, whatever stood between the marks."""
    page = "a\n" + "".join(
        f"<!-- {family}: made from the docstrings of the kinds by `make golden` -->\nas it was\n<!-- end -->\nb\n"
        for family in FAMILIES
    )
    once = with_kinds(page)
    assert with_kinds(once) == once
    assert "as it was" not in once
    assert once.count("### `") == sum(len(kinds) for _, kinds in FAMILIES.values())


def test_a_page_without_a_place_for_a_family_is_refused() -> None:
    """A mark taken out by mistake is noticed."""
    with pytest.raises(AssertionError, match="outcomes"):
        with_kinds("nothing")
