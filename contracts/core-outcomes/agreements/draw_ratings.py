"""Make the ratings of a panel of a drug service: nobody who rated exists.

How many of each group rate an outcome high (7 to 9), low (1 to 3) and between is written out, since these are the
numbers that the ballot is there to show. Which of the three grades of each it is, and the order in which the papers
came, is drawn with `Random.random()`, whose sequence for a seed Python keeps. Nobody has to rate everything.
"""

import csv
import io
from pathlib import Path
from random import Random

HEADINGS = ("voter", "group", "question", "option", "answer")
TOKENS = {"users": "U", "staff": "S"}
RATINGS = {  # of each group how many rated, how many of them high, how many low
    "recovered": {"users": (20, 14, 2), "staff": (10, 9, 0)},
    "well": {"users": (20, 17, 1), "staff": (10, 8, 1)},
    "housed": {"users": (20, 14, 3), "staff": (10, 9, 0)},
    "clean_tests": {"users": (20, 8, 6), "staff": (100, 95, 1)},
    "kept_appointments": {"users": (20, 10, 4), "staff": (10, 5, 1)},
}
HIGH, BETWEEN, LOW = 7, 4, 1


def main() -> None:
    """Write the ratings."""
    random = Random(79)
    drawn = []
    for option, groups in RATINGS.items():
        for group, (rated, high, low) in groups.items():
            firsts = [HIGH] * high + [LOW] * low + [BETWEEN] * (rated - high - low)
            firsts = [first for _, first in sorted((random.random(), first) for first in firsts)]
            for voter, first in enumerate(firsts, start=1):
                rating = first + int(3 * random.random())
                drawn.append((random.random(), (f"{TOKENS[group]}-{voter:03}", group, "outcomes", option, rating)))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADINGS)
    writer.writerows(paper for _, paper in sorted(drawn))
    (Path(__file__).parent / "ratings.csv").write_text(text.getvalue(), encoding="utf-8", newline="\n")
    print(f"{len(drawn)} papers in ratings.csv")


if __name__ == "__main__":
    main()
