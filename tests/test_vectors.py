"""Published numbers of real schemes: every vector that the schemes name is reproduced through a contract file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.conftest import ROOT
from tests.vectors.given import figures, written
from tests.vectors.registry import faults_of, page, registered, shared_folder, to_reproduce

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.mark import ParameterSet

    from tests.conftest import Golden

NONE: Final = pytest.mark.skip(reason="no shared folder beside the repository: set PBR_SHARED to try this")


def listed() -> list[ParameterSet]:
    """Give the vectors that the schemes name; without the shared folder a place that says so."""
    folder = shared_folder()
    if folder is None:
        return [pytest.param({}, marks=NONE, id="none")]
    return [pytest.param(vector, id=name) for name, vector in to_reproduce(folder).items()]


@pytest.mark.parametrize("vector", listed())
def test_vector_is_reproduced_through_a_contract_file(vector: dict[str, Any]) -> None:
    """Its figures are read, the contract of the library is evaluated, and each expected figure is compared."""
    assert faults_of(vector, registered().get(vector["id"], ())) == []


def test_every_reproduction_is_of_a_vector_that_the_schemes_name(shared: Path) -> None:
    """A name with a slip would be run by nobody."""
    assert set(registered()) == set(to_reproduce(shared))


def test_the_page_of_vectors_lists_every_reproduction(golden: Golden) -> None:
    """Which contract each goes through, what of its text is changed, and what is not compared."""
    golden("docs/explanation/vectors.md", page(registered()))


def test_the_page_of_assurance_counts_what_is_reproduced(shared: Path) -> None:
    """How many vectors, how many as filed, how many figures, how many excused, and how many are tried with another."""
    text = (ROOT / "docs" / "explanation" / "assurance.md").read_text(encoding="utf-8")
    vectors, ways = to_reproduce(shared), registered()
    paths = {(name, written(path)) for name, vector in vectors.items() for path in figures(vector)}
    excuses = [(name, path) for name, made in ways.items() for one in made for path in one.excused]
    excused = {
        (name, path) for name, path in paths for of, why in excuses if name == of and f"{path}.".startswith(f"{why}.")
    }
    as_filed = [name for name, made in ways.items() if not any(one.changed for one in made)]
    tried = [path for _, path in paths - excused if path.startswith("expected.")]
    assert f" {len(vectors)} of them, through contracts" in text
    assert f"(of {len(as_filed)} vectors none are)" in text
    assert f"{len(excused)} of {len(paths):,} figures" in text
    assert f"each of the other {len(tried)} was noticed" in text
