"""From evidence to decisions: one lazy frame over the subjects, in which every outcome is decided."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import evolve, field, frozen

from pbr.added import believe_alone, believed, rehearse
from pbr.calendar import number_of
from pbr.columns import NO_GROUP, TWO_GROUPS, Columns, Kind
from pbr.contract.model import FieldKind
from pbr.facts import STATE_CODE, Decision, Undecided, reason_code, state_code, state_of
from pbr.gather import ask, gather
from pbr.helped import HELPED, with_helped
from pbr.own_rows import own_rows
from pbr.paying import Need, figures_at_start, payee_of
from pbr.plan import context_of, figured_by, is_late, read_by, source_of, waits_for
from pbr.pooled import Earlier, InOnePart, Nested, group_rows, pool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.condition import Condition
    from pbr.contract.grain import Key
    from pbr.document import PathTo
    from pbr.evidence import Evidence
    from pbr.facts import Context
    from pbr.paying import Needs
    from pbr.plan import Plan
    from pbr.pooled import Pooled


OPEN_STILL = [STATE_CODE["met"], STATE_CODE["pending"]]
"""States of an outcome that is paid, or still may be."""


@frozen(kw_only=True)
class Decisions:
    """Every subject's state in every outcome.

    Attributes:
        plan: The plan they follow.
        frame: One row per subject: ``subject``, ``provider`` (Int16, place in ``plan.providers``), ``_start`` (Int32
            day), ``_step`` (Int16, place of the clause that leaves it out), ``_unsure`` (Int16, place of a clause that
            cannot be decided), the columns payments and adjustments ask for, and for each outcome ``NAME.state``
            (UInt8, place in ``STATES``), ``.reason`` (UInt8), ``.date`` (Int32), ``.missing`` (Int16, place in
            ``names``), and where it reads rows ``.first``, ``.last`` and ``.picked`` (Int32 days).
        names: Full names of fields that were found empty.
        evidence: What they were decided from.
        pooled: The results of outcomes of groups, by name.
    """

    plan: Plan
    evidence: Evidence = field(repr=False)
    frame: pl.DataFrame = field(repr=False)
    names: tuple[str, ...]
    pooled: Mapping[str, Pooled] = field(factory=dict, repr=False)
    _nested: Nested = field(init=False, eq=False, repr=False)

    @_nested.default
    def _of_groups(self) -> Nested:
        return Nested(terms=self.plan.terms, pooled=self.pooled)

    def rows(self) -> pl.DataFrame:
        """One row per subject and outcome, by subject, then outcome as in the contract; then those of groups.

        Returns:
            ``subject`` (Int64 if the ids are whole, else String), ``provider`` (String, null without one), ``outcome``,
            ``state``, ``reason`` and ``clause`` (String), ``date`` (Date, null unless met), ``value`` (String, the
            points of a scale as written, the blocks, days or words that were met of what is met several times, null
            elsewhere), ``missing`` (String, the empty field that left it unknown),
            ``window_first`` and ``window_last`` (Date, of a group its period), ``place`` (String, where the outcome or
            the clause stands); of a group ``group`` (String, its labels and period) instead of a subject, and
            ``numerator`` and ``denominator`` (Int64) of a figure that is counted; ``paid`` (String, ``yes`` if money
            depends on the outcome, else ``no``); ``outside`` (String, the values that say whom a panel chose and that
            the subject is not among, joined by ``;``); ``helped_by`` (String, who helped the subject up to the day of
            the achievement, or of one that is not met up to the end of its window or the as-at date, in the order of
            the words in the contract and joined by ``;``; null where nobody did, for whom the cohort leaves out, and of
            groups); of a group ``asked`` and ``frame`` (Int64, how many were asked, and could be) and ``worst``
            (String, the share if nobody were met of those who did not answer, or all if that is bad), where these are
            known.
        """
        own = self.own_rows()
        return pl.concat([own, group_rows(self.plan, self.pooled, own.schema)]) if self.pooled else own

    def members_of(self, outcome: str, key: Key) -> int:
        """How many members an outcome of groups is made of in one group, with those that are left out."""
        return self._nested.members_of(outcome, key)

    def behind(self, outcome: str, key: Key) -> list[tuple[str, Key]]:
        """The results of groups that one is made of: of each part that of the group around it, or those inside."""
        return self._nested.behind(outcome, key)

    def own_rows(self) -> pl.DataFrame:
        """The rows of subjects, without those of groups."""
        return own_rows(self.plan, self.frame, self.names)


def evaluate(plan: Plan, evidence: Evidence) -> Decisions:
    """Decide every outcome of every subject.

    Args:
        plan: The contract as at a day.
        evidence: Accepted rows.

    Returns:
        Decisions; their frame has the subjects in no stated order, their ``rows()`` are in the order of the ids.
    """
    decisions = decide(plan, evidence)
    return evolve(decisions, pooled=pool(plan, InOnePart(earlier(decisions)))) if plan.terms.pooled else decisions


def decide(plan: Plan, evidence: Evidence) -> Decisions:
    """Decide every outcome of every subject, and none of groups."""
    rows = rows_of(evidence)
    columns, frame = believed(plan, lambda only: make_query(plan, evidence.tables, only, evidence.repeated), rows)
    believe_alone(plan, evidence.tables, frame, lambda tables: _decided(rows, plan, tables)[1])
    return Decisions(plan=plan, evidence=evidence, frame=frame, names=tuple(columns.names))


def rows_of(evidence: Evidence) -> int:
    """How many rows were accepted."""
    return sum(counts.accepted for counts in evidence.counts.values())


def _decided(
    rows: int,
    plan: Plan,
    tables: Mapping[str, pl.LazyFrame],
    *wanted: Any,  # noqa: ANN401
) -> tuple[Columns, pl.DataFrame]:
    """Run the one query, of some outcomes and columns if wanted, and look at what kinds that are added did in it."""
    return believed(plan, lambda names: make_query(plan, tables, names), rows, *wanted)


def earlier(decisions: Decisions) -> Earlier:
    """What was decided as at earlier days."""
    tables, rows = decisions.evidence.tables, rows_of(decisions.evidence)
    again = partial(_decided, rows)
    return Earlier(plan=decisions.plan, tables=tables, frame=decisions.frame, decide=lambda *of: again(*of)[1])


def make_query(
    plan: Plan,
    tables: Mapping[str, pl.LazyFrame],
    only: tuple[str, ...] | None = None,
    repeated: Mapping[str, pl.LazyFrame] | None = None,
) -> tuple[Columns, pl.LazyFrame]:
    """The one lazy frame in which every outcome is decided, or only these and none of others; not yet run.

    Args:
        plan: The contract as at a day.
        tables: Rows by table.
        only: The outcomes; None for all.
        repeated: The rows of tables with their exact copies among them, where those need not be left out.
    """
    columns = _subjects(plan, tables, repeated or {})
    names = plan.own if only is None else only
    paths = [path for path in _own_conditions(plan) if path[0] != "outcomes" or path[1] in names]
    asked = [plan.contract.conditions[path] for path in paths]
    ask(columns, [condition for condition in asked if not condition.results])
    helps = plan.terms.contributions
    if only is None and helps is not None:
        columns.frame = with_helped(plan, columns.frame, columns.key, helps, tables[helps.table])
    _add_groups(plan, columns)
    _add_clauses(plan, columns)
    needs = _add_needs(plan, columns, names)
    waiting = [name for name in plan.contract.order if name in names]
    done: set[str] = set()
    while waiting:
        ready = [name for name in waiting if set(read_by(plan, name)) <= done]
        _decide(plan, columns, ready, needs)
        done |= set(ready)
        waiting = [name for name in waiting if name not in done]
    return columns, columns.frame.select(_kept(plan, columns))


def _own_conditions(plan: Plan) -> list[PathTo]:
    """Where conditions stand that a decision needs and that may ask child tables: only those on the own row can."""
    parts = [*(("groups", name) for name in plan.groupings), ("cohort",), ("adjustments",), ("outcomes",), ("values",)]
    return [path for path in plan.contract.conditions if any(path[: len(part)] == part for part in parts)]


def _kept(plan: Plan, columns: Columns) -> list[pl.Expr]:
    """Columns of a decisions frame; who does not belong to the cohort, or may not, is told apart here."""
    subject, provider = pl.col(columns.key).alias("subject"), pl.col("_provider").alias("provider")
    names = columns.frame.collect_schema().names()
    labels = ("_by.", "_field.", "_where.", "_payee.", "_chosen.", HELPED)
    others = [name for name in names if name.startswith(labels) or _is_outcome(plan, name)]
    kept = [pl.col(name) for name in others]
    if plan.clauses:
        kept = [_within_cohort(plan, name) for name in others]
    return [subject, provider, pl.col("_start", "_step", "_unsure"), *kept]


def _within_cohort(plan: Plan, name: str) -> pl.Expr:
    """A column of an outcome, changed where a clause leaves the subject out or cannot be decided."""
    out, unsure = pl.col("_step").is_not_null(), pl.col("_unsure").is_not_null()
    ending = name.rpartition(".")[2]
    if not _is_outcome(plan, name) or ending not in {"state", "reason", "date", "missing", "value", "parts"}:
        return pl.col(name)
    if ending == "state":
        changed = pl.when(out).then(state_code("excluded")).when(unsure).then(state_code("unknown"))
        return changed.otherwise(pl.col(name)).alias(name)
    if ending == "reason":
        failed = pl.when(pl.col("_step") < plan.includes).then(reason_code("include_failed"))
        left = pl.when(out).then(failed.otherwise(reason_code("exclude_hit")))
        return left.when(unsure).then(reason_code("unknown_clause")).otherwise(pl.col(name)).alias(name)
    if ending == "missing":
        return pl.when(unsure).then(pl.col("_missing")).when(~out).then(pl.col(name)).alias(name)
    return pl.when(~out & ~unsure).then(pl.col(name)).alias(name)


def _is_outcome(plan: Plan, column: str) -> bool:
    name, dot, _ = column.partition(".")
    return bool(dot) and name in plan.terms.own_outcomes


def _subjects(plan: Plan, tables: Mapping[str, pl.LazyFrame], repeated: Mapping[str, pl.LazyFrame]) -> Columns:
    """The rows of the cohort's table that were recorded by the as-at date."""
    terms = plan.terms
    own, start = terms.cohort_table, terms.cohort.start
    now = number_of(plan.as_at)
    recorded = terms.tables[own].role(FieldKind.RECORDED)
    known = pl.col(recorded or start).cast(pl.Int32) <= now
    rows = tables[own].filter(known if recorded else known | pl.col(start).is_null())
    provider = terms.tables[own].role(FieldKind.PROVIDER)
    place = pl.lit(0, dtype=pl.Int16)
    if provider is not None:
        place = pl.col(provider).cast(pl.Enum(plan.providers)).to_physical().cast(pl.Int16)
    frame = rows.with_columns(pl.col(start).cast(pl.Int32).alias("_start"), place.alias("_provider"))
    sources = {name: source_of(terms, name, table, repeated.get(name)) for name, table in tables.items()}
    return Columns(
        frame=frame,
        key=terms.subject_key,
        sources=sources,
        term=plan.contract.term,
        as_at=now,
        start=start,
        own_table=own,
        groupings=frozenset(plan.groupings),
        lengths=plan.lengths,
        places={name: term.scale(terms.contract.currency) for name, term in terms.all_fields(own).items()},
        parts=plan.parts,
    )


