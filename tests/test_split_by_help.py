"""Payments that are shared by who helped: each part to the penny, by rows or by hours."""

from __future__ import annotations

import datetime as dt
import random
from fractions import Fraction
from typing import Final

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pbr
from pbr.cases.reach import USED, reached_by
from pbr.instalments import by_weights
from tests import small
from tests.helping import BY_HOURS, BY_ROWS, LAST, TEXT, TOGETHER, evaluated, paid, written


@pytest.mark.parametrize(
    ("helps", "expected"),
    [
        # 10.01 by rows: 2 of the provider, 1 of peers: 3.33666 to the network, and the penny to the larger remainder
        (["A provider 2025-05-01", "A provider 2025-05-02", "A peers 2025-05-03"], {"north": 667, "network": 334}),
        (["A peers 2025-05-10"], {"network": 1001}),  # on the day
        (["A peers 2025-05-11"], {"north": 1001}),  # the day after: nobody helped by the day
        (["A peers 2025-05-10 1 2026-03-31"], {"network": 1001}),  # recorded on the as-at date
        (["A peers 2025-05-10 1 2026-04-01"], {"north": 1001}),  # and after it
        (["B peers 2025-05-10"], {"north": 1001}),  # somebody else
        (["A partner 2025-05-10", "A provider 2025-05-10"], {"north": 1001}),  # words that name no payee
        # equal remainders of 500.5 each: the first in the file has the penny, and the payee of the line is last
        (["A peers 2025-05-01", "A family 2025-05-01"], {"network": 501, "friends": 500}),
        (["A provider 2025-05-01", "A family 2025-05-01"], {"friends": 501, "north": 500}),
        (["A - 2025-05-01", "A peers 2025-05-01"], {"network": 1001}),
        ([], {"north": 1001}),
    ],
)
def test_a_line_is_shared_by_the_rows_of_who_helped(helps: list[str], expected: dict[str, int]) -> None:
    """In proportion, to the penny; where nobody helped, all stays where it was."""
    assert paid(evaluated(helps, adjustments=BY_ROWS)) == expected


@pytest.mark.parametrize(
    ("helps", "expected"),
    [
        (
            ["A provider 2025-05-01 7.5", "A peers 2025-05-02 1.5", "A peers 2025-05-03 1"],
            {"north": 751, "network": 250},
        ),
        (["A provider 2025-05-01 0", "A peers 2025-05-01 0"], {"north": 1001}),  # for no hour
        (["A provider 2025-05-01 0", "A peers 2025-05-01 0.01"], {"network": 1001}),
        (["A provider 2025-05-01 1", "A peers 2025-05-01 -"], {"north": 1001}),  # how long is not said
        (["A peers 2025-05-01 -"], {"north": 1001}),
        (["A peers 2025-05-10 1", "A family 2025-05-11 3"], {"network": 1001}),
    ],
)
def test_a_line_is_shared_by_the_hours_of_who_helped(helps: list[str], expected: dict[str, int]) -> None:
    """A number is added up; a row without one is refused, since it would be counted as nothing."""
    done = evaluated(helps, adjustments=BY_HOURS)
    assert paid(done) == expected
    codes = done.decisions.evidence.refused.select("column", "code").rows()
    assert codes == [("hours", "PBR211")] * sum(each.endswith("-") for each in helps)


def test_a_payee_has_several_words_and_may_be_the_payee_of_the_line() -> None:
    """North is paid for its own words and for what nobody else is paid for."""
    terms = "{id: partners, kind: split, by: helps, between: {network: [peers, partner], north: provider}}"
    helps = ["A peers 2025-05-01", "A partner 2025-05-01", "A provider 2025-05-01", "A family 2025-05-01"]
    assert paid(evaluated(helps, adjustments=terms)) == {"network": 501, "north": 500}
    theirs = [each.replace("A ", "B ") for each in helps]
    done = evaluated(theirs, adjustments=terms, events=("B done a 2025-05-10",))
    assert paid(done) == {"network": 501, "north": 250, "south": 250}  # the penny of the remainders 0.5, 0.25, 0.25


def test_what_is_taken_is_shared_alike() -> None:
    """A charge of 0.03 is borne in the same proportions, and the penny by the first in the file."""
    helps = ["A provider 2025-05-01", "A peers 2025-05-01"]
    done = evaluated(helps, adjustments=BY_ROWS, events=("A back a 2025-05-10",))
    assert paid(done, "take") == {"network": -2, "north": -1}
    only = BY_ROWS.replace("}}", "}, only: gains}")
    assert paid(evaluated(helps, adjustments=only, events=("A back a 2025-05-10",)), "take") == {"north": -3}


