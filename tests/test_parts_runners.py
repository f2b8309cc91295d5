"""The same bytes whoever works: any number of threads and parts, rows in any order and files, workers that are lost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import polars as pl
import pytest

from pbr.runners import Runner, make_runner
from tests.laws.test_invariance import STATED
from tests.parts_tasks import (
    AS_AT,
    DRUGS,
    LOSSES,
    RETURN,
    ROOT,
    lost_workers_change_no_byte,
    the_same_bytes,
    whole_run,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCRIPT: Final = (
    "import sys, polars; from pbr.cli import run\n"
    "print(polars.thread_pool_size(), flush=True); sys.exit(run(sys.argv[1:]))\n"
)
FILES: Final = 3
SEED: Final = 11


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Give the files of a run in this process, held whole, of the rows as they came."""
    return whole_run(tmp_path_factory.mktemp("right") / "out")


@pytest.fixture(scope="module")
def dask() -> Iterator[Runner]:
    """Give two workers on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("distributed.deploy.local.CPU_COUNT", 2)
        runner = make_runner("dask")
    with runner:
        yield runner


def sent_as(form: str, folder: Path) -> Path:
    """Write the return with rows and columns in another order, each table in some files of a folder."""
    draw = random.Random(SEED)  # noqa: S311  # a seeded shuffle
    for path in sorted(RETURN.glob("*.csv")):
        frame = pl.read_csv(path, infer_schema=False).sample(fraction=1, shuffle=True, seed=SEED)
        columns = frame.columns
        draw.shuffle(columns)
        (folder / path.stem).mkdir(parents=True)
        for number, part in enumerate(frame.select(columns).iter_slices(-(-frame.height // FILES))):
            if form == "csv":
                part.write_csv(folder / path.stem / f"{number}.csv")
            else:
                part.write_parquet(folder / path.stem / f"{number}.parquet")
    return folder


@pytest.mark.parametrize(
    ("threads", "partitions", "form"),
    [(1, 0, "parquet"), (1, 9, "csv"), (2, 0, "csv"), (2, 4, "parquet"), (16, 0, ""), (16, 2, "csv")],
)
def test_threads_parts_and_files_change_no_byte(
    threads: int, partitions: int, form: str, right: dict[str, bytes], tmp_path: Path
) -> None:
    """One, two and sixteen threads of polars, with and without parts, on rows shuffled over several files."""
    data = sent_as(form, tmp_path / "sent") if form else RETURN
    parts = ("--partitions", str(partitions)) if partitions else ()
    asked = ("evaluate", DRUGS, "--data", data, "--as-at", AS_AT, "--out", tmp_path / "out", "--quiet", *parts)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *map(str, asked)],
        cwd=ROOT,
        env=os.environ | {"POLARS_MAX_THREADS": str(threads)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == f"{threads}\n"
    found, names = written(tmp_path / "out"), STATED if form else tuple(right)
    assert {name: found[name] for name in names} == {name: right[name] for name in names}


def test_workers_of_dask_change_no_byte(dask: Runner, right: dict[str, bytes], tmp_path: Path) -> None:
    """Parts that processes of Dask decide, pay and state come to the files of a run in this process."""
    the_same_bytes(dask, right, tmp_path)


@pytest.mark.parametrize("moments", LOSSES, ids=lambda moments: "-".join(moments.values()))
def test_killed_workers_change_no_byte(
    dask: Runner, right: dict[str, bytes], tmp_path: Path, moments: dict[str, str]
) -> None:
    """A worker of Dask that ends in each stage, whenever it does, leaves no trace in what is written."""
    lost_workers_change_no_byte(dask, right, tmp_path, moments)
