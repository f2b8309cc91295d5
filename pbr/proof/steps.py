"""Steps written in words, such as ``75% to 79%``: what each holds, and whether together they hold every value once."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from pbr.condition import Kind
from pbr.proof.values import Values, shown, starts_at
from pbr.proof.verdict import Found, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

STEP_FORMS = ("under 16", "16 or less", "16", "16 to 24", "16 to under 24", "over 16 to 24", "16 or more", "over 16")
"""How a step is written; numbers may be percentages, and ``to`` a dash."""

_NUMBER = r"-?[0-9]{1,18}(?:\.[0-9]{1,12})?"
_FORMS = tuple(
    (re.compile(form.replace("N", f"({_NUMBER})(%?)")), low, high)
    for form, low, high in (
        # low and high: whether the number is that end, and is in the step
        ("under N", None, False),
        ("over N", False, None),
        ("N or less", None, True),
        ("N or more", True, None),
    )
)
_RANGE = re.compile(rf"(over )?({_NUMBER})(%?)(?: to | ?[-\N{{EN DASH}}] ?)(under )?({_NUMBER})(%?)")
_SINGLE = re.compile(rf"({_NUMBER})(%?)")


@frozen(kw_only=True)
class Step:
    """One step of a scale: the values from a low end to a high end.

    Attributes:
        text: As written.
        kind: A share if written with %, else a number.
        low: The low end, or None for no end.
        low_in: Whether the low end belongs to the step.
        high: The high end, or None for no end.
        high_in: Whether the high end belongs to the step.
    """

    text: str
    kind: Kind
    low: Fraction | None = None
    low_in: bool = True
    high: Fraction | None = None
    high_in: bool = True

    @property
    def backwards(self) -> bool:
        """Whether it ends before it starts, and so holds nothing."""
        if self.low is None or self.high is None:
            return False
        return self.high < self.low or (self.high == self.low and not (self.low_in and self.high_in))

    def holds(self, value: Fraction) -> bool:
        """Whether a value, unscaled, is in the step."""
        above = self.low is None or value > self.low or (self.low_in and value == self.low)
        below = self.high is None or value < self.high or (self.high_in and value == self.high)
        return above and below


def parse_step(text: str) -> Step | None:
    """A step written in one of ``STEP_FORMS``, or None; a range with one % at its end is one of percentages.

    Example:
        >>> step = parse_step("75-79%")
        >>> str(step.low), str(step.high), parse_step("16 and up")
        ('3/4', '79/100', None)
        >>> [parse_step("under 16").holds(Fraction(n)) for n in (15, 16)]
        [True, False]
    """
    words = " ".join(text.split())
    for form, low_in, high_in in _FORMS:
        found = form.fullmatch(words)
        if found is not None:
            number, kind = _number(found[1], found[2]), _kind(found[2])
            if high_in is None:
                return Step(text=text, kind=kind, low=number, low_in=bool(low_in))
            return Step(text=text, kind=kind, high=number, high_in=high_in)
    found = _RANGE.fullmatch(words)
    if found is not None and (found[6] or not found[3]):
        low, high = _number(found[2], found[6]), _number(found[5], found[6])
        return Step(text=text, kind=_kind(found[6]), low=low, low_in=not found[1], high=high, high_in=not found[4])
    found = _SINGLE.fullmatch(words)
    if found is None:
        return None
    number = _number(found[1], found[2])
    return Step(text=text, kind=_kind(found[2]), low=number, high=number)


def _number(digits: str, percent: str) -> Fraction:
    return Fraction(digits) / (100 if percent else 1)


def _kind(percent: str) -> Kind:
    return Kind.SHARE if percent else Kind.NUMBER


def prove_steps(steps: Sequence[Step], values: Values) -> Verdict:
    """Whether every value is in exactly one step; the first of ``steps_verdicts``."""
    return steps_verdicts(steps, values)[0]


def steps_verdicts(steps: Sequence[Step], values: Values) -> tuple[Verdict, ...]:
    """Every gap and overlap of steps over the values that can be taken, from the lowest value up.

    Args:
        steps: The steps, in any order, each named by its text.
        values: Numbers, amounts or shares. Only shares may have steps in percentages; any may have plain numbers.

    Returns:
        A gap with its value and the steps on both sides of it; an overlap with its value and the first two steps that
        hold it; or one verdict of proved or unproved.
    """
    if values.type.kind not in {Kind.NUMBER, Kind.MONEY, Kind.SHARE}:
        return (Verdict(found=Found.UNPROVED, reason=f"steps are of numbers, not of {values.type.kind.value}"),)
    odd = [step for step in steps if step.kind is Kind.SHARE and values.type.kind is not Kind.SHARE]
    if odd:
        reason = f"a percentage compares with a share only, not with {values.type.kind.value}"
        return (Verdict(found=Found.UNPROVED, labels=(odd[0].text,), reason=reason),)
    ends = [end for step in steps for end in (step.low, step.high) if end is not None]
    values = _fine_enough(values, ends)
    found: list[Verdict] = []
    for first, last in values.between(start for end in ends for start in starts_at(values.counted(end))):
        value = Fraction(values.plainest(first, last), 10**values.type.places)
        holding = [step.text for step in steps if step.holds(value)]
        words = shown(value, values.type.kind)
        if not holding:
            found.append(Verdict(found=Found.GAP, labels=_beside(steps, value), shown=words))
        elif len(holding) > 1 and (holding[0], holding[1]) not in {verdict.labels for verdict in found}:
            found.append(Verdict(found=Found.OVERLAP, labels=(holding[0], holding[1]), shown=words))
    return tuple(found) or (Verdict(found=Found.PROVED),)


def _fine_enough(values: Values, ends: Sequence[Fraction]) -> Values:
    """Of exact ratios those with one place more than any end has: if no such value is between two ends, none is."""
    if not values.exact:
        return values
    old = values.type.places
    places = old
    while any((end * 10**places).denominator != 1 for end in ends):
        places += 1
    finer = 10 ** (places + 1) // 10**old
    least, most = values.bounds
    kind = evolve(values.type, places=places + 1)
    return evolve(values, type=kind, least=least * finer, most=most * finer, exact=False)


def _beside(steps: Sequence[Step], value: Fraction) -> tuple[str, ...]:
    """The nearest step below a value that none holds, and the nearest above."""
    below = [step for step in steps if step.high is not None and step.high <= value and not step.backwards]
    above = [step for step in steps if step.low is not None and step.low >= value and not step.backwards]
    nearest = []
    if below:
        nearest.append(max(below, key=lambda step: (step.high or 0, step.high_in)).text)
    if above:
        nearest.append(min(above, key=lambda step: (step.low or 0, not step.low_in)).text)
    return tuple(nearest)
