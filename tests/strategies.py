"""Random small contracts and returns, for anyone who tests against the language.

:func:`contracts` gives valid contracts as plain maps, lists and text; :func:`to_yaml` writes one as a file;
:func:`returns` gives the rows a provider might send for it, dirt included; :func:`scenarios` gives all three inputs of an
evaluation. Days gather near the edges of windows, terms, years and prices, because that is where rules differ.
A contract hangs on one seed and each row on its own, so that samples are varied and a failing case sheds rows.
:func:`reach` counts what a sample of scenarios gets to, so that a test can say the generator still reaches it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from random import Random
from typing import Any, TypeAlias

from hypothesis import strategies as st

from tests.oracle import DIGITS, Answer, Contract, Tables, add_duration, add_months, fields_of, run

Scenario: TypeAlias = tuple[Contract, Tables, date]

SEEDS = st.integers(0, 2**32 - 1)
TERM_STARTS = [date(2025, 4, 1), date(2024, 1, 31), date(2025, 1, 15), date(2024, 3, 1)]
DURATIONS = ["12 weeks", "28 days", "1 month", "3 months", "6 months", "2 weeks", "1 year", "1 day"]
PRICES = [100, 333, 1235, 5005, 25000, 7, 15]
RATIOS = ["5/6", "94%", "1/3", "50%", "0.5", "1.2", "12.5%"]
LEVELS = ["low", "medium", "high"]
KINDS = ["exit", "exam", "won't"]
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
GROUPINGS = [
    {"big": "level = 'high'", "small": "otherwise"},
    {"big": "level = 'high'", "small": "level = 'low'"},
    {"big": "score >= 8", "small": "score < 13"},
    {"big": "level IN ('high', 'medium')", "small": "level = 'low'", "rest": "otherwise"},
]
PER = [
    ["participant"],
    ["provider"],
    ["provider", "contract_year"],
    ["contract"],
    ["quarter"],
    ["month"],
    ["participant", "contract_year"],
    ["provider", "quarter"],
]
PERSON_TESTS = [
    "level = 'high'",
    "level <> 'low'",
    "level IN ('low', 'medium')",
    "level NOT IN ('high')",
    "level IS NOT NULL",
    "level IS NULL",
    "score >= 10",
    "score < 5",
    "10 <= score",
    "consents",
    "NOT consents",
    "age_on(born_on, start) >= 18",
    "age_on(born_on, referred_on) < 65",
    "born_on <= DATE '2007-03-01'",
    "ready",
]
EVENT_TESTS = [
    "kind = 'exit'",
    "kind = 'exam'",
    "kind IN ('exit', 'won''t')",
    "kind <> 'won''t'",
    "kind IS NULL",
    "clean",
    "drug_free",
    "NOT drug_free",
    "points >= 1.5",
    "points < 3",
    "on >= start",
    "on > referred_on",
    "level = 'high'",
    "ready",
]
REVIEW_TESTS = ["passed", "NOT passed", "passed IS NULL", "seen_on >= start", "score > 3"]
CLAUSES = {
    "include": ["age_on(born_on, start) >= 18", "consents OR score > 3", "score >= 2"],
    "exclude": [
        "score > 18",
        "level = 'high' AND NOT consents",
        "NOT ready",
        "level = 'medium' AND score = 12",
    ],
}
DEFINES = {"ready": "consents OR score >= 10", "clean": "drug_free AND kind <> 'exam'"}
SHAPES = [
    "{a}",
    "{a}",
    "{a}",
    "NOT {a}",
    "{a} AND {b}",
    "{a} OR {b}",
    "{a} OR {b} AND {c}",
    "NOT ({a} OR {b})",
    "({a} OR {b}) AND {c}",
    "NOT {a} AND {b} OR {c}",
    "{a} OR TRUE",
]


def chance(luck: Random, percent: int) -> bool:
    """Say yes this often."""
    return luck.randrange(100) < percent


def pick(luck: Random, options: Iterable[Any]) -> Any:
    """Choose one."""
    return luck.choice(list(options))


def shuffled(luck: Random, things: Iterable[Any]) -> list[Any]:
    """Put things in some order."""
    found = list(things)
    luck.shuffle(found)
    return found


def random_of(seed: int) -> Random:
    """Start a chooser whose choices follow from its seed alone."""
    return Random(seed)  # noqa: S311 - made-up people need no secrets


# ---------------------------------------------------------------- contracts


def condition(luck: Random, tests: list[str]) -> str:
    """Make a condition out of ready tests."""
    shape = pick(luck, SHAPES)
    return str(shape.format(a=pick(luck, tests), b=pick(luck, tests), c=pick(luck, tests)))


def money(currency: str, minor: int) -> str:
    """Write minor units as the amount a contract holds."""
    digits = DIGITS[currency]
    return f"{minor // 10**digits}.{minor % 10**digits:0{digits}d}" if digits else str(minor)


def draw_tables(luck: Random) -> dict[str, Any]:
    """Make the people, their events and perhaps their reviews."""
    people: dict[str, Any] = {
        "participant": pick(luck, ["id", {"type": "id", "of": "whole"}]),
        "provider": "provider",
        "referred_on": "date",
        "born_on": {"type": "date", "sensitive": "true"},
        "level": {"type": "text", "one_of": LEVELS},
        "score": {"type": "whole", "from": "0", "to": "20"},
        "consents": pick(luck, ["yes_no", {"type": "yes_no", "codes": {"Y": "yes", "N": "no"}}]),
    }
    events: dict[str, Any] = {
        "kind": {"type": "text", "one_of": KINDS},
        "on": "date",
        "drug_free": "yes_no",
        "points": {"type": "decimal", "places": "1"},
    }
    for fields in (people, events):
        if chance(luck, 40):
            fields["recorded_on"] = "recorded"
    tables = {
        "people": {"row_is": "participant", "key": ["participant"], "fields": people},
        "events": {"row_is": "event", "of": "participant", "fields": events},
    }
    if chance(luck, 20):
        del tables["people"]["key"]
    if chance(luck, 25):
        tables["events"]["columns"] = {"What happened": "kind", "Day": "on"}
    if chance(luck, 30):
        fields = {"seen_on": "date", "passed": "yes_no"}
        tables["reviews"] = {"row_is": "review", "of": "participant", "fields": fields}
    return tables


def draw_window(luck: Random, anchors: list[str], until: list[str]) -> dict[str, str]:
    """Make a window after the start or after an outcome."""
    anchor = pick(luck, ["start", "start", *anchors])
    end = pick(luck, ["for"] * 6 + ["until", "term"])
    window = {pick(luck, ["after", "from"]): anchor}
    if end == "for":
        window["for"] = pick(luck, DURATIONS)
    elif end == "until":
        window["until"] = pick(luck, until)
    return window


def draw_outcome(luck: Random, contract: Contract, anchors: list[str]) -> dict[str, Any]:
    """Make an event, an absence or a fact."""
    kind = pick(luck, ["event", "event", "absence", "fact"])
    last = contract["contract"]["to"]
    outcome: dict[str, Any] = {"kind": kind}
    if kind == "fact":
        outcome["when"] = condition(luck, PERSON_TESTS)
        where = pick(luck, [None, "start", "referred_on", "start", "born_on"])
        if where is not None:
            outcome["date"] = where
    else:
        choices = [("events", "on", EVENT_TESTS)] * 6 + [("people", "referred_on", PERSON_TESTS)]
        if "reviews" in contract["tables"]:
            choices += [("reviews", "seen_on", REVIEW_TESTS)] * 3
        outcome["table"], outcome["date"], tests = pick(luck, choices)
        if chance(luck, 70):
            outcome["when"] = condition(luck, tests)
    if kind == "event" and chance(luck, 50):
        outcome["pick"] = pick(luck, ["first", "last"])
    if chance(luck, 90 if kind == "absence" else 70):
        middle = add_months(date.fromisoformat(contract["contract"]["from"]), 2).isoformat()
        outcome["window"] = draw_window(
            luck, anchors, [last] if kind == "absence" else [last, middle]
        )
    return outcome


def draw_outcomes(luck: Random, contract: Contract) -> dict[str, Any]:
    """Make one to three outcomes, perhaps one combined of them and one after that, in any order of the file."""
    found: dict[str, Any] = {}
    for name in ["engaged", "completed", "settled"][: pick(luck, [2, 1, 3])]:
        found[name] = draw_outcome(luck, contract, list(found))
    if len(found) > 1 and chance(luck, 65):
        parts = shuffled(luck, list(found))
        need = pick(luck, ["all", "any", "2" if len(found) > 2 else "1"])
        found["recovered"] = {"kind": "combine", "need": need, "of": parts}
        if chance(luck, 30):
            found["kept"] = draw_outcome(luck, contract, ["recovered"])
    return {name: found[name] for name in shuffled(luck, list(found))}


def labels_of(contract: Contract, key: str) -> list[str]:
    """List what a key can say."""
    if key == "provider":
        return list(contract["contract"]["providers"])
    return list(contract["groups"][key]) if key in contract.get("groups", {}) else LEVELS


def draw_price(luck: Random, contract: Contract, name: str, keys: list[str]) -> str:
    """Make a price for every label and every day of the term: a literal, or a value that is added to the contract."""
    currency = contract["contract"]["currency"]

    def one() -> str:
        return money(currency, pick(luck, PRICES))

    def cell(key: str | None) -> Any:
        return one() if key is None else {label: one() for label in labels_of(contract, key)}

    shape = pick(luck, ["inline", "literal", "dated", "dated", "by", "by dated"])
    if shape == "inline":
        return one()
    key = pick(luck, keys) if shape.startswith("by") else None
    value: Any = {} if key is None else {"by": key}
    if shape == "literal":
        value = one()
    elif shape == "by":
        value |= cell(key)
    else:
        first, last = (date.fromisoformat(contract["contract"][end]) for end in ("from", "to"))
        change = add_months(first, pick(luck, [1, 2, 3, 12]))
        days = {first.isoformat(): cell(key), change.isoformat(): cell(key)}
        if change <= last and chance(luck, 30):
            before = change - timedelta(days=1)
            days = {f"{first} to {before}": cell(key), f"{change} to {last}": cell(key)}
        value["dated"] = days
    contract.setdefault("values", {})[name] = value
    return name


def draw_adjustment(luck: Random, contract: Contract, name: str, keys: list[str]) -> dict[str, Any]:
    """Make a cap or a multiplication."""
    currency = contract["contract"]["currency"]
    found: dict[str, Any] = {"id": name, "kind": pick(luck, ["cap", "cap", "multiply"])}
    if found["kind"] == "multiply":
        found["by"] = pick(luck, RATIOS)
        if chance(luck, 30):
            key = pick(luck, keys)
            value = {"by": key, **{label: pick(luck, RATIOS) for label in labels_of(contract, key)}}
            contract.setdefault("values", {})[f"{name}_rate"] = value
            found["by"] = f"{name}_rate"
    else:
        own = [key for key in keys if key != "provider"]
        per = pick(luck, [*PER, *([key] for key in own), *([key, "contract_year"] for key in own)])
        found |= {"at_most": money(currency, pick(luck, CAPS)), "per": per}
        shared = [key for key in keys if key in per]
        if chance(luck, 35):
            value: Any = money(currency, pick(luck, CAPS))
            if shared:
                value = {"by": shared[0]}
                value |= {
                    label: money(currency, pick(luck, CAPS))
                    for label in labels_of(contract, shared[0])
                }
            contract.setdefault("values", {})[f"{name}_limit"] = value
            found["at_most"] = f"{name}_limit"
        if chance(luck, 30):
            found |= {"order": "achieved", "part": "pay", "excess": "lost"}
    if chance(luck, 30):
        found["where"] = condition(luck, PERSON_TESTS)
    if chance(luck, 30):
        found["on"] = [pick(luck, contract["payments"])]
    return found


CAPS = [1500, 400, 6000, 50, 20000, 1000000, 0]


def draw_head(luck: Random) -> dict[str, Any]:
    """Make the part that names the parties and the term."""
    first = pick(luck, TERM_STARTS)
    head: dict[str, Any] = {
        "id": "made-up",
        "title": "A made-up contract",
        "version": "1",
        "commissioners": {"borough": {"name": "A borough"}},
        "providers": {
            name: {"name": name.title()}
            for name in ["southbank", "northbank", "eastbank"][: pick(luck, [2, 1, 3])]
        },
        "currency": pick(luck, ["GBP", "JPY", "KWD"]),
        "from": first.isoformat(),
        "to": (add_months(first, pick(luck, [12, 24, 6, 3])) - timedelta(days=1)).isoformat(),
    }
    if chance(luck, 40):
        head["year_starts"] = pick(luck, ["04-01", "01-01", "07-15"])
    if chance(luck, 50):
        head["statements"] = pick(luck, ["contract_year", "monthly", "quarterly", "yearly"])
    return head


def used_defines(contract: Contract) -> dict[str, str]:
    """Keep the defines that some condition names."""
    text = json.dumps(contract)
    return {name: said for name, said in DEFINES.items() if re.search(rf"\b{name}\b", text)}


def contracts() -> st.SearchStrategy[Contract]:
    """Give random small valid contracts, as the plain structure of their file."""
    return SEEDS.map(contract_of)


def contract_of(seed: int) -> Contract:
    """Make the contract that hangs on a seed."""
    luck = random_of(seed)
    contract: Contract = {"pbr": "1", "contract": draw_head(luck)}
    if chance(luck, 70):
        contract["conventions"] = {
            "rounding": pick(luck, ["half_up", "half_even"]),
            "month_end": "clamp",
            "leap_birthday": pick(luck, ["1 March", "28 February"]),
        }
    contract["tables"] = draw_tables(luck)
    cohort: dict[str, Any] = {"of": "participant", "start": "referred_on"}
    for side in ("include", "exclude"):
        clauses = []
        for place in range(pick(luck, [0, 0, 0, 1, 2])):
            when = pick(luck, CLAUSES[side])
            clauses.append({"id": f"{side}_{place + 1}", "when": when, "clause": f"2.{place + 1}"})
        if clauses:
            cohort[side] = clauses
    contract["cohort"] = cohort
    own = pick(luck, ["need", "need", "level", None])
    keys = ["provider", "provider"] if own is None else [own, own, "provider"]
    if own == "need":
        contract["groups"] = {"need": dict(pick(luck, GROUPINGS))}
    contract["define"] = {}
    contract["outcomes"] = draw_outcomes(luck, contract)
    contract["payments"] = {}
    for outcome in contract["outcomes"]:
        if chance(luck, 70) or (
            outcome == list(contract["outcomes"])[-1] and not contract["payments"]
        ):
            spec = {"kind": "tariff", "pays_for": outcome}
            spec["price"] = draw_price(luck, contract, f"{outcome}_price", keys)
            if chance(luck, 50):
                spec["price_on"] = pick(luck, ["start", "start", "achieved"])
            contract["payments"][f"pay_{outcome}"] = spec
    changes = [
        draw_adjustment(luck, contract, f"change_{n + 1}", keys)
        for n in range(pick(luck, [1, 0, 2, 3]))
    ]
    if changes:
        contract["adjustments"] = changes
    contract["define"] = used_defines(contract)
    if not contract["define"]:
        del contract["define"]
    if "need" in contract.get("groups", {}) and '"need"' not in json.dumps(
        {**contract, "groups": None}
    ):
        del contract["groups"]
    return contract


# ---------------------------------------------------------------- YAML

CONDITIONS = {"when", "where"}
PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ./%_-]*[A-Za-z0-9%])?")


def scalar(text: str, *, quoted: bool = False) -> str:
    """Write one text, in quotes if it is a condition or could be misread."""
    if quoted or PLAIN.fullmatch(text) is None:
        return json.dumps(text, ensure_ascii=False)
    return text


def block(thing: Any, indent: int, *, quoted: bool) -> list[str]:
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


# ---------------------------------------------------------------- returns


def edges(contract: Contract) -> list[date]:
    """List the days on which a rule of the contract turns."""
    found = {
        date.fromisoformat(day) for day in re.findall(r"\d{4}-\d{2}-\d{2}", json.dumps(contract))
    }
    head = contract["contract"]
    first, last = date.fromisoformat(head["from"]), date.fromisoformat(head["to"])
    month, day = (int(part) for part in head.get("year_starts", f"{first:%m-%d}").split("-"))
    found |= {date(year, month, day) for year in range(first.year, last.year + 1)}
    found |= {add_months(first, count) for count in (1, 3)}
    return sorted(
        one for one in found if first - timedelta(days=60) <= one <= last + timedelta(days=60)
    )


def durations(contract: Contract) -> list[str]:
    """List the lengths of the contract's windows."""
    found = {spec.get("window", {}).get("for", "28 days") for spec in contract["outcomes"].values()}
    return sorted(found, key=lambda text: (len(text), text))


