"""The contract: models, reading, checks, figures."""

from pbr.contract.contract import Contract
from pbr.contract.model import Terms
from pbr.contract.read import check_contract, read_contract

__all__ = ["Contract", "Terms", "check_contract", "read_contract"]
