"""Which options are wanted: each by a majority of all, and of every protected group."""

from __future__ import annotations

from attrs import field, frozen

from pbr.agreement.options import Options
from pbr.agreement.result import Dissent, Threshold
from pbr.agreement.votes import SHARE_OF, Found, Votes, Wrong, check_options, dissent, threshold
from pbr.agreement.words import HALF, Need
from pbr.document import WORDS


@frozen(kw_only=True)
class Needs:
    """What each option needs.

    Attributes:
        overall: Of everybody together.
        protected: Of each protected group by itself.
    """

    overall: Need = HALF
    protected: Need = HALF


MAJORITIES = Needs()


@frozen(kw_only=True)
class Approval:
    """Which options are wanted: each by a majority of all, and of every protected group.

    Meaning:
        An option is agreed if more than half of all voters want it, and more than half of each protected group.

    Terms:
        options: What is chosen between; every option is judged by itself, so any number of them may be agreed.
        needs: What share must say yes, ``overall`` and in each ``protected`` group; ``over 50%`` unless said.
        share_of: Of what: ``valid`` papers on the option, all papers ``cast`` on the question, or everybody
            ``eligible``.

    Worked example:
        >>> votes = Votes(options=("home", "work"), cast={"users": 20, "staff": 100},
        ...               eligible={"users": 40, "staff": 120}, protected=("users",),
        ...               said={("users", (True, False)): 12, ("users", (True, True)): 8, ("staff", (True, True)): 100})
        >>> Approval(options=Options.of("home", "work")).decide(votes).value
        ('home',)

    Edge of the rule:
        `work` has 108 of 120 votes and is not agreed, since 8 of 20 users want it; 11 of 20 would do, and 10 would
        not. A protected group in which nobody voted agrees to nothing.

    Source:
        Brams and Fishburn (1978), American Political Science Review 72, for approval; the majority of a protected group
        by itself is the pattern of ballots on tenant management, where the tenants have to agree too.
    """

    title: str = ""
    means: str = ""
    asks: str = field(default="set", metadata={WORDS: ("set",)})
    rule: str = "approval"
    options: Options
    needs: Needs = MAJORITIES
    share_of: str = field(default="valid", metadata={WORDS: SHARE_OF})

    def check(self) -> list[Wrong]:
        """What is wrong with its options."""
        return check_options(self.options.names, 1)

    def decide(self, votes: Votes) -> Found:
        """The options that pass every test."""
        tests: list[Threshold] = []
        against: list[Dissent] = []
        chosen = []
        for place, option in enumerate(votes.options):
            said = votes.of(place)
            valid = {group: counts.total() for group, counts in said.items()}
            yes = sum(counts[True] for counts in said.values())
            of_option = [threshold("yes", self.needs.overall, yes, votes.base(self.share_of, valid), option=option)]
            for group in votes.protected:
                base = votes.base(self.share_of, valid, group)
                needed = self.needs.protected
                of_option.append(threshold("yes", needed, said[group][True], base, group=group, option=option))
            wanted = all(test.passed for test in of_option)
            chosen += [option] if wanted else []
            word = "no" if wanted else "yes"
            said_so = {group: counts[not wanted] for group, counts in said.items()}
            tests += of_option
            against += dissent(word, said_so, valid, option)
        return Found(
            value=tuple(chosen) or None,
            why="" if chosen else "no option has what it needs",
            tests=tuple(tests),
            dissent=tuple(against),
        )
