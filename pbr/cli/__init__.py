"""The command line: each command reads, calls one function of the library, and prints.

stdout is the product, stderr the problems. Exit codes: 0 done, 1 the files were read and are wrong, 2 the run could
not start, 70 a fault of ours, 130 interrupted.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from pbr.cli.interruption import INTERRUPTED, Interrupted, Interruption

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = ("check", "test", "evaluate", "explain", "agree", "init", "schema", "rule")
OURS = 70


class Commands(click.Group):
    """Loads a command's module only when the command is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # as click calls it
        """Names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of a name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"pbr.cli.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; click would answer an interruption with an empty line before ours."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pbr", message="pbr %(version)s")
def pbr() -> None:
    """Payment by results: one contract file both sides sign and both sides run, to the same penny."""


def say(text: str, *, nl: bool = True) -> None:
    """Print to stdout.

    What reads it may close it, as `head` does: that changes neither the work nor how it ends.

    Raises:
        EvaluationError: PBR502, nothing can be printed, such as on a full disk.
    """
    try:
        click.echo(text, nl=nl)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still held back goes nowhere
        if isinstance(error, BrokenPipeError):
            return
        from pbr.problem import EvaluationError, Problem

        message = f"the results cannot be printed: {error.strerror}"
        raise EvaluationError([Problem(code="PBR502", message=message)]) from None


def named(contracts: Sequence[str]) -> list[str]:
    """The contracts among several paths: a page of text that a pattern such as `contracts/*` names is passed over.

    It is said on stderr. Where nothing else is named a page is what was meant.
    """
    pages = [path for path in contracts if path.endswith(".md")]
    if len(pages) == len(contracts):
        return pages
    for path in pages:
        click.echo(f"{path}: a page of text, passed over", err=True)
    return [path for path in contracts if path not in pages]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit with its code; Ctrl-C and SIGTERM stop it.

    Args:
        arguments: Words of the command line; those of the process by default, which an interruption then ends at once.
    """
    interruption = Interruption(ends=arguments is None)
    try:
        with interruption:
            code = run(arguments, interruption)
    except KeyboardInterrupt:  # just as the command was over
        code = interruption.say()
    if code == INTERRUPTED and arguments is None:
        _leave(code)
    sys.exit(code)


def run(arguments: Sequence[str] | None = None, interruption: Interruption | None = None) -> int:
    """Run a command.

    Args:
        arguments: Words of the command line; those of the process by default.
        interruption: Who takes the signals meanwhile.

    Returns:
        The exit code.
    """
    taken = Interruption() if interruption is None else interruption
    words = None if arguments is None else list(arguments)
    try:
        result = pbr.main(args=words, prog_name="pbr", standalone_mode=False, obj=taken)
        return result if isinstance(result, int) else 0
    except BaseException as error:  # noqa: BLE001  # a panic of the engine is not an Exception
        if taken.asked or isinstance(error, click.Abort | KeyboardInterrupt | Interrupted):
            return taken.say()  # after a signal whatever stopped it, as something may have made another error of it
        return _stopped_by(error)
    finally:
        taken.seen.set()


def _stopped_by(error: BaseException) -> int:
    """Say in words what stopped a command, and give the exit code."""
    from pbr.problem import PbrError

    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    if isinstance(error, PbrError):
        for problem in error.problems:
            click.echo(str(problem), err=True)
        return error.exit_code
    if isinstance(error, SystemExit):  # click's answer when what reads a help text has closed it
        return 0
    where = _where(error)
    click.echo(f"PBR901 fault of pbr itself: {type(error).__name__} in {where}; report it with this line", err=True)
    return OURS


def _leave(code: int) -> NoReturn:
    """End the process now: threads of the engine are not waited for, and nothing is left to tidy up."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _where(error: BaseException) -> str:
    """Module and line of our own code in which it went wrong; never a message, which could hold data."""
    place = "pbr"
    step = error.__traceback__
    while step is not None:
        name = step.tb_frame.f_globals.get("__name__", "")
        if name.startswith("pbr."):
            place = f"{name}:{step.tb_lineno}"
        step = step.tb_next
    return place