def jitter(luck: Random, day: date) -> date:
    """Move a day by one, or not."""
    return day + timedelta(days=pick(luck, [0, 0, 0, 1, -1]))


def word(luck: Random, options: list[str], empty: int = 8) -> str | None:
    """Choose a cell's text; sometimes it is empty."""
    if chance(luck, empty):
        return pick(luck, [None, ""])
    return str(pick(luck, options))


def draw_person(
    luck: Random, contract: Contract, name: str, marks: list[date]
) -> dict[str, str | None]:
    """Make one participant's row."""
    first = date.fromisoformat(contract["contract"]["from"])
    start = jitter(
        luck, pick(luck, [first + timedelta(days=step) for step in (0, 20, -9, 45, 70)] + marks)
    )
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


def draw_child(
    luck: Random, contract: Contract, table: str, name: str, day: date
) -> dict[str, str | None]:
    """Make one event or review."""
    if table == "reviews":
        return {
            "participant": name,
            "seen_on": word(luck, [day.isoformat()], 4),
            "passed": word(luck, ["yes", "no"]),
        }
    row = {
        "participant": name,
        "kind": word(luck, ["exit", "exit", "exam", "won't"]),
        "on": word(luck, [day.isoformat()], 4),
        "drug_free": word(luck, ["yes", "no"]),
        "points": word(luck, ["1.5", "3", "0.4", "2.9"]),
    }
    if "recorded_on" in contract["tables"]["events"]["fields"]:
        row["recorded_on"] = (day + timedelta(days=pick(luck, [0, 0, 3, 40]))).isoformat()
    return row


