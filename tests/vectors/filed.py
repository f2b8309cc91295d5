"""A contract file of the library, at hand for one reproduction: evaluated on rows, as it is or with parts changed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import polars as pl
from attrs import evolve

import pbr
from pbr.contract.read import load
from pbr.document import parse_document
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction
    from pathlib import Path

    from pbr.agreement import Result
    from pbr.api import Run
    from pbr.contract import Contract
    from pbr.problem import Problem

Rows: TypeAlias = "list[dict[str, str]]"
Change: TypeAlias = tuple[str, str]
"""What stands once in the text of a contract, and what is put there."""
LIBRARY: Final = ROOT / "contracts"
LONG: Final = 1000
"""Rows of a frame from which on it is told from others by which it is."""


class Filed:
    """The contract file that a reproduction names, and what it did with it."""

    def __init__(self, contract: str) -> None:
        """Stand for `contracts/<contract>/contract.yaml`, which is read when it is asked for."""
        self.contract = contract
        self.used: list[tuple[Change, ...]] = []
        """The changes of each evaluation and of each refusal."""
        self.at_work = False
        self._runs: dict[object, tuple[object, Run]] = {}
        self._counts: dict[Path, Result] = {}

    def text(self, *changes: Change) -> str:
        """Read the text of the file, and change parts of it."""
        text = (LIBRARY / self.contract / "contract.yaml").read_text(encoding="utf-8")
        for old, new in changes:
            assert text.count(old) == 1, f"{text.count(old)} times in {self.contract}: {old}"
            text = text.replace(old, new)
        return text

    def run(self, tables: Mapping[str, Rows | pl.DataFrame], as_at: str, *changes: Change) -> Run:
        """Evaluate the contract on rows; tables that are not given are empty, and so are fields.

        The same rows as at the same day under the same changes are evaluated once.
        """
        self.used.append(changes)
        key = (changes, as_at, *((name, _key(rows)) for name, rows in tables.items()))
        if key not in self._runs:
            self.at_work = True
            try:
                done = pbr.run(contract_of(self.text(*changes), self.contract), self._frames(tables, *changes), as_at)
            finally:
                self.at_work = False
            self._runs[key] = tables, done  # the rows are kept, so that no other frame has the same identity
        return self._runs[key][1]

    def _frames(self, tables: Mapping[str, Rows | pl.DataFrame], *changes: Change) -> dict[str, pl.DataFrame]:
        """Give each table of the contract as a frame of text."""
        terms = contract_of(self.text(*changes), self.contract).terms
        assert set(tables) <= set(terms.returned), "rows of a table that the contract has not"
        frames = {}
        for name in terms.returned:
            table = terms.tables[name]
            fields = [*table.fields, *([terms.subject_key] if table.of else [])]
            given = tables.get(name, [])
            if isinstance(given, pl.DataFrame):
                frames[name] = given
                continue
            assert {field for row in given for field in row} <= set(fields), "a field that the table has not"
            rows = [{field: row.get(field, "") for field in fields} for row in given]
            frames[name] = pl.DataFrame(rows, schema=dict.fromkeys(fields, pl.String))
        return frames

    def agreement(self, name: str) -> str:
        """Read the text of an agreement that the contract cites."""
        return (LIBRARY / self.contract / "agreements" / f"{name}.yaml").read_text(encoding="utf-8")

    def count(self, name: str) -> Result:
        """Count the papers of an agreement that the contract cites; the result is that which is filed."""
        assert f"agreements/{name}.yaml" in self.text()
        path = LIBRARY / self.contract / "agreements" / f"{name}.yaml"
        if path not in self._counts:
            agreement = pbr.read_agreement(path)
            self._counts[path] = pbr.count_ballots(agreement, pbr.read_ballots(agreement)).result
            filed = evolve(pbr.read_result(path.with_suffix(".result.yaml")), sha256="")
            assert self._counts[path] == filed
        return self._counts[path]

    def refused(self, *changes: Change) -> tuple[Problem, ...]:
        """Give what is wrong with the contract so changed."""
        self.used.append(changes)
        return read(self.text(*changes), self.contract)[1]


@lru_cache(maxsize=256)
def read(text: str, contract: str) -> tuple[Contract | None, tuple[Problem, ...]]:
    """Read a text once as the contract of a folder, beside which its agreements are."""
    return load(parse_document(text.encode(), str(LIBRARY / contract / "contract.yaml")))


def contract_of(text: str, contract: str) -> Contract:
    """Give the contract of a text that is right."""
    found, problems = read(text, contract)
    assert problems == ()
    assert found is not None
    return found


def _key(rows: Rows | pl.DataFrame) -> object:
    """Tell rows apart: by what they hold, and long frames by which they are."""
    if isinstance(rows, pl.DataFrame):
        return id(rows) if rows.height > LONG else rows.write_csv()
    return repr(rows)


def evaluated(contract: str, tables: Mapping[str, Rows], as_at: str, *changes: Change) -> Run:
    """Evaluate a contract of the library on rows, in a test of something else than a vector."""
    return Filed(contract).run(tables, as_at, *changes)


def pounds(minor: int) -> str:
    """Write pence as pounds."""
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02}"


def paid(done: Run, *by: str, **only: str) -> dict[Any, str]:
    """Sum the lines of each payment, person or other column, or of several; of those only that have these values."""
    lines = done.statement.lines().filter(**only)
    sums = lines.group_by(*by).agg(pl.col("amount_minor").sum()).rows()
    return {key[0] if len(by) == 1 else tuple(key): pounds(minor) for *key, minor in sums}


def gross(done: Run, *by: str) -> dict[Any, str]:
    """Sum the lines before any adjustment."""
    return paid(done, *by, adjustment="-")


def total(done: Run) -> str:
    """Write the sum of a statement."""
    return pounds(done.statement.total_minor)


def decided(done: Run, outcome: str) -> dict[str, tuple[str, str]]:
    """Give the state and date of an outcome for each subject."""
    rows = done.decisions.rows().filter(pl.col("outcome") == outcome)
    return {str(row["subject"]): (row["state"], str(row["date"] or "")) for row in rows.iter_rows(named=True)}


def figure(done: Run, name: str, *key: str) -> Fraction | None:
    """Give the figure of one group, if it is met."""
    result = done.decisions.pooled[name].results[key]
    return result.value if result.met else None


def states(done: Run, *names: str, key: Sequence[str] = ()) -> dict[str, str]:
    """Give the state of outcomes of one group."""
    return {name: done.decisions.pooled[name].results[tuple(key)].state for name in names}
