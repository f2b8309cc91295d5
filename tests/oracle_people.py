"""The oracle's participants: what is decided of each, one at a time."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any, TypeAlias

from attrs import evolve, field, frozen

from tests.oracle_held import Part, held
from tests.oracle_names import PERIODS, asked_late, is_late, keys_of, looked_up, reads_results, where_late
from tests.oracle_rows import Contract, Row, fields_of, key_of
from tests.oracle_scores import score
from tests.oracle_words import Cell, Doubt, Reader, Rows, Truth, add_duration, in_force, number, period_start, worst

Verdict: TypeAlias = tuple[str, date | None, str]

END_OF_DAYS = date.max.toordinal()


@frozen
class World:
    """The contract and its accepted rows, seen at the end of one day."""

    contract: Contract
    rows: dict[str, list[Row]]
    as_at: date
    memo: dict[tuple[object, int], tuple[Row, Any]] = field(factory=dict, eq=False, repr=False)
    """What was said of a row before, by what was asked and which row; a row is kept so that no other has its place."""

    typed: dict[str, dict[str, str]] = field(factory=dict, eq=False, repr=False)
    """What ``kinds`` gave before."""

    def kinds(self, table: str) -> dict[str, str]:
        """Name the last field of each type that a table has, by the type."""
        if table not in self.typed:
            self.typed[table] = {kind["type"]: name for name, kind in fields_of(self.contract, table).items()}
        return self.typed[table]

    @property
    def first(self) -> date:
        """Give the first day of the term."""
        return date.fromisoformat(self.contract["contract"]["from"])

    @property
    def last(self) -> date:
        """Give the last day of the term."""
        return date.fromisoformat(self.contract["contract"]["to"])

    @property
    def term(self) -> range:
        """Give the days of the term."""
        return range(self.first.toordinal(), self.last.toordinal() + 1)

    @property
    def year_starts(self) -> str:
        """Give the month and day on which contract years start."""
        return str(self.contract["contract"].get("year_starts", f"{self.first:%m-%d}"))

    def answer(self, text: str | None, row: Row | Person, whose: Person | None = None) -> Truth:
        """Find what a condition says of a row, with the doubt if it says nothing; no condition is true."""
        if text is None:
            return True
        if whose is not None or isinstance(row, Person):
            return self.read(text, row, whose)
        if (text, id(row)) not in self.memo:
            self.memo[text, id(row)] = row, self.read(text, row, None)
        truth: Truth = self.memo[text, id(row)][1]
        return truth

    def read(self, text: str, row: Row | Person, whose: Person | None) -> Truth:
        """Read a condition of a row word by word."""
        leap = self.contract.get("conventions", {}).get("leap_birthday", "1 March")
        return Reader(
            text, lambda name: self.look_up(name, row, whose), leap, lambda *asked: self.rows_seen(row, *asked)
        ).truth()

    def truth(self, text: str | None, row: Row) -> bool | None:
        """Find what a condition says of a row, whatever the doubt."""
        found = self.answer(text, row)
        return None if isinstance(found, Doubt) else found

    def rows_seen(self, of: Row | Person, table: str, text: str) -> Rows:
        """Find what a condition says of each row of a child table that is known, with days still to come left empty."""
        top, found = of.row if isinstance(of, Person) else of, []
        for row in self.rows[table]:
            mine = row.parent is not None and row.parent.cells == top.cells and not row.copy
            if mine and (seen := self.seen(row)) is not None:
                found.append((self.answer(text or None, seen, of if isinstance(of, Person) else None), seen.cells))
        return found

    def seen(self, row: Row) -> Row | None:
        """Give a row as a question sees it, if it does."""
        if ("seen", id(row)) not in self.memo:
            self.memo["seen", id(row)] = row, self.look(row)
        found: Row | None = self.memo["seen", id(row)][1]
        return found

    def look(self, row: Row) -> Row | None:
        """Leave the days still to come out of a row that is known."""
        kinds = fields_of(self.contract, row.table)
        days = [name for name, kind in kinds.items() if kind["type"] in {"date", "instant"} and row.cells[name]]
        later = [name for name in days if row.cells[name] > self.as_at]
        if not self.recorded(row, None if len(later) < len(days) or not days else row.cells[later[0]]):
            return None
        return evolve(row, cells=row.cells | dict.fromkeys(later))

    def look_up(self, name: str, of: Row | Person, whose: Person | None = None) -> Cell:
        """Find a name: the row, then its parent, a define read in this row, a result; ``start`` is the cohort's."""
        row = of.row if isinstance(of, Person) else of
        top = row.parent or row
        if name in row.cells:
            return row.cells[name]
        if name in top.cells:
            return top.cells[name]
        if name == "start":
            return top.cells[self.contract["cohort"]["start"]]
        outcome, dot, part = name.partition(".")
        if outcome in self.contract["outcomes"]:
            spec = self.contract["outcomes"][outcome]
            scale = spec["kind"] == "scale" or (spec["kind"] == "held" and "for" not in spec) or "once_per" in spec
            first = next(one for one in self.rows[top.table] if one.cells == top.cells)  # of equal rows
            person = of if isinstance(of, Person) else whose or Person(self, first)
            return person.result(outcome, part if dot else "value" if scale else "met")
        return self.answer(self.contract["define"][name], of, whose)

    def undone(self, spec: dict[str, Any], row: Row) -> bool:
        """Say whether what a row shows has been undone."""
        day = row.cells[spec["undone_by"]] if "undone_by" in spec else None
        return day is not None and day <= self.as_at

    def recorded(self, row: Row, day: date | None) -> bool:
        """Say whether a row with this own day is known by the as-at day."""
        kinds = self.kinds(row.table)
        if day is not None and day > self.as_at:
            return False
        return "recorded" not in kinds or row.cells[kinds["recorded"]] <= self.as_at


