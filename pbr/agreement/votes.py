"""What the papers on one question say, without names: how many voters of each group said the same."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from attrs import field, frozen

from pbr.agreement.result import EVERYBODY, Dissent, Threshold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pbr.agreement.result import Value
    from pbr.agreement.words import Most, Need

Said: TypeAlias = "bool | Fraction | None"
"""Yes or no, a number or a rating; None for an option that a voter said nothing valid of."""

SHARE_OF = ("valid", "cast", "eligible")


@frozen(kw_only=True)
class Votes:
    """The papers that count, as a rule sees them. A rule knows no voter, so it cannot prefer one.

    Attributes:
        options: What is chosen between; empty for one number, or yes or no.
        said: How many voters of a group said the same: by the group and what was said of each option, or of the one
            question. Under dual key what was said is followed by the value of the voter.
        cast: How many voters of each group handed in a paper on the question, whatever stands on it.
        eligible: How many may vote, by group, in the order of the agreement; without groups that may not vote on it.
        protected: The groups that have to agree by themselves.
        barred: How many voters handed in papers and have an interest in what is asked.
        evidence: The references to evidence on papers that count, each once, in the order of letters.
    """

    options: tuple[str, ...] = ()
    said: dict[tuple[str, tuple[Said, ...]], int]
    cast: dict[str, int]
    eligible: dict[str, int]
    protected: tuple[str, ...] = ()
    barred: int = 0
    evidence: tuple[str, ...] = ()

    def of(self, place: int = 0) -> dict[str, Counter[Said]]:
        """How many voters said what of one option, by group; those who said nothing valid are left out."""
        found: dict[str, Counter[Said]] = {group: Counter() for group in self.eligible}
        for (group, said), voters in self.said.items():
            if said[place] is not None:
                found[group][said[place]] += voters
        return found

    def voters(self, group: str = EVERYBODY) -> int:
        """How many voters of a group said something that counts."""
        return sum(voters for (of, _), voters in self.said.items() if group in {of, EVERYBODY})

    def base(self, share_of: str, valid: dict[str, int], group: str = EVERYBODY) -> int:
        """What a share is of: the valid papers, those cast, or everybody eligible, of a group or of all."""
        by_group = {"valid": valid, "cast": self.cast, "eligible": self.eligible}[share_of]
        return sum(by_group.get(each, 0) for each in self.eligible if group in {each, EVERYBODY})


@frozen(kw_only=True)
class Found:
    """What a rule finds.

    Attributes:
        value: What was agreed, or None.
        why: Why nothing was.
        tests: Every test, in the order in which it was made.
        dissent: Who said otherwise, by group and option.
        by_group: Of a number, what each group said.
        settled: Of rounds, the options that need not be asked again.
    """

    value: Value | None
    why: str = ""
    tests: tuple[Threshold, ...] = ()
    dissent: tuple[Dissent, ...] = ()
    by_group: dict[str, Fraction] = field(factory=dict)
    settled: frozenset[str] = frozenset()


@frozen(kw_only=True)
class Wrong:
    """What is wrong with the terms of a question.

    Attributes:
        code: Of the problem.
        message: What, and the fix.
        path: Where, below the question.
    """

    code: str
    message: str
    path: tuple[str | int, ...] = ()


def threshold(
    what: str,
    needed: Need | Most,
    numerator: Fraction | int,
    denominator: Fraction | int,
    *,
    group: str = EVERYBODY,
    option: str = "",
) -> Threshold:
    """One test, made."""
    return Threshold(
        what=what,
        option=option,
        group=group,
        numerator=Fraction(numerator),
        denominator=Fraction(denominator),
        needed=str(needed),
        passed=needed.passes(numerator, denominator),
    )


def dissent(what: str, against: dict[str, int], valid: dict[str, int], option: str = "") -> tuple[Dissent, ...]:
    """How many of each group said otherwise; a group in which nobody spoke is left out."""
    return tuple(
        Dissent(what=what, option=option, group=group, voters=against.get(group, 0), of=valid[group])
        for group in valid
        if valid[group]
    )


def check_options(options: Iterable[str], fewest: int = 2) -> list[Wrong]:
    """What is wrong with a list of options."""
    names = list(options)
    found = [
        Wrong(code="PBR306", message=f"option '{name}' stands twice; remove one", path=("options", place))
        for place, name in enumerate(names)
        if name in names[:place]
    ]
    if len(names) < fewest:
        message = f"there is nothing to choose between; give at least {fewest} options"
        found.append(Wrong(code="PBR306", message=message, path=("options",)))
    return found
