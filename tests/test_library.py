"""Rules of the whole library: what a signatory reads of each contract, and what its README has and in which order.

That each case passes and that the cases reach every term of each contract is shown by tests/test_cases.py, once.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import pytest

import pbr
from pbr.starter import library

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pbr.contract import Contract

LIBRARY: Final = library()
NAMES: Final = tuple(LIBRARY)
NOT_KNOWN: Final = "What is illustrative, and what is not known"
PUBLISHED: Final = "Published beside ours"
SECTIONS: Final = (
    "Where each figure comes from",
    PUBLISHED,
    "What follows from the rules",
    NOT_KNOWN,
    "The cases",
)
"""The sections of every README, in their order; between them may stand those of one contract alone."""
SENTENCE: Final = re.compile(r"[A-Z0-9][^\n]*[.]")
NOT_PROVED: Final = "PBR152"
"""The note that a grouping is checked person by person, which is no fault."""
CLAUSE: Final = re.compile(r"\d+(\.\d+)*")


@cache
def read(name: str) -> Contract:
    """Read a contract of the library, once."""
    return pbr.read_contract(LIBRARY[name])


def page(name: str) -> str:
    """Read the README of a contract of the library."""
    return (LIBRARY[name].parent / "README.md").read_text(encoding="utf-8")


def terms(name: str) -> Iterator[tuple[str, Any]]:
    """Give each outcome, payment and adjustment of a contract, and what it is called."""
    whole = read(name).terms
    yield from ((f"outcome {key}", term) for key, term in whole.outcomes.items())
    yield from ((f"payment {key}", term) for key, term in whole.payments.items())
    yield from ((f"adjustment {term.id}", term) for term in whole.adjustments)


def unsaid(name: str) -> list[str]:
    """What a signatory would not find in words: each with the key that is missing, or is no sentence."""
    found = []
    for what, term in terms(name):
        found += [f"{what}: title"] if not term.title else []
        found += [f"{what}: means"] if not SENTENCE.fullmatch(term.means) else []
        found += [f"{what}: clause"] if not CLAUSE.fullmatch(term.clause) else []
    cohort = read(name).terms.cohort
    for clause in (*cohort.include, *cohort.exclude):
        found += [f"clause {clause.id}: means"] if not SENTENCE.fullmatch(clause.means) else []
        found += [f"clause {clause.id}: clause"] if not CLAUSE.fullmatch(clause.clause) else []
    values = read(name).terms.values
    found += [f"value {key}: title" for key, value in values.items() if not value.title and len(value.cells) != 1]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_signatory_reads_what_every_term_means(name: str) -> None:
    """Outcomes, payments, adjustments have title, sentence and clause; who counts and values of rows have words."""
    assert unsaid(name) == []


@pytest.mark.parametrize("name", NAMES)
def test_clauses_are_one_for_one_term(name: str) -> None:
    """No two payments or adjustments stand under one clause, so that a line can be looked up by it."""
    numbers = [term.clause for what, term in terms(name) if not what.startswith("outcome")]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("name", NAMES)
def test_a_contract_checks_clean(name: str) -> None:
    """No note is left of what nothing pays, nothing reads, or cannot be earned."""
    assert [str(note) for note in read(name).notes if note.code != NOT_PROVED] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_readme_has_the_sections_in_their_order(name: str) -> None:
    """What it was comes first, then the sections of all, each once, and none is empty.

    A contract that a panel decides has the ballots in place of what was published, in sections of its own.
    """
    text = page(name)
    wanted = [each for each in SECTIONS if each != PUBLISHED or not read(name).terms.agreements]
    _, opening, *sections = re.split(r"^#+ .*\n", text, flags=re.MULTILINE)
    headings = re.findall(r"^## (.*)$", text.replace("\n## What is not known\n", f"\n## {NOT_KNOWN}\n"), re.MULTILINE)
    assert text.startswith("# ")
    assert len(opening.split()) > 15
    assert [heading for heading in headings if heading in wanted] == wanted
    assert all(section.strip() for section in sections)


@pytest.mark.parametrize("name", NAMES)
def test_a_readme_names_each_case(name: str) -> None:
    """Each case is named in the last section, each file named there is there, and each file of rows is of a case."""
    last = page(name).partition("\n## The cases\n")[2]
    named = set(re.findall(r"`([\w-]+\.(?:yaml|csv))`", last))
    home = LIBRARY[name].parent
    cases = {path.name: path.read_text(encoding="utf-8") for path in (home / "cases").glob("*.yaml")}
    assert set(cases) - named == set()
    assert [each for each in sorted(named) if not any(home.rglob(each))] == []
    rows = {path.name for path in (home / "cases").iterdir()} - set(cases)
    assert [each for each in sorted(rows) if not any(f": {each}\n" in text for text in cases.values())] == []


def test_what_is_missing_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A contract without its words is found out, term by term."""
    text = LIBRARY["positive-families"].read_text(encoding="utf-8")
    bare = re.sub(r"\n +(means|title|clause): .*(?:\n {6}(?! )[^:\n]*$)?", "", text, flags=re.MULTILINE)
    path = tmp_path / "contract.yaml"
    path.write_text(bare)
    monkeypatch.setitem(LIBRARY, "bare", path)
    found = unsaid("bare")
    assert {"outcome week_out_of_care: means", "payment week: title", "payment week: clause"} <= set(found)
