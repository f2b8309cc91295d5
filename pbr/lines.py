"""Lines of money as a frame: exact rounding, and running sums in a full order.

A frame of lines has one row per payment line, in Int64 minor units: ``payment`` and ``outcome`` (UInt16, places in the
contract's order; no outcome for a fee), ``subject`` (none for a fee), ``provider`` (Int16, place among the ids in
order), ``occurrence`` (String, "1" unless an outcome is met more than once), ``instalment`` (Int64), ``day`` (Int32,
earned on), ``owed`` (Int32, the same but for a later instalment, or one that is taken back, whose own day it is),
``known`` (Int32, by when it could be known), ``falls`` (Int32, the day that decides period and cap), ``due`` (Int32,
to be paid on, or null), ``priced`` (Int32), ``cell`` (UInt32, of the price table), ``quantity``, ``parts`` and
``unit`` (Int64, how many are paid, in how many parts of one, and the price of one), ``amount`` (what the payment
gives) and ``net`` (what is left after the adjustments so far). A row that an adjustment made for a group of lines has
its place as ``origin`` (Int16), and no payment. A part of a line that was split has the place of the adjustment as
``split`` (Int16) and that of the line's provider as ``of`` (Int16); its own ``provider`` is who is paid. Products and
sums are taken in Int128; one that 64 bits cannot hold is an error.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Protocol

from attrs import frozen

from pbr.days import due_days
from pbr.money import Rounding

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from pbr.calendar import Due
    from pbr.table import Table

ORDER = ("day", "subject", "provider", "outcome", "payment", "occurrence", "instalment")
"""The full order of lines: achieved, subject, provider, outcome and payment as in the file (rule 23), then the part."""
_LABELS = ("_by.", "_field.", "period.")
PLACE = "_at"
"""Place of a line's subject among all (UInt32), while a cap of one subject will ask for it; null where it has none."""
DAYS = ("day", "owed", "falls", "known")
"""The days of a line that its groups have the latest of."""
BROUGHT = "brought forward"
"""What tells the row of a group for what an earlier period left from another of the period."""
MOST_DAYS = 2**31 - 1
MOST = 2**63 - 1
"""The largest amount or sum in minor units that a column can hold."""
MOST_EXACT = 2**126
"""The largest number that a product of 128 bits can hold, twice."""


@frozen(kw_only=True)
class Paying:
    """What a payment needs to know to write its lines.

    Attributes:
        payment: Its place in the contract's order.
        outcome: Place of the outcome it pays for, or None.
        name: Name of that outcome, or "".
        table: Its price.
        carry: Columns of the decisions that adjustments will ask for.
        parts: How many parts make one of the outcome's value, which says how many are paid; None where one is.
        pooled: Whether the outcome is of groups.
        payee: Column of the place of the provider that is paid, where it is not the one at the start.
        word: Field of which each occurrence is a word, and its words, if the price may be by it.
        times: What the price is multiplied by.
        factors: Outcomes of groups that it is multiplied by too, of the group that is paid or one around it.
        due: When its lines are to be paid.
        working: Working days from the first day there can be, if they are counted.
        periods: First days of the statement periods, and the last day of the term.
        as_at: The day up to which it is owed.
        days: Days of the instalments of a fee.
        priced: Day whose figures a fee has, if that is not the day of its first instalment.
        until: Place of the payment that a fee is on account of, or None.
        providers: Places of the providers that a fee is for.
        fill: Who have places of their own, where achievements fill places.
        rounding: The contract's rounding.
    """

    payment: int
    outcome: int | None
    name: str
    table: Table
    carry: tuple[str, ...]
    parts: int | None = None
    pooled: bool = False
    payee: str | None = None
    word: tuple[str, tuple[str, ...]] | None = None
    times: tuple[Table, ...] = ()
    factors: tuple[str, ...] = ()
    due: Due | None = None
    working: tuple[int, ...] = ()
    periods: tuple[int, ...] = ()
    as_at: int = MOST_DAYS
    days: tuple[int, ...] = ()
    priced: int | None = None
    until: int | None = None
    providers: tuple[int, ...] = ()
    fill: tuple[Filling, ...] = ()
    rounding: Rounding = Rounding.HALF_UP

    def falls_and_due(self, falls_in: str, days: Mapping[str, pl.Expr]) -> tuple[pl.Expr, pl.Expr]:
        """The Int32 day that decides the period of each line, and that on which it is to be paid.

        Args:
            falls_in: ``achieved``, ``known`` or ``due``.
            days: Of each line the day on which it is ``achieved``, or owed, and ``known``.
        """
        falls = days.get(falls_in, days["achieved"])
        due = self.due_day({**days, "falls": falls})
        return (due if falls_in == "due" else falls), due

    def due_day(self, lines: Mapping[str, pl.Expr]) -> pl.Expr:
        """The Int32 day on which each line is to be paid, from its ``achieved``, ``known`` and ``falls`` days."""
        import polars as pl

        if self.due is None:
            return pl.lit(None, dtype=pl.Int32)
        if self.due.after != "period_end":
            return due_days(lines[self.due.after], self.due, self.working)
        ends = [start - 1 for start in self.periods[1:]]
        later = [(lines["falls"] > end).cast(pl.Int64) for end in ends[:-1]]
        place = pl.sum_horizontal([pl.lit(0, dtype=pl.Int64), *later])
        return due_days(pl.lit(pl.Series(ends, dtype=pl.Int32)).gather(place), self.due, self.working)


