"""The rules of agreements: numbers worked by hand and published ballots, and both sides of each threshold."""

from __future__ import annotations

import doctest
import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, get_args

import pytest

from pbr.agreement.options import Options
from pbr.agreement.rules import (
    Approval,
    Delphi,
    DualKey,
    EqualShares,
    IndependentMarkets,
    Majority,
    Median,
    Question,
    Unanimity,
)
from pbr.agreement.rules.approval import Needs
from pbr.agreement.rules.delphi import Rounds
from pbr.agreement.rules.independent_markets import markets
from pbr.agreement.votes import Found, Votes, threshold
from pbr.agreement.words import HALF, Most, Need, Quota
from tests.agreements import many, shares, votes

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.agreement.result import Threshold

SECTIONS: Final = ("Meaning:", "Terms:", "Worked example:", "Edge of the rule:", "Source:")


def vector(shared: Path, name: str) -> dict[str, Any]:
    """Read a vector."""
    found: dict[str, Any] = json.loads((shared / "vectors" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def numbers(test: Threshold) -> tuple[int, int]:
    """Give the whole numbers of a test."""
    return int(test.numerator or 0), int(test.denominator or 0)


@pytest.mark.parametrize("rule", get_args(Question), ids=lambda rule: rule.__name__)
def test_rule_is_documented_in_fixed_sections(rule: type) -> None:
    """The docstring of a rule has its sections in order, and its worked example comes out."""
    text = rule.__doc__ or ""
    places = [text.index(section) for section in SECTIONS]
    assert places == sorted(places)
    (test,) = [each for each in doctest.DocTestFinder(recurse=False).find(rule) if each.examples]
    assert doctest.DocTestRunner(verbose=False).run(test) == (0, len(test.examples))


@pytest.mark.parametrize(
    ("needs", "yes", "no", "agreed"),
    [
        ("over 50%", 50, 50, None),
        ("over 50%", 51, 50, True),
        ("at least 50%", 50, 50, True),
        ("at least 2/3", 66, 33, True),
        ("at least 2/3", 65, 33, None),
        ("over 0%", 1, 99, True),
        ("over 0%", 0, 100, None),
        ("at least 100%", 100, 0, True),
        ("over 50%", 0, 0, None),
    ],
)
def test_majority_on_both_sides(needs: str, yes: int, no: int, agreed: bool | None) -> None:
    """A majority passes from its threshold on, a tie fails, and nobody agrees to nothing."""
    rule = Majority(needs=Need.parse(needs) or pytest.fail(needs))
    found = rule.decide(votes(many(("users", True, yes), ("staff", False, no))))
    assert found.value is agreed
    assert (found.why == "") is (agreed is True)
    assert [(numbers(test), test.needed) for test in found.tests] == [((yes, yes + no), needs)]


def test_majority_of_another_basis() -> None:
    """51 of 100 valid papers are not half of 104 cast, nor of 400 eligible."""
    said = votes(many(("users", True, 51), ("staff", False, 49)))
    said = Votes(said=said.said, cast={"users": 53, "staff": 51}, eligible=said.eligible)
    found = {share_of: Majority(share_of=share_of).decide(said) for share_of in ("valid", "cast", "eligible")}
    assert {word: each.value for word, each in found.items()} == {"valid": True, "cast": None, "eligible": None}
    assert [each.tests[0].denominator for each in found.values()] == [100, 104, 400]


def test_majority_gives_the_vector_of_protected_groups(shared: Path) -> None:
    """A majority of all does not carry what the protected tenants refuse, nor theirs what all together refuse."""
    found = vector(shared, "overall_and_protected_group_majority")
    whys = []
    for ballot, expected in zip(found["inputs"], found["expected"], strict=True):
        said = many(*((group, word == "yes", n) for group, each in ballot.items() for word, n in each.items()))
        papers = votes(said, (), ("secure",), ("secure", "leaseholder"))
        result = Majority(protected=HALF).decide(papers)
        assert (result.value is True) is expected["passes"]
        whys.append(result.why)
    assert whys == ["", "too few of a protected group said yes", "too few said yes"]


@pytest.mark.parametrize(("tenants", "agreed"), [(35, None), (36, True)])
def test_majority_of_a_protected_group_on_both_sides(tenants: int, agreed: bool | None) -> None:
    """35 of 70 protected tenants are a tie and fail, 36 do not; only a group that is protected has a test."""
    said = many(("secure", True, tenants), ("secure", False, 70 - tenants), ("owners", True, 30))
    papers = votes(said, (), ("secure",), ("secure", "owners"))
    found = Majority(protected=HALF).decide(papers)
    assert found.value is agreed
    assert [(test.group, numbers(test)) for test in found.tests] == [
        ("all", (tenants + 30, 100)),
        ("secure", (tenants, 70)),
    ]
    assert Majority().decide(papers).value is True
    silent = votes(many(("owners", True, 30)), (), ("secure",), ("secure", "owners"))
    assert Majority(protected=HALF).decide(silent).value is None


def test_unanimity_on_both_sides() -> None:
    """One no, or under `cast` one abstention, stops it."""
    assert Unanimity().decide(votes(many(("users", True, 9)))).value is True
    assert Unanimity().decide(votes(many(("users", True, 9), ("staff", False, 1)))).value is None
    assert Unanimity().decide(votes([])).value is None
    said = Votes(said={("users", (True,)): 9}, cast={"users": 10}, eligible={"users": 9})
    assert Unanimity(share_of="cast").decide(said).value is None
    assert Unanimity(share_of="eligible").decide(said).value is True


def with_value(yes: int, yes_value: int, no: int, no_value: int) -> Votes:
    """Give so many votes on each side of so much value: one voter of a side holds all but 1 of each other."""
    said: list[tuple[str, tuple[Any, ...]]] = []
    for answer, voters, value in ((True, yes, yes_value), (False, no, no_value)):
        held = [1] * (voters - 1) + [value - voters + 1]
        said += [("firms", (answer, Fraction(one))) for one in held[:voters]]
    return votes(said, groups=("firms",))


def test_dual_key_gives_the_published_ballots(shared: Path) -> None:
    """Leamington and Bishop's Stortford were renewed, and Wellingborough was lost, with the published numbers."""
    found = vector(shared, "dual_key_ballots")
    inputs = {each["ballot"]: each for each in found["inputs"] if "ballot" in each}
    for expected in found["expected"]:
        ballot = inputs[expected["ballot"]]
        no, no_value = (
            ballot["valid_votes"] - ballot["yes_votes"],
            int(ballot["value_voted"]) - int(ballot["yes_value"]),
        )
        result = DualKey().decide(with_value(ballot["yes_votes"], int(ballot["yes_value"]), no, no_value))
        assert (result.value is True) is expected["passes"]
        counts = [(test.numerator, test.denominator) for test in result.tests]
        assert counts == [
            (ballot["yes_votes"], ballot["valid_votes"]),
            (int(ballot["yes_value"]), int(ballot["value_voted"])),
        ]
        printed = [f"{round(Fraction(one or 0) / Fraction(of or 1) * 10_000):05d}" for one, of in counts]
        assert [f"{each[0]}.{each[1:]}" for each in printed] == [
            expected["yes_share_votes"],
            expected["yes_share_value"],
        ]


def test_leamington_and_wellingborough_as_printed() -> None:
    """151 of 191 with 9,356,250 of 11,059,750 is renewed; 68 of 142 with 1,601,850 of 3,940,900 is lost."""
    assert DualKey().decide(with_value(151, 9_356_250, 40, 1_703_500)).value is True
    assert DualKey().decide(with_value(68, 1_601_850, 74, 2_339_050)).value is None


@pytest.mark.parametrize(
    ("yes", "yes_value", "no", "no_value", "turned"),
    [
        (2, 60, 1, 40, [True, True]),
        (2, 50, 1, 50, [True, False]),
        (2, 40, 1, 60, [True, False]),
        (1, 60, 1, 40, [False, True]),
        (1, 60, 2, 40, [False, True]),
    ],
)
def test_dual_key_needs_both(yes: int, yes_value: int, no: int, no_value: int, turned: list[bool]) -> None:
    """A tie of either key fails, and neither key turns alone."""
    found = DualKey().decide(with_value(yes, yes_value, no, no_value))
    assert [test.passed for test in found.tests] == turned
    assert (found.value is True) is all(turned)


def test_approval_gives_the_vector_of_protected_groups(shared: Path) -> None:
    """A majority of all does not carry what the protected tenants refuse, nor the other way round."""
    found = vector(shared, "overall_and_protected_group_majority")
    for ballot, expected in zip(found["inputs"], found["expected"], strict=True):
        said = many(*((group, word == "yes", n) for group, each in ballot.items() for word, n in each.items()))
        papers = votes(said, ("manage",), ("secure",), ("secure", "leaseholder"))
        result = Approval(options=Options.of("manage")).decide(papers)
        assert (result.value == ("manage",)) is expected["passes"]


def test_pooling_would_hide_a_veto() -> None:
    """8 of 20 users and 95 of 100 staff are 103 of 120, and not agreed since the users are protected."""
    said = many(("users", True, 8), ("users", False, 12), ("staff", True, 95), ("staff", False, 5))
    rule = Approval(options=Options.of("housed"))
    assert rule.decide(votes(said, ("housed",))).value == ("housed",)
    found = rule.decide(votes(said, ("housed",), ("users",)))
    assert found.value is None
    assert found.why == "no option has what it needs"
    assert [(test.group, numbers(test), test.passed) for test in found.tests] == [
        ("all", (103, 120), True),
        ("users", (8, 20), False),
    ]
    assert [(each.group, each.what, each.voters, each.of) for each in found.dissent] == [
        ("users", "yes", 8, 20),
        ("staff", "yes", 95, 100),
    ]


@pytest.mark.parametrize(("users", "agreed"), [(10, False), (11, True)])
def test_approval_of_a_protected_group_on_both_sides(users: int, agreed: bool) -> None:
    """10 of 20 protected voters are a tie and fail; 11 do."""
    said = many(("users", True, users), ("users", False, 20 - users), ("staff", True, 100))
    found = Approval(options=Options.of("a")).decide(votes(said, ("a",), ("users",)))
    assert (found.value == ("a",)) is agreed


def test_approval_judges_each_option_of_its_own_papers() -> None:
    """Options left out are not votes against, unless the share is of papers cast; a silent protected group refuses."""
    said = [("users", (True, None)), ("users", (True, False)), ("users", (None, True)), ("staff", (None, True))]
    rule = Approval(options=Options.of("a", "b"))
    assert rule.decide(votes(said, ("a", "b"))).value == ("a", "b")
    cast = Approval(
        options=Options.of("a", "b"), share_of="cast", needs=Needs(overall=Need(Fraction(3, 4), over=False))
    )
    assert cast.decide(votes(said, ("a", "b"))).value is None
    assert rule.decide(votes(said, ("a", "b"), ("staff",))).value == ("b",)


@pytest.mark.parametrize(
    ("on_even", "expected"), [("lower", Fraction(70)), ("upper", Fraction(80)), ("mean", Fraction(75))]
)
def test_median_of_an_even_number(on_even: str, expected: Fraction) -> None:
    """Of 60, 70, 80 and 90 the lower is 70, the upper 80 and their mean 75."""
    said = many(*(("users", Fraction(one), 1) for one in (90, 60, 80, 70)))
    assert Median(on_even=on_even).decide(votes(said)).value == expected


def test_median_of_group_medians_weighs_groups_alike() -> None:
    """60 users at 90 and 5 of each other group at 70: all together 90, the middle of 90, 70 and 70 is 70."""
    said = many(("users", Fraction(90), 60), ("carers", Fraction(70), 5), ("staff", Fraction(70), 5))
    papers = votes(said, groups=("users", "carers", "staff", "silent"))
    pooled, grouped = Median().decide(papers), Median(of="group_medians").decide(papers)
    assert (pooled.value, grouped.value) == (90, 70)
    assert grouped.by_group == {"users": 90, "carers": 70, "staff": 70, "all": 90}
    assert [(each.what, each.group, each.voters) for each in grouped.dissent] == [
        ("lower", "users", 0),
        ("lower", "carers", 0),
        ("lower", "staff", 0),
        ("higher", "users", 60),
        ("higher", "carers", 0),
        ("higher", "staff", 0),
    ]


def test_nobody_gives_no_figure() -> None:
    """Without a paper there is no figure, no weights and nothing bought."""
    assert Median().decide(votes([])) == Found(value=None, why="nobody gave a figure")
    weights = IndependentMarkets(options=Options.of("a", "b"))
    assert weights.decide(votes([], ("a", "b"))) == Found(value=None, why="nobody gave weights")
    bought = EqualShares(budget=Fraction(1), costs={"a": Fraction(1)})
    assert bought.decide(votes([], ("a",))) == Found(value=None, why="nobody approved anything")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([("1", "0"), ("0", "1")], ("1/2", "1/2")),
        ([("1", "0"), ("1", "0"), ("0", "1")], ("2/3", "1/3")),
        ([("3/5", "2/5")], ("3/5", "2/5")),
        ([("1", "0", "0"), ("0", "1", "0"), ("0", "0", "1")], ("1/3", "1/3", "1/3")),
        ([("1/2", "1/2", "0"), ("1/2", "0", "1/2"), ("0", "1/2", "1/2")], ("1/3", "1/3", "1/3")),
        ([("1/2", "1/2"), ("1", "0"), ("0", "1")], ("1/2", "1/2")),
    ],
)
def test_independent_markets_worked(said: list[tuple[str, ...]], expected: tuple[str, ...]) -> None:
    """Single-minded voters get their part of the whole, one voter gets what they say, and all weights come to 1."""
    options = tuple("abc"[: len(expected)])
    found = IndependentMarkets(options=Options.of(*options)).decide(
        votes([("users", shares(*one)) for one in said], options)
    )
    assert found.value == dict(zip(options, shares(*expected), strict=True))


