"""Sums for groups: what is multiplied and by what, repayments and credits, their days, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from pbr.condition import Kind
from pbr.contract import check_sums
from tests import small
from tests.test_measure import THREE, TWO_JOBS, job, person, text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden

QUARTERS: Final = "kind: measure, of: job, per: [provider, quarter], period_of: start, settles: period_end"
ENOUGH: Final = "  enough: {kind: test, of: placed, at_least: 60%}\n"
ENDS: Final = "2025-06-30"


def amounts(payments: str, more: str = ENOUGH, *changes: tuple[str, str]) -> str:
    """Give the small contract with a share of each quarter, more outcomes, and payments, one a line."""
    pays = "".join(f"  {each}\n" for each in payments.splitlines())
    return text(QUARTERS, more, pays, *changes)


def lines(contract: str, as_at: str = ENDS, *more: str) -> list[tuple[Any, ...]]:
    """Give payment, provider, group and pence of each line of a group, of two met of three in the first quarter."""
    done = small.run(contract, people=THREE, events=TWO_JOBS, as_at=as_at)
    found = done.statement.lines().filter(pl.col("subject").is_null())
    columns = ["payment", "provider", "occurrence", "amount_minor", *more]
    return found.select(columns).rows()


# ---- what it comes to


def test_a_sum_is_multiplied_exactly_and_rounded_once() -> None:
    """A tenth of two thirds of 1,000.00 is 66.67 by one rounding, with the exact product as its quantity."""
    contract = amounts("bonus: {kind: amount, amount: 1000.00, times: [placed, 10%]}")
    found = lines(contract, ENDS, "quantity", "unit_price_minor", "reason", "outcome", "evidence")
    assert found == [("bonus", "north", "Y1-Q1", 6667, "1/15", 100000, "amount", None, "placed/north/Y1-Q1")]


@pytest.mark.parametrize(("least", "paid"), [("66%", 100000), ("67%", 0)])
def test_a_test_counts_one_or_nothing(least: str, paid: int) -> None:
    """2 of 3 are 66.67%: a test that is met multiplies by 1, one that is not by 0, and writes a line all the same."""
    contract = amounts("bonus: {kind: amount, amount: 1000.00, times: [enough]}", ENOUGH.replace("60%", least))
    assert lines(contract) == [("bonus", "north", "Y1-Q1", paid)]


@pytest.mark.parametrize(("least", "height"), [("66%", 1), ("67%", 0)])
def test_a_sum_may_be_for_a_test_that_is_met(least: str, height: int) -> None:
    """Where it is not met there is no line."""
    contract = amounts("bonus: {kind: amount, amount: 1000.00, pays_for: enough}", ENOUGH.replace("60%", least))
    assert lines(contract, ENDS, "outcome") == [("bonus", "north", "Y1-Q1", 100000, "enough")] * height


def test_a_repayment_has_the_other_sign() -> None:
    """Ten per cent of the core value are taken for a quarter that missed."""
    missed = "  missed: {kind: test, of: placed, below: 70%}\n"
    value = ("values:\n", "values:\n  core: {by: provider, north: 5000.00, south: 7000.00}\n")
    terms = "repaid: {kind: amount, amount: core, pays_for: missed, times: [10%], takes: yes}"
    found = lines(amounts(terms, missed, value), ENDS, "unit_price_minor", "quantity", "group")
    assert found == [("repaid", "north", "Y1-Q1", -50000, -500000, "0.1", "north")]


def test_without_an_outcome_there_is_a_sum_for_each_group_whose_period_is_over() -> None:
    """A contract year of each provider ends on 31 March; a day before nothing is earned."""
    contract = amounts("grant: {kind: amount, amount: 10.00, per: [provider, contract_year]}")
    assert lines(contract, "2026-03-30") == []
    year = [("grant", "north", "Y1", 1000), ("grant", "south", "Y1", 1000)]
    assert lines(contract, "2026-03-31") == year
    assert lines(contract, "2027-03-31", "earned_on")[-1][4].isoformat() == "2027-03-31"


def test_one_sum_for_the_whole_contract_is_of_its_last_day() -> None:
    """Per provider alone it is of the term."""
    contract = amounts("grant: {kind: amount, amount: 10.00, per: [provider]}")
    assert lines(contract, "2027-03-30") == []
    assert lines(contract, "2027-03-31") == [("grant", "north", "1", 1000), ("grant", "south", "1", 1000)]


def test_a_group_of_which_a_factor_is_pending_has_no_line() -> None:
    """The share of the quarter settles on its last day; a count that nobody is in has no figure either."""
    contract = amounts("bonus: {kind: amount, amount: 1000.00, times: [placed]}")
    assert lines(contract, "2025-06-29") == []
    assert lines(contract, "2025-12-31") == [("bonus", "north", "Y1-Q1", 66667)]


def test_finer_groups_read_the_figures_of_those_around_them() -> None:
    """Each month of the quarter is paid by the share of the quarter, once that is known."""
    contract = amounts("bonus: {kind: amount, amount: 300.00, times: [placed], per: [provider, month]}")
    months = [("bonus", "north", f"Y1-M0{month}", 20000) for month in (1, 2, 3)]
    assert [line[:2] + line[3:] for line in lines(contract)] == [month[:2] + month[3:] for month in months]


# ---- below nothing


@pytest.mark.parametrize(
    ("terms", "paid"),
    [("", -500), (", below_zero: nothing", 0), (", takes: yes", 500), (", takes: yes, below_zero: nothing", 0)],
)
def test_a_product_below_nothing_takes_unless_it_is_written_that_it_is_nothing(terms: str, paid: int) -> None:
    """Points of -5% of 100.00: the sign it has, or nothing; what takes turns it round after that."""
    scale = "  points: {kind: scale, of: placed, points: {under 70%: -5%, 70% or more: 5%}}\n"
    contract = amounts(f"bonus: {{kind: amount, amount: 100.00, times: [points]{terms}}}", scale)
    assert lines(contract, ENDS, "quantity") == [("bonus", "north", "Y1-Q1", paid, "-0.05")]


@pytest.mark.parametrize(("points", "terms", "paid"), [("-0.4", "", 0), ("-0.5", "", -1), ("-0.5", "nothing", 0)])
def test_what_is_below_nothing_is_rounded_as_what_is_above(points: str, terms: str, paid: int) -> None:
    """Of 0.01 -0.4 is 0.00 and -0.5 is -0.01, by the contract's mode."""
    scale = f"  points: {{kind: scale, of: placed, points: {{under 70%: {points}, 70% or more: 5}}}}\n"
    below = f", below_zero: {terms}" if terms else ""
    contract = amounts(f"bonus: {{kind: amount, amount: 0.01, times: [points]{below}}}", scale)
    assert lines(contract) == [("bonus", "north", "Y1-Q1", paid)]


