"""What kinds that a caller adds decide, looked at before it is believed: its columns, its types, and what it says.

The code of such a kind is its author's. What it does wrong is said of the kind, with the outcome and no data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import polars as pl
from attrs import evolve

from pbr.calendar import number_of
from pbr.columns import as_written
from pbr.engine import engine_for
from pbr.facts import REASON_CODE, STATE_CODE, Decision, Take
from pbr.gather import gather
from pbr.kinds import blamed_on, failed, is_added
from pbr.plan import context_of, decided_from
from pbr.problem import PbrError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pbr.columns import Columns
    from pbr.plan import Plan

    Make: TypeAlias = "Callable[[tuple[str, ...] | None], tuple[Columns, pl.LazyFrame]]"

_TYPES: Final[dict[str, tuple[pl.DataType, ...]]] = {
    "reason": (pl.UInt8(),),
    "date": (pl.Int32(),),
    "state": (pl.UInt8(),),
    "missing": (pl.Int16(),),
    "picked": (pl.Int32(),),
    "value": (pl.Int64(),),
    "parts": (pl.List(pl.Struct({"occurrence": pl.String, "date": pl.Int32, "value": pl.Int64})),),
    "picks": (pl.List(pl.Struct({"occurrence": pl.String, "date": pl.Int32, "value": pl.Int64})),),
    "days": (pl.Int64(),),
    "latest": (pl.Int32(),),
}
"""What the expressions of a decision come to."""

PAIR: Final = 2
"""So many subjects at least could be decided by each other."""
_COPIED: Final = (
    "names",
    "facts_at",
    "sums_at",
    "each_at",
    "runs_at",
    "held_at",
    "scores_at",
    "windows_at",
    "children_at",
)
"""What gathering adds to."""


def rehearse(plan: Plan, columns: Columns, name: str) -> None:
    """Gather the facts of an outcome of an added kind, and decide it, beside the columns that count.

    Nothing is run: whether every column is there and of its type is known from the query.

    Args:
        plan: The contract as at a day.
        columns: What has been gathered so far; it stays as it is.
        name: The outcome.

    Raises:
        EvaluationError: PBR405, the kind failed, or what it gave is no decision.
    """
    outcome: Any = plan.outcome(name)
    if not is_added(outcome):
        return
    aside = evolve(columns, **{each: getattr(columns, each).copy() for each in _COPIED})
    ctx = context_of(plan, name)
    with blamed_on(name, outcome):
        readings = tuple(outcome.readings(ctx))
        gather(aside, outcome.facts(ctx), [getattr(outcome, "window", None)])
        decisions = {name: outcome.decide(aside, ctx)}
        if hasattr(outcome, "needed"):
            outcome.needed(name)
        if ctx.words:
            decisions |= {f"{name}.{word}": each for word, each in outcome.decide_words(aside, ctx).items()}
    if set(decisions) != {name, *(f"{name}.{word}" for word in ctx.words)}:
        raise failed(name, outcome, "does not decide each word that is asked about")
    for decision in decisions.values():
        _is_decision(name, outcome, aside, decision)
    decision = decisions[name]
    for reading in [each for each in readings if each.pick is not Take.EVERY]:
        picked = decision.others.get(f"{reading.role}picked") if reading.role else decision.picked
        if picked is None:
            raise failed(name, outcome, "reads rows of which one decides, and its decision has no `picked`")
    if any(reading.once for reading in readings) and decision.picks is None:
        raise failed(name, outcome, "counts once for each word, and its decision has no `picks`")
    if (outcome.parts is None) != (decision.value is None):
        raise failed(name, outcome, "has one of `parts` and a decision with a `value`, and a number needs both")


def _is_decision(name: str, outcome: object, columns: Columns, decision: object) -> None:
    """Whether a decision has expressions of the right types over columns that there are."""
    if not isinstance(decision, Decision):
        raise failed(name, outcome, "gives something else than a Decision")
    for part, types in _TYPES.items():
        made = getattr(decision, part)
        if made is None and part not in {"reason", "date"}:
            continue
        with blamed_on(name, outcome):
            found = columns.frame.select(made.alias("_found")).collect_schema()["_found"]
        if found not in {*types, pl.Null()}:
            raise failed(name, outcome, f"gives a `{part}` of the type {found}, not {types[0]}")


def believed(
    plan: Plan, make: Make, rows: int, only: tuple[str, ...] | None = None, kept: list[str] | None = None
) -> tuple[Columns, pl.DataFrame]:
    """Run a query in which outcomes are decided, and look at what kinds that are added did in it.

    Args:
        plan: The contract as at a day.
        make: Makes the query of some outcomes, or of all.
        rows: How many rows are read at most.
        only: The outcomes; None for all.
        kept: The columns that are wanted; None for all.

    Raises:
        EvaluationError: PBR405, an added kind made the query fail, or what it decided cannot be.
    """
    try:
        columns, query = make(only)
        frame = as_written(query if kept is None else query.select(kept), engine_for(rows))
    except BaseException as error:  # a panic of the engine is not an Exception
        _say_whose(plan, error, make)
        raise
    _believe(plan, frame)
    return columns, frame


def _say_whose(plan: Plan, error: BaseException, make: Make) -> None:
    """Find the added kind whose expressions make a query fail, if there is one.

    Outcomes are tried each after those it reads, so that the first that fails is where the fault lies. If that is of
    the language the fault is ours, whatever is decided from it.

    Raises:
        EvaluationError: PBR405, of the outcome of an added kind that fails by itself.
    """
    others = (PbrError, KeyboardInterrupt, SystemExit)
    if isinstance(error, others) or not any(is_added(plan.outcome(name)) for name in plan.own):
        return
    for name in plan.contract.order:
        if name not in plan.terms.own_outcomes:
            continue
        try:
            with blamed_on(name, plan.outcome(name)):
                as_written(make(decided_from(plan, [name]))[1])
        except others:
            raise
        except BaseException:  # noqa: BLE001  # of the language: what the whole query failed with is raised
            return


def believe_alone(
    plan: Plan,
    tables: Mapping[str, pl.LazyFrame],
    frame: pl.DataFrame,
    decide: Callable[[Mapping[str, pl.LazyFrame]], pl.DataFrame],
) -> None:
    """Decide some subjects again, each alone: what a kind says of one may not hang on who else there is.

    These are one of each state of each outcome of an added kind.

    Args:
        plan: The contract as at a day.
        tables: Accepted rows.
        frame: Decisions on all.
        decide: Decides all subjects that there are in some rows.

    Raises:
        EvaluationError: PBR405, an outcome of an added kind is decided otherwise.
    """
    if frame.height < PAIR:
        return
    key, own = pl.col(plan.terms.subject_key), plan.terms.row_tables
    again: dict[object, pl.DataFrame] = {}
    for name in plan.own:
        if not is_added(plan.outcome(name)):
            continue
        columns = [column for column in frame.columns if column.startswith(f"{name}.")]
        for one in frame.group_by(f"{name}.state").agg(pl.col("subject").max())["subject"]:
            if one not in again:
                mine = {table: rows.filter(key == one) if table in own else rows for table, rows in tables.items()}
                again[one] = decide(mine)
            if not frame.filter(pl.col("subject") == one).select(columns).equals(again[one].select(columns)):
                raise failed(name, plan.outcome(name), "decides on one subject by the rows of others")


def _believe(plan: Plan, frame: pl.DataFrame) -> None:
    """Look at what outcomes of added kinds came to: a state for each, and what is met has its day and number.

    Args:
        plan: The contract as at a day.
        frame: Decisions, a row for each subject; perhaps of some outcomes alone.

    Raises:
        EvaluationError: PBR405, something is missing, or a day is outside the term or has not come yet.
    """
    term, last_state, last_reason = plan.contract.term, max(STATE_CODE.values()), max(REASON_CODE.values())
    first, last = number_of(term.first), min(number_of(term.last), number_of(plan.as_at))
    for name in plan.own:
        outcome = plan.outcome(name)
        if not is_added(outcome) or f"{name}.state" not in frame.columns:
            continue
        state, reason = frame[f"{name}.state"], frame[f"{name}.reason"]
        if (state.is_null() | reason.is_null() | (state > last_state) | (reason > last_reason)).any():
            raise failed(name, outcome, "leaves a subject without a reason of the list that `pbr rule --all` shows")
        met = frame.filter(pl.col(f"{name}.state") == STATE_CODE["met"])
        days = met[f"{name}.date"]
        if days.is_null().any():
            raise failed(name, outcome, "says that it is met and not on which day")
        if len(days) and not days.is_between(first, last).all():
            raise failed(name, outcome, "is met on a day that is outside the term, or has not come yet")
        if f"{name}.value" in frame.columns and met[f"{name}.value"].is_null().any():
            raise failed(name, outcome, "says that it is met and not how much it comes to")
