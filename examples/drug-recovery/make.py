"""Make the synthetic return of the Riverside recovery service.

Every person, date and word is drawn from a seeded generator: nobody in the return exists. It is
made to look like what three providers send after three years: few events at weekends, gaps at
Christmas, in August and in one flooded fortnight, people who drop out without a word, rows typed in
weeks late, the last month of one provider missing, and some dirt. `dirt.json` beside the return
names each dirty row, so a reader can hold the refusals against it.

Only `Random.random()` is used, whose sequence for a seed Python promises to keep, so the bytes are
the same everywhere.
"""

import argparse
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))  # for what the scripts of the examples share

from synthetic import Draw, Row, write_return  # found by the line above

FIRST_REFERRAL = date(2025, 1, 6)  # some people were referred before the contract began
RETURN_DRAWN = date(2028, 1, 14)  # nothing recorded after this day can be in the return
NOTHING_SENT_FROM = date(2027, 12, 1)  # Southbank had sent little of December when the return was drawn
FLOOD = (
    date(2026, 2, 9),
    date(2026, 2, 22),
)  # Northbank's office was shut; its rows were typed in from 2 March
AFTER_FLOOD = date(2026, 3, 2)
PARTICIPANT_FIELDS = (
    "participant",
    "provider",
    "referred_on",
    "born_on",
    "in_borough",
    "in_custody",
    "days_used",
)
FIELDS = {
    "participants": PARTICIPANT_FIELDS,
    "events": ("participant", "kind", "on", "drug_free", "recorded_on"),
    "assessments": ("participant", "complexity", "offended", "recorded_on"),
    "reviews": ("participant", "on", "days_used", "recorded_on"),
    "jobs": ("participant", "began", "ended", "recorded_on"),
    "homes": ("participant", "kind", "moved_in", "moved_out", "recorded_on"),
}
MONTHS_FIRST_HALF = 6


@dataclass
class Return:
    """The tables of a return, in the order in which they are written."""

    participants: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    assessments: list[Row] = field(default_factory=list)
    reviews: list[Row] = field(default_factory=list)
    jobs: list[Row] = field(default_factory=list)
    homes: list[Row] = field(default_factory=list)

    def tables(self) -> dict[str, list[Row]]:
        """Return the rows of each table."""
        return {name: getattr(self, name) for name in FIELDS}


def six_months_after(day: date) -> date:
    """Return the day six calendar months later, or the month's last day if it has no such day."""
    year, month = (day.year, day.month + 6) if day.month <= MONTHS_FIRST_HALF else (day.year + 1, day.month - 6)
    for days_short in range(4):
        try:
            return date(year, month, day.day - days_short)
        except ValueError:
            continue
    message = f"no day six months after {day}"
    raise AssertionError(message)


def is_christmas(day: date) -> bool:
    """Return whether the offices are shut for Christmas."""
    return (day.month, day.day) >= (12, 24) or (day.month, day.day) == (1, 1)


def referral_weight(day: date) -> int:
    """Return how likely a referral is on a day: few at weekends, Christmas, in August, at first."""
    weight = 3 if day.isoweekday() > 5 else 60  # noqa: PLR2004 -- Saturday is 6
    if day.isoweekday() == 1:
        weight = 80
    if is_christmas(day):
        weight //= 12
    if day.month == 8:  # noqa: PLR2004 -- August
        weight = weight * 7 // 10
    if day < date(2025, 4, 1):
        weight = weight * 3 // 10
    elif day < date(2025, 5, 10):  # people had waited for the new service
        weight = weight * 5 // 2
    return weight


def open_day(draw: Draw, day: date) -> date:
    """Move a day on to one when the offices are open, but for the few events at weekends."""
    while (day.isoweekday() > 5 or is_christmas(day)) and draw.chance(95):  # noqa: PLR2004 -- Saturday is 6
        day += timedelta(days=1)
    return day


