"""What is said of kinds of a user's own that are none yet, of modules without any, and of code that fails."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import TYPE_CHECKING, Final

import polars as pl
import pytest

import pbr
from pbr.cli import run
from pbr.cli.own_kinds import load_kinds
from pbr.decisions import make_query
from pbr.kinds import DEFAULT_KINDS, Kinds, figure
from pbr.problem import ContractError, EvaluationError
from tests.added_kinds import Waited, attended, page_module, written
from tests.conftest import ROOT
from tests.test_added_kinds import ATTENDED, CONTRACT, KINDS, OUTCOME, came, contract_of, people, sessions

if TYPE_CHECKING:
    from pathlib import Path

MINIMAL: Final = json.loads((ROOT / "tests/errors/PBR195/input.json").read_text(encoding="utf-8"))["kinds.py"]["text"][
    0
]
"""The text of a module with the smallest kind there is, met at the start."""
ALWAYS: Final = "outcomes:\n  here: {kind: always}\npayments:\n  fee: {kind: tariff, pays_for: here, price: 10.00}\n"


def changed(old: str, new: str) -> type:
    """Give the smallest kind with a piece of its text changed."""
    assert old in MINIMAL
    return written("mine", MINIMAL.replace(old, new), "Always")


# ---- what is no kind yet


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("@attrs.frozen(kw_only=True)", "@attrs.define(kw_only=True, unsafe_hash=True)", "it can be changed after"),
        ("@attrs.frozen(kw_only=True)", "@attrs.frozen", "its terms have an order; write @attrs.frozen(kw_only=True)"),
        ("@attrs.frozen(kw_only=True)", "@attrs.define(kw_only=True)", "it has no hash"),
        ('    kind: str = "always"\n', "    kind: str\n", 'write kind: str = "word" as its first term'),
        ('"always"', '"Always there"', "is not lower-case letters"),
        ('"always"', '"measure"', "'measure' is a kind of the language"),
        ('    title: str = ""\n', "", "the term title is missing, or has no default; write title: str = ''"),
        ('    clause: str = ""\n', "    clause: str\n", "the term clause is missing, or has no default"),
        ("    excused_by: str | None = None\n", "", "write excused_by: str | None = None"),
        ('    version: ClassVar[str] = "1"\n', "", 'it has no version; write version: ClassVar[str] = "1"'),
        ('    version: ClassVar[str] = "1"\n', '    version: str = "1"\n', "it has no version"),
        ("    parts: ClassVar[None] = None\n", "", "parts is missing; write parts: ClassVar[None] = None"),
        ("    value_type: ClassVar[None] = None\n", "", "value_type is missing"),
        ("    def reads(self)", "    def read(self)", "the method reads is missing; write def reads(self) -> tuple"),
        ("    def readings(self,", "    def rows(self,", "the method readings is missing"),
        ("    def facts(self,", "    def fact(self,", "the method facts is missing"),
        (
            "    def decide(self,",
            "    def decides(self,",
            "the method decide is missing; write def decide(self, columns",
        ),
        (
            "    Meaning:\n        The outcome is met on the day of the start.\n",
            "",
            "its docstring lacks Meaning: with",
        ),
        ("    Terms:\n", "    Keys:\n", "its docstring lacks Terms: with text below"),
        ("    Edge of the rule:\n        A start", "    Edge of the rule:\n\n    A start", "lacks Edge of the rule:"),
        ("        paid: ``no``", "        pays: ``no``", "what paid is; write 'paid: type. What it is.'"),
        ("    excused_by: str |", "    window: str = ''\n    excused_by: str |", "the term window is a Window"),
        ("    excused_by: str |", "    undone_by: str = ''\n    excused_by: str |", "add the terms table and date"),
        ("    excused_by: str |", "    once_per: str = ''\n    excused_by: str |", "def decide_words(self, columns"),
    ],
)
def test_what_is_missing_is_said_with_how_to_write_it(old: str, new: str, said: str) -> None:
    """Each part that a kind needs is asked for when the kind is added."""
    kind = changed(old, new)
    with pytest.raises(TypeError) as caught:
        DEFAULT_KINDS.adding(kind)
    assert said in str(caught.value)
    assert "mine.Always" in str(caught.value)


def test_all_that_is_missing_is_said_at_once() -> None:
    """A class with three faults gives three lines."""
    text = MINIMAL.replace('    version: ClassVar[str] = "1"\n', "").replace('    title: str = ""\n', "")
    with pytest.raises(TypeError) as caught:
        DEFAULT_KINDS.adding(written("mine", text.replace('"always"', '"event"'), "Always"))
    assert str(caught.value).count("\n- ") == 3


@pytest.mark.parametrize("thing", [1, "Always", Waited(of="seen")])
def test_only_a_class_is_added(thing: object) -> None:
    """An instance or a name is no class."""
    with pytest.raises(TypeError, match="is no class; pass the class of a kind"):
        DEFAULT_KINDS.adding(thing)  # type: ignore[arg-type]


def test_a_class_without_attrs_is_no_kind() -> None:
    """Neither a plain class nor one that only inherits from a kind."""
    with pytest.raises(TypeError, match="is no attrs class of its own"):
        DEFAULT_KINDS.adding(type("Plain", (), {}))
    with pytest.raises(TypeError, match="is no attrs class of its own"):
        DEFAULT_KINDS.adding(type("Heir", (Waited,), {}))


def test_an_annotation_that_is_not_known_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A type that is imported for type checking alone cannot be read."""
    text = MINIMAL.replace("from typing", "from __future__ import annotations\nfrom typing", 1)
    text = text.replace("    excused_by: str | None", "    window: Windw | None = None\n    excused_by: str | None")
    home = type(sys)("mine")
    monkeypatch.setitem(sys.modules, "mine", home)
    exec(compile(text, "mine.py", "exec"), vars(home))  # noqa: S102  # it is our own text
    with pytest.raises(TypeError, match=r"the annotation 'Windw' is not known; import it outside of TYPE_CHECKING"):
        DEFAULT_KINDS.adding(vars(home)["Always"])


