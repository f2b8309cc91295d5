"""How long it takes to check contracts: the library's largest, many outcomes, and values of many rows.

``python bench/check.py [--rounds 5]`` writes contracts made for it into a folder of its own, checks each in a process
of its own, in turn, and prints the medians: CPU and wall seconds of the whole process, and its peak memory.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIBRARY = Path(__file__).parents[1] / "contracts"
HEAD = """\
pbr: 1
contract: {id: many, version: 1, providers: {north: {name: North}}, currency: GBP, from: 2025-04-01, to: 2028-03-31}
cohort: {of: person, start: began}
"""
CHECK = """\
import resource, sys
import pbr
contract = pbr.read_contract(sys.argv[1])
print(len(contract.terms.outcomes), "polars" in sys.modules, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def words(count: int, letter: str) -> list[str]:
    """Make so many words."""
    return [f"{letter}{place}" for place in range(count)]


def many(folder: Path, name: str, outcomes: int, keys: tuple[int, int], rows: list[str], *, one_price: bool) -> Path:
    """Write a contract of so many paid outcomes, each with a condition; prices by two fields stand in a file."""
    fields = ", ".join(
        f"{key}: {{type: text, one_of: [{', '.join(words(count, key))}]}}"
        for key, count in zip("ab", keys, strict=True)
    )
    people = f"people: {{row_is: person, fields: {{person: id, provider: provider, began: date, {fields}}}}}"
    events = "events: {row_is: event, of: person, fields: {kind: text, on: date, hours: whole}}"
    text = f"{HEAD}tables:\n  {people}\n  {events}\nvalues:\n  price: {{by: [a, b], csv: {name}.csv}}\noutcomes:\n"
    for place in range(outcomes):
        when = f"kind = 'k{place}' AND (hours BETWEEN {place} AND {place + 9} OR a IN ('a0', 'a1')) AND on > began"
        text += f'  o{place}: {{kind: event, table: events, date: on, when: "{when}"}}\n'
    text += "payments:\n"
    for place in range(outcomes):
        price = "price" if one_price or place == 0 else f"{place + 1}.00"
        text += f"  p{place}: {{kind: tariff, pays_for: o{place}, price: {price}}}\n"
    (folder / f"{name}.csv").write_text("a,b,from,figure\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder / f"{name}.yaml"


def made(folder: Path) -> dict[str, Path]:
    """Write the contracts that are checked, by what each is."""
    pairs = [f"a{a},b{b},2025-04-01,{a + b + 1}.00" for a in range(40) for b in range(50)]
    begins = dt.date(2025, 4, 1)
    anybody = [f"*,*,{begins + dt.timedelta(days=place)},1.00" for place in range(1000)]
    largest = max(LIBRARY.glob("*/contract.yaml"), key=lambda path: path.stat().st_size)
    return {
        f"the largest of the library ({largest.parent.name})": largest,
        "500 outcomes, 2,000 figures, read once": many(folder, "once", 500, (40, 50), pairs, one_price=False),
        "500 outcomes, 2,000 figures, read 500 times": many(folder, "each", 500, (40, 50), pairs, one_price=True),
        "1,000 dates for any of 9 labels": many(folder, "wide", 1, (3, 3), anybody, one_price=True),
    }


def main() -> int:
    """Check each in turn, round by round, and print the medians."""
    options = argparse.ArgumentParser(description="How long it takes to check contracts.")
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        contracts = made(Path(folder))
        found: dict[str, list[tuple[float, float, float]]] = {what: [] for what in contracts}
        for _ in range(chosen.rounds):
            for what, path in contracts.items():
                before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
                done = subprocess.run([sys.executable, "-c", CHECK, path], capture_output=True, text=True, check=True)
                wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
                cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
                _, polars, peak = done.stdout.split()
                assert polars == "False", "a contract is checked without polars"
                found[what].append((cpu, wall, int(peak) / 1024))
    print(f"| checked, medians of {chosen.rounds} | CPU s | wall s | peak MB |\n|---|---|---|---|")
    for what, runs in found.items():
        cpu, wall, peak = (statistics.median(each) for each in zip(*runs, strict=True))
        print(f"| {what} | {cpu:.2f} | {wall:.2f} | {peak:.0f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
