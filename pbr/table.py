"""A figure of a contract as a table that is looked up by the labels of a row and by a day."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from pbr.calendar import Duration
    from pbr.problem import Place


ALWAYS = -(10**7)
"""The first day of a span that has none: before every day that can be written."""


@frozen(kw_only=True)
class Table:
    """A value of the contract, resolved: one cell for each row of labels and each span of days.

    Attributes:
        by: Columns of the Int16 place of a label of each key; empty for one row.
        starts: First day of each span, ascending, ``ALWAYS`` before the first that has one; empty for a value without
            dates. The last span has no end. A period that a value is by has become spans of days.
        cells: Minor units, ratios or durations, row by row, span by span within a row; None where a row has no figure.
        places: Where each cell stands in the contract, or in the file of a value.
        labels: Labels of each key. There is a row for each of their combinations, those of the last key together.
    """

    by: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()
    cells: tuple[int | Fraction | Duration | None, ...]
    places: tuple[Place, ...]
    labels: tuple[tuple[str, ...], ...] = ()

    @property
    def rows(self) -> tuple[str, ...]:
        """Name of each row: its labels; one empty name where there are none."""
        return tuple(", ".join(names) for names in product(*self.labels))

    @property
    def spans(self) -> int:
        """Spans of days per row."""
        return len(self.starts) or 1

    def cell(self, day: pl.Expr) -> pl.Expr:
        """UInt32 place of the cell for the labels and the day of each line; null where there is none."""
        import polars as pl

        row: pl.Expr = day.is_null().cast(pl.Int64) * 0  # as long as the frame, whatever the day
        for key, labels in zip(self.by, self.labels, strict=True):
            place = pl.col(key)
            row = row * len(labels) + pl.when(place >= 0).then(place.cast(pl.Int64))
        if not self.starts:
            return row.cast(pl.UInt32)
        span = pl.lit(0, dtype=pl.Int64)
        if len(self.starts) > 1:
            span = pl.sum_horizontal([(day >= start).cast(pl.Int64) for start in self.starts[1:]])
        return pl.when(day >= self.starts[0]).then(row * self.spans + span).cast(pl.UInt32)

    def figure(self, labels: Mapping[str, str], day: int) -> int | Fraction | Duration | None:
        """The figure for labels by their key, such as ``provider``, on a day; None where there is none."""
        place = self.place(labels, day)
        return None if place is None else self.cells[place]

    def place(self, labels: Mapping[str, str], day: int) -> int | None:
        """The place of the cell for labels by their key on a day; None before the first day of any."""
        row = 0
        for key, known in zip(self.by, self.labels, strict=True):
            row = row * len(known) + known.index(labels[key.removeprefix("_by.")])
        span = sum(day >= start for start in self.starts) - 1 if self.starts else 0
        return None if span < 0 else row * self.spans + span

    def lacks(self, cell: pl.Expr) -> pl.Expr:
        """Whether there is no figure in a cell."""
        import polars as pl

        there = pl.Series([cell is not None for cell in self.cells], dtype=pl.Boolean)
        return ~pl.lit(there).gather(cell).fill_null(value=False)

    def minor(self, cell: pl.Expr) -> pl.Expr:
        """Int64 minor units of a cell; null where there is no figure."""
        import polars as pl

        return pl.lit(pl.Series(self.cells, dtype=pl.Int64)).gather(cell)

    def ratio(self, cell: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
        """Int64 numerator and denominator of a cell."""
        import polars as pl

        cells = [cell if isinstance(cell, int | Fraction) else None for cell in self.cells]
        above = pl.Series([None if cell is None else cell.numerator for cell in cells], dtype=pl.Int64)
        below = pl.Series([None if cell is None else cell.denominator for cell in cells], dtype=pl.Int64)
        return pl.lit(above).gather(cell), pl.lit(below).gather(cell)


NO_FIGURE = Table(cells=(), places=())
"""A table that nothing is looked up in."""
