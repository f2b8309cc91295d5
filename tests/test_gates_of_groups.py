"""Gates that ask about outcomes of groups: the group each line falls in, and lines that adjustments made for groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pytest

from tests import small
from tests.test_measure import SHARE, TWO_JOBS, job, person, text

if TYPE_CHECKING:
    from tests.small import Rows

GATE: Final = ("adjustments:\n", "adjustments:\n  - {id: only_good, kind: gate, needs: good}\n")
PEOPLE: Final[Rows] = [
    person("A", "2025-04-01"),
    person("B", "2025-05-01"),
    person("L", "2025-04-01", level="low"),
    person("M", "2025-04-01", level="low"),
]
EVENTS: Final[Rows] = [*TWO_JOBS, job("L", "2025-05-01")]


def net(contract: str, people: Rows = PEOPLE, events: Rows = EVENTS, as_at: str = "2027-03-31") -> dict[str, int]:
    """Add up what each person, payment of a group, or adjustment for one comes to."""
    lines = small.run(contract, people=people, events=events, as_at=as_at).statement.lines()
    lines = lines.filter(pl.col("period").is_in(["Y1-Q1", "Y1-Q2"]))
    who = pl.coalesce("subject", pl.col("payment") + pl.lit(" ") + pl.col("provider"), "occurrence").alias("who")
    return dict(lines.group_by(who).agg(pl.col("amount_minor").sum()).filter(pl.col("amount_minor") != 0).rows())


@pytest.mark.parametrize("word", ["grade", "level"])
def test_a_gate_may_ask_about_the_group_of_a_label(word: str) -> None:
    """Of those with high needs 2 of 2 found a job, of those with low needs 1 of 2: only lines of the first are paid.

    No price need be by that label, nor any other adjustment ask for it.
    """
    good = "  good: {kind: test, of: placed, at_least: 60%}\n"
    price = ("price: job_price", "price: 500.00")
    contract = text(f"kind: measure, of: job, per: [provider, {word}]", good, "", GATE, price)
    assert net(contract) == {"A": 70833, "B": 70833}
    assert net(contract.replace("at_least: 60%", "at_least: 50%")) == {"A": 70833, "B": 70833, "L": 70833}


def test_who_is_in_no_label_that_a_gate_asks_about_is_unknown() -> None:
    """X has a job and no level: it cannot be said whether it is paid, so it is not, and the reason is the field."""
    good = "  good: {kind: test, of: placed, at_least: 60%}\n"
    price = ("price: job_price", "price: 500.00")
    contract = text("kind: measure, of: job, per: [provider, level]", good, "", GATE, price)
    people, events = [*PEOPLE, person("X", "2025-04-01", level="")], [*EVENTS, job("X", "2025-05-01")]
    done = small.run(contract, people=people, events=events)
    rows = done.decisions.rows().filter(pl.col("subject") == "X", pl.col("outcome") == "job")
    assert rows.select("state", "reason", "missing").row(0) == ("unknown", "missing_field", "people.level")
    assert "X" not in net(contract, people, events)


CUT: Final = text(
    SHARE,
    "  good: {kind: test, of: placed, at_least: 90%}\n"
    "  jobs: {kind: measure, of: job, take: count, per: [provider, quarter], period_of: start}\n",
    "  each: {kind: tariff, pays_for: jobs, price: 100.00}\n",
    (
        "adjustments:\n",
        (
            "adjustments:\n  - {id: dead, kind: multiply, by: 5/6, per: [provider, quarter], on: [each]}\n"
            "  - {id: only_good, kind: gate, needs: good, on: [each]}\n"
        ),
    ),
)


def test_a_gate_takes_back_what_was_cut_of_a_group_too() -> None:
    """North comes to 3 of 4: of 300.00 a sixth was cut for the group, and the gate takes back 300.00 and that sixth.

    South's only member has a job, so that its 100.00 is paid less a sixth.
    """
    people, events = [*PEOPLE, person("S", "2025-04-01", "south")], [*EVENTS, job("S", "2025-05-01")]
    lines = small.run(CUT, people=people, events=events).statement.lines()
    lines = lines.filter(pl.col("period") == "Y1-Q1", pl.col("subject").is_null())
    assert sorted(lines.select("provider", "adjustment", "amount_minor").rows()) == [
        ("north", "-", 30000),
        ("north", "dead", -5000),
        ("north", "only_good", -30000),
        ("north", "only_good", 5000),
        ("south", "-", 10000),
        ("south", "dead", -1667),
    ]


def test_a_line_for_a_longer_time_than_the_gate_asks_about_is_left_alone() -> None:
    """A sixth of all quarters together is in none of them; a gate on the whole contract takes that back."""
    whole = CUT.replace("per: [provider, quarter], on:", "per: [provider], on:")
    lines = small.run(whole, people=PEOPLE, events=EVENTS).statement.lines().filter(pl.col("subject").is_null())
    assert sorted(lines.filter(pl.col("amount_minor") != 0).select("adjustment", "amount_minor").rows()) == [
        ("-", 30000),
        ("dead", -5000),
        ("only_good", -30000),
    ]
    longer = whole.replace("per: [provider, quarter], period_of: start}\n  good", "per: [provider]}\n  good")
    lines = small.run(longer, people=PEOPLE, events=EVENTS).statement.lines().filter(pl.col("subject").is_null())
    assert lines["amount_minor"].sum() == 0


@pytest.mark.parametrize(
    ("paid_for", "expected"),
    [
        (
            "[first]",
            [("first", "-", 100000), ("first", "gate", -100000), (None, "dead", -16667), (None, "gate", 16667)],
        ),
        (
            "[first, second]",
            [
                ("first", "-", 100000),
                ("first", "gate", -100000),
                ("second", "-", 25000),
                ("second", "gate", -25000),
                (None, "dead", -20833),
            ],
        ),
    ],
)
def test_a_line_for_one_person_is_gated_as_those_it_is_of(
    paid_for: str, expected: list[tuple[str | None, str, int]]
) -> None:
    """What a factor cuts of a person's lines of one quarter is taken back with them; of two it is of neither."""
    good = "  good: {kind: test, of: placed, at_least: 90%}\n"
    adjustments = (
        f"  - {{id: dead, kind: multiply, by: 5/6, per: [person], on: {paid_for}}}\n"
        f"  - {{id: gate, kind: gate, needs: good, on: {paid_for}}}\n"
    )
    before = small.TEXT[small.TEXT.index("adjustments:\n") :]
    contract = text(SHARE, good, "", (before, "adjustments:\n" + adjustments))
    lines = small.run(contract, people=[PEOPLE[0], PEOPLE[3]], events=EVENTS[:1]).statement.lines()
    lines = lines.filter(pl.col("payment").is_in(paid_for.strip("[]").split(", ")) | pl.col("payment").is_null())
    found = lines.select("payment", "adjustment", "amount_minor").rows()
    assert sorted(found, key=lambda line: (line[0] or "z", line[1])) == expected
