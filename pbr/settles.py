"""The day on which the figure of a group is fixed, and lengths of time that end with a period."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen

from pbr.calendar import Duration, date_of, parse_date

if TYPE_CHECKING:
    import datetime as dt

    from pbr.calendar import Date

SETTLES_FORMS = ("2026-09-30", "period_end", "period_end + 18 months")
"""How the day is written on which a figure is fixed."""
_SETTLES = re.compile(r"period_end(?: ?\+ ?([0-9]{1,4} [a-z]+))?")


@frozen
class Settles:
    """A day, or a time after the last day of a period.

    Attributes:
        fixed: The day, if it is one.
        later: How long after the end of the period, if not.
    """

    fixed: dt.date | None
    later: Duration

    @classmethod
    def parse(cls, text: str) -> Settles | None:
        """A day to settle written like one of ``SETTLES_FORMS``, or None.

        Example:
            >>> import datetime as dt
            >>> str(Settles.parse("period_end + 18 months").day(dt.date(2025, 3, 31)))
            '2026-09-30'
        """
        words = " ".join(text.split())
        day = parse_date(words)
        if day is not None:
            return cls(day, Duration(0, "days"))
        found = _SETTLES.fullmatch(words)
        if found is None:
            return None
        later = Duration.parse(found[1]) if found[1] else Duration(0, "days")
        return None if later is None else cls(None, later)

    def day(self, period_end: dt.date) -> Date:
        """The day for a period that ends on a day."""
        return self.later.after(period_end) if self.fixed is None else date_of(self.fixed)


DRAWN_FORMS = ("period_start", "period_start + 14 days", "period_end - 28 days")
"""How the day is written on which a frame is drawn."""
_DRAWN = re.compile(r"period_(start|end)(?: ?([+-]) ?([0-9]{1,4} [a-z]+))?")


@frozen
class Drawn:
    """A day before or after the first or the last of a period.

    Attributes:
        of_start: Whether it is counted from the first day of the period, not from its last.
        earlier: Whether it lies before that.
        apart: How far it is from it.
    """

    of_start: bool
    earlier: bool
    apart: Duration

    @classmethod
    def parse(cls, text: str) -> Drawn | None:
        """A day written like one of ``DRAWN_FORMS``, or None.

        Example:
            >>> import datetime as dt
            >>> period = dt.date(2025, 4, 1), dt.date(2025, 6, 30)
            >>> [str(Drawn.parse(text).day(*period)) for text in DRAWN_FORMS]
            ['2025-04-01', '2025-04-15', '2025-06-02']
        """
        found = _DRAWN.fullmatch(" ".join(text.split()))
        if found is None:
            return None
        apart = Duration.parse(found[3]) if found[3] else Duration(0, "days")
        return None if apart is None else cls(found[1] == "start", found[2] == "-", apart)

    def day(self, first: dt.date, last: dt.date) -> Date:
        """The day for a period.

        Args:
            first: The first day of the period.
            last: Its last.
        """
        day = date_of(first if self.of_start else last)
        if not self.earlier:
            return self.apart.after(day)
        return day.subtract(months=self.apart.months) if self.apart.days is None else day.subtract(days=self.apart.days)


def first_of(length: Duration, last: dt.date) -> Date:
    """The first day of a length of time that ends with a day: 12 months to 31 March begin on 1 April.

    Example:
        >>> import datetime as dt
        >>> str(first_of(Duration(12, "months"), dt.date(2026, 3, 31)))
        '2025-04-01'
    """
    after = date_of(last).add(days=1)
    if length.days is not None:
        return after.subtract(days=length.days)
    return after.subtract(months=length.months)
