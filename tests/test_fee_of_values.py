"""Fees whose sum is a formula of values alone: rounded once as a whole, below nothing too, and what else is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from tests import small

if TYPE_CHECKING:
    from collections.abc import Sequence

VALUES: Final = "  places: 2000\n  price_a: 995.00\n  set_up: 150000\n"
SUM: Final = '  fixed_sum: {kind: formula, value: "places * price_a * 0.4 - set_up", unit: money}\n'
ENDS: Final = "2027-03-31"


def contract(fee: str, outcome: str = SUM, values: str = VALUES) -> str:
    """Give the small contract with values, an outcome of them, and a fee."""
    changes = [("values:\n", f"values:\n{values}"), ("payments:\n", f"{outcome}payments:\n  fixed: {{{fee}}}\n")]
    return small.changed(*changes)


def fees(text: str, as_at: str = ENDS, *more: str) -> list[tuple[Any, ...]]:
    """Give provider, instalment and pence of each line of the fee."""
    lines = small.run(text, people=[], events=[], as_at=as_at).statement.lines().filter(payment="fixed")
    return lines.select("provider", "instalment", "amount_minor", *more).sort("provider", "instalment").rows()


def pence(found: Sequence[tuple[Any, ...]], provider: str = "north") -> list[int]:
    """Give the instalments of one provider."""
    return [line[2] for line in found if line[0] == provider]


def test_the_sum_is_worked_out_from_the_values() -> None:
    """2,000 x 995.00 x 0.4 is 796,000.00, less 150,000.00 for the setting up: 646,000.00, in 7 that add up to it."""
    found = fees(contract("kind: fee, amount: fixed_sum, to: north, instalments: 7"))
    assert pence(found) == [*[9228571] * 6, 9228574]
    assert sum(pence(found)) == 64600000
    (line,) = fees(contract("kind: fee, amount: fixed_sum, to: north"), ENDS, "priced_on", "reason", "unit_price_minor")
    assert (line[2], str(line[3]), line[4], line[5]) == (64600000, "2025-04-01", "fee", 64600000)


def test_every_provider_is_paid_the_sum_unless_one_is_named() -> None:
    """One formula without `per` is one sum for each of them."""
    assert fees(contract("kind: fee, amount: fixed_sum")) == [("north", 1, 64600000), ("south", 1, 64600000)]


def test_a_sum_by_provider_has_the_values_of_each() -> None:
    """With `per: [provider]` the formula is reckoned for each; what is below nothing stays so beside what is not."""
    values = VALUES.replace("places: 2000", "places: {by: provider, north: 2000, south: 100}")
    outcome = SUM.replace("unit: money", "unit: money, per: [provider]")
    text = contract("kind: fee, amount: fixed_sum, instalments: 2", outcome, values)
    assert fees(text, ENDS, "group") == [
        ("north", 1, 32300000, "north"),
        ("north", 2, 32300000, "north"),
        ("south", 1, -5510000, "south"),
        ("south", 2, -5510000, "south"),
    ]


@pytest.mark.parametrize(
    ("set_up", "odd", "found"),
    [
        ("796000.024", "last", [-1, -1]),
        ("796000.025", "last", [-2, -1]),
        ("796000.025", "first", [-1, -2]),
        ("796000.004", "last", [0, 0]),
        ("796000.005", "last", [-1, 0]),
        ("795999.975", "last", [2, 1]),
    ],
)
def test_the_whole_is_rounded_once_and_its_instalments_add_up_to_it(set_up: str, odd: str, found: list[int]) -> None:
    """-0.024 is -0.02 and -0.025 is -0.03, as 0.025 is 0.03; half of a penny is rounded away from nothing."""
    values = VALUES.replace("150000", set_up)
    text = contract(f"kind: fee, amount: fixed_sum, to: north, instalments: 2, odd_pence: {odd}", SUM, values)
    assert pence(fees(text)) == found


def test_an_instalment_is_owed_from_its_day() -> None:
    """A fee below nothing is taken in instalments like any other; the sum is there on the first day of the term."""
    values = VALUES.replace("150000", "800000")
    text = contract("kind: fee, amount: fixed_sum, to: north, instalments: 3, from: 2025-04-30", SUM, values)
    assert pence(fees(text, "2025-04-29")) == []
    assert pence(fees(text, "2025-04-30")) == [-133333]
    assert pence(fees(text, "2025-06-30")) == [-133333, -133333, -133334]


def test_values_with_days_are_those_of_the_first_day_of_the_term() -> None:
    """As of every formula of the whole term; the line says that day, though the fee begins after the price changes."""
    values = VALUES.replace("price_a: 995.00", "price_a:\n    dated: {2025-04-01: 995.00, 2025-05-01: 1000.00}")
    found = fees(contract("kind: fee, amount: fixed_sum, to: north, from: 2025-06-01", SUM, values), ENDS, "priced_on")
    assert [(line[2], str(line[3])) for line in found] == [(64600000, "2025-04-01")]


def test_the_formula_is_paid_for_and_its_values_are_read() -> None:
    """The check has nothing to note of them."""
    assert small.problems_of(contract("kind: fee, amount: fixed_sum, to: north")) == ()
    notes = [str(note) for note in small.contract_of(contract("kind: fee, amount: fixed_sum, to: north")).notes]
    assert not [note for note in notes if "fixed_sum" in note or "places" in note or "set_up" in note]


@pytest.mark.parametrize(
    ("fee", "outcome", "said"),
    [
        ("amount: job", SUM, "PBR136 'job' rests on evidence, and a fee is owed whatever is achieved; write a sum, a"),
        (
            "amount: count",
            "  count: {kind: measure, of: job, take: count}\n",
            "PBR136 'count' rests on evidence, and a",
        ),
        (
            "amount: it",
            '  count: {kind: measure, of: job, take: count}\n  it: {kind: formula, value: "count * 2", unit: money}\n',
            "PBR136 'it' rests on evidence, and a fee is owed whatever is achieved; write a sum, a value, or a formula",
        ),
        ("amount: first", SUM, "PBR136 'first' is a payment, and a fee is no share of another; write `kind: amount`"),
        ("amount: fixed_sum", SUM.replace(", unit: money", ""), "PBR124 'fixed_sum' is no money; write `unit: money`"),
        (
            "amount: fixed_sum",
            SUM.replace("unit: money", "unit: money, per: [quarter]"),
            "PBR125 a fee is of no participant, so its amount is one sum or by provider; 'fixed_sum' is per quarter",
        ),
        (
            "amount: fixed_sum",
            SUM.replace("- set_up", "/ (places - 2000)"),
            "PBR109 'fixed_sum' divides by 0, so that there is no sum; mend the formula or its values",
        ),
        ("amount: fixed_summ", SUM, "PBR111 no value is named 'fixed_summ'"),
    ],
)
def test_what_is_no_sum_of_a_fee_is_refused(fee: str, outcome: str, said: str) -> None:
    """Each with a code, and what to write."""
    problems = small.problems_of(contract(f"kind: fee, to: north, {fee}", outcome))
    found = [str(problem).partition(" ")[2] for problem in problems if problem.code != "PBR156"]
    assert [problem[: len(said)] for problem in found] == [said]


def test_a_formula_of_values_by_provider_is_per_provider() -> None:
    """And one of which a provider's sum divides by 0 names that provider."""
    values = VALUES.replace("places: 2000", "places: {by: provider, north: 2000, south: 0}")
    (problem,) = small.problems_of(contract("kind: fee, amount: fixed_sum", SUM, values))
    assert problem.code == "PBR125"
    outcome = SUM.replace("unit: money", "unit: money, per: [provider]").replace("- set_up", "/ places")
    (other,) = small.problems_of(contract("kind: fee, amount: fixed_sum", outcome, values))
    assert (other.code, other.message.partition(",")[0]) == ("PBR109", "'fixed_sum' divides by 0 for south")


@pytest.mark.parametrize(("places", "found"), [("1000000", []), ("1000001", ["PBR108"])])
def test_a_sum_is_at_most_what_a_contract_may_write(places: str, found: list[str]) -> None:
    """A million times 10,000,000.00 is the most; either sign is held alike."""
    for formula in ("places * set_up", "0 - places * set_up"):
        outcome = f'  fixed_sum: {{kind: formula, value: "{formula}", unit: money}}\n'
        text = contract("kind: fee, amount: fixed_sum, to: north", outcome, f"  places: {places}\n  set_up: 10000000\n")
        assert [problem.code for problem in small.problems_of(text)] == found
