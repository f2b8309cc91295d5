"""How far cases reach: which clauses, labels, states, prices, caps and factors of a contract they come to.

A term is reached by a case whose evaluation comes to it, whether or not the case states an expectation about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import polars as pl

from pbr.adjustments import Cap, Multiply, Retain, Split
from pbr.calendar import date_from_number, show_date
from pbr.columns import as_written
from pbr.condition.tree import Field, IsNull
from pbr.contract.contract import named_by
from pbr.contract.grain import is_test
from pbr.contract.model import FieldKind
from pbr.decisions import make_query
from pbr.facts import START, STATE_CODE
from pbr.gather import ask
from pbr.kinds import FIELD, is_added
from pbr.outcomes import Scale, Score, Total
from pbr.outcomes.event import outcome_of
from pbr.paying import Need
from pbr.payments import Bands
from pbr.plan import context_of, read_by
from pbr.table import ALWAYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.condition import Condition, FieldRef
    from pbr.entitlement import Entitlement
    from pbr.lines import Adjusting, Paying
    from pbr.outcomes import OwnOutcome
    from pbr.plan import Plan
    from pbr.problem import Place
    from pbr.table import Table


@attrs.frozen
class Term:
    """One thing of a contract that a case can come to.

    Attributes:
        what: include, exclude, group, outcome, band, price, or the kind of an adjustment.
        name: Its name in the contract.
        how: The way in which it is reached: a state, a label, a row of prices, or what it does.
        place: File and line in the contract.
    """

    what: str
    name: str
    how: str
    place: str


@attrs.frozen(kw_only=True)
class Reached:
    """A term, and how many cases reach it.

    Attributes:
        term: The term.
        cases: How many cases reach it.
    """

    term: Term
    cases: int


IN, OUT = "lets somebody through", "leaves somebody out"
BINDING, NOT_BINDING = "cuts a line", "leaves a line whole"
USED = "changes a line"
NO_PLACE = "has no place left"
HELD = "holds a line back"
KEPT, RELEASED = "keeps a share back", "gives it back"


def terms_of(plan: Plan) -> Iterator[Term]:
    """Every term that a case can reach, in the order of the contract."""
    for index in range(len(plan.clauses)):
        yield _clause(plan, index, IN)
        yield _clause(plan, index, OUT)
    for name, labels in plan.terms.groups.items():
        for label in labels:
            yield _label(plan, name, label)
    for name in plan.own:
        for state in _states(plan, name):
            yield _state(plan, name, state)
    yield from _of_groups(plan)
    for paying in plan.paying:
        yield from _bands(plan, paying)
        yield from [] if paying.table.cells else [_share(plan, paying)]
        for cell in range(len(paying.table.cells)):
            yield from _price(plan, paying, cell)
    for at in plan.adjusting if plan.paying else ():
        for how in _ways(plan, at):
            yield _adjustment(plan, at, how)


def _of_groups(plan: Plan) -> Iterator[Term]:
    """The states that an outcome of groups should come to: a test both ways."""
    for name, outcome in plan.terms.pooled.items():
        for state in ("met", "not_met") if is_test(outcome) else ("met",):
            yield _state(plan, name, state)


def _ways(plan: Plan, at: Adjusting) -> tuple[str, ...]:
    """What an adjustment can do to a line."""
    term = plan.terms.adjustments[at.index]
    if isinstance(term, Cap):
        return BINDING, NOT_BINDING
    if isinstance(term, Retain):
        return KEPT, RELEASED
    return (USED, HELD) if isinstance(term, Multiply) and at.result is not None else (USED,)


def reached_by(entitlement: Entitlement) -> Iterator[Term]:
    """The terms that one evaluation reaches; some of them more than once."""
    yield from _own_rows(entitlement)
    plan, frame = entitlement.plan, entitlement.decisions.frame
    for name in plan.own:
        for state, code in STATE_CODE.items():
            if (frame[f"{name}.state"] == code).any():
                yield _state(plan, name, state)
    for name, pooled in entitlement.decisions.pooled.items():
        yield from [_state(plan, name, result.state) for result in pooled.results.values()]
    lines = entitlement.frame
    for paying in plan.paying:
        mine = lines.filter(pl.col("payment") == paying.payment)
        payment = plan.terms.payments[plan.payments[paying.payment]]
        if isinstance(payment, Bands):
            ends = [*payment.places, *([] if payment.most is None else [(payment.most + 1, None)])]
            filled = [any(_within(nth, *each) for nth in mine["nth"]) for each in ends]
            yield from [band for band, some in zip(_bands(plan, paying), filled, strict=True) if some]
        yield from [] if paying.table.cells or mine.is_empty() else [_share(plan, paying)]
        for cell in mine["cell"].drop_nulls().unique():
            yield from _price(plan, paying, cell)
    for at in plan.adjusting if plan.paying else ():
        for how in _done(entitlement, at):
            yield _adjustment(plan, at, how)


def _done(entitlement: Entitlement, at: Adjusting) -> Iterator[str]:
    """What an adjustment did to the lines that it acted on."""
    lines, ways = entitlement.frame, _ways(entitlement.plan, at)
    before = pl.sum_horizontal("amount", *(f"adj.{index}" for index in range(at.index)))
    there = pl.col("split").is_null() | (pl.col("split") < at.index)
    chosen = lines.filter(at.chosen() & (before != 0) & there)
    changes = chosen[f"adj.{at.index}"]
    if BINDING in ways:
        yield from [BINDING] if (changes != 0).any() else []
        yield from [NOT_BINDING] if (changes == 0).any() else []
    elif KEPT in ways:
        kept = lines.filter(pl.col("origin") == at.index)["amount"]
        yield from [KEPT] if (kept < 0).any() else []
        yield from [RELEASED] if (kept > 0).any() else []
    elif HELD in ways:
        results = list(entitlement.decisions.pooled[str(at.result)].results.values())
        for met in {results[place].met for place in chosen[at.group].unique()}:
            yield USED if met else HELD
    elif len(changes) and (not _by_help(entitlement, at) or (changes != 0).any()):
        yield USED


def _by_help(entitlement: Entitlement, at: Adjusting) -> bool:
    """Whether an adjustment divides lines by who helped, which moves nothing where nobody else did."""
    term = entitlement.plan.terms.adjustments[at.index]
    return isinstance(term, Split) and bool(term.by)


def _own_rows(entitlement: Entitlement) -> Iterator[Term]:
    """Clauses and labels that each subject comes to; a clause only by who has not left before it."""
    plan, conditions = entitlement.plan, entitlement.plan.contract.conditions
    of_groups = [condition for path, condition in conditions.items() if path[0] == "groups"]
    # outcomes are decided again only where a label reads what became of them
    only = None if any(condition.results for condition in of_groups) else ()
    columns, _ = make_query(plan, entitlement.decisions.evidence.tables, only)
    ask(columns, of_groups)
    clauses = [
        columns.true(plan.clause_condition(index)).alias(f"clause {index}") for index in range(len(plan.clauses))
    ]
    groups = [
        columns.true(conditions[path]).alias(f"{name} {label}")
        for name, labels in plan.terms.groups.items()
        for label in labels
        if (path := ("groups", name, label)) in conditions
    ]
    for row in as_written(columns.frame.select("_step", "_unsure", *clauses, *groups)).iter_rows(named=True):
        step = len(plan.clauses) if row["_step"] is None else row["_step"]
        for index in range(len(plan.clauses)):
            passes = row[f"clause {index}"] is (index < plan.includes)
            yield from [_clause(plan, index, IN)] if index < step and passes else []
            yield from [_clause(plan, index, OUT)] if index == step else []
        if row["_step"] is None and row["_unsure"] is None:
            yield from _labels(plan, row)


def _labels(plan: Plan, row: dict[str, Any]) -> Iterator[Term]:
    """The label of each grouping that one subject surely has."""
    for name, labels in plan.terms.groups.items():
        truths = {label: row[f"{name} {label}"] for label in labels if f"{name} {label}" in row}
        true = [label for label, truth in truths.items() if truth]
        rest = [label for label in labels if label not in truths]
        if None not in truths.values() and len(true or rest) == 1:
            yield _label(plan, name, (true or rest)[0])


# ---- the terms, each made in one place so that what is reached equals what can be


def _clause(plan: Plan, index: int, how: str) -> Term:
    path = plan.clause_path(index)
    return Term(path[1], plan.clauses[index].id, how, str(plan.contract.place(*path)))


def _label(plan: Plan, name: str, label: str) -> Term:
    return Term("group", name, label, str(plan.contract.place("groups", name, label)))


def _state(plan: Plan, name: str, state: str) -> Term:
    return Term("outcome", name, state, str(plan.contract.place("outcomes", name)))


def _bands(plan: Plan, at: Paying) -> Iterator[Term]:
    """The bands of a payment, and that there may be no place."""
    name = plan.payments[at.payment]
    payment = plan.terms.payments[name]
    if isinstance(payment, Bands):
        for step in payment.bands:
            yield Term("band", name, step, str(plan.contract.place("payments", name, "bands", step)))
        if payment.most is not None:
            yield Term("band", name, NO_PLACE, str(plan.contract.place("payments", name, "bands")))


def _price(plan: Plan, at: Paying, cell: int) -> Iterator[Term]:
    """The row of a price that a cell was written as; nothing for a label that has no figure."""
    if at.table.cells[cell] is None:
        return
    place = at.table.places[cell]
    yield Term("price", plan.payments[at.payment], _row(at.table, at.table.places.index(place)), _short(place))


def _within(nth: int, first: int, last: int | None) -> bool:
    return nth >= first and (last is None or nth <= last)


def _share(plan: Plan, at: Paying) -> Term:
    """That a payment whose sum is no figure of its own pays a line."""
    name = plan.payments[at.payment]
    how = f"a sum of {plan.terms.payments[name].price}"
    return Term("price", name, how, str(plan.contract.place("payments", name, "amount")))


def _row(table: Table, cell: int) -> str:
    """A cell as people name it: its label, and the day from which it holds."""
    label = table.rows[cell // table.spans]
    first = table.starts[cell % table.spans] if table.starts else ALWAYS
    start = "" if first == ALWAYS else show_date(date_from_number(first))
    return " ".join(part for part in (label, start and f"from {start}") if part) or "the price"


def _adjustment(plan: Plan, at: Adjusting, how: str) -> Term:
    term = plan.terms.adjustments[at.index]
    return Term(term.kind, term.id, how, str(plan.contract.place("adjustments", at.index)))


def _short(place: Place) -> str:
    """A place with the file's own name only; the figures of a value may stand in a file of their own."""
    return str(attrs.evolve(place, file=place.file.replace("\\", "/").rpartition("/")[2]))


