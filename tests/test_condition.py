"""Conditions: what may be written, what it means in both readings, and what is said of what may not be written."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from fractions import Fraction
from random import Random
from typing import TypeAlias

import polars as pl
import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbr.condition import (
    RESERVED_WORDS,
    Condition,
    FieldRef,
    Kind,
    Scope,
    ValueType,
    check_syntax,
    parse,
    to_polars,
    to_python,
)
from pbr.condition.syntax import Fault, read_tree
from pbr.condition.to_polars import LEAST, MOST, whole_bound
from pbr.condition.to_python import age_on
from pbr.condition.tree import And, Compare, Constant
from pbr.problem import ContractError, Place

Row: TypeAlias = Mapping[str, object]

HERE = Place("c.yaml", 1, 1)
SCOPE = Scope(
    row={
        "kind": ValueType(kind=Kind.TEXT, one_of=("start", "exit", "won't")),
        "note": ValueType(kind=Kind.TEXT),
        "pid": ValueType(kind=Kind.ID),
        "wid": ValueType(kind=Kind.WHOLE_ID),
        "free": ValueType(kind=Kind.YES_NO),
        "n": ValueType(kind=Kind.NUMBER),
        "d1": ValueType(kind=Kind.NUMBER, places=1),
        "d3": ValueType(kind=Kind.NUMBER, places=3),
        "pay": ValueType(kind=Kind.MONEY, places=2),
        "rate": ValueType(kind=Kind.SHARE, places=6),
        "on": ValueType(kind=Kind.DATE),
        "date": ValueType(kind=Kind.DATE),
        "today": ValueType(kind=Kind.YES_NO),
        "b": ValueType(kind=Kind.YES_NO),
    },
    parent={
        "level": ValueType(kind=Kind.TEXT, one_of=("high", "low")),
        "consents": ValueType(kind=Kind.YES_NO),
        "born_on": ValueType(kind=Kind.DATE),
        "start": ValueType(kind=Kind.DATE),
        "note": ValueType(kind=Kind.NUMBER),
    },
    defines={
        "adult": "age_on(born_on, start) >= 18",
        "ready": "consents OR adult",
        "both": "free AND consents",
        "n": "never reached, for a field goes before it",
        "round": "free OR trip",
        "trip": "NOT round",
        "broken": "n = 'x",
        "elsewhere": "free AND housed",
        "deeper": "elsewhere AND kind = 'gone'",
        **{f"twice{step}": f"twice{step + 1} AND twice{step + 1}" for step in range(10)},
        "twice10": "free",
        **{f"nest{step}": f"nest{step + 1}" for step in range(40)},
        "nest40": "free",
    },
)
POLARS = {Kind.TEXT: pl.String, Kind.ID: pl.String, Kind.YES_NO: pl.Boolean, Kind.DATE: pl.Date}


def read(text: str, scope: Scope = SCOPE) -> Condition:
    """Read a condition of the scope above."""
    return parse(text, scope, HERE)


def type_in(scope: Scope, ref: FieldRef) -> ValueType:
    """The type of a field of either row."""
    return (scope.parent if ref.parent else scope.row)[ref.name]


def refs(scope: Scope = SCOPE) -> list[FieldRef]:
    """All the fields of a scope that a name can reach."""
    return [FieldRef(name) for name in scope.row] + [
        FieldRef(name, parent=True) for name in scope.parent if name not in scope.row
    ]


def held(value: object, kind: ValueType) -> object:
    """A value as a frame holds it."""
    return value * 10**kind.places if isinstance(value, int | Fraction) and not isinstance(value, bool) else value


def frame(rows: list[Row]) -> pl.DataFrame:
    """Rows as a frame, each field in the type it is held in."""
    columns = {}
    for ref in refs():
        kind = type_in(SCOPE, ref)
        values = [held(row.get(ref.name), kind) for row in rows]
        whole = [int(value) if isinstance(value, Fraction) else value for value in values]
        columns[f"{ref.parent} {ref.name}"] = pl.Series(whole, dtype=POLARS.get(kind.kind, pl.Int64))
    return pl.DataFrame(columns)


def by_polars(condition: Condition, rows: list[Row]) -> list[bool | None]:
    """What the polars reading says of each row."""
    expression = to_polars(condition, lambda ref: pl.col(f"{ref.parent} {ref.name}"))
    answers = frame(rows).with_columns(answer=expression)["answer"]
    assert answers.dtype == pl.Boolean
    return answers.to_list()


def by_python(condition: Condition, rows: list[Row]) -> list[bool | None]:
    """What the plain reading says of each row."""
    decide = to_python(condition)
    return [decide({ref: row.get(ref.name) for ref in condition.fields}) for row in rows]


def answers(text: str, *rows: Row) -> list[bool | None]:
    """What both readings say of each row, which must be the same."""
    condition = read(text)
    found = by_polars(condition, list(rows))
    assert by_python(condition, list(rows)) == found
    return found


def faults(text: str, scope: Scope = SCOPE) -> list[str]:
    """The problems of a condition, as ``column code message``."""
    with pytest.raises(ContractError) as raised:
        read(text, scope)
    assert all((problem.file, problem.line) == ("c.yaml", 1) for problem in raised.value.problems)
    return [f"{problem.column} {problem.code} {problem.message}" for problem in raised.value.problems]


def day(text: str) -> dt.date:
    """A day."""
    return dt.date.fromisoformat(text)


# ---------------------------------------------------------------- each production, both readings


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("{f} = 'exit'", ("kind", ["exit", "start", None]), [True, False, None]),
        ("{f} <> 'exit'", ("kind", ["exit", "start", None]), [False, True, None]),
        ("{f} = 'won''t'", ("kind", ["won't", "exit"]), [True, False]),
        ("'b' < {f}", ("note", ["a", "b", "c", None]), [False, False, True, None]),
        ("{f} >= 'P10'", ("pid", ["P1", "P10", "P2"]), [False, True, True]),
        ("{f} = ''", ("note", ["", "a"]), [True, False]),
        ("{f} = 7", ("wid", [7, 8, None]), [True, False, None]),
        ("{f} IN (7, -1)", ("wid", [7, -1, 8, None]), [True, True, False, None]),
        ("{f} < 10", ("n", [9, 10, 11, None]), [True, False, False, None]),
        ("{f} <= 10", ("n", [9, 10, 11, None]), [True, True, False, None]),
        ("{f} > 10", ("n", [9, 10, 11, None]), [False, False, True, None]),
        ("{f} >= 10", ("n", [9, 10, 11, None]), [False, True, True, None]),
        ("10 <= {f}", ("n", [9, 10, 11]), [False, True, True]),
        ("{f} = - 10", ("n", [-10, 10]), [True, False]),
        ("{f} < 12.345", ("pay", [Fraction("12.34"), Fraction("12.35")]), [True, False]),
        ("{f} >= 1250", ("pay", [Fraction("1249.99"), 1250]), [False, True]),
        ("{f} >= 80%", ("rate", [Fraction("0.799999"), Fraction("0.8"), None]), [False, True, None]),
        ("{f} < 0.8", ("rate", [Fraction("0.799999"), Fraction("0.8"), None]), [True, False, None]),
        ("{f} = 33.3%", ("rate", [Fraction("0.333"), Fraction("0.334")]), [True, False]),
        ("{f}", ("free", [True, False, None]), [True, False, None]),
        ("{f} = TRUE", ("free", [True, False, None]), [True, False, None]),
        ("{f} <> FALSE", ("free", [True, False, None]), [True, False, None]),
        ("FALSE = {f}", ("free", [True, False, None]), [False, True, None]),
        ("NOT {f}", ("free", [True, False, None]), [False, True, None]),
        ("TRUE", ("free", [None]), [True]),
        ("FALSE OR {f}", ("free", [True, None]), [True, None]),
        ("{f} IS NULL", ("note", ["", None]), [False, True]),
        ("{f} IS NOT NULL", ("note", ["", None]), [True, False]),
        ("({f} > 1) IS NULL", ("n", [1, 2, None]), [False, False, True]),
        ("{f} > DATE '2025-04-01'", ("on", [day("2025-04-01"), day("2025-04-02"), None]), [False, True, None]),
        ("{f} = date'2025-04-01'", ("date", [day("2025-04-01"), day("2025-04-02"), None]), [True, False, None]),
        ("{f} IN (DATE '2025-04-01')", ("on", [day("2025-04-01"), day("2025-04-02"), None]), [True, False, None]),
        ("{f} IN ('exit', 'won''t')", ("kind", ["exit", "start", "won't", None]), [True, False, True, None]),
        ("{f} NOT IN ('exit', 'won''t')", ("kind", ["exit", "start", "won't", None]), [False, True, False, None]),
        ("{f} IN (50%, 0.25)", ("rate", [Fraction("0.5"), Fraction("0.25"), 1, None]), [True, True, False, None]),
    ],
)
def test_each_comparison_means_the_same_in_both_readings(
    text: str, value: tuple[str, list[object]], expected: list[bool | None]
) -> None:
    """Each way of comparing gives the truth expected, and unknown where the field is empty."""
    name, values = value
    assert answers(text.format(f=name), *({name: one} for one in values)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("free AND consents", [True, False, None, False, False, False, None, False, None]),
        ("free OR consents", [True, True, True, True, False, None, True, None, None]),
        ("free = consents", [True, False, None, False, True, None, None, None, None]),
        ("free <> consents", [False, True, None, True, False, None, None, None, None]),
        ("NOT (free AND consents)", [False, True, None, True, True, True, None, True, None]),
        ("NOT free AND consents", [False, False, False, True, False, None, None, False, None]),
        ("free OR consents AND free", [True, True, True, False, False, False, None, None, None]),
        ("(free OR consents) AND free", [True, True, True, False, False, False, None, None, None]),
        ("(free OR consents) AND consents", [True, False, None, True, False, None, True, False, None]),
    ],
)
def test_truth_tables_have_three_values(text: str, expected: list[bool | None]) -> None:
    """AND, OR, NOT and = over true, false and unknown are those of SQL, and AND binds before OR."""
    truths = (True, False, None)
    rows = [{"free": free, "consents": consents} for free, consents in itertools.product(truths, truths)]
    assert answers(text, *rows) == expected


def test_fields_of_different_places_are_compared_exactly() -> None:
    """0.1 is not 0.101, though the one is held as 1 and the other as 101; the largest values do not overflow."""
    rows: list[Row] = [
        {"d1": Fraction("0.1"), "d3": Fraction("0.101"), "n": 0},
        {"d1": Fraction("0.1"), "d3": Fraction("0.1"), "n": 0},
        {"d1": Fraction(MOST, 10), "d3": Fraction(MOST, 1000), "n": MOST},
        {"d1": Fraction(LEAST, 10), "d3": Fraction(LEAST, 1000), "n": LEAST},
        {"d1": None, "d3": Fraction(0), "n": 0},
    ]
    assert answers("d1 = d3", *rows) == [False, True, False, False, None]
    assert answers("d1 < d3", *rows) == [True, False, False, True, None]
    assert answers("n > d3", *rows) == [False, False, True, False, False]
    assert answers("n <= n", *rows) == [True] * 5


@pytest.mark.parametrize("sign", ["=", "<>", "<", "<=", ">", ">="])
@pytest.mark.parametrize(
    "number",
    ["0.25", "-0.25", "0.2", "0.0", "99999999999999999999", "-99999999999999999999", "0.0000000000000000000001"],
)
def test_numbers_written_out_are_never_rounded(sign: str, number: str) -> None:
    """A number with more places than the field, or beyond 64 bits, is compared as it stands."""
    values = [Fraction(value, 10) for value in (LEAST, -3, -2, 0, 2, 3, MOST)]
    rows: list[Row] = [{"d1": value} for value in [*values, None]]
    compare = {
        "=": Fraction.__eq__, "<>": Fraction.__ne__, "<": Fraction.__lt__,
        "<=": Fraction.__le__, ">": Fraction.__gt__, ">=": Fraction.__ge__,
    }[sign]  # fmt: skip
    expected = [compare(value, Fraction(number)) for value in values]
    assert answers(f"d1 {sign} {number}", *rows) == [*expected, None]


def test_a_list_of_numbers_the_field_cannot_hold_finds_nothing() -> None:
    """A field of one place is never 0.25, nor beyond 64 bits; if it is empty that stays unknown."""
    rows: list[Row] = [{"d1": Fraction("0.2")}, {"d1": None}]
    assert answers("d1 IN (0.25, 99999999999999999999)", *rows) == [False, None]
    assert answers("d1 NOT IN (0.25, 0.2)", *rows) == [False, None]


@pytest.mark.parametrize(
    ("sign", "scaled", "expected"),
    [
        ("=", Fraction(MOST), ("=", MOST)),
        ("=", Fraction(MOST + 1), ("<", LEAST)),
        ("<>", Fraction(1, 2), (">=", LEAST)),
        ("<", Fraction(MOST + 1), ("<=", MOST)),
        (">", Fraction(MOST + 1), (">", MOST)),
        ("<", Fraction(LEAST), ("<", LEAST)),
        ("<=", Fraction(LEAST - 1), ("<", LEAST)),
        (">", Fraction(LEAST - 1), (">=", LEAST)),
        (">=", Fraction(-1, 2), (">", -1)),
    ],
)
def test_whole_bound_at_the_edges(sign: str, scaled: Fraction, expected: tuple[str, int]) -> None:
    """At and beyond the ends of 64 bits a comparison turns into one that is always true or never."""
    assert whole_bound(sign, scaled) == expected


# ---------------------------------------------------------------- age


@pytest.mark.parametrize(
    ("born", "on", "in_march", "in_february"),
    [
        ("2007-04-02", "2025-04-01", 17, 17),
        ("2007-04-01", "2025-04-01", 18, 18),
        ("2004-02-29", "2022-02-27", 17, 17),
        ("2004-02-29", "2022-02-28", 17, 18),
        ("2004-02-29", "2022-03-01", 18, 18),
        ("2004-02-29", "2024-02-28", 19, 19),
        ("2004-02-29", "2024-02-29", 20, 20),
        ("2004-02-28", "2022-02-28", 18, 18),
        ("2025-04-01", "2025-04-01", 0, 0),
        ("2025-04-01", "2025-03-31", -1, -1),
        ("1999-12-31", "2000-01-01", 0, 0),
    ],
)
def test_age_on_and_the_birthdays_of_29_february(born: str, on: str, in_march: int, in_february: int) -> None:
    """Full years change on the birthday; in a common year that of 29 February is as the contract says."""
    row = {"born_on": day(born), "start": day(on)}
    for leap_birthday, expected in (((3, 1), in_march), ((2, 28), in_february)):
        scope = evolve(SCOPE, leap_birthday=leap_birthday)
        assert age_on(day(born), day(on), leap_birthday) == expected
        for sign, years, answer in (("=", expected, True), ("<", expected, False), ("<=", expected, True)):
            condition = read(f"age_on(born_on, start) {sign} {years}", scope)
            assert by_python(condition, [row]) == by_polars(condition, [row]) == [answer]


def test_age_on_is_unknown_if_either_date_is_empty() -> None:
    """No age without both dates; and a date may be written out."""
    rows: list[Row] = [{"born_on": day("2000-01-01")}, {"start": day("2000-01-01")}, {}]
    assert answers("AGE_ON(born_on, start) >= 18", *rows) == [None, None, None]
    assert answers("age_on(born_on, start) IS NULL", *rows) == [True, True, True]
    assert answers("age_on(born_on, DATE '2018-01-01') IN (17, 18)", *rows) == [True, None, None]


# ---------------------------------------------------------------- names and definitions


def test_fields_stand_in_the_order_of_reading_with_definitions_put_in() -> None:
    """Fields are those of the definitions, once each; a field of the row goes before the parent's and a define."""
    condition = read("ready OR n = 1 AND note = 'x' AND ready")
    assert condition.fields == (
        FieldRef("consents", parent=True),
        FieldRef("born_on", parent=True),
        FieldRef("start", parent=True),
        FieldRef("n"),
        FieldRef("note"),
    )
    assert condition.field_types[FieldRef("note")].kind is Kind.TEXT
    assert tuple(condition.field_types) == condition.fields


