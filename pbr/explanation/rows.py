"""The rows of one subject: what may be shown of them, and what conditions in plain Python read of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, evolve

from pbr.condition import FieldRef, child_to_python
from pbr.contract.model import FieldKind
from pbr.money import format_minor
from pbr.plan import value_type
from pbr.results import result, result_types

if TYPE_CHECKING:
    from pbr.condition import ChildRef, Condition, Formula
    from pbr.decisions import Decisions
    from pbr.plan import Plan


@define
class SubjectRows:
    """The accepted rows of one subject.

    Attributes:
        plan: The contract as at a day.
        tables: Rows by their ``_row``, by table.
        results: Results of outcomes, by their names in conditions.
    """

    plan: Plan
    tables: dict[str, dict[int, dict[str, Any]]]
    results: dict[str, Any]

    @classmethod
    def of(cls, decisions: Decisions) -> SubjectRows:
        """Read every row of the evidence of decisions that are about one subject only."""
        plan, evidence = decisions.plan, decisions.evidence
        frames = {name: evidence.tables[name].collect() for name in plan.terms.tables}
        tables = {name: {row["_row"]: row for row in frame.iter_rows(named=True)} for name, frame in frames.items()}
        names = [name for outcome in plan.own for name in result_types(outcome, value_type(plan, outcome))]
        found = decisions.frame.select(result(name).alias(name) for name in names).row(0, named=True)
        return cls(plan=plan, tables=tables, results=found)

    @property
    def own(self) -> dict[str, Any]:
        """The subject's own row."""
        return next(iter(self.tables[self.plan.terms.cohort_table].values()))

    def shown(self, table: str, name: str, row: dict[str, Any]) -> str:
        """A field and its value; that of a sensitive field is never shown."""
        name = self._real(table, name)
        term = self.plan.terms.all_fields(table)[name]
        value = row[name]
        if value is None:
            return f"{name} empty"
        if term.is_sensitive:
            return f"{name} (not shown)"
        digits = term.scale(self.plan.terms.contract.currency)
        if term.type is FieldKind.YES_NO:
            return f"{name} {'yes' if value else 'no'}"
        return f"{name} {format_minor(value, digits) if digits else value}"

    def _real(self, table: str, name: str) -> str:
        fields = self.plan.terms.all_fields(table)
        return name if name in fields else self.plan.terms.cohort.start

    def value(self, table: str, name: str, row: dict[str, Any]) -> object:
        """A field as conditions read it in plain Python."""
        from fractions import Fraction

        if "." in name:
            places = value_type(self.plan, name.partition(".")[0])
            held = self.results[name]
            scaled = name.endswith(".value") and held is not None and places is not None
            return Fraction(held, 10**places.places) if scaled and places else held
        name = self._real(table, name)
        digits = self.plan.terms.all_fields(table)[name].scale(self.plan.terms.contract.currency)
        value = row[name]
        return Fraction(value, 10**digits) if digits and value is not None else value

    def read_by(self, condition: Condition) -> dict[Any, object]:
        """What a condition on the subject's own row reads: its fields, and what it asks of child tables."""
        table = self.plan.terms.cohort_table
        found: dict[Any, object] = {ref: self.value(table, ref.name, self.own) for ref in condition.fields}
        return found | self.answers(condition)

    def answers(self, asking: Condition | Formula) -> dict[Any, object]:
        """What is asked of child tables, with the answers."""
        return {ref: child_to_python(ref, self._asked_rows(ref)) for ref in asking.children}

    def _asked_rows(self, ref: ChildRef) -> list[dict[Any, object]]:
        """The rows of a child table as a question about all of them sees them."""
        terms, table = self.plan.terms, self.plan.terms.cohort_table
        recorded, days = terms.tables[ref.table].role(FieldKind.RECORDED), terms.dates(ref.table)
        theirs = {evolve(outside, parent=True): self.value(table, outside.name, self.own) for outside in ref.outside}
        found = []
        for row in self.tables[ref.table].values():
            come = [row[day] for day in days if row[day] is not None]
            if (recorded and row[recorded] > self.plan.as_at) or (come and min(come) > self.plan.as_at):
                continue
            seen = row | {day: None for day in days if row[day] is not None and row[day] > self.plan.as_at}
            fields = {FieldRef(name): self.value(ref.table, name, seen) for name in terms.all_fields(ref.table)}
            found.append(fields | theirs)
        return found

    def asked(self, condition: Condition | Formula) -> list[str]:
        """What a condition or a formula asks of child tables, with the answers."""
        found = []
        for ref in condition.children:
            inside = [ref.table, *([ref.field] if ref.field else []), *([ref.condition.text] if ref.condition else [])]
            answer = child_to_python(ref, self._asked_rows(ref))
            if answer is not None and self._asks_sensitive(ref):
                answer = "(not shown)"
            elif answer is None or isinstance(answer, bool):
                answer = {None: "not known", True: "yes", False: "no"}[answer]
            found.append(f"{ref.what}({', '.join(inside)}) {answer}")
        return found

    def _asks_sensitive(self, ref: ChildRef) -> bool:
        """Whether the answer to a question could tell the value of a sensitive field."""
        cohort = self.plan.terms.cohort_table
        read = [] if ref.condition is None else ref.condition.fields
        fields = [(cohort if each.parent else ref.table, each.name) for each in read if not each.outcome]
        fields += [(ref.table, ref.field)] if ref.field else []
        return any(self.is_sensitive(*field) for field in fields)

    def is_sensitive(self, table: str, name: str) -> bool:
        """Whether the value of a field must never be shown."""
        return self.plan.terms.all_fields(table)[self._real(table, name)].is_sensitive
