"""Every worked case beside every contract, and how a case says what came out otherwise."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pbr.cases import Case, check_case, read_case
from pbr.cases.run import CaseResults, case_frames, run_case, run_cases
from pbr.problem import ContractError
from tests import small

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT: Final = Path(__file__).parent.parent
CASES: Final = sorted(ROOT.glob("contracts/*/cases/*.yaml"))
CONTRACTS: Final = sorted(ROOT.glob("contracts/*/contract.yaml"))

TEXT: Final = """\
case: One of each
as_at: 2026-05-01
tables:
  people:
    - {person: A, provider: north, began: 2025-04-01, level: high}
    - {person: B, provider: south, began: 2026-03-02, level: low}
  events:
    - {person: A, kind: job, on: 2025-06-24, seen: 2025-07-01}
    - {person: B, kind: job, on: 2026-04-01, seen: 2026-04-02}
expect:
  decisions:
    - {subject: A, outcome: job, state: met, date: 2025-06-24, reason: met}
    - {subject: B, outcome: kept, state: pending}
  lines:
    - {payment: first, subject: A, amount: 1000.00}
    - {payment: first, subject: B, amount: 660}
    - {payment: second, subject: A, amount: 250.00}
    - {payment: second, subject: A, adjustment: share, amount: -41.67}
    - {payment: second, subject: A, adjustment: most, amount: -8.33}
  total: 1860.00
"""


def named(path: Path) -> str:
    """Name a case by its contract and file."""
    return f"{path.parts[-3]}/{path.stem}"


def case_of(tmp_path: Path, *changes: tuple[str, str]) -> Case:
    """Write a case after changes, and read it."""
    path = tmp_path / "case.yaml"
    path.write_text(small.changed(*changes, text=TEXT))
    return read_case(path)


def said(tmp_path: Path, *changes: tuple[str, str]) -> list[str]:
    """Run a case after changes, and give what came out otherwise, a line each."""
    contract, case = small.contract_of(), case_of(tmp_path, *changes)
    assert check_case(contract, case) == ()
    return [str(each) for each in run_case(contract, case).differences]


def faults(tmp_path: Path, *changes: tuple[str, str]) -> list[str]:
    """Check a case after changes against the small contract, and give its faults without the folder."""
    case = case_of(tmp_path, *changes)
    return [str(problem).removeprefix(f"{tmp_path}/") for problem in check_case(small.contract_of(), case)]


@cache
def results_of(contract: Path) -> CaseResults:
    """Run the cases beside a contract once."""
    return run_cases(contract)


@pytest.mark.parametrize("path", CASES, ids=named)
def test_case_comes_out_as_it_says(path: Path) -> None:
    """What the contract makes of the case's return is what the case expects."""
    (found,) = (each for each in results_of(path.parent.parent / "contract.yaml").cases if each.file == str(path))
    assert found.differences == ()


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.parent.name)
def test_the_cases_of_the_library_reach_every_term(path: Path) -> None:
    """Each contract that others begin from shows every clause, group, state, price and cut of it in a case."""
    results = results_of(path)
    assert len(results.cases) == len([case for case in CASES if case.parent.parent == path.parent])
    assert results.passed
    assert [str(reached.term) for reached in results.reach if not reached.cases] == []


def test_every_contract_has_cases() -> None:
    """Each contract has cases as at different days, and each case a title of its own."""
    for path in CONTRACTS:
        cases = [read_case(case).terms for case in (path.parent / "cases").glob("*.yaml")]
        assert len({case.as_at for case in cases}) >= 2, path
        assert len({case.case for case in cases}) == len(cases)


