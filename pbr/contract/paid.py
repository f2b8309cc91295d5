"""Which outcomes money depends on, and through what; one on which none does is a signpost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from pbr.contract.contract import readers_of, reads, results_of_grouping
from pbr.outcomes.event import outcome_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pbr.adjustments import Adjustment
    from pbr.contract.contract import Contract, Readers
    from pbr.contract.model import Terms
    from pbr.document import PathTo
    from pbr.outcomes import Outcome
    from pbr.payments import Payment
    from pbr.table import Table

_NAMING = ("pays_for", "price_on", "amount", "by", "times", "share", "pays", "needs", "stops", "until")
"""Terms of payments and adjustments that may name an outcome."""
_GROUPING = ("to", "among", "fill", "per")
"""Terms of payments and adjustments that may name a grouping."""


@frozen(kw_only=True)
class Reading:
    """How money depends on an outcome.

    Attributes:
        path: The term of a payment or adjustment that reads it, or reads what it is read by.
        grouping: The grouping through whose labels that term reads; empty if it names an outcome itself.
        through: What the term reads first, then each outcome that the one before it reads; the last is the outcome.
    """

    path: PathTo
    grouping: str = ""
    through: tuple[str, ...]


def paid_outcomes(contract: Contract) -> frozenset[str]:
    """The outcomes on which money depends, directly or through other outcomes."""
    return frozenset(money_readings(contract.terms, readers_of(contract), contract.tables))


def money_readings(terms: Terms, readers: Readers, tables: Mapping[PathTo, Table]) -> dict[str, Reading]:
    """How money depends on each outcome on which it does, by the shortest way there is.

    Args:
        terms: The contract.
        readers: Its conditions and formulas, by path.
        tables: Its figures, by path.
    """
    found: dict[str, Reading] = {}
    for path, name, grouping in _read_by_money(terms, readers, tables):
        if name in terms.outcomes:
            found.setdefault(name, Reading(path=path, grouping=grouping, through=(name,)))
    waiting = list(found)
    for name in waiting:
        near = found[name]
        for other in reads(terms, readers, tables, name):
            if other in terms.outcomes and other not in found:
                found[other] = Reading(path=near.path, grouping=near.grouping, through=(*near.through, other))
                waiting.append(other)
    return found


def says_signpost(outcome: Outcome) -> bool:
    """Whether an outcome says itself that it is a signpost."""
    return outcome.paid in {"no", "false"}


def has_signposts(terms: Terms) -> bool:
    """Whether any outcome says that it is a signpost."""
    return any(map(says_signpost, terms.outcomes.values()))


def _read_by_money(terms: Terms, readers: Readers, tables: Mapping[PathTo, Table]) -> Iterator[tuple[PathTo, str, str]]:
    """Each term of a payment or adjustment that reads an outcome, with that, and the grouping through which it does."""
    items: list[tuple[PathTo, Payment | Adjustment]] = [
        (("payments", name), payment) for name, payment in terms.payments.items()
    ]
    items += [(("adjustments", index), term) for index, term in enumerate(terms.adjustments)]
    for path, item in items:
        for at, text in _texts(item, _NAMING):
            yield (*path, *at), outcome_of(text), ""
        where = readers.get((*path, "where"))
        for name in () if where is None else where.results:
            yield (*path, "where"), name, ""
        asked = [((*path, *at), text) for at, text in _texts(item, _GROUPING)]
        asked += [(at, key) for at, table in tables.items() if at[: len(path)] == path for key in table.by]
        for at, key in asked:
            for grouping in _groupings(terms, (key,)):
                yield from ((at, name, grouping) for name in results_of_grouping(readers, grouping))


def _texts(item: Payment | Adjustment, keys: Iterable[str]) -> Iterator[tuple[PathTo, str]]:
    """What stands under some terms, each with its path."""
    for key in keys:
        found = getattr(item, key, None)
        parts: Iterable[tuple[str | int, object]] = ()
        if isinstance(found, dict):
            parts = found.items()
        elif isinstance(found, tuple):
            parts = enumerate(found)
        elif found is not None:
            yield (key,), str(found)
        yield from (((key, place), str(each)) for place, each in parts)


def _groupings(terms: Terms, keys: Iterable[str]) -> Iterator[str]:
    """The groupings among words and columns."""
    yield from (name for name in dict.fromkeys(key.removeprefix("_by.") for key in keys) if name in terms.groups)