def test_lines_are_told_apart_and_keep_their_total() -> None:
    """What goes to others is taken from the payee of the line, in lines of their own that cite who helped."""
    helps = ["A provider 2025-05-01", "A peers 2025-05-02", "A family 2025-05-11"]
    done = evaluated(helps, adjustments=BY_ROWS)
    lines = done.statement.lines()
    shown = lines.select("adjustment", "reason", "provider", "payee", "quantity", "amount_minor", "helped_by")
    assert shown.rows() == [
        ("-", "price", "north", "north", "1", 1001, "provider;peers"),
        ("partners", "split", "north", "network", None, 501, "provider;peers"),
        ("partners", "split", "north", "north", None, -501, "provider;peers"),
    ]
    assert not [name for name in done.entitlement.frame.columns if name.startswith("given.")]
    first, *others = [each.split(";") for each in lines["evidence"]]
    assert [name.partition(":")[0] for name in first] == ["events", "people"]
    for each in others:
        assert [name.partition(":")[0] for name in each] == ["events", "helps", "helps", "people"]
        assert set(first) < set(each)


def test_lines_of_a_person_that_were_made_before_are_shared_and_those_of_a_group_are_not() -> None:
    """A floor for each person belongs to a subject; one for each provider belongs to nobody that was helped."""
    for per, expected in (("person", {"network": 2000}), ("provider", {"network": 1001, "north": 999, "south": 2000})):
        floor = f"{{id: least, kind: floor, at_least: 20.00, per: [{per}], on: [give]}}"
        split = BY_ROWS.replace("}}", "}, on: [give]}")
        done = evaluated(["A peers 2025-05-01"], adjustments=f"{floor}\n{split}")
        lines = done.statement.lines()
        found = dict(lines.group_by("payee").agg(pl.col("amount_minor").sum()).rows())
        assert {name: pence for name, pence in found.items() if pence} == {
            name: pence for name, pence in expected.items() if name != "south"
        }
        assert lines["line_id"].n_unique() == lines.height


def test_a_split_of_some_people_and_payments() -> None:
    """`where` and `on` limit it as they limit one by shares; a cap after it is of each payee."""
    where = BY_ROWS.replace("}}", "}, where: \"provider = 'south'\"}")
    assert paid(evaluated(["A peers 2025-05-01"], adjustments=where)) == {"north": 1001}
    on = BY_ROWS.replace("}}", "}, on: [take]}")
    assert paid(evaluated(["A peers 2025-05-01"], adjustments=on)) == {"north": 1001}
    cap = f"{BY_ROWS}\n{{id: most, kind: cap, at_most: 4.00, per: [provider], on: [give, take]}}"
    done = evaluated(["A peers 2025-05-01", "A provider 2025-05-01"], adjustments=cap)
    assert paid(done) == {"network": 400, "north": 400}


def test_a_cohort_without_providers_keeps_what_goes_to_nobody() -> None:
    """Lines of no payee are shared too; what stays, stays nobody's."""
    text = TEXT.replace("person: id, provider: provider, began: date", "person: id, began: date")
    done = evaluated(["A provider 2025-05-01", "A peers 2025-05-01"], adjustments=BY_ROWS, text=text)
    assert paid(done) == {"": 500, "network": 501}


def test_cases_reach_a_split_only_where_somebody_else_helped() -> None:
    """A line that stays whole is not shared."""
    for helps, used in ((["A provider 2025-05-01"], set()), (["A peers 2025-05-01"], {USED})):
        done = evaluated(helps, adjustments=BY_ROWS)
        assert {term.how for term in reached_by(done.entitlement) if term.name == "partners"} == used


def test_a_later_record_of_help_moves_what_was_stated() -> None:
    """The next statement has the difference of each payee, and the sum of both is as if it had been known."""
    helps = ["A provider 2025-05-01", "A peers 2025-05-02 1 2025-09-01"]
    before = evaluated(helps, adjustments=BY_ROWS, as_at="2025-06-30").statement.lines()
    after = evaluated(helps, adjustments=BY_ROWS)
    change = pbr.statement.make_statement(after.entitlement, before).lines()
    assert sorted(change.select("payee", "amount_minor").rows()) == [("network", 501), ("north", -501)]


