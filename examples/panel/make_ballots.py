"""Make the synthetic ballots of the Riverside panel: nobody who voted here exists.

Only `Random.random()` is used, whose sequence for a seed Python promises to keep, so the bytes are the same everywhere.
Some papers are wrong on purpose: late, blank, spoilt, out of bounds, handed in twice, or with a token typed in letters
of another alphabet.
"""

import csv
import io
from pathlib import Path
from random import Random

HEADINGS = ("voter", "group", "question", "option", "answer", "time", "channel")
VOTERS = {"users": 150, "carers": 48, "staff": 61, "commissioner": 4}
TOKENS = {"users": "U", "carers": "C", "staff": "S", "commissioner": "B"}
APPROVES = {
    "users": {"recovered": 0.80, "satisfied": 0.72, "housed": 0.44},
    "carers": {"recovered": 0.85, "satisfied": 0.60, "housed": 0.70},
    "staff": {"recovered": 0.95, "satisfied": 0.55, "housed": 0.90},
    "commissioner": {"recovered": 1.0, "satisfied": 0.75, "housed": 0.5},
}
ENOUGH = {"users": 80, "carers": 75, "commissioner": 70}
RECOVERED = {"users": 50, "carers": 60, "staff": 75, "commissioner": 70}
REACH = {
    "users": {"women": 0.55, "no_home": 0.45, "veterans": 0.15},
    "carers": {"women": 0.60, "no_home": 0.30, "veterans": 0.20},
    "staff": {"women": 0.50, "no_home": 0.65, "veterans": 0.10},
    "commissioner": {"women": 0.5, "no_home": 0.5, "veterans": 0.25},
}


def time_of(random: Random) -> str:
    """Draw a minute of the weeks in which the ballot is open."""
    return (
        f"2025-02-{3 + int(random.random() * 25):02}T{9 + int(random.random() * 8):02}:{int(random.random() * 60):02}"
    )


def around(random: Random, middle: int, spread: int) -> str:
    """Draw a share in steps of 5 per cent."""
    return f"{max(0, min(100, middle + 5 * (int(random.random() * (2 * spread + 1)) - spread)))}%"


def ballot(random: Random, group: str) -> list[tuple[str, str, str]]:
    """Draw what one voter says: question, option, answer."""
    said = [
        ("outcomes", option, "yes" if random.random() < share else "no") for option, share in APPROVES[group].items()
    ]
    if group in ENOUGH:
        said.append(("satisfaction", "", around(random, ENOUGH[group], 3)))
    recovered = around(random, RECOVERED[group], 4)
    said += [("weights", "recovered", recovered), ("weights", "satisfied", f"{100 - int(recovered[:-1])}%")]
    said += [
        ("target_groups", option, "yes" if random.random() < share else "no") for option, share in REACH[group].items()
    ]
    return said


def main() -> None:
    """Write the ballots."""
    random = Random(2025)
    rows = []
    for group, voters in VOTERS.items():
        for number in range(1, voters + 1):
            token, time = f"{TOKENS[group]}-{number:04}", time_of(random)
            channel = "web" if random.random() < 0.7 else "paper"  # noqa: PLR2004  # most vote on the web
            rows += [(token, group, *said, time, channel) for said in ballot(random, group)]
    rows += [
        ("U-0001", "users", "satisfaction", "", "60%", "2025-02-28T16:59", "web"),  # a second ballot, which stands
        ("U-0002", "users", "satisfaction", "", "60%", "2025-02-28T17:01", "web"),  # late
        ("U-0151", "users", "satisfaction", "", "abstain", "2025-02-20T10:00", "web"),
        ("U-0152", "users", "satisfaction", "", "", "2025-02-20T10:00", "paper"),  # blank
        ("U-0153", "users", "satisfaction", "", "very", "2025-02-20T10:00", "paper"),  # spoilt
        ("U-0154", "users", "satisfaction", "", "150%", "2025-02-20T10:00", "paper"),  # out of bounds
        ("U-0155", "users", "weights", "recovered", "60%", "2025-02-20T10:00", "web"),  # 90% together
        ("U-0155", "users", "weights", "satisfied", "30%", "2025-02-20T10:00", "web"),
        ("S-0001", "staff", "satisfaction", "", "60%", "2025-02-20T10:00", "web"),  # an interest of their own
        ("B-0004", "users", "satisfaction", "", "90%", "2025-02-20T10:00", "web"),  # the token of a commissioner
        ("\N{CYRILLIC CAPITAL LETTER ES}-0048", "carers", "satisfaction", "", "70%", "2025-02-28T16:00", "web"),
        ("U-0156", "users", "housing", "", "yes", "2025-02-20T10:00", "web"),  # not asked
        ("U-0156", "neighbours", "outcomes", "housed", "yes", "2025-02-20T10:00", "web"),
        ("", "users", "outcomes", "housed", "yes", "2025-02-20T10:00", "paper"),
    ]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADINGS)
    writer.writerows(rows)
    path = Path(__file__).parent / "ballots-2025.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="\n")
    print(f"{len(rows)} papers in {path.name}")


if __name__ == "__main__":
    main()
