"""The Riverside panel's contract: what was agreed decides what is paid, and every explanation says who agreed it."""

from __future__ import annotations

import contextlib
import csv
import io
import shutil
import subprocess
import sys
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import pytest

from pbr.cli import run
from pbr.money import Rounding, round_minor
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden

PANEL: Final = ROOT / "examples" / "panel"
FILES: Final = ("contract.yaml", "panel-2025.yaml", "ballots-2025.csv", "panel-2025.result.yaml")
PERSONS: Final = {"inside": "P002", "outside": "P008"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the files of the panel, beside each other as they are in the example."""
    found = tmp_path_factory.mktemp("panel")
    for name in FILES:
        shutil.copy(PANEL / name, found / name)
    shutil.copytree(PANEL / "return", found / "return")
    return found


@pytest.fixture(scope="module")
def summary(folder: Path) -> str:
    """Evaluate the example once, and give what is printed."""
    said, words = io.StringIO(), ("contract.yaml", "--data", "return", "--as-at", "2027-03-31", "--out", "out")
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
        patch.chdir(folder)
        assert run(["evaluate", *words]) == 0
    return said.getvalue()


def lines(folder: Path) -> list[dict[str, str]]:
    """Read the statement as a spreadsheet would."""
    with (folder / "out" / "statement.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def explained(folder: Path, *words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """What `pbr explain` says."""
    monkeypatch.chdir(folder)
    assert run(["explain", "out", *words]) == 0
    return capsys.readouterr().out


def test_make_return_writes_the_committed_return_again(tmp_path: Path) -> None:
    """The same seed gives the committed files byte for byte."""
    shutil.copy(PANEL / "make_return.py", tmp_path / "make_return.py")
    subprocess.run([sys.executable, str(tmp_path / "make_return.py")], check=True, capture_output=True)
    made = {path.name: path.read_bytes() for path in (tmp_path / "return").iterdir()}
    assert made == {path.name: path.read_bytes() for path in (PANEL / "return").iterdir()}


def test_the_summary_of_the_panel(summary: str, golden: Golden) -> None:
    """What is paid, and how many belong to the groups that the panel chose."""
    golden("examples/panel/golden/summary.txt", summary)
    assert "first_reached (chosen by panel.target_groups), northbank: 12 inside, 19 outside" in summary


@pytest.mark.usefixtures("summary")
def test_every_line_of_the_panel_cites_what_it_rests_on(folder: Path) -> None:
    """Weights for each part of the pot, the threshold where it is tested, the choice where it decides."""
    found = {
        (row["payment"], row["outcome"], row["adjustment"]): {
            each.split()[0] for each in row["agreement"].split(";") if each
        }
        for row in lines(folder)
    }
    assert found == {
        ("pot", "recovered_share", "-"): {"panel.weights"},
        ("pot", "satisfied", "-"): {"panel.weights", "panel.satisfaction"},
        ("recovery", "recovered", "-"): set(),
        ("recovery", "recovered", "others"): {"panel.target_groups"},
        ("welcome", "welcomed", "-"): {"panel.target_groups"},
    }


@pytest.mark.usefixtures("summary")
def test_the_pot_is_shared_as_the_panel_said(folder: Path) -> None:
    """11/20 and 9/20 of 20,000.00; 75% content is under the 80% agreed, so Northbank's last quarter earns nothing."""
    pot = [row for row in lines(folder) if row["payment"] == "pot"]
    assert {(row["outcome"], row["unit_price"]) for row in pot} == {
        ("recovered_share", "11000.00"),
        ("satisfied", "9000.00"),
    }
    missed = [(row["provider"], row["period"]) for row in pot if Fraction(row["amount"]) == 0]
    assert ("northbank", "Y1-Q4") in missed
    for row in pot:
        exact = Fraction(row["unit_price"]) * Fraction(row["quantity"]) * 100
        assert Fraction(row["amount"]) * 100 == round_minor(exact, Rounding.HALF_UP)


@pytest.mark.usefixtures("summary")
def test_somebody_outside_is_paid_for_less_or_not_at_all(folder: Path) -> None:
    """P002 was chosen: 1,000.00 and 150.00; P008 was not: 800.00, and nothing for the welcome."""
    paid: dict[tuple[str, str], Fraction] = {}
    for row in lines(folder):
        key = row["subject"], row["payment"]
        paid[key] = paid.get(key, Fraction(0)) + Fraction(row["amount"])
    assert {key: amount for key, amount in paid.items() if key[0] in PERSONS.values()} == {
        ("P002", "recovery"): 1000,
        ("P002", "welcome"): 150,
        ("P008", "recovery"): 800,
    }


@pytest.mark.usefixtures("summary")
@pytest.mark.parametrize("where", PERSONS)
def test_persons_of_the_panel_explained(
    folder: Path, where: str, golden: Golden, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One whom the panel chose and one whom it did not, each with who agreed it and who said otherwise."""
    text = explained(folder, "--participant", PERSONS[where], capsys=capsys, monkeypatch=monkeypatch)
    golden(f"examples/panel/golden/explain-{where}.txt", text)
    assert "agreed by panel.target_groups" in text


@pytest.mark.usefixtures("summary")
def test_a_pot_of_the_panel_explained(
    folder: Path, golden: Golden, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part that pays nothing: 3 of 4 are content, the panel asked for 80%, and its weights divide the pot."""
    (line,) = [
        row["line_id"]
        for row in lines(folder)
        if (row["outcome"], row["provider"], row["period"]) == ("satisfied", "northbank", "Y1-Q4")
    ]
    text = explained(folder, "--line", line, capsys=capsys, monkeypatch=monkeypatch)
    golden("examples/panel/golden/explain-pot.txt", text)
    assert "compared   75%, to be at least 80%" in text
    assert "agreed by panel.satisfaction" in text
    assert "agreed by panel.weights" in text
