"""Formulas: what they give, exactly, in all three readings."""

from __future__ import annotations

from fractions import Fraction

import polars as pl
import pytest
from attrs import evolve

from pbr.condition import (
    ChildRef,
    FieldRef,
    Kind,
    Scope,
    ValueType,
    formula_to_polars,
    formula_to_python,
    parse_formula,
)
from pbr.money import Rounding
from pbr.problem import Place
from tests.conditions import LEAST, MOST, SCOPE
from tests.readings import figures

ROW = {
    "n": Fraction(7),
    "d1": Fraction("2.5"),
    "pay": Fraction("10.01"),
    "owed": Fraction("0.05"),
    "rate": Fraction("0.4"),
}


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("5", Kind.NUMBER, "5"),
        ("12.5%", Kind.SHARE, "1/8"),
        ("n", Kind.NUMBER, "7"),
        ("pay", Kind.MONEY, "1001/100"),
        ("n / 2", Kind.NUMBER, "7/2"),
        ("n / -0.4", Kind.NUMBER, "-35/2"),
        ("n / d1", Kind.NUMBER, "14/5"),
        ("1 / n / d1", Kind.NUMBER, "2/35"),
        ("n / (n / d1)", Kind.NUMBER, "5/2"),
        ("n / d1 + d1 / n", Kind.NUMBER, "221/70"),
        ("(n - d1) / (d1 - n)", Kind.NUMBER, "-1"),
        ("n / (d1 - 2.5)", Kind.NUMBER, None),
        ("pay / n", Kind.MONEY, "143/100"),
        ("pay / rate", Kind.MONEY, "1001/40"),
        ("pay / owed", Kind.NUMBER, "1001/5"),
        ("rate / rate", Kind.NUMBER, "1"),
        ("rate / n", Kind.SHARE, "2/35"),
        ("n / rate", Kind.NUMBER, "35/2"),
        ("pay * rate", Kind.MONEY, "1001/250"),
        ("n * 40%", Kind.NUMBER, "14/5"),
        ("rate * n - 1", Kind.NUMBER, "9/5"),
        ("2 * 40% * n", Kind.NUMBER, "28/5"),
        ("2 * rate - 10%", Kind.SHARE, "7/10"),
        ("rate * 50%", Kind.SHARE, "1/5"),
        ("pay * n * 40%", Kind.MONEY, "7007/250"),
        ("pay * (n / d1)", Kind.MONEY, "7007/250"),
        ("pay + owed * 2 - 1", Kind.MONEY, "911/100"),
        ("least(n, d1, 3)", Kind.NUMBER, "5/2"),
        ("greatest(n / d1, d1, 2.7)", Kind.NUMBER, "14/5"),
        ("least(pay, 5)", Kind.MONEY, "5"),
        ("least(n, age_on(on, date))", Kind.NUMBER, None),
        ("round(d1)", Kind.NUMBER, "3"),
        ("round(-d1)", Kind.NUMBER, "-3"),
        ("round(n / 3, 2)", Kind.NUMBER, "233/100"),
        ("round(n / d1)", Kind.NUMBER, "3"),
        ("round(pay / 3, 2)", Kind.MONEY, "167/50"),
        ("round(rate, 6)", Kind.SHARE, "2/5"),
        ("floor(d1)", Kind.NUMBER, "2"),
        ("floor(-d1)", Kind.NUMBER, "-3"),
        ("floor(-n / d1)", Kind.NUMBER, "-3"),
        ("floor(pay)", Kind.MONEY, "10"),
        ("abs(d1 - n)", Kind.NUMBER, "9/2"),
        ("abs(-n / d1)", Kind.NUMBER, "14/5"),
        ("-n / d1", Kind.NUMBER, "-14/5"),
        ("-(n / d1)", Kind.NUMBER, "-14/5"),
        ("ifnone(n / (d1 - 2.5), -1)", Kind.NUMBER, "-1"),
        ("ifnone(n, 1)", Kind.NUMBER, "7"),
        ("ifnone(n / (n - n), n / d1)", Kind.NUMBER, "14/5"),
        ("ifnone(n / d1, 1)", Kind.NUMBER, "14/5"),
        ("ifnone(days_between(on, date), 0)", Kind.NUMBER, "0"),
        ("CASE WHEN n / d1 > 2.8 THEN 1 WHEN n / d1 = 2.8 THEN n / d1 ELSE 3 END", Kind.NUMBER, "14/5"),
        ("CASE WHEN n / d1 IN (1, 2.8) AND (n / d1) IS NOT NULL THEN pay ELSE 0 END", Kind.MONEY, "1001/100"),
        ("CASE WHEN free THEN n / d1 END", Kind.NUMBER, None),
        ("CASE WHEN free THEN n END / d1", Kind.NUMBER, None),
        ("contract_year(DATE '2024-03-01') * 2", Kind.NUMBER, "4"),
    ],
)
def test_what_a_formula_gives(text: str, unit: Kind, expected: str | None) -> None:
    """Division, rounding and the rest are exact, of one unit, and empty where anything is, or is divided by zero."""
    assert figures(text, ROW) == [expected]
    assert parse_formula(text, SCOPE, Place()).unit is unit


