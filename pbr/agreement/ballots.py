"""Reading the papers: every row is a paper, and every paper ends in exactly one state."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import re
from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import define, field, frozen

from pbr.agreement.interests import Interests, read_interests
from pbr.agreement.model import Agreement, labels_of, options_of, rounds_of, scored_of
from pbr.agreement.papers import ABSTAINED, BLANK, Answers, needs_evidence, needs_value, parse_value
from pbr.agreement.scored import parse_references
from pbr.agreement.tokens import fold_token
from pbr.agreement.words import Moment
from pbr.document import read_bytes
from pbr.problem import AgreementError, ContractError, Place, did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction
    from pathlib import Path

    from pbr.agreement.scored import Scored

HEADINGS = ("voter", "group", "question", "option", "answer", "round", "time", "channel", "value", "evidence")
_ROUND = re.compile("[0-9]?")
_WAY = re.compile("[A-Za-z][A-Za-z0-9 _-]{0,30}")
MOST_BYTES = 1 << 28
"""The largest file of ballots that is read: 256 MiB, some five million papers."""

Slot: TypeAlias = "dict[str, int | list[int]]"
"""The papers of one question and round, or of one thing that is scored, by voter."""
Times: TypeAlias = "dict[str, tuple[str, str]]"
"""The state of a paper by what stands under its time, and the time; the state is empty if it is taken."""
_Head: TypeAlias = (
    "tuple[str, str, Slot | None, dict[str, int], tuple[str, str, int], Times, tuple[Moment | None, ...]]"
)
NO_PAPERS: Final[dict[str, int]] = {}
NOWHERE: Final = ("", "", -1)
NEVER: Final[Times] = {}
NO_EVIDENCE, NO_REFERENCE = -1, -2
"""What takes the place of the evidence of a paper that cites none, or cites it by what is no reference."""


@frozen(kw_only=True, eq=False)
class Ballots:
    """The papers, as read.

    Attributes:
        file: The file as it was named.
        sha256: Of its bytes.
        states: For each row below the headings the state in which its paper ended, ``""`` if it was taken, or None for
            an empty line, which is no paper.
        slots: The papers taken, by question and round, or by question and the place from 1 of what is scored; a paper
            is a place in the lists that follow.
        rows: The place of its state.
        times: Its time, as text that is ordered as time is.
        codes: What it is about and says, as ``answers`` has it.
        worths: The place of its voter's value, or -1; empty if no question asks for one.
        cites: The place of its evidence, or a negative number; empty if no paper can cite any.
        answers: What stood on them, by question.
        values: The values of voters that stood on them.
        evidence: The references to evidence that stood on them.
        interests: Who is barred from what.
        group_of: The group of each voter.
        in_two_groups: Voters with papers in two groups.
        folded: How many tokens were not written as they were read.
        channels: How many papers came which way.
    """

    file: str
    sha256: str
    states: list[str | None]
    slots: dict[tuple[str, int], Slot]
    rows: list[int]
    times: list[str]
    codes: list[int]
    worths: list[int]
    cites: list[int]
    answers: dict[str, Answers]
    values: list[Fraction]
    evidence: list[tuple[str, ...]]
    interests: Interests
    group_of: dict[str, str]
    in_two_groups: frozenset[str]
    folded: int
    channels: dict[str, int]


def read_ballots(agreement: Agreement) -> Ballots:
    """Read the file of ballots that an agreement names.

    Raises:
        AgreementError: PBR001 to PBR003 it cannot be read, PBR307 it is not the one that was sealed, PBR309 it is no
            file of ballots; PBR322, PBR323 or PBR325, the register of interests is wrong. Papers that are wrong stop
            nothing.
    """
    path = agreement.ballots_path
    name = str(path)
    data = _bytes_of(path, name)
    sha256 = hashlib.sha256(data).hexdigest()
    sealed = agreement.terms.ballots.sha256
    if sealed and sealed != sha256:
        message = f"the ballots have the SHA-256 {sha256}, not the one written here; the file was changed"
        raise AgreementError([agreement.document.place(("ballots", "sha256")).problem("PBR307", message)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = "not UTF-8 text here; save the file as CSV in UTF-8"
        raise AgreementError([Place(name, line, 1).problem("PBR003", message)]) from None
    reader = _Reader(agreement, name)
    reader.read(text)
    return Ballots(
        file=name,
        sha256=sha256,
        states=reader.states,
        slots=reader.slots,
        rows=reader.rows,
        times=reader.times,
        codes=reader.codes,
        worths=reader.worths,
        cites=reader.cites,
        answers=reader.answers,
        values=reader.values,
        evidence=list(reader.places_of_evidence),
        interests=read_interests(agreement),
        group_of=reader.group_of,
        in_two_groups=frozenset(reader.in_two_groups),
        folded=len(reader.folded),
        channels=_ways(reader.channels),
    )


def hash_of_ballots(path: Path) -> str:
    """SHA-256 of the bytes of a file of ballots.

    Raises:
        AgreementError: PBR001 or PBR002, it cannot be read.
    """
    return hashlib.sha256(_bytes_of(path, str(path))).hexdigest()


def _ways(channels: Counter[str]) -> dict[str, int]:
    """How many papers came which way; what is no plain word is not repeated."""
    found: Counter[str] = Counter()
    for channel, papers in channels.items():
        word = channel.strip()
        found["not said" if not word else word if _WAY.fullmatch(word) else "other"] += papers
    return dict(sorted(found.items()))


def _last_row(text: str) -> int:
    """The line on which the row begins that cannot be read."""
    rows, line = csv.reader(io.StringIO(text, newline=""), strict=True), 1
    with contextlib.suppress(csv.Error):
        for _ in rows:
            line = rows.line_num + 1
    return line


def _no_heading(text: str, place: int) -> str:
    """What is wrong with a heading; it is repeated only if it is nearly one, since a paper may stand in its place."""
    if text.startswith("PK\x03\x04"):
        return "this is a workbook; save it as CSV in UTF-8"
    for sign, name in ((";", "semicolons"), ("\t", "tabs")):
        if sign in text:
            return f"the headings are divided by {name}; save the file with commas"
    if not text:
        return f"column {place} has no heading; write one, or remove the column"
    near = did_you_mean(text.lower(), HEADINGS)
    if text.isalpha() and "did you mean" in near:
        return f"unknown heading '{short(text)}'{near}"
    return f"the heading of column {place} is not one of: {', '.join(HEADINGS)}"


def _no_place(state: str, group: str = "") -> _Head:
    """Where papers go that are not taken; the group is empty if it is unknown."""
    return state, group, None, NO_PAPERS, NOWHERE, NEVER, ()


def _bytes_of(path: Path, name: str) -> bytes:
    try:
        return read_bytes(path, name, MOST_BYTES, "split the agreement")
    except ContractError as error:
        raise AgreementError(error.problems) from None


@define
class _Reader:
    """Reads one file of ballots."""

    agreement: Agreement
    name: str
    states: list[str | None] = field(factory=list)
    slots: dict[tuple[str, int], Slot] = field(factory=dict)
    rows: list[int] = field(factory=list)
    times: list[str] = field(factory=list)
    codes: list[int] = field(factory=list)
    worths: list[int] = field(factory=list)
    cites: list[int] = field(factory=list)
    answers: dict[str, Answers] = field(factory=dict)
    values: list[Fraction] = field(factory=list)
    group_of: dict[str, str] = field(factory=dict)
    in_two_groups: set[str] = field(factory=set)
    folded: set[str] = field(factory=set)
    channels: Counter[str] = field(factory=Counter)
    places_of_evidence: dict[tuple[str, ...], int] = field(factory=dict)
    windows: dict[tuple[Moment | None, ...], Times] = field(factory=dict)
    _numbers_of_values: dict[str, int] = field(factory=dict)

    def fail(self, line: int, message: str) -> AgreementError:
        return AgreementError([Place(self.name, line, 1).problem("PBR309", message)])

    def read(self, text: str) -> None:
        terms = self.agreement.terms
        self.answers = {name: Answers(question) for name, question in terms.questions.items()}
        for name, question in terms.questions.items():
            for number in range(1, (len(labels_of(question)) or rounds_of(question)) + 1):
                self.slots[name, number] = {}
        rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        try:
            headings = [cell.strip() for cell in next(rows, [])]
            places = self.headings(headings)
            self.papers(rows, len(headings), places)
        except csv.Error:
            message = "the quotation marks of this row do not balance, or a cell is too long"
            raise self.fail(_last_row(text), message) from None

    def headings(self, row: list[str]) -> tuple[int, ...]:
        """The place of each heading in a row; behind the row's end, where an empty cell is put, if there is none."""
        if not any(row):
            raise self.fail(1, "the file is empty, or its first line is; it needs a line of headings")
        for place, heading in enumerate(row, start=1):
            if heading not in HEADINGS:
                raise self.fail(1, _no_heading(heading, place))
            if row.count(heading) > 1:
                raise self.fail(1, f"heading '{heading}' stands twice; remove one column")
        terms = self.agreement.terms
        questions = terms.questions.values()
        needed = ["voter", "group", "question", "answer"]
        scores = any(map(scored_of, questions))
        needed += ["option"] if scores or any(map(options_of, questions)) else []
        needed += ["round"] if any(rounds_of(question) > 1 for question in questions) else []
        needed += ["time"] if scores or terms.opens is not None or terms.closes is not None else []
        needed += ["value"] if any(map(needs_value, questions)) else []
        needed += ["evidence"] if any(map(needs_evidence, questions)) else []
        for heading in needed:
            if heading not in row:
                raise self.fail(1, f"there is no heading '{heading}', which this agreement needs")
        return tuple(row.index(heading) if heading in row else len(row) for heading in HEADINGS)

    def papers(  # noqa: C901, PLR0912, PLR0915  # one loop, since a call for each paper would take most of the time
        self, rows: Iterable[list[str]], width: int, places: tuple[int, ...]
    ) -> None:
        """Take the papers, or say why not. Written for a million of them: what was seen before is looked up."""
        voter_at, group_at, question_at, option_at, answer_at, round_at, time_at, channel_at, value_at, cites_at = (
            places
        )
        head_of = itemgetter(group_at, question_at, option_at, round_at)
        heads: dict[tuple[str, ...], _Head] = {}
        tokens: dict[str, str] = {}
        keep, group_of, channels = self.states.append, self.group_of, self.channels
        take_row, take_time, take_code = self.rows.append, self.times.append, self.codes.append
        has_channel, has_value, has_evidence = channel_at < width, value_at < width, cites_at < width
        number = 0
        for at, cells in enumerate(rows):
            if len(cells) != width:
                keep("unreadable" if any(cells) else None)
                continue
            cells.append("")
            voter = tokens.get(cells[voter_at])
            if voter is None:
                voter = tokens[cells[voter_at]] = self.token(cells[voter_at])
            if not voter:
                keep("unknown_voter" if any(cells) else None)
                continue
            if has_channel:
                channels[cells[channel_at]] += 1
            asked = head_of(cells)
            head = heads.get(asked)
            if head is None:
                head = heads[asked] = self.head(*asked)
            state, group, slot, known, where, times, window = head
            if group and group_of.setdefault(voter, group) != group:
                self.in_two_groups.add(voter)
            if slot is None:
                keep(state)
                continue
            code = known.get(cells[answer_at])
            if code is None:
                code = known[cells[answer_at]] = self.code(where, cells[answer_at])
            if code < 0:
                keep("unknown_option")
                continue
            moment = times.get(cells[time_at])
            if moment is None:
                moment = times[cells[time_at]] = self.time(cells[time_at], *window)
            if moment[0]:
                keep(moment[0])
                continue
            keep("")
            take_row(at)
            take_time(moment[1])
            take_code(code)
            if has_value:
                self.worths.append(self.value(cells[value_at]))
            if has_evidence:
                self.cites.append(self.references(cells[cites_at]))
            before = slot.get(voter)
            if before is None:
                slot[voter] = number
            elif isinstance(before, list):
                before.append(number)
            else:
                slot[voter] = [before, number]
            number += 1

    def token(self, token: str) -> str:
        voter = fold_token(token)
        if voter != token.strip():
            self.folded.add(token)
        return voter

    def head(self, group: str, question: str, option: str, number: str) -> _Head:
        """The state in which papers of this group, question, option and round end, or where they go.

        The group is empty if it is unknown.
        """
        group, question, option, number = group.strip(), question.strip(), option.strip(), number.strip()
        terms = self.agreement.terms
        if group not in terms.electorate.groups:
            return _no_place("unknown_group")
        if question not in terms.questions or question in terms.electorate.groups[group].may_not_vote_on:
            return _no_place("conflict" if question in terms.questions else "unknown_question", group)
        scored = scored_of(terms.questions[question])
        if scored is not None:
            return self.scored(scored, group, question, option, number)
        slot = self.slots.get((question, int(number or "1"))) if _ROUND.fullmatch(number) else None
        if slot is None:
            return _no_place("wrong_round", group)
        options = options_of(terms.questions[question])
        if option and option not in options:
            return _no_place("unknown_option", group)
        whole = "of the whole question" if options and not option else ""
        where = question, whole, options.index(option) if option else -1
        return ("", group, slot, {}, where, *self.window(terms.opens, terms.closes))

    def scored(self, scored: Scored, group: str, question: str, label: str, number: str) -> _Head:
        """The same of papers on what is scored, which names a period and is taken in a time of its own."""
        if number not in {"", "1"}:
            return _no_place("wrong_round", group)
        place = scored.places.get(label)
        if place is None:
            return _no_place("unknown_option", group)
        slot = self.slots[question, place + 1]
        return ("", group, slot, {}, (question, "", -1), *self.window(*scored.window(place)))

    def window(self, *window: Moment | None) -> tuple[Times, tuple[Moment | None, ...]]:
        """The times that have been read of papers that are taken between two moments."""
        return self.windows.setdefault(window, {}), window

    def code(self, where: tuple[str, str, int], answer: str) -> int:
        """The code of what a paper says; -1 where it says something of a question without naming the option."""
        question, whole, place = where
        answers = self.answers[question]
        code = answers.code(place, answer)
        return -1 if whole and answers.codes[code][1] not in {ABSTAINED, BLANK} else code

    def time(self, text: str, opens: Moment | None, closes: Moment | None) -> tuple[str, str]:
        """The state of a paper of this time, if it is not taken; and the time, as text that is ordered as time is."""
        moment = Moment.parse(text.strip())
        if moment is None:
            return ("undated", "") if text.strip() or opens is not None or closes is not None else ("", "")
        if opens is not None and moment.starts < opens.starts:
            return "early", ""
        if closes is not None and moment.ends > closes.ends:
            return "late", ""
        return "", str(moment)

    def references(self, text: str) -> int:
        """The place of what a paper cites as evidence, or a negative number."""
        found = parse_references(text)
        if not found:
            return NO_REFERENCE if found is None else NO_EVIDENCE
        return self.places_of_evidence.setdefault(tuple(sorted(found)), len(self.places_of_evidence))

    def value(self, text: str) -> int:
        """The place of a voter's value, or -1."""
        found = self._numbers_of_values.get(text)
        if found is None:
            value = parse_value(text)
            found = self._numbers_of_values[text] = -1 if value is None else len(self.values)
            self.values += [] if value is None else [value]
        return found
