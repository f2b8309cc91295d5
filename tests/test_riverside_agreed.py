"""Riverside agreed: four quarters of what users say, under a threshold that a panel agreed and then agreed anew."""

from __future__ import annotations

import contextlib
import csv
import io
import shutil
import subprocess
import sys
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import pytest

import pbr
from pbr.cli import run
from pbr.payments import Divide
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden

AGREED: Final = ROOT / "contracts" / "riverside-agreed"
EXAMPLE: Final = ROOT / "examples" / "riverside"
AS_AT: Final = "2026-03-31"
QUARTERS: Final = ("Y1-Q1", "Y1-Q2", "Y1-Q3", "Y1-Q4")
PARTS: Final = ("mutual_aid", "gave_support", "moving_on", "trust", "networks")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the files of the contract, and the return of the example."""
    found = tmp_path_factory.mktemp("agreed") / "riverside"
    shutil.copytree(AGREED, found, ignore=shutil.ignore_patterns("cases", "*.py", "*.md"))
    shutil.copytree(EXAMPLE / "return", found / "return")
    return found


@pytest.fixture(scope="module")
def summary(folder: Path) -> str:
    """Evaluate the example once, and give what is printed."""
    said, words = io.StringIO(), ("contract.yaml", "--data", "return", "--as-at", AS_AT, "--out", "out")
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
        patch.chdir(folder)
        assert run(["evaluate", *words]) == 0
    return said.getvalue()


@pytest.fixture(scope="module")
def done(folder: Path) -> pbr.Run:
    """Evaluate the example in the library."""
    return pbr.run(folder / "contract.yaml", folder / "return", AS_AT)


def lines(folder: Path, payment: str) -> list[dict[str, str]]:
    """Read the lines of a payment as a spreadsheet would."""
    with (folder / "out" / "statement.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if row["payment"] == payment]


def agreed(version: int) -> dict[str, Any]:
    """What the panel agreed, by question."""
    questions = pbr.read_result(AGREED / f"panel-{version}.result.yaml").questions
    return {name: answer.agreed_value for name, answer in questions.items()}


def explained(folder: Path, *words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """What `pbr explain` says."""
    monkeypatch.chdir(folder)
    assert run(["explain", "out", *words]) == 0
    return capsys.readouterr().out


def variant(folder: Path, to: Path, name: str, *changes: tuple[str, str]) -> pbr.Run:
    """Evaluate a copy of the example, one of whose files is changed."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("out"))
    text = (to / name).read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (to / name).write_text(text, encoding="utf-8")
    return pbr.run(to / "contract.yaml", to / "return", AS_AT)


def test_the_scripts_write_the_committed_files_again(tmp_path: Path) -> None:
    """The same seeds give the committed ballots and return byte for byte."""
    for script in (AGREED / "draw_ballots.py", EXAMPLE / "draw_return.py"):
        shutil.copy(script, tmp_path)
        subprocess.run([sys.executable, str(tmp_path / script.name)], check=True, capture_output=True)
    made = {path.name: path.read_bytes() for path in [*tmp_path.glob("*.csv"), *tmp_path.glob("return/*.csv")]}
    kept = [*AGREED.glob("*.csv"), *EXAMPLE.glob("return/*.csv")]
    assert made == {path.name: path.read_bytes() for path in kept}
    assert len(made) == 7  # two of ballots, five of the return