# ---- a share of another payment


def test_a_credit_is_a_share_of_the_lines_of_the_same_provider_and_period_before_adjustments() -> None:
    """2,000.00 of two jobs in the first quarter; a cap of 1,200.00 each cuts nothing of what the credit is taken of."""
    halved = ("  - {id: share,", "  - {id: half, kind: multiply, by: 50%, on: [first]}\n  - {id: share,")
    terms = "credit: {kind: amount, amount: first, times: [2%], per: [provider, quarter], takes: yes}"
    assert lines(amounts(terms, ENOUGH, halved)) == [("credit", "north", "Y1-Q1", -4000)]
    whole = small.run(amounts(terms, ENOUGH, halved), people=THREE, events=TWO_JOBS, as_at=ENDS).statement
    assert whole.total_minor == 2 * 50000 - 4000


def test_each_line_is_in_the_period_it_falls_in() -> None:
    """A job of 30 June is of the first quarter, one of 1 July of the second, and one of another provider apart."""
    terms = "credit: {kind: amount, amount: first, times: [1%], per: [provider, quarter], takes: yes}"
    people = [*THREE, person("S", "2025-06-01", "south", "low")]
    events = [job("B", "2025-06-30"), job("C", "2025-07-01"), job("S", "2025-07-01")]
    done = small.run(amounts(terms), people=people, events=events, as_at="2025-09-30").statement.lines()
    found = done.filter(payment="credit").select("provider", "occurrence", "amount_minor", "unit_price_minor").rows()
    assert found == [
        ("north", "Y1-Q1", -1000, -100000),
        ("north", "Y1-Q2", -1000, -100000),
        ("south", "Y1-Q2", -600, -60000),
    ]