def test_a_definition_is_put_in_bracketed() -> None:
    """NOT before a definition denies all of it, and it may be compared like any yes or no."""
    assert read("NOT both").canonical == "NOT (free AND consents)"
    assert read("both = TRUE").canonical == "(free AND consents) = TRUE"
    assert read("both AND n = 1").canonical == "free AND consents AND n = 1"


def test_nodes_know_their_columns() -> None:
    """A node stands at its first character; what comes out of a definition, at the definition's name."""
    node = read("free AND   both").node
    assert isinstance(node, And)
    assert [part.column for part in node.parts] == [0, 11, 11]
    compared = read("18 <=  n").node
    assert isinstance(compared, Compare)
    assert (compared.column, compared.left.column, compared.right.column) == (0, 7, 0)


@pytest.mark.parametrize(
    ("one", "other", "canonical"),
    [
        ("free and consents", "free  AND\n(consents)", "free AND consents"),
        ("free AND (consents AND today)", "free AND consents AND today", "free AND consents AND today"),
        ("free OR (consents OR today)", "((free OR consents)) OR today", "free OR consents OR today"),
        ("free OR (consents AND today)", "free OR consents AND today", "free OR consents AND today"),
        ("kind not in ('exit')", "NOT (kind IN ('exit'))", "NOT kind IN ('exit')"),
        ("on is not null", "NOT on IS NULL", "NOT on IS NULL"),
        ("18 > n", "n<18.0", "n < 18"),
        ("rate < 12.50%", "rate < 0.125", "rate < 0.125"),
        ("n IN (-3, 07)", "n in (-3,7)", "n IN (-3, 7)"),
        ("note='it''s'", "(note) = 'it''s'", "note = 'it''s'"),
        ("on=date '2025-04-01'", "DATE '2025-04-01' = on", "on = DATE '2025-04-01'"),
        (
            "(free OR consents) AND NOT today",
            "(free OR consents) AND (NOT (today))",
            "(free OR consents) AND NOT today",
        ),
        ("adult", "age_on(born_on,start)>=18", "age_on(born_on, start) >= 18"),
        ("(n = 1) IS NULL", "((n=1)) is null", "(n = 1) IS NULL"),
        ("free OR FALSE", "free or false", "free OR FALSE"),
    ],
)
def test_conditions_of_one_meaning_are_equal(one: str, other: str, canonical: str) -> None:
    """Spacing, letter case of keywords, needless brackets and flattening make no difference."""
    first, second = read(one), read(other)
    assert first.canonical == second.canonical == canonical
    assert first == second == read(canonical)
    assert hash(first) == hash(second)


