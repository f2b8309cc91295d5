"""A contract in words: every term of the file is told, and other terms have other words."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

import pbr
import pbr.cli
from pbr.adjustments import Adjustment
from pbr.condition.syntax import Language
from pbr.document import kind_word, parse_document
from pbr.outcomes import Outcome
from pbr.payments import Payment
from pbr.prose import adjustments, definitions, outcomes, parties, payments, returned
from pbr.prose.book import Book
from pbr.prose.conditions import condition_words
from pbr.prose.page import WIDTH, Grid, Item, Page, Part, to_markdown, to_text
from pbr.prose.render import page_of, render_contract
from tests import small
from tests.luck import random_of
from tests.prose_changes import (
    CONTRACTS,
    IDS,
    ROOT,
    body_of,
    changes_of,
    contract_of,
    document_of,
    paths_of,
    read_agreements_once,
    silent,
    tried,
    whole_of,
    with_other,
    without,
)
from tests.strategies import contracts, to_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

    from pbr.document import PathTo
    from pbr.prose.book import Entry
    from tests.conftest import Golden

GOLDENS: Final = {
    "drug-recovery": "contracts/drug-recovery",
    "riverside": "contracts/riverside-agreed",
    "teacher-development": "contracts/teacher-development",
    "peterborough-sib": "contracts/peterborough-sib",
    "work-programme": "contracts/work-programme",
    "persons": "tests/prose/persons",
    "groups": "tests/prose/groups",
}
IN_DOCS: Final = ROOT / "docs" / "explanation" / "riverside-in-words.md"
FROM: Final = (
    "*What `pbr check --print --format markdown` writes of "
    "[this contract](../../contracts/riverside-agreed/contract.yaml)"
    ", see [how to sign it](../how-to/sign-a-contract-in-words.md).*"
)
MOST_PATHS_APIECE: Final = 2
FEWEST_PATHS: Final = 30
REGISTERS: Final = (outcomes.PHRASES, payments.PHRASES, adjustments.PHRASES)


@pytest.fixture(autouse=True, scope="module")
def quick() -> Iterator[None]:
    """Each agreement is read once."""
    with pytest.MonkeyPatch.context() as patch:
        read_agreements_once(patch)
        yield


# ---- every term is told


@pytest.mark.parametrize("path", CONTRACTS, ids=IDS)
def test_every_term_is_told(path: Path) -> None:
    """A contract with one term less, or with another in its place, has other words."""
    found = tried(path)
    assert silent(found) == []
    assert found.paths >= FEWEST_PATHS
    assert len(found.removed) * 5 >= found.paths
    assert (len(found.removed) + len(found.changed)) * 3 >= found.paths


def test_many_contracts_are_tried() -> None:
    """The law above cannot go empty: those of the library, two with every other term, and the frozen ones."""
    assert len(CONTRACTS) >= 32
    assert {path.parts[-3] for path in CONTRACTS} == {"contracts", "examples", "prose", "1"}


# ---- and that law bites


@frozen
class Dull:
    """A phrase that takes its keys for told, and says nothing."""

    keys: tuple[str, ...]

    def words(self, entry: Entry) -> str:
        """Nothing."""
        entry.said.update(self.keys)
        return ""


NEVER_ALONE: Final = {
    "held-count": ("tests/prose/persons", "It is the number of days held."),
    "score-per": ("tests/prose/groups", "Each answer has a score of its own."),
    "measure-period_of": ("tests/prose/groups", "A member belongs to the period of the start."),
    "judged-per": ("tests/prose/groups", "There is one for each provider and quarter."),
    "divide-per": ("tests/prose/groups", "There is a pot for each quarter."),
}
"""Phrases whose terms can be neither taken out nor changed without another term, and what they say of a contract."""
ALL_PHRASES: Final = [
    pytest.param(register, cls, place, id=f"{kind_word(cls)}-{'-'.join(phrase.keys)}")
    for register in REGISTERS
    for cls, phrases in register.items()
    for place, phrase in enumerate(phrases)
]


@pytest.mark.parametrize(("register", "cls", "place"), ALL_PHRASES)
def test_a_phrase_that_is_dropped_is_missed(
    register: dict[type, tuple[Any, ...]], cls: type, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the words of a phrase, there is a contract with another term and the same words."""
    phrases = register[cls]
    keys = phrases[place].keys
    name = f"{kind_word(cls)}-{'-'.join(keys)}"
    if name in NEVER_ALONE:
        folder, sentence = NEVER_ALONE[name]
        assert sentence in " ".join(body_of(whole_of(ROOT / folder / "contract.yaml")).split())
        return
    monkeypatch.setitem(register, cls, (*phrases[:place], Dull(keys), *phrases[place + 1 :]))
    assert any(_same_without(path, cls, set(keys)) for path in CONTRACTS)


