"""Published numbers of schemes that pay on rates, through contract files: the vector's inputs in, its numbers out."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import polars as pl

import pbr
from pbr.contract.read import load
from pbr.document import parse_document
from pbr.money import plain
from tests.test_vectors import Rows, evaluated, paid, pounds, vector

if TYPE_CHECKING:
    from pathlib import Path


def register(practice: str, treated: int, missed: int, adjusted: int) -> Rows:
    """Give the patients of a practice: those treated, those not, and those not but adjusted."""
    kinds = [("yes", "no")] * treated + [("no", "no")] * missed + [("no", "yes")] * adjusted
    return [
        {
            "patient": f"{practice}{place}",
            "practice": practice,
            "registered_on": "2022-04-01",
            "treated": treats,
            "adjusted": left,
        }
        for place, (treats, left) in enumerate(kinds)
    ]


def test_qof_threshold_points(shared: Path) -> None:
    """Achievement without those adjusted, on a straight line from 40% to 80%; exactly at both ends and beyond."""
    given = vector(shared, "qof_threshold_points")
    for counts, expected in zip(given["inputs"], given["expected"], strict=True):
        rows = register("mean_practice", counts["A"], counts["B"] - counts["C"] - counts["A"], counts["C"])
        practice = {"practice": "mean_practice", "counted_on": "2023-01-01", "list_size": "9374", "on_register": "2.1"}
        done = evaluated("qof-indicator", {"register": rows, "practices": [practice]}, "2023-03-31")
        share = done.decisions.pooled["achievement"].results["mean_practice",].value
        points = done.decisions.pooled["points"].results["mean_practice",].value
        assert share == Fraction(expected["achievement_pct"]) / 100
        assert points == Fraction(expected["points"])


def test_qof_af_domain_payment(shared: Path) -> None:
    """29 points by the indexes as the source rounds them; without that rounding it is the other figure."""
    given = vector(shared, "qof_af_domain_payment")
    size, share = given["inputs"]["list_size"], given["inputs"]["practice_prevalence_pct"]
    practice = {"practice": "large_practice", "counted_on": "2023-01-01", "list_size": size, "on_register": share}
    tables = {"register": register("large_practice", 9, 1, 0), "practices": [practice]}
    line_of = "points: {{40%: 0, 80%: {0}}}\n    below: 0\n    above: {0}"
    ends = (line_of.format(10), line_of.format(29))
    done = evaluated("qof-indicator", tables, "2023-03-31", ends)
    (line,) = done.statement.lines().filter(provider="large_practice").iter_rows(named=True)
    assert (line["quantity"], pounds(line["amount_minor"])) == (given["inputs"]["points"], given["expected"]["payment"])
    for name, expected in (("size", "cpi"), ("prevalence", "apdf")):
        figure = done.decisions.pooled[name].results["large_practice", "all"].value
        assert figure == Fraction(given["expected"][expected])
    exact = [
        ('    value: "list_size / national_list"\n    round: 2\n', '    value: "list_size / national_list"\n'),
        (
            '    value: "on_register / national_prevalence"\n    round: 2\n',
            '    value: "on_register / national_prevalence"\n',
        ),
    ]
    whole = evaluated("qof-indicator", tables, "2023-03-31", ends, *exact)
    assert pounds(whole.statement.total_minor) == given["expected"]["payment_without_index_rounding"]


WILSON: Final = """\
pbr: 1
contract:
  {id: wilson, version: 1, providers: {north: {name: North}}, currency: GBP, from: 2025-04-01, to: 2026-03-31}
tables:
  people:
    {row_is: person, fields: {person: id, came_on: date, well: yes_no}}
cohort: {of: person, start: came_on}
outcomes:
  well: {kind: fact, when: well, date: start}
  share: {kind: measure, of: well}