# ---- states that an outcome can have


def _states(plan: Plan, name: str) -> tuple[str, ...]:
    unknown = ("unknown",) if _can_be_unknown(plan, name) else ()
    excluded = ("excluded",) if plan.clauses or _can_be_excused(plan, name) else ()
    return ("met", "not_met", "pending", *excluded, *unknown)


def _can_be_excused(plan: Plan, name: str) -> bool:
    """Whether the outcome, its anchor or a part of it may be missed and excused."""
    waiting, seen = [name], set[str]()
    while waiting:
        one = waiting.pop()
        if plan.outcome(one).excused_by is not None:
            return True
        waiting += [] if one in seen else [*map(outcome_of, named_by(plan.terms, one)), *context_of(plan, one).outcomes]
        seen.add(one)
    return False


def _can_be_unknown(plan: Plan, name: str) -> bool:
    """Whether some return leaves the outcome undecided, because something that it, or one it reads, reads is empty."""
    seen, waiting = set[str](), [name]
    while waiting:
        one = waiting.pop()
        if one not in seen and _is_left_open(plan, one):
            return True
        waiting += [] if one in seen else read_by(plan, one)
        seen.add(one)
    return False


def _is_left_open(plan: Plan, name: str) -> bool:
    """Whether something that the outcome itself reads can be empty."""
    outcome, own = plan.outcome(name), plan.terms.cohort_table
    if _needs_a_field(outcome) or _may_lack(plan, name):
        return True  # its number may be empty, or the start that it is dated by
    window = getattr(outcome, "window", None)
    if window is not None and window.anchor == START:
        return True  # a start may be empty
    if any(table.by for table in context_of(plan, name).figures.values()):
        return True  # so may the label whose figure it is
    clauses = [plan.clause_condition(index) for index in range(len(plan.clauses))]
    needed = [condition for need, what in plan.needs[name] for condition in _needed(plan, need, what)]
    if any(condition is None or _is_open(plan, condition, own) for condition in (*clauses, *needed)):
        return True
    excuse = plan.contract.conditions.get(("outcomes", name, "excused_by"))
    if excuse is not None and _is_open(plan, excuse, own):
        return True
    when = plan.when(name)
    return when is not None and _is_open(plan, when, getattr(outcome, "table", own))


