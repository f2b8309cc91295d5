"""A plan: a contract as at a day, with windows, figures, groups and adjustments resolved to columns and places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from pbr.adjustments import Cap, Gate, Retain, Split, Tax
from pbr.asked import Source
from pbr.calendar import PERIODS, Date, PeriodKind, number_of, parse_date
from pbr.condition import ValueType
from pbr.contract.contract import (
    keeps_places,
    late,
    readers_of,
    reads,
    results_of_grouping,
    results_read,
    scale_of,
    words_of,
)
from pbr.contract.grain import column_of, words_of_groups
from pbr.contract.model import FieldKind
from pbr.contract.paid import paid_outcomes
from pbr.contract.worked_out import figure_of_one, parts_of_one
from pbr.facts import Context, Named, Spell, Stays, Turns
from pbr.lines import PLACE, Adjusting, Order, Paying
from pbr.outcomes import Measure, OfFigures, Score
from pbr.outcomes.event import outcome_of
from pbr.paying import STATEMENT_PERIODS, Need, Needs, figures_at_start, needs_of, of_columns, paying_of, providers_of
from pbr.problem import EvaluationError, Problem, short
from pbr.settles import Settles
from pbr.table import NO_FIGURE, Table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    import polars as pl

    from pbr.calendar import Period
    from pbr.condition import Condition
    from pbr.contract import Contract, Terms
    from pbr.contract.model import Clause
    from pbr.outcomes import OwnOutcome


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
        lengths: Durations of windows, by the name of their value.
        parts: How many parts make one of the value of an outcome, by the name of each that has one.
        spells: States that hold over days, by name.
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
    lengths: dict[str, Table]
    parts: dict[str, int]
    spells: dict[str, Spell]

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

    def outcome(self, name: str) -> OwnOutcome:
        """The terms of an outcome on one subject."""
        return self.terms.own_outcomes[name]

    def results_of(self, grouping: str) -> tuple[str, ...]:
        """The outcomes whose results a grouping reads; none for one that is known at the start."""
        return results_of_grouping(self.contract.conditions, grouping)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The values that say whom a panel chose, where that is known at the start."""
        conditions = self.contract.conditions
        return tuple(name for name in self.terms.chosen if not conditions["values", name, "agreed"].results)

    @property
    def payees(self) -> tuple[str, ...]:
        """Columns of providers that payments are paid to, where they are not those at the start."""
        return tuple(dict.fromkeys(at.payee for at in self.paying if at.payee is not None))

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes in file order."""
        return tuple(self.terms.outcomes)

    @property
    def own(self) -> tuple[str, ...]:
        """Names of the outcomes on one subject, in file order."""
        return tuple(self.terms.own_outcomes)

    @property
    def paid(self) -> dict[str, str]:
        """Whether money depends on each outcome, ``yes`` or ``no``; not on signposts and what these alone read."""
        found = paid_outcomes(self.contract)
        return {name: "yes" if name in found else "no" for name in self.terms.outcomes}

    @property
    def payments(self) -> tuple[str, ...]:
        """Names of the payments in file order."""
        return tuple(self.terms.payments)

    @property
    def statement_period(self) -> PeriodKind:
        """The period of a statement."""
        return STATEMENT_PERIODS[self.terms.contract.statements]


def value_type(plan: Plan, outcome: str) -> ValueType | None:
    """What the value of an outcome is in conditions, or None for one that has none, or none of exact decimals."""
    found, formula = plan.outcome(outcome), plan.contract.formulas.get(("outcomes", outcome, "value"))
    if not isinstance(found, OfFigures) or formula is None:
        return found.value_type
    return ValueType(kind=found.unit.kind, places=figure_of_one(formula, found)[1])


def source_of(terms: Terms, name: str, rows: pl.LazyFrame, with_copies: pl.LazyFrame | None = None) -> Source:
    """A table as the kernel reads it."""
    table = terms.tables[name]
    return Source(
        rows=rows,
        with_copies=with_copies,
        key=terms.subject_key,
        own=name == terms.cohort_table,
        recorded=table.role(FieldKind.RECORDED),
        dates=tuple(terms.dates(name)),
        spans=terms.spans(name),
    )


def context_of(plan: Plan, outcome: str) -> Context:
    """What the terms of an outcome came to."""
    tables = plan.contract.tables
    mine = {path[2:]: table for path, table in tables.items() if path[:2] == ("outcomes", outcome)}
    figures = {str(key[0]): table for key, table in mine.items() if len(key) == 1}
    found = plan.outcome(outcome)
    if isinstance(found, OfFigures):
        formula, places = figure_of_one(plan.contract.formulas["outcomes", outcome, "value"], found)
        return Context(
            formula=formula,
            places=places,
            figures={str(key[1]): table for key, table in mine.items() if key[0] == "value"},
            outcomes=tuple(name for name in formula.results if name in plan.terms.own_outcomes),
        )
    words = words_of(plan.terms, outcome)
    scale = scale_of(plan.terms, found)
    keeps = keeps_places(plan.terms, outcome)
    return Context(when=plan.when(outcome), figures=figures, spells=plan.spells, words=words, scale=scale, keeps=keeps)


def read_by(plan: Plan, outcome: str) -> tuple[str, ...]:
    """The outcomes that an outcome is decided from: its anchor, its parts, those whose results it reads."""
    return reads(plan.terms, readers_of(plan.contract), plan.contract.tables, outcome)


def decided_from(plan: Plan, names: Iterable[str]) -> tuple[str, ...]:
    """Outcomes on one subject, and all those whose results these are decided or paid by, in the order of the file."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += map(outcome_of, read_by(plan, name))
    return tuple(name for name in plan.own if name in found)


