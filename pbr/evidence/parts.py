"""One file or frame of a table: its headings matched to the contract, its cells typed, its faulty rows set aside."""

from __future__ import annotations

import hashlib
import os
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from attrs import evolve, frozen

from pbr.evidence.csv_file import plain_text, split_csv
from pbr.evidence.files import sha256_of
from pbr.evidence.model import ROW, InputFile
from pbr.evidence.plain import plain_columns
from pbr.evidence.refusals import REFUSAL_SCHEMA, refusal_of_file, refusals
from pbr.evidence.typed import Setting, as_it_is, frame_type, is_read, shown, typed, with_steps
from pbr.problem import EvidenceError, Problem, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pbr.contract.model import Field
    from pbr.engine import Engine
    from pbr.evidence.typed import Cell

_FAULT = "fault "  # before the name of a field; no field holds a space
_PARQUET_MAGIC = b"PAR1"


@frozen(kw_only=True)
class Shape:
    """What the rows of a table must look like.

    Attributes:
        table: Its name.
        fields: Its fields, those carried from its parent first.
        columns: Headings as returned, and the fields they stand for.
        key: Fields that name a row, or none.
        owners: Fields that say whose row it is: its key and its parent's.
        setting: What the types depend on.
        stays: Fields of the first and the last day of states, of which the last is not before the first.
        needed: Fields that may not be empty, since money is divided by them.
    """

    table: str
    fields: Mapping[str, Field]
    columns: Mapping[str, str]
    key: tuple[str, ...]
    owners: frozenset[str]
    setting: Setting
    stays: tuple[tuple[str, str], ...] = ()
    needed: frozenset[str] = frozenset()


@frozen(kw_only=True, eq=False)
class Part:
    """One file or frame, read.

    Attributes:
        file: Its name, hash and count.
        records: Places it takes up in the table's index of rows, blank lines included.
        rows: ``_row`` and every field, typed; of a row refused any value. None if every row is refused.
        headings: Heading of each field, as returned.
        refused: Rows refused by themselves, or the whole file.
        in_memory: Whether ``rows`` is held in memory, rather than a plan that reads a file.
        kind: Of a file on disk what its plan depends on beside its place: its columns, and which need no typing.
    """

    file: InputFile
    records: int
    rows: pl.LazyFrame | None
    headings: Mapping[str, str]
    refused: pl.DataFrame
    in_memory: bool
    kind: tuple[tuple[tuple[str, pl.DataType], ...], frozenset[str]] | None = None


@frozen(kw_only=True, eq=False)
class _Raw:
    """A part before it is typed: ``frame`` has ``_row`` and one column for each number in ``at``."""

    file: InputFile
    number: int
    records: int
    frame: pl.LazyFrame
    types: Mapping[str, pl.DataType]
    headings: Mapping[str, str]
    spare: tuple[str, ...]
    ragged: pl.DataFrame
    in_memory: bool


def read_csv_part(shape: Shape, path: Path, *, number: int, first: int) -> Part:
    """Read and type a CSV file.

    Args:
        shape: What its rows must look like.
        path: The file.
        number: Which file of its table it is, from 0.
        first: Index of its first record over all files of the table.

    Raises:
        EvidenceError: The whole file cannot be read (PBR203), or a heading stands twice (PBR205).
    """
    data = _bytes_of(path)
    text = split_csv(data, str(path))
    at = match_headings(shape, text.headings, str(path))
    file = InputFile(
        table=shape.table,
        file=str(path),
        sha256=hashlib.sha256(data).hexdigest(),
        rows=text.frame.height + len(text.ragged),
        first=first,
    )
    del data
    columns = [pl.col(str(place)).alias(name) for name, place in at.items()]
    raw = _Raw(
        file=file,
        number=number,
        records=text.records,
        frame=text.frame.lazy().select((pl.col("index") + first).cast(pl.UInt32).alias(ROW), *columns),
        types=dict.fromkeys(at, pl.String()),
        headings={name: text.headings[place] for name, place in at.items()},
        spare=_spare(text.headings, at),
        ragged=_ragged([(each.index + first, each.width) for each in text.ragged], len(text.headings)),
        in_memory=True,
    )
    return _typed_part(shape, raw)


