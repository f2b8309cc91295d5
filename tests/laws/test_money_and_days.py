"""Laws 6, 7, 16, 17, 21, 22 and 32: sums of parts, one rounding, and days moved, widened or local."""

from __future__ import annotations

import copy
import datetime as dt
import json
import random
import re
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import event, given, settings
from hypothesis import strategies as st

import pbr
from tests import small
from tests.laws.anything import Caps, evaluate, lines_of, written
from tests.oracle_changes import figure_of
from tests.oracle_rows import DIGITS, Contract
from tests.oracle_words import number
from tests.strategies import Scenario, scenarios

MONEY = st.integers(0, 10**7)
MODES = st.sampled_from(["half_up", "half_even"])

TEXT: Final = """\
pbr: 1
contract:
  id: parts
  title: Parts and days
  version: 1
  providers: {north: {name: North}}
  currency: GBP
  from: 2025-01-06
  to: 2026-12-27
  time_zone: Europe/London
conventions: {rounding: MODE, working_days: weekdays}
tables:
  people: {row_is: person, fields: {person: id, provider: provider, began: date}}
  events: {row_is: event, of: person, fields: {kind: {type: text, one_of: [job, lost]}, worth: money, on: date}}
  stays: {row_is: stay, of: person, fields: {came: date, went: date}}
  calls: {row_is: call, of: person, fields: {at: instant}}
cohort: {of: person, start: began}
spells:
  there: {table: stays, from: came, to: went}
outcomes:
  job: {kind: event, table: events, when: "kind = 'job'", date: on, window: {from: start, for: EVENT}}
  kept: {kind: absence, table: events, when: "kind = 'lost'", date: on, window: {after: start, for: ABSENCE}}
  stayed: {kind: held, in: [there], run: added_up, for: 30 days, window: {from: start, for: HELD}}
  weeks: {kind: held, in: [there], run: unbroken, every: 1 week, window: {from: start, for: HELD}}
  worthy: {kind: total, table: events, add: worth, date: on, reaches: 100.00, window: {from: start, for: TOTAL}}
  called: {kind: event, table: calls, date: at, window: {from: start, for: EVENT}}
payments:
"""
LENGTHS: Final = {"EVENT": 60, "ABSENCE": 60, "HELD": 90, "TOTAL": 60}
LAST: Final = "2026-12-27"


def evaluated(
    payments: str, tables: dict[str, small.Rows], *, mode: str = "half_up", lengths: dict[str, int] = LENGTHS
) -> pbr.api.Run:
    """Evaluate payments, each a line, on rows of text; a length in days may be another."""
    text = TEXT.replace("MODE", mode)
    for name, days in lengths.items():
        text = text.replace(f"for: {name}}}", f"for: {days} days}}")
    contract = small.contract_of(text + payments)
    frames = {}
    for name, table in contract.terms.tables.items():
        fields = [*table.fields, *(["person"] if table.of else [])]
        frames[name] = pl.DataFrame(tables.get(name, []), schema=dict.fromkeys(fields, pl.String))
    return pbr.run(contract, frames, LAST)


def person(began: str = "2025-01-06") -> dict[str, small.Rows]:
    """Give the one person there is, who has a job from the first day."""
    job = {"kind": "job", "worth": "1.00", "on": began, "person": "P"}
    return {"people": [{"person": "P", "provider": "north", "began": began}], "events": [job]}


def amounts(done: pbr.api.Run, adjustment: str = "-") -> list[int]:
    """List the pence of the payment's lines, or those of an adjustment, in order."""
    lines = done.statement.lines().filter(pl.col("adjustment") == adjustment)
    return lines.sort("instalment")["amount_minor"].to_list()


def rounded(exact: Fraction, mode: str) -> int:
    """Round to a whole number, half away from nothing or half to even, alike for both signs."""
    size = abs(exact)
    whole, rest = divmod(size.numerator, size.denominator)
    up = Fraction(rest, size.denominator)
    more = up > Fraction(1, 2) or (up == Fraction(1, 2) and (mode == "half_up" or whole % 2 == 1))
    return (whole + more) * (1 if exact >= 0 else -1)


# ---------------------------------------------------------------- sums and rounding


