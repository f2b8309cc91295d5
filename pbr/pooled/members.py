"""Who is counted in a group, and how: the states of its members, from a frame of decisions."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import define, field

from pbr.calendar import PERIODS
from pbr.facts import START
from pbr.problem import REASONS, STATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pbr.contract.grain import Grain, Key
    from pbr.outcomes import Measure

OUT = "left out: "
"""What the count of members begins with who are left out for a reason."""


@define
class Stratum:
    """Those of one label in the frame of a survey.

    Attributes:
        frame: How many could be asked.
        counted: How many answered.
        met: How many of these are met.
    """

    frame: int = 0
    counted: int = 0
    met: int = 0


@define
class Members:
    """The members of one group.

    Attributes:
        met: Who is met.
        missed: Who is not.
        unknown: Of whom it cannot be said, which counts against the provider.
        pending: Of whom it cannot be said yet.
        out: How many are left out for each reason.
        values: How many of those who are met have each value.
        asked: How many were asked.
        frame: How many could be asked.
        strata: Those of each label by which answers are weighed, by its place; under -1 those without one.
    """

    met: int = 0
    missed: int = 0
    unknown: int = 0
    pending: int = 0
    out: Counter[str] = field(factory=Counter)
    values: Counter[Fraction] = field(factory=Counter)
    asked: int = 0
    frame: int = 0
    strata: dict[int, Stratum] = field(factory=dict)

    def add(self, state: str, reason: str, count: int, value: Fraction | None) -> None:
        """Count members of one state."""
        if state == "met":
            self.met += count
            if value is not None:
                self.values[value] += count
        elif state == "not_met":
            self.missed += count
        elif state == "pending":
            self.pending += count
        elif state == "excluded":
            self.out[reason] += count
        else:
            self.unknown += count

    def ask(self, asked: str, state: str, reason: str, count: int, value: Fraction | None) -> None:
        """Count those who were asked, and of these who has answered: who is met or not met."""
        if state == "excluded":
            self.out[reason] += count
        elif asked in {"not_met", "pending"}:
            self.out[NOT_ASKED] += count
        else:
            self.asked += count
            if state in {"met", "not_met"}:
                self.add(state, reason, count, value)
            else:
                self.out[NO_ANSWER] += count

    def count(self) -> int:
        """How many there are, but for those left out."""
        return self.met + self.missed + self.unknown + self.pending

    def every_value(self) -> list[Fraction]:
        """The value of each of those who are met, in order."""
        return [value for value in sorted(self.values) for _ in range(self.values[value])]

    def counts(self) -> dict[str, int]:
        """How many came to each state, and how many are left out for each reason; those that are none are not named."""
        found = {"met": self.met, "not_met": self.missed, "unknown": self.unknown, "pending": self.pending}
        found |= {f"{OUT}{reason}": count for reason, count in sorted(self.out.items())}
        return {word: count for word, count in found.items() if count}

    def add_all(self, others: Members) -> None:
        """Count the members that others have counted too."""
        self.met += others.met
        self.missed += others.missed
        self.unknown += others.unknown
        self.pending += others.pending
        self.asked += others.asked
        self.frame += others.frame
        self.out.update(others.out)
        self.values.update(others.values)
        for place, theirs in others.strata.items():
            mine = self.strata.setdefault(place, Stratum())
            mine.frame += theirs.frame
            mine.counted += theirs.counted
            mine.met += theirs.met


def merged(counts: Iterable[Mapping[Key, Members]]) -> dict[Key, Members]:
    """The members of each group, counted in several parts."""
    found: dict[Key, Members] = {}
    for each in counts:
        for key, members in each.items():
            found.setdefault(key, Members()).add_all(members)
    return found


NOT_AMONG = "not_among"
"""Why somebody is left out who has not met the outcome that a measure is among."""
NOT_ASKED, NO_ANSWER = "not_asked", "no_answer"
"""Why somebody is left out of those who answered."""


def members_of(
    frame: pl.DataFrame, measure: Measure, grain: Grain, parts: int | None, days: tuple[int, int] | None
) -> dict[Key, Members]:
    """Count the members of each group of labels, without its period.

    Args:
        frame: Decisions, one row per subject.
        measure: What is counted.
        grain: Its groups.
        parts: How many parts make one of the value of the outcome.
        days: First and last day that put a subject into the period; None for all.
    """
    found: dict[Key, Members] = {}
    counted = _rows(frame, measure, grain, days).drop("subject").group_by(pl.all()).len().collect()
    names = _names_of(grain)
    for row in counted.iter_rows(named=True):
        _count(found.setdefault(_key(names, row), Members()), row, row["len"], parts)
    return found


def ids_of(
    frame: pl.DataFrame, measure: Measure, grain: Grain, days: tuple[int, int] | None, key: Key
) -> dict[str, list[str]]:
    """The subjects of a group of labels by the words of ``Members.counts``, each list in the order of the ids.

    Args:
        frame: Decisions, one row per subject.
        measure: What is counted.
        grain: Its groups.
        days: First and last day that put a subject into the period; None for all.
        key: The labels of the group, without its period.
    """
    found: dict[str, list[str]] = {}
    names = _names_of(grain)
    for row in _rows(frame, measure, grain, days).sort("subject").collect().iter_rows(named=True):
        if _key(names, row) == key:
            one = Members()
            _count(one, row, 1, None)
            found.setdefault(next(iter(one.counts())), []).append(str(row["subject"]))
    return found


def _rows(frame: pl.DataFrame, measure: Measure, grain: Grain, days: tuple[int, int] | None) -> pl.LazyFrame:
    """The places of the labels of each subject of a period, and its states in the outcomes that a measure reads."""
    rows = frame.lazy()
    if days is not None:
        rows = rows.filter(day_of(measure).is_between(*days))
    words = [word for word in grain.words if word not in PERIODS]
    labels = [place_of(word).alias(f"_{place}") for place, word in enumerate(words)]
    among = pl.lit(None, dtype=pl.UInt8) if measure.among is None else pl.col(f"{measure.among}.state")
    value = pl.col(f"{measure.of}.value") if measure.take.of_values else pl.lit(None, dtype=pl.Int64)
    of, why = pl.col(f"{measure.of}.state"), pl.col(f"{measure.of}.reason")
    if measure.among is not None:
        why = pl.when(among == STATES.index("met")).then(why).otherwise(pl.col(f"{measure.among}.reason"))
    asked = pl.lit(None, dtype=pl.UInt8) if measure.asked is None else pl.col(f"{measure.asked}.state")
    states = [among.alias("_among"), asked.alias("_asked"), of.alias("_state")]
    return rows.select("subject", *labels, *states, why.alias("_reason"), value.alias("_value"))


def _names_of(grain: Grain) -> dict[str, dict[int, str]]:
    """The labels of each word but the period by their place, by the column that holds it."""
    of_words = [labels for word, labels in zip(grain.words, grain.labels, strict=True) if word not in PERIODS]
    return {f"_{place}": dict(enumerate(labels)) for place, labels in enumerate(of_words)}


def _key(names: Mapping[str, Mapping[int, str]], row: Mapping[str, Any]) -> Key:
    """The labels of a row, empty for want of one."""
    return tuple(labels.get(row[column], "") for column, labels in names.items())


def _count(members: Members, row: Mapping[str, Any], count: int, parts: int | None) -> None:
    """Add subjects that are alike to the members of their group."""
    within, answers, code = row["_among"], row["_asked"], row["_state"]
    state, reason = "met" if within is None else STATES[within], list(REASONS)[row["_reason"]]
    exact = None if row["_value"] is None else Fraction(row["_value"], parts or 1)
    if state == "not_met":
        members.out[NOT_AMONG] += count
    elif state != "met":
        members.add(state, reason, count, None)
    elif answers is None:
        members.add(STATES[code], reason, count, exact)
    else:
        members.ask(STATES[answers], STATES[code], reason, count, exact)


def day_of(measure: Measure) -> pl.Expr:
    """The Int32 day that puts a subject into a period."""
    return pl.col("_start") if measure.period_of in {None, START} else pl.col(f"{measure.period_of}.date")


def undated(frame: pl.DataFrame, measure: Measure) -> int:
    """How many subjects of the cohort are in no period, since nobody knows the day that puts them into one."""
    if measure.period_of is None:
        return 0
    if measure.period_of == START:
        nobody_knows = pl.col("_start").is_null() & (pl.col(f"{measure.of}.state") != STATES.index("excluded"))
    else:
        nobody_knows = pl.col(f"{measure.period_of}.state") == STATES.index("unknown")
    return int(frame.select(nobody_knows.sum()).item())


def still_open(
    frame: pl.DataFrame,
    measure: Measure,
    grain: Grain,
    days: tuple[int, int] | None,
    open_on: tuple[int, int],
    behind: Mapping[str, Sequence[str]],
) -> int | None:
    """The last day of the windows of members that are pending, or that of the term; None if none is open any more.

    A member whose own window is over, or is not known yet, waits for the windows of what is pending behind it.

    Args:
        frame: Decisions, one row per subject.
        measure: What is counted.
        grain: Its groups; who is in none of them is not waited for.
        days: First and last day that put a subject into the period; None for all.
        open_on: The day as at whose end the decisions are, and the last day of the term.
        behind: For each outcome that is counted those from which it is decided.
    """
    pending = STATES.index("pending")
    rows = frame if days is None else frame.filter(day_of(measure).is_between(*days))
    names = list(behind)
    within = pl.all_horizontal(
        [pl.lit(value=True), *(place_of(word) >= 0 for word in grain.words if word not in PERIODS)]
    )
    if measure.among is not None:  # who is not among them is not waited for
        within &= pl.col(f"{measure.among}.state").is_in([STATES.index("met"), pending])
    today, ends = open_on

    def later(name: str) -> pl.Expr:
        """The last day of the window of an outcome that is pending, if that is to come."""
        last = pl.min_horizontal(pl.col(f"{name}.last"), pl.lit(ends, dtype=pl.Int32))
        waits = pl.col(f"{name}.state") == pending
        return pl.when(waits & pl.col(f"{name}.last").is_not_null() & (last > today)).then(last)

    found: list[int] = []
    for name in names:
        own = [later(name)] if f"{name}.last" in frame.columns else []
        parts = [later(part) for part in behind[name] if f"{part}.last" in frame.columns]
        rest = [pl.max_horizontal(parts)] if parts else []
        day = pl.coalesce([*own, *rest, pl.lit(ends, dtype=pl.Int32)])
        open_still = rows.filter(within, pl.col(f"{name}.state") == pending)
        found += open_still.with_columns(_last=day)["_last"].to_list()  # of nobody nothing, also where the day is one
    last = max(found, default=today)
    return last if last > today else None


def place_of(word: str) -> pl.Expr:
    """The place of the label of each subject among those of a word."""
    return pl.col("provider") if word == "provider" else pl.col(f"_by.{word}")
