"""Part G: what is paid, at which price, on which day, in which parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.calendar import Due, show_date
from pbr.contract.units import kind_of
from pbr.instalments import OddPence
from pbr.payments import Amount, Bands, BelowZero, Divide, Fee, Tariff
from pbr.payments.bands import EachAt, PlaceOfUndone, PlaceOrder
from pbr.payments.fee import Every
from pbr.priced import FallsIn
from pbr.prose.book import PAYMENTS, Entry, Phrase, phrase
from pbr.prose.items import item_of
from pbr.prose.page import Grid, Part
from pbr.prose.words import counted, figure, listed

if TYPE_CHECKING:
    from pbr.prose.book import Book
    from pbr.prose.page import Block, Item

_DAYS = {
    "achieved": "the day of the achievement",
    "start": "the day of the start",
    "known": "the day on which it was known",
    "contract_to": "the last day of the contract",
}
_DAYS_OF_GROUPS = {
    "achieved": "the last day of the period of the group",
    "start": "the first day of the period of the group",
    "known": "the day on which it was known",
    "contract_to": "the last day of the contract",
}
_FALLS = {
    FallsIn.ACHIEVED: "the day of the achievement",
    FallsIn.KNOWN: "the day on which it was known",
    FallsIn.DUE: "the day on which it is due",
}
_DUE_AFTER = {
    "achieved": "the day of the achievement",
    "known": "the day on which it was known",
    "period_end": "the end of the period of the statement",
}
_PLACES = {
    PlaceOrder.ACHIEVED: "Places are taken by the day of the achievement, then by the name of the subject.",
    PlaceOrder.KNOWN: "Places are taken by the day on which it was known, then by the name of the subject.",
}
_UNDONE = {
    PlaceOfUndone.REFILLED: "What is undone gives up its place, and those after it move up.",
    PlaceOfUndone.KEPT: "What is undone keeps its place, and is not paid.",
}
_AT = {
    EachAt.ITS_BAND: "Each is paid at the price of its own band.",
    EachAt.REACHED: "Each is paid at the price of the band that the last place filled lies in.",
}
_BELOW = {
    BelowZero.TAKES: "A product below nothing is taken.",
    BelowZero.NOTHING: "A product below nothing counts as nothing.",
}


def _price_on(entry: Entry) -> str:
    on = entry.term.price_on
    of_groups = isinstance(entry.term, Amount | Divide)
    found = (_DAYS_OF_GROUPS if of_groups else _DAYS).get(on) or f"the day of {entry.book.refer(on)}"
    return f"Figures are those in force on {found}."


def _due(entry: Entry) -> str:
    if entry.term.due is None:
        return ""
    due = Due.parse(entry.term.due)
    assert due is not None, "a contract that is clean has days to pay that can be read"
    return f"It is to be paid {counted(due.count, due.unit.removesuffix('s'))} after {_DUE_AFTER[due.after]}."


def _times(entry: Entry) -> str:
    times = entry.term.times
    return f"It is multiplied by {listed(map(entry.book.number, times))}." if times else ""


def _share(entry: Entry) -> str:
    share = entry.term.share
    return "" if share is None else f"Each word bears the share of the price under {entry.book.refer(share)}."


def _takes(entry: Entry) -> str:
    return "The payment takes money." if entry.term.takes in {"yes", "true"} else "The payment gives money."


def _to(entry: Entry) -> str:
    to = entry.term.to
    return (
        "The provider at the start is paid."
        if to is None
        else f"The provider is paid whose label {entry.book.refer(to)} gives."
    )


def _instalments(entry: Entry) -> str:
    texts = entry.term.instalments.texts
    if len(texts) > 1:
        return f"It is paid in {len(texts)} instalments, of {listed(map(figure, texts))}."
    return "It is paid in one part." if texts == ("1",) else f"It is paid in {figure(texts[0])} equal instalments."


def _apart(entry: Entry) -> str:
    if len(entry.term.instalments.shares or ()) < 2 and "every" not in entry.raw:  # noqa: PLR2004  # parts
        return ""
    every = entry.term.every
    if every is None:
        return "All instalments are of one day."
    time = f"one {every.value}" if isinstance(every, Every) else str(every)
    return f"The instalments are {time} apart."


def _odd_pence(entry: Entry) -> str:
    if len(entry.term.instalments.shares or ()) < 2 and "odd_pence" not in entry.raw:  # noqa: PLR2004  # parts
        return ""
    return f"The {'first' if entry.term.odd_pence is OddPence.FIRST else 'last'} instalment bears what rounding leaves."


_FALLS_IN = phrase("falls_in")(lambda e: f"Its period and its cap are those of {_FALLS[e.term.falls_in]}.")
_PRICE_ON = phrase("price_on")(_price_on)
_PARTS = (
    phrase("instalments")(_instalments),
    phrase("every")(_apart),
    phrase("odd_pence")(_odd_pence),
)
_ENDS = (_FALLS_IN, phrase("due")(_due))
_OF_OUTCOMES = (
    _PRICE_ON,
    phrase("times")(_times),
    phrase("share")(_share),
    phrase("to")(_to),
    *_PARTS,
    *_ENDS,
    phrase("takes")(_takes),
)


def _money(entry: Entry, text: str) -> str:
    return entry.book.number(text, money=True)


def _priced(entry: Entry) -> str:
    of, price = entry.term.pays_for, _money(entry, entry.term.price)
    name = entry.book.refer(of)
    return (
        f"For each one that {name} comes to, {price} is paid."
        if _counts(entry.book, of)
        else f"If {name} is met, {price} is paid."
    )


def _counts(book: Book, name: str) -> bool:
    """Whether an outcome, or a word of one, has a number of which each one is paid."""
    terms = book.terms
    if name in terms.pooled:
        return kind_of(terms, name) is not None
    return "." not in name and getattr(terms.outcomes.get(name), "parts", None) is not None


_TARIFF = (
    phrase("pays_for", "price")(_priced),
    *_OF_OUTCOMES,
)


def _fill(entry: Entry) -> str:
    fill = entry.term.fill
    return f"Each {entry.book.groups(fill)} has places of its own." if fill else "All fill the same places."


_BANDS = (
    phrase("pays_for")(
        lambda e: (
            f"Each time that {e.book.refer(e.term.pays_for)} is met it takes the next place, and the price of the "
            "band of that place is paid; beyond the last band nothing is."
        )
    ),
    phrase("fill")(_fill),
    phrase("order")(lambda e: _PLACES[e.term.order]),
    phrase("place_of_undone")(lambda e: _UNDONE[e.term.place_of_undone]),
    phrase("each_at")(lambda e: _AT[e.term.each_at]),
    *_OF_OUTCOMES,
)


def _amount(entry: Entry) -> str:
    text = entry.term.amount
    what = (
        f"what {entry.book.refer(text)} comes to before any adjustment"
        if text in entry.book.terms.payments
        else _money(entry, text)
    )
    return f"Each group is paid {what}."


def _only_met(entry: Entry) -> str:
    of = entry.term.pays_for
    return f"Only a group is paid of which {entry.book.refer(of)} is met." if of else "Every group is paid."


def _amount_per(entry: Entry) -> str:
    if entry.term.per:
        return f"There is a group for {entry.book.each(entry.term.per)}."
    return "The groups are the finest of what is named."


_AMOUNT = (
    phrase("amount")(_amount),
    phrase("pays_for")(_only_met),
    phrase("times")(_times),
    phrase("per")(_amount_per),
    phrase("below_zero")(lambda e: _BELOW[e.term.below_zero]),
    _PRICE_ON,
    *_ENDS,
    phrase("takes")(_takes),
)


def _divided(entry: Entry) -> str:
    term, book = entry.term, entry.book
    if term.by_weights:
        return f"It is divided among outcomes by the weights under {book.refer(term.by)}, to the {book.penny}."
    among = book.group(term.among)
    return f"It is divided among each {among} in proportion to {book.refer(term.by)}, to the {book.penny}."


def _pays(entry: Entry) -> str:
    pairs = [f"of the part {key} as much as {entry.book.refer(name)} comes to" for key, name in entry.term.pays.items()]
    return f"Paid is {listed(pairs)}; what is met or not is all of its part or nothing." if pairs else ""


def _pots(entry: Entry) -> str:
    per = entry.term.per
    return f"There is a pot for {entry.book.each(per)}." if per else "There is one pot for the whole contract."


_DIVIDE = (
    phrase("amount")(lambda e: f"The pot is {_money(e, e.term.amount)}."),
    phrase("per")(_pots),
    phrase("among", "by")(_divided),
    phrase("pays")(_pays),
    _PRICE_ON,
    *_ENDS,
)


def _fee_to(entry: Entry) -> str:
    return "Every provider is paid it." if entry.term.to is None else f"It is paid to {entry.term.to}."


def _from(entry: Entry) -> str:
    first = entry.term.from_ or entry.book.terms.contract.from_
    return f"The first is of {show_date(first)}."


def _settled(entry: Entry) -> str:
    name = entry.term.until_settled
    if name is None:
        return ""
    return f"It is paid on account of {entry.book.refer(name)}, and taken back on the day on which that is fixed."


_FEE = (
    phrase("amount")(lambda e: f"{_money(e, e.term.amount)} is paid whatever is achieved."),
    phrase("to")(_fee_to),
    *_PARTS,
    phrase("from")(_from),
    phrase("due")(_due),
    phrase("until_settled")(_settled),
)

PHRASES: dict[type, tuple[Phrase, ...]] = {
    Tariff: _TARIFF,
    Bands: _BANDS,
    Amount: _AMOUNT,
    Divide: _DIVIDE,
    Fee: _FEE,
}
"""What says each term of a payment, by the class of its kind."""


def payments(book: Book) -> Part:
    """The part about payments."""
    items = tuple(_payment(book, name) for name in book.terms.payments)
    lead = "[Every amount is reckoned exactly and rounded once, to whole minor units, where its line is written.]"
    return Part(letter=PAYMENTS, heading="What is paid", lead=(lead,), items=items)


def _payment(book: Book, name: str) -> Item:
    entry = Entry(book, ("payments", name), book.terms.payments[name])
    after: list[Block] = []
    if isinstance(entry.term, Bands):
        entry.said.add("bands")
        rows = tuple((step, _money(entry, text)) for step, text in entry.term.bands.items())
        after = [Grid(("places", "price"), rows)]
    return item_of(entry, book.numbers[name], PHRASES, *after)
