"""The words of outcomes of groups: measures, and tests, indexes, estimates and judgements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.outcomes import Estimate, Index, Judged, Measure, Test
from pbr.outcomes.index import WhenMissing
from pbr.outcomes.measure import ChosenBy, Took
from pbr.prose.book import Entry, Phrase, phrase
from pbr.prose.shared import GROUPS, PAID, ROUND, named
from pbr.prose.words import day, figure

if TYPE_CHECKING:
    from pbr.outcomes.measure import Frame

_TOOK = {
    Took.COUNT: "It is how many of them are met.",
    Took.SHARE: "It is the share of them that is met.",
    Took.SUM: "It is the sum of their values.",
    Took.MEAN: "It is the mean of their values.",
    Took.MEDIAN: "It is the one in the middle of their values.",
    Took.ALL: "It is met if all of them are.",
    Took.ANY: "It is met if any of them is.",
    Took.N: "It is how many of them are counted.",
}
_CHOSEN = {
    ChosenBy.EVERYBODY: "Everybody of it is to be asked.",
    ChosenBy.RANDOM: "Those to be asked are drawn from it at random.",
    ChosenBy.COMMISSIONER: "The commissioner chooses whom of it to ask.",
    ChosenBy.PROVIDER: "The provider chooses whom of it to ask.",
}
_MISSING = {
    WhenMissing.SHARE_OUT: "The weight of a part without a figure is shared out over the others, in proportion.",
    WhenMissing.NIL: "A part without a figure counts as nothing.",
    WhenMissing.NONE: "If a part has no figure there is none at all.",
}
_SIGNS = {"at_least": "at least", "above": "above", "at_most": "at most", "below": "below"}


def _of(entry: Entry) -> str:
    field = entry.term.row_field
    if field is None:
        return f"Its members are those of {entry.book.refer(entry.term.of)}, counted afresh for each group."
    return f"Its members are the rows of {entry.book.table(field[0])}, by {field[1]}, counted afresh for each group."


def _day(entry: Entry, name: str) -> str:
    """A day that stands under a name: the start, that of an outcome, or a field of rows."""
    table, dot, field = name.partition(".")
    if dot and table in entry.book.tables:
        return f"its day ({field}) in {entry.book.table(table)}"
    return "the start" if name == "start" else f"the day of {entry.book.refer(name)}"


def _among(entry: Entry) -> str:
    among = entry.term.among
    if among is None:
        return "" if entry.term.row_field is not None else "Everybody in the cohort is counted."
    return f"Only those are counted who have met {entry.book.refer(among)}."


def _period_of(entry: Entry) -> str:
    found = entry.term.period_of
    return "" if found is None else f"A member belongs to the period of {_day(entry, found)}."


def _over(entry: Entry) -> str:
    over = entry.term.over
    words = {
        "period": "The days of the period count.",
        "to_date": "All days from the first of the term to the last of the period count.",
    }
    return words.get(over, f"The days of the {over} that end with the period count.")


def _adverse(entry: Entry) -> str:
    if entry.term.is_bad:
        return "To be met is bad, so that of whom it is unknown counts as met."
    return "Of whom it is unknown counts as not met." if "adverse" in entry.raw else "To be met is not bad."


def _asked(entry: Entry) -> str:
    asked = entry.term.asked
    if asked is None:
        return ""
    table, dot, field = asked.partition(".")
    if dot:
        return f"Those were asked who stand in {entry.book.table(table)}, by its {field}."
    return f"Those were asked who have met {entry.book.refer(asked)}."


def _frame(entry: Entry) -> str:
    frame: Frame | None = entry.term.frame
    if frame is None:
        return ""
    over = "of the period" if frame.over == "period" else f"of the {frame.over} up to then"
    over = over if "over" in entry.raw["frame"] else f"[{over}]"
    return (
        f"Who could be asked is fixed on {_drawn(frame.drawn)}, as known then: whoever has a row in "
        f"{entry.book.table(frame.table)} {over}, by its day ({frame.date}). {_CHOSEN[frame.chosen_by]}"
    )


def _drawn(text: str) -> str:
    """The day on which a frame is drawn."""
    words = text.split()
    end = {"period_start": "the first day of the period", "period_end": "the last day of the period"}[words[0]]
    if len(words) == 1:
        return end
    return f"the day {' '.join(words[2:])} {'before' if words[1] == '-' else 'after'} {end}"


def _response(entry: Entry) -> str:
    if entry.term.response is None:
        return ""
    share, _, whole = entry.term.response.partition(" of ")
    fixed = "those who could be asked" if entry.term.frame is not None else "those asked"
    of = {"frame": "those who could be asked", "asked": "those asked"}.get(whole.strip(), f"[{fixed}]")
    return f"If fewer than {figure(share.strip())} of {of} have answered, there is no figure."


def _fewest(entry: Entry) -> str:
    fewest = entry.term.fewest
    return "" if fewest is None else f"With fewer than {figure(fewest)} counted there is no figure."


def _settles(entry: Entry) -> str:
    if entry.term.settles is None:
        return "The figure is fixed on the last day of the period, or later once no window of a member is open."
    return f"The figure is fixed as it is known on {ends_words(entry.term.settles)}."


def ends_words(text: str) -> str:
    """A day, or a time after the last day of a period."""
    words = text.replace("+", " + ").split()
    if words[0] != "period_end":
        return day(text)
    return (
        "the last day of the period"
        if len(words) == 1
        else f"the day {' '.join(words[2:])} after the last day of the period"
    )


def _reopens(entry: Entry) -> str:
    return (
        "What becomes known later changes it."
        if entry.term.stays_open
        else "What becomes known later does not change it."
    )


_MEASURE = (
    phrase("of")(_of),
    phrase("take")(lambda e: _TOOK[e.term.take]),
    phrase("among")(_among),
    GROUPS,
    phrase("period_of")(_period_of),
    phrase("over")(_over),
    phrase("adverse")(_adverse),
    phrase("frame")(_frame),
    phrase("asked")(_asked),
    phrase("response")(_response),
    phrase("weigh_by")(
        lambda e: (
            ""
            if e.term.weigh_by is None
            else f"Each label of {e.book.group(e.term.weigh_by)} weighs as much as among those who could be asked."
        )
    ),
    phrase("fewest")(_fewest),
    phrase("settles")(_settles),
    phrase("reopens")(_reopens),
    ROUND,
    PAID,
)


def _sign(entry: Entry) -> str:
    term = entry.term
    return (
        f"It is met for each group of which what is compared is {_SIGNS[term.sign]} {entry.book.number(term.figure)}."
    )


_WHOLE = {"asked": "those asked", "frame": "those who could be asked"}
_TESTS = {"two_proportions": "two proportions", "two_rates": "two rates"}


def _by(entry: Entry) -> str:
    """What is compared, and with what confidence."""
    of, words = entry.book.refer(entry.term.of), entry.term.by.split()
    if words == ["value"]:
        return "Its figure itself is compared."
    if len(words) == 1:
        return f"Compared is the {words[0]} end that is given of {of}."
    sure = f"{words[2]} standard errors" if words[1] == "z" else f"{words[1]} confidence, {words[2]}"
    if words[0] in _TESTS:
        return f"A difference counts only if a test of {_TESTS[words[0]]}, at {sure}, finds it more than chance."
    whole = f", where {_WHOLE[words[-1]]} are all there are" if words[-1] in _WHOLE else ""
    return f"Compared is the {words[0]} end of the Wilson interval of {of}, at {sure}{whole}."


_TEST = (
    phrase("of")(lambda e: f"It tests {e.book.refer(e.term.of)}."),
    phrase("by")(_by),
    phrase("at_least", "above", "at_most", "below")(_sign),
    PAID,
)


def _parts(entry: Entry) -> str:
    parts, book = entry.term.of, entry.book
    if parts.one:
        return f"It weighs {book.refer(parts.names[0])}, a part for each label of its weights, into one figure."
    return f"It weighs these into one figure: {named(book, parts.names)}."


_INDEX = (
    phrase("of")(_parts),
    phrase("weights")(lambda e: f"The weights are those under {e.book.refer(e.term.weights)}."),
    phrase("when_missing")(lambda e: _MISSING[e.term.when_missing]),
    phrase("fewest")(lambda e: f"With fewer than {figure(e.term.fewest)} of its parts there is none."),
    ROUND,
    PAID,
)


def _estimated(entry: Entry) -> str:
    return (
        f"It is what stands under {entry.term.value} in the row of each group in {entry.book.table(entry.term.table)}."
    )


def _date(entry: Entry) -> str:
    day_of = entry.term.date
    return "A row is of the day under its only date." if day_of is None else f"A row is of the day under {day_of}."


def _version(entry: Entry) -> str:
    field = entry.term.version
    if field is None:
        return "Two rows for a group leave it unknown."
    return f"Of several rows for a group the one with the greatest {field} counts."


def _end(key: str, words: str) -> Phrase:
    def say(entry: Entry) -> str:
        text = getattr(entry.term, key)
        return "" if text is None else f"The {words} end of its interval stands under {text}."

    return Phrase((key,), say)


_ESTIMATE = (
    phrase("table", "value")(_estimated),
    _end("low", "lower"),
    _end("high", "upper"),
    GROUPS,
    phrase("pooled")(
        lambda e: (
            ""
            if e.term.pooled is None
            else f"The word {e.term.pooled} stands for all groups together, and is of none of its own."
        )
    ),
    phrase("date")(_date),
    phrase("version")(_version),
    ROUND,
    PAID,
)


def _judged(entry: Entry) -> str:
    panel, numbers = entry.term.agreed, entry.book.agreements
    return (
        f"It is the score that {panel.agreement} ({numbers.get(panel.agreement, '')}) gives on its question "
        f"'{panel.question}', by the version in force at the start of the period."
    )


_JUDGED = (phrase("agreed")(_judged), GROUPS, ROUND, PAID)

OF_GROUPS: dict[type, tuple[Phrase, ...]] = {
    Measure: _MEASURE,
    Test: _TEST,
    Index: _INDEX,
    Estimate: _ESTIMATE,
    Judged: _JUDGED,
}
"""What says each term of an outcome of groups, by the class of its kind."""