def test_a_share_of_a_share() -> None:
    """A payment is worked out before those that read it, wherever it stands: 10% of 2% of 2,000.00."""
    terms = (
        "again: {kind: amount, amount: credit, times: [10%], per: [provider, contract_year]}\n"
        "credit: {kind: amount, amount: first, times: [2%], per: [provider, quarter], takes: yes}"
    )
    found = lines(amounts(terms), "2026-03-31")
    assert found == [("again", "north", "Y1", -400), ("credit", "north", "Y1-Q1", -4000)]


CREDITS: Final = """\
  late: {kind: scale, of: placed, points: {under 50%: 4%, 50% to under 60%: 3%, 60% to under 70%: 2%, 70% or more: 0%}}
"""


@pytest.mark.parametrize(
    ("people", "events", "paid"),
    [(THREE, TWO_JOBS, -400), (THREE, TWO_JOBS[:1], -800), (THREE[:2], TWO_JOBS[:1], -600), (THREE[:2], TWO_JOBS, 0)],
)
def test_credits_by_the_steps_of_a_scale(people: small.Rows, events: small.Rows, paid: int) -> None:
    """Of charges of 200.00 a quarter: a third is 4%, half 3%, two thirds 2%, all of them nothing."""
    terms = (
        "charges: {kind: fee, amount: 600.00, instalments: 3, to: north}\n"
        "credit: {kind: amount, amount: charges, times: [late], takes: yes}"
    )
    contract = amounts(terms, CREDITS).replace("instalments: 3", "instalments: 3, every: quarter")
    done = small.run(contract, people=people, events=events, as_at=ENDS).statement.lines()
    assert done.filter(payment="credit")["amount_minor"].to_list() == [paid]


CHARGES: Final = """\
  charges: {kind: fee, amount: 24.00, instalments: 24}
  credit: {kind: amount, amount: charges, times: [50%], per: [quarter], takes: yes}
"""


def test_a_credit_of_charges_names_the_only_provider_though_nobody_is_at_one() -> None:
    """Where the cohort's table has no provider the only one of the contract is paid, as a fee is."""
    contract = small.changed(
        ("providers: {north: {name: North}, south: {name: South}}", "providers: {north: {name: North}}"),
        ("      provider: provider\n", ""),
        (
            "payments:\n",
            f"payments:\n{CHARGES}",
        ),
    )
    done = small.run(contract, people=[], events=[], as_at=ENDS).statement.lines()
    assert done.filter(payment="credit").select("payee", "amount_minor").rows() == [("north", -150)]


def test_no_line_is_shared_where_there_is_none() -> None:
    """A provider without lines in a period has no credit, not one of 0.00."""
    terms = "credit: {kind: amount, amount: first, times: [2%], per: [provider, quarter], takes: yes}"
    done = small.run(amounts(terms), people=THREE, events=[], as_at=ENDS).statement.lines()
    assert done.is_empty()


# ---- days


def test_the_figures_of_a_group_are_those_of_its_last_day_unless_said() -> None:
    """A sum that changes on 1 May 2025: the quarter has the later one, or by `start` the earlier."""
    dated = ("values:\n", "values:\n  grant_of: {dated: {2025-04-01: 1.00, 2025-05-01: 2.00, 2026-01-01: 3.00}}\n")
    terms = "grant: {{kind: amount, amount: grant_of, pays_for: enough{}}}"
    paid = {
        word: lines(amounts(terms.format(f", price_on: {word}" if word else ""), ENOUGH, dated))[0][3]
        for word in ("", "start", "contract_to", "known")
    }
    assert paid == {"": 200, "start": 100, "contract_to": 300, "known": 200}


