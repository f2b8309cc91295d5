"""The result file on disk: written once for a version, and recounted at any time."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from attrs import evolve

from pbr.agreement.ballots import hash_of_ballots
from pbr.agreement.model import labels_of
from pbr.agreement.result import parse_result, read_result, result_path, result_text
from pbr.agreement.rules import Median
from pbr.document import MOST_BYTES
from pbr.problem import AgreementError, Place, Problem, short

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pbr.agreement.count import Count
    from pbr.agreement.model import Agreement
    from pbr.agreement.result import Answer, Result, Score
    from pbr.agreement.rules import Question

MOST_SHOWN = 20


def check_result(agreement: Agreement, count: Count) -> tuple[Problem, ...]:
    """What differs between the result file of an agreement and a recount; empty if nothing does.

    Raises:
        AgreementError: PBR311, there is no result file; or it cannot be read.
    """
    path = result_path(agreement.file)
    if not path.exists():
        message = "there is no result to check; write it with `pbr agree`"
        raise AgreementError([Problem(code="PBR311", message=message, file=str(path))])
    return _differences(path, read_result(path), count.result)


def read_agreed(agreement: Agreement) -> Result:
    """The result of an agreement, if it is of this agreement and of these ballots; nothing is counted.

    Whoever runs a contract may not hold the ballots, which are the panel's: where the file is not there, only the
    agreement is compared, and whether the result is one that it can have.

    Raises:
        AgreementError: PBR311 there is no result, PBR312 it is of another agreement or version, or says what no papers
            could, PBR307 the ballots have changed since.
    """
    path = result_path(agreement.file)
    if not path.exists():
        message = "the agreement has no result; count its ballots with `pbr agree`"
        raise AgreementError([Problem(code="PBR311", message=message, file=str(path))])
    result = read_result(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    problems: list[Problem] = []
    if result.agreement_sha256 != agreement.sha256:
        message = f"the agreement has changed since this result: it has the SHA-256 {agreement.sha256}"
        problems.append(_at(path, lines, "agreement_sha256:").problem("PBR312", message))
    ballots = agreement.ballots_path
    if ballots.exists() and (sha256 := hash_of_ballots(ballots)) != result.ballots_sha256:
        message = f"the ballots have changed since this result: they have the SHA-256 {sha256}"
        problems.append(_at(path, lines, "ballots_sha256:").problem("PBR307", message))
    register = agreement.interests_path
    if register is not None and register.exists() and (sha256 := hash_of_ballots(register)) != result.interests_sha256:
        message = f"the register of interests has changed since this result: it has the SHA-256 {sha256}"
        problems.append(_at(path, lines, "interests_sha256:").problem("PBR325", message))
    if not problems and not agreement.papers_are_here:
        found = _misfits(agreement, result)
        problems = [_at(path, lines, key).problem("PBR312", message) for key, message in found]
    if problems:
        raise AgreementError(problems)
    return result


def _misfits(agreement: Agreement, result: Result) -> Iterator[tuple[str, str]]:
    """What a result says that no papers on its agreement could come to, each with how its line begins."""
    terms = agreement.terms
    pairs = {
        "agreement": (terms.id, result.agreement),
        "version": (terms.version, result.version),
        "valid": (terms.valid, result.valid),
        "questions": (sorted(terms.questions), sorted(result.questions)),
    }
    other = [key for key, (here, there) in pairs.items() if here != there]
    yield from ((f"{key}:", f"`{key}` is not that of the agreement; count it with `pbr agree`") for key in other)
    if "questions" not in other:
        for name, question in terms.questions.items():
            yield from _misfits_of(name, question, result.questions[name])


def _misfits_of(name: str, question: Question, answer: Answer) -> Iterator[tuple[str, str]]:
    """The same of the answer to one question."""
    if answer.asks != question.asks:
        yield f"  {name}:", f"`asks` of '{name}' is not that of the agreement; count it with `pbr agree`"
    limits = question.limits if isinstance(question, Median) else None
    known = set(labels_of(question))
    for label, score in answer.scores.items():
        figure = score.agreed_value
        if label not in known:
            yield f"      {label}:", f"'{name}' scores '{short(label)}', which the agreement does not"
        elif figure is not None and limits is not None and not limits[0] <= figure <= limits[1]:
            yield f"      {label}:", f"'{name}' of {label} is {short(str(score.value.plain))}, which no paper may say"


def _differences(path: Path, old: Result, new: Result) -> tuple[Problem, ...]:
    written = path.read_text(encoding="utf-8").splitlines()
    recounted = result_text(new).splitlines()
    if written == recounted:
        return ()
    problems: list[Problem] = []
    if old.ballots_sha256 != new.ballots_sha256:
        message = f"the ballots have changed since this result: they have the SHA-256 {new.ballots_sha256}"
        problems.append(_at(path, written, "ballots_sha256:").problem("PBR307", message))
    if old.agreement_sha256 != new.agreement_sha256:
        message = f"the agreement has changed since this result: it has the SHA-256 {new.agreement_sha256}"
        problems.append(_at(path, written, "agreement_sha256:").problem("PBR312", message))
    if old.interests_sha256 != new.interests_sha256:
        message = f"the register of interests has changed since this result: its SHA-256 is {new.interests_sha256}"
        problems.append(_at(path, written, "interests_sha256:").problem("PBR325", message))
    hashes = ("ballots_sha256:", "agreement_sha256:", "interests_sha256:")
    for at in range(max(len(written), len(recounted))):
        before = written[at] if at < len(written) else ""
        after = recounted[at] if at < len(recounted) else ""
        if before != after and not before.startswith(hashes):
            message = f"has `{short(before.strip(), 200)}`; a recount gives `{short(after.strip(), 200)}`"
            problems.append(Place(str(path), min(at + 1, len(written))).problem("PBR312", message))
    if len(problems) > MOST_SHOWN:
        more = len(problems) - MOST_SHOWN
        problems = [*problems[:MOST_SHOWN], Problem(code="PBR312", message=f"and {more} lines more", file=str(path))]
    return tuple(problems)


def _at(path: Path, lines: list[str], key: str) -> Place:
    return Place(str(path), next((at for at, line in enumerate(lines, start=1) if line.startswith(key)), 1))


def write_result(agreement: Agreement, count: Count) -> Path:
    """Write the result beside the agreement; a version that was counted before must come out the same.

    Of one with scores those of later periods may come to it, and every other must come out the same.

    Raises:
        AgreementError: PBR324, a score that was counted before came out otherwise, or would be written over; PBR307,
            PBR312 or PBR325, this version was counted before and came out otherwise, or what is there is of a later one
            or of another agreement; PBR320, it could not be read back; PBR502, it cannot be written. What was there
            before is then untouched.
    """
    path = result_path(agreement.file)
    text = result_text(count.result)
    _can_be_read(agreement, text, path)
    if path.exists():
        old = read_result(path)
        _is_before(path, old, count.result)
        if old.version == count.result.version and not _only_scores_more(old, count.result):
            problems = _other_scores(path, old, count.result) or _differences(path, old, count.result)
            if problems:
                raise AgreementError(problems)
            return path
    write_file(path, text)
    return path


def _only_scores_more(old: Result, new: Result) -> bool:
    """Whether a result says what an earlier one said, and has scores of more periods at most."""
    if old.agreement_sha256 != new.agreement_sha256 or old.questions.keys() != new.questions.keys():
        return False
    pairs = [(old.questions[name], answer) for name, answer in new.questions.items()]
    if not any(after.scores for _, after in pairs):
        return False
    return all(
        all(_same_score(score, after.scores.get(label)) for label, score in before.scores.items())
        if after.scores
        else before == after
        for before, after in pairs
    )


def _same_score(old: Score, new: Score | None) -> bool:
    """Whether what was counted is the same; papers that do not count may have come since."""
    return new is not None and evolve(old, barred=0) == evolve(new, barred=0)


_STAY = "; papers, groups and bars of what was counted stay as they were, and a bar may name later periods only"


def _other_scores(path: Path, old: Result, new: Result) -> list[Problem]:
    """The scores that came out otherwise than before."""
    if old.agreement_sha256 != new.agreement_sha256:
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    found = []
    for name, before in old.questions.items():
        after = new.questions[name].scores if name in new.questions else {}
        for label, score in before.scores.items():
            if not _same_score(score, after.get(label)):
                message = f"'{name}' of {label} was counted before and comes out otherwise now{_STAY}"
                found.append(_at(path, lines, f"      {label}:").problem("PBR324", message))
    return found[:MOST_SHOWN]


def _can_be_read(agreement: Agreement, text: str, path: Path) -> None:
    """Refuse a result that is larger than what is read of one."""
    size = len(text.encode())
    why = f"{size:,} bytes" if size > MOST_BYTES else ""
    try:
        if not why:
            parse_result(text, str(path))
    except AgreementError as error:
        why = error.problems[0].message.partition(";")[0]
    if why:
        scored = any(labels_of(question) for question in agreement.terms.questions.values())
        fix = (
            "begin a new version with the periods that follow, in a file of its own"
            if scored
            else "ask fewer options or questions in one agreement"
        )
        message = f"the result would be too large to be read back: {why}; {fix}"
        raise AgreementError([agreement.document.place(("questions",)).problem("PBR320", message)])


def _is_before(path: Path, old: Result, new: Result) -> None:
    """Refuse to write over the result of another agreement, of a later version, or of an earlier one with scores."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if old.agreement != new.agreement:
        message = f"this is the result of '{short(old.agreement)}', not of '{short(new.agreement)}'; move one of them"
        raise AgreementError([_at(path, lines, "agreement:").problem("PBR312", message)])
    if old.version > new.version:
        message = (
            f"this is the result of version {old.version}, and version {new.version} is older; give it a new version"
        )
        raise AgreementError([_at(path, lines, "version:").problem("PBR312", message)])
    if old.version < new.version and any(answer.scores for answer in old.questions.values()):
        message = (
            f"this result of version {old.version} has scores, which stay as they were counted; "
            f"give version {new.version} a file of its own"
        )
        raise AgreementError([_at(path, lines, "version:").problem("PBR324", message)])


def write_file(path: Path, text: str) -> None:
    """Write a file whole, or leave what was there.

    Raises:
        AgreementError: PBR502.
    """
    partial = path.with_name(f".{path.name}.part")
    try:
        partial.write_text(text, encoding="utf-8", newline="\n")
        os.replace(partial, path)  # noqa: PTH105  # as the rest of the program does it
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        message = f"cannot be written: {error.strerror}"
        raise AgreementError([Problem(code="PBR502", message=message, file=str(path))]) from None
