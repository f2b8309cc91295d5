"""Provider and group at the achievement: groupings that read results, and payments to whom they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from tests import small

if TYPE_CHECKING:
    from pathlib import Path

    from tests.small import Rows

HELD: Final = "began_on <= job.date AND (ended_on IS NULL OR job.date <= ended_on)"
STAYS: Final = """\
  stays:
    row_is: stay
    of: person
    fields:
      at: provider
      began_on: date
      ended_on: date
      need: {type: text, one_of: [great, small]}
      told: recorded
  events:
"""
GROUPS: Final = f"""\
  holder:
    north: "any(stays, at = 'north' AND {HELD})"
    south: "any(stays, at = 'south' AND {HELD})"
  need_then: {{great: "any(stays, need = 'great' AND {HELD})", small: otherwise}}
values:
  by_need: {{by: need_then, great: 700.00, small: 300.00}}
"""
TEXT: Final = small.changed(
    ("  events:\n", STAYS),
    ("values:\n", GROUPS),
    ("pays_for: job, price: job_price}", "pays_for: job, price: by_need, to: holder}"),
    ("  - {id: share", "  - {id: each, kind: cap, at_most: 650.00, per: [provider]}\n  - {id: share"),
)


def stay(person: str, at: str, began_on: str, ended_on: str = "", need: str = "great") -> dict[str, str]:
    """Give one row of who held whom."""
    return {
        "person": person,
        "at": at,
        "began_on": began_on,
        "ended_on": ended_on,
        "need": need,
        "told": began_on,
    }


MOVED: Final[Rows] = [
    stay("A", "north", "2025-04-01", "2025-06-23"),
    stay("A", "south", "2025-06-24", need="small"),
    stay("B", "south", "2026-03-02"),
]


def run(stays: Rows, text: str = TEXT, as_at: str = small.LATE) -> pbr.Run:
    """Evaluate the small contract with these stays."""
    tables = {"people": small.PEOPLE, "events": small.EVENTS, "stays": stays}
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    return pbr.run(small.contract_of(text), frames, as_at)


def lines(found: pbr.Run) -> list[tuple[Any, ...]]:
    """Give payment, subject, adjustment, payee and amount of each line."""
    frame = found.statement.lines().select("payment", "subject", "adjustment", "payee", "amount_minor")
    return sorted(frame.rows())


def state(found: pbr.Run, subject: str, outcome: str) -> tuple[str, str]:
    """Give the state and reason of one decision."""
    row = found.decisions.rows().filter(pl.col("subject") == subject, pl.col("outcome") == outcome)
    return row["state"][0], row["reason"][0]


def test_who_holds_the_case_at_the_achievement_is_paid_at_the_need_of_that_day() -> None:
    """A moved from north to south on the day of the job: south is paid, at the small need; kept is north's still."""
    assert lines(run(MOVED)) == [
        ("first", "A", "-", "south", 30000),
        ("first", "B", "-", "south", 70000),
        ("first", "B", "each", "south", -35000),  # south's cap is used by A's job of 2025 first
        ("second", "A", "-", "north", 25000),
        ("second", "A", "share", "north", -4167),
        ("second", "B", "-", "south", 25000),
        ("second", "B", "each", "south", -25000),
    ]


def test_a_day_earlier_the_other_provider_is_paid() -> None:
    """The last day of a stay is held; the boundary of the move is the day."""
    later = [stay("A", "north", "2025-04-01", "2025-06-24"), stay("A", "south", "2025-06-25", need="small"), MOVED[2]]
    found = [row for row in lines(run(later)) if row[:3] == ("first", "A", "-")]
    assert found == [("first", "A", "-", "north", 70000)]


@pytest.mark.parametrize(
    ("stays", "expected"),
    [
        ([MOVED[2]], ("unknown", "no_group")),
        ([stay("A", "north", "2025-04-01"), stay("A", "south", "2025-06-01")], ("unknown", "two_groups")),
        ([stay("A", "north", "")], ("unknown", "missing_field")),
    ],
)
def test_without_one_payee_nothing_is_paid(stays: Rows, expected: tuple[str, str]) -> None:
    """Held by nobody, by two, or since nobody knows when: unknown, and neither it nor what follows it is paid."""
    stays = [row | {"told": "2025-06-01"} for row in stays]
    found = run(stays)
    assert state(found, "A", "job") == expected
    assert state(found, "A", "kept") == ("unknown", "anchor")
    assert not [row for row in lines(found) if row[1] == "A"]


def test_before_the_achievement_it_is_pending_and_not_unknown() -> None:
    """Whom to pay is not known before there is anything to pay."""
    assert state(run(MOVED, as_at="2025-05-01"), "A", "job") == ("pending", "window_open")


def test_the_rows_that_say_who_is_paid_are_cited() -> None:
    """The line of A rests on the stay with south; that with north decided nothing, and has the use of one asked."""
    found = run(MOVED)
    evidence = found.statement.lines().filter(pl.col("subject") == "A", pl.col("payment") == "first")["evidence"][0]
    assert [ref.partition(":")[0] for ref in evidence.split(";")].count("stays") == 1


def test_a_price_may_be_by_the_provider_that_is_paid() -> None:
    """`by: provider` looks up who is paid, not who was first."""
    text = small.changed(
        ("price: by_need, to", "price: by_payee, to"),
        ("values:\n", "values:\n  by_payee: {by: provider, north: 1.00, south: 2.00}\n"),
        text=TEXT,
    )
    assert ("first", "A", "-", "south", 200) in lines(run(MOVED, text))


