"""The return, typed by the contract: each type, each code, and the checks between rows."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbr.contract.model import Field, FieldKind
from pbr.evidence.typed import shown
from pbr.problem import short
from tests.evidence_terms import DATE, FAMILY, ID, TEXT, WHOLE_ID, accepted, faults, one_table, read, write

if TYPE_CHECKING:
    from pathlib import Path

MONEY: Final = Field(type=FieldKind.MONEY)
SHARE: Final = Field(type=FieldKind.SHARE)
YES_NO: Final = Field(type=FieldKind.YES_NO)
WHOLE: Final = Field(type=FieldKind.WHOLE)
SCORE: Final = Field(type=FieldKind.WHOLE, from_="0", to="20")
TENTHS: Final = Field(type=FieldKind.DECIMAL, places="1")
NO_PLACES: Final = Field(type=FieldKind.DECIMAL, places="0")
INSTANT: Final = Field(type=FieldKind.INSTANT)
RECORDED: Final = Field(type=FieldKind.RECORDED)
RECORDED_AT: Final = Field(type=FieldKind.RECORDED, of="instant")
PROVIDER: Final = Field(type=FieldKind.PROVIDER)
KIND: Final = Field(type=FieldKind.TEXT, one_of=("job", "café"), codes={"J": "job", "": "job"})
CODED: Final = Field(type=FieldKind.YES_NO, codes={"Y": "yes", "N": "no"})
ZERO_WIDTH: Final = "\N{ZERO WIDTH SPACE}"
NBSP: Final = "\N{NO-BREAK SPACE}"
RIGHT_TO_LEFT: Final = "\N{RIGHT-TO-LEFT OVERRIDE}"
DAY: Final = dt.date(2025, 4, 1)

READ: Final[list[tuple[Field, str, object]]] = [
    (TEXT, "  a  b ", "a  b"),
    (TEXT, "cafe\N{COMBINING ACUTE ACCENT}", "café"),
    (TEXT, "two\nlines\tand a tab", "two\nlines\tand a tab"),
    (TEXT, " ", None),
    (ID, "x", "x"),
    (ID, "", None),
    (WHOLE_ID, "007", 7),
    (WHOLE_ID, "-3", -3),
    (WHOLE_ID, "9223372036854775807", 9223372036854775807),
    (KIND, " J ", "job"),
    (KIND, "", "job"),
    (KIND, "café", "café"),
    (YES_NO, "YES", True),
    (YES_NO, " no", False),
    (YES_NO, "", None),
    (CODED, "Y", True),
    (CODED, "N", False),
    (CODED, "yes", True),
    (WHOLE, "-0", 0),
    (WHOLE, "999999999999999999", 10**18 - 1),
    (SCORE, "0", 0),
    (SCORE, "20", 20),
    (SCORE, "", None),
    (TENTHS, "-0.5", -5),
    (TENTHS, "12", 120),
    (NO_PLACES, "12", 12),
    (MONEY, "1250", 125000),
    (MONEY, "0.1", 10),
    (MONEY, "-12.34", -1234),
    (SHARE, "45%", 450000),
    (SHARE, "0.45", 450000),
    (SHARE, "33.3333%", 333333),
    (SHARE, "0.333333", 333333),
    (SHARE, "120%", 1200000),
    (DATE, "2024-02-29", dt.date(2024, 2, 29)),
    (DATE, " 1900-01-01 ", dt.date(1900, 1, 1)),
    (DATE, "2199-12-31", dt.date(2199, 12, 31)),
    (INSTANT, "2025-03-31T23:30Z", dt.date(2025, 4, 1)),
    (INSTANT, "2025-03-31T23:30:59.123+01:00", dt.date(2025, 3, 31)),
    (INSTANT, "2025-12-31 20:00-0500", dt.date(2026, 1, 1)),
    (INSTANT, "2025-03-31T23:30", dt.date(2025, 3, 31)),
    (INSTANT, "2025-10-26T01:30+00:00", dt.date(2025, 10, 26)),
    (INSTANT, "", None),
    (RECORDED, "2025-04-01", DAY),
    (RECORDED_AT, "2025-03-31T23:30Z", DAY),
    (PROVIDER, " north", "north"),
]

REFUSED: Final[list[tuple[Field, str, str, str]]] = [
    (ID, f"a{ZERO_WIDTH}b", "PBR224", "'a\ufffdb' holds a control or invisible character"),
    (ID, "a\tb", "PBR224", "'a b' holds a control or invisible character"),
    (ID, f"a{NBSP}b", "PBR224", "holds a control or invisible character, or a space that is not a plain one; remove"),
    (ID, "a\x7fb", "PBR224", "remove it"),
    (PROVIDER, f"north{RIGHT_TO_LEFT}", "PBR224", "remove it"),
    (TEXT, "a\x01b", "PBR224", "'a\ufffdb' holds a control character; remove it"),
    (TEXT, f"a{RIGHT_TO_LEFT}b", "PBR224", "holds a control character; remove it"),
    (PROVIDER, "", "PBR211", "empty; every row needs it"),
    (RECORDED, " ", "PBR211", "empty; every row needs it"),
    (RECORDED_AT, "", "PBR211", "empty; every row needs it"),
    (PROVIDER, "west", "PBR223", "'west' is not a provider in the contract; one of: north, south"),
    (PROVIDER, "North", "PBR223", "'North' is not a provider in the contract; one of: north, south"),
    (DATE, "31/02/2026", "PBR212", "'31/02/2026' is not a date like 2025-04-01"),
    (DATE, "2025-02-29", "PBR212", "'2025-02-29' is not a date like 2025-04-01"),
    (DATE, "2025-4-1", "PBR212", "not a date"),
    (DATE, "0025-04-01", "PBR212", "not a date"),
    (DATE, "1899-12-31", "PBR212", "not a date"),
    (DATE, "2200-01-01", "PBR212", "not a date"),
    (DATE, "2025-04-01T00:00", "PBR212", "not a date"),
    (DATE, "45750", "PBR212", "not a date"),
    (DATE, "٢٠٢٥-04-01", "PBR212", "not a date"),
    (RECORDED, "2025-04-01T10:00Z", "PBR212", "not a date"),
    (WHOLE, "1.0", "PBR213", "'1.0' is not a whole number of at most 18 digits; write digits only"),
    (WHOLE, "+1", "PBR213", "write digits only"),
    (WHOLE, "1,000", "PBR213", "write digits only"),
    (WHOLE, "1000000000000000000", "PBR213", "at most 18 digits"),
    (WHOLE_ID, "P7", "PBR213", "'P7' is not a whole number; this id is digits only"),
    (WHOLE_ID, "9223372036854775808", "PBR213", "digits only"),
    (SCORE, "-1", "PBR214", "'-1' is below 0"),
    (SCORE, "21", "PBR214", "'21' is above 20"),
    (SCORE, "x", "PBR213", "digits only"),
    (TENTHS, "1.25", "PBR215", "'1.25' is not a number like 1250.0"),
    (TENTHS, "1.", "PBR215", "not a number"),
    (TENTHS, ".5", "PBR215", "not a number"),
    (TENTHS, "1e3", "PBR215", "not a number"),
    (TENTHS, "NaN", "PBR215", "not a number"),
    (TENTHS, "999999999999999999", "PBR215", "not a number"),
    (NO_PLACES, "1.0", "PBR215", "'1.0' is not a number like 1250, without decimals"),
    (KIND, "jobs", "PBR216", "'jobs' is not a word the contract declares; one of: job, café"),
    (YES_NO, "Y", "PBR217", "'Y' is neither yes nor no; map your own words under codes"),
    (YES_NO, "true", "PBR217", "neither yes nor no"),
    (MONEY, "£5", "PBR218", "'£5' is not an amount of money like 1250.00"),
    (MONEY, "1,250.00", "PBR218", "not an amount of money"),
    (MONEY, "0.005", "PBR218", "not an amount of money"),
    (SHARE, "0.3333333", "PBR219", "'0.3333333' is not a share like 45% or 0.45, of at most six places"),
    (SHARE, "33.33333%", "PBR219", "not a share"),
    (SHARE, "5/6", "PBR219", "not a share"),
    (INSTANT, "2025-03-30T01:30", "PBR220", "is an hour that Europe/London has twice or not at all; add the offset"),
    (INSTANT, "2025-10-26 01:30:00", "PBR220", "is an hour that Europe/London has twice or not at all"),
    (INSTANT, "2025-03-31", "PBR220", "'2025-03-31' is not a moment like 2025-03-31T23:30Z"),
    (INSTANT, "2025-02-30T10:00Z", "PBR220", "not a moment"),
    (INSTANT, "2025-02-28T24:00Z", "PBR220", "not a moment"),
    (INSTANT, "2025-02-28T23:60Z", "PBR220", "not a moment"),
    (INSTANT, "2199-12-31T23:30-02:00", "PBR220", "not a moment"),
    (RECORDED_AT, "2025-04-01", "PBR220", "not a moment"),
]


def quoted(text: str) -> str:
    """Write a value as CSV does."""
    return '"' + text.replace('"', '""') + '"'


def sources(folder: Path, text: str) -> list[Any]:
    """Give one cell as CSV, as a frame, as a plan and as Parquet."""
    frame = pl.DataFrame({"participant": ["P1"], "x": [text]})
    frame.write_parquet(folder / "people.parquet")
    (folder / "other").mkdir()
    write(folder / "other", people=f"participant,x\nP1,{quoted(text)}\n")
    return [folder / "other", {"people": frame}, {"people": frame.lazy()}, folder]


@pytest.mark.parametrize(("field", "text", "value"), READ)
def test_text_is_typed_as_declared(tmp_path: Path, field: Field, text: str, value: object) -> None:
    """Text becomes the same typed value from CSV, frames and Parquet."""
    for source in sources(tmp_path, text):
        evidence = read(one_table(x=field), source)
        assert accepted(evidence, "people").rows() == [("P1", value)]
        assert faults(evidence) == []


@pytest.mark.parametrize(("field", "text", "code", "message"), REFUSED)
def test_text_that_does_not_fit_is_refused(tmp_path: Path, field: Field, text: str, code: str, message: str) -> None:
    """A cell that cannot be typed exactly is refused with its code, and the message says the fix."""
    for source in sources(tmp_path, text):
        evidence = read(one_table(x=field), source)
        assert accepted(evidence, "people").rows() == []
        assert faults(evidence) == [(2, "x", code)]
        assert message in evidence.refused["message"][0]


def test_yen_has_no_places() -> None:
    """Money has as many places as the currency."""
    frame = pl.DataFrame({"participant": ["a", "b"], "x": ["125", "125.0"]})
    evidence = read(one_table(currency="JPY", x=MONEY), {"people": frame})
    assert accepted(evidence, "people").rows() == [("a", 125)]
    assert evidence.refused["message"].to_list() == ["'125.0' is not an amount of money like 1250, without decimals"]


@pytest.mark.parametrize(("field", "text", "code", "message"), [row for row in REFUSED if row[1].strip()])
def test_sensitive_values_are_never_quoted(field: Field, text: str, code: str, message: str) -> None:
    """A message about a sensitive field says what is wrong, and nothing of what stands there."""
    hidden = Field(
        type=field.type,
        of=field.of,
        one_of=field.one_of,
        codes=field.codes,
        from_=field.from_,
        to=field.to,
        places=field.places,
        sensitive="true",
    )
    evidence = read(one_table(x=hidden), {"people": pl.DataFrame({"participant": ["P1"], "x": [text]})})
    assert evidence.refused["code"].to_list() == [code]
    said = evidence.refused["message"][0]
    assert said.startswith("the value ")
    assert message.rpartition("' ")[2] in said
    assert f"'{text}" not in said


@given(st.text())
def test_values_are_quoted_as_in_other_messages(text: str) -> None:
    """A value is quoted on one line and cut, as in every other message."""
    plain = "".join(letter for letter in text if letter.isprintable() or letter in " \t\n")
    said = pl.DataFrame({"x": [plain]}).select(shown("x", is_sensitive=False)).item()
    assert "\n" not in said
    if all(letter.isascii() for letter in plain):
        assert said == f"'{short(plain.strip())}'"
    assert len(said) <= 82


TYPED: Final[list[tuple[Field, pl.Series, list[object]]]] = [
    (WHOLE, pl.Series([1, None, -3], dtype=pl.Int8), [1, None, -3]),
    (WHOLE_ID, pl.Series([1, 2**63 - 1], dtype=pl.UInt64), [1, 2**63 - 1]),
    (TEXT, pl.Series(["a", None], dtype=pl.Categorical), ["a", None]),
    (KIND, pl.Series(["job", "J"], dtype=pl.Enum(["job", "J"])), ["job", "job"]),
    (YES_NO, pl.Series([True, None]), [True, None]),
    (DATE, pl.Series([DAY, None]), [DAY, None]),
    (RECORDED, pl.Series([DAY]), [DAY]),
    (DATE, pl.Series([None], dtype=pl.Null), [None]),
    (MONEY, pl.Series([Decimal("-12.5"), None], dtype=pl.Decimal(10, 1)), [-1250, None]),
    (MONEY, pl.Series([Decimal("0.05")], dtype=pl.Decimal(10, 2)), [5]),
    (SHARE, pl.Series([Decimal("0.45")], dtype=pl.Decimal(10, 6)), [450000]),
    (TENTHS, pl.Series([Decimal(7)], dtype=pl.Decimal(10, 0)), [70]),
    (INSTANT, pl.Series([dt.datetime(2025, 3, 31, 23, 30, tzinfo=dt.UTC), None]), [DAY, None]),
    (RECORDED_AT, pl.Series([dt.datetime(2025, 3, 31, 23, 30, tzinfo=dt.UTC)]), [DAY]),
]


@pytest.mark.parametrize(("field", "column", "values"), TYPED)
def test_typed_columns_are_taken_as_they_are(
    tmp_path: Path, field: Field, column: pl.Series, values: list[object]
) -> None:
    """A column of the declared type is taken from a frame and from Parquet."""
    frame = pl.DataFrame({"participant": [f"P{number}" for number in range(len(values))], "x": column})
    frame.write_parquet(tmp_path / "people.parquet")
    source: Any
    for source in ({"people": frame}, {"people": frame.lazy()}, tmp_path):
        evidence = read(one_table(x=field), source)
        assert faults(evidence) == []
        assert accepted(evidence, "people")["x"].to_list() == values


@pytest.mark.parametrize(
    ("field", "column", "code", "message"),
    [
        (WHOLE, pl.Series([10**18]), "PBR213", "'1000000000000000000' is not a whole number of at most 18 digits"),
        (WHOLE_ID, pl.Series([2**63], dtype=pl.UInt64), "PBR213", "'9223372036854775808' is not a whole number"),
        (SCORE, pl.Series([21]), "PBR214", "'21' is above 20"),
        (DATE, pl.Series([dt.date(1899, 12, 31)]), "PBR212", "'1899-12-31' is not a day of the years 1900 to 2199"),
        (RECORDED, pl.Series([None], dtype=pl.Date), "PBR211", "empty"),
        (INSTANT, pl.Series([dt.datetime(1899, 1, 1, tzinfo=dt.UTC)]), "PBR220", "in the years 1900 to 2199"),
    ],
)
def test_typed_values_are_checked_too(field: Field, column: pl.Series, code: str, message: str) -> None:
    """A typed value outside what the type holds is refused as its text would be."""
    evidence = read(one_table(x=field), {"people": pl.DataFrame({"participant": ["P1"], "x": column})})
    assert faults(evidence) == [(2, "x", code)]
    assert message in evidence.refused["message"][0]


@pytest.mark.parametrize(
    ("field", "dtype"),
    [
        (WHOLE, pl.Float64),
        (WHOLE, pl.Boolean),
        (WHOLE, pl.Decimal(10, 0)),
        (ID, pl.Int64),
        (WHOLE_ID, pl.Float32),
        (PROVIDER, pl.Int64),
        (TEXT, pl.Date),
        (YES_NO, pl.Int8),
        (MONEY, pl.Float64),
        (MONEY, pl.Int64),
        (MONEY, pl.Decimal(10, 3)),
        (SHARE, pl.Int64),
        (TENTHS, pl.Int64),
        (DATE, pl.Datetime("us")),
        (RECORDED, pl.Datetime("us", "UTC")),
        (INSTANT, pl.Datetime("us")),
        (INSTANT, pl.Date),
        (RECORDED_AT, pl.Date),
        (TEXT, pl.List(pl.String)),
        (TEXT, pl.Binary),
    ],
)
def test_columns_of_another_type_are_refused_whole(tmp_path: Path, field: Field, dtype: pl.DataType) -> None:
    """A column of another type refuses every row in one exception with their number."""
    frame = pl.DataFrame({"participant": ["a", "b"], "x": pl.Series([None, None], dtype=dtype)})
    frame.write_parquet(tmp_path / "people.parquet")
    for source in ({"people": frame}, tmp_path):
        evidence = read(one_table(x=field), source)
        assert faults(evidence) == [(None, "x", "PBR207")]
        assert evidence.refused["rows"].to_list() == [2]
        assert evidence.counts["people"].accepted == 0
        assert "write it in the declared type or as text" in evidence.refused["message"][0]
        assert accepted(evidence, "people").schema == {"participant": pl.String, "x": field_type(field)}


def field_type(field: Field) -> pl.DataType:
    """Give the type of a column in the engine."""
    evidence = read(one_table(x=field), {"people": pl.DataFrame(schema={"participant": pl.String, "x": pl.String})})
    return evidence.tables["people"].collect_schema()["x"]


def test_every_bad_cell_has_an_exception() -> None:
    """A row with three faults has three exceptions in the order of its fields, and counts once."""
    frame = pl.DataFrame({"x": ["?", "1"], "participant": ["", "P2"], "y": ["?", "2025-04-01"]})
    evidence = read(one_table(x=WHOLE, y=DATE), {"people": frame})
    assert faults(evidence) == [(2, "participant", "PBR210"), (2, "x", "PBR213"), (2, "y", "PBR212")]
    assert evidence.counts["people"].refused == 1


def test_copies_count_once_and_clashes_not_at_all() -> None:
    """Of exact copies the first counts; of two contents under one key none does, nor do their copies."""
    people = pl.DataFrame(
        {
            "participant": ["a", "b", " a", "c", "c", "b", "c"],
            "start": ["2025-04-01", None, "2025-04-01", "2025-04-01", "", "", "2025-04-01"],
        }
    )
    evidence = read(one_table(start=DATE), {"people": people})
    assert accepted(evidence, "people").rows() == [("a", DAY), ("b", None)]
    assert evidence.copies["people"].rows() == [(2, 0), (5, 1)]
    assert faults(evidence) == [
        (5, "participant", "PBR221"),
        (6, "participant", "PBR221"),
        (8, "participant", "PBR221"),
    ]
    assert evidence.refused["message"].to_list() == [
        "row 6 of frame has the same key, but other content in 'start'; send one row",
        "row 5 of frame has the same key, but other content in 'start'; send one row",
        "row 6 of frame has the same key, but other content in 'start'; send one row",
    ]


def test_rows_of_nobody_are_refused_with_their_copies() -> None:
    """A row counts only if the row of its parent does; a copy of a row of nobody is of nobody too."""
    people = pl.DataFrame({"participant": ["a", "b"], "start": ["2025-04-01", "?"]})
    visits = pl.DataFrame({"participant": ["a", "b", "z"], "visit": [1, 2, 3], "day": [DAY] * 3})
    notes = pl.DataFrame({"participant": ["b", "b", "a", "a", None], "kind": ["k"] * 5, "day": [DAY] * 5})
    evidence = read(FAMILY, {"people": people, "visits": visits, "notes": notes})
    assert list(evidence.tables) == ["visits", "notes", "people"]
    assert accepted(evidence, "visits").rows() == [("a", 1, DAY)]
    assert accepted(evidence, "notes").rows() == [("a", "k", DAY)]
    assert evidence.copies["notes"].rows() == [(3, 2)]
    assert evidence.refused.select("table", "row", "code").rows() == [
        ("visits", 3, "PBR222"),
        ("visits", 4, "PBR222"),
        ("notes", 2, "PBR222"),
        ("notes", 3, "PBR222"),
        ("notes", 6, "PBR210"),
        ("people", 3, "PBR212"),
    ]
    assert (
        evidence.refused["message"][0]
        == "'b' is not the participant of an accepted row of 'people'; correct it, or mend that row"
    )


ROW = st.tuples(
    st.sampled_from(["a", "b", "c", " a", ""]),
    st.sampled_from(["2025-04-01", "2025-04-02", "", "?"]),
    st.sampled_from(["1", "01", "", "x"]),
)


@given(st.lists(ROW, max_size=8), st.randoms())
def test_order_of_rows_and_columns_does_not_matter(rows: list[tuple[str, str, str]], random: Any) -> None:  # noqa: ANN401
    """The same rows in another order, with their columns in another order, are accepted and refused alike."""
    contract = one_table(day=DATE, x=WHOLE)
    schema = ["participant", "day", "x"]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(schema, pl.String), orient="row")
    mixed = frame.select(random.sample(schema, 3))[random.sample(range(len(rows)), len(rows))]
    one, other = (read(contract, {"people": each}) for each in (frame, mixed))
    assert sorted(accepted(one, "people").rows(), key=str) == sorted(accepted(other, "people").rows(), key=str)
    assert one.counts == other.counts
    assert sorted(one.refused["code"]) == sorted(other.refused["code"])


@given(st.lists(ROW, max_size=8), st.integers(0, 8))
def test_parts_are_the_whole(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], at: int
) -> None:
    """One file, two parts, CSV or Parquet: the same rows are accepted, and places name the right record."""
    contract = one_table(day=DATE, x=WHOLE)
    schema = {"participant": pl.String, "day": pl.String, "x": pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    folder = tmp_path_factory.mktemp("parts") / "people"
    folder.mkdir()
    frame[:at].write_csv(folder / "part-1.csv")
    frame[at:].write_parquet(folder / "part-2.parquet")
    whole, parts = read(contract, {"people": frame}), read(contract, folder.parent)
    assert accepted(whole, "people").rows() == accepted(parts, "people").rows()
    assert whole.counts == parts.counts
    assert whole.refused.select("column", "code").rows() == parts.refused.select("column", "code").rows()
    for row in parts.tables["people"].collect()["_row"]:
        wanted = ("part-1.csv", row + 2) if row < at else ("part-2.parquet", row - at + 2)
        file, record = parts.place("people", row)
        assert (file.rpartition("/")[2], record) == wanted
