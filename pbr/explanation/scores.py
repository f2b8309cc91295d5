"""A score in words: the rows that were picked, their scores, the change, and the test with its arithmetic."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from pbr.calendar import date_from_number, number_of, parse_date, show_date
from pbr.confidence import Z_OF_LEVEL
from pbr.contract.contract import scale_of
from pbr.contract.model import FieldKind
from pbr.facts import START
from pbr.money import parse_ratio, plain
from pbr.outcomes.event import Pick
from pbr.plan import context_of
from pbr.scoring import Items, chance_squared, rooted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.explanation.rows import SubjectRows
    from pbr.outcomes import Score
    from pbr.outcomes.score import Reliable
    from pbr.plan import Plan
    from pbr.table import Table

NOT_SHOWN = "(not shown)"
_WORDS = {"at_least": "at least", "at_most": "at most", "above": "more than", "below": "less than"}


class ScoreWords:
    """Puts one score of one subject into words."""

    def __init__(self, plan: Plan, frame: pl.DataFrame, rows: SubjectRows, name: str, score: Score) -> None:
        """Gather what the words are made of.

        Args:
            plan: The contract as at a day.
            frame: The subject's decisions, one row.
            rows: The subject's rows.
            name: Name of the outcome.
            score: Its terms.
        """
        self.plan, self.frame, self.rows, self.name, self.terms = plan, frame, rows, name, score
        self.parts = scale_of(plan.terms, score)
        self.hides = any(rows.is_sensitive(score.table, field) for field in score.fields)

    def items(self) -> list[tuple[str, str]]:
        """What is said, each with the word before it; nothing of somebody who is not surely of the cohort."""
        if any(self.frame[step][0] is not None for step in ("_step", "_unsure")):
            return []
        value, base = self._score("score"), self._score("baseline_score") if self.terms.changes else None
        found = [("baseline", self._picked("baseline_"))] if self.terms.changes else []
        found.append(("follow-up" if self.terms.changes else "score", self._picked("")))
        if value is not None and base is not None:
            found.append(("change", self._change(value, base)))
        found.append(("required", self._required()))
        found += [("answer", text) for text in self._answers()] if self.terms.per else []
        if self.terms.reliable is not None and value is not None and base is not None:
            found.append(("squares", self._squares(self.terms.reliable, value - base)))
        elif self.terms.of is not None and base is not None:
            found += self._share(base)
        return found

    def _day(self, ending: str) -> str | None:
        """A day of the outcome, if there is one."""
        column = f"{self.name}.{ending}"
        day = self.frame[column][0] if column in self.frame.columns else None
        return None if day is None else show_date(date_from_number(day))

    def _score(self, ending: str) -> Fraction | None:
        held = self.frame[f"{self.name}.{ending}"][0]
        return None if held is None else Fraction(held, self.parts)

    def _picked(self, role: str) -> str:
        """The score of the row that is picked, its day, and among which it was picked."""
        term = self.terms.span if role else self.terms.follow_up
        which = f"the {term.pick.value if term else Pick.LAST.value}"
        among = self._span() if role else " later than the baseline" if self.terms.changes else ""
        day = self._day(f"{role}picked")
        if day is None:
            return f"none{among}"
        value = self._score(f"{role}score")
        shown = NOT_SHOWN if self.hides else "has none" if value is None else plain(value)
        return f"{shown} on {day}{self._answered(role)}, {which}{among}"

    def _span(self) -> str:
        """Where a baseline may lie."""
        span, first, last = self.terms.span, self._day("baseline_first"), self._day("baseline_last")
        if last is None:
            return ""
        if span.begins:
            return f" from {first} to {last}"
        anchor = "" if parse_date(span.until or "") else f", the day of {span.until or START}"
        return f" up to {last}{anchor}"

    def _answered(self, role: str) -> str:
        """How many items of the row were answered, if some were not."""
        items = self.terms.value
        day = self.frame[f"{self.name}.{role}picked"][0]
        if not isinstance(items, Items) or self.hides or self._score(f"{role}score") is None:
            return ""
        rows = self.rows.tables[self.terms.table].values()
        mine = [row for row in rows if row[self.terms.date] == date_from_number(day)]
        answered = {sum(row[field] is not None for field in items.sum) for row in mine}
        number = len(items.sum)
        if len(answered) > 1 or answered == {number}:
            return ""
        return f" ({min(answered)} of {number} items answered, scaled by {number}/{min(answered)})"

    def _answers(self) -> Iterator[str]:
        """Each answer that is known, in the order of their days: its score, and whether that is enough."""
        table, date = self.terms.table, self.terms.date
        recorded = self.plan.terms.tables[table].role(FieldKind.RECORDED)
        days = [each for each in (date, recorded) if each is not None]
        rows = [row for row in self.rows.tables[table].values() if all(row[day] is not None for day in days)]
        known = [row for row in rows if max(row[day] for day in days) <= self.plan.as_at]
        for row in sorted(known, key=lambda row: (row[date], row["_row"])):
            given = [row[field] for field in self.terms.fields]
            value = self.terms.value
            score = (
                value.score(given)
                if isinstance(value, Items)
                else None
                if given[0] is None
                else Fraction(given[0], self.parts)
            )
            cell = self._cell(number_of(row[date]))
            bound = None if cell is None else self._table.cells[cell]
            enough = score is not None and isinstance(bound, int) and self._is_enough(score * self.parts, bound)
            state = "not scored" if score is None else "met" if enough else "unknown" if bound is None else "not met"
            shown = NOT_SHOWN if self.hides else "none" if score is None else plain(score)
            yield f"{shown} on {show_date(row[date])}: {state}"

    def _is_enough(self, score: Fraction, bound: int) -> bool:
        """Whether a score in parts is on the right side of a bound."""
        return score <= bound if self.terms.test in {"at_most", "below"} else score >= bound

    def _change(self, value: Fraction, base: Fraction) -> str:
        if self.hides:
            return NOT_SHOWN
        moved = value - base
        way = "none" if not moved else f"{'up' if moved > 0 else 'down'} by {plain(abs(moved))}"
        return f"{way}, from {plain(base)} to {plain(value)}"

    def _required(self) -> str:
        """The test, and where its figure stands."""
        score = self.terms
        way = "" if score.change is None else f"{score.change.value} by "
        if score.reliable is not None:
            either = "" if score.change else ", either way"
            return f"{way}more than chance would bring, which is {plain(rooted(self._chance(score.reliable)))}{either}"
        text = str(getattr(score, score.test))
        of = "" if score.of is None else " of the baseline"
        return f"{way}{_WORDS[score.test]} {text}{of}{self._place(text)}"

    def _place(self, text: str) -> str:
        """Where the subject's figure stands, if a value is named."""
        cell = self._cell() if text in self.plan.terms.values else None
        return "" if cell is None else f", at {self._table.places[cell]}"

    @property
    def _table(self) -> Table:
        return context_of(self.plan, self.name).figures[self.terms.test]

    def _cell(self, day: int | None = None) -> int | None:
        """The place of the subject's own figure in its table, on a day or that of the anchor."""
        window = self.terms.window
        anchor = "_start" if window is None or window.anchor == START else f"{window.anchor}.date"
        if self.terms.per and day is None:
            anchor = f"{self.name}.picked"
        on = pl.col(anchor) if day is None else pl.lit(pl.Series([day], dtype=pl.Int32))
        found: int | None = self.frame.select(self._table.cell(on)).to_series()[0]
        return found

    def _share(self, base: Fraction) -> list[tuple[str, str]]:
        """What the percentage of the baseline comes to."""
        cell = self._cell()
        if cell is None or self.hides:
            return []
        share = self._table.cells[cell]
        assert isinstance(share, int | Fraction), "a percentage is a number"
        return [("share", f"{plain(share * 100)}% of {plain(base)} is {plain(share * base)}")]

    def _chance(self, reliable: Reliable) -> Fraction:
        return chance_squared(*self._numbers(reliable))

    def _numbers(self, reliable: Reliable) -> tuple[Fraction, Fraction, Fraction]:
        """Standard deviation, reliability, and how many standard errors."""
        z = Z_OF_LEVEL[reliable.level] if reliable.level else self._number(str(reliable.z))
        return self._number(reliable.sd), self._number(reliable.reliability), z

    def _number(self, text: str) -> Fraction:
        """A number as it is written, or as the value says that it names."""
        value = self.plan.terms.values.get(text)
        found = parse_ratio(text if value is None else value.cells[0].text)
        assert found is not None, "a contract that is checked has numbers"
        return found

    def _squares(self, reliable: Reliable, moved: Fraction) -> str:
        """Both sides of the comparison, squared, so that there is no root in it."""
        sd, reliability, z = map(plain, self._numbers(reliable))
        chance = f"{z} x {z} x {sd} x {sd} x 2 x (1 - {reliability}) = {plain(self._chance(reliable))}"
        if self.hides:
            return f"{NOT_SHOWN}, to be above {chance}"
        return f"{plain(abs(moved))} x {plain(abs(moved))} = {plain(moved**2)}, to be above {chance}"
