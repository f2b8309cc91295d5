"""Which options are bought: every voter has the same part of the budget to spend on what they approve."""

from __future__ import annotations

from fractions import Fraction
from heapq import heappop, heappush
from math import lcm
from typing import TYPE_CHECKING

from attrs import field, frozen

from pbr.agreement.options import NO_TITLES, Options
from pbr.agreement.result import Dissent, Threshold
from pbr.agreement.votes import Found, Votes, Wrong, check_options, dissent
from pbr.document import WORDS
from pbr.money import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

UNSPENT, MOST_APPROVED = "unspent", "most_approved"
SMALLEST = 10_000
"""A budget and a cost have at most four decimals."""
MOST = 10**12
LONGEST = 10**12
"""A sum held by voters is published exactly unless its fraction is longer than this; then four decimals of it are."""


@frozen(kw_only=True)
class EqualShares:
    """Which options are bought: every voter has the same part of the budget to spend on what they approve.

    Meaning:
        A budget of money or places is shared out equally among the voters, and an option is chosen when those who
        approve it can pay for it together. So a minority that agrees decides about its own part.

    Terms:
        budget: What may be spent in all, in money or places, with at most 12 digits and 4 decimals.
        costs: What each option costs, likewise; these are the options.
        options: Titles of the options, if they have any.
        leftover: What cannot be spent this way is left ``unspent`` unless said, or goes to the ``most_approved``
            options that it still pays for.
        ties: The order in which options go that tie; all of them. Without it options that tie fail together.

    Worked example:
        >>> votes = Votes(options=("women", "no_home"), cast={}, eligible={"users": 9},
        ...               said={("users", (True, False)): 6, ("users", (False, True)): 3})
        >>> rule = EqualShares(budget=Fraction(9), costs={"women": Fraction(5), "no_home": Fraction(4)})
        >>> rule.decide(votes).value
        ('women',)

    Edge of the rule:
        The 3 voters for `no_home` hold 3 of 9 and cannot pay 4; at a cost of 3 it is chosen too. In each step the
        option is bought for which its supporters pay the smallest part of the cost each, and of several the cheapest.
        Options that tie in both are all bought if their supporters can pay for all at once; else the first in the order
        of ``ties`` is, and without that order they are put aside, and the result says so.

    Source:
        Peters, Pierczynski and Skowron (2021), Proportional participatory budgeting with additive utilities, NeurIPS
        34, with what an option costs as what it is worth to those who approve it.
    """

    title: str = ""
    means: str = ""
    asks: str = field(default="set", metadata={WORDS: ("set",)})
    rule: str = "equal_shares"
    budget: Fraction
    costs: dict[str, Fraction]
    options: Options = NO_TITLES
    leftover: str = field(default=UNSPENT, metadata={WORDS: (UNSPENT, MOST_APPROVED)})
    ties: tuple[str, ...] = ()

    def check(self) -> list[Wrong]:
        """What is wrong with its budget and costs."""
        found = [] if self.costs else check_options(())
        for path, amount in (("budget",), self.budget), *((("costs", name), cost) for name, cost in self.costs.items()):
            if SMALLEST % amount.denominator or abs(amount) >= MOST:
                message = "an amount has at most 12 digits and 4 decimals here; round it"
                found.append(Wrong(code="PBR306", message=message, path=path))
        if self.budget <= 0:
            found.append(Wrong(code="PBR306", message="a budget of nothing buys nothing", path=("budget",)))
        for name, cost in self.costs.items():
            if not 0 < cost <= self.budget:
                message = (
                    f"'{name}' costs {plain(cost)}; a cost is over 0 and at most the budget of {plain(self.budget)}"
                )
                found.append(Wrong(code="PBR306", message=message, path=("costs", name)))
        for name in self.options.names:
            if name not in self.costs:
                message = f"option '{name}' has no cost; write it under `costs`"
                found.append(Wrong(code="PBR306", message=message, path=("options", name)))
        if self.ties and sorted(self.ties) != sorted(self.costs):
            message = "the order of ties names every option once; write them all, or remove it"
            found.append(Wrong(code="PBR306", message=message, path=("ties",)))
        return found

    def decide(self, votes: Votes) -> Found:
        """The options bought."""
        voters = votes.voters()
        if not voters:
            return Found(value=None, why="nobody approved anything")
        purse = _Purse(self, votes, voters)
        tests = list(purse.buy())
        left = self.budget - sum((self.costs[option] for option in purse.bought), Fraction(0))
        assert left >= 0, "equal shares never overspends"
        if self.leftover == MOST_APPROVED:
            tests += self._complete(votes, purse.bought, left)
        chosen = tuple(option for option in votes.options if option in purse.bought)
        against: list[Dissent] = []
        for place, option in enumerate(votes.options):
            said = votes.of(place)
            valid = {group: counts.total() for group, counts in said.items()}
            wanted = option in chosen
            against += dissent(
                "no" if wanted else "yes", {group: counts[not wanted] for group, counts in said.items()}, valid, option
            )
        return Found(
            value=chosen or None,
            why="" if chosen else "no option could be paid for by those who approve it",
            tests=tuple(tests),
            dissent=tuple(against),
        )

    def _complete(self, votes: Votes, bought: set[str], left: Fraction) -> Iterator[Threshold]:
        """Spend what is left on the most approved; options that tie are bought all or none, or in the order of ties."""
        approvals = {
            option: sum(counts[True] for counts in votes.of(place).values())
            for place, option in enumerate(votes.options)
            if option not in bought
        }
        for number in sorted(set(approvals.values()) - {0}, reverse=True):
            tied = [option for option in approvals if approvals[option] == number and self.costs[option] <= left]
            cost = sum((self.costs[option] for option in tied), Fraction(0))
            if cost > left and self.ties:
                for option in sorted(tied, key=self.ties.index):
                    yield _paid("left over for it", option, left, self.costs[option])
                    if self.costs[option] <= left:
                        bought.add(option)
                        left -= self.costs[option]
                continue
            for option in tied:
                yield _paid("left over for it" if len(tied) == 1 else "left over for a tie", option, left, cost)
            if tied and cost <= left:
                bought.update(tied)
                left -= cost


