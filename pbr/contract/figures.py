"""Figures: from the text of a number or the name of a value to a table of cells in the term's unit.

One check serves every value: each label has a row, each day of the term has one figure, each figure has the unit of
the term that reads it.
"""

from __future__ import annotations

import enum
import re
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from attrs import field, frozen

from pbr.calendar import PERIODS, Duration, PeriodKind, number_of
from pbr.contract.contract import term_of, word_of
from pbr.contract.grain import labels_of
from pbr.contract.model import UNPAID, FieldKind
from pbr.contract.spans import ANY, EVER, Rows, Span, spans_of
from pbr.money import CURRENCY_DIGITS, MOST_MINOR, format_minor, parse_minor, parse_ratio
from pbr.payments import Divide
from pbr.problem import Place, did_you_mean, short
from pbr.table import ALWAYS, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from fractions import Fraction

    from pbr.contract.model import Cell, Terms, ValueTerm
    from pbr.contract.spans import Labels
    from pbr.document import PathTo
    from pbr.problem import Problem

_NAME = re.compile(r"[a-z][a-z0-9_]*")
MOST_RATIO = 10**9
MOST_ROWS = 100_000
OUTCOME = "outcome"
"""The word for rows by outcomes or the keys of ``pays``, unless a grouping or field is named so."""
PERIOD_KEYS = ("contract_year", "quarter", "month")
"""Periods that the figures of a value may be by, each by its number in the term."""


Figure: TypeAlias = "int | Fraction | Duration"


class Unit(enum.Enum):
    """What a figure is read as."""

    MONEY = "an amount of money"
    RATIO = "a ratio"
    NUMBER = "a number"
    DURATION = "a duration"
    POINTS = "a number of percentage points"


