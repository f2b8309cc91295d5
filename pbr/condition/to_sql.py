"""A condition or a formula as SQL text: for people, and for DuckDB, which says the same as the other readings.

Everything is bracketed, and every column is named in double quotes. Figures are DECIMAL where its digits are enough, so
that they read as they were written; elsewhere they are the whole numbers of ``exact``, as HUGEINT. Both are exact.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from pbr.condition.exact import figure, sides
from pbr.condition.sql_dates import age, contract_year, months, moved
from pbr.condition.sql_decimals import bound, fit, literal, widened, width_of, width_of_leaf
from pbr.condition.to_polars import whole_bound
from pbr.condition.tree import (
    Age,
    And,
    Case,
    Child,
    Compare,
    Constant,
    ContractYear,
    Field,
    FieldRef,
    In,
    IsNull,
    Logic,
    Negative,
    Not,
    Product,
    Shift,
    Span,
    Sum,
    is_reckoned,
    type_of,
)
from pbr.money import plain_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pbr.condition.condition import ChildRef, Condition, Formula
    from pbr.condition.tree import Node

    Column = Callable[[FieldRef], str]
    ChildColumn = Callable[[str, str], str]
    Join = Callable[[str], str]


def named(ref: FieldRef) -> str:
    """A field under its own name, that of the parent's row after ``parent``.

    Example:
        >>> named(FieldRef("on")), named(FieldRef("born_on", parent=True))
        ('"on"', 'parent."born_on"')
    """
    return f'parent."{ref.name}"' if ref.parent else f'"{ref.name}"'


def joined(table: str) -> str:
    """The rows of a child table by one column of the table's own: for people to read, where there is no database."""
    return f'"{table}" belongs to this row'


def to_sql(condition: Condition, column: Column = named, join: Join = joined) -> str:
    """The condition as one SQL expression, NULL where it is unknown.

    Args:
        condition: The condition.
        column: The SQL of a field: VARCHAR, BOOLEAN, DATE, and for numbers a DECIMAL with the places of its type, not
            scaled (BIGINT will do where there are none).
        join: The SQL of whether a row of a child table belongs to the row; the table stands under its own name.

    Returns:
        Text that DuckDB reads, and never raises on such columns.

    Example:
        >>> from pbr.condition import Kind, Scope, ValueType, parse
        >>> from pbr.problem import Place
        >>> scope = Scope(row={"pay": ValueType(kind=Kind.MONEY, places=2), "on": ValueType(kind=Kind.DATE)})
        >>> to_sql(parse("pay > 12.50 AND on IS NOT NULL", scope, Place()))
        '(("pay" > 12.5) AND (NOT ("on" IS NULL)))'
    """
    return _Reader(column, join).read(condition.node)


def formula_to_sql(formula: Formula, column: Column = named, join: Join = joined) -> tuple[str, str]:
    """The formula as an exact fraction: SQL of a HUGEINT above the line, and of one below it.

    Args:
        formula: The formula.
        column: The SQL of a field, as for ``to_sql``.
        join: As for ``to_sql``.

    Returns:
        Numerator and denominator; the first is NULL where the figure is empty, else the second is positive.
    """
    algebra = _Whole(_Reader(column, join))
    found = figure(formula.node, algebra)
    scale = algebra.literal(found.scale)
    return found.top, scale if found.below is None else algebra.multiply([found.below, scale])


