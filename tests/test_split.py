"""What is paid, shared between payees to the penny: worked out by hand, and on random amounts."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pbr
from pbr.cases.reach import BINDING, NOT_BINDING, USED, reached_by
from pbr.instalments import largest_remainder
from tests import small
from tests.test_money_of_groups import TEXT, evaluated, written

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.api import Run

PARTNERS: Final = TEXT.replace("south: {name: South}}", "south: {name: South}, helper: {name: The Helpers}}")
SPLIT: Final = "{id: partners, kind: split, between: {north: 60%, helper: 40%}}"


def found(terms: str, events: list[str], *columns: str, text: str = PARTNERS) -> list[tuple[Any, ...]]:
    """List what adjustments made in the order of the statement: adjustment, payee, columns, then pence."""
    frame = evaluated(terms, events, text=text).statement.lines().filter(pl.col("adjustment") != "-")
    return frame.select("adjustment", "payee", *columns, "amount_minor").rows()


def paid(done: Run) -> dict[str, int]:
    """Sum the lines of each payee."""
    return dict(done.statement.lines().group_by("payee").agg(pl.col("amount_minor").sum()).rows())


# ---------------------------------------------------------------- by hand


def test_each_line_is_shared_and_its_payee_keeps_its_part() -> None:
    """Of 6.00 north keeps 3.60; of what south has earned nothing is left to it."""
    lines = evaluated(SPLIT, ["A a 2025-04-10", "B b 2025-04-11"], text=PARTNERS).statement.lines()
    shown = lines.select("payment", "subject", "outcome", "adjustment", "reason", "provider", "payee", "amount_minor")
    assert shown.rows() == [
        ("give", "A", "done", "-", "price", "north", "north", 600),
        ("give", "A", "done", "partners", "split", "north", "helper", 240),
        ("give", "A", "done", "partners", "split", "north", "north", -240),
        ("give", "B", "done", "-", "price", "south", "south", 400),
        ("give", "B", "done", "partners", "split", "south", "helper", 160),
        ("give", "B", "done", "partners", "split", "south", "north", 240),
        ("give", "B", "done", "partners", "split", "south", "south", -400),
    ]
    assert lines["line_id"].n_unique() == 7
    evidence = lines.select("subject", "evidence").unique().sort("subject")
    assert evidence["evidence"].str.starts_with("events:").all()
    assert evidence.height == 2


@pytest.mark.parametrize(
    ("between", "events", "helper"),
    [
        ("{north: 1/2, helper: 1/2}", ["A c 2025-04-10"], 200),  # 2.005 each: the penny goes to the first in the file
        ("{helper: 1/2, north: 1/2}", ["A c 2025-04-10"], 201),
        ("{north: 1/3, helper: 1/3, south: 1/3}", ["A b 2025-04-10"], 133),
        ("{helper: 1/3, north: 1/3, south: 1/3}", ["A b 2025-04-10"], 134),
        ("{north: 74.9%, helper: 25.1%}", ["A c 2025-04-10"], 101),  # 3.00349 and 1.00651
        ("{north: 75.1%, helper: 24.9%}", ["A c 2025-04-10"], 100),  # 3.01151 and 0.99849
        ("{north: 1/2, helper: 1/2}", ["A -c 2025-04-10"], -200),
        ("{helper: 1/2, north: 1/2}", ["A -c 2025-04-10"], -201),
        ("{helper: 100%}", ["A c 2025-04-10"], 401),
    ],
)
def test_what_is_left_goes_by_the_largest_remainder_and_then_by_the_file(
    between: str, events: list[str], helper: int
) -> None:
    """A penny that no share has whole goes to the largest remainder; of equal ones to the first written."""
    done = evaluated(SPLIT.replace("{north: 60%, helper: 40%}", between), events, text=PARTNERS)
    assert paid(done)["helper"] == helper
    assert done.statement.total_minor == (
        -401 if "-" in events[0].split()[1] else int(done.entitlement.frame["net"].sum())
    )


def test_the_lines_of_a_group_may_be_shared_together() -> None:
    """Two lines of 4.01 are 8.02, of which a half is 4.01; one by one the helper would have 4.00."""
    half = SPLIT.replace("60%", "50%").replace("40%", "50%")
    together = half.replace("}}", "}, per: [provider, quarter]}")
    events = ["A c 2025-04-10", "C c 2025-04-11", "B a 2025-04-12"]
    assert found(together, events, "occurrence", "provider") == [
        ("partners", "north", "partners Y1-Q1", "north", -401),
        ("partners", "helper", "partners Y1-Q1 of north", "north", 401),
        ("partners", "south", "partners Y1-Q1", "south", -600),
        ("partners", "helper", "partners Y1-Q1 of south", "south", 300),
        ("partners", "north", "partners Y1-Q1 of south", "south", 300),
    ]
    one_by_one = evaluated(half, events, text=PARTNERS)
    assert paid(one_by_one)["helper"] == 200 + 200 + 300


def test_lines_of_a_person_may_be_shared_together() -> None:
    """Per person the payee is theirs; what comes to nothing is not shared."""
    terms = SPLIT.replace("}}", "}, per: [person]}")
    events = ["A a 2025-04-10", "A b 2025-05-10", "C a 2025-04-11", "C -a 2025-04-12"]
    assert found(terms, events, "subject", "occurrence") == [
        ("partners", "helper", "A", "partners all", 400),
        ("partners", "north", "A", "partners all", -400),
    ]


def test_what_an_earlier_adjustment_made_for_a_group_is_shared_too() -> None:
    """A floor's line of 4.00 is shared like any other; its parts keep its name."""
    terms = f"{{id: least, kind: floor, at_least: 10.00, per: [provider, quarter]}}\n{SPLIT}"
    assert found(terms, ["A a 2025-04-10"], "payment", "occurrence") == [
        ("partners", "helper", "give", "a", 240),
        ("partners", "north", "give", "a", -240),
        ("least", "north", None, "least Y1-Q1", 400),
        ("partners", "north", None, "least Y1-Q1", -160),
        ("partners", "helper", None, "least Y1-Q1 of north", 160),
    ]


