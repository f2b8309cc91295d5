"""Taxes on what the lines of a group come to: worked out by hand, and always last."""

from __future__ import annotations

import random
from typing import Any, Final

import pytest

import pbr
from tests import small
from tests.test_money_of_groups import TEXT, changes, evaluated, written

PENNIES: Final = TEXT.replace("a: 6.00, b: 4.00, c: 4.01, d: 10.00", "a: 0.06, b: 0.07, c: 0.12, d: 10.00")
VAT: Final = "{id: vat, kind: tax, rate: 20%, per: [provider, month]}"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (["A a 2025-04-10", "C a 2025-04-11"], [("NORTH", "vat Y1-M01", "vat", 2)]),  # 0.024; one by one 0.01 each
        (["A a 2025-04-10", "C b 2025-04-11"], [("NORTH", "vat Y1-M01", "vat", 3)]),  # 0.026; one by one 0.01 each
        (["A -a 2025-04-10", "C -b 2025-04-11"], [("NORTH", "vat Y1-M01", "vat", -3)]),
        (["A b 2025-04-10", "C -b 2025-04-11"], []),
        (["A a 2025-04-10", "C a 2025-05-11"], [("NORTH", "vat Y1-M01", "vat", 1), ("NORTH", "vat Y1-M02", "vat", 1)]),
        (["A c 2025-04-10", "B c 2025-04-11"], [("NORTH", "vat Y1-M01", "vat", 2), ("SOUTH", "vat Y1-M01", "vat", 2)]),
        ([], []),
    ],
)
def test_a_tax_is_of_the_sum_of_a_group_and_rounded_once(events: list[str], expected: list[Any]) -> None:
    """Tax of the sum is not the sum of taxes; what is taken has a tax below nothing; nothing has none."""
    assert changes(VAT, events, text=PENNIES) == expected


def test_a_tax_of_each_line_of_a_person_is_another_sum() -> None:
    """Per person two lines of 0.06 have 0.01 each, 0.02 together like the sum's; of 0.07 and 0.06 a penny is lost."""
    each = VAT.replace("provider, month", "person")
    assert sum(row[3] for row in changes(each, ["A a 2025-04-10", "C b 2025-04-11"], text=PENNIES)) == 2
    assert changes(VAT, ["A a 2025-04-10", "C b 2025-04-11"], text=PENNIES)[0][3] == 3


def test_a_tax_is_of_what_earlier_adjustments_leave_and_of_no_other_tax() -> None:
    """A cap leaves 10.00 of 16.00, a floor for south makes 5.00 of 4.00; a levy is of the same, not of the VAT."""
    terms = (
        "{id: most, kind: cap, at_most: 10.00, per: [provider]}\n"
        "{id: least, kind: floor, at_least: 5.00, per: [provider]}\n"
        "{id: vat, kind: tax, rate: 20%, per: [provider]}\n"
        "{id: levy, kind: tax, rate: 1/2, per: [provider]}"
    )
    found = [
        row for row in changes(terms, ["A a 2025-04-10", "C d 2025-04-11", "B b 2025-04-11"]) if row[2] in "vat levy"
    ]
    assert sorted(found) == [
        ("NORTH", "levy all", "levy", 500),
        ("NORTH", "vat all", "vat", 200),
        ("SOUTH", "levy all", "levy", 250),
        ("SOUTH", "vat all", "vat", 100),
    ]


def test_a_dated_rate_is_that_of_the_first_day_of_the_period() -> None:
    """A rate that rises on 15 May holds from June for taxes by month."""
    dated = TEXT.replace("values:\n", "values:\n  rate: {dated: {2025-04-01: 10%, 2025-05-15: 20%}}\n")
    events = ["A d 2025-04-10", "C d 2025-05-20", "A a 2025-06-01"]
    assert changes(VAT.replace("20%", "rate"), events, text=dated) == [
        ("NORTH", "vat Y1-M01", "vat", 100),
        ("NORTH", "vat Y1-M02", "vat", 100),
        ("NORTH", "vat Y1-M03", "vat", 120),
    ]


def test_a_tax_may_be_on_some_payments_some_people_and_on_gains() -> None:
    """`on`, `where` and `only` limit it."""
    events = ["A d 2025-04-10", "C d 2025-04-11", "A -b 2025-04-12"]
    assert changes(VAT, events)[0][3] == 320
    assert changes(VAT.replace("per:", "on: [give], per:"), events)[0][3] == 400
    assert changes(VAT.replace("per:", "only: takes, per:"), events)[0][3] == -80
    assert changes(VAT.replace("per:", "where: \"level = 'high'\", per:"), events)[0][3] == 120


def test_a_tax_that_cannot_be_held_is_an_error() -> None:
    """What 64 bits cannot hold is said, and not wrapped."""
    large = TEXT.replace("d: 10.00", "d: 9000000000000.00")
    with pytest.raises(pbr.EvaluationError) as caught:
        evaluated(VAT.replace("20%", "999999999"), ["A d 2025-04-10"], text=large)
    assert [problem.code for problem in caught.value.problems] == ["PBR401"]


def test_the_order_of_rows_changes_no_tax() -> None:
    """However the events are sent, the lines are the same bytes, and add up to the net and its tax."""
    events = ["A a 2025-04-10", "C b 2025-04-10", "B c 2025-04-10", "A -d 2025-05-11", "C c 2025-05-12"]
    first = evaluated(VAT, events)
    for seed in range(4):
        random.Random(seed).shuffle(events)  # noqa: S311  # made-up events need no secrets
        assert evaluated(VAT, events).statement.lines().equals(first.statement.lines())
    net = [600 + 400, 401, -1000 + 401]
    assert first.statement.total_minor == sum(net) + 200 + 80 - 120


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ("kind: tax, rate: 20%, per: []", "PBR125 name at least one of"),
        ("kind: tax, rate: 20%, per: [month]", "PBR125 its lines are of a group, so `per` names provider"),
        ("kind: tax, rate: 12.50 GBP, per: [provider]", "PBR109 '12.50 GBP' is not a ratio"),
        ("kind: tax, rate: -20%, per: [provider]", "PBR109 '-20%' is below 0"),
        ("kind: tax, rate: vat, per: [provider]", "PBR111 no value is named 'vat'"),
        ("kind: tax, per: [provider]", "PBR102"),
        ("kind: tax, rate: 20%", "PBR102"),
    ],
)
def test_what_is_wrong_with_a_tax_is_said(terms: str, problem: str) -> None:
    """Each term that cannot be read has a fault with a fix."""
    found = [f"{each.code} {each.message}" for each in small.problems_of(TEXT + written(f"{{id: x, {terms}}}"))]
    assert any(each.startswith(problem) for each in found), found


def test_only_taxes_stand_after_a_tax() -> None:
    """A cap after a tax is refused, whatever it is on; another tax is not."""
    cap = "{id: most, kind: cap, at_most: 1.00, per: [provider], on: [take]}"
    assert [each.code for each in small.problems_of(TEXT + written(f"{VAT}\n{cap}"))] == ["PBR176"]
    assert small.problems_of(TEXT + written(f"{cap}\n{VAT}\n{VAT.replace('vat', 'levy')}")) == ()
