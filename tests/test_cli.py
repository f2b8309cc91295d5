"""The command line: exit codes, what goes to stdout and what to stderr, and never a traceback."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import pytest

import pbr.api
import pbr.cli
from pbr.problem import LINE_REASONS, REASONS, RULES, USES
from pbr.starter import list_titles
from tests import small
from tests.small import EVENTS, PEOPLE, changed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.small import Rows

ROOT: Final = Path(__file__).parent.parent
HEADINGS: Final = "payment,provider,period,met,gross,adjusted,paid,pending,unknown,not_met,excluded"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with the small contract and its return."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "contract.yaml").write_text(small.TEXT)
    fill(tmp_path / "return", PEOPLE, EVENTS)
    return tmp_path


def fill(folder: Path, people: Rows, events: Rows) -> None:
    """Write a return as CSV files."""
    folder.mkdir(exist_ok=True)
    for name, frame in small.frames_of(people, events).items():
        frame.write_csv(folder / f"{name}.csv")


def say(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run a command and give its exit code, stdout and stderr; there is never a traceback in either."""
    code = pbr.cli.run(words)
    printed = capsys.readouterr()
    assert "Traceback" not in printed.out + printed.err
    return code, printed.out, printed.err


def evaluate(capsys: pytest.CaptureFixture[str], *more: str, as_at: str = small.LATE) -> tuple[int, str, str]:
    """Evaluate the contract in the folder in which the test stands."""
    return say(capsys, "evaluate", "contract.yaml", "--data", "return", "--as-at", as_at, "--out", "out", *more)


TABLE: Final = """\
A small contract, version 3, as at 1 May 2026

payment  provider  period    met      gross  adjusted       paid  pending  unknown  not met  excluded
-------  --------  --------  ---  ---------  --------  ---------  -------  -------  -------  --------
first    north     Y1-Q1       1  £1,000.00     £0.00  £1,000.00
first    south     Y2-Q1       1    £660.00     £0.00    £660.00
first    south     not paid                                             0        0        0         1
second   north     Y1-Q2       1    £250.00   -£50.00    £200.00
second   south     not paid                                             1        0        0         1

people: 3 rows read, 0 refused, 2 used, 1 not included
events: 3 rows read, 0 refused, 2 used, 1 not included
people has no recorded field: each row counts from its own date

Due in all: £1,860.00
"""


# ---- evaluate