def test_a_case_that_is_right_says_nothing(tmp_path: Path) -> None:
    """Decisions, lines and total that come out as expected are no lines of text."""
    assert said(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("state: pending", "state: met", ["case.yaml:13 B kept: expected met, found pending window_open"]),
        (
            "date: 2025-06-24, reason",
            "date: 2025-06-25, reason",
            ["case.yaml:12 A job: expected met 2025-06-25 met, found met 2025-06-24 met"],
        ),
        (
            "reason: met",
            "reason: defeated",
            ["case.yaml:12 A job: expected met 2025-06-24 defeated, found met 2025-06-24 met"],
        ),
        ("subject: B, outcome", "subject: Z, outcome", ["case.yaml:13 Z kept: expected pending, found no decision"]),
        ("amount: 660}", "amount: 659.99}", ["case.yaml:16 line first B: expected 659.99, found 660.00"]),
        (
            "    - {payment: first, subject: B, amount: 660}\n",
            "",
            ["case.yaml:14 line first B: expected no line, found 660.00"],
        ),
        (
            "    - {payment: first, subject: B, amount: 660}\n",
            "    - {payment: first, subject: B, amount: 660}\n" * 2,
            ["case.yaml:17 line first B: expected 660.00, found no line"],
        ),
        (
            "adjustment: most, amount: -8.33",
            "adjustment: most, amount: -8.34",
            ["case.yaml:19 line second A most: expected -8.34, found -8.33"],
        ),
        ("total: 1860.00", "total: 1860.01", ["case.yaml:20 total: expected 1860.01, found 1860.00"]),
    ],
)
def test_what_came_out_otherwise_is_said_with_its_place(tmp_path: Path, old: str, new: str, lines: list[str]) -> None:
    """A wrong expectation is named with file, line, what was expected and what was found."""
    assert said(tmp_path, (old, new)) == lines


def test_rows_that_are_refused_are_said(tmp_path: Path) -> None:
    """A case with a row that the contract refuses says so before anything else, at the row."""
    found = said(tmp_path, ("kind: job, on: 2026-04-01", "kind: nap, on: 2026-04-01"))
    assert found[0].startswith("case.yaml:9 row of events: expected accepted, found refused: PBR216 ")
    assert found[1:] == [
        "case.yaml:16 line first B: expected 660.00, found no line",
        "case.yaml:20 total: expected 1860.00, found 1200.00",
    ]


def test_what_is_not_expected_is_not_compared(tmp_path: Path) -> None:
    """A case may leave out lines and total, and a decision its date and reason."""
    text = TEXT[: TEXT.index("  lines:")].replace(", date: 2025-06-24, reason: met", "")
    path = tmp_path / "case.yaml"
    path.write_text(text)
    assert run_case(small.contract_of(), read_case(path)).passed


def test_no_lines_expected_is_not_the_same_as_lines_left_out(tmp_path: Path) -> None:
    """An empty list says that nothing is paid."""
    text = TEXT[: TEXT.index("  lines:")] + "  lines: []\n"
    path = tmp_path / "case.yaml"
    path.write_text(text)
    found = run_case(small.contract_of(), read_case(path)).differences
    assert [each.expected for each in found] == ["no line"] * 5


def test_tables_and_fields_left_out_are_empty(tmp_path: Path) -> None:
    """Every table and field of the contract is there as text, and an unknown one stays to be refused."""
    text = "case: x\nas_at: 2026-05-01\ntables:\n  people:\n    - {person: A, odd: z}\nexpect: {}\n"
    path = tmp_path / "case.yaml"
    path.write_text(text)
    frames = case_frames(small.contract_of().terms, read_case(path))
    assert frames["people"].to_dicts() == [{"person": "A", "provider": "", "began": "", "level": "", "odd": "z"}]
    assert frames["events"].columns == ["person", "kind", "on", "seen"]
    assert frames["events"].height == 0