def test_some_payments_and_some_people_may_be_shared() -> None:
    """`on`, `where` and `only` limit it."""
    events = ["A d 2025-04-10", "C d 2025-04-11", "A -b 2025-04-12"]

    def helpers(more: str) -> int:
        return paid(evaluated(SPLIT.replace("}}", f"}}{more}}}"), events, text=PARTNERS)).get("helper", 0)

    assert helpers("") == 400 + 400 - 160
    assert helpers(", on: [give]") == 800
    assert helpers(", only: takes") == -160
    assert helpers(", where: \"level = 'high'\"") == 400 - 160


# ---------------------------------------------------------------- after a split


def test_a_cap_per_provider_after_a_split_is_of_what_each_payee_gets() -> None:
    """North gets 6.00 and 3.60 of 8.00, the helper all of its 6.40; what was shared before is not counted twice."""
    terms = f"{SPLIT}\n{{id: most, kind: cap, at_most: 8.00, per: [provider]}}"
    done = evaluated(terms, ["A d 2025-04-10", "C a 2025-04-11"], text=PARTNERS)
    cut = done.statement.lines().filter(pl.col("adjustment") == "most")
    assert cut.select("payee", "subject", "amount_minor", "limit_minor", "left_minor").rows() == [
        ("north", "C", -160, 800, 200)
    ]
    assert paid(done) == {"north": 800, "helper": 640}
    assert {term.how for term in reached_by(done.entitlement)} >= {BINDING, NOT_BINDING, USED}
    small_cap = evaluated(terms.replace("8.00", "2.00"), ["A d 2025-04-10", "C a 2025-04-11"], text=PARTNERS)
    assert paid(small_cap) == {"north": 200, "helper": 200}


def test_cases_reach_a_cap_before_a_split_by_what_it_cut() -> None:
    """The parts of a line that was cut are no lines that the cap left whole."""
    terms = f"{{id: most, kind: cap, at_most: 1.00, per: [provider]}}\n{SPLIT}"
    done = evaluated(terms, ["A d 2025-04-10"], text=PARTNERS)
    assert {term.how for term in reached_by(done.entitlement) if term.name == "most"} == {BINDING}
    assert paid(done) == {"north": 60, "helper": 40}


