"""Conditions: a small strict subset of SQL, typed, three-valued, read by polars and by plain Python.

``parse`` makes a ``Condition`` of a text; ``to_polars`` and ``to_python`` read it. The language is described in
``docs/reference/conditions.md``.
"""

from pbr.condition.parse import parse
from pbr.condition.syntax import RESERVED_WORDS, check_syntax
from pbr.condition.to_missing import to_missing
from pbr.condition.to_polars import to_polars
from pbr.condition.to_python import to_python
from pbr.condition.tree import Condition, FieldRef
from pbr.condition.types import Kind, Scope, ValueType

__all__ = [
    "RESERVED_WORDS",
    "Condition",
    "FieldRef",
    "Kind",
    "Scope",
    "ValueType",
    "check_syntax",
    "parse",
    "to_missing",
    "to_polars",
    "to_python",
]
