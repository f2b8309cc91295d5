"""Vectors of teacher development: volume bands, clawback, milestones, fees in instalments, uplift and tax."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from pbr.statement import make_statement
from tests.vectors.filed import figure, paid, pounds
from tests.vectors.registry import reproduces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.api import Run
    from tests.vectors.filed import Change, Filed
    from tests.vectors.given import Given

CONTRACT: Final = "teacher-development"
TRAINING: Final = "early-career-training"
QUALIFICATIONS: Final = "teacher-qualifications"
LAST: Final = "2024-08-31"
BEFORE: Final = "2021-11-29"
"""The day before the first instalment."""
BANDS: Final = "      1 to 2: 995.00\n      3 to 4: 979.00\n      5 to 6: 966.00\n"
FEE: Final = "    amount: 796000.00\n    instalments: 29\n"
WORDS: Final = "[started, retained_1, retained_2, retained_3, retained_4, completed]"
SHARES: Final = (
    "    started: 20%\n    retained_1: 15%\n    retained_2: 15%\n    retained_3: 15%\n    retained_4: 15%\n"
    "    completed: 20%\n"
)
SIX: Final = ("started", "retained_1", "retained_2", "retained_3", "retained_4", "completed")
MILESTONES: Final = {"start": "started", "completion": "completed"} | {
    f"retention-{number}": f"retained_{number}" for number in range(1, 5)
}


def at(price: str | Fraction) -> Change:
    """Put one price in place of the bands."""
    return BANDS, f"      1 or more: {price}.00\n"


def banded(capacities: list[int | None], prices: list[str]) -> Change:
    """Put bands of so many places each in place of those of the file."""
    lines, first = [], 1
    for capacity, price in zip(capacities, prices, strict=True):
        step = f"{first} or more" if capacity is None else f"{first} to {first + capacity - 1}"
        lines.append(f"      {step}: {price}.00\n")
        first += capacity or 0
    return BANDS, "".join(lines)


@lru_cache(maxsize=64)
def returned(counts: tuple[tuple[str, int], ...], *, each_own: bool = False, **flags: str) -> dict[str, pl.DataFrame]:
    """Give so many declarations of each milestone, by the same people unless each is of its own, and who these are.

    The frames are kept, so that the same return is the same frames.
    """
    milestones = [word for word, many in counts for _ in range(many)]
    places = list(range(len(milestones))) if each_own else [place for _, many in counts for place in range(many)]
    names = [f"P{place:05}" for place in places]
    declarations = pl.DataFrame(
        {"participant": names, "milestone": milestones}, schema=dict.fromkeys(("participant", "milestone"), pl.String)
    )
    own = {"provider": "lead_provider", "joined_on": "2021-09-01", "recorded_on": "2021-09-01"}
    own |= ({} if "course" in flags else {"pupil_premium": "no", "sparsity": "no"}) | flags
    people = declarations.select(pl.col("participant").unique().sort())
    on = {"declared_on": "2021-10-01", "voided_on": "", "recorded_on": "2021-10-01"}
    return {
        "participants": people.with_columns(**{name: pl.lit(value) for name, value in own.items()}),
        "declarations": declarations.with_columns(**{name: pl.lit(value) for name, value in on.items()}),
    }


def counted(counts: Mapping[str, int], provider: str = "lead_provider") -> dict[str, pl.DataFrame]:
    """Give so many declarations of each milestone, by the same people."""
    return returned(tuple(counts.items()), provider=provider)


def apart(parts: Mapping[str, dict[str, pl.DataFrame]]) -> dict[str, pl.DataFrame]:
    """Put returns together as of different people: the word of each is added to their names."""
    return {
        table: pl.concat(
            one[table].with_columns(participant=pl.col("participant") + pl.lit(word)) for word, one in parts.items()
        )
        for table in ("participants", "declarations")
    }


def per_band(done: Run, occurrence: str = "started") -> tuple[list[int], int]:
    """Count the lines of each band, in the order of its places, and those that found no place."""
    lines = done.statement.lines().filter(payment="output", occurrence=occurrence)
    payment: Any = done.plan.terms.payments["output"]
    places = dict(lines.group_by("group").len().rows())
    return [places.get(step, 0) for step in payment.bands], lines.filter(reason="no_place").height


def fees(done: Run, provider: str = "lead_provider") -> list[str]:
    """List the instalments of the service fee."""
    lines = done.statement.lines().filter(payment="service", provider=provider).sort("instalment")
    return [pounds(minor) for minor in lines["amount_minor"]]


def whole(found: list[str]) -> Fraction:
    """Sum instalments."""
    return sum(map(Fraction, found), Fraction(0))


# ---- bands


def rows_added(earlier: int, now: int, undone: int) -> dict[str, pl.DataFrame]:
    """Give starts of an earlier statement, those that this one adds, and let the first of all be undone in it."""
    tables = counted({"started": earlier + now})
    place = pl.int_range(pl.len())
    on = pl.when(place < earlier).then(pl.lit("2021-10-01")).otherwise(pl.lit("2021-11-01"))
    void = pl.when(place < undone).then(pl.lit("2021-11-15")).otherwise(pl.lit(""))
    rows = tables["declarations"].with_columns(declared_on=on, recorded_on=on, voided_on=void)
    return tables | {"declarations": rows}


def each_band(given: Given, filed: Filed) -> None:
    """Places of earlier statements count on; what is clawed back empties bands from the last.

    What a statement adds is what there is more before anything is undone, and what it subtracts is what there is less
    after it. The money of the statement is the net at the price of each band.
    """
    inputs, expected = given["inputs"], given["expected"]
    prices = ["400", "300", "200", "100"]
    change = banded(given["parameters"]["band_capacity"], prices)
    assert inputs["previous_refunded"] == 0
    tables = rows_added(inputs["previous_billable"], inputs["current_billable"], inputs["current_refunded"])
    before, added, after = (filed.run(tables, day, change) for day in ("2021-10-31", "2021-11-14", BEFORE))
    (old, _), (more, unplaced), (new, _) = map(per_band, (before, added, after))
    assert sum(old) == inputs["previous_billable"]
    assert [later - earlier for later, earlier in zip(more, old, strict=True)] == expected["additions"]
    assert [earlier - later for later, earlier in zip(new, more, strict=True)] == expected["subtractions"]
    net = [later - earlier for later, earlier in zip(new, old, strict=True)]
    assert net == expected["net"]
    assert unplaced == expected["unallocated"]
    difference = make_statement(after.entitlement, before.statement.lines()).total_minor
    assert difference == sum(Fraction(price) * 12 * count for price, count in zip(prices, net, strict=True))


for _name in (
    "dfe_band_none",
    "dfe_band_a_partial",
    "dfe_band_overflow_b",
    "dfe_band_prev_partial_spill",
    "dfe_band_clawback_with_adds",
):
    reproduces(_name, contract=CONTRACT, changed="four bands of two places")(each_band)


@reproduces("dfe_participant_band_2001_after_0", contract=TRAINING)
def the_2001st_person(given: Given, filed: Filed) -> None:
    """2,001 achievements fill the first 2,000 places and one of the next; one fewer leaves the second band empty."""
    first, second, _ = given["parameters"]["band_limits"]
    assert f"      1 to {first}: price_a\n      {first + 1} to {second}: price_b\n" in filed.text()
    assert given["inputs"]["previous"] == 0
    many, expected = given["inputs"]["current"], given["expected"]
    filled, unplaced = per_band(filed.run(counted({"started": many}, "registered"), BEFORE))
    assert filled == expected["per_band"]
    assert unplaced == expected["unallocated"]
    assert per_band(filed.run(counted({"started": many - 1}, "registered"), BEFORE)) == ([2000, 0, 0], 0)


@reproduces("dfe_guidance_bands_6000", contract=TRAINING)
def a_shrinking_cohort(given: Given, filed: Filed) -> None:
    """The published table: 6,000 starts to 3,500 completions, in bands of 2,000, the last without an end."""
    first, second, last = given["parameters"]["band_capacity"]
    limits = f"      1 to {first}: price_a\n      {first + 1} to {first + second}: price_b\n"
    assert last is None
    assert f"{limits}      {first + second + 1} or more: price_c\n" in filed.text()
    counts = dict(zip(SIX, given["inputs"]["participants_per_milestone"], strict=True))
    done = filed.run(counted(counts, "registered"), BEFORE)
    for milestone, row in zip(SIX, given["expected"]["per_band"], strict=True):
        filled, unplaced = per_band(done, milestone)
        assert filled == row
        assert unplaced == 0


@reproduces(
    "dfe_ecf_output_three_bands", contract=CONTRACT, changed="bands of 200, 200 and 100 places at the vector's prices"
)
def subtotals_of_three_bands(given: Given, filed: Filed) -> None:
    """200, 200 and 100 starts at three prices, and the first band alone at 50 and at 90."""
    terms, expected = given["parameters"], given["expected"]
    bands = [(band["min"], band["max"]) for band in terms["bands"]]
    assert bands == [(0, 200), (201, 400), (401, 500)]
    change = banded([200, 200, 100], [band["price"] for band in terms["bands"]])
    assert f"  output_share: {Fraction(terms['output_share']) * 100}%\n" in filed.text()
    assert f"    started: {Fraction(terms['milestone_share']) * 100}%\n" in filed.text()
    names = {500: "band_subtotals_at_500", 50: "band_a_at_50", 90: "band_a_at_90"}
    for many in given["inputs"]["total_participants"]:
        sums = paid(filed.run(counted({"started": many}), BEFORE, change), "group")
        found = [sums[step] for step in sorted(sums)]
        assert (found if many == 500 else found[0]) == expected[names[many]]
        assert len(found) == (3 if many == 500 else 1)


# ---- milestones and service fees


@reproduces("dfe_cpd_ecf_example_1", contract=CONTRACT, changed="one price")
def milestones_and_a_service_fee(given: Given, filed: Filed) -> None:
    """Each milestone at its share of 60% of 995; the fee of 796,000 in 29 instalments that add up to it."""
    terms, expected = given["parameters"], given["expected"]
    price, places, months = (terms[word] for word in ("price_per_participant", "recruitment_target", "service_months"))
    assert f"  output_share: {Fraction(terms['output_share']) * 100}%\n" in filed.text()
    fee = Fraction(price) * places * Fraction(terms["service_share"]) - Fraction(terms["setup_fee"])
    assert f"    amount: {fee}.00\n    instalments: {months}\n" == FEE
    retained = given["inputs"]["retained"]
    done = filed.run(counted({MILESTONES[name]: retained[name] for name in retained}), LAST, at(price))
    lines = done.statement.lines().filter(payment="output")
    for row in expected["schedule"]:
        mine = lines.filter(occurrence=MILESTONES[row["milestone"]])["amount_minor"]
        assert mine.len() == row["retained"]
        assert {pounds(minor) for minor in mine} == {row["fee_per_participant"]}
        assert pounds(int(mine.sum())) == f"{row['subtotal']}.00"
    one = filed.run(counted(dict.fromkeys(SIX, 1)), BEFORE, at(price))
    assert paid(one, "payment") == {"output": f"{expected['output_fee_per_participant']}.00"}
    assert fees(done) == ["27448.16", *["27448.28"] * 28]
    assert whole(fees(done)) == int(expected["service_fee_total"])
    assert whole(fees(done)) / places == int(expected["service_fee_per_participant"])
    # the peer rounds each month to whole pounds, and loses eight of them
    assert round(whole(fees(done)) / months) == int(expected["service_fee_monthly"])
    assert whole(fees(done)) - months * int(expected["service_fee_monthly"]) == 8


@reproduces(
    "dfe_cpd_ecf_setup_fee", contract=TRAINING, changed="the price of the first band, none of the others, set-up fee"
)
def a_set_up_fee_is_taken_from_the_service_fee(given: Given, filed: Filed) -> None:
    """At 1,400 with 150,000 for 2,000 places: 485 and 840 for each."""
    terms, expected = given["parameters"], given["expected"]
    assert f"    dated: {{2021-09-01: {Fraction(terms['output_share']) * 100}%}}\n" in filed.text()
    assert f" * {Fraction(terms['service_share']) * 100}% - set_up" in filed.text()
    tables = counted(dict.fromkeys(SIX, 1), "registered")
    done = filed.run(tables, LAST, *priced(terms["price_per_participant"]), set_up_at(terms["setup_fee"]))
    places = terms["recruitment_target"]
    assert f"    registered: {places}\n" in filed.text()
    assert whole(fees(done, "registered")) / places == int(expected["service_fee_per_participant"])
    assert paid(done, "payment")["output"] == f"{expected['output_fee_per_participant']}.00"


def priced(first: str) -> tuple[Change, ...]:
    """Put a price in place of that of the first band of early career training, and none in place of the others."""
    prices = {"995": first, "979": "0", "966": "0"}
    return tuple((f"{{2021-09-01: {old}.00}}", f"{{2021-09-01: {new}.00}}") for old, new in prices.items())


def set_up_at(fee: str) -> Change:
    """Put another set-up fee in place of that of early career training."""
    return "{2021-09-01: 149651.00}", f"{{2021-09-01: {fee}.00}}"


def serviced(terms: Mapping[str, Any]) -> tuple[Change, ...]:
    """Give the contract a service fee that is worked out: 40% of the price of each band's places, less a set-up fee."""
    if "bands" in terms:
        bands = [(band["capacity"], band["price"]) for band in terms["bands"]]
    else:
        bands = [(terms["recruitment_target"], terms["price_per_participant"])]
    values = f"  set_up: {terms['setup_fee']}.00\n"
    for number, (places, price) in enumerate(bands, 1):
        values += f"  places_{number}: {places}\n  price_{number}: {price}.00\n"
    sums = " + ".join(f"places_{number} * price_{number}" for number in range(1, len(bands) + 1))
    formula = f'  fixed_sum: {{kind: formula, value: "({sums}) * 40% - set_up", unit: money}}\n'
    months = terms.get("service_months", 29)
    return (
        ("values:\n", f"values:\n{values}"),
        ("outcomes:\n", f"outcomes:\n{formula}"),
        (FEE, f"    amount: fixed_sum\n    instalments: {months}\n"),
    )