@pytest.mark.parametrize(
    ("value", "up", "even"),
    [
        ("0.5", "1", "0"),
        ("1.5", "2", "2"),
        ("2.5", "3", "2"),
        ("-0.5", "-1", "0"),
        ("-2.5", "-3", "-2"),
        ("2.4", "2", "2"),
    ],
)
def test_rounding_is_that_of_the_contract(value: str, up: str, even: str) -> None:
    """A half goes away from zero, or to the even neighbour, also of negative figures and of quotients."""
    row: dict[str, object] = {"d1": Fraction(value), "n": Fraction(1)}
    half_even = evolve(SCOPE, rounding=Rounding.HALF_EVEN)
    for text in ("round(d1)", "round(d1 / n)", "round(d1 / -n * -1)"):
        assert (figures(text, row), figures(text, row, scope=half_even)) == ([up], [even])
    assert parse_formula("round(d1)", SCOPE, Place()) != parse_formula("round(d1)", half_even, Place())


def test_formulas_leave_out_figures_that_are_too_large() -> None:
    """A field with too many digits is empty, and never wraps round."""
    rows = [{"n": Fraction(number), "d1": Fraction(1)} for number in (MOST, LEAST, 10**12, 10**12 - 1)]
    assert figures("n / d1 * n / d1", *rows) == [None, None, None, str((10**12 - 1) ** 2)]
    assert figures("ifnone(n, 0)", *rows) == ["0", "0", "0", "999999999999"]


def test_the_polars_reading_is_two_whole_numbers() -> None:
    """The figure is a fraction of 128-bit whole numbers; money is in pounds, though a frame holds pence."""
    ratio = formula_to_polars(parse_formula("pay / n", SCOPE, Place()), lambda ref: pl.col(ref.name))
    found = pl.DataFrame({"pay": [1001, None], "n": [7, 7]}).select(above=ratio.numerator, below=ratio.denominator)
    assert found.dtypes == [pl.Int128, pl.Int128]
    assert found.rows() == [(1001, 700), (None, 700)]


def test_a_field_with_many_places_holds_no_figure_that_is_too_large() -> None:
    """Of eight places 64 bits hold no more than eleven digits before the point, which may all be reckoned with."""
    scope = Scope(row={"x": ValueType(kind=Kind.NUMBER, places=8)})
    ratio = formula_to_polars(parse_formula("-x", scope, Place()), lambda ref: pl.col(ref.name))
    found = pl.DataFrame({"x": [MOST, LEAST]}).select(above=ratio.numerator)
    assert found.to_series().to_list() == [-MOST, -LEAST]


def test_results_of_other_outcomes_are_names_with_a_point() -> None:
    """A scope may hold the result of an earlier outcome under its own name."""
    scope = Scope(
        row={
            "job.met": ValueType(kind=Kind.YES_NO),
            "size.value": ValueType(kind=Kind.NUMBER, places=2),
        }
    )
    formula = parse_formula("CASE WHEN job.met THEN size.value * 2 ELSE 0 END", scope, Place())
    assert formula.fields == (FieldRef("job.met"), FieldRef("size.value"))
    row: dict[FieldRef | ChildRef, object] = {FieldRef("job.met"): True, FieldRef("size.value"): Fraction("1.25")}
    assert formula_to_python(formula)(row) == Fraction("2.5")


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("n/d1/2", "n / d1 / 2"),
        ("n/(d1/2)", "n / (d1 / 2)"),
        ("n*(d1/2)", "n * (d1 / 2)"),
        ("n/d1*2", "n / d1 * 2"),
        ("(n+1)/(d1-1)", "(n + 1) / (d1 - 1)"),
        ("-(n/d1)", "-(n / d1)"),
        ("(-n)/d1", "-n / d1"),
        ("round( n , 2 )", "round(n, 2)"),
        ("round(n, 0)", "round(n)"),
        ("FLOOR(n)", "floor(n)"),
        ("Abs(n)", "abs(n)"),
        ("ifnone(n,1)", "ifnone(n, 1)"),
        ("least(n,d1) + greatest(n,2)", "least(n, d1) + greatest(n, 2)"),
        ("5%", "5%"),
        ("(12.50)", "12.5"),
    ],
)
def test_formulas_have_one_spelling(text: str, canonical: str) -> None:
    """The fixed spelling has no more brackets than it needs, and reads back as the same formula."""
    formula = parse_formula(text, SCOPE, Place())
    assert formula.canonical == canonical
    assert parse_formula(canonical, SCOPE, Place()) == formula
