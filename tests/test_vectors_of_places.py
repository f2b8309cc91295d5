"""Published numbers of teacher development through contract files: volume bands, milestones, fees in instalments."""

from __future__ import annotations

import calendar
import datetime as dt
import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from pbr.contract.read import load
from pbr.document import parse_document
from pbr.statement import make_statement
from tests import small
from tests.conftest import ROOT
from tests.test_vectors import Rows, evaluated, paid, pounds

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.api import Run

FILES: Final = ("dfe_banding_and_clawback", "dfe_statements_npq_and_contract_rules", "dfe_worked_examples")
ELSEWHERE: Final = {"dfe_rect_total_vat": "test_tax.py"}
"""Vectors that are evaluated in the tests of something else."""
LAST: Final = "2024-08-31"
BANDS: Final = "      1 to 2: 995.00\n      3 to 4: 979.00\n      5 to 6: 966.00\n"
PRICE: Final = "      1 or more: {}.00\n"
FEE: Final = "    amount: 796000.00\n"
SIX: Final = ("started", "retained_1", "retained_2", "retained_3", "retained_4", "completed")


def vectors(shared: Path) -> dict[str, dict[str, Any]]:
    """Read the cases of the three files, by their ids."""
    found: dict[str, dict[str, Any]] = {}
    for name in FILES:
        text = (shared / "vectors" / f"{name}.json").read_text(encoding="utf-8")
        found |= {case["id"]: case for case in json.loads(text)["cases"]}
    return found


def bands_of(capacities: list[int | None], prices: list[str]) -> str:
    """Write bands of so many places each."""
    lines, first = [], 1
    for capacity, price in zip(capacities, prices, strict=True):
        last = None if capacity is None else first + capacity - 1
        step = f"{first} or more" if last is None else f"{first} to {last}"
        lines.append(f"      {step}: {price}.00\n")
        first += capacity or 0
    return "".join(lines)


def declared(counts: dict[str, int], on: str = "2021-10-01") -> Rows:
    """Give declarations of each milestone, by as many people."""
    row = {"declared_on": on, "recorded_on": on}
    return [
        {"participant": f"P{place:05}", "milestone": milestone} | row
        for milestone, many in counts.items()
        for place in range(many)
    ]


def people(rows: Rows, **flags: str) -> Rows:
    """Give everybody whom rows are of."""
    own = {"provider": "lead_provider", "joined_on": "2021-09-01", "recorded_on": "2021-09-01"}
    own |= {"pupil_premium": "no", "sparsity": "no"} | flags
    return [{"participant": name} | own for name in sorted({row["participant"] for row in rows})]


def ran(rows: Rows, *changes: tuple[str, str], as_at: str = "2021-11-29") -> Run:
    """Evaluate the contract of the library on declarations, before the first instalment of its fee."""
    return evaluated("teacher-development", {"participants": people(rows), "declarations": rows}, as_at, *changes)


def per_band(done: Run, occurrence: str = "started") -> tuple[list[int], int]:
    """Count the lines of each band, in the order of its places, and those that found no place."""
    lines = done.statement.lines().filter(payment="output", occurrence=occurrence)
    payment: Any = done.plan.terms.payments["output"]
    places = [lines.filter(group=step).height for step in payment.bands]
    return places, lines.filter(reason="no_place").height


def fees(done: Run) -> list[str]:
    """List the instalments of the service fee."""
    lines = done.statement.lines().filter(payment="service").sort("instalment")
    return [f"{'-' if minor < 0 else ''}{pounds(abs(minor))}" for minor in lines["amount_minor"]]


def test_every_vector_is_evaluated(shared: Path) -> None:
    """Each case of the three files is named by a test here, or by one elsewhere."""
    ids = set(vectors(shared))
    assert set(ELSEWHERE) < ids
    for name in ids:
        text = (ROOT / "tests" / ELSEWHERE.get(name, "test_vectors_of_places.py")).read_text(encoding="utf-8")
        assert f'"{name}"' in text, name


