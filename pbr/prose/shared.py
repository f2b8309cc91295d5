"""Phrases that outcomes and payments of several kinds share: rows, windows, what undoes, what excuses, roundings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.calendar import show_date
from pbr.facts import START, Named
from pbr.prose.book import Entry, phrase
from pbr.prose.words import counted, listed

if TYPE_CHECKING:
    from pbr.facts import Window
    from pbr.prose.book import Book


def anchor_words(book: Book, anchor: str) -> str:
    """The day a window is counted from."""
    return "the start" if anchor == START else f"the day of {book.refer(anchor)}"


def length_words(book: Book, length: object) -> str:
    """A length of time, or the value that gives it."""
    text = str(length)
    return f"the length under {book.refer(text)}" if isinstance(length, Named) else book.number(text)


def window_words(book: Book, window: Window) -> str:
    """A window with both its ends."""
    counted_from = f"The window is counted from {anchor_words(book, window.anchor)}."
    begins = "begins on that day" if window.after is None else "begins on the day after"
    if window.for_ is not None:
        ends = f"ends {length_words(book, window.for_)} after that day"
    elif window.until is not None:
        ends = f"ends on {show_date(window.until)}"
    else:
        ends = "ends with the last day of the term"
    dated = isinstance(window.for_, Named) and book.is_dated(window.for_.name)
    force = " [The length is that in force on the day it is counted from.]" if dated else ""
    return f"{counted_from} It {begins} and {ends}; its first and its last day both count.{force}"


def _window(entry: Entry) -> str:
    window: Window | None = entry.term.window
    return "The window is the whole term." if window is None else window_words(entry.book, window)


def _when(entry: Entry) -> str:
    if entry.term.when is None:
        return "Every row counts."
    return f"Only a row counts of which this is true: {entry.condition('when', entry.term.table)}."


def _undone(entry: Entry) -> str:
    field = entry.term.undone_by
    return (
        ""
        if field is None
        else f"From the day under {field} on, what a row shows is undone, as if there were no such row."
    )


def _excused(entry: Entry) -> str:
    if entry.term.excused_by is None:
        return ""
    return f"Where it would be missed it is left out, and not failed, if {entry.condition('excused_by')}."


def _paid(entry: Entry) -> str:
    if entry.term.paid is None:
        return ""
    no = entry.term.paid in {"no", "false"}
    return "It is a signpost: measured and reported, and no money depends on it." if no else "Money depends on it."


def _round(entry: Entry) -> str:
    places = entry.term.round
    return "It is not rounded." if places is None else f"It is rounded to {counted(places, 'decimal')}."


def _groups(entry: Entry) -> str:
    words = entry.term.per
    return f"There is one for {entry.book.each(words)}." if words else "There is one for the whole contract."


WINDOW = phrase("window")(_window)
WHEN = phrase("when")(_when)
UNDONE = phrase("undone_by")(_undone)
EXCUSED = phrase("excused_by")(_excused)
PAID = phrase("paid")(_paid)
ROUND = phrase("round")(_round)
GROUPS = phrase("per")(_groups)
ENDS = (WINDOW, UNDONE, EXCUSED, PAID)
"""What stands last of an outcome that reads rows."""


def named(book: Book, names: tuple[str, ...], last: str = "and") -> str:
    """Several items by title and number."""
    return listed(map(book.refer, names), last)
