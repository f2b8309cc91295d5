"""Kinds of a user's own: what they decide against plain Python, what reads them, and who sees them."""

from __future__ import annotations

import datetime as dt
import json
import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import attrs
import hypothesis.strategies as st
import jsonschema
import polars as pl
import pytest
from hypothesis import given

import pbr
from pbr.contract.schema import contract_schema
from pbr.kinds import DEFAULT_KINDS
from pbr.problem import ContractError, EvaluationError
from pbr.starter import start_contract
from tests.added_kinds import Waited, attended, page_module, written

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.kinds import Kinds
    from tests.conftest import Golden

ATTENDED: Final = attended()
KINDS: Final = DEFAULT_KINDS.adding(ATTENDED, Waited)
START: Final = dt.date(2026, 4, 1)
CONTRACT: Final = """
pbr: 1
contract: {id: sessions, version: 1, providers: {north: {name: North}, south: {name: South}}, currency: GBP,
           from: 2026-04-01, to: 2027-03-31}
tables:
  people:
    row_is: participant
    fields: {participant: id, provider: provider, began: date, level: {type: text, one_of: [high, low]}, ill: yes_no}
  sessions:
    row_is: session
    of: participant
    fields: {on: date, came: yes_no, void_on: date, recorded_on: recorded}
cohort: {of: participant, start: began}
"""
OUTCOME: Final = """
outcomes:
  three: {kind: attended, table: sessions, when: "came", date: on, at_least: 3, window: {after: start, for: 4 weeks},
          undone_by: void_on}
payments:
  pay: {kind: tariff, pays_for: three, price: 10.00}
"""


def contract_of(tmp_path: Path, outcomes: str, kinds: Kinds = KINDS) -> pbr.Contract:
    """Read the contract with these outcomes and payments."""
    path = tmp_path / "contract.yaml"
    path.write_text(CONTRACT + outcomes, encoding="utf-8")
    return pbr.read_contract(path, kinds)


def people(*rows: tuple[Any, ...]) -> pl.DataFrame:
    """Make the participants: id, day of the start, level, and whether they were ill."""
    every = [(name, "north", begun, level, ill) for name, begun, level, ill in rows]
    names = ("participant", "provider", "began", "level", "ill")
    return pl.DataFrame(every, schema=dict.fromkeys(names, pl.String), orient="row")


def sessions(*rows: tuple[Any, ...]) -> pl.DataFrame:
    """Make the sessions: participant, day, whether they came, the day they were undone, and that of the recording."""
    names = ("participant", "on", "came", "void_on", "recorded_on")
    return pl.DataFrame(list(rows), schema=dict.fromkeys(names, pl.String), orient="row")


def came(who: str, *days: str, recorded: str = "2026-04-30") -> list[tuple[Any, ...]]:
    """Give the sessions of somebody who came on some days."""
    return [(who, day, "yes", None, recorded) for day in days]


def states(run: pbr.Run, outcome: str) -> dict[str, tuple[str, Any]]:
    """Give the state and the day of everybody in an outcome."""
    rows = run.decisions.rows().filter(pl.col("outcome") == outcome)
    return {row["subject"]: (row["state"], row["date"]) for row in rows.iter_rows(named=True)}


# ---- against plain Python

OFFSETS: Final = st.integers(-3, 40)
SESSIONS: Final = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.one_of(OFFSETS, OFFSETS, OFFSETS, st.none()),
        st.sampled_from(["yes", "yes", "yes", "no", None]),
        st.one_of(st.none(), st.none(), st.none(), OFFSETS),
        st.integers(0, 50),
    ),
    max_size=40,
)


def reckoned(rows: list[tuple[Any, ...]], who: int, as_at: int) -> tuple[str, int | None]:
    """Say with loops what becomes of somebody: the state, and the day as days after the start."""
    sure, doubtful = [], 0
    for person, on, attendance, void, recorded in set(rows):
        if person != who or on is None or recorded > as_at or on > as_at or not 1 <= on <= 28:
            continue
        if void is not None and void <= as_at:
            continue
        if attendance == "yes":
            sure.append(on)
        doubtful += attendance is None
    if len(sure) >= 3:
        return "met", sorted(sure)[2]
    if doubtful:
        return "unknown", None
    return ("pending" if as_at < 28 else "not_met"), None


