"""Vectors of facilities paid for declared quantities and for quality, and of the functions of their engines."""

from __future__ import annotations

import calendar
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from tests.vectors.filed import figure, gross, paid, pounds, states, total
from tests.vectors.registry import reproduces

if TYPE_CHECKING:
    from tests.vectors.filed import Change, Filed, Rows
    from tests.vectors.given import Given

ENDS: Final = ("2007-01-31", "2007-02-28", "2007-03-31")
SETTLED: Final = "2007-05-15"
SIGNED: Final = "2007-04-10"
NEW: Final = "outcomes:\n"
SERVICES: Final = [
    *("curative", "delivery", "prenatal", "family_planning", "hiv", "immunization", "pharmacy", "growth_monitoring"),
    *("administration", "finance", "laboratory", "tb", "cleanliness"),
]
ACTS: Final = [
    *("facility_delivery", "new_family_planning_user", "fully_vaccinated_child", "four_anc_visits"),
    *("contraceptive_resupply", "curative_visit", "growth_monitoring", "first_anc_visit"),
]


def declared(centre: str, end: str, quantities: dict[str, Any], **more: str) -> Rows:
    """Give the verified quantities of a centre for a month."""
    row = {"centre": centre, "month_end": end, "verified_on": SIGNED} | more
    return [{"act": act, "verified": str(count)} | row for act, count in quantities.items()]


def assessed(centre: str, scores: dict[str, str]) -> Rows:
    """Give the scores of a centre for the quarter."""
    row = {"centre": centre, "visited_on": "2007-03-15", "signed_on": SIGNED}
    return [{"service": service, "score": score} | row for service, score in scores.items()]


def part(filed: Filed, first: str, before: str) -> str:
    """Give the text from a line up to before another."""
    text = filed.text()
    begins = text.index(f"\n{first}\n") + 1
    return text[begins : text.index(f"\n{before}\n", begins) + 1]


def rest(filed: Filed, first: str) -> str:
    """Give the text from a line to the end."""
    return filed.text()[filed.text().index(f"\n{first}\n") + 1 :]


def centres(filed: Filed, *names: str) -> Change:
    """Put other centres in place of the two of the file."""
    listed = "".join(f'    "{name}":\n      name: Facility {name}\n' for name in names)
    return part(filed, "  providers:", "  currency: USD"), f"  providers:\n{listed}"


@reproduces("rwanda_pbf_quantity_times_quality", contract="facility-pbf")
def quantity_times_quality(given: Given, filed: Filed) -> None:
    """The fees of the quarter are 354.62, the quality 0.7876, and 279.298712 is rounded once."""
    inputs, expected, terms = given["inputs"], given["expected"], given["parameters"]
    tables = {
        "quantities": declared("butare", ENDS[2], inputs["quantity"]),
        "assessments": assessed("butare", inputs["quality"]),
    }
    done = filed.run(tables, SETTLED)
    assert gross(done, "provider") == {"butare": expected["quantity_amount"]}
    assert figure(done, "quality", "butare", "Y1-Q1") == Fraction(expected["quality_score"])
    assert total(done) == expected["payment"]
    for act, price in terms["unit_price_usd"].items():
        assert f"    {act}: {price}\n" in filed.text()
    for service, weight in terms["quality_weight"].items():
        thousandths = int(Fraction(weight) * 1000)
        assert f"    {service}: {thousandths // 10}.{thousandths % 10}%\n" in filed.text()


