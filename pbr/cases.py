"""Worked cases: a small return and what must come of it, in the reader's terms, beside each contract.

A case file has ``case`` (its title), ``as_at``, ``tables`` (rows as text) and ``expect`` with any of ``decisions``
(subject, outcome, state, and any of date, reason), ``lines`` (then exactly these: payment, subject, amount, and the
adjustment that made it) and ``total``.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import polars as pl
from attrs import field, frozen

from pbr.calendar import Date
from pbr.decisions import evaluate
from pbr.document import read_document, structure
from pbr.entitlement import entitle
from pbr.evidence import read_tables
from pbr.money import CURRENCY_DIGITS, format_minor, parse_minor
from pbr.plan import make_plan
from pbr.problem import ContractError
from pbr.statement import make_statement

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.contract import Contract, Terms
    from pbr.decisions import Decisions
    from pbr.document import Document
    from pbr.statement import Statement


@frozen(kw_only=True)
class ExpectedDecision:
    """A decision a case expects; what is left out is not compared.

    Attributes:
        subject: Who.
        outcome: Which outcome.
        state: Its state.
        date: Day of the achievement.
        reason: Its reason.
    """

    subject: str
    outcome: str
    state: str
    date: str = ""
    reason: str = ""


@frozen(kw_only=True)
class ExpectedLine:
    """A line a case expects.

    Attributes:
        payment: Which payment.
        subject: Who it is for.
        amount: How much.
        adjustment: What made it; ``-`` for the payment itself.
    """

    payment: str
    subject: str
    amount: str
    adjustment: str = "-"


@frozen(kw_only=True)
class Expected:
    """What must come of a case.

    Attributes:
        decisions: Decisions, any number of them.
        lines: Every line, or None if lines are not compared.
        total: What is due in all.
    """

    decisions: tuple[ExpectedDecision, ...] = ()
    lines: tuple[ExpectedLine, ...] | None = None
    total: str = ""


@frozen(kw_only=True)
class CaseTerms:
    """The whole of a case file.

    Attributes:
        case: Its title.
        as_at: The day as at which it is evaluated.
        tables: Rows by table, each a map from field to text.
        expect: What must come of it.
    """

    case: str
    as_at: Date
    tables: dict[str, tuple[dict[str, str], ...]]
    expect: Expected


@frozen(kw_only=True)
class Case:
    """A case, and the places of its terms.

    Attributes:
        terms: What it says.
        document: The file as read.
    """

    terms: CaseTerms
    document: Document = field(repr=False)


def read_case(path: str | Path) -> Case:
    """Read one case file.

    Raises:
        ContractError: Every fault of the file, with the codes of contracts.
    """
    document = read_document(path)
    terms, faults = structure(document, document.root, CaseTerms, ())
    problems = [problem for _, problem in (*document.faults, *faults)]
    if problems:
        raise ContractError(problems)
    return Case(terms=terms, document=document)


def run_case(contract: Contract, case: Case) -> tuple[str, ...]:
    """Evaluate a case.

    Returns:
        A line for everything that came out otherwise than expected, with its place in the case file; none if all did.
    """
    plan = make_plan(contract, case.terms.as_at)
    evidence = read_tables(plan.terms, case_frames(plan.terms, case))
    decisions = evaluate(plan, evidence)
    statement = make_statement(entitle(plan, decisions))
    refused = tuple(
        f"{case.document.file}: row {row} of {table} is refused: {code} {message}"
        for table, row, code, message in evidence.refused.select("table", "row", "code", "message").iter_rows()
    )
    return (*refused, *_decisions(case, decisions), *_lines(case, statement), *_total(case, statement))


def case_frames(terms: Terms, case: Case) -> dict[str, pl.DataFrame]:
    """The rows of a case as frames of text; a table or field that is not written is empty."""
    frames = {}
    for name in dict.fromkeys([*terms.tables, *case.terms.tables]):
        rows = case.terms.tables.get(name, ())
        fields = terms.all_fields(name) if name in terms.tables else {}
        headings = dict.fromkeys([*fields, *(key for row in rows for key in row)])
        columns = {heading: [row.get(heading, "") for row in rows] for heading in headings}
        frames[name] = pl.DataFrame(columns, schema=dict.fromkeys(headings, pl.String))
    return frames


def _decisions(case: Case, decisions: Decisions) -> list[str]:
    found = {
        (str(row["subject"]), row["outcome"]): (row["state"], str(row["date"] or ""), row["reason"])
        for row in decisions.rows().iter_rows(named=True)
    }
    different = []
    for index, expected in enumerate(case.terms.expect.decisions):
        actual = found.get((expected.subject, expected.outcome), ("no decision", "", ""))
        wanted = (expected.state, expected.date, expected.reason)
        if any(want and want != got for want, got in zip(wanted, actual, strict=True)):
            place = case.document.place(("expect", "decisions", index))
            who = f"{expected.subject} {expected.outcome}"
            different.append(f"{place} {who}: expected {_words(wanted)}, found {_words(actual)}")
    return different


def _words(parts: tuple[str, ...]) -> str:
    return " ".join(part for part in parts if part)


def _lines(case: Case, statement: Statement) -> list[str]:
    expected = case.terms.expect.lines
    if expected is None:
        return []
    digits = CURRENCY_DIGITS[statement.plan.terms.contract.currency]
    columns = statement.frame.select("payment", pl.col("subject").cast(pl.String), "adjustment", "amount_minor")
    actual = Counter((p, s, a, format_minor(minor, digits)) for p, s, a, minor in columns.iter_rows())
    different = []
    for index, line in enumerate(expected):
        minor = parse_minor(line.amount, digits)
        amount = line.amount if minor is None else format_minor(minor, digits)
        key = (line.payment, line.subject, line.adjustment, amount)
        if actual[key]:
            actual[key] -= 1
        else:
            place = case.document.place(("expect", "lines", index))
            different.append(f"{place} expected line {_words(key)}, not found")
    left = sorted(key for key, count in actual.items() for _ in range(count))
    return different + [f"{case.document.file} unexpected line {_words(key)}" for key in left]


def _total(case: Case, statement: Statement) -> list[str]:
    expected = case.terms.expect.total
    digits = CURRENCY_DIGITS[statement.plan.terms.contract.currency]
    actual = format_minor(statement.total_minor, digits)
    if not expected or parse_minor(expected, digits) == statement.total_minor:
        return []
    return [f"{case.document.place(('expect', 'total'))} expected total {expected}, found {actual}"]
