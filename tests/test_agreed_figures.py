"""Agreed figures in contracts: by the version in force at the start, within bounds, cited, and refused if changed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pbr
from pbr.agreed_by import held_on
from pbr.calendar import number_of, parse_date
from pbr.contract.agreed import _stretches
from pbr.contract.contract import fingerprint
from pbr.problem import ContractError
from tests.panels import SAID, evaluated, panel, returned, written

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.api import Run

WHOLE: Final = "agreements:\n  panel: panel-1.yaml"
BOTH: Final = "agreements:\n  panel: [panel-2.yaml, panel-1.yaml]"


def amounts(run: Run, payment: str) -> dict[tuple[str | None, str, str], int]:
    """Give minor units by subject, occurrence and adjustment."""
    lines = run.statement.lines().filter(pl.col("payment") == payment)
    return {
        tuple(row[:3]): row[3] for row in lines.select("subject", "occurrence", "adjustment", "amount_minor").rows()
    }


def cites(run: Run, payment: str, adjustment: str = "-") -> dict[str, list[str]]:
    """Give what lines cite, by subject, or by occurrence for groups; a version without its hash."""
    lines = run.statement.lines().filter(pl.col("payment") == payment, pl.col("adjustment") == adjustment)
    found = {}
    for subject, occurrence, text in lines.select("subject", "occurrence", "agreement").rows():
        found[subject or occurrence] = [each[:-17] if " version " in each else each for each in text.split(";") if each]
    return found


def test_a_number_a_map_a_set_and_a_yes_are_all_paid_by(tmp_path: Path) -> None:
    """A price of 120.00, weights of 60 and 40 per cent, women first, and evenings for everybody else."""
    panel(tmp_path)
    people = [
        ("a", "north", "2025-04-10", "F", "2025-06-01"),
        ("b", "north", "2025-04-11", "M", "2025-06-01"),
        ("c", "north", "2025-04-12", "F", "2025-06-01"),
        ("d", "north", "2025-04-13", "F", "2025-06-01"),
        ("e", "north", "2025-04-14", "M", None),
    ]
    run = evaluated(written(tmp_path), people)
    each = amounts(run, "each")
    assert each["a", "1", "-"] == 120_00
    assert each["a", "1", "chosen"] == 60_00
    assert each["b", "1", "-"] == 120_00
    assert each["b", "1", "late"] == 12_00
    assert amounts(run, "group") == {(None, "Y1-Q1", "-"): 1000_00}
    assert amounts(run, "pot") == {(None, "Y1-Q1 done", "-"): 540_00 * 4 // 5, (None, "Y1-Q1 share", "-"): 360_00}


@pytest.mark.parametrize(("met", "paid"), [(4, True), (3, False)])
def test_an_agreed_threshold_on_both_sides(tmp_path: Path, met: int, paid: bool) -> None:
    """Four of five are the 80% agreed; three are not."""
    panel(tmp_path)
    days = ["2025-06-01"] * met + [None] * (5 - met)
    people = [(f"p{at}", "north", "2025-04-10", "F", day) for at, day in enumerate(days)]
    run = evaluated(written(tmp_path), people)
    assert bool(amounts(run, "group")) is paid


def test_the_version_in_force_at_the_start_holds_whenever_it_ends(tmp_path: Path) -> None:
    """Who began under version 1 has its price, though the outcome came under version 2; a group has its threshold."""
    panel(tmp_path, last="2027-03-31")
    panel(
        tmp_path,
        2,
        first="2025-07-01",
        closes="2025-06-15",
        said=SAID | {"price": {"": "150.00"}, "threshold": {"": "50%"}},
    )
    people = [
        ("a", "north", "2025-06-30", "M", "2025-12-01"),
        ("b", "north", "2025-06-30", "M", None),
        ("c", "north", "2025-07-01", "M", "2025-12-01"),
        ("d", "north", "2025-07-01", "M", None),
    ]
    run = evaluated(written(tmp_path, (WHOLE, BOTH)), people)
    prices = amounts(run, "each")
    assert (prices["a", "1", "-"], prices["c", "1", "-"]) == (120_00, 150_00)
    assert amounts(run, "group") == {(None, "Y1-Q2", "-"): 1000_00}  # a half is enough for version 2 only
    assert cites(run, "each")["a"] == ["panel.price version 1"]
    assert cites(run, "each")["c"] == ["panel.price version 2"]
    assert cites(run, "group") == {"Y1-Q2": ["panel.threshold version 2"]}


def test_a_new_version_reprices_nothing_stated(tmp_path: Path) -> None:
    """Lines of starts before a new version are the same with it and without it."""
    panel(tmp_path)
    people = [(f"p{at}", "north", f"2025-0{4 + at}-10", "F", f"2025-1{at % 3}-20") for at in range(5)]
    before = evaluated(written(tmp_path), people)
    panel(tmp_path, 2, first="2025-07-01", closes="2025-06-30", said=SAID | {"price": {"": "150.00"}})
    after = evaluated(written(tmp_path, (WHOLE, BOTH)), people)
    early = pl.col("subject").is_in(["p0", "p1", "p2"])
    assert (
        after.statement.lines()
        .filter(early)
        .drop("place", "price_place")
        .equals(before.statement.lines().filter(early).drop("place", "price_place"))
    )
    assert amounts(after, "each")["p3", "1", "-"] == 150_00


def test_a_lapse_stops_new_periods_and_not_those_begun(tmp_path: Path) -> None:
    """On the day after the last, `if_none` holds: a price of its own, and nothing for a threshold that is unpaid."""
    panel(tmp_path, last="2025-09-30")
    people = [
        ("a", "north", "2025-09-30", "F", "2026-02-01"),
        ("b", "north", "2025-10-01", "F", "2026-02-01"),
    ]
    run = evaluated(written(tmp_path), people)
    prices = amounts(run, "each")
    assert (prices["a", "1", "-"], prices["b", "1", "-"]) == (120_00, 100_00)
    assert ("b", "1", "chosen") not in prices  # nobody is chosen then
    assert amounts(run, "group") == {(None, "Y1-Q2", "-"): 1000_00}
    rows = run.decisions.rows().filter(pl.col("outcome") == "enough", pl.col("group").str.starts_with("north Y1-Q3"))
    assert rows.select("state", "reason").rows() == [("not_assessable", "not_agreed")]
    assert cites(run, "each")["b"] == ["panel.price if_none"]
    assert amounts(run, "pot")[None, "Y1-Q3 done", "-"] == 450_00  # half of the pot, by the weights of if_none


def test_what_was_not_agreed_leaves_the_earlier_version_in_force(tmp_path: Path) -> None:
    """A second ballot without a quorum changes nothing; without a first one `if_none` holds."""
    panel(tmp_path)
    panel(tmp_path, 2, first="2025-07-01", closes="2025-06-15", said=SAID | {"price": {"": "150.00"}}, voters=4)
    people = [("c", "north", "2025-07-01", "M", "2025-12-01")]
    run = evaluated(written(tmp_path, (WHOLE, BOTH)), people)
    assert amounts(run, "each")["c", "1", "-"] == 120_00
    alone = evaluated(written(tmp_path, (WHOLE, "agreements:\n  panel: panel-2.yaml")), people)
    assert amounts(alone, "each")["c", "1", "-"] == 100_00


def test_a_version_that_asks_one_question_leaves_the_others(tmp_path: Path) -> None:
    """Only what is asked again changes."""
    panel(tmp_path)
    panel(tmp_path, 2, first="2025-07-01", closes="2025-06-15", said={"price": {"": "150.00"}})
    people = [("c", "north", "2025-07-01", "F", "2025-12-01")]
    run = evaluated(written(tmp_path, (WHOLE, BOTH)), people)
    assert amounts(run, "each") == {("c", "1", "-"): 150_00, ("c", "1", "chosen"): 75_00}
    assert cites(run, "each", "chosen") == {"c": ["panel.whom version 1"]}


versions = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 30), st.booleans()), min_size=0, max_size=4)


@given(versions)
def test_what_is_in_force_is_as_looked_up_day_by_day(drawn: list[tuple[int, int, bool]]) -> None:
    """On every day it is the last version that is valid then and agreed, as asked of each version in turn."""

    class Fake:
        def __init__(self, version: int, first: date, last: date) -> None:
            self.result = self
            self.version = version
            self.valid = self
            self.from_, self.to = parse_date(first.isoformat()), parse_date(last.isoformat())

    base = date(2025, 1, 1)
    every = [
        Fake(at, base + timedelta(first), base + timedelta(first + length))
        for at, (first, length, _) in enumerate(drawn)
    ]
    agreed: list[Any] = [one for one, (_, _, yes) in zip(every, drawn, strict=True) if yes]
    found = list(_stretches(agreed))
    assert found[0][0] is None
    assert found[-1][1] is None
    for offset in range(-2, 75):
        day = parse_date((base + timedelta(offset)).isoformat())
        assert day is not None
        naive = None
        for one in agreed:
            if one.from_ <= day <= one.to:
                naive = one
        held = [one for first, last, one in found if (first is None or first <= day) and (last is None or day <= last)]
        assert held == [naive]


def test_whom_a_panel_chose_is_a_condition_with_three_answers(tmp_path: Path) -> None:
    """Inside, outside and not known are counted, stand in decisions, and no group is forgotten by `otherwise`."""
    panel(tmp_path, said=SAID | {"whom": {"women": "yes", "men": "no", "others": "yes"}})
    people = [
        ("a", "north", "2025-04-10", "F", None),
        ("b", "north", "2025-04-10", "M", None),
        ("c", "south", "2025-04-10", "X", None),
        ("d", "south", "2025-04-10", None, None),
        ("e", "south", "2025-03-10", "F", None),  # before the agreement: nobody is chosen
    ]
    run = evaluated(written(tmp_path), people)
    whom = run.targets().filter(pl.col("value") == "whom")
    assert whom.select("provider", "inside", "outside", "unknown").rows() == [("north", 1, 1, 0), ("south", 1, 1, 1)]
    rows = run.decisions.rows().filter(pl.col("outcome") == "done").select("subject", "outside").rows()
    assert rows == [("a", ""), ("b", "whom"), ("c", ""), ("d", ""), ("e", "whom;evenings")]


@pytest.mark.parametrize(
    ("by", "options"),
    [("sex", "if_none: {F: no, M: no, X: no}"), ("provider", "if_none: {north: no, south: no}")],
)
def test_options_must_be_labels_of_the_key(tmp_path: Path, by: str, options: str) -> None:
    """Options such as `men` are none of the words of a field nor of the providers."""
    panel(tmp_path)
    path = written(tmp_path, ("by: who, if_none: {women: no, men: no, others: no}", f"by: {by}, {options}"))
    problems = [problem for problem in pbr.check_contract(path) if problem.code == "PBR123"]
    assert "'men' is not a label" in problems[0].message


def test_outcomes_that_count_are_those_a_panel_chose(tmp_path: Path) -> None:
    """A set by outcome is a factor of 1 for those that count and 0 for others, of a payment and in a formula."""
    said = SAID | {"counting": {"done": "yes", "late_done": "no"}}
    panel(tmp_path, said=said)
    values = "values:\n  counts: {agreed: panel.counting, by: outcome, if_none: {done: no, late_done: no}}"
    late = "late_done: {kind: event, table: events, date: on, pick: first, window: {after: start, for: 24 months}}"
    counted = 'counted: {kind: formula, value: "share * counts.done", per: [provider, quarter], unit: share}'
    path = written(
        tmp_path,
        ("values:", values),
        ("outcomes:\n", f"outcomes:\n  {late}\n  {counted}\n"),
        ("price: price, price_on: start", "price: price, price_on: start, times: [counts]"),
        (
            "  group: {",
            "  other: {kind: tariff, pays_for: late_done, price: 50.00, price_on: start, times: [counts]}\n  group: {",
        ),
    )
    run = evaluated(path, [("a", "north", "2025-04-10", "M", "2025-06-01")])
    assert amounts(run, "each")["a", "1", "-"] == 120_00
    assert sum(amounts(run, "other").values()) == 0
    assert cites(run, "each")["a"] == ["panel.price version 1", "panel.counting version 1"]
    rows = run.decisions.rows().filter(pl.col("outcome") == "counted", pl.col("group") == "north Y1-Q1")
    assert rows.select("state", "value").rows() == [("met", "1")]


def test_those_outside_are_left_out_if_the_contract_says_so(tmp_path: Path) -> None:
    """As a clause of the cohort the choice excludes, with the clause; all lines then rest on it."""
    panel(tmp_path)
    cohort = 'cohort: {of: person, start: began, include: [{id: whom, clause: "1.1", when: "whom"}]}'
    path = written(tmp_path, ("cohort: {of: person, start: began}", cohort))
    people = [("a", "north", "2025-04-10", "F", "2025-06-01"), ("b", "north", "2025-04-10", "M", "2025-06-01")]
    run = evaluated(path, people)
    rows = run.decisions.rows().filter(pl.col("outcome") == "done").select("subject", "state", "clause").rows()
    assert rows == [("a", "met", ""), ("b", "excluded", "1.1")]
    assert cites(run, "each")["a"] == ["panel.price version 1", "panel.whom version 1"]
    assert cites(run, "group")["Y1-Q1"] == ["panel.threshold version 1", "panel.whom version 1"]


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    """Lines with what they cite are the same for people in another order."""
    panel(tmp_path)
    people = [(f"p{at}", "north", f"2025-0{4 + at}-10", "FMX"[at % 3], "2025-12-20") for at in range(5)]
    path = written(tmp_path)
    assert evaluated(path, people).statement.lines().equals(evaluated(path, people[::-1]).statement.lines())


def test_the_fingerprint_holds_what_was_agreed(tmp_path: Path) -> None:
    """Another result is another fingerprint; comments and spacing of the agreement are not."""
    panel(tmp_path)
    path = written(tmp_path)
    first = pbr.read_contract(path)
    assert first.fingerprint != fingerprint(first.document.root)
    file = tmp_path / "panel-1.yaml"
    file.write_text("# as signed\n" + file.read_text(encoding="utf-8").replace("quorum: {overall", "quorum:  {overall"))
    assert pbr.read_contract(path).fingerprint == first.fingerprint
    (tmp_path / "panel-1.result.yaml").unlink()
    panel(tmp_path, said=SAID | {"price": {"": "121.00"}})
    assert pbr.read_contract(path).fingerprint != first.fingerprint


def refused(path: Path) -> list[tuple[str, str, int | None, str]]:
    """Give code, file, line and message of each problem of a contract."""
    found = pbr.check_contract(path)
    return [(one.code, one.file.rpartition("/")[2], one.line, one.message) for one in found]


def test_ballots_that_changed_after_the_result_are_refused(tmp_path: Path) -> None:
    """One paper more, and nothing is paid by the old result."""
    panel(tmp_path)
    path = written(tmp_path)
    with (tmp_path / "ballots-1.csv").open("a", encoding="utf-8") as file:
        file.write("V9,staff,price,,500.00,2025-02-03\n")
    ((code, where, _, _),) = refused(path)
    assert (code, where) == ("PBR307", "panel-1.result.yaml")
    with pytest.raises(ContractError, match="PBR307"):
        pbr.read_contract(path)


def test_a_result_that_was_edited_is_refused_by_a_recount(tmp_path: Path) -> None:
    """The hash of the ballots still fits; the count does not."""
    panel(tmp_path)
    path, result = written(tmp_path), tmp_path / "panel-1.result.yaml"
    result.write_text(result.read_text(encoding="utf-8").replace("value: 80%", "value: 60%"), encoding="utf-8")
    ((code, where, line, message),) = refused(path)
    assert (code, where, message) == ("PBR312", "panel-1.result.yaml", "has `value: 60%`; a recount gives `value: 80%`")
    assert result.read_text(encoding="utf-8").splitlines()[(line or 0) - 1].strip() == "value: 60%"


def test_without_its_ballots_a_result_is_taken_as_written_and_that_is_said(tmp_path: Path) -> None:
    """The panel may keep its ballots: a note says so, and so does the run."""
    panel(tmp_path)
    path = written(tmp_path)
    (tmp_path / "ballots-1.csv").unlink()
    contract = pbr.read_contract(path)
    assert [(note.code, note.line) for note in contract.notes if note.code == "PBR319"] == [("PBR319", 11)]
    assert [one.recounted for one in contract.cited["panel"]] == [False]


MONEY: Final = "price: {agreed: panel.price, bounds: 50.00 to 200.00, if_none: 100.00}"


@pytest.mark.parametrize(
    ("old", "new", "code", "where", "says"),
    [
        ("panel.price,", "panel.prize,", "PBR314", "contract.yaml", "asked nobody 'prize'; did you mean 'price'?"),
        ("panel.price,", "board.price,", "PBR111", "contract.yaml", "no agreement is named 'board'"),
        ("panel.price,", "price,", "PBR316", "contract.yaml", "'price' is no question; write AGREEMENT.QUESTION"),
        ("50.00 to 200.00", "200.00 to 50.00", "PBR305", "contract.yaml", "200.00 is above the upper one 50.00"),
        ("50.00 to 200.00", "50.00", "PBR305", "contract.yaml", "'50.00' are no bounds"),
        ("50.00 to 200.00", "some to many", "PBR305", "contract.yaml", "'some' is no figure"),
        ("50.00 to 200.00", "50.00 to 119.99", "PBR315", "panel-1.result.yaml", "120.00 is outside of the bounds"),
        ("50.00 to 200.00", "120.01 to 200.00", "PBR315", "panel-1.result.yaml", "it is refused, not cut"),
        ("if_none: 100.00", "if_none: 49.99", "PBR315", "contract.yaml", "49.99 is outside of the bounds"),
        ("if_none: 100.00", "if_none: unpaid", "PBR316", "contract.yaml", "'price' is `unpaid` if nothing is agreed"),
        ("bounds: 10% to 90% each", "bounds: 10% to 55% each", "PBR315", "panel-1.result.yaml", "3/5 for 'done'"),
        ("weights, by: outcome, bounds: 10%", "weights, bounds: 10%", "PBR103", "contract.yaml", "single figure"),
        ("panel.whom, by: who", "panel.whom, bounds: 0 to 1, by: who", "PBR316", "contract.yaml", "bounds are of"),
        ("{women: no, men", "{women: perhaps, men", "PBR316", "contract.yaml", "'perhaps' is neither yes nor no"),
        ("{women: no, men", "{wimmen: no, men", "PBR123", "contract.yaml", "did you mean 'women'?"),
        ("{done: 50%, share: 50%}", "{done: unpaid, share: 50%}", "PBR316", "contract.yaml", "only a threshold"),
        ("evenings, if_none: no", "evenings, by: sex, if_none: {F: no, M: no, X: no}", "PBR316", "contract.yaml",
         "asks for yes or no; remove `by`"),
        (", if_none: 100.00", "", "PBR102", "contract.yaml", "'if_none' is missing here"),
        ("bounds: 50.00 to 200.00, ", "", "PBR102", "contract.yaml", "'bounds' is missing here"),
        ("if_none: 100.00}", "if_none: 100.00, csv: a.csv}", "PBR104", "contract.yaml", "unknown key 'csv'"),
        ("if_none: 100.00}", "if_none: 100.00, other: 1}", "PBR104", "contract.yaml", "unknown key 'other'"),
        (MONEY, "price: {bounds: 1 to 2, by: who, women: 1.00, men: 1.00, others: 1.00}", "PBR104", "contract.yaml",
         "it stands beside `agreed`"),
        ("price: price, price_on: start", "price: price", "PBR318", "contract.yaml", "write `price_on: start`"),
        ("price: price, price_on: start", "price: price, price_on: known", "PBR318", "contract.yaml", "at the start"),
        ("by: 150%, on: [each]", "by: weights, on: [each]", "PBR318", "contract.yaml", "name a period under `per`"),
        ("  whom: {agreed: panel.whom", "  sex: {agreed: panel.whom", "PBR110", "contract.yaml", "a field of the"),
        ("panel: panel-1.yaml", "panel: ../panel-1.yaml", "PBR317", "contract.yaml", "not a path beside the contract"),
        ("panel: panel-1.yaml", "panel: panel-3.yaml", "PBR001", "contract.yaml", "'panel-3.yaml': cannot be read"),
        ("panel: panel-1.yaml", "panel: []", "PBR102", "contract.yaml", "name the file of the agreement"),
        ("panel: panel-1.yaml", "panel: [panel-1.yaml, panel-1.yaml]", "PBR317", "contract.yaml", "stands here twice"),
        ("panel: panel-1.yaml", "board: panel-1.yaml", "PBR317", "contract.yaml", "this is the agreement 'panel'"),
    ],
)  # fmt: skip
def test_what_is_wrong_has_a_code_a_place_and_a_fix(  # a row of the table
    tmp_path: Path, old: str, new: str, code: str, where: str, says: str
) -> None:
    """Each fault is said once, at its own place, and nothing more is said of what reads the figure."""
    panel(tmp_path)
    every = refused(written(tmp_path, (old, new)))
    found = [one for one in every if one[0] == code]
    assert any(file == where and says in message for _, file, _, message in found), every
    assert all(line for _, _, line, _ in every)
    if code not in {"PBR111", "PBR110"} and "board" not in new and "weights, on" not in new:
        assert {each[0] for each in every} == {code}


def test_an_agreement_that_ends_before_it_starts_or_was_not_counted(tmp_path: Path) -> None:
    """The faults of an agreement are those of whoever cites it, at their own places."""
    panel(tmp_path)
    path, file = written(tmp_path), tmp_path / "panel-1.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("to: 2027-03-31", "to: 2025-03-31"), encoding="utf-8")
    assert [each[:2] for each in refused(path)] == [("PBR304", "panel-1.yaml")]
    file.write_text(text, encoding="utf-8")
    (tmp_path / "panel-1.result.yaml").unlink()
    assert [each[:2] for each in refused(path)] == [("PBR311", "contract.yaml")]


def test_a_new_version_begins_after_its_ballot(tmp_path: Path) -> None:
    """A version that holds from a day on which people still voted would price again what was stated."""
    panel(tmp_path)
    panel(tmp_path, 2, first="2025-07-01", closes="2025-07-01")
    assert [each[:2] for each in refused(written(tmp_path, (WHOLE, BOTH)))] == [("PBR317", "contract.yaml")]


def test_two_versions_ask_the_same(tmp_path: Path) -> None:
    """A question that asks for a number in one version and for yes or no in another is two questions."""
    panel(tmp_path)
    second = panel(tmp_path, 2, first="2025-07-01", closes="2025-06-15")
    text = second.read_text(encoding="utf-8")
    text = text.replace(
        "price: {asks: number, rule: median, unit: money, bounds: 0.00 to 500.00}",
        "price: {asks: yes_no, rule: simple_majority}",
    )
    second.write_text(text, encoding="utf-8")
    (tmp_path / "panel-2.result.yaml").unlink()
    from pbr.agreement import count_ballots, read_agreement, read_ballots, write_result

    agreement = read_agreement(second)
    write_result(agreement, count_ballots(agreement, read_ballots(agreement)))
    ((code, _, _, message),) = refused(written(tmp_path, (WHOLE, BOTH)))
    assert (code, "asks for number and for yes_no" in message) == ("PBR317", True)


def test_what_no_value_cites_is_a_note(tmp_path: Path) -> None:
    """An agreement that nothing is agreed by is read, and said to."""
    panel(tmp_path)
    path = written(tmp_path)
    text = path.read_text(encoding="utf-8")
    start = text.index("values:")
    end = text.index("outcomes:")
    text = (
        text[:start]
        + "values:\n  threshold: 80%\n  price: 100.00\n  weights: {by: outcome, done: 50%, share: 50%}\n"
        + text[end:]
    )
    text = text[: text.index("adjustments:")]
    path.write_text(text, encoding="utf-8")
    notes = [(note.code, note.message) for note in pbr.read_contract(path).notes]
    assert ("PBR156", "no value is agreed by 'panel'") in notes


def test_a_run_names_its_agreements_and_explain_says_who_agreed(tmp_path: Path) -> None:
    """The manifest has files and hashes; the explanation has bounds, ballots, tests and dissent; a change is seen."""
    import json

    panel(tmp_path)
    path, data, out = written(tmp_path), tmp_path / "return", tmp_path / "out"
    data.mkdir()
    for name, frame in returned([("a", "north", "2025-04-10", "F", "2025-06-01")]).items():
        frame.write_csv(data / f"{name}.csv")
    pbr.run(path, data, "2026-06-30").write(out)
    (one,) = json.loads((out / "run.json").read_text(encoding="utf-8"))["contract"]["agreements"]
    assert (one["agreement"], one["version"], one["result"], one["recounted"]) == (
        "panel",
        1,
        "../panel-1.result.yaml",
        True,
    )
    text = pbr.explain(out, "a").text
    for said in (
        "target       whom: among those chosen",
        "price: agreed by panel.price (contract.yaml:29)",
        "bounds     50.00 to 200.00, set by the commissioner",
        "otherwise  100.00",
        "version    1, from 1 April 2025 to 31 March 2027",
        "11 people could vote on 1 January 2025: 6 users, 5 staff",
        "counted again just now, with the same result",
        "AGREED: 120",
        "passed  quorum",
    ):
        assert said in text, text
    line = pbr.run(path, data, "2026-06-30").statement.lines().filter(pl.col("payment") == "group")["line_id"][0]
    of_group = pbr.explain(out, line=line).text
    assert "threshold: agreed by panel.threshold" in of_group
    assert "otherwise  nothing is paid that needs it" in of_group
    (tmp_path / "panel-1.result.yaml").write_text("changed")
    with pytest.raises(pbr.EvaluationError, match="PBR504"):
        pbr.explain(out, "a")


def test_who_holds_on_a_day(tmp_path: Path) -> None:
    """The first day and the last of a version are its own; the days around are not."""
    panel(tmp_path, first="2025-04-01", last="2025-09-30")
    term = pbr.read_contract(written(tmp_path)).terms.values["price"].agreed
    assert term is not None
    days = ["2025-03-31", "2025-04-01", "2025-09-30", "2025-10-01"]
    numbers = [number_of(day) for day in map(parse_date, days) if day is not None]
    assert [held_on(term, number).version for number in numbers] == [0, 1, 1, 0]


def test_a_choice_holds_from_its_first_day_to_its_last(tmp_path: Path) -> None:
    """Who starts on either is among those chosen; who starts a day before or after is not."""
    panel(tmp_path, first="2025-05-01", last="2025-09-30")
    starts = ["2025-04-30", "2025-05-01", "2025-09-30", "2025-10-01"]
    run = evaluated(written(tmp_path), [(start, "north", start, "F", None) for start in starts])
    rows = run.decisions.rows().filter(pl.col("outcome") == "done").select("subject", "outside").rows()
    assert rows == [
        ("2025-04-30", "whom;evenings"),
        ("2025-05-01", ""),
        ("2025-09-30", ""),
        ("2025-10-01", "whom;evenings"),
    ]