def test_a_sum_falls_where_it_is_known_and_is_due_after_that() -> None:
    """A share that settles on 30 July is known in the second quarter; with `due` the day of payment decides."""
    later = QUARTERS.replace("settles: period_end", 'settles: "period_end + 30 days"')
    terms = "bonus: {kind: amount, amount: 9.00, times: [placed], falls_in: known, due: 30 days after known}"
    contract = amounts(terms).replace(QUARTERS, later)
    day = "2025-12-31"
    assert [
        (line[4], str(line[5]), str(line[6])) for line in lines(contract, day, "period", "earned_on", "due_on")
    ] == [("Y1-Q2", "2025-06-30", "2025-08-29")]
    due = contract.replace("falls_in: known, due: 30 days", "falls_in: due, due: 90 days")
    assert [line[4] for line in lines(due, day, "period")] == ["Y1-Q3"]
    achieved = contract.replace("falls_in: known, ", "")
    assert [line[4] for line in lines(achieved, day, "period")] == ["Y1-Q1"]


def test_a_credit_is_known_when_the_last_line_it_is_a_share_of_is() -> None:
    """A job of June that is recorded in July makes the credit of the first quarter one that was known in July."""
    terms = "credit: {kind: amount, amount: first, times: [1%], per: [provider, quarter], takes: yes, falls_in: known}"
    events = [job("A", "2025-05-01"), job("B", "2025-06-01", "2025-07-03")]
    done = small.run(amounts(terms), people=THREE, events=events, as_at="2025-07-31").statement.lines()
    assert done.filter(payment="credit").select("occurrence", "period", "amount_minor").rows() == [
        ("Y1-Q1", "Y1-Q2", -2000)
    ]


def test_an_adjustment_acts_on_sums_as_on_other_lines_of_groups() -> None:
    """A cap of 50.00 for each provider and quarter cuts a bonus of 66.67, and a fee may be on account of one."""
    most = (
        "adjustments:\n",
        "adjustments:\n  - {id: top, kind: cap, at_most: 50.00, per: [provider, quarter], on: [bonus]}\n",
    )
    contract = amounts("bonus: {kind: amount, amount: 100.00, times: [placed]}", ENOUGH, most)
    assert [line[3] for line in lines(contract)] == [6667, -1667]


def test_a_fee_may_be_on_account_of_a_sum() -> None:
    """Instalments of the quarter are taken back on the day on which the share that multiplies the sum is fixed."""
    terms = (
        "bonus: {kind: amount, amount: 100.00, times: [placed]}\n"
        "account: {kind: fee, amount: 24.00, instalments: 24, until_settled: bonus, to: north}"
    )
    before, after = (lines(amounts(terms), day) for day in ("2025-06-29", ENDS))
    assert [line[3] for line in before] == [100, 100, 100]
    assert sum(line[3] for line in after if line[0] == "account") == 0


# ---- money that an outcome came to