@pytest.mark.parametrize(
    "name",
    [
        "dfe_band_none",
        "dfe_band_a_partial",
        "dfe_band_overflow_b",
        "dfe_band_prev_partial_spill",
        "dfe_band_clawback_with_adds",
    ],
)
def test_what_a_statement_adds_to_each_band_net(shared: Path, name: str) -> None:
    """Places of earlier statements count on; what is clawed back empties bands from the last. The net is compared."""
    given = vectors(shared)[name]
    inputs, expected = given["inputs"], given["expected"]
    assert inputs["previous_refunded"] == 0
    changes = (BANDS, bands_of(given["parameters"]["band_capacity"], ["400", "300", "200", "100"]))
    earlier = declared({"started": inputs["previous_billable"]})
    now = declared({"started": inputs["previous_billable"] + inputs["current_billable"]}, "2021-11-01")
    rows = [*earlier, *now[len(earlier) :]]
    for row in rows[: inputs["current_refunded"]]:
        row["voided_on"] = "2021-11-15"
    before, after = ran(rows, changes, as_at="2021-10-31"), ran(rows, changes)
    (old, _), (new, unplaced) = per_band(before), per_band(after)
    assert sum(old) == inputs["previous_billable"]
    assert [later - earlier for later, earlier in zip(new, old, strict=True)] == expected["net"]
    assert unplaced == expected["unallocated"]
    difference = make_statement(after.entitlement, before.statement.lines()).total_minor
    shares = [Fraction(price) * 60 * Fraction(20, 100) for price in (400, 300, 200, 100)]
    assert difference == sum(share * net for share, net in zip(shares, expected["net"], strict=True))


def test_the_2001st_person_is_in_the_second_band(shared: Path) -> None:
    """2,001 achievements fill the first 2,000 places and one of the next; one fewer leaves the second band empty."""
    given = vectors(shared)["dfe_participant_band_2001_after_0"]
    assert given["parameters"]["band_limits"] == [2000, 4000, 6000]
    assert given["inputs"]["previous"] == 0
    changes = (BANDS, bands_of([2000, 2000, 2000], ["995", "979", "966"]))
    many = given["inputs"]["current"]
    expected = given["expected"]
    assert per_band(ran(declared({"started": many}), changes)) == (expected["per_band"], expected["unallocated"])
    assert per_band(ran(declared({"started": many - 1}), changes)) == ([2000, 0, 0], 0)


def test_each_milestone_of_a_shrinking_cohort_is_banded_by_itself(shared: Path) -> None:
    """The published table: 6,000 starts to 3,500 completions, in bands of 2,000, the last without an end."""
    given = vectors(shared)["dfe_guidance_bands_6000"]
    changes = (BANDS, bands_of(given["parameters"]["band_capacity"], ["995", "979", "966"]))
    counts = dict(zip(SIX, given["inputs"]["participants_per_milestone"], strict=True))
    done = ran(declared(counts), changes)
    assert [per_band(done, milestone) for milestone in SIX] == [(row, 0) for row in given["expected"]["per_band"]]


def test_subtotals_of_three_bands(shared: Path) -> None:
    """200, 200 and 100 starts at three prices, and the first band alone at 50 and at 90."""
    given = vectors(shared)["dfe_ecf_output_three_bands"]
    bands = given["parameters"]["bands"]
    assert [(band["min"], band["max"]) for band in bands] == [(0, 200), (201, 400), (401, 500)]
    changes = (BANDS, bands_of([200, 200, 100], [band["price"] for band in bands]))
    expected = given["expected"]
    for many in given["inputs"]["total_participants"]:
        lines = ran(declared({"started": many}), changes).statement.lines()
        sums = lines.group_by("group").agg(pl.col("amount_minor").sum()).sort("group")["amount_minor"]
        found = [pounds(minor) for minor in sums]
        assert (
            found
            == {
                500: expected["band_subtotals_at_500"],
                50: [expected["band_a_at_50"]],
                90: [expected["band_a_at_90"]],
            }[many]
        )


