"""Change the engine by one thing at a time and see whether its tests notice: `python -m tests.mutate 300 7`.

The arguments are how many mutants are drawn, and the seed. They are drawn from the modules where money is worked out,
from each as many as its share of all that can be made. Everything happens in a copy of the working tree. First the
tests are run once there, to see which of them come to which line and how long each takes; a mutant is then tried by
those that come to its line, quick ones first, until one is red. A mutant that runs far longer than the tests did is
stopped, and counts as noticed.

A mutant that no test can tell from the original stands in `equivalent_mutants.txt`, with the reason; it is not tried.

Exit code 1 if fewer than nine of ten of the others are noticed.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl  # noqa: F401  # what follows is loaded once, for every copy of this process
import pytest

import pbr.api
import pbr.cases  # noqa: F401
from tests.laws.bite import environment
from tests.mutants import Mutant, enums_of, mutants_of, mutated

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

ROOT: Final = Path(__file__).parent.parent
EQUIVALENT: Final = ROOT / "tests" / "equivalent_mutants.txt"
MUTATED: Final = (
    "pbr/money.py",
    "pbr/lines.py",
    "pbr/table.py",
    "pbr/instalments.py",
    "pbr/days.py",
    "pbr/achieved.py",
    "pbr/entitlement.py",
    "pbr/priced.py",
    "pbr/sums.py",
    "pbr/pots.py",
    "pbr/grouped.py",
    "pbr/beside.py",
    "pbr/payments/*.py",
    "pbr/adjustments/*.py",
)
# Tests of other rooms: how files are read, what is decided of a participant, conditions, proofs, pages, and the second
# evaluator, whose random contracts would find what the worked tests should.
LEFT_OUT: Final = (
    "api asked behind calendar cli condition condition_agreement condition_children condition_faults condition_random "
    "condition_refused condition_values conditions_page confidence contract contract_faults contract_proofs "
    "coverage_floors document errors evidence evidence_files excused explanation formula fuzz gather held kind_pages "
    "language mutants no_float oracle oracle_engine pages pooled_oracle proof proof_steps readme real_people reference "
    "results riverside scale schema score score_faults starter strategies subjects tidy total tutorial figures_oracle "
    "bands_random explained_figures panel agreements agreements_page agreement_random agreement_rules "
    "agreement_attacks agreement_files agreed_figures agreed_random agreed_attacks signposts judged judged_attacks "
    "judged_random surveys surveys_attacks surveys_random surveys_reckoned riverside_agreed call_off "
    "vectors_bite wilson runners spark_runner bench_guard bench_reference parts parts_of_lines parts_runners "
    "parts_attacks same_bytes interruption progress evidence_split evidence_at_size output_merge output_parts"
)
NEAR: Final = (
    "money money_edges groups_edges money_limits figures_edges lines payments adjustments group_lines money_of_groups "
    "times on_account once_and_undone too_large values at_achievement figures parts_and_days vectors "
    "amount amount_of_money bands by_outcomes divide fee_of_values gates_of_groups kinds made_lines retain shares "
    "split tax"
)
"""Tests of money, which are the first to be tried."""
NOTICED_OF_10: Final = 9
STAGES: Final = (5.0, 20.0, 60.0)
"""Seconds of tests, by what they took on the original, after each of which a mutant may be found out."""
MOST_BYTES: Final = 6 * 2**30
MOST_WAITS: Final = 36_000
"""Of a tenth of a second each."""
TIMES: Final = "PBR_TEST_TIMES"


class Tests(NamedTuple):
    """What the tests do on the original: seconds of each, and those that come to each line of each file."""

    seconds: Mapping[str, float]
    of_line: Mapping[str, Mapping[int, frozenset[str]]]

    def of(self, mutant: Mutant) -> list[str]:
        """Tests that come to the line of a mutant; of a line that is run when the module is loaded, to the file."""
        lines = self.of_line[mutant.file]
        found = lines.get(mutant.line) or frozenset(test for tests in lines.values() for test in tests)
        return sorted(found, key=lambda test: (not near(test, mutant.file), self.seconds[test], test))


class Outcome(NamedTuple):
    """What became of a mutant."""

    mutant: Mutant
    how: str


def near(test: str, file: str) -> bool:
    """Whether a test is of money, or of the module by its name."""
    name = Path(test.partition("::")[0]).stem.removeprefix("test_")
    return name in NEAR.split() or name == Path(file).stem


def modules() -> dict[str, str]:
    """Read the modules that are mutated, by name."""
    paths = sorted(path for pattern in MUTATED for path in ROOT.glob(pattern))
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def enums() -> dict[str, tuple[str, ...]]:
    """The members of every enum of the engine."""
    return enums_of(path.read_text(encoding="utf-8") for path in sorted((ROOT / "pbr").rglob("*.py")))


def every_mutant() -> dict[str, list[Mutant]]:
    """Make every mutant of every module, by file."""
    words = enums()
    return {file: mutants_of(file, text, words) for file, text in modules().items()}


def equivalent() -> dict[str, str]:
    """Read the mutants that cannot be told from the original, with the reason for each."""
    found = {}
    for block in filter(None, EQUIVALENT.read_text(encoding="utf-8").strip().split("\n\n")):
        place, change, *reason = block.split("\n")
        found[f"{place}\n{change}"] = " ".join(line.strip() for line in reason)
    return found


def drawn(made: Mapping[str, Sequence[Mutant]], count: int, seed: int) -> list[Mutant]:
    """Draw mutants, from each file as many as its share, the largest remainders first."""
    whole = sum(map(len, made.values()))
    count = min(count, whole)
    shares = {file: divmod(count * len(those), whole) for file, those in made.items()}
    left = count - sum(each for each, _ in shares.values())
    larger = set(sorted(made, key=lambda file: (-shares[file][1], file))[:left])
    luck = random.Random(seed)  # noqa: S311  # seeded, not secret
    return [
        mutant
        for file in sorted(made)
        for mutant in sorted(luck.sample(made[file], shares[file][0] + (file in larger)), key=lambda one: one.line)
    ]


def copy_tree(target: Path) -> None:
    """Copy what git tracks and new files that it does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    for name in filter(None, sorted(set(listed.stdout.split("\0")))):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes((ROOT / name).read_bytes())


