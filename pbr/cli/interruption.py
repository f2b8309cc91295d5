"""What Ctrl-C and SIGTERM do: the command stops where it is, tidies up, says so in one line and exits with 130.

The first signal raises ``KeyboardInterrupt`` in the main thread. Signals after it change nothing, so that nothing stops
the tidying up. The engine looks at SIGINT now and then while it works, and at no other signal: a thread passes the
others on as one. A sort or the writing of a file it does to the end, with the main thread waiting inside it: the thread
then tidies up and ends the process itself. It also says it again to what swallowed the first.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType
    from typing import Self

INTERRUPTED = 130
SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # the last is that the terminal was closed
PATIENCE = 1
"""Seconds that the main thread may stay in the engine after a signal, and after which it is told again."""

TELLINGS = 8
"""How often the main thread is told again before the process is ended all the same."""

_OVER = b"\0"
"""What the listener is told, in place of the number of a signal, when there is no more to listen to."""


class Interrupted(BaseException):
    """A command was interrupted."""


class Interruption:
    """Takes the signals while a command runs in the main thread. Used in a ``with``, which gives them back.

    A signal that the process was started to ignore, as by ``nohup``, stays ignored.

    Attributes:
        asked: Whether the main thread has heard of a signal.
        seen: Whether the command has come to its end; nothing is raised any more.
        tidies: What is to be done, last first, if the process ends while the main thread is in the engine. Each may be
            called while the main thread comes back and tidies up itself.
        says: Gives what became of the output, in words; "" if there is nothing to say.
    """

    def __init__(self, *, ends: bool = False) -> None:
        """Take nothing yet.

        Args:
            ends: Whether the process ends with the command, so that the signals are ignored and not given back.
        """
        self.asked, self.seen = False, threading.Event()
        self.tidies: list[Callable[[], object]] = []
        self.says: Callable[[], str] = str
        self._ends, self._last, self._said = ends, threading.Lock(), False

    def __enter__(self) -> Self:
        """Take the signals."""
        self._before = {each: signal.getsignal(each) for each in SIGNALS}
        heard, told = os.pipe()
        os.set_blocking(told, False)
        self._pipe, self._told_before = (heard, told), signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        self._listener = threading.Thread(target=self._listen, args=(heard,), name="interruption", daemon=True)
        self._listener.start()
        for each, handler in self._before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(each, self._take)
        self._hook, sys.unraisablehook = sys.unraisablehook, self._unraisable
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the signals back."""
        self.seen.set()
        sys.unraisablehook = self._hook
        for each, handler in self._before.items():
            signal.signal(each, signal.SIG_IGN if self._ends else handler)
        signal.set_wakeup_fd(self._told_before)
        os.write(self._pipe[1], _OVER)
        self._listener.join()
        for end in self._pipe:
            os.close(end)

    def say(self) -> int:
        """Say in one line that the command was interrupted, unless that is done or being done; give the exit code."""
        if not self._said:
            if not self._last.acquire(blocking=False):
                threading.Event().wait()  # the listener is ending the process
            self._speak()
        return INTERRUPTED

    def _speak(self) -> None:
        self._said = True
        said = self.says()
        with suppress(OSError, ValueError):
            start = "\r" if sys.stderr.isatty() else ""  # over the ^C that a terminal shows
            print(f"{start}interrupted; {said}" if said else f"{start}interrupted", file=sys.stderr, flush=True)  # noqa: T201

    def _take(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  # as a signal calls it
        """In the main thread: stop the command, unless it is stopping already."""
        self.asked = True  # no lock: a signal may come while another is taken
        if not self.seen.is_set() and not _is_stopping(sys.exception()):
            raise KeyboardInterrupt

    def _unraisable(self, what: sys.UnraisableHookArgs) -> None:
        """Say nothing of an interruption that came while something was thrown away, and was lost: it is told again."""
        if not issubclass(what.exc_type, KeyboardInterrupt):
            self._hook(what)

    def _listen(self, heard: int) -> None:
        """In a thread of its own: see that every signal comes to its end."""
        number = os.read(heard, 1)
        while number != _OVER and number[0] not in SIGNALS:  # whoever else takes a signal is told by another way
            number = os.read(heard, 1)
        if number == _OVER:
            return
        if number[0] != signal.SIGINT:
            os.kill(os.getpid(), signal.SIGINT)
        for _ in range(TELLINGS):
            if self.seen.wait(PATIENCE):
                return
            if not self.asked:
                break  # it is in the engine
            os.kill(os.getpid(), signal.SIGINT)
        if self._ends and self._last.acquire(blocking=False):
            self._end()

    def _end(self) -> NoReturn:
        """Tidy up and end the process, whatever the main thread does: its next step would be to take the signal."""
        for tidy in reversed(self.tidies):
            with suppress(Exception):
                tidy()
        self._speak()
        os._exit(INTERRUPTED)


def _is_stopping(error: BaseException | None) -> bool:
    """Whether an interruption is being dealt with: what is handled, or was when it arose, is one."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt | Interrupted):
            return True
        error = error.__context__
    return False
