"""What a contract of the oracle names: which figures are by what, and which results a decision or a payment reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.oracle_scores import anchors_of

if TYPE_CHECKING:
    from tests.oracle_rows import Contract

PERIODS = ("month", "quarter", "contract_year", "contract")


def keys_of(shape: Any) -> list[str]:  # noqa: ANN401  # a value of any shape
    """List what a value's rows are by."""
    by = shape.get("by", []) if isinstance(shape, dict) else []
    return [by] if isinstance(by, str) else list(by)


def looked_up(shape: Any, labels: list[str]) -> str:  # noqa: ANN401  # text, or maps of it
    """Find the figure of labels: of all rows that fit, where ``*`` fits any, the one that names most."""
    rows: list[tuple[int, Any]] = [(0, shape)]
    for label in labels:
        inner = [(named + (key == label), row[key]) for named, row in rows for key in row if key in {label, "*"}]
        rows = [(named, row) for named, row in inner if isinstance(row, str | dict)]
    found = sorted(rows, key=lambda row: row[0])
    assert len(found) == 1 or found[-1][0] > found[-2][0], "no two rows fit alike"
    return str(found[-1][1])


def named_by(contract: Contract, outcome: str) -> list[str]:
    """Name the outcomes, or words of them, that an outcome is counted from or made of."""
    spec = contract["outcomes"][outcome]
    window = spec.get("window", {})
    of = None if spec["kind"] == "score" else spec.get("of")
    named = {window.get("from", window.get("after")), *(of if isinstance(of, list) else [of]), *anchors_of(spec)}
    return sorted(name for name in named if name not in {None, "start"})


def read_by(contract: Contract, outcome: str) -> set[str]:
    """Name the outcomes whose results are read to decide an outcome, or to pay it."""
    spec = contract["outcomes"][outcome]
    texts = " ".join(str(spec.get(key, "")) for key in ("when", "excused_by"))
    late = {key for _, key in asked_late(contract, outcome)}
    labels = [text for key in late for text in contract.get("groups", {}).get(key, {}).values()]
    texts = " ".join([texts, *where_late(contract, outcome), *labels])
    return {name for name in contract["outcomes"] if re.search(rf"\b{name}\b", texts)} - {outcome}


def reads_results(contract: Contract, text: str | None) -> bool:
    """Say whether a condition names an outcome."""
    names = "|".join(contract["outcomes"])
    return text is not None and re.search(rf"\b({names})\b", text) is not None


def where_late(contract: Contract, outcome: str) -> list[str]:
    """List the `where` of adjustments of an outcome's payments that read results."""
    paid = {name for name, spec in contract.get("payments", {}).items() if spec.get("pays_for") == outcome}
    changes = [one for one in contract.get("adjustments", []) if paid & set(one.get("on", paid))]
    return [one["where"] for one in changes if reads_results(contract, one.get("where"))]


def is_late(contract: Contract, key: str) -> bool:
    """Say whether a grouping reads results."""
    return any(reads_results(contract, text) for text in contract.get("groups", {}).get(key, {}).values())


def asked_late(contract: Contract, outcome: str) -> list[tuple[str, str]]:
    """List, payment by payment, the groupings that read results and say what is paid, and prices by them."""
    found = []
    values = contract.get("values", {})
    for payment, spec in contract.get("payments", {}).items():
        if spec.get("pays_for") != outcome:
            continue
        by_price, to = keys_of(values.get(spec["price"])), spec.get("to", "")
        keys = [to, *by_price]
        shape = values.get(spec["price"])
        if spec.get("price_on") == "start" and isinstance(shape, dict) and "dated" in shape:
            late = [key for key in [*by_price, *([to] if "provider" in by_price else [])] if is_late(contract, key)]
            keys += ["the price"] if late else []
        keys += [key for figure in spec.get("times", []) for key in keys_of(values.get(figure))]
        for change in contract.get("adjustments", []):
            if payment in change.get("on", [payment]):
                figure = change.get("at_most", change.get("at_least", change.get("by")))
                keys += [*keys_of(values.get(figure)), *change.get("per", [])]
        found += [(payment, key) for key in keys if key == "the price" or is_late(contract, key)]
    once: dict[tuple[str, str], tuple[str, str]] = {}
    for pair in found:
        once.setdefault(pair if pair[1] == "the price" else ("", pair[1]), pair)
    return list(once.values())
