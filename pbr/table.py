"""A figure of a contract as a table that is looked up by the labels of a row and by a day."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
        value: Name of the value it is of, if it is of one.
    """

    by: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()
    cells: tuple[int | Fraction | Duration | None, ...]
    places: tuple[Place, ...]
    labels: tuple[tuple[str, ...], ...] = ()
    value: str = ""

    @property
    def rows(self) -> tuple[str, ...]:
        """Name of each row: its labels; one empty name where there are none."""
        return tuple(", ".join(names) for names in product(*self.labels))

    @property
    def spans(self) -> int:
        """Spans of days per row."""
        return len(self.starts) or 1

    @property
    def numerators(self) -> tuple[int, ...]:
        """The numerator of each figure, if they are numbers."""
        return tuple(cell.numerator for cell in self.cells if isinstance(cell, int | Fraction))

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

    def without(self, key: str) -> Table:
        """The same without a key, a figure for each of the other labels; none where a label of the key has none.

        Example:
            >>> from pbr.problem import Place
            >>> labels = (("north", "south"), ("a", "b"))
            >>> whole = Table(by=("_by.site", "_by.act"), cells=(1, 2, 3, None), places=(Place(),) * 4, labels=labels)
            >>> whole.without("_by.act").cells, whole.without("_by.site").rows
            ((1, None), ('a', 'b'))
        """
        at = self.by.index(key)
        labels = (*self.labels[:at], *self.labels[at + 1 :])
        cells: dict[tuple[tuple[str, ...], int], int | Fraction | Duration | None] = {}
        places: dict[tuple[tuple[str, ...], int], Place] = {}
        for row, names in enumerate(product(*self.labels)):
            for span in range(self.spans):
                one, place = ((*names[:at], *names[at + 1 :]), span), row * self.spans + span
                cell = self.cells[place]
                cells[one] = None if cell is None else cells.get(one, cell)
                places.setdefault(one, self.places[place])
        order = [(names, span) for names in product(*labels) for span in range(self.spans)]
        return Table(
            by=(*self.by[:at], *self.by[at + 1 :]),
            starts=self.starts,
            cells=tuple(cells[one] for one in order),
            places=tuple(places[one] for one in order),
            labels=labels,
        )

    def minor(self, cell: pl.Expr) -> pl.Expr:
        """Int64 minor units of a cell; null where there is no figure."""
        import polars as pl

        return pl.lit(pl.Series(self.cells, dtype=pl.Int64)).gather(cell)

    def scaled(self, cell: pl.Expr, places: int) -> pl.Expr:
        """Int64 of the figure of a cell, times ten to the places that write it; null where there is no figure."""
        import polars as pl

        cells = [int(cell * 10**places) if isinstance(cell, int | Fraction) else None for cell in self.cells]
        return pl.lit(pl.Series(cells, dtype=pl.Int64)).gather(cell)

    def only(self, label: str) -> Table:
        """The figures of one label of the only key there is, as a table without labels."""
        (known,) = self.labels
        first = known.index(label) * self.spans
        mine = slice(first, first + self.spans)
        return Table(starts=self.starts, cells=self.cells[mine], places=self.places[mine])

    def ratio(self, cell: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
        """Int64 numerator and denominator of a cell."""
        import polars as pl

        cells = [cell if isinstance(cell, int | Fraction) else None for cell in self.cells]
        above = pl.Series([None if cell is None else cell.numerator for cell in cells], dtype=pl.Int64)
        below = pl.Series([None if cell is None else cell.denominator for cell in cells], dtype=pl.Int64)
        return pl.lit(above).gather(cell), pl.lit(below).gather(cell)


def stacked(key: str, tables: Mapping[str, Table]) -> Table:
    """Several tables as one, with the labels of the first key, ``key``, telling them apart.

    It has the other keys of all of them, and a span for each day on which a figure of any changes.

    Example:
        >>> from pbr.problem import Place
        >>> low, high = (Table(cells=(price,), places=(Place(),)) for price in (995, 979))
        >>> both = stacked("_by.band", {"1 to 2000": low, "2001 or more": high})
        >>> both.rows, both.cells
        (('1 to 2000', '2001 or more'), (995, 979))
    """
    labels = labels_of(tables.values())
    starts = starts_of(tables.values())
    cells: list[int | Fraction | Duration | None] = []
    places: list[Place] = []
    for table in tables.values():
        for names in product(*labels.values()):
            own = dict(zip(labels, names, strict=True))
            row = 0
            for by, known in zip(table.by, table.labels, strict=True):
                row = row * len(known) + known.index(own[by])
            for start in starts or (ALWAYS,):
                span = max(sum(start >= other for other in table.starts) - 1, 0)
                held = not table.starts or start >= table.starts[0]
                cells.append(table.cells[row * table.spans + span] if held else None)
                places.append(table.places[row * table.spans + span])
    return Table(
        by=(key, *labels),
        starts=starts,
        cells=tuple(cells),
        places=tuple(places),
        labels=(tuple(tables), *labels.values()),
    )


def labels_of(tables: Iterable[Table]) -> dict[str, tuple[str, ...]]:
    """The labels of each key that any of some tables has."""
    return {by: known for table in tables for by, known in zip(table.by, table.labels, strict=True)}


def starts_of(tables: Iterable[Table]) -> tuple[int, ...]:
    """First day of each span in which no figure of some tables changes; empty if none has dates."""
    every = [table.starts for table in tables]
    starts = {start for found in every for start in found} | ({ALWAYS} if any(every) and () in every else set())
    return tuple(sorted(starts))


NO_FIGURE = Table(cells=(), places=())
"""A table that nothing is looked up in."""
