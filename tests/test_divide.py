"""Pots that are divided whole: among outcomes by weights, and among labels by a figure of each."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pbr
from pbr.money import divide_minor
from tests import small
from tests.test_measure import THREE, TWO_JOBS, job, person, text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden

QUARTERS: Final = "kind: measure, of: job, per: [provider, quarter], period_of: start, settles: period_end"
ENOUGH: Final = "  enough: {kind: test, of: placed, at_least: 60%}\n"
COUNT: Final = f"  seen: {{{QUARTERS}, take: n}}\n"
WEIGHTS: Final = ("values:\n", "values:\n  weights: {by: outcome, reached: 60%, worked: 40%}\n")
PAYS: Final = "pays: {reached: placed, worked: enough}"
POT: Final = f"pot: {{kind: divide, amount: 100.00, among: outcomes, by: weights, per: [provider, quarter], {PAYS}}}"
ZONES: Final = "zones: {kind: divide, amount: 100.00, among: provider, by: seen, per: [quarter]}"
ENDS: Final = "2025-06-30"


def pots(payments: str, more: str = ENOUGH + COUNT, *changes: tuple[str, str]) -> str:
    """Give the small contract with a share of each quarter, more outcomes, weights, and payments, one a line."""
    pays = "".join(f"  {each}\n" for each in payments.splitlines())
    weights = [WEIGHTS] if "weights" in payments else []
    return text(QUARTERS, more, pays, *(changes or weights))


def lines(
    contract: str, as_at: str = ENDS, *more: str, people: small.Rows = THREE, events: small.Rows = TWO_JOBS
) -> list[tuple[Any, ...]]:
    """Give provider, group and pence of each line of a group, of two met of three in the first quarter."""
    done = small.run(contract, people=people, events=events, as_at=as_at)
    found = done.statement.lines().filter(pl.col("subject").is_null())
    return found.select("provider", "occurrence", "amount_minor", *more).rows()


# ---- among outcomes


def test_each_part_is_paid_by_the_figure_of_its_outcome() -> None:
    """Of 60.00 two thirds are paid, of 40.00 all, since 66.67% are at least 60%; a test that fails pays nothing."""
    found = lines(pots(POT), ENDS, "outcome", "quantity", "unit_price_minor", "reason", "evidence")
    assert found == [
        ("north", "Y1-Q1 reached", 4000, "placed", "2/3", 6000, "part", "placed/north/Y1-Q1"),
        ("north", "Y1-Q1 worked", 4000, "enough", "1", 4000, "part", "enough/north/Y1-Q1"),
    ]
    missed = pots(POT, ENOUGH.replace("60%", "70%") + COUNT)
    assert lines(missed)[1] == ("north", "Y1-Q1 worked", 0)


def test_parts_are_whole_pence_that_sum_to_the_pot() -> None:
    """A third each of 100.00 is 33.34, 33.33 and 33.33: the first in the order of `pays` has the penny."""
    weights = ("values:\n", "values:\n  weights: {by: outcome, c: 1/3, a: 1/3, b: 1/3}\n")
    pot = POT.replace(PAYS, "pays: {b: enough, c: enough, a: enough}")
    found = lines(pots(pot, ENOUGH + COUNT, weights))
    assert sorted(found) == [
        ("north", "Y1-Q1 a", 3333),
        ("north", "Y1-Q1 b", 3334),
        ("north", "Y1-Q1 c", 3333),
    ]


def test_a_part_of_which_the_figure_is_pending_waits_alone() -> None:
    """The share settles with the quarter, another test a month later: its part of 40.00 is paid then."""
    late = QUARTERS.replace("settles: period_end", 'settles: "period_end + 1 months"')
    more = f"  later: {{{late}}}\n  enough: {{kind: test, of: later, at_least: 60%}}\n"
    assert lines(pots(POT, more), "2025-06-29") == []
    assert lines(pots(POT, more)) == [("north", "Y1-Q1 reached", 4000)]
    assert lines(pots(POT, more), "2025-07-30") == [("north", "Y1-Q1 reached", 4000), ("north", "Y1-Q1 worked", 4000)]


CHANGING: Final = """\
  weights:
    by: outcome
    dated: {2025-04-01: {reached: 60%, worked: 40%}, 2025-05-01: {reached: 50%, worked: 50%}}
  size:
    by: provider
    dated: {2025-04-01: {north: 100.00, south: 1.00}, 2025-06-30: {north: 200.00, south: 1.00}}
