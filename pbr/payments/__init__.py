"""The payment kinds: one file each, one word in this union."""

from typing import TypeAlias

from pbr.payments.bands import Bands
from pbr.payments.fee import Fee
from pbr.payments.tariff import Tariff
from pbr.priced import PRICED_ON, FallsIn

Payment: TypeAlias = Tariff | Bands | Fee

Achieving: TypeAlias = Tariff | Bands
"""Payments for what is achieved."""

__all__ = ["PRICED_ON", "Achieving", "Bands", "FallsIn", "Fee", "Payment", "Tariff"]