def test_a_grouping_known_at_the_start_may_say_who_is_paid() -> None:
    """A grouping that reads no result gives a payee too."""
    text = small.changed(
        ("to: holder", "to: area"),
        ("  need_then:", "  area: {north: \"level = 'low'\", south: otherwise}\n  need_then:"),
        text=TEXT,
    )
    paid = {row[1]: row[3] for row in lines(run(MOVED, text)) if row[0] == "first" and row[2] == "-"}
    assert paid == {"A": "south", "B": "north"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("to: holder", "to: holders"), "PBR111 no grouping is named 'holders'"),
        (("to: holder", "to: grade"), "PBR111 'grade' says who is paid, and its label 'high' is no provider"),
        (
            ("kind: cap, at_most: 650.00, per: [provider]", "kind: floor, per: [person]"),
            "PBR125 its lines are of a group, and 'job' may be paid to several providers for one person",
        ),
        (
            ("for: 12 weeks}", "for: length}"),
            "PBR112 outcomes wait for each other in a circle: job -> job (",
        ),
    ],
)
def test_what_cannot_be_is_said(change: tuple[str, str], said: str) -> None:
    """A name, a label, a payee that is not one, and a length that waits for itself."""
    text = small.changed(change, text=TEXT)
    if "length" in change[1]:
        text = small.changed(
            ("values:\n", "values:\n  length: {by: need_then, great: 1 week, small: 2 weeks}\n"), text=text
        )
    assert [
        problem for problem in small.problems_of(text) if str(problem.code + " " + problem.message).startswith(said)
    ]


def test_a_cohort_without_providers_pays_nobody_else() -> None:
    """Without a provider at the start there is nobody to be paid otherwise."""
    text = small.changed(("      provider: provider\n", ""), ("per: [provider]", "per: [person]"), text=TEXT)
    assert "PBR132" in {problem.code for problem in small.problems_of(text)}


def test_a_grouping_that_reads_results_is_noted_and_not_proved() -> None:
    """`pbr check` says that it is looked at for each person only."""
    text = small.changed(
        ("  need_then: {great: \"any(stays, need = 'great' AND ", '  need_then: {great: "job.met AND any(stays, '),
        text=TEXT,
    )
    notes = [note.message for note in small.contract_of(text).notes]
    assert any("it reads a result" in note for note in notes), notes


PER_PERSON: Final = small.changed(
    (
        TEXT[TEXT.index("adjustments:\n") :],
        "adjustments:\n  - {id: fl, kind: floor, at_least: 500.00, per: [person, provider]}\n",
    ),
    ("values:\n", "values:\n  most: {by: provider, MOST}\n  twice: {by: provider, north: 2, south: 1}\n"),
    text=TEXT,
)


@pytest.mark.parametrize(
    ("most", "change", "expected"),
    [
        ("north: 100.00, south: 9000.00", "kind: cap, at_most: most, per: [person, provider]", (10000, 50000)),
        ("north: 9000.00, south: 100.00", "kind: cap, at_most: most, per: [person, provider]", (50000, 10000)),
        ("north: 9000.00, south: 100.00", "kind: multiply, by: twice", (100000, 50000)),
    ],
)
def test_a_line_of_a_participant_at_a_provider_has_the_figure_of_that_provider(
    most: str, change: str, expected: tuple[int, int]
) -> None:
    """A is paid 300.00 at South and 250.00 at North, and a floor brings each to 500.00 by a line of its own."""
    text = PER_PERSON.replace("MOST", most) + f"  - {{id: last, {change}}}\n"
    found = run(MOVED[:2], text).statement.lines()
    mine = found.group_by("payee").agg(pl.col("amount_minor").sum())
    assert sorted(mine.rows()) == [("north", expected[0]), ("south", expected[1])]


BY_FATE: Final = small.changed(
    (
        "values:\n",
        "groups_end\nvalues:\n  length: {by: fate, yes: 12 weeks, no: 26 weeks}\n",
    ),
    ("groups_end\n", '  fate: {"yes": "calm.met", "no": otherwise}\n'),
    ("length: {by: fate, yes: 12 weeks, no: 26 weeks}", 'length: {by: fate, "yes": 12 weeks, "no": 26 weeks}'),
    (
        "outcomes:\n",
        (
            "outcomes:\n  calm: {kind: absence, table: events, when: \"kind = 'lost'\", date: on, "
            "window: {after: start, for: 3 months}}\n"
        ),
    ),
    ("window: {after: start, for: 12 weeks}", "window: {after: start, for: length}"),
)


def test_a_length_by_a_label_that_waits_is_waited_for() -> None:
    """Until it is known whether A stays calm nobody knows how long the window is: it is pending, and not unknown."""
    found = {}
    for as_at in ("2025-06-30", "2025-07-01"):
        done = small.run(BY_FATE, people=small.PEOPLE[:1], events=small.EVENTS[:1], as_at=as_at)
        found[as_at] = done.decisions.rows().select("outcome", "state", "reason", "missing").rows()
    assert found["2025-06-30"][1:] == [
        ("job", "pending", "part_pending", None),
        ("kept", "pending", "anchor", None),
    ]
    assert found["2025-07-01"][1] == ("job", "met", "met", None)


def test_an_explanation_says_who_is_paid(tmp_path: Path) -> None:
    """A is with North, and South is paid for the job."""
    (tmp_path / "contract.yaml").write_text(TEXT, encoding="utf-8")
    tables = {"people": small.PEOPLE, "events": small.EVENTS, "stays": MOVED}
    for name, rows in tables.items():
        pl.DataFrame(rows).write_csv(tmp_path / f"{name}.csv")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, small.LATE).write(tmp_path / "out")
    assert "first: pays to South for job, earned on 24 June 2025" in pbr.explain(out, "A").text
