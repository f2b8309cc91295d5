"""Weights: for each option the middle of what was said and of phantoms, moved until the weights come to 1."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from fractions import Fraction
from functools import partial
from itertools import accumulate
from math import lcm
from typing import TYPE_CHECKING

from attrs import field, frozen

from pbr.agreement.options import Options
from pbr.agreement.result import Dissent
from pbr.agreement.votes import Found, Votes, Wrong, check_options, dissent
from pbr.document import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@frozen(kw_only=True)
class IndependentMarkets:
    """Weights: for each option the middle of what was said and of phantoms, moved until the weights come to 1.

    Meaning:
        Every voter shares out 100% among the options, and the panel's shares come to exactly 100%. Nobody brings the
        result nearer to their own paper by writing another one.

    Terms:
        options: What the weights are for. A paper gives each option a share, 100% together, in per cent with at most
            4 decimals; a paper that does not come to 100% is spoilt.

    Worked example:
        >>> votes = Votes(options=("a", "b"), cast={}, eligible={"users": 9},
        ...               said={("users", (Fraction(1), Fraction(0))): 1, ("users", (Fraction(0), Fraction(1))): 1})
        >>> found = IndependentMarkets(options=Options.of("a", "b")).decide(votes)
        >>> {option: str(share) for option, share in found.value.items()}
        {'a': '1/2', 'b': '1/2'}

    Edge of the rule:
        With n voters there are n + 1 phantoms, the k-th at min(t (n - k), 1). For each option the middle of the 2n + 1
        numbers is taken, and t is the one at which these come to exactly 1; it is solved, not approached.

    Source:
        Freeman, Pennock, Peters and Wortman Vaughan (2021), Truthful aggregation of budget proposals, Journal of
        Economic Theory 193: truthful, and proportional where every voter puts all on one option.
    """

    title: str = ""
    means: str = ""
    asks: str = field(default="map", metadata={WORDS: ("map",)})
    rule: str = "independent_markets"
    options: Options

    def check(self) -> list[Wrong]:
        """What is wrong with its options."""
        return check_options(self.options.names)

    def decide(self, votes: Votes) -> Found:
        """The weights."""
        if not votes.said:
            return Found(value=None, why="nobody gave weights")
        by_group = [votes.of(place) for place in range(len(votes.options))]
        pooled = []
        for said in by_group:
            counts: dict[Fraction, int] = {}
            for one in said.values():
                for share, voters in one.items():
                    assert isinstance(share, Fraction), "a paper that leaves an option out is spoilt"
                    counts[share] = counts.get(share, 0) + voters
            pooled.append(counts)
        value = dict(zip(votes.options, markets(pooled), strict=True))
        against: list[Dissent] = []
        for option, said in zip(votes.options, by_group, strict=True):
            valid = {group: counts.total() for group, counts in said.items()}
            sides: dict[str, Callable[[Fraction, Fraction], bool]] = {"less": Fraction.__lt__, "more": Fraction.__gt__}
            for word, beyond in sides.items():
                found = {
                    group: sum(
                        n for one, n in counts.items() if isinstance(one, Fraction) and beyond(one, value[option])
                    )
                    for group, counts in said.items()
                }
                against += dissent(word, found, valid, option)
        return Found(value=value, dissent=tuple(against))


@frozen
class _Market:
    """One option: what was said, from the least, and how many said no more than each.

    Attributes:
        whole: How many parts make 1, so that every share is a whole number of them.
        shares: Each share that somebody gave, ascending, in these parts.
        ends: How many voters gave this share or less.
    """

    whole: int
    shares: list[int]
    ends: list[int]

    @classmethod
    def of(cls, counts: Mapping[Fraction, int], whole: int) -> _Market:
        shares = sorted((int(share * whole), voters) for share, voters in counts.items())
        return cls(whole, [share for share, _ in shares], list(accumulate(voters for _, voters in shares)))

    @property
    def voters(self) -> int:
        return self.ends[-1]

    def vote(self, place: int) -> int:
        """The share of the voter in this place from the least, from 0."""
        return self.shares[bisect_right(self.ends, place)]

    def middle(self, t: Fraction) -> int:
        """The middle of the votes and the phantoms at a time, of which ``whole`` times its denominator make 1.

        It is the most, over k, of the lesser of the k-th vote from the least and the k-th phantom from the most.
        """
        rise, parts, voters = t.numerator * self.whole, t.denominator, self.voters
        place = _first(voters, lambda k: self.vote(k) * parts >= rise * (voters - k))
        phantom = rise * (voters - place)  # the first that is no more than the vote in its place, or 0
        return max(phantom, self.vote(place - 1) * parts) if place else phantom

    def turn(self, place: int) -> Fraction:
        """A time at which the middle may turn from a vote to a phantom or back; they ascend."""
        k, late = divmod(place, 2)
        left = self.voters - k - late
        return Fraction(self.vote(k), self.whole * left) if left else Fraction(1)


def markets(counts: Sequence[Mapping[Fraction, int]]) -> tuple[Fraction, ...]:
    """The weights of independent markets, which come to exactly 1.

    Args:
        counts: For each option how many voters gave it which share; every voter's shares come to 1.

    Example:
        >>> thirds = markets([{Fraction(1): 2, Fraction(0): 1}, {Fraction(0): 2, Fraction(1): 1}])
        >>> [str(share) for share in thirds]
        ['2/3', '1/3']
    """
    whole = lcm(*(share.denominator for each in counts for share in each))
    found = [_Market.of(each, whole) for each in counts]

    def total(t: Fraction) -> Fraction:
        return Fraction(sum(market.middle(t) for market in found), whole * t.denominator)

    low, high = Fraction(0), Fraction(1)
    for market in found:  # between two turns of every option the total is a straight line
        place = _first(2 * market.voters, partial(_is_late, market, high, total))
        high = min(high, market.turn(place))  # the last turn is at 1, so that there is one
        if place:
            low = max(low, market.turn(place - 1))
    under, over = total(low), total(high)
    assert under < 1 <= over, "the total rises from nothing to at least 1"
    t = low + Fraction((1 - under) * (high - low), over - under)
    weights = tuple(Fraction(market.middle(t), whole * t.denominator) for market in found)
    assert sum(weights) == 1, "the weights come to 1"
    return weights


def _is_late(market: _Market, high: Fraction, total: Callable[[Fraction], Fraction], place: int) -> bool:
    """Whether the weights have come to 1 by a turn of an option."""
    turn = market.turn(place)
    return turn >= high or total(turn) >= 1


def _first(places: int, is_so: Callable[[int], bool]) -> int:
    """The first place from 0 where something is so, and is so from there on; ``places`` if it never is."""
    return bisect_left(range(places), 1, key=is_so)
