"""Random small contracts and returns, for anyone who tests against the language.

`contracts` gives valid contracts as plain maps, lists and text; `to_yaml` writes one as a file;
`returns` gives the rows a provider might send for it, dirt included; `scenarios` gives all three
inputs of an evaluation. Days gather near the edges of windows, terms, years and prices, because
that is where rules differ. A contract hangs on one seed and each row on its own, so that samples
are varied and a failing case sheds rows. `reach` counts what a sample of scenarios gets to, so that
a test can say the generator still reaches it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import strategies as st

from tests.luck import chance, pick, random_of, shuffled
from tests.oracle import Answer, run
from tests.oracle_rows import Contract, Tables, fields_of
from tests.oracle_words import add_duration, add_months
from tests.strategies_contracts import SEEDS, Node, contracts
from tests.strategies_scores import draw_survey
from tests.strategies_words import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

__all__ = ["SLOTS", "Scenario", "contracts", "days_to_ask", "reach", "return_of", "returns", "scenarios", "to_yaml"]

Scenario: TypeAlias = tuple[Contract, Tables, date]

TEXT_IDS = [
    "P1",
    "P10",
    "P2",
    "p3",
    "Z-9",
    "\u00e97",
    "\u03a9mega",
    "a b",
    "007",
    "7",
    "\u00df",
    "P-04",
    "zz",
    "E7",
]
WHOLE_IDS = [
    "1",
    "2",
    "3",
    "10",
    "21",
    "100",
    "99",
    "1000",
    "9007199254740993",
    "8",
    "45",
    "46",
    "47",
    "48",
]

# ---------------------------------------------------------------- YAML

CONDITIONS = {"when", "where"}
PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ./%_-]*[A-Za-z0-9%])?")


def scalar(text: str, *, quoted: bool = False) -> str:
    """Write one text, in quotes if it is a condition or could be misread."""
    if quoted or PLAIN.fullmatch(text) is None:
        return json.dumps(text, ensure_ascii=False)
    return text


def block(thing: Node, indent: int, *, quoted: bool) -> list[str]:
    """Write a map or a list of maps as indented lines."""
    lines: list[str] = []
    pad = "  " * indent
    if isinstance(thing, list):
        for item in thing:
            inner = block(item, indent + 1, quoted=quoted)
            lines += [f"{pad}- {inner[0].lstrip()}", *inner[1:]]
        return lines
    for key, value in thing.items():
        name = scalar(key, quoted=" " in key)
        sayings = quoted or key in CONDITIONS
        if isinstance(value, str):
            lines.append(f"{pad}{name}: {scalar(value, quoted=sayings and value != 'otherwise')}")
        elif isinstance(value, list) and all(isinstance(item, str) for item in value):
            lines.append(f"{pad}{name}: [{', '.join(scalar(item) for item in value)}]")
        elif not value:
            lines.append(f"{pad}{name}: {{}}")
        else:
            lines.append(f"{pad}{name}:")
            lines += block(value, indent + 1, quoted=quoted or key in {"groups", "define"})
    return lines


def to_yaml(contract: Contract) -> str:
    """Write a contract as the strict YAML that is read: block style, conditions in quotes."""
    return "\n".join(block(contract, 0, quoted=False)) + "\n"


# ---------------------------------------------------------------- what is sent


def edges(contract: Contract) -> list[date]:
    """List the days on which a rule of the contract turns."""
    found = {date.fromisoformat(day) for day in re.findall(r"\d{4}-\d{2}-\d{2}", json.dumps(contract))}
    head = contract["contract"]
    first, last = date.fromisoformat(head["from"]), date.fromisoformat(head["to"])
    month, day = (int(part) for part in head.get("year_starts", f"{first:%m-%d}").split("-"))
    found |= {date(year, month, day) for year in range(first.year, last.year + 1)}
    found |= {add_months(first, count) for count in (1, 3)}
    return sorted(one for one in found if first - timedelta(days=60) <= one <= last + timedelta(days=60))


def durations(contract: Contract) -> list[str]:
    """List the lengths of the contract's windows."""
    written = [spec.get("window", {}).get("for", "28 days") for spec in contract["outcomes"].values()]
    written += [spec[key] for spec in contract["outcomes"].values() for key in ("for", "every", "gap") if key in spec]
    values = [contract.get("values", {}).get(text, text) for text in written]
    found = set(re.findall(r"\d+ (?:day|week|month|year)s?\b", json.dumps(values)))
    return sorted(found, key=lambda text: (len(text), text))


def jitter(luck: Random, day: date) -> date:
    """Move a day by one, or not."""
    return day + timedelta(days=pick(luck, [0, 0, 0, 1, -1]))


def word(luck: Random, options: list[str], empty: int = 8) -> str | None:
    """Choose a cell's text; sometimes it is empty."""
    if chance(luck, empty):
        return None if chance(luck, 50) else ""
    return str(pick(luck, options))


