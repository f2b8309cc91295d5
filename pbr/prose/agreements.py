"""Part I: the agreements that the contract cites: who may vote, by which rules, and what was counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.calendar import show_date
from pbr.prose.book import AGREEMENTS
from pbr.prose.page import Grid, Item, Part
from pbr.prose.rules import agreed_words, quorum_words, rule_words, scores_words
from pbr.prose.words import day, folded, listed

if TYPE_CHECKING:
    from pbr.agreement.model import AgreementTerms
    from pbr.agreement.rules import Question
    from pbr.contract.agreed import Cited
    from pbr.prose.book import Book
    from pbr.prose.page import Block

_ASKS = {
    "number": "it asks for one number.",
    "map": "it asks for a figure for each option.",
    "set": "it asks which options are chosen.",
    "yes_no": "it asks for yes or no.",
}
_SECOND = {
    "last": "Of several ballots of a voter the last stands.",
    "first": "Of several ballots of a voter the first stands.",
    "none": "Of several ballots of a voter none stands.",
}
_BARRED = "Who has an interest in what is asked, by a register, is barred from voting on it."


def agreements(book: Book) -> Part:
    """The part about agreements."""
    items = tuple(
        Item(number=book.agreements[name], heading=name, blocks=tuple(_versions(book, name)))
        for name in book.terms.agreements
    )
    lead = (
        "[A version decides from the first day for which it is valid; what was stated by an earlier one is not "
        "changed. The papers are no part of the contract; what they come to is.]"
    )
    return Part(letter=AGREEMENTS, heading="What panels agreed", lead=(lead,), items=items)


def _versions(book: Book, name: str) -> list[Block]:
    files = book.terms.agreements[name].files
    found: list[Block] = [f"It stands in {listed(files)} beside the contract."]
    for one in book.contract.cited.get(name, ()):
        found += _version(one)
    return found


def _version(one: Cited) -> list[Block]:
    terms, result = one.agreement.terms, one.result
    valid = f"{show_date(terms.valid.from_)} to {show_date(terms.valid.to)}"
    title = f": {folded(terms.title)}" if terms.title else ""
    count = "recounted from the papers" if one.recounted else "taken as it is written, without the papers"
    lead = (
        f"Version {result.version}{title}. It is valid from {valid}, both included. {_review(terms)}Its result is "
        f"{count}; the hash of it that both sides sign is {one.bundle[-1]}."
    )
    groups = tuple(
        (folded(group.title) or name, name, str(group.eligible), "yes" if group.protected else "no")
        for name, group in terms.electorate.groups.items()
    )
    electorate = f"Those eligible were counted on {show_date(terms.electorate.counted_on)}. {_papers(terms)}"
    found: list[Block] = [lead, electorate, Grid(("who may vote", "called here", "eligible", "protected"), groups)]
    return [*found, *(_question(terms, name, question, one) for name, question in terms.questions.items())]


def _review(terms: AgreementTerms) -> str:
    day_of = terms.valid.review_by
    return "" if day_of is None else f"It is to be looked at again by {show_date(day_of)}. "


def _papers(terms: AgreementTerms) -> str:
    """When papers are taken, which of several counts, and how many are needed."""
    found = [f"Papers are taken from {_moment(terms.opens)}."] if terms.opens else []
    found += [f"The last are taken on {_moment(terms.closes)}."] if terms.closes else []
    found.append(_SECOND[terms.second_ballots])
    found += [_BARRED] if terms.interests else []
    return " ".join([*found, quorum_words(terms.quorum)]).strip()


def _moment(moment: object) -> str:
    date, _, clock = str(moment).partition("T")
    return f"{day(date)}{f' at {clock}' if clock else ''}"


def _question(terms: AgreementTerms, name: str, question: Question, one: Cited) -> str:
    """What is asked, by which rule it is decided, and what came of it."""
    title = folded(question.title)
    found = [f"Question '{name}'{f' ({title})' if title else ''}: {_ASKS[question.asks]}"]
    found += [folded(question.means)] if question.means else []
    barred = [group for group, of in terms.electorate.groups.items() if name in of.may_not_vote_on]
    found += [f"Those of {listed(barred)} may not vote on it."] if barred else []
    found.append(rule_words(question))
    answer = one.result.questions.get(name)
    if answer is None:
        return " ".join(found)
    if scored(question):
        found.append(scores_words(len(answer.scores)))
    else:
        agreed = f"Agreed was: {agreed_words(answer.value.plain)}."
        found.append(agreed if answer.agreed else f"Nothing was agreed: {answer.why}.")
    return " ".join(found)


def scored(question: Question) -> bool:
    """Whether a question is asked in each period."""
    return getattr(question, "scored", None) is not None
