"""The oracle's scores: every row that could be picked is looked at by itself, and scores are fractions."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.oracle_words import Doubt, Truth, number, worst

if TYPE_CHECKING:
    from tests.oracle_people import Person, Verdict, World
    from tests.oracle_rows import Row

Seen: TypeAlias = "list[tuple[Row, int, Truth]]"

Z = {"80%": "1.2816", "90%": "1.6449", "95%": "1.96", "98%": "2.3263", "99%": "2.5758", "99.8%": "3.0902"}
TESTS = ("at_least", "at_most", "above", "below")


def changes(spec: dict[str, Any]) -> bool:
    """Say whether a score is compared with an earlier one."""
    return "change" in spec or "reliable" in spec


def base_days(person: Person, spec: dict[str, Any]) -> tuple[int, int] | Verdict:
    """Give the first and last day on which a baseline may lie, or what the anchor settles."""
    said = spec.get("baseline", {})
    if "from" in said or "after" in said:
        return person.window({"kind": "score", "window": {key: said[key] for key in said if key != "pick"}})
    until = said.get("until", "start")
    window = {"from": until, "for": "0 days"}
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", until):
        window = {"from": "start", "until": until}
    found = person.window({"kind": "score", "window": window})
    return found if len(found) == 3 else (1, found[1])


def content(row: Row) -> list[tuple[bool, Any]]:
    """Give a row's values in the order of its fields' names, empty ones first."""
    return [(row.cells[name] is not None, row.cells[name] or 0) for name in sorted(row.cells)]


def ahead(one: tuple[Row, int], other: tuple[Row, int], how: str) -> bool:
    """Say whether a row is picked before another one."""
    if one[1] != other[1]:
        return one[1] > other[1] if how == "last" else one[1] < other[1]
    return content(one[0]) < content(other[0])


def picked(rows: Seen, how: str) -> Row | None:
    """Pick the row that no other is ahead of, among those that surely count."""
    sure = [(row, day) for row, day, truth in rows if truth is True]
    firsts = [one for one in sure if not any(ahead(other, one, how) for other in sure)]
    assert len(firsts) == bool(sure)
    return firsts[0][0] if firsts else None


def rivals(rows: Seen, how: str) -> Seen:
    """List the undecided rows that would be on the day picked, if they counted."""
    days = [day for _, day, truth in rows if truth is True]
    end = max if how == "last" else min
    return [one for one in rows if isinstance(one[2], Doubt) and end([*days, one[1]]) == one[1]]


def candidates(person: Person, spec: dict[str, Any], role: str) -> Seen:
    """List the rows among which the baseline is picked, or the follow-up once there is a baseline."""
    seen = [one for one in person.sightings(spec) if one[2] is not False]
    if role == "baseline":
        days = base_days(person, spec)
        return [one for one in seen if len(days) == 2 and days[0] <= one[1] <= days[1]]
    days, earliest = person.window(spec), 0
    if changes(spec):
        base = picked(candidates(person, spec, "baseline"), how_of(spec, "baseline"))
        if base is None:
            return []
        earliest = base.cells[spec["date"]].toordinal() + 1
    inside = [one for one in seen if len(days) == 2 and days[0] <= one[1] <= days[1] and one[1] >= earliest]
    return [one for one in inside if one[1] in person.world.term]


def how_of(spec: dict[str, Any], role: str) -> str:
    """Say whether the first or the last of the rows is picked."""
    return str(spec.get("baseline" if role == "baseline" else "follow_up", {}).get("pick", "last"))


def points(spec: dict[str, Any], row: Row) -> Fraction | None:
    """Give the score of a row; nothing if it has none."""
    value = spec["value"]
    if isinstance(value, str):
        held = row.cells[value]
        return None if held is None else Fraction(held)
    ends = sum(int(end) for end in value["each"].split(" to "))
    answers = []
    for name in value["sum"]:
        answer = row.cells[name]
        if answer is not None:
            answers.append(ends - answer if name in value.get("reverse", []) else answer)
    if len(value["sum"]) - len(answers) > int(value.get("most_missing", 0)):
        return None
    return sum(answers, Fraction(0)) / len(answers) * len(value["sum"])


def undecided(rows: Seen, how: str, is_open: bool) -> Verdict | None:
    """Say what rows leave open that may be the one that is picked."""
    doubt = worst([truth for _, _, truth in rivals(rows, how)])
    if doubt is Doubt.NEVER:
        return ("pending", None, "window_open") if is_open else ("not_met", None, doubt.value)
    if doubt is None:
        return None
    return ("pending" if doubt is Doubt.PENDING else "unknown", None, doubt.value)


def of_baseline(person: Person, spec: dict[str, Any]) -> Verdict | Fraction:
    """Give the score of the baseline, or what is decided without one."""
    days, rows, how = base_days(person, spec), candidates(person, spec, "baseline"), how_of(spec, "baseline")
    if len(days) == 3:
        return days
    is_open = person.world.as_at.toordinal() < days[1]
    row = picked(rows, how)
    found = undecided(rows, how, is_open)
    if found is not None:
        return found
    if row is None:
        return ("pending", None, "window_open") if is_open else ("not_met", None, "no_baseline")
    score = points(spec, row)
    if score is None:
        return ("unknown", None, "missing_field")
    if "of" in spec and score <= 0:
        return ("pending", None, "window_open") if is_open else ("not_met", None, "zero_baseline")
    return score


def passes(spec: dict[str, Any], score: Fraction, base: Fraction | None, figure: Fraction) -> bool:
    """Say whether a score, or its change, is what is required."""
    tested = score
    if base is not None:
        tested = base - score if spec.get("change") == "down" else score - base
    if "reliable" in spec:
        terms = spec["reliable"]
        z, sd, rest = (number(text) for text in (terms.get("z") or Z[terms["level"]], terms["sd"], "1"))
        rest -= number(terms["reliability"])
        beyond = tested * tested > z * z * sd * sd * 2 * rest
        return beyond and ("change" not in spec or tested > 0)
    if "of" in spec:
        assert base is not None
        tested /= base
    test = next(key for key in TESTS if key in spec)
    return {
        "at_least": tested >= figure,
        "at_most": tested <= figure,
        "above": tested > figure,
        "below": tested < figure,
    }[test]


def score(person: Person, spec: dict[str, Any]) -> Verdict:
    """Decide whether a score, or how it changed, is what is required."""
    window, base = person.window(spec), base_days(person, spec) if changes(spec) else (1, 1)
    if len(window) == 3:
        return window
    if len(base) == 3:
        return base
    figure, reason = Fraction(0), None
    if "reliable" not in spec:
        text = str(next(spec[key] for key in TESTS if key in spec))
        found, reason = person.value(text, person.anchor_day(spec))
        figure = found or Fraction(0)
    if reason is not None:
        return ("unknown", None, reason)
    held = of_baseline(person, spec) if changes(spec) else None
    return held if isinstance(held, tuple) else of_follow_up(person, spec, window, (held, figure))


def of_follow_up(  # noqa: PLR0911  # one way out for each state
    person: Person, spec: dict[str, Any], window: tuple[int, int], against: tuple[Fraction | None, Fraction]
) -> Verdict:
    """Decide by the follow-up, against the score of the baseline, if any, and a figure."""
    term, now = person.world.term, person.world.as_at.toordinal()
    end = min(window[1], term[-1])
    rows, how = candidates(person, spec, "follow"), how_of(spec, "follow")
    verdict = undecided(rows, how, now < end)
    if verdict is not None:
        return verdict
    if window[0] > window[1] and "until" in spec.get("window", {}):
        return ("not_met", None, "window_empty")
    if window[0] > end:
        return ("not_met", None, "outside_term")
    row = picked(rows, how)
    if row is None:
        return ("pending", None, "window_open") if now < end else ("not_met", None, absent(person, spec, window))
    value = points(spec, row)
    if value is None:
        return ("unknown", None, "missing_field")
    if passes(spec, value, *against):
        return ("met", row.cells[spec["date"]], "met")
    return ("pending", None, "window_open") if now < end else ("not_met", None, "score_short")


def absent(person: Person, spec: dict[str, Any], window: tuple[int, int]) -> str:
    """Say why no row gives a score."""
    days = [day for _, day, truth in person.sightings(spec) if truth is True]
    if changes(spec):
        base = picked(candidates(person, spec, "baseline"), how_of(spec, "baseline"))
        days = [day for day in days if base is not None and day > base.cells[spec["date"]].toordinal()]
    if any(window[0] <= day <= window[1] and day not in person.world.term for day in days):
        return "outside_term"
    if any(day > window[1] for day in days):
        return "after_window"
    before = not changes(spec) and any(day < window[0] for day in days)
    return "before_window" if before else "no_evidence"


def score_uses(person: Person | None, outcome: str, row: Row, world: World) -> list[str]:
    """List what one outcome made of a row, as its follow-up and as its baseline; nothing if it does not read it."""
    spec = world.contract["outcomes"][outcome]
    if spec["table"] != row.table:
        return []
    roles = ["follow", "baseline"] if changes(spec) else ["follow"]
    found = [score_use(person, outcome, row, world, role) for role in roles]
    return [use for use in found if use is not None]


def score_use(  # noqa: PLR0911  # one way out for each use
    person: Person | None, outcome: str, row: Row, world: World, role: str
) -> str | None:
    """Say what one outcome made of one row in one of its roles."""
    spec = world.contract["outcomes"][outcome]
    day, truth = row.cells[spec["date"]], world.truth(spec.get("when"), row)
    if day is None or truth is False:
        return None
    if person is None or not world.recorded(row, day):
        return "not_yet_recorded"
    if row.copy:
        return "same_row"
    if person.standing() in {"include_failed", "exclude_hit"}:
        return "not_included"
    days = base_days(person, spec) if role == "baseline" else person.window(spec)
    if len(days) == 2 and not days[0] <= day.toordinal() <= days[1]:
        return "before_window" if day.toordinal() < days[0] else "after_window"
    if role == "follow" and day.toordinal() not in world.term:
        return "outside_term"
    rows, how = candidates(person, spec, role), how_of(spec, role)
    if truth is None:
        able = any(other is row for other, _, _ in rivals(rows, how))
        return "used" if able and person.verdict(outcome)[0] == "unknown" else "not_picked"
    return "used" if picked(rows, how) is row else "not_picked"


def anchors_of(spec: dict[str, Any]) -> set[str]:
    """Name the outcomes that a baseline is counted from."""
    said = spec.get("baseline", {}) if changes(spec) else {}
    found = {said[key] for key in ("from", "after", "until") if key in said}
    return {name for name in found if name != "start" and not name[0].isdigit()}
