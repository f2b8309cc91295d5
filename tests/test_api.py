"""The library: its names and signatures, lazy loading, days as text or date, and two runs at once."""

from __future__ import annotations

import datetime as dt
import importlib
import inspect
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import polars as pl
import pytest

import pbr
import pbr.kinds
from pbr.api import Run
from pbr.calendar import Date
from pbr.problem import EvaluationError
from tests import small
from tests.small import EVENTS, PEOPLE, changed

if TYPE_CHECKING:
    from types import ModuleType

    from tests.conftest import Golden

ROOT: Final = Path(__file__).parent.parent


def described(name: str, home: ModuleType = pbr) -> list[str]:
    """Write a public name as lines: a function with its signature, a class with its fields and methods."""
    thing = getattr(home, name)
    if not (inspect.isfunction(thing) or inspect.isclass(thing)):
        return [f"{name}: {type(thing).__name__}"]
    if not thing.__module__.startswith("pbr"):
        return [f"{name} = {thing.__module__}.{thing.__qualname__}"]
    if inspect.isfunction(thing):
        return [f"{name}{inspect.signature(thing)}"]
    bases = ", ".join(base.__name__ for base in thing.__bases__)
    lines = [f"class {name}({bases})"]
    if attrs.has(thing):
        said = inspect.get_annotations(thing)  # as written; the types of fields may have been resolved by a reader
        lines += [
            f"    {field.name}: {said[field.name]}" for field in attrs.fields(thing) if not field.name.startswith("_")
        ]
    for member, value in sorted(vars(thing).items()):
        if member.startswith("_"):
            continue
        if inspect.isfunction(value):
            lines.append(f"    {member}{inspect.signature(value)}")
        elif isinstance(value, property):
            assert value.fget is not None
            lines.append(f"    {member} -> {inspect.signature(value.fget).return_annotation}")
    return lines


def test_the_public_names_are_those_agreed(golden: Golden) -> None:
    """A change of a public name or signature shows in this file, and needs a line in the change log."""
    golden("tests/golden/api.txt", "".join(f"{line}\n" for name in pbr.__all__ for line in described(name)))


def test_the_names_for_authors_of_kinds_are_those_agreed(golden: Golden) -> None:
    """What a kind of a user's own is written with is public too, and each class of it says what it is."""
    lines = [line for name in pbr.kinds.__all__ for line in described(name, pbr.kinds)]
    golden("tests/golden/api_kinds.txt", "".join(f"{line}\n" for line in lines))
    ours = [thing for name in pbr.kinds.__all__ if inspect.isclass(thing := getattr(pbr.kinds, name))]
    assert all(thing.__doc__ for thing in ours if thing.__module__.startswith("pbr"))


def test_every_public_name_has_a_docstring() -> None:
    """Each public function and class, and each of its public methods and properties, says what it is."""
    for name in pbr.__all__:
        thing = getattr(pbr, name)
        assert thing.__doc__, name
        for member, value in vars(thing).items():
            if not member.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                assert value.__doc__, f"{name}.{member}"


def test_public_names_are_sorted_and_all_there() -> None:
    """The list is in order, every name has a home, and another name is an attribute error as for any module."""
    assert list(pbr.__all__) == sorted(pbr.__all__)
    assert set(pbr.__all__) == set(pbr._HOME)  # noqa: SLF001  # the table of homes
    with pytest.raises(AttributeError, match="module 'pbr' has no attribute 'evalute'"):
        pbr.evalute  # noqa: B018  # looked up only