def day(offset: int | None) -> str | None:
    """Write a day by its distance from the start."""
    return None if offset is None else str(START + dt.timedelta(days=offset))


@given(rows=SESSIONS, as_at=st.integers(0, 50), seed=st.integers(0, 99))
def test_sessions_are_counted_as_in_plain_python(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Any, ...]], as_at: int, seed: int
) -> None:
    """State and day are those of a loop: late, undone, undecided and equal rows too, whatever their order."""
    contract = contract_of(tmp_path_factory.mktemp("random"), OUTCOME)
    table = sessions(*[(f"P{who}", day(on), text, day(void), day(known)) for who, on, text, void, known in rows])
    everybody = people(*[(f"P{who}", str(START), "high", "no") for who in range(6)])
    now = str(START + dt.timedelta(days=as_at))
    run = pbr.run(contract, {"people": everybody, "sessions": table}, now)
    for who in range(6):
        state, offset = reckoned(rows, who, as_at)
        met = None if offset is None else START + dt.timedelta(days=offset)
        assert states(run, "three")[f"P{who}"] == (state, met)
    order = list(range(len(table)))
    random.Random(seed).shuffle(order)  # noqa: S311  # an order, and no secret
    again = pbr.run(contract, {"people": everybody[::-1], "sessions": table[order]}, now)
    assert again.decisions.rows().equals(run.decisions.rows())
    assert again.statement.frame.equals(run.statement.frame)


# ---- what reads it

ALL: Final = """
groups: {level: {high: "level = 'high'", low: "level = 'low'"}}
values: {enough: {by: level, high: 3, low: 2}}
outcomes:
  three:
    {kind: attended, table: sessions, when: "came", date: on, at_least: enough, window: {after: start, for: 4 weeks},
     excused_by: "ill"}
  wait: {kind: waited, of: three, at_least: 5, at_most: 20}
  late: {kind: waited, of: three, paid: no}
  again: {kind: attended, table: sessions, when: "came", date: on, at_least: 1, window: {after: three, for: 4 weeks}}
  quick: {kind: fact, when: "three.met AND wait.value < 10", date: start}
  slow: {kind: event, table: sessions, when: "NOT came AND on >= three.date", date: on}
  both: {kind: combine, need: all, of: [three, again]}
  share: {kind: measure, of: three, take: share, per: [provider, contract_year], period_of: start}
  days: {kind: measure, of: wait, take: sum, per: [provider, contract_year], period_of: start}
payments:
  pay: {kind: tariff, pays_for: three, price: 10.00}
  a_day: {kind: tariff, pays_for: wait, price: 1.50}
  two: {kind: tariff, pays_for: both, price: 100.00}
"""