def read_parquet_part(shape: Shape, path: Path, *, number: int, first: int) -> Part:
    """Check a Parquet file, which stays on disk: its rows are a plan that reads it.

    Args and errors are those of ``read_csv_part``.
    """
    sha256 = _check_parquet(path)
    try:
        schema = pl.scan_parquet(path.absolute(), glob=False, hive_partitioning=False).collect_schema()
        scan = _scan([path], schema, first)
        count = scan.select(pl.len()).collect().item()
        file = InputFile(table=shape.table, file=str(path), sha256=sha256, rows=count, first=first)
        raw = _raw(shape, scan, tuple(schema.items()), file, number=number, in_memory=False)
        return _typed_part(shape, raw, tuple(schema.items()))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        raise _unreadable(path, "the Parquet file is damaged or cannot be read; write it again") from None


def _scan(paths: Sequence[Path], schema: Iterable[str], first: int) -> pl.LazyFrame:
    """Files of one schema, one after another, with a first column of the numbers of their rows."""
    index = ROW
    while index in schema:
        index += "_"
    places = [path.absolute() for path in paths]
    return pl.scan_parquet(places, glob=False, hive_partitioning=False, row_index_name=index, row_index_offset=first)


def rows_of(shape: Shape, parts: Sequence[Part]) -> pl.LazyFrame:
    """The rows of all parts; neighbours on disk that are read alike are one plan, as many plans are slow and large."""
    found = []
    for kind, group in groupby(parts, key=lambda part: None if part.rows is None else part.kind):
        mine = [part for part in group if part.rows is not None]
        if kind is not None and len(mine) > 1:
            schema, plain = kind
            names = [name for name, _ in schema]
            scan = _scan([Path(part.file.file) for part in mine], names, mine[0].file.first)
            raw = _raw(shape, scan, schema, mine[0].file, number=0, in_memory=False)
            cells = _cells(shape, raw.types, plain)
            found.append(with_steps(raw.frame, cells.values()).select(ROW, *_values(cells)))
        else:
            found += [part.rows for part in mine if part.rows is not None]
    types = {name: frame_type(term) for name, term in shape.fields.items()}
    return pl.concat(found) if found else pl.LazyFrame(schema={ROW: pl.UInt32(), **types})


def read_frame_part(shape: Shape, given: pl.DataFrame | pl.LazyFrame, *, number: int = 0, first: int = 0) -> Part:
    """Check a frame.

    A plan is worked out once, so that its rows keep their numbers; give the path of a Parquet file to leave it on disk.

    Args and errors are those of ``read_csv_part``.
    """
    try:
        frame = given.collect() if isinstance(given, pl.LazyFrame) else given
    except pl.exceptions.PolarsError:
        message = f"the frame of table '{shape.table}' cannot be worked out"
        raise EvidenceError([Problem(code="PBR203", message=message, file="frame")]) from None
    schema = tuple(frame.schema.items())
    index = pl.int_range(first, first + frame.height, dtype=pl.UInt32, eager=True)
    plain = frame.select(pl.nth(place).alias(str(place)) for place in range(frame.width))
    file = InputFile(table=shape.table, file="frame", sha256="", rows=frame.height, first=first)
    numbered = plain.insert_column(0, index.alias(ROW)).lazy()
    return _typed_part(shape, _raw(shape, numbered, schema, file, number=number, in_memory=True))


def _unreadable(path: Path, message: str) -> EvidenceError:
    return EvidenceError([Problem(code="PBR203", message=message, file=str(path))])


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, f"the file cannot be opened: {error.strerror}") from None


