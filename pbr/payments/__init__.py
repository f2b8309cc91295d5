"""The payment kinds: one file each, one word in this union."""

from typing import TypeAlias

from pbr.payments.amount import Amount, BelowZero
from pbr.payments.bands import Bands
from pbr.payments.divide import POT_PRICED_ON, Divide
from pbr.payments.fee import Fee
from pbr.payments.tariff import Tariff
from pbr.priced import PRICED_ON, FallsIn

Payment: TypeAlias = Tariff | Bands | Amount | Divide | Fee

Achieving: TypeAlias = Tariff | Bands
"""Payments for what is achieved."""

__all__ = [
    "POT_PRICED_ON",
    "PRICED_ON",
    "Achieving",
    "Amount",
    "Bands",
    "BelowZero",
    "Divide",
    "FallsIn",
    "Fee",
    "Payment",
    "Tariff",
]