TESTS
"""
QUANTILES: Final = {"0.95": "1.959963984540054", "0.998": "3.090232306167814"}
"""To as many decimals as the published bounds need; the table of the language has four."""


def test_wilson_interval(shared: Path) -> None:
    """Each published bound to eight decimals: it is at least the number cut there, and not the next one."""
    given = vector(shared, "wilson_interval")
    step = Fraction(1, 10**8)
    for counts, expected in zip(given["inputs"], given["expected"], strict=True):
        tests = []
        for side in ("lower", "upper"):
            cut = int(Fraction(expected[side]) / step) * step
            by = f"by: {side} z {QUANTILES[counts['confidence']]}"
            for name, threshold in (("reached", cut), ("next", cut + step)):
                tests.append(f"  {side}_{name}: {{kind: test, of: share, at_least: {plain(threshold)}, {by}}}")
        read, problems = load(parse_document(WILSON.replace("TESTS", "\n".join(tests)).encode(), "contract.yaml"))
        assert problems == ()
        assert read is not None
        well = ["yes"] * counts["x"] + ["no"] * (counts["n"] - counts["x"])
        rows = {"person": [str(place) for place in range(counts["n"])], "well": well}
        done = pbr.run(read, {"people": pl.DataFrame(rows).with_columns(came_on=pl.lit("2025-04-01"))}, "2026-03-31")
        states = {name: pooled.results[()].state for name, pooled in done.decisions.pooled.items() if name != "share"}
        assert states == {
            "lower_reached": "met",
            "lower_next": "not_met",
            "upper_reached": "met",
            "upper_next": "not_met",
        }


def test_satisfaction_threshold_rule(shared: Path) -> None:
    """94% of 116 answers: the lower bound is over 85%; it turns within a hundred-thousandth of the published one."""
    given = vector(shared, "satisfaction_threshold_rule")
    counts, expected = given["inputs"], given["expected"]
    assert Fraction(counts["satisfied"], counts["answers"]) == Fraction(109, 116)
    answers = ["yes"] * counts["satisfied"] + ["no"] * (counts["answers"] - counts["satisfied"])
    rows = {"person": [str(place) for place in range(len(answers))], "well": answers}
    frame = pl.DataFrame(rows).with_columns(came_on=pl.lit("2025-04-01"))
    bound, near = Fraction(expected["wilson_lower"]), Fraction(1, 10**5)
    by = "by: lower 95% two-sided"
    tests = [
        f"  agreed: {{kind: test, of: share, at_least: {given['parameters']['threshold']}, {by}}}",
        f"  just: {{kind: test, of: share, at_least: {plain(bound - near)}, {by}}}",
        f"  over: {{kind: test, of: share, at_least: {plain(bound + near)}, {by}}}",
        f"  enough: {{kind: measure, of: well, take: share, fewest: {given['parameters']['minimum_answers']}}}",
    ]
    read, problems = load(parse_document(WILSON.replace("TESTS", "\n".join(tests)).encode(), "contract.yaml"))
    assert problems == ()
    assert read is not None
    done = pbr.run(read, {"people": frame}, "2026-03-31")
    states = {name: pooled.results[()].state for name, pooled in done.decisions.pooled.items()}
    assert states == {"share": "met", "agreed": "met", "just": "met", "over": "not_met", "enough": "met"}


def test_drug_recovery_pilots_wigan_cohort(shared: Path) -> None:
    """34 of 200 are 17%, at which a completion pays 140; 4 of them came back, so that 30 of 34 did not."""
    given = vector(shared, "dar_pbr_wigan_cohort")
    inputs, expected = given["inputs"], given["expected"]
    people = [
        {
            "person": f"P{place}",
            "provider": "recovery_service",
            "presented_on": "2012-04-10",
            "complexity": inputs["group"],
            "recorded_on": "2012-04-10",
        }
        for place in range(inputs["starts"])
    ]
    events = [
        {"person": f"P{place}", "kind": "planned_exit", "on": "2012-10-01", "recorded_on": "2012-10-01"}
        for place in range(inputs["completed"])
    ]
    events += [
        each | {"kind": "return", "on": "2013-01-15"} for each in events[: inputs["re_presented_within_6_months"]]
    ]
    done = evaluated("wigan-recovery", {"people": people, "events": events}, "2014-09-30")
    found = {name: pooled.results for name, pooled in done.decisions.pooled.items()}
    group = ("recovery_service", inputs["group"], "Y1-Q1")
    assert found["completion_rate"][group].value == Fraction(expected["completion_rate"])
    assert found["pay_per_completion"][group].value == Fraction(expected["pay_per_completion"])
    kept = found["kept_rate"][group[:2]]
    assert kept.counted is not None
    assert kept.counted.met == expected["non_re_presenting"]
    assert round(kept.value or 0, 4) == Fraction(expected["non_re_presenting_rate_of_completers"])
    (line,) = (
        done.statement.lines().filter(payment="completion", occurrence=f"{inputs['group']} Y1-Q1").iter_rows(named=True)
    )
    assert pounds(line["amount_minor"]) == f"{expected['completion_payment']}.00"
    assert line["quantity"] == str(inputs["completed"])


CLIFF: Final = """\
pbr: 1
contract:
  {id: cliff, version: 1, providers: {prison: {name: Prison}}, currency: GBP, from: 2011-10-01, to: 2012-09-30}
