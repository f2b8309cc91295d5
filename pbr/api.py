"""The whole run in one call, on paths or frames."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from pbr.contract import Contract, read_contract
from pbr.document import kind_word
from pbr.kinds import DEFAULT_KINDS, Kinds, added_kinds, version_of
from pbr.plan import make_plan
from pbr.progress import Silent
from pbr.runners import LocalRunner

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import polars as pl

    from pbr.decisions import Decisions
    from pbr.entitlement import Entitlement
    from pbr.evidence import Evidence
    from pbr.plan import Plan
    from pbr.progress import Progress
    from pbr.runners import Runner
    from pbr.spread.run import RunInParts
    from pbr.statement import Statement


@frozen(kw_only=True)
class Run:
    """Every stage of one evaluation.

    Attributes:
        plan: The contract as at the day.
        evidence: What was accepted and refused.
        decisions: What was decided.
        entitlement: What is due, payment by payment and adjustment by adjustment.
        statement: The lines.
        arguments: What it was asked for, for ``run.json``.
    """

    plan: Plan
    evidence: Evidence
    decisions: Decisions
    entitlement: Entitlement
    statement: Statement
    arguments: dict[str, Any] = field(factory=dict)

    def uses(self) -> pl.DataFrame:
        """The use of every accepted row for each outcome that reads it.

        Returns:
            One row per row and outcome, by table, row and outcome: ``table``, ``file``, ``row`` (UInt32, as numbered
            in its file, the heading being 1), ``outcome`` (null where none reads the row) and ``use``, a word of
            ``pbr rule``'s list. Text is String; nothing else is null.
        """
        from pbr.uses import use_rows

        return use_rows(self.decisions, self.statement.uses)

    def cohort(self) -> pl.DataFrame:
        """The waterfall from everyone returned to the subjects of the contract, by provider.

        Returns:
            One row per provider and step: ``provider``, ``step`` and ``clause`` (String), ``left_out``, ``unknown``
            and ``remaining`` (Int64, numbers of participants).
        """
        from pbr.uses import waterfall

        return waterfall(self.decisions)

    def summary(self) -> pl.DataFrame:
        """The statement summed for reading: one row per payment, provider and period, in the order of the contract.

        Returns:
            The columns of ``pbr.output.summary_rows``: names String, counts Int64, money Int64 minor units.
        """
        from pbr.output import summary_rows

        return summary_rows(self.decisions, self.statement)

    def targets(self) -> pl.DataFrame:
        """Who of the cohort is among those whom a panel chose, and who is outside, by provider.

        Returns:
            One row per value that says whom a panel chose, and provider: ``value``, ``agreed``, ``provider`` (String),
            ``inside``, ``outside`` and ``unknown`` (Int64, numbers of participants).
        """
        from pbr.output import target_rows

        return target_rows(self.decisions)

    def outcomes(self) -> pl.DataFrame:
        """The decisions counted for reading: outcomes that money depends on, and signposts beside them.

        Returns:
            The columns of ``pbr.output.outcome_rows``, one row per outcome and provider, or group.
        """
        from pbr.output import outcome_rows

        return outcome_rows(self.decisions)

    def use_counts(self) -> pl.DataFrame:
        """How many rows of each table have which use, the best of each row's.

        Returns:
            Columns ``table``, ``use`` (String) and ``rows`` (UInt32), by table and use.
        """
        from pbr.uses import use_counts

        return use_counts(self.statement.uses)

    @property
    def total_minor(self) -> int:
        """What is due in minor units."""
        return self.statement.total_minor

    def write(self, out: str | Path) -> Path:
        """Write every file of the run into a folder of its own.

        Raises:
            EvaluationError: PBR501 or PBR502; what was there before is then untouched.
        """
        from pbr.output import write_run

        return write_run(out, self.decisions, self.statement, self.evidence, self.arguments)


@frozen(kw_only=True)
class Begun:
    """A run whose rows have been read.

    Attributes:
        plan: The contract as at the day.
        evidence: What was accepted and refused.
        arguments: What it was asked for, for ``run.json``.
    """

    plan: Plan
    evidence: Evidence
    arguments: dict[str, Any]


def begin(
    contract: Contract | str | Path,
    evidence: str | Path | Mapping[str, Any],
    as_at: dt.date | str,
    kinds: Kinds,
    told: Progress,
) -> Begun:
    """Read a contract and a return; terms and errors as for ``run``."""
    from pbr.evidence import read_evidence

    told.stage("reading")
    whole = contract if isinstance(contract, Contract) else read_contract(contract, kinds)
    plan = make_plan(whole, as_at)
    found = read_evidence(plan, evidence)
    told.step(sum(count.read for count in found.counts.values()))
    used = [
        {"kind": kind_word(kind), "module": kind.__module__, "version": version_of(kind)}
        for kind in added_kinds(whole.terms.outcomes.values())
    ]
    arguments = {"as_at": plan.as_at.isoformat()} | ({"kinds": used} if used else {})
    return Begun(plan=plan, evidence=found, arguments=arguments)


def finish(begun: Begun, told: Progress) -> Run:
    """Evaluate and state what has been read, all of it at once."""
    from pbr.decisions import evaluate
    from pbr.entitlement import entitle
    from pbr.statement import make_statement

    told.stage("deciding")
    decisions = evaluate(begun.plan, begun.evidence)
    told.step(decisions.frame.height)
    told.stage("paying")
    entitlement = entitle(begun.plan, decisions)
    told.step()
    told.stage("stating")
    statement = make_statement(entitlement)
    told.step()
    return Run(
        plan=begun.plan,
        evidence=begun.evidence,
        decisions=decisions,
        entitlement=entitlement,
        statement=statement,
        arguments=begun.arguments,
    )


def finish_in_parts(begun: Begun, work: Path, partitions: int, runner: Runner, told: Progress) -> RunInParts:
    """Evaluate and state what has been read, part by part."""
    from pbr.spread.run import evaluate_in_parts

    return evaluate_in_parts(begun.plan, begun.evidence, work, partitions, runner, begun.arguments, told)


def parts_needed(begun: Begun, runner: str, memory_limit: int) -> int:
    """How many parts there must be for each to be evaluated in so much memory; on a cluster enough to go round."""
    from pbr.evidence.split import partitions_for

    found = partitions_for(begun.evidence, memory_limit)
    return found if runner == "local" else max(found, ON_A_CLUSTER)


ON_A_CLUSTER = 16
"""Parts there are at least where several processes work on them."""


def run(
    contract: Contract | str | Path,
    evidence: str | Path | Mapping[str, Any],
    as_at: dt.date | str,
    kinds: Kinds = DEFAULT_KINDS,
    *,
    progress: Progress | None = None,
) -> Run:
    """Read, evaluate and state in one call.

    Args:
        contract: A checked contract, or the path of one.
        evidence: A folder with a file for each table, or a map from table to polars frame, lazy frame or path.
        as_at: The day as at whose end everything is evaluated.
        kinds: The kinds of outcome that the contract at a path may use.
        progress: Who is told how far it is; nobody by default.

    Returns:
        Every stage; nothing is written.

    Raises:
        ContractError: The contract is wrong.
        EvidenceError: The return cannot be read at all; rows that are wrong are refused and listed instead.
        EvaluationError: The day is not usable, an amount is too large, or the code of an added kind failed.
    """
    told = Silent() if progress is None else progress
    return finish(begin(contract, evidence, as_at, kinds, told), told)


def run_in_parts(  # noqa: PLR0913  # what is evaluated, and by whom
    contract: Contract | str | Path,
    evidence: str | Path | Mapping[str, Any],
    as_at: dt.date | str,
    kinds: Kinds = DEFAULT_KINDS,
    *,
    work: str | Path,
    partitions: int,
    runner: Runner | None = None,
    progress: Progress | None = None,
) -> RunInParts:
    """Read, evaluate and state in partitions of the subjects, of which one is held at a time by each who works on them.

    What is written is the same to the byte as of ``run``, whatever the partitions and whoever works on them.

    Args:
        contract: As for ``run``.
        evidence: As for ``run``.
        as_at: As for ``run``.
        kinds: As for ``run``.
        work: A folder that everybody who works on the parts can read and write. Rows, decisions and lines are laid
            there, and are read from there until the run has been written; whoever calls removes it.
        partitions: How many parts, from 1.
        runner: Who works on them; see ``make_runner``. This process by default.
        progress: Who is told how far it is; nobody by default.

    Returns:
        The run, to be looked at and written; nothing of it is held.

    Raises:
        ContractError: As for ``run``.
        EvidenceError: As for ``run``.
        EvaluationError: As for ``run``; PBR409 and PBR410, of a cluster; PBR411, partitions or a folder that cannot be.
    """
    told = Silent() if progress is None else progress
    begun = begin(contract, evidence, as_at, kinds, told)
    return finish_in_parts(begun, Path(work), partitions, runner or LocalRunner(), told)
