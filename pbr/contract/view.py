"""The contract under check, and what is found: the view that every check reads and adds to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from pbr.calendar import PERIODS
from pbr.condition import RESERVED_WORDS, Condition, Formula, Kind, Scope, ValueType, parse, parse_formula
from pbr.contract.contract import term_of
from pbr.contract.model import LeapBirthday
from pbr.contract.units import value_types
from pbr.facts import START
from pbr.outcomes import OfFigures
from pbr.problem import ContractError, Problem, did_you_mean, short
from pbr.results import result_types

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pbr.calendar import Term
    from pbr.contract.model import Terms
    from pbr.document import Document, PathTo
    from pbr.table import Table

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_TAKEN = {START, "provider", "otherwise", *PERIODS}


def in_order(problems: Iterable[Problem], file: str) -> tuple[Problem, ...]:
    """Problems or notes in the order of their places, each once; those of a contract's own file before others."""

    def place(problem: Problem) -> tuple[bool, str, int, int, str, str]:
        other = problem.file != file
        return other, problem.file, problem.line or 0, problem.column or 0, problem.code, problem.message

    return tuple(sorted(set(problems), key=place))


@define
class View:
    """The contract under check, and what is found.

    Attributes:
        document: The file as read.
        terms: The file as models.
        lost: Names set aside with faults of their own; nothing is said about who uses them.
        problems: What is found.
        notes: What is worth knowing and wrong in nothing.
        conditions: Conditions typed so far, by path.
        formulas: Formulas typed so far, by path.
        tables: Figures found so far, by path.
    """

    document: Document
    terms: Terms
    lost: frozenset[str]
    problems: list[Problem] = field(factory=list)
    notes: list[Problem] = field(factory=list)
    conditions: dict[PathTo, Condition] = field(factory=dict)
    formulas: dict[PathTo, Formula] = field(factory=dict)
    tables: dict[PathTo, Table] = field(factory=dict)
    _figure_types: dict[str, ValueType] = field(factory=dict)
    _types_of: dict[str, dict[str, ValueType]] = field(factory=dict)

    @property
    def readers(self) -> dict[PathTo, Condition | Formula]:
        """Conditions and formulas typed so far, by path."""
        return {**self.conditions, **self.formulas}

    def fail(self, code: str, message: str, *path: str | int) -> None:
        """Keep a problem at the place of a path."""
        self.problems.append(self.document.place(path).problem(code, message))

    def note(self, code: str, message: str, *path: str | int, column: int | None = None) -> None:
        """Keep a note at the place of a path, or at a column of the condition that stands there on one line."""
        text = None if column is None else self.document.texts.get(path)
        place = self.document.place(path) if text is None else text
        self.notes.append(place.problem(code, message, offset=0 if text is None else column or 0))

    def keep(self, table: Table | None, *path: str | int) -> None:
        """Keep a figure under the path of the term that reads it, if it could be read."""
        if table is not None:
            self.tables[path] = table

    def known(self, name: str, names: Iterable[str], what: str, *path: str | int) -> bool:
        """Whether a name is declared; a problem if it is not."""
        names = list(names)
        if name in names:
            return True
        if name not in self.lost:
            self.fail("PBR111", f"no {what} is named '{short(name)}'{did_you_mean(name, names)}", *path)
        return False

    def name(self, name: str, *path: str | int) -> None:
        """Whether a name may be given."""
        if not NAME.fullmatch(name) or name in RESERVED_WORDS | _TAKEN:
            why = "is a word of the language" if NAME.fullmatch(name) else "is not lower-case letters, digits and _"
            self.fail("PBR110", f"'{short(name)}' cannot be a name: it {why}", *path)

    def condition(self, text: str, scope: Scope, *path: str | int) -> None:
        """Type a condition and keep it under its path."""
        place = self.document.texts.get(path, self.document.place(path))
        try:
            self.conditions[path] = parse(text, scope, place)
        except ContractError as error:
            self.problems += self.placed(error.problems, path)

    def placed(self, problems: Iterable[Problem], path: PathTo) -> list[Problem]:
        """Problems of a condition at their columns; where it runs over several lines, at its key."""
        if path in self.document.texts:
            return list(problems)
        return [evolve(problem, column=self.document.place(path).column) for problem in problems]

    @property
    def cohort_scope(self) -> Scope:
        """The names a condition on the cohort's row may use."""
        return self.scope(self.terms.cohort_table)

    def scope(self, table: str, *, results: bool = False) -> Scope:
        """The names a condition on a row of a table may use: its fields, the cohort's, and definitions.

        Args:
            table: Name of the table.
            results: Whether outcomes have been decided, so that their results are names too.
        """
        terms = self.terms
        leap = (2, 28) if terms.conventions.leap_birthday is LeapBirthday.FEBRUARY else (3, 1)
        own = self._types(terms.cohort_table) | {START: ValueType(kind=Kind.DATE)}
        whole = Scope(row=own, defines=terms.defined, leap_birthday=leap, term=self._term, lost=self.lost)
        if results:
            theirs = self._results()
            whole = evolve(whole, row=own | {name: kind for each in theirs.values() for name, kind in each.items()})
            whole = evolve(whole, results={outcome: list(each)[-1] for outcome, each in theirs.items()})
        whole = evolve(whole, pooled=frozenset(terms.pooled))
        if not results:
            whole = evolve(whole, later=frozenset(terms.own_outcomes))
        own = dict(whole.row)
        if table != terms.cohort_table:
            return evolve(whole, row=self._types(table), parent=own)
        children = [name for name in terms.row_tables if name != terms.cohort_table]
        return evolve(whole, children={name: self._types(name) for name in children})

    def _results(self) -> dict[str, dict[str, ValueType]]:
        """The results of each outcome, the one last that its bare name stands for."""
        found = {}
        for name in self.terms.own_outcomes:
            value = self.value_type(name)
            each = result_types(name, value)
            first = f"{name}.met" if value is None else f"{name}.value"
            found[name] = {**{other: kind for other, kind in each.items() if other != first}, first: each[first]}
        return found

    def value_type(self, name: str) -> ValueType | None:
        """What the value of an outcome on one subject is in conditions; None if it has none.

        The decimals of a formula that is not rounded are those of what it reads. One that cannot be read, or reads
        itself, is taken to be whole: what is wrong with it is said elsewhere.
        """
        outcome = self.terms.own_outcomes[name]
        if not isinstance(outcome, OfFigures) or outcome.round is not None:
            return outcome.value_type
        if name not in self._figure_types:
            self._figure_types[name] = outcome.value_type
            try:
                formula = parse_formula(outcome.value, self.formula_scope, self.document.place(("outcomes", name)))
            except ContractError:
                return outcome.value_type
            whole = outcome.whole(formula)
            places = 0 if whole is None else whole[1]
            self._figure_types[name] = ValueType(kind=outcome.unit.kind, places=places)
        return self._figure_types[name]

    @property
    def formula_scope(self) -> Scope:
        """The names a formula on one subject may use: those of a condition on the cohort's row, and values."""
        whole = self.scope(self.terms.cohort_table, results=True)
        row = {**value_types(self.terms), **whole.row}
        return evolve(whole, row=row, rounding=self.terms.conventions.rounding)

    @property
    def _term(self) -> Term | None:
        """The term, if its days are known and the right way round."""
        header = self.terms.contract
        return term_of(self.terms) if header.from_ <= header.to and "?" not in self.lost else None

    def _types(self, table: str) -> dict[str, ValueType]:
        """What the fields of a table are, looked up once for each."""
        if table not in self._types_of:
            currency = self.terms.contract.currency
            fields = self.terms.all_fields(table)
            self._types_of[table] = {name: term.value_type(currency) for name, term in fields.items()}
        return self._types_of[table]
