"""Agreed figures against contracts that name them in unusual places: who is chosen, what is cited, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pytest

import pbr
from pbr.agreement import count_ballots, read_agreement, read_ballots, write_result
from tests import small
from tests.panels import SAID, evaluated, panel, returned, written

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.api import Run

WHOLE: Final = ("agreements:\n  panel: panel-1.yaml", "agreements:\n  panel: [panel-2.yaml, panel-1.yaml]")
WHOM: Final = "whom: {agreed: panel.whom, by: who, if_none: {women: no, men: no, others: no}}"
PEOPLE: Final = (
    ("a", "north", "2025-04-10", "F", "2025-06-01"),
    ("b", "north", "2025-06-20", "F", "2025-07-05"),
    ("c", "north", "2025-07-10", "F", "2025-08-01"),
)


def two_versions(folder: Path) -> None:
    """Write a version from April and one from July."""
    panel(folder)
    panel(folder, 2, first="2025-07-01", closes="2025-06-15", said=SAID | {"price": {"": "150.00"}})


def before(new: str, top: str = "payments:\n") -> tuple[str, str]:
    """Give a piece of text to stand first under a part of the contract."""
    return (top, top + new)


def cites(run: Run, payment: str | None, adjustment: str = "-") -> dict[str, list[str]]:
    """Give what lines cite, by subject or occurrence; a version without its hash."""
    mine = pl.col("payment").eq_missing(pl.lit(payment)), pl.col("adjustment") == adjustment
    rows = run.statement.lines().filter(*mine).select("subject", "occurrence", "agreement").rows()
    found = {}
    for subject, occurrence, text in rows:
        found[subject or occurrence] = [each[:-17] if " version " in each else each for each in text.split(";") if each]
    return found


def adjusted(run: Run, adjustment: str) -> dict[tuple[str | None, str], int]:
    """Give minor units by subject and occurrence."""
    lines = run.statement.lines().filter(pl.col("adjustment") == adjustment)
    return {(row[0], row[1]): row[2] for row in lines.select("subject", "occurrence", "amount_minor").rows()}


def refused(path: Path) -> list[tuple[str, int | None, str]]:
    """Give code, line and message of each problem of a contract."""
    return [(one.code, one.line, one.message) for one in pbr.check_contract(path)]


def test_any_label_of_what_holds_otherwise_is_every_label_without_a_row(tmp_path: Path) -> None:
    """`*` chooses all that no other row names, as a condition as it does as a figure."""
    panel(tmp_path)
    path = written(tmp_path, (WHOM, 'whom: {agreed: panel.whom, by: who, if_none: {"*": yes, men: no}}'))
    people = [(name, "north", "2025-03-10", sex, "2025-06-01") for name, sex in (("f", "F"), ("m", "M"), ("x", "X"))]
    assert adjusted(evaluated(path, people), "chosen") == {("f", "1"): 50_00, ("x", "1"): 50_00}


def test_a_choice_among_providers_whatever_their_field_is_called(tmp_path: Path) -> None:
    """The key is `provider`, and the field of the table may have another name; outside is who was not chosen."""
    panel(tmp_path, said=SAID | {"sites": {"north": "yes", "south": "no"}})
    sites = (WHOM, "whom: {agreed: panel.sites, by: provider, if_none: {north: no, south: yes}}")
    people = [("a", "north", "2025-04-10", None, "2025-06-01"), ("b", "south", "2025-04-10", None, "2025-06-01")]
    for name in ("provider", "site"):
        path = written(tmp_path, sites, ("provider: provider", f"{name}: provider"))
        frames = returned(people)
        frames["people"] = frames["people"].rename({"provider": name})
        run = pbr.run(pbr.read_contract(path), frames, "2026-06-30")
        assert adjusted(run, "chosen") == {("a", "1"): 60_00}


def test_fees_by_a_formula_cite_its_figures(tmp_path: Path) -> None:
    """The formula of values alone is read on the first day of the term."""
    two_versions(tmp_path)
    path = written(
        tmp_path,
        WHOLE,
        before("  fee: {kind: fee, amount: sum}\n"),
        before('  sum: {kind: formula, value: "price * 2", unit: money}\n', "outcomes:\n"),
    )
    assert cites(evaluated(path, PEOPLE), "fee") == {"1": ["panel.price version 1"]}


def test_a_share_of_a_payment_rests_on_what_that_rests_on(tmp_path: Path) -> None:
    """Of many lines every version is cited that held by the end of the period."""
    two_versions(tmp_path)
    path = written(
        tmp_path, WHOLE, before("  tenth: {kind: amount, amount: each, times: [10%], per: [provider, quarter]}\n")
    )
    found = cites(evaluated(path, PEOPLE), "tenth")
    assert found["Y1-Q1"] == ["panel.price version 1"]
    assert found["Y1-Q2"] == ["panel.price version 1", "panel.price version 2"]


def test_a_share_of_a_group_payment_rests_on_its_thresholds(tmp_path: Path) -> None:
    """What the other payment is for rests on agreed figures of its own."""
    two_versions(tmp_path)
    path = written(
        tmp_path, WHOLE, before("  tenth: {kind: amount, amount: group, times: [10%], per: [provider, quarter]}\n")
    )
    assert cites(evaluated(path, PEOPLE), "tenth")["Y1-Q1"] == ["panel.threshold version 1"]


def test_a_grouping_that_names_a_choice_is_cited(tmp_path: Path) -> None:
    """A plain price by a label that a panel decided rests on the panel, by the start of each."""
    two_versions(tmp_path)
    path = written(
        tmp_path,
        WHOLE,
        before('  reach: {chosen: "whom", rest: otherwise}\n', "groups:\n"),
        before("  fixed: {by: reach, chosen: 10.00, rest: 20.00}\n", "values:\n"),
        ("price: price, price_on: start", "price: fixed"),
    )
    found = cites(evaluated(path, PEOPLE), "each")
    assert found == {
        "a": ["panel.whom version 1"],
        "b": ["panel.whom version 1"],  # done in the time of version 2, and begun in that of version 1
        "c": ["panel.whom version 2"],
    }


def test_a_choice_that_names_another_cites_both(tmp_path: Path) -> None:
    """The groups of one choice may be told by another."""
    panel(tmp_path)
    path = written(
        tmp_path,
        ("women: \"sex = 'F'\"", "women: \"sex = 'F' AND evenings\""),
        ("men: \"sex = 'M'\"", "men: \"sex = 'M'\""),
    )
    assert cites(evaluated(path, PEOPLE), "each", "chosen")["a"] == [
        "panel.whom version 1",
        "panel.evenings version 1",
    ]


def test_gates_on_what_rests_on_a_panel(tmp_path: Path) -> None:
    """A gate that takes nothing has no lines; one that takes cites the version of each subject's own start."""
    two_versions(tmp_path)
    extra = '  other: {kind: event, table: events, date: on, when: "whom"}\n'
    for takes, key in ((False, "needs"), (True, "stops")):
        path = written(tmp_path, WHOLE, before(extra, "outcomes:\n"))
        with path.open("a", encoding="utf-8") as file:
            file.write(f"  - {{id: gate, kind: gate, {key}: other, on: [each]}}\n")
        found = cites(evaluated(path, PEOPLE), "each", "gate")
        assert found == (
            {"a": ["panel.whom version 1"], "b": ["panel.whom version 1"], "c": ["panel.whom version 2"]}
            if takes
            else {}
        )


