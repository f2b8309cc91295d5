"""Ballot papers: what is asked, the options, the bounds, and what happens if nothing is agreed."""

from __future__ import annotations

import csv
import io
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from pbr.agreement.ballots import HEADINGS
from pbr.agreement.model import labels_of, options_of, rounds_of, scored_of, title_of
from pbr.agreement.papers import cites_evidence, needs_evidence, needs_value, wanted_of
from pbr.agreement.rules import EqualShares
from pbr.calendar import parse_date, show_date
from pbr.document import read_document
from pbr.money import plain
from pbr.problem import AgreementError, ContractError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pbr.agreement.model import Agreement, AgreementTerms
    from pbr.agreement.rules import Question
    from pbr.agreement.words import Moment
    from pbr.document import Plain

WIDTH = 78
BOUNDED = {"number", "map"}
NONE_SAID = {"": "the contract does not say", "unpaid": "nothing is paid that needs it"}
NO_CONTRACT = "The contract says within which bounds this holds and what happens if nothing is agreed."
NO_CONTRACT_OF_SCORES = "The contract says what depends on these scores."


@frozen
class Stakes:
    """What a contract says of an agreed figure; it stands in the contract only.

    Attributes:
        value: Its name in the contract.
        bounds: What the commissioner allows, as written; empty if anything is.
        if_none: What holds if nothing is agreed, as written.
    """

    value: str
    bounds: str
    if_none: str


def read_stakes(contract: str | Path, agreement: Agreement) -> dict[str, tuple[Stakes, ...]]:
    """What a contract says of the questions of an agreement, by question. The contract itself is not checked here.

    Raises:
        AgreementError: The contract cannot be read.
    """
    try:
        document = read_document(contract)
    except ContractError as error:
        raise AgreementError(error.problems) from None
    agreements = document.root.get("agreements")
    values = {name: each for key in ("values", "outcomes") for name, each in _items(document.root.get(key))}
    if not isinstance(agreements, dict):
        return {}
    own = Path(agreement.file).resolve()
    folder, names = Path(contract).parent, []
    for name, files in agreements.items():
        versions = files if isinstance(files, list) else [files]
        names += [name] if own in [Path(folder, str(file)).resolve() for file in versions] else []
    found: dict[str, tuple[Stakes, ...]] = {}
    for name, value in values.items():
        cited = value.get("agreed") if isinstance(value, dict) else None
        alias, _, question = str(cited).partition(".")
        if isinstance(value, dict) and alias in names:
            none = "unpaid" if value.get("kind") == "judged" else value.get("if_none", "")
            stakes = Stakes(name, _written(value.get("bounds", "")), _written(none))
            found[question] = (*found.get(question, ()), stakes)
    return found


def _items(part: Plain | None) -> Iterable[tuple[str, Plain]]:
    return part.items() if isinstance(part, dict) else ()


