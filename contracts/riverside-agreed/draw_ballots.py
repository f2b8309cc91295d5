"""Make the synthetic ballots of both versions of "Riverside agreed": nobody who voted here exists.

Only `Random.random()` is used, whose sequence for a seed Python promises to keep, so the bytes are the same everywhere.
Some papers are wrong on purpose: late, spoilt, out of bounds, handed in twice, or of a group with an interest.
"""

import csv
import io
from pathlib import Path
from random import Random

HEADINGS = ("voter", "group", "question", "option", "answer", "time", "channel")
TOKENS = {"users": "U", "carers": "C", "staff": "S", "residents": "R"}
FIRST = {"users": 86, "carers": 31, "staff": 24, "residents": 52}
SECOND = {"users": 79, "carers": 27, "staff": 0, "residents": 46}
APPROVES = {
    "users": {"satisfied": 0.84, "peer_helped": 0.77, "kept_appointments": 0.31},
    "carers": {"satisfied": 0.75, "peer_helped": 0.70, "kept_appointments": 0.66},
    "staff": {"satisfied": 0.47, "peer_helped": 0.62, "kept_appointments": 0.92},
    "residents": {"satisfied": 0.68, "peer_helped": 0.61, "kept_appointments": 0.85},
}
ENOUGH = {"users": 80, "carers": 75, "residents": 70}
ENOUGH_AGAIN = {"users": 85, "carers": 80, "residents": 75}
SATISFIED = {"users": 65, "carers": 60, "staff": 35, "residents": 55}
SOCIAL = {
    "users": {"mutual_aid": 2, "gave_support": 4, "moving_on": 3, "trust": 8, "networks": 3},
    "carers": {"mutual_aid": 2, "gave_support": 3, "moving_on": 5, "trust": 7, "networks": 3},
    "staff": {"mutual_aid": 4, "gave_support": 3, "moving_on": 5, "trust": 3, "networks": 5},
    "residents": {"mutual_aid": 3, "gave_support": 3, "moving_on": 8, "trust": 3, "networks": 3},
}
REACH = {
    "users": {"women": 0.62, "no_home": 0.66, "young": 0.34, "prison": 0.30},
    "carers": {"women": 0.58, "no_home": 0.49, "young": 0.45, "prison": 0.22},
    "staff": {"women": 0.55, "no_home": 0.63, "young": 0.40, "prison": 0.44},
    "residents": {"women": 0.52, "no_home": 0.58, "young": 0.41, "prison": 0.18},
}


def time_of(random: Random, month: str) -> str:
    """Draw a minute of the weeks in which the ballot is open."""
    day, hour = 3 + int(random.random() * 25), 9 + int(random.random() * 8)
    return f"{month}-{day:02}T{hour:02}:{int(random.random() * 60):02}"


def around(random: Random, middle: int, spread: int) -> int:
    """Draw a whole per cent in steps of 5."""
    return max(0, min(100, middle + 5 * (int(random.random() * (2 * spread + 1)) - spread)))


def shared(random: Random, likes: dict[str, int]) -> dict[str, int]:
    """Draw a share of 100% for each option, in steps of 5, near to what the group likes."""
    drawn = dict.fromkeys(likes, 0)
    tickets = [option for option, tickets in likes.items() for _ in range(tickets)]
    for _ in range(20):
        drawn[tickets[int(random.random() * len(tickets))]] += 5
    return drawn


def ballot(random: Random, group: str) -> list[tuple[str, str, str]]:
    """Draw what one voter says to the first version: question, option, answer."""
    said = [
        ("outcomes", option, "yes" if random.random() < share else "no") for option, share in APPROVES[group].items()
    ]
    if group in ENOUGH:
        said.append(("satisfaction", "", f"{around(random, ENOUGH[group], 2)}%"))
    satisfied = around(random, SATISFIED[group], 4)
    said += [("weights", "satisfied", f"{satisfied}%"), ("weights", "peer_helped", f"{100 - satisfied}%")]
    said += [("social_weights", option, f"{share}%") for option, share in shared(random, SOCIAL[group]).items()]
    said += [
        ("target_groups", option, "yes" if random.random() < share else "no") for option, share in REACH[group].items()
    ]
    return said


def write(name: str, rows: list[tuple[str, ...]]) -> None:
    """Write the papers of one version."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADINGS)
    writer.writerows(rows)
    (Path(__file__).parent / name).write_text(text.getvalue(), encoding="utf-8", newline="\n")
    print(f"{len(rows)} papers in {name}")


def main() -> None:
    """Write the ballots of both versions."""
    random = Random(7)
    rows: list[tuple[str, ...]] = []
    for group, voters in FIRST.items():
        for number in range(1, voters + 1):
            token, time = f"{TOKENS[group]}-{number:04}", time_of(random, "2025-02")
            channel = "web" if random.random() < 0.6 else "paper"  # noqa: PLR2004  # most vote on the web
            rows += [(token, group, *said, time, channel) for said in ballot(random, group)]
    rows += [
        ("U-0001", "users", "satisfaction", "", "75%", "2025-02-28T16:30", "web"),  # a second ballot, which stands
        ("R-0001", "residents", "satisfaction", "", "10%", "2025-02-28T17:30", "web"),  # late
        ("U-0087", "users", "satisfaction", "", "high", "2025-02-20T10:00", "paper"),  # spoilt
        ("U-0088", "users", "satisfaction", "", "120%", "2025-02-20T10:00", "paper"),  # out of bounds
        ("S-0002", "staff", "satisfaction", "", "50%", "2025-02-20T10:00", "web"),  # an interest of their own
    ]
    write("ballots-1.csv", rows)
    rows = []
    for group, voters in SECOND.items():
        for number in range(1, voters + 1):
            token, time = f"{TOKENS[group]}-{number:04}", time_of(random, "2025-11")
            answer = f"{around(random, ENOUGH_AGAIN[group], 2)}%"
            rows.append((token, group, "satisfaction", "", answer, time, "web"))
    rows += [
        ("S-0001", "staff", "satisfaction", "", "60%", "2025-11-20T10:00", "web"),  # an interest of their own
        ("U-0001", "users", "satisfaction", "", "abstain", "2025-11-28T12:00", "web"),
    ]
    write("ballots-2.csv", rows)


if __name__ == "__main__":
    main()
