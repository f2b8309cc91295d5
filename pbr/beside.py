"""The most for one subject where each payment has at most one line of each: what payments give, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from pbr.lines import MOST, PLACE

if TYPE_CHECKING:
    import polars as pl

    from pbr.lines import Adjusting

CUT: Final = ("_row", "net", "_paid", "_limit", "_left")
"""Of a line that is cut its place, what there is, what is ``_paid`` of it, the limit, and what was left of that."""


@frozen(kw_only=True)
class Beside:
    """What each payment gives each subject, and how much may be paid for one.

    Attributes:
        lines: For each payment that gives anything, by its place, the lines under the cap: ``_row`` (UInt32, the place
            of the line), ``PLACE`` and ``net``.
        given: For the same payments what they give (Int64), at the place of each subject; 0 where that is nothing.
        limits: The limit of each subject (Int64); null for one without a line.
    """

    lines: dict[int, pl.DataFrame]
    given: dict[int, pl.Series]
    limits: pl.Series


def beside(lines: pl.DataFrame, at: Adjusting) -> Beside | None:
    """Lay the lines under a cap of one subject side by side; None where sums by subject must tell.

    That a payment has two lines of one subject is seen by what is missing from what it gives: each line is above 0.
    """
    import polars as pl

    if not at.of_one or PLACE not in lines.columns or int(lines["net"].max() or 0) * lines.height > MOST:  # type: ignore[arg-type]
        return None
    chosen = lines.lazy().with_row_index("_row").filter(at.chosen(), pl.col("net") > 0)
    limit = at.table.minor(at.table.cell(pl.col("day"))).alias("_limit")
    mine = chosen.select("_row", PLACE, "payment", "net", limit).collect()
    if not mine["payment"].is_sorted():
        mine = mine.sort("payment")
    if mine[PLACE].null_count() or mine["_limit"].null_count():
        return None
    places = int(mine[PLACE].max() or 0) + 1  # type: ignore[arg-type]
    limits = pl.repeat(None, places, dtype=pl.Int64, eager=True).scatter(mine[PLACE], mine["_limit"])
    if mine["_limit"].min() != mine["_limit"].max() and (limits.gather(mine[PLACE]) != mine["_limit"]).any():
        return None
    found = Beside(lines={}, given={}, limits=limits)
    for payment in sorted(at.on):
        first, end = (mine["payment"].search_sorted(payment, side) for side in ("left", "right"))
        its = mine.slice(first, end - first).select("_row", PLACE, "net")
        if its.is_empty():
            continue
        given = pl.zeros(places, pl.Int64, eager=True).scatter(its[PLACE], its["net"])
        if given.sum() != its["net"].sum():
            return None
        found.lines[payment], found.given[payment] = its, given
    return found


def rows_above(found: Beside) -> pl.Series:
    """The places of the lines of subjects who come to more than their limit."""
    import polars as pl

    total = pl.zeros(found.limits.len(), pl.Int64, eager=True)
    for given in found.given.values():
        total = total + given
    above = total > found.limits
    rows = [its.filter(above.gather(its[PLACE]))["_row"] for its in found.lines.values()]
    return pl.concat([pl.Series("_row", dtype=pl.UInt32), *rows])


def cut_in_order(found: Beside, at: Adjusting, *, refuse: bool) -> pl.DataFrame | None:
    """The lines that are cut, where payments alone put those of a subject in order: the columns of ``CUT``.

    Args:
        found: What each payment gives.
        at: What the cap needs to know.
        refuse: Whether the line that crosses it is not paid at all.

    Returns:
        None where two payments have the same rank, so that days must tell.
    """
    import polars as pl

    ranks = {payment: at.ranks.index(payment) if payment in at.ranks else len(at.ranks) for payment in found.given}
    if len(set(ranks.values())) < len(ranks):
        return None
    nothing = pl.lit(0, dtype=pl.Int64)
    paid = nothing if refuse else pl.col("_left")  # a line that is cut comes to more than is left
    left = pl.when(pl.col("_left") > 0).then("_left").otherwise(nothing)
    room, cuts = found.limits, [pl.DataFrame(schema={"_row": pl.UInt32, **dict.fromkeys(CUT[1:], pl.Int64)})]
    for payment in sorted(ranks, key=ranks.__getitem__):
        its = found.lines[payment]
        seen = its.lazy().with_columns(_left=room.gather(its[PLACE]), _limit=found.limits.gather(its[PLACE]))
        cut = seen.filter(pl.col("net") > pl.col("_left")).with_columns(_left=left).with_columns(_paid=paid)
        cuts.append(cut.select(CUT).collect())
        room = room - found.given[payment]
    return pl.concat(cuts)
