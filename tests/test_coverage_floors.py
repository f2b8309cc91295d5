"""The coverage floors notice what is not run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.coverage_floors import FULL, broken_floors


def report(total: float, **changes: list[Any]) -> dict[str, Any]:
    """Make a report in which every file with a floor is whole, but for changes to the first."""
    whole: dict[str, list[Any]] = {"missing_lines": [], "missing_branches": []}
    names = [place + "__init__.py" if place.endswith("/") else place for place in FULL]
    files = dict.fromkeys(names, whole) | {names[0]: whole | changes}
    return {"totals": {"percent_covered": total}, "files": files}


def test_a_whole_report_breaks_no_floor() -> None:
    """Ninety per cent over all is enough when the files with a floor of their own are whole."""
    assert broken_floors(report(90.0)) == []


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (report(89.99), "89.99% over all, the floor is 90%"),
        (report(95.0, missing_lines=[3, 5]), f"{FULL[0]}: lines 3, 5 not run, the floor is 100%"),
        (
            report(95.0, missing_branches=[[3, -1]]),
            f"{FULL[0]}: branches 3->-1 not taken, the floor is 100%",
        ),
        (
            {"totals": {"percent_covered": 95.0}, "files": {}},
            f"{FULL[0]}: not in the report, the floor is 100%",
        ),
    ],
    ids=["over all", "line", "branch", "no file"],
)
def test_each_broken_floor_is_named(made: dict[str, Any], expected: str) -> None:
    """A total too low, a line, a branch and a file that is not there are each said."""
    assert broken_floors(made)[0] == expected