def test_hours_of_any_size_are_shared_exactly() -> None:
    """The most that a price may be, and sums of hours that 64 bits cannot hold."""
    text = TEXT.replace("price: 10.01", "price: 999999999999.99").replace("decimal, places: 2,", "whole,")
    most = 10**18 - 1
    helps = [f"A provider 2025-04-{day:02} {most - day}" for day in range(2, 30)]
    helps += [f"A peers 2025-04-{day:02} {most}" for day in range(2, 9)] + ["A family 2025-04-02 1"]
    found = paid(evaluated(helps, adjustments=BY_HOURS, text=text))
    hours = {"network": 7 * most, "friends": 1, "north": sum(most - day for day in range(2, 30))}
    whole, total = 99_999_999_999_999, sum(hours.values())
    assert sum(found.values()) == whole
    assert all(abs(found.get(name, 0) - Fraction(whole * part, total)) < 1 for name, part in hours.items())


def test_a_split_of_what_needed_help_cites_each_row_once() -> None:
    """The row that the condition read and the split counted stands there once."""
    done = evaluated(["A peers 2025-05-10"], text=TOGETHER, adjustments=BY_ROWS)
    for evidence in done.statement.lines().filter(pl.col("payment") == "jointly")["evidence"]:
        names = evidence.split(";")
        assert len(names) == len(set(names))
        assert names == sorted(names)


def test_the_order_of_payees_is_a_term() -> None:
    """The first of equal remainders has the penny, so that another order is another contract."""

    def signed(split: str) -> str:
        return small.contract_of(TEXT + written(split)).fingerprint

    turned = BY_ROWS.replace("network: peers, friends: family", "friends: family, network: peers")
    helps = ["A peers 2025-05-01", "A family 2025-05-01"]
    assert paid(evaluated(helps, adjustments=turned)) == {"friends": 501, "network": 500}
    assert signed(turned) != signed(BY_ROWS)
    shares = "{id: partners, kind: split, between: {network: 50%, friends: 50%}, on: [give]}"
    assert signed(shares) != signed(shares.replace("network: 50%, friends: 50%", "friends: 50%, network: 50%"))
    assert signed(BY_ROWS) == signed(BY_ROWS.replace("kind: split, by: helps,", "by: helps,  kind: split,"))


@given(
    wholes=st.lists(st.integers(-(2**63) + 1, 2**63 - 1), min_size=1, max_size=4),
    weights=st.lists(st.integers(0, 2**95), min_size=1, max_size=5).filter(any),
)
def test_parts_by_weights_add_up_to_the_whole(wholes: list[int], weights: list[int]) -> None:
    """On any amounts and weights, as a second reckoning in whole numbers says."""
    kinds = {"whole": pl.Int64, **{f"w{place}": pl.Int128 for place in range(len(weights))}}
    frame = pl.DataFrame([(whole, *weights) for whole in wholes], schema=kinds, orient="row")
    parts = by_weights(frame, "whole", [f"w{place}" for place in range(len(weights))], "part")
    assert parts.columns == [*kinds, *(f"part{place}" for place in range(len(weights)))]
    for whole, *got in parts.select("whole", *parts.columns[len(kinds) :]).iter_rows():
        assert got == shared(whole, weights)


def shared(whole: int, weights: list[int]) -> list[int]:
    """Share a whole by weights: whole pennies first, then one each by the largest remainder, then by place."""
    exact = [Fraction(abs(whole) * weight, sum(weights)) for weight in weights]
    parts = [int(each) for each in exact]
    order = sorted(range(len(weights)), key=lambda place: (parts[place] - exact[place], place))
    for place in order[: abs(whole) - sum(parts)]:
        parts[place] += 1
    return [part if whole >= 0 else -part for part in parts]


ROWS: Final = st.lists(
    st.tuples(
        st.sampled_from("AB"),
        st.sampled_from(["provider", "peers", "family", "partner", "-"]),
        st.dates(dt.date(2025, 4, 25), dt.date(2025, 5, 25)),
        st.sampled_from(["0", "0.01", "1", "2.5", "999999999999999.99", "-"]),
        st.sampled_from(["2025-05-25", "2026-03-31", "2026-04-01"]),
    ),
    max_size=8,
    unique=True,
)


