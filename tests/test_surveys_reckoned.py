"""Surveys of every period, frame and list at random, beside a reckoning person by person and day by day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from tests.surveys import evaluated, person, refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.surveys import Rows

Day = dt.date
ONE: Final = dt.timedelta(1)
MONTHS: Final = {"month": 1, "quarter": 3, "contract_year": 12}
DRAWN: Final[dict[str, Callable[[Day, Day], Day]]] = {
    "period_start": lambda first, _: first,
    "period_start + 2 days": lambda first, _: first + 2 * ONE,
    "period_start - 10 days": lambda first, _: first - 10 * ONE,
    "period_end - 2 days": lambda _, last: last - 2 * ONE,
}
OVER: Final = {"30 days": 30, "1 day": 1, "13 weeks": 91}
FRAMED: Final = "    frame: {table: contacts, date: on, drawn: period_start, over: 3 months, chosen_by: everybody},\n"
LAST: Final = "    response: 40%, fewest: 5}"


@frozen(kw_only=True)
class Terms:
    """What a survey says, in plain words.

    Attributes:
        word: Its period, or empty for the whole term.
        first: The first day of the term.
        drawn: When the frame is drawn; empty without a frame.
        over: How far back it goes.
        listed: Whether a list says who was asked.
        weighed: Whether bands weigh as in the frame.
        reopens: Whether what is known later counts.
        later: How many days after a period its figure is fixed.
        test: The test of an answer.
        floor: The percentage of the frame that must answer, or 0.
    """

    word: str
    first: Day
    drawn: str
    over: str
    listed: bool
    weighed: bool
    reopens: bool
    later: int
    test: str
    floor: int

    def changes(self) -> list[tuple[str, str]]:
        """The text of the contract with this said in it."""
        frame = f"drawn: {self.drawn}, over: {self.over}"
        more = [
            "    fewest: 1",
            f"settles: period_end + {self.later} days",
            *(["reopens: yes"] if self.reopens else []),
        ]
        more += ["weigh_by: band"] if self.weighed else []
        more += [f"response: {self.floor}%"] if self.floor else []
        return [
            ("from: 2025-04-01", f"from: {self.first}"),
            ("{asked_on: date}", "{asked_on: date, seen: recorded}"),
            ("at_least: 6}", f"{self.test}: {6 if self.test in {'at_least', 'below'} else 5}}}"),
            ("[provider, quarter], period_of: survey.on", f"[provider, {self.word}], period_of: survey.on")
            if self.word
            else ("[provider, quarter], period_of: survey.on", "[provider]"),
            (LAST, ", ".join(more) + "}"),
            ("    asked: asked.asked_on,\n", "    asked: asked.asked_on,\n" if self.listed else ""),
            (FRAMED, FRAMED.replace("drawn: period_start, over: 3 months", frame) if self.drawn else ""),
        ]

    def passes(self, score: int) -> bool:
        """Whether an answer is good enough."""
        return {"at_least": score >= 6, "above": score > 5, "at_most": score <= 5, "below": score < 6}[self.test]

    def periods(self) -> list[tuple[Day, Day]]:
        """The periods of the term, which ends on 31 March 2026."""
        months = [self.first.replace(day=1)]
        while months[-1] < Day(2026, 4, 1):
            months.append((months[-1] + 31 * ONE).replace(day=1))
        step = MONTHS.get(self.word, 12)
        starts = [day for day in months if (day.month - 4) % step == 0 and day > self.first]
        return list(zip([self.first, *starts[:-1]], [day - ONE for day in starts], strict=True))

    def frame_days(self, period: tuple[Day, Day]) -> tuple[Day, Day]:
        """The days of the rows of a frame."""
        last = DRAWN[self.drawn](*period)
        return last - (OVER[self.over] - 1) * ONE, last


@st.composite
def drawn_terms(draw: st.DrawFn) -> Terms:
    """Terms whose frames are drawn before each period is over."""
    framed = draw(st.booleans())
    found = Terms(
        word=draw(st.sampled_from(["", *MONTHS])),
        first=draw(st.sampled_from([Day(2025, 4, 1), Day(2025, 5, 20), Day(2025, 6, 20)])),
        drawn=draw(st.sampled_from(list(DRAWN))) if framed else "",
        over=draw(st.sampled_from(list(OVER))),
        listed=draw(st.booleans()),
        weighed=framed and draw(st.booleans()),
        reopens=draw(st.booleans()),
        later=draw(st.sampled_from([0, 10])),
        test=draw(st.sampled_from(["at_least", "above", "at_most", "below"])),
        floor=draw(st.sampled_from([0, 50])) if framed else 0,
    )
    assert all(found.frame_days(period)[1] < period[1] for period in found.periods() if framed)
    return found


def drawn_rows(terms: Terms, rnd: Random) -> dict[str, Rows]:
    """Draw people, and contacts, invitations and answers around the ends of periods, recorded up to 15 days later."""
    ends = [day for period in terms.periods() for day in period]

    def near() -> Day:
        return rnd.choice([*ends, Day(2025, 8, 15)]) + ONE * rnd.randint(-3, 12)

    def row(name: str, field: str, day: Day, **more: object) -> dict[str, Any]:
        return {"person": name, field: day, "seen": day + ONE * rnd.choice([0, 0, 0, 1, 15]), **more}

    tables: dict[str, Rows] = {"people": [], "contacts": [], "asked": [], "survey": []}
    for name in (f"p{place:02}" for place in range(rnd.randint(1, 10))):
        who = {"provider": rnd.choice(["north", "south"]), "band": rnd.choice(["low", "high", ""])}
        came = {"came_on": str(terms.first), "in_area": rnd.choice(["yes", "yes", "yes", "no", ""])}
        tables["people"].append({**person(name), **who, **came})
        tables["contacts"] += [row(name, "on", near()) for _ in range(rnd.randint(0, 3))]
        for _ in range(rnd.randint(0, 3)):
            tables["asked"].append(row(name, "asked_on", near()))
            day = rnd.choice([tables["asked"][-1]["asked_on"] + ONE * rnd.randint(0, 10), near()])
            items = {"q1": rnd.choice([1, 2, 3, 4, 4, None]), "q2": rnd.choice([1, 2, 3, 4])}
            for late in rnd.choice([[], [0], [0], [0, 20]]):  # and a second answer that is recorded late
                tables["survey"].append(row(name, "on", day, **items))
                tables["survey"][-1]["seen"] += ONE * late
    return {table: list({tuple(row.items()): row for row in rows}.values()) for table, rows in tables.items()}


def reckoned(terms: Terms, tables: dict[str, Rows], as_at: Day) -> tuple[dict[Any, Any], set[tuple[str, int]]]:
    """Each group's frame, asked, met, counted and share, and the rows that are refused, by sets of names."""
    found: dict[Any, Any] = {}
    out: set[tuple[str, int]] = set()
    for place, period in enumerate(terms.periods()):
        one = Reckoning(terms=terms, tables=tables, as_at=as_at, period=period)
        invited, wrong = one.invited()
        heard, unheard = one.heard(invited)
        out |= wrong | unheard
        for provider in ("north", "south"):
            found[provider, place] = one.result(provider, invited, heard)
    return found, out


