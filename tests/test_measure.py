"""Outcomes of groups: who is counted, when a figure is fixed, what it is compared with, and what is paid."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from pbr.calendar import date_from_number
from pbr.confidence import Counted
from pbr.outcomes.measure import median
from tests import small

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden
    from tests.small import Rows

SHARE: Final = "kind: measure, of: job, per: [provider, quarter], period_of: start"


def text(terms: str = SHARE, more: str = "", pays: str = "", *changes: tuple[str, str]) -> str:
    """Give the small contract with a measure, more outcomes, and payments."""
    return small.changed(
        ("payments:\n", f"  placed: {{{terms}}}\n{more}payments:\n{pays}"),
        ('clause: "3.1"\n', 'clause: "3.1"\n'),
        *changes,
    )


def person(name: str, began: str, provider: str = "north", level: str = "high") -> dict[str, str]:
    """Give a participant."""
    return {"person": name, "provider": provider, "began": began, "level": level}


def job(name: str, on: str, seen: str = "", kind: str = "job") -> dict[str, str]:
    """Give a job, recorded on its day unless said."""
    return {"person": name, "kind": kind, "on": on, "seen": seen or on}


THREE: Final[Rows] = [person("A", "2025-04-01"), person("B", "2025-05-01"), person("C", "2025-06-30")]
TWO_JOBS: Final[Rows] = [job("A", "2025-05-01"), job("B", "2025-06-01")]


def found(contract: str, people: Rows, events: Rows, as_at: str, name: str = "placed") -> dict[str, tuple[Any, ...]]:
    """Give state, reason, figure, counts and the day on which it was fixed of each group that has anything to say."""
    done = small.run(contract, people=people, events=events, as_at=as_at)
    rows = {}
    for key, result in done.decisions.pooled[name].results.items():
        if result.members or result.state == "met":
            known = None if result.known is None else str(date_from_number(result.known))
            counts = None if result.counted is None else (result.counted.met, result.counted.counted)
            rows[" ".join(key)] = (result.state, result.reason, result.value, counts, known)
    return rows


# ---- when it is fixed


def test_a_share_is_fixed_when_no_window_of_a_member_is_open() -> None:
    """C's 12 weeks end on 22 September; until then the share of the second quarter is provisional, and unpaid."""
    before = found(text(), THREE, TWO_JOBS, "2025-09-21")
    assert before == {"north Y1-Q1": ("pending", "not_settled", Fraction(1), (2, 2), None)}
    after = found(text(), THREE, TWO_JOBS, "2025-09-22")
    assert after == {"north Y1-Q1": ("met", "met", Fraction(2, 3), (2, 3), "2025-09-22")}
    open_still = found(text(), THREE, TWO_JOBS, "2025-06-29")
    assert open_still["north Y1-Q1"][:2] == ("pending", "group_open")


def test_what_becomes_known_later_changes_nothing_unless_the_measure_reopens() -> None:
    """C's job of August is recorded in October: the share was fixed on 22 September, and stays."""
    late = [*TWO_JOBS, job("C", "2025-08-01", "2025-10-01")]
    assert found(text(), THREE, late, "2027-03-31")["north Y1-Q1"][2:4] == (Fraction(2, 3), (2, 3))
    again = found(text(f"{SHARE}, reopens: yes"), THREE, late, "2027-03-31")
    assert again["north Y1-Q1"] == ("met", "met", Fraction(1), (3, 3), "2025-09-22")
    newcomer = [*THREE, person("D", "2025-04-03")]
    assert found(text(), newcomer, late, "2027-03-31")["north Y1-Q1"][3] == (2, 4)


@pytest.mark.parametrize(
    ("settles", "as_at", "expected"),
    [
        ("period_end", "2025-06-30", ("met", "met", Fraction(2, 3), (2, 3), "2025-06-30")),
        ('"period_end + 6 months"', "2025-12-29", ("pending", "not_settled", Fraction(2, 3), (2, 3), None)),
        ('"period_end + 6 months"', "2025-12-30", ("met", "met", Fraction(2, 3), (2, 3), "2025-12-30")),
        ("2025-07-15", "2025-07-15", ("met", "met", Fraction(2, 3), (2, 3), "2025-07-15")),
        ("2025-07-15", "2025-07-14", ("pending", "not_settled", Fraction(1), (2, 2), None)),
        ("2025-05-01", "2025-06-30", ("met", "met", Fraction(2, 3), (2, 3), "2025-06-30")),
    ],
)
def test_a_figure_settles_on_the_day_that_is_written(settles: str, as_at: str, expected: tuple[Any, ...]) -> None:
    """Then who is pending counts as not met; a day before the end of the period is that end."""
    assert found(text(f"{SHARE}, settles: {settles}"), THREE, TWO_JOBS, as_at)["north Y1-Q1"] == expected