def test_evaluate_prints_the_summary_and_writes_the_files(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A clean run exits 0, prints its product on stdout and nothing on stderr."""
    assert evaluate(capsys, as_at="2026-05-01") == (0, TABLE, "")
    assert (home / "out" / "statement.csv").is_file()


def test_the_summary_holds_lines_that_are_of_no_one_payment(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A factor of the lines of a group together makes a line of no payment: it has a row of its own."""
    half = "{id: half, kind: multiply, by: 1/2, per: [provider]}"
    head = small.TEXT[: small.TEXT.index("adjustments:")]
    (home / "contract.yaml").write_text(f"{head}adjustments:\n  - {half}\n")
    code, out, err = evaluate(capsys, as_at="2026-05-01")
    assert (code, err) == (0, "")
    rows = [line.split() for line in out.splitlines() if line.startswith("adjustments")]
    assert [(row[1], row[-2], row[-1]) for row in rows] == [
        ("north", "-£625.00", "-£625.00"),
        ("south", "-£330.00", "-£330.00"),
    ]
    plain = evaluate(capsys, "--format", "csv", as_at="2026-05-01")[1]
    assert [line.split(",")[5] for line in plain.splitlines() if line.startswith(",")] == ["-625.00", "-330.00"]


@pytest.mark.usefixtures("home")
def test_the_summary_may_be_csv(capsys: pytest.CaptureFixture[str]) -> None:
    """As CSV the summary is plain decimal text with a heading."""
    code, out, err = evaluate(capsys, "--format", "csv", as_at="2026-05-01")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == HEADINGS
    assert list(csv.reader(io.StringIO(out)))[1:] == [
        ["first", "north", "Y1-Q1", "1", "1000.00", "0.00", "1000.00", "0", "0", "0", "0"],
        ["first", "south", "Y2-Q1", "1", "660.00", "0.00", "660.00", "0", "0", "0", "0"],
        ["first", "south", "", "0", "0.00", "0.00", "0.00", "0", "0", "0", "1"],
        ["second", "north", "Y1-Q2", "1", "250.00", "-50.00", "200.00", "0", "0", "0", "0"],
        ["second", "south", "", "0", "0.00", "0.00", "0.00", "1", "0", "0", "1"],
    ]


@pytest.mark.usefixtures("home")
def test_the_summary_may_be_json(capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON money is decimal text, counts are numbers, and the total and refused rows stand at the top."""
    code, out, err = evaluate(capsys, "--format", "json", as_at="2026-05-01")
    assert (code, err) == (0, "")
    found = json.loads(out)
    rows = found.pop("rows")
    assert found == {
        "contract": "small",
        "version": "3",
        "currency": "GBP",
        "as_at": "2026-05-01",
        "total": "1860.00",
        "refused": {"people": 0, "events": 0},
    }
    assert rows[0] == {
        "payment": "first",
        "provider": "north",
        "period": "Y1-Q1",
        "met": 1,
        "gross": "1000.00",
        "adjusted": "0.00",
        "paid": "1000.00",
        "pending": 0,
        "unknown": 0,
        "not_met": 0,
        "excluded": 0,
    }
    assert len(rows) == 5


@pytest.mark.parametrize("form", ["table", "json", "csv"])
@pytest.mark.usefixtures("home")
def test_quiet_prints_no_summary(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With --quiet stdout is empty, whatever the format, and the files are written."""
    assert evaluate(capsys, "--quiet", "--format", form) == (0, "", "")
    assert Path("out/statement.csv").is_file()


def test_refused_rows_are_counted_on_stderr(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Refused rows leave the exit code 0 and stdout as it is, and are counted by code with -v."""
    fill(
        home / "return",
        PEOPLE,
        [*EVENTS, EVENTS[0] | {"kind": "nap"}, EVENTS[0] | {"on": "1 May"}, {**EVENTS[0], "person": "Z"}],
    )
    said = "3 of 9 rows refused; see out/exceptions.csv\n"
    code, out, err = evaluate(capsys)
    assert (code, err) == (0, said)
    assert "events: 6 rows read, 3 refused" in out
    counts = [f"  events {code} {RULES[code].title}: 1\n" for code in ("PBR212", "PBR216", "PBR222")]
    assert evaluate(capsys, "-v", "--quiet") == (0, "", said + "".join(counts))


def test_strict_makes_refused_rows_an_error(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --strict a refused row makes the exit code 1, after the files are written; a clean return stays 0."""
    assert evaluate(capsys, "--strict")[0] == 0
    fill(home / "return", PEOPLE, [*EVENTS, EVENTS[0] | {"kind": "nap"}])
    code, out, err = evaluate(capsys, "--strict")
    assert (code, err) == (1, "1 of 7 rows refused; see out/exceptions.csv\n")
    assert "Due in all: " in out
    assert "PBR216" in (home / "out" / "exceptions.csv").read_text()


def test_a_wrong_contract_writes_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Faults of the contract exit 1, each a line on stderr, and no folder is made."""
    (home / "contract.yaml").write_text(changed(("kind: event", "kind: evnt"), ("by: 5/6", "by: 5/0")))
    code, out, err = evaluate(capsys)
    assert (code, out) == (1, "")
    assert [line.split()[:2] for line in err.splitlines()] == [
        ["contract.yaml:44:5", "PBR105"],
        ["contract.yaml:60:48", "PBR109"],
    ]
    assert not (home / "out").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("evaluate", "missing.yaml", "--data", "return", "--as-at", "2026-05-01", "--out", "out"), "PBR001"),
        (("evaluate", "contract.yaml", "--data", "missing", "--as-at", "2026-05-01", "--out", "out"), "PBR201"),
        (("evaluate", "contract.yaml", "--data", "return", "--as-at", "1 May 2026", "--out", "out"), "PBR402"),
        (("evaluate", "contract.yaml", "--data", "return", "--as-at", "2026-05-01", "--out", "return"), "PBR501"),
        (("explain", "return", "--participant", "A"), "PBR503"),
    ],
)
@pytest.mark.usefixtures("home")
def test_a_run_that_cannot_start_exits_2(words: tuple[str, ...], code: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing file, an unusable day and a folder of somebody else's are each a line on stderr and exit 2."""
    exit_code, out, err = say(capsys, *words)
    assert (exit_code, out) == (2, "")
    assert code in err.splitlines()[0]
    assert not Path("out").exists()


# ---- check


@pytest.mark.usefixtures("home")
def test_check_prints_the_fingerprint_both_sides_sign(capsys: pytest.CaptureFixture[str]) -> None:
    """A clean contract is named with its version and fingerprint; with --quiet nothing is printed."""
    print_of = small.contract_of().fingerprint
    assert say(capsys, "check", "contract.yaml") == (
        0,
        f"contract.yaml: small, version 3: clean\nfingerprint {print_of}\n",
        "",
    )
    assert say(capsys, "check", "--quiet", "contract.yaml") == (0, "", "")


def test_check_takes_the_worst_of_several(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every contract named is checked; a faulty one makes it 1, one that cannot be read 2."""
    (home / "wrong.yaml").write_text(changed(("by: 5/6", "by: 5/0")))
    (home / "worse.yaml").write_text(changed(("by: 5/6", "by: 5/0"), ("kind: event", "kind: evnt")))
    code, out, err = say(capsys, "check", "wrong.yaml", "contract.yaml")
    assert code == 1
    assert out.startswith("contract.yaml: small, version 3: clean\n")
    assert err.splitlines()[0].startswith("wrong.yaml:60:48 PBR109 ")
    assert err.splitlines()[1:] == ["wrong.yaml: 1 problem"]
    code, _, err = say(capsys, "check", "--quiet", "worse.yaml", "missing.yaml", "contract.yaml")
    assert code == 2
    assert err.splitlines()[2] == "worse.yaml: 2 problems"
    assert err.splitlines()[3].startswith("missing.yaml PBR001 ")


@pytest.mark.usefixtures("home")
def test_a_contract_may_be_named_by_its_folder(capsys: pytest.CaptureFixture[str]) -> None:
    """A folder stands for the contract.yaml in it, and problems name that file; without one it cannot be read."""
    Path("there").mkdir()
    Path("none").mkdir()
    Path("there/contract.yaml").write_text(changed(("by: 5/6", "by: 5/0")))
    code, out, err = say(capsys, "check", "there", "none", ".")
    assert (code, out.splitlines()[0]) == (2, ".: small, version 3: clean")
    assert [line.split()[:2] for line in err.splitlines()] == [
        ["there/contract.yaml:60:48", "PBR109"],
        ["there:", "1"],
        ["none/contract.yaml", "PBR001"],
        ["none:", "1"],
    ]


# ---- test, init and schema


@pytest.fixture
def tried(home: Path) -> Path:
    """Put two cases beside the small contract: one passes, and one expects a penny more."""
    case = """\
case: A job in time
as_at: 2026-05-01
tables:
  people: [{person: A, provider: north, began: 2025-04-01, level: high}]
  events: [{person: A, kind: job, on: 2025-06-24, seen: 2025-07-01}]
expect: {lines: [{payment: first, subject: A, amount: 1000.00}], total: 1000.00}
"""
    (home / "cases").mkdir()
    (home / "cases" / "one.yaml").write_text(
        changed(("lines: [{payment: first, subject: A, amount: 1000.00}], total: 1000.00", "total: 1200.00"), text=case)
    )
    (home / "cases" / "two.yaml").write_text(changed(("total: 1000.00", "total: 1000.01"), text=case))
    return home


def test_cases_that_fail_exit_1(tried: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each case, expected beside found, the explanation, then what no case reaches."""
    code, out, err = say(capsys, "test", "contract.yaml")
    assert (code, err) == (1, "")
    assert out.startswith("pass  cases/one.yaml: A job in time\nFAIL  cases/two.yaml: A job in time\n  place ")
    assert "\n  two.yaml:6  line second A share  no line   -41.67\n" in out
    assert "\n  two.yaml:6  total                1000.01   1200.00\n" in out
    assert "\n  | kept: met on 24 September 2025 (clause 3.2, contract.yaml:49)\n" in out
    assert "\ncontract.yaml: 1 of 2 cases pass\nThey reach 9 of 22 terms (40%)\n" in out
    assert say(capsys, "test", "--quiet", "contract.yaml")[1].startswith("FAIL  cases/two.yaml")
    (tried / "cases" / "two.yaml").unlink()
    assert say(capsys, "test", "contract.yaml")[0] == 0
    assert say(capsys, "test", "--quiet", "contract.yaml") == (0, "", "")


def test_too_small_a_reach_exits_1(tried: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --fail-under cases that pass but leave too much out are not enough; the share is rounded down."""
    (tried / "cases" / "two.yaml").unlink()
    said = "contract.yaml: the cases reach 40% of its terms, less than 41%\n"
    assert say(capsys, "test", "--quiet", "--fail-under", "40", "contract.yaml") == (0, "", "")
    assert say(capsys, "test", "--quiet", "--fail-under", "41", "contract.yaml") == (1, "", said)
    assert say(capsys, "test", "--fail-under", "101", "contract.yaml")[0] == 2


@pytest.mark.usefixtures("tried")
def test_results_of_cases_may_be_json(capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON money is decimal text, counts are numbers, and every term has the number of cases that reach it."""
    code, out, err = say(capsys, "test", "--format", "json", "contract.yaml")
    assert (code, err) == (1, "")
    (found,) = json.loads(out)
    assert [(case["file"], case["passed"]) for case in found["cases"]] == [
        ("cases/one.yaml", True),
        ("cases/two.yaml", False),
    ]
    assert found["cases"][1]["differences"][-1] == {
        "place": "two.yaml:6",
        "what": "total",
        "expected": "1000.01",
        "found": "1200.00",
        "subject": "",
        "outcome": "",
    }
    assert (found["id"], found["passed"], found["reached"], found["terms"]) == ("small", False, 9, 22)
    first = {
        "what": "exclude",
        "name": "early",
        "how": "lets somebody through",
        "place": "contract.yaml:30",
        "cases": 2,
    }
    assert found["reach"][0] == first
    assert say(capsys, "test", "--format", "json", "--quiet", "contract.yaml") == (1, "", "")


@pytest.mark.usefixtures("tried")
def test_test_takes_the_worst_of_several(capsys: pytest.CaptureFixture[str]) -> None:
    """A contract that cannot be read does not keep the others from being tested, and makes the exit code 2."""
    code, out, err = say(capsys, "test", "missing.yaml", "contract.yaml")
    assert code == 2
    assert "contract.yaml: 1 of 2 cases pass" in out
    assert err.startswith("missing.yaml PBR001 ")


@pytest.mark.usefixtures("tried")
def test_several_contracts_are_followed_by_a_table_of_all(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One row for each, named as it was, and one for all; none for one contract, with --quiet, or beside JSON."""
    shutil.copytree(ROOT / "contracts" / "doncaster-prison", home / "cliff")
    code, out, err = say(capsys, "test", "contract.yaml", "cliff")
    assert (code, err) == (1, "")
    assert out.splitlines()[-6:] == [
        "",
        "contract       cases pass  terms reached  reach",
        "-------------  ----------  -------------  -----",
        "contract.yaml  1 of 2      9 of 22        40%",
        "cliff          3 of 3      5 of 5         100%",
        "all 2          4 of 5      14 of 27       51%",
    ]
    assert "terms reached" not in say(capsys, "test", "cliff")[1]
    assert "terms reached" not in say(capsys, "test", "--quiet", "contract.yaml", "cliff")[1]
    assert len(json.loads(say(capsys, "test", "--format", "json", "contract.yaml", "cliff")[1])) == 2


@pytest.mark.usefixtures("tried")
@pytest.mark.parametrize("command", ["check", "test"])
def test_a_page_beside_contracts_is_passed_over(command: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A page that a pattern names beside a contract is said and passed over; named alone it is no contract."""
    (home / "README.md").write_text("An index of contracts.\n")
    code, out, err = say(capsys, command, "README.md", "contract.yaml")
    assert (code, err) == (int(command == "test"), "README.md: a page of text, passed over\n")
    assert "contract.yaml: " in out
    for pages in (["README.md"], ["README.md", "README.md"]):
        code, out, err = say(capsys, command, *pages)
        assert (code, out) == (1, "")
        assert err.startswith("README.md:1:1 PBR013 ")


@pytest.mark.usefixtures("tried")
@pytest.mark.parametrize("command", ["check", "test"])
def test_a_name_that_is_too_long_is_no_contract(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It cannot be read, as what is not there cannot."""
    code, out, err = say(capsys, command, "x" * 300)
    assert (code, out) == (2, "")
    assert " PBR001 " in err


def test_init_says_what_it_wrote(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file is a line, and what comes next; a second time nothing is written, and the exit code is 2."""
    code, out, err = say(capsys, "init", "new")
    assert (code, err) == (0, "")
    names = ["contract.yaml", "cases/first.yaml", "README.md", "contract.schema.json", "case.schema.json"]
    assert out.splitlines()[:-1] == [f"wrote new/{name}" for name in names]
    assert out.splitlines()[-1] == "next: pbr check new/contract.yaml; pbr test new/contract.yaml"
    assert say(capsys, "init", "new")[0] == 2
    assert say(capsys, "init", "--quiet", "--from", "contract.yaml", "other") == (0, "", "")
    assert (home / "other" / "contract.yaml").read_text().endswith(small.TEXT)


@pytest.mark.usefixtures("home")
def test_init_lists_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    """Each contract of the library is a line, with the name to begin from and its title; JSON and CSV say the same."""
    rows = [(name, title) for name, title in list_titles().items()]
    code, out, err = say(capsys, "init", "--list")
    assert (code, err) == (0, "")
    assert [tuple(re.split("  +", line, maxsplit=1)) for line in out.splitlines()] == rows
    assert "drug-recovery " in out
    read = json.loads(say(capsys, "init", "--list", "--format", "json")[1])
    assert [(row["id"], row["title"]) for row in read] == rows
    text = say(capsys, "init", "--list", "--format", "csv")[1]
    assert [tuple(row) for row in csv.reader(text.splitlines())] == [("id", "title"), *rows]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--list", "new"), "--list makes nothing"),
        (("--list", "--from", "drug-recovery"), "--list makes nothing"),
        (("--list", "--quiet"), "--list makes nothing"),
        ((), "name the folder to make as DIR, or use --list"),
        (("new", "--format", "json"), "--format is of the list"),
    ],
)
def test_init_makes_or_lists(home: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str) -> None:
    """To list and to make are two things: both, or neither, is a usage error and writes nothing."""
    code, out, err = say(capsys, "init", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert not (home / "new").exists()


def test_schema_prints_what_init_writes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The schemas of a contract and of a case are those that `init` puts beside them."""
    say(capsys, "init", "new")
    assert say(capsys, "schema") == (0, (home / "new/contract.schema.json").read_text(), "")
    assert say(capsys, "schema", "case") == (0, (home / "new/case.schema.json").read_text(), "")
    assert say(capsys, "schema", "ballot")[0] == 2


# ---- explain


@pytest.mark.usefixtures("home")
def test_explain_prints_one_participant(capsys: pytest.CaptureFixture[str]) -> None:
    """The product is the text of the library's function, for a participant, an outcome or a line."""
    evaluate(capsys, "--quiet")
    code, out, err = say(capsys, "explain", "out", "--participant", "A")
    assert (code, err) == (0, "")
    assert out == pbr.explain("out", "A").text
    assert (
        say(capsys, "explain", "out", "--participant", "A", "--outcome", "kept")[1]
        == pbr.explain("out", "A", "kept").text
    )
    code, out, err = say(capsys, "explain", "out", "--participant", "Z")
    assert (code, out) == (1, "")
    assert "PBR505" in err


# ---- rule


def test_rule_says_what_a_code_means(capsys: pytest.CaptureFixture[str]) -> None:
    """A code in either case gives title, why and fix; a reason or a use gives its sentence."""
    rule = RULES["PBR104"]
    text = f"PBR104 {rule.title}\n  why  {rule.why}\n  fix  {rule.fix}\n"
    assert say(capsys, "rule", "PBR104") == say(capsys, "rule", "pbr104") == (0, text, "")
    assert say(capsys, "rule", "window_open")[1] == f"window_open (reason of a decision): {REASONS['window_open']}\n"
    assert say(capsys, "rule", "outside_term")[1] == (
        f"outside_term (reason of a decision): {REASONS['outside_term']}\n"
        f"outside_term (use of a row): {USES['outside_term']}\n"
    )


def test_rule_all_says_every_code_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Every code and every reason and use has its line, in the order of the tables."""
    code, out, err = say(capsys, "rule", "--all")
    heads = [line.split(" ")[0] for line in out.splitlines() if not line.startswith("  ")]
    assert (code, err) == (0, "")
    assert list(dict.fromkeys(heads)) == list(dict.fromkeys([*RULES, *REASONS, *LINE_REASONS, *USES]))
    assert len(heads) == len(RULES) + len(REASONS) + len(LINE_REASONS) + len(USES)


# ---- how it ends


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("evaluate",), "Missing argument 'CONTRACT'"),
        (("evaluate", "contract.yaml", "--data", "x", "--as-at", "x", "--out", "x", "--format", "xml"), "'xml'"),
        (("evalute",), "No such command 'evalute'"),
        (("check",), "Missing argument 'CONTRACTS...'"),
        (("rule",), "name a code, or use --all"),
        (("rule", "PBR999"), "no code 'PBR999'; did you mean"),
        (("explain", "out"), "name --participant ID; or an outcome of groups by --outcome"),
    ],
)
def test_wrong_usage_exits_2(words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A command that is not understood prints how it is used on stderr."""
    code, out, err = say(capsys, *words)
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize("words", [("--help",), ("-h",), ("--version",), ("evaluate", "--help"), ("rule", "-h")])
def test_help_exits_0(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """Help and version are products: stdout and exit 0."""
    code, out, err = say(capsys, *words)
    assert (code, err) == (0, "")
    assert out


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """The commands of today stand in the help, and no others."""
    out = say(capsys, "--help")[1]
    listed = [line.split()[0] for line in out.split("Commands:\n")[1].splitlines()]
    assert listed == ["check", "test", "evaluate", "explain", "agree", "init", "schema", "rule"]


def fails_with(error: BaseException) -> Callable[..., object]:
    """Give a function that raises."""

    def fails(*_: object, **__: object) -> object:
        """Raise what was asked for."""
        raise error

    return fails


class Panic(BaseException):
    """What a panic of the engine looks like: no Exception."""


@pytest.mark.parametrize("error", [AssertionError("R00001 is 17"), KeyError("R00001"), Panic("R00001")])
@pytest.mark.usefixtures("home")
def test_a_fault_of_ours_is_one_line_without_data(
    error: BaseException, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of pbr exits 70 with the kind and place of it, and never its message."""
    monkeypatch.setattr(pbr.api, "begin", fails_with(error))
    code, out, err = say(capsys, "evaluate", "contract.yaml", "--data", "return", "--as-at", "x", "--out", "out")
    assert (code, out) == (70, "")
    assert err.startswith(f"PBR901 fault of pbr itself: {type(error).__name__} in pbr.cli.parts:")
    assert err.count("\n") == 1
    assert "R00001" not in err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
@pytest.mark.usefixtures("home")
def test_an_interruption_exits_130(
    error: BaseException, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control-C is said in one line, with what became of the output."""
    monkeypatch.setattr(pbr.api, "begin", fails_with(error))
    assert evaluate(capsys) == (130, "", "interrupted; nothing was written\n")


def process(*words: str, folder: Path) -> subprocess.Popen[str]:
    """Start the command in a process of its own."""
    command = [sys.executable, "-m", "pbr", *words]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_process_ends_with_the_code(home: Path) -> None:
    """`python -m pbr` writes the same words to the same places and exits with the code."""
    done = process("check", "contract.yaml", "missing.yaml", folder=home)
    out, err = done.communicate()
    assert done.returncode == 2
    assert out == f"contract.yaml: small, version 3: clean\nfingerprint {small.contract_of().fingerprint}\n"
    assert err.splitlines()[1] == "missing.yaml: 1 problem"


def test_a_reader_that_goes_away_is_no_fault(home: Path) -> None:
    """When what reads the output closes it, as `head` does, there is no traceback and no error."""
    done = process("rule", "--all", folder=home)
    assert done.stdout is not None
    done.stdout.close()
    assert done.stderr is not None
    assert done.stderr.read() == ""
    done.stderr.close()
    assert done.wait() == 0


def test_main_exits_with_the_code_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """The entry point exits with what the command came to."""
    with pytest.raises(SystemExit) as stop:
        pbr.cli.main(["rule", "PBR104"])
    assert stop.value.code == 0
    with pytest.raises(SystemExit) as stop:
        pbr.cli.main(["rule"])
    assert stop.value.code == 2
    assert capsys.readouterr().out.startswith("PBR104 ")
