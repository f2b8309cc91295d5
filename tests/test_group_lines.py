"""Lines of groups among other lines: in one order, with a key of their own, and under what is said of their subject."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from tests import small

if TYPE_CHECKING:
    from tests.small import Rows

ADJUSTMENTS: Final = small.TEXT[small.TEXT.index("  - {id: share") :]
TEXT: Final = small.changed(
    ("one_of: [high, low]}\n  events", "one_of: [high, low]}\n      area: text\n      ward: text\n  events"),
    (ADJUSTMENTS, "CHANGES"),
)


def run(changes: str, people: Rows, events: Rows, text: str = TEXT) -> pbr.Run:
    """Evaluate the small contract with other adjustments."""
    people = [{"area": "a", "ward": "w"} | row for row in people]
    frames = {"people": pl.DataFrame(people), "events": pl.DataFrame(events)}
    return pbr.run(small.contract_of(small.changed(("CHANGES", changes), text=text)), frames, small.LATE)


def lines(found: pbr.Run, *more: str) -> list[tuple[Any, ...]]:
    """Give subject, adjustment, more columns and the amount of each line."""
    return sorted(found.statement.lines().select("subject", "adjustment", *more, "amount_minor").rows(), key=repr)


def test_a_cap_over_lines_of_groups_cuts_the_same_whatever_the_file() -> None:
    """Forty groups of one provider and day stand in one order, that of their labels."""
    people = [small.PEOPLE[0] | {"person": f"A{place:02}", "area": f"x{place:02}"} for place in range(40)]
    events = [small.EVENTS[0] | {"person": f"A{place:02}"} for place in range(40)]
    changes = "  - {id: least, kind: floor, at_least: 5000.00, per: [provider, area]}\n"
    changes += "  - {id: most, kind: cap, at_most: 60000.00, per: [provider]}\n"
    found = set()
    for seed in range(4):
        random.Random(seed).shuffle(people)  # noqa: S311  # made-up people need no secrets
        cut = run(changes, people, events).statement.lines().filter(pl.col("adjustment") == "most")
        found.add(tuple(cut.select("occurrence", "amount_minor").rows()))
    assert len(found) == 1
    cuts = [(name, amount) for name, amount in found.pop() if name.startswith("least")]
    assert [name for name, _ in cuts] == [f"least x{place:02}" for place in range(5, 40)]  # the first are paid


def test_labels_that_hold_spaces_are_told_apart() -> None:
    """'a b' with 'c', and 'a' with 'b c', are two groups and two lines."""
    people = [small.PEOPLE[0] | {"area": "a b", "ward": "c"}]
    people.append(small.PEOPLE[0] | {"person": "D", "area": "a", "ward": "b c"})
    events = [small.EVENTS[0], small.EVENTS[0] | {"person": "D"}]
    found = run("  - {id: least, kind: floor, at_least: 5000.00, per: [provider, area, ward]}\n", people, events)
    assert [row[2] for row in lines(found, "occurrence") if row[1] == "least"] == ['least "a b" c', 'least a "b c"']


LOST: Final = {"person": "B", "kind": "lost", "on": "2026-05-01", "seen": "2026-05-02"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("{id: safe, kind: gate, needs: kept}", {("A", 375000): 0, ("B", 434000): -434000}),
        ("{id: half, kind: multiply, by: 50%, where: \"level = 'low'\"}", {("A", 375000): 0, ("B", 434000): -217000}),
    ],
)
def test_a_line_of_one_person_is_under_what_is_said_of_that_person(change: str, expected: dict[Any, int]) -> None:
    """A gate and a `where` act on what a floor added for a person, as on the person's payments."""
    changes = f"  - {{id: least, kind: floor, at_least: 5000.00, per: [person]}}\n  - {change}\n"
    frame = run(changes, small.PEOPLE, [*small.EVENTS, LOST]).statement.lines()
    frame = frame.filter(pl.col("occurrence").str.starts_with("least"))
    for (subject, added), taken in expected.items():
        mine = frame.filter(pl.col("subject") == subject)
        assert mine.filter(pl.col("adjustment") == "least")["amount_minor"].to_list() == [added]
        assert mine.filter(pl.col("adjustment") != "least")["amount_minor"].sum() == taken


@pytest.mark.parametrize("turned", [False, True])
def test_a_line_of_a_person_is_paid_to_whom_its_payments_are(turned: bool) -> None:
    """A floor on what north is paid is north's, whoever is paid for something else and whichever is written first."""
    payments = [
        "  first: {kind: tariff, pays_for: job, price: job_price}\n",
        "  second: {kind: tariff, pays_for: kept, price: 250.00, to: area_of}\n",
    ]
    start = TEXT.index("  first: {")
    text = TEXT[:start] + "".join(payments[::-1] if turned else payments) + TEXT[TEXT.index("adjustments:") :]
    text = small.changed(("groups:\n", "groups:\n  area_of: {north: \"level = 'low'\", south: otherwise}\n"), text=text)
    changes = "  - {id: least, kind: floor, at_least: 5000.00, per: [person], on: [first]}\n"
    found = run(changes, small.PEOPLE[:1], small.EVENTS[:1], text)
    assert ("A", "least", "north", 400000) in lines(found, "payee")


def test_words_that_are_the_same_number_have_one_order() -> None:
    """'1', '01' and '001' are three words of three lines, whose order does not hang on the file."""
    text = small.changed(
        ("      on: date\n", "      on: date\n      what: id\n"),
        ("    date: on\n    window: {after: start,", "    date: on\n    once_per: what\n    window: {after: start,"),
    )
    events = [small.EVENTS[0] | {"what": word} for word in ("1", "01", "001", "a", "0a")]
    orders = set()
    for seed in range(5):
        random.Random(seed).shuffle(events)  # noqa: S311  # made-up events need no secrets
        frames = {"people": pl.DataFrame(small.PEOPLE[:1]), "events": pl.DataFrame(events)}
        orders.add(tuple(pbr.run(small.contract_of(text), frames, small.LATE).statement.lines()["occurrence"]))
    assert len(orders) == 1


@pytest.mark.parametrize("word", ["outcome", "payment"])
def test_a_text_field_that_has_the_name_of_a_word_makes_no_groups(word: str) -> None:
    """`per: [outcome]` is of the outcome; with a field of that name it is not clear which is meant."""
    text = small.changed(("      area: text\n", f"      {word}: text\n"), ("CHANGES", ""), text=TEXT)
    text = text.replace("adjustments:\n", f"adjustments:\n  - {{id: most, kind: cap, at_most: 1.00, per: [{word}]}}\n")
    assert [problem.code for problem in small.problems_of(text)] == ["PBR125"]
