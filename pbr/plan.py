"""A plan: a contract as at a day, with windows, figures, groups and adjustments resolved to columns and places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from pbr.adjustments import Cap
from pbr.calendar import Date, PeriodKind, date_of, parse_date
from pbr.contract.model import FieldKind, Statements
from pbr.lines import Adjusting, Paying
from pbr.payments import PriceOn
from pbr.problem import EvaluationError, Problem, short

if TYPE_CHECKING:
    import datetime as dt

    from pbr.condition import Condition
    from pbr.contract import Contract, Terms
    from pbr.contract.model import Clause
    from pbr.outcomes import Outcome

STATEMENT_PERIODS = {
    Statements.CONTRACT_YEAR: PeriodKind.CONTRACT_YEAR,
    Statements.YEARLY: PeriodKind.CONTRACT_YEAR,
    Statements.QUARTERLY: PeriodKind.QUARTER,
    Statements.MONTHLY: PeriodKind.MONTH,
}


@frozen(kw_only=True)
class Needs:
    """What must be known of a subject before an outcome can be paid.

    Attributes:
        groupings: Groupings in one of whose labels it must be.
        texts: Text fields that may not be empty.
        wheres: Places of adjustments whose condition must be decided.
        priced: Payments whose price on the start date must exist.
    """

    groupings: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    wheres: tuple[int, ...] = ()
    priced: tuple[str, ...] = ()


@frozen(kw_only=True)
class Plan:
    """What a contract means as at a day.

    Attributes:
        contract: The contract.
        as_at: The end of this day: what was recorded by then counts.
        clauses: Includes, then excludes, in the order in which a subject leaves.
        providers: Ids of the providers in order; an empty id where the cohort's table names none.
        needs: For each outcome, what must be known before it can be paid.
        paying: For each payment, in file order, what it needs to write lines.
        adjusting: For each adjustment, in order, what it needs to change lines.
        groupings: Groupings that prices, caps or multipliers use.
        texts: Text fields that they use.
    """

    contract: Contract
    as_at: Date
    clauses: tuple[Clause, ...]
    providers: tuple[str, ...]
    needs: dict[str, Needs]
    paying: tuple[Paying, ...]
    adjusting: tuple[Adjusting, ...]
    groupings: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def terms(self) -> Terms:
        """The contract's terms."""
        return self.contract.terms

    @property
    def includes(self) -> int:
        """How many of the clauses are includes."""
        return len(self.terms.cohort.include)

    def clause_path(self, index: int) -> tuple[str, str, int]:
        """Where a clause stands in the contract."""
        return ("cohort", "include", index) if index < self.includes else ("cohort", "exclude", index - self.includes)

    def clause_condition(self, index: int) -> Condition:
        """The condition of a clause."""
        return self.contract.conditions[(*self.clause_path(index), "when")]

    def when(self, name: str) -> Condition | None:
        """The condition of an outcome, if it has one."""
        return self.contract.conditions.get(("outcomes", name, "when"))

    def outcome(self, name: str) -> Outcome:
        """The terms of an outcome."""
        return self.terms.outcomes[name]

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes in file order."""
        return tuple(self.terms.outcomes)

    @property
    def payments(self) -> tuple[str, ...]:
        """Names of the payments in file order."""
        return tuple(self.terms.payments)

    @property
    def statement_period(self) -> PeriodKind:
        """The period of a statement."""
        return STATEMENT_PERIODS[self.terms.contract.statements]


def make_plan(contract: Contract, as_at: dt.date | str) -> Plan:
    """Resolve a contract as at a day.

    Args:
        contract: A checked contract.
        as_at: A date, or text such as ``2026-06-30``; the end of that day is meant.

    Raises:
        EvaluationError: PBR402, the day is not usable.
    """
    terms = contract.terms
    day = _day(as_at)
    own = terms.all_fields(terms.cohort_table)
    has_provider = any(term.type is FieldKind.PROVIDER for term in own.values())
    adjusting = tuple(_adjusting(contract, index) for index in range(len(terms.adjustments)))
    needs = {name: _needs(contract, adjusting, name) for name in terms.outcomes}
    groupings = dict.fromkeys(name for need in needs.values() for name in need.groupings)
    texts = dict.fromkeys(name for need in needs.values() for name in need.texts)
    carry = [key for at in adjusting for key in (*at.keys, at.table.by, at.where) if key is not None]
    carry = [key for key in dict.fromkeys(carry) if key.startswith(("by.", "field.", "where."))]
    names = list(terms.outcomes)
    paying = tuple(
        Paying(
            payment=index,
            outcome=names.index(payment.pays_for),
            name=payment.pays_for,
            table=contract.tables["payments", name, "price"],
            carry=tuple(carry),
        )
        for index, (name, payment) in enumerate(terms.payments.items())
    )
    return Plan(
        contract=contract,
        as_at=day,
        clauses=(*terms.cohort.include, *terms.cohort.exclude),
        providers=tuple(sorted(terms.contract.providers)) if has_provider else ("",),
        needs=needs,
        paying=paying,
        adjusting=adjusting,
        groupings=tuple(groupings),
        texts=tuple(texts),
    )


def _day(as_at: dt.date | str) -> Date:
    day = parse_date(as_at) if isinstance(as_at, str) else parse_date(date_of(as_at).isoformat())
    if day is None:
        message = f"'{short(str(as_at))}' is not a day written like 2026-06-30"
        raise EvaluationError([Problem(code="PBR402", message=message)])
    return day


def _adjusting(contract: Contract, index: int) -> Adjusting:
    terms = contract.terms
    term = terms.adjustments[index]
    figure = "at_most" if isinstance(term, Cap) else "by"
    per = term.per if isinstance(term, Cap) else ()
    periods = [word for word in per if word in {kind.value for kind in PeriodKind}]
    names = list(terms.payments)
    return Adjusting(
        index=index,
        on=tuple(names.index(name) for name in term.on) or tuple(range(len(names))),
        where=None if term.where is None else f"where.{index}",
        keys=tuple(_key(terms, word) for word in per),
        table=contract.tables["adjustments", index, figure],
        period=f"period.{periods[0]}" if periods else None,
        rounding=terms.conventions.rounding,
    )


def _key(terms: Terms, word: str) -> str:
    """The column of lines that a word under ``per`` stands for."""
    if word in terms.groups:
        return f"by.{word}"
    if word == "provider":
        return "provider"
    if word in {kind.value for kind in PeriodKind}:
        return f"period.{word}"
    return "subject" if word == terms.cohort.of else f"field.{word}"


def _needs(contract: Contract, adjusting: tuple[Adjusting, ...], outcome: str) -> Needs:
    terms = contract.terms
    columns: list[str] = []
    wheres: list[int] = []
    priced: list[str] = []
    for place, (name, payment) in enumerate(terms.payments.items()):
        if payment.pays_for != outcome:
            continue
        table = contract.tables["payments", name, "price"]
        columns += [table.by] if table.by else []
        if payment.price_on is PriceOn.START:
            priced.append(name)
        for at in adjusting:
            if place in at.on:
                columns += [*at.keys, *([at.table.by] if at.table.by else [])]
                wheres += [at.index] if at.where else []
    words = dict.fromkeys(column.partition(".")[2] for column in columns if column.startswith(("by.", "field.")))
    return Needs(
        groupings=tuple(word for word in words if word in terms.groups),
        texts=tuple(word for word in words if word not in terms.groups and word != "provider"),
        wheres=tuple(dict.fromkeys(wheres)),
        priced=tuple(priced),
    )
