"""Which agreements a line or a decision rests on: question, version and hash of each, or that none held.

The version is the one in force on the day on which the figure was looked up: the start of a period, or the anchor of a
subject.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pbr.achieved import occurrence_of, provider_of
from pbr.calendar import number_of
from pbr.contract.contract import definitions_named, named_by, read_of
from pbr.contract.grain import grain_paid, outcomes_paid, parts_of
from pbr.kinds import STATE, named_in
from pbr.outcomes import Held, Judged, Measure
from pbr.outcomes.event import outcome_of
from pbr.outcomes.judged import Panel
from pbr.payments import Fee
from pbr.plan import decided_from
from pbr.sums import SUMS, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pbr.calendar import Date
    from pbr.contract import Contract, Terms
    from pbr.contract.grain import Grain, Key
    from pbr.contract.value_terms import AgreedTerm, InForce
    from pbr.decisions import Decisions
    from pbr.document import PathTo
    from pbr.outcomes.judged import Scoring
    from pbr.plan import Plan
    from pbr.pooled import Pooled

HASH = 16
"""How many of the characters of a hash are shown."""
_JOIN = ";"


def agreed_terms(contract: Contract) -> dict[str, AgreedTerm | Panel]:
    """The values of a contract that are agreed and its outcomes that are judged, by name."""
    values = {name: value.agreed for name, value in contract.terms.values.items() if value.agreed is not None}
    judged = {name: each.agreed for name, each in contract.terms.outcomes.items() if isinstance(each, Judged)}
    return {**values, **judged}


def citation(term: AgreedTerm | Panel, held: InForce | Scoring) -> str:
    """A question with the version that decides it and the hash of its result, or that ``if_none`` or nothing holds."""
    name = f"{term.agreement}.{term.question}"
    none = "no version" if isinstance(term, Panel) else "if_none"
    return f"{name} version {held.version} {held.sha256[:HASH]}" if held.version else f"{name} {none}"


def cited_on(term: AgreedTerm | Panel, day: int) -> str:
    """What is cited for a figure that is looked up on a day, an Int32 number."""
    return citation(term, held_on(term, day))


def held_on(term: AgreedTerm | Panel, day: int) -> InForce | Scoring:
    """Which version decides on a day, an Int32 number."""
    in_force: tuple[InForce | Scoring, ...] = term.in_force
    return next(held for held in in_force if held.last is None or number_of(held.last) >= day)


def values_read(contract: Contract, *path: str | int) -> tuple[str, ...]:
    """The agreed values that the terms under a path read: as figures, or as whom a panel chose."""
    return tuple(dict.fromkeys([*figures_read(contract, *path), *choices_read(contract, *path)]))


def figures_read(contract: Contract, *path: str | int) -> tuple[str, ...]:
    """The agreed values that the terms under a path look up, and the outcome there if a panel judges it."""
    agreed = agreed_terms(contract)
    found = [table.value for at, table in contract.tables.items() if _under(at, path) and table.value in agreed]
    if isinstance(_term(contract.terms, path), Judged):
        found.append(str(path[1]))
    return tuple(dict.fromkeys(found))


def choices_read(contract: Contract, *path: str | int) -> tuple[str, ...]:
    """The values that conditions under a path name as whom a panel chose, or those of groupings and states there."""
    term = _term(contract.terms, path)
    words = {key.removeprefix("_by.") for at, table in contract.tables.items() if _under(at, path) for key in table.by}
    words |= {*getattr(term, "per", ()), *getattr(term, "fill", ()), str(getattr(term, "to", None))}
    paths = [path, *(("groups", word) for word in words)]
    if isinstance(term, Held):
        paths += [("spells", state) for state in (*term.in_, *term.not_in)]
    if path[0] == "outcomes" and term is not None:
        paths += [("spells", state) for _, state in named_in(term, STATE)]
    texts = [text.text for at, text in contract.conditions.items() if any(_under(at, top) for top in paths)]
    named = definitions_named(contract.terms, texts)
    return tuple(name for name in contract.terms.chosen if name in named)


def _term(terms: Terms, path: tuple[str | int, ...]) -> object:
    """The outcome, payment or adjustment at a path, or None."""
    top = path[0]
    if top == "adjustments":
        return terms.adjustments[int(path[1])]
    every: dict[str | int, Mapping[str, object]] = {"outcomes": terms.outcomes, "payments": terms.payments}
    return every[top].get(str(path[1])) if top in every else None


def _under(path: PathTo, top: tuple[str | int, ...]) -> bool:
    return path[: len(top)] == top


def read_by_all(contract: Contract) -> tuple[str, ...]:
    """The agreed values that say who belongs to the cohort."""
    return values_read(contract, "cohort")


def of_group(plan: Plan, pooled: Mapping[str, Pooled], name: str, key: Key) -> tuple[str, ...]:
    """What the result of a group rests on, each once, in the order of the contract.

    Of a figure that is counted from many subjects every version is cited that held by the end of its period.
    """
    found: dict[str, None] = {}
    agreed, grain = agreed_terms(plan.contract), pooled[name].grain
    first, last = number_of(grain.period(key).first), number_of(grain.period(key).last)
    for value in figures_read(plan.contract, "outcomes", outcome_of(name)):
        found[cited_on(agreed[value], first)] = None
    for value in choices_read(plan.contract, "outcomes", outcome_of(name)):
        found |= dict.fromkeys(_until(agreed[value], last))
    outcome = plan.terms.pooled[name]
    if isinstance(outcome, Measure):
        named = [each for each in map(outcome_of, outcome.reads()) if each in plan.terms.own_outcomes]
        values = [value for each in decided_from(plan, named) for value in values_read(plan.contract, "outcomes", each)]
        for value in dict.fromkeys([*values, *read_by_all(plan.contract)]):
            found |= dict.fromkeys(_until(agreed[value], last))
    for part in parts_of(plan.terms, name):
        own = pooled[part].grain
        found |= dict.fromkeys(of_group(plan, pooled, part, own.around(key, grain)))
    return tuple(found)


def _until(term: AgreedTerm | Panel, day: int) -> Iterator[str]:
    """What was in force on any day of the term until one."""
    for held in term.in_force:
        if held.version and held.first is not None and number_of(held.first) <= day:
            yield citation(term, held)


def of_subject(decisions: Decisions, name: str) -> tuple[str, ...]:
    """What the decision of an outcome on the only subject of a frame rests on, each once."""
    texts = _of_subject(decisions.plan, name)
    if not texts:
        return ()
    found = _each_once(decisions.frame.select(_joined(texts).alias("agreement"))["agreement"])[0]
    return tuple(found.split(_JOIN)) if found else ()


def lines_cite(lines: pl.DataFrame) -> tuple[str, ...]:
    """What lines cite, each once."""
    texts = lines["agreement"].drop_nulls().unique(maintain_order=True)
    return tuple(dict.fromkeys(each for text in texts for each in text.split(_JOIN) if each))


def by_payment(decisions: Decisions, lines: pl.DataFrame) -> pl.Series:
    """What the payments' own lines rest on.

    Args:
        decisions: What was decided.
        lines: ``payment``, ``outcome`` and ``provider`` (names), ``subject``, ``_group`` (occurrence) and ``priced``.

    Returns:
        A String for each line, citations joined by ``;`` and empty where nothing is agreed.
    """
    plan = decisions.plan
    if not agreed_terms(plan.contract):
        return pl.Series("agreement", [""] * lines.height, dtype=pl.String)
    joined = _with_days(decisions, lines)
    texts = pl.lit("", dtype=pl.String)
    for name in plan.payments:
        payment = plan.terms.payments[name]
        of_prices = _texts(plan, figures_read(plan.contract, "payments", name), pl.col("priced"))
        of_prices += _texts(plan, choices_read(plan.contract, "payments", name), pl.col("_start"))
        if isinstance(payment, Fee) and payment.amount in plan.terms.pooled:  # a formula of values alone
            of_prices += _texts(plan, figures_read(plan.contract, "outcomes", payment.amount), pl.col("priced"))
        paid = payment.pays_for
        own = _of_subject(plan, paid) if paid and paid in plan.terms.own_outcomes else []
        mine = _joined([*of_prices, *own, pl.col("_of_group")])
        texts = pl.when(pl.col("payment") == name).then(mine).otherwise(texts)
    groups = pl.DataFrame(
        list(_of_groups(decisions)), schema=["payment", "provider", "_group", "_of_group"], orient="row"
    )
    groups = groups.cast(pl.String)
    on = ["payment", "provider", "_group"]
    whole = joined.join(groups, on=on, how="left", nulls_equal=True, maintain_order="left")
    of_groups = pl.when(pl.col("subject").is_null()).then(pl.col("_of_group"))
    whole = whole.with_columns(of_groups.alias("_of_group")).with_columns(texts.alias("agreement"))
    return _each_once(whole["agreement"])


def by_adjustment(decisions: Decisions, lines: pl.DataFrame, index: int, day: str) -> pl.Series:
    """What the lines of an adjustment rest on: its figure on a day (a column), and whom it is for.

    Args:
        decisions: What was decided.
        lines: ``subject`` and the column of the day.
        index: Place of the adjustment.
        day: Name of that column.
    """
    plan = decisions.plan
    read, whom = (find(plan.contract, "adjustments", index) for find in (figures_read, choices_read))
    results, own = _results(plan, index) if agreed_terms(plan.contract) else ((), ())
    texts = [*_texts(plan, read, pl.col("_here")), *_texts(plan, whom, pl.col("_start"))]
    of_many = pl.when(pl.col("subject").is_null()).then(pl.col("day"))  # of subjects that are not told apart
    texts += [*_texts(plan, whom, of_many, every=True), *map(pl.lit, results)]
    texts += [text for name in own for text in _of_subject(plan, name)]
    if not texts:
        return pl.Series("agreement", [""] * lines.height, dtype=pl.String)
    joined = _with_days(decisions, lines).with_columns(_here=pl.col(day))
    return _each_once(joined.with_columns(_joined(texts).alias("agreement"))["agreement"])


def _results(plan: Plan, index: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the outcomes of groups that an adjustment reads rest on, and the outcomes on one subject that it reads.

    Of those of groups it is every version, since lines lie in many groups.
    """
    terms, path = plan.terms, ("adjustments", index)
    named = [name for name in terms.adjustments[index].reads() if name in terms.outcomes]
    named += [name for at, found in plan.contract.conditions.items() if _under(at, path) for name in found.results]
    own = tuple(dict.fromkeys(name for name in named if name in terms.own_outcomes))
    every = _behind(plan, [name for name in named if name not in own], plan.contract.term.last)
    return every, own


