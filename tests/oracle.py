"""A slow second evaluator, written from the rules and not from the engine.

One participant at a time, one row at a time, in plain Python: days are whole numbers, windows are
ranges of days, money and shares are fractions. It has its own reader of cells, its own conditions
and its own calendar, so that a fault in the engine has no twin here. It knows the part of the
language that `tests.strategies` writes and refuses the rest. Days and conditions are in
`tests.oracle_words`, rows in `tests.oracle_rows`, what a contract names in
`tests.oracle_names`, participants in `tests.oracle_people`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from attrs import frozen

from pbr.reasons import USES
from tests.oracle_changes import settle
from tests.oracle_held import held_uses
from tests.oracle_money import Key, Paid, pay, recorded_field
from tests.oracle_names import keys_of, named_by, read_by
from tests.oracle_people import Person, Verdict, World
from tests.oracle_rows import Contract, Row, Tables, accept, cohort_table
from tests.oracle_scores import content, score_uses
from tests.oracle_words import questions

if TYPE_CHECKING:
    from datetime import date


@frozen
class Answer:
    """What the contract means for one return on one day."""

    decisions: dict[tuple[str, str], Verdict]
    lines: dict[Key, int]
    use: dict[tuple[str, int, str], str]
    refused: set[tuple[str, int]]
    total: int


# ---------------------------------------------------------------- what each row was used for


LEFT_OUT = {"include_failed", "exclude_hit"}


def use_for(person: Person | None, outcome: str, row: Row, world: World) -> str | None:
    """Say what one outcome made of one row, the first that fits; nothing if it does not read it."""
    spec = world.contract["outcomes"][outcome]
    day, truth = row.cells[spec["date"]], world.truth(spec.get("when"), row)
    if day is None or truth is False:
        return None
    if not world.recorded(row, day):
        return "not_yet_recorded"
    if person is None:
        return "not_yet_recorded"
    if row.copy:
        return "same_row"
    if person.standing() in LEFT_OUT:
        return "not_included"
    return missed_by(person, spec, day) or picked_by(person, outcome, row, truth)


def missed_by(person: Person, spec: dict[str, Any], day: date) -> str | None:
    """Say how a day lies outside an outcome's window or, for an event, the term."""
    window, at = person.window(spec), day.toordinal()
    if len(window) == 2:
        if at < window[0]:
            return "before_window"
        if at > window[1]:
            return "after_window"
    outside = spec["kind"] in {"event", "total"} and at not in person.world.term
    return "outside_term" if outside else None


def picked_by(person: Person, outcome: str, row: Row, truth: bool | None) -> str:
    """Say whether a row that could count settled the decision.

    One true row settles an event or defeats an absence: that of the first day (or the last, if the event
    says so), and of several on that day the first by content. If none does, one whose filter is unknown
    counts where the outcome is unknown. Without a window none does.
    """
    spec = person.world.contract["outcomes"][outcome]
    window = person.window(spec)
    if len(window) == 3 or person.world.undone(spec, row):
        return "not_picked"
    word = row.cells[spec["once_per"]] if "once_per" in spec else None
    if word is None and "once_per" in spec:
        truth = None
    if spec["kind"] == "total" and truth is True:
        return "used"
    able = [
        (seen, day)
        for seen, day, true in person.sightings(spec)
        if true is True and window[0] <= day <= window[1] and (spec["kind"] == "absence" or day in person.world.term)
    ]
    if word is not None and truth is not None:
        able = [(seen, day) for seen, day in able if seen.cells[spec["once_per"]] == word]
    if truth is None:
        settled = able and spec["kind"] != "total"
        return "used" if not settled and person.verdict(outcome)[0] == "unknown" else "not_picked"
    pick = max if spec.get("pick") == "last" else min
    deciding = pick(day for _, day in able)
    best = min((seen for seen, day in able if day == deciding), key=content)
    return "used" if row is best else "not_picked"


