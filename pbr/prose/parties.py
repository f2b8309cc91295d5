"""Part A: who agreed what, for how long, in which money, and by which conventions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.calendar import show_date
from pbr.contract.contract import term_of
from pbr.contract.model import LeapBirthday, Statements
from pbr.money import Rounding
from pbr.prose.book import PARTIES, Entry, phrase, told
from pbr.prose.page import Grid, Item, Part
from pbr.prose.words import folded, listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.contract.model import Party
    from pbr.prose.book import Book
    from pbr.prose.page import Block
    from pbr.working_days import WorkingDays

_PERIODS = {
    Statements.CONTRACT_YEAR: "contract year",
    Statements.YEARLY: "year",
    Statements.QUARTERLY: "quarter",
    Statements.MONTHLY: "month",
}
_ROUNDED = {
    Rounding.HALF_UP: "A half is rounded away from nothing.",
    Rounding.HALF_EVEN: "A half is rounded to the even neighbour.",
}
_BORN = {
    LeapBirthday.MARCH: "Somebody born on 29 February is a year older on 1 March of a common year.",
    LeapBirthday.FEBRUARY: "Somebody born on 29 February is a year older on 28 February of a common year.",
}
_COUNTRIES = {
    "england": "England",
    "wales": "Wales",
    "scotland": "Scotland",
    "northern_ireland": "Northern Ireland",
}
_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def _title(entry: Entry) -> str:
    header = entry.term
    title = f": {folded(header.title)}" if header.title else ""
    return f"This is the contract {header.id}, version {header.version}{title}."


def _year_starts(entry: Entry) -> str:
    term = term_of(entry.book.terms)
    return f"Contract years start on {term.year_day} {_MONTHS[term.year_month - 1]}."


def _time_zone(entry: Entry) -> str:
    zone = entry.term.time_zone
    return f"A moment becomes a day by the clocks of {zone}." if zone else ""


def _working_days(entry: Entry) -> str:
    days: WorkingDays | None = entry.term.working_days
    if days is None:
        return ""
    off = [f"the bank holidays of {_COUNTRIES[days.country]}"] if days.country else []
    off += [show_date(day) for day in days.extra]
    return f"Working days are Monday to Friday{f', except {listed(off)}' if off else ''}."


_TERM = (
    phrase("from", "to")(
        lambda e: (
            f"Only what is dated from {show_date(e.term.from_)} to {show_date(e.term.to)}, both included, can earn."
        )
    ),
    phrase("year_starts")(_year_starts),
)
_MONEY = (
    phrase("currency")(lambda e: f"All money is in {e.term.currency}, counted exactly and in whole minor units."),
    phrase("statements")(lambda e: f"A statement is made for each {_PERIODS[e.term.statements]}."),
    phrase("time_zone")(_time_zone),
)
_CONVENTIONS = (
    phrase("rounding")(lambda e: _ROUNDED[e.term.rounding]),
    phrase("month_end")(
        lambda _: "A month after a day that the next month does not have is the last day of that month."
    ),
    phrase("leap_birthday")(lambda e: _BORN[e.term.leap_birthday]),
    phrase("working_days")(_working_days),
)


def parties(book: Book) -> Part:
    """The part about the parties, the term and the conventions."""
    header = Entry(book, ("contract",), book.terms.contract)
    conventions = Entry(book, ("conventions",), book.terms.conventions)
    found: list[tuple[str, tuple[Block, ...]]] = [
        (
            "The contract",
            (f"{_title(header)} It is written in version {book.terms.pbr} of the language of contracts.",),
        ),
        ("Who pays", _parties(book.terms.contract.commissioners)),
        ("Who may be paid", _parties(book.terms.contract.providers)),
        ("The term", (told(header, _TERM),)),
        ("Money and statements", (told(header, _MONEY),)),
        ("How it counts and rounds", (told(conventions, _CONVENTIONS),)),
    ]
    items = tuple(
        Item(number=f"{PARTIES}{place}", heading=heading, blocks=blocks)
        for place, (heading, blocks) in enumerate(((heading, blocks) for heading, blocks in found if blocks), 1)
    )
    return Part(letter=PARTIES, heading="Parties, term and conventions", lead=(), items=items)


def _parties(named: Mapping[str, Party]) -> tuple[Block, ...]:
    rows = tuple((folded(party.name) or "(no name is given)", name) for name, party in named.items())
    return (Grid(("name", "called here"), rows),) if rows else ()
