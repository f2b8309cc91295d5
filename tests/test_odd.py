"""Odd contracts, returns and folders that once were read wrongly: each is read rightly, or refused in clear words."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr
from pbr.gather import MOST_LINKS
from pbr.problem import EvaluationError, EvidenceError
from tests import small
from tests.small import EVENTS, PEOPLE, TEXT, changed, contract_of, problems_of

if TYPE_CHECKING:
    from collections.abc import Callable

E_ACUTE: Final = "\N{LATIN SMALL LETTER E WITH ACUTE}"
APART: Final = unicodedata.normalize("NFD", E_ACUTE)
CHAIN: Final = 40
"""Outcomes that each wait for the one before: at twice the work for each link, a chain that would never end."""

OURS: Final = ("first", "second", "fields", "heading", "row", "file")


def written(text: str, rows: dict[str, list[dict[str, str]]], folder: Path) -> Path:
    """Write a contract and a CSV file for each table, evaluate them, and give the folder of the results."""
    (folder / "return").mkdir(parents=True)
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    for name, found in rows.items():
        pl.DataFrame(found).write_csv(folder / "return" / f"{name}.csv")
    return pbr.run(folder / "contract.yaml", folder / "return", small.LATE).write(folder / "out")


def code_of(action: Callable[[], object]) -> str:
    """Do what must fail with one problem, and give its code and message."""
    with pytest.raises((EvaluationError, EvidenceError)) as caught:
        action()
    (problem,) = caught.value.problems
    return f"{problem.code} {problem.message}"


# ---- one spelling of an accent


@pytest.mark.parametrize(("held", "sent"), [(E_ACUTE, APART), (APART, E_ACUTE), (APART, APART)])
def test_accents_may_be_written_apart_anywhere(held: str, sent: str) -> None:
    """A word of the contract and one of the return are the same word, whichever way each is spelt."""
    text = changed(("one_of: [job, lost]", f"one_of: [job{held}, lost]"), ("kind = 'job'", f"kind = 'job{held}'"))
    events = [row | {"kind": f"job{sent}"} for row in EVENTS]
    plain = changed(
        ("one_of: [job, lost]", f"one_of: [job{E_ACUTE}, lost]"), ("kind = 'job'", f"kind = 'job{E_ACUTE}'")
    )
    found, wanted = (done.statement.lines().drop("evidence") for done in (small.run(text, events=events), small.run()))
    assert found.equals(wanted)
    assert not found.is_empty()
    assert contract_of(text).fingerprint == contract_of(plain).fingerprint


def test_one_key_spelt_in_two_ways_stands_twice() -> None:
    """Two spellings of one label are one label written twice, which no file may hold."""
    text = changed(("one_of: [job, lost]", f"one_of: [job, lost], codes: {{s{E_ACUTE}: job, s{APART}: lost}}"))
    assert [problem.code for problem in problems_of(text)] == ["PBR010"]


# ---- figures that do not begin, or end, on one day


def test_a_start_before_the_first_price_of_its_label_alone_is_not_priced() -> None:
    """Another label's earlier price neither prices a start that has none, nor is lost for want of this one's."""
    text = changed(
        (
            '  - {id: early, clause: "2.1", when: "began < DATE \'2025-04-01\'"}\n',
            '  - {id: never, when: "began IS NULL"}\n',
        ),
        ("price: 250.00, price_on: start", "price: fee, price_on: start"),
        (
            "outcomes:\n",
            "  fee:\n    by: grade\n    dated: {2025-03-01: {high: 10.00}, 2025-04-01: {low: 20.00}}\noutcomes:\n",
        ),
        ("{after: start, for: 12 weeks}", "{after: start, for: 52 weeks}"),
    )
    people = [PEOPLE[0] | {"began": "2025-03-15"}, PEOPLE[2] | {"began": "2025-03-15"}]
    events = [EVENTS[0] | {"on": "2025-05-01"}, EVENTS[2] | {"on": "2025-05-01"}]
    done = small.run(text, people=people, events=events)
    rows = done.decisions.rows().filter(pl.col("outcome") == "kept")
    assert rows.select("subject", "state", "reason").rows() == [("A", "met", "met"), ("C", "unknown", "no_price")]


# ---- long chains


def test_a_long_chain_of_outcomes_is_evaluated() -> None:
    """Forty outcomes, each within a month of the one before, are met one after the other."""
    links = ["  l0: {kind: event, table: events, date: on, window: {from: start, for: 4 weeks}}\n"]
    links += [
        f"  l{place}: {{kind: event, table: events, date: on, window: {{from: l{place - 1}, for: 4 weeks}}}}\n"
        for place in range(1, CHAIN)
    ]
    old = TEXT[TEXT.index("  job:\n") : TEXT.index("adjustments:\n")]
    text = changed(
        (old, "".join(links) + f"payments:\n  only: {{kind: tariff, pays_for: l{CHAIN - 1}, price: 3.00}}\n"),
        ("on: [second]", "on: [only]"),
    )
    assert CHAIN > 6 * MOST_LINKS
    done = small.run(text, events=[EVENTS[0] | {"on": "2025-04-20"}, EVENTS[1] | {"on": "2026-03-20"}])
    assert set(done.decisions.rows()["state"]) == {"met", "excluded"}
    assert done.statement.lines().filter(pl.col("adjustment") == "-")["amount_minor"].to_list() == [300, 300]


# ---- adjustments with nothing to act on


@pytest.mark.parametrize(
    "adjustments",
    ["  - {id: most, kind: cap, at_most: 1.00, per: [month]}\n", "  - {id: share, kind: multiply, by: 1/2}\n"],
)
def test_adjustments_of_a_contract_that_pays_nothing_do_nothing(adjustments: str) -> None:
    """A contract without payments has decisions, no lines and a total of nothing."""
    text = TEXT[: TEXT.index("payments:\n")] + "adjustments:\n" + adjustments
    done = small.run(text)
    assert done.decisions.rows().height == 6
    assert done.statement.lines().is_empty()


# ---- names that are names of ours


def test_tables_may_have_names_that_the_engine_uses_too(tmp_path: Path) -> None:
    """Keys and fields named use, first, second, fields, heading, row and file are fields like any other."""
    text = changed(
        ("row_is: person\n    fields:\n      person: id", "row_is: person\n    key: [use]\n    fields:\n      use: id"),
        (
            "kind: {type: text, one_of: [job, lost]}",
            "".join(["kind: {type: text, one_of: [job, lost]}", *(f"\n      {name}: text" for name in OURS)]),
        ),
        ("    row_is: event\n", "    row_is: event\n    key: [first, heading]\n"),
    )
    people = [{"use": row["person"], **{name: row[name] for name in ("provider", "began", "level")}} for row in PEOPLE]
    events = []
    for place, row in enumerate([*EVENTS, EVENTS[0] | {"on": "2025-06-23"}, EVENTS[0] | {"person": "Nobody"}]):
        more = {
            "first": str(place % 3),
            "second": "x",
            "fields": "f",
            "heading": row["person"],
            "row": "r",
            "file": "f",
        }
        events.append({"use": row["person"], "kind": row["kind"], **more, "on": row["on"], "seen": row["seen"]})
    out = written(text, {"people": people, "events": events}, tmp_path)
    with (out / "exceptions.csv").open(encoding="utf-8-sig", newline="") as file:
        refused = [(row["row"], row["column"], row["code"], row["message"]) for row in csv.DictReader(file)]
    assert [row[:3] for row in refused] == [("2", "first", "PBR221"), ("5", "first", "PBR221"), ("6", "use", "PBR222")]
    assert "other content in 'on'" in refused[0][3]
    used = pl.read_parquet(out / "evidence_use.parquet")
    assert used.filter(pl.col("use") == "used")["outcome"].to_list() != []


def test_citations_of_different_rows_are_different(tmp_path: Path) -> None:
    """Keys that hold the marks between keys are told apart where a line cites them."""
    text = changed(
        (
            "kind: {type: text, one_of: [job, lost]}",
            "kind: {type: text, one_of: [job, lost]}\n      a: text\n      b: text",
        ),
        ("    row_is: event\n", "    row_is: event\n    key: [a, b]\n"),
    )
    marks = [("x/y", "z"), ("x", "y/z"), ("x%2Fy", "z")]
    people = [PEOPLE[0] | {"person": name} for name in ("P;1", "P%3B1", "P/1")]
    events = [
        {"person": who["person"], "kind": "job", "a": a, "b": b, "on": "2025-06-24", "seen": "2025-07-01"}
        for who, (a, b) in zip(people, marks, strict=True)
    ]
    out = written(text, {"people": people, "events": events}, tmp_path)
    lines = pl.read_parquet(out / "statement.parquet").filter(pl.col("payment") == "first", pl.col("adjustment") == "-")
    cited = [part for text in lines["evidence"] for part in text.split(";")]
    assert sorted(part for part in cited if part.startswith("events:")) == [
        "events:x%252Fy/z",
        "events:x%2Fy/z",
        "events:x/y%2Fz",
    ]
    assert len(set(cited)) == len(cited) == 6


# ---- explanations


def test_an_explanation_of_a_price_without_a_day_names_none(tmp_path: Path) -> None:
    """A price that does not change needs no start to be priced on, and the explanation says no day."""
    text = changed(("price: job_price}", "price: 5.00, price_on: start}"))
    rows: dict[str, Any] = {"people": PEOPLE, "events": EVENTS}
    out = written(text, rows, tmp_path)
    assert "gross £5.00, the price" in pbr.explain(out, "A").text


def test_a_run_with_a_table_of_its_own_can_be_explained(tmp_path: Path) -> None:
    """A table that is nobody's child is no hindrance to an explanation."""
    text = changed(("cohort:\n  of", "  sites:\n    row_is: site\n    fields: {site: id, area: text}\ncohort:\n  of"))
    rows: dict[str, Any] = {"people": PEOPLE, "events": EVENTS, "sites": [{"site": "1", "area": "x"}]}
    assert "job: met" in pbr.explain(written(text, rows, tmp_path), "A").text


