"""The count as people read it: what was agreed, every test with its numbers, and who said otherwise."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import evolve

from pbr.agreement.model import rounds_of, title_of
from pbr.agreement.papers import STATES
from pbr.agreement.result import EVERYBODY
from pbr.agreement.rules import Delphi
from pbr.calendar import show_date
from pbr.money import Rounding, divide_minor, plain, round_minor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pbr.agreement.count import Count
    from pbr.agreement.model import Agreement
    from pbr.agreement.result import Answer, Dissent, Result, Score, Threshold
    from pbr.agreement.rules import Question

TESTS = ("question", "round", "what", "option", "group", "numerator", "denominator", "needed", "passed")


def report_text(agreement: Agreement, count: Count) -> str:
    """The whole report, ending in a line end."""
    return "".join(f"{line}\n" for line in _lines(agreement, count))


def _lines(agreement: Agreement, count: Count) -> Iterator[str]:
    result = count.result
    yield f"{result.title or result.agreement} ({result.agreement}, version {result.version})"
    valid = result.valid
    yield f"Holds from {show_date(valid.from_)} to {show_date(valid.to)}" + (
        "" if valid.review_by is None else f", to be reviewed by {show_date(valid.review_by)}"
    )
    yield f"Ballots {result.ballots}, SHA-256 {result.ballots_sha256}"
    yield ""
    yield from _papers(count)
    for name, question in agreement.terms.questions.items():
        yield ""
        yield from question_lines(name, question, result.questions[name])


def _papers(count: Count) -> Iterator[str]:
    papers = count.result.papers
    yield f"{papers['read']} papers, each in one state:"
    rows = [(str(papers[state]), state, meaning) for state, meaning in STATES.items() if state in papers]
    yield from _grid(rows, right=(0,))
    if count.result.folded:
        many = "1 token was" if count.result.folded == 1 else f"{count.result.folded} tokens were"
        yield f"  {many} typed in other letters, or with signs that cannot be seen, and read as the voter's own"
    if count.channels:
        yield "  by " + ", ".join(f"{way} {number}" for way, number in count.channels.items())


def question_lines(name: str, question: Question, answer: Answer) -> Iterator[str]:
    """What was asked and agreed, every test with its numbers, and who said otherwise, line by line."""
    words = question.title or question.means
    yield name + (f": {words}" if words else "") + f" [{question.rule}]"
    yield "  " + _outcome(question, answer)
    for label, score in answer.scores.items():
        yield from _scored(label, score)
    if isinstance(question, Delphi):
        yield from _not_chosen(question, answer)
        yield f"  {answer.round} of {rounds_of(question)} rounds counted; it stops {question.stops}"
    yield from _found(answer)


def _not_chosen(question: Delphi, answer: Answer) -> Iterator[str]:
    """The options that every group put aside, and those on which groups differ; none where nothing was counted."""
    chosen = answer.agreed_value if isinstance(answer.agreed_value, tuple) else ()
    rated = {test.option for test in answer.tests}
    left = tuple(each for each in question.options.names if each in rated and each not in (*answer.out, *chosen))
    for what, options in (("OUT", answer.out), ("NO CONSENSUS", left)):
        if options:
            yield f"  {what}: " + ", ".join(title_of(question, option) for option in options)


def _found(answer: Answer | Score) -> Iterator[str]:
    """Every test, what each group said, and who said otherwise."""
    if answer.tests:
        yield "  Tests"
        yield from _grid([_test(test) for test in answer.tests], indent=4)
    for group, figure in answer.by_group.items():
        yield f"  {'All together' if group == EVERYBODY else group}: {figure}"
    if answer.dissent:
        yield "  Who said otherwise"
        yield from _grid([_dissent(each) for each in answer.dissent], indent=4)


def _scored(label: str, score: Score) -> Iterator[str]:
    """One score, who took part, and what it rests on."""
    found = f"{score.value.plain}" if score.agreed else f"NO SCORE: {score.why}"
    yield f"  {label}, papers taken until {show_date(score.closes)}: {found}"
    yield f"    {took_part(score)}"
    if score.evidence:
        yield f"    evidence: {'; '.join(score.evidence)}"
    yield from (f"  {line}" for line in _found(score))


def took_part(score: Score) -> str:
    """How many papers counted towards a score, and how many voters were barred."""
    papers = f"scored by {score.voters}" if score.voters else "scored by a small group"
    return f"{papers}; {score.barred or 'nobody'} barred by an interest"


def _outcome(question: Question, answer: Answer) -> str:
    if answer.scores:
        agreed = sum(score.agreed for score in answer.scores.values())
        return f"AGREED: {agreed} of {len(answer.scores)} scores" + (f"; {answer.why}" if answer.why else "")
    value = answer.agreed_value
    if value is None:
        return f"NOT AGREED: {answer.why}"
    if isinstance(value, bool):
        return "AGREED: yes"
    if isinstance(value, Fraction):
        return f"AGREED: {answer.value.plain}"
    if isinstance(value, dict):
        return "AGREED: " + ", ".join(
            f"{title_of(question, option)} {share} ({percent}%)"
            for (option, share), percent in zip(value.items(), whole_percents(tuple(value.values())), strict=True)
        )
    return "AGREED: " + ", ".join(title_of(question, option) for option in value)


def whole_percents(shares: Sequence[Fraction]) -> tuple[int, ...]:
    """Shares that come to 1 as whole per cents that come to 100, by the largest remainder.

    Example:
        >>> whole_percents([Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)])
        (34, 33, 33)
    """
    return divide_minor(100, shares)


def _test(test: Threshold) -> tuple[str, ...]:
    if test.numerator is None or test.denominator is None:
        found = "not published: a small group"
    else:
        found = f"{_number(test.numerator)} of {_number(test.denominator)}"
    of = f"round {test.round}" if test.round > 1 else ""
    return ("passed" if test.passed else "FAILED", test.what, test.option, test.group, found, test.needed, of)


def _dissent(each: Dissent) -> tuple[str, ...]:
    return each.what, each.option, each.group, f"{each.voters} of {each.of}"


def _number(number: Fraction) -> str:
    """A number as it is, or to two decimals where it has no end."""
    text = plain(number)
    if "/" not in text:
        return text
    hundredths = round_minor(number * 100, Rounding.HALF_UP)
    return f"about {hundredths // 100}.{hundredths % 100:02}"


def _grid(rows: Sequence[tuple[str, ...]], indent: int = 2, right: tuple[int, ...] = ()) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            if width
        ]
        yield (" " * indent + "  ".join(cells)).rstrip()


def tests_csv(result: Result) -> str:
    """Every test as CSV; a formula of a spreadsheet cannot stand in it, since names are plain words."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(TESTS)
    for name, answer in result.questions.items():
        of_scores = [evolve(test, option=label) for label, score in answer.scores.items() for test in score.tests]
        for test in (*answer.tests, *of_scores):
            numbers = ["" if each is None else plain(each) for each in (test.numerator, test.denominator)]
            passed = "yes" if test.passed else "no"
            writer.writerow([name, test.round, test.what, test.option, test.group, *numbers, test.needed, passed])
    return text.getvalue()
