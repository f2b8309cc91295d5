"""Make the papers on how many users must be satisfied: nobody who voted here exists.

Each paper is drawn around what its group is after, in steps of 5 per cent, with `Random.random()`, whose sequence for a
seed Python keeps. One paper is of a group that may not vote on this.
"""

import csv
import io
from pathlib import Path
from random import Random

HEADINGS = ("voter", "group", "question", "answer")
GROUPS = {"users": ("U", 48, 85), "residents": ("R", 23, 80)}
STEP, SPREAD = 5, 2


def main() -> None:
    """Write the papers."""
    random = Random(85)
    rows = []
    for group, (token, voters, middle) in GROUPS.items():
        for number in range(1, voters + 1):
            share = middle + STEP * (int((2 * SPREAD + 1) * random.random()) - SPREAD)
            rows.append((f"{token}-{number:03}", group, "satisfaction", f"{share}%"))
    rows.append(("S-001", "staff", "satisfaction", "50%"))  # an interest of their own
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADINGS)
    writer.writerows(rows)
    (Path(__file__).parent / "thresholds.csv").write_text(text.getvalue(), encoding="utf-8", newline="\n")
    print(f"{len(rows)} papers in thresholds.csv")


if __name__ == "__main__":
    main()