@reproduces(
    "rbf_nigeria_pot_by_population",
    contract="facility-pbf",
    changed="its facilities; a pot divided by a quantity in place of fees; nothing is multiplied",
    excused={"expected.peer_float": "the peer's binary floats, wrong beyond 15 digits"},
)
def half_a_pot_by_population(given: Given, filed: Filed) -> None:
    """Half a zone's pot by population, in whole kobo that add up to it, where the peer has binary floats.

    The fees of acts become a pot that is divided by a quantity, which is the population; nothing is multiplied.
    """
    expected, population = given["expected"], given["inputs"]["population"]
    pot = Fraction(given["parameters"]["pot"]) / given["parameters"]["divide_by"]
    terms = f"    kind: divide\n    amount: {pot}.00\n    among: provider\n    by: quantity\n    per: [quarter]\n"
    changes = (
        centres(filed, *population),
        ("    per: [provider, act, quarter]\n", "    per: [provider, quarter]\n"),
        (part(filed, "  fee:", "  weight:"), ""),
        ("    kind: tariff\n    pays_for: quantity\n    price: fee\n", terms),
        (rest(filed, "adjustments:"), ""),
    )
    rows = [row for name, count in population.items() for row in declared(name, ENDS[2], {"curative_visit": count})]
    done = filed.run({"quantities": rows}, SETTLED, *changes)
    assert paid(done, "payee") == expected["payment_2dp"]
    assert total(done) == f"{expected['sum_of_payments']}.00"
    counts = {name: figure(done, "quantity", name, "Y1-Q1") or Fraction(0) for name in population}
    shares = {name: count / sum(counts.values()) for name, count in counts.items()}
    assert shares == {name: Fraction(share) for name, share in expected["weight_exact"].items()}
    exact = {name: round(pot * share, 10) for name, share in shares.items()}
    assert exact == {name: Fraction(amount) for name, amount in expected["payment_10dp"].items()}


def by_points(filed: Filed, quality: str, *named: str) -> list[Change]:
    """Let quality be a formula of points that are added up over services, and multiply nothing."""
    fields = "".join(f"      {name}: whole\n" for name in named)
    sums = "".join(
        f"  {name}:\n    kind: measure\n    of: assessments.{name}\n    take: sum\n    per: [provider, quarter]\n"
        "    period_of: assessments.visited_on\n    settles: period_end + 45 days\n"
        for name in named
    )
    formula = f'  quality:\n    kind: formula\n    value: "{quality}"\n'
    return [
        ("      score: share\n", fields),
        (part(filed, "  weight:", "# 2. What counts"), ""),
        (part(filed, "  service_score:", "# 3. What is paid"), sums + formula),
        (rest(filed, "adjustments:"), ""),
    ]


@reproduces(
    "rbf_cameroon_quantity_quality",
    contract="facility-pbf",
    changed="two prices; quantities by month; quality in points; a bonus on the last month in place of the factor",
)
def a_bonus_on_the_last_month(given: Given, filed: Filed) -> None:
    """Each month at its prices, to date 4,120; the quality of the quarter is a bonus on the last month only."""
    inputs, expected, prices = given["inputs"], given["expected"], given["parameters"]["price"]
    acts = {"act1": "facility_delivery", "act2": "new_family_planning_user"}
    quantity = "    of: quantities.verified\n    take: sum\n    per: [provider, act, {}]\n"
    kept = "    period_of: quantities.month_end\n    settles: period_end + 45 days\n"
    last = f"  last_month:\n    kind: measure\n{quantity.format('quarter')}{kept}    over: 1 month\n"
    bonus = "  bonus:\n    kind: tariff\n    pays_for: last_month\n    price: fee\n    times: [quality]\n"
    changes = [
        ("    facility_delivery: 4.59\n", f"    facility_delivery: {prices['act1']}.00\n"),
        ("    new_family_planning_user: 1.83\n", f"    new_family_planning_user: {prices['act2']}.00\n"),
        (quantity.format("quarter"), quantity.format("month")),
        ("  service_score:\n", f"{last}  service_score:\n"),
        ("payments:\n", f"payments:\n{bonus}"),
        *by_points(filed, "obtained / possible", "obtained", "possible"),
    ]
    rows = [
        row
        for word, act in acts.items()
        for end, count in zip(ENDS, inputs[word], strict=True)
        for row in declared("butare", end, {act: count}, verified_on=end)
    ]
    points = zip(SERVICES, inputs["quality_obtained"], inputs["quality_max"], strict=False)
    visit = {"centre": "butare", "visited_on": "2007-03-15", "signed_on": SIGNED}
    scores = [
        visit | {"service": service, "obtained": str(got), "possible": str(most)} for service, got, most in points
    ]
    done = filed.run({"quantities": rows, "assessments": scores}, SETTLED, *changes)
    assert figure(done, "quality", "butare", "Y1-Q1") == Fraction(expected["quality_score"])
    months = paid(done, "earned_on", payment="acts")
    package = [Fraction(months[day]) for day in sorted(months)]
    assert package == [Fraction(amount) for amount in expected["package"]]
    more = Fraction(paid(done, "payment")["bonus"])
    assert [*package[:2], package[2] + more] == [Fraction(amount) for amount in expected["monthly_payment"]]
    to_date = [sum(package[: place + 1]) for place in range(3)]
    assert to_date == [Fraction(amount) for amount in expected["quarter_to_date"]]


