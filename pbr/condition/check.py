"""Typing a condition or a formula: every name found, like put beside like, every fault collected.

A name is a field of the row, then of the parent's row, then a definition, then an outcome. Definitions are put in as
if bracketed and resolved in the row that uses them, so a fault inside one stands at the column of its name. What each
part of the language means is in ``check_logic``, ``check_values`` and ``check_calls``, one function for each
production.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from pbr.condition import check_calls, check_logic, check_values
from pbr.condition.alike import describe
from pbr.condition.bounds import MOST_WEIGHT, TooLarge, weight_of
from pbr.condition.branches import child_of, start_of, word_of
from pbr.condition.exact import MOST_DIGITS
from pbr.condition.syntax import (
    CLOCKS,
    MOST_DEPTH,
    MOST_TERMS,
    NO_CLOCK,
    OTHER_CLOCKS,
    RESERVED_WORDS,
    Fault,
    Language,
    read_tree,
)
from pbr.condition.tree import Field, FieldRef, type_of
from pbr.condition.types import FIGURES, Kind, Scope, ValueType
from pbr.problem import ContractError, Place, Problem, did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lark import Token, Tree

    from pbr.condition.tree import Node


@define
class Checker:
    """Walks the tree of one text, collects its problems and makes its typed node.

    Attributes:
        scope: The names it may use.
        place: Where it stands.
        language: Whether it is a condition or a formula.
        problems: What was found wrong, in the order of their columns.
        fields: The fields met so far, in order; within the rows of a child table, the fields of that condition.
        table: The child table whose row names are looked up in, or empty.
        unread: Whether a name was met that is lost, so that nothing can be read and nothing is said of it.
    """

    scope: Scope
    place: Place
    language: Language = Language.CONDITION
    problems: list[Problem] = field(factory=list)
    fields: dict[FieldRef, ValueType] = field(factory=dict)
    table: str = ""
    unread: bool = False
    _depth: int = 0
    _terms: int = 0
    _within: list[str] = field(factory=list)
    _use_column: int = 0

    def check(self, tree: Tree[Token]) -> Node | None:
        """The typed node of the whole text, or None if there are problems.

        Raises:
            ContractError: It is too deep or has too many terms, so that reading on would be unsafe.
        """
        whole = child_of(tree)
        node = self.yes_no(whole) if self.language is Language.CONDITION else self._result(whole)
        if node is not None and not self.problems:
            self.fitting(node)
        self.problems.sort(key=lambda problem: problem.column or 0)
        return None if self.problems or self.unread else node

    def _result(self, tree: Tree[Token]) -> Node | None:
        """What a formula gives: a figure."""
        node = self.operand(tree)
        if node is None or type_of(node).kind in FIGURES:
            return node
        self.report("PBR022", f"a formula gives a number, money or a share, not {describe(node)}", start_of(tree))
        return None

    # ---- where a fault is reported, and limits

    def report(self, code: str, message: str, column: int) -> None:
        """Keep a problem; inside a definition it stands where the definition is used."""
        inside = f"in definition '{self._within[-1]}': " if self._within else ""
        self.problems.append(self.place.problem(code, inside + message, offset=self.column(column)))

    def column(self, column: int) -> int:
        """The column in the text as written."""
        return self._use_column if self._within else column

    @contextmanager
    def deeper(self, column: int) -> Iterator[None]:
        """One level further in: a bracket, a NOT, a sign, a CASE, a function, a definition."""
        self._depth += 1
        if self._depth > MOST_DEPTH:
            self._too_much(f"brackets, NOT, CASE and definitions go at most {MOST_DEPTH} deep", column)
        yield
        self._depth -= 1

    def count_terms(self, column: int, terms: int = 1) -> None:
        """Count a comparison, a list, IS NULL, a bare field, a branch of a CASE, a part of a sum or product."""
        self._terms += terms
        if self._terms > MOST_TERMS:
            self._too_much(f"a {self.language.value} has at most {MOST_TERMS} terms, definitions put in", column)

    def _too_much(self, message: str, column: int) -> None:
        """Stop at a limit."""
        self.report("PBR023", message, column)
        raise ContractError(self.problems)

    # ---- parts

    def yes_no(self, tree: Tree[Token]) -> Node | None:
        """A part that must be yes or no."""
        inner = tree
        while inner.data == "group":
            inner = child_of(inner)
        if inner.data in {"true", "false"} or (inner.data == "name" and not self._is_definition(word_of(inner))):
            self.count_terms(start_of(inner))
        node = self.node(tree)
        if node is None or type_of(node).kind is Kind.YES_NO:
            return node
        self.report("PBR022", f"{describe(node)} is not yes or no; compare it with something", start_of(tree))
        return None

    def operand(self, tree: Tree[Token]) -> Node | None:
        """A part of any type; a bare field counts as a term."""
        if tree.data == "name" and not self._is_definition(word_of(tree)):
            self.count_terms(start_of(tree))
        return self.node(tree)

    def node(self, tree: Tree[Token]) -> Node | None:
        """The typed node of any part, or None after reporting why not."""
        reader: Callable[[Checker, Tree[Token]], Node | None] | None = _READERS.get(tree.data)
        if reader is not None:
            return reader(self, tree)
        if tree.data == "group":
            with self.deeper(start_of(tree)):
                return self.node(child_of(tree))
        return self._name(tree)

    def fitting(self, node: Node) -> Node | None:
        """What was read, if the digits that there are will hold its figures and it is not too much written out.

        It is asked of every figure as it is made, so that none is ever built of many that are too much themselves.
        """
        try:
            if weight_of(node) <= MOST_WEIGHT:
                return node
        except TooLarge:
            why = f"this could need more than {MOST_DIGITS} digits; work with fewer figures at once"
            self.report("PBR026", why, node.column)
            return None
        why = f"written out, this has more than {MOST_WEIGHT:,} parts; put fewer functions and CASE into others"
        self.report("PBR023", why, node.column)
        return None

    # ---- names

    def _name(self, tree: Tree[Token]) -> Node | None:
        """A field, a definition, or a result of an outcome."""
        name, column = self._full(word_of(tree)), start_of(tree)
        kind = self.type(name)
        if name.lower() in CLOCKS or (name.lower() in OTHER_CLOCKS and not self.is_known(name)):
            self.report("PBR020", f"'{name}' {NO_CLOCK}", column)
        elif name.lower() in RESERVED_WORDS:
            self.report("PBR020", f"'{name}' is a reserved word", column)
        elif kind is not None:
            ref = FieldRef(name, parent=name not in self.scope.row)
            self.fields.setdefault(ref, kind)
            return Field(self.column(column), ref, kind)
        elif name in self.scope.defines:
            return self._definition(name, column)
        else:
            self._unknown(name, column)
        return None

    def _unknown(self, name: str, column: int) -> None:
        """A name that there is not, or not here."""
        outcome, dot, _ = name.partition(".")
        if {name, outcome} & self.scope.lost:
            self.unread = True
            return
        names = [*self.scope.row, *self.scope.parent, *self.scope.defines]
        if outcome in self.scope.pooled:
            why = f"'{short(outcome)}' is of groups and says nothing of one row; write a gate, or a test of groups"
        elif outcome in self.scope.of_one:
            why = f"'{short(outcome)}' is on one subject and this is of groups; write a measure of it, and name that"
        elif outcome in self.scope.later:
            why = f"'{short(name)}' cannot be read here, before outcomes are decided; write it into an outcome's `when`"
        elif outcome in self.scope.results and dot:
            there = [each for each in names if each.startswith(f"{outcome}.")]
            known = f"; one of: {', '.join(there)}"
            if name.endswith(".value"):
                known += " (a scale has a value, if the decimals of its points end)"
            why = f"'{short(name)}' is no result of an outcome{known}"
        else:
            known = did_you_mean(name, [each for each in names if bool(dot) or "." not in each])
            row = f"a row of '{self.table}'" if self.table else self.scope.what
            why = f"name '{short(name)}' is not known in {row}{known}"
        self.report("PBR021", why, column)

    def _full(self, name: str) -> str:
        """What a name stands for: that of an outcome, for what the outcome gives."""
        return name if self.is_known(name) else self.scope.results.get(name, name)

    def _definition(self, name: str, column: int) -> Node | None:
        """What a definition says in this row."""
        if name in self._within:
            circle = " -> ".join([*self._within[self._within.index(name) :], name])
            self.report("PBR025", f"definitions in a circle: {circle}", column)
            return None
        use_column = self._use_column
        self._use_column = self.column(column)
        self._within.append(name)
        with self.deeper(column):
            tree = read_tree(self.scope.defines[name])
            node = self._read(tree)
        self._within.pop()
        self._use_column = use_column
        return node

    def _read(self, tree: Tree[Token] | Fault) -> Node | None:
        """The text of a definition, or why it cannot be read."""
        if isinstance(tree, Fault):
            self.report(tree.code, f"{tree.message} (column {tree.column + 1} of it)", tree.column)
            return None
        language, self.language = self.language, Language.CONDITION
        node = self.yes_no(child_of(tree))
        self.language = language
        return node

    def type(self, name: str) -> ValueType | None:
        """The type of a field or a result, or None if it is not one."""
        full = self._full(name)
        return self.scope.row.get(full) or self.scope.parent.get(full)

    def _is_definition(self, name: str) -> bool:
        """Whether a name is a definition here; a field of the same name goes before it."""
        return self.type(name) is None and name in self.scope.defines

    def is_known(self, name: str) -> bool:
        """Whether a name is a field, a result with its point, or a definition."""
        return name in self.scope.row or name in self.scope.parent or name in self.scope.defines

    # ---- rows of a child table

    @contextmanager
    def rows_of(self, table: str) -> Iterator[dict[FieldRef, ValueType]]:
        """Look names up in a row of a child table, then in the row itself; gives the fields met there."""
        scope, fields = self.scope, self.fields
        self.scope = evolve(scope, row=scope.children[table], parent={**scope.parent, **scope.row}, children={})
        self.fields, self.table = {}, table
        yield self.fields
        self.scope, self.fields, self.table = scope, fields, ""


_READERS: dict[str, Callable[[Checker, Tree[Token]], Node | None]] = {
    "disjunction": check_logic.disjunction,
    "conjunction": check_logic.conjunction,
    "not_": check_logic.negation,
    "comparison": check_logic.comparison,
    "between": check_logic.between,
    "not_between": check_logic.not_between,
    "in_": check_logic.in_list,
    "not_in": check_logic.not_in_list,
    "is_null": check_logic.is_null,
    "is_not_null": check_logic.is_not_null,
    "sum": check_values.add,
    "product": check_values.multiply,
    "minus": check_values.minus,
    "case": check_values.case,
    "interval": check_values.interval,
    "null": check_values.null,
    "text": check_values.constant,
    "date": check_values.constant,
    "number": check_values.constant,
    "percent": check_values.constant,
    "true": check_values.constant,
    "false": check_values.constant,
    "call": check_calls.call,
}
