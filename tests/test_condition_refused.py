"""What conditions and formulas refuse, where and with which words; and that no text does anything else."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from random import Random
from typing import Final

import pytest
from attrs import evolve

from pbr.condition import parse, parse_formula
from pbr.condition.bounds import MOST_WEIGHT
from pbr.problem import ContractError, Place
from tests.conditions import SCOPE, Maker
from tests.readings import answers

HERE: Final = Place("c.yaml", 1, 1)
FUZZED: Final = 600
_SIGNS: Final = "()'=<>+-*/,.% \n\"ab0123"
_WORDS: Final = [
    "AND", "OR", "NOT", "IN", "IS", "NULL", "BETWEEN", "CASE", "WHEN", "THEN", "ELSE", "END", "TRUE", "age_on(",
    "DATE '2025-04-01'", "INTERVAL '3 months'", "INTERVAL '1 wk'", "count(events", "any(events, ok)", "round(",
    "first(events, day", "n", "pay", "rate", "on", "free", "note", "kind", "adult", "5%", "0.1", "''", ")", "(",
    "+", "-", "*", "/", "=", "<",
]  # fmt: skip


def faults(text: str, *, formula: bool = False) -> list[str]:
    """The problems of a text, as ``column code message``."""
    with pytest.raises(ContractError) as raised:
        (parse_formula if formula else parse)(text, SCOPE, HERE)
    return [f"{problem.column} {problem.code} {problem.message}" for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n BETWEEN 1", "12 PBR020 the condition ends too early"),
        ("n BETWEEN 1 OR 2", "13 PBR020 'OR' cannot stand here; is AND or OR missing before it?"),
        ("n BETWEEN 3 AND 1", "11 PBR022 nothing lies between these two, for the first is the greater"),
        (
            "on BETWEEN DATE '2025-04-01' AND DATE '2025-03-01'",
            "12 PBR022 nothing lies between these two, for the first is the greater",
        ),
        ("n BETWEEN NULL AND 1", "11 PBR022 a comparison with NULL is always unknown; name both ends"),
        (
            "n BETWEEN 1 AND 'x'",
            "17 PBR022 'n' (number) cannot be compared with a text; write the number without quotes",
        ),
        ("n BETWEEN m AND 1", "11 PBR021 name 'm' is not known in this row"),
        ("free BETWEEN consents AND m", "27 PBR021 name 'm' is not known in this row"),
        ("CASE WHEN free THEN 1 = n", "26 PBR020 the condition ends too early"),
        ("CASE free WHEN TRUE THEN 1 END = n", "6 PBR020 'free' cannot stand here"),
        ("CASE WHEN n THEN TRUE END", "11 PBR022 'n' (number) is not yes or no; compare it with something"),
        ("CASE WHEN free THEN m END = 1", "21 PBR021 name 'm' is not known in this row"),
        ("CASE WHEN free THEN NULL END = 1", "21 PBR022 NULL stands only in IS NULL and IS NOT NULL"),
        (
            "CASE WHEN free THEN n ELSE 'x' END = 1",
            "28 PBR022 a CASE gives values of one type, and here are 'n' (number) and a text",
        ),
        (
            "CASE WHEN free THEN 1 ELSE note END = 'x'",
            "28 PBR022 a CASE gives values of one type, and here are a number and 'note' (text)",
        ),
        (
            "CASE WHEN free THEN kind ELSE 'won''t' END = 'strat'",
            "46 PBR024 a CASE (text) is never 'strat'; did you mean 'start'?",
        ),
        ("CASE WHEN free THEN n END", "1 PBR022 a CASE (number) is not yes or no; compare it with something"),
        ("note + 1 = n", "1 PBR022 'note' (text) cannot be added; only numbers, money and shares can"),
        ("n + 'x' = n", "5 PBR022 a text cannot be added; only numbers, money and shares can"),
        ("n * on = n", "5 PBR022 'on' (date) cannot be multiplied; only numbers, money and shares can"),
        ("-note = 'x'", "1 PBR022 'note' (text) cannot have a sign; only numbers, money and shares can"),
        ("-m = 1", "2 PBR021 name 'm' is not known in this row"),
        ("n + m = 1", "5 PBR021 name 'm' is not known in this row"),
        ("n * m = 1", "5 PBR021 name 'm' is not known in this row"),
        ("pay + n > 1", "1 PBR022 'pay' (money) and 'n' (number) cannot be added; they are different things"),
        ("n - 5% > 1", "1 PBR022 'n' (number) and a percentage cannot be added; they are different things"),
        ("pay * owed > 1", "7 PBR022 money cannot be multiplied by money"),
        ("pay * owed * 2 > 1", "7 PBR022 money cannot be multiplied by money"),
        ("pay * n > n", "9 PBR022 a product (money) cannot be compared with 'n' (number)"),
        ("n + 1 = note", "7 PBR022 a sum (number) cannot be compared with 'note' (text)"),
        ("n + 1", "1 PBR022 a sum (number) is not yes or no; compare it with something"),
        ("-n", "1 PBR022 a figure (number) is not yes or no; compare it with something"),
        ("n / 2 > 1", "3 PBR020 a condition does not divide; multiply the other side, or use a formula"),
        ("round(n) > 1", "1 PBR020 'round' is a function of formulas, not of conditions"),
        (
            "on + 5 > date",
            "6 PBR022 a date is moved by an INTERVAL, not by a number; write it like INTERVAL '5 days'",
        ),
        ("date - on > 5", "8 PBR022 a date is moved by an INTERVAL, not by 'on' (date); write days_between"),
        ("on - m > date", "6 PBR021 name 'm' is not known in this row"),
        ("n + INTERVAL '1 day' = n", "5 PBR022 an INTERVAL is added to a date, not to 'n' (number)"),
        ("INTERVAL '1 day' + on = on", "1 PBR022 an INTERVAL stands after a date and + or -"),
        (
            "on > INTERVAL '1 day'",
            "6 PBR022 an INTERVAL is added to a date or taken from one; write it like on + INTERVAL '3 months'",
        ),
        (
            "on + INTERVAL '3' > on",
            "6 PBR020 '3' is not a length of time; write a count of days, weeks, months or years like INTERVAL '3 months'",  # noqa: E501  # as it is said
        ),
        ("on + INTERVAL '301 years' > on", "6 PBR022 a date moves by at most 300 years"),
        ("on + INTERVAL '200 years' + INTERVAL '101 years' > on", "6 PBR022 a date moves by at most 300 years"),
        ("on + INTERVAL '1 day'", "1 PBR022 a moved day (date) is not yes or no; compare it with something"),
        (
            "days_between(on) > 1",
            "1 PBR022 days_between takes two dates, the earlier first, and was given 'on' (date)",
        ),
        (
            "months_between(on, 5) > 1",
            "1 PBR022 months_between takes two dates, the earlier first, and was given 'on' (date), a number",
        ),
        ("days_between(on, date)", "1 PBR022 days_between (number) is not yes or no; compare it with something"),
        ("contract_year(n) = 1", "1 PBR022 contract_year takes one date, and was given 'n' (number)"),
        (
            "contract_year(on) = 'x'",
            "19 PBR022 contract_year (number) cannot be compared with a text; write the number without quotes",
        ),
        ("daysbetween(on, on) > 1", "1 PBR020 'daysbetween' is not a function; did you mean 'days_between'?"),
        ("count() > 1", "1 PBR022 count takes a table and, if wanted, a condition"),
        ("any(events)", "1 PBR022 any takes a table and a condition"),
        ("count(ok = free) > 1", "7 PBR022 count takes a table and, if wanted, a condition; name the table first"),
        (
            "count(evnts) > 1",
            "7 PBR021 no table 'evnts' has rows that belong to this row; did you mean 'events'?",
        ),
        (
            "any(events, count(events) > 1)",
            "19 PBR022 count cannot stand inside what is asked of 'events'",
        ),
        ("first(events, ok) > on", "15 PBR022 first asks for a date of 'events'; one of: day"),
        ("last(events, dya) > on", "14 PBR022 last asks for a date of 'events'; did you mean 'day'?"),
        ("first(events, 5) > on", "15 PBR022 first asks for a date of 'events'; one of: day"),
        ("any(events, oky)", "13 PBR021 name 'oky' is not known in a row of 'events'; did you mean 'ok'?"),
        ("any(events, n)", "13 PBR022 'n' (number) is not yes or no; compare it with something"),
        (
            "count(events) = 'x'",
            "15 PBR022 count of 'events' (number) cannot be compared with a text; write the number without quotes",
        ),
        ("n * n * n * n > 1", "1 PBR026 this could need more than 38 digits; work with fewer figures at once"),
        ("free OR n * n * n > pay * 1000", "19 PBR022 a product (number) cannot be compared with a product (money)"),
        (
            "free OR n * n * n > d1 * 0.001",
            "9 PBR026 this could need more than 38 digits; work with fewer figures at once",
        ),
        (
            f"n + {'9' * 39} > 1",
            "1 PBR026 this could need more than 38 digits; work with fewer figures at once",
        ),
        (
            f"n + 1 IN (1, {'9' * 39})",
            "1 PBR026 this could need more than 38 digits; work with fewer figures at once",
        ),
        (
            "n + 1 IN (1, 'x')",
            "14 PBR022 a sum (number) cannot be compared with a text; write the number without quotes",
        ),
        ("n IN (1 + 1)", "7 PBR022 a list holds values written out"),
    ],
)
def test_what_conditions_refuse(text: str, expected: str) -> None:
    """Each fault has its code, its exact column and words that say what to write instead."""
    assert faults(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1 PBR020 the formula is empty"),
        ("n +", "4 PBR020 the formula ends too early"),
        ("n; n", "2 PBR020 a formula is one expression, without a semicolon"),
        ("free", "1 PBR022 a formula gives a number, money or a share, not 'free' (yes or no)"),
        ("on", "1 PBR022 a formula gives a number, money or a share, not 'on' (date)"),
        ("adult", "1 PBR022 a formula gives a number, money or a share, not a condition (yes or no)"),
        ("m", "1 PBR021 name 'm' is not known in this row"),
        ("n / 0", "5 PBR022 nothing can be divided by 0"),
        ("n / pay", "5 PBR022 'n' (number) cannot be divided by 'pay' (money)"),
        ("n / pay / 2", "5 PBR022 'n' (number) cannot be divided by 'pay' (money)"),
        ("n / note", "5 PBR022 'note' (text) cannot be multiplied; only numbers, money and shares can"),
        ("least(n)", "1 PBR022 least takes two or more figures, and was given 'n' (number)"),
        (
            "greatest(pay, n)",
            "1 PBR022 greatest takes figures of one unit, and here are 'pay' (money) and 'n' (number)",
        ),
        ("ifnone(n)", "1 PBR022 ifnone takes a figure and another for where it is empty, and was given 'n' (number)"),
        (
            "ifnone(5%, n)",
            "1 PBR022 ifnone takes figures of one unit, and here are a percentage and 'n' (number)",
        ),
        ("floor(note)", "1 PBR022 floor takes one figure, and was given 'note' (text)"),
        ("abs()", "1 PBR022 abs takes one figure, and was given nothing"),
        (
            "round(n, d1)",
            "1 PBR022 round takes a figure and how many places, 0 to 18, and was given 'n' (number), 'd1' (number)",
        ),
        (
            "round(n, 1.5)",
            "1 PBR022 round takes a figure and how many places, 0 to 18, and was given 'n' (number), a number",
        ),
        ("round(m)", "7 PBR021 name 'm' is not known in this row"),
        ("rond(n)", "1 PBR020 'rond' is not a function; did you mean 'round'?"),
        ("now()", "1 PBR020 'now' reads the clock; a condition reads only the contract and its evidence"),
        ("n / n / n / n / n", "1 PBR026 this could need more than 38 digits; work with fewer figures at once"),
        ("round(n / d1, 18) * n", "1 PBR026 this could need more than 38 digits; work with fewer figures at once"),
    ],
)
def test_what_formulas_refuse(text: str, expected: str) -> None:
    """A formula gives a figure, of one unit, that is known to fit."""
    assert faults(text, formula=True) == [expected]


def test_a_contract_year_needs_the_term() -> None:
    """Where no term is known, a date has no contract year."""
    with pytest.raises(ContractError) as raised:
        parse("contract_year(on) = 1", evolve(SCOPE, term=None), HERE)
    assert [problem.message for problem in raised.value.problems] == [
        "contract_year needs the contract's term, which is not known here"
    ]


def test_faults_inside_a_definition_stand_at_its_name() -> None:
    """Also those of figures that might not fit, and of what is asked of a child table."""
    scope = evolve(SCOPE, defines={"huge": "n * n * n * n > 1", "asks": "count(evnts) > 1", "divides": "n / 2 > 1"})
    with pytest.raises(ContractError) as raised:
        parse("free AND huge OR asks OR divides", scope, HERE)
    assert [f"{problem.column} {problem.code}" for problem in raised.value.problems] == [
        "10 PBR026",
        "18 PBR021",
        "26 PBR020",
    ]
    assert all("in definition" in problem.message for problem in raised.value.problems)
    with pytest.raises(ContractError):
        parse_formula("CASE WHEN divides THEN 1 END", scope, HERE)  # a definition is a condition wherever it is used


# ---------------------------------------------------------------- limits

DEEP: Final = "PBR023 brackets, NOT, CASE and definitions go at most 32 deep"
MANY: Final = "PBR023 a condition has at most 500 terms, definitions put in"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CASE WHEN " * 33 + "free" + " THEN TRUE END" * 33, f"321 {DEEP}"),
        ("- " * 33 + "n > 1", f"65 {DEEP}"),
        ("(" * 20 + "CASE WHEN " * 13 + "free" + " THEN TRUE END" * 13 + ")" * 20, f"141 {DEEP}"),
        (f"{'+'.join(['n'] * 500)} > 1", f"1 {MANY}"),
        (f"{'*'.join(['n'] * 500)} > 1", f"1 {MANY}"),
        (" OR ".join(["n BETWEEN 1 AND 2"] * 90 + [f"{'+'.join(['n'] * 320)} > 1"]), f"1891 {MANY}"),
        (f"CASE {'WHEN n=1 THEN 2 ' * 251}END > 1", f"{11 + 16 * 248} {MANY}"),
    ],
)
def test_limits_count_every_production(text: str, expected: str) -> None:
    """Branches, ends of BETWEEN and parts of sums count as terms; CASE and signs go no deeper than brackets."""
    assert faults(text)[-1] == expected


@pytest.mark.parametrize(
    "text",
    [
        "CASE WHEN " * 30 + "free" + " THEN TRUE END" * 30,
        "- " * 31 + "n > 1",
        f"{'+'.join(['n'] * 499)} > 1",
        " OR ".join(["n BETWEEN 1 AND 2"] * 195),
        f"CASE {'WHEN n=1 THEN 2 ' * 220}END > 1",
        "on" + " + INTERVAL '1 day'" * 200 + " > on",
    ],
)
def test_at_the_limits_conditions_are_still_read_alike(text: str) -> None:
    """The deepest, longest and widest that may be written work in all three readings."""
    answers(text, {"n": Fraction(1), "free": True, "on": dt.date(2025, 4, 1)}, {})


def test_functions_inside_functions_have_a_limit() -> None:
    """A date names its arguments many times once written out, so that choices inside choices would never end."""
    text = "on"
    for _ in range(6):
        text = f"CASE WHEN age_on({text}, date) > 1 THEN on END"
    assert faults(f"{text} = on") == [
        f"1 PBR023 written out, this has more than {MOST_WEIGHT:,} parts; put fewer functions and CASE into others"
    ]


# ---------------------------------------------------------------- any text at all


def fuzz(count: int, seed: int) -> int:
    """Try so many random texts and damaged conditions as conditions and formulas, and give how many could be read.

    Raises:
        Exception: Whatever a text did but be read or be refused with problems.
    """
    luck = Random(seed)  # noqa: S311  # made-up texts need no secrets
    makers = [Maker(luck), Maker(luck, formula=True)]
    read = 0
    for number in range(count):
        text = damaged(luck, luck.choice(makers)) if number % 2 else noise(luck)
        for reader in (parse, parse_formula):
            try:
                done = reader(text, SCOPE, HERE)
            except ContractError as error:
                assert error.problems  # noqa: PT017  # either is right; only another error would be wrong
                assert all(1 <= (problem.column or 0) <= len(text) + 1 for problem in error.problems)  # noqa: PT017
            else:
                assert reader(done.canonical, SCOPE, HERE) == done
                read += 1
    return read


def noise(luck: Random) -> str:
    """Words of the language and signs in no order."""
    return " ".join(luck.choice([*_WORDS, luck.choice(_SIGNS)]) for _ in range(luck.randrange(1, 14)))


def damaged(luck: Random, maker: Maker) -> str:
    """A condition or a formula with some letters or words gone, doubled, swapped or put in."""
    text = maker.figure(2) if maker.formula else maker.condition(2)
    for _ in range(luck.choice([0, 1, 1, 2, 5])):
        place, end = luck.randrange(len(text) + 1), luck.randrange(len(text) + 1)
        piece = luck.choice([luck.choice(_SIGNS), luck.choice(_WORDS), text[place:end], ""])
        text = text[:place] + piece + text[min(len(text), place + luck.choice([0, 1, 3])) :]
    return text


def test_any_text_is_read_or_refused() -> None:
    """Random texts and damaged conditions give a condition that reads back, or problems with columns inside it."""
    read = fuzz(FUZZED, seed=11)
    assert FUZZED / 10 < read < FUZZED * 2