def test_markets_of_two_are_the_median() -> None:
    """With 4 of 60%, 75% and 80% and phantoms at 1/3 and 2/3, the weight of the first of two options is 2/3."""
    said = [Fraction(60, 100), Fraction(75, 100), Fraction(80, 100)]
    first = dict.fromkeys(said, 1)
    second = {1 - one: 1 for one in said}
    # of 60, 75, 80 and the phantoms 0, 1/3, 2/3, 1 the middle one is 2/3
    assert markets([first, second]) == (Fraction(2, 3), Fraction(1, 3))


def test_equal_shares_gives_a_quarter_to_a_quarter() -> None:
    """25 of 100 voters who agree get a quarter of the budget, and 24 of 99 others do not get the last penny."""
    costs = {"a": Fraction(75), "b": Fraction(25)}
    said = [("users", (True, False))] * 75 + [("users", (False, True))] * 25
    found = EqualShares(budget=Fraction(100), costs=costs).decide(votes(said, ("a", "b")))
    assert found.value == ("a", "b")
    dearer = EqualShares(budget=Fraction(100), costs={"a": Fraction(75), "b": Fraction(2501, 100)})
    assert dearer.decide(votes(said, ("a", "b"))).value == ("a",)


def test_equal_shares_leaves_over_or_completes() -> None:
    """10 is left after a, which pays for b: it stays unspent, or goes to b, the most approved that it pays for."""
    costs = {"a": Fraction(50), "b": Fraction(10), "c": Fraction(11)}
    said = [("users", (True, False, False))] * 5 + [("users", (False, True, True))] * 1
    unspent = EqualShares(budget=Fraction(60), costs=costs)
    assert unspent.decide(votes(said, ("a", "b", "c"))).value == ("a", "b")
    said = [("users", (True, False, False))] * 5 + [("users", (False, False, False))] * 1
    assert unspent.decide(votes(said, ("a", "b", "c"))).value == ("a",)
    said = [("users", (True, True, False))] * 5 + [("users", (False, False, True))] * 1
    completed = EqualShares(budget=Fraction(65), costs=costs, leftover="most_approved")
    found = completed.decide(votes(said, ("a", "b", "c")))
    assert found.value == ("a", "b")
    assert [(test.what, test.option, test.numerator, test.passed) for test in found.tests] == [
        ("held by those for it", "b", Fraction(65 * 5, 6), True),  # of the same part the cheaper first
        ("held by those for it", "a", Fraction(65 * 5, 6) - 10, False),
        ("held by those for it", "c", Fraction(65, 6), False),
        ("left over for it", "a", 55, True),
    ]


