"""Runs in parts: every file is the same to the byte as of a run that is held whole, whatever the parts."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pytest
from attrs import define, field, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pbr
from pbr.cases.read import case_files, read_cases
from pbr.cases.run import case_frames
from pbr.cli import run as command
from pbr.runners import LocalRunner
from pbr.spread.run import RunInParts, evaluate_in_parts
from tests.laws import worlds
from tests.laws.anything import as_sent
from tests.laws.worlds import checked
from tests.strategies import Scenario, scenarios

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")
R = TypeVar("R")
ROOT: Final = Path(__file__).parent.parent
LIBRARY: Final = sorted(path.parent.name for path in (ROOT / "contracts").glob("*/contract.yaml"))
DRUGS: Final = ROOT / "contracts" / "drug-recovery"
RETURN: Final = ROOT / "examples" / "drug-recovery" / "return"
AS_AT: Final = "2027-12-31"


@frozen
class Shuffled(LocalRunner):
    """A runner that works on the parts in any order, and on some of them twice."""

    seed: int

    def map(self, task: Callable[[T], R], items: Sequence[T]) -> Iterator[tuple[int, R]]:
        """Run the task on every item, and give each answer once."""
        draw = random.Random(self.seed)  # noqa: S311  # a seeded order
        places = list(range(len(items)))
        draw.shuffle(places)
        for place in places:
            if draw.random() < 0.3:
                task(items[place])
            yield place, task(items[place])


def written(folder: Path) -> dict[str, bytes]:
    """Give the bytes of every file of a run."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("name", LIBRARY)
def test_a_contract_of_the_library_gives_the_same_bytes_in_parts(name: str, tmp_path: Path) -> None:
    """Its case with the most rows, in three parts that are worked on in another order, and some twice."""
    contract = pbr.read_contract(ROOT / "contracts" / name)
    cases = read_cases(contract, case_files(contract.file))
    case = max(cases, key=lambda each: sum(map(len, each.terms.tables.values())))
    rows, as_at = case_frames(contract.terms, case), case.terms.as_at
    whole = pbr.run(contract, rows, as_at)
    parts = pbr.run_in_parts(contract, rows, as_at, work=tmp_path / "work", partitions=3, runner=Shuffled(len(name)))
    assert written(parts.write(tmp_path / "parts")) == written(whole.write(tmp_path / "whole"))
    assert parts.total_minor == whole.total_minor
    for said in ("summary", "outcomes", "targets", "cohort", "use_counts"):
        assert getattr(parts, said)().equals(getattr(whole, said)()), said


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenario=scenarios(), partitions=st.integers(1, 7), seed=st.integers(0, 999))
def test_any_contract_gives_the_same_bytes_in_any_number_of_parts(
    tmp_path_factory: pytest.TempPathFactory, scenario: Scenario, partitions: int, seed: int
) -> None:
    """Contracts, returns and parts as they are drawn: more parts than people too, in any order, some twice."""
    terms, rows, as_at = scenario
    contract, sent, folder = checked(terms), as_sent(terms, rows), tmp_path_factory.mktemp("parts")
    whole = pbr.run(contract, sent, as_at)
    parts = pbr.run_in_parts(contract, sent, as_at, work=folder, partitions=partitions, runner=Shuffled(seed))
    assert written(parts.write(folder / "b")) == written(whole.write(folder / "a"))


def test_sixty_four_parts_give_the_same_bytes(tmp_path: Path) -> None:
    """A hundred people in as many parts as the law asks for, with rows shuffled."""
    contract, rows = checked(worlds.contract()), worlds.frames(worlds.returns(7, people=100))
    whole = pbr.run(contract, rows, worlds.AS_AT)
    sent = {name: frame.sample(fraction=1, shuffle=True, seed=7) for name, frame in rows.items()}
    parts = pbr.run_in_parts(contract, sent, worlds.AS_AT, work=tmp_path / "work", partitions=64, runner=Shuffled(64))
    found, right = written(parts.write(tmp_path / "b")), written(whole.write(tmp_path / "a"))
    same = ("statement.csv", "statement.json", "statement.parquet", "decisions.csv", "decisions.parquet", "cohort.csv")
    assert {name: found[name] for name in same} == {name: right[name] for name in same}


@pytest.mark.parametrize(
    "options",
    [("--partitions", "7"), ("--memory-limit", "64MB"), ("--runner", "local", "--partitions", "2", "--work", "here")],
)
def test_the_command_writes_the_same_in_parts(
    options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files, what is printed and exit code are those of a run without options, and no file of a part is left."""
    monkeypatch.chdir(tmp_path)
    asked = ["evaluate", str(DRUGS), "--data", str(RETURN), "--as-at", AS_AT, "--out"]
    code = command([*asked, "out"])
    said = capsys.readouterr()
    before = written(tmp_path / "out")
    assert command([*asked, "out", *options]) == code
    assert capsys.readouterr() == said
    assert written(tmp_path / "out") == before
    assert not list((tmp_path / "here").glob("*"))


@define
class Told:
    """What a run says of how far it is: of each question its stage, how many parts there are, and how many are done."""

    asked: list[tuple[str, int, int]] = field(factory=list)

    def stage(self, name: str, parts: int = 1) -> None:
        """Note that a question begins."""
        self.asked.append((name, parts, 0))

    def step(self, rows: int = 0) -> None:
        """Note that a part is done."""
        del rows
        name, parts, done = self.asked[-1]
        self.asked[-1] = name, parts, done + 1


def test_progress_goes_through_the_parts_once_for_each_question(tmp_path: Path) -> None:
    """No more parts are said to be done than there are, however often all of them are asked."""
    told, rows = Told(), worlds.frames(worlds.returns(3))
    pbr.run_in_parts(
        checked(worlds.contract()), rows, worlds.AS_AT, work=tmp_path / "work", partitions=3, progress=told
    )
    assert told.asked[0] == ("reading", 1, 1)
    assert {(parts, done) for _, parts, done in told.asked[1:]} == {(3, 3)}
    stages = [name for name, _, _ in told.asked]
    assert list(dict.fromkeys(stages)) == ["reading", "deciding", "paying", "stating"]
    assert stages.count("paying") > 1


def test_a_limit_of_memory_decides_how_many_parts_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A return that fits is held whole, and one that does not is cut into as many parts as its rows ask for."""
    found: list[int] = []

    def noted(*given: Any) -> RunInParts:  # noqa: ANN401  # as it is called
        found.append(given[3])
        return evaluate_in_parts(*given)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pbr.spread.run.evaluate_in_parts", noted)
    asked = ["evaluate", str(DRUGS), "--data", str(RETURN), "--as-at", AS_AT, "--out", "out", "--quiet"]
    assert command([*asked, "--memory-limit", "2GB"]) == 0
    assert found == []
    monkeypatch.setattr("pbr.evidence.split._BYTES_A_ROW", 1_000_000)
    assert command([*asked, "--memory-limit", "2GB"]) == 0
    assert len(found) == 1
    assert found[0] > 1