@reproduces(
    "rbf_missing_is_not_zero",
    contract="facility-pbf",
    changed="quality as a formula of points, and a price for it; nothing is multiplied",
    excused={"parameters.payment": "words; the price of the score is 100"},
)
def nothing_returned_is_no_score(given: Given, filed: Filed) -> None:
    """No figure is no score and no payment, and neither is 0; a figure of 0 is a score of 0."""
    expected = given["expected"]
    paid_for = "  score_price:\n    kind: tariff\n    pays_for: quality\n    price: 100.00\n"
    changes = [
        ("payments:\n", f"payments:\n{paid_for}"),
        *by_points(filed, given["parameters"]["score"], "achieved"),
    ]
    visit = {"centre": "butare", "service": "curative", "visited_on": "2007-03-15", "signed_on": SIGNED}
    for achieved, score in ((given["inputs"]["achieved"], expected["score"]), (0, 0), (7, Fraction(7, 10))):
        row = visit | {"achieved": "" if achieved is None else str(achieved)}
        done = filed.run({"assessments": [row]}, SETTLED, *changes)
        assert figure(done, "quality", "butare", "Y1-Q1") == score
        assert states(done, "quality", key=["butare", "Y1-Q1"])["quality"] == ("unknown" if score is None else "met")
        assert states(done, "quality", key=["gisenyi", "Y1-Q1"])["quality"] == "not_assessable"
        amounts = {name: Fraction(amount) for name, amount in paid(done, "payment").items()}
        if score is None:
            assert amounts.get("acts") == expected["package_score"]
            assert amounts.get("score_price") == expected["payment"]
            assert done.statement.lines().is_empty()
        else:
            assert amounts.get("score_price", 0) == score * 100


@reproduces(
    "rbf_decision_table_1",
    contract="facility-pbf",
    changed="prices by two labels, with `*` for any other; nothing is multiplied",
)
def the_most_specific_row(given: Given, filed: Filed) -> None:
    """The most specific row wins: a figure of its own before `*`. The first column has one word and is left out."""
    terms = given["parameters"]
    *columns, out = terms["columns"]
    rows: dict[str, dict[str, str]] = {}
    for first, second, third, figure_ in terms["rows"]:
        assert (columns[0], first) == ("l1", given["inputs"]["lookup"][0])
        rows.setdefault(second, {})[third] = figure_
    table = "".join(
        f'    "{key}": {{{", ".join(f"{word!r}: {price}" for word, price in row.items())}}}\n'.replace("'", '"')
        for key, row in rows.items()
    )
    places = ["namur", "brussel", "elsewhere"], ["kk", "none"]
    fields = "".join(
        f"      {column}: {{type: text, one_of: [{', '.join(words)}]}}\n"
        for column, words in zip(columns[1:], places, strict=True)
    )
    changes = (
        ("      month_end: date\n", f"      month_end: date\n{fields}"),
        ("    key: [centre, month_end, act]\n", f"    key: [centre, month_end, {', '.join(columns[1:])}]\n"),
        (part(filed, "  fee:", "  weight:"), f"  {out}:\n    by: [{', '.join(columns[1:])}]\n{table}"),
        ("    price: fee\n", f"    price: {out}\n"),
        ("    per: [provider, act, quarter]\n", f"    per: [provider, {', '.join(columns[1:])}, quarter]\n"),
        (rest(filed, "adjustments:"), ""),
    )
    returned = [
        row
        for second in places[0]
        for third in places[1]
        for row in declared(
            "butare", ENDS[2], {"curative_visit": 1}, **dict(zip(columns[1:], (second, third), strict=True))
        )
    ]
    lines = filed.run({"quantities": returned}, SETTLED, *changes).statement.lines()
    found = {tuple(group.split(", ")): pounds(minor) for group, minor in lines.select("group", "amount_minor").rows()}
    lookup = tuple(given["inputs"]["lookup"][1:])
    assert found[lookup] == f"{given['expected']['value']}.00"
    for second in places[0]:
        for third in places[1]:
            specific = rows.get(second, rows["*"])
            assert found[second, third] == f"{specific.get(third, specific['*'])}.00"


