"""Which function reproduces which vector, and what is wrong with how it does."""

from __future__ import annotations

import importlib
import json
import os
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from unittest import mock

from attrs import field, frozen

import pbr.decisions
from tests.conftest import ROOT
from tests.vectors.filed import LIBRARY, Filed
from tests.vectors.given import Given, changed, figures, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Function: TypeAlias = "Callable[[Given, Filed], None]"
Vector: TypeAlias = dict[str, Any]

ROOMS: Final = ("people", "programmes", "figures", "facilities", "teachers", "panels")


PAGE: Final = """\
# Published figures, each through a contract

Every vector of published or worked figures that the papers of the schemes name is reproduced through a contract of
the [library](../../contracts/README.md): its inputs go in, and what comes out is compared with what it expects.
`tests/test_vectors.py` runs each. It fails on a vector without a reproduction, on a contract that is not in the
library, and on a figure of the vector that is never read. Then it changes each expected figure by its last digit, one
after another, and fails where nothing is noticed. What a reproduction does not compare has its reason here.

Where a vector has another price, window or band than the scheme's contract, those parts of the contract's text are
changed, and nothing else. "As filed" is the contract of the library without a change.

| vector | contract | what of its text is changed | not compared, and why |
|---|---|---|---|
"""


@frozen(kw_only=True)
class Reproduction:
    """A function of a vector's content, and the contract file it goes through.

    Attributes:
        vector: The id of the vector.
        contract: The folder under contracts/ whose contract is evaluated.
        function: What evaluates and compares.
        changed: The parts of the contract's text that are changed, in words; empty where it is evaluated as filed.
        excused: Paths of figures that are not compared, or parts of the vector, each with the reason.
    """

    vector: str
    contract: str
    function: Function
    changed: str = ""
    excused: Mapping[str, str] = field(factory=dict)


def shared_folder() -> Path | None:
    """Give the folder of shared papers, if there is one."""
    folder = Path(os.environ.get("PBR_SHARED") or ROOT.parent / "shared")
    return folder if folder.is_dir() else None


class Registry:
    """All reproductions, by the vector."""

    def __init__(self) -> None:
        """Begin with none."""
        self.of: dict[str, list[Reproduction]] = {}

    def reproduces(
        self, vector: str, *, contract: str, changed: str = "", excused: Mapping[str, str] | None = None
    ) -> Callable[[Function], Function]:
        """Register a function for a vector; see ``Reproduction``."""

        def register(function: Function) -> Function:
            """Keep the function under the vector's id."""
            one = Reproduction(
                vector=vector, contract=contract, function=function, changed=changed, excused=excused or {}
            )
            self.of.setdefault(vector, []).append(one)
            return function

        return register


REGISTRY: Final = Registry()
reproduces: Final = REGISTRY.reproduces


def registered() -> dict[str, list[Reproduction]]:
    """Give the reproductions of every room."""
    for room in ROOMS:
        importlib.import_module(f"tests.vectors.of_{room}")
    return REGISTRY.of


