"""Yes or no, by everybody."""

from __future__ import annotations

from fractions import Fraction

from attrs import field, frozen

from pbr.agreement.votes import SHARE_OF, Found, Votes, Wrong, dissent, threshold
from pbr.agreement.words import Need
from pbr.document import WORDS

_EVERYBODY = Need(Fraction(1), over=False)


@frozen(kw_only=True)
class Unanimity:
    """Yes or no, by everybody.

    Meaning:
        It is agreed if nobody said no.

    Terms:
        share_of: Who must say yes: all whose papers are ``valid`` (say yes or no), all who ``cast`` a paper, so that an
            abstention stops it, or everybody ``eligible``.

    Worked example:
        >>> votes = Votes(said={("tenants", (True,)): 9}, cast={"tenants": 10}, eligible={"tenants": 12})
        >>> Unanimity().decide(votes).value, Unanimity(share_of="cast").decide(votes).value
        (True, None)

    Edge of the rule:
        9 of 9 pass and 9 of 10 do not; nobody of nobody does not either.

    Source:
        Buchanan and Tullock (1962), The Calculus of Consent, chapter 7: what everybody agrees to harms nobody, and one
        voter may stop it.
    """

    title: str = ""
    means: str = ""
    asks: str = field(default="yes_no", metadata={WORDS: ("yes_no",)})
    rule: str = "unanimity"
    share_of: str = field(default="valid", metadata={WORDS: SHARE_OF})

    def check(self) -> list[Wrong]:
        """Nothing can be wrong with it."""
        return []

    def decide(self, votes: Votes) -> Found:
        """Whether everybody said yes."""
        said = votes.of()
        valid = {group: counts.total() for group, counts in said.items()}
        yes = sum(counts[True] for counts in said.values())
        test = threshold("yes", _EVERYBODY, yes, votes.base(self.share_of, valid))
        against = {group: counts[False] for group, counts in said.items()}
        return Found(
            value=True if test.passed else None,
            why="" if test.passed else "not everybody said yes",
            tests=(test,),
            dissent=dissent("no", against, valid),
        )
