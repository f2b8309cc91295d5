"""The files of a run: whole or not at all, safe to open, exact, and as documented."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

import pbr.output.write
from pbr.output import SCHEMAS
from pbr.problem import EvaluationError
from pbr.statement import LINE_COLUMNS
from pbr.uses import use_counts
from tests import small
from tests.small import EVENTS, PEOPLE, changed

if TYPE_CHECKING:
    from collections.abc import Callable

    from pbr.api import Run

ROOT: Final = Path(__file__).parent.parent
DOCUMENT: Final = ROOT / "docs" / "reference" / "outputs.md"
BOM: Final = b"\xef\xbb\xbf"
FILES: Final = [
    "cohort.csv",
    "decisions.csv",
    "decisions.parquet",
    "evidence_use.parquet",
    "exceptions.csv",
    "run.json",
    "statement.csv",
    "statement.json",
    "statement.parquet",
]


@pytest.fixture(scope="module")
def done() -> Run:
    """Evaluate the small contract once, with a row that is refused."""
    return small.run(events=[*EVENTS, EVENTS[0] | {"kind": "nap"}])


@pytest.fixture
def out(done: Run, tmp_path: Path) -> Path:
    """Write that run into a folder of its own."""
    return done.write(tmp_path / "out")


def contents(folder: Path) -> dict[str, bytes]:
    """Read every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def table(path: Path) -> list[dict[str, str]]:
    """Read a CSV file as text."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def code_of(action: Callable[[], object]) -> str:
    """Do what must fail with one problem, and give its code."""
    with pytest.raises(EvaluationError) as caught:
        action()
    (problem,) = caught.value.problems
    assert caught.value.exit_code == 2
    return problem.code


# ---- whole or not at all


def test_a_run_writes_every_file(out: Path) -> None:
    """The folder holds the nine files and nothing beside it is left behind."""
    assert sorted(contents(out)) == FILES
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_a_folder_is_made_with_those_above_it(done: Run, tmp_path: Path) -> None:
    """Folders that do not exist yet are made, and the folder's whole path is given back."""
    assert done.write(tmp_path / "a" / "b" / "out") == tmp_path / "a" / "b" / "out"
    assert sorted(contents(tmp_path / "a" / "b" / "out")) == FILES


def test_an_earlier_run_is_replaced_whole(done: Run, out: Path) -> None:
    """The files of an earlier run make way for the new ones, and an empty folder is filled."""
    later = small.run(events=[])
    assert later.write(out) == out
    assert contents(out) != contents(done.write(out.parent / "again"))
    (out.parent / "empty").mkdir()
    assert contents(later.write(out.parent / "empty")) == contents(out)
    assert sorted(path.name for path in out.parent.iterdir()) == ["again", "empty", "out"]


def test_the_same_run_gives_the_same_bytes(out: Path, tmp_path: Path) -> None:
    """Evaluating once more, with rows in another order, changes no byte but the places of rows."""
    again = small.run(events=[*EVENTS, EVENTS[0] | {"kind": "nap"}])
    assert contents(again.write(tmp_path / "again")) == contents(out)
    turned = small.run(people=PEOPLE[::-1], events=[*EVENTS[::-1], EVENTS[0] | {"kind": "nap"}])
    other = contents(turned.write(tmp_path / "turned"))
    for name in ("statement.csv", "statement.json", "statement.parquet", "decisions.csv", "cohort.csv"):
        assert other[name] == contents(out)[name]