@reproduces("dfe_ecf_service_fee_setup_1", contract=TRAINING, changed="the price of the first band, none of the others")
def instalments_add_up(given: Given, filed: Filed) -> None:
    """647,149.00 in 29: the published month, but for the first, which bears eight pence."""
    terms, expected = given["parameters"], given["expected"]
    places, months = terms["recruitment_target"], terms["service_months"]
    assert f"    dated: {{2021-09-01: {terms['setup_fee']}.00}}\n" in filed.text()
    assert f"    registered: {places}\n" in filed.text()
    found = fees(filed.run({}, LAST, *priced(terms["price_per_participant"])), "registered")
    assert found == ["22315.56", *[expected["monthly"]] * (months - 1)]
    assert f"{whole(found)}.00" == expected["total"]
    assert whole(found) / places == Fraction("323.5745")
    assert round(whole(found) / places, 2) == Fraction(expected["per_participant"])


@reproduces("dfe_service_fee_6000", contract=TRAINING)
def a_month_of_fractions_of_a_penny(given: Given, filed: Filed) -> None:
    """Nobody can be paid 75,943.06897: 29 instalments of whole pence add up to 2,202,349.00, the first three less."""
    terms = given["parameters"]
    assert f"    dated: {{2021-09-01: {terms['setup_fee']}.00}}\n" in filed.text()
    assert terms["recruitment_target"] == sum(band["capacity"] for band in terms["bands"])
    for letter, band in zip("abc", terms["bands"], strict=True):
        assert f"    registered: {band['capacity']}\n" in filed.text()
        assert f"{{2021-09-01: {band['price']}.00}}" in filed.text().partition(f"price_{letter}:")[2]
    found = fees(filed.run({}, LAST), "registered")
    assert found == ["75943.04", *["75943.07"] * 28]
    assert whole(found) == 2202349
    assert round(whole(found) / terms["service_months"], 5) == Fraction(given["expected"]["monthly"])