def _check_parquet(path: Path) -> str:
    """The hash of a file that has the marks of Parquet at both ends."""
    length = len(_PARQUET_MAGIC)
    try:
        sha256 = sha256_of(path)
        with path.open("rb") as file:
            start = file.read(length)
            file.seek(max(0, file.seek(0, os.SEEK_END) - length))
            end = file.read(length)
    except OSError as error:
        raise _unreadable(path, f"the file cannot be opened: {error.strerror}") from None
    if start != _PARQUET_MAGIC or end != _PARQUET_MAGIC:
        raise _unreadable(path, "this is not Parquet, or only a part of it; write it again")
    return sha256


def _raw(
    shape: Shape,
    frame: pl.LazyFrame,
    schema: tuple[tuple[str, pl.DataType], ...],
    file: InputFile,
    *,
    number: int,
    in_memory: bool,
) -> _Raw:
    """A frame whose first column is the index and whose others are those of ``schema``, in its order."""
    headings = tuple(plain_text(name) for name, _ in schema)
    at = match_headings(shape, headings, file.file)
    columns = [pl.nth(place + 1).alias(name) for name, place in at.items()]
    return _Raw(
        file=file,
        number=number,
        records=file.rows,
        frame=frame.select(pl.nth(0).cast(pl.UInt32).alias(ROW), *columns),
        types={name: schema[place][1] for name, place in at.items()},
        headings={name: headings[place] for name, place in at.items()},
        spare=_spare(headings, at),
        ragged=REFUSAL_SCHEMA.to_frame(),
        in_memory=in_memory,
    )


def match_headings(shape: Shape, headings: Sequence[str], file: str) -> dict[str, int]:
    """Place of each field's column from 0, in the order of the fields; fields without a heading are left out.

    Raises:
        EvidenceError: A heading stands twice, or two headings stand for one field (PBR205).
    """
    found: dict[str, int] = {}
    seen: dict[str, int] = {}
    for place, heading in enumerate(headings):
        name = shape.columns.get(heading, heading)
        if name in shape.fields and name in found:
            message = f"columns {found[name] + 1} and {place + 1} both stand for '{name}'; remove or rename one"
            raise EvidenceError([Problem(code="PBR205", message=message, file=file)])
        if heading and heading in seen:
            message = f"columns {seen[heading] + 1} and {place + 1} have the same heading; remove or rename one"
            raise EvidenceError([Problem(code="PBR205", message=message, file=file)])
        seen[heading] = place
        if name in shape.fields:
            found[name] = place
    return {name: found[name] for name in shape.fields if name in found}


def _spare(headings: Sequence[str], at: Mapping[str, int]) -> tuple[str, ...]:
    """Headings that stand for no field."""
    return tuple(heading for place, heading in enumerate(headings) if heading and place not in at.values())


def _ragged(found: Sequence[tuple[int, int]], width: int) -> pl.DataFrame:
    rows = pl.DataFrame(found, schema={ROW: pl.UInt32, "width": pl.UInt32}, orient="row")
    fields = pl.when(pl.col("width") == 1).then(pl.lit("1 value")).otherwise(pl.format("{} values", "width"))
    message = pl.format("the row has {}, the heading {}; quote values that hold commas", fields, pl.lit(width))
    return refusals(rows, "", "PBR206", message)


def _refused_whole(shape: Shape, raw: _Raw) -> pl.DataFrame:
    """One line for all missing columns of a file, and one for each column of another type."""
    found = [REFUSAL_SCHEMA.to_frame()]
    missing = [name for name in shape.fields if name not in raw.headings]
    if missing:
        text = f"no heading for {', '.join(_missing(shape, raw, name) for name in missing)}; every row is refused"
        found.append(refusal_of_file(raw.file, raw.number, ", ".join(missing), "PBR204", text))
    for name, dtype in raw.types.items():
        term = shape.fields[name]
        if not is_read(term, dtype, shape.setting):
            kind = f"{term.type.value} of {term.of}" if term.of else term.type.value
            text = f"the column is {dtype}, which is not read as {kind}; write it in the declared type or as text"
            found.append(refusal_of_file(raw.file, raw.number, raw.headings[name], "PBR207", text))
    return pl.concat(found)