def test_a_factor_that_is_an_agreed_test_of_groups(tmp_path: Path) -> None:
    """Lines of one subject, none or some of which are changed by an outcome that an agreed weight stands in."""
    two_versions(tmp_path)
    extra = '  half: {kind: formula, value: "share * weights.done", per: [provider, quarter], unit: share}\n'
    path = written(tmp_path, WHOLE, before(extra, "outcomes:\n"))
    with path.open("a", encoding="utf-8") as file:
        file.write("  - {id: half, kind: multiply, by: half, on: [each]}\n")
    run = evaluated(path, PEOPLE)
    every = ["panel.weights version 1", "panel.weights version 2"]
    assert cites(run, "each", "half") == {"a": every, "b": every, "c": every}
    assert adjusted(run, "half")["a", "1"] == -180_00 * 4 // 10
    assert adjusted(evaluated(path, []), "half") == {}


def test_a_condition_that_reads_a_result_cites_what_that_rests_on(tmp_path: Path) -> None:
    """`where` names an outcome, and that names what the panel said."""
    two_versions(tmp_path)
    extra = '  other: {kind: event, table: events, date: on, when: "evenings"}\n'
    path = written(tmp_path, WHOLE, before(extra, "outcomes:\n"))
    with path.open("a", encoding="utf-8") as file:
        file.write('  - {id: less, kind: multiply, by: 50%, on: [each], where: "other.met"}\n')
    found = cites(evaluated(path, PEOPLE), "each", "less")
    assert (found["a"], found["c"]) == (["panel.evenings version 1"], ["panel.evenings version 2"])


def test_lines_of_groups_cite_whom_they_are_for(tmp_path: Path) -> None:
    """A line for many subjects cites every version that held by its day."""
    two_versions(tmp_path)
    path = written(tmp_path, WHOLE)
    with path.open("a", encoding="utf-8") as file:
        file.write('  - {id: less, kind: multiply, by: 50%, on: [each], where: "whom", per: [provider, quarter]}\n')
    found = cites(evaluated(path, PEOPLE), None, "less")
    assert found["less Y1-Q1"] == ["panel.whom version 1"]
    assert found["less Y1-Q2"] == ["panel.whom version 1", "panel.whom version 2"]


