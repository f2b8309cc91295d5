"""Running the cases beside a contract: what came out otherwise than expected, and what no case reaches."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl
from attrs import field, frozen

from pbr.cases.compare import Difference, compare, row_place
from pbr.cases.reach import Reached, Term, reached_by, terms_of
from pbr.cases.read import case_files, read_cases
from pbr.contract import Contract, read_contract
from pbr.decisions import evaluate
from pbr.entitlement import entitle
from pbr.evidence import read_evidence
from pbr.explanation import explain_group, explain_subject
from pbr.kinds import DEFAULT_KINDS, Kinds
from pbr.plan import make_plan
from pbr.statement import make_statement

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.cases.model import Case
    from pbr.contract import Terms
    from pbr.decisions import Decisions
    from pbr.statement import Statement


@frozen(kw_only=True)
class CaseResult:
    """One case after it was run.

    Attributes:
        file: The file, as it was named.
        title: What the case says it shows.
        differences: What came out otherwise than expected; none if the case passes.
        explanation: Why each subject concerned is paid or not, in words; empty if the case passes.
        reached: The terms of the contract that it reaches.
    """

    file: str
    title: str
    differences: tuple[Difference, ...]
    explanation: str = field(repr=False)
    reached: frozenset[Term] = field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether all came out as expected."""
        return not self.differences


@frozen(kw_only=True)
class CaseResults:
    """The cases beside one contract after they were run.

    Attributes:
        contract: The contract.
        cases: Each case, in the order of the files.
        reach: Each term that a case can reach, in the order of the contract, with the number of cases that do.
    """

    contract: Contract
    cases: tuple[CaseResult, ...]
    reach: tuple[Reached, ...]

    @property
    def passed(self) -> bool:
        """Whether every case passes."""
        return all(case.passed for case in self.cases)

    @property
    def share_reached(self) -> Fraction:
        """How many of the terms at least one case reaches, out of all; exact, 1 if there is nothing to reach."""
        every = len(self.reach)
        return Fraction(sum(each.cases > 0 for each in self.reach), every) if every else Fraction(1)


def run_cases(contract: Contract | str | Path, kinds: Kinds = DEFAULT_KINDS) -> CaseResults:
    """Run every case beside a contract, the files ``cases/*.yaml``.

    Args:
        contract: A checked contract, or the path of one.
        kinds: The kinds of outcome that the contract at a path may use.

    Returns:
        What came out, case by case, and how far the cases reach; nothing is written.

    Raises:
        ContractError: The contract is wrong, there is no case (PBR143), or case files are wrong: every fault of each.
        EvaluationError: PBR401, an amount that cannot be held; PBR405, the code of an added kind failed.
    """
    whole = contract if isinstance(contract, Contract) else read_contract(contract, kinds)
    cases = read_cases(whole, case_files(whole.file))
    done = tuple(run_case(whole, case) for case in cases)
    plan = make_plan(whole, whole.terms.contract.to)
    reach = tuple(
        Reached(term=term, cases=sum(term in each.reached for each in done)) for term in dict.fromkeys(terms_of(plan))
    )
    return CaseResults(contract=whole, cases=done, reach=reach)


def run_case(contract: Contract, case: Case) -> CaseResult:
    """Evaluate one case that has been checked.

    Raises:
        EvaluationError: PBR401, an amount that cannot be held.
    """
    plan = make_plan(contract, case.terms.as_at)
    evidence = read_evidence(plan, case_frames(plan.terms, case))
    decisions = evaluate(plan, evidence)
    entitlement = entitle(plan, decisions)
    statement = make_statement(entitlement)
    differences = compare(case, decisions, statement)
    return CaseResult(
        file=case.document.file,
        title=case.terms.case,
        differences=differences,
        explanation=_explanation(case, decisions, statement, differences),
        reached=frozenset(reached_by(entitlement)),
    )


def case_frames(terms: Terms, case: Case) -> dict[str, pl.DataFrame]:
    """The rows of a case as frames of text; a table or field that is not written is empty."""
    frames = {}
    for name in dict.fromkeys([*terms.returned, *case.terms.tables]):
        rows = case.terms.tables.get(name, ())
        stands_for = terms.tables[name].columns if name in terms.tables else {}
        written = dict.fromkeys(key for row in rows for key in row)
        given = {stands_for.get(key, key) for key in written}
        fields = terms.sent_fields(name) if name in terms.tables else {}
        headings = dict.fromkeys([*(key for key in fields if key in written or key not in given), *written])
        columns = {heading: [row.get(heading, "") for row in rows] for heading in headings}
        frames[name] = pl.DataFrame(columns, schema=dict.fromkeys(headings, pl.String))
    return frames


def _explanation(case: Case, decisions: Decisions, statement: Statement, differences: tuple[Difference, ...]) -> str:
    """Why each subject concerned is paid or not, in the outcomes that came out otherwise."""
    concerned: dict[str, list[str]] = {}
    for each in differences:
        if each.subject:
            concerned.setdefault(each.subject, []).append(each.outcome)
    parts = [
        explain_subject(decisions, statement.frame, subject, outcomes, lambda table, row: row_place(case, table, row))
        for subject, outcomes in concerned.items()
    ]
    groups = dict.fromkeys((each.outcome, each.group) for each in differences if each.group)
    parts += [explain_group(decisions, statement.frame, *each) for each in groups]
    return "\n".join(part for part in parts if part)
