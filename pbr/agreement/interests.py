"""The register of interests: which voter is barred from what, by rows that only those see who count."""

from __future__ import annotations

import csv
import hashlib
import io
from typing import TYPE_CHECKING, Final

from attrs import define, field, frozen

from pbr.agreement.model import labels_of, scored_of
from pbr.agreement.tokens import fold_token
from pbr.document import read_bytes
from pbr.problem import AgreementError, ContractError, Place, Problem, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.agreement.model import Agreement

REGISTER: Final = ("voter", "question", "interest")
"""The headings of the register."""
WHOLE: Final = 0
"""The number under which voters stand who are barred from a whole question; a label has its place, from 1."""


@frozen(kw_only=True)
class Interests:
    """Who is barred from what. It is never printed.

    Attributes:
        sha256: Of the bytes of the register; empty without one.
        barred: The voters by question, and by the place of what is scored from 1, or 0 for the whole question.
    """

    sha256: str = ""
    barred: Mapping[tuple[str, int], frozenset[str]] = field(factory=dict, repr=False)

    def of(self, question: str, number: int) -> frozenset[str]:
        """The voters who are barred from a question, or from one thing that it scores."""
        nobody: frozenset[str] = frozenset()
        return self.barred.get((question, WHOLE), nobody) | self.barred.get((question, number), nobody)


def read_interests(agreement: Agreement) -> Interests:
    """Read the register that an agreement names.

    Raises:
        AgreementError: PBR001 to PBR003 it cannot be read, PBR325 it is not the one that was sealed, PBR322 it is no
            register, PBR323 a row bars from what is not asked. No row is repeated, since it says who has an interest.
    """
    path = agreement.interests_path
    if path is None:
        return Interests()
    name = str(path)
    try:
        data = read_bytes(path, name, fix="split the agreement")
    except ContractError as error:
        raise AgreementError(error.problems) from None
    sha256 = hashlib.sha256(data).hexdigest()
    register = agreement.terms.interests
    if register is not None and register.sha256 not in {"", sha256}:
        message = f"the register has the SHA-256 {sha256}, not the one written here; the file was changed"
        raise AgreementError([agreement.document.place(("interests", "sha256")).problem("PBR325", message)])
    reader = _Reader(agreement, name)
    try:
        reader.read(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = "not UTF-8 text here; save the file as CSV in UTF-8"
        raise AgreementError([Place(name, line, 1).problem("PBR003", message)]) from None
    except csv.Error:
        reader.fail("PBR322", 1, "the quotation marks of a row do not balance, or a cell is too long")
    if reader.problems:
        raise AgreementError(reader.problems)
    return Interests(sha256=sha256, barred={at: frozenset(voters) for at, voters in reader.barred.items()})


@define
class _Reader:
    """Reads one register."""

    agreement: Agreement
    name: str
    barred: dict[tuple[str, int], set[str]] = field(factory=dict)
    problems: list[Problem] = field(factory=list)

    def fail(self, code: str, line: int, message: str) -> None:
        self.problems.append(Place(self.name, line, 1).problem(code, message))

    def read(self, text: str) -> None:
        rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        headings = [cell.strip() for cell in next(rows, [])]
        if sorted(headings) != sorted(REGISTER):
            self.fail("PBR322", 1, f"the headings of a register are: {', '.join(REGISTER)}")
            return
        for cells in rows:
            line = rows.line_num
            if not any(cells):
                continue
            if len(cells) != len(headings):
                self.fail("PBR322", line, "the row has more or fewer cells than there are headings")
                continue
            row = dict(zip(headings, cells, strict=True))
            self.row(line, fold_token(row["voter"]), row["question"].strip(), row["interest"].strip())

    def row(self, line: int, voter: str, question: str, interest: str) -> None:
        """Bar a voter from what one row says."""
        questions = self.agreement.terms.questions
        if not voter:
            self.fail("PBR322", line, "the row has no token of a voter")
            return
        if question and question not in questions:
            self.fail("PBR323", line, f"the row is of a question that is not asked{did_you_mean(question, questions)}")
            return
        asked = [question] if question else list(questions)
        found = [(name, place) for name in asked for place in self.places(name, interest)]
        if not found:
            known = [word for name in asked for label in labels_of(questions[name]) for word in (*label.split(), label)]
            why = did_you_mean(interest, dict.fromkeys(known)) if known else "; leave `interest` empty"
            self.fail("PBR323", line, f"the row is of what is not scored{why}")
        for place in found:
            self.barred.setdefault(place, set()).add(voter)

    def places(self, question: str, interest: str) -> tuple[int, ...]:
        """What an interest bars from, of one question."""
        if not interest:
            return (WHOLE,)
        scored = scored_of(self.agreement.terms.questions[question])
        return () if scored is None else tuple(place + 1 for place in scored.barred(interest))