@frozen(kw_only=True)
class Filling:
    """One word by which places that are filled are told apart.

    Attributes:
        word: As written in the contract.
        key: Column of what an achievement has of it; "" of a period.
        labels: The names of the places of labels that the column holds, or of the periods; None where it holds names.
        starts: First days of the periods.
    """

    word: str
    key: str = ""
    labels: tuple[str, ...] | None = None
    starts: tuple[int, ...] = ()

    def column(self, day: str) -> pl.Expr:
        """What tells places apart: a place of a label or of the period of a day, or a name."""
        import polars as pl

        if self.key:
            return pl.col(self.key)
        later = [(pl.col(day) >= start).cast(pl.Int16) for start in self.starts[1:]]
        return pl.sum_horizontal([pl.lit(0, dtype=pl.Int16), *later])

    def label(self, column: str) -> pl.Expr:
        """The name of what a column made so holds (String)."""
        import polars as pl

        if self.labels is None:
            return pl.col(column).cast(pl.String)
        return pl.lit(pl.Series(self.labels, dtype=pl.String)).gather(pl.col(column))


class Only(enum.Enum):
    """Lines above or below nothing."""

    GAINS = "gains"
    TAKES = "takes"


@frozen
class Order:
    """The order in which lines use up a cap.

    Attributes:
        texts: ``achieved``, ``known``, or payments, the first before the others.
    """

    texts: tuple[str, ...] = ("achieved",)

    @property
    def payments(self) -> tuple[str, ...]:
        """The payments that are named, the first before the others."""
        return () if self.texts in {("achieved",), ("known",)} else self.texts

    @property
    def by_known(self) -> bool:
        """Whether lines are taken by the day on which they were known."""
        return self.texts == ("known",)


@frozen(kw_only=True)
class Found:
    """What the groups of an outcome came to, each at its place.

    Attributes:
        above: Numerator of its figure; 0 where it is not met, so that nothing is paid.
        below: Denominator; 1 where it is not met.
        known: Day on which it was known to be met; None where it is not.
    """

    above: tuple[int, ...] = ()
    below: tuple[int, ...] = ()
    known: tuple[int | None, ...] = ()


