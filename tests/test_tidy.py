"""The tree itself: what loads what, what may stand in a file, and what every test must have."""

from __future__ import annotations

import ast
import re
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pbr.cli import COMMANDS
from tests.laws import bite

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parent.parent
MODULES: Final = sorted((ROOT / "pbr").rglob("*.py"))
TESTS: Final = sorted((ROOT / "tests").rglob("test_*.py"))

# Rooms that `pbr check` and `import pbr` never enter, so that they may load polars at once. All the
# others load it inside the function that needs it.
MAY_LOAD_POLARS: Final = {
    "achieved",
    "added",
    "agreed_by",
    "as_json",
    "asked_uses",
    "behind",
    "cases",
    "citations",
    "decisions",
    "entitlement",
    "evidence",
    "explanation",
    "given",
    "group_uses",
    "help_uses",
    "helped",
    "known",
    "output",
    "own_rows",
    "pooled",
    "pots",
    "spread",
    "statement",
    "sums",
    "times",
    "uses",
}
HEAVY: Final = {
    "dask",
    "distributed",
    "duckdb",
    "holidays",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "pyspark",
    "scipy",
}
MOST_LINES: Final = {"pbr": 500, "bench": 500, "examples": 500, "tests": 800}


def named(path: Path) -> str:
    """Name a file from the top of the repository."""
    return path.relative_to(ROOT).as_posix()


def parse(path: Path) -> ast.Module:
    """Read a module as a syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), named(path))


def loaded_at_once(tree: ast.AST) -> Iterator[str]:
    """Name the packages imported as a module is loaded: not in functions, not for types only."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if not node.level:
                yield (node.module or "").partition(".")[0]
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from loaded_at_once(node)


def files_of_the_project() -> list[Path]:
    """List the files that git tracks or would."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in sorted(set(paths)) if path.is_file()]


def heavy_modules_after(*arguments: str) -> set[str]:
    """Run the command in a new interpreter and name the heavy packages that it loaded."""
    return HEAVY & {name.partition(".")[0] for name in modules_after(*arguments)}


def modules_after(*arguments: str) -> set[str]:
    """Run the command in a new interpreter and name the modules that it loaded."""
    script = (
        "import sys\n"
        "arguments = sys.argv[1:]\n"
        "import pbr\n"
        "if arguments:\n"
        "    from pbr.cli import main\n"
        "    sys.argv = ['pbr', *arguments]\n"
        "    try:\n"
        "        main()\n"
        "    except SystemExit as stop:\n"
        "        assert not stop.code, stop.code\n"
        "print('\\nloaded', *sys.modules)\n"
    )
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("path", TESTS, ids=named)
def test_every_test_says_what_it_shows(path: Path) -> None:
    """Each test function has a docstring that ends as a sentence does."""
    silent = [
        f"{named(path)}:{node.lineno} {node.name}"
        for node in ast.walk(parse(path))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and not (ast.get_docstring(node) or "").endswith(".")
    ]
    assert silent == []


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_heavy_packages_are_loaded_only_where_they_are_needed(path: Path) -> None:
    """A module that `pbr check` may load has no heavy import outside its functions."""
    room = path.relative_to(ROOT / "pbr").parts[0].removesuffix(".py")
    allowed = {"polars"} if room in MAY_LOAD_POLARS else set[str]()
    assert set(loaded_at_once(parse(path))) & HEAVY <= allowed


def test_import_pbr_loads_nothing_heavy() -> None:
    """`import pbr` loads no polars."""
    assert heavy_modules_after() == set()


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)], ids=" ".join)
def test_help_loads_nothing_heavy(command: list[str]) -> None:
    """`pbr --help` loads no polars, and neither does the help of any command."""
    assert heavy_modules_after(*command, "--help") == set()


@pytest.mark.parametrize("words", [["rule", "PBR104"], ["rule", "--all"], ["init", "--list"]], ids=" ".join)
def test_what_is_looked_up_loads_nothing_heavy(words: list[str]) -> None:
    """The meaning of codes and the list of contracts to begin from are printed without loading polars."""
    assert heavy_modules_after(*words) == set()


def test_check_loads_nothing_heavy() -> None:
    """`pbr check` reads and checks a whole contract without loading polars."""
    assert heavy_modules_after("check", "contracts/drug-recovery/contract.yaml") == set()


def test_init_and_schema_load_nothing_heavy(tmp_path: Path) -> None:
    """`pbr schema` and `pbr init` make their files without loading polars, the case and the library's included."""
    assert heavy_modules_after("schema") == set()
    assert heavy_modules_after("schema", "case") == set()
    assert heavy_modules_after("init", str(tmp_path / "blank")) == set()
    assert heavy_modules_after("init", str(tmp_path / "library"), "--from", "drug-recovery") == set()


