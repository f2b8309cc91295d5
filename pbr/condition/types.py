"""The types a field or an expression has, and the names a condition may use."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from attrs import field, frozen

from pbr.money import Rounding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.calendar import Term

SHARE_PLACES = 6


class Kind(enum.Enum):
    """What a value is, for comparison: like is compared with like."""

    ID = "id"
    TEXT = "text"
    WHOLE_ID = "whole id"
    YES_NO = "yes or no"
    NUMBER = "number"
    MONEY = "money"
    SHARE = "share"
    POINTS = "percentage points"
    DATE = "date"


FIGURES = frozenset({Kind.NUMBER, Kind.MONEY, Kind.SHARE, Kind.POINTS})
"""Kinds that are reckoned with."""


@frozen(kw_only=True)
class ValueType:
    """The type of a field as a condition sees it.

    Attributes:
        kind: What it is.
        places: Decimal places of the whole number held in a frame: a value v is held as v * 10**places.
        one_of: The only words a text may hold, or empty.
        sensitive: Whether its value may be shown.
    """

    kind: Kind
    places: int = 0
    one_of: tuple[str, ...] = ()
    sensitive: bool = False


@frozen(kw_only=True)
class Scope:
    """The names a condition or a formula may use, by where they stand.

    A name is a key as it stands: a result of an earlier outcome is a field named ``job.met``, ``job.date`` or
    ``job.value`` of the row that belongs to the subject.

    Attributes:
        row: Fields of the row itself.
        parent: Fields of the parent's row (the cohort's), or empty when the row is the cohort's own.
        defines: Texts of the definitions, which are put in bracketed.
        leap_birthday: Month and day on which somebody born on 29 February is a year older in a common year.
        children: Fields of the tables whose rows belong to the row, by table.
        term: The term of the contract, for ``contract_year``; None where it is not known.
        rounding: How ``round`` treats a half, in formulas.
        results: What the bare name of an outcome stands for: ``job.met``, or ``points.value`` for one with a value.
        later: Outcomes that are decided only after what is read here, and so cannot be read.
        pooled: Outcomes of groups, which have no result for one subject.
        of_one: Outcomes on one subject, which a formula of groups cannot read.
        what: What the names are of, in messages.
        lost: Names whose own faults are reported already; nothing is said of who uses them, and nothing can be read.
    """

    row: Mapping[str, ValueType]
    parent: Mapping[str, ValueType] = field(factory=dict)
    defines: Mapping[str, str] = field(factory=dict)
    leap_birthday: tuple[int, int] = (3, 1)
    children: Mapping[str, Mapping[str, ValueType]] = field(factory=dict)
    term: Term | None = None
    rounding: Rounding = Rounding.HALF_UP
    results: Mapping[str, str] = field(factory=dict)
    later: frozenset[str] = frozenset()
    pooled: frozenset[str] = frozenset()
    of_one: frozenset[str] = frozenset()
    what: str = "this row"
    lost: frozenset[str] = frozenset()
