"""Read a return: every file, every row, in the order row, key, across tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import evolve, frozen

from pbr.calendar import number_of
from pbr.contract.model import NOBODY
from pbr.engine import engine_for
from pbr.evidence.checks import find_backwards, find_orphans, find_twins, without
from pbr.evidence.files import find
from pbr.evidence.model import OF, ROW, Counts, Evidence
from pbr.evidence.parts import Shape, read_csv_part, read_frame_part, read_parquet_part, rows_of
from pbr.evidence.refusals import REFUSAL_SCHEMA, places, refusals, written_out
from pbr.evidence.surveys import survey_checks
from pbr.evidence.typed import Setting, shown
from pbr.problem import EvidenceError

if TYPE_CHECKING:
    from pbr.contract.model import Terms
    from pbr.evidence.files import Found, Source
    from pbr.evidence.model import InputFile
    from pbr.evidence.parts import Part
    from pbr.plan import Plan
    from pbr.problem import Problem


NEVER = 10**6
"""A day after every day that can be written, as a number."""
MOST_HELD = 1 << 22
"""Tables of so many rows are held in memory once they are joined."""


@frozen(kw_only=True, eq=False)
class _Table:
    """One table after its checks."""

    shape: Shape
    parts: tuple[Part, ...]
    files: tuple[InputFile, ...]
    rows: pl.LazyFrame
    with_copies: pl.LazyFrame | None = None
    copies: pl.DataFrame
    refused: pl.DataFrame
    counts: Counts
    records: int


def read_tables(terms: Terms, source: Source, as_at: int = NEVER) -> Evidence:
    """Read, type and check a return.

    Args:
        terms: The contract.
        source: A folder with ``TABLE.csv``, ``TABLE.parquet`` or a folder ``TABLE`` for every table; or a map of each
            table to a polars frame or to the path of a file or folder.
        as_at: The day, as a number, at whose end answers of surveys are known; none is too late by default.

    Raises:
        EvidenceError: A file is missing or as a whole cannot be read; every such problem is in it. Rows that are
            wrong do not raise: they are refused and listed.
    """
    found = find(terms.returned, source)
    problems = list(found.problems)
    shapes = {table: _shape(terms, table) for table in terms.tables}
    parts = {table: _read_parts(shape, found, problems) for table, shape in shapes.items()}
    if problems:
        raise EvidenceError(problems)
    done: dict[str, _Table] = {}
    for table in terms.tables:
        _check_with_parent(terms, table, shapes, parts, done)
    _check_surveys(terms, done, as_at)
    in_order = [done[table] for table in terms.tables]
    tables = {each.shape.table: each.rows for each in in_order}
    tables |= _with_parents(terms, tables)
    shared = {table: _for_each_subject(terms, tables, done[table]) for table in terms.shared_tables}
    return Evidence(
        tables=tables | {table: rows for table, (rows, _) in shared.items()},
        shared={table: more for table, (_, more) in shared.items()},
        copies={each.shape.table: each.copies for each in in_order},
        with_copies={
            table: (each.rows, each.with_copies)
            for table, each in done.items()
            if each.with_copies is not None and table != terms.cohort_table
        },
        refused=written_out((each.shape.table, each.files, each.refused) for each in in_order),
        counts={each.shape.table: each.counts for each in in_order if each.shape.table != NOBODY},
        files=tuple(file for each in in_order for file in each.files),
    )


def _with_parents(terms: Terms, tables: dict[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:
    """The subjects' rows with the fields of whom they belong to, such as episodes with those of their participant."""
    parent, own = terms.cohort_parent, terms.cohort_table
    if parent is None:
        return {}
    keys = list(terms.tables[parent].keys)
    more = [name for name in terms.tables[parent].fields if name not in terms.sent_fields(own)]
    theirs = tables[parent].select(*keys, *more)
    return {own: tables[own].join(theirs, on=keys, how="left", maintain_order="left")}


