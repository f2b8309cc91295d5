"""Terms that no phrase tells, such as those of a kind of a user's own: the word, what stands there, and what it is.

What a term is stands in the docstring of its class, under *Terms*; a contract whose terms grow is told whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import NOTHING, fields, has

from pbr.contract.schema import described
from pbr.kinds import meaning_of
from pbr.prose.page import Grid
from pbr.prose.words import figure

if TYPE_CHECKING:
    from pbr.prose.book import Entry
    from pbr.prose.page import Block

_HEAD = ("id", "kind", "title", "means", "clause", "source", "why")


def rule_of(entry: Entry) -> str:
    """The kind of an item by its word, and what its class says that it means."""
    kind = getattr(entry.term, "kind", "")
    meaning = meaning_of(type(entry.term))
    version = getattr(type(entry.term), "version", "")
    of = f", version {version}, which is not of the language" if version else ""
    return " ".join(part for part in (f"It is of the kind {kind}{of}." if kind else "", meaning) if part)


def left_to_say(entry: Entry, *, every: bool = False) -> tuple[Block, ...]:
    """The terms of an item of which nothing was said yet, with what its class says of each; defaults too if asked."""
    said = described(type(entry.term))
    rows = [(key, shown(value)) for key, value in entry.raw.items() if key not in entry.said]
    entry.said.update(key for key, _ in rows)
    if every and has(type(entry.term)):
        rows += [(key, f"[{shown(value)}]") for key, value in _silent(entry) if key not in entry.raw]
    if not rows:
        return ()
    cells = tuple((key, value, said.get(key, "")) for key, value in rows)
    if any(words for _, _, words in cells):
        return (Grid(("term", "here", "what it is"), cells),)
    return (Grid(("term", "here"), tuple(cell[:2] for cell in cells)),)


def shown(value: Any) -> str:  # noqa: ANN401  # whatever may stand in a file
    """What stands in a file, as a figure or word, a list or a map."""
    if isinstance(value, dict):
        return "; ".join(f"{key}: {shown(each)}" for key, each in value.items()) or "nothing"
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, value)) or "nothing"
    return figure(str(value))


def _silent(entry: Entry) -> list[tuple[str, str]]:
    """The terms that are not written and have a default that says something."""
    found = []
    for each in fields(type(entry.term)):
        value = getattr(entry.term, each.name)
        plain = getattr(value, "value", value)
        if each.name not in _HEAD and each.default is not NOTHING and isinstance(plain, str | int) and plain != "":
            found.append((each.name.removesuffix("_"), str(plain)))
    return found
