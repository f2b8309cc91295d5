"""What every test may ask for: the shared folder and golden files; and the hypothesis profile."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Final, Protocol

import pytest

import tests.profiles  # noqa: F401  loads the profile before any test module is read

pytest.register_assert_rewrite("tests.vectors")  # what is compared there is shown as in a test
ROOT: Final = Path(__file__).parent.parent
REWRITE: Final = os.environ.get("PBR_GOLDEN") == "1"


class Golden(Protocol):
    """What the fixture `golden` gives: a check against a file."""

    def __call__(self, path: str | Path, actual: bytes | str) -> None:
        """Compare `actual` with the file at `path`, given from the top of the repository."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Under `make golden` run only the tests that hold golden files."""
    if not REWRITE:
        return
    keep = [item for item in items if "golden" in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=[item for item in items if item not in keep])
    items[:] = keep


def pytest_collection_finish() -> None:
    """What has been collected stays: it is not looked through, again and again, for what could be thrown away."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of shared papers and reference programs, PBR_SHARED, or skip the test."""
    folder = Path(os.environ.get("PBR_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip("no shared folder beside the repository: set PBR_SHARED to try this")
    return folder


@pytest.fixture(scope="session")
def golden() -> Golden:
    """Give a check that a file holds exactly these bytes; PBR_GOLDEN=1 rewrites the file first."""

    def check(path: str | Path, actual: bytes | str) -> None:
        """Compare, first as text so that a difference can be read, then byte for byte."""
        wanted = ROOT / path
        data = actual.encode() if isinstance(actual, str) else actual
        if REWRITE:
            wanted.parent.mkdir(parents=True, exist_ok=True)
            wanted.write_bytes(data)
        assert wanted.is_file(), f"no golden file {path}: run `make golden` and read what it writes"
        expected = wanted.read_bytes()
        assert expected.decode(errors="replace") == data.decode(errors="replace")
        assert expected == data

    return check
