"""Progress on a terminal: one line on stderr that is written over, and cleared at the end."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Protocol

from pbr.progress import STAGES, Silent

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from types import TracebackType
    from typing import Self

    from pbr.progress import Progress

WORDS = {
    "reading": "reading the return",
    "deciding": "deciding who met what",
    "paying": "working out the payments",
    "stating": "drawing up the statement",
    "writing": "writing the files",
}
"""What each stage is called on the terminal."""

SECOND = 1_000_000_000
BETWEEN = SECOND // 10
"""Nanoseconds between two updates of the line, at least."""

ENOUGH = 2
"""Partitions that must be done, and seconds that must have passed, before the time left is guessed at."""

_USUAL_WIDTH = 80
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


class Terminal(Protocol):
    """A stream of text such as stderr."""

    def write(self, text: str, /) -> object:
        """Write text."""

    def flush(self) -> None:
        """Pass on what is held back."""

    def fileno(self) -> int:
        """The number of the file behind it."""

    def isatty(self) -> bool:
        """Whether it is a terminal."""


class TerminalProgress:
    """Shows the stage, the parts done, the rows so far and the time left. Used in a ``with``, which clears the line.

    There are no colours and no signs but the return of the carriage. A terminal that goes away is no fault.
    """

    def __init__(self, terminal: Terminal, clock: Callable[[], int] = time.monotonic_ns) -> None:
        """Show on a terminal.

        Args:
            terminal: Where to write.
            clock: Nanoseconds that never run backwards.
        """
        self._terminal, self._clock, self._lock = terminal, clock, threading.Lock()
        self._name, self._parts, self._done, self._rows = "", 1, 0, 0
        self._began = self._shown_at = clock()
        self._shown = ""

    def __enter__(self) -> Self:
        """Show nothing yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clear the line."""
        with self._lock:
            self._put("")

    def stage(self, name: str, parts: int = 1) -> None:
        """Show that a stage begins."""
        with self._lock:
            self._name, self._parts, self._done, self._rows = name, parts, 0, 0
            self._began = self._clock()
            self._put(self._line(self._began))

    def step(self, rows: int = 0) -> None:
        """Show that one partition more is done, unless the line was written over only just now."""
        with self._lock:
            self._done += 1
            self._rows += rows
            now = self._clock()
            if now - self._shown_at >= BETWEEN or self._done == self._parts:
                self._put(self._line(now))

    def _line(self, now: int) -> str:
        place = f"step {STAGES.index(self._name) + 1} of {len(STAGES)}: " if self._name in STAGES else ""
        said = [f"{place}{WORDS.get(self._name, self._name)}"]
        if self._parts > 1:
            said.append(f"{self._done:,} of {self._parts:,} parts")
        if self._rows:
            said.append(f"{self._rows:,} rows")
        left = time_left((now - self._began) // SECOND, self._done, self._parts)
        return ", ".join([*said, f"{left} left in this step"] if left else said)

    def _put(self, line: str) -> None:
        """Write over the line that is shown, within the width of the terminal."""
        try:
            if not _in_front(self._terminal):
                return
            room = max(_width(self._terminal) - 1, 0)  # in the last column some terminals begin a new line
            line = line if len(line) <= room else line[: max(room - 3, 0)] + "..."[:room]
            if line != self._shown:
                covered = line.ljust(min(len(self._shown), room))
                self._terminal.write(f"\r{covered}" if line else f"\r{covered}\r")
                self._terminal.flush()
            self._shown = line
            self._shown_at = self._clock()
        except (OSError, ValueError):  # it was closed, and the run goes on
            self._shown = ""


def time_left(seconds: int, done: int, parts: int) -> str:
    """How long the rest takes if it goes on as it went, in words; "" while there is too little to say.

    Args:
        seconds: How long it has taken so far.
        done: Partitions that are done.
        parts: Partitions in all.

    Example:
        >>> time_left(30, 3, 12), time_left(600, 4, 10), time_left(3, 1, 12), time_left(9, 12, 12)
        ('about 90 seconds', 'about 15 minutes', '', '')
    """
    if done < ENOUGH or seconds < ENOUGH or done >= parts:
        return ""
    left = seconds * (parts - done) // done
    if left < _MINUTE // 6:
        return "a few seconds"
    if left < 2 * _MINUTE:
        return f"about {-(-left // 10) * 10} seconds"
    if left < 2 * _HOUR:
        return f"about {-(-left // _MINUTE)} minutes"
    return f"about {-(-left // _HOUR)} hours" if left < 2 * _DAY else "some days"


def shown_on(
    terminal: Terminal | None = None, *, quiet: bool, kind: str | None = None
) -> AbstractContextManager[Progress]:
    """What shows the progress of a run, in a ``with``.

    Args:
        terminal: stderr by default.
        quiet: Whether nothing is to be shown.
        kind: What the terminal calls itself; ``TERM`` by default.

    Returns:
        One that shows nothing if all should be quiet, on a pipe or a file, where it would stand between the problems,
        and on a terminal that says it is dumb, which cannot write over a line.
    """
    terminal = sys.stderr if terminal is None else terminal
    kind = os.environ.get("TERM", "") if kind is None else kind
    try:
        shows = not quiet and kind != "dumb" and terminal.isatty()
    except (AttributeError, ValueError):  # there is none, or it is closed
        shows = False
    return TerminalProgress(terminal) if shows else nullcontext(Silent())


def _width(terminal: Terminal) -> int:
    """Columns of the terminal, as it is now; what says nothing of it has the usual ones."""
    try:
        return os.get_terminal_size(terminal.fileno()).columns or _USUAL_WIDTH
    except OSError:
        return _USUAL_WIDTH


def _in_front(terminal: Terminal) -> bool:
    """Whether the command has the terminal, and was not sent to the background while somebody types there."""
    try:
        return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return True  # it is not the terminal that governs the process