# ---- who is counted


def test_each_state_counts_as_the_rules_say() -> None:
    """Excluded and excused are left out, unknown counts as not met, and as met where that is bad."""
    contract = text(
        f"{SHARE}, settles: period_end",
        "",
        "",
        (
            "    window: {after: start, for: 12 weeks}\n",
            "    window: {after: start, for: 12 weeks}\n    excused_by: \"level = 'low'\"\n",
        ),
        ("    when: \"kind = 'job'\"", "    when: \"kind = 'job' AND sure\""),
        ("      on: date\n", "      on: date\n      sure: yes_no\n"),
    )
    people = [
        person("MET", "2025-04-02"),
        person("MISSED", "2025-04-02"),
        person("UNKNOWN", "2025-04-02"),
        person("EXCUSED", "2025-04-02", level="low"),
        person("PENDING", "2025-06-29"),
    ]
    events = [job("MET", "2025-04-20") | {"sure": "yes"}, job("UNKNOWN", "2025-04-20") | {"sure": ""}]
    frames = {"people": pl.DataFrame(people), "events": pl.DataFrame(events)}
    done = pbr.run(small.contract_of(contract), frames, "2025-06-30")
    result = done.decisions.pooled["placed"].results["north", "Y1-Q1"]
    assert dict(result.members) == {"met": 1, "not_met": 1, "unknown": 1, "pending": 1, "left out: excused": 1}
    assert result.counted == Counted(met=1, counted=4)
    bad = contract.replace("settles: period_end", "settles: period_end, adverse: yes")
    adverse = pbr.run(small.contract_of(bad), frames, "2025-06-30")
    assert adverse.decisions.pooled["placed"].results["north", "Y1-Q1"].counted == Counted(met=2, counted=4)


def test_a_clause_that_leaves_out_or_cannot_be_decided() -> None:
    """Who left the cohort is left out; of whom a clause cannot be decided is counted, and not as met."""
    contract = text(
        f"{SHARE}, settles: period_end",
        "",
        "",
        ("when: \"began < DATE '2025-04-01'\"}", "when: \"level = 'low'\"}"),
    )
    people = [person("A", "2025-04-01"), person("OUT", "2025-04-01", level="low"), person("U", "2025-04-01", level="")]
    events = [job(name, "2025-04-20") for name in ("A", "OUT", "U")]
    done = small.run(contract, people=people, events=events, as_at="2025-06-30")
    result = done.decisions.pooled["placed"].results["north", "Y1-Q1"]
    assert dict(result.members) == {"met": 1, "unknown": 1, "left out: exclude_hit": 1}
    assert result.value == Fraction(1, 2)


def test_rates_are_counted_again_and_never_averaged() -> None:
    """One of two at North and one of eight at South are two of ten together, which is no mean of 50% and 12.5%."""
    people = [person(f"N{n}", "2025-04-01") for n in range(2)] + [
        person(f"S{n}", "2025-04-01", "south") for n in range(8)
    ]
    events = [job("N0", "2025-04-20"), job("S0", "2025-04-20")]
    contract = text(SHARE, "  whole: {kind: measure, of: job, per: [quarter], period_of: start}\n")
    apart = found(contract, people, events, "2025-12-31")
    assert [apart[f"{name} Y1-Q1"][2] for name in ("north", "south")] == [Fraction(1, 2), Fraction(1, 8)]
    assert found(contract, people, events, "2025-12-31", "whole")["Y1-Q1"][2] == Fraction(1, 5)


def test_among_is_the_denominator() -> None:
    """Of two with a job one kept it; who had none is not among them, and who may have one yet is waited for."""
    contract = text("kind: measure, of: kept, among: job, per: [provider, contract_year], period_of: job")
    lost = [*TWO_JOBS, job("B", "2025-07-01", kind="lost")]
    assert found(contract, THREE, lost, "2026-03-31") == {
        "north Y1": ("met", "met", Fraction(1, 2), (1, 2), "2026-03-31")
    }


