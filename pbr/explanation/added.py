"""What an explanation says of an outcome of a kind that is not of the language: what it means, and its terms."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import attrs

from pbr.document import kind_word
from pbr.kinds import meaning_of, version_of
from pbr.problem import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.outcomes import OwnOutcome

_SAID_ELSEWHERE = {"kind", "title", "means", "clause", "source", "paid", "when", "window", "excused_by"}


def added_items(outcome: OwnOutcome) -> Iterator[tuple[str, str]]:
    """The kind with its version, its meaning, and each term that is not said elsewhere."""
    kind = type(outcome)
    yield "kind", f"{kind_word(kind)}, version {short(version_of(kind))}, of the module {kind.__module__}"
    yield "rule", short(meaning_of(kind), 400)
    for term in attrs.fields(kind):
        held = getattr(outcome, term.name)
        if term.name not in _SAID_ELSEWHERE and held is not None:
            yield "term", f"{term.name.removesuffix('_')}: {short(_written(held), 200)}"


def _written(held: object) -> str:
    """A term as a contract has it."""
    if isinstance(held, enum.Enum):
        return str(held.value)
    return ", ".join(map(_written, held)) if isinstance(held, tuple) else str(held)