@lru_cache(maxsize=16)
def undone(number: int, of: int) -> dict[str, pl.DataFrame]:
    """Give starts of people in schools with a premium, of which the first are undone on 15 December 2021."""
    tables = returned((("started", of),), pupil_premium="yes")
    void = pl.when(pl.int_range(pl.len()) < number).then(pl.lit("2021-12-15")).otherwise(pl.lit(""))
    return tables | {"declarations": tables["declarations"].with_columns(voided_on=void)}


@reproduces(
    "dfe_statement_total_base",
    contract=CONTRACT,
    changed="no price for milestones; the fee as a formula of four bands, less a set-up fee",
    excused={"parameters.recruitment_target": "the places that the fee is of are those of its bands, which are 8"},
)
def a_statement_below_nothing(given: Given, filed: Filed) -> None:
    """A set-up fee above 40% of the bands leaves -148,851.00, of which each statement takes a part, and is not floored.

    The statement of January adds four uplifts and takes two back of those before: -4,932.79, where the peer has the
    month's fraction of a penny more.
    """
    terms, inputs, expected = given["parameters"], given["inputs"], given["expected"]
    uplift = ("    price: 100.00\n", f"    price: {terms['uplift']}.00\n")
    changes = (at("0"), uplift, *serviced(terms))
    found = fees(filed.run({}, LAST, *changes))
    assert found == ["-5132.88", *["-5132.79"] * 28]
    month = whole(found) / terms["service_months"]
    assert round(month, 4) == Fraction(expected["service_fee"])
    back, added = inputs["uplift_refunds"], inputs["uplift_additions"]
    before = filed.run(undone(0, back), "2021-12-14", *changes)
    more = filed.run(undone(0, back + added), "2021-12-14", *changes)
    after = filed.run(undone(back, back + added), "2021-12-30", *changes)

    def stated(later: Run, earlier: Run) -> dict[str, Fraction]:
        """Sum what a statement has of each payment after an earlier one."""
        lines = make_statement(later.entitlement, earlier.statement.lines()).lines()
        sums = lines.group_by("payment").agg(pl.col("amount_minor").sum()).rows()
        return {name: Fraction(minor, 100) for name, minor in sums}

    assert stated(more, before) == {"uplift": int(expected["uplift_total"])}
    net = stated(after, before)
    assert net == {"service": Fraction(found[1]), "uplift": net["uplift"]}
    assert net["uplift"] - int(expected["uplift_total"]) == int(expected["adjustments"])
    assert round(month + net["uplift"], 4) == Fraction(expected["total"])
    assert sum(net.values()) == Fraction("-4932.79")


