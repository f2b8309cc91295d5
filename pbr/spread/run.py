"""The whole run in parts: from accepted rows to the files, of which only a little is ever held at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import evolve, field, frozen

from pbr.entitlement import Entitlement, total
from pbr.evidence.split import split_evidence
from pbr.output.by_outcome import outcomes_merged, outcomes_part
from pbr.output.parts import decisions_merged, lines_merged, uses_merged
from pbr.output.summary import summary_merged, summary_part
from pbr.output.targets import targets_merged, targets_part
from pbr.output.write import Product, write_product
from pbr.problem import EvaluationError, Problem
from pbr.progress import Silent
from pbr.spread.entitle import entitle_in_parts
from pbr.spread.part import OF_GROUPS
from pbr.spread.spread import Spread
from pbr.statement import LINE_COLUMNS, checked, placed_lines
from pbr.uses import (
    as_sent,
    placed_uses,
    row_uses,
    use_counts,
    use_counts_merged,
    waterfall_merged,
    waterfall_part,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pbr.decisions import Decisions
    from pbr.evidence import Evidence
    from pbr.plan import Plan
    from pbr.progress import Progress
    from pbr.runners import Runner
    from pbr.spread.part import Part

MOST_PARTS = 10_000
"""Parts there may be: each has files of its own, and a task for every question."""


@frozen(kw_only=True)
class Stated:
    """What is known of a part once its lines have been stated.

    Attributes:
        total_minor: The sum of its lines.
        uses: How many rows of each table have which use; see ``pbr.uses.use_counts``.
        cohort: What it adds to how the cohort came about.
        summary: What it adds to the summary.
        outcomes: What it adds to the counts of decisions.
        targets: What it adds to the counts of whom a panel chose.
    """

    total_minor: int
    uses: pl.DataFrame
    cohort: pl.DataFrame
    summary: pl.DataFrame
    outcomes: pl.DataFrame
    targets: pl.DataFrame


@frozen(kw_only=True)
class RunInParts:
    """An evaluation whose decisions, lines and uses are in the files of its parts.

    Attributes:
        plan: The contract as at the day.
        evidence: What was accepted and refused; its rows are those of the parts.
        spread: The parts.
        stated: What is known of each, those of groups last.
        arguments: What it was asked for, for ``run.json``.
    """

    plan: Plan
    evidence: Evidence = field(repr=False)
    spread: Spread = field(repr=False)
    stated: tuple[Stated, ...] = field(repr=False)
    arguments: dict[str, Any] = field(factory=dict)

    @property
    def total_minor(self) -> int:
        """What is due in minor units."""
        return sum(each.total_minor for each in self.stated)

    def summary(self) -> pl.DataFrame:
        """The statement summed for reading; see ``Run.summary``."""
        return summary_merged(self._of_groups, [each.summary for each in self.stated])

    def outcomes(self) -> pl.DataFrame:
        """The decisions counted for reading; see ``Run.outcomes``."""
        return outcomes_merged(self._of_groups, [each.outcomes for each in self.stated])

    def targets(self) -> pl.DataFrame:
        """Who is among those whom a panel chose; see ``Run.targets``."""
        return targets_merged(self.plan, [each.targets for each in self.stated])

    def cohort(self) -> pl.DataFrame:
        """How the cohort came about; see ``Run.cohort``."""
        return waterfall_merged(self.plan, self.evidence, [each.cohort for each in self.stated])

    def use_counts(self) -> pl.DataFrame:
        """How many rows of each table have which use; see ``Run.use_counts``."""
        return use_counts_merged([each.uses for each in self.stated])

    @property
    def _of_groups(self) -> Decisions:
        return self.spread.of_groups.decisions()

    def lines(self) -> Iterator[pl.DataFrame]:
        """The lines of the statement in order, some at a time; see ``Statement.lines``."""
        return (frame.select(list(LINE_COLUMNS)) for frame in lines_merged(self._files("statement")))

    def decision_rows(self) -> Iterator[pl.DataFrame]:
        """Every decision in order, some at a time; see ``Decisions.rows``."""
        return decisions_merged(self._of_groups, self._files("decisions"))

    def use_rows(self) -> Iterator[pl.DataFrame]:
        """The use of every row in order, some at a time; see ``pbr.uses.use_rows``."""
        return uses_merged(self._files("uses"))

    def _files(self, name: str) -> list[Path]:
        """The files of all parts, that of groups last."""
        numbers = [*range(self.spread.split.partitions), OF_GROUPS]
        return [self.spread.part(number).stated(name) for number in numbers]

    def write(self, out: str | Path) -> Path:
        """Write every file of the run into a folder of its own.

        Raises:
            EvaluationError: PBR501 or PBR502; what was there before is then untouched. PBR411, the files of the parts
                are no more what they were.
        """
        try:
            lines, decisions, uses = self.lines(), self.decision_rows(), self.use_rows()
        except (OSError, pl.exceptions.ComputeError):
            raise _refused("the folder of the parts cannot be used: a file is gone or damaged") from None
        product = Product(
            plan=self.plan,
            evidence=self.evidence,
            lines=lines,
            total_minor=self.total_minor,
            decisions=decisions,
            uses=uses,
            counts=self.use_counts(),
            cohort=self.cohort(),
        )
        return write_product(out, product, self.arguments)


def evaluate_in_parts(  # noqa: PLR0913, PLR0917  # what is evaluated, where, by whom
    plan: Plan,
    evidence: Evidence,
    work: Path,
    partitions: int,
    runner: Runner,
    arguments: dict[str, Any],
    told: Progress | None = None,
) -> RunInParts:
    """Split accepted rows, and decide, pay and state them part by part.

    Args:
        plan: The contract as at a day.
        evidence: Accepted rows.
        work: A folder that everybody who works on the parts can read and write; what is written stays there.
        partitions: How many parts, from 1.
        runner: Who works on them.
        arguments: What was asked for.
        told: Who is told how far it is.

    Raises:
        EvaluationError: As ``pbr.entitle``; PBR409 and PBR410, of the runner; PBR411, parts or a folder that cannot be.
    """
    if not 1 <= partitions <= MOST_PARTS:
        raise _refused(f"{partitions:,} parts are none that can be worked on; say 1 to {MOST_PARTS:,}")
    if not _is_text(work):
        raise _refused("the folder of the parts cannot be used: its name is not UTF-8")
    try:
        spread = _spread(plan, evidence, work.resolve(), partitions, runner, Silent() if told is None else told)
        spread.decide()
        spread.stage = "paying"
        lines = entitle_in_parts(spread)
        spread.stage = "stating"
        stated = lines.ask_all(_state)
    except OSError as error:
        why = error.strerror or "the disk refused it"
        raise _refused(f"the folder of the parts cannot be used: {why}", str(work)) from None
    return RunInParts(plan=plan, evidence=evidence, spread=spread, stated=tuple(stated), arguments=arguments)


def _spread(plan: Plan, evidence: Evidence, work: Path, partitions: int, runner: Runner, told: Progress) -> Spread:
    """Lay the accepted rows of each part into files of their own."""
    folder = work / "parts"
    folder.mkdir(parents=True)  # where it is there the rows are those of another run
    split = split_evidence(plan.terms, evidence, work / "rows", partitions)
    return Spread(plan=plan, split=split.for_tasks(), folder=folder, runner=runner, told=told)


def _is_text(path: Path) -> bool:
    """Whether the engine, which takes text, can be told of a path."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _refused(message: str, file: str = "") -> EvaluationError:
    return EvaluationError([Problem(code="PBR411", message=message, file=file)])


def _state(part: Part, lines: pl.DataFrame) -> Stated:
    """State the lines of a part, and write its rows in order."""
    decisions, groups = part.decisions(), part.split.groups
    tables = groups if part.of_groups else tuple(name for name in part.split.tables if name not in groups)
    uses = row_uses(decisions, tables)
    found = checked(placed_lines(Entitlement(decisions=decisions, frame=lines), uses))
    part.state("statement", found)
    part.state("decisions", decisions.own_rows())
    uses = as_sent(decisions.evidence, uses)
    part.state("uses", placed_uses(evolve(decisions.evidence, shared={}), uses))
    return Stated(
        total_minor=total(found["amount_minor"]),
        uses=use_counts(uses),
        cohort=waterfall_part(decisions),
        summary=summary_part(part.plan, decisions.frame, found),
        outcomes=outcomes_part(part.plan, decisions.frame),
        targets=targets_part(part.plan, decisions.frame),
    )
