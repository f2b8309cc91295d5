"""Yes or no, by a majority of everybody together, and of each protected group if that is said."""

from __future__ import annotations

from attrs import field, frozen

from pbr.agreement.votes import SHARE_OF, Found, Votes, Wrong, dissent, threshold
from pbr.agreement.words import HALF, Need
from pbr.document import WORDS


@frozen(kw_only=True)
class Majority:
    """Yes or no, by a majority of everybody together, and of each protected group if that is said.

    Meaning:
        It is agreed if more than half of those who said yes or no said yes.

    Terms:
        needs: What share must say yes; ``over 50%`` unless said, so that a tie fails.
        protected: What share of each protected group must say yes as well, such as ``over 50%``; if it is not said
            these are counted with everybody.
        share_of: Of what: ``valid`` papers (those that say yes or no), all papers ``cast`` (abstentions, blank and
            spoilt ones too) or everybody ``eligible``.

    Worked example:
        >>> votes = Votes(said={("tenants", (True,)): 51, ("tenants", (False,)): 49},
        ...               cast={"tenants": 104}, eligible={"tenants": 300})
        >>> Majority().decide(votes).value, Majority(share_of="cast").decide(votes).value
        (True, None)
        >>> votes = Votes(said={("tenants", (True,)): 30, ("tenants", (False,)): 40, ("owners", (True,)): 30},
        ...               cast={}, eligible={"tenants": 80, "owners": 40}, protected=("tenants",))
        >>> Majority().decide(votes).value, Majority(protected=HALF).decide(votes).value
        (True, None)

    Edge of the rule:
        51 of 100 pass ``over 50%`` and 50 of 100 do not. With ``share_of: cast`` an abstention weighs against. 30 of 70
        tenants stop what 60 of 100 residents want where they are protected; a protected group in which nobody voted
        agrees to nothing.

    Source:
        May (1952), Econometrica 20: of two alternatives only the majority treats voters alike, treats both answers
        alike and never turns against more support. For protected groups: ballots on tenant management, which need a
        majority of all residents who vote and of the secure tenants who do.
    """

    title: str = ""
    means: str = ""
    asks: str = field(default="yes_no", metadata={WORDS: ("yes_no",)})
    rule: str = "simple_majority"
    needs: Need = HALF
    protected: Need | None = None
    share_of: str = field(default="valid", metadata={WORDS: SHARE_OF})

    def check(self) -> list[Wrong]:
        """Nothing can be wrong with it."""
        return []

    def decide(self, votes: Votes) -> Found:
        """Whether enough said yes."""
        said = votes.of()
        valid = {group: counts.total() for group, counts in said.items()}
        yes = sum(counts[True] for counts in said.values())
        tests = [threshold("yes", self.needs, yes, votes.base(self.share_of, valid))]
        if self.protected is not None:
            for group in votes.protected:
                base = votes.base(self.share_of, valid, group)
                tests.append(threshold("yes", self.protected, said[group][True], base, group=group))
        passed = [test.passed for test in tests]
        against = {group: counts[False] for group, counts in said.items()}
        return Found(
            value=True if all(passed) else None,
            why="" if all(passed) else "too few of a protected group said yes" if passed[0] else "too few said yes",
            tests=tuple(tests),
            dissent=dissent("no", against, valid),
        )