@given(
    rows=ROWS,
    days=st.lists(st.dates(dt.date(2025, 5, 1), dt.date(2025, 5, 20)), min_size=1, max_size=2),
    by=st.sampled_from(["helps", "helps.hours"]),
    between=st.sampled_from(
        [
            {"network": ["peers"], "friends": ["family"]},
            {"north": ["provider"], "network": ["family", "peers", "partner"]},
        ]
    ),
    seed=st.integers(0, 100),
)
def test_a_split_by_who_helped_is_as_reckoned_by_hand(
    rows: list[tuple[str, str, dt.date, str, str]],
    days: list[dt.date],
    by: str,
    between: dict[str, list[str]],
    seed: int,
) -> None:
    """Parts of each line add up to it and are those of a second reckoning; no order of rows changes a byte."""
    said = [" ".join(map(str, row)) for row in rows]
    events = [f"{person} done a {day}" for person, day in zip("AB", days, strict=False)]
    payees = ", ".join(f"{name}: [{', '.join(words)}]" for name, words in between.items())
    terms = f"{{id: partners, kind: split, by: {by}, between: {{{payees}}}}}"
    done = evaluated(said, adjustments=terms, events=tuple(events)).statement.lines()
    for person, day in zip("AB", days, strict=False):
        mine = done.filter(pl.col("subject") == person)
        assert mine["amount_minor"].sum() == 1001
        taken = [row for row in rows if by == "helps" or row[3] != "-"]  # a row without hours is refused
        known = [row for row in taken if row[0] == person and row[1] != "-" and row[2] <= day and row[4] <= LAST]
        order = {"provider": 0, "peers": 1, "family": 2, "partner": 3}
        words = ";".join(sorted({row[1] for row in known}, key=order.__getitem__)) or None
        assert set(mine["helped_by"]) == {words}
        own = "north" if person == "A" else "south"
        whose = {word: name for name, theirs in between.items() for word in theirs}
        weights = dict.fromkeys([*between, own], Fraction(0))
        for row in known:
            weights[whose.get(row[1], own)] += 1 if by == "helps" else Fraction(row[3].replace("-", "0"))
        if not sum(weights.values()):
            weights[own] = Fraction(1)
        expected = dict(zip(weights, shared(1001, [int(each * 100) for each in weights.values()]), strict=True))
        sums = dict(mine.group_by("payee").agg(pl.col("amount_minor").sum()).rows())
        assert {name: part for name, part in sums.items() if part} == {k: v for k, v in expected.items() if v}
    random.Random(seed).shuffle(said)  # noqa: S311  # a seeded choice
    again = evaluated(said, adjustments=terms, events=tuple(events[::-1])).statement.lines()
    assert again.equals(done)


@pytest.mark.parametrize(
    ("terms", "codes"),
    [
        ("by: helps, between: {network: peers}", []),
        ("by: helps.hours, between: {network: peers}", []),
        ("by: helps.hours, between: {}", ["PBR192"]),
        ("by: helps.on, between: {network: peers}", ["PBR192"]),
        ("by: events, between: {network: peers}", ["PBR192"]),
        ("by: helps, between: {network: []}", ["PBR192"]),
        ("by: helps, between: {nobody: peers}", ["PBR111"]),
        ("by: helps, between: {network: 50%}", ["PBR111"]),
        ("by: helps, between: {network: [peers, peers]}", ["PBR110"]),
        ("by: helps, between: {network: peers}, per: [person]", ["PBR193"]),
        ("between: {network: [peers, family]}", ["PBR109"]),
        ("between: {network: peers}", ["PBR109"]),
    ],
)
def test_what_is_wrong_with_a_split_by_contributions_is_said(terms: str, codes: list[str]) -> None:
    """Each payee has words of the table, each word one payee, and what is counted is there."""
    text = TEXT + written(f"{{id: x, kind: split, {terms}}}")
    assert [each.code for each in small.problems_of(text)] == codes


def test_a_split_by_contributions_leaves_out_what_is_paid_for_groups() -> None:
    """A rate of a provider was helped by nobody; named payments of persons are divided."""
    text = TEXT.replace("payments:\n", "  rate: {kind: measure, of: done, per: [provider]}\npayments:\n")
    text += "  rated: {kind: tariff, pays_for: rate, price: 5.00}\n"
    for more, codes in ((", on: [give]", []), (", on: [give, rated]", ["PBR193"]), ("", ["PBR193"])):
        terms = BY_ROWS.replace("}}", f"}}{more}}}")
        assert [each.code for each in small.problems_of(text + written(terms))] == codes


def test_a_table_without_a_number_is_counted_by_rows_only() -> None:
    """There are no hours to be added up."""
    text = TEXT.replace("      hours: {type: decimal, places: 2, from: 0}\n", "")
    assert small.problems_of(text + written(BY_ROWS)) == ()
    (problem,) = small.problems_of(text + written(BY_HOURS))
    assert (problem.code, "write helps;" in problem.message + ";") == ("PBR192", True)