def test_everything_reads_it_as_it_reads_kinds_of_the_language(tmp_path: Path) -> None:
    """Conditions, windows, combinations, measures, tariffs, figures by group and excuses; and a kind that reads it."""
    contract = contract_of(tmp_path, ALL)
    everybody = people(
        ("A", "2026-04-01", "high", "no"), ("B", "2026-04-01", "low", "no"), ("C", "2026-04-01", "high", "yes")
    )
    rows = [*came("A", "2026-04-02", "2026-04-05", "2026-04-08", "2026-04-10"), *came("B", "2026-04-10", "2026-04-20")]
    rows.append(("A", "2026-04-09", "no", None, "2026-04-30"))
    run = pbr.run(contract, {"people": everybody, "sessions": sessions(*rows, *came("C", "2026-04-02"))}, "2027-03-31")
    assert states(run, "three") == {
        "A": ("met", dt.date(2026, 4, 8)),
        "B": ("met", dt.date(2026, 4, 20)),
        "C": ("excluded", None),
    }
    assert states(run, "again") == {
        "A": ("met", dt.date(2026, 4, 10)),
        "B": ("not_met", None),
        "C": ("excluded", None),
    }
    assert {who: each[0] for who, each in states(run, "quick").items()} == {"A": "met", "B": "not_met", "C": "not_met"}
    assert {who: each[0] for who, each in states(run, "slow").items()}["A"] == "met"
    assert {who: each[0] for who, each in states(run, "both").items()} == {"A": "met", "B": "not_met", "C": "excluded"}
    rows_of = {
        (row["outcome"], row["subject"] or row["group"]): row["value"]
        for row in run.decisions.rows().iter_rows(named=True)
    }
    assert rows_of["wait", "A"] == "7"
    assert rows_of["wait", "B"] == "19"
    assert {value for (outcome, _), value in rows_of.items() if outcome == "days"} >= {"26"}
    paid = {(row["payment"], row["subject"]): row["amount_minor"] for row in run.statement.frame.iter_rows(named=True)}
    assert paid == {
        ("pay", "A"): 1000,
        ("pay", "B"): 1000,
        ("a_day", "A"): 1050,
        ("a_day", "B"): 2850,
        ("two", "A"): 10000,
    }
    cited = {(row["payment"], row["subject"]): row["evidence"] for row in run.statement.lines().iter_rows(named=True)}
    assert cited["pay", "A"].count("sessions:") == 3  # not the fourth, which came later
    assert cited["two", "A"].count("sessions:") == 4
    uses = {(row["row"], row["outcome"]): row["use"] for row in run.uses().iter_rows(named=True) if row["row"] == 2}
    assert uses[2, "three"] == "used"
    assert uses[2, "again"] == "before_window"


@pytest.mark.parametrize(("at_most", "state"), [(7, "met"), (6, "not_met")])
def test_a_kind_with_two_figures_has_two_boundaries(tmp_path: Path, at_most: int, state: str) -> None:
    """The day that is just not too late, and the next."""
    outcomes = OUTCOME.replace(
        "payments:", f"  wait: {{kind: waited, of: three, at_least: 7, at_most: {at_most}}}\npayments:"
    )
    contract = contract_of(tmp_path, outcomes)
    rows = came("A", "2026-04-02", "2026-04-03", "2026-04-08")
    frames = {"people": people(("A", "2026-04-01", "high", "no")), "sessions": sessions(*rows)}
    assert states(pbr.run(contract, frames, "2027-03-31"), "wait")["A"][0] == state


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"at_least: 3": "at_least: 2.5"}, "PBR109", "whole number from 1"),
        ({"at_least: 3": "at_least: 0"}, "PBR109", "whole number from 1"),
        ({"at_least: 3": "at_least: 3 weeks"}, "PBR124", "'3 weeks' is not a number"),
        ({"at_least: 3": "at_least: enough"}, "PBR111", "no value is named 'enough'"),
        ({"table: sessions": "table: session"}, "PBR111", "did you mean 'sessions'"),
        ({"date: on": "date: came"}, "PBR134", "not a date field"),
        ({"undone_by: void_on": "undone_by: on"}, "PBR110", "name another field"),
        ({'when: "came"': 'when: "cam"'}, "PBR021", "cam"),
        ({"after: start": "after: four"}, "PBR111", "no outcome is named 'four'"),
        ({"kind: attended, ": "kind: attended, at_lest: 3, "}, "PBR104", "did you mean 'at_least'"),
        ({"at_least: 3, ": ""}, "PBR102", "'at_least' is missing"),
        ({"kind: attended": "kind: waited, of: four"}, "PBR104", "unknown key"),
        ({"payments:": "  w: {kind: waited, of: four}\npayments:"}, "PBR111", "no outcome is named 'four'"),
        ({"payments:": "  w: {kind: waited, of: w}\npayments:"}, "PBR112", "circle"),
        ({"pays_for: three, price: 10.00": "pays_for: wait, price: 1.00"}, "PBR111", "wait"),
    ],
)
def test_terms_are_checked_as_those_of_our_kinds(tmp_path: Path, change: dict[str, str], code: str, said: str) -> None:
    """Each fault has the code and the words that it has in a kind of the language."""
    text = CONTRACT + OUTCOME
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    problems = pbr.check_contract(tmp_path / "contract.yaml", KINDS)
    assert any(each.code == code and said in each.message for each in problems), problems