def keys_of_score(plan: Plan, name: str) -> tuple[str, ...]:
    """The columns of labels by which the figure is that the answers of a score are tested by; none of another kind."""
    outcome = plan.outcome(name)
    if not isinstance(outcome, Score) or not outcome.per:
        return ()
    return plan.contract.tables["outcomes", name, outcome.test].by


def results_behind(plan: Plan, outcome: str) -> tuple[str, ...]:
    """The outcomes whose results an outcome is decided or paid by."""
    return results_read(plan.terms, readers_of(plan.contract), plan.contract.tables, outcome)


def waits_for(plan: Plan, outcome: str) -> tuple[int, ...]:
    """Places of adjustments of an outcome's payments whose ``where`` reads results."""
    return late(plan.terms, plan.contract.conditions, outcome)


def figured_by(plan: Plan, outcome: str) -> tuple[str, ...]:
    """The groupings that read results and by which figures of an outcome are looked up."""
    tables = [table for path, table in plan.contract.tables.items() if path[:2] == ("outcomes", outcome)]
    names = dict.fromkeys(key.removeprefix("_by.") for table in tables for key in table.by)
    return tuple(name for name in names if plan.results_of(name))


def is_late(plan: Plan, need: tuple[Need, str | int]) -> bool:
    """Whether what must be known to pay an outcome reads results."""
    kind, key = need
    if kind is Need.GROUPING:
        return bool(plan.results_of(str(key)))
    if kind is not Need.PRICE:
        return False
    names = [name for table in figures_at_start(plan.contract, str(key)) for name in table.by]
    return any(plan.results_of(name.partition(".")[2]) for name in names)


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
    adjusting = tuple(_adjusting(contract, index, day) for index in range(len(terms.adjustments)))
    needs = {name: needs_of(contract, adjusting, name) for name in terms.own_outcomes}
    every = dict.fromkeys(need for found in needs.values() for need in found)
    lengths = _lengths(contract)
    read = [table for path, table in contract.tables.items() if path[0] == "outcomes" and path[1] in terms.own_outcomes]
    every |= dict.fromkeys(need for table in read for need in of_columns(terms, table.by))
    of_subjects = [
        outcome
        for outcome in terms.pooled.values()
        if isinstance(outcome, Measure)
        and (outcome.row_field is None or outcome.row_field[0] not in terms.tables_of_groups)
    ]
    measured = [word for outcome in of_subjects for word in (*outcome.per, outcome.weigh_by) if word is not None]
    every |= dict.fromkeys(of_columns(terms, tuple(f"_by.{word}" for word in measured if word not in PERIODS)))
    groupings = tuple(str(name) for need, name in every if need is Need.GROUPING)
    texts = tuple(str(name) for need, name in every if need is Need.TEXT)
    carry = [key for at in adjusting for key in (*at.keys, *at.table.by, *at.labels, at.where) if key is not None]
    carry = [key for key in dict.fromkeys(carry) if key.startswith(("_by.", "_field.", "_where."))]
    gates = [term.outcome for term in terms.adjustments if isinstance(term, Gate)]
    gates = [f"{outcome}.state" for outcome in gates if outcome not in terms.pooled]
    place = [PLACE] if any(isinstance(terms.adjustments[at.index], Cap) and at.of_one for at in adjusting) else []
    carry = list(dict.fromkeys([*carry, *gates, *place]))
    parts = {name: parts for name in terms.own_outcomes if (parts := parts_of_one(contract, name)) is not None}
    return Plan(
        contract=contract,
        as_at=day,
        clauses=(*terms.cohort.include, *terms.cohort.exclude),
        providers=providers_of(terms),
        needs=needs,
        paying=paying_of(contract, tuple(carry), day),
        adjusting=adjusting,
        groupings=groupings,
        texts=texts,
        lengths=lengths,
        parts=parts,
        spells={name: _spell(contract, name) for name in terms.spells},
    )


