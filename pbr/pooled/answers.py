"""Who is counted in a survey: those who could be asked, who was, who answered, and what each answer came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import field, frozen

from pbr.calendar import PERIODS, number_of
from pbr.contract.model import FieldKind
from pbr.pooled.members import NO_ANSWER, NOT_ASKED, Members, Stratum, place_of
from pbr.pooled.table_rows import NOT_INCLUDED
from pbr.problem import STATES
from pbr.scoring import Items, Number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pbr.calendar import Period
    from pbr.contract.grain import Grain, Key
    from pbr.contract.surveys import Survey
    from pbr.plan import Plan

NO_SCORE = "no_score"
"""Why an answer is left out of which too many items are missing."""
_UNSCORED = -1
_ASKED = [STATES.index(state) for state in ("met", "unknown")]
"""States of an outcome that says who was asked, of those who were or may have been."""


@frozen(kw_only=True)
class Polled:
    """A survey in one period, as it is known on a day.

    Attributes:
        plan: The contract as at a day.
        tables: Accepted rows.
        survey: What is counted.
        grain: Its groups.
        period: The period that is asked about.
        days: First and last day of the answers; None for those of the period.
        until: The day at whose end rows are known that count.
    """

    plan: Plan
    tables: Mapping[str, pl.LazyFrame] = field(repr=False)
    survey: Survey
    grain: Grain
    period: Period
    days: tuple[int, int] | None
    until: int

    @property
    def key(self) -> str:
        """The field that names a subject."""
        return self.plan.terms.subject_key

    def members(self, decided: pl.DataFrame) -> dict[Key, Members]:
        """Who could be asked, was, and answered, in each group of labels, without its period.

        Args:
            decided: Decisions, one row per subject.
        """
        found: dict[Key, Members] = {}
        met = {"met", "unknown"} if self.survey.measure.is_bad else {"met"}
        people = self.people(decided).drop("subject").group_by(pl.all()).len()
        labels = [names for word, names in zip(self.grain.words, self.grain.labels, strict=True) if word not in PERIODS]
        for *places, out, frame, asked, state, stratum, count in people.iter_rows():
            key = tuple("" if at is None or at < 0 else names[at] for names, at in zip(labels, places, strict=True))
            members = found.setdefault(key, Members())
            self._count(members, state, (out, frame, asked), count)
            if self.survey.measure.weigh_by is not None and frame and not out:
                mine = members.strata.setdefault(-1 if stratum is None else stratum, Stratum())
                answered = asked and state is not None and state != _UNSCORED
                mine.frame += count
                mine.counted += count if answered else 0
                mine.met += count if answered and STATES[state] in met else 0
        return found

    def _count(self, members: Members, state: int | None, flags: tuple[bool, bool, bool], count: int) -> None:
        """Add people who are alike: left out, in the frame, asked, and with an answer or none."""
        out, frame, asked = flags
        has_frame = self.survey.measure.frame is not None
        says_who = has_frame or self.survey.measure.asked is not None
        if out:
            members.out[NOT_INCLUDED] += count
        elif not has_frame or frame:
            members.frame += count if has_frame else 0
            members.asked += count if says_who and asked else 0
            if says_who and not asked:
                members.out[NOT_ASKED] += count
            elif state is None:
                members.out[NO_ANSWER] += count
            elif state == _UNSCORED:
                members.out[NO_SCORE] += count
            else:
                members.add(STATES[state], "", count, None)

    def people(self, decided: pl.DataFrame) -> pl.DataFrame:
        """One row for each subject who could be asked, was, or answered.

        Args:
            decided: Decisions, one row per subject.

        Returns:
            ``subject``, the places of its labels ``_0``, ``_1`` and so on, ``_out`` (whether it is left out of the
            cohort), ``_frame`` and ``_asked`` (Boolean), ``_state`` (Int8, place in ``STATES``; -1 of an answer without
            a score; null without an answer), ``_stratum`` (Int16, place of the label that it is weighed by).
        """
        measure = self.survey.measure
        words = [word for word in self.grain.words if word not in PERIODS]
        labels = [place_of(word).alias(f"_{place}") for place, word in enumerate(words)]
        word = measure.weigh_by
        stratum = pl.lit(None, dtype=pl.Int16) if word is None else pl.col(f"_by.{word}").cast(pl.Int16)
        people = self._marked(decided.lazy(), self.frame_rows(), "_frame")
        people = self._marked(people, self.asked_rows(), "_listed")
        asked = pl.col("_frame" if measure.asked is None else "_listed")
        if measure.asked is not None and measure.asked_field is None:
            asked = pl.col(f"{measure.asked}.state").is_in(_ASKED)
        newest = pl.col("_value").sort_by("_day", "_value").last()
        last = self.answers().group_by(self.key).agg(newest, pl.col("_day").max())
        people = people.join(last, left_on="subject", right_on=self.key, how="left")
        people = people.with_columns(self._state().alias("_state"), asked.alias("_asked"))
        kept = people.filter(pl.col("_frame") | pl.col("_asked") | pl.col("_state").is_not_null())
        out = pl.col("_step").is_not_null().alias("_out")
        found = kept.select("subject", *labels, out, "_frame", "_asked", "_state", stratum.alias("_stratum"))
        return found.collect(engine="streaming")

    def _state(self) -> pl.Expr:
        """Whether the answer beside each subject passes the test of its score."""
        score = self.survey.score
        table = self.plan.contract.tables["outcomes", self.survey.of, score.test]
        bound = table.minor(table.cell(pl.col("_day"))).cast(pl.Int128)
        value = pl.col("_value").cast(pl.Int128)
        passes = value <= bound if score.test in {"at_most", "below"} else value >= bound
        met, not_met, unknown = (pl.lit(STATES.index(state), dtype=pl.Int8) for state in ("met", "not_met", "unknown"))
        none = pl.lit(_UNSCORED, dtype=pl.Int8)
        of_figure = pl.when(bound.is_null()).then(unknown).when(passes).then(met).otherwise(not_met)
        state = pl.when(value.is_null()).then(none).otherwise(of_figure)
        return pl.when(pl.col("_day").is_not_null()).then(state)

    def _marked(self, people: pl.LazyFrame, those: pl.LazyFrame | None, column: str) -> pl.LazyFrame:
        """Whether each subject has a row among those, as a column."""
        if those is None:
            return people.with_columns(pl.lit(value=False).alias(column))
        marked = those.select(self.key, pl.lit(value=True).alias(column)).unique()
        joined = people.join(marked, left_on="subject", right_on=self.key, how="left")
        return joined.with_columns(pl.col(column).fill_null(value=False))

    def answers(self) -> pl.LazyFrame:
        """The answers: the subject's key, ``_row``, ``_day`` (Int32) and ``_value`` (Int64 parts of the score)."""
        score = self.survey.score
        value = score.value if isinstance(score.value, Items) else Number(name=score.value, parts=1)
        day = pl.col(score.date).cast(pl.Int32).alias("_day")
        rows = self._of_days(score.table, score.date)
        return rows.select(self.key, "_row", day, value.in_parts(pl.col).alias("_value"))

    def rows_of(self, table: str, decided: pl.DataFrame) -> Iterator[pl.LazyFrame]:
        """The rows of a table that say who could be asked, was, or gave an answer that counts.

        Args:
            table: The table.
            decided: Decisions, one row per subject.
        """
        measure, of_answers = self.survey.measure, (self.survey.score.table, self._counted(decided))
        framed = [] if measure.frame is None else [(measure.frame.table, self.frame_rows())]
        asked = [] if measure.asked_field is None else [(measure.asked_field[0], self.asked_rows())]
        yield from [rows for name, rows in (of_answers, *framed, *asked) if name == table and rows is not None]

    def _counted(self, decided: pl.DataFrame) -> pl.LazyFrame:
        """The answers of those who were asked, or could be, that have a score."""
        measure, said = self.survey.measure, self.people(decided).lazy().filter(~pl.col("_out"))
        if measure.frame is not None:
            said = said.filter("_frame")
        if measure.frame is not None or measure.asked is not None:
            said = said.filter("_asked")
        those = said.filter(pl.col("_state") >= 0).select(pl.col("subject").alias(self.key))
        return self.answers().join(those, on=self.key, how="semi")

    def asked_rows(self) -> pl.LazyFrame | None:
        """The rows of those asked; None where no list says who was."""
        field_of = self.survey.measure.asked_field
        return None if field_of is None else self._of_days(*field_of)

    def frame_rows(self) -> pl.LazyFrame | None:
        """The rows that put somebody into the frame, as known when it was drawn; None without a frame."""
        frame, days = self.survey.measure.frame, self.survey.frame_days(self.period)
        if frame is None or days is None:
            return None
        return self._known(frame.table, frame.date, days, min(days[1], self.until))

    def _of_days(self, table: str, date: str) -> pl.LazyFrame:
        """The rows of a table that are known and of the days that are asked about."""
        days = self.days or (number_of(self.period.first), number_of(self.period.last))
        return self._known(table, date, days, self.until)

    def _known(self, table: str, date: str, days: tuple[int, int], until: int) -> pl.LazyFrame:
        """The rows of some days that were recorded by a day, or where that is not said are dated by then."""
        known = self.plan.terms.tables[table].role(FieldKind.RECORDED) or date
        rows = self.tables[table].filter(pl.col(date).cast(pl.Int32).is_between(*days))
        return rows.filter(pl.col(known).cast(pl.Int32) <= until)