def make_participant(draw: Draw, number: int, referred_on: date) -> tuple[dict[str, str], str]:
    """Return one participant as the provider returns it, and the complexity that an assessor will find."""
    complexity = draw.weighted(("high", "medium", "low", ""), (28, 39, 31, 2))
    years = draw.whole(14, 17) if draw.chance(3) else 18 + draw.early(50)
    born_on = referred_on - timedelta(days=years * 365 + years // 4 + draw.whole(3, 360))
    days_used = 0 if draw.chance(2) else draw.whole(18 if complexity == "high" else 4, 28)
    return {
        "participant": f"R{number:05d}",
        "provider": draw.weighted(("northbank", "southbank", "eastgate"), (55, 41, 4)),
        "referred_on": referred_on.isoformat(),
        "born_on": "" if draw.chance(1.5) else born_on.isoformat(),
        "in_borough": draw.weighted(("Y", "N", ""), (190, 9, 1)),
        "in_custody": draw.weighted(("Y", "N", ""), (6, 193, 1)),
        "days_used": "" if draw.chance(1) else str(days_used),
    }, complexity


def make_journey(draw: Draw, person: dict[str, str], complexity: str) -> list[tuple[str, date, str]]:
    """Return what happened to one person: kind, day and whether free of dependence."""
    referred_on = date.fromisoformat(person["referred_on"])
    if not draw.chance(82):
        return []
    if draw.chance(6):
        wait = draw.whole(70, 120)
    elif draw.chance(1):
        wait = -draw.whole(1, 5)
    else:
        wait = draw.early(80)
    started = open_day(draw, referred_on + timedelta(days=wait))
    longest, shortest = {"high": (330, 75), "low": (220, 45)}.get(complexity, (280, 60))
    stayed = draw.whole(28, 84) if draw.chance(45) else draw.whole(shortest, longest)
    left = open_day(draw, started + timedelta(days=stayed + (160 if draw.chance(4) else 0)))
    journey = [("start", started, "")]
    planned = {"high": 56, "low": 66}.get(complexity, 60)
    fate = draw.weighted(("planned_exit", "unplanned_exit", "died", "silent"), (planned, 22, 1, 77 - planned))
    if fate == "planned_exit":
        journey += after_planned_exit(draw, left)
    elif fate == "unplanned_exit":
        journey += after_unplanned_exit(draw, left)
    elif fate == "died":
        journey.append(("died", left, ""))
    elif draw.chance(8):
        journey.append(("transferred", left, ""))
    return journey


def after_planned_exit(draw: Draw, left: date) -> list[tuple[str, date, str]]:
    """Return a planned exit and what followed, some returns on the edge of the six months."""
    drug_free = draw.weighted(("Y", "N", ""), (77, 18, 5))
    journey = [("planned_exit", left, drug_free)]
    edge = six_months_after(left)
    if drug_free == "N" and draw.chance(30):
        journey.append(("planned_exit", open_day(draw, left + timedelta(days=draw.whole(30, 110))), "Y"))
    elif draw.chance(26):
        journey.append(("return", open_day(draw, left + timedelta(days=draw.whole(6, 178))), ""))
    elif draw.chance(6):
        journey.append(("return", open_day(draw, left + timedelta(days=draw.whole(186, 420))), ""))
    elif draw.chance(3):
        journey.append(("return", edge + timedelta(days=draw.whole(0, 1)), ""))
    elif draw.chance(4):
        journey.append((draw.weighted(("died", "transferred"), (1, 1)), left + timedelta(days=draw.whole(10, 170)), ""))
    return journey


def after_unplanned_exit(draw: Draw, left: date) -> list[tuple[str, date, str]]:
    """Return an unplanned exit and what followed: some came back, and some of those completed."""
    journey = [("unplanned_exit", left, "")]
    if draw.chance(22):
        back = open_day(draw, left + timedelta(days=draw.whole(14, 120)))
        journey.append(("return", back, ""))
        if draw.chance(40):
            journey.append(("planned_exit", open_day(draw, back + timedelta(days=draw.whole(50, 150))), "Y"))
    return journey


def recorded_on(draw: Draw, provider: str, day: date) -> date:
    """Return the day a row was typed in: most within days, some within weeks, a few months late."""
    lag = draw.weighted((draw.whole(0, 4), draw.whole(5, 20), draw.whole(21, 90)), (75, 20, 5))
    typed = open_day(draw, day + timedelta(days=lag))
    if provider == "northbank" and FLOOD[0] <= typed <= FLOOD[1]:
        typed = AFTER_FLOOD + timedelta(days=draw.whole(0, 4))
    return typed


def make_clean_return(draw: Draw, people: int) -> Return:
    """Return the participants in order of referral and their events in order of recording."""
    days = [FIRST_REFERRAL + timedelta(days=n) for n in range((RETURN_DRAWN - FIRST_REFERRAL).days)]
    weights = [referral_weight(day) for day in days]
    referrals = sorted(draw.weighted(days, weights) for _ in range(people))
    made = Return()
    for number, referred_on in enumerate(referrals, start=1):
        person, complexity = make_participant(draw, number, referred_on)
        made.participants.append(Row(person))
        journey = make_journey(draw, person, complexity)
        offended = draw.weighted(("Y", "N", ""), (30, 67, 3))
        if complexity:
            found = {"complexity": complexity, "offended": offended}
            send(draw, made.assessments, person, referred_on + timedelta(days=draw.early(21)), found)
        if journey and journey[0][0] == "start":
            journey += make_convictions(draw, journey[0][1], offended)
            make_reviews(draw, made, person, journey)
            make_jobs(draw, made, person, journey)
            make_homes(draw, made, person, journey)
        for kind, day, drug_free in journey:
            send(draw, made.events, person, day, {"kind": kind, "on": day.isoformat(), "drug_free": drug_free})
    for rows in (made.events, made.assessments, made.reviews, made.jobs, made.homes):
        rows.sort(key=lambda row: (row.values["recorded_on"], *row.values.values()))
    return made


def send(draw: Draw, rows: list[Row], person: dict[str, str], day: date, values: dict[str, str]) -> None:
    """Type in a row some time after its day, unless it came too late for the return or was never sent."""
    typed = recorded_on(draw, person["provider"], day)
    unsent = person["provider"] == "southbank" and typed >= NOTHING_SENT_FROM and draw.chance(85)
    if typed <= RETURN_DRAWN and not unsent:
        rows.append(Row({"participant": person["participant"], **values, "recorded_on": typed.isoformat()}))


def make_convictions(draw: Draw, started: date, offended: str) -> list[tuple[str, date, str]]:
    """Return convictions after the start, a few on the last of the 12 months or the day after it."""
    if not draw.chance(34 if offended == "Y" else 3):
        return []
    if draw.chance(8):
        return [("conviction", started + timedelta(days=365 + draw.whole(0, 1)), "")]
    return [("conviction", started + timedelta(days=draw.whole(5, 600)), "")]


def make_reviews(draw: Draw, made: Return, person: dict[str, str], journey: list[tuple[str, date, str]]) -> None:
    """Send a review at the start and one every 12 weeks until the person leaves; most use less and less."""
    started = journey[0][1]
    left = next((day for kind, day, _ in journey[1:] if kind != "conviction"), started + timedelta(days=200))
    used = int(person["days_used"] or 15)
    day = started - timedelta(days=draw.whole(0, 3))
    gain = draw.weighted((0, 4, 9, 10, 16), (25, 20, 15, 15, 25))
    while day <= left and day < RETURN_DRAWN:
        said = "" if draw.chance(2) else str(min(28, max(0, used)))
        send(draw, made.reviews, person, day, {"on": day.isoformat(), "days_used": said})
        used -= gain
        gain = draw.weighted((0, 2, -3), (60, 25, 15))
        day = open_day(draw, max(day, started) + timedelta(days=84))
        if draw.chance(10):
            return


def make_jobs(draw: Draw, made: Return, person: dict[str, str], journey: list[tuple[str, date, str]]) -> None:
    """Send up to three jobs, one after the other or side by side, of which some go on."""
    if not draw.chance(34):
        return
    day = journey[0][1] + timedelta(days=draw.whole(-60, 150))
    for _ in range(draw.whole(1, 3)):
        length = draw.weighted((40, 91, 150, 182, 260), (20, 25, 20, 15, 20)) - draw.whole(0, 1)
        ends = day + timedelta(days=length - 1)
        going_on = ends >= RETURN_DRAWN or draw.chance(12)
        send(
            draw, made.jobs, person, day if going_on else ends,
            {"began": day.isoformat(), "ended": "" if going_on else ends.isoformat()},
        )  # fmt: skip
        if going_on:
            return
        day = ends + timedelta(days=draw.whole(-10, 40))


def make_homes(draw: Draw, made: Return, person: dict[str, str], journey: list[tuple[str, date, str]]) -> None:
    """Send the homes of some people, with breaks of about a week between them."""
    if not draw.chance(45):
        return
    day = journey[0][1] + timedelta(days=draw.whole(-90, 120))
    for _ in range(draw.whole(1, 3)):
        kind = draw.weighted(("tenancy", "owned", "family", "hostel", "none", ""), (38, 4, 30, 20, 6, 2))
        ends = day + timedelta(days=draw.weighted((60, 120, 182, 300), (25, 25, 25, 25)) + draw.whole(0, 4))
        going_on = ends >= RETURN_DRAWN or draw.chance(15)
        values = {"kind": kind, "moved_in": day.isoformat(), "moved_out": "" if going_on else ends.isoformat()}
        send(draw, made.homes, person, day if going_on else ends, values)
        if going_on:
            return
        day = ends + timedelta(days=1 + draw.weighted((0, 3, 7, 8, 30), (40, 20, 15, 15, 10)))


def british(iso: str) -> str:
    """Return an ISO date as it is written in Britain."""
    return date.fromisoformat(iso).strftime("%d/%m/%Y")


def spoil_participants(draw: Draw, made: Return, each: int) -> None:
    """Spoil some participants in each way; the events of those refused then have no parent."""
    wrong = {
        "bad_date": ("referred_on", "31/02/2026"),
        "empty_id": ("participant", ""),
        "unknown_provider": ("provider", "Northbank Recovery"),
        "yes_no_word": ("in_borough", "Unsure"),
        "whole_with_text": ("days_used", "28 days"),
        "whole_out_of_range": ("days_used", "31"),
    }
    order = draw.shuffled(range(len(made.participants)))
    refused = set()
    for kind, (name, word) in wrong.items():
        for _ in range(each):
            row = made.participants[order.pop()]
            refused.add(row.values["participant"])
            row.values[name], row.dirt = word, kind
    for place in sorted((order.pop() for _ in range(2 * each)), reverse=True):
        row = made.participants[place]
        copy = Row(dict(row.values), "exact_duplicate")
        if draw.chance(50):
            copy.dirt = row.dirt = "conflicting_duplicate"
            copy.values["days_used"] = "" if row.values["days_used"] else "14"
            refused.add(row.values["participant"])
        made.participants.insert(place + 1, copy)
    for rows in made.tables().values():
        for row in rows:
            if row.values["participant"] in refused and not row.dirt and rows is not made.participants:
                row.dirt = "parent_refused"


def spoil_events(draw: Draw, made: Return, each: int) -> None:
    """Spoil some events in each way, and add rows of people who are in no table."""
    order = [n for n in draw.shuffled(range(len(made.events))) if not made.events[n].dirt]
    exits = [n for n in order if made.events[n].values["kind"] == "planned_exit"][: 2 * each]
    for place in exits:
        row = made.events[place]
        row.values["drug_free"], row.dirt = "N/K", "yes_no_word"
    order = [n for n in order if n not in exits]
    for _ in range(each):
        for kind, name, word in (
            ("bad_date", "on", "31/02/2026"),
            ("empty_id", "participant", ""),
            ("not_one_of", "kind", "planned exit"),
            ("recorded_on_missing", "recorded_on", ""),
        ):
            row = made.events[order.pop()]
            row.values[name], row.dirt = word, kind
        row = made.events[order.pop()]
        row.values["on"], row.dirt = british(row.values["on"]), "date_not_iso"
        row = made.events[order.pop()]
        row.values["participant"], row.dirt = f" {row.values['participant']} ", "spaced_id"
    for place in sorted((order.pop() for _ in range(3 * each)), reverse=True):
        copy = Row(dict(made.events[place].values), "exact_duplicate")
        if draw.chance(40):
            copy.values["participant"] = f"R9{draw.whole(1000, 9999)}"
            copy.dirt = "orphan"
        made.events.insert(place + 1, copy)


def spoil_others(draw: Draw, made: Return, each: int) -> None:
    """Spoil some rows of the other tables in the ways that are theirs."""
    wrong = (
        (made.assessments, "not_one_of", "complexity", "very high"),
        (made.reviews, "whole_out_of_range", "days_used", "29"),
        (made.jobs, "bad_date", "began", "2026-02-30"),
        (made.homes, "not_one_of", "kind", "flat"),
    )
    for rows, kind, name, word in wrong:
        order = [place for place in draw.shuffled(range(len(rows))) if not rows[place].dirt]
        for place in order[:each]:
            rows[place].values[name], rows[place].dirt = word, kind
    stays = [(row, "began", "ended") for row in made.jobs] + [(row, "moved_in", "moved_out") for row in made.homes]
    stays = [(row, first, last) for row, first, last in stays if row.values[last] and not row.dirt]
    for row, first, last in draw.shuffled(stays)[:each]:
        row.values[first], row.values[last] = row.values[last], row.values[first]
        row.dirt = "ends_before_it_begins"


def make_return(seed: int, people: int) -> Return:
    """Return the whole synthetic return of a seed, dirt included."""
    draw = Draw(seed)
    made = make_clean_return(draw, people)
    each = max(1, people * 3 // 1000)
    spoil_participants(draw, made, each)
    spoil_events(draw, made, each)
    spoil_others(draw, made, each)
    return made


def main() -> None:
    """Read the command line and write the return."""
    parser = argparse.ArgumentParser(description="Make the synthetic return of the Riverside recovery service.")
    parser.add_argument("--seed", type=int, default=1, help="which return to make (default 1)")
    parser.add_argument("--people", type=int, default=2000, help="how many people are in it (default 2000)")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(__file__).parent / "return",
        help="folder to write (default: return, beside this)",
    )
    chosen = parser.parse_args()
    if chosen.people < 100:  # noqa: PLR2004 -- fewer could not hold one row of each dirt
        parser.error("--people must be 100 or more")
    write_return(chosen.out, make_return(chosen.seed, chosen.people).tables(), FIELDS)


if __name__ == "__main__":
    main()