def test_a_folder_whose_name_looks_like_a_pattern_can_be_explained(tmp_path: Path) -> None:
    """Brackets and stars in the name of a folder are part of its name."""
    rows: dict[str, Any] = {"people": PEOPLE, "events": EVENTS}
    out = written(TEXT, rows, tmp_path / "a[1]*?")
    assert "job: met" in pbr.explain(out, "A").text


@pytest.mark.parametrize("name", ["7", "007", " 7 "])
def test_a_whole_id_may_be_asked_for_as_it_was_sent(name: str, tmp_path: Path) -> None:
    """An id that is a number is found with or without the zeros a spreadsheet drops."""
    rows: dict[str, Any] = {"people": [PEOPLE[0] | {"person": "007"}], "events": [EVENTS[0] | {"person": "7"}]}
    out = written(changed(("person: id", "person: {type: id, of: whole}")), rows, tmp_path)
    assert pbr.explain(out, name).subject == "7"


# ---- sources, days and folders of the wrong kind


@pytest.mark.parametrize(
    "source", [None, 5, ["people.csv"], ("people.csv", "events.csv"), pl.DataFrame(), {"people": 5, "events": None}]
)
def test_a_source_that_is_none_is_refused(source: Any) -> None:  # noqa: ANN401
    """What is neither a folder nor a frame or path for each table is said to be so."""
    said = code_of(lambda: pbr.run(contract_of(), source, small.LATE))
    assert said == "PBR201 a return is a folder, or a frame or path for each table"