@frozen
class Person:
    """One participant, and what is decided of them."""

    world: World
    row: Row
    memo: dict[str, Verdict] = field(factory=dict)
    payee: str | None = None
    placed: list[str | None] = field(factory=list, eq=False, repr=False)

    @property
    def name(self) -> str:
        """Give the participant's id as text."""
        return str(self.key)

    @property
    def key(self) -> Cell:
        """Give the participant's id as it is ordered: text by code point, whole by value."""
        return self.row.cells[key_of(self.world.contract, self.row.table)[0]]

    @property
    def start(self) -> date | None:
        """Give the cohort's start date."""
        found: date | None = self.row.cells[self.world.contract["cohort"]["start"]]
        return found

    @property
    def provider(self) -> str:
        """Give who is paid: the participant's provider, unless a payment says otherwise."""
        if self.payee is not None:
            return self.payee
        kinds = self.world.kinds(self.row.table)
        return str(self.row.cells[kinds["provider"]])

    def is_subject(self) -> bool:
        """Say whether the participant's own row is known by the as-at day."""
        kinds = self.world.kinds(self.row.table)
        return self.world.recorded(self.row, None if "recorded" in kinds else self.start)

    def standing(self) -> str | None:
        """Give the reason the clauses settle every outcome, if they do."""
        if not self.placed:
            self.placed.append(self.place())
        return self.placed[0]

    def place(self) -> str | None:
        """Go through the clauses."""
        cohort = self.world.contract["cohort"]
        unknown = False
        for clause in cohort.get("include", []):
            truth = self.world.truth(clause["when"], self.row)
            if truth is False:
                return "include_failed"
            unknown |= truth is None
        for clause in cohort.get("exclude", []):
            truth = self.world.truth(clause["when"], self.row)
            if truth is True:
                return "exclude_hit"
            unknown |= truth is None
        return "unknown_clause" if unknown else None

    def verdict(self, outcome: str) -> Verdict:
        """Give the decision on one outcome."""
        reason = self.standing()
        if reason is None:
            return self.earned(outcome)
        return ("unknown" if reason == "unknown_clause" else "excluded", None, reason)

    def earned(self, outcome: str) -> Verdict:
        """Decide an outcome for one who is in the cohort; without a price for them it is unknown."""
        if outcome not in self.memo:
            name, dot, word = outcome.partition(".")
            spec = self.world.contract["outcomes"][name] | ({"only": word} if dot else {})
            found = {
                "event": self.event,
                "absence": self.absence,
                "total": self.total,
                "held": self.held,
                "score": self.score,
                "fact": self.fact,
                "combine": self.combine,
                "scale": self.scale,
            }[spec["kind"]](spec)
            found = self.excused(spec, found)
            doubt = self.no_money(outcome) if not dot and found[0] in {"met", "pending"} else None
            self.memo[outcome] = found if doubt is None else ("unknown", None, doubt)
            for where in [] if dot else where_late(self.world.contract, outcome):
                self.memo[outcome] = self.waiting(self.memo[outcome], self.world.answer(where, self))
            for payment, key in [] if dot else asked_late(self.world.contract, outcome):
                self.memo[outcome] = self.asked_of(self.memo[outcome], payment, key)
        return self.memo[outcome]

    def excused(self, spec: dict[str, Any], verdict: Verdict) -> Verdict:
        """Leave out what is missed where the contract excuses that, or say that it is not known whether it does."""
        if "excused_by" not in spec or verdict[0] not in {"not_met", "pending"}:
            return verdict
        said = self.world.answer(spec["excused_by"], self.row)
        if said is True:
            return ("excluded", None, "excused")
        return doubtful(said) if isinstance(said, Doubt) and said is not Doubt.NEVER else verdict

    def result(self, outcome: str, part: str) -> Cell:
        """Give whether an outcome is met, its date or its value, or the doubt about it."""
        sure = self.is_subject() and self.standing() is None
        state, day, _ = self.earned(outcome) if sure else ("unknown", None, "")
        if state in {"pending", "unknown"}:
            return Doubt.PENDING if state == "pending" else Doubt.UNKNOWN
        if part == "met" or state != "met":
            return state == "met" if part == "met" else Doubt.NEVER
        if part == "date":
            return day
        found = self.parts(outcome)
        return self.points(outcome) if found is None else Fraction(sum(many for _, _, many in found))

    # -- windows

    def window(self, spec: dict[str, Any]) -> tuple[int, int] | Verdict:
        """Give the first and last day of a window before the term cuts it, or what the anchor settles."""
        window = spec.get("window")
        if window is None:
            term = self.world.term
            return (term[0], term[-1]) if spec["kind"] == "absence" else (1, END_OF_DAYS)
        kind = "from" if "from" in window else "after"
        if window[kind] == "start":
            anchor = self.start
            if anchor is None:
                return ("unknown", None, "missing_field")
        else:
            state, anchor, _ = self.earned(window[kind])
            if anchor is None:
                return (state, None, "anchor")
        last = self.world.last
        if "for" in window:
            length, doubt = self.text(window["for"], anchor)
            if length is None:
                return ("unknown", None, str(doubt))
            last = add_duration(anchor, length)
        elif "until" in window:
            last = date.fromisoformat(window["until"])
        return (anchor.toordinal() + (kind == "after"), last.toordinal())

    def own_rows(self, spec: dict[str, Any]) -> list[tuple[Row, int]]:
        """List the known rows of a table that are this participant's, with their days."""
        found = []
        for row in self.world.rows[spec["table"]]:
            day = row.cells[spec["date"]]
            mine = row is self.row or row.parent is self.row
            if mine and not row.copy and day is not None and self.world.recorded(row, day):
                found.append((row, day.toordinal()))
        return found

    def sightings(self, spec: dict[str, Any]) -> list[tuple[Row, int, Truth]]:
        """List the known rows an outcome reads that are not undone: the row, its day and whether its filter is true."""
        rows = [(row, day) for row, day in self.own_rows(spec) if not self.world.undone(spec, row)]
        return [(row, day, self.said_of(spec, row)) for row, day in rows]

    def said_of(self, spec: dict[str, Any], row: Row) -> Truth:
        """Find what a filter says of a row, and whether the row is of the word asked for, or of any."""
        found = self.world.answer(spec.get("when"), row)
        if found is False or "once_per" not in spec:
            return found
        word = row.cells[spec["once_per"]]
        if word is None:
            return Doubt.EMPTY if found is True else found
        return found if "only" not in spec or str(word) == spec["only"] else False

    # -- kinds

    def event(self, spec: dict[str, Any]) -> Verdict:  # noqa: PLR0911  # one way out for each state
        """Decide whether something happened in the window and the term."""
        window = self.window(spec)
        if len(window) == 3:
            return window
        term = self.world.term
        days = range(window[0], window[1] + 1)
        end = min(window[1], term[-1])
        if window[0] > window[1] and "until" in spec.get("window", {}):
            return ("not_met", None, "window_empty")
        if window[0] > end:
            return ("not_met", None, "outside_term")
        seen = self.sightings(spec)
        true_days = {day for _, day, truth in seen if truth is True}
        hits = {day for day in true_days if day in days and day in term}
        if hits:
            return ("met", date.fromordinal(decided_on(spec, [one for one in seen if one[1] in hits])), "met")
        doubt = worst([truth for _, day, truth in seen if day in days and day in term])
        if doubt not in {None, Doubt.NEVER}:
            return doubtful(doubt)
        if self.world.as_at.toordinal() < end:
            return ("pending", None, "window_open")
        if doubt is Doubt.NEVER:
            return doubtful(doubt)
        gone = [
            day for row, day in self.own_rows(spec) if self.world.undone(spec, row) and self.said_of(spec, row) is True
        ]
        undone = any(day in days and day in term for day in gone)
        return ("not_met", None, "undone" if undone else missed(true_days, days))

    def total(self, spec: dict[str, Any]) -> Verdict:  # noqa: PLR0911  # one way out for each state
        """Decide whether what is added up in the window and the term comes to a figure."""
        window = self.window(spec)
        if len(window) == 3:
            return window
        figure, reason = self.value(str(spec.get("reaches", spec.get("exceeds"))), self.anchor_day(spec))
        if figure is None:
            return ("unknown", None, str(reason))
        term = self.world.term
        days, end = range(window[0], window[1] + 1), min(window[1], term[-1])
        seen = [(row, day, truth) for row, day, truth in self.sightings(spec)]
        counted = [(row, day, truth) for row, day, truth in seen if truth is not False and day in days and day in term]
        doubt = worst([row.cells[spec["add"]] if truth is True else truth for row, _, truth in counted])
        is_open = self.world.as_at.toordinal() < end
        if doubt is Doubt.NEVER:
            return ("pending", None, "window_open") if is_open else doubtful(doubt)
        if doubt is not None:
            return doubtful(doubt)
        amounts = [(day, row.cells[spec["add"]]) for row, day, _ in counted]

        def enough(last: int) -> bool:
            so_far = sum((amount for day, amount in amounts if day <= last), Fraction(0))
            return so_far >= figure if "reaches" in spec else so_far > figure

        if amounts and enough(END_OF_DAYS):
            return ("met", date.fromordinal(min(day for day, _ in amounts if enough(day))), "met")
        if window[0] > window[1] and "until" in spec.get("window", {}):
            return ("not_met", None, "window_empty")
        if window[0] > end:
            return ("not_met", None, "outside_term")
        if is_open:
            return ("pending", None, "window_open")
        return ("not_met", None, "too_little" if amounts else missed({day for _, day, t in seen if t is True}, days))

    def held(self, spec: dict[str, Any]) -> Verdict:
        """Decide whether states held together for long enough."""
        return held(self, spec)[0]

    def score(self, spec: dict[str, Any]) -> Verdict:
        """Decide whether a score, or how it changed, is what is required."""
        return score(self, spec)

    def parts(self, outcome: str) -> list[Part] | None:
        """List the occurrences of an outcome that is met more than once; nothing for another."""
        spec = self.world.contract["outcomes"][outcome]
        if spec["kind"] == "event" and "once_per" in spec:
            words = {str(row.cells[spec["once_per"]]) for row, _, truth in self.sightings(spec) if truth is True}
            days = {word: self.earned(f"{outcome}.{word}")[1] for word in sorted(words)}
            return [(word, day, 1) for word, day in days.items() if day is not None]
        return held(self, spec)[1] if spec["kind"] == "held" and "for" not in spec else None

    def anchor_day(self, spec: dict[str, Any]) -> date | None:
        """Give the day that a window is counted from; the start without one."""
        window = spec.get("window", {"from": "start"})
        anchor = window.get("from", window.get("after"))
        return self.start if anchor == "start" else self.earned(anchor)[1]

    def absence(self, spec: dict[str, Any]) -> Verdict:  # noqa: PLR0911  # one way out for each state
        """Decide whether nothing happened in the window, wherever the term ends."""
        window = self.window(spec)
        if len(window) == 3:
            return window
        days = range(window[0], window[1] + 1)
        seen = [(day, truth) for _, day, truth in self.sightings(spec) if day in days]
        if any(truth is True for _, truth in seen):
            return ("not_met", None, "defeated")
        if window[0] > window[1]:
            return ("not_met", None, "outside_term" if "until" not in spec["window"] else "window_empty")
        if window[1] not in self.world.term:
            return ("not_met", None, "outside_term")
        doubt = worst([truth for _, truth in seen])
        if doubt not in {None, Doubt.NEVER}:
            return doubtful(doubt)
        if self.world.as_at.toordinal() < window[1]:
            return ("pending", None, "window_open")
        if doubt is Doubt.NEVER:
            return doubtful(doubt)
        return ("met", date.fromordinal(window[1]), "met")

    def fact(self, spec: dict[str, Any]) -> Verdict:  # noqa: PLR0911  # one way out for each state
        """Decide whether the participant's own row says so, on a day in the window and the term."""
        window = self.window(spec)
        if len(window) == 3:
            return window
        truth = self.world.answer(spec["when"], self.row)
        if isinstance(truth, Doubt) and truth is not Doubt.NEVER:
            return doubtful(truth)
        if window[0] > window[1] and "until" in spec.get("window", {}):
            return ("not_met", None, "window_empty")
        where = spec.get("date", "start")
        day = self.start if where == "start" else self.row.cells[where]
        if truth is True and day is not None and day <= self.world.as_at:
            days = range(window[0], window[1] + 1)
            if day.toordinal() in days and day.toordinal() in self.world.term:
                return ("met", day, "met")
            return ("not_met", None, missed({day.toordinal()}, days))
        if window[0] > min(window[1], self.world.term[-1]):
            return ("not_met", None, "outside_term")
        if self.world.as_at.toordinal() < min(window[1], self.world.term[-1]):
            return ("pending", None, "window_open")
        return ("not_met", None, "not_true" if truth is not Doubt.NEVER else truth.value)

    def combine(self, spec: dict[str, Any]) -> Verdict:
        """Decide from other outcomes."""
        return combined(spec["need"], [self.earned(name) for name in spec["of"]])

    # -- prices

    def period_number(self, kind: str, day: date | None) -> str | None:
        """Count the periods of the term up to the one that holds a day; nothing is in force outside the term."""
        world, starts = self.world, set()
        for number_of_day in world.term:
            if day is not None and number_of_day <= day.toordinal():
                starts.add(period_start(date.fromordinal(number_of_day), kind, world.year_starts))
        return str(len(starts)) if day is not None and day.toordinal() in world.term else None

    def key_value(self, key: str, day: date | None = None) -> tuple[str | None, str | None]:
        """Give the participant's label under a grouping, provider or text field, or the reason there is none.

        The label of a period is its number in the term, on a day.
        """
        groups = self.world.contract.get("groups", {})
        if key in groups:
            answers = self.labels_said(key)
            said = {label: None if isinstance(answer, Doubt) else answer for label, answer in answers.items()}
            rest = [label for label, text in groups[key].items() if text == "otherwise"]
            labels = [label for label, truth in said.items() if truth is True]
            if len(labels) > 1:
                return (None, "two_groups")
            if None in said.values():
                return (None, "missing_field")
            labels += rest if not labels else []
            return (labels[0], None) if labels else (None, "no_group")
        if key in PERIODS:
            found = self.period_number(key, day)
            return (found, None if found else "missing_field" if day is None else "no_price")
        if key == "provider":
            return (self.provider, None)
        found = self.row.cells[key]
        return (found, "missing_field" if found is None else None)

    def labels_said(self, grouping: str) -> dict[str, Truth]:
        """Find what the condition of each label of a grouping says of the participant."""
        texts = self.world.contract["groups"][grouping]
        return {label: self.world.answer(text, self) for label, text in texts.items() if text != "otherwise"}

    def points(self, outcome: str) -> Fraction | None:
        """Give the points of a scale for this participant, whatever its state."""
        spec = self.world.contract["outcomes"][outcome]
        number_held = self.points(spec["of"]) if "of" in spec else self.row.cells[spec["value"]]
        if number_held is None:
            return None
        found = [points for step, points in spec["points"].items() if in_step(Fraction(number_held), step)]
        assert len(found) == 1, (number_held, spec)
        return number(found[0])

    def scale(self, spec: dict[str, Any]) -> Verdict:
        """Decide a scale: met on the day of the start, or when what it is of is met."""
        if "of" in spec:
            return self.combine({"need": "all", "of": [spec["of"]]})
        if self.start is None or self.row.cells[spec["value"]] is None:
            return ("unknown", None, "missing_field")
        if self.start.toordinal() not in self.world.term:
            return ("not_met", None, "outside_term")
        if self.world.as_at < self.start:
            return ("pending", None, "window_open")
        return ("met", self.start, "met")

    def value(self, written: str, day: date | None) -> tuple[Fraction | None, str | None]:
        """Give a literal or a named value for this participant on a day, or the reason there is none."""
        text, doubt = self.text(written, day)
        return (None if text is None else number(text), doubt)

    def text(self, written: str, day: date | None) -> tuple[str | None, str | None]:
        """Give the words of a literal or a named value for this participant on a day, or why there are none."""
        shape = self.world.contract.get("values", {}).get(written, written)
        keys, labels = keys_of(shape), {}
        for key in sorted(keys, key=PERIODS.__contains__):  # a period is a day, and days come after people
            label, doubt = self.key_value(key, day)
            if label is None:
                return (None, doubt)
            labels[key] = label
        if isinstance(shape, dict) and "dated" in shape:
            if day is None:
                return (None, "missing_field")
            shape = in_force(shape["dated"], day)
            if shape is None:
                return (None, "no_price")
        return (looked_up(shape, [labels[key] for key in keys]), None)

    def priced(self, written: str, day: date | None, occurrence: str, outcome: str) -> Fraction:
        """Give a price on a day, which may be by the word of which the outcome was met."""
        shape = self.world.contract.get("values", {}).get(written)
        word = self.world.contract["outcomes"][outcome].get("once_per")
        if isinstance(shape, dict) and word is not None and shape.get("by") == word:
            shape = in_force(shape["dated"], day) if "dated" in shape and day else shape
            return number(str(shape.get(occurrence, shape.get("*"))))
        found, doubt = self.value(written, day)
        assert found is not None, doubt
        return found

    def asked_of(self, verdict: Verdict, payment: str, key: str) -> Verdict:
        """Hold back what is met until it is known whom and what is paid for it."""
        if verdict[0] not in {"met", "pending"}:
            return verdict
        if key == "the price":
            _, doubt = self.paid_by(payment).text(self.world.contract["payments"][payment]["price"], self.start)
            dated = doubt if self.start is None or doubt == "no_price" else None
            return ("unknown", None, dated) if dated else verdict
        if self.key_value(key)[1] in {"two_groups", "no_group"}:
            return ("unknown", None, str(self.key_value(key)[1]))
        return self.waiting(verdict, worst(list(self.labels_said(key).values())))

    def paid_by(self, payment: str) -> Person:
        """Give the participant with the provider that a payment is paid to, as far as it is known."""
        to = self.world.contract["payments"][payment].get("to")
        return self if to is None else evolve(self, payee=self.key_value(to)[0])

    def waiting(self, verdict: Verdict, doubt: Truth | None) -> Verdict:
        """Hold back what is met until it is known whether an adjustment acts on it, or which label it has."""
        if verdict[0] not in {"met", "pending"} or not isinstance(doubt, Doubt):
            return verdict
        if doubt is Doubt.PENDING:
            return ("pending", None, doubt.value) if verdict[0] == "met" else verdict
        return ("unknown", None, "missing_field" if doubt is Doubt.NEVER else doubt.value)

    def no_money(self, outcome: str) -> str | None:
        """Give the first reason a payment of this outcome could not be worked out."""
        contract = self.world.contract
        for payment, spec in contract.get("payments", {}).items():
            if spec.get("pays_for") != outcome:
                continue
            to = spec.get("to", "")
            if to and not is_late(self.world.contract, to) and self.key_value(to)[1] is not None:
                return self.key_value(to)[1]
            on_start = spec.get("price_on", "achieved") == "start"
            word = contract["outcomes"][outcome].get("once_per")
            by_word = word in keys_of(contract.get("values", {}).get(spec["price"]))
            for figure in [*([] if by_word else [spec["price"]]), *spec.get("times", [])]:
                doubt = self.doubt_of_figure(payment, figure, on_start=on_start)
                if doubt is not None:
                    return doubt
            for change in contract.get("adjustments", []):
                if payment not in change.get("on", [payment]):
                    continue
                shape = contract.get("values", {}).get(change.get("at_most", change.get("by")))
                keys = [key for key in keys_of(shape) if key not in PERIODS]
                others = {*PERIODS, "payment", "outcome", contract["cohort"]["of"]}
                keys += [key for key in change.get("per", []) if key not in others]
                early = [key for key in keys if not is_late(self.world.contract, key)]
                doubts = [reason for _, reason in map(self.key_value, early) if reason is not None]
                where = change.get("where")
                if not reads_results(self.world.contract, where) and self.world.truth(where, self.row) is None:
                    doubts.append("missing_field")
                if doubts:
                    return doubts[0]
        return None

    def doubt_of_figure(self, payment: str, figure: str, *, on_start: bool) -> str | None:
        """Give the first reason why a figure cannot be found that does not hang on results."""
        spec = self.world.contract["payments"][payment]
        keys = keys_of(self.world.contract.get("values", {}).get(figure))
        to = spec.get("to", "") if "provider" in keys else ""
        late = [key for key in [*keys, to] if is_late(self.world.contract, key)]
        if not late:
            one = self.paid_by(payment) if to else self
            return one.value(figure, self.start if on_start else self.world.first)[1]
        people = [key for key in keys if key not in PERIODS and not is_late(self.world.contract, key)]
        return next((reason for _, reason in map(self.key_value, people) if reason is not None), None)


