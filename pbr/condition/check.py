"""Typing a condition: every name found, every comparison of like with like, every fault collected.

A name is a field of the row, then of the parent's row, then a definition. Definitions are put in as if bracketed and
resolved in the row that uses them, so a fault inside one stands at the column of its name.
"""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import define, field

from pbr.calendar import parse_date
from pbr.condition.alike import comparable, describe, no_null, ordered, unlike
from pbr.condition.syntax import CLOCKS, MOST_DEPTH, MOST_TERMS, RESERVED_WORDS, Fault, read_tree
from pbr.condition.tree import Age, And, Compare, Constant, Field, FieldRef, In, IsNull, Node, Not, Or, type_of
from pbr.condition.types import Kind, Scope, ValueType
from pbr.problem import ContractError, Place, Problem, did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lark import Token, Tree

FUNCTIONS = ("age_on",)
_CLOCK_FUNCTIONS = CLOCKS | {"now", "today", "sysdate", "getdate", "curdate", "clock_timestamp"}
_NO_CLOCK = "reads the clock; a condition reads only the contract and its evidence"
_FLIPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@define
class Checker:
    """Walks the tree of one condition, collects its problems and makes its typed node.

    Attributes:
        scope: The names it may use.
        place: Where it stands.
        problems: What was found wrong, in the order of their columns.
        fields: The fields met so far, in order.
    """

    scope: Scope
    place: Place
    problems: list[Problem] = field(factory=list)
    fields: dict[FieldRef, ValueType] = field(factory=dict)
    _depth: int = 0
    _terms: int = 0
    _within: list[str] = field(factory=list)
    _use_column: int = 0

    def check(self, tree: Tree[Token]) -> Node | None:
        """The typed node of a whole condition, or None if there are problems.

        Raises:
            ContractError: It is too deep or has too many terms, so that reading on would be unsafe.
        """
        node = self._yes_no(_child(tree))
        self.problems.sort(key=lambda problem: problem.column or 0)
        return None if self.problems else node

    # Where a fault is reported.

    def _report(self, code: str, message: str, column: int) -> None:
        """Keep a problem; inside a definition it stands where the definition is used."""
        inside = f"in definition '{self._within[-1]}': " if self._within else ""
        self.problems.append(self.place.problem(code, inside + message, offset=self._column(column)))

    def _column(self, column: int) -> int:
        """The column in the text as written."""
        return self._use_column if self._within else column

    @contextmanager
    def _deeper(self, column: int) -> Iterator[None]:
        """One level further in: a bracket, a NOT, a definition."""
        self._depth += 1
        if self._depth > MOST_DEPTH:
            self._too_much(f"brackets, NOT and definitions go at most {MOST_DEPTH} deep", column)
        yield
        self._depth -= 1

    def _count_term(self, column: int) -> None:
        """Count one comparison, list, IS NULL or bare field."""
        self._terms += 1
        if self._terms > MOST_TERMS:
            self._too_much(f"a condition has at most {MOST_TERMS} terms, definitions put in", column)

    def _too_much(self, message: str, column: int) -> None:
        """Stop at a limit."""
        self._report("PBR023", message, column)
        raise ContractError(self.problems)

    # Conditions.

    def _yes_no(self, tree: Tree[Token]) -> Node | None:
        """A part that must be yes or no."""
        inner = tree
        while inner.data == "group":
            inner = _child(inner)
        if inner.data in {"true", "false"} or (inner.data == "name" and not self._is_definition(_word(inner))):
            self._count_term(_start(inner))
        node = self._node(tree)
        if node is None or type_of(node).kind is Kind.YES_NO:
            return node
        self._report("PBR022", f"{describe(node)} is not yes or no; compare it with something", _start(tree))
        return None

    def _node(self, tree: Tree[Token]) -> Node | None:
        """The typed node of any part, or None after reporting why not."""
        readers: dict[str, Callable[[Tree[Token]], Node | None]] = {
            "disjunction": self._disjunction,
            "conjunction": self._conjunction,
            "not_": self._not,
            "comparison": self._comparison,
            "in_": self._in,
            "not_in": lambda part: _negated(self._in(part)),
            "is_null": self._is_null,
            "is_not_null": lambda part: _negated(self._is_null(part)),
            "group": self._group,
            "call": self._call,
            "name": self._name,
            "null": self._null,
        }
        reader = readers.get(tree.data)
        return self._constant(tree) if reader is None else reader(tree)

    def _disjunction(self, tree: Tree[Token]) -> Node | None:
        """Parts joined by OR; an OR inside an OR is one list of parts."""
        parts: list[Node] = []
        for part in self._parts(tree):
            parts.extend(part.parts if isinstance(part, Or) else [part])
        return Or(self._column(_start(tree)), tuple(parts))

    def _conjunction(self, tree: Tree[Token]) -> Node | None:
        """Parts joined by AND; an AND inside an AND is one list of parts."""
        parts: list[Node] = []
        for part in self._parts(tree):
            parts.extend(part.parts if isinstance(part, And) else [part])
        return And(self._column(_start(tree)), tuple(parts))

    def _parts(self, tree: Tree[Token]) -> list[Node]:
        """The parts that could be read; where one could not, a problem has been kept."""
        parts = [self._yes_no(part) for part in _children(tree)]
        return [part for part in parts if part is not None]

    def _not(self, tree: Tree[Token]) -> Node | None:
        """The opposite of a part."""
        with self._deeper(_start(tree)):
            part = self._yes_no(_child(tree))
        return None if part is None else Not(self._column(_start(tree)), part)

    def _group(self, tree: Tree[Token]) -> Node | None:
        """Something in brackets."""
        with self._deeper(_start(tree)):
            return self._node(_child(tree))

    def _comparison(self, tree: Tree[Token]) -> Node | None:
        """Two things compared."""
        self._count_term(_start(tree))
        left_tree, operator, right_tree = tree.children
        assert not isinstance(left_tree, str)  # by the grammar
        assert not isinstance(right_tree, str)  # by the grammar
        sign, column = str(operator), _start(tree)
        for side, other in ((left_tree, right_tree), (right_tree, left_tree)):
            if side.data == "null":
                self._report("PBR022", no_null(sign, other), _start(side))
                return None
        left, right = self._side(left_tree, right_tree), self._side(right_tree, left_tree)
        if left is None or right is None:
            return None
        if isinstance(left, Constant):
            left, right, sign = right, left, _FLIPPED[sign]
        self._fits(left, right, sign, getattr(operator, "start_pos", column))
        return Compare(self._column(column), sign, left, right)

    def _side(self, tree: Tree[Token], other: Tree[Token]) -> Node | None:
        """One side of a comparison; an unknown name may be a word of the other side without its quotes."""
        if tree.data == other.data == "name" and not self._is_known(_word(tree)):
            word, kind = _word(tree), self._type(_word(other))
            if kind is not None and word in kind.one_of:
                self._report(
                    "PBR021", f"name '{word}' is not known here; did you mean the text '{word}'?", _start(tree)
                )
                return None
        return self._node(tree)

    def _fits(self, left: Node, right: Node, sign: str, column: int) -> None:
        """Whether two sides may be compared by this sign."""
        if isinstance(left, Constant):
            self._report("PBR022", "two values written out are compared; name a field on one side", column)
        elif not comparable(left, right):
            self._report("PBR022", unlike(left, right), column)
        elif sign not in {"=", "<>"} and not ordered(left, right):
            self._report("PBR022", f"{describe(left)} has no order; use = or <>", column)
        elif isinstance(right, Constant):
            self._declared(left, right)

    def _declared(self, left: Node, constant: Constant) -> None:
        """Whether a word is one that the field may hold."""
        words = type_of(left).one_of
        if words and constant.value not in words:
            known = did_you_mean(str(constant.value), words)
            self._report("PBR024", f"{describe(left)} is never '{short(str(constant.value))}'{known}", constant.column)

    def _in(self, tree: Tree[Token]) -> Node | None:
        """A value looked up in a list of constants."""
        self._count_term(_start(tree))
        operand_tree, list_tree = _children(tree)
        operand = self._node(operand_tree)
        items = [self._item(operand, item) for item in _children(list_tree)]
        if operand is None:
            return None
        if isinstance(operand, Constant):
            self._report("PBR022", "a value written out is looked up in a list; name a field before IN", _start(tree))
        elif type_of(operand).kind is Kind.YES_NO:
            self._report("PBR022", f"{describe(operand)} needs no list; write it bare, or with NOT", _start(tree))
        return In(self._column(_start(tree)), operand, tuple(item for item in items if item is not None))

    def _item(self, operand: Node | None, tree: Tree[Token]) -> Constant | None:
        """One constant of a list."""
        if tree.data == "null":
            self._report("PBR022", "NULL in a list is never found; add OR ... IS NULL instead", _start(tree))
            return None
        if tree.data == "name":
            self._report("PBR022", f"a list holds no names; did you mean the text '{_word(tree)}'?", _start(tree))
            return None
        if tree.data in {"group", "call"}:
            self._report("PBR022", "a list holds values written out", _start(tree))
            return None
        item = self._constant(tree)
        if item is None or operand is None or isinstance(operand, Constant) or type_of(operand).kind is Kind.YES_NO:
            return None
        if not comparable(operand, item):
            self._report("PBR022", unlike(operand, item), _start(tree))
        else:
            self._declared(operand, item)
        return item

    def _is_null(self, tree: Tree[Token]) -> Node | None:
        """Whether something is empty."""
        self._count_term(_start(tree))
        operand = self._node(_child(tree))
        if isinstance(operand, Constant):
            self._report("PBR022", "a value written out is never empty; name a field before IS", _start(tree))
        return None if operand is None else IsNull(self._column(_start(tree)), operand)

    # Values.

    def _null(self, tree: Tree[Token]) -> None:
        """NULL where it has no meaning."""
        self._report("PBR022", "NULL stands only in IS NULL and IS NOT NULL", _start(tree))

    def _constant(self, tree: Tree[Token]) -> Constant | None:
        """A value written out."""
        column, text = _start(tree), "".join(map(str, tree.children))
        if tree.data in {"true", "false"}:
            return Constant(column, Kind.YES_NO, tree.data == "true")
        if tree.data == "text":
            return Constant(column, Kind.TEXT, _unquoted(text))
        if tree.data == "number":
            return Constant(column, Kind.NUMBER, Fraction(text))
        if tree.data == "percent":
            return Constant(column, Kind.SHARE, Fraction(text.removesuffix("%")) / 100)
        written = _unquoted(text[text.index("'") :])
        day = parse_date(written)
        if day is None:
            self._report("PBR020", f"'{short(written)}' is not a date; write a real day like DATE '2025-04-01'", column)
            return None
        return Constant(column, Kind.DATE, dt.date(day.year, day.month, day.day))

    def _call(self, tree: Tree[Token]) -> Node | None:
        """A function: only ``age_on`` is one."""
        name, column = _word(tree), _start(tree)
        if name.lower() not in FUNCTIONS:
            clock = name.lower() in _CLOCK_FUNCTIONS
            why = _NO_CLOCK if clock else f"is not a function{did_you_mean(name.lower(), FUNCTIONS)}"
            self._report("PBR020", f"'{short(name)}' {why}", column)
            return None
        with self._deeper(column):
            nodes = [self._node(argument) for argument in _children(tree)]
        dates = [node for node in nodes if node is not None and type_of(node).kind is Kind.DATE]
        if len(nodes) == len(dates) == 2:  # noqa: PLR2004  # born, on
            return Age(self._column(column), dates[0], dates[1], self.scope.leap_birthday)
        if None not in nodes:
            given = ", ".join(describe(node) for node in nodes if node is not None) or "nothing"
            self._report("PBR022", f"age_on takes two dates, born and on, and was given {given}", column)
        return None

    def _name(self, tree: Tree[Token]) -> Node | None:
        """A field or a definition."""
        name, column = _word(tree), _start(tree)
        kind = self._type(name)
        if name.lower() in CLOCKS or (name.lower() in _CLOCK_FUNCTIONS and not self._is_known(name)):
            self._report("PBR020", f"'{name}' {_NO_CLOCK}", column)
        elif name.lower() in RESERVED_WORDS:
            self._report("PBR020", f"'{name}' is a reserved word", column)
        elif kind is not None:
            ref = FieldRef(name, parent=name not in self.scope.row)
            self.fields.setdefault(ref, kind)
            return Field(self._column(column), ref, kind)
        elif name in self.scope.defines:
            return self._definition(name, column)
        else:
            known = did_you_mean(name, [*self.scope.row, *self.scope.parent, *self.scope.defines])
            self._report("PBR021", f"name '{short(name)}' is not known in this row{known}", column)
        return None

    def _definition(self, name: str, column: int) -> Node | None:
        """What a definition says in this row."""
        if name in self._within:
            circle = " -> ".join([*self._within[self._within.index(name) :], name])
            self._report("PBR025", f"definitions in a circle: {circle}", column)
            return None
        use_column = self._use_column
        self._use_column = self._column(column)
        self._within.append(name)
        with self._deeper(column):
            tree = read_tree(self.scope.defines[name])
            node = self._read(tree)
        self._within.pop()
        self._use_column = use_column
        return node

    def _read(self, tree: Tree[Token] | Fault) -> Node | None:
        """The text of a definition, or why it cannot be read."""
        if isinstance(tree, Fault):
            self._report(tree.code, f"{tree.message} (column {tree.column + 1} of it)", tree.column)
            return None
        return self._yes_no(_child(tree))

    def _type(self, name: str) -> ValueType | None:
        """The type of a field, or None if it is not one."""
        return self.scope.row.get(name) or self.scope.parent.get(name)

    def _is_definition(self, name: str) -> bool:
        """Whether a name is a definition here; a field of the same name goes before it."""
        return self._type(name) is None and name in self.scope.defines

    def _is_known(self, name: str) -> bool:
        """Whether a name is a field or a definition."""
        return self._type(name) is not None or name in self.scope.defines


def _child(tree: Tree[Token]) -> Tree[Token]:
    """The first part of a part."""
    return _children(tree)[0]


def _children(tree: Tree[Token]) -> list[Tree[Token]]:
    """The parts of a part."""
    return [child for child in tree.children if not isinstance(child, str)]


def _word(tree: Tree[Token]) -> str:
    """The name a name or a function has."""
    return str(tree.children[0])


def _start(tree: Tree[Token]) -> int:
    """The column a part starts at, from 0."""
    return tree.meta.start_pos


def _unquoted(text: str) -> str:
    """What stands between the quotes of a text."""
    return text[1:-1].replace("''", "'")


def _negated(node: Node | None) -> Node | None:
    """The opposite of IN and IS NULL."""
    return None if node is None else Not(node.column, node)