def test_conditions_over_other_types_or_birthdays_are_not_equal() -> None:
    """The same words over other fields mean another thing."""
    condition = read("n = 1")
    assert condition != read("n = 2")
    assert condition != read("n = 1", evolve(SCOPE, row={"n": ValueType(kind=Kind.NUMBER, places=2)}))
    assert condition != read("n = 1", Scope(row={}, parent=SCOPE.row))
    assert read("adult") != read("adult", evolve(SCOPE, leap_birthday=(2, 28)))
    assert read("TRUE") != condition


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1 PBR020 the condition is empty"),
        (" \n ", "1 PBR020 the condition is empty"),
        ("n =  ", "4 PBR020 the condition ends too early"),
        ("(free", "6 PBR020 the condition ends too early"),
        ("free)", "5 PBR020 ')' cannot stand here"),
        ("n IN ()", "7 PBR020 ')' cannot stand here"),
        ("n IN (1 2)", "9 PBR020 '2' cannot stand here"),
        ("n = 1,000", "6 PBR020 ',' cannot stand here"),
        ("n IS TRUE", "6 PBR020 'TRUE' cannot stand here"),
        ("n = 1 free", "7 PBR020 'free' cannot stand here; is AND or OR missing before it?"),
        ("n > 1e3", "6 PBR020 'e3' cannot stand here; is AND or OR missing before it?"),
        ("n == 1", "4 PBR020 '=' cannot stand here; equal is written =, and unequal <>"),
        ("1 < n < 3", "7 PBR020 '<' cannot stand here; a comparison has two sides, so join two comparisons with AND"),
        ("n != 1", "3 PBR020 '!' is not part of the language; unequal is written <>"),
        ("n % 2 = 0", "3 PBR020 '%' is not part of the language; a percentage is written like 80%"),
        (
            "note = \N{LEFT SINGLE QUOTATION MARK}x\N{RIGHT SINGLE QUOTATION MARK}",
            "8 PBR020 '\N{LEFT SINGLE QUOTATION MARK}' is not part of the language; use straight quotes '",
        ),
        ("n > 1\0", "6 PBR020 '\\x00' is not part of the language"),
        ("n = 1 -- AND free", "7 PBR020 comments are not allowed in a condition"),
        ("n = 1 /* AND */", "7 PBR020 comments are not allowed in a condition"),
        ('"n" = 1', "1 PBR020 names are written without quotes, and text in single quotes"),
        ("n = 1; free", "6 PBR020 a condition is one expression, without a semicolon"),
        ("note = '--' AND note = 'x", "24 PBR020 this text has no closing quote"),
        ("now() > on", "1 PBR020 'now' reads the clock; a condition reads only the contract and its evidence"),
        (
            "on > current_date",
            "6 PBR020 'current_date' reads the clock; a condition reads only the contract and its evidence",
        ),
        ("on > sysdate", "6 PBR020 'sysdate' reads the clock; a condition reads only the contract and its evidence"),
        ("NOT interval", "5 PBR020 'interval' is a reserved word"),
        ("agee_on(on, on) = 1", "1 PBR020 'agee_on' is not a function; did you mean 'age_on'?"),
        (
            "length(note) = 1",
            (
                "1 PBR020 'length' is not a function; one of: age_on, days_between, months_between, contract_year, "
                "count, first, last, any, all"
            ),
        ),
        ("on > DATE '2025-02-29'", "6 PBR020 '2025-02-29' is not a date; write a real day like DATE '2025-04-01'"),
        ("on IN (DATE '01/04/2025')", "8 PBR020 '01/04/2025' is not a date; write a real day like DATE '2025-04-01'"),
        ("fre", "1 PBR021 name 'fre' is not known in this row; did you mean 'free'?"),
        ("Kind = 'exit'", "1 PBR021 name 'Kind' is not known in this row; did you mean 'kind'?"),
        ("zzzz IN ('exit')", "1 PBR021 name 'zzzz' is not known in this row"),
        ("zzzz IS NULL", "1 PBR021 name 'zzzz' is not known in this row"),
        ("NOT zzzz", "5 PBR021 name 'zzzz' is not known in this row"),
        ("kind = exit", "8 PBR021 name 'exit' is not known here; did you mean the text 'exit'?"),
        ("exit = kind", "1 PBR021 name 'exit' is not known here; did you mean the text 'exit'?"),
        ("kind = zzzz", "8 PBR021 name 'zzzz' is not known in this row"),
        ("zzzz = adult", "1 PBR021 name 'zzzz' is not known in this row"),
        (
            "kind = start",
            "6 PBR022 'kind' (text) cannot be compared with 'start' (date); did you mean the text 'start'?",
        ),
        ("n", "1 PBR022 'n' (number) is not yes or no; compare it with something"),
        ("free AND (note)", "10 PBR022 'note' (text) is not yes or no; compare it with something"),
        ("'x'", "1 PBR022 a text is not yes or no; compare it with something"),
        ("NULL", "1 PBR022 NULL stands only in IS NULL and IS NOT NULL"),
        ("n = NULL", "5 PBR022 a comparison with NULL is always unknown; write n IS NULL"),
        ("NULL <> n", "1 PBR022 a comparison with NULL is always unknown; write n IS NOT NULL"),
        ("age_on(on, on) = NULL", "18 PBR022 a comparison with NULL is always unknown; write ... IS NULL"),
        ("n IN (1, NULL)", "10 PBR022 NULL in a list is never found; add OR ... IS NULL instead"),
        ("kind IN (exit, 'start')", "10 PBR022 a list holds no names; did you mean the text 'exit'?"),
        ("n IN (1, (2))", "10 PBR022 a list holds values written out"),
        ("n IN (age_on(on, on))", "7 PBR022 a list holds values written out"),
        ("1 IN (1)", "1 PBR022 a value written out is looked up in a list; name a field before IN"),
        ("free NOT IN (TRUE)", "1 PBR022 'free' (yes or no) needs no list; write it bare, or with NOT"),
        ("n IN ('1')", "7 PBR022 'n' (number) cannot be compared with a text; write the number without quotes"),
        ("1 IS NOT NULL", "1 PBR022 a value written out is never empty; name a field before IS"),
        ("1 = 1", "3 PBR022 two values written out are compared; name a field on one side"),
        ("n = '1'", "3 PBR022 'n' (number) cannot be compared with a text; write the number without quotes"),
        ("note = 1", "6 PBR022 'note' (text) cannot be compared with a number; put the value in single quotes"),
        ("pid = 1", "5 PBR022 'pid' (id) cannot be compared with a number; put the value in single quotes"),
        ("wid = '1'", "5 PBR022 'wid' (whole id) cannot be compared with a text; write the id without quotes"),
        ("wid = 1.5", "5 PBR022 'wid' (whole id) cannot be compared with a number; such an id is a whole number"),
        ("wid = n", "5 PBR022 'wid' (whole id) cannot be compared with 'n' (number)"),
        ("pay = n", "5 PBR022 'pay' (money) cannot be compared with 'n' (number)"),
        ("pay > 5%", "5 PBR022 'pay' (money) cannot be compared with a percentage"),
        (
            "n > 5%",
            "3 PBR022 'n' (number) cannot be compared with a percentage; a percentage compares with a share only",
        ),
        ("on > '2025-04-01'", "4 PBR022 'on' (date) cannot be compared with a text; write DATE '2025-04-01'"),
        ("on > 2025", "4 PBR022 'on' (date) cannot be compared with a number"),
        ("n > DATE '2025-04-01'", "3 PBR022 'n' (number) cannot be compared with a date"),
        ("free = 'yes'", "6 PBR022 'free' (yes or no) cannot be compared with a text; write TRUE or FALSE"),
        ("n = TRUE", "3 PBR022 'n' (number) cannot be compared with TRUE or FALSE"),
        ("(n = 1) = 1", "9 PBR022 a condition (yes or no) cannot be compared with a number"),
        (
            "age_on(on, on) > 5%",
            "16 PBR022 an age (number) cannot be compared with a percentage; a percentage compares with a share only",
        ),
        ("free < TRUE", "6 PBR022 'free' (yes or no) has no order; use = or <>"),
        ("kind < 'b'", "6 PBR022 'kind' (text) has no order; use = or <>"),
        ("note > level", "6 PBR022 'note' (text) has no order; use = or <>"),
        ("age_on(on) = 1", "1 PBR022 age_on takes two dates, born and on, and was given 'on' (date)"),
        ("age_on() = 1", "1 PBR022 age_on takes two dates, born and on, and was given nothing"),
        ("age_on(on, n) = 1", "1 PBR022 age_on takes two dates, born and on, and was given 'on' (date), 'n' (number)"),
        ("age_on(on, NULL) = 1", "12 PBR022 NULL stands only in IS NULL and IS NOT NULL"),
        ("kind = 'strat'", "8 PBR024 'kind' (text) is never 'strat'; did you mean 'start'?"),
        ("'gone' <> kind", "1 PBR024 'kind' (text) is never 'gone'; one of: start, exit, won't"),
        ("kind IN ('exit', 'gone')", "18 PBR024 'kind' (text) is never 'gone'; one of: start, exit, won't"),
        ("free OR round", "9 PBR025 in definition 'trip': definitions in a circle: round -> trip -> round"),
        (
            "free OR broken",
            "9 PBR020 in definition 'broken': this text has no closing quote (column 5 of it)",
        ),
        ("elsewhere", "1 PBR021 in definition 'elsewhere': name 'housed' is not known in this row"),
    ],
)
def test_what_is_refused_and_where(text: str, expected: str) -> None:
    """Each fault has its code, its exact column and words that say what to write instead."""
    assert faults(text) == [expected]


