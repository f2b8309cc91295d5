"""All parts of the subjects, and who works on them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

import polars as pl
from attrs import define, evolve, field

from pbr.decisions import earlier, make_query
from pbr.evidence.split import open_groups
from pbr.pooled import pool
from pbr.progress import Silent
from pbr.spread.part import OF_GROUPS, Ask, Known, Part

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pbr.evidence.split import Split
    from pbr.plan import Plan
    from pbr.pooled import Earlier
    from pbr.progress import Progress
    from pbr.runners import Runner

T = TypeVar("T")


@define(kw_only=True)
class Spread:
    """The parts of one evaluation.

    Attributes:
        plan: The contract as at a day.
        split: The rows of each part.
        folder: The work folder.
        runner: Who works on the parts.
        told: Who is told how far it is.
        stage: What is being done, as ``told`` is told of it.
        known: What is known of all of them so far.
    """

    plan: Plan
    split: Split
    folder: Path
    runner: Runner
    told: Progress = field(factory=Silent)
    stage: str = "deciding"
    known: Known = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Find out which columns decisions have."""
        columns, query = make_query(self.plan, open_groups(self.split, self.plan.terms).tables)
        self.known = Known(names=tuple(columns.names), empty=query.collect())

    def part(self, number: int) -> Part:
        """A part by its number."""
        return Part(plan=self.plan, split=self.split, folder=self.folder, known=self.known, number=number)

    @property
    def of_groups(self) -> Part:
        """What is of no subject: rows of groups, and the results of groups."""
        return self.part(OF_GROUPS)

    def ask(self, question: Callable[[Part], T]) -> list[T]:
        """What is asked of each part; the answers in the order of the parts."""
        self.told.stage(self.stage, self.split.partitions)  # each question goes through the parts anew
        task = Ask(plan=self.plan, split=self.split, folder=self.folder, known=self.known, question=question)
        answers: dict[int, T] = {}
        for number, answer in self.runner.map(task, range(self.split.partitions)):
            answers[number] = answer
            self.told.step(self.split.rows[self.plan.terms.cohort_table][number])
        return [answers[number] for number in range(self.split.partitions)]

    def decide(self) -> None:
        """Decide the outcomes of every subject, and then those of groups."""
        self.ask(_decided)
        self.pool()

    # ---- the results of groups

    @property
    def groups(self) -> Earlier:
        """The rows of tables that are of no subject."""
        return earlier(self.of_groups.decisions())

    def over(self, ask: Callable[[Earlier], T]) -> list[T]:
        """What is asked of the decisions on each part of the subjects."""
        return self.ask(partial(_of_decisions, ask))

    def pool(self) -> None:
        """Work out the results of groups, which are then known to every part."""
        if self.plan.terms.pooled:
            self.known = evolve(self.known, pooled=pool(self.plan, self))


def _decided(part: Part) -> None:
    """Decide the subjects of a part, and keep that."""
    part.decisions()


def _of_decisions(ask: Callable[[Earlier], T], part: Part) -> T:
    return ask(earlier(part.decisions()))


def joined(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Frames of the same columns in one."""
    return pl.concat(frames, how="vertical_relaxed")
