"""Contracts of the library that a ballot decides: their papers and their counts."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

import pbr
from pbr.agreement import check_agreement
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LIBRARY: Final = ROOT / "contracts"
DISTRICTS: Final = LIBRARY / "improvement-district"
AGREEMENTS: Final = sorted(set(LIBRARY.glob("*/agreements/*.yaml")) - set(LIBRARY.glob("*/agreements/*.result.yaml")))


def counts(result: pbr.Result, question: str) -> dict[tuple[str, str, str], tuple[int, int, bool]]:
    """Give each test of a question by what it is of: numerator, denominator and whether it passed."""
    return {
        (test.what, test.option, test.group): (int(test.numerator or 0), int(test.denominator or 0), test.passed)
        for test in result.questions[question].tests
    }


@pytest.mark.parametrize("script", sorted(LIBRARY.glob("*/agreements/*.py")), ids=lambda path: path.stem)
def test_the_scripts_write_the_committed_papers_again(script: Path, tmp_path: Path) -> None:
    """The same seed gives the committed papers byte for byte."""
    shutil.copy(script, tmp_path)
    subprocess.run([sys.executable, str(tmp_path / script.name)], check=True, capture_output=True)
    made = {path.name: path.read_bytes() for path in tmp_path.glob("*.csv")}
    assert made == {path.name: path.read_bytes() for path in script.parent.glob("*.csv")}
    assert made


@pytest.mark.parametrize("path", AGREEMENTS, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_the_results_are_what_a_recount_gives(path: Path) -> None:
    """No line of a committed result differs from a recount of the papers beside it."""
    assert check_agreement(path) == ()


def test_the_second_ballot_of_wellingborough_turned_one_key() -> None:
    """75 of 127 votes were for it, and 1,296,850 of 4,365,100 of the value: not approved, as was declared."""
    result = pbr.read_result(DISTRICTS / "agreements" / "wellingborough-2019-09.result.yaml")
    found = counts(result, "levy")
    assert found["yes", "", "all"] == (75, 127, True)
    assert found["value of yes", "", "all"] == (1_296_850, 4_365_100, False)
    assert not result.agreed
