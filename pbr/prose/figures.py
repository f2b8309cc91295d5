"""Part E: figures, as tables: by date, by label, from a file, or agreed by a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.calendar import show_date
from pbr.contract.model import FieldKind
from pbr.contract.value_terms import UNPAID
from pbr.outcomes import Total
from pbr.prose.book import FIGURES, Entry, Phrase, phrase, told
from pbr.prose.items import sign_words
from pbr.prose.other import left_to_say
from pbr.prose.page import Grid, Item, Part
from pbr.prose.words import counted, figure, listed, worded

if TYPE_CHECKING:
    from pbr.contract.value_terms import AgreedTerm, Cell, ValueTerm
    from pbr.document import PathTo
    from pbr.prose.book import Book
    from pbr.prose.page import Block

_YES, _NO = "1", "0"
"""How a label that was chosen, or not, stands among the figures of a set."""


def _by(entry: Entry) -> str:
    keys = entry.term.by
    return f"There is a figure for each {listed(map(entry.book.group, keys))}." if keys else ""


def _csv(entry: Entry) -> str:
    file = entry.term.csv
    if not file:
        return ""
    rows = entry.book.contract.files[str(entry.path[-1])].rows
    return f"It stands in the file {file} beside the contract, whose {counted(len(rows), 'line')} are part of it."


def _agreed(entry: Entry) -> str:
    term: AgreedTerm | None = entry.term.agreed
    if term is None:
        return ""
    number = entry.book.agreements.get(term.agreement, "")
    return f"It is what {term.agreement} ({number}) agrees on its question '{term.question}'."


def _bounds(entry: Entry) -> str:
    term: AgreedTerm | None = entry.term.agreed
    if term is None or term.bounds is None:
        return ""
    low, high = (_shown(entry, text) for text in term.bounds)
    each = " for each" if str(entry.raw.get("bounds", "")).endswith(" each") else ""
    return f"The commissioner allows {low} to {high}{each}, both included."


def _if_none(entry: Entry) -> str:
    term: AgreedTerm | None = entry.term.agreed
    if term is None:
        return ""
    if any(cell.text == UNPAID for cell in term.if_none):
        return "While nothing is agreed, nothing is paid for what reads it."
    found = [f"{_shown(entry, cell.text)}{_of_labels(cell)}" for cell in term.if_none]
    return f"While nothing is agreed, this holds: {listed(found)}." if found else ""


def _of_labels(cell: Cell) -> str:
    return f" for {', '.join(map(worded, cell.labels))}" if cell.labels else ""


_VALUE: tuple[Phrase, ...] = (
    phrase("by")(_by),
    phrase("csv")(_csv),
    phrase("agreed")(_agreed),
    phrase("bounds")(_bounds),
    phrase("if_none")(_if_none),
)


def figures(book: Book) -> Part:
    """The part about values."""
    items = tuple(_value(book, name) for name in book.terms.values)
    dated = any(cell.first for value in book.terms.values.values() for cell in value.cells)
    lead = (
        "[A figure with a date holds from that day on, until the next of its label, or up to the last day stated.]",
    )
    return Part(letter=FIGURES, heading="Figures", lead=lead if dated else (), items=items)


def _value(book: Book, name: str) -> Item:
    value = book.terms.values[name]
    entry = Entry(book, ("values", name), value)
    heading, blocks = sign_words(entry)
    rule = told(entry, _VALUE)
    entry.said.update(entry.raw.keys() - {"bounds", "if_none"} if value.agreed is not None else entry.raw)
    found: list[Block] = [*blocks, *([rule] if rule else [])]
    if len(value.cells) == 1 and not value.by and value.cells[0].first is None:
        found.append(f"It is {_shown(entry, value.cells[0].text)}.")
    elif value.cells:
        found.append(_table(entry, value))
    return Item(number=book.numbers[name], heading=heading, blocks=(*found, *left_to_say(entry)))


def _version(term: AgreedTerm, cell: Cell) -> str:
    """Which version of an agreement decides a figure, or that none does."""
    held = next(each for each in term.in_force if (each.first, each.last) == (cell.first, cell.last))
    return f"version {held.version}" if held.version else "nobody"


def _first(cell: Cell) -> str:
    return "the beginning" if cell.first is None else show_date(cell.first)


def _table(entry: Entry, value: ValueTerm) -> Grid:
    """The figures, a column for each label of the last key where there are few of these, else a row for each figure."""
    book, cells = entry.book, value.cells
    heads = [book.group(key) for key in value.by]
    dated = any(cell.first for cell in cells)
    ends = any(cell.last for cell in cells)
    agreed = value.agreed
    days = [*(["from"] if dated else []), *(["to"] if ends else []), *(["decided by"] if agreed else [])]
    rows = tuple(
        (
            *_days(cell, dated=dated, ends=ends),
            *([_version(agreed, cell)] if agreed else []),
            *map(_label, cell.labels),
            _shown(entry, cell.text),
        )
        for cell in cells
    )
    whole = Grid((*days, *heads, "figure"), rows)
    return _across(whole, len(days)) if dated and len(value.by) == 1 else whole


def _across(grid: Grid, days: int) -> Grid:
    """The same with a column for each label, where there are few labels and each has a figure on each day."""
    labels = tuple(dict.fromkeys(row[days] for row in grid.rows))
    dates = tuple(dict.fromkeys(row[:days] for row in grid.rows))
    by = {(row[:days], row[days]): row[-1] for row in grid.rows}
    if len(labels) > 4 or len(by) < len(grid.rows) or len(by) < len(labels) * len(dates):  # noqa: PLR2004  # columns
        return grid
    heads = (*grid.heads[:days], *labels)
    return Grid(heads, tuple((*date, *(by[date, label] for label in labels)) for date in dates))


def _days(cell: Cell, *, dated: bool, ends: bool) -> tuple[str, ...]:
    first = (_first(cell),) if dated else ()
    last = ("the next, or the end" if cell.last is None else show_date(cell.last),) if ends else ()
    return (*first, *last)


def _label(label: str) -> str:
    return "any" if label == "*" else label


def _shown(entry: Entry, text: str) -> str:
    """A figure in the unit in which it is read; yes or no of what was chosen."""
    name = str(entry.path[-1])
    asked = _asks(entry)
    if asked in {"set", "yes_no"} and text in {_YES, _NO}:
        return "yes" if text == _YES else "no"
    return figure(text, entry.book.currency if _is_money(entry, name) else "")


def _asks(entry: Entry) -> str:
    """What the panel was asked for, if one decides."""
    term: AgreedTerm | None = entry.term.agreed
    if term is None:
        return ""
    versions = entry.book.contract.cited.get(term.agreement, ())
    found = [one.result.questions[term.question] for one in versions if term.question in one.result.questions]
    return found[-1].asks if found else ""


_OF_PAYMENTS = {"price", "amount", "bands"}
_OF_ADJUSTMENTS = {"at_most", "at_least"}
_OF_TOTALS = {"reaches", "exceeds"}
"""Terms that read a figure as money."""


def _is_money(entry: Entry, name: str) -> bool:
    """Whether a term reads the value as money."""
    tables = entry.book.contract.tables
    return any(_reads_money(entry.book, path) for path, table in tables.items() if table.value == name)


def _reads_money(book: Book, path: PathTo) -> bool:
    family, item, term = path[:3]
    if family == "outcomes":
        total = book.terms.outcomes[str(item)]
        return term in _OF_TOTALS and isinstance(total, Total) and adds_money(book, total)
    return term in (_OF_PAYMENTS if family == "payments" else _OF_ADJUSTMENTS)


def adds_money(book: Book, total: Total) -> bool:
    """Whether the field that is added up is money."""
    field = book.terms.all_fields(total.table).get(total.add)
    return field is not None and field.type is FieldKind.MONEY