@pytest.mark.parametrize(
    ("over", "expected"),
    [("period", (1, 1)), ("to_date", (2, 3)), ("3 months", (1, 1)), ("4 months", (2, 2)), ("62 days", (1, 1))],
)
def test_a_figure_may_be_over_more_than_its_period(over: str, expected: tuple[int, int]) -> None:
    """To date it is of all from the beginning; 4 months to 30 September begin on 1 June, 62 days on 31 July."""
    people = [person("A", "2025-05-31"), person("B", "2025-06-01"), person("C", "2025-07-31")]
    events = [job("B", "2025-06-20"), job("C", "2025-08-20")]
    contract = text(f'{SHARE}, over: {over}, settles: "period_end + 6 months"')
    assert found(contract, people, events, "2026-12-31")["north Y1-Q2"][3] == expected


@pytest.mark.parametrize(
    ("take", "events", "expected"),
    [
        ("count", TWO_JOBS, ("met", Fraction(2))),
        ("n", TWO_JOBS, ("met", Fraction(3))),
        ("any", TWO_JOBS, ("met", Fraction(1))),
        ("any", [], ("not_met", Fraction(0))),
        ("all", TWO_JOBS, ("not_met", Fraction(0))),
        ("all", [*TWO_JOBS, job("C", "2025-07-01")], ("met", Fraction(1))),
    ],
)
def test_what_is_taken(take: str, events: Rows, expected: tuple[str, Fraction]) -> None:
    """How many are met, how many are counted, whether any is met, whether all are."""
    result = found(text(f"{SHARE}, take: {take}"), THREE, events, "2026-12-31")["north Y1-Q1"]
    assert (result[0], result[2]) == expected


def test_sums_and_averages_are_of_values() -> None:
    """Points of 1, 2 and 4 are 7 together, 7/3 in the mean and 2 in the middle; of two the middle is between them."""
    points = "  rated: {kind: scale, value: score, points: {under 10: 1, 10 to 19: 2, 20 or more: 4}}\n"
    people = [person(n, "2025-04-01") | {"score": s} for n, s in (("A", "5"), ("B", "15"), ("C", "25"))]
    expected = {"sum": Fraction(7), "mean": Fraction(7, 3), "median": Fraction(2)}
    for take, value in expected.items():
        contract = text(
            f"kind: measure, of: rated, take: {take}, per: [provider]",
            points,
            "",
            ("      began: date\n", "      began: date\n      score: {type: whole, from: 0, to: 40}\n"),
        )
        frames = {"people": pl.DataFrame(people), "events": pl.DataFrame(TWO_JOBS).clear()}
        done = pbr.run(small.contract_of(contract), frames, "2027-03-31")
        assert done.decisions.pooled["placed"].results[("north",)].value == value
    assert median([Fraction(4), Fraction(1)]) == Fraction(5, 2)


def test_nobody_and_too_few_are_not_failed() -> None:
    """0 of 0 has no result, nor has a share of fewer than the contract asks for; a count of nobody is 0."""
    done = small.run(text(f"{SHARE}, fewest: 4"), people=THREE, events=TWO_JOBS, as_at="2027-03-31")
    results = done.decisions.pooled["placed"].results
    assert (results["north", "Y1-Q1"].state, results["north", "Y1-Q1"].reason) == ("not_assessable", "too_few")
    assert (results["south", "Y1-Q1"].state, results["south", "Y1-Q1"].reason) == ("not_assessable", "nobody")
    count = small.run(text(f"{SHARE}, take: count"), people=THREE, events=TWO_JOBS, as_at="2027-03-31")
    assert count.decisions.pooled["placed"].results["south", "Y1-Q1"].value == 0


