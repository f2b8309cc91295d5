"""What a result of a group is of: a provider, a label, a period of the term, or several of these together."""

from __future__ import annotations

import re
from itertools import product
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from attrs import field, frozen

from pbr.calendar import PERIODS, Period, PeriodKind
from pbr.contract.contract import term_of
from pbr.contract.model import FieldKind
from pbr.outcomes import Combine, Estimate, Index, Judged, Measure, OfFigures, Test
from pbr.payments import Amount, Divide, Tariff

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pbr.contract.model import Field, Terms
    from pbr.outcomes import PooledOutcome
    from pbr.payments import Payment

Key: TypeAlias = "tuple[str, ...]"
"""A label for each word of a grain, in its order; of a period its name, such as ``Y1-Q2``."""


@frozen(kw_only=True)
class Grain:
    """The groups that an outcome has a result for.

    Attributes:
        words: What names a group: ``provider``, groupings, text fields, and at most one period.
        labels: The labels of each word, in the order of the contract; the names of periods.
        periods: The periods of its period, or the whole term as one.
        kind: Its period.
        period_at: Which of its words is a period; None if none is.
    """

    words: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    periods: tuple[Period, ...]
    kind: PeriodKind
    period_at: int | None = field(init=False, eq=False, repr=False)
    _period_of: Mapping[str, Period] = field(init=False, eq=False, repr=False)

    @period_at.default
    def _which_word(self) -> int | None:
        return next((place for place, word in enumerate(self.words) if word in PERIODS), None)

    @_period_of.default
    def _by_name(self) -> Mapping[str, Period]:
        return {} if self.period_at is None else dict(zip(self.labels[self.period_at], self.periods, strict=True))

    @property
    def size(self) -> int:
        """How many groups there are."""
        return prod(map(len, self.labels))

    def groups(self) -> Iterator[Key]:
        """Every group, the last word changing fastest."""
        return product(*self.labels)

    def period(self, key: Key) -> Period:
        """The period of a group, or the whole term."""
        if self.period_at is None:
            return self.periods[0]
        return self._period_of[key[self.period_at]]

    def name(self, key: Key) -> str:
        """A group in words: its labels in the order of the words, such as ``north Y1-Q2``; ``all`` for the only one."""
        return " ".join(map(quoted, key)) or "all"

    def holds(self, finer: Grain) -> bool:
        """Whether every group of another grain lies in one of this."""
        order = list(PeriodKind)  # from the shortest to the longest
        words = {word for word in self.words if word not in PERIODS}
        return words <= set(finer.words) and order.index(finer.kind) <= order.index(self.kind)

    def around(self, key: Key, finer: Grain) -> Key:
        """The group of this grain in which one of a finer grain lies."""
        day = finer.period(key).first
        own = dict(zip(finer.words, key, strict=True))
        at = next(place for place, period in enumerate(self.periods) if period.first <= day <= period.last)
        return tuple(self.periods[at].name if word in PERIODS else own[word] for word in self.words)


def column_of(word: str) -> str:
    """The column of lines that a word of a grain stands for, if it is no period."""
    return "provider" if word == "provider" else f"_by.{word}"


def quoted(label: str) -> str:
    """A label as it stands among others: in quotation marks if it holds a space or such a mark."""
    return '"' + label.replace('"', '""') + '"' if re.search('[ "]', label) else label


def is_test(outcome: PooledOutcome) -> bool:
    """Whether an outcome of groups is met or not, and no number."""
    return isinstance(outcome, Test | Combine) or (isinstance(outcome, Measure) and outcome.take.is_test)


def labels_of(terms: Terms, word: str) -> tuple[str, ...]:
    """The labels of a word of a grain; none for one that cannot make groups."""
    if word in PERIODS:
        header = terms.contract
        periods = term_of(terms).periods(PeriodKind(word)) if header.from_ <= header.to else ()
        return tuple(period.name for period in periods)
    if word == "provider":
        named = terms.names_provider or any(provider_field(terms, table) for table in terms.tables_of_groups)
        return tuple(sorted(terms.contract.providers)) if named else ()
    if word in terms.groups:
        return tuple(terms.groups[word])
    words = next((field.one_of for _, field in text_fields(terms, word)), ())
    estimates = [outcome for outcome in terms.outcomes.values() if isinstance(outcome, Estimate)]
    of_all = {outcome.pooled for outcome in estimates if word in outcome.per}
    return tuple(each for each in words if each not in of_all or word in terms.all_fields(terms.cohort_table))


