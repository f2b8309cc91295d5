"""Published numbers of schemes without participants, through contract files: quantities, scores, estimates, lookups."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from pbr.confidence import By, Counted
from pbr.money import plain
from tests import small
from tests.test_vectors import LIBRARY, Rows, evaluated, pounds, vector

if TYPE_CHECKING:
    from pathlib import Path


def figure(done: Any, name: str, *key: str) -> Fraction | None:  # noqa: ANN401  # a run
    """Give the figure of one group, if it is met."""
    result = done.decisions.pooled[name].results[key]
    return result.value if result.met else None


def cases(shared: Path, name: str) -> dict[str, dict[str, Any]]:
    """Read the cases of a file of several vectors, by their ids."""
    return {case["id"]: case for case in vector(shared, name)["cases"]}


def test_rwanda_quantity_times_quality(shared: Path) -> None:
    """The fees of the quarter are 354.62, the quality 0.7876, and 279.298712 is rounded once."""
    given = vector(shared, "rwanda_pbf_quantity_times_quality")
    quantities: Rows = [
        {
            "centre": "butare",
            "month_end": "2007-03-31",
            "act": act,
            "verified": str(count),
            "verified_on": "2007-04-20",
        }
        for act, count in given["inputs"]["quantity"].items()
    ]
    scores: Rows = [
        {
            "centre": "butare",
            "visited_on": "2007-03-15",
            "service": service,
            "score": score,
            "signed_on": "2007-04-10",
        }
        for service, score in given["inputs"]["quality"].items()
    ]
    done = evaluated("facility-pbf", {"quantities": quantities, "assessments": scores}, "2007-05-15")
    gross = done.statement.lines().filter(adjustment="-")["amount_minor"].sum()
    assert pounds(int(gross)) == given["expected"]["quantity_amount"]
    assert figure(done, "quality", "butare", "Y1-Q1") == Fraction(given["expected"]["quality_score"])
    assert pounds(done.statement.total_minor) == given["expected"]["payment"]
    text = (LIBRARY / "facility-pbf" / "contract.yaml").read_text(encoding="utf-8")
    for act, price in given["parameters"]["unit_price_usd"].items():
        assert f"    {act}: {price}\n" in text
    for service, weight in given["parameters"]["quality_weight"].items():
        assert f"    {service}: {Fraction(weight) * 1000 // 10}.{Fraction(weight) * 1000 % 10}%\n" in text


def test_peterborough_thresholds(shared: Path) -> None:
    """The first cohort fell by 8.39%, short of 10%, and is not paid of its own; all together fell by 9%, and are."""
    given = vector(shared, "peterborough_thresholds")
    events = given["inputs"]["cohort1_events_per_100"]
    first = {"cohort": "one", "treated": events["treated"], "comparison": events["comparison"], "avoided": "130"}
    pooled = Fraction(given["inputs"]["pooled_reduction"])
    whole = {"cohort": "all", "treated": plain(150 * (1 - pooled)), "comparison": "150", "avoided": "220"}
    signed = {"version": "1", "settled_on": "2014-08-07", "signed_on": "2014-08-07"}
    later = {"version": "1", "settled_on": "2017-07-27", "signed_on": "2017-07-27"}
    before = evaluated("peterborough-sib", {"assessor": [first | signed]}, "2014-08-31")
    fall = figure(before, "fall", "one")
    assert fall is not None
    assert abs(fall - Fraction(given["expected"]["cohort1_reduction"])) < Fraction(1, 20000)
    states = before.decisions.pooled["alone"].results
    assert (states["one",].state == "met") is given["expected"]["cohort1_pays"]
    assert before.statement.total_minor == 0
    done = evaluated("peterborough-sib", {"assessor": [first | signed, whole | later]}, "2017-07-31")
    assert figure(done, "fall_of_all") == pooled
    assert done.decisions.pooled["together"].results[()].met is given["expected"]["pooled_pays"]
    assert done.statement.total_minor == 130 * 170000
    text = (LIBRARY / "peterborough-sib" / "contract.yaml").read_text(encoding="utf-8")
    assert f"at_least: {plain(Fraction(given['parameters']['cohort_threshold']) * 100)}%" in text
    assert f"at_least: {plain(Fraction(given['parameters']['pooled_threshold']) * 100)}%" in text


def result_of(domain: str, rate: str, own: str, year_end: str) -> dict[str, str]:
    """Give a hospital's result in a domain."""
    return {
        "hospital": "general",
        "domain": domain,
        "rate": rate,
        "own_baseline": own,
        "year_end": year_end,
        "sent_on": year_end,
    }


