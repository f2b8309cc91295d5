"""Vectors of schemes that are paid for what becomes of people: recovery, change beyond chance, families, homes."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import polars as pl

from tests.vectors.filed import decided, figure, gross, paid, pounds, total
from tests.vectors.registry import reproduces

if TYPE_CHECKING:
    from tests.vectors.filed import Change, Filed, Rows
    from tests.vectors.given import Given

WORDS: Final = {"met": "met", True: "met", False: "not_met", "not yet due": "pending", "not applicable": "excluded"}


def later(day: str | None, years: int) -> str:
    """Move a day by some years; nothing where there is none."""
    return "" if day is None else str(dt.date.fromisoformat(day).replace(year=int(day[:4]) + years))


@reproduces(
    "dar_pbr_person_level",
    contract="drug-recovery",
    changed="12 months without a return for its 6",
    excused={"parameters.reviews": "words about the interim outcome, of which the vector has no case"},
)
def final_outcomes_of_five_people(given: Given, filed: Filed) -> None:
    """The five persons of the pilots' definitions, under Riverside with their 12 months for its 6.

    The pilots' days lie in 2012 and 2013, which are moved by 13 years into the term of Riverside.
    """
    months = given["parameters"]["window_months"]
    change = ("      after: completed\n      for: 6 months\n", f"      after: completed\n      for: {months} months\n")
    people, events, levels = [], [], []
    for one in given["inputs"]:
        person, completed, returned = one["person"], one["completed"], one["next_presentation"]
        began = "2025-04-07" if completed is None else str(dt.date.fromisoformat(later(completed, 13)).replace(month=4))
        happened = [("start", began, "")]
        happened += [("planned_exit", later(completed, 13), "Y")] if completed else []
        happened += [("return", later(returned, 13), "")] if returned else []
        happened += [(one["discharge"], "2025-09-30", "")] if "discharge" in one else []
        events += [
            {"participant": person, "kind": kind, "on": on, "drug_free": free, "recorded_on": on}
            for kind, on, free in happened
        ]
        known = {"in_borough": "Y", "in_custody": "N", "days_used": "20", "born_on": "1985-02-03"}
        people.append({"participant": person, "provider": "northbank", "referred_on": began} | known)
        levels.append({"participant": person, "complexity": "low", "offended": "N", "recorded_on": began})
    tables = {"participants": people, "events": events, "assessments": levels}
    for one in given["inputs"]:
        done = filed.run(tables, later(one["as_of"], 13), change)
        said = given["expected"]["final_outcome"][one["person"]]
        word = said.partition(":")[0] if isinstance(said, str) else said
        assert decided(done, "recovered")[one["person"]][0] == WORDS[word], one["person"]


@reproduces(
    "dar_pbr_wigan_cohort",
    contract="wigan-recovery",
    excused={"parameters.tariff": "the structure in words: no price of it was published"},
)
def a_price_that_rises_with_the_share(given: Given, filed: Filed) -> None:
    """34 of 200 are 17%, at which a completion pays 140; 4 of them came back, so that 30 of 34 did not."""
    inputs, expected = given["inputs"], given["expected"]
    kind, bands = inputs["group"], given["parameters"]["example_bands"]
    lows = [f"{Fraction(band['from']) * 100}%" for band in bands]
    steps = [f"{low} to under {high}" for low, high in pairwise(lows)]
    steps = [f"under {lows[1]}", *steps[1:], f"{lows[-1]} or more"]
    points = ", ".join(f"{step}: {band['pay']}" for step, band in zip(steps, bands, strict=True))
    assert f"points: {{{points}}}" in filed.text()
    assert lows[0] == "0%"
    on = "2012-04-10"
    person = {"provider": "recovery_service", "presented_on": on, "complexity": kind, "recorded_on": on}
    people = [{"person": f"P{place}"} | person for place in range(inputs["starts"])]
    events = [
        {"person": f"P{place}", "kind": "planned_exit", "on": "2012-10-01", "recorded_on": "2012-10-01"}
        for place in range(inputs["completed"])
    ]
    events += [
        each | {"kind": "return", "on": "2013-01-15"} for each in events[: inputs["re_presented_within_6_months"]]
    ]
    done = filed.run({"people": people, "events": events}, "2014-09-30")
    group = ("recovery_service", kind, "Y1-Q1")
    assert figure(done, "completion_rate", *group) == Fraction(expected["completion_rate"])
    assert figure(done, "pay_per_completion", *group) == Fraction(expected["pay_per_completion"])
    kept = done.decisions.pooled["kept_rate"].results[group[:2]]
    assert kept.counted is not None
    assert kept.counted.met == expected["non_re_presenting"]
    assert round(kept.value or 0, 4) == Fraction(expected["non_re_presenting_rate_of_completers"])
    lines = done.statement.lines().filter(payment="completion", occurrence=f"{kind} Y1-Q1")
    (line,) = lines.iter_rows(named=True)
    assert pounds(line["amount_minor"]) == f"{expected['completion_payment']}.00"
    assert line["quantity"] == str(inputs["completed"])


@reproduces(
    "reliable_change_jacobson_truax",
    contract="relationship-support",
    changed="scores to five decimals; for the error and the index another z",
)
def a_change_beyond_chance(given: Given, filed: Filed) -> None:
    """The published change is reliable; the criterion, the error and the index are those printed, to their last digit.

    Half a unit of the last digit less than the criterion is no reliable change, and half a unit more is one. With a z
    of 1 the criterion is the standard error; the z at which the published change turns is its index.
    """
    inputs, expected = given["inputs"], given["expected"]
    for word in ("sd", "reliability"):
        assert f"      {word}: {inputs[word]}\n" in filed.text()
    written = f"      z: {given['parameters']['z']}\n"
    pre, half = Fraction(inputs["pre"]), Fraction(1, 20000)
    finer = ("        type: decimal\n        places: 1\n", "        type: decimal\n        places: 5\n")

    def turned(people: dict[str, Fraction], *changes: Change) -> dict[str, str]:
        """Give the state of each person who comes up by so much."""
        day, after = "2025-03-31", "2025-09-01"
        joined = [{"participant": name, "provider": "counsel", "referred_on": "2025-04-01"} for name in people]
        reviews = [
            {"participant": name, "on": on, "satisfaction": f"{float(score):.5f}", "recorded_on": on}
            for name, more in people.items()
            for on, score in ((day, pre), (after, pre + more))
        ]
        done = filed.run({"participants": joined, "reviews": reviews}, "2026-12-31", finer, *changes)
        return {name: state for name, (state, _) in decided(done, "improved").items()}

    moved = Fraction(inputs["post"]) - pre
    criterion, error = Fraction(expected["criterion"]), Fraction(expected["se_change"])
    people = {"published": moved, "less": criterion - half, "more": criterion + half}
    reliable = "met" if expected["reliable"] else "not_met"
    assert turned(people) == {"published": reliable, "less": "not_met", "more": "met"}
    people = {"less": error - half, "more": error + half}
    assert turned(people, (written, "      z: 1\n")) == {"less": "not_met", "more": "met"}
    for more, state in ((Fraction(-1, 200), "met"), (Fraction(1, 200), "not_met")):
        index = Fraction(expected["index"]) + more
        assert turned({"published": moved}, (written, f"      z: {float(index):.3f}\n")) == {"published": state}


@reproduces(
    "csq8_score",
    contract="relationship-support",
    changed="the score that is enough",
    excused={"expected.2.reason": "words about the next figure"},
)
def eight_items_of_one_to_four(given: Given, filed: Filed) -> None:
    """Each score is reached and not exceeded by a point; a missing item leaves none."""
    terms = given["parameters"]
    for place in range(1, terms["items"] + 1):
        assert f"      item_{place}: {{type: whole, from: {terms['min']}, to: {terms['max']}}}\n" in filed.text()
    assert f"item_{terms['items'] + 1}" not in filed.text()
    people, rows = [], []
    for number, one in enumerate(given["inputs"]):
        name, day = f"P{number}", "2025-09-01"
        answers = {f"item_{place}": str(item or "") for place, item in enumerate(one["items"], start=1)}
        people.append({"participant": name, "provider": "counsel", "referred_on": "2025-04-01"})
        rows.append({"participant": name, "on": day, "recorded_on": day} | answers)
    tables = {"participants": people, "feedback": rows}
    for number, expected in enumerate(given["expected"]):
        score = expected["score"]
        for least, state in ((24, "unknown"),) if score is None else ((score, "met"), (score + 1, "not_met")):
            done = filed.run(tables, "2026-12-31", ("  satisfied_enough: 24\n", f"  satisfied_enough: {least}\n"))
            assert decided(done, "satisfied")[f"P{number}"][0] == state
        if score is None:
            said = done.decisions.rows().filter(outcome="satisfied", subject=f"P{number}")
            (empty,) = (place for place, item in enumerate(given["inputs"][number]["items"], start=1) if item is None)
            assert said["missing"].to_list() == [f"feedback.item_{empty}"]


@reproduces("innovation_fund_round2_cap", contract="innovation-fund", excused={"parameters.round1_cap": "of round 1"})
def seven_outcomes_under_a_limit(given: Given, filed: Filed) -> None:
    """Seven outcomes in the order of their days, of which the last is paid in part."""
    terms, expected = given["parameters"], given["expected"]
    outcomes = given["inputs"]["outcomes_in_date_order"]
    days = [dt.date(2013, 1, 1) + dt.timedelta(days=30 * place) for place in range(len(outcomes))]
    rows = [
        {"participant": "Y", "outcome": word, "on": str(day), "recorded_on": str(day)}
        for word, day in zip(outcomes, days, strict=True)
    ]
    people = [{"participant": "Y", "provider": "investee", "started_on": "2012-11-05"}]
    done = filed.run({"participants": people, "achievements": rows}, "2015-10-31")
    assert sorted(paid(done, "occurrence").items()) == sorted((word, amount) for word, amount in expected["paid"])
    assert gross(done, "provider") == {"investee": expected["uncapped"]}
    assert total(done) == expected["total"]
    assert f"    at_most: {terms['cap']}.00\n" in filed.text()
    for word, price in terms["rate_card"].items():
        assert f"    {word}: {price}.00\n" in filed.text()


@reproduces("fair_chance_fund_price_plan", contract="fair-chance-fund")
def four_outcomes_under_two_limits(given: Given, filed: Filed) -> None:
    """All four outcomes of a person of each provider, whose limits differ."""
    limits = dict(zip(("lower_bid", "upper_bid"), given["parameters"]["cap_options"], strict=True))
    on = "2016-02-01"
    joined = [{"participant": name, "provider": name, "accepted_on": "2015-01-05"} for name in limits]
    home = {"moved_in": "2015-02-01", "moved_out": "2016-01-31", "recorded_on": on}
    job = {"began": "2016-03-01", "ended": "", "full_time": "yes", "recorded_on": "2016-03-01"}
    award = {"level": "3", "awarded_on": "2016-06-30", "recorded_on": "2016-06-30"}
    tables: dict[str, Rows] = {"participants": joined}
    for table, row in (("homes", home), ("jobs", job), ("qualifications", award)):
        tables[table] = [{"participant": name} | row for name in limits]
    done = filed.run(tables, "2017-12-31")
    names = {
        "entry": "entry",
        "twelve_months": "twelve_months",
        "nvq3": "level_3",
        "full_time_job_one_year": "job_for_a_year",
    }
    achieved = [names[name] for name in given["inputs"]["outcomes"]]
    for provider, limit in limits.items():
        assert f"    {provider}: {limit}.00\n" in filed.text()
        prices = paid(done, "outcome", adjustment="-", provider=provider)
        assert prices == {names[name]: f"{price}.00" for name, price in given["parameters"]["prices"].items()}
        assert sorted(prices) == sorted(achieved)
        assert gross(done, "provider")[provider] == given["expected"]["uncapped"]
        assert paid(done, "provider")[provider] == given["expected"][f"capped_{limit}"]


@reproduces("tf_phase1_year1", contract="troubled-families-1")
def families_of_the_first_year(given: Given, filed: Filed) -> None:
    """240 families of the first year, some with one result, some with two, some with the other."""
    inputs, terms, expected = given["inputs"], given["parameters"], given["expected"]
    on = "2012-06-01"
    names = [f"F{number:03}" for number in range(inputs["families_year1"])]
    families = [{"family": name, "provider": "authority", "attached_on": on, "recorded_on": on} for name in names]
    turned, others = names[: inputs["crime_and_education"]], names[inputs["crime_and_education"] :]
    shown = [(name, "crime_and_education") for name in turned]
    shown += [(name, "progress_to_work") for name in turned[: inputs["of_which_progress_to_work"]]]
    shown += [(name, "continuous_employment") for name in others[: inputs["continuous_employment_only"]]]
    rows = [{"family": name, "kind": kind, "on": "2013-01-10", "recorded_on": "2013-01-10"} for name, kind in shown]
    done = filed.run({"families": families, "results": rows}, "2013-03-31")
    sums = {key: Fraction(amount) for key, amount in paid(done, "payment", "adjustment").items()}
    attached = sums["attachment", "-"] + sums[None, "deadweight"]
    assert attached == Fraction(expected["attachment"])
    assert attached / sums["attachment", "-"] == 1 - Fraction(terms["deadweight"])
    fee = Fraction(terms["per_family"]) * Fraction(terms["attachment_share"]["1"])
    assert attached / fee == expected["funded_families"]
    assert Fraction(total(done)) - attached == Fraction(expected["results"])
    assert total(done) == expected["total"]
    prices = done.statement.lines().filter(pl.col("adjustment") == "-").select("outcome", "unit_price_minor").unique()
    found = {name.replace("progress_too", "progress_to_work"): pounds(minor) for name, minor in prices.rows()}
    del found["attached"]
    assert found == {name: f"{price}.00" for name, price in terms["results_year1"].items()}


@reproduces("tf_phase1_year1", contract="troubled-families-1")
def the_share_falls_by_year(given: Given, filed: Filed) -> None:
    """A family taken on in each year of the contract earns that year's share of 4,000."""
    terms = given["parameters"]
    days = {year: f"{2011 + int(year)}-06-01" for year in terms["attachment_share"]}
    families = [
        {"family": year, "provider": "authority", "attached_on": day, "recorded_on": day} for year, day in days.items()
    ]
    done = filed.run({"families": families}, "2015-03-31")
    lines = done.statement.lines().filter(payment="attachment", adjustment="-")
    prices = dict(lines.select("subject", "unit_price_minor").rows())
    for year, share in terms["attachment_share"].items():
        assert Fraction(prices[year], 100) == Fraction(terms["per_family"]) * Fraction(share)


