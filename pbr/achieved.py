"""What groups achieved, as lines of money read it: what is paid for, and the states by which gates open or close."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

import polars as pl

from pbr.adjustments import Gate
from pbr.calendar import PERIODS, number_of
from pbr.contract.grain import is_test, quoted
from pbr.facts import STATE_CODE
from pbr.lines import MOST
from pbr.problem import EvaluationError, Problem

if TYPE_CHECKING:
    from pbr.calendar import Period
    from pbr.contract.grain import Grain, Key
    from pbr.decisions import Decisions
    from pbr.lines import Paying
    from pbr.payments import Tariff
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
    kinds |= {name: schema.get(name, _kind_of(name)) for name in carry}
    kinds |= dict.fromkeys(("_above", "_below"), pl.Int64) if at.factors else {}
    rows = []
    for key, result in pooled.results.items():
        factors = [decisions.pooled[factor].around(key, pooled.grain) for factor in at.factors]
        if not result.met or not all(factor.met for factor in factors):
            continue
        value = result.value if result.value is not None and not is_test(plan.terms.pooled[at.name]) else 1
        factor = prod((each.value for each in factors if each.value is not None), start=Fraction(1))
        if max(abs(number) for each in (value, factor) for number in (each.numerator, each.denominator)) > MOST:
            message = f"a figure of '{at.name}' has more digits than can be held; say with `round` where it is rounded"
            raise EvaluationError([Problem(code="PBR401", message=message)])
        known = max(each.known or 0 for each in (result, *factors))
        row: dict[str, object] = {name: label_of(plan, pooled.grain, key, name) for name in carry}
        row |= {"subject": None, "provider": provider_of(plan, pooled.grain, key)}
        row |= {"occurrence": occurrence_of(pooled.grain, key), "day": result.date, "known": known}
        row |= {"priced": _priced(plan, tariff, pooled.grain.period(key), result)}
        row |= {"_above": factor.numerator, "_below": factor.denominator}
        row |= {"quantity": value.numerator, "parts": value.denominator}
        rows.append(tuple(row[name] for name in kinds))
    return pl.LazyFrame(rows, schema=kinds, orient="row")


def settled_days(
    plan: Plan, decisions: Decisions, payment: Paying, provider: int, days: tuple[int, ...]
) -> list[int | None]:
    """For each day the Int32 day on which what a payment for groups is for was fixed; None while any of it is pending.

    Args:
        plan: The contract as at a day.
        decisions: What was decided under it.
        payment: The payment.
        provider: Place of the provider whose groups are asked about.
        days: The day of each instalment, which lies in a period.
    """
    pooled = decisions.pooled[payment.name]
    found: list[int | None] = []
    for day in days:
        known: list[int | None] = []
        for key, result in pooled.results.items():
            period, of_all = pooled.grain.period(key), "provider" not in pooled.grain.words
            mine = of_all or provider_of(plan, pooled.grain, key) == provider
            if mine and number_of(period.first) <= day <= number_of(period.last):
                each = [result, *(decisions.pooled[factor].around(key, pooled.grain) for factor in payment.factors)]
                fixed = [number_of(period.last) if one.known is None else one.known for one in each]
                known.append(None if any(one.state == "pending" for one in each) else max(fixed))
        whole = [fixed for fixed in known if fixed is not None]
        found.append(max(whole) if whole and len(whole) == len(known) else None)
    return found


def _kind_of(name: str) -> pl.DataType:
    """The type of a carried column that no decision has."""
    return pl.Int16() if name.startswith("_by.") else pl.Boolean()


def provider_of(plan: Plan, grain: Grain, key: Key) -> int:
    """The place of the provider that a group is paid to: its own, or the only one there is."""
    own = dict(zip(grain.words, key, strict=True))
    return plan.providers.index(own["provider"]) if "provider" in own else 0


def label_of(plan: Plan, grain: Grain, key: Key, column: str) -> int | str | None:
    """What a group has in a column by which lines are priced or grouped; None for what it is not of."""
    kind, _, word = column.partition(".")
    own = dict(zip(grain.words, key, strict=True))
    if kind == "_by" and word == "provider":
        named = [provider for provider in plan.providers if provider]
        return named.index(own[word]) if word in own else None
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
    """The lines with the state of each outcome of groups that a gate asks about, in the group each line falls in."""
    names = [term.outcome for term in plan.terms.adjustments if isinstance(term, Gate)]
    for name in dict.fromkeys(name for name in names if name in decisions.pooled):
        pooled = decisions.pooled[name]
        grain = pooled.grain
        on = [_column(word) for word in grain.words if word not in PERIODS]
        day = pl.col("falls").clip(upper_bound=number_of(plan.contract.term.last))
        starts = [number_of(period.first) for period in grain.periods]
        place = pl.sum_horizontal([pl.lit(0, dtype=pl.Int64), *((day >= start).cast(pl.Int64) for start in starts[1:])])
        rows: dict[str, list[int | None]] = {column: [] for column in (*on, "_place", "_state")}
        for key, result in pooled.results.items():
            for column in on:
                named = column == "provider"
                rows[column].append(
                    provider_of(plan, grain, key) if named else label_of(plan, grain, key, column)  # type: ignore[arg-type]
                )
            rows["_place"].append(grain.periods.index(grain.period(key)))
            rows["_state"].append(STATE_CODE[result.state])
        kinds = dict.fromkeys(on, pl.Int16) | {"_place": pl.Int64, "_state": pl.UInt8}
        found = pl.LazyFrame(rows, schema=kinds)
        lines = lines.with_columns(_place=place).join(found, on=[*on, "_place"], how="left")
        lines = lines.drop("_place", f"{name}.state", strict=False).rename({"_state": f"{name}.state"})
    return lines


def _column(word: str) -> str:
    """The column of lines that a word of a grain stands for."""
    return "provider" if word == "provider" else f"_by.{word}"