def test_who_is_in_no_group_or_period_is_shown(tmp_path: Path) -> None:
    """Of four one has no level, so is in no group, and one no start, so in no period; each group says so."""
    contract = text(
        "kind: measure, of: job, per: [provider, grade, quarter], period_of: start, settles: period_end",
        "",
        "",
        ("    low: otherwise\n", "    low: \"level = 'low'\"\n"),
    )
    people = [*THREE[:2], person("X", "2025-05-01", level=""), person("Y", "")]
    done = small.run(contract, people=people, events=TWO_JOBS, as_at="2025-12-31")
    results = done.decisions.pooled["placed"].results
    first, second = results["north", "high", "Y1-Q1"], results["north", "high", "Y1-Q2"]
    assert (first.counted, first.nowhere, first.undated) == (Counted(met=2, counted=2), 1, 1)
    assert (second.counted, second.nowhere, second.undated) == (None, 0, 1)
    (tmp_path / "contract.yaml").write_text(contract, encoding="utf-8")
    pl.DataFrame(people).write_csv(tmp_path / "people.csv")
    pl.DataFrame(TWO_JOBS).write_csv(tmp_path / "events.csv")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, "2025-12-31").write(tmp_path / "out")
    said = pbr.explain(out, outcome="placed").text
    assert "no group   1 of this period are in none of the groups, for want of a label" in said
    assert "no day     1 are in no period, for want of a start" in said


# ---- what it is compared with


@pytest.mark.parametrize(
    ("test", "state"),
    [
        ("at_least: 2/3", "met"),
        ("above: 2/3", "not_met"),
        ("at_most: 2/3", "met"),
        ("below: 2/3", "not_met"),
        ("at_least: 66.67%", "not_met"),
        ("below: 66.67%", "met"),
        ("at_least: 20.77%, by: lower 95% two-sided", "not_met"),
        ("at_least: 20.76%, by: lower 95% two-sided", "met"),
        ("at_most: 93.86%, by: upper 95% two-sided", "met"),
        ("below: 93.85%, by: upper 95% two-sided", "not_met"),
        ("at_least: 20.76%, by: lower 97.5% one-sided", "met"),
        ("at_least: 20.77%, by: lower z 1.96", "not_met"),
    ],
)
def test_both_sides_of_a_threshold(test: str, state: str) -> None:
    """2 of 3 against thresholds on it and one unit to each side; the bounds are 20.7654% and 93.8509%."""
    contract = text(SHARE, f"  enough: {{kind: test, of: placed, {test}}}\n")
    assert small.run(contract, people=THREE, events=TWO_JOBS, as_at="2025-12-31").decisions.pooled["enough"].results[
        "north", "Y1-Q1"
    ].state == (state)


def test_a_threshold_may_be_a_figure_by_provider_or_another_measure() -> None:
    """North needs 60%, South 70%, from 1 July 75%; and each is compared with both together."""
    contract = text(
        SHARE,
        "  enough: {kind: test, of: placed, at_least: needed}\n"
        "  whole: {kind: measure, of: job, per: [quarter], period_of: start}\n"
        "  ahead: {kind: test, of: placed, above: whole}\n",
        "",
        (
            "values:\n",
            (
                "values:\n  needed:\n    by: provider\n    dated:\n"
                "      2025-04-01: {north: 60%, south: 70%}\n      2025-07-01: {north: 75%, south: 75%}\n"
            ),
        ),
    )
    people = [*THREE, *(person(each["person"].lower(), each["began"], "south") for each in THREE)]
    later = [person("L1", "2025-07-01"), person("L2", "2025-07-01"), person("L3", "2025-07-01")]
    events = [
        *TWO_JOBS,
        job("a", "2025-05-01"),
        job("b", "2025-06-01"),
        job("L1", "2025-07-20"),
        job("L2", "2025-07-20"),
    ]
    done = small.run(contract, people=[*people, *later], events=events, as_at="2026-03-31")
    states = {key: result.state for key, result in done.decisions.pooled["enough"].results.items()}
    assert [states[key] for key in (("north", "Y1-Q1"), ("south", "Y1-Q1"), ("north", "Y1-Q2"))] == [
        "met",
        "not_met",
        "not_met",
    ]
    ahead = done.decisions.pooled["ahead"].results
    assert ahead["north", "Y1-Q1"].state == "not_met"
    assert done.decisions.pooled["whole"].results["Y1-Q1",].value == Fraction(2, 3)