@pytest.mark.parametrize("version", [1, 2])
def test_the_results_are_what_a_recount_gives(
    folder: Path, version: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`pbr agree --check` finds no line of the committed results that differs, and every question was agreed."""
    monkeypatch.chdir(folder)
    assert run(["agree", f"panel-{version}.yaml", "--check"]) == 0
    assert capsys.readouterr().out == f"panel-{version}.yaml: a recount gives the same result\n"
    assert pbr.read_result(folder / f"panel-{version}.result.yaml").agreed


def test_the_panel_agreed_what_the_contract_says() -> None:
    """What counts shares the pot; two groups are reached first; the threshold is within the bounds, and rises."""
    first, second = agreed(1), agreed(2)
    pot = pbr.read_contract(AGREED / "contract.yaml").terms.payments["pot"]
    assert isinstance(pot, Divide)
    assert first["outcomes"] == ("satisfied", "peer_helped") == tuple(pot.pays)
    assert first["target_groups"] == ("women", "no_home")
    enough = [each["satisfaction"] for each in (first, second)]
    assert enough == [Fraction(75, 100), Fraction(80, 100)]
    assert list(second) == ["satisfaction"]


def test_the_summary(summary: str, golden: Golden) -> None:
    """What is paid, and the index beside it, which is not."""
    golden("examples/riverside/golden/summary.txt", summary)


@pytest.mark.usefixtures("summary")
def test_twelve_per_cent_ride_on_it_to_the_penny(folder: Path) -> None:
    """Twelve instalments are 88% of the price, and the parts of four pots are 12%, whatever of them is earned."""
    core = sum(Fraction(row["amount"]) for row in lines(folder, "core"))
    pots = {
        quarter: sum(Fraction(row["unit_price"]) for row in lines(folder, "pot") if row["period"] == quarter)
        for quarter in QUARTERS[1:]
    }
    assert core == 880_000
    assert pots == dict.fromkeys(QUARTERS[1:], Fraction(30_000))
    (peers,) = [row for row in lines(folder, "pot") if row["period"] == QUARTERS[0]]
    assert (peers["outcome"], Fraction(peers["unit_price"])) == ("peer_share", 30_000 * Fraction(9, 20))
    assert core + 4 * 30_000 == 1_000_000
    assert Fraction(4 * 30_000, 1_000_000) == Fraction(12, 100)


def test_four_quarters(done: pbr.Run) -> None:
    """Too few answers; enough are content; most are, and that may be chance; and the panel asks for more."""
    share, enough = (done.decisions.pooled[name].results for name in ("content_share", "satisfied"))
    found = {}
    for quarter in QUARTERS:
        one, two = share["northbank", quarter], enough["northbank", quarter]
        found[quarter] = (one.value, one.frame, one.reason, two.state)
    assert found == {
        "Y1-Q1": (Fraction(25, 28), 81, "low_response", "not_assessable"),
        "Y1-Q2": (Fraction(69, 77), 107, "met", "met"),
        "Y1-Q3": (Fraction(37, 46), 83, "met", "not_met"),
        "Y1-Q4": (Fraction(33, 38), 54, "met", "not_met"),
    }
    assert Fraction(28, 81) < Fraction(40, 100) < Fraction(46, 83)
    assert Fraction(37, 46) > Fraction(75, 100)
    assert Fraction(33, 38) > Fraction(80, 100)


@pytest.mark.usefixtures("summary")
def test_what_satisfaction_pays(folder: Path) -> None:
    """All of its part or nothing; and of a quarter that is not assessed there is no line."""
    paid = {row["period"]: row["amount"] for row in lines(folder, "pot") if row["outcome"] == "satisfied"}
    assert paid == {"Y1-Q2": "16500.00", "Y1-Q3": "0.00", "Y1-Q4": "0.00"}
    cited = {row["period"]: row["agreement"] for row in lines(folder, "pot") if row["outcome"] == "satisfied"}
    asked = {
        period: [each.split()[2] for each in text.split(";") if each.startswith("panel.satisfaction version")]
        for period, text in cited.items()
    }
    assert asked == {"Y1-Q2": ["1"], "Y1-Q3": ["1"], "Y1-Q4": ["2"]}


def test_the_new_figure_starts_with_the_next_period(folder: Path, done: pbr.Run, tmp_path: Path) -> None:
    """Without the second version the last quarter passes; what the quarters before it pay is the same."""
    old = variant(folder, tmp_path / "old", "contract.yaml", ("[panel-1.yaml, panel-2.yaml]", "[panel-1.yaml]"))
    assert old.decisions.pooled["satisfied"].results["northbank", "Y1-Q4"].state == "met"
    columns = ("line_id", "period", "outcome", "amount_minor")
    new, before = (set(each.statement.lines().select(columns).rows()) for each in (done, old))
    assert {line[1:] for line in new - before} == {("Y1-Q4", "satisfied", 0)}
    assert {line[1:] for line in before - new} == {("Y1-Q4", "satisfied", 16_500_00)}


def test_answers_that_are_held_back_are_missed(folder: Path, tmp_path: Path) -> None:
    """Without those who are not content the third quarter passes, at a lower response; the first has no figure."""
    to = tmp_path / "pleased"
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("out"))
    path = to / "return" / "survey.csv"
    first, *rest = path.read_text(encoding="utf-8").splitlines(keepends=True)
    items = [(line, [int(item) for item in line.split(",")[2:6]]) for line in rest]
    kept = [line for line, (one, two, three, hurried) in items if one + two + three + 5 - hurried >= 12]
    path.write_text("".join([first, *kept]), encoding="utf-8")
    pooled = pbr.run(to / "contract.yaml", to / "return", AS_AT).decisions.pooled
    share, enough = pooled["content_share"].results, pooled["satisfied"].results
    assert (share["northbank", "Y1-Q1"].reason, enough["northbank", "Y1-Q1"].state) == (
        "low_response",
        "not_assessable",
    )
    third = share["northbank", "Y1-Q3"]
    assert (third.value, third.frame, third.silent) == (Fraction(1), 83, 46)
    assert enough["northbank", "Y1-Q3"].state == "met"


def test_a_bound_of_the_threshold_itself_is_enough(folder: Path, tmp_path: Path) -> None:
    """The second quarter's bound is just over 85.4164%: it passes there, and not a ten-thousandth of a point above."""
    agreed = "    agreed: panel.satisfaction\n    bounds: 60% to 95%\n    if_none: unpaid\n"
    states = []
    for at, enough in enumerate(("85.4164%", "85.4165%")):
        named = ("    at_least: satisfied_enough\n", f"    at_least: {enough}\n")
        unused = (f"  satisfied_enough:\n    title: How many users must be content\n{agreed}", "")
        run_ = variant(folder, tmp_path / str(at), "contract.yaml", named, unused)
        states.append(run_.decisions.pooled["satisfied"].results["northbank", "Y1-Q2"].state)
    assert states == ["met", "not_met"]


def test_the_index_is_made_of_its_parts(done: pbr.Run) -> None:
    """By hand, with the panel's weights: four parts in the first quarter, whose trust has no figure, and then five."""
    weights = agreed(1)["social_weights"]
    pooled = done.decisions.pooled
    assert sum(weights.values()) == 1
    for quarter in QUARTERS:
        key = ("northbank", quarter)
        known = [name for name in PARTS if pooled[name].results[key].state == "met"]
        assert (set(PARTS) - set(known)) == ({"trust"} if quarter == "Y1-Q1" else set())
        weighed = sum(weights[name] * (pooled[name].results[key].value or 0) for name in known)
        assert pooled["social_productivity"].results[key].value == weighed / sum(weights[name] for name in known)
        exact = (pooled["social_productivity"].results[key].value or 0) / 250
        assert pooled["per_thousand"].results[key].value == Fraction(int(exact * 10**5 + Fraction(1, 2)), 10**5)


def test_no_money_depends_on_the_index(folder: Path, done: pbr.Run, tmp_path: Path) -> None:
    """Every review says no to everything: the index falls, and every line stays as it was."""
    rows = done.decisions.rows()
    assert set(rows.filter(paid="no")["outcome"]) == {*PARTS, "trusting", "social_productivity", "per_thousand"}
    to = tmp_path / "none"
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("out"))
    path = to / "return" / "reviews.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("yes", "no"), encoding="utf-8")
    none = pbr.run(to / "contract.yaml", to / "return", AS_AT)
    key = ("northbank", "Y1-Q1")
    assert none.decisions.pooled["social_productivity"].results[key].value == 0
    assert none.statement.lines().equals(done.statement.lines())


