"""Which figure of a value holds for whom, and on which days: spans of days for each combination of labels.

A row names a label of each key or, with ``*``, any. Of several rows that fit, the one that names most labels holds; two
that name equally many, each another, are a fault. Every combination has exactly one figure on every day of the term.
"""

from __future__ import annotations

from itertools import pairwise, product
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from attrs import field, frozen

from pbr.calendar import Date, date_from_number, number_of
from pbr.table import ALWAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pbr.contract.value_terms import Cell

ANY = "*"
EVER = -ALWAYS
"""A day after every day that can be written; its opposite is before every one."""

Labels: TypeAlias = "tuple[str, ...]"


class Span(NamedTuple):
    """Days, both included, on which a cell holds."""

    first: int
    last: int
    cell: Cell


class Fault(NamedTuple):
    """What is wrong with the days of some labels: a code, what, why, and the cell it is about, or None for all."""

    code: str
    what: str
    why: str
    cell: Cell | None


@frozen
class Rows:
    """The figures of a value by the labels they are for.

    Attributes:
        keys: What its rows are by.
        labels: The labels of each key.
        spans: Spans by the labels of their row, in the order of their days.
        first: First day of the term, or None if it is not known.
        last: Last day of the term, or None if it is not known.
    """

    keys: Labels
    labels: tuple[Labels, ...]
    spans: Mapping[Labels, tuple[Span, ...]]
    first: Date | None
    last: Date | None
    _held: dict[tuple[Labels, ...], tuple[Span, ...]] = field(factory=dict, eq=False, repr=False)

    def combinations(self) -> Iterator[Labels]:
        """Every combination of labels, those of the last key together."""
        return product(*self.labels)

    def held(self, names: Labels) -> tuple[Span, ...]:
        """Which cell holds for a combination of labels, in the order of days."""
        fitting = self._fitting(names)
        rows = tuple(fitting)
        if rows not in self._held:
            self._held[rows] = next(iter(fitting.values()), ()) if len(fitting) <= 1 else tuple(_most_named(fitting))
        return self._held[rows]

    def changes(self) -> int:
        """How many days there are, at most, on which a figure of any row begins or ends; at least one."""
        edges = {edge for spans in self.spans.values() for span in spans for edge in (span.first, span.last + 1)}
        return len(edges - {-EVER, EVER + 1}) or 1

    def faults(self) -> Iterator[tuple[Labels, Fault]]:
        """What is wrong, with the labels it befalls; ``*`` where it befalls whoever a row is for."""
        for row, spans in self.spans.items():
            yield from ((row, fault) for fault in _overlaps(spans))
        known: dict[tuple[Labels, ...], tuple[Fault, ...]] = {}
        for names in self.combinations():
            rows = tuple(self._fitting(names))
            if rows not in known:
                known[rows] = (*self._ties(names), *self._gaps(self.held(names)))
            yield from ((names, fault) for fault in known[rows])

    def described(self, names: Labels) -> str:
        """A combination of labels in words."""
        return " and ".join(f"{key} '{name}'" for key, name in zip(self.keys, names, strict=True) if name != ANY)

    def _fitting(self, names: Labels) -> dict[Labels, tuple[Span, ...]]:
        """The rows that fit a combination of labels, those that name most first."""
        rows = sorted(product(*((name, ANY) for name in names)), key=lambda row: row.count(ANY))
        return {row: self.spans[row] for row in rows if row in self.spans}

    def _ties(self, names: Labels) -> Iterator[Fault]:
        """Days on which two rows fit that name equally many labels, each another."""
        fitting = self._fitting(names)
        if len({row.count(ANY) for row in fitting}) == len(fitting):
            return
        for first, _ in _stretches(span for spans in fitting.values() for span in spans):
            here = _covering(fitting, first)
            if len(here) > 1 and here[0][0].count(ANY) == here[1][0].count(ANY):
                (one, _), (other, span) = here[:2]
                on = "" if abs(first) == EVER else f" on {_day(first)}"
                why = f"{on}: one for {self.described(one)}, one for {self.described(other)}; add a row for both"
                yield Fault("PBR122", "two figures", why, span.cell)
                return

    def _gaps(self, spans: tuple[Span, ...]) -> Iterator[Fault]:
        """Days of the term without a figure."""
        if not spans:
            yield Fault("PBR120", "no figure", "; add a row", None)
            return
        due = spans[0].first if self.first is None else number_of(self.first)
        last = EVER if self.last is None else number_of(self.last)
        for span in spans:
            if span.first > due and due <= last:
                why = f" on {_day(due)}; the next begins on {_day(span.first)}"
                yield Fault("PBR121", "no figure", why, span.cell)
            due = max(due, span.last + 1)
        if due <= last and self.last is not None:
            yield Fault("PBR121", "no figure", f" on {_day(due)}; the term runs to {self.last}", None)


def spans_of(cells: Iterable[Cell]) -> dict[Labels, tuple[Span, ...]]:
    """Spans of each row of labels; a figure without an end holds until the next of its row begins."""
    rows: dict[Labels, list[Cell]] = {}
    for cell in cells:
        rows.setdefault(cell.labels, []).append(cell)
    return {names: tuple(_lasting(found)) for names, found in rows.items()}


def _lasting(cells: list[Cell]) -> Iterator[Span]:
    ordered = sorted(cells, key=lambda cell: (cell.first is not None, cell.first or Date.min))
    for cell, later in zip(ordered, [*ordered[1:], None], strict=True):
        first = -EVER if cell.first is None else number_of(cell.first)
        last = EVER if cell.last is None else number_of(cell.last)
        if cell.last is None and later is not None and later.first is not None:
            last = number_of(later.first) - 1
        yield Span(first, last, cell)


def _overlaps(spans: tuple[Span, ...]) -> Iterator[Fault]:
    """Days for which one row of labels has two figures."""
    for earlier, later in pairwise(spans):
        why = "" if later.first == -EVER else f" on {_day(later.first)}"
        if earlier.first == later.first:
            yield Fault("PBR122", "two figures", f"{why}; remove one", later.cell)
        elif later.first <= earlier.last:
            ends = f"; end the one that began on {_day(earlier.first)} on {_day(later.first - 1)}"
            yield Fault("PBR122", "two figures", why + ends, later.cell)


def _stretches(spans: Iterable[Span]) -> Iterator[tuple[int, int]]:
    """Days between one change and the next: first and last of each stretch."""
    edges = sorted({edge for span in spans for edge in (span.first, span.last + 1)})
    return ((first, after - 1) for first, after in pairwise(edges))


def _most_named(fitting: Mapping[Labels, tuple[Span, ...]]) -> Iterator[Span]:
    """Of rows that fit, on each stretch of days the one that names most labels; rows are in that order."""
    for first, last in _stretches(span for spans in fitting.values() for span in spans):
        here = _covering(fitting, first)
        if here:
            yield Span(first, last, here[0][1].cell)


def _covering(fitting: Mapping[Labels, tuple[Span, ...]], day: int) -> list[tuple[Labels, Span]]:
    """Rows that hold on a day, those that name most labels first."""
    return [(row, span) for row, spans in fitting.items() for span in spans if span.first <= day <= span.last]


def _day(number: int) -> str:
    """A day as it is written."""
    return date_from_number(number).isoformat()
