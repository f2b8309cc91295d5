"""The result of a count, as a file that a contract cites: what was agreed, and every test that led there.

The file is written by ``pbr agree`` beside the agreement, and by nobody else. The same agreement and the same ballots
give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import evolve, field, fields, frozen, has

from pbr.agreement.words import read_number, read_whole, read_yes_no, show_share
from pbr.calendar import Date
from pbr.document import WORDS, Document, Hooks, parse_document, read_document, structure, text_of
from pbr.money import parse_ratio, plain
from pbr.problem import AgreementError, ContractError, Problem, short

if TYPE_CHECKING:
    from collections.abc import Collection

    from pbr.document import Plain

RESULT = "1"
LONG = 1000
"""A value of more characters is written on lines of its own: no more than 4,096 are read of one."""
ASKS = ("number", "map", "set", "yes_no")
EVERYBODY = "all"
"""The group of a test that is of all groups together."""

Value: TypeAlias = "Fraction | dict[str, Fraction] | tuple[str, ...] | bool"

BEGINS = "pbr_result: 1"
_SHA256 = re.compile("[0-9a-f]{64}")
_PLAIN_TEXT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./%-]*(?: [A-Za-z0-9_./%-]+)*")


@frozen(kw_only=True)
class Valid:
    """The days for which an agreement holds.

    Attributes:
        from_: First day.
        to: Last day.
        review_by: Day by which it is looked at again.
        lapse: What happens when it has lapsed: no new period starts under it.
    """

    from_: Date
    to: Date
    review_by: Date | None = None
    lapse: str = field(default="stops_new_periods", metadata={WORDS: ("stops_new_periods",)})


@frozen(kw_only=True)
class Threshold:
    """One test: what had to be reached, and what was.

    Attributes:
        what: Such as ``quorum``, ``yes`` or ``rated 7 to 9``.
        option: The option it is about, or empty.
        group: The group it is of, or ``all``.
        numerator: How many, or None where a group is too small for its numbers to be published.
        denominator: Of how many, or None likewise.
        needed: In words, such as ``over 50%``.
        passed: Whether it was reached.
        round: The round of papers that it is of.
    """

    what: str
    option: str = ""
    group: str
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    needed: str
    passed: bool
    round: int = 1


@frozen(kw_only=True)
class Dissent:
    """How many voters of one published group did not say what was agreed.

    Attributes:
        what: Such as ``no``, ``lower`` or ``higher``.
        option: The option it is about, or empty.
        group: The group, several merged ones joined by `` + ``, or ``all``.
        voters: How many.
        of: Of how many whose papers counted.
    """

    what: str
    option: str = ""
    group: str
    voters: int
    of: int


@frozen
class Written:
    """A value as it stands in the file.

    Attributes:
        plain: Text, or texts by option, or a list of options.
    """

    plain: Any


NOTHING = Written("")


@frozen(kw_only=True)
class Score:
    """What a panel scored for one thing in one period.

    Attributes:
        closes: The last day of papers on it.
        agreed: Whether there is a score.
        why: Why there is none; empty if there is one.
        value: The score, as written; see ``agreed_value``.
        voters: How many voters' papers counted; left out where these are fewer than the smallest group published.
        barred: How many voters handed in papers and have an interest in it, so that these do not count.
        evidence: What was cited on papers that count, each reference once.
        tests: Every test, in the order in which it was made.
        dissent: Who said otherwise, by published group.
        by_group: What each published group said, and ``all`` together.
    """

    closes: Date
    agreed: bool
    why: str = ""
    value: Written = NOTHING
    voters: int = 0
    barred: int = 0
    evidence: tuple[str, ...] = ()
    tests: tuple[Threshold, ...] = ()
    dissent: tuple[Dissent, ...] = ()
    by_group: dict[str, str] = field(factory=dict)

    @property
    def agreed_value(self) -> Fraction | None:
        """The score, or None if there is none."""
        found = typed_value("number", self.value.plain) if self.agreed else None
        return found if isinstance(found, Fraction) else None


@frozen(kw_only=True)
class Answer:
    """What a panel said to one question.

    Attributes:
        title: The question in words.
        asks: What is asked: ``number``, ``map``, ``set`` or ``yes_no``.
        rule: The rule that decided it.
        unit: Of a number: ``share``, ``number`` or ``money``.
        agreed: Whether it was agreed; of scores, whether each that somebody gave papers for was.
        why: Why it was not; empty if it was.
        value: What was agreed, as written; see ``agreed_value``. Nothing where scores are asked for.
        out: Of ratings, the options that are out: in every group too few want them. What is neither in nor out has no
            consensus.
        round: The round of papers that decided it.
        tests: Every test, in the order in which it was made.
        dissent: Who said otherwise, by published group.
        by_group: Of a number, what each published group said, and ``all`` together.
        scores: Where scores are asked for, each that papers were handed in on, by what is scored.
    """

    title: str = ""
    asks: str = field(metadata={WORDS: ASKS})
    rule: str
    unit: str = field(default="number", metadata={WORDS: ("number", "share", "money")})
    agreed: bool
    why: str = ""
    value: Written = NOTHING
    out: tuple[str, ...] = ()
    round: int = 1
    tests: tuple[Threshold, ...] = ()
    dissent: tuple[Dissent, ...] = ()
    by_group: dict[str, str] = field(factory=dict)
    scores: dict[str, Score] = field(factory=dict)

    @property
    def agreed_value(self) -> Value | None:
        """What was agreed, typed as the question asks, or None if nothing was.

        A number is a ``Fraction``, a map one for each option, a set a tuple of options, and yes or no a ``bool``.
        """
        return typed_value(self.asks, self.value.plain) if self.agreed else None


@frozen(kw_only=True)
class GroupOfVoters:
    """A group of the electorate, as the result repeats it.

    Attributes:
        title: In words.
        eligible: How many may vote.
        protected: Whether it has to agree by itself.
    """

    title: str = ""
    eligible: int
    protected: bool = False


@frozen(kw_only=True)
class Result:
    """The whole of a result file.

    Attributes:
        pbr_result: Version of the format.
        agreement: Id of the agreement.
        version: Version of the agreement.
        title: What it is about.
        agreement_sha256: Of the canonical text of the agreement file, whatever its spacing and comments.
        ballots: Name of the file of ballots.
        ballots_sha256: Of the bytes of that file.
        interests_sha256: Of the bytes of the register of interests, or empty if there is none.
        valid: The days for which it holds.
        counted_on: The day on which the electorate was counted.
        closes: The last moment at which a paper was taken, or empty.
        groups: The electorate by group.
        papers: How many papers ended in each state, ``read`` being all of them.
        folded: How many voters' tokens were not written as they were read.
        questions: What was said to each question.
        sha256: Of the bytes of the result file, once it has been read or written.
    """

    pbr_result: str
    agreement: str
    version: int
    title: str = ""
    agreement_sha256: str
    ballots: str
    ballots_sha256: str
    interests_sha256: str = ""
    valid: Valid
    counted_on: Date
    closes: str = ""
    groups: dict[str, GroupOfVoters]
    papers: dict[str, int]
    folded: int = 0
    questions: dict[str, Answer]
    sha256: str = ""

    @property
    def agreed(self) -> bool:
        """Whether every question was agreed."""
        return all(answer.agreed for answer in self.questions.values())

    def signed_sha256(self, scored: Collection[str]) -> str:
        """SHA-256 of what both sides sign of it: the whole file, but of one with scores nothing that these change.

        Scores come in period by period and are evidence, as a return is; the terms by which they are counted stand in
        the agreement.

        Args:
            scored: The questions that ask for scores.
        """
        if not scored:
            return self.sha256
        terms = plain_of(self)
        for key in ("ballots_sha256", "interests_sha256", "papers", "folded"):
            terms.pop(key, None)
        terms["questions"] = {name: plain_of(each) for name, each in self.questions.items() if name not in scored}
        text = json.dumps(terms, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


HOOKS: Hooks = (
    (Fraction, read_number),
    (int, read_whole),
    (bool, read_yes_no),
    (Written, Written),
)


def result_path(agreement: str | Path) -> Path:
    """Where the result of an agreement is written.

    Example:
        >>> result_path("agreements/panel-2025.yaml").name
        'panel-2025.result.yaml'
    """
    path = Path(agreement)
    return path.with_name(f"{path.stem}.result.yaml")


def read_result(path: str | Path) -> Result:
    """Read a result file by itself; whether a recount gives the same is another question.

    Raises:
        AgreementError: It cannot be read, or is no result (PBR301, PBR311), with every fault and its place.
    """
    try:
        document = read_document(path, begins=BEGINS)
    except ContractError as error:
        raise AgreementError(error.problems) from None
    return _result_of(document)


def parse_result(text: str, name: str) -> Result:
    """Read the text of a result file, as ``read_result`` does.

    Raises:
        AgreementError: As there.
    """
    try:
        document = parse_document(text.encode(), name, begins=BEGINS)
    except ContractError as error:
        raise AgreementError(error.problems) from None
    return _result_of(document)


def _result_of(document: Document) -> Result:
    if document.root.get("pbr_result") != RESULT:
        message = "a result file begins with `pbr_result: 1`; write it with `pbr agree`"
        code = "PBR301" if "pbr_result" in document.root else "PBR311"
        raise AgreementError([document.place(("pbr_result",)).problem(code, message)])
    result: Result
    result, faults = structure(document, document.root, Result, HOOKS)
    problems = [problem for _, problem in (*document.faults, *faults)]
    if not problems:
        problems = _misfits(document, result)
    if problems:
        raise AgreementError(sorted(set(problems), key=_place))
    return evolve(result, sha256=document.sha256)


def _place(problem: Problem) -> tuple[int, int, str, str]:
    return problem.line or 0, problem.column or 0, problem.code, problem.message


def _misfits(document: Document, result: Result) -> list[Problem]:
    """What has the shape of a result and cannot be one."""
    found = []
    for key, text in (("agreement_sha256", result.agreement_sha256), ("ballots_sha256", result.ballots_sha256)):
        if not _SHA256.fullmatch(text):
            found.append(document.place((key,)).problem("PBR311", f"'{short(text)}' is no SHA-256"))
    if result.sha256:
        found.append(document.place(("sha256",)).problem("PBR104", "unknown key 'sha256'"))
    for name, answer in result.questions.items():
        if answer.agreed and not answer.scores and typed_value(answer.asks, answer.value.plain) is None:
            place = document.place(("questions", name, "value"))
            found.append(place.problem("PBR311", f"this is not what a question that asks for a {answer.asks} gives"))
        for label, score in answer.scores.items():
            if score.agreed and score.agreed_value is None:
                place = document.place(("questions", name, "scores", label, "value"))
                found.append(place.problem("PBR311", "this is no score; write the result with `pbr agree`"))
    return found


def typed_value(asks: str, written: Plain) -> Value | None:
    """A value of a result file as what the question asks, or None if it is not one.

    Example:
        >>> typed_value("number", "75%"), typed_value("set", ["women"]), typed_value("yes_no", "perhaps")
        (Fraction(3, 4), ('women',), None)
    """
    if asks == "number":
        return parse_ratio(written) if isinstance(written, str) else None
    if asks == "yes_no":
        return {"yes": True, "no": False}.get(written) if isinstance(written, str) else None
    if asks == "set":
        texts = tuple(each for each in written if isinstance(each, str)) if isinstance(written, list) else ()
        return texts if isinstance(written, list) and len(texts) == len(written) else None
    shares = {key: parse_ratio(text_of(each)) for key, each in written.items()} if isinstance(written, dict) else {}
    known = {key: share for key, share in shares.items() if share is not None}
    return known if known and len(known) == len(shares) else None


def write_value(value: Value, unit: str = "number") -> Written:
    """A value as it is written into the file.

    Example:
        >>> write_value(Fraction(3, 4), "share").plain, write_value({"a": Fraction(3, 5), "b": Fraction(2, 5)}).plain
        ('75%', {'a': '3/5', 'b': '2/5'})
    """
    if isinstance(value, bool):
        return Written("yes" if value else "no")
    if isinstance(value, Fraction):
        return Written(show_share(value) if unit == "share" else plain(value))
    if isinstance(value, dict):
        return Written({key: str(share) for key, share in value.items()})
    return Written(list(value))


def result_text(result: Result) -> str:
    """The text of the result file: one key to a line, each test on a line of its own."""
    lines = ["# written by `pbr agree`; do not change it by hand: `pbr agree --check` recounts it"]
    for key, value in plain_of(result).items():
        if key in {"groups", "questions"}:
            lines.append(f"{key}:")
            for name, each in value.items():
                lines += [f"  {name}: {_flow(each)}"] if key == "groups" else _answer_lines(name, each)
        else:
            lines.append(f"{key}: {_flow(value)}")
    return "\n".join(lines) + "\n"


def _answer_lines(name: str, answer: dict[str, Any]) -> list[str]:
    lines = [f"  {name}:"]
    for key, value in answer.items():
        if key == "scores":
            lines.append(f"    {key}:")
            lines += [f"    {line}" for label, each in value.items() for line in _answer_lines(_flow(label), each)]
        elif key in {"tests", "dissent"}:
            lines.append(f"    {key}:")
            lines += [f"      - {_flow(each)}" for each in value]
        elif isinstance(value, dict | list) and len(_flow(value)) > LONG:
            lines.append(f"    {key}:")
            whole = [f"{_flow(name)}: {_flow(each)}" for name, each in value.items()] if isinstance(value, dict) else []
            lines += [f"      {each}" for each in whole or [f"- {_flow(each)}" for each in value]]
        else:
            lines.append(f"    {key}: {_flow(value)}")
    return lines


def plain_of(thing: object) -> Any:  # noqa: ANN401  # text, a map or a list
    """A result as maps, lists and text; what is left at its default is left out."""
    if isinstance(thing, Written):
        return thing.plain
    if isinstance(thing, dict):
        return {key: plain_of(each) for key, each in thing.items()}
    if isinstance(thing, tuple):
        return [plain_of(each) for each in thing]
    cls: Any = type(thing)
    if has(cls):
        terms = {each: getattr(thing, each.name) for each in fields(cls) if each.name != "sha256"}
        return {
            each.name.removesuffix("_"): plain_of(value)
            for each, value in terms.items()
            if value not in (each.default, {})
        }
    if isinstance(thing, bool):
        thing = "yes" if thing else "no"
    return plain(thing) if isinstance(thing, Fraction | int) else str(thing)


def _flow(value: Any) -> str:  # noqa: ANN401
    """One value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value) if _PLAIN_TEXT.fullmatch(value) and value != "null" else json.dumps(value, ensure_ascii=False)
