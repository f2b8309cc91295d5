"""Who does the work of ``pbr evaluate``, and in how many parts: the options, and the run they ask for."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import click
from attrs import frozen

from pbr.runners import RUNNERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pbr.api import Run
    from pbr.cli.interruption import Interruption
    from pbr.kinds import Kinds
    from pbr.progress import Progress
    from pbr.spread.run import RunInParts

    Done: TypeAlias = "Run | RunInParts"

F = TypeVar("F", bound="Callable[..., Any]")
_SIZE: Final = re.compile(r"([0-9]{1,6})(?:\.([0-9]))? ?(|K|M|G|T)B?", re.IGNORECASE)
_POWERS: Final = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}
LEAST: Final = 64 * 1024**2
"""Bytes below which a limit of memory is a slip of the pen."""
USUAL: Final = 4 * 1024**3
"""The limit where the machine does not say how much memory it has."""


@frozen(kw_only=True)
class Parts:
    """Who does the work, and in how many parts.

    Attributes:
        runner: One of ``pbr.runners.RUNNERS``.
        scheduler: Address of a cluster, or None.
        partitions: How many parts; None for as many as memory asks for.
        memory_limit: Bytes that each who works on them may hold.
        work: Folder for the files of the parts; None for one that is made.
    """

    runner: str
    scheduler: str | None
    partitions: int | None
    memory_limit: int
    work: str | None


class Size(click.ParamType[int]):
    """So many bytes, such as ``800MB`` or ``4GB``, by powers of 1024."""

    name = "SIZE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401  # as click has it
        """Give the bytes; what is no size, or too little, is a fault of usage."""
        if isinstance(value, int):
            return value
        found = _SIZE.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"'{value}' is not a size such as 800MB or 4GB", param, ctx)
        whole, tenth, unit = found.groups()
        size: int = (int(whole) * 10 + int(tenth or 0)) * 1024 ** _POWERS[unit.upper()] // 10
        if size < LEAST:
            self.fail(f"'{value}' is less than 64MB, in which nothing can be evaluated", param, ctx)
        return size


def memory_there() -> int:
    """Half of the memory of this machine, in bytes, which is what a run holds unless told otherwise."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, OSError, ValueError):
        return USUAL


def parts_options(command: F) -> F:
    """Add the options to a command, which gets them as one ``parts``."""

    def called(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401  # of any command
        names = ("runner", "scheduler", "partitions", "memory_limit", "work")
        parts = _parts(**{name: named.pop(name) for name in names})
        return command(*arguments, **named, parts=parts)

    called.__doc__, called.__name__ = command.__doc__, command.__name__
    options = [
        click.option("--runner", type=click.Choice(RUNNERS), default=RUNNERS[0], help="Who does the work."),
        click.option("--scheduler", metavar="URL", help="Address of the cluster that the runner works on."),
        click.option("--partitions", type=click.IntRange(1, 10_000), help="Cut participants into so many parts."),
        click.option(
            "--memory-limit", type=Size(), help="Most that one process holds, such as 4GB; default half of memory."
        ),
        click.option("--work", type=click.Path(), help="Folder for the files of the parts, which all workers can see."),
    ]
    found: Any = called
    for option in reversed(options):
        found = option(found)
    made: F = found
    return made


def _parts(
    *, runner: str, scheduler: str | None, partitions: int | None, memory_limit: int | None, work: str | None
) -> Parts:
    """The options together, those that need each other looked at."""
    if scheduler is not None and work is None and runner != RUNNERS[0]:
        message = (
            f"--scheduler {scheduler} needs --work: a folder that this machine and every worker can read and write"
        )
        raise click.UsageError(message)
    limit = memory_there() if memory_limit is None else memory_limit
    return Parts(runner=runner, scheduler=scheduler, partitions=partitions, memory_limit=limit, work=work)


@contextmanager
def evaluated(  # noqa: PLR0913, PLR0917  # what is evaluated, by whom, who is told
    contract: str, data: str, as_at: str, kinds: Kinds, parts: Parts, shown: Progress, interruption: Interruption
) -> Iterator[Done]:
    """The run, at once where all of it fits into memory, else in parts, whose files are there while it is looked at.

    Raises:
        PbrError: As for ``pbr.run_in_parts``.
    """
    from pbr.api import begin, finish, finish_in_parts, parts_needed
    from pbr.output import surely
    from pbr.runners import make_runner

    with make_runner(parts.runner, parts.scheduler) as runner:
        interruption.tidies.append(runner.close)
        begun = begin(contract, data, as_at, kinds, shown)
        needed = parts.partitions or parts_needed(begun, parts.runner, parts.memory_limit)
        if needed == 1 and parts.runner == RUNNERS[0]:
            yield finish(begun, shown)
            return
        folder = _folder(parts.work)
        interruption.tidies.append(lambda: _clear(folder))
        try:
            yield finish_in_parts(begun, folder, needed, runner, shown)
        finally:
            surely(lambda: _clear(folder))


def look_at_work(parts: Parts, out: str) -> None:
    """Refuse a folder for the parts in the one that the run is written into, which holds nothing else."""
    if parts.work is not None and Path(parts.work).resolve().is_relative_to(Path(out).resolve()):
        message = f"--work {parts.work} lies in --out {out}, which holds the files of a run alone; name another folder"
        raise click.UsageError(message)


def _clear(folder: Path) -> None:
    """Remove the folder of the parts, where another thread may still be writing a file."""
    for _ in range(10):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return


def _folder(work: str | None) -> Path:
    """A folder of this run alone, in the one that was named."""
    from pbr.problem import EvaluationError, Problem

    try:
        if work is not None:
            Path(work).mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="pbr-parts-", dir=work)).resolve()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no name of a folder"
        message = f"the folder of the parts cannot be used: {why}"
        raise EvaluationError([Problem(code="PBR411", message=message, file=work or "")]) from None
