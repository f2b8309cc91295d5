"""Conditions that may not be written, and the limits of those that may: what is said, and where."""

from __future__ import annotations

import pytest

from pbr.condition import (
    RESERVED_WORDS,
    FieldRef,
    check_syntax,
    parse,
)
from pbr.problem import ContractError, Place
from tests.two_readings import (
    HERE,
    SCOPE,
    answers,
    faults,
    read,
)

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
        (
            "n * rate > 5%",
            (
                "10 PBR022 a product (number) cannot be compared with a percentage; "
                "a percentage compares with a share only"
            ),
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
