"""Contracts with one term less, or one term that says something else, and the words that such a contract has."""

from __future__ import annotations

import copy
import datetime as dt
import functools
import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import evolve

from pbr.calendar import parse_date
from pbr.contract import agreed
from pbr.contract.read import load
from pbr.contract.schema import contract_schema
from pbr.document import read_document
from pbr.prose.page import to_text
from pbr.prose.render import page_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from pbr.contract import Contract
    from pbr.document import Document, PathTo

Root: TypeAlias = "dict[str, Any]"
ROOT = Path(__file__).parents[1]
CONTRACTS = sorted([*ROOT.glob("contracts/*/contract.yaml"), *ROOT.glob("examples/*/contract.yaml")])
MOST_WORDS = 6
"""How many words of a closed list are tried in the place of another."""
IDS = [f"{path.parts[-3]}-{path.parts[-2]}" for path in CONTRACTS]


def read_agreements_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read and count each agreement once, however often a contract is read that cites it."""
    monkeypatch.setattr(agreed, "read_agreement", functools.cache(agreed.read_agreement))
    monkeypatch.setattr(agreed, "read_document", _named_once(agreed.read_document))
    for name in ("read_agreed", "check_result", "read_ballots", "count_ballots"):
        monkeypatch.setattr(agreed, name, _once(getattr(agreed, name)))


def _named_once(function: Any) -> Any:  # noqa: ANN401  # a function of the name of a file
    return functools.cache(lambda name, **more: function(name, **more))


def _once(function: Any) -> Any:  # noqa: ANN401  # any function of things that cannot be hashed
    """A function that gives what it gave before to the same things."""
    known: dict[tuple[int, ...], Any] = {}

    def cached(*given: Any) -> Any:  # noqa: ANN401
        key = tuple(map(id, given))
        if key not in known:
            known[key] = (function(*given), given)  # what was given is kept, so that its id stays its own
        return known[key][0]

    return cached


def document_of(path: Path) -> Document:
    """A contract's file, named as it is from the top of the repository."""
    return read_document(str(path))


def words_of(document: Document, root: Root | None = None) -> str | None:
    """The words of a contract but for its fingerprint; None if it is none."""
    contract, problems = load(document if root is None else evolve(document, root=root))
    return None if contract is None or problems else body_of(contract)


def body_of(contract: Contract) -> str:
    """The words of a contract without what stands after its parts, where the fingerprint is."""
    return to_text(evolve(page_of(contract), close=()))


def paths_of(value: Any, path: PathTo = ()) -> Iterator[PathTo]:  # noqa: ANN401  # whatever stands in a file
    """The path of every key and item, from the top."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*path, step)
        yield from paths_of(inner, (*path, step))


def within(root: Any, path: PathTo) -> Any:  # noqa: ANN401  # whatever stands there
    """What stands at a path."""
    return functools.reduce(lambda found, step: found[step], path, root)


def without(root: Root, path: PathTo) -> Root:
    """The same file without what stands at a path."""
    found = copy.deepcopy(root)
    del within(found, path[:-1])[path[-1]]
    return found


def with_other(root: Root, path: PathTo, value: Any) -> Root:  # noqa: ANN401
    """The same file with something else at a path."""
    found = copy.deepcopy(root)
    within(found, path[:-1])[path[-1]] = value
    return found


def changes_of(root: Root, path: PathTo) -> Iterator[str]:
    """Other texts that could stand where a single value does."""
    text = within(root, path)
    if not isinstance(text, str):
        return
    words = _closed_words().get(str(path[-1]), ())
    yield from itertools.islice((word for word in words if word != text), MOST_WORDS)
    day = parse_date(text)
    if day is not None:
        yield (day + dt.timedelta(days=1)).isoformat()
        return
    raised = re.sub(r"[0-9]+", lambda found: str(int(found[0]) + 1), text, count=1)
    if raised != text:
        yield raised
    if text in {"yes", "no"}:
        yield {"yes": "no", "no": "yes"}[text]
    if re.search(r"[ ='(]|^[a-z_0-9]+$", text):
        yield f"NOT ({text})"
    yield f"{text}x"
    yield from _names_like(root, text)


def _names_like(root: Root, text: str) -> Iterator[str]:
    """Other names of the contract, of the family in which a text is one."""
    families = [value for key, value in root.items() if isinstance(value, dict) and key != "contract"]
    families += [table.get("fields", {}) for table in root.get("tables", {}).values()]
    for names in families:
        if text in names:
            yield from (name for name in names if name != text)


@functools.cache
def _closed_words() -> dict[str, tuple[str, ...]]:
    """The words of closed lists by the key that they stand under."""
    found: dict[str, dict[str, None]] = {}
    waiting: list[Any] = [contract_schema()]
    while waiting:
        schema = waiting.pop()
        if isinstance(schema, dict):
            for key, inner in schema.get("properties", {}).items():
                words = [word for each in _within_choices(inner) for word in each.get("enum", ())]
                found.setdefault(key, {}).update(dict.fromkeys(map(str, words)))
            waiting += schema.values()
        elif isinstance(schema, list):
            waiting += schema
    return {key: tuple(words) for key, words in found.items() if words}


def _within_choices(schema: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401  # a part of a JSON schema
    """A part of a schema, and the parts it is a choice of."""
    if isinstance(schema, dict):
        yield schema
        for key in ("oneOf", "anyOf"):
            for each in schema.get(key, ()):
                yield from _within_choices(each)