def test_a_word_is_taken_once() -> None:
    """Two kinds of one word cannot be told apart, and the first is named."""
    with pytest.raises(TypeError, match=r"'attended' is the word of attendance.Attended already; take another"):
        KINDS.adding(attended())
    assert Kinds(added=(ATTENDED, Waited)) == KINDS
    assert DEFAULT_KINDS.added == ()


def test_a_figure_has_a_unit_that_there_is() -> None:
    """Any other is refused where the class is written."""
    with pytest.raises(TypeError, match=r"a figure is one of money, ratio, .*, not 'pounds'"):
        figure("pounds")


# ---- what fails when it is asked


FRAMES: Final = {
    "people": people(("P1", "2026-04-01", "high", "no"), ("P2", "2026-05-01", "low", "no")),
    "sessions": sessions(*came("P1", "2026-04-02")),
}
RETURN: Final = '        return Decision(reason=first_true(rules, otherwise="met"), date=start)\n'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("return Decision(", 'raise KeyError("heroin")\n        return Decision(', "stopped with KeyError at line"),
        ("return Decision(", "return 1\n        return Decision(", "gives something else than a Decision"),
        ("date=start)", 'date=columns.own_field("nothing"))', "stopped with ColumnNotFoundError"),
        ("date=start)", "date=start.cast(str))", "gives a `date` of the type String, not Int32"),
        ("date=start)", "date=None)", "stopped with"),
        ("date=start)", "date=start, value=start)", "gives a `value` of the type Int32, not Int64"),
        ("date=start)", "date=start, missing=start)", "gives a `missing` of the type Int32, not Int16"),
        ("date=start)", "date=start, value=start.cast(int))", "has one of `parts` and a decision with a `value`"),
        ('reason=first_true(rules, otherwise="met")', "reason=start", "gives a `reason` of the type Int32, not"),
        ('first_true(rules, otherwise="met")', 'first_true(rules, otherwise="mt")', "stopped with KeyError at line"),
        ("date=start)", "date=start.clip(99999))", "is met on a day that is outside the term, or has not come yet"),
        ("date=start)", "date=start + 200)", "is met on a day that is outside the term, or has not come yet"),
        ("date=start)", "date=start - 1)", "is met on a day that is outside the term, or has not come yet"),
        ("date=start)", "date=start.replace(start, None))", "says that it is met and not on which day"),
        ("def facts(self, ctx: Context) -> tuple[()]:", "def facts(self, ctx):\n        return 1", "TypeError"),
        (
            "def readings(self, ctx: Context) -> tuple[()]:",
            "def readings(self, ctx):\n        ctx.no",
            "AttributeError",
        ),
        ("return ()", 'return ["here"]', "gives from `reads` something else than a tuple of names of outcomes"),
        ("return ()", "return 1 / 0", "stopped with ZeroDivisionError at line"),
        ("parts: ClassVar[None] = None", "parts: ClassVar[int] = 0", "has `parts` that are no whole number from 1"),
        ("parts: ClassVar[None] = None", "parts: ClassVar[int] = 1", "has one of `parts` and `value_type`"),
        ("value_type: ClassVar[None] = None", "value_type: ClassVar[int] = 1", "a `value_type` that is no ValueType"),
    ],
)
def test_code_that_fails_is_the_kinds_own(tmp_path: Path, old: str, new: str, said: str) -> None:
    """The outcome, the kind and the type of the exception are named, without data, and the cause is kept."""
    kinds = DEFAULT_KINDS.adding(changed(old, new))
    with pytest.raises(EvaluationError) as caught:
        pbr.run(contract_of(tmp_path, ALWAYS, kinds), FRAMES, "2026-09-30")
    (problem,) = caught.value.problems
    assert problem.code == "PBR405"
    assert problem.message.startswith("'here': the kind 'always' of mine.Always ")
    assert said in problem.message
    assert "heroin" not in problem.message
    assert "P1" not in problem.message
    assert ("stopped" in problem.message) == (caught.value.__cause__ is not None)


