"""A number: the one in the middle of what was said."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING

from attrs import field, frozen

from pbr.agreement.result import EVERYBODY
from pbr.agreement.scored import Scored
from pbr.agreement.votes import Found, Votes, Wrong, dissent
from pbr.agreement.words import Bounds
from pbr.document import WORDS
from pbr.money import parse_ratio, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.agreement.votes import Said

VOTERS, GROUP_MEDIANS = "voters", "group_medians"
UNITS = ("share", "number", "money")


@frozen(kw_only=True)
class Median:
    """A number: the one in the middle of what was said.

    Meaning:
        As many voters asked for no more than this as asked for no less.

    Terms:
        of: The middle of all ``voters``, or of the ``group_medians``: the middle of each group first, then the middle
            of these, so that a large group weighs no more than a small one.
        on_even: Of an even number the ``lower`` of the two in the middle unless said, or the ``upper`` or their
            ``mean``.
        unit: ``share`` (papers say 75%), ``number`` or ``money``.
        bounds: The least and the most that a paper may say, such as ``60% to 95%``; both may be said. A score that is
            no share needs them.
        scored: Makes it a score of each period: ``periods``, the last day of each by its name in the contract; ``of``,
            whose scores, such as the providers; ``closes``, the last day of papers on a period, such as ``period_end +
            28 days``; and ``evidence``, which each paper has to cite unless this says ``optional``. Without it there is
            one number.

    Worked example:
        >>> votes = Votes(said={("users", (Fraction(80),)): 1, ("users", (Fraction(90),)): 2,
        ...                     ("staff", (Fraction(60),)): 5}, cast={}, eligible={"users": 9, "staff": 9})
        >>> str(Median().decide(votes).value), str(Median(of="group_medians").decide(votes).value)
        ('60', '60')
        >>> str(Median(of="group_medians", on_even="mean").decide(votes).value)
        '75'

    Edge of the rule:
        A bloc of under half of the voters cannot move the middle of all voters outside the range of what the others
        said. The middle of group medians it can move, if it is most of the voters in half of the groups. Of 60, 70, 80
        and 90 the lower is 70 and the upper 80.

    Source:
        Black (1948), Journal of Political Economy 56; Moulin (1980), Public Choice 35: nobody comes nearer to what they
        want by saying something else. This holds for lower and upper, and not for the mean of two.
    """

    title: str = ""
    means: str = ""
    asks: str = field(default="number", metadata={WORDS: ("number",)})
    rule: str = "median"
    of: str = field(default=VOTERS, metadata={WORDS: (VOTERS, GROUP_MEDIANS)})
    on_even: str = field(default="lower", metadata={WORDS: ("lower", "upper", "mean")})
    unit: str = field(default="number", metadata={WORDS: UNITS})
    bounds: Bounds | None = None
    scored: Scored | None = None

    @property
    def limits(self) -> tuple[Fraction, Fraction] | None:
        """The least and the most that a paper may say; of a share, 0% and 100% unless said."""
        if self.bounds is None:
            return (Fraction(0), Fraction(1)) if self.unit == "share" else None
        low, high = parse_ratio(self.bounds.low), parse_ratio(self.bounds.high)
        return None if low is None or high is None else (low, high)

    def check(self) -> list[Wrong]:
        """What is wrong with its bounds, and with what is scored."""
        return self._wrong_bounds() + ([] if self.scored is None else [*self._without_limits(), *self.scored.check()])

    def _without_limits(self) -> list[Wrong]:
        """That what is paid by a score has no limit: a share has one, and of other units both sides sign bounds."""
        if self.bounds is not None or self.limits is not None:
            return []
        message = "a score may be any number here, and money depends on it; write `bounds`, such as `0 to 10`"
        return [Wrong(code="PBR321", message=message, path=("scored",))]

    def _wrong_bounds(self) -> list[Wrong]:
        if self.bounds is None:
            return []
        if self.limits is None:
            message = f"'{self.bounds}' are no bounds; write them like `60% to 95%` or `5 to 20`"
        elif self.limits[0] > self.limits[1]:
            message = f"the bounds are the wrong way round; write `{self.bounds.high} to {self.bounds.low}`"
        elif self.unit == "share" and self.limits[1] > 1 and not self.bounds.high.endswith("%"):
            message = f"a share of {self.bounds.high} is {plain(self.limits[1] * 100)}%; write per cent with %"
        elif self.unit != "share" and "%" in str(self.bounds):
            message = f"papers say no per cent with `unit: {self.unit}`; write `unit: share`, or bounds without %"
        else:
            return []
        return [Wrong(code="PBR305", message=message, path=("bounds",))]

    def decide(self, votes: Votes) -> Found:
        """The middle."""
        said = {group: _numbers(counts) for group, counts in votes.of().items()}
        pooled: Counter[Fraction] = Counter()
        for counts in said.values():
            pooled.update(counts)
        if not pooled:
            return Found(value=None, why="nobody gave a figure")
        medians = {group: middle(counts, self.on_even) for group, counts in said.items() if counts}
        together = middle(pooled, self.on_even)
        value = middle(Counter(medians.values()), self.on_even) if self.of == GROUP_MEDIANS else together
        valid = {group: counts.total() for group, counts in said.items()}
        lower = {group: sum(n for one, n in counts.items() if one < value) for group, counts in said.items()}
        higher = {group: sum(n for one, n in counts.items() if one > value) for group, counts in said.items()}
        return Found(
            value=value,
            dissent=(*dissent("lower", lower, valid), *dissent("higher", higher, valid)),
            by_group={**medians, EVERYBODY: together},
        )


def _numbers(counts: Mapping[Said, int]) -> Counter[Fraction]:
    return Counter({one: n for one, n in counts.items() if isinstance(one, Fraction)})


def middle(counts: Mapping[Fraction, int], on_even: str = "lower") -> Fraction:
    """The number in the middle of a count of numbers, not empty.

    Example:
        >>> ten = {Fraction(1): 2, Fraction(5): 2}
        >>> [str(middle(ten, word)) for word in ("lower", "upper", "mean")]
        ['1', '5', '3']
    """
    total = sum(counts.values())
    places = {"lower": [(total - 1) // 2], "upper": [total // 2]}.get(on_even, [(total - 1) // 2, total // 2])
    numbers = sorted(counts)
    ends = list(accumulate(counts[number] for number in numbers))
    found = [numbers[bisect_right(ends, place)] for place in places]
    return sum(found, Fraction(0)) / len(found)
