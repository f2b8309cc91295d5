"""Laws 23 and 27 to 29 on every threshold, condition and figure of a contract, found in the contract itself."""

from __future__ import annotations

import csv
import datetime as dt
import operator
from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import polars as pl
import pytest
from attrs import evolve

import pbr
from pbr.calendar import Duration, date_from_number, number_of
from pbr.condition import Condition, Kind, to_polars, to_python
from pbr.condition.tree import And, Case, Child, Compare, Constant, Field, In, Not, Or, leaves_of, parts_of
from pbr.outcomes import Scale
from pbr.table import ALWAYS
from tests import small
from tests.oracle_names import PERIODS
from tests.oracle_people import in_step
from tests.oracle_rows import DIGITS
from tests.oracle_words import number, period_start

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


def comparisons() -> Iterator[tuple[Condition, Any]]:
    """Give every comparison with a value written out that stands anywhere in a condition of any contract."""
    for contract in contracts():
        for condition in contract.conditions.values():
            inner = [ref.condition for ref in condition.children if ref.condition is not None]
            for each in (condition, *inner):
                yield from ((each, test) for test in everything(each.node) if is_threshold(test))


def everything(node: Any) -> Iterator[Any]:  # noqa: ANN401  # any node of a condition
    """Give a node and every node inside it."""
    yield node
    for part in parts_of(node):
        yield from everything(part)


def is_threshold(test: Any) -> bool:  # noqa: ANN401
    """Say whether a node compares something that varies with a value written out."""
    return isinstance(test, Compare) and isinstance(test.right, Constant)


def answers(condition: Condition, test: Any, values: list[Any]) -> list[bool | None]:  # noqa: ANN401
    """Read one test alone, with polars, for values of the one thing that varies, as a frame holds them."""
    (leaf,) = dict.fromkeys(leaves_of(test))
    return swept(condition, test, leaf, values)


def swept(condition: Condition, test: Any, leaf: Any, values: list[Any]) -> list[bool | None]:  # noqa: ANN401
    """Read one test with polars for each of these values of a leaf, all other leaves as `usual` has them."""
    kinds = {Kind.DATE: pl.Date, Kind.TEXT: pl.String, Kind.ID: pl.String, Kind.YES_NO: pl.Boolean}
    series = {leaf.ref: pl.Series(values, dtype=kinds.get(leaf.type.kind, pl.Int64))}
    for other in leaves_of(test):
        if other.ref not in series:
            one = usual(other)
            held = one if not isinstance(one, Fraction) else int(one * 10**other.type.places)
            series[other.ref] = pl.Series([held] * len(values), dtype=kinds.get(other.type.kind, pl.Int64))
    names = {ref: f"x{place}" for place, ref in enumerate(series)}
    frame = pl.DataFrame({names[ref]: column for ref, column in series.items()})
    found = to_polars(evolve(condition, node=test), lambda ref: pl.col(names[ref]), lambda ref: pl.col(names[ref]))
    return frame.select(found).to_series().to_list()


MIDDLE: Final = dt.date(2025, 6, 15)


def usual(leaf: Any) -> Any:  # noqa: ANN401
    """Give an ordinary value of a leaf, as plain Python has it."""
    kind = leaf.type
    if kind.kind is Kind.DATE:
        return MIDDLE
    if kind.kind is Kind.YES_NO:
        return True
    return Fraction(1) if kind.kind in {Kind.NUMBER, Kind.MONEY, Kind.SHARE} else next(iter(kind.one_of), "x")


def around(leaf: Any, at: Any) -> list[Any]:  # noqa: ANN401
    """Give values of a leaf, unit by unit, wide enough for a threshold to lie among them."""
    if leaf.type.kind is Kind.DATE:
        return [MIDDLE + dt.timedelta(days=day) for day in range(-40 * 366, 20 * 366)]
    unit = Fraction(1, 10**leaf.type.places)
    middle = round(Fraction(at if isinstance(at, Fraction) else 0) / unit)
    return [unit * step for step in range(middle - 2500, middle + 2500)]