def test_hvbp_measure_points(shared: Path) -> None:
    """Five points for achievement, six for improvement, and the higher counts."""
    given = vector(shared, "hvbp_measure_points")
    inputs, expected = given["inputs"], given["expected"]
    rows = [result_of("clinical", inputs["performance"], inputs["own_baseline"], "2015-09-30")]
    done = evaluated("hospital-vbp", {"performance": rows}, "2015-09-30")
    names = (("achievement", "achievement"), ("improvement", "improvement"), ("points", "score"))
    for name, word in names:
        assert figure(done, name, "general", "clinical", "Y1") == expected[word]
    text = (LIBRARY / "hospital-vbp" / "contract.yaml").read_text(encoding="utf-8")
    assert f"    clinical: {plain(Fraction(inputs['threshold']) * 100)}%\n" in text
    assert f"    clinical: {plain(Fraction(inputs['benchmark']) * 100)}%\n" in text


@pytest.mark.parametrize(("year", "year_end", "name"), [("fy2015", "2015-09-30", "Y1"), ("fy2016", "2016-09-30", "Y2")])
def test_hvbp_reweighting(shared: Path, year: str, year_end: str, name: str) -> None:
    """All points in one domain and none in the others show the weight of that one, to the decimal published."""
    given = vector(shared, "hvbp_reweighting_fy2015_fy2016")
    words = {"clinical": "clinical", "experience": "experience", "outcome": "outcome_of_care"}
    for domain, published in given["expected"][year].items():
        rows = [result_of(word, "95%" if each == domain else "50%", "50%", year_end) for each, word in words.items()]
        total = figure(evaluated("hospital-vbp", {"performance": rows}, year_end), "total", "general", name)
        assert total is not None
        assert abs(total * 10 - Fraction(published)) <= Fraction(1, 20)


def test_london_rough_sleeping_quarter(shared: Path) -> None:
    """170 seen of 200 are 30 fewer, 185 of 180 none; the payment is 30 times the price."""
    given = vector(shared, "london_rough_sleeping_quarter")
    ends = ("2012-12-31", "2013-03-31")
    rows: Rows = []
    for quarter, end in zip(given["inputs"]["quarters"], ends, strict=True):
        rows += [
            {"person": str(place), "provider": "st_mungos", "quarter_end": end, "recorded_on": end}
            for place in range(quarter["seen"])
        ]
    done = evaluated("london-rough-sleeping", {"sightings": rows}, "2013-04-30")
    units = [figure(done, "fewer", "st_mungos", quarter) for quarter in ("Y1-Q1", "Y1-Q2")]
    assert units == given["expected"]["units"]
    mine = done.statement.lines().filter(provider="st_mungos")
    assert given["expected"]["payment"] == "30p"
    assert mine["amount_minor"].sum() == 30 * 100000


def test_satisfaction_of_a_finite_population(shared: Path) -> None:
    """Of 464 asked 116 answered: the bound is that of 154.33 answers, and both ways it is over 85%."""
    given = vector(shared, "satisfaction_threshold_rule")
    inputs, expected = given["inputs"], given["expected"]
    asked, answers = inputs["eligible"], inputs["answers"]
    assert abs(Fraction(answers * (asked - 1), asked - answers) - Fraction(expected["n_effective"])) < Fraction(
        1, 10**4
    )
    finite = By.parse("lower z 1.959963984540054 of asked")
    assert finite is not None
    bound = finite.bound(Counted(met=inputs["satisfied"], counted=answers, asked=asked))
    assert abs(bound - Fraction(expected["wilson_lower_fpc"])) <= Fraction(1, 10**6)
    text = SURVEY.replace("FLOOR", plain(Fraction(given["parameters"]["response_floor"])))
    people = [str(place) for place in range(asked)]
    kinds = ["yes"] * inputs["satisfied"] + ["no"] * (answers - inputs["satisfied"]) + [""] * (asked - answers)
    frame = pl.DataFrame({"person": people, "content": kinds}).with_columns(came_on=pl.lit("2025-04-01"))
    done = pbr.run(small.contract_of(text), {"people": frame}, "2026-03-31")
    share = done.decisions.pooled["share"].results[()]
    assert (share.asked, share.counted) == (asked, Counted(met=109, counted=116, asked=464))
    assert done.decisions.pooled["agreed"].results[()].met is expected["pays_fpc"]
    higher = pbr.run(small.contract_of(text.replace("response: 0.2", "response: 0.3")), {"people": frame}, "2026-03-31")
    assert higher.decisions.pooled["share"].results[()].reason == "low_response"
    assert higher.decisions.pooled["agreed"].results[()].met is expected["pays_if_response_floor_0.30"]