def _for_each_subject(
    terms: Terms, tables: dict[str, pl.LazyFrame], table: _Table
) -> tuple[pl.LazyFrame, pl.DataFrame]:
    """The rows of whom subjects belong to, once for each of these, and which of them stand for which row.

    A row of somebody without a subject stands there once, with no subject. Many rows are left where they are, and the
    joins are made whenever they are read; few are held.
    """
    assert terms.parent_key is not None, "rows are shared only where subjects belong to somebody"
    owner, own = terms.parent_key[1], terms.subject_key
    rows = tables[table.shape.table]
    subjects = tables[terms.cohort_table].select(owner, own).collect(engine="streaming").sort(owner, own)
    is_other = (pl.col(owner) == pl.col(owner).shift(1)).fill_null(value=False)
    found = rows.select(pl.col(ROW).alias(OF), owner).join(subjects.lazy().filter(is_other), on=owner)
    again = found.select(OF, own).collect(engine="streaming").sort(OF, own)
    number = pl.int_range(table.records, table.records + again.height, dtype=pl.UInt32, eager=True)
    again = again.insert_column(0, number.alias(ROW))
    first = rows.with_columns(pl.col(ROW).alias(OF)).join(subjects.lazy().filter(~is_other), on=owner, how="left")
    further = rows.rename({ROW: OF}).join(again.lazy(), on=OF)
    every = pl.concat([first, further.select(first.collect_schema().names())])
    if table.records <= MOST_HELD:
        every = every.sort(OF, own).collect().lazy()
    return every.drop(OF), again.select(ROW, OF)


def read_evidence(plan: Plan, source: Source) -> Evidence:
    """Read, type and check the return that a plan is evaluated on.

    Args:
        plan: The contract as at a day.
        source: A folder, or a frame or path for each table; as for ``read_tables``.

    Raises:
        EvidenceError: PBR201 to PBR207, files that are missing or cannot be read; rows that are wrong are refused and
            listed in ``Evidence.refused`` instead.
    """
    return read_tables(plan.terms, source, number_of(plan.as_at))


def _shape(terms: Terms, table: str) -> Shape:
    parent = terms.parent(table)
    own = terms.tables[table].keys
    return Shape(
        table=table,
        fields=terms.sent_fields(table),
        columns=terms.tables[table].columns,
        key=own,
        owners=frozenset(own) | frozenset(terms.tables[parent].keys if parent else ()),
        setting=Setting(
            providers=tuple(terms.contract.providers),
            currency=terms.contract.currency,
            time_zone=terms.contract.time_zone,
        ),
        stays=terms.stays(table),
        needed=terms.divided_by(table),
    )


def _read_parts(shape: Shape, found: Found, problems: list[Problem]) -> list[Part]:
    """Read every file of a table; problems of whole files are added to the list."""
    if shape.table in found.frames:
        try:
            return [read_frame_part(shape, found.frames[shape.table])]
        except EvidenceError as error:
            problems.extend(error.problems)
            return []
    parts: list[Part] = []
    first = 0
    for path in found.paths.get(shape.table, ()):
        read = read_csv_part if path.suffix == ".csv" else read_parquet_part
        try:
            part = read(shape, path, number=len(parts), first=first)
        except EvidenceError as error:
            problems.extend(error.problems)
        else:
            parts.append(part)
            first += part.records
    return parts


def _check_with_parent(
    terms: Terms, table: str, shapes: dict[str, Shape], parts: dict[str, list[Part]], done: dict[str, _Table]
) -> None:
    """Check a table, its parent first: a row counts only if its parent's row does."""
    if table in done:
        return
    parent = terms.parent(table)
    if parent is not None:
        _check_with_parent(terms, parent, shapes, parts, done)
    done[table] = _check(shapes[table], parts[table], done[parent] if parent is not None else None)


def _check(shape: Shape, parts: list[Part], parent: _Table | None) -> _Table:
    """Drop what was refused by itself, then copies and clashes, then rows of nobody."""
    refused = [REFUSAL_SCHEMA.to_frame(), *(part.refused for part in parts)]
    count = sum(part.records for part in parts)
    engine = engine_for(count)
    every = rows_of(shape, parts)
    backwards = [find_backwards(every, stay, engine) for stay in shape.stays]
    refused += [_refused_backwards(shape, parts, stay, rows) for stay, rows in zip(shape.stays, backwards, strict=True)]
    bad = pl.concat([pl.concat(refused)[ROW].drop_nulls(), *backwards]).unique()
    rows = without(every, bad)
    twins = find_twins(rows, tuple(shape.fields), shape.key, count=count)
    refused.append(_refused_clashes(shape, parts, twins.clashes))
    copies, orphans = twins.copies, twins.clashes.clear().select(ROW)
    if parent is not None:
        sound = without(rows, twins.clashes[ROW])
        orphans = find_orphans(sound, parent.rows, parent.shape.key, engine, count=parent.records)
        refused.append(_refused_orphans(shape, parts, parent.shape, orphans))
        copies = copies.join(orphans, on=ROW, how="anti", maintain_order="left")
    dropped = pl.concat([bad, twins.clashes[ROW], orphans[ROW]])
    accepted = without(every, pl.concat([dropped, copies[ROW]]))
    on_disk = not all(part.in_memory for part in parts)
    lost = sum(part.file.rows for part in parts if part.rows is None)
    return _Table(
        shape=shape,
        parts=tuple(parts),
        files=tuple(part.file for part in parts),
        rows=accepted if on_disk else accepted.collect().lazy(),
        with_copies=without(every, dropped) if on_disk and copies.height else None,
        copies=copies,
        refused=pl.concat(refused),
        records=count,
        counts=Counts(read=sum(part.file.rows for part in parts), refused=lost + dropped.len(), copies=copies.height),
    )


