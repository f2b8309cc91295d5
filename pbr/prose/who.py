"""Part C: whom the scheme is for, where each one's clock starts, and who is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.prose.book import WHO, Entry
from pbr.prose.items import sign_words
from pbr.prose.page import Item, Part
from pbr.prose.words import with_article

if TYPE_CHECKING:
    from pbr.contract.model import Clause
    from pbr.prose.book import Book


def who(book: Book) -> Part:
    """The part about the cohort; without items where only groups are measured."""
    terms = book.terms
    cohort = terms.cohort
    items: list[Item] = []
    if terms.has_cohort:
        table = book.table(terms.cohort_table)
        steps = " who passes the steps below, in their order" if cohort.include or cohort.exclude else ""
        whom = f"The scheme is for each {cohort.of} in {table}{steps}."
        clock = f"The clock of each starts on the day under {cohort.start}; that day is called the start."
        items.append(Item(number=f"{WHO}1", heading=f"Each {cohort.of}", blocks=(f"{whom} {clock}",)))
        found = [(("cohort", "include", place), clause) for place, clause in enumerate(cohort.include)]
        found += [(("cohort", "exclude", place), clause) for place, clause in enumerate(cohort.exclude)]
        items += [_step(book, path, clause, f"{WHO}{at}") for at, (path, clause) in enumerate(found, 2)]
    lead = (
        (
            f"[A{with_article(cohort.of)[1:]} who fails a step leaves at the first that is failed; of whom a step "
            "cannot be decided, because a field is empty, nothing is paid until it is known.]"
        ),
    )
    return Part(letter=WHO, heading="Who counts", lead=lead if items[1:] else (), items=tuple(items))


def _step(book: Book, path: tuple[str | int, ...], clause: Clause, number: str) -> Item:
    entry = Entry(book, path, clause)
    heading, blocks = sign_words(entry)
    when = entry.condition("when")
    entry.said.add("when")
    rule = f"Counts only if {when}." if path[1] == "include" else f"Is left out if {when}."
    return Item(number=number, heading=heading, blocks=(*blocks, rule))
