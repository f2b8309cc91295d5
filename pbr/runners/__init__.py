"""Who does the work: this process, a Dask cluster or a Spark cluster, behind one interface.

The work of a large return is cut into parts, one for each partition of its people. A runner is given a task and the
parts, and gives one answer for each part. It knows nothing of contracts, returns or money.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pbr.problem import EvaluationError, Problem, did_you_mean
from pbr.runners.local import LocalRunner
from pbr.runners.model import Runner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["RUNNERS", "LocalRunner", "Runner", "make_runner"]


def _dask(scheduler: str | None) -> Runner:
    from pbr.runners.dask import DaskRunner

    return DaskRunner(scheduler)


def _spark(scheduler: str | None) -> Runner:
    from pbr.runners.spark import SparkRunner

    return SparkRunner(scheduler)


_CLUSTERS: Final[Mapping[str, Callable[[str | None], Runner]]] = {"dask": _dask, "spark": _spark}
RUNNERS: Final = ("local", *_CLUSTERS)
"""The names of the runners; the first is the one that needs nothing else."""


def make_runner(name: str, scheduler: str | None = None) -> Runner:
    """The runner of a name, ready for work.

    Args:
        name: One of ``RUNNERS``.
        scheduler: Address of a cluster that runs already: ``tcp://HOST:8786`` for dask, ``spark://HOST:7077`` or
            another master URL for spark. Without it dask and spark use the processors of this machine.

    Returns:
        A runner that is to be closed, or used as a context manager.

    Raises:
        EvaluationError: PBR406, a package that the runner stands on is not installed; PBR407, the scheduler cannot be
            reached; PBR408, there is no runner of the name, or it has no scheduler.

    Example:
        >>> with make_runner("local") as runner:
        ...     dict(runner.map(abs, [-3, 4]))
        {0: 3, 1: 4}
    """
    if name == "local" and scheduler is None:
        return LocalRunner()
    if name == "local":
        message = f"the runner local works in this process and has no scheduler: name {' or '.join(_CLUSTERS)}"
        raise EvaluationError([Problem(code="PBR408", message=message)])
    if name not in _CLUSTERS:
        message = f"there is no runner {name!r}{did_you_mean(name, RUNNERS)}"
        raise EvaluationError([Problem(code="PBR408", message=message)])
    return _CLUSTERS[name](scheduler)