@frozen
class Figures:
    """Resolves the figures of one contract, and keeps what is wrong with them.

    Attributes:
        terms: The contract.
        at: The place of a path.
        lost: Names whose own faults are reported already.
        problems: What is found.
        read: Names of the values that terms have read.
    """

    terms: Terms
    at: Callable[[PathTo], Place]
    lost: frozenset[str]
    problems: list[Problem]
    read: set[str] = field(factory=set)
    _rows_of: dict[str, Rows | None] = field(factory=dict, eq=False, repr=False)
    _tables: dict[tuple[str, Unit], Table] = field(factory=dict, eq=False, repr=False)

    def fail(self, path: PathTo, code: str, message: str) -> None:
        """Keep a problem at the place of a path."""
        self.problems.append(self.at(path).problem(code, message))

    def table(self, text: str, unit: Unit, path: PathTo, *, may_lack: bool = False) -> Table | None:
        """The cells of a number written in a term, or of the value it names; None where there is a fault.

        Where it may lack, an agreed value may have no figure on days on which nothing is agreed.
        """
        if not _NAME.fullmatch(text):
            found = self._figure(text, unit, self.at(path))
            return None if found is None else Table(cells=(found,), places=(self.at(path),))
        self.read.add(text)
        if text in self.lost:
            return None
        value = self.terms.values.get(text)
        if value is None:
            self.fail(path, "PBR111", f"no value is named '{short(text)}'{did_you_mean(text, self.terms.values)}")
            return None
        lacks = value.agreed is not None and any(cell.text == UNPAID for cell in value.cells)
        if lacks and not may_lack:
            message = f"'{text}' is `unpaid` if nothing is agreed, which only the threshold of a test of a group can be"
            self.fail(("values", text, "if_none"), "PBR316", f"{message}; write a figure")
            return None
        if (text, unit) not in self._tables:
            rows, before = self._rows(text, value), len(self.problems)
            read = {
                cell: None
                if lacks and cell.text == UNPAID
                else self._figure(cell.text, unit, self._place(text, cell), path)
                for cell in value.cells
            }
            if rows is None or len(self.problems) > before:
                return None
            self._tables[text, unit] = self._table(text, value, rows, read)
        return self._tables[text, unit]

    def _table(self, text: str, value: ValueTerm, rows: Rows, read: Mapping[Cell, Figure | None]) -> Table:
        """The cells of a value whose figures have been read, by its labels and the days on which any changes."""
        held = self._by_days(rows)
        starts = sorted({day for spans in set(held.values()) for day in _changes(spans)})
        if starts and any(span.first == ALWAYS for spans in held.values() for span in spans):
            starts = [ALWAYS, *starts]  # a row without a first day holds before the first day of others
        in_force = {spans: tuple(_in_force(spans, starts)) for spans in set(held.values())}
        cells = [cell for spans in held.values() for cell in in_force[spans]]
        kept = [(key, labels) for key, labels in zip(value.by, rows.labels, strict=True) if key not in PERIOD_KEYS]
        return Table(
            by=tuple(f"_by.{key}" for key, _ in kept),
            starts=tuple(starts),
            cells=tuple(None if cell is None else read[cell] for cell in cells),
            places=tuple(self._place(text, cell) for cell in cells),
            labels=tuple(labels for _, labels in kept),
            value=text,
        )

    def _by_days(self, rows: Rows) -> dict[Labels, tuple[Span, ...]]:
        """Which cell holds when, by the labels of all keys but periods: a period is a span of days."""
        periods = {key: term_of(self.terms).periods(PeriodKind(key)) for key in rows.keys if key in PERIOD_KEYS}
        found: dict[Labels, list[Span]] = {}
        for names in rows.combinations():
            spans = rows.held(names)
            for key, name in zip(rows.keys, names, strict=True):
                if key in periods:
                    days = periods[key][int(name) - 1]
                    spans = _within(spans, number_of(days.first), number_of(days.last))
            others = tuple(name for key, name in zip(rows.keys, names, strict=True) if key not in periods)
            found.setdefault(others, []).extend(spans)
        return {names: tuple(sorted(spans, key=_first)) for names, spans in found.items()}

    def unread(self, name: str) -> None:
        """Check a value that no term reads: its labels, its days, and that each figure is one of some unit."""
        value = self.terms.values[name]
        if self._rows(name, value) is None:
            return
        for cell in value.cells:
            if not _is_figure(cell.text) and not (value.agreed is not None and cell.text == UNPAID):
                message = f"'{short(cell.text)}' is no figure such as 12.50, 5/6, 94% or 12 weeks"
                self.problems.append(self._place(name, cell).problem("PBR109", message))

    def _rows(self, name: str, value: ValueTerm) -> Rows | None:
        """The rows of a value by its labels and days, with every fault kept, once; None where there is one."""
        if name not in self._rows_of:
            before = len(self.problems)
            rows = self._make_rows(name, value)
            self._rows_of[name] = rows if len(self.problems) == before else None
        return self._rows_of[name]

    def _make_rows(self, name: str, value: ValueTerm) -> Rows | None:
        """The rows of a value by its labels and days; None without labels."""
        found = [self.labels(key, ("values", name, "by"), value) for key in value.by]
        labels = [each for each in found if each is not None]
        if (
            len(labels) < len(found)
            or ((value.csv or value.agreed) and not value.cells)
            or self._dated_twice(name, value)
        ):
            return None
        if prod(map(len, labels)) > MOST_ROWS:
            self.fail(("values", name, "by"), "PBR126", f"'{name}' would have more than {MOST_ROWS:,} rows of labels")
            return None
        header = self.terms.contract
        rows = Rows(
            keys=value.by,
            labels=tuple(labels),
            spans=spans_of(self._labelled(name, value, labels)),
            first=None if "contract.from" in self.lost else header.from_,
            last=None if "contract.to" in self.lost else header.to,
        )
        if prod(map(len, labels)) * rows.changes() > MOST_ROWS:
            message = f"'{name}' would have more than {MOST_ROWS:,} figures, one for each row of labels and each change"
            self.fail(("values", name, "by"), "PBR126", message)
            return None
        self._covered(name, rows)
        return rows

    def _dated_twice(self, name: str, value: ValueTerm) -> bool:
        """Whether the days of a figure are said by the number of a period, and by another or by a date."""
        periods = [key for key in value.by if key in PERIOD_KEYS]
        dated = next((cell for cell in value.cells if cell.first is not None), None)
        if not periods or (len(periods) == 1 and dated is None):
            return False
        other = periods[1] if dated is None else "dates"
        place = self.at(("values", name, "by")) if dated is None else self._place(name, dated)
        message = f"'{name}' says its days twice: by {periods[0]} and by {other}; keep one of the two"
        self.problems.append(place.problem("PBR122", message))
        return True

    def _labelled(self, name: str, value: ValueTerm, labels: list[tuple[str, ...]]) -> Iterator[Cell]:
        """The cells whose labels are known; a row for another is a problem."""
        for cell in value.cells:
            strange = [
                (key, label, known)
                for key, label, known in zip(value.by, cell.labels, labels, strict=True)
                if label not in known and label != ANY
            ]
            if not strange:
                yield cell
            for key, label, known in strange:
                if label not in self.lost:
                    message = f"'{short(label)}' is not a label of {key}{did_you_mean(label, known)}"
                    self.problems.append(self._place(name, cell).problem("PBR123", message))

    def _covered(self, name: str, rows: Rows) -> None:
        """Every day of the term has exactly one figure for each row of labels; what befalls all is said once."""
        wrong: dict[tuple[str, str, str, Place], list[tuple[Labels, Place]]] = {}
        count = prod(map(len, rows.labels))
        for names, fault in rows.faults():
            place = self._place(name, fault.cell)
            whole = place if fault.cell is None or fault.cell.place else self._row_place(name, fault.cell, names)
            wrong.setdefault((fault.code, fault.what, fault.why, whole), []).append((names, place))
        for (code, what, why, whole), found in wrong.items():
            if len(found) == count or not rows.described(found[0][0]):
                self.problems.append(whole.problem(code, f"'{name}' has {what}{why}"))
            elif len(rows.keys) == 1:
                for names, place in found:
                    self.problems.append(place.problem(code, f"'{name}' has {what} for {rows.described(names)}{why}"))
            else:
                names, place = found[0]
                others = f" (and {len(found) - 1:,} more like it)" if len(found) > 1 else ""
                message = f"'{name}' has {what} for {rows.described(names)}{others}{why}"
                self.problems.append(place.problem(code, message))

    def _place(self, name: str, cell: Cell | None) -> Place:
        """Where a cell stands, in the contract or in a file of its own; without one, where its value does."""
        if cell is None:
            return self.at(("values", name))
        return cell.place or self.at(("values", name, *cell.path))

    def _row_place(self, name: str, cell: Cell, names: Labels) -> Place:
        """Where the row stands that a cell is in, as far as labels are concerned."""
        path = cell.path
        if names and path[len(path) - len(names) :] == names:
            path = path[: len(path) - len(names)]
        return self.at(("values", name, *path))

    def labels(self, by: str, path: PathTo, value: ValueTerm) -> tuple[str, ...] | None:
        """The labels of a grouping, of the providers, of a text field with its words, or the numbers of the periods.

        Of outcomes those that are written. None where there are none.
        """
        terms = self.terms
        if by in self.lost or (by in PERIOD_KEYS and {"contract.from", "contract.to"} & self.lost):
            return None
        if by in PERIOD_KEYS:
            return tuple(str(number) for number in range(1, len(labels_of(terms, by)) + 1)) or None
        own = terms.all_fields(terms.cohort_table)
        if by in own and own[by].type is FieldKind.TEXT and own[by].one_of:
            if own[by].is_sensitive:
                message = f"'{by}' is stated beside the price, so the field cannot be sensitive; use a grouping"
                self.fail(path, "PBR106", message)
            return own[by].one_of
        if (by in {*terms.groups, "provider"} or by not in {*own, *PERIODS}) and (found := labels_of(terms, by)):
            return found
        of_rows = dict(word for word in (word_of(terms, name) for name in terms.outcomes) if word is not None)
        if by == OUTCOME and by not in {*own, *of_rows}:
            return self._outcomes(value)
        words = [name for name, term in own.items() if term.type is FieldKind.TEXT and term.one_of] + list(of_rows)
        known = [*terms.groups, *(["provider"] if terms.names_provider else []), *words, *PERIOD_KEYS]
        if by not in of_rows:
            message = f"'{short(by)}' is no grouping, `provider`, text field with one_of, or period"
            self.fail(path, "PBR111", f"{message}{did_you_mean(by, known)}")
        return of_rows.get(by)

    def _outcomes(self, value: ValueTerm) -> tuple[str, ...]:
        """The outcomes, or parts of pots, that a value has a row for; all there are where it has one for any."""
        pots = [payment for payment in self.terms.payments.values() if isinstance(payment, Divide)]
        known = dict.fromkeys([*self.terms.outcomes, *(key for pot in pots for key in pot.pays)])
        at = value.by.index(OUTCOME)
        written = [cell.labels[at] for cell in value.cells]
        named = [label for label in written if label in known]
        return tuple(dict.fromkeys(named if named or ANY not in written else known))

    def _figure(self, text: str, unit: Unit, place: Place, reader: PathTo = ()) -> Figure | None:
        """One figure in the unit of the term that reads it."""
        readers = {
            Unit.MONEY: self._money,
            Unit.RATIO: _ratio,
            Unit.NUMBER: _number,
            Unit.DURATION: _duration,
            Unit.POINTS: _points,
        }
        found: Figure | tuple[str, str] = readers[unit](text)
        if not isinstance(found, tuple):
            return found
        code, why = found
        who = ""
        if reader and code == "PBR124":
            part, item = reader[:2]
            who = f", as {part}.{self.terms.adjustments[item].id if isinstance(item, int) else item} needs"
        self.problems.append(place.problem(code, f"'{short(text)}' {why}{who}"))
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
        code = "PBR124" if Duration.parse(text) or text.endswith("pp") else "PBR109"
        return code, f"is not {Unit.RATIO.value} such as 5/6, 94% or 1.2"
    if ratio < 0:
        return "PBR109", "is below 0, which a ratio is not"
    if max(ratio.numerator, ratio.denominator) > MOST_RATIO:
        return "PBR109", "is a ratio of too many digits; 9 are read"
    return ratio