def test_a_tax_after_a_split_is_that_of_each_payee() -> None:
    """The helper is not registered, so that only north's part has VAT; it is paid to north."""
    rates = ("values:\n", "values:\n  vat: {by: provider, north: 20%, south: 20%, helper: 0%}\n")
    text = small.changed(rates, text=PARTNERS)
    for split in (SPLIT, SPLIT.replace("}}", "}, per: [provider, month]}")):
        terms = f"{split}\n{{id: vat, kind: tax, rate: vat, per: [provider, month]}}"
        done = evaluated(terms, ["A d 2025-04-10"], text=text)
        assert paid(done) == {"north": 720, "helper": 400}


def test_what_is_kept_back_after_a_split_is_kept_of_each_payee() -> None:
    """A tenth of 6.00 and of 4.00, each of its own payee."""
    terms = f"{SPLIT}\n{{id: kept, kind: retain, share: 10%, until: 2027-01-01, per: [provider]}}"
    kept = [row for row in found(terms, ["A d 2025-04-10"]) if row[0] == "kept"]
    assert sorted(kept) == [("kept", "helper", -40), ("kept", "north", -60)]


def test_a_cap_over_parts_of_rows_of_groups_has_one_order() -> None:
    """Parts of the floors of two providers for one payee are cut in the order of the providers, whatever the file."""
    terms = (
        "{id: least, kind: floor, at_least: 10.00, per: [provider]}\n"
        "{id: partners, kind: split, between: {helper: 100%}}\n"
        "{id: most, kind: cap, at_most: 8.00, per: [provider]}"
    )
    events = ["A b 2025-04-10", "B b 2025-04-10"]
    whole = [row for row in found(terms, events, "provider", "occurrence") if row[0] == "most"]
    for seed in range(4):
        random.Random(seed).shuffle(events)  # noqa: S311  # made-up events need no secrets
        assert [row for row in found(terms, events, "provider", "occurrence") if row[0] == "most"] == whole
    assert sorted(whole) == [
        ("most", "helper", "north", "b", -400),
        ("most", "helper", "south", "b", -400),
        ("most", "helper", "south", "least all of south", -400),
    ]


def test_parts_of_fees_and_of_payments_for_groups_are_told_apart(tmp_path: Path) -> None:
    """Two providers have a fee and a rate for the same quarter; each part says of whose line it is."""
    more = "  service: {kind: fee, amount: 10.00}\n  rated: {kind: tariff, pays_for: rate, price: 5.00}\nadjustments:\n"
    text = PARTNERS.replace("adjustments:\n", more)
    measure = "kind: measure, of: harmed, take: n, per: [provider, quarter], period_of: start, settles: period_end"
    text = text.replace("payments:\n", f"  rate: {{{measure}}}\npayments:\n")
    done = evaluated(SPLIT.replace("}}", "}, on: [service, rated]}"), [], text=text)
    lines = done.statement.lines().filter(pl.col("payee") == "helper", pl.col("amount_minor") != 0)
    assert sorted(lines.select("payment", "provider", "occurrence", "evidence", "amount_minor").rows()) == [
        ("rated", "north", "Y1-Q1 of north", "rate/north/Y1-Q1", 400),
        ("rated", "south", "Y1-Q1 of south", "rate/south/Y1-Q1", 200),
        ("service", "helper", "1", "", -600),
        ("service", "helper", "1", "", 1000),
        ("service", "north", "1 of north", "", 400),
        ("service", "south", "1 of south", "", 400),
    ]
    (tmp_path / "contract.yaml").write_text(text + written(SPLIT.replace("}}", "}, on: [service, rated]}")), "utf-8")
    people = "person,provider,began,level\n" + "".join(f"{who},{at},2025-04-01,high\n" for who, at in TWO_NORTH)
    (tmp_path / "people.csv").write_text(people, encoding="utf-8")
    (tmp_path / "events.csv").write_text("person,kind,what,on,seen\n", encoding="utf-8")
    written_run = pbr.run(tmp_path / "contract.yaml", tmp_path, "2026-03-31")
    out = written_run.write(tmp_path / "out")
    said = str(pbr.explain(out, outcome="rate"))
    block = said[said.index("rated: pays for rate (Y1-Q1)") :].partition("\ntotal")[0]
    assert "partners £4.00, what is shared between payees, on the account of The Helpers" in block
    assert "net        £10.00" in block
    part = written_run.statement.lines().filter(pl.col("occurrence") == "Y1-Q1 of north")["line_id"][0]
    assert "on the account of The Helpers" in str(pbr.explain(out, line=part))