@pytest.mark.parametrize(
    "name", ["statement.csv", "statement.json", "evidence_use.parquet", "exceptions.csv", "run.json"]
)
def test_a_write_that_fails_half_way_leaves_the_old_folder(
    out: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever file the disk refuses, the folder holds what it held, and nothing is left beside it."""
    before = contents(out)
    seen = refuse(monkeypatch, name)
    assert code_of(lambda: small.run(events=[]).write(out)) == "PBR502"
    assert seen == [name]
    assert contents(out) == before
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    monkeypatch.undo()
    assert contents(small.run(events=[]).write(out)) != before


@pytest.mark.parametrize("name", ["statement.csv", "run.json"])
def test_a_write_that_fails_makes_no_folder(
    done: Run, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there was nothing before, there is nothing after a failure."""
    refuse(monkeypatch, name)
    assert code_of(lambda: done.write(tmp_path / "new")) == "PBR502"
    assert list(tmp_path.iterdir()) == []


def refuse(monkeypatch: pytest.MonkeyPatch, name: str) -> list[str]:
    """Let writing one file fail after half of it is on the disk; give the list of files at which it did."""
    seen: list[str] = []
    kinds: tuple[tuple[type[Any], str], ...] = (
        (pl.DataFrame, "write_csv"),
        (pl.LazyFrame, "sink_parquet"),
        (Path, "write_text"),
    )
    for owner, method in kinds:
        monkeypatch.setattr(owner, method, failing(getattr(owner, method), name, seen))
    return seen


def failing(write: Callable[..., Any], name: str, seen: list[str]) -> Callable[..., Any]:
    """Give a way of writing that fails at one file."""

    def wrapped(self: Any, *rest: Any, **more: Any) -> Any:  # noqa: ANN401  # whatever the method takes
        """Write as before, or half a file and then an error."""
        path = self if isinstance(self, Path) else Path(rest[0] if isinstance(rest[0], Path) else rest[0].name)
        if path.name != name:
            return write(self, *rest, **more)
        path.write_bytes(b"half")
        seen.append(name)
        raise OSError(28, "No space left on device")

    return wrapped


@pytest.mark.parametrize("failing_step", [1, 2])
def test_a_rename_that_fails_puts_the_old_folder_back(
    out: Path, failing_step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the old folder cannot be set aside, or the new one cannot take its place, the old one stands as it was."""
    before = contents(out)
    rename, steps = Path.rename, iter(range(1, 9))

    def wrapped(self: Path, target: Path) -> Path:
        """Rename as before, but for one step."""
        if next(steps) == failing_step:
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", wrapped)
    assert code_of(lambda: small.run(events=[]).write(out)) == "PBR502"
    assert contents(out) == before
    assert [path.name for path in out.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("step", range(12))
def test_an_interruption_at_any_step_puts_everything_back(
    out: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever file, rename or removal it falls on, and once more on the tidying up, one whole run stands alone."""
    before, later, steps = contents(out), small.run(events=[]), iter(range(99))

    def interrupts(call: Callable[..., Any]) -> Callable[..., Any]:
        """Stop at a step, and at the first thing that is done about it."""

        def wrapped(*words: Any, **more: Any) -> Any:  # noqa: ANN401  # whatever the function takes
            """Do it, or stop before it."""
            if next(steps) in {step, step + 1}:
                raise KeyboardInterrupt
            return call(*words, **more)

        return wrapped

    for name in ("csv_file", "json_file", "write_csv", "write_parquet"):
        monkeypatch.setattr(pbr.output.write, name, interrupts(getattr(pbr.output.write, name)))
    monkeypatch.setattr(Path, "rename", interrupts(Path.rename))
    monkeypatch.setattr(shutil, "rmtree", interrupts(shutil.rmtree))
    with contextlib.suppress(KeyboardInterrupt):
        later.write(out)
    monkeypatch.undo()
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    found = contents(out)
    later.write(out.with_name("other"))
    assert found == (before if step < 10 else contents(out.with_name("other")))  # eight files and two renames


def test_what_is_half_written_is_cleared_away_from_outside(out: Path) -> None:
    """Whoever ends the process clears away the half-written folder, and puts an earlier run back where it stood."""
    before = contents(out)
    part, old = (out.with_name(f"out{suffix}") for suffix in (pbr.output.write.PART, pbr.output.write.OLD))
    for stands in (True, False):
        part.mkdir()
        (part / "statement.csv").write_text("half")
        if not stands:
            out.rename(old)
        pbr.output.clear_away(out)
        assert contents(out) == before
        assert [path.name for path in out.parent.iterdir()] == ["out"]
    shutil.copytree(out, old)
    pbr.output.clear_away(out)
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_nothing_of_somebody_else_is_cleared_away(out: Path) -> None:
    """Folders under the names of ours that hold anything else stay where they are."""
    for suffix in (pbr.output.write.PART, pbr.output.write.OLD):
        out.with_name(f"out{suffix}").mkdir()
        (out.with_name(f"out{suffix}") / "thesis.txt").write_text("mine")
    shutil.rmtree(out)
    pbr.output.clear_away(out)
    assert sorted(path.name for path in out.parent.iterdir()) == ["out.pbr-old", "out.pbr-part"]
    assert all((path / "thesis.txt").read_text() == "mine" for path in out.parent.iterdir())


def test_an_error_of_polars_is_worded_without_its_text(
    done: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What polars says could hold data, so it is not passed on."""

    def fails(*_: object, **__: object) -> None:
        """Fail as polars does on a full disk."""
        raise pl.exceptions.ComputeError("secret")

    monkeypatch.setattr(pl.LazyFrame, "sink_parquet", fails)
    with pytest.raises(EvaluationError) as caught:
        done.write(tmp_path / "new")
    assert str(caught.value) == f"{tmp_path / 'new'} PBR502 cannot be written: the disk refused it"


def test_remains_of_a_killed_run_are_cleared(done: Run, tmp_path: Path) -> None:
    """Half-written folders of a run that was killed do not stop the next one."""
    for suffix in (pbr.output.write.PART, pbr.output.write.OLD):
        (tmp_path / f"out{suffix}").mkdir()
        (tmp_path / f"out{suffix}" / "statement.csv").write_text("half")
    done.write(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_nothing_that_pbr_did_not_write_is_replaced(done: Run, tmp_path: Path) -> None:
    """A folder of other files, one of a run with a file added, a plain file and a link are left alone."""
    other, added = tmp_path / "other", tmp_path / "added"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    done.write(added)
    (added / "notes.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (other / "run.json").mkdir()
    for name in ("other", "added", "file", "link"):
        assert code_of(lambda name=name: done.write(tmp_path / name)) == "PBR501"  # type: ignore[misc]
    assert (other / "thesis.txt").read_text() == (added / "notes.txt").read_text() == "mine"
    assert (tmp_path / "link").is_symlink()


# ---- safe to open


def test_csv_files_have_a_mark_and_plain_line_ends(out: Path) -> None:
    """Each CSV file begins with a byte order mark, and its lines end with a line feed."""
    for name in (name for name in FILES if name.endswith(".csv")):
        data = (out / name).read_bytes()
        assert data.startswith(BOM + b"schema,")
        assert b"\r" not in data
        assert data.endswith(b"\n")


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+44", "'+44"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\uff1d1", "'\uff1d1"),
        ("A=1", "A=1"),
        ("'=1", "''=1"),
        ("'plain", "'plain"),
    ],
)
def test_text_that_looks_like_a_formula_gets_an_apostrophe(name: str, cell: str, tmp_path: Path) -> None:
    """An id that a spreadsheet would work out is shown as text in every CSV file, and as it is elsewhere."""
    people, events = [PEOPLE[0] | {"person": name}], [EVENTS[0] | {"person": name}]
    out = small.run(people=people, events=events).write(tmp_path / "out")
    assert {row["subject"] for row in table(out / "statement.csv")} == {cell}
    assert {row["subject"] for row in table(out / "decisions.csv")} == {cell}
    assert set(pl.read_parquet(out / "statement.parquet")["subject"]) == {name}
    assert {line["subject"] for line in json.loads((out / "statement.json").read_text())["lines"]} == {name}


def test_a_negative_amount_stays_a_number(out: Path) -> None:
    """Cuts, and the mark for a payment's own line, are not taken for formulas."""
    rows = table(out / "statement.csv")
    assert [row["amount"] for row in rows if row["adjustment"] == "most"] == ["-8.33"]
    assert "-" in {row["adjustment"] for row in rows}


def test_messages_about_rows_are_safe_too(tmp_path: Path) -> None:
    """A refused word that looks like a formula does not become one in the list of exceptions."""
    out = small.run(events=[EVENTS[0] | {"kind": "=HYPERLINK(1)"}]).write(tmp_path / "out")
    for row in table(out / "exceptions.csv"):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


# ---- exact


def test_every_format_holds_the_same_money(out: Path, done: Run) -> None:
    """CSV and JSON are decimal text of the minor units in Parquet, line by line and in total."""
    lines = pl.read_parquet(out / "statement.parquet")
    whole = json.loads((out / "statement.json").read_text(encoding="utf-8"))
    rows = table(out / "statement.csv")
    for name in ("unit_price", "amount", "limit", "left"):
        minor = lines[f"{name}_minor"].to_list()
        texts = [
            "" if value is None else f"{'-' * (value < 0)}{abs(value) // 100}.{abs(value) % 100:02}" for value in minor
        ]
        assert [row[name] for row in rows] == texts
        assert [line[name] or "" for line in whole["lines"]] == texts
    assert lines["amount_minor"].sum() == done.statement.total_minor == 206833
    assert whole["total"] == json.loads((out / "run.json").read_text())["total"] == "2068.33"
    assert (
        [row["line_id"] for row in rows] == lines["line_id"].to_list() == [line["line_id"] for line in whole["lines"]]
    )


@pytest.mark.parametrize(
    ("currency", "price", "amounts"), [("JPY", "1000", ["1000", "-167"]), ("KWD", "1.000", ["1.000", "-0.167"])]
)
def test_money_has_the_digits_of_its_currency(currency: str, price: str, amounts: list[str], tmp_path: Path) -> None:
    """Yen have no decimals and Kuwaiti dinars three, in every file."""
    text = changed(
        ("currency: GBP", f"currency: {currency}"),
        (".00", ""),
        ("1100.01", "1100"),
        ("price: 250", f"price: {price}"),
        ("at_most: 1200", "at_most: 1000000"),
    )
    out = small.run(text, as_at="2026-01-01").write(tmp_path / "out")
    rows = [row for row in table(out / "statement.csv") if row["payment"] == "second"]
    assert [row["amount"] for row in rows] == amounts
    found = json.loads((out / "statement.json").read_text())
    assert found["currency"] == currency
    assert [line["amount"] for line in found["lines"] if line["payment"] == "second"] == amounts


def test_parquet_files_say_what_they_are(out: Path) -> None:
    """The metadata holds the schema, and for the statement the currency and its digits."""
    found = {name: pl.read_parquet_metadata(out / name) for name in FILES if name.endswith(".parquet")}
    for held in found.values():
        held.pop("ARROW:schema")
    assert found == {
        "statement.parquet": {"schema": "statement/6", "currency": "GBP", "digits": "2"},
        "decisions.parquet": {"schema": "decisions/4"},
        "evidence_use.parquet": {"schema": "evidence_use/1"},
    }


def test_csv_files_say_the_number_of_their_schema(out: Path) -> None:
    """The first column of each CSV file is its schema number on every row."""
    for name in (name for name in FILES if name.endswith(".csv")):
        assert {row["schema"] for row in table(out / name)} <= {str(SCHEMAS[name.removesuffix(".csv")])}


# ---- the manifest


def test_the_manifest_names_what_was_read_and_written(out: Path, done: Run) -> None:
    """Hashes are those of the files, rows add up, and the contract is named with its fingerprint."""
    manifest = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert {item["file"]: item["sha256"] for item in manifest["outputs"]} == {
        name: hashlib.sha256(data).hexdigest() for name, data in contents(out).items() if name != "run.json"
    }
    assert manifest["rows"] == {
        "people": {"read": 3, "refused": 0, "used": 2, "not_included": 1},
        "events": {"read": 4, "refused": 1, "used": 2, "not_included": 1},
    }
    assert manifest["notes"] == ["people has no recorded field: each row counts from its own date"]
    contract = manifest["contract"]
    assert (contract["id"], contract["version"]) == ("small", "3")
    assert contract["fingerprint"] == done.plan.contract.fingerprint
    assert contract["sha256"] == done.plan.contract.document.sha256
    assert manifest["as_at"] == small.LATE
    assert manifest["arguments"] == {"as_at": small.LATE}
    assert [item["file"] for item in manifest["inputs"]] == ["frame", "frame"]


def test_paths_are_as_seen_from_the_folder(tmp_path: Path) -> None:
    """The manifest of a folder beside its inputs holds no absolute path, and moves with them."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "contract.yaml").write_text(small.TEXT)
    for name, frame in small.frames_of(PEOPLE, EVENTS).items():
        frame.write_csv(tmp_path / "in" / f"{name}.csv")
    run = pbr.run(tmp_path / "in" / "contract.yaml", tmp_path / "in", small.LATE)
    manifest = json.loads((run.write(tmp_path / "deep" / "out") / "run.json").read_text())
    assert manifest["contract"]["file"] == "../../in/contract.yaml"
    assert [item["file"] for item in manifest["inputs"]] == ["../../in/people.csv", "../../in/events.csv"]
    assert [item["sha256"] for item in manifest["inputs"]] == [
        hashlib.sha256((tmp_path / "in" / f"{name}.csv").read_bytes()).hexdigest() for name in ("people", "events")
    ]
    for name, data in contents(tmp_path / "deep" / "out").items():
        assert str(tmp_path).encode() not in data, name


# ---- as documented


def documented(heading: str) -> dict[str, tuple[str, ...]]:
    """Read the table under a heading of the page: the first column, and the others."""
    page = DOCUMENT.read_text(encoding="utf-8")
    part = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", part, re.MULTILINE)
    assert rows
    return {name: tuple(rest.split(" | ")) for name, rest in rows}


def schema_of(heading: str) -> dict[str, str]:
    """Read names and dtypes of the columns under a heading."""
    return {name: rest[0] for name, rest in documented(heading).items()}


def of_frame(frame: pl.DataFrame) -> dict[str, str]:
    """Give names and dtypes of the columns of a frame."""
    return {name: str(kind) for name, kind in frame.schema.items()}


def test_parquet_columns_are_those_documented(out: Path) -> None:
    """Names, order and dtypes of each Parquet file are the table of its heading."""
    for name in ("statement", "decisions", "evidence_use"):
        found = of_frame(pl.read_parquet(out / f"{name}.parquet"))
        assert list(found.items()) == list(schema_of(name).items()), name


def test_csv_columns_are_those_documented(out: Path) -> None:
    """Headings of each CSV file are the schema number and the table of its heading, money without `_minor`."""
    for name in ("statement", "decisions", "cohort", "exceptions"):
        text = (out / f"{name}.csv").read_text(encoding="utf-8-sig")
        wanted = [column.removesuffix("_minor") for column in schema_of(name)]
        assert text.split("\n")[0].split(",") == ["schema", *wanted], name


def test_frames_of_the_library_are_those_documented(done: Run) -> None:
    """The frames a run gives have the same columns and dtypes as its files."""
    assert of_frame(done.decisions.rows()) == schema_of("decisions")
    assert of_frame(done.uses()) == schema_of("evidence_use")
    assert of_frame(done.cohort()) == schema_of("cohort")
    assert of_frame(done.evidence.refused) == schema_of("exceptions")
    assert of_frame(done.statement.lines()) == {name: schema_of("statement")[name] for name in LINE_COLUMNS}


def test_the_meaning_of_each_column_of_a_line_is_said_once() -> None:
    """The page says of each column of a statement what the code says."""
    page = {name: rest[1] for name, rest in documented("statement").items()}
    assert {name: page[name] for name in LINE_COLUMNS} == LINE_COLUMNS


def test_keys_of_the_json_files_are_those_documented(out: Path) -> None:
    """Top keys of the manifest and of the statement are the tables of their headings, in order."""
    for name in ("run.json", "statement.json"):
        assert list(json.loads((out / name).read_text(encoding="utf-8"))) == list(documented(name)), name


def test_every_file_has_its_number_on_the_page() -> None:
    """The schema number of each file stands under its heading."""
    page = DOCUMENT.read_text(encoding="utf-8")
    for name, number in SCHEMAS.items():
        heading = "run.json" if name == "run" else name
        part = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
        assert f"Schema {number}." in part.replace("\n", " "), name


# ---- the summary


def test_the_summary_counts_money_and_people() -> None:
    """One row per payment, provider and period with what was met and paid, and one for those not paid."""
    found = small.run(as_at="2026-05-01").summary()
    assert found.rows() == [
        ("first", "north", "Y1-Q1", 1, 100000, 0, 100000, 0, 0, 0, 0),
        ("first", "south", "Y2-Q1", 1, 66000, 0, 66000, 0, 0, 0, 0),
        ("first", "south", "", 0, 0, 0, 0, 0, 0, 0, 1),
        ("second", "north", "Y1-Q2", 1, 25000, -5000, 20000, 0, 0, 0, 0),
        ("second", "south", "", 0, 0, 0, 0, 1, 0, 0, 1),
    ]
    assert [str(kind) for kind in found.dtypes] == ["String"] * 3 + ["Int64"] * 8


def test_the_summary_of_nothing_has_no_rows() -> None:
    """An empty return, and a contract without payments, have an empty summary of the same columns."""
    columns = small.run().summary().columns
    assert small.run(people=[], events=[]).summary().rows() == []
    text = changed((small.TEXT[small.TEXT.index("payments:\n") :], ""))
    found = small.run(text).summary()
    assert found.rows() == []
    assert found.columns == columns


def test_uses_add_up_to_the_rows_read(done: Run) -> None:
    """Refused rows and the rows of each summary use are all the rows of each table."""
    counts = use_counts(done.statement.uses)
    for name, count in done.evidence.counts.items():
        assert counts.filter(pl.col("table") == name)["rows"].sum() + count.refused == count.read
