"""Explanations: a golden file for each state, each reason a reader meets and each adjustment of the worked example."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import polars as pl
import pytest

import pbr
from tests import small
from tests.conftest import ROOT
from tests.examples import figures

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden

AS_AT = "2027-12-31"
CONTRACT = "contracts/drug-recovery"
RETURN = "examples/drug-recovery/return"

# what each participant of the example shows
SHOWN = {
    "R00058": "paid-and-cut-by-the-person-limit",
    "R01183": "paid-nothing-for-the-yearly-limit",
    "R00131": "met-throughout",
    "R00063": "not-met-for-lack-of-evidence",
    "R00084": "not-met-after-the-window",
    "R00173": "not-met-before-the-window",
    "R00060": "not-met-for-a-return",
    "R01847": "pending-attachment",
    "R01096": "pending-return",
    "R01176": "not-met-outside-the-term",
    "R00001": "excluded-by-an-exclude",
    "R00002": "excluded-by-an-include",
    "R00059": "unknown-for-a-clause",
    "R00094": "unknown-for-want-of-a-group",
    "R00108": "unknown-for-an-empty-answer",
    "R00110": "excused-for-a-death-or-a-move",
    "R01351": "paid-the-first-of-two-halves",
}
NARROWED = {
    ("R00058", "recovered"): "one-outcome-that-is-capped",
    ("R01096", "no_return"): "one-outcome-that-is-pending",
    ("R00001", "attached"): "one-outcome-that-is-excluded",
}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the output of the worked example, with inputs of its own that a test may damage."""
    home = tmp_path_factory.mktemp("example")
    shutil.copytree(ROOT / CONTRACT, home / "contract")
    shutil.copytree(ROOT / RETURN, home / "return")
    result = pbr.run(home / "contract" / "contract.yaml", home / "return", AS_AT)
    return result.write(home / "out")


@pytest.mark.parametrize("participant", SHOWN)
def test_each_state_and_adjustment_has_a_golden_explanation(out: Path, golden: Golden, participant: str) -> None:
    """The words for a participant are exactly those that were read in review."""
    golden(f"tests/golden/explain/{SHOWN[participant]}.txt", pbr.explain(out, participant).text)


@pytest.mark.parametrize(("participant", "outcome"), NARROWED)
def test_one_outcome_has_a_golden_explanation(out: Path, golden: Golden, participant: str, outcome: str) -> None:
    """One outcome alone, as the first page of the project shows it."""
    golden(f"tests/golden/explain/{NARROWED[participant, outcome]}.txt", pbr.explain(out, participant, outcome).text)


def test_the_goldens_reach_every_state_and_adjustment(out: Path) -> None:
    """Among the participants shown is each state a decision takes here, and each adjustment of the contract."""
    found = [pbr.explain(out, participant) for participant in SHOWN]
    states = set(pl.concat([each.decisions for each in found])["state"])
    adjustments = set(pl.concat([each.lines for each in found])["adjustment"])
    assert states == {"met", "not_met", "pending", "excluded", "unknown"}
    assert adjustments == {"-", "deadweight", "person_most", "yearly_most"}


def test_the_example_gives_the_same_files_for_ever(out: Path, golden: Golden) -> None:
    """Figures, cohort and exceptions of the worked example; the manifest holds the hash of every other file."""
    for name in ("cohort.csv", "exceptions.csv"):
        golden(f"examples/drug-recovery/golden/{name}", (out / name).read_bytes())
    golden("examples/drug-recovery/golden/figures.json", figures(out))


def test_one_outcome_or_one_line_can_be_asked_for(out: Path) -> None:
    """An outcome narrows the explanation to itself and its lines, and a line to its outcome."""
    whole = pbr.explain(out, "R00058")
    line = whole.lines.filter(pl.col("adjustment") == "person_most")["line_id"][0]
    by_outcome = pbr.explain(out, "R00058", outcome="recovered").text
    by_line = pbr.explain(out, "R00058", line=line).text
    assert by_outcome == by_line
    assert "attached: met" not in by_outcome
    assert "recovered: met" in by_outcome
    assert line in by_line


def test_a_sensitive_value_is_never_shown(out: Path) -> None:
    """The date of birth stands in the return and in no explanation."""
    for participant in SHOWN:
        text = pbr.explain(out, participant).text
        assert "born_on (not shown)" in text or "born_on empty" in text


@pytest.mark.parametrize(
    ("participant", "outcome", "line"),
    [("NOBODY", None, None), ("R00058", "nothing", None), ("R00058", None, "0000000000000000")],
)
def test_an_unknown_name_is_a_clear_problem(out: Path, participant: str, outcome: str | None, line: str | None) -> None:
    """Nobody, no outcome and no line of that name: one problem with code PBR505."""
    with pytest.raises(pbr.EvaluationError) as caught:
        pbr.explain(out, participant, outcome, line)
    assert [problem.code for problem in caught.value.problems] == ["PBR505"]


def test_a_folder_without_a_run_is_a_clear_problem(tmp_path: Path) -> None:
    """An empty folder, and one whose manifest is damaged, are not the output of a run."""
    for text in (None, "{", '{"outputs": 1}'):
        if text is not None:
            (tmp_path / "run.json").write_text(text)
        with pytest.raises(pbr.EvaluationError) as caught:
            pbr.explain(tmp_path, "R00058")
        assert [problem.code for problem in caught.value.problems] == ["PBR503"]


@pytest.mark.parametrize(
    "file", ["contract/contract.yaml", "return/events.csv", "out/statement.parquet", "out/decisions.parquet"]
)
def test_a_changed_file_is_refused(out: Path, file: str) -> None:
    """A contract, return or output that changed since the run cannot be explained from."""
    path = out.parent / file
    kept = path.read_bytes()
    try:
        path.write_bytes(kept + b"\n")
        with pytest.raises(pbr.EvaluationError) as caught:
            pbr.explain(out, "R00058")
        assert [problem.code for problem in caught.value.problems] == ["PBR504"]
    finally:
        path.write_bytes(kept)


def test_a_run_on_frames_has_no_file_to_explain_from(tmp_path: Path) -> None:
    """Frames leave no file behind, which is said and not guessed at."""
    frames = {path.stem: pl.read_csv(path, infer_schema=False) for path in sorted((ROOT / RETURN).glob("*.csv"))}
    result = pbr.run(ROOT / CONTRACT / "contract.yaml", frames, AS_AT)
    folder = result.write(tmp_path / "out")
    with pytest.raises(pbr.EvaluationError) as caught:
        pbr.explain(folder, "R00058")
    assert "frame" in str(caught.value)


def test_parts_facts_and_definitions_are_explained(tmp_path: Path, golden: Golden) -> None:
    """A combination names each part, a fact the fields it reads, and a defined word what it stands for."""
    text = small.changed(
        ("groups:\n", 'define:\n  eager: "able"\n  able: "level = \'high\'"\ngroups:\n'),
        (
            "payments:\n",
            '  ready: {kind: fact, when: "eager"}\n  both: {kind: combine, need: all, of: [ready, job]}\npayments:\n',
        ),
        ("pays_for: kept", "pays_for: both"),
    )
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    small.frames_of(small.PEOPLE, small.EVENTS)["people"].write_csv(tmp_path / "people.csv")
    pl.DataFrame([*small.EVENTS, small.EVENTS[0] | {"kind": "lost"}]).write_csv(tmp_path / "events.csv")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, small.LATE).write(tmp_path / "out")
    golden("tests/golden/explain/made-of-parts.txt", str(pbr.explain(out, "A")))
    assert "ready: met" not in pbr.explain(out, "A", outcome="job").text
