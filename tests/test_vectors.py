"""Published numbers of real schemes, through contract files of the library: the vector's inputs in, its numbers out."""

from __future__ import annotations

import datetime as dt
import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import polars as pl
import pytest

import pbr
from pbr.contract.read import load
from pbr.document import parse_document
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.api import Run

Rows: TypeAlias = "list[dict[str, str]]"
Vector: TypeAlias = dict[str, Any]

LIBRARY: Final = ROOT / "contracts"
GROUPS: Final = ("jsa_18_24", "jsa_25_over", "jsa_early", "jsa_ex_ib", "esa_volunteers")


def vector(shared: Path, name: str) -> Vector:
    """Read a vector."""
    found: Vector = json.loads((shared / "vectors" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def evaluated(contract: str, tables: dict[str, Rows], as_at: str, *changes: tuple[str, str]) -> Run:
    """Evaluate a contract of the library on rows; tables that are not given are empty. Its text may be changed."""
    text = (LIBRARY / contract / "contract.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    read, problems = load(parse_document(text.encode(), "contract.yaml"))
    assert problems == ()
    assert read is not None
    frames = {}
    for name in read.terms.returned:
        table = read.terms.tables[name]
        fields = [*table.fields, *([read.terms.subject_key] if table.of else [])]
        rows = [{field: row.get(field, "") for field in fields} for row in tables.get(name, [])]
        frames[name] = pl.DataFrame(rows, schema=dict.fromkeys(fields, pl.String))
    return pbr.run(read, frames, as_at)


def pounds(minor: int) -> str:
    """Write pence as pounds."""
    return f"{minor // 100}.{minor % 100:02}"


def paid(done: Run, by: str) -> dict[str, str]:
    """Sum the lines of each payment, person or other column."""
    sums = done.statement.lines().group_by(by).agg(pl.col("amount_minor").sum()).rows()
    return {name: pounds(minor) for name, minor in sums}


def decided(done: Run, outcome: str) -> dict[str, tuple[str, str]]:
    """Give the state and date of an outcome for each subject."""
    rows = done.decisions.rows().filter(pl.col("outcome") == outcome)
    return {str(row["subject"]): (row["state"], str(row["date"] or "")) for row in rows.iter_rows(named=True)}


def test_innovation_fund_round_2_cap(shared: Path) -> None:
    """Seven outcomes in the order of their days, of which the last is paid in part."""
    given = vector(shared, "innovation_fund_round2_cap")
    outcomes = given["inputs"]["outcomes_in_date_order"]
    days = [dt.date(2013, 1, 1) + dt.timedelta(days=30 * place) for place in range(len(outcomes))]
    rows = [
        {"participant": "Y", "outcome": word, "on": str(day), "recorded_on": str(day)}
        for word, day in zip(outcomes, days, strict=True)
    ]
    people = [{"participant": "Y", "provider": "investee", "started_on": "2012-11-05"}]
    done = evaluated("innovation-fund", {"participants": people, "achievements": rows}, "2015-10-31")
    assert paid(done, "occurrence") == dict(given["expected"]["paid"])
    gross = done.statement.lines().filter(pl.col("adjustment") == "-")["amount_minor"].sum()
    assert pounds(int(gross)) == given["expected"]["uncapped"]
    assert pounds(done.statement.total_minor) == given["expected"]["total"]
    text = (LIBRARY / "innovation-fund" / "contract.yaml").read_text(encoding="utf-8")
    for word, price in given["parameters"]["rate_card"].items():
        assert f"    {word}: {price}.00\n" in text


@pytest.mark.parametrize(("provider", "limit"), [("lower_bid", "15000"), ("upper_bid", "17000")])
def test_fair_chance_fund_price_plan(shared: Path, provider: str, limit: str) -> None:
    """All four outcomes of one person, under each limit."""
    given = vector(shared, "fair_chance_fund_price_plan")
    assert limit in given["parameters"]["cap_options"]
    tables = {
        "participants": [{"participant": "Y", "provider": provider, "accepted_on": "2015-01-05"}],
        "homes": [
            {"participant": "Y", "moved_in": "2015-02-01", "moved_out": "2016-01-31", "recorded_on": "2016-02-01"}
        ],
        "jobs": [
            {"participant": "Y", "began": "2016-03-01", "ended": "", "full_time": "yes", "recorded_on": "2016-03-01"}
        ],
        "qualifications": [{"participant": "Y", "level": "3", "awarded_on": "2016-06-30", "recorded_on": "2016-06-30"}],
    }
    done = evaluated("fair-chance-fund", tables, "2017-12-31")
    gross = done.statement.lines().filter(pl.col("adjustment") == "-")
    prices = dict(zip(gross["outcome"], map(pounds, gross["amount_minor"]), strict=True))
    names = {
        "entry": "entry",
        "twelve_months": "twelve_months",
        "nvq3": "level_3",
        "full_time_job_one_year": "job_for_a_year",
    }
    assert prices == {names[name]: f"{price}.00" for name, price in given["parameters"]["prices"].items()}
    assert set(given["inputs"]["outcomes"]) == set(names)
    assert pounds(int(gross["amount_minor"].sum())) == given["expected"]["uncapped"]
    assert pounds(done.statement.total_minor) == given["expected"][f"capped_{limit}"]


def test_troubled_families_phase_1_year_1(shared: Path) -> None:
    """240 families of the first year, some with one result, some with two, some with the other."""
    given, terms = (vector(shared, "tf_phase1_year1")[key] for key in ("inputs", "parameters"))
    expected = vector(shared, "tf_phase1_year1")["expected"]
    names = [f"F{number:03}" for number in range(given["families_year1"])]
    families = [
        {"family": name, "provider": "authority", "attached_on": "2012-06-01", "recorded_on": "2012-06-01"}
        for name in names
    ]
    turned = names[: given["crime_and_education"]]
    employed = names[given["crime_and_education"] :][: given["continuous_employment_only"]]
    shown = [(name, "crime_and_education") for name in turned]
    shown += [(name, "progress_to_work") for name in turned[: given["of_which_progress_to_work"]]]
    shown += [(name, "continuous_employment") for name in employed]
    rows = [{"family": name, "kind": kind, "on": "2013-01-10", "recorded_on": "2013-01-10"} for name, kind in shown]
    done = evaluated("troubled-families-1", {"families": families, "results": rows}, "2013-03-31")
    sums = done.statement.lines().group_by("payment", "adjustment").agg(pl.col("amount_minor").sum()).rows()
    by = {(payment, adjustment): minor for payment, adjustment, minor in sums}
    attached = by["attachment", "-"] + by[None, "deadweight"]
    assert pounds(attached) == expected["attachment"]
    fee = Fraction(terms["per_family"]) * Fraction(terms["attachment_share"]["1"]) * 100
    assert Fraction(attached) / fee == expected["funded_families"]
    assert pounds(done.statement.total_minor - attached) == expected["results"]
    assert pounds(done.statement.total_minor) == expected["total"]


@pytest.mark.parametrize("year", ["1", "2", "3"])
def test_troubled_families_attachment_falls_by_year(shared: Path, year: str) -> None:
    """A family taken on in each year of the contract earns that year's share of 4,000."""
    terms = vector(shared, "tf_phase1_year1")["parameters"]
    day = f"{2011 + int(year)}-06-01"
    family = {"family": "F", "provider": "authority", "attached_on": day, "recorded_on": day}
    done = evaluated("troubled-families-1", {"families": [family]}, "2015-03-31")
    whole = Fraction(terms["per_family"]) * Fraction(terms["attachment_share"][year])
    (price,) = done.statement.lines().filter(pl.col("payment") == "attachment")["unit_price_minor"]
    assert Fraction(price, 100) == whole


def test_troubled_families_phase_2_family_level(shared: Path) -> None:
    """All of a family's own problems, or employment, or both: paid once."""
    given = vector(shared, "tf_phase2_family_level")
    expected = dict(given["expected"])
    families, problems, jobs = [], [], []
    kinds = ["crime", "school", "children", "work"]
    for family in given["inputs"]["families"]:
        name = family["id"]
        families.append(
            {
                "family": name,
                "provider": "authority",
                "engaged_on": "2016-01-04",
                "reviewed_on": "2017-01-10",
                "recorded_on": "2017-01-10",
            }
        )
        for place in range(family["problems"]):
            said = "yes" if place < family["progressed"] else "no"
            problems.append({"family": name, "problem": kinds[place], "progressed": said, "recorded_on": "2017-01-10"})
        if family["employment"]:
            jobs.append(
                {
                    "family": name,
                    "continuous_since": "2016-09-01",
                    "confirmed_on": "2017-03-01",
                    "recorded_on": "2017-03-01",
                }
            )
    tables = {"families": families, "problems": problems, "jobs": jobs}
    done = evaluated("troubled-families-2", tables, "2020-03-31")
    assert pounds(done.statement.total_minor) == expected.pop("total")
    assert paid(done, "subject") == expected


def test_work_and_health_earnings_threshold(shared: Path) -> None:
    """Pay adds up to the sum that follows from the wage of the day of the start; the same for each wage."""
    given = vector(shared, "whp_earnings_threshold")
    terms, inputs, expected = given["parameters"], given["inputs"], given["expected"]
    pay = [
        {"participant": "P", "amount": one["amount"], "paid_on": one["date"], "recorded_on": one["date"]}
        for one in inputs["pay"]
    ]
    # the vector's start is of a year with a lower wage, and it asks for the later one
    later = ("      2018-04-01: 3257.28\n      2019-04-01: 3415.36\n", "      2018-04-01: 3415.36\n")
    people = [{"participant": "P", "provider": "prime", "started_on": inputs["start"]}]
    tables = {"participants": people, "pay": pay}
    for as_at in (expected["outcome_date"], "2020-12-31"):
        done = evaluated("work-and-health", tables, as_at, later)
        assert decided(done, "earned") == {"P": ("met", expected["outcome_date"])}
    lasts = done.decisions.rows().filter(pl.col("outcome") == "earned")["window_last"]
    assert [str(day) for day in lasts] == [expected["window_last_day_if_start_is_day_0"]]
    assert done.statement.lines().filter(pl.col("payment") == "outcome").height == expected["outcomes"]
    text = (LIBRARY / "work-and-health" / "contract.yaml").read_text(encoding="utf-8")
    for wage, least in expected["thresholds_by_wage"].items():
        assert Fraction(wage) * terms["hours"] * terms["weeks"] == Fraction(least)
        assert f": {least}\n" in text
        (start,) = [line.partition(":")[0].strip() for line in text.splitlines() if line.endswith(f": {least}")]
        assert reached(start, least) == ("met", "too_little")


def reached(start: str, least: str) -> tuple[str, str]:
    """Say what comes of pay of a sum and of a penny less, for somebody who starts on a day."""
    day = str(dt.date.fromisoformat(start) + dt.timedelta(days=30))
    less = pounds(int(Fraction(least) * 100) - 1)
    people = [{"participant": name, "provider": "prime", "started_on": start} for name in ("AT", "LESS")]
    pay = [
        {"participant": name, "amount": sum_of_it, "paid_on": day, "recorded_on": day}
        for name, sum_of_it in (("AT", least), ("LESS", less))
    ]
    done = evaluated("work-and-health", {"participants": people, "pay": pay}, "2030-12-31")
    rows = done.decisions.rows().filter(pl.col("outcome") == "earned").sort("subject")
    first, second = rows["reason"]
    return first, second


def test_work_and_health_delivery_fee(shared: Path) -> None:
    """Sixty equal months of thirty per cent of the contract's value."""
    given = vector(shared, "whp_delivery_fee")
    done = evaluated("work-and-health", {}, "2024-10-31")
    fees = done.statement.lines()
    assert set(map(pounds, fees["amount_minor"])) == {given["expected"]["monthly_fee"]}
    assert fees.height == given["inputs"]["months"] == given["parameters"]["max_months"]
    assert pounds(done.statement.total_minor) == given["expected"]["total"]
    value = Fraction(given["inputs"]["estimated_total_contract_value"]) * Fraction(given["parameters"]["share"])
    assert Fraction(done.statement.total_minor, 100) == value


def test_work_programme_group_maxima(shared: Path) -> None:
    """Somebody of each group who works without a break earns all that the group can."""
    given = vector(shared, "wp_group_maxima")
    names = dict(zip(given["parameters"], GROUPS, strict=True))
    assert [person["group"] for person in given["inputs"]["persons"]] == list(names)
    people = [
        {
            "participant": group,
            "provider": "prime",
            "attached_on": "2011-07-04",
            "payment_group": group,
            "recorded_on": "2011-07-04",
        }
        for group in GROUPS
    ]
    jobs = [{"participant": group, "began": "2011-09-05", "ended": "", "recorded_on": "2011-09-05"} for group in GROUPS]
    done = evaluated("work-programme", {"participants": people, "jobs": jobs}, "2017-03-31")
    expected = {names[group]: amount for group, amount in given["expected"]["per_person"].items()}
    assert paid(done, "subject") == expected
    assert pounds(done.statement.total_minor) == given["expected"]["sum"]
    sums = done.statement.lines().group_by("subject", "payment").agg(pl.col("amount_minor").sum()).rows()
    by = {(person, payment): pounds(minor) for person, payment, minor in sums}
    for group, terms in given["parameters"].items():
        assert by[names[group], "attachment"] == f"{terms['attachment']}.00"
        assert by[names[group], "job_outcome"] == f"{terms['job_outcome']}.00"
        assert by[names[group], "sustainment"] == f"{terms['sustainment_total']}.00"


def test_work_programme_timeline(shared: Path) -> None:
    """Three jobs of one person: when the outcome was, which blocks followed, and when each may be claimed."""
    given = vector(shared, "wp_person_timeline_pg2")
    inputs, expected = given["inputs"], given["expected"]
    person = {
        "participant": "P",
        "provider": "prime",
        "attached_on": inputs["attached"],
        "payment_group": "jsa_25_over",
        "recorded_on": inputs["attached"],
    }
    jobs = [
        {"participant": "P", "began": began, "ended": ended, "recorded_on": ended}
        for began, ended in inputs["employment_spells_inclusive"]
    ]
    done = evaluated("work-programme", {"participants": [person], "jobs": jobs}, "2017-03-31")
    assert decided(done, "in_work") == {"P": ("met", expected["job_outcome_date"])}
    blocks = done.statement.lines().filter(pl.col("payment") == "sustainment").sort("earned_on")
    assert [str(day) for day in blocks["earned_on"]] == expected["sustainment_block_ends"]
    assert [str(day) for day in blocks["due_on"]] == expected["earliest_claim_dates"]
    assert paid(done, "payment") == expected["payments"]
    assert pounds(done.statement.total_minor) == expected["total"]


def test_positive_families_weeks(shared: Path) -> None:
    """Of two years of weeks those in care are not paid, whatever the price of a week."""
    given = vector(shared, "positive_families_weeks")
    weeks = given["inputs"]["weeks_in_care"]
    began = dt.date(2018, 10, 1)
    person = {"young_person": "Y", "provider": "partnership", "therapy_ended_on": "2018-04-02"}
    placement = {
        "young_person": "Y",
        "began": str(began),
        "ended": str(began + dt.timedelta(weeks=weeks, days=-1)),
        "recorded_on": "2018-12-03",
    }
    tables = {"young_people": [person], "placements": [placement]}
    done = evaluated("positive-families", tables, "2023-03-31")
    lines = done.statement.lines()
    assert f"{lines.height}p" == given["expected"]["payment"]
    assert lines.height == given["parameters"]["weeks"] - weeks
    assert set(lines["amount_minor"]) == {10000}


def test_drug_recovery_pilots_person_level(shared: Path) -> None:
    """The five persons of the pilots' definitions, under Riverside with their 12 months for its 6."""
    given = vector(shared, "dar_pbr_person_level")
    months = given["parameters"]["window_months"]
    words = {"met": "met", True: "met", False: "not_met", "not yet due": "pending", "not applicable": "excluded"}
    for one in given["inputs"]:
        person = one["person"]
        # the pilots' days lie in 2012 and 2013, which are moved by 13 years into the term of Riverside
        moved = {key: later(one[key], 13) for key in ("completed", "next_presentation", "as_of")}
        began = "2026-01-05" if one["completed"] == "2013-06-01" else "2025-04-07"
        events = [{"kind": "start", "on": began}]
        if moved["completed"]:
            events.append({"kind": "planned_exit", "on": moved["completed"], "drug_free": "Y"})
        if moved["next_presentation"]:
            events.append({"kind": "return", "on": moved["next_presentation"]})
        if one.get("discharge"):
            events.append({"kind": one["discharge"], "on": "2025-09-30"})
        rows = [{"participant": person, "recorded_on": event["on"], **event} for event in events]
        people = [
            {
                "participant": person,
                "provider": "northbank",
                "referred_on": began,
                "born_on": "1985-02-03",
                "in_borough": "Y",
                "in_custody": "N",
                "days_used": "20",
            }
        ]
        level = {"participant": person, "complexity": "low", "offended": "N", "recorded_on": began}
        done = evaluated(
            "drug-recovery",
            {"participants": people, "events": rows, "assessments": [level]},
            moved["as_of"],
            ("      after: completed\n      for: 6 months\n", f"      after: completed\n      for: {months} months\n"),
        )
        said = given["expected"]["final_outcome"][person]
        word = said.partition(":")[0] if isinstance(said, str) else said
        assert decided(done, "recovered")[person][0] == words[word], person


def later(day: str | None, years: int) -> str:
    """Move a day by some years; nothing where there is none."""
    return "" if day is None else str(dt.date.fromisoformat(day).replace(year=int(day[:4]) + years))


def change_of(pre: str, post: str, *changes: tuple[str, str]) -> str:
    """Give the state of a change from one review to a later one."""
    people = [{"participant": "P", "provider": "counsel", "referred_on": "2025-04-01"}]
    reviews = [
        {"participant": "P", "on": day, "satisfaction": score, "recorded_on": day}
        for day, score in (("2025-03-31", pre), ("2025-09-01", post))
    ]
    tables = {"participants": people, "reviews": reviews}
    return decided(evaluated("relationship-support", tables, "2026-12-31", *changes), "improved")["P"][0]


def test_reliable_change_of_jacobson_and_truax(shared: Path) -> None:
    """The published change is reliable, as is a tenth above the criterion and none below; its index is that printed."""
    given = vector(shared, "reliable_change_jacobson_truax")
    inputs, expected = given["inputs"], given["expected"]
    text = (LIBRARY / "relationship-support" / "contract.yaml").read_text(encoding="utf-8")
    for line in (f"sd: {inputs['sd']}", f"reliability: {inputs['reliability']}", f"z: {given['parameters']['z']}"):
        assert f"      {line}\n" in text
    assert change_of(inputs["pre"], inputs["post"]) == ("met" if expected["reliable"] else "not_met")
    pre, criterion = Fraction(inputs["pre"]), Fraction(expected["criterion"])
    tenths = int(criterion * 10)
    for more, state in ((tenths, "not_met"), (tenths + 1, "met")):
        after = int(pre * 10) + more
        assert change_of(inputs["pre"], f"{after // 10}.{after % 10}") == state
    index = Fraction(expected["index"])
    for z, state in ((index, "met"), (index + Fraction("0.01"), "not_met")):
        shown = f"      z: {float(z):.2f}\n"
        assert change_of(inputs["pre"], inputs["post"], ("      z: 1.96\n", shown)) == state


def test_csq8_score(shared: Path) -> None:
    """Each score is reached and not exceeded by a point; a missing item leaves none."""
    given = vector(shared, "csq8_score")
    for one, expected in zip(given["inputs"], given["expected"], strict=True):
        answers = {f"item_{place}": str(item or "") for place, item in enumerate(one["items"], start=1)}
        people = [{"participant": "P", "provider": "counsel", "referred_on": "2025-04-01"}]
        row = {"participant": "P", "on": "2025-09-01", "recorded_on": "2025-09-01", **answers}
        score = expected["score"]
        tries = ((24, "unknown"),) if score is None else ((score, "met"), (score + 1, "not_met"))
        for least, state in tries:
            changes = (("  satisfied_enough: 24\n", f"  satisfied_enough: {least}\n"),)
            tables = {"participants": people, "feedback": [row]}
            done = evaluated("relationship-support", tables, "2026-12-31", *changes)
            assert decided(done, "satisfied")["P"][0] == state
