"""Cells: every combination of values that a set of conditions can tell apart, one bit each.

What a condition is of every cell at once is two whole numbers, the cells where it is true and those where it is false;
AND, OR and NOT are then single operations on them, and a million combinations take milliseconds.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

from pbr.condition import FieldRef, Kind, ValueType
from pbr.condition.tree import And, Compare, Constant, IsNull, Not, Or
from pbr.proof.terms import (
    AGES,
    AgeOf,
    Opaque,
    constants,
    cuts,
    days_with,
    fields_of,
    is_joined,
    reading,
    term_of,
    tests_of,
)
from pbr.proof.values import ORDERED, Values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pbr.condition import Condition
    from pbr.condition.tree import Node
    from pbr.proof.terms import Same, Term
    from pbr.proof.values import Value

MOST_CELLS = 2**18
"""More combinations than this are not tried."""

MOST_ANSWERS = 100_000
"""Nor are more values of one field than make for so many comparisons."""

_OTHER = ("other", "another", "something else")
_AGE = ValueType(kind=Kind.NUMBER)

Truths: TypeAlias = "tuple[int, int]"
"""The cells where something is true, and those where it is false."""


@frozen(kw_only=True)
class Cells:
    """The cells of a set of conditions.

    Attributes:
        same: Fields that are the same as others under another name.
        atoms: For each term, one value out of each set of values that no test tells apart; an empty one last.
        answers: For each test, its answer to each value of its term.
    """

    same: Same
    atoms: Mapping[Term, tuple[Value, ...]]
    answers: Mapping[Node, tuple[Term, tuple[bool | None, ...]]]

    @property
    def count(self) -> int:
        """How many cells there are."""
        return prod(map(len, self.atoms.values()))

    @property
    def every(self) -> int:
        """All the cells."""
        return (1 << self.count) - 1

    def truths(self, node: Any) -> Truths:  # noqa: ANN401  # any node that has been looked at
        """Where a condition is true, and where it is false; elsewhere it is unknown."""
        if isinstance(node, Constant):
            return (self.every, 0) if node.value else (0, self.every)
        if isinstance(node, Not):
            true, false = self.truths(node.part)
            return false, true
        if isinstance(node, And | Or):
            return self._joined([self.truths(part) for part in node.parts], every=isinstance(node, And))
        if is_joined(node):
            return self._compared(node)
        term, answers = self.answers[node]
        return self._where(term, answers, wanted=True), self._where(term, answers, wanted=False)

    def _joined(self, parts: list[Truths], *, every: bool) -> Truths:
        """Parts joined by AND, or else by OR."""
        alls, anys = self.every, 0
        for true, false in parts:
            alls &= true if every else false
            anys |= false if every else true
        return (alls, anys) if every else (anys, alls)

    def _compared(self, node: Compare | IsNull) -> Truths:
        """Two conditions compared, or one asked whether it is unknown."""
        if isinstance(node, IsNull):
            true, false = self.truths(node.operand)
            return self.every & ~(true | false), true | false
        (true, false), (other_true, other_false) = self.truths(node.left), self.truths(node.right)
        alike = true & other_true | false & other_false
        unlike = true & other_false | false & other_true
        return (alike, unlike) if node.operator == "=" else (unlike, alike)

    def _where(self, term: Term, answers: tuple[bool | None, ...], *, wanted: bool) -> int:
        """The cells in which a test has an answer."""
        stride = 1
        for other, values in self.atoms.items():
            if other == term:
                break
            stride *= len(values)
        run, width, total = (1 << stride) - 1, stride * len(answers), self.count
        found = sum(run << place * stride for place, answer in enumerate(answers) if answer is wanted)
        while width < total:
            found |= found << width
            width *= 2
        return found & self.every

    def row(self, cell: int, fields: Mapping[FieldRef, Values]) -> dict[FieldRef, Value] | None:
        """A value for every field in one cell, or None if no two days have the age that it asks for."""
        row: dict[FieldRef, Value] = {}
        ages: list[tuple[AgeOf, Value]] = []
        for term, values in self.atoms.items():
            cell, place = divmod(cell, len(values))
            if isinstance(term, AgeOf):
                ages.append((term, values[place]))
            else:
                row[term] = values[place]
        for age, years in ages:
            if not _set_days(row, age, years, fields):
                return None
        return row | {name: row[other] for name, other in self.same.items() if other in row}


def _set_days(row: dict[FieldRef, Value], age: AgeOf, years: Value, fields: Mapping[FieldRef, Values]) -> bool:
    """Put two days of an age into a row; whether that can be done with those there already."""
    if years is None:
        free = [ref for ref in (age.born, age.on) if ref not in row and fields[ref].may_be_empty]
        if free:
            row[free[0]] = None
        for ref in (age.born, age.on):
            row.setdefault(ref, fields[ref].value(fields[ref].plainest(*fields[ref].bounds)))
        return row[age.born] is None or row[age.on] is None
    if None in (row.get(age.born, years), row.get(age.on, years)):
        return False
    days = days_with(_whole(years), row.get(age.born), row.get(age.on))
    if days is None:
        return False
    row[age.born], row[age.on] = days
    return True


def _whole(years: Value) -> int:
    """An age as a whole number."""
    assert isinstance(years, Fraction)  # made by `Values.value`
    return int(years)


def bits(cells: int, most: int) -> Iterator[int]:
    """The numbers of the first few cells of a set, in order."""
    for _ in range(most):
        if not cells:
            return
        lowest = cells & -cells
        yield lowest.bit_length() - 1
        cells ^= lowest


def opaque_part(condition: Condition, same: Same) -> Opaque | None:
    """The first part of a condition that is beyond proof."""
    found = (term_of(test, same) for test in tests_of(condition.node))
    return next((part for part in found if isinstance(part, Opaque)), None)


def make_cells(conditions: Iterable[Condition], fields: Mapping[FieldRef, Values], same: Same) -> Cells | Opaque:
    """The cells of conditions no part of which is beyond proof, or that there are too many."""
    tests: defaultdict[Term, dict[Node, None]] = defaultdict(dict)
    for condition in conditions:
        for test in tests_of(condition.node):
            term = term_of(test, same)
            assert not isinstance(term, Opaque)  # looked at before
            tests[term][test] = None
    atoms: dict[Term, tuple[Value, ...]] = {}
    answers: dict[Node, tuple[Term, tuple[bool | None, ...]]] = {}
    for term, asked in tests.items():
        values = _values_of(term, fields)
        found = list(_candidates(asked, values))
        work = len(found) * sum(1 + len(list(constants(test))) for test in asked)
        if work > MOST_ANSWERS:
            return Opaque(f"it compares one field with too many values to try: {len(found):,}", None)
        answer = [_answerer(test, term) for test in asked]
        told: dict[tuple[bool | None, ...], Value] = {}
        for value in found:
            told.setdefault(tuple(one(value) for one in answer), value)
        columns = list(told.items())
        if values.may_be_empty:
            columns.append((tuple(one(None) for one in answer), None))
        atoms[term] = tuple(value for _, value in columns)
        for place, test in enumerate(asked):
            answers[test] = (term, tuple(column[place] for column, _ in columns))
    cells = Cells(same=same, atoms=atoms, answers=answers)
    if cells.count <= MOST_CELLS:
        return cells
    return Opaque(f"there are {cells.count:,} combinations of values to try, and at most {MOST_CELLS:,} are", None)


def _values_of(term: Term, fields: Mapping[FieldRef, Values]) -> Values:
    if not isinstance(term, AgeOf):
        return fields[term]
    empty = fields[term.born].may_be_empty or fields[term.on].may_be_empty
    return Values(type=_AGE, least=AGES[0], most=AGES[1], may_be_empty=empty)


def _answerer(test: Node, term: Term) -> Callable[[Value], bool | None]:
    """What a test says of a value of its term, as a function."""
    decide, names = reading(test), list(fields_of(test))
    if not isinstance(term, AgeOf):
        return lambda value: decide(dict.fromkeys(names, value))

    def of_age(value: Value) -> bool | None:
        days = (None, None) if value is None else days_with(_whole(value), None, None)
        assert days is not None  # every age in range has two days
        return decide(dict(zip(names, days, strict=True)))

    return of_age


def _candidates(tests: Iterable[Node], values: Values) -> Iterator[Value]:
    """Values among which there is one of each set that no test tells apart; none of them empty."""
    tests = list(tests)
    if values.type.kind is Kind.YES_NO:
        yield from (True, False)
    elif values.type.kind in ORDERED:
        starts = [start for test in tests for start in cuts(test, values)]
        stretches = sorted(values.between(starts), key=lambda stretch: stretch[0] != stretch[1])
        for first, last in stretches:  # single values first: at a boundary a fault is plainest
            yield values.value(values.plainest(first, last))
    elif values.listed:
        yield from values.listed
    else:
        words = dict.fromkeys(str(value) for test in tests for value in constants(test))
        yield from (word for word in words if word and word == word.strip())
        yield next(word for word in (*_OTHER, *(f"other {n}" for n in range(len(words) + 1))) if word not in words)