def test_milestones_and_the_service_fee_of_one_band(shared: Path) -> None:
    """Each milestone at its share of 60% of 995; the fee of 796,000 in 29 instalments that add up to it."""
    given = vectors(shared)["dfe_cpd_ecf_example_1"]
    expected = given["expected"]
    names = {"start": "started", "completion": "completed"} | {f"retention-{n}": f"retained_{n}" for n in range(1, 5)}
    rows = declared({names[milestone]: many for milestone, many in given["inputs"]["retained"].items()})
    price = PRICE.format(given["parameters"]["price_per_participant"])
    done = ran(rows, (BANDS, price), as_at=LAST)
    lines = done.statement.lines().filter(payment="output")
    for row in expected["schedule"]:
        mine = lines.filter(occurrence=names[row["milestone"]])["amount_minor"]
        assert mine.len() == row["retained"]
        assert {pounds(minor) for minor in mine} == {row["fee_per_participant"]}
        assert pounds(int(mine.sum())) == f"{row['subtotal']}.00"
    one = ran(declared(dict.fromkeys(SIX, 1)), (BANDS, price))
    assert paid(one, "payment") == {"output": f"{expected['output_fee_per_participant']}.00"}
    months, whole = given["parameters"]["service_months"], int(expected["service_fee_total"])
    assert fees(done) == ["27448.16", *["27448.28"] * 28]
    assert sum(map(Fraction, fees(done))) == whole
    # the peer rounds each month to whole pounds, and loses eight of them
    assert round(Fraction(whole, months)) == int(expected["service_fee_monthly"])
    assert whole - months * int(expected["service_fee_monthly"]) == 8
    assert Fraction(whole, given["parameters"]["recruitment_target"]) == int(expected["service_fee_per_participant"])


def test_a_set_up_fee_is_taken_from_the_service_fee_alone(shared: Path) -> None:
    """At 1,400 with 150,000 for 2,000 places: 485 and 840 for each."""
    given = vectors(shared)["dfe_cpd_ecf_setup_fee"]
    terms, expected = given["parameters"], given["expected"]
    price, places = Fraction(terms["price_per_participant"]), terms["recruitment_target"]
    whole = price * Fraction(terms["service_share"]) * places - Fraction(terms["setup_fee"])
    changes = [(BANDS, PRICE.format(price)), (FEE, f"    amount: {whole}.00\n")]
    done = ran(declared(dict.fromkeys(SIX, 1)), *changes, as_at=LAST)
    assert sum(map(Fraction, fees(done))) == int(expected["service_fee_per_participant"]) * places
    assert paid(done, "payment")["output"] == f"{expected['output_fee_per_participant']}.00"