def test_a_figure_off_its_scale_passes_no_test() -> None:
    """2 of 3 lie below a line from 80% that has no points there: nothing is compared, and nothing is met."""
    line = "shape: straight, points: {80%: 0, 100%: 10}, below: none, above: 10"
    contract = text(
        SHARE,
        f"  line: {{kind: scale, of: placed, {line}}}\n"
        "  low: {kind: test, of: line, at_most: 5}\n"
        "  never: {kind: test, of: placed, above: placed}\n"
        "  both: {kind: combine, need: any, of: [low, never]}\n",
    )
    done = small.run(contract, people=THREE, events=TWO_JOBS, as_at="2025-12-31")
    found_of = {name: pooled.results["north", "Y1-Q1"] for name, pooled in done.decisions.pooled.items()}
    assert {name: (each.state, each.reason) for name, each in found_of.items()} == {
        "placed": ("met", "met"),
        "line": ("not_met", "off_scale"),
        "low": ("not_met", "part_not_met"),
        "never": ("not_met", "beside_threshold"),
        "both": ("not_met", "part_not_met"),
    }


# ---- what is paid

PAID: Final = text(
    f'{SHARE}, settles: "period_end + 3 months"',
    "  line: {kind: scale, of: placed, shape: straight, points: {40%: 0, 80%: 10}, below: 0, above: 10}\n"
    "  rounded: {kind: scale, of: placed, shape: straight, points: {40%: 0, 80%: 10}, below: 0, above: 10, round: 1}\n"
    "  good: {kind: test, of: placed, at_least: 60%, by: value, title: Well placed}\n",
    "  by_line: {kind: tariff, pays_for: line, price: 100.00}\n"
    "  by_rounded: {kind: tariff, pays_for: rounded, price: point_price, times: [1/2]}\n"
    "  for_good: {kind: tariff, pays_for: good, price: 1000.00, falls_in: known, price_on: known}\n",
    ("values:\n", "values:\n  point_price: {by: provider, north: 100.00, south: 50.00}\n"),
)


def paid(
    contract: str, people: Rows = THREE, events: Rows = TWO_JOBS, as_at: str = "2025-12-31"
) -> list[tuple[Any, ...]]:
    """Give the lines of groups: payment, group, adjustment, quantity, amount."""
    lines = small.run(contract, people=people, events=events, as_at=as_at).statement.lines()
    lines = lines.filter(pl.col("subject").is_null())
    return lines.select("payment", "provider", "occurrence", "adjustment", "quantity", "amount_minor", "period").rows()


def test_points_are_paid_exactly_and_rounded_once() -> None:
    """2/3 is 20/3 points, which at 100.00 are 666.67; rounded to 6.7 first and halved they are 335.00."""
    assert paid(PAID) == [
        ("by_line", "north", "Y1-Q1", "-", "20/3", 66667, "Y1-Q1"),
        ("by_rounded", "north", "Y1-Q1", "-", "6.7", 33500, "Y1-Q1"),
        ("for_good", "north", "Y1-Q1", "-", "1", 100000, "Y1-Q2"),
    ]


def test_a_gate_on_a_group_stops_every_line_of_it() -> None:
    """North misses 70%: of its lines of persons and groups of that quarter nothing is left, and South's are."""
    contract = PAID.replace("at_least: 60%", "at_least: 70%").replace(
        "adjustments:\n", "adjustments:\n  - {id: only_good, kind: gate, needs: good}\n"
    )
    people = [*THREE, person("S", "2025-04-01", "south")]
    events = [*TWO_JOBS, job("S", "2025-05-01")]
    done = small.run(contract, people=people, events=events, as_at="2025-12-31").statement.lines()
    net = (
        done.filter(pl.col("period") == "Y1-Q1").group_by("provider").agg(pl.col("amount_minor").sum()).sort("provider")
    )
    assert net.rows()[0] == ("north", 0)
    assert net.rows()[1][1] > 0


def test_a_cap_takes_lines_of_groups_before_those_of_persons_of_that_day() -> None:
    """500.00 for North in a quarter: what was earned earlier comes first."""
    contract = PAID.replace(
        "adjustments:\n", "adjustments:\n  - {id: quarterly, kind: cap, at_most: 2500.00, per: [provider, quarter]}\n"
    )
    lines = paid(contract)
    assert sum(line[5] for line in lines if line[3] == "quarterly") < 0
    done = small.run(contract, people=THREE, events=TWO_JOBS, as_at="2025-12-31").statement.lines()
    assert done.filter(pl.col("period") == "Y1-Q1", provider="north")["amount_minor"].sum() == 250000


