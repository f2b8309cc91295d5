"""A condition taken apart: its tests, the one thing that each of them asks about, and where its answer changes."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

from pbr.calendar import FIRST_YEAR, LAST_YEAR
from pbr.condition import Condition, FieldRef, Kind, to_python
from pbr.condition.to_python import age_on
from pbr.condition.tree import Age, And, Compare, Constant, Field, In, IsNull, Not, Or, type_of
from pbr.proof.values import ORDERED, Values, starts_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pbr.condition.tree import Node
    from pbr.proof.values import Value

    Same = Mapping[FieldRef, FieldRef]

FIRST_DAY = dt.date(FIRST_YEAR, 1, 1)
LAST_DAY = dt.date(LAST_YEAR, 12, 31)
AGES = (FIRST_YEAR - LAST_YEAR - 1, LAST_YEAR - FIRST_YEAR)
"""The least and the greatest age between two days that can be read."""


@frozen
class AgeOf:
    """The full years between two fields, as one whole number."""

    born: FieldRef
    on: FieldRef
    leap_birthday: tuple[int, int]


Term: TypeAlias = "FieldRef | AgeOf"
"""What a test asks about."""


@frozen
class Opaque:
    """Why a part of a condition is beyond proof, and its column."""

    reason: str
    column: int | None


def tests_of(node: Any) -> Iterator[Node]:  # noqa: ANN401  # also nodes this room does not know
    """The tests a condition is joined of by AND, OR and NOT, in order; a part that is not known is given as it is."""
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from tests_of(part)
    elif isinstance(node, Not):
        yield from tests_of(node.part)
    elif is_joined(node):
        for part in (node.left, node.right) if isinstance(node, Compare) else (node.operand,):
            yield from tests_of(part)
    elif not isinstance(node, Constant):
        yield node


def is_joined(node: Any) -> bool:  # noqa: ANN401
    """Whether a comparison or IS NULL is of conditions and not of a value."""
    if isinstance(node, Compare):
        return type_of(node.left).kind is type_of(node.right).kind is Kind.YES_NO
    return isinstance(node, IsNull) and not isinstance(node.operand, Field | Age)


def term_of(test: Any, same: Same) -> Term | Opaque:  # noqa: ANN401
    """The one thing a test asks about, or why there is none."""
    column = getattr(test, "column", None)
    subject: Any = test
    if isinstance(test, Compare | In | IsNull):
        subject = test.left if isinstance(test, Compare) else test.operand
    if not isinstance(subject, Field | Age):
        return Opaque("it is more than a comparison of one field with values written out", column)
    if isinstance(test, Compare) and not isinstance(test.right, Constant):
        return Opaque("it compares two fields", column)
    if isinstance(subject, Age):
        return _age(subject, same)
    if isinstance(test, Compare) and test.operator not in {"=", "<>"} and subject.type.kind not in ORDERED:
        return Opaque("it compares words by their order", column)
    return _field(subject, same)


def _field(node: Field, same: Same) -> FieldRef:
    return same.get(node.ref, node.ref)


def _age(node: Age, same: Same) -> Term | Opaque:
    """Of two fields the years between them; of a field and a date the field."""
    sides: list[Any] = [node.born, node.on]
    fields = [_field(side, same) for side in sides if isinstance(side, Field)]
    if not all(isinstance(side, Field | Constant) for side in sides) or len(set(fields)) != len(fields) or not fields:
        return Opaque("it is an age that is not of two different dates", node.column)
    if len(fields) == 1:
        return fields[0]
    return AgeOf(fields[0], fields[1], node.leap_birthday)


def cuts(test: Node, values: Values) -> Iterator[int]:
    """Where, among the numbers or days of a term, the answer to a test can change."""
    subject = test.left if isinstance(test, Compare) else test.operand if isinstance(test, In) else None
    for value in constants(test):
        if isinstance(value, Fraction | dt.date) and not isinstance(subject, Age):
            yield from starts_at(values.counted(value))
        elif isinstance(value, Fraction) and isinstance(subject, Age):
            for age in starts_at(value):
                yield _reaches(subject, age) if values.type.kind is Kind.DATE else age


def constants(test: Node) -> Iterator[str | bool | Fraction | dt.date]:
    """The values that a test compares with."""
    if isinstance(test, Compare) and isinstance(test.right, Constant):
        yield test.right.value
    elif isinstance(test, In):
        yield from (item.value for item in test.items)


def _reaches(node: Age, age: int) -> int:
    """The day from which an age with one date written out has changed: reached by `on`, no longer reached by `born`."""
    written = next(side.value for side in (node.born, node.on) if isinstance(side, Constant))
    assert isinstance(written, dt.date)  # the condition was typed
    counts_up = isinstance(node.born, Constant)
    low, high = FIRST_DAY.toordinal(), LAST_DAY.toordinal() + 1
    while low < high:
        middle = (low + high) // 2
        day = dt.date.fromordinal(middle)
        years = age_on(written, day, node.leap_birthday) if counts_up else age_on(day, written, node.leap_birthday)
        if (years >= age) is counts_up:
            high = middle
        else:
            low = middle + 1
    return low


def reading(node: Node) -> Callable[[Mapping[FieldRef, Value]], bool | None]:
    """A part of a condition, read in plain Python like a whole one."""
    whole = Condition(text="", node=node, fields=(), field_types={}, canonical="", leap_birthday=(3, 1))
    return to_python(whole)


def fields_of(node: Any) -> Iterator[FieldRef]:  # noqa: ANN401
    """The fields a test names, as it names them."""
    if isinstance(node, Field):
        yield node.ref
    elif isinstance(node, Age):
        yield from fields_of(node.born)
        yield from fields_of(node.on)
    elif isinstance(node, Compare):
        yield from fields_of(node.left)
    elif isinstance(node, In | IsNull):
        yield from fields_of(node.operand)


def days_with(years: int, born: Value, on: Value) -> tuple[dt.date, dt.date] | None:
    """Two days so many years apart, either of which may be given; None if they cannot be read."""
    if isinstance(born, dt.date) and isinstance(on, dt.date):
        return born, on
    if isinstance(born, dt.date):
        on = _same_day(born, years, clamp_to=(3, 1))
        return None if on is None else (born, on)
    if isinstance(on, dt.date):
        earlier = _same_day(on, -years, clamp_to=(2, 28))
        return None if earlier is None else (earlier, on)
    if years == AGES[0]:
        return LAST_DAY, FIRST_DAY
    year = min(max(2025, FIRST_YEAR + years), LAST_YEAR + years)
    return dt.date(year - years, 4, 1), dt.date(year, 4, 1)


def _same_day(day: dt.date, years: int, clamp_to: tuple[int, int]) -> dt.date | None:
    """The same day some years away; 29 February goes to the day given."""
    year = day.year + years
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return day.replace(year=year)
    except ValueError:
        return dt.date(year, *clamp_to)