def _spell(contract: Contract, name: str) -> Spell:
    """How the rows of a table give the days of a state."""
    term = contract.terms.spells[name]
    conditions = {key: contract.conditions.get(("spells", name, key)) for key in ("when", "opens", "closes")}
    opens, closes = conditions["opens"], conditions["closes"]
    if term.on is not None and opens is not None and closes is not None:
        return Turns(table=term.table, on=term.on, opens=opens, closes=closes)
    assert term.from_ is not None, "a state that is checked has a first day"
    assert term.to is not None, "and a last"
    return Stays(table=term.table, when=conditions["when"], from_=term.from_, to=term.to)


def _lengths(contract: Contract) -> dict[str, Table]:
    """Durations of the windows whose length stands under the name of a value."""
    found = {}
    for name, outcome in contract.terms.outcomes.items():
        window = getattr(outcome, "window", None)
        if window is not None and isinstance(window.for_, Named):
            found[window.for_.name] = contract.tables["outcomes", name, "window", "for"]
    return found


def _day(as_at: dt.date | str) -> Date:
    day = parse_date(as_at if isinstance(as_at, str) else str(as_at)[:10])
    if day is None:
        message = f"'{short(str(as_at))}' is not a real day from 1900 to 2199, written like 2026-06-30"
        raise EvaluationError([Problem(code="PBR402", message=message)])
    return day


def _adjusting(contract: Contract, index: int, as_at: Date) -> Adjusting:
    terms = contract.terms
    term = terms.adjustments[index]
    per = getattr(term, "per", ())
    periods = [word for word in per if word in PERIODS]
    starts = contract.term.periods(PeriodKind(periods[0])) if periods else ()
    names = list(terms.payments)
    order = term.order if isinstance(term, Cap) else Order()
    providers = providers_of(terms)
    on = tuple(names.index(name) for name in term.on) or tuple(range(len(names)))
    result = next((name for name in term.reads() if name in terms.pooled), None)
    return Adjusting(
        index=index,
        on=on,
        over=_over(terms, index, on),
        where=None if term.where is None else f"_where.{index}",
        only=term.only,
        keys=tuple(_key(terms, word) for word in per),
        table=next((table for path, table in contract.tables.items() if path[:2] == ("adjustments", index)), NO_FIGURE),
        period=f"period.{periods[0]}" if periods else None,
        starts=tuple(number_of(period.first) for period in starts),
        names=tuple(period.name for period in starts),
        releases=_releases(contract, term.until, starts) if isinstance(term, Retain) and result is None else (),
        as_at=number_of(as_at),
        ranks=tuple(names.index(name) for name in order.payments),
        by_known=order.by_known,
        one_provider=0 if len(providers) == 1 or (isinstance(term, Split) and not terms.names_provider) else None,
        payees=_payees(terms, tuple(term.between)) if isinstance(term, Split) else (),
        result=result,
        labels=() if result is None else tuple(map(column_of, words_of_groups(terms, result))),
        rounding=terms.conventions.rounding,
    )


def _payees(terms: Terms, ids: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """Place and label of providers by their ids."""
    places, labels = providers_of(terms), sorted(terms.contract.providers)
    return tuple((places.index(name), labels.index(name)) for name in ids)


def _releases(contract: Contract, until: str, periods: tuple[Period, ...]) -> tuple[int, ...]:
    """The day from which what is kept of each period is given back, or of the whole term."""
    settles = Settles.parse(until)
    assert settles is not None, "a contract that is checked says until when"
    ends = [period.last for period in periods] or [contract.term.last]
    return tuple(number_of(settles.day(end)) for end in ends)


def _over(terms: Terms, index: int, on: tuple[int, ...]) -> tuple[int, ...]:
    """Places of the earlier adjustments whose rows for groups one acts on; a tax is not taken of another."""
    found = [place for place in range(index) if set(_on(terms, place)) <= set(on)]
    taxes = isinstance(terms.adjustments[index], Tax)
    return tuple(place for place in found if not (taxes and isinstance(terms.adjustments[place], Tax)))


def _on(terms: Terms, index: int) -> tuple[int, ...]:
    """Places of the payments that an adjustment acts on."""
    names = list(terms.payments)
    return tuple(names.index(name) for name in terms.adjustments[index].on) or tuple(range(len(names)))


def _key(terms: Terms, word: str) -> str:
    """The column of lines that a word under ``per`` stands for."""
    if word in terms.groups:
        return f"_by.{word}"
    if word in {"provider", "outcome", "payment"}:
        return word
    if word in PERIODS:
        return f"period.{word}"
    if terms.parent_key is not None and word == terms.parent_key[0]:
        return f"_field.{terms.parent_key[1]}"
    return "subject" if word == terms.cohort.of else f"_field.{word}"
