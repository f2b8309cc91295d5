"""Payment kind ``bands``: places that achievements fill in an order, each band of them at its price."""

from __future__ import annotations

import enum
import math
from typing import TYPE_CHECKING, ClassVar

from attrs import evolve, frozen

from pbr.calendar import Duration  # noqa: TC001  # cattrs reads the annotations
from pbr.instalments import ONE_PART, Instalments, OddPence
from pbr.lines import MOST, ORDER, running_before
from pbr.priced import PRICED_ON, FallsIn, lines_of
from pbr.proof import Step, parse_step

if TYPE_CHECKING:
    import polars as pl

    from pbr.lines import Filling, Paying

BAND = "_by._band"
"""Column of the Int16 place of a band, the first of the keys by which a price is looked up."""
STOOD = "_stood"
"""Column of the day by which an achievement has its place, where that of what was undone is kept."""
UNDONE = "_undone"
"""Boolean column of what holds a place and is not paid."""


class PlaceOrder(enum.Enum):
    """The order in which places are filled."""

    ACHIEVED = "achieved"
    KNOWN = "known"


class PlaceOfUndone(enum.Enum):
    """What becomes of the place of an achievement that has been undone."""

    REFILLED = "refilled"
    KEPT = "kept"


class EachAt(enum.Enum):
    """The band whose price an achievement is paid at."""

    ITS_BAND = "its band"
    REACHED = "the band reached"


