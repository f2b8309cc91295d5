"""What a runner is, and the words for what can go wrong with every one of them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from pbr.problem import EvaluationError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Self

T = TypeVar("T")
R = TypeVar("R")


class Runner(Protocol):
    """Runs a task on every one of several items, here or elsewhere."""

    def map(self, task: Callable[[T], R], items: Sequence[T]) -> Iterator[tuple[int, R]]:
        """Run the task on every item.

        A task whose worker is lost is run again, and a cluster may run it twice at once: it must come to the same
        whenever it is run. Leaving the iterator early stops what has not been run.

        Args:
            task: A function of a module, a frozen instance with ``__call__``, or a ``functools.partial`` of these.
            items: Small things that can be pickled.

        Yields:
            The place of an item, from 0, and what the task gives for it; each place once, in any order.

        Raises:
            EvaluationError: PBR409, a worker was lost again and again; PBR410, a worker has other versions.
            Exception: What the task raises comes out as it was raised. It is not tried again, and what else was to
                be run is dropped.
        """
        ...

    def close(self) -> None:
        """Stop what still runs and end the processes that the runner started."""
        ...

    def __enter__(self) -> Self:
        """The runner itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the runner."""
        self.close()


def stopped(code: str, message: str) -> EvaluationError:
    """The error of one problem of a runner."""
    return EvaluationError([Problem(code=code, message=message)])


def load(package: str, extra: str) -> Any:  # noqa: ANN401  # a module
    """A package that a runner stands on.

    Args:
        package: Its name where it is imported.
        extra: The extra of pbr that it comes with, which is also the runner's name.

    Returns:
        The module.

    Raises:
        EvaluationError: PBR406, it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ImportError:
        message = f"the runner {extra} needs {package}, which is not installed: pip install 'pbr[{extra}]'"
        raise stopped("PBR406", message) from None


SILENT: Final = "nobody answers there"


def unreachable(scheduler: str, why: str) -> EvaluationError:
    """The error of an address where no scheduler answers."""
    return stopped("PBR407", f"the scheduler {scheduler} cannot be reached: {why}")


def given_up(setting: str) -> EvaluationError:
    """The error of a part that ended or lost its worker as often as a setting of the cluster lets it be tried."""
    message = f"a part of the work lost its worker each time that it was tried, as often as {setting} allows"
    return stopped("PBR409", message)
