"""Make the synthetic return of "Riverside agreed": nobody in it exists.

Only `Random.random()` is used, whose sequence for a seed Python promises to keep, so the bytes are the same everywhere.
Who comes, and when, is drawn; how many answer in each quarter, and how many of them are content, is set: one quarter
with too few answers, one that passes, one in which most are content and chance could have brought that, and one after
the panel asked its threshold again.
"""

import csv
import io
from datetime import date, timedelta
from pathlib import Path
from random import Random

FIELDS = {
    "participants": (
        "participant",
        "provider",
        "referred_on",
        "sex",
        "has_home",
        "from_prison",
        "under_25",
        "recorded_on",
    ),
    "contacts": ("participant", "on", "recorded_on"),
    "contributions": ("participant", "who", "on", "recorded_on"),
    "survey": ("participant", "on", "listened", "respected", "helped", "hurried", "trusts_worker", "recorded_on"),
    "reviews": (
        "participant",
        "on",
        "went_to_mutual_aid",
        "gave_peer_support",
        "needs_service_no_more",
        "has_people_outside",
        "recorded_on",
    ),
}
ENDS = (date(2025, 6, 30), date(2025, 9, 30), date(2025, 12, 31), date(2026, 3, 31))
DRAWN = timedelta(days=28)
ANSWER = (0.34, 0.72, 0.55, 0.70)
"""What part of those in the frame answers, quarter by quarter."""
CONTENT = (0.90, 0.90, 0.80, 0.86)
"""What part of those who answer is content."""
TRUST = (0.70, 0.74, 0.78, 0.80)
SOCIAL = ((0.25, 0.10, 0.05, 0.30), (0.33, 0.14, 0.10, 0.36), (0.38, 0.20, 0.14, 0.42), (0.41, 0.24, 0.17, 0.47))
"""Chances of mutual aid, peer support given, needing no more, and people outside, quarter by quarter."""
UNASKED = 0.06
FIRST_REFERRAL, LAST_REFERRAL = date(2025, 4, 1), date(2026, 2, 28)
AT_OPENING, LATER = 60, 110
HELPED, FAMILY = 0.68, 0.3

Rows = dict[str, list[tuple[object, ...]]]


def yes(random: Random, chance: float) -> str:
    """Draw a yes with this chance."""
    return "yes" if random.random() < chance else "no"


def whole(random: Random, least: int, most: int) -> int:
    """Draw a whole number."""
    return least + int(random.random() * (most - least + 1))


def shuffled(random: Random, names: list[str]) -> list[str]:
    """Give names in an order that is drawn."""
    return [name for _, name in sorted((random.random(), name) for name in names)]


def people(random: Random, rows: Rows) -> None:
    """Draw who is referred, when they come, and whom a peer helps."""
    for number in range(1, AT_OPENING + LATER + 1):
        person = f"P{number:03}"
        days = 20 if number <= AT_OPENING else (LAST_REFERRAL - FIRST_REFERRAL).days
        referred = FIRST_REFERRAL + timedelta(days=whole(random, 0, days))
        row = (yes(random, 0.7), yes(random, 0.15), yes(random, 0.2))
        sex = "F" if random.random() < 0.4 else "M"  # noqa: PLR2004  # two in five are women
        rows["participants"].append((person, "northbank", referred, sex, *row, referred + timedelta(days=1)))
        day, last = referred + timedelta(days=whole(random, 2, 12)), referred + timedelta(days=whole(random, 60, 260))
        while day <= min(last, ENDS[-1] - timedelta(days=3)):
            rows["contacts"].append((person, day, day + timedelta(days=2)))
            day += timedelta(days=whole(random, 8, 30))
        if random.random() < HELPED:
            met = referred + timedelta(days=whole(random, 3, 40))
            if met <= ENDS[-1]:
                rows["contributions"].append((person, "peers", met, met + timedelta(days=1)))


def framed(rows: Rows, end: date) -> list[str]:
    """Who had a contact in the two months up to the day on which the frame of a quarter is drawn, as known then."""
    drawn = end - DRAWN
    first = date(drawn.year, drawn.month - 2, drawn.day) + timedelta(days=1)
    found = {
        str(person)
        for person, on, recorded in rows["contacts"]
        if isinstance(on, date) and isinstance(recorded, date) and first <= on <= drawn and recorded <= drawn
    }
    return sorted(found)


def items(random: Random, *, content: bool) -> tuple[int, int, int, int]:
    """Draw four items that come to 12 or more of 16, or to less; the last counts the other way round."""
    if content:
        first, second, third = whole(random, 3, 4), whole(random, 3, 4), whole(random, 3, 4)
        return first, second, third, whole(random, 1, 2)
    return whole(random, 1, 3), whole(random, 1, 3), whole(random, 1, 3), whole(random, 3, 4)


def survey(random: Random, rows: Rows) -> None:
    """Draw who answers in each quarter and what."""
    for place, end in enumerate(ENDS):
        frame = shuffled(random, framed(rows, end))
        answered = round(len(frame) * ANSWER[place])
        content = round(answered * CONTENT[place])
        for number, person in enumerate(frame[:answered]):
            on = end - DRAWN + timedelta(days=whole(random, 2, 21))
            trusts = whole(random, 3, 4) if random.random() < TRUST[place] else whole(random, 1, 2)
            said = items(random, content=number < content)
            rows["survey"].append((person, on, *said, trusts, on + timedelta(days=3)))


def reviews(random: Random, rows: Rows) -> None:
    """Draw what a researcher finds of those who came in each quarter and can be reached."""
    for place, end in enumerate(ENDS):
        for person in framed(rows, end):
            if random.random() < 0.8:  # noqa: PLR2004  # four in five are reached
                on = end - timedelta(days=whole(random, 2, 25))
                found = [yes(random, chance) for chance in SOCIAL[place]]
                if random.random() < UNASKED:
                    found[-1] = ""
                rows["reviews"].append((person, on, *found, on + timedelta(days=2)))


def others(random: Random, rows: Rows) -> None:
    """Draw the help of the provider, at the first contact, and of families."""
    first: dict[object, object] = {}
    for person, on, _ in rows["contacts"]:
        first.setdefault(person, on)
    for person, on in first.items():
        assert isinstance(on, date), "a contact has a day"
        rows["contributions"].append((person, "provider", on, on + timedelta(days=1)))
        if random.random() < FAMILY:
            later = min(on + timedelta(days=whole(random, 5, 60)), ENDS[-1])
            rows["contributions"].append((person, "family", later, later))


def main() -> None:
    """Write the files of the return."""
    random = Random(12)
    rows: Rows = {table: [] for table in FIELDS}
    people(random, rows)
    survey(random, rows)
    reviews(random, rows)
    others(random, rows)
    folder = Path(__file__).parent / "return"
    folder.mkdir(exist_ok=True)
    for table, fields in FIELDS.items():
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(fields)
        writer.writerows(rows[table])
        (folder / f"{table}.csv").write_text(text.getvalue(), encoding="utf-8", newline="\n")
        print(f"{len(rows[table])} rows in return/{table}.csv")


if __name__ == "__main__":
    main()