TWO_NORTH: Final = (("A", "north"), ("B", "south"), ("C", "north"))


# ---------------------------------------------------------------- laws

SHARES: Final = st.lists(st.integers(1, 10**6), min_size=1, max_size=6).map(
    lambda parts: [Fraction(part, sum(parts)) for part in parts]
)


@given(wholes=st.lists(st.integers(-(2**63) + 1, 2**63 - 1), min_size=1, max_size=5), shares=SHARES)
def test_parts_add_up_to_the_whole_and_are_within_a_penny(wholes: list[int], shares: list[Fraction]) -> None:
    """On any amounts, below nothing too, as a second reckoning in whole numbers says."""
    frame = pl.DataFrame({"whole": wholes}, schema={"whole": pl.Int64})
    parts = frame.select(
        part.alias(str(place)) for place, part in enumerate(largest_remainder(pl.col("whole"), shares))
    )
    for whole, got in zip(wholes, parts.rows(), strict=True):
        assert sum(got) == whole
        assert all(abs(each - whole * share) < 1 for each, share in zip(got, shares, strict=True))
        cut = [int(abs(whole) * share) for share in shares]
        order = sorted(range(len(shares)), key=lambda place: (cut[place] - abs(whole) * shares[place], place))
        for place in order[: abs(whole) - sum(cut)]:
            cut[place] += 1
        assert list(got) == [each if whole >= 0 else -each for each in cut]


@given(
    events=st.lists(
        st.tuples(st.sampled_from("ABC"), st.sampled_from(["a", "b", "c", "d", "-a", "-c"]), st.integers(1, 28)),
        unique_by=lambda event: (event[0], event[1]),
        max_size=8,
    ),
    between=st.sampled_from(["{north: 60%, helper: 40%}", "{helper: 1/3, south: 1/3, north: 1/3}", "{south: 100%}"]),
    per=st.sampled_from(["", ", per: [provider, month]"]),
)
def test_a_split_changes_no_total_and_no_order_changes_it(
    events: list[tuple[str, str, int]], between: str, per: str
) -> None:
    """The lines of each achievement, or each group, add up to what they were; the rows may come in any order."""
    said = [f"{person} {what} 2025-04-{day:02}" for person, what, day in events]
    terms = f"{{id: partners, kind: split, between: {between}{per}}}"
    done = evaluated(terms, said, text=PARTNERS).statement.lines()
    assert done.filter(pl.col("adjustment") == "partners")["amount_minor"].sum() == 0
    shared = done.filter(pl.col("adjustment") == "partners").group_by("subject", "occurrence", "provider")
    if not per:
        assert (shared.agg(pl.col("amount_minor").sum())["amount_minor"] == 0).all()
    assert evaluated(terms, said[::-1], text=PARTNERS).statement.lines().equals(done)


# ---------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ("between: {north: 50%, helper: 60%}", "PBR177 these shares add up to 110%, and what is shared is 100%"),
        ("between: {north: 1/3, helper: 1/3}", "PBR177 these shares add up to 200/3%"),
        ("between: {}", "PBR177 these shares add up to 0%"),
        ("between: {north: 100%, helper: 0%}", "PBR109 '0%' is not a share above 0"),
        ("between: {north: half, helper: 1/2}", "PBR109 'half' is not a share above 0"),
        ("between: {north: 60%, helpers: 40%}", "PBR111 no provider is named 'helpers'; did you mean 'helper'"),
        ("between: {north: 100%}, per: [month]", "PBR125 its lines are of a group, so `per` names provider"),
        ("between: {north: 100%}, per: [provider, town]", "PBR125 'town' cannot make groups of lines"),
    ],
)
def test_what_is_wrong_with_a_split_is_said(terms: str, problem: str) -> None:
    """Shares that are none or do not add up, and payees that nobody knows, have a fault with a fix."""
    said = [
        f"{each.code} {each.message}"
        for each in small.problems_of(PARTNERS + written(f"{{id: x, kind: split, {terms}}}"))
    ]
    assert any(each.startswith(problem) for each in said), said


