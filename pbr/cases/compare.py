"""What came out of a case otherwise than expected: each difference with its place, expected beside found."""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import frozen

from pbr.evidence.model import FIRST_RECORD
from pbr.money import CURRENCY_DIGITS, format_minor, parse_minor, parse_ratio, plain
from pbr.problem import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pbr.cases.model import Case, ExpectedDecision
    from pbr.decisions import Decisions
    from pbr.evidence import Evidence
    from pbr.statement import Statement


@frozen(kw_only=True)
class Difference:
    """One thing that came out otherwise than expected.

    Attributes:
        place: File and line of the case, or file and row of the CSV file that its rows are in.
        what: What is compared: a row, a decision, a line or the total.
        expected: As the case has it.
        found: As it came out.
        subject: Whom it concerns; empty for the total.
        outcome: The outcome it concerns; empty for a row and the total.
        group: The group it concerns, if it is of one.
    """

    place: str
    what: str
    expected: str
    found: str
    subject: str = ""
    outcome: str = ""
    group: str = ""

    def __str__(self) -> str:
        """One line: the place, what, expected, found."""
        return f"{self.place} {self.what}: expected {self.expected}, found {self.found}"


def compare(case: Case, decisions: Decisions, statement: Statement) -> tuple[Difference, ...]:
    """Compare what a case expects with what came out.

    Returns:
        Refused rows, then decisions, lines and the total that differ, each in the order of the case.
    """
    return (
        *_refused(case, decisions.evidence),
        *_decisions(case, decisions),
        *_lines(case, statement),
        *_total(case, statement),
    )


def place_in(case: Case, *path: str | int) -> Place:
    """Where a term of a case stands, with the file's own name only."""
    found = case.document.place(path)
    return Place(case.file, found.line, found.column)


def row_place(case: Case, table: str, record: int) -> str:
    """Where a row of a case's tables stands, from its record number in the evidence, where the heading is 1.

    Returns:
        File and line of the case, or the file that the rows are in, as the case names it, and the row there.
    """
    file = case.files.get(table)
    if file is not None:
        return f"{file.named} row {file.records[record - FIRST_RECORD]}"
    return str(place_in(case, "tables", table, record - FIRST_RECORD))


def _refused(case: Case, evidence: Evidence) -> Iterator[Difference]:
    for table, record, code, message in evidence.refused.select("table", "row", "code", "message").iter_rows():
        place = row_place(case, table, record)
        yield Difference(place=place, what=f"row of {table}", expected="accepted", found=f"refused: {code} {message}")


def _decisions(case: Case, decisions: Decisions) -> Iterator[Difference]:
    found = {
        (row["group"] or str(row["subject"]), row["outcome"]): _found(row)
        for row in decisions.rows().iter_rows(named=True)
    }
    for index, expected in enumerate(case.terms.expect.decisions):
        who = expected.group or expected.subject
        actual = found.get((who, expected.outcome), ("no decision", "", "", ""))
        wanted = _wanted(expected)
        if any(want and want != got for want, got in zip(wanted, actual, strict=True)):
            yield Difference(
                place=str(place_in(case, "expect", "decisions", index)),
                what=f"{who} {expected.outcome}",
                expected=_words(wanted),
                found=_words(actual),
                subject=expected.subject,
                outcome=expected.outcome,
                group=expected.group,
            )


def _found(row: dict[str, Any]) -> tuple[str, str, str, str]:
    return row["state"], str(row["date"] or ""), row["value"] or "", row["reason"]


def _wanted(expected: ExpectedDecision) -> tuple[str, str, str, str]:
    """What a case expects; the figure of a group in any form, such as 50% for 0.5."""
    exact = parse_ratio(expected.value) if expected.group else None
    value = expected.value if exact is None else plain(exact)
    return expected.state, str(expected.date or ""), value, expected.reason


def _words(parts: Iterable[str]) -> str:
    return " ".join(part for part in parts if part)


NO_LINE = "no line"


def _lines(case: Case, statement: Statement) -> Iterator[Difference]:
    """Lines of one payment, subject and adjustment side by side, after those that are equal are taken out.

    What names a payee is taken out first, since what names none is equal to that of any.
    """
    if case.terms.expect.lines is None:
        return
    terms = statement.plan.terms
    digits = CURRENCY_DIGITS[terms.contract.currency]
    actual: dict[tuple[str, str, str], Counter[tuple[str, str]]] = {}
    whose = [pl.col(name).cast(pl.String).fill_null("") for name in ("payment", "subject", "payee")]
    columns = statement.frame.select(*whose, "adjustment", "amount_minor")
    for payment, subject, payee, adjustment, minor in columns.iter_rows():
        actual.setdefault((payment, subject, adjustment), Counter())[format_minor(minor, digits), payee] += 1
    expected: dict[tuple[str, str, str], list[tuple[int, str, str]]] = {}
    for index, line in sorted(enumerate(case.terms.expect.lines), key=lambda each: not each[1].payee):
        minor = parse_minor(line.amount, digits)
        assert minor is not None, "a case is checked before it is run"
        key, amount = (line.payment, line.subject, line.adjustment), format_minor(minor, digits)
        found = actual.get(key, Counter())
        same = [each for each in sorted(+found) if each[0] == amount and line.payee in {"", each[1]}]
        if same:
            found[same[0]] -= 1
        else:
            expected.setdefault(key, []).append((index, amount, line.payee))
    order = sorted(expected, key=lambda key: min(expected[key]))
    for key in dict.fromkeys([*order, *sorted(actual)]):
        missing = sorted(expected.get(key, []))
        names = any(payee for _, _, payee in missing)
        for want, got in zip_longest(missing, sorted(actual.get(key, Counter()).elements())):
            path = ("expect", "lines") if want is None else ("expect", "lines", want[0])
            yield Difference(
                place=str(place_in(case, *path)),
                what=f"line {_words(part for part in key if part != '-')}",
                expected=NO_LINE if want is None else _to(want[1:], names=names),
                found=NO_LINE if got is None else _to(got, names=names),
                subject=key[1],
                outcome=terms.payments[key[0]].pays_for if key[0] else "",
            )


def _to(line: tuple[str, str], *, names: bool) -> str:
    """An amount, and to whom, where the case says to whom."""
    amount, payee = line
    return f"{amount} to {payee}" if names and payee else amount


def _total(case: Case, statement: Statement) -> Iterator[Difference]:
    expected = case.terms.expect.total
    digits = CURRENCY_DIGITS[statement.plan.terms.contract.currency]
    if expected and parse_minor(expected, digits) != statement.total_minor:
        place = str(place_in(case, "expect", "total"))
        yield Difference(
            place=place, what="total", expected=expected, found=format_minor(statement.total_minor, digits)
        )
