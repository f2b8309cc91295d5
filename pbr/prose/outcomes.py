"""Part F: what is achieved, and by which rule: kinds on one subject; those of groups stand beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.condition.syntax import Language
from pbr.facts import Counted
from pbr.outcomes import Absence, Combine, Event, Held, OfFigures, OwnFact, Scale, Total
from pbr.outcomes.event import Pick
from pbr.outcomes.formula import FigureUnit
from pbr.outcomes.held import LastRun, Run
from pbr.outcomes.scale import Shape
from pbr.prose.book import OUTCOMES, Entry, Phrase, phrase
from pbr.prose.conditions import condition_words
from pbr.prose.figures import adds_money
from pbr.prose.items import item_of
from pbr.prose.outcomes_of_groups import OF_GROUPS
from pbr.prose.page import Grid, Part
from pbr.prose.scores import SCORE
from pbr.prose.shared import ENDS, EXCUSED, PAID, ROUND, WHEN, WINDOW, length_words, named
from pbr.prose.words import figure

if TYPE_CHECKING:
    from pbr.prose.book import Book
    from pbr.prose.page import Block, Item

_PICKS = {Pick.FIRST: "first", Pick.LAST: "last"}
_UNITS = {
    FigureUnit.NUMBER: "It is a number.",
    FigureUnit.SHARE: "It is a share.",
    FigureUnit.POINTS: "It is in percentage points.",
    FigureUnit.MONEY: "It is money.",
}


def _once_per(entry: Entry) -> str:
    word = entry.term.once_per
    return "It is met once." if word is None else f"It is met once for each word that stands under {word}."


def _event_rows(entry: Entry) -> str:
    rows, day = entry.book.table(entry.term.table), entry.term.date
    return (
        f"It is met on the day ({day}) of a row of {rows}, if that day lies in the window and in the term; if it is "
        "empty it has not happened."
    )


_EVENT = (
    phrase("table", "date")(_event_rows),
    WHEN,
    phrase("pick")(lambda e: f"Of several rows the {_PICKS[e.term.pick]} decides."),
    phrase("once_per")(_once_per),
    *ENDS,
)


def _absence_rows(entry: Entry) -> str:
    rows, day = entry.book.table(entry.term.table), entry.term.date
    return f"It is met on the last day of the window if no row of {rows} that defeats it is of a day ({day}) in it."


_ABSENCE = (
    phrase("table", "date")(_absence_rows),
    phrase("when")(
        lambda e: (
            "Every row defeats it."
            if e.term.when is None
            else f"A row defeats it of which this is true: {e.condition('when', e.term.table)}."
        )
    ),
    WINDOW,
    phrase("undone_by")(
        lambda e: (
            "" if e.term.undone_by is None else f"From the day under {e.term.undone_by} on, a row defeats nothing."
        )
    ),
    EXCUSED,
    PAID,
)


def _in(entry: Entry) -> str:
    states = entry.term.in_
    if not states:
        return ""
    every = "all of " if len(states) > 1 else ""
    return f"A day is held on which {every}{named(entry.book, states)} {'hold' if every else 'holds'}."


def _not_in(entry: Entry) -> str:
    states = entry.term.not_in
    return f"A day is not held on which {named(entry.book, states, 'or')} holds." if states else ""


def _gap(entry: Entry) -> str:
    gap = entry.term.gap
    if gap is None:
        return "Every day that is not held is a break."
    return f"A break of at most {gap} ends nothing and counts as held."


def _run(entry: Entry) -> str:
    runs = {
        Run.ADDED_UP: "All days held count together, whatever breaks lie between them.",
        Run.UNBROKEN: "Days count that are held one after the other, without a break.",
    }
    return runs.get(entry.term.run, "")


def _for(entry: Entry) -> str:
    length = entry.term.for_
    if length is None:
        return ""
    return f"It is met once, on the last of the days needed to have held for {_length(entry, length)}."


def _length(entry: Entry, text: str) -> str:
    name = text in entry.book.terms.values
    return f"the length under {entry.book.refer(text)}" if name else length_words(entry.book, text)


def _every(entry: Entry) -> str:
    length = entry.term.every
    return (
        ""
        if length is None
        else f"It is met again for each whole block of {_length(entry, length)} held, on its last day."
    )


def _at_most(entry: Entry) -> str:
    most = entry.term.at_most
    if most is None:
        return "There may be any number of blocks." if entry.term.every is not None else ""
    return f"No more blocks count than {entry.book.number(most)}."


def _after_gap(entry: Entry) -> str:
    written = "after_gap" in entry.raw
    if not written and (entry.term.every is None or entry.term.run is Run.ADDED_UP):
        return ""  # days that are added up go on over every break
    resumes = entry.term.counted is Counted.RESUMED
    return f"After a break a block {'goes on where it stopped' if resumes else 'begins anew'}."


def _held_per(entry: Entry) -> str:
    return f"There is a number for {entry.book.each(entry.term.per)}." if entry.term.per else ""


def _last_run(entry: Entry) -> str:
    if entry.term.last_run is LastRun.CUT:
        return "The end of the window ends every run of days."
    return "A run of days that began in the window is followed to the end of the term."


_HELD = (
    phrase("in")(_in),
    phrase("not_in")(_not_in),
    phrase("gap")(_gap),
    phrase("run")(_run),
    phrase("for")(_for),
    phrase("every")(_every),
    phrase("at_most")(_at_most),
    phrase("after_gap")(_after_gap),
    phrase("count")(lambda e: "It is the number of days held." if e.term.count is not None else ""),
    phrase("per")(_held_per),
    WINDOW,
    phrase("last_run")(_last_run),
    EXCUSED,
    PAID,
)


def _total_rows(entry: Entry) -> str:
    term, rows = entry.term, entry.book.table(entry.term.table)
    return (
        f"What stands under {term.add} in the rows of {rows} is added up, in the order of their day ({term.date}); a "
        f"row without that day does not count, and one without {term.add} leaves it unknown."
    )


def _reaches(entry: Entry) -> str:
    least, money = entry.term.least, adds_money(entry.book, entry.term)
    over = "more than" if entry.term.reaches is None else "at least"
    return (
        f"It is met on the first day on which the sum so far is {over} {entry.book.number(least, money=money)}, if the "
        "sum of all the rows that count is so too."
    )


_TOTAL = (phrase("table", "add", "date")(_total_rows), WHEN, phrase("reaches", "exceeds")(_reaches), *ENDS)

_FACT = (
    phrase("when")(lambda e: f"It is met if {e.condition('when')}; this is asked of the {e.book.terms.cohort.of}."),
    phrase("date")(
        lambda e: (
            f"It is met on {'the day of the start' if e.term.date == 'start' else f'the day under {e.term.date}'}."
        )
    ),
    WINDOW,
    EXCUSED,
    PAID,
)


def _need(entry: Entry) -> str:
    need, parts = entry.term.need, entry.term.of
    if need in {"all", "any"}:
        how = {"all": "all of these are met", "any": "any of these is met"}[need]
        day = {"all": "the day on which the last of them is", "any": "the day on which the first of them is"}[need]
    else:
        how, day = f"at least {need} of these {'is' if need == '1' else 'are'} met", "the day on which so many are"
    return f"It is met once, on {day}, if {how}: {named(entry.book, parts)}."


_COMBINE = (phrase("need", "of")(_need), EXCUSED, PAID)


def _scaled(entry: Entry) -> str:
    term = entry.term
    what = f"the {entry.book.terms.cohort.of}'s {term.value}" if term.of is None else entry.book.refer(term.of)
    return f"Points are given for {what}."


def _shape(entry: Entry) -> str:
    if entry.term.shape is Shape.STEPS:
        return "Each step has its points, its ends as written."
    return "Between two figures the points lie on a straight line."


def _end(key: str, words: str) -> Phrase:
    def say(entry: Entry) -> str:
        text = getattr(entry.term, key)
        if text is None:
            return ""
        ends = {"extend": f"{words} the line goes on.", "none": f"{words} there are no points."}
        return ends.get(text, f"{words} there are {figure(text)} points.")

    return Phrase((key,), say)


_SCALE = (
    phrase("value", "of")(_scaled),
    phrase("shape")(_shape),
    _end("below", "Below the first figure"),
    _end("above", "Above the last figure"),
    ROUND,
    EXCUSED,
    PAID,
)


def _reckoned(entry: Entry) -> str:
    return f"It is reckoned so: {condition_words(entry.book, entry.term.value, '', Language.FORMULA)}."


def _formula_per(entry: Entry) -> str:
    own = str(entry.path[1]) in entry.book.terms.own_outcomes
    if entry.term.per:
        return f"There is one for {entry.book.each(entry.term.per)}."
    return (
        f"There is one for each {entry.book.terms.cohort.of}."
        if own
        else "There is one for each group of what it names."
    )


_FORMULA = (
    phrase("value")(_reckoned),
    phrase("per")(_formula_per),
    phrase("unit")(lambda e: _UNITS[e.term.unit]),
    ROUND,
    EXCUSED,
    PAID,
)

PHRASES: dict[type, tuple[Phrase, ...]] = {
    Event: _EVENT,
    Absence: _ABSENCE,
    Held: _HELD,
    Total: _TOTAL,
    OwnFact: _FACT,
    Combine: _COMBINE,
    Scale: _SCALE,
    OfFigures: _FORMULA,
    **SCORE,
    **OF_GROUPS,
}
"""What says each term of an outcome, by the class of its kind."""


def outcomes(book: Book) -> Part:
    """The part about outcomes."""
    items = tuple(_outcome(book, name) for name in book.terms.outcomes)
    own = (
        "[An outcome counts only of those of part C. It is pending while its window is open, not met once the window "
        "is over, and unknown while a field that decides it is empty; only what is met pays. A row that became known "
        "after the day of a statement does not count in it. Months and years are counted in one step.]"
    )
    lead = (own,) if book.terms.own_outcomes else ()
    return Part(letter=OUTCOMES, heading="What is achieved", lead=lead, items=items)


def _outcome(book: Book, name: str) -> Item:
    entry = Entry(book, ("outcomes", name), book.terms.outcomes[name])
    after: list[Block] = []
    if isinstance(entry.term, Scale):
        entry.said.add("points")
        step = "step" if entry.term.shape is Shape.STEPS else "figure"
        after = [Grid((step, "points"), tuple((step, figure(text)) for step, text in entry.term.points.items()))]
    return item_of(entry, book.numbers[name], PHRASES, *after)
