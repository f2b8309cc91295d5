"""What is wrong with a case, seen from its contract: names that are not in it, amounts that are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

from pbr.cases.rows_file import HEADING_RECORD
from pbr.contract.grain import grain_of
from pbr.money import CURRENCY_DIGITS, format_minor, parse_minor
from pbr.problem import Problem, did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pbr.cases.model import Case, ExpectedDecision, ExpectedLine
    from pbr.contract import Contract, Terms


def check_case(contract: Contract, case: Case) -> tuple[Problem, ...]:
    """Compare the names and amounts of a case with its contract.

    Returns:
        Its faults, each with a place: PBR102, PBR104, PBR108, PBR140 to PBR142, PBR205; none if it is clean.
    """
    check = _Check(terms=contract.terms, case=case)
    check.tables()
    check.decisions()
    check.lines()
    expect = case.terms.expect
    check.amount(expect.total, "expect", "total")
    if not expect.decisions and expect.lines is None and not expect.total:
        check.fail("PBR141", "the case expects nothing, so it cannot fail; add decisions, lines or total", "expect")
    return tuple(check.problems)


@define(kw_only=True)
class _Check:
    """The case under check, and what is found."""

    terms: Terms
    case: Case
    problems: list[Problem] = field(factory=list)

    def fail(self, code: str, message: str, *path: str | int) -> None:
        """Keep a fault at its line, or at the headings of the file that the table's rows are in."""
        if path[0] == "tables" and len(path) > len(("tables", "NAME")) and path[1] in self.case.files:
            file, heading = self.case.files[str(path[1])].file, str(path[-1])
            found = Problem(code=code, message=message, file=file, row=HEADING_RECORD, field=short(heading))
            self.problems.append(found)
            return
        self.problems.append(self.case.document.place(path).problem(code, message))

    def known(self, name: str, names: Iterable[str], what: str, *path: str | int) -> bool:
        names = list(names)
        if name not in names:
            self.fail("PBR140", f"the contract has no {what} '{short(name)}'{did_you_mean(name, names)}", *path)
        return name in names

    def tables(self) -> None:
        """Each table and field is one of the contract's, by its name or by its heading in a return."""
        for name, written_out in self.case.terms.tables.items():
            if not self.known(name, self.terms.returned, "table", "tables", name):
                continue
            stands_for = self.terms.tables[name].columns
            headings = [*self.terms.sent_fields(name), *stands_for]
            written: dict[str, str] = {}
            file = self.case.files.get(name)
            rows = written_out if file is None else (dict.fromkeys(file.headings, ""),)
            for index, row in enumerate(rows):
                for heading in row:
                    path = ("tables", name, index, heading)
                    if not self.known(heading, headings, f"field of {name}", *path):
                        continue
                    other = written.setdefault(stands_for.get(heading, heading), heading)
                    if other != heading:
                        message = f"'{short(heading)}' and '{short(other)}' stand for one field; write one of them"
                        self.fail("PBR205", message, *path)

    def decisions(self) -> None:
        """Each outcome is one of the contract's, and nothing is expected twice."""
        seen: dict[tuple[str, str], int] = {}
        for index, expected in enumerate(self.case.terms.expect.decisions):
            path = ("expect", "decisions", index)
            self.known(expected.outcome, self.terms.outcomes, "outcome", *path, "outcome")
            self._whose(expected, path)
            who = expected.group or expected.subject
            first = seen.setdefault((who, expected.outcome), index)
            if first != index:
                line = self.case.document.place((*path[:2], first)).line
                what = f"{short(who)} {short(expected.outcome)}"
                self.fail("PBR142", f"{what} is expected on line {line} already; remove one", *path)

    def _whose(self, expected: ExpectedDecision, path: tuple[str | int, ...]) -> None:
        """An outcome on one subject names whom, one of groups which of them, and that is one there is."""
        if expected.outcome in self.terms.own_outcomes:
            if not expected.subject:
                self.fail("PBR102", f"'{expected.outcome}' is on one subject, so `subject` says on whom", *path)
            if expected.group:
                self.fail("PBR104", f"'{expected.outcome}' is on one subject; remove `group`", *path, "group")
        elif expected.outcome in self.terms.pooled:
            grain = grain_of(self.terms, expected.outcome)
            names = [grain.name(key) for key in grain.groups()]
            if expected.subject:
                self.fail("PBR104", f"'{expected.outcome}' is of groups; remove `subject`", *path, "subject")
            if expected.group or not expected.subject:
                self.known(expected.group, names, "group", *path, *(["group"] if expected.group else []))

    def lines(self) -> None:
        """Each payment and adjustment is one of the contract's, and each amount is money."""
        for index, expected in enumerate(self.case.terms.expect.lines or ()):
            path = ("expect", "lines", index)
            if expected.payment:
                self.known(expected.payment, self.terms.payments, "payment", *path, "payment")
            elif expected.adjustment == "-":
                message = "the line names no `payment`, nor an `adjustment` that made it for a group; name one of them"
                self.fail("PBR140", message, *path)
            self._adjustment(expected, path)
            if expected.payee and self.terms.contract.providers:  # others are named by a table of providers
                self.known(expected.payee, self.terms.contract.providers, "provider", *path, "payee")
            self.amount(expected.amount, *path, "amount")

    def _adjustment(self, expected: ExpectedLine, path: tuple[str | int, ...]) -> None:
        if expected.adjustment != "-":
            ids = [term.id for term in self.terms.adjustments]
            self.known(expected.adjustment, ids, "adjustment", *path, "adjustment")

    def amount(self, text: str, *path: str | int) -> None:
        digits = CURRENCY_DIGITS[self.terms.contract.currency]
        if text and parse_minor(text, digits) is None:
            example = format_minor(1250 * 10**digits, digits)
            message = f"'{short(text)}' is not an amount of money; write it like {example}, with a minus for a cut"
            self.fail("PBR108", message, *path)
