"""Files that are written a few rows at a time have the bytes of files written at once, whatever the frames."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest
from attrs import evolve
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import pbr.output.parts
import pbr.output.write
from pbr.output import files
from pbr.output.files import csv_file, json_file, write_csv, write_parquet
from pbr.output.merge import merged, write_part
from pbr.output.parts import decision_rows
from pbr.output.write import Product, write_product
from pbr.problem import EvaluationError, Problem
from pbr.uses import use_counts, use_rows, waterfall
from tests import small
from tests.row_by_row import json_lines
from tests.small import EVENTS, PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT: Final = Path(__file__).parent.parent
KINDS: Final = {
    "line_id": pl.String(),
    "subject": pl.Int64(),
    "note": pl.String(),
    "day": pl.Date(),
    "amount": pl.String(),
}
TEXTS = st.sampled_from(["", "a", "b,c", 'd"e', "f\ng", "=1", "'=2", "'h", "\uff1d3", "\t", "\u00e9\\", "\x00"])
ROWS = st.lists(
    st.tuples(
        TEXTS,
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | TEXTS,
        st.none() | st.dates(dt.date(1, 1, 1)),
        st.none() | st.sampled_from(["-1.00", "0.00"]),
    ),
    max_size=20,
)
CUTS = st.lists(st.integers(0, 20), max_size=6)
NO_ROW: Final[list[Any]] = []
CUT = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a few rows at a time, so that few rows are many groups."""
    monkeypatch.setattr(files, "GROUP_ROWS", 7)
    monkeypatch.setattr(pbr.output.write, "GROUP_ROWS", 7)


def cut(frame: pl.DataFrame, at: Sequence[int]) -> Iterator[pl.DataFrame]:
    """Cut a frame at some of its rows; some frames may be empty."""
    edges = [0, *sorted(min(place, frame.height) for place in at), frame.height]
    return (frame[first:last] for first, last in pairwise(edges))


@CUT
@given(ROWS, CUTS)
@example(NO_ROW, [])
@example(NO_ROW, [0, 0])
def test_files_are_the_same_whatever_the_frames(tmp_path: Path, rows: list[Any], at: list[int]) -> None:
    """Parquet, CSV and JSON of rows in frames of any sizes are what is written of them at once."""
    frame = pl.DataFrame(rows, schema=KINDS, orient="row")
    path = tmp_path / "file"
    write_parquet(path, cut(frame, at), {"schema": "line/1"})
    found = path.read_bytes()
    frame.write_parquet(path, metadata={"schema": "line/1"}, row_group_size=7)
    assert found == path.read_bytes()
    write_csv(path, cut(frame, at), 6, ["amount"])
    found = path.read_bytes()
    marks = ("=", "+", "-", "@", "\t", "\r", "\x00", "\uff1d", "\uff0b", "\uff0d", "\uff20")
    guarded = frame.with_columns(
        pl.Series(name, [cell and "'" * cell.lstrip("'").startswith(marks) + cell for cell in frame[name]], pl.String)
        for name in ("line_id", "note")
    )
    guarded.insert_column(0, pl.lit(6).alias("schema")).write_csv(path, include_bom=True)
    assert found == path.read_bytes()
    with json_file(path, {"schema": "line/6", "id": 'x"\u00e9'}, "lines") as take:
        for each in cut(frame, at):
            take(each)
    assert path.read_bytes().decode() == json_lines({"schema": "line/6", "id": 'x"\u00e9'}, frame)


def test_a_file_of_one_group_is_as_polars_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as all rows go into one group, the file is that of a frame written without a word about groups."""
    monkeypatch.undo()
    frame = pl.DataFrame({"a": range(files.GROUP_ROWS), "b": [None, "x", "yy", "x"] * (files.GROUP_ROWS // 4)})
    write_parquet(tmp_path / "ours", cut(frame, [1, 70_000]), {"schema": "x/1"})
    frame.write_parquet(tmp_path / "plain", metadata={"schema": "x/1"})
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "plain").read_bytes()
    page = (ROOT / "docs" / "reference" / "outputs.md").read_text(encoding="utf-8")
    assert f"A group of rows has {files.GROUP_ROWS:,} rows" in page


# ---- a whole run


def product(done: Any, size: int | None = None, folder: Path | None = None) -> Product:  # noqa: ANN401  # a run
    """Give what a run is written of, its rows in frames of this size, or read from parts in this folder."""
    lines, uses, rows = done.statement.lines(), use_rows(done.decisions, done.statement.uses), done.decisions.rows()
    frames = [[each] if size is None else list(each.iter_slices(size)) for each in (lines, uses, rows)]
    if folder is not None:
        frames = [list(dealt(folder / str(place), each)) for place, each in enumerate((lines, uses, rows))]
    return Product(
        plan=done.plan,
        evidence=done.evidence,
        lines=frames[0],
        total_minor=done.statement.total_minor,
        decisions=frames[2],
        uses=frames[1],
        counts=use_counts(done.statement.uses),
        cohort=waterfall(done.decisions),
    )


def dealt(folder: Path, frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Deal the rows of a frame out to three files, and merge them in the order they stood in."""
    folder.mkdir()
    numbered = frame.with_row_index("_place")
    for part in range(3):
        write_part(folder / f"{part}.parquet", numbered.gather_every(3, part))
    for each in merged(sorted(folder.iterdir()), ["_place"], [False], 2):
        yield each.drop("_place")


