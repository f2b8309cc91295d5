"""Which options matter, by ratings from 1 to 9 in each group, in rounds."""

from __future__ import annotations

from fractions import Fraction

from attrs import field, frozen

from pbr.agreement.options import Options
from pbr.agreement.result import Dissent, Threshold
from pbr.agreement.votes import Found, Votes, Wrong, check_options, dissent, threshold
from pbr.agreement.words import Most, Need, show_share
from pbr.document import WORDS

HIGH, LOW = range(7, 10), range(1, 4)
MOST_ROUNDS = 9


@frozen(kw_only=True)
class Rounds:
    """How often it is asked.

    Attributes:
        most: The last round.
        stable: No further round is counted once no group's share of high ratings moved by more than this.
    """

    most: int = 1
    stable: Fraction | None = None


MANY = Need(Fraction(70, 100), over=False)
FEW = Most(Fraction(15, 100), under=True)
NOT_HALF = Most(Fraction(50, 100))
ONCE = Rounds()


@frozen(kw_only=True)
class Delphi:
    """Which options matter, by ratings from 1 to 9 in each group, in rounds.

    Meaning:
        An option is in if in every group at least 70% rate it 7 to 9 and fewer than 15% rate it 1 to 3; it is out if in
        no group more than half rate it 7 to 9; else there is no consensus on it.

    Terms:
        options: What is rated.
        high: What share of each group must rate it 7 to 9; ``at least 70%`` unless said.
        low: What share of each group may rate it 1 to 3; ``under 15%`` unless said.
        out: It is out if this share of every group rates it 7 to 9; ``at most 50%`` unless said.
        rounds: ``most``, how many rounds there are, 1 unless said; a further round asks only about options without
            consensus. With ``stable: 5%`` no further round is counted once no group's share of ratings 7 to 9 moved by
            more than 5 points.

    Worked example:
        >>> nine, two = Fraction(9), Fraction(2)
        >>> said = {("users", (nine,)): 8, ("users", (two,)): 12, ("staff", (nine,)): 95, ("staff", (two,)): 5}
        >>> votes = Votes(options=("sleep",), cast={}, eligible={"users": 30, "staff": 200}, said=said)
        >>> Delphi(options=Options.of("sleep")).decide(votes).why
        'no option is in'

    Edge of the rule:
        14 of 20 is 70% and enough; 3 of 20 is 15% and too many. 8 of 20 users stop what 103 of 120 voters want. A group
        in which nobody rates an option has no consensus on it.

    Source:
        Williamson et al. (2017), The COMET Handbook, Trials 18 (supplement 3), and COS-STAD: thresholds of 70% and 15%
        named beforehand, and consensus within each group of stakeholders.
    """

    title: str = ""
    means: str = ""
    asks: str = field(default="set", metadata={WORDS: ("set",)})
    rule: str = "delphi"
    options: Options
    high: Need = MANY
    low: Most = FEW
    out: Most = NOT_HALF
    rounds: Rounds = ONCE

    def check(self) -> list[Wrong]:
        """What is wrong with its options and rounds."""
        found = check_options(self.options.names, 1)
        if not 1 <= self.rounds.most <= MOST_ROUNDS:
            message = f"there are 1 to {MOST_ROUNDS} rounds"
            found.append(Wrong(code="PBR306", message=message, path=("rounds", "most")))
        if self.out.share >= self.high.share:
            message = f"what is out ({self.out}) could be in ({self.high}) as well; lower `out`"
            found.append(Wrong(code="PBR306", message=message, path=("out",)))
        return found

    def decide(self, votes: Votes) -> Found:
        """The options that are in, after one round."""
        tests: list[Threshold] = []
        against: list[Dissent] = []
        chosen, settled = [], set()
        for place, option in enumerate(votes.options):
            said = votes.of(place)
            valid = {group: counts.total() for group, counts in said.items()}
            high = {group: sum(counts[Fraction(one)] for one in HIGH) for group, counts in said.items()}
            low = {group: sum(counts[Fraction(one)] for one in LOW) for group, counts in said.items()}
            of_option = []
            for group in said:
                of_group = {"group": group, "option": option}
                of_option.append(threshold("rated 7 to 9", self.high, high[group], valid[group], **of_group))
                of_option.append(threshold("rated 1 to 3", self.low, low[group], valid[group], **of_group))
            if all(test.passed for test in of_option):
                chosen.append(option)
                settled.add(option)
                against += dissent("rated 1 to 3", low, valid, option)
            else:
                if all(self.out.passes(high[group], valid[group]) for group in said):
                    settled.add(option)
                against += dissent("rated 7 to 9", high, valid, option)
            tests += of_option
        return Found(
            value=tuple(chosen) or None,
            why="" if chosen else "no option is in",
            tests=tuple(tests),
            dissent=tuple(against),
            settled=frozenset(settled),
        )

    def is_stable(self, before: Found, now: Found) -> bool:
        """Whether no group's share of high ratings of an option asked in both rounds moved by more than allowed."""
        if self.rounds.stable is None:
            return False
        shares = _shares(before)
        moved = [abs(share - shares[key]) for key, share in _shares(now).items() if key in shares]
        return max(moved, default=Fraction(0)) <= self.rounds.stable

    @property
    def stops(self) -> str:
        """When no further round is counted, in words."""
        moved = (
            ""
            if self.rounds.stable is None
            else f", or once no group moved by more than {show_share(self.rounds.stable)}"
        )
        return f"after {self.rounds.most} round{'s' if self.rounds.most > 1 else ''}{moved}"


def _shares(found: Found) -> dict[tuple[str, str], Fraction]:
    """The share of high ratings by option and group."""
    return {
        (test.option, test.group): Fraction(test.numerator) / test.denominator
        for test in found.tests
        if test.what == "rated 7 to 9" and test.numerator is not None and test.denominator
    }
