"""What is fixed stays: when a figure of a group is fixed, and that nothing that comes later moves it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

from pbr.calendar import date_from_number
from tests import small
from tests.test_measure import SHARE, THREE, TWO_JOBS, found, job, paid, person, text

if TYPE_CHECKING:
    from tests.small import Rows

BOTH: Final = "  both: {kind: combine, need: all, of: [job, kept]}\n"
LATE: Final = (
    "  late: {kind: event, table: events, when: \"kind = 'lost'\", date: on, window: {after: start, for: 9 months}}\n"
)
THIRD: Final = job("C", "2025-07-01")
AS_AT: Final = ("2025-07-30", "2026-03-31", "2026-09-30", "2026-12-30", "2027-03-31")


# ---- the day on which no window of a member is open


def test_a_member_without_a_window_of_its_own_waits_for_those_it_is_made_of() -> None:
    """C has no job by 22 September; those of A and B are kept on 1 August and 1 September."""
    contract = text(SHARE.replace("of: job", "of: both"), BOTH)
    assert found(contract, THREE, TWO_JOBS, "2025-09-21")["north Y1-Q1"][0] == "pending"
    fixed = ("met", "met", Fraction(2, 3), (2, 3), "2025-09-22")
    for as_at in ("2025-09-22", "2025-12-31", "2027-03-31"):
        assert found(contract, THREE, TWO_JOBS, as_at) == {"north Y1-Q1": fixed}


def test_a_window_that_is_not_known_yet_is_that_of_what_it_is_counted_from() -> None:
    """Whether C's job is kept cannot begin before there is one: its window of 12 weeks is waited for, then 3 months."""
    contract = text(SHARE.replace("of: job", "of: kept"))
    without = ("met", "met", Fraction(2, 3), (2, 3), "2025-09-22")
    assert found(contract, THREE, TWO_JOBS, "2027-03-31") == {"north Y1-Q1": without}
    last_day = [*TWO_JOBS, job("C", "2025-09-22")]
    assert found(contract, THREE, last_day, "2025-12-21")["north Y1-Q1"][0] == "pending"
    assert found(contract, THREE, last_day, "2025-12-22") == {
        "north Y1-Q1": ("met", "met", Fraction(1), (3, 3), "2025-12-22")
    }


def test_what_waits_for_an_adjustment_is_waited_for() -> None:
    """A job is met once it is known by which factor it is paid: on 1 January for A, on 1 February for B."""
    contract = text(
        SHARE,
        LATE,
        "",
        ("adjustments:\n", 'adjustments:\n  - {id: w, kind: multiply, by: 1/2, on: [first], where: "late.met"}\n'),
    )
    assert found(contract, THREE, TWO_JOBS, "2026-01-31")["north Y1-Q1"][:3] == (
        "pending",
        "not_settled",
        Fraction(1, 2),
    )
    for as_at in ("2026-02-01", "2027-03-31"):
        assert found(contract, THREE, TWO_JOBS, as_at) == {
            "north Y1-Q1": ("met", "met", Fraction(2, 3), (2, 3), "2026-02-01")
        }


def test_no_window_is_open_after_the_term() -> None:
    """B's job of 25 March 2027 would be kept on 25 June, after the term: what can be told is fixed on its last day."""
    contract = text(SHARE.replace("of: job", "of: kept"))
    people = [person("A", "2027-01-01"), person("B", "2027-03-20")]
    events = [job("A", "2027-01-01"), job("A", "2026-12-31"), job("B", "2027-03-25")]
    assert found(contract, people, events, "2027-03-30")["north Y2-Q4"][0] == "pending"
    for as_at in ("2027-03-31", "2027-12-31"):
        assert found(contract, people, events, as_at)["north Y2-Q4"][4] == "2027-03-31"


# ---- combinations and tests of parts that are fixed on different days

PARTS: Final = (
    "  yearly: {kind: measure, of: job, per: [provider, contract_year], period_of: start, "
    'settles: "period_end + 6 months"}\n'
    "  slow: {kind: measure, of: job, per: [provider, quarter], period_of: start, "
    'settles: "period_end + 18 months"}\n'
    "  a: {kind: test, of: placed, at_least: 60%}\n"
    "  b: {kind: test, of: yearly, at_least: 60%}\n"
    "  s: {kind: test, of: slow, at_least: 60%}\n"
    "  never: {kind: test, of: slow, above: 100%}\n"
    "  early: {kind: combine, need: any, of: [b, a]}\n"
    "  later: {kind: combine, need: any, of: [b, s]}\n"
    "  two: {kind: combine, need: 2, of: [s, b, a]}\n"
    "  every: {kind: combine, need: all, of: [never, b, a]}\n"
)
PAYS: Final = (
    "  pays_early: {kind: tariff, pays_for: early, price: 10.00, falls_in: known}\n"
    "  pays_later: {kind: tariff, pays_for: later, price: 7.00}\n"
)


def results(contract: str, name: str, as_at: str, events: Rows) -> tuple[Any, ...]:
    """Give state, date and the day on which it was fixed, of North in the first quarter."""
    done = small.run(contract, people=THREE, events=events, as_at=as_at)
    result = done.decisions.pooled[name].results["north", "Y1-Q1"]
    days = (None if day is None else str(date_from_number(day)) for day in (result.date, result.known))
    return (result.state, *days)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("early", [("met", "2025-06-30", "2025-07-30")] * 5),
        ("later", [("pending", None, None)] * 2 + [("met", "2026-03-31", "2026-09-30")] * 3),
        ("two", [("pending", None, None)] * 2 + [("met", "2026-03-31", "2026-09-30")] * 3),
        ("every", [("pending", None, None)] * 3 + [("not_met", None, "2026-12-30")] * 2),
    ],
)
def test_a_part_that_is_fixed_later_moves_nothing(name: str, expected: list[tuple[Any, ...]]) -> None:
    """The quarter is fixed on 30 July, its year on 30 September 2026, and once more, slowly, on 30 December 2026.

    Met by the one that is known first, on its day, though another that is known later is of an earlier one.
    """
    contract = text(f'{SHARE}, settles: "period_end + 1 month"', PARTS, PAYS)
    assert [results(contract, name, day, [*TWO_JOBS, THIRD]) for day in AS_AT] == expected