def _same_without(path: Path, cls: type, keys: set[str]) -> bool:
    """Whether a contract has the same words as one that says something else under some keys of a kind."""
    found = tried(path)
    items: dict[PathTo, Any] = {
        **{("outcomes", name): term for name, term in found.whole.terms.outcomes.items()},
        **{("payments", name): term for name, term in found.whole.terms.payments.items()},
        **{("adjustments", place): term for place, term in enumerate(found.whole.terms.adjustments)},
    }
    both = {**found.removed, **found.changed}
    mine = [each for each in both if len(each) > 2 and type(items.get(each[:2])) is cls and each[2] in keys]
    words = body_of(found.whole) if mine else ""
    return any(body_of(both[each]) == words for each in mine[:MOST_PATHS_APIECE])


def test_every_kind_has_its_phrases() -> None:
    """No kind of the language falls back on what its class says of itself."""
    assert {cls for register in REGISTERS for cls in register} == {
        *Outcome.__args__,
        *Payment.__args__,
        *Adjustment.__args__,
    }


DAMAGES: Final = {
    "bounds of a field": (
        returned,
        "_may_hold",
        "contracts/drug-recovery",
        ("tables", "reviews", "fields", "days_used", "from"),
    ),
    "type of a field": (returned, "_type", "tests/prose/persons", ("tables", "people", "fields", "person", "of")),
    "headings": (returned, "_TABLE", "tests/prose/persons", ("tables", "visits", "columns", "Day")),
    "years": (parties, "_TERM", "contracts/drug-recovery", ("contract", "year_starts")),
    "statements": (parties, "_MONEY", "contracts/drug-recovery", ("contract", "statements")),
    "holidays": (parties, "_CONVENTIONS", "tests/prose/persons", ("conventions", "working_days", "extra", 0)),
    "name of a party": (parties, "_parties", "contracts/drug-recovery", ("contract", "providers", "eastgate", "name")),
    "state": (definitions, "_STATE", "contracts/drug-recovery", ("spells", "settled", "when")),
}


@pytest.mark.parametrize("name", ["bounds of a field", "type of a field", "name of a party"])
def test_words_that_are_dropped_are_missed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same of words that are no phrase of a kind."""
    module, attribute, folder, path = DAMAGES[name]
    nothing: Any = () if attribute == "_parties" else ""
    monkeypatch.setattr(module, attribute, lambda *_: nothing)
    assert _same_at(folder, path)


@pytest.mark.parametrize("name", ["headings", "years", "statements", "holidays", "state"])
def test_phrases_that_are_dropped_are_missed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same of phrases of what is no kind."""
    module, attribute, folder, path = DAMAGES[name]
    monkeypatch.setattr(module, attribute, tuple(Dull(phrase.keys) for phrase in getattr(module, attribute)))
    assert _same_at(folder, path)


def _same_at(folder: str, path: PathTo) -> bool:
    """Whether a contract without what stands at a path has the same words."""
    document = document_of(ROOT / folder / "contract.yaml")
    whole, less = contract_of(document), contract_of(document, without(document.root, path))
    assert whole is not None
    assert less is not None
    return body_of(whole) == body_of(less)


# ---- the other way about


@given(contracts(), st.integers(0, 2**16))
def test_other_terms_have_other_words(spec: dict[str, Any], seed: int) -> None:
    """A random contract with a term less, or another, has other words if it has another fingerprint."""
    document = parse_document(to_yaml(spec).encode(), "contract.yaml")
    whole = contract_of(document)
    assert whole is not None
    paths = list(paths_of(document.root))
    luck = random_of(seed)
    for path in luck.sample(paths, min(2, len(paths))):
        texts = list(changes_of(document.root, path))
        roots = [without(document.root, path), *(with_other(document.root, path, text) for text in texts)]
        for other in filter(None, (contract_of(document, root) for root in roots)):
            same = body_of(other) == body_of(whole)
            assert not same or other.fingerprint == whole.fingerprint


