"""What a panel scores period by period: whose scores, of which periods, and by which day they are in."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import field, frozen

from pbr.agreement.votes import Wrong
from pbr.agreement.words import Moment
from pbr.calendar import Date, Duration
from pbr.document import WORDS, Fault, text_of
from pbr.problem import short

if TYPE_CHECKING:
    from pbr.document import Plain

REQUIRED = "required"
_CLOSES = re.compile(r"period_end \+ (\S+ \S+)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _./#:-]{0,62}")
MOST_DAYS = 366
_DAY = Duration(1, "days")


@frozen
class Closes:
    """How long after a period its scores are taken, such as ``period_end + 28 days``.

    Attributes:
        later: The time between its last day and the last day of papers.
    """

    later: Duration

    @classmethod
    def parse(cls, text: str) -> Closes | None:
        """Read it, or None.

        Example:
            >>> str(Closes.parse("period_end + 28 days")), Closes.parse("period_end"), Closes.parse("28 days")
            ('period_end + 28 days', None, None)
        """
        found = _CLOSES.fullmatch(text)
        later = None if found is None else Duration.parse(found[1])
        return None if later is None or not later.count else cls(later)

    def __str__(self) -> str:
        """As it is written."""
        return f"period_end + {self.later}"


def read_closes(value: Plain) -> Closes:
    """A day by which scores are in, out of a file."""
    text = text_of(value)
    found = Closes.parse(text)
    if found is None:
        message = f"'{short(text)}' is no day by which scores are in; write it like `period_end + 28 days`"
        raise Fault("PBR321", message)
    return found


@frozen(kw_only=True)
class Scored:
    """What is scored in every period, and by when.

    Attributes:
        of: Whose scores, such as the providers; without it each period has one score.
        periods: The last day of each period, by the name that the contract has for it, such as ``Y1-Q1``.
        closes: The last day of papers on a period, such as ``period_end + 28 days``.
        evidence: Whether a paper has to cite evidence: ``required`` unless said, or ``optional``.
    """

    of: tuple[str, ...] = ()
    periods: dict[str, Date]
    closes: Closes
    evidence: str = field(default=REQUIRED, metadata={WORDS: (REQUIRED, "optional")})

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """What is scored, such as ``northbank Y1-Q1``, or the periods alone, in the order of the file."""
        return tuple(f"{whose} {period}".strip() for whose in self.of or ("",) for period in self.periods)

    @cached_property
    def places(self) -> dict[str, int]:
        """The place of each label."""
        return {label: place for place, label in enumerate(self.labels)}

    def last_day(self, place: int) -> Date:
        """The last day of the period that a label is of, by the place of the label."""
        return tuple(self.periods.values())[place % len(self.periods)]

    def closing_day(self, place: int) -> Date:
        """The last day of papers on a label, by its place."""
        return self.closes.later.after(self.last_day(place))

    def window(self, place: int) -> tuple[Moment, Moment]:
        """From when to when papers on a label are taken: from the day after its period, and to the closing day."""
        first = _DAY.after(self.last_day(place))
        return Moment(first.isoformat()), Moment(self.closing_day(place).isoformat())

    def barred(self, interest: str) -> tuple[int, ...]:
        """The places of the labels that an interest is in: that label, those of a period, or all of one of ``of``."""
        found = []
        for place, label in enumerate(self.labels):
            if interest in {label, *label.split(" ")}:
                found.append(place)
        return tuple(found)

    def check(self) -> list[Wrong]:
        """What is wrong with it."""
        found = []
        if not self.periods:
            found.append(_wrong("no period is scored; write the last day of each, like `Y1-Q1: 2025-06-30`", "periods"))
        for key, names in (("of", self.of), ("periods", tuple(self.periods))):
            for place, name in enumerate(names):
                at = name if key == "periods" else place
                if not _NAME.fullmatch(name):
                    message = f"'{short(name)}' cannot be scored: write letters, digits and _ . - as the contract does"
                    found.append(_wrong(message, key, at))
                elif name in names[:place]:
                    found.append(_wrong(f"'{short(name)}' stands here twice; remove one", key, at))
        if self.closes.later.days is None or self.closes.later.days > MOST_DAYS:
            message = f"scores are in after {self.closes.later}; write it in days or weeks, at most {MOST_DAYS} days"
            found.append(_wrong(message, "closes"))
        return found


def _wrong(message: str, *path: str | int) -> Wrong:
    return Wrong(code="PBR321", message=message, path=("scored", *path))


def parse_references(text: str) -> tuple[str, ...] | None:
    """The references to evidence on a paper, divided by ``;``; None if one of them is none.

    Example:
        >>> parse_references("minutes 7; audit/3"), parse_references(" "), parse_references("see <here>")
        (('minutes 7', 'audit/3'), (), None)
    """
    found = [each.strip() for each in text.split(";") if each.strip()]
    return tuple(dict.fromkeys(found)) if all(map(_REFERENCE.fullmatch, found)) else None
