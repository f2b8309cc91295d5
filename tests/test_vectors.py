"""Published numbers of real schemes: every vector that the schemes name is reproduced through a contract file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.vectors.registry import faults_of, registered, shared_folder, to_reproduce

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

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
