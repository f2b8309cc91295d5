"""What BETWEEN, CASE, arithmetic, intervals and functions of dates mean: worked tables, in all three readings."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from attrs import evolve

from pbr.calendar import Duration, Term, parse_date
from pbr.condition import FieldRef, parse
from pbr.condition.tree import And, Negative, Not, Product, Shift, Sum
from pbr.problem import Place
from tests.conditions import LEAST, MOST, SCOPE, TERM
from tests.readings import answers


def day(text: str) -> dt.date:
    """A day."""
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("n BETWEEN 1 AND 3", ("n", [0, 1, 3, 4, None]), [False, True, True, False, None]),
        ("n NOT BETWEEN 1 AND 3", ("n", [0, 1, 3, 4, None]), [True, False, False, True, None]),
        ("n BETWEEN 2 AND 2", ("n", [1, 2]), [False, True]),
        ("3 BETWEEN n AND n + 2", ("n", [0, 1, 3, 4, None]), [False, True, True, False, None]),
        ("pay BETWEEN 1.50 AND 2", ("pay", [Fraction("1.49"), Fraction("1.5"), 2]), [False, True, True]),
        ("note BETWEEN 'b' AND 'd'", ("note", ["a", "b", "d", "da"]), [False, True, True, False]),
        ("free AND n BETWEEN 1 AND 3 AND free", ("n", [2, 5]), [None, False]),
        (
            "on BETWEEN DATE '2025-04-01' AND DATE '2025-04-30'",
            ("on", [day("2025-03-31"), day("2025-04-01"), day("2025-04-30"), day("2025-05-01"), None]),
            [False, True, True, False, None],
        ),
    ],
)
def test_between_includes_both_ends(text: str, values: tuple[str, list[object]], expected: list[bool | None]) -> None:
    """BETWEEN is at least the one and at most the other; NOT BETWEEN is the opposite; empty is unknown."""
    name, some = values
    assert answers(text, *({name: Fraction(one) if isinstance(one, int) else one} for one in some)) == expected


def test_between_is_two_comparisons() -> None:
    """It means the same as the comparisons that it stands for, and is the same condition."""
    condition = parse("n BETWEEN 1 AND 3 AND free", SCOPE, Place())
    assert condition == parse("n >= 1 AND n <= 3 AND free", SCOPE, Place())
    assert isinstance(condition.node, And)
    assert len(condition.node.parts) == 3
    assert isinstance(parse("n NOT BETWEEN 1 AND 3", SCOPE, Place()).node, Not)


def test_an_end_that_is_empty_leaves_between_open_on_one_side() -> None:
    """Between a known end and an empty one, a value beyond the known end is surely outside."""
    rows = [{"on": day(text), "date": day("2025-04-01")} for text in ("2025-03-31", "2025-04-02")]
    assert answers("on BETWEEN date AND start", *rows) == [False, None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CASE WHEN free THEN n ELSE 7 END = 7", [False, True, True]),
        ("CASE WHEN free THEN n END = 1", [True, None, None]),
        ("CASE WHEN free THEN n END IS NULL", [False, True, True]),
        ("CASE WHEN NOT free THEN 1 WHEN free THEN 2 ELSE 3 END * n = 2", [True, False, False]),
        ("CASE WHEN free THEN consents ELSE TRUE END", [False, True, True]),
        ("CASE WHEN free THEN note ELSE 'none' END IN ('a', 'none')", [True, True, True]),
        ("CASE WHEN free THEN date ELSE on END = on", [False, True, True]),
        ("CASE WHEN free THEN pay ELSE 1.005 END > 1", [False, True, True]),
        ("CASE WHEN free THEN 1 END * pay < 1", [True, None, None]),
    ],
)
def test_case_takes_the_first_branch_that_is_true(text: str, expected: list[bool | None]) -> None:
    """A branch whose condition is unknown is passed over like one that is false; without ELSE nothing is given."""
    common: dict[str, object] = {"consents": False, "note": "a", "date": day("2025-01-01"), "on": day("2025-02-01")}
    amounts: dict[str, object] = {"n": Fraction(1), "pay": Fraction("0.5")}
    assert answers(text, *({"free": free} | common | amounts for free in (True, False, None))) == expected


def test_a_long_case_is_the_first_true_branch_too() -> None:
    """However many branches there are, the first that is true decides, also if its value is empty."""
    branches = " ".join(f"WHEN n <= {limit} THEN {limit * 10 if limit != 7 else 'd1'}" for limit in range(40))
    rows = [{"n": Fraction(number)} for number in (0, 6, 7, 39, 40)]
    text = f"CASE {branches} ELSE -1 END"
    assert answers(f"{text} = n * 10", *rows) == [True, True, None, True, False]
    assert answers(f"{text} = -1", *rows) == [False, False, None, False, True]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n + d1 = 2.5", True),
        ("n - d1 = -0.5", True),
        ("n * d1 = 1.5", True),
        ("n + d1 * 2 = 4", True),
        ("(n + d1) * 2 = 5", True),
        ("n - d1 - 1 = -1.5", True),
        ("n - (d1 - 1) = 0.5", True),
        ("-n = -1", True),
        ("- -n = 1", True),
        ("-(n + d1) = -2.5", True),
        ("n * -d1 = -1.5", True),
        ("pay + owed = 0.30", True),
        ("pay * rate = 0.05", True),
        ("pay * 25% = 0.025", True),
        ("pay * 3 = 0.3", True),
        ("rate * rate = 0.25", True),
        ("rate + 10% = 60%", True),
        ("1 - rate = 50%", True),
        ("(1 - rate) * pay = 0.05", True),
        ("pay * (n + d1) > 0.249999", True),
        ("pay * (n + d1) > 0.25", False),
        ("n + 1 IN (2, 3.5)", True),
        ("n + 1 NOT IN (3)", True),
        ("n + d1 * age_on(on, on) = 1", None),
        ("n * 2 IS NULL", False),
        ("days_between(on, date) * n = 1", None),
    ],
)
def test_arithmetic_is_exact(text: str, expected: bool | None) -> None:
    """A tenth and two tenths are three tenths: sums and products are of fractions, by the usual rules of brackets."""
    row: dict[str, object] = {
        "n": Fraction(1),
        "d1": Fraction("1.5"),
        "pay": Fraction("0.1"),
        "owed": Fraction("0.2"),
        "rate": Fraction("0.5"),
    }
    assert answers(text, row) == [expected]


def test_arithmetic_leaves_out_figures_that_are_too_large() -> None:
    """A field with more digits than figures may have is unknown in arithmetic, though it is compared as it stands."""
    rows = [{"n": Fraction(number), "pay": Fraction(number, 100)} for number in (MOST, LEAST, 10**12, 10**12 - 1)]
    assert answers("n + 1 > n", *rows) == [None, None, None, True]
    assert answers("n > 5", *rows) == [True, False, True, True]
    assert answers("pay * 1 = pay", *rows) == [None, None, True, True]
    assert answers("CASE WHEN free THEN 1 ELSE n END > 0", *rows) == [None, None, None, True]


def test_the_largest_figures_do_not_overflow() -> None:
    """Three numbers of twelve digits, or money by a share by a number, are multiplied exactly."""
    large = Fraction(10**12 - 1)
    rows = [{"n": large, "pay": Fraction(10**15 - 1, 100), "rate": Fraction(10**9 - 1, 10**6)}]
    cube = (10**12 - 1) ** 3
    assert answers(f"n * n * n = {cube}", *rows) == [True]
    assert answers(f"n * n * n < {cube}", *rows) == [False]
    assert answers(f"n * n * n <= {cube - 1}", *rows) == [False]
    assert answers("pay * rate * n = n * rate * pay", *rows) == [True]
    assert answers("-(n * n) < -999999999998000000000000", *rows) == [True]
    assert answers("n * n * n IS NULL", *rows) == [False]
    assert answers(f"n * n * n - 1 = {cube - 1}", *rows) == [True]
    assert answers(f"n * n * n IN (0, {cube})", *rows) == [True]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on + INTERVAL '1 month' = DATE '2024-02-29'", True),
        ("on - INTERVAL '2 months' = DATE '2023-11-30'", True),
        ("on + INTERVAL '1 year' = DATE '2025-01-31'", True),
        ("on + INTERVAL '12 weeks' = DATE '2024-04-24'", True),
        ("on + INTERVAL '1 day' = DATE '2024-02-01'", True),
        ("on + INTERVAL '1 month' - INTERVAL '1 month' = DATE '2024-01-29'", True),
        ("(on + INTERVAL '1 month') - INTERVAL '1 month' = DATE '2024-01-29'", True),
        ("date + INTERVAL '4 years' = DATE '2028-02-29'", True),
        ("date + INTERVAL '1 year' = DATE '2025-02-28'", True),
        ("date - INTERVAL '1 year' = DATE '2023-02-28'", True),
        ("on + INTERVAL '1 day' < date", True),
        ("start + INTERVAL '1 day' < date", None),
        ("on + INTERVAL '176 years' IS NULL", True),
        ("on + INTERVAL '175 years' IS NULL", False),
        ("on - INTERVAL '125 years' IS NULL", True),
        ("on - INTERVAL '124 years' IS NULL", False),
        ("on + INTERVAL '176 years' - INTERVAL '10 years' = DATE '2190-01-31'", True),
        ("DATE '2024-01-31' + INTERVAL '1 month' = date", True),
        ("CASE WHEN TRUE THEN DATE '2024-01-31' END + INTERVAL '1 month' = date", True),
    ],
)
def test_intervals_are_whole_days_and_clamp(text: str, expected: bool | None) -> None:
    """Months and years are counted in one step and end with the month; outside 1900 to 2199 there is no day."""
    assert answers(text, {"on": day("2024-01-31"), "date": day("2024-02-29")}) == [expected]


def test_a_day_far_outside_the_calendar_is_unknown() -> None:
    """Evidence holds no such day, but plain Python might be asked."""
    from pbr.condition import to_python  # the other readings have no year 0

    decide = to_python(parse("on - INTERVAL '300 years' < date", SCOPE, Place()))
    assert decide({FieldRef("on"): dt.date(5, 1, 1), FieldRef("date"): dt.date(2025, 1, 1)}) is None


@pytest.mark.parametrize(
    ("first", "last", "days", "months"),
    [
        ("2024-01-31", "2024-02-28", 28, 0),
        ("2024-01-31", "2024-02-29", 29, 1),
        ("2024-01-30", "2024-02-29", 30, 1),
        ("2024-01-31", "2024-03-30", 59, 1),
        ("2024-01-31", "2024-03-31", 60, 2),
        ("2024-02-29", "2025-02-28", 365, 12),
        ("2024-02-29", "2025-02-27", 364, 11),
        ("2025-04-01", "2025-04-01", 0, 0),
        ("2025-04-01", "2025-03-31", -1, -1),
        ("2025-04-01", "2025-03-01", -31, -1),
        ("2025-04-01", "2025-02-28", -32, -2),
        ("2000-01-01", "2025-01-01", 9132, 300),
    ],
)
def test_days_and_months_between(first: str, last: str, days: int, months: int) -> None:
    """Days are counted without the first; months are those completed, as many as can be added without passing."""
    row: dict[str, object] = {"on": day(first), "date": day(last)}
    assert answers(f"days_between(on, date) = {days}", row, {}) == [True, None]
    assert answers(f"months_between(on, date) = {months}", row, {}) == [True, None]
    assert Duration(months, "months").after(day(first)) <= day(last) < Duration(months + 1, "months").after(day(first))


def test_contract_years_are_those_of_the_term() -> None:
    """Years start on the day that the contract says, and outside the term there is none."""
    days = ["2023-06-14", "2023-06-15", "2024-02-28", "2024-02-29", "2025-02-27", "2025-02-28", "2027-03-30"]
    rows = [{"on": day(text)} for text in [*days, "2027-03-31"]]
    numbers = [None, 1, 1, 2, 2, 3, 5, None]
    for year in (1, 2, 3, 5):
        expected = [None if number is None else number == year for number in numbers]
        assert answers(f"contract_year(on) = {year}", *rows) == expected
    assert answers("contract_year(on) + 1 > 2", {}) == [None]


@pytest.mark.parametrize(("month", "start"), [(4, 1), (6, 15), (6, 16), (1, 31), (4, 31), (2, 28), (12, 31)])
def test_contract_years_begin_on_any_day(month: int, start: int) -> None:
    """Whatever the day that years start on, the three readings agree with the periods of the term."""
    first, last = parse_date("2023-06-15"), parse_date("2027-03-30")
    assert first is not None
    assert last is not None
    term = Term(first=first, last=last, year_month=month, year_day=start)
    near = [dt.date(2022, 12, 30) + dt.timedelta(step) for step in range(0, 1700, 11)]
    for year in (1, 2, 3):
        answers(f"contract_year(on) <= {year}", *({"on": one} for one in near), scope=evolve(SCOPE, term=term))


def test_conditions_over_other_terms_are_not_equal() -> None:
    """The term is part of what a contract year means, and of nothing else."""
    other = evolve(SCOPE, term=evolve(TERM, year_month=7))
    for text, same in (("contract_year(on) = 1", False), ("age_on(on, date) = 1", True)):
        assert (parse(text, SCOPE, Place()) == parse(text, other, Place())) is same


@pytest.mark.parametrize(
    ("one", "other", "canonical"),
    [
        ("n+(d1+1)>0", "(n + d1) + 1 > 0", "n + d1 + 1 > 0"),
        ("n-(d1-1)>0", "n - (d1 - 1) > 0", "n - (d1 - 1) > 0"),
        ("n - -5 > 0", "n + 5 > 0", "n + 5 > 0"),
        ("n + -5 > 0", "n-5>0", "n - 5 > 0"),
        ("n*(d1*2)>0", "n * d1 * 2 > 0", "n * d1 * 2 > 0"),
        ("-(-n) > 0", "- - n>0", "n > 0"),
        ("-(n * d1) > 0", "- (n * d1) > 0", "-(n * d1) > 0"),
        ("(n + 1) * d1 > 0", "(n+1)*(d1)>0", "(n + 1) * d1 > 0"),
        ("pay * 5% > 0", "pay*5.0%>0", "pay * 5% > 0"),
        ("on + interval '1 months' = on", "(on) + INTERVAL '1 month' = on", "on + INTERVAL '1 month' = on"),
        ("(on + interval '1 day') - interval '2 days' = on", "on + INTERVAL '1 day' - INTERVAL '2 days' = on", None),
        ("case when free then 1 else 2 end > n", "CASE WHEN (free) THEN 1 ELSE 2 END > n", None),
        ("DAYS_BETWEEN(on, date) > 1", "days_between( on,date )>1", "days_between(on, date) > 1"),
        ("months_between(on, date) > 1", "(months_between(on, date)) > 1", None),
        ("contract_year(on) > 1", "1 < contract_year(on)", "contract_year(on) > 1"),
    ],
)
def test_values_of_one_meaning_are_equal(one: str, other: str, canonical: str | None) -> None:
    """Spacing, brackets that change nothing and the case of keywords make no difference, and the spelling is fixed."""
    first, second = parse(one, SCOPE, Place()), parse(other, SCOPE, Place())
    assert first == second == parse(first.canonical, SCOPE, Place())
    assert first.canonical == second.canonical == (canonical or first.canonical)


def test_nodes_are_flat_and_know_their_columns() -> None:
    """A sum is one list of parts, and a date moved twice is one node."""
    left = getattr(parse("n - (d1 + 1) * -n > 0", SCOPE, Place()).node, "left")  # noqa: B009  # of any comparison
    assert isinstance(left, Sum)
    assert isinstance(left.parts[1], Negative)
    assert isinstance(left.parts[1].part, Product)
    assert (left.column, left.parts[1].part.column) == (0, 4)
    moved = getattr(parse("(on + INTERVAL '1 day') - INTERVAL '2 weeks' = on", SCOPE, Place()).node, "left")  # noqa: B009
    assert isinstance(moved, Shift)
    assert moved.steps == (Duration(1, "days"), Duration(-2, "weeks"))
