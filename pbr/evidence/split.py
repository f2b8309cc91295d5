"""A return split by whom its rows belong to: partitions that can be evaluated one by one, each with whole subjects.

Which partition somebody falls into is decided by a hash, and by nothing that means anything. A partition is a folder of
Parquet files that is opened by its number, in this process or in any other that sees the folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import evolve, frozen

from pbr.evidence.model import OF, REFUSED_SCHEMA, ROW, Counts, Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pbr.contract.model import Terms
    from pbr.evidence.model import InputFile

_PART = "_partition"
_SEED = 9
_FILES_AT_ONCE = 64
"""How many files are written in one pass over the rows: each holds some of them back, and polars opens no more than
about a hundred at once."""
_ROWS_HELD, _GROUP = 1 << 20, 1 << 16
"""How many rows may be held back by all files together, before each writes a group of them; and by one."""
_GROUPS = "groups"
_ROWS, _COPIES, _SHARED = ".parquet", ".copies.parquet", ".shared.parquet"
_BYTES_AT_LEAST, _BYTES_A_ROW = 250 << 20, 200
"""What a process takes to evaluate a partition: at least, and for each row of it.

The peak of a process that evaluates, prices and lists the uses of one partition was 223 MB for 31,000 people with
303,000 events and 487 MB for 249,000 with 2,408,000 (the reference contract of the benchmark), and 164 MB for 63,000
people with 131,000 events and 454 MB for 1,000,000 with 2,099,000 (its ledger): 105 to 120 bytes a row, over 140 to 190
MB. What is here leaves room for contracts of more outcomes, and for partitions that are not equal.
"""
_PAIRS = pl.Schema({ROW: pl.UInt32(), OF: pl.UInt32()})


@frozen(kw_only=True, eq=False)
class Split:
    """A return in partitions.

    Attributes:
        folder: Where they are: ``p00000``, ``p00001``, ... and ``groups``.
        field: The field by whose hash rows are put into partitions.
        tables: Every table in the contract's order.
        groups: Those of groups, which are whole.
        rows: How many accepted rows of each table each partition has; of a table of groups one number.
        copies: How many copies of these.
        shared: Of the tables whose rows are read for several subjects, how many rows are there again.
        refused: The exceptions of the whole return, as in ``Evidence``.
        counts: Of the whole return.
        files: Of the whole return.
    """

    folder: Path
    field: str
    tables: tuple[str, ...]
    groups: tuple[str, ...]
    rows: Mapping[str, tuple[int, ...]]
    copies: Mapping[str, tuple[int, ...]]
    shared: Mapping[str, tuple[int, ...]]
    refused: pl.DataFrame
    counts: Mapping[str, Counts]
    files: tuple[InputFile, ...]
    partitions: int

    def for_tasks(self) -> Split:
        """The same without the exceptions, of which there may be many: what a task needs to open its partition."""
        return evolve(self, refused=REFUSED_SCHEMA.to_frame())

    def path(self, number: int) -> Path:
        """The folder of a partition."""
        return self.folder / f"p{number:05d}"

    def counts_of(self, table: str, number: int) -> Counts:
        """The accepted rows and copies of a table in a partition, as they were sent."""
        rows, copies = self.rows[table][number], self.copies[table][number]
        again = self.shared[table][number] if table in self.shared else 0
        return Counts(read=rows - again + copies, refused=0, copies=copies)


def partition_field(terms: Terms) -> str:
    """The field by whose hash rows are put into partitions: the key of whom the subjects belong to, or their own."""
    return terms.subject_key if terms.parent_key is None else terms.parent_key[1]


def partitions_for(rows: Evidence | Split | int, memory_limit: int) -> int:
    """How many partitions there must be for a process that evaluates one of them to stay within its memory.

    Args:
        rows: A return, or how many accepted rows all of its tables have.
        memory_limit: Bytes that one process may hold; what is below half a gigabyte makes for many small partitions.

    Returns:
        At least 1.
    """
    if isinstance(rows, Split):
        rows = sum(map(sum, rows.rows.values()))
    elif isinstance(rows, Evidence):
        rows = sum(counts.accepted for counts in rows.counts.values())
    room = max(memory_limit - _BYTES_AT_LEAST, memory_limit // 4, _BYTES_A_ROW)
    return max(1, -(-rows * _BYTES_A_ROW // room))


def split_evidence(terms: Terms, evidence: Evidence, folder: Path, partitions: int) -> Split:
    """Write the accepted rows into partitions, all rows of one subject into the same.

    Rows are written as they are read, and never all held in memory. They keep their order where that of the evidence is
    kept, and their ``_row``.

    Args:
        terms: The contract.
        evidence: The return.
        folder: Where to write; it is made if need be, and files of a split before are written over.
        partitions: How many, from 1.

    Raises:
        OSError: The folder cannot be written.
    """
    assert partitions >= 1, "a split has partitions"
    own = [table for table in evidence.tables if _is_of_subjects(terms, table)]
    groups = [table for table in evidence.tables if table not in own]
    folders = [folder / f"p{number:05d}" for number in range(partitions)]
    whole = folder.joinpath(_GROUPS)
    for each in (*folders, whole):
        each.mkdir(parents=True, exist_ok=True)
    for table in own:
        _write_table(terms, evidence, table, folders)
    for table in groups:
        evidence.tables[table].sink_parquet(whole.joinpath(f"{table}{_ROWS}"), engine="streaming")
        evidence.copies[table].write_parquet(whole.joinpath(f"{table}{_COPIES}"))
    places = {table: [whole] if table in groups else folders for table in evidence.tables}
    return Split(
        folder=folder,
        field=partition_field(terms),
        tables=tuple(evidence.tables),
        groups=tuple(groups),
        rows={table: _heights(places[table], f"{table}{_ROWS}") for table in evidence.tables},
        copies={table: _heights(places[table], f"{table}{_COPIES}") for table in evidence.tables},
        shared={table: _heights(places[table], f"{table}{_SHARED}") for table in evidence.shared},
        refused=evidence.refused,
        counts=evidence.counts,
        files=evidence.files,
        partitions=partitions,
    )


def open_partition(split: Split, number: int) -> Evidence:
    """The rows of one partition, still on disk, and the whole tables of groups.

    Nothing is refused in it, and its counts are of what is there; ``_row`` and the files are those of the whole return.

    Args:
        split: The return in partitions.
        number: Of the partition, from 0.
    """
    places = {
        table: split.folder.joinpath(_GROUPS) if table in split.groups else split.path(number) for table in split.tables
    }
    return _opened(
        split,
        tables={table: _scan(place / f"{table}{_ROWS}") for table, place in places.items()},
        copies={table: _read(place / f"{table}{_COPIES}") for table, place in places.items()},
        shared={table: _read(places[table] / f"{table}{_SHARED}") for table in split.shared},
        counts={table: split.counts_of(table, 0 if table in split.groups else number) for table in split.counts},
    )


def open_groups(split: Split, terms: Terms) -> Evidence:
    """The tables of groups, and those of subjects with every column and no row.

    Args:
        split: The return in partitions.
        terms: The contract.
    """
    some = open_partition(split, 0)
    none = Counts(read=0, refused=0, copies=0)
    own = [table for table in split.tables if _is_of_subjects(terms, table)]
    return evolve(
        some,
        tables=some.tables | {table: pl.LazyFrame(schema=some.tables[table].collect_schema()) for table in own},
        copies=some.copies | {table: _PAIRS.to_frame() for table in own},
        shared={table: _PAIRS.to_frame() for table in split.shared},
        counts={table: none if table in own else counts for table, counts in some.counts.items()},
    )


def _is_of_subjects(terms: Terms, table: str) -> bool:
    """Whether the rows of a table are subjects, or whom these belong to, or belong to either."""
    return table in {terms.cohort_table, terms.cohort_parent, *terms.row_tables}


def _opened(
    split: Split,
    *,
    tables: dict[str, pl.LazyFrame],
    copies: dict[str, pl.DataFrame],
    shared: dict[str, pl.DataFrame],
    counts: dict[str, Counts],
) -> Evidence:
    refused = REFUSED_SCHEMA.to_frame()
    return Evidence(tables=tables, copies=copies, shared=shared, counts=counts, refused=refused, files=split.files)


def _write_table(terms: Terms, evidence: Evidence, table: str, folders: list[Path]) -> None:
    """One table of subjects: its rows, and which of them stand for copies and for other rows."""
    rows = _with_partition(terms, evidence, table, len(folders))
    _write_rows(rows, table, folders)
    _write_pairs(rows, evidence.copies[table], f"{table}{_COPIES}", folders)
    if table in evidence.shared:
        _write_pairs(rows, evidence.shared[table], f"{table}{_SHARED}", folders)


def _with_partition(terms: Terms, evidence: Evidence, table: str, partitions: int) -> pl.LazyFrame:
    """The rows of a table, each with the number of its partition."""
    rows, field, parent = evidence.tables[table], partition_field(terms), terms.parent(table)
    number = (pl.col(field).hash(_SEED) % partitions).cast(pl.UInt32).alias(_PART)
    if table == terms.cohort_parent or parent is None or parent == terms.cohort_parent:
        return rows.with_columns(number)
    keys = list(terms.tables[parent].keys)
    if field in keys:
        return rows.with_columns(number)
    theirs = evidence.tables[parent].select(*keys, number)
    return rows.join(theirs, on=keys, how="left", maintain_order="left")


def _write_rows(rows: pl.LazyFrame, table: str, folders: list[Path]) -> None:
    """The rows of a table into the file of each partition; one without rows has a file as well."""
    schema = rows.drop(_PART).collect_schema()
    name = f"{table}{_ROWS}"
    for folder in folders:
        schema.to_frame().write_parquet(folder.joinpath(name))
    for start in range(0, len(folders), _FILES_AT_ONCE):
        stop = min(start + _FILES_AT_ONCE, len(folders))
        mine = rows.filter(pl.col(_PART).is_between(start, stop - 1)) if len(folders) > _FILES_AT_ONCE else rows
        _sink(mine, name, folders, min(_GROUP, _ROWS_HELD // (stop - start)))


def _sink(rows: pl.LazyFrame, name: str, folders: list[Path], group: int) -> None:
    def path_of(made: pl.io.partition.FileProviderArgs) -> str:
        assert made.index_in_partition == 0, "a partition is one file"
        return f"{folders[made.partition_keys.item()].name}/{name}"

    into = pl.PartitionBy(
        folders[0].parent, key=_PART, include_key=False, file_path_provider=path_of, approximate_bytes_per_file=None
    )
    rows.sink_parquet(into, compression="lz4", row_group_size=group, engine="streaming")


def _write_pairs(rows: pl.LazyFrame, pairs: pl.DataFrame, name: str, folders: list[Path]) -> None:
    """Pairs of a row and the one it goes with, each into the partition of that."""
    homes = pl.DataFrame(schema={OF: pl.UInt32(), _PART: pl.UInt32()})
    if pairs.height:
        wanted = rows.join(pairs.lazy().select(pl.col(OF).alias(ROW)), on=ROW, how="semi")
        homes = wanted.select(pl.col(ROW).alias(OF), _PART).collect(engine="streaming")
    placed = pairs.join(homes, on=OF, how="left", maintain_order="left").select(ROW, OF, _PART)
    parts = placed.partition_by(_PART, as_dict=True, include_key=False)
    assert (None,) not in parts, "what is repeated is accepted"
    for number, folder in enumerate(folders):
        parts.get((number,), _PAIRS.to_frame()).write_parquet(folder.joinpath(name))


def _scan(path: Path) -> pl.LazyFrame:
    return pl.scan_parquet(path, glob=False, hive_partitioning=False)


def _read(path: Path) -> pl.DataFrame:
    return _scan(path).collect()


def _heights(folders: list[Path], name: str) -> tuple[int, ...]:
    """Rows of the file of each folder, as it says itself."""
    return tuple(_scan(folder.joinpath(name)).select(pl.len()).collect().item() for folder in folders)