def test_all_faults_of_a_condition_are_shown_at_once() -> None:
    """Faults come in the order of their columns, those of a definition at its name."""
    assert faults("kind = 'x' AND n OR housed AND deeper AND pay = NULL AND wid IN ('1', 2.5)") == [
        "8 PBR024 'kind' (text) is never 'x'; one of: start, exit, won't",
        "16 PBR022 'n' (number) is not yes or no; compare it with something",
        "21 PBR021 name 'housed' is not known in this row",
        "32 PBR021 in definition 'elsewhere': name 'housed' is not known in this row",
        "32 PBR024 in definition 'deeper': 'kind' (text) is never 'gone'; one of: start, exit, won't",
        "49 PBR022 a comparison with NULL is always unknown; write pay IS NULL",
        "66 PBR022 'wid' (whole id) cannot be compared with a text; write the id without quotes",
        "71 PBR022 'wid' (whole id) cannot be compared with a number; such an id is a whole number",
    ]


def test_problems_stand_where_the_condition_stands() -> None:
    """A column is counted from the place of the condition's first character."""
    with pytest.raises(ContractError) as raised:
        parse("free AND housed", SCOPE, Place("contract.yaml", 31, 12))
    assert str(raised.value) == "contract.yaml:31:21 PBR021 name 'housed' is not known in this row"


