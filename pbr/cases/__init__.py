"""Worked cases beside a contract: a small return and what must come of it, in the reader's terms.

Reading them loads no engine; ``pbr.cases.run`` does.
"""

from pbr.cases.check import check_case
from pbr.cases.model import Case, CaseTerms, Expected, ExpectedDecision, ExpectedLine
from pbr.cases.read import case_files, read_case, read_cases

__all__ = [
    "Case",
    "CaseTerms",
    "Expected",
    "ExpectedDecision",
    "ExpectedLine",
    "case_files",
    "check_case",
    "read_case",
    "read_cases",
]
