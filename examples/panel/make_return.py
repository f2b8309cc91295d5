"""Make the synthetic return of the Riverside panel's contract: nobody in it exists.

Only `Random.random()` is used, whose sequence for a seed Python promises to keep, so the bytes are the same everywhere.
"""

import csv
import io
from datetime import date, timedelta
from pathlib import Path
from random import Random

FIELDS = {
    "participants": ("participant", "provider", "referred_on", "sex", "has_home", "was_in_forces", "recorded_on"),
    "events": ("participant", "kind", "on", "recorded_on"),
    "answers": ("participant", "on", "listened", "helped", "recorded_on"),
}
PROVIDERS = ("northbank", "southbank")
FIRST_REFERRAL = date(2025, 4, 1)
DAYS_OF_REFERRALS = 364
PEOPLE = 80
RECOVERS = {"northbank": 0.60, "southbank": 0.45}
CONTENT = {"northbank": 0.94, "southbank": 0.85}


def after(random: Random, day: date, least: int, most: int) -> date:
    """Draw a day that lies so many days after another."""
    return day + timedelta(days=least + int(random.random() * (most - least + 1)))


def yes(random: Random, share: float) -> str:
    """Draw a yes with this chance."""
    return "yes" if random.random() < share else "no"


def main() -> None:
    """Write the three files of the return."""
    random = Random(2025)
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in FIELDS}
    for number in range(1, PEOPLE + 1):
        person, provider = f"P{number:03}", PROVIDERS[int(random.random() * 2)]
        referred = after(random, FIRST_REFERRAL, 0, DAYS_OF_REFERRALS)
        sex = "F" if random.random() < 0.4 else "M"  # noqa: PLR2004  # two in five are women
        rows["participants"].append(
            (person, provider, referred, sex, yes(random, 0.7), yes(random, 0.2), referred + timedelta(days=1))
        )
        events = []
        if yes(random, 0.9) == "yes":
            events.append(("start", after(random, referred, 3, 50)))
        if events and yes(random, RECOVERS[provider] / 0.85) == "yes":
            left = after(random, referred, 80, 180)
            events.append(("planned_exit", left))
            if yes(random, 0.15) == "yes":
                events.append(("return", after(random, left, 20, 170)))
        if yes(random, 0.3) == "yes":
            events.append(("moved_in", after(random, referred, 30, 300)))
        rows["events"] += [(person, kind, day, day + timedelta(days=2)) for kind, day in events]
        asked, content = after(random, referred, 85, 95), yes(random, CONTENT[provider]) == "yes"
        first, second = 1 + int(random.random() * 2), 1 + int(random.random() * 2)
        answers = (first + 2, second + 2) if content else (first, second)
        rows["answers"].append((person, asked, *answers, asked + timedelta(days=5)))
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
