"""Make the papers of three estates that vote on running themselves: nobody who voted here exists.

How many of each group say yes and no is written out, since these are the numbers that the ballots are there to show;
only the order in which the papers came is drawn, with `Random.random()`, whose sequence for a seed Python keeps.
"""

import csv
import io
from pathlib import Path
from random import Random

HEADINGS = ("voter", "group", "question", "answer")
TOKENS = {"secure": "T", "leaseholder": "L"}
BALLOTS = {
    "ash-court": {"secure": (40, 30), "leaseholder": (10, 15)},
    "birch-court": {"secure": (30, 40), "leaseholder": (30, 5)},
    "cedar-court": {"secure": (35, 30), "leaseholder": (2, 20)},
}


def main() -> None:
    """Write the papers of each estate."""
    random = Random(70)
    for name, groups in BALLOTS.items():
        drawn = []
        for group, (yes, no) in groups.items():
            answers = ["yes"] * yes + ["no"] * no
            papers = [(f"{TOKENS[group]}-{at:02}", group, "manage", said) for at, said in enumerate(answers, start=1)]
            drawn += [(random.random(), paper) for paper in papers]
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(HEADINGS)
        writer.writerows(paper for _, paper in sorted(drawn))
        (Path(__file__).parent / f"{name}.csv").write_text(text.getvalue(), encoding="utf-8", newline="\n")
        print(f"{len(drawn)} papers in {name}.csv")


if __name__ == "__main__":
    main()