def spoil(luck: Random, contract: Contract, table: str, row: dict[str, str | None]) -> None:
    """Put one fault into a row."""
    faults = {
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


@st.composite
def returns(draw: st.DrawFn, contract: Contract) -> Tables:
    """Give random rows for a contract's tables: people, events, and a little dirt."""
    marks = edges(contract)
    whole = contract["tables"]["people"]["fields"]["participant"] != "id"
    order = random_of(draw(SEEDS))
    people = [random_of(seed) for seed in draw_seeds(draw, 2, 12)]
    names = shuffled(order, WHOLE_IDS if whole else TEXT_IDS)[: len(people)]
    stranger = "77" if whole else "stranger"
    bases: dict[str, list[date]] = {stranger: [marks[0]]}
    tables: Tables = {"people": []}
    for luck, name in zip(people, names, strict=True):
        row = draw_person(luck, contract, name, marks)
        bases[name] = [date.fromisoformat(row["referred_on"] or contract["contract"]["from"])]
        tables["people"] += dirty(luck, contract, "people", row)
    for table in list(contract["tables"])[1:]:
        tables[table] = []
        for seed in draw_seeds(draw, 0, 25 if table == "events" else 8):
            luck = random_of(seed)
            name = stranger if chance(luck, 3) else pick(luck, names)
            day = draw_day(luck, contract, bases[name], marks)
            row = draw_child(luck, contract, table, name, day)
            tables[table] += dirty(luck, contract, table, row)
    return {table: shuffled(order, rows) for table, rows in tables.items()}


def draw_seeds(draw: st.DrawFn, least: int, most: int) -> list[int]:
    """Draw a seed for each row of a table."""
    count = draw(st.integers(least, most))
    return draw(st.lists(SEEDS, min_size=count, max_size=count))


def as_ats(contract: Contract) -> st.SearchStrategy[date]:
    """Give days to ask on: long after the term, or near a day on which something turns."""
    late = date.fromisoformat(contract["contract"]["to"]) + timedelta(days=400)
    steps = [*durations(contract), "0 days"]
    marks = {add_duration(day, step) for day in edges(contract) for step in steps}
    near = [day + timedelta(days=step) for day in sorted(marks) for step in (-1, 0, 1)]
    return st.one_of(st.just(late), st.sampled_from(near))


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Give a contract, a return for it and the day to ask on."""
    contract = draw(contracts())
    return contract, draw(returns(contract)), draw(as_ats(contract))


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
    return found


def reached_by(answer: Answer, change: dict[str, Any]) -> tuple[str, ...]:
    """Say of one adjustment what it was per and whether it made a line, made none or had nothing to act on."""
    name = (
        "+".join(change["per"])
        if change["kind"] == "cap"
        else ("where" if "where" in change else "all")
    )
    acted_on = [
        key for key in answer.lines if key[3] == "-" and key[0] in change.get("on", [key[0]])
    ]
    if any(key[3] == change["id"] for key in answer.lines):
        return (change["kind"], name, "binding")
    return (change["kind"], name, "not binding" if acted_on else "idle")
