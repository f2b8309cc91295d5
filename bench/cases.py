"""The cases of the benchmark: which engines run one, on which data, and what they must agree on.

Hand-written queries and generators are read from the folder that PBR_SHARED names (default ``../shared``).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen
from reference import contract_text, write_return

if TYPE_CHECKING:
    from collections.abc import Callable

HERE: Final = Path(__file__).parent.resolve()
SHARED: Final = Path(os.environ.get("PBR_SHARED", "../shared")).resolve() / "bench"
OURS: Final = "pbr"


@frozen(kw_only=True)
class Command:
    """How an engine is run once: the arguments of Python, and the folder to run in."""

    arguments: tuple[str, ...]
    folder: Path | None = None


@frozen(kw_only=True)
class Case:
    """A contract on a return, ours first and then by hand.

    Attributes:
        engines: What runs each, in the order in which they take turns.
        right: What a million people come to; the names are those on which all engines agree for any number.
        stages: What is put beside the whole of a query by hand, in words.
    """

    engines: dict[str, Command] = field()
    right: dict[str, Any]
    stages: str


def _ours(name: str, *arguments: object) -> Command:
    return Command(arguments=(str(HERE / f"{name}.py"), *map(str, arguments)))


def _by_hand(script: str, data: Path, *arguments: str) -> Command:
    return Command(arguments=(script, str(data), *arguments), folder=SHARED / "rules_as_code")


def _rows(people: int) -> Path:
    """The data of the neutral rate card, made once."""
    data = HERE / "data" / str(people)
    if not (data / "persons_wide.parquet").exists():
        data.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "gen.py", str(people), str(data)]
        subprocess.run(command, cwd=SHARED / "rules_as_code", check=True)
    return data


def _events(people: int) -> Path:
    """The data of the reference contract, made once, and the contract for as many people."""
    data = HERE / "data" / "reference"
    folder = data / str(people)
    if not (folder / "returned").exists():
        setting = os.environ | {"PBR_BENCH_DATA": str(data)}
        command = [sys.executable, "gen.py", str(people)]
        subprocess.run(command, cwd=SHARED / "reference", env=setting, check=True)
        write_return(folder)
    (folder / "contract.yaml").write_text(contract_text(people), encoding="utf-8")
    return folder


def wide(people: int) -> Case:
    """A row for each person."""
    data = _rows(people)
    ours = _ours("wide", HERE / "wide.yaml", "persons", data / "persons_wide.parquet", "2028-06-30")
    return Case(
        engines={OURS: ours, "by hand": _by_hand("bench_polars.py", data, "int", "file")},
        right={"gross_pence": 94_498_793_317, "paid_pence": 90_000_000_000, "n_paid": 673_053},
        stages="evaluate and entitle",
    )


def ledger(people: int) -> Case:
    """A row for each event, every one with a use."""
    data = _rows(people)
    return Case(
        engines={
            OURS: _ours("ledger", HERE / "ledger.yaml", data, "2029-12-31"),
            "by hand": _by_hand("ledger_polars.py", data, "file"),
        },
        right={
            "paid_pence": 71_868_886_309,
            "status": {
                "before_start": 136_185,
                "duplicate": 73_894,
                "late": 571_505,
                "outside_term": 166_663,
                "paid": 740_666,
                "person_cap": 24_651,
                "under_age": 148_015,
                "year_cap": 237_506,
            },
        },
        stages="evaluate, entitle, uses",
    )


def reference(people: int) -> Case:
    """Ten events for each person, six outcomes and three levels of caps; all of it held at once."""
    return _reference(people)


def parts(people: int) -> Case:
    """The same in parts of as many people as a file of the generator has, as the two-phase query has them."""
    return _reference(people, str(-(-people // PEOPLE_A_FILE)))


PEOPLE_A_FILE: Final = 125_000


def _reference(people: int, *parts: str) -> Case:
    folder = _events(people)
    engines = {OURS: _ours("reference", folder / "contract.yaml", folder, *parts)}
    for engine in ("polars", "two-phase", "duckdb"):
        engines[engine] = _ours("by_hand", engine, people, folder.parent)
    return Case(
        engines=engines,
        right={
            "paid_pence": 75_000_000_000,
            "n_lines": 1_482_851,
            "by_outcome": {
                "1": 16_164_731_193,
                "2": 25_043_586_232,
                "3": 13_051_824_869,
                "4": 3_319_051_025,
                "5": 14_132_113_745,
                "6": 3_288_692_936,
            },
        },
        stages="evaluate and entitle",
    )


CASES: Final[dict[str, Callable[[int], Case]]] = {
    "wide": wide,
    "ledger": ledger,
    "reference": reference,
    "parts": parts,
}


def small_return(people: int) -> Path:
    """The folder of a few people's reference contract, with a return for the command line: a file for each table."""
    folder = _events(people)
    (folder / "return").mkdir(exist_ok=True)
    for table, source in (("participants", "returned"), ("events", "events")):
        (part,) = (folder / source).glob("*.parquet")
        shutil.copyfile(part, folder / "return" / f"{table}.parquet")
    return folder
