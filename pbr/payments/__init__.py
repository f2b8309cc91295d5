"""The payment kinds: one file each, one word in this union."""

from typing import TypeAlias

from pbr.payments.amount import Amount, BelowZero
from pbr.payments.fee import Fee
from pbr.payments.tariff import PRICED_ON, FallsIn, Tariff

Payment: TypeAlias = Tariff | Amount | Fee

__all__ = ["PRICED_ON", "Amount", "BelowZero", "FallsIn", "Fee", "Payment", "Tariff"]