def draw_person(luck: Random, contract: Contract, name: str, marks: list[date]) -> dict[str, str | None]:
    """Make one participant's row."""
    first = date.fromisoformat(contract["contract"]["from"])
    start = jitter(luck, pick(luck, [first + timedelta(days=step) for step in (0, 20, -9, 45, 70)] + marks))
    born = add_months(start, -12 * pick(luck, [30, 18, 18, 65]))
    born = pick(luck, [jitter(luck, born), born, date(2004, 2, 29), date(2007, 3, 1)])
    coded = isinstance(contract["tables"]["people"]["fields"]["consents"], dict)
    yes_no = ["Y", "Y", "Y", "N"] if coded else ["yes", "yes", "yes", "no"]
    row = {
        "participant": name,
        "provider": pick(luck, contract["contract"]["providers"]),
        "referred_on": word(luck, [start.isoformat()], 6),
        "born_on": word(luck, [born.isoformat()], 4),
        "level": word(luck, LEVELS),
        "score": word(luck, ["12", "10", "9", "19", "4", "1"], 5),
        "consents": word(luck, yes_no, 4),
    }
    if "recorded_on" in contract["tables"]["people"]["fields"]:
        row["recorded_on"] = (start + timedelta(days=pick(luck, [0, 0, 3, 200]))).isoformat()
    return row


def draw_day(luck: Random, contract: Contract, bases: list[date], marks: list[date]) -> date:
    """Choose a day near something that matters to one participant."""
    base = pick(luck, bases * 3 + marks)
    step = pick(luck, [None, None, *durations(contract)])
    found = jitter(luck, base if step is None else add_duration(base, step))
    bases.append(found)
    return found


def draw_child(luck: Random, contract: Contract, table: str, name: str, day: date) -> dict[str, str | None]:
    """Make one event or review."""
    if table == "reviews":
        return {
            "participant": name,
            "seen_on": word(luck, [day.isoformat()], 4),
            "passed": word(luck, ["yes", "no"]),
        }
    if table == "surveys":
        return draw_survey(luck, name, day)
    if table == "stays":
        last = day + timedelta(days=pick(luck, [0, 3, 13, 14, 27, 30, 60, 90, -1]))
        return {
            "participant": name,
            "came_on": word(luck, [day.isoformat()], 3),
            "left_on": word(luck, [last.isoformat()], 12),
            "where": word(luck, ["home", "home", "home", "hostel", "jail"], 6),
            "recorded_on": (day + timedelta(days=pick(luck, [0, 0, 3, 40]))).isoformat(),
        }
    row = {
        "participant": name,
        "kind": word(luck, ["exit", "exit", "dépôt", "won't"]),
        "on": word(luck, [day.isoformat()], 4),
        "drug_free": word(luck, ["yes", "no"]),
        "points": word(luck, ["1.5", "3", "0.4", "2.9", "-1"]),
    }
    if "undone_on" in contract["tables"]["events"]["fields"]:
        row["undone_on"] = word(luck, [(day + timedelta(days=pick(luck, [0, 3, 30, 200]))).isoformat()], 75)
    if "recorded_on" in contract["tables"]["events"]["fields"]:
        row["recorded_on"] = (day + timedelta(days=pick(luck, [0, 0, 3, 40]))).isoformat()
    return row


def spoil(luck: Random, contract: Contract, table: str, row: dict[str, str | None]) -> None:
    """Put one fault into a row."""
    faults: dict[str, list[str | None]] = {
        "participant": [None, "", "nobody"],
        "provider": ["westbank", None],
        "level": ["lowish"],
    }
    faults |= {
        "score": ["21", "ten"],
        "recorded_on": ["", "later"],
        "kind": ["exits"],
        "points": ["1.55"],
    }
    faults |= {"drug_free": ["perhaps"], "passed": ["P"]}
    name = pick(luck, sorted(set(fields_of(contract, table)) - {"born_on", "consents"}))
    if name == "participant" and contract["tables"]["people"]["fields"]["participant"] == "id":
        faults["participant"] = [None, ""]
    row[name] = pick(luck, faults.get(name, ["2025-02-30", "31/12/2025", "soon"]))


def respell(contract: Contract, name: str | None) -> str | None:
    """Write a text id another way that is folded to the same id."""
    if name is None or contract["tables"]["people"]["fields"]["participant"] != "id":
        return name
    return f" {unicodedata.normalize('NFD', name)} "


def dirty(luck: Random, contract: Contract, table: str, row: dict[str, str | None]) -> list[Any]:
    """Give a row as it is sent: perhaps with a fault, twice, or once more with other content."""
    sent = [row]
    if chance(luck, 3):
        spoil(luck, contract, table, row)
    if chance(luck, 4):
        sent.append({**row, "participant": respell(contract, row["participant"])})
    elif table == "people" and chance(luck, 3):
        sent.append({**row, "score": "7"})
    headings = {name: head for head, name in contract["tables"][table].get("columns", {}).items()}
    return [{headings.get(name, name): text for name, text in one.items()} for one in sent]


SLOTS = {"people": 12, "events": 25, "reviews": 8, "stays": 24, "surveys": 24}


