"""A condition as one polars expression over the columns of a frame.

Numbers are held as whole numbers scaled by ten to the places of their field, so every comparison is one of integers
and exact: a constant is brought to the field's scale without rounding, and two fields of different places meet at the
finer scale in 128 bits. ``AND`` and ``OR`` become one flat ``all_horizontal`` or ``any_horizontal`` each, which are
three-valued as in SQL; a chain of ``&`` of the same length takes minutes. Sums, products and CASE are read by halves,
so that nothing is deeper than it must be. Figures that are worked out are whole numbers of 128 bits (``exact``).
"""

from __future__ import annotations

import operator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import frozen

from pbr.condition.dates import age, contract_year, day, months, moved
from pbr.condition.exact import digits_of, figure, sides
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
    Node,
    Not,
    Shift,
    Span,
    is_reckoned,
    leaves_of,
    type_of,
)
from pbr.condition.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl

    from pbr.condition.condition import ChildRef, Condition, Formula

    Column = Callable[[FieldRef], pl.Expr]
    ChildColumn = Callable[[ChildRef], pl.Expr]

LEAST, MOST = -(2**63), 2**63 - 1
_MOST_PLACES = 18  # the places a 64-bit whole number can have
_NUMBERS = frozenset({Kind.NUMBER, Kind.MONEY, Kind.SHARE, Kind.WHOLE_ID})
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
# What a comparison with a number between two whole ones, or outside 64 bits, comes to at the whole number below.
_AT_FLOOR = {"<": "<=", "<=": "<=", ">": ">", ">=": ">"}
_AT_LEAST = {"<": "<", "<=": "<", ">": ">=", ">=": ">=", "=": "<", "<>": ">="}


def to_polars(condition: Condition, column: Column, child: ChildColumn | None = None) -> pl.Expr:
    """The condition as a Boolean expression, null where it is unknown.

    Args:
        condition: The condition.
        column: The expression of a field: String for text, ids and providers; Boolean for yes_no; Date for dates;
            Int64 for whole ids and for numbers, money and shares, scaled by ten to the places of their type.
        child: The expression of what is asked of a child table (``child_to_polars``, gathered beside the row): Int64
            for ``count``, Date for ``first`` and ``last``, Boolean for ``any`` and ``all``. Needed only where
            ``condition.children`` is not empty.

    Returns:
        An expression that never raises on such columns.
    """
    return Reader(column, child).read(condition.node)


@frozen
class Ratio:
    """An exact figure as two Int128 expressions.

    Attributes:
        numerator: Above the line; null where the figure is empty.
        denominator: Below the line: positive wherever the numerator is not null.
    """

    numerator: pl.Expr
    denominator: pl.Expr


def formula_to_polars(formula: Formula, column: Column, child: ChildColumn | None = None) -> Ratio:
    """The formula as an exact fraction of two Int128 expressions, in whole units (pounds, not pence).

    Args:
        formula: The formula.
        column: The expression of a field, as for ``to_polars``.
        child: The expression of what is asked of a child table, as for ``to_polars``.

    Returns:
        The fraction, not in lowest terms; neither part can overflow.
    """
    algebra = _Polars(Reader(column, child))
    found = figure(formula.node, algebra)
    scale = algebra.literal(found.scale)
    return Ratio(found.top, scale if found.below is None else found.below * scale)


def formula_to_parts(formula: Formula, places: int, column: Column, child: ChildColumn | None = None) -> pl.Expr:
    """The formula as Int64 parts of one, of which ten to the places make one; null if empty or more than 64 bits hold.

    Args:
        formula: A formula whose figures are written with so many decimals.
        places: Decimals.
        column: The expression of a field, as for ``to_polars``.
        child: The expression of what is asked of a child table, as for ``to_polars``.
    """
    import polars as pl

    algebra = _Polars(Reader(column, child))
    found = figure(formula.node, algebra)
    assert found.below is None, "a figure that is divided by what is not written out is rounded"
    more, rest = divmod(10**places, found.scale)
    assert rest == 0, "its decimals are no more than these"
    return (found.top * algebra.literal(more)).cast(pl.Int64, strict=False)


def child_to_polars(ref: ChildRef, column: Column) -> pl.Expr:
    """What is asked of the rows of a child table, as a flat aggregate over the rows that belong to one row.

    Args:
        ref: The question.
        column: The expression of a field of ``ref.condition``; with ``parent`` it is a field of the row itself, which
            must stand beside each of its rows.

    Returns:
        An expression for ``group_by(...).agg``, in the dtypes that ``to_polars`` asks for; of no rows at all it gives
        what a row without any must be given: 0, false, true (``all``) or null.
    """
    import polars as pl

    if ref.condition is None:
        return pl.len().cast(pl.Int64) if ref.field is None else _end(ref, column(FieldRef(ref.field)))
    true = to_polars(ref.condition, column)
    if not ref.condition.fields:
        true = pl.when(pl.int_range(pl.len()) >= 0).then(true)  # once for each row, not once for all
    if ref.field is not None:
        day = column(FieldRef(ref.field))
        found, undecided = _end(ref, pl.when(true).then(day)), _end(ref, pl.when(true.is_null()).then(day))
        surely = undecided.is_null() | ((undecided <= found) if ref.what == "last" else (undecided >= found))
        return pl.when(surely).then(found)
    unknown = true.is_null().any()
    if ref.what == "count":
        return pl.when(~unknown).then(true.sum().cast(pl.Int64))
    if ref.what == "any":
        return pl.when(true.any()).then(pl.lit(value=True)).when(~unknown).then(pl.lit(value=False))
    return pl.when(~true.all()).then(pl.lit(value=False)).when(~unknown).then(pl.lit(value=True))