@frozen
class _Reader:
    """Writes the nodes of one condition as SQL."""

    column: Column
    join: Join

    def read(self, node: Node) -> str:  # noqa: PLR0911  # one return for each kind of node
        """What a node gives."""
        if isinstance(node, Logic):
            return self._truth(node)
        match node:
            case Field(ref=ref):
                return self.column(ref)
            case Constant():
                return _written(node)
            case Child(ref=ref):
                return self._child(ref)
            case Case() if is_reckoned(node):
                return self._decimal(node)
            case Case(branches=branches, otherwise=otherwise):
                pairs = [(test, self.read(value)) for test, value in branches]
                return self.choose(pairs, None if otherwise is None else self.read(otherwise))
            case Sum(parts=parts):
                return f"({' + '.join([self._wide(parts), *map(self._decimal, parts[1:])])})"
            case Product(parts=parts):
                return f"({' * '.join([self._wide(parts), *map(self._decimal, parts[1:])])})"
            case Negative(part=part):
                return f"(- {self._decimal(part)})"
            case _:
                return self._of_dates(node)

    def choose(self, branches: Sequence[tuple[Node, str]], otherwise: str | None) -> str:
        """The value of the first branch that is true."""
        written = [f"WHEN {self.read(test)} THEN {value}" for test, value in branches]
        other = [] if otherwise is None else [f"ELSE {otherwise}"]
        return f"({' '.join(['CASE', *written, *other, 'END'])})"

    # ---- true, false and unknown

    def _truth(self, node: Logic) -> str:
        match node:
            case Compare():
                return self._compare(node)
            case In():
                return self._in(node)
            case IsNull(operand=operand):
                return f"({self._whole_top(operand)} IS NULL)"
            case Not(part=part):
                return f"(NOT {self.read(part)})"
            case And(parts=parts):
                return f"({' AND '.join(map(self.read, parts))})"
            case _:
                return f"({' OR '.join(map(self.read, node.parts))})"

    def _whole_top(self, node: Node) -> str:
        """A value that is only looked at for being empty."""
        return figure(node, _Whole(self)).top if is_reckoned(node) and width_of(node) is None else self.read(node)

    def _compare(self, node: Compare) -> str:
        """Two values compared; figures that DECIMAL cannot hold as whole numbers."""
        left, right, sign = node.left, node.right, node.operator
        if is_reckoned(left) or is_reckoned(right):
            if fit([left, right]):
                return f"({self._decimal(left)} {sign} {self._decimal(right)})"
            first, second = sides(left, right, _Whole(self))
            return f"({first} {sign} {second})"
        if isinstance(right, Constant) and isinstance(right.value, Fraction):
            sign, text = bound(sign, right.value, type_of(left).places)
            return f"({self.read(left)} {sign} {text})"
        return f"({self.read(left)} {sign} {self.read(right)})"

    def _in(self, node: In) -> str:
        """A value looked up in a list; numbers that the field cannot hold are never found."""
        operand = node.operand
        if is_reckoned(operand):
            return f"({' OR '.join(self._compare(Compare(0, '=', operand, item)) for item in node.items)})"
        places, items = type_of(operand).places, []
        for item in node.items:
            if not isinstance(item.value, Fraction):
                items.append(_written(item))
            elif whole_bound("=", item.value * 10**places)[0] == "=":
                items.append(plain_number(item.value))
        text = self.read(operand)
        return f"({text} IN ({', '.join(items)}))" if items else f"({text} <> {text})"

    # ---- values

    def _decimal(self, node: Node) -> str:
        """A figure as a DECIMAL; empty if a field has too many digits to be reckoned with."""
        if isinstance(node, Constant):
            return literal(node)
        if isinstance(node, Case):
            other = None if node.otherwise is None else self._decimal(node.otherwise)
            return self.choose([(test, self._decimal(value)) for test, value in node.branches], other)
        if is_reckoned(node):
            return self.read(node)
        width, places = width_of_leaf(node)
        return f"TRY_CAST({self.read(node)} AS DECIMAL({width}, {places}))"

    def _wide(self, parts: Sequence[Node]) -> str:
        """The first of some figures, cast to more digits if ``widened`` says so."""
        text, known = self._decimal(parts[0]), [width for width in map(width_of, parts) if width is not None]
        width, places = widened(known)[0]
        return f"CAST({text} AS DECIMAL({width}, {places}))" if (width, places) != known[0] else text

    def _of_dates(self, node: Node) -> str:
        """What is made of dates."""
        match node:
            case Age(born=born, on=on, leap_birthday=leap_birthday):
                return age(self.read(born), self.read(on), leap_birthday)
            case Span(unit="days", first=first, last=last):
                return f"({self.read(last)} - {self.read(first)})"
            case Span(first=first, last=last):
                return months(self.read(first), self.read(last))
            case Shift(date=date, steps=steps):
                return moved(self.read(date), steps)
            case _:
                assert isinstance(node, ContractYear)  # the last kind there is
                return contract_year(self.read(node.date), node.term)

    def _child(self, ref: ChildRef) -> str:
        """What is asked of a child table, as a subquery over the rows that belong to this one."""
        table = f'"{ref.table}"'
        inner = evolve(self, column=lambda one: self.column(ref.outer(one)) if one.parent else f'{table}."{one.name}"')
        # what a row fulfils is said in a query of its own: of columns from outside alone, SQL would aggregate outside
        found = ["TRUE AS fits" if ref.condition is None else f"{inner.read(ref.condition.node)} AS fits"]
        found += [] if ref.field is None else [f'{table}."{ref.field}" AS day']
        asked = _ASKED[ref.what, ref.condition is None]
        return f"(SELECT {asked} FROM (SELECT {', '.join(found)} FROM {table} WHERE {self.join(ref.table)}) AS asked)"  # noqa: S608


