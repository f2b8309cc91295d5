"""Who helped, attacked: what must not be divided by help that came after it, and what a case says of payees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

import pbr
from tests import small
from tests.helping import BY_HOURS, BY_ROWS, LAST, TEXT, evaluated, paid, written

if TYPE_CHECKING:
    from pathlib import Path

GIVES = BY_ROWS.replace("}}", "}, on: [give]}")
LATER = (
    "{id: first, kind: retain, share: 10%, until: period_end + 1 month, per: [PER], on: [give]}",
    "{id: first, kind: cap, at_most: 4.00, excess: carried, per: [PER], on: [give]}",
    "{id: first, kind: floor, at_least: 4.00, if_owed: carry_forward, per: [PER], on: [give]}",
)


@pytest.mark.parametrize("first", LATER)
def test_what_is_paid_later_of_what_was_earned_is_not_divided_by_help_that_came_between(first: str) -> None:
    """Its lines have later days than the achievement, so the split stands before it, and what it pays is per payee."""
    own = first.replace("PER", "person, quarter")
    (problem,) = small.problems_of(TEXT + written(f"{own}\n{GIVES}"))
    assert (problem.code, problem.line) == ("PBR193", 46)
    assert problem.message == (
        "'first' pays or takes later what was earned before, and help that came between would be paid for; "
        "write it after 'partners', with provider under its `per`"
    )
    apart = GIVES.replace("[give]", "[take]")
    groups = first.replace("PER", "provider, quarter")  # whose lines are of nobody, and are not divided
    after = first.replace("PER", "person, provider, quarter")
    for terms in (f"{own}\n{apart}", f"{groups}\n{GIVES}", f"{GIVES}\n{after}"):
        assert small.problems_of(TEXT + written(terms)) == ()


def test_what_is_kept_back_goes_back_to_whom_it_was_kept_from() -> None:
    """The peers came after the day of the achievement, and no penny of it goes to them, then or later."""
    helps = ["A provider 2025-05-01", "A family 2025-05-10", "A peers 2025-05-11"]
    after = LATER[0].replace("PER", "person, provider, quarter")
    done = evaluated(helps, adjustments=f"{GIVES}\n{after}")
    lines = done.statement.lines().group_by("payee").agg(pl.col("amount_minor").sum())
    assert dict(lines.rows()) == {"friends": 501, "north": 500}


def test_rows_that_are_alike_count_once_and_those_with_a_key_of_their_own_count_each() -> None:
    """Two hours of two peers on one day are one row without a key."""
    helps = ["A provider 2025-05-01 2", "A peers 2025-05-02 2", "A peers 2025-05-02 2"]
    assert paid(evaluated(helps, adjustments=BY_HOURS)) == {"network": 501, "north": 500}
    keyed = TEXT.replace("    row_is: help\n", "    row_is: help\n    key: [help]\n")
    keyed = keyed.replace("      who:", "      help: id\n      who:")
    frames = {
        "people": pl.DataFrame({"person": ["A"], "provider": ["north"], "began": ["2025-04-01"]}),
        "events": pl.DataFrame({"person": ["A"], "kind": ["done"], "what": ["a"], "on": ["2025-05-10"]}),
        "helps": pl.DataFrame(
            {
                "person": ["A"] * 3,
                "help": ["h1", "h2", "h3"],
                "who": ["provider", "peers", "peers"],
                "on": ["2025-05-01", "2025-05-02", "2025-05-02"],
                "hours": ["2"] * 3,
                "seen": ["2025-05-02"] * 3,
            }
        ),
    }
    done = pbr.run(small.contract_of(keyed + written(BY_HOURS)), frames, LAST)
    assert paid(done) == {"network": 667, "north": 334}
    assert "helps:h2;helps:h3" in done.statement.lines()["evidence"][1]


def test_a_split_by_contributions_without_payees_is_shown_one() -> None:
    """The fault has an example of the contract's own names."""
    (problem,) = small.problems_of(TEXT + written("{id: x, kind: split, by: helps}"))
    assert problem.message.endswith("with the words that it is paid for, such as {friends: partner}")


# ---------------------------------------------------------------- cases

CASE = """\
case: who is paid
as_at: 2026-03-31
tables:
  people: [{person: A, provider: north, began: 2025-04-01}]
  events: [{person: A, kind: done, what: a, on: 2025-05-10}]
  helps:
    - {person: A, who: peers, on: 2025-05-01, seen: 2025-05-01}
    - {person: A, who: family, on: 2025-05-01, seen: 2025-05-01}
    - {person: A, who: peers, on: 2025-05-02, seen: 2025-05-02}
    - {person: A, who: family, on: 2025-05-02, seen: 2025-05-02}
expect:
  lines:
    - {payment: give, subject: A, amount: 10.01, payee: north}
    - {payment: give, subject: A, adjustment: partners, amount: 5.01, payee: NETWORK}
    - {payment: give, subject: A, adjustment: partners, amount: 5.00, payee: FRIENDS}
    - {payment: give, subject: A, adjustment: partners, amount: -10.01}
"""