def _check_surveys(terms: Terms, done: dict[str, _Table], as_at: int) -> None:
    """Refuse what surveys cannot count, each with its exact copies; what is refused for one counts in no other."""
    for check in survey_checks(terms, as_at):
        found = check({table: each.rows for table, each in done.items()})
        if found.rows.height:
            table = done[found.table]
            copies = table.copies.join(found.rows.rename({ROW: OF}), on=OF).select(ROW, "code", "message")
            bad = pl.concat([found.rows, copies]).sort(ROW)
            done[found.table] = _without_unasked(table, found.column, bad)


def _without_unasked(table: _Table, column: str, bad: pl.DataFrame) -> _Table:
    """A table without some of its rows, which are refused."""
    files = [part.file for part in table.parts]
    here = places(files, bad[ROW])
    frame = bad.with_columns(_heading(list(table.parts), column, here["part"]).alias("_heading"))
    position = list(table.shape.fields).index(column)
    refused = [
        refusals(mine, pl.col("_heading"), code, pl.col("message"), position=position)
        for (code,), mine in frame.group_by("code", maintain_order=True)
    ]
    copies = table.copies.join(bad, on=ROW, how="anti", maintain_order="left")
    counts = table.counts
    return evolve(
        table,
        rows=without(table.rows, bad[ROW]),
        with_copies=None,
        copies=copies,
        refused=pl.concat([table.refused, *refused]),
        counts=evolve(counts, refused=counts.refused + bad.height, copies=copies.height),
    )


def _heading(parts: list[Part], name: str, part: pl.Series) -> pl.Series:
    """The heading of a field in each of these files."""
    return pl.Series([each.headings.get(name, name) for each in parts], dtype=pl.String).gather(part)


def _refused_backwards(shape: Shape, parts: list[Part], stay: tuple[str, str], rows: pl.Series) -> pl.DataFrame:
    if rows.is_empty():
        return REFUSAL_SCHEMA.to_frame()
    first, last = stay
    here = places([part.file for part in parts], rows)
    frame = pl.DataFrame({ROW: rows}).with_columns(_heading(parts, last, here["part"]).alias("_heading"))
    message = f"the day is before that of '{first}'; correct one of them, or leave this empty if it goes on"
    return refusals(frame, pl.col("_heading"), "PBR225", message, position=list(shape.fields).index(last))


def _refused_clashes(shape: Shape, parts: list[Part], clashes: pl.DataFrame) -> pl.DataFrame:
    if not clashes.height:
        return REFUSAL_SCHEMA.to_frame()
    name = shape.key[0]
    files = [part.file for part in parts]
    here = places(files, clashes[ROW])
    other = places(files, clashes[OF]).drop("part").with_columns(pl.col("file").str.extract(r"([^/\\]+)$"))
    frame = clashes.hstack(other)
    frame = frame.with_columns(_heading(parts, name, here["part"]).alias("_heading"))
    message = pl.format(
        "row {} of {} has the same key, but other content in {}; send one row", "row", "file", "_fields"
    )
    return refusals(frame, pl.col("_heading"), "PBR221", message, position=list(shape.fields).index(name))


def _refused_orphans(shape: Shape, parts: list[Part], parent: Shape, orphans: pl.DataFrame) -> pl.DataFrame:
    if not orphans.height:
        return REFUSAL_SCHEMA.to_frame()
    name = parent.key[0]
    here = places([part.file for part in parts], orphans[ROW])
    frame = orphans.with_columns(_heading(parts, name, here["part"]).alias("_heading"))
    values = [shown(key, is_sensitive=shape.fields[key].is_sensitive) for key in parent.key]
    tail = (
        f" is not the {' and '.join(parent.key)} of an accepted row of '{parent.table}'; correct it, or mend that row"
    )
    message = pl.concat_str(pl.concat_str(values, separator=" and "), pl.lit(tail))
    return refusals(frame, pl.col("_heading"), "PBR222", message, position=list(shape.fields).index(name))
