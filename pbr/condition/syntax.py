"""From the text of a condition to a tree of its words, within limits; types are not looked at here."""

from __future__ import annotations

import enum
import functools
import hashlib
import io
import json
import pickle
import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

import lark
from attrs import frozen
from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from pbr.problem import short

if TYPE_CHECKING:
    from pbr.problem import Place, Problem

MOST_CHARACTERS = 4096
MOST_DEPTH = 32
MOST_TERMS = 500

CLOCKS = frozenset({"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"})
"""Words that SQL reads as the clock, even without brackets."""

OTHER_CLOCKS = CLOCKS | {"now", "today", "sysdate", "getdate", "curdate", "clock_timestamp"}
"""Names under which other dialects read the clock; a field may have one of the latter."""

NO_CLOCK = "reads the clock; a condition reads only the contract and its evidence"

RESERVED_WORDS = CLOCKS | frozenset(
    [
        "and",
        "or",
        "not",
        "in",
        "is",
        "null",
        "true",
        "false",
        "between",
        "case",
        "when",
        "then",
        "else",
        "end",
        "interval",
    ],
)
"""Words that cannot name a field in a condition."""

# A text, or the first thing that no condition may hold.
_REFUSED = re.compile(r"'(?:[^']|'')*'|(--|/\*|\"|;|')")
_WHY_REFUSED = {
    "--": "comments are not allowed in a {}",
    "/*": "comments are not allowed in a {}",
    '"': "names are written without quotes, and text in single quotes",
    ";": "a {} is one expression, without a semicolon",
    "'": "this text has no closing quote",
}
_HINTS = {
    "!": "; unequal is written <>",
    "\N{LEFT SINGLE QUOTATION MARK}": "; use straight quotes '",
    "\N{RIGHT SINGLE QUOTATION MARK}": "; use straight quotes '",
    "%": "; a percentage is written like 80%",
}


MOST_KEPT = 500
"""Characters of the longest text whose tree is kept."""


class Language(enum.Enum):
    """What a text is, by which it may divide and round or not."""

    CONDITION = "condition"
    FORMULA = "formula"


@frozen
class Fault:
    """What is wrong with a text, and where: a column from 0."""

    code: str
    message: str
    column: int


def check_syntax(text: str, place: Place) -> tuple[Problem, ...]:
    """What can be said against a text without knowing the row it is used in; for definitions nobody uses."""
    tree = read_tree(text)
    return (place.problem(tree.code, tree.message, offset=tree.column),) if isinstance(tree, Fault) else ()


def read_tree(text: str, language: Language = Language.CONDITION) -> Tree[Token] | Fault:
    """The tree of the words of a condition or a formula, or the first fault in it."""
    what = language.value
    if len(text) > MOST_CHARACTERS:
        return Fault("PBR023", f"a {what} has at most {MOST_CHARACTERS:,} characters, and this one {len(text):,}", 0)
    if not text.strip():
        return Fault("PBR020", f"the {what} is empty", 0)
    for found in _REFUSED.finditer(text):
        if found[1]:
            return Fault("PBR020", _WHY_REFUSED[found[1]].format(what), found.start())
    try:
        return _kept_tree(text) if len(text) <= MOST_KEPT else reader().parse(text)
    except UnexpectedInput as error:
        return _unexpected(text, error, what)


@functools.lru_cache(maxsize=256)
def _kept_tree(text: str) -> Tree[Token]:
    """The tree of a short text, read once: one condition is asked of each row that names it. Nobody changes a tree."""
    return reader().parse(text)


@functools.cache
def reader() -> Lark:
    """The reader of the grammar, once: from the tables made of it beforehand, or made again where those are not its."""
    grammar = _file("grammar.lark")
    made = json.loads(_file("grammar.json"))
    if (made["grammar"], made["lark"]) != made_of(grammar):
        return new_reader(grammar)
    return Lark.load(io.BytesIO(pickle.dumps({each: _by_number(made[each]) for each in ("data", "memo")})))


def new_reader(grammar: str) -> Lark:
    """The reader made from a grammar, which takes fifteen times as long as to read its tables."""
    return Lark(grammar, parser="lalr", lexer="basic", propagate_positions=True, maybe_placeholders=False)


def made_of(grammar: str) -> tuple[str, str]:
    """What tables are made of: the SHA-256 of the text, and the version of lark, whose form of them may change."""
    return hashlib.sha256(grammar.encode()).hexdigest(), lark.__version__


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")


def _by_number(made: object) -> object:
    """The same tables with whole numbers for the keys that JSON made texts."""
    if isinstance(made, dict):
        return {int(key) if key.isdigit() else key: _by_number(each) for key, each in made.items()}
    return [_by_number(each) for each in made] if isinstance(made, list) else made


def _unexpected(text: str, error: UnexpectedInput, what: str) -> Fault:
    """What the reader stumbled over, in plain words."""
    at = cast("int", error.pos_in_stream)
    if isinstance(error, UnexpectedCharacters):
        return Fault("PBR020", f"{text[at]!r} is not part of the language{_HINTS.get(text[at], '')}", at)
    assert isinstance(error, UnexpectedToken)  # the only other one an LALR reader raises
    if error.token.type == "$END":
        return Fault("PBR020", f"the {what} ends too early", len(text.rstrip()))
    return Fault("PBR020", f"'{short(error.token)}' cannot stand here{_token_hint(text[:at], error)}", at)


def _token_hint(before: str, error: UnexpectedToken) -> str:
    """What was probably meant by a word in the wrong place."""
    if error.token.type == "COMPARE":
        if before.endswith(("=", "<", ">")):
            return "; equal is written =, and unequal <>"
        return "; a comparison has two sides, so join two comparisons with AND"
    if "_AND" in error.accepts and error.token.type not in {"RPAR", "COMMA"}:
        return "; is AND or OR missing before it?"
    return ""
