"""Conditions: what may be written, and what it means in both readings."""

from __future__ import annotations

import itertools
import pickle
from fractions import Fraction
from types import MappingProxyType

import pytest
from attrs import evolve

from pbr.condition import (
    FieldRef,
    Kind,
    Scope,
    ValueType,
)
from pbr.condition.to_polars import LEAST, MOST, whole_bound
from pbr.condition.to_python import age_on
from pbr.condition.tree import And, Compare, Constant
from tests.two_readings import (
    SCOPE,
    Row,
    answers,
    by_polars,
    by_python,
    day,
    read,
)

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


def test_a_constant_is_typed() -> None:
    """A value written out says what it is."""
    assert Constant(0, Kind.SHARE, Fraction(4, 5)).type == ValueType(kind=Kind.SHARE)


def test_a_condition_travels_to_another_process() -> None:
    """It arrives equal, and the types of its fields are still read-only there."""
    sent = read("n > 1")
    found = pickle.loads(pickle.dumps(sent))  # noqa: S301  # our own
    assert (found, found.canonical) == (sent, sent.canonical)
    types = pickle.loads(pickle.dumps(MappingProxyType({"n": 1})))  # noqa: S301  # our own
    assert types == {"n": 1}
    with pytest.raises(TypeError):
        types["n"] = 2
