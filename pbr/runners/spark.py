"""The runner of a Spark cluster, or of Spark on this machine."""

from __future__ import annotations

import itertools
import pickle
import signal
import socket
import subprocess
import sys
import threading
import traceback
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final

from pbr.runners.model import SILENT, R, Runner, T, given_up, load, stopped, unreachable
from pbr.runners.same import Same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TRIES: Final = 4
"""How often Spark on this machine tries a part, which is what a cluster does unless told otherwise."""
LOCAL: Final = f"local[*,{TRIES}]"
CONNECT_SECONDS: Final = 10
"""How long an address is tried before it is said to be of nobody."""
MASTERS: Final = ("local", "spark://", "k8s://", "yarn")
"""How a master URL begins."""
NO_MASTER: Final = "it is no master URL, such as spark://HOST:7077, k8s://URL, yarn or local[4]"
_SETTINGS: Final = {
    "spark.app.name": "pbr",
    "spark.ui.enabled": "false",
    "spark.log.level": "OFF",
    "spark.executorEnv.POLARS_MAX_THREADS": "1",
}
_THIS_MACHINE: Final = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",  # half the time to start
}
_COLUMNS: Final = "place long, answer binary"
_GROUPS: Final = itertools.count()


class SparkRunner(Runner):
    """Gives each item to a task of Spark, and waits for all of them.

    A task that is lost is tried again by Spark, as often as ``spark.task.maxFailures`` says (4 times unless set). What
    the work itself raises is an answer like any other, so that Spark does not try it again.
    """

    def __init__(self, scheduler: str | None = None) -> None:
        """Start a session, or use the one that this process has.

        Args:
            scheduler: Master URL, such as ``spark://HOST:7077``; none uses every processor of this machine.

        Raises:
            EvaluationError: PBR406, Spark, pandas, pyarrow or a Java runtime is not installed; PBR407, the cluster
                cannot be reached; PBR408, this process has a session of another cluster.
        """
        for package in ("pyspark", "pandas", "pyarrow"):
            load(package, "spark")
        from pyspark import SparkContext
        from pyspark.sql import SparkSession

        self._gateway: Any = None
        self._session: Any = None
        context = SparkContext._active_spark_context  # noqa: SLF001  # what is public asks for one thread only
        if context is None:
            self._gateway, self._session = _start(scheduler or LOCAL)
        elif scheduler in (None, context.master):
            self._session = SparkSession.builder.getOrCreate()
        else:
            raise stopped("PBR408", f"this process has a session of Spark already, of another master than {scheduler}")

    def map(self, task: Callable[[T], R], items: Sequence[T]) -> Iterator[tuple[int, R]]:
        """Run the task on the items, one partition for each, and give the answers when all of them are there."""
        if not items:
            return
        from py4j.protocol import Py4JError
        from pyspark import cloudpickle
        from pyspark.errors import PySparkException

        shipped = cloudpickle.dumps((Same(task), list(items)))
        places = self._session.range(0, len(items), 1, len(items))
        frame = places.mapInArrow(lambda batches: answers(shipped, batches), _COLUMNS)
        context, group = self._session.sparkContext, f"pbr-{next(_GROUPS)}"
        ready: Future[Sequence[Any]] = Future()
        # an interruption in the middle of a call to Java would be printed, and leave the connection unusable
        thread = threading.Thread(target=_collect, args=(context, group, frame, ready), daemon=True)
        thread.start()
        try:
            rows = ready.result()
        except (PySparkException, Py4JError) as error:
            raise given_up("spark.task.maxFailures") from error
        except BaseException:
            context.cancelJobGroup(group)
            raise
        finally:
            thread.join()
        yield from _read(rows)

    def close(self) -> None:
        """End the session and the Java process, if they are our own."""
        if self._gateway is not None:
            self._session.stop()
            _end(self._gateway)
            self._gateway = None