@reproduces(
    "rbf_three_payers",
    contract="facility-pbf",
    changed="the price of one act; three payers, between whom what is due is split",
)
def a_pot_between_three_payers(given: Given, filed: Filed) -> None:
    """A pot of 10,000 times 20% between three, to the cent: the pot is one act at its price, and 20% its quality."""
    terms, payers = given["parameters"], given["inputs"]["percent"]
    shares = ", ".join(f"{name}: {percent}%" for name, percent in payers.items())
    split = f"    per: [provider, quarter]\n  - id: payers\n    kind: split\n    between: {{{shares}}}\n"
    quality = "    by: quality\n    per: [provider, quarter]\n"
    changes = (
        centres(filed, "butare", *payers),
        ("    curative_visit: 0.18\n", f"    curative_visit: {terms['pot']}.00\n"),
    )
    tables = {
        "quantities": declared("butare", ENDS[2], {"curative_visit": 1}),
        "assessments": assessed("butare", dict.fromkeys(SERVICES, terms["rate"])),
    }
    for per in ("", "    per: [provider, contract_year]\n"):
        found = paid(filed.run(tables, SETTLED, *changes, (quality, f"    by: quality\n{split}{per}")), "payee")
        assert found.pop("butare") == "0.00"
        assert found == {name: f"{amount}.00" for name, amount in given["expected"].items()}


@reproduces(
    "rbf_contract_overlap",
    contract="facility-pbf",
    changed="the term; a table of contracts, and an outcome for a day of each in the term",
)
def contracts_with_a_day_in_common(given: Given, filed: Filed) -> None:
    """Of five contracts three have a day in common with that of July 2018 to December 2021, which is the term here."""
    first, last = (month_of(month) for month in given["parameters"]["reference"])
    fields = "{other: id, provider: provider, listed: date, begins: date, ends: date}"
    others = f"  others:\n    row_is: other\n    fields: {fields}\n"
    spell = "spells:\n  runs: {table: others, from: begins, to: ends}\n"
    held = "  overlaps: {kind: held, in: [runs], run: unbroken, for: 1 day, window: {from: start}}\n"
    changes = (
        ("  from: 2007-01-01\n  to: 2007-12-31\n", f"  from: {first[0]}\n  to: {last[1]}\n"),
        ("tables:\n", f"tables:\n{others}"),
        ("values:\n", f"cohort: {{of: other, start: listed}}\n{spell}values:\n"),
        (NEW, f"{NEW}{held}"),
    )
    own = {"provider": "butare", "listed": first[0]}
    rows = [
        own | {"other": str(place), "begins": month_of(begins)[0], "ends": month_of(ends)[1]}
        for place, (begins, ends) in enumerate(given["inputs"]["others"])
    ]
    done = filed.run({"others": rows}, "2022-12-31", *changes)
    found = done.decisions.rows().filter(outcome="overlaps").sort("subject")["state"]
    assert [state == "met" for state in found] == given["expected"]["overlaps"]


