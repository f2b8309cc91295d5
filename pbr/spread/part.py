"""One part of the subjects: its rows, what was decided of them, its lines; each in a file of the work folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import polars as pl
from attrs import field, frozen

from pbr.decisions import Decisions, decide
from pbr.evidence.split import open_partition

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pbr.evidence import Evidence
    from pbr.evidence.split import Split
    from pbr.plan import Plan
    from pbr.pooled import Pooled

T = TypeVar("T")


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
        number: Which part it is.
    """

    plan: Plan
    split: Split
    folder: Path
    known: Known
    number: int

    @property
    def evidence(self) -> Evidence:
        """Its rows."""
        return open_partition(self.split, self.number)

    def decisions(self) -> Decisions:
        """What is decided of its subjects: read, or decided now and kept."""
        if not self._file("decisions").exists():
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
        """A frame of this part."""
        return pl.read_ipc(self._file(name))

    def write(self, name: str, frame: pl.DataFrame) -> None:
        """Keep a frame under a name: whole or not at all, and the same if it is written twice."""
        handle, made = tempfile.mkstemp(dir=self.folder, prefix=f".{name}-", suffix=".part")
        os.close(handle)
        frame.write_ipc(made, compression="uncompressed")
        Path(made).replace(self._file(name))

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}-{self.number:05d}.arrow"


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
