"""How a problem is worded: codes, places, reasons, and the errors that carry them.

Every fault in a file or a return is a ``Problem`` with a code out of one closed table. Every state that
a decision takes has a reason out of a second closed table. ``pbr rule`` prints both.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from attrs import field, frozen

from pbr.codes import RULES, Rule
from pbr.reasons import LINE_REASONS, REASONS, STATES, USES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

__all__ = [
    "LINE_REASONS",
    "REASONS",
    "RULES",
    "STATES",
    "USES",
    "AgreementError",
    "ContractError",
    "EvaluationError",
    "EvidenceError",
    "PbrError",
    "Place",
    "Problem",
    "Rule",
    "did_you_mean",
    "short",
]


@frozen(kw_only=True)
class Problem:
    """One fault, with its place.

    Attributes:
        code: A key of ``RULES``.
        message: What is wrong and the nearest fix, in one sentence; never the value of a sensitive field.
        file: The file's name as the user gave it, or empty.
        line: Line in a contract, from 1.
        column: Column in a contract's line, from 1.
        row: Record number in a return; the heading is row 1.
        field: Heading of the column in a return.
    """

    code: str
    message: str
    file: str = ""
    line: int | None = None
    column: int | None = None
    row: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        """One line: the place, the code, the message."""
        place = self.file
        if self.line is not None:
            place += f":{self.line}" + ("" if self.column is None else f":{self.column}")
        if self.row is not None:
            place += f" row {self.row}"
        if self.field is not None:
            place += f" column {self.field}"
        return f"{place} {self.code} {self.message}".strip()

    @property
    def rule(self) -> Rule:
        """The row of the table of codes."""
        return RULES[self.code]


class PbrError(Exception):
    """A run that cannot go on, with every problem found.

    Attributes:
        problems: The problems, in the order of their places; never empty.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems, in the order of their places."""
        found = tuple(problems)
        self.problems: tuple[Problem, ...] = found
        super().__init__("\n".join(map(str, found)))

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Problem, ...]]]:
        """Pickled by its problems, so that it comes out of another process as it was raised there."""
        return type(self), (self.problems,)

    @property
    def exit_code(self) -> int:
        """The exit code a command stops with: the largest of the problems' own."""
        return max((problem.rule.exit for problem in self.problems), default=70)


class ContractError(PbrError):
    """The contract is wrong, or could not be read."""


class AgreementError(PbrError):
    """The agreement, its ballots or its result is wrong, or could not be read."""


class EvidenceError(PbrError):
    """The return could not be read at all; single rows that are wrong are refused instead."""


class EvaluationError(PbrError):
    """The figures cannot be worked out or written."""


@frozen
class Place:
    """Where a term stands: file, line and column from 1."""

    file: str = field(default="")
    line: int = field(default=1)
    column: int = field(default=1)

    def problem(self, code: str, message: str, *, offset: int = 0) -> Problem:
        """A problem at this place, ``offset`` columns further on."""
        return Problem(code=code, message=message, file=self.file, line=self.line, column=self.column + offset)

    def __str__(self) -> str:
        """``file:line``, as written into outputs."""
        return f"{self.file}:{self.line}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The tail of a message: the nearest known word, or the list of them when it is short.

    Example:
        >>> did_you_mean("thresold", ["threshold", "table"])
        "; did you mean 'threshold'?"
        >>> did_you_mean("x", ["any", "all"])
        '; one of: any, all'
    """
    words = list(known)
    near = difflib.get_close_matches(word[:60], words, n=1)
    if near:
        return f"; did you mean '{near[0]}'?"
    if 0 < len(words) <= 16:  # noqa: PLR2004  # a list that still fits a line
        return "; one of: " + ", ".join(words)
    return ""


def short(text: str, most: int = 80) -> str:
    """Text from a contract as it may be quoted in a message: one line, cut at ``most`` characters."""
    flat = re.sub(r"\s+", " ", text)
    return flat if len(flat) <= most else flat[: most - 1] + "…"
