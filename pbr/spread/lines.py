"""Lines of money in parts: each change is made where they lie, and what is asked of all of them travels."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import polars as pl
from attrs import define, field, frozen

from pbr.entitlement import in_one, lines_of_subjects, paid_to_subjects
from pbr.payments import Bands
from pbr.problem import EvaluationError
from pbr.spread.spread import joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pbr.plan import Plan
    from pbr.spread.part import Part
    from pbr.spread.spread import Spread

    Change: TypeAlias = "Callable[[Part, pl.DataFrame], pl.DataFrame]"

T = TypeVar("T")


@frozen
class Failed:
    """A change that cannot be made: its place, and why."""

    place: int
    error: EvaluationError


def changed_by(changes: Iterable[Change], part: Part, lines: pl.DataFrame) -> pl.DataFrame | Failed:
    """The lines after changes, or the first of these that cannot be made."""
    for place, change in enumerate(changes):
        try:
            lines = change(part, lines)
        except EvaluationError as error:
            return Failed(place, error)
    return lines


@frozen(kw_only=True)
class Step(Generic[T]):
    """A task on the lines of a part: read them as they were, change them, keep them, and answer.

    Attributes:
        read: After how many steps they are read; None where they have not been made yet.
        changes: What is changed.
        nothing: The lines of a part where no single subject is paid for.
        ask: What is asked of them.
    """

    read: int | None
    changes: tuple[Change, ...]
    nothing: pl.DataFrame
    ask: Callable[[Part, pl.DataFrame], T]

    def __call__(self, part: Part) -> T | Failed:
        """Do it."""
        lines = self._made(part) if self.read is None else kept(part, self.read)
        changed = changed_by(self.changes, part, lines)
        if isinstance(changed, Failed):
            return changed
        if self.read is None:
            keep(part, 0, None, changed)
        elif self.changes:
            keep(part, self.read + 1, lines, changed)
        return self.ask(part, changed)

    def _made(self, part: Part) -> pl.DataFrame:
        """The lines that single subjects are paid by."""
        if not paid_to_subjects(part.plan):
            return self.nothing
        decisions = part.decisions()
        placed = {name: part.read(placed_of(name)) for name in bands_of(part.plan)}
        return in_one(part.plan, decisions, lines_of_subjects(part.plan, decisions, placed))


def keep(part: Part, step: int, before: pl.DataFrame | None, lines: pl.DataFrame) -> None:
    """Keep the lines of a part after a step: of lines that were kept before only the columns that are not the same.

    Args:
        part: The part.
        step: How many steps were kept before.
        before: The lines as they were kept; None if they never were.
        lines: The lines.
    """
    if before is None or before.height != lines.height or lines.columns[: before.width] != before.columns:
        part.write(f"lines{step}", lines)
        return
    same = [name for name in before.columns if _are_equal(before[name], lines[name])]
    part.write(f"changed{step}", lines.drop(same))


def _are_equal(one: pl.Series, other: pl.Series) -> bool:
    return one.dtype == other.dtype and one.equals(other, null_equal=True)


def kept(part: Part, step: int) -> pl.DataFrame:
    """The lines of a part as they were kept after a step."""
    whole = next((number for number in range(step, -1, -1) if part.has(f"lines{number}")), 0)
    lines = part.read(f"lines{whole}")
    for number in range(whole + 1, step + 1):
        lines = lines.with_columns(part.read(f"changed{number}").get_columns())
    return lines


@define(kw_only=True)
class Lines:
    """The lines of all parts, and those of groups.

    Attributes:
        spread: The parts.
        groups: The lines that are of no subject.
        nothing: As in ``Step``.
        step: How many steps have been kept; None before the lines have been made.
        waiting: Changes that are still to be made, with the next question.
    """

    spread: Spread
    groups: pl.DataFrame = field(factory=pl.DataFrame)
    nothing: pl.DataFrame = field(factory=pl.DataFrame)
    step: int | None = None
    waiting: tuple[Change, ...] = ()

    def begin(self, groups: pl.DataFrame) -> None:
        """Lay the lines of groups beside those of subjects, which have the same columns."""
        self.groups, self.nothing = groups, groups.head(0)

    def change(self, change: Change) -> None:
        """Change the lines, wherever they lie."""
        self.waiting = (*self.waiting, change)

    def ask(self, ask: Callable[[Part, pl.DataFrame], T]) -> list[T]:
        """What is asked of the lines of each part; those of no subject are not among them.

        Raises:
            EvaluationError: Of the first change that cannot be made, in whatever part.
        """
        step = Step(read=self.step, changes=self.waiting, nothing=self.nothing, ask=ask)
        found: list[T | Failed] = self.spread.ask(step)
        groups = changed_by(self.waiting, self.spread.of_groups, self.groups)
        failed = [each for each in (*found, groups) if isinstance(each, Failed)]
        for first in sorted(failed, key=lambda each: each.place)[:1]:
            raise first.error
        assert isinstance(groups, pl.DataFrame), "what has not failed is changed"
        self.groups = groups
        answers = [each for each in found if not isinstance(each, Failed)]
        if self.step is None:
            self.step = 0
        elif self.waiting:
            self.step += 1
        self.waiting = ()
        return answers

    def ask_all(self, ask: Callable[[Part, pl.DataFrame], T]) -> list[T]:
        """What is asked of the lines of each part, and last of those of no subject."""
        return [*self.ask(ask), ask(self.spread.of_groups, self.groups)]

    def gather(self, ask: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
        """What is asked of all lines, with ``_part`` (Int64), where it comes from."""
        return joined(self.ask_all(partial(_gathered, ask)))


def bands_of(plan: Plan) -> dict[str, Bands]:
    """The payments that fill places."""
    terms = plan.terms.payments
    return {name: found for name in paid_to_subjects(plan) if isinstance(found := terms[name], Bands)}


def placed_of(payment: str) -> str:
    """The name under which a part keeps the places that its achievements take of a payment."""
    return f"placed.{payment}"


def _gathered(ask: Callable[[pl.DataFrame], pl.DataFrame], part: Part, lines: pl.DataFrame) -> pl.DataFrame:
    return ask(lines).with_columns(pl.lit(part.number, dtype=pl.Int64).alias("_part"))