def _add_groups(plan: Plan, columns: Columns) -> None:
    """Place of each subject's label in every grouping and text field that money depends on."""
    terms, conditions = plan.terms, plan.contract.conditions
    added: list[pl.Expr] = []
    for name in plan.groupings:
        if not plan.results_of(name):
            added += _grouped(plan, columns, name)
    own = terms.all_fields(terms.cohort_table)
    for name in plan.texts:
        added.append(pl.col(name).alias(f"_field.{name}"))
        if own[name].one_of:
            words = pl.col(name).cast(pl.Enum(own[name].one_of), strict=False)
            added.append(words.to_physical().cast(pl.Int16).alias(f"_by.{name}"))
    added.append(pl.col("_provider").alias("_by.provider"))
    for index, term in enumerate(terms.adjustments):
        where = None if term.where is None else conditions["adjustments", index, "where"]
        if where is not None and not where.results:
            added.append(columns.true(where).alias(f"_where.{index}"))
    for name in plan.chosen:
        added.append(columns.true(conditions["values", name, "agreed"]).alias(f"_chosen.{name}"))
    columns.frame = columns.frame.with_columns(added)


def _grouped(plan: Plan, columns: Columns, name: str) -> list[pl.Expr]:
    """Each subject's label in a grouping as its place, what leaves it open, and the provider whose id the label is."""
    labels, found = list(plan.terms.groups[name]), _labels_of(plan, name)
    flags = {label: columns.true(condition) for label, condition in found.items()}
    empty = [pl.when(flag.is_null()).then(columns.missing(found[label])) for label, flag in flags.items()]
    missing = pl.coalesce(empty)
    count = pl.sum_horizontal([flag.cast(pl.Int16) for flag in flags.values()])
    rest = [labels.index(label) for label in labels if label not in found]
    place: pl.Expr = pl.lit(rest[0] if rest else NO_GROUP, dtype=pl.Int16)
    for label, flag in flags.items():
        place = pl.when(flag).then(pl.lit(labels.index(label), dtype=pl.Int16)).otherwise(place)
    undecided = pl.any_horizontal([flag.is_null() for flag in flags.values()])
    two = pl.lit(TWO_GROUPS, dtype=pl.Int16)
    sure = pl.when(count > 1).then(two).when(~undecided).then(place)
    made = [sure.alias(f"_by.{name}"), missing.alias(f"_missing.{name}")]
    if payee_of(name) in plan.payees:
        ids = {index: plan.providers.index(label) for index, label in enumerate(labels)}
        made.append(sure.replace_strict(ids, default=None, return_dtype=pl.Int16).alias(payee_of(name)))
    return made