SURVEY: Final = """\
pbr: 1
contract: {id: survey, version: 1, providers: {north: {name: North}}, currency: GBP, from: 2025-04-01, to: 2026-03-31}
tables:
  people: {row_is: person, fields: {person: id, came_on: date, content: yes_no}}
cohort: {of: person, start: came_on}
outcomes:
  asked: {kind: fact, when: "came_on IS NOT NULL"}
  content: {kind: fact, when: content}
  share: {kind: measure, of: content, asked: asked, fewest: 20, response: FLOOR}
  agreed: {kind: test, of: share, at_least: 85%, by: lower 95% two-sided of asked}
"""

FACILITY: Final = """\
pbr: 1
contract:
  {id: facility, version: 1, providers: {"5": {}, "1": {}, "2": {}}, currency: USD, from: 2019-01-01, to: 2019-03-31}
tables:
  reports:
    row_is: report
    is: provider
    key: [centre, month_end, act]
    fields: {centre: provider, month_end: date, act: {type: text, one_of: [act1, act2]}, quantity: whole}
  scores:
    row_is: visit
    is: provider
    key: [centre, visited_on]
    fields: {centre: provider, visited_on: date, obtained: whole, possible: whole}
values:
  price: {by: act, act1: 10, act2: 20}
outcomes:
  quantity:
    {kind: measure, of: reports.quantity, take: sum, per: [provider, act, month], period_of: reports.month_end}
  obtained: {kind: measure, of: scores.obtained, take: sum, per: [provider, quarter], period_of: scores.visited_on}
  possible: {kind: measure, of: scores.possible, take: sum, per: [provider, quarter], period_of: scores.visited_on}
  score: {kind: formula, value: "obtained / possible", unit: share}
  last_month:
    {kind: measure, of: reports.quantity, take: sum, per: [provider, act, quarter], period_of: reports.month_end,
     over: 1 month}
payments:
  acts: {kind: tariff, pays_for: quantity, price: price}
  bonus: {kind: tariff, pays_for: last_month, price: price, times: [score]}
"""


def test_rbf_cameroon_quantity_and_quality(shared: Path) -> None:
    """Each month at its prices, to date 4,120; the quality of the quarter is a bonus on the last month only."""
    given = cases(shared, "rbf_country_rules")["rbf_cameroon_quantity_quality"]
    ends = ("2019-01-31", "2019-02-28", "2019-03-31")
    reports: Rows = [
        {"centre": "1", "month_end": end, "act": act, "quantity": str(count)}
        for act in ("act1", "act2")
        for end, count in zip(ends, given["inputs"][act], strict=True)
    ]
    (obtained, *_), (possible, *_) = given["inputs"]["quality_obtained"], given["inputs"]["quality_max"]
    scores = [{"centre": "1", "visited_on": "2019-03-15", "obtained": str(obtained), "possible": str(possible)}]
    frames = {"reports": pl.DataFrame(reports), "scores": pl.DataFrame(scores)}
    done = pbr.run(small.contract_of(FACILITY), frames, "2019-03-31")
    assert figure(done, "score", "1", "Y1-Q1") == Fraction(given["expected"]["quality_score"])
    lines = done.statement.lines()
    months = lines.filter(payment="acts").group_by("earned_on").agg(pl.col("amount_minor").sum()).sort("earned_on")
    assert [pounds(minor) for minor in months["amount_minor"]] == [
        f"{each}.00" for each in given["expected"]["package"]
    ]
    bonus = int(lines.filter(payment="bonus")["amount_minor"].sum())
    with_bonus = [*months["amount_minor"][:2], months["amount_minor"][2] + bonus]
    assert [pounds(minor) for minor in with_bonus] == [f"{each}.00" for each in given["expected"]["monthly_payment"]]
    to_date = [sum(months["amount_minor"][: place + 1]) for place in range(3)]
    assert [pounds(minor) for minor in to_date] == [f"{each}.00" for each in given["expected"]["quarter_to_date"]]
    assert pounds(done.statement.total_minor) == "4348.00"


