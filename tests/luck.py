"""What every part of the generator of contracts draws with: a chooser from a seed, and ready conditions and sums."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.oracle_rows import DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterable

Choice: TypeAlias = Any

PRICES = [100, 333, 1235, 5005, 25000, 7, 15]
CAPS = [1500, 400, 6000, 50, 20000, 1000000, 0]
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
    "count(events) >= 2",
    "count(events, kind = 'exit') = 1",
    "any(events, drug_free AND on > referred_on)",
    "all(events, kind <> 'dépôt' OR level = 'low')",
    "first(events, on) <= start",
    "last(events, on, drug_free) IS NULL",
    "days_between(start, first(events, on, kind = 'exit')) <= 60",
    "age_on(born_on, referred_on) < 65",
    "born_on <= DATE '2007-03-01'",
    "ready",
]
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


def pick(luck: Random, options: Iterable[Any]) -> Choice:
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


def condition(luck: Random, tests: list[str]) -> str:
    """Make a condition out of ready tests."""
    shape = pick(luck, SHAPES)
    return str(shape.format(a=pick(luck, tests), b=pick(luck, tests), c=pick(luck, tests)))


def money(currency: str, minor: int) -> str:
    """Write minor units as the amount a contract holds."""
    digits = DIGITS[currency]
    return f"{minor // 10**digits}.{minor % 10**digits:0{digits}d}" if digits else str(minor)