def _labels_of(plan: Plan, name: str) -> dict[str, Condition]:
    """The conditions of a grouping, by label; one that stands for all others has none."""
    conditions = plan.contract.conditions
    return {
        label: conditions[path] for label in plan.terms.groups[name] if (path := ("groups", name, label)) in conditions
    }


def _add_clauses(plan: Plan, columns: Columns) -> None:
    """The clause that leaves a subject out, or the first that cannot be decided."""
    step, unsure, missing = (pl.lit(None, dtype=pl.Int16) for _ in range(3))
    for index in reversed(range(len(plan.clauses))):
        condition = plan.clause_condition(index)
        truth = columns.true(condition)
        place = pl.lit(index, dtype=pl.Int16)
        out = ~truth if index < plan.includes else truth
        step = pl.when(out).then(place).otherwise(step)
        unsure = pl.when(truth.is_null()).then(place).otherwise(unsure)
        missing = pl.when(truth.is_null()).then(columns.missing(condition)).otherwise(missing)
    columns.frame = columns.frame.with_columns(step.alias("_step"), missing.alias("_missing")).with_columns(
        pl.when(pl.col("_step").is_null()).then(unsure).alias("_unsure")
    )


def _add_needs(plan: Plan, columns: Columns, names: tuple[str, ...]) -> dict[str, str]:
    """For each of these outcomes that is paid, the column of the reason why it could not be, if any."""
    found: dict[Needs, str] = {}
    added: list[pl.Expr] = []
    at_start = {name: tuple(need for need in plan.needs[name] if not is_late(plan, need)) for name in names}
    for needs in at_start.values():
        if needs in found or not needs:
            continue
        name = found[needs] = f"_need{len(found)}"
        reason: pl.Expr = pl.lit(None, dtype=pl.UInt8)
        missing: pl.Expr = pl.lit(None, dtype=pl.Int16)
        for test, why, empty in reversed(_tests(plan, columns, needs)):
            reason = pl.when(test).then(reason_code(why)).otherwise(reason)
            missing = pl.when(test).then(empty).otherwise(missing)
        added += [reason.alias(f"{name}.reason"), missing.alias(f"{name}.missing")]
    columns.frame = columns.frame.with_columns(added)
    return {outcome: found[needs] for outcome, needs in at_start.items() if needs in found}


