"""What is made of dates, as SQL text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.calendar import FIRST_YEAR, LAST_YEAR, Duration, PeriodKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbr.calendar import Term


def age(born: str, on: str, leap_birthday: tuple[int, int]) -> str:
    """Full years, by month and day as one number."""
    month, day = leap_birthday
    leap = f"(DAY(LAST_DAY(MAKE_DATE(YEAR({on}), 2, 1))) = 29)"
    birthday = (
        f"(CASE WHEN {_month_day(born)} = 229 AND NOT {leap} THEN {month * 100 + day} ELSE {_month_day(born)} END)"
    )
    return f"(YEAR({on}) - YEAR({born}) - (CASE WHEN {_month_day(on)} < {birthday} THEN 1 ELSE 0 END))"


def _month_day(date: str) -> str:
    return f"(MONTH({date}) * 100 + DAY({date}))"


def months(first: str, last: str) -> str:
    """Whole months completed; the month's end stands for a day that it has not."""
    early = f"((DAY({last}) < DAY({first})) AND ({last} < LAST_DAY({last})))"
    months = f"((YEAR({last}) - YEAR({first})) * 12 + MONTH({last}) - MONTH({first}))"
    return f"({months} - (CASE WHEN {early} THEN 1 ELSE 0 END))"


def moved(date: str, steps: Sequence[Duration]) -> str:
    """A date moved by intervals, one after the other; a date and an interval make a timestamp, which is cast back."""
    for step in steps:
        date = (
            f"CAST(({date} {'-' if step.count < 0 else '+'} INTERVAL '{Duration(abs(step.count), step.unit)}') AS DATE)"
        )
    return f"(CASE WHEN {date} BETWEEN DATE '{FIRST_YEAR}-01-01' AND DATE '{LAST_YEAR}-12-31' THEN {date} END)"


def contract_year(date: str, term: Term) -> str:
    """The contract year, by the first day of each."""
    years = term.periods(PeriodKind.CONTRACT_YEAR)
    tests = [f"WHEN {date} <= DATE '{year.last}' THEN {number}" for number, year in enumerate(years, start=1)]
    return f"(CASE WHEN {date} < DATE '{term.first}' THEN NULL {' '.join(tests)} END)"
