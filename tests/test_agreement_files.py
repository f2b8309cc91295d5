"""The files of an agreement: its result and recounts, the command, reports and ballot papers."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pbr.agreement import Answer, check_agreement, count_ballots, read_agreement, read_ballots, read_result
from pbr.agreement.form import form_csv, form_text, read_stakes
from pbr.agreement.recount import check_result, read_agreed, write_result
from pbr.agreement.report import report_text, whole_percents
from pbr.agreement.result import parse_result, result_text, typed_value, write_value
from pbr.agreement.words import Moment
from pbr.cli import run
from pbr.problem import AgreementError
from tests.agreements import HEADER, IN_ROUNDS, PLAIN, ROUNDS, SURE, TIMED, WEIGHTS, counted, rated

if TYPE_CHECKING:
    from tests.conftest import Golden

ROOT: Final = Path(__file__).parent.parent
PANEL: Final = ROOT / "examples" / "panel"


def test_the_hash_of_an_agreement_is_of_what_it_says(tmp_path: Path) -> None:
    """Comments, spacing and the hash of the ballots do not change it; a term does."""
    first = counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN).result
    same = HEADER.replace("version: 1", "version:   1  # the first")
    sealed = same.replace("{file: ballots.csv}", f"{{file: ballots.csv, sha256: {first.ballots_sha256}}}")
    assert counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN, sealed).result == first
    other = HEADER.replace("version: 1", "version: 2")
    changed = counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN, other).result
    assert changed.agreement_sha256 != first.agreement_sha256
    assert first.ballots_sha256 == hashlib.sha256((tmp_path / "ballots.csv").read_bytes()).hexdigest()


def test_a_new_version_is_counted_anew(tmp_path: Path) -> None:
    """The result of a version is written once; the next version replaces it."""
    counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN)
    path = tmp_path / "panel.yaml"

    def write() -> str:
        """Count and write."""
        agreement = read_agreement(path)
        return write_result(agreement, count_ballots(agreement, read_ballots(agreement))).read_text(encoding="utf-8")

    first = write()
    assert write() == first
    (tmp_path / "ballots.csv").write_text(f"{PLAIN}\nu1,users,sure,no\n", encoding="utf-8")
    with pytest.raises(AgreementError) as caught:
        write()
    assert {problem.code for problem in caught.value.problems} == {"PBR307", "PBR312"}
    assert (tmp_path / "panel.result.yaml").read_text(encoding="utf-8") == first
    path.write_text(path.read_text(encoding="utf-8").replace("version: 1", "version: 2"), encoding="utf-8")
    assert "agreed: no" in write()


def test_a_result_is_taken_only_if_it_is_of_this_agreement_and_these_ballots(tmp_path: Path) -> None:
    """Without the ballots the agreement is compared alone; a changed file of either is refused, as is no result."""
    counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN)
    path, ballots = tmp_path / "panel.yaml", tmp_path / "ballots.csv"
    agreement = read_agreement(path)
    with pytest.raises(AgreementError, match="PBR311 the agreement has no result"):
        read_agreed(agreement)
    result = count_ballots(agreement, read_ballots(agreement)).result
    write_result(agreement, count_ballots(agreement, read_ballots(agreement)))
    assert result_text(read_agreed(agreement)) == result_text(result)
    ballots.write_text(f"{PLAIN}\nu1,users,sure,no\n", encoding="utf-8")
    with pytest.raises(AgreementError, match=r"panel.result.yaml:7:1 PBR307 the ballots have changed"):
        read_agreed(agreement)
    ballots.unlink()
    assert read_agreed(agreement).agreed
    path.write_text(
        path.read_text(encoding="utf-8").replace("eligible: 200, prot", "eligible: 201, prot"), encoding="utf-8"
    )
    with pytest.raises(AgreementError, match=r"panel.result.yaml:5:1 PBR312 the agreement has changed"):
        read_agreed(read_agreement(path))


def test_what_stands_in_the_file_cannot_change_the_screen(tmp_path: Path) -> None:
    """Signs that a terminal would obey are not printed: neither from a heading nor from a channel."""
    rows = [("u1", "users", "sure", "yes", way) for way in ("web", "\x1b[2J", "", "=cmd()")]
    found = counted(tmp_path, SURE, rows, f"{PLAIN},channel")
    assert found.channels == {"not said": 1, "other": 2, "web": 1}
    with pytest.raises(AgreementError) as caught:
        counted(tmp_path, SURE, [], f"{PLAIN},\x1b[2J")
    assert "\x1b" not in str(caught.value)


def test_a_result_cannot_be_written_into_nothing(tmp_path: Path) -> None:
    """A folder that refuses the file is PBR502, and nothing is left behind."""
    counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN)
    agreement = read_agreement(tmp_path / "panel.yaml")
    found = count_ballots(agreement, read_ballots(agreement))
    (tmp_path / ".panel.result.yaml.part").mkdir()
    with pytest.raises(AgreementError, match="cannot be written"):
        write_result(agreement, found)


def test_what_is_read_of_a_result_is_what_was_written(tmp_path: Path) -> None:
    """A result is read back as it was, and its hash is of its bytes."""
    found = counted(
        tmp_path,
        WEIGHTS + SURE.partition("\n")[2],
        [("u1", "users", "sure", "yes", "", "")],
        "voter,group,question,answer,option,time",
    )
    path = tmp_path / "panel.result.yaml"
    path.write_text(result_text(found.result), encoding="utf-8")
    again = read_result(path)
    assert result_text(again) == result_text(found.result)
    assert again.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert again.agreed is False
    assert again.questions["sure"].agreed_value is True
    assert again.questions["asked"].agreed_value is None


@pytest.mark.parametrize(
    ("asks", "plain", "expected"),
    [
        ("number", "75%", Fraction(3, 4)),
        ("number", "three", None),
        ("number", ["75%"], None),
        ("yes_no", "yes", True),
        ("yes_no", "no", False),
        ("yes_no", ["yes"], None),
        ("set", ["a", "b"], ("a", "b")),
        ("set", "a", None),
        ("set", [["a"]], None),
        ("map", {"a": "3/5", "b": "40%"}, {"a": Fraction(3, 5), "b": Fraction(2, 5)}),
        ("map", {"a": "x"}, None),
        ("map", {}, None),
        ("map", "a", None),
    ],
)
def test_values_of_a_result_are_typed(asks: str, plain: object, expected: object) -> None:
    """A value is what its question asks for, or it is none."""
    assert typed_value(asks, plain) == expected  # type: ignore[arg-type]


def test_values_are_written_exactly() -> None:
    """Shares are per cents where these end, else fractions; nothing is rounded."""
    assert write_value(Fraction(1, 3), "share").plain == "1/3"
    assert write_value(Fraction(25, 2), "money").plain == "12.5"
    assert write_value(value=True).plain == "yes"
    assert Answer(asks="number", rule="median", agreed=False).agreed_value is None
    assert whole_percents([Fraction(2, 3), Fraction(1, 6), Fraction(1, 6)]) == (67, 17, 16)


@pytest.mark.parametrize("text", ["2025-02-30", "2025-02-03T24:00", "2025-02-03T10:60", "2025-02-03T10:00:60", "10:00"])
def test_what_is_no_moment(text: str) -> None:
    """A day or time that does not exist is none."""
    assert Moment.parse(text) is None


def play(
    folder: Path, *words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[int, str, str]:
    """Run a command in a folder."""
    monkeypatch.chdir(folder)
    code = run(list(words))
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_riverside_panel(
    tmp_path: Path, golden: Golden, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The panel's ballots give the result, the report and the papers kept beside them, and a recount agrees."""
    for name in ("panel-2025.yaml", "ballots-2025.csv"):
        shutil.copy(PANEL / name, tmp_path / name)
    code, out, err = play(
        tmp_path, "agree", "panel-2025.yaml", "--papers", "papers.csv", capsys=capsys, monkeypatch=monkeypatch
    )
    assert code == 0
    golden("examples/panel/panel-2025.result.yaml", (tmp_path / "panel-2025.result.yaml").read_bytes())
    golden("examples/panel/golden/report.txt", out)
    golden("examples/panel/golden/papers-not-counted.txt", err)
    with (tmp_path / "papers.csv").open(encoding="utf-8", newline="") as file:
        papers = list(csv.DictReader(file))
    kept = read_result(tmp_path / "panel-2025.result.yaml")
    assert len(papers) == kept.papers["read"] == 2320
    assert sum(paper["state"] == "counted" for paper in papers) == kept.papers["counted"]
    code, out, err = play(tmp_path, "agree", "panel-2025.yaml", "--check", capsys=capsys, monkeypatch=monkeypatch)
    assert (code, out, err) == (0, "panel-2025.yaml: a recount gives the same result\n", "")
    assert kept.questions["target_groups"].agreed_value == ("women",)
    assert kept.questions["outcomes"].agreed_value == ("recovered", "satisfied")


