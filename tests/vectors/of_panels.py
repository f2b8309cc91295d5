"""Vectors of what panels and ballots decide, and of the answers of users: papers counted, and what is paid by them."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from pbr.money import plain
from tests.vectors.filed import decided, figure, paid
from tests.vectors.registry import reproduces

if TYPE_CHECKING:
    from pbr.agreement import Result
    from tests.vectors.filed import Change, Filed, Rows
    from tests.vectors.given import Given

EXACT: Final = "1.959963984540054"
"""The quantile of 97.5% to as many decimals as the published bounds need; the table of the language has 1.96."""


def counts(result: Result, question: str) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Give the two numbers of each test of a question, by what it is of, the option and the group."""
    return {
        (test.what, test.option, test.group): (int(test.numerator or 0), int(test.denominator or 0))
        for test in result.questions[question].tests
    }


def four_places(share: Fraction) -> str:
    """Write a share to four places."""
    return f"0.{round(share * 10_000):04d}"


def years(agreement: str) -> int:
    """Give for how many years an agreement holds, whose last day is the one before an anniversary of the first."""
    words = agreement.partition("valid: {from: ")[2]
    first, last = dt.date.fromisoformat(words[:10]), dt.date.fromisoformat(words.partition("to: ")[2][:10])
    after = last + dt.timedelta(days=1)
    assert (after.month, after.day) == (first.month, first.day)
    return after.year - first.year


@reproduces("dual_key_ballots", contract="improvement-district")
def ballots_of_two_keys(given: Given, filed: Filed) -> None:
    """Leamington and Bishop's Stortford were renewed, and Wellingborough was lost, with the published numbers.

    The same action in each district is paid where the ballot passed.
    """
    inputs = {each["ballot"]: each for each in given["inputs"] if "ballot" in each}
    terms = given["parameters"]
    assert terms["majority"] == "strictly more than 0.5, both keys"
    (note,) = (each["note"] for each in given["inputs"] if "note" in each)
    eligible, papers, valid = map(int, re.findall(r"\d+", note))
    on = {"begun_on": "2019-11-04", "finished_on": "2019-12-02", "recorded_on": "2019-12-09"}
    districts = ("leamington", "bishops_stortford", "wellingborough")
    rows = [{"action": name, "provider": name, "size": "small"} | on for name in districts]
    money = paid(filed.run({"actions": rows}, "2019-12-31"), "provider")
    for expected in given["expected"]:
        name = expected["ballot"]
        file = "wellingborough-2019-03" if name == "wellingborough_2019" else name.replace("_", "-")
        assert "needs: {votes: over 50%, value: over 50%}\n" in filed.agreement(file)
        result, ballot = filed.count(file), inputs[name]
        found = counts(result, "levy")
        votes, value = found["yes", "", "all"], found["value of yes", "", "all"]
        assert votes == (ballot["yes_votes"], ballot["valid_votes"])
        assert value == (int(ballot["yes_value"]), int(ballot["value_voted"]))
        assert four_places(Fraction(*votes)) == expected["yes_share_votes"]
        assert four_places(Fraction(*value)) == expected["yes_share_value"]
        assert result.agreed is expected["passes"]
        assert (name.rpartition("_")[0] in money) is expected["passes"]
        assert years(filed.agreement(file)) == terms["validity_years"]
        if "turnout_pct" in expected:
            assert found["quorum", "", "all"] == (valid, eligible)
            assert round(Fraction(valid * 1000, eligible)) == Fraction(expected["turnout_pct"]) * 10
            assert result.papers["read"] == papers


@reproduces("overall_and_protected_group_majority", contract="tenant-management")
def most_of_all_and_most_of_a_group(given: Given, filed: Filed) -> None:
    """Three estates: their papers, which of them passes, and that only its repairs are paid."""
    estates = ("ash_court", "birch_court", "cedar_court")
    on = {"urgency": "urgent", "asked_on": "2024-05-01", "done_on": "2024-05-02", "recorded_on": "2024-05-03"}
    rows = [{"repair": name, "provider": name} | on for name in estates]
    money = paid(filed.run({"repairs": rows}, "2024-06-30"), "provider")
    for estate, ballot, expected in zip(estates, given["inputs"], given["expected"], strict=True):
        file = estate.replace("_", "-")
        result = filed.count(file)
        found = counts(result, "manage")
        yes, no = (sum(each[word] for each in ballot.values()) for word in ("yes", "no"))
        assert found["yes", "", "all"] == (yes, yes + no)
        assert found["yes", "", "secure"] == (ballot["secure"]["yes"], ballot["secure"]["yes"] + ballot["secure"]["no"])
        assert result.agreed is expected["passes"]
        assert (estate in money) is expected["passes"]
        assert years(filed.agreement(file)) == given["parameters"]["validity_years"]