def test_a_word_of_sql_that_is_a_field_is_that_field() -> None:
    """A field may be called date or today; words that SQL itself reads stay reserved."""
    assert read("date = DATE '2025-04-01' AND today").fields == (FieldRef("date"), FieldRef("today"))
    assert {"current_date", "and", "case", "interval"} <= RESERVED_WORDS
    assert not {"date", "today", "on", "start", "age_on"} & RESERVED_WORDS


def test_check_syntax_needs_no_row() -> None:
    """A definition that nobody uses can still be checked for what it is made of."""
    assert check_syntax("housed AND anything = 1", HERE) == ()
    (problem,) = check_syntax("housed AND", Place("c.yaml", 4, 9))
    assert str(problem) == "c.yaml:4:19 PBR020 the condition ends too early"


# ---------------------------------------------------------------- limits

TOO_LONG = "1 PBR023 a condition has at most 4,096 characters, and this one"
TOO_DEEP = "PBR023 brackets, NOT, CASE and definitions go at most 32 deep"
TOO_MANY = "PBR023 a condition has at most 500 terms, definitions put in"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[" * 200_000, f"{TOO_LONG} 200,000"),
        ("(" * 100_000, f"{TOO_LONG} 100,000"),
        (" AND ".join(["a"] * 10_000), f"{TOO_LONG} 59,995"),
        (" " * 4097, f"{TOO_LONG} 4,097"),
        ("(" * 33 + "free" + ")" * 33, f"33 {TOO_DEEP}"),
        ("(" * 2046 + "free" + ")" * 2046, f"33 {TOO_DEEP}"),
        ("NOT " * 1000 + "free", f"129 {TOO_DEEP}"),
        ("(NOT " * 16 + "age_on(on, on) = 1" + ")" * 16, f"81 {TOO_DEEP}"),
        ("nest0", f"1 PBR023 in definition 'nest32': {TOO_DEEP.removeprefix('PBR023 ')}"),
        (" OR ".join(["b"] * 501), f"2501 {TOO_MANY}"),
        (" OR ".join(["n=1"] * 501), f"3501 {TOO_MANY}"),
        ("twice0", f"1 PBR023 in definition 'twice10': {TOO_MANY.removeprefix('PBR023 ')}"),
    ],
)
def test_limits(text: str, expected: str) -> None:
    """Beyond a limit the condition is refused before anything is built of it."""
    with pytest.raises(ContractError) as raised:
        read(text)
    last = raised.value.problems[-1]
    assert f"{last.column} {last.code} {last.message}" == expected


