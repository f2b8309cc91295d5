"""What a worker holds to before a task and after it, so that a part comes to the same wherever it is decided."""

from __future__ import annotations

import functools
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Generic

from attrs import field, frozen

from pbr.runners.model import R, T, stopped

if TYPE_CHECKING:
    from collections.abc import Callable


@functools.cache
def versions() -> tuple[str, ...]:
    """What decides the bytes of a statement here: Python to its second number, pbr and polars."""
    found = ["Python " + ".".join(platform.python_version_tuple()[:2])]
    for name in ("pbr", "polars"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    return tuple(found)


@frozen
class Same(Generic[T, R]):
    """A task as a worker runs it: only where the versions are those of the process that made it.

    Attributes:
        task: What is run.
        versions: The versions where it was made.
    """

    task: Callable[[T], R]
    versions: tuple[str, ...] = field(factory=versions)

    def __call__(self, item: T) -> R:
        """Run the task on an item.

        Raises:
            EvaluationError: PBR410, the versions here are others.
            RuntimeError: What the task raised is no ``Exception``, such as a panic of polars, which the loop of a
                cluster would end at. It is named, and not what it says.
            Exception: What the task raises.
        """
        if self.versions != versions():
            here, there = ", ".join(self.versions), ", ".join(versions())
            raise stopped("PBR410", f"a worker has {there}, and this process {here}")
        try:
            return self.task(item)
        except Exception:
            raise
        except BaseException as error:  # noqa: BLE001  # nothing else is raised to a worker
            name, place = type(error).__name__, error.__traceback__
        raise RuntimeError(f"{name} in a worker").with_traceback(place)