@pytest.mark.parametrize("form", ["json", "csv"])
def test_reports_for_machines(
    tmp_path: Path, form: str, golden: Golden, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--format` gives the whole result as JSON, or every test as CSV."""
    for name in ("panel-2025.yaml", "ballots-2025.csv"):
        shutil.copy(PANEL / name, tmp_path / name)
    code, out, err = play(
        tmp_path, "agree", "panel-2025.yaml", "--format", form, capsys=capsys, monkeypatch=monkeypatch
    )
    assert (code, bool(err)) == (0, True)
    if form == "json":
        assert json.loads(out)["questions"]["satisfaction"]["value"] == "80%"
    else:
        golden("examples/panel/golden/tests.csv", out)
    assert play(tmp_path, "agree", "panel-2025.yaml", "--quiet", capsys=capsys, monkeypatch=monkeypatch) == (0, "", "")


CONTRACT: Final = """\
agreements: {panel: [panel-2024.yaml, panel-2025.yaml], other: other.yaml}
values:
  enough: {agreed: panel.satisfaction, bounds: 60% to 95%, if_none: unpaid}
  weights: {agreed: panel.weights, if_none: {recovered: 60%, satisfied: 40%}}
  reached: {agreed: panel.target_groups, by: reach, if_none: {women: no, no_home: no, veterans: no}}
  elsewhere: {agreed: other.weights, if_none: unpaid}
  price: 12.00
"""


def test_ballot_papers_show_what_is_at_stake(
    tmp_path: Path, golden: Golden, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Options, the commissioner's bounds and what happens without agreement stand on the paper, from the contract."""
    shutil.copy(PANEL / "panel-2025.yaml", tmp_path / "panel-2025.yaml")
    (tmp_path / "contract.yaml").write_text(CONTRACT, encoding="utf-8")
    words = ("agree", "panel-2025.yaml", "--form", "--contract", "contract.yaml")
    code, out, err = play(tmp_path, *words, capsys=capsys, monkeypatch=monkeypatch)
    assert (code, out, err) == (0, "panel-2025.form.csv\npanel-2025.form.txt\n", "")
    paper = (tmp_path / "panel-2025.form.txt").read_text(encoding="utf-8")
    golden("examples/panel/golden/panel-2025.form.txt", paper)
    golden("examples/panel/golden/panel-2025.form.csv", (tmp_path / "panel-2025.form.csv").read_bytes())
    words_of_paper = " ".join(paper.split())
    assert "The commissioner allows 60% to 95%. If nothing is agreed: nothing is paid that needs it." in words_of_paper
    assert (
        "(costs 15000) If nothing is agreed: women no, no_home no, veterans no." in words_of_paper
    )  # no bounds of a set
    assert max(map(len, paper.splitlines())) <= 78
    assert (
        play(tmp_path, "agree", "panel-2025.yaml", "--form", "--quiet", capsys=capsys, monkeypatch=monkeypatch)[1] == ""
    )


def test_ballot_papers_of_every_rule(tmp_path: Path) -> None:
    """Every rule says what may be written; rounds and values have a column; a contract without values has no stakes."""
    terms = """\
opens: 2025-02-03
second_ballots: none
questions:
  sure: {asks: yes_no, rule: dual_key, title: Shall we go on?}
  price: {asks: number, rule: median, unit: money, bounds: 1 to 20}
  count: {asks: number, rule: median}
  sleep: {asks: set, rule: delphi, options: {a: A good night}, rounds: {most: 2}}
"""
    (tmp_path / "panel.yaml").write_text(HEADER + terms, encoding="utf-8")
    agreement = read_agreement(tmp_path / "panel.yaml")
    assert form_csv(agreement.terms) == (
        "voter,group,question,option,answer,round,time,channel,value\n"
        ",,sure,,,,,,\n,,price,,,,,,\n,,count,,,,,,\n,,sleep,a,,1,,,\n"
    )
    paper = " ".join(form_text(agreement.terms).split())
    assert "none of them counts" in paper
    assert "an amount such as 12.50 from 1 to 20" in paper
    assert "a whole number from 1 (does not matter) to 9 (matters most)" in paper
    assert "The value that you vote for" in paper
    (tmp_path / "contract.yaml").write_text("pbr: 1\n", encoding="utf-8")
    assert read_stakes(tmp_path / "contract.yaml", agreement) == {}
    assert "No figure of the contract depends on this." in form_text(agreement.terms, {})
    with pytest.raises(AgreementError, match="PBR001"):
        read_stakes(tmp_path / "none.yaml", agreement)


@pytest.mark.parametrize(
    "words", [("--check", "--form"), ("--contract", "contract.yaml"), ("--check", "--contract", "contract.yaml")]
)
def test_options_that_do_not_go_together(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake of usage ends with 2."""
    assert run(["agree", "panel.yaml", *words]) == 2
    assert "give" in capsys.readouterr().err


def test_papers_that_do_not_count_are_listed_in_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than 20 are not all printed, and none is lost from the file; nothing says whose they are."""
    counted(tmp_path, SURE, [(f"secret{n}", "users", "sure", "perhaps") for n in range(30)], PLAIN)
    words = ("agree", "panel.yaml", "--papers", "papers.csv")
    code, out, err = play(tmp_path, *words, capsys=capsys, monkeypatch=monkeypatch)
    assert code == 1
    assert "and 10 papers more that do not count; --papers FILE lists them" in err
    assert "secret" not in out + err + (tmp_path / "papers.csv").read_text(encoding="utf-8")
    assert len((tmp_path / "papers.csv").read_text(encoding="utf-8").splitlines()) == 31


def test_report_says_rounds_and_ways(tmp_path: Path) -> None:
    """The report names the rounds counted, and how the papers came in."""
    rows = [(*row, "web") for row in rated(1, "a", 16) + rated(1, "b", 12)]
    found = counted(tmp_path, ROUNDS, rows, f"{IN_ROUNDS},channel")
    text = report_text(read_agreement(tmp_path / "panel.yaml"), found)
    assert "1 of 3 rounds counted; it stops after 3 rounds, or once no group moved by more than 5%" in text
    assert "  by web 80\n" in text


def test_what_is_out_is_kept_and_said(tmp_path: Path) -> None:
    """10 of 20 in every group put an option out, 11 leave no consensus; without a quorum neither is said."""
    terms = "questions:\n  sleep: {asks: set, rule: delphi, options: [a, b, c], rounds: {most: 1}}\n"
    rows = rated(1, "a", 16) + rated(1, "b", 11) + rated(1, "c", 10)
    found = counted(tmp_path, terms, rows, IN_ROUNDS)
    answer = found.result.questions["sleep"]
    assert (answer.agreed_value, answer.out) == (("a",), ("c",))
    assert parse_result(result_text(found.result), "r.yaml").questions["sleep"].out == ("c",)
    assert "    out: [c]\n" in result_text(found.result)
    text = report_text(read_agreement(tmp_path / "panel.yaml"), found)
    assert "  AGREED: a\n  OUT: c\n  NO CONSENSUS: b\n" in text
    few = counted(tmp_path, f"quorum: {{overall: 41 voters}}\n{terms}", rows, IN_ROUNDS)
    assert few.result.questions["sleep"].out == ()
    text = report_text(read_agreement(tmp_path / "panel.yaml"), few)
    assert "NOT AGREED: no quorum" in text
    assert "CONSENSUS" not in text


def test_a_report_without_tests(tmp_path: Path) -> None:
    """A number without a quorum has no test to print, and its figure by group all the same."""
    terms = "questions:\n  asked: {asks: number, rule: median}\n"
    found = counted(tmp_path, terms, [("u1", "users", "asked", "7"), ("s1", "staff", "asked", "9")], PLAIN)
    text = report_text(read_agreement(tmp_path / "panel.yaml"), found)
    assert "asked [median]\n  AGREED: 7\n  users: 7\n  staff: 9\n  All together: 7\n" in text


def test_the_example_is_what_its_script_makes(tmp_path: Path) -> None:
    """The ballots of the example come out of their seed again, byte for byte."""
    shutil.copy(PANEL / "make_ballots.py", tmp_path / "make_ballots.py")
    subprocess.run([sys.executable, tmp_path / "make_ballots.py"], check=True, capture_output=True)
    assert (tmp_path / "ballots-2025.csv").read_bytes() == (PANEL / "ballots-2025.csv").read_bytes()


def test_a_recount_finds_a_changed_figure(tmp_path: Path) -> None:
    """A figure changed by hand is found with its line, and a longer file with its last."""
    counted(tmp_path, f"closes: 2025-02-28\n{SURE}", [("u1", "users", "sure", "yes", "2025-02-01")], TIMED)
    agreement = read_agreement(tmp_path / "panel.yaml")
    assert "Papers are taken until 28 February 2025." in form_text(agreement.terms)
    found = count_ballots(agreement, read_ballots(agreement))
    path = write_result(agreement, found)
    assert check_result(agreement, found) == ()
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("read: 1,", "read: 2,"), encoding="utf-8")
    (problem,) = check_result(agreement, found)
    assert (problem.code, problem.line) == ("PBR312", text[: text.index("papers:")].count("\n") + 1)
    path.write_text(text + "# one\n" * 30, encoding="utf-8")
    assert len(check_result(agreement, found)) == 21


def test_an_agreement_is_checked_without_being_raised(tmp_path: Path) -> None:
    """`check_agreement` gives every problem of the file, and none of a good one."""
    counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN)
    path = tmp_path / "panel.yaml"
    assert check_agreement(path) == ()
    path.write_text(path.read_text(encoding="utf-8").replace("to: 2028", "to: 2024"), encoding="utf-8")
    assert [problem.code for problem in check_agreement(path)] == ["PBR304"]
    assert [problem.code for problem in check_agreement(tmp_path / "none.yaml")] == ["PBR001"]


def test_ballots_that_cannot_be_read(tmp_path: Path) -> None:
    """A folder, another encoding and a path with a sign of none are refused before anything is counted."""
    counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN)
    agreement = read_agreement(tmp_path / "panel.yaml")
    ballots = tmp_path / "ballots.csv"
    ballots.write_bytes(f"{PLAIN}\nu1,users,sure,\xe9\n".encode("latin-1"))
    with pytest.raises(AgreementError, match="PBR003 not UTF-8 text here"):
        read_ballots(agreement)
    ballots.unlink()
    ballots.mkdir()
    with pytest.raises(AgreementError, match="PBR001 not a plain file"):
        read_ballots(agreement)


def test_a_file_of_ballots_may_be_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over its limit a file is not read at all."""
    counted(tmp_path, SURE, [("u1", "users", "sure", "yes")], PLAIN)
    monkeypatch.setattr("pbr.agreement.ballots.MOST_BYTES", 20)
    with pytest.raises(AgreementError, match="PBR002"):
        read_ballots(read_agreement(tmp_path / "panel.yaml"))
