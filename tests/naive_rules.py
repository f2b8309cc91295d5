"""Every rule of an agreement a second time, over one voter at a time and without any cleverness.

A voter is a group and what they said of each option. The rules of ``pbr`` see only how many said the same, search by
halving and solve for the phantoms; here everything is listed, sorted and tried.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

Shares: TypeAlias = "list[list[Fraction]]"
"""For each voter the share of each option."""
Approvals: TypeAlias = "list[set[str]]"
"""For each voter the options approved."""


def majority(said: list[bool]) -> bool:
    """More than half say yes."""
    yes = len([one for one in said if one])
    return yes > len(said) - yes


def dual_key(said: list[tuple[bool, Fraction]]) -> bool:
    """More than half of the votes and of the value say yes."""
    yes = [worth for one, worth in said if one]
    no = [worth for one, worth in said if not one]
    return len(yes) > len(no) and sum(yes) > sum(no)


def approval(said: list[tuple[str, list[bool]]], protected: list[str]) -> list[int]:
    """The places of options that a majority of all, and of each protected group, wants."""
    found = []
    for place in range(len(said[0][1])):
        everybody = [one[place] for _, one in said]
        groups = [[one[place] for group, one in said if group == name] for name in protected]
        if all(map(majority, [everybody, *groups])):
            found.append(place)
    return found


def median(numbers: list[Fraction], on_even: str = "lower") -> Fraction:
    """The one in the middle."""
    ordered = sorted(numbers)
    if len(ordered) % 2:
        return ordered[len(ordered) // 2]
    lower, upper = ordered[len(ordered) // 2 - 1], ordered[len(ordered) // 2]
    return {"lower": lower, "upper": upper, "mean": (lower + upper) / 2}[on_even]


def group_medians(said: list[tuple[str, Fraction]], on_even: str = "lower") -> Fraction:
    """The middle of the middles."""
    groups = sorted({group for group, _ in said})
    return median([median([one for group, one in said if group == name], on_even) for name in groups], on_even)


def with_phantoms(said: list[Fraction], t: Fraction) -> Fraction:
    """The middle of n votes and n + 1 phantoms."""
    n = len(said)
    return sorted([*said, *(min(t * (n - k), Fraction(1)) for k in range(n + 1))])[n]


def markets(said: Shares) -> list[Fraction]:
    """Independent markets: every time at which a phantom meets a vote is tried."""
    options = list(zip(*said, strict=True))
    times = {Fraction(0), Fraction(1)}
    for option in options:
        times |= {vote / k for vote in option for k in range(1, len(said) + 1) if vote / k <= 1}
    times |= {Fraction(1, k) for k in range(1, len(said) + 1)}
    for before, after in pairwise(sorted(times)):
        low = sum(with_phantoms(list(option), before) for option in options)
        high = sum(with_phantoms(list(option), after) for option in options)
        if low <= 1 <= high:
            t = before if low == high else before + (1 - low) * (after - before) / (high - low)
            return [with_phantoms(list(option), t) for option in options]
    raise AssertionError("the phantoms pass 1 somewhere")


def equal_shares(
    said: Approvals, budget: Fraction, costs: dict[str, Fraction], order: list[str]
) -> tuple[list[str], list[set[str]]]:
    """Equal shares for one voter after another: what is bought, and the ties that were put aside."""
    left = [budget / len(said) for _ in said]
    bought: list[str] = []
    ties: list[set[str]] = []
    waiting = dict(costs)
    while True:
        parts: dict[str, Fraction] = {}
        for option, cost in waiting.items():
            fans = [at for at, one in enumerate(said) if option in one]
            for n in range(1, len(fans) + 1):  # the n richest pay alike, the others all that they have
                rich = sorted(fans, key=lambda at: left[at])[len(fans) - n :]
                part = (cost - sum(left[at] for at in fans if at not in rich)) / n
                if part >= 0 and sum(min(left[at], part) for at in fans) == cost:
                    parts[option] = min(parts.get(option, part / cost), part / cost)
        if not parts:
            return sorted(bought), ties
        least, cost = min((part, costs[option]) for option, part in parts.items())
        tied = {option for option in parts if parts[option] == least and costs[option] == cost}
        pays = [sum(min(left[at], least * costs[o]) for o in tied & one) for at, one in enumerate(said)]
        if any(paid > has for paid, has in zip(pays, left, strict=True)) and order:
            tied = {next(option for option in order if option in tied)}
            pays = [sum(min(left[at], least * costs[o]) for o in tied & one) for at, one in enumerate(said)]
        for option in tied:
            del waiting[option]
        if any(paid > has for paid, has in zip(pays, left, strict=True)):
            ties.append(tied)
            continue
        bought += tied
        left = [has - paid for has, paid in zip(left, pays, strict=True)]


def delphi(ratings: dict[str, list[int]]) -> str:
    """Whether one option is in, out, or without consensus."""
    high = {group: 100 * len([one for one in said if one >= 7]) for group, said in ratings.items()}
    low = {group: 100 * len([one for one in said if one <= 3]) for group, said in ratings.items()}
    if all(said and high[group] >= 70 * len(said) and low[group] < 15 * len(said) for group, said in ratings.items()):
        return "in"
    if all(said and high[group] <= 50 * len(said) for group, said in ratings.items()):
        return "out"
    return "no consensus"