@given(contracts(), st.integers(0, 2**16))
def test_one_fingerprint_has_one_text(spec: dict[str, Any], seed: int) -> None:
    """Spacing, comments and the order of the keys of an outcome, a payment or an adjustment change no word."""
    luck = random_of(seed)
    text = to_yaml(spec)
    spaced = "".join(f"{line}  # {luck.random()}\n\n" for line in text.splitlines())
    document = parse_document(text.encode(), "contract.yaml")
    mixed: dict[str, Any] = {**document.root}
    for family in ("outcomes", "payments"):
        if family in mixed:
            mixed[family] = {name: _shuffled(item, luck) for name, item in mixed[family].items()}
    whole = contract_of(document)
    assert whole is not None
    for other in (contract_of(parse_document(spaced.encode(), "contract.yaml")), contract_of(document, mixed)):
        assert other is not None
        assert body_of(other) == body_of(whole)


def _shuffled(item: Any, luck: Random) -> dict[str, Any]:  # noqa: ANN401  # an item of a file
    """The same keys in another order."""
    return {key: item[key] for key in luck.sample(list(item), len(item))}


# ---- how it reads


@pytest.mark.parametrize("name", GOLDENS)
@pytest.mark.parametrize("suffix", ["txt", "md"])
def test_words_are_these(name: str, suffix: str, golden: Golden) -> None:
    """The words of a few contracts, as text and as Markdown, to be read."""
    golden(f"tests/golden/prose/{name}.{suffix}", render_contract(_read(name), markdown=suffix == "md"))


def test_words_in_the_documents_are_those_of_the_contract(golden: Golden) -> None:
    """The page of Riverside in words is what is printed, behind a line that says so."""
    heading, rest = render_contract(_read("riverside"), markdown=True).split("\n\n", 1)
    golden(IN_DOCS, f"{heading}\n\n{FROM}\n\n{rest}")


def _read(name: str) -> pbr.Contract:
    contract = contract_of(document_of(ROOT / GOLDENS[name] / "contract.yaml"))
    assert contract is not None
    return contract


@pytest.mark.parametrize("path", CONTRACTS, ids=IDS)
def test_it_reads_like_a_contract(path: Path) -> None:
    """No line is too wide but for a single word, no word is None, no heading stands twice, sentences end."""
    page = page_of(whole_of(path))
    text = to_text(page)
    assert [line for line in text.splitlines() if len(line) > WIDTH and " " in line.strip()] == []
    assert not re.search(r"\bNone\b|  +\.|\.\.|\b1 \w+s after\b|\(\)", text)
    headings = [f"{item.number}. {item.heading}" for part in page.parts for item in part.items]
    assert len(headings) == len(set(headings))
    rules = [block for part in page.parts for item in part.items for block in item.blocks if isinstance(block, str)]
    assert [rule for rule in rules if rule.startswith("Rule: ") and not rule.endswith((".", ".]"))] == []


@pytest.mark.parametrize("path", CONTRACTS, ids=IDS)
def test_every_number_that_is_named_is_there(path: Path) -> None:
    """Each cross reference is to a paragraph of the text."""
    page = page_of(whole_of(path))
    there = {item.number for part in page.parts for item in part.items}
    said = " ".join(str(item.blocks) for part in page.parts for item in part.items)
    assert set(re.findall(r"\(([B-I][0-9]+)\)", said)) <= there


# ---- conditions


CONDITIONS: Final = {
    "kind = 'start'": "kind is 'start'",
    "kind <> 'it''s'": """kind is not "it's\"""",
    "on IS NULL OR on >= DATE '2025-04-01'": "on is empty or on is on or after 1 April 2025",
    "kind IN ('a', 'b', 'c')": "kind is one of 'a', 'b' or 'c'",
    "kind NOT IN ('a')": "kind is none of 'a'",
    "hours NOT BETWEEN 1 AND 2": "hours is not from 1 to 2 (both included)",
    "(hours = 1 OR hours = 2) AND NOT (hours = 3 AND points = 4)": (
        "(hours is 1 or hours is 2) and it is not so that (hours is 3 and points is 4)"
    ),
    "hours = 1 AND hours = 2 OR hours = 3": "(hours is 1 and hours is 2) or hours is 3",
    "visited.met AND NOT visited.met": "visited (F1) is met and visited (F1) is not met",
    "visited.date + INTERVAL '2 weeks' > start": "the day of visited (F1) + 2 weeks is after the start",
    "months_between(start, on) <= 3": "the number of whole months from the start to on is at most 3",
    "last(visits, on, kind = 'end') IS NOT NULL": (
        "the latest on of the rows of visits (B2) with (kind is 'end') is not empty"
    ),
    "all(visits, kind = 'end')": "there are only rows of visits (B2) with (kind is 'end')",
    "abs(-hours) = floor(ifnone(points, 2500))": (
        "(minus hours) without its sign is the whole number at or below (points, or 2,500 where there is none)"
    ),
    "CASE WHEN hours > 1 THEN 5% END = 5%": "(the first that fits: 5% if (hours is above 1); otherwise nothing) is 5%",
}