@frozen(kw_only=True)
class Reckoning:
    """One period, reckoned person by person.

    Attributes:
        terms: What the survey says.
        tables: The rows.
        as_at: The day as at which it is reckoned.
        period: Its first and its last day.
    """

    terms: Terms
    tables: dict[str, Rows]
    as_at: Day
    period: tuple[Day, Day]

    @property
    def fixed(self) -> Day:
        """When the figure is fixed."""
        return self.period[1] + self.terms.later * ONE

    @property
    def until(self) -> Day:
        """Up to when rows are known that count."""
        return self.as_at if self.terms.reopens or self.fixed > self.as_at else self.fixed

    @property
    def drawn(self) -> Day:
        """When the frame is drawn; without one the first day, on which anybody may be asked."""
        return self.terms.frame_days(self.period)[1] if self.terms.drawn else self.period[0]

    def frame(self, until: Day) -> set[str]:
        """Who is in the frame, of what is known by a day; everybody where there is none."""
        if not self.terms.drawn:
            return {row["person"] for row in self.tables["people"]}
        early, drawn = self.terms.frame_days(self.period)
        rows = [row for row in self.tables["contacts"] if early <= row["on"] <= drawn]
        return {row["person"] for row in rows if row["seen"] <= min(drawn, until)}

    def within(self, table: str, field: str) -> list[tuple[int, dict[str, Any]]]:
        """The rows of the period, each with its place."""
        first, last = self.period
        return [(at, row) for at, row in enumerate(self.tables[table]) if first <= row[field] <= last]

    def invited(self) -> tuple[dict[str, list[dict[str, Any]]], set[tuple[str, int]]]:
        """The invitations of each person, and those that are refused."""
        found, out = defaultdict(list), set()
        for at, row in self.within("asked", "asked_on") if self.terms.listed else []:
            if row["person"] not in self.frame(Day.max) or (self.terms.drawn and row["asked_on"] < self.drawn):
                out.add(("asked", at))
            else:
                found[row["person"]].append(row)
        return found, out

    def heard(self, invited: dict[str, list[dict[str, Any]]]) -> tuple[dict[str, dict[str, Any]], set[tuple[str, int]]]:
        """The one answer of each person, and those that are refused."""
        found, out, frame = {}, set(), self.frame(Day.max)
        mine = defaultdict(list)
        for at, row in self.within("survey", "on"):
            who, day = row["person"], row["on"]
            days = [max(each["asked_on"], each["seen"]) for each in invited[who]] if self.terms.listed else [self.drawn]
            if who in frame and days and min(days) <= day:
                if row["seen"] <= self.until:
                    mine[who].append((at, row))
            else:
                out.add(("survey", at))
        for who, rows in mine.items():
            if len(rows) > 1:
                out |= {("survey", at) for at, _ in rows}
            else:
                found[who] = rows[0][1]
        return found, out

    def result(
        self, provider: str, invited: dict[str, list[dict[str, Any]]], heard: dict[str, dict[str, Any]]
    ) -> tuple[object, ...]:
        """What comes of one provider."""
        terms, frame = self.terms, self.frame(self.until)
        people = [each for each in self.tables["people"] if each["provider"] == provider and each["in_area"] != "no"]
        band = {each["person"]: each["band"] for each in people if each["person"] in frame}
        known = {who for who, rows in invited.items() if any(row["seen"] <= self.until for row in rows)}
        asked = {who for who in band if not terms.listed or who in known}
        scored = {who for who in asked if who in heard and heard[who]["q1"]}
        met = {who for who in scored if terms.passes(heard[who]["q1"] + heard[who]["q2"])}
        share = Fraction(len(met), len(scored)) if scored else None
        if terms.weighed and scored:
            share = weighed(band, scored, met)
        counts = (len(band) if terms.drawn else None, len(asked) if terms.drawn or terms.listed else None)
        enough = share is not None and self.fixed <= self.as_at and len(scored) * 100 >= terms.floor * len(band)
        return (*counts, len(met), len(scored), share, enough)


