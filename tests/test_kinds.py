"""The kinds: how each is described, that each is registered once, and that each word is in the reference."""

from __future__ import annotations

import doctest
import enum
import importlib
import inspect
import re
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from pbr.adjustments import Gate, Split
from pbr.document import kind_word
from pbr.payments import Amount, Divide, Fee
from tests.reference import FAMILIES, SECTIONS, docstring, section, terms_of

ROOT: Final = Path(__file__).parent.parent
LANGUAGE: Final = ROOT / "docs" / "reference" / "language.md"
SHARED: Final = {"kind", "id", "title", "means", "clause", "source", "why"}
"""Terms that every kind may have, described once in the reference."""


KINDS: Final = [kind for _, kinds in FAMILIES.values() for kind in kinds]


def named(kind: type) -> str:
    """Name a kind by its word."""
    return kind_word(kind)


def words_of(field: Any) -> list[str]:  # noqa: ANN401  # a field of any type
    """List the words that a term may take, if its default is one of them."""
    if field.default is attrs.NOTHING or not isinstance(field.default, enum.Enum):
        return []
    return [str(member.value) for member in type(field.default)]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_file_of_a_family_is_registered(family: str) -> None:
    """Each module of a family defines one kind, and the union holds exactly these, each word once."""
    module, kinds = FAMILIES[family]
    folder = Path(str(module.__file__)).parent
    found = []
    for path in sorted(folder.glob("*.py")):
        if path.stem == "__init__":
            continue
        home = importlib.import_module(f"pbr.{family}.{path.stem}")
        here = [thing for thing in vars(home).values() if inspect.isclass(thing) and thing.__module__ == home.__name__]
        own = [thing for thing in here if attrs.has(thing) and "kind" in attrs.fields_dict(thing)]
        assert len(own) == 1, path.name
        assert kind_word(own[0]) == path.stem
        found += own
    assert set(found) == set(kinds)
    assert len({kind_word(kind) for kind in kinds}) == len(kinds)


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_a_kind_is_described_under_fixed_headings(kind: type) -> None:
    """The docstring has the five sections in order, each with text, and Meaning is one sentence."""
    assert re.findall(r"^(\w[\w ]*):$", docstring(kind), re.MULTILINE) == SECTIONS
    assert all(section(kind, name).strip() for name in SECTIONS)
    meaning = " ".join(section(kind, "Meaning").split())
    assert meaning.endswith(".")
    assert meaning.count(". ") == 0


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_every_term_is_described(kind: type) -> None:
    """The terms described are the fields of the class, but for those all kinds share."""
    fields = {field.name.rstrip("_") for field in attrs.fields(kind)} - SHARED
    assert set(terms_of(kind)) == fields


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_every_default_is_described(kind: type) -> None:
    """A term that may be left out says what then holds, and every word it may take is named."""
    for field in attrs.fields(kind):
        if field.name in SHARED:
            continue
        said = terms_of(kind)[field.name.rstrip("_")]
        whole = " ".join(section(kind, "Terms").split())
        if words := words_of(field):
            assert all(f"``{word}``" in said for word in words), field.name
            assert len(words) == 1 or f"default ``{field.default.value}``" in whole, field.name
        elif field.default in {None, ()}:
            assert "default" in said, field.name


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_the_worked_example_runs(kind: type) -> None:
    """Each worked example is a doctest with an answer, and it comes out as written."""
    home = importlib.import_module(kind.__module__)
    tests = doctest.DocTestFinder(recurse=False).find(kind, kind.__name__, globs=vars(home))
    (test,) = [test for test in tests if test.examples]
    assert all(example.want for example in test.examples)
    assert doctest.DocTestRunner(verbose=False).run(test) == (0, len(test.examples))


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_a_kind_is_frozen_and_takes_its_terms_by_name(kind: type) -> None:
    """No kind can be changed after it was read, and none has a base class."""
    assert kind.__bases__ == (object,)
    assert all(field.kw_only for field in attrs.fields(kind))
    values = {field.name: "x" for field in attrs.fields(kind) if field.default is attrs.NOTHING}
    made = kind(**values)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.kind = "other"


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_every_word_is_in_the_reference(kind: type) -> None:
    """The page on the language names the kind, each of its terms, and each word they may take."""
    page = LANGUAGE.read_text(encoding="utf-8")
    assert f"`{kind_word(kind)}`" in page
    words = set(re.findall(r"[a-z_]+", page))
    for field in attrs.fields(kind):
        if field.name not in SHARED:
            assert field.name.rstrip("_") in words, field.name
        assert all(word in words or f"`{word}`" in page for word in words_of(field)), field.name


def test_each_payment_and_adjustment_names_the_figure_that_is_looked_up() -> None:
    """A gate and a split look nothing up; the others name a number or a value, whatever the term is called."""
    assert Fee(amount="796000.00").price == "796000.00"
    assert Amount(amount="core_value").price == "core_value"
    assert Divide(amount="pot", among="provider", by="population").price == "pot"
    assert Gate(id="safe", stops="harmed").figure == ""
    assert Split(id="partners", between={"north": "60%", "south": "40%"}).figure == ""
