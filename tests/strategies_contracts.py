"""How a random small contract is drawn from a seed."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import strategies as st

from tests.luck import CAPS, PERSON_TESTS, PRICES, chance, condition, money, pick, random_of, shuffled
from tests.oracle_words import add_months, period_start
from tests.strategies_late import add_groups_at_achievement
from tests.strategies_scores import SURVEY_TESTS, SURVEYS, TESTS, draw_baseline, draw_test, draw_value

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.oracle_rows import Contract

Choice: TypeAlias = Any
Node: TypeAlias = Any  # text, a list or a map of a contract

SEEDS = st.integers(0, 2**24 - 1)  # a wider range would be drawn small most of the time
TERM_STARTS = [date(2025, 4, 1), date(2024, 1, 31), date(2025, 1, 15), date(2024, 3, 1)]
DURATIONS = ["12 weeks", "28 days", "1 month", "3 months", "6 months", "2 weeks", "1 year", "1 day"]
SHORT = {3: ["2 weeks", "1 day"], 6: ["28 days", "1 month"], 12: ["12 weeks", "1 month"], 24: ["3 months", "12 weeks"]}
"""For terms of so many months: times of which four, one after the other, still end in the term."""
RATIOS = ["5/6", "94%", "1/3", "50%", "0.5", "1.2", "12.5%"]
LEVELS = ["low", "medium", "high"]
KINDS = ["exit", "dépôt", "won't"]
GROUPINGS = [
    {"big": "level = 'high'", "small": "otherwise"},
    # a gap and an overlap that cannot be proved, since two fields are compared, and so are not refused
    {"big": "level = 'high'", "small": "level = 'low' AND start = referred_on"},
    {"big": "score >= 8", "small": "score < 13 AND start = referred_on"},
    {"big": "level IN ('high', 'medium')", "small": "level = 'low'", "rest": "otherwise"},
    {"big": "any(events, kind = 'exit')", "small": "otherwise"},
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
    ["provider", "payment"],
    ["outcome", "participant"],
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


def result_tests(luck: Random, found: dict[str, Any], day: str) -> list[str]:
    """Write tests of the result of an outcome, as many as there are of other things; often none."""
    if not found or chance(luck, 60):
        return []
    name = pick(luck, list(found))
    counts = found[name]["kind"] == "scale" or bool({"every", "count", "once_per"} & set(found[name]))
    bare = [] if counts else [name, f"NOT {name}"]
    value = [f"{name} >= 2", f"{name}.value < 1"] * 2 if counts else []
    tests = [f"{name}.met", f"NOT {name}.met", f"{day} > {name}.date", f"days_between(start, {name}.date) <= 45"]
    return (tests + bare + value + [f"{name}.date IS NULL", f"{name}.date IS NOT NULL"]) * 2


def where_tests(luck: Random, outcomes: dict[str, Any]) -> list[str]:
    """Write tests of the result of the first outcome that reads no other, so that none waits for itself."""
    names = "|".join(outcomes)
    alone = [name for name in outcomes if not re.search(rf"\b({names})\b", json.dumps(outcomes[name]))]
    return result_tests(luck, {name: outcomes[name] for name in alone[:1]}, "referred_on")


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


def labels_of(contract: Contract, key: str) -> list[str]:
    """List what a key can say."""
    if key in {"contract_year", "quarter"}:
        return period_numbers(contract["contract"], key)
    if key == "provider":
        return list(contract["contract"]["providers"])
    return list(contract["groups"][key]) if key in contract.get("groups", {}) else LEVELS


def period_numbers(head: dict[str, Any], kind: str) -> list[str]:
    """List the numbers of the periods that the term has."""
    first, last = (date.fromisoformat(head[end]) for end in ("from", "to"))
    starts = head.get("year_starts", f"{first:%m-%d}")
    days = range(first.toordinal(), last.toordinal() + 1)
    found = {period_start(date.fromordinal(day), kind, starts) for day in days}
    return [str(place) for place in range(1, len(found) + 1)]


def rows_of(luck: Random, labels: list[str], cell: Callable[[], Any]) -> dict[str, Any]:
    """Make a row for each label, or for some of them and for any other; no two rows of two keys fit alike."""
    some = labels[: pick(luck, range(len(labels)))] if chance(luck, 30) else labels
    found = {label: cell() for label in some}
    if len(some) == len(labels):
        return found
    other = cell()
    if isinstance(other, dict):
        other = {"*": next(iter(other.values()))}
    return found | {"*": other}


def again(luck: Random, row: Any, one: Callable[[], str]) -> Any:  # noqa: ANN401  # text, or maps of it
    """Make the same rows with other figures."""
    return one() if isinstance(row, str) else {label: again(luck, inner, one) for label, inner in row.items()}


def draw_price(luck: Random, contract: Contract, name: str, keys: list[str]) -> str:
    """Make a price for every label and every day of the term: a literal, or a value that is added to the contract."""
    currency = contract["contract"]["currency"]

    def one() -> str:
        return money(currency, pick(luck, PRICES))

    shape = pick(luck, ["inline", "literal", "dated", "dated", "by", "by dated", "by two", "by two dated", "by period"])
    if shape == "inline":
        return one()
    by = shuffled(luck, list(dict.fromkeys(keys)))[: 2 if "two" in shape else 1] if shape.startswith("by") else []
    if shape == "by period":
        by = shuffled(luck, [*by[: pick(luck, [0, 1])], pick(luck, ["contract_year", "quarter"])])
    value: Any = {"by": by[0] if len(by) == 1 else by} if by else {}

    def cell(by: list[str]) -> Any:  # noqa: ANN401  # text, or maps of it
        return one() if not by else rows_of(luck, labels_of(contract, by[0]), lambda: cell(by[1:]))

    if shape == "literal":
        value = one()
    elif "dated" not in shape:
        value |= cell(by)
    else:
        first, last = (date.fromisoformat(contract["contract"][end]) for end in ("from", "to"))
        change = add_months(first, pick(luck, [1, 2, 3, 12]))
        days = {first.isoformat(): cell(by)}
        days[change.isoformat()] = again(luck, days[first.isoformat()], one)
        if change <= last and chance(luck, 30):
            before = change - timedelta(days=1)
            days = dict(zip((f"{first} to {before}", f"{change} to {last}"), days.values(), strict=True))
        value["dated"] = days
    contract.setdefault("values", {})[name] = value
    return name


def draw_adjustment(luck: Random, contract: Contract, name: str, keys: list[str]) -> dict[str, Any]:
    """Make a cap, a multiplication, a floor or a gate."""
    kind = pick(luck, ["cap", "cap", "cap", "multiply", "multiply", "floor", "gate"])
    terms = {"cap": draw_cap, "multiply": draw_multiply, "floor": draw_floor, "gate": draw_gate}[kind]
    found: dict[str, Any] = {"id": name, "kind": kind} | terms(luck, contract, name, keys)
    if chance(luck, 30):
        found["where"] = condition(luck, PERSON_TESTS + where_tests(luck, contract["outcomes"]))
    if chance(luck, 30):
        found["on"] = [pick(luck, contract["payments"])]
    if chance(luck, 15):
        found["only"] = "gains" if kind == "cap" else pick(luck, ["gains", "takes"])
    takes = any(spec.get("takes") == "yes" for spec in contract["payments"].values())
    if kind == "multiply" and takes and chance(luck, 30):
        found["only"] = "takes"
    fees = [name for name, spec in contract["payments"].items() if spec["kind"] == "fee"]
    figure: Any = contract.get("values", {}).get(found.get("by", found.get("at_most")), {})
    if fees and isinstance(figure, dict) and figure.get("by", "provider") != "provider":
        others = [name for name in contract["payments"] if name not in fees]
        found["on"] = [name for name in found.get("on", []) if name in others] or others
    return found


PAID_TO = [
    ["participant"],
    ["provider"],
    ["provider", "quarter"],
    ["participant", "contract_year"],
    ["provider", "month"],
]
PAID_TO += [["provider", "payment"], ["provider", "outcome", "quarter"], ["provider", "contract"]]


def draw_floor(luck: Random, contract: Contract, name: str, keys: list[str]) -> dict[str, Any]:
    """Make what a group of lines comes to at least, perhaps taken from the next period."""
    del name
    per = pick(luck, PAID_TO)
    if keys[0] != "provider" and chance(luck, 20):
        per = ["provider", keys[0]]
    found: dict[str, Any] = {"per": per}
    if chance(luck, 75):
        found["at_least"] = money(contract["contract"]["currency"], pick(luck, [500, 0, 5000, 20000]))
    if set(per) & {"quarter", "month", "contract_year", "contract"} and chance(luck, 85):
        found["if_owed"] = pick(luck, ["carry_forward", "carry_forward", "forgiven"])
    return found


def draw_gate(luck: Random, contract: Contract, name: str, keys: list[str]) -> dict[str, Any]:
    """Make an outcome that must be met, or must not."""
    del name, keys
    return {pick(luck, ["needs", "stops"]): pick(luck, contract["outcomes"])}


def draw_multiply(luck: Random, contract: Contract, name: str, keys: list[str]) -> dict[str, Any]:
    """Make the share that payments are multiplied by, one by one or in groups, perhaps one for each label of a key."""
    per = pick(luck, PAID_TO) if chance(luck, 30) else []
    if not chance(luck, 30):
        return {"by": pick(luck, RATIOS)} | ({"per": per} if per else {})
    key = pick(luck, keys) if not per else "provider"
    value = {"by": key, **{label: pick(luck, RATIOS) for label in labels_of(contract, key)}}
    contract.setdefault("values", {})[f"{name}_rate"] = value
    return {"by": f"{name}_rate"} | ({"per": list(dict.fromkeys(["provider", *per]))} if per else {})


def draw_cap(luck: Random, contract: Contract, name: str, keys: list[str]) -> dict[str, Any]:
    """Make a limit and whom it is for, perhaps one for each label of a key that parts them."""
    currency = contract["contract"]["currency"]
    own = [key for key in keys if key != "provider"]
    per = pick(luck, [*PER, *([key] for key in own), *([key, "contract_year"] for key in own)])
    found = {"at_most": money(currency, pick(luck, CAPS)), "per": per}
    if chance(luck, 35):
        value: Any = money(currency, pick(luck, CAPS))
        for key in [key for key in dict.fromkeys(keys) if key in per][:1]:
            limits = {label: money(currency, pick(luck, CAPS)) for label in labels_of(contract, key)}
            value = {"by": key, **limits}
        contract.setdefault("values", {})[f"{name}_limit"] = value
        found["at_most"] = f"{name}_limit"
    if chance(luck, 40):
        some = shuffled(luck, list(contract["payments"]))[: pick(luck, [1, 2])]
        found["order"] = pick(luck, ["achieved", "known", "known", some, some])
    if chance(luck, 40):
        found["part"] = pick(luck, ["pay", "refuse", "refuse"])
    payees, periods = {"provider", "participant"}, {"quarter", "month", "contract_year"}
    if set(per) & payees and set(per) & periods and found.get("part") != "refuse" and chance(luck, 60):
        found["excess"] = pick(luck, ["carried", "carried", "lost"])
    return found


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


def draw_payments(luck: Random, contract: Contract, keys: list[str]) -> dict[str, Any]:
    """Make a tariff for most outcomes, at least for one, and sometimes a fee."""
    found: dict[str, Any] = {}
    must = pick(luck, contract["outcomes"])
    for outcome in contract["outcomes"]:
        if outcome == must or chance(luck, 70):
            price = draw_price(luck, contract, f"{outcome}_price", keys)
            if contract["outcomes"][outcome].get("once_per") == "kind" and chance(luck, 50):
                price = draw_price_by_word(luck, contract, f"{outcome}_price")
            spec = {"kind": "tariff", "pays_for": outcome, "price": price}
            if chance(luck, 50):
                spec["price_on"] = pick(luck, ["start", "start", "achieved", "known", "contract_to", outcome])
            if chance(luck, 25):
                spec |= draw_parts(luck, contract, keys)
            if contract["outcomes"][outcome].get("once_per") == "kind" and chance(luck, 40):
                spec["share"] = draw_shares(luck, contract)
            found[f"pay_{outcome}"] = spec
    if chance(luck, 15):
        found["service"] = draw_fee(luck, contract)
    return {name: found[name] for name in shuffled(luck, list(found))}


def draw_price_by_word(luck: Random, contract: Contract, name: str) -> str:
    """Make a price for each kind of event."""
    currency = contract["contract"]["currency"]
    figures = {kind: money(currency, pick(luck, PRICES)) for kind in KINDS}
    contract.setdefault("values", {})[name] = {"by": "kind", **figures}
    return name


def draw_shares(luck: Random, contract: Contract) -> str:
    """Make a share of the price for each kind of event, 100% together, perhaps others from a day on."""
    shares = [dict(zip(KINDS, pick(luck, WHOLES), strict=True)) for _ in range(2)]
    dated = {contract["contract"]["from"]: shares[0], "2026-01-01": shares[1]}
    start = contract["contract"]["from"]
    shape = {"dated": dated} if chance(luck, 40) and start < "2026-01-01" else shares[0]
    contract.setdefault("values", {})["borne"] = {"by": "kind", **shape}
    return "borne"


WHOLES = [["50%", "30%", "20%"], ["1/3", "1/2", "1/6"], ["0%", "0.5", "50%"], ["100%", "0%", "0%"]]
SHARED: list[Any] = ["3", "2", "7", ["50%", "50%"], ["20%", "30%", "1/2"], ["1/3", "2/3"]]


def draw_parts(luck: Random, contract: Contract, keys: list[str]) -> dict[str, Any]:
    """Make instalments, days to pay, factors, and a sign."""
    found: dict[str, Any] = {}
    if chance(luck, 60):
        found["instalments"] = pick(luck, SHARED)
        if chance(luck, 50):
            found["every"] = pick(luck, ["1 month", "2 weeks", "10 days"])
        if chance(luck, 50):
            found["odd_pence"] = pick(luck, ["first", "last"])
    if chance(luck, 50):
        found["due"] = draw_due(luck, contract)
    if chance(luck, 50):
        found["falls_in"] = pick(luck, ["achieved", "known", "due"] if "due" in found else ["achieved", "known"])
    if chance(luck, 40):
        found["takes"] = pick(luck, ["yes", "yes", "no"])
    if chance(luck, 30):
        rates = {"by": keys[0], **{label: pick(luck, RATIOS) for label in labels_of(contract, keys[0])}}
        contract.setdefault("values", {})["rate"] = rates
        found["times"] = pick(luck, [["rate"], ["1.71", "1.45"], ["rate", "5/6"]])
    return found


def draw_due(luck: Random, contract: Contract) -> str:
    """Make a day to pay; working days need to be said."""
    count = pick(
        luck, ["0 days", "30 days", "2 weeks", "1 month", "15 working days", "1 working day", "0 working days"]
    )
    if "working" in count:
        contract.setdefault("conventions", {})["working_days"] = pick(
            luck, ["weekdays", {"extra": ["2025-05-05", "2025-05-06", "2025-12-25"]}]
        )
    return f"{count} after {pick(luck, ['achieved', 'known', 'period_end'])}"


def draw_fee(luck: Random, contract: Contract) -> dict[str, Any]:
    """Make a fee in instalments inside the term, for one provider or for each."""
    head = contract["contract"]
    currency, providers = head["currency"], list(head["providers"])
    first, last = (date.fromisoformat(head[end]) for end in ("from", "to"))
    amount = money(currency, pick(luck, [100000, 79600, 1, 333]))
    if chance(luck, 40):
        values = contract.setdefault("values", {})
        values["fee_sum"] = {"by": "provider", **{name: money(currency, pick(luck, PRICES)) for name in providers}}
        amount = "fee_sum"
    found: dict[str, Any] = {
        "kind": "fee",
        "amount": amount,
        "instalments": pick(luck, ["1", "2", "3", ["1/3", "2/3"]]),
    }
    if chance(luck, 50):
        found["from"] = (first + timedelta(days=pick(luck, [0, 5, 30]))).isoformat()
    begins = date.fromisoformat(found.get("from", head["from"]))
    if add_months(begins, 2) > last:
        found["every"] = "week"
    elif chance(luck, 50):
        found["every"] = pick(luck, ["week", "month"])
    if chance(luck, 40):
        found["to"] = pick(luck, providers)
    if chance(luck, 40):
        found["odd_pence"] = pick(luck, ["first", "last"])
    return found