@frozen(kw_only=True)
class Adjusting:
    """What an adjustment needs to know to change lines.

    Attributes:
        index: Its place in the list; it writes the columns ``adj.N``, and a cap ``limit.N`` and ``left.N`` too.
        on: Places of the payments it acts on.
        over: Places of earlier adjustments whose rows for groups it acts on: those of the same payments, or of some.
        where: Boolean column it is limited to, or None.
        only: Whether it is limited to lines above or below nothing.
        keys: Columns that make its groups; empty for one group.
        table: Its figure.
        period: Column of the first day of the period in ``keys``, by which a dated figure is looked up.
        starts: First days of those periods.
        names: Their names.
        releases: Days from which what is kept of each of them may be given back; one day where there is no period.
        as_at: The day at whose end the question is asked; nothing is carried to a period that begins later.
        ranks: Places of payments in the order of priority.
        by_known: Whether lines are taken by the day on which they were known.
        one_provider: Place of the only provider there is, or None.
        payees: Of a split, place and label of each provider that is paid.
        result: The outcome of groups that it reads, or None.
        labels: Columns that say, with the day, in which group of that outcome a line is.
        found: What those groups came to, once that is known.
        rounding: The contract's rounding.
    """

    index: int
    on: tuple[int, ...]
    over: tuple[int, ...] = ()
    where: str | None
    only: Only | None = None
    keys: tuple[str, ...]
    table: Table
    period: str | None
    starts: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    releases: tuple[int, ...] = ()
    as_at: int = MOST_DAYS
    ranks: tuple[int, ...] = ()
    by_known: bool = False
    one_provider: int | None = None
    payees: tuple[tuple[int, int], ...] = ()
    result: str | None = None
    labels: tuple[str, ...] = ()
    found: Found | None = None
    rounding: Rounding

    @property
    def of_one(self) -> bool:
        """Whether each of its groups is one subject."""
        return self.keys == ("subject",)

    def chosen(self) -> pl.Expr:
        """Whether a line is acted on."""
        import polars as pl

        mask = pl.col("payment").is_in(list(self.on))
        if self.over:
            mask = mask.fill_null(value=False) | (pl.col("payment").is_null() & pl.col("origin").is_in(list(self.over)))
        for key in dict.fromkeys(
            (*self.keys, *self.table.by, *self.labels)
        ):  # a fee is of no subject, so in no group of subjects
            mask = mask & pl.col(key).is_not_null()
        if self.only is not None:
            mask = mask & (pl.col("net") > 0 if self.only is Only.GAINS else pl.col("net") < 0)
        mask = mask if self.where is None else mask & pl.col(self.where)
        return mask.fill_null(value=False)

    @property
    def group(self) -> str:
        """Column of the place (Int32) of the group of its outcome in which a line is."""
        return f"group.{self.index}"

    def ratio(self, day: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
        """Int64 numerator and denominator of its figure for each line: of its table by a day, or of its outcome."""
        import polars as pl

        if self.found is None:
            return self.table.ratio(self.table.cell(day))
        above, below = (pl.Series(each, dtype=pl.Int64) for each in (self.found.above, self.found.below))
        return pl.lit(above).gather(pl.col(self.group)), pl.lit(below).gather(pl.col(self.group))

    def rank(self) -> pl.Expr:
        """Place of a line's payment in the order of priority (Int64); those not named come last."""
        import polars as pl

        if not self.ranks:
            return pl.lit(0, dtype=pl.Int64)
        places = {payment: place for place, payment in enumerate(self.ranks)}
        return pl.col("payment").replace_strict(places, default=len(places), return_dtype=pl.Int64)


def order_of(lines: pl.DataFrame) -> list[str]:
    """The columns of the full order of lines: lines of groups of one day are told apart by maker and labels."""
    labels = sorted(name for name in lines.columns if name.startswith(_LABELS))
    return [*ORDER, "origin", *(name for name in ("of",) if name in lines.columns), *labels]


def labels_of(at: Adjusting) -> list[pl.Expr]:
    """The columns by which a figure is looked up, for a group of lines, which all have the same."""
    import polars as pl

    names = [*at.table.by, *at.labels, *([at.group] if at.found else [])]
    return [pl.col(name).first() for name in dict.fromkeys(names) if name not in at.keys]


class Together(Protocol):
    """A kind of adjustment that makes rows for groups of lines, from what these come to."""

    def made(self, sums: pl.DataFrame, lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
        """The rows for groups.

        Args:
            sums: What the lines of each group come to, as ``sums_of`` gives it.
            lines: The lines so far. Only their columns matter, unless groups are of one subject.
            at: What it needs to know.

        Raises:
            AmountTooLargeError: A sum or an amount that 64 bits cannot hold.
        """


def sums_of(lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
    """What the lines of each group come to: its keys, ``_sum`` (Int128), the latest of its days, what figures are by.

    Args:
        lines: The lines so far, or some of them.
        at: The adjustment.
    """
    import polars as pl

    days = [pl.col(day).max() for day in DAYS]
    whole = pl.col("net").cast(pl.Int128).sum().alias("_sum")
    return lines.filter(at.chosen()).group_by(list(at.keys)).agg(whole, *days, *labels_of(at))


def added_up(sums: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
    """The sums of groups whose lines lie in several places: one row for each group, whatever the order of the parts."""
    import polars as pl

    days = [pl.col(day).max() for day in DAYS]
    others = [pl.col(name).first() for name in sums.columns if name not in {*at.keys, "_sum", *DAYS}]
    return sums.group_by(list(at.keys)).agg(pl.col("_sum").sum(), *days, *others).select(sums.columns)


def narrow(sums: pl.DataFrame) -> pl.DataFrame:
    """Sums of groups as Int64.

    Raises:
        AmountTooLargeError: One that 64 bits cannot hold.
    """
    import polars as pl

    found = sums.with_columns(pl.col("_sum").cast(pl.Int64, strict=False))
    if found["_sum"].null_count():
        raise AmountTooLargeError
    return found


def with_groups(lines: pl.DataFrame, term: Together, at: Adjusting) -> pl.DataFrame:
    """The lines with ``adj.N``, which is nothing for each of them, and the rows that are made for groups of them."""
    made = term.made(sums_of(lines, at), lines, at)
    return together(unchanged(lines, at), made)


def unchanged(lines: pl.DataFrame, at: Adjusting) -> pl.DataFrame:
    """The lines with an ``adj.N`` of nothing."""
    import polars as pl

    return lines.with_columns(pl.lit(0, dtype=pl.Int64).alias(f"adj.{at.index}"))


def together(lines: pl.DataFrame, *others: pl.DataFrame) -> pl.DataFrame:
    """Lines and rows of groups in one frame."""
    import polars as pl

    return pl.concat([lines, *others], how="diagonal_relaxed")


def new_rows(lines: pl.DataFrame, at: Adjusting, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of money that belong to groups of lines, in the columns of a frame of lines and ``adj.N``.

    Args:
        lines: The lines so far.
        at: The adjustment.
        rows: For each row the columns of its group, ``day``, ``owed``, ``falls`` and ``known`` (Int32), ``amount``
            (Int64), and perhaps ``occurrence`` (String), a word that tells it from another of its group.
    """
    import polars as pl

    if "subject" in rows.columns:  # what is of one subject is asked of a line of it, as of any other
        ends = (*_LABELS[:2], "_where.")
        theirs = [name for name in lines.columns if name.startswith(ends) or name.endswith(".state")]
        theirs = [name for name in ("provider", *theirs) if name not in rows.columns]
        if "provider" in rows.columns:  # a participant may be paid for at several
            theirs = [name for name in theirs if name != "_by.provider"]
        own = lines.filter(at.chosen(), pl.col("subject").is_not_null())
        same = [pl.when(pl.col(name).n_unique() == 1).then(pl.col(name).first()).alias(name) for name in theirs]
        rows = rows.join(own.group_by("subject").agg(same), on="subject", how="left", maintain_order="left")
    elif "provider" not in rows.columns and at.one_provider is not None:
        rows = rows.with_columns(pl.lit(at.one_provider, dtype=pl.Int16).alias("provider"))
    if "provider" in rows.columns and "_by.provider" not in rows.columns:
        rows = rows.with_columns(pl.col("provider").alias("_by.provider"))
    filled = {"origin": at.index, "occurrence": "", "instalment": 1}
    made = []
    for name, kind in [*lines.schema.items(), (f"adj.{at.index}", pl.Int64())]:
        if name == "net":
            made.append(pl.col("amount").alias("net"))
        elif name in rows.columns:
            made.append(pl.col(name).cast(kind))
        elif name in filled:
            made.append(pl.lit(filled[name], dtype=kind).alias(name))
        else:
            made.append(pl.lit(0 if name.startswith("adj.") else None, dtype=kind).alias(name))
    return rows.select(made)


class AmountTooLargeError(Exception):
    """An amount that 64 bits cannot hold."""


def round_ratio(value: pl.Expr, above: pl.Expr, below: pl.Expr, rounding: Rounding) -> pl.Expr:
    """``value * above / below`` rounded once to a whole Int64; exact in between, and null if it does not fit."""
    import polars as pl

    product = value.cast(pl.Int128) * above.cast(pl.Int128)
    sign = pl.when(product < 0).then(-1).otherwise(1).cast(pl.Int128)  # polars cannot negate one row of Int128
    size = product * sign
    below = below.cast(pl.Int128)
    whole = size // below
    twice = (size - whole * below) * 2
    half = twice == below
    if rounding is Rounding.HALF_EVEN:
        half = half & (whole % 2 == 1)
    rounded = whole + ((twice > below) | half).cast(pl.Int128)
    return (rounded * sign).cast(pl.Int64, strict=False)


def running_before(frame: pl.DataFrame, keys: list[str], value: str) -> pl.Series:
    """Sum of ``value`` over the earlier rows of the same group, for a frame sorted by the group's keys first.

    One running sum over the whole frame, less what it was where the row's group began.

    Returns:
        Int128.
    """
    import polars as pl

    begins = pl.any_horizontal([pl.col(key).ne_missing(pl.col(key).shift(1)) for key in keys])
    begins = begins | (pl.int_range(pl.len()) == 0)
    total = pl.col(value).cast(pl.Int128).cum_sum()
    found = frame.select(_before=total - pl.col(value).cast(pl.Int128), _begins=begins)
    base = pl.when(pl.col("_begins")).then(pl.col("_before")).forward_fill()
    return found.select(pl.col("_before") - base).to_series()