def test_a_name_is_loaded_when_it_is_first_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first look finds the name in its home and keeps it."""
    monkeypatch.delitem(vars(pbr), "Problem", raising=False)
    found = pbr.Problem
    assert found is importlib.import_module("pbr.problem").Problem
    assert vars(pbr)["Problem"] is found


def test_importing_the_library_loads_almost_nothing() -> None:
    """`import pbr` loads none of its own modules and none of the packages it stands on."""
    script = "import sys, pbr; print(*sorted(name for name in sys.modules if name.partition('.')[0] in sys.argv[1:]))"
    heavy = ("pbr", "polars", "pendulum", "ruamel", "cattrs", "attr", "attrs", "lark", "click")
    done = subprocess.run([sys.executable, "-c", script, *heavy], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["pbr"]


def test_reading_a_contract_loads_no_engine() -> None:
    """`pbr.read_contract` reads and checks a whole contract without polars."""
    script = (
        "import sys, pbr; pbr.read_contract('contracts/drug-recovery/contract.yaml'); print('polars' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("as_at", ["2026-05-01", dt.date(2026, 5, 1), Date(2026, 5, 1)])
def test_the_day_may_be_a_date_or_text(as_at: dt.date | str) -> None:
    """Text, a date and a date of pendulum are the same day."""
    result = pbr.run(small.contract_of(), small.frames_of(PEOPLE, EVENTS), as_at)
    assert result.plan.as_at == dt.date(2026, 5, 1)
    assert result.statement.total_minor == 186000
    assert result.arguments == {"as_at": "2026-05-01"}


@pytest.mark.parametrize(
    "as_at", ["", "1 May 2026", "2026-02-30", "2026-05-01T00:00", "1850-01-01", dt.date(1850, 1, 1)]
)
def test_a_day_that_is_none_is_refused(as_at: dt.date | str) -> None:
    """What is not a day between 1900 and 2199 stops the run before anything is read."""
    with pytest.raises(EvaluationError) as caught:
        pbr.run(small.contract_of(), {}, as_at)
    assert [problem.code for problem in caught.value.problems] == ["PBR402"]


def test_a_run_takes_paths_contracts_frames_and_lazy_frames(tmp_path: Path) -> None:
    """The contract may be a path or read before; the return a folder, or a map of frames, lazy frames and paths."""
    path = tmp_path / "contract.yaml"
    path.write_text(small.TEXT)
    frames = small.frames_of(PEOPLE, EVENTS)
    frames["people"].write_csv(tmp_path / "people.csv")
    frames["events"].write_parquet(tmp_path / "events.parquet")
    sources = [
        tmp_path,
        str(tmp_path),
        frames,
        {name: frame.lazy() for name, frame in frames.items()},
        {"people": tmp_path / "people.csv", "events": frames["events"]},
    ]
    wanted = small.run().statement.lines()
    for source in sources:
        assert pbr.run(path, source, small.LATE).statement.lines().equals(wanted)  # type: ignore[arg-type]
    assert pbr.run(pbr.read_contract(path), tmp_path, small.LATE).statement.lines().equals(wanted)


def test_a_run_in_one_call_is_its_stages_one_by_one() -> None:
    """Plan, evidence, decisions, entitlement and statement, called in turn, give the same."""
    plan = pbr.make_plan(small.contract_of(), small.LATE)
    evidence = pbr.read_evidence(plan, small.frames_of(PEOPLE, EVENTS))
    decisions = pbr.evaluate(plan, evidence)
    entitlement = pbr.entitle(plan, decisions)
    statement = pbr.make_statement(entitlement)
    whole = small.run()
    assert isinstance(whole, Run)
    assert decisions.rows().equals(whole.decisions.rows())
    assert statement.lines().equals(whole.statement.lines())
    assert entitlement.total_minor == whole.statement.total_minor == statement.total_minor


def test_two_threads_on_two_contracts_give_the_same_bytes(tmp_path: Path) -> None:
    """Many runs at once, of two contracts on two returns, write what each writes alone."""
    texts = [small.TEXT, changed(("5/6", "2/3"), ("at_most: 1200.00", "at_most: 900.00"), ("12 weeks", "9 weeks"))]
    people = [
        PEOPLE[place % 2] | {"person": f"P{place:03}", "began": str(dt.date(2025, 4, 1) + dt.timedelta(days=place))}
        for place in range(300)
    ]
    events = [
        EVENTS[0] | {"person": row["person"], "on": str(dt.date.fromisoformat(row["began"]) + dt.timedelta(days=60))}
        for row in people
    ]

    def written(which: int, folder: Path) -> dict[str, bytes]:
        """Evaluate one of the contracts into a folder, and give its bytes."""
        rows = people if which else people[::2]
        out = small.run(texts[which], people=rows, events=events).write(folder / "out")
        return {path.name: path.read_bytes() for path in out.iterdir()}

    alone = [written(which, tmp_path / f"alone{which}") for which in (0, 1)]
    assert alone[0] != alone[1]
    with ThreadPoolExecutor(max_workers=2) as pool:
        folders = [tmp_path / f"thread{number}" for number in range(8)]
        found = list(pool.map(written, [0, 1] * 4, folders))
    assert found == alone * 4


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The library says nothing on stdout or stderr."""
    small.run(events=[*EVENTS, EVENTS[0] | {"kind": "nap"}]).write(tmp_path / "out")
    assert capsys.readouterr() == ("", "")


def test_the_sum_of_lines_is_every_total() -> None:
    """Lines add up to the statement, the entitlement and the summary."""
    result = small.run()
    lines = result.statement.lines()
    summary = result.summary()
    assert lines["amount_minor"].sum() == result.statement.total_minor == summary["paid_minor"].sum()
    by_provider = dict(lines.group_by("provider").agg(pl.col("amount_minor").sum()).rows())
    assert dict(summary.group_by("provider").agg(pl.col("paid_minor").sum()).rows()) == by_provider
