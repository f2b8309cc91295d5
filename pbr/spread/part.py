"""One part of the subjects: its rows, what was decided of them, its lines; each in a file of the work folder."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import polars as pl
from attrs import field, frozen

from pbr.decisions import Decisions, decide
from pbr.evidence.split import open_groups, open_partition
from pbr.output.merge import write_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pbr.evidence import Evidence
    from pbr.evidence.split import Split
    from pbr.plan import Plan
    from pbr.pooled import Pooled

T = TypeVar("T")
OF_GROUPS = -1
"""The number of the part of what is of no subject."""


@frozen(kw_only=True)
class Known:
    """What is known of all parts together, and sent to each.

    Attributes:
        names: Full names of fields that may be empty.
        empty: A frame of decisions of nobody.
        pooled: The results of outcomes of groups, by name; none before they have been worked out.
    """

    names: tuple[str, ...]
    empty: pl.DataFrame = field(repr=False)
    pooled: Mapping[str, Pooled] = field(factory=dict, repr=False)


@frozen(kw_only=True)
class Part:
    """One part.

    Attributes:
        plan: The contract as at a day.
        split: The rows of all parts.
        folder: Where files of parts are kept, which everybody who works on them can read and write.
        known: What is known of all parts.
        number: Which part it is; ``OF_GROUPS`` for what is of no subject.
    """

    plan: Plan
    split: Split
    folder: Path
    known: Known
    number: int

    @property
    def of_groups(self) -> bool:
        """Whether it is what is of no subject."""
        return self.number == OF_GROUPS

    @property
    def evidence(self) -> Evidence:
        """Its rows."""
        return open_groups(self.split, self.plan.terms) if self.of_groups else open_partition(self.split, self.number)

    def decisions(self) -> Decisions:
        """What is decided of its subjects: read, or decided now and kept."""
        if self.of_groups:
            return self.of_nobody()
        if not self.has("decisions"):
            found = decide(self.plan, self.evidence)
            assert found.names == self.known.names, "the names of fields are those of the contract"
            self.write("decisions", found.frame)
        return self._of(self.read("decisions"))

    def of_nobody(self) -> Decisions:
        """Its rows beside decisions of nobody, for what reads rows and the results of groups alone."""
        return self._of(self.known.empty)

    def _of(self, frame: pl.DataFrame) -> Decisions:
        known = self.known
        return Decisions(plan=self.plan, evidence=self.evidence, frame=frame, names=known.names, pooled=known.pooled)

    def read(self, name: str) -> pl.DataFrame:
        """A frame of this part.

        Raises:
            OSError: It is not there, or is no more what was written.
        """
        try:
            return pl.scan_ipc(self._file(name), glob=False, hive_partitioning=False).collect()
        except pl.exceptions.ComputeError:
            raise OSError(errno.EIO, "a file of a part is damaged") from None

    def has(self, name: str) -> bool:
        """Whether a frame is kept under a name."""
        return self._file(name).exists()

    def write(self, name: str, frame: pl.DataFrame) -> None:
        """Keep a frame under a name: whole or not at all, and the same if it is written twice."""
        with self._whole(self._file(name)) as made:
            frame.write_ipc(made, compression="uncompressed")

    def state(self, name: str, frame: pl.DataFrame) -> None:
        """Keep rows that are in order, to be merged with those of other parts."""
        with self._whole(self.stated(name)) as made:
            write_part(made, frame)

    def stated(self, name: str) -> Path:
        """The file of such rows."""
        return self.folder / f"{name}-{self.number:05d}.parquet"

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}-{self.number:05d}.arrow"

    @contextmanager
    def _whole(self, path: Path) -> Iterator[Path]:
        handle, made = tempfile.mkstemp(dir=self.folder, prefix=f".{path.stem}-", suffix=".part")
        os.close(handle)
        try:
            yield Path(made)
            Path(made).replace(path)
        except pl.exceptions.ComputeError:
            raise OSError(errno.EIO, "the disk refused it") from None
        finally:
            Path(made).unlink(missing_ok=True)


@frozen(kw_only=True)
class Ask(Generic[T]):
    """A task: what is asked of one part, which may be asked again if whoever worked on it is lost.

    Attributes:
        plan: As in ``Part``.
        split: As in ``Part``.
        folder: As in ``Part``.
        known: As in ``Part``.
        question: What is asked.
    """

    plan: Plan
    split: Split
    folder: Path
    known: Known
    question: Callable[[Part], T]

    def __call__(self, number: int) -> T:
        """The answer of a part."""
        part = Part(plan=self.plan, split=self.split, folder=self.folder, known=self.known, number=number)
        return self.question(part)
