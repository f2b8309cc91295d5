"""The runner of a Dask cluster, or of processes of this machine."""

from __future__ import annotations

import contextlib
import gc
import logging
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any, Final

from pbr.runners.model import SILENT, R, Runner, T, given_up, load, stopped, unreachable
from pbr.runners.same import Same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

CONNECT_SECONDS: Final = 10
"""How long an address is tried before it is said to be of nobody."""


class DaskRunner(Runner):
    """Gives each item to a worker of Dask, one thread for each.

    A worker that is lost is replaced, and what it had is run again, by Dask: as often as its setting
    ``distributed.scheduler.allowed-failures`` says (3 times unless set).
    """

    def __init__(self, scheduler: str | None = None) -> None:
        """Connect to a scheduler, or start workers on this machine.

        Args:
            scheduler: Address of the scheduler, such as ``tcp://HOST:8786``; none starts one process for each
                processor.

        Raises:
            EvaluationError: PBR406, Dask is not installed; PBR407, no scheduler answers at the address.
        """
        distributed = load("distributed", "dask")
        with contextlib.ExitStack() as stack:
            stack.enter_context(distributed.utils.silence_logging_cmgr(logging.CRITICAL))
            address = scheduler or stack.enter_context(_own_cluster(distributed))
            try:
                with _nothing_thrown_away():
                    self._client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
            except OSError as error:
                raise unreachable(str(scheduler), SILENT) from error
            except ValueError as error:
                raise unreachable(str(scheduler), "it is no address of Dask, such as tcp://HOST:8786") from error
            stack.callback(self._client.close)
            self._open = stack.pop_all()

    def map(self, task: Callable[[T], R], items: Sequence[T]) -> Iterator[tuple[int, R]]:
        """Run the task on the items, as many at once as there are workers, and give what is ready first."""
        import distributed

        if not items:
            return
        futures = self._client.map(Same(task), list(items), key="pbr", pure=False)
        left = {future.key: (place, future) for place, future in enumerate(futures)}
        try:
            for future in distributed.as_completed(futures, loop=self._client.loop):
                yield left[future.key][0], _answer(future)
                left.pop(future.key)[1].release()
        finally:
            for _, future in left.values():
                future.release()  # what nobody waits for is not begun

    @property
    def address(self) -> str:
        """Where the scheduler is, for others who would use it."""
        return str(self._client.scheduler_info()["address"])

    def close(self) -> None:
        """Leave the cluster, and end it if it is our own."""
        self._open.close()


@contextlib.contextmanager
def _nothing_thrown_away() -> Iterator[None]:
    """Throw away now what has failed before, and nothing meanwhile.

    A client that could not connect ends its event loop when it is thrown away. Done by the thread that the next
    client starts, that waits for a lock which the next holds until the thread has begun: for ten seconds, and then it
    fails.
    """
    gc.collect()
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _own_cluster(distributed: Any) -> Any:  # noqa: ANN401  # without types of its own
    """One process of one thread for each processor; polars has one thread in each, and nothing is printed."""
    return distributed.LocalCluster(
        threads_per_worker=1,
        processes=True,
        scheduler_kwargs={"dashboard": False},
        dashboard_address="127.0.0.1:0",  # what answers there without a dashboard: any port, of this machine only
        silence_logs=logging.CRITICAL,
        env={"POLARS_MAX_THREADS": "1"},
    )


def _answer(future: Any) -> Any:  # noqa: ANN401  # what the task gives
    """What a task gave; what it raised is raised."""
    import distributed

    try:
        return future.result()
    except distributed.KilledWorker as error:
        raise given_up("distributed.scheduler.allowed-failures") from error
    except CancelledError as error:
        raise stopped("PBR407", "the scheduler was lost while it was at work") from error