@pytest.mark.parametrize("text", CONDITIONS)
def test_conditions_in_words(text: str) -> None:
    """Names stay as they are, and brackets stand where words alone could be read in two ways."""
    book = Book.of(whole_of(ROOT / "tests/prose/persons/contract.yaml"))
    assert condition_words(book, text, "visits", Language.FORMULA) == CONDITIONS[text] or (
        condition_words(book, text, "visits") == CONDITIONS[text]
    )


# ---- words of a contract that could be read as others


_ONE_OF: Final = "one_of: [job, lost]"
_WHEN: Final = "when: \"kind = 'job'\""
ALIKE: Final = {
    "a text that ends a text": (
        (
            (_ONE_OF, """one_of: [job, lost, x, "job' or kind is 'x"]"""),
            (_WHEN, "when: \"kind = 'job'' or kind is ''x'\""),
        ),
        (
            (_ONE_OF, """one_of: [job, lost, x, "job' or kind is 'x"]"""),
            (_WHEN, "when: \"kind = 'job' OR kind = 'x'\""),
        ),
    ),
    "a comma in a word": (
        ((_ONE_OF, "one_of: [job, lost, 'a, b', c]"),),
        ((_ONE_OF, "one_of: [job, lost, a, 'b, c']"),),
    ),
    "a field that is called as what is said": (
        ((_ONE_OF, "one_of: [job, lost]}\n      empty: {type: text"), (_WHEN, 'when: "kind = empty"')),
        ((_ONE_OF, "one_of: [job, lost]}\n      empty: {type: text"), (_WHEN, 'when: "kind IS NULL"')),
    ),
    "a heading that ends a heading": (
        ((_ONE_OF, """one_of: [job, lost], codes: {"1' for job, '2": job, L: lost}"""),),
        ((_ONE_OF, """one_of: [job, lost], codes: {"1": job, "2": job, L: lost}"""),),
    ),
}


@pytest.mark.parametrize("name", ALIKE)
def test_texts_of_a_contract_do_not_end_where_they_please(name: str) -> None:
    """A text that holds quotes or commas is not taken for several."""
    one, other = (small.contract_of(small.changed(*changes)) for changes in ALIKE[name])
    assert body_of(one) != body_of(other)


VALUES: Final = (
    "values:\n  most:\n    dated: {2025-04-01: 900.00, 2026-04-01: 5.00}\n  ratio: {dated: {2025-04-01: 50%}}\n"
)
LOOKED_UP: Final = {
    "kind: cap, at_most: most, per: [person, contract]": (
        "The lines of each person over the whole contract are taken together. They come to no more than most (E1); the "
        "rest is cut, and shown. [Its figure is that of the first day of the term."
    ),
    "kind: floor, at_least: most, per: [provider, contract_year]": "first day of the contract year. ",
    "kind: tax, rate: ratio, per: [provider, quarter]": "[Its figure is that of the first day of the quarter.]",
    "kind: retain, share: ratio, until: 2027-01-01, per: [provider, contract]": (
        "The lines of each provider over the whole contract are taken together. ratio (E2) of what they come to is "
        "kept back. [Its figure is that of the first day of the term.]"
    ),
    "kind: multiply, by: ratio": "[Its figure is that of the day of the achievement.]",
}


@pytest.mark.parametrize("term", LOOKED_UP)
def test_the_day_of_a_figure_with_dates_is_told(term: str) -> None:
    """An adjustment by a value that changes says which figure holds."""
    text = small.changed(("kind: cap, at_most: 1200.00, per: [person]", term), ("values:\n", VALUES))
    words = " ".join(body_of(small.contract_of(text)).split())
    assert LOOKED_UP[term] in words


def test_the_day_of_a_length_with_dates_is_told() -> None:
    """A window whose length changes says which length holds."""
    lengths = "values:\n  long: {dated: {2025-04-01: 12 weeks, 2026-04-01: 6 weeks}}\n"
    text = small.changed(("after: start, for: 12 weeks", "after: start, for: long"), ("values:\n", lengths))
    assert "[The length is that in force on the day" in body_of(small.contract_of(text))


