"""Instalments: parts of a whole that add up to it to the minor unit."""

from __future__ import annotations

import enum
import math
import re
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import frozen

from pbr.calendar import Duration
from pbr.lines import round_ratio
from pbr.money import parse_ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from pbr.money import Rounding

MOST_INSTALMENTS = 1000


class OddPence(enum.Enum):
    """The instalment that bears what rounding leaves."""

    FIRST = "first"
    LAST = "last"


@frozen
class Instalments:
    """So many equal parts, or the shares of parts.

    Attributes:
        texts: A whole number, or shares such as 40% and 3/5, as written.
    """

    texts: tuple[str, ...] = ("1",)

    @property
    def shares(self) -> tuple[Fraction, ...] | None:
        """The share of each part, or None if they cannot be read or do not add up to 1.

        Example:
            >>> Instalments(("3",)).shares, Instalments(("20%", "4/5")).shares, Instalments(("half",)).shares
            ((Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)), (Fraction(1, 5), Fraction(4, 5)), None)
        """
        if len(self.texts) == 1 and re.fullmatch("[1-9][0-9]{0,3}", self.texts[0]):
            count = int(self.texts[0])
            return (Fraction(1, count),) * count if count <= MOST_INSTALMENTS else None
        found = tuple(share for share in map(parse_ratio, self.texts) if share is not None and share > 0)
        return found if len(found) == len(self.texts) <= MOST_INSTALMENTS and sum(found) == 1 else None


ONE_PART = Instalments()


def times_of(length: Duration, count: int) -> Duration:
    """So many lengths of time, counted in one step."""
    return Duration(length.count * count, length.unit)


def largest_remainder(whole: pl.Expr, shares: Sequence[Fraction]) -> list[pl.Expr]:
    """The parts of a whole (Int64) by shares that add up to 1: they add up to it, and each is within a unit of its own.

    Each has its share cut to whole units, towards nothing; what is left goes by the largest remainder, of equal ones
    to the first.
    """
    import polars as pl

    wide = whole.cast(pl.Int128)
    sign = pl.when(wide < 0).then(-1).otherwise(1).cast(pl.Int128)
    size, below = wide * sign, math.lcm(*(share.denominator for share in shares))
    many = [size * int(share * below) for share in shares]
    cut = [each // below for each in many]
    rest = [each - units * below for each, units in zip(many, cut, strict=True)]
    left = sum(rest, start=pl.lit(0, dtype=pl.Int128)) // below
    parts = []
    for place, units in enumerate(cut):
        parts.append(((units + (_rank(rest, place) < left).cast(pl.Int128)) * sign).cast(pl.Int64))
    return parts


def _rank(rest: Sequence[pl.Expr], place: int) -> pl.Expr:
    """How many remainders come before that at a place: the larger, and the equal ones that stand before it."""
    import polars as pl

    before = [(other >= rest[place]) if index < place else (other > rest[place]) for index, other in enumerate(rest)]
    return pl.sum_horizontal([each.cast(pl.Int64) for index, each in enumerate(before) if index != place] or [0])


def by_weights(frame: pl.DataFrame, whole: str, weights: Sequence[str], part: str) -> pl.DataFrame:
    """A frame with the parts of a whole (Int64) in proportion to weights, in columns that begin with ``part``.

    They add up to the whole, and each is within a unit of its own, as with ``largest_remainder``. No product is wider
    than 128 bits: the whole is taken in three pieces, as in a long division.

    Args:
        frame: One row for each whole.
        whole: Its column.
        weights: Columns of the weights (Int128), none below 0 and at least one above, each below 2 to the 100th.
        part: What the names of the columns of parts (Int64) begin with; their number follows.
    """
    import polars as pl

    wide, below = pl.col(whole).cast(pl.Int128), pl.sum_horizontal([pl.col(name) for name in weights])
    frame = frame.with_columns(_sign=pl.when(wide < 0).then(-1).otherwise(1).cast(pl.Int128), _below=below)
    frame = frame.with_columns(_size=wide * pl.col("_sign"))
    places = range(len(weights))
    nothing = pl.lit(0, dtype=pl.Int128)
    frame = frame.with_columns(nothing.alias(f"_{what}.{place}") for what in ("cut", "rest") for place in places)
    for shift in (2 * _PIECE, _PIECE, 0):
        higher = pl.col("_size") // 2 ** (shift + _PIECE) * 2**_PIECE
        piece = pl.col("_size") // 2**shift - higher
        held = [pl.col(f"_rest.{place}") * 2**_PIECE + piece * pl.col(weights[place]) for place in places]
        frame = frame.with_columns(each.alias(f"_rest.{place}") for place, each in enumerate(held))
        units = [pl.col(f"_rest.{place}") // pl.col("_below") for place in places]
        frame = frame.with_columns(
            *((pl.col(f"_cut.{place}") * 2**_PIECE + units[place]).alias(f"_cut.{place}") for place in places),
            *((pl.col(f"_rest.{place}") - units[place] * pl.col("_below")).alias(f"_rest.{place}") for place in places),
        )
    rest = [pl.col(f"_rest.{place}") for place in places]
    left = pl.col("_size") - pl.sum_horizontal([pl.col(f"_cut.{place}") for place in places])
    parts = [
        ((pl.col(f"_cut.{place}") + (_rank(rest, place) < left).cast(pl.Int128)) * pl.col("_sign")).cast(pl.Int64)
        for place in places
    ]
    done = frame.with_columns(each.alias(f"{part}{place}") for place, each in enumerate(parts))
    return done.drop("_sign", "_below", "_size", pl.selectors.matches(r"^_(cut|rest)\.[0-9]+$"))


_PIECE = 21
"""Bits of a piece of a whole, of which there are three."""


def part_of(
    whole: pl.Expr, shares: tuple[Fraction, ...], place: int, odd_pence: OddPence, rounding: Rounding
) -> pl.Expr:
    """One part of a whole (Int64): its share rounded, or on the odd one what the others leave.

    Args:
        whole: Int64 minor units.
        shares: Of all parts; they add up to 1.
        place: Which part.
        odd_pence: The part that bears what rounding leaves.
        rounding: The contract's rounding.
    """
    import polars as pl

    if len(shares) == 1:
        return whole
    odd = 0 if odd_pence is OddPence.FIRST else len(shares) - 1

    def rounded(share: Fraction) -> pl.Expr:
        return round_ratio(whole, pl.lit(share.numerator), pl.lit(share.denominator), rounding)

    if place != odd:
        return rounded(shares[place])
    counts: dict[Fraction, int] = {}
    for other, share in enumerate(shares):
        if other != odd:
            counts[share] = counts.get(share, 0) + 1
    left = whole
    for share, count in counts.items():
        left = left - rounded(share) * count
    return left