def _behind(plan: Plan, names: Iterable[str], until: Date) -> tuple[str, ...]:
    """Every version until a day of what outcomes rest on, and those that they are made of."""
    terms, agreed = plan.terms, agreed_terms(plan.contract)
    waiting, seen = [outcome_of(name) for name in names], dict[str, None]()
    while waiting:
        name = waiting.pop(0)
        if name not in seen:
            seen[name] = None
            waiting += [each for each in map(outcome_of, named_by(terms, name)) if each in terms.outcomes]
            waiting += decided_from(plan, [name]) if name in terms.own_outcomes else []
    values = dict.fromkeys(value for name in seen for value in values_read(plan.contract, "outcomes", name))
    values |= dict.fromkeys(read_by_all(plan.contract) if seen.keys() & terms.own_outcomes.keys() else ())
    return tuple(dict.fromkeys(text for value in values for text in _until(agreed[value], number_of(until))))


def _with_days(decisions: Decisions, lines: pl.DataFrame) -> pl.DataFrame:
    """Lines with the start of their subject, and the days of outcomes that windows are counted from."""
    plan = decisions.plan
    anchors = [_anchor(plan, name) for name in plan.own]
    days = decisions.frame.select("subject", *dict.fromkeys(["_start", *anchors]))
    return lines.select([name for name in lines.columns if name == "subject" or name not in days.columns]).join(
        days, on="subject", how="left", maintain_order="left"
    )