def _end(ref: ChildRef, days: pl.Expr) -> pl.Expr:
    """The earliest or the latest of some days."""
    return days.max() if ref.what == "last" else days.min()


def whole_bound(sign: str, scaled: Fraction) -> tuple[str, int]:
    """The comparison of whole numbers within 64 bits that says the same as one with any number.

    Args:
        sign: One of ``= <> < <= > >=``.
        scaled: The number on the right, at the scale of the whole numbers on the left.

    Example:
        >>> whole_bound("<", Fraction(5, 2)), whole_bound(">=", Fraction(5, 2)), whole_bound("=", Fraction(2))
        (('<=', 2), ('>', 2), ('=', 2))
    """
    floor = scaled.numerator // scaled.denominator
    exact = scaled.denominator == 1 and LEAST <= floor <= MOST
    if exact:
        return sign, floor
    if floor < LEAST or sign in {"=", "<>"}:
        return _AT_LEAST[sign], LEAST
    return _AT_FLOOR[sign], min(floor, MOST)


@frozen
class Reader:
    """Reads the nodes of one condition over the columns of one frame.

    Attributes:
        column: The expression of a field.
        child: The expression of what is asked of a child table.
    """

    column: Column
    child: ChildColumn | None

    def read(self, node: Node) -> pl.Expr:
        """What a node gives, as an expression; a number that is a constant, or is worked out, never comes here."""
        import polars as pl  # heavy, and reading a contract does not need it

        if isinstance(node, Logic):
            return self._truth(node)
        match node:
            case Field(ref=ref):
                return self.column(ref)
            case Constant(value=value):
                return pl.lit(value)
            case Child(ref=ref):
                assert self.child is not None, "the condition asks a child table, and no column was given for that"
                return self.child(ref)
            case Case(branches=branches, otherwise=otherwise):
                other = None if otherwise is None else self.read(otherwise)
                return self.choose([(test, self.read(value)) for test, value in branches], other)
            case _:
                return self._of_dates(node)

    def _truth(self, node: Logic) -> pl.Expr:
        """True, false or null."""
        import polars as pl

        match node:
            case Compare():
                return self._compare(node)
            case In():
                return self._in(node)
            case IsNull(operand=operand):
                return self.empty(operand)
            case Not(part=part):
                return ~self.read(part)
            case And(parts=parts):
                return pl.all_horizontal([self.read(part) for part in parts])
            case _:
                return pl.any_horizontal([self.read(part) for part in node.parts])

    def choose(self, branches: Sequence[tuple[Node, pl.Expr]], otherwise: pl.Expr | None) -> pl.Expr:
        """The value of the first branch that is true; by halves, so that it is nowhere deep."""
        import polars as pl

        if len(branches) == 1:
            ((test, value),) = branches
            chosen = pl.when(self.read(test)).then(value)
            return chosen if otherwise is None else chosen.otherwise(otherwise)
        half = len(branches) // 2
        early = pl.any_horizontal([self.read(test) for test, _ in branches[:half]])
        late = self.choose(branches[half:], otherwise)
        return pl.when(early).then(self.choose(branches[:half], None)).otherwise(late)

    def _of_dates(self, node: Node) -> pl.Expr:
        """What is made of dates; null if any of them is."""
        match node:
            case Age(born=born, on=on, leap_birthday=leap_birthday):
                return age(self.read(born), self.read(on), leap_birthday)
            case Span(unit="days", first=first, last=last):
                return day(self.read(last)) - day(self.read(first))
            case Span(first=first, last=last):
                return months(self.read(first), self.read(last))
            case Shift(date=date, steps=steps):
                return moved(self._each_row(date), steps)
            case _:
                assert isinstance(node, ContractYear)  # the last kind there is
                return contract_year(self.read(node.date), node.term)

    def _each_row(self, date: Node) -> pl.Expr:
        """A date, once for each row even if no field stands in it: polars moves one written out only once for all."""
        import polars as pl

        value = self.read(date)
        if next(leaves_of(date), None) is not None:
            return value
        return pl.when(pl.int_range(pl.len()) >= 0).then(value)

    def empty(self, operand: Node) -> pl.Expr:
        """Whether a value is empty."""
        if is_reckoned(operand):
            return figure(operand, _Polars(self)).top.is_null()
        return self.read(operand).is_null()

    def _compare(self, node: Compare) -> pl.Expr:
        """Two values compared, exactly; unknown if either is empty."""
        import polars as pl

        if is_reckoned(node.left) or is_reckoned(node.right):
            return _signed(node.operator, *sides(node.left, node.right, _Polars(self)))
        left, left_type, right_type = self.read(node.left), type_of(node.left), type_of(node.right)
        if isinstance(node.right, Constant) and isinstance(node.right.value, Fraction):
            sign, bound = whole_bound(node.operator, node.right.value * 10**left_type.places)
            return _signed(sign, left, pl.lit(bound, dtype=pl.Int64))
        right = self.read(node.right)
        if left_type.places != right_type.places:
            places = max(left_type.places, right_type.places)
            left, right = _finer(left, places - left_type.places), _finer(right, places - right_type.places)
        return _signed(node.operator, left, right)

    def _in(self, node: In) -> pl.Expr:
        """A value looked up in a list; numbers the field cannot hold exactly are never found."""
        import polars as pl

        if is_reckoned(node.operand):
            algebra = _Polars(self)
            return pl.any_horizontal([_signed("=", *sides(node.operand, item, algebra)) for item in node.items])
        operand, kind = self.read(node.operand), type_of(node.operand)
        if kind.kind not in _NUMBERS:
            return operand.is_in([item.value for item in node.items])
        items = [item.value for item in node.items if isinstance(item.value, Fraction)]
        bounds = [whole_bound("=", item * 10**kind.places) for item in items]
        held = pl.Series([number for sign, number in bounds if sign == "="], dtype=pl.Int64)
        return operand.is_in(held.implode())