def uses(world: World, people: list[Person]) -> dict[tuple[str, int, str], str]:
    """Give the use of every accepted row for every event or absence that reads it.

    The place of the outcome is ``-`` for a row that none reads, and for what the cohort made of a
    participant's own row.
    """
    found: dict[tuple[str, int, str], str] = {}
    cohort, outcomes = cohort_table(world.contract), world.contract["outcomes"]
    put = {  # what is asked about each outcome, which is the same of every row
        outcome: [(key, each) for key, text in asking(world.contract, outcome) for each in questions(text)]
        for outcome in outcomes
    }
    for table, rows in world.rows.items():
        for row in rows:
            top = row.parent or row
            person = next((one for one in people if one.row.cells == top.cells), None)
            for outcome, spec in outcomes.items():
                reads = spec.get("table") == table and spec["kind"] != "score"
                made = [use_for(person, outcome, row, world)] if reads else []
                made += score_uses(person, outcome, row, world) if spec["kind"] == "score" else []
                made += held_uses(person, outcome, row, world) if spec["kind"] == "held" else []
                made += [
                    asked_use(world, person, outcome, row, inside, key)
                    for key, (asked, day, inside) in put[outcome]
                    if asked == table and (not day or row.cells[day] is not None)
                ]
                kept = [use for use in made if use is not None]
                if kept:
                    found[table, row.index, outcome] = min(kept, key=list(USES).index)
            if table == cohort:
                found[table, row.index, "-"] = cohort_use(person, row)
            elif not any((table, row.index, outcome) in found for outcome in outcomes):
                found[table, row.index, "-"] = "unasked"
    return found


def asking(contract: Contract, outcome: str) -> list[tuple[str, str]]:
    """List the conditions that bear on an outcome: its own, the clauses, and those that set what it is paid."""
    spec, cohort = contract["outcomes"][outcome], contract["cohort"]
    found = [(key, spec.get(key, "")) for key in ("when", "excused_by")]
    found += [("clause", clause["when"]) for side in ("include", "exclude") for clause in cohort.get(side, [])]
    paid = {name for name, each in contract.get("payments", {}).items() if each.get("pays_for") == outcome}
    changes = [each for each in contract.get("adjustments", []) if paid & set(each.get("on", paid))]
    found += [("where", each.get("where", "")) for each in changes]
    bearing = [list(spec.values()), *(contract["payments"][name] for name in paid), *changes]
    words = set(re.findall(r"\w+", json.dumps(bearing)))
    words |= {key for name, shape in contract.get("values", {}).items() if name in words for key in keys_of(shape)}
    for grouping, labels in contract.get("groups", {}).items():
        found += [("group", text) for text in labels.values() if grouping in words]
    return found


def asked_use(  # a row, and all that was asked of it
    world: World, person: Person | None, outcome: str, row: Row, inside: str, key: str
) -> str | None:
    """Say what became of a row that an outcome asks about; nothing if it was passed over."""
    seen = None if person is None else world.seen(row)
    if person is None or seen is None:
        return None if world.truth(inside or None, row) is False else "not_yet_recorded"
    truth = world.truth(inside or None, seen)
    if truth is False:
        return None
    if row.copy:
        return "same_row"
    state, _, reason = person.verdict(outcome)
    if person.standing() in LEFT_OUT:
        return "not_included"
    if truth and key == "excused_by" and reason != "excused":
        return "not_picked"
    return "not_picked" if truth is None and state != "unknown" else "used"


def cohort_use(person: Person | None, row: Row) -> str:
    """Say what the cohort made of a participant's own row."""
    if person is None:
        return "not_yet_recorded"
    if row.copy:
        return "same_row"
    return "not_included" if person.standing() in LEFT_OUT else "used"


def run(contract: Contract, tables: Tables, as_at: date) -> Answer:
    """Evaluate a contract on a return, as at the end of a day.

    Args:
        contract: The contract as plain maps, lists and text.
        tables: For each table its rows, each from returned heading to text; ``None`` and ``""`` are empty.
        as_at: The day at whose end the question is asked.

    Returns:
        Every decision, line and use, the refused rows (table, place from 0) and the total in minor units.
    """
    world, people, refused = opened(contract, tables, as_at)
    decisions = {(one.name, outcome): one.verdict(outcome) for one in people for outcome in contract["outcomes"]}
    used = uses(world, people)
    lines = settle(world, paid_for(world, people, used))
    return Answer(decisions, lines, used, refused, sum(lines.values()))


def opened(contract: Contract, tables: Tables, as_at: date) -> tuple[World, list[Person], set[tuple[str, int]]]:
    """Give the accepted rows as at a day, the participants, and the refused rows."""
    rows, refused = accept(contract, tables)
    world = World(contract, rows, as_at)
    everyone = [Person(world, row) for row in rows[cohort_table(contract)] if not row.copy]
    return world, [person for person in everyone if person.is_subject()], refused