def test_a_number_takes_no_place_in_bands(tmp_path: Path) -> None:
    """Places are filled by what is met once, and the days waited are a number."""
    outcomes = OUTCOME.replace("payments:", "  wait: {kind: waited, of: three}\npayments:")
    outcomes += "  b: {kind: bands, pays_for: wait, fill: [provider], order: achieved, bands: {1 or more: 5.00}}\n"
    (tmp_path / "contract.yaml").write_text(CONTRACT + outcomes, encoding="utf-8")
    problems = pbr.check_contract(tmp_path / "contract.yaml", KINDS)
    assert "PBR166" in {each.code for each in problems}


def test_points_can_be_those_of_its_number(tmp_path: Path) -> None:
    """A scale turns the days waited into points by steps."""
    outcomes = OUTCOME.replace(
        "payments:",
        "  wait: {kind: waited, of: three}\n"
        '  points: {kind: scale, of: wait, shape: steps, points: {"under 8": 2, "8 or more": 1}}\npayments:',
    )
    contract = contract_of(tmp_path, outcomes)
    rows = came("A", "2026-04-02", "2026-04-03", "2026-04-08") + came("B", "2026-04-02", "2026-04-03", "2026-04-09")
    everybody = people(("A", "2026-04-01", "high", "no"), ("B", "2026-04-01", "high", "no"))
    run = pbr.run(contract, {"people": everybody, "sessions": sessions(*rows)}, "2027-03-31")
    found = run.decisions.rows().filter(pl.col("outcome") == "points")
    assert dict(zip(found["subject"], found["value"], strict=True)) == {"A": "2", "B": "1"}


# ---- who sees it


def test_without_the_kind_the_contract_is_not_read(tmp_path: Path) -> None:
    """The same file gives an unknown kind, and says how one of one's own is passed."""
    with pytest.raises(ContractError) as caught:
        contract_of(tmp_path, OUTCOME, DEFAULT_KINDS)
    (problem,) = caught.value.problems
    assert problem.code == "PBR105"
    assert "a kind of your own is passed with --kinds, or as `kinds` to the library" in problem.message
    assert pbr.check_contract(tmp_path / "contract.yaml", KINDS) == ()


def test_two_threads_do_not_see_each_others_kinds(tmp_path: Path) -> None:
    """One word can be two kinds at once, and unknown to a third reader."""
    path = tmp_path / "contract.yaml"
    path.write_text(CONTRACT + OUTCOME, encoding="utf-8")
    other = DEFAULT_KINDS.adding(attended())
    asked = [KINDS, other, DEFAULT_KINDS] * 20

    def read(kinds: Kinds) -> object:
        try:
            return type(pbr.read_contract(path, kinds).terms.outcomes["three"])
        except ContractError as error:
            return error.problems[0].code

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(read, asked))
    assert found == [ATTENDED, other.added[0], "PBR105"] * 20
    assert other.added[0] is not ATTENDED


def test_the_version_of_the_kind_is_signed(tmp_path: Path) -> None:
    """Another version is another fingerprint; a kind that is passed and not used is none."""
    one = contract_of(tmp_path, OUTCOME)
    newer = attrs.resolve_types(attended())
    newer.version = "2"  # type: ignore[attr-defined]
    assert contract_of(tmp_path, OUTCOME, DEFAULT_KINDS.adding(newer)).fingerprint != one.fingerprint
    assert contract_of(tmp_path, OUTCOME, DEFAULT_KINDS.adding(ATTENDED)).fingerprint == one.fingerprint
    plain = 'outcomes:\n  seen: {kind: event, table: sessions, when: "came", date: on}\n'
    assert contract_of(tmp_path, plain).fingerprint == contract_of(tmp_path, plain, DEFAULT_KINDS).fingerprint


def test_a_note_says_what_both_sides_need(tmp_path: Path) -> None:
    """Each kind that is used is noted once, where it is first used; a contract without any has no such note."""
    notes = [each for each in contract_of(tmp_path, ALL).notes if each.code == "PBR195"]
    assert [each.message for each in notes] == [
        "'attended' is no kind of the language: both sides need the module attendance with version 1 of it",
        "'waited' is no kind of the language: both sides need the module tests.added_kinds with version 2026-01 of it",
    ]
    plain = 'outcomes:\n  seen: {kind: event, table: sessions, when: "came", date: on}\n'
    assert "PBR195" not in {each.code for each in contract_of(tmp_path, plain).notes}


