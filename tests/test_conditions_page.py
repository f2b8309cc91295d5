"""The page on conditions and formulas: every example in it is run, in polars, in plain Python and as SQL."""

from __future__ import annotations

import datetime as dt
import doctest
import re
from fractions import Fraction
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from pbr.calendar import Term, date_of
from pbr.condition import Kind, Scope, ValueType
from tests import readings
from tests.conditions import fields_of
from tests.conftest import ROOT

PAGE: Final = (ROOT / "docs/reference/conditions.md").read_text(encoding="utf-8")
TABLES: Final[dict[str, Any]] = YAML(typ="safe").load(
    next(block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if block.startswith("tables:"))
)["tables"]
TYPES: Final = {
    "id": ValueType(kind=Kind.ID),
    "whole": ValueType(kind=Kind.NUMBER),
    "money": ValueType(kind=Kind.MONEY, places=2),
    "share": ValueType(kind=Kind.SHARE, places=6),
    "date": ValueType(kind=Kind.DATE),
    "yes_no": ValueType(kind=Kind.YES_NO),
}
WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "unknown": None}


def fields(table: str) -> dict[str, ValueType]:
    """The fields of a table on the page."""
    found = {}
    for name, written in TABLES[table]["fields"].items():
        words = written.get("one_of") if isinstance(written, dict) else None
        found[name] = ValueType(kind=Kind.TEXT, one_of=tuple(words)) if words else TYPES[written]
    return found


SCOPE: Final = Scope(
    row=fields("jobs"),
    parent=fields("people"),
    children={"visits": fields("visits")},
    term=Term(first=date_of(dt.date(2025, 4, 1)), last=date_of(dt.date(2028, 3, 31)), year_month=4, year_day=1),
)


def rows_of(heading: str) -> list[list[str]]:
    """The rows of every table on the page that has this heading, each as the texts of its cells."""
    blocks = re.findall(rf"^{re.escape(heading)}\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert blocks
    lines = [line for block in blocks for line in block.splitlines()]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def row_of(written: str, kinds: dict[str, ValueType]) -> dict[str, object]:
    """A row as the page writes it: ``hours: 16, began: 2025-04-01``."""
    found: dict[str, object] = {}
    for part in filter(None, written.split(", ")):
        name, _, text = part.partition(":")
        found[name] = value_of(text.strip(), kinds[name].kind) if text.strip() else None
    return found


def value_of(text: str, kind: Kind) -> object:
    """One value as the page writes it."""
    if kind is Kind.DATE:
        return dt.date.fromisoformat(text)
    if kind is Kind.YES_NO:
        return {"yes": True, "no": False}[text]
    return text if kind in {Kind.TEXT, Kind.ID} else Fraction(text)


@pytest.fixture(autouse=True)
def _the_tables_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make worlds of the tables of the page."""
    monkeypatch.setattr(readings, "FIELDS", fields_of(SCOPE))
    monkeypatch.setattr(readings, "CHILD", ("visits", SCOPE.children["visits"]))


CONDITIONS: Final = [
    [text, row, "", answer] for text, row, answer in rows_of("| condition | row | answer |")
] + rows_of("| condition | row | visits | answer |")
FORMULAS: Final = rows_of("| formula | row | answer |")


@pytest.mark.parametrize(("text", "row", "visits", "answer"), CONDITIONS)
def test_each_condition_on_the_page_has_the_answer_beside_it(text: str, row: str, visits: str, answer: str) -> None:
    """True, false or unknown of the row, and of its visits."""
    kinds = fields("people") | fields("jobs")
    children = [row_of(one, fields("visits")) for one in filter(None, visits.split("; "))]
    assert readings.answers(text, row_of(row, kinds), events=[children], scope=SCOPE) == [WORDS[answer]]


@pytest.mark.parametrize(("text", "row", "answer"), FORMULAS)
def test_each_formula_on_the_page_has_the_answer_beside_it(text: str, row: str, answer: str) -> None:
    """An exact figure, or nothing."""
    found = readings.figures(text, row_of(row, fields("jobs")), scope=SCOPE)
    assert found == [None if answer == "empty" else str(Fraction(answer))]


def test_the_code_on_the_page_runs() -> None:
    """What the page shows is what the library prints."""
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner()
    runner.run(parser.get_doctest(PAGE, {}, "conditions.md", None, 0))
    assert (runner.failures, runner.tries) == (0, 4)


def test_the_page_names_every_function_and_word() -> None:
    """No function and no word that cannot name a field is left out."""
    from pbr.condition.check_calls import FUNCTIONS, OF_FIGURES  # what the language has
    from pbr.condition.syntax import RESERVED_WORDS

    assert [name for name in FUNCTIONS + OF_FIGURES if f"`{name}(" not in PAGE] == []
    assert [word for word in RESERVED_WORDS if not re.search(rf"\b{word}\b", PAGE)] == []