def month_of(text: str) -> tuple[str, str]:
    """Give the first and the last day of a month."""
    year, month = map(int, text.split("-"))
    return f"{text}-01", f"{text}-{calendar.monthrange(year, month)[1]}"


def banded(steps: list[str]) -> Change:
    """Score each quantity by steps."""
    return NEW, f"{NEW}  band: {{kind: scale, of: quantity, points: {{{', '.join(steps)}}}}}\n"


@reproduces("rbf_score_table_1", contract="facility-pbf", changed="a score by steps")
def a_score_by_steps(given: Given, filed: Filed) -> None:
    """A lookup by steps: each value has one step, and what lies outside has the score that is written for it."""
    bands, otherwise = given["parameters"]["bands"], given["parameters"]["otherwise"]
    steps = [f"{low} to under {high}: {score}" for low, high, score in bands]
    change = banded([*steps, "under 0: 200", f"{bands[-1][1]} or more: {otherwise}"])
    values = dict(zip(ACTS, (0, 1, 2, 3, 4, 5, 6, 9), strict=True))
    done = filed.run({"quantities": declared("butare", ENDS[2], values)}, SETTLED, change)
    found = {value: figure(done, "band", "butare", act, "Y1-Q1") for act, value in values.items()}
    assert found[given["inputs"]["value"]] == Fraction(given["expected"]["score"])
    for value, score in found.items():
        assert score == next((each for low, high, each in bands if low <= value < high), otherwise)


@reproduces(
    "rbf_score_table_no_match_is_an_error_for_us",
    contract="facility-pbf",
    changed="a score by steps that leave values out",
)
def a_value_without_a_step(given: Given, filed: Filed) -> None:
    """Without a step for 9 and -1 the contract cannot be signed, where the peer pays 9 and -1."""
    terms, expected = given["parameters"], given["expected"]
    assert terms["otherwise"] is None
    steps = [f"{low} to under {high}: {score}" for low, high, score in terms["bands"]]
    found = filed.refused(banded(steps))
    assert {problem.code: "explicit no-match" for problem in found} == {"PBR157": expected["ours"]}
    witnesses = [int(problem.message.partition(" is in no step")[0]) for problem in found]
    low, high = terms["bands"][0][0], terms["bands"][-1][1]
    values = given["inputs"]["values"]
    for value in values:
        assert not low <= value < high
        assert any((value < low) == (witness < low) for witness in witnesses)
    assert expected["peer"] == values


def of_numbers(text: str) -> Change:
    """Add an outcome that is a formula of numbers alone."""
    return NEW, f'{NEW}  it: {{kind: formula, value: "{text}"}}\n'


@reproduces(
    "rbf_float_defect_1",
    contract="facility-pbf",
    changed="a formula of numbers",
    excused={"expected.peer": "what binary floats come to, wrong on purpose"},
)
def a_decimal_is_exact(given: Given, filed: Filed) -> None:
    """1.005 to two places is 1.01."""
    done = filed.run({}, "2007-12-31", of_numbers(given["inputs"]["expression"]))
    assert figure(done, "it") == Fraction(given["expected"]["ours"])


@reproduces("rbf_round_half_1", contract="facility-pbf", changed="a formula of numbers")
def halves_away_from_nothing(given: Given, filed: Filed) -> None:
    """2.5 is rounded to 3."""
    assert given["inputs"]["function"] == "round_half_away"
    done = filed.run({}, "2007-12-31", of_numbers(f"round({given['inputs']['args'][0]})"))
    assert figure(done, "it") == Fraction(given["expected"]["value"])


@reproduces("rbf_error_01", contract="facility-pbf", changed="a formula of numbers")
def a_division_by_nothing(given: Given, filed: Filed) -> None:
    """A division by 0 is refused when the contract is read, by name."""
    (problem,) = filed.refused(of_numbers(given["inputs"]["expression"]))
    words = {"nothing can be divided by 0": "division by zero"}
    assert (problem.code, words[problem.message]) == ("PBR022", given["expected"]["error"])
