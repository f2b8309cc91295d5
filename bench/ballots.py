"""Time the count of 100,000 voters' ballots on ten questions: a million papers and more.

Run as `python bench/ballots.py`; the figure belongs into docs/explanation/performance.md.
"""

import resource
import tempfile
import time
from pathlib import Path
from random import Random

from pbr.agreement import count_ballots, read_agreement, read_ballots

VOTERS = 100_000
AGREEMENT = """\
pbr_agreement: 1
id: large
version: 1
valid: {from: 2025-04-01, to: 2028-03-31}
electorate:
  counted_on: 2025-02-01
  groups: {users: {eligible: 60000, protected: yes}, staff: {eligible: 60000}}
ballots: {file: ballots.csv}
closes: 2025-02-28
quorum: {overall: 10% of eligible}
questions:
  q0: {asks: number, rule: median, unit: share}
  q1: {asks: number, rule: median, of: group_medians}
  q2: {asks: yes_no, rule: simple_majority}
  q3: {asks: yes_no, rule: unanimity}
  q4: {asks: yes_no, rule: simple_majority, share_of: cast}
  q5: {asks: number, rule: median}
  q6: {asks: yes_no, rule: simple_majority, needs: at least 2/3}
  q7: {asks: map, rule: independent_markets, options: [a, b]}
  q8: {asks: set, rule: approval, options: [a]}
  q9: {asks: set, rule: equal_shares, budget: 10, costs: {a: 4}}
"""


def write_ballots(path: Path) -> int:
    """Write the papers, and give their number."""
    random = Random(1)
    rows = ["voter,group,question,option,answer,time"]
    for number in range(VOTERS):
        group = "users" if number % 2 else "staff"
        head, time_of = f"V{number:07},{group}", f"2025-02-{1 + number % 28:02}T12:00"
        share, figure = int(random.random() * 101), int(random.random() * 1000)
        word = "yes" if share > figure % 100 else "no"
        said = [("q0,", f"{share}%"), ("q1,", str(figure)), ("q5,", str(figure % 70))]
        said += [(f"q{question},", word) for question in (2, 3, 4, 6)]
        said += [("q7,a", f"{share}%"), ("q7,b", f"{100 - share}%"), ("q8,a", word), ("q9,a", word)]
        rows += [f"{head},{asked},{answer},{time_of}" for asked, answer in said]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return len(rows) - 1


def main() -> None:
    """Print the seconds of the best of three counts, and the most memory held."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.yaml"
        path.write_text(AGREEMENT, encoding="utf-8")
        papers = write_ballots(Path(folder) / "ballots.csv")
        taken = []
        for _ in range(3):
            began = time.perf_counter()
            agreement = read_agreement(path)
            count = count_ballots(agreement, read_ballots(agreement))
            taken.append(time.perf_counter() - began)
            assert count.result.papers["counted"] == papers
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{VOTERS:,} voters, {papers:,} papers: {min(taken):.2f} s (best of 3), {memory:,.0f} MiB")


if __name__ == "__main__":
    main()
