"""One world of random rows, and what each reading of a condition or a formula says of it."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
from attrs import frozen

from pbr.condition import (
    ChildRef,
    Condition,
    FieldRef,
    Formula,
    Kind,
    Scope,
    ValueType,
    child_to_polars,
    child_to_python,
    formula_to_polars,
    formula_to_python,
    formula_to_sql,
    parse,
    parse_formula,
    to_polars,
    to_python,
    to_sql,
)
from pbr.problem import Place
from tests.conditions import EVENTS, SCOPE, Fields, fields_of, row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.conditions import Row

FIELDS = fields_of(SCOPE)
CHILD: tuple[str, Fields] = ("events", EVENTS)
"""The child table and its fields; another page of examples may have others."""

_POLARS = {Kind.TEXT: pl.String, Kind.ID: pl.String, Kind.YES_NO: pl.Boolean, Kind.DATE: pl.Date}


def answers(
    text: str, *rows: Mapping[str, object], events: Sequence[list[Row]] = (), scope: Scope = SCOPE
) -> list[bool | None]:
    """What every reading says of some rows, which must be the same; a field that is not given is empty."""
    condition = parse(text, scope, Place())
    assert parse(condition.canonical, scope, Place()) == condition
    world = _given(rows, events)
    found = world.by_python(condition)
    assert [found] == world.by_polars([condition]) == world.by_sql([condition])
    return found


def figures(
    text: str, *rows: Mapping[str, object], events: Sequence[list[Row]] = (), scope: Scope = SCOPE
) -> list[str | None]:
    """What every reading of a formula gives for some rows, as fractions; they must be the same."""
    formula = parse_formula(text, scope, Place())
    assert parse_formula(formula.canonical, scope, Place()) == formula
    world = _given(rows, events)
    found = world.by_python(formula)
    assert [found] == world.figures_by_polars([formula]) == world.figures_by_sql([formula])
    return [None if one is None else str(one) for one in found]


def _given(rows: Sequence[Mapping[str, object]], events: Sequence[list[Row]]) -> World:
    """A world of rows written out."""
    plain = [{ref: row.get(ref.name) for ref in FIELDS} for row in rows]
    full = [[dict.fromkeys(CHILD[1]) | event for event in some] for some in events]
    return World.made(plain, [*full, *([[]] * (len(plain) - len(full)))])


def name(ref: FieldRef) -> str:
    """The column of a field of the row or of its parent's."""
    return f"{'parent' if ref.parent else 'row'}_{ref.name}"


def series(values: Sequence[object], kind: ValueType) -> pl.Series:
    """Values as a frame holds them: numbers scaled to whole ones."""
    held = [int(one * 10**kind.places) if isinstance(one, Fraction) else one for one in values]
    return pl.Series(held, dtype=_POLARS.get(kind.kind, pl.Int64))


