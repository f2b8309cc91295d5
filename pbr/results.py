"""Results of earlier outcomes as conditions read them: whether one is met, its date, its value; and what is in doubt.

A result that is not known yet is unknown, not empty. A condition that it leaves undecided takes after it: pending while
it is pending, unknown if it is unknown, not met if all that is wanting is the date or value of what was not achieved.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pbr.condition import FieldRef, Kind, ValueType, to_doubt
from pbr.facts import REASON_CODE, state_code
from pbr.problem import STATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from fractions import Fraction

    import polars as pl

    from pbr.condition import ChildRef, Condition

MOST_PLACES = 9

_DOUBTS = ("met", "part_not_met", "part_unknown", "missing_field", "part_pending")
"""The reason each doubt gives, the weaker first; the first of them is none."""
NOT_MET, UNKNOWN, EMPTY, PENDING = range(1, 5)
_OF_STATE = {"not_met": NOT_MET, "excluded": NOT_MET, "unknown": UNKNOWN, "not_assessable": UNKNOWN, "pending": PENDING}


def parts_of(values: Iterable[Fraction | None]) -> int:
    """How many parts make one, so that every value is whole in them: a power of ten where their decimals end."""
    found = [value for value in values if value is not None]
    places = places_of(found)
    return math.lcm(*(value.denominator for value in found)) if places is None else 10**places


def places_of(values: Iterable[Fraction | None]) -> int | None:
    """Decimal places that write every value exactly, or None where there are none, or more than can be held."""
    found = [value for value in values if value is not None]
    for places in range(MOST_PLACES + 1):
        if all((value * 10**places).denominator == 1 for value in found):
            return places
    return None


def result_types(outcome: str, value: ValueType | None) -> dict[str, ValueType]:
    """The results of an outcome by the names they have in conditions; ``value`` is the type of its value, if any."""
    met, date = ValueType(kind=Kind.YES_NO), ValueType(kind=Kind.DATE)
    found = {f"{outcome}.met": met, f"{outcome}.date": date}
    return found if value is None else found | {f"{outcome}.value": value}


def result(name: str) -> pl.Expr:
    """A result over a frame in which its outcome has been decided: Boolean, Date or a scaled Int64; null if not known.

    Args:
        name: Its name in conditions, such as ``job.met``.
    """
    import polars as pl

    outcome, _, part = name.partition(".")
    if part == "date":
        return pl.col(f"{outcome}.date").cast(pl.Date)
    if part == "value":
        return pl.col(f"{outcome}.value")
    state = pl.col(f"{outcome}.state")
    met = pl.when(state == state_code("met")).then(pl.lit(value=True))
    never = (state == state_code("not_met")) | (state == state_code("excluded"))
    return met.when(never).then(pl.lit(value=False))


def doubt_of(
    condition: Condition,
    column: Callable[[FieldRef], pl.Expr],
    doubt: Callable[[FieldRef], pl.Expr],
    child: Callable[[ChildRef], pl.Expr] | None = None,
    own: Callable[[FieldRef], pl.Expr] | None = None,
) -> pl.Expr:
    """How strong the strongest doubt is that leaves a condition undecided (UInt8); null where it is decided.

    Args:
        condition: The condition.
        column: The expression of a field, as for ``to_polars``.
        doubt: The expression of the doubt there is about the outcome whose result a field is.
        child: The expression of what is asked of a child table.
        own: The expression of a field of the row that asks, for results that a question reads.
    """
    import polars as pl

    def of_field(ref: FieldRef) -> pl.Expr:
        return doubt(ref) if ref.outcome else pl.lit(EMPTY, dtype=pl.UInt8)

    def of_child(ref: ChildRef) -> pl.Expr:
        results = [one for one in ref.outside if one.outcome]
        if own is None or not results:
            return pl.lit(EMPTY, dtype=pl.UInt8)
        theirs = [pl.when(own(one).is_null()).then(of_field(one)) for one in results]
        return pl.coalesce(pl.max_horizontal(theirs), pl.lit(EMPTY, dtype=pl.UInt8))

    return to_doubt(condition, column, of_field, child, of_child)


def doubt_about(outcome: str) -> pl.Expr:
    """The doubt about an outcome (UInt8), over a frame in which it has been decided; never null.

    One that is met leaves a condition undecided only by a day that is out of the calendar, which is as good as empty.
    """
    import polars as pl

    codes = [_OF_STATE.get(name, EMPTY) for name in STATES]
    return pl.lit(pl.Series(codes, dtype=pl.UInt8)).gather(pl.col(f"{outcome}.state"))


def reason_of(doubt: pl.Expr) -> pl.Expr:
    """The reason (UInt8) that a doubt gives."""
    import polars as pl

    return pl.lit(pl.Series([REASON_CODE[name] for name in _DOUBTS], dtype=pl.UInt8)).gather(doubt)