@reproduces("dfe_ecf_uplift_300", contract=CONTRACT, changed="one price")
def an_uplift_for_either_flag(given: Given, filed: Filed) -> None:
    """100 starts with one flag and 200 with the other are 300 uplifts; both flags are one, and neither is none."""
    inputs = given["inputs"]
    assert f"    pays_for: started_in_need\n    price: {given['parameters']['uplift']}.00\n" in filed.text()
    flags = {
        "sparse": ("no", "yes", inputs["sparsity_starts"]),
        "premium": ("yes", "no", inputs["pupil_premium_starts"]),
        "both": ("yes", "yes", 3),
        "neither": ("no", "no", 5),
    }
    found = {}
    for names in (("sparse", "premium"), ("both", "neither")):
        parts = {}
        for name in names:
            premium, sparse, many = flags[name]
            parts[name] = returned((("started", many),), pupil_premium=premium, sparsity=sparse)
        found[names] = paid(filed.run(apart(parts), BEFORE, at("995")), "payment")["uplift"]
    assert found["sparse", "premium"] == f"{given['expected']['total']}.00"
    assert found["both", "neither"] == "300.00"


@reproduces(
    "dfe_doc_1000_price",
    contract=CONTRACT,
    changed="one price; an extension as a seventh milestone; the fee of one place",
)
def shares_of_a_price_of_1000(given: Given, filed: Filed) -> None:
    """120 for the start, 90 for each retention, 120 for completion, and 90 for an extension, which is one more word.

    With it the shares come to more than the price, so they are no longer said to be shares of it. 400 of it is fixed.
    """
    expected, price = given["expected"], given["parameters"]["price"]
    changes = [
        ("    times: [output_share]\n    share: milestone_share\n", "    times: [output_share, milestone_share]\n"),
        at(price),
        (WORDS, WORDS.replace("completed]", "completed, extended]")),
        (SHARES, f"{SHARES}    extended: 15%\n"),
        *serviced({"recruitment_target": 1, "price_per_participant": price, "setup_fee": "0"}),
    ]
    done = filed.run(counted(dict.fromkeys((*SIX, "extended"), 1)), LAST, *changes)
    found = paid(done, "occurrence", payment="output")
    names = {"started": "start", "completed": "completion", "extended": "extension"}
    assert found == {word: f"{expected[names.get(word, 'retention')]}.00" for word in (*SIX, "extended")}
    assert sum(Fraction(found[word]) for word in SIX) == int(expected["output"])
    assert whole(fees(done)) == int(expected["service"])