@pytest.mark.parametrize("as_at", [None, 20270331, 1.5, ["2027-03-31"], b"2027-03-31"])
def test_a_day_of_another_type_is_refused(as_at: Any) -> None:  # noqa: ANN401
    """A number or a list is not a day."""
    frames = small.frames_of(PEOPLE, EVENTS)
    assert code_of(lambda: pbr.run(contract_of(), frames, as_at)).startswith("PBR402 ")


@pytest.mark.parametrize("name", ["x" * 300, "x" * 250, "a/" + "y" * 255])
def test_a_name_too_long_for_the_disk_is_refused(name: str, tmp_path: Path) -> None:
    """A folder that cannot be made for its name is a plain error, and nothing is left behind."""
    done = small.run()
    assert code_of(lambda: done.write(tmp_path / name)).startswith("PBR502 cannot be written: ")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_a_folder_that_holds_more_than_files_of_a_run_is_left_alone(kind: str, tmp_path: Path) -> None:
    """Beside an interrupted run, a folder or link under a name of ours is somebody's, and is not deleted."""
    part = tmp_path / f"out{pbr.output.write.PART}"
    part.mkdir()
    if kind == "folder":
        (part / "statement.csv").mkdir()
        (part / "statement.csv" / "thesis.txt").write_text("mine")
    else:
        (part / "statement.csv").symlink_to(tmp_path / "elsewhere")
    code_of(lambda: small.run().write(tmp_path / "out"))
    assert (part / "statement.csv").is_symlink() or (part / "statement.csv" / "thesis.txt").read_text() == "mine"