def vectors_in(folder: Path) -> dict[str, dict[str, Vector]]:
    """Read each file of vectors: the vectors in it by their ids."""
    found = {}
    for path in sorted((folder / "vectors").glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        found[path.stem] = {case["id"]: case for case in content.get("cases", [content])}
    return found


def names_in(schemes: str) -> list[str]:
    """List the names and patterns in the last column of the table of schemes."""
    rows = [re.split(r"\s*\|\s*", line.strip().strip("|").strip()) for line in schemes.splitlines() if line[:1] == "|"]
    return [name.strip() for row in rows[2:] for name in row[-1].split(",")]


def to_reproduce(folder: Path) -> dict[str, Vector]:
    """Give the vectors that the schemes name, by their ids."""
    files = vectors_in(folder)
    found: dict[str, Vector] = {}
    for name in names_in((folder / "SCHEMES.md").read_text(encoding="utf-8")):
        named = [vectors for file, vectors in files.items() if fnmatchcase(file, name)]
        assert named, f"SCHEMES.md names vectors {name}, and no file has that name"
        for vectors in named:
            found |= vectors
    return found


def faults_of(vector: Vector, reproductions: Iterable[Reproduction]) -> list[str]:
    """Say what is wrong with how a vector is reproduced.

    Each function is run on the vector, and then on the vector with each expected figure changed, where it has to fail.

    Returns:
        One sentence for each fault; empty if every figure is read, and every expected one compared.
    """
    reproductions = list(reproductions)
    name = vector["id"]
    wanted = {written(path) for path in figures(vector)}
    expects = {path for path in wanted if path.startswith("expected.")}
    if not reproductions:
        missing = f'write a function in tests/vectors/ under @reproduces("{name}", contract="...")'
        return [f"{name}: no contract file reproduces it; {missing} that compares {', '.join(sorted(expects))}"]
    faults = []
    read: set[str] = set()
    compared: set[str] = set()
    expected = [path for path in figures(vector) if path[0] == "expected"]
    for one in reproductions:
        given, filed = Given(vector), Filed(one.contract)
        faults += _tried(one, given, filed)
        read |= {written(path) for path in given.seen}
        compared |= {written(path) for path in expected if _notices(one, changed(vector, path), filed)}
    excused = {path: why for one in reproductions for path, why in one.excused.items()}
    for path in sorted(wanted - _under(wanted, excused)):
        if path not in read:
            faults.append(f"{name}: {path} is never read")
        elif path in expects - compared:
            faults.append(f"{name}: {path} may be another figure, and nothing is noticed")
    for path in sorted(excused):
        mine = _under(wanted, [path])
        if not mine or mine <= (read - expects) | compared:
            faults.append(f"{name}: {path} is excused, and needs no excuse")
    return faults


def _under(paths: set[str], excused: Iterable[str]) -> set[str]:
    """Give the paths that an excuse names or holds."""
    return {path for path in paths for each in excused if path == each or path.startswith(f"{each}.")}


def _tried(one: Reproduction, given: Given, filed: Filed) -> list[str]:
    """Run a reproduction on its vector; say what it should have done with a contract file and did not."""
    where = f"{one.vector} by {one.function.__name__}"
    if not (LIBRARY / one.contract / "contract.yaml").is_file():
        return [f"{where}: there is no contract file of {one.contract}"]
    evaluate, elsewhere = pbr.decisions.evaluate, []

    def watched(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401  # whatever the engine takes and gives
        """Note an evaluation that is not of the contract file."""
        if not filed.at_work:
            elsewhere.append(arguments)
        return evaluate(*arguments, **named)

    with mock.patch.object(pbr.decisions, "evaluate", watched):
        one.function(given, filed)
    faults = []
    if not filed.used:
        faults.append(f"{where}: the contract file of {one.contract} is never evaluated")
    elif any(filed.used) and not one.changed:
        faults.append(f"{where}: changes parts of {one.contract}, and does not say which: `changed` is empty")
    elif one.changed and not any(filed.used):
        faults.append(f"{where}: changes no part of {one.contract}, and `changed` says: {one.changed}")
    if elsewhere:
        faults.append(f"{where}: evaluates a contract that is no file of the library")
    if not given.seen:
        faults.append(f"{where}: reads nothing of the vector")
    return faults


def _notices(one: Reproduction, vector: Vector, filed: Filed) -> bool:
    """Say whether a reproduction fails on a vector with another figure."""
    try:
        one.function(Given(vector), filed)
    except Exception:  # noqa: BLE001  # whatever fails has noticed
        return True
    return False


def page(reproductions: Mapping[str, Iterable[Reproduction]]) -> str:
    """Write the table of vectors: the contract of each, what of its text is changed, and what is not compared."""
    rows = []
    for name in sorted(reproductions):
        for one in sorted(reproductions[name], key=lambda each: (each.contract, each.changed)):
            link = f"[{one.contract}](../../contracts/{one.contract}/README.md)"
            left = "; ".join(f"`{path}`: {why}" for path, why in one.excused.items())
            said = one.changed or "as filed"
            rows.append(f"| {name} | {link} | {said} | {left} |")
    return PAGE + "\n".join(rows) + "\n"