def returns(contract: Contract) -> st.SearchStrategy[Tables]:
    """Give random rows for a contract's tables: people, events, and a little dirt.

    Each row that may stand has a seed of its own. A row whose seed is nought does not stand, so a
    failing case loses the rows that it does not need.
    """
    size = 1 + sum(SLOTS.values())
    seeds = st.lists(SEEDS, min_size=size, max_size=size)
    return seeds.map(lambda numbers: return_of(contract, numbers))


def return_of(contract: Contract, seeds: list[int]) -> Tables:
    """Make the rows that hang on these seeds: the first is for their order, each other for a row."""
    marks = edges(contract)
    whole = contract["tables"]["people"]["fields"]["participant"] != "id"
    order, numbers = random_of(seeds[0]), seeds[1:]
    names = shuffled(order, WHOLE_IDS if whole else TEXT_IDS)
    stranger = "77" if whole else "stranger"
    bases: dict[str, list[date]] = {stranger: [marks[0]]}
    tables: Tables = {"people": []}
    for luck in rows_of(order, "people", numbers):
        name = names.pop()
        row = draw_person(luck, contract, name, marks)
        first = date.fromisoformat(row["referred_on"] or contract["contract"]["from"])
        bases[name] = [first]
        tables["people"] += dirty(luck, contract, "people", row)
    for table in list(contract["tables"])[1:]:
        tables[table] = []
        for luck in rows_of(order, table, numbers):
            name = stranger if chance(luck, 3) else pick(luck, bases)
            day = draw_day(luck, contract, bases[name], marks)
            row = draw_child(luck, contract, table, name, day)
            tables[table] += dirty(luck, contract, table, row)
    return {table: shuffled(order, rows) for table, rows in tables.items()}


def rows_of(order: Random, table: str, numbers: list[int]) -> list[Random]:
    """Take a table's seeds and start a chooser for each row that stands."""
    taken, numbers[:] = numbers[: SLOTS[table]], numbers[SLOTS[table] :]
    share = order.choice([30, 50, 70, 90, 100] if table == "people" else [70, 90, 100, 100, 80, 100, 30, 0])
    return [random_of(seed) for seed in taken if seed and seed % 100 < share]


def days_to_ask(contract: Contract) -> list[date]:
    """List days to ask on: half of them long after the term, half near a day on which something turns."""
    late = date.fromisoformat(contract["contract"]["to"]) + timedelta(days=400)
    steps = [*durations(contract), "0 days"]
    marks = {add_duration(day, step) for day in edges(contract) for step in steps}
    near = sorted(day + timedelta(days=step) for day in marks for step in (-1, 0, 1))
    return [late] * len(near) + near


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Give a contract, a return for it and the day to ask on."""
    contract = draw(contracts())
    return contract, draw(returns(contract)), draw(st.sampled_from(days_to_ask(contract)))


# ---------------------------------------------------------------- what a sample reaches


def reach(samples: Iterable[Scenario]) -> Counter[tuple[str, ...]]:
    """Count what a sample of scenarios gets to, by the oracle."""
    found: Counter[tuple[str, ...]] = Counter()
    for contract, tables, as_at in samples:
        answer = run(contract, tables, as_at)
        for (_, outcome), (state, _, reason) in answer.decisions.items():
            kind = contract["outcomes"][outcome]["kind"]
            found["state", state] += 1
            found["reason", reason] += 1
            found["kind", kind, state] += 1
        for use in answer.use.values():
            found["use", use] += 1
        for table, _ in answer.refused:
            found["refused", table] += 1
        found["currency", contract["contract"]["currency"]] += 1
        found["lines",] += sum(key[3] == "-" for key in answer.lines)
        for change in contract.get("adjustments", []):
            found[reached_by(answer, change)] += 1
        for change in contract.get("adjustments", []):
            made = "binding" if any(key[3] == change["id"] for key in answer.lines) else "not binding"
            for term in terms_of(change, ("part", "excess", "order", "if_owed", "only", "needs", "stops")):
                found["adjustment", change["kind"], term, made] += 1
        for payment, spec in contract["payments"].items():
            paid = "paid" if any(key[0] == payment for key in answer.lines) else "not paid"
            for term in terms_of(
                spec, ("instalments", "every", "due", "falls_in", "price_on", "times", "share", "takes", "to")
            ):
                found["payment", spec["kind"], term, paid] += 1
    return found


def terms_of(spec: dict[str, Any], keys: tuple[str, ...]) -> list[str]:
    """Name the terms that a payment or adjustment has, with the word of those that have one of a few."""
    words = {"part", "excess", "if_owed", "only", "falls_in", "takes"}
    return ["", *(f"{key} {spec[key]}" if key in words else key for key in keys if key in spec)]


def reached_by(answer: Answer, change: dict[str, Any]) -> tuple[str, ...]:
    """Say of one adjustment what it was per and whether it made a line, made none or had nothing to act on."""
    name = "+".join(change["per"]) if change["kind"] == "cap" else ("where" if "where" in change else "all")
    acted_on = [key for key in answer.lines if key[3] == "-" and key[0] in change.get("on", [key[0]])]
    if any(key[3] == change["id"] for key in answer.lines):
        return (change["kind"], name, "binding")
    return (change["kind"], name, "not binding" if acted_on else "idle")