@pytest.mark.parametrize(
    "text",
    [
        "free" + " " * 4092,
        "(" * 32 + "free" + ")" * 32,
        "NOT " * 32 + "free",
        "nest9",
        " OR ".join(["b"] * 500),
        " OR ".join(["(b)"] * 500),
        " OR ".join(["n=1"] * 500),
        "twice2",
        f"n IN ({', '.join(map(str, range(800)))})",
    ],
)
def test_at_the_limits_a_condition_is_still_read(text: str) -> None:
    """The last length, depth and number of terms allowed work in both readings."""
    answers(text, {"free": True, "n": 1}, {"free": False, "n": 1000}, {})


def test_faults_before_a_limit_are_kept() -> None:
    """What was found before a limit was reached is shown with it."""
    assert faults("housed AND " + " AND ".join(["b"] * 500)) == [
        "1 PBR021 name 'housed' is not known in this row",
        f"{12 + 6 * 499} {TOO_MANY}",
    ]


# ---------------------------------------------------------------- random conditions over random rows

NUMBERS = ["0", "1", "2", "-1", "0.5", "0.25", "0.1", "1.001", "-0.3", "99999999999999999999", "-99999999999999999999"]
DAYS = [day(text) for text in ("2004-02-28", "2004-02-29", "2004-03-01", "2022-02-28", "2022-03-01", "2024-02-29")]
SIGNS = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
LITERALS = {
    Kind.TEXT: st.sampled_from(["''", "'a'", "'b'", "'it''s'"]),
    Kind.ID: st.sampled_from(["'a'", "'P1'", "'P10'"]),
    Kind.WHOLE_ID: st.sampled_from(["0", "1", "-1", "99999999999999999999"]),
    Kind.YES_NO: st.sampled_from(["TRUE", "false"]),
    Kind.NUMBER: st.sampled_from(NUMBERS),
    Kind.MONEY: st.sampled_from(NUMBERS),
    Kind.SHARE: st.sampled_from([*NUMBERS, "50%", "100%", "-0.00001%"]),
    Kind.DATE: st.sampled_from([f"DATE '{one}'" for one in DAYS]),
}
ALIKE = [
    ["note", "pid", "kind", "level"], ["wid"], ["n", "d1", "d3"], ["pay"], ["rate"], ["on", "date", "born_on", "start"],
]  # fmt: skip
KINDS = {ref.name: type_in(SCOPE, ref) for ref in refs()}
DATES = st.one_of(st.sampled_from(ALIKE[-1]), LITERALS[Kind.DATE])
AGES = st.builds("age_on({}, {})".format, st.sampled_from(ALIKE[-1]), DATES)


