"""The payment kinds: one file each, one word in this union."""

from typing import TypeAlias

from pbr.payments.amount import Amount, BelowZero
from pbr.payments.divide import POT_PRICED_ON, Divide
from pbr.payments.fee import Fee
from pbr.payments.tariff import PRICED_ON, FallsIn, Tariff

Payment: TypeAlias = Tariff | Amount | Divide | Fee

__all__ = ["POT_PRICED_ON", "PRICED_ON", "Amount", "BelowZero", "Divide", "FallsIn", "Fee", "Payment", "Tariff"]