def test_the_poorest_give_all_that_they_have() -> None:
    """A costs 6 of three voters; then b costs 10 of one of them, who has 4 left, and of one who has 6."""
    costs = {"a": Fraction(6), "b": Fraction(10)}
    said = [("users", (True, False)), ("users", (True, False)), ("users", (True, True)), ("users", (False, True))]
    found = EqualShares(budget=Fraction(24), costs=costs).decide(votes(said, ("a", "b")))
    assert found.value == ("a", "b")
    assert [(test.option, test.numerator) for test in found.tests] == [("a", Fraction(18)), ("b", Fraction(10))]
    dearer = EqualShares(budget=Fraction(24), costs=costs | {"b": Fraction(1001, 100)})
    assert dearer.decide(votes(said, ("a", "b"))).value == ("a",)


def test_ties_of_equal_shares_fail_or_are_all_bought() -> None:
    """Two options of the same voters who can pay for one are put aside; of different voters both are bought."""
    costs = {"a": Fraction(6), "b": Fraction(6)}
    same = [("users", (True, True))] * 4
    found = EqualShares(budget=Fraction(10), costs=costs).decide(votes(same, ("a", "b")))
    assert found.value is None
    assert [test.what for test in found.tests] == ["held by those for it and what it ties with"] * 2
    assert not any(test.passed for test in found.tests)
    apart = [("users", (True, False))] * 2 + [("users", (False, True))] * 2
    assert EqualShares(budget=Fraction(12), costs=costs).decide(votes(apart, ("a", "b"))).value == ("a", "b")
    one = [("users", (True, True))] * 3 + [("users", (True, False))]
    assert EqualShares(budget=Fraction(10), costs=costs).decide(votes(one, ("a", "b"))).value == ("a",)