def _tests(plan: Plan, columns: Columns, needs: Needs) -> list[tuple[pl.Expr, str, pl.Expr]]:
    """What would keep a subject from being paid: the test, the reason, the field that is empty."""
    nothing = pl.lit(None, dtype=pl.Int16)
    own, start = plan.terms.cohort_table, pl.col("_start")
    tests = []
    for need, name in needs:
        if need in {Need.GROUPING, Need.TEXT}:
            tests += columns.doubts(str(name))
        elif need is Need.WHERE:
            empty = columns.missing(plan.contract.conditions["adjustments", name, "where"])
            tests.append((pl.col(f"_where.{name}").is_null(), "missing_field", empty))
        else:
            tests.append((start.is_null(), "missing_field", columns.missing_name(f"{own}.{columns.start}")))
            for table in figures_at_start(plan.contract, str(name)):
                tests.append((table.lacks(table.cell(start)), "no_price", nothing))
    return tests


def _decide(plan: Plan, columns: Columns, names: list[str], needs: Mapping[str, str]) -> None:
    """Gather the facts of outcomes whose anchors are decided, then decide them."""
    labels = {
        name: _group_late(plan, columns, name)
        for name in dict.fromkeys(each for outcome in names for each in figured_by(plan, outcome))
    }
    kinds: dict[str, Kind] = {name: plan.outcome(name) for name in names}
    terms = {name: context_of(plan, name) for name in names}
    for name in names:
        rehearse(plan, columns, name)
    windows = [getattr(kind, "window", None) for kind in kinds.values()]
    excuses = {name: plan.contract.conditions.get(("outcomes", name, "excused_by")) for name in names}
    ask(columns, [*(plan.when(name) for name in names), *(terms[name].formula for name in names), *excuses.values()])
    gather(columns, [fact for name, kind in kinds.items() for fact in kind.facts(terms[name])], windows)
    added: list[pl.Expr] = []
    for name, kind in kinds.items():
        decision, excuse = kind.decide(columns, terms[name]), excuses[name]
        for label in figured_by(plan, name):
            decision = _waits_for_label(decision, label, labels[label])
        decision = decision if excuse is None else columns.excused(excuse, decision)
        added += _columns_of(name, decision, needs.get(name))
        added += _decide_words(columns, name, kind, terms[name], excuse)
        window = getattr(kind, "window", None)
        if window is not None or kind.readings(terms[name]):
            added += [columns.first(window).alias(f"{name}.first"), columns.last(window).alias(f"{name}.last")]
    columns.frame = columns.frame.with_columns(added)
    for name in names:
        for index in waits_for(plan, name):
            _decide_where(columns, name, index, plan.contract.conditions["adjustments", index, "where"])
        for need in plan.needs[name]:
            if is_late(plan, need):
                _decide_need(plan, columns, name, need)