@given(whole=MONEY, shares=st.lists(st.integers(1, 9), min_size=1, max_size=6), odd=st.booleans(), mode=MODES)
def test_law_06_parts_of_a_payment_sum_to_it(whole: int, shares: list[int], odd: bool, mode: str) -> None:
    """Instalments of any shares sum to the whole exactly, and each but the odd one is its share, rounded."""
    written_shares = [f"{share}/{sum(shares)}" for share in shares]
    terms = f"instalments: [{', '.join(written_shares)}], odd_pence: {'first' if odd else 'last'}"
    price = f"{whole // 100}.{whole % 100:02}"
    for kind, sign in (("", 1), (", takes: yes", -1)):
        done = evaluated(
            f"  pay: {{kind: tariff, pays_for: job, price: {price}, {terms}{kind}}}\n", person(), mode=mode
        )
        found = amounts(done)
        assert sum(found) == whole * sign
        exact = [Fraction(whole * sign * share, sum(shares)) for share in shares]
        at = 0 if odd else len(shares) - 1
        others = [place for place in range(len(shares)) if place != at]
        assert [found[place] for place in others] == [rounded(exact[place], mode) for place in others]


@given(count=st.integers(1, 24), whole=MONEY)
def test_law_06_instalments_of_a_fee_sum_to_it(count: int, whole: int) -> None:
    """Any number of equal parts of any sum add up to it, and differ by the odd pence alone."""
    price = f"{whole // 100}.{whole % 100:02}"
    found = amounts(evaluated(f"  pay: {{kind: fee, amount: {price}, instalments: {count}, every: week}}\n", {}))
    assert sum(found) == whole
    assert len(found) == count
    assert len(set(found[:-1])) <= 1


@given(
    price=MONEY, factors=st.lists(st.tuples(st.integers(1, 99), st.integers(1, 99)), min_size=1, max_size=3), mode=MODES
)
def test_law_07_a_chain_of_factors_is_rounded_once(price: int, factors: list[tuple[int, int]], mode: str) -> None:
    """However many factors, the amount is the exact product rounded once, by the mode, alike for what takes."""
    times = ", ".join(f"{above}/{below}" for above, below in factors)
    money = f"{price // 100}.{price % 100:02}"
    exact = Fraction(price)
    for above, below in factors:
        exact *= Fraction(above, below)
    for kind, sign in (("", 1), (", takes: yes", -1)):
        pay = f"  pay: {{kind: tariff, pays_for: job, price: {money}, times: [{times}]{kind}}}\n"
        again = "adjustments:\n  - {id: one, kind: multiply, by: 1}\n"
        done = evaluated(pay + again, person(), mode=mode)
        assert amounts(done) == [rounded(exact, mode) * sign]
        assert amounts(done, "one") == []


@given(price=MONEY, above=st.integers(0, 99), below=st.integers(1, 99), mode=MODES)
def test_law_07_a_factor_rounds_what_is_paid_and_not_what_is_taken_off(
    price: int, above: int, below: int, mode: str
) -> None:
    """After an adjustment the amount is the product rounded once; the line shows the difference."""
    money = f"{price // 100}.{price % 100:02}"
    pay = f"  pay: {{kind: tariff, pays_for: job, price: {money}}}\n"
    change = f"adjustments:\n  - {{id: part, kind: multiply, by: {above}/{below}}}\n"
    done = evaluated(pay + change, person(), mode=mode)
    assert done.statement.total_minor == rounded(Fraction(price * above, below), mode)


@given(scenario=scenarios(), times=st.integers(2, 9))
def test_law_17_prices_and_limits_times_a_number_pay_that_many_times(scenario: Scenario, times: int) -> None:
    """Where nothing is rounded, all money of a contract times a whole number gives each line times that number."""
    terms, tables, as_at = unrounded(scenario[0]), *scenario[1:]
    one, many = (lines_of(evaluate(each, tables, as_at)) for each in (terms, scaled(terms, times)))
    event("something is paid" if one else "nothing is paid")
    assert [(line["line_id"], line["amount_minor"]) for line in many] == [
        (line["line_id"], line["amount_minor"] * times) for line in one
    ]


def unrounded(terms: Contract) -> Contract:
    """Leave out what multiplies and what is paid in parts."""
    made = copy.deepcopy(terms)
    for spec in made["payments"].values():
        for key in ("times", "instalments", "every", "odd_pence"):
            spec.pop(key, None)
    made["adjustments"] = [each for each in made.get("adjustments", []) if each["kind"] != "multiply"]
    return made


