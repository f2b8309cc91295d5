"""Edges of money, each by hand: a penny on either side, the first and the last day, and the largest sum that is held.

Sampled mutants of the engine asked for these (docs/explanation/assurance.md).
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from pbr.adjustments import Cap, Multiply
from pbr.adjustments.cap import Excess
from pbr.calendar import Due, Duration, date_from_number, number_of
from pbr.days import after, due_days
from pbr.instalments import MOST_INSTALMENTS, Instalments
from pbr.lines import MOST, AmountTooLargeError
from pbr.money import format_minor, parse_minor, plain, plain_number, show_money
from pbr.problem import Place
from pbr.table import Table
from tests import small
from tests.small import EVENTS, PEOPLE
from tests.test_adjustments import at, cut, frame, limit
from tests.test_money_of_groups import TEXT, changes, evaluated
from tests.test_parts_and_days import FIRST, NO_ADJUSTMENTS, SECOND, amounts, lines, with_payment

if TYPE_CHECKING:
    from pbr.api import Run

PENNY: Final = (("A b 2025-04-10", "A -c 2025-04-11"), -1)  # 4.00 given and 4.01 taken


# ---------------------------------------------------------------- money as text


def test_nothing_is_written_without_a_sign() -> None:
    """Nought has no minus, in every way of writing it."""
    assert [format_minor(0, 2), format_minor(0, 0), show_money(0, "GBP"), plain_number(Fraction(0)), plain(0)] == [
        "0.00",
        "0",
        "£0.00",
        "0",
        "0",
    ]


def test_a_number_below_one_is_written_with_its_nought() -> None:
    """Of a quarter and minus a half, of a fifth that has a decimal and a sixth that has none."""
    assert [plain_number(Fraction(1, 4)), plain_number(Fraction(-1, 2)), plain_number(Fraction(-1, 20))] == [
        "0.25",
        "-0.5",
        "-0.05",
    ]
    assert [plain(Fraction(1, 5)), plain(Fraction(1, 20)), plain(Fraction(1, 6)), plain(Fraction(-1, 6))] == [
        "0.2",
        "0.05",
        "1/6",
        "-1/6",
    ]


@pytest.mark.parametrize(
    ("currency", "text", "minor", "shown"),
    [
        ("JPY", "-7", -7, "-JPY 7"),
        ("GBP", "-0.07", -7, "-£0.07"),
        ("KWD", "1.234", 1234, "KWD 1.234"),
        ("CLF", "1.2345", 12345, "CLF 1.2345"),
    ],
)
def test_currencies_have_their_own_digits(currency: str, text: str, minor: int, shown: str) -> None:
    """None, two, three or four digits after the point, by the list of ISO 4217."""
    digits = len(text.partition(".")[2])
    assert parse_minor(text, digits) == minor
    assert format_minor(minor, digits) == text
    assert show_money(minor, currency) == shown


# ---------------------------------------------------------------- instalments


@pytest.mark.parametrize(("count", "fits"), [(1000, True), (1001, False)])
def test_there_are_a_thousand_instalments_at_most(count: int, fits: bool) -> None:
    """So many equal parts, or so many shares."""
    parts = (Fraction(1, count),) * count if fits else None
    assert Instalments((str(count),)).shares == parts
    assert Instalments((f"1/{count}",) * count).shares == parts
    assert MOST_INSTALMENTS == 1000


# ---------------------------------------------------------------- days


def days_from(day: str, due: Due, working: tuple[int, ...]) -> str:
    """Give the day on which a line is to be paid."""
    frame = pl.DataFrame({"day": pl.Series([number_of(dt.date.fromisoformat(day))], dtype=pl.Int32)})
    return str(date_from_number(frame.select(due_days(pl.col("day"), due, working)).item()))


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        ("2025-06-02", 0, "2025-06-02"),  # the first working day there is
        ("2025-06-02", 1, "2025-06-03"),
        ("2025-06-06", 1, "2025-06-09"),  # Friday, and Monday is the last there is
        ("2025-06-07", 0, "2025-06-09"),
        ("2025-06-08", 1, "2025-06-09"),
        ("2025-06-09", 0, "2025-06-09"),
    ],
)
def test_working_days_at_both_ends_of_what_is_counted(day: str, count: int, expected: str) -> None:
    """Six working days, Monday to Monday: none is lost at either end."""
    working = tuple(number_of(dt.date(2025, 6, each)) for each in (2, 3, 4, 5, 6, 9))
    assert days_from(day, Due(count, "working days", "achieved"), working) == expected


@pytest.mark.parametrize(
    ("day", "expected"), [("1900-01-01", "1900-02-01"), ("1900-01-31", "1900-02-28"), ("2199-12-31", "2200-01-31")]
)
def test_months_are_added_on_the_first_and_the_last_day_that_can_be_written(day: str, expected: str) -> None:
    """The table of days begins on 1 January 1900 and ends on 31 December 2199."""
    frame = pl.DataFrame({"day": pl.Series([number_of(dt.date.fromisoformat(day))], dtype=pl.Int32)})
    assert str(date_from_number(frame.select(after(pl.col("day"), Duration(1, "months"))).item())) == expected


def test_what_falls_on_the_last_day_of_a_period_is_due_after_that_period() -> None:
    """The job of 30 June is due on 30 June, that of 1 July on 30 September."""
    text = with_payment(", due: 0 days after period_end", ("for: 12 weeks", "for: 20 weeks"))
    for day, due in (("2025-06-30", "2025-06-30"), ("2025-07-01", "2025-09-30")):
        done = small.run(text, people=PEOPLE[:1], events=[EVENTS[0] | {"on": day, "seen": day}])
        assert [str(line) for line in done.statement.lines()["due_on"]] == [due]


def test_a_fee_may_be_due_after_it_was_known_or_after_the_period() -> None:
    """An instalment is known on its own day; its price is that of the first."""
    for due, days in (
        ("30 days after known", ["2025-05-01", "2025-05-31"]),
        ("1 day after period_end", ["2025-07-01"] * 2),
    ):
        fee = f"  fee: {{kind: fee, amount: 10.00, instalments: 2, to: north, due: {due}}}\n"
        found = lines(small.changed((FIRST, fee), (SECOND, ""), NO_ADJUSTMENTS))
        assert [str(line["due_on"]) for line in found] == days
        assert [str(line["earned_on"]) for line in found] == ["2025-04-01", "2025-05-01"]
        assert [str(line["priced_on"]) for line in found] == ["2025-04-01"] * 2
        assert [line["quantity"] for line in found] == ["1", "1"]


def test_before_its_first_day_a_fee_is_owed_to_nobody() -> None:
    """As at the day before no provider has a line, and on the day each has one."""
    fee = "  fee: {kind: fee, amount: 10.00, from: 2025-05-01}\n"
    text = small.changed((FIRST, fee), (SECOND, ""), NO_ADJUSTMENTS)
    assert amounts(text, as_at="2025-04-30") == []
    assert amounts(text, as_at="2025-05-01") == [1000, 1000]


# ---------------------------------------------------------------- tables of figures


def test_a_figure_by_two_keys_and_a_day_is_that_of_its_row_and_span() -> None:
    """Two areas by two providers, with a second figure from day 100; before day 0 there is none."""
    table = Table(
        by=("_by.area", "provider"),
        starts=(0, 100),
        cells=tuple(range(8)),
        places=(Place(),) * 8,
        labels=(("east", "west"), ("n", "s")),
    )

    def of(area: str, provider: str, day: int) -> Any:  # noqa: ANN401  # a figure
        return table.figure({"area": area, "provider": provider}, day)

    assert [of("east", "n", day) for day in (-1, 0, 99, 100)] == [None, 0, 0, 1]
    assert [of(area, provider, 100) for area in ("east", "west") for provider in "ns"] == [1, 3, 5, 7]


# ---------------------------------------------------------------- the largest sums

LARGEST: Final = "price: 602472412.09, times: [153092023]"  # (92737 x 649657) x (7^2 x 73 x 127 x 337) = 2^63 - 1


def largest(second: str = "") -> Run:
    """Pay one participant 2^63 - 1 pence, and perhaps more."""
    text = with_payment("", ("price: job_price", LARGEST), ("payments:\n", f"payments:\n{second}"))
    return small.run(text, people=PEOPLE[:1], events=EVENTS[:1])


def test_the_largest_sum_that_can_be_held_is_paid_and_a_penny_more_is_refused() -> None:
    """2^63 - 1 pence is a sum like any other."""
    assert largest().statement.total_minor == 2**63 - 1 == MOST
    with pytest.raises(pbr.EvaluationError, match="the sum of all amounts is above"):
        largest("  more: {kind: tariff, pays_for: job, price: 0.01}\n")


def test_a_sum_that_is_too_far_below_nothing_is_refused() -> None:
    """Two takings of 4,000,000,000,000,000.00 can be held; twice as much, by a factor on what is taken, cannot."""
    text = with_payment(", takes: yes", ("price: job_price", "price: 9000000000000.00, times: [5000]"))
    people = [PEOPLE[0], PEOPLE[0] | {"person": "Z"}]
    events = [EVENTS[0], EVENTS[0] | {"person": "Z"}]
    assert small.run(text, people=people, events=events).statement.total_minor == -9 * 10**18
    doubled = text + "adjustments:\n  - {id: twice, kind: multiply, by: 2}\n"
    with pytest.raises(pbr.EvaluationError, match="the sum of all amounts is above"):
        small.run(doubled, people=people, events=events)


def test_what_is_carried_beyond_64_bits_is_exact() -> None:
    """Two lines of the most that can be held, and a limit of as much: the second is paid in the next period."""
    carried = Cap(id="most", at_most="10.00", per=("provider", "contract_year"), excess=Excess.CARRIED)
    whole = frame([(1, "A", 0, 0, MOST), (2, "B", 0, 0, MOST)], period__contract_year=[0, 0])
    whole = whole.with_columns(pl.col("period.contract_year").cast(pl.Int32), falls=pl.col("day"), amount=pl.col("net"))
    where = "period.contract_year"
    found = carried.apply(whole, at(limit(MOST), "provider", where, period=where, starts=(0, 100), as_at=200))
    assert found["net"].to_list() == [MOST, 0, MOST]


def test_a_sum_of_a_group_beyond_64_bits_is_multiplied_exactly() -> None:
    """Of two lines of the most that can be held three quarters are left: the half of one is taken."""
    together = Multiply(id="share", by="3/4", per=("provider",))
    whole = frame([(1, "A", 0, 0, MOST), (2, "B", 0, 0, MOST)])
    whole = whole.with_columns(falls=pl.col("day"), amount=pl.col("net"))
    table = Table(cells=(Fraction(1, 2),), places=(Place(),))
    found = together.apply(whole, at(table, "provider"))
    assert found["net"].to_list() == [MOST, MOST, -MOST]


def test_a_change_of_a_group_that_cannot_be_held_is_refused() -> None:
    """Nothing is left of two such lines: the sum of both, which would have to be taken, is too large for one line."""
    whole = frame([(1, "A", 0, 0, MOST), (2, "B", 0, 0, MOST)]).with_columns(falls=pl.col("day"), amount=pl.col("net"))
    with pytest.raises(AmountTooLargeError):
        Multiply(id="none", by="0", per=("provider",)).apply(
            whole, at(Table(cells=(Fraction(0),), places=(Place(),)), "provider")
        )


# ---------------------------------------------------------------- caps


def test_a_line_of_nothing_is_not_cut_where_nothing_is_left() -> None:
    """It has neither a limit nor what was left of it, since nothing was taken."""
    whole = frame((day, "A", 0, 0, amount) for day, amount in enumerate((1000, 1, 0)))
    assert cut(whole, at(limit(1000), "subject")) == [(0, None, None, 1000), (-1, 1000, 0, 0), (0, None, None, 0)]


def test_a_carried_limit_may_be_by_the_grouping_that_it_is_for() -> None:
    """10.00 a quarter for the high and 5.00 for the low: 6.00 and then 4.01 of the first, 1.00 of the second go on."""
    text = TEXT.replace("values:\n", "values:\n  most: {by: grade, high: 10.00, low: 5.00}\n")
    text = text.replace("values:\n", "groups:\n  grade: {high: \"level = 'high'\", low: otherwise}\nvalues:\n")
    carried = "{id: most, kind: cap, at_most: most, per: [provider, grade, quarter], excess: carried}"
    events = ["A a 2025-04-10", "A d 2025-04-11", "C a 2025-04-12"]
    assert sorted(changes(carried, events, text=text)) == [
        ("A", "d", "most", -600),
        ("C", "a", "most", -100),
        ("NORTH", "most high Y1-Q2 brought forward", "most", 600),
        ("NORTH", "most low Y1-Q2 brought forward", "most", 100),
    ]


def test_what_falls_in_a_period_that_has_not_begun_has_the_whole_limit_of_it() -> None:
    """What is due next quarter is cut by its limit today, with nothing carried there yet."""
    due = ', clause: "4.1", due: 3 months after achieved, falls_in: due}'
    text = TEXT.replace(
        '{kind: tariff, clause: "4.1", pays_for: done, price: prices}',
        f"{{kind: tariff, pays_for: done, price: prices{due}",
    )
    carried = "{id: most, kind: cap, at_most: 10.00, per: [provider, quarter], excess: carried}"
    events = ["A a 2025-04-10", "A d 2025-04-11"]
    assert changes(carried, events, as_at="2025-05-01", text=text) == [("A", "d", "most", -600)]


# ---------------------------------------------------------------- floors

FLOOR: Final = "{id: never, kind: floor, per: [provider, quarter], if_owed: carry_forward}"


def test_a_penny_is_added_and_taken_back() -> None:
    """4.00 given and 4.01 taken is a penny short; the penny is taken in the next quarter, and added for it again."""
    events, short = PENNY
    assert changes(FLOOR, list(events), as_at="2025-06-30") == [("NORTH", "never Y1-Q1", "never", -short)]
    assert changes(FLOOR, [*events, "A a 2025-07-01"], as_at="2025-09-30") == [
        ("NORTH", "never Y1-Q1", "never", 1),
        ("NORTH", "never Y1-Q2 brought forward", "never", -1),
    ]


def test_a_quarter_without_lines_passes_on_what_is_owed_whole() -> None:
    """Ten are owed after the first quarter; nothing is earned in the second, so that ten are owed in the third."""
    found = evaluated(FLOOR, ["A -d 2025-04-10", "C d 2025-10-10"]).statement.lines().filter(adjustment="never")
    assert found.select("occurrence", "earned_on", "amount_minor").sort("earned_on", "amount_minor").rows() == [
        ("never Y1-Q1", dt.date(2025, 4, 10), 1000),
        ("never Y1-Q2 brought forward", dt.date(2025, 7, 1), -1000),
        ("never Y1-Q2", dt.date(2025, 7, 1), 1000),
        ("never Y1-Q3 brought forward", dt.date(2025, 10, 1), -1000),
    ]


def test_a_good_quarter_is_not_owed_to_anybody() -> None:
    """Six are earned in the first quarter and four owed in the second: four are added, no more and no less."""
    assert changes(FLOOR, ["A a 2025-04-10", "A -b 2025-07-10"], as_at="2025-09-30") == [
        ("NORTH", "never Y1-Q2", "never", 400)
    ]


def test_nothing_is_taken_in_a_quarter_that_has_not_begun() -> None:
    """On 30 June the ten that are owed are forgiven for now; on 1 July they are taken and added again."""
    assert changes(FLOOR, ["A -d 2025-04-10"], as_at="2025-06-30") == [("NORTH", "never Y1-Q1", "never", 1000)]
    assert changes(FLOOR, ["A -d 2025-04-10"], as_at="2025-07-01") == [
        ("NORTH", "never Y1-Q1", "never", 1000),
        ("NORTH", "never Y1-Q2", "never", 1000),
        ("NORTH", "never Y1-Q2 brought forward", "never", -1000),
    ]


def test_a_floor_above_nothing_is_for_quarters_with_lines_only() -> None:
    """At least 4.00 a quarter: a penny brings 3.99, and a quarter without a line brings nothing."""
    least = FLOOR.replace("per:", "at_least: 4.00, per:")
    text = TEXT.replace("a: 6.00", "a: 0.01")
    assert changes(least, ["A b 2025-04-10"], text=text) == []
    assert changes(least, ["A a 2025-04-10"], as_at="2025-06-30", text=text) == [("NORTH", "never Y1-Q1", "never", 399)]


def test_the_line_of_a_group_is_of_the_last_day_of_its_lines() -> None:
    """What a floor adds and what a factor takes is earned on the day of the last line it is for."""
    events = ["A b 2025-04-10", "A -c 2025-05-12", "A a 2025-05-11", "A -a 2025-04-09"]
    for change in (FLOOR, "{id: half, kind: multiply, by: 2, per: [provider, quarter]}"):
        found = evaluated(change, events, as_at="2025-06-30").statement.lines().filter(pl.col("adjustment") != "-")
        assert [str(day) for day in found["earned_on"]] == ["2025-05-12"]


def test_a_factor_that_adds_a_penny_is_a_line() -> None:
    """Half as much again of 2 pence is a penny, of 1 penny a penny by half_up."""
    half = "{id: more, kind: multiply, by: 3/2, per: [provider]}"
    for price, added in (("0.02", 1), ("0.01", 1), ("0.04", 2)):
        text = TEXT.replace("a: 6.00", f"a: {price}")
        assert changes(half, ["A a 2025-04-10"], text=text) == [("NORTH", "more all", "more", added)]


def test_a_least_sum_may_be_by_the_grouping_that_it_is_for() -> None:
    """At least 7.00 for the high and 5.00 for the low: 1.00 is added to each of 6.00 and 4.00."""
    text = TEXT.replace("values:\n", "values:\n  least: {by: grade, high: 7.00, low: 5.00}\n")
    text = text.replace("values:\n", "groups:\n  grade: {high: \"level = 'high'\", low: otherwise}\nvalues:\n")
    floor = "{id: least, kind: floor, at_least: least, per: [provider, grade]}"
    assert changes(floor, ["A a 2025-04-10", "C b 2025-04-12"], text=text) == [
        ("NORTH", "least high", "least", 100),
        ("NORTH", "least low", "least", 100),
    ]


# ---------------------------------------------------------------- what was known


def test_known_is_asked_for_by_one_of_several() -> None:
    """A cap in the order known beside one that is not, and a payment by the day known beside one that is not."""
    events = ["A a 2025-04-10 2025-06-01", "A b 2025-04-20 2025-05-01", "A c 2025-04-15 2025-06-01"]
    known = "{id: most, kind: cap, at_most: 10.00, per: [provider], order: known}"
    other = "{id: high, kind: cap, at_most: 1000.00, per: [provider]}"
    assert changes(f"{other}\n{known}", events) == [("A", "c", "most", -401)]
    text = TEXT.replace(
        "price: prices}\n  take",
        "price: prices}\n  late: {kind: tariff, pays_for: done, price: 1.00, falls_in: known}\n  take",
    )
    found = evaluated("{id: one, kind: multiply, by: 1}", ["A a 2025-04-10 2025-07-01"], text=text).statement.lines()
    assert found.select("payment", "period").sort("payment").rows() == [("give", "Y1-Q1"), ("late", "Y1-Q2")]


def test_the_order_of_achievement_holds_where_what_was_known_is_asked_too() -> None:
    """B was achieved last and known first: a cap in the order known cuts nothing, that after it cuts b."""
    events = ["A a 2025-04-10 2025-06-01", "A b 2025-04-20 2025-05-01"]
    high = "{id: high, kind: cap, at_most: 1000.00, per: [provider], order: known}"
    most = "{id: most, kind: cap, at_most: 6.00, per: [provider]}"
    assert changes(f"{high}\n{most}", events) == [("A", "b", "most", -400)]
    assert changes(f"{high}\n{most.replace('per:', 'order: known, per:')}", events) == [("A", "a", "most", -400)]


def test_what_was_known_on_one_day_is_in_the_order_of_achievement() -> None:
    """Of b, whose second half is owed in June, and a of 1 May, both known in October, b was achieved first."""
    halves = "price: prices, instalments: 2, every: 2 months}\n  take"
    text = TEXT.replace("price: prices}\n  take", halves)
    events = ["A b 2025-04-10 2025-10-01", "A a 2025-05-01 2025-10-01"]
    most = "{id: most, kind: cap, at_most: 4.00, per: [provider], order: known}"
    assert changes(most, events, text=text) == [("A", "a", "most", -300), ("A", "a", "most", -300)]


def test_the_price_of_the_day_of_another_outcome_is_not_that_of_the_achievement() -> None:
    """Claimed on 9 June at 1,000.00 and in a job on 24 June, when 1,100.01 holds: paid is the price of the claim."""
    claim = "  claimed: {kind: event, table: events, when: \"kind = 'lost'\", date: on}\n"
    both = f"{claim}  both: {{kind: combine, need: all, of: [job, claimed]}}\n"
    text = with_payment(
        "",
        ("payments:\n", f"{both}payments:\n"),
        ("pays_for: job, price: job_price", "pays_for: both, price: job_price, price_on: claimed"),
        ("      2026-04-01: {high", "      2025-06-10: {high"),
    )
    events = [EVENTS[0], {"person": "A", "kind": "lost", "on": "2025-06-09", "seen": "2025-06-09"}]
    found = small.run(text, people=PEOPLE[:1], events=events).statement.lines()
    assert found.select("earned_on", "priced_on", "amount_minor").rows() == [
        (dt.date(2025, 6, 24), dt.date(2025, 6, 9), 100000)
    ]


def test_a_year_of_one_day_has_a_limit_of_its_own() -> None:
    """A term of a year and a day: the last day is a contract year, and what is known after the term falls there too."""
    text = TEXT.replace("to: 2026-03-31", "to: 2026-04-01").replace(
        "price: prices}\n  take", "price: prices, falls_in: known}\n  take"
    )
    most = "{id: most, kind: cap, at_most: 6.00, per: [provider, contract_year]}"
    events = ["A a 2026-03-31", "A d 2026-04-01", "C b 2026-04-01 2026-04-02"]
    assert changes(most, events, as_at="2026-04-30", text=text) == [
        ("A", "d", "most", -400),
        ("C", "b", "most", -400),
    ]


def test_a_contract_without_payments_has_the_columns_of_one_with() -> None:
    """Nothing is paid, in a frame of the same columns and types, so that what reads it need not ask."""
    text = small.changed(NO_ADJUSTMENTS)
    paid = small.run(text).entitlement.frame
    nothing = small.run(text[: text.index("payments:\n")]).entitlement.frame
    assert paid.height > nothing.height == 0
    carried = set(paid.columns) - set(nothing.columns)
    assert all(name.startswith(("_by.", "_field.", "period.")) for name in carried)
    assert nothing.schema.items() <= paid.schema.items()
