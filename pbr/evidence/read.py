"""Reading a return: find the files, type every column, refuse what is wrong row by row, check keys and parents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from attrs import field, frozen

from pbr.evidence.checks import check_rows
from pbr.evidence.csv_file import Ragged, split_csv
from pbr.evidence.files import find, sha256_of
from pbr.evidence.model import FIRST_RECORD, REFUSED_SCHEMA, ROW, Counts, Evidence, InputFile
from pbr.evidence.typed import Cell, Setting, is_read, shown, typed
from pbr.problem import EvidenceError, Problem, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pbr.contract.model import Field, Terms
    from pbr.evidence.files import Given, Source
    from pbr.plan import Plan

INDEX = "index"
FRAME = "frame"


@frozen(kw_only=True, eq=False)
class Part:
    """One file or frame of a table, not yet typed.

    Attributes:
        file: Its path as given, or ``frame``.
        sha256: Of its bytes; empty for a frame.
        rows: Records in it, without blank ones.
        span: Records in it with blank ones, so that indexes of the next part do not meet these.
        data: Column ``index`` (record from 0) and its columns by heading or position.
        headings: Heading of each column of ``data`` after ``index``.
        columns: Name in ``data`` of each heading.
        ragged: Records of the wrong width.
    """

    file: str
    sha256: str
    rows: int
    span: int
    data: pl.LazyFrame
    headings: tuple[str, ...]
    columns: tuple[str, ...]
    ragged: tuple[Ragged, ...] = field(default=())


def read_tables(terms: Terms, source: Source) -> Evidence:
    """Read the return of a contract.

    Args:
        terms: The contract.
        source: A folder with a file or folder for each table, or a map from table to frame or path.

    Returns:
        Accepted rows by table, and every refused row with its reason.

    Raises:
        EvidenceError: A file as a whole cannot be read (PBR201, 202, 203, 205); of all files at once.
    """
    found = find(terms.tables, source)
    problems = list(found.problems)
    parts: dict[str, list[Part]] = {}
    for table in terms.tables:
        given: list[Given] = [found.frames[table]] if table in found.frames else list(found.paths.get(table, ()))
        parts[table] = []
        for each in [] if problems and table not in found.frames and not given else given:
            try:
                part = _load(each)
                _fields_of(terms, table, part)
            except EvidenceError as error:
                problems += error.problems
            else:
                parts[table].append(part)
    if problems:
        raise EvidenceError(dict.fromkeys(problems))
    return _checked(terms, parts)


def read_evidence(plan: Plan, source: Source) -> Evidence:
    """Read the return a plan is evaluated on; see ``read_tables``."""
    return read_tables(plan.terms, source)


def _load(given: Given) -> Part:
    if isinstance(given, pl.DataFrame | pl.LazyFrame):
        frame = given.lazy()
        rows = frame.select(pl.len()).collect().item()
        return _part(FRAME, "", rows, frame.with_row_index(INDEX), frame.collect_schema().names())
    path = Path(given)
    name = str(given)
    try:
        if path.suffix == ".parquet":
            scan = pl.scan_parquet(path, glob=False)
            rows = scan.select(pl.len()).collect().item()
            names = scan.collect_schema().names()
            return _part(name, sha256_of(path), rows, scan.with_row_index(INDEX), names)
        text = split_csv(path.read_bytes(), name)
    except (pl.exceptions.PolarsError, OSError):
        raise EvidenceError([Problem(code="PBR203", message="cannot be read; save it again", file=name)]) from None
    width = len(text.headings)
    return Part(
        file=name,
        sha256=sha256_of(path),
        rows=text.frame.height + len(text.ragged),
        span=text.records,
        data=text.frame.lazy(),
        headings=text.headings,
        columns=tuple(str(number) for number in range(width)),
        ragged=text.ragged,
    )


def _part(file: str, sha256: str, rows: int, data: pl.LazyFrame, names: list[str]) -> Part:
    headings = tuple(name.strip() for name in names)
    return Part(file=file, sha256=sha256, rows=rows, span=rows, data=data, headings=headings, columns=tuple(names))


def _fields_of(terms: Terms, table: str, part: Part) -> dict[str, str]:
    """The column of each field that has a heading.

    Raises:
        EvidenceError: PBR205, two headings for one field.
    """
    renames = terms.tables[table].columns
    fields = terms.all_fields(table)
    found: dict[str, str] = {}
    for heading, column in zip(part.headings, part.columns, strict=True):
        name = renames.get(heading, heading)
        if name not in fields:
            continue
        if name in found:
            message = f"two columns are headed for '{name}'; keep one"
            raise EvidenceError([Problem(code="PBR205", message=message, file=part.file, field=heading)])
        found[name] = column
    return found


def _checked(terms: Terms, parts: Mapping[str, list[Part]]) -> Evidence:
    """Type every part, then check keys and parents, parents first."""
    header = terms.contract
    setting = Setting(providers=tuple(header.providers), currency=header.currency, time_zone=header.time_zone)
    accepted: dict[str, pl.LazyFrame] = {}
    copies: dict[str, pl.DataFrame] = {}
    files: dict[str, list[InputFile]] = {}
    refused: list[pl.DataFrame] = []
    for table in sorted(terms.tables, key=lambda name: terms.parent(name) is not None):
        rows, files[table], lines = _typed_parts(terms, table, parts[table], setting)
        parent = terms.parent(table)
        theirs = None if parent is None else accepted[parent]
        accepted[table], copies[table], more = check_rows(terms, table, rows, theirs)
        refused += [*lines, _placed(table, files[table], more)]
    order = list(terms.tables)
    listed = _sorted(terms, pl.concat([pl.DataFrame(schema=REFUSED_SCHEMA), *refused]), files)
    counts = {}
    for table in order:
        mine = listed.filter(pl.col("table") == table)
        whole = int(mine.filter(pl.col("row").is_null())["rows"].sum())
        single = mine.filter(pl.col("row").is_not_null()).select("file", "row").n_unique() if mine.height else 0
        read = sum(part.rows for part in parts[table])
        counts[table] = Counts(read=read, refused=whole + single, copies=copies[table].height)
    return Evidence(
        tables={table: accepted[table] for table in order},
        copies={table: copies[table] for table in order},
        refused=listed,
        counts=counts,
        files=tuple(item for table in order for item in files[table]),
    )


def _typed_parts(
    terms: Terms, table: str, parts: list[Part], setting: Setting
) -> tuple[pl.LazyFrame, list[InputFile], list[pl.DataFrame]]:
    """The rows of a table whose every cell could be typed, its files, and the exceptions of the others."""
    fields = terms.all_fields(table)
    files: list[InputFile] = []
    rows: list[pl.LazyFrame] = [_no_rows(terms, table)]
    lines: list[pl.DataFrame] = []
    first = 0
    for part in parts:
        files.append(InputFile(table=table, file=part.file, sha256=part.sha256, rows=part.rows, first=first))
        ragged = [
            (part.file, each.index + FIRST_RECORD, "", "PBR206", _ragged_message(each.width, len(part.headings)), 1)
            for each in part.ragged
        ]
        lines.append(_lines(table, ragged))
        found = _fields_of(terms, table, part)
        whole = _whole_file(terms, table, part, found, setting)
        if whole:
            lines.append(_lines(table, whole))
        else:
            good, bad = _typed(terms, table, part, found, setting)
            lines.append(bad)
            rows.append(good.with_columns((pl.col(ROW) + first).cast(pl.UInt32)))
        first += part.span
    assert fields, "a table has fields"
    return (pl.concat(rows[1:]) if len(rows) > 2 else rows[-1]), files, lines  # noqa: PLR2004  # one part needs no joining


def _ragged_message(width: int, wanted: int) -> str:
    return f"the row has {width} values under {wanted} headings; quote values that hold commas"


def _no_rows(terms: Terms, table: str) -> pl.LazyFrame:
    kinds: dict[str, pl.DataType | type[pl.DataType]] = {ROW: pl.UInt32}
    kinds |= {name: _dtype(term) for name, term in terms.all_fields(table).items()}
    return pl.LazyFrame(schema=kinds)


def _dtype(term: Field) -> type[pl.DataType]:
    """The type of a field's column in the engine."""
    from pbr.contract.model import FieldKind

    if term.type in {FieldKind.ID, FieldKind.TEXT, FieldKind.PROVIDER} and not term.is_whole_id:
        return pl.String
    if term.type is FieldKind.YES_NO:
        return pl.Boolean
    return pl.Date if term.type in {FieldKind.DATE, FieldKind.INSTANT, FieldKind.RECORDED} else pl.Int64


