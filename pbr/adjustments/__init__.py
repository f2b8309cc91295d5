"""The adjustment kinds: one file each, one word in this union."""

from typing import TypeAlias

from pbr.adjustments.cap import Cap
from pbr.adjustments.multiply import Multiply

Adjustment: TypeAlias = Cap | Multiply

__all__ = ["Adjustment", "Cap", "Multiply"]