@pytest.mark.parametrize(
    "reason",
    [
        'pl.lit(REASON_CODE["met"], dtype=pl.UInt8)',
        'pl.when(pl.lit(value=True)).then(pl.lit(REASON_CODE["met"], dtype=pl.UInt8))',
    ],
)
def test_a_reason_may_be_one_for_everybody(reason: str, tmp_path: Path) -> None:
    """An expression over no column holds for each subject, whichever engine runs it."""
    text = MINIMAL.replace('first_true(rules, otherwise="met")', reason)
    text = text.replace("import attrs\n", "import attrs\nimport polars as pl\nfrom pbr.facts import REASON_CODE\n")
    kind = written("mine", text, "Always")
    done = pbr.run(contract_of(tmp_path, ALWAYS, DEFAULT_KINDS.adding(kind)), FRAMES, "2026-09-30")
    states = done.decisions.rows().filter(pl.col("outcome") == "here")["state"].to_list()
    assert len(states) > 1
    assert set(states) == {"met"}
    _, query = make_query(done.plan, done.evidence.tables)
    assert query.collect(engine="streaming").sort("subject").equals(query.collect().sort("subject"))


def test_a_reason_that_is_left_out_is_said(tmp_path: Path) -> None:
    """A null reason leaves a subject without a state."""
    changed_text = MINIMAL.replace('reason=first_true(rules, otherwise="met")', "reason=pl.lit(None, dtype=pl.UInt8)")
    kind = written("mine", changed_text.replace("import attrs\n", "import attrs\nimport polars as pl\n"), "Always")
    with pytest.raises(EvaluationError, match="leaves a subject without a reason of the list"):
        pbr.run(contract_of(tmp_path, ALWAYS, DEFAULT_KINDS.adding(kind)), FRAMES, "2026-09-30")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("pick=Take.EVERY", "pick=Take.FIRST", "reads rows of which one decides, and its decision has no `picked`"),
        ("table=self.table", 'table="nowhere"', "stopped with KeyError"),
        ("date=self.date", 'date="when"', "stopped with ColumnNotFoundError"),
        ('ctx.figures["at_least"]', 'ctx.figures["least"]', "stopped with KeyError at line"),
    ],
)
def test_a_kind_that_reads_rows_wrongly_is_said(tmp_path: Path, old: str, new: str, said: str) -> None:
    """What it reads must be there, and which row decided must be said."""
    assert old in page_module()
    kind = written("attendance", page_module().replace(old, new), "Attended")
    with pytest.raises(EvaluationError) as caught:
        pbr.run(contract_of(tmp_path, OUTCOME, DEFAULT_KINDS.adding(kind)), FRAMES, "2026-09-30")
    assert said in caught.value.problems[0].message


def test_a_number_that_is_left_out_is_said(tmp_path: Path) -> None:
    """What is met and is a number comes to one."""
    kind = written(
        "mine",
        MINIMAL.replace("parts: ClassVar[None] = None", "parts: ClassVar[int] = 1")
        .replace("value_type: ClassVar[None] = None", "value_type: ClassVar[object] = ValueType(kind=Unit.NUMBER)")
        .replace("first_true\n", "first_true, Unit, ValueType\nimport polars as pl\n", 1)
        .replace("date=start)", "date=start, value=pl.lit(None, dtype=pl.Int64))"),
        "Always",
    )
    with pytest.raises(EvaluationError, match="says that it is met and not how much it comes to"):
        pbr.run(contract_of(tmp_path, ALWAYS, DEFAULT_KINDS.adding(kind)), FRAMES, "2026-09-30")


def test_an_error_of_our_own_kinds_is_not_blamed_on_anybody(tmp_path: Path) -> None:
    """An exception while a contract without such kinds is evaluated goes through as it is."""
    plain = 'outcomes:\n  seen: {kind: event, table: sessions, when: "came", date: on}\n'
    contract = contract_of(tmp_path, plain)
    broken = {"people": FRAMES["people"], "sessions": 1}
    with pytest.raises(Exception, match=r"^(?!.*PBR405)"):
        pbr.run(contract, broken, "2026-09-30")