def test_lines_of_a_combination_stay_in_their_period() -> None:
    """The line that fell in the second quarter, when the first part was known, and the one of the year's end."""
    contract = text(f'{SHARE}, settles: "period_end + 1 month"', PARTS, PAYS)
    for day, expected in zip(AS_AT, [0, 0, 1, 1, 1], strict=True):
        lines = [line for line in paid(contract, THREE, [*TWO_JOBS, THIRD], day) if line[2] == "Y1-Q1"]
        assert (
            lines
            == [
                ("pays_early", "north", "Y1-Q1", "-", "1", 1000, "Y1-Q2"),
                ("pays_later", "north", "Y1-Q1", "-", "1", 700, "Y1-Q4"),
            ][: 1 + expected]
        )


def test_a_test_of_two_figures_is_of_the_later_day() -> None:
    """The quarter's share beside that of its year is of the last day of the year, as it was fixed on 30 September."""
    contract = text(
        f'{SHARE}, settles: "period_end + 1 month"', PARTS + "  equal: {kind: test, of: placed, at_least: yearly}\n"
    )
    assert results(contract, "equal", "2026-09-30", TWO_JOBS) == ("met", "2026-03-31", "2026-09-30")


TOO_FEW: Final = text(
    f"{SHARE}, fewest: 5",
    "  good: {kind: test, of: placed, at_least: 60%}\n"
    '  slow: {kind: measure, of: job, per: [provider, quarter], period_of: start, settles: "period_end + 18 months"}\n'
    "  ahead: {kind: test, of: slow, above: 100%}\n"
    "  both: {kind: combine, need: all, of: [good, ahead]}\n",
    "  bonus: {kind: tariff, pays_for: both, price: 10.00}\n"
    "  ahead_of_it: {kind: fee, amount: 100.00, to: north, instalments: 2, every: month, until_settled: bonus}\n",
)


def test_what_cannot_be_told_is_so_from_the_day_on_which_too_few_were_counted() -> None:
    """Of fewer than 5 there is no share on 22 September: the fee is taken back that day, whatever the other part is.

    It is unknown then; once the other part is not met, that is what it is, and the day stays.
    """
    for as_at, state in (("2025-09-22", "unknown"), ("2026-12-30", "not_met")):
        assert results(TOO_FEW, "both", as_at, TWO_JOBS) == (state, None, "2025-09-22")
        back = small.run(TOO_FEW, people=THREE, events=TWO_JOBS, as_at=as_at).statement.lines()
        back = back.filter(pl.col("reason") == "settled")
        assert [str(day) for day in back["earned_on"]] == ["2025-09-22"] * 2
        assert back["amount_minor"].to_list() == [-5000, -5000]
    assert (
        small.run(TOO_FEW, people=THREE, events=TWO_JOBS, as_at="2025-09-21")
        .statement.lines()
        .filter(pl.col("reason") == "settled")
        .is_empty()
    )


def test_a_test_waits_for_both_figures() -> None:
    """One is of too few on 22 September and the other fixed on 30 December 2026: it cannot be told from then on."""
    contract = TOO_FEW.replace("of: slow, above: 100%", "of: slow, above: placed")
    assert results(contract, "ahead", "2026-12-29", TWO_JOBS) == ("pending", None, None)
    assert results(contract, "ahead", "2026-12-30", TWO_JOBS) == ("not_assessable", None, "2026-12-30")


# ---- who is in no period


def test_who_may_have_a_day_is_shown_to_be_in_no_period() -> None:
    """Of whom it is not known whether they found a job nobody knows when: they are in no quarter of jobs."""
    contract = text(
        "kind: measure, of: kept, among: job, per: [provider, quarter], period_of: job, settles: period_end",
        "",
        "",
        ("    when: \"kind = 'job'\"", "    when: \"kind = 'job' AND sure\""),
        ("      on: date\n", "      on: date\n      sure: yes_no\n"),
    )
    events = [job("A", "2025-05-01") | {"sure": "yes"}, job("B", "2025-06-01") | {"sure": ""}]
    frames = {"people": pl.DataFrame(THREE), "events": pl.DataFrame(events)}
    done = pbr_run(contract, frames)
    result = done.decisions.pooled["placed"].results["north", "Y1-Q1"]
    assert (dict(result.members), result.undated) == ({"pending": 1}, 1)


def pbr_run(contract: str, frames: dict[str, pl.DataFrame]) -> Any:  # noqa: ANN401
    """Evaluate on frames that have a field more."""
    import pbr

    return pbr.run(small.contract_of(contract), frames, "2025-06-30")


def test_nobody_pending_is_waited_for_where_an_outcome_has_no_window() -> None:
    """The grown-up are a fact without a window: when the last job window is over on 22 September the share is fixed."""
    terms = "kind: measure, of: job, among: grown, per: [provider, quarter], period_of: start"
    more = "  grown: {kind: fact, when: \"level = 'high'\"}\n"
    result = small.run(text(terms, more), people=THREE, events=TWO_JOBS, as_at="2026-03-31")
    (found,) = [each for key, each in result.decisions.pooled["placed"].results.items() if key == ("north", "Y1-Q1")]
    assert found.known is not None
    assert str(date_from_number(found.known)) == "2025-09-22"