def _anchor(plan: Plan, name: str) -> str:
    """The column of the day on which the figures of an outcome on one subject are looked up."""
    window = getattr(plan.outcome(name), "window", None)
    return "_start" if window is None or window.anchor == "start" else f"{window.anchor}.date"


def _of_subject(plan: Plan, outcome: str) -> list[pl.Expr]:
    """What an outcome on one subject rests on."""
    found = _texts(plan, read_by_all(plan.contract), pl.col("_start"))
    for name in decided_from(plan, [outcome]):
        values = values_read(plan.contract, "outcomes", name)
        chosen = [value for value in values if value in plan.terms.chosen]
        found += _texts(plan, [value for value in values if value not in chosen], pl.col(_anchor(plan, name)))
        found += _texts(plan, chosen, pl.col("_start"))
    return found


def _texts(plan: Plan, values: Iterable[str], day: pl.Expr, *, every: bool = False) -> list[pl.Expr]:
    """For each value a String by a day, of the version then or of every one until then; null without a day."""
    agreed, found = agreed_terms(plan.contract), []
    for value in values:
        term = agreed[value]
        in_force: tuple[InForce | Scoring, ...] = term.in_force
        span = pl.sum_horizontal(
            [pl.lit(0, dtype=pl.UInt32)]
            + [(day >= number_of(held.first)).cast(pl.UInt32) for held in in_force if held.first is not None]
        )
        names = [citation(term, held) for held in in_force]
        if every:
            here = [name if held.version else "" for name, held in zip(names, in_force, strict=True)]
            names = [_JOIN.join(dict.fromkeys(filter(None, here[: at + 1]))) for at in range(len(here))]
        texts = pl.Series(names, dtype=pl.String)
        found.append(pl.lit(texts).gather(pl.when(day.is_not_null()).then(span)))
    return found