def test_money_of_an_outcome_is_taken_in_whole_units(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until an outcome is money, a count stands for it: 2 met are 2.00, a half of which is 1.00."""
    monkeypatch.setattr(check_sums, "kind_of", lambda *_: Kind.MONEY)
    count = f"  worth: {{{QUARTERS}, take: count}}\n"
    contract = amounts("bonus: {kind: amount, amount: worth, times: [50%]}", count)
    assert lines(contract, ENDS, "quantity", "unit_price_minor") == [
        ("bonus", "north", "Y1-Q1", 100, "1", 100),
        ("bonus", "south", "Y1-Q1", 0, "0", 100),
    ]
    assert lines(contract, "2025-06-29") == []


# ---- explanations and summary


def test_the_rows_of_evidence_may_stand_in_any_order() -> None:
    """The same lines come of the rows the other way round."""
    terms = "credit: {kind: amount, amount: first, times: [placed], takes: yes}"
    one, other = (
        small.run(amounts(terms), people=people, events=events, as_at=ENDS).statement.lines()
        for people, events in ((THREE, TWO_JOBS), (THREE[::-1], TWO_JOBS[::-1]))
    )
    assert one.equals(other)


def test_the_summary_counts_groups_that_wait() -> None:
    """Of the first quarter, whose share is not fixed, one group is pending, and nothing is paid."""
    contract = amounts("bonus: {kind: amount, amount: 1000.00, times: [placed, enough]}")
    done = small.run(contract, people=THREE, events=TWO_JOBS, as_at="2025-06-29")
    row = done.summary().filter(payment="bonus").row(0, named=True)
    assert (row["provider"], row["met"], row["pending"], row["unknown"]) == ("north", 0, 1, 0)
    fixed = small.run(contract, people=THREE, events=TWO_JOBS, as_at=ENDS).summary().filter(payment="bonus")
    assert fixed.select("met", "paid_minor", "pending").rows() == [(1, 66667, 0)]


def test_an_explanation_of_a_sum_shows_what_it_is_made_of(tmp_path: Path, golden: Golden) -> None:
    """By the id of a line: each outcome with who was counted, the sum with its factors, and how it was rounded."""
    scale = "  points: {kind: scale, of: placed, points: {under 70%: -5%, 70% or more: 5%}}\n"
    terms = (
        'bonus: {kind: amount, clause: "6.1", amount: 1000.00, pays_for: enough, times: [placed, 10%]}\n'
        "malus: {kind: amount, amount: 1000.00, times: [points], below_zero: nothing}\n"
        "credit: {kind: amount, amount: first, times: [2%], per: [provider, quarter], takes: yes}"
    )
    contract = tmp_path / "contract.yaml"
    contract.write_text(amounts(terms, ENOUGH + scale), encoding="utf-8")
    data = tmp_path / "data"
    data.mkdir()
    for name, frame in small.frames_of(THREE, TWO_JOBS).items():
        frame.write_csv(data / f"{name}.csv")
    done = pbr.run(contract, data, ENDS)
    done.write(tmp_path / "out")
    ids = done.statement.lines().filter(pl.col("subject").is_null())
    texts = [pbr.explain(tmp_path / "out", line=line).text for line in ids["line_id"]]
    texts.append(pbr.explain(tmp_path / "out", outcome="placed").text)
    golden("tests/golden/explain/sums.txt", ("\n" + "=" * 40 + "\n").join(texts))


# ---- what is refused


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ("amount: 1.00", "PBR165 no outcome says for which groups there is a sum; write `per`, such as"),
        ("amount: job, per: [provider]", "PBR160 'job' is on one person and this is of groups"),
        ("amount: placed", "PBR124 'placed' is no money; write a sum under `amount`, and 'placed' under `times`"),
        ("amount: 1.00, pays_for: placed", "PBR136 'placed' is a number, and not met or missed; write it under"),
        ("amount: 1.00, pays_for: job", "PBR160 'job' is on one person and this is of groups"),
        ("amount: 1.00, pays_for: enuogh", "PBR111 no outcome is named 'enuogh'; did you mean 'enough'?"),
        ("amount: 1.00, times: [job], per: [provider]", "PBR160 'job' is on one person and this is of groups"),
        ("amount: 1.00, times: [enought]", "PBR111 no value is named 'enought'"),
        ("amount: 1.00, times: [enough], price_on: job", "PBR136 a group has no day of 'job'; one of: achieved, start"),
        ("amount: 1.00, times: [enough], falls_in: due", "PBR136 `falls_in: due` needs `due`"),
        ("amount: 1.00, times: [enough], takes: maybe", "PBR106 'maybe' is neither yes nor no"),
        ("amount: 1.00, times: [enough], below_zero: none", "PBR106 'none' cannot stand here"),
        ("amount: 1.00, per: [provider, provider]", "PBR125 'provider' stands here twice"),
        ("amount: 1.00, per: [quarter, month]", "PBR125 'quarter' and 'month' are both periods; keep one"),
        ("amount: 1.00, per: [quarter]", "PBR165 'sum' has one sum for several providers, so it is not known who"),
        ("amount: 1.00, times: [enough], per: [provider]", "PBR164 a sum is of groups that lie in those of all it is"),
        ("amount: first, per: [provider, grade]", "PBR164 lines are added up by provider and period, and not by grade"),
        (
            "amount: job_price, per: [provider]",
            "PBR125 'sum' is per provider, so a figure by grade is not one for each",
        ),
        ("amount: sum, per: [provider]", "PBR112 payments are shares of each other in a circle: sum -> sum; break it"),
        (
            "amount: 1.00, times: [enough, 0.123456789, 0.123456789, 0.123456789]",
            "PBR109 together these factors have more digits than can be held",
        ),
    ],
)
def test_what_no_sum_can_be_is_said(terms: str, said: str) -> None:
    """Each with a code, a place and what to do."""
    problems = small.problems_of(amounts(f"sum: {{kind: amount, {terms}}}"))
    assert [str(problem).partition(" ")[2][: len(said)] for problem in problems] == [said]


def test_groups_of_two_factors_that_do_not_fit() -> None:
    """One by level and one by quarter: neither lies in the other."""
    by_level = "  by_level: {kind: measure, of: job, per: [provider, level]}\n"
    problems = small.problems_of(amounts("sum: {kind: amount, amount: 1.00, times: [placed, by_level]}", by_level))
    assert [problem.code for problem in problems] == ["PBR164"]
    assert "'placed' per provider, quarter and 'by_level' per provider, level" in problems[0].message


def test_a_circle_of_payments_names_its_members() -> None:
    """From the first in the file, without those that only lead to it."""
    terms = (
        "lead: {kind: amount, amount: one, per: [provider]}\n"
        "one: {kind: amount, amount: two, per: [provider]}\n"
        "two: {kind: amount, amount: one, per: [provider]}"
    )
    (problem,) = small.problems_of(amounts(terms))
    assert (problem.code, problem.message.partition(": ")[2]) == ("PBR112", "one -> two -> one; break it")


def test_a_product_with_too_many_digits_is_refused() -> None:
    """Shares of hundreds of thousands would be held; a chain of many scales is not, and says what to do."""
    scale = "".join(
        f"  s{n}: {{kind: scale, of: placed, points: {{under 70%: 0.123456789, 70% or more: 1}}}}\n" for n in range(3)
    )
    contract = amounts("bonus: {kind: amount, amount: 1.00, times: [s0, s1, s2]}", scale)
    with pytest.raises(pbr.EvaluationError, match="PBR401 a figure of 'bonus' has more digits than can be held"):
        lines(contract)


def test_an_amount_too_large_to_be_shared_is_refused() -> None:
    """What a share is taken of can be held itself."""
    terms = (
        "much: {kind: tariff, pays_for: placed, price: 9999999999999.00, times: [1000000000, 1000000000]}\n"
        "share: {kind: amount, amount: much, times: [1%], per: [provider, quarter]}"
    )
    with pytest.raises(pbr.EvaluationError, match="PBR401 an amount of a payment is above"):
        lines(amounts(terms))


def test_a_fee_is_on_account_of_nothing_that_waits_for_no_outcome() -> None:
    """A plain sum for each quarter is settled by nothing."""
    terms = (
        "grant: {kind: amount, amount: 1.00, per: [provider, quarter]}\n"
        "account: {kind: fee, amount: 24.00, instalments: 24, until_settled: grant}"
    )
    (problem,) = small.problems_of(amounts(terms))
    assert (problem.code, problem.message) == (
        "PBR160",
        "'grant' reads no outcome of groups, so it is never settled as a whole; name a payment for groups",
    )
