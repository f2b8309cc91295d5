"""Kinds of one's own that are none, modules that cannot be used, and code of a kind that fails: whose fault is said."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Final

import pytest

import pbr
from pbr.cli import run
from pbr.contract import check_contract
from pbr.kinds import DEFAULT_KINDS
from pbr.problem import ContractError, EvaluationError
from tests.own_kinds import (
    ALL,
    MODULE,
    TEXT,
    contract_of,
    decided,
    evaluated,
    family,
    frames_of,
    loaded,
    module_of,
    session,
    with_outcomes,
)
from tests.small import changed

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.kinds import Kinds

DATUM: Final = "7 heroin"
"""What stands for data in the messages of exceptions; it is never printed."""


def made(*changes: tuple[str, str]) -> type:
    """Give the kind of the page after changes of its text."""
    kind: type = module_of(changed(*changes, text=MODULE)).Attended
    return kind


# ---- what a kind must be


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('at_least: str = figure("count")', "at_least: int", "the term at_least is of the type int"),
        ("when: str | None = None", "when: bool = False", "the term when is of the type bool"),
        ("when: str | None = None", "when: object = None", "the term when is of the type object"),
        ("when: str | None = None", "when: list[str] = ()", "the term when is of the type list"),
        ("when: str | None = None", "when: dict[str, str] = ()", "the term when is of the type dict"),
        ("when: str | None = None", "when: tuple[str, str] = ()", "the term when is of the type tuple"),
        ("when: str | None = None", "when: str | Window | None = None", "the term when is of the type str | "),
        ("when: str | None = None", "_when: str | None = None", "the term _when cannot be written"),
    ],
)
def test_terms_are_of_types_that_a_file_can_hold(old: str, new: str, said: str) -> None:
    """What would be read inexactly, or stop the reading of a file, is refused when the kind is added."""
    with pytest.raises(TypeError) as caught:
        DEFAULT_KINDS.adding(made((old, new)))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "new", ["when: Duration | None = None", "when: tuple[str, ...] = ()", "when: Take | None = None", "when: Baseline"]
)
def test_terms_may_be_of_every_type_that_is_read(new: str) -> None:
    """A length, a list, a word of an enum, and a map of such terms."""
    more = ("KINDS = (", "from pbr.calendar import Duration\nfrom pbr.outcomes.score import Baseline\nKINDS = (")
    kind = made(("when: str | None = None", new), more)
    assert DEFAULT_KINDS.adding(kind).added == (kind,)


# ---- what its code does wrong


def failing(*changes: tuple[str, str], text: str = TEXT, rows: bool = True) -> str:
    """Evaluate with a changed kind, and give what is said of it."""
    kinds = DEFAULT_KINDS.adding(made(*changes))
    with pytest.raises(EvaluationError) as caught:
        _run(kinds, text, rows=rows)
    (problem,) = caught.value.problems
    assert problem.code == "PBR405"
    assert "'course': the kind 'attended' of attendance.Attended " in problem.message
    assert DATUM not in str(caught.value)
    return problem.message


def _run(kinds: Kinds, text: str, *, rows: bool) -> None:
    """Evaluate two sessions of one family, or none."""
    held = [session("2025-05-02"), session("2025-05-09")] if rows else []
    pbr.run(contract_of(text, kinds), frames_of([family()], held), "2026-03-31")


RAISES: Final = f'raise KeyError("{DATUM}")'
DECIDES: Final = "        sessions, window = self._sessions(ctx), self.window\n"
"""A line of what the kind decides by."""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([("        return anchors(self.window)\n", f"        {RAISES}\n")], "stopped with KeyError at line "),
        ([("        return Reading(", f"        {RAISES}\n        return Reading(")], "stopped with KeyError"),
        ([("        return (self._sessions(ctx),)\n", f"        {RAISES}\n")], "stopped with KeyError at line "),
        ([(DECIDES, f"        {RAISES}\n")], "stopped with KeyError at line "),
        ([("        return anchors(self.window)\n", '        return "start"\n')], "gives from `reads` something else"),
        ([("return columns.anchored(window, columns.summed(sessions, decision))", "return None")], "than a Decision"),
        ([("date=counted.reached", "date=counted.reached.cast(int)")], "a `date` of the type Int64, not Int32"),
        ([("date=counted.reached", 'date=columns.fact("no")')], "stopped with KeyError"),
        ([("date=counted.reached", "date=counted.reached - 1000")], "outside the term"),
        ([("date=counted.reached", "date=counted.reached + 10000")], "outside the term, or has not come yet"),
        ([("date=counted.reached", "date=counted.reached.replace_strict({}, return_dtype=__import__('polars').Int32)")],
         "stopped with "),
        ([("parts: ClassVar[None] = None", "parts: ClassVar[int] = 1")], "has one of `parts` and `value_type`"),
    ],
)  # fmt: skip
def test_what_fails_in_a_kind_is_said_of_the_kind(changes: list[tuple[str, str]], said: str) -> None:
    """The outcome, the kind and what is wrong, with no data, as a problem and never as a fault of the program."""
    assert said in failing(*changes)


def test_what_a_kind_says_of_its_terms_is_a_fault_of_the_contract() -> None:
    """A ValueError is what the author says of the terms, at the place of the outcome; others are failures."""
    checked = "    def __attrs_post_init__(self) -> None:\n        raise {}\n\n    def reads(self)"
    for raised, code, said in (
        ("ValueError('write when or window, not both')", "PBR196", "write when or window, not both"),
        (f"KeyError('{DATUM}')", "PBR405", "the kind 'attended' of attendance.Attended stopped with KeyError"),
        ("ValueError", "PBR405", "stopped with ValueError"),
    ):
        kinds = DEFAULT_KINDS.adding(made(("    def reads(self)", checked.format(raised))))
        (problem,) = loaded(TEXT, kinds)[1]
        assert (problem.code, problem.line, problem.column) == (code, 21, 3)
        assert problem.message.endswith(said)


def test_other_faults_of_such_an_outcome_are_those_of_any() -> None:
    """A key that is unknown, or missing, has its own code and place, as in a kind of the language."""
    codes = [problem.code for problem in loaded(TEXT.replace("at_least: enough", "at_lest: 3"))[1]]
    assert codes == ["PBR104"]
    codes = [problem.code for problem in loaded(TEXT.replace("    at_least: enough\n", ""))[1]]
    assert codes == ["PBR102"]


@pytest.mark.parametrize(
    "changes",
    [
        [("date=counted.reached", "date=counted.reached.max()")],
        [
            ('(counted.enough, "met")', '(counted.enough.any(), "met")'),
            ("date=counted.reached", "date=columns.now()"),
        ],
    ],
)  # fmt: skip
def test_a_kind_that_looks_at_others_is_found(changes: list[tuple[str, str]]) -> None:
    """What is decided on one may not hang on who else there is, or parts of a return would pay otherwise."""
    families = [family(), family("F2"), family("F3")]
    held = [session("2025-05-02"), session("2025-05-09"), session("2025-05-03", "F2"), session("2025-05-04", "F2")]
    assert decided(evaluated(TEXT, families, held), "course", "F3")[0] == "not_met"
    kinds = DEFAULT_KINDS.adding(made(*changes))
    with pytest.raises(EvaluationError, match="decides on one subject by the rows of others"):
        pbr.run(contract_of(TEXT, kinds), frames_of(families, held), "2026-03-31")


def test_a_met_outcome_has_a_day() -> None:
    """A day that is missing is found where the outcome is met, before any line of money is made."""
    message = failing(("date=counted.reached", "date=counted.reached.replace_strict({}, default=None)"))
    assert "day" in message or "date" in message


def test_a_reason_that_is_none_of_the_list_is_the_kinds() -> None:
    """A reason is one of the closed list; another stops where it is made."""
    assert "stopped with KeyError" in failing(('(counted.seen, "too_little")', '(counted.seen, "too_lazy")'))


def test_the_first_cause_is_kept_for_the_author() -> None:
    """In the library the exception of the kind is the cause, so that its author can see it."""
    kinds = DEFAULT_KINDS.adding(made((DECIDES, f"        {RAISES}\n")))
    with pytest.raises(EvaluationError) as caught:
        _run(kinds, TEXT, rows=True)
    assert isinstance(caught.value.__cause__, KeyError)


def test_data_that_make_a_query_fail_are_said_of_the_kind() -> None:
    """What fails only when the query is run, on some rows, is found to be the kind's too, and quotes none of them."""
    over = f"(counted.reached.cast(pl.String) + '{DATUM}').str.to_integer().cast(pl.Int32)"
    change = ("date=counted.reached", f"date=counted.reached + {over}")
    assert "stopped with " in failing(change, ("KINDS = (", "import polars as pl\nKINDS = ("))


