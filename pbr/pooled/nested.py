"""Results of groups that others are made of: of each part that of the group around, or those of the groups inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from pbr.contract.grain import parts_of
from pbr.outcomes import Measure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.contract import Terms
    from pbr.contract.grain import Key
    from pbr.pooled.result import Pooled


@frozen(kw_only=True)
class Nested:
    """Which results are made of which.

    Attributes:
        terms: The terms of the contract.
        pooled: The results of outcomes of groups, by name.
    """

    terms: Terms
    pooled: Mapping[str, Pooled]
    _inside: dict[tuple[str, str], dict[Key, list[Key]]] = field(factory=dict, init=False)

    def members_of(self, outcome: str, key: Key) -> int:
        """How many members an outcome of groups is made of in one group, with those that are left out."""
        result = self.pooled[outcome].results[key]
        if isinstance(self.terms.pooled[outcome], Measure):
            return sum(result.members.values())
        inner = self.behind(outcome, key)
        if not inner:
            return int(result.state != "pending")
        return max(self.members_of(part, group) for part, group in inner)

    def behind(self, outcome: str, key: Key) -> list[tuple[str, Key]]:
        """The results of groups that one is made of: of each part that of the group around it, or those inside."""
        grain, found = self.pooled[outcome].grain, []
        for part in parts_of(self.terms, outcome):
            theirs = self.pooled[part]
            if theirs.grain.holds(grain):
                found.append((part, theirs.grain.around(key, grain)))
            else:
                found += [(part, inner) for inner in self._groups_inside(outcome, part).get(key, ())]
        return found

    def _groups_inside(self, outcome: str, part: str) -> dict[Key, list[Key]]:
        """The groups of a part by the group of an outcome that they lie in; worked out once, since groups are many."""
        if (outcome, part) not in self._inside:
            grain, theirs = self.pooled[outcome].grain, self.pooled[part]
            found: dict[Key, list[Key]] = {}
            for inner in theirs.results:
                found.setdefault(grain.around(inner, theirs.grain), []).append(inner)
            self._inside[outcome, part] = found
        return self._inside[outcome, part]