def test_an_evaluation_loads_only_what_it_needs(tmp_path: Path) -> None:
    """A contract without an agreement loads nothing that counts ballots, and bank holidays come from one country."""
    given = ["contracts/drug-recovery", "--data", "examples/drug-recovery/return", "--as-at", "2027-12-31"]
    loaded = modules_after("evaluate", *given, "--out", str(tmp_path / "out"), "--quiet")
    assert {name for name in loaded if name.startswith("holidays.countries")} == {"holidays.countries.united_kingdom"}
    assert {name for name in loaded if name.startswith(("pbr.agreement", "pbr.prose", "pbr.explanation"))} == set()
    assert {name.partition(".")[0] for name in loaded} & HEAVY == {"holidays", "polars"}


def test_help_is_quick() -> None:
    """`pbr --help` takes under 0.2 seconds of the processor, at the best of five tries."""
    taken = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-c", "from pbr.cli import main; main()", "--help"]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(taken) < 0.2


@pytest.mark.parametrize("folder", ["pbr", "tests", "bench", "examples"])
def test_no_module_is_too_long(folder: str) -> None:
    """A module this long holds two rooms; 400 lines is the aim."""
    lengths = {
        named(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in sorted((ROOT / folder).rglob("*.py"))
    }
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES[folder]} == {}


def test_no_file_names_one_machine_or_a_registry() -> None:
    """No file of the project holds a path of one machine or the address of a package registry."""
    unwanted = re.compile(
        rb"""(^|["' =(`])/(work|root|farm|home|tmp|usr/local)/"""
        rb"|--(?:extra-)?index[-]url|--find[-]links"
        rb"|pypi[.]org|python[h]osted|registry[.]npmjs",
        re.MULTILINE,
    )
    found = [
        f"{named(path)}:{number}"
        for path in files_of_the_project()
        if path.suffix != ".parquet"
        for number, line in enumerate(path.read_bytes().splitlines(), start=1)
        if unwanted.search(line)
    ]
    assert found == []


def test_every_pin_has_a_hash() -> None:
    """Each package in the pins has one exact version and at least one hash."""
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        pins = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
        loose = [pin for pin in pins if not re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", pin)]
        assert loose == []


def test_every_set_of_pins_holds_the_core_and_no_other_versions() -> None:
    """What the demo, a worker of Dask and a worker of Spark run on is what the tests ran on."""
    core, dask, dev, spark = (
        dict(re.findall(r"^([\w.-]+)\S*==(\S+)", (ROOT / "requirements" / f"{name}.txt").read_text(), re.MULTILINE))
        for name in ("core", "dask", "dev", "spark")
    )
    assert core
    assert core.items() <= dask.items() <= dev.items()
    assert core.items() <= spark.items()
    assert {name: spark[name] for name in spark.keys() & dev} == {name: dev[name] for name in spark.keys() & dev}


def test_every_law_has_its_damage() -> None:
    """Each law with a test has a patch that `make laws-bite` applies, and each patch a law."""
    assert sorted(path.stem for path in bite.DAMAGE.glob("*.patch")) == sorted(bite.laws())


@pytest.mark.parametrize("patch", sorted(bite.DAMAGE.glob("*.patch")), ids=lambda path: path.stem)
def test_each_damage_still_fits_the_code(patch: Path) -> None:
    """A patch whose lines have changed since would show nothing of its law."""
    done = subprocess.run(
        ["git", "apply", "--check", str(patch)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