def scaled(terms: Contract, times: int) -> Contract:
    """Multiply every figure of money: prices, fees, limits and floors, also those that are values."""
    made = copy.deepcopy(terms)
    places = [(spec, key) for spec in made["payments"].values() for key in ("price", "amount") if key in spec]
    places += [(each, key) for each in made["adjustments"] for key in ("at_most", "at_least") if key in each]
    names = {spec[key] for spec, key in places if spec[key] in made.get("values", {})}
    waiting: list[tuple[Any, Any]] = [(spec, key) for spec, key in places if spec[key] not in names]
    waiting += [(made["values"], name) for name in names]
    while waiting:
        holder, key = waiting.pop()
        if isinstance(holder[key], dict):
            waiting += [(holder[key], inner) for inner in holder[key] if inner != "by"]
        else:
            minor = number(str(holder[key])) * 10 ** DIGITS[made["contract"]["currency"]] * times
            holder[key] = written(made, int(minor))
    return made


# ---------------------------------------------------------------- what is taken off, and the floor


@settings(max_examples=25)  # few contracts hold a floor or a gate that binds
@given(scenario=scenarios())
def test_law_22_what_takes_off_never_adds_and_a_floor_holds(scenario: Scenario) -> None:
    """A cap and a gate bring a line no further from nothing than it was, and no group is left below its floor."""
    done = evaluate(*scenario)
    caps = Caps(*scenario, lines_of(done))
    scale = 10 ** DIGITS[scenario[0]["contract"]["currency"]]
    earlier: list[str] = []
    for change in scenario[0].get("adjustments", []):
        chosen = caps.chosen(change)
        for item in chosen:
            before, made = caps.amount(item, earlier), caps.amount(item, [*earlier, change["id"]])
            if before != made and change["kind"] in {"cap", "gate"}:
                event(f"a {change['kind']} takes off")
                assert 0 <= made * (1 if before > 0 else -1) < abs(before)
        if change["kind"] == "floor" and change.get("if_owed", "forgiven") == "forgiven":
            sums: dict[Any, int] = {}
            least: dict[Any, int] = {}
            for item in chosen:
                net = caps.amount(item, earlier)
                only = change.get("only")
                if only is None or (net > 0 if only == "gains" else net < 0):
                    group = item.group(change["per"]) or ()
                    sums[group] = sums.get(group, 0) + net
                    least[group] = int(figure_of(change, "at_least", [(item, 0)]) * scale)
            for item in caps.items:
                if item.origin is not None and item.origin is change and item.line("-") in caps.lines:
                    amount = caps.lines[item.line("-")]["amount_minor"]
                    event("a floor adds")
                    assert amount > 0
                    sums[item.group(change["per"]) or ()] += amount
            assert {group: total for group, total in sums.items() if total < least[group]} == {}
        earlier.append(change["id"])


# ---------------------------------------------------------------- days


ALL: Final = """\
  pay_job: {kind: tariff, pays_for: job, price: 10.01, due: 3 working days after achieved}
  pay_kept: {kind: tariff, pays_for: kept, price: 20.02}
  pay_stayed: {kind: tariff, pays_for: stayed, price: 40.04, instalments: 3, every: 2 weeks}
  pay_weeks: {kind: tariff, pays_for: weeks, price: 1.03}
  pay_worthy: {kind: tariff, pays_for: worthy, price: 80.08}
  service: {kind: fee, amount: 100.00, instalments: 7, every: week, from: 2025-02-03}
adjustments:
  - {id: most, kind: cap, at_most: 100.00, per: [person], part: pay}
  - {id: all, kind: cap, at_most: 300.00, per: [provider]}
"""
FIRST: Final = dt.date(2025, 1, 6)
YEAR_OF_WEEKS: Final = dt.timedelta(days=364)


def drawn(seed: int, people: int = 5) -> dict[str, small.Rows]:
    """Draw a return of people with events and stays in the first eight months of the contract."""
    luck = random.Random(seed)  # noqa: S311  # a seeded return

    def day(last: int = 240) -> str:
        return str(FIRST + dt.timedelta(days=luck.randrange(last)))

    found: dict[str, small.Rows] = {"people": [], "events": [], "stays": []}
    for name in "PQRSTU"[:people]:
        began = day(90)
        found["people"].append({"person": name, "provider": "north", "began": began})
        start = dt.date.fromisoformat(began)
        for _ in range(luck.randrange(4)):
            on = str(start + dt.timedelta(days=luck.randrange(-5, 130)))
            kind, worth = luck.choice(["job", "job", "lost"]), luck.choice(["40.00", "60.00", "100.00", "99.99"])
            found["events"].append({"kind": kind, "worth": worth, "on": on, "person": name})
        for _ in range(luck.randrange(4)):
            came = start + dt.timedelta(days=luck.randrange(-10, 110))
            went = str(came + dt.timedelta(days=luck.randrange(40)))
            found["stays"].append({"came": str(came), "went": went, "person": name})
    return found