@pytest.mark.parametrize(
    ("network", "friends", "found"),
    [
        ("network", "friends", []),
        ("friends", "network", ["5.01 to friends but 5.00 to friends", "5.00 to network but 5.01 to network"]),
        ("south", "friends", ["5.01 to south but 5.01 to network"]),
    ],
)
def test_a_case_says_who_is_paid(network: str, friends: str, found: list[str], tmp_path: Path) -> None:
    """Amounts alone would be equal if the words of two payees were changed about."""
    (tmp_path / "contract.yaml").write_text(TEXT + written(BY_ROWS), encoding="utf-8")
    (tmp_path / "cases").mkdir()
    text = CASE.replace("NETWORK", network).replace("FRIENDS", friends)
    (tmp_path / "cases" / "who.yaml").write_text(text, encoding="utf-8")
    (result,) = pbr.run_cases(tmp_path / "contract.yaml").cases
    assert [f"{each.expected} but {each.found}" for each in result.differences] == found


def test_a_payee_that_the_contract_does_not_have_is_a_fault_of_the_case(tmp_path: Path) -> None:
    """With its place, and the nearest there is."""
    (tmp_path / "contract.yaml").write_text(TEXT + written(BY_ROWS), encoding="utf-8")
    (tmp_path / "cases").mkdir()
    text = CASE.replace("NETWORK", "netwrk").replace("FRIENDS", "friends")
    (tmp_path / "cases" / "who.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(pbr.ContractError) as caught:
        pbr.run_cases(tmp_path / "contract.yaml")
    (problem,) = caught.value.problems
    assert (problem.code, problem.line) == ("PBR140", 14)
    assert problem.message == "the contract has no provider 'netwrk'; did you mean 'network'?"


# ---------------------------------------------------------------- explained


def test_what_an_adjustment_made_for_a_person_is_explained_with_its_parts(tmp_path: Path) -> None:
    """The total of an explanation is that of the statement, and each line of a split says whose part it is."""
    floor = "{id: least, kind: floor, at_least: 20.00, per: [person], on: [give]}"
    (tmp_path / "contract.yaml").write_text(TEXT + written(f"{floor}\n{GIVES}"), encoding="utf-8")
    (tmp_path / "people.csv").write_text("person,provider,began\nA,north,2025-04-01\n", encoding="utf-8")
    (tmp_path / "events.csv").write_text("person,kind,what,on\nA,done,a,2025-05-10\n", encoding="utf-8")
    helps = "person,who,on,hours,seen\nA,peers,2025-05-10,1,2025-05-10\nA,provider,2025-05-10,1,2025-05-10\n"
    (tmp_path / "helps.csv").write_text(helps, encoding="utf-8")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, LAST).write(tmp_path / "out")
    said = str(pbr.explain(out, "A"))
    assert said.endswith("\ntotal        £20.00\n")
    assert "\nleast all: of lines of this person together, earned on 10 May 2025, period Y1-Q1\n" in said
    assert "  floor      least £9.99, " in said
    cap = f"{GIVES}\n{{id: most, kind: cap, at_most: 1.00, per: [provider], on: [give]}}"
    (tmp_path / "capped.yaml").write_text(TEXT + written(cap), encoding="utf-8")
    capped = str(pbr.explain(pbr.run(tmp_path / "capped.yaml", tmp_path, LAST).write(tmp_path / "capped"), "A"))
    assert "the part of the amount above a cap, on the account of The Network; at most £1.00" in capped
    assert "the part of the amount above a cap; at most £1.00" in capped  # of the payee of the line
    assert "partners £5.00, what is shared between payees, on the account of The Network, whose part is 1 of 2" in said
    for line in pbr.explain(out, "A").lines["line_id"]:
        assert f"line {line})" in said
        assert f"line {line})" in str(pbr.explain(out, "A", line=line))
        assert str(pbr.explain(out, line=line)) if line in _of_no_outcome(out) else True
    assert "least" not in str(pbr.explain(out, "A", outcome="words"))


def _of_no_outcome(out: Path) -> list[str]:
    """The lines that an adjustment made, which are explained by themselves."""
    lines = pl.read_parquet(out / "statement.parquet").filter(pl.col("payment").is_null())
    return lines["line_id"].to_list()
