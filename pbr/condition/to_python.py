"""A condition read in plain Python, one row at a time: unscaled exact numbers, ``None`` for empty and unknown."""

from __future__ import annotations

import datetime as dt
import operator
from typing import TYPE_CHECKING, Any

from pbr.condition.tree import Age, And, Compare, Constant, Field, FieldRef, In, IsNull, Not

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pbr.condition.tree import Condition, Node

    Row = Mapping[FieldRef, object]

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
        ``Fraction`` (unscaled), ``datetime.date``, or ``None`` if empty.
    """

    def decide(row: Row) -> bool | None:
        answer = _value(condition.node, row)
        assert answer is None or isinstance(answer, bool)  # the condition was typed
        return answer

    return decide


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


def _value(node: Node, row: Row) -> object:  # noqa: PLR0911  # one return for each kind of node
    """What a node gives for one row."""
    match node:
        case Field(ref=ref):
            return row[ref]
        case Constant(value=value):
            return value
        case Age(born=born, on=on, leap_birthday=leap_birthday):
            return _both(born, on, row, lambda first, second: age_on(first, second, leap_birthday))
        case Compare(operator=sign, left=left, right=right):
            return _both(left, right, row, _COMPARE[sign])
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


def _both(left: Node, right: Node, row: Row, combine: Callable[[Any, Any], object]) -> object:
    """Two values put together, or unknown if either is empty."""
    first, second = _value(left, row), _value(right, row)
    return None if first is None or second is None else combine(first, second)


def _decisive(answers: list[object], *, decisive: bool) -> bool | None:
    """The decisive answer if any part gives it, else unknown if any part is unknown, else the other answer."""
    if decisive in answers:
        return decisive
    return None if None in answers else not decisive
