"""The rows of a child table that an outcome reads, with the windows of their subject beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from pbr.asked import child_column
from pbr.condition import to_polars
from pbr.facts import START
from pbr.filters import may_hold
from pbr.results import doubt_about

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl

    from pbr.columns import Columns
    from pbr.condition import Condition, FieldRef
    from pbr.facts import Window


@frozen(kw_only=True)
class Read:
    """Which rows of a table are read: by which filters and dates, in which windows, and what other fields of them.

    Attributes:
        table: Name of the table.
        filters: A row is read if any of them does not rule it out; every row is if there are none.
        dates: Date fields, of which one at least has come.
        windows: Windows whose ends stand beside each row.
        others: Other fields of the row.
        says_why: Whether the fields that leave a filter undecided are asked for.
        may_repeat: Whether exact copies may be among them, as what is made of the rows is the same with them.
    """

    table: str
    filters: tuple[Condition, ...]
    dates: Sequence[str]
    windows: Sequence[Window | None]
    others: Sequence[str] = ()
    says_why: bool = True
    may_repeat: bool = False


def filters_of(when: Condition | None) -> tuple[Condition, ...]:
    """A filter that there may be, as the filters of rows that are read."""
    return () if when is None else (when,)


def truth_at(place: int) -> str:
    """The column of what a filter says of a row, by its place."""
    return f"_truth{place or ''}"


def missing_at(place: int) -> str:
    """The column of the field that leaves a filter undecided, by its place."""
    return f"_missing{place or ''}"


def rows_read(columns: Columns, read: Read, subjects: pl.LazyFrame) -> pl.LazyFrame:
    """The rows of a child table that no filter rules out, with the windows of their subject beside them.

    What can be said of a row by itself is said before it is joined to its subject, and the fields that are asked for
    that alone are not joined.

    Returns:
        The key of the table, its dates and other fields; ``_truth`` (Boolean, null where undecided) and ``_missing``
        (Int16), what the first filter says, if there is one, and ``_truth1`` and ``_missing1`` for a second; ``.first``
        and ``.last`` (Int32) of each window; and ``_parent.NAME`` where a filter reads the subject's row.
    """
    import polars as pl

    columns.scans += 1
    source = columns.sources[read.table]
    rows = source.with_copies if read.may_repeat and source.with_copies is not None else source.rows
    if source.recorded is not None:
        rows = rows.filter(pl.col(source.recorded) <= columns.today())
    come = [pl.col(name) <= columns.today() for name in read.dates]
    rows = rows.filter(come[0] if len(come) == 1 else pl.any_horizontal(come))
    column = _column_of(columns, read)
    alone = {place: when for place, when in enumerate(read.filters) if not any(ref.parent for ref in when.fields)}
    beside = {place: when for place, when in enumerate(read.filters) if place not in alone}
    possible = [may_hold(when, column) for when in read.filters]
    tests = [each for each in possible if each is not None]
    if tests and len(tests) == len(possible):
        rows = rows.filter(tests[0] if len(tests) == 1 else pl.any_horizontal(tests))
    said = _said(columns, read, alone, column)
    fields = rows.collect_schema().names()
    inner = [ref.name for when in beside.values() for ref in when.fields if not ref.parent and ref.name in fields]
    rows = rows.select(*dict.fromkeys([source.key, *read.dates, *read.others, *inner]), *said)
    names = sorted({columns.windows_at[window] for window in read.windows if window is not None})
    if names or beside:
        theirs = [pl.col(columns.key).alias(source.key)]
        theirs += [pl.col(f"{name}.{end}") for name in names for end in ("first", "last")]
        theirs += _of_subject(columns, list(beside.values()))
        rows = rows.join(subjects.select(theirs), on=source.key, how="inner")
    if beside:
        rows = rows.with_columns(_said(columns, read, beside, column))
        truths = [pl.col(truth_at(place)).fill_null(value=True) for place in range(len(read.filters))]
        rows = rows.filter(pl.any_horizontal(truths))
    return rows


def _column_of(columns: Columns, read: Read) -> Callable[[FieldRef], pl.Expr]:
    """The column of a field in a row, of which the subject's own row may be one."""
    import polars as pl

    own = columns.sources[read.table].own

    def column(ref: FieldRef) -> pl.Expr:
        return pl.col(columns.start) if own and ref.name == START else child_column(ref)

    return column


def _said(
    columns: Columns, read: Read, filters: dict[int, Condition], column: Callable[[FieldRef], pl.Expr]
) -> list[pl.Expr]:
    """What filters say of a row, and what leaves them undecided."""
    found = []
    for place, when in filters.items():
        truth = to_polars(when, column)
        found.append(truth.alias(truth_at(place)))
        if read.says_why:
            found.append(columns.missing_in(when, read.table, column).alias(missing_at(place)))
    return found


def _of_subject(columns: Columns, filters: Sequence[Condition]) -> list[pl.Expr]:
    """What filters read of the subject, and how sure that is of results."""
    import polars as pl

    parents = dict.fromkeys(ref.name for when in filters for ref in when.fields if ref.parent)
    found = [columns.own_field(name).alias(f"_parent.{name}") for name in parents]
    for outcome in dict.fromkeys(outcome for when in filters for outcome in when.results):
        found += [pl.col(f"{outcome}.missing").alias(f"_parent.{outcome}.missing")]
        found += [doubt_about(outcome).alias(f"_parent.{outcome}.doubt")]
    return found
