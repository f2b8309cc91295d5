"""Damage the engine by a line for each law and expect that law to turn red: `make laws-bite`.

`damage/NN.patch` is a unified diff against the top of the repository that changes a line or two of
`pbr`. It is applied to a copy of the working tree, and only the tests of law NN are run there. They
must fail as tests fail: an error in collecting or a crash of the damaged code shows nothing.

`python tests/laws/bite.py [NN ...]` tries some; without numbers all, and a law without a patch is a
fault. Exit code 1 unless the undamaged copy is green and every damaged one red.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT: Final = Path(__file__).parent.parent.parent
DAMAGE: Final = Path(__file__).parent / "damage"
COPIED: Final = ("pbr", "tests", "contracts", "examples", "pyproject.toml")
LAW: Final = re.compile(r"^def (test_law_(\d\d)_\w+)", re.MULTILINE)
MOST_LINES: Final = 3
AT_ONCE: Final = 2
# a damaged engine must give a wrong answer, not fall over
CRASHES: Final = (
    "AttributeError",
    "ImportError",
    "IndentationError",
    "ModuleNotFoundError",
    "NameError",
    "SyntaxError",
    "TypeError",
)


class Bite(NamedTuple):
    """What came of one law: whether its damage was noticed, and the words for the table."""

    law: str
    bites: bool
    says: str


def laws() -> dict[str, list[str]]:
    """Find the tests of each law, as pytest names them, by number."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests" / "laws").glob("test_*.py")):
        for name, law in LAW.findall(path.read_text(encoding="utf-8")):
            found.setdefault(law, []).append(f"{path.relative_to(ROOT).as_posix()}::{name}")
    return found


def copy_tree(target: Path) -> None:
    """Copy what the tests need: files git tracks and new ones that it does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *COPIED]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    for name in filter(None, sorted(set(listed.stdout.split("\0")))):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)


def environment(copy: Path) -> dict[str, str]:
    """Give an environment in which Python finds the copy before the installed package."""
    return {
        **os.environ,
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PBR_SHARED": os.environ.get("PBR_SHARED") or str(ROOT.parent / "shared"),
        "HYPOTHESIS_PROFILE": "bite",
    }


def apply(patch: Path, copy: Path) -> str:
    """Apply the damage, or say why it is none."""
    ceiling = {**os.environ, "GIT_CEILING_DIRECTORIES": str(copy.parent)}
    for option in ("--numstat", "--apply"):
        done = subprocess.run(
            ["git", "apply", option, str(patch)],
            cwd=copy,
            env=ceiling,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            return f"the patch does not apply: {done.stderr.strip().splitlines()[-1]}"
        for line in done.stdout.splitlines():
            added, removed, name = line.split("\t")
            if not name.startswith("pbr/"):
                return f"the patch damages {name}, not the engine"
            if max(int(added), int(removed)) > MOST_LINES:
                return f"the patch changes {max(int(added), int(removed))} lines"
    return ""


def run_tests(copy: Path, tests: Sequence[str], *options: str) -> tuple[int, Mapping[str, str]]:
    """Run tests in the copy; give the exit code and, for each failed test, the first words."""
    where = subprocess.run(
        [sys.executable, "-c", "import pbr; print(pbr.__file__)"],
        cwd=copy,
        env=environment(copy),
        check=False,
        capture_output=True,
        text=True,
    )
    # a copy damaged so that it cannot be imported is left to pytest, which calls that an error
    if where.returncode == 0 and not Path(where.stdout.strip()).is_relative_to(copy):
        return 3, {"pbr": f"imported from {where.stdout.strip()}, not from the copy"}
    report = copy / "report.xml"
    plain = ["-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plain, *options, *tests],
        cwd=copy,
        env=environment(copy),
        check=False,
        capture_output=True,
        text=True,
    )
    if not report.is_file():
        return done.returncode, {"pytest": (done.stderr or done.stdout).strip()[-200:]}
    failed = {}
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314  pytest wrote it just now
        for kind in ("error", "failure"):
            found = case.find(kind)
            if found is not None:
                said = found.get("message", "").strip().split("\n")[0]
                failed[f"{kind} in {case.get('name')}"] = said
    return done.returncode, failed


def bite(law: str, tests: Sequence[str]) -> Bite:
    """Damage a copy for one law and run its tests."""
    patch = DAMAGE / f"{law}.patch"
    if not patch.is_file():
        return Bite(law, bites=False, says=f"no damage/{law}.patch")
    with tempfile.TemporaryDirectory(prefix="pbr-bite-") as folder:
        copy = Path(folder).resolve() / "copy"
        copy.mkdir()
        copy_tree(copy)
        if fault := apply(patch, copy):
            return Bite(law, bites=False, says=fault)
        code, failed = run_tests(copy, tests, "-x", "-p", "no:xdist")
    if code != 1 or not failed:
        words = "; ".join(failed.values()) or "the tests stayed green"
        return Bite(law, bites=False, says=f"exit code {code}: {words}"[:160])
    for where, said in failed.items():
        if where.startswith("error") or said.startswith(CRASHES):
            return Bite(law, bites=False, says=f"red for another reason: {where}: {said}"[:160])
    return Bite(law, bites=True, says=next(iter(failed.values()))[:100])


def undamaged(tests: Sequence[str]) -> Bite:
    """Run every law on an undamaged copy."""
    with tempfile.TemporaryDirectory(prefix="pbr-bite-") as folder:
        copy = Path(folder).resolve() / "copy"
        copy.mkdir()
        copy_tree(copy)
        code, failed = run_tests(copy, tests, "-n", str(AT_ONCE))
    if code:
        words = "; ".join(f"{where}: {said}" for where, said in failed.items())
        return Bite("--", bites=False, says=f"undamaged, exit code {code}: {words}"[:400])
    return Bite("--", bites=True, says="undamaged: green")


def main(wanted: Sequence[str]) -> int:
    """Try the laws and print the table."""
    found = laws()
    chosen = {law: tests for law, tests in found.items() if not wanted or law in wanted}
    stray = sorted({path.stem for path in DAMAGE.glob("*.patch")} - set(found))
    if not chosen:
        print("no such law has a test")
        return 1
    results = [undamaged([test for tests in chosen.values() for test in tests])]
    if results[0].bites:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            results += pool.map(bite, chosen, chosen.values())
    results += [Bite(law, bites=False, says="a patch but no test") for law in stray if not wanted]
    for result in results:
        verdict = "ok" if result.bites else "NO"
        print(result.law, verdict, result.says, sep="  ")
    bitten = sum(result.bites for result in results[1:])
    print(f"{bitten} of {len(chosen)} laws bite")
    return 0 if all(result.bites for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
