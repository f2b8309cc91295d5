"""The runner of Spark, on this machine: `make test-spark`, which needs pyspark and a Java runtime."""

from __future__ import annotations

import importlib.util
import os
import pickle
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NoReturn

import pytest

from pbr.problem import EvaluationError
from pbr.runners import make_runner
from pbr.runners.spark import attempt
from tests import parts_tasks as parts
from tests import runners_tasks as tasks
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pbr.runners import Runner

HAS_JAVA = bool(shutil.which("java") or os.environ.get("JAVA_HOME"))
pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(not importlib.util.find_spec("pyspark"), reason="pyspark is not installed: make test-spark"),
    pytest.mark.skipif(not HAS_JAVA, reason="there is no Java runtime: make test-spark says which to install"),
]


@pytest.fixture(scope="module", autouse=True)
def importable() -> Iterator[None]:
    """Let workers import the tasks of the tests, as a module of somebody's own must be importable for them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
        yield


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    """Give Spark with two tasks at once on this machine, each tried up to four times."""
    with make_runner("spark", "local[2,4]") as found:
        yield found


@pytest.mark.parametrize(
    ("master", "why"),
    [
        ("nowhere", "it is no master URL, such as spark://HOST:7077, k8s://URL, yarn or local[4]"),
        ("spark://127.0.0.1:9", "nobody answers there"),
        ("spark://127.0.0.1", "it is no master URL, such as spark://HOST:7077, k8s://URL, yarn or local[4]"),
    ],
)
def test_a_cluster_that_is_not_there_is_said(master: str, why: str) -> None:
    """A master URL that Spark cannot read, and one where nobody listens, are PBR407 at once."""
    with pytest.raises(EvaluationError) as caught:
        make_runner("spark", master)
    assert str(caught.value) == f"PBR407 the scheduler {master} cannot be reached: {why}"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pyspark leaves a pipe open
def test_java_that_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a Java runtime the runner says that it needs one."""
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EvaluationError, match=r"^PBR406 the Java process of Spark did not start: it needs java 17 "):
        make_runner("spark")


def test_one_session_after_another(tmp_path: Path) -> None:
    """A part that always ends its worker is given up with PBR409, and closing ends Java and every worker."""
    with make_runner("spark", "local[1,2]") as one:
        with pytest.raises(EvaluationError, match=r"^PBR409 .* as spark\.task\.maxFailures allows$"):
            list(one.map(tasks.Dies(tmp_path, times=9), [tasks.ODD]))
        processes = {process for _, (process, _, _) in one.map(tasks.asked, [1])}
        java = tasks.parents(processes)
        assert tasks.alive(processes | java) == processes | java
    assert len(tasks.notes(tmp_path, "died")) == 2
    assert tasks.alive(processes | java) == set()


def test_every_item_has_one_answer(runner: Runner) -> None:
    """Each place has the answer of its item, numbers and frames; no items have no answers."""
    tasks.everything_is_answered(runner)


def test_what_a_task_raises_comes_out(runner: Runner, tmp_path: Path) -> None:
    """An error of ours arrives with its problems, is not tried again, and leaves the runner usable."""
    tasks.what_is_raised_comes_out(runner, tmp_path)


def test_a_failed_attempt_changes_nothing(runner: Runner, tmp_path: Path) -> None:
    """A task whose worker of Spark ends while it works is tried again."""
    tasks.a_lost_worker_changes_nothing(runner, tmp_path)


def test_a_worker_of_other_versions_is_refused(runner: Runner) -> None:
    """Versions that are not those of the process that asks stop the run with code PBR410."""
    tasks.other_versions_are_refused(runner)


def test_a_worker_has_one_thread_of_polars(runner: Runner) -> None:
    """Each task is in a process of its own that uses one thread, however many processors there are."""
    found = [answer for _, answer in runner.map(tasks.asked, [1] * 8)]
    assert {(told, threads) for _, told, threads in found} == {("1", 1)}
    assert os.getpid() not in {process for process, _, _ in found}


def test_a_session_that_is_there_is_used_and_left(runner: Runner) -> None:
    """A runner of another thread shares the session of the process and does not end it; another master is refused."""
    with ThreadPoolExecutor(1) as threads, threads.submit(make_runner, "spark").result() as second:
        assert dict(second.map(tasks.doubled, [3])) == {0: 6}
    assert dict(runner.map(tasks.doubled, [4])) == {0: 8}
    with pytest.raises(EvaluationError, match=r"^PBR408 this process has a session of Spark already, of another"):
        make_runner("spark", "local[1]")


def test_an_interruption_ends_what_runs(runner: Runner, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Ctrl-C comes out while tasks wait and nothing is logged; their workers are ended, and nothing else is begun."""
    busy = tasks.an_interruption_stops_at_once(runner, tmp_path)
    assert caplog.messages == []
    until = time.monotonic() + tasks.MOST_SECONDS / 2
    while tasks.alive(busy) and time.monotonic() < until:
        time.sleep(0.1)
    assert tasks.alive(busy) == set()
    assert len(tasks.notes(tmp_path, "waits")) <= 2
    assert dict(runner.map(tasks.doubled, [3])) == {0: 6}


def test_a_panic_is_named(runner: Runner) -> None:
    """A panic of polars in a worker of Spark comes out, by its name, and leaves the runner usable."""
    tasks.a_panic_is_named(runner)


def test_an_error_that_cannot_be_pickled_is_named() -> None:
    """An error that cannot travel comes back as one that names its kind, and nothing that it says."""

    def fails(_: int) -> NoReturn:
        class LocalError(Exception):
            """Of no module."""

        raise LocalError("P1 heroin")

    done, error = pickle.loads(attempt(fails, 1))  # noqa: S301  # pickled here
    assert (done, repr(error)) == (False, "RuntimeError('LocalError in a worker')")


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Give the files of a run in this process, held whole."""
    return parts.whole_run(tmp_path_factory.mktemp("right") / "out")


def test_tasks_of_spark_change_no_byte(runner: Runner, right: dict[str, bytes], tmp_path: Path) -> None:
    """Parts that tasks of Spark decide, pay and state come to the files of a run in this process."""
    parts.the_same_bytes(runner, right, tmp_path)


@pytest.mark.parametrize("moments", parts.LOSSES, ids=lambda moments: "-".join(moments.values()))
def test_failed_tasks_change_no_byte(
    runner: Runner, right: dict[str, bytes], tmp_path: Path, moments: dict[str, str]
) -> None:
    """A task of Spark that fails in each stage, whenever it does, leaves no trace in what is written."""
    parts.lost_workers_change_no_byte(runner, right, tmp_path, moments)
