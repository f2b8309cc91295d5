"""Who helped: on decisions and lines, as a condition, as explained, and what is wrong with it; by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pytest

import pbr
from pbr.uses import use_rows
from tests import small

if TYPE_CHECKING:
    from pathlib import Path

from tests.helping import BY_HOURS, BY_ROWS, LAST, TEXT, TOGETHER, evaluated, helped, paid, uses, written


def test_who_helped_stands_in_the_order_of_the_contract_once_each() -> None:
    """Words are those of the contract in its order, whatever the order and number of rows."""
    done = evaluated(["A family 2025-05-01", "A provider 2025-05-09", "A peers 2025-05-02", "A peers 2025-04-02"])
    assert helped(done) == {"A": "provider;peers;family", "B": None, "C": None}
    assert "helped_by" in done.decisions.rows().columns
    line = done.statement.lines().filter(pl.col("payment") == "give")
    assert line.select("subject", "helped_by").rows() == [("A", "provider;peers;family")]
    assert done.statement.lines().columns[-1] == "helped_by"


@pytest.mark.parametrize(
    ("row", "as_at", "who"),
    [
        ("A peers 2025-05-10", LAST, "peers"),  # on the day
        ("A peers 2025-05-11", LAST, None),  # the day after
        ("A peers 2025-05-01 1 2025-09-30", "2025-09-30", "peers"),  # recorded on the as-at date
        ("A peers 2025-05-01 1 2025-10-01", "2025-09-30", None),  # and the day after
        ("A peers 2024-12-31", LAST, "peers"),  # before the contract and the start
        ("A - 2025-05-01", LAST, None),  # nobody is said
        ("A peers - 1", LAST, None),  # no day is said
    ],
)
def test_help_counts_up_to_the_day_as_known(row: str, as_at: str, who: str | None) -> None:
    """Both sides of each boundary of an outcome that is met, on its decision and on its line."""
    done = evaluated([row], as_at=as_at)
    assert helped(done)["A"] == who
    assert done.statement.lines()["helped_by"].to_list() == [who]


@pytest.mark.parametrize(
    ("row", "as_at", "who"),
    [
        ("B peers 2025-07-01", LAST, "peers"),  # the last day of the window
        ("B peers 2025-07-02", LAST, None),
        ("B peers 2025-06-10", "2025-06-10", "peers"),  # while it is pending, up to the as-at date
        ("B peers 2025-06-11 1 2025-06-10", "2025-06-10", None),  # a day that is still to come
    ],
)
def test_of_what_is_not_met_help_counts_up_to_the_end_of_the_window(row: str, as_at: str, who: str | None) -> None:
    """Or up to the as-at date, if that is earlier."""
    assert helped(evaluated([row], as_at=as_at))["B"] == who


def test_without_a_window_help_counts_up_to_the_as_at_date() -> None:
    """An outcome without a window is looked at on the day of the question."""
    for day, who in (("2025-10-01", "family"), ("2025-10-02", None)):
        assert helped(evaluated([f"B family {day} 1 2025-04-02"], as_at="2025-10-01"), "words")["B"] == who


def test_each_line_says_who_had_helped_by_its_own_day() -> None:
    """Two words of one outcome, earned before and after the peers came."""
    events = ("A back a 2025-05-10", "A back b 2025-06-10")
    done = evaluated(["A provider 2025-05-10", "A peers 2025-05-11"], events=events)
    lines = done.statement.lines().select("occurrence", "helped_by").rows()
    assert lines == [("a", "provider"), ("b", "provider;peers")]
    assert helped(done, "words")["A"] == "provider"  # on the day of the first
    assert uses(done) == [(2, "used"), (3, "used")]


def test_who_is_left_out_was_helped_by_nobody() -> None:
    """C began too early; what was done for C is not included."""
    done = evaluated(["C peers 2025-05-01"])
    assert helped(done)["C"] is None
    assert uses(done) == [(2, "not_included")]


def test_without_a_table_of_contributions_the_column_is_empty() -> None:
    """The columns are always there."""
    done = small.run()
    assert done.decisions.rows()["helped_by"].null_count() == done.decisions.rows().height
    assert done.statement.lines()["helped_by"].null_count() == done.statement.lines().height


def test_a_fee_and_a_measure_are_of_nobody() -> None:
    """A line and a decision of no subject say nothing of help."""
    text = TEXT.replace("payments:\n", "  rate: {kind: measure, of: done, per: [provider]}\npayments:\n")
    text += "  service: {kind: fee, amount: 12.00}\n"
    done = evaluated(["A peers 2025-05-01"], text=text)
    assert helped(done, "rate") == {None: None}
    fees = done.statement.lines().filter(pl.col("payment") == "service")
    assert fees.height == 4
    assert fees["helped_by"].null_count() == 4


def test_every_row_that_says_who_helped_has_a_use() -> None:
    """Read is refused, used and unused together; a copy is the same row, and what says nobody is not asked for."""
    rows = [
        "A peers 2025-05-10",
        "A peers 2025-05-10",
        "A peers 2026-03-31",  # A has done it, and the second outcome has no window
        "B peers 2026-04-01 1 2026-03-31",
        "B peers 2025-05-10 1 2026-04-01",
        "C peers 2025-05-10",
        "A - 2025-05-10",
        "A peers -",
        "D peers 2025-05-10",
        "A peers 2025-05-10 -1",
        "A pers 2025-05-10",
    ]
    done = evaluated(rows)
    assert uses(done) == [
        (2, "used"),
        (3, "same_row"),
        (4, "used"),
        (5, "not_yet_recorded"),
        (6, "not_yet_recorded"),
        (7, "not_included"),
        (8, "unasked"),
        (9, "unasked"),
    ]
    assert done.evidence.counts["helps"].read == 11 == done.evidence.counts["helps"].refused + 8
    assert set(done.evidence.refused["code"]) == {"PBR222", "PBR214", "PBR216"}


def test_help_after_every_day_that_is_looked_at_is_after_the_window() -> None:
    """Where nothing is open any more, a row changes nothing that is written."""
    text = TEXT.replace("  words:", "  other:").replace("once_per: what}", "window: {after: start, for: 1 month}}")
    text = text.replace("  take: {kind: tariff, pays_for: words, price: 0.03, takes: yes}\n", "")
    done = evaluated(
        ["A peers 2025-05-10", "A peers 2025-05-11", "B peers 2025-07-01", "B peers 2025-07-02"], text=text
    )
    assert uses(done) == [(2, "used"), (3, "after_window"), (4, "used"), (5, "after_window")]


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ("A peers 2025-05-10", "met"),
        ("A peers 2025-05-11", "not_met"),
        ("A provider 2025-05-10", "not_met"),
        ("A peers 2025-05-10 1 2026-04-01", "not_met"),
    ],
)
def test_an_outcome_may_need_help_from_outside(row: str, state: str) -> None:
    """By a condition on the rows of who helped, up to the day of another outcome; a use for each that reads them."""
    done = evaluated([row], text=TOGETHER)
    rows = done.decisions.rows().filter(pl.col("subject") == "A")
    assert dict(rows.select("outcome", "state").rows())["together"] == state
    assert paid(done, "jointly") == ({"north": 500} if state == "met" else {})
    read = use_rows(done.decisions, done.statement.uses).filter(pl.col("table") == "helps")
    assert (None, "used") in read.select("outcome", "use").rows() or "2026" in row
    if state == "met":
        assert ("joined", "used") in read.select("outcome", "use").rows()
        evidence = done.statement.lines().filter(pl.col("payment") == "jointly")["evidence"][0]
        assert "helps:" in evidence


OWNED: Final = TEXT.replace(
    "    row_is: person\n    fields: {person: id, provider: provider, began: date}\n",
    "    row_is: episode\n    of: person\n    key: [episode]\n"
    "    fields: {episode: id, provider: provider, began: date}\n"
    "  persons: {row_is: person, fields: {person: id}}\n",
).replace("of: person\n  start", "of: episode\n  start")


def test_help_for_somebody_counts_for_each_of_their_episodes() -> None:
    """Rows that belong to a person stand for every episode, each up to its own day; sent once, they have one use."""
    frames = {
        "persons": pl.DataFrame({"person": ["A", "B"]}),
        "people": pl.DataFrame(
            {
                "episode": ["A1", "A2"],
                "person": ["A", "A"],
                "provider": ["north", "south"],
                "began": ["2025-04-01", "2025-04-20"],
            }
        ),
        "events": pl.DataFrame({"person": ["A"], "kind": ["done"], "what": ["a"], "on": ["2025-05-10"]}),
        "helps": pl.DataFrame(
            {
                "person": ["A", "A", "B"],
                "who": ["peers", "family", "peers"],
                "on": ["2025-05-10", "2025-05-11", "2025-05-10"],
                "hours": ["1", "1", "1"],
                "seen": ["2025-05-12"] * 3,
            }
        ),
    }
    done = pbr.run(small.contract_of(OWNED + written(BY_ROWS)), frames, LAST)
    assert helped(done) == {"A1": "peers", "A2": "peers"}
    assert paid(done) == {"network": 2002}
    assert uses(done) == [(2, "used"), (3, "used"), (4, "not_included")]
    table = [row for row in use_rows(done.decisions, done.statement.uses).rows() if row[0] == "helps"]
    assert len(table) == 3


def test_whole_ids_and_files_in_parquet_are_helped_alike(tmp_path: Path) -> None:
    """Persons named by whole numbers, and rows that stay on disk, are shared and explained like any other."""
    text = small.changed(("person: id,", "person: {type: id, of: whole},"), text=TEXT)
    (tmp_path / "contract.yaml").write_text(text + written(BY_ROWS), encoding="utf-8")
    frames = {
        "people": {"person": ["7", "12"], "provider": ["north"] * 2, "began": ["2025-04-01"] * 2},
        "events": {"person": ["7", "12"], "kind": ["done"] * 2, "what": ["a"] * 2, "on": ["2025-05-10"] * 2},
        "helps": {
            "person": ["12", "12", "7"],
            "who": ["peers", "family", "provider"],
            "on": ["2025-05-10"] * 3,
            "hours": ["1"] * 3,
            "seen": ["2025-05-10"] * 3,
        },
    }
    for name, columns in frames.items():
        pl.DataFrame(columns).write_parquet(tmp_path / f"{name}.parquet")
    done = pbr.run(tmp_path / "contract.yaml", tmp_path, LAST)
    assert paid(done) == {"north": 1001, "network": 501, "friends": 500}
    assert list(helped(done).values()) == ["provider", "peers;family"]
    said = str(pbr.explain(done.write(tmp_path / "out"), "12"))
    assert "whose part is 1 of 2 contributions (" in said


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("is: contribution\n    of: person\n", "is: contribution\n    of: event\n", ["PBR130"]),
        ("is: contribution\n", "is: contributions\n", ["PBR106"]),
        ("    is: contribution\n    of: person\n", "    is: contribution\n    of: persn\n", ["PBR111"]),
        ("cohort:\n  of: person\n", "cohort:\n  of: persn\n", ["PBR111"]),
        ("hours: {type: decimal, places: 2, from: 0}", "hours: {type: decimal, places: 2, from: -1}", ["PBR191"]),
        ("hours: {type: decimal, places: 2, from: 0}", "hours: {type: whole, from: 0, to: 24}", []),
        ("      hours: {type: decimal, places: 2, from: 0}\n", "", []),
        ("who: {type: text, one_of: [provider, peers, family, partner]}", "who: text", ["PBR191"]),
        ("who: {type: text, one_of", "who: {type: txt, one_of", ["PBR131"]),
        ("on: date\n      hours", "on: {type: dat}\n      hours", ["PBR131"]),
        ("      on: date\n      hours", "      on: date\n      until: date\n      hours", ["PBR191"]),
        ("from: 0}", "from: 0, to: -1}", ["PBR113"]),
    ],
)
def test_what_is_wrong_with_a_table_of_contributions_is_said(old: str, new: str, codes: list[str]) -> None:
    """Its fields say who, when and perhaps how much, and nothing is said twice of a field that could not be read."""
    assert [each.code for each in small.problems_of(small.changed((old, new), text=TEXT))] == codes


@pytest.mark.parametrize(("of", "codes"), [("person", []), ("centre", ["PBR190"]), ("help", ["PBR130"])])
def test_contributions_are_about_subjects_or_whom_these_belong_to(of: str, codes: list[str]) -> None:
    """A table of others, or one without a cohort at all, says of nobody who helped."""
    text = small.changed(("of: person\n    fields:\n      who", f"of: {of}\n    fields:\n      who"), text=TEXT)
    text = text.replace("  helps:\n", "  centres: {row_is: centre, fields: {centre: id}}\n  helps:\n")
    assert [each.code for each in small.problems_of(text)] == codes
    nobody = text[: text.index("cohort:")] + "outcomes:\n  n: {kind: measure, of: centres, take: n}\n"
    assert "PBR190" in [each.code for each in small.problems_of(nobody)] or of == "help"


def test_a_decimal_field_may_have_a_range() -> None:
    """Both ends are counted in; what lies beyond is refused, in text and in typed columns."""
    text = TEXT.replace("places: 2, from: 0}", "places: 2, from: 0, to: 24}")
    hours = ["-0.01", "0", "24", "24.01"]
    done = evaluated([f"A peers 2025-05-0{place} {each}" for place, each in enumerate(hours, 1)], text=text)
    found = done.evidence.refused.select("row", "code", "message").rows()
    assert found == [(2, "PBR214", "'-0.01' is below 0"), (5, "PBR214", "'24.01' is above 24")]
    wide = TEXT.replace("places: 2, from: 0}", f"places: 9, from: 0, to: {10**17}}}")
    done = evaluated(["A peers 2025-05-01 999999999.999999999"], text=wide)
    assert done.evidence.refused.is_empty()


def test_who_helped_is_explained(tmp_path: Path) -> None:
    """Once each row with its place, and of each outcome and line who helped, and whose part is which."""
    (tmp_path / "contract.yaml").write_text(TEXT + written(BY_HOURS), encoding="utf-8")
    (tmp_path / "people.csv").write_text("person,provider,began\nA,north,2025-04-01\nB,south,2025-04-01\n", "utf-8")
    (tmp_path / "events.csv").write_text("person,kind,what,on\nA,done,a,2025-05-10\n", encoding="utf-8")
    helps = "person,who,on,hours,seen\nA,peers,2025-05-10,2.5,2025-05-10\nA,provider,2025-05-01,1,2025-05-01\n"
    helps += "A,family,2025-05-02,8,2026-04-01\nA,,2025-05-02,8,2025-05-02\n"
    (tmp_path / "helps.csv").write_text(helps, encoding="utf-8")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, LAST).write(tmp_path / "out")
    said = str(pbr.explain(out, "A"))
    rows = [line for line in said.splitlines() if line.startswith("help ")]
    assert [line.partition(",")[0] for line in rows] == [
        f"help         helps.csv row {row}: person A" for row in (2, 3, 4)
    ]
    assert rows[2].endswith(" - it was not recorded, or not yet dated, by the as-at date")
    assert said.count("\n  helped by  provider, peers\n") == 3  # two outcomes, and the line
    assert "on the account of The Network, whose part is 2.5 of 3.5 hours (" in said
    assert "on the account of North, whose part is 1 of 3.5 hours (" in said
    assert "helped by" not in str(pbr.explain(out, "B"))
    (tmp_path / "contract.yaml").write_text(TEXT + written(BY_ROWS), encoding="utf-8")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, LAST).write(tmp_path / "out")
    assert "whose part is 1 of 2 contributions (" in str(pbr.explain(out, "A"))


def test_hours_that_are_sensitive_are_not_told(tmp_path: Path) -> None:
    """The split is shown and its figures are not."""
    text = TEXT.replace("places: 2, from: 0}", "places: 2, from: 0, sensitive: true}")
    (tmp_path / "contract.yaml").write_text(text + written(BY_HOURS), encoding="utf-8")
    (tmp_path / "people.csv").write_text("person,provider,began\nA,north,2025-04-01\n", encoding="utf-8")
    (tmp_path / "events.csv").write_text("person,kind,what,on\nA,done,a,2025-05-10\n", encoding="utf-8")
    (tmp_path / "helps.csv").write_text("person,who,on,hours,seen\nA,peers,2025-05-10,77,2025-05-10\n", "utf-8")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, LAST).write(tmp_path / "out")
    said = str(pbr.explain(out, "A"))
    assert "on the account of The Network (" in said
    assert "77" not in said.partition("row ")[2]