def paid_for(world: World, people: list[Person], used: dict[tuple[str, int, str], str]) -> list[Paid]:
    """Make the payment lines before any adjustment."""
    return pay(world, people, lambda person, outcome, part, day: known_on(world, used, person, outcome, (part, day)))


def known_on(
    world: World, used: dict[tuple[str, int, str], str], person: Person, outcome: str, part: tuple[str, date]
) -> date | None:
    """Find the last day on which a row was recorded that decided one time an outcome was met, or what that rests on."""
    found = [row.cells[recorded] for row in [person.row] if (recorded := recorded_field(world, row.table))]
    for row in Behind(world, used, person).own(outcome, *part):
        field = recorded_field(world, row.table)
        if field is not None:
            found.append(row.cells[field])
    return max(found, default=None)


@frozen
class Behind:
    """The rows behind what one participant achieved."""

    world: World
    used: dict[tuple[str, int, str], str]
    person: Person

    def rows(self, outcome: str) -> list[Row]:
        """List the participant's rows that an outcome used."""
        mine = []
        for table, rows in self.world.rows.items():
            for row in rows:
                top = row.parent or row
                theirs = top.cells == self.person.row.cells and not row.copy
                if theirs and self.used.get((table, row.index, outcome)) == "used":
                    mine.append(row)
        return mine

    def own(self, outcome: str, word: str, day: date) -> list[Row]:
        """List the rows behind one time an outcome was met."""
        spec = self.world.contract["outcomes"][outcome]
        kept = [row for row in self.rows(outcome) if word_of(spec, row) in {None, word} and self.begun(spec, row, day)]
        return kept + self.rests(outcome)

    def rests(self, outcome: str) -> list[Row]:
        """List the rows behind what an outcome is decided from: parts that met it, anchors, and results read."""
        contract = self.world.contract
        spec = contract["outcomes"][outcome]
        named, read = named_by(contract, outcome), read_by(contract, outcome)
        if spec["kind"] == "combine" and spec["need"] != "all":
            day = self.person.earned(outcome)[1]
            dated = [(name, self.person.earned(name)[1]) for name in spec["of"]]
            earlier = [name for name, met_on in dated if met_on is not None and day is not None and met_on < day]
            need = 1 if spec["need"] == "any" else int(spec["need"])
            named = earlier + [name for name, met_on in dated if met_on == day][: need - len(earlier)]
        found = [row for name in named for row in self.of(name)]
        for other in read:
            found += [*self.rows(other), *self.rests(other)]
        return found

    def of(self, name: str) -> list[Row]:
        """List the rows behind an outcome, or one word of it, on the day on which it is dated."""
        outcome, _, word = name.partition(".")
        spec, day = self.world.contract["outcomes"][outcome], self.person.earned(name)[1]
        if day is None:
            return []
        words = {word} if word else {each for each, when, _ in self.person.parts(outcome) or [] if when == day}
        kept = [row for row in self.rows(outcome) if word_of(spec, row) in {None, *words}]
        return [row for row in kept if self.begun(spec, row, day)] + self.rests(outcome)

    def begun(self, spec: dict[str, Any], row: Row, day: date) -> bool:
        """Say whether a row of a run or a sum began by a day; any other did."""
        days = []
        if spec["kind"] == "total" and row.table == spec["table"]:
            days = [row.cells[spec["date"]]]
        elif spec["kind"] == "held":
            names = [name for key in ("in", "not_in") for name in listed(spec.get(key, []))]
            spells = [self.world.contract["spells"][name] for name in names]
            days = [row.cells[spell.get("from", spell.get("on"))] for spell in spells if spell["table"] == row.table]
        begun = [each for each in days if each is not None]
        return not begun or min(begun) <= day


def word_of(spec: dict[str, Any], row: Row) -> str | None:
    """Give the word a row is of, for an outcome that is met once for each."""
    return str(row.cells[spec["once_per"]]) if "once_per" in spec and spec["table"] == row.table else None


def listed(written: str | list[str]) -> list[str]:
    """Give one name or several as a list."""
    return [written] if isinstance(written, str) else written