def _whole_file(
    terms: Terms, table: str, part: Part, found: Mapping[str, str], setting: Setting
) -> list[tuple[str, int | None, str, str, str, int]]:
    """The exceptions that refuse every row of a part: columns that are missing or of another type."""
    fields = terms.all_fields(table)
    count = part.rows - len(part.ragged)
    missing = [name for name in fields if name not in found]
    if missing:
        unused = [heading for heading in part.headings if heading not in fields]
        near = "".join(tail for name in missing if "did you mean" in (tail := did_you_mean(name, unused)))
        message = f"no column headed {', '.join(missing)}{near}; every row of the file is refused"
        return [(part.file, None, missing[0], "PBR204", message, count)]
    schema = part.data.collect_schema()
    unfit = [name for name, column in found.items() if not is_read(fields[name], schema[column], setting)]
    if unfit:
        name = unfit[0]
        kind = fields[name].type.value
        message = f"{', '.join(unfit)}: the column's type is not that of {kind}; write it as declared or as text"
        return [(part.file, None, name, "PBR207", f"{message}; every row of the file is refused", count)]
    return []


def _typed(
    terms: Terms, table: str, part: Part, found: Mapping[str, str], setting: Setting
) -> tuple[pl.LazyFrame, pl.DataFrame]:
    """The good rows, typed, and an exception for every bad cell of the others."""
    fields = terms.all_fields(table)
    keys = {*terms.tables[table].keys}
    parent = terms.parent(table)
    keys |= set() if parent is None else {*terms.tables[parent].keys}
    schema = part.data.collect_schema()
    cells = {
        name: typed(term, found[name], schema[found[name]], setting, is_key=name in keys) for name, term in fields.items()
    }
    index = pl.col(INDEX).cast(pl.UInt32).alias(ROW)
    faulty = {name: cell for name, cell in cells.items() if cell.faults}
    numbers = [cell.fault.alias(f"_fault.{name}") for name, cell in faulty.items()]
    values = [cell.value.alias(f"_value.{name}") for name, cell in cells.items()]
    shows = [shown(found[name], is_sensitive=fields[name].is_sensitive).alias(f"_shown.{name}") for name in faulty]
    bad_row = pl.any_horizontal([pl.col(f"_fault.{name}") > 0 for name in faulty]) if faulty else pl.lit(value=False)
    if part.file.endswith(".parquet") or part.file == FRAME:
        data = part.data
        bad = data.select(index, *numbers, *shows).filter(bad_row).collect(engine="streaming")
        good = data if bad.is_empty() else data.join(bad.lazy().select(pl.col(ROW).alias(INDEX)), on=INDEX, how="anti")
        good = good.select(index, *(cell.value.alias(name) for name, cell in cells.items()))
    else:
        whole = part.data.select(index, *values, *numbers).collect()
        at = whole.filter(bad_row).select(pl.col(ROW).alias(INDEX))
        bad = part.data.join(at.lazy(), on=INDEX, how="semi").select(index, *numbers, *shows).collect()
        kept = whole if at.is_empty() else whole.filter(~bad_row)
        good = kept.lazy().select(ROW, *(pl.col(f"_value.{name}").alias(name) for name in cells))
    return good, _cell_lines(table, part, faulty, found, bad)