@frozen(kw_only=True)
class Bands:
    """Achievements fill places one after another, and each is paid at the price of the band that its place lies in.

    Meaning:
        Each time the outcome is met it takes the next place, and the price of the band of that place is paid; beyond
        the last band nothing is, and that is shown.

    Terms:
        pays_for: text. An outcome on one subject that is met once, or once for each word or block.
        bands: for each step of places, such as ``1 to 2000`` or ``4001 or more``, money or the name of a value, by
            anything that the price of a tariff may be by; places count from 1, and each lies in one step.
        fill: list of ``provider``, groupings, text fields, the field under ``once_per`` and at most one period: who
            have places of their own; default none, and then all fill the same places. Places are of the whole term
            unless a period is named, and a period is that of the day of the achievement.
        order: ``achieved``: by its day, then by participant, or ``known``: by the day on which it was known, then the
            same; default ``achieved``.
        place_of_undone: ``refilled``: what is undone gives up its place, and those after it move up, or ``kept``: its
            place stays taken, and is not paid; default ``refilled``.
        each_at: ``its band`` or ``the band reached``: that of the last place filled, for all; default ``its band``.
        to: name of a grouping whose labels are ids of providers: who is paid; default the provider at the start.
        price_on: ``achieved``, ``start``, ``known``, ``contract_to``, or the name of an outcome: the day whose price
            holds; default ``achieved``.
        falls_in: ``achieved``, ``known`` or ``due``: the day that decides the period and the cap; default ``achieved``.
        due: text such as ``15 working days after achieved``: when it is to be paid; default none.
        times: list of numbers, ratios or names of values that the price is multiplied by; default none.
        share: name of a value by the field under ``once_per``: what share of the price each of its words bears, to 100%
            together; default none.
        instalments: whole number of equal parts, or list of shares that add up to 1; default ``1``.
        every: duration between instalments, the first on the day itself; default none, and then all on one day.
        odd_pence: ``first`` or ``last``: the instalment that bears what rounding leaves; default ``last``.
        takes: ``yes`` if the payment takes money instead of giving it; default ``no``.

    Worked example:
        >>> Bands(pays_for="started", bands={"1 to 2000": "995.00", "2001 to 4000": "979.00"}).places
        ((1, 2000), (2001, 4000))

    Edge of the rule:
        With bands of 2,000, the 2,000th is paid at the first price and the 2,001st at the second; ``0 to 2000`` would
        hold 2,001 places, and is refused.

    Source:
        docs/explanation/rules.md, rules 18, 20, 21, 23, 24 and 25.
    """

    kind: str = "bands"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    pays_for: str
    bands: dict[str, str]
    fill: tuple[str, ...] = ()
    order: PlaceOrder = PlaceOrder.ACHIEVED
    place_of_undone: PlaceOfUndone = PlaceOfUndone.REFILLED
    each_at: EachAt = EachAt.ITS_BAND
    to: str | None = None
    price_on: str = "achieved"
    falls_in: FallsIn = FallsIn.ACHIEVED
    due: str | None = None
    times: tuple[str, ...] = ()
    share: str | None = None
    instalments: Instalments = ONE_PART
    every: Duration | None = None
    odd_pence: OddPence = OddPence.LAST
    takes: str = "no"
    price: ClassVar[str] = ""

    def reads(self) -> tuple[str, ...]:
        """The names of outcomes and figures that may say whether and how often it is paid."""
        return (self.pays_for, *self.factors)

    @property
    def factors(self) -> tuple[str, ...]:
        """What the price is multiplied by, as written."""
        return self.times if self.share is None else (*self.times, self.share)

    @property
    def priced_by(self) -> str | None:
        """The outcome on whose day the price is looked up, if it is another."""
        return None if self.price_on in PRICED_ON else self.price_on

    @property
    def steps(self) -> tuple[Step | None, ...]:
        """The steps of places in the order of the file; None for one that cannot be read."""
        return tuple(map(parse_step, self.bands))

    @property
    def places(self) -> tuple[tuple[int, int | None], ...]:
        """The first and the last place of each band that can be read; None for a last one that there is not."""
        return tuple(ends_of(step) for step in self.steps if step is not None)

    @property
    def most(self) -> int | None:
        """The last place there is; None where there is no end."""
        lasts = [last for _, last in self.places]
        return None if None in lasts else max((last for last in lasts if last is not None), default=0)

    def lines(self, achieved: pl.LazyFrame, at: Paying, places: pl.DataFrame | None = None) -> pl.LazyFrame:
        """Lines for each time the outcome is met, with the place that each takes.

        Args:
            achieved: As for a tariff, with the columns that say whose places it fills; where places are kept
                ``_undone`` too, and ``_stood``, the day by which each has its place.
            at: What it needs to know.
            places: The place of each, from ``places_of``; None where all that was achieved is here.

        Returns:
            The columns of ``pbr.lines``, and ``nth`` (Int64) and ``nth_of`` (String), the place and whose it is.
        """
        import polars as pl

        whole = achieved.collect()
        taken = self.places_of(self.waiting(whole, at), at) if places is None else places
        found = self._placed(whole, at, taken).lazy()
        if self.place_of_undone is PlaceOfUndone.KEPT:
            found = found.filter(~pl.col(UNDONE))
        cell = at.table.cell(pl.col("priced"))
        unit = pl.when(pl.col(BAND).is_null()).then(0).otherwise(at.table.minor(pl.col("cell")))
        priced = found.with_columns(cell=cell).with_columns(unit=unit)
        return lines_of(priced, self, evolve(at, carry=(*at.carry, "nth", "nth_of")))

    def waiting(self, achieved: pl.DataFrame, at: Paying) -> pl.DataFrame:
        """What decides which place each takes: ``subject``, ``occurrence``, whose places, and what orders them."""
        import polars as pl

        day = self._day
        columns = [each.column(day).alias(key) for each, key in zip(at.fill, _keys(at), strict=False)]
        made = columns or [pl.lit(0, dtype=pl.Int8).alias("_fill")]
        return achieved.with_columns(made).select(
            *dict.fromkeys(["subject", "occurrence", *_keys(at), *self._order(achieved.columns)])
        )

    @property
    def _day(self) -> str:
        return STOOD if self.place_of_undone is PlaceOfUndone.KEPT else "day"

    def _order(self, columns: list[str]) -> list[str]:
        """The columns of the order in which places are taken."""
        others = [name for name in ORDER if name in columns and name != "day"]
        return [*(["known"] if self.order is PlaceOrder.KNOWN else []), self._day, *others]

    def places_of(self, waiting: pl.DataFrame, at: Paying) -> pl.DataFrame:
        """The place that each achievement takes, and the last that is taken: ``nth`` and ``_reached`` (Int64).

        Args:
            waiting: What ``waiting`` gives of all achievements, in any order.
            at: What the payment needs to know.
        """
        import polars as pl

        keys = _keys(at)
        found = waiting.sort(*keys, *self._order(waiting.columns)).with_columns(pl.lit(1, dtype=pl.Int64).alias("_one"))
        found = found.with_columns(running_before(found, keys, "_one").cast(pl.Int64).alias("nth") + 1)
        ends = found.group_by(keys).agg(pl.col("nth").max().alias("_reached"))
        return found.join(ends, on=keys, how="left", nulls_equal=True).select(
            "subject", "occurrence", "nth", "_reached"
        )

    def _placed(self, achieved: pl.DataFrame, at: Paying, places: pl.DataFrame) -> pl.DataFrame:
        """What was achieved with its place (``nth``), whose places these are, and the band that it is paid at."""
        import polars as pl

        columns = [each.column(self._day).alias(key) for each, key in zip(at.fill, _keys(at), strict=False)]
        found = achieved.with_columns(columns).with_columns(_named(at.fill, _keys(at)).alias("nth_of"))
        found = found.join(places, on=["subject", "occurrence"], how="left", maintain_order="left")
        band = self._band(found["nth"])
        if self.each_at is EachAt.REACHED:
            reached = found["_reached"].clip(upper_bound=self.most)
            band = pl.select(pl.when(band.is_not_null()).then(self._band(reached))).to_series()
        return found.with_columns(band.alias(BAND))

    def _band(self, nth: pl.Series) -> pl.Series:
        """The Int16 place of the band that each place lies in; null beyond the last."""
        import polars as pl

        rising = sorted(range(len(self.places)), key=lambda place: self.places[place][0])
        starts = pl.Series([self.places[place][0] for place in rising], dtype=pl.Int64)
        held = starts.search_sorted(nth, side="right").cast(pl.Int64) - 1
        band = pl.Series(rising, dtype=pl.Int16).gather(held)
        return pl.select(pl.when(nth <= (MOST if self.most is None else self.most)).then(band)).to_series()


def _keys(at: Paying) -> list[str]:
    """Columns of what tells apart whose places are filled."""
    return [f"_fill{place}" for place in range(len(at.fill))] or ["_fill"]


def ends_of(step: Step) -> tuple[int, int | None]:
    """The first and the last whole number of a step, from 1 where it says no low end.

    Example:
        >>> ends_of(parse_step("over 2000 to 4000")), ends_of(parse_step("under 3")), ends_of(parse_step("5 or more"))
        ((2001, 4000), (1, 2), (5, None))
    """
    first = 1
    if step.low is not None:
        first = math.ceil(step.low) if step.low_in else math.floor(step.low) + 1
    if step.high is None:
        return first, None
    return first, math.floor(step.high) if step.high_in else math.ceil(step.high) - 1


def _named(fill: tuple[Filling, ...], keys: list[str]) -> pl.Expr:
    """Whose places they are, in words such as ``provider north, milestone started``; ``all`` for everybody's."""
    import polars as pl

    if not fill:
        return pl.lit("all")
    words = [pl.concat_str(pl.lit(f"{each.word} "), each.label(key)) for each, key in zip(fill, keys, strict=True)]
    return pl.concat_str(words, separator=", ")
