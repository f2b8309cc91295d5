"""Part B: what is returned: each table, what its rows are, and what may stand in each field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.contract.model import CONTRIBUTIONS, NOBODY, PROVIDERS, FieldKind
from pbr.prose.book import RETURNED, Entry, phrase, told
from pbr.prose.page import Grid, Item, Part
from pbr.prose.words import counted, figure, listed, quoted, with_article, worded

if TYPE_CHECKING:
    from pbr.contract.model import Field
    from pbr.prose.book import Book
    from pbr.prose.page import Block

_TYPES = {
    FieldKind.ID: "identifier",
    FieldKind.TEXT: "text",
    FieldKind.YES_NO: "yes or no",
    FieldKind.WHOLE: "whole number",
    FieldKind.DECIMAL: "decimal number",
    FieldKind.MONEY: "money",
    FieldKind.SHARE: "share",
    FieldKind.DATE: "date",
    FieldKind.INSTANT: "moment",
    FieldKind.PROVIDER: "provider",
    FieldKind.RECORDED: "day on which the row became known",
}
_ABOUT = {
    PROVIDERS: "Its rows are about providers.",
    CONTRIBUTIONS: "Its rows say who helped.",
}


def _key(entry: Entry) -> str:
    keys = entry.term.keys
    if not keys:
        return "Nothing names a row; rows that are the same in everything count once."
    return f"A row is named by its {listed(keys)}{' together' if len(keys) > 1 else ''}."


def _parent(entry: Entry) -> str:
    noun = entry.term.of
    return f"Each belongs to one {noun}, and carries what names that {noun}." if noun else ""


def _columns(entry: Entry) -> str:
    pairs = [f"{quoted(heading)} is {name}" for heading, name in entry.term.columns.items()]
    return f"Of the headings as returned, {listed(pairs)}." if pairs else ""


_TABLE = (
    phrase("row_is")(lambda e: f"Each row is {with_article(e.term.row_is)}."),
    phrase("of")(_parent),
    phrase("is")(lambda e: _ABOUT.get(e.term.is_, "")),
    phrase("key")(_key),
    phrase("columns")(_columns),
)


def returned(book: Book) -> Part:
    """The part about the tables of a return."""
    items = tuple(_table(book, name) for name in book.terms.tables if name != NOBODY)
    lead = (
        "[A field may be empty, but for those that name a row, the provider and the day on which it became known. "
        "Rows that are the same in everything count once; rows of one name that differ are all refused, and so is a "
        "row whose owner was not accepted.]"
    )
    return Part(letter=RETURNED, heading="What is returned", lead=(lead,), items=items)


def _table(book: Book, name: str) -> Item:
    entry = Entry(book, ("tables", name), book.terms.tables[name])
    rows = tuple((field, _type(term), _may_hold(term)) for field, term in entry.term.fields.items())
    blocks: list[Block] = [told(entry, _TABLE), Grid(("field", "what it is", "what may stand in it"), rows)]
    entry.said.add("fields")
    return Item(number=book.tables[name], heading=name, blocks=tuple(blocks))


def _type(term: Field) -> str:
    ids = {"whole": ", a whole number"} if term.type is FieldKind.ID else {"instant": ", from a moment"}
    return _TYPES[term.type] + ids.get(term.of, "")


def _may_hold(term: Field) -> str:
    """What is allowed in a field."""
    found = []
    if term.from_ or term.to:
        ends = [f"from {figure(term.from_)}" if term.from_ else "", f"to {figure(term.to)}" if term.to else ""]
        found.append(" ".join(end for end in ends if end))
    if term.places:
        found.append(f"{counted(term.places, 'decimal')} at most")
    if term.one_of:
        found.append(f"one of: {', '.join(map(worded, term.one_of))}")
    if term.codes:
        codes = [f"{quoted(word)} for {worded(meant)}" for word, meant in term.codes.items()]
        found.append(f"returned as {listed(codes)}")
    if term.sensitive:
        found.append("never shown" if term.is_sensitive else "may be shown")
    return "; ".join(found)