def _decide_words(columns: Columns, name: str, kind: object, ctx: Context, excuse: Condition | None) -> list[pl.Expr]:
    """The columns of each word of an outcome that others name."""
    found: list[pl.Expr] = []
    of_words: Any = kind
    for word, each in of_words.decide_words(columns, ctx).items() if ctx.words else ():
        decision = each if excuse is None else columns.excused(excuse, each)
        found += _columns_of(f"{name}.{word}", decision, None)
    return found


def _decide_where(columns: Columns, name: str, index: int, where: Condition) -> None:
    """Whether an adjustment that reads results acts on an outcome's lines; it is not met until that is known."""
    ask(columns, [where])
    undecided = columns.undecided_own(where)
    acts = columns.true(where).alias(f"_where.{index}")
    columns.frame = columns.frame.with_columns(acts, *_columns_of(name, _waits(columns, name, undecided), None))
    columns.forget(name)


def _decide_need(plan: Plan, columns: Columns, name: str, need: tuple[Need, str | int]) -> None:
    """What must be known to pay an outcome and reads results: it is not met until that is known.

    A label that reads a result of the outcome itself reads what its own terms decide.
    """
    kind, key = need
    decision = _so_far(columns, name)
    if kind is Need.GROUPING:
        undecided = _group_late(plan, columns, str(key))
        decision = _waits(columns, name, undecided)
        tests = [test for test in columns.doubts(str(key)) if test[1] != "missing_field"]
    else:
        tests = _tests(plan, columns, (need,))
    open_still = pl.col(f"{name}.state").is_in(OPEN_STILL)
    for test, why, empty in reversed(tests):
        decision = decision.unless(open_still & test, reason_code(why), state=state_code("unknown"), missing=empty)
    columns.frame = columns.frame.with_columns(_columns_of(name, decision, None))
    columns.forget(name)