def test_law_23_each_threshold_of_a_contract_parts_one_unit_from_the_next() -> None:
    """A unit below each threshold there is, at it and a unit above it, each falls on its side.

    Where what is compared is worked out, one thing that it is made of goes unit by unit past the threshold.
    """
    plain, worked = Counter[str](), Counter[str]()
    for condition, test in comparisons():
        at, left = test.right.value, test.left
        if not isinstance(left, Field | Child):
            varying = [leaf for leaf in leaves_of(left) if leaf.type.kind in {Kind.NUMBER, Kind.MONEY, Kind.DATE}]
            assert varying, condition.text
            values = around(varying[0], at)
            held = [
                value if isinstance(value, dt.date) else int(value * 10 ** varying[0].type.places) for value in values
            ]
            found = swept(condition, test, varying[0], held)
            others = {leaf.ref: usual(leaf) for leaf in leaves_of(test)}
            read = to_python(evolve(condition, node=test))
            assert found == [read(others | {varying[0].ref: value}) for value in values], condition.text
            assert {True, False} <= set(found), condition.text
            worked[type(left).__name__] += 1
        elif test.right.kind in {Kind.NUMBER, Kind.MONEY, Kind.SHARE, Kind.DATE}:
            unit = dt.timedelta(days=1) if isinstance(at, dt.date) else Fraction(1, 10**left.type.places)
            values = [at - unit, at, at + unit]
            held = values if isinstance(at, dt.date) else [int(value / unit) for value in values]
            assert answers(condition, test, held) == [SIGNS[test.operator](value, at) for value in values], (
                condition.text
            )
            plain[type(left).__name__] += 1
        else:
            assert test.operator in {"=", "<>"}, "words have no threshold"
    assert sum(plain.values()) >= 8
    assert {"Age", "Case", "Shift", "Span"} <= set(worked), "the contracts hold thresholds of what is worked out"


def test_law_23_each_step_of_a_contract_parts_one_unit_from_the_next() -> None:
    """A unit below each end of a step, at it and a unit above it, one step holds the value, and it is the one said."""
    tried = 0
    for contract in contracts():
        fields = contract.terms.all_fields(contract.terms.cohort_table)
        for outcome in contract.terms.outcomes.values():
            if not isinstance(outcome, Scale) or outcome.value is None:
                continue
            places = fields[outcome.value].scale(contract.terms.contract.currency)
            ends = {end for step in outcome.steps if step for end in (step.low, step.high) if end is not None}
            units = [int(end * 10**places) + more for end in ends for more in (-1, 0, 1)]
            frame = pl.DataFrame({"x": pl.Series(units, dtype=pl.Int64)})
            numbered = evolve(outcome, points={text: str(place) for place, text in enumerate(outcome.points)})
            found = frame.select(numbered.in_parts(pl.col("x"), 10**places)).to_series().to_list()
            for unit, place in zip(units, found, strict=True):
                holding = [
                    text for text in outcome.points if in_step(Fraction(unit, 10**places), text.replace("%", ""))
                ]
                assert [list(outcome.points)[place]] == holding, (unit, place)
                tried += 1
    assert tried >= 6


def test_law_27_an_empty_field_passes_no_test_of_a_contract() -> None:
    """Of no comparison and no list that stands in a contract is an empty field on either side."""
    lists = [
        (condition, test)
        for contract in contracts()
        for condition in contract.conditions.values()
        for test in parts(condition.node)
        if isinstance(test, In) and isinstance(test.operand, Field)
    ]
    every = [*((each, test) for each, test in comparisons() if len(set(leaves_of(test))) == 1), *lists]
    assert len(every) >= 10
    for condition, test in every:
        if not isinstance(getattr(test, "left", None), Case):  # which may give something of nothing
            assert answers(condition, test, [None]) == [None], condition.text


def figures() -> list[tuple[Contract, str, Table]]:
    """Give every dated figure of every contract with the name of its value, but for those that panels decide.

    The rows of these stand in results of ballots, and what holds when is tried in tests/test_agreed_figures.py.
    """
    found = []
    for contract in contracts():
        for path, table in contract.tables.items():
            name = read_name(contract, path)
            if table.starts and name in contract.terms.values and contract.terms.values[name].agreed is None:
                found.append((contract, name, table))
    return found


def read_name(contract: Contract, path: tuple[str | int, ...]) -> str:
    """Give what a term says for its figure."""
    terms, (part, item) = contract.terms, path[:2]
    if part == "payments":
        said = getattr(terms.payments[str(item)], str(path[2]))
        return str(said if len(path) == 3 else said[path[3]])
    window = getattr(terms.outcomes.get(str(item)), "window", None)
    return terms.adjustments[int(item)].figure if part == "adjustments" else str(getattr(window, "for_", ""))


Said: TypeAlias = tuple[tuple[str, ...], str, str, str]
"""A row of a value as its file has it: labels, first day, last day, figure; an empty day is none."""


