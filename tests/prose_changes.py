"""Contracts with one term less, or one term that says something else, and the words that such a contract has."""

from __future__ import annotations

import copy
import datetime as dt
import functools
import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import evolve, frozen

import pbr.agreement
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
PLACES = ("contracts/*", "examples/panel", "tests/prose/*", "tests/language/1/*")
"""Other contracts under examples are made by a script from one of the library."""
CONTRACTS = sorted(path for place in PLACES for path in ROOT.glob(f"{place}/contract.yaml"))
MOST_TRIED = 3
"""How many texts are tried in the place of another."""
CONDITIONS = {"when", "where", "excused_by", "opens", "closes"}
IDS = [f"{path.parts[-3]}-{path.parts[-2]}" for path in CONTRACTS]


def read_agreements_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read and count each agreement once, however often a contract is read that cites it."""
    for home, name in ((pbr.agreement, "read_agreement"), (agreed, "read_document")):
        monkeypatch.setattr(home, name, functools.cache(getattr(home, name)))
    for name in ("read_agreed", "check_result", "read_ballots", "count_ballots"):
        monkeypatch.setattr(pbr.agreement, name, _once(getattr(pbr.agreement, name)))


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


def contract_of(document: Document, root: Root | None = None) -> Contract | None:
    """A contract with other terms than its file has, or with its own; None if it has faults."""
    contract, problems = load(document if root is None else evolve(document, root=root))
    return None if problems else contract


@frozen(kw_only=True)
class Tried:
    """What was tried of one contract, and what of it is still a contract.

    Attributes:
        whole: The contract.
        paths: How many keys and items it has.
        removed: The contracts with one of them less, by its path.
        changed: The contracts with another text at one that cannot be taken out, by its path.
    """

    whole: Contract
    paths: int
    removed: dict[PathTo, Contract]
    changed: dict[PathTo, Contract]


@functools.cache
def whole_of(path: Path) -> Contract:
    """A contract as its file has it."""
    whole = contract_of(document_of(path))
    assert whole is not None, "the contract is clean"
    return whole


@functools.cache
def tried(path: Path) -> Tried:
    """Take out each key and item of a contract, and where that leaves none, write something else there."""
    whole = whole_of(path)
    document = whole.document
    removed: dict[PathTo, Contract] = {}
    changed: dict[PathTo, Contract] = {}
    paths = list(paths_of(document.root))
    for each in paths:
        less = contract_of(document, without(document.root, each))
        if less is not None:
            removed[each] = less
            continue
        others = (
            contract_of(document, with_other(document.root, each, text)) for text in changes_of(document.root, each)
        )
        other = next((found for found in others if found is not None), None)
        if other is not None:
            changed[each] = other
    return Tried(whole=whole, paths=len(paths), removed=removed, changed=changed)


def silent(found: Tried) -> list[PathTo]:
    """The paths of which nothing is said: without them, or with something else there, the words are the same."""
    words = body_of(found.whole)
    both = {**found.removed, **found.changed}
    return [path for path, contract in both.items() if body_of(contract) == words]


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
    yield from itertools.islice(_others_of(root, path, text), MOST_TRIED)


def _others_of(root: Root, path: PathTo, text: str) -> Iterator[str]:
    """Other texts, those first that are likeliest to be read."""
    day = parse_date(text)
    if day is not None:
        yield (day + dt.timedelta(days=1)).isoformat()
        return
    raised = re.sub(r"[0-9]+", lambda found: str(int(found[0]) + 1), text, count=1)
    if raised != text:
        yield raised
    if text in {"yes", "no"}:
        yield {"yes": "no", "no": "yes"}[text]
    if path[-1] in CONDITIONS or path[0] in {"define", "groups"}:
        yield f"NOT ({text})"
    yield from (word for word in _closed_words().get(str(path[-1]), ()) if word != text)
    if path[-1] not in {"kind", "pbr"}:
        yield from _names_like(root, text)
        yield f"{text}x"


def _names_like(root: Root, text: str) -> Iterator[str]:
    """Other names of the contract, of the family in which a text is one."""
    families = [value for key, value in root.items() if isinstance(value, dict) and key != "contract"]
    families += [table.get("fields", {}) for table in root.get("tables", {}).values()]
    for names in families:
        if text in names:
            others = [name for name in names if name != text]
            yield from sorted(others, key=lambda name: not _alike(names[name], names[text]))[:2]
    if "." in text:
        yield text.partition(".")[0]


def _alike(one: Any, other: Any) -> bool:  # noqa: ANN401  # two items of a family
    """Whether two items of the file are of one kind, or by the same keys."""
    if isinstance(one, dict) and isinstance(other, dict):
        return all(one.get(key) == other.get(key) for key in ("kind", "by", "type", "per"))
    return type(one) is type(other) and one == other


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
