"""The oracle's spells: sets of days, taken one day at a time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import evolve, frozen

from tests.oracle_words import add_duration, period_start

if TYPE_CHECKING:
    from tests.oracle_people import Person, Verdict, World
    from tests.oracle_rows import Row

Part: TypeAlias = "tuple[str, date, int]"
"""The name of an occurrence, its day, and how many it is."""
Run: TypeAlias = "tuple[int, int]"


@frozen
class Stay:
    """A row that says something about a state: its days, and whether it surely does."""

    row: Row
    first: int
    last: int
    truth: bool | None


def rows_of(person: Person, spell: dict[str, Any], key: str) -> list[Stay]:
    """List the known rows of a state, its opening or its closing, but those that surely are none."""
    world, found = person.world, []
    for row in world.rows[spell["table"]]:
        begins = row.cells[spell["from" if "from" in spell else "on"]]
        mine = row is person.row or row.parent is person.row
        if not mine or row.copy or begins is None or not world.recorded(row, begins):
            continue
        ends = row.cells[spell["to"]] if "to" in spell else begins
        ends = world.as_at if ends is None else min(ends, world.as_at)
        truth = world.truth(spell.get(key), row)
        if truth is not False:
            found.append(Stay(row, begins.toordinal(), ends.toordinal(), truth))
    return found


def holds_on(person: Person, spell: dict[str, Any], wanted: bool) -> set[int]:
    """Give the days on which a state holds; in doubt it holds if it must not, and does not if it must."""
    if "from" in spell:
        stays = [stay for stay in rows_of(person, spell, "when") if stay.truth or not wanted]
        return {day for stay in stays for day in range(stay.first, stay.last + 1)}
    opened = sorted(stay.first for stay in rows_of(person, spell, "opens") if stay.truth or not wanted)
    closed = sorted(stay.first for stay in rows_of(person, spell, "closes") if stay.truth or wanted)
    world = person.world
    found = set()
    for day in range(min([*opened, world.as_at.toordinal()]), world.as_at.toordinal() + 1):
        if bisect_right(opened, day) > bisect_left(closed, day):
            found.add(day)
    return found


@frozen
class Story:
    """What the days of a held outcome come to."""

    runs: list[Run]
    doubtful: bool
    before: bool
    after: bool
    outside: bool

    @property
    def days(self) -> list[int]:
        """Give every day held, in order."""
        return [day for first, last in self.runs for day in range(first, last + 1)]


def tell(person: Person, spec: dict[str, Any], window: tuple[int, int]) -> Story:
    """Follow the days of an outcome."""
    world, spells = person.world, person.world.contract["spells"]
    finish = spec.get("last_run") == "may_finish"
    reach = END if finish else window[1]
    looked = [day for day in world.term if window[0] <= day <= min(reach, world.as_at.toordinal())]
    days = set(looked)
    for name in spec.get("in", []):
        days &= holds_on(person, spells[name], wanted=True)
    for name in spec.get("not_in", []):
        days -= holds_on(person, spells[name], wanted=False)
    runs = runs_of(days, length_in_days(spec.get("gap", "0 days")))
    if finish:
        runs = [run for run in runs if run[0] <= min(window[1], world.term[-1])]
    story = Story(runs, *[False] * 4)
    edges = (looked[0], looked[-1]) if looked else (END, 0)
    for name in [*spec.get("in", []), *spec.get("not_in", [])]:
        story = seen_beside(person, story, spells[name], (window, edges), wanted=name in spec.get("in", []))
    return story


def runs_of(days: set[int], gap: int) -> list[Run]:
    """Put days together that are no further from each other than a gap."""
    runs: list[Run] = []
    for day in sorted(days):
        if runs and day - runs[-1][1] - 1 <= gap:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def seen_beside(
    person: Person, story: Story, spell: dict[str, Any], days: tuple[tuple[int, int], tuple[int, int]], *, wanted: bool
) -> Story:
    """Note what is in doubt about a state in the days looked at, and where its other rows lie."""
    window, (low, high) = days
    if "on" in spell:
        later = [stay.first for stay in rows_of(person, spell, "opens") if stay.truth is None]
        later += [stay.first + 1 for stay in rows_of(person, spell, "closes") if stay.truth is None]
        return evolve(story, doubtful=story.doubtful or any(day <= high for day in later))
    stays = rows_of(person, spell, "when")
    inside = [stay for stay in stays if stay.first <= high and stay.last >= low]
    found = evolve(story, doubtful=story.doubtful or any(stay.truth is None for stay in inside))
    sure = [stay for stay in stays if stay.truth and wanted]
    within = [stay for stay in sure if stay.first <= window[1] and stay.last >= window[0]]
    return evolve(
        found,
        before=found.before or any(stay.last < window[0] for stay in sure),
        after=found.after or any(stay.first > window[1] for stay in sure),
        outside=found.outside or any(stay not in inside for stay in within),
    )


END = date.max.toordinal()


def length_in_days(text: str) -> int:
    """Count the days of a length of days or weeks."""
    count, unit = text.split()
    return int(count) * (7 if unit.startswith("week") else 1)


def lasts(first: int, times: int, length: str) -> int:
    """Give the day on which so many lengths, counted from a day in one step, have been held."""
    count, unit = length.split()
    return add_duration(date.fromordinal(first), f"{int(count) * times} {unit}").toordinal() - 1


def blocks(spec: dict[str, Any], story: Story, length: str) -> list[int]:
    """List the last day of every whole block, in order."""
    if spec["run"] == "added_up" or spec.get("after_gap") == "resume":
        size, days = length_in_days(length), story.days
        return [days[place - 1] for place in range(size, len(days) + 1, size)]
    found = []
    for first, last in story.runs:
        times = 1
        while lasts(first, times, length) <= last:
            found.append(lasts(first, times, length))
            times += 1
    return found


def in_periods(world: World, spec: dict[str, Any], story: Story, end: int) -> list[Part]:
    """Count the days of each period that is over, or of all."""
    kind = next((word for word in spec.get("per", []) if word in {"month", "quarter", "contract_year"}), None)

    year_starts = world.year_starts

    def place(day: int) -> date | None:
        return None if kind is None else period_start(date.fromordinal(day), kind, year_starts)

    found = []
    for start in {place(day) for day in story.days}:
        last = min(max(day for day in world.term if place(day) == start), end)
        many = sum(place(day) == start for day in story.days)
        if last <= world.as_at.toordinal():
            found.append((named(world, spec, start), date.fromordinal(last), many))
    return sorted(found, key=lambda part: part[1])


@cache
def years_of(term: range, year_starts: str) -> list[date]:
    """List the first days of the contract years of a term."""
    return sorted({period_start(date.fromordinal(day), "contract_year", year_starts) for day in term})


def named(world: World, spec: dict[str, Any], start: date | None) -> str:
    """Name a period by the contract year and its place in it, as statements do."""
    if start is None:
        return "all" if "contract" in spec.get("per", []) else "1"
    years = years_of(world.term, world.year_starts)
    year = period_start(start, "contract_year", world.year_starts)
    months = (start.year - year.year) * 12 + start.month - year.month
    part = {"quarter": f"-Q{months // 3 + 1}", "month": f"-M{months + 1:02d}"}
    return f"Y{years.index(year) + 1}" + next((text for kind, text in part.items() if kind in spec["per"]), "")


def held(person: Person, spec: dict[str, Any]) -> tuple[Verdict, list[Part]]:
    """Decide an outcome that is held, with what it is met by."""
    window = person.window(spec)
    if len(window) == 3:
        return window, []
    figures: dict[str, str] = {}
    for key in ("at_most", "for", "every"):
        if key in spec:
            figure, doubt = person.text(spec[key], person.anchor_day(spec))
            if figure is None:
                return ("unknown", None, str(doubt)), []
            figures[key] = figure
    story = tell(person, spec, window)
    parts = met_by(person.world, spec, story, figures, min(window[1], person.world.term[-1]))
    if story.doubtful and ("count" in spec or not parts):
        return ("unknown", None, "missing_field"), []
    if parts:
        return ("met", min(day for _, day, _ in parts), "met"), parts
    return missed(person.world, spec, story, window), []


def met_by(world: World, spec: dict[str, Any], story: Story, figures: dict[str, str], end: int) -> list[Part]:
    """List what an outcome is met by."""
    if "count" in spec:
        return in_periods(world, spec, story, end)
    if "every" in spec:
        every = blocks(spec, story, figures["every"])
        most = int(figures.get("at_most", len(every)))
        return [(str(place), date.fromordinal(day), 1) for place, day in enumerate(every[:most], 1)]
    length = figures["for"]
    if spec["run"] == "added_up":
        days = story.days[length_in_days(length) - 1 :][:1]
    else:
        days = sorted(lasts(first, 1, length) for first, last in story.runs if lasts(first, 1, length) <= last)[:1]
    return [("1", date.fromordinal(day), 1) for day in days]


def missed(world: World, spec: dict[str, Any], story: Story, window: tuple[int, int]) -> Verdict:
    """Say why an outcome is not met, or not yet."""
    end, now = min(window[1], world.term[-1]), world.as_at.toordinal()
    if window[0] > window[1] and "until" in spec.get("window", {}):
        return ("not_met", None, "window_empty")
    if window[0] > end:
        return ("not_met", None, "outside_term")
    gap = length_in_days(spec.get("gap", "0 days"))
    goes_on = spec.get("last_run") == "may_finish" and story.runs and story.runs[-1][1] >= now - gap
    if now < end or (goes_on and now < world.term[-1]):
        return ("pending", None, "window_open")
    reasons = {"too_short": bool(story.runs), "outside_term": story.outside}
    if "window" in spec:
        reasons |= {"after_window": story.after, "before_window": story.before}
    return ("not_met", None, next((reason for reason, true in reasons.items() if true), "no_evidence"))


def held_uses(person: Person | None, outcome: str, row: Row, world: World) -> list[str]:
    """List what one outcome made of a row through each of its states; nothing if it does not read it."""
    spec, spells = world.contract["outcomes"][outcome], world.contract["spells"]
    found = []
    for name in [*spec.get("in", []), *spec.get("not_in", [])]:
        spell = spells[name]
        if spell["table"] != row.table:
            continue
        for key in ("opens", "closes") if "on" in spell else ("when",):
            use = held_use(person, outcome, row, world, (spell, key))
            found += [] if use is None else [use]
    return found


def held_use(  # noqa: PLR0911  # one way out for each use
    person: Person | None, outcome: str, row: Row, world: World, read: tuple[dict[str, Any], str]
) -> str | None:
    """Say what one outcome made of one row of one state."""
    spec, (spell, key) = world.contract["outcomes"][outcome], read
    begins, truth = row.cells[spell["from" if "from" in spell else "on"]], world.truth(spell.get(key), row)
    if begins is None or truth is False:
        return None
    if person is None or not world.recorded(row, begins):
        return "not_yet_recorded"
    if row.copy:
        return "same_row"
    if person.standing() in {"include_failed", "exclude_hit"}:
        return "not_included"
    window = person.window(spec)
    stays = "from" in spell
    ends = (row.cells[spell["to"]] or world.as_at) if stays else begins
    first, last = begins.toordinal(), max(begins, min(ends, world.as_at)).toordinal()
    if len(window) == 2:
        runs = tell(person, spec, window).runs
        if stays and last < window[0]:
            return "before_window"
        if first > max([window[1], *(run[1] for run in runs)]):
            return "after_window"
    if stays and (last < world.term[0] or first > world.term[-1]):
        return "outside_term"
    if len(window) == 3:
        return "not_picked"
    return "used" if truth or person.verdict(outcome)[0] == "unknown" else "not_picked"