def _cell_lines(table: str, part: Part, cells: Mapping[str, Cell], found: Mapping[str, str], bad: pl.DataFrame) -> pl.DataFrame:
    heading_of = dict(zip(part.columns, part.headings, strict=True))
    lines: list[tuple[str, int | None, str, str, str, int]] = []
    for name, cell in cells.items():
        heading = heading_of[found[name]]
        mine = bad.filter(pl.col(f"_fault.{name}") > 0).select(ROW, f"_fault.{name}", f"_shown.{name}")
        for row, number, text in mine.iter_rows():
            fault = cell.faults[number - 1]
            message = f"{text} {fault.tail}" if fault.shows else fault.tail
            lines.append((part.file, row + FIRST_RECORD, heading, fault.code, message, 1))
    return _lines(table, lines)


def _lines(table: str, rows: Iterable[tuple[str, int | None, str, str, str, int]]) -> pl.DataFrame:
    return pl.DataFrame([(table, *row) for row in rows], schema=REFUSED_SCHEMA, orient="row")


def _placed(table: str, files: list[InputFile], lines: list[tuple[int, str, str, str]]) -> pl.DataFrame:
    """Exceptions of checks, from indexes of rows to files and record numbers."""
    found = []
    for row, column, code, message in lines:
        item = [each for each in files if each.first <= row][-1]
        found.append((item.file, row - item.first + FIRST_RECORD, column, code, message, 1))
    return _lines(table, found)


def _sorted(terms: Terms, lines: pl.DataFrame, files: Mapping[str, list[InputFile]]) -> pl.DataFrame:
    """Exceptions in the order of tables, files, rows, columns and codes."""
    tables = {name: place for place, name in enumerate(terms.tables)}
    paths = {item.file: place for place, item in enumerate(item for found in files.values() for item in found)}
    keyed = lines.with_columns(
        pl.col("table").replace_strict(tables, return_dtype=pl.Int64).alias("_table"),
        pl.col("file").replace_strict(paths, return_dtype=pl.Int64).alias("_file"),
    )
    return keyed.sort("_table", "_file", "row", "column", "code", "message", nulls_last=False).drop("_table", "_file")