def test_the_order_of_rows_changes_nothing(folder: Path, done: pbr.Run, tmp_path: Path) -> None:
    """Every file of the return the other way round gives the same amounts and the same figures."""
    to = tmp_path / "turned"
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("out"))
    for path in (to / "return").iterdir():
        first, *rest = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join([first, *rest[::-1]]), encoding="utf-8")
    turned = pbr.run(to / "contract.yaml", to / "return", AS_AT)
    assert turned.statement.lines().equals(done.statement.lines())
    for name in ("content_share", "satisfied", "social_productivity"):
        assert turned.decisions.pooled[name].results == done.decisions.pooled[name].results


@pytest.mark.usefixtures("summary")
def test_the_quarters_explained(
    folder: Path, golden: Golden, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every quarter, with its frame, response and bound, what silence could hide, and both versions of the figure."""
    text = explained(folder, "--outcome", "satisfied", capsys=capsys, monkeypatch=monkeypatch)
    golden("examples/riverside/golden/explain-satisfied.txt", text)
    assert "28 of 81 in the frame, 34.5679%" in text
    assert "version    2, from 1 January 2026" in text


@pytest.mark.usefixtures("summary")
@pytest.mark.parametrize(
    ("quarter", "compared"),
    [
        ("Y1-Q2", "about 85.4164%, cut after 6 places, to be at least 75%"),
        ("Y1-Q3", "about 71.6895%, cut after 6 places, to be at least 75%"),
        ("Y1-Q4", "about 79.8323%, cut after 6 places, to be at least 80%"),
    ],
)
def test_a_part_of_a_pot_explained(
    folder: Path,
    quarter: str,
    compared: str,
    golden: Golden,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A paid quarter and two unpaid ones, each with its reason and who agreed it."""
    (line,) = [
        row["line_id"] for row in lines(folder, "pot") if (row["period"], row["outcome"]) == (quarter, "satisfied")
    ]
    text = explained(folder, "--line", line, capsys=capsys, monkeypatch=monkeypatch)
    golden(f"examples/riverside/golden/explain-{quarter}.txt", text)
    assert compared in text
    assert "agreed by panel.satisfaction" in text


def test_help_from_outside_is_required(done: pbr.Run) -> None:
    """Whoever only the provider, or family, helped is not met, and everybody who is met has peers among the helpers."""
    rows = done.decisions.rows().filter(outcome="peer_helped")
    found = {(state, helpers) for state, helpers in rows.select("state", "helped_by").rows()}
    assert {helpers for state, helpers in found if state == "met" and "peers" not in helpers.split(";")} == set()
    assert {("met", "provider;peers"), ("not_met", "provider"), ("not_met", "provider;family")} <= found


@pytest.mark.usefixtures("summary")
def test_a_person_whom_a_peer_helped_explained(
    folder: Path, golden: Golden, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """P003 was helped by the provider and by a peer, three days before the four weeks are over."""
    words = ("--participant", "P003", "--outcome", "peer_helped")
    text = explained(folder, *words, capsys=capsys, monkeypatch=monkeypatch)
    golden("examples/riverside/golden/explain-helped.txt", text)
    assert "helped by  provider, peers" in text


@pytest.mark.usefixtures("summary")
def test_the_index_explained(
    folder: Path, golden: Golden, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its parts, their weights, what was shared out, and that no money depends on it."""
    text = explained(folder, "--outcome", "per_thousand", capsys=capsys, monkeypatch=monkeypatch)
    golden("examples/riverside/golden/explain-index.txt", text)
    assert "missing    trust: its weight is shared out" in text
    assert "signpost   it is measured and reported, and no money depends on it" in text


def test_the_demonstration_shows_a_quarter_that_is_paid_and_one_that_is_not() -> None:
    """The lines that `make demo` explains are those of satisfaction in the second and the third quarter."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (shown,) = [line.split()[2:] for line in makefile.splitlines() if line.startswith("QUARTERS :=")]
    goldens = [ROOT / f"examples/riverside/golden/explain-{quarter}.txt" for quarter in ("Y1-Q2", "Y1-Q3")]
    for line, golden, paid in zip(shown, goldens, ("£16,500.00", "£0.00"), strict=True):
        text = golden.read_text(encoding="utf-8")
        assert f"line {line})" in text
        assert f"gross {paid}," in text
