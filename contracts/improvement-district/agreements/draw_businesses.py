"""Make single papers for four real ballots of Business Improvement Districts, of which only the totals were published.

Nobody's paper is known. The number of papers of each kind and the rateable value they stand for together are the
published ones; how the value falls on single papers is drawn, in steps of 50 pounds, with what is left on the last.
Only `Random.random()` is used, whose sequence for a seed Python promises to keep, so the bytes are the same everywhere.
"""

import csv
import io
from datetime import date, timedelta
from pathlib import Path
from random import Random

HEADINGS = ("voter", "group", "question", "answer", "value", "time")
STEP = 50
BALLOTS = {
    "leamington-2018": {"yes": (151, 9_356_250), "no": (40, 1_703_500)},
    "bishops-stortford-2018": {"yes": (98, 4_361_000), "no": (16, 582_750), "both boxes": (2, 60_000)},
    "wellingborough-2019-03": {"yes": (68, 1_601_850), "no": (74, 2_339_050)},
    "wellingborough-2019-09": {"yes": (75, 1_296_850), "no": (52, 3_068_250)},
}
CLOSES = {
    "leamington-2018": date(2018, 3, 28),
    "bishops-stortford-2018": date(2018, 7, 12),
    "wellingborough-2019-03": date(2019, 3, 28),
    "wellingborough-2019-09": date(2019, 9, 26),
}
DAYS = 28


def divided(random: Random, value: int, papers: int) -> list[int]:
    """Draw what each paper stands for; together they are the value."""
    weights = [1 + 9 * random.random() for _ in range(papers)]
    held = [STEP * int(value * weight / sum(weights) / STEP) for weight in weights[:-1]]
    return [*held, value - sum(held)]


def main() -> None:
    """Write the papers of each ballot."""
    random = Random(50)
    for name, kinds in BALLOTS.items():
        rows = [
            (answer, value) for answer, (papers, total) in kinds.items() for value in divided(random, total, papers)
        ]
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(HEADINGS)
        for number, (answer, value) in enumerate(rows, start=1):
            day = CLOSES[name] - timedelta(days=int(DAYS * random.random()))
            writer.writerow((f"H-{number:03}", "businesses", "levy", answer, value, day))
        (Path(__file__).parent / f"{name}.csv").write_text(text.getvalue(), encoding="utf-8", newline="\n")
        print(f"{len(rows)} papers in {name}.csv")


if __name__ == "__main__":
    main()