def test_a_count_of_those_chosen_cites_every_version_of_its_members(tmp_path: Path) -> None:
    """Members of the second quarter began under either version."""
    two_versions(tmp_path)
    extra = (
        '  other: {kind: event, table: events, date: on, when: "whom"}\n'
        "  many: {kind: measure, of: other, take: count, per: [provider, quarter], period_of: other}\n"
    )
    path = written(
        tmp_path, WHOLE, before(extra, "outcomes:\n"), before("  count: {kind: tariff, pays_for: many, price: 1.00}\n")
    )
    found = cites(evaluated(path, PEOPLE), "count")
    assert found["Y1-Q1"] == ["panel.whom version 1"]
    assert found["Y1-Q2"] == ["panel.whom version 1", "panel.whom version 2"]


def test_a_later_version_says_when_its_ballot_closes(tmp_path: Path) -> None:
    """Without that a version could begin before it was voted on, and price again what was stated."""
    two_versions(tmp_path)
    second = tmp_path / "panel-2.yaml"
    second.write_text(second.read_text(encoding="utf-8").replace("closes: 2025-06-15\n", ""), encoding="utf-8")
    (tmp_path / "panel-2.result.yaml").unlink()
    agreement = read_agreement(second)
    write_result(agreement, count_ballots(agreement, read_ballots(agreement)))
    ((code, line, message),) = refused(written(tmp_path, WHOLE))
    assert (code, line, "version 2 has no `closes`" in message) == ("PBR317", 11, True)
    assert refused(written(tmp_path, (WHOLE[0], WHOLE[1].replace(", panel-1.yaml", "")))) == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("panel.whom, by: who", "panel.whom, by: wha", "PBR111"),
        ("agreed: panel.evenings", "agreed: [panel.evenings]", "PBR103"),
        ("bounds: 50.00 to 200.00", "bounds: [50.00, 200.00]", "PBR103"),
        ("fields: {on: date}", "fields: {on: date, whom: text}", "PBR110"),
    ],
)
def test_each_fault_is_said_once(tmp_path: Path, old: str, new: str, code: str) -> None:
    """What follows from it is not said besides, and a name means one thing in the rows of every table."""
    panel(tmp_path)
    assert [each[0] for each in refused(written(tmp_path, (old, new)))] == [code]


def test_a_figure_that_changes_asks_for_a_period_once(tmp_path: Path) -> None:
    """Without a period both rules are broken, and one fix mends both."""
    two_versions(tmp_path)
    path = written(tmp_path, WHOLE)
    with path.open("a", encoding="utf-8") as file:
        file.write("  - {id: less, kind: cap, at_most: price, per: [provider], on: [each]}\n")
    assert [each[0] for each in refused(path)] == ["PBR125"]


def test_nothing_is_said_of_a_formula_whose_figures_are_at_fault(tmp_path: Path) -> None:
    """The fault is in the ballots; what the formula or its fee comes to cannot be known."""
    panel(tmp_path)
    path = written(
        tmp_path,
        before("  fee: {kind: fee, amount: sum}\n"),
        before('  sum: {kind: formula, value: "price * 2", unit: money}\n', "outcomes:\n"),
    )
    with (tmp_path / "ballots-1.csv").open("a", encoding="utf-8") as file:
        file.write("V9,staff,price,,500.00,2025-02-03\n")
    assert [each[0] for each in refused(path)] == ["PBR307"]


def test_agreed_weights_are_shares_in_formulas_as_written_ones_are(tmp_path: Path) -> None:
    """3/5 is 60%, so that it can be added to a share whether or not the panel has agreed."""
    panel(tmp_path)
    extra = '  more: {kind: formula, value: "share + weights.done", per: [provider, quarter], unit: share}\n'
    assert refused(written(tmp_path, before(extra, "outcomes:\n"))) == []


def test_a_state_that_is_only_for_those_chosen_is_cited(tmp_path: Path) -> None:
    """The rows of a state name the choice, and the outcome names the state."""
    two_versions(tmp_path)
    path = written(
        tmp_path,
        WHOLE,
        ("fields: {on: date}", "fields: {on: date, left: date}"),
        (
            "outcomes:\n",
            (
                'spells: {out: {table: events, from: on, to: left, when: "whom"}}\n'
                "outcomes:\n  kept: {kind: held, in: [out], for: 2 days, run: unbroken}\n"
            ),
        ),
        before("  kept_out: {kind: tariff, pays_for: kept, price: 1.00}\n"),
    )
    frames = returned(PEOPLE)
    frames["events"] = frames["events"].with_columns(left=pl.lit("2025-12-01"))
    run = pbr.run(pbr.read_contract(path), frames, "2026-06-30")
    assert cites(run, "kept_out") == {
        "a": ["panel.whom version 1"],
        "b": ["panel.whom version 1"],
        "c": ["panel.whom version 2"],
    }


def test_a_contract_without_agreements_cites_nothing() -> None:
    """A gate on an outcome of one subject reads results, and none of them rests on anything agreed."""
    gate = ("adjustments:\n", "adjustments:\n  - {id: gate, kind: gate, stops: kept, on: [first]}\n")
    run = small.run(small.changed(gate))
    lines = run.statement.lines()
    assert (lines["adjustment"] == "gate").any()
    assert lines["agreement"].unique().to_list() == [""]
