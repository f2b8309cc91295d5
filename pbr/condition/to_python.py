"""A condition or a formula read in plain Python, one row at a time: exact numbers, ``None`` for empty and unknown.

It is written for its plainness and shares nothing with the other readings but the tree: figures are fractions, months
are counted by the calendar, contract years are looked up.
"""

from __future__ import annotations

import datetime as dt
import operator
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any

from pbr.calendar import FIRST_YEAR, LAST_YEAR, Duration, PeriodKind
from pbr.condition.exact import digits_of
from pbr.condition.tree import (
    Absolute,
    Age,
    And,
    Case,
    Child,
    Compare,
    Constant,
    ContractYear,
    Extreme,
    Field,
    FieldRef,
    Floor,
    IfNone,
    In,
    IsNull,
    Logic,
    Negative,
    Not,
    Product,
    Quotient,
    Round,
    Shift,
    Span,
    Sum,
    is_reckoned,
    parts_of,
)
from pbr.condition.types import FIGURES
from pbr.money import round_minor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pbr.calendar import Term
    from pbr.condition.condition import ChildRef, Condition, Formula
    from pbr.condition.tree import Node

    Row = Mapping[Any, object]  # by FieldRef and ChildRef; a mapping of one of them alone is a row too

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def to_python(condition: Condition) -> Callable[[Row], bool | None]:
    """A function from one row to true, false or unknown (``None``).

    Args:
        condition: The condition.

    Returns:
        The function. A row maps each field of ``condition.fields`` to its value: ``str``, ``bool``, ``int`` or
        ``Fraction`` (unscaled), ``datetime.date``, or ``None`` if empty; and each of ``condition.children`` to what
        ``child_to_python`` gives of its rows.
    """

    def decide(row: Row) -> bool | None:
        answer = _value(condition.node, row)
        assert answer is None or isinstance(answer, bool)  # the condition was typed
        return answer

    return decide


def formula_to_python(formula: Formula) -> Callable[[Row], Fraction | None]:
    """A function from one row to an exact figure in whole units (pounds, not pence), or ``None`` where it is empty.

    Args:
        formula: The formula.

    Returns:
        The function, of rows as for ``to_python``.
    """
    return lambda row: _figure(formula.node, row)


def too_long(formula: Formula, row: Row) -> FieldRef | None:
    """The first name of a formula whose figure has more digits than may be reckoned with, or ``None``.

    Args:
        formula: The formula.
        row: As for ``to_python``.
    """
    return next((field.ref for field in _reckoned_with(formula.node) if not _fits(field, row[field.ref])), None)


def _reckoned_with(node: Node, *, counts: bool = True) -> Iterator[Field]:
    """The fields that a figure is worked out from; what is only compared may be of any length."""
    if isinstance(node, Field) and counts and node.type.kind in FIGURES:
        yield node
    for part in parts_of(node):
        yield from _reckoned_with(part, counts=is_reckoned(node))


def child_to_python(ref: ChildRef, rows: Iterable[Row]) -> object:
    """What is asked of the rows of a child table.

    Args:
        ref: The question.
        rows: The rows that belong to one row: each maps the fields of ``ref.condition`` and the date asked for to their
            values; with ``parent`` they are fields of the row itself.

    Returns:
        An ``int``, ``bool`` or ``datetime.date``, or ``None`` if unknown or nothing was found.
    """
    found = list(rows)
    truths = [True if ref.condition is None else to_python(ref.condition)(row) for row in found]
    if ref.what == "count":
        return None if None in truths else truths.count(True)
    if ref.field is None:
        return _decisive(truths, decisive=ref.what == "any")
    end = max if ref.what == "last" else min
    days = [(row[FieldRef(ref.field)], truth) for row, truth in zip(found, truths, strict=True)]
    true = [day for day, truth in days if truth and isinstance(day, dt.date)]
    perhaps = [day for day, truth in days if truth is None and isinstance(day, dt.date)]
    return end(true) if true and end(true) == end(true + perhaps) else None


def age_on(born: dt.date, on: dt.date, leap_birthday: tuple[int, int]) -> int:
    """Full years between two dates, by the birthday in the later year; negative before birth.

    Example:
        >>> born, on = dt.date(2004, 2, 29), dt.date(2022, 2, 28)
        >>> age_on(born, on, (3, 1)), age_on(born, on, (2, 28))
        (17, 18)
    """
    try:
        birthday = born.replace(year=on.year)
    except ValueError:
        birthday = dt.date(on.year, *leap_birthday)
    return on.year - born.year - (on < birthday)


def months_between(first: dt.date, last: dt.date) -> int:
    """Whole months from one date to another: the most that can be added to the first without passing the last.

    Example:
        >>> start = dt.date(2024, 1, 31)
        >>> months_between(start, dt.date(2024, 2, 28)), months_between(start, dt.date(2024, 2, 29))
        (0, 1)
        >>> months_between(dt.date(2024, 4, 1), dt.date(2024, 3, 31))
        -1
    """
    months = (last.year - first.year) * 12 + last.month - first.month
    return months - (Duration(months, "months").after(first) > last)


def _value(node: Node, row: Row) -> object:  # noqa: PLR0911  # one return for each kind of node
    """What a node gives for one row."""
    if is_reckoned(node):
        return _figure(node, row)
    if isinstance(node, Logic):
        return _truth(node, row)
    match node:
        case Field(ref=ref):
            return row[ref]
        case Child(ref=child):
            return row[child]
        case Constant(value=value):
            return value
        case Case():
            chosen = _chosen(node, row)
            return None if chosen is None else _value(chosen, row)
        case _:
            return _of_dates(node, row)