def test_ties_go_by_the_order_that_is_declared() -> None:
    """With an order of ties the first of it is bought, and of the rest the first that is paid for."""
    costs = {"a": Fraction(6), "b": Fraction(6)}
    same = [("users", (True, True))] * 4
    rule = EqualShares(budget=Fraction(10), costs=costs, ties=("b", "a"))
    assert rule.decide(votes(same, ("a", "b"))).value == ("b",)
    costs = {"a": Fraction(90), "b": Fraction(10), "c": Fraction(10)}
    said = [("users", (True, False, False))] * 18 + [("users", (False, True, False)), ("users", (False, False, True))]
    said = [*said, ("users", (False, False, False))]
    order = EqualShares(budget=Fraction(105), costs=costs, leftover="most_approved", ties=("c", "b", "a"))
    assert order.decide(votes(said, ("a", "b", "c"))).value == ("a", "c")


def test_ties_of_the_completion_fail() -> None:
    """Two equally approved options for which the rest pays once are bought neither."""
    costs = {"a": Fraction(90), "b": Fraction(10), "c": Fraction(10)}
    said = [("users", (True, False, False))] * 18 + [("users", (False, True, False)), ("users", (False, False, True))]
    rule = EqualShares(budget=Fraction(100), costs=costs, leftover="most_approved")
    found = rule.decide(votes(said, ("a", "b", "c")))
    assert found.value == ("a",)
    assert [(test.what, test.passed) for test in found.tests[-2:]] == [("left over for a tie", False)] * 2