@reproduces("tf_phase2_family_level", contract="troubled-families-2")
def all_problems_or_employment_paid_once(given: Given, filed: Filed) -> None:
    """All of a family's own problems, or employment, or both: paid once."""
    expected = dict(given["expected"])
    families: Rows = []
    problems: Rows = []
    jobs: Rows = []
    kinds, on = ["crime", "school", "children", "work"], "2017-01-10"
    for family in given["inputs"]["families"]:
        name = family["id"]
        own = {"provider": "authority", "engaged_on": "2016-01-04", "reviewed_on": on, "recorded_on": on}
        families.append({"family": name} | own)
        for place in range(family["problems"]):
            said = "yes" if place < family["progressed"] else "no"
            problems.append({"family": name, "problem": kinds[place], "progressed": said, "recorded_on": on})
        if family["employment"]:
            since = {"continuous_since": "2016-09-01", "confirmed_on": "2017-03-01", "recorded_on": "2017-03-01"}
            jobs.append({"family": name} | since)
    done = filed.run({"families": families, "problems": problems, "jobs": jobs}, "2020-03-31")
    assert total(done) == expected.pop("total")
    assert paid(done, "subject") == expected
    prices = dict(done.statement.lines().select("payment", "unit_price_minor").unique().rows())
    terms = given["parameters"]
    assert prices == {"engagement": int(terms["attachment"]) * 100, "result": int(terms["result"]) * 100}


@reproduces(
    "positive_families_weeks",
    contract="positive-families",
    excused={"parameters.weekly_price": "the letter p: the price was never published"},
)
def weeks_out_of_care(given: Given, filed: Filed) -> None:
    """Of two years of weeks those in care are not paid, whatever the price of a week."""
    weeks = given["inputs"]["weeks_in_care"]
    began = dt.date(2018, 10, 1)
    ended = began + dt.timedelta(weeks=weeks, days=-1)
    person = {"young_person": "Y", "provider": "partnership", "therapy_ended_on": "2018-04-02"}
    placement = {"young_person": "Y", "began": str(began), "ended": str(ended), "recorded_on": "2018-12-03"}
    done = filed.run({"young_people": [person], "placements": [placement]}, "2023-03-31")
    lines = done.statement.lines()
    assert f"{lines.height}p" == given["expected"]["payment"]
    assert lines.height == given["parameters"]["weeks"] - weeks
    assert set(lines["amount_minor"]) == {10000}