def _needs_a_field(outcome: OwnOutcome) -> bool:
    """Whether a field that may be empty must be filled in: what is added up, scored or turned into points.

    A kind that is added needs the fields that its terms name, but for days, which may be empty.
    """
    if not is_added(outcome):
        return isinstance(outcome, Total | Score) or (isinstance(outcome, Scale) and outcome.value is not None)
    return any(
        FIELD in term.metadata and term.metadata[FIELD] != ("date",) and getattr(outcome, term.name) is not None
        for term in attrs.fields(type(outcome))
    )


def _may_lack(plan: Plan, name: str) -> bool:
    """Whether what a formula is reckoned from may be empty, or the start that it is dated by."""
    ctx = context_of(plan, name)
    if ctx.formula is None:
        return False
    fields = [ref for ref in ctx.formula.fields if ref.name not in ctx.figures]
    return not ctx.outcomes or bool(ctx.formula.children) or any(_can_be_empty(plan, ref) for ref in fields)


def _needed(plan: Plan, need: Need, what: str | int) -> list[Condition | None]:
    """The conditions that must be decided before an outcome can be paid; None for a field that must be filled in."""
    conditions = plan.contract.conditions
    if need is Need.WHERE:
        return [conditions["adjustments", what, "where"]]
    if need is Need.GROUPING:
        return [condition for path, condition in conditions.items() if path[:2] == ("groups", what)]
    return [None]  # a text, or the start whose day sets the price