def decided_on(spec: dict[str, Any], seen: list[tuple[Row, int, Truth]]) -> int:
    """Pick the day that decides; of what is met once for each word, the first of theirs."""
    pick = min if spec.get("pick", "first") == "first" else max
    words: dict[str, list[int]] = {}
    for row, day, truth in seen:
        word = str(row.cells[spec["once_per"]]) if "once_per" in spec else ""
        words.setdefault(word, []).extend([day] if truth is True else [])
    return min(pick(days) for days in words.values() if days)


def doubtful(doubt: Doubt | None) -> Verdict:
    """Give the verdict of a condition in doubt."""
    states = {Doubt.NEVER: "not_met", Doubt.UNKNOWN: "unknown", Doubt.EMPTY: "unknown", Doubt.PENDING: "pending"}
    assert doubt is not None
    return (states[doubt], None, doubt.value)


def in_step(value: Fraction, step: str) -> bool:
    """Whether a number is in a step written like `under 5`, `5 to 9` or `10 or more`."""
    words = step.split()
    if words[0] == "under":
        return value < Fraction(words[1])
    if words[-1] == "more":
        return value >= Fraction(words[0])
    return Fraction(words[0]) <= value <= Fraction(words[-1])


def missed(true_days: set[int], days: range) -> str:
    """Say why none of the days on which something was true counts: no window and term hold any of them."""
    if any(day in days for day in true_days):
        return "outside_term"
    if any(day >= days.stop for day in true_days):
        return "after_window"
    return "before_window" if true_days else "no_evidence"


def combined(need: str, parts: list[Verdict]) -> Verdict:
    """Combine verdicts: all of them, any of them or so many of them."""
    states = [state for state, _, _ in parts]
    days = sorted(day for _, day, _ in parts if day is not None)
    met, pending, unknown = (states.count(state) for state in ("met", "pending", "unknown"))
    if need == "all":
        order = ["not_met", "unknown", "pending", "excluded", "met"]
        state, day = next(s for s in order if s in states), days[-1] if days else None
    elif need == "any":
        order = ["met", "pending", "unknown", "excluded", "not_met"]
        state, day = next(s for s in order if s in states), days[0] if days else None
    else:
        count = int(need)
        day = days[count - 1] if met >= count else None
        left = states.count("excluded")
        if met >= count or met + pending + unknown + left < count:
            state = "met" if met >= count else "not_met"
        elif met + pending + unknown >= count:  # it can be reached without those that are excused
            state = "pending" if met + pending >= count else "unknown"
        else:
            state = "excluded" if met + left >= count else "pending" if met + left + pending >= count else "unknown"
    return (state, day, "met") if state == "met" else (state, None, f"part_{state}")