def _truth(node: Logic, row: Row) -> bool | None:  # one return for each kind of node
    """True, false or unknown."""
    match node:
        case Compare(operator=sign, left=left, right=right):
            read = _figure if is_reckoned(left) or is_reckoned(right) else _value
            first, second = read(left, row), read(right, row)
            return None if first is None or second is None else _COMPARE[sign](first, second)
        case In(operand=operand, items=items):
            found = _value(operand, row)
            return None if found is None else any(found == item.value for item in items)
        case IsNull(operand=operand):
            return _value(operand, row) is None
        case Not(part=part):
            answer = _value(part, row)
            return None if answer is None else not answer
        case And(parts=parts):
            return _decisive([_value(part, row) for part in parts], decisive=False)
        case _:
            return _decisive([_value(part, row) for part in node.parts], decisive=True)


def _of_dates(node: Node, row: Row) -> object:
    """What is made of dates: unknown if any of them is empty."""
    match node:
        case Age(born=born, on=on, leap_birthday=leap_birthday):
            return _with([born, on], row, lambda first, second: age_on(first, second, leap_birthday))
        case Span(unit="days", first=first, last=last):
            return _with([first, last], row, lambda begin, end: (end - begin).days)
        case Span(first=first, last=last):
            return _with([first, last], row, months_between)
        case Shift(date=date, steps=steps):
            return _with([date], row, lambda day: _moved(day, steps))
        case _:
            assert isinstance(node, ContractYear)  # the last kind there is
            return _with([node.date], row, lambda day: _contract_year(day, node.term))


def _with(nodes: Sequence[Node], row: Row, combine: Callable[..., object]) -> object:
    """Values put together, or unknown if any is empty."""
    values = [_value(node, row) for node in nodes]
    return None if None in values else combine(*values)


def _moved(day: dt.date, steps: Sequence[Duration]) -> dt.date | None:
    """A day moved by intervals, or nothing outside the years of the calendar."""
    try:
        for step in steps:
            day = step.after(day)
    except (OverflowError, ValueError):  # before the year 1 or after 9999
        return None
    return dt.date(day.year, day.month, day.day) if FIRST_YEAR <= day.year <= LAST_YEAR else None


def _contract_year(day: dt.date, term: Term) -> int | None:
    """The number of the contract year that a day lies in."""
    years = term.periods(PeriodKind.CONTRACT_YEAR)
    return next((number for number, year in enumerate(years, start=1) if year.first <= day <= year.last), None)


def _chosen(node: Case, row: Row) -> Node | None:
    """The value that a choice comes to."""
    return next((value for test, value in node.branches if _value(test, row)), node.otherwise)


def _figure(node: Node, row: Row) -> Fraction | None:
    """What a figure is, exactly; a field that holds more digits than may be reckoned with is unknown."""
    match node:
        case Case():
            chosen = _chosen(node, row)
            return None if chosen is None else _figure(chosen, row)
        case IfNone(part=part, instead=instead):
            found = _figure(part, row)
            return _figure(instead, row) if found is None else found
        case Field():
            value = _value(node, row)
            assert value is None or isinstance(value, int | Fraction)  # the field was typed
            return Fraction(value) if value is not None and _fits(node, value) else None
        case Sum(parts=parts) | Product(parts=parts) | Extreme(parts=parts):
            figures = [_figure(part, row) for part in parts]
        case Quotient(above=above, below=below):
            figures = [_figure(above, row), _figure(below, row)]
        case Negative() | Round() | Floor() | Absolute():
            figures = [_figure(node.part, row)]
        case _:
            value = _value(node, row)
            assert value is None or isinstance(value, int | Fraction)  # a number written out, an age or the like
            return None if value is None else Fraction(value)
    known = [one for one in figures if one is not None]
    return None if len(known) < len(figures) else _reckoned(node, known)


def _fits(field: Field, value: object) -> bool:
    """Whether a value, which may be empty, has no more digits than may be reckoned with."""
    above, below = value.as_integer_ratio() if isinstance(value, int | Fraction) else (0, 1)
    return bool(abs(above) * 10**field.type.places < 10 ** digits_of(field.type) * below)


def _reckoned(node: Node, figures: list[Fraction]) -> Fraction | None:  # noqa: PLR0911  # one return for each kind
    """What a node makes of figures that are all known."""
    match node:
        case Sum():
            return sum(figures, Fraction(0))
        case Product():
            return prod(figures, start=Fraction(1))
        case Quotient():
            return figures[0] / figures[1] if figures[1] else None
        case Extreme(which=which):
            return min(figures) if which == "least" else max(figures)
        case Negative():
            return -figures[0]
        case Round(places=places, rounding=rounding):
            return Fraction(round_minor(figures[0] * 10**places, rounding), 10**places)
        case Floor():
            return Fraction(figures[0].__floor__())
        case _:
            return abs(figures[0])


def _decisive(answers: Sequence[object], *, decisive: bool) -> bool | None:
    """The decisive answer if any part gives it, else unknown if any part is unknown, else the other answer."""
    if decisive in answers:
        return decisive
    return None if None in answers else not decisive
