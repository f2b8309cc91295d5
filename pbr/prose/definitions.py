"""Part D: words that are used below: conditions with a name, groupings, and states that hold over days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.prose.book import WORDS, Entry, Phrase, phrase
from pbr.prose.conditions import condition_words
from pbr.prose.items import item_of
from pbr.prose.page import Grid, Item, Part
from pbr.prose.words import with_article

if TYPE_CHECKING:
    from pbr.prose.book import Book

OTHERWISE = "otherwise"
"""What a grouping says of whom no other label fits."""


def _table(entry: Entry) -> str:
    return f"It is read from the rows of {entry.book.table(entry.term.table)}."


def _when(entry: Entry) -> str:
    if entry.term.on is not None:
        return ""
    if entry.term.when is None:
        return "Every row counts."
    return f"Only a row counts of which this is true: {entry.condition('when', entry.term.table)}."


def _turns(key: str, words: str) -> Phrase:
    def say(entry: Entry) -> str:
        return words.format(entry.condition(key, entry.term.table)) if getattr(entry.term, key) is not None else ""

    return Phrase((key,), say)


def _first(entry: Entry) -> str:
    field = entry.term.from_
    return "" if field is None else f"It holds from the day under {field}; if that is empty it never began."


def _last(entry: Entry) -> str:
    field = entry.term.to
    return (
        ""
        if field is None
        else f"It holds up to the day under {field}, that day included; if that is empty it goes on."
    )


_STATE = (
    phrase("table")(_table),
    phrase("from")(_first),
    phrase("to")(_last),
    phrase("when")(_when),
    phrase("on")(lambda e: "" if e.term.on is None else f"A row is of the day under {e.term.on}."),
    _turns("opens", "It holds from the day of a row of which this is true: {}."),
    _turns("closes", "It holds up to the day, that day included, of a row of which this is true: {}."),
)


def definitions(book: Book) -> Part:
    """The part about definitions, groupings and states."""
    terms = book.terms
    items = [
        Item(
            number=book.numbers[name],
            heading=name,
            blocks=(f"It holds if {condition_words(book, text)}; it is read in the row that it is asked of.",),
        )
        for name, text in terms.define.items()
    ]
    items += [_grouping(book, name) for name in terms.groups]
    items += [
        item_of(Entry(book, ("spells", name), term), book.numbers[name], {type(term): _STATE})
        for name, term in terms.spells.items()
    ]
    return Part(letter=WORDS, heading="Words used below", lead=_lead(book), items=tuple(items))


def _lead(book: Book) -> tuple[str, ...]:
    found = []
    if book.terms.groups:
        found.append("[Of a grouping one label has to fit; where none does, or two do, it is unknown.]")
    if book.terms.spells:
        found.append("[A state holds on both its first and its last day; days that overlap count once.]")
    return (" ".join(found).replace("] [", " "),) if found else ()


def _grouping(book: Book, name: str) -> Item:
    labels = book.terms.groups[name]
    rows = tuple(
        (label, "everybody else" if text == OTHERWISE else condition_words(book, text))
        for label, text in labels.items()
    )
    whose = book.terms.cohort.of
    lead = f"A{with_article(whose)[1:]} is of the label whose condition is true."
    return Item(number=book.numbers[name], heading=name, blocks=(lead, Grid(("label", "who is of it"), rows)))