def _signed(sign: str, left: pl.Expr, right: pl.Expr) -> pl.Expr:
    """Two expressions compared by a sign."""
    compared: pl.Expr = _COMPARE[sign](left, right)
    return compared


def _finer(number: pl.Expr, places: int) -> pl.Expr:
    """A scaled number with more places, in 128 bits."""
    import polars as pl

    assert places <= _MOST_PLACES  # else 128 bits would not hold it
    return number.cast(pl.Int128) * pl.lit(10**places, dtype=pl.Int128)


# ---------------------------------------------------------------- figures

_T = TypeVar("_T")


@frozen
class _Polars:
    """The algebra of exact figures, as Int128 expressions; nothing here overflows, by ``bounds``."""

    reader: Reader

    def literal(self, number: int) -> pl.Expr:
        import polars as pl

        return pl.lit(number, dtype=pl.Int128)

    def leaf(self, node: Node) -> pl.Expr:
        import polars as pl

        held = self.reader.read(node)
        if isinstance(node, Field):
            digits = digits_of(node.type)
            if digits < len(str(MOST)):
                held = pl.when(held.is_between(1 - 10**digits, 10**digits - 1)).then(held)
        return held.cast(pl.Int128)

    def add(self, terms: Sequence[pl.Expr]) -> pl.Expr:
        return _halved(terms, operator.add)

    def multiply(self, factors: Sequence[pl.Expr]) -> pl.Expr:
        return _halved(factors, operator.mul)

    def sign(self, number: pl.Expr) -> pl.Expr:
        return number.sign()

    def absolute(self, number: pl.Expr) -> pl.Expr:
        return number.abs()

    def floor(self, above: pl.Expr, below: pl.Expr) -> pl.Expr:
        return above // below

    def extreme(self, which: str, numbers: Sequence[pl.Expr]) -> pl.Expr:
        import polars as pl

        found = pl.min_horizontal(numbers) if which == "least" else pl.max_horizontal(numbers)
        return pl.when(pl.all_horizontal([number.is_not_null() for number in numbers])).then(found)

    def not_zero(self, number: pl.Expr) -> pl.Expr:
        import polars as pl

        return pl.when(number != 0).then(number)

    def half_even(self, above: pl.Expr, below: pl.Expr) -> pl.Expr:
        import polars as pl

        doubled = above * 2 + below
        up = doubled // (below * 2)
        tie = (doubled - up * below * 2 == 0) & (up % 2 == 1)
        return up - tie.cast(pl.Int128)

    def otherwise(self, number: pl.Expr, instead: pl.Expr, test: pl.Expr) -> pl.Expr:
        import polars as pl

        return pl.when(test.is_null()).then(instead).otherwise(number)

    def choose(self, conditions: Sequence[Node], numbers: Sequence[pl.Expr], otherwise: pl.Expr | None) -> pl.Expr:
        return self.reader.choose(list(zip(conditions, numbers, strict=True)), otherwise)


def _halved(parts: Sequence[_T], joined: Callable[[_T, _T], _T]) -> _T:
    """Many put together two by two, so that the whole is no deeper than it must be."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return joined(_halved(parts[:half], joined), _halved(parts[half:], joined))