def test_the_least_money_is_that_of_the_currency() -> None:
    """There are no pennies of a krone."""
    book = Book.of(small.contract_of(small.changed(("currency: GBP", "currency: NOK"))))
    assert (book.penny, Book.of(small.contract_of()).penny) == ("smallest unit of NOK", "penny")


MARKED: Final = {
    "# not a heading #": r"\# not a heading \#",
    "- not an item": r"\- not an item",
    "12. not an item": r"12\. not an item",
    "C#, -5 and 1.5 are words": "C#, -5 and 1.5 are words",
    "~~not~~ &pound;": r"\~\~not\~\~ \&pound;",
}


@pytest.mark.parametrize("text", MARKED)
def test_words_have_no_meaning_in_markdown(text: str) -> None:
    """What would be a heading, an item of a list, struck out or another sign stands as it was written."""
    page = Page(heading="x", lead=(text,), parts=(), close=())
    assert to_markdown(page) == f"# x\n\n{MARKED[text]}\n"


# ---- kinds that nobody knows here


@frozen(kw_only=True)
class Lottery:
    """Somebody is drawn.

    Meaning:
        The outcome is met by whoever is drawn on the day.

    Terms:
        tickets: whole number of tickets.
        draw: ``monthly`` or ``yearly``; default ``monthly``.
    """

    version: ClassVar[str] = "7"
    kind: str = "lottery"
    title: str = ""
    means: str = ""
    tickets: str
    draw: str = "monthly"


def test_a_kind_of_a_users_own_is_told_by_what_it_says_of_itself() -> None:
    """Its word, its meaning, each of its terms with what its class says of it, and defaults in brackets."""
    whole = whole_of(ROOT / "tests/prose/persons/contract.yaml")
    root: dict[str, Any] = {
        **whole.document.root,
        "outcomes": {"won": {"kind": "lottery", "tickets": "2500", "odd": "yes"}},
    }
    lottery: Any = Lottery(tickets="2500")
    terms = evolve(whole.terms, outcomes={"won": lottery}, payments={}, adjustments=(), values={})
    contract = evolve(whole, document=evolve(whole.document, root=root), terms=terms)
    text = body_of(contract)
    part = text[text.index("F1. won") :]
    assert " ".join(part.split()) == (
        "F1. won Rule: It is of the kind lottery, version 7, which is not of the language. The outcome is met by "
        "whoever is drawn on the day. term here what it is ------- --------- ----------------------------------------- "
        "tickets 2,500 whole number of tickets. odd yes draw [monthly] `monthly` or `yearly`; default `monthly`."
    )


# ---- layout


def test_wide_tables_wrap_and_marks_are_escaped() -> None:
    """A cell that is too wide goes on below; what would mean something in Markdown does not."""
    grid = Grid(("one", "two"), (("a" * 10, "word " * 40), ("b|c", "_d_ *e*")))
    item = Item(number="A1", heading="h", blocks=(grid, "[x](y) <z> `q` snake_case"))
    page = Page(heading="T", lead=(), parts=(Part(letter="A", heading="P", lead=(), items=(item,)),), close=())
    assert max(map(len, to_text(page).splitlines())) <= WIDTH
    marked = to_markdown(page)
    assert "| b\\|c | \\_d\\_ \\*e\\* |" in marked
    assert "[x]\\(y) \\<z\\> \\`q\\` snake_case" in marked


# ---- the command


def test_check_prints_the_words_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    """The words are the product; the fingerprint and the notes stand at their end."""
    path = "contracts/drug-recovery/contract.yaml"
    whole = pbr.read_contract(ROOT / path)
    assert pbr.cli.run(["check", str(ROOT / path), "--print"]) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == (pbr.render_contract(whole), "")
    assert whole.fingerprint in printed.out
    assert pbr.cli.run(["check", str(ROOT / path), "--print", "--format", "markdown", "--quiet"]) == 0
    assert capsys.readouterr().out == pbr.render_contract(whole, markdown=True)


def test_check_prints_no_contract_with_a_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its faults are listed instead; and a format without --print is a mistake of usage."""
    (tmp_path / "contract.yaml").write_text("pbr: 1\n")
    assert pbr.cli.run(["check", str(tmp_path / "contract.yaml"), "--print"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "PBR102" in printed.err
    assert pbr.cli.run(["check", str(tmp_path), "--format", "text"]) == 2


def test_printing_loads_no_polars() -> None:
    """A contract is put into words without the engine."""
    code = (
        "import sys; from pbr.cli import run; run(['check', '--print', 'contracts/riverside-agreed/contract.yaml']); "
        "sys.exit('polars' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0
