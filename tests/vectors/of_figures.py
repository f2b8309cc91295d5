"""Vectors of schemes that are paid on rates, estimates and indexes of a provider."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pbr.money import plain
from tests.vectors.filed import figure, gross, paid, pounds, states, total
from tests.vectors.registry import reproduces

if TYPE_CHECKING:
    from tests.vectors.filed import Filed, Rows
    from tests.vectors.given import Given


def percent(share: str | Fraction) -> str:
    """Write a share as a percentage."""
    return f"{plain(Fraction(share) * 100)}%"


def register(practice: str, treated: int, missed: int, adjusted: int) -> Rows:
    """Give the patients of a practice: those treated, those not, and those not but adjusted."""
    kinds = [("yes", "no")] * treated + [("no", "no")] * missed + [("no", "yes")] * adjusted
    own = {"practice": practice, "registered_on": "2022-04-01"}
    return [
        {"patient": f"{practice}{place}", "treated": treats, "adjusted": left} | own
        for place, (treats, left) in enumerate(kinds)
    ]


@reproduces("qof_threshold_points", contract="qof-indicator")
def points_on_a_line(given: Given, filed: Filed) -> None:
    """Achievement without those adjusted, on a straight line from 40% to 80%; exactly at both ends and beyond."""
    terms = given["parameters"]
    least, most = (f"{terms[word]}%" for word in ("lower_pct", "upper_pct"))
    assert f"    points: {{{least}: 0, {most}: {terms['points_available']}}}\n" in filed.text()
    practice = {"practice": "mean_practice", "counted_on": "2023-01-01", "list_size": "9374", "on_register": "2.1"}
    for counts, expected in zip(given["inputs"], given["expected"], strict=True):
        rows = register("mean_practice", counts["A"], counts["B"] - counts["C"] - counts["A"], counts["C"])
        done = filed.run({"register": rows, "practices": [practice]}, "2023-03-31")
        assert figure(done, "achievement", "mean_practice") == Fraction(expected["achievement_pct"]) / 100
        assert figure(done, "points", "mean_practice") == Fraction(expected["points"])


@reproduces(
    "qof_af_domain_payment",
    contract="qof-indicator",
    changed="29 points at both ends of the line; for the other sum without its two roundings",
    excused={
        "parameters.index_rounding": "words; the contract has `round: 2` twice, and without them is the other sum"
    },
)
def points_times_rounded_indexes(given: Given, filed: Filed) -> None:
    """29 points by the indexes as the source rounds them; without that rounding it is the other figure."""
    inputs, expected, terms = given["inputs"], given["expected"], given["parameters"]
    for written in (
        f"      2022-04-01: {terms['value_per_point']}\n",
        f"  national_list: {terms['national_average_list']}\n",
        f"  national_prevalence: {inputs['national_prevalence_pct']} ",
    ):
        assert written in filed.text()
    size, share = inputs["list_size"], inputs["practice_prevalence_pct"]
    practice = {"practice": "large_practice", "counted_on": "2023-01-01", "list_size": size, "on_register": share}
    tables = {"register": register("large_practice", 9, 1, 0), "practices": [practice]}
    line_of = "points: {{40%: 0, 80%: {0}}}\n    below: 0\n    above: {0}"
    ends = (line_of.format(10), line_of.format(inputs["points"]))
    done = filed.run(tables, "2023-03-31", ends)
    (line,) = done.statement.lines().filter(provider="large_practice").iter_rows(named=True)
    assert (line["quantity"], pounds(line["amount_minor"])) == (inputs["points"], expected["payment"])
    assert figure(done, "size", "large_practice", "all") == Fraction(expected["cpi"])
    assert figure(done, "prevalence", "large_practice", "all") == Fraction(expected["apdf"])
    exact = [
        (f'    value: "{formula}"\n    round: 2\n', f'    value: "{formula}"\n')
        for formula in ("list_size / national_list", "on_register / national_prevalence")
    ]
    assert total(filed.run(tables, "2023-03-31", ends, *exact)) == expected["payment_without_index_rounding"]


@reproduces("peterborough_thresholds", contract="peterborough-sib")
def one_cohort_or_all_together(given: Given, filed: Filed) -> None:
    """The first cohort fell by 8.39%, short of 10%, and is not paid of its own; all together fell by 9%, and are."""
    inputs, expected, terms = given["inputs"], given["expected"], given["parameters"]
    events = inputs["cohort1_events_per_100"]
    first = {"cohort": "one", "treated": events["treated"], "comparison": events["comparison"], "avoided": "130"}
    pooled = Fraction(inputs["pooled_reduction"])
    whole = {"cohort": "all", "treated": plain(150 * (1 - pooled)), "comparison": "150", "avoided": "220"}
    first |= {"version": "1", "settled_on": "2014-08-07", "signed_on": "2014-08-07"}
    whole |= {"version": "1", "settled_on": "2017-07-27", "signed_on": "2017-07-27"}
    before = filed.run({"assessor": [first]}, "2014-08-31")
    fall = figure(before, "fall", "one")
    assert fall is not None
    assert round(fall, 4) == Fraction(expected["cohort1_reduction"])
    assert (states(before, "alone", key=["one"]) == {"alone": "met"}) is expected["cohort1_pays"]
    assert total(before) == "0.00"
    done = filed.run({"assessor": [first, whole]}, "2017-07-31")
    assert figure(done, "fall_of_all") == pooled
    assert (states(done, "together") == {"together": "met"}) is expected["pooled_pays"]
    assert total(done) == "221000.00"
    assert f"at_least: {percent(terms['cohort_threshold'])}\n" in filed.text()
    assert f"at_least: {percent(terms['pooled_threshold'])}\n" in filed.text()


@reproduces("doncaster_cliff", contract="doncaster-prison")
def five_points_or_a_tenth(given: Given, filed: Filed) -> None:
    """A tenth is repaid of the year that fell short of 5 points, and nothing of the other; the cliff is at 5.0 exactly.

    Trap: 5% of a rate of 58% would be 2.9 points, and cohort 2 with its 3.3 would keep all.
    """
    terms, words = given["parameters"], ("one", "two")

    def repaid(points: list[Fraction]) -> list[Fraction]:
        """Give the share of the core value that is repaid of two years which fell by so many points."""
        rates = [
            {"cohort": word, "reconvicted": f"{plain(58 - fell)}%", "published_on": "2014-02-13"}
            for word, fell in zip(words, points, strict=True)
        ]
        done = filed.run({"rates": rates}, "2014-09-30")
        assert [figure(done, "reduction", word) for word in words] == points
        back = paid(done, "occurrence")
        return [-Fraction(back.get(word, "0")) / 10_000_000 for word in words]

    fell = [Fraction(each["reduction_points"]) for each in given["inputs"]]
    assert [each["cohort"] for each in given["inputs"]] == [each["cohort"] for each in given["expected"]]
    assert repaid(fell) == [Fraction(each["repay_share"]) for each in given["expected"]]
    least = Fraction(terms["threshold_points"])
    assert repaid([least, least - Fraction(1, 10)]) == [0, Fraction(terms["at_risk"])]
    assert f"at_risk: {percent(terms['at_risk'])}\n" in filed.text()


@reproduces(
    "london_rough_sleeping_quarter",
    contract="london-rough-sleeping",
    excused={"parameters.price_per_person_below_baseline": "the letter p: the price was never published"},
)
def fewer_than_a_baseline(given: Given, filed: Filed) -> None:
    """170 seen of 200 are 30 fewer, 185 of 180 none; the payment is 30 times the price."""
    rows: Rows = []
    for number, (quarter, end) in enumerate(
        zip(given["inputs"]["quarters"], ("2012-12-31", "2013-03-31"), strict=True), start=1
    ):
        assert f"    {number}: {quarter['baseline']}\n" in filed.text()
        sighting = {"provider": "st_mungos", "quarter_end": end, "recorded_on": end}
        rows += [{"person": str(place)} | sighting for place in range(quarter["seen"])]
    done = filed.run({"sightings": rows}, "2013-04-30")
    units = [figure(done, "fewer", "st_mungos", quarter) for quarter in ("Y1-Q1", "Y1-Q2")]
    assert units == given["expected"]["units"]
    mine = done.statement.lines().filter(provider="st_mungos")
    assert f"{int(mine['amount_minor'].sum()) // 100_000}p" == given["expected"]["payment"]
    assert mine["amount_minor"].sum() == 30 * 100_000


def result_of(domain: str, rate: str, own: str, year_end: str) -> dict[str, str]:
    """Give a hospital's result in a domain."""
    days = {"year_end": year_end, "sent_on": year_end}
    return {"hospital": "general", "domain": domain, "rate": rate, "own_baseline": own} | days


