"""Terms of an agreement that are written in words: thresholds, quorums, bounds and moments."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import frozen

from pbr.calendar import parse_date
from pbr.document import Fault, text_of
from pbr.money import parse_ratio, plain
from pbr.problem import short

if TYPE_CHECKING:
    from pbr.document import Plain

_NEED = re.compile(r"(over|at least) (\S+)")
_MOST = re.compile(r"(under|at most) (\S+)")
_QUOTA = re.compile(r"([0-9]{1,9}) voters?|(\S+) of eligible")
_TIME = re.compile(r"([0-9-]{10})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?")
_HOURS, _MINUTES = 24, 60


@frozen
class Need:
    """What share must be reached, such as ``over 50%`` or ``at least 2/3``.

    Attributes:
        share: From 0 to 1.
        over: Whether it must be exceeded; a tie then fails.
    """

    share: Fraction
    over: bool = True

    @classmethod
    def parse(cls, text: str) -> Need | None:
        """Read it, or None.

        Example:
            >>> str(Need.parse("over 50%")), str(Need.parse("at least 2/3")), Need.parse("half")
            ('over 50%', 'at least 2/3', None)
        """
        found = _NEED.fullmatch(text)
        share = parse_ratio(found[2]) if found else None
        if found is None or share is None or not 0 <= share <= 1 or (found[1] == "over" and share == 1):
            return None
        return cls(share, found[1] == "over")

    def passes(self, numerator: Fraction | int, denominator: Fraction | int) -> bool:
        """Whether a share of a whole reaches it; nothing of nothing never does.

        Example:
            >>> half = Need(Fraction(1, 2))
            >>> half.passes(51, 100), half.passes(50, 100), half.passes(0, 0)
            (True, False, False)
        """
        needed = self.share * denominator
        return denominator > 0 and (numerator > needed if self.over else numerator >= needed)

    def __str__(self) -> str:
        """As it is written."""
        return f"{'over' if self.over else 'at least'} {show_share(self.share)}"


HALF = Need(Fraction(1, 2))


@frozen
class Most:
    """What share may not be exceeded, such as ``under 15%`` or ``at most 50%``.

    Attributes:
        share: From 0 to 1.
        under: Whether it may not be reached either.
    """

    share: Fraction
    under: bool = False

    @classmethod
    def parse(cls, text: str) -> Most | None:
        """Read it, or None.

        Example:
            >>> str(Most.parse("under 15%")), str(Most.parse("at most 1/2")), Most.parse("15%")
            ('under 15%', 'at most 50%', None)
        """
        found = _MOST.fullmatch(text)
        share = parse_ratio(found[2]) if found else None
        if found is None or share is None or not 0 <= share <= 1 or (found[1] == "under" and share == 0):
            return None
        return cls(share, found[1] == "under")

    def passes(self, numerator: Fraction | int, denominator: Fraction | int) -> bool:
        """Whether a share of a whole stays within it; nothing of nothing never does.

        Example:
            >>> few = Most(Fraction(15, 100), under=True)
            >>> few.passes(14, 100), few.passes(15, 100), few.passes(0, 0)
            (True, False, False)
        """
        allowed = self.share * denominator
        return denominator > 0 and (numerator < allowed if self.under else numerator <= allowed)

    def __str__(self) -> str:
        """As it is written."""
        return f"{'under' if self.under else 'at most'} {show_share(self.share)}"


@frozen
class Quota:
    """How many voters a quorum asks for: a number, or a share of those eligible.

    Attributes:
        voters: The number, or 0 where it is a share.
        share: The share, or 0 where it is a number.
    """

    voters: int = 0
    share: Fraction = Fraction(0)

    @classmethod
    def parse(cls, text: str) -> Quota | None:
        """Read it, or None.

        Example:
            >>> str(Quota.parse("10% of eligible")), str(Quota.parse("1 voter")), Quota.parse("10%")
            ('10% of eligible', '1 voter', None)
        """
        found = _QUOTA.fullmatch(text)
        if found is None:
            return None
        if found[1]:
            return cls(voters=int(found[1]))
        share = parse_ratio(found[2])
        return None if share is None or not 0 <= share <= 1 else cls(share=share)

    def needed(self, eligible: int) -> int:
        """The least whole number of voters that is enough.

        Example:
            >>> Quota(share=Fraction(1, 10)).needed(95), Quota(voters=3).needed(95)
            (10, 3)
        """
        whole = self.share * eligible
        return self.voters or -(-whole.numerator // whole.denominator)

    def __str__(self) -> str:
        """As it is written."""
        if self.share:
            return f"{show_share(self.share)} of eligible"
        return f"{self.voters} voter{'' if self.voters == 1 else 's'}"


@frozen
class Bounds:
    """The least and the most that a paper may say, both included.

    Attributes:
        low: As written.
        high: As written.
    """

    low: str
    high: str

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.low} to {self.high}"


@frozen(order=True)
class Moment:
    """A day, or a moment of a day by the local clock.

    Attributes:
        day: Such as ``2025-02-03``.
        clock: Such as ``17:00:00``, or empty for the whole day.
    """

    day: str
    clock: str = ""

    @classmethod
    def parse(cls, text: str) -> Moment | None:
        """Read it, or None.

        Example:
            >>> str(Moment.parse("2025-02-03 17:00")), Moment.parse("3 February")
            ('2025-02-03T17:00:00', None)
        """
        found = _TIME.fullmatch(text)
        if found is None or parse_date(found[1]) is None:
            return None
        if found[2] is None:
            return cls(found[1])
        seconds = found[4] or "00"
        if int(found[2]) >= _HOURS or int(found[3]) >= _MINUTES or int(seconds) >= _MINUTES:
            return None
        return cls(found[1], f"{found[2]}:{found[3]}:{seconds}")

    @property
    def starts(self) -> str:
        """The first moment of it, as text that is ordered as time is."""
        return f"{self.day}T{self.clock or '00:00:00'}"

    @property
    def ends(self) -> str:
        """The last moment of it."""
        return f"{self.day}T{self.clock or '23:59:59'}"

    def __str__(self) -> str:
        """As it is written."""
        return self.day + (f"T{self.clock}" if self.clock else "")


def show_share(share: Fraction) -> str:
    """A share as it may be written in a contract: in per cent if that ends, else as a fraction.

    Example:
        >>> show_share(Fraction(3, 4)), show_share(Fraction(1, 3))
        ('75%', '1/3')
    """
    percent = plain(share * 100)
    return str(share) if "/" in percent else f"{percent}%"


def read_need(value: Plain) -> Need:
    """A threshold out of a file."""
    text = text_of(value)
    found = Need.parse(text)
    if found is None:
        raise Fault("PBR308", f"'{short(text)}' is no threshold; write it like `over 50%` or `at least 2/3`")
    return found


def read_most(value: Plain) -> Most:
    """A limit out of a file."""
    text = text_of(value)
    found = Most.parse(text)
    if found is None:
        raise Fault("PBR308", f"'{short(text)}' is no limit; write it like `under 15%` or `at most 50%`")
    return found


def read_quota(value: Plain) -> Quota:
    """A quorum out of a file."""
    text = text_of(value)
    found = Quota.parse(text)
    if found is None:
        message = f"'{short(text)}' is no quorum; write it like `20 voters` or `10% of eligible`"
        raise Fault("PBR302", message)
    if not found.voters and not found.share:
        raise Fault("PBR302", "a quorum of nobody is none; ask for at least 1 voter, or remove the key")
    return found


def read_bounds(value: Plain) -> Bounds:
    """Bounds out of a file; which of the two is more is seen once their unit is known."""
    low, to, high = text_of(value).partition(" to ")
    if not to:
        raise Fault("PBR305", f"'{short(text_of(value))}' are no bounds; write them like `60% to 95%`")
    return Bounds(low.strip(), high.strip())


def read_moment(value: Plain) -> Moment:
    """A day or a moment out of a file."""
    text = text_of(value)
    found = Moment.parse(text)
    if found is None:
        raise Fault(
            "PBR107", f"'{short(text)}' is not a real day or moment written like 2025-04-01 or 2025-04-01T17:00"
        )
    return found


def read_whole(value: Plain) -> int:
    """A whole number out of a file."""
    text = text_of(value)
    if not re.fullmatch("[0-9]{1,9}", text):
        raise Fault("PBR109", f"'{short(text)}' is not a whole number; write digits only")
    return int(text)


def read_number(value: Plain) -> Fraction:
    """A number or share out of a file, exactly."""
    text = text_of(value)
    found = parse_ratio(text)
    if found is None:
        raise Fault("PBR109", f"'{short(text)}' is not a number or share; write it like 12, 5/6 or 94%")
    return found


def read_yes_no(value: Plain) -> bool:
    """Yes or no out of a file; what an editor's reader takes for the same is taken too."""
    text = text_of(value)
    if text not in {"yes", "no", "true", "false"}:
        raise Fault("PBR106", f"'{short(text)}' cannot stand here; one of: yes, no")
    return text in {"yes", "true"}