@reproduces("dfe_rect_shares_must_sum_to_one", contract=CONTRACT, changed="two milestones with the vector's shares")
def shares_that_do_not_come_to_one(given: Given, filed: Filed) -> None:
    """0.5 and 0.6 are refused when the contract is read; 0.5 and 0.5 are not."""
    shares = given["parameters"]["shares"]
    words = "[started, completed]"
    said = {"the shares of 'milestone_share' come to 110% together, and not to 100%": "shares do not add to 1"}
    for completed, expected in ((shares["completed"], [given["expected"]["error"]]), ("0.5", [])):
        written = f"    started: {shares['started']}\n    completed: {completed}\n"
        problems = filed.refused((WORDS, words), (SHARES, written))
        assert [said[problem.message.partition(";")[0]] for problem in problems] == expected
        assert {problem.code for problem in problems} <= {"PBR170"}


@reproduces(
    "dfe_rect_total_vat", contract=TRAINING, changed="one price, uplift and fee, and no part of the price kept back"
)
def tax_of_who_is_registered(given: Given, filed: Filed) -> None:
    """Outputs of 200, uplifts of 50 and a fee of 1,000 have a VAT of 250; who is not registered has none."""
    inputs, expected = given["inputs"], given["expected"]
    who = ("registered", "exempt")
    assert f"    registered: {Fraction(given['parameters']['vat_rate']) * 100}%\n    exempt: 0%\n" in filed.text()
    changes = (
        ("    dated: {2021-09-01: 60%}\n", "    dated: {2021-09-01: 100%}\n"),
        ("{2021-09-01: 995.00}", "{2021-09-01: 1000.00}"),
        ("    price: 100.00\n", "    price: 50.00\n"),
        ("    amount: service_sum\n    instalments: 29\n", "    amount: 1000.00\n    instalments: 1\n"),
    )
    tables = apart({each: returned((("started", 1),), pupil_premium="yes", provider=each) for each in who})
    in_november = tables["declarations"].with_columns(declared_on=pl.lit("2021-11-10"))  # the month of the fee
    done = filed.run(tables | {"declarations": in_november}, LAST, *changes)
    parts_of: dict[tuple[str | None, str], str] = {(None, "registered"): expected["vat"]}
    for payment, word in (("output", "outputs"), ("uplift", "uplifts"), ("service", "service_fee")):
        parts_of |= {(payment, each): inputs[word] for each in who}
    assert paid(done, "payment", "payee") == {key: f"{amount}.00" for key, amount in parts_of.items()}
    totals = paid(done, "payee")
    assert totals["registered"] == f"{expected['total_with_vat']}.00"
    assert totals["exempt"] == f"{expected['total_not_registered']}.00"
    assert Fraction(totals["registered"]) - int(expected["vat"]) == int(expected["total"])
    (tax,) = done.statement.lines().filter(adjustment="vat").iter_rows(named=True)
    shown = ("subject", "occurrence", "period", "reason", "clause", "group")
    assert [tax[name] for name in shown] == [None, "vat Y1-M03", "Y1-M03", "tax", "5.1", "registered"]
    lines = enumerate(filed.text(*changes).splitlines(), 1)
    (place,) = (number for number, text in lines if text == "    registered: 20%")
    assert tax["price_place"].endswith(f"contract.yaml:{place}")