def test_a_check_gives_what_failed_as_a_problem(tmp_path: Path) -> None:
    """``check_contract`` raises nothing."""
    (tmp_path / "contract.yaml").write_text(CONTRACT + ALWAYS, encoding="utf-8")
    kinds = DEFAULT_KINDS.adding(changed("return ()", "return 1 / 0"))
    assert [each.code for each in pbr.check_contract(tmp_path / "contract.yaml", kinds)] == ["PBR405"]


# ---- modules


def test_a_module_is_imported_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name or the path of its file; the folder is on the path only meanwhile."""
    (tmp_path / "mine_here.py").write_text(MINIMAL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    before, known = list(sys.path), set(sys.modules)
    of_file = load_kinds(["mine_here.py"])
    assert set(sys.modules) - known == set()
    by_name = load_kinds(["mine_here"])
    monkeypatch.delitem(sys.modules, "mine_here")
    assert sys.path == before
    assert [[kind.__module__ for kind in kinds.added] for kinds in (of_file, by_name)] == [["mine_here"], ["mine_here"]]
    assert load_kinds([]) is DEFAULT_KINDS


def test_a_file_does_not_take_the_place_of_a_module(tmp_path: Path) -> None:
    """A file called as a module that is loaded leaves that as it is."""
    (tmp_path / "json.py").write_text(MINIMAL, encoding="utf-8")
    (kind,) = load_kinds([str(tmp_path / "json.py")]).added
    assert kind.__module__ == "json"
    assert sys.modules["json"] is json


def test_two_modules_add_their_kinds(tmp_path: Path) -> None:
    """The option may be given again; one word in both is said."""
    (tmp_path / "one.py").write_text(MINIMAL, encoding="utf-8")
    (tmp_path / "two.py").write_text(MINIMAL.replace('"always"', '"ever"'), encoding="utf-8")
    paths = [str(tmp_path / name) for name in ("one.py", "two.py")]
    assert len(load_kinds(paths).added) == 2
    with pytest.raises(ContractError, match=r"'always' is the word of one.Always already"):
        load_kinds([paths[0], paths[0]])


def test_a_module_that_lacks_another_is_said_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is there itself, so it is not said to be missing."""
    (tmp_path / "lacks.py").write_text("import no_such_module_at_all\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for word in ("lacks", "lacks.py"):
        with pytest.raises(ContractError, match=r"stopped with ModuleNotFoundError at line 1 of the module while"):
            load_kinds([word])
    (tmp_path / "ends.py").write_text("raise SystemExit(3)\n", encoding="utf-8")
    with pytest.raises(ContractError, match="stopped with SystemExit"):
        load_kinds(["ends"])


def test_nothing_is_imported_by_a_contracts_own_wish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the option a module beside the contract is not looked at."""
    (tmp_path / "attended.py").write_text("raise RuntimeError\n", encoding="utf-8")
    (tmp_path / "contract.yaml").write_text(CONTRACT + OUTCOME, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run(["check", "contract.yaml"]) == 1
    assert "attended" not in sys.modules


@pytest.mark.parametrize(
    "command",
    [
        "check contract.yaml",
        "test contract.yaml",
        "evaluate contract.yaml --data data --as-at 2026-09-30 --out out",
        "explain out --participant P1",
        "schema",
        "init new --from contract.yaml",
    ],
)
def test_every_command_that_reads_a_contract_has_the_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """With the module it works, and where the contract is read it says without it that the kind is unknown."""
    (tmp_path / "attendance.py").write_text(page_module(), encoding="utf-8")
    (tmp_path / "contract.yaml").write_text(CONTRACT + OUTCOME, encoding="utf-8")
    for name, frame in FRAMES.items():
        (tmp_path / "data").mkdir(exist_ok=True)
        frame.write_csv(tmp_path / "data" / f"{name}.csv")
    (tmp_path / "cases").mkdir()
    case = "case: nobody\nas_at: 2026-09-30\ntables: {}\nexpect: {lines: []}\n"
    (tmp_path / "cases" / "one.yaml").write_text(case, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    words = command.split()
    if words[0] == "explain":
        pbr.run("contract.yaml", "data", dt.date(2026, 9, 30), load_kinds(["attendance.py"])).write("out")
    assert run([*words, "--kinds", "attendance.py"]) == 0
    capsys.readouterr()
    if words[0] != "schema":
        assert run([word.replace("new", "newer") for word in words]) == 1
        assert "PBR105 unknown kind 'attended'" in capsys.readouterr().err


def test_the_option_goes_with_a_contract_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """The schema of a case has no kinds, and a list of the library reads none of one's own."""
    assert run(["schema", "case", "--kinds", "x"]) == 2
    assert run(["init", "--list", "--kinds", "x"]) == 2
    said = capsys.readouterr().err
    assert "--kinds goes with the schema of one" in said
    assert "--kinds" in said