def rated(**groups: tuple[int, int, int]) -> Votes:
    """Give ratings of one option by group: how many rate it 9, 1, and 5."""
    said = []
    for group, (high, low, between) in groups.items():
        said += many((group, Fraction(9), high), (group, Fraction(1), low), (group, Fraction(5), between))
    return votes(said, ("sleep",), groups=tuple(groups))


def test_delphi_gives_the_vector(shared: Path) -> None:
    """In, out and no consensus by group, where pooling would say something else."""
    found = vector(shared, "delphi_consensus_by_group")
    for groups, expected in zip(found["inputs"], found["expected"], strict=True):
        counts = {
            name: (each["7-9"], each["1-3"], each["n"] - each["7-9"] - each["1-3"]) for name, each in groups.items()
        }
        result = Delphi(options=Options.of("sleep")).decide(rated(**counts))
        said = "in" if result.value else "out" if result.settled else "no consensus"
        assert said == expected["by_group"]


@pytest.mark.parametrize(
    ("ratings", "value", "settled"),
    [
        ((70, 14, 16), ("sleep",), True),
        ((69, 14, 17), None, False),
        ((70, 15, 15), None, False),
        ((51, 0, 49), None, False),
        ((50, 0, 50), None, True),
        ((0, 0, 0), None, False),
    ],
)
def test_delphi_on_both_sides(ratings: tuple[int, int, int], value: tuple[str, ...] | None, settled: bool) -> None:
    """70% high and 14% low are in, 69% or 15% are not; 50% are out, 51% are not; nobody settles nothing."""
    found = Delphi(options=Options.of("sleep")).decide(rated(users=ratings))
    assert found.value == value
    assert ("sleep" in found.settled) is settled