# ---- qualifications


@reproduces(
    "dfe_cpd_npq_ltd_1_retention",
    contract=QUALIFICATIONS,
    excused={"parameters.rounding": "words: the contract's own mode, and `odd_pence: first`"},
)
def a_qualification_in_three_milestones(given: Given, filed: Filed) -> None:
    """Unit fees of a third of 60%, and 19 instalments of which the first bears the odd pence, as published."""
    terms, expected = given["parameters"], given["expected"]
    price = terms["price_per_participant"]
    amount = Fraction(price) * Fraction(terms["service_share"]) * terms["recruitment_target"]
    assert f"    amount: {amount}.00\n    instalments: {terms['service_months']}\n" in filed.text()
    assert f"    dated: {{2021-09-01: {Fraction(terms['output_share']) * 100}%}}\n" in filed.text()
    assert f"leading_teaching: {price}.00" in filed.text()
    retained = given["inputs"]["retained"]
    counts = tuple((milestone.replace("-", "_"), retained[milestone]) for milestone in retained)
    done = filed.run(returned(counts, course="leading_teaching", targeted="no"), LAST)
    lines = done.statement.lines().filter(payment="output")
    for row in expected["output"]:
        mine = lines.filter(occurrence=row["milestone"].replace("-", "_"))["amount_minor"]
        assert {pounds(minor) for minor in mine} == {row["fee_per_participant"]}
        assert pounds(int(mine.sum())) == row["subtotal"]
    assert fees(done) == expected["service_schedule"]
    assert paid(done, "payment")["service"] == expected["service_total"]


