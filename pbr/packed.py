"""A day and some fields of a row as one whole number of 128 bits, so that a flat aggregate picks a row by them.

Whole numbers are ordered as the rows are by their day and then by the fields in turn, empty ones first. So the least of
them is the row that a sort would put first, at the cost of a minimum; and so is the greatest for the last day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

MOST_BITS = 126
"""Bits of a whole number of 128 bits that is not negative, and one to spare."""
_OF_DAY = 18  # every day from 1900 to 2199, from the first of them
_HALF = 1 << (_OF_DAY - 1)
"""As many days as lie before 1970 among those that the bits of a day tell apart."""
_OF_NUMBER = 65  # every Int64, and one that is empty


@frozen(kw_only=True)
class Packing:
    """How a day and fields are packed.

    Attributes:
        fields: The fields after the day, and the bits of each; the last is the number that is wanted.
    """

    fields: tuple[tuple[str, int], ...]

    @property
    def bits(self) -> int:
        """Bits of the fields together."""
        return sum(bits for _, bits in self.fields)

    def pack(self, day: pl.Expr, *, last: bool) -> pl.Expr:
        """The whole number (Int128) of a row, of which the least is wanted, or the greatest for the last day.

        Args:
            day: The Int32 day.
            last: Whether the last day is picked rather than the first; of the rows of a day the first is.
        """
        import polars as pl

        wide = pl.Int128
        rest = pl.lit(0, wide)
        for name, bits in self.fields:
            held = pl.col(name).cast(pl.Int32) if bits == _OF_DAY + 1 else pl.col(name)
            place = held.cast(wide) + pl.lit(_from_zero(bits), wide)
            rest = rest * pl.lit(2**bits, wide) + pl.when(pl.col(name).is_null()).then(pl.lit(0, wide)).otherwise(place)
        if last:
            rest = pl.lit(2**self.bits - 1, wide) - rest
        return (day.cast(wide) + pl.lit(_HALF, wide)) * pl.lit(2**self.bits, wide) + rest

    def unpack(self, packed: pl.Expr, *, last: bool) -> tuple[pl.Expr, pl.Expr]:
        """The Int32 day and the Int64 number of a row that was picked; null of none."""
        import polars as pl

        wide, bits = pl.Int128, self.fields[-1][1]
        day = packed // pl.lit(2**self.bits, wide)
        rest = packed % pl.lit(2**bits, wide)
        if last:
            rest = pl.lit(2**bits - 1, wide) - rest
        number = pl.when(rest != 0).then(rest - pl.lit(_from_zero(bits), wide)).cast(pl.Int64)
        return (day - pl.lit(_HALF, wide)).cast(pl.Int32), number


def packing_of(fields: Sequence[str], number: str, types: Mapping[str, pl.DataType]) -> Packing | None:
    """How rows are packed so that the fields order those of a day; None if they do not fit.

    Args:
        fields: The fields that order rows, the first of them first; those after the number cannot change it.
        number: The number field that is wanted of the row that is picked.
        types: The types of the fields.
    """
    import polars as pl

    widths = {pl.Date: _OF_DAY + 1, pl.Boolean: 2, pl.Int64: _OF_NUMBER}
    before = fields[: fields.index(number) + 1]
    found = [(name, widths.get(types[name].base_type(), MOST_BITS)) for name in before]
    packing = Packing(fields=tuple(found))
    fits = _OF_DAY + packing.bits <= MOST_BITS and found[-1][1] == _OF_NUMBER
    return packing if fits else None


def _from_zero(bits: int) -> int:
    """What is added to a field so that its least value is 1; 0 is an empty one."""
    return {2: 1, _OF_DAY + 1: (1 << (_OF_DAY - 1)) + 1, _OF_NUMBER: (1 << 63) + 1}[bits]
