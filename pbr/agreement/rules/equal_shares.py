"""Which options are bought: every voter has the same part of the budget to spend on what they approve."""

from __future__ import annotations

from fractions import Fraction
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


@frozen(kw_only=True)
class EqualShares:
    """Which options are bought: every voter has the same part of the budget to spend on what they approve.

    Meaning:
        A budget of money or places is shared out equally among the voters, and an option is chosen when those who
        approve it can pay for it together. So a minority that agrees decides about its own part.

    Terms:
        budget: What may be spent in all, in money or places.
        costs: What each option costs; these are the options.
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
    """What voters who approve the same options have left; they always have the same."""

    def __init__(self, rule: EqualShares, votes: Votes, voters: int) -> None:
        self.costs = rule.costs
        self.ties = rule.ties
        self.options = votes.options
        self.bought: set[str] = set()
        self.aside: set[str] = set()
        self.voters: dict[frozenset[str], int] = {}
        for (_, said), number in votes.said.items():
            wants = frozenset(option for option, one in zip(votes.options, said, strict=True) if one)
            self.voters[wants] = self.voters.get(wants, 0) + number
        self.left = dict.fromkeys(self.voters, Fraction(rule.budget, voters))

    def buy(self) -> Iterator[Threshold]:
        """Buy until nothing more can be paid for; gives the test of each option."""
        while parts := {option: part for option in self.options if (part := self._part(option)) is not None}:
            least, cheapest = min((part, self.costs[option]) for option, part in parts.items())
            tied = [option for option in parts if (parts[option], self.costs[option]) == (least, cheapest)]
            pays = {wants: self._pays(wants, tied, least) for wants in self.left}
            too_many = any(pays[wants] > self.left[wants] for wants in pays)
            if too_many and self.ties:
                tied = [min(tied, key=self.ties.index)]
                pays = {wants: self._pays(wants, tied, least) for wants in self.left}
            elif too_many:
                cost = cheapest * len(tied)
                for option in tied:
                    yield _paid(
                        "held by those for it and what it ties with", option, self._held(tied), cost, passed=False
                    )
                self.aside.update(tied)
                continue
            for option in tied:
                yield _paid("held by those for it", option, self._held([option]), self.costs[option])
            self.bought.update(tied)
            for wants, sum_paid in pays.items():
                self.left[wants] -= sum_paid
        for option in self.options:
            if option not in self.bought | self.aside:
                yield _paid("held by those for it", option, self._held([option]), self.costs[option])

    def _held(self, options: list[str]) -> Fraction:
        """What those who approve one of these have left together."""
        return sum((self.left[w] * n for w, n in self.voters.items() if not w.isdisjoint(options)), Fraction(0))

    def _pays(self, wants: frozenset[str], options: list[str], part: Fraction) -> Fraction:
        """What one voter pays for these options, each of which costs a supporter at most this part of its cost."""
        return sum((min(self.left[wants], part * self.costs[each]) for each in options if each in wants), Fraction(0))

    def _part(self, option: str) -> Fraction | None:
        """The smallest part of its cost that pays for it if no supporter pays more, or None if they cannot."""
        if option in self.bought | self.aside or self._held([option]) < self.costs[option]:
            return None
        cost = self.costs[option]
        supporters = sorted((self.left[wants], n) for wants, n in self.voters.items() if option in wants)
        missing, number = cost, sum(n for _, n in supporters)
        at = 0
        while (
            supporters[at][0] * number < missing
        ):  # the poorest give all that they have, if that is less than the part
            missing -= supporters[at][0] * supporters[at][1]
            number -= supporters[at][1]
            at += 1
        return Fraction(missing, number) / cost


def _paid(what: str, option: str, has: Fraction, cost: Fraction, *, passed: bool | None = None) -> Threshold:
    enough = has >= cost if passed is None else passed
    return Threshold(
        what=what, option=option, group="all", numerator=has, denominator=cost, needed="its cost", passed=enough
    )