@frozen
class World:
    """Rows with their parents' fields beside them, and the rows of a child table.

    Attributes:
        rows: A value for each field, by its reference.
        events: For each row its events.
        frame: The rows as polars holds them, with ``place`` from 0.
        child: The events as polars holds them, with ``place`` of the row each belongs to.
        database: DuckDB with ``people`` and ``events``.
    """

    rows: list[dict[FieldRef, object]]
    events: list[list[Row]]
    frame: pl.DataFrame
    child: pl.DataFrame
    database: duckdb.DuckDBPyConnection

    @classmethod
    def of(cls, seed: int, size: int = 24) -> World:
        """A world out of a seed; a third of its rows have no events."""
        luck = Random(seed)  # noqa: S311  # made-up rows need no secrets
        plain = [{ref: row(luck, {ref.name: kind})[ref.name] for ref, kind in FIELDS.items()} for _ in range(size)]
        return cls.made(plain, [[row(luck, EVENTS) for _ in range(luck.choice([0, 1, 3]))] for _ in range(size)])

    @classmethod
    def made(cls, plain: list[dict[FieldRef, object]], events: list[list[Row]]) -> World:
        """A world of given rows, each with its events."""
        size = len(plain)
        frame = pl.DataFrame(
            {"place": range(size)} | {name(ref): series([one[ref] for one in plain], FIELDS[ref]) for ref in FIELDS}
        )
        every = [(place, event) for place, some in enumerate(events) for event in some]
        columns = {one: series([event[one] for _, event in every], kind) for one, kind in CHILD[1].items()}
        child = pl.DataFrame({"place": pl.Series([place for place, _ in every], dtype=pl.Int64)} | columns)
        database = duckdb.connect()
        fields = {name(ref): kind for ref, kind in FIELDS.items()}
        _fill(database, "people", fields, [(place, *one.values()) for place, one in enumerate(plain)])
        _fill(database, *CHILD, [(place, *event.values()) for place, event in every])
        return cls(plain, events, frame, child, database)

    def by_python(self, read: Condition | Formula) -> list[Any]:
        """What plain Python says of each row."""
        decide = to_python(read) if isinstance(read, Condition) else formula_to_python(read)
        answers = []
        for one, events in zip(self.rows, self.events, strict=True):
            given: dict[FieldRef | ChildRef, object] = {ref: one[ref] for ref in read.fields}
            given |= {ref: child_to_python(ref, _beside(ref, one, events)) for ref in read.children}
            answers.append(decide(given))
        return answers

    def by_polars(self, conditions: Sequence[Condition]) -> list[list[bool | None]]:
        """What polars says of each row, by condition; one query for all of them."""
        frame, child = self._gathered({ref: None for one in conditions for ref in one.children})
        found = frame.with_columns(
            to_polars(one, _column, lambda ref: pl.col(child[ref])).alias(str(number))
            for number, one in enumerate(conditions)
        ).select(str(number) for number in range(len(conditions)))
        return [_whole(column, frame.height) for column in found]

    def figures_by_polars(self, formulas: Sequence[Formula]) -> list[list[Fraction | None]]:
        """What polars says of each row, by formula; one query for all of them."""
        frame, child = self._gathered({ref: None for one in formulas for ref in one.children})
        parts = [formula_to_polars(one, _column, lambda ref: pl.col(child[ref])) for one in formulas]
        found = frame.select(
            "place",
            *(part.numerator.alias(f"above{number}") for number, part in enumerate(parts)),
            *(part.denominator.alias(f"below{number}") for number, part in enumerate(parts)),
        )
        return [
            _ratios(found[f"above{number}"].to_list(), found[f"below{number}"].to_list())
            for number in range(len(parts))
        ]

    def by_sql(self, conditions: Sequence[Condition]) -> list[list[bool | None]]:
        """What DuckDB says of each row, by condition; one query for all of them."""
        return [list(column) for column in self._select([to_sql(one, _sql_column, _sql_join) for one in conditions])]

    def figures_by_sql(self, formulas: Sequence[Formula]) -> list[list[Fraction | None]]:
        """What DuckDB says of each row, by formula; one query for all of them."""
        pairs = [formula_to_sql(one, _sql_column, _sql_join) for one in formulas]
        columns = self._select([text for pair in pairs for text in pair])
        return [_ratios(columns[place], columns[place + 1]) for place in range(0, len(columns), 2)]

    def _select(self, texts: Sequence[str]) -> list[tuple[Any, ...]]:
        """The columns of some expressions over all rows."""
        rows = self.database.execute(f"SELECT {', '.join(texts)} FROM people ORDER BY people.place").fetchall()  # noqa: S608
        return list(zip(*rows, strict=True))

    def _gathered(self, refs: dict[ChildRef, None]) -> tuple[pl.DataFrame, dict[ChildRef, str]]:
        """The rows with what is asked of their events beside them, and the column of each question."""
        names = {ref: f"child{number}" for number, ref in enumerate(refs)}
        if not names:
            return self.frame, names
        beside = self.child.join(self.frame, on="place")
        asked = [child_to_polars(ref, partial(_child_column, ref)).alias(column) for ref, column in names.items()]
        found = beside.group_by("place").agg(asked)
        nothing = beside.clear().select(asked)
        without = self.frame.select("place").join(found, on="place", how="anti").join(nothing, how="cross")
        return self.frame.join(pl.concat([found, without]), on="place").sort("place"), names


def _fill(database: duckdb.DuckDBPyConnection, table: str, kinds: Fields, rows: list[tuple[Any, ...]]) -> None:
    """A table of a database, each field in the type that it would have there."""
    types = {
        Kind.YES_NO: "BOOLEAN",
        Kind.DATE: "DATE",
        Kind.WHOLE_ID: "BIGINT",
        Kind.TEXT: "VARCHAR",
        Kind.ID: "VARCHAR",
    }
    columns = [f'"{one}" {types.get(kind.kind) or f"DECIMAL(19, {kind.places})"}' for one, kind in kinds.items()]
    database.execute(f'CREATE TABLE "{table}" (place BIGINT, {", ".join(columns)})')
    if not rows:
        return
    places = [0, *(kind.places for kind in kinds.values())]
    database.executemany(
        f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(places))})',  # noqa: S608  # our own names
        [[_decimal(one, place) for one, place in zip(values, places, strict=True)] for values in rows],
    )


def _decimal(value: object, places: int) -> object:
    """A number as exact text, which the database makes a DECIMAL of."""
    if not isinstance(value, Fraction):
        return value
    digits = f"{abs(int(value * 10**places)):0{places + 1}d}"
    whole = digits[: len(digits) - places] + (f".{digits[-places:]}" if places else "")
    return f"-{whole}" if value < 0 else whole


def _beside(ref: ChildRef, one: dict[FieldRef, object], events: list[Row]) -> list[dict[FieldRef | ChildRef, object]]:
    """Events with the fields of the row that a question reads."""
    outer: dict[FieldRef | ChildRef, object] = {FieldRef(field.name, parent=True): one[field] for field in ref.outside}
    return [{**{FieldRef(key): found for key, found in event.items()}, **outer} for event in events]


def _child_column(asked: ChildRef, ref: FieldRef) -> pl.Expr:
    return pl.col(name(asked.outer(ref)) if ref.parent else ref.name)


def _column(ref: FieldRef) -> pl.Expr:
    return pl.col(name(ref))


def _sql_column(ref: FieldRef) -> str:
    return f'"people"."{name(ref)}"'


def _sql_join(table: str) -> str:
    return f'"{table}".place = "people".place'


def _whole(column: pl.Series, height: int) -> list[bool | None]:
    """A column of answers."""
    assert column.dtype == pl.Boolean
    assert len(column) == height
    return column.to_list()


def _ratios(above: Sequence[int | None], below: Sequence[int | None]) -> list[Fraction | None]:
    """Fractions out of what stands above and below the line."""
    found: list[Fraction | None] = []
    for top, bottom in zip(above, below, strict=True):
        assert top is None or (bottom is not None and bottom > 0)
        found.append(None if top is None or bottom is None else Fraction(int(top), int(bottom)))
    return found