def test_the_run_says_which_kinds_it_had(tmp_path: Path) -> None:
    """run.json has word, module and version; without such kinds it says nothing of them."""
    frames = {"people": people(("A", "2026-04-01", "high", "no")), "sessions": sessions()}
    run = pbr.run(contract_of(tmp_path, OUTCOME), frames, "2027-03-31")
    manifest = json.loads((run.write(tmp_path / "out") / "run.json").read_text(encoding="utf-8"))
    assert manifest["arguments"]["kinds"] == [{"kind": "attended", "module": "attendance", "version": "1"}]
    plain = contract_of(tmp_path, 'outcomes:\n  seen: {kind: event, table: sessions, when: "came", date: on}\n')
    assert pbr.run(plain, frames, "2027-03-31").arguments == {"as_at": "2027-03-31"}


def test_an_explanation_is_refused_by_another_kind(tmp_path: Path) -> None:
    """A kind of another version, or one that decides otherwise under the same, is not that of the run."""
    path, data = tmp_path / "contract.yaml", tmp_path / "data"
    path.write_text(CONTRACT + OUTCOME, encoding="utf-8")
    data.mkdir()
    people(("A", "2026-04-01", "high", "no")).write_csv(data / "people.csv")
    sessions(*came("A", "2026-04-02", "2026-04-03", "2026-04-08")).write_csv(data / "sessions.csv")
    pbr.run(path, data, "2027-03-31", KINDS).write(tmp_path / "out")
    told = pbr.explain(tmp_path / "out", "A", kinds=KINDS)
    assert "three: met on 8 April 2026" in told.text
    assert "  rule       The outcome is met on the day of the session that brings" in told.text
    text = page_module()
    for old, new in (('ClassVar[str] = "1"', 'ClassVar[str] = "2"'), ('(counted.enough, "met")', '(None, "met")')):
        assert old in text
        other = DEFAULT_KINDS.adding(written("attendance", text.replace(old, new), "Attended"))
        with pytest.raises(EvaluationError, match="PBR504 the kinds of attendance are not those of the run"):
            pbr.explain(tmp_path / "out", "A", kinds=other)


# ---- the schema, and a start


def test_the_schema_has_it_from_its_docstring(golden: Golden) -> None:
    """An editor offers its terms with their descriptions, and each contract with it is one of the kinds."""
    schema = contract_schema(KINDS)
    golden("tests/golden/added_kind.schema.json", json.dumps(schema["$defs"]["Attended"], indent=1) + "\n")
    kinds = schema["properties"]["outcomes"]["additionalProperties"]["oneOf"]
    assert [each["$ref"] for each in kinds[-2:]] == ["#/$defs/Attended", "#/$defs/Waited"]
    assert "Attended" not in contract_schema()["$defs"]
    jsonschema.Draft202012Validator.check_schema(schema)


def test_a_class_with_the_name_of_ours_has_its_module_in_the_schema() -> None:
    """Two classes of one name are two definitions, and that of the language is as it was."""
    kind = written("theirs", page_module().replace("Attended", "Event"), "Event")
    schema, ours = contract_schema(DEFAULT_KINDS.adding(kind)), contract_schema()
    assert schema["$defs"]["Event"] == ours["$defs"]["Event"]
    assert schema["$defs"]["theirs.Event"]["properties"]["kind"]["const"] == "attended"


def test_a_contract_can_begin_from_one_with_it(tmp_path: Path) -> None:
    """Init reads a contract with the kind, and writes the schema that knows it."""
    (tmp_path / "contract.yaml").write_text(CONTRACT + OUTCOME, encoding="utf-8")
    written_files = start_contract(tmp_path / "new", tmp_path / "contract.yaml", KINDS)
    assert "contract.schema.json" in {path.name for path in written_files}
    schema = json.loads((tmp_path / "new" / "contract.schema.json").read_text(encoding="utf-8"))
    assert "Attended" in schema["$defs"]
