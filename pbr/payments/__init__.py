"""The payment kinds: one file each, one word in this union."""

from typing import TypeAlias

from pbr.payments.tariff import PriceOn, Tariff

Payment: TypeAlias = Tariff

__all__ = ["Payment", "PriceOn", "Tariff"]
