"""Reading an agreement: with the reader of contracts, so with positions, limits, and every fault at once."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from attrs import define, field

from pbr.agreement.model import HOOKS, Agreement, AgreementTerms, options_of
from pbr.agreement.result import EVERYBODY
from pbr.agreement.rules import Approval, Majority
from pbr.document import read_document, structure
from pbr.problem import AgreementError, ContractError, Problem, did_you_mean, short

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.agreement.model import BallotsFile
    from pbr.agreement.words import Quota
    from pbr.document import Document, PathTo

LANGUAGE = "1"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_ID = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_SHA256 = re.compile("[0-9a-f]{64}")


def read_agreement(path: str | Path) -> Agreement:
    """Read and check one agreement file.

    Raises:
        AgreementError: With every problem found, in the order of their places.
    """
    try:
        document = read_document(path, begins=f"pbr_agreement: {LANGUAGE}")
    except ContractError as error:
        raise AgreementError(error.problems) from None
    agreement, problems = _load(document)
    if agreement is None or problems:
        raise AgreementError(problems)
    return agreement


def check_agreement(path: str | Path) -> tuple[Problem, ...]:
    """Every problem of one agreement file, in the order of their places; empty if there is none."""
    try:
        read_agreement(path)
    except AgreementError as error:
        return error.problems
    return ()


def _load(document: Document) -> tuple[Agreement | None, list[Problem]]:
    version = document.root.get("pbr_agreement")
    if version != LANGUAGE:
        said = (
            f"'{short(version)}' is not a version that is known" if isinstance(version, str) else "no version is said"
        )
        place = document.place(("pbr_agreement",))
        return None, [place.problem("PBR301", f"{said}; begin the file with `pbr_agreement: {LANGUAGE}`")]
    terms: AgreementTerms | None
    terms, faults = structure(document, document.root, AgreementTerms, HOOKS)
    spoiled = {path for path, _ in document.faults}
    problems = [problem for _, problem in document.faults]
    problems += [problem for path, problem in faults if path not in spoiled]
    if terms is None:
        return None, _in_order(problems)
    check = _Check(document, terms)
    check.whole()
    return Agreement(document=document, terms=terms), _in_order([*problems, *check.problems])


def _in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(set(problems), key=lambda found: (found.line or 0, found.column or 0, found.code, found.message))


@define
class _Check:
    """What is wrong with an agreement that has the right shape."""

    document: Document
    terms: AgreementTerms
    problems: list[Problem] = field(factory=list)

    def fail(self, code: str, message: str, *path: str | int) -> None:
        self.problems.append(self.document.place(path).problem(code, message))

    def whole(self) -> None:
        if not _ID.fullmatch(self.terms.id):
            self.fail(
                "PBR110", f"'{short(self.terms.id)}' cannot be an id: write lower-case letters, digits, _ and -", "id"
            )
        self.days()
        self.electorate()
        self.ballots()
        self.quorum()
        if not self.terms.questions:
            self.fail("PBR306", "no question is asked; write at least one", "questions")
        for name in self.terms.questions:
            self.question(name)

    def name(self, name: str, *path: str | int) -> None:
        if not _NAME.fullmatch(name) or name == EVERYBODY:
            why = "means all groups together" if name == EVERYBODY else "is not lower-case letters, digits and _"
            self.fail("PBR110", f"'{short(name)}' cannot be a name: it {why}", *path)

    def days(self) -> None:
        valid, opens, closes = self.terms.valid, self.terms.opens, self.terms.closes
        if valid.to < valid.from_:
            self.fail("PBR304", f"it ends on {valid.to}, before it starts on {valid.from_}", "valid", "to")
        elif valid.review_by is not None and not valid.from_ <= valid.review_by <= valid.to:
            message = f"it is reviewed by {valid.review_by}, which is not from {valid.from_} to {valid.to}"
            self.fail("PBR304", message, "valid", "review_by")
        if opens is not None and closes is not None and closes.ends < opens.starts:
            self.fail("PBR304", f"papers are taken until {closes}, before they are taken from {opens}", "closes")

    def electorate(self) -> None:
        groups = self.terms.electorate.groups
        if not groups:
            self.fail("PBR303", "nobody may vote; write at least one group", "electorate", "groups")
        for name, group in groups.items():
            path: PathTo = ("electorate", "groups", name)
            self.name(name, *path)
            if not group.eligible:
                what = "this protected group could never agree" if group.protected else "it is a group of nobody"
                self.fail(
                    "PBR303", f"nobody in '{name}' is eligible: {what}; correct it or remove it", *path, "eligible"
                )
            for place, question in enumerate(group.may_not_vote_on):
                if question not in self.terms.questions:
                    tail = did_you_mean(question, self.terms.questions)
                    self.fail(
                        "PBR111", f"no question is named '{short(question)}'{tail}", *path, "may_not_vote_on", place
                    )

    def ballots(self) -> None:
        self.file(self.terms.ballots, "ballots", "PBR309", "PBR307")
        if self.terms.interests is not None:
            self.file(self.terms.interests, "interests", "PBR322", "PBR325")

    def file(self, named: BallotsFile, key: str, of_path: str, of_hash: str) -> None:
        parts = PurePosixPath(named.file)
        if parts.is_absolute() or ".." in parts.parts or "\\" in named.file or not named.file.isprintable():
            self.fail(of_path, f"'{short(named.file)}' is not a path beside the agreement", key, "file")
        if named.sha256 and not _SHA256.fullmatch(named.sha256):
            message = f"'{short(named.sha256)}' is no SHA-256; remove the key until it is sealed"
            self.fail(of_hash, message, key, "sha256")

    def quorum(self) -> None:
        eligible = {name: group.eligible for name, group in self.terms.electorate.groups.items()}
        quorum = self.terms.quorum
        if quorum.overall is not None:
            self.quota(quorum.overall, sum(eligible.values()), "all groups", "overall")
        for name, number in eligible.items():
            if quorum.each_group is not None and number:
                self.quota(quorum.each_group, number, f"group '{name}'", "each_group")

    def quota(self, quota: Quota, eligible: int, whose: str, key: str) -> None:
        if quota.voters > eligible:
            message = f"{quota} are more than the {eligible} who may vote in {whose}; lower it"
            self.fail("PBR302", message, "quorum", key)

    def question(self, name: str) -> None:
        question = self.terms.questions[name]
        self.name(name, "questions", name)
        for wrong in question.check():
            self.fail(wrong.code, wrong.message, "questions", name, *wrong.path)
        for option in options_of(question):
            if not _NAME.fullmatch(option):
                message = f"'{short(option)}' cannot be a name: it is not lower-case letters, digits and _"
                self.fail("PBR110", message, "questions", name, "options", option)
        groups = self.terms.electorate.groups
        guarded = isinstance(question, Majority) and question.protected is not None
        if guarded and not any(each.protected for each in groups.values()):
            message = "no group is protected, so this asks for nothing; write `protected: yes` for one, or remove it"
            self.fail("PBR306", message, "questions", name, "protected")
        overall = self.terms.quorum.overall
        asked = sum(group.eligible for group in self.terms.may_vote(name).values())
        if overall is not None and 0 < asked < sum(group.eligible for group in groups.values()):
            self.quota(overall, asked, f"the groups that are asked '{name}'", "overall")
        if groups and not self.terms.may_vote(name):
            self.fail("PBR303", f"no group may vote on '{name}'; let one, or remove the question", "questions", name)
        for group, each in groups.items():
            if each.protected and name in each.may_not_vote_on and (guarded or isinstance(question, Approval)):
                message = (
                    f"'{group}' is protected and may not vote on '{name}', which each protected group has to agree"
                )
                self.fail("PBR303", message, "electorate", "groups", group, "may_not_vote_on")
