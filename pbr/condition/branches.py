"""Small helpers to read the parser's tree of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lark import Token, Tree


def child_of(tree: Tree[Token]) -> Tree[Token]:
    """The first part of a part."""
    return children_of(tree)[0]


def children_of(tree: Tree[Token]) -> list[Tree[Token]]:
    """The parts of a part, without its signs."""
    return [child for child in tree.children if not isinstance(child, str)]


def signs_of(tree: Tree[Token]) -> list[str]:
    """The signs of a part: ``+ - * /`` or that of a comparison."""
    return [str(child) for child in tree.children if isinstance(child, str)]


def word_of(tree: Tree[Token]) -> str:
    """The name a name or a function has."""
    return str(tree.children[0])


def start_of(tree: Tree[Token]) -> int:
    """The column a part starts at, from 0."""
    return tree.meta.start_pos


def unquoted(text: str) -> str:
    """What stands between the quotes of a text."""
    return text[text.index("'") + 1 : -1].replace("''", "'")
