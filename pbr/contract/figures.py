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

    def unread(self, name: str) -> None:
        """Check a value that no term reads: its labels, its days, and that each figure is one of some unit."""
        value = self.terms.values[name]
        labels = ("",) if value.by is None else self.labels(value.by, ("values", name, "by"))
        if labels is None:
            return
        self._covered(name, value, self._by_label(name, value, labels))
        for cell in value.cells:
            if not _is_figure(cell.text):
                message = f"'{short(cell.text)}' is no figure such as 12.50, 5/6, 94% or 12 weeks"
                self.fail(self._path(name, cell), "PBR109", message)

    def labels(self, by: str, path: PathTo) -> tuple[str, ...] | None:
        """The labels of a grouping, of the providers, or of a text field with its words; None where there are none."""
        terms = self.terms
        if by in self.lost:
            return None
        if by in terms.groups:
            return tuple(terms.groups[by])
        if by == "provider" and terms.names_provider:
            return tuple(sorted(terms.contract.providers))
        own = terms.all_fields(terms.cohort_table)
        if by in own and own[by].type is FieldKind.TEXT and own[by].one_of:
            if own[by].is_sensitive:
                message = f"'{by}' is stated beside the price, so the field cannot be sensitive; use a grouping"
                self.fail(path, "PBR106", message)
            return own[by].one_of
        words = [name for name, term in own.items() if term.type is FieldKind.TEXT and term.one_of]
        known = [*terms.groups, *(["provider"] if terms.names_provider else []), *words]
        self.fail(
            path,
            "PBR111",
            f"'{short(by)}' is no grouping, nor `provider`, nor a text field with one_of{did_you_mean(by, known)}",
        )
        return None

    def _cells(self, name: str, value: ValueTerm, labels: tuple[str, ...], unit: Unit, path: PathTo) -> Table | None:
        before = len(self.problems)
        found = self._by_label(name, value, labels)
        self._covered(name, value, found)
        read = {cell.path: self._figure(cell.text, unit, self._path(name, cell), path) for cell in value.cells}
        if len(self.problems) > before:
            return None
        spans = {label: list(_lasting(cells)) for label, cells in found.items()}
        starts = sorted({day for held in spans.values() for day in _changes(held)})
        figures, places = [], []
        for label in labels:
            for cell in self._in_force(spans[label], starts):
                figures.append(None if cell is None else read[cell.path])
                places.append(self.at(("values", name) if cell is None else self._path(name, cell)))
        by = None if value.by is None else f"_by.{value.by}"
        shown = () if value.by is None else labels
        return Table(by=by, starts=tuple(starts), cells=tuple(figures), places=tuple(places), labels=shown)

    def _by_label(self, name: str, value: ValueTerm, labels: tuple[str, ...]) -> dict[str, list[Cell]]:
        """The cells of each label; a row for another is a problem."""
        found: dict[str, list[Cell]] = {label: [] for label in labels}
        for cell in value.cells:
            label = cell.label or ""
            if label in found:
                found[label].append(cell)
            elif label not in self.lost:
                known = did_you_mean(label, labels)
                self.fail(self._path(name, cell), "PBR123", f"'{short(label)}' is not a label of {value.by}{known}")
        return found

    @staticmethod
    def _path(name: str, cell: Cell) -> PathTo:
        return ("values", name, *cell.path)

    def _covered(self, name: str, value: ValueTerm, found: dict[str, list[Cell]]) -> None:
        """Every day of the term has exactly one figure for each label; what befalls every label is said once."""
        wrong: dict[tuple[str, str, str, PathTo], list[tuple[str, PathTo]]] = {}
        for label, cells in found.items():
            for code, what, why, path in self._covers(name, cells):
                row = path[:-1] if path[-1:] == (label,) else path
                wrong.setdefault((code, what, why, row), []).append((label, path))
        for (code, what, why, row), labels in wrong.items():
            if len(labels) == len(found):
                self.fail(row, code, f"'{name}' has {what}{why}")
            else:
                for label, path in labels:
                    self.fail(path, code, f"'{name}' has {what} for {value.by} '{short(label)}'{why}")

    def _covers(self, name: str, cells: list[Cell]) -> Iterator[tuple[str, str, str, PathTo]]:
        """What is wrong with the days of one label: code, what, why, and where."""
        if not cells:
            yield "PBR120", "no figure", "; add a row", ("values", name)
            return
        if cells[0].first is None:
            return
        header = self.terms.contract
        due: Date = header.from_ if "contract.from" not in self.lost else _by_day(cells)[0].first or header.from_
        for cell, (first, last, _) in zip(_by_day(cells), _lasting(cells), strict=True):
            assert first is not None, "a dated value has dates throughout"
            if first > due and due <= header.to:
                yield "PBR121", "no figure", f" on {due}; the next begins on {first}", self._path(name, cell)
            due = header.to.add(days=1) if last is None else max(due, last.add(days=1))
        for earlier, later in zip(_by_day(cells), _by_day(cells)[1:], strict=False):
            assert later.first is not None, "a dated value has dates throughout"
            why = f" on {later.first}"
            if earlier.first == later.first:
                yield "PBR122", "two figures", f"{why}; remove one", self._path(name, later)
            elif earlier.last is not None and later.first <= earlier.last:
                why += f"; end the one that began on {earlier.first} on {later.first.subtract(days=1)}"
                yield "PBR122", "two figures", why, self._path(name, later)
        if due <= header.to and "contract.to" not in self.lost:
            yield "PBR121", "no figure", f" on {due}; the term runs to {header.to}", ("values", name)

    @staticmethod
    def _in_force(spans: list[tuple[Date | None, Date | None, Cell]], starts: list[int]) -> Iterator[Cell | None]:
        """The cell of one label that is in force from each of the starts of any label, if there is one."""
        if not starts:
            yield spans[0][2]
        for start in starts:
            held = (cell for first, last, cell in spans if _covers_day(first, last, start))
            yield next(held, None)

    def _figure(self, text: str, unit: Unit, path: PathTo, reader: PathTo = ()) -> int | Fraction | None:
        """One figure in the unit of the term that reads it."""
        found = self._money(text) if unit is Unit.MONEY else _ratio(text)
        if not isinstance(found, tuple):
            return found
        code, why = found
        who = ""
        if reader and code == "PBR124":
            part, item = reader[:2]
            who = f", as {part}.{self.terms.adjustments[item].id if isinstance(item, int) else item} needs"
        self.fail(path, code, f"'{short(text)}' {why}{who}")
        return None

    def _money(self, text: str) -> int | tuple[str, str]:
        """Minor units, or a code and why it is no amount."""
        currency = self.terms.contract.currency
        digits = CURRENCY_DIGITS.get(currency, max(CURRENCY_DIGITS.values()))
        amount = parse_minor(text, digits)
        if amount is not None and 0 <= amount <= MOST_MINOR:
            return amount
        if amount is not None:
            return "PBR108", f"is not an amount from 0 to {format_minor(MOST_MINOR, digits)}"
        if parse_minor(text.partition(".")[0], digits) is not None and re.fullmatch("[0-9]+", text.partition(".")[2]):
            return "PBR108", f"has more than the {digits} decimals of {short(currency)}; nothing is rounded here"
        if _has_unit(text):
            return "PBR124", f"is not {Unit.MONEY.value}"
        example = format_minor(1250 * 10**digits, digits)
        return "PBR108", f"is not {Unit.MONEY.value}; write it like {example}, without signs or thousands separators"


