"""``pbr`` and ``python -m pbr``."""

from __future__ import annotations

import gc
import os
import signal
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from types import FrameType

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def main() -> None:
    """Run the command of the process. Ctrl-C and SIGTERM end it at once while it is still being loaded.

    What is made while modules are loaded stays, so that looking through it for what could be thrown away is seldom
    worth its time: it took a tenth of a short run.
    """
    gc.set_threshold(250_000, 50, 50)
    for each in SIGNALS:
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _leave)
    from pbr.cli import main as run

    run()


def _leave(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001  # as a signal calls it
    """Nothing was begun, so there is nothing to tidy up."""
    os.write(2, b"interrupted; nothing was written\n")
    os._exit(130)


if __name__ == "__main__":
    main()