def test_rbf_missing_is_not_zero(shared: Path) -> None:
    """No data at all is no score and no payment, and neither is 0."""
    given = cases(shared, "rbf_country_rules")["rbf_missing_is_not_zero"]
    assert set(given["expected"].values()) == {None}
    frames = {
        "reports": pl.DataFrame(schema=dict.fromkeys(("centre", "month_end", "act", "quantity"), pl.String)),
        "scores": pl.DataFrame([{"centre": "1", "visited_on": "2019-03-15", "obtained": "", "possible": "10"}]),
    }
    done = pbr.run(small.contract_of(FACILITY), frames, "2019-03-31")
    result = done.decisions.pooled["score"].results["1", "Y1-Q1"]
    assert (result.state, result.value) == ("unknown", None)
    assert done.decisions.pooled["score"].results["2", "Y1-Q1"].state == "not_assessable"
    assert done.statement.lines().is_empty()


SCORES: Final = """\
pbr: 1
contract: {id: scores, version: 1, providers: {a: {}}, currency: USD, from: 2019-01-01, to: 2019-12-31}
tables:
  reports: {row_is: report, is: provider, key: [centre], fields: {centre: provider, value: whole, on: date}}
outcomes:
  value: {kind: measure, of: reports.value, take: sum, per: [provider]}
  score: {kind: scale, of: value, points: {POINTS}}
"""


@pytest.mark.parametrize("value", [0, 1, 2, 3, 4, 5, 6, 9])
def test_rbf_score_tables(shared: Path, value: int) -> None:
    """A lookup by steps: each value has one step, and one outside of them is refused before anybody signs."""
    given = cases(shared, "rbf_functions_and_errors")["rbf_score_table_1"]
    bands = given["parameters"]["bands"]
    steps = [f"{low} to under {high}: {score}" for low, high, score in bands]
    whole = [*steps, "under 0: 200", f"{bands[-1][1]} or more: {given['parameters']['otherwise']}"]
    frame = pl.DataFrame([{"centre": "a", "value": str(value), "on": "2019-06-30"}])
    done = pbr.run(small.contract_of(SCORES.replace("POINTS", ", ".join(whole))), {"reports": frame}, "2019-12-31")
    expected = next((score for low, high, score in bands if low <= value < high), given["parameters"]["otherwise"])
    assert figure(done, "score", "a") == expected
    if value == given["inputs"]["value"]:
        assert figure(done, "score", "a") == Fraction(given["expected"]["score"])


def test_rbf_a_lookup_without_a_match_is_refused_and_never_the_value_itself(shared: Path) -> None:
    """Without a step for 9 and -1 the contract cannot be signed; the peer would pay 9 and -1."""
    given = cases(shared, "rbf_functions_and_errors")["rbf_score_table_no_match_is_an_error_for_us"]
    steps = [f"{low} to under {high}: {score}" for low, high, score in given["parameters"]["bands"]]
    found = small.problems_of(SCORES.replace("POINTS", ", ".join(steps)))
    assert {problem.code for problem in found} == {"PBR157"}
    assert [problem.message.partition(" is in no step")[0] for problem in found] == ["-1", "4", "5"]
    assert given["expected"]["ours"] == "explicit no-match"
    assert given["expected"]["peer"] == given["inputs"]["values"]


TABLE: Final = """\
pbr: 1
contract: {id: table, version: 1, providers: {a: {}}, currency: USD, from: 2019-01-01, to: 2019-12-31}
tables:
  reports:
    row_is: report
    is: provider
    key: [centre]
    fields:
      centre: provider
      l2: {type: text, one_of: [namur, brussel, elsewhere]}
      l3: {type: text, one_of: [kk, none]}
      count: whole
      on: date
values:
  out:
    by: [l2, l3]
ROWS
outcomes:
  number: {kind: measure, of: reports.count, take: sum, per: [provider, l2, l3]}
payments:
  pay: {kind: tariff, pays_for: number, price: out}
"""


