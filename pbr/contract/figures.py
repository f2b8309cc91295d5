"""Figures: from the text of a number or the name of a value to a table of cells in the term's unit.

One check serves every value: each label has a row, each day of the term has one figure, each figure has the unit of
the term that reads it.
"""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING

from attrs import frozen

from pbr.calendar import Date, Duration, number_of
from pbr.contract.model import FieldKind
from pbr.lines import Table
from pbr.money import CURRENCY_DIGITS, MOST_MINOR, format_minor, parse_minor, parse_ratio
from pbr.problem import Place, did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from fractions import Fraction

    from pbr.contract.model import Cell, Terms, ValueTerm
    from pbr.document import PathTo
    from pbr.problem import Problem

_NAME = re.compile(r"[a-z][a-z0-9_]*")
FOR_EVER = 10**6
"""A day after every day that can be written."""
MOST_RATIO = 10**9


class Unit(enum.Enum):
    """What a figure is read as."""

    MONEY = "an amount of money"
    RATIO = "a ratio"


@frozen
class Figures:
    """Resolves the figures of one contract, and keeps what is wrong with them.

    Attributes:
        terms: The contract.
        at: The place of a path.
        lost: Names whose own faults are reported already.
        problems: What is found.
    """

    terms: Terms
    at: Callable[[PathTo], Place]
    lost: frozenset[str]
    problems: list[Problem]

    def fail(self, path: PathTo, code: str, message: str) -> None:
        """Keep a problem at the place of a path."""
        self.problems.append(self.at(path).problem(code, message))

    def table(self, text: str, unit: Unit, path: PathTo) -> Table | None:
        """The cells of a number written in a term, or of the value it names; None where there is a fault."""
        if not _NAME.fullmatch(text):
            found = self._figure(text, unit, path)
            return None if found is None else Table(cells=(found,), places=(self.at(path),))
        if text in self.lost:
            return None
        value = self.terms.values.get(text)
        if value is None:
            self.fail(path, "PBR111", f"no value is named '{short(text)}'{did_you_mean(text, self.terms.values)}")
            return None
        labels = self.labels(value.by, ("values", text, "by")) if value.by is not None else ("",)
        return None if labels is None else self._cells(text, value, labels, unit, path)

    def labels(self, by: str, path: PathTo) -> tuple[str, ...] | None:
        """The labels of a grouping, of the providers, or of a text field with its words; None where there are none."""
        terms = self.terms
        if by in self.lost:
            return None
        if by in terms.groups:
            return tuple(terms.groups[by])
        if by == "provider":
            return tuple(sorted(terms.contract.providers))
        own = terms.all_fields(terms.cohort_table)
        if by in own and own[by].type is FieldKind.TEXT and own[by].one_of:
            return own[by].one_of
        words = [name for name, term in own.items() if term.type is FieldKind.TEXT and term.one_of]
        known = [*terms.groups, "provider", *words]
        self.fail(
            path,
            "PBR111",
            f"'{short(by)}' is no grouping, nor `provider`, nor a text field with one_of{did_you_mean(by, known)}",
        )
        return None

    def _cells(self, name: str, value: ValueTerm, labels: tuple[str, ...], unit: Unit, path: PathTo) -> Table | None:
        before = len(self.problems)
        found: dict[str, list[Cell]] = {label: [] for label in labels}
        for cell in value.cells:
            label = cell.label or ""
            if label in found:
                found[label].append(cell)
            else:
                known = did_you_mean(label, labels)
                self.fail(self._path(name, cell), "PBR123", f"'{short(label)}' is not a label of {value.by}{known}")
        for label, cells in found.items():
            self._covers(name, value, label, cells)
        if len(self.problems) > before:
            return None
        spans = {label: list(_lasting(cells)) for label, cells in found.items()}
        firsts = [number_of(first) for cells in spans.values() for first, _, _ in cells[:1] if first is not None]
        begins = {number_of(first) for cells in spans.values() for first, _, _ in cells if first is not None}
        starts = sorted(start for start in begins if start >= max(firsts))
        figures, places = [], []
        for label in labels:
            for cell in self._in_force(spans[label], starts):
                found_figure = self._figure(cell.text, unit, self._path(name, cell), name, path)
                figures.append(0 if found_figure is None else found_figure)
                places.append(self.at(self._path(name, cell)))
        if len(self.problems) > before:
            return None
        ends = [FOR_EVER if last is None else number_of(last) for cells in spans.values() for _, last, _ in cells[-1:]]
        by = None if value.by is None else f"by.{value.by}"
        shown = () if value.by is None else labels
        return Table(
            by=by, starts=tuple(starts), end=min(ends), cells=tuple(figures), places=tuple(places), labels=shown
        )

    @staticmethod
    def _path(name: str, cell: Cell) -> PathTo:
        return ("values", name, *cell.path)

    def _covers(self, name: str, value: ValueTerm, label: str, cells: list[Cell]) -> None:
        """Every day of the term has exactly one figure for the label."""
        who = f" for {value.by} '{label}'" if label else ""
        if not cells:
            self.fail(("values", name), "PBR120", f"'{name}' has no figure{who}; add a row")
            return
        if cells[0].first is None:
            return
        header = self.terms.contract
        due: Date = header.from_
        for cell, (first, last, _) in zip(_by_day(cells), _lasting(cells), strict=True):
            assert first is not None, "a dated value has dates throughout"
            path = self._path(name, cell)
            if first > due and due <= header.to:
                self.fail(path, "PBR121", f"'{name}' has no figure{who} on {due}; the next begins on {first}")
            due = max(due, first) if last is None else max(due, last.add(days=1))
            if last is None:
                due = header.to.add(days=1)
        for earlier, later in zip(_by_day(cells), _by_day(cells)[1:], strict=False):
            if earlier.last is not None and later.first is not None and later.first <= earlier.last:
                began = f"one began on {earlier.first} and runs to {earlier.last}"
                message = f"'{name}' has two figures{who} on {later.first}; {began}"
                self.fail(self._path(name, later), "PBR122", message)
            elif earlier.first == later.first:
                self.fail(self._path(name, later), "PBR122", f"'{name}' has two figures{who} on {later.first}")
        if due <= header.to:
            self.fail(("values", name), "PBR121", f"'{name}' has no figure{who} on {due}; the term runs to {header.to}")

    @staticmethod
    def _in_force(spans: list[tuple[Date | None, Date | None, Cell]], starts: list[int]) -> Iterator[Cell]:
        """The cell in force from each of the starts of any label."""
        if not starts:
            yield spans[0][2]
        for start in starts:
            yield [cell for first, _, cell in spans if first is not None and number_of(first) <= start][-1]

    def _figure(
        self, text: str, unit: Unit, path: PathTo, name: str = "", reader: PathTo = ()
    ) -> int | Fraction | None:
        """One figure in the unit of the term that reads it."""
        who = f" (read as {unit.value} by {'.'.join(map(str, reader[:2]))})" if name else ""
        digits = CURRENCY_DIGITS.get(self.terms.contract.currency, 2)
        if unit is Unit.MONEY:
            amount = parse_minor(text, digits)
            if amount is not None and 0 <= amount <= MOST_MINOR:
                return amount
            if _has_unit(text):
                self.fail(path, "PBR124", f"'{short(text)}' is not an amount of money{who}")
            else:
                limits = f"from 0 to {format_minor(MOST_MINOR, digits)} with at most {digits} decimals"
                self.fail(path, "PBR108", f"'{short(text)}' is not an amount of money {limits}{who}")
            return None
        ratio = parse_ratio(text)
        if ratio is not None and ratio >= 0 and max(ratio.numerator, ratio.denominator) <= MOST_RATIO:
            return ratio
        code = "PBR124" if ratio is None and Duration.parse(text) else "PBR109"
        self.fail(path, code, f"'{short(text)}' is not a ratio from 0 such as 5/6, 94% or 1.2{who}")
        return None


def _has_unit(text: str) -> bool:
    return "%" in text or "/" in text or text.endswith("pp") or Duration.parse(text) is not None


def _by_day(cells: list[Cell]) -> list[Cell]:
    return sorted(cells, key=lambda cell: (cell.first is not None, cell.first or Date.min))


def _lasting(cells: list[Cell]) -> Iterator[tuple[Date | None, Date | None, Cell]]:
    """First and last day of each cell; one without an end lasts until the next begins."""
    ordered = _by_day(cells)
    for cell, later in zip(ordered, [*ordered[1:], None], strict=True):
        last = cell.last
        if last is None and later is not None and later.first is not None:
            last = later.first.subtract(days=1)
        yield cell.first, last, cell