def _missing(shape: Shape, raw: _Raw, name: str) -> str:
    """A missing field, and the heading that is nearest to one it could have."""
    wanted = [name, *(heading for heading, field in shape.columns.items() if field == name)]
    tails = [did_you_mean(each, raw.spare) for each in wanted]
    near = next((tail.removeprefix("; ") for tail in tails if "did you mean" in tail), "")
    return f"'{name}'" + (f" ({near})" if near else "")


def _typed_part(shape: Shape, raw: _Raw, schema: tuple[tuple[str, pl.DataType], ...] = ()) -> Part:
    whole = _refused_whole(shape, raw)
    if whole.height:
        return _part(raw, None, whole)
    engine: Engine = "in-memory" if raw.in_memory else "streaming"
    plain = plain_columns(raw.frame, shape.fields, raw.types, _cells(shape, raw.types), shape.setting, engine)
    cells = _cells(shape, raw.types, plain)
    values = _values(cells)
    faults = [cell.fault.alias(_FAULT + name) for name, cell in cells.items() if cell.faults]
    names = [fault.meta.output_name() for fault in faults]
    is_bad = pl.any_horizontal(pl.col(names) > 0) if names else pl.lit(value=False)
    if raw.in_memory:
        both = with_steps(raw.frame, cells.values()).select(ROW, *values, *faults).collect()
        rows = both.lazy().select(ROW, *cells)
        marked = both.filter(is_bad).select(ROW, *names)
        bad = marked.join(raw.frame.collect(), on=ROW, how="left") if marked.height else None
    else:
        stepped = with_steps(raw.frame, cells.values())
        rows = stepped.select(ROW, *values)
        bad = stepped.with_columns(faults).filter(is_bad).select(ROW, *cells, *names).collect(engine="streaming")
    refused = [raw.ragged]
    if bad is not None and bad.height:
        refused.extend(_refused_cells(shape, raw, cells, bad))
    return evolve(_part(raw, rows, pl.concat(refused)), kind=None if raw.in_memory else (schema, plain))


def _cells(shape: Shape, types: Mapping[str, pl.DataType], plain: frozenset[str] = frozenset()) -> dict[str, Cell]:
    """The columns as they are typed; those that need no typing are left as they are."""
    found = {}
    for name, term in shape.fields.items():
        is_key, is_needed = name in shape.owners, name in shape.needed
        if name in plain:
            found[name] = as_it_is(term, name, is_key=is_key, is_needed=is_needed)
        else:
            found[name] = typed(term, name, types[name], shape.setting, is_key=is_key, is_needed=is_needed)
    return found


def _values(cells: Mapping[str, Cell]) -> list[pl.Expr]:
    return [cell.value.alias(name) for name, cell in cells.items()]


def _part(raw: _Raw, rows: pl.LazyFrame | None, refused: pl.DataFrame) -> Part:
    return Part(
        file=raw.file,
        records=raw.records,
        rows=rows,
        headings=raw.headings,
        refused=refused,
        in_memory=raw.in_memory,
    )


def _refused_cells(shape: Shape, raw: _Raw, cells: Mapping[str, Cell], bad: pl.DataFrame) -> list[pl.DataFrame]:
    """One refusal for each faulty cell of the faulty rows."""
    found = []
    for position, (name, cell) in enumerate(cells.items()):
        for number, fault in enumerate(cell.faults, start=1):
            rows = bad.filter(pl.col(_FAULT + name) == number)
            if not rows.height:
                continue
            value = shown(name, is_sensitive=shape.fields[name].is_sensitive)
            message = pl.concat_str(value, pl.lit(f" {fault.tail}")) if fault.shows else pl.lit(fault.tail)
            found.append(refusals(rows, raw.headings[name], fault.code, message, position=position))
    return found
