"""A contract as the words that its signatories sign: every term of the file, and what holds where it is silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.prose.adjustments import adjustments
from pbr.prose.agreements import agreements
from pbr.prose.book import Book
from pbr.prose.definitions import definitions
from pbr.prose.figures import figures
from pbr.prose.outcomes import outcomes
from pbr.prose.page import Page, to_markdown, to_text
from pbr.prose.parties import parties
from pbr.prose.payments import payments
from pbr.prose.returned import returned
from pbr.prose.who import who
from pbr.prose.words import counted, folded

if TYPE_CHECKING:
    from pbr.contract import Contract
    from pbr.prose.page import Block

PARTS = (parties, returned, who, definitions, figures, outcomes, payments, adjustments, agreements)
"""What makes each part, in their order."""


def render_contract(contract: Contract, *, markdown: bool = False) -> str:
    """A contract in plain English prose, with a number for each paragraph.

    Every term of the file is told; what the file does not say and the language does stands in square brackets. Who
    signs the text signs the file: its fingerprint stands at the end.

    Args:
        contract: A checked contract.
        markdown: Whether it is Markdown, with headings and tables, and not text of at most 100 columns.

    Returns:
        The whole text, with a line end at its end; the same for the same contract.
    """
    page = page_of(contract)
    return to_markdown(page) if markdown else to_text(page)


def page_of(contract: Contract) -> Page:
    """The parts of a contract that say something."""
    book = Book.of(contract)
    header = contract.terms.contract
    found = tuple(part for part in (make(book) for make in PARTS) if part.items)
    lead = (
        "This is the whole contract in words. What stands in square brackets is not written in its file: it is what "
        "the language of contracts says where a contract is silent. A number such as F2 is that of a paragraph here; "
        "a clause is that of the contract as signed. Names such as those of fields stand as in the file."
    )
    return Page(heading=folded(header.title) or header.id, lead=(lead,), parts=found, close=tuple(_close(contract)))


def _close(contract: Contract) -> list[Block]:
    """What binds the text to the file, and what was noted of it."""
    notes = [f"Noted: {note.message}." for note in contract.notes]
    count = f" There {'is' if len(notes) == 1 else 'are'} {counted(len(notes), 'note')} on it." if notes else ""
    sign = (
        f"These words were made from the contract with the fingerprint {contract.fingerprint}. Whoever signs them "
        f"signs that file and no other.{count}"
    )
    return [sign, *notes]
