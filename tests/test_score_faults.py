"""Outcome kind score: what is wrong with its terms, each fault in one message."""

from __future__ import annotations

import pytest

from tests import small
from tests.small import changed
from tests.test_score import FALL, score


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ("value: used", "PBR136 a score has one test: `at_least`, `at_most`, `above`, `below` or `reliable`"),
        (
            "value: used, at_least: 1, below: 9",
            "PBR136 a score has one test: `at_least`, `at_most`, `above`, `below` or `reliable`",
        ),
        ("value: sued, at_least: 1", "PBR134 'sued' is not a number of reviews"),
        ("value: form, at_least: 1", "PBR134 'form' is not a number of reviews"),
        ("value: [used], at_least: 1", "PBR103 a map of keys is expected here"),
        ("value: used, at_least: 5%", "PBR124 '5%' is not a number"),
        ("value: used, at_least: enough", "PBR111 no value is named 'enough'"),
        (
            "value: used, at_least: 2000000000000000",
            "PBR109 '2000000000000000' is not a number such as 16 or 2.5, of at most 15 digits before the point",
        ),
        ("value: used, of: baseline, at_least: 5%", "PBR136 a percentage of the baseline is of a change"),
        (
            "value: used, of: baseline, change: up, reliable: {sd: 1, reliability: 0.8, z: 1}",
            "PBR136 a reliable change is no percentage",
        ),
        (
            "value: used, of: baseline, change: up, at_least: 3 days",
            "PBR124 '3 days' is not a ratio such as 5/6, 94% or 1.2",
        ),
        ("value: used, baseline: {pick: last}, at_least: 1", "PBR136 without `change` the score itself is tested"),
        (f"{FALL}, baseline: {{from: start, after: start}}", "PBR135 a baseline has `from` or `after`, not both"),
        (f"{FALL}, baseline: {{for: 3 days}}", "PBR135 `for` is counted from a day"),
        (
            f"{FALL}, baseline: {{from: start, for: 3 days, until: 2025-05-01}}",
            "PBR135 a baseline has `for` or `until`, not both",
        ),
        (
            f"{FALL}, baseline: {{from: start, until: job}}",
            "PBR107 'job' is not a day written like 2025-04-01, which `until` is beside `from` or `after`",
        ),
        (f"{FALL}, baseline: {{until: jib}}", "PBR111 no outcome is named 'jib'"),
        (f"{FALL}, baseline: {{from: start, for: 200 years}}", "PBR109 200 years is longer than 100 years"),
        (f"{FALL}, baseline: {{until: kept, pick: middle}}", "PBR106 'middle' cannot stand here"),
        (
            "value: used, reliable: {sd: 1, reliability: 0.8}",
            "PBR136 a reliable change has either `level`, such as 95%, or `z`, such as 1.96",
        ),
        (
            "value: used, reliable: {sd: 1, reliability: 0.8, level: 95%, z: 2}",
            "PBR136 a reliable change has either `level`, such as 95%, or `z`, such as 1.96",
        ),
        ("value: used, reliable: {sd: 1, reliability: 0.8, level: 97%}", "PBR106 '97%' is not a level in the table"),
        ("value: used, reliable: {sd: 0, reliability: 0.8, z: 2}", "PBR109 `sd` is above 0"),
        ("value: used, reliable: {sd: 1, reliability: 0.8, z: -2}", "PBR109 `z` is above 0"),
        ("value: used, reliable: {sd: 1, reliability: 1, z: 2}", "PBR109 a reliability is below 1"),
        (
            "value: used, reliable: {sd: job_price, reliability: 0.8, z: 2}",
            "PBR125 'job_price' has several figures, and the change beyond chance is one for everybody",
        ),
        ("value: used, reliable: {sd: 1, reliability: none_such, z: 2}", "PBR111 no value is named 'none_such'"),
        ("value: {sum: [q1, q2], each: 4}, at_least: 1", "PBR109 '4' does not say the least and the greatest answer"),
        (
            "value: {sum: [q1, q2], each: 4 to 1}, at_least: 1",
            "PBR109 '4 to 1' does not say the least and the greatest answer",
        ),
        ("value: {sum: [], each: 1 to 4}, at_least: 1", "PBR102 name from 1 to 100 fields to be added up"),
        ("value: {sum: [q1, q1], each: 1 to 4}, at_least: 1", "PBR110 'q1' stands here twice"),
        ("value: {sum: [q1, grade], each: 1 to 4}, at_least: 1", "PBR134 'grade' is not a whole number field"),
        (
            "value: {sum: [q1, used], each: 1 to 4}, at_least: 1",
            "PBR134 the field 'used' may hold other numbers than 1 to 4",
        ),
        (
            "value: {sum: [q1], each: 1 to 3}, at_least: 1",
            "PBR134 the field 'q1' may hold other numbers than 1 to 3",
        ),
        (
            "value: {sum: [q1], each: 1 to 4, reverse: [q2]}, at_least: 1",
            "PBR111 'q2' is not one of the fields added up",
        ),
        ("value: {sum: [q1], each: 1 to 4, reverse: [q1, q1]}, at_least: 1", "PBR110 'q1' stands here twice"),
        (
            "value: {sum: [q1, q2], each: 1 to 4, fill: mean}, at_least: 1",
            "PBR102 'most_missing' is missing here: say how many items `fill: mean` may fill in",
        ),
        (
            "value: {sum: [q1, q2], each: 1 to 4, most_missing: 1}, at_least: 1",
            "PBR136 nothing stands for an item that is missing",
        ),
        (
            "value: {sum: [q1, q2], each: 1 to 4, most_missing: 2, fill: mean}, at_least: 1",
            "PBR109 '2' is not a number of items from 0 to 1",
        ),
        (
            "value: {sum: [q1, q2], each: 1 to 4, most_missing: few, fill: mean}, at_least: 1",
            "PBR109 'few' is not a number of items from 0 to 1",
        ),
        ("value: {sum: [q1, q2]}, at_least: 1", "PBR102 'each' is missing here"),
        ("value: {sum: [q1, q2], each: 1 to 4, revers: [q1]}, at_least: 1", "PBR104 unknown key 'revers'"),
    ],
)
def test_what_is_wrong_with_a_score_is_said(terms: str, problem: str) -> None:
    """One message for each fault."""
    found = [f"{one.code} {one.message.partition(';')[0]}" for one in small.problems_of(score(terms))]
    assert found == [problem]


