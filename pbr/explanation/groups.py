"""The result of a group in words: who was counted, what that comes to, what it is compared with, and what is paid."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from pbr.achieved import occurrence_of
from pbr.calendar import date_from_number, show_date
from pbr.contract.grain import grain_paid, is_test, make_grain
from pbr.contract.paid import says_signpost
from pbr.contract.surveys import survey_of
from pbr.explanation.compared import compared_words, line_words
from pbr.explanation.judged import judged_words
from pbr.explanation.members import ids_words
from pbr.explanation.money import SIGNPOST, MoneyWords, item, whole_occurrence
from pbr.explanation.reckoned import (
    estimate_words,
    formula_words,
    index_words,
    percent,
    rounded_words,
    rows_words,
    show_figure,
    state_words,
    taken_words,
)
from pbr.explanation.surveys import survey_words
from pbr.facts import START
from pbr.money import plain, show_money
from pbr.outcomes import Combine, Estimate, Index, Judged, Measure, OfFigures, Scale, Test
from pbr.outcomes.measure import Took
from pbr.outcomes.scale import Shape
from pbr.payments import Divide, Tariff
from pbr.pooled.answers import NO_SCORE
from pbr.pooled.members import NO_ANSWER, NOT_AMONG, NOT_ASKED, OUT
from pbr.pooled.table_rows import NOT_INCLUDED
from pbr.pots import pot_of
from pbr.problem import LINE_REASONS, REASONS, STATES
from pbr.sums import place_of, sums_of

if TYPE_CHECKING:
    from pbr.contract.grain import Grain, Key
    from pbr.decisions import Decisions
    from pbr.outcomes import PooledOutcome
    from pbr.pooled import Result
    from pbr.sums import Place


_LEFT_OUT = {
    NOT_ASKED: "was not asked",
    NO_ANSWER: "was asked, and has not answered",
    NO_SCORE: "has answered, and left too many items out to have a score",
    NOT_INCLUDED: "belongs to somebody who is not in the cohort",
}
"""Why members are left out of a measure, beside the reasons of decisions."""


_PERIOD = re.compile(r"\bY[0-9]+(?:-[QM][0-9]+)?\b")


def _overlap(one: str, other: str) -> bool:
    """Whether a period is another, or lies in it or around it, by their names."""
    return one == other or one.startswith(f"{other}-") or other.startswith(f"{one}-")


class GroupWords:
    """Puts the result of one group, and those it is made of, into words."""

    def __init__(
        self, decisions: Decisions, lines: pl.DataFrame, made: pl.DataFrame | None = None, *, ids: bool = False
    ) -> None:
        """Keep what the words are made of.

        Args:
            decisions: All of them.
            lines: The lines of the statement; the columns of ``pbr.statement.LINE_COLUMNS``.
            made: Those of them that adjustments made for groups of lines; none if not given.
            ids: Whether the members of groups are named.
        """
        self.plan, self.decisions, self.lines = decisions.plan, decisions, lines
        self.made = lines.clear() if made is None else made
        self.ids = ids
        self.money = MoneyWords(self.plan)

    def text(self, name: str, keys: list[Key]) -> str:
        """The outcome in each of these groups, with what it is made of and the lines that pay for it."""
        parts = [self._head()]
        grain = self.decisions.pooled[name].grain
        idle = [key for key in keys if key not in self.told(name, keys)]
        told: set[tuple[str, Key]] = set()
        for key in (key for key in keys if key not in idle):
            made = self._made_of(name, key)
            factors = [self._factor(factor, grain, key) for factor in self._factors(name)]
            made += [each for factor in factors for each in factor if each not in made]
            near = {*self.decisions.behind(name, key), *(factor[-1] for factor in factors if factor)}
            again = [each for each in made if each in told and each in near]
            parts += [[f"{self._heading(*each)}, as above"] for each in again]
            parts += [self._outcome(*each) for each in made if each not in told]
            parts.append(self._lines(name, key))
            told.update(made)
        if idle:
            nobody = "Nobody yet, or nobody at all" if self.plan.terms.has_cohort else "No row yet, or none at all"
            parts.append([f"{nobody}, in: {', '.join(map(grain.name, idle))}"])
        return "\n\n".join("\n".join(part) for part in parts) + "\n"

    def sum_text(self, payment: str, place: Place) -> str:
        """A sum of a group or a part of a pot: the outcomes it is made of, how a pot is divided, and its lines."""
        term = self.plan.terms.payments[payment]
        grain = grain_paid(self.plan.terms, term)
        names = [*place.outcomes, *self._multiplied({self.plan.payments.index(payment)})]
        made = [each for name in names for each in self._factor(name, grain, place.key)]
        parts = [self._head(), *(self._outcome(*each) for each in dict.fromkeys(made))]
        if isinstance(term, Divide):
            parts.append(self._pot(payment, term, place.key[: len(term.per)]))
        parts.append(self.money.of(self.lines, "this group"))
        return "\n\n".join("\n".join(part) for part in parts) + "\n"

    def fee_text(self) -> str:
        """The lines of one instalment of a fee."""
        return "\n\n".join("\n".join(part) for part in (self._head(), self.money.of(self.lines, "this fee"))) + "\n"

    def _pot(self, payment: str, divide: Divide, key: Key) -> list[str]:
        """A whole pot, and each part with its weight or figure."""
        at = self.plan.paying[self.plan.payments.index(payment)]
        pot = pot_of(self.plan, self.decisions, divide, at, key)
        currency = self.plan.terms.contract.currency
        whole = sum((part.weight for part in pot.parts), Fraction(0))
        where = make_grain(self.plan.terms, divide.per).name(key)
        found = [f"{payment}, {where}: a pot of {show_money(pot.minor, currency)}, divided by {divide.by}"]
        for part in pot.parts:
            share = percent(part.weight) if divide.by_weights else f"{plain(part.weight)} of {plain(whole)}"
            found.append(item("part", f"{part.name}: {share}, {show_money(part.unit.minor, currency)}"))
        return found

    def _head(self) -> list[str]:
        header = self.plan.terms.contract
        of = f"under {header.title or header.id}, version {header.version}"
        print_of = self.plan.contract.fingerprint[:16]
        return [f"as at {show_date(self.plan.as_at)}, {of} (fingerprint {print_of})"]

    def told(self, name: str, keys: list[Key]) -> list[Key]:
        """The groups of which something is told."""
        return [key for key in keys if len(keys) == 1 or not self._is_idle(name, key)]

    def _is_idle(self, name: str, key: Key) -> bool:
        """Whether there is nothing to say of a group: nobody and no row is in it, and nothing is paid."""
        result = self.decisions.pooled[name].results[key]
        if isinstance(self.plan.terms.pooled[name], Judged):
            return result.reason == "group_open"
        nothing = not self.decisions.members_of(name, key) and not result.value
        return nothing and not (self._mine(name, key)["amount_minor"] != 0).any()

    def _factors(self, name: str) -> list[str]:
        """The outcomes by which tariffs for an outcome are multiplied, and the lines of payments for it."""
        terms, paying = self.plan.terms, [at for at in self.plan.paying if at.name == name]
        tariffs = [at for at in paying if isinstance(terms.payments[self.plan.payments[at.payment]], Tariff)]
        found = [factor for at in tariffs for factor in at.factors]
        return list(dict.fromkeys([*found, *self._multiplied({at.payment for at in paying})]))

    def _multiplied(self, payments: set[int]) -> list[str]:
        """The outcomes that adjustments of payments read."""
        return [at.result for at in self.plan.adjusting if at.result is not None and payments & set(at.on)]

    def _factor(self, factor: str, grain: Grain, key: Key) -> list[tuple[str, Key]]:
        """One of them in the group that is paid, or the one around it, after what it is made of."""
        other = self.decisions.pooled[factor].grain
        if not other.holds(grain):  # its lines are in none of those groups, so nothing is done to them
            return []
        return self._made_of(factor, other.around(key, grain))

    def _made_of(self, name: str, key: Key) -> list[tuple[str, Key]]:
        """An outcome and its group after those it is made of, each once."""
        found = [each for part, inner in self.decisions.behind(name, key) for each in self._made_of(part, inner)]
        return list(dict.fromkeys([*found, (name, key)]))

    def _heading(self, name: str, key: Key) -> str:
        """An outcome in a group, its state and its figure."""
        pooled, outcome = self.decisions.pooled[name], self.plan.terms.pooled[name]
        result = pooled.results[key]
        figure = "" if result.value is None or is_test(outcome) else f", {self._figure(name, result.value)}"
        figure = "" if result.state == "not_assessable" else figure
        so_far = " so far" if figure and not result.met else ""
        return f"{name}, {pooled.grain.name(key)}: {result.state.replace('_', ' ')}{figure}{so_far}"

    def _outcome(self, name: str, key: Key) -> list[str]:
        """One outcome in one group."""
        pooled, outcome = self.decisions.pooled[name], self.plan.terms.pooled[name]
        result, period = pooled.results[key], pooled.grain.period(key)
        number = f"clause {outcome.clause}, " if outcome.clause else ""
        place = self.plan.contract.place("outcomes", name.partition(".")[0])
        found = [f"{self._heading(name, key)} ({number}{place})"]
        if outcome.title:
            found.append(item("title", outcome.title))
        if says_signpost(outcome):
            found.append(item("signpost", SIGNPOST))
        if not result.met:
            found.append(item("because", REASONS[result.reason]))
        found += self._how(name, key, outcome, f"{show_date(period.first)} to {show_date(period.last)}")
        if result.exact is not None and result.exact != result.value:
            places = int(outcome.round)  # type: ignore[union-attr,arg-type]
            found.append(item("rounded", rounded_words(result.exact, places, self.plan.terms.conventions.rounding)))
        if self.ids:
            found += ids_words(self.decisions, name, key)
        if result.known is not None:
            found.append(item("fixed", f"as known on {show_date(date_from_number(result.known))}"))
        return found

    def _how(self, name: str, key: Key, outcome: PooledOutcome, days: str) -> list[str]:
        """How the figure came about."""
        result, terms = self.decisions.pooled[name].results[key], self.plan.terms
        if isinstance(outcome, Measure):
            return self._counted(outcome, name, result, days) + self._polled(name, key)
        if isinstance(outcome, Judged):
            return judged_words(self.plan.contract, outcome, self.decisions.pooled[name].grain, key)
        if isinstance(outcome, Test):
            return compared_words(terms, outcome, result)
        if isinstance(outcome, Combine):
            return self._combined(outcome, name, key)
        if isinstance(outcome, Scale):
            return [] if result.value is None else self._points(outcome, key, name)
        return self._figured(name, outcome, result)

    def _figured(self, name: str, outcome: OfFigures | Index | Estimate, result: Result) -> list[str]:
        """How a figure came about that is reckoned, weighed or given."""
        contract = self.plan.contract
        if isinstance(outcome, OfFigures):
            return formula_words(contract, name, outcome, result)
        if isinstance(outcome, Index):
            return index_words(contract, outcome, result)
        return estimate_words(contract.terms, outcome, name, result)

    def _counted(self, measure: Measure, name: str, result: Result, days: str) -> list[str]:
        """Who was counted, and who was not."""
        nouns = f"{self.plan.terms.cohort.of}s"
        what = rows_words(measure) if measure.row_field is not None else f"{nouns}{{among}} by {measure.of}"
        if survey_of(self.plan.terms, name) is not None:
            what = f"answers of {nouns}, scored by {measure.of}"
        by = "" if measure.period_of is None else f", by the day of {measure.period_of}"
        over = "" if measure.over == "period" else f", over {measure.over.replace('_', ' ')}"
        every = measure.row_field is not None and measure.period_of is None
        found = [item("period", "every row that is known, whatever its day" if every else f"{days}{by}{over}")]
        members = dict(result.members)
        among = f" among those who met {measure.among}" if measure.among else ""
        values = measure.row_field is not None and measure.take.of_values
        words = state_words(self.plan.terms, measure)
        each = [(members[word], words.get(word, word.replace("_", " "))) for word in STATES if members.get(word)]
        none = "nobody" if measure.row_field is None else "none"
        states = ", ".join(f"{count} {word}" for count, word in each)
        found.append(item("counted", f"{what.format(among=among)}: {states or none}"))
        if result.asked is not None and survey_of(self.plan.terms, name) is None:
            answered = sum(members.get(word, 0) for word in ("met", "not_met"))
            found.append(item("asked", f"{result.asked} by {measure.asked}, of whom {answered} answered"))
        if members.get("unknown") and not values:
            how = "as met, since that is bad" if measure.is_bad else "as not met"
            found.append(item("unknown", f"{members['unknown']} counted {how}"))
        for word, count in members.items():
            if word.startswith(OUT):
                reason = word.removeprefix(OUT)
                why = f"has not met {measure.among}" if reason == NOT_AMONG else {**REASONS, **_LEFT_OUT}[reason]
                found.append(item("left out", f"{count}: {why}"))
        if result.nowhere:
            found.append(
                item("no group", f"{result.nowhere} of this period are in none of the groups, for want of a label")
            )
        if result.undated:
            why = f"since it is not known whether they met {measure.period_of}"
            if measure.row_date is not None or measure.period_of == START:
                why = f"for want of a {'start' if measure.row_date is None else 'day'}"
            found.append(item("no day", f"{result.undated} are in no period, {why}"))
        share = result.counted
        if share is not None and measure.take is Took.SHARE:
            found.append(item("share", f"{share.met} / {share.counted} = {percent(share.share)}"))
        return found + taken_words(self.plan.terms, measure, name, result)

    def _polled(self, name: str, key: Key) -> list[str]:
        """What stands beside the figure of a survey."""
        survey, pooled = survey_of(self.plan.terms, name), self.decisions.pooled[name]
        if survey is None:
            return []
        return survey_words(self.plan.terms, survey, pooled.results[key], pooled.grain.period(key))

    def _combined(self, combine: Combine, name: str, key: Key) -> list[str]:
        """What it needs, and what each of its parts came to."""
        pooled = self.decisions.pooled
        need = combine.need if combine.need in {"all", "any"} else f"{combine.need} of them"
        found = [item("need", need)]
        for part in combine.of:
            state = pooled[part].around(key, pooled[name].grain).state.replace("_", " ")
            found.append(item("part", f"{part}: {state}"))
        return found

    def _points(self, scale: Scale, key: Key, name: str) -> list[str]:
        """The figure that the points are of, and the step or line it lies on."""
        part = self.decisions.pooled[str(scale.of)]
        value = part.around(key, self.decisions.pooled[name].grain).value
        if value is None:
            return []
        place = None if scale.shape is Shape.STRAIGHT else scale.place_of(value)
        where = "on the line" if place is None else f"in the step '{list(scale.points)[place]}'"
        show = partial(self._figure, str(scale.of))
        found = [item("points", f"{show(value)} is {where}")]
        return found if place is not None else found + line_words(scale, value, show)

    def _figure(self, name: str, value: Fraction) -> str:
        """A figure as it is read: a share as a percentage too."""
        return show_figure(self.plan.terms, name, value)

    def _lines(self, name: str, key: Key) -> list[str]:
        """The lines that pay for it."""
        pooled, grain = self.decisions.pooled, self.decisions.pooled[name].grain
        figures: dict[str, str] = {}
        for factor in self._factors(name):
            if pooled[factor].grain.holds(grain):
                value = pooled[factor].around(key, grain).value
                figures |= {} if value is None else {factor: self._figure(factor, value)}
        mine = self._mine(name, key)
        sums = self._sums(name, key)
        return [*self.money.of(pl.concat([mine, sums]), "this group", figures), *self._with_others(mine)]

    def _sums(self, name: str, key: Key) -> pl.DataFrame:
        """The lines of sums and pots that it is a factor of."""
        pooled = self.decisions.pooled[name]
        sums, theirs = self.lines.filter(pl.col("payment").is_in(sums_of(self.plan, name))), []
        for payment, provider, occurrence in sums.select("payment", "provider", whole_occurrence()).iter_rows():
            grain = grain_paid(self.plan.terms, self.plan.terms.payments[payment])
            place = place_of(self.plan, payment, provider, occurrence)
            theirs.append(name in place.outcomes and pooled.grain.around(place.key, grain) == key)
        return sums.filter(pl.Series(theirs, dtype=pl.Boolean))

    def _with_others(self, mine: pl.DataFrame) -> list[str]:
        """The lines that adjustments made for groups of lines among which these are, by provider and period."""
        found = []
        terms, adjusting = self.plan.terms.adjustments, self.plan.adjusting
        on = {
            term.id: [self.plan.payments[place] for place in at.on] for term, at in zip(terms, adjusting, strict=True)
        }
        for row in self.made.iter_rows(named=True):
            periods = _PERIOD.findall(row["occurrence"])
            near = mine.filter(
                pl.col("payment").is_in(on[row["adjustment"]]),
                pl.col("provider").eq_missing(row["provider"]) | pl.lit(row["provider"] is None),
            )
            within = [each for each in near["period"] if not periods or any(_overlap(each, word) for word in periods)]
            if within:
                amount = show_money(row["amount_minor"], self.plan.terms.contract.currency)
                text = f"{row['adjustment']} {amount}, {LINE_REASONS[row['reason']]}, of these and other lines"
                found.append(item("together", f"{text} ({row['provider'] or 'all'}; line {row['line_id']})"))
        return found

    def _mine(self, name: str, key: Key) -> pl.DataFrame:
        """The lines of one group."""
        pooled = self.decisions.pooled[name]
        own = dict(zip(pooled.grain.words, key, strict=True))
        return self.lines.filter(
            pl.col("outcome") == name,
            ~pl.col("payment").is_in(sums_of(self.plan, name)),
            pl.col("subject").is_null(),
            whole_occurrence() == occurrence_of(pooled.grain, key),
            pl.lit("provider" not in own) | (pl.col("provider") == own.get("provider", "")),
        )
