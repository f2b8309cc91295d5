"""What may be published: groups of few voters are merged, so that no paper can be told from the tallies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from pbr.agreement.result import EVERYBODY, Dissent, Threshold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from fractions import Fraction

    from pbr.agreement.votes import Votes


def fewest_voters(votes: Votes) -> dict[str, int]:
    """How many voters of each group stand behind the smallest tally of it."""
    tallies = [votes.of(place) for place in range(max(1, len(votes.options)))]
    return {group: min(tally[group].total() for tally in tallies) for group in votes.eligible}


def merge_groups(voters: Mapping[str, int], smallest: int) -> dict[str, str]:
    """The name under which each group is published: its own, or those of several joined.

    The two of the fewest voters are merged until nothing is smaller. If all together are too few, the name is empty and
    nothing is published.

    Example:
        >>> merge_groups({"users": 60, "carers": 21, "staff": 9, "commissioner": 3}, 5)
        {'users': 'users', 'carers': 'carers', 'staff': 'staff + commissioner', 'commissioner': 'staff + commissioner'}
        >>> merge_groups({"users": 3}, 5)
        {'users': ''}
    """
    order = list(voters)
    cells = [[group] for group in voters]

    def size(cell: list[str]) -> tuple[int, int]:
        return sum(voters[group] for group in cell), order.index(cell[0])

    while len(cells) > 1 and size(min(cells, key=size))[0] < smallest:
        first, second, *rest = sorted(cells, key=size)
        cells = [*rest, sorted(first + second, key=order.index)]
    names = {group: " + ".join(cell) for cell in cells for group in cell}
    if sum(voters.values()) < smallest:
        return dict.fromkeys(order, "")
    return {group: names[group] for group in order}


def publish_tests(tests: Iterable[Threshold], names: Mapping[str, str]) -> tuple[Threshold, ...]:
    """Tests without the numbers of groups that are merged."""
    return tuple(
        test if _is_shown(test.group, names) else evolve(test, numerator=None, denominator=None) for test in tests
    )


def publish_dissent(found: Iterable[Dissent], names: Mapping[str, str]) -> tuple[Dissent, ...]:
    """Dissent by published group, and of all together where there are several."""
    found = list(found)
    merged: dict[tuple[str, str, str], tuple[int, int]] = {}
    several = len(set(names.values())) > 1
    for each in found:
        for name in (*([EVERYBODY] if several else []), names[each.group]):
            if name:
                voters, of = merged.get((each.what, each.option, name), (0, 0))
                merged[each.what, each.option, name] = voters + each.voters, of + each.of
    return tuple(
        Dissent(what=what, option=option, group=name, voters=voters, of=of)
        for (what, option, name), (voters, of) in merged.items()
    )


def publish_figures(figures: Mapping[str, Fraction], names: Mapping[str, str]) -> dict[str, Fraction]:
    """Figures of groups that are published by themselves, and of all together."""
    return {group: figure for group, figure in figures.items() if _is_shown(group, names)}


def _is_shown(group: str, names: Mapping[str, str]) -> bool:
    return any(names.values()) if group == EVERYBODY else names.get(group) == group