@reproduces(
    "hvbp_measure_points",
    contract="hospital-vbp",
    excused={
        "parameters.achievement_formula": "the formula in words, which the contract has in its own",
        "parameters.improvement_formula": "the formula in words, which the contract has in its own",
        "parameters.rounding": "a word: both scores of the case are on a half, 5 of 5.0 and 6 of 5.5",
    },
)
def the_higher_of_two_scores(given: Given, filed: Filed) -> None:
    """Five points for achievement, six for improvement, and the higher counts."""
    inputs, expected = given["inputs"], given["expected"]
    rows = [result_of("clinical", inputs["performance"], inputs["own_baseline"], "2015-09-30")]
    done = filed.run({"performance": rows}, "2015-09-30")
    for name, word in (("achievement", "achievement"), ("improvement", "improvement"), ("points", "score")):
        assert figure(done, name, "general", "clinical", "Y1") == expected[word]
    assert f"    clinical: {percent(inputs['threshold'])}\n" in filed.text()
    assert f"    clinical: {percent(inputs['benchmark'])}\n" in filed.text()


@reproduces("hvbp_reweighting_fy2015_fy2016", contract="hospital-vbp")
def weights_without_a_domain(given: Given, filed: Filed) -> None:
    """All points in one domain and none in the others show the weight of that one, to the decimal published.

    The domain whose weight the vector leaves empty has no result; its weight in the contract is what is left of 100.
    """
    words = {"clinical": "clinical", "experience": "experience", "outcome": "outcome_of_care"}
    years = {"fy2015": ("2015-09-30", "Y1", "2014-10-01"), "fy2016": ("2016-09-30", "Y2", "2015-10-01")}
    for year, weights in given["inputs"].items():
        written = [f"{words.get(domain, domain)}: {weight}%" for domain, weight in weights.items() if weight]
        (missing,) = [domain for domain, weight in weights.items() if weight is None]
        rest = 100 - sum(int(weight) for weight in weights.values() if weight)
        line = f"      {years[year][2]}: {{{', '.join([*written, f'{missing}: {rest}%'])}}}\n"
        assert line in filed.text()
    for domain in words:
        rows = [
            result_of(word, "95%" if each == domain else "50%", "50%", year_end)
            for each, word in words.items()
            for year_end, *_ in years.values()
        ]
        done = filed.run({"performance": rows}, "2016-09-30")
        for year, published in given["expected"].items():
            whole = figure(done, "total", "general", years[year][1])
            assert whole is not None
            assert abs(whole * 10 - Fraction(published[domain])) <= Fraction(1, 20)


