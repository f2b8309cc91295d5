"""Conditions over one scope and two readings of them, polars and plain Python, which must say the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import TypeAlias

import polars as pl
import pytest

from pbr.condition import (
    Condition,
    FieldRef,
    Kind,
    Scope,
    ValueType,
    parse,
    to_polars,
    to_python,
)
from pbr.problem import ContractError, Place

Row: TypeAlias = Mapping[str, object]

HERE = Place("c.yaml", 1, 1)
SCOPE = Scope(
    row={
        "kind": ValueType(kind=Kind.TEXT, one_of=("start", "exit", "won't")),
        "note": ValueType(kind=Kind.TEXT),
        "pid": ValueType(kind=Kind.ID),
        "wid": ValueType(kind=Kind.WHOLE_ID),
        "free": ValueType(kind=Kind.YES_NO),
        "n": ValueType(kind=Kind.NUMBER),
        "d1": ValueType(kind=Kind.NUMBER, places=1),
        "d3": ValueType(kind=Kind.NUMBER, places=3),
        "pay": ValueType(kind=Kind.MONEY, places=2),
        "rate": ValueType(kind=Kind.SHARE, places=6),
        "rise": ValueType(kind=Kind.POINTS, places=1),
        "on": ValueType(kind=Kind.DATE),
        "date": ValueType(kind=Kind.DATE),
        "today": ValueType(kind=Kind.YES_NO),
        "b": ValueType(kind=Kind.YES_NO),
    },
    parent={
        "level": ValueType(kind=Kind.TEXT, one_of=("high", "low")),
        "consents": ValueType(kind=Kind.YES_NO),
        "born_on": ValueType(kind=Kind.DATE),
        "start": ValueType(kind=Kind.DATE),
        "note": ValueType(kind=Kind.NUMBER),
    },
    defines={
        "adult": "age_on(born_on, start) >= 18",
        "ready": "consents OR adult",
        "both": "free AND consents",
        "n": "never reached, for a field goes before it",
        "round": "free OR trip",
        "trip": "NOT round",
        "broken": "n = 'x",
        "elsewhere": "free AND housed",
        "deeper": "elsewhere AND kind = 'gone'",
        **{f"twice{step}": f"twice{step + 1} AND twice{step + 1}" for step in range(10)},
        "twice10": "free",
        **{f"nest{step}": f"nest{step + 1}" for step in range(40)},
        "nest40": "free",
    },
)
POLARS = {Kind.TEXT: pl.String, Kind.ID: pl.String, Kind.YES_NO: pl.Boolean, Kind.DATE: pl.Date}


def read(text: str, scope: Scope = SCOPE) -> Condition:
    """Read a condition of the scope above."""
    return parse(text, scope, HERE)


def type_in(scope: Scope, ref: FieldRef) -> ValueType:
    """The type of a field of either row."""
    return (scope.parent if ref.parent else scope.row)[ref.name]


def refs(scope: Scope = SCOPE) -> list[FieldRef]:
    """All the fields of a scope that a name can reach."""
    return [FieldRef(name) for name in scope.row] + [
        FieldRef(name, parent=True) for name in scope.parent if name not in scope.row
    ]


def held(value: object, kind: ValueType) -> object:
    """A value as a frame holds it."""
    return value * 10**kind.places if isinstance(value, int | Fraction) and not isinstance(value, bool) else value


def frame(rows: list[Row]) -> pl.DataFrame:
    """Rows as a frame, each field in the type it is held in."""
    columns = {}
    for ref in refs():
        kind = type_in(SCOPE, ref)
        values = [held(row.get(ref.name), kind) for row in rows]
        whole = [int(value) if isinstance(value, Fraction) else value for value in values]
        columns[f"{ref.parent} {ref.name}"] = pl.Series(whole, dtype=POLARS.get(kind.kind, pl.Int64))
    return pl.DataFrame(columns)


def by_polars(condition: Condition, rows: list[Row]) -> list[bool | None]:
    """What the polars reading says of each row."""
    expression = to_polars(condition, lambda ref: pl.col(f"{ref.parent} {ref.name}"))
    answers = frame(rows).with_columns(answer=expression)["answer"]
    assert answers.dtype == pl.Boolean
    return answers.to_list()


def by_python(condition: Condition, rows: list[Row]) -> list[bool | None]:
    """What the plain reading says of each row."""
    decide = to_python(condition)
    return [decide({ref: row.get(ref.name) for ref in condition.fields}) for row in rows]


def answers(text: str, *rows: Row) -> list[bool | None]:
    """What both readings say of each row, which must be the same."""
    condition = read(text)
    found = by_polars(condition, list(rows))
    assert by_python(condition, list(rows)) == found
    return found


def faults(text: str, scope: Scope = SCOPE) -> list[str]:
    """The problems of a condition, as ``column code message``."""
    with pytest.raises(ContractError) as raised:
        read(text, scope)
    assert all((problem.file, problem.line) == ("c.yaml", 1) for problem in raised.value.problems)
    return [f"{problem.column} {problem.code} {problem.message}" for problem in raised.value.problems]


def day(text: str) -> dt.date:
    """A day."""
    return dt.date.fromisoformat(text)
