"""What the scripts of the examples share: draws from a seed, rows with the name of what is wrong with them, files.

Only `Random.random()` is used, whose sequence for a seed Python promises to keep, so the bytes are the same everywhere.
"""

import argparse
import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TypeVar

T = TypeVar("T")

HARMLESS = ("exact_duplicate", "spaced_id", "empty_field", "late", "too_late")
"""Dirt that is put right, or leaves something unknown or uncounted, and is not refused."""
NOTE = (
    "Synthetic. Lines are counted with the heading as line 1. "
    "refused: false means the row is not refused: it is put right, says too little, or came late."
)


class Draw:
    """Chances, whole numbers and choices out of `Random.random()` alone."""

    def __init__(self, seed: int) -> None:
        """Start the sequence that belongs to a seed."""
        self._random = Random(seed).random

    def chance(self, percent: float) -> bool:
        """Return True in so many of a hundred draws."""
        return self._random() * 100 < percent

    def whole(self, least: int, most: int) -> int:
        """Return a whole number, both ends included, all equally likely."""
        return least + int(self._random() * (most - least + 1))

    def early(self, most: int) -> int:
        """Return a whole number from 0 to below `most`, small ones more often."""
        return int(self._random() * self._random() * most)

    def weighted(self, choices: Sequence[T], weights: Iterable[int]) -> T:
        """Return one of the choices, each as likely as its weight."""
        weights = list(weights)
        left = self._random() * sum(weights)
        for choice, weight in zip(choices, weights, strict=True):
            left -= weight
            if left < 0:
                return choice
        return choices[-1]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return the items in another order."""
        rest = list(items)
        return [rest.pop(self.whole(0, len(rest) - 1)) for _ in range(len(rest))]


@dataclass
class Row:
    """One row of a return, and the name of what is wrong with it, if anything."""

    values: dict[str, str]
    dirt: str = ""


@dataclass
class Return:
    """The tables of a return, in the order in which they are written."""

    draw: Draw
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, table: str, dirt: str = "", **values: object) -> None:
        """Add a row to a table."""
        texts = {name: str(value) for name, value in values.items()}
        self.rows.setdefault(table, []).append(Row(texts, dirt))

    def spoil(
        self, table: str, dirt: str, count: int, change: Callable[[dict[str, str]], dict[str, str]], **where: str
    ) -> list[Row]:
        """Change so many clean rows, of those that say what is given in `where`, and name what is wrong with them."""
        chosen = [self.rows[table][place] for place in self._clean(table, where)[:count]]
        for row in chosen:
            row.values |= change(row.values)
            row.dirt = dirt
        return chosen

    def repeat(self, table: str, count: int, **change: str) -> list[Row]:
        """Send so many clean rows twice; with a change the two have one key and differ, and neither can count."""
        rows = self.rows[table]
        places = [
            place for place in self._clean(table, {}) if not change or rows[place].values | change != rows[place].values
        ]
        chosen = []
        for place in sorted(places[:count], reverse=True):
            row, dirt = rows[place], "conflicting_duplicate" if change else "exact_duplicate"
            rows.insert(place + 1, Row(row.values | change, dirt))
            row.dirt = dirt if change else ""
            chosen.append(row)
        return chosen

    def refuse_children(self, parent: str, key: str, *tables: str) -> None:
        """Label the rows of tables whose parent's row is refused, by the field that names the parent."""
        rows = self.rows[parent]
        known = {row.values[key].strip() for row in rows if row.dirt in {"", *HARMLESS}}
        for table in tables:
            for row in self.rows[table]:
                if not row.dirt and row.values[key] not in known:
                    row.dirt = "parent_refused"

    def _clean(self, table: str, where: Mapping[str, str]) -> list[int]:
        """The places of the rows that nothing is wrong with, in an order that is drawn."""
        rows = self.rows[table]
        return [
            place
            for place in self.draw.shuffled(range(len(rows)))
            if not rows[place].dirt and all(rows[place].values[name] == word for name, word in where.items())
        ]


def put(**words: str) -> Callable[[dict[str, str]], dict[str, str]]:
    """Give a change that puts words into fields."""
    return lambda _: words


def put_spaces(name: str) -> Callable[[dict[str, str]], dict[str, str]]:
    """Give a change that puts spaces around what stands in a field."""
    return lambda values: {name: f" {values[name]} "}


def write_table(path: Path, fields: Sequence[str], rows: Sequence[Row]) -> None:
    """Write one table as CSV, UTF-8, with plain line feeds."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row.values for row in rows)


def write_return(out: Path, tables: Mapping[str, Sequence[Row]], fields: Mapping[str, Sequence[str]]) -> None:
    """Write the tables of a return, and the list of what is wrong with them, into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        write_table(out / f"{table}.csv", fields[table], rows)
    labels = [
        {"table": table, "line": line, "dirt": row.dirt, "refused": row.dirt not in HARMLESS}
        for table, rows in tables.items()
        for line, row in enumerate(rows, start=2)
        if row.dirt
    ]
    counts = dict(sorted(Counter(row.dirt for rows in tables.values() for row in rows if row.dirt).items()))
    lines = ",\n".join(f"  {json.dumps(label)}" for label in labels)
    text = f'{{"note": {json.dumps(NOTE)},\n "counts": {json.dumps(counts)},\n "rows": [\n{lines}\n]}}\n'
    (out / "dirt.json").write_bytes(text.encode())


def run(what: str, make: Callable[[Draw], Return], fields: Mapping[str, Sequence[str]], home: Path) -> None:
    """Read the command line, and write the return of a seed into a folder."""
    parser = argparse.ArgumentParser(description=f"Make the synthetic return of {what}.")
    parser.add_argument("--seed", type=int, default=1, help="which return to make (default 1)")
    parser.add_argument(
        "--out", type=Path, default=home / "return", help="folder to write (default: return, beside the script)"
    )
    chosen = parser.parse_args()
    write_return(chosen.out, make(Draw(chosen.seed)).rows, fields)
