"""Scores of rows: one number or a sum of items, the rows that are picked, and when a change is beyond chance.

A score is a whole number of parts in a frame. How many parts make one follows from the field's decimals, or from how
many items of a sum may be missing, so that every score and every bound is exact.
"""

from __future__ import annotations

import enum
import math
import re
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import define, field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl

    from pbr.facts import Reading, Undecided

_EACH = re.compile(r"(-?[0-9]{1,9}) to (-?[0-9]{1,9})")
_COUNT = re.compile("[0-9]{1,3}")


class Fill(enum.Enum):
    """What stands for an item that is missing."""

    NONE = "none"
    MEAN = "mean"


@frozen(kw_only=True)
class Items:
    """Items of a questionnaire, added up.

    Attributes:
        sum: Whole number fields, one for each item.
        each: Least and greatest answer to every item, such as 1 to 4.
        reverse: Items worded the other way round: of an answer x, least + greatest - x counts.
        most_missing: How many items may be empty, for `fill: mean`.
        fill: What stands for an empty item: `mean`, that of the others, so that the sum is scaled up; or `none`, and
            then there is no score.
    """

    sum: tuple[str, ...]
    each: str
    reverse: tuple[str, ...] = ()
    most_missing: str | None = None
    fill: Fill = Fill.NONE

    @property
    def ends(self) -> tuple[int, int] | None:
        """The least and the greatest answer; None if they cannot be read."""
        found = _EACH.fullmatch(self.each)
        return (int(found[1]), int(found[2])) if found else None

    @property
    def may_miss(self) -> int | None:
        """How many items may be missing; None if that cannot be read."""
        if self.most_missing is None:
            return 0
        return int(self.most_missing) if _COUNT.fullmatch(self.most_missing) else None

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it is made of."""
        return self.sum

    @property
    def parts(self) -> int:
        """How many parts make one, so that a sum scaled for any number of answers is whole in them."""
        number = len(self.sum)
        return math.lcm(*range(number - (self.may_miss or 0), number + 1))

    def score(self, answers: Sequence[int | None]) -> Fraction | None:
        """The score of answers in the order of the items; None if too many are missing.

        Example:
            >>> Items(sum=("q1", "q2", "q3"), each="1 to 4", reverse=("q3",), most_missing="1", fill=Fill.MEAN).score(
            ...     [4, None, 2]
            ... )
            Fraction(21, 2)
        """
        low, high = self.ends or (0, 0)
        turned = [
            low + high - answer if name in self.reverse else answer
            for name, answer in zip(self.sum, answers, strict=True)
            if answer is not None
        ]
        if len(self.sum) - len(turned) > (self.may_miss or 0):
            return None
        return Fraction(sum(turned) * len(self.sum), len(turned))

    def in_parts(self, column: Callable[[str], pl.Expr]) -> pl.Expr:
        """The score as Int64 parts; null if too many items are missing."""
        import polars as pl

        low, high = self.ends or (0, 0)
        number, most = len(self.sum), self.may_miss or 0
        turned = [low + high - column(name) if name in self.reverse else column(name) for name in self.sum]
        added = pl.sum_horizontal([answer.cast(pl.Int64) for answer in turned])
        answered = pl.sum_horizontal([column(name).is_not_null().cast(pl.Int64) for name in self.sum])
        return pl.when(answered >= number - most).then(added * number * self.parts // answered)

    def empty(self, column: Callable[[str], pl.Expr], name: Callable[[str], pl.Expr]) -> pl.Expr:
        """The Int16 index of the name of the first item that is missing."""
        import polars as pl

        return pl.coalesce([pl.when(column(each).is_null()).then(name(each)) for each in self.sum])


@frozen(kw_only=True)
class Number:
    """One number field, as a score.

    Attributes:
        name: The field.
        parts: How many parts make one of it.
    """

    name: str
    parts: int

    @property
    def fields(self) -> tuple[str, ...]:
        """The field it is made of."""
        return (self.name,)

    def in_parts(self, column: Callable[[str], pl.Expr]) -> pl.Expr:
        """The number as Int64 parts; null if it is empty."""
        import polars as pl

        return column(self.name).cast(pl.Int64)

    def empty(self, column: Callable[[str], pl.Expr], name: Callable[[str], pl.Expr]) -> pl.Expr:
        """The Int16 index of the field's name, where it is empty."""
        import polars as pl

        return pl.when(column(self.name).is_null()).then(name(self.name))


@frozen(kw_only=True)
class Scored:
    """The score of the row that is picked, and of the one that it is compared with.

    Attributes:
        follow: How rows are read of which one gives the score.
        base: The same for the baseline; None where there is none.
        value: What the score of a row is.
    """

    follow: Reading
    base: Reading | None
    value: Number | Items


@define
class Scores:
    """What was picked, as expressions.

    Attributes:
        day: Int32 day of the row.
        value: Int64 parts of its score; null where it has none.
        empty: Int16 index of the name of the field that leaves it without.
        undecided: Where a row may be the one that is picked, or not.
        base: The same of the baseline; None where there is none.
        flags: ``before``, whether a row lies before the window, ``after``, whether one lies after it, and ``outside``,
            whether one lies in the window but outside the term.
    """

    day: pl.Expr
    value: pl.Expr
    empty: pl.Expr
    undecided: Undecided
    base: Scores | None = None
    flags: dict[str, pl.Expr] = field(factory=dict)


def chance_squared(sd: Fraction, reliability: Fraction, z: Fraction) -> Fraction:
    """The square of the change that chance alone would not exceed.

    That change is z times the standard error of a difference: sd x sqrt(2) x sqrt(1 - reliability).

    Example:
        >>> chance_squared(Fraction("7.5"), Fraction("0.80"), Fraction("1.96"))
        Fraction(21609, 250)
    """
    return z**2 * sd**2 * 2 * (1 - reliability)


def least_beyond(square: Fraction, parts: int) -> int:
    """The least whole number of parts whose square is above that of so many ones.

    Example:
        >>> least_beyond(Fraction(21609, 250), 1), least_beyond(Fraction(9), 1)
        (10, 4)
    """
    return math.isqrt(math.floor(square * parts**2)) + 1


def rooted(square: Fraction, places: int = 4) -> Fraction:
    """The square root to so many decimals, a half going up, by whole numbers alone.

    Example:
        >>> rooted(Fraction(21609, 250))
        Fraction(92971, 10000)
    """
    return Fraction((math.isqrt(math.floor(4 * square * 100**places)) + 1) // 2, 10**places)