tables:
  releases: {row_is: release, fields: {release: id, left_on: date, reconvicted: yes_no}}
cohort: {of: release, start: left_on}
values:
  core_value: 25000000.00
  reached: BASELINE
outcomes:
  reconvicted: {kind: fact, when: reconvicted, date: start}
  rate: {kind: measure, of: reconvicted}
  missed: {kind: test, of: rate, above: reached}
payments:
  repaid: {kind: amount, amount: core_value, pays_for: missed, times: [10%], takes: yes}
"""


def test_doncaster_cliff(shared: Path) -> None:
    """A reduction of at least 5 points of a rate of 50% keeps all; one short of it repays 10% of the core value.

    What is compared is the rate itself with the baseline less 5 points. Trap: 5% of 50% would be 2.5 points, and
    cohort 2 with its 3.3 would keep all.
    """
    given = vector(shared, "doncaster_cliff")
    baseline, points = Fraction(50, 100), Fraction(given["parameters"]["threshold_points"]) / 100
    shares = {str(each["cohort"]): each["repay_share"] for each in given["expected"]}
    rows = [(str(each["cohort"]), each["reduction_points"]) for each in given["inputs"]]
    rows += [("exactly", "5.0"), ("one short", "4.9")]
    shares |= {"exactly": "0", "one short": given["parameters"]["at_risk"]}
    text = CLIFF.replace("BASELINE", plain(baseline - points))
    read, problems = load(parse_document(text.encode(), "contract.yaml"))
    assert problems == ()
    assert read is not None
    for name, reduction in rows:
        again = (baseline - Fraction(reduction) / 100) * 1000
        assert again.denominator == 1
        frame = pl.DataFrame({"release": [str(place) for place in range(1000)]}).with_columns(
            left_on=pl.lit("2011-10-01"),
            reconvicted=pl.Series(["yes"] * int(again) + ["no"] * (1000 - int(again))),
        )
        done = pbr.run(read, {"releases": frame}, "2012-09-30")
        repaid = -Fraction(done.statement.total_minor, 2500000000)
        assert repaid == Fraction(shares[name]), name


ZONES: Final = """\
pbr: 1
contract:
  {id: zone, version: 1, providers: {"1": {}, "2": {}, "5": {}}, currency: NGN, from: 2018-01-01, to: 2018-12-31}
tables:
  residents: {row_is: resident, fields: {resident: id, provider: provider, counted_on: date}}
cohort: {of: resident, start: counted_on}
outcomes:
  lives: {kind: fact, when: "counted_on IS NOT NULL", date: start}
  population: {kind: measure, of: lives, take: count, per: [provider]}
payments:
  zone: {kind: divide, amount: POT, among: provider, by: population}
"""


def test_rbf_nigeria_pot_by_population(shared: Path) -> None:
    """Half a zone's pot by population, in whole kobo that add up to it, where the peer has binary floats."""
    (given,) = (each for each in vector(shared, "rbf_country_rules")["cases"] if "nigeria" in each["id"])
    pot = Fraction(given["parameters"]["pot"]) / given["parameters"]["divide_by"]
    read, problems = load(parse_document(ZONES.replace("POT", f"{plain(pot)}.00").encode(), "contract.yaml"))
    assert problems == ()
    assert read is not None
    homes = [name for name, count in given["inputs"]["population"].items() for _ in range(count)]
    frame = pl.DataFrame({"resident": [str(place) for place in range(len(homes))], "provider": homes})
    done = pbr.run(read, {"residents": frame.with_columns(counted_on=pl.lit("2018-01-01"))}, "2018-12-31")
    assert paid(done, "payee") == given["expected"]["payment_2dp"]
    assert done.statement.total_minor == int(given["expected"]["sum_of_payments"]) * 100
    population = done.decisions.pooled["population"].results
    whole = sum(result.value for result in population.values() if result.value is not None)
    shares = {key[0]: (result.value or 0) / whole for key, result in population.items()}
    assert shares == {name: Fraction(share) for name, share in given["expected"]["weight_exact"].items()}
