"""What every item of a part has: a heading, the sentence that is signed, the rule, and what is left to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import has

from pbr.prose.book import told
from pbr.prose.other import left_to_say, rule_of
from pbr.prose.page import Item
from pbr.prose.words import folded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.prose.book import Entry, Phrase
    from pbr.prose.page import Block

_HEAD = ("id", "kind", "title", "means", "clause", "source", "why")
"""Keys that are told of every item."""


def sign_words(entry: Entry) -> tuple[str, tuple[Block, ...]]:
    """The heading of an item with its own name and clause, and the sentence that the parties sign."""
    term = entry.term
    title = folded(getattr(term, "title", ""))
    clause = getattr(term, "clause", "")
    marks = [entry.name] if title else []
    marks += [f"clause {clause}"] if clause else []
    called = f" ({', '.join(marks)})" if marks else ""
    heading = f"{title or entry.name}{called}"
    entry.said.update(_HEAD)
    means = folded(getattr(term, "means", ""))
    why, source = folded(getattr(term, "why", "")), folded(getattr(term, "source", ""))
    found: list[Block] = [means] if means else []
    found += [f"Why: {why}"] if why else []
    found += [f"Source: {source}"] if source else []
    return heading, tuple(found)


def item_of(entry: Entry, number: str, phrases: Mapping[type, tuple[Phrase, ...]], *after: Block) -> Item:
    """An item of a kind: by the phrases of its class, or by what the class says of itself where there are none.

    Args:
        entry: The item.
        number: Its number.
        phrases: The phrases of each class that is known.
        after: What stands after its rule, such as a table.
    """
    heading, blocks = sign_words(entry)
    own = phrases.get(type(entry.term))
    rule = told(entry, own) if own is not None else ""
    if own is None and has(type(entry.term)):
        rule = rule_of(entry)
    rest = left_to_say(entry, every=own is None)
    said: list[Block] = [f"Rule: {rule}"] if rule else []
    return Item(number=number, heading=heading, blocks=(*blocks, *said, *after, *rest))
