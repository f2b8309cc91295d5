"""What is proved of a whole contract: groups against the cohort and its fields, and outcomes that can be reached."""

from __future__ import annotations

import pytest

from pbr.contract.read import load
from pbr.document import parse_document
from tests.small import TEXT, changed, contract_of, problems_of

LEVEL = "      level: {type: text, one_of: [high, low]}\n"
GROUPS = "    high: \"level = 'high'\"\n    low: otherwise\n"
WINDOW = "    window: {after: job, for: 3 months}\n"
JOB = "    window: {after: start, for: 12 weeks}\n"
EXCLUDE = '  exclude:\n    - {id: early, clause: "2.1", when: "began < DATE \'2025-04-01\'"}\n'
SECOND = "  second: {kind: tariff, pays_for: kept, price: 250.00, price_on: start}\n"
ALL = "  all: {kind: combine, need: all, of: [job, kept]}\npayments:\n"


def grouped(high: str, low: str, field: str = "", *more: tuple[str, str]) -> str:
    """Give the small contract with two conditions for its labels, and perhaps a field more."""
    return changed((GROUPS, f'    high: "{high}"\n    low: "{low}"\n'), (LEVEL, LEVEL + field), *more)


def said(text: str) -> list[str]:
    """Say what is wrong with a contract, or else its notes, each with its line."""
    problems = problems_of(text)
    found = problems or contract_of(text).notes
    return [f"{problem.line}:{problem.column} {problem.code} {problem.message}" for problem in found]


SCORE = "      score: {type: whole, from: 0, to: 40}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TEXT, []),
        (grouped("level = 'high'", "level = 'low'"), []),
        (grouped("score <= 20", "score > 20", SCORE), []),
        (grouped("score < 20", "score > 20", SCORE), ["PBR151 whoever has score = 20 is"]),
        (grouped("score <= 40", "score > 40", SCORE), []),
        (grouped("score <= 39", "score > 40", SCORE), ["PBR151 whoever has score = 40 is"]),
        (grouped("provider = 'north'", "provider = 'south'"), []),
        (grouped("provider = 'north'", "provider = 'west'"), ["PBR151 whoever has provider = 'south' is"]),
        (grouped("pay < 10", "pay > 10.01", "      pay: money\n"), ["PBR151 whoever has pay = 10 is"]),
        (grouped("pay <= 10", "pay >= 10.01", "      pay: money\n"), []),
        (grouped("d < 10", "d > 10.1", "      d: {type: decimal, places: 1}\n"), ["PBR151 whoever has d = 10 is"]),
        (grouped("began IS NULL", "began IS NOT NULL"), []),
        (grouped("person IS NULL", "person IS NOT NULL"), []),
        (grouped("person IS NOT NULL", "FALSE"), []),
        (grouped("provider IS NOT NULL", "FALSE"), []),
        (grouped("level IS NOT NULL", "FALSE"), ["PBR151 whoever has level IS NULL is"]),
        (grouped("seen_on IS NOT NULL", "FALSE", "      seen_on: recorded\n"), []),
        (grouped("start < DATE '2026-04-01'", "began >= DATE '2026-04-01'"), []),
        (grouped("start < DATE '2024-04-01'", "began >= DATE '2025-04-01'"), []),
        (grouped("start < DATE '2024-04-01'", "began > DATE '2025-04-01'"),
         ["PBR151 whoever has began = DATE '2025-04-01' is"]),
        (grouped("FALSE", "FALSE"), ["PBR151 everybody is in no group of 'grade'"]),
        (grouped("TRUE", "TRUE"), ["PBR150 everybody is in 'high' and in 'low' of 'grade'"]),
    ],
)  # fmt: skip
def test_groups_are_proved_over_what_their_fields_can_be(text: str, expected: list[str]) -> None:
    """Ranges, places, words, providers and clauses of the contract say what somebody can be."""
    found = said(text)
    assert len(found) == len(expected)
    assert all(want in have for want, have in zip(expected, found, strict=True)), found


def test_what_cannot_be_proved_is_a_note_at_its_column() -> None:
    """A comparison of two fields stands at its column; the contract is clean and has the note."""
    text = grouped("level = 'high'", "level = 'low' AND seen_on > began", "      seen_on: date\n")
    assert said(text) == [
        "35:29 PBR152 grouping 'grade' cannot be proved; checked for each person: in 'low' it compares two fields"
    ]
    clause = ("began < DATE '2025-04-01'", "score > points")
    points = SCORE + "      points: whole\n"
    (note,) = said(grouped("score < 20", "score > 20", points, clause))
    assert note.startswith("34:3 PBR152 grouping 'grade' cannot be proved; checked for each person: a clause on the")


@pytest.mark.parametrize(
    "slip",
    [
        ("one_of: [high, low]", "one_off: [high, low]"),
        ("  start: began\n", "  start: began\n  includ: []\n"),
        ("      level: {", "      level: {type: number, "),
        ("began < DATE", "begun < DATE"),
        ("level = 'high'", "levl = 'high'"),
        ("score: {type: whole, from: 0", "score: {type: whole, from: a"),
        ("score: {type: whole, from: 0", "score: {type: whole, from: 50"),
    ],
)
def test_nothing_is_proved_of_what_is_not_as_it_was_meant(slip: tuple[str, str]) -> None:
    """With a fault in a field, a clause or the condition itself there is that fault alone."""
    text = grouped("level = 'high' AND score > 1", "level = 'low'", SCORE)
    assert {problem.code for problem in problems_of(text)} == {"PBR151"}
    assert slip[0] in text
    assert "PBR151" not in {problem.code for problem in problems_of(text.replace(*slip))}


