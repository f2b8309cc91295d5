"""The examples: a synthetic return under a contract, and what its totals come to by a second reckoning.

The reckonings read the rows as text and count them in loops, contract by contract; nothing of the engine is in them.
"""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import frozen

from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

Rows: TypeAlias = list[dict[str, str]]
EXAMPLES: Final = ROOT / "examples"


@frozen(kw_only=True)
class Example:
    """One example.

    Attributes:
        id: Its folder, and the contract of the library that it is of.
        as_at: The day of the statement.
        own: Whether the contract stands in its own folder, made out of that of the library.
        explained: What is explained, by the name of the golden file: a participant, or a line by its columns.
        reckon: The minor units due to each provider, out of the clean rows of each table.
    """

    id: str
    as_at: str
    own: bool = False
    explained: Mapping[str, str | Mapping[str, str]]
    reckon: Callable[[Mapping[str, Rows]], Counter[str]]

    @property
    def home(self) -> Path:
        """Its folder."""
        return EXAMPLES / self.id

    @property
    def contract(self) -> Path:
        """The contract that it is evaluated under."""
        return (self.home if self.own else ROOT / "contracts" / self.id) / "contract.yaml"


def labels(folder: Path) -> list[dict[str, str | int | bool]]:
    """Read what is wrong with which row of a return."""
    rows: list[dict[str, str | int | bool]] = json.loads((folder / "dirt.json").read_text(encoding="utf-8"))["rows"]
    return rows


def clean(folder: Path) -> dict[str, Rows]:
    """Read the rows of a return that are labelled as no refused ones, each once, without spaces around words."""
    refused = {(row["table"], row["line"]) for row in labels(folder) if row["refused"]}
    found = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = [
                tuple((name, word.strip()) for name, word in row.items())
                for line, row in enumerate(csv.DictReader(file), start=2)
                if (path.stem, line) not in refused
            ]
        found[path.stem] = [dict(row) for row in dict.fromkeys(rows)]
    return found


def to_minor(exact: Fraction) -> int:
    """Round an exact number of pence or cents half up, away from nothing."""
    whole = (abs(exact) * 2 + 1) // 2
    return int(whole if exact >= 0 else -whole)


def figures(out: Path) -> str:
    """The figures of a run and the hashes of the files that a reader opens, as they are kept in a golden file."""
    manifest = json.loads((out / "run.json").read_text(encoding="utf-8"))
    kept = {name: manifest[name] for name in ("schema", "as_at", "rows", "notes", "total")}
    hashes = {item["file"]: item["sha256"] for item in manifest["outputs"] if item["file"].endswith((".csv", ".json"))}
    return json.dumps(kept | {"outputs": hashes}, indent=1) + "\n"


# ---------------------------------------------------------------- the reckonings

FEES: Final = {
    "facility_delivery": 459,
    "new_family_planning_user": 183,
    "fully_vaccinated_child": 92,
    "four_anc_visits": 37,
    "contraceptive_resupply": 18,
    "curative_visit": 18,
    "growth_monitoring": 18,
    "first_anc_visit": 9,
    "emergency_obstetric_transfer": 459,
    "at_risk_pregnancy_referred": 183,
    "malnourished_child_referred": 183,
    "other_emergency_referral": 183,
    "tetanus_vaccine": 46,
    "second_malaria_prophylaxis": 46,
}
WEIGHTS: Final = {
    "curative": 170,
    "delivery": 130,
    "prenatal": 126,
    "family_planning": 114,
    "hiv": 90,
    "immunization": 70,
    "pharmacy": 60,
    "growth_monitoring": 52,
    "administration": 52,
    "finance": 50,
    "laboratory": 30,
    "tb": 28,
    "cleanliness": 28,
}
"""Thousandths."""


def reckon_facilities(tables: Mapping[str, Rows]) -> Counter[str]:
    """Cents for each centre: its acts of a quarter at their fees, times its quality, if all services have a score."""
    due: Counter[str] = Counter()
    for last in (date(2007, 3, 31), date(2007, 6, 30)):
        fixed = (last + timedelta(days=45)).isoformat()
        months = {f"2007-{last.month - back:02}" for back in range(3)}
        acts: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for row in tables["quantities"]:
            if row["month_end"][:7] in months and row["verified_on"] <= fixed:
                acts[row["centre"], row["act"]].append(row["verified"])
        fees: Counter[str] = Counter()
        for (centre, act), quantities in acts.items():
            if "" not in quantities:
                fees[centre] += FEES[act] * sum(map(int, quantities))
        for centre, cents in fees.items():
            scores = {
                row["service"]: Fraction(int(row["score"].rstrip("%")), 100)
                for row in tables["assessments"]
                if row["centre"] == centre and row["visited_on"][:7] in months and row["signed_on"] <= fixed
            }
            if set(scores) == set(WEIGHTS):
                parts = [Fraction(WEIGHTS[service], 1000) * score for service, score in scores.items()]
                due[centre] += cents + to_minor(-cents * (1 - sum(parts, Fraction(0))))
            else:
                due[centre] += 0
    return due


def reckon_practices(tables: Mapping[str, Rows]) -> Counter[str]:
    """Pence for each practice: points between 40% and 80% of those not left out, by two indexes of two decimals."""
    due: Counter[str] = Counter()
    for practice in tables["practices"]:
        treated = missed = 0
        for row in tables["register"]:
            if row["practice"] == practice["practice"] and row["registered_on"] <= "2023-03-31":
                treated += row["treated"] == "yes"
                missed += row["treated"] != "yes" and row["adjusted"] != "yes"
        share = Fraction(treated, treated + missed)
        points = min(Fraction(10), max(Fraction(0), (share - Fraction(2, 5)) * 25))
        size = Fraction(to_minor(Fraction(int(practice["list_size"]), 9374) * 100), 100)
        prevalence = Fraction(to_minor(Fraction(practice["on_register"]) / Fraction("2.1") * 100), 100)
        due[practice["practice"]] += to_minor(points * 20756 * size * prevalence)
    return due