@reproduces(
    "dfe_npq_output_10",
    contract=QUALIFICATIONS,
    excused={"parameters.recruitment_target": "of the service fee, of which the vector expects nothing"},
)
def ten_of_a_qualification(given: Given, filed: Filed) -> None:
    """800 x 60% / 3 is 160, ten times 1,600."""
    terms, expected = given["parameters"], given["expected"]
    assert f"    dated: {{2021-09-01: {terms['output_percent']}%}}\n" in filed.text()
    assert terms["output_percent"] + terms["service_percent"] == 100
    assert filed.text().count(f": 1/{terms['payment_periods']}\n") == terms["payment_periods"]
    assert f"    instalments: {terms['service_instalments']}\n" in filed.text()
    assert f"headship: {terms['price']}.00" in filed.text()
    ten = (("commencement", given["inputs"]["participants"]),)
    done = filed.run(returned(ten, course="headship", targeted="yes"), BEFORE)
    lines = done.statement.lines().filter(payment="output")
    assert {pounds(minor) for minor in lines["amount_minor"]} == {f"{expected['per_participant']}.00"}
    targeted = f"{int(terms['targeted_funding']) * 10}.00"
    assert paid(done, "payment") == {"output": f"{expected['subtotal']}.00", "targeted": targeted}


@reproduces("dfe_npq_distinct_people", contract=TRAINING)
def declarations_of_different_people(given: Given, filed: Filed) -> None:
    """Two of each of four types by eight people; a second row of the same person and type would be no second."""
    inputs = dict(given["inputs"])
    number = inputs.pop("people")
    tables = returned(tuple(inputs.items()), each_own=True, provider="registered")
    first = tables["declarations"].head(1).with_columns(declared_on=pl.lit("2021-10-09"))
    again = tables | {"declarations": pl.concat([tables["declarations"], first])}
    for each in (tables, again):
        done = filed.run(each, LAST)
        counts: dict[str, int] = {}
        for word, many in done.statement.lines().filter(payment="output").group_by("occurrence").len().rows():
            kind = word.partition("_")[0]
            counts[kind] = counts.get(kind, 0) + many
        assert counts == given["expected"]
        assert figure(done, "teachers", "registered") == number
