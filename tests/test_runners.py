"""Runners of one interface: this process, and processes that Dask keeps."""

from __future__ import annotations

import functools
import gc
import os
import pickle
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

import distributed
import pytest

import pbr.runners.dask
from pbr.problem import AgreementError, EvaluationError, Problem
from pbr.runners import RUNNERS, LocalRunner, Runner, make_runner
from tests import runners_tasks as tasks
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY: Final = "tcp://127.0.0.1:9"
PROCESSORS: Final = "distributed.deploy.local.CPU_COUNT"


@pytest.fixture(scope="module")
def dask() -> Iterator[Runner]:
    """Give two workers on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PROCESSORS, 2)
        runner = make_runner("dask")
    with runner:
        yield runner


@pytest.fixture(params=RUNNERS[:2])
def runner(request: pytest.FixtureRequest) -> Runner:
    """Give each of the two runners."""
    found: Runner = LocalRunner() if request.param == "local" else request.getfixturevalue("dask")
    return found


def test_every_item_has_one_answer(runner: Runner) -> None:
    """Each place has the answer of its item, numbers and frames; no items have no answers."""
    tasks.everything_is_answered(runner)


def test_a_partial_and_an_instance_are_tasks(runner: Runner, tmp_path: Path) -> None:
    """A function with some of its arguments, and a frozen instance, are run like functions."""
    assert dict(runner.map(functools.partial(pow, 2), [3, 4])) == {0: 8, 1: 16}
    assert dict(runner.map(tasks.Dies(tmp_path), [3, 4])) == {0: 6, 1: 8}


def test_what_a_task_raises_comes_out(runner: Runner, tmp_path: Path) -> None:
    """An error of ours arrives with its problems, is not tried again, and leaves the runner usable."""
    tasks.what_is_raised_comes_out(runner, tmp_path)


def test_a_worker_of_other_versions_is_refused(runner: Runner) -> None:
    """Versions that are not those of the process that asks stop the run with code PBR410."""
    tasks.other_versions_are_refused(runner)


def test_local_runs_in_order_when_asked() -> None:
    """The local runner does the items one after another in this process, each when its answer is wanted."""
    done: list[int] = []
    answers = LocalRunner().map(done.append, [5, 6])
    assert next(answers) == (0, None)
    assert done == [5]
    assert list(answers) == [(1, None)]


def test_a_worker_has_one_thread_of_polars(dask: Runner) -> None:
    """Each worker is a process of its own that uses one thread, however many processors there are."""
    found = [answer for _, answer in dask.map(tasks.asked, [1] * 8)]
    assert {(told, threads) for _, told, threads in found} == {("1", 1)}
    processes = {process for process, _, _ in found}
    assert len(processes) == 2
    assert os.getpid() not in processes


def test_a_scheduler_that_runs_is_used(dask: Runner) -> None:
    """A runner that is given an address uses the workers there, and leaves them running."""
    assert isinstance(dask, pbr.runners.dask.DaskRunner)
    with make_runner("dask", dask.address) as other:
        theirs = {process for _, (process, _, _) in other.map(tasks.asked, [1] * 8)}
    ours = {process for _, (process, _, _) in dask.map(tasks.asked, [1] * 8)}
    assert theirs == ours


def test_a_panic_is_named(dask: Runner) -> None:
    """A panic of polars in a worker of Dask comes out, by its name, and leaves the runner usable."""
    tasks.a_panic_is_named(dask)


def test_a_killed_worker_changes_nothing(dask: Runner, tmp_path: Path) -> None:
    """A worker of Dask that ends while it works is replaced, and its item is done by another."""
    tasks.a_lost_worker_changes_nothing(dask, tmp_path)


def test_a_part_that_always_ends_its_worker_is_given_up(dask: Runner, tmp_path: Path) -> None:
    """What has lost its worker as often as Dask allows stops the run with code PBR409, and not for ever."""
    assert isinstance(dask, pbr.runners.dask.DaskRunner)
    with distributed.Client(dask.address, set_as_default=False) as client:
        client.run_on_scheduler(set_allowed_failures, 0)
        with pytest.raises(EvaluationError, match=r"^PBR409 .* as distributed\.scheduler\.allowed-failures allows$"):
            list(dask.map(tasks.Dies(tmp_path, times=9), [tasks.ODD]))
        client.run_on_scheduler(set_allowed_failures, 3)
    assert len(tasks.notes(tmp_path, "died")) == 1


def test_a_scheduler_that_is_lost_is_said(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """A scheduler that ends while it is at work stops the run with code PBR407; nothing is printed."""
    monkeypatch.setattr(pbr.runners.dask, "CONNECT_SECONDS", 2)
    script = (
        "import distributed, time\n"
        "cluster = distributed.LocalCluster(processes=False, n_workers=1, threads_per_worker=1, protocol='tcp://',\n"
        "                                   dashboard_address='127.0.0.1:0')\n"
        "print(cluster.scheduler_address, flush=True)\n"
        f"time.sleep({tasks.MOST_SECONDS})\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True) as scheduler:
        assert scheduler.stdout is not None
        with make_runner("dask", scheduler.stdout.readline().strip()) as runner:
            answers = runner.map(tasks.EndsAnother(scheduler.pid), [1])
            with pytest.raises(EvaluationError, match="PBR407 the scheduler was lost while it was at work"):
                next(answers)
    assert capfd.readouterr() == ("", "")


def set_allowed_failures(number: int, dask_scheduler: distributed.Scheduler) -> None:
    """Set how many workers a part may lose."""
    dask_scheduler.allowed_failures = number


def test_an_interruption_leaves_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C comes out while workers are busy, and closing ends them in seconds; nothing else was begun."""
    monkeypatch.setattr(PROCESSORS, 2)
    with make_runner("dask") as runner:
        ours = {process for _, (process, _, _) in runner.map(tasks.asked, [1] * 8)}
        busy = tasks.an_interruption_stops_at_once(runner, tmp_path)
        began = time.monotonic()
    assert time.monotonic() - began < tasks.MOST_SECONDS / 2
    assert len(tasks.notes(tmp_path, "waits")) <= 2
    assert busy <= ours
    assert tasks.alive(ours) == set()


