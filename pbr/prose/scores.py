"""The words of a score: what it is made of, from which row to which it changes, and what is required of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.outcomes import Score
from pbr.outcomes.event import Pick
from pbr.outcomes.score import Baseline, Change, FollowUp
from pbr.prose.book import Phrase, phrase
from pbr.prose.shared import EXCUSED, PAID, UNDONE, WHEN, WINDOW, anchor_words
from pbr.prose.words import day, figure, listed
from pbr.scoring import Fill, Items

if TYPE_CHECKING:
    from pbr.prose.book import Entry

_PICKS = {Pick.FIRST: "first", Pick.LAST: "last"}
_TESTS = {"at_least": "at least", "at_most": "at most", "above": "more than", "below": "less than"}


def _rows(entry: Entry) -> str:
    return f"It is read from the rows of {entry.book.table(entry.term.table)}, by their day ({entry.term.date})."


def _value(entry: Entry) -> str:
    value = entry.term.value
    if not isinstance(value, Items):
        return f"The score of a row is its {value}."
    found = [f"The score of a row is the sum of {listed(value.sum)}, each from {value.each}."]
    if value.reverse:
        found.append(f"Counted the other way round, from the other end: {listed(value.reverse)}.")
    if value.most_missing is not None:
        found.append(f"At most {value.most_missing} of them may be empty.")
    fills = {
        Fill.MEAN: "For an empty one stands the mean of the others.",
        Fill.NONE: "With an empty one there is no score.",
    }
    written = isinstance(entry.raw.get("value"), dict) and "fill" in entry.raw["value"]
    found.append(fills[value.fill] if written else f"[{fills[value.fill]}]")
    return " ".join(found)


def _baseline(entry: Entry) -> str:
    if not entry.term.changes:
        return ""
    span: Baseline = entry.term.span
    written = entry.raw.get("baseline", {})
    pick = f"Of several baselines the {_PICKS[span.pick]} decides."
    found = [_span(entry, span), pick if "pick" in written or not written else f"[{pick}]"]
    if not span.begins and span.until is None and written:
        found[0] = f"[{found[0]}]"
    return " ".join(found)


def _span(entry: Entry, span: Baseline) -> str:
    book, window = entry.book, span.window
    anchor = anchor_words(book, window.anchor)
    if not span.begins:
        until = span.until or "start"
        last = day(until) if window.until is not None else anchor_words(book, until)
        return f"The baseline is a row up to {last}, that day included."
    first = f"from {anchor} on" if span.from_ is not None else f"from the day after {anchor} on"
    if span.for_ is not None:
        return f"The baseline is a row {first}, up to {span.for_} after {anchor}, that day included."
    return f"The baseline is a row {first}, up to {day(str(span.until))}, that day included."


def _follow_up(entry: Entry) -> str:
    term: FollowUp = entry.term.follow_up or FollowUp()
    later = ", later than the baseline" if entry.term.changes else ""
    pick = f"The {_PICKS[term.pick]} row in the window{later}, is the one that is judged."
    pick = pick if later else pick.replace(", is", " is")
    written = entry.raw.get("follow_up")
    return f"[{pick}]" if written is not None and "pick" not in written else pick


def _change(entry: Entry) -> str:
    if entry.term.change is None:
        return "The change is judged, whichever way." if entry.term.changes else "The score itself is judged."
    return f"It is judged how much the score {'rose' if entry.term.change is Change.UP else 'fell'} since the baseline."


def _test(entry: Entry) -> str:
    term, book = entry.term, entry.book
    if term.test != "reliable":
        number = book.number(str(getattr(term, term.test)))
        return f"It is met on the day of the row that is judged if that is {_TESTS[term.test]} {number}."
    chance = term.reliable
    times = (
        f"{figure(chance.z)} standard errors"
        if chance.z is not None
        else f"what chance would bring with a confidence of {figure(str(chance.level))}, two-sided"
    )
    return (
        f"It is met on the day of the row that is judged if the change is more than {times}, for a standard deviation "
        f"of {figure(chance.sd)} and a reliability of {figure(chance.reliability)}."
    )


def _per(entry: Entry) -> str:
    words = entry.term.per
    return f"Each {entry.book.groups(words)} has a score of its own." if words else ""


SCORE: dict[type, tuple[Phrase, ...]] = {
    Score: (
        phrase("table", "date")(_rows),
        WHEN,
        phrase("value")(_value),
        phrase("baseline")(_baseline),
        phrase("follow_up")(_follow_up),
        phrase("change")(_change),
        phrase("of")(lambda e: "" if e.term.of is None else "The change is a percentage of the baseline's score."),
        phrase("at_least", "at_most", "above", "below", "reliable")(_test),
        phrase("per")(_per),
        WINDOW,
        UNDONE,
        EXCUSED,
        PAID,
    )
}