def moved(text: str) -> str:
    """Move every day in a text by 52 weeks."""
    return re.sub(r"\d{4}-\d\d-\d\d", lambda found: str(dt.date.fromisoformat(found.group()) + YEAR_OF_WEEKS), text)


@given(seed=st.integers(0, 2**32 - 1), as_at=st.integers(0, 400))
def test_law_16_all_days_a_year_of_weeks_later_change_no_amount(seed: int, as_at: int) -> None:
    """Contract, return and as-at day moved by 364 days give the same lines, moved: spells, fees, working days."""
    text = TEXT.replace("MODE", "half_up")
    for name, days in LENGTHS.items():
        text = text.replace(f"for: {name}}}", f"for: {days} days}}")
    text = (text + ALL).replace("currency: GBP", "currency: GBP\n  year_starts: 01-06")
    later = moved(text).replace("year_starts: 01-06", "year_starts: 01-05")
    sent = drawn(seed)
    day = FIRST + dt.timedelta(days=as_at)
    found = []
    for contract, rows, when in ((text, sent, day), (later, json.loads(moved(json.dumps(sent))), day + YEAR_OF_WEEKS)):
        read = small.contract_of(contract)
        frames = {}
        for name, table in read.terms.tables.items():
            fields = [*table.fields, *(["person"] if table.of else [])]
            frames[name] = pl.DataFrame(rows.get(name, []), schema=dict.fromkeys(fields, pl.String))
        lines = pbr.run(read, frames, when).statement.lines()
        back = YEAR_OF_WEEKS if contract is later else dt.timedelta(0)
        dated = [pl.col(column) - back for column in ("earned_on", "due_on")]
        found.append(
            lines.select("line_id", "period", "occurrence", "instalment", "amount_minor", "left_minor", *dated)
        )
    assert found[0].equals(found[1])


@given(seed=st.integers(0, 2**32 - 1), more=st.integers(1, 60))
def test_law_21_a_wider_window_never_undoes_what_was_met(seed: int, more: int) -> None:
    """Events, totals and days held that were met are met on the same day; of absences no more are."""
    sent = drawn(seed)
    pay = "  pay_job: {kind: tariff, pays_for: job, price: 1.00}\n"
    narrow = evaluated(pay, sent)
    wide = evaluated(pay, sent, lengths={name: days + more for name, days in LENGTHS.items()})
    before, after = (met_on(done) for done in (narrow, wide))
    for (name, outcome), day in before.items():
        if outcome not in {"kept", "called"}:
            event(f"{outcome} is met")
            assert after[name, outcome] == day
    kept = {key for key in after if key[1] == "kept"}
    event("an absence is met" if kept else "no absence is met")
    assert kept <= set(before)
    assert wide.statement.total_minor >= narrow.statement.total_minor


def met_on(done: pbr.api.Run) -> dict[tuple[str, str], dt.date]:
    """Give the day of each outcome of each person that is met."""
    rows = done.decisions.rows().filter(pl.col("state") == "met")
    return {(row["subject"], row["outcome"]): row["date"] for row in rows.iter_rows(named=True)}


@given(minute=st.integers(0, 364 * 24 * 60 - 1), offset=st.sampled_from([0, 60, -300, 330, 840]))
def test_law_32_an_instant_is_a_day_of_the_zone_of_the_contract(minute: int, offset: int) -> None:
    """Whatever offset it was written with, an instant is the local day in London, which dates the outcome."""
    first = dt.datetime(2025, 1, 6, tzinfo=ZoneInfo("Europe/London")).astimezone(dt.UTC)
    instant = first + dt.timedelta(minutes=minute)
    written_at = instant.astimezone(dt.timezone(dt.timedelta(minutes=offset))).isoformat()
    local = instant.astimezone(ZoneInfo("Europe/London")).date()
    rows = person(str(local))
    rows["calls"] = [{"at": written_at, "person": "P"}]
    done = evaluated("  pay: {kind: tariff, pays_for: called, price: 1.00}\n", rows)
    assert done.statement.lines()["earned_on"].to_list() == [local]
    rows["people"][0]["began"] = str(local + dt.timedelta(days=1))
    assert evaluated("  pay: {kind: tariff, pays_for: called, price: 1.00}\n", rows).statement.total_minor == 0