@reproduces("delphi_consensus_by_group", contract="core-outcomes")
def ratings_of_each_group(given: Given, filed: Filed) -> None:
    """In, out and no consensus as the rule says by group, beside what it would say of everybody pooled.

    A review of every outcome, each attained, is paid for the outcomes that are in.
    """
    words = {"in_high": ("high", "at least"), "in_low": ("low", "under"), "out_high": ("out", "at most")}
    limits = {}
    for name, text in given["parameters"].items():
        limit, kind = text.split()
        key, word = words[name]
        assert kind == ("exclusive" if word == "under" else "inclusive")
        limits[key] = Fraction(limit)
        assert f"    {key}: {word} {plain(Fraction(limit) * 100)}%\n" in filed.agreement("panel")
    options = ("recovered", "housed", "clean_tests", "kept_appointments")
    row = {"provider": "northbank", "asked_on": "2025-05-01", "attained": "yes", "recorded_on": "2025-05-02"}
    rows = [row | {"review": option, "goal": option} for option in (*options, "well")]
    money = paid(filed.run({"reviews": rows}, "2025-06-30"), "occurrence")
    rewarded = {option for option in options for where, amount in money.items() if amount != "0.00" and option in where}
    result = filed.count("panel")
    answer, found = result.questions["outcomes"], counts(result, "outcomes")
    chosen = answer.agreed_value
    assert isinstance(chosen, tuple)
    for option, groups, expected in zip(options, given["inputs"], given["expected"], strict=True):
        for group, numbers in groups.items():
            name = {"service_users": "users"}.get(group, group)
            assert found["rated 7 to 9", option, name] == (numbers["7-9"], numbers["n"])
            assert found["rated 1 to 3", option, name] == (numbers["1-3"], numbers["n"])
        everybody = sum(numbers["n"] for numbers in groups.values())
        high, low = (Fraction(sum(numbers[key] for numbers in groups.values()), everybody) for key in ("7-9", "1-3"))
        said = "in" if option in chosen else "out" if option in answer.out else "no consensus"
        assert said == expected["by_group"]
        pooled = "in" if high >= limits["high"] and low < limits["low"] else "not in"
        assert pooled == expected["pooled_rule_would_say"]
        assert (option in rewarded) is (said == "in")


def surveyed(answers: list[list[int | None]], asked: int) -> dict[str, Rows]:
    """Give people who were asked, of whom so many answered eight items."""
    own = {"provider": "northbank", "came_on": "2025-05-12", "asked_on": "2025-06-02", "recorded_on": "2025-07-14"}
    silent: list[list[int | None]] = [[None] * 8] * (asked - len(answers))
    return {
        "people": [
            own | {"person": f"P{place:03}"} | {f"c{at}": str(item or "") for at, item in enumerate(items, start=1)}
            for place, items in enumerate([*answers, *silent])
        ]
    }


@reproduces(
    "satisfaction_threshold_rule",
    contract="satisfied-users",
    changed="a threshold on either side of each bound, with an exact quantile; another least response",
)
def enough_users_are_satisfied(given: Given, filed: Filed) -> None:
    """109 of 116 of 464 pass both bounds at 85%, and a floor of 30% is not reached.

    Both bounds are those published: half a unit of the last digit less is met, and half a unit more is not.
    """
    inputs, expected, terms = given["inputs"], given["expected"], given["parameters"]
    asked, answered, satisfied = (inputs[word] for word in ("eligible", "answers", "satisfied"))
    floor = f"    response: {plain(Fraction(terms['response_floor']) * 100)}%\n"
    level = f"by: lower {plain(Fraction(terms['confidence']) * 100)}% two-sided"
    assert f"    fewest: {terms['minimum_answers']}\n" in filed.text()
    content: list[list[int | None]] = [[3] * 8] * satisfied
    other: list[list[int | None]] = [[*[3] * 7, 2]] * (answered - satisfied)
    tables, key = surveyed(content + other, asked), ("northbank", "Y1")

    def met(name: str, *changes: Change) -> bool:
        """Say whether a test is met under changes."""
        return filed.run(tables, "2026-03-31", *changes).decisions.pooled[name].results[key].met

    done = filed.run(tables, "2026-03-31")
    results = {name: pooled.results[key] for name, pooled in done.decisions.pooled.items()}
    counted = results["share"].counted
    assert counted is not None
    assert (counted.met, counted.counted, counted.asked) == (satisfied, answered, asked)
    assert four_places(Fraction(counted.counted, asked)) == expected["response_rate"]
    assert four_places(figure(done, "share", *key) or Fraction(0)) == expected["rate"]
    assert four_places(figure(done, "worst_case", *key) or Fraction(0)) == expected["worst_case_rate"]
    assert round(Fraction(answered * (asked - 1), asked - answered), 4) == Fraction(expected["n_effective"])
    assert results["satisfied"].threshold == Fraction(terms["threshold"])
    for name, of, word, bound in (
        ("satisfied", "\n", "pays", "wilson_lower"),
        ("satisfied_of_asked", " of asked\n", "pays_fpc", "wilson_lower_fpc"),
    ):
        assert results[name].met is expected[word]
        rule = f"    at_least: satisfied_enough\n    {level}{of}"
        for more in (-1, 1):
            least = plain(Fraction(expected[bound]) + Fraction(more, 2_000_000))
            change = (rule, f"    at_least: {least}\n    by: lower z {EXACT}{of}")
            assert met(name, change) is (more < 0)
    assert paid(done, "provider") == {"northbank": "50000.00"}
    for least, pays in (("25%", True), ("26%", False), ("30%", expected["pays_if_response_floor_0.30"])):
        change = (floor, f"    response: {least}\n")
        assert met("satisfied", change) is pays
        assert (paid(filed.run(tables, "2026-03-31", change), "provider") != {}) is pays


@reproduces("csq8_score", contract="satisfied-users", changed="the score that is enough")
def eight_items_of_a_survey(given: Given, filed: Filed) -> None:
    """Each score is reached and not exceeded by a point; with an item missing there is none."""
    tables = surveyed([list(one["items"]) for one in given["inputs"]], len(given["inputs"]))
    for place, expected in enumerate(given["expected"]):
        score = expected["score"]
        for least, state in ((24, "unknown"),) if score is None else ((score, "met"), (score + 1, "not_met")):
            done = filed.run(tables, "2026-03-31", ("  satisfied_score: 24 ", f"  satisfied_score: {least} "))
            assert decided(done, "content")[f"P{place:03}"][0] == state