def _group_late(plan: Plan, columns: Columns, name: str) -> Undecided:
    """Put each subject's label in a grouping that reads results beside it; and say where that is undecided."""
    found = _labels_of(plan, name)
    ask(columns, list(found.values()))
    columns.frame = columns.frame.with_columns(_grouped(plan, columns, name))
    doubts = [columns.doubt_in(condition, lambda ref: columns.own_field(ref.name)) for condition in found.values()]
    return columns.doubted(pl.max_horizontal(doubts), pl.col(f"_missing.{name}"))


def _waits_for_label(decision: Decision, label: str, undecided: Undecided) -> Decision:
    """A decision that lacks the label of a grouping takes after the results that leave this open."""
    if decision.missing is None:
        return decision
    never = pl.lit(value=False) if undecided.never is None else undecided.never
    state = state_of(decision.reason) if decision.state is None else decision.state
    lacks = (state == state_code("unknown")) & (decision.missing == pl.col(f"_missing.{label}"))
    found = decision.unless(lacks & undecided.test, undecided.reason, missing=undecided.missing)
    return found.unless(lacks & never, reason_code("part_not_met"))


def _so_far(columns: Columns, name: str) -> Decision:
    """An outcome as it has been decided."""
    return Decision(
        state=pl.col(f"{name}.state"),
        value=pl.col(f"{name}.value") if name in columns.parts else None,
        parts=pl.col(f"{name}.parts") if f"{name}.parts" in columns.frame.collect_schema() else None,
        reason=pl.col(f"{name}.reason"),
        date=pl.col(f"{name}.date"),
        missing=pl.col(f"{name}.missing"),
    )


def _waits(columns: Columns, name: str, undecided: Undecided) -> Decision:
    """An outcome as it has been decided, unless it waits for something else that is asked in order to pay it."""
    state, pending = pl.col(f"{name}.state"), undecided.reason == reason_code("part_pending")
    waits = (state == state_code("met")) & undecided.test & pending
    never = pl.lit(value=False) if undecided.never is None else undecided.never
    hurt = state.is_in(OPEN_STILL) & (undecided.test | never) & ~pending
    why = pl.when(never).then(reason_code("missing_field")).otherwise(undecided.reason)
    decision = _so_far(columns, name).unless(hurt, why, state=state_code("unknown"), missing=undecided.missing)
    return decision.unless(waits, undecided.reason, state=state_code("pending"))


def _columns_of(name: str, decision: Decision, need: str | None) -> list[pl.Expr]:
    """State, reason, date and missing field, after what must be known of the subject to pay it."""
    if need is not None:
        state = state_of(decision.reason) if decision.state is None else decision.state
        why, missing = pl.col(f"{need}.reason"), pl.col(f"{need}.missing")
        hurt = state.is_in(OPEN_STILL) & why.is_not_null()
        decision = decision.unless(hurt, why, state=state_code("unknown"), missing=missing)
    state = state_of(decision.reason) if decision.state is None else decision.state
    missing = pl.lit(None, dtype=pl.Int16) if decision.missing is None else decision.missing
    unknown = state == state_code("unknown")
    met = state == state_code("met")
    columns = [
        state.alias(f"{name}.state"),
        decision.reason.alias(f"{name}.reason"),
        pl.when(met).then(decision.date).alias(f"{name}.date"),
        pl.when(unknown).then(missing).alias(f"{name}.missing"),
    ]
    for ending, found in (("value", decision.value), ("parts", decision.parts)):
        if found is not None:
            columns.append(pl.when(met).then(found).alias(f"{name}.{ending}"))
    for ending, found in (("days", decision.days), ("latest", decision.latest), ("picks", decision.picks)):
        if found is not None:
            columns.append(found.alias(f"{name}.{ending}"))
    columns += [found.alias(f"{name}.{ending}") for ending, found in decision.others.items()]
    return columns if decision.picked is None else [*columns, decision.picked.alias(f"{name}.picked")]