def rows_said(contract: Contract, name: str) -> list[Said]:
    """Read the rows of a value out of the text of its file."""
    values: Any = contract.document.root["values"]
    shape = values[name]
    by = shape.get("by", []) if isinstance(shape, dict) else []
    keys = [by] if isinstance(by, str) else by
    if isinstance(shape, dict) and "csv" in shape:
        text = (Path(contract.file).parent / shape["csv"]).read_text(encoding="utf-8")
        rows = csv.DictReader(text.splitlines())
        return [
            (tuple(row[key] for key in keys), row.get("from") or "", row.get("to") or "", row["figure"]) for row in rows
        ]
    if isinstance(shape, str) or (not keys and "figure" in shape):
        return [((), "", "", shape if isinstance(shape, str) else shape["figure"])]
    found = []
    dated = shape.get("dated", {"": shape})
    for day, held in dated.items():
        first, _, last = day.partition(" to ")
        found += [(labels, first, last, figure) for labels, figure in flat(held, len(keys))]
    return found


def flat(held: Any, depth: int) -> list[tuple[tuple[str, ...], str]]:  # noqa: ANN401  # text, or maps of it
    """Give the figures of rows in rows with their labels."""
    if depth == 0:
        return [((), held)]
    inner = [(label, flat(row, depth - 1)) for label, row in held.items() if label not in {"by", "title", "source"}]
    return [((label, *labels), figure) for label, rows in inner for labels, figure in rows]


def written(contract: Contract, name: str, labels: tuple[str, ...], day: dt.date) -> str | None:
    """Find the figure of some labels on a day: the last begun of each row, and of rows that fit the one most named."""
    labels = with_period(contract, name, labels, day)
    latest: dict[tuple[str, ...], Said] = {}
    for row in sorted(rows_said(contract, name), key=lambda row: row[1]):
        if row[1] <= day.isoformat() and all(one in {label, "*"} for one, label in zip(row[0], labels, strict=True)):
            latest[row[0]] = row
    lasting = [row for row in latest.values() if day.isoformat() <= (row[2] or "9999")]
    return max(lasting, key=lambda row: len(labels) - row[0].count("*"))[3] if lasting else None


def with_period(contract: Contract, name: str, labels: tuple[str, ...], day: dt.date) -> tuple[str, ...]:
    """Put the number of the period that a day lies in among the labels, where the rows of a value are by one."""
    shape: Any = contract.document.root["values"]
    by = shape[name].get("by", []) if isinstance(shape[name], dict) else []
    found = list(labels)
    for place, key in enumerate([by] if isinstance(by, str) else by):
        if key in PERIODS:
            header = contract.terms.contract
            starts = header.year_starts or header.from_
            begins = f"{starts.month:02}-{starts.day:02}"
            days = (header.from_ + dt.timedelta(days=number) for number in range((day - header.from_).days + 1))
            number_of_it = len({period_start(each, key, begins) for each in days})
            found.insert(place, str(number_of_it) if header.from_ <= day <= header.to else "")
    return tuple(found)


def said(cell: Any, currency: str) -> str:  # noqa: ANN401
    """Write a cell of a table as a number or a duration."""
    return str(Fraction(cell, 10 ** DIGITS[currency]) if isinstance(cell, int) else cell)


def meant(text: str | None) -> str | None:
    """Write what a contract says as a number or a duration."""
    if text is None:
        return None
    length = Duration.parse(text)
    return str(number(text) if length is None else length)


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
    """On the day before each change there is, and on the day, the figure is the one that the text of the file says."""
    tried = 0
    for contract, name, table in figures():
        for row, labels in enumerate(product(*table.labels)):
            for start in table.starts:
                days = [start - 1, start, start + 1] if start != ALWAYS else [number_of(dt.date(1900, 1, 1))]
                texts = [meant(written(contract, name, labels, date_from_number(day))) for day in days]
                cells = [None if cell is None else table.cells[cell] for cell in looked_up(table, row, days)]
                held = [None if cell is None else said(cell, contract.terms.contract.currency) for cell in cells]
                assert held == texts, (name, labels)
                tried += 1
    assert tried >= 20


@pytest.mark.parametrize("side", ["first", "last", "every"])
def test_law_29_each_day_of_the_term_of_a_contract_has_one_figure(side: str) -> None:
    """On the first and the last day of the term and on every day between, each row of labels has its figure."""
    assert len(figures()) >= 8
    for contract, name, table in figures():
        first, last = number_of(contract.term.first), number_of(contract.term.last)
        days = {"first": [first], "last": [last], "every": list(range(first, last + 1))}[side]
        for row, labels in enumerate(product(*table.labels)):
            cells = looked_up(table, row, days)
            assert all(cell is not None and table.cells[cell] is not None for cell in cells), name
            texts = {day: meant(written(contract, name, labels, date_from_number(day))) for day in (first, last)}
            for day, cell in zip(days, cells, strict=True):
                if day in texts and cell is not None:
                    assert said(table.cells[cell], contract.terms.contract.currency) == texts[day]