def serviced(terms: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Give the contract a service fee that is worked out: 40% of the price of each band's places, less a set-up fee."""
    bands = terms.get(
        "bands", [{"capacity": terms.get("recruitment_target"), "price": terms.get("price_per_participant")}]
    )
    values = f"  set_up: {terms['setup_fee']}.00\n"
    for number, band in enumerate(bands, 1):
        values += f"  places_{number}: {band['capacity']}\n  price_{number}: {band['price']}.00\n"
    sums = " + ".join(f"places_{number} * price_{number}" for number in range(1, len(bands) + 1))
    formula = f'  fixed_sum: {{kind: formula, value: "({sums}) * 40% - set_up", unit: money}}\n'
    return (
        ("values:\n", f"values:\n{values}"),
        ("outcomes:\n", f"outcomes:\n{formula}"),
        (FEE, "    amount: fixed_sum\n"),
    )


def exact(found: list[str]) -> Fraction:
    """Sum instalments."""
    return sum(map(Fraction, found), Fraction(0))


def test_instalments_of_a_service_fee_add_up(shared: Path) -> None:
    """647,149.00 in 29: the published month, but for the first, which bears eight pence."""
    given = vectors(shared)["dfe_ecf_service_fee_setup_1"]
    terms, expected = given["parameters"], given["expected"]
    found = fees(ran([], *serviced(terms), as_at=LAST))
    assert found == ["22315.56", *[expected["monthly"]] * 28]
    whole = exact(found)
    assert f"{whole}.00" == expected["total"]
    assert whole / terms["recruitment_target"] == Fraction("323.5745")
    assert round(whole / terms["recruitment_target"], 2) == Fraction(expected["per_participant"])


def test_a_month_of_75943_06897_is_not_reproduced(shared: Path) -> None:
    """Nobody can be paid it: 29 instalments of whole pence add up to 2,202,349.00, the first three pence less."""
    given = vectors(shared)["dfe_service_fee_6000"]
    terms = given["parameters"]
    found = fees(ran([], *serviced(terms), as_at=LAST))
    assert found == ["75943.04", *["75943.07"] * 28]
    assert exact(found) == 2202349
    assert round(exact(found) / terms["service_months"], 5) == Fraction(given["expected"]["monthly"])


def test_a_service_fee_below_nothing_is_taken(shared: Path) -> None:
    """A set-up fee above 40% of the bands leaves -148,851.00: the first of 29 instalments bears the odd pence of it."""
    given = vectors(shared)["dfe_statement_total_base"]
    terms, expected = given["parameters"], given["expected"]
    found = fees(ran([], *serviced(terms), as_at=LAST))
    assert found == ["-5132.88", *["-5132.79"] * 28]
    assert exact(found) == -148851
    # the peer's month is a fraction of a penny more, and nobody can be paid it
    assert round(Fraction(-148851, terms["service_months"]), 4) == Fraction(expected["service_fee"])


def test_a_statement_may_come_to_less_than_nothing(shared: Path) -> None:
    """Four uplifts, two taken back and a month of the fee: -4,932.79, where the peer has fractions of a penny."""
    given = vectors(shared)["dfe_statement_total_base"]
    inputs, expected = given["inputs"], given["expected"]
    undone, added = inputs["uplift_refunds"], inputs["uplift_additions"]
    changes = serviced(given["parameters"])
    before = uplifted({("yes", "no"): undone}, 0, "2021-11-30", "0", *changes)
    after = uplifted({("yes", "no"): undone + added}, undone, "2021-12-30", "0", *changes)
    statement = make_statement(after.entitlement, before.statement.lines())
    sums = statement.lines().group_by("payment").agg(pl.col("amount_minor").sum())
    assert dict(sums.rows()) == {"service": -513279, "uplift": 20000}
    assert statement.total_minor == -493279
    assert round(Fraction(expected["total"]), 2) == Fraction(statement.total_minor, 100)
    assert int(expected["uplift_total"]) + int(expected["adjustments"]) == 200


def uplifted(
    many: dict[tuple[str, str], int],
    undone: int = 0,
    as_at: str = "2021-11-29",
    price: str = "995",
    *changes: tuple[str, str],
) -> Run:
    """Evaluate starts of people with these flags, some of which have been undone."""
    persons, rows = [], []
    for (premium, sparse), number in many.items():
        mine = declared({"started": number})
        for row in mine:
            row["participant"] += premium[0] + sparse[0]
        persons += people(mine, pupil_premium=premium, sparsity=sparse)
        rows += mine
    for row in rows[:undone]:
        row["voided_on"] = "2021-11-15"
    tables = {"participants": persons, "declarations": rows}
    return evaluated("teacher-development", tables, as_at, (BANDS, PRICE.format(price)), *changes)


def test_the_uplift_is_paid_once_for_either_flag(shared: Path) -> None:
    """100 starts with one flag and 200 with the other are 300 uplifts; both flags are one, and neither is none."""
    given = vectors(shared)["dfe_ecf_uplift_300"]
    inputs = given["inputs"]
    many = {("no", "yes"): inputs["sparsity_starts"], ("yes", "no"): inputs["pupil_premium_starts"]}
    assert paid(uplifted(many), "payment")["uplift"] == f"{given['expected']['total']}.00"
    assert paid(uplifted({("yes", "yes"): 3, ("no", "no"): 5}), "payment")["uplift"] == "300.00"


def test_uplifts_are_taken_back_once(shared: Path) -> None:
    """Four are added and two refunded: 400 less 200."""
    given = vectors(shared)["dfe_statement_total_base"]
    inputs, expected = given["inputs"], given["expected"]
    many = {("yes", "no"): inputs["uplift_additions"]}
    stated = uplifted(many).statement.lines().filter(payment="uplift")
    assert pounds(int(stated["amount_minor"].sum())) == f"{expected['uplift_total']}.00"
    back = make_statement(uplifted(many, inputs["uplift_refunds"]).entitlement, stated).lines()
    assert back.filter(payment="uplift")["amount_minor"].sum() == int(expected["adjustments"]) * 100


def test_shares_of_a_price_of_1000(shared: Path) -> None:
    """120 for the start, 90 for each retention, 120 for completion, and 90 for an extension, which is one more word.

    With it the shares come to more than the price, so they are no longer said to be shares of it.
    """
    expected = vectors(shared)["dfe_doc_1000_price"]["expected"]
    changes = [
        ("    times: [output_share]\n    share: milestone_share\n", "    times: [output_share, milestone_share]\n"),
        (BANDS, PRICE.format(1000)),
        ("retained_4, completed]", "retained_4, completed, extended]"),
        ("    completed: 20%\n", "    completed: 20%\n    extended: 15%\n"),
    ]
    rows = declared(dict.fromkeys((*SIX, "extended"), 1))
    found = paid(ran(rows, *changes), "occurrence")
    names = {"started": "start", "completed": "completion", "extended": "extension"}
    assert found == {word: f"{expected[names.get(word, 'retention')]}.00" for word in (*SIX, "extended")}
    assert sum(Fraction(found[word]) for word in SIX) == int(expected["output"])
    assert int(expected["service"]) + int(expected["output"]) == 1000


def test_shares_that_do_not_come_to_one_are_refused(shared: Path) -> None:
    """0.5 and 0.6 are refused when the contract is read; 0.5 and 0.5 are not."""
    given = vectors(shared)["dfe_rect_shares_must_sum_to_one"]
    assert given["expected"] == {"error": "shares do not add to 1"}
    text = (ROOT / "contracts" / "teacher-development" / "contract.yaml").read_text(encoding="utf-8")
    for word in SIX[1:5]:
        text = text.replace(f"    {word}: 15%\n", "").replace(f" {word},", "")
    shares = given["parameters"]["shares"]
    for completed, expected in [
        (shares["completed"], ["the shares of 'milestone_share' come to 110% together, and not to 100%"]),
        ("0.5", []),
    ]:
        changed = text.replace("started: 20%", f"started: {shares['started']}")
        changed = changed.replace("completed: 20%", f"completed: {completed}")
        _, problems = load(parse_document(changed.encode(), "contract.yaml"))
        assert [problem.message.partition(";")[0] for problem in problems] == expected
        assert {problem.code for problem in problems} <= {"PBR170"}


QUALIFICATION: Final = """\
pbr: 1
contract:
  {id: qualification, version: 1, providers: {lead_provider: {name: The lead provider}}, currency: GBP,
   from: 2021-09-01, to: 2024-08-31, statements: monthly}
tables:
  participants: {row_is: participant, fields: {participant: id, provider: provider, joined_on: date}}
  declarations:
    row_is: declaration
    of: participant
    fields: {milestone: {type: text, one_of: [MILESTONES]}, declared_on: date}
cohort: {of: participant, start: joined_on}
outcomes:
  milestone: {kind: event, table: declarations, date: declared_on, once_per: milestone}
payments:
  output: {kind: tariff, pays_for: milestone, price: PRICE, times: [60%, PART]}
  service: {kind: fee, amount: AMOUNT, instalments: 19, from: 2021-11-30, odd_pence: first}
"""


def qualified(words: list[str], price: str, amount: Fraction, rows: Rows) -> Run:
    """Evaluate a qualification of equal milestones, with a service fee in 19 instalments."""
    changes = [("MILESTONES", ", ".join(words)), ("PRICE", f"{price}.00"), ("PART", f"1/{len(words)}")]
    text = small.changed(*changes, ("AMOUNT", f"{amount}.00"), text=QUALIFICATION)
    frames = {
        "participants": pl.DataFrame(people(rows)).select("participant", "provider", "joined_on"),
        "declarations": pl.DataFrame(rows).select("participant", "milestone", "declared_on"),
    }
    return pbr.run(small.contract_of(text), frames, LAST)


def test_a_qualification_in_three_milestones(shared: Path) -> None:
    """Unit fees of a third of 60%, and 19 instalments of which the first bears the odd pence, as published."""
    given = vectors(shared)["dfe_cpd_npq_ltd_1_retention"]
    terms, expected = given["parameters"], given["expected"]
    counts = {milestone.replace("-", "_"): many for milestone, many in given["inputs"]["retained"].items()}
    price = terms["price_per_participant"]
    whole = Fraction(price) * Fraction(terms["service_share"]) * terms["recruitment_target"]
    done = qualified(list(counts), price, whole, declared(counts))
    lines = done.statement.lines().filter(payment="output")
    for row in expected["output"]:
        mine = lines.filter(occurrence=row["milestone"].replace("-", "_"))["amount_minor"]
        assert {pounds(minor) for minor in mine} == {row["fee_per_participant"]}
        assert pounds(int(mine.sum())) == row["subtotal"]
    assert fees(done) == expected["service_schedule"]
    assert f"{whole}.00" == expected["service_total"]


def test_ten_of_a_qualification(shared: Path) -> None:
    """800 x 60% / 3 is 160, ten times 1,600."""
    given = vectors(shared)["dfe_npq_output_10"]
    terms, expected = given["parameters"], given["expected"]
    words = [f"milestone_{number}" for number in range(terms["payment_periods"])]
    amount = Fraction(terms["price"]) * terms["service_percent"] / 100 * terms["recruitment_target"]
    done = qualified(words, terms["price"], amount, declared({words[0]: given["inputs"]["participants"]}))
    lines = done.statement.lines().filter(payment="output")
    assert {pounds(minor) for minor in lines["amount_minor"]} == {f"{expected['per_participant']}.00"}
    assert paid(done, "payment")["output"] == f"{expected['subtotal']}.00"


def test_declarations_of_different_people_each_count(shared: Path) -> None:
    """Two of each of four types by eight people; a second row of the same person and type would be no second."""
    given = vectors(shared)["dfe_npq_distinct_people"]
    inputs = dict(given["inputs"])
    number = inputs.pop("people")
    rows = [row for word, many in inputs.items() for row in declared({word: many})]
    for place, row in enumerate(rows):
        row["participant"] = f"Q{place}"
    assert len({row["participant"] for row in rows}) == number
    again = [*rows, rows[0] | {"declared_on": "2021-10-09"}]
    for each in (rows, again):
        done = qualified(list(inputs), "800", Fraction(1), each)
        found = done.statement.lines().filter(payment="output").group_by("occurrence").len().rows()
        counts: dict[str, int] = {}
        for word, many in found:
            counts[word.partition("_")[0]] = counts.get(word.partition("_")[0], 0) + many
        assert counts == given["expected"]


def test_the_first_instalment_is_of_its_day_and_the_last_lies_in_the_term() -> None:
    """On the day before nothing is owed; 29 months from 30 November 2021 end on 30 March 2024."""
    assert fees(ran([], as_at="2021-11-29")) == []
    assert fees(ran([], as_at="2021-11-30")) == ["27448.16"]
    days = ran([], as_at=LAST).statement.lines().filter(payment="service")["earned_on"].sort().to_list()
    months = [dt.date(2021 + (10 + n) // 12, (10 + n) % 12 + 1, 1) for n in range(29)]
    last = [calendar.monthrange(month.year, month.month)[1] for month in months]
    assert days == [month.replace(day=min(30, end)) for month, end in zip(months, last, strict=True)]