def weighed(band: dict[str, str], scored: set[str], met: set[str]) -> Fraction | None:
    """The share in which each band weighs as in the frame; none where one is silent."""
    share = Fraction(0)
    for label in set(band.values()):
        mine = {who for who in band if band[who] == label}
        if not mine & scored:
            return None
        share += Fraction(len(mine), len(band)) * Fraction(len(mine & met), len(mine & scored))
    return share


def worked_out(terms: Terms, tables: dict[str, Rows], as_at: Day) -> tuple[dict[Any, Any], set[tuple[str, int]]]:
    """The same as the engine works it out."""
    run = evaluated(tables, *terms.changes(), as_at=str(as_at))
    pooled, found = run.decisions.pooled["satisfied"], {}
    for key, each in pooled.results.items():
        place = pooled.grain.periods.index(pooled.grain.period(key))
        met, missed = (each.members.get(state, 0) for state in ("met", "not_met"))
        found[key[0], place] = (each.frame, each.asked, met, met + missed, each.value, each.met)
    uses = run.uses()
    for table, counts in run.decisions.evidence.counts.items():
        assert counts.read == counts.refused + uses.filter(table=table)["row"].n_unique()
    return found, {(table, row - 2) for table, row, _ in refused(run)}


AS_AT: Final = st.sampled_from([Day(2025, 9, 30), Day(2025, 10, 7), Day(2026, 3, 31), Day(2026, 8, 1)])


@given(drawn_terms(), st.randoms(use_true_random=False), AS_AT)
def test_a_survey_is_what_a_reckoning_by_hand_gives(terms: Terms, rnd: Random, as_at: Day) -> None:
    """Frame, asked, answers, share, weights and refusals of every group, for terms and rows at random."""
    tables = drawn_rows(terms, rnd)
    assert worked_out(terms, tables, as_at) == reckoned(terms, tables, as_at)


@given(drawn_terms(), st.randoms(use_true_random=False), st.integers(0, 11))
def test_a_figure_that_is_fixed_stays_whatever_is_recorded_later(terms: Terms, rnd: Random, at: int) -> None:
    """Rows that are recorded after the day on which a figure was fixed change nothing."""
    terms = evolve(terms, reopens=False)
    tables = drawn_rows(terms, rnd)
    ends = [last for _, last in terms.periods()]
    as_at = ends[at % len(ends)] + terms.later * ONE
    then = {table: [row for row in rows if "seen" not in row or row["seen"] <= as_at] for table, rows in tables.items()}
    before, after = worked_out(terms, then, as_at)[0], worked_out(terms, tables, Day(2026, 8, 1))[0]
    fixed = [key for key in before if ends[key[1]] + terms.later * ONE <= as_at]
    assert {key: before[key] for key in fixed} == {key: after[key] for key in fixed}


@given(drawn_terms(), st.randoms(use_true_random=False), AS_AT)
def test_what_is_recorded_later_changes_no_earlier_day(terms: Terms, rnd: Random, as_at: Day) -> None:
    """A return of today gives, as at an earlier day, what the return of that day gave, also where figures stay open."""
    tables = drawn_rows(terms, rnd)
    then = {table: [row for row in rows if "seen" not in row or row["seen"] <= as_at] for table, rows in tables.items()}
    assert worked_out(terms, tables, as_at)[0] == worked_out(terms, then, as_at)[0]
