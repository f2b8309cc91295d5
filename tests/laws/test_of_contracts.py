"""Laws 23 and 27 to 29 on every threshold, condition and figure of a contract, found in the contract itself."""

from __future__ import annotations

import datetime as dt
import operator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest
from attrs import evolve

import pbr
from pbr.calendar import number_of
from pbr.condition import Condition, Kind, to_polars
from pbr.condition.tree import And, Compare, Constant, Field, In, Not, Or
from tests import small

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.contract import Contract
    from pbr.table import Table

ROOT: Final = Path(__file__).parent.parent.parent
FILES: Final = sorted([*ROOT.glob("contracts/*/contract.yaml"), *ROOT.glob("tests/language/1/*/contract.yaml")])
SIGNS: Final[dict[str, Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@cache
def contracts() -> tuple[Contract, ...]:
    """Read every contract of the library, those frozen, and the small one of the tests."""
    return (*(pbr.read_contract(path) for path in FILES), small.contract_of())


def parts(node: Any) -> Iterator[Any]:  # noqa: ANN401  # any node of a condition
    """Give the tests a condition is joined of."""
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from parts(part)
    elif isinstance(node, Not):
        yield from parts(node.part)
    else:
        yield node


def comparisons(kinds: set[Kind] | None = None) -> Iterator[tuple[Condition, Any]]:
    """Give every comparison of a field with a value written out, in every condition of every contract."""
    for contract in contracts():
        for condition in contract.conditions.values():
            for test in parts(condition.node):
                plain = isinstance(test, Compare) and isinstance(test.left, Field) and isinstance(test.right, Constant)
                if plain and (kinds is None or test.right.kind in kinds):
                    yield condition, test


def answers(condition: Condition, test: Any, values: list[Any]) -> list[bool | None]:  # noqa: ANN401
    """Read one test alone, with polars, for values as a frame holds them."""
    kinds = {Kind.DATE: pl.Date, Kind.TEXT: pl.String, Kind.ID: pl.String, Kind.YES_NO: pl.Boolean}
    subject: Any = test.left if isinstance(test, Compare) else test.operand
    kind = subject.type.kind
    frame = pl.DataFrame({"x": pl.Series(values, dtype=kinds.get(kind, pl.Int64))})
    return frame.select(to_polars(evolve(condition, node=test), lambda _: pl.col("x"))).to_series().to_list()


def test_law_23_each_threshold_of_a_contract_parts_one_unit_from_the_next() -> None:
    """A unit below each threshold there is, at it and a unit above it, each falls on its side."""
    tried = 0
    for condition, test in comparisons({Kind.NUMBER, Kind.MONEY, Kind.SHARE, Kind.DATE}):
        at = test.right.value
        unit = dt.timedelta(days=1) if isinstance(at, dt.date) else Fraction(1, 10**test.left.type.places)
        plain = [at - unit, at, at + unit]
        held = plain if isinstance(at, dt.date) else [int(value / unit) for value in plain]
        assert answers(condition, test, held) == [SIGNS[test.operator](value, at) for value in plain], condition.text
        tried += 1
    assert tried >= 5


def test_law_27_an_empty_field_passes_no_test_of_a_contract() -> None:
    """Of no comparison and no list that stands in a contract is an empty field on either side."""
    lists = [
        (condition, test)
        for contract in contracts()
        for condition in contract.conditions.values()
        for test in parts(condition.node)
        if isinstance(test, In) and isinstance(test.operand, Field)
    ]
    every = [*comparisons(), *lists]
    assert len(every) >= 10
    for condition, test in every:
        assert answers(condition, test, [None]) == [None], condition.text


def figures() -> list[tuple[Contract, tuple[str | int, ...], Table]]:
    """Give every dated figure of every contract with where it is read."""
    return [
        (contract, path, table) for contract in contracts() for path, table in contract.tables.items() if table.starts
    ]


def looked_up(table: Table, row: int, days: list[int]) -> list[int | None]:
    """Give the place of the figure that one row of labels has on each of these days."""
    sizes = [len(labels) for labels in table.labels]
    columns: dict[str, list[int]] = {}
    for key, size in reversed(list(zip(table.by, sizes, strict=True))):
        row, place = divmod(row, size)
        columns[key] = [place] * len(days)
    frame = pl.DataFrame({"day": pl.Series(days, dtype=pl.Int32), **columns})
    return frame.select(table.cell(pl.col("day"))).to_series().to_list()


def test_law_28_each_figure_of_a_contract_changes_on_its_day() -> None:
    """On the day before each change there is, the figure is that of before it, from the day on the new one."""
    tried = 0
    for _, path, table in figures():
        for row in range(len(table.rows)):
            for place, start in enumerate(table.starts):
                before = None if place == 0 else row * table.spans + place - 1
                here = row * table.spans + place
                assert looked_up(table, row, [start - 1, start, start + 1])[:2] == [before, here], path
                tried += 1
    assert tried >= 20


@pytest.mark.parametrize("side", ["first", "last", "every"])
def test_law_29_each_day_of_the_term_of_a_contract_has_one_figure(side: str) -> None:
    """On the first and the last day of the term and on every day between, each row of labels has a figure."""
    assert len(figures()) >= 8
    for contract, path, table in figures():
        first, last = number_of(contract.term.first), number_of(contract.term.last)
        days = {"first": [first], "last": [last], "every": list(range(first, last + 1))}[side]
        for row in range(len(table.rows)):
            cells = looked_up(table, row, days)
            assert all(cell is not None and table.cells[cell] is not None for cell in cells), path