def _number(text: str) -> Fraction | tuple[str, str]:
    """A plain number, or a code and why it is none."""
    if _has_unit(text):
        return "PBR124", f"is not {Unit.NUMBER.value}"
    number = parse_ratio(text)
    if number is None or abs(number) > MOST_MINOR:
        return "PBR109", f"is not {Unit.NUMBER.value} such as 16 or 2.5, of at most 15 digits before the point"
    return number


def _points(text: str) -> Fraction | tuple[str, str]:
    """A number of percentage points, or a code and why it is none."""
    number = parse_ratio(text.removesuffix("pp").rstrip()) if text.endswith("pp") else None
    if number is None or "%" in text or "/" in text:
        return "PBR124", f"is not {Unit.POINTS.value}; write it like 5pp"
    return number


def _duration(text: str) -> Duration | tuple[str, str]:
    """A length of time, or a code and why it is none."""
    length = Duration.parse(text)
    if length is None:
        return "PBR124", f"is not {Unit.DURATION.value}; write it like 12 weeks or 6 months"
    return length


def _is_figure(text: str) -> bool:
    return parse_ratio(text.removesuffix("pp")) is not None or Duration.parse(text) is not None


def _has_unit(text: str) -> bool:
    return "%" in text or "/" in text or text.endswith("pp") or Duration.parse(text) is not None


def _first(span: Span) -> int:
    """The day on which a span begins."""
    return span.first


def _within(spans: Iterable[Span], first: int, last: int) -> tuple[Span, ...]:
    """The parts of spans that lie between two days, both included."""
    cut = (Span(max(span.first, first), min(span.last, last), span.cell) for span in spans)
    return tuple(span for span in cut if span.first <= span.last)


def _changes(spans: Iterable[Span]) -> Iterator[int]:
    """Days on which a figure changes: the first of each span, and the day after one that ends."""
    for first, last, _ in spans:
        if last < EVER:
            yield last + 1
        if first > -EVER or last < EVER:
            yield first


def _in_force(spans: tuple[Span, ...], starts: list[int]) -> Iterator[Cell | None]:
    """The cell in force from each of the starts of any row, if there is one; spans follow each other."""
    if not starts:
        yield spans[0].cell
    place = 0
    for start in starts:
        while place < len(spans) and spans[place].last < start:
            place += 1
        yield spans[place].cell if place < len(spans) and spans[place].first <= start else None
