"""How a long run says where it is: the library tells, and whoever asked decides what to show.

The library reads no clock and prints nothing; ``pbr evaluate`` shows what it is told on a terminal.
"""

from __future__ import annotations

from typing import Protocol

STAGES = ("reading", "deciding", "paying", "stating", "writing")
"""The stages of a run, in order."""


class Progress(Protocol):
    """Whom a run tells how far it is. The methods may be called from several threads; what they raise ends the run."""

    def stage(self, name: str, parts: int = 1) -> None:
        """A stage begins.

        Args:
            name: One of ``STAGES``.
            parts: How many partitions of participants it goes through.
        """

    def step(self, rows: int = 0) -> None:
        """One partition of the stage is done.

        Args:
            rows: How many rows were read, decided or written for it.
        """


class Silent:
    """Is told everything and shows nothing."""

    def stage(self, name: str, parts: int = 1) -> None:
        """Show nothing."""

    def step(self, rows: int = 0) -> None:
        """Show nothing."""
