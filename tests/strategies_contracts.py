"""How a random small contract is drawn from a seed: who it is for, and what is achieved."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import strategies as st

from tests.luck import PERSON_TESTS, chance, condition, pick, random_of, shuffled
from tests.oracle_words import add_months
from tests.strategies_late import add_groups_at_achievement
from tests.strategies_money import draw_adjustment, draw_payments
from tests.strategies_scores import SURVEY_TESTS, SURVEYS, TESTS, draw_baseline, draw_test, draw_value
from tests.strategies_words import KINDS, LEVELS, labels_of, result_tests, rows_of

if TYPE_CHECKING:
    from random import Random

    from tests.oracle_rows import Contract

Choice: TypeAlias = Any
Node: TypeAlias = Any  # text, a list or a map of a contract
MOST_SEED = 2**24 - 1
SEEDS = st.integers(0, MOST_SEED)  # a wider range would be drawn small most of the time
TERM_STARTS = [date(2025, 4, 1), date(2024, 1, 31), date(2025, 1, 15), date(2024, 3, 1)]
DURATIONS = ["12 weeks", "28 days", "1 month", "3 months", "6 months", "2 weeks", "1 year", "1 day"]
SHORT = {3: ["2 weeks", "1 day"], 6: ["28 days", "1 month"], 12: ["12 weeks", "1 month"], 24: ["3 months", "12 weeks"]}
"""For terms of so many months: times of which four, one after the other, still end in the term."""
GROUPINGS = [
    {"big": "level = 'high'", "small": "otherwise"},
    # a gap and an overlap that cannot be proved, since two fields are compared, and so are not refused
    {"big": "level = 'high'", "small": "level = 'low' AND start = referred_on"},
    {"big": "score >= 8", "small": "score < 13 AND start = referred_on"},
    {"big": "level IN ('high', 'medium')", "small": "level = 'low'", "rest": "otherwise"},
    {"big": "any(events, kind = 'exit')", "small": "otherwise"},
]
EVENT_TESTS = [
    "kind = 'exit'",
    "kind = 'dépôt'",
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
        "any(events, kind = 'exit' AND NOT drug_free)",
    ],
}
DEFINES = {"ready": "consents OR score >= 10", "clean": "drug_free AND kind <> 'dépôt'"}


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
    if chance(luck, 30):
        events["undone_on"] = "date"
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


def draw_window(luck: Random, contract: Contract, kind: str, anchors: list[str]) -> dict[str, str]:
    """Make a window in which somebody can meet an outcome of this kind, its length perhaps a value of the contract."""
    first, last = (date.fromisoformat(contract["contract"][end]) for end in ("from", "to"))
    anchor = pick(luck, ["start", "start", *anchors])
    end = pick(luck, ["for"] * 6 + ["until", "term"])
    window = {pick(luck, ["after", "from"]): anchor}
    if end == "for":
        within = next(months for months in sorted(SHORT) if last < add_months(first, months))
        lengths = SHORT[within] if kind == "absence" and anchor != "start" else DURATIONS
        window["for"] = pick(luck, lengths)
        if chance(luck, 20):
            values = contract.setdefault("values", {})
            window["for"] = f"length{len(values)}"
            values[window["for"]] = draw_length(luck, contract, lengths)
    elif end == "until":
        early = kind != "absence" and anchor == "start" and chance(luck, 50)
        window["until"] = (add_months(first, 2) if early else last).isoformat()
    return window


def draw_length(luck: Random, contract: Contract, lengths: list[str]) -> Node:
    """Make a length that differs by a label or changes in the term."""
    keys = ["provider", "level", *contract.get("groups", {})]
    if chance(luck, 60):
        key = pick(luck, keys)
        return {"by": key, **rows_of(luck, labels_of(contract, key), lambda: pick(luck, lengths))}
    first = date.fromisoformat(contract["contract"]["from"])
    days = [first, add_months(first, pick(luck, [1, 2, 3]))]
    return {"dated": {day.isoformat(): pick(luck, lengths) for day in days}}


def draw_outcome(luck: Random, contract: Contract, found: dict[str, Any]) -> dict[str, Any]:
    """Make an outcome of rows or a fact, perhaps one that starts from an outcome found or reads its result."""
    kind = pick(luck, ["event", "event", "absence", "fact", "event", "absence", "fact", "total"])
    outcome: dict[str, Any] = {"kind": kind}
    anchors = [name for name in found if not is_last(found, name)]
    anchors += words_of(luck, found)
    if kind == "fact":
        outcome["when"] = condition(luck, PERSON_TESTS + result_tests(luck, found, "referred_on"))
        where = pick(luck, [None, "start", "referred_on", "start", "born_on"])
        if where == "born_on":  # a day that is stated cannot be sensitive
            contract["tables"]["people"]["fields"]["born_on"] = "date"
        if where is not None:
            outcome["date"] = where
    else:
        choices = [("events", "on", EVENT_TESTS)] * 6 + [("people", "referred_on", PERSON_TESTS)] * (kind != "total")
        if "reviews" in contract["tables"] and kind != "total":
            choices += [("reviews", "seen_on", REVIEW_TESTS)] * 3
        outcome["table"], outcome["date"], tests = pick(luck, choices)
        if chance(luck, 70):
            outcome["when"] = condition(luck, tests + result_tests(luck, found, outcome["date"]))
    if kind == "total":
        outcome |= sum_terms(luck, contract)
    outcome |= row_terms(luck, contract, outcome)
    if kind == "event" and chance(luck, 50):
        outcome["pick"] = pick(luck, ["first", "last"])
    if chance(luck, 12):
        outcome["excused_by"] = condition(luck, PERSON_TESTS + result_tests(luck, found, "referred_on"))
    if chance(luck, 90 if kind == "absence" else 70):
        outcome["window"] = draw_window(luck, contract, kind, anchors)
    return outcome


def row_terms(luck: Random, contract: Contract, outcome: dict[str, Any]) -> dict[str, str]:
    """Make what rows may be undone by, and what an event is met once for, often neither."""
    found = {}
    if outcome.get("table") == "events":
        if "undone_on" in contract["tables"]["events"]["fields"] and chance(luck, 60):
            found["undone_by"] = "undone_on"
        if outcome["kind"] == "event" and chance(luck, 25):
            found["once_per"] = pick(luck, ["kind", "kind", "participant"])
    return found


def words_of(luck: Random, found: dict[str, Any]) -> list[str]:
    """Name a word of an outcome that is met once for each kind of event, if there is one."""
    once = [name for name, spec in found.items() if spec.get("once_per") == "kind"]
    return [f"{pick(luck, once)}.{pick(luck, KINDS)}"] if once else []


def sum_terms(luck: Random, contract: Contract) -> dict[str, str]:
    """Make what a total adds up, and how much it is to come to, perhaps a value of the contract."""
    figures = ["1.5", "3", "0.4", "4.45", "2.9"]
    figure = pick(luck, figures)
    if chance(luck, 30):
        values = contract.setdefault("values", {})
        figure = f"sum{len(values)}"
        values[figure] = draw_length(luck, contract, figures)
    return {"add": "points", pick(luck, ["reaches", "exceeds"]): figure}


def is_last(outcomes: dict[str, Any], name: str) -> bool:
    """Say whether an outcome is met on the last day of the term, if at all, so that nothing can come after it."""
    outcome = outcomes[name.partition(".")[0]]
    if outcome["kind"] == "combine":
        return any(is_last(outcomes, part) for part in outcome["of"])
    return bool((outcome["kind"] == "absence" or "count" in outcome) and "for" not in outcome.get("window", {}))


def draw_outcomes(luck: Random, contract: Contract) -> dict[str, Any]:
    """Make one to three outcomes, perhaps one combined of them and one after that, in any order of the file."""
    found: dict[str, Any] = {}
    if chance(luck, 10):
        found["scored"] = {"kind": "scale", "value": "score", "points": draw_steps(luck, 0, 20)}
    for name in ["engaged", "completed", "settled"][: pick(luck, [2, 1, 3])]:
        found[name] = draw_outcome(luck, contract, found)
    if len(found) > 1 and chance(luck, 65):
        parts = shuffled(luck, [*found, *words_of(luck, found)])
        need = pick(luck, ["all", "any", "2" if len(found) > 2 else "1"])
        found["recovered"] = {"kind": "combine", "need": need, "of": parts}
        if chance(luck, 30) and not is_last(found, "recovered"):
            found["kept"] = draw_outcome(luck, contract, found)
    if chance(luck, 35):
        contract["spells"], contract["tables"]["stays"] = draw_spells(luck), STAYS
        anchors = [name for name in found if not is_last(found, name)]
        for name in ["stayed", "lodged"][: pick(luck, [1, 2])]:
            found[name] = draw_held(luck, contract, anchors)
    found |= draw_scores(luck, contract, found)
    if chance(luck, 15):
        found["rated"] = {"kind": "scale", "value": "score", "points": draw_steps(luck, 0, 20)}
        if chance(luck, 30):
            most = max(int(points) for points in found["rated"]["points"].values())
            found["graded"] = {"kind": "scale", "of": "rated", "points": draw_steps(luck, 0, most + 2)}
    return {name: found[name] for name in shuffled(luck, list(found))}


def draw_scores(luck: Random, contract: Contract, outcomes: dict[str, Any]) -> dict[str, Any]:
    """Make one or two scores, often none."""
    if not chance(luck, 35):
        return {}
    contract["tables"]["surveys"] = SURVEYS
    found: dict[str, Any] = {}
    for name in ["better", "content"][: pick(luck, [1, 2])]:
        found[name] = draw_score(luck, contract, outcomes | found)
    return found


def draw_score(luck: Random, contract: Contract, outcomes: dict[str, Any]) -> dict[str, Any]:
    """Make a score of surveys, or one of the people themselves, that is itself tested or how it changed."""
    if chance(luck, 10):
        own = {"kind": "score", "table": "people", "date": "referred_on", "value": "score"}
        return own | {pick(luck, TESTS): pick(luck, ["9", "10", "4.5"])}
    anchors = [name for name in outcomes if not is_last(outcomes, name)]
    value = draw_value(luck)
    found: dict[str, Any] = {"kind": "score", "table": "surveys", "date": "done_on", "value": value}
    terms, figures = draw_test(luck, value)
    found |= terms
    if figures:
        figure = pick(luck, figures)
        if chance(luck, 25):
            values = contract.setdefault("values", {})
            figure = f"mark{len(values)}"
            values[figure] = draw_length(luck, contract, figures)
        found[pick(luck, TESTS)] = figure
    if terms and chance(luck, 60):
        found["baseline"] = draw_baseline(luck, anchors, date.fromisoformat(contract["contract"]["from"]))
    if chance(luck, 40):
        found["follow_up"] = {"pick": pick(luck, ["first", "last"])}
    if chance(luck, 60):
        found["when"] = condition(luck, SURVEY_TESTS + result_tests(luck, outcomes, "done_on"))
    if chance(luck, 40):
        found["undone_by"] = "void_on"
    if chance(luck, 60):
        found["window"] = draw_window(luck, contract, "score", anchors)
    if chance(luck, 10):
        found["excused_by"] = condition(luck, PERSON_TESTS)
    return found


STAYS: dict[str, Any] = {
    "row_is": "stay",
    "of": "participant",
    "fields": {
        "came_on": "date",
        "left_on": "date",
        "where": {"type": "text", "one_of": ["home", "hostel", "jail"]},
        "recorded_on": "recorded",
    },
}


def draw_spells(luck: Random) -> dict[str, Any]:
    """Make three states: two of stays, and one that events open and close."""
    test = pick(luck, ["where = 'home'", "where <> 'jail'", "where = 'home' AND level <> 'low'"])
    stays = {"table": "stays", "from": "came_on", "to": "left_on"}
    return {
        "housed": {**stays, "when": test} if chance(luck, 80) else stays,
        "jailed": {**stays, "when": "where = 'jail'"},
        "busy": {"table": "events", "on": "on", "opens": "kind = 'exit'", "closes": "kind = 'dépôt'"},
    }


def draw_held(luck: Random, contract: Contract, anchors: list[str]) -> dict[str, Any]:
    """Make an outcome of days held: once, in blocks, or so many of them."""
    states = pick(luck, [["housed"], ["housed"], ["busy"], ["housed", "busy"], []])
    found: dict[str, Any] = {"kind": "held"}
    if states:
        found["in"] = states
    if not states or chance(luck, 40):
        found["not_in"] = ["jailed"] if "busy" in states or chance(luck, 60) else ["busy"]
    if chance(luck, 30):
        found["gap"] = pick(luck, ["1 day", "7 days", "2 weeks"])
    kind = pick(luck, ["for", "for", "every", "every", "count"])
    if kind == "count":
        found["count"] = "days"
        found["per"] = pick(
            luck, [["participant"], ["participant", "quarter"], ["month"], ["contract_year"], ["contract"]]
        )
    else:
        found |= length_terms(luck, contract, kind)
    if chance(luck, 60):
        found["window"] = draw_window(luck, contract, "held", anchors)
        if kind != "count" and chance(luck, 40):
            found["last_run"] = "may_finish"
    if chance(luck, 10):
        found["excused_by"] = condition(luck, PERSON_TESTS)
    return found


def length_terms(luck: Random, contract: Contract, kind: str) -> dict[str, Any]:
    """Make how long a run or a block is, perhaps a value of the contract, and how many blocks there may be."""
    lengths = ["2 weeks", "28 days", "5 days", "60 days"]
    found = {"run": pick(luck, ["added_up", "unbroken"])}
    resumes = kind == "every" and found["run"] == "unbroken" and chance(luck, 40)
    if resumes:
        found["after_gap"] = "resume"
    if found["run"] == "unbroken" and not resumes:
        lengths += ["1 month", "2 months"]
    found[kind] = pick(luck, lengths)
    if chance(luck, 30):
        values = contract.setdefault("values", {})
        found[kind] = f"stay{len(values)}"
        values[found[kind]] = draw_length(luck, contract, lengths)
    if kind == "every" and chance(luck, 50):
        found["at_most"] = str(pick(luck, [1, 2, 3, 7]))
    return found


def draw_steps(luck: Random, least: int, most: int) -> dict[str, str]:
    """Make two or three steps that hold every whole number once."""
    low = luck.randint(least + 1, most - 1)
    high = luck.randint(low, most - 1)
    steps = [f"under {low}", f"{low} to {high}" if high > low else str(low), f"{high + 1} or more"]
    return {step: str(pick(luck, [0, 1, 1, 2, 3, 7])) for step in steps}


def draw_head(luck: Random) -> dict[str, Any]:
    """Make the part that names the parties and the term."""
    first = pick(luck, TERM_STARTS)
    head: dict[str, Any] = {
        "id": "made-up",
        "title": "A made-up contract",
        "version": "1",
        "commissioners": {"borough": {"name": "A borough"}},
        "providers": {
            name: {"name": name.title()} for name in ["southbank", "northbank", "eastbank"][: pick(luck, [2, 1, 3])]
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
    contract["cohort"] = {"of": "participant", "start": "referred_on"} | draw_clauses(luck)
    own = pick(luck, ["need", "need", "level", None])
    keys = ["provider", "provider"] if own is None else [own, own, "provider"]
    contract["groups"] = {"need": dict(pick(luck, GROUPINGS))} if own == "need" else {}
    contract["define"] = {}
    contract["outcomes"] = draw_outcomes(luck, contract)
    contract["payments"] = draw_payments(luck, contract, keys)
    contract["adjustments"] = [
        draw_adjustment(luck, contract, f"change_{place}", keys) for place in range(1, 1 + pick(luck, [1, 0, 2, 3]))
    ]
    if '"need"' not in json.dumps({**contract, "groups": {}}):
        contract["groups"] = {}
    if chance(luck, 10):
        add_groups_at_achievement(luck, contract)
    contract["define"] = used_defines(contract)
    return {part: said for part, said in contract.items() if said}


def draw_clauses(luck: Random) -> dict[str, Any]:
    """Make up to two clauses that let people in and two that leave them out."""
    found: dict[str, Any] = {}
    for side, conditions in CLAUSES.items():
        for place in range(1, 1 + pick(luck, [0, 0, 0, 1, 2])):
            clause = {"id": f"{side}_{place}", "when": pick(luck, conditions), "clause": f"2.{place}"}
            found.setdefault(side, []).append(clause)
    return found