SHARES: Final = {"started": 20, "retained_1": 15, "retained_2": 15, "retained_3": 15, "retained_4": 15, "completed": 20}
"""Hundredths of what is paid for a teacher's milestones."""


def reckon_teachers(tables: Mapping[str, Rows]) -> Counter[str]:
    """Pence for the provider: places of each milestone one by one, uplifts for starts in need, the service fee."""
    as_at = "2023-04-30"
    teachers = {row["participant"]: row for row in tables["participants"] if row["recorded_on"] <= as_at}
    reached: defaultdict[str, set[str]] = defaultdict(set)
    for row in tables["declarations"]:
        stands = row["voided_on"] == "" or row["voided_on"] > as_at
        if stands and row["declared_on"] <= as_at and row["recorded_on"] <= as_at:
            reached[row["milestone"]].add(row["participant"])
    due = 0
    for milestone, names in reached.items():
        for place, _ in enumerate(sorted(names), start=1):
            price = next((pounds for last, pounds in ((60, 995), (120, 979), (180, 966)) if place <= last), 0)
            due += to_minor(Fraction(price * 100) * Fraction(60, 100) * Fraction(SHARES[milestone], 100))
    needs = {name for name, row in teachers.items() if "yes" in {row["pupil_premium"], row["sparsity"]}}
    due += 10000 * len(reached["started"] & needs)
    instalments = [2_744_816] + [2_744_828] * 28
    assert sum(instalments) == 79_600_000
    months = (2023 - 2021) * 12 + 4 - 11 + 1  # from November 2021 to April 2023
    return Counter({"lead_provider": due + sum(instalments[:months])})


LENGTHS: Final = {"jsa_18_24": 182, "jsa_25_over": 182, "jsa_early": 91, "jsa_ex_ib": 91, "esa_volunteers": 91}
JOB_POUNDS: Final = {
    "jsa_18_24": 1200,
    "jsa_25_over": 1200,
    "jsa_early": 1200,
    "jsa_ex_ib": 1200,
    "esa_volunteers": 1000,
}
BLOCKS: Final = {
    "jsa_18_24": (13, 170),
    "jsa_25_over": (13, 215),
    "jsa_early": (20, 250),
    "jsa_ex_ib": (20, 250),
    "esa_volunteers": (20, 115),
}
"""At most how many blocks of four weeks, and the pounds for each."""


def days_from(first: str, last: str) -> set[date]:
    """Every day from one to another, both included."""
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    return {day + timedelta(days=more) for more in range((end - day).days + 1)}


def reckon_programme(tables: Mapping[str, Rows]) -> Counter[str]:
    """Pence for the provider: people walked through day by day, each day of work counted once."""
    as_at = "2013-09-30"
    due: Counter[str] = Counter()
    for person in tables["participants"]:
        attached_on, group = person["attached_on"], person["payment_group"]
        if not group or not "2011-06-01" <= attached_on <= as_at or person["recorded_on"] > as_at:
            continue  # an empty day too; and without a group there is no price
        fee = next(
            pounds for until, pounds in (("2012", 400), ("2013", 300), ("2014", 200)) if attached_on < f"{until}-04"
        )
        pounds = fee
        worked: set[date] = set()
        for job in tables["jobs"]:
            if job["participant"] == person["participant"] and job["recorded_on"] <= as_at:
                worked |= days_from(job["began"], job["ended"] or as_at)
        after = sorted(day for day in worked if attached_on < day.isoformat() <= as_at)
        if len(after) >= LENGTHS[group]:
            pounds += JOB_POUNDS[group]
            blocks = run = 0
            before = None
            for day in after[LENGTHS[group] :]:
                run = run + 1 if before == day - timedelta(days=1) else 1
                before = day
                blocks += run % 28 == 0
            most, price = BLOCKS[group]
            pounds += min(blocks, most) * price
        due["prime"] += pounds * 100
    return due


ALL: Final = (
    Example(
        id="facility-pbf",
        as_at="2007-08-31",
        own=True,
        explained={
            "paid": {"payment": "acts", "provider": "centre_19", "period": "Y1-Q1", "adjustment": "-"},
            "by-quality": {"provider": "centre_19", "period": "Y1-Q1", "adjustment": "by_quality"},
            "held-back": {"provider": "centre_17", "period": "Y1-Q2", "adjustment": "by_quality"},
        },
        reckon=reckon_facilities,
    ),
    Example(
        id="qof-indicator",
        as_at="2023-03-31",
        explained={
            "practice": {"payment": "indicator", "provider": "large_practice"},
            "treated": "P200",
            "left-out": "P087",
            "unknown": "P097",
        },
        reckon=reckon_practices,
    ),
    Example(
        id="teacher-development",
        as_at="2023-04-30",
        own=True,
        explained={"declared-again": "T001", "no-place": "T037", "no-flag": "T032", "voided": "T014"},
        reckon=reckon_teachers,
    ),
    Example(
        id="work-programme",
        as_at="2013-09-30",
        explained={"paid": "W107", "not-yet": "W007", "no-group": "W173"},
        reckon=reckon_programme,
    ),
)
