"""Yes or no, by votes and by what the voters have at stake."""

from __future__ import annotations

from fractions import Fraction

from attrs import field, frozen

from pbr.agreement.votes import Found, Votes, Wrong, dissent, threshold
from pbr.agreement.words import HALF, Need
from pbr.document import WORDS


@frozen(kw_only=True)
class Keys:
    """What each of the two keys needs.

    Attributes:
        votes: Of the papers that say yes or no.
        value: Of the value that stands on them.
    """

    votes: Need = HALF
    value: Need = HALF


BOTH = Keys()


@frozen(kw_only=True)
class DualKey:
    """Yes or no, by votes and by what the voters have at stake.

    Meaning:
        It is agreed if more than half of the votes are yes, and they hold more than half of the value voted.

    Terms:
        needs: What share of the ``votes``, and of the ``value``, must be yes; ``over 50%`` for both unless said. The
            value stands in the column ``value`` of the ballots, such as the rateable value of a business.

    Worked example:
        >>> votes = Votes(said={("firms", (True, Fraction(900))): 1, ("firms", (False, Fraction(100))): 2},
        ...               cast={"firms": 3}, eligible={"firms": 3})
        >>> [(test.what, str(test.numerator), test.passed) for test in DualKey().decide(votes).tests]
        [('yes', '1', False), ('value of yes', '900', True)]

    Edge of the rule:
        A tie of either key fails. Neither the many small ones nor the few large ones decide alone.

    Source:
        Local Government Act 2003, section 50, for Business Improvement Districts: the ballots of Leamington (2018) and
        Wellingborough (2019) are tests of it.
    """

    title: str = ""
    means: str = ""
    asks: str = field(default="yes_no", metadata={WORDS: ("yes_no",)})
    rule: str = "dual_key"
    needs: Keys = BOTH

    def check(self) -> list[Wrong]:
        """Nothing can be wrong with it."""
        return []

    def decide(self, votes: Votes) -> Found:
        """Whether both keys turn."""
        said = votes.of()
        valid = {group: counts.total() for group, counts in said.items()}
        value = {True: Fraction(0), False: Fraction(0)}
        for (_, (yes, worth)), voters in votes.said.items():
            assert isinstance(worth, Fraction), "a paper without a value is spoilt"
            value[bool(yes)] += worth * voters
        tests = (
            threshold("yes", self.needs.votes, sum(counts[True] for counts in said.values()), sum(valid.values())),
            threshold("value of yes", self.needs.value, value[True], value[True] + value[False]),
        )
        passed = all(test.passed for test in tests)
        against = {group: counts[False] for group, counts in said.items()}
        return Found(
            value=True if passed else None,
            why="" if passed else "too few votes, or too little value, said yes",
            tests=tests,
            dissent=dissent("no", against, valid),
        )