def _joined(texts: list[pl.Expr]) -> pl.Expr:
    """Texts of one line after each other."""
    return pl.concat_str(texts, separator=_JOIN, ignore_nulls=True)


def _each_once(texts: pl.Series) -> pl.Series:
    """Every citation of a line once, in their order; a return of many lines has few texts that differ."""
    known = texts.unique()
    found = [_JOIN.join(dict.fromkeys(filter(None, text.split(_JOIN)))) for text in known]
    return texts.replace_strict(known, pl.Series(found, dtype=pl.String), return_dtype=pl.String).alias("agreement")


def _of_groups(decisions: Decisions) -> Iterator[tuple[str, str | None, str, str]]:
    """What each line of a payment for groups rests on: payment, provider, occurrence, citations."""
    plan, pooled = decisions.plan, decisions.pooled
    for name, payment in plan.terms.payments.items():
        if isinstance(payment, SUMS):
            grain = grain_paid(plan.terms, payment)
            for place in places(plan, payment):
                found = _around(plan, pooled, place.outcomes, grain, place.key)
                until = grain.period(place.key).last
                found = [*found, *_of_payment(plan, read_of(payment), until)]
                yield name, place.provider, place.occurrence, _JOIN.join(dict.fromkeys(found))
        elif payment.pays_for in plan.terms.pooled:
            names, grain = outcomes_paid(plan.terms, payment), grain_paid(plan.terms, payment)
            for key in grain.groups():
                provider = plan.providers[provider_of(plan, grain, key)] or None
                yield name, provider, occurrence_of(grain, key), _JOIN.join(_around(plan, pooled, names, grain, key))


def _around(plan: Plan, pooled: Mapping[str, Pooled], names: Iterable[str], grain: Grain, key: Key) -> list[str]:
    """What the results around a group rest on, each once."""
    found = [text for name in names for text in of_group(plan, pooled, name, pooled[name].grain.around(key, grain))]
    return list(dict.fromkeys(found))


def _of_payment(plan: Plan, name: str | None, until: Date) -> list[str]:
    """Every version until a day of what the lines of a payment rest on, and of what it is a sum or a share of."""
    if name not in plan.terms.payments:
        return []
    payment, agreed = plan.terms.payments[name], agreed_terms(plan.contract)
    found = [
        text for each in values_read(plan.contract, "payments", name) for text in _until(agreed[each], number_of(until))
    ]
    behind = [each for each in (payment.pays_for, *payment.reads()) if each in plan.terms.outcomes]
    return [*found, *_behind(plan, behind, until), *_of_payment(plan, read_of(payment), until)]
