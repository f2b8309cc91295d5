"""Agreements: what a community decided by counted ballots, read, counted by published rules, and kept as data."""

from pbr.agreement.ballots import Ballots, read_ballots
from pbr.agreement.count import Count, count_ballots
from pbr.agreement.model import Agreement
from pbr.agreement.read import check_agreement, read_agreement
from pbr.agreement.recount import check_result, read_agreed, write_result
from pbr.agreement.result import Answer, Dissent, Result, Threshold, read_result, result_path

__all__ = [
    "Agreement",
    "Answer",
    "Ballots",
    "Count",
    "Dissent",
    "Result",
    "Threshold",
    "check_agreement",
    "check_result",
    "count_ballots",
    "read_agreed",
    "read_agreement",
    "read_ballots",
    "read_result",
    "result_path",
    "write_result",
]
