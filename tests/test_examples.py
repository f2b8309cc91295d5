"""The examples of the library: made again from their seeds, evaluated, explained, and reckoned a second time."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import shutil
import subprocess
import sys
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Final

import pytest

from pbr.cli import run
from tests.conftest import ROOT
from tests.examples import ALL, EXAMPLES, Example, clean, figures, labels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Golden

OTHERS: Final = {"make.py", "make_ballots.py", "make_return.py", "draw_ballots.py", "draw_return.py"}
"""Scripts of the examples that have tests of their own."""
HEADING: Final = "| fault | rows | refused |\n|---|---|---|\n"


@pytest.fixture(scope="module", params=ALL, ids=lambda each: str(each.id))
def example(request: pytest.FixtureRequest) -> Example:
    """Give each example after the other."""
    found: Example = request.param
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, example: Example) -> Path:
    """Give a folder with the contract and the return of an example, and the output of one run on them."""
    folder = tmp_path_factory.mktemp(example.id)
    shutil.copytree(example.contract.parent, folder / "contract", ignore=shutil.ignore_patterns("golden", "return"))
    shutil.copytree(example.home / "return", folder / "return")
    return folder


@pytest.fixture(scope="module")
def summary(home: Path, example: Example) -> str:
    """Evaluate an example once, and give what is printed."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
        patch.chdir(home)
        words = ("contract/contract.yaml", "--data", "return", "--as-at", example.as_at, "--out", "out")
        assert run(["evaluate", *words]) == 0
    return said.getvalue()


@cache
def table(path: Path) -> tuple[dict[str, str], ...]:
    """Read an output as a spreadsheet would."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return tuple(csv.DictReader(file))


def test_the_examples_are_those_with_a_script() -> None:
    """Each folder with a script `make_ID.py` is tried here, and its script has a name that no other has."""
    scripts = [path.name for path in EXAMPLES.glob("*/*.py")]
    assert len(set(scripts)) == len(scripts)
    assert set(scripts) - OTHERS == {f"make_{each.id.replace('-', '_')}.py" for each in ALL}


def test_the_script_writes_the_committed_files_again(tmp_path: Path, example: Example) -> None:
    """The same seed gives the committed files byte for byte, and another seed gives others."""
    script = f"make_{example.id.replace('-', '_')}.py"
    for folder, words in (("first", ()), ("other", ("--seed", "2"))):
        inside = tmp_path / folder / "examples" / example.id
        inside.mkdir(parents=True)
        shutil.copy(example.home / script, inside)
        shutil.copy(EXAMPLES / "synthetic.py", inside.parent)
        shutil.copytree(ROOT / "contracts" / example.id, tmp_path / folder / "contracts" / example.id)
        subprocess.run([sys.executable, str(inside / script), *words], check=True, capture_output=True)
    made, other = (tmp_path / folder / "examples" / example.id for folder in ("first", "other"))
    committed = {path.name: path.read_bytes() for path in (example.home / "return").iterdir()}
    assert {path.name: path.read_bytes() for path in (made / "return").iterdir()} == committed
    assert all(
        (other / "return" / name).read_bytes() != data for name, data in committed.items() if name == "dirt.json"
    )
    if example.own:
        assert (made / "contract.yaml").read_bytes() == example.contract.read_bytes()


def test_the_summary_is_as_it_was_read(summary: str, example: Example, golden: Golden) -> None:
    """What is printed of the run, with the total."""
    golden(f"examples/{example.id}/golden/summary.txt", summary)


@pytest.mark.usefixtures("summary")
def test_the_files_are_the_same_for_ever(home: Path, example: Example, golden: Golden) -> None:
    """Counts of rows by what became of them, the total, and the hash of every file that a reader opens."""
    golden(f"examples/{example.id}/golden/figures.json", figures(home / "out"))


@pytest.mark.usefixtures("summary")
def test_refused_rows_are_those_labelled(home: Path, example: Example, golden: Golden) -> None:
    """Every row labelled as refused is refused and no other; how many by table and code is kept."""
    found = table(home / "out" / "exceptions.csv")
    expected = {(row["table"], row["line"]) for row in labels(home / "return") if row["refused"]}
    assert {(row["table"], int(row["row"])) for row in found} == expected
    counts = Counter((row["table"], row["code"]) for row in found)
    text = "".join(f"{name} {code} {count}\n" for (name, code), count in sorted(counts.items()))
    golden(f"examples/{example.id}/golden/exceptions.txt", text)
    assert len({code for _, code in counts}) >= 5


@pytest.mark.usefixtures("summary")
def test_rows_that_came_late_and_copies_are_those_labelled(home: Path) -> None:
    """As many rows are not known yet as are labelled late, and as many are the same row as are labelled copies."""
    rows = json.loads((home / "out" / "run.json").read_text(encoding="utf-8"))["rows"]
    kinds = Counter(row["dirt"] for row in labels(home / "return"))
    for use, dirt in (("not_yet_recorded", "late"), ("same_row", "exact_duplicate")):
        assert sum(counts.get(use, 0) for counts in rows.values()) == kinds[dirt] > 0


def test_the_readme_counts_what_is_wrong(example: Example) -> None:
    """The table of faults in the README has the number of each kind in the return, and whether it is refused."""
    text = (example.home / "README.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.partition(HEADING)[2].partition("\n\n")[0].splitlines()]
    said = {word.partition("`")[2].partition("`")[0]: (int(count), refused == "yes") for word, count, refused in rows}
    counts = Counter((str(row["dirt"]), bool(row["refused"])) for row in labels(example.home / "return"))
    assert said == {dirt: (count, refused) for (dirt, refused), count in counts.items()}
    written = json.loads((example.home / "return" / "dirt.json").read_text(encoding="utf-8"))["counts"]
    assert written == {dirt: count for dirt, (count, _) in said.items()}


@pytest.mark.usefixtures("summary")
def test_the_totals_are_those_of_a_second_reckoning(home: Path, example: Example) -> None:
    """What each provider is due, and the whole, come out of plain loops over the clean rows as well."""
    found: Counter[str] = Counter()
    for line in table(home / "out" / "statement.csv"):
        found[line["provider"]] += int(line["amount"].replace(".", ""))
    expected = example.reckon(clean(home / "return"))
    assert dict(found) == dict(expected)
    total = json.loads((home / "out" / "run.json").read_text(encoding="utf-8"))["total"]
    assert int(total.replace(".", "")) == sum(expected.values()) > 0
    pounds, _, pence = total.partition(".")
    assert f"{int(pounds):,}.{pence}** is due in all" in (example.home / "README.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("summary")
def test_what_is_worth_reading_is_explained(
    home: Path, example: Example, golden: Golden, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody or something paid and unpaid, in the words that were read in review."""
    monkeypatch.chdir(home)
    for name, what in example.explained.items():
        words = ["--participant", what] if isinstance(what, str) else ["--line", next(lines_of(home / "out", what))]
        assert run(["explain", "out", *words]) == 0
        golden(f"examples/{example.id}/golden/explain-{name}.txt", capsys.readouterr().out)


def lines_of(out: Path, columns: object) -> Iterator[str]:
    """Give the ids of the lines that have these words in these columns."""
    assert isinstance(columns, dict)
    for line in table(out / "statement.csv"):
        if all(line[name] == word for name, word in columns.items()):
            yield line["line_id"]
