"""Part H: what is added or taken off, in its order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pbr.adjustments import Cap, Floor, Gate, Multiply, Retain, Split, Tax
from pbr.adjustments.cap import Excess
from pbr.adjustments.cap import Part as PartPaid
from pbr.adjustments.floor import IfOwed
from pbr.calendar import PERIODS
from pbr.lines import Only
from pbr.prose.book import ADJUSTMENTS, Entry, Phrase, phrase
from pbr.prose.items import item_of
from pbr.prose.outcomes_of_groups import ends_words
from pbr.prose.page import Part
from pbr.prose.shared import named
from pbr.prose.words import figure, listed, with_article, worded

if TYPE_CHECKING:
    from pbr.prose.book import Book

_SPANS = {"contract": "term"}
_OUTCOME = re.compile(r"[a-z][a-z0-9_]*")


def _on(entry: Entry) -> str:
    on = entry.term.on
    return (
        f"It is applied to the lines of {named(entry.book, on)}."
        if on
        else "It is applied to the lines of all payments."
    )


def _only(entry: Entry) -> str:
    only = entry.term.only
    if only is None:
        return (
            "Only lines that give money count."
            if isinstance(entry.term, Cap)
            else "Lines that give and lines that take both count."
        )
    return f"Only lines that {'give' if only is Only.GAINS else 'take'} money count."


def _where(entry: Entry) -> str:
    if entry.term.where is None:
        return ""
    whose = with_article(entry.book.terms.cohort.of)
    return f"Only lines of {whose} count of whom this is true: {entry.condition('where')}."


def _per(entry: Entry) -> str:
    words = entry.term.per
    if not words:
        return "Each line is taken by itself."
    return f"The lines of {entry.book.each(words)} are taken together."


_ON = (phrase("on")(_on), phrase("only")(_only), phrase("where")(_where))
_PER = phrase("per")(_per)


def _gate(entry: Entry) -> str:
    term, name = entry.term, entry.book.refer(entry.term.outcome)
    if term.stops is None:
        return f"Lines are paid only if {name} is met; while it is not, they are taken back whole."
    return f"Lines are paid only if {name} is surely not met; if it is met, or may still be, they are taken back whole."


def _figure_of(entry: Entry, name: str) -> str:
    """Which figure of a value with dates holds."""
    if not entry.book.is_dated(name):
        return ""
    period = next((word for word in entry.term.per if word in PERIODS), None)
    day = "day of the achievement" if period is None else f"first day of the {_SPANS.get(period, period)}"
    return f" [Its figure is that of the {day.replace('_', ' ')}.]"


def _factor(entry: Entry) -> str:
    by = entry.book.number(entry.term.by)
    return f"What they have come to is multiplied by {by}, and rounded once.{_figure_of(entry, entry.term.by)}"


def _at_most(entry: Entry) -> str:
    most = entry.book.number(entry.term.at_most, money=True)
    return f"They come to no more than {most}; the rest is cut, and shown.{_figure_of(entry, entry.term.at_most)}"


def _order(entry: Entry) -> str:
    order = entry.term.order
    if order.payments:
        first = (
            f"Lines of {named(entry.book, order.payments)} are taken in this order"
            if len(order.payments) > 1
            else f"Lines of {named(entry.book, order.payments)} are taken first"
        )
        return f"{first}, and others last."
    day = "on which they were known" if order.by_known else "of the achievement"
    return f"Lines are taken by the day {day}, then by participant, provider, outcome and payment, as in F and G."


def _part(entry: Entry) -> str:
    if entry.term.part is PartPaid.PAY:
        return "The line that crosses the limit is paid in part."
    return "The line that crosses the limit is not paid, nor is any after it."


def _excess(entry: Entry) -> str:
    if entry.term.excess is Excess.LOST:
        return "What is cut is lost."
    return "What is cut is paid in the next period, before the lines of that."


def _at_least(entry: Entry) -> str:
    least = entry.book.number(entry.term.at_least, money=True)
    figure_of = _figure_of(entry, entry.term.at_least)
    return f"Where they come to less than {least}, the difference is added, and shown.{figure_of}"


def _if_owed(entry: Entry) -> str:
    if entry.term.if_owed is IfOwed.FORGIVEN:
        return "What is added is not taken back."
    return "What is added is taken back in the next period, and what is left in the last is owed."


def _kept(entry: Entry) -> str:
    share = entry.book.number(entry.term.share)
    return f"{share} of what they come to is kept back.{_figure_of(entry, entry.term.share)}"


def _until(entry: Entry) -> str:
    text = entry.term.until
    if _OUTCOME.fullmatch(text) and text in entry.book.terms.outcomes:
        return (
            f"It is given back on the day on which {entry.book.refer(text)} is known to be met, and never if it is not."
        )
    return f"It is given back on {ends_words(text)}."


def _between(entry: Entry) -> str:
    term: Split = entry.term
    if term.by:
        helped = [f"{payee} is paid for what {listed(map(worded, words))} did" for payee, words in term.words.items()]
        return f"It is shared: {listed(helped)}; what others did stays with the payee of the line."
    shares = [f"{payee} {figure(str(share))}" for payee, share in term.between.items()]
    least = entry.book.penny
    return f"It is shared between {listed(shares)}, to the {least}; of equal remainders the first named has more."


def _by_help(entry: Entry) -> str:
    if not entry.term.by:
        return "It is shared by these shares."
    table, dot, number = entry.term.by.partition(".")
    rows = entry.book.table(table)
    counted = f"the {number} of the rows of {rows}, added up" if dot else f"the number of rows of {rows}"
    return f"It is shared by who helped: by {counted}, up to the day on which the line was earned."


def _tax(entry: Entry) -> str:
    rate = entry.book.number(entry.term.rate)
    return f"{rate} of what they come to is added as tax, rounded once.{_figure_of(entry, entry.term.rate)}"


PHRASES: dict[type, tuple[Phrase, ...]] = {
    Gate: (*_ON, phrase("needs", "stops")(_gate)),
    Multiply: (*_ON, _PER, phrase("by")(_factor)),
    Cap: (
        *_ON,
        _PER,
        phrase("at_most")(_at_most),
        phrase("order")(_order),
        phrase("part")(_part),
        phrase("excess")(_excess),
    ),
    Floor: (*_ON, _PER, phrase("at_least")(_at_least), phrase("if_owed")(_if_owed)),
    Retain: (*_ON, _PER, phrase("share")(_kept), phrase("until")(_until)),
    Split: (*_ON, _PER, phrase("between")(_between), phrase("by")(_by_help)),
    Tax: (*_ON, _PER, phrase("rate")(_tax)),
}
"""What says each term of an adjustment, by the class of its kind."""


def adjustments(book: Book) -> Part:
    """The part about adjustments."""
    items = tuple(
        item_of(Entry(book, ("adjustments", place), term), f"{ADJUSTMENTS}{place + 1}", PHRASES)
        for place, term in enumerate(book.terms.adjustments)
    )
    lead = "[Each is applied to what those before it have left, and what it changes is a line of its own.]"
    return Part(letter=ADJUSTMENTS, heading="What is added or taken off, in this order", lead=(lead,), items=items)