def contents(folder: Path) -> dict[str, bytes]:
    """Read every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_run_in_parts_has_the_files_of_one_at_once(tmp_path: Path) -> None:
    """Whether its rows come whole, one by one or from parts in files, a run has the same nine files."""
    done = small.run()
    whole = contents(done.write(tmp_path / "whole"))
    arguments = dict(done.arguments)
    assert contents(write_product(tmp_path / "at-once", product(done), arguments)) == whole
    assert contents(write_product(tmp_path / "one-by-one", product(done, 1), arguments)) == whole
    (tmp_path / "parts").mkdir()
    assert contents(write_product(tmp_path / "dealt", product(done, folder=tmp_path / "parts"), arguments)) == whole


def test_lines_that_do_not_sum_to_the_total_are_our_mistake(tmp_path: Path) -> None:
    """If a part is lost or comes twice, nothing is written."""
    done = small.run()
    for lines in ([], [done.statement.lines()] * 2):
        wrong = evolve(product(done), lines=[done.statement.lines().clear(), *lines])
        with pytest.raises(AssertionError, match="lines sum to the total"):
            write_product(tmp_path / "out", wrong, {})
    assert list(tmp_path.iterdir()) == []


def test_decisions_are_put_into_words_a_few_subjects_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of few subjects at a time, and then those of groups, are the rows of all."""
    for done in (small.run(), small.run(people=[], events=[])):
        for subjects in (1, 2, 100):
            monkeypatch.setattr(pbr.output.parts, "SUBJECTS", subjects)
            found = list(decision_rows(done.decisions))
            assert pl.concat(found).equals(done.decisions.rows())
            assert len(found) == max(1, -(-done.decisions.frame.height // subjects))


@pytest.mark.parametrize("raised", [KeyboardInterrupt(), EvaluationError([Problem(code="PBR401", message="no")])])
@pytest.mark.parametrize("which", ["lines", "decisions", "uses"])
def test_rows_that_fail_leave_the_old_folder(raised: BaseException, which: str, tmp_path: Path) -> None:
    """An interruption, or an error of what works the rows out, is passed on; what was there before stands as it was."""
    done = small.run()
    out = done.write(tmp_path / "out")
    before = contents(out)

    def fails() -> Iterator[pl.DataFrame]:
        """Give some rows and then fail."""
        yield from getattr(of, which)
        raise raised

    of = product(small.run(people=PEOPLE[:1], events=EVENTS[:1]))
    words = {name: getattr(of, name) for name in ("plan", "evidence", "total_minor", "counts", "cohort")}
    rows = {name: getattr(of, name) for name in ("lines", "decisions", "uses")} | {which: fails()}
    with pytest.raises(type(raised)) as caught:
        write_product(out, Product(**words, **rows), {})
    assert caught.value is raised
    assert contents(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_full_disk_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that takes no byte is an error of the system, or of polars where it writes itself."""
    frame = pl.DataFrame({"a": ["x"] * 100_000})
    monkeypatch.undo()
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no device that is always full")
    with pytest.raises(OSError, match="No space"), csv_file(full, 1) as take:
        take(frame)
    with pytest.raises((OSError, pl.exceptions.ComputeError), match="No space"):
        write_parquet(full, [frame], {})


def test_one_thread_is_enough(tmp_path: Path) -> None:
    """Files that are written side by side do not wait for each other where polars has one thread."""
    code = (
        "import sys; from pathlib import Path; from tests import small; import polars as pl;"
        "assert pl.thread_pool_size() == 1; small.run().write(Path(sys.argv[1]))"
    )
    environment = os.environ | {"POLARS_MAX_THREADS": "1"}
    command = [sys.executable, "-c", code, str(tmp_path / "out")]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=60)
    assert contents(tmp_path / "out") == contents(small.run().write(tmp_path / "here"))