def test_a_gap_is_shown_beside_other_faults() -> None:
    """A fault elsewhere hides no gap."""
    text = grouped("score < 20", "score > 20", SCORE, ("price: 250.00", "price: cheap"))
    assert [problem.code for problem in problems_of(text)] == ["PBR151", "PBR111"]


TOO_LATE = "'{}' can never be met: the {} day of its window is {} at the earliest, and {}"
ENDS = "the term ends on 2027-03-31"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([(WINDOW, "    window: {after: job, for: 2 years}\n")],
         "55:26 PBR153 " + TOO_LATE.format("kept", "last", "2027-04-02", ENDS)),
        ([(WINDOW, "    window: {from: job, for: 2 years}\n"), (EXCLUDE, "")],
         "53:25 PBR153 " + TOO_LATE.format("kept", "last", "2027-04-01", ENDS)),
        ([(WINDOW, "    window: {after: job, until: 2027-04-01}\n")],
         "55:26 PBR153 " + TOO_LATE.format("kept", "last", "2027-04-01", ENDS)),
        ([(WINDOW, "    window: {after: job, until: 2025-04-02}\n")],
         "55:26 PBR153 " + TOO_LATE.format("kept", "first", "2025-04-03", "it closes on 2025-04-02")),
        ([(JOB, "    window: {after: kept, for: 12 weeks}\n"), (WINDOW, "")],
         "48:27 PBR153 " + TOO_LATE.format("job", "first", "2027-04-01", ENDS)),
    ],
)  # fmt: skip
def test_an_outcome_nobody_can_meet_is_refused(changes: list[tuple[str, str]], expected: str) -> None:
    """Even for the earliest start the day that would earn it lies outside the term or its own window."""
    assert said(changed(*changes)) == [expected]


@pytest.mark.parametrize(
    "changes",
    [
        [(WINDOW, "    window: {after: job, for: 23 months}\n")],
        [(WINDOW, "    window: {from: job, until: 2027-03-31}\n")],
        [(WINDOW, "    window: {after: job}\n")],
        [(WINDOW, "")],
        [(JOB, "    window: {from: kept}\n"), (WINDOW, "")],
        [("payments:\n", ALL), ("pays_for: kept", "pays_for: all")],
        [("payments:\n", ALL.replace("all, of", "1, of")), ("pays_for: kept", "pays_for: all")],
        [("payments:\n", "  able: {kind: fact, when: \"level = 'low'\"}\npayments:\n"),
         ("pays_for: job", "pays_for: able"), (WINDOW, "    window: {after: able, for: 3 months}\n"),
         ("payments:\n", ALL), ("pays_for: kept", "pays_for: all")],
    ],
)  # fmt: skip
def test_an_outcome_somebody_can_meet_is_not(changes: list[tuple[str, str]]) -> None:
    """The last window that still ends in the term, and outcomes made of others, are clean and without notes."""
    assert said(changed(*changes)) == []


def test_what_follows_from_an_outcome_nobody_can_meet_is_said_once() -> None:
    """The outcome itself is refused, and not those that wait for it."""
    after = "  late: {kind: event, table: events, date: on, window: {after: kept, for: 1 day}}\n"
    both = "  both: {kind: combine, need: any, of: [late, kept]}\npayments:\n"
    text = changed((WINDOW, "    window: {after: job, for: 2 years}\n"), ("payments:\n", after + both))
    assert [problem.code for problem in problems_of(text)] == ["PBR153"]


def test_a_cohort_of_nobody_makes_no_outcome_impossible() -> None:
    """Where the clauses leave nobody a day to start, there is no first day, and nothing is said of windows."""
    text = changed(("began < DATE '2025-04-01'", "began >= DATE '1900-01-01'"))
    assert said(text) == []


def test_windows_longer_than_the_term_are_notes() -> None:
    """An event is cut; an absence from an unbounded start can be met by an earlier start only, and stays clean."""
    long = "    window: {after: start, for: 3 years}\n"
    message = "PBR154 for a start in the term the window of '{}' ends on 2028-04-01 at the earliest, after the term,"
    message += " which ends on 2027-03-31; {}"
    assert said(changed((JOB, long))) == ["48:28 " + message.format("job", "it is cut there")]
    (note,) = said(changed((WINDOW, long), (EXCLUDE, "")))
    assert note == "53:28 " + message.format("kept", "only an earlier start can meet it")


def test_what_nothing_reads_is_a_note() -> None:
    """An outcome without a payment, a value without a reader and a figure from after the term."""
    late = "      2027-04-01: {high: 1.00, low: 1.00}\noutcomes:\n"
    text = changed((SECOND, ""), (", on: [second]", ""), ("outcomes:\n", f"{late[:-10]}  spare: 1.00\noutcomes:\n"))
    assert [(note.code, note.line) for note in contract_of(text).notes] == [
        ("PBR156", 41),
        ("PBR156", 42),
        ("PBR155", 51),
    ]


def test_notes_are_no_faults() -> None:
    """A contract with notes is read, and the notes are no problems."""
    contract, problems = load(parse_document(changed(("outcomes:\n", "  spare: 1.00\noutcomes:\n")).encode(), "c.yaml"))
    assert problems == ()
    assert contract is not None
    assert [str(note) for note in contract.notes] == ["c.yaml:41:3 PBR156 no term reads the value 'spare'"]