def test_a_figure_that_was_stated_stays_whatever_comes_later() -> None:
    """Statements of later days add lines of later periods; those of a period that is fixed are the same for ever."""
    late = [*TWO_JOBS, job("C", "2025-08-01", "2026-01-15"), job("A", "2025-05-02", "2026-02-01", "lost")]
    people = [*THREE, person("D", "2025-08-01")]
    days = ("2025-12-31", "2026-06-30", "2027-03-31")
    kept = [[line for line in paid(PAID, people, late, day) if line[2] == "Y1-Q1"] for day in days]
    assert kept[0]
    assert kept == [kept[0]] * 3


FACTOR: Final = text(
    f"{SHARE}, take: count",
    "  rate: {kind: measure, of: job, per: [quarter], period_of: start}\n"
    "  each: {kind: scale, of: rate, points: {under 50%: 0, 50% to under 70%: 2.5, 70% or more: 4}}\n"
    "  known: {kind: measure, of: job, take: n, per: [provider, quarter], period_of: start, fewest: 3}\n",
    "  rising: {kind: tariff, pays_for: placed, price: 10.00, times: [each, 1/2]}\n"
    "  sure: {kind: tariff, pays_for: placed, price: 1.00, times: [known]}\n",
)


def test_a_price_may_be_multiplied_by_a_figure_of_the_group_or_one_around_it() -> None:
    """North has 2 jobs and South 1, and together 3 of 5 in the quarter, at which each pays 2.5 x 10.00 / 2.

    South has 2 people, too few for the second factor to have a figure, so that nothing of that payment is for South.
    """
    people = [*THREE, person("S", "2025-04-01", "south"), person("T", "2025-04-01", "south")]
    events = [*TWO_JOBS, job("S", "2025-05-01")]
    assert [line[:6] for line in paid(FACTOR, people, events) if line[2] == "Y1-Q1"] == [
        ("rising", "north", "Y1-Q1", "-", "2", 2500),
        ("rising", "south", "Y1-Q1", "-", "1", 1250),
        ("sure", "north", "Y1-Q1", "-", "2", 600),
    ]


# ---- how it is shown


def test_a_group_line_is_explained(tmp_path: Path, golden: Golden) -> None:
    """Who was counted and left out, the bound with its arithmetic, each step with its rounding, and the price."""
    contract = PAID.replace("at_least: 60%, by: value", "at_least: 20%, by: lower 95% two-sided")
    (tmp_path / "contract.yaml").write_text(contract, encoding="utf-8")
    people = [*THREE, person("OUT", "2025-03-31")]
    pl.DataFrame(people).write_csv(tmp_path / "people.csv")
    pl.DataFrame(TWO_JOBS).write_csv(tmp_path / "events.csv")
    done = pbr.run(tmp_path / "contract.yaml", tmp_path, "2025-12-31")
    out = done.write(tmp_path / "out")
    lines = done.statement.lines().filter(pl.col("subject").is_null())
    said = [pbr.explain(out, line=line).text for line in lines["line_id"]]
    golden("tests/golden/explain/measures.txt", "\n".join(said))
    whole = pbr.explain(out, outcome="placed")
    assert whole.text.count("placed, ") == 1
    assert "Nobody yet, or nobody at all, in: north Y1-Q2, " in whole.text
    assert whole.decisions.height == 16
    with pytest.raises(pbr.EvaluationError, match="PBR505 'job' is not an outcome of groups"):
        pbr.explain(out, outcome="job")
    with pytest.raises(pbr.EvaluationError, match="PBR505 '0000' is not the id of a line"):
        pbr.explain(out, line="0000")


def test_rows_of_decisions_hold_groups_after_participants() -> None:
    """Groups have their labels instead of a subject, and the counts of their figure."""
    done = small.run(PAID, people=THREE, events=TWO_JOBS, as_at="2025-12-31")
    rows = done.decisions.rows()
    groups = rows.filter(pl.col("group").is_not_null())
    assert rows.head(rows.height - groups.height)["subject"].null_count() == 0
    first = groups.row(0, named=True)
    assert {
        key: first[key] for key in ("outcome", "group", "provider", "state", "value", "numerator", "denominator")
    } == {
        "outcome": "placed",
        "group": "north Y1-Q1",
        "provider": "north",
        "state": "met",
        "value": "2/3",
        "numerator": 2,
        "denominator": 3,
    }
    assert groups["outcome"].unique(maintain_order=True).to_list() == ["placed", "line", "rounded", "good"]
