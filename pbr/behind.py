"""The rows behind an achievement: those that decided it, and those that decided what it rests on.

What a line cites and the day by which it could be known are both of these rows, so that a row on which an achievement
does not rest changes neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import field, frozen

from pbr.contract.contract import named_by
from pbr.outcomes.event import once_per, outcome_of
from pbr.plan import results_behind
from pbr.times import BEGINS, OUTCOME, WORD

if TYPE_CHECKING:
    from pbr.decisions import Decisions


@frozen
class Behind:
    """The rows that were used, and what each outcome rests on.

    Attributes:
        decisions: What was decided.
        rows: The rows: ``subject``, ``_outcome`` (String), ``_word`` and ``_begins``, see ``pbr.times``, and a column
            of what is asked of them.
        asked: Name of that column.
        found: What was found of each outcome: outcomes may share parts, and these parts of their own.
    """

    decisions: Decisions
    rows: pl.DataFrame
    asked: str
    found: dict[str, pl.DataFrame] = field(factory=dict)

    def own(self, name: str, times: pl.DataFrame) -> pl.DataFrame:
        """The rows behind each time an outcome was met.

        Args:
            name: The outcome.
            times: ``subject``, ``occurrence`` and ``day`` of each.

        Returns:
            ``subject``, ``occurrence`` and the column asked for. What is met once for each word has the rows of that
            word; a run, a block, the days of a period and a sum have those that began by its day.
        """
        mine = self.rows.filter(pl.col(OUTCOME) == name)
        of_all = mine.filter(pl.col(WORD).is_null(), pl.col(BEGINS).is_null()).select("subject", self.asked)
        found = [times.join(pl.concat([self.rests(name), of_all]), on="subject")]
        words = mine.filter(pl.col(WORD).is_not_null()).select("subject", pl.col(WORD).alias("occurrence"), self.asked)
        found.append(times.join(words, on=["subject", "occurrence"]))
        begun = mine.filter(pl.col(BEGINS).is_not_null()).select("subject", BEGINS, self.asked)
        found.append(times.join(begun, on="subject").filter(pl.col(BEGINS) <= pl.col("day")))
        columns = ["subject", "occurrence", self.asked]
        return pl.concat([each.select(columns) for each in found])

    def rests(self, name: str) -> pl.DataFrame:
        """The rows that decided what an outcome is decided from: ``subject`` and the column asked for."""
        outcome = self.decisions.plan.outcome(name)
        found = [self.rows.head(0).select("subject", self.asked)]
        counts: dict[str, pl.Expr] = outcome.needed(name) if hasattr(outcome, "needed") else {}
        for other in named_by(self.decisions.plan.terms, name):
            theirs = self._of(other)
            if other in counts:
                needed = self.decisions.frame.filter(counts[other]).select("subject")
                theirs = theirs.join(needed, on="subject", how="semi")
            found.append(theirs)
        found += [self._all_of(other) for other in results_behind(self.decisions.plan, name) if other != name]
        return pl.concat(found)

    def _of(self, name: str) -> pl.DataFrame:
        """The rows behind an outcome, or one word of it, on the day on which it is dated."""
        if name not in self.found:
            outcome, word = outcome_of(name), name.partition(".")[2]
            own = self.rows.filter(pl.col(OUTCOME) == outcome)
            if word:
                own = own.filter(pl.col(WORD).is_null() | (pl.col(WORD) == word))
            elif once_per(self.decisions.plan.outcome(outcome)) is not None:
                first = self._first_words(outcome)
                own = pl.concat([own.filter(pl.col(WORD).is_null()), own.join(first, on=["subject", WORD], how="semi")])
            dated = self.decisions.frame.select("subject", pl.col(f"{name}.date").alias("_dated"))
            own = own.join(dated, on="subject").filter(pl.col(BEGINS).is_null() | (pl.col(BEGINS) <= pl.col("_dated")))
            self.found[name] = pl.concat([own.select("subject", self.asked), self.rests(outcome)]).unique()
        return self.found[name]

    def _all_of(self, name: str) -> pl.DataFrame:
        """All the rows behind an outcome, whose value they may have made."""
        own = self.rows.filter(pl.col(OUTCOME) == name).select("subject", self.asked)
        return pl.concat([own, self.rests(name)]).unique()

    def _first_words(self, outcome: str) -> pl.DataFrame:
        """The words that were met on the day on which an outcome that has several is dated."""
        picks = self.decisions.frame.select(
            "subject", pl.col(f"{outcome}.date").alias("_dated"), pl.col(f"{outcome}.picks").alias("_part")
        )
        picks = picks.explode("_part").filter(pl.col("_part").is_not_null())
        word, day = (pl.col("_part").struct.field(each) for each in ("occurrence", "date"))
        return picks.filter(day == pl.col("_dated")).select("subject", word.alias(WORD))
