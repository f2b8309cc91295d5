"""The runner of this process: one part after another, each with all the processors that polars can use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.runners.model import R, Runner, T

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class LocalRunner(Runner):
    """Runs the items in their order, in this process."""

    def map(self, task: Callable[[T], R], items: Sequence[T]) -> Iterator[tuple[int, R]]:
        """Run the task on one item after another, each when it is asked for."""
        for place, item in enumerate(items):
            yield place, task(item)

    def close(self) -> None:
        """Nothing was started."""