def test_of_the_cohorts_own_row_nothing_changes() -> None:
    """There is one row for each, so a change of it is refused."""
    text = score("value: used, at_least: 1").replace(
        "table: reviews, date: day, value: used", "table: people, date: began, value: mark, change: up"
    )
    text = changed(("      level: {type: text", "      mark: whole\n      level: {type: text"), text=text)
    found = [f"{one.code} {one.message.partition(';')[0]}" for one in small.problems_of(text)]
    assert found == ["PBR134 there is one row of the cohort's own table for each, so that nothing changes"]


def test_a_sum_of_too_many_missing_items_is_refused() -> None:
    """If half of a hundred items may be missing, no number that can be held is divided by every count of answers."""
    said = "PBR109 a sum scaled for so many missing items comes to more than can be held"
    assert faults_of_many(100, 50, "1")[0] == said
    assert faults_of_many(20, 9, "1") == []
    assert faults_of_many(20, 9, "1000000000000") == ["PBR109 this is more than a score can come to"]


def faults_of_many(number: int, missing: int, least: str) -> list[str]:
    """Give what is wrong with a sum of so many items of which so many may be missing."""
    names = [f"i{place}" for place in range(number)]
    fields = "".join(f"      {name}: {{type: whole, from: 1, to: 4}}\n" for name in names)
    terms = f"value: {{sum: [{', '.join(names)}], each: 1 to 4, most_missing: {missing}, fill: mean}}"
    text = score(f"{terms}, at_least: {least}", ("      void: date\n", f"      void: date\n{fields}"))
    return [f"{one.code} {one.message.partition(';')[0]}" for one in small.problems_of(text)]