def run_pytest(copy: Path, tests: Sequence[str], *options: str, cpu: int, **told: str) -> int | None:
    """Run tests in a copy of this process, which has loaded the heavy packages; give pytest's exit code.

    None if they took more seconds of CPU than that, however busy the machine is.

    Raises:
        TimeoutError: It stands still.
    """
    (copy / "chosen.txt").write_text("\n".join(tests), encoding="utf-8")
    child = os.fork()
    if child == 0:
        code = 99
        try:
            code = _in_child(copy, options, cpu, told)
        except BaseException:  # noqa: BLE001  # nothing of a copy may go on as this process
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)
    for _ in range(MOST_WAITS):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
            return None if by in {signal.SIGXCPU, signal.SIGKILL} else by or os.WEXITSTATUS(status)
        time.sleep(0.1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise TimeoutError("\n".join(tests))


def _in_child(copy: Path, options: Sequence[str], cpu: int, told: Mapping[str, str]) -> int:
    """Run pytest in the copy, with nothing of this tree loaded; what is piled up without end fails."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 5))
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    said = os.open(copy / "said.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(said, 1)
    os.dup2(said, 2)
    os.chdir(copy)
    os.environ.update(environment(copy) | dict(told))
    sys.dont_write_bytecode = not told
    for name in [name for name in sys.modules if name.partition(".")[0] in {"pbr", "tests"}]:
        del sys.modules[name]
    sys.path[:] = [str(copy), *(place for place in sys.path if Path(place).resolve() != ROOT)]
    import pbr

    assert Path(pbr.__file__).is_relative_to(copy), pbr.__file__
    return int(pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", *options, "@chosen.txt"]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """As a plugin of pytest, write down how many seconds of CPU each test took."""
    before = sum(os.times()[:4])
    done = yield
    with Path(os.environ[TIMES]).open("a", encoding="utf-8") as file:
        file.write(f"{sum(os.times()[:4]) - before:.2f} {item.nodeid}\n")
    return done


def originals(copy: Path) -> Tests:
    """Run the tests on the original.

    Raises:
        RuntimeError: A test is red.
    """
    from coverage import CoverageData

    chosen = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "tests").glob("test_*.py"))
        if path.stem.removeprefix("test_") not in LEFT_OUT.split()
    ]
    options = ["-p", "tests.mutate", "--cov=pbr", "--cov-context=test", "--cov-report="]
    told = {TIMES: str(copy / "times.txt"), "COVERAGE_FILE": str(copy / "coverage.db")}
    code = run_pytest(copy, [*modules(), *chosen], *options, cpu=3600, **told)
    if code != 0:
        raise RuntimeError((copy / "said.txt").read_text(encoding="utf-8")[-3000:])
    times = (line.split(" ", 1) for line in (copy / "times.txt").read_text(encoding="utf-8").splitlines())
    seconds = {test: float(took) for took, test in times}
    data = CoverageData(str(copy / "coverage.db"))
    data.read()
    of_line = {}
    for file in modules():
        contexts = data.contexts_by_lineno(str(copy / file))
        named = {line: {each.partition("|")[0] for each in those} for line, those in contexts.items()}
        of_line[file] = {line: frozenset(those & seconds.keys()) for line, those in named.items()}
    return Tests(seconds, of_line)


def tried(copy: Path, mutant: Mutant, tests: Tests, words: Mapping[str, tuple[str, ...]]) -> Outcome:
    """Run the tests that come to a mutant, some seconds' worth at a time, until one is red."""
    path = copy / mutant.file
    before = path.read_bytes()
    path.write_text(mutated(before.decode(), mutant, words), encoding="utf-8")
    try:
        for some in stages(tests.of(mutant), tests.seconds):
            code = run_pytest(copy, some, "-x", cpu=30 + 3 * int(sum(tests.seconds[test] for test in some)))
            if code is None:
                return Outcome(mutant, "stopped")
            if code != 0:
                return Outcome(mutant, "killed")
        return Outcome(mutant, "survived")
    finally:
        path.write_bytes(before)


def stages(tests: Sequence[str], seconds: Mapping[str, float]) -> Iterator[list[str]]:
    """Part tests by the seconds that they take together; what is beyond the last stage is not run."""
    taken, some, left = 0.0, list[str](), list(STAGES)
    for test in tests:
        if taken + seconds[test] > left[0] and some:
            yield some
            some = []
            left.pop(0)
            if not left:
                return
        taken += seconds[test]
        some.append(test)
    if some:
        yield some


def main(count: int, seed: int) -> int:
    """Try mutants, and print what became of them by file, and each that survived."""
    made, known = every_mutant(), equivalent()
    texts, words = modules(), enums()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pbr-mutate-") as folder:
        copy = Path(folder).resolve() / "copy"
        copy.mkdir()
        copy_tree(copy)
        tests = originals(copy)
        for file in texts:  # what was compiled of the original may not be taken for what is compiled of a mutant
            for compiled in (copy / file).parent.glob(f"__pycache__/{Path(file).stem}.*"):
                compiled.unlink()
        print(f"{len(tests.seconds):,} tests, {time.monotonic() - began:.0f} s", flush=True)
        found = []
        for number, mutant in enumerate(drawn(made, count, seed), start=1):
            same = Outcome(mutant, "equal")
            found.append(same if mutant.name in known else tried(copy, mutant, tests, words))
            how = found[-1]
            print(f"{number} {how.how} {mutant.file}:{mutant.line} {mutant.before} -> {mutant.after}", flush=True)
    return _print(made, found, f"{(time.monotonic() - began) / 60:.0f} minutes")


def _print(made: Mapping[str, Sequence[Mutant]], found: Sequence[Outcome], took: str) -> int:
    """Print the table, and give the exit code."""
    tallies = Counter((each.mutant.file, each.how) for each in found)
    print(f"\n{'file':28} {'made':>6} {'drawn':>6} {'equal':>6} {'killed':>7} {'stopped':>8} {'survived':>9}")
    for file in [*sorted(file for file in made if made[file]), "in all"]:
        files = sorted(made) if file == "in all" else [file]
        counts = [sum(tallies[each, how] for each in files) for how in ("equal", "killed", "stopped", "survived")]
        size, equal, killed, stopped, left = sum(len(made[each]) for each in files), *counts
        print(f"{file:28} {size:6,} {sum(counts):6} {equal:6} {killed:7} {stopped:8} {left:9}")
    print(f"{took}\n")
    for each in found:
        if each.how == "survived":
            print(f"survived, line {each.mutant.line}: {each.mutant.name}")
    others = [each.how != "survived" for each in found if each.how != "equal"]
    return 0 if sum(others) * 10 >= NOTICED_OF_10 * len(others) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