def text_fields(terms: Terms, word: str) -> Iterator[tuple[str, Field]]:
    """The text fields with declared words of a name, with their tables: that of the subjects, then those of groups."""
    for table in (terms.cohort_table, *terms.tables_of_groups):
        field = terms.all_fields(table).get(word)
        if field is not None and field.type is FieldKind.TEXT and field.one_of:
            yield table, field


def provider_field(terms: Terms, table: str) -> str | None:
    """The field of a table that says of which provider a row is, or None."""
    return terms.tables[table].role(FieldKind.PROVIDER)


def make_grain(terms: Terms, words: tuple[str, ...]) -> Grain:
    """The grain of words that have been checked."""
    kind = next((PeriodKind(word) for word in words if word in PERIODS), PeriodKind.CONTRACT)
    labels = tuple(labels_of(terms, word) for word in words)
    return Grain(words=words, labels=labels, periods=term_of(terms).periods(kind), kind=kind)


def grain_of(terms: Terms, name: str) -> Grain:
    """The grain of an outcome of groups: as it says itself, or the finest of what it is made of."""
    outcome = terms.pooled[name]
    if isinstance(outcome, Measure):
        return make_grain(terms, outcome.per)
    if isinstance(outcome, Estimate | Judged):
        return make_grain(terms, outcome.per)
    found = [grain_of(terms, part) for part in parts_of(terms, name)]
    if isinstance(outcome, OfFigures) and (outcome.per or not found):
        found = [make_grain(terms, outcome.per), *found]
    elif isinstance(outcome, Index) and outcome.of.one:
        return make_grain(terms, tuple(word for word in found[0].words if word not in weighed_by(terms, outcome)))
    elif isinstance(outcome, Test):
        return found[0]
    return next(grain for grain in found if all(other.holds(grain) for other in found))


def parts_of(terms: Terms, name: str) -> tuple[str, ...]:
    """The outcomes of groups that an outcome of groups is made of, each once; none of a measure."""
    outcome = terms.pooled[name]
    if isinstance(outcome, Measure | Estimate | Judged):
        return ()
    return tuple(dict.fromkeys(part for part in outcome.reads() if part in terms.pooled))


def weighed_by(terms: Terms, index: Index) -> tuple[str, ...]:
    """The key of the weights of an index whose labels are its parts; a group stays of what else they are by."""
    keys = terms.values[index.weights].by if index.weights in terms.values else ()
    return tuple(key for key in keys if key not in {"provider", *PERIODS})


def words_of_groups(terms: Terms, name: str) -> tuple[str, ...]:
    """The words but the period that name a group of an outcome."""
    return tuple(word for word in grain_of(terms, name).words if word not in PERIODS)


def outcomes_paid(terms: Terms, payment: Payment) -> tuple[str, ...]:
    """The outcomes of groups that say whether and how much a payment pays, each once."""
    return tuple(dict.fromkeys(name for name in payment.reads() if name in terms.pooled))


def grain_paid(terms: Terms, payment: Payment) -> Grain:
    """The groups that a payment for groups pays: as it says itself, those it pays for, or the finest it reads."""
    if isinstance(payment, Tariff):
        return grain_of(terms, payment.pays_for)
    if isinstance(payment, Divide):
        return make_grain(terms, payment.words)
    per = payment.per if isinstance(payment, Amount) else ()
    if per:
        return make_grain(terms, per)
    found = [grain_of(terms, name) for name in outcomes_paid(terms, payment)]
    return next(grain for grain in found if all(other.holds(grain) for other in found))


def grains_of(terms: Terms) -> dict[str, Grain]:
    """The grain of every outcome of groups."""
    return {name: grain_of(terms, name) for name in terms.pooled}
