"""Conditions and formulas in words, from the tree of what is written, so that names and numbers stay as they are.

Brackets stand wherever words alone could be read in two ways; a condition that means something else has other words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen
from lark import Token, Tree

from pbr.condition.syntax import Fault, Language, read_tree
from pbr.contract.model import NOBODY, FieldKind
from pbr.prose.words import day, figure, listed, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from pbr.prose.book import Book

    Node = Tree[Token] | Token

_COMPARED = {
    "=": "is",
    "<>": "is not",
    "<": "is below",
    "<=": "is at most",
    ">": "is above",
    ">=": "is at least",
}
_COMPARED_DAYS = {"<": "is before", "<=": "is on or before", ">": "is after", ">=": "is on or after"}
_SIGNS = {"PLUS": "+", "MINUS": "-", "STAR": "\N{MULTIPLICATION SIGN}", "SLASH": "/"}
_SUMS = {"sum", "product", "minus"}
_TESTS = {"comparison", "in_", "not_in", "between", "not_between", "is_null", "is_not_null"}
_SAID = {"empty", "yes", "no", "none", "nothing"}
"""What is said of a value; a field of such a name is called a field."""
_JOINED = {"disjunction", "conjunction"}


def condition_words(book: Book, text: str, table: str = "", language: Language = Language.CONDITION) -> str:
    """A condition or a formula in words.

    Args:
        book: The contract it stands in.
        text: As it is written.
        table: Whose rows it is read of; the cohort's by default.
        language: Whether it is a formula.

    Returns:
        Words that say the same; the text in quotes where a text of a contract that nobody uses cannot be read.
    """
    tree = read_tree(text, language)
    if isinstance(tree, Fault):
        return repr(text)
    words = _Words(book, table)
    (whole,) = tree.children
    return words.value(whole) if language is Language.FORMULA else words.truth(whole)


@frozen
class _Words:
    """Puts the nodes of one condition into words.

    Attributes:
        book: The contract it stands in.
        table: Whose rows it is read of; the cohort's if empty.
    """

    book: Book
    table: str

    # ---- what is true or not

    def truth(self, node: Node) -> str:  # noqa: PLR0911  # one return for each kind of node
        """A node that is true, false or unknown."""
        kind = _kind(node)
        if kind == "disjunction":
            return " or ".join(self._part(each, {"conjunction"}) for each in _parts(node))
        if kind == "conjunction":
            return " and ".join(self._part(each, {"disjunction"}) for each in _parts(node))
        if kind == "not_":
            return self._not(_parts(node)[0])
        if kind in {"true", "false"}:
            return "this is always so" if kind == "true" else "this is never so"
        if kind == "name":
            return self._holds(_text(node), holds=True)
        if kind == "case":
            return f"({self.value(node)}) is yes"
        return self._test(node) if kind in _TESTS else self.value(node)

    def _part(self, node: Node, kinds: set[str]) -> str:
        """A part of and or or: in brackets if words would not say how far it goes."""
        text = self.truth(node)
        return f"({text})" if _kind(node) in kinds else text

    def _not(self, part: Node) -> str:
        if _kind(part) == "name":
            return self._holds(_text(part), holds=False)
        return f"it is not so that ({self.truth(part)})"

    def _holds(self, name: str, *, holds: bool) -> str:
        """A name that is true or not by itself."""
        nots = "" if holds else " not"
        outcome, dot, what = name.partition(".")
        if dot and what == "met":
            return f"{self.book.refer(outcome)} is{nots} met"
        if name in self.book.terms.chosen:
            return f"the {self.book.terms.cohort.of} is{nots} among those chosen by {self.book.refer(name)}"
        if name in self.book.terms.define:
            return f"{self.book.refer(name)} {'holds' if holds else 'does not hold'}"
        if self._is_result(name):
            return f"{self.book.refer(name)} is{nots} met"
        return f"{name} is {'yes' if holds else 'no'}"

    def _is_result(self, name: str) -> bool:
        return name in self.book.terms.outcomes and not self._is_field(name)

    def _test(self, node: Node) -> str:
        """A comparison of values."""
        parts = _parts(node)
        kind = _kind(node)
        if kind == "comparison":
            return self._compared(parts[0], str(parts[1]), parts[2])
        left = self._side(parts[0])
        if kind in {"in_", "not_in"}:
            words = listed(map(self._side, _parts(parts[1])), "or")
            return f"{left} is {'none' if kind == 'not_in' else 'one'} of {words}"
        if kind in {"between", "not_between"}:
            ends = f"{self._side(parts[1])} to {self._side(parts[2])} (both included)"
            return f"{left} is {'not ' if kind == 'not_between' else ''}from {ends}"
        return f"{left} is {'not ' if kind == 'is_not_null' else ''}empty"

    def _compared(self, left: Node, sign: str, right: Node) -> str:
        days = self._is_day(left) or self._is_day(right)
        words = {**_COMPARED, **(_COMPARED_DAYS if days else {})}[sign]
        if _kind(left) in {"true", "false"} or _kind(right) in {"true", "false"}:
            words = {"=": "is the same as", "<>": "is not the same as"}.get(sign, words)
        return f"{self._side(left)} {words} {self._side(right)}"

    def _is_day(self, node: Node) -> bool:
        """Whether a side of a comparison is surely a date."""
        if _kind(node) == "name":
            found = self._field(_text(node))
            return found is FieldKind.DATE or _text(node).endswith(".date") or _text(node) == "start"
        inner = _parts(node) if isinstance(node, Tree) else []
        return _kind(node) in {"date", "sum"} and (_kind(node) == "date" or self._is_day(inner[0]))

    def _side(self, node: Node) -> str:
        """A value beside a word such as is: in brackets if it is itself made of several."""
        text = self.value(node)
        return f"({text})" if _kind(node) in {*_TESTS, *_JOINED, "not_", "case"} or _called(node) == "ifnone" else text

    # ---- values

    def value(self, node: Node) -> str:
        """A node that gives a value."""
        kind = _kind(node)
        if kind in {*_JOINED, *_TESTS, "not_"}:
            return self.truth(node)
        leaf = self._leaf(node)
        if leaf is not None:
            return leaf
        if kind in _SUMS:
            return self._sum(node)
        if kind == "case":
            return self._case(node)
        return self._call(node)

    def _leaf(self, node: Node) -> str | None:
        """A name, or a value written out; None for what is made of others."""
        text = _text(node)
        quotes = text.partition("'")[2].rpartition("'")[0].replace("''", "'")
        found: dict[str, Callable[[], str]] = {
            "name": lambda: self._named(text),
            "text": lambda: quoted(quotes),
            "date": lambda: day(quotes),
            "interval": lambda: quotes,
            "number": lambda: figure(text),
            "percent": lambda: figure(text),
            "true": lambda: "yes",
            "false": lambda: "no",
            "null": lambda: "nothing",
        }
        return found[_kind(node)]() if _kind(node) in found else None

    def _named(self, name: str) -> str:
        """A name that stands for a value."""
        outcome, dot, what = name.partition(".")
        results = {"met": "whether {} is met", "date": "the day of {}", "value": "the value of {}"}
        if dot and what in results and outcome in self.book.terms.outcomes:
            return results[what].format(self.book.cite(outcome))
        if self._is_field(name) and not dot:
            said = f"the field {name}" if name in _SAID else name
            return "the start" if name == "start" and self._field("start") is None else said
        return self.book.cite(name)

    def _sum(self, node: Node) -> str:
        parts = _parts(node)
        if _kind(node) == "minus":
            return f"minus {self._operand(parts[-1])}"
        found = [_SIGNS[part.type] if isinstance(part, Token) else self._operand(part) for part in parts]
        return " ".join(found)

    def _operand(self, node: Node) -> str:
        """A part of a sum or product: in brackets if it is made of several."""
        plain = _kind(node) in {"name", "text", "date", "interval", "number", "percent", "true", "false", "null"}
        return self.value(node) if plain else f"({self.value(node)})"

    def _case(self, node: Node) -> str:
        """The first of some values whose condition is true."""
        branches = [part for part in _parts(node) if _kind(part) == "branch"]
        others = [part for part in _parts(node) if _kind(part) != "branch"]
        found = []
        for branch in branches:
            test, value = _parts(branch)
            found.append(f"{self._operand(value)} if ({self.truth(test)})")
        found.append(f"otherwise {self._operand(others[0]) if others else 'nothing'}")
        return f"the first that fits: {'; '.join(found)}"

    def _call(self, node: Node) -> str:
        """What is written as a function."""
        name = _called(node)
        given = _parts(node)[1:]
        if name in {"count", "first", "last", "any", "all"}:
            return self._asked(name, given)
        words = [self._operand(each) for each in given]
        said = {
            "age_on": "the age on {1} of somebody born on {0}",
            "days_between": "the number of days from {0} to {1}",
            "months_between": "the number of whole months from {0} to {1}",
            "contract_year": "the contract year of {0}",
            "floor": "the whole number at or below {0}",
            "abs": "{0} without its sign",
            "ifnone": "{0}, or {1} where there is none",
        }
        if name in said:
            return said[name].format(*words)
        if name in {"least", "greatest"}:
            return f"the {name} of {listed(words)}"
        places = words[1] if len(words) > 1 else "0"
        return f"{words[0]} rounded to {places} {'decimal' if places == '1' else 'decimals'}"

    def _asked(self, what: str, given: list[Node]) -> str:
        """A question to the rows of a child table."""
        table = _text(given[0])
        inner = evolve(self, table=table)
        dated = what in {"first", "last"}
        rest = given[2:] if dated else given[1:]
        rows = self.book.table(table)
        fits = f" with ({inner.truth(rest[0])})" if rest else ""
        if dated:
            return f"the {'earliest' if what == 'first' else 'latest'} {_text(given[1])} of the rows of {rows}{fits}"
        if what == "count":
            return f"the number of rows of {rows}{fits}"
        return f"there is a row of {rows}{fits}" if what == "any" else f"there are only rows of {rows}{fits}"

    # ---- names

    def _field(self, name: str) -> FieldKind | None:
        """The type of a field of the row, of its parents', or of any table where it is not known whose row it is."""
        tables = self.book.terms.tables
        own = [self.table] if self.table in tables else []
        for table in [*own, *tables]:
            if name in tables[table].fields and table != NOBODY:
                return tables[table].fields[name].type
        return None

    def _is_field(self, name: str) -> bool:
        return name not in self.book.numbers or self._own_field(name)

    def _own_field(self, name: str) -> bool:
        tables = self.book.terms.tables
        whose = self.table or next(
            (each for each, term in tables.items() if term.row_is == self.book.terms.cohort.of), ""
        )
        return whose in tables and name in self.book.terms.all_fields(whose)


def _kind(node: Node) -> str:
    """What a node is, whatever brackets stand around it."""
    found = _bare(node)
    return str(found.data) if isinstance(found, Tree) else found.type


def _bare(node: Node) -> Node:
    """A node without the brackets around it."""
    while isinstance(node, Tree) and node.data == "group":
        (inner,) = node.children
        node = inner
    return node


def _parts(node: Node) -> list[Node]:
    found = _bare(node)
    assert isinstance(found, Tree), "a word has no parts"
    return list(filter(None, found.children))


def _text(node: Node) -> str:
    """The first word of a node."""
    found = _bare(node)
    while isinstance(found, Tree) and found.children:
        found = found.children[0]
    return str(found) if isinstance(found, Token) else ""


def _called(node: Node) -> str:
    """The name of a function, or nothing."""
    return _text(node).lower() if _kind(node) == "call" else ""
