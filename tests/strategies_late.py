"""Groupings that read results: to whom, or at which price, something is paid at its achievement."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.luck import CAPS, PERSON_TESTS, PRICES, chance, condition, money, pick, shuffled

if TYPE_CHECKING:
    from random import Random

    from tests.oracle_rows import Contract

LATE_TESTS = [
    "days_between(start, {name}.date) <= 30",
    "{name}.met",
    "any(events, kind = 'exit' AND on <= {name}.date)",
    "{name}.date IS NOT NULL AND level = 'high'",
    "score >= 10 OR {name}.date > born_on",
]


def add_groups_at_achievement(luck: Random, contract: Contract) -> None:
    """Make a payment to whom a result says, or a price or a cap by a label that one gives."""
    names = "|".join(contract["outcomes"])
    alone = [
        name
        for name in contract["outcomes"]
        if not re.search(rf"\b({names})\b", json.dumps(contract["outcomes"][name]))
    ]
    tariffs = [name for name, spec in contract["payments"].items() if spec["kind"] == "tariff"]
    if not alone or not tariffs:
        return
    tests = [test.format(name=alone[0]) for test in LATE_TESTS]
    providers = list(contract["contract"]["providers"])
    per = {word for change in contract["adjustments"] for word in change.get("per", [])}
    rows = [
        change for change in contract["adjustments"] if change["kind"] in {"floor", "multiply"} or "excess" in change
    ]
    groups = contract.setdefault("groups", {})
    if len(providers) > 1 and (not rows or "participant" not in per) and chance(luck, 70):
        test = condition(luck, tests if chance(luck, 70) else PERSON_TESTS)
        groups["holder"] = {providers[0]: test, providers[1]: "otherwise"}
        if len(providers) > 2 and chance(luck, 50):
            groups["holder"] = {providers[2]: pick(luck, tests), **groups["holder"]}
        for name in shuffled(luck, tariffs)[: pick(luck, [1, 2])]:
            contract["payments"][name]["to"] = "holder"
    if "holder" in groups and chance(luck, 50):
        return
    groups["stage"] = {
        "early": condition(luck, tests),
        "late": pick(luck, ["otherwise", "otherwise", pick(luck, tests)]),
    }
    spec = contract["payments"][pick(luck, tariffs)]
    if chance(luck, 60):
        spec["price"] = f"{spec['pays_for']}_at"
        cell = {label: money(contract["contract"]["currency"], pick(luck, PRICES)) for label in ("early", "late")}
        value: dict[str, Any] = {"by": "stage", **cell}
        if chance(luck, 40):
            value = {"by": "stage", "dated": {contract["contract"]["from"]: cell}}
        contract.setdefault("values", {})[spec["price"]] = value
    else:
        at_most = money(contract["contract"]["currency"], pick(luck, CAPS))
        on = shuffled(luck, tariffs)[: pick(luck, [1, 2])]
        cap = {"id": "of_stage", "kind": "cap", "at_most": at_most, "per": ["stage"], "on": on}
        contract["adjustments"].append(cap)