def _is_open(plan: Plan, condition: Condition, table: str) -> bool:
    """Whether a condition can be undecided: it reads a field that may be empty, and not only to ask whether it is."""
    return any(_can_be_empty(plan, ref, table) for ref in _decisive(condition.node))


def _can_be_empty(plan: Plan, ref: FieldRef, table: str | None = None) -> bool:
    """Whether a field of a row of a table, or of the subject's own, may be empty."""
    if ref.outcome:
        return False  # it is asked whether that outcome can be unknown
    terms = plan.terms
    home = terms.cohort_table if ref.parent or table is None else table
    fields = terms.all_fields(home)
    filled = ref.name in fields and fields[ref.name].type in {FieldKind.PROVIDER, FieldKind.RECORDED}
    return not filled and ref.name not in {*terms.tables[home].keys, terms.subject_key}


def _decisive(node: Any) -> Iterator[FieldRef]:  # noqa: ANN401  # a node of any kind
    """Fields of a condition outside IS NULL."""
    if isinstance(node, Field):
        yield node.ref
    elif isinstance(node, tuple):
        for part in node:
            yield from _decisive(part)
    elif attrs.has(type(node)) and not isinstance(node, IsNull):
        for each in attrs.fields(type(node)):
            yield from _decisive(getattr(node, each.name))