@pytest.mark.parametrize(("l2", "l3"), [("namur", "kk"), ("brussel", "none"), ("brussel", "kk"), ("elsewhere", "kk")])
def test_rbf_decision_table(shared: Path, l2: str, l3: str) -> None:
    """The most specific row wins: a figure of its own before `*`."""
    given = cases(shared, "rbf_country_rules")["rbf_decision_table_1"]
    rows: dict[str, dict[str, str]] = {}
    for _, second, third, out in given["parameters"]["rows"]:
        rows.setdefault(second, {})[third] = out
    lines = [f"    {json.dumps(key)}: {json.dumps(row)}" for key, row in rows.items()]
    frame = pl.DataFrame([{"centre": "a", "l2": l2, "l3": l3, "count": "1", "on": "2019-06-30"}])
    done = pbr.run(small.contract_of(TABLE.replace("ROWS", "\n".join(lines))), {"reports": frame}, "2019-12-31")
    specific = rows.get(l2, rows["*"])
    assert pounds(done.statement.total_minor) == f"{specific.get(l3, specific['*'])}.00"
    if (l2, l3) == tuple(given["inputs"]["lookup"][1:]):
        assert pounds(done.statement.total_minor) == f"{given['expected']['value']}.00"


FORMULA: Final = """\
pbr: 1
contract: {id: formula, version: 1, currency: USD, from: 2019-01-01, to: 2019-12-31}
tables:
  reports: {row_is: report, key: [report], fields: {report: id}}
outcomes:
  it: {kind: formula, value: "TEXT"}
"""


def reckoned(text: str) -> Fraction | None:
    """Give what a formula of numbers alone comes to."""
    nothing = {"reports": pl.DataFrame(schema={"report": pl.String})}
    return figure(pbr.run(small.contract_of(FORMULA.replace("TEXT", text)), nothing, "2019-12-31"), "it")


def test_rbf_functions_and_errors(shared: Path) -> None:
    """Exact where the peer is not, halves away from nothing, and a division by 0 is refused by name."""
    given = cases(shared, "rbf_functions_and_errors")
    exact = given["rbf_float_defect_1"]
    assert reckoned(exact["inputs"]["expression"]) == Fraction(exact["expected"]["ours"])
    half = given["rbf_round_half_1"]
    assert reckoned(f"round({half['inputs']['args'][0]})") == Fraction(half["expected"]["value"])
    wrong = given["rbf_error_01"]
    (problem,) = small.problems_of(FORMULA.replace("TEXT", wrong["inputs"]["expression"]))
    assert wrong["expected"]["error"] == "division by zero"
    assert (problem.code, problem.message) == ("PBR022", "nothing can be divided by 0")


def account(organisation: str, given: dict[str, str]) -> dict[str, str]:
    """Give the account of an organisation of 60,000."""
    return {
        "organisation": organisation,
        "year_end": "2015-12-31",
        "benchmark": given["benchmark"],
        "expenditure": given["expenditure"],
        "quality": given["quality"],
        "beneficiaries": "60000",
        "settled_on": "2015-12-31",
    }


def test_mssp_one_sided(shared: Path) -> None:
    """Half of the savings by quality, nothing short of 2%, and no more than a tenth of the benchmark."""
    given = vector(shared, "mssp_one_sided")
    names = ("first", "second", "third")
    rows = [account(name, each) for name, each in zip(names, given["inputs"], strict=True)]
    done = evaluated("shared-savings", {"accounts": rows}, "2015-12-31")
    sums = dict.fromkeys(names, 0) | paid_minor(done, "payee")
    assert [pounds(sums[name]) for name in names] == [each["payment"] for each in given["expected"]]
    for name, each in zip(names, given["inputs"], strict=True):
        assert figure(done, "least_share", name) == Fraction(each["msr"])
    text = (LIBRARY / "shared-savings" / "contract.yaml").read_text(encoding="utf-8")
    for band, (low, high) in given["parameters"]["msr_table_low_high_pct"].items():
        first, dash, last = band.partition("-")
        assert not dash or f"      {last}: {high}%\n" in text
        assert first != "5000" or f"      5000: {low}%\n" in text