def _collect(context: Any, group: str, frame: Any, ready: Future[Sequence[Any]]) -> None:  # noqa: ANN401
    """Run a job under the name of a group, and say what it came to."""
    try:
        context.setJobGroup(group, "pbr", interruptOnCancel=True)
        ready.set_result(frame.collect())
    except BaseException as error:  # noqa: BLE001  # it is raised where the answers are wanted
        ready.set_exception(error)


def _start(master: str) -> tuple[Any, Any]:
    """A Java process that prints nothing, and a session in it."""
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    conf = SparkConf().setMaster(master).setAll(list(_SETTINGS.items()))
    if master.startswith("local"):
        conf = conf.setAll(list(_THIS_MACHINE.items()))
    _knock(master)
    try:
        gateway = launch_gateway(conf, {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL})
    except Exception:  # noqa: BLE001  # nothing else can go wrong before there is a Java process
        message = "the Java process of Spark did not start: it needs java 17 or later, on the path or in JAVA_HOME"
        raise stopped("PBR406", message) from None
    at_interrupt = signal.getsignal(signal.SIGINT)
    try:
        context = SparkContext(conf=conf, gateway=gateway)
    except BaseException as error:
        _end(gateway)
        if isinstance(error, Exception):
            raise unreachable(master, f"Spark stopped with {type(error).__name__}") from error
        raise
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, at_interrupt)  # Spark's own would outlive the session
    if context.pythonExec == "python3":  # nobody has said which, and the first on the path need not have pbr
        context.pythonExec = sys.executable
    return gateway, SparkSession(context)


def _knock(master: str) -> None:
    """Say at once what Spark says after a minute or not in words: that nobody listens, or that it is no address."""
    if not master.startswith(MASTERS):
        raise unreachable(master, NO_MASTER)
    if not master.startswith("spark://"):
        return
    why = NO_MASTER
    for address in master.removeprefix("spark://").split(","):
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS).close()
        except OSError:
            why = SILENT
        except ValueError:
            why = NO_MASTER
        else:
            return
    raise unreachable(master, why)


def _end(gateway: Any) -> None:  # noqa: ANN401  # without types of its own
    """End the Java process, and forget it, so that another session starts its own."""
    from pyspark import SparkContext

    gateway.shutdown()
    if gateway.proc is not None:
        gateway.proc.stdin.close()
        gateway.proc.wait()
    SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001  # there is no other way to let go of it


def answers(shipped: bytes, batches: Iterator[Any]) -> Iterator[Any]:
    """Run the work of the places in a partition: what a task of Spark does.

    Args:
        shipped: The task and all the items, pickled.
        batches: Arrow record batches of one Int64 column, the places.

    Yields:
        A record batch for each place: the place, and the answer pickled.
    """
    import pyarrow as pa

    task, items = pickle.loads(shipped)  # noqa: S301  # pickled by our own process
    for batch in batches:
        for place in batch.column(0).to_pylist():
            yield pa.RecordBatch.from_pydict({"place": [place], "answer": [attempt(task, items[place])]})


def attempt(task: Callable[[T], object], item: T) -> bytes:
    """Run a task on an item.

    Returns:
        Pickled: true and what the task gives, or false and what it raised.
    """
    try:
        return pickle.dumps((True, task(item)))
    except Exception as error:  # noqa: BLE001  # whatever it is, it is an answer
        error.add_note("in a worker of Spark:\n" + "".join(traceback.format_tb(error.__traceback__)))
        return failed(error)


def failed(error: Exception) -> bytes:
    """The answer of a task that failed; an error that cannot be pickled and made again is named."""
    try:
        answer = pickle.dumps((False, error))
        pickle.loads(answer)  # noqa: S301  # pickled here
    except Exception:  # noqa: BLE001  # whatever it is, it is not of the work
        return pickle.dumps((False, RuntimeError(f"{type(error).__name__} in a worker")))
    return answer


def _read(rows: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    """The places and the answers; what was raised first, by its place, is raised before anything is given."""
    read = {row.place: pickle.loads(row.answer) for row in sorted(rows)}  # noqa: S301  # pickled by our own workers
    for done, answer in read.values():
        if not done:
            raise answer
    yield from ((place, answer) for place, (_, answer) in read.items())
