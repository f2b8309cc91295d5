"""Agreed figures in words: who agreed them, when, by how much, with what dissent, and within which bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.agreed_by import agreed_terms, citation
from pbr.agreement.form import moment_words
from pbr.agreement.report import question_lines
from pbr.calendar import show_date
from pbr.contract.value_terms import UNPAID
from pbr.explanation.money import item
from pbr.outcomes.judged import Panel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pbr.contract import Contract
    from pbr.contract.agreed import Cited
    from pbr.contract.value_terms import AgreedTerm, InForce


def agreed_words(contract: Contract, citations: Iterable[str]) -> str:
    """A part of an explanation for each version of a question that something rests on; empty if nothing is agreed.

    Args:
        contract: The contract.
        citations: What is cited, as in the column ``agreement`` of lines; each is told once, in the order of values.
    """
    wanted = set(citations)
    parts = []
    for name, term in agreed_terms(contract).items():
        if isinstance(term, Panel):
            versions = {text: held.version for held in term.in_force if (text := citation(term, held)) in wanted}
            parts += ["\n".join(_scored(contract, name, term, version)) for version in versions.values()]
        else:
            told = {text: held for held in term.in_force if (text := citation(term, held)) in wanted}
            parts += ["\n".join(_told(contract, name, term, held)) for held in told.values()]
    return "".join(f"\n{part}\n" for part in parts)


def _scored(contract: Contract, name: str, panel: Panel, version: int) -> Iterator[str]:
    """One question as one version asks for scores of it; the score of a group stands with the group."""
    yield f"{name}: scored by {panel.agreement}.{panel.question} ({contract.place('outcomes', name)})"
    yield item("otherwise", "there is nothing to assess, so nothing is paid that needs it")
    if not version:
        yield item("in force", "no version when the period begins")
        return
    one = _version(contract, panel.agreement, version)
    yield from _counted(one)
    question = one.agreement.terms.questions[panel.question]
    words = question.title or question.means
    yield f"  {panel.question}" + (f": {words}" if words else "") + f" [{question.rule}]"


def _version(contract: Contract, agreement: str, version: int) -> Cited:
    return next(one for one in contract.cited[agreement] if one.result.version == version)


def _told(contract: Contract, name: str, term: AgreedTerm, held: InForce) -> Iterator[str]:
    """One question as one version decided it, or that none does."""
    yield f"{name}: agreed by {term.agreement}.{term.question} ({contract.place('values', name)})"
    bounds = f"{' to '.join(term.bounds)}, set by the commissioner" if term.bounds else "the options of the question"
    yield item("bounds", bounds)
    yield item("otherwise", _if_none(term))
    if not held.version:
        yield item("in force", "no version: nothing was agreed for that day, so what holds otherwise does")
        yield from _not_agreed(contract, term, held)
        return
    one = _version(contract, term.agreement, held.version)
    yield from _counted(one)
    lines = question_lines(
        term.question, one.agreement.terms.questions[term.question], one.result.questions[term.question]
    )
    yield from (f"  {line}" for line in lines)


def _not_agreed(contract: Contract, term: AgreedTerm, held: InForce) -> Iterator[str]:
    """The versions that asked for these days and did not agree, and by how much that was."""
    for one in contract.cited[term.agreement]:
        answer, valid = one.result.questions.get(term.question), one.result.valid
        ends_before = held.first is not None and valid.to < held.first
        begins_after = held.last is not None and valid.from_ > held.last
        if answer is None or answer.agreed or ends_before or begins_after:
            continue
        yield from _counted(one)
        yield from (
            f"  {line}" for line in question_lines(term.question, one.agreement.terms.questions[term.question], answer)
        )


def _counted(one: Cited) -> Iterator[str]:
    """Who could vote, until when, and where the count can be audited."""
    result, valid = one.result, one.result.valid
    review = f", to be looked at again by {show_date(valid.review_by)}" if valid.review_by else ""
    yield item("version", f"{result.version}, from {show_date(valid.from_)} to {show_date(valid.to)}{review}")
    people = sum(group.eligible for group in result.groups.values())
    groups = ", ".join(f"{group.eligible:,} {each}" for each, group in result.groups.items())
    yield item("who", f"{people:,} people could vote on {show_date(result.counted_on)}: {groups}")
    opens, closes = one.agreement.terms.opens, one.agreement.terms.closes
    days = [f"from {moment_words(opens)}"] if opens else []
    days += [f"until {moment_words(closes)}"] if closes else []
    if days:
        yield item("when", f"papers were taken {' '.join(days)}")
    yield item("result", f"{_name(one.file)}, SHA-256 {result.sha256}")
    how = "counted again just now, with the same result" if one.recounted else "not here, so the result is as written"
    yield item("ballots", f"SHA-256 {result.ballots_sha256}, {how}")


def _if_none(term: AgreedTerm) -> str:
    """What holds without an agreement."""
    if any(cell.text == UNPAID for cell in term.if_none):
        return "nothing is paid that needs it"
    return ", ".join(" ".join([*cell.labels, cell.text]) for cell in term.if_none)


def _name(file: str) -> str:
    return file.replace("\\", "/").rpartition("/")[2]
