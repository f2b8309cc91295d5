"""How a question is decided: one rule a file, and the family of them."""

from __future__ import annotations

from typing import TypeAlias

from pbr.agreement.rules.approval import Approval
from pbr.agreement.rules.delphi import Delphi
from pbr.agreement.rules.dual_key import DualKey
from pbr.agreement.rules.equal_shares import EqualShares
from pbr.agreement.rules.independent_markets import IndependentMarkets
from pbr.agreement.rules.majority import Majority
from pbr.agreement.rules.median import Median
from pbr.agreement.rules.unanimity import Unanimity

Question: TypeAlias = Approval | Delphi | DualKey | EqualShares | IndependentMarkets | Majority | Median | Unanimity

__all__ = [
    "Approval",
    "Delphi",
    "DualKey",
    "EqualShares",
    "IndependentMarkets",
    "Majority",
    "Median",
    "Question",
    "Unanimity",
]