def _end(end: str, sign: str) -> str:
    """The earliest or latest day, unless a row that is undecided could change it."""
    found, perhaps = f"{end}(day) FILTER (WHERE fits)", f"{end}(day) FILTER (WHERE fits IS NULL)"
    return f"CASE WHEN {perhaps} {sign} {found} THEN NULL ELSE {found} END"


_ASKED = {
    ("count", True): "COUNT(*)",
    ("count", False): "CASE WHEN COUNT(*) = COUNT(fits) THEN COUNT(*) FILTER (WHERE fits) END",
    ("any", False): "CASE WHEN BOOL_OR(fits) THEN TRUE WHEN COUNT(*) = COUNT(fits) THEN FALSE END",
    ("all", False): "CASE WHEN NOT BOOL_AND(fits) THEN FALSE WHEN COUNT(*) = COUNT(fits) THEN TRUE END",
    ("first", True): "MIN(day)",
    ("first", False): _end("MIN", "<"),
    ("last", True): "MAX(day)",
    ("last", False): _end("MAX", ">"),
}
"""What is selected of the rows of a child table, by the question and whether every row is asked."""


def _written(node: Constant) -> str:
    """A value written out."""
    value = node.value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    assert not isinstance(value, Fraction)  # numbers are written by ``bound`` and ``literal``
    return f"DATE '{value.isoformat()}'"


@frozen
class _Whole:
    """The algebra of exact figures, as text of HUGEINT expressions; nothing here overflows, by ``bounds``."""

    reader: _Reader

    def literal(self, number: int) -> str:
        return f"CAST({number} AS HUGEINT)"

    def leaf(self, node: Node) -> str:
        width, places = width_of_leaf(node)
        scaled = f"TRY_CAST({self.reader.read(node)} AS DECIMAL({width}, {places}))"
        return f"CAST({f'({scaled} * {10**places})' if places else scaled} AS HUGEINT)"

    def add(self, terms: Sequence[str]) -> str:
        return f"({' + '.join(terms)})"

    def multiply(self, factors: Sequence[str]) -> str:
        return f"({' * '.join(factors)})"

    def sign(self, number: str) -> str:
        return f"CAST(SIGN({number}) AS HUGEINT)"

    def absolute(self, number: str) -> str:
        return f"ABS({number})"

    def floor(self, above: str, below: str) -> str:
        return f"(({above} // {below}) - (CASE WHEN ({above} % {below}) < 0 THEN 1 ELSE 0 END))"

    def extreme(self, which: str, numbers: Sequence[str]) -> str:
        empty = " OR ".join(f"({number} IS NULL)" for number in numbers)
        return f"(CASE WHEN {empty} THEN NULL ELSE {which.upper()}({', '.join(numbers)}) END)"

    def not_zero(self, number: str) -> str:
        return f"NULLIF({number}, 0)"

    def half_even(self, above: str, below: str) -> str:
        doubled = f"({above} * 2 + {below})"
        up = f"({doubled} // ({below} * 2))"
        tie = f"(({doubled} % ({below} * 2)) = 0 AND ({up} % 2) = 1)"
        return f"({up} - (CASE WHEN {tie} THEN 1 ELSE 0 END))"

    def otherwise(self, number: str, instead: str, test: str) -> str:
        return f"(CASE WHEN {test} IS NULL THEN {instead} ELSE {number} END)"

    def choose(self, conditions: Sequence[Node], numbers: Sequence[str], otherwise: str | None) -> str:
        return self.reader.choose(list(zip(conditions, numbers, strict=True)), otherwise)