def paid_minor(done: Any, by: str) -> dict[str, int]:  # noqa: ANN401  # a run
    """Sum the lines of each payee or other column in minor units."""
    return dict(done.statement.lines().group_by(by).agg(pl.col("amount_minor").sum()).rows())


def test_educate_girls_capped(shared: Path) -> None:
    """160% of one target and 116% of the other, 151.2% by their weights, reach the maximum."""
    given = vector(shared, "educate_girls_capped")
    learning, enrolment = given["inputs"]["learning"], given["inputs"]["enrolment"]
    row = {"gain": learning["gain"], "enrolled": str(enrolment["enrolled"]), "version": "1", "signed_on": "2018-06-30"}
    done = evaluated("educate-girls", {"evaluation": [row]}, "2018-06-30")
    assert figure(done, "learning") == Fraction(learning["percent_of_target"]) / 100
    assert figure(done, "enrolment") == Fraction(given["expected"]["enrolment_percent_of_target"]) / 100
    assert figure(done, "overall") == Fraction(given["expected"]["weighted_percent"]) / 100
    assert pounds(done.statement.total_minor) == given["expected"]["payment"]
    text = (LIBRARY / "educate-girls" / "contract.yaml").read_text(encoding="utf-8")
    assert f"  most: {given['parameters']['cap']}.00\n" in text
    assert f"  enrolment_target: {enrolment['target']}\n" in text


def test_doncaster_cliff(shared: Path) -> None:
    """A tenth is repaid of the year that fell short of 5 points, and nothing of the other."""
    given = vector(shared, "doncaster_cliff")
    words, days = ("one", "two"), ("2014-02-13", "2014-09-01")
    rows = [
        {"cohort": word, "reconvicted": f"{plain(58 - Fraction(each['reduction_points']))}%", "published_on": day}
        for word, day, each in zip(words, days, given["inputs"], strict=True)
    ]
    done = evaluated("doncaster-prison", {"rates": rows}, "2014-09-30")
    for word, each, expected in zip(words, given["inputs"], given["expected"], strict=True):
        assert figure(done, "reduction", word) == Fraction(each["reduction_points"])
        mine = done.statement.lines().filter(pl.col("occurrence") == word)["amount_minor"].sum()
        assert Fraction(-int(mine), 10**9) == Fraction(expected["repay_share"])
    text = (LIBRARY / "doncaster-prison" / "contract.yaml").read_text(encoding="utf-8")
    assert f"below: {plain(Fraction(given['parameters']['threshold_points']))}pp" in text
    assert f"at_risk: {plain(Fraction(given['parameters']['at_risk']) * 100)}%" in text


OVERLAP: Final = """\
pbr: 1
contract: {id: overlap, version: 1, providers: {facility: {}}, currency: EUR, from: 2018-07-01, to: 2021-12-31}
tables:
  contracts: {row_is: other, fields: {other: id, provider: provider, begins: date, ends: date, seen: date}}
cohort: {of: other, start: seen}
outcomes:
  overlaps: {kind: fact, when: "begins <= DATE '2021-12-31' AND ends >= DATE '2018-07-01'"}
payments:
  one: {kind: tariff, pays_for: overlaps, price: 1.00}
"""


def test_contracts_that_overlap_another(shared: Path) -> None:
    """Of five contracts three have a day in common with that of July 2018 to December 2021."""
    given = cases(shared, "rbf_country_rules")["rbf_contract_overlap"]
    assert given["parameters"]["reference"] == ["2018-07", "2021-12"]
    last = {"2021-12": "2021-12-31", "2019-03": "2019-03-31", "2022-05": "2022-05-31", "2018-06": "2018-06-30"}
    rows = [
        {"other": str(place), "provider": "facility", "begins": f"{first}-01", "ends": last[end], "seen": "2018-07-01"}
        for place, (first, end) in enumerate(given["inputs"]["others"])
    ]
    done = pbr.run(small.contract_of(OVERLAP), {"contracts": pl.DataFrame(rows)}, "2021-12-31")
    states = done.decisions.rows().sort("subject")["state"].to_list()
    assert [state == "met" for state in states] == given["expected"]["overlaps"]
