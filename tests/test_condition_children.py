"""What conditions ask of the rows of a child table, and what is missing where a condition is unknown."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import polars as pl
import pytest

from pbr.condition import (
    ChildRef,
    FieldRef,
    Kind,
    child_to_python,
    parse,
    parse_formula,
    to_missing,
    to_polars,
    to_sql,
)
from pbr.problem import Place
from tests.conditions import SCOPE, Row
from tests.readings import FIELDS, answers, figures, name, series

T, F, U = True, False, None


def day(number: int) -> dt.date:
    """A day of May 2025."""
    return dt.date(2025, 5, number)


def events(*truths: bool | None) -> list[Row]:
    """Events of which ``ok`` is true, false or unknown, on the first days of May."""
    return [{"ok": truth, "day": day(number)} for number, truth in enumerate(truths, start=1)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count(events) = 2", [F, F, T, T, F, T]),
        ("count(events, ok) = 1", [F, T, T, U, U, F]),
        ("count(events, ok) = 0", [T, F, F, U, U, T]),
        ("count(events, ok IS NULL) = 1", [F, F, F, T, F, F]),
        ("count(events, ok) + 1 > 1", [F, T, T, U, U, F]),
        ("any(events, ok)", [F, T, T, U, T, F]),
        ("all(events, ok)", [T, T, F, F, U, F]),
        ("NOT any(events, ok) AND TRUE", [T, F, F, U, F, T]),
        ("first(events, day, ok) = DATE '2025-05-01'", [U, T, T, U, T, U]),
        ("last(events, day, ok) = DATE '2025-05-03'", [U, F, F, U, U, U]),
        ("last(events, day, NOT ok) IS NULL", [T, T, F, F, U, F]),
        ("first(events, day, NOT ok) IS NOT NULL", [F, F, T, T, U, T]),
        ("first(events, day) IS NULL", [T, F, F, F, F, F]),
        ("last(events, day, ok AND day > DATE '2025-05-02') IS NULL", [T, T, T, T, U, T]),
        ("first(events, day) = DATE '2025-05-01'", [U, T, T, T, T, T]),
        ("last(events, day) = DATE '2025-05-02'", [U, F, T, T, F, T]),
        ("first(events, day, ok) + INTERVAL '1 day' = DATE '2025-05-02'", [U, T, T, U, T, U]),
    ],
)
def test_questions_have_three_values(text: str, expected: list[bool | None]) -> None:
    """A count is unknown if any row is; any and all are OR and AND; a day is unknown if a row could change it."""
    tables = [events(), events(T), events(T, F), events(U, F), events(T, U, U), events(F, F)]
    assert answers(text, *({} for _ in tables), events=tables) == expected


def test_a_row_that_is_undecided_matters_only_if_it_could_change_the_day() -> None:
    """An undecided row after the first day found, or without a day, does not make the first day unknown."""
    tables: list[list[Row]] = [
        [{"ok": True, "day": day(5)}, {"ok": None, "day": day(6)}],
        [{"ok": True, "day": day(5)}, {"ok": None, "day": day(5)}],
        [{"ok": True, "day": day(5)}, {"ok": None, "day": day(4)}],
        [{"ok": True, "day": day(5)}, {"ok": None}],
        [{"ok": True}, {"ok": False, "day": day(4)}],
    ]
    rows: list[Row] = [{} for _ in tables]
    assert answers("first(events, day, ok) = DATE '2025-05-05'", *rows, events=tables) == [T, T, U, T, U]
    assert answers("last(events, day, ok) = DATE '2025-05-05'", *rows, events=tables) == [U, T, T, T, U]


def test_inside_names_are_those_of_the_child_then_of_the_row_and_its_parent() -> None:
    """The field n is the child's; on is the row's; start is the parent's; a definition is resolved in there too."""
    tables: list[list[Row]] = [[{"n": Fraction(1), "day": day(2)}, {"n": Fraction(5), "day": day(3)}]]
    rows: list[Row] = [{"n": Fraction(9), "on": day(2), "start": day(3), "free": True}]
    assert answers("count(events, n < 9 AND day <= on) = 1", *rows, events=tables) == [T]
    assert answers("first(events, day, day >= start) = start", *rows, events=tables) == [T]
    assert answers("all(events, either)", *rows, events=tables) == [T]
    (child,) = parse("count(events, n < 9 AND day <= on AND day < start) = n", SCOPE, Place()).children
    assert child.condition is not None
    assert child.condition.fields == (
        FieldRef("n"), FieldRef("day"), FieldRef("on", parent=True), FieldRef("start", parent=True),
    )  # fmt: skip
    assert child.outside == (FieldRef("on"), FieldRef("start", parent=True))
    assert child.outer(FieldRef("on", parent=True)) == FieldRef("on")


@pytest.mark.parametrize("truth", ["TRUE", "FALSE", "age_on(DATE '2000-01-01', DATE '2020-01-01') > 18"])
def test_a_condition_without_fields_is_asked_of_every_row(truth: str) -> None:
    """What names no field is still counted once for each row."""
    expected = [0, 0 if truth == "FALSE" else 2]
    for number in (0, 2):
        found = answers(f"count(events, {truth}) = {number}", {}, {}, events=[[], events(T, F)])
        assert found == [count == number for count in expected]


