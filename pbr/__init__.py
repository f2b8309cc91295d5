"""Payment by results: one contract file both sides sign and both sides run, to the same penny.

The names below are the library. They are loaded when first used, so that ``import pbr`` is light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pbr.agreement import (
        Agreement,
        Ballots,
        Count,
        check_agreement,
        count_ballots,
        read_agreement,
        read_ballots,
        read_result,
    )
    from pbr.api import Run, run, run_in_parts
    from pbr.cases.run import CaseResult, CaseResults, run_cases
    from pbr.contract import Contract, check_contract, read_contract
    from pbr.decisions import Decisions, evaluate
    from pbr.entitlement import Entitlement, entitle
    from pbr.evidence import Evidence, read_evidence
    from pbr.explanation import Explanation, explain
    from pbr.plan import Plan, make_plan
    from pbr.problem import AgreementError, ContractError, EvaluationError, EvidenceError, PbrError, Problem
    from pbr.progress import Progress
    from pbr.prose import render_contract
    from pbr.runners import Runner, make_runner
    from pbr.spread.run import RunInParts
    from pbr.statement import Statement, make_statement

_HOME = {
    "Agreement": "agreement",
    "AgreementError": "problem",
    "Ballots": "agreement",
    "CaseResult": "cases.run",
    "CaseResults": "cases.run",
    "Contract": "contract",
    "ContractError": "problem",
    "Count": "agreement",
    "Decisions": "decisions",
    "Entitlement": "entitlement",
    "EvaluationError": "problem",
    "Evidence": "evidence",
    "EvidenceError": "problem",
    "Explanation": "explanation",
    "PbrError": "problem",
    "Plan": "plan",
    "Problem": "problem",
    "Progress": "progress",
    "Run": "api",
    "RunInParts": "spread.run",
    "Runner": "runners",
    "Statement": "statement",
    "check_agreement": "agreement",
    "check_contract": "contract",
    "count_ballots": "agreement",
    "entitle": "entitlement",
    "evaluate": "decisions",
    "explain": "explanation",
    "make_plan": "plan",
    "make_runner": "runners",
    "make_statement": "statement",
    "read_agreement": "agreement",
    "read_ballots": "agreement",
    "read_contract": "contract",
    "read_evidence": "evidence",
    "read_result": "agreement",
    "render_contract": "prose",
    "run": "api",
    "run_cases": "cases.run",
    "run_in_parts": "api",
}

__all__ = [  # every name has a home above
    "Agreement",
    "AgreementError",
    "Ballots",
    "CaseResult",
    "CaseResults",
    "Contract",
    "ContractError",
    "Count",
    "Decisions",
    "Entitlement",
    "EvaluationError",
    "Evidence",
    "EvidenceError",
    "Explanation",
    "PbrError",
    "Plan",
    "Problem",
    "Progress",
    "Run",
    "RunInParts",
    "Runner",
    "Statement",
    "check_agreement",
    "check_contract",
    "count_ballots",
    "entitle",
    "evaluate",
    "explain",
    "make_plan",
    "make_runner",
    "make_statement",
    "read_agreement",
    "read_ballots",
    "read_contract",
    "read_evidence",
    "read_result",
    "render_contract",
    "run",
    "run_cases",
    "run_in_parts",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401  # whatever the name stands for
    """Load a name of the library when it is first used."""
    if name not in _HOME:
        message = f"module 'pbr' has no attribute {name!r}"
        raise AttributeError(message)
    found = getattr(importlib.import_module(f"pbr.{_HOME[name]}"), name)
    globals()[name] = found
    return found