def test_shares_of_too_many_digits_together_are_refused() -> None:
    """Two shares whose common parts can be held are read; two of which they cannot are not."""
    for large, codes in ((10**9, []), (3 * 10**9, ["PBR109"])):
        one, other = large + 19, large + 37  # of which no number but 1 divides both
        shares = {"north": f"1/{2 * one}", "south": f"{one - 1}/{2 * one}"}
        shares |= {"helper": f"1/{2 * other}", "last": f"{other - 1}/{2 * other}"}
        between = ", ".join(f"{name}: {share}" for name, share in shares.items())
        contract = PARTNERS.replace("helper: {", "last: {}, helper: {")
        said = small.problems_of(contract + written(f"{{id: x, kind: split, between: {{{between}}}}}"))
        assert [each.code for each in said] == codes


@pytest.mark.parametrize(
    ("after", "codes"),
    [
        ("{id: x, kind: cap, at_most: 1.00, per: [provider]}", []),
        ("{id: x, kind: cap, at_most: 1.00, per: [person]}", ["PBR178"]),
        ("{id: x, kind: cap, at_most: 1.00, per: [person], on: [take]}", []),
        ("{id: x, kind: floor, per: [person]}", ["PBR178"]),
        ("{id: x, kind: multiply, by: 1/2}", ["PBR178"]),
        ("{id: x, kind: multiply, by: rate, per: [provider]}", ["PBR178"]),
        ("{id: x, kind: multiply, by: 1/2, per: [provider, person]}", []),
        ("{id: x, kind: gate, needs: harmed}", ["PBR178"]),
        ("{id: x, kind: retain, share: 10%, until: 2026-01-01, per: [provider]}", []),
        ("{id: x, kind: retain, share: 10%, until: rate, per: [provider]}", ["PBR178"]),
        ("{id: x, kind: tax, rate: 20%, per: [provider]}", []),
        ("{id: x, kind: tax, rate: 20%, per: [person]}", ["PBR178"]),
        ("{id: x, kind: split, between: {helper: 100%}}", ["PBR178"]),
        ("{id: x, kind: split, between: {helper: 100%}, on: [take]}", []),
    ],
)
def test_after_a_split_each_payee_is_adjusted_alone(after: str, codes: list[str]) -> None:
    """What would change the parts of several payees at once is refused; other payments are free."""
    text = PARTNERS.replace("payments:\n", "  rate: {kind: measure, of: harmed, per: [provider]}\npayments:\n")
    split = SPLIT.replace("}}", "}, on: [give]}")
    assert [each.code for each in small.problems_of(text + written(f"{split}\n{after}"))] == codes


def test_what_was_shared_together_is_adjusted_together() -> None:
    """A cap on one of two payments that a split shared in groups would not see the parts."""
    split = SPLIT.replace("}}", "}, per: [provider]}")
    cap = "{id: x, kind: cap, at_most: 1.00, per: [provider], on: [give]}"
    assert [each.code for each in small.problems_of(PARTNERS + written(f"{split}\n{cap}"))] == ["PBR178"]
    assert small.problems_of(PARTNERS + written(f"{split}\n{cap.replace(', on: [give]', '')}")) == ()


# ---------------------------------------------------------------- shown


def test_a_split_is_explained_and_written(tmp_path: Path) -> None:
    """Each part says on whose account it is; what is left is the whole."""
    (tmp_path / "contract.yaml").write_text(PARTNERS + written(SPLIT), encoding="utf-8")
    (tmp_path / "people.csv").write_text("person,provider,began,level\nA,north,2025-04-01,high\n", encoding="utf-8")
    (tmp_path / "events.csv").write_text("person,kind,what,on,seen\nA,done,a,2025-04-10,2025-04-10\n", encoding="utf-8")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, "2026-03-31").write(tmp_path / "out")
    said = str(pbr.explain(out, "A"))
    assert "split      partners £2.40, what is shared between payees, on the account of The Helpers (" in said
    assert "split      partners -£2.40, what is shared between payees, on the account of North (" in said
    assert "net        £6.00" in said


def test_a_later_statement_is_the_difference_payee_by_payee() -> None:
    """What was stated of each payee is taken off that payee's line."""
    first = evaluated(SPLIT, ["A a 2025-04-10"], text=PARTNERS).statement.lines()
    later = evaluated(SPLIT, ["A d 2025-04-10"], text=PARTNERS)
    found_now = pbr.statement.make_statement(later.entitlement, first).lines()
    sums = dict(found_now.group_by("payee").agg(pl.col("amount_minor").sum()).rows())
    assert sums == {"north": 600 - 360, "helper": 400 - 240}
