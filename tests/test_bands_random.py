"""Bands against a list that is filled one by one in plain Python, on random worlds, and what holds of any of them."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any, Final

import polars as pl
import pytest

import pbr
from tests import small
from tests.test_bands import CONTRACT, PAID

FIRST: Final = dt.date(2025, 4, 1)
AS_AT: Final = "2025-09-30"
AREAS: Final = ("east", "north", "south", "west", "Zone")
"""Each has places of its own, so that a run holds as many worlds."""
BANDS: Final = (
    {"1 to 2": 400, "3 to 4": 300},
    {"1": 700, "2 to 5": 600, "6 or more": 500},
    {"over 3": 100, "3 or less": 200},
    {"1 to 3": 9, "4": 8, "5 to 6": 7},
)
HELD: Final[dict[str, tuple[int, int]]] = {
    "1": (1, 1),
    "1 to 2": (1, 2),
    "1 to 3": (1, 3),
    "2 to 5": (2, 5),
    "3 to 4": (3, 4),
    "3 or less": (1, 3),
    "over 3": (4, 10**9),
    "4": (4, 4),
    "5 to 6": (5, 6),
    "6 or more": (6, 10**9),
}
"""The places of each band, written out once more."""

World = dict[str, Any]


def world(seed: int) -> World:
    """Draw the terms of a payment, people and rows, with days close together so that many fall on one."""
    luck = random.Random(seed)  # noqa: S311  # made-up people need no secrets
    pays_for = luck.choice(["started", "milestone"])
    extra = ["provider", "quarter", *(["milestone"] if pays_for == "milestone" else [])]
    undone = luck.choice(["refilled", "kept"])
    order = "achieved" if undone == "kept" else luck.choice(["achieved", "known"])
    people = {
        f"{luck.choice('aAbB')}{number}": {"provider": luck.choice(["north", "south"]), "area": luck.choice(AREAS)}
        for number in range(luck.randint(10, 30))
    }
    rows = {}
    for name in people:
        for _ in range(luck.randint(0, 4)):
            on = FIRST + dt.timedelta(days=luck.choice([0, 1, 2, 3, 95, 200]))
            key = name, luck.choice(["started", "kept", "done"]), on
            void = luck.choice(["", "", str(on + dt.timedelta(days=luck.choice([5, 300])))])
            rows[key] = {"void": void, "seen": str(on + dt.timedelta(days=luck.choice([0, 1, 40])))}
    return {
        "pays_for": pays_for,
        "fill": ["area", *luck.sample(extra, luck.randint(0, 1))],
        "order": order,
        "place_of_undone": undone,
        "each_at": luck.choice(["its band", "its band", "the band reached"]),
        "bands": luck.choice(BANDS),
        "people": people,
        "rows": [{"person": who, "milestone": word, "on": str(on)} | row for (who, word, on), row in rows.items()],
    }


def paid(given: World, rows: list[dict[str, str]] | None = None) -> dict[tuple[str, str], tuple[int, int]]:
    """Run a world through the library: place and amount of each person and word."""
    bands = ", ".join(f"{step}: {price}.00" for step, price in given["bands"].items())
    said = ", ".join(f"{key}: {given[key]}" for key in ("pays_for", "order", "place_of_undone", "each_at"))
    terms = f"  paid: {{kind: bands, {said}, fill: [{', '.join(given['fill'])}], bands: {{{bands}}}}}\n"
    own = {"came_on": "2025-04-01", "need": "low", "pays": "north"}
    people = [{"person": name} | own | more for name, more in given["people"].items()]
    frames = {"people": pl.DataFrame(people), "steps": pl.DataFrame(given["rows"] if rows is None else rows)}
    contract = small.contract_of(small.changed((PAID, terms), text=CONTRACT))
    lines = pbr.run(contract, frames, AS_AT).statement.lines()
    assert lines["line_id"].n_unique() == lines.height
    found = {
        (who, word): (nth, minor // 100)
        for who, word, nth, minor in lines.select("subject", "occurrence", "nth", "amount_minor").iter_rows()
    }
    assert len(found) == lines.height
    return found


def days_of(given: World, rows: list[dict[str, str]]) -> dict[tuple[str, str], dict[str, dict[str, str]]]:
    """Give, for each person and word, the first row there is, undone or not, and the first that is not undone."""
    found: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
    for row in sorted(rows, key=lambda row: row["on"]):
        if row["seen"] > AS_AT or row["on"] > AS_AT or (given["pays_for"] == "started" != row["milestone"]):
            continue
        mine = found.setdefault((row["person"], row["milestone"] if given["pays_for"] == "milestone" else "1"), {})
        mine.setdefault("stood", row)
        if not row["void"] or row["void"] > AS_AT:
            mine.setdefault("met", row)
    return found


def expected(given: World, rows: list[dict[str, str]] | None = None) -> dict[tuple[str, str], tuple[int, int]]:
    """Fill a list of places one by one, and look each place up in every band."""
    lists: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    met = set()
    waiting: list[tuple[list[str], str, str, str, tuple[str, ...]]] = []
    for (who, word), mine in days_of(given, given["rows"] if rows is None else rows).items():
        row = mine["stood"] if given["place_of_undone"] == "kept" else mine.get("met")
        if row is None:
            continue
        if "met" in mine:
            met.add((who, word))
        known = [max(row["on"], row["seen"])] if given["order"] == "known" else []
        quarter = "first" if row["on"] < "2025-07-01" else "second"
        own = given["people"][who] | {"quarter": quarter, "milestone": word}
        waiting.append((known, row["on"], who, word, tuple(own[key] for key in given["fill"])))
    for _, _, who, word, key in sorted(waiting):
        lists.setdefault(key, []).append((who, word))
    found = {}
    for taken in lists.values():
        for place, each in enumerate(taken, start=1):
            if each in met:
                found[each] = (place, price_of(given, place, len(taken)))
    return found


def price_of(given: World, place: int, last: int) -> int:
    """Look up a price by going through all the bands; nothing where none holds the place."""
    held = {step: range(HELD[step][0], HELD[step][1] + 1) for step in given["bands"]}
    own = [step for step in held if place in held[step]]
    if not own:
        return 0
    if given["each_at"] == "the band reached":
        while not any(last in places for places in held.values()):
            last -= 1
        own = [step for step in held if last in held[step]]
    (step,) = own
    return int(given["bands"][step])


@pytest.mark.parametrize("seed", range(60))
def test_bands_are_those_of_a_list_filled_one_by_one(seed: int) -> None:
    """In each of the five worlds of a run every place, every price, and so the sum over each band is the same."""
    given = world(seed)
    assert paid(given) == expected(given)


def test_the_worlds_reach_what_they_should() -> None:
    """Together they have each term, places beyond the last, several of one day, undone places and those redone."""
    worlds = [world(seed) for seed in range(60)]
    for key, words in (
        ("pays_for", {"started", "milestone"}),
        ("order", {"achieved", "known"}),
        ("place_of_undone", {"refilled", "kept"}),
        ("each_at", {"its band", "the band reached"}),
    ):
        assert {given[key] for given in worlds} == words
    assert {word for given in worlds for word in given["fill"]} == {"area", "provider", "quarter", "milestone"}
    assert any(amount == 0 for given in worlds for _, amount in expected(given).values())
    kept = [given for given in worlds if given["place_of_undone"] == "kept"]
    assert any(expected(given) != expected(given | {"place_of_undone": "refilled"}) for given in kept)
    redone = [each for given in kept for each in days_of(given, given["rows"]).values() if "met" in each]
    assert any(each["met"]["on"] != each["stood"]["on"] for each in redone)


@pytest.mark.parametrize("seed", range(12))
def test_the_order_of_rows_moves_no_place(seed: int) -> None:
    """Rows in another order give the same places and amounts."""
    given = world(seed)
    rows = list(given["rows"])
    random.Random(seed).shuffle(rows)  # noqa: S311  # nor does a shuffle
    assert paid(given, rows) == paid(given)


@pytest.mark.parametrize("seed", range(12))
def test_no_place_is_filled_twice(seed: int) -> None:
    """Within each group of places no two achievements have the same, and without undone ones there is no hole."""
    given = world(seed) | {"fill": ["area"]}
    places: dict[str, list[int]] = {}
    for (who, _), (nth, _) in paid(given).items():
        places.setdefault(given["people"][who]["area"], []).append(nth)
    for taken in places.values():
        assert len(set(taken)) == len(taken)
        if given["place_of_undone"] == "refilled":
            assert sorted(taken) == list(range(1, len(taken) + 1))


@pytest.mark.parametrize("seed", range(12))
def test_a_later_achievement_changes_no_earlier_one(seed: int) -> None:
    """Each at its band, one more of a later day takes a place after all others and moves nobody."""
    given = world(seed) | {"each_at": "its band", "order": "achieved"}
    before = paid(given)
    later = {"person": "zz", "milestone": "started", "on": "2025-09-29", "void": "", "seen": "2025-09-30"}
    given["people"] |= {"zz": {"provider": "north", "area": "east"}}
    after = paid(given, [row for row in given["rows"] if row["on"] < "2025-09-01"] + [later])
    assert {each: after[each] for each in before} == before
    assert set(after) - set(before) == {("zz", "started" if given["pays_for"] == "milestone" else "1")}
