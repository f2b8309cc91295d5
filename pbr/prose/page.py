"""A contract in words as lettered parts of numbered paragraphs, and how these are laid out as text or as Markdown."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 100
"""Columns of the text."""
_INDENT = "    "
_GAP = "  "
_LEAST = 6
_BEGINS = r"(?<!\S)#|^[-+](?=[-+\s]|$)|(?:(?<=^\d)|(?<=^\d\d))[.)](?=\s|$)"
"""What makes a heading, a line or an item of a list of a paragraph that begins with it."""
_MARKS = re.compile(rf"([\\`*<>~&]|{_BEGINS}|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|(?<=\])[(:])")


@frozen
class Grid:
    """A table.

    Attributes:
        heads: Heading of each column.
        rows: The cells of each row, as many as there are columns.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block: TypeAlias = "str | Grid"
"""A paragraph of sentences, or a table."""


@frozen(kw_only=True)
class Item:
    """One numbered thing.

    Attributes:
        number: Such as F2.
        heading: What it is.
        blocks: What is said of it.
    """

    number: str
    heading: str
    blocks: tuple[Block, ...]


@frozen(kw_only=True)
class Part:
    """A lettered part.

    Attributes:
        letter: Such as F.
        heading: What it is about.
        lead: What holds of all its items.
        items: Its items.
    """

    letter: str
    heading: str
    lead: tuple[str, ...]
    items: tuple[Item, ...]


@frozen(kw_only=True)
class Page:
    """The whole.

    Attributes:
        heading: The title of the contract.
        lead: What stands before its parts.
        parts: Its parts, without empty ones.
        close: What stands after them.
    """

    heading: str
    lead: tuple[Block, ...]
    parts: tuple[Part, ...]
    close: tuple[Block, ...]


def to_text(page: Page) -> str:
    """The page as text of at most ``WIDTH`` columns, but for words that are longer."""
    found = [_underlined(page.heading, "="), *_text(page.lead, "")]
    for part in page.parts:
        found += [_underlined(f"{part.letter}. {part.heading}", "-"), *_text(part.lead, "")]
        for item in part.items:
            found.append(_filled(f"{item.number}. {item.heading}", "", _INDENT))
            found += _text(item.blocks, _INDENT)
    return "\n\n".join([*found, *_text(page.close, "")]) + "\n"


def _underlined(heading: str, line: str) -> str:
    wrapped = textwrap.wrap(heading, WIDTH, break_long_words=False) or [""]
    return "\n".join([*wrapped, line * max(map(len, wrapped))])


def _text(blocks: tuple[Block, ...], indent: str) -> Iterator[str]:
    for block in blocks:
        yield _grid(block, indent) if isinstance(block, Grid) else _filled(block, indent, indent)


def _filled(text: str, first: str, then: str) -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=then, break_long_words=False, break_on_hyphens=False
    )


def _grid(grid: Grid, indent: str) -> str:
    """A table in columns; a cell that is too wide goes on in the lines below."""
    widths = _widths(grid, WIDTH - len(indent))
    lines = [*_row(grid.heads, widths), _GAP.join("-" * width for width in widths)]
    several = any(len(_row(row, widths)) > 1 for row in grid.rows)
    for place, row in enumerate(grid.rows):
        lines += ["", *_row(row, widths)] if several and place else _row(row, widths)
    return "\n".join(f"{indent}{line}".rstrip() for line in lines)


def _widths(grid: Grid, room: int) -> list[int]:
    """The width of each column: what it needs, and of those that need too much an equal part of what is left."""
    columns = list(zip(grid.heads, *grid.rows, strict=True))
    needed = [max(map(len, column)) for column in columns]
    least = [max(_LEAST, *(len(word) for cell in column for word in cell.split())) for column in columns]
    room -= len(_GAP) * (len(columns) - 1)
    found: dict[int, int] = {}
    for left, place in zip(
        range(len(columns), 0, -1), sorted(range(len(columns)), key=needed.__getitem__), strict=True
    ):
        fair = (room - sum(found.values())) // left
        found[place] = max(min(needed[place], fair), min(least[place], needed[place]))
    return [found[place] for place in range(len(columns))]


def _row(cells: tuple[str, ...], widths: list[int]) -> list[str]:
    wrapped = [
        textwrap.wrap(cell, width, break_long_words=False, break_on_hyphens=False) or [""]
        for cell, width in zip(cells, widths, strict=True)
    ]
    height = max(map(len, wrapped))
    filled = [[*lines, *[""] * (height - len(lines))] for lines in wrapped]
    return [
        _GAP.join(line.ljust(width) for line, width in zip(lines, widths, strict=True))
        for lines in zip(*filled, strict=True)
    ]


def to_markdown(page: Page) -> str:
    """The page as Markdown: a heading for each part and item, and tables with bars."""
    found = [f"# {_marked(page.heading)}", *_marks(page.lead)]
    for part in page.parts:
        found += [f"## {part.letter}. {_marked(part.heading)}", *_marks(part.lead)]
        for item in part.items:
            found += [f"### {item.number}. {_marked(item.heading)}", *_marks(item.blocks)]
    return "\n\n".join([*found, *_marks(page.close)]) + "\n"


def _marks(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Grid):
            heads, *rows = ([_cell(cell) for cell in row] for row in (block.heads, *block.rows))
            yield "\n".join(f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows))
        else:
            yield _marked(block)


def _cell(text: str) -> str:
    return _marked(text).replace("|", "\\|")


def _marked(text: str) -> str:
    """Words as they are, without a meaning in Markdown."""
    return _MARKS.sub(r"\\\1", text)