def test_parts_and_single_files_are_named_alike_wherever_they_lie(tmp_path: Path) -> None:
    """A file of the only part of a table is named without its folder, whatever that folder is called."""
    rows: dict[str, Any] = {"people": PEOPLE, "events": EVENTS}
    for home in ("events", "return"):
        written(TEXT, rows, tmp_path / home)
    moved = tmp_path / "events" / "return"
    moved.rename(tmp_path / "events" / "events")
    pbr.run(contract_of(), tmp_path / "events" / "events", small.LATE).write(tmp_path / "one")
    pbr.run(contract_of(), tmp_path / "return" / "return", small.LATE).write(tmp_path / "two")
    one, two = (pl.read_parquet(tmp_path / name / "evidence_use.parquet") for name in ("one", "two"))
    assert one.equals(two)
    assert set(one["file"]) == {"events.csv", "people.csv"}
    manifest = json.loads((tmp_path / "one" / "run.json").read_text(encoding="utf-8"))
    assert manifest["rows"]


# ---- headings, parts and shared parts of outcomes


@pytest.mark.parametrize(("held", "sent"), [(E_ACUTE, APART), (APART, E_ACUTE), (APART, APART)])
def test_accents_of_a_heading_may_be_written_apart(held: str, sent: str, tmp_path: Path) -> None:
    """A heading as returned is the heading of the contract, whichever way each is spelt, in CSV and in frames."""
    text = changed(("    row_is: person\n", f"    row_is: person\n    columns: {{niv{held}: level}}\n"))
    people = [{f"niv{sent}" if name == "level" else name: cell for name, cell in row.items()} for row in PEOPLE]
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    pl.DataFrame(people).write_csv(tmp_path / "people.csv")
    pl.DataFrame(EVENTS).write_csv(tmp_path / "events.csv")
    frames = {"people": pl.DataFrame(people), "events": pl.DataFrame(EVENTS)}
    for source in (tmp_path, frames):
        done = pbr.run(tmp_path / "contract.yaml", source, small.LATE)
        assert done.statement.total_minor == small.run().statement.total_minor
        assert done.evidence.refused.is_empty()


@pytest.mark.parametrize("first", ["april", "june"])
def test_an_empty_part_has_no_rows_of_another(first: str, tmp_path: Path) -> None:
    """A part with headings alone stands before or after another, and no row of that is taken for its own."""
    (tmp_path / "events").mkdir()
    pl.DataFrame(PEOPLE).write_csv(tmp_path / "people.csv")
    pl.DataFrame(EVENTS).write_csv(tmp_path / "events" / "may.csv")
    pl.DataFrame(EVENTS).clear().write_csv(tmp_path / "events" / f"{first}.csv")
    done = pbr.run(contract_of(), tmp_path, small.LATE)
    uses = done.uses().filter(pl.col("table") == "events")
    assert set(uses["file"]) == {"events/may.csv"}
    assert uses.select("row", "outcome").unique().height == uses.height
    assert set(uses["row"]) == {2, 3, 4}


@pytest.mark.parametrize("need", ["any", "all", "1"])
def test_outcomes_that_share_parts_take_no_longer_for_it(need: str) -> None:
    """Forty outcomes, each made of the two before it, have more paths through them than could ever be walked."""
    links = ["  l0: {kind: event, table: events, date: on}\n  l1: {kind: combine, need: any, of: [l0]}\n"]
    links += [
        f"  l{place}: {{kind: combine, need: {need}, of: [l{place - 1}, l{place - 2}]}}\n" for place in range(2, CHAIN)
    ]
    old = TEXT[TEXT.index("  job:\n") : TEXT.index("adjustments:\n")]
    text = changed(
        (old, "".join(links) + f"payments:\n  only: {{kind: tariff, pays_for: l{CHAIN - 1}, price: 3.00}}\n"),
        ("on: [second]", "on: [only]"),
    )
    done = small.run(text, events=[EVENTS[0]])
    assert done.statement.lines().filter(pl.col("adjustment") == "-")["amount_minor"].to_list() == [300]


# ---- explanations of what was, not of what stands nearby


def test_an_explanation_names_the_factor_of_the_day(tmp_path: Path) -> None:
    """Where the factors of two years stand on one line of the contract, the one of the day is named."""
    text = changed(
        ("values:\n", "values:\n  half: {by: grade, dated: {2025-04-01: ONE, 2026-04-01: TWO}}\n"),
        ("ONE", "{high: 1/2, low: 1/3}"),
        ("TWO", "{high: 2/3, low: 1/7}"),
        ("by: 5/6, on: [second]", "by: half, on: [first]"),
    )
    rows: dict[str, Any] = {"people": PEOPLE, "events": EVENTS}
    said = pbr.explain(written(text, rows, tmp_path), "B").text
    assert "1/7 for low" in said
    assert "1/3" not in said


