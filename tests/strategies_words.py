"""What several parts of a random contract name: labels and the rows of figures by them, and tests of results."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

from tests.luck import chance, pick
from tests.oracle_words import period_start

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.oracle_rows import Contract

LEVELS = ["low", "medium", "high"]
KINDS = ["exit", "dépôt", "won't"]


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
