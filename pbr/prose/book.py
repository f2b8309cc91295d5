"""What a contract's parts are called in its prose, and the phrases that say one thing each of an item of the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import define, field, frozen

from pbr.calendar import PERIODS
from pbr.contract.model import NOBODY
from pbr.prose.words import bracketed, figure, folded, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pbr.contract import Contract
    from pbr.contract.model import Terms

_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[A-Za-z0-9_]+)?")
_LEAST = {"GBP": "penny", "EUR": "cent", "USD": "cent"}
PARTIES, RETURNED, WHO, WORDS, FIGURES, OUTCOMES, PAYMENTS, ADJUSTMENTS, AGREEMENTS = "ABCDEFGHI"
"""The letter of each part, whatever parts there are."""


@frozen
class Book:
    """A contract, and the number of each of its items.

    Attributes:
        contract: The contract.
        numbers: Numbers of groupings, states, definitions, values, outcomes and payments, which share their names.
        tables: Numbers of tables.
        agreements: Numbers of agreements.
    """

    contract: Contract
    numbers: Mapping[str, str]
    tables: Mapping[str, str]
    agreements: Mapping[str, str]

    @classmethod
    def of(cls, contract: Contract) -> Book:
        """Every item numbered in the order of the file."""
        terms = contract.terms
        numbers: dict[str, str] = {}
        for letter, names in (
            (WORDS, [*terms.define, *terms.groups, *terms.spells]),
            (FIGURES, list(terms.values)),
            (OUTCOMES, list(terms.outcomes)),
            (PAYMENTS, list(terms.payments)),
        ):
            numbers |= _numbered(letter, names)
        returned = [name for name in terms.tables if name != NOBODY]
        return cls(contract, numbers, _numbered(RETURNED, returned), _numbered(AGREEMENTS, terms.agreements))

    @property
    def terms(self) -> Terms:
        """The file as models."""
        return self.contract.terms

    @property
    def currency(self) -> str:
        """In what money is counted."""
        return self.terms.contract.currency

    @property
    def penny(self) -> str:
        """The least of that money."""
        return _LEAST.get(self.currency, f"smallest unit of {self.currency}")

    def raw(self, *path: str | int) -> Any:  # noqa: ANN401  # whatever stands there
        """What stands at a path of the file, or None."""
        found: Any = self.contract.document.root
        for step in path:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def refer(self, name: str) -> str:
        """An item by its title and number; of a word or a part of one also that."""
        whole, dot, word = name.partition(".")
        if whole not in self.numbers:
            return name
        families = (self.terms.outcomes, self.terms.payments, self.terms.values, self.terms.spells)
        item = next((family[whole] for family in families if whole in family), None)
        title = folded(getattr(item, "title", "")) or whole
        return f"{title} ({self.numbers[whole]}){_of_word(word) if dot else ''}"

    def cite(self, name: str) -> str:
        """An item by its name in the file and its number, as it stands among others in a formula."""
        whole, dot, word = name.partition(".")
        if whole not in self.numbers:
            return name
        return f"{whole} ({self.numbers[whole]}){_of_word(word) if dot else ''}"

    def table(self, name: str) -> str:
        """A table by its name and number."""
        return f"{name} ({self.tables[name]})" if name in self.tables else name

    def number(self, text: str, *, money: bool = False) -> str:
        """A number as written, or what is named in its place."""
        if _NAME.fullmatch(text) and text.partition(".")[0] in self.numbers:
            return self.refer(text)
        return figure(text, self.currency if money else "")

    def is_dated(self, name: str) -> bool:
        """Whether a name is that of a value with figures by date."""
        value = self.terms.values.get(name)
        return value is not None and any(cell.first is not None for cell in value.cells)

    def group(self, word: str) -> str:
        """A word by which lines or subjects are grouped."""
        if word in PERIODS:
            return "the whole contract" if word == "contract" else word.replace("_", " ")
        return self.refer(word) if word in self.terms.groups else word

    def groups(self, words: Iterable[str]) -> str:
        """Words by which lines or subjects are grouped, together."""
        return listed(map(self.group, words))

    def each(self, words: tuple[str, ...]) -> str:
        """Each of the groups that words make; the contract as a period has all days in one."""
        kept = [word for word in words if word != "contract"]
        if not kept:
            return "the whole contract"
        return f"each {self.groups(kept)}{' over the whole contract' if len(kept) < len(words) else ''}"


def _of_word(word: str) -> str:
    return " of all groups together" if word == "pooled" else f" for '{word}'"


def _numbered(letter: str, names: Iterable[str]) -> dict[str, str]:
    return {name: f"{letter}{place}" for place, name in enumerate(names, 1)}


@define
class Entry:
    """One item of the file, with what is written of it.

    Attributes:
        book: The contract it is of.
        path: Where it stands.
        term: What was read there.
        said: The keys that something was said of.
    """

    book: Book
    path: tuple[str | int, ...]
    term: Any
    said: set[str] = field(factory=set)

    @property
    def raw(self) -> dict[str, Any]:
        """What is written, by key."""
        found = self.book.raw(*self.path)
        return found if isinstance(found, dict) else {}

    @property
    def name(self) -> str:
        """The name it has in the file."""
        return str(getattr(self.term, "id", "") or self.path[-1])

    def condition(self, key: str, table: str = "") -> str:
        """A condition under a key in words, as the rows of a table are read; of the cohort's row by default."""
        from pbr.prose.conditions import condition_words

        return condition_words(self.book, str(getattr(self.term, key)), table)


Say: TypeAlias = "Callable[[Entry], str]"


@frozen
class Phrase:
    """What says one thing of an item; in brackets where no key of it is written.

    Attributes:
        keys: The keys that it tells.
        say: The words; none where there is nothing to say.
    """

    keys: tuple[str, ...]
    say: Say

    def words(self, entry: Entry) -> str:
        """The sentence or sentences, and the keys told."""
        text = self.say(entry)
        written = [key for key in self.keys if entry.raw.get(key, []) != []]  # an empty list says nothing
        if text:
            entry.said.update(written)
        return text if written or not self.keys else bracketed(text)


def phrase(*keys: str) -> Callable[[Say], Phrase]:
    """A function of an entry as a phrase that tells some keys."""
    return lambda say: Phrase(keys, say)


def told(entry: Entry, phrases: Iterable[Phrase]) -> str:
    """The sentences of phrases, one after the other."""
    return " ".join(text for text in (each.words(entry) for each in phrases) if text).replace("] [", " ")
