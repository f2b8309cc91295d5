"""A day and some fields of a row as one whole number, so that a flat aggregate picks a row by them.

Whole numbers are ordered as the rows are by their day and then by the fields in turn, empty ones first. So the least of
them is the row that a sort would put first, at the cost of a minimum; and so is the greatest for the last day. A number
of which a contract says from where to where it goes takes few bits, and most rows then fit into 64 of them, which are
reckoned with in half the time of 128.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

MOST_BITS = 126
"""Bits of a whole number of 128 bits that is not negative, and one to spare."""
_BITS_OF_64 = 62
_EVERY = (-(2**63), 2**63 - 1)
_OF_DAY = 18  # every day from 1900 to 2199, from the first of them
_HALF = 1 << (_OF_DAY - 1)
"""As many days as lie before 1970 among those that the bits of a day tell apart."""


@frozen(kw_only=True)
class Packed:
    """How one field is packed.

    Attributes:
        name: The field.
        bits: How many bits it takes.
        least: Its least value, which is packed as 1; 0 is an empty one.
    """

    name: str
    bits: int
    least: int


@frozen(kw_only=True)
class Packing:
    """How a day and fields are packed.

    Attributes:
        fields: The fields after the day; the last is the number that is wanted.
    """

    fields: tuple[Packed, ...]

    @property
    def bits(self) -> int:
        """Bits of the fields together."""
        return sum(each.bits for each in self.fields)

    @property
    def wide(self) -> pl.DataType:
        """The type of whole numbers in which all is held: Int64 if it fits, else Int128."""
        import polars as pl

        return pl.Int64() if _OF_DAY + self.bits <= _BITS_OF_64 else pl.Int128()

    def pack(self, day: pl.Expr, *, last: bool) -> pl.Expr:
        """The whole number (of the type ``wide``) of a row: the least is wanted, or the greatest for the last day.

        Args:
            day: The Int32 day.
            last: Whether the last day is picked rather than the first; of the rows of a day the first is.
        """
        import polars as pl

        wide, rest = self.wide, pl.lit(0, self.wide)
        for place, each in enumerate(self.fields):
            held = pl.col(each.name).to_physical().cast(wide) + pl.lit(1 - each.least, wide)
            held = held.fill_null(pl.lit(0, wide))
            rest = held if not place else rest * pl.lit(2**each.bits, wide) + held
        if last:
            rest = pl.lit(2**self.bits - 1, wide) - rest
        return (day.cast(wide) + pl.lit(_HALF, wide)) * pl.lit(2**self.bits, wide) + rest

    def unpack(self, packed: pl.Expr, *, last: bool) -> tuple[pl.Expr, pl.Expr]:
        """The Int32 day and the Int64 number of a row that was picked; null of none."""
        import polars as pl

        wide, bits = self.wide, self.fields[-1].bits
        day = packed // pl.lit(2**self.bits, wide)
        rest = packed % pl.lit(2**bits, wide)
        if last:
            rest = pl.lit(2**bits - 1, wide) - rest
        number = pl.when(rest != 0).then(rest - pl.lit(1 - self.fields[-1].least, wide)).cast(pl.Int64)
        return (day - pl.lit(_HALF, wide)).cast(pl.Int32), number


def _within_64_bits(least: int, most: int) -> tuple[int, int]:
    """What a number is from and to; ends that no frame can hold, behind which every row is refused, say nothing."""
    return (least, most) if _EVERY[0] <= least <= most <= _EVERY[1] else _EVERY


def packing_of(
    fields: Sequence[str], number: str, types: Mapping[str, pl.DataType], spans: Mapping[str, tuple[int, int]]
) -> Packing | None:
    """How rows are packed so that the fields order those of a day; None if they do not fit.

    Args:
        fields: The fields that order rows, the first of them first; those after the number cannot change it.
        number: The number field that is wanted of the row that is picked.
        types: The types of the fields.
        spans: The least and the greatest value of a number of which these are known.
    """
    import polars as pl

    found = []
    for name in fields[: fields.index(number) + 1]:
        kind = types[name].base_type()
        known: dict[type[pl.DataType], tuple[int, int]] = {
            pl.Date: (-_HALF, _HALF - 1),
            pl.Boolean: (0, 1),
            pl.Int64: _within_64_bits(*spans.get(name, _EVERY)),
        }
        if kind not in known:
            return None
        least, most = known[kind]
        found.append(Packed(name=name, bits=(most - least + 1).bit_length(), least=least))
    packing = Packing(fields=tuple(found))
    return packing if types[number] == pl.Int64 and _OF_DAY + packing.bits <= MOST_BITS else None
