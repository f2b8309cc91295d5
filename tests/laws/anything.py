"""Random contracts for the laws: a scenario as the engine takes it, its people, its caps and what its lines cite."""

from __future__ import annotations

import copy
import hashlib
import re
import unicodedata
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

import pbr
from tests.laws.worlds import checked, owed
from tests.oracle import opened, paid_for, uses
from tests.oracle_changes import acts_on, figure_of, priority, settled
from tests.oracle_names import PERIODS
from tests.oracle_rows import DIGITS, Contract, Row, Tables, declared, fields_of
from tests.test_oracle_engine import line_key

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from pbr.api import Run
    from tests.oracle_money import Paid

Line: TypeAlias = dict[str, Any]


def evaluate(terms: Contract, tables: Tables, as_at: dt.date) -> Run:
    """Evaluate a contract on rows of text; where there are none, the columns are there all the same."""
    return pbr.run(checked(terms), as_sent(terms, tables), as_at)


def evaluate_on_disk(terms: Contract, tables: Tables, as_at: dt.date, folder: Path) -> Run:
    """Evaluate a contract on rows of text in files of Parquet, which are not held in memory."""
    paths = {}
    for table, frame in as_sent(terms, tables).items():
        paths[table] = folder / f"{table}.parquet"
        frame.write_parquet(paths[table])
    return pbr.run(checked(terms), paths, as_at)


def earned(terms: Contract, tables: Tables, as_at: dt.date) -> int:
    """Give what is due in minor units, without making a statement of it."""
    return owed(checked(terms), as_sent(terms, tables), as_at)


def as_sent(terms: Contract, tables: Tables) -> dict[str, pl.DataFrame]:
    """Give rows of text as frames with the headings that the contract expects."""
    return {table: frame_of(headings_of(terms, table), rows) for table, rows in tables.items()}


def headings_of(terms: Contract, table: str) -> list[str]:
    """List the headings of a table as it is returned."""
    returned = {name: heading for heading, name in terms["tables"][table].get("columns", {}).items()}
    return [returned.get(name, name) for name in fields_of(terms, table)]


def frame_of(headings: list[str], rows: list[dict[str, str | None]]) -> pl.DataFrame:
    """Give rows as a frame of text."""
    columns = {heading: [row.get(heading) for row in rows] for heading in headings}
    return pl.DataFrame(columns, schema=dict.fromkeys(headings, pl.String))


def lines_of(done: Run) -> list[Line]:
    """List the lines of a statement, each by column."""
    return list(done.statement.lines().iter_rows(named=True))


# ---------------------------------------------------------------- ids


def folded(name: str | None) -> str:
    """Give an id as the engine folds it, empty where there is none."""
    return unicodedata.normalize("NFC", (name or "").strip())


def is_whole(terms: Contract) -> bool:
    """Say whether participants are numbered rather than named."""
    return declared(terms["tables"]["people"]["fields"]["participant"]).get("of") == "whole"


def other_ids(terms: Contract, tables: Tables) -> dict[str, str]:
    """Give every id another that sorts in the same place."""
    found = {folded(row["participant"]) for rows in tables.values() for row in rows} - {""}
    if is_whole(terms):
        numbers = sorted(int(name) for name in found if re.fullmatch(r"\d+", name))
        return {str(number): str(5 + 3 * place) for place, number in enumerate(numbers)}
    return {name: f"client/{place:04}" for place, name in enumerate(sorted(found))}


# ---------------------------------------------------------------- adjustments


def without_fees(terms: Contract) -> Contract:
    """Give the contract without the payments that are no participant's."""
    made = copy.deepcopy(terms)
    fees = {name for name, spec in made["payments"].items() if spec["kind"] == "fee"}
    made["payments"] = {name: spec for name, spec in made["payments"].items() if name not in fees}
    made["adjustments"] = [each for each in made.get("adjustments", []) if not set(each.get("on", ["-"])) <= fees]
    for each in made["adjustments"]:
        for key in ("on", "order"):
            if isinstance(each.get(key), list):
                each[key] = [name for name in each[key] if name not in fees]
                if not each[key]:
                    del each[key]
    return made