@reproduces("mssp_one_sided", contract="shared-savings")
def a_share_of_savings(given: Given, filed: Filed) -> None:
    """Half of the savings by quality, nothing short of 2%, and no more than a tenth of the benchmark."""
    terms, names = given["parameters"], ("first", "second", "third")
    rows = [
        {"organisation": name, "year_end": "2015-12-31", "beneficiaries": "60000", "settled_on": "2015-12-31"}
        | {word: each[word] for word in ("benchmark", "expenditure", "quality")}
        for name, each in zip(names, given["inputs"], strict=True)
    ]
    done = filed.run({"accounts": rows}, "2015-12-31")
    sums = dict.fromkeys(names, "0.00") | paid(done, "payee")
    assert [sums[name] for name in names] == [each["payment"] for each in given["expected"]]
    for name, each in zip(names, given["inputs"], strict=True):
        assert figure(done, "least_share", name) == Fraction(each["msr"])
    assert f"  share_rate: {percent(terms['max_sharing_rate'])}\n" in filed.text()
    assert f"  limit: {percent(terms['cap'])}\n" in filed.text()
    table = terms["msr_table_low_high_pct"]
    points = ""
    for band, (low, high) in table.items():
        first, dash, last = band.partition("-")
        if dash:
            points += f"      {first}: {low}%\n      {last}: {high}%\n"
        else:  # of 60,000 and more, which is the last band, both ends are what the last point has
            assert low == high
            assert f"    points:\n{points}    below: none\n    above: {Fraction(high)}%\n" in filed.text()


@reproduces("educate_girls_capped", contract="educate-girls")
def two_targets_and_a_maximum(given: Given, filed: Filed) -> None:
    """160% of one target and 116% of the other, 151.2% by their weights, reach the maximum."""
    terms, expected = given["parameters"], given["expected"]
    learning, enrolment = given["inputs"]["learning"], given["inputs"]["enrolment"]
    row = {"gain": learning["gain"], "enrolled": str(enrolment["enrolled"]), "version": "1", "signed_on": "2018-06-30"}
    done = filed.run({"evaluation": [row]}, "2018-06-30")
    assert figure(done, "learning") == Fraction(learning["percent_of_target"]) / 100
    assert figure(done, "enrolment") == Fraction(expected["enrolment_percent_of_target"]) / 100
    assert figure(done, "overall") == Fraction(expected["weighted_percent"]) / 100
    assert total(done) == expected["payment"]
    assert Fraction(gross(done, "payment")["reward"]) > Fraction(expected["payment"])
    assert f"  most: {terms['cap']}.00\n" in filed.text()
    assert f"  enrolment_target: {enrolment['target']}\n" in filed.text()
    for name, weight in terms["weights"].items():
        assert f"    {name}: {percent(weight)}\n" in filed.text()