def literals(name: str) -> st.SearchStrategy[str]:
    """Values that may be compared with a field."""
    words = KINDS[name].one_of
    if words:
        return st.sampled_from(["'" + word.replace("'", "''") + "'" for word in words])
    return LITERALS[KINDS[name].kind]


def plain(name: str) -> bool:
    """Whether a field has an order."""
    return not KINDS[name].one_of


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    """A field or an age beside a value or another field, either way round."""
    if draw(st.integers(0, 4)) == 0:
        left, right, sign = draw(AGES), draw(st.sampled_from(["18", "20", "0", "-1", "17.5", "n", "d3"])), draw(SIGNS)
    else:
        alike = draw(st.sampled_from(ALIKE))
        left = draw(st.sampled_from(alike))
        right = draw(st.one_of(literals(left), st.sampled_from(alike)))
        ordered = plain(left) and plain(right) if right in KINDS else plain(left)
        sign = draw(SIGNS) if ordered else draw(st.sampled_from(["=", "<>"]))
    return f"{left} {sign} {right}" if draw(st.booleans()) else f"{right} {sign} {left}"


@st.composite
def lists(draw: st.DrawFn) -> str:
    """A field in a list, or not in it."""
    name = draw(st.sampled_from(sorted(set(KINDS) - {"free", "consents", "today", "b"})))
    items = draw(st.lists(literals(name), min_size=1, max_size=4))
    return f"{name} {draw(st.sampled_from(['IN', 'not in']))} ({', '.join(items)})"