@pytest.mark.parametrize(
    ("name", "scheduler", "message"),
    [
        ("local", NOBODY, "PBR408 the runner local works in this process and has no scheduler: name dask or spark"),
        ("dusk", None, "PBR408 there is no runner 'dusk'; did you mean 'dask'?"),
        (
            "dask",
            "nowhere",
            "PBR407 the scheduler nowhere cannot be reached: it is no address of Dask, such as tcp://HOST:8786",
        ),
        ("dask", NOBODY, f"PBR407 the scheduler {NOBODY} cannot be reached: nobody answers there"),
    ],
)
def test_a_runner_that_is_not_there_is_said(
    name: str, scheduler: str | None, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name or an address that leads nowhere is one problem of its own code."""
    monkeypatch.setattr(pbr.runners.dask, "CONNECT_SECONDS", 0.5)
    with pytest.raises(EvaluationError) as caught:
        make_runner(name, scheduler)
    assert str(caught.value) == message


def test_no_client_is_thrown_away_while_another_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that could not connect would wait for the other, and the other for it."""
    seen: list[bool] = []

    def connect(address: str, **_: object) -> None:
        seen.append(gc.isenabled())
        raise OSError(address)

    monkeypatch.setattr(distributed, "Client", connect)
    with pytest.raises(EvaluationError, match="PBR407"):
        make_runner("dask", NOBODY)
    assert (seen, gc.isenabled()) == ([False], True)


@pytest.mark.parametrize(("name", "package"), [("dask", "distributed"), ("spark", "pyspark")])
def test_a_missing_extra_is_said(name: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A runner whose package is not installed says what to install."""
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EvaluationError) as caught:
        make_runner(name)
    assert str(caught.value) == (
        f"PBR406 the runner {name} needs {package}, which is not installed: pip install 'pbr[{name}]'"
    )


def test_an_error_is_the_same_after_pickling() -> None:
    """An error of problems comes out of a pickle with its class, problems and words."""
    error = AgreementError(
        [Problem(code="PBR301", message="one", file="a.yaml", line=3), Problem(code="PBR302", message="two")]
    )
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # pickled here
    assert type(again) is AgreementError
    assert again.problems == error.problems
    assert str(again) == str(error)


def test_the_room_loads_nothing_of_a_cluster() -> None:
    """`pbr.runners` and the local runner load neither polars nor a package of a cluster."""
    script = (
        "import sys, pbr.runners; pbr.runners.make_runner('local').close()\n"
        "import pbr.runners.dask, pbr.runners.spark\n"
        "print(*{'polars', 'dask', 'distributed', 'pyspark', 'pyarrow', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout == "\n"
