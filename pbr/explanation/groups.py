"""The result of a group in words: who was counted, what that comes to, what it is compared with, and what is paid."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from pbr.achieved import occurrence_of
from pbr.calendar import date_from_number, show_date
from pbr.contract.grain import grain_paid, is_test, make_grain
from pbr.explanation.money import MoneyWords, cut, item, whole_occurrence
from pbr.explanation.reckoned import estimate_words, formula_words, index_words, percent, rows_words, show_figure
from pbr.facts import START
from pbr.money import plain, show_money
from pbr.outcomes import Estimate, Index, Measure, OfFigures, Scale, Test
from pbr.outcomes.measure import Took
from pbr.outcomes.scale import Shape
from pbr.payments import Divide, Tariff
from pbr.pooled.members import NO_ANSWER, NOT_AMONG, NOT_ASKED, OUT
from pbr.pooled.table_rows import NOT_INCLUDED
from pbr.pots import pot_of
from pbr.problem import REASONS, STATES
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
    NOT_INCLUDED: "belongs to somebody who is not in the cohort",
}
"""Why members are left out of a measure, beside the reasons of decisions."""


class GroupWords:
    """Puts the result of one group, and those it is made of, into words."""

    def __init__(self, decisions: Decisions, lines: pl.DataFrame) -> None:
        """Keep what the words are made of.

        Args:
            decisions: All of them.
            lines: The lines of the statement; the columns of ``pbr.statement.LINE_COLUMNS``.
        """
        self.plan, self.decisions, self.lines = decisions.plan, decisions, lines
        self.money = MoneyWords(self.plan)

    def text(self, name: str, keys: list[Key]) -> str:
        """The outcome in each of these groups, with what it is made of and the lines that pay for it."""
        parts = [self._heading()]
        grain = self.decisions.pooled[name].grain
        idle = [key for key in keys if len(keys) > 1 and not self.decisions.members_of(name, key)]
        for key in (key for key in keys if key not in idle):
            made = list(reversed(self._made_of(name, key)))
            factors = [each for factor in self._factors(name) for each in self._factor(factor, grain, key)]
            made += [each for each in factors if each not in made]
            parts += [self._outcome(each, group) for each, group in made]
            parts.append(self._lines(name, key))
        if idle:
            parts.append([f"Nobody yet, or nobody at all, in: {', '.join(map(grain.name, idle))}"])
        return "\n\n".join("\n".join(part) for part in parts) + "\n"

    def sum_text(self, payment: str, place: Place) -> str:
        """A sum of a group or a part of a pot: the outcomes it is made of, how a pot is divided, and its lines."""
        term = self.plan.terms.payments[payment]
        grain = grain_paid(self.plan.terms, term)
        names = [*place.outcomes, *self._multiplied({self.plan.payments.index(payment)})]
        made = [each for name in names for each in self._factor(name, grain, place.key)]
        parts = [self._heading(), *(self._outcome(*each) for each in dict.fromkeys(made))]
        if isinstance(term, Divide):
            parts.append(self._pot(payment, term, place.key[: len(term.per)]))
        parts.append(self.money.of(self.lines, "this group"))
        return "\n\n".join("\n".join(part) for part in parts) + "\n"

    def _pot(self, payment: str, divide: Divide, key: Key) -> list[str]:
        """A whole pot, and each part with its weight or figure."""
        at = self.plan.paying[self.plan.payments.index(payment)]
        pot = pot_of(self.plan, self.decisions, divide, at, key)
        currency = self.plan.terms.contract.currency
        whole = sum((part.weight for part in pot.parts), Fraction(0))
        where = make_grain(self.plan.terms, divide.per).name(key)
        found = [f"{payment}, {where}: a pot of {show_money(pot.minor, currency)}, divided by {divide.by}"]
        for part in pot.parts:
            share = f"{plain(part.weight * 100)}%" if divide.by_weights else f"{plain(part.weight)} of {plain(whole)}"
            found.append(item("part", f"{part.name}: {share}, {show_money(part.unit.minor, currency)}"))
        return found

    def _heading(self) -> list[str]:
        header = self.plan.terms.contract
        of = f"under {header.title or header.id}, version {header.version}"
        print_of = self.plan.contract.fingerprint[:16]
        return [f"as at {show_date(self.plan.as_at)}, {of} (fingerprint {print_of})"]

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
        around = other.around(key, grain)
        return list(reversed(self._made_of(factor, around)))

    def _made_of(self, name: str, key: Key) -> list[tuple[str, Key]]:
        """An outcome and its group, then those it is made of, each once."""
        found = [(name, key)]
        for part, inner in self.decisions.behind(name, key):
            found += self._made_of(part, inner)
        return list(dict.fromkeys(found))

    def _outcome(self, name: str, key: Key) -> list[str]:
        """One outcome in one group."""
        pooled, outcome = self.decisions.pooled[name], self.plan.terms.pooled[name]
        result, period = pooled.results[key], pooled.grain.period(key)
        number = f"clause {outcome.clause}, " if outcome.clause else ""
        place = self.plan.contract.place("outcomes", name.partition(".")[0])
        figure = "" if result.value is None or is_test(outcome) else f", {self._figure(name, result.value)}"
        so_far = " so far" if figure and not result.met else ""
        state = f"{result.state.replace('_', ' ')}{figure}{so_far}"
        found = [f"{name}, {pooled.grain.name(key)}: {state} ({number}{place})"]
        if outcome.title:
            found.append(item("title", outcome.title))
        if not result.met:
            found.append(item("because", REASONS[result.reason]))
        found += self._how(name, key, outcome, f"{show_date(period.first)} to {show_date(period.last)}")
        if result.exact is not None and result.exact != result.value:
            found.append(item("rounded", f"from {plain(result.exact)} to {outcome.round} decimals"))  # type: ignore[union-attr]
        if result.known is not None:
            found.append(item("fixed", f"as known on {show_date(date_from_number(result.known))}"))
        return found

    def _how(self, name: str, key: Key, outcome: PooledOutcome, days: str) -> list[str]:
        """How the figure came about."""
        result, terms = self.decisions.pooled[name].results[key], self.plan.terms
        if isinstance(outcome, Measure):
            return self._counted(outcome, result, days)
        if isinstance(outcome, Test):
            return self._compared(outcome, result)
        if isinstance(outcome, OfFigures):
            return formula_words(terms, outcome, self.plan.contract.formulas["outcomes", name, "value"], result)
        if isinstance(outcome, Index):
            return index_words(terms, outcome, result)
        if isinstance(outcome, Estimate):
            return estimate_words(terms, outcome, name, result)
        points = isinstance(outcome, Scale) and result.value is not None
        return self._points(outcome, key, name) if points else []  # type: ignore[arg-type]

    def _counted(self, measure: Measure, result: Result, days: str) -> list[str]:
        """Who was counted, and who was not."""
        nouns = f"{self.plan.terms.cohort.of}s"
        what = rows_words(measure) if measure.row_field is not None else f"{nouns}{{among}} by {measure.of}"
        by = "" if measure.period_of is None else f", by the day of {measure.period_of}"
        over = "" if measure.over == "period" else f", over {measure.over.replace('_', ' ')}"
        found = [item("period", f"{days}{by}{over}")]
        members = dict(result.members)
        among = f" among those who met {measure.among}" if measure.among else ""
        values = measure.row_field is not None and measure.take.of_values
        words = {"met": "with a figure", "unknown": "empty"} if values else {}
        each = [(members[word], words.get(word, word.replace("_", " "))) for word in STATES if members.get(word)]
        states = ", ".join(f"{count} {word}" for count, word in each)
        found.append(item("counted", f"{what.format(among=among)}: {states or 'nobody'}"))
        if result.asked is not None:
            answered = sum(members.get(word, 0) for word in ("met", "not_met"))
            found.append(item("asked", f"{result.asked} by {measure.asked}, of whom {answered} answered"))
        if members.get("unknown") and not values:
            how = "as met, since that is bad" if measure.adverse in {"yes", "true"} else "as not met"
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
            start = measure.period_of == START
            why = "for want of a start" if start else f"since it is not known whether they met {measure.period_of}"
            found.append(item("no day", f"{result.undated} are in no period, {why}"))
        share = result.counted
        if share is not None and measure.take is Took.SHARE:
            found.append(item("share", f"{share.met} / {share.counted} = {percent(share.share)}"))
        return found

    def _compared(self, test: Test, result: Result) -> list[str]:
        """The figure beside its threshold; of a bound the inequality that says on which side it is."""
        if result.threshold is None or result.value is None:
            return []
        side = test.sign.replace("_", " ")
        threshold = self._figure(test.of, result.threshold)
        by, share = test.bound, result.counted
        if by is None or by.side is None or share is None:
            return [item("compared", f"{self._figure(test.of, result.value)}, to be {side} {threshold}")]
        shown = f"{plain(by.bound(share) * 100)}%, cut after 6 places"
        found = [item("compared", f"the {by.side} bound of the interval, about {shown}, to be {side} {threshold}")]
        p, t = cut(share.share), cut(result.threshold)
        left = cut(share.counted * (share.share - result.threshold) ** 2)
        z = Fraction(by.z or 0)
        right = cut(z**2 * result.threshold * (1 - result.threshold))
        inside = f"{plain(z)}^2 x {t} x (1 - {t}) = {right}"
        found.append(item("squares", f"{share.counted} x ({p} - {t})^2 = {left}, beside {inside}"))
        return found

    def _points(self, scale: Scale, key: Key, name: str) -> list[str]:
        """The figure that the points are of, and the step or line it lies on."""
        part = self.decisions.pooled[str(scale.of)]
        value = part.around(key, self.decisions.pooled[name].grain).value
        if value is None:
            return []
        place = None if scale.shape is Shape.STRAIGHT else scale.place_of(value)
        where = "on the line" if place is None else f"in the step '{list(scale.points)[place]}'"
        return [item("points", f"{self._figure(str(scale.of), value)} is {where}")]

    def _figure(self, name: str, value: Fraction) -> str:
        """A figure as it is read: a share as a percentage too."""
        return show_figure(self.plan.terms, name, value)

    def _lines(self, name: str, key: Key) -> list[str]:
        """The lines that pay for it, and the sums that it is a factor of."""
        pooled = self.decisions.pooled[name]
        own = dict(zip(pooled.grain.words, key, strict=True))
        amounts = sums_of(self.plan, name)
        mine = self.lines.filter(
            pl.col("outcome") == name,
            ~pl.col("payment").is_in(amounts),
            pl.col("subject").is_null(),
            whole_occurrence() == occurrence_of(pooled.grain, key),
            pl.lit("provider" not in own) | (pl.col("provider") == own.get("provider", "")),
        )
        sums = self.lines.filter(pl.col("payment").is_in(amounts))
        theirs = []
        for payment, provider, occurrence in sums.select("payment", "provider", whole_occurrence()).iter_rows():
            grain = grain_paid(self.plan.terms, self.plan.terms.payments[payment])
            place = place_of(self.plan, payment, provider, occurrence)
            theirs.append(name in place.outcomes and pooled.grain.around(place.key, grain) == key)
        return self.money.of(pl.concat([mine, sums.filter(pl.Series(theirs, dtype=pl.Boolean))]), "this group")