@pytest.mark.parametrize("rating", range(1, 10))
def test_delphi_counts_seven_to_nine_and_one_to_three(rating: int) -> None:
    """7, 8 and 9 are high, 1, 2 and 3 low, and 4 to 6 neither."""
    found = Delphi(options=Options.of("sleep")).decide(
        votes(many(("users", Fraction(rating), 1)), ("sleep",), (), ("users",))
    )
    assert [test.numerator for test in found.tests] == [int(rating >= 7), int(rating <= 3)]


def test_rounds_are_stable_within_a_limit() -> None:
    """A share that moved from 60% to 65% is stable within 5%, and one that moved to 66% is not."""
    rule = Delphi(options=Options.of("sleep"), rounds=Rounds(most=3, stable=Fraction(5, 100)))
    before = rule.decide(rated(users=(60, 20, 20)))
    assert rule.is_stable(before, rule.decide(rated(users=(65, 20, 15))))
    assert not rule.is_stable(before, rule.decide(rated(users=(66, 20, 14))))
    assert not Delphi(options=Options.of("sleep")).is_stable(before, before)
    assert rule.stops == "after 3 rounds, or once no group moved by more than 5%"


@pytest.mark.parametrize(
    ("text", "eligible", "needed"),
    [("10% of eligible", 95, 10), ("10% of eligible", 100, 10), ("1/3 of eligible", 100, 34), ("7 voters", 95, 7)],
)
def test_quorum_is_a_whole_number_of_voters(text: str, eligible: int, needed: int) -> None:
    """A share of those eligible is rounded up, since nobody votes in part."""
    quota = Quota.parse(text)
    assert quota is not None
    assert quota.needed(eligible) == needed


def test_limits_and_thresholds_show_both_sides() -> None:
    """`under` and `over` leave their own figure out, `at most` and `at least` do not."""
    half = Fraction(1, 2)
    found = [
        [threshold("x", needed, n, 100).passed for n in (49, 50, 51)]
        for needed in (Need(half), Need(half, over=False), Most(half, under=True), Most(half))
    ]
    assert found == [[False, False, True], [False, True, True], [True, False, False], [True, True, False]]