@pytest.mark.parametrize("name", ["-0", "0", "00", "-00"])
def test_nothing_is_found_whichever_way_it_is_written(name: str, tmp_path: Path) -> None:
    """The id 0 may have been sent, and may be asked for, with a sign and with more noughts."""
    rows: dict[str, Any] = {"people": [PEOPLE[0] | {"person": "-0"}], "events": [EVENTS[0] | {"person": "0"}]}
    out = written(changed(("person: id", "person: {type: id, of: whole}")), rows, tmp_path)
    assert pbr.explain(out, name).subject == "0"


def test_a_run_through_a_linked_folder_is_explained_from_either_path(tmp_path: Path) -> None:
    """Paths in the manifest are those of real folders, so that `..` in them means the same to everybody."""
    rows: dict[str, Any] = {"people": PEOPLE, "events": EVENTS}
    written(TEXT, rows, tmp_path / "made")
    (tmp_path / "real" / "deep" / "er").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real" / "deep" / "er")
    made = tmp_path / "made"
    pbr.run(made / "contract.yaml", made / "return", small.LATE).write(tmp_path / "link" / "out")
    for folder in ("link/out", "real/deep/er/out"):
        assert "job: met" in pbr.explain(tmp_path / folder, "A").text


def test_a_folder_named_by_two_dots_is_the_one_above(tmp_path: Path) -> None:
    """No folder is made on the way to one that is refused."""
    (tmp_path / "mine.txt").write_text("mine")
    assert code_of(lambda: small.run().write(tmp_path / "new" / "..")).startswith("PBR501 ")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


# ---- words that nothing can match, and limits that are one


@pytest.mark.parametrize("word", ['""', '" x"', '"x "'])
def test_a_word_that_no_return_can_hold_is_refused(word: str) -> None:
    """A declared word that is empty or has outer spaces would match nothing, since returned text is trimmed."""
    (problem,) = problems_of(changed(("one_of: [job, lost]", f"one_of: [job, lost, {word}]")))
    assert problem.code == "PBR110"
    assert "is never found" in problem.message


@pytest.mark.parametrize("day", ["2025-04-01", "2025-04-01 to 2027-03-31", "2024-01-01 to 2030-12-31"])
def test_a_limit_that_never_changes_in_the_term_needs_no_period(day: str) -> None:
    """One dated figure over the whole term is one limit, whether it says when it ends or not."""
    text = changed(
        ("values:\n", f"values:\n  limit: {{dated: {{{day}: 9.00}}}}\n"), ("at_most: 1200.00", "at_most: limit")
    )
    assert small.run(text).statement.total_minor == 2 * 900


def test_spaces_around_what_is_wrong_are_shown() -> None:
    """Where the space is what is wrong, the message has it."""
    said = code_of(lambda: pbr.run(contract_of(), small.frames_of(PEOPLE, EVENTS), " 2027-03-31"))
    assert said.startswith("PBR402 ' 2027-03-31' is not a real day")


# ---- what reads the results goes away


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["check", "good.yaml", "bad.yaml"], 1, "bad.yaml: 1 problem"),
        (["evaluate", "good.yaml", "--data", ".", "--as-at", small.LATE, "--out", "out", "--strict"], 1, "2 of 6 rows"),
        (["check", "good.yaml"], 0, ""),
    ],
)
def test_a_reader_that_goes_away_changes_no_exit_code(words: list[str], code: int, said: str, tmp_path: Path) -> None:
    """Whether anybody reads the results or not, the rest is done, and a wrong contract or a refused row is said."""
    (tmp_path / "good.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(changed(("pbr: 1", "pbr: 2")), encoding="utf-8")
    pl.DataFrame(PEOPLE[:2]).write_csv(tmp_path / "people.csv")
    pl.DataFrame([*EVENTS, EVENTS[0] | {"kind": "nap"}]).write_csv(tmp_path / "events.csv")
    command = [sys.executable, "-m", "pbr", *words]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        errors = child.stderr.read()
    assert child.returncode == code
    assert said in errors
    assert "Exception" not in errors
    assert "Traceback" not in errors


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here to stand for a full disk")
def test_a_full_disk_behind_the_results_is_said(tmp_path: Path) -> None:
    """What cannot be printed for want of room is a plain error, and no fault of ours."""
    (tmp_path / "good.yaml").write_text(TEXT, encoding="utf-8")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "pbr", "check", "good.yaml"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (2, "PBR502 the results cannot be printed: No space left on device\n")
