"""A condition as one polars expression over the columns of a frame.

Numbers are held as whole numbers scaled by ten to the places of their field, so every comparison is one of integers
and exact: a constant is brought to the field's scale without rounding, and two fields of different places meet at the
finer scale in 128 bits. ``AND`` and ``OR`` become one flat ``all_horizontal`` or ``any_horizontal`` each, which are
three-valued as in SQL; a chain of ``&`` of the same length takes minutes.
"""

from __future__ import annotations

import operator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pbr.condition.tree import Age, And, Compare, Constant, Field, FieldRef, In, IsNull, Node, Not, type_of
from pbr.condition.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from pbr.condition.tree import Condition

    Column = Callable[[FieldRef], pl.Expr]

LEAST, MOST = -(2**63), 2**63 - 1
_MOST_PLACES = 18  # the places a 64-bit whole number can have
_FEBRUARY_29 = 229
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


def to_polars(condition: Condition, column: Column) -> pl.Expr:
    """The condition as a Boolean expression, null where it is unknown.

    Args:
        condition: The condition.
        column: The expression of a field: String for text, ids and providers; Boolean for yes_no; Date for dates;
            Int64 for whole ids and for numbers, money and shares, scaled by ten to the places of their type.

    Returns:
        An expression that never raises on such columns.
    """
    return read_node(condition.node, column)


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


def read_node(node: Node, column: Column) -> pl.Expr:  # noqa: PLR0911  # one return for each kind of node
    """What a node gives, as an expression; a number that is a constant never comes here."""
    import polars as pl  # heavy, and reading a contract does not need it

    match node:
        case Field(ref=ref):
            return column(ref)
        case Constant(value=value):
            return pl.lit(value)
        case Age(born=born, on=on, leap_birthday=leap_birthday):
            return _age(read_node(born, column), read_node(on, column), leap_birthday)
        case Compare():
            return _compare(node, column)
        case In():
            return _in(node, column)
        case IsNull(operand=operand):
            return read_node(operand, column).is_null()
        case Not(part=part):
            return ~read_node(part, column)
        case And(parts=parts):
            return pl.all_horizontal([read_node(part, column) for part in parts])
        case _:
            return pl.any_horizontal([read_node(part, column) for part in node.parts])


def _compare(node: Compare, column: Column) -> pl.Expr:
    """Two values compared, exactly; unknown if either is empty."""
    import polars as pl

    left, left_type, right_type = read_node(node.left, column), type_of(node.left), type_of(node.right)
    if isinstance(node.right, Constant) and isinstance(node.right.value, Fraction):
        sign, bound = whole_bound(node.operator, node.right.value * 10**left_type.places)
        return _signed(sign, left, pl.lit(bound, dtype=pl.Int64))
    right = read_node(node.right, column)
    if left_type.places != right_type.places:
        places = max(left_type.places, right_type.places)
        left, right = _finer(left, places - left_type.places), _finer(right, places - right_type.places)
    return _signed(node.operator, left, right)


def _signed(sign: str, left: pl.Expr, right: pl.Expr) -> pl.Expr:
    """Two expressions compared by a sign."""
    compared: pl.Expr = _COMPARE[sign](left, right)
    return compared


def _finer(number: pl.Expr, places: int) -> pl.Expr:
    """A scaled number with more places, in 128 bits."""
    import polars as pl

    assert places <= _MOST_PLACES  # else 128 bits would not hold it
    return number.cast(pl.Int128) * pl.lit(10**places, dtype=pl.Int128)


def _in(node: In, column: Column) -> pl.Expr:
    """A value looked up in a list; numbers the field cannot hold exactly are never found."""
    import polars as pl

    operand, kind = read_node(node.operand, column), type_of(node.operand)
    if kind.kind not in _NUMBERS:
        return operand.is_in([item.value for item in node.items])
    bounds = [whole_bound("=", item.value * 10**kind.places) for item in node.items if isinstance(item.value, Fraction)]
    return operand.is_in(pl.Series([number for sign, number in bounds if sign == "="], dtype=pl.Int64).implode())


def _age(born: pl.Expr, on: pl.Expr, leap_birthday: tuple[int, int]) -> pl.Expr:
    """Full years, by month and day as one number; null if either date is."""
    import polars as pl

    month, day = leap_birthday
    common = pl.lit(month * 100 + day, dtype=pl.Int32)
    birthday = (
        pl.when((_month_day(born) == _FEBRUARY_29) & ~on.dt.is_leap_year()).then(common).otherwise(_month_day(born))
    )
    years = on.dt.year().cast(pl.Int64) - born.dt.year().cast(pl.Int64)
    return years - (_month_day(on) < birthday).cast(pl.Int64)


def _month_day(date: pl.Expr) -> pl.Expr:
    """Month and day as one number: 229 for 29 February."""
    import polars as pl

    return date.dt.month().cast(pl.Int32) * 100 + date.dt.day().cast(pl.Int32)
