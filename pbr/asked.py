"""Questions about all the rows of a child table: which rows they see, and their answers beside each subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from pbr.condition import FieldRef, child_to_polars

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

    from pbr.condition import ChildRef

NOTHING_ASKED = {"count": 0, "first": None, "last": None, "any": False, "all": True}
"""What is said of a subject without rows in a child table."""


@frozen(kw_only=True)
class Source:
    """One table as the kernel reads it.

    Attributes:
        rows: Accepted rows.
        with_copies: These and their exact copies, where leaving the copies in is cheaper; else None.
        key: Field that names the subject.
        own: Whether the rows are the subjects themselves.
        recorded: Field of the day each row was recorded, or None.
        dates: Fields that are days of what its rows are about.
        spans: The least and the greatest value of the numbers whose field says from where to where it goes.
    """

    rows: pl.LazyFrame
    key: str
    own: bool
    recorded: str | None
    dates: tuple[str, ...] = ()
    spans: Mapping[str, tuple[int, int]] = field(factory=dict)
    with_copies: pl.LazyFrame | None = None


def child_column(ref: FieldRef) -> pl.Expr:
    """A field of a child's row, or of the subject's row beside it."""
    import polars as pl

    return pl.col(f"_parent.{ref.name}" if ref.parent else ref.name)


def outside(refs: Iterable[ChildRef]) -> list[str]:
    """Names of the fields of the subject's own row that questions read."""
    return sorted({field.name for ref in refs for field in ref.outside})


def asked_rows(source: Source, as_at: int, subjects: pl.LazyFrame | None) -> pl.LazyFrame:
    """The rows of a table as a question about all of them sees them at the end of a day, a number of days since 1970.

    Those recorded by then, and of whose days, if they have any, one has come; a day still to come is empty.

    Args:
        source: The table.
        as_at: The day.
        subjects: Under the table's key, the fields that stand beside each row as ``_parent.NAME``; None for none.
    """
    import polars as pl

    rows, now = source.rows, pl.lit(as_at, dtype=pl.Int32)
    if source.recorded is not None:
        rows = rows.filter(pl.col(source.recorded).cast(pl.Int32) <= now)
    if source.dates:
        days = {name: pl.col(name).cast(pl.Int32) for name in source.dates}
        first = pl.min_horizontal(list(days.values()))
        rows = rows.filter(first.is_null() | (first <= now))
        rows = rows.with_columns(pl.when(day <= now).then(pl.col(name)) for name, day in days.items())
    return rows if subjects is None else rows.join(subjects, on=source.key, how="inner")


def with_answers(
    frame: pl.LazyFrame, key: str, source: Source, rows: pl.LazyFrame, refs: Mapping[ChildRef, str]
) -> pl.LazyFrame:
    """Put the answers to questions beside each subject: one group-by of flat aggregates, and one join.

    Args:
        frame: The subjects.
        key: Their key.
        source: The table that is asked.
        rows: Its rows, as ``asked_rows`` gives them.
        refs: The questions, each with the column of its answer.
    """
    import polars as pl

    answers = [child_to_polars(ref, child_column).alias(column) for ref, column in refs.items()]
    found = rows.group_by(source.key).agg(answers, _rows=pl.len())
    nothing = [
        pl.when(pl.col("_rows").is_null()).then(pl.lit(NOTHING_ASKED[ref.what])).otherwise(pl.col(column)).alias(column)
        for ref, column in refs.items()
        if NOTHING_ASKED[ref.what] is not None
    ]
    return frame.join(found, left_on=key, right_on=source.key, how="left").with_columns(nothing).drop("_rows")