LEAVES = st.one_of(
    comparisons(),
    comparisons(),
    lists(),
    st.sampled_from(["free", "consents", "b AND TRUE", "FALSE OR b", "adult", "ready", "both"]),
    st.builds("{} {}".format, st.sampled_from(sorted(KINDS)), st.sampled_from(["IS NULL", "is not null"])),
    st.builds("{} IS NULL".format, AGES),
)


def grown(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Larger conditions made of smaller ones."""
    joined = st.lists(parts, min_size=2, max_size=4).flatmap(
        lambda some: st.sampled_from([" AND ", " OR ", " and "]).map(lambda word: word.join(some))
    )
    return st.one_of(
        joined,
        joined,
        joined,
        parts.map("({})".format),
        parts.map("NOT ({})".format),
        parts.map("NOT {}".format),
        parts.map("({}) IS NULL".format),
        st.builds("({}) {} ({})".format, parts, st.sampled_from(["=", "<>"]), parts),
    )


CONDITIONS = st.recursive(LEAVES, grown, max_leaves=8).filter(lambda text: len(text) < 2000)


def value(luck: Random, kind: ValueType) -> object:
    """What a field may hold; one in four is empty."""
    scale = 10**kind.places
    if luck.random() < 1 / 4:
        return None
    if kind.kind is Kind.YES_NO:
        return luck.random() < 1 / 2
    if kind.kind is Kind.TEXT:
        return luck.choice(kind.one_of or ("", "a", "b", "it's"))
    if kind.kind is Kind.ID:
        return luck.choice(["a", "P1", "P10", "P2"])
    if kind.kind is Kind.DATE:
        return luck.choice([*DAYS, day("1990-01-01") + dt.timedelta(luck.randrange(15_000))])
    return Fraction(luck.choice([luck.randint(-2 * scale, 2 * scale), 0, scale, scale // 4, LEAST, MOST]), scale)


def row(seed: int) -> Row:
    """A row that hangs on one number, so that samples are varied and a failing case sheds rows."""
    luck = Random(seed)  # noqa: S311  # made-up rows need no secrets
    return {name: value(luck, kind) for name, kind in KINDS.items()}


ROWS = st.lists(st.integers(0, 2**32 - 1).map(row), min_size=1, max_size=6)


@given(text=CONDITIONS, rows=ROWS, leap_birthday=st.sampled_from([(3, 1), (2, 28)]))
def test_both_readings_agree(text: str, rows: list[Row], leap_birthday: tuple[int, int]) -> None:
    """On random rows with gaps, polars and plain Python say the same of any condition; so does its fixed spelling."""
    scope = evolve(SCOPE, leap_birthday=leap_birthday)
    condition = read(text, scope)
    again = read(condition.canonical, scope)
    assert again == condition
    assert again.canonical == condition.canonical
    assert by_polars(condition, rows) == by_python(condition, rows) == by_python(again, rows)


PRODUCTIONS = {
    "disjunction", "conjunction", "not_", "comparison", "in_", "not_in", "is_null", "is_not_null", "list", "group",
    "call", "name", "text", "date", "number", "percent", "true", "false",
}  # fmt: skip


def test_the_generator_reaches_every_production_and_every_truth() -> None:
    """The random conditions hold each production of the grammar, each sign, each kind of value and each truth."""
    seen: set[object] = set()

    @settings(max_examples=1000, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(text=CONDITIONS, rows=ROWS)
    def look(text: str, rows: list[Row]) -> None:
        tree = read_tree(text)
        assert not isinstance(tree, Fault)
        for part in tree.iter_subtrees():
            seen.add(str(part.data))
            seen.update(str(child) for child in part.children if isinstance(child, str) and part.data == "comparison")
            seen.update("minus" for child in part.children if str(child) == "-")
        condition = read(text)
        seen.update(kind.kind for kind in condition.field_types.values())
        seen.update(ref.parent for ref in condition.fields)
        seen.update(("definition", name) for name in ("adult", "ready", "both") if name in text)
        seen.update(("truth", answer) for answer in by_python(condition, rows))

    look()
    wanted: set[object] = PRODUCTIONS | {"start", "minus", "=", "<>", "<", "<=", ">", ">="}
    wanted |= set(Kind) | {True, False} | {("truth", answer) for answer in (True, False, None)}
    wanted |= {("definition", name) for name in ("adult", "ready", "both")}
    assert wanted - seen == set()
    assert {item for item in seen if isinstance(item, str)} - wanted == set()


@given(text=st.text(alphabet="()' anotdrisulfe=<>1%,-\"\n", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes the reader fail in any other way than by a contract error."""
    try:
        condition = read(text)
    except ContractError as error:
        assert error.problems  # noqa: PT017  # either way is right; only another error would be wrong
    else:
        assert read(condition.canonical) == condition


def test_a_constant_is_typed() -> None:
    """A value written out says what it is."""
    assert Constant(0, Kind.SHARE, Fraction(4, 5)).type == ValueType(kind=Kind.SHARE)