def _ratio(text: str) -> Fraction | tuple[str, str]:
    """An exact ratio, or a code and why it is none."""
    ratio = parse_ratio(text)
    if ratio is None:
        code = "PBR124" if Duration.parse(text) else "PBR109"
        return code, f"is not {Unit.RATIO.value} such as 5/6, 94% or 1.2"
    if ratio < 0:
        return "PBR109", "is below 0, which a ratio is not"
    if max(ratio.numerator, ratio.denominator) > MOST_RATIO:
        return "PBR109", "is a ratio of too many digits; 9 are read"
    return ratio


def _is_figure(text: str) -> bool:
    return parse_ratio(text.removesuffix("pp")) is not None or Duration.parse(text) is not None


def _has_unit(text: str) -> bool:
    return "%" in text or "/" in text or text.endswith("pp") or Duration.parse(text) is not None


def _covers_day(first: Date | None, last: Date | None, day: int) -> bool:
    assert first is not None, "a dated value has dates throughout"
    return number_of(first) <= day and (last is None or day <= number_of(last))


def _changes(spans: list[tuple[Date | None, Date | None, Cell]]) -> Iterator[int]:
    """Days on which the figure of a label changes: the first of each span, and the day after one that ends."""
    for first, last, _ in spans:
        if first is not None:
            yield number_of(first)
        if last is not None:
            yield number_of(last) + 1


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
