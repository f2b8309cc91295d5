"""The coverage floors: 100% of lines and branches where money is decided, 90% over all.

What is run by a law or by contracts drawn at random does not count: it would be by chance. Nor does what is run
where whole contracts are walked through, from a file to its pages: that comes to many lines and looks at few. The
floors are reached by examples worked out for what they come to. Following lines doubles the time of a test.
No floor of 100% hangs on a module of which some tests are followed and some not.

Runs in two ways: as a pytest plugin (`-p tests.coverage_floors`, used by `make test`), where a
broken floor fails the run, and as a script on a report: `python tests/coverage_floors.py [JSON]`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

REPORT: Final = Path("out/coverage.json")
OVERALL: Final = 90.0
FULL: Final = (
    "pbr/money.py",
    "pbr/calendar.py",
    "pbr/condition/",
    "pbr/payments/",
    "pbr/adjustments/",
    "pbr/beside.py",
    "pbr/agreement/",
    "pbr/statement.py",
)

RANDOM: Final = (
    "tests/laws/",
    "tests/test_agreement_random.py",
    "tests/test_bands_random.py",
    "tests/test_condition_agreement.py",
    "tests/test_agreed_random.py",
    "tests/test_condition_random.py",
    "tests/test_figures_oracle.py",
    "tests/test_judged_random.py",
    "tests/test_oracle_engine.py",
    "tests/test_pooled_oracle.py",
    "tests/test_prose.py::test_one_fingerprint",
    "tests/test_prose.py::test_other_terms",
    "tests/test_renamed_kinds.py",
    "tests/test_strategies.py",
    "tests/test_surveys_random.py",
    "tests/test_surveys_reckoned.py",
)

WHOLE: Final = (
    "add_a_kind added_kinds agreed_attacks agreed_figures api by_outcomes cases cli confidence earlier evidence_split "
    "examples explained_figures explanation fixed_figures fuzz held interruption kind_pages library made_of_figures "
    "measure mutants no_float odd output_parts packed panel parts parts_and_days parts_attacks parts_runners "
    "physical_plan proof readme real_people recounting riverside riverside_agreed runners schema score signposts "
    "split_by_help starter subjects surveys surveys_attacks tidy tutorial values vectors"
)
"""Tests of whole contracts, of what is said of them, and of rooms that have no floor of their own."""
WALKED: Final = (
    "tests/test_prose.py::test_every_term_is_told",
    "tests/test_prose.py::test_a_phrase_that_is_dropped",
    "tests/test_prose.py::test_phrases_that_are_dropped",
    "tests/test_prose.py::test_words_that_are_dropped",
)
"""Tests that try every term of every contract."""
NOT_FOLLOWED: Final = (*RANDOM, *WALKED, *(f"tests/test_{name}.py" for name in WHOLE.split()))

_broken: list[str] = []


def broken_floors(report: Mapping[str, Any]) -> list[str]:
    """List each floor that the coverage report does not reach, in words.

    Args:
        report: what `coverage json` writes, with branches.

    Returns:
        One sentence for each file or total below its floor; empty if all is well.
    """
    broken = []
    total = report["totals"]["percent_covered"]
    if total < OVERALL:
        broken.append(f"{total:.2f}% over all, the floor is {OVERALL:.0f}%")
    for place in FULL:
        files = {
            name: entry
            for name, entry in sorted(report["files"].items())
            if name == place or (place.endswith("/") and name.startswith(place))
        }
        if not files:
            broken.append(f"{place}: not in the report, the floor is 100%")
        for name, entry in files.items():
            lines = ", ".join(str(line) for line in entry["missing_lines"])
            jumps = ", ".join(f"{a}->{b}" for a, b in entry.get("missing_branches", ()))
            if lines:
                broken.append(f"{name}: lines {lines} not run, the floor is 100%")
            if jumps:
                broken.append(f"{name}: branches {jumps} not taken, the floor is 100%")
    return broken


def pytest_configure(config: pytest.Config) -> None:
    """Forget the last report: a run that writes none must not be judged by an old one."""
    if not hasattr(config, "workerinput"):
        REPORT.unlink(missing_ok=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Leave out of the measurement what does not count, and what is set up for it.

    The mark `no_cover` of pytest-cov stops one of the two measurements that a worker has, and so saves nothing there.
    """
    tracer = sys.gettrace()
    if tracer is None or not item.nodeid.startswith(NOT_FOLLOWED):
        return (yield)
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that passed its tests but not its floors."""
    if hasattr(session.config, "workerinput") or session.exitstatus != 0:
        return
    if not REPORT.is_file():
        _broken.append(f"{REPORT} was not written")
    else:
        _broken.extend(broken_floors(json.loads(REPORT.read_text(encoding="utf-8"))))
    if _broken:
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which floors are broken, above the closing line."""
    if _broken:
        terminalreporter.section("coverage floors", red=True, bold=True)
        for sentence in _broken:
            terminalreporter.line(sentence)


def main(path: Path) -> int:
    """Print the broken floors of a report and give the exit code."""
    broken = broken_floors(json.loads(path.read_text(encoding="utf-8")))
    for sentence in broken:
        print(sentence)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else REPORT))