"""


def test_weights_and_pots_may_change_and_be_of_each_provider() -> None:
    """On the last day of the quarter 50% each of 200.00 hold; by `start` 60% and 40% of 100.00."""
    values = ("values:\n", f"values:\n{CHANGING}")
    pot = POT.replace("amount: 100.00", "amount: size")
    assert [line[2:] for line in lines(pots(pot, ENOUGH + COUNT, values), ENDS, "group")] == [
        (6667, "north"),
        (10000, "north"),
    ]
    early = pot.replace("per:", "price_on: start, per:")
    assert [line[2] for line in lines(pots(early, ENOUGH + COUNT, values))] == [4000, 4000]


def test_weights_may_be_of_each_provider_too() -> None:
    """Rows of two keys: of the south all goes to what is worked."""
    rows = "north: {reached: 60%, worked: 40%}, south: {reached: 0%, worked: 100%}"
    values = ("values:\n", f"values:\n  weights: {{by: [provider, outcome], {rows}}}\n")
    people = [*THREE, person("S", "2025-04-01", "south")]
    events = [*TWO_JOBS, job("S", "2025-05-01")]
    found = lines(pots(POT, ENOUGH + COUNT, values), people=people, events=events)
    assert found == [
        ("north", "Y1-Q1 reached", 4000),
        ("south", "Y1-Q1 reached", 0),
        ("north", "Y1-Q1 worked", 4000),
        ("south", "Y1-Q1 worked", 10000),
    ]


def test_one_pot_for_the_whole_contract_has_parts_of_their_keys_alone() -> None:
    """Without `per` there is one pot, of the last day of the term, for the only provider."""
    pot = (
        "pot: {kind: divide, amount: 100.00, among: outcomes, by: weights, pays: {reached: placed, all of it: placed}}"
    )
    contract = small.changed(
        ("providers: {north: {name: North}, south: {name: South}}", "providers: {north: {name: North}}"),
        ("values:\n", "values:\n  weights: {by: outcome, reached: 60%, all of it: 40%}\n"),
        ("payments:\n", f"  placed: {{kind: measure, of: job}}\npayments:\n  {pot}\n"),
    )
    people = [person("A", "2025-04-01"), person("B", "2025-05-01"), person("C", "2025-06-30")]
    assert lines(contract, "2027-03-30", people=people) == []
    assert lines(contract, "2027-03-31", people=people) == [
        ("north", '"all of it"', 2667),
        ("north", "reached", 4000),
    ]


# ---- among labels


def people_of(north: int, south: int) -> small.Rows:
    """Give people who came to each provider in the first quarter."""
    names = [(f"N{place}", "north") for place in range(north)] + [(f"S{place}", "south") for place in range(south)]
    return [person(name, "2025-04-01", provider) for name, provider in names]


@pytest.mark.parametrize(
    ("north", "south", "paid"),
    [
        (1, 2, [("north", "Y1-Q1", 3333), ("south", "Y1-Q1", 6667)]),
        (2, 0, [("north", "Y1-Q1", 10000), ("south", "Y1-Q1", 0)]),
        (0, 0, []),
    ],
)
def test_a_pot_is_divided_in_proportion_to_a_figure(north: int, south: int, paid: list[tuple[Any, ...]]) -> None:
    """1 and 2 of 3 of 100.00; of figures that are all 0 nothing is paid."""
    assert lines(pots(ZONES), people=people_of(north, south), events=[]) == paid


def test_of_equal_remainders_the_first_label_has_the_penny() -> None:
    """A half each of 0.01 goes to the first in the order of ids, whatever the order of rows."""
    penny = ZONES.replace("100.00", "0.01")
    found = lines(pots(penny), people=people_of(1, 1)[::-1], events=[])
    assert found == [("north", "Y1-Q1", 1), ("south", "Y1-Q1", 0)]


def test_the_whole_pot_waits_while_one_figure_is_pending() -> None:
    """A mean of points of one provider has no figure: the other has the pot; while it is pending nobody has."""
    share = ZONES.replace("by: seen", "by: placed")
    people = [*people_of(1, 0), person("S", "2025-06-01", "south")]
    events = [job("N0", "2025-04-10")]
    waits = QUARTERS.replace(", settles: period_end", "")
    contract = pots(share).replace(f"placed: {{{QUARTERS}}}", f"placed: {{{waits}}}")
    assert lines(contract, "2025-08-23", people=people, events=events) == []
    found = lines(contract, "2025-08-24", "earned_on", people=people, events=events)
    assert [(*line[:3], str(line[3])) for line in found] == [
        ("north", "Y1-Q1", 10000, ENDS),
        ("south", "Y1-Q1", 0, ENDS),
    ]
    alone = lines(contract, "2025-08-24", people=people[:1], events=events)
    assert alone == [("north", "Y1-Q1", 10000)]


def test_a_part_is_known_when_the_last_figure_is() -> None:
    """The figure of the south is fixed on 24 August: both parts are known then, and fall in that quarter if said."""
    share = ZONES.replace("by: seen", "by: placed, falls_in: known, due: 30 days after known")
    people = [*people_of(1, 0), person("S", "2025-06-01", "south")]
    waits = QUARTERS.replace(", settles: period_end", "")
    contract = pots(share).replace(f"placed: {{{QUARTERS}}}", f"placed: {{{waits}}}")
    found = lines(contract, "2025-12-31", "period", "due_on", people=people, events=[job("N0", "2025-04-10")])
    assert {(line[3], str(line[4])) for line in found} == {("Y1-Q2", "2025-09-23")}


def test_a_pot_may_be_divided_among_the_labels_of_a_grouping() -> None:
    """Among grades, for each provider: the key of a group comes first, then its period."""
    more = COUNT.replace("[provider, quarter]", "[provider, grade, quarter]")
    grades = ZONES.replace("among: provider", "among: grade").replace("[quarter]", "[provider, quarter]")
    people = [person("A", "2025-04-01"), person("B", "2025-04-02"), person("C", "2025-04-03", level="low")]
    found = lines(pots(grades, more), people=people, events=[])
    assert sorted(found) == [("north", "Y1-Q1 high", 6667), ("north", "Y1-Q1 low", 3333)]


def test_a_figure_of_the_year_divides_the_pots_of_its_quarters() -> None:
    """Each quarter waits for the count of the year, and is divided by it."""
    year = COUNT.replace("quarter", "contract_year")
    people = people_of(1, 3)
    assert lines(pots(ZONES, year), "2026-03-30", people=people, events=[]) == []
    found = lines(pots(ZONES, year), "2026-03-31", people=people, events=[])
    assert found == [(who, f"Y1-Q{n}", part) for n in (1, 2, 3, 4) for who, part in (("north", 2500), ("south", 7500))]


def test_a_figure_below_nothing_is_refused() -> None:
    """Points of -5 for a small share; nothing can be in proportion to that."""
    scale = "  points: {kind: scale, of: placed, points: {under 70%: -5, 70% or more: 5}}\n"
    contract = pots(ZONES.replace("by: seen", "by: points"), scale)
    with pytest.raises(
        pbr.EvaluationError, match="PBR404 a pot is divided by 'points', which of Y1-Q1 north is -5, below"
    ):
        lines(contract)


def test_a_fee_on_account_of_a_pot_waits_for_all_it_is_divided_among() -> None:
    """The north is fixed in June, the south in August: instalments of the quarter are taken back in August."""
    account = "account: {kind: fee, amount: 24.00, instalments: 24, until_settled: zones, to: north}"
    waits = QUARTERS.replace(", settles: period_end", "")
    contract = pots(f"{ZONES.replace('by: seen', 'by: placed')}\n{account}")
    contract = contract.replace(f"placed: {{{QUARTERS}}}", f"placed: {{{waits}}}")
    people = [*people_of(1, 0), person("S", "2025-06-01", "south")]
    events = [job("N0", "2025-04-10")]
    paid = {
        day: sum(
            line[2] for line in lines(contract, day, "payment", people=people, events=events) if line[3] == "account"
        )
        for day in ("2025-08-23", "2025-08-24")
    }
    assert paid == {"2025-08-23": 500, "2025-08-24": 200}


def test_the_rows_of_evidence_may_stand_in_any_order() -> None:
    """The same lines come of the rows the other way round."""
    one, other = (
        small.run(pots(f"{POT}\n{ZONES}"), people=people, events=events, as_at=ENDS).statement.lines()
        for people, events in ((THREE, TWO_JOBS), (THREE[::-1], TWO_JOBS[::-1]))
    )
    assert one.equals(other)


def test_the_order_of_parts_is_signed_and_that_of_other_rows_is_not() -> None:
    """Of equal remainders the first has the penny, so that the order of `pays`, or of labels, is a term."""
    pot = small.contract_of(pots(POT)).fingerprint
    turned = small.contract_of(pots(POT.replace(PAYS, "pays: {worked: enough, reached: placed}"))).fingerprint
    rows = ("values:\n", "values:\n  weights: {by: outcome, worked: 40%, reached: 60%}\n")
    assert (pot == turned, pot == small.contract_of(pots(POT, ENOUGH + COUNT, rows)).fingerprint) == (False, True)
    grades = pots(ZONES.replace("among: provider", "among: grade").replace("[quarter]", "[provider, quarter]"))
    grades = grades.replace(
        "seen: {kind: measure, of: job, per: [provider, quarter]",
        "seen: {kind: measure, of: job, per: [provider, grade, quarter]",
    )
    labels = (
        "    high: \"level = 'high'\"\n    low: otherwise\n",
        "    low: otherwise\n    high: \"level = 'high'\"\n",
    )
    assert labels[0] in grades
    one, other = (small.contract_of(each).fingerprint for each in (grades, grades.replace(*labels)))
    assert one != other
    plain, same = (small.contract_of(each).fingerprint for each in (small.TEXT, small.TEXT.replace(*labels)))
    assert plain == same


# ---- the division itself


def by_hand(whole: int, weights: list[Fraction]) -> list[int]:
    """Give the minor units one by one: each to whom most is still wanting of its exact share, the first if alike.

    The whole units that are sure are given first, so that nobody is given more than one beyond them.
    """
    wanted = [whole * weight / sum(weights) for weight in weights]
    given = [sum(1 for unit in range(1, whole + 1) if unit <= share) for share in wanted]
    while sum(given) < whole:
        short = [share - have for share, have in zip(wanted, given, strict=True)]
        given[short.index(max(short))] += 1
    return given


@given(
    st.integers(min_value=0, max_value=2000),
    st.lists(st.fractions(min_value=0, max_value=50, max_denominator=12), min_size=1, max_size=9).filter(any),
)
def test_parts_sum_to_the_pot_and_are_within_a_unit_of_their_share(whole: int, weights: list[Fraction]) -> None:
    """For any pot and weights; alike to units that are given out one by one."""
    parts = divide_minor(whole, weights)
    assert sum(parts) == whole
    assert list(parts) == by_hand(whole, weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - whole * weight / sum(weights)) < 1
        assert weight > 0 or part == 0


@given(
    st.integers(min_value=0, max_value=10**15),
    st.lists(st.fractions(min_value=0, max_value=10**9), min_size=1, max_size=30).filter(any),
)
def test_large_pots_are_divided_whole_too(whole: int, weights: list[Fraction]) -> None:
    """The largest pot that can be written; a larger weight never has the smaller part."""
    parts = divide_minor(whole, weights)
    assert sum(parts) == whole
    pairs = sorted(zip(weights, parts, strict=True))
    assert all(one[1] <= other[1] + (one[0] == other[0]) for one, other in pairwise(pairs))


@given(st.data())
def test_the_lines_of_a_pot_sum_to_it_whatever_its_weights(data: st.DataObject) -> None:
    """Through a whole contract: weights are any that come to 1, and each part is paid whole."""
    shares = data.draw(st.lists(st.integers(min_value=0, max_value=20), min_size=2, max_size=6).filter(any))
    pennies = data.draw(st.integers(min_value=0, max_value=99999))
    keys = [f"k{place}" for place in range(len(shares))]
    rows = ", ".join(f"{key}: {share}/{sum(shares)}" for key, share in zip(keys, shares, strict=True))
    pot = POT.replace(PAYS, f"pays: {{{', '.join(f'{key}: enough' for key in keys)}}}")
    pot = pot.replace("100.00", f"{pennies // 100}.{pennies % 100:02}")
    found = lines(pots(pot, ENOUGH + COUNT, ("values:\n", f"values:\n  weights: {{by: outcome, {rows}}}\n")))
    assert [line[2] for line in sorted(found)] == by_hand(pennies, [Fraction(share) for share in shares])


# ---- explanations


def test_an_explanation_of_a_part_shows_the_pot(tmp_path: Path, golden: Golden) -> None:
    """By the id of a line: what its figure is of, how the pot is divided, and how the line was rounded."""
    contract = tmp_path / "contract.yaml"
    contract.write_text(pots(f"{POT}\n{ZONES}"), encoding="utf-8")
    data = tmp_path / "data"
    data.mkdir()
    for name, frame in small.frames_of([*THREE, person("S", "2025-04-01", "south")], TWO_JOBS).items():
        frame.write_csv(data / f"{name}.csv")
    done = pbr.run(contract, data, ENDS)
    done.write(tmp_path / "out")
    ids = done.statement.lines().filter(pl.col("subject").is_null(), pl.col("provider") == "north")
    texts = [pbr.explain(tmp_path / "out", line=line).text for line in ids["line_id"]]
    texts.append(pbr.explain(tmp_path / "out", outcome="seen").text)
    golden("tests/golden/explain/pots.txt", ("\n" + "=" * 40 + "\n").join(texts))


# ---- what is refused

NO_WEIGHT: Final = "by: weights, pays: {reached: placed, worked: enough, kept: enough}"


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ("among: outcomes, by: 50%, per: [provider, quarter]", "PBR136 among outcomes each part has a key under"),
        (
            "among: outcomes, by: weights, per: [provider, quarter], pays: {reached: placed, worked: seen}",
            "PBR124 'seen'",
        ),
        (
            "among: outcomes, by: weights, per: [provider, quarter], pays: {reached: job, worked: enough}",
            "PBR160 'job'",
        ),
        (f"among: outcomes, per: [provider, quarter], {NO_WEIGHT}", "PBR171 'weights' has no weight 'kept'; both have"),
        (
            "among: outcomes, by: weights, per: [provider, quarter], pays: {worked: enough}",
            "PBR123 'reached' is not a label of outcome",
        ),
        (f"among: outcomes, by: 50%, per: [provider, quarter], {PAYS}", "PBR171 '50%' is no value `by: outcome` with"),
        (f"among: outcomes, by: wait, per: [provider, quarter], {PAYS}", "PBR111 no value is named 'wait'"),
        (
            f"among: outcomes, by: weights, per: [provider], {PAYS}",
            "PBR164 a pot is of groups that lie in those of what",
        ),
        (
            f"among: outcomes, by: weights, per: [quarter], {PAYS}",
            "PBR164 a pot is of groups that lie in those of what",
        ),
        (
            f"among: outcomes, by: weights, per: [provider, quarter], {PAYS}, price_on: known",
            "PBR136 'known' is no day",
        ),
        (
            f"among: outcomes, by: weights, per: [provider, quarter], {PAYS}, falls_in: due",
            "PBR136 `falls_in: due` needs",
        ),
        ("among: provider, by: enough, per: [quarter]", "PBR136 'enough' is met or not, and no number by which a pot"),
        ("among: provider, by: job, per: [quarter]", "PBR160 'job' is on one person and this is of groups"),
        ("among: provider, by: seen, per: [provider, quarter]", "PBR125 a pot of each provider is not divided among"),
        (
            "among: providers, by: seen, per: [quarter]",
            "PBR125 a pot cannot be divided among 'providers'; did you mean",
        ),
        ("among: quarter, by: seen, per: [provider]", "PBR125 a pot cannot be divided among 'quarter'"),
        ("among: grade, by: seen, per: [provider, quarter]", "PBR164 a pot is of groups that lie in those of what it"),
        (
            f"among: provider, by: seen, per: [quarter], {PAYS}",
            "PBR136 `pays` is of a pot that is divided among outcomes",
        ),
        ("among: provider, by: seen, per: [quarter, level, level]", "PBR125 'level' stands here twice"),
    ],
)
def test_what_no_pot_can_be_is_said(terms: str, said: str) -> None:
    """Each with a code, a place and what to do."""
    problems = small.problems_of(pots(f"pot: {{kind: divide, amount: 1.00, {terms}}}"))
    found = [str(problem).partition(" ")[2] for problem in problems if problem.code != "PBR156"]
    assert [problem[: len(said)] for problem in found] == [said]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("reached: 60%, worked: 39%", "the weights of 'weights' come to 99% together, and not to 100%"),
        ("reached: 60%, worked: 2/5, more: 0%", "'more' is not a label of outcome"),
        ("reached: 60%, worked: 2/5, placed: 0%", "`pays` has no key 'placed'; both have the same keys"),
        ("reached: 2/3, worked: 1/6", "the weights of 'weights' come to 250/3% together, and not to 100%"),
        (
            "dated: {2025-04-01: {reached: 60%, worked: 40%}, 2026-01-01: {reached: 60%, worked: 50%}}",
            "the weights of 'weights' from 2026-01-01 come to 110% together",
        ),
    ],
)
def test_weights_come_to_exactly_one(rows: str, said: str) -> None:
    """The sum is shown, with the day from which it holds; a row for nothing that is paid is none."""
    problems = small.problems_of(
        pots(POT, ENOUGH + COUNT, ("values:\n", f"values:\n  weights: {{by: outcome, {rows}}}\n"))
    )
    assert [problem.message[: len(said)] for problem in problems] == [said]


def test_weights_of_each_provider_come_to_one_for_each() -> None:
    """The provider whose weights do not is named."""
    rows = "north: {reached: 60%, worked: 40%}, south: {reached: 1%, worked: 100%}"
    values = ("values:\n", f"values:\n  weights: {{by: [provider, outcome], {rows}}}\n")
    (problem,) = small.problems_of(pots(POT, ENOUGH + COUNT, values))
    assert (problem.code, problem.message.partition(";")[0]) == (
        "PBR171",
        "the weights of 'weights' for south come to 101% together, and not to 100%",
    )


def test_rows_by_outcome_are_of_the_outcome_that_is_paid_for() -> None:
    """A price by outcome is that of its own outcome; a row for it must be there, and a factor of lines has none."""
    more = f"{POT}\nfirst_more: {{kind: tariff, pays_for: job, price: prices}}"
    weights = "  weights: {by: outcome, reached: 60%, worked: 40%}\n"

    def values(prices: str) -> tuple[str, str]:
        return "values:\n", f"values:\n{weights}  prices: {{by: outcome, {prices}}}\n"

    assert small.problems_of(pots(more, ENOUGH + COUNT, values("job: 1.00, reached: 2.00"))) == ()
    (missing,) = small.problems_of(pots(more, ENOUGH + COUNT, values("reached: 2.00")))
    assert (missing.code, missing.message) == ("PBR120", "'prices' has no figure for outcome 'job'; add a row")
    factor = ("kind: multiply, by: 5/6", "kind: multiply, by: weights")
    (problem,) = small.problems_of(pots(POT, ENOUGH + COUNT, values("job: 1.00"), factor))
    assert (problem.code, problem.message) == (
        "PBR125",
        "rows by outcome are weights of an index or a pot, prices and factors of outcomes, and else nothing",
    )


def test_the_size_of_a_pot_is_not_of_what_it_is_divided_among() -> None:
    """A figure of the whole pot cannot be by its parts."""
    sizes = ("values:\n", "values:\n  size: {by: provider, north: 1.00, south: 2.00}\n")
    (other,) = small.problems_of(pots(ZONES.replace("100.00", "size"), ENOUGH + COUNT, sizes))
    assert (other.code, other.message.partition(",")[0]) == ("PBR125", "the pot of 'zones' is per quarter")


def test_a_pot_of_a_quarter_for_several_providers_is_for_nobody() -> None:
    """Among grades, with one pot for all providers: it is not known who is paid."""
    more = COUNT.replace("[provider, quarter]", "[grade, quarter]")
    (problem,) = small.problems_of(pots(ZONES.replace("among: provider", "among: grade"), more))
    assert problem.code == "PBR165"
