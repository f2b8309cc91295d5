"""A worker that has other versions than the process that asks is found out before it decides anything."""

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
    """A task that is only run where the versions are those of the process that made it.

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
        """
        if self.versions != versions():
            here, there = ", ".join(self.versions), ", ".join(versions())
            raise stopped("PBR410", f"a worker has {there}, and this process {here}")
        return self.task(item)