class _Purse:
    """What voters who approve the same options have left; they always have the same.

    All sums are whole numbers of one small part of the money, which is divided further where a price asks for it. What
    an option asks of its supporters never falls while they pay for others, so it is looked at again only once it may be
    the least.
    """

    def __init__(self, rule: EqualShares, votes: Votes, voters: int) -> None:
        self.ties = rule.ties
        self.options = votes.options
        self.bought: set[str] = set()
        self.aside: set[str] = set()
        alike: dict[tuple[bool, ...], int] = {}
        for (_, said), number in votes.said.items():
            wants = tuple(one is True for one in said)
            alike[wants] = alike.get(wants, 0) + number
        self.voters = list(alike.values())
        self.fans = {
            option: [at for at, wants in enumerate(alike) if wants[place]] for place, option in enumerate(votes.options)
        }
        whole = lcm(rule.budget.denominator, *(cost.denominator for cost in rule.costs.values()))
        self.costs = {option: int(cost * whole) for option, cost in rule.costs.items()}
        self.whole = whole
        self.parts = voters
        self.left = [int(rule.budget * whole)] * len(alike)
        self.waiting = [(Fraction(0), place) for place in range(len(votes.options))]

    def buy(self) -> Iterator[Threshold]:
        """Buy until nothing more can be paid for; gives the test of each option."""
        while found := self._cheapest():
            price, tied = found
            if len(tied) > 1 and self._too_many(tied, price):
                if not self.ties:
                    yield from self._put_aside(tied)
                    continue
                tied = [min(tied, key=self.ties.index)]
            for option in tied:
                yield _paid("held by those for it", option, self._held([option]), self._cost(option))
            self._pay(tied, price)
        for option in self.options:
            if option not in self.bought | self.aside:
                yield _paid("held by those for it", option, self._held([option]), self._cost(option))

    def _cheapest(self) -> tuple[Fraction, list[str]] | None:
        """The options of which their supporters pay the smallest part, the cheapest of them; and the price for each."""
        asked: list[tuple[Fraction, int, Fraction]] = []
        least: Fraction | None = None
        while self.waiting and (least is None or self.waiting[0][0] <= least):
            _, place = heappop(self.waiting)
            option = self.options[place]
            if option in self.bought | self.aside:
                continue
            price = self._price(option)
            if price is not None:
                part = Fraction(price, self.costs[option] * self.parts)
                asked.append((part, place, price))
                least = part if least is None else min(least, part)
        for part, place, _ in asked:
            heappush(self.waiting, (part, place))
        if least is None:
            return None
        best = [(self.costs[self.options[place]], place, price) for part, place, price in asked if part == least]
        cost = min(best)[0]
        tied = sorted((place, price) for each, place, price in best if each == cost)
        return tied[0][1], [self.options[place] for place, _ in tied]

    def _price(self, option: str) -> Fraction | None:
        """What each supporter pays at most, in parts, or None if they cannot pay for it."""
        supporters = sorted((self.left[at], self.voters[at]) for at in self.fans[option])
        missing, number = self.costs[option] * self.parts, sum(n for _, n in supporters)
        if sum(left * n for left, n in supporters) < missing:
            return None
        place = 0
        while supporters[place][0] * number < missing:  # the poorest give all that they have, if it is less
            left, n = supporters[place]
            missing -= left * n
            number -= n
            place += 1
        return Fraction(missing, number)

    def _too_many(self, tied: list[str], price: Fraction) -> bool:
        """Whether somebody cannot pay for all of these at once."""
        wanted: dict[int, int] = {}
        for option in tied:
            for at in self.fans[option]:
                wanted[at] = wanted.get(at, 0) + 1
        return any(times > 1 and 0 < self.left[at] < price * times for at, times in wanted.items())

    def _put_aside(self, tied: list[str]) -> Iterator[Threshold]:
        """Options that tie fail together."""
        cost = self._cost(tied[0]) * len(tied)
        what = "held by those for it and what it ties with"
        yield from [_paid(what, option, self._held(tied), cost, passed=False) for option in tied]
        self.aside.update(tied)

    def _pay(self, tied: list[str], price: Fraction) -> None:
        """Take the price of these from those who approve them."""
        self.bought.update(tied)
        self.parts *= price.denominator
        self.left = [left * price.denominator for left in self.left]
        for option in tied:
            for at in self.fans[option]:
                self.left[at] -= min(self.left[at], price.numerator)

    def _cost(self, option: str) -> Fraction:
        return Fraction(self.costs[option], self.whole)

    def _held(self, options: list[str]) -> Fraction:
        """What those who approve one of these have left together."""
        fans = {at for option in options for at in self.fans[option]}
        return Fraction(sum(self.left[at] * self.voters[at] for at in fans), self.parts * self.whole)


def _paid(what: str, option: str, has: Fraction, cost: Fraction, *, passed: bool | None = None) -> Threshold:
    enough = has >= cost if passed is None else passed
    if has.denominator > LONGEST:  # a cost is a whole number of these, so that what is enough still looks so
        has = Fraction(int(has * SMALLEST), SMALLEST)
    return Threshold(
        what=what, option=option, group="all", numerator=has, denominator=cost, needed="its cost", passed=enough
    )
