"""Conditions and formulas: a small strict subset of SQL, typed, three-valued, exact, with three readings.

``parse`` makes a ``Condition`` of a text and ``parse_formula`` a ``Formula``; polars, SQL and plain Python read them.
The language is described in ``docs/reference/conditions.md``.
"""

from pbr.condition.condition import ChildRef, Condition, Formula
from pbr.condition.decimals import MOST_DECIMALS, decimals_of, in_points, reckoned_from, rounded
from pbr.condition.parse import parse, parse_formula
from pbr.condition.syntax import RESERVED_WORDS, check_syntax
from pbr.condition.to_missing import formula_to_empty, to_doubt, to_missing
from pbr.condition.to_polars import Ratio, child_to_polars, formula_to_parts, formula_to_polars, to_polars
from pbr.condition.to_python import child_to_python, formula_to_python, to_python, too_long
from pbr.condition.to_sql import formula_to_sql, to_sql
from pbr.condition.tree import FieldRef
from pbr.condition.types import Kind, Scope, ValueType

__all__ = [
    "MOST_DECIMALS",
    "RESERVED_WORDS",
    "ChildRef",
    "Condition",
    "FieldRef",
    "Formula",
    "Kind",
    "Ratio",
    "Scope",
    "ValueType",
    "check_syntax",
    "child_to_polars",
    "child_to_python",
    "decimals_of",
    "formula_to_empty",
    "formula_to_parts",
    "formula_to_polars",
    "formula_to_python",
    "formula_to_sql",
    "in_points",
    "parse",
    "parse_formula",
    "reckoned_from",
    "rounded",
    "to_doubt",
    "to_missing",
    "to_polars",
    "to_python",
    "to_sql",
    "too_long",
]
