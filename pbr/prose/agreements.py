"""Part I: the agreements that the contract cites: who may vote, by which rules, and what was counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import fields, has

from pbr.agreement.options import Options
from pbr.calendar import show_date
from pbr.prose.book import AGREEMENTS, Book
from pbr.prose.other import shown
from pbr.prose.page import Grid, Item, Part
from pbr.prose.words import counted, day, folded, listed

if TYPE_CHECKING:
    from attrs import Attribute

    from pbr.agreement.model import AgreementTerms
    from pbr.agreement.rules import Question
    from pbr.contract.agreed import Cited
    from pbr.prose.page import Block

_SAID = {"title", "means", "asks", "rule"}
_ASKS = {
    "number": "one number",
    "map": "a figure for each option",
    "set": "which options are chosen",
    "yes_no": "yes or no",
}


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
        f"Version {result.version}{title}. It is valid from {valid}, both included. Its result is {count}; what both "
        f"sides sign of it is {one.bundle[-1]}."
    )
    groups = tuple(
        (folded(group.title) or name, name, str(group.eligible), "yes" if group.protected else "no")
        for name, group in terms.electorate.groups.items()
    )
    electorate = f"Those eligible were counted on {show_date(terms.electorate.counted_on)}. {_papers(terms)}"
    found: list[Block] = [lead, electorate, Grid(("who may vote", "called", "eligible", "protected"), groups)]
    for name, question in terms.questions.items():
        found.append(_question(terms, name, question, one))
    return found


def _papers(terms: AgreementTerms) -> str:
    """When papers are taken, and how many are needed."""
    quorum = terms.quorum
    found = [f"Papers are taken from {_moment(terms.opens)}."] if terms.opens else []
    found += [f"The last are taken on {_moment(terms.closes)}."] if terms.closes else []
    found += [f"{quorum.each_group} have to take part in each group."] if quorum.each_group else []
    found += [f"{quorum.overall} have to take part in all."] if quorum.overall else []
    return " ".join(found)


def _moment(moment: object) -> str:
    date, _, clock = str(moment).partition("T")
    return f"{day(date)}{f' at {clock}' if clock else ''}"


def _question(terms: AgreementTerms, name: str, question: Question, one: Cited) -> str:
    """What is asked, by which rule it is decided, and what came of it."""
    title = folded(question.title)
    found = [f"Question '{name}'{f', {title!r}' if title else ''}, asks for {_ASKS[question.asks]}."]
    found += [folded(question.means)] if question.means else []
    barred = [group for group, of in terms.electorate.groups.items() if name in of.may_not_vote_on]
    found += [f"Those of {listed(barred)} may not vote on it."] if barred else []
    details = [(each.name.removesuffix("_"), shown(_plain(getattr(question, each.name)))) for each in _own(question)]
    said = "; ".join(f"{key}: {text}" for key, text in details if text != "nothing")
    rule = question.rule.replace("_", " ")
    found.append(f"It is decided by the rule '{rule}'{f' ({said})' if said else ''}.")
    answer = one.result.questions.get(name)
    if answer is not None and not answer.scores:
        found.append(f"Agreed was {shown(answer.value.plain)}." if answer.agreed else f"Nothing was agreed: {answer.why}.")
    if answer is not None and answer.scores:
        found.append(f"{counted(len(answer.scores), 'score')} were given so far.")
    return " ".join(found)


def _own(question: Question) -> list[Attribute[object]]:
    """The terms of a rule that are its own."""
    return [each for each in fields(type(question)) if each.name not in _SAID]


def _plain(value: object) -> object:
    """A term of a rule as plain text, lists and maps; words of a threshold as they are written."""
    if isinstance(value, Options):
        return dict(value.titles) if any(value.titles.values()) else list(value.titles)
    if has(type(value)) and "__str__" not in vars(type(value)):
        return {each.name.removesuffix("_"): _plain(getattr(value, each.name)) for each in fields(type(value))}
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return () if value is None else str(value)