def test_a_case_file_that_is_wrong_is_refused_whole(tmp_path: Path) -> None:
    """Faults of a case file have the codes of contracts, all at once."""
    with pytest.raises(ContractError) as caught:
        case_of(tmp_path, ("as_at: 2026-05-01", "as_at: soon"), ("case: One of each", "csae: x"), ("state: met, ", ""))
    assert [(found.line, found.code) for found in caught.value.problems] == [
        (1, "PBR102"),
        (1, "PBR104"),
        (2, "PBR107"),
        (12, "PBR102"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("outcome: kept", "outcome: keep", "case.yaml:13:20 PBR140 the contract has no outcome 'keep'; did you mean"),
        ("  events:", "  evnts:", "case.yaml:7:3 PBR140 the contract has no table 'evnts'; did you mean 'events'?"),
        ("level: high", "levl: high", "case.yaml:5:55 PBR140 the contract has no field of people 'levl'; did you mean"),
        ("payment: second, subject: A, amount", "payment: thrid, subject: A, amount", "case.yaml:17:8 PBR140 the "),
        ("adjustment: most", "adjustment: mots", "case.yaml:19:37 PBR140 the contract has no adjustment 'mots'; did"),
        ("amount: 660}", "amount: lots}", "case.yaml:16:36 PBR108 'lots' is not an amount of money; write it like 125"),
        ("amount: 660}", "amount: 660.001}", "case.yaml:16:36 PBR108 '660.001' is not an amount of money; write it"),
        ("total: 1860.00", "total: much", "case.yaml:20:3 PBR108 'much' is not an amount of money; write it like 1250"),
        (
            "subject: B, outcome: kept",
            "subject: A, outcome: job",
            "case.yaml:13:7 PBR142 A job is expected on line 12 ",
        ),
    ],
)
def test_a_name_that_the_contract_does_not_have_is_a_fault(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """What can never come out is a fault of the case at its line and column, not a case that fails."""
    (found,) = faults(tmp_path, (old, new))
    assert found.startswith(fault)


@pytest.mark.parametrize("expect", ["  decisions: []\n", "  total: ''\n"])
def test_a_case_that_expects_nothing_is_a_fault(tmp_path: Path, expect: str) -> None:
    """A case without decisions, lines and total could not fail."""
    path = tmp_path / "case.yaml"
    path.write_text(TEXT[: TEXT.index("  decisions:")] + expect)
    assert [problem.code for problem in check_case(small.contract_of(), read_case(path))] == ["PBR141"]


@pytest.mark.parametrize(("old", "new"), [("state: met", "state: meet"), ("reason: met", "reason: because")])
def test_states_and_reasons_are_words_of_the_lists(tmp_path: Path, old: str, new: str) -> None:
    """A state or reason that does not exist is a fault with the nearest word."""
    with pytest.raises(ContractError) as caught:
        case_of(tmp_path, (old, new))
    assert [problem.code for problem in caught.value.problems] == ["PBR106"]


def test_a_case_may_use_the_headings_of_a_return(tmp_path: Path) -> None:
    """A field stands under its own name or under the heading that the contract maps to it."""
    mapped = small.changed(
        ("    fields:\n      person: id", "    columns: {Level of need: level}\n    fields:\n      person: id")
    )
    contract = small.contract_of(mapped)
    case = case_of(tmp_path, ("level: high", "Level of need: high"), ("level: low", "Level of need: low"))
    assert check_case(contract, case) == ()
    assert case_frames(contract.terms, case)["people"].columns == ["person", "provider", "began", "Level of need"]
    assert run_case(contract, case).passed


def test_a_field_under_two_names_is_a_fault(tmp_path: Path) -> None:
    """Of a field and the heading that stands for it only one is written in a table, since either could count."""
    mapped = small.changed(
        ("    fields:\n      person: id", "    columns: {need: level}\n    fields:\n      person: id")
    )
    case = case_of(tmp_path, ("level: high", "need: high"))
    (found,) = check_case(small.contract_of(mapped), case)
    assert (found.line, found.code) == (6, "PBR205")


# ---- a contract with its cases


def folder_of(tmp_path: Path, *changes: tuple[str, str], contract: str = small.TEXT) -> Path:
    """Write the small contract with two cases: one that passes, and one after changes."""
    (tmp_path / "cases").mkdir()
    (tmp_path / "contract.yaml").write_text(contract)
    (tmp_path / "cases" / "a.yaml").write_text(TEXT)
    (tmp_path / "cases" / "b.yml").write_text(small.changed(*changes, text=TEXT))
    return tmp_path / "contract.yaml"


def not_reached(path: Path) -> list[tuple[str, str, str]]:
    """List what no case beside a contract reaches."""
    return [(r.term.what, r.term.name, r.term.how) for r in run_cases(path).reach if not r.cases]


def test_all_cases_beside_a_contract_are_run(tmp_path: Path) -> None:
    """The results hold every case in the order of the file names, and pass if all of them do."""
    results = run_cases(folder_of(tmp_path, ("One of each", "The other")))
    assert [(case.title, case.passed) for case in results.cases] == [("One of each", True), ("The other", True)]
    assert results.passed
    assert run_cases(results.contract).reach == results.reach


def test_a_failing_case_is_explained(tmp_path: Path) -> None:
    """The subjects concerned are explained in the outcomes concerned, their rows by the line in the case."""
    results = run_cases(folder_of(tmp_path, ("amount: 660}", "amount: 661}"), ("state: pending", "state: met")))
    assert not results.passed
    first, second = results.cases
    assert first.explanation == ""
    assert second.explanation.count("person B, South") == 1
    assert "job: met on 1 April 2026" in second.explanation
    assert "kept: pending" in second.explanation
    assert "  used       b.yml:9: person B, kind job, on 2026-04-01, seen 2026-04-02\n" in second.explanation
    assert "person A" not in second.explanation


def test_faults_of_all_case_files_come_at_once(tmp_path: Path) -> None:
    """A fault of one file does not hide those of the next, and nothing is run."""
    path = folder_of(tmp_path, ("state: met", "state: meet"))
    (tmp_path / "cases" / "c.yaml").write_text(small.changed(("outcome: kept", "outcome: keep"), text=TEXT))
    with pytest.raises(ContractError) as caught:
        run_cases(path)
    assert [Path(problem.file).name for problem in caught.value.problems] == ["b.yml", "c.yaml"]
    assert [problem.code for problem in caught.value.problems] == ["PBR106", "PBR140"]


def test_a_contract_without_cases_cannot_be_tested(tmp_path: Path) -> None:
    """No folder of cases, and an empty one, are the same fault."""
    (tmp_path / "contract.yaml").write_text(small.TEXT)
    for _ in range(2):
        with pytest.raises(ContractError) as caught:
            run_cases(tmp_path / "contract.yaml")
        assert [problem.code for problem in caught.value.problems] == ["PBR143"]
        assert caught.value.exit_code == 2
        (tmp_path / "cases").mkdir(exist_ok=True)


def test_the_case_in_the_reference_goes_with_its_contract(tmp_path: Path) -> None:
    """The case that docs/reference/cases.md shows passes under the contract that language.md shows."""
    blocks = [
        re.findall(r"^```yaml\n(.*?)^```", (ROOT / "docs" / "reference" / page).read_text(), re.MULTILINE | re.DOTALL)[
            0
        ]
        for page in ("language.md", "cases.md")
    ]
    (tmp_path / "cases").mkdir()
    (tmp_path / "contract.yaml").write_text(blocks[0])
    (tmp_path / "cases" / "one.yaml").write_text(blocks[1])
    (found,) = run_cases(tmp_path / "contract.yaml").cases
    assert found.differences == ()


# ---- what no case reaches


def test_terms_are_what_the_contract_has(tmp_path: Path) -> None:
    """Clauses and caps both ways, labels, states, rows of prices and factors are counted, each with its place."""
    results = run_cases(folder_of(tmp_path, ("One of each", "Again")))
    terms = [(r.term.what, r.term.name, r.term.how, r.term.place, r.cases) for r in results.reach]
    states = ("met", "not_met", "pending", "excluded", "unknown")
    assert terms == [
        ("exclude", "early", "lets somebody through", "contract.yaml:30", 2),
        ("exclude", "early", "leaves somebody out", "contract.yaml:30", 0),
        ("group", "grade", "high", "contract.yaml:33", 2),
        ("group", "grade", "low", "contract.yaml:34", 2),
        *(("outcome", "job", state, "contract.yaml:42", 2 if state == "met" else 0) for state in states),
        *(("outcome", "kept", state, "contract.yaml:49", 2 if state in {"met", "pending"} else 0) for state in states),
        ("price", "first", "high from 1 April 2025", "contract.yaml:39", 2),
        ("price", "first", "high from 1 April 2026", "contract.yaml:40", 0),
        ("price", "first", "low from 1 April 2025", "contract.yaml:39", 0),
        ("price", "first", "low from 1 April 2026", "contract.yaml:40", 2),
        ("price", "second", "the price", "contract.yaml:58", 2),
        ("multiply", "share", "changes a line", "contract.yaml:60", 2),
        ("cap", "most", "cuts a line", "contract.yaml:61", 2),
        ("cap", "most", "leaves a line whole", "contract.yaml:61", 2),
    ]
    assert results.share_reached == Fraction(12, 22)


def test_a_clause_is_reached_by_whom_it_decides_about(tmp_path: Path) -> None:
    """Somebody who left at an earlier clause says nothing of a later one, and nobody undecided is let through."""
    two = small.changed(
        ("  exclude:\n", "  exclude:\n    - {id: north, when: \"provider = 'north'\"}\n"),
        ("DATE '2025-04-01'\"}", "DATE '2025-04-02'\"}"),
    )
    text = """\
case: One leaves at the first clause, one at neither, one without a start
as_at: 2026-05-01
tables:
  people:
    - {person: A, provider: north, began: 2025-04-01, level: high}
    - {person: B, provider: south, level: low}
expect: {decisions: [{subject: B, outcome: job, state: unknown}]}
"""
    path = folder_of(tmp_path, contract=two)
    (tmp_path / "cases" / "b.yml").unlink()
    (tmp_path / "cases" / "a.yaml").write_text(text)
    assert run_cases(path).passed
    assert not_reached(path)[:4] == [
        ("exclude", "early", "lets somebody through"),
        ("exclude", "early", "leaves somebody out"),
        ("group", "grade", "high"),
        ("group", "grade", "low"),
    ]


# Changes after which nothing that an outcome of the small contract reads may be empty.
SURE: Final = (
    ("    window: {after: start, for: 12 weeks}\n", ""),
    ("\"began < DATE '2025-04-01'\"", '"began IS NULL"'),
    ("    when: \"kind = 'job'\"\n", ""),
    ("    when: \"kind = 'lost'\"\n", ""),
    ("price: job_price}", "price: 1000.00}"),
    ("price: 250.00, price_on: start}", "price: 250.00}"),
)
CAP: Final = "at_most: 1200.00, per: [person]"
JOB: Final = "    kind: event\n    table: events\n"


@pytest.mark.parametrize(
    ("changes", "unknown"),
    [
        ([], {"job", "kept"}),
        (SURE, set()),
        (SURE[:1], {"job", "kept"}),
        (SURE[:3], {"job", "kept"}),
        ([*SURE[:3], SURE[4]], {"kept"}),
        (SURE[:5], set()),
        (
            [
                *SURE[:4],
                SURE[5],
                ("price: job_price}", "price: job_price, price_on: start}"),
                (": grade\n", ": level\n"),
            ],
            {"job", "kept"},
        ),
        ([*SURE, (CAP, f"{CAP}, where: \"level = 'high'\"")], {"job", "kept"}),
        ([*SURE, (CAP, "at_most: 1200.00, per: [level]")], {"job", "kept"}),
        ([*SURE, (CAP, "at_most: 1200.00, per: [grade]")], {"job", "kept"}),
        ([*SURE, (CAP, "at_most: 1200.00, per: [grade]"), ("\"level = 'high'\"", "\"provider = 'north'\"")], set()),
        ([*SURE, (JOB, f"{JOB}    when: \"kind = 'job' AND seen >= on\"\n")], {"job", "kept"}),
        ([*SURE, (JOB, f"{JOB}    when: \"person <> 'Z' AND seen >= DATE '2025-04-01'\"\n")], set()),
        (
            [
                *SURE,
                ("      level:", "      hours: {type: whole, from: 0, to: 9}\n      level:"),
                ("outcomes:\n", 'outcomes:\n  rated: {kind: scale, value: hours, points: {"0 to 9": "1"}}\n'),
            ],
            {"rated"},
        ),
    ],
)
def test_unknown_is_asked_for_only_where_it_can_be(
    tmp_path: Path, changes: Iterable[tuple[str, str]], unknown: set[str]
) -> None:
    """An outcome can be unknown if a field it reads, its group or its start may be empty, or that of its anchor."""
    results = run_cases(folder_of(tmp_path, contract=small.changed(*changes)))
    assert {r.term.name for r in results.reach if r.term.how == "unknown"} == unknown


def test_a_contract_that_pays_nothing_is_reached_by_its_outcomes(tmp_path: Path) -> None:
    """Without payments there are no prices, caps or factors to reach."""
    text = small.TEXT[: small.TEXT.index("payments:")]
    path = folder_of(tmp_path, contract=text)
    case = TEXT[: TEXT.index("  lines:")]
    (tmp_path / "cases" / "a.yaml").write_text(case)
    (tmp_path / "cases" / "b.yml").write_text(case)
    results = run_cases(path)
    assert results.passed
    assert {r.term.what for r in results.reach} == {"exclude", "group", "outcome"}