def with_last_cap(terms: Contract, at_most: int | None) -> Contract:
    """Give the contract with one cap, on everything and after all else, or with none.

    It is for what the first cap of the contract is for, else for each provider. Where several caps follow each other,
    more room under one can move money to lines that another cuts; the laws of more and less hold of one. A cap for each
    label of a key is left out: one whose label is not known cannot be paid under it, whatever its limit. So is what
    no cap acts on: fees, which are no participant's, what payments and groups take back, and the floor under that.
    """
    made = without_fees(terms)
    plain = {"participant", "provider", *PERIODS}
    caps = [each for each in made["adjustments"] if plain.issuperset(each.get("per", ["?"]))]
    grouped = ("multiply", "floor")
    made["adjustments"] = [
        each
        for each in made["adjustments"]
        if each["kind"] != "cap" and not (each["kind"] in grouped and ("per" in each))
    ]
    for spec in made["payments"].values():
        spec.pop("takes", None)
    if at_most is not None:
        caps = [each for each in caps if each["kind"] == "cap"]
        per = caps[0]["per"] if caps else ["provider"]
        made["adjustments"].append({"id": "last", "kind": "cap", "per": per, "at_most": written(made, at_most)})
    return made


def written(terms: Contract, minor: int) -> str:
    """Write minor units as the contract's currency is written."""
    digits = DIGITS[terms["contract"]["currency"]]
    return f"{minor // 10**digits}.{minor % 10**digits:0{digits}d}" if digits else str(minor)


def prices_of(terms: Contract) -> list[tuple[dict[str, Any], str]]:
    """List the places in a contract where the price of a payment is written: a map and a key of it."""
    found: list[tuple[dict[str, Any], str]] = []
    for spec in terms["payments"].values():
        holder, key = (terms["values"], spec["price"]) if spec["price"] in terms.get("values", {}) else (spec, "price")
        waiting = [(holder, key)]
        while waiting:
            place, name = waiting.pop()
            if isinstance(place[name], dict):
                waiting += [(place[name], inner) for inner in place[name] if inner != "by"]
            else:
                found.append((place, name))
    return found


class Caps:
    """What each cap of a contract may leave, worked out line by line from what the payments gave."""

    def __init__(self, terms: Contract, tables: Tables, as_at: dt.date, lines: list[Line]) -> None:
        """Keep what lines were made from, with the participant of each, and all lines by what they stand for."""
        self.terms = terms
        self.world, people, _ = opened(terms, tables, as_at)
        self.lines = {line_key(each): each for each in lines}
        self.items = settled(self.world, paid_for(self.world, people, uses(self.world, people)))[1]
        made = {item.line("-") for item in self.items if item.origin is None}
        assert made == {key for key in self.lines if key[3] == "-"}

    def chosen(self, change: dict[str, Any]) -> list[Paid]:
        """List the lines that a cap acts on, in the order in which it is used up; what is brought forward is first."""
        places = {each["id"]: place for place, each in enumerate(self.terms["adjustments"])}
        found = [
            item
            for item in self.items
            if (item.origin is None or places[item.origin["id"]] < places[change["id"]])
            and acts_on(self.world, change, item)
        ]
        return sorted(found, key=lambda item: (*priority(self.world, change, item), *item.order))

    def brought(self, change: dict[str, Any]) -> list[Paid]:
        """List what a cap carried into each period, as the engine has it."""
        return [item for item in self.items if item.origin is change and item.line("-") in self.lines]

    def amount(self, item: Paid, changes: list[str]) -> int:
        """Sum what a line and these adjustments come to."""
        keys = dict.fromkeys(item.line(name) for name in ["-", *changes])  # a line of a group is that of its adjustment
        return sum(self.lines.get(key, {"amount_minor": 0})["amount_minor"] for key in keys)

    def most(self, change: dict[str, Any], item: Paid) -> int:
        """Give the limit that holds for the group of a line."""
        scale = 10 ** DIGITS[self.terms["contract"]["currency"]]
        scaled: Fraction = figure_of(change, "at_most", [(item, 0)]) * scale
        assert scaled.denominator == 1
        return int(scaled)


# ---------------------------------------------------------------- what a line cites


def reference(terms: Contract, row: Row) -> str:
    """Give the name by which a line cites a row of a table without a key: the hash of its content."""
    fields = fields_of(terms, row.table)
    parts = []
    for name in sorted(fields):
        if fields[name].get("sensitive") != "true":
            places = int(fields[name].get("places", 0))
            parts.append(f"{name}={plain(row.cells[name], places)}")
    return f"{row.table}:{hashlib.sha256(chr(31).join(parts).encode()).hexdigest()[:16]}"


def plain(value: object, places: int) -> str:
    """Write a cell as it is hashed: numbers scaled to whole ones, days as ISO text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value * 10**places)) if isinstance(value, Fraction) else str(value)
