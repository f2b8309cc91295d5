"""What groups achieved, as lines of money read it: what is paid for, by what lines are multiplied, what stops them."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

import polars as pl
from attrs import evolve

from pbr.adjustments import Gate, Retain
from pbr.calendar import PERIODS, PeriodKind, number_of
from pbr.contract.grain import column_of, grain_paid, is_test, outcomes_paid, quoted
from pbr.facts import STATE_CODE
from pbr.lines import MOST, MOST_EXACT, PLACE, Found
from pbr.money import plain
from pbr.payments import Divide
from pbr.payments.fee import TAKEN_BACK
from pbr.problem import EvaluationError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pbr.calendar import Period
    from pbr.contract.grain import Grain, Key
    from pbr.decisions import Decisions
    from pbr.lines import Adjusting, Paying
    from pbr.payments import Payment, Tariff
    from pbr.plan import Plan
    from pbr.pooled.result import Result


def achieved_by_groups(plan: Plan, decisions: Decisions, tariff: Tariff, at: Paying) -> pl.LazyFrame:
    """What a payment pays for, one row for each group whose result is met; see ``Tariff.lines`` for the columns.

    Raises:
        EvaluationError: PBR401, a figure with more digits than can be held.
    """
    pooled = decisions.pooled[at.name]
    schema = decisions.frame.schema
    carry = list(dict.fromkeys((*at.carry, *(key for table in (at.table, *at.times) for key in table.by))))
    kinds: dict[str, pl.DataType | type[pl.DataType]] = {"subject": schema["subject"], "provider": pl.Int16}
    kinds |= {"occurrence": pl.String, "day": pl.Int32, "known": pl.Int32, "priced": pl.Int32}
    kinds |= {"quantity": pl.Int64, "parts": pl.Int64}
    kinds |= {name: schema.get(name, kind_of_column(name)) for name in carry}
    kinds |= dict.fromkeys(("_above", "_below"), pl.Int64) if at.factors else {}
    rows = []
    for key, result in pooled.results.items():
        factors = [decisions.pooled[factor].around(key, pooled.grain) for factor in at.factors]
        if not result.met or not all(factor.met for factor in factors):
            continue
        value = result.value if result.value is not None and not is_test(plan.terms.pooled[at.name]) else 1
        factor = prod(map(_figure_of, factors), start=Fraction(1))
        if _too_long(at, Fraction(value), factor):
            raise _digits(at.name)
        known = max(each.known or 0 for each in (result, *factors))
        row: dict[str, object] = {name: label_of(pooled.grain, key, name) for name in carry}
        row |= {"subject": None, "provider": provider_of(plan, pooled.grain, key)}
        row |= {"occurrence": occurrence_of(pooled.grain, key), "day": result.date, "known": known}
        row |= {"priced": _priced(plan, tariff, pooled.grain.period(key), result)}
        row |= {"_above": factor.numerator, "_below": factor.denominator}
        row |= {"quantity": value.numerator, "parts": value.denominator}
        rows.append(tuple(row[name] for name in kinds))
    return pl.LazyFrame(rows, schema=kinds, orient="row")


def _too_long(at: Paying, value: Fraction, factor: Fraction) -> bool:
    """Whether a figure, its factors and the price together have more digits than can be held exactly."""
    cells = [cell for cell in at.table.cells if isinstance(cell, int)]
    ratios = [[Fraction(cell) for cell in table.cells if isinstance(cell, int | Fraction)] for table in at.times]
    above = max((abs(cell) for cell in cells), default=1) * abs(value.numerator * factor.numerator)
    below = value.denominator * factor.denominator
    above *= prod(max(abs(cell.numerator) for cell in each) for each in ratios)
    below *= prod(max(cell.denominator for cell in each) for each in ratios)
    parts = max(abs(number) for each in (value, factor) for number in (each.numerator, each.denominator))
    return parts > MOST or max(above, below) > MOST_EXACT


def settled_days(
    plan: Plan, decisions: Decisions, payment: Payment, provider: int, days: tuple[int, ...]
) -> list[int | None]:
    """For each day the Int32 day on which what a payment for groups is for was fixed; None while any of it is pending.

    Args:
        plan: The contract as at a day.
        decisions: What was decided under it.
        payment: The payment.
        provider: Place of the provider whose groups are asked about.
        days: The day of each instalment, which lies in a period.
    """
    grain, names = grain_paid(plan.terms, payment), outcomes_paid(plan.terms, payment)
    shared = isinstance(payment, Divide) and payment.among == "provider"  # then a pot waits for all of them
    found: list[int | None] = []
    for day in days:
        known: list[int | None] = []
        for key in grain.groups():
            period, of_all = grain.period(key), "provider" not in grain.words or shared
            mine = of_all or provider_of(plan, grain, key) == provider
            if mine and number_of(period.first) <= day <= number_of(period.last):
                each = [decisions.pooled[name].around(key, grain) for name in names]
                fixed = [number_of(period.last) if one.known is None else one.known for one in each]
                known.append(None if any(one.state == "pending" for one in each) else max(fixed))
        whole = [fixed for fixed in known if fixed is not None]
        found.append(max(whole) if whole and len(whole) == len(known) else None)
    return found


def kind_of_column(name: str) -> pl.DataType:
    """The type of a carried column that no decision has."""
    if name == PLACE:
        return pl.UInt32()
    return pl.Int16() if name.startswith("_by.") else pl.Boolean()


def provider_of(plan: Plan, grain: Grain, key: Key) -> int:
    """The place of the provider that a group is paid to: its own, or the only one there is."""
    own = dict(zip(grain.words, key, strict=True))
    return plan.providers.index(own["provider"]) if "provider" in own else 0


def label_of(grain: Grain, key: Key, column: str) -> int | str | None:
    """What a group has in a column by which lines are priced or grouped; None for what it is not of."""
    kind, _, word = column.partition(".")
    own = dict(zip(grain.words, key, strict=True))
    if word not in own or kind not in {"_by", "_field"}:
        return None
    return own[word] if kind == "_field" else grain.labels[grain.words.index(word)].index(own[word])


def occurrence_of(grain: Grain, key: Key) -> str:
    """The labels and the period of a group in words, as a line has them; its provider has a column of its own."""
    words = [label for word, label in zip(grain.words, key, strict=True) if word != "provider"]
    return " ".join(map(quoted, words)) or "1"


def _priced(plan: Plan, tariff: Tariff, period: Period, result: Result) -> int:
    """The day whose price is paid."""
    last = number_of(plan.contract.term.last)
    assert result.date is not None, "what is met has a day"
    assert result.known is not None, "and was known on one"
    days = {"start": number_of(period.first), "known": min(result.known, last), "contract_to": last}
    return days.get(tariff.price_on, result.date)


def with_gates(plan: Plan, decisions: Decisions, lines: pl.LazyFrame) -> pl.LazyFrame:
    """The lines with the state of each outcome of groups that a gate asks about, in the group each line falls in.

    A line that an adjustment made for a group of lines has it too, if all of these lie in one of the gate's groups.
    """
    names = [term.outcome for term in plan.terms.adjustments if isinstance(term, Gate)]
    for name in dict.fromkeys(name for name in names if name in decisions.pooled):
        states = [STATE_CODE[result.state] for result in decisions.pooled[name].results.values()]
        state = pl.lit(pl.Series(states, dtype=pl.UInt8)).gather(pl.col("_group"))
        lines = _in_groups(plan, decisions, lines, name)
        had = [f"{name}.state"] if f"{name}.state" in lines.collect_schema().names() else []
        lines = lines.with_columns(pl.coalesce([*had, state]).alias(f"{name}.state")).drop("_group")
    return lines


def reads_groups(plan: Plan, at: Adjusting) -> bool:
    """Whether an adjustment reads the figures of an outcome of groups, or by when these were known."""
    return at.result is not None and not isinstance(plan.terms.adjustments[at.index], Gate)


def in_groups(plan: Plan, decisions: Decisions, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
    """The lines with the group of the outcome that an adjustment reads, if it reads one."""
    if not reads_groups(plan, at) or at.group in lines.columns:
        return lines
    assert at.result is not None, "it reads an outcome"
    return _in_groups(plan, decisions, lines.lazy(), at.result).rename({"_group": at.group}).collect()


def found_by(plan: Plan, decisions: Decisions, at: Adjusting) -> Adjusting:
    """An adjustment with what each group of the outcome came to that it reads."""
    if not reads_groups(plan, at):
        return at
    results = decisions.pooled[str(at.result)].results.values()
    if isinstance(plan.terms.adjustments[at.index], Retain):
        return evolve(at, found=Found(known=tuple(result.known if result.met else None for result in results)))
    figures = [_figure_of(result) if result.met else Fraction(0) for result in results]
    above, below = tuple(one.numerator for one in figures), tuple(one.denominator for one in figures)
    return evolve(at, found=Found(above=above, below=below))


def places_below(plan: Plan, lines: pl.DataFrame, at: Adjusting) -> list[int]:
    """The places of the groups of these lines by whose figures, which are below 0, an adjustment would multiply."""
    if not reads_groups(plan, at) or at.found is None or all(above >= 0 for above in at.found.above):
        return []
    places = lines.filter(at.chosen())[at.group].drop_nulls().unique()
    return [place for place in places if at.found.above[place] < 0]


def refuse_figures(decisions: Decisions, at: Adjusting, below: Iterable[int]) -> None:
    """Refuse to multiply by figures that are below 0, or too long.

    Args:
        decisions: What was decided.
        at: The adjustment, with what was found.
        below: Places of groups of lines whose figures are below 0.

    Raises:
        EvaluationError: PBR401, a figure with more digits than can be held; PBR403, one below 0.
    """
    if at.found is None or at.result is None or not at.found.above:
        return
    pooled = decisions.pooled[at.result]
    for place in sorted(below)[:1]:
        name, figure = (
            pooled.grain.name(list(pooled.results)[place]),
            Fraction(at.found.above[place], at.found.below[place]),
        )
        message = f"'{at.result}' for {name} is {plain(figure)}, and lines are not multiplied by less than 0"
        raise EvaluationError([Problem(code="PBR403", message=f"{message}; bound it with a scale")])
    _held(at.result, *map(Fraction, at.found.above, at.found.below))


def _figure_of(result: Result) -> Fraction:
    """The number of a result that is met."""
    assert result.value is not None, "what lines are multiplied by is a number"
    return result.value


def _held(name: str, *figures: Fraction) -> None:
    """Refuse figures with more digits than columns hold."""
    if max((abs(number) for each in figures for number in (each.numerator, each.denominator)), default=0) > MOST:
        raise _digits(name)


def _digits(name: str) -> EvaluationError:
    """PBR401, a figure that is too long to be reckoned with."""
    message = f"a figure of '{name}' has more digits than can be held; say with `round` where it is rounded"
    return EvaluationError([Problem(code="PBR401", message=message)])


def _in_groups(plan: Plan, decisions: Decisions, lines: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """The lines with the Int32 place ``_group`` of the group of an outcome in which each falls, null where in none."""
    pooled = decisions.pooled[name]
    grain = pooled.grain
    on = [column_of(word) for word in grain.words if word not in PERIODS]
    place = period_place(plan, grain, _under())
    rows: dict[str, list[int | None]] = {column: [] for column in (*on, "_place", "_group")}
    for group, key in enumerate(pooled.results):
        for column in on:
            named = column == "provider"
            rows[column].append(
                provider_of(plan, grain, key) if named else label_of(grain, key, column)  # type: ignore[arg-type]
            )
        rows["_place"].append(grain.periods.index(grain.period(key)))
        rows["_group"].append(group)
    kinds = dict.fromkeys(on, pl.Int16) | {"_place": pl.Int64, "_group": pl.Int32}
    found = pl.LazyFrame(rows, schema=kinds)
    longer = [at.index for at in plan.adjusting if not _in_one_period(grain, at)]
    within = pl.col("origin").is_null() | ~pl.col("origin").is_in(longer)
    joined = lines.with_columns(_place=place).join(found, on=[*on, "_place"], how="left", maintain_order="left")
    return joined.with_columns(pl.when(within).then(pl.col("_group"))).drop("_place")


def _under() -> pl.Expr:
    """The day by which a line is in a group: what is taken back of a fee is in that in which it was paid."""
    back = pl.col("outcome").is_null() & (pl.col("occurrence") == TAKEN_BACK)
    return pl.when(back).then("owed").otherwise("falls")


def period_place(plan: Plan, grain: Grain, falls: pl.Expr) -> pl.Expr:
    """The Int64 place among the periods of a grain of the one in which a day of each line lies."""
    day = falls.clip(upper_bound=number_of(plan.contract.term.last))
    starts = [number_of(period.first) for period in grain.periods]
    return pl.sum_horizontal([pl.lit(0, dtype=pl.Int64), *((day >= start).cast(pl.Int64) for start in starts[1:])])


def _in_one_period(grain: Grain, at: Adjusting) -> bool:
    """Whether a line that an adjustment makes is of one period of a grain."""
    order = list(PeriodKind)  # from the shortest to the longest
    kind = PeriodKind.CONTRACT if at.period is None else PeriodKind(at.period.partition(".")[2])
    return order.index(kind) <= order.index(grain.kind)