def test_a_kind_that_fails_as_at_an_earlier_day_is_said_of_the_kind() -> None:
    """A measure decides again as at a day that was; what fails only then is the kind's as well."""
    text = with_outcomes("share: {kind: measure, of: course, take: count, per: [quarter], period_of: start}")
    bad = "(pl.lit('12') + ('x' if columns.as_at < 20500 else '')).str.to_integer().cast(pl.Int32)"
    change = ("date=counted.reached", f"date=counted.reached + {bad} * 0")
    message = failing(change, ("KINDS = (", "import polars as pl\nKINDS = ("), text=text)
    assert "stopped with " in message


# ---- modules


def said_by(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Run a command, and give its exit code and what it says of problems."""
    code = run(arguments)
    return code, capsys.readouterr().err


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a current folder with a contract in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "contract.yaml").write_text(TEXT)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n", "KINDS"),
        ("KINDS = 7\n", "KINDS"),
        ("KINDS = ()\n", "KINDS"),
        ("KINDS = ('attended',)\n", "no class"),
        ("class A:\n    pass\nKINDS = (A,)\n", "attrs"),
        (f"raise ValueError('{DATUM}')\n", "ValueError"),
        ("import no_such_module_at_all\n", "ModuleNotFoundError"),
        ("def (\n", "SyntaxError"),
        ("raise SystemExit(0)\n", "SystemExit"),
    ],
)
@pytest.mark.parametrize("by_path", [True, False])
def test_a_module_that_cannot_be_used_stops_the_command(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, said: str, by_path: bool
) -> None:
    """One problem with a code, the module and the fix; exit 2, nothing of what the exception held, and no traceback."""
    name = f"module_{abs(hash((text, by_path)))}"
    (folder / f"{name}.py").write_text(text)
    code, err = said_by(["check", "contract.yaml", "--kinds", f"{name}.py" if by_path else name], capsys)
    assert code == 2
    assert said in err
    assert DATUM not in err
    assert "Traceback" not in err
    assert err.count("PBR") == 1
    assert name not in sys.modules or not by_path


@pytest.mark.parametrize("word", ["no_such_module_at_all", "no/such.py", "a b", "", "../x", "pbr..kinds", "-x.py", "."])
def test_a_module_that_is_not_there_stops_the_command(
    folder: Path, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    """A name or path of nothing is exit 2."""
    assert folder.is_dir()
    code, err = said_by(["check", "contract.yaml", f"--kinds={word}"], capsys)
    assert code == 2
    assert "Traceback" not in err


def test_two_modules_with_one_word_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second of two kinds of one word is a problem that names the first."""
    for name in ("one", "other"):
        (folder / f"{name}_attendance.py").write_text(MODULE)
    named = ["--kinds", "one_attendance.py", "--kinds", "other_attendance.py"]
    code, err = said_by(["check", "contract.yaml", *named], capsys)
    assert code == 2
    assert "one_attendance" in err
    assert "'attended'" in err


def test_nothing_is_imported_that_is_not_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A module beside the contract is left alone without the option, and the path is as it was afterwards."""
    (folder / "attended.py").write_text("raise RuntimeError\n")
    (folder / "attendance.py").write_text(MODULE)
    path = list(sys.path)
    code, err = said_by(["check", "contract.yaml"], capsys)
    assert (code, "PBR105" in err) == (1, True)
    assert run(["check", "contract.yaml", "--kinds", "attendance.py"]) == 0
    assert sys.path == path
    assert "attended" not in sys.modules


def test_each_command_takes_kinds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Check, test, evaluate, explain, schema and init read a contract with them, and the run keeps their versions."""
    kinds = ["--kinds", "tests.own_kinds"]
    (folder / "cases").mkdir()
    (folder / "cases" / "one.yaml").write_text(
        "case: One\nas_at: 2025-12-31\ntables:\n  families:\n"
        "    - {family: F1, provider: north, referred_on: 2025-05-01, moved_on: ''}\n"
        "expect: {decisions: [{subject: F1, outcome: course, state: not_met}]}\n"
    )
    (folder / "families.csv").write_text("family,provider,referred_on,moved_on\nF1,north,2025-05-01,\n")
    rows = "F1,2025-05-02,yes,play,2025-05-02\nF1,2025-05-09,yes,play,2025-05-09\n"
    (folder / "sessions.csv").write_text(f"family,on,whole,theme,recorded_on\n{rows}")
    assert run(["check", "contract.yaml", *kinds]) == 0
    assert run(["test", "contract.yaml", *kinds]) == 0
    assert run(["evaluate", "contract.yaml", "--data", ".", "--as-at", "2025-12-31", "--out", "out", *kinds]) == 0
    capsys.readouterr()
    assert run(["explain", "out", "--participant", "F1", *kinds]) == 0
    assert "of the module attendance" in capsys.readouterr().out
    assert run(["explain", "out", "--participant", "F1"]) == 1
    assert "--kinds" in capsys.readouterr().err
    manifest = json.loads((folder / "out" / "run.json").read_text())
    assert manifest["arguments"]["kinds"] == [{"kind": "attended", "module": "attendance", "version": "1"}]
    assert run(["schema", *kinds]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert {"Attended", "Varied", "Echoed"} <= schema["$defs"].keys()
    assert run(["init", "mine", "--from", "contract.yaml", *kinds]) == 0
    assert run(["test", "mine", *kinds]) == 0
    assert "attended" in (folder / "mine" / "contract.schema.json").read_text()
    for command in (["test", "contract.yaml"], ["init", "other", "--from", "contract.yaml"]):
        assert run(command) == 1


def test_an_explanation_by_another_version_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run is explained by the kind that decided it: another version, or another rule of that version, is refused."""
    (folder / "families.csv").write_text("family,provider,referred_on,moved_on\nF1,north,2025-05-01,\n")
    (folder / "sessions.csv").write_text("family,on,whole,theme,recorded_on\nF1,2025-05-02,yes,play,2025-05-02\n")
    (folder / "attendance.py").write_text(MODULE)
    told = ["--kinds", "attendance.py"]
    assert run(["evaluate", "contract.yaml", "--data", ".", "--as-at", "2025-12-31", "--out", "out", *told]) == 0
    changes = ('= "1"', '= "2"'), ('"too_little"', '"no_evidence"')
    for later, (old, new) in enumerate(changes, start=int(time.time()) + 10):
        (folder / "attendance.py").write_text(MODULE.replace(old, new))
        os.utime(folder / "attendance.py", (later, later))  # of one size and second it would be the one of before
        capsys.readouterr()
        assert run(["explain", "out", "--participant", "F1", *told]) == 1
        err = capsys.readouterr().err
        assert "PBR504" in err
        assert "attendance" in err


def test_check_contract_gives_problems_and_does_not_raise(folder: Path) -> None:
    """Functions that check return what is wrong, also where the code of a kind fails."""
    path = folder / "contract.yaml"
    kinds = DEFAULT_KINDS.adding(made(("        return anchors(self.window)\n", f"        {RAISES}\n")))
    assert [problem.code for problem in check_contract(path, kinds)] == ["PBR405"]
    assert check_contract(path, ALL) == ()
    with pytest.raises(ContractError):
        pbr.read_contract(path)


def test_rows_decide_nothing_of_whom_there_are_none() -> None:
    """No rows at all: a kind is as sound on nothing as on something."""
    run_of_none = evaluated(TEXT, [], [])
    assert run_of_none.statement.total_minor == 0
    assert failing(("date=counted.reached", "date=counted.reached.cast(int)"), rows=False)
