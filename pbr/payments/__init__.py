"""The payment kinds: one file each, one word in this union."""

from typing import TypeAlias

from pbr.payments.fee import Fee
from pbr.payments.tariff import PRICED_ON, FallsIn, Tariff

Payment: TypeAlias = Tariff | Fee

__all__ = ["PRICED_ON", "FallsIn", "Fee", "Payment", "Tariff"]
