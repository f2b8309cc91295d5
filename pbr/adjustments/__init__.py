"""The adjustment kinds: one file each, one word in this union."""

from typing import TypeAlias

from pbr.adjustments.cap import Cap
from pbr.adjustments.floor import Floor
from pbr.adjustments.gate import Gate
from pbr.adjustments.multiply import Multiply
from pbr.adjustments.retain import Retain
from pbr.adjustments.split import Split
from pbr.adjustments.tax import Tax

Adjustment: TypeAlias = Gate | Multiply | Cap | Floor | Retain | Split | Tax

__all__ = ["Adjustment", "Cap", "Floor", "Gate", "Multiply", "Retain", "Split", "Tax"]