def test_equal_questions_are_one_and_a_condition_says_which_it_asks() -> None:
    """The same question asked twice is gathered once, whatever its spacing; other words are another question."""
    condition = parse("count(events, ok) > 1 OR count( events,(ok) ) > n OR any(events, ok)", SCOPE, Place())
    assert [(ref.table, ref.what, ref.field) for ref in condition.children] == [
        ("events", "count", None),
        ("events", "any", None),
    ]
    assert condition.fields == (FieldRef("n"),)
    assert condition.canonical == "count(events, ok) > 1 OR count(events, ok) > n OR any(events, ok)"
    assert parse("first(events, day, ok) = on", SCOPE, Place()).children[0].field == "day"
    assert parse("count(events, contract_year(day) = 1) > 1", SCOPE, Place()).term is None
    formula = parse_formula("count(events, ok) * 2", SCOPE, Place())
    assert (formula.children, formula.unit) == (condition.children[:1], Kind.NUMBER)


def test_formulas_ask_child_tables_too() -> None:
    """A count is a number to reckon with."""
    assert figures("count(events, ok) / count(events)", {}, {}, {}, events=[events(T, F, F), [], events(U)]) == [
        "1/3",
        None,
        None,
    ]


def test_sql_for_people_says_which_rows_belong() -> None:
    """Without a database the text still reads: the join is said in words."""
    assert to_sql(parse("count(events) > 1", SCOPE, Place())) == (
        '((SELECT COUNT(*) FROM (SELECT TRUE AS fits FROM "events" WHERE "events" belongs to this row) AS asked) > 1)'
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n IN (1, 1.5, 2)", '("n" IN (1, 2))'),
        ("n IN (0.5)", '("n" <> "n")'),
        ("kind IN ('exit', 'start')", "(\"kind\" IN ('exit', 'start'))"),
        ("d1 > 1.2", '("d1" > 1.2)'),
        ("d1 > 1.25", '("d1" > 1.2)'),
        ("d1 < 1.25", '("d1" <= 1.2)'),
    ],
)
def test_a_number_finer_than_a_field_is_written_as_the_nearest_that_it_holds(text: str, expected: str) -> None:
    """A database would take the finer number for a float: no whole number is 1.5, and above 1.25 is above 1.2."""
    assert to_sql(parse(text, SCOPE, Place())) == expected


def test_nothing_found_is_empty_in_plain_python() -> None:
    """No rows at all: no day, a count of nought, any false and all true."""
    asked: dict[str, ChildRef] = {
        text: parse(f"{text} = {other}", SCOPE, Place()).children[0]
        for text, other in (
            ("first(events, day)", "DATE '2025-05-01'"),
            ("count(events)", "1"),
            ("any(events, ok)", "free"),
            ("all(events, ok)", "free"),
        )
    }
    assert [child_to_python(ref, []) for ref in asked.values()] == [None, 0, False, True]


# ---------------------------------------------------------------- what is missing


def missing(text: str, **given: object) -> str | None:
    """The name of what is missing in a row; whatever is not given is empty."""
    condition = parse(text, SCOPE, Place())
    frame = pl.DataFrame({name(ref): series([given.get(ref.name)], kind) for ref, kind in FIELDS.items()})

    def child(ref: ChildRef) -> pl.Expr:
        return pl.lit(given.get(ref.what), dtype={"count": pl.Int64, "any": pl.Boolean}.get(ref.what, pl.Date))

    unknown = to_polars(condition, lambda ref: pl.col(name(ref)), child)
    found = to_missing(
        condition,
        lambda ref: pl.col(name(ref)),
        lambda ref: pl.lit(ref.name),
        child,
        lambda ref: pl.lit(f"{ref.what} of {ref.table}"),
    )
    answer = frame.select(unknown.alias("truth"), found.alias("missing"))
    assert answer["truth"].to_list() == [None]
    found_name = answer["missing"].item()
    assert found_name is None or isinstance(found_name, str)
    return found_name


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        ("n > 1", {}, "n"),
        ("n + d1 > 1", {"n": Fraction(1)}, "d1"),
        ("pay * rate > owed", {"pay": Fraction(1), "rate": Fraction(1)}, "owed"),
        ("n BETWEEN 1 AND d1", {"n": Fraction(2)}, "d1"),
        ("on + INTERVAL '1 day' > date", {"date": day(1)}, "on"),
        ("months_between(on, date) > 1", {"on": day(1)}, "date"),
        ("contract_year(on) > 1", {}, "on"),
        ("free AND n > 1", {"free": True}, "n"),
        ("NOT (free OR n > 1)", {"free": False}, "n"),
        ("CASE WHEN free THEN n ELSE d1 END > 1", {"free": True, "d1": Fraction(1)}, "n"),
        ("CASE WHEN free THEN n ELSE d1 END > 1", {"free": False, "n": Fraction(1)}, "d1"),
        ("CASE WHEN free THEN n ELSE d1 END > 1", {"n": Fraction(1)}, "d1"),
        ("CASE WHEN free THEN n END > 1", {"n": Fraction(1)}, "free"),
        ("CASE WHEN free THEN n END > 1", {"n": Fraction(1), "free": False}, "free"),
        ("CASE WHEN free THEN 1 END > n", {"free": True}, "n"),
        ("CASE WHEN free THEN consents ELSE TRUE END", {"free": True}, "consents"),
        ("(n IS NULL) = free", {}, "free"),
        ("on + INTERVAL '200 years' > date", {"on": day(1), "date": day(1)}, "on"),
        ("n + 1 > d1", {"n": Fraction(10**12), "d1": Fraction(1)}, "n"),
        ("count(events, ok) > n", {"n": Fraction(1)}, "count of events"),
        ("any(events, ok) AND free", {"free": True}, "any of events"),
        ("first(events, day) > on", {"first": day(1)}, "on"),
        ("CASE WHEN FALSE THEN TRUE END", {}, None),
    ],
)
def test_the_first_empty_field_of_the_undecided_part_is_missing(
    text: str, given: dict[str, object], expected: str | None
) -> None:
    """Of a CASE it is that of the branch taken; where nothing is empty, the first field that is read."""
    assert missing(text, **given) == expected
