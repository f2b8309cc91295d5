"""A return of real people: the UIS study of residential drug treatment, its outcomes computed a second time by hand.

Hosmer, Lemeshow and May, Applied Survival Analysis: 575 people, two sites. It has no dates, so all are admitted on one
day. The file is read from the shared folder and is no part of this repository.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import polars as pl
import pytest

import pbr

if TYPE_CHECKING:
    from collections.abc import Iterable

CONTRACT: Final = Path(__file__).parent / "uis" / "contract.yaml"
ADMITTED: Final = dt.date(2025, 4, 1)
LAST: Final = dt.date(2029, 3, 31)
NAMES: Final = {"0": "site_a", "1": "site_b"}
Person: TypeAlias = "dict[str, str]"


@pytest.fixture(scope="module")
def people(shared: Path) -> list[Person]:
    """Read the study, or skip."""
    path = shared / "data" / "uis.csv"
    if not path.is_file():
        pytest.skip("no data/uis.csv in the shared folder")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 575
    return rows


def day(number: int) -> str:
    """Write the day so many days after admission."""
    return (ADMITTED + dt.timedelta(days=number)).isoformat()


def returned(people: Iterable[Person]) -> dict[str, pl.DataFrame]:
    """Make the return that the two sites would send."""
    every = list(people)
    return {
        "people": pl.DataFrame(
            [
                {"participant": one["ID"], "site": NAMES[one["SITE"]], "admitted_on": day(0), "treatments": one["NDT"]}
                for one in every
            ]
        ),
        "stays": pl.DataFrame(
            [{"participant": one["ID"], "from_day": day(0), "to_day": day(int(one["LEN.T"]) - 1)} for one in every]
        ),
        "contacts": pl.DataFrame(
            [
                {
                    "participant": one["ID"],
                    "kind": "relapse" if one["CENSOR"] == "1" else "last_contact",
                    "on": day(int(one["TIME"])),
                }
                for one in every
            ]
        ),
    }


@cache
def contract() -> pbr.Contract:
    """Read the contract once."""
    return pbr.read_contract(CONTRACT)


def run(people: Iterable[Person], as_at: dt.date) -> pbr.Run:
    """Evaluate the contract on people."""
    return pbr.run(contract(), returned(people), as_at.isoformat())


# ---------------------------------------------------------------- the same by hand


def states(one: Person, now: int) -> dict[str, tuple[str, int | None]]:
    """Work out every outcome of a person, so many days after admission; days are counted from it."""
    length, time, relapsed = int(one["LEN.T"]), int(one["TIME"]), one["CENSOR"] == "1"
    seen = time <= now
    so_far = min(length, now + 1)
    term = (LAST - ADMITTED).days
    found: dict[str, tuple[str, int | None]] = {}
    found["stayed"] = ("met", 89) if so_far >= 90 else ("pending" if now < 400 else "not_met", None)
    found["months"] = ("met", 27) if so_far >= 28 else ("pending" if now < term else "not_met", None)
    half = (dt.date(2025, 10, 1) - ADMITTED).days
    hit = relapsed and seen and time <= half
    found["relapsed"] = ("met", time) if hit else ("pending" if now < half else "not_met", None)
    if relapsed and seen and time <= 548:
        found["clean"] = ("not_met", None)
    else:
        found["clean"] = ("met", 548) if now >= 548 else ("pending", None)
    still = seen and time >= 548
    found["followed"] = ("met", time) if still else ("pending" if now < 1200 else "not_met", None)
    both = [found["clean"], found["followed"]]
    if any(state == "not_met" for state, _ in both):
        found["drug_free"] = ("not_met", None)
    elif any(state == "pending" for state, _ in both):
        found["drug_free"] = ("pending", None)
    else:
        found["drug_free"] = ("met", max(day for _, day in both if day is not None))
    return found


STAY: Final = {"none": 31000, "some": 36550, "many": 40125}
FREE: Final = [{"none": 90000, "some": 110000, "many": 135033}, {"none": 92250, "some": 112750, "many": 138409}]


def pence(one: Person, now: int) -> int:
    """Work out what is paid for a person, in pence: each payment rounded once, then the most for one person."""
    prior = int(one["NDT"])
    group = "none" if prior == 0 else "some" if prior <= 3 else "many"
    found = states(one, now)
    total = 0
    if found["stayed"][0] == "met":
        total += STAY[group]
    total += 5555 * min(6, min(int(one["LEN.T"]), now + 1) // 28)
    state, when = found["drug_free"]
    if state == "met" and when is not None:
        year = 0 if ADMITTED + dt.timedelta(days=when) < dt.date(2027, 4, 1) else 1
        exact = Fraction(FREE[year][group] * 5, 6)
        whole = int(exact)
        total += whole + (1 if exact - whole >= Fraction(1, 2) else 0)
    return min(total, 150000)


DAYS: Final = [0, 27, 28, 89, 90, 182, 183, 365, 399, 400, 547, 548, 549, 730, 1199, 1200, 1460, 2000]


@pytest.mark.parametrize("now", DAYS)
def test_states_and_money_of_real_people_are_those_worked_out_by_hand(people: list[Person], now: int) -> None:
    """Met, not met and pending by site and outcome, the day of each, and the total to the penny."""
    done = run(people, ADMITTED + dt.timedelta(days=now))
    expected: Counter[tuple[str, str, str]] = Counter()
    days: dict[tuple[int, str], dt.date] = {}
    for one in people:
        for outcome, (state, when) in states(one, now).items():
            expected[NAMES[one["SITE"]], outcome, state] += 1
            if when is not None:
                days[int(one["ID"]), outcome] = ADMITTED + dt.timedelta(days=when)
    rows = done.decisions.rows()
    assert Counter(rows.select("provider", "outcome", "state").rows()) == expected
    met = rows.filter(pl.col("date").is_not_null())
    assert {
        (subject, outcome): date for subject, outcome, date in met.select("subject", "outcome", "date").rows()
    } == days
    total = sum(pence(one, now) for one in people)
    assert done.statement.total_minor == total
    if now == DAYS[-1]:
        assert total > 0
        assert {state for _, _, state in expected} == {"met", "not_met"}
    paid = done.statement.lines().group_by("subject").agg(pl.col("amount_minor").sum()).rows()
    assert dict(paid) == {int(one["ID"]): sum_ for one in people if (sum_ := pence(one, now))}


@pytest.mark.parametrize("now", DAYS)
def test_nobody_is_met_before_they_were_followed_for_so_long(people: list[Person], now: int) -> None:
    """A person who was lost sight of before the 548th day, without relapse, is never drug-free in the end."""
    done = run(people, ADMITTED + dt.timedelta(days=now))
    censored = {int(one["ID"]) for one in people if one["CENSOR"] == "0" and int(one["TIME"]) < 548}
    assert len(censored) == 41
    free = done.decisions.rows().filter(pl.col("outcome") == "drug_free", pl.col("state") == "met")
    assert not censored & set(free["subject"])
    early = {int(one["ID"]) for one in people if int(one["TIME"]) > now}
    assert not early & set(free["subject"])


def test_another_day_for_one_person_changes_only_their_lines(people: list[Person]) -> None:
    """With one TIME changed, every line of every other person is byte for byte as it was."""
    as_at = ADMITTED + dt.timedelta(days=2000)
    before = run(people, as_at).statement.lines()
    place = next(place for place, one in enumerate(people) if one["CENSOR"] == "1" and int(one["TIME"]) >= 549)
    changed = [one | {"TIME": "90"} if index == place else one for index, one in enumerate(people)]
    after = run(changed, as_at).statement.lines()
    mine = int(people[place]["ID"])
    others = [frame.filter(pl.col("subject") != mine).write_csv() for frame in (before, after)]
    assert others[0] == others[1]
    own = [frame.filter(pl.col("subject") == mine)["payment"].unique().sort().to_list() for frame in (before, after)]
    assert "free" in own[0]
    assert "free" not in own[1]


def test_each_site_is_paid_for_its_own_people(people: list[Person]) -> None:
    """The sum of a site alone is its part of the sum of both."""
    as_at = ADMITTED + dt.timedelta(days=1460)
    both = run(people, as_at).statement.lines().group_by("provider").agg(pl.col("amount_minor").sum())
    for site, name in NAMES.items():
        alone = run([one for one in people if one["SITE"] == site], as_at).statement.total_minor
        assert dict(both.rows())[name] == alone