def _written(value: Plain) -> str:
    """A value of a contract as it may be read aloud."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {_written(each)}" for key, each in value.items())
    return ", ".join(map(_written, value)) if isinstance(value, list) else value


def form_csv(terms: AgreementTerms) -> str:
    """A file of ballots with a row for each thing that is asked, its answers empty."""
    asked = {"value": needs_value, "evidence": cites_evidence}
    questions = terms.questions.values()
    headings = [each for each in HEADINGS if each not in asked or any(map(asked[each], questions))]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, headings, restval="", lineterminator="\n")
    writer.writeheader()
    for name, question in terms.questions.items():
        for option in labels_of(question) or options_of(question) or ("",):
            number = "1" if rounds_of(question) > 1 else ""
            writer.writerow({"question": name, "option": option, "round": number})
    return text.getvalue()


def form_text(terms: AgreementTerms, stakes: Mapping[str, tuple[Stakes, ...]] | None = None) -> str:
    """A ballot paper in plain text."""
    return "".join(f"{line}\n" for line in _lines(terms, stakes))


def _lines(terms: AgreementTerms, stakes: Mapping[str, tuple[Stakes, ...]] | None) -> Iterator[str]:
    yield from _wrap(f"BALLOT PAPER: {terms.title or terms.id}")
    yield from _wrap(
        f"{terms.id}, version {terms.version}. What is agreed holds from {show_date(terms.valid.from_)} to "
        f"{show_date(terms.valid.to)}."
    )
    if terms.opens is not None:
        yield f"Papers are taken from {moment_words(terms.opens)}."
    if terms.closes is not None:
        yield f"Papers are taken until {moment_words(terms.closes)}."
    stands = {"last": "your last one counts", "first": "your first one counts", "none": "none of them counts"}
    yield from _wrap(f"Hand in one ballot. If you hand in several, {stands[terms.second_ballots]}.")
    yield ""
    yield "Your token: ____________________"
    yield ""
    yield "Your group (mark one):"
    for name, group in terms.electorate.groups.items():
        yield f"  [ ] {name}" + (f": {group.title}" if group.title else "")
    if terms.questions and any(map(needs_value, terms.questions.values())):
        yield ""
        yield "The value that you vote for: ____________________"
    for number, (name, question) in enumerate(terms.questions.items(), start=1):
        yield ""
        yield "-" * WIDTH
        yield from _question(terms, number, name, question)
        yield from _stakes(name, question, stakes)


def _question(terms: AgreementTerms, number: int, name: str, question: Question) -> Iterator[str]:
    yield from _wrap(f"{number}. {question.title or name}", more=3)
    if question.means:
        yield from _wrap(question.means, indent=3)
    left_out = [name_ for name_, group in terms.electorate.groups.items() if name in group.may_not_vote_on]
    if left_out:
        yield from _wrap(f"Not asked of: {', '.join(left_out)}.", indent=3)
    yield from _wrap(f"Write {wanted_of(question)}; or write `abstain`.", indent=3)
    if isinstance(question, EqualShares):
        yield from _wrap(f"The budget is {plain(question.budget)} in all.", indent=3)
    yield ""
    scored = scored_of(question)
    for place, label in enumerate(labels_of(question)):
        assert scored is not None, "what is scored has labels"
        first, last = (moment_words(moment) for moment in scored.window(place))
        yield from _wrap(f"________ {label} (from {first} until {last})", indent=3)
        evidence = "Evidence" if needs_evidence(question) else "Evidence, if any"
        yield from _wrap(f"         {evidence}: ____________________", indent=3)
    for option in options_of(question):
        cost = f" (costs {plain(question.costs[option])})" if isinstance(question, EqualShares) else ""
        title = title_of(question, option)
        label = f"{option}: {title}{cost}" if title != option else f"{option}{cost}"
        yield from _wrap(f"________ {label}", indent=3)
    if not options_of(question) and scored is None:
        yield "   ________"


def _stakes(name: str, question: Question, stakes: Mapping[str, tuple[Stakes, ...]] | None) -> Iterator[str]:
    if stakes is None:
        yield ""
        yield from _wrap(NO_CONTRACT if scored_of(question) is None else NO_CONTRACT_OF_SCORES, indent=3)
        return
    for each in stakes.get(name, ()):
        yield ""
        none = NONE_SAID.get(each.if_none, each.if_none)
        text = f"If nothing is agreed: {none}. (Called `{each.value}` in the contract.)"
        if question.asks in BOUNDED and scored_of(question) is None:
            bounds = f"The commissioner allows {each.bounds}." if each.bounds else "The commissioner sets no bounds."
            text = f"{bounds} {text}"
        yield from _wrap(text, indent=3)
    if not stakes.get(name):
        yield ""
        yield from _wrap("No figure of the contract depends on this.", indent=3)


def moment_words(moment: Moment) -> str:
    """A day, or a day and a time of day, as people say it."""
    day = parse_date(moment.day)
    assert day is not None, "a moment is of a day that there is"
    return show_date(day) + (f", {moment.clock.removesuffix(':00')}" if moment.clock else "")


def _wrap(text: str, indent: int = 0, more: int = 0) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * (indent + more), break_on_hyphens=False
    )
